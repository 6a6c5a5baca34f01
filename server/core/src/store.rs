//! Where changes and bodies are kept: the contract, and the store of the tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_proto::tlog::Hash;

use crate::change::Change;

/// Changes that become durable together, with the bodies that they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Changes in their order.
    pub changes: Vec<Change>,
    /// Bodies by hash.
    pub bodies: Vec<(Hash, Vec<u8>)>,
}

/// Keeps changes for ever, in order, and bodies by hash.
///
/// A batch is there as a whole or not at all. An error of [`append`](Store::append) is fatal: nobody knows what reached the
/// disk, so the process stops and loads again.
pub trait Store {
    /// What can go wrong: our environment, never a peer.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Makes a batch durable, bodies and changes. On return it survives a loss of power; before, it may be there or not.
    ///
    /// # Errors
    /// Fatal.
    fn append(&self, batch: &Batch) -> Result<(), Self::Error>;

    /// Batches appended so far.
    fn batches(&self) -> u64;

    /// Gives every change in order, with the number of its batch (from 1).
    ///
    /// # Errors
    /// The store is damaged, or whatever `visit` gives.
    fn load<E: From<Self::Error>>(
        &self,
        visit: &mut dyn FnMut(u64, Change) -> Result<(), E>,
    ) -> Result<(), E>;

    /// The record at `index` of the log.
    ///
    /// # Errors
    /// The store is damaged.
    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;

    /// A body by its hash; none once it is erased.
    ///
    /// # Errors
    /// The store is damaged.
    fn body(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Overwrites a body, if it is there; repeated after a stop, it ends what was begun.
    ///
    /// # Errors
    /// Fatal.
    fn erase(&self, hash: &Hash) -> Result<(), Self::Error>;
}

/// What a store in memory does at a write that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The write fails and nothing of it is there.
    Lose,
    /// The write fails and is there all the same.
    Persist,
}

/// A write failed. As with a disk, the caller is not told whether it is there; this handle writes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a write failed: whether it is there shows when the store is opened again")]
pub struct WriteFailed;

/// A store in memory. Two handles with one medium see the same, as two processes one after the other on one disk.
#[derive(Debug, Default)]
pub struct MemoryStore {
    medium: Arc<Mutex<Memory>>,
    faults: Mutex<Faults>,
}

#[derive(Debug, Default)]
struct Memory {
    batches: Vec<Vec<Change>>,
    bodies: BTreeMap<Hash, Vec<u8>>,
    records: Vec<Vec<u8>>,
}

/// Which write of a handle fails, and how.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Option<(u64, Fault)>,
    written: u64,
    failed: bool,
}

impl Faults {
    pub(crate) fn plan(&mut self, write: u64, fault: Fault) {
        self.planned = Some((write, fault));
    }

    /// Does one write as planned.
    pub(crate) fn write(&mut self, work: impl FnOnce()) -> Result<(), WriteFailed> {
        if self.failed {
            return Err(WriteFailed);
        }
        let fault = self
            .planned
            .filter(|(write, _)| *write == self.written)
            .map(|(_, fault)| fault);
        self.written = self.written.saturating_add(1);
        self.failed = fault.is_some();
        if fault != Some(Fault::Lose) {
            work();
        }
        fault.map_or(Ok(()), |_| Err(WriteFailed))
    }
}

impl MemoryStore {
    /// Another handle for the same medium, without faults.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self {
            medium: Arc::clone(&self.medium),
            faults: Mutex::default(),
        }
    }

    /// Lets the write number `write` of this handle (from 0) fail.
    pub fn fail_at(&self, write: u64, fault: Fault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.plan(write, fault);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn append(&mut self, batch: &Batch) {
        self.bodies.extend(batch.bodies.iter().cloned());
        for change in &batch.changes {
            if let Change::Sequenced(sequenced) = change {
                self.records.push(sequenced.record.to_vec());
            }
        }
        self.batches.push(batch.changes.clone());
    }
}

impl Store for MemoryStore {
    type Error = WriteFailed;

    fn append(&self, batch: &Batch) -> Result<(), WriteFailed> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.write(|| self.memory().append(batch))
    }

    fn batches(&self) -> u64 {
        self.memory().batches.len() as u64
    }

    fn load<E: From<WriteFailed>>(
        &self,
        visit: &mut dyn FnMut(u64, Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let batches = self.memory().batches.clone();
        for (number, changes) in (1..).zip(batches) {
            for change in changes {
                visit(number, change)?;
            }
        }
        Ok(())
    }

    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, WriteFailed> {
        let at = usize::try_from(index).ok();
        Ok(at.and_then(|at| self.memory().records.get(at).cloned()))
    }

    fn body(&self, hash: &Hash) -> Result<Option<Vec<u8>>, WriteFailed> {
        Ok(self.memory().bodies.get(hash).cloned())
    }

    fn erase(&self, hash: &Hash) -> Result<(), WriteFailed> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.write(|| {
            self.memory().bodies.remove(hash);
        })
    }
}

#[cfg(test)]
mod tests;
