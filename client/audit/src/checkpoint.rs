//! The checkpoint of a copy: its note, the log's signature, cosignatures and the quorum.

use std::collections::BTreeSet;

use thamvan_proto::tlog::{
    Checkpoint, LineSigner, NOTE_LEN_MAX, NoteLine, Policy, Quorum, SignedNote,
};

use crate::facts::{CosignatureFacts, LogFacts};
use crate::folder::{Content, Folder};
use crate::layout::{self, CHECKPOINT};
use crate::report::{Code, Finding, Findings};
use crate::verify::VerifyError;

/// A checkpoint that can be gone on with, believed or not.
#[derive(Debug)]
pub(crate) struct CheckedCheckpoint {
    pub(crate) checkpoint: Checkpoint,
    /// Signatures that verify.
    pub(crate) signatures: u64,
    /// The latest time such that the cosignatures of that time and later reach the quorum (ms).
    pub(crate) quorum_time: Option<u64>,
    pub(crate) facts: LogFacts,
}

/// Reads and checks the checkpoint; gives it, believed or not.
///
/// Nothing if there is no size and root to go on with; a finding says why.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn check(
    folder: &Folder,
    policy: &Policy,
    findings: &mut Findings,
) -> Result<Option<CheckedCheckpoint>, VerifyError> {
    let bytes = match folder.read(CHECKPOINT, NOTE_LEN_MAX)? {
        Content::Bytes(bytes) => bytes,
        Content::Missing => {
            findings.push(finding(Code::MissingFile, "there is no checkpoint"));
            return Ok(None);
        }
        Content::TooLong => {
            findings.push(finding(Code::BadSignature, "too long for a signed note"));
            return Ok(None);
        }
    };
    let (note, checkpoint) = match parse(&bytes) {
        Ok(parsed) => parsed,
        Err(detail) => {
            findings.push(finding(Code::BadSignature, detail));
            return Ok(None);
        }
    };
    let mut facts = LogFacts {
        origin: checkpoint.origin.to_string(),
        size: checkpoint.size,
        root: layout::hex(&checkpoint.root),
        checkpoint: note.to_string(),
        signed: false,
        quorum: None,
        quorum_reached: false,
        cosignatures: Vec::new(),
    };
    let signatures = check_signatures(&note, policy, &mut facts, findings);
    if checkpoint.origin != *policy.log().name() {
        let detail = "the origin is not the log that the policy names";
        findings.push(finding(Code::BadSignature, detail));
    }
    // Where a line is bad, that is the finding.
    let quorum_time = policy
        .open(&note)
        .ok()
        .and_then(|witnessed| witnessed.quorum_time_s())
        .map(|time_s| time_s.saturating_mul(1000));
    Ok(Some(CheckedCheckpoint {
        checkpoint,
        signatures,
        quorum_time,
        facts,
    }))
}

fn parse(bytes: &[u8]) -> Result<(SignedNote, Checkpoint), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let note = SignedNote::parse(text).map_err(|error| error.to_string())?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
    if note.to_string() != text || checkpoint.to_string() != note.text() {
        return Err("the checkpoint has another spelling than its own".to_owned());
    }
    Ok((note, checkpoint))
}

fn check_signatures(
    note: &SignedNote,
    policy: &Policy,
    facts: &mut LogFacts,
    findings: &mut Findings,
) -> u64 {
    let mut verified = BTreeSet::new();
    let log = policy.log();
    match note.verify(std::slice::from_ref(log)) {
        Ok(_) => {
            verified.insert((log.name(), log.id()));
            facts.signed = true;
        }
        Err(error) => findings.push(finding(Code::BadSignature, error)),
    }
    let mut witnesses = BTreeSet::new();
    for NoteLine {
        line,
        signer,
        repeated,
    } in policy.lines(note)
    {
        let (name, id) = (line.name(), line.key_id());
        if repeated {
            let detail = format!("{name} with id {id} signed twice");
            findings.push(finding(Code::BadCosignature, detail));
            continue;
        }
        match signer {
            LineSigner::Log => {} // Verified above.
            LineSigner::Witness {
                witness,
                verified: Ok(cosignature),
            } => {
                facts.cosignatures.push(CosignatureFacts {
                    witness: witness.name.clone(),
                    time_ms: cosignature.time_s.saturating_mul(1000),
                });
                verified.insert((name, id));
                witnesses.insert(witness.name.as_str());
            }
            LineSigner::Witness {
                witness,
                verified: Err(_),
            } => {
                let detail = format!("cosignature of witness {} is bad", witness.name);
                findings.push(finding(Code::BadCosignature, detail));
            }
            LineSigner::Unknown => {
                let detail = format!("{name} with id {id} is not a key of the policy");
                findings.push(finding(Code::BadCosignature, detail));
            }
        }
    }
    if let Quorum::Named(name) = policy.quorum() {
        facts.quorum = Some(name.clone());
    }
    facts.quorum_reached = policy.is_reached_by(&witnesses);
    check_quorum(policy, &witnesses, findings);
    verified.len() as u64
}

fn check_quorum(policy: &Policy, witnesses: &BTreeSet<&str>, findings: &mut Findings) {
    match policy.quorum() {
        Quorum::None => {
            let detail = "the policy asks for no cosignature: only the log's own signature stands against a split view";
            findings.push(Finding::warning(Code::BadCosignature, detail).in_file(CHECKPOINT));
        }
        Quorum::Named(name) if !policy.is_reached_by(witnesses) => {
            let detail = format!("too few cosignatures: {name} has not witnessed the checkpoint");
            findings.push(finding(Code::BadCosignature, detail));
        }
        Quorum::Named(_) => {}
    }
}

fn finding(code: Code, detail: impl std::fmt::Display) -> Finding {
    Finding::error(code, detail).in_file(CHECKPOINT)
}
