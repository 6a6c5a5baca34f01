//! What a page does and is told.

use serde_json::{Value, json};

use super::{Ui, opening};
use crate::e2e::deployment::Deployment;

#[test]
fn a_page_locks_unlocks_uploads_and_survives_the_server() {
    let mut deployment = Deployment::new();
    let channel = deployment.text("channel");
    let ui = Ui::start_with(&deployment, "mofa", false, &[]);
    let mut events = ui.events();
    let state = events.until("state", |_| true);
    assert_eq!(
        (&state["locked"], &state["official"]),
        (&true.into(), &Value::Null)
    );

    // Locked, it shows nothing, to commands beside it neither.
    for args in [&["status"][..], &["read", &channel]] {
        let (exit, document) = ui.verb(args);
        assert_eq!((exit, &document["error"]["code"]), (5, &"locked".into()));
        let beside = deployment.run("mofa", args);
        assert_eq!(
            (beside.code, &beside.json["error"]["code"]),
            (5, &"locked".into())
        );
    }
    let unlock = |passphrase: &str| ui.post("/api/unlock", &json!({ "passphrase": passphrase }));
    let wrong = unlock("sai");
    assert_eq!(
        (wrong.status, &wrong.json()["error"]["code"]),
        (403, &"wrong_passphrase".into())
    );
    let right = deployment.text("homes/mofa/passphrase");
    assert_eq!(unlock(&right).status, 204);
    assert_eq!(unlock(&right).status, 204);
    let state = events.until("state", |state| state["locked"] == false);
    assert_eq!(
        (&state["official"], &state["agency_name"]),
        (&"lan@mofa".into(), &"Bộ Ngoại giao".into())
    );

    // Offline it shows what is here, and what is written waits.
    events.until_connection("offline");
    let (exit, channels) = ui.verb(&["channels"]);
    assert_eq!(
        (exit, &channels[0]["channel"]),
        (0, &channel.as_str().into())
    );
    let headers = [ui.with_cookie(), ui.origin()];
    let upload = ui.send(
        "PUT",
        "/api/upload?name=d%E1%BB%B1%20th%E1%BA%A3o.txt",
        &headers,
        b"kem",
    );
    let upload = format!("upload:{}", upload.json()["upload"].as_str().unwrap());
    let (exit, failed) = ui.verb(&["send", &channel, "viết khi mất mạng", "--attach", &upload]);
    assert_eq!((exit, &failed["error"]["code"]), (4, &"unreachable".into()));
    let (_, items) = ui.verb(&["read", &channel]);
    let last = items.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["state"], &last["attachments"][0]["name"]),
        (&"queued".into(), &"dự thảo.txt".into())
    );

    // The server comes, goes and comes again; what waited is logged by itself.
    deployment.start_server();
    events.until_connection("online");
    let named = events.until("state", |state| state["official_name"].is_string());
    assert_eq!(
        named["names"]["officials"]["minh@moit"],
        "Trần Văn Minh (ví dụ)"
    );
    let (_, items) = ui.verb(&["read", &channel]);
    let last = items.as_array().unwrap().last().unwrap();
    assert_ne!(last["state"], "queued");
    assert_eq!(last["text"], "viết khi mất mạng");
    assert_eq!(ui.get("/api/state").json()["queued"], 0);
    deployment.stop_server();
    events.until_connection("offline");
    deployment.start_server();
    events.until_connection("online");

    // A consultation says what this official may do, and what waits.
    let open = opening(&channel);
    let (exit, opened) = ui.verb(&open);
    assert_eq!(exit, 0, "{opened}");
    let id = opened["id"].as_str().unwrap();
    let (_, shown) = ui.verb(&["consult", "show", id]);
    assert_eq!(
        shown["allowed"],
        json!(["remind", "extend", "revise", "withdraw", "letter"])
    );
    assert_eq!(
        (&shown["leads"], &shown["waiting"]),
        (&true.into(), &json!([]))
    );
    assert_eq!(shown["agencies"][0]["agency_name"], "Bộ Công Thương");
    let asked = deployment.ok("moit", &["consult", "list", "--waiting"]);
    assert_eq!(asked[0]["allowed"], json!(["ack", "answer"]));
    assert_eq!(asked[0]["waiting"], json!(["moit/main"]));
    assert_eq!(
        asked[0]["capacities"],
        json!(["agency", "unit", "personal"])
    );
    let (_, templates) = ui.verb(&["consult", "templates"]);
    assert_eq!(templates[0]["id"], "general");

    // Locked again, the engine and what was uploaded are gone; the page is still served.
    ui.send("PUT", "/api/upload?name=a", &headers, b"x");
    assert_eq!(ui.post("/api/lock", &Value::Null).status, 204);
    events.until("state", |state| state["locked"] == true);
    assert_eq!(ui.verb(&["status"]).0, 5);
    assert_eq!(ui.get("/").status, 200);
}

#[test]
fn a_revoked_device_is_told_on_its_page() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let ui = Ui::start(&deployment, "moit");
    let mut events = ui.events();
    events.until_connection("online");
    let device = ui.verb(&["status"]).1["device"]
        .as_str()
        .unwrap()
        .to_owned();
    deployment.ok(
        "admin",
        &["admin", "device", "revoke", &device, "--reason", "thử"],
    );
    let state = events.until("state", |state| !state["problem"].is_null());
    assert_eq!(state["problem"]["code"], "unknown_device");
    assert!(state["problem"]["hint"].as_str().unwrap().len() > 10);
}
