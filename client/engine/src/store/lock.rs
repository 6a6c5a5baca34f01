//! One process per home.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DATABASE, file};
use crate::error::EngineError;

/// Holds a home until all its copies are dropped, or the process ends in whatever way.
#[derive(Clone, Debug)]
pub struct HomeLock {
    dir: PathBuf,
    _file: Arc<File>,
}

impl HomeLock {
    /// Takes the home in `dir`.
    ///
    /// # Errors
    /// [`EngineError::NoHome`], [`EngineError::HomeInUse`], [`EngineError::File`].
    pub fn of(dir: &Path) -> Result<Self, EngineError> {
        if dir.join(DATABASE).exists() {
            Self::take(dir)
        } else {
            let path = dir.to_owned();
            Err(EngineError::NoHome { path })
        }
    }

    /// The home that is held.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn take(dir: &Path) -> Result<Self, EngineError> {
        let path = dir.join("home.lock");
        let mut handle = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| file(&path, source))?;
        match handle.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(EngineError::HomeInUse {
                    path: dir.to_owned(),
                    process: holder(&path),
                });
            }
            Err(TryLockError::Error(source)) => return Err(file(&path, source)),
        }
        // Only for people: the lock is what holds.
        let _ = handle.set_len(0);
        let _ = writeln!(handle, "{}", std::process::id());
        Ok(Self {
            dir: dir.to_owned(),
            _file: Arc::new(handle),
        })
    }
}

/// The process that wrote its number into the lock's file.
fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
