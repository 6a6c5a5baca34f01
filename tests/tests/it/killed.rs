//! A client in a process of its own, that is killed (SIGKILL) at a named point: what is not in its store by then never happened.
//!
//! The shipped binary cannot be armed. The client is this test executable, started again for the one test [`client_process`].

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Signal, getpid, kill_process};
use thamvan_engine::{Engine, Point};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;

use crate::fixture::id;
use crate::scene::passphrase;

/// What the client does when it is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing<'a> {
    Start(StreamId),
    Add(StreamId, &'a str),
    Send(StreamId, &'a str),
    /// What it does by itself whenever it synchronises: joins, comes back, rejects, begins a successor.
    Sync,
}

impl Doing<'_> {
    fn words(self) -> String {
        match self {
            Self::Start(stream) => format!("start {stream}"),
            Self::Add(stream, official) => format!("add {stream} {official}"),
            Self::Send(stream, text) => format!("send {stream} {text}"),
            Self::Sync => "sync".to_owned(),
        }
    }
}

/// Runs a client on `home` until it is killed at `point` of an entry of `kind`; it must come there.
pub(crate) async fn killed(home: &Path, doing: Doing<'_>, point: Point, kind: EntryType) {
    let words = doing.words();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::client_process", "--nocapture"]);
    command.env(HOME, home).env(DOING, &words);
    command.env(AT, format!("{point:?} {}", kind.number()));
    // The server lives in this process and serves meanwhile.
    let ended = tokio::task::spawn_blocking(move || command.output());
    let ended = ended.await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    let killed = ended.status.signal();
    assert_eq!(
        killed,
        Some(Signal::KILL.as_raw()),
        "{words} {point:?} {kind:?}: {told}"
    );
}

/// Not a test but the body of such a client: does nothing unless [`killed`] started it.
#[tokio::test]
async fn client_process() {
    let Some(home) = std::env::var_os(HOME) else {
        return;
    };
    let doing = std::env::var(DOING).unwrap();
    let at = std::env::var(AT).unwrap();
    let (point, kind) = at.split_once(' ').unwrap();
    let point = Point::ALL.into_iter().find(|it| format!("{it:?}") == point);
    let kind = EntryType::from_number(kind.parse().unwrap()).unwrap();
    let kill = Box::new(|| kill_process(getpid(), Signal::KILL).unwrap());
    let mut engine = Engine::open(Path::new(&home), &passphrase()).unwrap();
    let mut words = doing.splitn(3, ' ');
    let verb = words.next().unwrap();
    if verb == "sync" {
        engine.kill_at(point.unwrap(), kind, kill);
        engine.sync().await.unwrap();
        return;
    }
    engine.sync().await.unwrap();
    engine.kill_at(point.unwrap(), kind, kill);
    let stream: StreamId = words.next().unwrap().parse().unwrap();
    let rest = words.next().unwrap_or_default();
    match verb {
        "start" => engine.start_channel(stream).await.unwrap(),
        "add" => engine.add_member(stream, id(rest)).await.unwrap(),
        "send" => {
            engine.send(stream, rest, None).await.unwrap();
        }
        other => panic!("{other}"),
    }
}

const HOME: &str = "THAMVAN_TEST_CLIENT_HOME";
const DOING: &str = "THAMVAN_TEST_CLIENT_DOING";
const AT: &str = "THAMVAN_TEST_CLIENT_AT";
