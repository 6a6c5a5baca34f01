//! A quickstart deployment in a temporary folder, and its binaries.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A finished quickstart; its server stops with it.
pub(crate) struct Deployment {
    dir: TempDir,
    server: Option<Child>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) json: Value,
    #[expect(dead_code, reason = "shown when an assertion fails")]
    stderr: String,
}

impl Deployment {
    /// Runs `deploy/quickstart --once`.
    pub(crate) fn new() -> Self {
        let dir = TempDir::with_prefix("thamvan-e2e-").unwrap();
        let deployment = Self { dir, server: None };
        let output = deployment.quickstart();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        deployment
    }

    pub(crate) fn quickstart(&self) -> Output {
        Command::new(root().join("deploy/quickstart"))
            .args(["--once", "--dir"])
            .arg(self.path(""))
            .env("THAMVAN_BIN_DIR", binaries())
            .output()
            .unwrap()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    pub(crate) fn text(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn start_server(&mut self) {
        let address = self.path("server/address");
        let _ = std::fs::remove_file(&address);
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.path("server.log"))
            .unwrap();
        let mut child = Command::new(binaries().join("thamvan-server"))
            .args(["run", "--config"])
            .arg(self.path("thamvan.toml"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        while !address.exists() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server stopped: {status}; {}", self.text("server.log"));
            }
            std::thread::yield_now();
        }
        self.server = Some(child);
    }

    pub(crate) fn stop_server(&mut self) {
        if let Some(mut child) = self.server.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The client of one home.
    pub(crate) fn command(&self, home: &str) -> Command {
        let mut command = Command::new(binaries().join("thamvan"));
        command
            .env("THAMVAN_HOME", self.path("homes").join(home))
            .env(
                "THAMVAN_PASSPHRASE_FILE",
                self.path("homes").join(home).join("passphrase"),
            )
            .env_remove("THAMVAN_LANG")
            .arg("--json")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, home: &str, arguments: &[&str]) -> Ended {
        ended(self.command(home).args(arguments))
    }

    /// Runs a command that must succeed; gives its document.
    pub(crate) fn ok(&self, home: &str, arguments: &[&str]) -> Value {
        let ended = self.run(home, arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.json
    }

    /// `thamvan audit verify` of `copy`, which needs no home, passphrase or network.
    pub(crate) fn verify(&self, copy: &Path) -> Ended {
        let mut command = Command::new(binaries().join("thamvan"));
        command
            .args(["--json", "audit", "verify", "--copy"])
            .arg(copy)
            .arg("--policy")
            .arg(self.path("policy.txt"))
            .args(["--genesis", &self.text("genesis.hash")])
            .env_clear();
        ended(&mut command)
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.stop_server();
    }
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of the profile that this test was built with: `tests/run` builds the binaries there first.
pub(crate) fn binaries() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap().to_owned();
    assert!(
        profile.join("thamvan").exists(),
        "build the binaries first: tests/run does"
    );
    profile
}
