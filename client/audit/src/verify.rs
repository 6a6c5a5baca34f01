//! The verification of a copy, step by step.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::{Checkpoint, Hash, Policy, PolicyError};

use crate::attribution::attribute;
use crate::authority;
use crate::checkpoint;
use crate::facts::Facts;
use crate::folder::{Folder, Kind};
use crate::judge::Judge;
use crate::layout::{self, Index, IndexStream, Layout};
use crate::limits::PATHS_MAX;
use crate::log::{self, Log};
use crate::prepare::{Desk, Named};
use crate::report::{Checked, Code, Finding, Findings, Report};
use crate::stream::{self, Stream};

/// What an auditor knows beforehand and from elsewhere.
#[derive(Clone, Debug)]
pub struct Pins {
    /// Log key, witnesses and quorum.
    pub policy: Policy,
    /// SHA-256 of the policy file.
    pub policy_hash: Hash,
    /// Hash of the genesis.
    pub genesis: Hash,
}

impl Pins {
    /// Reads the bytes of a policy file, which may hold comments, and pins `genesis`.
    ///
    /// # Errors
    /// [`PolicyError`]: the operator's fault.
    pub fn read(policy: &str, genesis: Hash) -> Result<Self, PolicyError> {
        Ok(Self {
            policy: Policy::parse(policy)?,
            policy_hash: sha256(policy.as_bytes()),
            genesis,
        })
    }
}

/// Verifies the copy in the folder `copy`, as [`verify_pinned`] does.
///
/// `policy`: from a file that is spelt exactly as [`Policy`] writes it; a file with comments or other spaces has another hash
/// than the genesis is held to here and needs [`Pins::read`].
///
/// # Errors
/// [`VerifyError`]: our environment.
pub fn verify(copy: &Path, policy: &Policy, genesis: &Hash) -> Result<Report, VerifyError> {
    let pins = Pins {
        policy: policy.clone(),
        policy_hash: sha256(policy.to_string().as_bytes()),
        genesis: *genesis,
    };
    verify_pinned(copy, &pins)
}

/// Verifies the copy in the folder `copy` against `pins`: every byte of every file.
///
/// Everything about the content is a finding of the report. Cost: one hash of every file and one strict signature
/// verification an entry; memory about that of all records together.
///
/// # Errors
/// [`VerifyError`]: our environment.
///
/// Source: docs/protocol.md chapters 7 and 11.
pub fn verify_pinned(copy: &Path, pins: &Pins) -> Result<Report, VerifyError> {
    Ok(examine(copy, pins)?.report)
}

/// A verification, and what it saw on the way.
#[derive(Debug)]
pub struct Examined {
    /// Verdict, counts and findings.
    pub report: Report,
    /// What an auditor sees besides.
    pub facts: Facts,
    /// What a second copy is held against; none without a readable checkpoint.
    pub(crate) material: Option<Material>,
}

/// What was read of a copy.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) log: Log,
    pub(crate) streams: BTreeMap<StreamId, Stream>,
    pub(crate) named: BTreeMap<StreamId, Named>,
}

impl Examined {
    fn nothing(findings: Findings) -> Self {
        Self {
            report: findings.into_report(None, None, Checked::default()),
            facts: Facts::default(),
            material: None,
        }
    }
}

/// Verifies as [`verify_pinned`] does, and keeps what a readable report shows.
///
/// # Errors
/// As [`verify_pinned`].
pub fn examine(copy: &Path, pins: &Pins) -> Result<Examined, VerifyError> {
    let folder = Folder::walk(copy)?;
    let mut findings = Findings::default();
    if folder.overfull {
        let detail = format!("more than {PATHS_MAX} files and folders: nothing is verified");
        findings.push(Finding::error(Code::ExtraFile, detail));
        return Ok(Examined::nothing(findings));
    }
    let Some(checked) = checkpoint::check(&folder, &pins.policy, &mut findings)? else {
        return Ok(Examined::nothing(findings));
    };
    let (checkpoint, signatures) = (checked.checkpoint, checked.signatures);
    let quorum_time = checked.quorum_time;
    let tree = Some((checkpoint.size, checkpoint.root));

    let mut layout = Layout::default();
    layout.require(layout::INDEX.to_owned());
    layout.require(layout::CHECKPOINT.to_owned());
    let log = log::check(&folder, &checkpoint, &mut layout, &mut findings)?;
    let streams = stream::load(&folder, &mut findings)?;
    let places = attribute(&log, &streams, &mut findings);
    let counts = Checked {
        signatures,
        streams: streams.len() as u64,
        ..Checked::default()
    };
    let desk = Desk {
        folder: &folder,
        streams: &streams,
    };
    let mut judge = Judge::new(desk, &log, counts);
    judge.quorum_time = quorum_time;
    judge.run(&places, &mut findings)?;
    for (id, named) in &judge.named {
        if let Some(stream) = streams.get(id) {
            named.finish(id, stream, &folder, &mut layout, &mut findings)?;
        }
    }

    let directory = judge.ledger.directory();
    authority::check_genesis(directory, pins, &checkpoint, &mut findings);
    // A directory that was not folded to its end may register a channel later: that is a finding already.
    if judge.has_directory() {
        authority::check_keys(directory, &streams, &mut findings);
    }
    let shard = directory.genesis().map(|(genesis, _)| genesis.shard);
    check_index(&folder, &checkpoint, shard, &streams, &mut findings)?;
    check_layout(&folder, &layout, &mut findings);
    let is_sound = |id: &StreamId| log.has_root && !findings.is_broken(id);
    let facts = judge
        .facts
        .finish(checked.facts, &judge.ledger, &streams, is_sound);
    let (checked, named) = (judge.checked, judge.named);
    Ok(Examined {
        report: findings.into_report(shard, tree, checked),
        facts,
        material: Some(Material {
            checkpoint,
            log,
            streams,
            named,
        }),
    })
}

fn check_index(
    folder: &Folder,
    checkpoint: &Checkpoint,
    shard: Option<u64>,
    streams: &BTreeMap<StreamId, Stream>,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    // Without a genesis there is no shard to write, and a finding already.
    let Some(shard) = shard else {
        return Ok(());
    };
    let rows = streams.iter().map(|(id, stream)| IndexStream {
        stream: id.to_string(),
        records: stream.count,
        bodies: stream.bodies.len() as u64,
    });
    let expected = Index::new(checkpoint, shard, rows.collect()).to_text();
    let is_there = folder.is_file(layout::INDEX);
    let got = folder.read(layout::INDEX, expected.len())?.bytes();
    if is_there && got.as_deref() != Some(expected.as_bytes()) {
        let detail = "not what the rest of the copy gives";
        findings.push(Finding::error(Code::IndexMismatch, detail).in_file(layout::INDEX));
    }
    Ok(())
}

fn check_layout(folder: &Folder, layout: &Layout, findings: &mut Findings) {
    for path in layout.required() {
        if !folder.is_file(path) {
            let detail = "the file must be there";
            findings.push(Finding::error(Code::MissingFile, detail).in_file(path));
        }
    }
    let folders = layout.folders(|path| folder.is_file(path));
    for (path, kind) in folder.paths() {
        let (belongs, detail) = match kind {
            Kind::File => (layout.has_file(path), "the file does not belong"),
            Kind::Folder => (
                folders.contains(path.as_str()),
                "the folder does not belong",
            ),
            Kind::Other => (false, "neither a file nor a folder"),
        };
        if !belongs {
            let is_partial = layout::tile_of(path).is_some_and(|tile| tile.is_partial());
            let code = if is_partial && kind == Kind::File {
                Code::PartialTile
            } else {
                Code::ExtraFile
            };
            findings.push(Finding::error(code, detail).in_file(path));
        }
    }
}

/// Why nothing can be said about a copy: our environment.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A folder cannot be listed or a file not read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
}
