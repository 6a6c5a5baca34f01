//! Why a record has no place, and why an entry is refused or void.

use crate::cbor::CborError;
use crate::channel::ChannelError;
use crate::consultation::ConsultationError;
use crate::cose::EnvelopeError;
use crate::directory::{AuthorityError, StatementError};
use crate::error_code::ErrorCode;
use crate::id::DeviceId;
use crate::label::LabelError;
use crate::mls_header::MlsHeaderError;

/// Why a record has no place in its stream: a fault of whoever sequenced or delivered it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a record.
    #[error("record is malformed")]
    Record(#[source] CborError),
    /// The entry inside is not one.
    #[error("entry in the record is malformed")]
    Entry(#[source] EnvelopeError),
    /// A gap or a repetition.
    #[error("record {got} delivered where {expected} is next")]
    Sequence {
        /// Number of the record.
        got: u64,
        /// Number that is next.
        expected: u64,
    },
    /// `prev` is not the hash of the record before.
    #[error("record {seq} does not continue the stream")]
    Previous {
        /// Number of the record.
        seq: u64,
    },
    /// Version, or a stream other than the one that the author signed.
    #[error("record {seq} carries an entry of another stream or has another version")]
    Stream {
        /// Number of the record.
        seq: u64,
    },
    /// Log time went back.
    #[error("time of record {seq} goes back")]
    Time {
        /// Number of the record.
        seq: u64,
    },
    /// `dir` is missing, not in stream 0, or went back.
    #[error("directory position of record {seq} is wrong")]
    Directory {
        /// Number of the record.
        seq: u64,
    },
    /// The directory must be read up to `needed` first.
    #[error("directory must be read up to {needed} first")]
    DirectoryBehind {
        /// Position in stream 0.
        needed: u64,
    },
    /// The body is not the one that the author signed: nothing is said about the record itself.
    #[error("body of record {seq} is not the signed one")]
    BodyMismatch {
        /// Number of the record.
        seq: u64,
    },
    /// The body is needed to judge the record.
    #[error("body of record {seq} is missing")]
    BodyMissing {
        /// Number of the record.
        seq: u64,
    },
}

/// Why an entry is refused, or void where it is logged: the author's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No live device with this id at `dir`.
    #[error("device {device} is not live at this position of the directory")]
    UnknownDevice {
        /// The `kid`.
        device: DeviceId,
    },
    /// Bad signature.
    #[error("signature of the entry is bad")]
    Signature,
    /// Counter or previous hash does not continue.
    #[error("sender counter {got} where {expected} is next")]
    SenderChain {
        /// Counter of the entry.
        got: u64,
        /// Counter that is next.
        expected: u64,
    },
    /// `head` is not a record of the stream.
    #[error("head is not a record of the stream")]
    Head,
    /// Heads that go back, are empty, of another shard, or behind what their author had seen.
    #[error("the heads do not go on from the ones before")]
    Heads,
    /// `seen` is missing.
    #[error("the last seen checkpoint is missing")]
    Seen,
    /// Rule version of the future.
    #[error("rule version {got} is unknown: upgrade")]
    UnknownRule {
        /// Version.
        got: u64,
    },
    /// Entry type of the future.
    #[error("entry type {got} is unknown: upgrade")]
    UnknownType {
        /// Type.
        got: u64,
    },
    /// Statement kind of the future.
    #[error("statement kind {got} is unknown: upgrade")]
    UnknownKind {
        /// Kind.
        got: u64,
    },
    /// The stream holds something unknown.
    #[error("the stream is read-only until upgrade")]
    ReadOnly,
    /// A directory type in a channel, a channel type in the directory, or a second genesis.
    #[error("this entry type does not belong here")]
    WrongStream,
    /// A field that this type must or must not have.
    #[error("a header field is missing or does not belong to this entry type")]
    WrongFields,
    /// The body is needed and not there.
    #[error("the body is missing")]
    BodyMissing,
    /// Too long.
    #[error("body of {got} bytes exceeds {max}")]
    BodyTooLong {
        /// Bytes.
        got: usize,
        /// Limit.
        max: usize,
    },
    /// The body is not what was signed.
    #[error("the payload is not the hash of the body")]
    Payload,
    /// Not the body of this type.
    #[error("the body is malformed")]
    Body,
    /// `made` is too far from log time.
    #[error("made {made} is more than 10 minutes from log time {time}")]
    MadeTime {
        /// As signed.
        made: u64,
        /// Of the record.
        time: u64,
    },
    /// Genesis or root statement.
    #[error("root statement refused: {error}")]
    Authority {
        /// The [`AuthorityError`], which is not comparable.
        error: String,
    },
    /// Directory.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Channel.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Consultation.
    #[error(transparent)]
    Consultation(#[from] ConsultationError),
    /// Label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Not an MLS message of the profile.
    #[error("MLS message is malformed")]
    MlsHeader(#[from] MlsHeaderError),
    /// The MLS message names another group, epoch or header.
    #[error("MLS message does not match the signed header")]
    MlsMismatch,
}

impl Invalid {
    /// Whether it is of the future: the stream is read-only until upgrade.
    #[must_use]
    pub const fn needs_upgrade(&self) -> bool {
        matches!(
            self,
            Self::UnknownType { .. }
                | Self::UnknownKind { .. }
                | Self::UnknownRule { .. }
                | Self::Consultation(ConsultationError::UnknownTemplate { .. })
        )
    }

    /// The code on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownDevice { .. } => ErrorCode::UnknownDevice,
            Self::Signature => ErrorCode::BadSignature,
            Self::SenderChain { .. } | Self::Head | Self::Seen => ErrorCode::BadChain,
            Self::UnknownRule { .. }
            | Self::UnknownType { .. }
            | Self::UnknownKind { .. }
            | Self::ReadOnly
            | Self::Consultation(ConsultationError::UnknownTemplate { .. }) => {
                ErrorCode::UnknownType
            }
            Self::Consultation(_) => ErrorCode::Act,
            Self::WrongStream
            | Self::WrongFields
            | Self::BodyMissing
            | Self::Body
            | Self::MlsHeader(_)
            | Self::MlsMismatch => ErrorCode::Malformed,
            Self::BodyTooLong { .. } => ErrorCode::TooLarge,
            Self::Payload => ErrorCode::BadPayload,
            Self::MadeTime { .. } => ErrorCode::MadeTime,
            Self::Authority { .. } => ErrorCode::BadSignature,
            Self::Statement(
                StatementError::NeedsTwoPersons
                | StatementError::SamePerson
                | StatementError::SameAgency
                | StatementError::NotIndependent,
            )
            | Self::Channel(ChannelError::SamePerson) => ErrorCode::TwoPersons,
            Self::Statement(StatementError::NotPermitted | StatementError::NotTheOwner)
            | Self::Channel(
                ChannelError::NotPermitted | ChannelError::Found(_) | ChannelError::NotAMember,
            ) => ErrorCode::NotPermitted,
            // An epoch in which somebody may not read any more is as good as past: commit, then say it again.
            Self::Channel(ChannelError::StaleEpoch | ChannelError::Unjustified { .. }) => {
                ErrorCode::StaleEpoch
            }
            Self::Channel(ChannelError::TooSoon) => ErrorCode::RateLimited,
            Self::Label(_) | Self::Channel(ChannelError::Label(_)) => ErrorCode::Label,
            Self::Heads | Self::Statement(_) | Self::Channel(_) => ErrorCode::Void,
        }
    }
}

impl From<AuthorityError> for Invalid {
    fn from(error: AuthorityError) -> Self {
        Self::Authority {
            error: error.to_string(),
        }
    }
}
