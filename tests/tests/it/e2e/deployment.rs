//! A quickstart deployment in a temporary folder, and its binaries.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A finished quickstart; its server and witnesses stop with it.
pub(crate) struct Deployment {
    dir: TempDir,
    server: Option<Child>,
    witnesses: BTreeMap<&'static str, Child>,
}

/// The witnesses of a quickstart, both of which make its quorum.
pub(crate) const WITNESSES: [&str; 2] = ["w1", "w2"];

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Deployment {
    /// Runs `deploy/quickstart --once`, without the consultation of `deploy/scenario`.
    pub(crate) fn new() -> Self {
        let dir = TempDir::with_prefix("thamvan-e2e-").unwrap();
        let deployment = Self {
            dir,
            server: None,
            witnesses: BTreeMap::new(),
        };
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
            .env("THAMVAN_SCENARIO", "base")
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

    /// Starts witnesses and server, and waits until they listen.
    pub(crate) fn start_server(&mut self) {
        for name in WITNESSES {
            self.start_witness(name);
        }
        self.start_server_alone();
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn start_server_alone(&mut self) {
        let config = self.path("thamvan.toml");
        let mut command = Command::new(binaries().join("thamvan-server"));
        command.args(["run", "--config"]).arg(config);
        self.server = Some(self.start(command, "server", "server.log"));
    }

    /// Starts a witness, unless it runs, and waits until it listens.
    pub(crate) fn start_witness(&mut self, name: &'static str) {
        if self.witnesses.contains_key(name) {
            return;
        }
        let folder = format!("witnesses/{name}");
        let mut command = Command::new(binaries().join("thamvan"));
        command
            .args(["witness", "run", "--dir"])
            .arg(self.path(&folder));
        let child = self.start(command, &folder, &format!("{name}.log"));
        self.witnesses.insert(name, child);
    }

    pub(crate) fn stop_witness(&mut self, name: &str) {
        if let Some(mut child) = self.witnesses.remove(name) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn start(&self, mut command: Command, folder: &str, log: &str) -> Child {
        let address = self.path(folder).join("address");
        let _ = std::fs::remove_file(&address);
        let file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.path(log))
            .unwrap();
        let mut child = command
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        while !address.exists() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("it stopped: {status}; {}", self.text(log));
            }
            std::thread::yield_now();
        }
        child
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

    /// The server serves its metrics from its next start on; gives where.
    pub(crate) fn configure_metrics(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = self.path("thamvan.toml");
        let settings = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, format!("metrics = \"{address}\"\n{settings}")).unwrap();
        address
    }

    /// What the server says of itself at `address`, into the file `metrics`.
    pub(crate) fn keep_metrics(&self, address: SocketAddr) {
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.contains("thamvan_"), "{said}");
        std::fs::write(self.path("metrics"), said).unwrap();
    }

    /// Backs the running server up into `backup.tar`.
    pub(crate) fn back_up(&self) {
        let mut command = Command::new(binaries().join("thamvan-server"));
        command.args(["backup", "--config"]);
        command.arg(self.path("thamvan.toml"));
        command.arg("--out").arg(self.path("backup.tar"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Looks for canaries in these files and folders, where none may be; gives how many bytes it has read.
    pub(crate) fn scan(&self, places: &[&str], canaries: &[&str]) -> usize {
        let mut scanned = 0;
        for file in places.iter().flat_map(|place| files(&self.path(place))) {
            let bytes = std::fs::read(&file).unwrap();
            scanned += bytes.len();
            for canary in canaries {
                let mut windows = bytes.windows(canary.len());
                let found = windows.any(|window| window == canary.as_bytes());
                assert!(!found, "{canary} in {}", file.display());
            }
        }
        scanned
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
        WITNESSES.iter().for_each(|name| self.stop_witness(name));
    }
}

/// A file, or all files of a folder.
pub(crate) fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    std::fs::read_dir(place)
        .unwrap()
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
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
