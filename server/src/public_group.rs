//! The public side of the groups whose starts and commits arrive (`thamvan-public-group`): broken inside MLS, they get no place.
//!
//! A group is opened from GroupInfo and tree of the record that opened its epoch, which the journal holds, and kept while there
//! is room: nothing is stored twice and a restart loses nothing. Only starts and commits pay.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::cbor;
use thamvan_proto::channel::{Channel, ChannelEffect, CommitBody, GroupStart, Successor};
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::ledger::Effect;
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;
use thamvan_public_group::{CommitParts, Expected, Leaf, MlsError, PublicGroup, Start};
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::submit::Decided;
use thamvan_server_core::{Change, Refusal, State};

use crate::error::RunError;
use crate::journal::Journal;
use crate::limits::PUBLIC_GROUPS_MAX;

/// The groups that are open, each with the turn in which it was used last.
#[derive(Debug, Default)]
pub(crate) struct PublicGroups {
    open: BTreeMap<StreamId, (u64, PublicGroup)>,
    turn: u64,
}

/// Where bodies are: with the submission, in the batch that is not durable yet, in the journal.
#[derive(Clone, Copy)]
pub(crate) struct Shelf<'a> {
    pub(crate) decided: &'a Decided,
    pub(crate) batch: &'a Batch,
    pub(crate) journal: &'a Journal,
}

impl PublicGroups {
    /// Holds a start or commit that the ledger accepts against MLS; gives the group as it will be, to be kept once the record
    /// has its place. Nothing for any other entry.
    ///
    /// # Errors
    /// [`RunError`]: the journal cannot be read.
    pub(crate) fn check(
        &mut self,
        state: &State,
        shelf: Shelf<'_>,
    ) -> Result<Result<Option<(StreamId, PublicGroup)>, Refusal>, RunError> {
        let entry = shelf.decided.parsed.entry();
        let stream = entry.facts.stream;
        let Effect::Channel(effect) = &shelf.decided.effect else {
            return Ok(Ok(None));
        };
        let checked = match effect {
            ChannelEffect::GroupStarted(start, device) => shelf.start(state, start, *device)?,
            ChannelEffect::Succeeded(successor, device) => {
                shelf.start(state, &successor.start, *device)?
            }
            ChannelEffect::Committed(commit, _) => {
                let channel = state.ledger().channel(&stream);
                let channel = channel.ok_or(RunError::RootMismatch)?;
                self.commit(state, channel, shelf, (stream, entry.device), commit)?
            }
            ChannelEffect::Founded(..)
            | ChannelEffect::Approved(_)
            | ChannelEffect::Opened(..)
            | ChannelEffect::MemberAdded(_)
            | ChannelEffect::MemberRemoved(_)
            | ChannelEffect::Left(_)
            | ChannelEffect::Rejected(..)
            | ChannelEffect::Closed(_)
            | ChannelEffect::Authorised(_)
            | ChannelEffect::AuthorisationEnded(_)
            | ChannelEffect::Message
            | ChannelEffect::Disclosed(_)
            | ChannelEffect::Acted(..) => return Ok(Ok(None)),
        };
        Ok(checked
            .map(|group| Some((stream, group)))
            .map_err(|error| Refusal::new(ErrorCode::BadCommit, error.to_string())))
    }

    /// Keeps a group whose record has its place, and lets go of the one that nobody needed for longest.
    pub(crate) fn keep(&mut self, stream: StreamId, group: PublicGroup) {
        self.turn = self.turn.saturating_add(1);
        self.open.insert(stream, (self.turn, group));
        if self.open.len() > PUBLIC_GROUPS_MAX {
            let oldest = self.open.iter().min_by_key(|(_, (turn, _))| *turn);
            if let Some(oldest) = oldest.map(|(stream, _)| *stream) {
                self.open.remove(&oldest);
            }
        }
    }

    fn commit(
        &mut self,
        state: &State,
        channel: &Channel,
        shelf: Shelf<'_>,
        (stream, sender): (StreamId, DeviceId),
        commit: &CommitBody,
    ) -> Result<Result<PublicGroup, MlsError>, RunError> {
        let group = match self.open.remove(&stream) {
            Some((_, group)) => group,
            None => match shelf.open(state, stream, channel)? {
                Ok(group) => group,
                Err(error) => return Ok(Err(error)),
            },
        };
        let (info, tree) = (
            shelf.body(&commit.group_info)?,
            shelf.body(&commit.ratchet_tree)?,
        );
        let welcome = commit
            .welcome
            .map(|welcome| shelf.body(&welcome))
            .transpose()?;
        let parts = CommitParts {
            commit: &commit.commit,
            group_info: Some(&info),
            welcome: welcome.as_deref(),
        };
        let adds: Result<Vec<Leaf>, MlsError> = commit
            .adds
            .iter()
            .map(|device| leaf(state, device))
            .collect();
        let checked = adds.and_then(|adds| {
            let expected = Expected {
                sender: leaf(state, &sender)?,
                adds: &adds,
                removes: &commit.removes,
                tree_hash: commit.tree_hash,
            };
            group.check(&parts, &expected)
        });
        Ok(match checked {
            Ok(checked) => group.merge(checked, Some(&tree)),
            Err(error) => {
                self.keep(stream, group);
                Err(error)
            }
        })
    }
}

impl Shelf<'_> {
    fn start(
        self,
        state: &State,
        start: &GroupStart,
        device: DeviceId,
    ) -> Result<Result<PublicGroup, MlsError>, RunError> {
        let (info, tree) = (
            self.body(&start.group_info)?,
            self.body(&start.ratchet_tree)?,
        );
        Ok(leaf(state, &device).and_then(|leaf| {
            let start = Start {
                group: start.group_id,
                suite: start.suite,
                epoch: 0,
                roster: &BTreeSet::from([leaf]),
                tree_hash: None,
            };
            PublicGroup::open(&start, &info, &tree)
        }))
    }

    /// The group as the record that opened its epoch left it.
    fn open(
        self,
        state: &State,
        stream: StreamId,
        channel: &Channel,
    ) -> Result<Result<PublicGroup, MlsError>, RunError> {
        let group = channel.group().ok_or(RunError::RootMismatch)?;
        let (kind, body) = self.opener(state, stream, group.epoch.opened_by)?;
        let (info, tree, tree_hash) = if kind == Some(EntryType::GroupStart) {
            let start: GroupStart = parse(&body)?;
            (start.group_info, start.ratchet_tree, None)
        } else if kind == Some(EntryType::Successor) {
            let Successor { start, .. } = parse(&body)?;
            (start.group_info, start.ratchet_tree, None)
        } else {
            let commit: CommitBody = parse(&body)?;
            (
                commit.group_info,
                commit.ratchet_tree,
                Some(commit.tree_hash),
            )
        };
        let (info, tree) = (self.body(&info)?, self.body(&tree)?);
        let roster: Result<BTreeSet<Leaf>, MlsError> = group
            .roster
            .iter()
            .map(|device| leaf(state, device))
            .collect();
        let generation =
            u32::try_from(group.epoch.generation).map_err(|_| RunError::RootMismatch)?;
        Ok(roster.and_then(|roster| {
            let start = Start {
                group: GroupId::new(stream, generation),
                suite: group.suite,
                epoch: group.epoch.epoch,
                roster: &roster,
                tree_hash,
            };
            PublicGroup::open(&start, &info, &tree)
        }))
    }

    /// Type and body of the entry at `seq` of `stream`.
    fn opener(
        self,
        state: &State,
        stream: StreamId,
        seq: u64,
    ) -> Result<(Option<EntryType>, Vec<u8>), RunError> {
        let index = state.index(&stream, seq).ok_or(RunError::RootMismatch)?;
        let waiting = self.batch.changes.iter().find_map(|change| {
            if let Change::Sequenced(sequenced) = change
                && sequenced.index == index
            {
                Some(sequenced.record.to_vec())
            } else {
                None
            }
        });
        let record = match waiting {
            Some(record) => record,
            None => self.journal.record(index)?.ok_or(RunError::BodyMissing)?,
        };
        let record = Record::parse(&record).map_err(|_| RunError::RootMismatch)?;
        let entry = Entry::parse(&record.entry).map_err(|_| RunError::RootMismatch)?;
        Ok((entry.facts.entry_type(), self.body(&entry.payload)?))
    }

    fn body(self, hash: &Hash) -> Result<Vec<u8>, RunError> {
        let bodies = self.decided.bodies.iter().chain(&self.batch.bodies);
        let mut known = bodies.filter(|(known, _)| known == hash);
        match known.next() {
            Some((_, body)) => Ok(body.clone()),
            None => self.journal.body(hash)?.ok_or(RunError::BodyMissing),
        }
    }
}

fn parse<'b, T: minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    body: &'b [u8],
) -> Result<T, RunError> {
    cbor::from_slice(body, SIDE_BODY_LEN_MAX).map_err(|_| RunError::RootMismatch)
}

/// The leaf that the directory gives for a device; whether it may be in the group is the ledger's to say.
fn leaf(state: &State, device: &DeviceId) -> Result<Leaf, MlsError> {
    let fact = state.ledger().directory().enrolment(device);
    let fact = fact.ok_or(MlsError::Missing { what: "enrolment" })?;
    Ok(Leaf {
        device: *device,
        key: fact.mls,
    })
}
