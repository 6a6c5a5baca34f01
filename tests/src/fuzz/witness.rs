//! Targets for what witnesses and verifiers of proofs read. Each text has one spelling; no cosignature is forged.

use std::sync::LazyLock;

use thamvan_proto::tlog::{
    AddCheckpoint, CosignatureSigner, Name, Policy, SignedNote, TlogProof, parse_cosignature_lines,
    parse_tree_size,
};

use super::SESSION;
use super::text::{one_spelling, text};
use crate::session::sample;

/// The log of the session with one witness that must cosign.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let (log, key) = (&SESSION.cast.genesis.log_key, witness());
    let vkey = key.verifier_key();
    let text = format!("log {log}\nwitness w {vkey}\nquorum w\n");
    Policy::parse(&text).expect("a policy of ours parses")
});

fn witness() -> CosignatureSigner {
    let name = Name::parse("witness.example").expect("a key name");
    CosignatureSigner::from_seed(name, &sample::bytes("witness"))
}

/// The session's checkpoint with the cosignature of the witness.
pub(super) fn cosigned_note() -> SignedNote {
    let note = SignedNote::parse(&SESSION.checkpoint).expect("a checkpoint is a note");
    let line = witness().cosign(&note, TIME_S);
    note.with_signature(line).expect("a note takes two lines")
}

/// A proof of the last leaf.
pub(super) fn proof() -> TlogProof {
    let size = SESSION.tree.size();
    let path = SESSION
        .tree
        .inclusion_path(size - 1, size)
        .expect("it is in the tree");
    TlogProof::new(b"extra".to_vec(), size - 1, path, cosigned_note()).expect("it fits")
}

/// A request to cosign the session's checkpoint after an earlier one.
pub(super) fn request() -> AddCheckpoint {
    let (old_size, size) = (7, SESSION.tree.size());
    AddCheckpoint {
        old_size,
        path: SESSION
            .tree
            .consistency_path(old_size, size)
            .expect("sizes fit"),
        checkpoint: SignedNote::parse(&SESSION.checkpoint).expect("a checkpoint is a note"),
    }
}

pub(super) fn add_checkpoint(data: &[u8]) -> bool {
    one_spelling(data, AddCheckpoint::parse)
}

pub(super) fn cosignature_lines(data: &[u8]) -> bool {
    let Some(Ok(lines)) = text(data).map(parse_cosignature_lines) else {
        return false;
    };
    let again: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(again.as_bytes(), data, "another spelling is accepted");
    true
}

pub(super) fn tree_size(data: &[u8]) -> bool {
    let Some(size) = text(data).and_then(parse_tree_size) else {
        return false;
    };
    assert_eq!(
        format!("{size}\n").as_bytes(),
        data,
        "another spelling is accepted"
    );
    true
}

/// Only the log's own tree opens, and only with the cosignature that the witness made.
pub(super) fn cosigned_checkpoint(data: &[u8]) -> bool {
    let Some(Ok(note)) = text(data).map(SignedNote::parse) else {
        return false;
    };
    let Ok(witnessed) = POLICY.open(&note) else {
        return false;
    };
    let checkpoint = witnessed.checkpoint();
    let root = SESSION.tree.root_at(checkpoint.size);
    assert_eq!(Some(checkpoint.root), root, "a forged checkpoint opens");
    assert_eq!(
        witnessed.quorum_time_s(),
        Some(TIME_S),
        "a forged time is believed"
    );
    true
}

/// A proof proves its own leaf and no other.
pub(super) fn tlog_proof(data: &[u8]) -> bool {
    if !one_spelling(data, TlogProof::parse) {
        return false;
    }
    let proof = text(data).and_then(|text| TlogProof::parse(text).ok());
    let proof = proof.expect("it parsed before");
    SESSION.records.iter().any(|logged| {
        let proves = proof.verify(&logged.leaf.0, &POLICY).is_ok();
        assert!(
            !proves || logged.index == proof.index(),
            "proves another leaf"
        );
        proves
    })
}

/// Time of the cosignature (s).
const TIME_S: u64 = 1_790_001_200;
