//! Genesis and root statements: k-of-n root keys, kept offline, at the end of every chain of trust.

use std::collections::BTreeSet;

use ed25519_dalek::{Signer, SigningKey};

use super::roots::RootSet;
use super::statement::Statement;
use crate::cbor::{self, ByteVec, CborError, cbor_array};
use crate::cose::{SignatureError, verify_strict};
use crate::entry::sha256;
use crate::id::{PublicKey, RootKeyId, Salt, Signature};
use crate::limits::{ROOT_STATEMENTS_MAX, STATEMENT_BODY_LEN_MAX};
use crate::tlog::Hash;

cbor_array! {
    /// Where a deployment begins. Its hash is what every client pins.
    pub struct Genesis {
        /// 1.
        pub version: u64,
        /// Origin of the log (C2SP tlog-checkpoint).
        pub origin: String,
        /// First shard.
        pub shard: u64,
        /// k of k-of-n.
        pub threshold: u64,
        /// n root keys.
        pub root_keys: Vec<PublicKey>,
        /// Hash of the CBOR array of the next root keys.
        pub next_roots: Hash,
        /// vkey of the log (C2SP signed-note).
        pub log_key: String,
        /// SHA-256 of the tlog-policy file.
        pub policy: Hash,
        /// Tag key of stream 0.
        pub stream_key: Salt,
        /// When it was made (ms).
        pub made: u64,
    }

    /// One root key's signature.
    pub struct RootSignature {
        /// [`root_key_id`] of the key.
        pub key: RootKeyId,
        /// Over `"thamvan/root/v1" || 0x00 || content`.
        pub signature: Signature,
    }

    /// Content with the signatures of root keys: body of a genesis or root-statement entry.
    pub struct RootSigned {
        /// CBOR of [`Genesis`] or [`RootStatements`].
        pub content: ByteVec,
        /// At least k.
        pub signatures: Vec<RootSignature>,
    }

    /// What root keys state.
    pub struct RootStatements {
        /// Genesis hash: a root statement is worthless for another deployment.
        pub genesis: Hash,
        /// Makes two equal statements differ.
        pub nonce: Salt,
        /// 1 to [`ROOT_STATEMENTS_MAX`] statements.
        pub statements: Vec<Statement>,
    }
}

/// `H(key)[0..16]`.
#[must_use]
pub fn root_key_id(key: &PublicKey) -> RootKeyId {
    let mut id = [0; 16];
    id.copy_from_slice(sha256(&key.0).0.split_at(16).0);
    RootKeyId(id)
}

impl RootSigned {
    /// Signs `content` with each of `keys`.
    #[must_use]
    pub fn sign(content: Vec<u8>, keys: &[&SigningKey]) -> Self {
        let message = message(&content);
        let signatures = keys
            .iter()
            .map(|key| RootSignature {
                key: root_key_id(&PublicKey(key.verifying_key().to_bytes())),
                signature: Signature(key.sign(&message).to_bytes()),
            })
            .collect();
        Self {
            content: content.into(),
            signatures,
        }
    }

    /// Accepts the signatures only if at least k different keys of `roots` signed and none of the signatures is bad.
    fn verify(&self, roots: &RootSet) -> Result<(), AuthorityError> {
        let message = message(&self.content);
        let mut signers = BTreeSet::new();
        for signature in &self.signatures {
            let key = roots
                .keys
                .iter()
                .find(|key| root_key_id(key) == signature.key)
                .ok_or(AuthorityError::UnknownKey { key: signature.key })?;
            verify_strict(key, &message, &signature.signature).map_err(|source| {
                AuthorityError::Signature {
                    key: signature.key,
                    source,
                }
            })?;
            signers.insert(signature.key);
        }
        let (got, needed) = (signers.len() as u64, roots.threshold);
        if got < needed {
            Err(AuthorityError::TooFewSignatures { got, needed })
        } else {
            Ok(())
        }
    }

    /// Parses and verifies a genesis body; gives the genesis and its hash (of the content, which every client pins).
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn open_genesis(body: &[u8]) -> Result<(Genesis, Hash), AuthorityError> {
        let signed: Self = parse(body)?;
        let genesis: Genesis = parse(&signed.content)?;
        let roots = RootSet::of(&genesis);
        if genesis.version != 1 || !roots.is_possible() {
            return Err(AuthorityError::Shape);
        }
        signed.verify(&roots)?;
        let hash = sha256(&signed.content);
        Ok((genesis, hash))
    }

    /// Parses and verifies a root statement by `roots`, made for the genesis with hash `genesis_hash`. A rotation stands alone.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn open_statements(
        body: &[u8],
        roots: &RootSet,
        genesis_hash: &Hash,
    ) -> Result<RootStatements, AuthorityError> {
        let signed: Self = parse(body)?;
        signed.verify(roots)?;
        let statements: RootStatements = parse(&signed.content)?;
        if statements.genesis != *genesis_hash {
            return Err(AuthorityError::OtherGenesis);
        }
        let count = statements.statements.len();
        let mut rotates = statements.statements.iter();
        let rotates = rotates.any(|one| matches!(one, Statement::RootRotation(_)));
        if !(1..=ROOT_STATEMENTS_MAX).contains(&count) || (rotates && count > 1) {
            return Err(AuthorityError::Shape);
        }
        Ok(statements)
    }
}

fn parse<'b, T: minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    bytes: &'b [u8],
) -> Result<T, AuthorityError> {
    cbor::from_slice(bytes, STATEMENT_BODY_LEN_MAX).map_err(AuthorityError::Malformed)
}

fn message(content: &[u8]) -> Vec<u8> {
    [b"thamvan/root/v1\0".as_slice(), content].concat()
}

/// Why a genesis or root statement is refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Not the expected value.
    #[error("root statement is malformed")]
    Malformed(#[source] CborError),
    /// Threshold, number or distinctness of keys or statements.
    #[error("root statement has an impossible threshold, keys or number of statements")]
    Shape,
    /// Signed by a key that is not a root key.
    #[error("root key {key} is not one of the genesis")]
    UnknownKey {
        /// The id given.
        key: RootKeyId,
    },
    /// A bad signature of a root key.
    #[error("signature of root key {key} is bad")]
    Signature {
        /// The key.
        key: RootKeyId,
        /// Cause.
        #[source]
        source: SignatureError,
    },
    /// Fewer than k.
    #[error("{got} root signatures, {needed} needed")]
    TooFewSignatures {
        /// Different keys that signed.
        got: u64,
        /// Threshold.
        needed: u64,
    },
    /// Made for another deployment.
    #[error("root statement names another genesis")]
    OtherGenesis,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<SigningKey> {
        (1..=3).map(|n| SigningKey::from_bytes(&[n; 32])).collect()
    }

    fn genesis(keys: &[SigningKey]) -> Genesis {
        Genesis {
            version: 1,
            origin: "example.org/log".into(),
            shard: 0,
            threshold: 2,
            root_keys: keys
                .iter()
                .map(|k| PublicKey(k.verifying_key().to_bytes()))
                .collect(),
            next_roots: Hash([0; 32]),
            log_key: "vkey".into(),
            policy: Hash([0; 32]),
            stream_key: Salt([1; 32]),
            made: 1,
        }
    }

    #[test]
    fn two_of_three_open_a_genesis_and_one_does_not() {
        let keys = keys();
        let content = cbor::to_vec(&genesis(&keys));
        let two = RootSigned::sign(content.clone(), &[&keys[0], &keys[2]]);
        let (opened, hash) = RootSigned::open_genesis(&cbor::to_vec(&two)).unwrap();
        assert_eq!((opened, hash), (genesis(&keys), sha256(&content)));
        let twice = RootSigned::sign(content, &[&keys[0], &keys[0]]);
        assert!(matches!(
            RootSigned::open_genesis(&cbor::to_vec(&twice)),
            Err(AuthorityError::TooFewSignatures { got: 1, needed: 2 })
        ));
    }

    #[test]
    fn refuses_a_stranger_a_bad_signature_and_an_impossible_threshold() {
        let keys = keys();
        let stranger = SigningKey::from_bytes(&[9; 32]);
        let content = cbor::to_vec(&genesis(&keys));
        let signed = RootSigned::sign(content.clone(), &[&keys[0], &keys[1], &stranger]);
        let opened = RootSigned::open_genesis(&cbor::to_vec(&signed));
        assert!(matches!(opened, Err(AuthorityError::UnknownKey { .. })));
        let mut bad = RootSigned::sign(content, &[&keys[0], &keys[1]]);
        bad.signatures[1].signature.0[3] ^= 1;
        let opened = RootSigned::open_genesis(&cbor::to_vec(&bad));
        assert!(matches!(opened, Err(AuthorityError::Signature { .. })));
        for threshold in [0, 4] {
            let other = Genesis {
                threshold,
                ..genesis(&keys)
            };
            let all: Vec<&SigningKey> = keys.iter().collect();
            let signed = RootSigned::sign(cbor::to_vec(&other), &all);
            let opened = RootSigned::open_genesis(&cbor::to_vec(&signed));
            assert!(matches!(opened, Err(AuthorityError::Shape)));
        }
    }
}
