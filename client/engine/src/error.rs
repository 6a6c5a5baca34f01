//! What can go wrong in the engine, in three families: the peer, this machine, the caller.

use std::path::PathBuf;

use thamvan_proto::cbor::CborError;
use thamvan_proto::commitment::OpenError;
use thamvan_proto::consultation::{ConsultationError, ContentError};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::ledger::RecordError;
use thamvan_proto::login::TicketError;

use crate::attachment::CipherError;
use crate::mls::MlsError;

/// Any failure of a verb. [`EngineError::code`] is stable; the text is for people who read logs.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The folder has no home in it.
    #[error("no home at {path}")]
    NoHome {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The folder already has a home.
    #[error("a home exists at {path}")]
    HomeExists {
        /// Where.
        path: PathBuf,
    },
    /// Another process holds the home.
    #[error("another process{} uses the home at {path}", .process.map(|id| format!(" ({id})")).unwrap_or_default())]
    HomeInUse {
        /// Where.
        path: PathBuf,
        /// Its number, where it is known.
        process: Option<u32>,
    },
    /// The passphrase does not open the store.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The store opens and contradicts itself.
    #[error("the store is damaged: {what}")]
    StoreDamaged {
        /// What contradicts.
        what: &'static str,
    },
    /// A read or write of the store failed.
    #[error("the store cannot be read or written")]
    Store(#[from] rusqlite::Error),
    /// A file of the home cannot be read or written.
    #[error("cannot read or write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The operating system gives no randomness.
    #[error("no randomness from the operating system")]
    Randomness,
    /// The ticket file.
    #[error("the ticket is not valid")]
    Ticket(#[from] TicketError),
    /// No connection.
    #[error("the server is not reachable: {what}")]
    Unreachable {
        /// Which step failed.
        what: String,
    },
    /// The server said no.
    #[error("refused by the server: {detail}")]
    Refused {
        /// Code.
        code: ErrorCode,
        /// Its words.
        detail: String,
    },
    /// The server broke the protocol.
    #[error("the server broke the protocol: {what}")]
    Protocol {
        /// What it did.
        what: &'static str,
    },
    /// The server's value is not the expected one.
    #[error("the server sent a malformed value")]
    Malformed(#[from] CborError),
    /// The log contradicts itself or what this device has seen: evidence, not an accident.
    #[error("verification finding: {what}")]
    Finding {
        /// Which check failed.
        what: String,
    },
    /// A record has no place where the server delivered it.
    #[error("verification finding: a record has no place in its stream")]
    Record(#[from] RecordError),
    /// A message whose commitment does not open.
    #[error("verification finding: a message does not open its commitment")]
    Commitment(#[from] OpenError),
    /// An attachment that cannot be opened, or is not the one committed to.
    #[error("attachment refused")]
    Attachment(#[source] CipherError),
    /// MLS.
    #[error("MLS: {0}")]
    Mls(#[from] MlsError),
    /// The device has not been enrolled.
    #[error("this device is not enrolled yet")]
    NotEnrolled,
    /// Nothing matches.
    #[error("unknown {what}: {name}")]
    Unknown {
        /// Kind of thing.
        what: &'static str,
        /// As given.
        name: String,
    },
    /// More than one thing matches.
    #[error("ambiguous {what}: {name}")]
    Ambiguous {
        /// Kind of thing.
        what: &'static str,
        /// As given.
        name: String,
    },
    /// Refused on this side, before anything was sent.
    #[error("{what}")]
    NotAllowed {
        /// Stable identifier of the rule.
        rule: &'static str,
        /// In words.
        what: String,
    },
    /// The rules of consultations, held against an act before it is sent.
    #[error(transparent)]
    Consultation(#[from] ConsultationError),
    /// What an act says lacks something, before it is sent.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The verification code differs from the one computed here.
    #[error("the verification code differs: the device must not be approved")]
    CodeMismatch,
}

impl EngineError {
    /// All codes of this enumeration; the server's codes are those of [`ErrorCode`].
    pub const CODES: &'static [&'static str] = &[
        "no_home",
        "home_exists",
        "home_in_use",
        "wrong_passphrase",
        "store_damaged",
        "store_failed",
        "file_failed",
        "no_randomness",
        "ticket_invalid",
        "unreachable",
        "protocol",
        "finding",
        "attachment_refused",
        "mls",
        "not_enrolled",
        "unknown",
        "ambiguous",
        "not_allowed",
        "consultation",
        "content",
        "code_mismatch",
    ];

    /// Whether something was refused for what it is, by the server or on this side.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::NotAllowed { .. }
                | Self::Consultation(_)
                | Self::Content(_)
        )
    }

    /// The stable identifier used in JSON and to find the words for people.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoHome { .. } => "no_home",
            Self::HomeExists { .. } => "home_exists",
            Self::HomeInUse { .. } => "home_in_use",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::StoreDamaged { .. } => "store_damaged",
            Self::Store(_) => "store_failed",
            Self::File { .. } => "file_failed",
            Self::Randomness => "no_randomness",
            Self::Ticket(_) => "ticket_invalid",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { code, .. } => code.as_str(),
            Self::Protocol { .. } | Self::Malformed(_) => "protocol",
            Self::Finding { .. } | Self::Record(_) | Self::Commitment(_) => "finding",
            Self::Attachment(CipherError::Read(_) | CipherError::Write(_)) => "file_failed",
            Self::Attachment(
                CipherError::TooLong
                | CipherError::Blob
                | CipherError::Chunk { .. }
                | CipherError::Content,
            ) => "attachment_refused",
            Self::Mls(_) => "mls",
            Self::NotEnrolled => "not_enrolled",
            Self::Unknown { .. } => "unknown",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NotAllowed { .. } => "not_allowed",
            Self::Consultation(_) => "consultation",
            Self::Content(_) => "content",
            Self::CodeMismatch => "code_mismatch",
        }
    }
}

/// The only one of what was `found` for the name `given`.
///
/// # Errors
/// [`EngineError::Unknown`] for none, [`EngineError::Ambiguous`] for more than one.
pub fn exactly_one<T>(
    what: &'static str,
    given: &str,
    found: impl IntoIterator<Item = T>,
) -> Result<T, EngineError> {
    let mut found = found.into_iter();
    let name = given.to_owned();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(EngineError::Unknown { what, name }),
        (Some(_), Some(_)) => Err(EngineError::Ambiguous { what, name }),
    }
}
