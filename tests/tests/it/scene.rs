//! The real server in one process, and homes of whole clients with it.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tempfile::TempDir;
use thamvan_engine::{Engine, FoundRequest, ItemState, Passphrase};
use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{Scope, Suite};
use thamvan_proto::directory::{
    Accreditation, DeviceEnrol, Measure, Official, Role, RoleGrant, Seat, SeatAppoint, SeatRole,
    Statement, Ticket, code_hash,
};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{AgencyId, DeviceId, SeatId, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::login::TicketFile;
use thamvan_proto::tlog::Policy;
use thamvan_server::{Config, Init, RunError, clock_ms, init, run};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fixture::{ADMIN, Authority, CODE, Device, agency, id, name};

/// A server, and homes whose devices the root keys enrolled before it began.
pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    server: Option<Running>,
    /// Where homes look for the server.
    pub(crate) port: u16,
    /// Where the server listens: there, unless something stands between.
    pub(crate) listens_on: u16,
    /// The server's clock, from its next start on.
    pub(crate) clock_ms: fn() -> u64,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), RunError>>,
}

impl Scene {
    /// Devices are named by place in `owners`.
    pub(crate) async fn new(owners: &[&str]) -> Self {
        Self::with(owners, &[]).await
    }

    /// Devices of `raw` belong to clients of the test's own.
    pub(crate) async fn with(owners: &[&str], raw: &[&Device]) -> Self {
        Self::build(owners, raw, Vec::new()).await
    }

    /// Accredited for the first secrecy level, and the administrator may authorise for mofa.
    pub(crate) async fn accredited(owners: &[&str]) -> Self {
        let now = now_ms();
        let accreditation = Statement::Accreditation(Accreditation {
            number: "12/BCY".into(),
            authority: "Ban Cơ yếu".into(),
            date: now,
            level: Label::Mat,
            measure: Measure::Cipher,
            systems: "all".into(),
            document: sha256(b"12/BCY"),
            from: now - 3_600_000,
            until: now + 3_600_000,
        });
        Self::build(owners, &[], vec![accreditation, speaks(ADMIN)]).await
    }

    /// Homes look for the server at one port, and it listens on another.
    pub(crate) async fn apart(owners: &[&str]) -> Self {
        let mut scene = Self::new(owners).await;
        scene.move_server().await;
        scene
    }

    /// One of the officials is an auditor.
    pub(crate) async fn audited(owners: &[&str], auditor: &str) -> Self {
        Self::stated(owners, vec![auditor_role(auditor)]).await
    }

    /// With statements of the root keys besides.
    pub(crate) async fn stated(owners: &[&str], statements: Vec<Statement>) -> Self {
        Self::build(owners, &[], statements).await
    }

    /// All of it: devices of the test's own, and statements of the root keys besides.
    pub(crate) async fn build(owners: &[&str], raw: &[&Device], more: Vec<Statement>) -> Self {
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
        // Homes pin the address before the server runs.
        let port = free_port();
        let scene = Self {
            dir,
            server: None,
            port,
            listens_on: port,
            clock_ms,
        };
        let genesis = authority.genesis();
        let begin = authority.begin(&[], now);
        let mut statements = Vec::new();
        for (place, owner) in owners.iter().enumerate() {
            statements.extend(scene.create(place, owner, &authority, now));
        }
        let mut items = vec![genesis, begin, authority.state(people(), names(), now)];
        for device in raw {
            statements.push(Statement::Ticket(Ticket {
                id: device.fact.ticket,
                official: device.fact.official.clone(),
                code: code_hash(CODE),
                expires: now + 3_600_000,
            }));
            statements.push(Statement::DeviceEnrol(device.fact.clone()));
        }
        statements.extend(more);
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

    pub(crate) fn home(&self, place: usize) -> std::path::PathBuf {
        self.dir.path().join(format!("home-{place}"))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(crate) async fn start(&mut self) {
        let mut config = Config::read(&self.config_file()).unwrap();
        config.listen.set_port(self.listens_on);
        config.clock_ms = self.clock_ms;
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

    pub(crate) fn config_file(&self) -> std::path::PathBuf {
        self.dir.path().join("thamvan.toml")
    }

    /// The server goes on at another address than the one that homes look at.
    pub(crate) async fn move_server(&mut self) {
        self.stop().await;
        self.listens_on = free_port();
        self.start().await;
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
        let stream = self.open_channel(lan, Label::Internal).await;
        lan.start_channel(stream).await.unwrap();
        stream
    }

    /// The same, not started.
    pub(crate) async fn open_channel(&self, lan: &mut Engine, label: Label) -> StreamId {
        let members = ["mofa", "moit", "moha"];
        self.open_channel_of(lan, label, &members).await
    }

    /// The same, of these agencies.
    pub(crate) async fn open_channel_of(
        &self,
        lan: &mut Engine,
        label: Label,
        members: &[&str],
    ) -> StreamId {
        let (mut approver, mut admin) = (self.ready(1).await, self.ready(2).await);
        let stream = lan
            .found_channel(FoundRequest {
                name: "Kênh".into(),
                purpose: "Thử".into(),
                scope: Scope::coordinator(),
                label,
                members: members
                    .iter()
                    .map(|id| id.parse::<AgencyId>().unwrap())
                    .collect(),
                retention_days: 3650,
                review_after_ms: 1,
            })
            .await
            .unwrap();
        again(&mut approver).await;
        approver.approve_channel(stream).await.unwrap();
        again(&mut admin).await;
        admin.provision_channel(stream, Suite::XWing).await.unwrap();
        again(lan).await;
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

pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Generation, epoch, roster and size of the channel as a home has them.
pub(crate) fn place(engine: &Engine, stream: StreamId) -> Place {
    let views = engine.channels().unwrap();
    let view = views
        .into_iter()
        .find(|view| view.stream == stream)
        .unwrap();
    Place {
        generation: view.generation,
        epoch: view.epoch,
        devices: view.devices,
        size: view.size,
    }
}

/// Where a channel stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) generation: Option<u64>,
    pub(crate) epoch: Option<u64>,
    pub(crate) devices: Vec<DeviceId>,
    pub(crate) size: u64,
}

/// Texts that a home can read, in order.
pub(crate) fn texts(engine: &Engine, stream: StreamId) -> Vec<String> {
    let items = engine.items(stream, 0).unwrap();
    assert!(items.iter().all(|item| item.fault.is_none()));
    let logged = items
        .into_iter()
        .filter(|item| item.state == ItemState::Logged);
    logged.filter_map(|item| item.text).collect()
}

pub(crate) fn copy_home(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Besides the officials of the fixture: hoa, who speaks for mofa, binh of a third agency, and hung of a fourth.
fn people() -> Vec<Statement> {
    let official = |who: &str| {
        Statement::Official(Official {
            id: id(who),
            name: sha256(&name(who)),
        })
    };
    vec![
        agency("moha", Vec::new()),
        official(HOA),
        official(BINH),
        agency("mps", Vec::new()),
        official(HUNG),
        speaks(HOA),
    ]
}

fn speaks(who: &str) -> Statement {
    Statement::SeatAppoint(SeatAppoint {
        seat: "mofa/main".parse().unwrap(),
        official: id(who),
        role: SeatRole::Deputy,
        from: 0,
        until: None,
        speak_for: true,
    })
}

/// A seat, and the official who speaks for it.
pub(crate) fn seated(seat: &str, official: &str) -> [Statement; 2] {
    let seat: SeatId = seat.parse().unwrap();
    [
        Statement::Seat(Seat {
            id: seat.clone(),
            purpose: String::new(),
        }),
        Statement::SeatAppoint(SeatAppoint {
            seat,
            official: id(official),
            role: SeatRole::Primary,
            from: 0,
            until: None,
            speak_for: true,
        }),
    ]
}

/// What makes an official an auditor.
pub(crate) fn auditor_role(official: &str) -> Statement {
    Statement::RoleGrant(RoleGrant {
        role: Role::Auditor,
        official: id(official),
        scope: None,
        from: 0,
        until: None,
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn names() -> Vec<Vec<u8>> {
    [HOA, BINH, HUNG].map(name).into()
}

pub(crate) const HOA: &str = "hoa@mofa";
pub(crate) const BINH: &str = "binh@moha";
pub(crate) const HUNG: &str = "hung@mps";
const ORIGIN: &str = "example.org/thamvan";
