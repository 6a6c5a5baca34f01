//! Who may state what, who may be the second person, and what fits the directory.

use crate::channel::Scope;
use crate::cose::verifying_key;
use crate::id::{AgencyId, DeviceId, OfficialId};
use crate::limits::TICKET_LIFETIME_MS_MAX;

use super::{
    Agency, At, DeviceEnrol, Pending, Role, SEALING_KEY_LEN, Statement, StatementError, known, new,
    texts,
};

impl<'a> At<'a> {
    /// Whether `official` may make or propose `statement`.
    ///
    /// # Errors
    /// [`StatementError::NotPermitted`].
    pub fn may_state(
        &self,
        official: &OfficialId,
        statement: &Statement,
        time: u64,
    ) -> Result<(), StatementError> {
        let agency = self.subject(statement);
        let administers = self.administers(official, agency.as_ref(), time);
        let permitted = match statement {
            Statement::Field(fact) => self.may_propose_field(official, fact, time),
            Statement::FieldDecision(fact) => self.may_decide_field(official, fact, time),
            Statement::RootRotation(_) => false,
            Statement::FocalReceipt(fact) => {
                let mut held = self.appointments(official, time);
                held.any(|held| held.seat == fact.seat)
            }
            Statement::DeviceRevoke(fact) => administers || self.owns(official, &fact.device),
            // Who takes a device out of use may be its owner; who brings it back may not.
            Statement::DeviceSuspend(fact) => {
                let owns = self.owns(official, &fact.device);
                if fact.suspended {
                    administers || owns
                } else {
                    administers && !owns
                }
            }
            Statement::Agency(_)
            | Statement::Official(_)
            | Statement::Seat(_)
            | Statement::SeatAppoint(_)
            | Statement::RoleGrant(_)
            | Statement::RoleRevoke(_)
            | Statement::Ticket(_)
            | Statement::DeviceEnrol(_)
            | Statement::PolicyChange(_)
            | Statement::Accreditation(_)
            | Statement::AccreditationEnd(_)
            | Statement::FocalUnit(_)
            | Statement::AgencyEnd(_)
            | Statement::OfficialEnd(_)
            | Statement::AppointmentEnd(_)
            | Statement::NameErasure(_) => administers,
        };
        if permitted {
            Ok(())
        } else {
            Err(StatementError::NotPermitted)
        }
    }

    fn administers(&self, official: &OfficialId, agency: Option<&AgencyId>, time: u64) -> bool {
        self.holds_role(official, Role::NationalAdministrator, None, time)
            || agency.is_some_and(|agency| {
                self.holds_role(official, Role::AgencyAdministrator, Some(agency), time)
            })
    }

    fn owns(&self, official: &OfficialId, device: &DeviceId) -> bool {
        let fact = self.enrolled(device);
        fact.is_some_and(|fact| fact.official == *official)
    }

    /// The agency whose administrators and approvers a statement concerns; a statement about a device that is there concerns
    /// its owner's.
    fn subject(&self, statement: &Statement) -> Option<AgencyId> {
        let device = if let Statement::DeviceRevoke(fact) = statement {
            self.enrolled(&fact.device)
        } else if let Statement::DeviceSuspend(fact) = statement {
            self.enrolled(&fact.device)
        } else {
            None
        };
        device
            .map(|fact| fact.official.agency())
            .or_else(|| statement.agency())
    }

    /// Whether `official` may be the second person for `pending`.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn may_approve(
        &self,
        official: &OfficialId,
        pending: &Pending,
        time: u64,
    ) -> Result<(), StatementError> {
        if pending.approved {
            return Err(StatementError::AlreadyApproved);
        }
        if time > pending.expires {
            return Err(StatementError::Expired);
        }
        if *official == pending.proposer {
            return Err(StatementError::SamePerson);
        }
        if pending.statement.is_national() {
            self.are_two(official, &pending.proposer)?;
        }
        if let Statement::DeviceEnrol(fact) = &pending.statement {
            // Whoever has a live device says with it that the new one is theirs: nobody else adds a device to them.
            if self.devices_of(&fact.official).next().is_some() {
                return if fact.official == *official {
                    Ok(())
                } else {
                    Err(StatementError::NotTheOwner)
                };
            }
        }
        let owns = matches!(&pending.statement, Statement::DeviceSuspend(fact) if self.owns(official, &fact.device));
        let agency = self.subject(&pending.statement);
        if !owns && self.holds_role(official, Role::Approver, agency.as_ref(), time) {
            Ok(())
        } else {
            Err(StatementError::NotPermitted)
        }
    }

    /// Whom to ask where something is to be stated about `agency` at log time `time`, by id: those of the agency who administer
    /// it, or where it has none, those who administer all. Who has no live device can state nothing, and is left out.
    #[must_use]
    pub fn administrators(&self, agency: &AgencyId, time: u64) -> Vec<&'a OfficialId> {
        self.nearest(agency, |official| {
            self.administers(official, Some(agency), time)
        })
    }

    /// Whom to ask to be the second person for what is proposed about `agency`, as [`At::administrators`].
    #[must_use]
    pub fn approvers(&self, agency: &AgencyId, time: u64) -> Vec<&'a OfficialId> {
        self.nearest(agency, |official| {
            self.holds_role(official, Role::Approver, Some(agency), time)
        })
    }

    /// Whom to ask to be the second person for `pending`, by role: never the proposer. Nobody where it concerns no agency.
    #[must_use]
    pub fn seconds(&self, pending: &Pending, time: u64) -> Vec<&'a OfficialId> {
        let Some(agency) = self.subject(&pending.statement) else {
            return vec![];
        };
        self.nearest(&agency, |official| {
            self.holds_role(official, Role::Approver, Some(&agency), time)
                && self.may_approve(official, pending, time).is_ok()
        })
    }

    /// Who can do something with a live device: those of `agency`, or where it has none, others.
    fn nearest(&self, agency: &AgencyId, can: impl Fn(&OfficialId) -> bool) -> Vec<&'a OfficialId> {
        let able = self
            .officials()
            .map(|official| &official.id)
            .filter(|id| can(id) && self.devices_of(id).next().is_some());
        let (own, others): (Vec<_>, Vec<_>) = able.partition(|id| id.agency() == *agency);
        if own.is_empty() { others } else { own }
    }

    /// Two persons of a national power are of two agencies, and neither is in the other's hands.
    fn are_two(&self, one: &OfficialId, other: &OfficialId) -> Result<(), StatementError> {
        if one.agency() == other.agency() {
            Err(StatementError::SameAgency)
        } else if !self.are_independent(one, other) {
            Err(StatementError::NotIndependent)
        } else {
            Ok(())
        }
    }

    /// Whether the facts of `statement` fit the directory, whoever states them.
    ///
    /// `fresh`: also judge dates that must lie ahead (at the proposal, not again at its approval).
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn fits(
        &self,
        statement: &Statement,
        time: u64,
        fresh: bool,
    ) -> Result<(), StatementError> {
        match statement {
            Statement::Agency(fact) => self.fits_agency(fact),
            Statement::Official(fact) => {
                known(self.agency(&fact.id.agency()), "agency")?;
                new(self.directory.erased.contains(&fact.name), "erasure")?;
                new(self.directory.officials.contains_key(&fact.id), "official")
            }
            Statement::Seat(fact) => {
                texts(&[&fact.purpose])?;
                known(self.agency(&fact.id.agency()), "agency")?;
                new(self.directory.seats.contains_key(&fact.id), "seat")
            }
            Statement::SeatAppoint(fact) => {
                known(self.seat(&fact.seat), "seat")?;
                known(self.official(&fact.official), "official")?;
                let same = fact.seat.agency() == fact.official.agency();
                if same {
                    Ok(())
                } else {
                    Err(StatementError::Conflict { what: "agency" })
                }
            }
            Statement::RoleGrant(fact) => known(self.official(&fact.official), "official"),
            Statement::RoleRevoke(fact) => known(self.official(&fact.official), "official"),
            Statement::Ticket(fact) => {
                known(self.official(&fact.official), "official")?;
                let latest = time.saturating_add(TICKET_LIFETIME_MS_MAX);
                if fresh && !(time..=latest).contains(&fact.expires) {
                    return Err(StatementError::Expired);
                }
                new(self.directory.tickets.contains_key(&fact.id), "ticket")
            }
            Statement::DeviceEnrol(fact) => self.fits_device(fact, time, fresh),
            Statement::DeviceRevoke(fact) => {
                texts(&[&fact.reason])?;
                known(self.enrolled(&fact.device), "device")
            }
            Statement::PolicyChange(fact) => self.fits_policy(fact),
            Statement::Accreditation(fact) => self.fits_accreditation(fact, time, fresh),
            Statement::AccreditationEnd(fact) => self.fits_accreditation_end(fact),
            Statement::Field(fact) => self.fits_field(fact, time),
            Statement::FieldDecision(fact) => self.fits_field_decision(fact, time),
            Statement::FocalUnit(fact) => self.fits_focal_unit(fact, time),
            Statement::FocalReceipt(fact) => self.fits_focal_receipt(fact),
            Statement::AgencyEnd(fact) => self.fits_agency_end(fact),
            Statement::OfficialEnd(fact) => self.fits_official_end(fact),
            Statement::RootRotation(fact) => self.fits_rotation(fact),
            Statement::DeviceSuspend(fact) => self.fits_suspension(fact),
            Statement::AppointmentEnd(fact) => self.fits_appointment_end(fact, time),
            Statement::NameErasure(fact) => self.fits_name_erasure(fact),
        }
    }

    fn fits_agency(&self, fact: &Agency) -> Result<(), StatementError> {
        texts(&[&fact.name_vi, &fact.name_en])?;
        let stated_before = self.directory.agencies.contains_key(&fact.id);
        new(stated_before && self.agency(&fact.id).is_none(), "agency")?;
        let lead = fact.leads.is_empty() || fact.kind.may_lead();
        // R2.4, R2.5: one coordinator, one lead of a pillar.
        let free = |scope: &Scope| {
            let current = self.agency_leading(scope);
            scope.is_named() && current.is_none_or(|current| *current == fact.id)
        };
        if lead && fact.leads.iter().all(free) {
            Ok(())
        } else {
            Err(StatementError::Conflict { what: "leads" })
        }
    }

    fn fits_device(
        &self,
        fact: &DeviceEnrol,
        time: u64,
        fresh: bool,
    ) -> Result<(), StatementError> {
        texts(&[&fact.name])?;
        known(self.official(&fact.official), "official")?;
        let ticket = self
            .ticket(&fact.ticket)
            .ok_or(StatementError::Unknown { what: "ticket" })?;
        if ticket.official != fact.official {
            return Err(StatementError::Conflict { what: "ticket" });
        }
        if fresh && time > ticket.expires {
            return Err(StatementError::Expired);
        }
        if let Some(seat) = &fact.seat {
            known(self.seat(seat), "seat")?;
        }
        // An id of a root key would let the device take places in the chain of that key.
        let taken = self.is_root(&fact.device) || self.directory.devices.contains_key(&fact.device);
        new(taken, "device")?;
        let keys = [fact.signing, fact.mls];
        let mut others = self
            .directory
            .devices
            .values()
            .map(|device| &device.row.fact);
        let reused = others.any(|one| keys.contains(&one.signing) || keys.contains(&one.mls));
        let usable = keys.iter().all(|key| verifying_key(key).is_ok())
            && fact.signing != fact.mls
            && fact.sealing.len() == SEALING_KEY_LEN;
        if reused || !usable {
            Err(StatementError::Keys)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
