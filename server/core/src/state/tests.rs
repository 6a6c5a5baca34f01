use thamvan_proto::ledger::{Authors, Invalid};
use thamvan_proto::record::Record;

use super::*;
use crate::store::Store;
use crate::world::{CHANNEL, NOW, World};

#[test]
fn what_is_read_again_is_what_was_decided() {
    let (mut world, mut lan) = World::with_channel();
    world.add_minh(&mut lan);
    let again = world.read_again();
    assert_eq!(again.tree(), world.state.tree());
    assert_eq!(again.leaves(), world.state.leaves());
    assert_eq!(again.time(), NOW);
    assert_eq!(again.places, world.state.places);
    assert_eq!(again.bodies, world.state.bodies);
    assert_eq!(
        again.ledger().head(&CHANNEL),
        world.state.ledger().head(&CHANNEL)
    );
    assert_eq!(again.index(&CHANNEL, 0), Some(4));
    assert_eq!(
        again.place(4),
        Some(Place {
            stream: CHANNEL,
            seq: 0
        })
    );
    assert_eq!(again.size_within(&CHANNEL, 5), 1);
}

#[test]
fn every_leaf_carries_the_tag_of_its_stream() {
    let (world, _) = World::with_channel();
    for (index, leaf) in (0..).zip(world.state.leaves()) {
        let place = world.state.place(index).unwrap();
        let key = world.state.key(&place.stream).unwrap();
        let record = world.store.record(index).unwrap().unwrap();
        assert_eq!(*leaf, Leaf::new(key, place.seq, &record));
    }
}

#[test]
fn a_record_out_of_turn_does_not_fold() {
    let world = World::begun();
    let record = world.store.record(0).unwrap().unwrap();
    let sequenced = Sequenced {
        index: 0,
        record: record.into(),
        body: Hash([0; 32]),
        sides: Vec::new(),
        stream_key: None,
    };
    let change = Change::Sequenced(Box::new(sequenced));
    let applied = world.state.clone().apply(&change, None);
    assert!(matches!(
        applied,
        Err(ApplyError::Index {
            got: 0,
            expected: 2
        })
    ));
}

#[test]
fn a_cursor_never_goes_back() {
    let mut world = World::enrolled();
    let device = world.lan.fact.device;
    let stream = StreamId::DIRECTORY;
    for (seq, expected) in [(1, 1), (2, 2), (0, 2)] {
        let change = Change::CursorAcknowledged {
            device,
            stream,
            seq,
        };
        world.state.apply(&change, None).unwrap();
        assert_eq!(world.state.cursor(&device, &stream), Some(expected));
    }
}

#[test]
fn only_an_author_that_is_known_needs_no_signature() {
    let world = World::enrolled();
    let last = world.state.tree().size() - 1;
    let mut state = State::default();
    let mut body = Vec::new();
    let loaded: Result<(), crate::store::WriteFailed> = world.store.load(&mut |_, change| {
        body = world.store.body(&change.body_needed().unwrap())?.unwrap();
        if state.tree().size() < last {
            state.apply(&change, Some(&body)).unwrap();
        }
        Ok(())
    });
    loaded.unwrap();
    let mut record = Record::parse(&world.store.record(last).unwrap().unwrap()).unwrap();
    let mut entry = record.entry.to_vec();
    *entry.last_mut().unwrap() ^= 1;
    record.entry = entry.into();
    for authors in [Authors::Verified, Authors::Known] {
        let parsed = ParsedRecord::parse(&record.to_vec()).unwrap();
        let mut ledger = state.ledger.clone();
        let accepted = ledger.accept_parsed(parsed.with_authors(authors), Some(&body));
        let verdict = accepted.unwrap().verdict;
        let known = authors == Authors::Known;
        assert_eq!(verdict.is_ok(), known);
        assert!(known || matches!(verdict, Err(Invalid::Signature)));
    }
}
