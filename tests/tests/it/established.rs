//! A server that shows one client a reader whom no quorum of witnesses has seen (docs/protocol.md chapter 8, "Waiting").

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::DeviceId;
use thamvan_tests::session::Session;

use crate::lying_server::{Client, Log, now_s};

/// The log, and the quorum of its first `record` entries.
fn shown_up_to(log: &Log, session: &Session, record: &str) -> Log {
    let now = now_s();
    log.shows(&log.prefix(session.record(record).index), &[now, now])
}

fn devices(session: &Session) -> [DeviceId; 2] {
    [&session.cast.lan, &session.cast.hoa].map(|person| person.enrolment().device)
}

/// Of each message, whether it is held back.
fn held(engine: &Engine, log: &Log) -> Vec<bool> {
    let items = engine.items(log.channel, 0).unwrap();
    items.iter().map(|item| item.held).collect()
}

fn is_not_witnessed<T>(result: &Result<T, EngineError>) -> bool {
    matches!(
        result,
        Err(EngineError::NotAllowed {
            rule: "not_witnessed",
            ..
        })
    )
}

/// Sends without patience; counts the waits that were told.
async fn send(client: &Client, log: &Log) -> (Result<u64, EngineError>, usize, Engine) {
    let mut engine = client.open().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    engine.on_wait(Box::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    }));
    engine.wait_at_most(Duration::ZERO);
    let work = async {
        engine.sync().await?;
        engine.send(log.channel, "gửi cho ai", None).await
    };
    let sent = client.during(log, work).await;
    (sent, told.load(Ordering::SeqCst), engine)
}

#[tokio::test]
async fn nothing_is_sent_to_a_device_that_no_quorum_has_seen() {
    let (log, session) = Log::with_witnesses();
    let [lan, hoa] = devices(&session);
    let client = Client::new(session.cast.genesis_hash).await;
    let lie = shown_up_to(&log, &session, "approve-hoa");
    let (sent, told, engine) = send(&client, &lie).await;
    assert!(is_not_witnessed(&sent), "{sent:?}");
    assert_eq!(told, 1);
    assert!(engine.unestablished(&log.channel).contains(&hoa));
    assert!(engine.is_established_device(&lan) && !engine.is_established_device(&hoa));
    // The ledger itself has it, as everybody's has.
    assert!(engine.ledger().directory().now().device(&hoa).is_some());
    drop(engine);
    // The message waits; it is no longer the witnesses that it waits for once they have seen the device.
    let now = now_s();
    let (sent, told, engine) = send(&client, &log.shows(&log, &[now, now])).await;
    assert!(sent.is_err() && !is_not_witnessed(&sent), "{sent:?}");
    assert_eq!((told, engine.unestablished(&log.channel)), (0, vec![]));
    assert!(engine.is_established_device(&hoa));
}

#[tokio::test]
async fn what_such_a_device_says_is_not_shown() {
    let (log, session) = Log::with_witnesses();
    let client = Client::new(session.cast.genesis_hash).await;
    let lie = shown_up_to(&log, &session, "approve-lan");
    let engine = client.sync(&lie).await.unwrap();
    assert_eq!(held(&engine, &log), [true, true]);
    drop(engine);
    let now = now_s();
    let engine = client.sync(&log.shows(&log, &[now, now])).await.unwrap();
    assert_eq!(held(&engine, &log), [false, false]);
}

#[tokio::test]
async fn nothing_is_sent_to_nor_shown_of_a_member_whom_no_quorum_has_seen() {
    let (log, session) = Log::with_witnesses();
    let [lan, hoa] = devices(&session);
    let client = Client::new(session.cast.genesis_hash).await;
    // Both devices are confirmed, and of the two memberships one.
    let lie = shown_up_to(&log, &session, "member-add-hoa");
    let (sent, told, engine) = send(&client, &lie).await;
    assert!(is_not_witnessed(&sent), "{sent:?}");
    assert_eq!(told, 1);
    assert_eq!(engine.unestablished(&log.channel), [hoa]);
    assert!(engine.is_established_device(&hoa));
    assert!(!engine.is_established_reader(&log.channel, &hoa));
    assert!(engine.is_established_reader(&log.channel, &lan));
    // What lan says is shown; of lan, before the own membership is confirmed, nothing is.
    assert_eq!(held(&engine, &log), [false, false, false], "and its own");
    drop(engine);
    let client = Client::new(session.cast.genesis_hash).await;
    let lie = shown_up_to(&log, &session, "member-add-lan");
    let engine = client.sync(&lie).await.unwrap();
    assert_eq!(held(&engine, &log), [true, true]);
    assert_eq!(engine.unestablished(&log.channel).len(), 2);
    drop(engine);
    let now = now_s();
    let engine = client.sync(&log.shows(&log, &[now, now])).await.unwrap();
    assert_eq!(held(&engine, &log), [false, false]);
    assert!(engine.is_established_reader(&log.channel, &hoa));
}

#[tokio::test]
async fn without_any_quorum_nobody_is_established_and_without_witnesses_everybody() {
    let (log, session) = Log::with_witnesses();
    let client = Client::new(session.cast.genesis_hash).await;
    let engine = client.sync(&log).await.unwrap();
    assert_eq!(engine.unestablished(&log.channel).len(), 2);
    let (log, session) = Log::honest();
    let client = Client::new(session.cast.genesis_hash).await;
    let engine = client.sync(&log).await.unwrap();
    assert_eq!(engine.unestablished(&log.channel), []);
    assert!(
        devices(&session)
            .iter()
            .all(|device| engine.is_established_device(device))
    );
}
