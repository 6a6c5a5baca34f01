//! Pure decisions of the thamvan server: state and input in, changes or a refusal out.
//!
//! ```text
//!   frame ── submit / enrol / key_package / access ── Change ── Store (durable) ── State::apply ── published
//!                        decide                      persist                         send
//! ```
//!
//! The order is law: decide, persist the changes, then send. [`State::apply`] is the one function that changes the state,
//! on the live path and when a journal is read again. The shell owns clock, randomness, sockets and files.
//!
//! # Invariants
//! - A record enters the log only if the one validity function of `thamvan-proto` accepts it at its place.
//! - The same entry is sequenced once: submitting it again answers with its first place.
//! - Log time never decreases, and every record after the first names the directory's head.
//! - No record is sequenced while another stands uncovered by heads for longer than the shell's interval ([`heads::due_in`]).
//! - Every body kept is named by a signed payload or by a hash inside a signed body.
//! - Nobody reads a stream that [`thamvan_proto::ledger::Ledger::may_read`] does not open; a Welcome goes to its joiners only.
//! - A checkpoint is signed only for a root that two independent computations agree on ([`RootFold`]).
//! - A blob is open to the readers of the streams for which a writer of theirs uploaded all of it, and to nobody else.
//! - There is no way here to change or remove a record.
//!
//! Out of scope: secrets. Nothing in this crate can decrypt anything.
#![warn(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod access;
pub mod alert;
pub mod blob;
mod change;
pub mod checkpoint_store;
#[doc(hidden)]
pub mod conformance;
pub mod enrol;
pub mod heads;
pub mod key_package;
pub mod limits;
pub mod login;
pub mod rate;
mod refusal;
mod root_fold;
mod state;
pub mod store;
pub mod submit;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod world;

pub use change::{BlobStored, Change, EnrolmentRequested, KeyPackagesPut, Sequenced};
pub use refusal::Refusal;
pub use root_fold::RootFold;
pub use state::{ApplyError, Blob, Enrolment, Holder, Place, State};
