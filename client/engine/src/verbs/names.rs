//! What persons are called. Their names are no part of the log, which has their hashes: they can be erased. So they are kept in
//! memory alone, and one that has been erased is shown no more.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::cbor;
use thamvan_proto::directory::OfficialName;
use thamvan_proto::id::OfficialId;
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;

/// Names by the hashes in the log; none where the server has none to give.
pub(crate) type Names = BTreeMap<Hash, Option<String>>;

impl Engine {
    /// Fetches names of members of this device's channels that it does not know yet, a few at a time; whether there may be more.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`], or [`EngineError::Finding`] for another body than the one named.
    pub async fn learn_names(&mut self) -> Result<bool, EngineError> {
        let directory = self.ledger.directory();
        let members = self
            .ledger
            .channels()
            .flat_map(|(_, it)| it.members().keys());
        let wanted: BTreeSet<Hash> = members
            .chain([&self.pinned.official])
            .filter_map(|official| Some(directory.official(official)?.name))
            .filter(|hash| !self.names.contains_key(hash) && !directory.erased().contains(hash))
            .collect();
        let more = wanted.len() > AT_ONCE;
        for hash in wanted.into_iter().take(AT_ONCE) {
            let body = match self.fetch_body(&hash).await {
                Ok(body) => cbor::from_slice::<OfficialName>(&body, SIDE_BODY_LEN_MAX).ok(),
                // It has been erased, or is not for this device.
                Err(EngineError::Refused { .. }) => None,
                Err(error) => return Err(error),
            };
            self.names.insert(hash, body.map(|body| body.name));
        }
        Ok(more)
    }

    /// What an official is called, as far as this device has learned it.
    #[must_use]
    pub fn name_of(&self, official: &OfficialId) -> Option<&str> {
        let directory = self.ledger.directory();
        let hash = directory.official(official)?.name;
        if directory.erased().contains(&hash) {
            return None;
        }
        self.names.get(&hash)?.as_deref()
    }

    /// The officials whose names this device has learned.
    pub fn named(&self) -> impl Iterator<Item = (&OfficialId, &str)> {
        let members = self
            .ledger
            .channels()
            .flat_map(|(_, it)| it.members().keys());
        let known: BTreeSet<&OfficialId> = members.chain([&self.pinned.official]).collect();
        let named = known.into_iter();
        named.filter_map(|official| Some((official, self.name_of(official)?)))
    }
}

/// Each is one request: a few do not keep others waiting.
const AT_ONCE: usize = 8;
