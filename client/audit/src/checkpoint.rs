//! The checkpoint of a copy: its note, the log's signature, cosignatures and the quorum.

use std::collections::BTreeSet;

use thamvan_proto::cose::verify_strict;
use thamvan_proto::id::{PublicKey, Signature};
use thamvan_proto::tlog::{
    Checkpoint, NOTE_LEN_MAX, NoteSignature, Policy, PolicyGroup, PolicyWitness, Quorum,
    SignedNote, Threshold,
};

use crate::folder::{Content, Folder};
use crate::layout::CHECKPOINT;
use crate::report::{Code, Finding, Findings};
use crate::verify::VerifyError;

/// Reads and checks the checkpoint; gives it, believed or not, with the number of signatures that verify.
///
/// Nothing if there is no size and root to go on with; a finding says why.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn check(
    folder: &Folder,
    policy: &Policy,
    findings: &mut Findings,
) -> Result<Option<(Checkpoint, u64)>, VerifyError> {
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
    let signatures = check_signatures(&note, policy, findings);
    if checkpoint.origin != *policy.log().name() {
        let detail = "the origin is not the log that the policy names";
        findings.push(finding(Code::BadSignature, detail));
    }
    Ok(Some((checkpoint, signatures)))
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

fn check_signatures(note: &SignedNote, policy: &Policy, findings: &mut Findings) -> u64 {
    let mut verified = BTreeSet::new();
    let log = policy.log();
    match note.verify(std::slice::from_ref(log)) {
        Ok(_) => {
            verified.insert((log.name().clone(), log.id()));
        }
        Err(error) => findings.push(finding(Code::BadSignature, error)),
    }
    let mut seen = BTreeSet::new();
    let mut witnesses = BTreeSet::new();
    for line in note.signatures() {
        let (name, id) = (line.name(), line.key_id());
        if !seen.insert((name, id)) {
            let detail = format!("{name} with id {id} signed twice");
            findings.push(finding(Code::BadCosignature, detail));
        } else if name == log.name() && id == log.id() {
            // Verified above.
        } else if let Some(witness) = witness_of(policy, line) {
            if cosigned(witness, line, note.text()) {
                verified.insert((name.clone(), id));
                witnesses.insert(witness.name.as_str());
            } else {
                let detail = format!("cosignature of witness {} is bad", witness.name);
                findings.push(finding(Code::BadCosignature, detail));
            }
        } else {
            let detail = format!("{name} with id {id} is not a key of the policy");
            findings.push(finding(Code::BadCosignature, detail));
        }
    }
    check_quorum(policy, &witnesses, findings);
    verified.len() as u64
}

fn witness_of<'a>(policy: &'a Policy, line: &NoteSignature) -> Option<&'a PolicyWitness> {
    let is_by = |witness: &&PolicyWitness| {
        witness.key.name() == line.name() && witness.key.id() == line.key_id()
    };
    policy.witnesses().iter().find(is_by)
}

/// Whether `line` is the witness's cosignature/v1 over `text`.
///
/// Source: C2SP tlog-cosignature, "Format": an 8-byte time, then Ed25519 over a header with that time and the whole text.
fn cosigned(witness: &PolicyWitness, line: &NoteSignature, text: &str) -> bool {
    let Some((time, signature)) = line.bytes().split_first_chunk() else {
        return false;
    };
    let Ok(signature) = <[u8; Signature::LEN]>::try_from(signature) else {
        return false;
    };
    let time = u64::from_be_bytes(*time);
    let message = format!("cosignature/v1\ntime {time}\n{text}");
    let key = PublicKey(*witness.key.public_key());
    verify_strict(&key, message.as_bytes(), &Signature(signature)).is_ok()
}

fn check_quorum(policy: &Policy, witnesses: &BTreeSet<&str>, findings: &mut Findings) {
    let name = match policy.quorum() {
        Quorum::None => {
            let detail = "the policy asks for no cosignature: only the log's own signature stands against a split view";
            findings.push(Finding::warning(Code::BadCosignature, detail).in_file(CHECKPOINT));
            return;
        }
        Quorum::Named(name) => name,
    };
    // Members stand above the groups that name them, so one pass decides all.
    let mut agreed: BTreeSet<&str> = witnesses.clone();
    for group in policy.groups() {
        if has_agreed(group, &agreed) {
            agreed.insert(&group.name);
        }
    }
    if !agreed.contains(name.as_str()) {
        let detail = format!("too few cosignatures: {name} has not witnessed the checkpoint");
        findings.push(finding(Code::BadCosignature, detail));
    }
}

fn has_agreed(group: &PolicyGroup, agreed: &BTreeSet<&str>) -> bool {
    let members = group.members.iter();
    let count = members
        .filter(|member| agreed.contains(member.as_str()))
        .count();
    match group.threshold {
        Threshold::All => count == group.members.len(),
        Threshold::Any => count > 0,
        Threshold::AtLeast(least) => count >= least,
    }
}

fn finding(code: Code, detail: impl std::fmt::Display) -> Finding {
    Finding::error(code, detail).in_file(CHECKPOINT)
}
