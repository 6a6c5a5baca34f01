//! Minute heads, true and false, in copies that the log's own key signed.

use thamvan_audit::{Code, Severity, Verdict};
use thamvan_proto::entry::{EntryType, Facts, Position, sha256};
use thamvan_proto::heads::{Heads, StreamHeads};
use thamvan_proto::id::StreamId;
use thamvan_proto::label::Label;
use thamvan_proto::limits::HEADS_LATE_MS_MAX;
use thamvan_proto::refusal::log_key_id;
use thamvan_proto::tlog::Hash;

use crate::sample::{Sample, log_key};
use crate::scene::{CHANNEL, Who, scene};

impl Sample {
    /// What honest heads say now.
    fn heads(&self) -> Heads {
        let mut streams = StreamHeads::default();
        for (id, contents) in &self.streams {
            if let (false, Some(last)) = (*id == StreamId::HEADS, contents.records.last()) {
                let head = Position {
                    seq: contents.records.len() as u64 - 1,
                    record: sha256(&last.record),
                };
                streams.set(*id, &contents.key, &head);
            }
        }
        Heads {
            version: 1,
            shard: 0,
            size: self.leaves.len() as u64,
            count: streams.count(),
            root: streams.root(),
        }
    }

    /// Sequences heads, whatever they say.
    fn say_heads(&mut self, heads: &Heads) {
        self.say_heads_as(heads, Label::Public);
    }

    fn say_heads_as(&mut self, heads: &Heads, label: Label) {
        let stream = StreamId::HEADS;
        if !self.streams.contains_key(&stream) {
            let key = self.streams[&StreamId::DIRECTORY].key.of_heads();
            self.open_stream(stream, key);
        }
        let key = log_key();
        let (counter, prev) = self
            .ledger
            .next_of(&stream, &log_key_id(key.verifier_key()));
        let draft = self.draft(EntryType::Heads, stream);
        let facts = Facts {
            kind: draft.kind.number(),
            rule: 1,
            stream,
            group: None,
            counter,
            prev,
            head: self.ledger.head(&stream),
            seen: draft.seen,
            made: draft.made,
            label,
            com: None,
            act: None,
        };
        let (entry, body) = heads.sign(&facts, &key);
        self.sequence(stream, entry, &body, &[]);
    }
}

#[test]
fn true_heads_are_no_finding() {
    let mut sample = scene();
    sample.say_heads(&sample.heads());
    sample.message(Who::Lan, Label::Internal);
    sample.say_heads(&sample.heads());
    let report = sample.verify(sample.folder().path());
    assert_eq!(report.verdict, Verdict::Ok, "{:#?}", report.findings);
    assert_eq!(report.checked.entries, sample.leaves.len() as u64);
}

#[test]
fn heads_of_another_root_count_or_size() {
    let honest = scene();
    let truth = honest.heads();
    let lies = [
        Heads {
            root: Hash([1; 32]),
            ..truth.clone()
        },
        Heads {
            count: truth.count + 1,
            ..truth.clone()
        },
        Heads {
            size: truth.size + 1,
            ..truth
        },
    ];
    for lie in lies {
        let mut sample = honest.clone();
        sample.say_heads(&lie);
        let expected = [(Code::RootMismatch, Some(StreamId::HEADS), Some(0))];
        assert_eq!(sample.errors(), expected);
    }
}

#[test]
fn heads_from_before_the_last_message_are_false() {
    let mut sample = scene();
    let old = sample.heads();
    sample.message(Who::Lan, Label::Internal);
    let size = sample.heads().size;
    sample.say_heads(&Heads { size, ..old });
    let expected = [(Code::RootMismatch, Some(StreamId::HEADS), Some(0))];
    assert_eq!(sample.errors(), expected);
}

#[test]
fn heads_that_go_back_or_carry_a_label_are_void() {
    let mut sample = scene();
    let old = sample.heads();
    sample.say_heads(&old);
    sample.say_heads(&old);
    let heads = sample.heads();
    sample.say_heads_as(&heads, Label::Internal);
    let void = |seq| (Code::ActInvalid, Some(StreamId::HEADS), Some(seq));
    assert_eq!(sample.errors(), [void(1), void(2)]);
}

#[test]
fn heads_by_a_device_and_a_device_type_among_the_heads() {
    let mut sample = scene();
    let key = sample.streams[&StreamId::DIRECTORY].key.of_heads();
    sample.open_stream(StreamId::HEADS, key);
    let body = thamvan_proto::cbor::to_vec(&sample.heads());
    for (kind, stream) in [
        (EntryType::Heads, StreamId::HEADS),
        (EntryType::MemberAdd, StreamId::HEADS),
        (EntryType::Heads, StreamId::DIRECTORY),
        (EntryType::Heads, CHANNEL),
    ] {
        let mut draft = sample.draft(kind, stream);
        draft.label = Label::Public;
        sample.submit(Who::An.device(), &Who::An.key(), &draft, &body, &[]);
    }
    let codes: Vec<Code> = sample.errors().into_iter().map(|(code, ..)| code).collect();
    let (signature, place) = (Code::BadSignature, Code::ActInvalid);
    assert_eq!(codes, [signature, signature, place, place]);
}

#[test]
fn a_tag_key_of_the_heads_that_the_genesis_does_not_give() {
    let mut sample = scene();
    sample.open_stream(StreamId::HEADS, thamvan_proto::record::StreamKey([1; 32]));
    sample.say_heads(&sample.heads());
    let expected = [(Code::EntryHash, Some(StreamId::HEADS), None)];
    assert_eq!(sample.errors(), expected);
}

#[test]
fn heads_that_stay_away_are_a_warning_once_for_each_gap() {
    let late = |sample: &Sample| {
        let report = sample.verify(sample.folder().path());
        assert_eq!(report.verdict, Verdict::Ok);
        let warnings = report.findings.into_iter();
        let of_heads = warnings.filter(|finding| finding.code == Code::MissingEntry);
        of_heads
            .map(|finding| {
                assert_eq!(finding.severity, Severity::Warning);
                finding.index.unwrap()
            })
            .collect::<Vec<_>>()
    };
    let mut sample = scene();
    sample.say_heads(&sample.heads());
    // Idle: nothing waits.
    sample.time += 10 * HEADS_LATE_MS_MAX;
    sample.message(Who::Lan, Label::Internal);
    assert_eq!(late(&sample), [0_u64; 0]);
    sample.time += HEADS_LATE_MS_MAX;
    let first = sample.leaves.len() as u64;
    sample.message(Who::Lan, Label::Internal);
    sample.message(Who::Lan, Label::Internal);
    assert_eq!(late(&sample), [first]);
    sample.say_heads(&sample.heads());
    sample.message(Who::Lan, Label::Internal);
    sample.time += HEADS_LATE_MS_MAX;
    let second = sample.leaves.len() as u64;
    sample.message(Who::Lan, Label::Internal);
    assert_eq!(late(&sample), [first, second]);
}
