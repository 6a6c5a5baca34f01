//! The thread that keeps the index: it reads the journal behind what is durable, and nobody ever waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use thamvan_proto::entry::sha256;
use thamvan_proto::record::Record;
use tracing::{info, warn};

use super::{Index, IndexError, Row};
use crate::config::Config;
use crate::error::RunError;
use crate::journal::{JournalError, Step};
use crate::limits::{INDEX_FLUSH_LEAVES, INDEX_PAUSE};
use crate::shared::Shared;
use crate::storage::Disk;

/// The index of a running server. Dropping it ends the thread, within [`STOP_WAIT`] and one step.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts the thread; without an index there is nothing to follow.
    ///
    /// # Errors
    /// [`RunError::Io`]: no thread.
    pub(crate) fn start(
        config: &Config,
        shared: &Arc<Shared>,
        index: Option<Index>,
    ) -> Result<Self, RunError> {
        let Some(index) = index else {
            return Ok(Self::default());
        };
        let (wake, woken) = sync_channel(1);
        let work = Work {
            shared: Arc::clone(shared),
            index,
            unflushed: 0,
            disk: Disk::new(config),
        };
        let thread = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || work.run(&woken))
            .map_err(RunError::io("no thread for the index"))?;
        let follower = Self {
            wake: Some(wake),
            thread: Some(thread),
        };
        follower.wake();
        Ok(follower)
    }

    /// Says that the journal has grown. Never waits: one wake-up that is under way is enough.
    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    shared: Arc<Shared>,
    index: Index,
    unflushed: usize,
    disk: Disk,
}

impl Work {
    fn run(mut self, woken: &Receiver<()>) {
        if let Err(error) = self.follow(woken) {
            warn!(
                reason = %crate::chain(&error),
                "the index is given up: it is rebuilt from the journal at the next start"
            );
            // Not a file of it may be taken for whole.
            let dir = self.index.dir.clone();
            drop(self.index);
            let _ = std::fs::remove_dir_all(dir);
        }
    }

    fn follow(&mut self, woken: &Receiver<()>) -> Result<(), FollowError> {
        while woken.recv().is_ok() {
            while self.step()? {}
            // Batches come one after another: what comes meanwhile is taken together.
            std::thread::sleep(INDEX_PAUSE);
        }
        let deadline = Instant::now() + STOP_WAIT;
        while Instant::now() < deadline && self.step()? {}
        Ok(self.index.flush()?)
    }

    /// Takes a part of what has become durable; says whether there may be more.
    fn step(&mut self) -> Result<bool, FollowError> {
        if !self.disk.takes(0).unwrap_or(false) {
            // The index is the first to leave room for what matters.
            return Ok(false);
        }
        let Some(step) = self.shared.journal.follow(&self.index.applied.mark)? else {
            return Ok(false);
        };
        let rows = self.rows(&step)?;
        self.index.apply(step.mark, &rows, &step.bodies)?;
        self.unflushed = self
            .unflushed
            .saturating_add(rows.len().saturating_add(step.bodies.len()));
        if self.unflushed >= INDEX_FLUSH_LEAVES {
            self.unflushed = 0;
            self.index.flush()?;
            info!(records = self.index.applied.leaves, "index");
        }
        Ok(true)
    }

    fn rows(&self, step: &Step) -> Result<Vec<Row>, FollowError> {
        let state = self.shared.state();
        let of_state = step.records.iter().map(|(sequenced, _)| {
            let at = usize::try_from(sequenced.index).ok()?;
            Some((state.place(sequenced.index)?, state.leaves().get(at)?.0))
        });
        let of_state: Option<Vec<_>> = of_state.collect();
        drop(state);
        let of_state = of_state.ok_or(IndexError::Disagrees)?;
        let with_places = step.records.iter().zip(of_state);
        with_places
            .zip(self.index.applied.leaves..)
            .map(|(((sequenced, location), (place, leaf)), next)| {
                if sequenced.index != next {
                    return Err(IndexError::Disagrees.into());
                }
                let record = Record::parse(&sequenced.record).map_err(|_| IndexError::Disagrees)?;
                Ok(Row {
                    place,
                    location: *location,
                    leaf,
                    entry: sha256(&record.entry),
                })
            })
            .collect()
    }
}

/// Why the thread stops.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What a stop waits for at most; the rest is read from the journal at the next start.
const STOP_WAIT: Duration = Duration::from_secs(2);
