//! The signed refusal: the log says that it will never sequence an entry. The entry in the log all the same is evidence.
//!
//! In scope: the envelope, signing, opening. Out of scope: which refusals are final (`Ledger::is_final`).

use crate::cbor::{self, cbor_array};
use crate::cose::{self, EnvelopeError, NoParameters, SignatureError};
use crate::error_code::ErrorCode;
use crate::id::{DeviceId, PublicKey, RootKeyId};
use crate::limits::REFUSAL_LEN_MAX;
use crate::tlog::{Hash, NoteSigner, VerifierKey};

cbor_array! {
    /// What the log key signs about an entry that it refuses for ever.
    pub struct RefusalFacts {
        /// 1.
        pub version: u64,
        /// Origin of the log.
        pub origin: String,
        /// Shard of the log.
        pub shard: u64,
        /// SHA-256 of the entry.
        pub entry: Hash,
        /// Why; the code of the frame around it.
        pub code: ErrorCode,
        /// Log time of the last record (ms).
        pub time: u64,
        /// Tree size, in entries.
        pub size: u64,
    }
}

impl RefusalFacts {
    /// Signs the refusal with the log key. Cost: one Ed25519 signature (about 50 us).
    #[must_use]
    pub fn sign(&self, signer: &NoteSigner) -> Vec<u8> {
        let protected = cose::protected(log_key_id(signer.verifier_key()), TYP, &NoParameters);
        cose::sign(&protected, &cbor::to_vec(self), signer.signing_key())
    }

    /// Opens a refusal that `key` signed.
    ///
    /// `bytes`: at most [`REFUSAL_LEN_MAX`]. Cost: one strict Ed25519 verification.
    ///
    /// # Errors
    /// [`RefusalError`]: peer's fault, always.
    ///
    /// Source: docs/protocol.md chapter 9.
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<Self, RefusalError> {
        let (envelope, NoParameters) = cose::parse(bytes, TYP, REFUSAL_LEN_MAX)?;
        let facts: Self = cbor::from_slice(&envelope.payload, REFUSAL_LEN_MAX)
            .map_err(|_| EnvelopeError::Malformed)?;
        if envelope.signer != log_key_id(key)
            || facts.version != 1
            || facts.origin != key.name().as_str()
        {
            return Err(EnvelopeError::Malformed.into());
        }
        envelope.verify(&PublicKey(*key.public_key()))?;
        Ok(facts)
    }
}

/// The `kid` of what the log key signs apart from checkpoints: the first 16 bytes of SHA-256 of its public key.
#[must_use]
pub fn log_key_id(key: &VerifierKey) -> DeviceId {
    let RootKeyId(id) = crate::directory::root_key_id(&PublicKey(*key.public_key()));
    DeviceId(id)
}

/// Why bytes are not a refusal of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusalError {
    /// Not a refusal, or another log's.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by the log key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

const TYP: &str = "thamvan/refusal1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::login::Login;
    use crate::tlog::Name;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::from_seed(Name::parse(name).unwrap(), &[seed; 32])
    }

    fn facts() -> RefusalFacts {
        RefusalFacts {
            version: 1,
            origin: "example.org/log".into(),
            shard: 0,
            entry: Hash([7; 32]),
            code: ErrorCode::StaleEpoch,
            time: 1_790_000_000_000,
            size: 20,
        }
    }

    #[test]
    fn opens_under_its_key_and_no_other_and_is_nothing_else() {
        let log = signer("example.org/log", 1);
        let bytes = facts().sign(&log);
        assert_eq!(RefusalFacts::open(&bytes, log.verifier_key()), Ok(facts()));
        for other in [signer("example.org/log", 2), signer("example.org/other", 1)] {
            assert!(RefusalFacts::open(&bytes, other.verifier_key()).is_err());
        }
        assert!(Entry::parse(&bytes).is_err());
        assert!(Login::parse(&bytes).is_err());
        assert!(bytes.len() < REFUSAL_LEN_MAX);
    }

    #[test]
    fn no_changed_byte_opens() {
        let log = signer("example.org/log", 1);
        let bytes = facts().sign(&log);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let opened = RefusalFacts::open(&changed, log.verifier_key());
            assert!(opened.is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_version_of_the_future_is_refused() {
        let log = signer("example.org/log", 1);
        let future = RefusalFacts {
            version: 2,
            ..facts()
        };
        let opened = RefusalFacts::open(&future.sign(&log), log.verifier_key());
        assert_eq!(opened, Err(EnvelopeError::Malformed.into()));
    }
}
