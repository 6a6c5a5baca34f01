//! Validity: the one versioned function that server, client and auditor all run (docs/protocol.md chapter 7).
//!
//! A [`Ledger`] folds records in order. [`Ledger::judge`] says what an entry would do at the current head (the server asks before
//! it sequences); [`Ledger::accept`] takes a sequenced record, judges it under exactly its `dir`, and applies it or notes
//! that it is void. In scope: chains, signatures, directory, channels. Out of scope: the Merkle tree (`tlog`), secrets (MLS).

mod error;
mod explain;
mod finality;
mod judge;

use std::collections::BTreeMap;

use crate::channel::{Channel, ChannelEffect};
use crate::directory::{
    Directory, Genesis, Pending, Role, RootStatements, Signers, Statement, StreamRegister,
};
use crate::entry::{Entry, Position, sha256};
use crate::heads::Heads;
use crate::id::{DeviceId, OfficialId, StreamId};
use crate::record::Record;
use crate::tlog::Hash;

pub use error::{Invalid, RecordError};
pub use explain::{Explainer, Explanation, Ground, GroundKind, Obstacle};

/// The rule version that this ledger applies.
pub const RULE_VERSION: u64 = 1;

/// What a valid entry does.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The authority begins.
    Genesis(Box<Genesis>, Hash),
    /// Statements of root keys take effect.
    RootStated(RootStatements),
    /// A statement of one official takes effect.
    Stated(Box<Statement>, OfficialId),
    /// A proposal waits.
    Proposed(Box<Pending>),
    /// The proposal with this record hash takes effect.
    Approved(Hash, Box<Statement>, Signers),
    /// A channel is registered.
    Registered(StreamRegister),
    /// The log says how far each stream goes.
    Heads(Heads),
    /// A channel changes.
    Channel(ChannelEffect),
}

/// A record with its entry, parsed and not yet judged.
#[derive(Clone, Debug)]
pub struct ParsedRecord {
    hash: Hash,
    record: Record,
    entry: Entry,
    authors: Authors,
}

impl ParsedRecord {
    /// Parses the bytes of a record and of the entry in it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let record = Record::parse(bytes).map_err(RecordError::Record)?;
        let entry = Entry::parse(&record.entry).map_err(RecordError::Entry)?;
        Ok(Self {
            hash: sha256(bytes),
            record,
            entry,
            authors: Authors::Verified,
        })
    }

    /// Says how its author is known, where the signature need not say it again.
    #[must_use]
    pub fn with_authors(self, authors: Authors) -> Self {
        Self { authors, ..self }
    }

    /// The entry, whose signature may be verified ahead of the judgement.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The record that a sequencer makes of `entry`; gives its bytes as well. Nothing if `record` carries another entry.
    #[must_use]
    pub fn of(record: Record, entry: Entry) -> Option<(Self, Vec<u8>)> {
        if sha256(&record.entry) != entry.hash {
            return None;
        }
        let bytes = record.to_vec();
        let hash = sha256(&bytes);
        let parsed = Self {
            hash,
            record,
            entry,
            authors: Authors::Verified,
        };
        Some((parsed, bytes))
    }
}

/// How it is known who wrote an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authors {
    /// By the signature on it.
    Verified,
    /// It was verified before. Only for records of one's own log that a checkpoint under one's own key covers, when the root
    /// is computed again from these very records: the key signs no root before every signature under it is verified, so an
    /// equal root means equal records, and those were verified.
    Known,
}

/// A record that has its place, with what it did.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Hash of the record.
    pub hash: Hash,
    /// The record.
    pub record: Record,
    /// The entry.
    pub entry: Entry,
    /// Owner of the device that signed, where it is live at `dir`.
    pub official: Option<OfficialId>,
    /// Whether the author really said this here, valid or void.
    pub in_chain: bool,
    /// What it did, or why it is void.
    pub verdict: Result<Effect, Invalid>,
}

#[derive(Clone, Debug, Default)]
struct Chain {
    records: Vec<Hash>,
    time: u64,
    dir: u64,
    senders: BTreeMap<DeviceId, (u64, Hash)>,
    read_only: bool,
}

impl Chain {
    fn size(&self) -> u64 {
        self.records.len() as u64
    }

    /// Seq of the record with this hash.
    fn place_of(&self, record: &Hash) -> Option<u64> {
        let mut places = (0..).zip(&self.records);
        let found = places.find(|(_, hash)| *hash == record);
        found.map(|(seq, _)| seq)
    }

    fn head(&self) -> Option<Position> {
        let record = *self.records.last()?;
        Some(Position {
            seq: self.size().checked_sub(1)?,
            record,
        })
    }
}

/// The fold of any number of streams.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    directory: Directory,
    chains: BTreeMap<StreamId, Chain>,
    channels: BTreeMap<StreamId, Channel>,
    heads: Option<Heads>,
}

impl Ledger {
    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A channel with at least one record.
    #[must_use]
    pub fn channel(&self, stream: &StreamId) -> Option<&Channel> {
        self.channels.get(stream)
    }

    /// Channels with at least one record.
    pub fn channels(&self) -> impl Iterator<Item = (&StreamId, &Channel)> {
        self.channels.iter()
    }

    /// The last heads.
    #[must_use]
    pub fn heads(&self) -> Option<&Heads> {
        self.heads.as_ref()
    }

    /// Records of `stream` so far.
    #[must_use]
    pub fn size(&self, stream: &StreamId) -> u64 {
        self.chains.get(stream).map_or(0, Chain::size)
    }

    /// Last record of `stream`.
    #[must_use]
    pub fn head(&self, stream: &StreamId) -> Option<Position> {
        self.chains.get(stream)?.head()
    }

    /// Hash of the record of `stream` at `seq`.
    #[must_use]
    pub fn record_hash(&self, stream: &StreamId, seq: u64) -> Option<Hash> {
        self.chains
            .get(stream)?
            .records
            .get(usize::try_from(seq).ok()?)
            .copied()
    }

    /// Whether an unknown entry type or rule version has made `stream` read-only.
    #[must_use]
    pub fn is_read_only(&self, stream: &StreamId) -> bool {
        self.chains.get(stream).is_some_and(|chain| chain.read_only)
    }

    /// Largest log time of `stream` (ms).
    #[must_use]
    pub fn time(&self, stream: &StreamId) -> u64 {
        self.chains.get(stream).map_or(0, |chain| chain.time)
    }

    /// Counter and previous entry hash that the next entry of `device` in `stream` carries.
    #[must_use]
    pub fn next_of(&self, stream: &StreamId, device: &DeviceId) -> (u64, Hash) {
        self.chains
            .get(stream)
            .and_then(|chain| chain.senders.get(device))
            .map_or((0, Hash([0; 32])), |(next, last)| (*next, *last))
    }

    /// Whether `official` may read the records of `stream` at log time `time`.
    ///
    /// Members and founder, approver and provisioner of a channel; who may approve or provision, until it is provisioned;
    /// auditors (records and ciphertext only, they hold no keys). Of a channel that carries a secrecy level, once its group has started: its readers, while
    /// they are authorised, and who speaks for the founder agency and is no member. Nobody whose term is over. Everybody reads
    /// stream 0 and the heads.
    #[must_use]
    pub fn may_read(&self, stream: &StreamId, official: &OfficialId, time: u64) -> bool {
        let at = self.directory.now();
        if stream.is_reserved() || at.holds_role(official, Role::Auditor, None, time) {
            return true;
        }
        let Some(channel) = self.channels.get(stream) else {
            return false;
        };
        if !at.is_in_term(official, time) {
            return false;
        }
        let founder = channel.founding().map(|founding| &founding.founder);
        let awaited = channel.open().is_none()
            && (at.holds_role(official, Role::NationalAdministrator, None, time)
                || at.holds_role(official, Role::Approver, founder, time));
        // Before the group there is nothing to read but what founds it, and provisioner and approver must see their own acts.
        if channel.group().is_some() && channel.is_secret() {
            return channel.opens_to(&at, official, time);
        }
        awaited || channel.concerns(official)
    }

    /// Whether an official's agency is a guest's.
    #[must_use]
    pub fn is_guest(&self, official: &OfficialId) -> bool {
        let agency = self.directory.now().agency(&official.agency());
        agency.is_some_and(|agency| agency.kind.is_guest())
    }

    /// Whether `viewer` learns what is personal of `other`: a guest only of people with whom they share a channel, and of their own
    /// agency.
    ///
    /// Source: rules R16, R17.
    #[must_use]
    pub fn may_know(&self, viewer: &OfficialId, other: &OfficialId) -> bool {
        if !self.is_guest(viewer) || other.agency() == viewer.agency() {
            return true;
        }
        let mut channels = self.channels.values();
        channels.any(|channel| channel.concerns(viewer) && channel.concerns(other))
    }

    /// Whether `viewer` learns of what is proposed: whoever may know its proposer and whom it is about.
    ///
    /// Source: rules R16, R17.
    #[must_use]
    pub fn may_see(&self, viewer: &OfficialId, pending: &Pending) -> bool {
        let mut named = pending
            .statement
            .official()
            .into_iter()
            .chain([&pending.proposer]);
        named.all(|official| self.may_know(viewer, official))
    }

    /// Judges `entry` as if it were sequenced next, at `time`, under the directory's head.
    ///
    /// # Errors
    /// [`Invalid`]: the peer's fault.
    pub fn judge(&self, entry: &Entry, body: &[u8], time: u64) -> Result<Effect, Invalid> {
        let at = self.directory.now();
        let judged = self.judge_at(entry, Some(body), time, at, Authors::Verified);
        judged.effect
    }

    /// Takes the next record of its stream.
    ///
    /// `body`: the entry's body; it may be missing only for a message (then its MLS head is not checked).
    ///
    /// # Errors
    /// [`RecordError`]: the record has no place here: a fault of whoever sequenced or delivered it. The ledger is unchanged.
    ///
    /// Source: docs/protocol.md chapters 3 and 7.
    pub fn accept(&mut self, bytes: &[u8], body: Option<&[u8]>) -> Result<Accepted, RecordError> {
        self.accept_parsed(ParsedRecord::parse(bytes)?, body)
    }

    /// [`accept`](Self::accept) for a record that is parsed already.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn accept_parsed(
        &mut self,
        parsed: ParsedRecord,
        body: Option<&[u8]>,
    ) -> Result<Accepted, RecordError> {
        let ParsedRecord {
            hash,
            record,
            entry,
            authors,
        } = parsed;
        self.check_place(&record, &entry)?;
        let seq = record.seq;
        // Void is a verdict that every reader reaches alike; a body that is not the signed one is a fault of this delivery.
        if body.is_some_and(|body| sha256(body) != entry.payload) {
            return Err(RecordError::BodyMismatch { seq });
        }
        let at = self
            .directory
            .at(record.dir.as_ref().map_or(0, |dir| dir.seq));
        let judged = self.judge_at(&entry, body, record.time, at, authors);
        if let (Err(Invalid::BodyMissing), None) = (&judged.effect, body) {
            return Err(RecordError::BodyMissing { seq });
        }
        let official = at
            .device(&entry.device)
            .map(|device| device.official.clone());

        let chain = self.chains.entry(record.stream).or_default();
        chain.records.push(hash);
        chain.time = record.time;
        chain.dir = record.dir.as_ref().map_or(0, |dir| dir.seq);
        if judged.in_chain {
            let next = entry.facts.counter.saturating_add(1);
            chain.senders.insert(entry.device, (next, entry.hash));
        }
        chain.read_only |= judged.effect.as_ref().is_err_and(Invalid::needs_upgrade);
        if record.stream == StreamId::DIRECTORY {
            self.directory.push_head(hash);
        }
        if let Ok(effect) = &judged.effect {
            self.apply(effect.clone(), &record, hash);
        }
        Ok(Accepted {
            hash,
            record,
            entry,
            official,
            in_chain: judged.in_chain,
            verdict: judged.effect,
        })
    }

    fn check_place(&self, record: &Record, entry: &Entry) -> Result<(), RecordError> {
        let empty = Chain::default();
        let chain = self.chains.get(&record.stream).unwrap_or(&empty);
        let expected = chain.size();
        if record.seq != expected {
            return Err(RecordError::Sequence {
                got: record.seq,
                expected,
            });
        }
        let previous = chain.records.last().copied().unwrap_or(Hash([0; 32]));
        if record.prev != previous {
            return Err(RecordError::Previous { seq: record.seq });
        }
        if record.version != 1 || record.stream != entry.facts.stream {
            return Err(RecordError::Stream { seq: record.seq });
        }
        if record.time < chain.time {
            return Err(RecordError::Time { seq: record.seq });
        }
        match &record.dir {
            None if record.stream == StreamId::DIRECTORY && record.seq == 0 => Ok(()),
            None => Err(RecordError::Directory { seq: record.seq }),
            Some(dir) if dir.seq >= self.directory.size() => {
                Err(RecordError::DirectoryBehind { needed: dir.seq })
            }
            Some(dir) => {
                let is_head = self.directory.head().as_ref() == Some(dir);
                let own = record.stream == StreamId::DIRECTORY;
                if !self.directory.contains(dir) || dir.seq < chain.dir || (own && !is_head) {
                    return Err(RecordError::Directory { seq: record.seq });
                }
                Ok(())
            }
        }
    }

    fn apply(&mut self, effect: Effect, place: &Record, record: Hash) {
        let (stream, seq) = (place.stream, place.seq);
        let directory = &mut self.directory;
        match effect {
            Effect::Genesis(genesis, hash) => directory.set_genesis(*genesis, hash),
            Effect::RootStated(root) => {
                directory.note_root_statement(root.nonce);
                for statement in root.statements {
                    directory.apply(statement, Signers::Root, seq);
                }
            }
            Effect::Stated(statement, official) => {
                directory.apply(*statement, Signers::One(official), seq);
            }
            Effect::Proposed(pending) => {
                directory.add_proposal(record, Pending { seq, ..*pending });
            }
            Effect::Approved(proposal, statement, signers) => {
                directory.close_proposal(&proposal);
                directory.apply(*statement, signers, seq);
            }
            Effect::Registered(register) => directory.add_stream(register, seq),
            Effect::Heads(heads) => self.heads = Some(heads),
            Effect::Channel(effect) => self
                .channels
                .entry(stream)
                .or_insert_with(|| Channel::new(stream))
                .apply(effect, seq, place.time, record),
        }
    }
}
