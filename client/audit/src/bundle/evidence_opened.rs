//! The verification of a consultation's evidence, offline: who was asked, who said what and when, and how it ended.

use serde::Serialize;
use thamvan_proto::cbor;
use thamvan_proto::commitment::{PartOpening, Place};
use thamvan_proto::consultation::Consultation;
use thamvan_proto::entry::{Entry, sha256};
use thamvan_proto::id::{ConsultationId, StreamId};
use thamvan_proto::limits::MESSAGE_BODY_LEN_MAX;
use thamvan_proto::record::Record;

use super::container::{Files, MANIFEST};
use super::disclosure::ProvenRecord;
use super::evidence::{
    CHANNEL, CONSULTATION, DOCUMENTS, EvidenceContents, KIND, LAST, OPENINGS, OpenedPart,
    opened_name, write_evidence,
};
use super::layout::{CHECKPOINT, POLICY, body, payload, proof};
use super::trust::{
    Anchor, Checked, Trust, directory, files_of, get, place_of, sequence, text, text_of, wrong,
};
use crate::consultations::{ConsultationFacts, facts};
use crate::layout::hex;
use crate::report::{Code, Finding, Verdict};
use crate::verify::Pins;

/// What the evidence of a consultation opens to. Everything is `null` or empty where it does not verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceReport {
    /// 1.
    pub schema: u64,
    /// `minutes`.
    pub kind: &'static str,
    /// `ok` exactly if no finding has severity error.
    pub verdict: Verdict,
    /// Origin of the log.
    pub log_origin: Option<String>,
    /// Size of the checkpoint that it is under.
    pub tree_size: Option<u64>,
    /// Witnesses that cosigned it.
    pub witnesses: Vec<String>,
    /// Who was asked and did what when, from the public facts.
    pub consultation: Option<ConsultationFacts>,
    /// What was said, as far as it is opened, in the order of the log.
    pub words: Vec<WordFacts>,
    /// Documents that the exporter made of it: nobody signed them, their hashes are those of the list.
    pub documents: Vec<DocumentFacts>,
    /// The error, or warnings.
    pub findings: Vec<Finding>,
}

/// One part of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WordFacts {
    /// `<stream>/<seq>`.
    pub entry: String,
    /// Type of the entry.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// For which seat.
    pub seat: String,
    /// What the part is for.
    pub role: &'static str,
    /// SHA-256 of the part.
    pub sha256: String,
    /// Its text, where it is one.
    pub text: Option<String>,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentFacts {
    /// Name.
    pub file: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256.
    pub sha256: String,
}

/// A verification, and the documents where it verifies.
#[derive(Clone, Debug)]
pub struct OpenedEvidence {
    /// What is said of it.
    pub report: EvidenceReport,
    /// Documents, by name.
    pub documents: Vec<(String, Vec<u8>)>,
}

/// Verifies the evidence of a consultation, without network, home or keys.
///
/// `pins`: what the reader knows from elsewhere; without them the bundle is held to its own genesis, and a warning says so.
///
/// Source: docs/protocol.md chapter 11, "Evidence".
#[must_use]
pub fn open_evidence(bytes: &[u8], pins: Option<&Pins>) -> OpenedEvidence {
    match check(bytes, pins) {
        Ok(mut opened) => {
            if pins.is_none() {
                let detail =
                    "held to its own genesis and policy: give those that you know from elsewhere";
                let warning = Finding::warning(Code::BadSignature, detail).in_file(POLICY);
                opened.report.findings.push(warning);
            }
            opened
        }
        Err(finding) => OpenedEvidence {
            report: EvidenceReport {
                schema: 1,
                kind: KIND,
                verdict: Verdict::Findings,
                log_origin: None,
                tree_size: None,
                witnesses: Vec::new(),
                consultation: None,
                words: Vec::new(),
                documents: Vec::new(),
                findings: vec![*finding],
            },
            documents: Vec::new(),
        },
    }
}

/// The kind of a bundle, by its own word.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<String> {
    super::container::kind(bytes)
}

fn check(bytes: &[u8], pins: Option<&Pins>) -> Checked<OpenedEvidence> {
    let files = files_of(bytes, KIND)?;
    let contents = contents_of(&files)?;
    let anchor = Anchor {
        checkpoint: &contents.checkpoint,
        policy: &contents.policy,
        directory: &contents.directory,
    };
    let mut trust = Trust::check(&anchor, pins)?;
    trust.includes(LAST, &contents.last)?;
    let stream = replay(&mut trust, &contents)?;
    let channel = trust.ledger.channel(&stream);
    let found = channel.and_then(|channel| channel.consultations().of_id(&contents.consultation));
    let Some(consultation) = found else {
        return wrong(
            Code::ActInvalid,
            CONSULTATION,
            "the channel has no such consultation",
        );
    };
    let words = contents.openings.iter();
    let words: Vec<WordFacts> = words
        .map(|opened| word(stream, &contents, consultation, opened))
        .collect::<Checked<_>>()?;
    // Whatever is in the file besides, or in another order or spelling, is seen here.
    if write_evidence(&contents).as_deref() != Ok(bytes) {
        return wrong(
            Code::ExtraFile,
            MANIFEST,
            "not the one spelling of its contents",
        );
    }
    let time = Record::parse(&contents.last.record).map_or(0, |record| record.time);
    let mut said = facts(stream, consultation, time);
    for seat in &mut said.agencies {
        let value = |it: &&WordFacts| {
            it.role == "opinion_value" && seat.answered.as_ref() == Some(&it.entry)
        };
        seat.position = words.iter().find(value).and_then(|it| it.text.clone());
    }
    let of_role = |role| {
        words
            .iter()
            .rev()
            .find(|it| it.role == role)
            .and_then(|it| it.text.clone())
    };
    said.title = of_role("title");
    said.question = of_role("question");
    let documents = contents
        .documents
        .iter()
        .map(|(name, bytes)| DocumentFacts {
            file: name.clone(),
            size: bytes.len(),
            sha256: hex(&sha256(bytes)),
        });
    Ok(OpenedEvidence {
        report: EvidenceReport {
            schema: 1,
            kind: KIND,
            verdict: Verdict::Ok,
            log_origin: Some(trust.checkpoint.origin.to_string()),
            tree_size: Some(trust.checkpoint.size),
            witnesses: trust.witnesses,
            consultation: Some(said),
            words,
            documents: documents.collect(),
            findings: trust.warnings,
        },
        documents: contents.documents,
    })
}

/// What the files hold, unverified.
fn contents_of(files: &Files) -> Checked<EvidenceContents> {
    let id = text(files, CONSULTATION)?.trim_end();
    let Ok(consultation) = id.parse::<ConsultationId>() else {
        return wrong(
            Code::EntryHash,
            CONSULTATION,
            "not the id of a consultation",
        );
    };
    let mut channel = Vec::new();
    for one in sequence(files, CHANNEL)? {
        let Some(hash) = payload(one) else {
            return wrong(Code::EntryHash, CHANNEL, "not a sequence of records");
        };
        channel.push((one.to_vec(), files.get(&body(&hash)).cloned()));
    }
    let Some((record, _)) = channel.last().cloned() else {
        return wrong(Code::MissingEntry, CHANNEL, "no record");
    };
    let (tag, index, path) = place_of(files, LAST)?;
    let mut openings = Vec::new();
    let named = files.range(OPENINGS.to_owned()..);
    for (name, opening) in named.take_while(|(name, _)| name.starts_with(OPENINGS)) {
        let Some(stem) = name.strip_suffix(".cbor") else {
            continue;
        };
        let place = stem
            .strip_prefix(OPENINGS)
            .and_then(|it| it.split_once('-'));
        let place = place.and_then(|(seq, n)| Some((seq.parse().ok()?, n.parse().ok()?)));
        let Some((seq, n)) = place.filter(|(seq, n)| opened_name(*seq, *n) == stem) else {
            return wrong(Code::ExtraFile, name, "not the name of an opening");
        };
        openings.push(OpenedPart {
            seq,
            n,
            opening: opening.clone(),
            part: get(files, &format!("{stem}.part"))?.clone(),
        });
    }
    let documents = files.range(DOCUMENTS.to_owned()..);
    let documents = documents.map_while(|(name, bytes)| {
        let name = name.strip_prefix(DOCUMENTS)?;
        Some((name.to_owned(), bytes.clone()))
    });
    Ok(EvidenceContents {
        consultation,
        checkpoint: text(files, CHECKPOINT)?.to_owned(),
        policy: text(files, POLICY)?.to_owned(),
        directory: directory(files)?,
        channel,
        last: ProvenRecord {
            record,
            tag,
            index,
            path,
        },
        openings,
        documents: documents.collect(),
    })
}

/// The channel under the directory, from its first record to the last, by the same rules as everybody's.
fn replay(trust: &mut Trust, contents: &EvidenceContents) -> Checked<StreamId> {
    let mut stream = None;
    for (record, body) in &contents.channel {
        let accepted = trust.ledger.accept(record, body.as_deref());
        let accepted = accepted.or_else(|error| wrong(Code::RecordOrder, CHANNEL, error))?;
        let of = accepted.record.stream;
        if of.is_reserved() || *stream.get_or_insert(of) != of {
            return wrong(Code::RecordOrder, CHANNEL, "a record of another stream");
        }
        if body.is_some()
            && accepted
                .entry
                .facts
                .entry_type()
                .is_some_and(|kind| kind.is_said())
        {
            return wrong(
                Code::ExtraFile,
                CHANNEL,
                "the body of what members say has no place here",
            );
        }
    }
    let last = Record::parse(&contents.last.record)
        .ok()
        .and_then(|it| it.dir);
    let end = trust.ledger.directory().size().checked_sub(1);
    // The directory ends where the channel does: nothing is there that nobody signed for.
    match (stream, last.map(|dir| dir.seq) == end) {
        (Some(stream), true) => Ok(stream),
        _ => wrong(
            Code::RecordOrder,
            &proof(LAST),
            "the directory does not end at its `dir`",
        ),
    }
}

/// A part that is opened is one that an act of this consultation committed to.
fn word(
    stream: StreamId,
    contents: &EvidenceContents,
    consultation: &Consultation,
    opened: &OpenedPart,
) -> Checked<WordFacts> {
    let path = format!("{}.cbor", opened_name(opened.seq, opened.n));
    let act = consultation.acts().iter().find(|act| act.seq == opened.seq);
    let at = usize::try_from(opened.seq).ok();
    let record = at.and_then(|at| contents.channel.get(at));
    let entry = record
        .and_then(|(record, _)| Record::parse(record).ok())
        .and_then(|record| Entry::parse(&record.entry).ok());
    let (Some(act), Some(entry)) = (act, entry) else {
        return wrong(Code::ActInvalid, &path, "no act of this consultation");
    };
    let opening = cbor::from_slice::<PartOpening>(&opened.opening, MESSAGE_BODY_LEN_MAX);
    let opening = opening.or_else(|error| wrong(Code::EntryHash, &path, error))?;
    let place = Place::of(entry.device, &entry.facts);
    let (Some(place), Some(com)) = (place, &entry.facts.com) else {
        return wrong(Code::ActInvalid, &path, "nothing was said by it");
    };
    let is_named = usize::try_from(opening.n).ok() == Some(opened.n);
    match opening.open(&place, com, &opened.part) {
        Ok(()) if is_named => Ok(WordFacts {
            entry: format!("{stream}/{}", opened.seq),
            kind: act.kind.as_str(),
            seat: act.act.seat.to_string(),
            role: opening.facts.role.as_str(),
            sha256: hex(&opening.facts.sha256),
            text: text_of(&opening, &opened.part),
        }),
        Ok(()) => wrong(Code::EntryHash, &path, "another part than its name says"),
        Err(error) => wrong(Code::EntryHash, &path, error),
    }
}

impl EvidenceReport {
    /// Whether nothing but warnings was found.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.verdict == Verdict::Ok
    }
}
