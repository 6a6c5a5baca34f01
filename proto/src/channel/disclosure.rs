//! A disclosure: a member opens one part of what was said to an auditor, and the log says so.
//!
//! In scope: the act, and who may do it. Out of scope: the opening itself, which travels outside the log.

use crate::cbor::cbor_array;
use crate::directory::Role;
use crate::id::OfficialId;
use crate::limits::{PARTS_MAX, TEXT_LEN_MAX};
use crate::tlog::Hash;

use super::{Actor, Channel, ChannelError};

cbor_array! {
    /// Body of a disclosure.
    pub struct Disclosure {
        /// The record whose content is opened.
        pub record: Hash,
        /// Which part of it, from 0.
        pub part: u64,
        /// Its part hash.
        pub part_hash: Hash,
        /// To whom.
        pub auditor: OfficialId,
        /// Why.
        pub reason: String,
    }
}

impl Channel {
    /// Judges a disclosure. `of`: place of the record that it names in the channel's stream.
    ///
    /// # Errors
    /// [`ChannelError::NotAMember`], [`ChannelError::Disclosure`].
    pub fn judge_disclosure(
        &self,
        actor: &Actor<'_>,
        disclosure: &Disclosure,
        of: Option<u64>,
    ) -> Result<(), ChannelError> {
        if !self.is_reader(&actor.at, &actor.device, actor.time) {
            return Err(ChannelError::NotAMember);
        }
        let founder = self.founding().map(|founding| &founding.founder);
        let audits = actor
            .at
            .holds_role(&disclosure.auditor, Role::Auditor, founder, actor.time);
        let is_part = disclosure.part < PARTS_MAX as u64;
        let has_reason = (1..=TEXT_LEN_MAX).contains(&disclosure.reason.len());
        if of.is_some_and(|seq| self.said.contains(&seq)) && audits && is_part && has_reason {
            Ok(())
        } else {
            Err(ChannelError::Disclosure)
        }
    }
}
