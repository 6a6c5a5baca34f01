//! Witnesses that come and go, and one that knows more than the server.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::deployment::{Deployment, binaries};

/// Runs `look` until it gives something.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "{what}");
    }
}

/// The message that says `text`, once its state is `state`.
fn read(deployment: &Deployment, text: &str, state: &str) {
    let channel = deployment.text("channel");
    until(state, || {
        let items = deployment.ok("moit", &["read", &channel]);
        let items = items.as_array().unwrap();
        let item = items.iter().find(|item| item["text"] == text).unwrap();
        (item["state"] == state).then_some(())
    });
}

fn quorum(deployment: &Deployment, home: &str) -> Value {
    deployment.ok(home, &["status"])["witnessed"].clone()
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_quorum_is_reached_lost_seen_to_be_lost_and_reached_again() {
    let mut deployment = Deployment::new();
    let channel = deployment.text("channel");
    let endpoints: Value = serde_json::from_str(&deployment.text("endpoints.json")).unwrap();
    assert_eq!(endpoints["witnesses"][1]["name"], "w2");
    assert_eq!(endpoints["pids"].as_array().unwrap().len(), 3);
    deployment.start_server();
    deployment.ok("mofa", &["send", &channel, "một"]);
    read(&deployment, "một", "witnessed");
    let status = deployment.ok("moit", &["status"]);
    assert_eq!(status["witnessed"]["quorum"], "ok");
    assert_eq!(status["witnessed"]["size"], status["tree_size"]);
    assert_eq!(
        status["witnessed"]["cosigners"].as_array().unwrap().len(),
        2
    );

    // One of two is gone: everything goes on, and everybody sees what is missing.
    deployment.stop_witness("w2");
    let before = quorum(&deployment, "moit")["size"].clone();
    deployment.ok("mofa", &["send", &channel, "hai"]);
    read(&deployment, "hai", "logged");
    let warned = until("missing", || {
        let ended = deployment.run("moit", &["read", &channel]);
        assert_eq!(ended.code, 0);
        (quorum(&deployment, "moit")["quorum"] == "missing").then_some(ended.stderr)
    });
    assert!(warned.contains("Cảnh báo"), "{warned}");
    assert_eq!(quorum(&deployment, "moit")["size"], before);
    let (device, ticket) = a_device_that_waits(&deployment, &channel);
    read(&deployment, "hai", "logged");
    let copy = deployment.path("audit");
    let sync = ["audit", "sync", "--out", copy.to_str().unwrap()];
    deployment.ok("auditor", &sync);
    let verified = deployment.verify(&copy);
    assert_eq!(
        (verified.code, codes(&verified.json)),
        (3, vec!["bad_cosignature"])
    );

    deployment.start_witness("w2");
    read(&deployment, "hai", "witnessed");
    assert_eq!(quorum(&deployment, "moit")["quorum"], "ok");
    until("active", || {
        let enrolled = deployment.ok("moit2", &["enrol", &ticket]);
        (enrolled["state"] == "active").then_some(())
    });
    deployment.ok("moit2", &["channels"]);
    assert_eq!(place(&deployment, &channel, &device), (true, true));
    deployment.ok("auditor", &sync);
    let verified = deployment.verify(&copy);
    assert_eq!((verified.code, codes(&verified.json)), (0, vec![]));

    // Cosignatures of an earlier checkpoint do not make a later one witnessed.
    let file = copy.join("log/checkpoint");
    let fresh = std::fs::read_to_string(&file).unwrap();
    deployment.ok("mofa", &["send", &channel, "ba"]);
    deployment.ok("auditor", &sync);
    let later = std::fs::read_to_string(&file).unwrap();
    let (head, _) = later.split_once("\n\n").unwrap();
    let (_, lines) = fresh.split_once("\n\n").unwrap();
    let log_line = later.lines().nth(4).unwrap();
    let stale: Vec<&str> = lines.lines().skip(1).collect();
    let mixed = format!("{head}\n\n{log_line}\n{}\n", stale.join("\n"));
    std::fs::write(&file, mixed).unwrap();
    let verified = deployment.verify(&copy);
    assert_eq!(verified.code, 3);
    assert!(codes(&verified.json).contains(&"bad_cosignature"));
}

/// Two persons enrol a second device of moit while the quorum is lost: it is in the log, and nobody lets it in. Those who
/// are in go on.
fn a_device_that_waits(deployment: &Deployment, channel: &str) -> (String, String) {
    let home = deployment.path("homes/moit2");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("passphrase"), "mật khẩu thử").unwrap();
    let ticket = deployment.path("moit2.ticket").to_str().unwrap().to_owned();
    let issue = [
        "admin",
        "device",
        "ticket",
        "--official",
        "minh@moit",
        "--out",
        &ticket,
    ];
    deployment.ok("admin", &issue);
    let asked = deployment.ok("moit2", &["enrol", &ticket, "--no-wait"]);
    let word = |name: &str| asked[name].as_str().unwrap().to_owned();
    let (device, code) = (word("device"), word("verification_code"));
    let approve = ["admin", "device", "approve", &device, "--code", &code];
    assert_eq!(deployment.ok("admin", &approve)["state"], "proposed");
    let approved = deployment.run("moit", &approve);
    assert_eq!(
        (approved.code, &approved.json["state"]),
        (0, &"logged".into())
    );
    assert!(approved.stderr.contains("Đang chờ"), "{approved:?}");
    deployment.ok("mofa", &["send", channel, "hai rưỡi"]);
    assert_eq!(place(deployment, channel, &device), (false, false));
    (device, ticket)
}

/// Whether a device is in the group, and seen by a quorum, as mofa is shown.
fn place(deployment: &Deployment, channel: &str, device: &str) -> (bool, bool) {
    let shown = deployment.ok("mofa", &["channel", "show", channel]);
    let people = shown["people"].as_array().unwrap();
    let devices = people
        .iter()
        .flat_map(|one| one["devices"].as_array().unwrap());
    let found = devices
        .into_iter()
        .find(|one| one["device"] == device)
        .unwrap();
    (found["in_group"] == true, found["witnessed"] == true)
}

#[test]
fn an_older_server_folder_refuses_to_run_while_its_witnesses_live() {
    let mut deployment = Deployment::new();
    let (folder, older) = (deployment.path("server"), deployment.path("older"));
    copy_folder(&folder, &older);
    deployment.start_server();
    let channel = deployment.text("channel");
    deployment.ok("mofa", &["send", &channel, "một"]);
    read(&deployment, "một", "witnessed");
    deployment.stop_server();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&older, &folder).unwrap();
    let server = Command::new(binaries().join("thamvan-server"))
        .args(["run", "--config"])
        .arg(deployment.path("thamvan.toml"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(server.status.code(), Some(8));
    let words = String::from_utf8_lossy(&server.stderr);
    assert!(words.contains("a witness holds a checkpoint of"), "{words}");
    assert!(words.contains("an old copy"), "{words}");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &place);
        } else {
            std::fs::copy(&path, &place).unwrap();
        }
    }
}
