//! The model target: records of the session, in any order, changed in any way, into one ledger.
//!
//! A script is a sequence of steps of six bytes: which record, what is done to it, and four bytes of detail. It tells the story of a server that
//! sequences, repeats, reorders and alters what honest devices have signed.

use std::collections::BTreeMap;

use thamvan_proto::entry::{Entry, sha256};
use thamvan_proto::id::StreamId;
use thamvan_proto::ledger::{Accepted, Invalid, Ledger};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use super::SESSION;
use crate::session::Logged;

/// Runs a script; accepted means that the ledger accepted a record as valid.
pub(super) fn ledger(script: &[u8]) -> bool {
    let mut model = Model::default();
    let (steps, _) = script.as_chunks::<STEP_LEN>();
    for [record, change, detail @ ..] in steps.iter().take(STEPS_MAX) {
        let at = usize::from(*record) % SESSION.records.len();
        model.step(&SESSION.records[at], *change, *detail);
    }
    model.replay();
    model.valid > 0
}

/// The steps that play the whole session as it was.
#[must_use]
pub(super) fn honest_script() -> Vec<u8> {
    (0..SESSION.records.len())
        .flat_map(|n| [u8::try_from(n).expect("few records"), 0, 0, 0, 0, 0])
        .collect()
}

/// The steps that sequence every entry anew, so that even the records are others.
#[must_use]
pub(super) fn sequenced_script() -> Vec<u8> {
    (0..SESSION.records.len())
        .flat_map(|n| [u8::try_from(n).expect("few records"), SEQUENCE, 0, 0, 0, 0])
        .collect()
}

#[derive(Default)]
struct Model {
    ledger: Ledger,
    places: BTreeMap<(StreamId, u64), Hash>,
    taken: Vec<(Vec<u8>, Option<Vec<u8>>, bool)>,
    valid: u64,
}

impl Model {
    fn step(&mut self, logged: &Logged, change: u8, detail: [u8; 4]) {
        let (mut record, mut body) = (logged.record.clone(), Some(logged.body.bytes.clone()));
        let [high, low, bit, other] = detail;
        let at = usize::from(u16::from_be_bytes([high, low]));
        match change % CHANGES {
            0 => {}
            1 => flip(&mut record, at, bit),
            2 => body.iter_mut().for_each(|body| flip(body, at, bit)),
            3 => body = None,
            4 => {
                let other = &SESSION.records[usize::from(other) % SESSION.records.len()];
                body = Some(other.body.bytes.clone());
            }
            5 => record.truncate(at % record.len().max(1)),
            _ => return self.sequence(logged, detail),
        }
        self.deliver(record, body);
    }

    /// A record that a server makes of an entry at the head of its stream, at a time of its choice.
    fn sequence(&mut self, logged: &Logged, [high, low, back, _]: [u8; 4]) {
        let (stream, body) = (logged.stream, &logged.body.bytes);
        let made = Record::parse(&logged.record).expect("a record of the session parses");
        let late = u64::from(u16::from_be_bytes([high, low])) * 20;
        let time = (made.time + late).max(self.ledger.time(&stream));
        let head = self.ledger.head(&stream);
        let mut dir = self.ledger.directory().head();
        if back % 4 == 1 && stream != StreamId::DIRECTORY {
            // An older directory, as if the record had been sequenced before a statement.
            dir = dir.and_then(|dir| {
                let seq = dir.seq.saturating_sub(u64::from(back / 4));
                let record = self.ledger.record_hash(&StreamId::DIRECTORY, seq)?;
                Some(thamvan_proto::entry::Position { seq, record })
            });
        }
        let is_head = dir == self.ledger.directory().head();
        let record = Record {
            seq: self.ledger.size(&stream),
            time,
            dir,
            prev: head.map_or(Hash([0; 32]), |head| head.record),
            ..made
        };
        let entry = Entry::parse(&logged.entry).expect("an entry of the session parses");
        let judged = self.ledger.judge(&entry, body, time);
        let accepted = self.deliver(record.to_vec(), Some(body.clone()));
        if let (true, Some(accepted)) = (is_head, accepted) {
            let agree = judged.is_ok() == accepted.verdict.is_ok();
            assert!(agree, "server and reader disagree on {}", logged.name);
        }
    }

    fn deliver(&mut self, record: Vec<u8>, body: Option<Vec<u8>>) -> Option<Accepted> {
        let before = self.sizes();
        let Ok(accepted) = self.ledger.accept(&record, body.as_deref()) else {
            assert_eq!(self.sizes(), before, "a refused record changes the ledger");
            return None;
        };
        let (stream, seq) = (accepted.record.stream, accepted.record.seq);
        assert_eq!(accepted.hash, sha256(&record));
        assert_eq!(self.ledger.record_hash(&stream, seq), Some(accepted.hash));
        assert_eq!(self.ledger.size(&stream), seq + 1);
        let second = self.places.insert((stream, seq), accepted.hash);
        assert_eq!(second, None, "two records at one place");
        self.check_valid(&accepted, body.as_deref());
        self.taken.push((record, body, accepted.verdict.is_ok()));
        Some(accepted)
    }

    /// Nothing is valid but what its author signed, with the body that was signed.
    fn check_valid(&mut self, accepted: &Accepted, body: Option<&[u8]>) {
        if let Some(body) = body {
            assert_eq!(
                sha256(body),
                accepted.entry.payload,
                "another body is taken"
            );
            assert!(!matches!(accepted.verdict, Err(Invalid::Payload)));
        }
        if accepted.verdict.is_ok() {
            let entry = accepted.record.entry.as_slice();
            let signed = SESSION.records.iter().any(|logged| logged.entry == entry);
            assert!(signed, "a forged entry is valid");
            self.valid += 1;
        }
    }

    fn sizes(&self) -> [u64; 2] {
        [StreamId::DIRECTORY, SESSION.cast.channel].map(|stream| self.ledger.size(&stream))
    }

    /// The same records give the same verdicts and heads to whoever reads them.
    fn replay(&self) {
        let mut reader = Ledger::default();
        for (record, body, valid) in &self.taken {
            let accepted = reader
                .accept(record, body.as_deref())
                .expect("taken before");
            assert_eq!(accepted.verdict.is_ok(), *valid, "two readers disagree");
        }
        for stream in [StreamId::DIRECTORY, SESSION.cast.channel] {
            assert_eq!(reader.head(&stream), self.ledger.head(&stream));
        }
    }
}

fn flip(bytes: &mut [u8], at: usize, bit: u8) {
    if let Some(len) = std::num::NonZeroUsize::new(bytes.len()) {
        bytes[at % len] ^= 1 << (bit % 8);
    }
}

const STEP_LEN: usize = 6;
const STEPS_MAX: usize = 64;
const CHANGES: u8 = 7;
const SEQUENCE: u8 = 6;
