//! One whole session of the protocol, made from fixed seeds: every record, every frame, every derived value.
//!
//! In scope: what docs/sample-session.md shows and what vectors and fuzz corpora are made from. Out of scope: MLS and HPKE
//! secrets; their bytes are fixed and opaque, behind a correct RFC 9420 head.

mod channel;
mod derived;
mod directory;
mod frames;
pub mod mls;
pub mod sample;
mod shown;
pub mod vectors;
mod writer;

use ed25519_dalek::SigningKey;
use thamvan_proto::commitment::Content;
use thamvan_proto::directory::Genesis;
use thamvan_proto::id::{PublicKey, Salt, StreamId};
use thamvan_proto::ledger::Ledger;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Hash, Name, NoteSigner, Tree};

pub use sample::Person;
pub use shown::{Block, FrameShown, Logged, Names};
use writer::Writer;

/// Everything that happened.
pub struct Session {
    /// What known byte strings are called.
    pub names: Names,
    /// The persons.
    pub cast: Cast,
    /// Records in the order of the log.
    pub records: Vec<Logged>,
    /// Plaintexts of the messages.
    pub contents: Vec<(Content, Block)>,
    /// Frames of two connections.
    pub frames: Vec<FrameShown>,
    /// Values that are hashed or signed but never stand in a frame or record.
    pub derived: Vec<Derived>,
    /// The log's tree.
    pub tree: Tree,
    /// Signed checkpoint of the whole log.
    pub checkpoint: String,
    /// The ledger after the last record.
    pub ledger: Ledger,
}

/// A hash (or code) with the bytes that it is made from.
#[derive(Clone, Debug)]
pub struct Derived {
    /// What it is.
    pub title: String,
    /// What is hashed.
    pub preimage: Block,
    /// The result, as it stands where it is used.
    pub result: String,
}

/// Who and what the session knows from the start.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Three root keys; two sign.
    pub roots: [SigningKey; 3],
    /// National administrator.
    pub chi: Person,
    /// Approver.
    pub minh: Person,
    /// Speaks for the founder agency.
    pub lan: Person,
    /// Speaks for a member agency.
    pub hoa: Person,
    /// Where the deployment begins.
    pub genesis: Genesis,
    /// Hash of the genesis.
    pub genesis_hash: Hash,
    /// The tlog-policy file.
    pub policy: String,
    /// The channel.
    pub channel: StreamId,
    /// Tag key of the channel.
    pub channel_key: StreamKey,
}

impl Cast {
    /// The persons, in the order of their enrolment.
    #[must_use]
    pub fn persons(&self) -> [&Person; 4] {
        [&self.chi, &self.minh, &self.lan, &self.hoa]
    }

    fn new(witnesses: &str) -> Self {
        let roots = [1, 2, 3].map(|n| sample::key(&format!("root {n}")));
        let next: Vec<PublicKey> = (1..=3)
            .map(|n| sample::public(&sample::key(&format!("next root {n}"))))
            .collect();
        let log_key = log_signer().verifier_key().to_string();
        let policy = format!("log {log_key}\n{witnesses}");
        let genesis = Genesis {
            version: 1,
            origin: ORIGIN.into(),
            shard: 0,
            threshold: 2,
            root_keys: roots.iter().map(sample::public).collect(),
            next_roots: thamvan_proto::entry::sha256(&thamvan_proto::cbor::to_vec(&next)),
            log_key,
            policy: thamvan_proto::entry::sha256(policy.as_bytes()),
            stream_key: Salt(sample::bytes("k_stream 0")),
            made: START - DAY,
        };
        let genesis_hash = thamvan_proto::entry::sha256(&thamvan_proto::cbor::to_vec(&genesis));
        Self {
            roots,
            chi: Person::new("chi", "Trần Thị Chi", "mofa", None),
            minh: Person::new("minh", "Lê Văn Minh", "vpcp", None),
            lan: Person::new("lan", "Nguyễn Thị Lan", "mofa", Some("main")),
            hoa: Person::new("hoa", "Phạm Thị Hoa", "moit", Some("main")),
            genesis,
            genesis_hash,
            policy,
            channel: StreamId(sample::bytes("stream 1")),
            channel_key: StreamKey(sample::bytes("k_stream 1")),
        }
    }
}

/// The log's signer.
#[must_use]
pub fn log_signer() -> NoteSigner {
    let name = Name::parse(ORIGIN).expect("the origin is a key name");
    NoteSigner::new(name, sample::key("log"))
}

impl Session {
    /// Plays the session. Same bytes every time.
    ///
    /// # Panics
    /// If a record is not valid: then the sample no longer follows the protocol.
    #[must_use]
    pub fn play() -> Self {
        Self::play_under("quorum none\n")
    }

    /// Plays the session under a policy with these lines below the log's.
    ///
    /// # Panics
    /// As [`play`](Self::play).
    #[must_use]
    pub fn play_under(witnesses: &str) -> Self {
        let mut writer = Writer::new(Cast::new(witnesses));
        directory::play(&mut writer);
        writer.log_heads(
            "heads-first",
            "a minute has passed: the log key says how far each stream goes",
        );
        let contents = channel::play(&mut writer);
        writer.log_heads("heads", "and again a minute later");
        let frames = frames::play(&mut writer);
        let derived = derived::list(&writer, &contents);
        let checkpoint = writer.checkpoint(writer.tree.size());
        Self {
            names: writer.names,
            cast: writer.cast,
            records: writer.records,
            contents,
            frames,
            derived,
            tree: writer.tree,
            checkpoint,
            ledger: writer.ledger,
        }
    }

    /// The record called `name`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn record(&self, name: &str) -> &Logged {
        self.records
            .iter()
            .find(|logged| logged.name == name)
            .expect("the session has a record of this name")
    }
}

/// Origin of the log.
pub const ORIGIN: &str = "log.thamvan.example";
/// `host:port` in the ticket files.
pub const SERVER: &str = "log.thamvan.example:443";
/// Log time of the first record (ms): 2026-09-21T14:13:20Z.
pub const START: u64 = 1_790_000_000_000;
/// Milliseconds of a day.
pub const DAY: u64 = 24 * 3600 * 1000;
