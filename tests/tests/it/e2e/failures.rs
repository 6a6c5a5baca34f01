//! Each failure a typed error with its exit code; nothing is lost and nothing half-applied.

use serde_json::Value;

use super::deployment::{Deployment, Ended, ended};

fn assert_failed(ended: &Ended, exit: i32, code: &str) {
    assert_eq!(
        (ended.code, &ended.json["error"]["code"]),
        (exit, &Value::from(code)),
        "{ended:?}"
    );
    for key in ["message", "hint"] {
        let words = ended.json["error"][key].as_str().unwrap();
        assert!(words.len() > 10 && !words.starts_with(key), "{words}");
    }
}

#[test]
fn failures_are_typed_and_nothing_is_lost() {
    let mut deployment = Deployment::new();
    let channel = deployment.text("channel");

    // No server: what is written waits in the outbox, and is logged by the next command that reaches the server.
    let offline = deployment.run("mofa", &["send", &channel, "viết khi mất mạng"]);
    assert_failed(&offline, 4, "unreachable");
    assert_failed(
        &deployment.run("moit", &["read", &channel]),
        4,
        "unreachable",
    );
    assert_eq!(deployment.ok("mofa", &["status"])["queued"], 1);
    deployment.start_server();
    let items = deployment.ok("mofa", &["read", &channel]);
    let last = items.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["text"], &last["state"]),
        (&"viết khi mất mạng".into(), &"logged".into())
    );
    assert_eq!(deployment.ok("mofa", &["status"])["queued"], 0);

    wrong_passphrase_and_home(&deployment);
    refusals_of_rules(&deployment, &channel);
    a_revoked_device_is_unknown(&deployment, &channel);
}

fn wrong_passphrase_and_home(deployment: &Deployment) {
    let wrong = deployment.path("wrong");
    std::fs::write(&wrong, "không đúng").unwrap();
    let mut command = deployment.command("mofa");
    command.env("THAMVAN_PASSPHRASE_FILE", &wrong).arg("status");
    assert_failed(&ended(&mut command), 5, "wrong_passphrase");
    let mut command = deployment.command("mofa");
    command
        .env("THAMVAN_HOME", deployment.path("homes/nobody"))
        .arg("status");
    assert_failed(&ended(&mut command), 2, "no_home");
    let lock = std::fs::File::options()
        .write(true)
        .open(deployment.path("homes/mofa/home.lock"))
        .unwrap();
    lock.lock().unwrap();
    assert_failed(&deployment.run("mofa", &["status"]), 7, "home_in_use");
    drop(lock);
    assert_eq!(deployment.run("mofa", &["no-such-verb"]).code, 2);
}

fn refusals_of_rules(deployment: &Deployment, channel: &str) {
    // S9: refused on this side, before anything is encrypted.
    let above = deployment.run("mofa", &["send", channel, "x", "--label", "restricted"]);
    assert_failed(&above, 1, "not_allowed");
    assert_eq!(above.json["error"]["rule"], "S9");
    // Article 5(6): moit leads the economic pillar, not the coordinating council.
    let found = [
        "channel",
        "found",
        "K",
        "--purpose",
        "P",
        "--scope",
        "acc",
        "--members",
        "moit",
    ];
    let outside = deployment.run("moit", &found);
    assert_failed(&outside, 1, "not_permitted");
    assert_eq!(outside.json["error"]["article"], "khoản 6 Điều 5");
    // Two persons: the administrator cannot approve what the administrator proposed.
    let grant = ["admin", "role", "grant", "approver", "lan@mofa"];
    let proposal = deployment.ok("admin", &grant)["proposal"]
        .as_str()
        .unwrap()
        .to_owned();
    let alone = deployment.run("admin", &["admin", "proposal", "approve", &proposal]);
    assert_failed(&alone, 1, "two_persons");
    // A ministry's official is no administrator.
    let other = deployment.run(
        "mofa",
        &["admin", "official", "add", "x@mofa", "--name", "X"],
    );
    assert_failed(&other, 1, "not_permitted");
    let unknown = deployment.run("mofa", &["read", "ffffffffffff"]);
    assert_failed(&unknown, 1, "unknown");
}

fn a_revoked_device_is_unknown(deployment: &Deployment, channel: &str) {
    let status = deployment.ok("moit", &["status"]);
    let device = status["device"].as_str().unwrap();
    let epoch = |views: &Value| views[0]["epoch"].as_u64().unwrap();
    let before = deployment.ok("mofa", &["channels"]);
    deployment.ok(
        "admin",
        &["admin", "device", "revoke", device, "--reason", "thử"],
    );
    assert_failed(
        &deployment.run("moit", &["read", channel]),
        1,
        "unknown_device",
    );
    // Whoever is next, by a message at the latest, commits the revoked device out of the group: a new epoch, which it cannot read.
    deployment.ok("mofa", &["send", channel, "sau khi thu hồi quyền thiết bị"]);
    let after = deployment.ok("mofa", &["channels"]);
    assert_eq!(epoch(&after), epoch(&before) + 1);
    let left = after[0]["devices"].as_array().unwrap();
    assert!(!left.is_empty() && !left.contains(&Value::from(device)));
}
