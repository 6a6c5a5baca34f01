//! What a member's device does for its channels by itself, whenever it synchronises: it says which commit it could not apply and
//! begins a successor group where enough others say so, comes back in, commits out whoever may not read any more, and tells
//! newcomers the channel's name and what their membership names of what was said before.
//!
//! In scope: when, and whose turn it is. Out of scope: who may (`Ledger`), how a device joins (`rejoin`).

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::channel::{Actor, CommitBody, CommitRejected, GroupStart, Successor, Suite};
use thamvan_proto::commitment::{Content, PartRole};
use thamvan_proto::entry::{EntryType, Header, sha256};
use thamvan_proto::frame::Submit;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::ledger::Accepted;
use thamvan_proto::limits::TEXT_LEN_MAX;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::mls::Mls;
use crate::outbox::{is_stale, outgoing_bytes};
use crate::rejoin::joining_key;
use crate::store::Rows;
use crate::sync::{broken_key, group_id};
use crate::transport::field;
use crate::verbs::act;

/// A commit that this device could not apply.
pub(crate) struct Broken {
    /// Hash of its record.
    pub(crate) record: Hash,
    /// Log time (ms).
    pub(crate) time: u64,
    /// What MLS said.
    pub(crate) reason: String,
    /// Whether another device made it, for a group in which this one was: then the log is told.
    pub(crate) is_anothers: bool,
}

impl Broken {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(&(self.record, self.time, &self.reason, self.is_anothers))
    }

    fn parse(bytes: &[u8]) -> Result<Self, EngineError> {
        let stored: (Hash, u64, String, bool) = cbor::from_slice(bytes, bytes.len())?;
        let (record, time, reason, is_anothers) = stored;
        Ok(Self {
            record,
            time,
            reason,
            is_anothers,
        })
    }
}

/// Who came into a channel's group since its name was last said there.
pub(crate) struct Newcomers {
    /// Log time (ms) of the last one.
    time: u64,
    /// Who brought that one in.
    by: DeviceId,
    /// All of them.
    devices: BTreeSet<DeviceId>,
}

impl Newcomers {
    /// Notes whom a commit brings in.
    pub(crate) fn note(
        rows: &Rows<'_>,
        accepted: &Accepted,
        commit: &CommitBody,
    ) -> Result<(), EngineError> {
        if commit.adds.is_empty() {
            return Ok(());
        }
        let key = newcomers_key(&accepted.record.stream);
        let mut devices: BTreeSet<DeviceId> = commit.adds.iter().copied().collect();
        if let Some(before) = rows.meta(&key)? {
            devices.extend(Self::parse(&before)?.devices);
        }
        let devices: Vec<DeviceId> = devices.into_iter().collect();
        let noted = (accepted.record.time, accepted.entry.device, devices);
        rows.set_meta(&key, &cbor::to_vec(&noted))
    }

    fn parse(bytes: &[u8]) -> Result<Self, EngineError> {
        let stored: (u64, DeviceId, Vec<DeviceId>) = cbor::from_slice(bytes, bytes.len())?;
        let (time, by, devices) = stored;
        Ok(Self {
            time,
            by,
            devices: devices.into_iter().collect(),
        })
    }
}

impl Engine {
    /// Does what is this device's turn to do in each channel. What is refused waits for the next time.
    ///
    /// # Errors
    /// Trouble with the server or the store, or a finding.
    pub async fn tend(&mut self) -> Result<(), EngineError> {
        if self.device().is_none() {
            return Ok(());
        }
        self.drop_old_groups()?;
        self.erase_expired()?;
        for stream in self.open_channels() {
            may_wait(self.reject_commit(stream).await)?;
            may_wait(self.succeed(stream).await)?;
        }
        self.rejoin_groups().await?;
        for stream in self.open_channels() {
            may_wait(self.see_out(stream).await)?;
            may_wait(self.tell_newcomers(stream).await)?;
        }
        Ok(())
    }

    /// The channels with a group in which this device may be.
    fn open_channels(&self) -> Vec<StreamId> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let device = &self.keys.device;
        let channels = self.ledger.channels().filter(|(stream, channel)| {
            channel.group().is_some()
                && channel.closed_by().is_none()
                && !self.ledger.is_read_only(stream)
                && channel.is_reader(&at, device, time)
        });
        channels.map(|(stream, _)| *stream).collect()
    }

    fn broken(&self, stream: StreamId) -> Result<Option<Broken>, EngineError> {
        let stored = Rows(self.store.connection()).meta(&broken_key(&stream))?;
        Ok(match stored {
            Some(bytes) => Some(Broken::parse(&bytes)?),
            None => None,
        })
    }

    /// Whether this device is in the current epoch of the group, as the log has it.
    fn is_in(&self, stream: StreamId) -> Result<bool, EngineError> {
        let Some(group) = self.channel(stream)?.group() else {
            return Ok(false);
        };
        let rows = Rows(self.store.connection());
        let marked = rows.meta(&broken_key(&stream))?.is_some()
            || rows.meta(&joining_key(&stream))?.is_some();
        let mls = Mls::new(&self.crypto, self.store.connection(), &self.keys);
        let epoch = mls.epoch(group_id(stream, group.epoch.generation)?)?;
        let listed = group.roster.contains(&self.keys.device);
        Ok(!marked && listed && epoch == Some(group.epoch.epoch))
    }

    /// Whether others may still say that they could not apply the commit that this device could not: what it says meanwhile in
    /// a group that some of them are out of, they would never read.
    pub(crate) fn awaits_verdict(&self, stream: StreamId) -> Result<bool, EngineError> {
        let Some(broken) = self.broken(stream)?.filter(|broken| broken.is_anothers) else {
            return Ok(false);
        };
        let own = self.official()?.agency();
        let commit = self.channel(stream)?.commits().get(&broken.record);
        let said = commit.is_some_and(|commit| commit.rejected_by.contains_key(&own));
        Ok(said && self.now() < broken.time.saturating_add(VERDICT_WAIT_MS))
    }

    /// Tells the log which commit this device could not apply.
    async fn reject_commit(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let Some(broken) = self.broken(stream)?.filter(|broken| broken.is_anothers) else {
            return Ok(());
        };
        let mut reason = broken.reason;
        reason.truncate(reason.floor_char_boundary(TEXT_LEN_MAX));
        let record = broken.record;
        let rejected = CommitRejected { record, reason };
        let official = self.official()?;
        let actor = Actor {
            at: self.ledger.directory().now(),
            time: self.now(),
            device: self.keys.device,
            official: &official,
        };
        let channel = self.channel(stream)?;
        if channel.judge_rejection(&actor, &rejected).is_err() {
            return Ok(());
        }
        let label = self.act_label(stream)?;
        let plain = act(EntryType::CommitRejected, stream, label, &rejected);
        self.log_ahead(plain).await.map(|_| ())
    }

    /// Begins a successor group where one is due and this device's agency is one of those that say so; brings the others in.
    async fn succeed(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let own = self.official()?.agency();
        let channel = self.channel(stream)?;
        let due = channel.rejected();
        let due = due.filter(|record| {
            let commit = channel.commits().get(record);
            commit.is_some_and(|commit| commit.rejected_by.contains_key(&own))
        });
        let (Some(rejected), Some(group)) = (due, channel.group()) else {
            return self.gather(stream).await;
        };
        let next = (group.epoch.generation + 1, group.suite);
        match self.begin_group(stream, next, Some(rejected)).await {
            // Another member was first: that one brings this device in, or it comes by itself.
            Err(EngineError::Refused { .. }) => self.read_on().await,
            other => {
                other?;
                self.reconcile_group(stream).await.map(|_| ())
            }
        }
    }

    /// Nothing is said in a group in which this device is still alone while others may be in it: they are brought in first.
    pub(crate) async fn gather(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let roster = self.channel(stream)?.group().map(|group| &group.roster);
        let alone = roster.is_some_and(|it| it.len() == 1 && it.contains(&self.keys.device));
        if alone && self.in_flight(stream)?.is_none() && self.is_in(stream)? {
            match self.commit_differences(stream).await {
                Err(EngineError::Refused { code, .. }) if is_stale(code) => {
                    self.read_on().await?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Creates a group and logs that it begins: the channel's first, or the successor of one whose commit was `rejected`.
    pub(crate) async fn begin_group(
        &mut self,
        stream: StreamId,
        (generation, suite): (u64, Suite),
        rejected: Option<Hash>,
    ) -> Result<(), EngineError> {
        self.settle_in_flight(stream).await?;
        let label = self.act_label(stream)?;
        let kind = match rejected {
            Some(_) => EntryType::Successor,
            None => EntryType::GroupStart,
        };
        let facts = self.facts(kind, stream, label, None, None);
        let header = Header::new(self.keys.device, kind, &facts);
        let group = group_id(stream, generation)?;
        let step = self.store.begin()?;
        let started = Mls::new(&self.crypto, &step, &self.keys).create(group, suite)?;
        let start = GroupStart {
            generation,
            group_id: group,
            suite,
            group_info: sha256(&started.group_info),
            ratchet_tree: sha256(&started.ratchet_tree),
        };
        let body = match rejected {
            Some(rejected) => cbor::to_vec(&Successor { rejected, start }),
            None => cbor::to_vec(&start),
        };
        let submit = Submit {
            entry: field(&header.sign(&body, &self.keys.signing_key())),
            body: field(&body),
            sides: vec![field(&started.group_info), field(&started.ratchet_tree)],
            stream_key: None,
        };
        let bytes = outgoing_bytes(&submit);
        let rows = Rows(&step);
        let id = rows.queue(&stream, kind, label.number())?;
        rows.set_outgoing_bytes(id, Some(&bytes))?;
        // Until the log has it, the group is nobody's.
        rows.set_meta(&joining_key(&stream), &bytes.entry_hash.0)?;
        step.commit()?;
        let result = self.submit(id, stream, &bytes).await;
        if matches!(result, Err(EngineError::Refused { .. })) && !self.is_queued(id)? {
            let step = self.store.begin()?;
            Mls::new(&self.crypto, &step, &self.keys).forget(group)?;
            Rows(&step).remove_meta(&joining_key(&stream))?;
            step.commit()?;
        }
        result.map(|_| ())
    }

    /// Commits out whoever may not read any more, when it is this device's turn.
    async fn see_out(&mut self, stream: StreamId) -> Result<(), EngineError> {
        if self.unwanted(stream)?.is_empty() || !self.is_in(stream)? {
            return Ok(());
        }
        let wanted = self.wanted_roster(stream)?;
        let changed = self.ledger.time(&stream);
        let changed = changed.max(self.ledger.time(&StreamId::DIRECTORY));
        if self.now() >= changed.saturating_add(self.turn(stream, &wanted, None, changed)) {
            self.settle_in_flight(stream).await?;
            self.commit_removals(stream).await?;
        }
        Ok(())
    }

    /// Says the channel's name again for whoever came in since it was said, when it is this device's turn.
    async fn tell_newcomers(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let key = newcomers_key(&stream);
        let Some(stored) = Rows(self.store.connection()).meta(&key)? else {
            return Ok(());
        };
        let newcomers = Newcomers::parse(&stored)?;
        let channel = self.channel(stream)?;
        let roster = channel.group().map(|group| group.roster.clone());
        let roster = roster.unwrap_or_default();
        let gone = newcomers.devices.iter().all(|it| !roster.contains(it));
        if gone || roster.len() == 1 {
            return Rows(self.store.connection()).remove_meta(&key);
        }
        let Some(sealed) = self.sealed_name(stream, channel) else {
            return Ok(());
        };
        let old: BTreeSet<DeviceId> = roster
            .into_iter()
            .filter(|device| !newcomers.devices.contains(device))
            .collect();
        let wait = self.turn(stream, &old, Some(newcomers.by), newcomers.time);
        let due = self.now() >= newcomers.time.saturating_add(wait);
        if due && self.is_in(stream)? && self.in_flight(stream)?.is_none() {
            if self.name_waits(stream)? {
                self.flush(stream).await?;
            } else {
                self.announce_name(stream, &sealed).await?;
            }
        }
        Ok(())
    }

    /// The devices that came into a channel's group since its name was last said there.
    pub(crate) fn newcomers(&self, stream: StreamId) -> Result<BTreeSet<DeviceId>, EngineError> {
        let stored = Rows(self.store.connection()).meta(&newcomers_key(&stream))?;
        let devices = stored.map(|it| Newcomers::parse(&it).map(|noted| noted.devices));
        Ok(devices.transpose()?.unwrap_or_default())
    }

    /// Whether the name waits in the outbox already.
    fn name_waits(&self, stream: StreamId) -> Result<bool, EngineError> {
        let waiting = Rows(self.store.connection()).outgoing()?;
        let mut contents = waiting
            .iter()
            .filter(|outgoing| outgoing.stream == stream && outgoing.refusal.is_none())
            .filter_map(|outgoing| outgoing.content.as_ref());
        Ok(contents.any(|bytes| {
            let content = cbor::from_slice::<Content>(bytes, bytes.len());
            content.is_ok_and(|content| {
                let mut roles = content.parts.iter().map(|part| part.facts.role);
                roles.any(|role| role == PartRole::ChannelName)
            })
        }))
    }

    /// Says the channel's name to those whom this device has just brought in.
    pub(crate) async fn announce_if(
        &mut self,
        stream: StreamId,
        added: bool,
    ) -> Result<(), EngineError> {
        let sealed = self.sealed_name(stream, self.channel(stream)?);
        match sealed.filter(|_| added) {
            Some(sealed) => self.announce_name(stream, &sealed).await,
            None => Ok(()),
        }
    }

    /// How long after the event this device waits (ms) for those who come before it: one of `among` acts at once, so not all do.
    fn turn(
        &self,
        stream: StreamId,
        among: &BTreeSet<DeviceId>,
        first: Option<DeviceId>,
        event: u64,
    ) -> u64 {
        let place = |device: &DeviceId| {
            let drawn = sha256(&cbor::to_vec(&(stream, event, *device)));
            (Some(*device) != first, drawn.0)
        };
        let own = place(&self.keys.device);
        let others = among.iter().filter(|device| **device != self.keys.device);
        let before = others.filter(|device| place(device) < own).count();
        // Whoever is none of them comes last.
        let before = if among.contains(&self.keys.device) {
            before
        } else {
            among.len()
        };
        TURN_MS.saturating_mul(u64::try_from(before).unwrap_or(u64::MAX))
    }
}

/// What is refused now may be done the next time, by this device or another.
fn may_wait(result: Result<(), EngineError>) -> Result<(), EngineError> {
    match result {
        Err(EngineError::Refused { .. } | EngineError::NotAllowed { .. } | EngineError::Mls(_)) => {
            Ok(())
        }
        other => other,
    }
}

/// Where the channel's name stands with its salt, as a message of the group opened it.
pub(crate) fn name_key(stream: &StreamId) -> String {
    format!("name/{stream}")
}

/// Where a channel is marked into whose group somebody came since its name was said.
pub(crate) fn newcomers_key(stream: &StreamId) -> String {
    format!("newcomers/{stream}")
}

/// How long one device leaves it to the one before it: a synchronisation of a slow line.
const TURN_MS: u64 = 10_000;
/// How long a device that could not apply a commit waits for others to say the same, before it comes back into the group by
/// itself: three looks of a follower, with a margin.
const VERDICT_WAIT_MS: u64 = 60_000;
