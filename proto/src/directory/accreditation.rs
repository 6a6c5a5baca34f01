//! The ceiling and what raises it: an accreditation by the competent body, while it is live (rules S1, S2).
//!
//! Every doubt falls to the factory ceiling: nothing but a live accreditation in the log raises it, at the record's own time.

use crate::cbor::{cbor_array, cbor_uint};
use crate::label::Label;
use crate::limits::ACCREDITATION_LIFETIME_MS_MAX;
use crate::tlog::Hash;

use super::{At, StatementError, known, new, stated, texts};

cbor_uint! {
    /// How an accredited deployment protects what it carries.
    pub enum Measure {
        /// Mạng LAN độc lập: one building, no network that reaches out of it.
        IndependentLan = 1,
        /// A product of the cipher authority (Law 05/2011/QH13).
        Cipher = 2,
    }
}

cbor_array! {
    /// A document by which a competent body lets the deployment carry state secrets up to a level.
    pub struct Accreditation {
        /// Số, ký hiệu; names it for ever.
        pub number: String,
        /// Cơ quan chấp thuận.
        pub authority: String,
        /// Ngày (ms).
        pub date: u64,
        /// The highest secrecy level.
        pub level: Label,
        /// Phạm vi.
        pub measure: Measure,
        /// The systems that it covers, by the reference that the document uses.
        pub systems: String,
        /// SHA-256 of the document.
        pub document: Hash,
        /// Start (log time, ms).
        pub from: u64,
        /// End (log time, ms), exclusive; there always is one.
        pub until: u64,
    }

    /// Ends an accreditation before its day.
    pub struct AccreditationEnd {
        /// Its number.
        pub number: String,
        /// Why.
        pub reason: String,
    }
}

impl<'a> At<'a> {
    /// The accreditations that hold at this position and at log time `time`.
    pub fn accreditations(&self, time: u64) -> impl Iterator<Item = &'a Accreditation> {
        let seq = self.seq;
        self.directory
            .accreditations
            .values()
            .filter(move |row| row.holds_at(seq))
            .map(|row| &row.fact)
            .filter(move |fact| fact.from <= time && time < fact.until)
    }

    /// The highest label that the deployment carries at log time `time`.
    ///
    /// Source: rules S1, S2.
    #[must_use]
    pub fn ceiling(&self, time: u64) -> Label {
        self.accreditations(time)
            .map(|fact| fact.level)
            .fold(Label::CEILING_DEFAULT, Label::max)
    }

    /// The first position by which the deployment carries `label` at log time `time`; none for a handling tag.
    #[must_use]
    pub fn ceiling_since(&self, label: Label, time: u64) -> Option<u64> {
        if !label.is_secrecy_level() {
            return None;
        }
        self.directory
            .accreditations
            .values()
            .filter(|row| row.holds_at(self.seq))
            .filter(|row| row.fact.from <= time && time < row.fact.until)
            .filter(|row| row.fact.level >= label)
            .map(|row| row.since)
            .min()
    }

    pub(super) fn fits_accreditation(
        &self,
        fact: &Accreditation,
        time: u64,
        fresh: bool,
    ) -> Result<(), StatementError> {
        texts(&[&fact.number, &fact.authority, &fact.systems])?;
        stated(&[&fact.number, &fact.authority, &fact.systems])?;
        let lifetime = fact.until.saturating_sub(fact.from);
        if !(1..=ACCREDITATION_LIFETIME_MS_MAX).contains(&lifetime) || (fresh && fact.until <= time)
        {
            return Err(StatementError::Expired);
        }
        if !fact.level.is_secrecy_level() {
            return Err(StatementError::Conflict { what: "level" });
        }
        let taken = self.directory.accreditations.contains_key(&fact.number);
        new(taken, "accreditation")
    }

    pub(super) fn fits_accreditation_end(
        &self,
        fact: &AccreditationEnd,
    ) -> Result<(), StatementError> {
        texts(&[&fact.number, &fact.reason])?;
        let row = self.directory.accreditations.get(&fact.number);
        known(self.fact(row), "accreditation")
    }
}

#[cfg(test)]
mod tests;
