//! One message from one ministry to another, and its audit.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::deployment::{Deployment, files};

/// Words that exist in one message, one channel name, one purpose and one device's home only.
const CANARIES: [&str; 4] = [
    "Bạch Đằng giang 7261",
    "Tham vấn thử",
    "Trao đổi thử",
    "đề nghị cho ý kiến",
];

#[test]
fn s12_a_message_is_read_by_its_member_and_by_nobody_else_and_the_audit_is_ok() {
    let mut deployment = Deployment::new();
    let report: Value = serde_json::from_str(&deployment.text("report.json")).unwrap();
    assert_eq!(report["verdict"], "ok");
    assert_eq!(report["checked"]["commits"], 1);

    deployment.start_server();
    let channel = deployment.text("channel");
    let mut follower = deployment
        .command("moit")
        .args(["read", &channel, "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let earlier: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(earlier["sender"]["official"], "lan@mofa");
    // Cosigned again since the start, or not yet.
    assert!(earlier["state"] == "logged" || earlier["state"] == "witnessed");
    assert_eq!(earlier["label"], "internal");
    let _own: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();

    let sent = deployment.ok("mofa", &["send", &channel, CANARIES[0]]);
    let followed: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    follower.kill().unwrap();
    follower.wait().unwrap();
    assert_eq!(followed["text"], CANARIES[0]);
    for key in [
        "entry", "index", "seq", "time_ms", "sender", "label", "type",
    ] {
        assert_eq!(followed[key], sent[key], "{key}");
    }

    let auditor = deployment.ok("auditor", &["read", &channel]);
    // Three texts and the one that opened the channel's name, none of which the auditor can tell from another.
    assert_eq!(auditor.as_array().unwrap().len(), 4);
    assert!(
        auditor
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["text"].is_null())
    );

    let copy = deployment.path("audit");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    let verified = deployment.verify(&copy);
    assert_eq!(
        (verified.code, &verified.json["verdict"]),
        (0, &Value::from("ok"))
    );
    no_canary_in(&deployment);
    every_file_is_covered(&deployment, &copy);
}

/// Neither the server's folder and log, nor what the auditor holds, nor the administrator's encrypted home.
fn no_canary_in(deployment: &Deployment) {
    let places = [
        "server",
        "server.log",
        "audit",
        "homes/admin",
        "homes/mofa",
        "report.json",
        "witnesses",
        "w1.log",
    ];
    let scanned = deployment.scan(&places, &CANARIES);
    assert!(scanned > 100_000);
}

/// One byte changed anywhere in any file is a finding with a code, and exit code 3.
fn every_file_is_covered(deployment: &Deployment, copy: &Path) {
    for file in files(copy) {
        let good = std::fs::read(&file).unwrap();
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&file, &bad).unwrap();
            let ended = deployment.verify(copy);
            assert_eq!(ended.code, 3, "byte {at} of {}", file.display());
            let findings = ended.json["findings"].as_array().unwrap();
            let errors = findings
                .iter()
                .filter(|finding| finding["severity"] == "error");
            assert!(errors.filter(|finding| finding["code"].is_string()).count() > 0);
        }
        std::fs::write(&file, &good).unwrap();
    }
    assert_eq!(deployment.verify(copy).code, 0);
}
