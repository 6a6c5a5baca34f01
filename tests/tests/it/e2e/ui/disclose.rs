//! A member discloses a part from a page, which takes the file and names no path.

use std::process::Command;

use super::Ui;
use crate::e2e::deployment::{Deployment, binaries, ended};

#[test]
fn a_page_discloses_one_part_and_takes_the_file() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    let ui = Ui::start(&deployment, "moit");
    ui.events().until_connection("online");
    let (_, shown) = ui.verb(&["channel", "show", &channel]);
    assert_eq!(shown["auditors"], serde_json::json!(["kiemtra@vpcp"]));
    let (exit, sent) = ui.verb(&["send", &channel, "nội dung được cung cấp"]);
    assert_eq!(exit, 0, "{sent}");
    let entry = sent["entry"].as_str().unwrap();
    let why = ["--to", "kiemtra@vpcp", "--reason", "Kiểm tra"];
    let disclose = |more: &[&str]| {
        let given = [&["disclose", entry, "--part", "0"], &why[..], more].concat();
        ui.verb(&given)
    };

    // A page names no path; where there is no room for the file, nothing is logged.
    assert_eq!(disclose(&["--out", "/tmp/x"]).0, 2);
    let headers = [ui.with_cookie(), ui.origin()];
    let put = || ui.send("PUT", "/api/upload?name=a", &headers, b"x");
    let ids: Vec<String> = (0..16)
        .map(|_| put().json()["upload"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(disclose(&[]).0, 2);
    for id in ids {
        let path = format!("/api/upload?upload={id}");
        assert_eq!(ui.send("DELETE", &path, &headers, b"").status, 204);
    }
    let (exit, disclosed) = disclose(&[]);
    assert_eq!(exit, 0, "{disclosed}");
    let entry_after = sent["seq"].as_u64().unwrap() + 1;
    let logged = disclosed["entry"].as_str().unwrap();
    assert!(logged.ends_with(&format!("/{entry_after}")), "{logged}");

    let path = format!(
        "/api/upload?upload={}",
        disclosed["upload"].as_str().unwrap()
    );
    assert_eq!(ui.send("GET", &path, &[], b"").status, 401);
    let taken = ui.get(&path);
    let named = format!(
        "attachment; filename*=UTF-8''{}",
        disclosed["file"].as_str().unwrap()
    );
    assert_eq!(
        (taken.status, taken.header("content-disposition")),
        (200, Some(named.as_str()))
    );
    assert_eq!(
        taken.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(ui.get(&path).body, taken.body);
    let file = deployment.path("taken.thamvan");
    std::fs::write(&file, &taken.body).unwrap();
    let mut open = Command::new(binaries().join("thamvan"));
    open.args(["--json", "audit", "open"])
        .arg(&file)
        .arg("--policy")
        .arg(deployment.path("policy.txt"))
        .args(["--genesis", &deployment.text("genesis.hash")]);
    let opened = ended(&mut open);
    assert_eq!(
        (opened.code, &opened.json["verdict"]),
        (0, &"ok".into()),
        "{opened:?}"
    );
    // Locked, it is gone.
    assert_eq!(ui.post("/api/lock", &serde_json::Value::Null).status, 204);
    assert_eq!(ui.get(&path).status, 404);
}
