//! Writing a copy, extending it, and checkpoints with witnesses.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use ed25519_dalek::{Signer, SigningKey};
use tempfile::TempDir;
use thamvan_audit::{
    Code, CopyContents, CopyError, Pins, Tiles, Verdict, has_tile, leaves_of, verify_pinned, write,
};
use thamvan_proto::entry::EntryType;
use thamvan_proto::label::Label;
use thamvan_proto::tlog::{
    KeyType, Name, NoteSignature, Policy, SignedNote, TilePath, VerifierKey, tiles_for_size,
};

use crate::bytes::files;
use crate::sample::{Sample, codes};
use crate::scene::{Who, scene};

fn names(dir: &TempDir) -> BTreeSet<PathBuf> {
    let files = files(dir.path());
    files
        .iter()
        .map(|path| path.strip_prefix(dir.path()).unwrap().to_owned())
        .collect()
}

/// Messages until the log has `size` entries.
fn grow(sample: &mut Sample, size: usize) {
    while sample.leaves.len() < size {
        sample.message(Who::Lan, Label::Public);
    }
}

#[test]
fn an_extended_copy_equals_one_written_at_once() {
    let mut sample = scene();
    let dir = sample.folder();
    for size in [19, 255, 256, 257, 300] {
        grow(&mut sample, size);
        sample.write(dir.path());
        let fresh = sample.folder();
        assert_eq!(names(&dir), names(&fresh), "{size}");
        let report = sample.verify(dir.path());
        assert_eq!(report.verdict, Verdict::Ok, "{size}");
        assert_eq!(report.checked.entries, size as u64);
        for name in names(&dir) {
            let same = fs::read(dir.path().join(&name)).unwrap()
                == fs::read(fresh.path().join(&name)).unwrap();
            assert!(same, "{}", name.display());
        }
    }
}

#[test]
fn full_tiles_that_are_there_are_not_fetched_again() {
    let mut sample = scene();
    grow(&mut sample, 257);
    let dir = sample.folder();
    let there: Vec<TilePath> = tiles_for_size(300)
        .filter(|tile| has_tile(dir.path(), tile))
        .collect();
    assert_eq!(there.len(), 2, "{there:?}");
    grow(&mut sample, 300);
    let asked = RefCell::new(Vec::new());
    sample.write_with(dir.path(), &|tile| asked.borrow_mut().push(*tile));
    let asked = asked.into_inner();
    assert!(!asked.is_empty() && asked.iter().all(|tile| !there.contains(tile)));
    assert_eq!(sample.verify(dir.path()).verdict, Verdict::Ok);
}

#[test]
fn tiles_can_be_computed_from_all_records() {
    let sample = scene();
    let (served, computed) = (sample.folder(), TempDir::new().unwrap());
    assert_eq!(leaves_of(&sample.streams).unwrap(), sample.leaves);
    let contents = CopyContents {
        checkpoint: sample.checkpoint(),
        shard: 0,
        streams: sample.streams.clone(),
        tiles: Tiles::FromRecords,
    };
    write(computed.path(), &contents).unwrap();
    assert_eq!(names(&served), names(&computed));
    assert_eq!(sample.verify(computed.path()).verdict, Verdict::Ok);
}

#[test]
fn a_shrunk_or_split_log_does_not_replace_a_copy() {
    let sample = scene();
    let mut other = sample.clone();
    grow(&mut other, 19);
    let dir = other.folder();
    let contents = |sample: &Sample| CopyContents {
        checkpoint: sample.checkpoint(),
        shard: 0,
        streams: sample.streams.clone(),
        tiles: Tiles::FromRecords,
    };
    let shrunk = write(dir.path(), &contents(&sample));
    assert!(matches!(
        shrunk,
        Err(CopyError::Rollback { got: 18, had: 19 })
    ));
    let mut split = sample.clone();
    split.message(Who::Lan, Label::Restricted);
    let split = write(dir.path(), &contents(&split));
    assert!(matches!(split, Err(CopyError::Split { size: 19 })));
    assert_eq!(other.verify(dir.path()).verdict, Verdict::Ok);
}

#[test]
fn a_policy_with_comments_is_pinned_by_its_bytes() {
    let sample = scene();
    let text = format!("# ours\n{}", sample.policy);
    let pins = Pins::read(&text, sample.genesis).unwrap();
    let report = verify_pinned(sample.folder().path(), &pins).unwrap();
    assert_eq!(codes(&report), [Code::BadSignature]);
}

fn witness_key() -> (SigningKey, VerifierKey) {
    let key = SigningKey::from_bytes(&[0x30; 32]);
    let name = Name::parse("w1.example").unwrap();
    let public = key.verifying_key().to_bytes();
    (
        key,
        VerifierKey::new(name, KeyType::CosignatureV1, &public).unwrap(),
    )
}

/// The checkpoint with a line by the witness.
fn cosigned(sample: &Sample, time: u64) -> String {
    let (key, public) = witness_key();
    let note = SignedNote::parse(&sample.checkpoint()).unwrap();
    let message = format!("cosignature/v1\ntime {time}\n{}", note.text());
    let signature = key.sign(message.as_bytes()).to_bytes();
    let id = public.id().0.to_be_bytes();
    let bytes = [id.as_slice(), &time.to_be_bytes(), &signature].concat();
    let base64 = data_encoding::BASE64.encode(&bytes);
    let line = format!("\u{2014} {} {base64}", public.name());
    let line = NoteSignature::parse(&line).unwrap();
    note.with_signature(line).unwrap().to_string()
}

fn witnessed_policy(sample: &Sample, quorum: &str) -> Policy {
    let (_, witness) = witness_key();
    let log = sample.policy.log();
    let text = format!("log {log}\nwitness w1 {witness}\ngroup all 1 w1\nquorum {quorum}\n");
    Policy::parse(&text).unwrap()
}

#[test]
fn cosignatures_are_verified_and_counted_towards_the_quorum() {
    let sample = scene();
    let dir = sample.folder();
    let check = |note: &str, policy: &Policy| {
        fs::write(dir.path().join("log/checkpoint"), note).unwrap();
        let pins = Pins {
            policy: policy.clone(),
            policy_hash: thamvan_proto::entry::sha256(sample.policy.to_string().as_bytes()),
            genesis: sample.genesis,
        };
        verify_pinned(dir.path(), &pins).unwrap()
    };
    let policy = witnessed_policy(&sample, "all");
    let last_s = sample.time / 1000;
    let good = cosigned(&sample, last_s);
    let report = check(&good, &policy);
    assert_eq!((report.findings.len(), report.checked.signatures), (0, 20));
    assert_eq!(
        codes(&check(&sample.checkpoint(), &policy)),
        [Code::BadCosignature]
    );
    // A line of a key that the policy does not name.
    assert_eq!(codes(&check(&good, &sample.policy)), [Code::BadCosignature]);
    let later = cosigned(&sample, last_s + 1);
    let (cut, kept) = (good.len() - 20, later.len() - 20);
    let mixed = format!("{}{}", &good[..cut], &later[kept..]);
    assert_eq!(codes(&check(&mixed, &policy)), [Code::BadCosignature]);
    let last = good.lines().last().unwrap();
    assert_eq!(
        codes(&check(&format!("{good}{last}\n"), &policy)),
        [Code::BadCosignature]
    );
}

#[test]
fn a_record_after_the_cosignatures_that_cover_it() {
    let sample = scene();
    let dir = sample.folder();
    let policy = witnessed_policy(&sample, "all");
    let pins = Pins {
        policy_hash: thamvan_proto::entry::sha256(sample.policy.to_string().as_bytes()),
        policy,
        genesis: sample.genesis,
    };
    // `time` is that of a next record, a second after the last one.
    let last_s = sample.time / 1000 - 1;
    for (time_s, found) in [(last_s - 120, 0), (last_s - 121, 1), (last_s + 86_400, 0)] {
        let note = cosigned(&sample, time_s);
        fs::write(dir.path().join("log/checkpoint"), note).unwrap();
        let report = verify_pinned(dir.path(), &pins).unwrap();
        assert_eq!(codes(&report), vec![Code::RecordOrder; found], "{time_s}");
    }
}

#[test]
fn one_root_key_of_two_makes_no_statement() {
    let mut sample = scene();
    let content = thamvan_proto::cbor::to_vec(&thamvan_proto::directory::RootStatements {
        genesis: sample.genesis,
        nonce: thamvan_proto::id::Salt([3; 32]),
        statements: vec![crate::scene::ticket(6, Who::Minh)],
    });
    let signed =
        thamvan_proto::directory::RootSigned::sign(content, &[&crate::sample::root_key(1)]);
    let body = thamvan_proto::cbor::to_vec(&signed);
    sample.submit_as_root(EntryType::RootStatement, &body);
    let codes: Vec<_> = sample.errors().iter().map(|error| error.0).collect();
    assert_eq!(codes, [Code::BadSignature]);
}
