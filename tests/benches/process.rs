//! A server in a process of its own, and what the kernel says of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child process that serves an address; it ends with the value.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its word that it serves.
    started_in: Duration,
}

impl Process {
    /// The shipped server on the folder `dir`.
    pub(crate) fn server(dir: &Path) -> Self {
        let file = dir.join("server/address");
        fs::remove_file(&file).ok();
        let mut command = Command::new(binary("thamvan-server"));
        command
            .arg("run")
            .arg("--config")
            .arg(dir.join("thamvan.toml"));
        command.env("THAMVAN_LOG_LEVEL", "warn");
        let began = Instant::now();
        let mut child = command.spawn().expect("the server starts");
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if let Some(address) = text.strip_suffix('\n') {
                let address = address.parse().expect("the server writes an address");
                return Self {
                    child,
                    address,
                    started_in: began.elapsed(),
                };
            }
            assert!(matches!(child.try_wait(), Ok(None)), "the server ended");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// This program again, as `role`, which prints its address first.
    pub(crate) fn own(role: &str, dir: &Path) -> Self {
        let began = Instant::now();
        let mut child = Command::new(std::env::current_exe().expect("a program has a path"))
            .arg(role)
            .arg(dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut line = String::new();
        let out = child.stdout.take().expect("the output is piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("the address is printed");
        Self {
            child,
            address: line.trim().parse().expect("an address is printed"),
            started_in: began.elapsed(),
        }
    }

    /// Seconds from the start of the process to its word that it serves.
    pub(crate) fn seconds(&self) -> f64 {
        self.started_in.as_secs_f64()
    }

    /// Kills it there and then.
    pub(crate) fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// CPU used so far, all threads.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it lives");
        let nanos: u64 = tasks
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(nanos)
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let text = text.expect("it lives");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().next()?.parse().ok())
            .expect("the kernel says how much is resident");
        kib * 1024
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A program that stands beside this one's folder.
fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a program has a path");
    let profile = own.parent().and_then(Path::parent);
    let path = profile.expect("the program stands in deps").join(name);
    assert!(path.exists(), "build {name} with the same profile first");
    path
}
