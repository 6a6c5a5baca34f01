//! Where the last signed checkpoint is kept. Split-view safety rests on this contract: never two checkpoints of one state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minicbor::{Decode, Encode};

use crate::store::{Fault, Faults, WriteFailed};

/// What is promised: the last checkpoint signed, and the batches that stand behind it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Promise {
    /// Signed note.
    #[n(0)]
    pub checkpoint: String,
    /// Batches of the store that had been appended.
    #[n(1)]
    pub batches: u64,
}

/// A single durable value that changes only by compare-and-swap.
pub trait CheckpointStore {
    /// What can go wrong. Every error is fatal.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The value, once created.
    ///
    /// # Errors
    /// The store is damaged.
    fn fetch(&self) -> Result<Option<Promise>, Self::Error>;

    /// Stores the first value.
    ///
    /// # Errors
    /// There is one already, or it could not be stored.
    fn create(&self, first: &Promise) -> Result<(), Self::Error>;

    /// Replaces `expected` by `new`, durably.
    ///
    /// # Errors
    /// The value is another, or it could not be stored.
    fn compare_and_swap(&self, expected: &Promise, new: &Promise) -> Result<(), Self::Error>;
}

/// Why a checkpoint store in memory refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryCheckpointError {
    /// The value is not the expected one: somebody else signs, or the file went back.
    #[error("the stored checkpoint is not the one that was stored last")]
    LostSwap,
    /// As planned.
    #[error(transparent)]
    Write(#[from] WriteFailed),
}

/// A checkpoint store in memory. Two handles with one medium see the same.
#[derive(Debug, Default)]
pub struct MemoryCheckpointStore {
    medium: Arc<Mutex<Option<Promise>>>,
    faults: Mutex<Faults>,
}

impl MemoryCheckpointStore {
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

    fn value(&self) -> MutexGuard<'_, Option<Promise>> {
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn swap(&self, expected: Option<&Promise>, new: &Promise) -> Result<(), MemoryCheckpointError> {
        let mut value = self.value();
        if value.as_ref() != expected {
            return Err(MemoryCheckpointError::LostSwap);
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(faults.write(|| *value = Some(new.clone()))?)
    }
}

impl CheckpointStore for MemoryCheckpointStore {
    type Error = MemoryCheckpointError;

    fn fetch(&self) -> Result<Option<Promise>, MemoryCheckpointError> {
        Ok(self.value().clone())
    }

    fn create(&self, first: &Promise) -> Result<(), MemoryCheckpointError> {
        self.swap(None, first)
    }

    fn compare_and_swap(
        &self,
        expected: &Promise,
        new: &Promise,
    ) -> Result<(), MemoryCheckpointError> {
        self.swap(Some(expected), new)
    }
}
