//! A channel: the fold of its stream into founding, members and group, and what Article 5(6) allows.
//!
//! In scope: judging and folding what is not secret. Out of scope: signatures and chains (`ledger`), MLS secrets (engine).

mod authorisation;
mod disclosure;
mod founding;
mod group;
mod succession;

use std::collections::{BTreeMap, BTreeSet};

pub use authorisation::{Authorisation, AuthorisationEnd};
pub use disclosure::Disclosure;
pub use founding::{
    ChannelClose, CommitBody, FoundError, Founding, FoundingApprove, GroupStart, History,
    MemberAdd, MemberRemove, Scope, ScopeKind, SealedBox, SealedName, StreamOpen, Suite, may_found,
};
pub use group::Group;
pub use succession::{Answerable, Answered, Barred, CommitRejected, Leave, Successor};

use crate::consultation::{Act, ActRecord, Consultations};
use crate::directory::{At, Role};
use crate::entry::EntryType;
use crate::id::{DeviceId, OfficialId, StreamId};
use crate::label::{self, Label, LabelError};
use crate::limits::TEXT_LEN_MAX;
use crate::tlog::Hash;

/// The fold of a channel stream.
#[derive(Clone, Debug)]
pub struct Channel {
    id: StreamId,
    founding: Option<(Founding, Hash, OfficialId)>,
    approval: Option<(Hash, OfficialId)>,
    open: Option<(StreamOpen, OfficialId)>,
    members: BTreeMap<OfficialId, MemberAdd>,
    authorisations: BTreeMap<OfficialId, Vec<Authorisation>>,
    /// The last position that gave an official something to read here.
    raised: BTreeMap<OfficialId, u64>,
    group: Option<Group>,
    consultations: Consultations,
    commits: BTreeMap<Hash, Answered>,
    barred: BTreeMap<DeviceId, Barred>,
    /// Places of what was said in the group.
    said: BTreeSet<u64>,
    closed_by: Option<OfficialId>,
}

/// A change of a channel that has been judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEffect {
    /// Founded by this official.
    Founded(Box<Founding>, OfficialId),
    /// Approved by this official.
    Approved(OfficialId),
    /// Provisioned by this official.
    Opened(StreamOpen, OfficialId),
    /// A member more.
    MemberAdded(MemberAdd),
    /// A member less.
    MemberRemoved(OfficialId),
    /// A member less, by the own word.
    Left(OfficialId),
    /// A person is authorised.
    Authorised(Authorisation),
    /// A person is authorised no more.
    AuthorisationEnded(OfficialId),
    /// The group begins with this device.
    GroupStarted(GroupStart, DeviceId),
    /// A commit opens the next epoch.
    Committed(Box<CommitBody>, Box<Answerable>),
    /// A commit could not be applied by this official.
    Rejected(CommitRejected, OfficialId),
    /// The group of the next generation begins with this device.
    Succeeded(Box<Successor>, DeviceId),
    /// A message.
    Message,
    /// An act of a consultation, by this official.
    Acted(EntryType, Box<Act>, OfficialId),
    /// A part of a message is opened to an auditor.
    Disclosed(Disclosure),
    /// Closed by this official.
    Closed(OfficialId),
}

/// Who acts, and when, in the words of the directory at the record's `dir`.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The directory at `dir`.
    pub at: At<'a>,
    /// Log time (ms).
    pub time: u64,
    /// The device.
    pub device: DeviceId,
    /// Its owner.
    pub official: &'a OfficialId,
}

impl Channel {
    /// An empty channel.
    #[must_use]
    pub fn new(id: StreamId) -> Self {
        Self {
            id,
            founding: None,
            approval: None,
            open: None,
            members: BTreeMap::new(),
            authorisations: BTreeMap::new(),
            raised: BTreeMap::new(),
            group: None,
            consultations: Consultations::default(),
            commits: BTreeMap::new(),
            barred: BTreeMap::new(),
            said: BTreeSet::new(),
            closed_by: None,
        }
    }

    /// The founding record, once there.
    #[must_use]
    pub fn founding(&self) -> Option<&Founding> {
        self.founding.as_ref().map(|(founding, _, _)| founding)
    }

    /// Hash of the founding record.
    #[must_use]
    pub fn founding_hash(&self) -> Option<Hash> {
        self.founding.as_ref().map(|(_, hash, _)| *hash)
    }

    /// Hash of the approval record.
    #[must_use]
    pub fn approval_hash(&self) -> Option<Hash> {
        self.approval.as_ref().map(|(hash, _)| *hash)
    }

    /// The provisioning, once there.
    #[must_use]
    pub fn open(&self) -> Option<&StreamOpen> {
        self.open.as_ref().map(|(open, _)| open)
    }

    /// Who founded it.
    #[must_use]
    pub fn founder(&self) -> Option<&OfficialId> {
        self.founding.as_ref().map(|(_, _, founder)| founder)
    }

    /// Who approved it.
    #[must_use]
    pub fn approver(&self) -> Option<&OfficialId> {
        self.approval.as_ref().map(|(_, approver)| approver)
    }

    /// Who provisioned it.
    #[must_use]
    pub fn provisioner(&self) -> Option<&OfficialId> {
        self.open.as_ref().map(|(_, provisioner)| provisioner)
    }

    /// Members by official.
    #[must_use]
    pub fn members(&self) -> &BTreeMap<OfficialId, MemberAdd> {
        &self.members
    }

    /// The last position at which `official` was made a member or authorised, whether that still stands or not.
    #[must_use]
    pub fn raised_since(&self, official: &OfficialId) -> Option<u64> {
        self.raised.get(official).copied()
    }

    /// The group, once started.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// What is and was consulted about in it.
    #[must_use]
    pub fn consultations(&self) -> &Consultations {
        &self.consultations
    }

    /// Who closed it, once closed: nothing is accepted any more, and what was said stays readable.
    #[must_use]
    pub fn closed_by(&self) -> Option<&OfficialId> {
        self.closed_by.as_ref()
    }

    /// Whether the channel's own members, founder, approver or provisioner include `official`: who may read its records.
    #[must_use]
    pub fn concerns(&self, official: &OfficialId) -> bool {
        self.members.contains_key(official)
            || [self.founder(), self.approver(), self.provisioner()].contains(&Some(official))
    }

    /// Judges that there is anything to be said at all.
    ///
    /// # Errors
    /// [`ChannelError::Closed`].
    pub fn judge_life(&self) -> Result<(), ChannelError> {
        if self.closed_by.is_some() {
            Err(ChannelError::Closed)
        } else {
            Ok(())
        }
    }

    /// Judges the closing, by whoever speaks for the founder agency, at any time after the founding.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_close(&self, actor: &Actor<'_>, close: &ChannelClose) -> Result<(), ChannelError> {
        let founding = self.founding().ok_or(ChannelError::OutOfOrder)?;
        let founder = &founding.founder;
        if !actor.at.speaks_for(actor.official, founder, actor.time) {
            return Err(ChannelError::NotPermitted);
        }
        if (1..=TEXT_LEN_MAX).contains(&close.reason.len()) {
            Ok(())
        } else {
            Err(ChannelError::OutOfOrder)
        }
    }

    /// Judges a founding record.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_founding(
        &self,
        actor: &Actor<'_>,
        founding: &Founding,
    ) -> Result<(), ChannelError> {
        let registered = actor
            .at
            .stream(&self.id)
            .ok_or(ChannelError::NotRegistered)?
            .key_commitment;
        if self.founding.is_some() || registered != founding.key_commitment {
            return Err(ChannelError::OutOfOrder);
        }
        if actor.at.agency(&founding.founder).is_none() {
            return Err(ChannelError::UnknownAgency);
        }
        if !actor
            .at
            .speaks_for(actor.official, &founding.founder, actor.time)
        {
            return Err(ChannelError::NotPermitted);
        }
        may_found(&actor.at, &founding.founder, &founding.scope, actor.time)?;
        label::check_channel(founding.label, actor.at.ceiling(actor.time))?;
        let members: BTreeSet<_> = founding.members.iter().collect();
        let known = members
            .iter()
            .all(|agency| actor.at.agency(agency).is_some());
        if members.len() != founding.members.len()
            || !known
            || !members.contains(&founding.founder)
            || founding.basis.len() > TEXT_LEN_MAX
        {
            return Err(ChannelError::UnknownAgency);
        }
        Ok(())
    }

    /// Judges the approval of the founding record.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_approval(
        &self,
        actor: &Actor<'_>,
        approval: &FoundingApprove,
    ) -> Result<(), ChannelError> {
        let (founding, hash, founder) = self.founding.as_ref().ok_or(ChannelError::OutOfOrder)?;
        if self.approval.is_some() || approval.record != *hash {
            return Err(ChannelError::OutOfOrder);
        }
        if founder == actor.official {
            return Err(ChannelError::SamePerson);
        }
        let agency = Some(&founding.founder);
        if actor
            .at
            .holds_role(actor.official, Role::Approver, agency, actor.time)
        {
            Ok(())
        } else {
            Err(ChannelError::NotPermitted)
        }
    }

    /// Judges the provisioning: a technical act against an approved founding record (R5.6-3).
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_open(&self, actor: &Actor<'_>, open: &StreamOpen) -> Result<(), ChannelError> {
        let (_, founding, founder) = self.founding.as_ref().ok_or(ChannelError::OutOfOrder)?;
        let (approval, approver) = self.approval.as_ref().ok_or(ChannelError::OutOfOrder)?;
        if self.open.is_some() || open.founding != *founding || open.approval != *approval {
            return Err(ChannelError::OutOfOrder);
        }
        if approver == actor.official || founder == actor.official {
            return Err(ChannelError::SamePerson);
        }
        if !actor.at.allows_suite(open.suite, actor.time) {
            return Err(ChannelError::Suite { got: open.suite });
        }
        let administers = actor.at.holds_role(
            actor.official,
            Role::NationalAdministrator,
            None,
            actor.time,
        );
        if administers {
            Ok(())
        } else {
            Err(ChannelError::NotPermitted)
        }
    }

    /// Judges a membership.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_add(&self, actor: &Actor<'_>, add: &MemberAdd) -> Result<(), ChannelError> {
        let founding = self.founder_acts(actor)?;
        if actor.at.official(&add.official).is_none()
            || !founding.members.contains(&add.official.agency())
            || self.members.contains_key(&add.official)
        {
            return Err(ChannelError::NotAMember);
        }
        let agency = actor.at.agency(&add.official.agency());
        let is_guest = agency.is_some_and(|agency| agency.kind.is_guest());
        let stated = !add.reason.trim().is_empty();
        if add.reason.len() > TEXT_LEN_MAX || (is_guest && !stated) {
            return Err(ChannelError::GuestReason);
        }
        // What a channel above the handling tags carries is copied by nobody but who the copy table names.
        let fits = match add.history {
            History::Nothing => true,
            History::Brief => !self.is_secret(),
            History::Range => false,
        };
        if fits && add.from.is_none() && add.to.is_none() {
            Ok(())
        } else {
            Err(ChannelError::NotPermitted)
        }
    }

    /// Judges the end of a membership.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_remove(
        &self,
        actor: &Actor<'_>,
        remove: &MemberRemove,
    ) -> Result<(), ChannelError> {
        self.founder_acts(actor)?;
        let member = self.members.contains_key(&remove.official);
        if member && remove.reason.len() <= TEXT_LEN_MAX {
            Ok(())
        } else {
            Err(ChannelError::NotAMember)
        }
    }

    /// Judges that the author of an act without content may read what it is about.
    ///
    /// # Errors
    /// [`ChannelError::NotAMember`].
    pub fn judge_silent(&self, actor: &Actor<'_>) -> Result<(), ChannelError> {
        if self.is_reader(&actor.at, &actor.device, actor.time) {
            Ok(())
        } else {
            Err(ChannelError::NotAMember)
        }
    }

    /// Judges that there is a newcomer whose membership names the open questions.
    ///
    /// # Errors
    /// [`ChannelError::NotPermitted`].
    pub fn judge_brief(&self) -> Result<(), ChannelError> {
        let mut members = self.members.values();
        if members.any(|member| member.history == History::Brief) {
            Ok(())
        } else {
            Err(ChannelError::NotPermitted)
        }
    }

    /// Judges the label of any entry of the channel under `ceiling`. `ends`: the entry only takes rights away, which is allowed
    /// also after the ceiling has fallen below the channel.
    ///
    /// # Errors
    /// [`LabelError`].
    pub fn judge_label(&self, label: Label, ceiling: Label, ends: bool) -> Result<(), LabelError> {
        let channel = self.founding().map_or(label, |founding| founding.label);
        label::check(label, channel, if ends { channel } else { ceiling })
    }

    /// Whether `device` is a live device of a member in term who may have what the channel carries, at log time `time`.
    #[must_use]
    pub fn is_reader(&self, at: &At<'_>, device: &DeviceId, time: u64) -> bool {
        let barred = self.barred.contains_key(device);
        let fact = at.device(device).filter(|_| !barred);
        fact.is_some_and(|fact| {
            self.members.contains_key(&fact.official)
                && at.is_in_term(&fact.official, time)
                && self.is_authorised(at, &fact.official, time)
        })
    }

    fn founder_acts(&self, actor: &Actor<'_>) -> Result<&Founding, ChannelError> {
        let founding = self.founding().ok_or(ChannelError::OutOfOrder)?;
        if self.open.is_none() {
            return Err(ChannelError::OutOfOrder);
        }
        if actor
            .at
            .speaks_for(actor.official, &founding.founder, actor.time)
        {
            Ok(founding)
        } else {
            Err(ChannelError::NotPermitted)
        }
    }

    /// Applies a judged effect as of the record at `seq` and `time` with hash `record`.
    pub(crate) fn apply(&mut self, effect: ChannelEffect, seq: u64, time: u64, record: Hash) {
        match effect {
            ChannelEffect::Founded(founding, by) => self.founding = Some((*founding, record, by)),
            ChannelEffect::Approved(by) => self.approval = Some((record, by)),
            ChannelEffect::Opened(open, by) => self.open = Some((open, by)),
            ChannelEffect::MemberAdded(add) => {
                self.clear(&add.official);
                self.raised.insert(add.official.clone(), seq);
                self.members.insert(add.official.clone(), add);
            }
            ChannelEffect::MemberRemoved(official) | ChannelEffect::Left(official) => {
                self.members.remove(&official);
            }
            ChannelEffect::Authorised(_) | ChannelEffect::AuthorisationEnded(_) => {
                self.apply_authorisation(effect, seq);
            }
            ChannelEffect::GroupStarted(start, device) => {
                self.begin_group(&start, device, seq);
            }
            ChannelEffect::Succeeded(successor, device) => {
                self.apply_successor(&successor.start, device, seq);
            }
            ChannelEffect::Rejected(rejected, by) => self.apply_rejection(&rejected, by),
            ChannelEffect::Committed(commit, by) => {
                self.note_commit(record, *by, seq, time);
                if let Some(group) = &mut self.group {
                    if commit.is_update() {
                        group.updated = Some(time);
                    }
                    group.epoch.epoch = commit.epoch;
                    group.epoch.opened_by = seq;
                    group
                        .roster
                        .retain(|device| !commit.removes.contains(device));
                    group.roster.extend(commit.adds);
                }
            }
            ChannelEffect::Message => {
                self.said.insert(seq);
            }
            ChannelEffect::Disclosed(_) => {}
            ChannelEffect::Acted(kind, act, official) => {
                if kind.is_said() {
                    self.said.insert(seq);
                }
                self.consultations.apply(ActRecord {
                    seq,
                    time,
                    record,
                    official,
                    kind,
                    act: *act,
                });
            }
            ChannelEffect::Closed(by) => self.closed_by = Some(by),
        }
    }
}

/// Why an entry of a channel is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// Stream 0 does not name the channel.
    #[error("the channel is not registered in the directory")]
    NotRegistered,
    /// Closed: nothing more is said in it.
    #[error("the channel is closed")]
    Closed,
    /// Not the step that comes next in a channel's life, or not about its current state.
    #[error("not the step that comes next in the life of the channel")]
    OutOfOrder,
    /// The signer may not do this here.
    #[error("the signer may not do this in the channel")]
    NotPermitted,
    /// Founder, approver and provisioner are three persons.
    #[error("founder, approver and provisioner must be different persons (Article 5(6), R5.6-3)")]
    SamePerson,
    /// An agency is unknown, named twice, or the founder is missing.
    #[error("a member agency is unknown or named twice, or the founder is missing")]
    UnknownAgency,
    /// Article 5(6).
    #[error(transparent)]
    Found(#[from] FoundError),
    /// A guest is added without a reason.
    #[error("a guest is added to a channel with a reason (Articles 16 and 17), of a text's length")]
    GuestReason,
    /// Level, task, document or dates of an authorisation, or there is none to end.
    #[error("the authorisation does not fit: its level, task, document or dates, or there is none")]
    Authorisation,
    /// A disclosure of nothing that was said here, to nobody who audits, or without a reason.
    #[error("the disclosure does not fit: its record, part, auditor or reason")]
    Disclosure,
    /// The policy lists other suites.
    #[error("the policy in force does not allow {got:?} for the channel's group")]
    Suite {
        /// Of the group.
        got: Suite,
    },
    /// Not a member, or not eligible.
    #[error("not a member of the channel")]
    NotAMember,
    /// A commit adds, removes or leaves a device without a statement that says so.
    #[error("no statement justifies device {device} in the group")]
    Unjustified {
        /// The device.
        device: DeviceId,
    },
    /// Made in an epoch that is not the current one.
    #[error("made in an epoch that is not the current one")]
    StaleEpoch,
    /// Keys alone were changed less than [`UPDATE_INTERVAL_MS_MIN`](crate::limits::UPDATE_INTERVAL_MS_MIN) ago.
    #[error("keys of the channel's group were changed a moment ago")]
    TooSoon,
    /// Label or ceiling.
    #[error(transparent)]
    Label(#[from] LabelError),
}
