//! What follows a commit that members cannot apply: they say so, and a successor group begins without whoever made it. And who
//! leaves by the own word.
//!
//! No epoch is ever rolled back. Only members can tell that path secrets or a confirmation tag are wrong, so the word of more
//! than half of the other agencies counts, each agency once: no agency alone among many ends another's place.

use std::collections::{BTreeMap, BTreeSet};

use crate::cbor::cbor_array;
use crate::entry::GroupEpoch;
use crate::id::{AgencyId, DeviceId, GroupId, OfficialId};
use crate::limits::{REJECTION_MS_MAX, TEXT_LEN_MAX};
use crate::tlog::Hash;

use super::{Actor, Channel, ChannelError, Group, GroupStart, Suite};

cbor_array! {
    /// Body of commit-rejected: a member could not apply a commit.
    pub struct CommitRejected {
        /// Hash of the commit's record.
        pub record: Hash,
        /// What MLS said of it.
        pub reason: String,
    }

    /// Body of successor: the channel goes on in a new group.
    pub struct Successor {
        /// Hash of the record of the commit that was rejected.
        pub rejected: Hash,
        /// The group, of the next generation.
        pub start: GroupStart,
    }

    /// Body of leave.
    pub struct Leave {
        /// Why.
        pub reason: String,
    }
}

/// Who answers for a commit, and before whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answerable {
    /// The device that made it.
    pub device: DeviceId,
    /// Its owner.
    pub official: OfficialId,
    /// The other agencies with a device in the group before it.
    pub agencies: BTreeSet<AgencyId>,
}

/// A commit of the current generation that may still be rejected.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Who answers for it.
    pub by: Answerable,
    /// Its place in the stream.
    pub seq: u64,
    /// Log time (ms).
    pub time: u64,
    /// Agencies that could not apply it, with who said so.
    pub rejected_by: BTreeMap<AgencyId, OfficialId>,
}

/// Why a device is kept out of the channel's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barred {
    /// Its owner, whom a new member-add clears.
    pub official: OfficialId,
    /// Place of the rejected commit in the stream.
    pub commit: u64,
    /// Agencies that could not apply it, with who said so.
    pub rejected_by: BTreeMap<AgencyId, OfficialId>,
}

impl Channel {
    /// Devices that made a rejected commit, until a founder's member-add clears their owner.
    #[must_use]
    pub fn barred(&self) -> &BTreeMap<DeviceId, Barred> {
        &self.barred
    }

    /// The commits of the current generation that may still be rejected, by the hash of their records.
    #[must_use]
    pub fn commits(&self) -> &BTreeMap<Hash, Answered> {
        &self.commits
    }

    /// The commit for which a successor group is due.
    #[must_use]
    pub fn rejected(&self) -> Option<Hash> {
        let mut due = self.commits.iter().filter(|(_, it)| self.is_rejected(it));
        due.next().map(|(record, _)| *record)
    }

    /// Who answers for a commit of `actor` in the group as it is.
    #[must_use]
    pub fn answerable(&self, actor: &Actor<'_>) -> Answerable {
        let own = actor.official.agency();
        let roster = self.group().map(|group| group.roster.iter());
        let agencies = roster
            .into_iter()
            .flatten()
            .filter(|device| self.is_reader(&actor.at, device, actor.time))
            .filter_map(|device| Some(actor.at.device(device)?.official.agency()))
            .filter(|agency| *agency != own);
        Answerable {
            device: actor.device,
            official: actor.official.clone(),
            agencies: agencies.collect(),
        }
    }

    /// More than half of the agencies before which the commit is answered for, of those that still have a member.
    fn is_rejected(&self, commit: &Answered) -> bool {
        let still = |agency: &&AgencyId| {
            let mut members = self.members.keys();
            members.any(|member| member.agency() == **agency)
        };
        let all = commit.by.agencies.iter().filter(still).count();
        let rejected = commit.rejected_by.keys().filter(still).count();
        rejected.saturating_mul(2) > all
    }

    /// Judges that a member could not apply a commit: by a reader's device of another agency that was in the group, once an agency.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_rejection(
        &self,
        actor: &Actor<'_>,
        rejected: &CommitRejected,
    ) -> Result<(), ChannelError> {
        if !self.is_reader(&actor.at, &actor.device, actor.time) {
            return Err(ChannelError::NotAMember);
        }
        let commit = self.commits.get(&rejected.record);
        let commit = commit.ok_or(ChannelError::OutOfOrder)?;
        let agency = actor.official.agency();
        if !commit.by.agencies.contains(&agency) {
            return Err(ChannelError::NotPermitted);
        }
        let late = actor.time > commit.time.saturating_add(REJECTION_MS_MAX);
        let stated = (1..=TEXT_LEN_MAX).contains(&rejected.reason.len());
        if late || !stated || commit.rejected_by.contains_key(&agency) {
            return Err(ChannelError::OutOfOrder);
        }
        Ok(())
    }

    /// Judges the beginning of a successor group: by a reader's device of an agency that rejected the commit, once enough have.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_successor(
        &self,
        actor: &Actor<'_>,
        successor: &Successor,
    ) -> Result<(), ChannelError> {
        let group = self.group().ok_or(ChannelError::OutOfOrder)?;
        if !self.is_reader(&actor.at, &actor.device, actor.time) {
            return Err(ChannelError::NotAMember);
        }
        let start = &successor.start;
        if Some(start.generation) != group.epoch.generation.checked_add(1) {
            return Err(ChannelError::StaleEpoch);
        }
        let commit = self.commits.get(&successor.rejected);
        let commit = commit.filter(|commit| self.is_rejected(commit));
        let commit = commit.ok_or(ChannelError::OutOfOrder)?;
        if !commit.rejected_by.contains_key(&actor.official.agency()) {
            return Err(ChannelError::NotPermitted);
        }
        let generation = u32::try_from(start.generation).map_err(|_| ChannelError::OutOfOrder)?;
        // The suite may become the default one with it where the policy allows that, and never a weaker one.
        let stronger =
            start.suite == Suite::XWing && actor.at.allows_suite(start.suite, actor.time);
        let suited = start.suite == group.suite || stronger;
        if suited && start.group_id == GroupId::new(self.id, generation) {
            Ok(())
        } else {
            Err(ChannelError::OutOfOrder)
        }
    }

    /// Judges that a member leaves.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_leave(&self, actor: &Actor<'_>, leave: &Leave) -> Result<(), ChannelError> {
        let member = self.members.contains_key(actor.official);
        if member && leave.reason.len() <= TEXT_LEN_MAX {
            Ok(())
        } else {
            Err(ChannelError::NotAMember)
        }
    }

    /// Remembers who answers for the commit at `seq` and `time` with hash `record`, as long as it may be rejected.
    pub(super) fn note_commit(&mut self, record: Hash, by: Answerable, seq: u64, time: u64) {
        self.commits
            .retain(|_, commit| time <= commit.time.saturating_add(REJECTION_MS_MAX));
        if by.agencies.is_empty() {
            return;
        }
        let commit = Answered {
            by,
            seq,
            time,
            rejected_by: BTreeMap::new(),
        };
        self.commits.insert(record, commit);
    }

    /// From the rejection that makes enough of them on, the device is out.
    pub(super) fn apply_rejection(&mut self, rejected: &CommitRejected, by: OfficialId) {
        let Some(mut commit) = self.commits.remove(&rejected.record) else {
            return;
        };
        commit.rejected_by.insert(by.agency(), by);
        if self.is_rejected(&commit) {
            let barred = Barred {
                official: commit.by.official.clone(),
                commit: commit.seq,
                rejected_by: commit.rejected_by.clone(),
            };
            self.barred.insert(commit.by.device, barred);
        }
        self.commits.insert(rejected.record, commit);
    }

    /// The group of the next generation begins with `device` alone.
    pub(super) fn apply_successor(&mut self, start: &GroupStart, device: DeviceId, seq: u64) {
        self.commits.clear();
        self.begin_group(start, device, seq);
    }

    pub(super) fn begin_group(&mut self, start: &GroupStart, device: DeviceId, seq: u64) {
        let epoch = GroupEpoch {
            generation: start.generation,
            epoch: 0,
            opened_by: seq,
        };
        self.group = Some(Group {
            epoch,
            roster: BTreeSet::from([device]),
            suite: start.suite,
            updated: None,
        });
    }

    /// Whoever the founder makes a member anew is cleared.
    pub(super) fn clear(&mut self, official: &OfficialId) {
        self.barred.retain(|_, barred| barred.official != *official);
    }
}

#[cfg(test)]
mod tests;
