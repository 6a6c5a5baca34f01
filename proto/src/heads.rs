//! Minute heads: what the log key says of the last record of every stream, in a stream of its own.
//!
//! In scope: the body, the tree over the streams, the proof for one of them, opening a heads record by itself. Out of scope:
//! when heads are due (the server), and that a stream is read as far as they say (the client, the auditor).

use std::collections::BTreeMap;

use crate::cbor::{self, cbor_array};
use crate::cose::EnvelopeError;
use crate::directory::Genesis;
use crate::entry::{Entry, EntryType, Facts, Header, Position, sha256};
use crate::id::{HeadTag, PublicKey, StreamId};
use crate::ledger::RULE_VERSION;
use crate::limits::{MADE_SKEW_MS_MAX, STATEMENT_BODY_LEN_MAX};
use crate::record::{Record, StreamKey};
use crate::refusal::log_key_id;
use crate::tlog::{
    Hash, InclusionError, NoteSigner, Tree, VerifierKey, leaf_hash, root_of_leaves,
    verify_inclusion,
};

cbor_array! {
    /// Body of a heads entry.
    pub struct Heads {
        /// 1.
        pub version: u64,
        /// Shard of the log.
        pub shard: u64,
        /// Entries of the log that it covers: all before its own record, so the index of that.
        pub size: u64,
        /// Streams that have a record among them, its own aside.
        pub count: u64,
        /// RFC 6962 root over one leaf a stream, in rising order of their tags.
        pub root: Hash,
    }

    /// What is hashed into the leaf of a stream.
    pub struct HeadLeaf {
        /// [`StreamKey::head_tag`] of `seq`: only who knows the stream's key can tell whose leaf it is.
        pub tag: HeadTag,
        /// The last record's place in the stream.
        pub seq: u64,
        /// Hash of the last record.
        pub record: Hash,
    }

    /// The leaf of one stream, proved.
    pub struct StreamHead {
        /// Index of the leaf in the tree of the heads.
        pub slot: u64,
        /// The last record's place in the stream.
        pub seq: u64,
        /// Hash of the last record.
        pub record: Hash,
        /// Inclusion path under the root of the heads.
        pub path: Vec<Hash>,
    }
}

impl Heads {
    /// Parses a body.
    ///
    /// # Errors
    /// [`HeadsError::Body`].
    pub fn parse(body: &[u8]) -> Result<Self, HeadsError> {
        cbor::from_slice(body, STATEMENT_BODY_LEN_MAX)
            .ok()
            .filter(|heads: &Self| heads.version == 1)
            .ok_or(HeadsError::Body)
    }

    /// Signs an entry with these facts over `self`; gives entry and body.
    #[must_use]
    pub fn sign(&self, facts: &Facts, signer: &NoteSigner) -> (Vec<u8>, Vec<u8>) {
        let body = cbor::to_vec(self);
        let header = Header::new(log_key_id(signer.verifier_key()), EntryType::Heads, facts);
        (header.sign(&body, signer.signing_key()), body)
    }

    /// Opens the heads in `record`, which need not be read in its stream: who signed them, for which log, and when.
    ///
    /// That the record is in the log's tree, at the index that the heads name, is the caller's to check.
    ///
    /// # Errors
    /// [`HeadsError`]: peer's fault, always.
    ///
    /// Source: docs/protocol.md chapter 5, "Heads".
    pub fn open(record: &Record, body: &[u8], genesis: &Genesis) -> Result<Self, HeadsError> {
        let entry = Entry::parse(&record.entry)?;
        let facts = &entry.facts;
        let is_heads = facts.entry_type() == Some(EntryType::Heads) && facts.rule == RULE_VERSION;
        let is_here = record.stream == StreamId::HEADS && facts.stream == StreamId::HEADS;
        if !is_heads || !is_here || record.version != 1 || record.shard != genesis.shard {
            return Err(HeadsError::Place);
        }
        verify_author(&entry, genesis)?;
        if facts.made.abs_diff(record.time) > MADE_SKEW_MS_MAX {
            return Err(HeadsError::Place);
        }
        if sha256(body) != entry.payload {
            return Err(HeadsError::Body);
        }
        let heads = Self::parse(body)?;
        if heads.shard == genesis.shard {
            Ok(heads)
        } else {
            Err(HeadsError::Place)
        }
    }
}

/// Verifies that the log key of `genesis` signed `entry`.
pub(crate) fn verify_author(entry: &Entry, genesis: &Genesis) -> Result<(), HeadsError> {
    let key = VerifierKey::parse(&genesis.log_key).map_err(|_| HeadsError::Signature)?;
    if entry.device != log_key_id(&key) {
        return Err(HeadsError::Signature);
    }
    entry
        .verify(&PublicKey(*key.public_key()))
        .map_err(|_| HeadsError::Signature)
}

impl StreamHead {
    /// Verifies that the stream with `key` has this last record under `heads`.
    ///
    /// # Errors
    /// [`InclusionError`]: peer's fault.
    pub fn verify(&self, key: &StreamKey, heads: &Heads) -> Result<(), InclusionError> {
        let head = Position {
            seq: self.seq,
            record: self.record,
        };
        let leaf = head_leaf(key, &head);
        verify_inclusion(&leaf, self.slot, heads.count, &self.path, &heads.root)
    }
}

/// The last record of every stream, as a set that grows with the log.
#[derive(Clone, Debug, Default)]
pub struct StreamHeads {
    leaves: BTreeMap<HeadTag, Hash>,
    tags: BTreeMap<StreamId, HeadTag>,
}

impl StreamHeads {
    /// Notes the last record of `stream`. Cost: two HMACs' worth of hashing, O(log n).
    pub fn set(&mut self, stream: StreamId, key: &StreamKey, head: &Position) {
        let tag = key.head_tag(head.seq);
        if let Some(old) = self.tags.insert(stream, tag) {
            self.leaves.remove(&old);
        }
        self.leaves.insert(tag, head_leaf(key, head));
    }

    /// Streams.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Root over all streams, by definition. Cost: two hashes a stream.
    #[must_use]
    pub fn root(&self) -> Hash {
        let leaves: Vec<Hash> = self.leaves.values().copied().collect();
        root_of_leaves(&leaves)
    }

    /// The tree, for proofs. Cost: two hashes a stream.
    #[must_use]
    pub fn tree(&self) -> HeadsTree {
        let mut tree = Tree::new();
        self.leaves.values().for_each(|leaf| tree.append(*leaf));
        let slots: BTreeMap<_, u64> = self.leaves.keys().zip(0..).collect();
        let slot = |tag| slots.get(tag).copied();
        let slots = self
            .tags
            .iter()
            .filter_map(|(stream, tag)| Some((*stream, slot(tag)?)));
        HeadsTree {
            slots: slots.collect(),
            tree,
        }
    }
}

/// The tree over the streams at one moment.
#[derive(Clone, Debug)]
pub struct HeadsTree {
    tree: Tree,
    slots: BTreeMap<StreamId, u64>,
}

impl HeadsTree {
    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The proof for `stream`, whose last record is `head`.
    #[must_use]
    pub fn prove(&self, stream: &StreamId, head: &Position) -> Option<StreamHead> {
        let slot = *self.slots.get(stream)?;
        let path = self.tree.inclusion_path(slot, self.tree.size()).ok()?;
        Some(StreamHead {
            slot,
            seq: head.seq,
            record: head.record,
            path,
        })
    }
}

fn head_leaf(key: &StreamKey, head: &Position) -> Hash {
    leaf_hash(&cbor::to_vec(&HeadLeaf {
        tag: key.head_tag(head.seq),
        seq: head.seq,
        record: head.record,
    }))
}

/// Why a record is not the log's heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadsError {
    /// Not an entry.
    #[error(transparent)]
    Entry(#[from] EnvelopeError),
    /// Of another type, stream, shard, rule version or time.
    #[error("not a heads record of this log")]
    Place,
    /// Not by the log key.
    #[error("heads are not signed by the log key")]
    Signature,
    /// Not the body that was signed, or not one of heads.
    #[error("body of the heads is malformed or not the signed one")]
    Body,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(seq: u64) -> Position {
        Position {
            seq,
            record: sha256(&seq.to_be_bytes()),
        }
    }

    fn heads_of(streams: &StreamHeads) -> Heads {
        Heads {
            version: 1,
            shard: 0,
            size: 9,
            count: streams.count(),
            root: streams.root(),
        }
    }

    fn key(n: u8) -> StreamKey {
        StreamKey([n; 32])
    }

    #[test]
    fn every_stream_is_proved_with_its_own_key_place_and_record_only() {
        for count in 1..=9_u8 {
            let mut streams = StreamHeads::default();
            for n in 0..count {
                streams.set(StreamId([n; 16]), &key(n), &position(3));
                streams.set(StreamId([n; 16]), &key(n), &position(4));
            }
            let (heads, tree) = (heads_of(&streams), streams.tree());
            assert_eq!((heads.count, tree.root()), (u64::from(count), heads.root));
            for n in 0..count {
                let head = tree.prove(&StreamId([n; 16]), &position(4)).unwrap();
                assert_eq!(head.verify(&key(n), &heads), Ok(()));
                assert!(head.verify(&key(n + 1), &heads).is_err());
                let frozen = StreamHead {
                    seq: 3,
                    ..head.clone()
                };
                assert!(frozen.verify(&key(n), &heads).is_err());
                let other = StreamHead {
                    record: Hash([0; 32]),
                    ..head
                };
                assert!(other.verify(&key(n), &heads).is_err());
            }
            assert!(tree.prove(&StreamId([99; 16]), &position(4)).is_none());
        }
    }

    #[test]
    fn the_order_of_the_streams_does_not_matter() {
        let (mut one, mut two) = (StreamHeads::default(), StreamHeads::default());
        for n in 0..7 {
            one.set(StreamId([n; 16]), &key(n), &position(1));
            two.set(StreamId([6 - n; 16]), &key(6 - n), &position(1));
        }
        assert_eq!(one.root(), two.root());
        two.set(StreamId([0; 16]), &key(0), &position(2));
        assert_ne!(one.root(), two.root());
        assert_eq!(two.count(), 7);
    }

    #[test]
    fn a_body_of_another_version_or_shape_is_refused() {
        let heads = heads_of(&StreamHeads::default());
        let bytes = cbor::to_vec(&heads);
        assert_eq!(Heads::parse(&bytes), Ok(heads.clone()));
        let future = cbor::to_vec(&Heads {
            version: 2,
            ..heads
        });
        assert_eq!(Heads::parse(&future), Err(HeadsError::Body));
        assert_eq!(Heads::parse(&bytes[1..]), Err(HeadsError::Body));
    }
}
