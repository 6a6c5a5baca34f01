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

    /// Whether this device acts on the record of stream 0 at `seq`.
    #[must_use]
    pub fn is_established(&self, seq: u64) -> bool {
        if self.witnesses.asks_nobody() {
            return true;
        }
        let all = self.indexes.get(&StreamId::DIRECTORY);
        let place = usize::try_from(seq).ok();
        let index = all.zip(place).and_then(|(all, place)| all.get(place));
        index.is_some_and(|index| self.is_witnessed(*index))
    }

    /// Whether `device` is live, and established.
    #[must_use]
    pub fn is_established_device(&self, device: &DeviceId) -> bool {
        let since = self.ledger.directory().now().device_since(device);
        since.is_some_and(|since| self.is_established(since))
    }

    /// Whether what `device` says is not shown yet: it is another's, and nothing confirms that the log has it.
    pub(crate) fn is_held(&self, device: &DeviceId) -> bool {
        let directory = self.ledger.directory();
        let since = directory.now().device_since(device);
        let since = since.or_else(|| directory.enrolled_at(device));
        *device != self.keys.device && since.is_some_and(|since| !self.is_established(since))
    }

    /// Devices in the group of `stream` that are live and not established: nothing is sent while there are any.
    #[must_use]
    pub fn unestablished(&self, stream: &StreamId) -> Vec<DeviceId> {
        let group = self.ledger.channel(stream).and_then(|it| it.group());
        let roster = group.into_iter().flat_map(|group| &group.roster);
        let at = self.ledger.directory().now();
        roster
            .filter(|device| at.device(device).is_some() && !self.is_established_device(device))
            .copied()
            .collect()
    }

    /// Refuses to encrypt for readers who are not established.
    pub(crate) fn check_readers(&self, stream: &StreamId) -> Result<(), EngineError> {
        if self.unestablished(stream).is_empty() {
            Ok(())
        } else {
            Err(not_witnessed())
        }
    }

    /// Waits until all devices in the group are established, or some time has passed.
    pub(crate) async fn await_readers(&mut self, stream: &StreamId) -> Result<(), EngineError> {
        let at = self.ledger.directory().now();
        let unestablished = self.unestablished(stream);
        let since = unestablished
            .iter()
            .filter_map(|it| at.device_since(it))
            .max();
        self.await_established(since).await
    }

    /// Waits until a device is established, or some time has passed.
    pub(crate) async fn await_device(&mut self, device: &DeviceId) -> Result<(), EngineError> {
        let since = self.ledger.directory().now().device_since(device);
        self.await_established(since).await
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
        self.await_established(field.max(ceiling)).await
    }

    /// Waits until a quorum covers the record of stream 0 at `seq`.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] after the patience of this engine; trouble with the connection.
    pub(crate) async fn await_established(&mut self, seq: Option<u64>) -> Result<(), EngineError> {
        let Some(seq) = seq.filter(|seq| !self.is_established(*seq)) else {
            return Ok(());
        };
        if let Some(tell) = &self.on_wait {
            tell();
        }
        let end = Instant::now() + self.patience;
        while !self.is_established(seq) {
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
