//! The one unit of each agency that answers for ASEAN cooperation (rule R19.1): a seat with a primary and a deputy at all times.

use std::collections::BTreeSet;

use crate::cbor::cbor_array;
use crate::id::{AgencyId, OfficialId, SeatId};

use super::{AppointmentEnd, At, SeatRole, StatementError, known};

cbor_array! {
    /// Names the agency's focal unit, instead of the one before.
    pub struct FocalUnit {
        /// Agency.
        pub agency: AgencyId,
        /// A seat of it.
        pub seat: SeatId,
    }
}

cbor_array! {
    /// Says at a seat of another agency that a change of a focal unit is known there (rule R19.1b).
    pub struct FocalReceipt {
        /// The record of stream 0 that made the change.
        pub change: u64,
        /// The seat that has taken note.
        pub seat: SeatId,
    }
}

/// What a focal unit lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FocalGap {
    /// No primary, and nobody acting for one.
    pub primary: bool,
    /// No deputy.
    pub deputy: bool,
}

impl FocalGap {
    fn any(self) -> bool {
        self.primary || self.deputy
    }
}

/// What changed of a focal unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FocalEvent {
    /// The seat became the focal unit.
    Named,
    /// Somebody was appointed to it.
    Appointed,
    /// Somebody holds it no more before their date.
    Ended,
}

/// A change that the Secretariat and the agencies concerned are told of (rule R19.1b).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FocalChange {
    /// The record of stream 0 that made it.
    pub seq: u64,
    /// What.
    pub event: FocalEvent,
    /// The seat.
    pub seat: SeatId,
    /// Who, where it is about a person.
    pub official: Option<OfficialId>,
}

impl<'a> At<'a> {
    /// Every change of a focal unit up to this position, oldest first.
    #[must_use]
    pub fn focal_changes(&self) -> Vec<FocalChange> {
        let mut changes: Vec<FocalChange> = Vec::new();
        for row in self.directory.focal_units.values().flatten() {
            let seat = &row.fact.seat;
            let mut note = |seq: u64, event, official: Option<&OfficialId>| {
                let while_focal = row.until.is_none_or(|until| seq < until);
                if row.since <= seq && while_focal && seq <= self.seq {
                    changes.push(FocalChange {
                        seq,
                        event,
                        seat: seat.clone(),
                        official: official.cloned(),
                    });
                }
            };
            note(row.since, FocalEvent::Named, None);
            let given = self.directory.appointments.values().flatten();
            for given in given.filter(|given| given.row.fact.seat == *seat) {
                let official = &given.row.fact.official;
                note(given.row.since, FocalEvent::Appointed, Some(official));
                let person = self.directory.officials.get(official);
                let ends = [given.row.until, person.and_then(|row| row.until)];
                if let Some(end) = ends.into_iter().flatten().min() {
                    note(end, FocalEvent::Ended, Some(official));
                }
            }
        }
        changes.sort();
        changes
    }

    /// The seats that have taken note of the change in the record at `change`.
    pub fn focal_receipts(&self, change: u64) -> impl Iterator<Item = &'a SeatId> {
        let last = self.seq;
        let all = self.directory.focal_receipts.get(&change).into_iter();
        all.flatten()
            .filter(move |row| row.holds_at(last))
            .map(|row| &row.fact.seat)
    }

    /// Each seat takes note once, of what another agency has changed.
    pub(super) fn fits_focal_receipt(&self, fact: &FocalReceipt) -> Result<(), StatementError> {
        known(self.seat(&fact.seat), "seat")?;
        let changes = self.focal_changes();
        let of_another =
            |it: &&FocalChange| it.seq == fact.change && it.seat.agency() != fact.seat.agency();
        known(changes.iter().find(of_another), "change")?;
        if self
            .focal_receipts(fact.change)
            .any(|seat| *seat == fact.seat)
        {
            return Err(StatementError::Conflict { what: "receipt" });
        }
        Ok(())
    }

    /// The seat that is the agency's focal unit.
    #[must_use]
    pub fn focal_unit(&self, agency: &AgencyId) -> Option<&'a SeatId> {
        let rows = self.directory.focal_units.get(agency)?;
        let row = rows.iter().find(|row| row.holds_at(self.seq))?;
        self.agency(agency).map(|_| &row.fact.seat)
    }

    /// What the focal unit of `agency` lacks at log time `time`; nothing where it is complete, or where none is named.
    #[must_use]
    pub fn focal_gap(&self, agency: &AgencyId, time: u64) -> Option<FocalGap> {
        let gap = self.gap(self.focal_unit(agency)?, time, None);
        gap.any().then_some(gap)
    }

    /// What `seat` lacks at log time `time`, if `without` holds it no more.
    fn gap(&self, seat: &SeatId, time: u64, without: Option<&OfficialId>) -> FocalGap {
        let held: BTreeSet<SeatRole> = self
            .holders_of(seat, time)
            .filter(|fact| Some(&fact.official) != without)
            .map(|fact| fact.role)
            .collect();
        let primary = held.contains(&SeatRole::Primary) || held.contains(&SeatRole::Acting);
        FocalGap {
            primary: !primary,
            deputy: !held.contains(&SeatRole::Deputy),
        }
    }

    pub(super) fn fits_focal_unit(
        &self,
        fact: &FocalUnit,
        time: u64,
    ) -> Result<(), StatementError> {
        known(self.agency(&fact.agency), "agency")?;
        known(self.seat(&fact.seat), "seat")?;
        if fact.seat.agency() != fact.agency {
            return Err(StatementError::Conflict { what: "agency" });
        }
        if self.gap(&fact.seat, time, None).any() {
            Err(StatementError::LastFocal)
        } else {
            Ok(())
        }
    }

    /// The last primary or deputy of a focal unit is replaced before their appointment ends. What protects the log is never
    /// refused for this: the end of an official, of a device or of a term leaves a gap that is shown.
    pub(super) fn keeps_focal_unit(
        &self,
        fact: &AppointmentEnd,
        time: u64,
    ) -> Result<(), StatementError> {
        if self.focal_unit(&fact.seat.agency()) != Some(&fact.seat) {
            return Ok(());
        }
        let before = self.gap(&fact.seat, time, None);
        let after = self.gap(&fact.seat, time, Some(&fact.official));
        if (after.primary && !before.primary) || (after.deputy && !before.deputy) {
            Err(StatementError::LastFocal)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
