//! Where tests kill a client: what is not in its store by then never happened.
//!
//! The points are compiled in always, and nothing in a shipped program arms them: there is no flag, variable or file for it,
//! only [`Engine::kill_at`](crate::Engine::kill_at), which tests call in a process of their own.

use thamvan_proto::entry::EntryType;

/// A step of an entry's way from this device into the log and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Persisted with its MLS state, and not sent.
    Persisted,
    /// Sent and answered, and the answer not looked at.
    Answered,
    /// The record delivered and verified, and nothing of it persisted.
    Verified,
    /// Everything of the record written, and the transaction open.
    Written,
    /// The record applied and persisted, and nobody told.
    Applied,
}

impl Point {
    /// All points, in the order in which an entry comes by.
    pub const ALL: [Self; 5] = [
        Self::Persisted,
        Self::Answered,
        Self::Verified,
        Self::Written,
        Self::Applied,
    ];
}

/// What a test does at a point: it kills the process.
pub type Kill = Box<dyn Fn() + Send>;

/// The point that is armed, if any.
#[derive(Default)]
pub(crate) struct Failpoint(Option<(Point, EntryType, Kill)>);

impl Failpoint {
    pub(crate) const fn armed(point: Point, kind: EntryType, kill: Kill) -> Self {
        Self(Some((point, kind, kill)))
    }

    /// Passes a point. Cost when nothing is armed: one comparison.
    pub(crate) fn pass(&self, point: Point, kind: impl FnOnce() -> Option<EntryType>) {
        if let Some((armed, of, kill)) = &self.0
            && *armed == point
            && Some(*of) == kind()
        {
            kill();
        }
    }
}
