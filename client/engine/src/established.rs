//! Rights that wait for the witnesses (docs/protocol.md chapter 8, "Waiting").
//!
//! A statement that gives a right stands in the ledger at its position, for everybody. This device acts on it only once a
//! quorum covers its record: then the log that everybody sees has it too, and nobody is shown a reader of their own. Where
//! the policy asks for no witness, nothing waits.

use std::time::{Duration, Instant};

use thamvan_proto::channel::Scope;
use thamvan_proto::id::{DeviceId, OfficialId, StreamId};
use thamvan_proto::label::Label;

use crate::engine::Engine;
use crate::error::EngineError;

/// Told once for each wait that begins.
pub type OnWait = Box<dyn Fn() + Send>;

impl Engine {
    /// Sets what is told when a verb begins to wait for the witnesses.
    pub fn on_wait(&mut self, tell: OnWait) {
        self.on_wait = Some(tell);
    }

    /// Lets verbs wait for the witnesses so long at most, instead of 20 seconds.
    pub fn wait_at_most(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Whether this device acts on the record of `stream` at `seq`.
    #[must_use]
    pub fn is_established(&self, stream: &StreamId, seq: u64) -> bool {
        self.witnesses.asks_nobody()
            || self
                .index_of(stream, seq)
                .is_some_and(|index| self.is_witnessed(index))
    }

    /// The place in the log of a record that this device has read.
    fn index_of(&self, stream: &StreamId, seq: u64) -> Option<u64> {
        let all = self.indexes.get(stream)?;
        all.get(usize::try_from(seq).ok()?).copied()
    }

    /// Whether `device` is live, and established.
    #[must_use]
    pub fn is_established_device(&self, device: &DeviceId) -> bool {
        let since = self.ledger.directory().now().device_since(device);
        since.is_some_and(|since| self.is_established(&StreamId::DIRECTORY, since))
    }

    /// Whether `device` is a reader of `stream`, and everything that makes it one is established: its enrolment, its owner's
    /// membership, authorisation and term, and the ceiling.
    #[must_use]
    pub fn is_established_reader(&self, stream: &StreamId, device: &DeviceId) -> bool {
        self.is_reader(stream, device) && self.is_raised(stream, device)
    }

    fn is_reader(&self, stream: &StreamId, device: &DeviceId) -> bool {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let channel = self.ledger.channel(stream);
        channel.is_some_and(|channel| channel.is_reader(&at, device, time))
    }

    /// Whether what gave `device` its last right in `stream` is established, whether that right still stands or not.
    fn is_raised(&self, stream: &StreamId, device: &DeviceId) -> bool {
        let (directory, time) = (self.ledger.directory(), self.now());
        let at = directory.now();
        let (Some(fact), Some(channel)) =
            (directory.enrolment(device), self.ledger.channel(stream))
        else {
            return false;
        };
        let enrolled = at.device_since(device);
        let label = channel.founding().map(|founding| founding.label);
        let stated = [
            enrolled.or_else(|| directory.enrolled_at(device)),
            at.term_since(&fact.official, time),
            label.and_then(|label| at.ceiling_since(label, time)),
        ];
        let mut stated = stated.into_iter().flatten();
        let raised = channel.raised_since(&fact.official);
        stated.all(|seq| self.is_established(&StreamId::DIRECTORY, seq))
            && raised.is_none_or(|seq| self.is_established(stream, seq))
    }

    /// Whether what `device` says in the record of `stream` at `seq` is not shown yet: it is another's, and nothing confirms
    /// that the log has what gives it a voice.
    pub(crate) fn is_held(&self, stream: &StreamId, seq: u64, device: &DeviceId) -> bool {
        // Whatever came before a record that is witnessed is witnessed, too.
        let confirmed = self.is_established(stream, seq) || self.is_raised(stream, device);
        *device != self.keys.device && !confirmed
    }

    /// Whether `device` is a reader of `stream`, and not everything that makes it one is established.
    #[must_use]
    pub fn awaits_witnesses(&self, stream: &StreamId, device: &DeviceId) -> bool {
        self.is_reader(stream, device) && !self.is_raised(stream, device)
    }

    /// Readers in the group of `stream` who are not established: nothing is sent while there are any.
    #[must_use]
    pub fn unestablished(&self, stream: &StreamId) -> Vec<DeviceId> {
        let group = self.ledger.channel(stream).and_then(|it| it.group());
        let roster = group.into_iter().flat_map(|group| &group.roster);
        roster
            .filter(|device| self.awaits_witnesses(stream, device))
            .copied()
            .collect()
    }

    /// Whether something can be said in `stream` as far as witnesses go: all readers in its group are established, and so is
    /// this device, which does not come back into the group before.
    fn is_ready(&self, stream: &StreamId) -> bool {
        self.unestablished(stream).is_empty() && !self.awaits_witnesses(stream, &self.keys.device)
    }

    /// Refuses to encrypt for readers who are not established, or while this device is not.
    pub(crate) fn check_readers(&self, stream: &StreamId) -> Result<(), EngineError> {
        if self.is_ready(stream) {
            Ok(())
        } else {
            Err(not_witnessed())
        }
    }

    /// Waits until all readers in the group, and this device, are established, or some time has passed; this device comes back
    /// in if that is what it waited for.
    pub(crate) async fn await_readers(&mut self, stream: &StreamId) -> Result<(), EngineError> {
        let stream = *stream;
        let was_out = self.awaits_witnesses(&stream, &self.keys.device);
        self.await_until(|engine| engine.is_ready(&stream)).await?;
        if was_out {
            self.rejoin_groups().await?;
        }
        Ok(())
    }

    /// Waits until a device is established, or some time has passed.
    pub(crate) async fn await_device(&mut self, device: &DeviceId) -> Result<(), EngineError> {
        let since = self.ledger.directory().now().device_since(device);
        self.await_established(since).await
    }

    /// Waits until all of `devices` are established as readers, or some time has passed. Whoever is none is not waited for.
    pub(crate) async fn await_new_readers(
        &mut self,
        stream: StreamId,
        devices: &[DeviceId],
    ) -> Result<(), EngineError> {
        let waits = |engine: &Self, device| engine.awaits_witnesses(&stream, device);
        self.await_until(|engine| !devices.iter().any(|device| waits(engine, device)))
            .await
    }

    /// Waits until everything that gives `officials` their powers is established: their devices, roles and appointments.
    pub(crate) async fn await_powers(
        &mut self,
        officials: &[&OfficialId],
    ) -> Result<(), EngineError> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let since = officials.iter().filter_map(|it| at.raised_since(it, time));
        let since = since.max();
        self.await_established(since).await
    }

    /// As [`await_powers`](Self::await_powers) of this device's owner, with what lets a channel of this scope and label be.
    pub(crate) async fn await_founding(
        &mut self,
        others: &[&OfficialId],
        scope: &Scope,
        label: Label,
    ) -> Result<(), EngineError> {
        let own = self.official()?;
        let officials: Vec<&OfficialId> = others.iter().copied().chain([&own]).collect();
        self.await_powers(&officials).await?;
        let (at, time) = (self.ledger.directory().now(), self.now());
        let field = at.field_since(scope).filter(|_| scope.kind.is_field());
        let ceiling = at.ceiling_since(label, time);
        let policy = at.policy_since(time);
        self.await_established(field.max(ceiling).max(policy)).await
    }

    /// Waits until a quorum covers the record of stream 0 at `seq`, or some time has passed.
    async fn await_established(&mut self, seq: Option<u64>) -> Result<(), EngineError> {
        let Some(seq) = seq else {
            return Ok(());
        };
        self.await_until(|engine| engine.is_established(&StreamId::DIRECTORY, seq))
            .await
    }

    /// Reads on until a quorum covers what is waited for.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] after the patience of this engine; trouble with the connection.
    async fn await_until(&mut self, is_covered: impl Fn(&Self) -> bool) -> Result<(), EngineError> {
        if is_covered(self) {
            return Ok(());
        }
        if let Some(tell) = &self.on_wait {
            tell();
        }
        let end = Instant::now() + self.patience;
        while !is_covered(self) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(not_witnessed());
            }
            self.step_within(left).await?;
        }
        Ok(())
    }
}

/// Whether this is what [`Engine::check_readers`] says: time mends it.
pub(crate) fn is_not_witnessed(error: &EngineError) -> bool {
    matches!(error, EngineError::NotAllowed { rule, .. } if *rule == NOT_WITNESSED)
}

pub(crate) fn not_witnessed() -> EngineError {
    EngineError::NotAllowed {
        rule: NOT_WITNESSED,
        what: "no quorum of witnesses has confirmed yet what gives the right that this needs"
            .into(),
    }
}

const NOT_WITNESSED: &str = "not_witnessed";
/// A round takes 1 to 2 s, and at most 12 s where a witness is slow; pushes come 2 s apart.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
