//! The sequenced record: an entry with the place that the server gave it; its leaf in the log and its stream tag.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::cbor::{self, ByteVec, CborError, cbor_array};
use crate::entry::{Position, sha256};
use crate::id::{HeadTag, StreamId};
use crate::limits::RECORD_LEN_MAX;
use crate::tlog::{Hash, leaf_hash};

cbor_array! {
    /// An entry at its place (docs/protocol.md chapter 3).
    pub struct Record {
        /// 1.
        pub version: u64,
        /// Shard of the log.
        pub shard: u64,
        /// The stream.
        pub stream: StreamId,
        /// Place in the stream, from 0.
        pub seq: u64,
        /// Log time (ms), never decreasing.
        pub time: u64,
        /// Head of stream 0 at sequencing; null only in the very first record.
        pub dir: Option<Position>,
        /// Hash of the previous record of this stream; zeros at seq 0.
        pub prev: Hash,
        /// The entry, verbatim.
        pub entry: ByteVec,
    }
}

impl Record {
    /// Parses a record; the entry inside is not parsed.
    ///
    /// # Errors
    /// [`CborError`]: peer's fault, always.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::from_slice(bytes, RECORD_LEN_MAX)
    }

    /// The record's bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }
}

/// The tag key of a stream. Who knows it can find the stream's leaves; who does not sees volume only.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct StreamKey(pub [u8; 32]);

impl std::fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamKey(..)")
    }
}

impl StreamKey {
    /// What stream-register commits: `H("thamvan/kc/v1" || k_stream)`.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        sha256(&[b"thamvan/kc/v1".as_slice(), &self.0].concat())
    }

    /// The tag key of the stream of heads, where `self` is that of stream 0: the genesis commits both.
    #[must_use]
    pub fn of_heads(&self) -> Self {
        Self(self.mac(&[b"thamvan/heads-key/v1"]))
    }

    /// What marks the stream's leaf in minute heads while the record at `seq` is its last. Unlike [`tag`](Self::tag) it stands
    /// nowhere in the log, so a neighbour's leaf tells nobody which leaf of the log it is.
    #[must_use]
    pub fn head_tag(&self, seq: u64) -> HeadTag {
        let full = self.mac(&[b"thamvan/head/v1", &seq.to_be_bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(full.split_at(16).0);
        HeadTag(tag)
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// The tag of the record at `seq`: the first 16 bytes of `HMAC(k_stream, "thamvan/tag/v1" || u64(seq))`.
    #[must_use]
    pub fn tag(&self, seq: u64) -> [u8; 16] {
        let full = self.mac(&[b"thamvan/tag/v1", &seq.to_be_bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(full.split_at(16).0);
        tag
    }
}

/// What the log's tree holds for one record: version, tag, SHA-256(record).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf(pub [u8; LEAF_LEN]);

impl Leaf {
    /// The leaf of the record with these bytes at `seq`.
    #[must_use]
    pub fn new(key: &StreamKey, seq: u64, record: &[u8]) -> Self {
        let mut bytes = [0; LEAF_LEN];
        let (version, rest) = bytes.split_at_mut(1);
        version.copy_from_slice(&[LEAF_VERSION]);
        let (tag, hash) = rest.split_at_mut(16);
        tag.copy_from_slice(&key.tag(seq));
        hash.copy_from_slice(&sha256(record).0);
        Self(bytes)
    }

    /// Its hash in the tree (RFC 6962 §2.1).
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.0)
    }
}

/// Bytes of a leaf: 1 + 16 + 32.
pub const LEAF_LEN: usize = 49;
const LEAF_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_round_trips_and_nothing_else_parses() {
        let record = Record {
            version: 1,
            shard: 0,
            stream: StreamId([7; 16]),
            seq: 3,
            time: 5,
            dir: Some(Position {
                seq: 1,
                record: Hash([1; 32]),
            }),
            prev: Hash([2; 32]),
            entry: vec![1, 2, 3].into(),
        };
        let bytes = record.to_vec();
        assert_eq!(Record::parse(&bytes).unwrap(), record);
        assert!(Record::parse(&[bytes.as_slice(), &[0xf6]].concat()).is_err());
    }

    #[test]
    fn tags_of_two_keys_or_two_places_differ() {
        let (a, b) = (StreamKey([1; 32]), StreamKey([2; 32]));
        assert_ne!(a.tag(0), a.tag(1));
        assert_ne!(a.tag(0), b.tag(0));
        assert_ne!(a.commitment(), b.commitment());
        assert_ne!(a.head_tag(0), a.head_tag(1));
        assert_ne!(a.head_tag(0).0, a.tag(0));
        assert_ne!(a.of_heads(), b.of_heads());
        assert_eq!(Leaf::new(&a, 0, b"r").0[0], 1);
        assert_eq!(Leaf::new(&a, 0, b"r").0[17..], sha256(b"r").0);
    }
}
