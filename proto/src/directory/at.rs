//! Questions to the directory "at this position, at this time".

use crate::id::{AgencyId, DeviceId, OfficialId, SeatId, StreamId, TicketId};

use super::{
    Agency, DeviceEnrol, DeviceRow, Directory, Official, Role, Row, Seat, SeatAppoint, Signers,
    StreamRegister, Ticket, is_live,
};

/// The directory as of one position of stream 0.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub(super) directory: &'a Directory,
    pub(super) seq: u64,
}

impl<'a> At<'a> {
    /// An agency.
    #[must_use]
    pub fn agency(&self, id: &AgencyId) -> Option<&'a Agency> {
        let rows = self.directory.agencies.get(id)?;
        rows.iter()
            .find(|row| row.holds_at(self.seq))
            .map(|row| &row.fact)
    }

    /// All agencies, by id.
    pub fn agencies(&self) -> impl Iterator<Item = &'a Agency> {
        let seq = self.seq;
        self.directory
            .agencies
            .values()
            .filter_map(move |rows| rows.iter().find(|row| row.holds_at(seq)))
            .map(|row| &row.fact)
    }

    /// An official, until their end or their agency's.
    #[must_use]
    pub fn official(&self, id: &OfficialId) -> Option<&'a Official> {
        let fact = self.fact(self.directory.officials.get(id))?;
        self.agency(&id.agency()).map(|_| fact)
    }

    /// All officials, by id.
    pub fn officials(&self) -> impl Iterator<Item = &'a Official> {
        let at = *self;
        let all = self.directory.officials.keys();
        all.filter_map(move |id| at.official(id))
    }

    /// A seat, until its agency's end.
    #[must_use]
    pub fn seat(&self, id: &SeatId) -> Option<&'a Seat> {
        let fact = self.fact(self.directory.seats.get(id))?;
        self.agency(&id.agency()).map(|_| fact)
    }

    /// All seats, by id.
    pub fn seats(&self) -> impl Iterator<Item = &'a Seat> {
        let at = *self;
        let all = self.directory.seats.keys();
        all.filter_map(move |id| at.seat(id))
    }

    /// The live appointments to a seat at log time `time`, by official.
    pub fn holders_of(&self, seat: &SeatId, time: u64) -> impl Iterator<Item = &'a SeatAppoint> {
        let (at, seat) = (*self, seat.clone());
        let all = self.directory.appointments.keys();
        all.flat_map(move |official| at.appointments(official, time))
            .filter(move |fact| fact.seat == seat)
    }

    /// A ticket that no device has used.
    #[must_use]
    pub fn ticket(&self, id: &TicketId) -> Option<&'a Ticket> {
        self.fact(self.directory.tickets.get(id))
    }

    /// A live device: enrolled, not ended, not suspended, of an official who stands.
    #[must_use]
    pub fn device(&self, id: &DeviceId) -> Option<&'a DeviceEnrol> {
        self.live_device(self.directory.devices.get(id)?)
    }

    /// A device that is enrolled and not ended, live or suspended.
    #[must_use]
    pub fn enrolled(&self, id: &DeviceId) -> Option<&'a DeviceEnrol> {
        self.fact(self.directory.devices.get(id).map(|device| &device.row))
    }

    /// Whether a device is suspended.
    #[must_use]
    pub fn is_suspended(&self, id: &DeviceId) -> bool {
        let device = self.directory.devices.get(id);
        device.is_some_and(|device| device.is_suspended_at(self.seq))
    }

    /// The position from which a device is live: its enrolment, or the last lift of a suspension. None if it is not.
    #[must_use]
    pub fn device_since(&self, id: &DeviceId) -> Option<u64> {
        let device = self.directory.devices.get(id)?;
        self.live_device(device)?;
        let lifts = device.suspensions.iter().filter_map(|(_, until)| *until);
        lifts
            .filter(|lift| *lift <= self.seq)
            .chain([device.row.since])
            .max()
    }

    /// The last position that gave `official` what they can do at log time `time`: a live device, a live role or appointment.
    #[must_use]
    pub fn raised_since(&self, official: &OfficialId, time: u64) -> Option<u64> {
        let grants = self.directory.grants.get(official).into_iter().flatten();
        let grants = grants
            .map(|given| &given.row)
            .filter(|row| is_live(row.fact.from, row.fact.until, time))
            .filter(|row| row.holds_at(self.seq))
            .map(|row| row.since);
        let appointments = self.directory.appointments.get(official);
        let appointments = appointments
            .into_iter()
            .flatten()
            .map(|given| &given.row)
            .filter(|row| is_live(row.fact.from, row.fact.until, time))
            .filter(|row| row.holds_at(self.seq))
            .map(|row| row.since);
        let devices = self
            .devices_of(official)
            .filter_map(|fact| self.device_since(&fact.device));
        grants.chain(appointments).chain(devices).max()
    }

    /// Who signed the enrolment of a device, live or ended.
    #[must_use]
    pub fn signers(&self, id: &DeviceId) -> Option<&'a Signers> {
        self.directory.devices.get(id).map(|device| &device.signers)
    }

    /// The live devices of an official.
    pub fn devices_of(&self, official: &OfficialId) -> impl Iterator<Item = &'a DeviceEnrol> {
        let (at, official) = (*self, official.clone());
        let all = self.directory.devices.values();
        all.filter(move |device| device.row.fact.official == official)
            .filter_map(move |device| at.live_device(device))
    }

    fn live_device(&self, device: &'a DeviceRow) -> Option<&'a DeviceEnrol> {
        let fact = self.fact(Some(&device.row))?;
        let stands = !device.is_suspended_at(self.seq) && self.official(&fact.official).is_some();
        stands.then_some(fact)
    }

    /// Whether `official` holds `role` at log time `time`, nationally or (if given) for `agency`.
    #[must_use]
    pub fn holds_role(
        &self,
        official: &OfficialId,
        role: Role,
        agency: Option<&AgencyId>,
        time: u64,
    ) -> bool {
        let grants = self.directory.grants.get(official);
        let held = grants.into_iter().flatten().any(|grant| {
            let fact = &grant.row.fact;
            grant.row.holds_at(self.seq)
                && fact.role == role
                && is_live(fact.from, fact.until, time)
                && (fact.scope.is_none() || fact.scope.as_ref() == agency)
        });
        held && self.official(official).is_some()
    }

    /// The live appointments of an official at log time `time`.
    pub fn appointments(
        &self,
        official: &OfficialId,
        time: u64,
    ) -> impl Iterator<Item = &'a SeatAppoint> + use<'a> {
        let seq = self.seq;
        let stands = self.official(official).is_some();
        let rows = self.directory.appointments.get(official).filter(|_| stands);
        rows.into_iter()
            .flatten()
            .map(|given| &given.row)
            .filter(move |row| row.holds_at(seq) && is_live(row.fact.from, row.fact.until, time))
            .map(|row| &row.fact)
    }

    /// Whether the term of `official` runs at log time `time`: whoever has ever been appointed to a seat reads and acts in
    /// channels only while an appointment is live.
    ///
    /// Source: rule R19.2.
    #[must_use]
    pub fn is_in_term(&self, official: &OfficialId, time: u64) -> bool {
        let given = self.directory.appointments.get(official);
        let ever = given.is_some_and(|rows| rows.iter().any(|given| given.row.since <= self.seq));
        !ever || self.appointments(official, time).next().is_some()
    }

    /// The position from which the term of `official` runs at log time `time`; none for whoever has no term.
    #[must_use]
    pub fn term_since(&self, official: &OfficialId, time: u64) -> Option<u64> {
        let given = self.directory.appointments.get(official).into_iter();
        given
            .flatten()
            .map(|given| &given.row)
            .filter(|row| row.holds_at(self.seq) && is_live(row.fact.from, row.fact.until, time))
            .map(|row| row.since)
            .min()
    }

    /// Whether `official` may speak for `agency` at log time `time`.
    #[must_use]
    pub fn speaks_for(&self, official: &OfficialId, agency: &AgencyId, time: u64) -> bool {
        self.appointments(official, time)
            .any(|appointment| appointment.speak_for && appointment.seat.agency() == *agency)
    }

    /// A registered channel.
    #[must_use]
    pub fn stream(&self, id: &StreamId) -> Option<&'a StreamRegister> {
        self.fact(self.directory.streams.get(id))
    }

    pub(super) fn fact<T>(&self, row: Option<&'a Row<T>>) -> Option<&'a T> {
        row.filter(|row| row.holds_at(self.seq))
            .map(|row| &row.fact)
    }
}
