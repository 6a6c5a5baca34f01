//! The signed entry: what one device says, as a COSE hash envelope (RFC 9052, RFC 9995).
//!
//! In scope: the header, signing, parsing. Out of scope: whether the author may say it (`ledger`), what the body means.

use std::sync::OnceLock;

use ed25519_dalek::SigningKey;
use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest, Sha256};

use crate::cbor::{self, cbor_array, cbor_uint};
use crate::consultation::Act;
use crate::cose::{self, Envelope, EnvelopeError, Parameters, SignatureError, expect};
use crate::id::{DeviceId, PublicKey, StreamId};
use crate::label::Label;
use crate::limits::ENTRY_LEN_MAX;
use crate::tlog::Hash;

cbor_uint! {
    /// The entry types that rule version 1 knows (docs/protocol.md chapter 5). Numbers are never reused.
    pub enum EntryType {
        /// The authority begins: k-of-n root keys, log key, policy. Stream 0, seq 0.
        Genesis = 1,
        /// Statements signed by k root keys.
        RootStatement = 2,
        /// A statement that one administrator may make.
        Statement = 3,
        /// The first of two persons.
        Propose = 4,
        /// The second of two persons.
        Approve = 5,
        /// Commits a channel's stream id and tag key in stream 0.
        StreamRegister = 6,
        /// Minute heads, by the log key, in a stream of their own.
        Heads = 7,
        /// The founding record of Article 5(6).
        Founding = 16,
        /// Another person approves the founding.
        FoundingApprove = 17,
        /// The administrator provisions the channel.
        StreamOpen = 18,
        /// An official becomes a member.
        MemberAdd = 19,
        /// An official is a member no more.
        MemberRemove = 20,
        /// Nothing more is said in the channel.
        ChannelClose = 21,
        /// A person may have what the channel carries, for a task and a time.
        Authorisation = 22,
        /// A person may no more.
        AuthorisationEnd = 23,
        /// The MLS group begins.
        GroupStart = 24,
        /// An MLS commit.
        Commit = 25,
        /// A member could not apply a commit.
        CommitRejected = 26,
        /// The channel goes on in a group of the next generation.
        Successor = 27,
        /// A member leaves.
        Leave = 28,
        /// An MLS application message.
        Message = 32,
        /// A member hands the open questions over to newcomers.
        Brief = 35,
        /// A consultation begins.
        ConsultationOpen = 64,
        /// Its deadline is put off before it passes.
        ConsultationExtend = 65,
        /// It has a deadline again after the last one passed.
        ConsultationReopen = 66,
        /// Whoever has not answered is reminded.
        ConsultationRemind = 67,
        /// It is concluded.
        ConsultationConclude = 68,
        /// It is withdrawn.
        ConsultationWithdraw = 69,
        /// Its question is put anew.
        QuestionRevise = 70,
        /// What became of the official letter beside it; also after its end.
        LetterRecord = 71,
        /// A seat gives its opinion.
        Answer = 72,
        /// Documents of it have left a device, with the reason; also after its end.
        RecordExport = 73,
        /// The seat that leads has handed its record over to the archives; only after its end.
        RecordArchive = 74,
        /// A device of a seat has it.
        Delivered = 80,
        /// Somebody at a seat has seen it.
        Viewed = 81,
        /// A seat says that it deals with it.
        Acknowledged = 82,
        /// A part of what was said is opened to an auditor.
        Disclosure = 106,
    }
}

impl EntryType {
    /// Media type of the body (RFC 9995 parameter 259).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Genesis => "application/vnd.thamvan.genesis+cbor",
            Self::RootStatement => "application/vnd.thamvan.root-statement+cbor",
            Self::Statement => "application/vnd.thamvan.statement+cbor",
            Self::Propose => "application/vnd.thamvan.propose+cbor",
            Self::Approve => "application/vnd.thamvan.approve+cbor",
            Self::StreamRegister => "application/vnd.thamvan.stream-register+cbor",
            Self::Heads => "application/vnd.thamvan.heads+cbor",
            Self::Founding => "application/vnd.thamvan.founding+cbor",
            Self::FoundingApprove => "application/vnd.thamvan.founding-approve+cbor",
            Self::StreamOpen => "application/vnd.thamvan.stream-open+cbor",
            Self::MemberAdd => "application/vnd.thamvan.member-add+cbor",
            Self::MemberRemove => "application/vnd.thamvan.member-remove+cbor",
            Self::ChannelClose => "application/vnd.thamvan.channel-close+cbor",
            Self::Authorisation => "application/vnd.thamvan.authorisation+cbor",
            Self::AuthorisationEnd => "application/vnd.thamvan.authorisation-end+cbor",
            Self::GroupStart => "application/vnd.thamvan.group-start+cbor",
            Self::Commit => "application/vnd.thamvan.commit+cbor",
            Self::CommitRejected => "application/vnd.thamvan.commit-rejected+cbor",
            Self::Successor => "application/vnd.thamvan.successor+cbor",
            Self::Leave => "application/vnd.thamvan.leave+cbor",
            Self::Disclosure => "application/vnd.thamvan.disclosure+cbor",
            Self::ConsultationRemind => "application/vnd.thamvan.consultation-remind+cbor",
            Self::Delivered => "application/vnd.thamvan.delivered+cbor",
            Self::Viewed => "application/vnd.thamvan.viewed+cbor",
            Self::Acknowledged => "application/vnd.thamvan.acknowledged+cbor",
            Self::Message
            | Self::Brief
            | Self::ConsultationOpen
            | Self::ConsultationExtend
            | Self::ConsultationReopen
            | Self::ConsultationConclude
            | Self::ConsultationWithdraw
            | Self::QuestionRevise
            | Self::LetterRecord
            | Self::Answer
            | Self::RecordExport
            | Self::RecordArchive => "message/mls",
        }
    }

    /// Whether the type belongs to stream 0.
    #[must_use]
    pub const fn is_of_directory(self) -> bool {
        self.number() < Self::Founding.number() && !matches!(self, Self::Heads)
    }

    /// Whether the type belongs to `stream`.
    #[must_use]
    pub fn belongs_to(self, stream: &StreamId) -> bool {
        if self == Self::Heads {
            *stream == StreamId::HEADS
        } else if self.is_of_directory() {
            *stream == StreamId::DIRECTORY
        } else {
            !stream.is_reserved()
        }
    }

    /// Whether the body is an MLS application message that carries content.
    #[must_use]
    pub const fn is_said(self) -> bool {
        matches!(
            self,
            Self::Message
                | Self::Brief
                | Self::ConsultationOpen
                | Self::ConsultationExtend
                | Self::ConsultationReopen
                | Self::ConsultationConclude
                | Self::ConsultationWithdraw
                | Self::QuestionRevise
                | Self::LetterRecord
                | Self::Answer
                | Self::RecordExport
                | Self::RecordArchive
        )
    }

    /// Whether it is an act of a consultation, with [`Act`] among its facts.
    #[must_use]
    pub const fn is_act(self) -> bool {
        self.number() >= Self::ConsultationOpen.number() && self.number() <= ACT_LAST
    }

    /// The English identifier used in JSON.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others are named by their media type"
    )]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Brief => "brief",
            Self::ConsultationOpen => "consultation-open",
            Self::ConsultationExtend => "consultation-extend",
            Self::ConsultationReopen => "consultation-reopen",
            Self::ConsultationConclude => "consultation-conclude",
            Self::ConsultationWithdraw => "consultation-withdraw",
            Self::QuestionRevise => "question-revise",
            Self::LetterRecord => "letter-record",
            Self::Answer => "answer",
            Self::RecordExport => "record-export",
            Self::RecordArchive => "record-archive",
            _ => self
                .media_type()
                .trim_start_matches("application/vnd.thamvan.")
                .trim_end_matches("+cbor"),
        }
    }
}

cbor_array! {
    /// One place in a stream.
    pub struct Position {
        /// Sequence number in the stream.
        pub seq: u64,
        /// SHA-256 of the record there.
        pub record: Hash,
    }

    /// One checkpoint of the log, as an author saw it.
    pub struct Seen {
        /// Shard of the log.
        pub shard: u64,
        /// Tree size in entries.
        pub size: u64,
        /// Root hash.
        pub root: Hash,
    }

    /// The MLS epoch in which an entry was made.
    pub struct GroupEpoch {
        /// Counts successor groups of the channel, from 0.
        pub generation: u64,
        /// MLS epoch (RFC 9420).
        pub epoch: u64,
        /// Sequence number of the commit or group-start that opened it.
        pub opened_by: u64,
    }

    /// The private header parameter -70001: everything that is judged without plaintext.
    pub struct Facts {
        /// [`EntryType`] as a number, so that an unknown type can be kept in its chain.
        pub kind: u64,
        /// Version of the validity rules that the author applied.
        pub rule: u64,
        /// The stream.
        pub stream: StreamId,
        /// MLS epoch, where the entry is made in one.
        pub group: Option<GroupEpoch>,
        /// Counter of this device in this stream, from 0, without gaps.
        pub counter: u64,
        /// Hash of this device's previous entry in this stream; zeros at counter 0.
        pub prev: Hash,
        /// Last record of this stream that the author had processed.
        pub head: Option<Position>,
        /// Last checkpoint that the author verified.
        pub seen: Option<Seen>,
        /// When it was made, in log time (ms).
        pub made: u64,
        /// Label.
        pub label: Label,
        /// Content commitment.
        pub com: Option<Hash>,
        /// Consultation act.
        pub act: Option<Act>,
    }
}

impl Facts {
    /// The type, if rule version 1 knows it.
    #[must_use]
    pub fn entry_type(&self) -> Option<EntryType> {
        EntryType::from_number(self.kind)
    }
}

/// A header that is complete but not yet signed: MLS authenticated data is made from it.
#[derive(Clone, Debug)]
pub struct Header {
    protected: Vec<u8>,
    stream: StreamId,
    label: Label,
}

impl Header {
    /// Encodes the protected header of `device` over `facts`.
    #[must_use]
    pub fn new(device: DeviceId, kind: EntryType, facts: &Facts) -> Self {
        let parameters = EntryParameters {
            media_type: kind.media_type().to_owned(),
            facts: facts.clone(),
        };
        Self {
            protected: cose::protected(device, TYP, &parameters),
            stream: facts.stream,
            label: facts.label,
        }
    }

    /// The authenticated data of the MLS message that this header is for.
    #[must_use]
    pub fn mls_authenticated_data(&self) -> Vec<u8> {
        authenticated_data(self.stream, self.label, &self.protected)
    }

    /// Signs the header over `body` and gives the entry's bytes.
    #[must_use]
    pub fn sign(&self, body: &[u8], key: &SigningKey) -> Vec<u8> {
        cose::sign(&self.protected, &Sha256::digest(body), key)
    }
}

/// The parameters of an entry's header after `typ` (RFC 9995, docs/protocol.md chapter 2).
struct EntryParameters {
    media_type: String,
    facts: Facts,
}

impl Parameters for EntryParameters {
    const COUNT: u64 = 3;
}

impl<C> Encode<C> for EntryParameters {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i64(LABEL_PAYLOAD_HASH_ALG)?
            .i64(HASH_ALG_SHA_256)?
            .i64(LABEL_PREIMAGE_CONTENT_TYPE)?
            .str(&self.media_type)?
            .i64(LABEL_FACTS)?;
        self.facts.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for EntryParameters {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        expect(d.i64()? == LABEL_PAYLOAD_HASH_ALG && d.i64()? == HASH_ALG_SHA_256)?;
        expect(d.i64()? == LABEL_PREIMAGE_CONTENT_TYPE)?;
        let media_type = d.str()?.to_owned();
        expect(d.i64()? == LABEL_FACTS)?;
        let facts = Facts::decode(d, ctx)?;
        Ok(Self { media_type, facts })
    }
}

/// A parsed entry. Parsing checks shape and encoding; [`Entry::verify`] checks the signature.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `kid`: the device, or the root key id of a genesis or root statement.
    pub device: DeviceId,
    /// Media type of the body.
    pub media_type: String,
    /// The signed facts.
    pub facts: Facts,
    /// SHA-256 of the body.
    pub payload: Hash,
    /// SHA-256 of the entry's bytes.
    pub hash: Hash,
    envelope: Envelope,
    /// The key under which the signature is known to be good: it is verified once, however often the entry is judged.
    verified: OnceLock<PublicKey>,
}

impl Entry {
    /// Parses an entry and refuses every encoding but the deterministic one.
    ///
    /// `bytes`: at most [`ENTRY_LEN_MAX`].
    ///
    /// # Errors
    /// [`EnvelopeError`]: peer's fault, always.
    ///
    /// Source: docs/protocol.md chapter 2.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let (envelope, EntryParameters { media_type, facts }) =
            cose::parse(bytes, TYP, ENTRY_LEN_MAX)?;
        if facts
            .entry_type()
            .is_some_and(|kind| kind.media_type() != media_type)
        {
            return Err(EnvelopeError::Malformed);
        }
        let payload: [u8; 32] = envelope
            .payload
            .as_slice()
            .try_into()
            .map_err(|_| EnvelopeError::Malformed)?;
        Ok(Self {
            device: envelope.signer,
            media_type,
            facts,
            payload: Hash(payload),
            hash: sha256(bytes),
            envelope,
            verified: OnceLock::new(),
        })
    }

    /// Verifies the signature strictly under `key`.
    ///
    /// Cost: one strict Ed25519 verification (about 56 us) the first time that it succeeds, none after.
    ///
    /// # Errors
    /// [`SignatureError`]: peer's fault.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        if self.verified.get() == Some(key) {
            return Ok(());
        }
        self.envelope.verify(key)?;
        // Another key can have been first only by a collision of signatures: it keeps its place, this one is verified again.
        let _ = self.verified.set(*key);
        Ok(())
    }

    /// The authenticated data that the MLS message in the body must carry.
    #[must_use]
    pub fn mls_authenticated_data(&self) -> Vec<u8> {
        authenticated_data(
            self.facts.stream,
            self.facts.label,
            &self.envelope.protected,
        )
    }
}

fn authenticated_data(stream: StreamId, label: Label, protected: &[u8]) -> Vec<u8> {
    cbor::to_vec(&("thamvan/aad/v1", stream, label, sha256(protected)))
}

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// The last of the types 64 to 95, which are acts of a consultation.
const ACT_LAST: u64 = 95;
/// `typ` of every entry.
const TYP: &str = "thamvan/e1";
/// RFC 9995: algorithm of the payload hash.
const LABEL_PAYLOAD_HASH_ALG: i64 = 258;
/// RFC 9995: content type of what was hashed.
const LABEL_PREIMAGE_CONTENT_TYPE: i64 = 259;
/// Private use.
const LABEL_FACTS: i64 = -70001;
/// RFC 9054.
const HASH_ALG_SHA_256: i64 = -16;

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            kind: EntryType::Message.number(),
            rule: 1,
            stream: StreamId([7; 16]),
            group: Some(GroupEpoch {
                generation: 0,
                epoch: 2,
                opened_by: 9,
            }),
            counter: 0,
            prev: Hash([0; 32]),
            head: None,
            seen: None,
            made: 1_790_000_000_000,
            label: Label::Internal,
            com: Some(Hash([3; 32])),
            act: None,
        }
    }

    fn signed(key: &SigningKey) -> Vec<u8> {
        Header::new(DeviceId([1; 16]), EntryType::Message, &facts()).sign(b"body", key)
    }

    #[test]
    fn parses_what_it_signs_and_verifies() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let bytes = signed(&key);
        let entry = Entry::parse(&bytes).unwrap();
        assert_eq!(entry.facts, facts());
        assert_eq!(entry.payload, sha256(b"body"));
        assert_eq!(
            entry.verify(&PublicKey(key.verifying_key().to_bytes())),
            Ok(())
        );
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
        // Known to be good under one key says nothing of another.
        assert_eq!(entry.verify(&PublicKey(other)), Err(SignatureError));
        assert_eq!(
            entry.verify(&PublicKey(key.verifying_key().to_bytes())),
            Ok(())
        );
    }

    #[test]
    fn no_changed_byte_both_parses_and_verifies() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let public = PublicKey(key.verifying_key().to_bytes());
        let bytes = signed(&key);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let accepted = Entry::parse(&changed).is_ok_and(|e| e.verify(&public).is_ok());
            assert!(!accepted, "byte {at}");
        }
        assert!(Entry::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
        assert!(Entry::parse(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn a_small_order_key_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(
            cose::verifying_key(&PublicKey(identity)),
            Err(SignatureError)
        );
        let mut not_canonical = [0xff; 32];
        not_canonical[0] = 0xf0;
        not_canonical[31] = 0x7f;
        assert_eq!(
            cose::verifying_key(&PublicKey(not_canonical)),
            Err(SignatureError)
        );
    }

    #[test]
    fn an_unknown_type_still_parses() {
        let mut unknown = facts();
        unknown.kind = 9_999;
        let key = SigningKey::from_bytes(&[9; 32]);
        let parameters = EntryParameters {
            media_type: "x/y".to_owned(),
            facts: unknown,
        };
        let protected = cose::protected(DeviceId([1; 16]), TYP, &parameters);
        let bytes = cose::sign(&protected, &[0; 32], &key);
        assert_eq!(Entry::parse(&bytes).unwrap().facts.entry_type(), None);
    }
}
