//! Cosignatures: what a witness says about a checkpoint, and when.
//!
//! In scope: cosignature/v1 with Ed25519, making and checking one line.
//! Out of scope: how many witnesses are enough (see [`Policy`](super::Policy)), how old a
//! cosignature may be, and what the text says (see `checkpoint`).

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};

use super::key::{KeyType, Name, VerifierKey};
use super::note::{NoteSignature, SignedNote};

/// A cosignature that has been verified: by whom and when.
///
/// Its meaning: as of this time, the checkpoint was the largest consistent one that the witness
/// had seen of its log. Nothing is said about extension lines.
///
/// Source: C2SP tlog-cosignature, "Signed message"; vectors: tests/vectors/tlog/cosignature.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness's key.
    pub witness: Name,
    /// Time of the cosignature, in seconds since 1970-01-01T00:00Z, by the witness's clock.
    pub time_s: u64,
}

impl Cosignature {
    /// Verifies that `line` is the cosignature of `key` over `text`, by the strict rules of
    /// Ed25519.
    ///
    /// `key`: of type cosignature/v1. `text`: the whole note text of the checkpoint with its final
    /// newline.
    ///
    /// # Errors
    /// [`CosignatureError`] with the refused fact: peer's fault, but
    /// [`WrongKeyType`](CosignatureError::WrongKeyType) and
    /// [`OtherKey`](CosignatureError::OtherKey) are ours.
    ///
    /// Source: C2SP tlog-cosignature, "Format"; vectors: tests/vectors/tlog/cosignature.json
    pub fn verify(
        line: &NoteSignature,
        key: &VerifierKey,
        text: &str,
    ) -> Result<Self, CosignatureError> {
        if key.key_type() != KeyType::CosignatureV1 {
            return Err(CosignatureError::WrongKeyType {
                got: key.key_type(),
            });
        }
        if !line.is_by(key) {
            return Err(CosignatureError::OtherKey);
        }
        //= https://c2sp.org/tlog-cosignature#format
        //# The signature MUST be a 72-byte `timestamped_signature` structure.
        let got = line.bytes().len();
        let (time, signature) = match line.bytes().split_first_chunk() {
            Some((time, signature)) if got == COSIGNATURE_LEN => (time, signature),
            _ => return Err(CosignatureError::WrongLength { got }),
        };
        let time_s = u64::from_be_bytes(*time);
        if !key.verifies(message(time_s, text).as_bytes(), signature) {
            return Err(CosignatureError::BadSignature);
        }
        Ok(Self {
            witness: key.name().clone(),
            time_s,
        })
    }
}

/// Why a line is not the cosignature it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The given key does not make cosignatures.
    #[error("key of type {got:?} does not make cosignatures")]
    WrongKeyType {
        /// Type of the key.
        got: KeyType,
    },
    /// The line carries another name or key id than the given key.
    #[error("cosignature names another key")]
    OtherKey,
    /// The signature field does not hold a time and an Ed25519 signature.
    #[error("cosignature has {got} bytes, expected {COSIGNATURE_LEN}")]
    WrongLength {
        /// Length in bytes, without the key id.
        got: usize,
    },
    /// The signature is not by this key over this time and text.
    #[error("cosignature does not verify")]
    BadSignature,
}

/// A witness's Ed25519 key pair with its name. Cosigns checkpoints; never printed.
///
/// The signed bytes do not commit to the witness's name: a key pair belongs to one witness and is
/// used for nothing else. The private key is wiped from memory when the value is dropped.
///
/// Source: C2SP tlog-cosignature, "Format"; vectors: tests/vectors/tlog/cosignature.json
pub struct CosignatureSigner {
    verifier_key: VerifierKey,
    signing_key: SigningKey,
}

impl CosignatureSigner {
    /// Derives the key pair from its 32-byte seed (RFC 8032 s.5.1.5) and gives it a name.
    #[must_use]
    pub fn from_seed(name: Name, seed: &[u8; 32]) -> Self {
        let signing_key = SigningKey::from_bytes(seed);
        let public_key = signing_key.verifying_key().to_bytes();
        let verifier_key = VerifierKey::new(name, KeyType::CosignatureV1, &public_key)
            .expect("a public key made from a seed is a canonical point of large order");
        Self {
            verifier_key,
            signing_key,
        }
    }

    /// Returns the public half, to be published as a vkey.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    /// Cosigns the checkpoint in `note` at `time_s` seconds since 1970-01-01T00:00Z.
    ///
    /// The caller has verified that the log signed the checkpoint and that it extends the last one
    /// cosigned, and stores it before anyone sees the line. Signatures on `note` do not matter.
    ///
    /// Source: C2SP tlog-cosignature, "Signed message";
    /// vectors: tests/vectors/tlog/cosignature.json
    #[must_use]
    pub fn cosign(&self, note: &SignedNote, time_s: u64) -> NoteSignature {
        let message = message(time_s, note.text());
        let signature = self.signing_key.sign(message.as_bytes()).to_bytes();
        let bytes = [time_s.to_be_bytes().as_slice(), &signature].concat();
        NoteSignature::by(&self.verifier_key, bytes)
    }
}

impl fmt::Debug for CosignatureSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CosignatureSigner({})", self.verifier_key)
    }
}

/// The signed bytes; the header separates them from everything else that a key may sign.
fn message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// Length of the signature field after the key id: a time of 8 bytes and an Ed25519 signature.
pub const COSIGNATURE_LEN: usize = 8 + 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::key::NoteSigner;
    use crate::tlog::{Checkpoint, EMPTY_ROOT};

    const TIME_S: u64 = 1_763_700_000;

    fn name(name: &str) -> Name {
        Name::parse(name).unwrap()
    }

    fn witness() -> CosignatureSigner {
        CosignatureSigner::from_seed(name("w.example"), &[9; 32])
    }

    fn note(size: u64) -> SignedNote {
        let origin = name("log.example");
        let (log, root) = (NoteSigner::from_seed(origin.clone(), &[3; 32]), EMPTY_ROOT);
        let checkpoint = Checkpoint { origin, size, root };
        SignedNote::sign(&checkpoint.to_string(), &[&log]).unwrap()
    }

    /// `line` with its signature bytes changed by `change`.
    fn changed(line: &NoteSignature, change: impl FnOnce(&mut Vec<u8>)) -> NoteSignature {
        let mut bytes = line.bytes().to_vec();
        change(&mut bytes);
        NoteSignature::by(witness().verifier_key(), bytes)
    }

    #[test]
    fn a_cosignature_verifies_at_every_time_and_as_a_line() {
        let (witness, note) = (witness(), note(5));
        for time_s in [0, 1, TIME_S, u64::MAX] {
            let line = witness.cosign(&note, time_s);
            let read = NoteSignature::parse(&line.to_string()).unwrap();
            assert_eq!(
                Cosignature::verify(&read, witness.verifier_key(), note.text()),
                Ok(Cosignature {
                    witness: name("w.example"),
                    time_s
                })
            );
            let cosigned = note.clone().with_signature(line).unwrap();
            assert_eq!(witness.cosign(&cosigned, time_s), read);
        }
    }

    #[test]
    fn another_time_text_or_key_is_refused() {
        let (witness, note_5) = (witness(), note(5));
        let (line, key) = (witness.cosign(&note_5, TIME_S), witness.verifier_key());
        let bad = Err(CosignatureError::BadSignature);
        assert_eq!(Cosignature::verify(&line, key, note(6).text()), bad);
        let without_newline = note_5.text().trim_end();
        assert_eq!(Cosignature::verify(&line, key, without_newline), bad);
        for position in 0..COSIGNATURE_LEN {
            let line = changed(&line, |bytes| bytes[position] ^= 1);
            assert_eq!(Cosignature::verify(&line, key, note_5.text()), bad);
        }
        let other = CosignatureSigner::from_seed(name("w.example"), &[8; 32]);
        assert_eq!(
            Cosignature::verify(&line, other.verifier_key(), note_5.text()),
            Err(CosignatureError::OtherKey)
        );
        // The same public key as a log's: the id of a cosigner's key commits to the type.
        let log = NoteSigner::from_seed(name("w.example"), &[9; 32]);
        assert_eq!(
            Cosignature::verify(&line, log.verifier_key(), note_5.text()),
            Err(CosignatureError::WrongKeyType {
                got: KeyType::Ed25519
            })
        );
    }

    #[test]
    fn a_field_of_another_length_is_refused() {
        let (witness, note) = (witness(), note(5));
        let line = witness.cosign(&note, TIME_S);
        for got in [1, 7, 8, 64, COSIGNATURE_LEN - 1, COSIGNATURE_LEN + 1] {
            let line = changed(&line, |bytes| bytes.resize(got, 0));
            assert_eq!(
                Cosignature::verify(&line, witness.verifier_key(), note.text()),
                Err(CosignatureError::WrongLength { got })
            );
        }
    }

    #[test]
    fn a_plain_signature_of_the_same_key_is_no_cosignature() {
        let (witness, note) = (witness(), note(5));
        let log = NoteSigner::from_seed(name("w.example"), &[9; 32]);
        let plain = SignedNote::sign(note.text(), &[&log]).unwrap();
        let plain = plain.signatures()[0].bytes();
        let stamped = [TIME_S.to_be_bytes().as_slice(), plain].concat();
        let line = NoteSignature::by(witness.verifier_key(), stamped);
        assert_eq!(
            Cosignature::verify(&line, witness.verifier_key(), note.text()),
            Err(CosignatureError::BadSignature)
        );
        assert!(!format!("{witness:?}").contains("signing_key"));
    }
}
