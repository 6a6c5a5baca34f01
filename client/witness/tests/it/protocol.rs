//! Every answer that tlog-witness names, in the order of its text.

use std::sync::{Arc, Barrier};
use std::time::{SystemTime, UNIX_EPOCH};

use thamvan_proto::tlog::{
    Hash, Name, NoteSigner, Policy, SignedNote, TREE_SIZE_CONTENT_TYPE, parse_tree_size,
};

use crate::bench::{Folder, Reply, TestLog};

fn log() -> TestLog {
    TestLog::new("log.example/2026", 1)
}

fn assert_size(reply: &Reply, size: u64) {
    assert_eq!(reply.status, 409);
    assert_eq!(reply.content_type, TREE_SIZE_CONTENT_TYPE);
    assert_eq!(parse_tree_size(&reply.body), Some(size));
}

#[test]
fn checkpoints_are_cosigned_in_turn_and_the_latest_is_served() {
    let (log, other) = (log(), TestLog::new("other.example", 2));
    let folder = Folder::new(&[&log, &other]);
    let witness = folder.start();
    let now_s = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_secs()
    };
    assert_eq!(witness.get(&log.url()).status, 404);
    let policy = format!(
        "log {}\nwitness w1 {}\nquorum w1\n",
        log.vkey(),
        folder.made.vkey
    );
    let policy = Policy::parse(&policy).unwrap();
    // The last step is the heartbeat: the same tree again.
    for (old, new) in [(0, 0), (0, 3), (3, 4), (4, 9), (9, 32), (32, 32)] {
        let (before, reply) = (now_s(), witness.submit(&log.request(old, new)));
        let cosignature = reply.cosignature(&log.note(new), &folder.made.vkey);
        assert!((before..=now_s()).contains(&cosignature.time_s));
        assert_eq!(cosignature.witness.as_str(), "w1.example");

        let served = witness.get(&log.url());
        assert_eq!(served.status, 200);
        let note = SignedNote::parse(&served.body).unwrap();
        let opened = policy.open(&note).unwrap();
        assert_eq!(*opened.checkpoint(), log.checkpoint(new));
        assert_eq!(opened.quorum_time_s(), Some(cosignature.time_s));
    }
    // Logs do not touch each other.
    assert_eq!(witness.get(&other.url()).status, 404);
    assert_eq!(witness.submit(&other.request(0, 32)).status, 200);
    assert_eq!(witness.get("/healthz").body, "ok\n");
}

#[test]
fn every_refusal_has_its_code() {
    let (log, unknown) = (log(), TestLog::new("unknown.example", 1));
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    let served = witness.get(&log.url());

    // 404 before all else; 403 before what the body says.
    assert_eq!(witness.submit(&unknown.request(9, 8)).status, 404);
    let stranger = NoteSigner::from_seed(Name::parse("log.example/2026").unwrap(), &[8; 32]);
    let mut request = log.request(9, 8);
    request.checkpoint = SignedNote::sign(request.checkpoint.text(), &[&stranger]).unwrap();
    assert_eq!(witness.submit(&request).status, 403);
    let mut body = log.request(9, 9).to_string();
    let end = body.len() - 3;
    let digit = if &body[end - 1..end] == "A" { "B" } else { "A" };
    body.replace_range(end - 1..end, digit);
    assert_eq!(witness.post(&body).status, 403);

    // 400: an old size above the size, and what is no request.
    assert_eq!(witness.submit(&log.request(10, 9)).status, 400);
    let mut extended = log.request(9, 10);
    let text = format!("{}extension\n", extended.checkpoint.text());
    extended.checkpoint = SignedNote::sign(&text, &[&log.signer()]).unwrap();
    assert_eq!(witness.submit(&extended).status, 400);

    // 409 with the size that is held.
    for old in [0, 8, 10] {
        assert_size(&witness.submit(&log.request(old, 12)), 9);
    }

    // 422: proofs that are wrong, missing or too much.
    let mut wrong = log.request(9, 12);
    wrong.path[0] = Hash([0; 32]);
    assert_eq!(witness.submit(&wrong).status, 422);
    wrong.path.clear();
    assert_eq!(witness.submit(&wrong).status, 422);
    let mut same = log.request(9, 9);
    same.path.push(Hash([0; 32]));
    assert_eq!(witness.submit(&same).status, 422);
    let forked = TestLog::new("log.example/2026", 2);
    assert_eq!(witness.submit(&forked.request(9, 12)).status, 422);
    assert_eq!(witness.submit(&forked.request(9, 9)).status, 422);
    assert_eq!(witness.get(&log.url()), served);

    // Signatures of strangers are ignored, and not served.
    let mut request = log.request(9, 12);
    let text = request.checkpoint.text().to_owned();
    request.checkpoint = SignedNote::sign(&text, &[&stranger, &log.signer()]).unwrap();
    let reply = witness.submit(&request);
    reply.cosignature(&log.note(12), &folder.made.vkey);
    let note = SignedNote::parse(&witness.get(&log.url()).body).unwrap();
    assert_eq!(note.signatures().len(), 2);
}

#[test]
fn a_proof_from_nothing_is_empty_and_an_empty_tree_has_the_empty_root() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    let mut request = log.request(0, 5);
    request.path.push(Hash([0; 32]));
    assert_eq!(witness.submit(&request).status, 422);
    let text = format!("log.example/2026\n0\n{}\n", Hash([0; 32]).to_base64());
    let mut request = log.request(0, 0);
    request.checkpoint = SignedNote::sign(&text, &[&log.signer()]).unwrap();
    assert_eq!(witness.submit(&request).status, 422);
    assert_size(&witness.submit(&log.request(5, 6)), 0);
    assert_eq!(witness.submit(&log.request(0, 5)).status, 200);
}

#[test]
fn two_roots_of_one_size_are_kept_as_evidence() {
    let (log, forked) = (log(), TestLog::new("log.example/2026", 2));
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.submit(&log.request(0, 9)).status, 200);
    // Even where the old size alone refuses the request.
    assert_size(&witness.submit(&forked.request(3, 9)), 9);
    let kept = std::fs::read_to_string(folder.state(&log).with_extension("split")).unwrap();
    for note in [log.note(9), forked.note(9)] {
        assert!(kept.contains(note.text()));
        assert!(kept.contains(&note.signatures()[0].to_string()));
    }
}

#[test]
fn of_two_trees_of_one_size_exactly_one_is_cosigned() {
    let branches: Vec<Vec<TestLog>> = (0..12)
        .map(|log| {
            let origin = format!("log{log}.example");
            (1..=4)
                .map(|branch| TestLog::new(&origin, branch))
                .collect()
        })
        .collect();
    let folder = Folder::new(&branches.iter().map(|log| &log[0]).collect::<Vec<_>>());
    let witness = Arc::new(folder.start());
    for log in branches {
        assert_eq!(witness.submit(&log[0].request(0, 4)).status, 200);
        let barrier = Arc::new(Barrier::new(log.len()));
        let threads: Vec<_> = log
            .into_iter()
            .map(|branch| {
                let (barrier, witness) = (Arc::clone(&barrier), Arc::clone(&witness));
                std::thread::spawn(move || {
                    let request = branch.request(4, 20);
                    barrier.wait();
                    (witness.submit(&request), branch)
                })
            })
            .collect();
        let (mut granted, mut refused) = (Vec::new(), Vec::new());
        for thread in threads {
            let (reply, branch) = thread.join().unwrap();
            match reply.status {
                200 => granted.push(branch),
                _ => refused.push(reply),
            }
        }
        assert_eq!((granted.len(), refused.len()), (1, 3));
        refused.iter().for_each(|reply| assert_size(reply, 20));
        let served = witness.get(&granted[0].url());
        assert!(served.body.starts_with(granted[0].note(20).text()));
    }
}

#[test]
fn one_connection_carries_many_requests() {
    use std::io::{Read, Write};
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    let mut socket = witness.connect();
    let mut buffer = [0; 4096];
    for size in 1..=20_u64 {
        let body = log.request(size - 1, size).to_string();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all((head + &body).as_bytes()).unwrap();
        let got = socket.read(&mut buffer).unwrap();
        assert!(buffer[..got].starts_with(b"HTTP/1.1 200 OK\r\n"), "{size}");
    }
}

#[test]
fn other_paths_and_methods_are_refused() {
    let log = log();
    let folder = Folder::new(&[&log]);
    let witness = folder.start();
    assert_eq!(witness.get("/add-checkpoint").status, 405);
    let post = |path: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        witness.send(head.as_bytes()).status
    };
    assert_eq!(post(&log.url()), 405);
    assert_eq!(post("/healthz"), 405);
    for path in [
        "/",
        "/checkpoint",
        "//checkpoint",
        "/../witness.key",
        "/x/checkpoint",
    ] {
        assert_eq!(witness.get(path).status, 404, "{path}");
    }
}
