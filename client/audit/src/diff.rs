//! Two copies of one log at two times: does the later one extend the earlier, what is new, what has gone.
//!
//! Each copy is verified by itself; here they are held against each other: checkpoints (root and consistency proof), tag keys,
//! every record, every body. In scope: copies on disk. Out of scope: which of two honest checkpoints is fresher.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::verify_consistency;

use crate::changes::ChangeFacts;
use crate::facts::StreamFacts;
use crate::layout;
use crate::prepare::{BodyKind, Named};
use crate::report::{Code, Finding, Findings, Verdict};
use crate::stream::Stream;
use crate::verify::{Examined, Material, Pins, VerifyError, examine};

/// What two copies say about each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// 1.
    pub schema: u64,
    /// `ok` exactly if both copies verify and the new one extends the old one.
    pub verdict: Verdict,
    /// The old copy.
    pub old: Side,
    /// The new copy.
    pub new: Side,
    /// Consistency proof between the two checkpoints (RFC 9162 §2.1.4), in lower-case hexadecimal; none if there is none.
    pub consistency: Option<Vec<String>>,
    /// What is wrong with either copy or between them.
    pub findings: Vec<SidedFinding>,
    /// What is new, by stream; streams without anything new are left out.
    pub streams: Vec<StreamDifference>,
    /// Changes of rights since the old checkpoint.
    pub changes: Vec<ChangeFacts>,
    /// Bodies of the old copy that the new one lacks.
    pub gone: Vec<GoneBody>,
}

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Verdict on this copy alone.
    pub verdict: Verdict,
    /// Size on its checkpoint.
    pub tree_size: Option<u64>,
    /// Root on its checkpoint.
    pub root: Option<String>,
}

/// Which copy a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The old copy alone.
    Old,
    /// The new copy alone.
    New,
    /// The two together.
    Both,
}

/// A finding, and about which copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SidedFinding {
    /// Which copy.
    pub copy: Which,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What is new in one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StreamDifference {
    /// Stream id.
    pub stream: String,
    /// Whether the old copy lacks the stream.
    pub is_new: bool,
    /// Records more.
    pub records: u64,
    /// Judged entries more, by type.
    pub types: BTreeMap<String, u64>,
    /// Members more.
    pub members_added: Vec<String>,
    /// Members less.
    pub members_removed: Vec<String>,
    /// Devices more: in the group, or live where the stream is the directory.
    pub devices_added: Vec<String>,
    /// Devices less.
    pub devices_removed: Vec<String>,
}

/// A body that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoneBody {
    /// Stream id.
    pub stream: String,
    /// SHA-256, in lower-case hexadecimal.
    pub body: String,
    /// What it was.
    pub kind: BodyKind,
}

/// Verifies the copies `old` and `new` and holds them against each other.
///
/// # Errors
/// [`VerifyError`]: our environment; everything about the contents is a finding.
///
/// Source: docs/protocol.md chapter 11.
pub fn diff(old: &Path, new: &Path, pins: &Pins) -> Result<Difference, VerifyError> {
    let (old, new) = (examine(old, pins)?, examine(new, pins)?);
    let mut findings = Findings::default();
    let mut difference = Difference {
        schema: 1,
        verdict: Verdict::Ok,
        old: side(&old),
        new: side(&new),
        consistency: None,
        findings: Vec::new(),
        streams: Vec::new(),
        changes: Vec::new(),
        gone: Vec::new(),
    };
    if let (Some(had), Some(has)) = (&old.material, &new.material) {
        difference.consistency = check_checkpoints(had, has, &mut findings);
        difference.gone = compare_streams(had, has, &mut findings);
        difference.streams = news(&old.facts.streams, &new.facts.streams);
        let since = had.checkpoint.size;
        let changes = new.facts.changes.iter();
        difference.changes = changes.filter(|it| it.index >= since).cloned().collect();
    }
    let between = findings.into_report(None, None, crate::report::Checked::default());
    let sides = [
        (Which::Both, between),
        (Which::Old, old.report),
        (Which::New, new.report),
    ];
    for (copy, report) in sides {
        if report.verdict == Verdict::Findings {
            difference.verdict = Verdict::Findings;
        }
        let findings = report.findings.into_iter();
        let sided = findings.map(|finding| SidedFinding { copy, finding });
        difference.findings.extend(sided);
    }
    Ok(difference)
}

fn side(examined: &Examined) -> Side {
    let report = &examined.report;
    Side {
        verdict: report.verdict,
        tree_size: report.tree_size,
        root: report.root.clone(),
    }
}

/// Whether the new checkpoint extends the old one; gives the proof.
fn check_checkpoints(
    old: &Material,
    new: &Material,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    let (had, has) = (&old.checkpoint, &new.checkpoint);
    let mut found = |code, detail: String| {
        findings.push(Finding::error(code, detail).in_file(layout::CHECKPOINT));
    };
    if had.origin != has.origin {
        found(Code::Fork, "the copies are of two logs".to_owned());
        return None;
    }
    if has.size < had.size {
        let detail = format!("the log has {} entries, it had {}", has.size, had.size);
        found(Code::Rollback, detail);
        return None;
    }
    // Under a root that its own entries do not make there is nothing to prove; that is a finding of the copy.
    if !new.log.has_root {
        return None;
    }
    let path = new.log.tree.consistency_path(had.size, has.size).ok()?;
    let proven = verify_consistency(had.size, &had.root, has.size, &has.root, &path);
    if proven.is_err() || new.log.tree.root_at(had.size) != Some(had.root) {
        let detail = format!(
            "the log of {} entries does not extend the one of {}",
            has.size, had.size
        );
        found(Code::Fork, detail);
        return None;
    }
    Some(path.iter().map(layout::hex).collect())
}

/// Holds every stream of the old copy to the new one; gives the bodies that are gone.
fn compare_streams(old: &Material, new: &Material, findings: &mut Findings) -> Vec<GoneBody> {
    let mut gone = Vec::new();
    for (id, had) in &old.streams {
        match new.streams.get(id) {
            Some(has) => {
                compare_stream(*id, had, has, findings);
                gone_bodies(*id, had, has, old.named.get(id), findings, &mut gone);
            }
            None => {
                let detail = "the old copy has this stream, the new one has not";
                let path = layout::records(id);
                findings.push(
                    Finding::error(Code::MissingFile, detail)
                        .of_stream(*id)
                        .in_file(path),
                );
            }
        }
    }
    gone
}

fn compare_stream(id: StreamId, had: &Stream, has: &Stream, findings: &mut Findings) {
    if had.key != has.key {
        let detail = "k_stream is not the one of the old copy";
        let path = layout::key(&id);
        findings.push(
            Finding::error(Code::EntryHash, detail)
                .of_stream(id)
                .in_file(path),
        );
    }
    for (seq, item) in &had.items {
        let (code, detail) = match has.items.get(seq) {
            Some(other) if other.hash == item.hash => continue,
            Some(_) => (Code::EntryHash, "the record is not the one of the old copy"),
            None => (
                Code::MissingEntry,
                "the old copy has this record, the new one has not",
            ),
        };
        findings.push(Finding::error(code, detail).of_record(id, *seq));
    }
}

fn gone_bodies(
    id: StreamId,
    had: &Stream,
    has: &Stream,
    named: Option<&Named>,
    findings: &mut Findings,
    gone: &mut Vec<GoneBody>,
) {
    for body in had.bodies.difference(&has.bodies) {
        let kind = named.map_or(BodyKind::Side, |named| named.kind_of(body));
        if kind == BodyKind::Body {
            let detail = "the old copy has this body, the new one has not";
            let path = layout::body(&id, body);
            findings.push(
                Finding::error(Code::MissingFile, detail)
                    .of_stream(id)
                    .in_file(path),
            );
        }
        gone.push(GoneBody {
            stream: id.to_string(),
            body: layout::hex(body),
            kind,
        });
    }
}

fn news(old: &[StreamFacts], new: &[StreamFacts]) -> Vec<StreamDifference> {
    let old: BTreeMap<&str, &StreamFacts> =
        old.iter().map(|row| (row.stream.as_str(), row)).collect();
    let rows = new
        .iter()
        .map(|row| stream_news(old.get(row.stream.as_str()).copied(), row));
    rows.filter(|row| row.is_new || row.records > 0).collect()
}

fn stream_news(old: Option<&StreamFacts>, new: &StreamFacts) -> StreamDifference {
    let none = (&[][..], &[][..]);
    let (members, devices) =
        old.map_or(none, |old| (old.members.as_slice(), old.devices.as_slice()));
    let had = |kind: &str| {
        old.and_then(|old| old.types.get(kind))
            .copied()
            .unwrap_or(0)
    };
    let types = new.types.iter();
    let types = types.map(|(kind, count)| (kind.clone(), count.saturating_sub(had(kind))));
    StreamDifference {
        stream: new.stream.clone(),
        is_new: old.is_none(),
        records: new.records.saturating_sub(old.map_or(0, |old| old.records)),
        types: types.filter(|(_, count)| *count > 0).collect(),
        members_added: without(&new.members, members),
        members_removed: without(members, &new.members),
        devices_added: without(&new.devices, devices),
        devices_removed: without(devices, &new.devices),
    }
}

fn without(all: &[String], other: &[String]) -> Vec<String> {
    let other: BTreeSet<&String> = other.iter().collect();
    all.iter()
        .filter(|it| !other.contains(it))
        .cloned()
        .collect()
}
