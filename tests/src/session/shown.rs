//! What the session leaves behind, in a form that can be shown, written to a file and fed to a parser.

use std::collections::BTreeMap;

use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;
use thamvan_proto::record::Leaf;
use thamvan_proto::tlog::Hash;

use crate::annotate::Shape;

/// Bytes of a known shape.
#[derive(Clone, Debug)]
pub struct Block {
    /// What they are.
    pub title: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub shape: &'static Shape,
}

impl Block {
    /// Bytes with a title.
    pub fn new(title: impl Into<String>, bytes: Vec<u8>, shape: &'static Shape) -> Self {
        Self {
            title: title.into(),
            bytes,
            shape,
        }
    }
}

/// One record of the log with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Name, unique in the session.
    pub name: &'static str,
    /// Who does what.
    pub what: &'static str,
    /// Entry type.
    pub kind: EntryType,
    /// Index in the log.
    pub index: u64,
    /// Stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub seq: u64,
    /// Record bytes.
    pub record: Vec<u8>,
    /// Entry bytes.
    pub entry: Vec<u8>,
    /// Body.
    pub body: Block,
    /// Side bodies.
    pub sides: Vec<Block>,
    /// Tag key, with a stream-register entry.
    pub stream_key: Option<[u8; 32]>,
    /// Leaf.
    pub leaf: Leaf,
    /// Root hash of the tree that ends with this leaf.
    pub root: Hash,
}

/// One frame of a connection.
#[derive(Clone, Debug)]
pub struct FrameShown {
    /// Name, unique in the session.
    pub name: &'static str,
    /// `client` or `server`.
    pub from: &'static str,
    /// Why it is sent.
    pub what: &'static str,
    /// The frame.
    pub block: Block,
}

/// What known byte strings are called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    by_bytes: BTreeMap<Vec<u8>, String>,
    order: Vec<(String, Vec<u8>)>,
}

impl Names {
    /// Gives `bytes` a name; the first name stays.
    pub fn add(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let (name, bytes) = (name.into(), bytes.as_ref().to_vec());
        self.by_bytes.entry(bytes).or_insert(name);
    }

    /// Gives `bytes` a name and lists it among the values that the session starts from.
    pub fn list(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let name = name.into();
        self.order.push((name.clone(), bytes.as_ref().to_vec()));
        self.add(name, bytes);
    }

    /// The name of `bytes`.
    #[must_use]
    pub fn get(&self, bytes: &[u8]) -> Option<&str> {
        self.by_bytes.get(bytes).map(String::as_str)
    }

    /// What the session starts from, in order.
    #[must_use]
    pub fn listed(&self) -> &[(String, Vec<u8>)] {
        &self.order
    }
}
