//! Two officials who write without waiting, keep every receipt, and look at the whole register after each restart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use thamvan_proto::cbor;
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{AcknowledgeCursor, Body, Receipt, Submit, Subscribe};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::tlog::{Checkpoint, Hash, Name, Policy, VerifierKey, open_checkpoint};
use thamvan_server::check;
use thamvan_server_core::RootFold;

use crate::client::Client;
use crate::deployment::{Deployment, ORIGIN, now_ms};
use crate::fixture::{Author, Device, agency, register};

/// The writers and all that was ever acknowledged to them.
pub(crate) struct Load {
    pub(crate) deployment: Deployment,
    log_key: VerifierKey,
    writers: [Writer; 2],
    /// Every record ever seen, by index.
    seen: BTreeMap<u64, Vec<u8>>,
    last: Option<(u64, String)>,
}

struct Writer {
    device: Device,
    author: Author,
    count: u64,
    /// Submitted or not, but not acknowledged; in order.
    pending: Vec<Submit>,
    acknowledged: Vec<(Submit, Receipt)>,
}

impl Load {
    pub(crate) fn new() -> Self {
        let deployment = Deployment::new();
        deployment.listen_anywhere();
        // Two devices write as fast as they can.
        deployment
            .configure("[limits]\ndevice_requests = { burst = 1000000, per_second = 100000 }\n");
        let policy = std::fs::read_to_string(deployment.dir.path().join("policy.txt")).unwrap();
        let devices = [Device::new(1, "admin@mofa"), Device::new(3, "lan@mofa")];
        Self {
            log_key: Policy::parse(&policy).unwrap().log().clone(),
            writers: devices.map(Writer::new),
            seen: BTreeMap::new(),
            last: None,
            deployment,
        }
    }

    /// Receipts kept so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.writers.iter().map(|one| one.acknowledged.len()).sum()
    }

    /// The last entry that was acknowledged to the first writer, to be submitted elsewhere.
    pub(crate) fn last_acknowledged(&self) -> Submit {
        let [admin, _] = &self.writers;
        admin.acknowledged.last().unwrap().0.clone()
    }

    /// Logs both writers in, if the server is there.
    pub(crate) async fn connect(&self, address: SocketAddr) -> [Option<Client>; 2] {
        let dir = self.deployment.dir.path();
        let [admin, lan] = &self.writers;
        let (admin, lan) = tokio::join!(
            Client::try_connect(dir, address, &admin.device),
            Client::try_connect(dir, address, &lan.device)
        );
        [admin, lan]
    }

    /// Submits what waits and then new entries, `count` in all for each writer, until the server has gone or all are done.
    pub(crate) async fn write(&mut self, clients: [Option<Client>; 2], count: usize) {
        let [admin, lan] = &mut self.writers;
        let [first, second] = clients;
        tokio::join!(admin.write(first, count), lan.write(second, count));
    }

    /// Connects and writes.
    pub(crate) async fn run(&mut self, address: SocketAddr, count: usize) {
        let clients = self.connect(address).await;
        self.write(clients, count).await;
    }

    /// Holds the register against everything that was ever acknowledged or seen.
    pub(crate) async fn verify(&mut self, address: SocketAddr) {
        self.check().await;
        let records = self.read(address).await;
        for (index, old) in &self.seen {
            assert_eq!(records.get(index), Some(old), "record {index} changed");
        }
        let roots = self.roots(&records);
        for (submit, receipt) in self.writers.iter().flat_map(|one| &one.acknowledged) {
            let record = records.get(&receipt.index);
            assert_eq!(record, Some(&receipt.record.to_vec()));
            let parsed = Record::parse(&receipt.record).unwrap();
            assert_eq!(parsed.entry, submit.entry);
            let checkpoint = self.open(&receipt.checkpoint);
            assert_eq!(roots.get(&checkpoint.size), Some(&checkpoint.root));
            self.last = self
                .last
                .take()
                .max(Some((checkpoint.size, receipt.checkpoint.clone())));
        }
        self.seen = records;
    }

    /// The folder is whole. The server may be writing heads just then, between journal and checkpoint: looked at again.
    async fn check(&self) {
        let mut report = check(&self.deployment.config());
        for _ in 0..LOOKS {
            if report.verdict == "ok" {
                return;
            }
            tokio::time::sleep(LOOK_PAUSE).await;
            report = check(&self.deployment.config());
        }
        panic!("{report:?}");
    }

    fn open(&self, note: &str) -> Checkpoint {
        open_checkpoint(note, &Name::parse(ORIGIN).unwrap(), &self.log_key).unwrap()
    }

    /// The root at every size, from the records as they were delivered; each entry stands in the log once.
    fn roots(&self, records: &BTreeMap<u64, Vec<u8>>) -> BTreeMap<u64, Hash> {
        let mut fold = RootFold::default();
        let mut roots = BTreeMap::new();
        let mut entries = BTreeSet::new();
        let mut sizes: BTreeMap<StreamId, u64> = BTreeMap::new();
        let directory = StreamKey(DIRECTORY_KEY.0);
        for ((index, record), expected) in records.iter().zip(0..) {
            let parsed = Record::parse(record).unwrap();
            let size = sizes.entry(parsed.stream).or_default();
            assert_eq!((*index, parsed.seq), (expected, *size));
            *size += 1;
            let key = if parsed.stream == StreamId::HEADS {
                directory.of_heads()
            } else {
                directory.clone()
            };
            assert!(
                entries.insert(sha256(&parsed.entry)),
                "an entry stands twice"
            );
            fold.push(Leaf::new(&key, parsed.seq, record).hash());
            roots.insert(fold.size(), fold.root());
        }
        roots
    }

    /// All records of stream 0 and of the heads, which a run longer than a minute has, read by a third device that presents
    /// the largest checkpoint it knows of.
    async fn read(&self, address: SocketAddr) -> BTreeMap<u64, Vec<u8>> {
        self.read_knowing(address, self.known()).await
    }

    /// The largest checkpoint that anybody was given, as far as it was looked at.
    pub(crate) fn known(&self) -> Option<String> {
        self.last.as_ref().map(|(_, note)| note.clone())
    }

    /// All records seen when the register was last looked at.
    pub(crate) fn seen(&self) -> &BTreeMap<u64, Vec<u8>> {
        &self.seen
    }

    pub(crate) async fn read_knowing(
        &self,
        address: SocketAddr,
        known: Option<String>,
    ) -> BTreeMap<u64, Vec<u8>> {
        let reader = &self.deployment.approver;
        let mut client = Client::connect(self.deployment.dir.path(), address).await;
        let login = client.login(reader, known);
        assert!(matches!(
            client.ask(Body::Login(login.into())).await,
            Body::Ok(_)
        ));
        let mut records = read_stream(&mut client, StreamId::DIRECTORY).await;
        let (stream, seq) = (StreamId::DIRECTORY, records.len() as u64 - 1);
        records.extend(read_stream(&mut client, StreamId::HEADS).await);
        // A change that is no record: the count of batches grows, the tree does not.
        client
            .ok(Body::AcknowledgeCursor(AcknowledgeCursor { stream, seq }))
            .await;
        records
    }
}

/// The records of a stream by their index.
async fn read_stream(client: &mut Client, stream: StreamId) -> BTreeMap<u64, Vec<u8>> {
    client
        .ok(Body::Subscribe(Subscribe { stream, from: 0 }))
        .await;
    let mut records = BTreeMap::new();
    loop {
        match client.receive().await.body {
            Body::Delivery(one) => {
                let parsed = Record::parse(&one.record).unwrap();
                let signed = Entry::parse(&parsed.entry).unwrap().payload;
                assert_eq!(one.body.map(|body| sha256(&body)), Some(signed));
                assert_eq!(records.insert(one.index, one.record.to_vec()), None);
            }
            Body::CaughtUp(caught_up) => {
                assert_eq!(caught_up.stream, stream);
                assert_eq!(caught_up.size, records.len() as u64);
                return records;
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Writer {
    fn new(device: Device) -> Self {
        Self {
            author: device.author(StreamId::DIRECTORY),
            device,
            count: 0,
            pending: Vec::new(),
            acknowledged: Vec::new(),
        }
    }

    /// The next entry; its body is like no other, so that it is stored.
    fn next(&mut self) -> Submit {
        self.count += 1;
        let id = self.device.fact.device.0[0];
        let made = now_ms();
        if id == 1 {
            let body = cbor::to_vec(&agency(&format!("a{}", self.count), Vec::new()));
            let entry = self.author.entry(EntryType::Statement, &body, made);
            return submit(entry, body, None);
        }
        let mut stream = [id; 16];
        stream[..8].copy_from_slice(&self.count.to_be_bytes());
        let key = Salt([id; 32]);
        let body = register(StreamId(stream), key);
        let entry = self.author.entry(EntryType::StreamRegister, &body, made);
        submit(entry, body, Some(key))
    }

    async fn write(&mut self, client: Option<Client>, count: usize) {
        let Some(mut client) = client else {
            return;
        };
        let mut waiting: BTreeMap<u64, Submit> = BTreeMap::new();
        let (mut sent, mut done) = (0, 0);
        while done < count {
            while waiting.len() < WINDOW && sent < count {
                if self.pending.len() <= sent - done {
                    let next = self.next();
                    self.pending.push(next);
                }
                let submit = self.pending[sent - done].clone();
                let Some(id) = client.try_send(Body::Submit(submit.clone())).await else {
                    return;
                };
                waiting.insert(id, submit);
                sent += 1;
            }
            let Some(frame) = client.try_receive().await else {
                return;
            };
            match frame.body {
                Body::Ok(answer) => {
                    let submit = waiting.remove(&frame.id).unwrap();
                    self.pending.retain(|one| one.entry != submit.entry);
                    self.acknowledged.push((submit, answer.open().unwrap()));
                    done += 1;
                }
                Body::Refused(refused) if refused.code == ErrorCode::Stopping => return,
                other => panic!("{other:?}"),
            }
        }
    }
}

fn submit(entry: Vec<u8>, body: Vec<u8>, stream_key: Option<Salt>) -> Submit {
    Submit {
        entry: entry.into(),
        body: body.into(),
        sides: Vec::new(),
        stream_key,
    }
}

const DIRECTORY_KEY: Salt = Salt([42; 32]);
/// Entries of one writer that are on their way at one time.
const WINDOW: usize = 8;

const LOOKS: usize = 3;
const LOOK_PAUSE: Duration = Duration::from_millis(300);
