//! Two servers after all: one stood still, somebody took its lock away, another took over. One wins, the other stops.

use crate::load::Load;
use crate::process::Process;

#[tokio::test]
async fn a_server_that_stood_still_while_another_took_over_stops_and_changes_nothing() {
    let mut load = Load::new();
    let old = Process::start(&load.deployment);
    load.run(old.address, 5).await;
    let clients_of_old = load.connect(old.address).await;
    old.pause();
    // What an operator must never do, and does at night.
    let lock = load.deployment.dir.path().join("server/lock");
    std::fs::remove_file(lock).unwrap();
    let new = Process::start(&load.deployment);
    load.run(new.address, 20).await;
    let acknowledged = load.acknowledged();

    old.go_on();
    load.write(clients_of_old, 5).await;
    assert_eq!(load.acknowledged(), acknowledged, "the old one answered");
    let ended = old.ended();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    let words = "another server has written to this journal";
    assert!(ended.log.contains(words), "{ended:?}");

    load.verify(new.address).await;
    load.run(new.address, 5).await;
    load.verify(new.address).await;
    new.kill();
}
