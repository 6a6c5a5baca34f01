//! What the client checks of the log before it believes a record: pinned genesis, checkpoint, inclusion, consistency.

use thamvan_proto::directory::{Genesis, RootSigned};
use thamvan_proto::frame::{Consistency, Delivery};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Leaf, Record, StreamKey};
use thamvan_proto::tlog::{self, Checkpoint, Hash, Name, VerifierKey};

use crate::engine::Engine;
use crate::error::EngineError;

/// Opens a checkpoint under the log key that the genesis names.
pub(crate) fn open_checkpoint(note: &str, genesis: &Genesis) -> Result<Checkpoint, EngineError> {
    let key = VerifierKey::parse(&genesis.log_key).map_err(|e| finding("log key", &e))?;
    let origin = Name::parse(&genesis.origin).map_err(|e| finding("origin", &e))?;
    let checkpoint =
        tlog::open_checkpoint(note, &origin, &key).map_err(|e| finding("checkpoint", &e))?;
    check_size(&checkpoint)?;
    Ok(checkpoint)
}

/// Refuses sizes that no log will have.
pub(crate) fn check_size(checkpoint: &Checkpoint) -> Result<(), EngineError> {
    if checkpoint.size > TREE_SIZE_MAX {
        return Err(EngineError::Finding {
            what: "the checkpoint names an impossible size".into(),
        });
    }
    Ok(())
}

pub(crate) fn finding(what: &str, error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Finding {
        what: format!("{what}: {error}"),
    }
}

impl Engine {
    /// Checks that a delivered record stands in a tree that this device accepts.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: the server shows a log that is not the pinned one, or not an extension of what was seen.
    pub(crate) async fn verify_delivery(
        &mut self,
        record: &Record,
        delivery: &Delivery,
    ) -> Result<(), EngineError> {
        let genesis = self.genesis_for(record, delivery)?;
        let checkpoint = open_checkpoint(&delivery.checkpoint, &genesis)?;
        self.accept_checkpoint(&checkpoint, &delivery.checkpoint)
            .await?;
        let key = if record.stream == StreamId::DIRECTORY {
            StreamKey(genesis.stream_key.0)
        } else {
            self.tag_key(&record.stream)?
        };
        let leaf = Leaf::new(&key, record.seq, &delivery.record).hash();
        let (size, root) = (checkpoint.size, &checkpoint.root);
        tlog::verify_inclusion(&leaf, delivery.index, size, &delivery.path, root)
            .map_err(|e| finding("inclusion", &e))
    }

    /// The genesis that everything is judged by: the folded one, or the pinned one in the first record.
    fn genesis_for(&self, record: &Record, delivery: &Delivery) -> Result<Genesis, EngineError> {
        if let Some((genesis, _)) = self.ledger.directory().genesis() {
            return Ok(genesis.clone());
        }
        if record.stream != StreamId::DIRECTORY || record.seq != 0 {
            return Err(EngineError::Protocol {
                what: "record before the genesis",
            });
        }
        let body = delivery
            .body
            .as_ref()
            .ok_or(EngineError::Protocol { what: "no genesis" })?;
        let (genesis, hash) = RootSigned::open_genesis(body).map_err(|e| finding("genesis", &e))?;
        if hash != self.pinned.genesis || genesis.origin != self.pinned.origin {
            return Err(EngineError::Finding {
                what: "genesis is not the pinned one".into(),
            });
        }
        Ok(genesis)
    }

    /// Accepts a checkpoint that extends the largest known one, or that the known one extends.
    pub(crate) async fn accept_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        note: &str,
    ) -> Result<(), EngineError> {
        self.hold_to_known(checkpoint.size, checkpoint.root).await?;
        let is_larger = |(known, _): &(Checkpoint, String)| known.size < checkpoint.size;
        if self.known.as_ref().is_none_or(is_larger) {
            self.known = Some((checkpoint.clone(), note.to_owned()));
        }
        Ok(())
    }

    /// Checks that a log with `root` at `size` is the one that this device knows: the same root, or one extends the other.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: it is another log.
    pub(crate) async fn hold_to_known(&mut self, size: u64, root: Hash) -> Result<(), EngineError> {
        if let Some(known) = self.roots.get(&size) {
            return if *known == root {
                Ok(())
            } else {
                Err(fork(size))
            };
        }
        if let Some((known, _)) = &self.known {
            let (known_size, known_root) = (known.size, known.root);
            let (old, new) = (known_size.min(size), known_size.max(size));
            let (old_root, new_root) = if known_size < size {
                (known_root, root)
            } else {
                (root, known_root)
            };
            let path = self.consistency(old, new).await?;
            tlog::verify_consistency(old, &old_root, new, &new_root, &path)
                .map_err(|_| fork(size))?;
        }
        self.roots.insert(size, root);
        Ok(())
    }

    async fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<Hash>, EngineError> {
        let body = thamvan_proto::frame::Body::Consistency(Consistency { old, new });
        self.online()?.request(body).await
    }
}

fn fork(size: u64) -> EngineError {
    EngineError::Finding {
        what: format!(
            "fork: the checkpoint of size {size} is not of the log that this device knows"
        ),
    }
}

/// More entries than any log will have: a checkpoint beyond it is a lie that would only cost memory.
const TREE_SIZE_MAX: u64 = 1 << 40;
