//! Trust policy: which log is believed, which witnesses are known, and how many of them must agree.
//!
//! In scope: the C2SP tlog-policy text, read strictly and written back; checking a signed
//! checkpoint against the policy; how old a quorum is.
//! Out of scope: clocks. One log per policy, though the format allows more: a client of this system
//! follows exactly one.

mod draft;
mod witnessed;

use std::fmt;

use self::draft::Draft;
use super::key::{KeyType, VerifierKey, VerifierKeyError};

pub use self::witnessed::{
    Cosigner, LineSigner, NoteLine, WitnessedCheckpoint, WitnessedCheckpointError,
};

/// A trust policy for one log.
///
/// Invariant: [`Policy::parse`] reads what [`Display`](fmt::Display) writes as the same value.
///
/// Source: C2SP tlog-policy; vectors: tests/vectors/tlog/policy.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    log: VerifierKey,
    log_url: Option<String>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    quorum: Quorum,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// `policy`: at most 64 KiB, 32 witnesses and 32 groups; every line ends in a newline. Groups
    /// and the quorum name only what stands on lines above them.
    ///
    /// # Errors
    /// [`PolicyError`] with the refused fact and its line (operator's fault).
    ///
    /// Source: C2SP tlog-policy, "Policy file syntax and structure";
    /// vectors: tests/vectors/tlog/policy.json
    pub fn parse(policy: &str) -> Result<Self, PolicyError> {
        if policy.len() > POLICY_LEN_MAX {
            return Err(PolicyError::TooLong { got: policy.len() });
        }
        let lines = policy
            .strip_suffix('\n')
            .ok_or(PolicyError::MissingFinalNewline)?;
        let mut draft = Draft::default();
        for (line, number) in lines.split('\n').zip(1_usize..) {
            draft
                .read_line(line)
                .map_err(|source| PolicyError::Line { number, source })?;
        }
        let (log, log_url) = draft.log.ok_or(PolicyError::MissingLog)?;
        let quorum = draft.quorum.ok_or(PolicyError::MissingQuorum)?;
        Ok(Self {
            log,
            log_url,
            witnesses: draft.witnesses,
            groups: draft.groups,
            quorum,
        })
    }

    /// Returns the key of the log; its name is the origin.
    #[must_use]
    pub fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// Returns the address of the log, if the policy gives one.
    #[must_use]
    pub fn log_url(&self) -> Option<&str> {
        self.log_url.as_deref()
    }

    /// Returns the witnesses in the order of the file.
    #[must_use]
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// Returns the groups in the order of the file; members precede the groups that name them.
    #[must_use]
    pub fn groups(&self) -> &[PolicyGroup] {
        &self.groups
    }

    /// Returns what makes a checkpoint witnessed.
    #[must_use]
    pub fn quorum(&self) -> &Quorum {
        &self.quorum
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(
            formatter,
            &format!("log {}", self.log),
            self.log_url.as_deref(),
        )?;
        for witness in &self.witnesses {
            let line = format!("witness {} {}", witness.name, witness.key);
            write_line(formatter, &line, witness.url.as_deref())?;
        }
        for group in &self.groups {
            let members = group.members.join(" ");
            writeln!(
                formatter,
                "group {} {} {members}",
                group.name, group.threshold
            )?;
        }
        match &self.quorum {
            Quorum::None => writeln!(formatter, "quorum none"),
            Quorum::Named(name) => writeln!(formatter, "quorum {name}"),
        }
    }
}

/// One witness of a policy.
///
/// Source: C2SP tlog-policy, "Defining a witness"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Name within the policy; has no meaning elsewhere.
    pub name: String,
    /// Key of the witness, of type cosignature/v1.
    pub key: VerifierKey,
    /// Submission address, if the policy gives one.
    pub url: Option<String>,
}

/// A named group of witnesses and other groups.
///
/// Source: C2SP tlog-policy, "Defining a witness group"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyGroup {
    /// Name within the policy.
    pub name: String,
    /// How many members must have witnessed.
    pub threshold: Threshold,
    /// Names of witnesses and groups, at least one.
    pub members: Vec<String>,
}

/// How many members of a group must have witnessed a checkpoint.
///
/// Source: C2SP tlog-policy, "Defining a witness group"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Every member.
    All,
    /// One member.
    Any,
    /// This many members: at least 1, at most all of them.
    AtLeast(usize),
}

impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("all"),
            Self::Any => formatter.write_str("any"),
            Self::AtLeast(count) => write!(formatter, "{count}"),
        }
    }
}

/// What makes a checkpoint witnessed.
///
/// Source: C2SP tlog-policy, "Defining the quorum"
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// No cosignature is needed.
    None,
    /// The witness or group of this name must have witnessed.
    Named(String),
}

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is too long.
    #[error("policy has {got} bytes, at most {POLICY_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The last line does not end in a newline.
    #[error("policy does not end in a newline")]
    MissingFinalNewline,
    /// A line is refused.
    #[error("policy line {number} is refused")]
    Line {
        /// Number of the line, from 1.
        number: usize,
        /// The refused fact.
        source: PolicyLineError,
    },
    /// No log line.
    #[error("policy has no log line")]
    MissingLog,
    /// No quorum line.
    #[error("policy has no quorum line")]
    MissingQuorum,
}

/// Why a line of a policy is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyLineError {
    /// A control character other than tab, or U+007F.
    #[error("line holds control character {got:?}")]
    ControlCharacter {
        /// The first such character.
        got: char,
    },
    /// The first word is none of log, witness, group, quorum.
    #[error("unknown keyword")]
    UnknownKeyword,
    /// The line has too few or too many words for its keyword.
    #[error("line of {got} words")]
    WrongWordCount {
        /// Number of words including the keyword.
        got: usize,
    },
    /// A vkey is refused.
    #[error("vkey is refused")]
    VerifierKey(#[source] VerifierKeyError),
    /// The key has a type that does not belong on this line.
    #[error("key type does not belong on this line")]
    WrongKeyType {
        /// Type found.
        got: KeyType,
    },
    /// A second log line.
    #[error("second log line")]
    SecondLog,
    /// A second quorum line.
    #[error("second quorum line")]
    SecondQuorum,
    /// Two witnesses have the same public key.
    #[error("public key already belongs to witness {witness}")]
    DuplicateKey {
        /// Name of the earlier witness.
        witness: String,
    },
    /// The name is already taken, or is the predefined `none`.
    #[error("name is already taken")]
    DuplicateName,
    /// More than 32 witnesses.
    #[error("more than {POLICY_WITNESSES_MAX} witnesses")]
    TooManyWitnesses,
    /// More than 32 groups.
    #[error("more than {POLICY_GROUPS_MAX} groups")]
    TooManyGroups,
    /// The threshold is not a word or number the format knows.
    #[error("group threshold is not a number")]
    ThresholdNotANumber,
    /// The threshold is 0 or above the number of members.
    #[error("group threshold {got} does not fit {members} members")]
    WrongThreshold {
        /// Threshold found.
        got: u64,
        /// Number of members.
        members: usize,
    },
    /// A name stands on no line above.
    #[error("name {name} is not defined above")]
    UndefinedName {
        /// The name.
        name: String,
    },
    /// A name is already a member of a group.
    #[error("name {name} is already a group member")]
    AlreadyMember {
        /// The name.
        name: String,
    },
}

fn write_line(formatter: &mut fmt::Formatter<'_>, line: &str, url: Option<&str>) -> fmt::Result {
    match url {
        Some(url) => writeln!(formatter, "{line} {url}"),
        None => writeln!(formatter, "{line}"),
    }
}

/// Longest policy file in bytes: 32 witness lines of 1 KiB leave as much for groups and comments.
pub const POLICY_LEN_MAX: usize = 64 * 1024;

/// Most witnesses in a policy; C2SP tlog-policy recommends to support 32.
pub const POLICY_WITNESSES_MAX: usize = 32;

/// Most groups in a policy; C2SP tlog-policy recommends to support 32.
pub const POLICY_GROUPS_MAX: usize = 32;

#[cfg(test)]
mod tests;
