//! The verbs of the engine, one file per group.

mod admin;
mod audit;
mod channel;
mod consult;
mod consultation_view;
mod enrol;
mod explain;
mod message;
mod status;

pub use admin::{Approved, EnrolmentView};
pub(crate) use admin::{approval, normalised, official_name};
pub use audit::{AuditLog, AuditRecord, AuditStream};
pub use channel::{ChannelView, FoundRequest};
pub(crate) use channel::{act, registration};
pub use consult::{Answer, OpenRequest};
pub use consultation_view::{ConclusionView, ConsultationView, EventView, OpinionView, SeatView};
pub use enrol::EnrolmentState;
pub use explain::Joined;
pub use message::{ItemState, ItemView};
pub use status::Status;
