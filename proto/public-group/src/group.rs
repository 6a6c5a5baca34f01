//! A group as it is seen from outside: opened from GroupInfo and tree, followed from commit to commit.

use std::collections::BTreeSet;

use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    ConfirmationTag, GroupContext, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    OpenMlsSignaturePublicKey, ProcessedMessageContent, ProposalStore, ProtocolMessage,
    PublicGroup as Tracked, RatchetTreeIn, Sender, SignatureScheme, StagedCommit, Verifiable as _,
};
use openmls::treesync::LeafNodeSource;
use openmls_libcrux_crypto::CryptoProvider;
use openmls_memory_storage::MemoryStorage;
use thamvan_proto::channel::Suite;
use thamvan_proto::id::GroupId;
use thamvan_proto::tlog::Hash;

use crate::check::{Expected, Leaf, check_commit, hash_of, leaf_of};
use crate::error::MlsError;
use crate::profile::{ciphersuite, protocol_message, serialize, unlimited};

/// Where a group stands, in the words of the log.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Group id.
    pub group: GroupId,
    /// Suite of `stream-open`.
    pub suite: Suite,
    /// Epoch.
    pub epoch: u64,
    /// Who is in it, with the enrolled keys.
    pub roster: &'a BTreeSet<Leaf>,
    /// Tree hash, where a commit has named it.
    pub tree_hash: Option<Hash>,
}

/// The parts of a commit that is one unit.
#[derive(Clone, Copy, Debug)]
pub struct CommitParts<'a> {
    /// The MLSMessage.
    pub commit: &'a [u8],
    /// GroupInfo of the new epoch; an auditor's copy may lack it.
    pub group_info: Option<&'a [u8]>,
    /// Welcome, where the commit has one and it may be seen.
    pub welcome: Option<&'a [u8]>,
}

/// A commit that passed [`PublicGroup::check`].
#[derive(Debug)]
pub struct Checked(StagedCommit);

/// The public state of one group.
pub struct PublicGroup {
    crypto: CryptoProvider,
    tracked: Tracked,
}

impl std::fmt::Debug for PublicGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicGroup(epoch {})", self.epoch())
    }
}

impl PublicGroup {
    /// Opens a group from what the log keeps of it, if that is a group of `start` and nothing else.
    ///
    /// Cost: one signature verification for each leaf.
    ///
    /// # Errors
    /// [`MlsError`].
    ///
    /// Source: RFC 9420 §12.4.3; docs/protocol.md chapter 6.
    pub fn open(
        start: &Start<'_>,
        group_info: &[u8],
        ratchet_tree: &[u8],
    ) -> Result<Self, MlsError> {
        let group = Self::unchecked(group_info, ratchet_tree)?;
        group.check_start(start)?;
        if group.ratchet_tree()? == ratchet_tree {
            Ok(group)
        } else {
            Err(MlsError::Disagrees {
                what: "ratchet tree",
            })
        }
    }

    fn unchecked(group_info: &[u8], ratchet_tree: &[u8]) -> Result<Self, MlsError> {
        let crypto = CryptoProvider::new().map_err(|e| MlsError::library("crypto", &e))?;
        let (tracked, _) = Tracked::from_external(
            &crypto,
            &MemoryStorage::default(),
            open_tree(ratchet_tree)?,
            open_group_info(group_info)?,
            ProposalStore::new(),
        )
        .map_err(|e| MlsError::library("group info", &e))?;
        Ok(Self { crypto, tracked })
    }

    fn check_start(&self, start: &Start<'_>) -> Result<(), MlsError> {
        let context = self.tracked.group_context();
        let has_tree = start
            .tree_hash
            .is_none_or(|hash| context.tree_hash() == hash.0.as_slice());
        if context.group_id().as_slice() != start.group.0
            || context.epoch().as_u64() != start.epoch
            || context.ciphersuite() != ciphersuite(start.suite)
            || context.extensions().iter().next().is_some()
            || !has_tree
        {
            return Err(MlsError::Disagrees { what: "group" });
        }
        if self.roster()? != *start.roster {
            return Err(MlsError::Unauthorised { what: "roster" });
        }
        let limited = self.tracked.members().any(|member| {
            let node = self.tracked.leaf(member.index);
            let source = node.map(openmls::prelude::LeafNode::leaf_node_source);
            matches!(source, Some(LeafNodeSource::KeyPackage(lifetime)) if *lifetime != unlimited())
        });
        if limited {
            return Err(MlsError::Disagrees { what: "lifetime" });
        }
        Ok(())
    }

    /// Who is in the group.
    ///
    /// # Errors
    /// [`MlsError::Disagrees`]: a leaf is no device's.
    pub fn roster(&self) -> Result<BTreeSet<Leaf>, MlsError> {
        self.tracked
            .members()
            .map(|member| leaf_of(&member.credential, &member.signature_key))
            .collect()
    }

    /// Epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.tracked.group_context().epoch().as_u64()
    }

    /// Checks a commit against its signed body, without changing anything.
    ///
    /// # Errors
    /// [`MlsError`].
    ///
    /// Source: RFC 9420 §12.4.2; docs/protocol.md chapter 6.
    pub fn check(
        &self,
        parts: &CommitParts<'_>,
        expected: &Expected<'_>,
    ) -> Result<Checked, MlsError> {
        let ProtocolMessage::PublicMessage(message) = protocol_message(parts.commit)? else {
            return Err(MlsError::Disagrees { what: "content" });
        };
        let tag = message.confirmation_tag().cloned();
        let tag = tag.ok_or(MlsError::Missing {
            what: "confirmation tag",
        })?;
        let processed = self
            .tracked
            .process_message(&self.crypto, *message)
            .map_err(|e| MlsError::library("commit", &e))?;
        let sender = processed.sender().clone();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(MlsError::Disagrees { what: "content" });
        };
        check_commit(&staged, &sender, &|index| self.leaf_at(index), expected)?;
        if let Some(group_info) = parts.group_info {
            let index = match sender {
                Sender::Member(index) => index,
                Sender::NewMemberCommit | Sender::External(_) | Sender::NewMemberProposal => self
                    .tracked
                    .ext_commit_sender_index(&staged)
                    .map_err(|e| MlsError::library("sender", &e))?,
            };
            let context = staged.group_context();
            self.check_group_info(context, tag, index, expected.sender, group_info)?;
        }
        if let Some(welcome) = parts.welcome {
            self.check_welcome(&staged, welcome)?;
        }
        Ok(Checked(*staged))
    }

    /// Merges a checked commit. What does not lead to `ratchet_tree` leads nowhere.
    ///
    /// # Errors
    /// [`MlsError::Disagrees`]: the group is gone and must be opened again.
    pub fn merge(
        mut self,
        checked: Checked,
        ratchet_tree: Option<&[u8]>,
    ) -> Result<Self, MlsError> {
        self.tracked
            .merge_commit(&MemoryStorage::default(), checked.0)
            .map_err(|e| MlsError::library("merge", &e))?;
        let leads_there = match ratchet_tree {
            Some(bytes) => self.ratchet_tree()? == bytes,
            None => true,
        };
        if leads_there {
            Ok(self)
        } else {
            Err(MlsError::Disagrees {
                what: "ratchet tree",
            })
        }
    }

    fn ratchet_tree(&self) -> Result<Vec<u8>, MlsError> {
        serialize("ratchet tree", &self.tracked.export_ratchet_tree())
    }

    fn leaf_at(&self, index: LeafNodeIndex) -> Option<Leaf> {
        let node = self.tracked.leaf(index)?;
        leaf_of(node.credential(), node.signature_key().as_slice()).ok()
    }

    /// The commit's signature does not cover its tag; the GroupInfo's does. It must be the one of this very epoch, to the byte.
    fn check_group_info(
        &self,
        context: &GroupContext,
        tag: ConfirmationTag,
        index: LeafNodeIndex,
        signer: Leaf,
        bytes: &[u8],
    ) -> Result<(), MlsError> {
        let given = open_group_info(bytes)?;
        let extensions = given.extensions().clone();
        let rebuilt = VerifiableGroupInfo::new(
            context.clone(),
            extensions.clone(),
            tag,
            index,
            given.signature().clone(),
        );
        let key = OpenMlsSignaturePublicKey::from_signature_key(
            signer.key.0.to_vec().into(),
            SignatureScheme::ED25519,
        );
        let verified = rebuilt
            .verify(&self.crypto, &key)
            .map_err(|e| MlsError::library("group info", &e))?;
        let is_same = serialize("group info", &MlsMessageOut::from(verified))? == bytes;
        if is_same && extensions.external_pub().is_some() && extensions.iter().count() == 1 {
            Ok(())
        } else {
            Err(MlsError::Disagrees { what: "group info" })
        }
    }

    /// A Welcome is for the key packages that the commit adds, each once.
    fn check_welcome(&self, staged: &StagedCommit, bytes: &[u8]) -> Result<(), MlsError> {
        let message = MlsMessageIn::tls_deserialize_exact(bytes)
            .map_err(|e| MlsError::library("welcome", &e))?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            return Err(MlsError::Disagrees { what: "welcome" });
        };
        let mut named: Vec<_> = welcome
            .secrets()
            .iter()
            .map(|secret| secret.new_member().as_slice().to_vec())
            .collect();
        let mut added = staged
            .add_proposals()
            .map(|add| {
                let hash = add.add_proposal().key_package().hash_ref(&self.crypto);
                hash.map(|hash| hash.as_slice().to_vec())
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| MlsError::library("welcome", &e))?;
        named.sort();
        added.sort();
        if named == added && welcome.ciphersuite() == self.tracked.ciphersuite() {
            Ok(())
        } else {
            Err(MlsError::Disagrees { what: "welcome" })
        }
    }
}

/// The tree hash of the epoch that this GroupInfo and tree open, for who made them.
///
/// # Errors
/// [`MlsError`].
pub fn tree_hash_of(group_info: &[u8], ratchet_tree: &[u8]) -> Result<Hash, MlsError> {
    let group = PublicGroup::unchecked(group_info, ratchet_tree)?;
    hash_of(group.tracked.group_context())
}

/// Opens a ratchet tree.
///
/// # Errors
/// [`MlsError`].
pub fn open_tree(bytes: &[u8]) -> Result<RatchetTreeIn, MlsError> {
    RatchetTreeIn::tls_deserialize_exact(bytes).map_err(|e| MlsError::library("ratchet tree", &e))
}

/// Opens a GroupInfo.
///
/// # Errors
/// [`MlsError`].
pub fn open_group_info(bytes: &[u8]) -> Result<VerifiableGroupInfo, MlsError> {
    let message = MlsMessageIn::tls_deserialize_exact(bytes)
        .map_err(|e| MlsError::library("group info", &e))?;
    if let MlsMessageBodyIn::GroupInfo(info) = message.extract() {
        Ok(info)
    } else {
        Err(MlsError::Disagrees { what: "group info" })
    }
}
