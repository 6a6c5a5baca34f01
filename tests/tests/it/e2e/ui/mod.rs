//! `thamvan ui`: the home shared by several processes, and the server of the pages. Here: the server as a test meets it.

mod desktop;
mod disclose;
mod guard;
mod hand_over;
mod page;
mod report;
mod shared;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::deployment::Deployment;

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
        Self::start_with(deployment, home, true, &[])
    }

    /// Without the passphrase it begins locked.
    fn start_with(deployment: &Deployment, home: &str, passphrase: bool, more: &[&OsStr]) -> Self {
        let pages = deployment.path("pages");
        std::fs::create_dir_all(&pages).unwrap();
        std::fs::write(pages.join("index.html"), "<!doctype html>").unwrap();
        let mut command = deployment.command(home);
        command
            .args(["ui", "--no-open", "--pages"])
            .arg(&pages)
            .args(more);
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
