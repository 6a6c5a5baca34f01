//! Bundles: what leaves a channel by a member's hand, in one file that anybody can verify offline (docs/protocol.md chapter 11).
//!
//! ```text
//!   said record ── entry ── com ◄── opening ── part (documents/part)
//!        │  └─ signature ◄── device ◄── directory up to `dir`, from the pinned genesis
//!        └─ leaf ── proof ── checkpoint ── log key, witnesses, quorum
//! ```
//!
//! There is one spelling of every bundle: what was read is written again from what was understood, and compared byte by byte. In
//! scope: the container, disclosures, the evidence of consultations. Out of scope: who may disclose (the ledger), how an attachment was encrypted (the engine).

mod container;
mod disclosure;
mod evidence;
mod evidence_opened;
mod layout;
mod opened;
mod trust;

pub use container::BundleError;
pub use disclosure::{DisclosureContents, ProvenRecord, write_disclosure};
pub use evidence::{EvidenceContents, OpenedPart, write_evidence};
pub use evidence_opened::{
    DocumentFacts, EvidenceReport, OpenedEvidence, WordFacts, kind_of, open_evidence,
};
pub use opened::{
    AuthorFacts, DisclosureFacts, DisclosureReport, OpenedDisclosure, PartDisclosed, RecordFacts,
    open_disclosure,
};
