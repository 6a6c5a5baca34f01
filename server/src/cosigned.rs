//! Which checkpoint the witnesses are asked to cosign, what they have answered, and what of it is shown.
//!
//! Witnesses make a quorum only if they cosign the same checkpoint, so they are asked in rounds, each for one. Nothing of
//! this is stored: cosignatures are evidence for others, and after a start the witnesses are simply asked again. Nobody
//! waits for it: records are sequenced, answered and delivered under the log's own signature.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thamvan_proto::tlog::{
    Cosignature, CosignatureError, NoteSignature, PolicyWitness, Quorum, SignedNote,
};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::limits::WITNESS_QUORUM_LAG_MAX;
use crate::policy_file::PolicyFile;
use crate::shared::Published;

/// One checkpoint that the witnesses are asked for.
#[derive(Debug)]
pub(crate) struct Round {
    /// Counted from 1.
    pub(crate) number: u64,
    /// Size of the checkpoint.
    pub(crate) size: u64,
    /// As the log signed it.
    pub(crate) note: SignedNote,
}

/// A checkpoint with a quorum.
#[derive(Debug)]
pub(crate) struct Witnessed {
    /// The note with its cosignatures.
    pub(crate) note: String,
    size: u64,
    /// The round that the quorum answered.
    pub(crate) round: u64,
    reached: Instant,
}

/// The rounds of one log; shared by everybody.
#[derive(Debug)]
pub(crate) struct Board {
    file: PolicyFile,
    state: Mutex<State>,
    rounds: watch::Sender<Option<Arc<Round>>>,
    witnessed: watch::Sender<Option<Arc<Witnessed>>>,
}

#[derive(Debug, Default)]
struct State {
    round: Option<Arc<Round>>,
    /// Cosignatures on the round's checkpoint by the witness's place in the policy, with the round that each answered.
    lines: BTreeMap<usize, (NoteSignature, u64)>,
    witnessed: Option<Arc<Witnessed>>,
    /// When the first larger checkpoint than the witnessed one was asked for.
    waiting_since: Option<Instant>,
}

impl Board {
    pub(crate) fn new(file: PolicyFile) -> Self {
        Self {
            file,
            state: Mutex::default(),
            rounds: watch::Sender::new(None),
            witnessed: watch::Sender::new(None),
        }
    }

    /// The policy's text as the genesis pins it.
    pub(crate) fn policy_text(&self) -> &str {
        &self.file.text
    }

    /// Whether a quorum is asked for at all.
    pub(crate) fn wants_quorum(&self) -> bool {
        self.file.policy.quorum() != &Quorum::None
    }

    /// Begins a round for the checkpoint `note` of `size` entries, at least as many as in the round before.
    pub(crate) fn begin(&self, size: u64, note: SignedNote, now: Instant) -> Arc<Round> {
        let mut state = self.state();
        let before = state.round.take();
        let number = before
            .as_ref()
            .map_or(1, |round| round.number.saturating_add(1));
        if before.is_some_and(|round| round.note.text() != note.text()) {
            state.lines.clear();
        }
        if state.witnessed.as_ref().is_none_or(|it| it.size < size) {
            state.waiting_since.get_or_insert(now);
        }
        let round = Arc::new(Round { number, size, note });
        state.round = Some(Arc::clone(&round));
        drop(state);
        self.rounds.send_replace(Some(Arc::clone(&round)));
        round
    }

    /// The rounds as they begin.
    pub(crate) fn rounds(&self) -> watch::Receiver<Option<Arc<Round>>> {
        self.rounds.subscribe()
    }

    /// The newest checkpoint with a quorum, as there is a newer one or the same with newer cosignatures.
    pub(crate) fn witnessed(&self) -> watch::Receiver<Option<Arc<Witnessed>>> {
        self.witnessed.subscribe()
    }

    /// Whether a checkpoint of `size` entries has had its quorum.
    pub(crate) fn is_witnessed(&self, size: u64) -> bool {
        let state = self.state();
        state.witnessed.as_ref().is_some_and(|it| it.size >= size)
    }

    /// How long ago a quorum was reached last; nothing since the start. For whoever watches this server.
    #[must_use]
    pub(crate) fn quorum_age(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        let witnessed = state.witnessed.as_ref()?;
        Some(now.saturating_duration_since(witnessed.reached))
    }

    /// Takes what the witness at place `witness` of the policy answered in `round`, if it verifies.
    ///
    /// # Errors
    /// [`NotACosignature`]: the witness's fault.
    pub(crate) fn add(
        &self,
        round: &Round,
        witness: usize,
        lines: &[NoteSignature],
        now: Instant,
    ) -> Result<Cosignature, NotACosignature> {
        let known = self.file.policy.witnesses().get(witness);
        let (line, cosignature) = verified(lines, known, round)?;
        let mut state = self.state();
        // An answer that comes after the next checkpoint was asked for helps nobody.
        let current = state.round.as_ref();
        if current.is_some_and(|current| current.note.text() == round.note.text()) {
            state.lines.insert(witness, (line.clone(), round.number));
            self.count(&mut state, now);
        }
        Ok(cosignature)
    }

    fn count(&self, state: &mut State, now: Instant) {
        let Some(round) = state.round.clone() else {
            return;
        };
        let answered = |(_, of): &&(NoteSignature, u64)| *of == round.number;
        let names: BTreeSet<&str> = state
            .lines
            .iter()
            .filter(|(_, line)| answered(line))
            .filter_map(|(place, _)| self.file.policy.witnesses().get(*place))
            .map(|witness| witness.name.as_str())
            .collect();
        if !self.wants_quorum() || !self.file.policy.is_reached_by(&names) {
            return;
        }
        let witnessed = Arc::new(Witnessed {
            note: with_lines(&round, &state.lines),
            size: round.size,
            round: round.number,
            reached: now,
        });
        state.waiting_since = None;
        state.witnessed = Some(Arc::clone(&witnessed));
        self.witnessed.send_replace(Some(witnessed));
    }

    /// The checkpoint to be shown to whoever asks without log-in; its size never goes back.
    ///
    /// The newest one with a quorum; but where a larger one has waited for its quorum too long, that one with what it has,
    /// so that everybody sees what is missing.
    pub(crate) fn served(&self, published: &Published, now: Instant) -> String {
        let state = self.state();
        let Some(round) = &state.round else {
            return published.checkpoint.clone();
        };
        let late = |since: Instant| now.saturating_duration_since(since) > WITNESS_QUORUM_LAG_MAX;
        match &state.witnessed {
            Some(witnessed) if !state.waiting_since.is_some_and(late) => witnessed.note.clone(),
            Some(_) | None => with_lines(round, &state.lines),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of the witness among those that it sent, verified; lines of other keys are ignored.
fn verified<'a>(
    lines: &'a [NoteSignature],
    witness: Option<&PolicyWitness>,
    round: &Round,
) -> Result<(&'a NoteSignature, Cosignature), NotACosignature> {
    let key = &witness.ok_or(NotACosignature::Missing)?.key;
    let line = lines
        .iter()
        .find(|line| line.is_by(key))
        .ok_or(NotACosignature::Missing)?;
    let cosignature = Cosignature::verify(line, key, round.note.text())?;
    Ok((line, cosignature))
}

/// The round's checkpoint with the cosignatures on it, in the order of the policy.
fn with_lines(round: &Round, lines: &BTreeMap<usize, (NoteSignature, u64)>) -> String {
    let add = |note: SignedNote, (line, _): &(NoteSignature, u64)| {
        // 32 witnesses of 200 bytes each never make a note too long.
        note.clone().with_signature(line.clone()).unwrap_or(note)
    };
    lines.values().fold(round.note.clone(), add).to_string()
}

/// Why an answer is not a cosignature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACosignature {
    /// No line of the witness's key.
    #[error("the answer has no line of the witness's key")]
    Missing,
    /// The line does not verify.
    #[error("the cosignature is refused")]
    Refused(#[from] CosignatureError),
}

#[cfg(test)]
mod tests;
