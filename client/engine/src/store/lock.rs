//! One process per home.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::file;
use crate::error::EngineError;

/// Holds the home until dropped.
pub(super) struct HomeLock {
    _file: File,
}

impl HomeLock {
    pub(super) fn take(dir: &Path) -> Result<Self, EngineError> {
        let path = dir.join("home.lock");
        let handle = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| file(&path, source))?;
        match handle.try_lock() {
            Ok(()) => Ok(Self { _file: handle }),
            Err(TryLockError::WouldBlock) => Err(EngineError::HomeInUse {
                path: dir.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(file(&path, source)),
        }
    }
}
