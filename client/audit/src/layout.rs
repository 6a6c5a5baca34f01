//! Names of the files of a copy, and `index.json` (docs/protocol.md chapter 11).

use std::collections::BTreeSet;

use serde::Serialize;
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Checkpoint, Hash, TilePath};

/// The signed checkpoint.
pub(crate) const CHECKPOINT: &str = "log/checkpoint";

/// The summary.
pub(crate) const INDEX: &str = "index.json";

/// Parent of all tiles.
pub(crate) const TILES: &str = "log/tile";

/// Parent of all streams.
pub(crate) const STREAMS: &str = "streams";

pub(crate) fn hex(hash: &Hash) -> String {
    data_encoding::HEXLOWER.encode(&hash.0)
}

/// Reads 64 lower-case digits.
pub(crate) fn hash_of_hex(text: &str) -> Option<Hash> {
    text.parse::<Salt>().ok().map(|bytes| Hash(bytes.0))
}

pub(crate) fn tile(path: &TilePath) -> String {
    format!("log/{path}")
}

/// The tile that `path` names, if it names one.
pub(crate) fn tile_of(path: &str) -> Option<TilePath> {
    TilePath::parse(path.strip_prefix("log/")?).ok()
}

pub(crate) fn records(stream: &StreamId) -> String {
    format!("{STREAMS}/{stream}/records.cborseq")
}

pub(crate) fn key(stream: &StreamId) -> String {
    format!("{STREAMS}/{stream}/k_stream")
}

pub(crate) fn bodies(stream: &StreamId) -> String {
    format!("{STREAMS}/{stream}/bodies")
}

pub(crate) fn body(stream: &StreamId, hash: &Hash) -> String {
    format!("{STREAMS}/{stream}/bodies/{}", hex(hash))
}

/// Content of `k_stream`.
pub(crate) fn key_text(key: &StreamKey) -> String {
    format!("{}\n", Salt(key.0))
}

/// Reads `k_stream` in its only spelling.
pub(crate) fn key_of_text(text: &[u8]) -> Option<StreamKey> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('\n')?;
    text.parse::<Salt>().ok().map(|bytes| StreamKey(bytes.0))
}

/// Files that belong to a copy; the folders that belong are exactly their parents.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
}

impl Layout {
    pub(crate) fn require(&mut self, path: String) {
        self.required.insert(path);
    }

    /// A file that may be there.
    pub(crate) fn allow(&mut self, path: String) {
        self.optional.insert(path);
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &String> {
        self.required.iter()
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.required.contains(path) || self.optional.contains(path)
    }

    /// Folders in which a required file, or an optional one of `present`, stands.
    pub(crate) fn folders(&self, present: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        let optional = self.optional.iter().filter(|path| present(path));
        self.required
            .iter()
            .chain(optional)
            .flat_map(|path| path.match_indices('/').filter_map(|(at, _)| path.get(..at)))
            .collect()
    }
}

/// `index.json`: keys in this order, indented by two spaces, ending in a line feed.
#[derive(Debug, Serialize)]
pub(crate) struct Index {
    schema: u64,
    origin: String,
    shard: u64,
    tree_size: u64,
    root: String,
    streams: Vec<IndexStream>,
}

/// One stream of `index.json`.
#[derive(Debug, Serialize)]
pub(crate) struct IndexStream {
    /// Stream id.
    pub(crate) stream: String,
    /// Records.
    pub(crate) records: u64,
    /// Files in `bodies`.
    pub(crate) bodies: u64,
}

impl Index {
    /// `streams`: sorted by id.
    pub(crate) fn new(checkpoint: &Checkpoint, shard: u64, streams: Vec<IndexStream>) -> Self {
        Self {
            schema: 1,
            origin: checkpoint.origin.to_string(),
            shard,
            tree_size: checkpoint.size,
            root: hex(&checkpoint.root),
            streams,
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        let mut text = text.expect("numbers, texts and lists have a JSON form");
        text.push('\n');
        text
    }
}
