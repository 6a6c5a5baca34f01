//! Why the server does not run, and with which code it ends.

use std::io;

use thamvan_server_core::ApplyError;

use crate::checkpoint_file::CheckpointFileError;
use crate::config::ConfigError;
use crate::durable::WriteError;
use crate::journal::JournalError;
use crate::log_key::LogKeyError;
use crate::log_signer::LogSignerError;

/// Why the server ends other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log key.
    #[error(transparent)]
    LogSigner(#[from] LogSignerError),
    /// A file that is written at start.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// TLS certificate or key.
    #[error("TLS certificate or key cannot be used")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file or socket.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Another process holds the data folder.
    #[error("another server uses this data folder")]
    Locked,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The checkpoint files.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointFileError),
    /// The journal is whole but contradicts itself.
    #[error("the journal does not fold")]
    Apply(#[from] ApplyError),
    /// A body that a change names is gone.
    #[error("a body that the journal names is missing")]
    BodyMissing,
    /// An old backup, another key, another log: running would show two histories.
    #[error("refusing to run: {reason}")]
    Refuses {
        /// In words, with a hint.
        reason: String,
    },
    /// Two computations of one root differ: a bug or bad memory.
    #[error("two computations of the root differ: nothing is signed")]
    RootMismatch,
    /// The sequencer has ended: a bug, if no other error came first.
    #[error("the sequencer has ended")]
    SequencerEnded,
}

impl RunError {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. }
            | Self::Write(_)
            | Self::Journal(JournalError::Write(_))
            | Self::Checkpoint(CheckpointFileError::Write(_))
            | Self::LogSigner(
                LogSignerError::Write(_)
                | LogSignerError::Read(_)
                | LogSignerError::Key(LogKeyError::Io(_)),
            )
            | Self::Journal(JournalError::Io(_))
            | Self::Checkpoint(CheckpointFileError::Io(_))
            | Self::SequencerEnded => 1,
            Self::Config(_) | Self::Tls(_) => 2,
            Self::Journal(JournalError::OtherWriter) => 8,
            Self::Checkpoint(CheckpointFileError::Second | CheckpointFileError::SecondPlace) => 8,
            Self::Journal(_)
            | Self::Checkpoint(_)
            | Self::Apply(_)
            | Self::BodyMissing
            | Self::RootMismatch => 6,
            Self::Locked => 7,
            Self::Refuses { .. } | Self::LogSigner(_) => 8,
        }
    }

    pub(crate) fn refuses(reason: impl Into<String>) -> Self {
        Self::Refuses {
            reason: reason.into(),
        }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
