//! Who may read a channel above the handling tags: an authorisation by task, for a time, in that channel (rules S9, S10, S12).

use crate::cbor::cbor_array;
use crate::directory::{At, Role};
use crate::id::OfficialId;
use crate::label::Label;
use crate::limits::{AUTHORISATION_LIFETIME_MS_MAX, TEXT_LEN_MAX};

use super::{Actor, Channel, ChannelEffect, ChannelError};

cbor_array! {
    /// Body of authorisation: lets a person have what the channel carries, for a task and a time. No rank, nothing implied.
    pub struct Authorisation {
        /// Người được phép.
        pub official: OfficialId,
        /// Mức: at most the channel's.
        pub level: Label,
        /// Nhiệm vụ.
        pub task: String,
        /// The document that allows it.
        pub document: String,
        /// Start (log time, ms).
        pub from: u64,
        /// End (log time, ms), exclusive.
        pub until: u64,
    }

    /// Body of authorisation-end: ends all that the person has in the channel.
    pub struct AuthorisationEnd {
        /// Whose.
        pub official: OfficialId,
        /// Why.
        pub reason: String,
    }
}

impl Channel {
    /// The authorisations given in the channel and not ended, expired ones among them.
    pub fn authorisations(&self) -> impl Iterator<Item = &Authorisation> {
        self.authorisations.values().flatten()
    }

    /// Whether the channel carries a secrecy level, so that every reader needs an authorisation.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.founding()
            .is_some_and(|founding| founding.label.is_secrecy_level())
    }

    /// Whether `official` may have what the channel carries, at log time `time`: anybody where it carries handling tags
    /// only; else whoever holds a live authorisation for its level, while the ceiling allows that level at all.
    ///
    /// Source: rules S1, S9, S10.
    #[must_use]
    pub fn is_authorised(&self, at: &At<'_>, official: &OfficialId, time: u64) -> bool {
        let Some(founding) = self.founding().filter(|_| self.is_secret()) else {
            return true;
        };
        let given = self.authorisations.get(official).into_iter().flatten();
        let live = |fact: &Authorisation| {
            fact.level >= founding.label && fact.from <= time && time < fact.until
        };
        founding.label <= at.ceiling(time) && { given }.any(live)
    }

    /// Whether `official` may have the records of a running channel that carries a secrecy level: readers, and who speaks
    /// for the founder agency and is no member, to authorise them.
    pub(crate) fn opens_to(&self, at: &At<'_>, official: &OfficialId, time: u64) -> bool {
        if self.members.contains_key(official) {
            return self.is_authorised(at, official, time);
        }
        self.founding()
            .is_some_and(|founding| at.speaks_for(official, &founding.founder, time))
    }

    /// Judges an authorisation: by who speaks for the founder agency, for somebody else.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_authorisation(
        &self,
        actor: &Actor<'_>,
        fact: &Authorisation,
    ) -> Result<(), ChannelError> {
        let founding = self.founder_acts(actor)?;
        if fact.official == *actor.official {
            return Err(ChannelError::SamePerson);
        }
        let member = founding.members.contains(&fact.official.agency());
        if actor.at.official(&fact.official).is_none() || !member {
            return Err(ChannelError::NotAMember);
        }
        if keeps_the_system(&actor.at, &fact.official, actor.time) {
            return Err(ChannelError::NotPermitted);
        }
        let texts = [&fact.task, &fact.document];
        let stated = texts
            .iter()
            .all(|text| (1..=TEXT_LEN_MAX).contains(&text.len()));
        let lifetime = fact.until.saturating_sub(fact.from);
        let dated = (1..=AUTHORISATION_LIFETIME_MS_MAX).contains(&lifetime);
        let levelled = fact.level.is_secrecy_level() && fact.level <= founding.label;
        if stated && dated && levelled && actor.time < fact.until {
            Ok(())
        } else {
            Err(ChannelError::Authorisation)
        }
    }

    /// Judges the end of authorisations: by who speaks for the founder agency, or by the person.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub fn judge_authorisation_end(
        &self,
        actor: &Actor<'_>,
        fact: &AuthorisationEnd,
    ) -> Result<(), ChannelError> {
        if fact.official != *actor.official {
            self.founder_acts(actor)?;
        }
        let given = self.authorisations.contains_key(&fact.official);
        if given && fact.reason.len() <= TEXT_LEN_MAX {
            Ok(())
        } else {
            Err(ChannelError::Authorisation)
        }
    }

    /// Applies a judged effect on authorisations, as of the record at `seq`.
    pub(super) fn apply_authorisation(&mut self, effect: ChannelEffect, seq: u64) {
        if let ChannelEffect::Authorised(fact) = effect {
            self.raised.insert(fact.official.clone(), seq);
            let given = self.authorisations.entry(fact.official.clone());
            given.or_default().push(fact);
        } else if let ChannelEffect::AuthorisationEnded(official) = effect {
            self.authorisations.remove(&official);
        }
    }
}

/// Administrators and auditors have no content keys (rule S12): nobody authorises one.
fn keeps_the_system(at: &At<'_>, official: &OfficialId, time: u64) -> bool {
    let agency = official.agency();
    [
        Role::NationalAdministrator,
        Role::AgencyAdministrator,
        Role::Auditor,
    ]
    .iter()
    .any(|role| at.holds_role(official, *role, Some(&agency), time))
}

#[cfg(test)]
mod tests;
