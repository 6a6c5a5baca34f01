//! A server that keeps the end of a stream from one client, puts another record into a covered place, or lies in the heads.

use std::sync::Arc;

use thamvan_engine::EngineError;
use thamvan_proto::entry::Position;
use thamvan_proto::frame::HeadsShown;
use thamvan_proto::heads::Heads;
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::HEADS_LATE_MS_MAX;
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::{Hash, Name, NoteSigner};
use thamvan_tests::session::{self, ORIGIN};

use crate::author::Author;
use crate::lying_server::{Client, Log, finding};

async fn told(author: &Author) -> Result<(), EngineError> {
    told_of(author, &author.log).await
}

async fn told_of(author: &Author, log: &Log) -> Result<(), EngineError> {
    let client = Client::new(author.genesis_hash()).await;
    client.sync(log).await.map(drop)
}

/// An entry that any log may hold, valid or not: somebody else's in the channel.
fn say(author: &mut Author) {
    let last = author
        .log
        .records
        .iter()
        .rfind(|it| it.stream == author.log.channel);
    let last = last.unwrap().clone();
    let record = Record::parse(&last.record).unwrap();
    let (stream, entry) = (last.stream, record.entry.to_vec());
    author.sequence(stream, &entry, &last.body);
}

#[tokio::test]
async fn heads_that_are_newer_than_what_was_read_are_waited_for() {
    let mut author = Author::new();
    say(&mut author);
    // Sequenced and not covered yet: nothing is owed.
    told(&author).await.unwrap();
    author.say_heads(None, |_| {});
    told(&author).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_frozen_for_one_client() {
    let author = Author::new();
    let channel = author.log.channel;
    for (stream, size) in [
        (channel, author.ledger.size(&channel)),
        (
            StreamId::DIRECTORY,
            author.ledger.size(&StreamId::DIRECTORY),
        ),
    ] {
        let mut log = author.log.clone();
        log.frozen = Some((stream, size - 1));
        // A channel cannot be read past a directory that is withheld, so there it shows even sooner.
        let told = told_of(&author, &log).await;
        if stream == channel {
            finding(told, "is frozen");
        } else {
            assert!(told.is_err());
        }
    }
}

#[tokio::test]
async fn a_directory_that_is_frozen_behind_every_channel() {
    let mut author = Author::new();
    let client = Client::new(author.genesis_hash()).await;
    let engine = client.open().unwrap();
    author.enrol(engine.keys());
    drop(engine);
    author.say_heads(None, |_| {});
    // Nothing in the channel points at the newest record of stream 0: only the heads do.
    let size = author.ledger.size(&StreamId::DIRECTORY);
    author.log.frozen = Some((StreamId::DIRECTORY, size - 1));
    let told = client.sync(&author.log).await.map(drop);
    finding(told, "is frozen");
    author.log.frozen = None;
    client.sync(&author.log).await.unwrap();
}

#[tokio::test]
async fn another_record_at_a_place_that_heads_cover() {
    let mut author = Author::new();
    let channel = author.log.channel;
    let at = author
        .log
        .records
        .iter()
        .rposition(|it| it.stream == channel)
        .unwrap();
    // The same entry, sequenced once more at another moment, into the same place of its stream.
    let mut other = author.log.records[at].clone();
    let mut record = Record::parse(&other.record).unwrap();
    record.time += 1;
    other.record = record.to_vec();
    other.index = author.log.tree.size();
    let leaf = Leaf::new(&author.log.channel_key, record.seq, &other.record);
    author.log.tree.append(leaf.hash());
    let truth = author.log.positions(author.log.tree.size());
    author.log.records[at] = other;
    author.log.said = Some(truth);
    finding(told(&author).await, "not the one that the heads name");
}

#[tokio::test]
async fn heads_with_a_false_hash_place_or_stream() {
    let channel = Author::new().log.channel;
    type Lie = fn(&mut std::collections::BTreeMap<StreamId, Position>, StreamId);
    let lies: [(Lie, &str); 3] = [
        (
            |said, channel| said.get_mut(&channel).unwrap().record = Hash([9; 32]),
            "not the one that the heads name",
        ),
        (
            |said, channel| said.get_mut(&channel).unwrap().seq -= 1,
            "not the one that the heads name",
        ),
        (
            |said, channel| said.retain(|stream, _| *stream != channel),
            "heads leave out stream",
        ),
    ];
    for (lie, about) in lies {
        let mut author = Author::new();
        let mut said = author.log.positions(author.log.tree.size());
        lie(&mut said, channel);
        author.say_heads(Some(said), |_| {});
        finding(told(&author).await, about);
    }
}

#[tokio::test]
async fn heads_that_do_not_fit_their_record_or_their_proofs() {
    type Lie = fn(&mut Heads);
    let lies: [(Lie, &str); 4] = [
        (|heads| heads.root = Hash([1; 32]), "in the heads"),
        (|heads| heads.count += 5, "in the heads"),
        (|heads| heads.size += 1, "another size than their own place"),
        (|heads| heads.shard = 1, "not a heads record of this log"),
    ];
    for (lie, about) in lies {
        let mut author = Author::new();
        author.say_heads(None, lie);
        finding(told(&author).await, about);
    }
}

#[tokio::test]
async fn heads_by_another_key_or_with_another_body() {
    let mut author = Author::new();
    let name = Name::parse(ORIGIN).unwrap();
    author.log.signer = Arc::new(NoteSigner::from_seed(name, &[1; 32]));
    author.say_heads(None, |_| {});
    author.log.signer = Arc::new(session::log_signer());
    finding(told(&author).await, "not signed by the log key");

    let mut author = Author::new();
    author.log.answers = Some(Arc::new(|mut shown: HeadsShown| {
        shown.record.body.as_mut().unwrap().push(0);
        Some(shown)
    }));
    finding(told(&author).await, "malformed or not the signed one");
}

#[tokio::test]
async fn a_record_that_is_not_in_the_tree_or_is_no_heads() {
    let author = Author::new();
    let mut log = author.log.clone();
    log.answers = Some(Arc::new(|mut shown: HeadsShown| {
        let mut record = Record::parse(&shown.record.record).unwrap();
        record.time += 1;
        shown.record.record = record.to_vec().into();
        Some(shown)
    }));
    finding(told_of(&author, &log).await, "inclusion");
    let channel = log.records.iter().rfind(|it| it.stream == log.channel);
    let other = log.delivery(channel.unwrap());
    log.answers = Some(Arc::new(move |shown: HeadsShown| {
        let record = other.clone();
        Some(HeadsShown { record, ..shown })
    }));
    finding(told_of(&author, &log).await, "not a heads record");
}

#[tokio::test]
async fn heads_that_stay_away() {
    let mut author = Author::new();
    author.time += 10 * HEADS_LATE_MS_MAX;
    // After a long silence, one record: nothing is late yet.
    say(&mut author);
    told(&author).await.unwrap();
    author.time += HEADS_LATE_MS_MAX;
    say(&mut author);
    finding(told(&author).await, "no heads");
    author.say_heads(None, |_| {});
    told(&author).await.unwrap();
    author.log.answers = Some(Arc::new(|_: HeadsShown| None));
    finding(told(&author).await, "no heads");
}

#[tokio::test]
async fn heads_that_go_back_or_vanish() {
    let mut author = Author::new();
    let client = Client::new(author.genesis_hash()).await;
    author.say_heads(None, |_| {});
    drop(client.sync(&author.log).await.unwrap());
    // The whole tree, and the heads of a minute before.
    let mut before = author.log.clone();
    before.records.pop();
    let told = client.sync(&before).await.map(drop);
    finding(told, "rollback: heads older");
    author.log.answers = Some(Arc::new(|_: HeadsShown| None));
    let told = client.sync(&author.log).await.map(drop);
    finding(told, "rollback: the log had heads");
}
