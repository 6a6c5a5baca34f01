//! One home for pages and commands.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use super::{Ui, address};
use crate::e2e::deployment::{Deployment, ended};

#[test]
fn one_home_is_shared_by_pages_and_commands() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    let mut ui = Ui::start(&deployment, "mofa");
    let mut events = ui.events();
    events.until_connection("online");

    // A command beside it needs no passphrase: the process that holds the home runs it, in the command's own folder.
    let file = deployment.path("tệp.txt");
    std::fs::write(&file, "nội dung tệp").unwrap();
    let mut command = deployment.command("mofa");
    command
        .env("THAMVAN_PASSPHRASE_FILE", "/nowhere")
        .current_dir(deployment.path(""))
        .args(["send", &channel, "từ dòng lệnh", "--attach", "tệp.txt"]);
    let sent = ended(&mut command);
    assert_eq!(
        (sent.code, &sent.json["text"]),
        (0, &"từ dòng lệnh".into()),
        "{sent:?}"
    );
    events.until("changed", |_| true);
    let entry = sent.json["entry"].as_str().unwrap();
    let part = sent.json["attachments"][0]["n"].to_string();
    let fetched = ui.get(&format!("/api/attachment?entry={entry}&part={part}"));
    assert_eq!(
        (fetched.status, fetched.body.as_slice()),
        (200, "nội dung tệp".as_bytes())
    );
    let saved = "attachment; filename*=UTF-8''t%E1%BB%87p.txt";
    assert_eq!(fetched.header("content-disposition"), Some(saved));
    assert_eq!(
        fetched.header("content-type"),
        Some("application/octet-stream")
    );

    // Standard input, words instead of JSON, and a refusal come through as they are.
    let mut command = deployment.command("mofa");
    command.args(["send", &channel, "-"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("từ đầu vào".as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["text"], "từ đầu vào");
    let refused = deployment.run("mofa", &["send", &channel, "x", "--label", "restricted"]);
    assert_eq!(
        (refused.code, &refused.json["error"]["rule"]),
        (1, &"S9".into())
    );
    let mut wrong = deployment.command("mofa");
    assert_eq!(ended(wrong.arg("no-such-verb")).code, 2);

    // A follower takes its turns between others'.
    let mut follower = deployment.command("mofa");
    let since = (said["seq"].as_u64().unwrap() + 1).to_string();
    follower.args(["read", &channel, "--follow", "--since", &since]);
    let mut follower = follower.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let texts: Vec<String> = (0..4).map(|n| format!("cùng lúc {n}")).collect();
    std::thread::scope(|scope| {
        for text in &texts {
            let (deployment, channel) = (&deployment, &channel);
            scope.spawn(move || deployment.ok("mofa", &["send", channel, text]));
        }
    });
    let mut left = texts.clone();
    while !left.is_empty() {
        let item: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        left.retain(|text| item["text"] != *text);
    }
    follower.kill().unwrap();
    follower.wait().unwrap();

    // What another official sends is told to the pages without being asked for.
    let mut events = ui.events();
    events.until("state", |_| true);
    let other = deployment.ok("moit", &["send", &channel, "từ cơ quan khác"]);
    let stream = other["entry"].as_str().unwrap().split('/').next().unwrap();
    events.until("changed", |data| {
        let streams = data["streams"].as_array();
        streams.is_none_or(|streams| streams.contains(&Value::from(stream)))
    });
    let (exit, items) = ui.verb(&["read", &channel]);
    let last = items.as_array().unwrap().last().unwrap();
    assert_eq!((exit, &last["text"]), (0, &"từ cơ quan khác".into()));
    let (_, why) = ui.verb(&["explain", other["entry"].as_str().unwrap()]);
    assert_eq!(why["sender"]["official"], "minh@moit");
    assert_eq!(why["enrolment"]["signers"].as_array().unwrap().len(), 2);
    assert_eq!(why["content"], "opens");

    // A second `ui` opens another page of the first; one that takes the home for itself says who has it.
    let second = deployment.ok("mofa", &["ui", "--no-open"]);
    let (host, token) = address(&second);
    assert_eq!(host, ui.host);
    assert_eq!(ui.log_in(&token).status, 204);
    let ticket = deployment.path("homes/mofa/ticket");
    let alone = deployment.run("mofa", &["enrol", ticket.to_str().unwrap()]);
    assert_eq!(alone.code, 7, "{alone:?}");
    let said = alone.json["error"]["message"].as_str().unwrap();
    assert!(said.contains(&ui.child.id().to_string()), "{said}");

    // Killed, it leaves a home that opens.
    ui.kill();
    let after = deployment.ok("mofa", &["status"]);
    assert_eq!(after["official"], "lan@mofa");
}

#[test]
fn a_socket_in_a_folder_with_a_long_name_is_found() {
    let deployment = Deployment::new();
    let long: PathBuf = deployment.path("homes").join("d".repeat(120));
    std::fs::create_dir(&long).unwrap();
    std::fs::rename(deployment.path("homes/mofa"), long.join("mofa")).unwrap();
    let home = format!("{}/mofa", "d".repeat(120));
    let ui = Ui::start(&deployment, &home);
    let mut command = deployment.command(&home);
    command
        .env("THAMVAN_PASSPHRASE_FILE", "/nowhere")
        .arg("status");
    let beside = ended(&mut command);
    assert_eq!(
        (beside.code, &beside.json["official"]),
        (0, &"lan@mofa".into()),
        "{beside:?}"
    );
    drop(ui);
}
