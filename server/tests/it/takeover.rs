//! Two servers after all: one stood still, somebody took its lock away, another took over. One wins, the other stops.

use thamvan_proto::frame::Body;

use crate::load::Load;
use crate::process::Process;

#[tokio::test]
async fn a_server_that_stood_still_while_another_took_over_stops_and_changes_nothing() {
    let mut load = Load::new();
    let old = Process::start(&load.deployment);
    load.run(old.address, 5).await;
    let [client_of_old, _] = load.connect(old.address).await;
    old.pause();
    // What an operator must never do, and does at night.
    let lock = load.deployment.dir.path().join("server/lock");
    std::fs::remove_file(lock).unwrap();
    let new = Process::start(&load.deployment);
    // One entry more for each: the old one would give the first of them the place that the new one has given it.
    load.run(new.address, 1).await;

    old.go_on();
    let mut client = client_of_old.unwrap();
    client
        .try_send(Body::Submit(load.last_acknowledged()))
        .await;
    while let Some(frame) = client.try_receive().await {
        assert!(!matches!(frame.body, Body::Ok(_)), "the old one answered");
    }
    let ended = old.ended();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    let words = "another server has written to this journal";
    assert!(ended.log.contains(words), "{ended:?}");

    load.verify(new.address).await;
    load.run(new.address, 5).await;
    load.verify(new.address).await;
    new.kill();
}
