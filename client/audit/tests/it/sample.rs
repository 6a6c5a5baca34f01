//! A server in a few lines: it sequences whatever it is given, so that it can also lie, and writes the copy.

use std::collections::BTreeMap;
use std::path::Path;

use ed25519_dalek::SigningKey;
use tempfile::TempDir;
use thamvan_audit::{
    Code, CopyContents, RecordContents, Report, Severity, StreamContents, Tiles, Verdict, verify,
    write,
};
use thamvan_proto::directory::{Genesis, RootSigned, root_key_id};
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Header, Seen, sha256};
use thamvan_proto::id::{DeviceId, PublicKey, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::Ledger;
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::tlog::{
    Checkpoint, Hash, Name, NoteSigner, Policy, TileLevel, TilePath, Tree, encode_entry_bundle,
    sign_checkpoint,
};
use thamvan_proto::{cbor, entry};
use thamvan_public_group::rehearsal::Member;

use crate::scene::{Who, mls};

/// Log time of the first record.
pub(crate) const START: u64 = 1_790_000_000_000;

/// The log, the authority and all streams, with what is needed to go on.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) streams: BTreeMap<StreamId, StreamContents>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) ledger: Ledger,
    pub(crate) policy: Policy,
    pub(crate) genesis: Hash,
    /// Next log time.
    pub(crate) time: u64,
    /// Another `dir` than the honest one, for one record.
    pub(crate) dir: Option<entry::Position>,
    /// Lan's device.
    pub(crate) mls: Member,
    tree: Tree,
}

/// What an author fills in by hand; the rest follows from the state of the log.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) kind: EntryType,
    pub(crate) stream: StreamId,
    pub(crate) label: Label,
    pub(crate) group: Option<GroupEpoch>,
    pub(crate) com: Option<Hash>,
    pub(crate) seen: Option<Seen>,
    pub(crate) made: u64,
}

impl Sample {
    /// A log that holds its genesis.
    pub(crate) fn begin() -> Self {
        let policy = policy();
        let genesis = Genesis {
            version: 1,
            origin: policy.log().name().to_string(),
            shard: 0,
            threshold: 2,
            root_keys: (1..=3).map(|n| public(&root_key(n))).collect(),
            next_roots: Hash([0; 32]),
            log_key: policy.log().to_string(),
            policy: sha256(policy.to_string().as_bytes()),
            stream_key: Salt([0x50; 32]),
            made: START,
        };
        let content = cbor::to_vec(&genesis);
        let mut sample = Self {
            streams: BTreeMap::new(),
            leaves: Vec::new(),
            ledger: Ledger::default(),
            policy,
            genesis: sha256(&content),
            time: START,
            dir: None,
            mls: mls(Who::Lan.device()),
            tree: Tree::new(),
        };
        sample.open_stream(StreamId::DIRECTORY, StreamKey(genesis.stream_key.0));
        let body = signed_by_roots(content);
        sample.submit_as_root(EntryType::Genesis, &body);
        sample
    }

    pub(crate) fn open_stream(&mut self, stream: StreamId, key: StreamKey) {
        let contents = StreamContents {
            key,
            records: Vec::new(),
            sides: BTreeMap::new(),
        };
        self.streams.insert(stream, contents);
    }

    pub(crate) fn submit_as_root(&mut self, kind: EntryType, body: &[u8]) {
        let key = root_key(1);
        let device = DeviceId(root_key_id(&public(&key)).0);
        let draft = self.draft(kind, StreamId::DIRECTORY);
        self.submit(device, &key, &draft, body, &[]);
    }

    /// An honest draft; the label is internal.
    pub(crate) fn draft(&self, kind: EntryType, stream: StreamId) -> Draft {
        let size = self.tree.size();
        let seen = Seen {
            shard: 0,
            size,
            root: self.tree.root(),
        };
        Draft {
            kind,
            stream,
            label: Label::Internal,
            group: None,
            com: None,
            seen: (size > 0).then_some(seen),
            made: self.time,
        }
    }

    pub(crate) fn header(&self, device: DeviceId, draft: &Draft) -> Header {
        let (counter, prev) = self.ledger.next_of(&draft.stream, &device);
        let facts = Facts {
            kind: draft.kind.number(),
            rule: 1,
            stream: draft.stream,
            group: draft.group.clone(),
            counter,
            prev,
            head: self.ledger.head(&draft.stream),
            seen: draft.seen.clone(),
            made: draft.made,
            label: draft.label,
            com: draft.com,
            act: None,
        };
        Header::new(device, draft.kind, &facts)
    }

    /// Signs and sequences, whatever the rules say of it; gives the hash of the record.
    pub(crate) fn submit(
        &mut self,
        device: DeviceId,
        key: &SigningKey,
        draft: &Draft,
        body: &[u8],
        sides: &[&[u8]],
    ) -> Hash {
        let entry = self.header(device, draft).sign(body, key);
        self.sequence(draft.stream, entry, body, sides)
    }

    pub(crate) fn sequence(
        &mut self,
        stream: StreamId,
        entry: Vec<u8>,
        body: &[u8],
        sides: &[&[u8]],
    ) -> Hash {
        let head = self.ledger.head(&stream);
        let record = Record {
            version: 1,
            shard: 0,
            stream,
            seq: self.ledger.size(&stream),
            time: self.time,
            dir: self.dir.take().or_else(|| self.ledger.directory().head()),
            prev: head.map_or(Hash([0; 32]), |head| head.record),
            entry: entry.into(),
        };
        let bytes = record.to_vec();
        let index = self.tree.size();
        let contents = self.streams.get_mut(&stream).unwrap();
        self.leaves
            .push(Leaf::new(&contents.key, record.seq, &bytes));
        self.tree.append(self.leaves.last().unwrap().hash());
        for side in sides {
            contents.sides.insert(sha256(side), side.to_vec());
        }
        contents.records.push(RecordContents {
            index,
            record: bytes.clone(),
            body: Some(body.to_vec()),
        });
        self.time += 1_000;
        self.ledger.accept(&bytes, Some(body)).unwrap().hash
    }

    /// Logs a leaf that need not be a record's.
    pub(crate) fn log_leaf(&mut self, leaf: Leaf) {
        self.tree.append(leaf.hash());
        self.leaves.push(leaf);
    }

    pub(crate) fn checkpoint(&self) -> String {
        let checkpoint = Checkpoint {
            origin: self.policy.log().name().clone(),
            size: self.tree.size(),
            root: self.tree.root(),
        };
        sign_checkpoint(&checkpoint, &log_key())
    }

    pub(crate) fn write(&self, dir: &Path) {
        self.write_with(dir, &|_| ());
    }

    /// Writes the copy and tells `asked` of each tile that is fetched.
    pub(crate) fn write_with(&self, dir: &Path, asked: &dyn Fn(&TilePath)) {
        let tiles = |tile: &TilePath| {
            asked(tile);
            self.tile(tile)
        };
        let contents = CopyContents {
            checkpoint: self.checkpoint(),
            shard: 0,
            streams: self.streams.clone(),
            tiles: Tiles::Fetched(&tiles),
        };
        write(dir, &contents).unwrap();
    }

    fn tile(&self, tile: &TilePath) -> Option<Vec<u8>> {
        match tile.level() {
            TileLevel::Hash(level) => self.tree.tile(level, tile.n(), tile.width()),
            TileLevel::Entries => {
                let n = usize::try_from(tile.n()).unwrap();
                let chunk = self.leaves.chunks(256).nth(n)?;
                let entries: Vec<_> = chunk.iter().map(|leaf| leaf.0).collect();
                encode_entry_bundle(&entries).ok()
            }
        }
    }

    pub(crate) fn folder(&self) -> TempDir {
        let dir = TempDir::new().unwrap();
        self.write(dir.path());
        dir
    }

    pub(crate) fn verify(&self, dir: &Path) -> Report {
        verify(dir, &self.policy, &self.genesis).unwrap()
    }

    /// The codes of the errors that the copy of this log gives, with stream and seq.
    pub(crate) fn errors(&self) -> Vec<(Code, Option<StreamId>, Option<u64>)> {
        let report = self.verify(self.folder().path());
        assert_eq!(report.verdict, Verdict::Findings);
        let errors = report.findings.into_iter();
        errors
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| (finding.code, finding.stream, finding.seq))
            .collect()
    }
}

/// Codes of the errors of a report, each once, in order.
pub(crate) fn codes(report: &Report) -> Vec<Code> {
    let errors = report.findings.iter();
    let mut codes: Vec<Code> = errors
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

pub(crate) fn signed_by_roots(content: Vec<u8>) -> Vec<u8> {
    cbor::to_vec(&RootSigned::sign(content, &[&root_key(1), &root_key(3)]))
}

pub(crate) fn root_key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub(crate) fn log_key() -> NoteSigner {
    NoteSigner::from_seed(Name::parse("audit.example/log").unwrap(), &[0x10; 32])
}

fn policy() -> Policy {
    let log = log_key();
    Policy::parse(&format!("log {}\nquorum none\n", log.verifier_key())).unwrap()
}
