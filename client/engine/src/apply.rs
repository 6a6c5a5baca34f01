//! What one record changes on this device, in one transaction: outbox, MLS state, items, and what is marked of a channel.
//!
//! In scope: a record that the ledger has accepted. Out of scope: reading and verifying it (`sync`), judging it (`Ledger`).

use rusqlite::Connection as Sql;
use thamvan_proto::cbor;
use thamvan_proto::channel::{Channel, ChannelEffect, CommitBody, SealedName};
use thamvan_proto::commitment::{Content, PartRole, Place};
use thamvan_proto::entry::{EntryType, Facts};
use thamvan_proto::frame::Delivery;
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect};

use crate::brief;
use crate::error::EngineError;
use crate::mls::{Expected, Leaf, Mls};
use crate::rejoin::{META_OLD_COPY, joining_key};
use crate::store::{Rows, StoredItem, StoredRecord};
use crate::sync::{broken_key, group_id, update_key};
use crate::tend::{Broken, Newcomers, name_key, newcomers_key};
use crate::words::{Words, parse_content};

/// Side bodies that a record needs before it can be applied.
#[derive(Default)]
pub(crate) struct Sides {
    pub(crate) welcome: Option<Vec<u8>>,
    pub(crate) ratchet_tree: Option<Vec<u8>>,
}

/// Everything one record changes, inside one transaction.
pub(crate) struct StepContext<'a> {
    pub(crate) sql: &'a Sql,
    pub(crate) mls: Mls<'a>,
    pub(crate) device: DeviceId,
    /// The channel with this record applied.
    pub(crate) channel: Option<&'a Channel>,
    pub(crate) leaf_of: &'a dyn Fn(&DeviceId) -> Result<Leaf, EngineError>,
    /// Whether the owner's membership names the open questions.
    pub(crate) is_newcomer: bool,
}

impl StepContext<'_> {
    pub(crate) fn apply(
        &self,
        delivery: &Delivery,
        accepted: &Accepted,
        sides: &Sides,
    ) -> Result<(), EngineError> {
        let record = &accepted.record;
        let rows = Rows(self.sql);
        rows.add_record(&StoredRecord {
            stream: record.stream,
            seq: record.seq,
            index: delivery.index,
            record: delivery.record.to_vec(),
            body: delivery.body.as_ref().map(|body| body.to_vec()),
        })?;
        let own = self.take_own(&rows, accepted)?;
        match &accepted.verdict {
            Ok(Effect::Channel(ChannelEffect::Committed(commit, _))) => {
                self.commit_or_mark(&rows, accepted, commit, sides)
            }
            Ok(Effect::Channel(ChannelEffect::GroupStarted(start, _))) => {
                self.take_start(&rows, accepted, start.generation)
            }
            Ok(Effect::Channel(ChannelEffect::Succeeded(successor, _))) => {
                self.take_successor(&rows, accepted, successor.start.generation)
            }
            Ok(Effect::Channel(ChannelEffect::Message)) => {
                self.said(&rows, delivery, accepted, own)
            }
            Ok(Effect::Channel(ChannelEffect::Acted(kind, ..))) if kind.is_said() => {
                self.said(&rows, delivery, accepted, own)
            }
            _ => Ok(()),
        }
    }

    /// Our own entry leaves the outbox; one that we do not know means that this home was rolled back or cloned, and is marked.
    fn take_own(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        // A record that only carries our name, without our signature, is not ours.
        if accepted.entry.device != self.device || !accepted.in_chain {
            return Ok(None);
        }
        let hash = accepted.entry.hash;
        let outgoing = rows.outgoing()?.into_iter().find(|outgoing| {
            outgoing
                .bytes
                .as_ref()
                .is_some_and(|bytes| bytes.entry_hash == hash)
        });
        let Some(outgoing) = outgoing else {
            // Its keys must not be used a second time.
            rows.set_meta(META_OLD_COPY, b"")?;
            return Ok(None);
        };
        if let Err(invalid) = &accepted.verdict {
            // Void, it did nothing: what was said must not be lost.
            rows.refuse_outgoing(outgoing.id, invalid.code().as_str())?;
            return Ok(None);
        }
        rows.remove_outgoing(outgoing.id)?;
        Ok(outgoing.content)
    }

    /// Applies a commit; one that is broken inside MLS leaves the group as it was and marks the channel, and nothing else stops.
    fn commit_or_mark(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        commit: &CommitBody,
        sides: &Sides,
    ) -> Result<(), EngineError> {
        self.sql.execute_batch("SAVEPOINT mls")?;
        match self.commit(rows, accepted, commit, sides) {
            Err(EngineError::Mls(error)) => {
                self.sql.execute_batch("ROLLBACK TO mls; RELEASE mls")?;
                let stream = accepted.record.stream;
                let was_joining = commit.adds.contains(&self.device);
                let broken = Broken {
                    record: accepted.hash,
                    time: accepted.record.time,
                    reason: error.to_string(),
                    is_anothers: accepted.entry.device != self.device && !was_joining,
                };
                rows.set_meta(&broken_key(&stream), &broken.to_bytes())
            }
            other => {
                self.sql.execute_batch("RELEASE mls")?;
                if other.is_ok() {
                    Newcomers::note(rows, accepted, commit)?;
                }
                if commit.adds.contains(&self.device) && other.is_ok() {
                    rows.remove_meta(&broken_key(&accepted.record.stream))?;
                }
                // Whatever the commit did besides, one of this device's own put fresh keys in its place.
                if accepted.entry.device == self.device && other.is_ok() {
                    rows.remove_meta(&update_key(&accepted.record.stream))?;
                }
                other
            }
        }
    }

    /// What this device built on is the group, if the log has the entry that it was built for, and nobody's else.
    fn settle_joining(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        own: &[u8],
        group: GroupId,
    ) -> Result<(), EngineError> {
        rows.remove_meta(&joining_key(&accepted.record.stream))?;
        if own != accepted.entry.hash.0 {
            self.mls.forget(group)?;
        }
        Ok(())
    }

    fn take_start(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        generation: u64,
    ) -> Result<(), EngineError> {
        let stream = accepted.record.stream;
        let group = group_id(stream, generation)?;
        match rows.meta(&joining_key(&stream))? {
            Some(own) => self.settle_joining(rows, accepted, &own, group),
            None => Ok(()),
        }
    }

    /// The group of before is nobody's any more, and with it what was marked about it.
    fn take_successor(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        generation: u64,
    ) -> Result<(), EngineError> {
        let stream = accepted.record.stream;
        self.take_start(rows, accepted, generation)?;
        if let Some(before) = generation.checked_sub(1) {
            self.mls.forget(group_id(stream, before)?)?;
        }
        rows.remove_meta(&broken_key(&stream))?;
        rows.remove_meta(&update_key(&stream))
    }

    fn commit(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        commit: &CommitBody,
        sides: &Sides,
    ) -> Result<(), EngineError> {
        let stream = accepted.record.stream;
        let group = group_id(stream, commit.generation)?;
        let joining = rows.meta(&joining_key(&stream))?;
        if let Some(own) = &joining {
            self.settle_joining(rows, accepted, own, group)?;
            if own.as_slice() == accepted.entry.hash.0 {
                return Ok(());
            }
        }
        let epoch = self.mls.epoch(group)?;
        if accepted.entry.device == self.device {
            return Ok(self.mls.merge_own(group)?);
        }
        if let (true, Some(welcome), Some(tree)) = (
            commit.adds.contains(&self.device),
            &sides.welcome,
            &sides.ratchet_tree,
        ) {
            let roster = self
                .channel
                .and_then(Channel::group)
                .map(|group| {
                    group
                        .roster
                        .iter()
                        .map(self.leaf_of)
                        .collect::<Result<_, _>>()
                })
                .transpose()?
                .unwrap_or_default();
            if self.mls.is_last_resort(welcome)? {
                rows.set_meta(&update_key(&stream), b"")?;
            }
            return Ok(self
                .mls
                .join(group, welcome, tree, &roster, &commit.tree_hash)?);
        }
        // A member follows every commit; whoever is not in the group has nothing to do.
        if epoch.map(|epoch| epoch + 1) != Some(commit.epoch) {
            return Ok(());
        }
        let adds: Vec<Leaf> = commit
            .adds
            .iter()
            .map(self.leaf_of)
            .collect::<Result<_, _>>()?;
        let expected = Expected {
            sender: (self.leaf_of)(&accepted.entry.device)?,
            adds: &adds,
            removes: &commit.removes,
            tree_hash: commit.tree_hash,
        };
        Ok(self.mls.apply(group, &commit.commit, &expected)?)
    }

    /// Keeps what a member said, or why it is refused.
    fn said(
        &self,
        rows: &Rows<'_>,
        delivery: &Delivery,
        accepted: &Accepted,
        own: Option<Vec<u8>>,
    ) -> Result<(), EngineError> {
        let (content, fault) = match own {
            Some(content) => (Some(content), None),
            None => match self.decrypt(delivery, accepted)? {
                Ok(content) => (content, None),
                Err(fault) => (None, Some(fault)),
            },
        };
        let (content, fault) = match content.as_deref().map(|content| self.sealed_name(content)) {
            Some(Ok(Some(sealed))) => {
                let stream = accepted.record.stream;
                rows.set_channel_name(&stream, &sealed.name, &sealed.purpose)?;
                rows.set_meta(&name_key(&stream), &cbor::to_vec(&sealed))?;
                // Whoever is in this epoch has it now.
                rows.remove_meta(&newcomers_key(&stream))?;
                (content, fault)
            }
            // One member's false name is that member's fault: the message is refused, the channel goes on.
            Some(Err(fault)) => (None, Some(fault)),
            Some(Ok(None)) | None => (content, fault),
        };
        let stream = accepted.record.stream;
        let facts = &accepted.entry.facts;
        let checked = match content.as_deref() {
            Some(brief) if facts.entry_type() == Some(EntryType::Brief) => {
                self.take_brief(rows, accepted, brief)?
            }
            Some(content) => self.check_said(rows, stream, facts, content)?,
            None => Ok(()),
        };
        let (content, fault) = match checked {
            Err(fault) => (None, Some(fault)),
            Ok(()) => (content, fault),
        };
        rows.add_item(&StoredItem {
            stream: accepted.record.stream,
            seq: accepted.record.seq,
            index: delivery.index,
            content,
            fault,
        })
    }

    /// Judges the words of an act.
    fn check_said(
        &self,
        rows: &Rows<'_>,
        stream: StreamId,
        facts: &Facts,
        content: &[u8],
    ) -> Result<Result<(), String>, EngineError> {
        let consultation = facts.act.as_ref().and_then(|act| {
            let channel = self.channel?;
            channel.consultations().of_id(&act.consultation)
        });
        let (Some(kind), Some(consultation)) = (facts.entry_type(), consultation) else {
            return Ok(Ok(()));
        };
        let content = parse_content(content)?;
        let words = Words { rows, stream };
        let judged = words.check(consultation, kind, &content)?;
        Ok(judged.map_err(|error| error.to_string()))
    }

    /// Takes what is handed over: each item opens the commitment of its record, or nothing of the brief is taken. Only a device
    /// whose owner's membership names the open questions takes anything.
    fn take_brief(
        &self,
        rows: &Rows<'_>,
        accepted: &Accepted,
        content: &[u8],
    ) -> Result<Result<(), String>, EngineError> {
        let stream = accepted.record.stream;
        let items = match brief::released(content) {
            Ok(items) => items,
            Err(fault) => return Ok(Err(fault)),
        };
        for item in &items {
            let earlier = if item.seq < accepted.record.seq {
                rows.record(&stream, item.seq)?
            } else {
                None
            };
            let Some(record) = earlier else {
                return Ok(Err(
                    "the brief names a record that the channel has not".into()
                ));
            };
            let facts = match brief::open(&record, item) {
                Ok(facts) => facts,
                Err(fault) => return Ok(Err(fault)),
            };
            if let Err(fault) = self.check_said(rows, stream, &facts, &item.content)? {
                return Ok(Err(fault));
            }
        }
        if self.is_newcomer {
            for item in items {
                rows.fill_item(&stream, item.seq, &item.content)?;
            }
        }
        Ok(Ok(()))
    }

    /// The content; none where this device was not in the epoch; a fault where the author's message is refused.
    fn decrypt(
        &self,
        delivery: &Delivery,
        accepted: &Accepted,
    ) -> Result<Result<Option<Vec<u8>>, String>, EngineError> {
        let entry = &accepted.entry;
        let (Some(made_in), Some(com), Some(body)) =
            (&entry.facts.group, &entry.facts.com, &delivery.body)
        else {
            return Ok(Ok(None));
        };
        let group = group_id(accepted.record.stream, made_in.generation)?;
        if self.mls.epoch(group)? != Some(made_in.epoch) {
            return Ok(Ok(None));
        }
        let sender = (self.leaf_of)(&entry.device)?;
        let aad = entry.mls_authenticated_data();
        let plaintext = match self.mls.decrypt(group, body, sender, &aad) {
            Ok(plaintext) => plaintext,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let Some(place) = Place::of(entry.device, &entry.facts) else {
            return Ok(Ok(None));
        };
        Ok(match Content::open(&plaintext, &place, com) {
            Ok(_) => Ok(Some(plaintext)),
            Err(error) => Err(error.to_string()),
        })
    }

    /// The channel's name that a content carries, if it is the one that the founding record commits to.
    fn sealed_name(&self, content: &[u8]) -> Result<Option<SealedName>, String> {
        let content: Content =
            cbor::from_slice(content, content.len()).map_err(|error| error.to_string())?;
        let part = content
            .parts
            .iter()
            .find(|part| part.facts.role == PartRole::ChannelName);
        let Some(bytes) = part.and_then(|part| part.bytes.as_ref()) else {
            return Ok(None);
        };
        let sealed: SealedName =
            cbor::from_slice(bytes, bytes.len()).map_err(|error| error.to_string())?;
        let founding = self.channel.and_then(Channel::founding);
        if founding.map(|founding| founding.sealed) == Some(sealed.commitment()) {
            Ok(Some(sealed))
        } else {
            Err("the channel's name does not open its founding record".into())
        }
    }
}
