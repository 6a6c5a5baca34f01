//! The auditor's copy: written from what a server hands out, verified without plaintext, keys or network.
//!
//! ```text
//!   server ──► CopyContents ── write ──► DIR (docs/protocol.md chapter 11)
//!                                         │
//!   verify: folder ── checkpoint ── log ── streams ── attribution ── judge ◄── prepare ── authority, index, layout
//!           (walk,    (note,        (tiles, (records)  (each leaf     (ledger,   (bodies,   (pins, k_stream, what is
//!            caps)     signatures)   root)              one record)    index      signatures) missing or extra)
//!                                                                     order)
//!                                         │
//!                                         └──► Report: verdict, counts, findings
//! ```
//!
//! What the content says is never an error here but a finding; [`VerifyError`] is for a folder that cannot be read. A damaged
//! copy cannot make the verifier panic, loop or allocate without bound (`limits`). Findings come in one order and are bounded
//! by [`FINDINGS_MAX`]. Every byte of every file is covered: one changed byte is at least one finding of severity error.
//!
//! In scope: everything that chapter 7 of docs/protocol.md gives to the auditor. Out of scope: MLS (trees, group infos and
//! ciphertexts are only held to their hashes), consultations (reserved in rule version 1), the network.
//!
//! The public interface is: [`write()`], [`CopyContents`], [`StreamContents`], [`RecordContents`], [`Tiles`], [`leaves_of`],
//! [`has_tile`];
//! [`verify()`], [`verify_pinned`], [`examine`], [`diff()`], [`Pins`]; [`Report`] and [`Facts`] with their parts;
//! [`write_disclosure`], [`open_disclosure`] with what they take and give.
#![warn(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod attribution;
mod authority;
mod bundle;
mod changes;
mod checkpoint;
mod code;
mod consultations;
mod copy;
mod diff;
mod facts;
mod folder;
mod heads;
mod judge;
mod layout;
mod limits;
mod log;
mod mls;
mod prepare;
mod report;
mod sides;
mod stream;
mod verify;

pub use bundle::{
    AuthorFacts, BundleError, DisclosureContents, DisclosureFacts, DisclosureReport, DocumentFacts,
    EvidenceContents, EvidenceReport, OpenedDisclosure, OpenedEvidence, OpenedPart, PartDisclosed,
    ProvenRecord, RecordFacts, WordFacts, kind_of, open_disclosure, open_evidence,
    write_disclosure, write_evidence,
};
pub use changes::{ChangeBy, ChangeFacts, ChangeKind};
pub use consultations::{ActFacts, ConsultationFacts, SeatFacts};
pub use copy::{
    CopyContents, CopyError, RecordContents, StreamContents, Tiles, has_tile, leaves_of, write,
};
pub use diff::{Difference, GoneBody, Side, SidedFinding, StreamDifference, Which, diff};
pub use facts::{CosignatureFacts, Facts, LogFacts, StreamFacts, StreamKind};
pub use limits::{CHANGES_MAX, FINDINGS_MAX};
pub use prepare::BodyKind;
pub use report::{Checked, Code, Finding, Report, Severity, Verdict};
pub use verify::{Examined, Pins, VerifyError, examine, verify, verify_pinned};
