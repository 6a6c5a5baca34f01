//! Bundles: what leaves a channel by a member's hand, in one file that anybody can verify offline (docs/protocol.md chapter 11).
//!
//! ```text
//!   said record ── entry ── com ◄── opening ── part (documents/part)
//!        │  └─ signature ◄── device ◄── directory up to `dir`, from the pinned genesis
//!        └─ leaf ── proof ── checkpoint ── log key, witnesses, quorum
//! ```
//!
//! There is one spelling of every bundle: what was read is written again from what was understood, and compared byte by byte. In
//! scope: the container, disclosures. Out of scope: who may disclose (the ledger), how an attachment was encrypted (the engine).

mod container;
mod disclosure;
mod opened;

pub use container::BundleError;
pub use disclosure::{DisclosureContents, ProvenRecord, write_disclosure};
pub use opened::{
    AuthorFacts, DisclosureFacts, DisclosureReport, OpenedDisclosure, PartDisclosed, RecordFacts,
    open_disclosure,
};
