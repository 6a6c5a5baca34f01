//! Blobs over real TLS: pieces, broken connections, restarts, faults, and who may not.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use thamvan_proto::cbor;
use thamvan_proto::directory::{DeviceRevoke, Statement};
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{BlobCapability, BlobGrant, BlobVerb, Body};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::{BLOB_CHUNK_LEN_MAX, BLOB_LEN_MAX};
use thamvan_server::limits::{BLOB_UPLOADS_PER_DEVICE_MAX, STORAGE_FREE_BYTES_MIN};
use thamvan_server::{Backup, backup, restore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::channel;
use crate::client::{Client, tls};
use crate::deployment::{CHANNEL, Deployment, Running, now_ms};
use crate::fixture::Device;
use crate::process::{EIO, ENOSPC, Fault, Plan, Process};

const OTHER: StreamId = StreamId([10; 16]);

/// A deployment with lan's channel, and a server on it in this process.
async fn served() -> (Deployment, Running) {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut directory = deployment.lan.author(StreamId::DIRECTORY);
    channel::start(&deployment, server.address, &mut directory, CHANNEL).await;
    (deployment, server)
}

/// A blob of `len` bytes that differs from others by `n`.
fn blob(n: u8, len: usize) -> Vec<u8> {
    let counted = (0..len).map(|at| n.wrapping_add(u8::try_from(at % 251).unwrap()));
    counted.collect()
}

/// One device with its socket, and requests of its own.
struct Peer<'a> {
    deployment: &'a Deployment,
    address: SocketAddr,
    socket: Client,
}

/// Status, offset, body.
type Answer = (u16, Option<u64>, Vec<u8>);

impl<'a> Peer<'a> {
    async fn new(deployment: &'a Deployment, address: SocketAddr, device: &Device) -> Self {
        let mut socket = Client::connect(deployment.dir.path(), address).await;
        socket.log_in(device).await;
        Self {
            deployment,
            address,
            socket,
        }
    }

    async fn lan(deployment: &'a Deployment, address: SocketAddr) -> Self {
        Self::new(deployment, address, &deployment.lan).await
    }

    async fn grant(&mut self, bytes: &[u8], verb: BlobVerb) -> BlobGrant {
        let asked = asked(bytes, verb, CHANNEL);
        let answer = self.socket.ok(Body::BlobCapability(asked)).await;
        answer.open().unwrap()
    }

    async fn refused(&mut self, asked: BlobCapability) -> ErrorCode {
        self.socket.refused(Body::BlobCapability(asked)).await
    }

    async fn send(
        &self,
        method: Method,
        hash: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let stream = tls(self.deployment.dir.path(), self.address).await;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/blob/{hash}"))
            .header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body)))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let offset = response.headers().get("upload-offset");
        let offset = offset.map(|it| it.to_str().unwrap().parse().unwrap());
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, offset, body.to_vec())
    }

    async fn offset(&self, token: &str, bytes: &[u8]) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(
            Method::HEAD,
            &hex(bytes),
            &[("authorization", &bearer)],
            &[],
        )
        .await
    }

    async fn put(&self, token: &str, bytes: &[u8], range: std::ops::Range<usize>) -> Answer {
        let bearer = format!("Bearer {token}");
        let content = content_range(&range, bytes.len());
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-range", &content),
        ];
        self.send(Method::PUT, &hex(bytes), &headers, &bytes[range])
            .await
    }

    async fn get(&self, token: &str, bytes: &[u8], range: Option<&str>) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(range.map(|range| ("range", range)));
        self.send(Method::GET, &hex(bytes), &headers, &[]).await
    }

    /// Uploads `bytes` as a client would: asks, finds out how far it is, sends pieces.
    async fn upload(&mut self, bytes: &[u8]) -> u16 {
        let grant = self.grant(bytes, BlobVerb::Put).await;
        let (_, offset, _) = self.offset(&grant.token, bytes).await;
        let mut at = usize::try_from(offset.unwrap()).unwrap();
        loop {
            let end = bytes.len().min(at + PIECE);
            let (status, offset, _) = self.put(&grant.token, bytes, at..end).await;
            if status != 202 {
                return status;
            }
            at = usize::try_from(offset.unwrap()).unwrap();
        }
    }

    async fn download(&mut self, bytes: &[u8]) -> Vec<u8> {
        let grant = self.grant(bytes, BlobVerb::Get).await;
        assert_eq!(grant.size, bytes.len() as u64);
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            let range = format!("bytes={}-", got.len());
            let (status, _, piece) = self.get(&grant.token, bytes, Some(&range)).await;
            assert_eq!(status, 206);
            got.extend(piece);
        }
        got
    }

    /// Begins a piece and goes in the middle of it.
    async fn break_off(&self, token: &str, bytes: &[u8], range: std::ops::Range<usize>) {
        let mut stream = self.begin_put(token, bytes, &range).await;
        let half = range.start..range.start + range.len() / 2;
        stream.write_all(&bytes[half]).await.unwrap();
        stream.shutdown().await.unwrap();
        // Once the server has closed its side, it has given the piece up.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }

    /// Sends all of a blob to a server that dies of it.
    async fn break_off_after(&self, token: &str, bytes: &[u8]) {
        let mut stream = self.begin_put(token, bytes, &(0..bytes.len())).await;
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    }

    /// The head of a request with the piece `range`, which is to follow.
    async fn begin_put(
        &self,
        token: &str,
        bytes: &[u8],
        range: &std::ops::Range<usize>,
    ) -> TlsStream<TcpStream> {
        let mut stream = tls(self.deployment.dir.path(), self.address).await;
        let head = format!(
            "PUT /blob/{} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-range: {}\r\ncontent-length: {}\r\n\r\n",
            hex(bytes),
            content_range(range, bytes.len()),
            range.len(),
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

fn hex(bytes: &[u8]) -> String {
    format!("{:?}", sha256(bytes))
}

fn content_range(range: &std::ops::Range<usize>, size: usize) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

fn asked(bytes: &[u8], verb: BlobVerb, stream: StreamId) -> BlobCapability {
    BlobCapability {
        hash: sha256(bytes),
        verb,
        size: if verb == BlobVerb::Put {
            bytes.len() as u64
        } else {
            0
        },
        stream,
    }
}

#[tokio::test]
async fn a_blob_in_pieces_survives_a_broken_connection_and_is_read_in_ranges() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let bytes = blob(1, 3 * PIECE + 17);
    let grant = lan.grant(&bytes, BlobVerb::Put).await;
    assert_eq!(
        lan.offset(&grant.token, &bytes).await,
        (200, Some(0), vec![])
    );
    let first = lan.put(&grant.token, &bytes, 0..PIECE).await;
    assert_eq!(first, (202, Some(PIECE as u64), vec![]));
    lan.break_off(&grant.token, &bytes, PIECE..2 * PIECE).await;
    let (_, offset, _) = lan.offset(&grant.token, &bytes).await;
    assert_eq!(offset, Some(PIECE as u64));
    assert_eq!(lan.upload(&bytes).await, 201);
    assert_eq!(
        lan.offset(&grant.token, &bytes).await.1,
        Some(bytes.len() as u64)
    );
    // Again is no harm, and no second upload.
    assert_eq!(lan.upload(&bytes).await, 200);

    assert_eq!(lan.download(&bytes).await, bytes);
    // The approver of the founding record reads the stream, and so its blobs.
    let mut approver = Peer::new(&deployment, server.address, &deployment.approver).await;
    let grant = approver.grant(&bytes, BlobVerb::Get).await;
    let whole = approver.get(&grant.token, &bytes, None).await;
    assert_eq!((whole.0, whole.2 == bytes), (200, true));
    let part = approver.get(&grant.token, &bytes, Some("bytes=5-9")).await;
    assert_eq!((part.0, part.2), (206, bytes[5..10].to_vec()));
    let past = format!("bytes={}-", bytes.len());
    assert_eq!(approver.get(&grant.token, &bytes, Some(&past)).await.0, 416);
    assert!(
        std::fs::read_dir(deployment.dir.path().join("server/uploads"))
            .unwrap()
            .next()
            .is_none()
    );
    server.stop().await;
}

#[tokio::test]
async fn a_large_blob_is_sent_and_read_piece_by_piece_only() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let most = usize::try_from(BLOB_CHUNK_LEN_MAX).unwrap();
    let bytes = blob(2, most + 1);
    let grant = lan.grant(&bytes, BlobVerb::Put).await;
    assert_eq!(lan.put(&grant.token, &bytes, 0..most + 1).await.0, 413);
    assert_eq!(lan.put(&grant.token, &bytes, 0..most).await.0, 202);
    assert_eq!(lan.put(&grant.token, &bytes, most..most + 1).await.0, 201);
    let grant = lan.grant(&bytes, BlobVerb::Get).await;
    assert_eq!(lan.get(&grant.token, &bytes, None).await.0, 400);
    assert_eq!(lan.download(&bytes).await, bytes);
    let mut asked = asked(&bytes, BlobVerb::Put, CHANNEL);
    asked.size = BLOB_LEN_MAX + 1;
    assert_eq!(lan.refused(asked).await, ErrorCode::TooLarge);
    server.stop().await;
}

#[tokio::test]
async fn other_bytes_than_the_hash_names_are_discarded() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let bytes = blob(3, 100);
    let grant = lan.grant(&bytes, BlobVerb::Put).await;
    let mut wrong = bytes.clone();
    wrong[99] ^= 1;
    let bearer = format!("Bearer {}", grant.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-range", "bytes 0-99/100"),
    ];
    let (status, _, words) = lan.send(Method::PUT, &hex(&bytes), &headers, &wrong).await;
    assert_eq!(status, 422);
    assert!(String::from_utf8(words).unwrap().contains("discarded"));
    assert_eq!(lan.offset(&grant.token, &bytes).await.1, Some(0));
    let get = asked(&bytes, BlobVerb::Get, CHANNEL);
    assert_eq!(lan.refused(get).await, ErrorCode::NotFound);
    let store = deployment.dir.path().join("server/blobs");
    assert_eq!(std::fs::read_dir(store).unwrap().count(), 0);
    assert_eq!(lan.upload(&bytes).await, 201);
    server.stop().await;
}

#[tokio::test]
async fn pieces_come_in_order_and_are_what_they_say() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let bytes = blob(4, 100);
    let grant = lan.grant(&bytes, BlobVerb::Put).await;
    assert_eq!(lan.put(&grant.token, &bytes, 10..20).await.1, Some(0));
    assert_eq!(lan.put(&grant.token, &bytes, 0..10).await.0, 202);
    let gap = lan.put(&grant.token, &bytes, 20..30).await;
    let again = lan.put(&grant.token, &bytes, 0..10).await;
    assert_eq!(
        (gap.0, gap.1, again.0, again.1),
        (409, Some(10), 409, Some(10))
    );
    let bearer = format!("Bearer {}", grant.token);
    for (range, body) in [
        (None, &bytes[10..20]),
        (Some("bytes 10-19/101"), &bytes[10..20]),
        (Some("bytes 10-19/*"), &bytes[10..20]),
        (Some("bytes 19-10/100"), &bytes[10..20]),
        (Some("bytes 10-100/100"), &bytes[10..20]),
        (Some("bytes 10-19/100"), &bytes[10..21]),
        (Some("bytes 10-19/100"), &bytes[10..19]),
    ] {
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(range.map(|range| ("content-range", range)));
        let answer = lan.send(Method::PUT, &hex(&bytes), &headers, body).await;
        assert_eq!(answer.0, 400, "{range:?} {}", body.len());
    }
    assert_eq!(lan.put(&grant.token, &bytes, 10..100).await.0, 201);
    server.stop().await;
}

#[tokio::test]
async fn a_capability_is_for_its_device_blob_verb_and_server() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let (bytes, other) = (blob(5, 100), blob(6, 100));
    assert_eq!(lan.upload(&other).await, 201);
    let put = lan.grant(&bytes, BlobVerb::Put).await;
    assert!(put.expires > now_ms());
    for token in ["", "AAAA", &put.token[1..], &format!("{}A", put.token)] {
        assert_eq!(lan.put(token, &bytes, 0..100).await.0, 401);
    }
    let range = [("content-range", "bytes 0-99/100")];
    assert_eq!(
        lan.send(Method::PUT, &hex(&bytes), &range, &bytes).await.0,
        401
    );
    // Another blob, another verb, another method, another path.
    assert_eq!(lan.put(&put.token, &other, 0..100).await.0, 403);
    assert_eq!(lan.get(&put.token, &bytes, None).await.0, 403);
    let get = lan.grant(&other, BlobVerb::Get).await;
    assert_eq!(lan.put(&get.token, &other, 0..100).await.0, 403);
    assert_eq!(
        lan.send(Method::DELETE, &hex(&bytes), &[], &[]).await.0,
        405
    );
    for path in [
        "",
        "..",
        "AB",
        &hex(&bytes)[1..],
        &hex(&bytes).to_uppercase(),
    ] {
        assert_eq!(lan.send(Method::GET, path, &[], &[]).await.0, 404, "{path}");
    }
    // The approver reads the stream and writes nothing in it.
    let mut approver = Peer::new(&deployment, server.address, &deployment.approver).await;
    let upload = asked(&bytes, BlobVerb::Put, CHANNEL);
    assert_eq!(
        approver.refused(upload.clone()).await,
        ErrorCode::NotPermitted
    );
    // A revoked device's capability ends at once.
    revoke_lan(&deployment, server.address).await;
    assert_eq!(lan.put(&put.token, &bytes, 0..100).await.0, 403);
    assert_eq!(lan.get(&get.token, &other, None).await.0, 403);
    assert_eq!(lan.refused(upload).await, ErrorCode::UnknownDevice);
    server.stop().await;
}

async fn revoke_lan(deployment: &Deployment, address: SocketAddr) {
    let revoke = Statement::DeviceRevoke(DeviceRevoke {
        device: deployment.lan.fact.device,
        reason: "lost".into(),
    });
    let body = cbor::to_vec(&revoke);
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let entry = author.entry(EntryType::Statement, &body, now_ms());
    let mut admin = Peer::new(deployment, address, &deployment.admin).await;
    admin.socket.submit(entry, body).await;
}

#[tokio::test]
async fn only_readers_of_a_stream_have_its_blobs_and_a_hash_is_no_right() {
    let mut deployment = Deployment::new();
    let server = deployment.start().await;
    let fact = Statement::DeviceEnrol(deployment.minh.fact.clone());
    let root = deployment.authority.state(vec![fact], Vec::new(), now_ms());
    let mut enrol = deployment.minh.enrol();
    enrol.root = Some(root);
    deployment
        .connect(&server)
        .await
        .ok(Body::Enrol(enrol))
        .await;
    let mut directory = deployment.lan.author(StreamId::DIRECTORY);
    for stream in [CHANNEL, OTHER] {
        channel::start(&deployment, server.address, &mut directory, stream).await;
    }
    let mut lan = Peer::lan(&deployment, server.address).await;
    let mut minh = Peer::new(&deployment, server.address, &deployment.minh).await;
    let bytes = blob(7, 100);
    assert_eq!(lan.upload(&bytes).await, 201);
    let get = asked(&bytes, BlobVerb::Get, CHANNEL);
    assert_eq!(minh.refused(get).await, ErrorCode::NotFound);
    let put = asked(&bytes, BlobVerb::Put, CHANNEL);
    assert_eq!(minh.refused(put).await, ErrorCode::NotPermitted);
    // For another stream the same bytes are uploaded again: nobody learns that the server has them, or gets them by name.
    let elsewhere = asked(&bytes, BlobVerb::Get, OTHER);
    assert_eq!(lan.refused(elsewhere).await, ErrorCode::NotFound);
    let put = asked(&bytes, BlobVerb::Put, OTHER);
    let answer = lan.socket.ok(Body::BlobCapability(put)).await;
    let grant: BlobGrant = answer.open().unwrap();
    assert_eq!(lan.offset(&grant.token, &bytes).await.1, Some(0));
    assert_eq!(lan.put(&grant.token, &bytes, 0..100).await.0, 201);
    assert_eq!(lan.download(&bytes).await, bytes);
    server.stop().await;
}

#[tokio::test]
async fn unfinished_uploads_of_a_device_are_counted() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    for n in 0..=u8::try_from(BLOB_UPLOADS_PER_DEVICE_MAX).unwrap() {
        let bytes = blob(n, 100);
        let grant = lan.grant(&bytes, BlobVerb::Put).await;
        let fits = usize::from(n) < BLOB_UPLOADS_PER_DEVICE_MAX;
        let expected = if fits { 202 } else { 429 };
        assert_eq!(lan.put(&grant.token, &bytes, 0..10).await.0, expected);
    }
    // One finished makes room for another.
    assert_eq!(lan.upload(&blob(0, 100)).await, 201);
    assert_eq!(lan.upload(&blob(200, 100)).await, 201);
    server.stop().await;
}

static FREE: AtomicU64 = AtomicU64::new(u64::MAX);

#[tokio::test]
async fn a_nearly_full_disk_takes_no_blob() {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    config.free_bytes = |_| Ok(FREE.load(Ordering::SeqCst));
    let server = deployment.start_with(config).await;
    let mut directory = deployment.lan.author(StreamId::DIRECTORY);
    channel::start(&deployment, server.address, &mut directory, CHANNEL).await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let bytes = blob(8, 100);
    FREE.store(STORAGE_FREE_BYTES_MIN + 199, Ordering::SeqCst);
    let put = asked(&bytes, BlobVerb::Put, CHANNEL);
    assert_eq!(lan.refused(put).await, ErrorCode::StorageFull);
    FREE.store(STORAGE_FREE_BYTES_MIN + 200, Ordering::SeqCst);
    let grant = lan.grant(&bytes, BlobVerb::Put).await;
    FREE.store(STORAGE_FREE_BYTES_MIN + 99, Ordering::SeqCst);
    assert_eq!(lan.put(&grant.token, &bytes, 0..100).await.0, 507);
    FREE.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(lan.put(&grant.token, &bytes, 0..100).await.0, 201);
    server.stop().await;
}

/// A deployment with lan's channel, for servers in processes of their own.
async fn prepared() -> Deployment {
    let deployment = Deployment::new();
    deployment.listen_anywhere();
    let server = Process::start(&deployment);
    let mut directory = deployment.lan.author(StreamId::DIRECTORY);
    channel::start(&deployment, server.address, &mut directory, CHANNEL).await;
    server.stop();
    deployment
}

#[tokio::test]
async fn what_was_stored_survives_kill_9_and_what_was_unfinished_begins_again() {
    let deployment = prepared().await;
    let (stored, unfinished) = (blob(9, 2 * PIECE), blob(10, 2 * PIECE));
    let server = Process::start(&deployment);
    let mut lan = Peer::lan(&deployment, server.address).await;
    assert_eq!(lan.upload(&stored).await, 201);
    let old = lan.grant(&unfinished, BlobVerb::Put).await;
    assert_eq!(lan.put(&old.token, &unfinished, 0..PIECE).await.0, 202);
    server.kill();

    let server = Process::start(&deployment);
    let mut lan = Peer::lan(&deployment, server.address).await;
    assert_eq!(lan.download(&stored).await, stored);
    // The key of capabilities went with the process.
    assert_eq!(lan.offset(&old.token, &unfinished).await.0, 401);
    let new = lan.grant(&unfinished, BlobVerb::Put).await;
    assert_eq!(lan.offset(&new.token, &unfinished).await.1, Some(0));
    assert_eq!(lan.upload(&unfinished).await, 201);
    assert_eq!(lan.download(&unfinished).await, unfinished);
    server.stop();
}

#[tokio::test]
async fn a_backup_holds_the_finished_blobs_and_no_others() {
    let (deployment, server) = served().await;
    let mut lan = Peer::lan(&deployment, server.address).await;
    let (stored, unfinished) = (blob(11, 100), blob(12, 100));
    assert_eq!(lan.upload(&stored).await, 201);
    let grant = lan.grant(&unfinished, BlobVerb::Put).await;
    assert_eq!(lan.put(&grant.token, &unfinished, 0..10).await.0, 202);
    let place = tempfile::tempdir().unwrap();
    let (out, back) = (place.path().join("register.tar"), place.path().join("back"));
    let asked = Backup {
        config_file: deployment.config_file(),
        out: out.clone(),
        with_key: true,
    };
    backup(&asked, &deployment.config()).unwrap();
    restore(&out, &back).unwrap();
    let names = std::fs::read_dir(back.join("server/blobs")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [hex(&stored).as_str()]);
    let restored = std::fs::read(back.join("server/blobs").join(hex(&stored)));
    assert_eq!(restored.unwrap(), stored);
    server.stop().await;

    // A blob that is not what its name says is not carried on.
    let kept = deployment
        .dir
        .path()
        .join("server/blobs")
        .join(hex(&stored));
    std::fs::write(kept, &unfinished).unwrap();
    let out = place.path().join("damaged.tar");
    let asked = Backup {
        out: out.clone(),
        ..asked
    };
    backup(&asked, &deployment.config()).unwrap();
    let refused = restore(&out, &place.path().join("nothing")).unwrap_err();
    assert_eq!(refused.exit_code(), 8, "{refused}");
}

#[tokio::test]
async fn a_disk_that_fails_loses_an_upload_and_nothing_else() {
    let deployment = prepared().await;
    for (n, point, number) in [
        (20, "upload-before-write", ENOSPC),
        (21, "upload-mid-write", EIO),
        (22, "upload-after-write", EIO),
        (23, "blob-before-place", ENOSPC),
        (24, "blob-after-place", EIO),
    ] {
        let fault = Fault::Error(number);
        let plan = Plan {
            point,
            count: 1,
            fault,
        };
        let server = Process::armed(&deployment, plan, None).unwrap();
        let mut lan = Peer::lan(&deployment, server.address).await;
        let bytes = blob(n, 100);
        assert_eq!(lan.upload(&bytes).await, 507, "{point}");
        let get = asked(&bytes, BlobVerb::Get, CHANNEL);
        assert_eq!(lan.refused(get).await, ErrorCode::NotFound, "{point}");
        // The next attempt finds a disk that works, and begins at the beginning.
        let grant = lan.grant(&bytes, BlobVerb::Put).await;
        assert_eq!(lan.offset(&grant.token, &bytes).await.1, Some(0), "{point}");
        assert_eq!(lan.upload(&bytes).await, 201, "{point}");
        assert_eq!(lan.download(&bytes).await, bytes, "{point}");
        server.stop();
    }
}

#[tokio::test]
async fn a_death_between_store_and_journal_binds_nothing() {
    let deployment = prepared().await;
    let bytes = blob(30, 100);
    for point in [
        "blob-before-place",
        "blob-after-place",
        "records-before-write",
    ] {
        let fault = Fault::Abort;
        let plan = Plan {
            point,
            count: 1,
            fault,
        };
        let server = Process::armed(&deployment, plan, None).unwrap();
        let mut lan = Peer::lan(&deployment, server.address).await;
        let grant = lan.grant(&bytes, BlobVerb::Put).await;
        lan.break_off_after(&grant.token, &bytes).await;
        assert!(!server.ended().status.success(), "{point}");

        let server = Process::start(&deployment);
        let mut lan = Peer::lan(&deployment, server.address).await;
        let get = asked(&bytes, BlobVerb::Get, CHANNEL);
        assert_eq!(lan.refused(get).await, ErrorCode::NotFound, "{point}");
        server.stop();
    }
    let server = Process::start(&deployment);
    let mut lan = Peer::lan(&deployment, server.address).await;
    assert_eq!(lan.upload(&bytes).await, 201);
    assert_eq!(lan.download(&bytes).await, bytes);
    server.stop();
}

/// Bytes of a piece in these tests.
const PIECE: usize = 100_000;
