//! A disk that is nearly full.

use std::sync::atomic::{AtomicU64, Ordering};

use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Answer, Body, KeyPackageUpload, Null, StreamInfo, Submit, Subscribe};
use thamvan_proto::id::StreamId;
use thamvan_server::free_bytes;
use thamvan_server::limits::STORAGE_FREE_BYTES_MIN;

use crate::deployment::{Deployment, now_ms};
use crate::fixture::agency;

static FREE: AtomicU64 = AtomicU64::new(STORAGE_FREE_BYTES_MIN);

#[tokio::test]
async fn a_nearly_full_disk_refuses_what_is_new_and_still_answers_what_is_known() {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    config.free_bytes = |_| Ok(FREE.load(Ordering::SeqCst));
    let server = deployment.start_with(config).await;
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let receipt = client.submit(entry.clone(), body.clone()).await;

    FREE.store(STORAGE_FREE_BYTES_MIN - 1, Ordering::SeqCst);
    let next = author.entry(EntryType::Statement, &body, now_ms());
    let submit = Submit {
        entry: next.clone().into(),
        body: body.clone().into(),
        sides: Vec::new(),
        stream_key: None,
    };
    let package = KeyPackageUpload {
        key_package: vec![1; 8].into(),
        expires: now_ms() + 60_000,
        last_resort: false,
    };
    for new in [Body::Submit(submit), Body::PutKeyPackages(vec![package])] {
        assert_eq!(client.refused(new).await, ErrorCode::StorageFull);
    }
    assert_eq!(client.submit(entry, body.clone()).await, receipt);
    let none = client.ok(Body::PutKeyPackages(Vec::new())).await;
    assert_eq!(none, Answer::new(&[0_u64]));
    let streams: Vec<StreamInfo> = client.ok(Body::ListStreams(Null)).await.open().unwrap();
    assert_eq!(streams[0].size, 4);
    let (stream, from) = (StreamId::DIRECTORY, 3);
    client.ok(Body::Subscribe(Subscribe { stream, from })).await;
    assert_eq!(client.delivery().await.record, receipt.record);

    FREE.store(STORAGE_FREE_BYTES_MIN, Ordering::SeqCst);
    let receipt = client.submit(next, body).await;
    assert_eq!(receipt.index, 4);
    server.stop().await;
}

#[test]
fn the_file_system_tells_its_free_space() {
    let dir = tempfile::tempdir().unwrap();
    assert!(free_bytes(dir.path()).unwrap() > 0);
    assert!(free_bytes(&dir.path().join("absent")).is_err());
}
