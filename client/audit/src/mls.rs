//! Every start and every commit of every group, replayed from its public messages (`thamvan-public-group`).
//!
//! The ledger says who may be in a group; this says whether MLS did exactly that. A commit that is broken does not end the
//! replay: the group is taken up again from the GroupInfo and tree that the commit itself names, where they are sound. A copy
//! may lack those files, which is a warning of its own; then the group is followed again from the next one that it has.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::channel::{ChannelEffect, CommitBody};
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect, Ledger};
use thamvan_proto::tlog::Hash;
use thamvan_public_group::{CommitParts, Expected, Leaf, MlsError, PublicGroup, Start};

use crate::prepare::Desk;
use crate::report::{Code, Finding};
use crate::verify::VerifyError;

/// The public side of all groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    open: BTreeMap<StreamId, PublicGroup>,
}

/// The files that a start or commit names.
struct Files {
    group_info: Option<Vec<u8>>,
    ratchet_tree: Option<Vec<u8>>,
}

impl Groups {
    /// Replays what `accepted` does to its group; `ledger` has applied it.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn replay(
        &mut self,
        desk: Desk<'_>,
        ledger: &Ledger,
        accepted: &Accepted,
    ) -> Result<Option<Finding>, VerifyError> {
        let stream = accepted.record.stream;
        let Ok(Effect::Channel(effect)) = &accepted.verdict else {
            return Ok(None);
        };
        let result = match effect {
            ChannelEffect::GroupStarted(start, _) => {
                let files = Files::read(desk, &stream, &start.group_info, &start.ratchet_tree)?;
                self.take_up(ledger, stream, &files, None)
            }
            ChannelEffect::Succeeded(successor, _) => {
                let start = &successor.start;
                let files = Files::read(desk, &stream, &start.group_info, &start.ratchet_tree)?;
                self.take_up(ledger, stream, &files, None)
            }
            ChannelEffect::Committed(commit, _) => {
                let files = Files::read(desk, &stream, &commit.group_info, &commit.ratchet_tree)?;
                let author = accepted.entry.device;
                let followed = self.follow(ledger, (stream, author), commit, &files);
                if self.open.contains_key(&stream) {
                    followed
                } else {
                    let taken_up = self.take_up(ledger, stream, &files, Some(commit.tree_hash));
                    followed.and(taken_up)
                }
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
            | ChannelEffect::Acted(..) => return Ok(None),
        };
        Ok(result.err().map(|error| finding(&error)))
    }

    /// Opens the group at the epoch in which the ledger has it, if the files are there.
    fn take_up(
        &mut self,
        ledger: &Ledger,
        stream: StreamId,
        files: &Files,
        tree_hash: Option<Hash>,
    ) -> Result<(), MlsError> {
        self.open.remove(&stream);
        let (Some(info), Some(tree)) = (&files.group_info, &files.ratchet_tree) else {
            return Ok(());
        };
        let group = ledger.channel(&stream).and_then(|channel| channel.group());
        let group = group.ok_or(MlsError::Missing { what: "group" })?;
        let roster: BTreeSet<Leaf> = group
            .roster
            .iter()
            .map(|device| leaf(ledger, device))
            .collect::<Result<_, _>>()?;
        let generation = u32::try_from(group.epoch.generation)
            .map_err(|_| MlsError::Disagrees { what: "group" })?;
        let start = Start {
            group: GroupId::new(stream, generation),
            suite: group.suite,
            epoch: group.epoch.epoch,
            roster: &roster,
            tree_hash,
        };
        let opened = PublicGroup::open(&start, info, tree)?;
        self.open.insert(stream, opened);
        Ok(())
    }

    /// Follows a commit; a group that could not follow it is open no more.
    fn follow(
        &mut self,
        ledger: &Ledger,
        (stream, author): (StreamId, DeviceId),
        commit: &CommitBody,
        files: &Files,
    ) -> Result<(), MlsError> {
        let Some(group) = self.open.remove(&stream) else {
            return Ok(());
        };
        let adds = commit
            .adds
            .iter()
            .map(|device| leaf(ledger, device))
            .collect::<Result<Vec<_>, _>>()?;
        let expected = Expected {
            sender: leaf(ledger, &author)?,
            adds: &adds,
            removes: &commit.removes,
            tree_hash: commit.tree_hash,
        };
        let parts = CommitParts {
            commit: &commit.commit,
            group_info: files.group_info.as_deref(),
            welcome: None,
        };
        let checked = group.check(&parts, &expected)?;
        let group = group.merge(checked, files.ratchet_tree.as_deref())?;
        self.open.insert(stream, group);
        Ok(())
    }
}

impl Files {
    fn read(
        desk: Desk<'_>,
        stream: &StreamId,
        group_info: &Hash,
        ratchet_tree: &Hash,
    ) -> Result<Self, VerifyError> {
        Ok(Self {
            group_info: desk.side(stream, group_info)?,
            ratchet_tree: desk.side(stream, ratchet_tree)?,
        })
    }
}

/// The leaf that the directory gives for a device. Whether it may be in the group is judged by the ledger at `dir`.
fn leaf(ledger: &Ledger, device: &DeviceId) -> Result<Leaf, MlsError> {
    let fact = ledger.directory().enrolment(device);
    let fact = fact.ok_or(MlsError::Missing { what: "enrolment" })?;
    Ok(Leaf {
        device: *device,
        key: fact.mls,
    })
}

fn finding(error: &MlsError) -> Finding {
    let code = match error {
        MlsError::Unauthorised { .. } => Code::MembershipUnauthorised,
        MlsError::Library { .. } | MlsError::Missing { .. } | MlsError::Disagrees { .. } => {
            Code::CommitInvalid
        }
    };
    Finding::error(code, format!("the commit is broken inside MLS: {error}"))
}
