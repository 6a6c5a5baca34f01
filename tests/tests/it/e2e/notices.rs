//! Information that goes one way and is acknowledged, and information that is asked for, through the real binaries (Articles 5, 6).

use serde_json::Value;

use super::deployment::{Deployment, Ended};

const TITLE: &str = "Định hướng tham gia năm 7421";
const TEXT: &str = "Chủ trương về hợp tác số 7422";
const INFORMATION: &str = "Tình hình đàm phán 7423";

#[test]
fn r5_1_a_notice_is_acknowledged_and_a_request_answered() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let notice = a_notice_goes_one_way(&deployment);
    what_the_articles_do_not_say_is_refused(&deployment);
    let request = a_request_is_answered_and_the_time_is_measured(&deployment);
    // What was sent is nowhere but on the members' devices, and the auditor proves who has acknowledged.
    let copy = deployment.path("audit");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    let report = deployment.verify(&copy);
    assert_eq!(
        (report.code, &report.json["verdict"]),
        (0, &"ok".into()),
        "{report:?}"
    );
    let logged = [&notice, &request].map(|id| {
        let shown = deployment.ok("mofa", &["notice", "show", id]);
        shown["timeline"].as_array().unwrap().len()
    });
    assert_eq!(report.json["checked"]["acts"], logged[0] + logged[1]);
    deployment.stop_server();
    let scanned = deployment.scan(&["server", "audit"], &[TITLE, TEXT, INFORMATION]);
    assert!(scanned > 0);
}

fn post(deployment: &Deployment, home: &str, template: &str, to: &str, more: &[&str]) -> Ended {
    let channel = deployment.text("channel");
    let arguments = [
        "notice",
        "post",
        &channel,
        "--template",
        template,
        "--title",
        TITLE,
        "--text",
        TEXT,
        "--to",
        to,
        "--attest",
    ];
    deployment.run(home, &[&arguments[..], more].concat())
}

fn a_notice_goes_one_way(deployment: &Deployment) -> String {
    let other = post(deployment, "mofa", "request_5_1", "moit", &[]);
    assert_eq!(other.code, 2, "a request is no notice: {other:?}");
    let posted = post(deployment, "mofa", "notice_5_1", "moit", &[]);
    assert_eq!(posted.code, 0, "{posted:?}");
    let id = posted.json["id"].as_str().unwrap().to_owned();
    let waiting = deployment.ok("moit", &["notice", "list", "--waiting"]);
    let one = &waiting[0];
    assert_eq!(one["id"], *id);
    assert_eq!(
        (&one["form"], &one["article"], &one["allowed"]),
        (
            &"notice".into(),
            &"khoản 1 Điều 5".into(),
            &Value::from(vec!["ack"])
        ),
        "nobody answers a notice"
    );
    let answer = deployment.run("moit", &["notice", "provide", &id, "--text", INFORMATION]);
    assert_eq!(
        (answer.code, &answer.json["error"]["rule"]),
        (1, &"form".into())
    );
    deployment.ok("moit", &["notice", "ack", &id]);
    let seen = deployment.ok("mofa", &["notice", "show", &id]);
    assert_eq!(seen["state"], "complete");
    assert!(seen["agencies"][0]["acknowledged"].is_string(), "{seen}");
    let waiting = deployment.ok("moit", &["notice", "list", "--waiting"]);
    assert_eq!(waiting, Value::Array(vec![]));
    id
}

/// Only the coordinator informs under paragraph 1; whatever is urgent says why; a report reaches the Secretariat.
fn what_the_articles_do_not_say_is_refused(deployment: &Deployment) {
    let urgent = ["--urgency", "khan"];
    for (home, template, to, more, rule) in [
        ("moit", "notice_5_1", "mofa", &[][..], "opener"),
        ("moit", "hosting_15_1", "mofa", &urgent[..], "R4.4"),
        (
            "mofa",
            "report_6",
            "moit",
            &["--pillar", "acc"][..],
            "unknown_agency",
        ),
    ] {
        let refused = post(deployment, home, template, to, more);
        assert_eq!(
            (refused.code, &refused.json["error"]["rule"]),
            (1, &rule.into()),
            "{template}: {refused:?}"
        );
    }
}

fn a_request_is_answered_and_the_time_is_measured(deployment: &Deployment) -> String {
    let channel = deployment.text("channel");
    let asked = deployment.ok(
        "mofa",
        &[
            "notice",
            "request",
            &channel,
            "--template",
            "request_5_4",
            "--title",
            TITLE,
            "--text",
            TEXT,
            "--reason",
            "Cần cho phiên họp",
            "--to",
            "moit",
            "--until",
            "+1h",
            "--attest",
        ],
    );
    let id = asked["id"].as_str().unwrap();
    let opinion = ["--position", "agree", "--capacity", "agency"];
    let refused = deployment.run("moit", &[&["consult", "answer", id][..], &opinion].concat());
    assert_eq!(
        refused.code, 1,
        "an opinion answers no request: {refused:?}"
    );
    deployment.ok("moit", &["notice", "provide", id, "--text", INFORMATION]);
    let seen = deployment.ok("mofa", &["notice", "show", id]);
    assert_eq!(
        (&seen["state"], &seen["form"]),
        (&"complete".into(), &"request".into())
    );
    let seat = &seen["agencies"][0];
    assert_eq!(
        (&seat["position"], &seat["text"]),
        (&"information".into(), &INFORMATION.into())
    );
    let took = seat["answered_ms"].as_u64().unwrap() - seen["opened_ms"].as_u64().unwrap();
    assert!(took < 3_600_000);
    let concluded = deployment.run("mofa", &["consult", "conclude", id, "--conclusion", "x"]);
    assert_eq!(concluded.json["error"]["rule"], "form");
    id.to_owned()
}
