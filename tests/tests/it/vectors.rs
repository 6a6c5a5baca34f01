//! The sample session: its files, its annotated text, and that it is a valid session of the protocol.
//!
//! In scope: byte-for-byte comparison with tests/vectors/session and docs/sample-session.md; `UPDATE_VECTORS=1` rewrites both.
//! Out of scope: how it is made (`thamvan_tests::session`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use thamvan_proto::commitment::{Content, Place};
use thamvan_proto::entry::{Entry, sha256};
use thamvan_proto::ledger::Ledger;
use thamvan_proto::tlog::{Name, open_checkpoint, verify_inclusion};
use thamvan_tests::annotate::{annotate, covered};
use thamvan_tests::session::vectors::{blocks, document, files};
use thamvan_tests::session::{ORIGIN, Session, log_signer};

static SESSION: LazyLock<Session> = LazyLock::new(Session::play);

/// Compares `text` with the file, or writes the file where `UPDATE_VECTORS` asks for it.
fn same(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(path, text).expect("the file can be written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = committed
        .lines()
        .zip(text.lines())
        .position(|(committed, made)| committed != made);
    assert!(
        committed == text,
        "{} is out of date (line {:?}): UPDATE_VECTORS=1 rewrites it",
        path.display(),
        differs.map(|line| line + 1)
    );
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_files_are_those_of_the_session() {
    for (name, text) in files(&SESSION) {
        same(&root().join("vectors/session").join(name), &text);
    }
}

#[test]
fn the_annotated_text_is_that_of_the_session() {
    same(
        &root().join("../docs/sample-session.md"),
        &document(&SESSION),
    );
}

#[test]
fn the_committed_text_covers_every_byte() {
    let text = fs::read_to_string(root().join("../docs/sample-session.md")).expect("it is there");
    let annotated: Vec<Vec<u8>> = text
        .split("```text\n")
        .skip(1)
        .map(|rest| covered(rest.split("```").next().expect("a block ends")))
        .collect();
    let bytes: Vec<Vec<u8>> = blocks(&SESSION)
        .into_iter()
        .map(|block| block.bytes)
        .collect();
    assert_eq!(annotated.len(), bytes.len());
    assert!(annotated == bytes);
}

#[test]
fn two_plays_are_the_same() {
    assert_eq!(files(&Session::play()), files(&SESSION));
}

/// A second reader: from the committed files alone, as somebody else's implementation would.
#[test]
fn the_committed_records_are_valid_and_in_the_tree() {
    let read = |name: &str| -> Value {
        let path = root().join("vectors/session").join(name);
        let text = fs::read_to_string(path).expect("the file is there");
        serde_json::from_str(&text).expect("the file is JSON")
    };
    let (records, log) = (read("records.json"), read("log.json"));
    let hex = |value: &Value| {
        let text = value.as_str().expect("a string").as_bytes();
        data_encoding::HEXLOWER.decode(text).expect("hexadecimal")
    };
    let note = log["checkpoint"].as_str().expect("a string");
    let origin = Name::parse(ORIGIN).expect("a key name");
    let checkpoint = open_checkpoint(note, &origin, log_signer().verifier_key()).expect("opens");
    let mut ledger = Ledger::default();
    for record in records.as_array().expect("a list") {
        let body = hex(&record["body"]);
        let accepted = ledger
            .accept(&hex(&record["record"]), Some(&body))
            .expect("in place");
        assert!(accepted.verdict.is_ok(), "{}", record["name"]);
        assert_eq!(accepted.hash.0.to_vec(), hex(&record["record_hash"]));
        let index = record["index"].as_u64().expect("a number");
        let path = SESSION
            .tree
            .inclusion_path(index, checkpoint.size)
            .expect("in the tree");
        let leaf = thamvan_proto::tlog::leaf_hash(&hex(&record["leaf"]));
        verify_inclusion(&leaf, index, checkpoint.size, &path, &checkpoint.root).expect("included");
    }
    assert_eq!(
        checkpoint.size,
        records.as_array().expect("a list").len() as u64
    );
}

#[test]
fn the_plaintexts_open_their_commitments() {
    for (_, block) in &SESSION.contents {
        let name = block.title.trim_start_matches("plaintext of ");
        let entry = Entry::parse(&SESSION.record(name).entry).expect("parses");
        let place = Place::of(entry.device, &entry.facts).expect("made in a group");
        let com = entry.facts.com.expect("a message");
        Content::open(&block.bytes, &place, &com).expect("opens");
    }
}

#[test]
fn side_bodies_are_named_by_the_bodies() {
    for logged in &SESSION.records {
        for side in &logged.sides {
            let hash = sha256(&side.bytes).0;
            let named = logged.body.bytes.windows(32).any(|window| window == hash);
            assert!(named, "{}: {}", logged.name, side.title);
        }
    }
}

#[test]
fn the_annotator_refuses_bytes_of_another_shape() {
    let logged = SESSION.record("message");
    let shape = &thamvan_tests::annotate::shapes::FOUNDING;
    let refused = std::panic::catch_unwind(|| annotate("", &logged.record, shape, &SESSION.names));
    assert!(refused.is_err());
}
