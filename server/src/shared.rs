//! What all connections share.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use thamvan_proto::tlog::{Name, VerifierKey};
use thamvan_server_core::State;
use tokio::sync::{mpsc, watch};

use crate::blob::Blobs;
use crate::config::clock_ms;
use crate::cosigned::Board;
use crate::error::RunError;
use crate::gate::Gate;
use crate::heads::ShownHeads;
use crate::journal::Journal;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::storage::Disk;

/// The last checkpoint that is stored, and so may be shown.
#[derive(Debug)]
pub(crate) struct Published {
    /// Signed note.
    pub(crate) checkpoint: String,
    /// Its size.
    pub(crate) size: u64,
    /// When it was published, or the server began.
    pub(crate) since: Instant,
}

/// Shared by all connections. The state may be ahead of what is published by the batch in work; nobody is shown a record
/// at or past [`Published::size`].
#[derive(Debug)]
pub(crate) struct Shared {
    state: RwLock<State>,
    pub(crate) journal: Journal,
    pub(crate) blobs: Blobs,
    pub(crate) metrics: Metrics,
    pub(crate) published: watch::Sender<Arc<Published>>,
    /// What has just been published.
    pub(crate) live: Live,
    pub(crate) origin: Name,
    pub(crate) log_key: VerifierKey,
    /// The tree of the newest heads that were asked for.
    pub(crate) heads: Mutex<Option<Arc<ShownHeads>>>,
    /// What the witnesses have said.
    pub(crate) board: Board,
    /// True once the server stops.
    pub(crate) stopping: watch::Sender<bool>,
    /// What ends the process; the first one counts.
    pub(crate) fatal: mpsc::Sender<RunError>,
    clock_ms: fn() -> u64,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        journal: Journal,
        blobs: Blobs,
        published: Published,
        key: &VerifierKey,
        board: Board,
        fatal: mpsc::Sender<RunError>,
    ) -> Self {
        Self {
            state: RwLock::new(state),
            journal,
            blobs,
            metrics: Metrics::default(),
            published: watch::Sender::new(Arc::new(published)),
            live: Live::default(),
            origin: key.name().clone(),
            log_key: key.clone(),
            heads: Mutex::new(None),
            board,
            stopping: watch::Sender::new(false),
            fatal,
            clock_ms,
        }
    }

    /// Tells the time by another clock.
    pub(crate) fn with_clock(self, clock_ms: fn() -> u64) -> Self {
        Self { clock_ms, ..self }
    }

    /// The server's clock (ms since 1970).
    pub(crate) fn now_ms(&self) -> u64 {
        (self.clock_ms)()
    }

    /// The state to look at. Held only for as long as a decision takes, never across an await.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state to change: the sequencer's alone.
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.borrow())
    }

    /// Ends the process with this error, if no other came first.
    pub(crate) fn end(&self, error: RunError) {
        // A full or closed channel means that the process ends already.
        let _ = self.fatal.try_send(error);
    }
}

/// What a connection is given.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: Queue,
    pub(crate) gate: Arc<Gate>,
    pub(crate) disk: Disk,
}
