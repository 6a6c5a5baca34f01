//! Peers that send anything: every answer is bounded, and the witness goes on.

use std::io::{Read, Write};
use std::time::Instant;

use thamvan_proto::tlog::ADD_CHECKPOINT_LEN_MAX;
use thamvan_witness::limits::{BODY_TIMEOUT, CONNECTIONS_MAX, HEAD_TIMEOUT};

use crate::bench::{Folder, TestLog, read_reply};

fn log() -> TestLog {
    TestLog::new("log.example/2026", 1)
}

#[test]
fn no_changed_byte_of_a_request_is_granted() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    let body = log.request(9, 12).to_string().into_bytes();
    for position in 0..body.len() {
        for mask in [1, 0x80] {
            let mut changed = body.clone();
            changed[position] ^= mask;
            let status = witness.post(&changed).status;
            let expected = [400, 403, 404, 409, 422].contains(&status);
            assert!(expected, "{position} {mask}: {status}");
        }
        assert_eq!(witness.post(&body[..position]).status, 400, "{position}");
    }
    assert_eq!(witness.post(&body).status, 200);
}

#[test]
fn garbage_and_oversized_requests_are_refused() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    for body in [
        Vec::new(),
        b"\n\n".to_vec(),
        vec![0xff; 100],
        vec![0; ADD_CHECKPOINT_LEN_MAX],
        b"old 0\n\n\n\n\xe2\x80\x94 x AAAAAAA=\n".to_vec(),
    ] {
        assert_eq!(witness.post(&body).status, 400);
    }
    let too_long = vec![b'a'; ADD_CHECKPOINT_LEN_MAX + 1];
    assert_eq!(witness.post(&too_long).status, 413);
    let head = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\n";
    let claimed = format!("{head}Content-Length: 1000000000000\r\n\r\n");
    assert_eq!(witness.send(claimed.as_bytes()).status, 413);
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(b"1000\r\n");
        chunked.extend_from_slice(&[b'a'; 0x1000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(witness.send(&chunked).status, 413);
    let many = "X: y\r\n".repeat(65);
    assert_eq!(
        witness.send(format!("{head}{many}\r\n").as_bytes()).status,
        431
    );
    let long = "y".repeat(20_000);
    assert_eq!(
        witness
            .send(format!("{head}X: {long}\r\n\r\n").as_bytes())
            .status,
        431
    );
    for bytes in [
        &b"\r\n\r\n"[..],
        b"GET",
        b"\x16\x03\x01\x02\x00\x01\x00",
        &[0xff; 9000],
    ] {
        let mut socket = witness.connect();
        let _ = socket.write_all(bytes);
        let _ = socket.shutdown(std::net::Shutdown::Write);
        assert_ne!(read_reply(&mut socket).status, 200);
    }
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
}

#[test]
fn slow_peers_are_cut_off_and_idle_ones_make_room() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    let begun = Instant::now();
    let head = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold 0\n";
    // Says nothing; half a head; half a body; one whole request and then nothing.
    let starts = [
        "",
        "GET /healthz HT",
        head,
        "GET /healthz HTTP/1.1\r\nHost: w\r\n\r\n",
    ];
    let mut sockets: Vec<_> = (0..CONNECTIONS_MAX)
        .map(|number| {
            let mut socket = witness.connect();
            let start = starts[number % starts.len()];
            socket.write_all(start.as_bytes()).unwrap();
            socket
        })
        .collect();
    // No connection is free; this one waits for those to be cut off.
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    for socket in &mut sockets {
        let _ = socket.read_to_end(&mut Vec::new());
    }
    let (taken, longest) = (begun.elapsed(), HEAD_TIMEOUT + BODY_TIMEOUT);
    assert!(taken < longest * 2, "{taken:?}");
    assert_eq!(witness.get("/healthz").status, 200);
}

#[test]
fn a_peer_that_leaves_early_changes_nothing_for_the_next() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    let body = log.request(0, 9).to_string();
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    for cut in [0, 10, body.len() - 1, body.len()] {
        let mut socket = witness.connect();
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(&body.as_bytes()[..cut]).unwrap();
    }
    // The last one may have been cosigned: its answer is lost, its state is not.
    let reply = witness.submit(&log.request(0, 9));
    assert!(reply.status == 200 || reply.body == "9\n", "{reply:?}");
    assert_eq!(witness.submit(&log.request(9, 12)).status, 200);
}
