//! Attachments, replies, disclosures, drafts and unread messages through the command line; no byte of them reaches the server in clear.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::deployment::{Deployment, binaries, ended};

/// In the name, and all through the bytes, of one file.
const NAME: &str = "du-thao-bach-dang-7262.docx";
const BYTES: &str = "Sóng Bạch Đằng 7262. ";

#[test]
fn a_file_goes_from_one_ministry_to_another_and_nowhere_else() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    let path = deployment.path(NAME);
    let bytes = BYTES.repeat(100_000);
    std::fs::write(&path, &bytes).unwrap();
    let empty = deployment.path("rỗng");
    std::fs::write(&empty, "").unwrap();
    let (path, empty) = (path.to_str().unwrap(), empty.to_str().unwrap());

    let unread = |home: &str| deployment.ok(home, &["channels"])[0]["unread"].clone();
    deployment.ok("moit", &["read", &channel]);
    assert_eq!(unread("moit"), 0);
    let files = ["--attach", path, "--attach", empty];
    let sent = deployment.ok(
        "mofa",
        &[&["send", &channel, "kèm dự thảo"], &files[..]].concat(),
    );
    assert_eq!(unread("moit"), 1);
    let items = deployment.ok("moit", &["read", &channel]);
    assert_eq!(unread("moit"), 0);
    let item = items.as_array().unwrap().last().unwrap();
    let entry = item["entry"].as_str().unwrap();
    assert_eq!(item["attachments"], sent["attachments"]);
    let first = &item["attachments"][0];
    assert_eq!(
        (&first["name"], &first["size"]),
        (&NAME.into(), &bytes.len().into())
    );

    let out = deployment.path("nhận.docx");
    let to = ["--part", "1", "--out", out.to_str().unwrap()];
    let fetched = deployment.ok("moit", &[&["fetch", entry], &to[..]].concat());
    assert_eq!(fetched["sha256"], first["sha256"]);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), bytes);
    let again = deployment.run("moit", &[&["fetch", entry], &to[..]].concat());
    assert_eq!(
        (again.code, &again.json["error"]["code"]),
        (6, &"file_failed".into())
    );
    assert_eq!(deployment.run("moit", &["fetch", entry]).code, 1);
    assert_eq!(deployment.run("moit", &["fetch", "x/1"]).code, 2);
    // The auditor sees that something was said, and can fetch nothing of it.
    assert_eq!(
        deployment
            .run("auditor", &["fetch", entry, "--part", "1"])
            .code,
        1
    );

    let answer = deployment.ok("moit", &["send", &channel, "đã nhận", "--reply", entry]);
    assert_eq!(answer["reply"], entry);
    a_disclosure(&deployment, entry);
    drafts_and_outbox(&mut deployment, &channel);
    no_trace(&deployment);
}

/// Opened to the auditor, verified without home, passphrase or network.
fn a_disclosure(deployment: &Deployment, entry: &str) {
    let file = deployment.path("part.thamvan");
    let file = file.to_str().unwrap();
    let to = |part, auditor| {
        let reason = ["--reason", "theo yêu cầu kiểm tra", "--out", file];
        [
            &["disclose", entry, "--part", part, "--to", auditor],
            &reason[..],
        ]
        .concat()
    };
    let nobody = deployment.run("moit", &to("0", "lan@mofa"));
    assert_eq!(
        (nobody.code, &nobody.json["error"]["code"]),
        (1, &"void".into())
    );
    let disclosed = deployment.ok("moit", &to("0", "kiemtra@vpcp"));
    assert_eq!(
        (&disclosed["of"], &disclosed["part"]),
        (&entry.into(), &0.into())
    );
    assert_eq!(deployment.run("moit", &to("0", "kiemtra@vpcp")).code, 2);
    let (policy, genesis) = (
        deployment.path("policy.txt"),
        deployment.text("genesis.hash"),
    );
    let open = |file: &Path| {
        let mut command = Command::new(binaries().join("thamvan"));
        command.args(["--json", "audit", "open"]).arg(file);
        command
            .arg("--policy")
            .arg(&policy)
            .args(["--genesis", &genesis]);
        ended(command.env_clear())
    };
    let opened = open(Path::new(file));
    assert_eq!(
        (opened.code, &opened.json["verdict"]),
        (0, &"ok".into()),
        "{opened:?}"
    );
    assert_eq!(opened.json["part"]["text"], "kèm dự thảo");
    assert_eq!(opened.json["author"]["official"], "lan@mofa");
    assert_eq!(opened.json["record"]["entry"], entry);
    assert_eq!(
        opened.json["record"]["witnesses"].as_array().unwrap().len(),
        2
    );
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = deployment.path("changed.thamvan");
    std::fs::write(&changed, bytes).unwrap();
    let opened = open(&changed);
    assert_eq!(
        (opened.code, &opened.json["verdict"]),
        (3, &"findings".into())
    );
}

fn drafts_and_outbox(deployment: &mut Deployment, channel: &str) {
    deployment.ok("mofa", &["send", channel, "để sau", "--draft"]);
    let drafts = deployment.ok("mofa", &["drafts", "list"]);
    assert_eq!(
        (&drafts[0]["channel"], &drafts[0]["text"]),
        (&channel.into(), &"để sau".into())
    );
    deployment.ok("mofa", &["send", channel, "--from-draft"]);
    let items = deployment.ok("mofa", &["read", channel]);
    assert_eq!(items.as_array().unwrap().last().unwrap()["text"], "để sau");
    assert_eq!(
        deployment.ok("mofa", &["drafts", "list"]),
        Value::Array(vec![])
    );
    assert_eq!(
        deployment
            .run("mofa", &["send", channel, "--from-draft"])
            .code,
        1
    );
    assert_eq!(deployment.run("mofa", &["drafts", "drop", channel]).code, 1);
    assert_eq!(deployment.run("mofa", &["send", channel]).code, 2);

    // A file that is written off line goes out with the next command that reaches the server; one that is dropped does not.
    deployment.stop_server();
    let path = deployment.path(NAME);
    for text in ["đi sau", "bỏ đi"] {
        let offline = deployment.run(
            "mofa",
            &["send", channel, text, "--attach", path.to_str().unwrap()],
        );
        assert_eq!(offline.code, 4);
    }
    let waiting = deployment.ok("mofa", &["outbox", "list"]);
    let states: Vec<&Value> = waiting
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(states, ["queued", "queued"]);
    let id = waiting[1]["id"].to_string();
    let left = deployment.ok("mofa", &["outbox", "drop", &id]);
    assert_eq!(left.as_array().unwrap().len(), 1);
    deployment.start_server();
    let items = deployment.ok("mofa", &["read", channel]);
    let last = items.as_array().unwrap().last().unwrap();
    assert_eq!(last["text"], "đi sau");
    assert_eq!(
        (&last["attachments"][0]["name"], &last["state"]),
        (&NAME.into(), &"logged".into())
    );
    assert_eq!(
        deployment.ok("mofa", &["outbox", "list"]),
        Value::Array(vec![])
    );
}

/// Neither the file's name nor a piece of it: in the server's folder, log and backup, an auditor's copy, and the homes.
fn no_trace(deployment: &Deployment) {
    let copy = deployment.path("copy");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    deployment.back_up();
    let places = [
        "server",
        "server.log",
        "copy",
        "backup.tar",
        "homes",
        "witnesses",
    ];
    let scanned = deployment.scan(&places, &[NAME, BYTES]);
    // The ciphertext is there: with the server, in its backup, and in the homes.
    assert!(scanned > 6 * BYTES.len() * 100_000);
}
