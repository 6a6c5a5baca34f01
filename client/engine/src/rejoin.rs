//! Back into a group by an external commit: after a restored home, a missed Welcome, a commit that could not be applied, or
//! where no key package was left (docs/protocol.md chapter 6, "Rejoin").
//!
//! In scope: when a device is out of a group that it may be in, and the commit that brings it in. Out of scope: who may be in.

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, GroupStart, Successor};
use thamvan_proto::entry::{Entry, EntryType, Header};
use thamvan_proto::frame::Submit;
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use crate::commit::commit_body;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::mls::{Mls, Start};
use crate::outbox::{ATTEMPTS_MAX, handling, is_stale, outgoing_bytes};
use crate::store::Rows;
use crate::sync::{broken_key, group_id, leaf_of};
use crate::transport::field;

/// What the log keeps of the epoch that a record opened.
struct Opening {
    group_info: Hash,
    ratchet_tree: Hash,
    tree_hash: Option<Hash>,
}

impl Engine {
    /// Joins the groups that this device may be in and is not. What is refused waits for the next synchronisation.
    pub(crate) async fn rejoin_groups(&mut self) -> Result<(), EngineError> {
        let streams: Vec<StreamId> = self.ledger.channels().map(|(id, _)| *id).collect();
        for stream in streams {
            let mut tries = 0;
            while tries < ATTEMPTS_MAX && self.is_out(stream)? {
                tries += 1;
                match self.rejoin(stream).await {
                    // Somebody else was first: in the epoch that is current then, again.
                    Err(EngineError::Refused { code, .. }) if is_stale(code) => {
                        self.read_on().await?;
                    }
                    Err(EngineError::Refused { .. } | EngineError::Mls(_)) => break,
                    other => other?,
                }
            }
        }
        Ok(())
    }

    /// Whether a group has this device among those who may be in it, and not among those who follow it.
    fn is_out(&self, stream: StreamId) -> Result<bool, EngineError> {
        let channel = self.channel(stream)?;
        let Some(group) = channel.group() else {
            return Ok(false);
        };
        let is_open = channel.closed_by().is_none() && !self.ledger.is_read_only(&stream);
        let may_join = self.is_established_reader(&stream, &self.keys.device);
        if !is_open || !may_join {
            return Ok(false);
        }
        let rows = Rows(self.store.connection());
        if self.in_flight(stream)?.is_some() || self.awaits_verdict(stream)? {
            return Ok(false);
        }
        let marked = rows.meta(&broken_key(&stream))?.is_some()
            || rows.meta(&joining_key(&stream))?.is_some();
        let mls = Mls::new(&self.crypto, self.store.connection(), &self.keys);
        let epoch = mls.epoch(group_id(stream, group.epoch.generation)?)?;
        Ok(marked || epoch != Some(group.epoch.epoch))
    }

    /// Builds, signs and logs an external commit; gives nothing back of a state that this device had before.
    async fn rejoin(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let (epoch, label) = self.current_epoch(stream)?;
        let suite = self.suite(stream)?;
        let opening = self.opening(stream, epoch.opened_by).await?;
        let group_info = self.fetch_body(&opening.group_info).await?;
        let ratchet_tree = self.fetch_body(&opening.ratchet_tree).await?;
        let members = self.channel(stream)?.group().map(|group| &group.roster);
        let roster = members
            .into_iter()
            .flatten()
            .map(|device| leaf_of(&self.ledger, device))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let group = group_id(stream, epoch.generation)?;
        let start = Start {
            group,
            suite,
            epoch: epoch.epoch,
            roster: &roster,
            tree_hash: opening.tree_hash,
        };
        let own = [self.keys.device];
        let was_in = roster.iter().any(|leaf| leaf.device == self.keys.device);
        let removes = if was_in { &own[..] } else { &[] };
        let (generation, next) = (epoch.generation, epoch.epoch + 1);
        let label = handling(label);
        let facts = self.facts(EntryType::Commit, stream, label, Some(epoch), None);
        let header = Header::new(self.keys.device, EntryType::Commit, &facts);
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        let data = header.mls_authenticated_data();
        let staged = mls.join_externally(&start, &group_info, &ratchet_tree, data)?;
        let body = commit_body(&staged, (generation, next), &own, removes);
        let submit = Submit {
            entry: field(&header.sign(&body, &self.keys.signing_key())),
            body: field(&body),
            sides: vec![field(&staged.group_info), field(&staged.ratchet_tree)],
            stream_key: None,
        };
        let bytes = outgoing_bytes(&submit);
        let rows = Rows(&step);
        let id = rows.queue(&stream, EntryType::Commit, label.number())?;
        rows.set_outgoing_bytes(id, Some(&bytes))?;
        // Until the log has it, the group that this made is nobody's.
        rows.set_meta(&joining_key(&stream), &bytes.entry_hash.0)?;
        step.commit()?;
        self.submit(id, stream, &bytes).await.map(|_| ())
    }

    /// The side bodies of the record that opened an epoch.
    async fn opening(&mut self, stream: StreamId, seq: u64) -> Result<Opening, EngineError> {
        let damaged = EngineError::StoreDamaged { what: "record" };
        let record = Rows(self.store.connection()).record(&stream, seq)?;
        let record = Record::parse(&record.ok_or(damaged)?)?;
        let entry =
            Entry::parse(&record.entry).map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
        let body = self.fetch_body(&entry.payload).await?;
        let kind = entry.facts.entry_type();
        if matches!(kind, Some(EntryType::GroupStart | EntryType::Successor)) {
            let start: GroupStart = if kind == Some(EntryType::Successor) {
                cbor::from_slice::<Successor>(&body, SIDE_BODY_LEN_MAX)?.start
            } else {
                cbor::from_slice(&body, SIDE_BODY_LEN_MAX)?
            };
            return Ok(Opening {
                group_info: start.group_info,
                ratchet_tree: start.ratchet_tree,
                tree_hash: None,
            });
        }
        let commit: CommitBody = cbor::from_slice(&body, SIDE_BODY_LEN_MAX)?;
        Ok(Opening {
            group_info: commit.group_info,
            ratchet_tree: commit.ratchet_tree,
            tree_hash: Some(commit.tree_hash),
        })
    }

    /// Whether this home was found to be an old copy, and has not dropped what it should not use any more.
    pub(crate) fn is_old_copy(&self) -> Result<bool, EngineError> {
        Ok(Rows(self.store.connection()).meta(META_OLD_COPY)?.is_some())
    }

    /// An old copy would use keys a second time: it drops its groups before it says anything.
    pub(crate) fn drop_old_groups(&mut self) -> Result<(), EngineError> {
        if !self.is_old_copy()? {
            return Ok(());
        }
        let groups = self
            .ledger
            .channels()
            .filter_map(|(stream, channel)| Some((*stream, channel.group()?.epoch.generation)))
            .map(|(stream, generation)| group_id(stream, generation))
            .collect::<Result<Vec<_>, _>>()?;
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        for group in groups {
            mls.forget(group)?;
        }
        let rows = Rows(&step);
        rows.set_meta(META_RESTORED, b"")?;
        rows.remove_meta(META_OLD_COPY)?;
        Ok(step.commit()?)
    }

    /// Reads everything that stands behind what was read: what a new connection delivers up to its end.
    pub(crate) async fn read_on(&mut self) -> Result<(), EngineError> {
        self.disconnect();
        self.connect().await?;
        self.read_streams().await.map(|_| ())
    }
}

/// Where the hash of an external commit stands from its making to its record.
pub(crate) fn joining_key(stream: &StreamId) -> String {
    format!("joining/{stream}")
}

/// Set when the log holds an entry of this device that this home does not know, until its groups are dropped.
pub(crate) const META_OLD_COPY: &str = "old_copy";
/// Set for ever once that has happened.
pub(crate) const META_RESTORED: &str = "restored";
