//! Fields of work: designated by the Regulation, or proposed, consulted upon, reported and decided; whoever leads one founds channels.

use serde_json::Value;

use super::deployment::{Deployment, Ended};

#[test]
fn r3_7_a_field_is_led_once_it_is_decided_and_channels_are_founded_for_it() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let ministry = "mof;bo;Bộ Tài chính;Ministry of Finance";
    deployment.ok("admin", &["admin", "agency", "add", ministry]);
    // Nobody's own word makes it the lead of a field.
    let by_itself = format!("{ministry};designated:connectivity");
    let refused = deployment.run("admin", &["admin", "agency", "add", &by_itself]);
    assert_eq!(refused.code, 2, "{refused:?}");
    r3a_a_designated_field(&deployment);
    a_new_field(&deployment);
}

fn r3a_a_designated_field(deployment: &Deployment) {
    let designate = words(
        "admin field designate connectivity --lead mof --support mofa --support moit --name-vi Kết_nối_ASEAN --basis khoản_5_Điều_3",
    );
    assert_eq!(found(deployment, "mofa", "designated:connectivity").code, 1);
    two_persons(deployment, "admin", &designate);
    let field = field(deployment, "connectivity");
    assert_eq!(
        (&field["state"], &field["lead"]),
        (&"effective".into(), &"mof".into())
    );
    // The coordinator founds for it, a pillar lead does not.
    assert_refused(
        &found(deployment, "moit", "designated:connectivity"),
        "not_permitted",
    );
    let founded = found(deployment, "mofa", "designated:connectivity");
    assert_eq!(founded.code, 0, "{founded:?}");
    assert_eq!(founded.json["scope"]["id"], "connectivity");
    // Whoever must support it is a member from the beginning, named or not.
    let channel = founded.json["channel"].as_str().unwrap();
    let shown = deployment.ok("mofa", &["channel", "show", channel]);
    assert_eq!(shown["agencies"], serde_json::json!(["mofa", "moit"]));
}

fn a_new_field(deployment: &Deployment) {
    let one = words(
        "admin field propose customs --initiator moit --participant mof:aec --lead mof --name-vi Hải_quan --basis điểm_a",
    );
    assert_eq!(deployment.run("moit", &one).code, 2);
    let propose = words(
        "admin field propose customs --initiator moit --participant moit:aec --participant mof:aec --lead mof --name-vi Hải_quan --basis điểm_a",
    );
    assert_refused(&deployment.run("mofa", &propose), "not_permitted");
    deployment.ok("moit", &propose);
    let report = words("admin field report customs --reference 3/TTr --date 2026-11-20");
    assert_refused(&deployment.run("moit", &report), "void");
    assert_eq!(
        field(deployment, "customs")["awaited"],
        serde_json::json!(["mof", "mofa"])
    );
    deployment.ok(
        "mofa",
        &words("admin field consulted customs mofa --reference 12/BNG"),
    );
    let overdue = words("admin field consulted customs mof --outcome overdue --reference 7/BCT");
    assert_refused(&deployment.run("mofa", &overdue), "not_permitted");
    deployment.ok("moit", &overdue);
    deployment.ok("moit", &report);
    assert_refused(
        &found(deployment, "moit", "cross_sector:customs"),
        "not_permitted",
    );
    let decide = words(
        "admin field decide customs --number 99/QĐ-TTg --date 2026-11-21 --summary Lĩnh_vực_hải_quan",
    );
    // Of the initiator's agency is the approver too: a decision is of two agencies.
    let own = deployment.ok("moit", &decide)["proposal"].clone();
    let approve = ["admin", "proposal", "approve", own.as_str().unwrap()];
    assert_refused(&deployment.run("approver", &approve), "two_persons");
    two_persons(deployment, "admin", &decide);
    let field = field(deployment, "customs");
    assert_eq!(
        (&field["state"], &field["kind"]),
        (&"effective".into(), &"cross_sector".into())
    );
    // The lead of the pillar founds for its cross-sector field.
    let founded = found(deployment, "moit", "cross_sector:customs");
    assert_eq!(founded.code, 0, "{founded:?}");
    deployment.ok(
        "admin",
        &words("admin field end customs --reference 100/QĐ-TTg"),
    );
    assert_refused(
        &found(deployment, "moit", "cross_sector:customs"),
        "not_permitted",
    );
}

/// Arguments of a command.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// `by` proposes, and the approver confirms; `by` alone may not.
fn two_persons(deployment: &Deployment, by: &str, statement: &[&str]) {
    let proposal = deployment.ok(by, statement)["proposal"]
        .as_str()
        .unwrap()
        .to_owned();
    let approve = ["admin", "proposal", "approve", &proposal];
    assert_refused(&deployment.run(by, &approve), "two_persons");
    deployment.ok("approver", &approve);
}

fn field(deployment: &Deployment, id: &str) -> Value {
    let fields = deployment.ok("mofa", &["admin", "field", "list"]);
    let mut fields = fields.as_array().unwrap().iter();
    fields.find(|field| field["field"] == id).unwrap().clone()
}

fn found(deployment: &Deployment, home: &str, scope: &str) -> Ended {
    let channel = [
        "channel",
        "found",
        "Tham vấn",
        "--purpose",
        "Trao đổi",
        "--members",
        home,
    ];
    let scoped = [&channel[..], &["--scope", scope]].concat();
    deployment.run(home, &scoped)
}

fn assert_refused(ended: &Ended, code: &str) {
    assert_eq!(
        (ended.code, &ended.json["error"]["code"]),
        (1, &Value::from(code)),
        "{ended:?}"
    );
}
