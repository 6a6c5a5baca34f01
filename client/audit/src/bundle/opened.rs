//! The verification of a disclosure, offline: who said it, when, under which label, and what.

use serde::Serialize;
use thamvan_proto::cbor;
use thamvan_proto::channel::Disclosure;
use thamvan_proto::commitment::{PartOpening, Place};
use thamvan_proto::directory::Role;
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::limits::{MESSAGE_BODY_LEN_MAX, STATEMENT_BODY_LEN_MAX};

use super::container::Files;
use super::disclosure::{
    DISCLOSURE, DisclosureContents, KIND, OPENING, PART, SAID, write_disclosure,
};
use super::layout::{CHECKPOINT, POLICY, body, payload, record};
use super::trust::{
    Anchor, Checked, Trust, Verified, directory, files_of, get, proven, text, text_of, wrong,
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

fn check(bytes: &[u8], pins: Option<&Pins>) -> Checked<(DisclosureReport, Vec<u8>)> {
    let files = files_of(bytes, KIND)?;
    let contents = contents_of(&files)?;
    let anchor = Anchor {
        checkpoint: &contents.checkpoint,
        policy: &contents.policy,
        directory: &contents.directory,
    };
    let trust = Trust::check(&anchor, pins)?;
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
        text: text_of(&opening, &contents.part),
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
