//! The root keys in force, and the rotation that reveals the next ones (docs/protocol.md chapter 5, "Root keys").

use std::collections::BTreeSet;

use crate::cbor::{self, cbor_array};
use crate::cose::verifying_key;
use crate::entry::sha256;
use crate::id::{DeviceId, PublicKey};
use crate::limits::ROOT_KEYS_MAX;
use crate::tlog::Hash;

use super::{At, Genesis, StatementError, root_key_id};

cbor_array! {
    /// Puts the next root keys in force: those that the genesis, or the rotation before, committed to.
    pub struct RootRotation {
        /// k of k-of-n from here on; never lower than before.
        pub threshold: u64,
        /// The keys, as committed.
        pub keys: Vec<PublicKey>,
        /// Hash of the CBOR array of the keys that follow these.
        pub next_roots: Hash,
    }
}

/// k of n root keys, and the hash of those that follow them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSet {
    /// k.
    pub threshold: u64,
    /// n keys.
    pub keys: Vec<PublicKey>,
    /// Hash of the CBOR array of the next ones.
    pub next: Hash,
}

impl RootSet {
    /// Those of a genesis.
    #[must_use]
    pub fn of(genesis: &Genesis) -> Self {
        Self {
            threshold: genesis.threshold,
            keys: genesis.root_keys.clone(),
            next: genesis.next_roots,
        }
    }

    /// The key with this id.
    #[must_use]
    pub fn key(&self, id: &DeviceId) -> Option<&PublicKey> {
        self.keys.iter().find(|key| root_key_id(key).0 == id.0)
    }

    /// Whether k and the keys are possible: 1 to [`ROOT_KEYS_MAX`] different good keys, k of them or fewer.
    pub(super) fn is_possible(&self) -> bool {
        let keys: BTreeSet<&PublicKey> = self.keys.iter().collect();
        let count = self.keys.len();
        keys.len() == count
            && count <= ROOT_KEYS_MAX
            && usize::try_from(self.threshold).is_ok_and(|k| (1..=count).contains(&k))
            && keys.iter().all(|key| verifying_key(key).is_ok())
    }
}

impl RootRotation {
    pub(super) fn set(self) -> RootSet {
        RootSet {
            threshold: self.threshold,
            keys: self.keys,
            next: self.next_roots,
        }
    }
}

impl<'a> At<'a> {
    /// The root keys in force; none before the genesis.
    #[must_use]
    pub fn roots(&self) -> Option<&'a RootSet> {
        let mut rows = self.directory.roots.iter();
        rows.find(|row| row.holds_at(self.seq)).map(|row| &row.fact)
    }

    /// Whether an id was ever that of a root key.
    pub(super) fn is_root(&self, id: &DeviceId) -> bool {
        let rows = self.directory.roots.iter();
        rows.filter(|row| row.since <= self.seq)
            .any(|row| row.fact.key(id).is_some())
    }

    pub(super) fn fits_rotation(&self, fact: &RootRotation) -> Result<(), StatementError> {
        let conflict = |what| Err(StatementError::Conflict { what });
        let roots = self
            .roots()
            .ok_or(StatementError::Unknown { what: "genesis" })?;
        if sha256(&cbor::to_vec(&fact.keys)) != roots.next {
            return conflict("next root keys");
        }
        if !fact.clone().set().is_possible() || fact.threshold < roots.threshold {
            return conflict("root keys");
        }
        let is_device = |key: &PublicKey| {
            let id = DeviceId(root_key_id(key).0);
            self.directory.devices.contains_key(&id)
        };
        if fact.keys.iter().any(is_device) {
            conflict("device")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
