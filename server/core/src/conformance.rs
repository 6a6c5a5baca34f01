//! What every store must do, as one suite: the same cases for the stores of the tests and those of a server.
//!
//! A medium is what outlives a process; opening it again is a restart. Use: `store_conformance!(medium, make)` in a module of
//! tests, where `make` gives a fresh medium. Out of scope: what a disk loses (kill -9 and power-loss trials of the server).

use thamvan_proto::entry::sha256;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::tlog::Hash;

use crate::change::{Change, Sequenced};
use crate::checkpoint_store::{CheckpointStore, Promise};
use crate::store::{Batch, Store};

/// Where a [`Store`] keeps what it keeps.
pub trait StoreMedium {
    /// The store.
    type Store: Store + Sync;

    /// Opens it; all earlier stores of this medium are gone.
    fn open(&self) -> Self::Store;
}

/// Where a [`CheckpointStore`] keeps its value.
pub trait CheckpointMedium {
    /// The store.
    type Store: CheckpointStore + Sync;

    /// Opens it.
    fn open(&self) -> Self::Store;
}

/// Makes one test of each case for the medium that `$new` gives.
#[macro_export]
#[doc(hidden)]
macro_rules! store_conformance {
    ($name:ident, $new:expr) => {
        $crate::store_conformance!(@cases $name, $new, {
            an_empty_store_holds_nothing
            batches_are_numbered_and_kept_in_order
            a_store_opened_again_is_the_same
            bodies_of_any_length_are_found_by_hash
            an_empty_batch_counts
            an_erased_body_is_gone_and_all_else_stays
            a_visitor_that_stops_gets_its_own_error
            readers_see_whole_records_while_one_writes
        });
    };
    (@cases $name:ident, $new:expr, { $($case:ident)* }) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[test]
                fn $case() {
                    $crate::conformance::$case(&$new);
                }
            )*
        }
    };
}

/// Makes one test of each case for the medium that `$new` gives.
#[macro_export]
#[doc(hidden)]
macro_rules! checkpoint_store_conformance {
    ($name:ident, $new:expr) => {
        $crate::store_conformance!(@cases $name, $new, {
            a_value_is_created_once
            only_the_last_value_is_replaced
            a_lost_swap_changes_nothing
            of_many_swaps_from_one_value_one_wins
        });
    };
}

/// Batch `n` (from 0): two records, a cursor between them, and a body for each record.
#[must_use]
pub fn batch(n: u64) -> Batch {
    let first = n.saturating_mul(2);
    let second = first.saturating_add(1);
    let cursor = Change::CursorAcknowledged {
        device: DeviceId([1; 16]),
        stream: StreamId([2; 16]),
        seq: n,
    };
    Batch {
        changes: vec![sequenced(first), cursor, sequenced(second)],
        bodies: vec![body(first), body(second)],
    }
}

fn sequenced(index: u64) -> Change {
    Change::Sequenced(Box::new(Sequenced {
        index,
        record: record(index).into(),
        body: body(index).0,
        sides: Vec::new(),
        stream_key: None,
    }))
}

/// No two are of one length near each other, so that a wrong place shows.
fn record(index: u64) -> Vec<u8> {
    let len = usize::try_from(index % 251).map_or(1, |len| len.saturating_add(1));
    index.to_be_bytes().repeat(len)
}

fn body(n: u64) -> (Hash, Vec<u8>) {
    let bytes = [b"body".as_slice(), &n.to_be_bytes()].concat();
    (sha256(&bytes), bytes)
}

fn loaded<S: Store>(store: &S) -> Vec<(u64, Change)> {
    let mut all = Vec::new();
    let visited: Result<(), S::Error> = store.load(&mut |number, change| {
        all.push((number, change));
        Ok(())
    });
    done(visited);
    all
}

fn expected(batches: u64) -> Vec<(u64, Change)> {
    let numbered = (0..batches).zip(1..);
    numbered
        .flat_map(|(n, number)| batch(n).changes.into_iter().map(move |one| (number, one)))
        .collect()
}

fn done<T, E: std::error::Error>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

fn holds<S: Store>(store: &S, batches: u64) {
    assert_eq!(store.batches(), batches);
    assert_eq!(loaded(store), expected(batches));
    let records = batches.saturating_mul(2);
    for index in 0..records {
        assert_eq!(done(store.record(index)), Some(record(index)), "{index}");
        let (hash, bytes) = body(index);
        assert_eq!(done(store.body(&hash)), Some(bytes), "{index}");
    }
    assert_eq!(done(store.record(records)), None);
    assert_eq!(done(store.record(u64::MAX)), None);
    assert_eq!(done(store.body(&body(records).0)), None);
}

#[doc(hidden)]
pub fn an_empty_store_holds_nothing<M: StoreMedium>(medium: &M) {
    holds(&medium.open(), 0);
    holds(&medium.open(), 0);
}

#[doc(hidden)]
pub fn batches_are_numbered_and_kept_in_order<M: StoreMedium>(medium: &M) {
    let store = medium.open();
    for n in 0..BATCHES {
        done(store.append(&batch(n)));
        holds(&store, n.saturating_add(1));
    }
}

#[doc(hidden)]
pub fn a_store_opened_again_is_the_same<M: StoreMedium>(medium: &M) {
    for n in 0..BATCHES {
        let store = medium.open();
        holds(&store, n);
        done(store.append(&batch(n)));
    }
    holds(&medium.open(), BATCHES);
}

#[doc(hidden)]
pub fn bodies_of_any_length_are_found_by_hash<M: StoreMedium>(medium: &M) {
    let lengths = [0, 1, 4_096, 1_000_003, 9 * 1024 * 1024];
    let bodies: Vec<_> = lengths
        .iter()
        .map(|len| vec![7; *len])
        .map(|bytes| (sha256(&bytes), bytes))
        .collect();
    let store = medium.open();
    for twice in [bodies.clone(), bodies.clone()] {
        let (changes, bodies) = (Vec::new(), twice);
        done(store.append(&Batch { changes, bodies }));
    }
    drop(store);
    let store = medium.open();
    for (hash, bytes) in bodies {
        assert!(done(store.body(&hash)) == Some(bytes));
    }
}

#[doc(hidden)]
pub fn an_erased_body_is_gone_and_all_else_stays<M: StoreMedium>(medium: &M) {
    let store = medium.open();
    (0..3).for_each(|n| done(store.append(&batch(n))));
    let (gone, _) = body(2);
    done(store.erase(&gone));
    done(store.erase(&gone));
    done(store.erase(&body(99).0));
    let check = |store: &M::Store, batches: u64| {
        for index in 0..batches.saturating_mul(2) {
            let (hash, bytes) = body(index);
            let expected = (hash != gone).then_some(bytes);
            assert_eq!(done(store.body(&hash)), expected, "{index}");
        }
        assert_eq!(loaded(store), self::expected(batches));
    };
    check(&store, 3);
    drop(store);
    let store = medium.open();
    check(&store, 3);
    done(store.append(&batch(3)));
    drop(store);
    check(&medium.open(), 4);
}

#[doc(hidden)]
pub fn an_empty_batch_counts<M: StoreMedium>(medium: &M) {
    let store = medium.open();
    done(store.append(&Batch::default()));
    drop(store);
    let store = medium.open();
    assert_eq!((store.batches(), loaded(&store)), (1, Vec::new()));
}

#[doc(hidden)]
pub fn a_visitor_that_stops_gets_its_own_error<M: StoreMedium>(medium: &M) {
    let store = medium.open();
    for n in 0..BATCHES {
        done(store.append(&batch(n)));
    }
    let mut seen = 0_u64;
    let stopped: Result<(), Box<dyn std::error::Error + Send + Sync>> =
        store.load(&mut |number, _| {
            seen = seen.saturating_add(1);
            if number == 2 {
                Err("stop".into())
            } else {
                Ok(())
            }
        });
    assert_eq!(
        stopped.err().map(|error| error.to_string()),
        Some("stop".to_owned())
    );
    assert_eq!(seen, 4, "all of the first batch and one of the second");
}

#[doc(hidden)]
pub fn readers_see_whole_records_while_one_writes<M: StoreMedium>(medium: &M) {
    let store = medium.open();
    let (batches, records) = (64, 128);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..batches).for_each(|n| done(store.append(&batch(n)))));
        for index in 0..records {
            while done(store.record(index)).is_none() {
                let ended = writer.is_finished();
                assert!(!ended || done(store.record(index)).is_some(), "{index}");
                std::thread::yield_now();
            }
            assert_eq!(done(store.record(index)), Some(record(index)));
            let (hash, bytes) = body(index);
            assert_eq!(done(store.body(&hash)), Some(bytes));
        }
    });
    drop(store);
    holds(&medium.open(), batches);
}

fn promise(batches: u64) -> Promise {
    Promise {
        checkpoint: format!("note {batches}"),
        batches,
    }
}

#[doc(hidden)]
pub fn a_value_is_created_once<M: CheckpointMedium>(medium: &M) {
    let store = medium.open();
    assert_eq!(done(store.fetch()), None);
    assert!(store.compare_and_swap(&promise(0), &promise(1)).is_err());
    assert_eq!(done(store.fetch()), None);
    done(store.create(&promise(1)));
    for store in [store, medium.open()] {
        assert!(store.create(&promise(2)).is_err());
        assert!(store.create(&promise(1)).is_err());
        assert_eq!(done(store.fetch()), Some(promise(1)));
    }
}

#[doc(hidden)]
pub fn only_the_last_value_is_replaced<M: CheckpointMedium>(medium: &M) {
    done(medium.open().create(&promise(0)));
    for n in 0..BATCHES {
        let store = medium.open();
        let next = n.saturating_add(1);
        done(store.compare_and_swap(&promise(n), &promise(next)));
        assert_eq!(done(store.fetch()), Some(promise(next)));
        assert_eq!(done(medium.open().fetch()), Some(promise(next)));
    }
}

#[doc(hidden)]
pub fn a_lost_swap_changes_nothing<M: CheckpointMedium>(medium: &M) {
    let store = medium.open();
    done(store.create(&promise(1)));
    done(store.compare_and_swap(&promise(1), &promise(2)));
    for wrong in [1, 3] {
        assert!(
            store
                .compare_and_swap(&promise(wrong), &promise(4))
                .is_err()
        );
        assert_eq!(done(store.fetch()), Some(promise(2)));
    }
    let same_count = Promise {
        checkpoint: "another note".into(),
        batches: 2,
    };
    assert!(store.compare_and_swap(&same_count, &promise(3)).is_err());
    assert_eq!(done(medium.open().fetch()), Some(promise(2)));
}

#[doc(hidden)]
pub fn of_many_swaps_from_one_value_one_wins<M: CheckpointMedium>(medium: &M) {
    let store = medium.open();
    done(store.create(&promise(0)));
    let won: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..9)
            .map(|n| {
                let store = &store;
                scope.spawn(move || (n, store.compare_and_swap(&promise(0), &promise(n)).is_ok()))
            })
            .collect();
        let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
        joined.filter(|(_, won)| *won).map(|(n, _)| n).collect()
    });
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(
        done(medium.open().fetch()),
        won.first().map(|n| promise(*n))
    );
}

const BATCHES: u64 = 5;
