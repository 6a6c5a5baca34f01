//! Tree hashing of RFC 6962: one hash type, leaf and node hashes, and the definition of the root.
//!
//! In scope: the hash functions and a root computed from the definition alone.
//! Out of scope: keeping hashes between calls (see [`Tree`](super::Tree)) and proofs.

use std::fmt;

use sha2::{Digest, Sha256};

use super::text;

/// A SHA-256 value of the log: a leaf hash, a node hash or a root hash.
///
/// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_LEN]);

impl Hash {
    /// Writes the hash as 44 characters of standard base64.
    ///
    /// Source: C2SP tlog-checkpoint, "Note text", line 3
    #[must_use]
    pub fn to_base64(&self) -> String {
        text::base64(&self.0)
    }

    /// Reads a hash from standard base64 in its only accepted spelling.
    ///
    /// # Errors
    /// [`HashTextError`] if `text` is not canonical base64 of exactly 32 bytes (peer's fault).
    ///
    /// Source: C2SP tlog-checkpoint, "Note text", line 3
    pub fn from_base64(text: &str) -> Result<Self, HashTextError> {
        let bytes = text::from_base64(text).ok_or(HashTextError::NotBase64)?;
        let hash = bytes.try_into();
        hash.map(Self)
            .map_err(|bytes| HashTextError::WrongLength { got: bytes.len() })
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Why a text is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashTextError {
    /// The text is not base64, or not its only accepted spelling.
    #[error("hash is not canonical base64")]
    NotBase64,
    /// The text holds some other number of bytes than 32.
    #[error("hash has {got} bytes, expected {HASH_LEN}")]
    WrongLength {
        /// Number of bytes found.
        got: usize,
    },
}

/// Computes the hash of one log entry: SHA-256(0x00 ‖ entry).
///
/// `entry`: the bytes as they stand in the entry bundle, without the length prefix.
///
/// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([LEAF_PREFIX])
            .chain_update(entry)
            .finalize()
            .into(),
    )
}

/// Computes the hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
///
/// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hasher = Sha256::new()
        .chain_update([NODE_PREFIX])
        .chain_update(left)
        .chain_update(right);
    Hash(hasher.finalize().into())
}

/// Computes the root over leaf hashes by the recursive definition, sharing no code with
/// [`Tree`](super::Tree).
///
/// `leaves`: all leaf hashes in order. The log compares both results before it signs, so a fault
/// in the incremental tree cannot reach a checkpoint. Cost: n - 1 hashes, recursion depth log2 n.
///
/// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
#[must_use]
pub fn root_of_leaves(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [only] => *only,
        several => {
            //= https://www.rfc-editor.org/rfc/rfc6962#section-2.1
            //# For n > 1, let k be the largest power of two smaller than n
            let k = several.len().next_power_of_two() / 2;
            let (left, right) = several.split_at(k);
            node_hash(&root_of_leaves(left), &root_of_leaves(right))
        }
    }
}

/// Length of a hash in bytes (SHA-256).
pub const HASH_LEN: usize = 32;

/// Root hash of the tree without entries: SHA-256 of the empty string (RFC 6962 s.2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, Hash(Sha256::digest(b"").into()));
        assert_eq!(root_of_leaves(&[]), EMPTY_ROOT);
    }

    #[test]
    fn leaf_and_node_hashes_are_separated() {
        let leaf = leaf_hash(b"");
        assert_eq!(
            format!("{leaf:?}"),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        let joined = [leaf.0, leaf.0].concat();
        assert_ne!(node_hash(&leaf, &leaf), leaf_hash(&joined));
    }

    #[test]
    fn three_leaves_split_two_and_one() {
        let [a, b, c] = [b"a", b"b", b"c"].map(|entry| leaf_hash(entry));
        assert_eq!(root_of_leaves(&[a]), a);
        assert_eq!(
            root_of_leaves(&[a, b, c]),
            node_hash(&node_hash(&a, &b), &c)
        );
    }

    #[test]
    fn base64_takes_exactly_32_bytes() {
        let text = EMPTY_ROOT.to_base64();
        assert_eq!(text, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Hash::from_base64(&text), Ok(EMPTY_ROOT));
        for got in [0, 31, 33] {
            let encoded = text::base64(&vec![0; got]);
            assert_eq!(
                Hash::from_base64(&encoded),
                Err(HashTextError::WrongLength { got })
            );
        }
        assert_eq!(
            Hash::from_base64(text.trim_end_matches('=')),
            Err(HashTextError::NotBase64)
        );
    }
}
