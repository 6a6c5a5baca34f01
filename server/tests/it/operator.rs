//! What the operator sees: health, numbers, the log; and what must never be in them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::{BASE64, HEXLOWER};
use rustix::process::Signal;
use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Null, Subscribe};
use thamvan_proto::id::StreamId;
use thamvan_server::METRICS_ADDRESS_FILE;
use thamvan_server::limits::STORAGE_FREE_BYTES_MIN;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::deployment::{Deployment, now_ms};
use crate::fixture::{CODE, Device, LAN, agency};
use crate::http::fetch;
use crate::process::Process;

static FREE: AtomicU64 = AtomicU64::new(STORAGE_FREE_BYTES_MIN);

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn metrics(address: SocketAddr) -> String {
    ask(address, "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await
}

#[tokio::test]
async fn ready_means_that_changes_are_taken_and_numbers_say_what_was_done() {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    config.free_bytes = |_| Ok(FREE.load(Ordering::SeqCst));
    config.metrics = Some("127.0.0.1:0".parse().unwrap());
    let server = deployment.start_with(config).await;
    let (dir, numbers) = (deployment.dir.path(), server.metrics.unwrap());
    let ready = fetch(dir, server.address, "/readyz").await;
    assert_eq!(
        (ready.status().as_u16(), ready.body().as_slice()),
        (200, &b"ok\n"[..])
    );
    FREE.store(STORAGE_FREE_BYTES_MIN - 1, Ordering::SeqCst);
    let ready = fetch(dir, server.address, "/readyz").await;
    assert_eq!(
        (ready.status().as_u16(), ready.body().as_slice()),
        (503, &b"storage"[..])
    );
    assert_eq!(fetch(dir, server.address, "/healthz").await.status(), 200);
    assert!(metrics(numbers).await.contains("\nthamvan_ready 0\n"));
    FREE.store(STORAGE_FREE_BYTES_MIN, Ordering::SeqCst);

    let mut client = deployment.log_in(&server, &deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency("mps", Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    client.submit(entry, body.clone()).await;
    let (stream, from) = (StreamId::DIRECTORY, 0);
    client.ok(Body::Subscribe(Subscribe { stream, from })).await;
    for _ in 0..4 {
        client.delivery().await;
    }
    let bad = author.entry(EntryType::Message, &body, now_ms());
    let submit = thamvan_proto::frame::Submit {
        entry: bad.into(),
        body: body.into(),
        sides: Vec::new(),
        stream_key: None,
    };
    let code = client.refused(Body::Submit(submit)).await;
    let text = metrics(numbers).await;
    for line in [
        "thamvan_ready 1",
        "thamvan_log_size 4",
        "thamvan_queue_jobs 0",
        "thamvan_deliveries_total 4",
        "thamvan_connections{state=\"logged_in\"} 1",
        "thamvan_requests_total{kind=\"submit\",outcome=\"ok\"} 1",
        "thamvan_requests_total{kind=\"submit\",outcome=\"refused\"} 1",
        "thamvan_requests_total{kind=\"login\",outcome=\"ok\"} 1",
        &format!("thamvan_refusals_total{{code=\"{}\"}} 1", code.as_str()),
        "thamvan_batch_jobs_count 2",
        "thamvan_batch_commit_seconds_count 2",
        &format!("thamvan_storage_free_bytes {STORAGE_FREE_BYTES_MIN}"),
    ] {
        assert!(
            text.lines().any(|one| one == line),
            "{line} is not in {text}"
        );
    }
    let line = text
        .lines()
        .find(|one| one.starts_with("thamvan_checkpoint_age_seconds "));
    assert!(line.is_some(), "{text}");
    for (request, status) in [
        (
            "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
            "405",
        ),
        ("GET /log/checkpoint HTTP/1.1\r\nhost: x\r\n\r\n", "404"),
    ] {
        let answer = ask(numbers, request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    assert_eq!(fetch(dir, server.address, "/metrics").await.status(), 404);
    server.stop().await;
}

/// Everything that must be nowhere, in each way of writing it.
fn canaries(deployment: &Deployment, body: &[u8], entry: &[u8]) -> Vec<String> {
    let mut canaries = vec![CODE.to_owned(), CANARY.to_owned(), "127.0.0.1:".to_owned()];
    let device = deployment.admin.fact.device.0;
    let stranger = Device::new(77, LAN).fact.device.0;
    for bytes in [
        &device[..],
        &stranger,
        CODE.as_bytes(),
        CANARY.as_bytes(),
        body,
        &entry[..32],
    ] {
        canaries.push(HEXLOWER.encode(bytes));
        canaries.push(BASE64.encode(bytes).trim_end_matches('=').to_owned());
        let decimal = format!("{bytes:?}");
        canaries.push(decimal.trim_matches(['[', ']']).to_owned());
    }
    for official in ["admin@mofa", "lan@mofa", "minh@moit"] {
        canaries.push(official.to_owned());
    }
    canaries
}

#[tokio::test]
async fn neither_the_log_at_trace_nor_the_numbers_hold_content_codes_devices_or_addresses() {
    let mut deployment = Deployment::new();
    let config = std::fs::read_to_string(deployment.config_file()).unwrap();
    let config = format!("{config}metrics = \"127.0.0.1:0\"\n");
    std::fs::write(deployment.config_file(), config).unwrap();
    deployment.listen_anywhere();
    deployment.trace = Some("trace");
    let server = Process::start(&deployment);
    let (dir, address) = (deployment.dir.path(), server.address);

    let mut client = Client::connect(dir, address).await;
    client.ok(Body::Enrol(deployment.minh.enrol())).await;
    client.log_in(&deployment.admin).await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let body = cbor::to_vec(&agency(CANARY, Vec::new()));
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    client.submit(entry.clone(), body.clone()).await;
    let (stream, from) = (StreamId::DIRECTORY, 0);
    client.ok(Body::Subscribe(Subscribe { stream, from })).await;
    client.ok(Body::ListStreams(Null)).await;
    let mut thief = Client::connect(dir, address).await;
    let login = thief.login(&Device::new(77, LAN), None);
    assert_eq!(
        thief.refused(Body::Login(login.into())).await,
        ErrorCode::UnknownDevice
    );
    let mut garbage = Client::connect(dir, address).await;
    garbage
        .send_raw(Message::binary(CANARY.as_bytes().to_vec()))
        .await;
    garbage.refusal_and_close().await;
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(CANARY.as_bytes()).await.unwrap();
    fetch(dir, address, &format!("/log/{CANARY}")).await;
    std::fs::write(dir.join("server/tls.pem"), "no certificate").unwrap();
    server.signal(Signal::HUP);
    server
        .wait_for("the TLS certificate stays as it was", 1)
        .await;

    let at = std::fs::read_to_string(dir.join("server").join(METRICS_ADDRESS_FILE)).unwrap();
    let numbers = metrics(at.trim().parse().unwrap()).await;
    assert!(numbers.contains("thamvan_log_size 4"));
    drop((client, thief, garbage));
    server.signal(Signal::TERM);
    let ended = server.ended();
    assert!(ended.status.success(), "{ended:?}");
    // The search would find something that is there.
    assert!(ended.log.contains("TLS handshake failed"), "{}", ended.log);
    for line in ended.log.lines() {
        assert!(line.starts_with('{'), "not JSON: {line}");
    }
    for canary in canaries(&deployment, &body, &entry) {
        assert!(!ended.log.contains(&canary), "{canary} in {}", ended.log);
        assert!(!numbers.contains(&canary), "{canary} in {numbers}");
    }
}

const CANARY: &str = "chim_hoang_yen_4711";
