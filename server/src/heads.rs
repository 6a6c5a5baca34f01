//! Minute heads in the shell: the clock that asks for them, their place in a batch, and the answer to who asks.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use thamvan_proto::entry::Seen;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Answer, HeadsShown, Null};
use thamvan_proto::heads::HeadsTree;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::refusal::log_key_id;
use thamvan_server_core::store::Batch;
use thamvan_server_core::submit::{self, Author, Submission};
use thamvan_server_core::{Refusal, heads};
use tokio::task::JoinHandle;
use tracing::warn;

use crate::error::RunError;
use crate::queue::WeakQueue;
use crate::sequencer::{Done, Request, Sequencer};
use crate::shared::{Published, Shared};
use crate::subscription;

/// The tree of one heads record.
#[derive(Debug)]
pub(crate) struct ShownHeads {
    seq: u64,
    size: u64,
    tree: HeadsTree,
}

impl Sequencer {
    /// Puts heads first in the batch if they are due: so no record is sequenced behind one that stands uncovered for longer.
    pub(crate) fn heads_if_due(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        let now = self.shared.now_ms();
        let due = heads::due_in(&self.shared.state(), self.heads_interval, now);
        if due == Some(0)
            && let Err(refusal) = self.heads(now, batch)?
            // Of a full disk the operator has been told.
            && refusal.code != ErrorCode::StorageFull
        {
            warn!(code = refusal.code.as_str(), "no heads");
        }
        Ok(())
    }

    /// Adds heads to the batch, if there is anything to cover.
    pub(crate) fn heads(
        &mut self,
        now: u64,
        batch: &mut Batch,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let nothing = Ok(Ok(Done::Value(Answer::new(&Null))));
        let (facts, said) = {
            let state = self.shared.state();
            let genesis = state.ledger().directory().genesis();
            // Before the first signature there is nothing that heads could have seen.
            let (Some(_), Some((genesis, _)), true) =
                (state.uncovered_since(), genesis, self.promise.is_some())
            else {
                return nothing;
            };
            let last = self.signer.last();
            let seen = Seen {
                shard: genesis.shard,
                size: last.size,
                root: last.root,
            };
            let author = log_key_id(self.signer.verifier_key());
            heads::draft(&state, author, seen, now)
        };
        let (entry, body) = self.signer.sign_heads(&facts, &said);
        let submission = Submission {
            entry: &entry,
            body: &body,
            sides: &[],
            stream_key: None,
        };
        let parsed = submit::parse(&entry);
        self.sequence(parsed, &submission, Author::Log, now, batch)
    }
}

/// Wakes the sequencer when heads are due and nobody else does.
pub(crate) fn keep(shared: &Arc<Shared>, queue: WeakQueue, interval: Duration) -> JoinHandle<()> {
    // Weak: this task must not keep the sequencer alive.
    tokio::spawn(tick(Arc::clone(shared), queue, interval))
}

async fn tick(shared: Arc<Shared>, queue: WeakQueue, interval: Duration) {
    let interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
    let mut published = shared.published.subscribe();
    loop {
        published.mark_unchanged();
        let (due, count) = look(&shared, interval_ms);
        let Some(due) = due else {
            if published.changed().await.is_err() {
                return;
            }
            continue;
        };
        // A clock that went back must not put them off.
        tokio::time::sleep(Duration::from_millis(due).min(interval)).await;
        let made_since = look(&shared, interval_ms).1 != count;
        if !made_since && !ask(&queue).await {
            // Refused (a full disk): not before the next minute.
            tokio::time::sleep(interval).await;
        }
    }
}

/// When heads are due, and how many there are.
fn look(shared: &Shared, interval_ms: u64) -> (Option<u64>, u64) {
    let state = shared.state();
    let due = heads::due_in(&state, interval_ms, shared.now_ms());
    (due, state.ledger().size(&StreamId::HEADS))
}

/// Asks for heads; says whether there are.
async fn ask(queue: &WeakQueue) -> bool {
    let Some(queue) = queue.upgrade() else {
        return false;
    };
    let answer = queue.push(Request::Heads).await;
    drop(queue);
    match answer {
        Some(answer) => matches!(answer.await, Ok(Ok(_))),
        None => false,
    }
}

/// The newest published heads with the proofs of `asked`.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    device: DeviceId,
    asked: Vec<StreamId>,
) -> Result<Answer, Refusal> {
    // What may not be asked costs nothing more.
    heads::check(&shared.state(), &device, &asked, shared.now_ms())?;
    let work = Arc::clone(shared);
    let shown = tokio::task::spawn_blocking(move || show(&work, &device, &asked)).await;
    let stopping = || Refusal::new(ErrorCode::Stopping, "the server is stopping");
    match shown {
        Ok(Ok(shown)) => shown.map(|shown| Answer::new(&shown)),
        Ok(Err(error)) => {
            shared.end(error);
            Err(stopping())
        }
        Err(_) => Err(stopping()),
    }
}

fn show(
    shared: &Shared,
    device: &DeviceId,
    asked: &[StreamId],
) -> Result<Result<Option<HeadsShown>, Refusal>, RunError> {
    let published = shared.published();
    let Some(newest) = newest(shared, &published) else {
        return Ok(Ok(None));
    };
    let tree = (newest.size, &newest.tree);
    let proved = heads::prove(&shared.state(), device, asked, tree, shared.now_ms());
    let streams = match proved {
        Ok(streams) => streams,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let record = subscription::read(shared, &published, &StreamId::HEADS, newest.seq)?;
    Ok(Ok(Some(HeadsShown { record, streams })))
}

/// The tree of the newest heads among what is published; made once for each.
fn newest(shared: &Shared, published: &Published) -> Option<Arc<ShownHeads>> {
    let mut kept = shared.heads.lock().unwrap_or_else(PoisonError::into_inner);
    let state = shared.state();
    let seq = state
        .size_within(&StreamId::HEADS, published.size)
        .checked_sub(1)?;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.seq == seq) {
        return Some(Arc::clone(kept));
    }
    // Heads cover what is before their own record.
    let size = state.index(&StreamId::HEADS, seq)?;
    let tree = heads::streams_at(&state, size).tree();
    let made = Arc::new(ShownHeads { seq, size, tree });
    *kept = Some(Arc::clone(&made));
    Some(made)
}
