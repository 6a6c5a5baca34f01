//! An entry asks for its place in the log.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::cbor::ByteVec;
use thamvan_proto::cose::EnvelopeError;
use thamvan_proto::entry::{Entry, EntryType, Seen, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, Salt};
use thamvan_proto::ledger::{Effect, Invalid, ParsedRecord};
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::refusal::RefusalFacts;
use thamvan_proto::tlog::Hash;

use crate::access;
use crate::change::Sequenced;
use crate::limits::SIDES_MAX;
use crate::refusal::Refusal;
use crate::state::{State, named_sides};

/// What arrives with a submit frame.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Entry.
    pub entry: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
    /// Side bodies.
    pub sides: &'a [ByteVec],
    /// Tag key, with stream-register only.
    pub stream_key: Option<&'a Salt>,
}

/// On whose word the entry comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The device that owns the connection.
    Device(DeviceId),
    /// A root statement with an enrolment: its own signatures are all it needs.
    Root,
    /// The genesis file of the operator.
    Operator,
    /// The log itself.
    Log,
}

/// What becomes of a submission.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is in the log at this index already.
    Again(u64),
    /// It is to be persisted.
    New(Box<Decided>),
}

/// A record that takes its place.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The content of the change.
    pub sequenced: Sequenced,
    /// What it will do.
    pub effect: Effect,
    /// Its record, parsed, for [`State::apply_decided`].
    pub parsed: ParsedRecord,
    /// Body and side bodies that are not stored yet, by hash.
    pub bodies: Vec<(Hash, Vec<u8>)>,
}

/// Parses the entry of a submission.
///
/// # Errors
/// [`Refusal`]: too large or malformed.
pub fn parse(bytes: &[u8]) -> Result<Entry, Refusal> {
    Entry::parse(bytes).map_err(|error| match error {
        EnvelopeError::TooLong { .. } => Refusal::new(ErrorCode::TooLarge, error.to_string()),
        EnvelopeError::Malformed | EnvelopeError::OtherType | EnvelopeError::NotDeterministic => {
            Refusal::new(ErrorCode::Malformed, error.to_string())
        }
    })
}

/// Decides on a submission at `now` (server clock, ms).
///
/// `entry`: [`parse`] of the submission's bytes. Judged as if sequenced next at `max(now, log time)` under the directory's head.
/// Cost: one strict signature verification, unless the entry is known to be good.
///
/// # Errors
/// [`Refusal`].
///
/// Source: docs/protocol.md chapters 3, 7 and 9.
pub fn decide(
    state: &State,
    entry: Entry,
    submission: &Submission<'_>,
    author: Author,
    now: u64,
) -> Result<Outcome, Refusal> {
    if let Author::Device(device) = &author {
        access::owner(state, device)?;
    }
    check_author(&entry, author)?;
    if let Some(index) = state.entry(&entry.hash) {
        return Ok(Outcome::Again(index));
    }
    let made = if author == Author::Operator {
        now.min(entry.facts.made)
    } else {
        now
    };
    let time = made.max(state.time());
    let effect = state
        .ledger()
        .judge(&entry, submission.body, time)
        .map_err(|invalid| refuse(state, &entry, invalid, author))?;
    check_seen(state, &entry)?;
    check_key(&effect, submission.stream_key)?;
    let bodies = check_sides(state, &effect, submission, author, time)?;
    let payload = entry.payload;
    let record = place(state, submission.entry, &entry, &effect, time);
    let malformed = || Refusal::new(ErrorCode::Malformed, "the entry is not the one submitted");
    let (parsed, record) = ParsedRecord::of(record, entry).ok_or_else(malformed)?;
    let sequenced = Sequenced {
        index: state.tree().size(),
        record: record.into(),
        body: payload,
        sides: bodies
            .keys()
            .filter(|hash| **hash != payload)
            .copied()
            .collect(),
        stream_key: submission.stream_key.copied(),
    };
    Ok(Outcome::New(Box::new(Decided {
        sequenced,
        effect,
        parsed,
        bodies: bodies.into_iter().collect(),
    })))
}

/// A refusal; for a device's own entry that no later record can make valid, with what the log key signs of it.
fn refuse(state: &State, entry: &Entry, invalid: Invalid, author: Author) -> Refusal {
    let (ledger, code) = (state.ledger(), invalid.code());
    let own = author == Author::Device(entry.device);
    let settled = own && ledger.is_final(entry, &invalid, state.time());
    let refusal = Refusal::from(invalid);
    match ledger.directory().genesis() {
        Some((genesis, _)) if settled => refusal.settling(RefusalFacts {
            version: 1,
            origin: genesis.origin.clone(),
            shard: genesis.shard,
            entry: entry.hash,
            code,
            time: state.time(),
            size: state.tree().size(),
        }),
        _ => refusal,
    }
}

fn check_author(entry: &Entry, author: Author) -> Result<(), Refusal> {
    let kind = entry.facts.entry_type();
    let allowed = match author {
        // The root keys' signatures carry a root statement, whoever brings it.
        Author::Device(device) => entry.device == device || kind == Some(EntryType::RootStatement),
        Author::Root => kind == Some(EntryType::RootStatement),
        Author::Log => kind == Some(EntryType::Heads),
        Author::Operator => {
            matches!(kind, Some(EntryType::Genesis | EntryType::RootStatement))
        }
    };
    if allowed {
        Ok(())
    } else {
        let detail = "the entry is not by the device that is logged in";
        Err(Refusal::new(ErrorCode::NotPermitted, detail))
    }
}

/// What an author says to have seen is of this log: other clients and auditors hold the log to it.
fn check_seen(state: &State, entry: &Entry) -> Result<(), Refusal> {
    let genesis = state.ledger().directory().genesis();
    let shard = genesis.map_or(0, |(genesis, _)| genesis.shard);
    let is_ours =
        |seen: &Seen| seen.shard == shard && state.tree().root_at(seen.size) == Some(seen.root);
    if entry.facts.seen.as_ref().is_none_or(is_ours) {
        Ok(())
    } else {
        let detail = "the checkpoint seen is not of this log";
        Err(Refusal::new(ErrorCode::BadChain, detail))
    }
}

fn check_key(effect: &Effect, key: Option<&Salt>) -> Result<(), Refusal> {
    let fits = match (effect, key) {
        (Effect::Registered(register), Some(key)) => {
            StreamKey(key.0).commitment() == register.key_commitment
        }
        (Effect::Registered(_), None) => false,
        (_, key) => key.is_none(),
    };
    if fits {
        Ok(())
    } else {
        let detail = "the tag key is missing, not committed, or does not belong to this entry";
        Err(Refusal::new(ErrorCode::Malformed, detail))
    }
}

/// Every side body is named by the body, and every named one is here or open to the author. Gives what must be stored, by hash.
fn check_sides(
    state: &State,
    effect: &Effect,
    submission: &Submission<'_>,
    author: Author,
    time: u64,
) -> Result<BTreeMap<Hash, Vec<u8>>, Refusal> {
    let refuse = |code, detail: &str| Err(Refusal::new(code, detail));
    if submission.sides.len() > SIDES_MAX {
        return refuse(ErrorCode::TooLarge, "too many side bodies");
    }
    let named: BTreeSet<Hash> = named_sides(effect)
        .into_iter()
        .map(|(hash, _)| hash)
        .collect();
    let mut bodies = BTreeMap::new();
    for side in submission.sides {
        if side.len() > SIDE_BODY_LEN_MAX {
            return refuse(ErrorCode::TooLarge, "a side body exceeds its limit");
        }
        let hash = sha256(side);
        if !named.contains(&hash) {
            return refuse(ErrorCode::Malformed, "a side body is not named by the body");
        }
        bodies.insert(hash, side.to_vec());
    }
    let stored = |hash: &Hash| !state.holders(hash).is_empty();
    // To name a body is to open it to the readers of this stream: only who may read it may do that.
    let open = |hash: &Hash| match author {
        Author::Device(device) => access::may_fetch(state, &device, hash, time).is_ok(),
        Author::Root | Author::Operator | Author::Log => stored(hash),
    };
    if !named
        .iter()
        .all(|hash| bodies.contains_key(hash) || open(hash))
    {
        return refuse(
            ErrorCode::Malformed,
            "a side body that the body names is missing",
        );
    }
    bodies.insert(sha256(submission.body), submission.body.to_vec());
    bodies.retain(|hash, _| !stored(hash));
    Ok(bodies)
}

fn place(state: &State, bytes: &[u8], entry: &Entry, effect: &Effect, time: u64) -> Record {
    let (ledger, stream) = (state.ledger(), entry.facts.stream);
    let genesis = ledger
        .directory()
        .genesis()
        .map(|(genesis, _)| genesis.shard);
    let shard = match effect {
        Effect::Genesis(genesis, _) => genesis.shard,
        Effect::RootStated(_)
        | Effect::Stated(..)
        | Effect::Proposed(_)
        | Effect::Approved(..)
        | Effect::Registered(_)
        | Effect::Heads(_)
        | Effect::Channel(_) => genesis.unwrap_or(0),
    };
    Record {
        version: 1,
        shard,
        stream,
        seq: ledger.size(&stream),
        time,
        dir: ledger.directory().head(),
        prev: ledger
            .head(&stream)
            .map_or(Hash([0; 32]), |head| head.record),
        entry: bytes.to_vec().into(),
    }
}

#[cfg(test)]
mod act_tests;
#[cfg(test)]
mod commit_tests;
#[cfg(test)]
mod settled_tests;
#[cfg(test)]
mod tests;
