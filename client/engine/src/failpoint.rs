//! Where tests make a client die: what is not in its store by then never happened.
//!
//! A client that dies gives [`EngineError::Unreachable`] from wherever it was, and is to be dropped and opened again, which is all
//! that a killed process leaves as well: SQLite takes back what was not committed. Nothing outside tests arms a point.

use thamvan_proto::entry::EntryType;

use crate::error::EngineError;

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

/// The point that is armed, if any.
#[derive(Debug, Default)]
pub(crate) struct Failpoint(Option<(Point, EntryType)>);

impl Failpoint {
    pub(crate) const fn armed(point: Point, kind: EntryType) -> Self {
        Self(Some((point, kind)))
    }

    /// Whether a test is under way that may end any step.
    pub(crate) const fn is_armed(&self) -> bool {
        self.0.is_some()
    }

    /// Dies here, if this is the point.
    pub(crate) fn pass(
        &self,
        point: Point,
        kind: impl FnOnce() -> Option<EntryType>,
    ) -> Result<(), EngineError> {
        match self.0 {
            Some((armed, of)) if armed == point && Some(of) == kind() => {
                Err(EngineError::Unreachable {
                    what: format!("died at {point:?}"),
                })
            }
            Some(_) | None => Ok(()),
        }
    }
}
