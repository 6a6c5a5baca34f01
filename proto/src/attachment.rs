//! Attachments: a part whose bytes are fetched apart, and the part beside it that says how.
//!
//! In scope: the pair of parts in any content, and what it must agree on. Out of scope: encryption and transfer (the engine), who
//! may have the blob (`server/core`).

use std::collections::BTreeMap;
use std::fmt;

use crate::cbor::{self, cbor_array};
use crate::commitment::{Content, Part, PartFacts, PartRole};
use crate::id::NoncePrefix;
use crate::limits::{
    ATTACHMENT_CHUNK_LEN_MAX, ATTACHMENT_CHUNK_LEN_MIN, BLOB_LEN_MAX, FILE_NAME_LEN_MAX,
    MESSAGE_BODY_LEN_MAX,
};
use crate::tlog::Hash;

/// The key of one blob; it is made for it, and never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BlobKey(pub [u8; 32]);

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey(..)")
    }
}

impl<C> minicbor::Encode<C> for BlobKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for BlobKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        cbor::fixed_bytes(d).map(Self)
    }
}

cbor_array! {
    /// Bytes of a part of role 12: how the blob of an attachment is found and opened.
    pub struct AttachmentKey {
        /// The part of role 5 that it belongs to, from 0.
        pub part: u64,
        /// SHA-256 of the blob.
        pub blob: Hash,
        /// Bytes of the blob.
        pub size: u64,
        /// Key.
        pub key: BlobKey,
        /// Nonce prefix of the STREAM construction.
        pub nonce: NoncePrefix,
        /// Plaintext bytes of every chunk but the last.
        pub chunk: u64,
        /// Name of the file, as its sender has it: not to be shown as it is, and never a path.
        pub name: String,
    }
}

/// An attachment of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its part, from 0.
    pub n: usize,
    /// What is committed: media type, length and SHA-256 of the file.
    pub facts: PartFacts,
    /// How its blob is opened.
    pub key: AttachmentKey,
}

/// Chunks of a file of `len` bytes: an empty one has one, of no bytes.
#[must_use]
pub fn chunk_count(len: u64, chunk: u64) -> u64 {
    len.div_ceil(chunk.max(1)).max(1)
}

/// Bytes of the blob of a file of `len` bytes in chunks of `chunk`.
#[must_use]
pub fn blob_len(len: u64, chunk: u64) -> u64 {
    len.saturating_add(chunk_count(len, chunk).saturating_mul(TAG_LEN))
}

/// The attachments of `content`, in the order of their parts.
///
/// # Errors
/// [`AttachmentError`]: the author's fault; the content is refused.
///
/// Source: docs/protocol.md chapter 4, "Attachments".
pub fn attachments(content: &Content) -> Result<Vec<Attachment>, AttachmentError> {
    let mut keys = BTreeMap::new();
    for (n, part) in content.parts.iter().enumerate() {
        if part.facts.role == PartRole::AttachmentKey {
            let key = parse_key(n, part)?;
            if keys.insert(key.part, key).is_some() {
                return Err(AttachmentError::Unpaired { n });
            }
        }
    }
    let mut found = Vec::new();
    for (n, part) in content.parts.iter().enumerate() {
        let is_apart = part.bytes.is_none();
        if is_apart != (part.facts.role == PartRole::Attachment) {
            return Err(AttachmentError::Apart { n });
        }
        if is_apart {
            let key = keys.remove(&(n as u64));
            let key = key.ok_or(AttachmentError::Unpaired { n })?;
            let size = blob_len(part.facts.length, key.chunk);
            if key.size != size || size > BLOB_LEN_MAX {
                return Err(AttachmentError::Size { n });
            }
            let facts = part.facts.clone();
            found.push(Attachment { n, facts, key });
        }
    }
    match keys.into_keys().next() {
        None => Ok(found),
        Some(part) => Err(AttachmentError::Unpaired {
            n: usize::try_from(part).unwrap_or(usize::MAX),
        }),
    }
}

fn parse_key(n: usize, part: &Part) -> Result<AttachmentKey, AttachmentError> {
    let malformed = AttachmentError::Malformed { n };
    let bytes = part.bytes.as_ref().ok_or(malformed)?;
    let key: AttachmentKey =
        cbor::from_slice(bytes, MESSAGE_BODY_LEN_MAX).map_err(|_| malformed)?;
    let chunk_fits = (ATTACHMENT_CHUNK_LEN_MIN..=ATTACHMENT_CHUNK_LEN_MAX).contains(&key.chunk);
    let name_fits = (1..=FILE_NAME_LEN_MAX).contains(&key.name.len());
    if chunk_fits && name_fits {
        Ok(key)
    } else {
        Err(malformed)
    }
}

/// Bytes that encryption adds to a chunk.
pub const TAG_LEN: u64 = 16;

/// Why the attachments of a content are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// A part of role 12 is not what it must be.
    #[error("part {n} does not say how an attachment is opened")]
    Malformed {
        /// Part, from 0.
        n: usize,
    },
    /// An attachment without exactly one key, or a key without its attachment.
    #[error("part {n} has no partner: an attachment has one key, and a key one attachment")]
    Unpaired {
        /// Part, from 0.
        n: usize,
    },
    /// Bytes apart where they must be inside, or inside where they must be apart.
    #[error("the bytes of part {n} are not where those of its role are")]
    Apart {
        /// Part, from 0.
        n: usize,
    },
    /// The blob is too long, or not as long as the file makes it.
    #[error("the blob of part {n} has not the size that its file gives, or is too long")]
    Size {
        /// Part, from 0.
        n: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Salt;

    const CHUNK: u64 = ATTACHMENT_CHUNK_LEN_MIN;

    fn file(length: u64) -> Part {
        Part {
            facts: PartFacts {
                role: PartRole::Attachment,
                media_type: "application/octet-stream".into(),
                length,
                sha256: Hash([3; 32]),
            },
            salt: Salt([1; 32]),
            bytes: None,
        }
    }

    fn key(part: u64, size: u64) -> AttachmentKey {
        AttachmentKey {
            part,
            blob: Hash([4; 32]),
            size,
            key: BlobKey([5; 32]),
            nonce: NoncePrefix([6; 19]),
            chunk: CHUNK,
            name: "dự thảo.docx".into(),
        }
    }

    fn said(key: &AttachmentKey) -> Part {
        let bytes = cbor::to_vec(key);
        Part::inline(
            PartRole::AttachmentKey,
            "application/cbor",
            bytes,
            Salt([2; 32]),
        )
    }

    fn of(parts: Vec<Part>) -> Result<Vec<Attachment>, AttachmentError> {
        attachments(&Content::new(Salt([0; 32]), parts))
    }

    #[test]
    fn each_attachment_has_one_key_and_each_key_its_attachment() {
        let text = Part::inline(PartRole::Text, "text/plain", b"a".to_vec(), Salt([9; 32]));
        let both = of(vec![
            text.clone(),
            file(7),
            said(&key(2 + 1, 16)),
            file(0),
            said(&key(1, 7 + 16)),
        ]);
        let sizes: Vec<(usize, u64)> = both.unwrap().iter().map(|it| (it.n, it.key.size)).collect();
        assert_eq!(sizes, [(1, 23), (3, 16)]);
        assert_eq!(of(vec![text.clone()]), Ok(vec![]));
        let lone = of(vec![text.clone(), file(7)]);
        assert_eq!(lone, Err(AttachmentError::Unpaired { n: 1 }));
        let keyless = of(vec![text, said(&key(0, 17))]);
        assert_eq!(keyless, Err(AttachmentError::Unpaired { n: 0 }));
        let twice = of(vec![file(7), said(&key(0, 23)), said(&key(0, 23))]);
        assert_eq!(twice, Err(AttachmentError::Unpaired { n: 2 }));
        let nowhere = of(vec![file(7), said(&key(0, 23)), said(&key(9, 23))]);
        assert_eq!(nowhere, Err(AttachmentError::Unpaired { n: 9 }));
    }

    #[test]
    fn bytes_are_where_those_of_the_role_are() {
        let mut inside = file(1);
        inside.bytes = Some(vec![1].into());
        let refused = of(vec![inside, said(&key(0, 17))]);
        assert_eq!(refused, Err(AttachmentError::Apart { n: 0 }));
        let mut apart = Part::inline(PartRole::Text, "text/plain", b"a".to_vec(), Salt([9; 32]));
        apart.bytes = None;
        assert_eq!(of(vec![apart]), Err(AttachmentError::Apart { n: 0 }));
    }

    #[test]
    fn the_blob_is_as_long_as_the_file_makes_it_and_not_too_long() {
        for (length, size) in [
            (0, 16),
            (1, 17),
            (CHUNK, CHUNK + 16),
            (CHUNK + 1, CHUNK + 1 + 32),
        ] {
            assert!(of(vec![file(length), said(&key(0, size))]).is_ok());
            for wrong in [size - 1, size + 1] {
                let refused = of(vec![file(length), said(&key(0, wrong))]);
                assert_eq!(refused, Err(AttachmentError::Size { n: 0 }), "{length}");
            }
        }
        let largest = BLOB_LEN_MAX / (CHUNK + 16) * CHUNK;
        let at = |length| of(vec![file(length), said(&key(0, blob_len(length, CHUNK)))]);
        let rest = BLOB_LEN_MAX - blob_len(largest, CHUNK) - 16;
        assert!(at(largest + rest).is_ok());
        assert_eq!(at(largest + rest + 1), Err(AttachmentError::Size { n: 0 }));
        assert_eq!(at(u64::MAX), Err(AttachmentError::Size { n: 0 }));
    }

    #[test]
    fn a_key_has_a_chunk_and_a_name_within_their_limits() {
        type Change = fn(&mut AttachmentKey);
        let changes: [(Change, bool); 6] = [
            (|key| key.name = "a".repeat(FILE_NAME_LEN_MAX), true),
            (|key| key.name = "a".repeat(FILE_NAME_LEN_MAX + 1), false),
            (|key| key.name.clear(), false),
            (|key| key.chunk = ATTACHMENT_CHUNK_LEN_MAX, true),
            (|key| key.chunk = ATTACHMENT_CHUNK_LEN_MAX + 1, false),
            (|key| key.chunk = ATTACHMENT_CHUNK_LEN_MIN - 1, false),
        ];
        for (change, fits) in changes {
            let mut key = key(0, 17);
            change(&mut key);
            let expected = AttachmentError::Malformed { n: 1 };
            let got = of(vec![file(1), said(&key)]).map(|_| ());
            assert_eq!(got, if fits { Ok(()) } else { Err(expected) });
        }
        let mut broken = said(&key(0, 17));
        broken.bytes = Some(vec![0].into());
        let refused = of(vec![file(1), broken]);
        assert_eq!(refused, Err(AttachmentError::Malformed { n: 1 }));
    }

    #[test]
    fn a_key_is_not_printed() {
        let shown = format!("{:?}", key(0, 17));
        assert!(shown.contains("BlobKey(..)") && !shown.contains("0505"));
    }
}
