//! `thamvan agent`: notices while no page is open.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};

use super::opening;
use crate::e2e::deployment::Deployment;

#[test]
fn an_agent_tells_the_desktop_that_something_waits_and_not_what() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    let (mut agent, heard) = agent(&deployment, "moit");
    // What is there when it has read everything for the first time is no news: only what comes then.
    let notice = loop {
        deployment.ok("mofa", &["send", &channel, "bí mật nghề nghiệp"]);
        if let Ok(notice) = heard.try_recv() {
            break notice;
        }
    };
    assert!(
        notice.contains("--urgency low") && notice.contains("Có tin nhắn mới."),
        "{notice}"
    );
    let mut open = opening(&channel);
    open.extend(["--urgency", "hoa_toc"]);
    deployment.ok("mofa", &open);
    let mut notice = heard.recv().unwrap();
    while notice.contains("--urgency low") {
        notice = heard.recv().unwrap();
    }
    assert!(
        notice.contains("--urgency critical") && notice.contains("sound-name"),
        "{notice}"
    );
    for word in ["Chủ trì", "góp ý", "bí mật", "mofa", "Tham vấn thử"] {
        assert!(!notice.contains(word), "{notice}");
    }
    agent.kill().unwrap();
    agent.wait().unwrap();
}

#[test]
fn an_agent_tells_its_lead_who_is_silent_and_reminds_them_by_itself_once() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    deployment.ok("mofa", &["remind", "set", "--auto", "on"]);
    assert_eq!(
        deployment.ok("mofa", &["remind", "show"]),
        serde_json::json!({"quiet": null, "quiet_days": false, "auto": true})
    );
    let (mut agent, heard) = agent(&deployment, "mofa");
    // It holds the home and has read everything.
    while heard.try_recv().is_err() {
        deployment.ok("moit", &["send", &channel, "bí mật nghề nghiệp"]);
    }
    let mut open = opening(&channel);
    let place = open.iter().position(|it| *it == "--deadline").unwrap();
    open[place + 1] = "+12s";
    let opened = deployment.ok("mofa", &open);
    let id = opened["id"].as_str().unwrap();
    let mut notice = heard.recv().unwrap();
    while notice.contains("--urgency low") {
        notice = heard.recv().unwrap();
    }
    assert!(
        notice.contains("--urgency normal") && notice.contains("Có cơ quan chưa trả lời"),
        "{notice}"
    );
    let reminders = || {
        let shown = deployment.ok("mofa", &["consult", "show", id]);
        let timeline = shown["timeline"].as_array().unwrap();
        timeline
            .iter()
            .filter(|it| it["type"] == "consultation-remind")
            .count()
    };
    while reminders() == 0 {}
    assert_eq!(reminders(), 1);
    agent.kill().unwrap();
    agent.wait().unwrap();
}

/// An agent on a desktop whose notices go down a pipe, and what comes out of it.
fn agent(deployment: &Deployment, home: &str) -> (Child, Receiver<String>) {
    let bin = deployment.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let (told, script) = (deployment.path("told"), bin.join("notify-send"));
    let made = Command::new("mkfifo").arg(&told).status().unwrap();
    assert!(made.success());
    let text = format!("#!/bin/sh\necho \"$@\" >'{}'\n", told.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut agent = deployment.command(home);
    let agent = agent
        .args(["agent", "run"])
        .env("PATH", path)
        .spawn()
        .unwrap();
    let (notices, heard) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(notice) = std::fs::read_to_string(&told) {
            if notices.send(notice).is_err() {
                return;
            }
        }
    });
    (agent, heard)
}
