//! The thamvan server: the IO shell over `thamvan-server-core`.
//!
//! ```text
//!   tls ── http ──┬── log_files (checkpoint, tiles) ── cosigned ── witness_client: asks the witnesses
//!                 ├── blob (attachments in pieces, with a capability)
//!                 └── ws ── dispatch ──┬── verifier: signatures, on all cores
//!                                      │     └── sequencer: decide, journal, checkpoint_file, publish, answer
//!                                      └── subscription: reads live, or the journal below the published size
//! ```
//!
//! [`run`] serves a folder that [`init()`] made. Start-up (`recovery`) rebuilds the state from the journal with the same apply
//! function as the live path, and refuses to run on anything that it cannot explain.
//!
//! Acknowledged means durable and ordered. Three steps, one after another: bodies and records, side by side; `log.last`; both
//! checkpoint files, side by side. Only then is anything answered. All writes and syncs are in `durable`.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::disallowed_methods))]

mod alerts;
mod backup;
mod beside;
mod blob;
mod check;
mod checkpoint_file;
mod config;
mod cosigned;
mod dispatch;
mod durable;
mod error;
pub mod failpoint;
mod gate;
mod handshake;
mod heads;
mod health;
mod http;
mod http_client;
mod index;
mod init;
mod journal;
pub mod limits;
mod live;
mod log_files;
mod log_key;
mod log_signer;
mod metrics;
mod places;
mod policy_file;
mod process;
mod public_group;
mod queue;
mod rate_limit;
mod recovery;
mod sequencer;
mod server;
mod shared;
mod slots;
mod storage;
mod subscription;
mod tls;
mod verifier;
mod wire;
mod witness_client;
mod witnessed_push;
mod ws;

pub use alerts::AlertSettings;
pub use backup::{BackedUp, Backup, Restored, backup, restore};
pub use check::{Report, check};
pub use checkpoint_file::CheckpointFileError;
pub use config::{Config, ConfigError, WitnessPace, clock_ms, free_bytes};
pub use durable::WriteError;
pub use error::RunError;
pub use init::{CONFIG_FILE, Init, init};
#[doc(hidden)]
pub use journal::Journal;
pub use journal::JournalError;
pub use limits::Timeouts;
pub use log_key::LogKeyError;
pub use log_signer::LogSignerError;
pub use process::serve;
pub use rate_limit::{Limits, Rate};
pub use server::{ADDRESS_FILE, METRICS_ADDRESS_FILE, Ready, chain, run};

const JOURNAL_DIR: &str = "journal";
const LOG_KEY_FILE: &str = "log.key";
const LOG_LAST_FILE: &str = "log.last";
