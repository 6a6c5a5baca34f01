//! `thamvan ui`: the home shared by several processes, and the server of the pages.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::deployment::{Deployment, ended};

/// A server of pages, stopped with this.
struct Ui {
    child: Child,
    host: String,
    token: String,
    cookie: String,
}

/// What came back over HTTP.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }
}

impl Ui {
    fn start(deployment: &Deployment, home: &str) -> Self {
        Self::start_with(deployment, home, true)
    }

    /// Without the passphrase it begins locked.
    fn start_with(deployment: &Deployment, home: &str, passphrase: bool) -> Self {
        let pages = deployment.path("pages");
        std::fs::create_dir_all(&pages).unwrap();
        std::fs::write(pages.join("index.html"), "<!doctype html>").unwrap();
        let mut command = deployment.command(home);
        command.args(["ui", "--no-open", "--pages"]).arg(&pages);
        if !passphrase {
            command.env_remove("THAMVAN_PASSPHRASE_FILE");
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let (host, token) = address(&said);
        let mut ui = Self {
            child,
            host,
            token,
            cookie: String::new(),
        };
        let reply = ui.log_in(&ui.token);
        assert_eq!(reply.status, 204, "{reply:?}");
        let cookie = reply.header("set-cookie").unwrap();
        for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        ui.cookie = cookie.split(';').next().unwrap().to_owned();
        ui
    }

    fn log_in(&self, token: &str) -> Reply {
        let body = json!({ "token": token }).to_string();
        self.send("POST", "/api/session", &[self.origin()], body.as_bytes())
    }

    fn origin(&self) -> (&'static str, String) {
        ("Origin", format!("http://{}", self.host))
    }

    fn with_cookie(&self) -> (&'static str, String) {
        ("Cookie", self.cookie.clone())
    }

    /// One request; `Host` is right unless a header says otherwise.
    fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream
            .write_all(&self.head(method, path, headers, body.len()))
            .unwrap();
        // Who refuses a body need not read it.
        let _ = stream.write_all(body);
        read_reply(&mut stream)
    }

    fn head(&self, method: &str, path: &str, headers: &[(&str, String)], len: usize) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str(&format!("Host: {}\r\n", self.host));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {len}\r\n\r\n"));
        head.into_bytes()
    }

    fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[self.with_cookie()], b"")
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        let headers = [self.with_cookie(), self.origin()];
        self.send("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Runs a command; gives exit code and document.
    fn verb(&self, args: &[&str]) -> (i64, Value) {
        let reply = self.post("/api/verb", &json!({ "args": args }));
        assert_eq!(reply.status, 200, "{reply:?}");
        let said = reply.json();
        (said["exit"].as_i64().unwrap(), said["document"].clone())
    }

    fn events(&self) -> Events {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let head = self.head("GET", "/api/events", &[self.with_cookie()], 0);
        stream.write_all(&head).unwrap();
        Events(BufReader::new(stream))
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Events(BufReader<TcpStream>);

impl Events {
    /// Reads on until an event of this name whose data is wanted; gives the data.
    fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the events ended");
            if let Some(named) = line.strip_prefix("event: ") {
                named.trim().clone_into(&mut event);
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data: Value = serde_json::from_str(data).unwrap();
                if event == name && wanted(&data) {
                    return data;
                }
            }
        }
    }

    fn until_connection(&mut self, connection: &str) {
        self.until("state", |state| state["connection"] == connection);
    }
}

fn address(said: &Value) -> (String, String) {
    let url = said["url"].as_str().unwrap();
    let rest = url.strip_prefix("http://").unwrap();
    let (host, token) = rest.split_once("/#token=").unwrap();
    (host.to_owned(), token.to_owned())
}

fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A server that has refused a body may reset what it did not read.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
    let (head, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 4));
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Reply {
        status: status.unwrap_or(0),
        head,
        body: body.to_vec(),
    }
}

/// What opens a consultation in `channel`.
fn opening(channel: &str) -> Vec<&str> {
    vec![
        "consult",
        "open",
        channel,
        "--title",
        "Chủ trì",
        "--question",
        "Đề nghị góp ý",
        "--reason",
        "Sắp họp",
        "--deadline",
        "+1h",
        "--to",
        "moit",
        "--attest",
    ]
}

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

#[test]
fn a_page_locks_unlocks_uploads_and_survives_the_server() {
    let mut deployment = Deployment::new();
    let channel = deployment.text("channel");
    let ui = Ui::start_with(&deployment, "mofa", false);
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
        json!(["remind", "extend", "revise", "withdraw"])
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

#[test]
fn an_agent_tells_the_desktop_that_something_waits_and_not_what() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let channel = deployment.text("channel");
    // A desktop whose notices go down a pipe that this test reads.
    let bin = deployment.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let (told, script) = (deployment.path("told"), bin.join("notify-send"));
    let made = Command::new("mkfifo").arg(&told).status().unwrap();
    assert!(made.success());
    let text = format!("#!/bin/sh\necho \"$@\" >'{}'\n", told.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut agent = deployment.command("moit");
    let mut agent = agent
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
