//! A server in a process of its own, so that it can be killed: the shipped binary, or the same server with failpoints armed.
//!
//! The shipped binary cannot be armed. An armed server is this test executable, started again for the one test
//! [`server_process`], which arms the points and calls [`thamvan_server::serve`], as `main` of the binary does.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use thamvan_proto::frame::{Body, Frame, Receipt};
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_server::failpoint::{Hit, arm};
use thamvan_server::{chain, serve};
use thamvan_server_core::Change;

use crate::deployment::Deployment;

/// What an armed server does at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The process ends there and then.
    Abort,
    /// An IO error with this number.
    Error(i32),
}

/// A fault at the `count`th passing of a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) point: &'a str,
    pub(crate) count: u32,
    pub(crate) fault: Fault,
}

pub(crate) const EIO: i32 = 5;
pub(crate) const ENOSPC: i32 = 28;

/// A running server process.
pub(crate) struct Process {
    child: Child,
    log: Option<JoinHandle<()>>,
    seen: Arc<Mutex<String>>,
    pub(crate) address: SocketAddr,
}

/// How a server process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// All that it wrote on standard error.
    pub(crate) log: String,
}

impl Process {
    /// Starts the shipped binary; it must come up.
    pub(crate) fn start(deployment: &Deployment) -> Self {
        Self::try_start(deployment).unwrap_or_else(|ended| panic!("{ended:?}"))
    }

    /// Starts the shipped binary; it may refuse.
    pub(crate) fn try_start(deployment: &Deployment) -> Result<Self, Ended> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thamvan-server"));
        command.args(["run", "--config"]);
        command.arg(deployment.config_file());
        Self::spawn(command, deployment)
    }

    /// Starts an armed server; a fault may end it before it serves. In the file `trace` it writes down each point passed.
    pub(crate) fn armed(
        deployment: &Deployment,
        plan: Plan<'_>,
        trace: Option<&Path>,
    ) -> Result<Self, Ended> {
        let fault = match plan.fault {
            Fault::Abort => 0,
            Fault::Error(number) => number,
        };
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "process::server_process", "--nocapture"]);
        command.env(CONFIG, deployment.config_file());
        command.env(PLAN, format!("{} {} {fault}", plan.point, plan.count));
        if let Some(trace) = trace {
            command.env(TRACE, trace);
        }
        Self::spawn(command, deployment)
    }

    fn spawn(mut command: Command, deployment: &Deployment) -> Result<Self, Ended> {
        let address = deployment.dir.path().join("server/address");
        command.current_dir(deployment.dir.path());
        command.env_remove("THAMVAN_LOG_LEVEL");
        if let Some(level) = deployment.trace {
            command.env("THAMVAN_LOG", "json");
            command.env("THAMVAN_LOG_LEVEL", level);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        // It says so on standard error once it listens; the pipe ends when the process does.
        while !seen.contains(SERVING) {
            if lines.read_line(&mut seen).unwrap() == 0 {
                let status = child.wait().unwrap();
                return Err(Ended { status, log: seen });
            }
        }
        let address = std::fs::read_to_string(address).unwrap();
        let seen = Arc::new(Mutex::new(seen));
        let all = Arc::clone(&seen);
        let log = std::thread::spawn(move || {
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).unwrap() > 0 {
                all.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Ok(Self {
            child,
            log: Some(log),
            seen,
            address: address.trim().parse().unwrap(),
        })
    }

    /// Bytes of memory that are in use, and that were at most.
    pub(crate) fn resident(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let words: Vec<&str> = line.unwrap().split_whitespace().collect();
            words[0].parse::<u64>().unwrap() * 1_024
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// Processor time of all its threads so far.
    pub(crate) fn cpu(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let spent = threads.flatten().map(|thread| {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let nanos = text.split(' ').next().and_then(|word| word.parse().ok());
            Duration::from_nanos(nanos.unwrap_or(0))
        });
        spent.sum()
    }

    /// Waits until the log has said this so many times.
    pub(crate) async fn wait_for(&self, words: &str, count: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.seen.lock().unwrap().matches(words).count() < count {
            assert!(Instant::now() < end, "the log never says: {words}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL, now.
    pub(crate) fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.ended()
    }

    /// Stops it in the middle of whatever it does; it goes on when killed.
    pub(crate) fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on after a [`pause`](Self::pause).
    pub(crate) fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// SIGTERM, whatever comes of it.
    pub(crate) fn terminate(self) -> Ended {
        self.signal(rustix::process::Signal::TERM);
        self.ended()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// SIGTERM, as an operator stops it; it must end well.
    pub(crate) fn stop(self) -> String {
        let ended = self.terminate();
        assert!(ended.status.success(), "{ended:?}");
        ended.log
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap();
        let log = self.seen.lock().unwrap().clone();
        Ended { status, log }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails leaves no server behind. One that has ended already is not there any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not a test but the body of an armed server: does nothing unless [`Process`] started it.
#[test]
fn server_process() {
    let Some(config) = std::env::var_os(CONFIG) else {
        return;
    };
    let plan = std::env::var(PLAN).ok();
    let trace = std::env::var_os(TRACE).map(|path| {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Mutex::new(file.unwrap())
    });
    let passed = AtomicU32::new(0);
    let first = arm(Box::new(move |hit| {
        if let Some(trace) = &trace {
            writeln!(trace.lock().unwrap(), "{hit}{}", told(hit))?;
        }
        let Some(plan) = plan.as_deref() else {
            return Ok(());
        };
        let mut fields = plan.split(' ');
        if fields.next() != Some(&hit.to_string()) {
            return Ok(());
        }
        let mut number = || fields.next().unwrap().parse::<u32>().unwrap();
        let (count, fault) = (number(), number());
        if passed.fetch_add(1, Ordering::SeqCst) + 1 != count {
            return Ok(());
        }
        match i32::try_from(fault).unwrap() {
            0 => std::process::abort(),
            number => Err(io::Error::from_raw_os_error(number)),
        }
    }));
    assert!(first);
    let code = match serve(Path::new(&config)) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("thamvan-server: {}", chain(&error));
            error.exit_code()
        }
    };
    std::process::exit(code.into());
}

/// What the bytes at a point say about the log: the indexes in a batch, or the index in a receipt.
fn told(hit: &Hit<'_>) -> String {
    let indexes = match hit.subject {
        "records" => hit.detail.get(FRAME_HEAD_LEN..).map_or(vec![], sequenced),
        "socket" => receipt(hit.detail).into_iter().collect(),
        _ => Vec::new(),
    };
    indexes.iter().map(|index| format!(" {index}")).collect()
}

fn sequenced(payload: &[u8]) -> Vec<u64> {
    let mut decoder = minicbor::Decoder::new(payload);
    let mut indexes = Vec::new();
    while decoder.position() < payload.len() {
        if let Change::Sequenced(sequenced) = decoder.decode().unwrap() {
            indexes.push(sequenced.index);
        }
    }
    indexes
}

fn receipt(bytes: &[u8]) -> Option<u64> {
    match Frame::parse(bytes, FRAME_LEN_MAX).ok()?.body {
        Body::Ok(answer) => Some(answer.open::<Receipt>().ok()?.index),
        _ => None,
    }
}

const CONFIG: &str = "THAMVAN_TEST_SERVER_CONFIG";
const PLAN: &str = "THAMVAN_TEST_SERVER_PLAN";
const TRACE: &str = "THAMVAN_TEST_SERVER_TRACE";
const SERVING: &str = "serving";
/// Length, number and checksum before the changes of a batch.
const FRAME_HEAD_LEN: usize = 4 + 8 + 32;
