//! Above the handling tags: an accreditation by two agencies, a channel of level Mật, authorisations by task and time.

use std::process::Command;

use serde_json::Value;

use super::deployment::{Deployment, Ended};

#[test]
fn s10_a_secret_channel_needs_an_accreditation_and_each_reader_an_authorisation() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    assert_eq!(ceiling(&deployment), "restricted");
    assert_refused(&found(&deployment), "label");
    policy_changed(&deployment);
    accredited(&deployment);
    let channel = opened(&deployment);
    read_by_the_authorised_alone(&deployment, &channel);
    withdrawn(&deployment, &channel);
}

fn ceiling(deployment: &Deployment) -> Value {
    deployment.ok("moit", &["admin", "policy", "show"])["ceiling"].clone()
}

/// Which suites new channels use, and which list of state secrets is attested to: by two persons of two agencies.
fn policy_changed(deployment: &Deployment) {
    let policy = || deployment.ok("moit", &["admin", "policy", "show"])["policy"].clone();
    assert_eq!(policy(), Value::Null);
    let file = deployment.path("quyet-dinh.pdf");
    std::fs::write(&file, b"van ban").unwrap();
    let mut set = vec!["admin", "policy", "set", "--suites", "x_wing"];
    set.extend(["--secret-list", "QĐ 1178/QĐ-TTg", "--document", "15/QĐ-BNG"]);
    set.extend(["--file", file.to_str().unwrap()]);
    for bad in [
        "year_report=02-29",
        "year_report=12-18T24:00",
        "report=12-18",
    ] {
        let with = [&*set, &["--duty", bad]].concat();
        assert_eq!(deployment.run("admin", &with).code, 2, "{bad}");
    }
    set.extend(["--duty", "year_report=12-18T16:59"]);
    assert_refused(&deployment.run("mofa", &set), "not_permitted");
    let proposal = proposed(deployment, &set);
    // Of two that are proposed at once, one is the next version.
    let second = proposed(deployment, &set);
    let approve = |proposal| ["admin", "proposal", "approve", proposal];
    assert_refused(&deployment.run("admin", &approve(&proposal)), "two_persons");
    deployment.ok("approver", &approve(&proposal));
    assert_refused(&deployment.run("approver", &approve(&second)), "void");
    assert_eq!(policy()["version"], 1);
    assert_eq!(policy()["suites"], serde_json::json!(["x_wing"]));
    assert_eq!(policy()["secret_list"], "QĐ 1178/QĐ-TTg");
    // R6.4: what "trước ngày 20/12" means is the policy's.
    let report = serde_json::json!([{"duty": "year_report", "until": "12-18T16:59"}]);
    assert_eq!(policy()["duties"], report);
    let calendar = deployment.ok("moit", &["report", "calendar", "--year", "2027"]);
    let last = calendar["duties"].as_array().unwrap().last().unwrap();
    let end = (&last["duty"], &last["due_ms"]);
    let moment = 1_829_235_599_000_u64 - (24 + 7) * 3_600_000;
    assert_eq!(end, (&"year_report".into(), &moment.into()));
}

fn found(deployment: &Deployment) -> Ended {
    let mut found = vec!["channel", "found", "Đàm phán", "--purpose", "Chuẩn bị"];
    found.extend(["--scope", "acc", "--members", "mofa,moit", "--label", "mat"]);
    deployment.run("mofa", &found)
}

fn accredited(deployment: &Deployment) {
    let file = deployment.path("chap-thuan.pdf");
    std::fs::write(&file, b"van ban").unwrap();
    let until = until();
    let mut add = vec![
        "admin",
        "policy",
        "accreditation",
        "add",
        "--number",
        "12/BCY",
    ];
    add.extend([
        "--authority",
        "Ban Cơ yếu Chính phủ",
        "--date",
        "2026-11-20",
    ]);
    add.extend([
        "--level",
        "mat",
        "--measure",
        "cipher",
        "--systems",
        "3/2026",
    ]);
    add.extend(["--file", file.to_str().unwrap(), "--until", &until]);
    assert_refused(&deployment.run("mofa", &add), "not_permitted");
    let proposal = proposed(deployment, &add);
    let approve = ["admin", "proposal", "approve", &proposal];
    assert_refused(&deployment.run("admin", &approve), "two_persons");
    assert_eq!(ceiling(deployment), "restricted");
    deployment.ok("approver", &approve);
    assert_eq!(ceiling(deployment), "mat");
}

fn proposed(deployment: &Deployment, statement: &[&str]) -> String {
    let stated = deployment.ok("admin", statement);
    stated["proposal"].as_str().unwrap().to_owned()
}

/// Founded, approved and provisioned; the administrator speaks for mofa too, so that there is somebody to authorise its officials.
fn opened(deployment: &Deployment) -> String {
    let founded = found(deployment);
    assert_eq!(founded.code, 0, "{founded:?}");
    let channel = founded.json["channel"].as_str().unwrap().to_owned();
    deployment.ok("approver", &["channel", "approve", &channel]);
    deployment.ok("admin", &["channel", "provision", &channel]);
    let mut appoint = vec!["admin", "seat", "appoint", "mofa/main", "quantri@mofa"];
    appoint.extend(["--as", "deputy", "--speak-for"]);
    let proposal = proposed(deployment, &appoint);
    deployment.ok("approver", &["admin", "proposal", "approve", &proposal]);
    channel
}

fn grant(deployment: &Deployment, by: &str, channel: &str, official: &str) -> Ended {
    let until = until();
    let mut grant = vec![
        "admin",
        "authorise",
        "grant",
        channel,
        official,
        "--level",
        "mat",
    ];
    grant.extend([
        "--task",
        "Đàm phán",
        "--document",
        "7/QĐ-BNG",
        "--until",
        &until,
    ]);
    deployment.run(by, &grant)
}

fn read_by_the_authorised_alone(deployment: &Deployment, channel: &str) {
    assert_refused(
        &grant(deployment, "mofa", channel, "lan@mofa"),
        "two_persons",
    );
    assert_refused(
        &grant(deployment, "mofa", channel, "quantri@mofa"),
        "not_permitted",
    );
    let granted = grant(deployment, "admin", channel, "lan@mofa");
    assert_eq!(
        (granted.code, &granted.json[0]["level"]),
        (0, &"mat".into()),
        "{granted:?}"
    );
    deployment.ok("mofa", &["channel", "start", channel]);
    deployment.ok("mofa", &["channel", "add", channel, "minh@moit"]);
    // A member without an authorisation is not in the group, and is delivered nothing.
    assert_eq!(devices(deployment), 1);
    assert_refused(&deployment.run("moit", &["read", channel]), "unknown");
    let granted = grant(deployment, "mofa", channel, "minh@moit");
    assert_eq!(granted.code, 0, "{granted:?}");
    assert_eq!(devices(deployment), 2);
    deployment.ok(
        "mofa",
        &[
            "send",
            channel,
            "chỉ người được giao",
            "--label",
            "restricted",
        ],
    );
    assert_eq!(last(deployment, channel), "chỉ người được giao");
    // S8: a level is never a choice of the writer alone.
    let level = deployment.run("mofa", &["send", channel, "x", "--label", "mat"]);
    assert_refused(&level, "not_allowed");
    let end = [
        "admin",
        "authorise",
        "end",
        channel,
        "minh@moit",
        "--reason",
        "xong nhiệm vụ",
    ];
    deployment.ok("mofa", &end);
    assert_eq!(devices(deployment), 1);
    // Whoever ends the own authorisation is told that it is done, and a member commits it out.
    let granted = grant(deployment, "mofa", channel, "minh@moit");
    assert_eq!(granted.code, 0, "{granted:?}");
    assert_eq!(devices(deployment), 2);
    deployment.ok("moit", &end);
    assert_eq!(devices(deployment), 1);
    deployment.ok(
        "mofa",
        &["send", channel, "sau khi chấm dứt", "--label", "internal"],
    );
    assert_eq!(last(deployment, channel), "chỉ người được giao");
}

/// One person lowers the ceiling, and the channel is closed to everybody at once.
fn withdrawn(deployment: &Deployment, channel: &str) {
    let end = [
        "admin",
        "policy",
        "accreditation",
        "end",
        "12/BCY",
        "--reason",
        "thu hồi",
    ];
    deployment.ok("admin", &end);
    assert_eq!(ceiling(deployment), "restricted");
    let late = deployment.run("mofa", &["send", channel, "muộn", "--label", "internal"]);
    assert_eq!(late.code, 1, "{late:?}");
}

fn devices(deployment: &Deployment) -> usize {
    let channels = deployment.ok("mofa", &["channels"]);
    let mut channels = channels.as_array().unwrap().iter();
    let secret = channels.find(|channel| channel["label"] == "mat").unwrap();
    secret["devices"].as_array().unwrap().len()
}

/// The last text that moit can read.
fn last(deployment: &Deployment, channel: &str) -> Value {
    let items = deployment.ok("moit", &["read", channel]);
    items.as_array().unwrap().last().unwrap()["text"].clone()
}

fn assert_refused(ended: &Ended, code: &str) {
    assert_eq!(
        (ended.code, &ended.json["error"]["code"]),
        (1, &Value::from(code)),
        "{ended:?}"
    );
}

/// A month ahead, as a date.
fn until() -> String {
    let mut date = Command::new("date");
    let printed = date.args(["-u", "-d", "+30 days", "+%Y-%m-%d"]).output();
    String::from_utf8(printed.unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}
