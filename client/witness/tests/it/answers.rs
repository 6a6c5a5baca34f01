//! Cosignatures, a quorum and proofs against answers computed outside this code base.

use serde_json::Value;
use thamvan_proto::tlog::{
    Cosignature, CosignatureSigner, NoteSignature, Policy, SignedNote, TlogProof, VerifierKey,
};

const ANSWERS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/vectors/tlog/cosignature.json"
));

fn answers() -> Value {
    serde_json::from_str(ANSWERS).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER
        .decode(text(value).as_bytes())
        .unwrap()
}

#[test]
fn cosignatures_are_made_and_read_as_answered() {
    let answers = answers();
    let list = answers["cosignatures"].as_array().unwrap();
    assert_eq!(list.len(), 3);
    for answer in list {
        let key = VerifierKey::parse(text(&answer["vkey"])).unwrap();
        let seed = bytes(&answer["seed"]).try_into().unwrap();
        let signer = CosignatureSigner::from_seed(key.name().clone(), &seed);
        assert_eq!(*signer.verifier_key(), key);
        let note = SignedNote::parse(text(&answer["note"])).unwrap();
        assert_eq!(note.text(), text(&answer["text"]));
        let time_s = text(&answer["time"]).parse().unwrap();
        let line = signer.cosign(&note, time_s);
        assert_eq!(format!("{line}\n"), text(&answer["line"]));
        let line = NoteSignature::parse(text(&answer["line"]).trim_end()).unwrap();
        let cosignature = Cosignature::verify(&line, &key, note.text()).unwrap();
        assert_eq!(cosignature.time_s, time_s);
    }
}

#[test]
fn proofs_verify_as_answered() {
    let answers = answers();
    let policy = Policy::parse(text(&answers["policy"])).unwrap();
    let list = answers["proofs"].as_array().unwrap();
    assert_eq!(list.len(), 3);
    for answer in list {
        let proof = TlogProof::parse(text(&answer["proof"])).unwrap();
        assert_eq!(proof.to_string(), text(&answer["proof"]));
        assert_eq!(proof.extra(), bytes(&answer["extra"]));
        assert_eq!(Some(proof.index()), answer["index"].as_u64());
        let entry = bytes(&answer["entry"]);
        let witnessed = proof.verify(&entry, &policy).unwrap();
        assert_eq!(witnessed.quorum_time_s(), answers["quorum_time"].as_u64());
        assert!(proof.verify(b"another entry", &policy).is_err());
    }
}
