//! A seat is handed over from pages: one proposes, another confirms, a member adds the successor to the channel. Nothing else of the
//! directory is stated from a page.

use serde_json::{Value, json};

use super::Ui;
use crate::e2e::deployment::Deployment;

const SEAT: &str = "mofa/main";

#[test]
fn a_seat_is_handed_over_from_pages_and_nothing_else_is_stated_from_one() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    let [admin, approver, lan] = ["admin", "approver", "mofa"].map(|home| {
        let ui = Ui::start(&deployment, home);
        ui.events().until_connection("online");
        ui
    });

    // Who may, and whom the others ask.
    let seat = seat(&lan);
    assert_eq!(seat["allowed"], json!([]));
    assert_eq!(seat["administrators"], json!(["quantri@mofa"]));
    assert_eq!(seat["approvers"], json!(["pheduyet@moit"]));
    assert_eq!(self::seat(&admin)["allowed"], json!(["appoint", "end"]));
    let appoint = ["admin", "seat", "appoint", SEAT, "quantri@mofa"];
    assert_eq!(lan.verb(&appoint).0, 1, "no right, no appointment");

    let (exit, stated) = admin.verb(&[&appoint[..], &["--as=deputy"]].concat());
    assert_eq!(exit, 0, "{stated}");
    let appointment = stated["proposal"].as_str().unwrap();
    let grant = ["admin", "role", "grant", "auditor", "quantri@mofa"];
    let grant = deployment.ok("admin", &grant);
    let grant = grant["proposal"].as_str().unwrap();

    let waiting = |home: &str, ui: &Ui, proposal: &str| {
        // A command beside the page reads everything there is first.
        let listed = ["admin", "proposal", "list"];
        deployment.ok(home, &listed);
        let (exit, all) = ui.verb(&listed);
        assert_eq!(exit, 0, "{all}");
        let mut all = all.as_array().unwrap().iter();
        all.find(|one| one["proposal"] == proposal).cloned()
    };
    let of_proposer = waiting("admin", &admin, appointment).unwrap();
    assert_eq!(of_proposer["allowed"], json!([]));
    assert_eq!(of_proposer["approvers"], json!(["pheduyet@moit"]));
    let approve = |ui: &Ui, proposals: &[&str]| {
        ui.verb(&[&["admin", "proposal", "approve"], proposals].concat())
    };
    let (exit, refused) = approve(&admin, &[appointment]);
    assert_eq!(
        (exit, &refused["error"]["code"]),
        (1, &json!("two_persons"))
    );

    // The second person, who might approve both: from a page the appointment alone.
    let seen = waiting("approver", &approver, appointment).unwrap();
    assert_eq!(seen["allowed"], json!(["approve"]));
    let other = waiting("approver", &approver, grant).unwrap();
    assert_eq!(other["allowed"], json!(["approve"]));
    let code = other["list"].as_str().unwrap();
    for proposals in [&[grant][..], &[appointment, grant], &["--all", code]] {
        let (exit, refused) = approve(&approver, proposals);
        assert_eq!((exit, &refused["error"]["code"]), (2, &json!("usage")));
    }
    for args in [
        &["admin", "seat", "focal", SEAT][..],
        &["admin", "seat", "add", "mofa/second"],
        &["admin", "role", "grant", "approver", "lan@mofa"],
    ] {
        assert_eq!(admin.verb(args).0, 2, "{args:?}");
    }
    assert!(waiting("approver", &approver, grant).is_some());
    let (exit, approved) = approve(&approver, &[appointment]);
    assert_eq!(exit, 0, "{approved}");
    assert_eq!(waiting("approver", &approver, appointment), None);

    successor_is_added(&deployment, &lan, &channel);

    // The focal unit keeps its last deputy, and the page is told by which rule.
    deployment.ok("admin", &["admin", "seat", "focal", SEAT]);
    let end = |official: &str| {
        admin.verb(&[
            "admin",
            "seat",
            "end",
            SEAT,
            official,
            "--reason=luân chuyển",
        ])
    };
    let (exit, refused) = end("quantri@mofa");
    assert_eq!(exit, 1, "{refused}");
    let error = &refused["error"];
    assert_eq!(
        (&error["rule"], &error["article"]),
        (&json!("R19.1"), &json!("khoản 1 Điều 19"))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("đầu mối phó"), "{message}");
}

/// The seat as a page of this home shows it.
fn seat(ui: &Ui) -> Value {
    let (exit, seats) = ui.verb(&["admin", "seat", "list"]);
    assert_eq!(exit, 0, "{seats}");
    let mut seats = seats.as_array().unwrap().iter();
    seats.find(|one| one["seat"] == SEAT).unwrap().clone()
}

/// Whoever speaks for the founder adds the successor, with the open questions; a guest's or another agency's home is not told.
fn successor_is_added(deployment: &Deployment, lan: &Ui, channel: &str) {
    let absent = |home: &str| {
        let shown = deployment.ok(home, &["channel", "show", channel]);
        (shown["absent"].clone(), shown["adders"].clone())
    };
    assert_eq!(absent("moit"), (json!([]), json!([])));
    let of_founder = json!([{"official": "quantri@mofa", "history": "brief"}]);
    assert_eq!(absent("mofa"), (of_founder, json!([])));
    let why = ["--history=brief", "--reason=Bàn giao đầu mối"];
    let add = [&["channel", "add", channel, "quantri@mofa"], &why[..]].concat();
    let (exit, added) = lan.verb(&add);
    assert_eq!(exit, 0, "{added}");
    assert_eq!(absent("mofa"), (json!([]), json!([])));
    let members = &deployment.ok("moit", &["channel", "show", channel])["members"];
    let mut members = members.as_array().unwrap().iter();
    assert!(members.any(|one| one == "quantri@mofa"));
}
