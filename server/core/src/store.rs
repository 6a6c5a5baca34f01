//! Where changes and bodies are kept: the contract, and the store of the tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

    /// Makes a batch durable: bodies first, then changes. On return it survives a loss of power.
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

    /// A body by its hash.
    ///
    /// # Errors
    /// The store is damaged.
    fn body(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    batches: Vec<Vec<Change>>,
    bodies: BTreeMap<Hash, Vec<u8>>,
    records: Vec<Vec<u8>>,
}

impl MemoryStore {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Error = std::convert::Infallible;

    fn append(&self, batch: &Batch) -> Result<(), Self::Error> {
        let mut memory = self.memory();
        memory.bodies.extend(batch.bodies.iter().cloned());
        for change in &batch.changes {
            if let Change::Sequenced(sequenced) = change {
                memory.records.push(sequenced.record.to_vec());
            }
        }
        memory.batches.push(batch.changes.clone());
        Ok(())
    }

    fn batches(&self) -> u64 {
        self.memory().batches.len() as u64
    }

    fn load<E: From<Self::Error>>(
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

    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        let at = usize::try_from(index).ok();
        Ok(at.and_then(|at| self.memory().records.get(at).cloned()))
    }

    fn body(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.memory().bodies.get(hash).cloned())
    }
}
