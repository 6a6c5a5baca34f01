//! Who may ask, and how much.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::Ui;
use crate::e2e::deployment::Deployment;

#[test]
fn only_the_page_that_was_opened_is_served() {
    let deployment = Deployment::new();
    let channel = deployment.text("channel");
    let ui = Ui::start(&deployment, "mofa");
    let origin = ui.origin();
    let cookie = ui.with_cookie();

    let page = ui.send("GET", "/", &[], b"");
    assert_eq!(
        (page.status, page.body.as_slice()),
        (200, &b"<!doctype html>"[..])
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
    for reply in [
        &page,
        &ui.get("/api/state"),
        &ui.get("/api/nothing"),
        &ui.get("/nothing"),
    ] {
        assert_eq!(
            reply.header("content-security-policy"),
            Some(policy),
            "{reply:?}"
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    assert_eq!(
        ui.get("/api/state").header("cache-control"),
        Some("no-store")
    );
    for path in ["/../home.lock", "/%2e%2e/home.lock", "/api", "/index.html/"] {
        assert_eq!(ui.get(path).status, 404, "{path}");
    }

    // A token is good once, and a false one never.
    for token in [ui.token.as_str(), "", "0000"] {
        let refused = ui.log_in(token);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.json()["error"]["code"], "ui_token");
        assert_eq!(refused.header("set-cookie"), None);
    }
    // Without the cookie, or with a false one, nothing.
    let verb = json!({"args": ["status"]}).to_string();
    let fake = ("Cookie", "thamvan=0000".to_owned());
    for headers in [vec![origin.clone()], vec![origin.clone(), fake]] {
        for (method, path) in [
            ("GET", "/api/state"),
            ("GET", "/api/events"),
            ("GET", "/api/attachment?entry=0/0&part=0"),
            ("POST", "/api/verb"),
            ("PUT", "/api/upload?name=a"),
            ("POST", "/api/lock"),
            ("POST", "/api/unlock"),
        ] {
            let reply = ui.send(method, path, &headers, verb.as_bytes());
            assert_eq!(reply.status, 401, "{method} {path}");
            assert_eq!(reply.json()["error"]["code"], "ui_session");
        }
    }
    // Another host (DNS rebinding), another origin, none at all: whatever the cookie.
    let port = ui.host.rsplit(':').next().unwrap();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".into(),
    ] {
        for path in ["/", "/api/state"] {
            let headers = [cookie.clone(), ("Host", host.clone())];
            assert_eq!(ui.send("GET", path, &headers, b"").status, 421, "{host}");
        }
    }
    for foreign in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "https://localhost",
    ] {
        let headers = [cookie.clone(), ("Origin", foreign.to_owned())];
        let reply = ui.send("POST", "/api/verb", &headers, verb.as_bytes());
        assert_eq!(reply.status, 403, "{foreign}");
        assert_eq!(
            ui.send("GET", "/api/state", &headers, b"").status,
            403,
            "{foreign}"
        );
    }
    let none = ui.send(
        "POST",
        "/api/verb",
        std::slice::from_ref(&cookie),
        verb.as_bytes(),
    );
    assert_eq!(none.status, 403);
    assert_eq!(ui.verb(&["status"]).1["official"], "lan@mofa");

    // What a page may not ask for.
    for args in [
        &["enrol", "x"][..],
        &["audit", "sync", "--out", "/tmp/x"],
        &["admin", "device", "revoke", "00", "--reason", "x"],
        &["fetch", "0/0", "--out", "/tmp/x"],
        &["read", "0", "--follow"],
        &["send", &channel, "x", "--attach", "/etc/passwd"],
        &["no-such-verb"],
        &["ui"],
        &["--version"],
        &[],
    ] {
        assert_eq!(ui.verb(args).0, 2, "{args:?}");
    }
    let unknown = ui.post("/api/verb", &json!({"args": [], "home": "/"}));
    assert_eq!(unknown.status, 400);

    bodies_and_connections_are_bounded(&ui);
}

fn bodies_and_connections_are_bounded(ui: &Ui) {
    let headers = [ui.with_cookie(), ui.origin()];
    let long = vec![b' '; 1024 * 1024 + 1];
    for path in ["/api/verb", "/api/unlock", "/api/session"] {
        assert_eq!(ui.send("POST", path, &headers, &long).status, 413, "{path}");
    }
    let args = vec!["x"; 129];
    assert_eq!(ui.post("/api/verb", &json!({ "args": args })).status, 413);
    let head = vec![b'x'; 64 * 1024];
    let head = ("X-Long", String::from_utf8(head).unwrap());
    let refused = ui.send("GET", "/", &[head], b"").status;
    assert!(refused == 431 || refused == 0, "{refused}");
    let uploads: Vec<u16> = (0..17)
        .map(|_| ui.send("PUT", "/api/upload?name=a", &headers, b"x").status)
        .collect();
    assert_eq!(uploads, [vec![200; 16], vec![413]].concat());
    assert_eq!(
        ui.send("DELETE", "/api/upload?upload=u1", &headers, b"")
            .status,
        204
    );
    assert_eq!(
        ui.send("PUT", "/api/upload?name=a", &headers, b"x").status,
        200
    );
    // Whoever sends half a head and waits gets no more places than there are, and is ended; then there is room again.
    let idle: Vec<TcpStream> = (0..80)
        .map(|_| {
            let mut stream = TcpStream::connect(&ui.host).unwrap();
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ");
            stream
        })
        .collect();
    for mut stream in idle {
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .unwrap();
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
    assert_eq!(ui.get("/api/state").status, 200);
}
