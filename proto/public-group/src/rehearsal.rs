//! A member for tests, in memory, whose randomness is a seed: what it makes is the same each time, Welcomes aside.
//!
//! It does what it is told, so it can also be the member who breaks the rules.

use std::sync::{Mutex, RwLock};

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    BasicCredential, CommitMessageBundle, CredentialWithKey, Extension, Extensions, KeyPackage,
    KeyPackageIn, LeafNodeIndex, LeafNodeParameters, Lifetime, MlsGroup, MlsMessageBodyIn,
    MlsMessageIn, MlsMessageOut, OpenMlsCrypto as _, OpenMlsProvider, OpenMlsRand,
    ProcessedMessageContent, ProtocolVersion, RequiredCapabilitiesExtension, SignatureScheme,
    StagedWelcome,
};
use openmls_libcrux_crypto::CryptoProvider;
use openmls_memory_storage::MemoryStorage;
use openmls_traits::signatures::{Signer, SignerError};
use thamvan_proto::channel::{CommitBody, GroupStart, Suite};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{DeviceId, GroupId, PublicKey};
use thamvan_proto::tlog::Hash;

use crate::check::{Leaf, leaf_of};
use crate::group::{open_group_info, open_tree, tree_hash_of};
use crate::profile::{
    capabilities, ciphersuite, create_config, join_config, protocol_message, serialize,
};

/// One device's side of its groups.
pub struct Member {
    device: DeviceId,
    key: [u8; 32],
    provider: Provider,
}

/// What a commit, or the start of a group, gives to the log.
#[derive(Clone, Debug)]
pub struct Made {
    /// The MLSMessage; empty for the start.
    pub commit: Vec<u8>,
    /// GroupInfo of the epoch.
    pub group_info: Vec<u8>,
    /// Ratchet tree of the epoch.
    pub ratchet_tree: Vec<u8>,
    /// Tree hash of the epoch.
    pub tree_hash: Hash,
    /// Welcome, where somebody is added.
    pub welcome: Option<Vec<u8>>,
}

/// A part of a commit.
#[derive(Clone, Debug)]
pub enum Act {
    /// Adds whose key package this is.
    Add(Vec<u8>),
    /// Removes a device.
    Remove(DeviceId),
    /// Changes the group context, which the profile does not allow.
    ChangeContext,
}

impl Made {
    /// Body of the group-start.
    #[must_use]
    pub fn start(&self, group_id: GroupId, generation: u64, suite: Suite) -> GroupStart {
        GroupStart {
            generation,
            group_id,
            suite,
            group_info: sha256(&self.group_info),
            ratchet_tree: sha256(&self.ratchet_tree),
        }
    }

    /// Body of the commit that opens `epoch`.
    #[must_use]
    pub fn body(
        &self,
        generation: u64,
        epoch: u64,
        adds: &[DeviceId],
        removes: &[DeviceId],
    ) -> CommitBody {
        CommitBody {
            commit: self.commit.clone().into(),
            generation,
            epoch,
            group_info: sha256(&self.group_info),
            ratchet_tree: sha256(&self.ratchet_tree),
            tree_hash: self.tree_hash,
            adds: adds.to_vec(),
            removes: removes.to_vec(),
            welcome: self.welcome.as_deref().map(sha256),
        }
    }

    /// The side bodies, in the order in which the body names them.
    #[must_use]
    pub fn sides(&self) -> Vec<Vec<u8>> {
        [
            Some(&self.group_info),
            Some(&self.ratchet_tree),
            self.welcome.as_ref(),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }
}

impl Clone for Member {
    fn clone(&self) -> Self {
        let values = self.provider.storage.values.read().expect(LOCK).clone();
        let drawn = *self.provider.rand.drawn.lock().expect(LOCK);
        let mut member = Self::new(self.device, self.key);
        member.provider.storage.values = RwLock::new(values);
        member.provider.rand.drawn = Mutex::new(drawn);
        member
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({})", self.device)
    }
}

impl Member {
    /// The member with this secret MLS key, which also seeds its randomness.
    #[must_use]
    pub fn new(device: DeviceId, key: [u8; 32]) -> Self {
        let provider = Provider {
            crypto: CryptoProvider::new().expect("randomness of the system"),
            storage: MemoryStorage::default(),
            rand: Script {
                seed: sha256(&[b"thamvan/rehearsal".as_slice(), &key].concat()),
                drawn: Mutex::new(0),
            },
            key,
        };
        Self {
            device,
            key,
            provider,
        }
    }

    /// Its leaf.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        Leaf {
            device: self.device,
            key: self.provider.public(),
        }
    }

    /// A key package.
    #[must_use]
    pub fn key_package(&self, suite: Suite) -> Vec<u8> {
        self.key_package_until(suite, u64::MAX)
    }

    /// A key package that ends at `until` (s), which the profile does not allow.
    #[must_use]
    pub fn key_package_until(&self, suite: Suite, until: u64) -> Vec<u8> {
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .key_package_lifetime(Lifetime::init(0, until))
            .build(
                ciphersuite(suite),
                &self.provider,
                &self.provider,
                self.credential(),
            )
            .expect("a key package");
        serialize(
            "key package",
            &MlsMessageOut::from(bundle.key_package().clone()),
        )
        .expect("bytes")
    }

    /// Creates a group with this member alone.
    #[must_use]
    pub fn start(&self, group: GroupId, suite: Suite) -> Made {
        let group = MlsGroup::new_with_group_id(
            &self.provider,
            &self.provider,
            &create_config(suite),
            mls_id(group),
            self.credential(),
        )
        .expect("a group");
        self.made(&group)
    }

    /// Makes a commit that stays pending until it is merged or discarded.
    #[must_use]
    pub fn commit(&self, group: GroupId, acts: &[Act], authenticated_data: Vec<u8>) -> Made {
        let mut group = self.load(group);
        let (mut packages, mut removed, mut context) = (Vec::new(), Vec::new(), false);
        for act in acts {
            match act {
                Act::Add(bytes) => packages.push(self.open_package(bytes)),
                Act::Remove(device) => removed.push(leaf_index(&group, device)),
                Act::ChangeContext => context = true,
            }
        }
        let before = group.export_ratchet_tree();
        group.set_aad(authenticated_data);
        let mut builder = group
            .commit_builder()
            .force_self_update(true)
            .propose_adds(packages)
            .propose_removals(removed);
        if context {
            let required =
                Extension::RequiredCapabilities(RequiredCapabilitiesExtension::default());
            let extensions = Extensions::single(required).expect("an extension");
            builder = builder
                .propose_group_context_extensions(extensions)
                .expect("a proposal");
        }
        let bundle = builder
            .load_psks(self.provider.storage())
            .expect("no keys")
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                &self.provider,
                |_| true,
            )
            .expect("a commit")
            .stage_commit(&self.provider)
            .expect("a commit");
        let pending = group.pending_commit().expect("a commit");
        let tree = pending
            .export_ratchet_tree(self.provider.crypto(), before)
            .expect("a tree")
            .expect("a tree");
        let tree = serialize("tree", &tree).expect("bytes");
        bundled(bundle, tree)
    }

    /// Joins by an external commit, which is merged at once.
    #[must_use]
    pub fn join_externally(
        &self,
        group_info: &[u8],
        ratchet_tree: &[u8],
        authenticated_data: Vec<u8>,
    ) -> Made {
        let info = open_group_info(group_info).expect("a GroupInfo");
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_config(join_config())
            .with_ratchet_tree(open_tree(ratchet_tree).expect("a tree"))
            .with_aad(authenticated_data)
            .skip_lifetime_validation()
            .build_group(&self.provider, info, self.credential())
            .expect("a group")
            .leaf_node_parameters(
                LeafNodeParameters::builder()
                    .with_capabilities(capabilities())
                    .build(),
            )
            .load_psks(self.provider.storage())
            .expect("no keys")
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                &self.provider,
                |_| true,
            )
            .expect("a commit")
            .finalize(&self.provider)
            .expect("a group");
        let tree = serialize("tree", &group.export_ratchet_tree()).expect("bytes");
        bundled(bundle, tree)
    }

    /// Merges the pending commit.
    pub fn merge(&self, group: GroupId) {
        self.load(group)
            .merge_pending_commit(&self.provider)
            .expect("a pending commit");
    }

    /// Forgets the pending commit.
    pub fn discard(&self, group: GroupId) {
        self.load(group)
            .clear_pending_commit(self.provider.storage())
            .expect("a group");
    }

    /// Applies another member's commit, without a question.
    pub fn apply(&self, group: GroupId, commit: &[u8]) {
        let mut group = self.load(group);
        let message = protocol_message(commit).expect("a message");
        let processed = group
            .process_message(&self.provider, message)
            .expect("a commit of this epoch");
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            panic!("no commit");
        };
        group
            .merge_staged_commit(&self.provider, *staged)
            .expect("a commit");
    }

    /// Joins by a Welcome, without a question.
    pub fn join(&self, welcome: &[u8], ratchet_tree: &[u8]) {
        let MlsMessageBodyIn::Welcome(welcome) = open(welcome) else {
            panic!("no Welcome");
        };
        StagedWelcome::build_from_welcome(&self.provider, &join_config(), welcome)
            .expect("a Welcome for this member")
            .with_ratchet_tree(open_tree(ratchet_tree).expect("a tree"))
            .skip_lifetime_validation()
            .build()
            .expect("a group")
            .into_group(&self.provider)
            .expect("a group");
    }

    /// Encrypts an application message.
    #[must_use]
    pub fn encrypt(&self, group: GroupId, content: &[u8], authenticated_data: Vec<u8>) -> Vec<u8> {
        let mut group = self.load(group);
        group.set_aad(authenticated_data);
        let message = group
            .create_message(&self.provider, &self.provider, content)
            .expect("a message");
        serialize("message", &message).expect("bytes")
    }

    fn made(&self, group: &MlsGroup) -> Made {
        let info = group
            .export_group_info(self.provider.crypto(), &self.provider, false)
            .expect("a GroupInfo");
        let group_info = serialize("group info", &info).expect("bytes");
        let ratchet_tree = serialize("tree", &group.export_ratchet_tree()).expect("bytes");
        Made {
            tree_hash: tree_hash_of(&group_info, &ratchet_tree).expect("a tree"),
            commit: Vec::new(),
            group_info,
            ratchet_tree,
            welcome: None,
        }
    }

    /// A key package as it comes: what breaks the profile is added all the same.
    fn open_package(&self, bytes: &[u8]) -> KeyPackage {
        let MlsMessageBodyIn::KeyPackage(package) = open(bytes) else {
            panic!("no key package");
        };
        KeyPackageIn::validate(package, self.provider.crypto(), ProtocolVersion::Mls10)
            .expect("a key package")
    }

    fn load(&self, group: GroupId) -> MlsGroup {
        MlsGroup::load(self.provider.storage(), &mls_id(group))
            .expect("a group")
            .expect("a group")
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.device.0.to_vec()).into(),
            signature_key: self.provider.public().0.to_vec().into(),
        }
    }
}

fn bundled(bundle: CommitMessageBundle, ratchet_tree: Vec<u8>) -> Made {
    let (commit, welcome, group_info) = bundle.into_messages();
    let bytes = |message: &MlsMessageOut| serialize("message", message).expect("bytes");
    let group_info = bytes(&group_info.expect("a GroupInfo"));
    Made {
        tree_hash: tree_hash_of(&group_info, &ratchet_tree).expect("a tree"),
        commit: bytes(&commit),
        group_info,
        ratchet_tree,
        welcome: welcome.as_ref().map(bytes),
    }
}

fn leaf_index(group: &MlsGroup, device: &DeviceId) -> LeafNodeIndex {
    let member = group.members().find(|member| {
        leaf_of(&member.credential, &member.signature_key).is_ok_and(|leaf| leaf.device == *device)
    });
    member.expect("a member").index
}

fn mls_id(group: GroupId) -> openmls::prelude::GroupId {
    openmls::prelude::GroupId::from_slice(&group.0)
}

fn open(bytes: &[u8]) -> MlsMessageBodyIn {
    MlsMessageIn::tls_deserialize_exact(bytes)
        .expect("a message")
        .extract()
}

struct Provider {
    crypto: CryptoProvider,
    storage: MemoryStorage,
    rand: Script,
    key: [u8; 32],
}

impl Provider {
    fn public(&self) -> PublicKey {
        // The leaf's signature is checked against it wherever it goes.
        let key = ed25519_dalek::SigningKey::from_bytes(&self.key);
        PublicKey(key.verifying_key().to_bytes())
    }
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = CryptoProvider;
    type RandProvider = Script;
    type StorageProvider = MemoryStorage;

    fn storage(&self) -> &MemoryStorage {
        &self.storage
    }

    fn crypto(&self) -> &CryptoProvider {
        &self.crypto
    }

    fn rand(&self) -> &Script {
        &self.rand
    }
}

impl Signer for Provider {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.crypto
            .sign(SignatureScheme::ED25519, payload, &self.key)
            .map_err(SignerError::CryptoError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// Randomness that can be said again.
struct Script {
    seed: Hash,
    drawn: Mutex<u64>,
}

impl OpenMlsRand for Script {
    type Error = std::convert::Infallible;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Self::Error> {
        let mut array = [0; N];
        let bytes = self.random_vec(N)?;
        array.copy_from_slice(&bytes);
        Ok(array)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Self::Error> {
        let mut drawn = self.drawn.lock().expect(LOCK);
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let block = [self.seed.0.as_slice(), &drawn.to_be_bytes()].concat();
            bytes.extend_from_slice(&sha256(&block).0);
            *drawn += 1;
        }
        bytes.truncate(len);
        Ok(bytes)
    }
}

const LOCK: &str = "nobody panics while holding it";
