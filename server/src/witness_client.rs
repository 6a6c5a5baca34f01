//! The log's side of C2SP tlog-witness: asks each witness of the policy for its cosignature, one task a witness.
//!
//! In scope: rounds, the witness's last size, what is tried again and when; and whether what a witness shows with our
//! signature is of this log. Out of scope: bytes (`http_client`), what is counted and shown (`cosigned`).
//!
//! A witness that is away, slow or lies costs its cosignature and nothing else. One thing ends the server: a checkpoint with
//! our own signature that this log does not extend, for then this folder is an old copy or another history. A witness's word
//! alone is never enough for that.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use hyper::{Method, StatusCode};
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::{
    AddCheckpoint, CosignatureLinesError, Policy, SignedNote, TREE_SIZE_CONTENT_TYPE, Tree,
    VerifierKey, open_checkpoint, parse_cosignature_lines, parse_tree_size,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::{info, warn};

use crate::config::WitnessPace;
use crate::cosigned::{NotACosignature, Round};
use crate::error::RunError;
use crate::http_client::{AskError, Http, Target};
use crate::limits::{WITNESS_BACKOFF_MAX, WITNESS_BACKOFF_MIN};
use crate::shared::Shared;

/// One witness of the policy.
#[derive(Clone)]
pub(crate) struct Peer {
    http: Http,
    /// Its place in the policy, which is also its name in log lines.
    place: usize,
    target: Option<Target>,
    /// Size that it cosigned last; nothing until it was asked.
    size: Option<u64>,
}

/// The witnesses of `policy`, not yet asked.
pub(crate) fn peers(policy: &Policy, http: &Http) -> Vec<Peer> {
    let peer = |(place, witness): (usize, &thamvan_proto::tlog::PolicyWitness)| Peer {
        http: http.clone(),
        place,
        target: witness.url.as_deref().and_then(Target::parse),
        size: None,
    };
    policy.witnesses().iter().enumerate().map(peer).collect()
}

/// Asks all witnesses at once for their latest checkpoints, before anything is signed.
///
/// One that cannot be asked is left for later.
///
/// # Errors
/// [`RunError::Refuses`]: one shows a checkpoint with our signature that `tree` does not extend.
pub(crate) async fn ask_all(
    peers: Vec<Peer>,
    key: &VerifierKey,
    tree: &Tree,
) -> Result<Vec<Peer>, RunError> {
    let mut asked = JoinSet::new();
    for peer in peers {
        let key = key.clone();
        asked.spawn(async move {
            let shown = peer.latest(&key).await;
            (peer, shown)
        });
    }
    let mut peers = Vec::new();
    while let Some(joined) = asked.join_next().await {
        let Ok((mut peer, shown)) = joined else {
            continue;
        };
        match shown {
            Ok(note) => peer.size = Some(judge(note.as_deref(), key, tree)?),
            Err(reason) => {
                warn!(witness = peer.place, %reason, "a witness cannot be asked; trying again later");
            }
        }
        peers.push(peer);
    }
    Ok(peers)
}

/// The size of a checkpoint that a witness shows as its latest; 0 if it has none, or none of ours.
///
/// # Errors
/// [`RunError::Refuses`]: it carries our signature, and this tree does not extend it.
fn judge(note: Option<&str>, key: &VerifierKey, tree: &Tree) -> Result<u64, RunError> {
    let Some(note) = note else { return Ok(0) };
    let Ok(shown) = open_checkpoint(note, key.name(), key) else {
        warn!("a witness shows a checkpoint that this log has not signed");
        return Ok(0);
    };
    if shown.size > tree.size() {
        return Err(RunError::refuses(format!(
            "a witness holds a checkpoint of {} records with our signature and the journal holds {}: an old copy is running; restore the newest one, or begin a new log with a new key",
            shown.size,
            tree.size()
        )));
    }
    if tree.root_at(shown.size) != Some(shown.root) {
        return Err(RunError::refuses(format!(
            "a witness holds another root of {} records with our signature: this folder is of another history than the one that was witnessed",
            shown.size
        )));
    }
    Ok(shown.size)
}

/// Starts the rounds and a task for each witness; they end when the set is dropped.
pub(crate) fn spawn(shared: &Arc<Shared>, peers: Vec<Peer>, pace: WitnessPace) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if !shared.board.wants_quorum() {
        return tasks;
    }
    for peer in peers.into_iter().filter(|peer| peer.target.is_some()) {
        tasks.spawn(attend(Arc::clone(shared), peer));
    }
    tasks.spawn(conduct(Arc::clone(shared), pace));
    tasks
}

/// Begins a round whenever there is a larger checkpoint, and when the last cosignatures grow old.
async fn conduct(shared: Arc<Shared>, pace: WitnessPace) {
    let board = &shared.board;
    let (mut published, mut witnessed) = (shared.published.subscribe(), board.witnessed());
    let mut lost = false;
    loop {
        let current = Arc::clone(&published.borrow_and_update());
        // Our own note: what was published is signed and parses.
        let Ok(note) = SignedNote::parse(&current.checkpoint) else {
            if published.changed().await.is_err() {
                return;
            }
            continue;
        };
        let begun = Instant::now();
        let round = board.begin(current.size, note, begun);
        let is_witnessed = board.is_witnessed(current.size);
        let mut grown = published.clone();
        let grown = grown.wait_for(|published| published.size > current.size);
        let reached =
            witnessed.wait_for(|it| it.as_ref().is_some_and(|it| it.round >= round.number));
        tokio::select! {
            _ = reached => lost = false,
            // Cosignatures that are only renewed never keep a larger checkpoint waiting.
            _ = grown, if is_witnessed => {}
            () = sleep(pace.round_max) => {
                let age_s = board.quorum_age(Instant::now()).map(|age| age.as_secs());
                if !lost {
                    warn!(size = round.size, age_s, "no quorum of witnesses");
                }
                lost = true;
            }
        }
        let grown = published.wait_for(|published| published.size > current.size);
        let _ = timeout_at(begun + pace.heartbeat, grown).await;
        sleep_until(begun + pace.interval).await;
    }
}

/// Answers every round with this witness's cosignature, or tries to.
async fn attend(shared: Arc<Shared>, mut peer: Peer) {
    let mut rounds = shared.board.rounds();
    let mut failures = 0_u32;
    loop {
        let Some(round) = rounds.borrow_and_update().clone() else {
            if rounds.changed().await.is_err() {
                return;
            }
            continue;
        };
        match peer.cosign(&shared, &round).await {
            Ok(()) => {
                if failures > 0 {
                    info!(witness = peer.place, "a witness cosigns again");
                }
                failures = 0;
                if rounds.changed().await.is_err() {
                    return;
                }
            }
            Err(NotCosigned::Ends(error)) => return shared.end(error),
            Err(reason) => {
                // Said once, not at every attempt.
                if failures == 0 {
                    let reason = crate::chain(&reason);
                    warn!(witness = peer.place, reason, "a witness does not cosign");
                }
                failures = failures.saturating_add(1);
                sleep(backoff(failures)).await;
            }
        }
    }
}

/// Twice as long after each failure, up to a cap.
fn backoff(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    WITNESS_BACKOFF_MIN
        .saturating_mul(doubled)
        .min(WITNESS_BACKOFF_MAX)
}

impl Peer {
    /// The checkpoint that the witness shows as its latest of this log; none if it has none.
    async fn latest(&self, key: &VerifierKey) -> Result<Option<String>, AskError> {
        let target = self.target.as_ref().ok_or(AskError::Address)?;
        let origin = HEXLOWER.encode(&sha256(key.name().as_str().as_bytes()).0);
        let path = format!("/{origin}/checkpoint");
        let answered = self
            .http
            .ask(target, Method::GET, &path, String::new())
            .await?;
        // Anything but a checkpoint says nothing about a larger tree.
        Ok((answered.status == StatusCode::OK).then_some(answered.body))
    }

    /// Asks for the latest checkpoint and holds it against the log as it is now.
    async fn look(&mut self, shared: &Shared) -> Result<u64, NotCosigned> {
        let shown = self.latest(&shared.log_key).await?;
        // Whatever a witness holds was in our tree before it was sent to anybody.
        let size = judge(shown.as_deref(), &shared.log_key, shared.state().tree())
            .map_err(NotCosigned::Ends)?;
        self.size = Some(size);
        Ok(size)
    }

    /// Gets the cosignature of `round`; asks once more where the witness holds another size than was thought.
    async fn cosign(&mut self, shared: &Shared, round: &Round) -> Result<(), NotCosigned> {
        let mut old = match self.size {
            Some(size) => size,
            None => self.look(shared).await?,
        };
        for attempt in 0..2 {
            match self.add_checkpoint(shared, round, old).await {
                Ok(()) => {
                    self.size = Some(round.size);
                    return Ok(());
                }
                Err(NotCosigned::OtherSize { size }) if size <= round.size && attempt == 0 => {
                    old = size;
                }
                Err(error @ (NotCosigned::OtherSize { .. } | NotCosigned::Status { .. })) => {
                    // It knows more than we sent, or another tree: with our signature, that is the end.
                    self.look(shared).await?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(NotCosigned::OtherSize { size: old })
    }

    async fn add_checkpoint(
        &self,
        shared: &Shared,
        round: &Round,
        old: u64,
    ) -> Result<(), NotCosigned> {
        let target = self.target.as_ref().ok_or(AskError::Address)?;
        let path = match old {
            0 => Vec::new(),
            old => {
                let state = shared.state();
                let path = state.tree().consistency_path(old, round.size);
                path.map_err(|_| NotCosigned::OtherSize { size: old })?
            }
        };
        let request = AddCheckpoint {
            old_size: old,
            path,
            checkpoint: round.note.clone(),
        };
        let answered = self
            .http
            .ask(target, Method::POST, "/add-checkpoint", request.to_string())
            .await?;
        if answered.status == StatusCode::OK {
            let lines = parse_cosignature_lines(&answered.body)?;
            shared
                .board
                .add(round, self.place, &lines, Instant::now())?;
            return Ok(());
        }
        let size = parse_tree_size(&answered.body)
            .filter(|_| answered.content_type == TREE_SIZE_CONTENT_TYPE);
        match (answered.status, size) {
            (StatusCode::CONFLICT, Some(size)) => Err(NotCosigned::OtherSize { size }),
            (status, _) => Err(NotCosigned::Status {
                status: status.as_u16(),
            }),
        }
    }
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum NotCosigned {
    /// No answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// It holds another size than was thought.
    #[error("the witness holds another size, {size}")]
    OtherSize {
        /// The size.
        size: u64,
    },
    /// It refuses.
    #[error("the witness answers with status {status}")]
    Status {
        /// Of HTTP.
        status: u16,
    },
    /// The answer is not what tlog-witness says.
    #[error("the answer is not a list of cosignatures")]
    Malformed(#[from] CosignatureLinesError),
    /// The cosignature.
    #[error(transparent)]
    NotACosignature(#[from] NotACosignature),
    /// The server must end.
    #[error("the witness shows another history")]
    Ends(#[source] RunError),
}

#[cfg(test)]
mod tests;
