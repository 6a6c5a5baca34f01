//! Commits of this device: made, signed and logged as one unit with what they bring along.
//!
//! In scope: when this device commits for itself, and how. Out of scope: who may be in a group (`Ledger`), how it joins (`rejoin`).

use thamvan_proto::cbor;
use thamvan_proto::channel::CommitBody;
use thamvan_proto::entry::{EntryType, Header, sha256};
use thamvan_proto::frame::Submit;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::limits::UPDATE_INTERVAL_MS_MIN;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::mls::{Leaf, Mls, Staged};
use crate::outbox::{handling, is_stale, outgoing_bytes};
use crate::store::Rows;
use crate::sync::{group_id, update_key};
use crate::transport::field;

impl Engine {
    /// Commits without looking at what else waits.
    pub(crate) async fn commit_now(
        &mut self,
        stream: StreamId,
        adds: &[(Leaf, Vec<u8>)],
        removes: &[DeviceId],
    ) -> Result<u64, EngineError> {
        let (epoch, channel_label) = self.current_epoch(stream)?;
        let label = handling(channel_label);
        let group = group_id(stream, epoch.generation)?;
        let suite = self.suite(stream)?;
        let next = epoch.epoch + 1;
        let generation = epoch.generation;
        let facts = self.facts(EntryType::Commit, stream, label, Some(epoch), None);
        let header = Header::new(self.keys.device, EntryType::Commit, &facts);
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        let data = header.mls_authenticated_data();
        let staged = mls.stage((group, suite), adds, removes, data)?;
        let added: Vec<_> = adds.iter().map(|(leaf, _)| leaf.device).collect();
        let body = commit_body(&staged, (generation, next), &added, removes);
        let sides = [
            Some(staged.group_info),
            Some(staged.ratchet_tree),
            staged.welcome,
        ];
        let submit = Submit {
            entry: field(&header.sign(&body, &self.keys.signing_key())),
            body: field(&body),
            sides: sides.iter().flatten().map(|side| field(side)).collect(),
            stream_key: None,
        };
        let bytes = outgoing_bytes(&submit);
        let rows = Rows(&step);
        let id = rows.queue(&stream, EntryType::Commit, label.number())?;
        rows.set_outgoing_bytes(id, Some(&bytes))?;
        step.commit()?;
        let result = self.submit(id, stream, &bytes).await;
        // Only a commit that the server refused for what it is has left the outbox; any other may still be logged.
        if matches!(result, Err(EngineError::Refused { .. })) && !self.is_queued(id)? {
            let step = self.store.begin()?;
            Mls::new(&self.crypto, &step, &self.keys).discard_own(group)?;
            step.commit()?;
        }
        result
    }

    /// Commits out of the group whoever may not read any more: nothing is said in an epoch that they are still in.
    pub(crate) async fn commit_removals(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let removes = self.unwanted(stream)?;
        if removes.is_empty() {
            return Ok(());
        }
        match self.commit_now(stream, &[], &removes).await {
            // Another member was first with the same removal.
            Err(EngineError::Refused { code, .. }) if is_stale(code) => self.read_on().await,
            other => other.map(|_| ()),
        }
    }

    /// Changes this device's keys before its first message, where others may hold the secrets that it joined with.
    pub(crate) async fn update_early(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let key = update_key(&stream);
        if Rows(self.store.connection()).meta(&key)?.is_none() {
            return Ok(());
        }
        let group = self.channel(stream)?.group();
        let rested = group
            .and_then(|group| group.updated)
            .is_none_or(|last| self.now() >= last.saturating_add(UPDATE_INTERVAL_MS_MIN));
        if !rested {
            return Err(EngineError::NotAllowed {
                rule: "update_rests",
                what: "another device changed its keys a moment ago: the message goes out in half a minute".into(),
            });
        }
        match self.commit_now(stream, &[], &[]).await {
            Err(EngineError::Refused { code, .. }) if is_stale(code) => self.read_on().await,
            other => other.map(|_| ()),
        }
    }
}

/// The body of a commit that opens `epoch` of a generation.
pub(crate) fn commit_body(
    staged: &Staged,
    (generation, epoch): (u64, u64),
    adds: &[DeviceId],
    removes: &[DeviceId],
) -> Vec<u8> {
    cbor::to_vec(&CommitBody {
        commit: field(&staged.commit),
        generation,
        epoch,
        group_info: sha256(&staged.group_info),
        ratchet_tree: sha256(&staged.ratchet_tree),
        tree_hash: staged.tree_hash,
        adds: adds.to_vec(),
        removes: removes.to_vec(),
        welcome: staged.welcome.as_deref().map(sha256),
    })
}
