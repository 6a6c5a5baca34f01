//! A server on a temporary folder with three devices enrolled by the root keys.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use thamvan_proto::cbor;
use thamvan_proto::directory::Statement;
use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::Policy;
use thamvan_server::{Config, Init, RunError, init, run};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::fixture::{ADMIN, APPROVER, Authority, Device, LAN, MINH};

/// The folder and what the root keys made for it.
pub(crate) struct Deployment {
    pub(crate) dir: TempDir,
    pub(crate) admin: Device,
    pub(crate) approver: Device,
    pub(crate) lan: Device,
    /// Has a ticket and is not enrolled.
    pub(crate) minh: Device,
    pub(crate) authority: Authority,
    /// Level of the log of a server in a process of its own.
    pub(crate) trace: Option<&'static str>,
}

/// A running server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), RunError>>,
}

pub(crate) const ORIGIN: &str = "example.org/thamvan";

impl Deployment {
    pub(crate) fn new() -> Self {
        Self::witnessed(Vec::new())
    }

    /// A log with these witnesses, `<vkey> <url>` each, all of which make its quorum.
    pub(crate) fn witnessed(witnesses: Vec<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        init(&Init {
            dir: dir.path().to_owned(),
            origin: Some(ORIGIN.into()),
            listen: "127.0.0.1:0".into(),
            names: Vec::new(),
            quorum: Some(witnesses.len()).filter(|count| *count > 0),
            witnesses,
        })
        .unwrap();
        let policy = std::fs::read_to_string(dir.path().join("policy.txt")).unwrap();
        let log_key = Policy::parse(&policy).unwrap().log().to_string();
        let policy = sha256(policy.as_bytes());
        let authority = Authority::new(ORIGIN, &log_key, policy, now_ms());
        let mut deployment = Self {
            dir,
            admin: Device::new(1, ADMIN),
            approver: Device::new(2, APPROVER),
            lan: Device::new(3, LAN),
            minh: Device::new(4, MINH),
            authority,
            trace: None,
        };
        deployment.write_genesis();
        deployment
    }

    fn write_genesis(&mut self) {
        let made = now_ms();
        let devices = [&self.admin, &self.approver, &self.lan, &self.minh];
        let enrolled = [&self.admin, &self.approver, &self.lan];
        let enrolled = enrolled.map(|device| Statement::DeviceEnrol(device.fact.clone()));
        let items = [
            self.authority.genesis(),
            self.authority.begin(&devices, made),
            self.authority.state(enrolled.to_vec(), Vec::new(), made),
        ];
        let bytes: Vec<u8> = items.iter().flat_map(cbor::to_vec).collect();
        std::fs::write(self.dir.path().join("genesis.cbor"), bytes).unwrap();
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::read(&self.config_file()).unwrap();
        // Tests run side by side: a port chosen earlier may be taken by now.
        config.listen.set_port(0);
        config
    }

    /// Lets the configuration file name any free port, for a server in a process of its own.
    pub(crate) fn listen_anywhere(&self) {
        let text = std::fs::read_to_string(self.config_file()).unwrap();
        let lines = text.lines().map(|line| match line.strip_prefix("listen") {
            Some(_) => "listen = \"127.0.0.1:0\"\n".to_owned(),
            None => format!("{line}\n"),
        });
        std::fs::write(self.config_file(), lines.collect::<String>()).unwrap();
    }

    /// Adds lines to the configuration file.
    pub(crate) fn configure(&self, lines: &str) {
        let text = std::fs::read_to_string(self.config_file()).unwrap();
        std::fs::write(self.config_file(), text + lines).unwrap();
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.dir.path().join("thamvan.toml")
    }

    pub(crate) async fn start(&self) -> Running {
        self.start_with(self.config()).await
    }

    pub(crate) async fn start_with(&self, config: Config) -> Running {
        let (ready_tx, ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(run(config, ready_tx, async move {
            stopped.await.ok();
        }));
        match ready.await {
            Ok(ready) => Running {
                address: ready.address,
                metrics: ready.metrics,
                stop,
                ended,
            },
            Err(_) => panic!("{:?}", ended.await),
        }
    }

    pub(crate) async fn connect(&self, server: &Running) -> Client {
        Client::connect(self.dir.path(), server.address).await
    }

    pub(crate) async fn log_in(&self, server: &Running, device: &Device) -> Client {
        let mut client = self.connect(server).await;
        client.log_in(device).await;
        client
    }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap().unwrap();
    }

    pub(crate) async fn ended(self) -> Result<(), RunError> {
        self.ended.await.unwrap()
    }
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

pub(crate) const CHANNEL: StreamId = StreamId([9; 16]);
