//! Minute heads: when they are due, what they say, and the proof of each stream.

use thamvan_proto::entry::{EntryType, Facts, Seen};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::heads::{Heads, HeadsTree, StreamHead, StreamHeads};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::RULE_VERSION;
use thamvan_proto::limits::HEADS_STREAMS_MAX;

use crate::access;
use crate::refusal::Refusal;
use crate::state::State;

/// How long (ms) until heads are due: `interval` after the oldest record that none cover. Nothing while all are covered.
#[must_use]
pub fn due_in(state: &State, interval: u64, now: u64) -> Option<u64> {
    let oldest = state.uncovered_since()?;
    Some(oldest.saturating_add(interval).saturating_sub(now))
}

/// The next heads and the facts of their entry, which the log key `author` is to sign.
///
/// `seen`: the checkpoint that was signed last. Cost: a few hashes a stream.
#[must_use]
pub fn draft(state: &State, author: DeviceId, seen: Seen, now: u64) -> (Facts, Heads) {
    let (ledger, stream) = (state.ledger(), StreamId::HEADS);
    let (counter, prev) = ledger.next_of(&stream, &author);
    let facts = Facts {
        kind: EntryType::Heads.number(),
        rule: RULE_VERSION,
        stream,
        group: None,
        counter,
        prev,
        head: ledger.head(&stream),
        made: now.max(state.time()),
        label: Label::Public,
        com: None,
        act: None,
        seen: Some(seen),
    };
    let size = state.tree().size();
    let streams = streams_at(state, size);
    let genesis = ledger.directory().genesis();
    let heads = Heads {
        version: 1,
        shard: genesis.map_or(0, |(genesis, _)| genesis.shard),
        size,
        count: streams.count(),
        root: streams.root(),
    };
    (facts, heads)
}

/// The last record of every stream among the first `size` of the log.
#[must_use]
pub fn streams_at(state: &State, size: u64) -> StreamHeads {
    let mut streams = StreamHeads::default();
    for (stream, key) in state.keys() {
        let head = state.head_within(stream, size);
        if let Some(head) = head.filter(|_| *stream != StreamId::HEADS) {
            streams.set(*stream, key, &head);
        }
    }
    streams
}

/// Whether the last heads say what the records do; true where there are none.
#[must_use]
pub fn last_is_true(state: &State) -> bool {
    state
        .ledger()
        .heads()
        .is_none_or(|heads| streams_at(state, heads.size).root() == heads.root)
}

/// The proofs of `asked` under the heads of the first `size` records, whose tree is `tree`.
///
/// # Errors
/// [`Refusal`]: too many, or one that the device may not read.
pub fn prove(
    state: &State,
    device: &DeviceId,
    asked: &[StreamId],
    (size, tree): (u64, &HeadsTree),
    now: u64,
) -> Result<Vec<Option<StreamHead>>, Refusal> {
    check(state, device, asked, now)?;
    let prove = |stream: &StreamId| tree.prove(stream, &state.head_within(stream, size)?);
    Ok(asked.iter().map(prove).collect())
}

/// Whether `device` may ask for the heads of these streams.
///
/// # Errors
/// [`Refusal`].
pub fn check(
    state: &State,
    device: &DeviceId,
    asked: &[StreamId],
    now: u64,
) -> Result<(), Refusal> {
    access::owner(state, device)?;
    if asked.len() > HEADS_STREAMS_MAX {
        let detail = "too many streams in one question";
        return Err(Refusal::new(ErrorCode::TooLarge, detail));
    }
    asked
        .iter()
        .try_for_each(|stream| access::may_read(state, device, stream, now))
}

#[cfg(test)]
mod tests;
