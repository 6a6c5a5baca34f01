//! From the typed refusals of the ledger to the codes of a report (docs/protocol.md chapter 7, column "auditor").

use thamvan_proto::channel::ChannelError;
use thamvan_proto::directory::StatementError;
use thamvan_proto::entry::EntryType;
use thamvan_proto::label::LabelError;
use thamvan_proto::ledger::{Invalid, RecordError};

use crate::report::Code;

/// Code of an entry of type `kind` that is void.
pub(crate) fn of_void(invalid: &Invalid, kind: Option<EntryType>) -> Code {
    match invalid {
        Invalid::UnknownDevice { .. } | Invalid::Signature | Invalid::Authority { .. } => {
            Code::BadSignature
        }
        Invalid::SenderChain { .. } | Invalid::Head | Invalid::Seen => Code::RecordOrder,
        Invalid::Consultation(_)
        | Invalid::UnknownRule { .. }
        | Invalid::UnknownType { .. }
        | Invalid::UnknownKind { .. }
        | Invalid::ReadOnly
        | Invalid::WrongStream
        | Invalid::WrongFields
        | Invalid::Heads
        // Who sequences could void any entry by moving log time: that is a fault, whoever's clock was wrong.
        | Invalid::MadeTime { .. } => Code::ActInvalid,
        Invalid::BodyMissing => Code::MissingFile,
        Invalid::BodyTooLong { .. } | Invalid::Payload | Invalid::Body => Code::EntryHash,
        Invalid::Statement(error) => of_statement(error),
        Invalid::Channel(error) => of_channel(error, kind),
        Invalid::Label(error) => of_label(error),
        Invalid::MlsHeader(_) | Invalid::MlsMismatch => Code::CommitInvalid,
    }
}

fn of_statement(error: &StatementError) -> Code {
    match error {
        StatementError::NotPermitted
        | StatementError::NeedsTwoPersons
        | StatementError::SamePerson
        | StatementError::NotTheOwner
        | StatementError::SameAgency
        | StatementError::NotIndependent
        | StatementError::AlreadyApproved => Code::DualControlViolated,
        StatementError::Expired
        | StatementError::Unknown { .. }
        | StatementError::Conflict { .. }
        | StatementError::LastFocal
        | StatementError::Keys => Code::ActInvalid,
    }
}

fn of_channel(error: &ChannelError, kind: Option<EntryType>) -> Code {
    match error {
        ChannelError::SamePerson => Code::DualControlViolated,
        ChannelError::NotPermitted
        | ChannelError::Found(_)
        | ChannelError::NotAMember
        | ChannelError::Unjustified { .. } => Code::MembershipUnauthorised,
        ChannelError::StaleEpoch | ChannelError::TooSoon => Code::CommitInvalid,
        ChannelError::OutOfOrder if kind == Some(EntryType::Commit) => Code::CommitInvalid,
        ChannelError::NotRegistered
        | ChannelError::Closed
        | ChannelError::OutOfOrder
        | ChannelError::UnknownAgency
        | ChannelError::Authorisation
        | ChannelError::Suite { .. }
        | ChannelError::GuestReason
        | ChannelError::Disclosure => Code::ActInvalid,
        ChannelError::Label(error) => of_label(error),
    }
}

fn of_label(error: &LabelError) -> Code {
    match error {
        LabelError::AboveChannel { .. } | LabelError::Undetermined { .. } => Code::LabelMismatch,
        LabelError::AboveCeiling { .. } => Code::LabelAboveCeiling,
    }
}

/// Code of a record that has no place in its stream.
pub(crate) fn of_record(error: &RecordError) -> Code {
    match error {
        RecordError::Record(_) | RecordError::Entry(_) | RecordError::BodyMismatch { .. } => {
            Code::EntryHash
        }
        RecordError::Sequence { .. }
        | RecordError::Previous { .. }
        | RecordError::Stream { .. }
        | RecordError::Time { .. }
        | RecordError::Directory { .. }
        | RecordError::DirectoryBehind { .. } => Code::RecordOrder,
        RecordError::BodyMissing { .. } => Code::MissingFile,
    }
}
