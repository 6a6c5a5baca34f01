//! What MLS must agree on with the signed log before anything is applied.

use std::collections::BTreeSet;

use openmls::prelude::{
    BasicCredential, Credential, LeafNodeIndex, MlsGroup, Sender, StagedCommit,
};
use thamvan_proto::id::{DeviceId, PublicKey};
use thamvan_proto::tlog::Hash;

use super::{Expected, Leaf, MlsError};

pub(super) fn check_sender(
    group: &MlsGroup,
    credential: &Credential,
    sender: &Sender,
    expected: Leaf,
) -> Result<(), MlsError> {
    let Sender::Member(index) = sender else {
        return Err(MlsError::Disagrees { what: "sender" });
    };
    let member = group
        .member_at(*index)
        .ok_or(MlsError::Disagrees { what: "sender" })?;
    let named = leaf_of(credential, &member.signature_key)?;
    if named == expected {
        Ok(())
    } else {
        Err(MlsError::Disagrees { what: "sender" })
    }
}

pub(super) fn check_commit(
    group: &MlsGroup,
    staged: &StagedCommit,
    expected: &Expected<'_>,
) -> Result<(), MlsError> {
    let adds = staged
        .add_proposals()
        .map(|add| {
            let node = add.add_proposal().key_package().leaf_node();
            leaf_of(node.credential(), node.signature_key().as_slice())
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    let removes = staged
        .remove_proposals()
        .map(|remove| device_at(group, remove.remove_proposal().removed()))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let proposals = staged.queued_proposals().count();
    if adds != expected.adds.iter().copied().collect()
        || removes != expected.removes.iter().copied().collect()
        || proposals != expected.adds.len() + expected.removes.len()
    {
        return Err(MlsError::Disagrees { what: "proposals" });
    }
    if let Some(node) = staged.update_path_leaf_node() {
        let named = leaf_of(node.credential(), node.signature_key().as_slice())?;
        if named != expected.sender {
            return Err(MlsError::Disagrees { what: "path" });
        }
    }
    if tree_hash(staged)? == expected.tree_hash {
        Ok(())
    } else {
        Err(MlsError::Disagrees { what: "tree hash" })
    }
}

pub(super) fn tree_hash(staged: &StagedCommit) -> Result<Hash, MlsError> {
    let bytes = staged.group_context().tree_hash();
    bytes
        .try_into()
        .map(Hash)
        .map_err(|_| MlsError::Disagrees { what: "tree hash" })
}

pub(super) fn leaf_of(credential: &Credential, key: &[u8]) -> Result<Leaf, MlsError> {
    let other = || MlsError::Disagrees { what: "credential" };
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| other())?;
    Ok(Leaf {
        device: DeviceId(basic.identity().try_into().map_err(|_| other())?),
        key: PublicKey(key.try_into().map_err(|_| other())?),
    })
}

pub(super) fn leaf_index(group: &MlsGroup, device: &DeviceId) -> Result<LeafNodeIndex, MlsError> {
    group
        .members()
        .find(|member| {
            leaf_of(&member.credential, &member.signature_key).is_ok_and(|l| l.device == *device)
        })
        .map(|member| member.index)
        .ok_or(MlsError::Missing { what: "member" })
}

fn device_at(group: &MlsGroup, index: LeafNodeIndex) -> Result<DeviceId, MlsError> {
    let member = group
        .member_at(index)
        .ok_or(MlsError::Missing { what: "member" })?;
    Ok(leaf_of(&member.credential, &member.signature_key)?.device)
}
