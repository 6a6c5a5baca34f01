//! The MLS profile (docs/protocol.md chapter 6) over OpenMLS: create, commit, join, process, encrypt.
//!
//! The only module of the client that knows OpenMLS types. Every function works inside the caller's transaction; after a
//! rollback nothing of it has happened, because groups are loaded afresh for each step.

mod provider;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    BasicCredential, CredentialWithKey, GroupId as MlsGroupId, KeyPackage, KeyPackageBundle,
    LeafNodeIndex, LeafNodeParameters, MlsGroup, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    ProcessedMessageContent, Sender, StagedWelcome, Welcome,
};
use openmls_libcrux_crypto::CryptoProvider;
use openmls_traits::OpenMlsProvider as _;
use openmls_traits::storage::StorageProvider as _;
use rusqlite::Connection;
use thamvan_proto::channel::Suite;
use thamvan_proto::id::{DeviceId, GroupId};
use thamvan_proto::tlog::Hash;
pub use thamvan_public_group::MlsError;
pub(crate) use thamvan_public_group::{Expected, Leaf, Start};
use thamvan_public_group::{
    PublicGroup, capabilities, check_commit, check_key_package, ciphersuite, create_config,
    join_config, leaf_of, open_group_info, open_tree, protocol_message, serialize, tree_hash,
    tree_hash_of, unlimited,
};

use crate::keys::DeviceKeys;
use provider::Provider;
pub(crate) use provider::create_tables;

/// What a new group gives to the log.
pub(crate) struct Started {
    pub(crate) group_info: Vec<u8>,
    pub(crate) ratchet_tree: Vec<u8>,
}

/// What a staged commit gives to the log.
pub(crate) struct Staged {
    pub(crate) commit: Vec<u8>,
    pub(crate) group_info: Vec<u8>,
    pub(crate) ratchet_tree: Vec<u8>,
    pub(crate) tree_hash: Hash,
    pub(crate) welcome: Option<Vec<u8>>,
}

/// MLS for one device inside one transaction.
pub(crate) struct Mls<'c> {
    provider: Provider<'c>,
    keys: &'c DeviceKeys,
}

impl<'c> Mls<'c> {
    pub(crate) fn new(
        crypto: &'c CryptoProvider,
        transaction: &'c Connection,
        keys: &'c DeviceKeys,
    ) -> Self {
        Self {
            provider: Provider::new(crypto, transaction),
            keys,
        }
    }

    /// Makes a key package and keeps its secrets in the store.
    pub(crate) fn key_package(&self, suite: Suite, last_resort: bool) -> Result<Vec<u8>, MlsError> {
        let mut builder = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .key_package_lifetime(unlimited());
        if last_resort {
            builder = builder.mark_as_last_resort();
        }
        let bundle = builder
            .build(
                ciphersuite(suite),
                &self.provider,
                self.keys,
                self.credential(),
            )
            .map_err(|e| MlsError::library("key package", &e))?;
        serialize(
            "key package",
            &MlsMessageOut::from(bundle.key_package().clone()),
        )
    }

    /// Creates a group with this device alone.
    pub(crate) fn create(&self, group: GroupId, suite: Suite) -> Result<Started, MlsError> {
        let config = create_config(suite);
        let id = MlsGroupId::from_slice(&group.0);
        // A group that the log never started: made before, and refused or interrupted on its way.
        self.forget(group)?;
        let group =
            MlsGroup::new_with_group_id(&self.provider, self.keys, &config, id, self.credential())
                .map_err(|e| MlsError::library("create", &e))?;
        let group_info = group
            .export_group_info(self.provider.crypto(), self.keys, false)
            .map_err(|e| MlsError::library("group info", &e))?;
        Ok(Started {
            group_info: serialize("group info", &group_info)?,
            ratchet_tree: serialize("ratchet tree", &group.export_ratchet_tree())?,
        })
    }

    /// Builds a commit that adds and removes; it stays pending until [`Mls::merge_own`] or [`Mls::discard_own`].
    pub(crate) fn stage(
        &self,
        (group, suite): (GroupId, Suite),
        adds: &[(Leaf, Vec<u8>)],
        removes: &[DeviceId],
        authenticated_data: Vec<u8>,
    ) -> Result<Staged, MlsError> {
        let mut group = self.load(group)?;
        if group.pending_commit().is_some() {
            // Of a commit that was refused while nobody waited for the answer: what is in flight comes before anything new.
            group
                .clear_pending_commit(self.provider.storage())
                .map_err(|e| MlsError::library("discard", &e))?;
        }
        let packages = adds
            .iter()
            .map(|(leaf, bytes)| check_key_package(self.provider.crypto(), *leaf, bytes, suite))
            .collect::<Result<Vec<_>, _>>()?;
        let removed = removes
            .iter()
            .map(|device| leaf_index(&group, device))
            .collect::<Result<Vec<_>, _>>()?;
        let tree_before = group.export_ratchet_tree();
        group.set_aad(authenticated_data);
        let bundle = group
            .commit_builder()
            .force_self_update(true)
            .propose_adds(packages)
            .propose_removals(removed)
            .load_psks(self.provider.storage())
            .map_err(|e| MlsError::library("commit", &e))?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                self.keys,
                |_| true,
            )
            .map_err(|e| MlsError::library("commit", &e))?
            .stage_commit(&self.provider)
            .map_err(|e| MlsError::library("commit", &e))?;
        let (commit, welcome, group_info) = bundle.into_messages();
        let pending = group.pending_commit().ok_or(MlsError::Missing {
            what: "pending commit",
        })?;
        let tree = pending
            .export_ratchet_tree(self.provider.crypto(), tree_before)
            .map_err(|e| MlsError::library("ratchet tree", &e))?
            .ok_or(MlsError::Missing {
                what: "ratchet tree",
            })?;
        let group_info = group_info.ok_or(MlsError::Missing { what: "group info" })?;
        Ok(Staged {
            commit: serialize("commit", &commit)?,
            group_info: serialize("group info", &group_info)?,
            ratchet_tree: serialize("ratchet tree", &tree)?,
            tree_hash: tree_hash(pending)?,
            welcome: welcome
                .map(|welcome| serialize("welcome", &welcome))
                .transpose()?,
        })
    }

    /// Whether a key package can be added as `leaf`: a bad one must not keep others out.
    pub(crate) fn accepts(&self, leaf: Leaf, bytes: &[u8], suite: Suite) -> bool {
        check_key_package(self.provider.crypto(), leaf, bytes, suite).is_ok()
    }

    /// Merges the pending commit, once the log has accepted it.
    pub(crate) fn merge_own(&self, group: GroupId) -> Result<(), MlsError> {
        let mut group = self.load(group)?;
        if group.pending_commit().is_none() {
            return Err(MlsError::Missing {
                what: "pending commit",
            });
        }
        group
            .merge_pending_commit(&self.provider)
            .map_err(|e| MlsError::library("merge", &e))
    }

    /// Forgets the pending commit, once the log has refused it.
    pub(crate) fn discard_own(&self, group: GroupId) -> Result<(), MlsError> {
        let mut group = self.load(group)?;
        group
            .clear_pending_commit(self.provider.storage())
            .map_err(|e| MlsError::library("discard", &e))
    }

    /// Applies another member's commit, if it does exactly what its signed body says.
    pub(crate) fn apply(
        &self,
        group: GroupId,
        commit: &[u8],
        expected: &Expected<'_>,
    ) -> Result<(), MlsError> {
        let mut group = self.load(group)?;
        let processed = group
            .process_message(&self.provider, protocol_message(commit)?)
            .map_err(|e| MlsError::library("commit", &e))?;
        let sender = processed.sender().clone();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(MlsError::Disagrees { what: "content" });
        };
        check_commit(&staged, &sender, &|index| leaf_at(&group, index), expected)?;
        group
            .merge_staged_commit(&self.provider, *staged)
            .map_err(|e| MlsError::library("merge", &e))
    }

    /// Joins a group, if its roster and tree are exactly those that the log justifies.
    pub(crate) fn join(
        &self,
        group: GroupId,
        welcome: &[u8],
        ratchet_tree: &[u8],
        roster: &BTreeSet<Leaf>,
        expected_tree_hash: &Hash,
    ) -> Result<(), MlsError> {
        let welcome = open_welcome(welcome)?;
        let tree = open_tree(ratchet_tree)?;
        let staged = StagedWelcome::build_from_welcome(&self.provider, &join_config(), welcome)
            .map_err(|e| MlsError::library("welcome", &e))?
            .with_ratchet_tree(tree)
            .replace_old_group()
            .skip_lifetime_validation()
            .build()
            .map_err(|e| MlsError::library("welcome", &e))?;
        let context = staged.group_context();
        if context.group_id().as_slice() != group.0
            || context.tree_hash() != expected_tree_hash.0.as_slice()
        {
            return Err(MlsError::Disagrees { what: "group" });
        }
        let members = staged
            .members()
            .map(|member| leaf_of(&member.credential, &member.signature_key))
            .collect::<Result<BTreeSet<_>, _>>()?;
        if members != *roster {
            return Err(MlsError::Unauthorised { what: "roster" });
        }
        staged
            .into_group(&self.provider)
            .map_err(|e| MlsError::library("join", &e))?;
        Ok(())
    }

    /// Joins by an external commit, if the group is the one that the log justifies. Nothing of an old state stays.
    ///
    /// The new state is merged at once: whoever is not heard forgets it.
    pub(crate) fn join_externally(
        &self,
        start: &Start<'_>,
        group_info: &[u8],
        ratchet_tree: &[u8],
        authenticated_data: Vec<u8>,
    ) -> Result<Staged, MlsError> {
        PublicGroup::open(start, group_info, ratchet_tree)?;
        self.forget(start.group)?;
        let leaf = LeafNodeParameters::builder()
            .with_capabilities(capabilities())
            .build();
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_config(join_config())
            .with_ratchet_tree(open_tree(ratchet_tree)?)
            .with_aad(authenticated_data)
            .skip_lifetime_validation()
            .build_group(
                &self.provider,
                open_group_info(group_info)?,
                self.credential(),
            )
            .map_err(|e| MlsError::library("external commit", &e))?
            .leaf_node_parameters(leaf)
            .load_psks(self.provider.storage())
            .map_err(|e| MlsError::library("external commit", &e))?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                self.keys,
                |_| true,
            )
            .map_err(|e| MlsError::library("external commit", &e))?
            .finalize(&self.provider)
            .map_err(|e| MlsError::library("external commit", &e))?;
        let (commit, _, group_info) = bundle.into_messages();
        let group_info = group_info.ok_or(MlsError::Missing { what: "group info" })?;
        let group_info = serialize("group info", &group_info)?;
        let ratchet_tree = serialize("ratchet tree", &group.export_ratchet_tree())?;
        Ok(Staged {
            commit: serialize("commit", &commit)?,
            tree_hash: tree_hash_of(&group_info, &ratchet_tree)?,
            group_info,
            ratchet_tree,
            welcome: None,
        })
    }

    /// Forgets a group, if there is one.
    pub(crate) fn forget(&self, group: GroupId) -> Result<(), MlsError> {
        let id = MlsGroupId::from_slice(&group.0);
        let stale = MlsGroup::load(self.provider.storage(), &id)
            .map_err(|e| MlsError::library("load", &e))?;
        match stale {
            Some(mut stale) => stale
                .delete(self.provider.storage())
                .map_err(|e| MlsError::library("delete", &e)),
            None => Ok(()),
        }
    }

    /// Whether a Welcome is for this device's key package of last resort, whose secrets others may have used as well.
    pub(crate) fn is_last_resort(&self, welcome: &[u8]) -> Result<bool, MlsError> {
        let welcome = open_welcome(welcome)?;
        for secret in welcome.secrets() {
            let reference = secret.new_member();
            let bundle: Option<KeyPackageBundle> = self
                .provider
                .storage()
                .key_package(&reference)
                .map_err(|e| MlsError::library("key package", &e))?;
            if let Some(bundle) = bundle {
                return Ok(bundle.key_package().last_resort());
            }
        }
        Ok(false)
    }

    /// Encrypts `content`. The caller persists the result in the same transaction and never encrypts it again.
    pub(crate) fn encrypt(
        &self,
        group: GroupId,
        content: &[u8],
        authenticated_data: Vec<u8>,
    ) -> Result<Vec<u8>, MlsError> {
        let mut group = self.load(group)?;
        group.set_aad(authenticated_data);
        let message = group
            .create_message(&self.provider, self.keys, content)
            .map_err(|e| MlsError::library("encrypt", &e))?;
        serialize("message", &message)
    }

    /// Decrypts a message and checks that MLS names the same sender as the signed entry.
    pub(crate) fn decrypt(
        &self,
        group: GroupId,
        message: &[u8],
        sender: Leaf,
        authenticated_data: &[u8],
    ) -> Result<Vec<u8>, MlsError> {
        let mut group = self.load(group)?;
        let processed = group
            .process_message(&self.provider, protocol_message(message)?)
            .map_err(|e| MlsError::library("decrypt", &e))?;
        let Sender::Member(index) = processed.sender() else {
            return Err(MlsError::Disagrees { what: "sender" });
        };
        if leaf_at(&group, *index) != Some(sender) {
            return Err(MlsError::Disagrees { what: "sender" });
        }
        if processed.aad() != authenticated_data {
            return Err(MlsError::Disagrees {
                what: "authenticated data",
            });
        }
        let ProcessedMessageContent::ApplicationMessage(message) = processed.into_content() else {
            return Err(MlsError::Disagrees { what: "content" });
        };
        Ok(message.into_bytes())
    }

    /// Epoch of the group on this device; none where it is not in the group.
    pub(crate) fn epoch(&self, group: GroupId) -> Result<Option<u64>, MlsError> {
        let id = MlsGroupId::from_slice(&group.0);
        let group = MlsGroup::load(self.provider.storage(), &id)
            .map_err(|e| MlsError::library("load", &e))?;
        Ok(group
            .filter(MlsGroup::is_active)
            .map(|group| group.epoch().as_u64()))
    }

    fn load(&self, group: GroupId) -> Result<MlsGroup, MlsError> {
        MlsGroup::load(self.provider.storage(), &MlsGroupId::from_slice(&group.0))
            .map_err(|e| MlsError::library("load", &e))?
            .ok_or(MlsError::Missing { what: "group" })
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.keys.device.0.to_vec()).into(),
            signature_key: self.keys.mls_public().0.to_vec().into(),
        }
    }
}

fn open_welcome(bytes: &[u8]) -> Result<Welcome, MlsError> {
    let message =
        MlsMessageIn::tls_deserialize_exact(bytes).map_err(|e| MlsError::library("welcome", &e))?;
    if let MlsMessageBodyIn::Welcome(welcome) = message.extract() {
        Ok(welcome)
    } else {
        Err(MlsError::Disagrees { what: "welcome" })
    }
}

fn leaf_at(group: &MlsGroup, index: LeafNodeIndex) -> Option<Leaf> {
    let member = group.member_at(index)?;
    leaf_of(&member.credential, &member.signature_key).ok()
}

fn leaf_index(group: &MlsGroup, device: &DeviceId) -> Result<LeafNodeIndex, MlsError> {
    group
        .members()
        .find(|member| leaf_at(group, member.index).is_some_and(|leaf| leaf.device == *device))
        .map(|member| member.index)
        .ok_or(MlsError::Missing { what: "member" })
}
