//! The judgement of one entry under one position of the directory: who may say what, and where.

use minicbor::Decoder;

use crate::cbor;
use crate::channel::{Actor, Channel, ChannelEffect, CommitBody, Disclosure};
use crate::consultation::Act;
use crate::cose::SignatureError;
use crate::directory::{
    At, Pending, Proposal, RootSet, RootSigned, Signers, Statement, StatementError, StreamRegister,
};
use crate::entry::{Entry, EntryType, sha256};
use crate::frame::Null;
use crate::heads::{self, Heads};
use crate::id::StreamId;
use crate::label::{self, Label};
use crate::limits::{
    MADE_SKEW_MS_MAX, MESSAGE_BODY_LEN_MAX, ROOT_STATEMENTS_MAX, SIDE_BODY_LEN_MAX,
    STATEMENT_BODY_LEN_MAX,
};
use crate::mls_header::{self, ContentType, SenderType, WireFormat};
use crate::tlog::Hash;

use super::{Authors, Effect, Invalid, Ledger, RULE_VERSION};

impl Ledger {
    pub(super) fn judge_at(
        &self,
        entry: &Entry,
        body: Option<&[u8]>,
        time: u64,
        at: At<'_>,
        authors: Authors,
    ) -> Judged {
        if let Err(invalid) = self.check_author(entry, at, authors) {
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
    fn check_author(&self, entry: &Entry, at: At<'_>, authors: Authors) -> Result<(), Invalid> {
        if entry.facts.stream == StreamId::HEADS {
            return self.check_log_author(entry, authors);
        }
        let key = match (entry.facts.entry_type(), self.directory.genesis()) {
            // The keys of the genesis stand in its own body: judge_genesis checks the signature there.
            (Some(EntryType::Genesis), None) => return Ok(()),
            (Some(EntryType::RootStatement), Some(_)) => at
                .roots()
                .and_then(|roots| roots.key(&entry.device))
                .copied(),
            _ => at.device(&entry.device).map(|device| device.signing),
        };
        let key = key.ok_or(Invalid::UnknownDevice {
            device: entry.device,
        })?;
        match authors {
            Authors::Known => Ok(()),
            Authors::Verified => entry
                .verify(&key)
                .map_err(|SignatureError| Invalid::Signature),
        }
    }

    /// The log key, which speaks in the stream of heads and nowhere else, and nobody else there.
    fn check_log_author(&self, entry: &Entry, authors: Authors) -> Result<(), Invalid> {
        let unknown = Invalid::UnknownDevice {
            device: entry.device,
        };
        let (genesis, _) = self.directory.genesis().ok_or(unknown)?;
        match authors {
            Authors::Known => Ok(()),
            Authors::Verified => {
                heads::verify_author(entry, genesis).map_err(|_| Invalid::Signature)
            }
        }
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
        if !kind.belongs_to(&stream) {
            return Err(Invalid::WrongStream);
        }
        let in_group = kind == EntryType::Commit || kind.is_said();
        if facts.com.is_some() != kind.is_said()
            || facts.group.is_some() != in_group
            || facts.act.is_some() != kind.is_act()
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
        let ceiling = at.ceiling(time);
        label::check(facts.label, ceiling, ceiling)?;
        if kind == EntryType::Heads {
            let body = body.ok_or(Invalid::BodyMissing)?;
            self.judge_heads(entry, body)
        } else if kind.is_of_directory() {
            let body = body.ok_or(Invalid::BodyMissing)?;
            self.judge_directory(kind, entry, body, time, at)
        } else {
            self.judge_channel(kind, entry, body, time, at)
                .map(Effect::Channel)
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "EntryType::belongs_to has sent everything else elsewhere"
    )]
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
        let (_, genesis_hash) = self.directory.genesis().ok_or(Invalid::WrongStream)?;
        check_kinds(kind, body)?;
        if kind == EntryType::RootStatement {
            let roots = at.roots().ok_or(Invalid::WrongStream)?;
            let content = RootSigned::open_statements(body, roots, genesis_hash)?;
            if self.directory.has_root_statement(&content.nonce) {
                let error = "a root statement with this nonce was made before".to_owned();
                return Err(Invalid::Authority { error });
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
                // The proposer's device and right must live at the approval, too.
                if at.devices_of(&pending.proposer).next().is_none() {
                    return Err(StatementError::NotPermitted.into());
                }
                at.may_state(&pending.proposer, &pending.statement, time)?;
                at.fits(&pending.statement, time, false)?;
                let signers = Signers::Two(pending.proposer.clone(), official.clone());
                let statement = Box::new(pending.statement.clone());
                Ok(Effect::Approved(approval.record, statement, signers))
            }
            EntryType::StreamRegister => {
                let register: StreamRegister = parse(body)?;
                let free = !register.stream.is_reserved() && at.stream(&register.stream).is_none();
                let speaks = at.speaks_for(official, &official.agency(), time);
                let leads = at.leads_anything(&official.agency(), time);
                match (free, speaks && leads) {
                    (true, true) => Ok(Effect::Registered(register)),
                    (false, _) => Err(StatementError::Conflict { what: "stream" }.into()),
                    (_, false) => Err(StatementError::NotPermitted.into()),
                }
            }
            _ => Err(Invalid::WrongStream),
        }
    }

    /// Heads go forward, and say nothing of what the log key had not seen. Whether they are true, the records tell.
    fn judge_heads(&self, entry: &Entry, body: &[u8]) -> Result<Effect, Invalid> {
        let heads = Heads::parse(body).map_err(|_| Invalid::Body)?;
        if entry.facts.label != Label::Public {
            return Err(Invalid::WrongFields);
        }
        let shard = self.directory.genesis().map(|(genesis, _)| genesis.shard);
        let seen = entry.facts.seen.as_ref().map(|seen| seen.size);
        let is_later = self
            .heads
            .as_ref()
            .is_none_or(|last| heads.size > last.size);
        if shard == Some(heads.shard) && is_later && heads.count > 0 && seen <= Some(heads.size) {
            Ok(Effect::Heads(heads))
        } else {
            Err(Invalid::Heads)
        }
    }

    fn judge_genesis(&self, entry: &Entry, body: &[u8]) -> Result<Effect, Invalid> {
        if self.directory.size() != 0 {
            return Err(Invalid::WrongStream);
        }
        let (genesis, hash) = RootSigned::open_genesis(body)?;
        let roots = RootSet::of(&genesis);
        let key = roots.key(&entry.device).ok_or(Invalid::UnknownDevice {
            device: entry.device,
        })?;
        entry
            .verify(key)
            .map_err(|SignatureError| Invalid::Signature)?;
        Ok(Effect::Genesis(Box::new(genesis), hash))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "EntryType::belongs_to has sent everything else elsewhere"
    )]
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
        let ends = matches!(
            kind,
            EntryType::MemberRemove
                | EntryType::Leave
                | EntryType::AuthorisationEnd
                | EntryType::ChannelClose
        );
        channel.judge_label(entry.facts.label, at.ceiling(time), ends)?;
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
        channel.judge_life()?;
        if kind.is_said() {
            channel.judge_message(&actor, entry.facts.group.as_ref())?;
            if kind == EntryType::Brief {
                channel.judge_brief()?;
            }
            if let Some(body) = body {
                check_mls(entry, body, WireFormat::Private, None)?;
            }
        }
        if let Some(act) = &entry.facts.act {
            return judge_act(channel, &actor, kind, act, body);
        }
        if matches!(kind, EntryType::Message | EntryType::Brief) {
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
            EntryType::ChannelClose => {
                channel.judge_close(&actor, &parse(body)?)?;
                Ok(ChannelEffect::Closed(official.clone()))
            }
            EntryType::Authorisation => {
                let fact = parse(body)?;
                channel.judge_authorisation(&actor, &fact)?;
                Ok(ChannelEffect::Authorised(fact))
            }
            EntryType::AuthorisationEnd => {
                let fact: crate::channel::AuthorisationEnd = parse(body)?;
                channel.judge_authorisation_end(&actor, &fact)?;
                Ok(ChannelEffect::AuthorisationEnded(fact.official))
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
                let sender = if commit.is_external(&entry.device) {
                    SenderType::NewMemberCommit
                } else {
                    SenderType::Member
                };
                check_mls(entry, &commit.commit, WireFormat::Public, Some(sender))?;
                let by = Box::new(channel.answerable(&actor));
                Ok(ChannelEffect::Committed(Box::new(commit), by))
            }
            EntryType::CommitRejected => {
                let rejected = parse(body)?;
                channel.judge_rejection(&actor, &rejected)?;
                Ok(ChannelEffect::Rejected(rejected, official.clone()))
            }
            EntryType::Successor => {
                let successor = parse(body)?;
                channel.judge_successor(&actor, &successor)?;
                Ok(ChannelEffect::Succeeded(Box::new(successor), entry.device))
            }
            EntryType::Leave => {
                channel.judge_leave(&actor, &parse(body)?)?;
                Ok(ChannelEffect::Left(official.clone()))
            }
            EntryType::Disclosure => {
                let disclosure: Disclosure = parse(body)?;
                let chain = self.chains.get(&entry.facts.stream);
                let of = chain.and_then(|chain| chain.place_of(&disclosure.record));
                channel.judge_disclosure(&actor, &disclosure, of)?;
                Ok(ChannelEffect::Disclosed(disclosure))
            }
            _ => Err(Invalid::WrongStream),
        }
    }
}

/// An act of a consultation; one that says nothing has an empty body and is a reader's.
fn judge_act(
    channel: &Channel,
    actor: &Actor<'_>,
    kind: EntryType,
    act: &Act,
    body: Option<&[u8]>,
) -> Result<ChannelEffect, Invalid> {
    if !kind.is_said() {
        if body.ok_or(Invalid::BodyMissing)? != cbor::to_vec(&Null) {
            return Err(Invalid::Body);
        }
        channel.judge_silent(actor)?;
    }
    channel.consultations().judge(actor, channel, kind, act)?;
    Ok(ChannelEffect::Acted(
        kind,
        Box::new(act.clone()),
        actor.official.clone(),
    ))
}

pub(super) struct Judged {
    /// Whether the author really said this here: then it takes its place in the author's chain even if it is void.
    pub(super) in_chain: bool,
    pub(super) effect: Result<Effect, Invalid>,
}

fn parse<'b, T: minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    body: &'b [u8],
) -> Result<T, Invalid> {
    cbor::from_slice(body, STATEMENT_BODY_LEN_MAX).map_err(|_| Invalid::Body)
}

/// A statement of a later rule version is not just void: what it says of rights is unknown here.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others name no statement"
)]
fn check_kinds(kind: EntryType, body: &[u8]) -> Result<(), Invalid> {
    let kinds = match kind {
        EntryType::Statement => stated_kind(&mut Decoder::new(body)).map(|kind| vec![kind]),
        EntryType::Propose => {
            let mut decoder = Decoder::new(body);
            let array = decoder.array();
            array
                .and_then(|_| stated_kind(&mut decoder))
                .map(|kind| vec![kind])
        }
        EntryType::RootStatement => root_kinds(body),
        _ => return Ok(()),
    };
    // What does not parse this far is refused as a body of another shape.
    let mut kinds = kinds.unwrap_or_default().into_iter();
    match kinds.find(|kind| !Statement::NUMBERS.contains(kind)) {
        Some(got) => Err(Invalid::UnknownKind { got }),
        None => Ok(()),
    }
}

fn root_kinds(body: &[u8]) -> Result<Vec<u64>, minicbor::decode::Error> {
    let mut decoder = Decoder::new(body);
    decoder.array()?;
    let mut content = Decoder::new(decoder.bytes()?);
    content.array()?;
    content.skip()?;
    content.skip()?;
    let count = content
        .array()?
        .unwrap_or(0)
        .min(ROOT_STATEMENTS_MAX as u64);
    (0..count).map(|_| stated_kind(&mut content)).collect()
}

fn stated_kind(decoder: &mut Decoder<'_>) -> Result<u64, minicbor::decode::Error> {
    decoder.array()?;
    let kind = decoder.u64()?;
    decoder.skip()?;
    Ok(kind)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are statements")]
fn check_body(kind: EntryType, body: &[u8], payload: &Hash) -> Result<(), Invalid> {
    let max = match kind {
        kind if kind.is_said() => MESSAGE_BODY_LEN_MAX,
        EntryType::Commit => SIDE_BODY_LEN_MAX,
        _ => STATEMENT_BODY_LEN_MAX,
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

/// The MLSMessage says the same of its place as the signed facts: application data, or a commit where there is a `sender`.
fn check_mls(
    entry: &Entry,
    message: &[u8],
    wire_format: WireFormat,
    sender: Option<SenderType>,
) -> Result<(), Invalid> {
    let content_type = match sender {
        Some(_) => ContentType::Commit,
        None => ContentType::Application,
    };
    let header = mls_header::parse(message)?;
    let facts = &entry.facts;
    let group = facts.group.as_ref().ok_or(Invalid::WrongFields)?;
    let generation = u32::try_from(group.generation).map_err(|_| Invalid::MlsMismatch)?;
    let same = header.wire_format == wire_format
        && header.content_type == content_type
        && header.sender == sender
        && header.epoch == group.epoch
        && header.group_id == crate::id::GroupId::new(facts.stream, generation).0
        && header.authenticated_data == entry.mls_authenticated_data();
    if same {
        Ok(())
    } else {
        Err(Invalid::MlsMismatch)
    }
}
