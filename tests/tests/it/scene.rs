//! Whole clients and the real server in one process.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tempfile::TempDir;
use thamvan_engine::{Engine, FoundRequest, Passphrase};
use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{Scope, Suite};
use thamvan_proto::directory::{DeviceEnrol, Role, RoleGrant, Statement, Ticket, code_hash};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{AgencyId, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::login::TicketFile;
use thamvan_proto::tlog::Policy;
use thamvan_server::{Config, Init, RunError, init, run};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fixture::{Authority, CODE, id};

/// A server, and homes whose devices the root keys enrolled before it began.
pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    server: Option<Running>,
    /// Where homes look for the server.
    pub(crate) port: u16,
    /// Where the server listens: there, unless something stands between.
    pub(crate) listens_on: u16,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), RunError>>,
}

impl Scene {
    /// Devices are named by place in `owners`.
    pub(crate) async fn new(owners: &[&str]) -> Self {
        let port = free_port();
        Self::at(owners, (port, port), Vec::new()).await
    }

    /// Homes look for the server at one port, and it listens on another.
    pub(crate) async fn apart(owners: &[&str]) -> Self {
        Self::at(owners, (free_port(), free_port()), Vec::new()).await
    }

    /// One of the officials is an auditor.
    pub(crate) async fn audited(owners: &[&str], auditor: &str) -> Self {
        let grant = Statement::RoleGrant(RoleGrant {
            role: Role::Auditor,
            official: id(auditor),
            scope: None,
            from: 0,
            until: None,
        });
        let port = free_port();
        Self::at(owners, (port, port), vec![grant]).await
    }

    async fn at(
        owners: &[&str],
        (port, listens_on): (u16, u16),
        mut statements: Vec<Statement>,
    ) -> Self {
        let dir = TempDir::new().unwrap();
        init(&Init {
            dir: dir.path().to_owned(),
            origin: Some(ORIGIN.into()),
            listen: "127.0.0.1:0".into(),
            names: Vec::new(),
            quorum: None,
            witnesses: Vec::new(),
        })
        .unwrap();
        let policy = fs::read_to_string(dir.path().join("policy.txt")).unwrap();
        let log_key = Policy::parse(&policy).unwrap().log().to_string();
        let now = now_ms();
        let mut authority = Authority::new(ORIGIN, &log_key, sha256(policy.as_bytes()), now);
        let scene = Self {
            dir,
            server: None,
            port,
            listens_on,
        };
        let genesis = authority.genesis();
        let begin = authority.begin(&[], now);
        for (place, owner) in owners.iter().enumerate() {
            statements.extend(scene.create(place, owner, &authority, now));
        }
        let mut items = vec![genesis, begin];
        // A root statement has a limit of its own.
        for some in statements.chunks(16) {
            items.push(authority.state(some.to_vec(), Vec::new(), now));
        }
        let bytes: Vec<u8> = items.iter().flat_map(cbor::to_vec).collect();
        fs::write(scene.dir.path().join("genesis.cbor"), bytes).unwrap();
        let mut scene = scene;
        scene.start().await;
        scene
    }

    /// Creates a home; gives its ticket and enrolment.
    fn create(&self, place: usize, owner: &str, authority: &Authority, now: u64) -> [Statement; 2] {
        let ca = self.dir.path().join("ca.pem");
        let ca = CertificateDer::from_pem_file(ca).unwrap();
        let ticket = TicketId([u8::try_from(place).unwrap() + 0x40; 16]);
        let official = id(owner);
        let expires = now + 3_600_000;
        let file = TicketFile {
            version: 1,
            server: format!("127.0.0.1:{}", self.port),
            ca: ByteVec::from(ca.to_vec()),
            origin: ORIGIN.into(),
            genesis: authority.hash,
            ticket,
            official: official.clone(),
            code: CODE.into(),
            expires,
        };
        let engine = Engine::create(&self.home(place), &passphrase(), &file, "desk").unwrap();
        let keys = engine.keys();
        [
            Statement::Ticket(Ticket {
                id: ticket,
                official: official.clone(),
                code: code_hash(CODE),
                expires,
            }),
            Statement::DeviceEnrol(DeviceEnrol {
                device: keys.device,
                official,
                seat: None,
                signing: keys.signing_public(),
                mls: keys.mls_public(),
                sealing: keys.sealing_public().unwrap().into(),
                name: "desk".into(),
                ticket,
            }),
        ]
    }

    pub(crate) fn home(&self, place: usize) -> PathBuf {
        self.dir.path().join(format!("home-{place}"))
    }

    pub(crate) async fn start(&mut self) {
        let mut config = Config::read(&self.dir.path().join("thamvan.toml")).unwrap();
        config.listen.set_port(self.listens_on);
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(run(config, ready, async move {
            stopped.await.ok();
        }));
        is_ready.await.unwrap();
        self.server = Some(Running { stop, ended });
    }

    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    pub(crate) async fn stop(&mut self) {
        let Running { stop, ended } = self.server.take().unwrap();
        stop.send(()).unwrap();
        ended.await.unwrap().unwrap();
    }

    pub(crate) fn open(&self, place: usize) -> Engine {
        Engine::open(&self.home(place), &passphrase()).unwrap()
    }

    /// A home that has read the log and left key packages.
    pub(crate) async fn ready(&self, place: usize) -> Engine {
        let mut engine = self.open(place);
        engine.sync().await.unwrap();
        engine
    }

    /// Home 0 (lan) founds, 1 (approver) approves, 2 (administrator) provisions, 0 starts.
    pub(crate) async fn channel(&self, lan: &mut Engine) -> StreamId {
        let (mut approver, mut admin) = (self.ready(1).await, self.ready(2).await);
        let stream = lan
            .found_channel(FoundRequest {
                name: "Kênh".into(),
                purpose: "Thử".into(),
                scope: Scope::coordinator(),
                label: Label::Internal,
                members: ["mofa", "moit"]
                    .map(|id| id.parse::<AgencyId>().unwrap())
                    .into(),
                retention_days: 1,
                review_after_ms: 1,
            })
            .await
            .unwrap();
        again(&mut approver).await;
        approver.approve_channel(stream).await.unwrap();
        again(&mut admin).await;
        admin.provision_channel(stream, Suite::XWing).await.unwrap();
        again(lan).await;
        lan.start_channel(stream).await.unwrap();
        stream
    }
}

/// Reads on a new connection: whatever others did meanwhile.
pub(crate) async fn again(engine: &mut Engine) {
    engine.disconnect();
    engine.sync().await.unwrap();
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("x".into())
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

const ORIGIN: &str = "example.org/thamvan";
