//! What an MLS object must have in common with the signed log, whoever looks at it.

use std::collections::BTreeSet;

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    BasicCredential, Credential, GroupContext, KeyPackage, KeyPackageIn, LeafNodeIndex,
    MlsMessageBodyIn, MlsMessageIn, OpenMlsCrypto, ProposalType, ProtocolVersion, Sender,
    StagedCommit,
};
use thamvan_proto::channel::Suite;
use thamvan_proto::id::{DeviceId, PublicKey};
use thamvan_proto::tlog::Hash;

use crate::error::MlsError;
use crate::profile::{ciphersuite, unlimited};

/// A leaf as the directory has it: who, and with which MLS signature key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Device.
    pub device: DeviceId,
    /// Its enrolled MLS key.
    pub key: PublicKey,
}

/// What the signed commit body says of a commit; the commit must agree.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who signed the entry.
    pub sender: Leaf,
    /// Devices added; the sender itself in an external commit, and nobody else there.
    pub adds: &'a [Leaf],
    /// Devices removed.
    pub removes: &'a [DeviceId],
    /// Tree hash of the new epoch.
    pub tree_hash: Hash,
}

impl Expected<'_> {
    /// Whether the sender joins by this very commit.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.adds
            .iter()
            .any(|added| added.device == self.sender.device)
    }
}

/// Checks that a commit does exactly what its signed body says: by this sender, these devices with their enrolled keys, by value
/// and with a path, to this tree.
///
/// `leaf_at`: who is at a leaf before the commit.
///
/// # Errors
/// [`MlsError::Unauthorised`], [`MlsError::Disagrees`].
///
/// Source: docs/protocol.md chapter 6; RFC 9420 §12.4.
pub fn check_commit(
    staged: &StagedCommit,
    sender: &Sender,
    leaf_at: &dyn Fn(LeafNodeIndex) -> Option<Leaf>,
    expected: &Expected<'_>,
) -> Result<(), MlsError> {
    let is_sender = match sender {
        Sender::Member(index) => {
            leaf_at(*index) == Some(expected.sender) && !expected.is_external()
        }
        Sender::NewMemberCommit => expected.is_external(),
        Sender::External(_) | Sender::NewMemberProposal => false,
    };
    if !is_sender {
        return Err(MlsError::Disagrees { what: "sender" });
    }
    check_proposals(staged, leaf_at, expected)?;
    let node = staged
        .update_path_leaf_node()
        .ok_or(MlsError::Missing { what: "path" })?;
    if leaf_of(node.credential(), node.signature_key().as_slice())? != expected.sender {
        return Err(MlsError::Disagrees { what: "path" });
    }
    if tree_hash(staged)? == expected.tree_hash {
        Ok(())
    } else {
        Err(MlsError::Disagrees { what: "tree hash" })
    }
}

/// The closed list of proposals: Add and Remove, or one ExternalInit and at most the removal of the same device's old leaf.
fn check_proposals(
    staged: &StagedCommit,
    leaf_at: &dyn Fn(LeafNodeIndex) -> Option<Leaf>,
    expected: &Expected<'_>,
) -> Result<(), MlsError> {
    let mut adds = staged
        .add_proposals()
        .map(|add| {
            let package = add.add_proposal().key_package();
            check_lifetime(package)?;
            let node = package.leaf_node();
            leaf_of(node.credential(), node.signature_key().as_slice())
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    let removes = staged
        .remove_proposals()
        .map(|remove| {
            leaf_at(remove.remove_proposal().removed())
                .map(|leaf| leaf.device)
                .ok_or(MlsError::Missing { what: "member" })
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    if expected.is_external() {
        let inits = staged
            .queued_proposals()
            .filter(|queued| queued.proposal().proposal_type() == ProposalType::ExternalInit)
            .count();
        let others = removes
            .iter()
            .any(|device| *device != expected.sender.device);
        if inits != 1 || others || !adds.insert(expected.sender) {
            return Err(MlsError::Disagrees { what: "proposals" });
        }
    }
    if adds != expected.adds.iter().copied().collect()
        || removes != expected.removes.iter().copied().collect()
    {
        return Err(MlsError::Unauthorised { what: "proposals" });
    }
    // The ExternalInit of an external commit stands where the addition of its sender would.
    if staged.queued_proposals().count() != expected.adds.len() + expected.removes.len() {
        return Err(MlsError::Disagrees { what: "proposals" });
    }
    Ok(())
}

/// Opens a key package and checks that it is one of `leaf` for this suite, without an end of its own.
///
/// # Errors
/// [`MlsError`].
///
/// Source: RFC 9420 §10.1; docs/protocol.md chapter 6.
pub fn check_key_package(
    crypto: &impl OpenMlsCrypto,
    leaf: Leaf,
    bytes: &[u8],
    suite: Suite,
) -> Result<KeyPackage, MlsError> {
    let refused = || MlsError::Disagrees {
        what: "key package",
    };
    let message = MlsMessageIn::tls_deserialize_exact(bytes)
        .map_err(|e| MlsError::library("key package", &e))?;
    let MlsMessageBodyIn::KeyPackage(package) = message.extract() else {
        return Err(refused());
    };
    let package = KeyPackageIn::validate(package, crypto, ProtocolVersion::Mls10)
        .map_err(|e| MlsError::library("key package", &e))?;
    check_lifetime(&package)?;
    let node = package.leaf_node();
    let named = leaf_of(node.credential(), node.signature_key().as_slice())?;
    if named == leaf && package.ciphersuite() == ciphersuite(suite) {
        Ok(package)
    } else {
        Err(refused())
    }
}

/// A leaf that ends by a clock would keep newcomers out one day.
fn check_lifetime(package: &KeyPackage) -> Result<(), MlsError> {
    if *package.life_time() == unlimited() {
        Ok(())
    } else {
        Err(MlsError::Disagrees { what: "lifetime" })
    }
}

/// Tree hash of the epoch that a commit opens.
///
/// # Errors
/// [`MlsError::Disagrees`]: not of this profile's length.
pub fn tree_hash(staged: &StagedCommit) -> Result<Hash, MlsError> {
    hash_of(staged.group_context())
}

pub(crate) fn hash_of(context: &GroupContext) -> Result<Hash, MlsError> {
    context
        .tree_hash()
        .try_into()
        .map(Hash)
        .map_err(|_| MlsError::Disagrees { what: "tree hash" })
}

/// Who a credential with a key names.
///
/// # Errors
/// [`MlsError::Disagrees`]: not a device's.
pub fn leaf_of(credential: &Credential, key: &[u8]) -> Result<Leaf, MlsError> {
    let other = || MlsError::Disagrees { what: "credential" };
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| other())?;
    Ok(Leaf {
        device: DeviceId(basic.identity().try_into().map_err(|_| other())?),
        key: PublicKey(key.try_into().map_err(|_| other())?),
    })
}
