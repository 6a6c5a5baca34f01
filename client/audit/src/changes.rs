//! Who was given or lost which right, by whom: one row for each record that says so.

use std::fmt;

use serde::Serialize;
use thamvan_proto::directory::{Directory, FieldDecision, FieldStep, Pending, Signers, Statement};
use thamvan_proto::id::{OfficialId, StreamId};
use thamvan_proto::ledger::Accepted;
use thamvan_proto::tlog::Hash;

/// One change of who may do or read what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeFacts {
    /// Entry of the log that gives it effect, or proposes it.
    pub index: u64,
    /// Stream.
    pub stream: String,
    /// Record of the stream.
    pub seq: u64,
    /// Log time (ms).
    pub time_ms: u64,
    /// What.
    pub what: ChangeKind,
    /// Whose right changes.
    pub official: Option<String>,
    /// Device that is enrolled, ended, suspended or resumed.
    pub device: Option<String>,
    /// What its owner calls the device; the reason of an end; the document of a decision.
    pub note: Option<String>,
    /// Role given or taken, place in the seat, or level.
    pub role: Option<String>,
    /// Agency, seat or field that it is about; a role without one is national.
    pub scope: Option<String>,
    /// Who said so.
    pub by: ChangeBy,
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An official is put in a seat.
    SeatAppoint,
    /// An appointment ends before its date.
    AppointmentEnd,
    /// A role is given.
    RoleGrant,
    /// A role is taken away.
    RoleRevoke,
    /// A device is enrolled.
    DeviceEnrol,
    /// A device is revoked.
    DeviceRevoke,
    /// A device is suspended.
    DeviceSuspend,
    /// A device's suspension is lifted.
    DeviceResume,
    /// An official is ended.
    OfficialEnd,
    /// An agency is ended.
    AgencyEnd,
    /// An official's name is erased.
    NameErasure,
    /// An agency's focal unit is named.
    FocalUnit,
    /// A seat has taken note of a change of a focal unit.
    FocalReceipt,
    /// The next root keys take over.
    RootRotation,
    /// The policy of the deployment changes.
    Policy,
    /// The ceiling may rise.
    Accreditation,
    /// What raised the ceiling is ended.
    AccreditationEnd,
    /// A field that the Regulation names is recorded.
    FieldDesignated,
    /// A field is decided.
    FieldDecided,
    /// A field is ended.
    FieldEnded,
    /// An official becomes a member of a channel.
    MemberAdd,
    /// An official is a member no more.
    MemberRemove,
    /// A member leaves.
    MemberLeave,
    /// An official is authorised for a channel of a secrecy level.
    Authorise,
    /// The authorisations are ended.
    AuthorisationEnd,
    /// A channel is closed.
    ChannelClose,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 26] = [
        Self::SeatAppoint,
        Self::AppointmentEnd,
        Self::RoleGrant,
        Self::RoleRevoke,
        Self::DeviceEnrol,
        Self::DeviceRevoke,
        Self::DeviceSuspend,
        Self::DeviceResume,
        Self::OfficialEnd,
        Self::AgencyEnd,
        Self::NameErasure,
        Self::FocalUnit,
        Self::FocalReceipt,
        Self::RootRotation,
        Self::Policy,
        Self::Accreditation,
        Self::AccreditationEnd,
        Self::FieldDesignated,
        Self::FieldDecided,
        Self::FieldEnded,
        Self::MemberAdd,
        Self::MemberRemove,
        Self::MemberLeave,
        Self::Authorise,
        Self::AuthorisationEnd,
        Self::ChannelClose,
    ];
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Who stands behind a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeBy {
    /// The root keys of the authority.
    Root,
    /// One official, where one is enough.
    One {
        /// Who.
        official: String,
    },
    /// Two officials.
    Two {
        /// The first.
        proposed_by: String,
        /// The second.
        approved_by: String,
    },
    /// One official of two: without effect.
    Waiting {
        /// The first.
        proposed_by: String,
        /// Last moment for the second (log time, ms).
        expires_ms: u64,
    },
}

/// Where a change stands.
pub(crate) struct Place {
    index: u64,
    pub(crate) stream: StreamId,
    seq: u64,
    time_ms: u64,
    pub(crate) hash: Hash,
    pub(crate) official: Option<OfficialId>,
}

impl Place {
    pub(crate) fn of(index: u64, accepted: &Accepted) -> Self {
        Self {
            index,
            stream: accepted.record.stream,
            seq: accepted.record.seq,
            time_ms: accepted.record.time,
            hash: accepted.hash,
            official: accepted.official.clone(),
        }
    }

    pub(crate) fn of_official(
        &self,
        what: ChangeKind,
        official: &OfficialId,
        by: ChangeBy,
    ) -> ChangeFacts {
        ChangeFacts {
            official: Some(official.to_string()),
            ..self.of_nobody(what, by)
        }
    }

    fn of_nobody(&self, what: ChangeKind, by: ChangeBy) -> ChangeFacts {
        ChangeFacts {
            index: self.index,
            stream: self.stream.to_string(),
            seq: self.seq,
            time_ms: self.time_ms,
            what,
            official: None,
            device: None,
            note: None,
            role: None,
            scope: None,
            by,
        }
    }

    /// The change of rights that `statement` makes, if it makes one.
    pub(crate) fn change(
        &self,
        statement: &Statement,
        directory: &Directory,
        by: ChangeBy,
    ) -> Option<ChangeFacts> {
        Some(match statement {
            Statement::SeatAppoint(fact) => ChangeFacts {
                role: Some(fact.role.as_str().to_owned()),
                scope: Some(fact.seat.to_string()),
                ..self.of_official(ChangeKind::SeatAppoint, &fact.official, by)
            },
            Statement::RoleGrant(fact) => ChangeFacts {
                role: Some(fact.role.as_str().to_owned()),
                scope: fact.scope.as_ref().map(ToString::to_string),
                ..self.of_official(ChangeKind::RoleGrant, &fact.official, by)
            },
            Statement::RoleRevoke(fact) => ChangeFacts {
                role: Some(fact.role.as_str().to_owned()),
                ..self.of_official(ChangeKind::RoleRevoke, &fact.official, by)
            },
            Statement::DeviceEnrol(fact) => ChangeFacts {
                device: Some(fact.device.to_string()),
                note: Some(fact.name.clone()),
                scope: fact.seat.as_ref().map(ToString::to_string),
                ..self.of_official(ChangeKind::DeviceEnrol, &fact.official, by)
            },
            Statement::DeviceRevoke(fact) => ChangeFacts {
                device: Some(fact.device.to_string()),
                note: Some(fact.reason.clone()),
                ..self.of_official(
                    ChangeKind::DeviceRevoke,
                    &directory.enrolment(&fact.device)?.official,
                    by,
                )
            },
            Statement::DeviceSuspend(fact) => ChangeFacts {
                device: Some(fact.device.to_string()),
                note: Some(fact.reason.clone()),
                ..self.of_official(
                    if fact.suspended {
                        ChangeKind::DeviceSuspend
                    } else {
                        ChangeKind::DeviceResume
                    },
                    &directory.enrolment(&fact.device)?.official,
                    by,
                )
            },
            Statement::AppointmentEnd(fact) => ChangeFacts {
                scope: Some(fact.seat.to_string()),
                note: Some(fact.reason.clone()),
                ..self.of_official(ChangeKind::AppointmentEnd, &fact.official, by)
            },
            Statement::OfficialEnd(fact) => ChangeFacts {
                note: Some(fact.reason.clone()),
                ..self.of_official(ChangeKind::OfficialEnd, &fact.official, by)
            },
            Statement::NameErasure(fact) => ChangeFacts {
                note: Some(fact.reason.clone()),
                ..self.of_official(ChangeKind::NameErasure, &fact.official, by)
            },
            Statement::AgencyEnd(fact) => ChangeFacts {
                scope: Some(fact.agency.to_string()),
                note: Some(fact.reason.clone()),
                ..self.of_nobody(ChangeKind::AgencyEnd, by)
            },
            Statement::FocalUnit(fact) => ChangeFacts {
                scope: Some(fact.seat.to_string()),
                ..self.of_nobody(ChangeKind::FocalUnit, by)
            },
            Statement::FocalReceipt(fact) => ChangeFacts {
                scope: Some(fact.seat.to_string()),
                note: Some(format!("0/{}", fact.change)),
                ..self.of_nobody(ChangeKind::FocalReceipt, by)
            },
            Statement::RootRotation(_) => self.of_nobody(ChangeKind::RootRotation, by),
            Statement::PolicyChange(fact) => ChangeFacts {
                role: Some(fact.version.to_string()),
                note: Some(fact.document.clone()),
                ..self.of_nobody(ChangeKind::Policy, by)
            },
            Statement::Accreditation(fact) => ChangeFacts {
                role: Some(fact.level.to_string()),
                note: Some(fact.number.clone()),
                ..self.of_nobody(ChangeKind::Accreditation, by)
            },
            Statement::AccreditationEnd(fact) => ChangeFacts {
                note: Some(fact.number.clone()),
                ..self.of_nobody(ChangeKind::AccreditationEnd, by)
            },
            Statement::Field(fact) if statement.needs_two_persons() => ChangeFacts {
                scope: Some(fact.id.to_string()),
                note: Some(fact.basis.clone()),
                ..self.of_nobody(ChangeKind::FieldDesignated, by)
            },
            Statement::FieldDecision(fact) => self.field(fact, by)?,
            Statement::Agency(_)
            | Statement::Official(_)
            | Statement::Seat(_)
            | Statement::Ticket(_)
            | Statement::Field(_) => return None,
        })
    }

    /// Who leads a field is said by the decision and by its end; the steps before give nobody anything.
    fn field(&self, fact: &FieldDecision, by: ChangeBy) -> Option<ChangeFacts> {
        let (kind, note) = match &fact.step {
            FieldStep::Decided(step) => (ChangeKind::FieldDecided, &step.number),
            FieldStep::Ended(step) => (ChangeKind::FieldEnded, &step.reference),
            FieldStep::Consulted(_) | FieldStep::Reported(_) => return None,
        };
        Some(ChangeFacts {
            scope: Some(fact.field.to_string()),
            note: Some(note.clone()),
            ..self.of_nobody(kind, by)
        })
    }
}

pub(crate) fn one(official: &OfficialId) -> ChangeBy {
    ChangeBy::One {
        official: official.to_string(),
    }
}

pub(crate) fn waiting(pending: &Pending) -> ChangeBy {
    ChangeBy::Waiting {
        proposed_by: pending.proposer.to_string(),
        expires_ms: pending.expires,
    }
}

pub(crate) fn by(signers: &Signers) -> ChangeBy {
    match signers {
        Signers::Root => ChangeBy::Root,
        Signers::One(official) => one(official),
        Signers::Two(first, second) => ChangeBy::Two {
            proposed_by: first.to_string(),
            approved_by: second.to_string(),
        },
    }
}
