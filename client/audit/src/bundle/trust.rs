//! What every bundle rests on: its list of files, the directory from the pinned genesis on, the checkpoint under its policy, and
//! records that are in that log.

use minicbor::Decoder;
use thamvan_proto::commitment::PartOpening;
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::id::{OfficialId, StreamId};
use thamvan_proto::ledger::Ledger;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{
    Checkpoint, Hash, Policy, Quorum, SignedNote, TlogProof, leaf_hash, verify_inclusion,
};

use super::container::{BundleError, Files, MANIFEST, Manifest, unpack};
use super::disclosure::ProvenRecord;
use super::layout::{CHECKPOINT, DIRECTORY, POLICY, directory_body, payload, proof, record};
use crate::layout::hex;
use crate::report::{Code, Finding};
use crate::verify::Pins;

pub(super) type Checked<T> = Result<T, Box<Finding>>;

pub(super) fn wrong<T>(code: Code, path: &str, detail: impl std::fmt::Display) -> Checked<T> {
    Err(Box::new(Finding::error(code, detail).in_file(path)))
}

/// The files of a bundle of `kind`: exactly those that its list names.
pub(super) fn files_of(bytes: &[u8], kind: &str) -> Checked<Files> {
    let files = unpack(bytes).or_else(|error| {
        let path = match &error {
            BundleError::Duplicate { path } => path.as_str(),
            BundleError::Zip | BundleError::TooLong | BundleError::Write => "",
        };
        wrong(Code::EntryHash, path, &error)
    })?;
    check_listing(&files, kind)?;
    Ok(files)
}

/// The manifest lists exactly the files that are there, with their hashes.
fn check_listing(files: &Files, kind: &str) -> Checked<()> {
    let Some(manifest) = files.get(MANIFEST) else {
        return wrong(Code::MissingFile, MANIFEST, "the file must be there");
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else {
        return wrong(Code::EntryHash, MANIFEST, "not the list of a bundle");
    };
    if manifest.schema != 1 || manifest.kind != kind {
        return wrong(
            Code::EntryHash,
            MANIFEST,
            "another kind or version of bundle",
        );
    }
    let mut listed = std::collections::BTreeSet::new();
    for file in &manifest.files {
        let Some(bytes) = files.get(&file.path) else {
            return wrong(Code::MissingFile, &file.path, "listed and not there");
        };
        if !listed.insert(file.path.as_str()) {
            return wrong(Code::ExtraFile, &file.path, "listed twice");
        }
        if hex(&sha256(bytes)) != file.sha256 {
            return wrong(Code::EntryHash, &file.path, "not what its hash says");
        }
    }
    let mut names = files.keys().filter(|name| *name != MANIFEST);
    match names.find(|name| !listed.contains(name.as_str())) {
        Some(name) => wrong(Code::ExtraFile, name, "there and not listed"),
        None => Ok(()),
    }
}

pub(super) fn get<'f>(files: &'f Files, path: &str) -> Checked<&'f Vec<u8>> {
    match files.get(path) {
        Some(bytes) => Ok(bytes),
        None => wrong(Code::MissingFile, path, "the file must be there"),
    }
}

pub(super) fn text<'f>(files: &'f Files, path: &str) -> Checked<&'f str> {
    let bytes = get(files, path)?;
    std::str::from_utf8(bytes).or_else(|error| wrong(Code::EntryHash, path, error))
}

pub(super) fn proven(files: &Files, name: &str) -> Checked<ProvenRecord> {
    let (tag, index, path) = place_of(files, name)?;
    Ok(ProvenRecord {
        record: get(files, &record(name))?.clone(),
        tag,
        index,
        path,
    })
}

/// Stream tag, index in the log and inclusion path that a proof holds.
pub(super) fn place_of(files: &Files, name: &str) -> Checked<([u8; 16], u64, Vec<Hash>)> {
    let path = proof(name);
    let parsed = TlogProof::parse(text(files, &path)?);
    let parsed = parsed.or_else(|error| wrong(Code::EntryHash, &path, error))?;
    let Ok(tag) = parsed.extra().try_into() else {
        return wrong(Code::EntryHash, &path, "the extra data is no stream tag");
    };
    Ok((tag, parsed.index(), parsed.path().to_vec()))
}

/// Records of stream 0 and their bodies.
pub(super) fn directory(files: &Files) -> Checked<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut records = Vec::new();
    for one in sequence(files, DIRECTORY)? {
        let Some(hash) = payload(one) else {
            return wrong(Code::EntryHash, DIRECTORY, "not a sequence of records");
        };
        let content = get(files, &directory_body(&hash))?.clone();
        records.push((one.to_vec(), content));
    }
    Ok(records)
}

/// The CBOR items of a file, one after another.
pub(super) fn sequence<'f>(files: &'f Files, path: &str) -> Checked<Vec<&'f [u8]>> {
    let mut rest = get(files, path)?.as_slice();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let mut decoder = Decoder::new(rest);
        let end = decoder.skip().map(|()| decoder.position());
        let Some((one, others)) = end.ok().and_then(|end| rest.split_at_checked(end)) else {
            return wrong(Code::EntryHash, path, "not a sequence of records");
        };
        items.push(one);
        rest = others;
    }
    Ok(items)
}

/// The text of a part that is opened, where it is one.
pub(super) fn text_of(opening: &PartOpening, part: &[u8]) -> Option<String> {
    let is_text = opening.facts.media_type.starts_with("text/plain");
    is_text
        .then(|| String::from_utf8(part.to_vec()).ok())
        .flatten()
}

/// What of a bundle everything else in it rests on.
pub(super) struct Anchor<'c> {
    pub(super) checkpoint: &'c str,
    pub(super) policy: &'c str,
    pub(super) directory: &'c [(Vec<u8>, Vec<u8>)],
}

/// What everything else rests on.
pub(super) struct Trust {
    pub(super) ledger: Ledger,
    pub(super) checkpoint: Checkpoint,
    pub(super) witnesses: Vec<String>,
    pub(super) warnings: Vec<Finding>,
}

/// A record whose place and author have been verified.
pub(super) struct Verified {
    pub(super) record: Record,
    pub(super) hash: Hash,
    pub(super) entry: Entry,
    pub(super) kind: EntryType,
    pub(super) official: OfficialId,
}

impl Verified {
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.record.stream, self.record.seq)
    }

    pub(super) fn author(&self) -> super::AuthorFacts {
        super::AuthorFacts {
            official: self.official.to_string(),
            agency: self.official.agency().to_string(),
            device: self.entry.device.to_string(),
        }
    }
}

impl Trust {
    /// The directory from the genesis on, and the checkpoint under the policy that it pins.
    pub(super) fn check(anchor: &Anchor<'_>, pins: Option<&Pins>) -> Checked<Self> {
        let mut ledger = Ledger::default();
        for (record, body) in anchor.directory {
            let accepted = ledger.accept(record, Some(body));
            let accepted = accepted.or_else(|e| wrong(Code::RecordOrder, DIRECTORY, e))?;
            if accepted.record.stream != StreamId::DIRECTORY {
                return wrong(Code::RecordOrder, DIRECTORY, "a record of another stream");
            }
        }
        let policy_hash = sha256(anchor.policy.as_bytes());
        let Some((genesis, genesis_hash)) = ledger.directory().genesis() else {
            return wrong(Code::BadSignature, DIRECTORY, "no valid genesis");
        };
        let pinned = pins
            .is_none_or(|pins| pins.genesis == *genesis_hash && pins.policy_hash == policy_hash);
        if !pinned || genesis.policy != policy_hash {
            let detail = "the genesis or the policy is not the pinned one";
            return wrong(Code::BadSignature, DIRECTORY, detail);
        }
        let policy = Policy::parse(anchor.policy);
        let policy = policy.or_else(|error| wrong(Code::BadSignature, POLICY, error))?;
        let note = SignedNote::parse(anchor.checkpoint);
        let note = note.or_else(|error| wrong(Code::BadSignature, CHECKPOINT, error))?;
        if let Err(error) = note.verify(std::slice::from_ref(policy.log())) {
            return wrong(Code::BadSignature, CHECKPOINT, error);
        }
        let opened = policy.open(&note);
        let opened = opened.or_else(|error| wrong(Code::BadCosignature, CHECKPOINT, error))?;
        let checkpoint = opened.checkpoint().clone();
        if genesis.log_key != policy.log().to_string()
            || genesis.origin != checkpoint.origin.as_str()
        {
            let detail = "another log than the one that the genesis names";
            return wrong(Code::BadSignature, CHECKPOINT, detail);
        }
        let mut warnings = Vec::new();
        if *policy.quorum() == Quorum::None {
            let detail = "the policy asks for no cosignature: only the log's own signature stands against a split view";
            warnings.push(Finding::warning(Code::BadCosignature, detail).in_file(CHECKPOINT));
        }
        let cosigners = opened.cosigners().iter();
        let witnesses = cosigners.map(|it| it.name().to_owned()).collect();
        Ok(Self {
            ledger,
            checkpoint,
            witnesses,
            warnings,
        })
    }

    /// Whether a record is in the tree; gives its hash.
    pub(super) fn includes(&self, name: &str, proven: &ProvenRecord) -> Checked<Hash> {
        let hash = sha256(&proven.record);
        let leaf = leaf_hash(&[[1].as_slice(), &proven.tag, &hash.0].concat());
        let (size, root) = (self.checkpoint.size, &self.checkpoint.root);
        match verify_inclusion(&leaf, proven.index, size, &proven.path, root) {
            Ok(()) => Ok(hash),
            Err(error) => wrong(Code::RootMismatch, &proof(name), error),
        }
    }

    /// A record: in the tree, under a `dir` of this directory, signed by a device that is live there.
    pub(super) fn record(&self, name: &str, proven: &ProvenRecord) -> Checked<Verified> {
        let path = record(name);
        let parsed = Record::parse(&proven.record);
        let parsed = parsed.or_else(|error| wrong(Code::EntryHash, &path, error))?;
        let entry = Entry::parse(&parsed.entry);
        let entry = entry.or_else(|error| wrong(Code::EntryHash, &path, error))?;
        let hash = self.includes(name, proven)?;
        let directory = self.ledger.directory();
        let Some(dir) = parsed.dir.as_ref().filter(|dir| directory.contains(dir)) else {
            return wrong(
                Code::RecordOrder,
                &path,
                "its `dir` is not in the directory",
            );
        };
        let Some(fact) = directory.at(dir.seq).device(&entry.device) else {
            return wrong(Code::BadSignature, &path, "not a live device at its `dir`");
        };
        if entry.verify(&fact.signing).is_err() {
            return wrong(Code::BadSignature, &path, "the signature is bad");
        }
        let (official, kind) = (fact.official.clone(), entry.facts.entry_type());
        match kind.filter(|kind| kind.belongs_to(&parsed.stream)) {
            Some(kind) if parsed.version == 1 && parsed.stream == entry.facts.stream => {
                Ok(Verified {
                    record: parsed,
                    hash,
                    entry,
                    kind,
                    official,
                })
            }
            _ => wrong(Code::ActInvalid, &path, "not an entry of this stream"),
        }
    }
}
