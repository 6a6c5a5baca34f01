//! A server that lies to one client: what the client must not believe, and what it says about it.
//!
//! The log is the sample session, signed with its log key; each test changes one thing that a server can change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use thamvan_engine::{Engine, EngineError, Passphrase, QuorumState};
use thamvan_proto::cbor::ByteVec;
use thamvan_proto::directory::{Seat, Statement};
use thamvan_proto::entry::{Position, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    Answer, Body, CaughtUp, Challenge, Delivery, Frame, HeadsShown, Null, SUBPROTOCOL, StreamInfo,
    Submit, VERSION, Witnessed,
};
use thamvan_proto::heads::StreamHeads;
use thamvan_proto::id::{Salt, StreamId, TicketId};
use thamvan_proto::ledger::RecordError;
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::login::TicketFile;
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::tlog::{
    Checkpoint, CosignatureSigner, Hash, Name, NoteSigner, SignedNote, Tree, sign_checkpoint,
};
use thamvan_tests::session::{self, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// One record as this server shows it.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) stream: StreamId,
    pub(crate) index: u64,
    pub(crate) record: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// A log as this server shows it.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) records: Vec<Shown>,
    pub(crate) tree: Tree,
    pub(crate) signer: Arc<NoteSigner>,
    pub(crate) channel: StreamId,
    pub(crate) channel_key: StreamKey,
    /// What is said to who submits: the answer, then what is pushed.
    pub(crate) decides: Option<Deciding>,
    /// The tree once `decides` has put something in it.
    pub(crate) grown: Arc<Mutex<Option<Tree>>>,
    /// Tag key of stream 0.
    pub(crate) directory_key: StreamKey,
    /// Keeps the records of a stream from this one on to itself.
    pub(crate) frozen: Option<(StreamId, u64)>,
    /// What is proved under the newest heads, where it is not the truth.
    pub(crate) said: Option<BTreeMap<StreamId, Position>>,
    /// Changes the answer to who asks for heads.
    pub(crate) answers: Option<Answering>,
    policy: String,
    /// Pushed at log-in.
    witnessed: Option<String>,
    /// Of the server, and the lowest of clients that it serves.
    versions: (u64, u64),
}

/// Changes an answer.
pub(crate) type Answering = Arc<dyn Fn(HeadsShown) -> Option<HeadsShown> + Send + Sync>;

/// Decides on an entry.
pub(crate) type Deciding = Arc<dyn Fn(&Submit) -> (Body, Vec<Delivery>) + Send + Sync>;

impl Log {
    pub(crate) fn honest() -> (Self, Session) {
        Self::of_session(Session::play())
    }

    /// Under a policy of two witnesses, both of which make the quorum.
    pub(crate) fn with_witnesses() -> (Self, Session) {
        let [one, two] = witnesses().map(|witness| witness.verifier_key().to_string());
        let lines = format!("witness w1 {one}\nwitness w2 {two}\ngroup g 2 w1 w2\nquorum g\n");
        Self::of_session(Session::play_under(&lines))
    }

    fn of_session(session: Session) -> (Self, Session) {
        let records = session
            .records
            .iter()
            .map(|logged| Shown {
                stream: logged.stream,
                index: logged.index,
                record: logged.record.clone(),
                body: logged.body.bytes.clone(),
            })
            .collect();
        let log = Self {
            records,
            tree: session.tree.clone(),
            signer: Arc::new(session::log_signer()),
            channel: session.cast.channel,
            channel_key: session.cast.channel_key.clone(),
            decides: None,
            grown: Arc::default(),
            directory_key: StreamKey(session.cast.genesis.stream_key.0),
            frozen: None,
            said: None,
            answers: None,
            policy: session.cast.policy.clone(),
            witnessed: None,
            versions: (VERSION, VERSION),
        };
        (log, session)
    }

    /// The first `size` entries of the log.
    pub(crate) fn prefix(&self, size: u64) -> Self {
        let mut log = self.clone();
        log.records.retain(|shown| shown.index < size);
        log.tree.truncate(size);
        log
    }

    /// The same records, all of which must be there, in a tree in which the leaf at `index` is another.
    pub(crate) fn with_other_leaf(&self, index: u64) -> Self {
        let mut tree = Tree::new();
        for shown in &self.records {
            let seq = Record::parse(&shown.record).unwrap().seq;
            let leaf = Leaf::new(&self.key(shown.stream), seq, &shown.record);
            tree.append(if shown.index == index {
                Hash([9; 32])
            } else {
                leaf.hash()
            });
        }
        assert_eq!(tree.size(), self.tree.size());
        Self {
            tree,
            ..self.clone()
        }
    }

    fn of(&self, stream: StreamId) -> Vec<&Shown> {
        self.records
            .iter()
            .filter(|shown| shown.stream == stream)
            .collect()
    }

    pub(crate) fn checkpoint(&self) -> String {
        let origin = Name::parse(session::ORIGIN).unwrap();
        let checkpoint = Checkpoint {
            origin,
            size: self.tree.size(),
            root: self.tree.root(),
        };
        sign_checkpoint(&checkpoint, &self.signer)
    }

    /// The checkpoint with a cosignature of each witness at its time (s).
    fn cosigned(&self, times: &[u64]) -> String {
        let note = SignedNote::parse(&self.checkpoint()).unwrap();
        let lines = witnesses().into_iter().zip(times);
        lines
            .fold(note, |note, (witness, time)| {
                let line = witness.cosign(&note, *time);
                note.with_signature(line).unwrap()
            })
            .to_string()
    }

    /// The same log, and at log-in the quorum of `other` at these times.
    pub(crate) fn shows(&self, other: &Self, times: &[u64]) -> Self {
        let mut log = self.clone();
        log.witnessed = Some(other.cosigned(times));
        log
    }

    pub(crate) fn delivery(&self, shown: &Shown) -> Delivery {
        Delivery {
            index: shown.index,
            record: shown.record.clone().into(),
            body: Some(shown.body.clone().into()),
            path: self
                .tree
                .inclusion_path(shown.index, self.tree.size())
                .unwrap(),
            checkpoint: self.checkpoint(),
        }
    }

    pub(crate) fn key(&self, stream: StreamId) -> StreamKey {
        match stream {
            StreamId::DIRECTORY => self.directory_key.clone(),
            StreamId::HEADS => self.directory_key.of_heads(),
            _ => self.channel_key.clone(),
        }
    }

    /// The last record of each stream before `size`.
    pub(crate) fn positions(&self, size: u64) -> BTreeMap<StreamId, Position> {
        let mut positions = BTreeMap::new();
        for shown in self.records.iter().filter(|shown| shown.index < size) {
            let record = Record::parse(&shown.record).unwrap();
            let position = Position {
                seq: record.seq,
                record: sha256(&shown.record),
            };
            if shown.stream != StreamId::HEADS {
                positions.insert(shown.stream, position);
            }
        }
        positions
    }

    pub(crate) fn stream_heads(&self, positions: &BTreeMap<StreamId, Position>) -> StreamHeads {
        let mut streams = StreamHeads::default();
        for (stream, head) in positions {
            streams.set(*stream, &self.key(*stream), head);
        }
        streams
    }

    /// The newest heads with the proofs of what was asked for.
    fn heads(&self, asked: &[StreamId]) -> Option<HeadsShown> {
        let newest = self.of(StreamId::HEADS).into_iter().next_back()?;
        let truth = || self.positions(newest.index);
        let positions = self.said.clone().unwrap_or_else(truth);
        let tree = self.stream_heads(&positions).tree();
        let prove = |stream: &StreamId| tree.prove(stream, positions.get(stream)?);
        let shown = HeadsShown {
            record: self.delivery(newest),
            streams: asked.iter().map(prove).collect(),
        };
        match &self.answers {
            Some(change) => change(shown),
            None => Some(shown),
        }
    }

    /// The frames that answer a request; none for what this server does not know.
    fn answer(&self, frame: &Frame) -> Option<Vec<Frame>> {
        let ok = |answer: Answer| Frame::new(frame.id, Body::Ok(answer));
        match &frame.body {
            Body::Login(_) => {
                let checkpoint = self.witnessed.clone();
                let push = checkpoint
                    .map(|checkpoint| Frame::new(0, Body::Witnessed(Witnessed { checkpoint })));
                Some([ok(Answer::new(&Null))].into_iter().chain(push).collect())
            }
            Body::AcknowledgeCursor(_) => Some(vec![ok(Answer::new(&Null))]),
            Body::FetchPolicy(Null) => Some(vec![ok(Answer::new(&self.policy))]),
            Body::PutKeyPackages(_) => Some(vec![ok(Answer::new(&[10_u64]))]),
            Body::FetchBody(_) => {
                let refused = thamvan_proto::frame::Refused {
                    code: ErrorCode::NotFound,
                    detail: "not here".into(),
                    signed: None,
                };
                Some(vec![Frame::new(frame.id, Body::Refused(refused))])
            }
            Body::Submit(submit) => {
                let (answer, pushed) = self.decides.as_ref()?(submit);
                let pushed = pushed
                    .into_iter()
                    .map(|one| Frame::new(0, Body::Delivery(one)));
                Some(
                    [Frame::new(frame.id, answer)]
                        .into_iter()
                        .chain(pushed)
                        .collect(),
                )
            }
            Body::ListStreams(Null) => {
                let info = StreamInfo {
                    stream: self.channel,
                    stream_key: Salt(self.channel_key.0),
                    size: self.of(self.channel).len() as u64,
                };
                Some(vec![ok(Answer::new(&vec![info]))])
            }
            Body::Heads(asked) => Some(vec![ok(Answer::new(&self.heads(asked)))]),
            Body::Consistency(ask) => {
                let grown = self.grown.lock().unwrap();
                let path = grown
                    .as_ref()
                    .unwrap_or(&self.tree)
                    .consistency_path(ask.old, ask.new)
                    .unwrap_or_default();
                Some(vec![ok(Answer::new(&path))])
            }
            Body::Subscribe(ask) => {
                let mut all = self.of(ask.stream);
                if let Some((_, first)) = self.frozen.filter(|(id, _)| *id == ask.stream) {
                    all.truncate(usize::try_from(first).unwrap());
                }
                let size = all.len() as u64;
                let wanted = all.into_iter().skip(usize::try_from(ask.from).unwrap());
                let pushed = wanted.map(|s| Frame::new(0, Body::Delivery(self.delivery(s))));
                let end = CaughtUp {
                    stream: ask.stream,
                    size,
                };
                let end = Frame::new(0, Body::CaughtUp(end));
                Some(
                    std::iter::once(ok(Answer::new(&Null)))
                        .chain(pushed)
                        .chain([end])
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

fn witnesses() -> [CosignatureSigner; 2] {
    ["w1.example", "w2.example"].map(|name| {
        let seed = [name.as_bytes()[1]; 32];
        CosignatureSigner::from_seed(Name::parse(name).unwrap(), &seed)
    })
}

pub(crate) fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs()
}

/// A TLS server whose certificate the client's ticket trusts.
pub(crate) struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    ca: Vec<u8>,
}

impl Server {
    async fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]);
        let made = made.unwrap();
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca: certificate.to_vec(),
        }
    }

    fn ticket(&self, genesis: Hash) -> TicketFile {
        TicketFile {
            version: 1,
            server: self.listener.local_addr().unwrap().to_string(),
            ca: ByteVec::from(self.ca.clone()),
            origin: session::ORIGIN.into(),
            genesis,
            ticket: TicketId([1; 16]),
            official: "lan@mofa".parse().unwrap(),
            code: "CODE".into(),
            expires: session::START + session::DAY,
        }
    }

    /// Serves one connection with `log`, until the client leaves.
    async fn serve(&self, log: &Log) {
        let (tcp, _) = self.listener.accept().await.unwrap();
        let Ok(tls) = self.acceptor.accept(tcp).await else {
            return;
        };
        serve_tls(tls, log).await;
    }
}

#[expect(
    clippy::result_large_err,
    reason = "the callback's signature is the library's"
)]
async fn serve_tls(tls: tokio_rustls::server::TlsStream<TcpStream>, log: &Log) {
    let accept = |_: &Request, mut response: Response| {
        let protocol = SUBPROTOCOL.parse().unwrap();
        response
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async(tls, accept)
        .await
        .unwrap();
    let challenge = Challenge {
        nonce: Salt([5; 32]),
        origin: session::ORIGIN.into(),
        version: log.versions.0,
        minimum: log.versions.1,
    };
    let challenge = Frame::new(0, Body::Challenge(challenge)).to_vec();
    socket
        .send(Message::Binary(challenge.into()))
        .await
        .unwrap();
    while let Some(Ok(Message::Binary(bytes))) = socket.next().await {
        let frame = Frame::parse(&bytes, FRAME_LEN_MAX).unwrap();
        let Some(answers) = log.answer(&frame) else {
            return;
        };
        for answer in answers {
            if socket
                .send(Message::Binary(answer.to_vec().into()))
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

/// A client that synchronises with one log after another.
pub(crate) struct Client {
    home: TempDir,
    server: Server,
    genesis: Hash,
}

impl Client {
    pub(crate) async fn new(genesis: Hash) -> Self {
        Self {
            home: TempDir::new().unwrap(),
            server: Server::new().await,
            genesis,
        }
    }

    /// Opens the home (again).
    pub(crate) fn open(&self) -> Result<Engine, EngineError> {
        let (home, passphrase) = (self.home.path().join("home"), Passphrase::new("x".into()));
        if home.exists() {
            Engine::open(&home, &passphrase)
        } else {
            let ticket = self.server.ticket(self.genesis);
            Engine::create(&home, &passphrase, &ticket, "test")
        }
    }

    /// Opens the home (again) and reads everything that `log` shows.
    pub(crate) async fn sync(&self, log: &Log) -> Result<Engine, EngineError> {
        let mut engine = self.open()?;
        self.during(log, engine.sync()).await.map(|()| engine)
    }

    /// What comes of `work` while `log` is served, to one connection after another.
    /// Says something in stream 0 of `log`.
    pub(crate) async fn say(&self, log: &Log) -> Result<u64, EngineError> {
        let statement = Statement::Seat(Seat {
            id: "mofa/hall".parse().unwrap(),
            purpose: "none".into(),
        });
        let mut engine = self.open().unwrap();
        let work = async {
            engine.sync().await?;
            engine.state(statement, vec![]).await
        };
        self.during(log, work).await
    }

    pub(crate) async fn during<T>(&self, log: &Log, work: impl Future<Output = T>) -> T {
        let serve = async {
            loop {
                self.server.serve(log).await;
            }
        };
        tokio::select! {
            done = work => done,
            () = serve => unreachable!("serves for ever"),
        }
    }
}

async fn told(log: &Log, session: &Session) -> Result<Engine, EngineError> {
    Client::new(session.cast.genesis_hash).await.sync(log).await
}

pub(crate) fn finding<T>(result: Result<T, EngineError>, about: &str) {
    match result {
        Err(EngineError::Finding { what }) => assert!(what.contains(about), "{what}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("believed"),
    }
}

fn position(log: &Log, session: &Session, name: &str) -> usize {
    let wanted = session.record(name).index;
    log.records
        .iter()
        .position(|shown| shown.index == wanted)
        .unwrap()
}

/// The name of the last record of the channel and of one in the middle of the directory.
fn names(session: &Session) -> (&'static str, &'static str) {
    let last = session
        .records
        .iter()
        .rfind(|l| l.stream == session.cast.channel)
        .unwrap();
    let middle = session
        .records
        .iter()
        .filter(|l| l.stream == StreamId::DIRECTORY)
        .nth(3)
        .unwrap();
    (last.name, middle.name)
}

#[tokio::test]
async fn an_honest_log_is_believed_and_read_on_from_where_it_stopped() {
    let (log, session) = Log::honest();
    let client = Client::new(session.cast.genesis_hash).await;
    let half = log.prefix(log.tree.size() - 2);
    let engine = client.sync(&half).await.unwrap();
    assert_eq!(engine.checkpoint().unwrap().size, half.tree.size());
    drop(engine);
    let engine = client.sync(&log).await.unwrap();
    assert_eq!(engine.checkpoint().unwrap().root, log.tree.root());
    assert_eq!(
        engine.ledger().size(&log.channel),
        log.of(log.channel).len() as u64
    );
}

#[tokio::test]
async fn a_server_that_another_authority_certifies() {
    let (log, session) = Log::honest();
    let mut client = Client::new(session.cast.genesis_hash).await;
    client.server.ca = Server::new().await.ca;
    let told = client.sync(&log).await;
    assert!(
        matches!(told, Err(EngineError::Unreachable { .. })),
        "{told:?}"
    );
}

/// The hello of a server that speaks TLS 1.2 (RFC 5246 §7.4.1.3), whatever it was asked.
fn hello_of_tls_1_2() -> Vec<u8> {
    let version = [3, 3];
    let cipher_suite = [0xc0, 0x2f];
    let hello = [&version[..], &[7; 32], &[0], &cipher_suite, &[0]].concat();
    let len = u8::try_from(hello.len()).unwrap();
    let handshake = [&[2, 0, 0, len][..], &hello].concat();
    let len = u8::try_from(handshake.len()).unwrap();
    [&[22, 3, 3, 0, len][..], &handshake].concat()
}

#[tokio::test]
async fn a_server_with_an_older_tls_is_left_with_an_alert() {
    let (_, session) = Log::honest();
    let client = Client::new(session.cast.genesis_hash).await;
    let mut engine = client.open().unwrap();
    let older = async {
        let (mut tcp, _) = client.server.listener.accept().await.unwrap();
        let mut head = [0; 5];
        tcp.read_exact(&mut head).await.unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        tcp.read_exact(&mut hello).await.unwrap();
        tcp.write_all(&hello_of_tls_1_2()).await.unwrap();
        let mut alert = Vec::new();
        tcp.read_to_end(&mut alert).await.unwrap();
        alert
    };
    let (told, alert) = tokio::join!(engine.sync(), older);
    assert!(
        matches!(told, Err(EngineError::Unreachable { .. })),
        "{told:?}"
    );
    // Fatal: protocol_version (RFC 8446 §6).
    assert_eq!(alert, [21, 3, 3, 0, 2, 2, 70]);
}

#[tokio::test]
async fn a_server_of_another_version_is_left_with_words_that_say_who_upgrades() {
    let (honest, session) = Log::honest();
    for (versions, who) in [
        ((VERSION + 1, VERSION + 1), "upgrade this client"),
        ((VERSION - 1, 0), "upgrade the server"),
    ] {
        let mut log = honest.clone();
        log.versions = versions;
        let Err(EngineError::Refused { code, detail }) = told(&log, &session).await else {
            panic!("{versions:?} is served");
        };
        assert_eq!(code, ErrorCode::Version);
        assert!(detail.contains(who), "{detail}");
    }
    // A newer server that still serves this client is none of these.
    let mut log = honest;
    log.versions = (VERSION + 1, VERSION);
    told(&log, &session).await.unwrap();
}

#[tokio::test]
async fn another_genesis_than_the_pinned_one() {
    let (log, _) = Log::honest();
    let client = Client::new(Hash([3; 32])).await;
    finding(client.sync(&log).await, "genesis is not the pinned one");
}

#[tokio::test]
async fn a_record_that_is_not_in_the_tree() {
    let (mut log, session) = Log::honest();
    let (last, _) = names(&session);
    let at = position(&log, &session, last);
    // The time that the server gave it: nothing that the author signed.
    let mut record = thamvan_proto::record::Record::parse(&log.records[at].record).unwrap();
    record.time += 1;
    log.records[at].record = record.to_vec();
    finding(told(&log, &session).await, "inclusion");
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one() {
    let (mut log, session) = Log::honest();
    let (_, middle) = names(&session);
    let at = position(&log, &session, middle);
    log.records[at].body.push(0);
    let told = told(&log, &session).await;
    assert!(
        matches!(
            told,
            Err(EngineError::Record(RecordError::BodyMismatch { .. }))
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_record_left_out_and_two_exchanged() {
    let (log, session) = Log::honest();
    let (_, middle) = names(&session);
    let at = position(&log, &session, middle);
    let mut gap = log.clone();
    gap.records.remove(at);
    let mut exchanged = log.clone();
    exchanged.records.swap(at, at + 1);
    for lie in [gap, exchanged] {
        let told = told(&lie, &session).await;
        assert!(
            matches!(told, Err(EngineError::Record(RecordError::Sequence { .. }))),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_tag_key_that_does_not_open_its_commitment() {
    let (mut log, session) = Log::honest();
    log.channel_key = StreamKey([1; 32]);
    finding(told(&log, &session).await, "does not open its commitment");
}

#[tokio::test]
async fn a_channel_that_the_directory_does_not_register() {
    let (mut log, session) = Log::honest();
    log.frozen = Some((StreamId::DIRECTORY, 1));
    let client = Client::new(session.cast.genesis_hash).await;
    let mut engine = client.open().unwrap();
    // It would be waited for, as on an open connection.
    engine.set_patience(Duration::from_millis(20));
    let told = client.during(&log, engine.sync()).await;
    finding(told, "stream 0 does not register it");
}

#[tokio::test]
async fn a_checkpoint_of_another_key() {
    let (mut log, session) = Log::honest();
    let name = Name::parse(session::ORIGIN).unwrap();
    log.signer = Arc::new(NoteSigner::from_seed(name, &[1; 32]));
    finding(told(&log, &session).await, "checkpoint");
}

#[tokio::test]
async fn a_fork_before_what_the_client_has_seen() {
    let (log, session) = Log::honest();
    let client = Client::new(session.cast.genesis_hash).await;
    let seen = log.tree.size() - 2;
    drop(client.sync(&log.prefix(seen)).await.unwrap());
    let fork = log.with_other_leaf(seen - 1);
    finding(client.sync(&fork).await, "fork");
    // The evidence does not replace what was known: the honest log is still believed.
    assert!(client.sync(&log).await.is_ok());
}

#[tokio::test]
async fn a_stream_that_went_back() {
    let (log, session) = Log::honest();
    let client = Client::new(session.cast.genesis_hash).await;
    drop(client.sync(&log).await.unwrap());
    // Without the last message and the heads behind it.
    let back = log.prefix(log.tree.size() - 2);
    finding(client.sync(&back).await, "rollback");
}

#[tokio::test]
async fn a_quorum_is_kept_and_judged_by_its_own_times() {
    let (log, session) = Log::with_witnesses();
    let client = Client::new(session.cast.genesis_hash).await;
    let (size, now) = (log.tree.size(), now_s());
    let state = |engine: &Engine| {
        let status = engine.witness_status().unwrap();
        (status.state, status.size, status.time_conflict)
    };
    // None yet, though the records are old.
    let engine = client.sync(&log).await.unwrap();
    assert_eq!(state(&engine), (QuorumState::Missing, None, None));
    drop(engine);
    // A quorum of two months ago, shown as the newest; then the quorum of a smaller tree; then a fresh one.
    let then = log
        .records
        .last()
        .map(|last| record_time_s(&last.record))
        .unwrap();
    for (shown, times, expected) in [
        (&log, [then + 60, now], (QuorumState::Old, Some(size), None)),
        (
            &log.prefix(size - 1),
            [now, now],
            (QuorumState::Old, Some(size), None),
        ),
        (
            &log,
            [now - 700, now - 700],
            (QuorumState::Old, Some(size), None),
        ),
        (
            &log,
            [now + 700, now + 700],
            (QuorumState::Old, Some(size), None),
        ),
    ] {
        let engine = client.sync(&log.shows(shown, &times)).await.unwrap();
        assert_eq!(state(&engine), expected, "{times:?}");
    }
    let client = Client::new(session.cast.genesis_hash).await;
    let fresh = log.shows(&log, &[now - 500, now]);
    let engine = client.sync(&fresh).await.unwrap();
    assert_eq!(state(&engine), (QuorumState::Fresh, Some(size), None));
    let status = engine.witness_status().unwrap();
    assert_eq!(status.time, Some((now - 500) * 1000));
    let w = |name: &str, time_s| (name.to_owned(), time_s * 1000);
    assert_eq!(status.cosigners, [w("w1", now - 500), w("w2", now)]);
    drop(engine);
    // Opened again, it is still there, and a server that shows none or an older one takes nothing away.
    for shown in [log.clone(), log.shows(&log, &[now - 600, now])] {
        let engine = client.sync(&shown).await.unwrap();
        assert_eq!(state(&engine), (QuorumState::Fresh, Some(size), None));
    }
}

#[tokio::test]
async fn a_record_beyond_the_quorum_waits_for_its_own() {
    let (log, session) = Log::with_witnesses();
    let (last, _) = names(&session);
    let prefix = log.prefix(session.record(last).index);
    let (client, now) = (Client::new(session.cast.genesis_hash).await, now_s());
    let engine = client.sync(&log.shows(&prefix, &[now, now])).await.unwrap();
    let status = engine.witness_status().unwrap();
    assert_eq!(status.state, QuorumState::Missing);
    assert_eq!(status.size, Some(prefix.tree.size()));
    // It claims to be two months older than the quorum that did not see it.
    assert_eq!(status.time_conflict, Some(prefix.tree.size()));
}

#[tokio::test]
async fn record_times_that_the_cosignatures_contradict_are_flagged() {
    let (log, session) = Log::with_witnesses();
    let early = session::START / 1000 + 12 - 120;
    // Records are 6 s apart: the one of index 2 is 120 s after the cosignatures, the next one 126 s.
    let engine = told(&log.shows(&log, &[early, early]), &session)
        .await
        .unwrap();
    let status = engine.witness_status().unwrap();
    assert_eq!(status.time_conflict, Some(3));
}

#[tokio::test]
async fn what_is_pushed_as_witnessed_and_is_not() {
    let (log, session) = Log::with_witnesses();
    let now = now_s();
    finding(
        told(&log.shows(&log, &[now]), &session).await,
        "too few cosignatures",
    );
    let mut bad = log.clone();
    let other = log.prefix(log.tree.size() - 1).cosigned(&[now, now]);
    let lines = SignedNote::parse(&other).unwrap().signatures()[1..].to_vec();
    let note = SignedNote::parse(&log.checkpoint()).unwrap();
    let note = lines
        .into_iter()
        .fold(note, |note, line| note.with_signature(line).unwrap());
    bad.witnessed = Some(note.to_string());
    finding(told(&bad, &session).await, "cosignature of witness");
    bad.witnessed = Some("note".into());
    finding(told(&bad, &session).await, "witnessed checkpoint");
    // A quorum for another log, signed by the log's own key: evidence against both.
    let fork = log.with_other_leaf(log.tree.size() - 2);
    finding(told(&log.shows(&fork, &[now, now]), &session).await, "fork");
}

#[tokio::test]
async fn another_policy_than_the_genesis_pins() {
    let (mut log, session) = Log::with_witnesses();
    log.policy = log.policy.replace("group g 2", "group g 1");
    finding(told(&log, &session).await, "policy is not the one");
}

#[tokio::test]
async fn a_policy_without_witnesses_is_said_to_be_one() {
    let (log, session) = Log::honest();
    let engine = told(&log, &session).await.unwrap();
    let status = engine.witness_status().unwrap();
    assert_eq!((status.state, status.size), (QuorumState::Nobody, None));
}

fn record_time_s(record: &[u8]) -> u64 {
    thamvan_proto::record::Record::parse(record).unwrap().time / 1000
}
