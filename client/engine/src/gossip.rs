//! What others saw: each entry names the checkpoint that its author had verified, and this device holds its log to it.
//!
//! A server that shows two histories must keep their authors apart for ever: the first entry of one that is read in the
//! other is signed evidence. An honest server logs no entry whose `seen` is not of its log (`server/core/src/submit.rs`).

use std::collections::BTreeMap;

use thamvan_proto::entry::{Entry, Seen};
use thamvan_proto::id::DeviceId;
use thamvan_proto::tlog::Tree;

use crate::engine::Engine;
use crate::error::EngineError;

/// The largest checkpoint that each author named since the last synchronisation: an author's own never contradict.
#[derive(Debug, Default)]
pub(crate) struct Gossip(BTreeMap<DeviceId, Seen>);

impl Gossip {
    /// Notes what the author of a record in its chain had seen.
    pub(crate) fn note(&mut self, entry: &Entry) {
        let Some(seen) = &entry.facts.seen else {
            return;
        };
        let noted = self.0.entry(entry.device).or_insert_with(|| seen.clone());
        if noted.size < seen.size {
            *noted = seen.clone();
        }
    }
}

impl Engine {
    /// Holds the log of this device to what other authors saw of it.
    ///
    /// Cost: at most one request for each author that wrote since the last time.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: somebody saw another log.
    pub(crate) async fn hold_to_seen(&mut self) -> Result<(), EngineError> {
        let (genesis, own) = (self.genesis()?, self.keys.device);
        let shard = genesis.shard;
        for (device, seen) in std::mem::take(&mut self.gossip.0) {
            let held = if device == own {
                Ok(())
            } else if seen.shard != shard {
                Err(EngineError::Finding {
                    what: format!("another shard: {}", seen.shard),
                })
            } else if seen.size == 0 {
                check_empty(&seen)
            } else {
                self.hold_to_known(seen.size, seen.root).await
            };
            if let Err(EngineError::Finding { what }) = held {
                return Err(EngineError::Finding {
                    what: format!("device {device} signed that it saw another log: {what}"),
                });
            }
            held?;
        }
        Ok(())
    }
}

fn check_empty(seen: &Seen) -> Result<(), EngineError> {
    if seen.root == Tree::new().root() {
        Ok(())
    } else {
        Err(EngineError::Finding {
            what: "an empty log with a root".into(),
        })
    }
}
