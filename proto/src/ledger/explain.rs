//! Why somebody can or cannot read a channel: the valid records that bear on it, who signed each, and what is missing.
//!
//! Pure: a fold over accepted records in their order, then the ledger's own answer. In scope: grounds and reasons. Out of scope: words.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::{Channel, ChannelEffect};
use crate::directory::{Role, Signers, Statement};
use crate::id::{AgencyId, DeviceId, OfficialId, SeatId, StreamId};
use crate::label::Label;
use crate::tlog::Hash;

use super::{Accepted, Effect, Ledger};

/// A valid record that bears on whether an official reads a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Stream 0 or the channel.
    pub stream: StreamId,
    /// Place in it.
    pub seq: u64,
    /// Hash of the record.
    pub record: Hash,
    /// Log time (ms).
    pub time: u64,
    /// What it says.
    pub what: GroundKind,
    /// Who signed: root keys, one official or two.
    pub signers: Signers,
}

/// What a ground says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroundKind {
    /// The official exists.
    Official,
    /// The official is put in a seat, until then.
    SeatAppointed(SeatId, Option<u64>),
    /// The official is given a role, until then.
    RoleGranted(Role, Option<u64>),
    /// The official's role is taken away.
    RoleRevoked(Role),
    /// A device of the official is enrolled.
    DeviceEnrolled(DeviceId),
    /// It is ended.
    DeviceRevoked(DeviceId),
    /// It is suspended.
    DeviceSuspended(DeviceId),
    /// Its suspension is lifted.
    DeviceResumed(DeviceId),
    /// The official's appointment to the seat ends before its date.
    AppointmentEnded(SeatId),
    /// The official is ended.
    OfficialEnded,
    /// The official's agency is ended.
    AgencyEnded(AgencyId),
    /// The channel is registered.
    Registered,
    /// It is founded for this agency.
    Founded(AgencyId),
    /// The founding is approved.
    FoundingApproved,
    /// It is provisioned.
    Provisioned,
    /// The official becomes a member.
    MemberAdded,
    /// The official is a member no more.
    MemberRemoved,
    /// The official has left.
    MemberLeft,
    /// The official may have what the channel carries, up to this level, until then.
    Authorised(Label, u64),
    /// The official's authorisations are ended.
    AuthorisationEnded,
    /// The group begins.
    GroupStarted,
    /// A device of the official is committed into the group.
    DeviceAdded(DeviceId),
    /// It is committed out of the group.
    DeviceRemoved(DeviceId),
    /// A member could not apply a commit that this device of the official made.
    CommitRejected(DeviceId),
    /// A successor group begins.
    GroupSucceeded,
    /// The channel is closed: what was said stays readable.
    Closed,
}

impl GroundKind {
    /// The identifier used in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::SeatAppointed(..) => "seat_appointed",
            Self::RoleGranted(..) => "role_granted",
            Self::RoleRevoked(_) => "role_revoked",
            Self::DeviceEnrolled(_) => "device_enrolled",
            Self::DeviceRevoked(_) => "device_revoked",
            Self::DeviceSuspended(_) => "device_suspended",
            Self::DeviceResumed(_) => "device_resumed",
            Self::AppointmentEnded(_) => "appointment_ended",
            Self::OfficialEnded => "official_ended",
            Self::AgencyEnded(_) => "agency_ended",
            Self::Registered => "registered",
            Self::Founded(_) => "founded",
            Self::FoundingApproved => "founding_approved",
            Self::Provisioned => "provisioned",
            Self::MemberAdded => "member_added",
            Self::MemberRemoved => "member_removed",
            Self::MemberLeft => "member_left",
            Self::Authorised(..) => "authorised",
            Self::AuthorisationEnded => "authorisation_ended",
            Self::GroupStarted => "group_started",
            Self::DeviceAdded(_) => "device_added",
            Self::DeviceRemoved(_) => "device_removed",
            Self::CommitRejected(_) => "commit_rejected",
            Self::GroupSucceeded => "group_succeeded",
            Self::Closed => "closed",
        }
    }

    /// The device that it is about.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        match self {
            Self::DeviceEnrolled(device)
            | Self::DeviceRevoked(device)
            | Self::DeviceSuspended(device)
            | Self::DeviceResumed(device)
            | Self::DeviceAdded(device)
            | Self::DeviceRemoved(device)
            | Self::CommitRejected(device) => Some(*device),
            Self::Official
            | Self::SeatAppointed(..)
            | Self::RoleGranted(..)
            | Self::RoleRevoked(_)
            | Self::AppointmentEnded(_)
            | Self::OfficialEnded
            | Self::AgencyEnded(_)
            | Self::Registered
            | Self::Founded(_)
            | Self::FoundingApproved
            | Self::Provisioned
            | Self::MemberAdded
            | Self::MemberRemoved
            | Self::MemberLeft
            | Self::GroupSucceeded
            | Self::Authorised(..)
            | Self::AuthorisationEnded
            | Self::GroupStarted
            | Self::Closed => None,
        }
    }

    /// The end of the term that it gives (log time, ms).
    #[must_use]
    pub const fn until(&self) -> Option<u64> {
        if let Self::SeatAppointed(_, until) | Self::RoleGranted(_, until) = self {
            *until
        } else if let Self::Authorised(_, until) = self {
            Some(*until)
        } else {
            None
        }
    }
}

/// Why somebody cannot read what is said in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The directory does not know the official.
    UnknownOfficial,
    /// There is no founding record.
    NotFounded,
    /// Nobody has approved the founding.
    NotApproved,
    /// Nobody has provisioned it.
    NotProvisioned,
    /// Its group has not begun.
    NotStarted,
    /// Never made a member.
    NotAMember,
    /// A member no more.
    MemberRemoved,
    /// A member no more, by the own word.
    MemberLeft,
    /// The channel carries a secrecy level, and the official holds no live authorisation for it (rule S10).
    NotAuthorised,
    /// No device was ever enrolled.
    NoDevice,
    /// Every device has been ended.
    DevicesRevoked,
    /// No device is left but suspended ones.
    DevicesSuspended,
    /// The official was ended, alone or with the agency.
    OfficialEnded,
    /// The last appointment has ended, by its date or before (rule R19.2).
    TermEnded,
    /// A live device of a member that no commit has added yet.
    NotInGroup,
    /// A live device whose commit others could not apply.
    DeviceBarred,
}

impl Obstacle {
    /// The identifier used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownOfficial => "unknown_official",
            Self::NotFounded => "not_founded",
            Self::NotApproved => "not_approved",
            Self::NotProvisioned => "not_provisioned",
            Self::NotStarted => "not_started",
            Self::NotAMember => "not_a_member",
            Self::MemberRemoved => "member_removed",
            Self::MemberLeft => "member_left",
            Self::NotAuthorised => "not_authorised",
            Self::NoDevice => "no_device",
            Self::DevicesRevoked => "devices_revoked",
            Self::DevicesSuspended => "devices_suspended",
            Self::OfficialEnded => "official_ended",
            Self::TermEnded => "term_ended",
            Self::NotInGroup => "not_in_group",
            Self::DeviceBarred => "device_barred",
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Devices that read what is said from here on.
    pub readers: Vec<DeviceId>,
    /// Whether the official may read the records: envelopes and ciphertext, without a key to any content.
    pub records: bool,
    /// What is in the way; empty where somebody reads.
    pub obstacles: Vec<Obstacle>,
    /// The records that bear on it, in the order in which they were read.
    pub grounds: Vec<Ground>,
}

/// Gathers the grounds while records are accepted.
#[derive(Clone, Debug)]
pub struct Explainer {
    stream: StreamId,
    official: OfficialId,
    devices: BTreeSet<DeviceId>,
    /// Commits of these devices.
    commits: BTreeMap<Hash, DeviceId>,
    grounds: Vec<Ground>,
}

impl Explainer {
    /// For this official and channel.
    #[must_use]
    pub const fn new(official: OfficialId, stream: StreamId) -> Self {
        Self {
            stream,
            official,
            devices: BTreeSet::new(),
            commits: BTreeMap::new(),
            grounds: Vec::new(),
        }
    }

    /// Takes the next accepted record; void ones change nothing and explain nothing.
    pub fn take(&mut self, accepted: &Accepted) {
        let Ok(effect) = &accepted.verdict else {
            return;
        };
        if let Effect::RootStated(root) = effect {
            for statement in &root.statements {
                self.statement(accepted, statement, &Signers::Root);
            }
        } else if let Effect::Stated(statement, official) = effect {
            self.statement(accepted, statement, &Signers::One(official.clone()));
        } else if let Effect::Approved(_, statement, signers) = effect {
            self.statement(accepted, statement, signers);
        } else if let (Effect::Registered(register), Some(by)) = (effect, &accepted.official) {
            if register.stream == self.stream {
                self.add(accepted, GroundKind::Registered, Signers::One(by.clone()));
            }
        } else if let (Effect::Channel(effect), Some(by)) = (effect, &accepted.official)
            && accepted.record.stream == self.stream
        {
            self.channel(accepted, effect, &Signers::One(by.clone()));
        }
    }

    fn add(&mut self, accepted: &Accepted, what: GroundKind, signers: Signers) {
        self.grounds.push(Ground {
            stream: accepted.record.stream,
            seq: accepted.record.seq,
            record: accepted.hash,
            time: accepted.record.time,
            what,
            signers,
        });
    }

    fn statement(&mut self, accepted: &Accepted, statement: &Statement, signers: &Signers) {
        let what = if let Statement::Official(fact) = statement {
            (fact.id == self.official).then_some(GroundKind::Official)
        } else if let Statement::SeatAppoint(fact) = statement {
            let what = GroundKind::SeatAppointed(fact.seat.clone(), fact.until);
            (fact.official == self.official).then_some(what)
        } else if let Statement::RoleGrant(fact) = statement {
            let what = GroundKind::RoleGranted(fact.role, fact.until);
            (fact.official == self.official).then_some(what)
        } else if let Statement::RoleRevoke(fact) = statement {
            (fact.official == self.official).then_some(GroundKind::RoleRevoked(fact.role))
        } else if let Statement::DeviceEnrol(fact) = statement {
            let own = fact.official == self.official && self.devices.insert(fact.device);
            own.then_some(GroundKind::DeviceEnrolled(fact.device))
        } else if let Statement::DeviceRevoke(fact) = statement {
            let own = self.devices.contains(&fact.device);
            own.then_some(GroundKind::DeviceRevoked(fact.device))
        } else if let Statement::DeviceSuspend(fact) = statement {
            let what = if fact.suspended {
                GroundKind::DeviceSuspended(fact.device)
            } else {
                GroundKind::DeviceResumed(fact.device)
            };
            self.devices.contains(&fact.device).then_some(what)
        } else if let Statement::AppointmentEnd(fact) = statement {
            let what = GroundKind::AppointmentEnded(fact.seat.clone());
            (fact.official == self.official).then_some(what)
        } else if let Statement::OfficialEnd(fact) = statement {
            (fact.official == self.official).then_some(GroundKind::OfficialEnded)
        } else if let Statement::AgencyEnd(fact) = statement {
            let what = GroundKind::AgencyEnded(fact.agency.clone());
            (fact.agency == self.official.agency()).then_some(what)
        } else {
            None
        };
        if let Some(what) = what {
            self.add(accepted, what, signers.clone());
        }
    }

    fn channel(&mut self, accepted: &Accepted, effect: &ChannelEffect, signers: &Signers) {
        if let ChannelEffect::Committed(_, by) = effect
            && self.devices.contains(&by.device)
        {
            self.commits.insert(accepted.hash, by.device);
        }
        let own = |device: &DeviceId| self.devices.contains(device);
        let grounds = match effect {
            ChannelEffect::Founded(founding, _) => {
                vec![GroundKind::Founded(founding.founder.clone())]
            }
            ChannelEffect::Approved(_) => vec![GroundKind::FoundingApproved],
            ChannelEffect::Opened(..) => vec![GroundKind::Provisioned],
            ChannelEffect::MemberAdded(add) if add.official == self.official => {
                vec![GroundKind::MemberAdded]
            }
            ChannelEffect::MemberRemoved(official) if *official == self.official => {
                vec![GroundKind::MemberRemoved]
            }
            ChannelEffect::Left(official) if *official == self.official => {
                vec![GroundKind::MemberLeft]
            }
            ChannelEffect::Rejected(rejected, _) => {
                let own = self.commits.get(&rejected.record);
                own.map(|device| GroundKind::CommitRejected(*device))
                    .into_iter()
                    .collect()
            }
            ChannelEffect::Succeeded(_, device) => {
                let added = own(device).then_some(GroundKind::DeviceAdded(*device));
                [GroundKind::GroupSucceeded]
                    .into_iter()
                    .chain(added)
                    .collect()
            }
            ChannelEffect::GroupStarted(_, device) => {
                let added = own(device).then_some(GroundKind::DeviceAdded(*device));
                [GroundKind::GroupStarted]
                    .into_iter()
                    .chain(added)
                    .collect()
            }
            ChannelEffect::Committed(commit, _) => {
                let removed = commit.removes.iter().filter(|device| own(device));
                let added = commit.adds.iter().filter(|device| own(device));
                removed
                    .map(|device| GroundKind::DeviceRemoved(*device))
                    .chain(added.map(|device| GroundKind::DeviceAdded(*device)))
                    .collect()
            }
            ChannelEffect::Authorised(fact) if fact.official == self.official => {
                vec![GroundKind::Authorised(fact.level, fact.until)]
            }
            ChannelEffect::AuthorisationEnded(official) if *official == self.official => {
                vec![GroundKind::AuthorisationEnded]
            }
            ChannelEffect::Closed(_) => vec![GroundKind::Closed],
            ChannelEffect::MemberAdded(_)
            | ChannelEffect::MemberRemoved(_)
            | ChannelEffect::Left(_)
            | ChannelEffect::Authorised(_)
            | ChannelEffect::AuthorisationEnded(_)
            | ChannelEffect::Message
            | ChannelEffect::Disclosed(_)
            | ChannelEffect::Acted(..) => vec![],
        };
        for what in grounds {
            self.add(accepted, what, signers.clone());
        }
    }

    /// The answer as of what `ledger` has read, at log time `time`.
    #[must_use]
    pub fn finish(self, ledger: &Ledger, time: u64) -> Explanation {
        let at = ledger.directory().now();
        let channel = ledger.channel(&self.stream);
        let group = channel.and_then(|channel| channel.group());
        let readers: Vec<DeviceId> = group
            .map(|group| group.roster.iter().copied())
            .into_iter()
            .flatten()
            .filter(|device| self.devices.contains(device))
            .filter(|device| channel.is_some_and(|channel| channel.is_reader(&at, device, time)))
            .collect();
        let mut obstacles = Vec::new();
        if readers.is_empty() {
            let of_channel = match channel {
                None => Some(Obstacle::NotFounded),
                Some(channel) if channel.founding().is_none() => Some(Obstacle::NotFounded),
                Some(channel) if channel.approval_hash().is_none() => Some(Obstacle::NotApproved),
                Some(channel) if channel.open().is_none() => Some(Obstacle::NotProvisioned),
                Some(_) if group.is_none() => Some(Obstacle::NotStarted),
                Some(_) => None,
            };
            obstacles.extend(of_channel);
            let official = &self.official;
            let member = channel.is_some_and(|channel| channel.members().contains_key(official));
            let mut last = self.grounds.iter().rev().map(|ground| &ground.what);
            let ended = last.find_map(|what| {
                if matches!(what, GroundKind::MemberAdded | GroundKind::MemberRemoved) {
                    Some(Obstacle::MemberRemoved)
                } else {
                    (*what == GroundKind::MemberLeft).then_some(Obstacle::MemberLeft)
                }
            });
            let live = at.devices_of(official).next().is_some();
            let stands = at.official(official).is_some();
            if !stands {
                let known = ledger.directory().official(official).is_some();
                obstacles.push(if known {
                    Obstacle::OfficialEnded
                } else {
                    Obstacle::UnknownOfficial
                });
            } else if !member {
                obstacles.push(ended.unwrap_or(Obstacle::NotAMember));
            }
            if stands && !at.is_in_term(official, time) {
                obstacles.push(Obstacle::TermEnded);
            }
            let authorised = |channel: &Channel| channel.is_authorised(&at, official, time);
            if !channel.is_none_or(authorised) {
                obstacles.push(Obstacle::NotAuthorised);
            }
            if !live && stands {
                let suspended = self
                    .devices
                    .iter()
                    .any(|device| at.enrolled(device).is_some());
                obstacles.push(match (self.devices.is_empty(), suspended) {
                    (true, _) => Obstacle::NoDevice,
                    (false, true) => Obstacle::DevicesSuspended,
                    (false, false) => Obstacle::DevicesRevoked,
                });
            }
            if live && member && group.is_some() && at.is_in_term(official, time) {
                let barred = channel.is_some_and(|channel| {
                    let mut devices = at.devices_of(official);
                    devices.all(|fact| channel.barred().contains_key(&fact.device))
                });
                obstacles.push(if barred {
                    Obstacle::DeviceBarred
                } else {
                    Obstacle::NotInGroup
                });
            }
        }
        Explanation {
            readers,
            records: ledger.may_read(&self.stream, &self.official, time),
            obstacles,
            grounds: self.grounds,
        }
    }
}
