use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::heads::Heads;
use thamvan_proto::record::Record;
use thamvan_proto::refusal::log_key_id;
use thamvan_proto::tlog::{Hash, root_of_leaves};

use super::*;
use crate::fixture::{agency, register};
use crate::store::Store;
use crate::submit::{Author, Submission};
use crate::world::{CHANNEL, KEY, NOW, World, log_signer};
use thamvan_proto::cbor;

impl World {
    fn say_heads(&mut self, change: impl Fn(&mut Heads)) -> Result<u64, Refusal> {
        let signer = log_signer();
        let size = self.state.tree().size();
        let seen = Seen {
            shard: 0,
            size,
            root: self.state.tree().root(),
        };
        let author = log_key_id(signer.verifier_key());
        let (facts, mut heads) = draft(&self.state, author, seen, self.now);
        change(&mut heads);
        let (entry, body) = heads.sign(&facts, &signer);
        let submission = Submission {
            entry: &entry,
            body: &body,
            sides: &[],
            stream_key: None,
        };
        self.take(&submission, Author::Log)
    }
}

fn lan(world: &World) -> DeviceId {
    world.lan.fact.device
}

#[test]
fn heads_cover_everything_and_are_read_again_as_they_were() {
    let (mut world, _) = World::with_channel();
    assert_eq!(world.state.uncovered_since(), Some(NOW));
    let size = world.state.tree().size();
    assert_eq!(world.say_heads(|_| {}), Ok(size));
    assert_eq!(world.state.uncovered_since(), None);
    assert_eq!(due_in(&world.state, 60_000, NOW), None);
    let again = world.read_again();
    let heads = again.ledger().heads().unwrap().clone();
    assert_eq!((heads.size, heads.count), (size, 2));
    assert!(last_is_true(&again));
    assert_eq!(again.uncovered_since(), None);
    assert_eq!(again.tree(), world.state.tree());
    let record = Record::parse(&world.store.record(size).unwrap().unwrap()).unwrap();
    let entry = Entry::parse(&record.entry).unwrap();
    assert_eq!((record.stream, record.seq), (StreamId::HEADS, 0));
    assert_eq!(entry.facts.seen.unwrap().size, size);
}

#[test]
fn heads_are_due_a_minute_after_the_oldest_record_that_waits() {
    let mut world = World::enrolled();
    world.say_heads(|_| {}).unwrap();
    let mut admin = world.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    for later in [0, 30_000] {
        world.now = NOW + later;
        world.say(&mut admin, EntryType::Statement, &body, None);
    }
    assert_eq!(due_in(&world.state, 60_000, NOW + 30_000), Some(30_000));
    assert_eq!(due_in(&world.state, 60_000, NOW + 60_000), Some(0));
    assert_eq!(due_in(&world.state, 60_000, NOW + 90_000), Some(0));
    // A clock that went back does not overflow.
    assert_eq!(due_in(&world.state, 60_000, 0), Some(NOW + 60_000));
}

#[test]
fn every_stream_is_proved_to_its_readers_and_absent_ones_are_not() {
    let (mut world, mut author) = World::with_channel();
    world.say_heads(|_| {}).unwrap();
    let heads = world.state.ledger().heads().unwrap().clone();
    // What comes after the heads does not change what they prove.
    world.add_minh(&mut author);
    let tree = streams_at(&world.state, heads.size).tree();
    assert_eq!(tree.root(), heads.root);
    let asked = [StreamId::DIRECTORY, CHANNEL, StreamId::HEADS];
    let proved = prove(&world.state, &lan(&world), &asked, (heads.size, &tree), NOW).unwrap();
    for (stream, head) in asked.iter().zip(&proved).take(2) {
        let (head, key) = (head.as_ref().unwrap(), world.state.key(stream).unwrap());
        assert_eq!(head.verify(key, &heads), Ok(()));
    }
    assert_eq!(proved[2], None);
    assert_eq!(
        proved[1].as_ref().unwrap().seq + 2,
        world.state.ledger().size(&CHANNEL)
    );
    let stranger = DeviceId([77; 16]);
    for (device, asked, code) in [
        (
            stranger,
            vec![StreamId::DIRECTORY],
            ErrorCode::UnknownDevice,
        ),
        (
            lan(&world),
            vec![StreamId([8; 16])],
            ErrorCode::NotPermitted,
        ),
        (
            lan(&world),
            vec![StreamId::DIRECTORY; HEADS_STREAMS_MAX + 1],
            ErrorCode::TooLarge,
        ),
    ] {
        let refused = prove(&world.state, &device, &asked, (heads.size, &tree), NOW);
        assert_eq!(refused.unwrap_err().code, code);
    }
}

#[test]
fn heads_that_go_back_are_empty_or_of_another_shard_are_refused() {
    let mut world = World::enrolled();
    let lies: [fn(&mut Heads); 3] = [
        |heads| heads.count = 0,
        |heads| heads.shard = 1,
        |heads| heads.size = 0,
    ];
    for lie in lies {
        assert_eq!(world.say_heads(lie).unwrap_err().code, ErrorCode::Void);
    }
    let version = world.say_heads(|heads| heads.version = 2);
    assert_eq!(version.unwrap_err().code, ErrorCode::Malformed);
    world.say_heads(|_| {}).unwrap();
    let again = world.say_heads(|heads| heads.size -= 1);
    assert_eq!(again.unwrap_err().code, ErrorCode::Void);
}

#[test]
fn false_heads_are_noticed_when_the_log_is_read_again() {
    let mut world = World::enrolled();
    world.say_heads(|heads| heads.root = Hash([1; 32])).unwrap();
    assert!(!last_is_true(&world.read_again()));
}

#[test]
fn no_channel_takes_an_id_of_the_logs_own_and_no_device_signs_heads() {
    let mut world = World::enrolled();
    let author = Author::Device(lan(&world));
    for last in [1, 2, 255] {
        let mut id = [0; 16];
        id[15] = last;
        let body = register(StreamId(id), KEY);
        let entry =
            world
                .lan
                .author(StreamId::DIRECTORY)
                .entry(EntryType::StreamRegister, &body, NOW);
        let submission = Submission {
            entry: &entry,
            body: &body,
            sides: &[],
            stream_key: Some(&KEY),
        };
        assert_eq!(
            world.take(&submission, author).unwrap_err().code,
            ErrorCode::Void
        );
    }
    world.say_heads(|_| {}).unwrap();
    let mut heads = world.state.ledger().heads().unwrap().clone();
    heads.size += 1;
    let body = cbor::to_vec(&heads);
    let entry = world
        .lan
        .author(StreamId::HEADS)
        .entry(EntryType::Heads, &body, NOW);
    let submission = Submission {
        entry: &entry,
        body: &body,
        sides: &[],
        stream_key: None,
    };
    assert_eq!(
        world.take(&submission, author).unwrap_err().code,
        ErrorCode::BadSignature
    );
    assert_eq!(root_of_leaves(&[]), StreamHeads::default().root());
}

#[test]
fn heads_are_open_to_every_device_and_listed_to_none() {
    let mut world = World::enrolled();
    world.say_heads(|_| {}).unwrap();
    let device = lan(&world);
    assert!(access::may_read(&world.state, &device, &StreamId::HEADS, NOW).is_ok());
    let size = world.state.tree().size();
    let listed = access::streams(&world.state, &device, size, NOW).unwrap();
    assert!(listed.iter().all(|info| info.stream != StreamId::HEADS));
}
