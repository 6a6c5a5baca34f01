//! The group of a channel as the log shows it: who may begin it, commit and speak in it, and in which epoch.
//!
//! In scope: what is not secret of a commit. Out of scope: MLS itself (`proto/public-group`, engine), successors (`succession`).

use std::collections::BTreeSet;

use crate::entry::GroupEpoch;
use crate::id::{DeviceId, GroupId};
use crate::limits::{COMMIT_ADDS_MAX, UPDATE_INTERVAL_MS_MIN};

use super::{Actor, Channel, ChannelError, CommitBody, GroupStart, Suite};

/// The MLS group as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Current epoch.
    pub epoch: GroupEpoch,
    /// Devices in the group.
    pub roster: BTreeSet<DeviceId>,
    /// Suite.
    pub suite: Suite,
    /// Log time (ms) of the last commit that changed keys alone.
    pub updated: Option<u64>,
}

impl Channel {
    /// Judges the start of the group.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_start(&self, actor: &Actor<'_>, start: &GroupStart) -> Result<(), ChannelError> {
        self.founder_acts(actor)?;
        let open = self.open().ok_or(ChannelError::OutOfOrder)?;
        let generation = u32::try_from(start.generation).map_err(|_| ChannelError::OutOfOrder)?;
        if self.group.is_some()
            || start.generation != open.generation
            || start.suite != open.suite
            || start.group_id != GroupId::new(self.id, generation)
        {
            return Err(ChannelError::OutOfOrder);
        }
        if self.is_reader(&actor.at, &actor.device, actor.time) {
            Ok(())
        } else {
            Err(ChannelError::NotAMember)
        }
    }

    /// Judges a commit: one an epoch, every addition and removal justified at `dir`.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_commit(
        &self,
        actor: &Actor<'_>,
        made_in: Option<&GroupEpoch>,
        commit: &CommitBody,
    ) -> Result<(), ChannelError> {
        let is_external = commit.is_external(&actor.device);
        let group = if is_external {
            self.in_reach(actor, made_in)?
        } else {
            self.in_group(actor, made_in)?
        };
        let next = group.epoch.epoch.checked_add(1);
        if Some(commit.epoch) != next || commit.generation != group.epoch.generation {
            return Err(ChannelError::StaleEpoch);
        }
        if is_external {
            return judge_external(group, actor, commit);
        }
        let rests = group
            .updated
            .is_some_and(|last| actor.time < last.saturating_add(UPDATE_INTERVAL_MS_MIN));
        if commit.is_update() && rests {
            return Err(ChannelError::TooSoon);
        }
        if commit.adds.len() > COMMIT_ADDS_MAX || commit.adds.is_empty() != commit.welcome.is_none()
        {
            return Err(ChannelError::OutOfOrder);
        }
        let mut roster = group.roster.clone();
        for device in &commit.removes {
            if self.is_reader(&actor.at, device, actor.time) || !roster.remove(device) {
                return Err(ChannelError::Unjustified { device: *device });
            }
        }
        for device in &commit.adds {
            if !self.is_reader(&actor.at, device, actor.time) || !roster.insert(*device) {
                return Err(ChannelError::Unjustified { device: *device });
            }
        }
        Ok(())
    }

    /// Judges a message of `label`.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_message(
        &self,
        actor: &Actor<'_>,
        made_in: Option<&GroupEpoch>,
    ) -> Result<(), ChannelError> {
        let group = self.in_group(actor, made_in)?;
        // A reader whose right has ended is still in the epoch until the removal is committed: nothing is sent in it.
        match group
            .roster
            .iter()
            .find(|device| !self.is_reader(&actor.at, device, actor.time))
        {
            None => Ok(()),
            Some(device) => Err(ChannelError::Unjustified { device: *device }),
        }
    }

    fn in_group(
        &self,
        actor: &Actor<'_>,
        made_in: Option<&GroupEpoch>,
    ) -> Result<&Group, ChannelError> {
        let group = self.group.as_ref().ok_or(ChannelError::OutOfOrder)?;
        if !group.roster.contains(&actor.device) {
            return Err(ChannelError::NotAMember);
        }
        self.in_reach(actor, made_in)?;
        Ok(group)
    }

    /// The group, for a device of a member that may be in it, and means its current epoch.
    fn in_reach(
        &self,
        actor: &Actor<'_>,
        made_in: Option<&GroupEpoch>,
    ) -> Result<&Group, ChannelError> {
        let group = self.group.as_ref().ok_or(ChannelError::OutOfOrder)?;
        if !self.is_reader(&actor.at, &actor.device, actor.time) {
            return Err(ChannelError::NotAMember);
        }
        if made_in == Some(&group.epoch) {
            Ok(group)
        } else {
            Err(ChannelError::StaleEpoch)
        }
    }
}

/// A device joins by its own commit: it adds itself and nobody else, and takes its old leaf away if it has one. Nobody needs a
/// Welcome.
fn judge_external(
    group: &Group,
    actor: &Actor<'_>,
    commit: &CommitBody,
) -> Result<(), ChannelError> {
    let own = [actor.device];
    let old: &[DeviceId] = if group.roster.contains(&actor.device) {
        &own
    } else {
        &[]
    };
    if commit.welcome.is_some() {
        return Err(ChannelError::OutOfOrder);
    }
    let other = commit.adds.iter().chain(&commit.removes);
    if let Some(device) = other.copied().find(|device| *device != actor.device) {
        return Err(ChannelError::Unjustified { device });
    }
    if commit.adds == own && commit.removes == old {
        Ok(())
    } else {
        Err(ChannelError::OutOfOrder)
    }
}
