//! Urgent alerts through the real server: a mail server, a receiver and a program stand beside it, and hear of a consultation
//! that nobody attends; nothing of its content, and nothing more once somebody has acknowledged it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use data_encoding::BASE64_MIME_PERMISSIVE;
use serde_json::Value;

use super::deployment::Deployment;

const PRIMARY: &str = "minh.7411@moit.example";
const DEPUTY: &str = "hoa.7412@moit.example";
const PHONE: &str = "+84912347413";

/// Words of the consultation alone.
const CONTENT: [&str; 3] = ["Tiêu đề 7414", "Câu hỏi 7415", "Lý do khẩn 7416"];

#[test]
fn a_seat_that_nobody_attends_is_alerted_without_a_word_of_content_until_it_acknowledges() {
    let mut deployment = Deployment::new();
    let metrics = deployment.configure_metrics();
    deployment.start_server();
    appoint_deputy(&deployment);
    let channel = deployment.text("channel");
    let beside = Beside::start();
    without_the_section_nothing_is_sent(&deployment, &channel, &beside);

    configure(&mut deployment, &beside, 1);
    let first = open(&deployment, &channel);
    the_primary_then_the_deputy_are_told(&deployment, &beside);
    no_content_leaves(&deployment, &channel, &first, &beside);
    they_are_counted(&deployment, metrics);

    // After a start, nothing again within the interval: what is opened now is alerted, and nothing else.
    configure(&mut deployment, &beside, 3_600);
    let before = records(&deployment).len();
    let second = open(&deployment, &channel);
    let alerted = until(|| primary_sent(&deployment, before));
    let of_first = tag(&records(&deployment)[0]);
    assert!(alerted.iter().all(|tag| *tag != of_first), "{alerted:?}");

    // What is acknowledged is not alerted any more, though the interval is short again.
    for id in [&first, &second] {
        deployment.ok("moit", &["consult", "ack", id]);
    }
    configure(&mut deployment, &beside, 1);
    let before = records(&deployment).len();
    let third = open(&deployment, &channel);
    let alerted = until(|| primary_sent(&deployment, before));
    assert!(alerted.iter().all(|tag| *tag == alerted[0]), "{alerted:?}");
    deployment.ok("moit", &["consult", "ack", &third]);

    who_is_connected_is_not_alerted(&deployment, &channel);
    a_reminder_alerts_again(&deployment, &third, &alerted[0]);
    let places = ["server", "server.log", "metrics"];
    let addresses = [PRIMARY, DEPUTY, &PHONE[1..]];
    assert!(deployment.scan(&places, &addresses) > 100_000);
}

/// Somebody of the ministry without a device, who stands in.
fn appoint_deputy(deployment: &Deployment) {
    let add = ["admin", "official", "add", "hoa@moit", "--name", "Hòa"];
    deployment.ok("admin", &add);
    let mut appoint = vec!["admin", "seat", "appoint", "moit/main", "hoa@moit"];
    appoint.extend(["--as", "deputy"]);
    let proposal = deployment.ok("admin", &appoint)["proposal"].clone();
    let approve = ["admin", "proposal", "approve", proposal.as_str().unwrap()];
    deployment.ok("approver", &approve);
}

fn without_the_section_nothing_is_sent(deployment: &Deployment, channel: &str, beside: &Beside) {
    let id = open(deployment, channel);
    let withdraw = ["consult", "withdraw", &id, "--reason", "thử"];
    deployment.ok("mofa", &withdraw);
    assert!(!deployment.path("server/alerts.jsonl").exists());
    assert!(beside.mails().is_empty() && beside.posts().is_empty());
}

/// The server starts again with alerts that repeat so often.
fn configure(deployment: &mut Deployment, beside: &Beside, repeat_s: u32) {
    deployment.stop_server();
    let program = deployment.path("sms");
    std::fs::write(&program, "#!/bin/sh\ncat >>\"$1\"\necho >>\"$1\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let contacts = format!(
        "[\"minh@moit\"]\nemail = [\"{PRIMARY}\"]\nphone = [\"{PHONE}\"]\n[\"hoa@moit\"]\nemail = [\"{DEPUTY}\"]\n"
    );
    std::fs::write(deployment.path("contacts.toml"), contacts).unwrap();
    let config = deployment.path("thamvan.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let base = text.split("\n[alerts]").next().unwrap();
    let section = format!(
        "\n[alerts]
contacts = \"contacts.toml\"
offline_s = 0
view_wait_s = 3600
escalate_after_s = 0.5
repeat_s = {repeat_s}
times_max = 100
[alerts.smtp]
host = \"127.0.0.1\"
port = {}
tls = \"none\"
from = \"Tham vấn <thamvan@register.example>\"
[alerts.webhook]
url = \"http://{}/alerts\"
[alerts.command]
program = \"{}\"
arguments = [\"{}\"]
",
        beside.mail.port(),
        beside.hook,
        program.display(),
        deployment.path("sms.log").display()
    );
    std::fs::write(&config, format!("{base}{section}")).unwrap();
    deployment.start_server_alone();
}

fn open(deployment: &Deployment, channel: &str) -> String {
    let mut open = vec!["consult", "open", channel, "--to", "moit", "--attest"];
    open.extend(["--title", CONTENT[0], "--question", CONTENT[1]]);
    open.extend(["--reason", CONTENT[2], "--urgency", "hoa_toc"]);
    open.extend(["--deadline", "+1h"]);
    let opened = deployment.ok("mofa", &open);
    opened["id"].as_str().unwrap().to_owned()
}

/// Repeats until there is something; the test runner ends what never comes.
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        std::thread::yield_now();
    }
}

fn records(deployment: &Deployment) -> Vec<Value> {
    let text = std::fs::read_to_string(deployment.path("server/alerts.jsonl")).unwrap();
    let lines = text.lines().filter(|line| line.ends_with('}'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn tag(record: &Value) -> String {
    record["consultation"].as_str().unwrap().to_owned()
}

fn tags(deployment: &Deployment) -> BTreeSet<String> {
    records(deployment).iter().map(tag).collect()
}

/// The consultations that were alerted after the first `before` lines, once a mail to the primary is among them.
fn primary_sent(deployment: &Deployment, before: usize) -> Option<Vec<String>> {
    let records = records(deployment).split_off(before);
    let is_sent = |record: &Value| {
        record["way"] == "mail" && record["ring"] == "primary" && record["outcome"] == "sent"
    };
    let found = records.iter().any(is_sent);
    found.then(|| records.iter().map(tag).collect())
}

fn the_primary_then_the_deputy_are_told(deployment: &Deployment, beside: &Beside) {
    let told = until(|| {
        let told: Vec<String> = beside.mails().into_iter().map(|(to, _)| to).collect();
        let again = told.iter().filter(|to| *to == PRIMARY).count() > 1;
        (again && told.iter().any(|to| to == DEPUTY)).then_some(told)
    });
    assert!(told.iter().all(|to| to == PRIMARY || to == DEPUTY));
    let sms = until(|| {
        let text = std::fs::read_to_string(deployment.path("sms.log")).unwrap_or_default();
        text.ends_with('\n').then_some(text)
    });
    let post = until(|| beside.posts().first().cloned());
    for json in [sms.lines().next().unwrap(), &post] {
        let said: Value = serde_json::from_str(json).unwrap();
        assert_eq!(said["seat"], "moit/main");
        assert_eq!(said["urgency"], "hoa_toc");
        assert_eq!(said["phones"], serde_json::json!([PHONE]));
    }
    // The first mail was refused: it is on record, and was tried again before the deputy's turn was over.
    let records = records(deployment);
    let refused = records.iter().find(|record| record["outcome"] == "failed");
    assert_eq!(refused.unwrap()["reason"], "refused");
    let ring = |record: &&Value| record["ring"] == "deputy";
    let deputy = records.iter().find(ring).unwrap();
    assert!(deputy["time"].as_str() > records[0]["time"].as_str());
}

fn no_content_leaves(deployment: &Deployment, channel: &str, id: &str, beside: &Beside) {
    let name = deployment.ok("mofa", &["channels"])[0]["title"].clone();
    let mut never = CONTENT.map(str::to_owned).to_vec();
    never.extend([channel.to_owned(), id.to_owned(), id[..8].to_owned()]);
    never.extend(["Tham vấn thử", "lan@mofa", "minh@moit\""].map(str::to_owned));
    never.extend(name.as_str().map(str::to_owned));
    let mut said = beside.posts();
    said.push(deployment.text("sms.log"));
    said.push(deployment.text("server/alerts.jsonl"));
    for (_, mail) in beside.mails() {
        let text = decoded(&mail);
        assert!(
            text.starts_with("Một tham vấn mức độ khẩn HỎA TỐC đang chờ moit/main"),
            "{text}"
        );
        assert!(
            text.contains("(giờ Việt Nam, +07)") && text.contains("Deadline: "),
            "{text}"
        );
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
        said.extend([text, mail]);
    }
    for (said, canary) in said
        .iter()
        .flat_map(|said| never.iter().map(move |it| (said, it)))
    {
        assert!(!said.contains(canary.as_str()), "{canary} in {said}");
    }
}

fn they_are_counted(deployment: &Deployment, metrics: SocketAddr) {
    deployment.keep_metrics(metrics);
    let said = deployment.text("metrics");
    for (way, outcome) in [
        ("mail", "sent"),
        ("webhook", "sent"),
        ("command", "sent"),
        ("mail", "failed"),
    ] {
        let counter = format!("thamvan_alerts_total{{way=\"{way}\",outcome=\"{outcome}\"}}");
        assert!(said.contains(&counter), "{said}");
    }
}

fn who_is_connected_is_not_alerted(deployment: &Deployment, channel: &str) {
    let mut follower = deployment
        .command("moit")
        .args(["read", channel, "--follow"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let before = tags(deployment);
    let id = open(deployment, channel);
    // It is there, and the server has had time for several looks.
    let delivered = || {
        let seen = deployment.ok("mofa", &["consult", "show", &id]);
        seen["agencies"][0]["delivered"].is_string().then_some(())
    };
    until(delivered);
    for _ in 0..3 {
        delivered();
    }
    assert_eq!(tags(deployment), before);
    follower.kill().unwrap();
    follower.wait().unwrap();
    until(|| (tags(deployment).len() > before.len()).then_some(()));
    deployment.ok("moit", &["consult", "ack", &id]);
}

/// It has acknowledged and not answered: a reminder calls it again.
fn a_reminder_alerts_again(deployment: &Deployment, id: &str, its_tag: &str) {
    let before = records(deployment).len();
    deployment.ok("mofa", &["consult", "remind", id]);
    until(|| {
        let alerted = primary_sent(deployment, before)?;
        alerted.iter().any(|tag| tag == its_tag).then_some(())
    });
    let mut answer = vec!["consult", "answer", id, "--position", "agree"];
    answer.extend(["--capacity", "agency"]);
    deployment.ok("moit", &answer);
}

/// Who hears of alerts, on this machine.
struct Beside {
    mail: SocketAddr,
    hook: SocketAddr,
    mails: Arc<Mutex<Vec<(String, String)>>>,
    posts: Arc<Mutex<Vec<String>>>,
}

impl Beside {
    fn start() -> Self {
        let (mails, posts) = (Arc::default(), Arc::default());
        let to_mails = Arc::clone(&mails);
        // The first mail is refused, with words that name its address.
        let mut is_first = true;
        let mail = serve(move |stream| {
            let is_refused = std::mem::take(&mut is_first);
            take_mail(stream, is_refused, &to_mails)
        });
        let to_posts = Arc::clone(&posts);
        let hook = serve(move |stream| take_post(stream, &to_posts));
        Self {
            mail,
            hook,
            mails,
            posts,
        }
    }

    /// Addresses and mails as they came.
    fn mails(&self) -> Vec<(String, String)> {
        self.mails.lock().unwrap().clone()
    }

    fn posts(&self) -> Vec<String> {
        self.posts.lock().unwrap().clone()
    }
}

/// Serves one connection after another, while the test runs.
fn serve(mut each: impl FnMut(TcpStream) -> std::io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Who hangs up early is not our concern.
            let _ = stream.and_then(&mut each);
        }
    });
    address
}

/// The receiving side of SMTP (RFC 5321), as far as one mail goes.
fn take_mail(
    stream: TcpStream,
    is_refused: bool,
    mails: &Mutex<Vec<(String, String)>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let say = |words: String| (&stream).write_all(format!("{words}\r\n").as_bytes());
    say("220 mail.test".to_owned())?;
    let (mut to, mut line) = (String::new(), String::new());
    while lines.read_line(&mut line)? > 0 {
        let command = std::mem::take(&mut line);
        let command = command.trim_end();
        if let Some(address) = command.strip_prefix("RCPT TO:<") {
            to = address.split('>').next().unwrap_or_default().to_owned();
            if is_refused {
                say(format!("550 {to} is unknown"))?;
                continue;
            }
        } else if command == "DATA" {
            say("354 go on".to_owned())?;
            let mut mail = String::new();
            while lines.read_line(&mut line)? > 0 && line != ".\r\n" {
                mail.push_str(&std::mem::take(&mut line));
            }
            line.clear();
            mails.lock().unwrap().push((to.clone(), mail));
        } else if command == "QUIT" {
            return say("221 bye".to_owned());
        }
        say("250 mail.test".to_owned())?;
    }
    Ok(())
}

fn take_post(stream: TcpStream, posts: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let (mut length, mut line) = (0, String::new());
    while lines.read_line(&mut line)? > 0 && line != "\r\n" {
        let head = std::mem::take(&mut line).to_lowercase();
        if let Some(value) = head.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    posts.lock().unwrap().push(String::from_utf8(body).unwrap());
    (&stream).write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
}

/// The text of a mail (RFC 2045).
fn decoded(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let bytes = if head.contains("Content-Transfer-Encoding: base64") {
        BASE64_MIME_PERMISSIVE.decode(body.as_bytes()).unwrap()
    } else {
        assert!(head.contains("quoted-printable"), "{head}");
        quoted_printable(body)
    };
    String::from_utf8(bytes).unwrap()
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut parts = body.replace("=\r\n", "").into_bytes().into_iter();
    while let Some(byte) = parts.next() {
        if byte == b'=' {
            let digits = [parts.next().unwrap(), parts.next().unwrap()];
            bytes.extend(data_encoding::HEXUPPER.decode(&digits).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    bytes
}
