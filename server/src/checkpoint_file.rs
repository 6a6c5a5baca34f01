//! The stored checkpoint: two copies, each in a file of two slots, and a third in another place if the operator wants it.
//!
//! Once they are there, all are written side by side: each is whole or as it was, and the larger one holds. The third is asked
//! only at start: an old data folder cannot know that it is old, the third can.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thamvan_proto::cbor;
use thamvan_server_core::checkpoint_store::{CheckpointStore, Promise};

use crate::beside::{Beside, Work};
use crate::config::Config;
use crate::durable::WriteError;
use crate::slots::{self, Found};

/// The files `checkpoint` and `checkpoint.copy` of a data folder.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    dir: PathBuf,
    second: Option<PathBuf>,
    /// One writer at a time; the process lock keeps other processes out.
    writing: Mutex<()>,
    beside: Beside,
}

impl CheckpointFile {
    /// The files in `dir`.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            second: None,
            writing: Mutex::new(()),
            beside: Beside::default(),
        }
    }

    /// The files that a configuration names.
    #[must_use]
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            dir: config.data.clone(),
            second: config.second_copy.clone(),
            writing: Mutex::new(()),
            beside: Beside::default(),
        }
    }

    /// What the copy in the other place says, if there is such a place and something in it.
    ///
    /// # Errors
    /// [`CheckpointFileError`]: the place cannot be read, or the copy in it is damaged.
    pub(crate) fn second(&self) -> Result<Option<Promise>, CheckpointFileError> {
        let Some(dir) = &self.second else {
            return Ok(None);
        };
        if !dir.is_dir() {
            return Err(CheckpointFileError::SecondPlace);
        }
        match read(&dir.join(SECOND_NAME))? {
            Copy::Absent => Ok(None),
            Copy::Damaged => Err(CheckpointFileError::Second),
            Copy::Value(value) => Ok(Some(value)),
        }
    }

    /// One piece of work for each copy, in their order.
    fn puts(&self, value: &Promise) -> impl Iterator<Item = Work> {
        let bytes: Arc<[u8]> = cbor::to_vec(value).into();
        let here = NAMES.map(|name| (self.dir.clone(), name)).into_iter();
        let second = self.second.clone().map(|dir| (dir, SECOND_NAME));
        here.chain(second).map(move |(dir, name)| -> Work {
            let bytes = Arc::clone(&bytes);
            Box::new(move || slots::put(&dir, name, &bytes))
        })
    }
}

impl CheckpointStore for CheckpointFile {
    type Error = CheckpointFileError;

    /// The larger of both: a stop before both are written, or a damaged slot, leaves either of them a step behind.
    fn fetch(&self) -> Result<Option<Promise>, CheckpointFileError> {
        let [first, second] = NAMES.map(|name| read(&self.dir.join(name)));
        match (first?, second?) {
            (Copy::Value(first), Copy::Value(second)) if first.batches == second.batches => {
                let same = first == second;
                same.then_some(Some(first))
                    .ok_or(CheckpointFileError::Copies)
            }
            (Copy::Value(first), Copy::Value(second)) => {
                Ok(Some(if first.batches < second.batches {
                    second
                } else {
                    first
                }))
            }
            (Copy::Value(value), _) | (Copy::Damaged, Copy::Value(value)) => Ok(Some(value)),
            (Copy::Absent, Copy::Absent) => Ok(None),
            (Copy::Absent | Copy::Damaged, _) => Err(CheckpointFileError::Copies),
        }
    }

    fn create(&self, first: &Promise) -> Result<(), CheckpointFileError> {
        let _writing = self.writing.lock();
        if self.fetch()?.is_some() {
            return Err(CheckpointFileError::LostSwap);
        }
        // One after another: a copy without the first is never ours.
        Ok(self.puts(first).try_for_each(|put| put())?)
    }

    fn compare_and_swap(
        &self,
        expected: &Promise,
        new: &Promise,
    ) -> Result<(), CheckpointFileError> {
        let _writing = self.writing.lock();
        if self.fetch()?.as_ref() != Some(expected) {
            return Err(CheckpointFileError::LostSwap);
        }
        let mut puts = self.puts(new);
        let here = puts.next().into_iter();
        let here = || here.into_iter().try_for_each(|put| put());
        Ok(self.beside.all(here, puts.collect())?)
    }
}

/// A copy as a new file.
pub(crate) fn encode(value: &Promise) -> Vec<u8> {
    slots::file(&cbor::to_vec(value))
}

enum Copy {
    Absent,
    Damaged,
    Value(Promise),
}

fn read(path: &Path) -> io::Result<Copy> {
    Ok(match slots::read(path)? {
        Found::Absent => Copy::Absent,
        Found::Damaged => Copy::Damaged,
        Found::Value(value) => minicbor::decode(&value).map_or(Copy::Damaged, Copy::Value),
    })
}

/// Why the checkpoint cannot be read or stored: fatal.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFileError {
    /// Reading failed.
    #[error("checkpoint cannot be read")]
    Io(#[from] io::Error),
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Both copies are there and neither order of writing explains them.
    #[error("the copies of the checkpoint are damaged or contradict each other")]
    Copies,
    /// The copy in the other place.
    #[error(
        "refusing to run: the second copy of the checkpoint is damaged: look why, and remove it only if this folder is the newest"
    )]
    Second,
    /// The other place.
    #[error(
        "refusing to run: the folder of the second copy is not there: mount it, or remove second_copy from the configuration"
    )]
    SecondPlace,
    /// The value is not the one that was stored last.
    #[error("the stored checkpoint is not the one that was stored last")]
    LostSwap,
}

/// In the other place.
pub(crate) const SECOND_NAME: &str = "checkpoint.second";
pub(crate) const NAMES: [&str; 2] = ["checkpoint", "checkpoint.copy"];

#[cfg(test)]
mod tests {
    use thamvan_server_core::conformance::CheckpointMedium;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl CheckpointMedium for Folder {
        type Store = CheckpointFile;

        fn open(&self) -> CheckpointFile {
            CheckpointFile::new(self.0.path())
        }
    }

    thamvan_server_core::checkpoint_store_conformance!(
        conformance,
        Folder(tempfile::tempdir().unwrap())
    );

    fn promise(batches: u64) -> Promise {
        Promise {
            checkpoint: format!("note {batches}"),
            batches,
        }
    }

    #[test]
    fn swaps_only_from_the_last_value_and_survives_one_damaged_copy() {
        let dir = tempfile::tempdir().unwrap();
        let store = CheckpointFile::new(dir.path());
        assert_eq!(store.fetch().unwrap(), None);
        store.create(&promise(1)).unwrap();
        assert!(matches!(
            store.create(&promise(1)),
            Err(CheckpointFileError::LostSwap)
        ));
        store.compare_and_swap(&promise(1), &promise(2)).unwrap();
        assert!(matches!(
            store.compare_and_swap(&promise(1), &promise(3)),
            Err(CheckpointFileError::LostSwap)
        ));
        let first = dir.path().join("checkpoint");
        let whole = std::fs::read(&first).unwrap();
        for damage in [b"damaged".to_vec(), slots::file(&cbor::to_vec(&promise(1)))] {
            std::fs::write(&first, damage).unwrap();
            assert_eq!(store.fetch().unwrap(), Some(promise(2)));
        }
        let other = Promise {
            checkpoint: "another note".into(),
            ..promise(2)
        };
        std::fs::write(&first, encode(&other)).unwrap();
        assert!(matches!(store.fetch(), Err(CheckpointFileError::Copies)));
        std::fs::remove_file(&first).unwrap();
        assert!(matches!(store.fetch(), Err(CheckpointFileError::Copies)));
        std::fs::write(&first, whole).unwrap();
        assert_eq!(store.fetch().unwrap(), Some(promise(2)));
    }
}
