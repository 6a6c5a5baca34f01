//! The verbs of the engine, one file per group.

mod admin;
mod allowed;
mod attachment;
mod audit;
mod channel;
mod consult;
mod consultation_view;
mod disclose;
mod draft;
mod enrol;
mod evidence;
mod explain;
mod grounds;
mod hand_over;
mod message;
mod names;
mod outbox;
mod record;
mod reminder;
mod report;
mod status;
mod unread;

pub use admin::{Approved, EnrolmentView};
pub(crate) use admin::{approval, normalised, official_name};
pub use allowed::{Allowed, ChannelRights};
pub use attachment::{AttachmentView, FetchedPart};
pub use audit::{AuditLog, AuditRecord, AuditStream};
pub use channel::{ChannelView, FoundRequest};
pub(crate) use channel::{act, registration};
pub use consult::{Answer, OpenRequest};
pub use consultation_view::{
    ConclusionView, ConsultationView, EventView, OpinionView, SeatView, StatutoryView,
};
pub use disclose::{Disclosed, LoggedRecord};
pub use draft::{DraftKey, DraftView};
pub use enrol::EnrolmentState;
pub use evidence::Evidence;
pub use explain::Joined;
pub use grounds::EntryGrounds;
pub use hand_over::{Absent, SeatRights};
pub(crate) use message::is_channel_name;
pub use message::{ItemState, ItemView, NewMessage, PartView, ReplyView};
pub(crate) use names::Names;
pub use outbox::OutboxView;
pub use reminder::NextReminder;
pub use report::{DutyView, InitiativeView, Unarchived};
pub use status::{FocalNews, Status};
