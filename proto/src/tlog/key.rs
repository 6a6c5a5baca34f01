//! Keys of signed notes: names, key ids, verifier keys and the log's signer.
//!
//! In scope: the vkey text format, key types Ed25519 and cosignature/v1, refusal of weak keys.
//! Out of scope: the note around a signature (see `note`) and where private keys are kept.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::text;

/// Name of a key, and the origin of the log that owns it.
///
/// Invariant: 1..=255 bytes, no Unicode white space, no `+`, no control character below U+0020.
///
/// Source: C2SP signed-note, "Format"
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`] with the refused fact (peer's fault).
    ///
    /// Source: C2SP signed-note, "Format"
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > KEY_NAME_LEN_MAX {
            return Err(NameError::TooLong { got: name.len() });
        }
        let forbidden = |got: &char| got.is_whitespace() || *got == '+' || *got < ' ';
        match name.chars().find(forbidden) {
            Some(got) => Err(NameError::ForbiddenCharacter { got }),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Why a text is not a key name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name is empty.
    #[error("key name is empty")]
    Empty,
    /// The name is too long.
    #[error("key name has {got} bytes, at most {KEY_NAME_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The name holds white space, a plus sign or a control character.
    #[error("key name holds {got:?}")]
    ForbiddenCharacter {
        /// The first such character.
        got: char,
    },
}

/// Signature type byte of a key.
///
/// Source: C2SP signed-note, "Signature types"
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyType {
    /// Ed25519 over the note text; the log's own signature.
    Ed25519 = 0x01,
    /// Timestamped Ed25519 cosignature of a witness.
    CosignatureV1 = 0x04,
}

impl KeyType {
    /// Returns the type byte.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        self as u8
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1]
            .into_iter()
            .find(|known| known.to_byte() == byte)
    }
}

/// Short identifier of a key; together with the name it says which key made a signature.
///
/// Four bytes do not resist collisions: a colliding key only yields a signature that fails.
///
/// Source: C2SP signed-note, "Signatures"
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// Computes a key id: the first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
///
/// Source: C2SP signed-note, "Signatures"; vectors: tests/vectors/tlog/signed-note.json
#[must_use]
pub fn key_id(name: &Name, key_type: KeyType, public_key: &[u8; PUBLIC_KEY_LEN]) -> KeyId {
    let digest = Sha256::new()
        .chain_update(name.as_str())
        .chain_update([b'\n', key_type.to_byte()])
        .chain_update(public_key)
        .finalize();
    let [first, second, third, fourth, ..] = digest.0;
    KeyId(u32::from_be_bytes([first, second, third, fourth]))
}

/// A public key with its name and type, as printed in a vkey.
///
/// Invariant: the point is in canonical encoding and not of small order.
///
/// Source: C2SP signed-note, "Verifier keys"; vectors: tests/vectors/tlog/signed-note.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: Name,
    key_type: KeyType,
    id: KeyId,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Checks a public key and gives it a name and a type.
    ///
    /// # Errors
    /// [`PublicKeyError`] if the bytes are not a point, not its canonical encoding, or a point of
    /// small order, under which a signature can hold for many messages (peer's fault).
    ///
    /// Source: RFC 8032 s.5.1.3; C2SP signed-note, "Ed25519 signatures"
    pub fn new(
        name: Name,
        key_type: KeyType,
        public_key: &[u8; PUBLIC_KEY_LEN],
    ) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| PublicKeyError::NotAPoint)?;
        if VerifyingKey::from(key.to_edwards()).as_bytes() != public_key {
            return Err(PublicKeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(PublicKeyError::SmallOrder);
        }
        Ok(Self::from_checked(name, key_type, key))
    }

    /// Reads a vkey: `name+hex(key id)+base64(type ‖ public key)`.
    ///
    /// # Errors
    /// [`VerifierKeyError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP signed-note, "Verifier keys"; vectors: tests/vectors/tlog/signed-note.json
    pub fn parse(vkey: &str) -> Result<Self, VerifierKeyError> {
        if vkey.len() > VKEY_LEN_MAX {
            return Err(VerifierKeyError::TooLong { got: vkey.len() });
        }
        let (name, rest) = vkey.split_once('+').ok_or(VerifierKeyError::MissingField)?;
        let (id, key) = rest.split_once('+').ok_or(VerifierKeyError::MissingField)?;
        let name = Name::parse(name).map_err(VerifierKeyError::Name)?;
        let bytes = text::from_base64(key).ok_or(VerifierKeyError::NotBase64)?;
        let (&type_byte, key) = bytes
            .split_first()
            .ok_or(VerifierKeyError::MissingKeyType)?;
        let key_type = KeyType::from_byte(type_byte)
            .ok_or(VerifierKeyError::UnknownKeyType { got: type_byte })?;
        let key = <&[u8; PUBLIC_KEY_LEN]>::try_from(key)
            .map_err(|_| VerifierKeyError::WrongKeyLength { got: key.len() })?;
        let parsed = Self::new(name, key_type, key).map_err(VerifierKeyError::PublicKey)?;
        // One spelling of the id: eight lower-case digits.
        if parsed.id.to_string() != id {
            return Err(VerifierKeyError::WrongKeyId {
                computed: parsed.id,
            });
        }
        Ok(parsed)
    }

    /// Returns the name of the key.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the signature type.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// Returns the key id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the bytes of the public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; PUBLIC_KEY_LEN] {
        self.key.as_bytes()
    }

    /// Tells whether `signature` is this key's over `message`, by the strict rules: canonical S,
    /// no point of small order.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .and_then(|signature| self.key.verify_strict(message, &signature))
            .is_ok()
    }

    fn from_checked(name: Name, key_type: KeyType, key: VerifyingKey) -> Self {
        let id = key_id(&name, key_type, key.as_bytes());
        Self {
            name,
            key_type,
            id,
            key,
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.key_type.to_byte()];
        bytes.extend_from_slice(self.public_key());
        write!(
            formatter,
            "{}+{}+{}",
            self.name,
            self.id,
            text::base64(&bytes)
        )
    }
}

/// Why bytes are not an acceptable public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// The bytes are not a point of the curve.
    #[error("public key is not a point of the curve")]
    NotAPoint,
    /// The bytes are a second encoding of a point.
    #[error("public key is not in canonical encoding")]
    NotCanonical,
    /// The point is of small order.
    #[error("public key is a point of small order")]
    SmallOrder,
}

/// Why a text is not a vkey.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// The text is longer than any vkey.
    #[error("vkey has {got} bytes, at most {VKEY_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The text does not have three fields.
    #[error("vkey does not have three fields")]
    MissingField,
    /// The first field is not a key name.
    #[error("vkey name is refused")]
    Name(#[source] NameError),
    /// The third field is not canonical base64.
    #[error("vkey key is not canonical base64")]
    NotBase64,
    /// The third field is empty.
    #[error("vkey has no key type")]
    MissingKeyType,
    /// The signature type is not one of [`KeyType`].
    #[error("vkey has unknown key type {got:#04x}")]
    UnknownKeyType {
        /// Type byte found.
        got: u8,
    },
    /// The public key does not have 32 bytes.
    #[error("vkey has a public key of {got} bytes, expected {PUBLIC_KEY_LEN}")]
    WrongKeyLength {
        /// Length in bytes.
        got: usize,
    },
    /// The public key is not acceptable.
    #[error("vkey public key is refused")]
    PublicKey(#[source] PublicKeyError),
    /// The second field is not the id of this key in lower-case hexadecimal.
    #[error("vkey does not carry its key id {computed}")]
    WrongKeyId {
        /// Id computed from name, type and key.
        computed: KeyId,
    },
}

/// The log's Ed25519 key pair with its name. Signs note texts; never printed.
///
/// The private key is wiped from memory when the value is dropped.
///
/// Source: C2SP signed-note, "Ed25519 signatures"; vectors: tests/vectors/tlog/signed-note.json
pub struct NoteSigner {
    verifier_key: VerifierKey,
    signing_key: SigningKey,
}

impl NoteSigner {
    /// Gives a key pair the name under which it signs.
    #[must_use]
    pub fn new(name: Name, signing_key: SigningKey) -> Self {
        let public_key = signing_key.verifying_key();
        let verifier_key = VerifierKey::from_checked(name, KeyType::Ed25519, public_key);
        Self {
            verifier_key,
            signing_key,
        }
    }

    /// Derives the key pair from its 32-byte seed (RFC 8032 s.5.1.5).
    #[must_use]
    pub fn from_seed(name: Name, seed: &[u8; SEED_LEN]) -> Self {
        Self::new(name, SigningKey::from_bytes(seed))
    }

    /// Returns the public half, to be published as a vkey.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    /// The private half, for what the log says in COSE; a note never begins as a `Sig_structure` does.
    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    pub(super) fn sign_text(&self, text: &str) -> [u8; SIGNATURE_LEN] {
        self.signing_key.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NoteSigner({})", self.verifier_key)
    }
}

/// Longest key name and origin in bytes: ML-DSA cosignatures prefix both with a one-byte length.
pub const KEY_NAME_LEN_MAX: usize = 255;

/// Length of an Ed25519 public key in bytes (RFC 8032).
pub const PUBLIC_KEY_LEN: usize = 32;

/// Longest vkey in bytes: a name (255), `+`, eight digits, `+`, base64 of 33 bytes (44).
pub const VKEY_LEN_MAX: usize = KEY_NAME_LEN_MAX + 1 + 8 + 1 + 44;

/// Length of an Ed25519 private key seed in bytes (RFC 8032).
const SEED_LEN: usize = 32;

/// Length of an Ed25519 signature in bytes (RFC 8032).
const SIGNATURE_LEN: usize = 64;

#[cfg(test)]
mod tests;
