//! Minute heads over the wire, with a minute that is shorter.

use std::time::{Duration, Instant};

use thamvan_proto::cbor;
use thamvan_proto::directory::{Genesis, RootSigned};
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, HeadsShown, Null, StreamInfo, Subscribe};
use thamvan_proto::heads::Heads;
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::tlog::{Name, VerifierKey, open_checkpoint, verify_inclusion};
use thamvan_server::{Config, check};

use crate::client::Client;
use crate::deployment::{CHANNEL, Deployment, ORIGIN, now_ms};
use crate::fixture::agency;

const SHORT: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);

fn short(deployment: &Deployment) -> Config {
    Config {
        heads_interval: SHORT,
        ..deployment.config()
    }
}

async fn ask(client: &mut Client, streams: &[StreamId]) -> Option<HeadsShown> {
    let answer = client.ok(Body::Heads(streams.to_vec())).await;
    answer.open().unwrap()
}

/// Heads that cover the first `size` records; waits for them.
async fn covering(client: &mut Client, size: u64) -> HeadsShown {
    let began = Instant::now();
    loop {
        if let Some(shown) = ask(client, &[StreamId::DIRECTORY]).await
            && shown.record.index >= size
        {
            return shown;
        }
        assert!(began.elapsed() < PATIENCE, "no heads");
        tokio::time::sleep(SHORT).await;
    }
}

async fn genesis(client: &mut Client) -> Genesis {
    let stream = StreamId::DIRECTORY;
    client
        .ok(Body::Subscribe(Subscribe { stream, from: 0 }))
        .await;
    let first = client.delivery().await;
    RootSigned::open_genesis(&first.body.unwrap()).unwrap().0
}

/// Verifies everything that an answer says of stream 0.
fn verify(shown: &HeadsShown, genesis: &Genesis) -> Heads {
    let record = Record::parse(&shown.record.record).unwrap();
    let heads = Heads::open(&record, shown.record.body.as_ref().unwrap(), genesis).unwrap();
    assert_eq!(heads.size, shown.record.index);
    let key = StreamKey(genesis.stream_key.0);
    let leaf = thamvan_proto::record::Leaf::new(&key.of_heads(), record.seq, &shown.record.record);
    let log_key = VerifierKey::parse(&genesis.log_key).unwrap();
    let origin = Name::parse(ORIGIN).unwrap();
    let checkpoint = open_checkpoint(&shown.record.checkpoint, &origin, &log_key).unwrap();
    verify_inclusion(
        &leaf.hash(),
        shown.record.index,
        checkpoint.size,
        &shown.record.path,
        &checkpoint.root,
    )
    .unwrap();
    let [Some(directory)] = shown.streams.as_slice() else {
        panic!("{:?}", shown.streams)
    };
    directory.verify(&key, &heads).unwrap();
    heads
}

#[tokio::test]
async fn every_record_is_covered_and_an_idle_log_grows_no_heads() {
    let deployment = Deployment::new();
    let server = deployment.start_with(short(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let shown = covering(&mut client, 3).await;
    let mut reader = deployment.log_in(&server, &deployment.lan).await;
    let genesis = genesis(&mut reader).await;
    assert_eq!(verify(&shown, &genesis).count, 1);
    assert_eq!(shown.streams[0].as_ref().unwrap().seq, 2);

    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let receipt = client.submit(entry, body).await;
    let shown = covering(&mut client, receipt.index + 1).await;
    verify(&shown, &genesis);
    let head = shown.streams[0].as_ref().unwrap();
    assert_eq!((head.seq, head.record), (3, sha256(&receipt.record)));
    let first = Record::parse(&shown.record.record).unwrap();
    let entry = Entry::parse(&first.entry).unwrap();
    assert_eq!(entry.facts.seen.unwrap().size, receipt.index + 1);
    server.stop().await;

    // Nothing but heads came since: neither the clock nor a restart has anything to cover.
    let size = shown.record.index + 1;
    assert_eq!(check(&deployment.config()).tree_size, size);
    let server = deployment.start_with(short(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    tokio::time::sleep(3 * SHORT).await;
    let again = ask(&mut client, &[StreamId::DIRECTORY]).await.unwrap();
    assert_eq!(again.record.record, shown.record.record);
    server.stop().await;
    assert_eq!(check(&deployment.config()).tree_size, size);
}

#[tokio::test]
async fn what_a_stop_left_uncovered_is_covered_before_anything_new() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    assert_eq!(ask(&mut client, &[StreamId::DIRECTORY]).await, None);
    server.stop().await;
    // As if an hour had gone by: whatever waits is due.
    let mut config = deployment.config();
    config.heads_interval = Duration::from_millis(1);
    let server = deployment.start_with(config).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let receipt = client.submit(entry, body).await;
    assert!(receipt.index > 3, "no heads before it");
    server.stop().await;
}

#[tokio::test]
async fn heads_are_on_request_and_for_readers_only() {
    let deployment = Deployment::new();
    let server = deployment.start_with(short(&deployment)).await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    covering(&mut client, 3).await;
    let streams: Vec<StreamInfo> = client.ok(Body::ListStreams(Null)).await.open().unwrap();
    assert!(streams.iter().all(|info| info.stream != StreamId::HEADS));
    let code = client.refused(Body::Heads(vec![CHANNEL])).await;
    assert_eq!(code, ErrorCode::NotPermitted);
    let many = vec![StreamId::DIRECTORY; 1_025];
    assert_eq!(client.refused(Body::Heads(many)).await, ErrorCode::TooLarge);
    let stream = StreamId::HEADS;
    client
        .ok(Body::Subscribe(Subscribe { stream, from: 0 }))
        .await;
    let delivery = client.delivery().await;
    let record = Record::parse(&delivery.record).unwrap();
    assert_eq!((record.stream, record.seq), (StreamId::HEADS, 0));
    server.stop().await;
}

#[test]
fn a_minute_is_the_longest_that_clients_wait() {
    let deployment = Deployment::new();
    let text = std::fs::read_to_string(deployment.config_file()).unwrap();
    for (seconds, good) in [(0, false), (1, true), (60, true), (61, false)] {
        let with = format!("{text}heads_seconds = {seconds}\n");
        std::fs::write(deployment.config_file(), with).unwrap();
        assert_eq!(
            Config::read(&deployment.config_file()).is_ok(),
            good,
            "{seconds}"
        );
    }
}
