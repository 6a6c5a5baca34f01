//! Who raised whom: the two persons of a national power are in nobody's hands but their own.

use std::collections::BTreeSet;

use crate::id::OfficialId;

use super::{At, Signers};

impl At<'_> {
    /// Everybody who raised `official`, or somebody who did, and so on up to those whom root keys raised.
    ///
    /// Whoever enrolled a device of somebody else raised them, for good. So did who signed a role or an appointment, unless the official holds a
    /// role from root keys: what is given on top of that puts nobody into another's hands.
    #[must_use]
    pub fn raised_by(&self, official: &OfficialId) -> BTreeSet<OfficialId> {
        let mut found = BTreeSet::new();
        let mut open = vec![official.clone()];
        while let Some(one) = open.pop() {
            for signer in self.raisers(&one) {
                if found.insert(signer.clone()) {
                    open.push(signer.clone());
                }
            }
        }
        found
    }

    /// Whether neither of two officials raised the other.
    #[must_use]
    pub fn are_independent(&self, one: &OfficialId, other: &OfficialId) -> bool {
        !self.raised_by(one).contains(other) && !self.raised_by(other).contains(one)
    }

    fn raisers(&self, official: &OfficialId) -> Vec<&OfficialId> {
        let devices = self.directory.devices.values();
        let enrolled = devices
            .filter(|device| device.row.fact.official == *official && device.row.since <= self.seq)
            .map(|device| persons(&device.signers))
            // A further device, which the owner let in.
            .filter(|signers| !signers.contains(&official));
        let grants = self.directory.grants.get(official).into_iter().flatten();
        let mut roles = grants.clone();
        let is_founded =
            roles.any(|given| given.signers == Signers::Root && given.row.holds_at(self.seq));
        let appointments = self.directory.appointments.get(official);
        let given = grants
            .map(|given| (given.row.since, &given.signers))
            .chain(
                appointments
                    .into_iter()
                    .flatten()
                    .map(|given| (given.row.since, &given.signers)),
            )
            .filter(|(since, _)| *since <= self.seq && !is_founded)
            .map(|(_, signers)| persons(signers));
        enrolled.chain(given).flatten().collect()
    }
}

fn persons(signers: &Signers) -> Vec<&OfficialId> {
    match signers {
        Signers::Root => vec![],
        Signers::One(one) => vec![one],
        Signers::Two(first, second) => vec![first, second],
    }
}

#[cfg(test)]
mod tests;
