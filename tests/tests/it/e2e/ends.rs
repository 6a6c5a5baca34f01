//! What ends: a device for a while, an appointment, an official and their name, root keys, an agency. Each time the others go on.

use std::process::Command;

use serde_json::{Value, json};

use super::deployment::{Deployment, Ended, binaries, ended};

#[test]
fn what_ends_reads_and_writes_no_more_and_the_others_go_on() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    suspended_and_back(&deployment, &channel);
    appointment_over_and_again(&deployment, &channel);
    focal_unit(&deployment);
    official_and_name(&mut deployment, &channel);
    root_keys(&deployment);
    agency(&deployment);
    let copy = deployment.path("audit");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    let verified = deployment.verify(&copy);
    assert_eq!(verified.code, 0, "{verified:?}");
}

/// Proposed by the administrator, approved by the approver.
fn by_two(deployment: &Deployment, statement: &[&str]) {
    let proposal = deployment.ok("admin", statement)["proposal"].clone();
    let approve = ["admin", "proposal", "approve", proposal.as_str().unwrap()];
    assert_refused(&deployment.run("admin", &approve), "two_persons");
    deployment.ok("approver", &approve);
}

fn assert_refused(ended: &Ended, rule: &str) {
    assert_eq!(ended.code, 1, "{ended:?}");
    let error = &ended.json["error"];
    assert!(error["code"] == rule || error["rule"] == rule, "{ended:?}");
}

fn say(deployment: &Deployment, channel: &str, text: &str) {
    deployment.ok("mofa", &["send", channel, text]);
}

/// The texts that a home can read; null where it has no key.
fn texts(deployment: &Deployment, home: &str, channel: &str) -> Vec<Value> {
    let items = deployment.ok(home, &["read", channel]);
    let items = items.as_array().unwrap().iter();
    items.map(|item| item["text"].clone()).collect()
}

fn devices(deployment: &Deployment, channel: &str) -> usize {
    let shown = deployment.ok("mofa", &["channel", "show", channel]);
    shown["devices"].as_array().unwrap().len()
}

/// What moit's device reads once it is back in the channel, which it comes into when the witnesses have confirmed its right.
fn back(deployment: &Deployment, channel: &str) -> Vec<Value> {
    for _ in 0..100 {
        let read = texts(deployment, "moit", channel);
        if devices(deployment, channel) == 2 {
            return read;
        }
    }
    panic!("the device does not come back");
}

fn suspended_and_back(deployment: &Deployment, channel: &str) {
    let device = deployment.ok("moit", &["status"])["device"].clone();
    let device = device.as_str().unwrap();
    let suspend = [
        "admin",
        "device",
        "suspend",
        device,
        "--reason",
        "để quên trên tàu",
    ];
    assert_refused(&deployment.run("mofa", &suspend), "not_permitted");
    deployment.ok("admin", &suspend);
    assert_refused(
        &deployment.run("moit", &["read", channel]),
        "unknown_device",
    );
    say(deployment, channel, "lúc thiết bị tạm ngừng");
    assert_eq!(devices(deployment, channel), 1);
    by_two(
        deployment,
        &[
            "admin",
            "device",
            "resume",
            device,
            "--reason",
            "đã tìm lại",
        ],
    );
    // It comes in by its own commit, and has no key to what was said meanwhile.
    let read = back(deployment, channel);
    assert!(!read.contains(&json!("lúc thiết bị tạm ngừng")), "{read:?}");
    say(deployment, channel, "lúc thiết bị trở lại");
    let read = texts(deployment, "moit", channel);
    assert_eq!(read.last().unwrap(), "lúc thiết bị trở lại");
    assert_eq!(devices(deployment, channel), 2);
}

fn appointment_over_and_again(deployment: &Deployment, channel: &str) {
    let mut end = vec!["admin", "seat", "end", "moit/main", "minh@moit"];
    end.extend(["--reason", "hết biệt phái"]);
    deployment.ok("admin", &end);
    assert_refused(&deployment.run("admin", &end), "void");
    let explained = deployment.ok("admin", &["admin", "explain", "minh@moit", channel]);
    assert_eq!(explained["obstacles"], json!(["term_ended"]));
    say(deployment, channel, "sau khi hết thời hạn");
    assert_eq!(devices(deployment, channel), 1);
    let refused = deployment.run("moit", &["send", channel, "vẫn còn đây"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let mut appoint = vec!["admin", "seat", "appoint", "moit/main", "minh@moit"];
    appoint.extend(["--speak-for", "--until", "2099-12-31"]);
    by_two(deployment, &appoint);
    let read = back(deployment, channel);
    assert!(!read.contains(&json!("sau khi hết thời hạn")), "{read:?}");
    say(deployment, channel, "có thời hạn mới");
    let read = texts(deployment, "moit", channel);
    assert!(read.contains(&json!("có thời hạn mới")), "{read:?}");
    // What it was refused has waited in its outbox, and is said now.
    assert!(read.contains(&json!("vẫn còn đây")), "{read:?}");
}

fn focal_unit(deployment: &Deployment) {
    let name = ["admin", "seat", "focal", "mofa/main"];
    assert_refused(&deployment.run("admin", &name), "void");
    let mut appoint = vec!["admin", "seat", "appoint", "mofa/main", "quantri@mofa"];
    appoint.extend(["--as", "deputy"]);
    by_two(deployment, &appoint);
    deployment.ok("admin", &name);
    let mut end = vec!["admin", "seat", "end", "mofa/main", "quantri@mofa"];
    end.extend(["--reason", "luân chuyển"]);
    assert_refused(&deployment.run("admin", &end), "void");
    let seats = deployment.ok("mofa", &["admin", "seat", "list"]);
    let seat = seats
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["seat"] == "mofa/main")
        .unwrap();
    assert_eq!(
        (&seat["focal"], &seat["missing"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(seat["holders"].as_array().unwrap().len(), 2);
}

fn official_and_name(deployment: &mut Deployment, channel: &str) {
    let name = "Trần Văn Minh";
    assert!(stored(deployment, name), "it was there");
    let erase = [
        "admin",
        "official",
        "erase-name",
        "minh@moit",
        "--reason",
        "theo đề nghị",
    ];
    deployment.ok(
        "admin",
        &[
            "admin",
            "official",
            "end",
            "minh@moit",
            "--reason",
            "nghỉ hưu",
        ],
    );
    assert_refused(
        &deployment.run("moit", &["read", channel]),
        "unknown_device",
    );
    say(deployment, channel, "sau khi cán bộ nghỉ");
    assert_eq!(devices(deployment, channel), 1);
    let explained = deployment.ok("admin", &["admin", "explain", "minh@moit", channel]);
    assert_eq!(explained["obstacles"], json!(["official_ended"]));
    by_two(deployment, &erase);
    assert_refused(&deployment.run("admin", &erase), "void");
    assert!(!stored(deployment, name), "and is no more");
    deployment.stop_server();
    deployment.start_server();
    say(deployment, channel, "sau khi khởi động lại");
    assert!(!stored(deployment, name));
    // Nor has an official who ends again, or anybody under the same id, a way back.
    let add = ["admin", "official", "add", "minh@moit", "--name", name];
    assert_refused(&deployment.run("admin", &add), "void");
}

/// Whether any file of the server holds these bytes.
fn stored(deployment: &Deployment, text: &str) -> bool {
    fn holds(folder: &std::path::Path, text: &[u8]) -> bool {
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                return holds(&path, text);
            }
            let bytes = std::fs::read(&path).unwrap();
            bytes.windows(text.len()).any(|window| window == text)
        })
    }
    holds(&deployment.path("server"), text.as_bytes())
}

fn root_keys(deployment: &Deployment) {
    let authority = |arguments: &[&str]| {
        let mut command = Command::new(binaries().join("thamvan"));
        let passphrase = deployment.path("authority.passphrase");
        command
            .env("THAMVAN_PASSPHRASE_FILE", passphrase)
            .env_remove("THAMVAN_LANG");
        ended(
            command
                .arg("--json")
                .args(["admin", "authority"])
                .args(arguments),
        )
    };
    let (now, stolen) = (deployment.path("authority"), deployment.path("stolen"));
    copy_folder(&now, &stolen);
    let (first, second) = (
        deployment.path("rotation-1.cbor"),
        deployment.path("rotation-2.cbor"),
    );
    let rotated = |dir: &std::path::Path, out: &std::path::Path| {
        let made = authority(&[
            "rotate",
            "--dir",
            dir.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ]);
        assert_eq!(made.code, 0, "{made:?}");
        deployment.run(
            "mofa",
            &[
                "admin",
                "authority",
                "submit",
                "--file",
                out.to_str().unwrap(),
            ],
        )
    };
    let done = rotated(&now, &first);
    assert_eq!(done.code, 0, "{done:?}");
    // The old keys rotate no more; the new ones do.
    let refused = rotated(&stolen, &deployment.path("rotation-stolen.cbor"));
    assert_eq!(refused.code, 1, "{refused:?}");
    let done = rotated(&now, &second);
    assert_eq!(done.code, 0, "{done:?}");
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn agency(deployment: &Deployment) {
    let add = ["admin", "agency", "add", "cu;khac;Cơ quan cũ;Former"];
    deployment.ok("admin", &add);
    by_two(
        deployment,
        &["admin", "agency", "end", "cu", "--reason", "hợp nhất"],
    );
    let agencies = deployment.ok("mofa", &["admin", "agency", "list"]);
    let mut ids = agencies.as_array().unwrap().iter().map(|it| &it["agency"]);
    assert!(ids.all(|id| id != "cu"));
    assert_refused(&deployment.run("admin", &add), "void");
}
