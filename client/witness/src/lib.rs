//! A witness: it cosigns the checkpoints of the logs it is told to watch, each only if it extends
//! the one before (C2SP tlog-cosignature, tlog-witness).
//!
//! ```text
//!   http ── Witness ──┬── judge (pure): granted, or which refusal
//!                     └── state: the last checkpoint of each log, durable before it is answered
//! ```
//!
//! [`init()`] makes a folder, [`run`] serves it. Of this project the crate uses
//! [`thamvan_proto::tlog`] alone: a witness knows log keys, sizes and root hashes, and nothing of
//! what a log is for.
//!
//! It speaks plain HTTP, on loopback unless told otherwise. Nothing in an exchange is secret, and
//! both directions carry signatures that the other side verifies; where TLS is wanted all the same,
//! a proxy in front ends it.
//!
//! # Invariants
//! - For each log, every cosigned checkpoint extends the one cosigned before. Checking that and
//!   making it durable is one step under the log's lock; only then is the cosignature given out.
//! - The first state of a log is made by [`init()`] or [`watch()`]. A state that is lost, damaged or not this
//!   witness's own ends [`run`]: starting again from nothing would let a log show a second history.
//!   A folder restored from a backup is such a loss, and cannot be noticed here: retire the key.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod config;
mod error;
mod files;
mod http;
mod init;
mod judge;
mod key_file;
pub mod limits;
mod server;
mod state;
mod watch;
mod witness;

pub use error::WitnessError;
pub use init::{CONFIG_FILE, Init, Made, init};
pub use server::{ADDRESS_FILE, Ready, run};
pub use watch::watch;

const KEY_FILE: &str = "witness.key";
const STATE_DIR: &str = "state";
const LOCK_FILE: &str = "lock";
