//! What a restart must keep, and when it must refuse.

use std::os::unix::fs::FileExt;

use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Receipt, Submit};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_server::{Init, RunError, check, init, run};
use tokio::sync::oneshot;

use crate::deployment::{CHANNEL, Deployment, ORIGIN, Running, now_ms};
use crate::fixture::{agency, register};
use crate::process::Process;

async fn submit(deployment: &Deployment, server: &Running) -> (Vec<u8>, Vec<u8>, Receipt) {
    let mut client = deployment.log_in(server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let receipt = client.submit(entry.clone(), body.clone()).await;
    (entry, body, receipt)
}

async fn refused(deployment: &Deployment) -> RunError {
    let running = run(
        deployment.config(),
        oneshot::channel().0,
        std::future::pending(),
    );
    running.await.unwrap_err()
}

#[tokio::test]
async fn a_restart_keeps_what_was_acknowledged() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let (entry, body, receipt) = submit(&deployment, &server).await;
    server.stop().await;
    let report = check(&deployment.config());
    assert_eq!(
        (report.verdict, report.tree_size, report.checkpoint_size),
        ("ok", 4, 4)
    );
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    assert_eq!(client.submit(entry, body).await, receipt);
    let address = std::fs::read_to_string(deployment.dir.path().join("server/address")).unwrap();
    assert_eq!(address.trim(), server.address.to_string());
    server.stop().await;
}

#[tokio::test]
async fn two_servers_never_share_a_folder() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let error = refused(&deployment).await;
    assert!(matches!(error, RunError::Locked), "{error}");
    assert_eq!(error.exit_code(), 7);
    server.stop().await;
}

#[tokio::test]
async fn two_processes_never_share_a_folder() {
    let deployment = Deployment::new();
    deployment.listen_anywhere();
    let first = Process::start(&deployment);
    let second = Process::try_start(&deployment).err().unwrap();
    assert_eq!(second.status.code(), Some(7), "{second:?}");
    assert!(second.log.contains("another server uses this data folder"));
    first.kill();
    // The lock goes with its process.
    Process::start(&deployment).kill();
}

#[tokio::test]
async fn a_used_log_key_never_begins_anew_and_never_goes_back() {
    let deployment = Deployment::new();
    let data = deployment.dir.path().join("server");
    let files = [
        "checkpoint",
        "checkpoint.copy",
        "journal/records-00000000.seg",
        "journal/bodies-00000000.seg",
    ];
    let read = || files.map(|file| std::fs::read(data.join(file)).unwrap());
    let write = |all: &[Vec<u8>; 4]| {
        for (file, bytes) in files.iter().zip(all) {
            std::fs::write(data.join(file), bytes).unwrap();
        }
    };
    deployment.start().await.stop().await;
    let old = read();
    let server = deployment.start().await;
    submit(&deployment, &server).await;
    server.stop().await;
    let new = read();

    write(&old);
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8, "{error}");
    assert!(
        error.to_string().contains("has signed 4 records"),
        "{error}"
    );
    assert_eq!(check(&deployment.config()).verdict, "findings");

    for file in files {
        std::fs::remove_file(data.join(file)).unwrap();
    }
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8, "{error}");
    assert!(error.to_string().contains("the journal holds 0"), "{error}");

    write(&new);
    let last = std::fs::read(data.join("log.last")).unwrap();
    std::fs::remove_file(data.join("log.last")).unwrap();
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8, "{error}");
    assert!(error.to_string().contains("log.last is missing"), "{error}");

    std::fs::write(data.join("log.last"), last).unwrap();
    deployment.start().await.stop().await;
}

#[tokio::test]
async fn a_memory_of_the_key_older_than_the_checkpoint_is_refused() {
    let deployment = Deployment::new();
    let last = deployment.dir.path().join("server/log.last");
    deployment.start().await.stop().await;
    let old = std::fs::read(&last).unwrap();
    let server = deployment.start().await;
    submit(&deployment, &server).await;
    server.stop().await;
    std::fs::write(&last, old).unwrap();
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8, "{error}");
    assert!(
        error
            .to_string()
            .contains("older than the stored checkpoint"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_log_needs_a_genesis_file() {
    let deployment = Deployment::new();
    std::fs::remove_file(deployment.dir.path().join("genesis.cbor")).unwrap();
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("thamvan admin authority init"));
}

#[tokio::test]
async fn a_folder_is_made_once() {
    let deployment = Deployment::new();
    let again = Init {
        dir: deployment.dir.path().to_owned(),
        origin: None,
        listen: "127.0.0.1:0".into(),
        names: Vec::new(),
        witnesses: Vec::new(),
        quorum: None,
    };
    assert!(init(&again).is_err());
}

#[tokio::test]
async fn an_old_copy_of_the_journal_or_a_changed_byte_is_refused() {
    let deployment = Deployment::new();
    let data = deployment.dir.path().join("server");
    let records = data.join("journal/records-00000000.seg");
    let server = deployment.start().await;
    let old = std::fs::read(&records);
    submit(&deployment, &server).await;
    server.stop().await;
    let new = std::fs::read(&records).unwrap();

    std::fs::write(&records, old.unwrap()).unwrap();
    let error = refused(&deployment).await;
    assert_eq!(error.exit_code(), 8, "{error}");
    assert_eq!(check(&deployment.config()).verdict, "findings");

    std::fs::write(&records, &new).unwrap();
    let file = std::fs::File::options().write(true).open(&records).unwrap();
    file.write_all_at(&[new[200] ^ 1], 200).unwrap();
    assert_eq!(refused(&deployment).await.exit_code(), 8);

    std::fs::write(&records, &new).unwrap();
    deployment.start().await.stop().await;
}

#[tokio::test]
async fn a_stop_between_journal_and_checkpoint_is_healed() {
    let deployment = Deployment::new();
    let data = deployment.dir.path().join("server");
    let server = deployment.start().await;
    let copies = ["checkpoint", "checkpoint.copy"].map(|name| data.join(name));
    let old = copies.clone().map(|path| std::fs::read(path).unwrap());
    let (entry, body, receipt) = submit(&deployment, &server).await;
    server.stop().await;
    for (path, bytes) in copies.iter().zip(old) {
        std::fs::write(path, bytes).unwrap();
    }
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let again = client.submit(entry, body).await;
    assert_eq!(
        (again.index, &again.record),
        (receipt.index, &receipt.record)
    );
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_meets_its_own_later_checkpoint_stops() {
    let deployment = Deployment::new();
    let backup = tempfile::tempdir().unwrap();
    let data = deployment.dir.path().join("server");
    let files = [
        "checkpoint",
        "checkpoint.copy",
        "log.last",
        "journal/records-00000000.seg",
        "journal/bodies-00000000.seg",
    ];
    deployment.start().await.stop().await;
    for (n, file) in files.iter().enumerate() {
        std::fs::copy(data.join(file), backup.path().join(n.to_string())).unwrap();
    }
    let server = deployment.start().await;
    let (_, _, receipt) = submit(&deployment, &server).await;
    server.stop().await;
    for (n, file) in files.iter().enumerate() {
        std::fs::copy(backup.path().join(n.to_string()), data.join(file)).unwrap();
    }
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    assert_eq!(client.challenge.origin, ORIGIN);
    let login = client.login(&deployment.lan, Some(receipt.checkpoint));
    client.send(Body::Login(login.into())).await;
    let error = server.ended().await.unwrap_err();
    assert_eq!(error.exit_code(), 8, "{error}");
}

#[tokio::test]
async fn a_checkpoint_changed_by_somebody_else_ends_the_server_without_an_answer() {
    let deployment = Deployment::new();
    let data = deployment.dir.path().join("server");
    let server = deployment.start().await;
    let old = std::fs::read(data.join("checkpoint")).unwrap();
    submit(&deployment, &server).await;
    for name in ["checkpoint", "checkpoint.copy"] {
        std::fs::write(data.join(name), &old).unwrap();
    }
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    let mut author = deployment.lan.author(StreamId::DIRECTORY);
    let key = Salt([5; 32]);
    let body = register(CHANNEL, key);
    let entry = author.entry(EntryType::StreamRegister, &body, now_ms());
    let submission = Submit {
        entry: entry.into(),
        body: body.into(),
        sides: Vec::new(),
        stream_key: Some(key),
    };
    client.send(Body::Submit(submission)).await;
    let (code, _) = client.refusal_and_close().await;
    assert_eq!(code, ErrorCode::Stopping);
    let error = server.ended().await.unwrap_err();
    assert_eq!(error.exit_code(), 6, "{error}");
}
