//! What ends or suspends: an agency, an official, an appointment, a device, a person's name.
//!
//! All but the lift of a suspension takes away, so it takes effect at its position and mostly needs one person.

use crate::cbor::cbor_array;
use crate::id::{AgencyId, DeviceId, OfficialId, SeatId};

use super::{At, Directory, Statement, StatementError, end, known, stated, texts};

cbor_array! {
    /// Ends an agency with all its officials, seats and devices. Its id is never stated again.
    pub struct AgencyEnd {
        /// Agency.
        pub agency: AgencyId,
        /// Why: the act that ends it.
        pub reason: String,
    }

    /// Ends an official with all their devices, appointments and roles. The id is never stated again.
    pub struct OfficialEnd {
        /// Official.
        pub official: OfficialId,
        /// Why.
        pub reason: String,
    }

    /// Suspends a device, or lifts its suspension.
    pub struct DeviceSuspend {
        /// Device.
        pub device: DeviceId,
        /// Suspended from here on, or live again.
        pub suspended: bool,
        /// Why.
        pub reason: String,
    }

    /// Ends the appointments of an official to a seat before their date.
    pub struct AppointmentEnd {
        /// Seat.
        pub seat: SeatId,
        /// Official.
        pub official: OfficialId,
        /// Why.
        pub reason: String,
    }

    /// Erases the name of an official: the hash stays, nobody keeps the name itself.
    pub struct NameErasure {
        /// Official, ended or not.
        pub official: OfficialId,
        /// Why.
        pub reason: String,
    }
}

impl Directory {
    pub(super) fn apply_ending(&mut self, statement: &Statement, seq: u64) {
        if let Statement::AgencyEnd(fact) = statement {
            let rows = self.agencies.get_mut(&fact.agency);
            rows.into_iter().flatten().for_each(|old| end(old, seq));
        } else if let Statement::OfficialEnd(fact) = statement {
            if let Some(old) = self.officials.get_mut(&fact.official) {
                end(old, seq);
            }
        } else if let Statement::AppointmentEnd(fact) = statement {
            let rows = self.appointments.get_mut(&fact.official);
            rows.into_iter()
                .flatten()
                .filter(|given| given.row.fact.seat == fact.seat)
                .for_each(|given| end(&mut given.row, seq));
        } else if let Statement::DeviceSuspend(fact) = statement {
            self.apply_suspension(fact, seq);
        } else if let Statement::NameErasure(fact) = statement
            && let Some(row) = self.officials.get(&fact.official)
        {
            self.erased.insert(row.fact.name);
        }
    }

    fn apply_suspension(&mut self, fact: &DeviceSuspend, seq: u64) {
        let Some(device) = self.devices.get_mut(&fact.device) else {
            return;
        };
        if fact.suspended {
            device.suspensions.push((seq, None));
        } else if let Some((_, until)) = device.suspensions.last_mut() {
            until.get_or_insert(seq);
        }
    }
}

impl At<'_> {
    pub(super) fn fits_agency_end(&self, fact: &AgencyEnd) -> Result<(), StatementError> {
        texts(&[&fact.reason])?;
        stated(&[&fact.reason])?;
        known(self.agency(&fact.agency), "agency")
    }

    pub(super) fn fits_official_end(&self, fact: &OfficialEnd) -> Result<(), StatementError> {
        texts(&[&fact.reason])?;
        stated(&[&fact.reason])?;
        known(self.official(&fact.official), "official")
    }

    pub(super) fn fits_suspension(&self, fact: &DeviceSuspend) -> Result<(), StatementError> {
        texts(&[&fact.reason])?;
        stated(&[&fact.reason])?;
        known(self.enrolled(&fact.device), "device")?;
        if self.is_suspended(&fact.device) == fact.suspended {
            Err(StatementError::Conflict { what: "suspension" })
        } else {
            Ok(())
        }
    }

    pub(super) fn fits_appointment_end(
        &self,
        fact: &AppointmentEnd,
        time: u64,
    ) -> Result<(), StatementError> {
        texts(&[&fact.reason])?;
        stated(&[&fact.reason])?;
        let rows = self.directory.appointments.get(&fact.official);
        let stands = rows.into_iter().flatten().find(|given| {
            let row = &given.row;
            row.holds_at(self.seq)
                && row.fact.seat == fact.seat
                && row.fact.until.is_none_or(|until| time < until)
        });
        known(stands, "appointment")?;
        self.keeps_focal_unit(fact, time)
    }

    pub(super) fn fits_name_erasure(&self, fact: &NameErasure) -> Result<(), StatementError> {
        texts(&[&fact.reason])?;
        stated(&[&fact.reason])?;
        let row = self.directory.officials.get(&fact.official);
        let row = row.filter(|row| row.since <= self.seq);
        known(row, "official")?;
        let erased = row.is_some_and(|row| self.directory.erased.contains(&row.fact.name));
        super::new(erased, "erasure")
    }
}

#[cfg(test)]
mod tests;
