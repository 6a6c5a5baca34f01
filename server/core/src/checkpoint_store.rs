//! Where the last signed checkpoint is kept. Split-view safety rests on this contract: never two checkpoints of one state.

use std::sync::{Mutex, MutexGuard, PoisonError};

use minicbor::{Decode, Encode};

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

/// The value is not the expected one: somebody else signs, or the file went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored checkpoint is not the one that was stored last")]
pub struct LostSwap;

/// A checkpoint store in memory.
#[derive(Debug, Default)]
pub struct MemoryCheckpointStore(Mutex<Option<Promise>>);

impl MemoryCheckpointStore {
    fn value(&self) -> MutexGuard<'_, Option<Promise>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for MemoryCheckpointStore {
    type Error = LostSwap;

    fn fetch(&self) -> Result<Option<Promise>, LostSwap> {
        Ok(self.value().clone())
    }

    fn create(&self, first: &Promise) -> Result<(), LostSwap> {
        let mut value = self.value();
        if value.is_some() {
            return Err(LostSwap);
        }
        *value = Some(first.clone());
        Ok(())
    }

    fn compare_and_swap(&self, expected: &Promise, new: &Promise) -> Result<(), LostSwap> {
        let mut value = self.value();
        if value.as_ref() != Some(expected) {
            return Err(LostSwap);
        }
        *value = Some(new.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_value_can_be_replaced() {
        let promise = |batches| Promise {
            checkpoint: String::new(),
            batches,
        };
        let store = MemoryCheckpointStore::default();
        assert_eq!(
            store.compare_and_swap(&promise(0), &promise(1)),
            Err(LostSwap)
        );
        store.create(&promise(1)).unwrap();
        assert_eq!(store.create(&promise(1)), Err(LostSwap));
        store.compare_and_swap(&promise(1), &promise(2)).unwrap();
        assert_eq!(
            store.compare_and_swap(&promise(1), &promise(3)),
            Err(LostSwap)
        );
        assert_eq!(store.fetch().unwrap(), Some(promise(2)));
    }
}
