//! `thamvan ui --report`: an auditor's report, shown beside the pages.

use std::ffi::OsStr;
use std::fs::{self, File};

use super::Ui;
use crate::e2e::deployment::Deployment;

#[test]
fn the_report_of_an_audit_is_shown_as_it_is_now_and_nothing_in_it_runs() {
    let deployment = Deployment::new();
    let file = deployment.path("report.html");
    let made = fs::read_to_string(&file).unwrap();
    let more: [&OsStr; 2] = ["--report".as_ref(), file.as_os_str()];
    let ui = Ui::start_with(&deployment, "auditor", true, &more);
    let mut events = ui.events();
    let state = events.until("state", |state| state["locked"] == false);
    assert_eq!(
        (&state["report"], &state["auditor"], &state["seats"]),
        (&true.into(), &true.into(), &serde_json::json!([]))
    );
    assert_eq!(ui.get("/api/state").json()["report"], true);

    let shown = ui.get("/report");
    assert_eq!(
        (shown.status, shown.body.as_slice()),
        (200, made.as_bytes())
    );
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(shown.header(name), Some(value), "{name}");
    }
    // The one style is that of the page itself, which says the same policy of itself.
    let policy = shown.header("content-security-policy").unwrap();
    let hash = policy
        .strip_prefix("default-src 'none'; style-src 'sha256-")
        .and_then(|rest| {
            rest.strip_suffix(
                "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
            )
        })
        .unwrap();
    assert_eq!(hash.len(), 44);
    assert!(made.contains(&format!("style-src 'sha256-{hash}'")));

    // Only with the cookie, from here, and to be read.
    let origin = ui.origin();
    let cookie = ui.with_cookie();
    let foreign = ("Origin", "http://evil.example".to_owned());
    let site = ("Sec-Fetch-Site", "cross-site".to_owned());
    let fake = ("Cookie", "thamvan=0000".to_owned());
    for (method, headers, status) in [
        ("GET", &[][..], 401),
        ("GET", &[fake], 401),
        ("GET", &[cookie.clone(), foreign], 403),
        ("GET", &[cookie.clone(), site], 403),
        (
            "GET",
            &[cookie.clone(), ("Host", "evil.example".into())],
            421,
        ),
        ("POST", &[cookie, origin], 405),
    ] {
        let refused = ui.send(method, "/report", headers, b"");
        assert_eq!(refused.status, status, "{headers:?}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("<html"));
    }

    // It is read anew: another file, a hostile one, under the same policy; then none; then one that is too long.
    let hostile = "<script>alert(1)</script>";
    fs::write(&file, hostile).unwrap();
    let again = ui.get("/report");
    assert_eq!(again.body, hostile.as_bytes());
    assert_eq!(again.header("content-security-policy"), Some(policy));
    fs::remove_file(&file).unwrap();
    let gone = ui.get("/report");
    let words = String::from_utf8(gone.body.clone()).unwrap();
    assert_eq!(gone.status, 404);
    assert_eq!(
        gone.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(
        words.contains("audit report") && words.contains("--report"),
        "{words}"
    );
    File::create(&file)
        .unwrap()
        .set_len(32 * 1024 * 1024 + 1)
        .unwrap();
    assert_eq!(ui.get("/report").status, 413);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(ui.get("/report").status, 404);

    // Which report is shown was said at the start: a second `ui` changes nothing.
    let file = file.to_str().unwrap();
    let second = deployment.run("auditor", &["ui", "--no-open", "--report", file]);
    assert_eq!(second.code, 7, "{second:?}");
}

#[test]
fn without_a_report_there_is_none() {
    let deployment = Deployment::new();
    let ui = Ui::start(&deployment, "mofa");
    let state = ui.events().until("state", |state| state["locked"] == false);
    assert_eq!(
        (&state["report"], &state["auditor"]),
        (&false.into(), &false.into())
    );
    assert_eq!(ui.get("/report").status, 404);
}
