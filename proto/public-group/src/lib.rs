//! The public side of an MLS group: what can be checked of its start and its commits without a secret.
//!
//! ```text
//!   group-start ── GroupInfo + ratchet tree ──> PublicGroup::open
//!   commit      ── PublicMessage + GroupInfo + ratchet tree ──> PublicGroup::check ──> PublicGroup::merge
//! ```
//!
//! The log says who may be in a group (`thamvan-proto`, chapter 7 of docs/protocol.md); this crate says whether an MLS object
//! does exactly that and nothing else. The server runs it before it sequences, the auditor on every commit of the log, and a
//! member runs the same checks ([`check_commit`], [`check_key_package`]) on what its own group makes of the commit.
//!
//! The public interface is [`PublicGroup`], [`Leaf`], [`Expected`], [`CommitParts`], [`MlsError`], and for the client that holds the secrets
//! the checks and the profile's constants. Besides `client/engine` the only crate that knows OpenMLS; only the engine and the
//! rehearsal for tests see its types.
//!
//! Out of scope: secrets, storage, who may be in a group, clock. What needs a secret (that path secrets are those of the path,
//! that the tag is the right one) only members can tell.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod check;
mod error;
mod group;
mod profile;
#[doc(hidden)]
pub mod rehearsal;
#[cfg(test)]
mod tests;

pub use check::{Expected, Leaf, check_commit, check_key_package, leaf_of, tree_hash};
pub use error::MlsError;
pub use group::{
    Checked, CommitParts, PublicGroup, Start, open_group_info, open_tree, tree_hash_of,
};
pub use profile::{
    PADDING, capabilities, ciphersuite, create_config, join_config, protocol_message, serialize,
    unlimited,
};
