//! Why a witness folder is not made or not served.

use std::io;

use thamvan_proto::tlog::{Name, NameError, VerifierKeyError};

/// Why [`init`](crate::init()) or [`run`](crate::run) ends other than as asked.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The folder holds a witness, or something else, already.
    #[error("the folder is not empty")]
    Exists,
    /// The witness's name cannot name a key.
    #[error("name of the witness is refused")]
    Name(#[source] NameError),
    /// A log's vkey is refused.
    #[error("vkey of a log is refused")]
    LogKey(#[source] VerifierKeyError),
    /// A log's vkey is not of a key that signs logs.
    #[error("key {name} does not sign a log")]
    LogKeyType {
        /// Name of the key.
        name: Name,
    },
    /// The origin beside a vkey is not the name of that key.
    #[error("origin {origin} is not the name of its key")]
    Origin {
        /// As written.
        origin: String,
    },
    /// Two logs have one origin.
    #[error("two logs have the origin {origin}")]
    DuplicateLog {
        /// Origin of both.
        origin: Name,
    },
    /// No log where one is needed, or too many.
    #[error("{got} logs, expected 1 to {max}", max = crate::limits::LOGS_MAX)]
    LogCount {
        /// Number of logs.
        got: usize,
    },
    /// The listen address is not an address with a port.
    #[error("listen is not an address with a port")]
    Listen,
    /// The configuration file.
    #[error("configuration is not understood")]
    Config(#[source] toml::de::Error),
    /// The key file does not hold the key of this witness.
    #[error("key file is damaged or of another witness")]
    Key,
    /// Another process serves the folder.
    #[error("another process uses this folder")]
    InUse,
    /// There is no state of a log: it was lost, or the log was added by hand.
    #[error("the state of log {origin} is missing; a witness that has lost it must be retired")]
    StateMissing {
        /// Origin of the log.
        origin: Name,
    },
    /// The state of a log is not as written, or not signed by both keys.
    #[error("the state of log {origin} is damaged; a witness that has lost it must be retired")]
    StateDamaged {
        /// Origin of the log.
        origin: Name,
    },
    /// The state of a log could not be made durable: what the disk holds is not known.
    #[error("the state of a log could not be stored")]
    NotStored(#[source] io::Error),
    /// No randomness.
    #[error("no randomness")]
    Randomness,
    /// A file or socket.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Cause.
        #[source]
        source: io::Error,
    },
}

impl WitnessError {
    /// Every [`code`](Self::code).
    pub const CODES: [&str; 4] = [
        "witness_in_use",
        "witness_state",
        "witness_config",
        "witness_io",
    ];

    /// A word for programs; there is one for each way to help oneself.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "witness_in_use",
            Self::Key
            | Self::StateMissing { .. }
            | Self::StateDamaged { .. }
            | Self::NotStored(_) => "witness_state",
            Self::Exists
            | Self::Name(_)
            | Self::LogKey(_)
            | Self::LogKeyType { .. }
            | Self::Origin { .. }
            | Self::DuplicateLog { .. }
            | Self::LogCount { .. }
            | Self::Listen
            | Self::Config(_) => "witness_config",
            Self::Randomness | Self::Io { .. } => "witness_io",
        }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
