//! The UI-free client: verbs in, verified facts out.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod authority;
mod engine;
pub mod error;
mod established;
mod gossip;
mod heads;
pub mod import;
mod keys;
mod mls;
mod outbox;
pub mod random;
mod refusal;
mod rejoin;
mod secret;
mod store;
mod sync;
mod transport;
mod verbs;
mod verify;
mod witnessed;
mod words;

pub use authority::{Authority, Ceremony, Founded};
pub use engine::Engine;
pub use error::EngineError;
pub use established::OnWait;
pub use keys::DeviceKeys;
pub use mls::MlsError;
pub use refusal::BrokenRefusal;
pub use secret::Passphrase;
pub use transport::Server;
pub use verbs::{
    Answer, Approved, AuditLog, AuditRecord, AuditStream, ChannelView, ConclusionView,
    ConsultationView, EnrolmentState, EnrolmentView, EventView, FoundRequest, ItemState, ItemView,
    Joined, OpenRequest, OpinionView, SeatView, Status,
};
pub use witnessed::{QuorumState, WitnessStatus};
