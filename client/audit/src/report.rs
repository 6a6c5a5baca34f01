//! What a verification says: verdict, counts and findings, in the one JSON shape that others rely on.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::Hash;

use crate::layout;
use crate::limits::FINDINGS_MAX;

/// Result of a verification. `null` stands for what is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// 1.
    pub schema: u64,
    /// `ok` exactly if no finding has severity error.
    pub verdict: Verdict,
    /// Shard of the log, from the genesis.
    pub shard: Option<u64>,
    /// Size on the checkpoint.
    pub tree_size: Option<u64>,
    /// Root hash on the checkpoint, in lower-case hexadecimal.
    pub root: Option<String>,
    /// How much was checked.
    pub checked: Checked,
    /// In a fixed order, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Verdict of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing, or warnings only.
    Ok,
    /// At least one error.
    Findings,
}

/// Counts of what was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Log entries whose record is in its stream and was judged.
    pub entries: u64,
    /// Signatures that verify: one of each judged entry, and those on the checkpoint.
    pub signatures: u64,
    /// Streams in the copy.
    pub streams: u64,
    /// MLS commits that are valid.
    pub commits: u64,
    /// Consultation acts that are valid; none in rule version 1.
    pub acts: u64,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Entry of the log.
    pub index: Option<u64>,
    /// Stream.
    #[serde(serialize_with = "stream_as_text")]
    pub stream: Option<StreamId>,
    /// Record of the stream.
    pub seq: Option<u64>,
    /// File, relative to the copy.
    pub path: Option<String>,
    /// For people, in English; not for programs.
    pub detail: String,
}

/// Kinds of findings. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// An entry, record, body or tag key is not what its hash says, or is malformed.
    EntryHash,
    /// A hash tile is not the tree's.
    TileHash,
    /// The entries do not make the root on the checkpoint, or the records not the root of heads.
    RootMismatch,
    /// A signature of the log, of root keys or of a device is bad, or trust does not begin where it must.
    BadSignature,
    /// A cosignature is bad or of an unknown key, or too few are there.
    BadCosignature,
    /// A record or entry does not continue its chain, its stream, or log time.
    RecordOrder,
    /// A log entry without a record, or a record without a log entry; as a warning, heads that are not there.
    MissingEntry,
    /// A place in a stream is taken twice.
    DuplicateSeq,
    /// A label above the channel's.
    LabelMismatch,
    /// A label above the ceiling.
    LabelAboveCeiling,
    /// A founding, membership or author that nothing justifies.
    MembershipUnauthorised,
    /// A commit or message that does not fit its epoch or its MLS head.
    CommitInvalid,
    /// Any other entry that is void.
    ActInvalid,
    /// A statement that its signers had no right to make, or that one person made where two must.
    DualControlViolated,
    /// A log that is smaller than one seen before; raised by who compares two copies.
    Rollback,
    /// An author saw a checkpoint that is not of this log.
    Fork,
    /// A partial tile of a width that this tree size does not have.
    PartialTile,
    /// A file that must be there is not.
    MissingFile,
    /// A file, folder or link that does not belong.
    ExtraFile,
    /// `index.json` is not the one that the rest of the copy gives.
    IndexMismatch,
}

impl Code {
    /// All codes, in the order of their declaration.
    pub const ALL: [Self; 20] = [
        Self::EntryHash,
        Self::TileHash,
        Self::RootMismatch,
        Self::BadSignature,
        Self::BadCosignature,
        Self::RecordOrder,
        Self::MissingEntry,
        Self::DuplicateSeq,
        Self::LabelMismatch,
        Self::LabelAboveCeiling,
        Self::MembershipUnauthorised,
        Self::CommitInvalid,
        Self::ActInvalid,
        Self::DualControlViolated,
        Self::Rollback,
        Self::Fork,
        Self::PartialTile,
        Self::MissingFile,
        Self::ExtraFile,
        Self::IndexMismatch,
    ];

    /// Whether an error of this code about a stream means that the stream is not complete as docs/protocol.md chapter 3 has it.
    const fn breaks_a_stream(self) -> bool {
        matches!(
            self,
            Self::EntryHash
                | Self::RecordOrder
                | Self::MissingEntry
                | Self::DuplicateSeq
                | Self::Fork
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The copy or the log is not as the protocol demands.
    Error,
    /// Worth a look.
    Warning,
}

impl Finding {
    pub(crate) fn error(code: Code, detail: impl fmt::Display) -> Self {
        Self {
            code,
            severity: Severity::Error,
            index: None,
            stream: None,
            seq: None,
            path: None,
            detail: detail.to_string(),
        }
    }

    pub(crate) fn warning(code: Code, detail: impl fmt::Display) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, detail)
        }
    }

    pub(crate) fn in_file(self, path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            ..self
        }
    }

    pub(crate) fn of_entry(self, index: u64) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }

    pub(crate) fn of_stream(self, stream: StreamId) -> Self {
        Self {
            stream: Some(stream),
            ..self
        }
    }

    pub(crate) fn of_record(self, stream: StreamId, seq: u64) -> Self {
        Self {
            seq: Some(seq),
            ..self.of_stream(stream)
        }
    }
}

/// Findings while they are gathered: keeps the first, counts none beyond the limit.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    has_error: bool,
    broken: BTreeSet<StreamId>,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.has_error |= finding.severity == Severity::Error;
        if finding.severity == Severity::Error
            && finding.code.breaks_a_stream()
            && let Some(stream) = finding.stream
        {
            self.broken.insert(stream);
        }
        let left = FINDINGS_MAX.saturating_sub(self.list.len());
        match left {
            0 => {}
            1 => self.list.push(Finding {
                severity: finding.severity,
                ..Finding::error(finding.code, LEFT_OUT)
            }),
            _ => self.list.push(finding),
        }
    }

    /// Whether an error says that `stream` is not whole, in order and the one that was logged.
    pub(crate) fn is_broken(&self, stream: &StreamId) -> bool {
        self.broken.contains(stream)
    }

    pub(crate) fn into_report(
        self,
        shard: Option<u64>,
        tree: Option<(u64, Hash)>,
        checked: Checked,
    ) -> Report {
        Report {
            schema: 1,
            verdict: if self.has_error {
                Verdict::Findings
            } else {
                Verdict::Ok
            },
            shard,
            tree_size: tree.map(|(size, _)| size),
            root: tree.map(|(_, root)| layout::hex(&root)),
            checked,
            findings: self.list,
        }
    }
}

// Serde asks for a reference to the field.
fn stream_as_text<S: Serializer>(
    stream: &Option<StreamId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match stream {
        Some(stream) => serializer.collect_str(stream),
        None => serializer.serialize_none(),
    }
}

const LEFT_OUT: &str = "this finding and all after it are left out: the report is full";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_report_says_so_and_keeps_the_verdict() {
        let mut findings = Findings::default();
        for index in 0..=FINDINGS_MAX as u64 {
            findings.push(Finding::warning(Code::ActInvalid, "w").of_entry(index));
        }
        findings.push(Finding::error(Code::Fork, "e"));
        let report = findings.into_report(None, None, Checked::default());
        assert_eq!(report.findings.len(), FINDINGS_MAX);
        assert_eq!(report.findings.last().expect("full").detail, LEFT_OUT);
        assert_eq!(report.verdict, Verdict::Findings);
    }

    #[test]
    fn a_finding_has_the_published_shape() {
        let finding = Finding::error(Code::EntryHash, "d").of_record(StreamId([0xab; 16]), 3);
        let text = serde_json::to_string(&finding).expect("serialises");
        let stream = "ab".repeat(16);
        let expected = format!(
            r#"{{"code":"entry_hash","severity":"error","index":null,"stream":"{stream}","seq":3,"path":null,"detail":"d"}}"#
        );
        assert_eq!(text, expected);
    }
}
