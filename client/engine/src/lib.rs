//! The UI-free client: verbs in, verified facts out.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod apply;
mod attachment;
mod authority;
mod brief;
mod commit;
mod engine;
pub mod error;
mod established;
mod failpoint;
mod gossip;
mod heads;
pub mod import;
mod keys;
mod mls;
mod outbox;
pub mod random;
mod receipt;
mod refusal;
mod rejoin;
mod reminder;
mod retention;
mod roster;
mod secret;
mod statistics;
mod store;
mod sync;
mod tend;
mod transport;
mod verbs;
mod verify;
mod witnessed;
mod words;

pub use attachment::{CipherError, Direction, NewFile, Progress, Transfer, shown_name};
pub use authority::{Authority, Ceremony, Founded, Keeping, Made};
pub use engine::Engine;
pub use error::EngineError;
pub use established::OnWait;
#[doc(hidden)]
pub use failpoint::{Kill, Point};
pub use keys::DeviceKeys;
pub use mls::MlsError;
pub use refusal::BrokenRefusal;
pub use reminder::{
    Call, NoQuietHours, Part, QuietHours, Reminder, Settings as ReminderSettings, Stage, Standing,
    Told,
};
pub use secret::Passphrase;
pub use statistics::{Acts, Asked, Case, Response, Responsiveness, Statistics, Waits, Window};
pub use store::HomeLock;
pub use transport::Server;
pub use verbs::{
    Absent, Allowed, Answer, Approved, AttachmentView, AuditLog, AuditRecord, AuditStream,
    ChannelRights, ChannelView, ConclusionView, ConsultationView, Disclosed, DraftKey, DraftView,
    DutyView, EnrolmentState, EnrolmentView, EntryGrounds, EventView, Evidence, FetchedPart,
    FocalNews, FoundRequest, InitiativeView, ItemState, ItemView, Joined, LoggedRecord, NewMessage,
    NextReminder, OpenRequest, OpinionView, OutboxView, PartView, ReplyView, SeatRights, SeatView,
    Status, StatutoryView, Unarchived,
};
pub use witnessed::{QuorumState, WitnessStatus};
