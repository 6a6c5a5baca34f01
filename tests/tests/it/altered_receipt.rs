//! A server that takes an entry and gives a receipt that is not the one of its place, or of another history.

use std::sync::{Arc, Mutex};

use thamvan_engine::EngineError;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Answer, Body, Delivery, Receipt, Refused, Submit};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{Name, NoteSigner};
use thamvan_tests::session::ORIGIN;

use crate::author::Author;
use crate::lying_server::{Client, Log, finding};

/// What a submission is answered with, from the log in which it is by then the last record.
type Lie = fn(&Log, Receipt, Delivery) -> (Receipt, Vec<Delivery>);

/// A device that is enrolled says something, and the server answers with `lie`.
async fn say(lie: Lie) -> Result<u64, EngineError> {
    let mut author = Author::new();
    let client = Client::new(author.genesis_hash()).await;
    author.enrol(client.open().unwrap().keys());
    let mut log = author.log.clone();
    let (author, grown) = (Mutex::new(author), Arc::clone(&log.grown));
    log.decides = Some(Arc::new(move |submit: &Submit| {
        let mut author = author.lock().unwrap();
        author.sequence(StreamId::DIRECTORY, &submit.entry, &submit.body);
        *grown.lock().unwrap() = Some(author.log.tree.clone());
        let delivery = author.log.delivery(author.log.records.last().unwrap());
        let (receipt, pushed) = lie(&author.log, receipt(&delivery), delivery);
        (Body::Ok(Answer::new(&receipt)), pushed)
    }));
    client.say(&log).await
}

fn receipt(delivery: &Delivery) -> Receipt {
    Receipt {
        shard: 0,
        index: delivery.index,
        record: delivery.record.clone(),
        path: delivery.path.clone(),
        checkpoint: delivery.checkpoint.clone(),
    }
}

/// Another history, signed by the log key: another leaf where only an auditor looks, at heads that are not the newest.
fn other_history(log: &Log) -> Log {
    let heads = log
        .records
        .iter()
        .filter(|shown| shown.stream == StreamId::HEADS);
    log.with_other_leaf(heads.rev().nth(1).unwrap().index)
}

#[tokio::test]
async fn the_receipt_of_its_place_is_believed_but_not_that_a_void_entry_was_taken() {
    // The log's time is long before the client's: what it made is void there, and an honest server had refused it.
    let told = say(|_, receipt, delivery| (receipt, vec![delivery])).await;
    finding(told, "the server logged an entry where it is void");
}

#[tokio::test]
async fn an_altered_receipt_is_a_finding() {
    let lies: [(&str, Lie); 6] = [
        ("another index", |_, mut receipt, delivery| {
            receipt.index -= 1;
            (receipt, vec![delivery])
        }),
        ("another shard", |_, mut receipt, delivery| {
            receipt.shard = 1;
            (receipt, vec![delivery])
        }),
        ("a shorter path", |_, mut receipt, delivery| {
            receipt.path.pop();
            (receipt, vec![delivery])
        }),
        ("another time in the record", |_, mut receipt, delivery| {
            let mut record = Record::parse(&receipt.record).unwrap();
            record.time += 1;
            receipt.record = record.to_vec().into();
            (receipt, vec![delivery])
        }),
        ("the receipt of another entry", |log, _, delivery| {
            let before = &log.records[log.records.len() - 2];
            (receipt(&log.delivery(before)), vec![delivery])
        }),
        (
            "a checkpoint of another key",
            |log, mut receipt, delivery| {
                let signer = NoteSigner::from_seed(Name::parse(ORIGIN).unwrap(), &[1; 32]);
                let mut forged = log.clone();
                forged.signer = Arc::new(signer);
                receipt.checkpoint = forged.checkpoint();
                (receipt, vec![delivery])
            },
        ),
    ];
    for (name, lie) in lies {
        let told = say(lie).await;
        let Err(EngineError::Finding { what }) = told else {
            panic!("{name}: {told:?}")
        };
        let is_about_it = what.starts_with("log receipt:") || what.starts_with("checkpoint:");
        assert!(is_about_it, "{name}: {what}");
    }
}

#[tokio::test]
async fn two_histories_one_in_the_receipt_and_one_in_the_delivery() {
    // Both are signed by the log key, and in both the record stands at its place.
    let told = say(|log, _, delivery| {
        let other = other_history(log);
        let last = other.records.last().unwrap();
        (receipt(&other.delivery(last)), vec![delivery])
    });
    finding(told.await, "fork");
}

#[tokio::test]
async fn two_histories_meet_where_an_author_of_one_is_read_in_the_other() {
    let mut author = Author::new();
    let [deceived, other] = [
        Client::new(author.genesis_hash()).await,
        Client::new(author.genesis_hash()).await,
    ];
    author.enrol(deceived.open().unwrap().keys());
    author.say_heads(None, |_| {});
    drop(other.sync(&author.log).await.unwrap());
    let said = Arc::new(Mutex::new(None));
    let mut shown = other_history(&author.log);
    let kept = Arc::clone(&said);
    shown.decides = Some(Arc::new(move |submit: &Submit| {
        *kept.lock().unwrap() = Some(submit.clone());
        let refused = Refused {
            code: ErrorCode::Stopping,
            detail: String::new(),
            signed: None,
        };
        (Body::Refused(refused), vec![])
    }));
    let told = deceived.say(&shown).await.unwrap_err();
    assert_eq!(told.code(), "stopping", "{told:?}");
    let submit = said.lock().unwrap().take().unwrap();
    author.sequence(StreamId::DIRECTORY, &submit.entry, &submit.body);
    finding(other.sync(&author.log).await, "saw another log");
}
