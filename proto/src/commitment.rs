//! The content commitment: what makes a message disclosable part by part, and bound to its place.
//!
//! In scope: parts, `com`, opening. Out of scope: encryption (MLS), who may see which part.

use crate::attachment::{self, AttachmentError};
use crate::cbor::{self, ByteVec, CborError, cbor_array, cbor_uint};
use crate::entry::{Facts, sha256};
use crate::id::{DeviceId, Salt, StreamId};
use crate::limits::{MESSAGE_BODY_LEN_MAX, PARTS_MAX};
use crate::tlog::Hash;

cbor_uint! {
    /// What a part is for.
    pub enum PartRole {
        /// Text of a message.
        Text = 1,
        /// Title.
        Title = 2,
        /// Opinion value.
        OpinionValue = 3,
        /// Opinion text.
        OpinionText = 4,
        /// Attachment.
        Attachment = 5,
        /// Channel name and purpose.
        ChannelName = 6,
        /// Reason.
        Reason = 7,
        /// Question.
        Question = 8,
        /// Conclusion.
        Conclusion = 9,
        /// A dissent that a conclusion repeats word for word.
        Dissent = 10,
        /// Which message this one answers: CBOR of its [`Position`](crate::entry::Position).
        Reply = 11,
        /// How an attachment is opened: CBOR of an [`AttachmentKey`](crate::attachment::AttachmentKey).
        AttachmentKey = 12,
        /// What was said earlier, for newcomers: CBOR of a [`ReleasedItem`].
        ReleasedItem = 13,
        /// The official letter beside a consultation: CBOR of a [`Letter`](crate::consultation::Letter).
        Letter = 14,
        /// What an export or a hand-over to the archives consists of: SHA-256 of its manifest, in hexadecimal.
        Manifest = 15,
    }
}

impl PartRole {
    /// The identifier used in JSON and in words about it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Title => "title",
            Self::OpinionValue => "opinion_value",
            Self::OpinionText => "opinion_text",
            Self::Attachment => "attachment",
            Self::ChannelName => "channel_name",
            Self::Reason => "reason",
            Self::Question => "question",
            Self::Conclusion => "conclusion",
            Self::Dissent => "dissent",
            Self::Reply => "reply",
            Self::AttachmentKey => "attachment_key",
            Self::ReleasedItem => "released_item",
            Self::Letter => "letter",
            Self::Manifest => "manifest",
        }
    }
}

/// Media type of every part that is a text.
pub const TEXT_MEDIA_TYPE: &str = "text/plain; charset=utf-8";

cbor_array! {
    /// What a part hash commits to.
    pub struct PartFacts {
        /// Role.
        pub role: PartRole,
        /// Media type.
        pub media_type: String,
        /// Length in bytes.
        pub length: u64,
        /// SHA-256 of the bytes.
        pub sha256: Hash,
    }

    /// One part of a message.
    pub struct Part {
        /// Facts.
        pub facts: PartFacts,
        /// Salt of the part hash.
        pub salt: Salt,
        /// The bytes, or null where they travel apart.
        pub bytes: Option<ByteVec>,
    }

    /// An earlier content, handed over: nobody believes it before it opens the commitment of its record.
    pub struct ReleasedItem {
        /// Its record in the same stream.
        pub seq: u64,
        /// The plaintext, as its author encrypted it.
        pub content: ByteVec,
    }

    /// What opens one part of a content to somebody who was not to read it, and hides all others behind their salts.
    pub struct PartOpening {
        /// 1.
        pub version: u64,
        /// Opening of the commitment.
        pub opening: Salt,
        /// The hashes of all parts.
        pub hashes: Vec<Hash>,
        /// The part that is opened, from 0.
        pub n: u64,
        /// Its facts.
        pub facts: PartFacts,
        /// Its salt.
        pub salt: Salt,
    }

    /// The plaintext of an MLS application message.
    pub struct Content {
        /// 1.
        pub version: u64,
        /// Opening of the commitment.
        pub opening: Salt,
        /// 1 to [`PARTS_MAX`] parts.
        pub parts: Vec<Part>,
    }
}

impl Part {
    /// A part whose bytes travel inside the message.
    #[must_use]
    pub fn inline(role: PartRole, media_type: &str, bytes: Vec<u8>, salt: Salt) -> Self {
        let facts = PartFacts {
            role,
            media_type: media_type.to_owned(),
            length: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        Self {
            facts,
            salt,
            bytes: Some(bytes.into()),
        }
    }

    /// `H("thamvan/part/v1" || salt || CBOR(facts))`.
    #[must_use]
    pub fn hash(&self) -> Hash {
        part_hash(&self.facts, &self.salt)
    }
}

fn part_hash(facts: &PartFacts, salt: &Salt) -> Hash {
    let facts = cbor::to_vec(facts);
    sha256(&[b"thamvan/part/v1".as_slice(), &salt.0, &facts].concat())
}

/// Where a commitment is bound: the same content elsewhere has another commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Group generation.
    pub generation: u64,
    /// Stream.
    pub stream: StreamId,
    /// Author.
    pub device: DeviceId,
    /// The author's counter.
    pub counter: u64,
}

impl Place {
    /// The place of an entry with `facts` by `device`; none where it is not made in a group.
    #[must_use]
    pub fn of(device: DeviceId, facts: &Facts) -> Option<Self> {
        let group = facts.group.as_ref()?;
        Some(Self {
            generation: group.generation,
            stream: facts.stream,
            device,
            counter: facts.counter,
        })
    }
}

/// `com` over the opening `r`, the place and the part hashes.
#[must_use]
pub fn commit(place: &Place, opening: &Salt, part_hashes: &[Hash]) -> Hash {
    struct Hashes<'a>(&'a [Hash]);
    impl<C> minicbor::Encode<C> for Hashes<'_> {
        fn encode<W: minicbor::encode::Write>(
            &self,
            e: &mut minicbor::Encoder<W>,
            ctx: &mut C,
        ) -> Result<(), minicbor::encode::Error<W::Error>> {
            e.array(self.0.len() as u64)?;
            self.0.iter().try_for_each(|hash| hash.encode(e, ctx))
        }
    }
    sha256(&cbor::to_vec(&(
        "thamvan/com/v1",
        opening,
        place.generation,
        place.stream,
        place.device,
        place.counter,
        Hashes(part_hashes),
    )))
}

impl PartOpening {
    /// What opens part `n` of `content`, and no other.
    #[must_use]
    pub fn of(content: &Content, n: usize) -> Option<Self> {
        let part = content.parts.get(n)?;
        Some(Self {
            version: 1,
            opening: content.opening,
            hashes: content.parts.iter().map(Part::hash).collect(),
            n: n as u64,
            facts: part.facts.clone(),
            salt: part.salt,
        })
    }

    /// The hash of the part that is opened.
    #[must_use]
    pub fn part_hash(&self) -> Hash {
        part_hash(&self.facts, &self.salt)
    }

    /// Whether `bytes` are the part that the commitment `com` at `place` was made over.
    ///
    /// # Errors
    /// [`OpenError`]: a fault of whoever disclosed it.
    ///
    /// Source: docs/protocol.md chapter 4.
    pub fn open(&self, place: &Place, com: &Hash, bytes: &[u8]) -> Result<(), OpenError> {
        if self.version != 1 {
            let got = self.version;
            return Err(OpenError::Version { got });
        }
        let got = self.hashes.len();
        if !(1..=PARTS_MAX).contains(&got) {
            return Err(OpenError::PartCount { got });
        }
        let n = usize::try_from(self.n).unwrap_or(usize::MAX);
        let is_part = self.hashes.get(n) == Some(&self.part_hash());
        if !is_part || commit(place, &self.opening, &self.hashes) != *com {
            return Err(OpenError::Commitment);
        }
        if self.facts.length == bytes.len() as u64 && self.facts.sha256 == sha256(bytes) {
            Ok(())
        } else {
            Err(OpenError::PartMismatch { n })
        }
    }
}

impl Content {
    /// The content of `parts`.
    #[must_use]
    pub fn new(opening: Salt, parts: Vec<Part>) -> Self {
        Self {
            version: 1,
            opening,
            parts,
        }
    }

    /// The commitment at `place`.
    #[must_use]
    pub fn commitment(&self, place: &Place) -> Hash {
        let hashes: Vec<Hash> = self.parts.iter().map(Part::hash).collect();
        commit(place, &self.opening, &hashes)
    }

    /// Parses a plaintext and accepts it only if it opens `com` at `place`.
    ///
    /// # Errors
    /// [`OpenError`]: the author's fault; the message is refused.
    ///
    /// Source: docs/protocol.md chapter 4.
    pub fn open(plaintext: &[u8], place: &Place, com: &Hash) -> Result<Self, OpenError> {
        let content: Self =
            cbor::from_slice(plaintext, MESSAGE_BODY_LEN_MAX).map_err(OpenError::Malformed)?;
        if content.version != 1 {
            return Err(OpenError::Version {
                got: content.version,
            });
        }
        if !(1..=PARTS_MAX).contains(&content.parts.len()) {
            return Err(OpenError::PartCount {
                got: content.parts.len(),
            });
        }
        for (n, part) in content.parts.iter().enumerate() {
            let Some(bytes) = &part.bytes else { continue };
            if part.facts.length != bytes.len() as u64 || part.facts.sha256 != sha256(bytes) {
                return Err(OpenError::PartMismatch { n });
            }
        }
        attachment::attachments(&content)?;
        if content.commitment(place) == *com {
            Ok(content)
        } else {
            Err(OpenError::Commitment)
        }
    }
}

/// Why a plaintext is refused.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not content.
    #[error("plaintext is not content")]
    Malformed(#[source] CborError),
    /// Another version of content.
    #[error("content version {got} is unknown")]
    Version {
        /// Version received.
        got: u64,
    },
    /// No part or too many.
    #[error("content has {got} parts")]
    PartCount {
        /// Parts received.
        got: usize,
    },
    /// A part's bytes are not those of its facts.
    #[error("part {n} does not match its facts")]
    PartMismatch {
        /// Part, from 0.
        n: usize,
    },
    /// An attachment and the part that opens it do not fit.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// The commitment in the signed header is another one.
    #[error("commitment does not open")]
    Commitment,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        generation: 0,
        stream: StreamId([7; 16]),
        device: DeviceId([1; 16]),
        counter: 4,
    };

    fn content() -> Content {
        let part = |role, text: &str| {
            Part::inline(role, "text/plain", text.as_bytes().to_vec(), Salt([5; 32]))
        };
        Content::new(
            Salt([6; 32]),
            vec![part(PartRole::Text, "a"), part(PartRole::Title, "b")],
        )
    }

    #[test]
    fn opens_at_its_place_only() {
        let content = content();
        let (bytes, com) = (cbor::to_vec(&content), content.commitment(&PLACE));
        assert_eq!(Content::open(&bytes, &PLACE, &com).unwrap(), content);
        for other in [
            Place {
                generation: 1,
                ..PLACE
            },
            Place {
                stream: StreamId([8; 16]),
                ..PLACE
            },
            Place {
                device: DeviceId([2; 16]),
                ..PLACE
            },
            Place {
                counter: 5,
                ..PLACE
            },
        ] {
            assert!(matches!(
                Content::open(&bytes, &other, &com),
                Err(OpenError::Commitment)
            ));
        }
    }

    #[test]
    fn refuses_a_part_that_is_not_its_facts_and_content_without_parts() {
        let mut content = content();
        content.parts[1].bytes = Some(vec![1].into());
        let com = content.commitment(&PLACE);
        let opened = Content::open(&cbor::to_vec(&content), &PLACE, &com);
        assert!(matches!(opened, Err(OpenError::PartMismatch { n: 1 })));
        content.parts.clear();
        let com = content.commitment(&PLACE);
        let opened = Content::open(&cbor::to_vec(&content), &PLACE, &com);
        assert!(matches!(opened, Err(OpenError::PartCount { got: 0 })));
    }

    #[test]
    fn one_part_opens_without_the_others() {
        let content = content();
        let com = content.commitment(&PLACE);
        let opening = PartOpening::of(&content, 1).unwrap();
        assert!(opening.open(&PLACE, &com, b"b").is_ok());
        assert!(PartOpening::of(&content, 2).is_none());
        let mismatch = opening.open(&PLACE, &com, b"c");
        assert!(matches!(mismatch, Err(OpenError::PartMismatch { n: 1 })));
        type Change = fn(&mut PartOpening);
        let changes: [Change; 7] = [
            |it| it.opening.0[0] ^= 1,
            |it| it.hashes[0].0[0] ^= 1,
            |it| it.hashes[1].0[0] ^= 1,
            |it| it.hashes.push(Hash([0; 32])),
            |it| it.n = 0,
            |it| it.facts.role = PartRole::Text,
            |it| it.salt.0[0] ^= 1,
        ];
        for change in changes {
            let mut changed = opening.clone();
            change(&mut changed);
            let refused = changed.open(&PLACE, &com, b"b");
            assert!(matches!(refused, Err(OpenError::Commitment)));
        }
        let mut other = opening.clone();
        other.version = 2;
        let refused = other.open(&PLACE, &com, b"b");
        assert!(matches!(refused, Err(OpenError::Version { got: 2 })));
        other = opening;
        other.hashes = vec![Hash([0; 32]); PARTS_MAX + 1];
        let refused = other.open(&PLACE, &com, b"b");
        assert!(matches!(refused, Err(OpenError::PartCount { got: 33 })));
    }

    /// An opinion is one of four values: without its salt, trying all of them tells nothing.
    #[test]
    fn a_part_that_is_not_opened_cannot_be_guessed_however_few_values_it_has() {
        let values = [1_u8, 2, 3, 4];
        let part = |role, byte: u8, salt: u8| {
            Part::inline(role, "application/cbor", vec![byte], Salt([salt; 32]))
        };
        for value in values {
            let title = part(PartRole::Title, 9, 0x11);
            let opinion = part(PartRole::OpinionValue, value, 0xe7);
            let content = Content::new(Salt([0x22; 32]), vec![title, opinion]);
            let opening = PartOpening::of(&content, 0).unwrap();
            let disclosed = cbor::to_vec(&opening);
            assert!(!disclosed.windows(8).any(|bytes| bytes == [0xe7; 8]));
            // Everything that is disclosed, tried as the salt, for every value that there is.
            for guess in values {
                let salts = disclosed.windows(32).map(|bytes| {
                    let mut salt = [0; 32];
                    salt.copy_from_slice(bytes);
                    Salt(salt)
                });
                for salt in salts.chain([Salt([0; 32])]) {
                    let guessed = Part {
                        salt,
                        ..part(PartRole::OpinionValue, guess, 0)
                    };
                    assert!(!opening.hashes.contains(&guessed.hash()));
                }
            }
        }
    }
}
