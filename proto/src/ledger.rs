//! Validity: the one versioned function that server, client and auditor all run (docs/protocol.md chapter 7).
//!
//! A [`Ledger`] folds records in order. [`Ledger::judge`] says what an entry would do at the current head (the server asks before
//! it sequences); [`Ledger::accept`] takes a sequenced record, judges it under exactly its `dir`, and applies it or notes
//! that it is void. In scope: chains, signatures, directory, channels. Out of scope: the Merkle tree (`tlog`), secrets (MLS).

use std::collections::BTreeMap;

use crate::cbor::{self, CborError};
use crate::channel::{Actor, Channel, ChannelEffect, ChannelError, CommitBody};
use crate::cose::{EnvelopeError, SignatureError};
use crate::directory::{
    At, AuthorityError, Directory, Genesis, Pending, Proposal, Role, RootSigned, RootStatements,
    Signers, Statement, StatementError, StreamRegister, root_key_id,
};
use crate::entry::{Entry, EntryType, Position, sha256};
use crate::error_code::ErrorCode;
use crate::id::{DeviceId, OfficialId, PublicKey, StreamId};
use crate::label::{self, Label, LabelError};
use crate::limits::{
    MADE_SKEW_MS_MAX, MESSAGE_BODY_LEN_MAX, SIDE_BODY_LEN_MAX, STATEMENT_BODY_LEN_MAX,
};
use crate::mls_header::{self, ContentType, MlsHeaderError, WireFormat};
use crate::record::Record;
use crate::tlog::Hash;

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
    /// A channel changes.
    Channel(ChannelEffect),
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
    /// auditors (records and ciphertext only, they hold no keys). Everybody reads stream 0.
    #[must_use]
    pub fn may_read(&self, stream: &StreamId, official: &OfficialId, time: u64) -> bool {
        let at = self.directory.now();
        if *stream == StreamId::DIRECTORY || at.holds_role(official, Role::Auditor, None, time) {
            return true;
        }
        let Some(channel) = self.channels.get(stream) else {
            return false;
        };
        let founder = channel.founding().map(|founding| &founding.founder);
        let awaited = channel.open().is_none()
            && (at.holds_role(official, Role::NationalAdministrator, None, time)
                || at.holds_role(official, Role::Approver, founder, time));
        awaited || channel.concerns(official)
    }

    /// Judges `entry` as if it were sequenced next, at `time`, under the directory's head.
    ///
    /// # Errors
    /// [`Invalid`]: the peer's fault.
    pub fn judge(&self, entry: &Entry, body: &[u8], time: u64) -> Result<Effect, Invalid> {
        let judged = self.judge_at(entry, Some(body), time, self.directory.now());
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
        let record = Record::parse(bytes).map_err(RecordError::Record)?;
        let entry = Entry::parse(&record.entry).map_err(RecordError::Entry)?;
        self.check_place(&record, &entry)?;
        let (hash, seq) = (sha256(bytes), record.seq);
        // Void is a verdict that every reader reaches alike; a body that is not the signed one is a fault of this delivery.
        if body.is_some_and(|body| sha256(body) != entry.payload) {
            return Err(RecordError::BodyMismatch { seq });
        }
        let at = self
            .directory
            .at(record.dir.as_ref().map_or(0, |dir| dir.seq));
        let judged = self.judge_at(&entry, body, record.time, at);
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
        if matches!(
            judged.effect,
            Err(Invalid::UnknownType { .. } | Invalid::UnknownRule { .. })
        ) {
            chain.read_only = true;
        }
        if record.stream == StreamId::DIRECTORY {
            self.directory.push_head(hash);
        }
        if let Ok(effect) = &judged.effect {
            self.apply(effect.clone(), record.stream, seq, hash);
        }
        Ok(Accepted {
            hash,
            record,
            entry,
            official,
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

    fn apply(&mut self, effect: Effect, stream: StreamId, seq: u64, record: Hash) {
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
            Effect::Channel(effect) => self
                .channels
                .entry(stream)
                .or_insert_with(|| Channel::new(stream))
                .apply(effect, seq, record),
        }
    }

    fn judge_at(&self, entry: &Entry, body: Option<&[u8]>, time: u64, at: At<'_>) -> Judged {
        if let Err(invalid) = self.check_author(entry, at) {
            return Judged {
                in_chain: false,
                effect: Err(invalid),
            };
        }
        if let Err(invalid) = self.check_chain(entry) {
            return Judged {
                in_chain: false,
                effect: Err(invalid),
            };
        }
        Judged {
            in_chain: true,
            effect: self.judge_content(entry, body, time, at),
        }
    }

    /// The signature, under the key that `at` gives for the author.
    fn check_author(&self, entry: &Entry, at: At<'_>) -> Result<(), Invalid> {
        let root = |keys: &[PublicKey]| {
            keys.iter()
                .find(|key| root_key_id(key).0 == entry.device.0)
                .copied()
        };
        let key = match (entry.facts.entry_type(), self.directory.genesis()) {
            // The keys of the genesis stand in its own body: judge_genesis checks the signature there.
            (Some(EntryType::Genesis), None) => return Ok(()),
            (Some(EntryType::RootStatement), Some((genesis, _))) => root(&genesis.root_keys),
            _ => at.device(&entry.device).map(|device| device.signing),
        };
        let key = key.ok_or(Invalid::UnknownDevice {
            device: entry.device,
        })?;
        entry
            .verify(&key)
            .map_err(|SignatureError| Invalid::Signature)
    }

    fn check_chain(&self, entry: &Entry) -> Result<(), Invalid> {
        let facts = &entry.facts;
        let (counter, prev) = self.next_of(&facts.stream, &entry.device);
        if facts.counter != counter || facts.prev != prev {
            return Err(Invalid::SenderChain {
                got: facts.counter,
                expected: counter,
            });
        }
        let known = facts
            .head
            .as_ref()
            .is_none_or(|head| self.record_hash(&facts.stream, head.seq) == Some(head.record));
        if !known {
            return Err(Invalid::Head);
        }
        // Root keys work offline; every other author has verified a checkpoint to get here.
        let offline = matches!(
            facts.entry_type(),
            Some(EntryType::Genesis | EntryType::RootStatement)
        );
        if facts.seen.is_none() && !offline {
            return Err(Invalid::Seen);
        }
        Ok(())
    }

    fn judge_content(
        &self,
        entry: &Entry,
        body: Option<&[u8]>,
        time: u64,
        at: At<'_>,
    ) -> Result<Effect, Invalid> {
        let facts = &entry.facts;
        let stream = facts.stream;
        if facts.rule != RULE_VERSION {
            return Err(Invalid::UnknownRule { got: facts.rule });
        }
        let kind = facts
            .entry_type()
            .ok_or(Invalid::UnknownType { got: facts.kind })?;
        if self.is_read_only(&stream) || self.is_read_only(&StreamId::DIRECTORY) {
            return Err(Invalid::ReadOnly);
        }
        if kind.is_of_directory() != (stream == StreamId::DIRECTORY) {
            return Err(Invalid::WrongStream);
        }
        let has_commitment = kind == EntryType::Message;
        let in_group = matches!(kind, EntryType::Commit | EntryType::Message);
        if facts.com.is_some() != has_commitment
            || facts.group.is_some() != in_group
            || facts.act.is_some()
        {
            return Err(Invalid::WrongFields);
        }
        if let Some(body) = body {
            check_body(kind, body, &entry.payload)?;
        }
        // Root keys work offline, days before their statements reach the log.
        let offline = matches!(kind, EntryType::Genesis | EntryType::RootStatement);
        if facts.made.abs_diff(time) > MADE_SKEW_MS_MAX && !offline {
            return Err(Invalid::MadeTime {
                made: facts.made,
                time,
            });
        }
        label::check(facts.label, Label::CEILING_DEFAULT, Label::CEILING_DEFAULT)?;
        if kind.is_of_directory() {
            let body = body.ok_or(Invalid::BodyMissing)?;
            self.judge_directory(kind, entry, body, time, at)
        } else {
            self.judge_channel(kind, entry, body, time, at)
                .map(Effect::Channel)
        }
    }

    fn judge_directory(
        &self,
        kind: EntryType,
        entry: &Entry,
        body: &[u8],
        time: u64,
        at: At<'_>,
    ) -> Result<Effect, Invalid> {
        if kind == EntryType::Genesis {
            return self.judge_genesis(entry, body);
        }
        let (genesis, genesis_hash) = self.directory.genesis().ok_or(Invalid::WrongStream)?;
        if kind == EntryType::RootStatement {
            let content =
                RootSigned::open_statements(body, genesis, genesis_hash).map_err(|error| {
                    Invalid::Authority {
                        error: error.to_string(),
                    }
                })?;
            if self.directory.has_root_statement(&content.nonce) {
                return Err(StatementError::Conflict {
                    what: "root statement",
                }
                .into());
            }
            // Judged one after another, each with those before it in force.
            let mut trial = self.directory.clone();
            let seq = trial.size();
            trial.push_head(Hash([0; 32]));
            for statement in &content.statements {
                trial.at(seq).fits(statement, time, true)?;
                trial.apply(statement.clone(), Signers::Root, seq);
            }
            return Ok(Effect::RootStated(content));
        }
        let official = &at
            .device(&entry.device)
            .ok_or(Invalid::UnknownDevice {
                device: entry.device,
            })?
            .official;
        match kind {
            EntryType::Statement => {
                let statement: Statement = parse(body)?;
                if statement.needs_two_persons() {
                    return Err(StatementError::NeedsTwoPersons.into());
                }
                at.may_state(official, &statement, time)?;
                at.fits(&statement, time, true)?;
                Ok(Effect::Stated(Box::new(statement), official.clone()))
            }
            EntryType::Propose => {
                let proposal: Proposal = parse(body)?;
                if !proposal.expires_within_limit(time) {
                    return Err(StatementError::Expired.into());
                }
                at.may_state(official, &proposal.statement, time)?;
                at.fits(&proposal.statement, time, true)?;
                Ok(Effect::Proposed(Box::new(Pending {
                    seq: self.directory.size(),
                    proposer: official.clone(),
                    statement: proposal.statement,
                    expires: proposal.expires,
                    approved: false,
                })))
            }
            EntryType::Approve => {
                let approval: crate::directory::Approval = parse(body)?;
                let pending = self
                    .directory
                    .proposals()
                    .find(|(record, _)| **record == approval.record)
                    .map(|(_, pending)| pending)
                    .ok_or(StatementError::Unknown { what: "proposal" })?;
                at.may_approve(official, pending, time)?;
                // The proposer's right must live at the approval, too.
                at.may_state(&pending.proposer, &pending.statement, time)?;
                at.fits(&pending.statement, time, false)?;
                let signers = Signers::Two(pending.proposer.clone(), official.clone());
                let statement = Box::new(pending.statement.clone());
                Ok(Effect::Approved(approval.record, statement, signers))
            }
            EntryType::StreamRegister => {
                let register: StreamRegister = parse(body)?;
                let free =
                    register.stream != StreamId::DIRECTORY && at.stream(&register.stream).is_none();
                let speaks = at.speaks_for(official, &official.agency(), time);
                let leads = at
                    .agency(&official.agency())
                    .is_some_and(|a| !a.leads.is_empty());
                match (free, speaks && leads) {
                    (true, true) => Ok(Effect::Registered(register)),
                    (false, _) => Err(StatementError::Conflict { what: "stream" }.into()),
                    (_, false) => Err(StatementError::NotPermitted.into()),
                }
            }
            EntryType::Genesis
            | EntryType::RootStatement
            | EntryType::Founding
            | EntryType::FoundingApprove
            | EntryType::StreamOpen
            | EntryType::MemberAdd
            | EntryType::MemberRemove
            | EntryType::GroupStart
            | EntryType::Commit
            | EntryType::Message => Err(Invalid::WrongStream),
        }
    }

    fn judge_genesis(&self, entry: &Entry, body: &[u8]) -> Result<Effect, Invalid> {
        if self.directory.size() != 0 {
            return Err(Invalid::WrongStream);
        }
        let (genesis, hash) =
            RootSigned::open_genesis(body).map_err(|error| Invalid::Authority {
                error: error.to_string(),
            })?;
        let key = genesis
            .root_keys
            .iter()
            .find(|key| root_key_id(key).0 == entry.device.0)
            .ok_or(Invalid::UnknownDevice {
                device: entry.device,
            })?;
        entry
            .verify(key)
            .map_err(|SignatureError| Invalid::Signature)?;
        Ok(Effect::Genesis(Box::new(genesis), hash))
    }

    fn judge_channel(
        &self,
        kind: EntryType,
        entry: &Entry,
        body: Option<&[u8]>,
        time: u64,
        at: At<'_>,
    ) -> Result<ChannelEffect, Invalid> {
        let empty = Channel::new(entry.facts.stream);
        let channel = self.channels.get(&entry.facts.stream).unwrap_or(&empty);
        channel.judge_label(entry.facts.label)?;
        let official = &at
            .device(&entry.device)
            .ok_or(Invalid::UnknownDevice {
                device: entry.device,
            })?
            .official;
        let actor = Actor {
            at,
            time,
            device: entry.device,
            official,
        };
        if kind == EntryType::Message {
            channel.judge_message(&actor, entry.facts.group.as_ref())?;
            if let Some(body) = body {
                check_mls(entry, body, WireFormat::Private, ContentType::Application)?;
            }
            return Ok(ChannelEffect::Message);
        }
        let body = body.ok_or(Invalid::BodyMissing)?;
        match kind {
            EntryType::Founding => {
                let founding: crate::channel::Founding = parse(body)?;
                if entry.facts.label > founding.label {
                    return Err(Invalid::WrongFields);
                }
                channel.judge_founding(&actor, &founding)?;
                Ok(ChannelEffect::Founded(Box::new(founding), official.clone()))
            }
            EntryType::FoundingApprove => {
                channel.judge_approval(&actor, &parse(body)?)?;
                Ok(ChannelEffect::Approved(official.clone()))
            }
            EntryType::StreamOpen => {
                let open = parse(body)?;
                channel.judge_open(&actor, &open)?;
                Ok(ChannelEffect::Opened(open, official.clone()))
            }
            EntryType::MemberAdd => {
                let add = parse(body)?;
                channel.judge_add(&actor, &add)?;
                Ok(ChannelEffect::MemberAdded(add))
            }
            EntryType::MemberRemove => {
                let remove: crate::channel::MemberRemove = parse(body)?;
                channel.judge_remove(&actor, &remove)?;
                Ok(ChannelEffect::MemberRemoved(remove.official))
            }
            EntryType::GroupStart => {
                let start = parse(body)?;
                channel.judge_start(&actor, &start)?;
                Ok(ChannelEffect::GroupStarted(start, entry.device))
            }
            EntryType::Commit => {
                let commit: CommitBody =
                    cbor::from_slice(body, SIDE_BODY_LEN_MAX).map_err(|_| Invalid::Body)?;
                channel.judge_commit(&actor, entry.facts.group.as_ref(), &commit)?;
                check_mls(
                    entry,
                    &commit.commit,
                    WireFormat::Public,
                    ContentType::Commit,
                )?;
                Ok(ChannelEffect::Committed(Box::new(commit)))
            }
            EntryType::Message
            | EntryType::Genesis
            | EntryType::RootStatement
            | EntryType::Statement
            | EntryType::Propose
            | EntryType::Approve
            | EntryType::StreamRegister => Err(Invalid::WrongStream),
        }
    }
}

struct Judged {
    /// Whether the author really said this here: then it takes its place in the author's chain even if it is void.
    in_chain: bool,
    effect: Result<Effect, Invalid>,
}

fn parse<'b, T: minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    body: &'b [u8],
) -> Result<T, Invalid> {
    cbor::from_slice(body, STATEMENT_BODY_LEN_MAX).map_err(|_| Invalid::Body)
}

fn check_body(kind: EntryType, body: &[u8], payload: &Hash) -> Result<(), Invalid> {
    let max = match kind {
        EntryType::Message => MESSAGE_BODY_LEN_MAX,
        EntryType::Commit => SIDE_BODY_LEN_MAX,
        EntryType::Genesis
        | EntryType::RootStatement
        | EntryType::Statement
        | EntryType::Propose
        | EntryType::Approve
        | EntryType::StreamRegister
        | EntryType::Founding
        | EntryType::FoundingApprove
        | EntryType::StreamOpen
        | EntryType::MemberAdd
        | EntryType::MemberRemove
        | EntryType::GroupStart => STATEMENT_BODY_LEN_MAX,
    };
    if body.len() > max {
        return Err(Invalid::BodyTooLong {
            got: body.len(),
            max,
        });
    }
    if sha256(body) == *payload {
        Ok(())
    } else {
        Err(Invalid::Payload)
    }
}

/// The MLSMessage says the same of its place as the signed facts.
fn check_mls(
    entry: &Entry,
    message: &[u8],
    wire_format: WireFormat,
    content_type: ContentType,
) -> Result<(), Invalid> {
    let header = mls_header::parse(message)?;
    let facts = &entry.facts;
    let group = facts.group.as_ref().ok_or(Invalid::WrongFields)?;
    let generation = u32::try_from(group.generation).map_err(|_| Invalid::MlsMismatch)?;
    let same = header.wire_format == wire_format
        && header.content_type == content_type
        && header.epoch == group.epoch
        && header.group_id == crate::id::GroupId::new(facts.stream, generation).0
        && header.authenticated_data == entry.mls_authenticated_data();
    if same {
        Ok(())
    } else {
        Err(Invalid::MlsMismatch)
    }
}

/// Why a record has no place in its stream: a fault of whoever sequenced or delivered it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a record.
    #[error("record is malformed")]
    Record(#[source] CborError),
    /// The entry inside is not one.
    #[error("entry in the record is malformed")]
    Entry(#[source] EnvelopeError),
    /// A gap or a repetition.
    #[error("record {got} delivered where {expected} is next")]
    Sequence {
        /// Number of the record.
        got: u64,
        /// Number that is next.
        expected: u64,
    },
    /// `prev` is not the hash of the record before.
    #[error("record {seq} does not continue the stream")]
    Previous {
        /// Number of the record.
        seq: u64,
    },
    /// Version, or a stream other than the one that the author signed.
    #[error("record {seq} carries an entry of another stream or has another version")]
    Stream {
        /// Number of the record.
        seq: u64,
    },
    /// Log time went back.
    #[error("time of record {seq} goes back")]
    Time {
        /// Number of the record.
        seq: u64,
    },
    /// `dir` is missing, not in stream 0, or went back.
    #[error("directory position of record {seq} is wrong")]
    Directory {
        /// Number of the record.
        seq: u64,
    },
    /// The directory must be read up to `needed` first.
    #[error("directory must be read up to {needed} first")]
    DirectoryBehind {
        /// Position in stream 0.
        needed: u64,
    },
    /// The body is not the one that the author signed: nothing is said about the record itself.
    #[error("body of record {seq} is not the signed one")]
    BodyMismatch {
        /// Number of the record.
        seq: u64,
    },
    /// The body is needed to judge the record.
    #[error("body of record {seq} is missing")]
    BodyMissing {
        /// Number of the record.
        seq: u64,
    },
}

/// Why an entry is refused, or void where it is logged: the author's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No live device with this id at `dir`.
    #[error("device {device} is not live at this position of the directory")]
    UnknownDevice {
        /// The `kid`.
        device: DeviceId,
    },
    /// Bad signature.
    #[error("signature of the entry is bad")]
    Signature,
    /// Counter or previous hash does not continue.
    #[error("sender counter {got} where {expected} is next")]
    SenderChain {
        /// Counter of the entry.
        got: u64,
        /// Counter that is next.
        expected: u64,
    },
    /// `head` is not a record of the stream.
    #[error("head is not a record of the stream")]
    Head,
    /// `seen` is missing.
    #[error("the last seen checkpoint is missing")]
    Seen,
    /// Rule version of the future.
    #[error("rule version {got} is unknown: upgrade")]
    UnknownRule {
        /// Version.
        got: u64,
    },
    /// Entry type of the future.
    #[error("entry type {got} is unknown: upgrade")]
    UnknownType {
        /// Type.
        got: u64,
    },
    /// The stream holds something unknown.
    #[error("the stream is read-only until upgrade")]
    ReadOnly,
    /// A directory type in a channel, a channel type in the directory, or a second genesis.
    #[error("this entry type does not belong here")]
    WrongStream,
    /// A field that this type must or must not have.
    #[error("a header field is missing or does not belong to this entry type")]
    WrongFields,
    /// The body is needed and not there.
    #[error("the body is missing")]
    BodyMissing,
    /// Too long.
    #[error("body of {got} bytes exceeds {max}")]
    BodyTooLong {
        /// Bytes.
        got: usize,
        /// Limit.
        max: usize,
    },
    /// The body is not what was signed.
    #[error("the payload is not the hash of the body")]
    Payload,
    /// Not the body of this type.
    #[error("the body is malformed")]
    Body,
    /// `made` is too far from log time.
    #[error("made {made} is more than 10 minutes from log time {time}")]
    MadeTime {
        /// As signed.
        made: u64,
        /// Of the record.
        time: u64,
    },
    /// Genesis or root statement.
    #[error("root statement refused: {error}")]
    Authority {
        /// The [`AuthorityError`], which is not comparable.
        error: String,
    },
    /// Directory.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Channel.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Not an MLS message of the profile.
    #[error("MLS message is malformed")]
    MlsHeader(#[from] MlsHeaderError),
    /// The MLS message names another group, epoch or header.
    #[error("MLS message does not match the signed header")]
    MlsMismatch,
}

impl Invalid {
    /// The code on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownDevice { .. } => ErrorCode::UnknownDevice,
            Self::Signature => ErrorCode::BadSignature,
            Self::SenderChain { .. } | Self::Head | Self::Seen => ErrorCode::BadChain,
            Self::UnknownRule { .. } | Self::UnknownType { .. } | Self::ReadOnly => {
                ErrorCode::UnknownType
            }
            Self::WrongStream
            | Self::WrongFields
            | Self::BodyMissing
            | Self::Body
            | Self::MlsHeader(_)
            | Self::MlsMismatch => ErrorCode::Malformed,
            Self::BodyTooLong { .. } => ErrorCode::TooLarge,
            Self::Payload => ErrorCode::BadPayload,
            Self::MadeTime { .. } => ErrorCode::MadeTime,
            Self::Authority { .. } => ErrorCode::BadSignature,
            Self::Statement(StatementError::NeedsTwoPersons | StatementError::SamePerson)
            | Self::Channel(ChannelError::SamePerson) => ErrorCode::TwoPersons,
            Self::Statement(StatementError::NotPermitted)
            | Self::Channel(
                ChannelError::NotPermitted | ChannelError::Found(_) | ChannelError::NotAMember,
            ) => ErrorCode::NotPermitted,
            Self::Channel(ChannelError::StaleEpoch) => ErrorCode::StaleEpoch,
            Self::Label(_) | Self::Channel(ChannelError::Label(_)) => ErrorCode::Label,
            Self::Statement(_) | Self::Channel(_) => ErrorCode::Void,
        }
    }
}

impl From<AuthorityError> for Invalid {
    fn from(error: AuthorityError) -> Self {
        Self::Authority {
            error: error.to_string(),
        }
    }
}
