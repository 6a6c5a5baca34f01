//! Authors and server in one: makes an entry as its author would, sequences it as the server would, checks it as a client would.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use thamvan_proto::cbor;
use thamvan_proto::directory::root_key_id;
use thamvan_proto::entry::{Entry, EntryType, Facts, GroupEpoch, Header, Seen, sha256};
use thamvan_proto::heads::{Heads, StreamHeads};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::{Ledger, RULE_VERSION};
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::refusal::log_key_id;
use thamvan_proto::tlog::{Checkpoint, Hash, Name, Tree, sign_checkpoint};

use super::sample::{self, Person};
use super::shown::{Block, Logged, Names};
use super::{Cast, DAY, ORIGIN, START, log_signer};
use crate::annotate::{Shape, shapes};

/// What an author says, before it has a place.
pub(super) struct Said<'a> {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) kind: EntryType,
    pub(super) stream: StreamId,
    pub(super) shape: &'static Shape,
    pub(super) sides: Vec<Block>,
    pub(super) group: Option<GroupEpoch>,
    pub(super) com: Option<Hash>,
    pub(super) body: &'a dyn Fn(&Header) -> Vec<u8>,
}

/// Who signs: a device, or a root key offline.
#[derive(Clone)]
pub(super) struct Author {
    kid: DeviceId,
    key: SigningKey,
    offline: bool,
}

impl Author {
    pub(super) fn device(person: &Person) -> Self {
        Self {
            kid: person.device,
            key: person.signing.clone(),
            offline: false,
        }
    }

    /// The log itself, which signs heads.
    fn log() -> Self {
        Self {
            kid: log_key_id(log_signer().verifier_key()),
            key: sample::key("log"),
            offline: false,
        }
    }

    pub(super) fn root(key: &SigningKey) -> Self {
        Self {
            kid: DeviceId(root_key_id(&sample::public(key)).0),
            key: key.clone(),
            offline: true,
        }
    }
}

pub(super) struct Writer {
    pub(super) cast: Cast,
    pub(super) names: Names,
    pub(super) records: Vec<Logged>,
    pub(super) tree: Tree,
    pub(super) ledger: Ledger,
    /// Log time of the next record.
    pub(super) time: u64,
    keys: BTreeMap<StreamId, StreamKey>,
}

impl Writer {
    pub(super) fn new(cast: Cast) -> Self {
        let keys = BTreeMap::from([
            (StreamId::DIRECTORY, StreamKey(cast.genesis.stream_key.0)),
            (
                StreamId::HEADS,
                StreamKey(cast.genesis.stream_key.0).of_heads(),
            ),
            (cast.channel, cast.channel_key.clone()),
        ]);
        let names = names_of(&cast);
        Self {
            cast,
            names,
            records: Vec::new(),
            tree: Tree::new(),
            ledger: Ledger::default(),
            time: START,
            keys,
        }
    }

    /// Counter that the next entry of `person` in `stream` carries.
    pub(super) fn counter(&self, stream: StreamId, person: &Person) -> u64 {
        self.ledger.next_of(&stream, &person.device).0
    }

    /// The checkpoint of the first `size` entries.
    pub(super) fn checkpoint(&self, size: u64) -> String {
        let checkpoint = Checkpoint {
            origin: Name::parse(ORIGIN).expect("the origin is a key name"),
            size,
            root: self.tree.root_at(size).expect("the tree has this size"),
        };
        sign_checkpoint(&checkpoint, &log_signer())
    }

    /// Signs, sequences and accepts one entry; gives the hash of its record.
    pub(super) fn log(&mut self, author: &Author, said: Said<'_>) -> Hash {
        let facts = self.facts(author, &said);
        let header = Header::new(author.kid, said.kind, &facts);
        let body = (said.body)(&header);
        let entry = header.sign(&body, &author.key);
        let parsed = Entry::parse(&entry).expect("an entry of the session parses");
        let record = self.sequence(&parsed, &entry, &body);
        let accepted = self
            .ledger
            .accept(&record, Some(&body))
            .expect("a record of the session has its place");
        assert!(
            accepted.verdict.is_ok(),
            "{} is void: {:?}",
            said.name,
            accepted.verdict.err()
        );
        self.keep(said, record, entry, body, &accepted.record);
        accepted.hash
    }

    /// The log says how far each stream goes.
    pub(super) fn log_heads(&mut self, name: &'static str, what: &'static str) {
        let body = cbor::to_vec(&self.heads());
        let said = Said {
            name,
            what,
            kind: EntryType::Heads,
            stream: StreamId::HEADS,
            shape: &shapes::HEADS,
            sides: vec![],
            group: None,
            com: None,
            body: &|_: &Header| body.clone(),
        };
        self.log(&Author::log(), said);
    }

    fn heads(&self) -> Heads {
        let streams = self.stream_heads();
        Heads {
            version: 1,
            shard: 0,
            size: self.tree.size(),
            count: streams.count(),
            root: streams.root(),
        }
    }

    /// The last record of every stream but that of the heads.
    pub(super) fn stream_heads(&self) -> StreamHeads {
        let mut streams = StreamHeads::default();
        for (stream, key) in &self.keys {
            let head = self.ledger.head(stream);
            if let Some(head) = head.filter(|_| *stream != StreamId::HEADS) {
                streams.set(*stream, key, &head);
            }
        }
        streams
    }

    fn facts(&self, author: &Author, said: &Said<'_>) -> Facts {
        let (counter, prev) = self.ledger.next_of(&said.stream, &author.kid);
        // Root keys never meet a network: what they sign knows neither head nor checkpoint.
        let online = !author.offline;
        Facts {
            kind: said.kind.number(),
            rule: RULE_VERSION,
            stream: said.stream,
            group: said.group.clone(),
            counter,
            prev,
            head: self.ledger.head(&said.stream).filter(|_| online),
            seen: online.then(|| Seen {
                shard: 0,
                size: self.tree.size(),
                root: self.tree.root(),
            }),
            made: match (online, said.kind) {
                (true, EntryType::Heads) => self.time,
                (true, _) => self.time - TRAVEL_MS,
                (false, _) => self.time - DAY,
            },
            label: if said.kind == EntryType::Heads {
                Label::Public
            } else {
                Label::Internal
            },
            com: said.com,
            act: None,
        }
    }

    fn sequence(&self, entry: &Entry, bytes: &[u8], body: &[u8]) -> Vec<u8> {
        let stream = entry.facts.stream;
        let judged = self.ledger.judge(entry, body, self.time);
        assert!(judged.is_ok(), "refused: {:?}", judged.err());
        let head = self.ledger.head(&stream);
        Record {
            version: 1,
            shard: 0,
            stream,
            seq: self.ledger.size(&stream),
            time: self.time,
            dir: self.ledger.directory().head(),
            prev: head.map_or(Hash([0; 32]), |head| head.record),
            entry: bytes.to_vec().into(),
        }
        .to_vec()
    }

    fn keep(
        &mut self,
        said: Said<'_>,
        record: Vec<u8>,
        entry: Vec<u8>,
        body: Vec<u8>,
        at: &Record,
    ) {
        let key = self.keys.get(&at.stream).expect("the stream has a tag key");
        let leaf = Leaf::new(key, at.seq, &record);
        let index = self.tree.size();
        self.tree.append(leaf.hash());
        let place = place(&at.stream, at.seq);
        self.names
            .add(format!("H(record {place})"), sha256(&record));
        self.names
            .add(format!("H(entry of {place})"), sha256(&entry));
        self.names.add(format!("H(body of {place})"), sha256(&body));
        self.names.add(format!("tag of {place}"), key.tag(at.seq));
        for side in &said.sides {
            self.names
                .add(format!("H({})", side.title), sha256(&side.bytes));
        }
        self.names.add(format!("leaf hash {index}"), leaf.hash());
        let size = self.tree.size();
        self.names
            .add(format!("root of size {size}"), self.tree.root());
        let registers = said.kind == EntryType::StreamRegister;
        self.records.push(Logged {
            name: said.name,
            what: said.what,
            kind: said.kind,
            index,
            stream: at.stream,
            seq: at.seq,
            record,
            entry,
            body: Block::new(format!("body of {place}"), body, said.shape),
            sides: said.sides,
            stream_key: registers.then_some(self.cast.channel_key.0),
            leaf,
            root: self.tree.root(),
        });
        self.time += STEP_MS;
    }
}

/// `S/3`, `C/3` or `H/3`.
pub(super) fn place(stream: &StreamId, seq: u64) -> String {
    let letter = match *stream {
        StreamId::DIRECTORY => 'S',
        StreamId::HEADS => 'H',
        _ => 'C',
    };
    format!("{letter}/{seq}")
}

fn names_of(cast: &Cast) -> Names {
    let mut names = Names::default();
    names.add("zeros", [0; 32]);
    names.add("stream 0", StreamId::DIRECTORY);
    for (n, key) in (1..).zip(&cast.roots) {
        names.list(format!("root {n}: public key"), sample::public(key));
        let id = root_key_id(&sample::public(key));
        names.list(format!("root {n}: key id"), id);
    }
    names.list("log: public key", log_signer().verifier_key().public_key());
    names.list("log: key id", log_key_id(log_signer().verifier_key()));
    names.list("stream 0: k_stream", cast.genesis.stream_key);
    names.list("heads: stream id", StreamId::HEADS);
    names.list(
        "heads: k_stream",
        StreamKey(cast.genesis.stream_key.0).of_heads().0,
    );
    names.list("channel: stream id", cast.channel);
    names.list("channel: k_stream", cast.channel_key.0);
    names.list("channel: k-commitment", cast.channel_key.commitment());
    names.list("genesis hash", cast.genesis_hash);
    names.list("H(policy file)", cast.genesis.policy);
    names.list("H(next root keys)", cast.genesis.next_roots);
    for person in cast.persons() {
        let (name, fact) = (person.name, person.enrolment());
        names.list(format!("{name}: device id"), fact.device);
        names.list(format!("{name}: signing key"), fact.signing);
        names.list(format!("{name}: mls key"), fact.mls);
        names.add(format!("{name}: sealing key"), fact.sealing.as_slice());
        names.list(format!("{name}: ticket id"), fact.ticket);
        let code = thamvan_proto::directory::code_hash(&person.code);
        names.list(format!("{name}: hash of the one-time code"), code);
    }
    names
}

/// From making to sequencing.
const TRAVEL_MS: u64 = 400;
/// From record to record.
const STEP_MS: u64 = 6_000;
