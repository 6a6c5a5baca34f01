//! Peers that are slow, silent, or send what costs them nothing: each is ended, and nobody else waits for it.

use std::time::Duration;

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, KeyPackageUpload, Null};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::client::tls;
use crate::deployment::{Deployment, Running, now_ms};

async fn impatient() -> (Deployment, Running) {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    let times = &mut config.timeouts;
    for time in [
        &mut times.tls,
        &mut times.http_head,
        &mut times.login,
        &mut times.frame,
    ] {
        *time = SHORT;
    }
    let server = deployment.start_with(config).await;
    (deployment, server)
}

/// Sends `bytes` one by one for as long as the server listens; it must end that.
async fn drip<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(io: S, bytes: &[u8]) {
    let (mut reader, mut writer) = tokio::io::split(io);
    let ended = timeout(PATIENCE, async {
        let sender = async {
            for byte in bytes.iter().cycle() {
                if writer.write_all(&[*byte]).await.is_err() || writer.flush().await.is_err() {
                    return;
                }
                tokio::time::sleep(SHORT / 10).await;
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            () = sender => {}
            _ = reader.read_to_end(&mut rest) => {}
        }
    });
    assert!(ended.await.is_ok(), "the server listens for ever");
}

#[tokio::test]
async fn a_half_open_handshake_ends() {
    let (_deployment, server) = impatient().await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    // A record of a ClientHello that never comes.
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(&[22, 3, 1, 2, 0, 1, 0]).await.unwrap();
    for mut socket in [silent, half] {
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, socket.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a half-open handshake stays");
    }
    let dripping = TcpStream::connect(server.address).await.unwrap();
    drip(dripping, &[22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3]).await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_byte_by_byte_and_a_silent_connection_end() {
    let (deployment, server) = impatient().await;
    let dir = deployment.dir.path();
    drip(
        tls(dir, server.address).await,
        b"GET /healthz HTTP/1.1\r\nx: y",
    )
    .await;
    // After an answer too: a connection is not kept alive for nothing.
    let mut silent = tls(dir, server.address).await;
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    silent.write_all(request).await.unwrap();
    silent.flush().await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(PATIENCE, silent.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "a connection without requests stays");
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_log_in_is_left() {
    let (deployment, server) = impatient().await;
    let mut silent = deployment.connect(&server).await;
    let closed = timeout(PATIENCE, silent.closed()).await;
    assert_eq!(closed.unwrap(), Some(CloseCode::Normal));
    let mut dripping = deployment.connect(&server).await;
    assert!(ends_while_dripping(&mut dripping, 100).await);
    server.stop().await;
}

/// Announces a frame of `len` bytes and sends it as slowly as it can; says whether the server ends that.
async fn ends_while_dripping(client: &mut crate::client::Client, len: u16) -> bool {
    let [high, low] = len.to_be_bytes();
    if len < 126 {
        client.write_raw(&[0x82, 0x80 | low, 0, 0, 0, 0]).await;
    } else {
        client.write_raw(&[0x82, 0xfe, high, low, 0, 0, 0, 0]).await;
    }
    for _ in 0..PATIENCE.as_millis() / (SHORT / 10).as_millis() {
        if !client.write_raw(&[0]).await {
            return true;
        }
        let wait = timeout(SHORT / 10, client.try_receive());
        if matches!(wait.await, Ok(None)) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_frame_byte_by_byte_ends_the_connection_and_holds_nobody_up() {
    let (deployment, server) = impatient().await;
    // As many long frames as one device may have under way, and one more.
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut client = deployment.log_in(&server, &deployment.lan).await;
        client
            .announce(&[0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0])
            .await;
        slow.push(client);
    }
    let package = || KeyPackageUpload {
        key_package: vec![1; 8_000].into(),
        expires: now_ms() + 60_000,
        last_resort: false,
    };
    let long = Body::PutKeyPackages((0..10).map(|_| package()).collect());
    let mut other = deployment.log_in(&server, &deployment.admin).await;
    other.ok(long.clone()).await;
    for client in &mut slow {
        assert!(timeout(PATIENCE, client.closed()).await.is_ok());
    }
    let mut dripping = deployment.log_in(&server, &deployment.lan).await;
    assert!(ends_while_dripping(&mut dripping, 1_000).await);
    // All places of this device are free again.
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    client.ok(long).await;
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_pings_ends_the_connection_and_single_ones_are_answered() {
    let (deployment, server) = impatient().await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    for n in 0..10 {
        client.send_raw(Message::Ping(vec![n].into())).await;
    }
    client.ok(Body::ListStreams(Null)).await;
    assert_eq!(client.pongs, (0..10).map(|n| vec![n]).collect::<Vec<_>>());
    let ping = [0x89, 0x80, 0, 0, 0, 0];
    client.write_raw(&ping.repeat(10_000)).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::RateLimited, Some(CloseCode::Policy)));
    server.stop().await;
}

#[tokio::test]
async fn a_frame_in_parts_is_taken_and_one_in_endless_empty_parts_is_not() {
    let (deployment, server) = impatient().await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    // [19, 1, null] in two parts with a ping and an empty part between them.
    let parts = [
        &[0x02, 0x82, 0, 0, 0, 0, 0x83, 19][..],
        &[0x89, 0x80, 0, 0, 0, 0],
        &[0x00, 0x80, 0, 0, 0, 0],
        &[0x80, 0x82, 0, 0, 0, 0, 1, 0xf6],
    ];
    assert!(client.write_raw(&parts.concat()).await);
    assert!(matches!(client.receive().await.body, Body::Ok(_)));
    let mut endless = vec![0x02, 0x80, 0, 0, 0, 0];
    endless.extend([0x00, 0x80, 0, 0, 0, 0].repeat(5_000));
    client.write_raw(&endless).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::Malformed, Some(CloseCode::Policy)));
    // Many whole ones that are empty are no frames either.
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    client
        .write_raw(&[0x82, 0x80, 0, 0, 0, 0].repeat(100))
        .await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::Malformed, Some(CloseCode::Policy)));
    server.stop().await;
}

#[tokio::test]
async fn a_peer_that_never_reads_is_left() {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    config.timeouts.idle = SHORT;
    config.limits.device_requests.burst = 10_000_000;
    let server = deployment.start_with(config).await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    // Answers fill the sockets, then the server's queue, and then it reads nothing more either.
    let ended = timeout(PATIENCE, async {
        while client.try_send(Body::ListStreams(Null)).await.is_some() {}
    });
    assert!(ended.await.is_ok(), "the server waits for ever");
    deployment.log_in(&server, &deployment.lan).await;
    server.stop().await;
}

const SHORT: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(30);
