//! A deployment made by its root keys: eight devices that write, eight that read, any number of channels.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{
    Founding, FoundingApprove, History, MemberAdd, Scope, StreamOpen, Suite,
};
use thamvan_proto::directory::Statement;
use thamvan_proto::entry::{EntryType, GroupEpoch, Header, Seen, sha256};
use thamvan_proto::frame::{Body, Receipt, Submit};
use thamvan_proto::id::{GroupId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Checkpoint, EMPTY_ROOT, Hash, Policy, SignedNote};
use thamvan_public_group::rehearsal::{Act, Made, Member};
use thamvan_server::{Init, init};
use thamvan_tests::session::mls;

use crate::client::{Client, Tls};
use crate::fixture::{ADMIN, APPROVER, Author, Authority, Device, LAN, MINH, agency, id, register};

/// A server folder and the devices that its genesis enrols.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) tls: Tls,
    admin: Device,
    approver: Device,
    pub(crate) writers: Vec<Device>,
    pub(crate) readers: Vec<Device>,
    /// Authors by device and stream: each has a chain of its own in each stream.
    authors: BTreeMap<(u8, StreamId), Author>,
    /// The largest checkpoint that came with a receipt.
    seen: Seen,
}

/// The MLS side of a device.
fn member(device: &Device) -> Member {
    Member::new(device.fact.device, device.mls.to_bytes())
}

fn sides(made: &Made) -> Vec<ByteVec> {
    made.sides().into_iter().map(ByteVec::from).collect()
}

/// What is measured is the server, not how it slows a few devices down that do the work of thousands.
fn raise_limits(config: &Path) {
    let text = fs::read_to_string(config).expect("a configuration");
    let rates = ["connects_per_address", "device_requests", "device_bytes"];
    let rates =
        rates.map(|name| format!("{name} = {{ burst = 100000000000, per_second = 1000000000 }}\n"));
    let counts = "connections_per_address = 100000\nconnections_per_device = 100000\n";
    let text = format!("{text}[limits]\n{counts}{}", rates.concat());
    fs::write(config, text).expect("a configuration");
}

/// A channel with its group.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) stream: StreamId,
    group: GroupEpoch,
    /// Its next message stands here.
    pub(crate) next: u64,
}

impl World {
    /// A folder of a server that has never run.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        init(&Init {
            dir: dir.path().to_owned(),
            origin: Some(ORIGIN.into()),
            listen: "127.0.0.1:0".into(),
            names: Vec::new(),
            witnesses: Vec::new(),
            quorum: None,
        })
        .expect("a server folder");
        raise_limits(&dir.path().join("thamvan.toml"));
        let world = Self {
            tls: Tls::new(dir.path()),
            dir,
            admin: Device::new(1, ADMIN),
            approver: Device::new(2, APPROVER),
            writers: (10..18).map(|n| Device::new(n, LAN)).collect(),
            readers: (20..28).map(|n| Device::new(n, MINH)).collect(),
            authors: BTreeMap::new(),
            seen: Seen {
                shard: 0,
                size: 0,
                root: EMPTY_ROOT,
            },
        };
        world.write_genesis();
        world
    }

    fn write_genesis(&self) {
        let policy = fs::read_to_string(self.dir.path().join("policy.txt")).expect("a policy");
        let log_key = Policy::parse(&policy).expect("a policy").log().to_string();
        let made = now_ms();
        let policy = sha256(policy.as_bytes());
        let mut authority = Authority::new(ORIGIN, &log_key, policy, made);
        let devices: Vec<_> = [&self.admin, &self.approver]
            .into_iter()
            .chain(&self.writers)
            .chain(&self.readers)
            .collect();
        let enrolled = devices
            .iter()
            .map(|device| Statement::DeviceEnrol(device.fact.clone()));
        let items = [
            authority.genesis(),
            authority.begin(&devices, made),
            authority.state(enrolled.collect(), Vec::new(), made),
        ];
        let bytes: Vec<u8> = items.iter().flat_map(cbor::to_vec).collect();
        fs::write(self.dir.path().join("genesis.cbor"), bytes).expect("a file");
    }

    /// Logs in a writer (0..8).
    pub(crate) async fn writer(&self, address: SocketAddr, n: usize) -> Client {
        Client::log_in(&self.tls, address, &self.writers[n]).await
    }

    /// Logs in a reader; devices repeat from 8 on.
    pub(crate) async fn reader(&self, address: SocketAddr, n: usize) -> Client {
        Client::log_in(&self.tls, address, &self.readers[n % self.readers.len()]).await
    }

    /// The signed header facts of the next entry of a device.
    fn next(&mut self, device: u8, stream: StreamId) -> &mut Author {
        let all = [&self.admin, &self.approver].into_iter();
        let found = all
            .chain(&self.writers)
            .find(|one| one.fact.device.0[0] == device)
            .expect("a device of the world");
        self.authors
            .entry((device, stream))
            .or_insert_with(|| found.author(stream))
    }

    /// Makes an entry of `device` with its body.
    fn make(
        &mut self,
        device: u8,
        stream: StreamId,
        kind: EntryType,
        group: Option<&GroupEpoch>,
        body: impl Fn(&Header) -> Vec<u8>,
    ) -> Submit {
        let seen = self.seen.clone();
        let author = self.next(device, stream);
        let mut facts = author.facts(kind, now_ms());
        facts.seen = Some(seen);
        facts.group = group.cloned();
        facts.com = (kind == EntryType::Message).then_some(Hash([7; 32]));
        let header = Header::new(author.device, kind, &facts);
        let body = body(&header);
        Submit {
            entry: author.sign(&header, &body).into(),
            body: body.into(),
            sides: Vec::new(),
            stream_key: None,
        }
    }

    /// A message of writer `n` with a body of about `len` bytes.
    pub(crate) fn message(&mut self, n: usize, channel: &Channel, len: usize) -> Submit {
        let device = self.writers[n].fact.device.0[0];
        let group = GroupId::new(channel.stream, 0);
        let epoch = channel.group.epoch;
        let body = |header: &Header| mls::application("bench", group, epoch, header, len);
        let made = Some(&channel.group);
        self.make(device, channel.stream, EntryType::Message, made, body)
    }

    /// Founds, approves, provisions and starts a channel in which writers 0..`writers` are in the group.
    pub(crate) async fn channel(
        &mut self,
        address: SocketAddr,
        number: u8,
        first: usize,
        writers: usize,
    ) -> Channel {
        let stream = StreamId([number; 16]);
        let key = Salt([number; 32]);
        let [lan, admin, approver] = [
            self.writers[first].fact.device.0[0],
            self.admin.fact.device.0[0],
            2,
        ];
        let mut connections = [
            Client::log_in(&self.tls, address, &self.writers[first]).await,
            Client::log_in(&self.tls, address, &self.admin).await,
            Client::log_in(&self.tls, address, &self.approver).await,
        ];
        let body = register(stream, key);
        let mut submit = self.plain(lan, StreamId::DIRECTORY, EntryType::StreamRegister, body);
        submit.stream_key = Some(key);
        let [lan_at, admin_at, approver_at] = &mut connections;
        self.say(lan_at, submit).await;
        let body = cbor::to_vec(&founding(key));
        let submit = self.plain(lan, stream, EntryType::Founding, body);
        let founding = self.say(lan_at, submit).await;
        let body = cbor::to_vec(&FoundingApprove { record: founding });
        let submit = self.plain(approver, stream, EntryType::FoundingApprove, body);
        let approval = self.say(approver_at, submit).await;
        let body = cbor::to_vec(&StreamOpen {
            founding,
            approval,
            suite: Suite::XWing,
            generation: 0,
        });
        let submit = self.plain(admin, stream, EntryType::StreamOpen, body);
        self.say(admin_at, submit).await;
        for official in [LAN, MINH] {
            let body = cbor::to_vec(&MemberAdd {
                official: id(official),
                history: History::Nothing,
                from: None,
                to: None,
                reason: String::new(),
            });
            let submit = self.plain(lan, stream, EntryType::MemberAdd, body);
            self.say(lan_at, submit).await;
        }
        self.start_group(lan_at, lan, stream, first, writers).await
    }

    /// Sequence numbers: founding 0, approval 1, open 2, members 3 and 4, start 5, commit 6.
    async fn start_group(
        &mut self,
        client: &mut Client,
        lan: u8,
        stream: StreamId,
        first: usize,
        writers: usize,
    ) -> Channel {
        let group = GroupId::new(stream, 0);
        let member = member(&self.writers[first]);
        let made = member.start(group, Suite::XWing);
        let body = cbor::to_vec(&made.start(group, 0, Suite::XWing));
        let mut submit = self.plain(lan, stream, EntryType::GroupStart, body);
        submit.sides = sides(&made);
        self.say(client, submit).await;
        let started = GroupEpoch {
            generation: 0,
            epoch: 0,
            opened_by: 5,
        };
        if writers == 1 {
            return Channel {
                stream,
                group: started,
                next: 6,
            };
        }
        let added = &self.writers[first + 1..first + writers];
        let adds: Vec<_> = added.iter().map(|writer| writer.fact.device).collect();
        let acts: Vec<_> = added
            .iter()
            .map(|writer| Act::Add(self::member(writer).key_package(Suite::XWing)))
            .collect();
        let committed = OnceCell::new();
        let body = |header: &Header| {
            let made = committed
                .get_or_init(|| member.commit(group, &acts, header.mls_authenticated_data()));
            cbor::to_vec(&made.body(0, 1, &adds, &[]))
        };
        let mut submit = self.make(lan, stream, EntryType::Commit, Some(&started), body);
        submit.sides = committed.get().map(sides).unwrap_or_default();
        self.say(client, submit).await;
        Channel {
            stream,
            group: GroupEpoch {
                generation: 0,
                epoch: 1,
                opened_by: 6,
            },
            next: 7,
        }
    }

    fn plain(&mut self, device: u8, stream: StreamId, kind: EntryType, body: Vec<u8>) -> Submit {
        self.make(device, stream, kind, None, |_| body.clone())
    }

    /// Submits and waits; gives the hash of the record.
    async fn say(&mut self, client: &mut Client, submit: Submit) -> Hash {
        let receipt: Receipt = client
            .ask(Body::Submit(submit))
            .await
            .open()
            .expect("a receipt");
        self.learn(&receipt.checkpoint);
        sha256(&receipt.record)
    }

    /// Adds one entry of the administrator, so that its receipt tells the size of the log.
    pub(crate) async fn touch(&mut self, address: SocketAddr) {
        let mut client = Client::log_in(&self.tls, address, &self.admin).await;
        let body = cbor::to_vec(&agency("mps", Vec::new()));
        let admin = self.admin.fact.device.0[0];
        let submit = self.plain(admin, StreamId::DIRECTORY, EntryType::Statement, body);
        self.say(&mut client, submit).await;
    }

    /// Records in the log, as far as a receipt has told.
    pub(crate) fn size(&self) -> u64 {
        self.seen.size
    }

    /// Entries name a checkpoint that the log has signed.
    pub(crate) fn learn(&mut self, note: &str) {
        let note = SignedNote::parse(note).expect("a note");
        let checkpoint = Checkpoint::parse(note.text()).expect("a checkpoint");
        if checkpoint.size > self.seen.size {
            self.seen = Seen {
                shard: 0,
                size: checkpoint.size,
                root: checkpoint.root,
            };
        }
    }
}

/// The data folder of a server folder.
pub(crate) fn data(dir: &Path) -> PathBuf {
    dir.join("server")
}

fn founding(key: Salt) -> Founding {
    Founding {
        founder: "mofa".parse().expect("a word"),
        basis: "khoản 6 Điều 5".into(),
        scope: Scope::coordinator(),
        label: Label::Internal,
        members: ["mofa", "moit"]
            .map(|word| word.parse().expect("a word"))
            .into(),
        retention_days: 3650,
        history: History::Nothing,
        from: now_ms(),
        review: now_ms(),
        key_commitment: StreamKey(key.0).commitment(),
        sealed: Hash([0; 32]),
        boxes: Vec::new(),
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    u64::try_from(since.as_millis()).expect("a date of this age")
}

const ORIGIN: &str = "bench.example/log";
