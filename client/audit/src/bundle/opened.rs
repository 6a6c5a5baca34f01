//! The verification of a disclosure, offline: who said it, when, under which label, and what.

use minicbor::Decoder;
use serde::Serialize;
use thamvan_proto::cbor;
use thamvan_proto::channel::Disclosure;
use thamvan_proto::commitment::{PartOpening, Place};
use thamvan_proto::directory::Role;
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::id::{OfficialId, StreamId};
use thamvan_proto::ledger::Ledger;
use thamvan_proto::limits::{MESSAGE_BODY_LEN_MAX, STATEMENT_BODY_LEN_MAX};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{
    Checkpoint, Hash, Policy, Quorum, SignedNote, TlogProof, leaf_hash, verify_inclusion,
};

use super::container::{BundleError, Files, MANIFEST, Manifest, unpack};
use super::disclosure::{
    CHECKPOINT, DIRECTORY, DISCLOSURE, DisclosureContents, KIND, OPENING, PART, POLICY,
    ProvenRecord, SAID, body, directory_body, payload, proof, record, write_disclosure,
};
use crate::layout;
use crate::report::{Code, Finding, Severity, Verdict};
use crate::verify::Pins;

/// What a disclosure opens to. Everything is `null` where it does not verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisclosureReport {
    /// 1.
    pub schema: u64,
    /// `disclosure`.
    pub kind: &'static str,
    /// `ok` exactly if no finding has severity error.
    pub verdict: Verdict,
    /// Where it stands.
    pub record: Option<RecordFacts>,
    /// Who said it.
    pub author: Option<AuthorFacts>,
    /// What was disclosed of it.
    pub part: Option<PartDisclosed>,
    /// Who disclosed it, to whom, and why.
    pub disclosure: Option<DisclosureFacts>,
    /// The error, or warnings.
    pub findings: Vec<Finding>,
}

/// Where what was said stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordFacts {
    /// `<stream>/<seq>`.
    pub entry: String,
    /// Index in the log.
    pub index: u64,
    /// Log time (ms).
    pub time_ms: u64,
    /// Entry type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Label.
    pub label: &'static str,
    /// Origin of the log.
    pub log_origin: String,
    /// Size of the checkpoint that it is under.
    pub tree_size: u64,
    /// Witnesses that cosigned it.
    pub witnesses: Vec<String>,
}

/// Who signed, in the words of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorFacts {
    /// Official.
    pub official: String,
    /// Agency.
    pub agency: String,
    /// Device.
    pub device: String,
}

/// The part that is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartDisclosed {
    /// From 0.
    pub n: u64,
    /// How many parts there are.
    pub of: usize,
    /// What it is for.
    pub role: &'static str,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: String,
    /// Its text, where it is one.
    pub text: Option<String>,
}

/// The act of disclosing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisclosureFacts {
    /// `<stream>/<seq>`.
    pub entry: String,
    /// Log time (ms).
    pub time_ms: u64,
    /// Who.
    pub by: AuthorFacts,
    /// To whom.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// A verification, and the part where it verifies.
#[derive(Clone, Debug)]
pub struct OpenedDisclosure {
    /// What is said of it.
    pub report: DisclosureReport,
    /// The bytes of the part.
    pub part: Option<Vec<u8>>,
}

/// Verifies a disclosure, without network, home or keys.
///
/// `pins`: what the auditor knows from elsewhere; without them the bundle is held to its own genesis, and a warning says so.
///
/// Source: docs/protocol.md chapter 11, "Disclosure".
#[must_use]
pub fn open_disclosure(bytes: &[u8], pins: Option<&Pins>) -> OpenedDisclosure {
    match check(bytes, pins) {
        Ok((mut report, part)) => {
            if pins.is_none() {
                let detail =
                    "held to its own genesis and policy: give those that you know from elsewhere";
                report
                    .findings
                    .push(Finding::warning(Code::BadSignature, detail).in_file(POLICY));
            }
            OpenedDisclosure {
                report,
                part: Some(part),
            }
        }
        Err(finding) => OpenedDisclosure {
            report: DisclosureReport {
                schema: 1,
                kind: KIND,
                verdict: Verdict::Findings,
                record: None,
                author: None,
                part: None,
                disclosure: None,
                findings: vec![*finding],
            },
            part: None,
        },
    }
}

type Checked<T> = Result<T, Box<Finding>>;

fn wrong<T>(code: Code, path: &str, detail: impl std::fmt::Display) -> Checked<T> {
    Err(Box::new(Finding::error(code, detail).in_file(path)))
}

fn check(bytes: &[u8], pins: Option<&Pins>) -> Checked<(DisclosureReport, Vec<u8>)> {
    let files = unpack(bytes).or_else(|error| {
        let path = match &error {
            BundleError::Duplicate { path } => path.as_str(),
            BundleError::Zip | BundleError::TooLong | BundleError::Write => "",
        };
        wrong(Code::EntryHash, path, &error)
    })?;
    check_listing(&files)?;
    let contents = contents_of(&files)?;
    let trust = Trust::check(&contents, pins)?;
    let said = trust.record(SAID, &contents.said)?;
    let disclosed = trust.record(DISCLOSURE, &contents.disclosure)?;
    let opening = check_opening(&said, &contents)?;
    let act = check_act(&trust, &said, &disclosed, &opening, &contents)?;
    // Whatever is in the file besides, or in another order or spelling, is seen here.
    if write_disclosure(&contents).as_deref() != Ok(bytes) {
        return wrong(Code::ExtraFile, "", "not the one spelling of its contents");
    }
    let part = PartDisclosed {
        n: opening.n,
        of: opening.hashes.len(),
        role: opening.facts.role.as_str(),
        media_type: opening.facts.media_type.clone(),
        size: opening.facts.length,
        sha256: layout::hex(&opening.facts.sha256),
        text: is_text(&opening.facts.media_type)
            .then(|| String::from_utf8(contents.part.clone()).ok())
            .flatten(),
    };
    let report = DisclosureReport {
        schema: 1,
        kind: KIND,
        verdict: Verdict::Ok,
        record: Some(RecordFacts {
            entry: said.place(),
            index: contents.said.index,
            time_ms: said.record.time,
            kind: said.kind.as_str(),
            label: said.entry.facts.label.as_str(),
            log_origin: trust.checkpoint.origin.to_string(),
            tree_size: trust.checkpoint.size,
            witnesses: trust.witnesses.clone(),
        }),
        author: Some(said.author()),
        part: Some(part),
        disclosure: Some(DisclosureFacts {
            entry: disclosed.place(),
            time_ms: disclosed.record.time,
            by: disclosed.author(),
            to: act.auditor.to_string(),
            reason: act.reason,
        }),
        findings: trust.warnings,
    };
    Ok((report, contents.part))
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/plain")
}

/// The manifest lists exactly the files that are there, with their hashes.
fn check_listing(files: &Files) -> Checked<()> {
    let Some(manifest) = files.get(MANIFEST) else {
        return wrong(Code::MissingFile, MANIFEST, "the file must be there");
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else {
        return wrong(Code::EntryHash, MANIFEST, "not the list of a bundle");
    };
    if manifest.schema != 1 || manifest.kind != KIND {
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
        if layout::hex(&sha256(bytes)) != file.sha256 {
            return wrong(Code::EntryHash, &file.path, "not what its hash says");
        }
    }
    let mut names = files.keys().filter(|name| *name != MANIFEST);
    match names.find(|name| !listed.contains(name.as_str())) {
        Some(name) => wrong(Code::ExtraFile, name, "there and not listed"),
        None => Ok(()),
    }
}

/// What the files hold, unverified.
fn contents_of(files: &Files) -> Checked<DisclosureContents> {
    let said = proven(files, SAID)?;
    let disclosure = proven(files, DISCLOSURE)?;
    let act = payload(&disclosure.record).map(|hash| body(&hash));
    let Some(act) = act else {
        return wrong(Code::EntryHash, &record(DISCLOSURE), "not a record");
    };
    Ok(DisclosureContents {
        checkpoint: text(files, CHECKPOINT)?.to_owned(),
        policy: text(files, POLICY)?.to_owned(),
        said,
        disclosure,
        body: get(files, &act)?.clone(),
        opening: get(files, OPENING)?.clone(),
        part: get(files, PART)?.clone(),
        directory: directory(files)?,
    })
}

fn get<'f>(files: &'f Files, path: &str) -> Checked<&'f Vec<u8>> {
    match files.get(path) {
        Some(bytes) => Ok(bytes),
        None => wrong(Code::MissingFile, path, "the file must be there"),
    }
}

fn text<'f>(files: &'f Files, path: &str) -> Checked<&'f str> {
    let bytes = get(files, path)?;
    std::str::from_utf8(bytes).or_else(|error| wrong(Code::EntryHash, path, error))
}

fn proven(files: &Files, name: &str) -> Checked<ProvenRecord> {
    let path = proof(name);
    let parsed = TlogProof::parse(text(files, &path)?);
    let parsed = parsed.or_else(|error| wrong(Code::EntryHash, &path, error))?;
    let Ok(tag) = parsed.extra().try_into() else {
        return wrong(Code::EntryHash, &path, "the extra data is no stream tag");
    };
    Ok(ProvenRecord {
        record: get(files, &record(name))?.clone(),
        tag,
        index: parsed.index(),
        path: parsed.path().to_vec(),
    })
}

fn directory(files: &Files) -> Checked<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut rest = get(files, DIRECTORY)?.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        let mut decoder = Decoder::new(rest);
        let end = decoder.skip().map(|()| decoder.position());
        let Some((one, others)) = end.ok().and_then(|end| rest.split_at_checked(end)) else {
            return wrong(Code::EntryHash, DIRECTORY, "not a sequence of records");
        };
        let Some(hash) = payload(one) else {
            return wrong(Code::EntryHash, DIRECTORY, "not a sequence of records");
        };
        let content = get(files, &directory_body(&hash))?.clone();
        records.push((one.to_vec(), content));
        rest = others;
    }
    Ok(records)
}

/// What everything else rests on.
struct Trust {
    ledger: Ledger,
    checkpoint: Checkpoint,
    witnesses: Vec<String>,
    warnings: Vec<Finding>,
}

/// A record whose place and author have been verified.
struct Verified {
    record: Record,
    hash: Hash,
    entry: Entry,
    kind: EntryType,
    official: OfficialId,
}

impl Verified {
    fn place(&self) -> String {
        format!("{}/{}", self.record.stream, self.record.seq)
    }

    fn author(&self) -> AuthorFacts {
        AuthorFacts {
            official: self.official.to_string(),
            agency: self.official.agency().to_string(),
            device: self.entry.device.to_string(),
        }
    }
}

impl Trust {
    /// The directory from the genesis on, and the checkpoint under the policy that it pins.
    fn check(contents: &DisclosureContents, pins: Option<&Pins>) -> Checked<Self> {
        let mut ledger = Ledger::default();
        for (record, body) in &contents.directory {
            let accepted = ledger.accept(record, Some(body));
            let accepted = accepted.or_else(|e| wrong(Code::RecordOrder, DIRECTORY, e))?;
            if accepted.record.stream != StreamId::DIRECTORY {
                return wrong(Code::RecordOrder, DIRECTORY, "a record of another stream");
            }
        }
        let policy_hash = sha256(contents.policy.as_bytes());
        let Some((genesis, genesis_hash)) = ledger.directory().genesis() else {
            return wrong(Code::BadSignature, DIRECTORY, "no valid genesis");
        };
        let pinned = pins
            .is_none_or(|pins| pins.genesis == *genesis_hash && pins.policy_hash == policy_hash);
        if !pinned || genesis.policy != policy_hash {
            let detail = "the genesis or the policy is not the pinned one";
            return wrong(Code::BadSignature, DIRECTORY, detail);
        }
        let policy = Policy::parse(&contents.policy);
        let policy = policy.or_else(|error| wrong(Code::BadSignature, POLICY, error))?;
        let note = SignedNote::parse(&contents.checkpoint);
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

    /// A record: in the tree, under a `dir` of this directory, signed by a device that is live there.
    fn record(&self, name: &str, proven: &ProvenRecord) -> Checked<Verified> {
        let path = record(name);
        let parsed = Record::parse(&proven.record);
        let parsed = parsed.or_else(|error| wrong(Code::EntryHash, &path, error))?;
        let entry = Entry::parse(&parsed.entry);
        let entry = entry.or_else(|error| wrong(Code::EntryHash, &path, error))?;
        let hash = sha256(&proven.record);
        let leaf = leaf_hash(&[[1].as_slice(), &proven.tag, &hash.0].concat());
        let (size, root) = (self.checkpoint.size, &self.checkpoint.root);
        if let Err(error) = verify_inclusion(&leaf, proven.index, size, &proven.path, root) {
            return wrong(Code::RootMismatch, &proof(name), error);
        }
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

/// The part is the one that the author committed to.
fn check_opening(said: &Verified, contents: &DisclosureContents) -> Checked<PartOpening> {
    let opening = cbor::from_slice::<PartOpening>(&contents.opening, MESSAGE_BODY_LEN_MAX);
    let opening = opening.or_else(|error| wrong(Code::EntryHash, OPENING, error))?;
    let place = Place::of(said.entry.device, &said.entry.facts);
    let (Some(place), Some(com), true) = (place, &said.entry.facts.com, said.kind.is_said()) else {
        return wrong(Code::ActInvalid, &record(SAID), "nothing was said by it");
    };
    match opening.open(&place, com, &contents.part) {
        Ok(()) => Ok(opening),
        Err(error) => wrong(Code::EntryHash, OPENING, error),
    }
}

/// The entry that discloses names this record and part, and an auditor.
fn check_act(
    trust: &Trust,
    said: &Verified,
    disclosed: &Verified,
    opening: &PartOpening,
    contents: &DisclosureContents,
) -> Checked<Disclosure> {
    let path = record(DISCLOSURE);
    if disclosed.kind != EntryType::Disclosure || disclosed.record.stream != said.record.stream {
        return wrong(Code::ActInvalid, &path, "not a disclosure in this stream");
    }
    let act = cbor::from_slice::<Disclosure>(&contents.body, STATEMENT_BODY_LEN_MAX);
    let act = act.or_else(|error| wrong(Code::EntryHash, &path, error))?;
    if sha256(&contents.body) != disclosed.entry.payload {
        return wrong(Code::EntryHash, &path, "not the body that it names");
    }
    if act.record != said.hash || act.part != opening.n || act.part_hash != opening.part_hash() {
        return wrong(Code::ActInvalid, &path, "it discloses something else");
    }
    let directory = trust.ledger.directory();
    let last = directory.size().checked_sub(1);
    let dir = disclosed.record.dir.as_ref().map(|dir| dir.seq);
    // The directory ends where the disclosure stands: nothing is there that nobody signed for.
    if dir != last || said.record.time > disclosed.record.time {
        return wrong(
            Code::RecordOrder,
            &path,
            "the directory does not end at its `dir`",
        );
    }
    let time = disclosed.record.time;
    let audits = |agency: &_| {
        let at = directory.at(dir.unwrap_or(0));
        at.holds_role(&act.auditor, Role::Auditor, Some(agency), time)
    };
    // Of which agency the channel is, the bundle does not say: an auditor of any agency is one.
    let known = trust.ledger.directory().now();
    if known.agencies().any(|agency| audits(&agency.id)) {
        Ok(act)
    } else {
        wrong(
            Code::MembershipUnauthorised,
            &path,
            "disclosed to nobody who audits",
        )
    }
}

/// Whether a report has an error.
impl DisclosureReport {
    /// Whether nothing but warnings was found.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let mut findings = self.findings.iter();
        !findings.any(|finding| finding.severity == Severity::Error)
    }
}
