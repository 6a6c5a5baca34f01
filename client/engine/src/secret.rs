//! A passphrase, and the key that it opens: Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::EngineError;

/// A passphrase; never printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes a passphrase; one line feed at its end, as files have it, is not part of it.
    #[must_use]
    pub fn new(mut text: String) -> Self {
        if text.ends_with('\n') {
            text.pop();
        }
        if text.ends_with('\r') {
            text.pop();
        }
        Self(text)
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// A 32-byte key derived from a passphrase.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DerivedKey(pub(crate) [u8; 32]);

/// Derives the key. Cost: about 0.15 s and 64 MiB.
pub(crate) fn derive(
    passphrase: &Passphrase,
    salt: &[u8; SALT_LEN],
) -> Result<DerivedKey, EngineError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).map_err(|_| {
        EngineError::StoreDamaged {
            what: "key derivation parameters",
        }
    })?;
    let mut key = DerivedKey([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, &mut key.0)
        .map_err(|_| EngineError::StoreDamaged {
            what: "key derivation",
        })?;
    Ok(key)
}

pub(crate) const SALT_LEN: usize = 16;
/// RFC 9106 §4, second recommended option: 64 MiB, 3 passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
