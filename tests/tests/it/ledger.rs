//! Properties of the ledger over the records of the session: any order, any change.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::ledger::{Ledger, RecordError};
use thamvan_tests::session::{Logged, Session};

static SESSION: LazyLock<Session> = LazyLock::new(Session::play);

fn accept(ledger: &mut Ledger, logged: &Logged) -> bool {
    ledger
        .accept(&logged.record, Some(&logged.body.bytes))
        .is_ok()
}

/// A ledger that has taken the first `count` records.
fn after(count: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for logged in &SESSION.records[..count] {
        assert!(accept(&mut ledger, logged), "{}", logged.name);
    }
    ledger
}

/// Everything that a reader sees of the session's streams.
fn view(ledger: &Ledger) -> String {
    let channel = SESSION.cast.channel;
    format!(
        "{:?} {:?} {:?} {:?}",
        ledger.head(&StreamId::DIRECTORY),
        ledger.head(&channel),
        ledger.directory(),
        ledger.channel(&channel),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn records_in_any_order_end_in_one_state(order in Just((0..SESSION.records.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let mut ledger = Ledger::default();
        // Delivered again and again until nothing more fits, as a client does with what waits.
        let mut waiting = order;
        loop {
            let before = waiting.len();
            waiting.retain(|n| !accept(&mut ledger, &SESSION.records[*n]));
            if waiting.len() == before { break; }
        }
        prop_assert!(waiting.is_empty(), "{waiting:?} never fit");
        prop_assert_eq!(view(&ledger), view(&SESSION.ledger));
    }

    #[test]
    fn one_place_takes_one_record(
        steps in vec((any::<Index>(), any::<Index>(), 0_u8..8, any::<bool>()), 0..80),
    ) {
        let mut ledger = Ledger::default();
        let mut places = BTreeMap::new();
        for (which, at, bit, whole) in steps {
            let logged = which.get(&SESSION.records);
            let mut record = logged.record.clone();
            if !whole {
                let at = at.index(record.len());
                record[at] ^= 1 << bit;
            }
            for bytes in [&record, &logged.record] {
                let Ok(accepted) = ledger.accept(bytes, Some(&logged.body.bytes)) else { continue };
                let place = (accepted.record.stream, accepted.record.seq);
                prop_assert_eq!(places.insert(place, sha256(bytes)), None, "two records at {:?}", place);
            }
        }
        for ((stream, seq), hash) in places {
            prop_assert_eq!(ledger.record_hash(&stream, seq), Some(hash));
        }
    }

    #[test]
    fn a_changed_entry_is_never_valid(which: Index, at: Index, bit in 0_u8..8) {
        let n = which.index(SESSION.records.len());
        let logged = &SESSION.records[n];
        let mut ledger = after(n);
        let mut record = logged.record.clone();
        // The entry is the end of the record.
        let from = record.len() - logged.entry.len();
        record[from + at.index(logged.entry.len())] ^= 1 << bit;
        if let Ok(accepted) = ledger.accept(&record, Some(&logged.body.bytes)) {
            prop_assert!(accepted.verdict.is_err(), "{} changed and valid", logged.name);
        }
    }

    #[test]
    fn another_body_is_refused_and_changes_nothing(which: Index, at: Index, bit in 0_u8..8) {
        let n = which.index(SESSION.records.len());
        let logged = &SESSION.records[n];
        let mut ledger = after(n);
        let before = view(&ledger);
        let mut body = logged.body.bytes.clone();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        let refused = ledger.accept(&logged.record, Some(&body));
        let seq = logged.seq;
        let mismatch = matches!(refused, Err(RecordError::BodyMismatch { seq: got }) if got == seq);
        prop_assert!(mismatch, "another body is taken");
        prop_assert_eq!(view(&ledger), before);
        prop_assert!(accept(&mut ledger, logged), "the signed body is taken afterwards");
    }
}

#[test]
fn a_record_is_taken_once() {
    for n in 0..SESSION.records.len() {
        let mut ledger = after(n + 1);
        let logged = &SESSION.records[n];
        let again = ledger.accept(&logged.record, Some(&logged.body.bytes));
        let (got, expected) = (logged.seq, logged.seq + 1);
        assert!(matches!(
            again,
            Err(RecordError::Sequence { got: g, expected: e }) if (g, e) == (got, expected)
        ));
    }
}

#[test]
fn only_a_message_may_come_without_its_body() {
    for (n, logged) in SESSION.records.iter().enumerate() {
        let taken = after(n).accept(&logged.record, None);
        let is_message = logged.kind == thamvan_proto::entry::EntryType::Message;
        assert_eq!(taken.is_ok(), is_message, "{}", logged.name);
        if let Err(error) = taken {
            let seq = logged.seq;
            assert!(matches!(error, RecordError::BodyMissing { seq: got } if got == seq));
        }
    }
}
