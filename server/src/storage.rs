//! Whether the disk has room for a batch. A full disk ends the server at a write; a nearly full one must not get there.

use std::io;
use std::path::{Path, PathBuf};

use thamvan_proto::error_code::ErrorCode;
use thamvan_server_core::Refusal;
use tracing::{info, warn};

use crate::config::Config;
use crate::error::RunError;
use crate::limits::STORAGE_FREE_BYTES_MIN;

/// The file system of the data folder.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    dir: PathBuf,
    free_bytes: fn(&Path) -> io::Result<u64>,
}

impl Disk {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            dir: config.data.clone(),
            free_bytes: config.free_bytes,
        }
    }

    /// Free bytes. Cost: one system call.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        (self.free_bytes)(&self.dir)
    }

    /// Whether `bytes` more leave room for the journal.
    pub(crate) fn takes(&self, bytes: u64) -> io::Result<bool> {
        let free = self.free_bytes()?;
        Ok(free >= STORAGE_FREE_BYTES_MIN.saturating_add(bytes))
    }
}

/// Why nothing is taken.
pub(crate) fn full() -> Refusal {
    let detail = "the disk of the server is nearly full";
    Refusal::new(ErrorCode::StorageFull, detail)
}

/// Looks at the disk before each batch.
#[derive(Debug)]
pub(crate) struct Storage {
    disk: Disk,
    full: bool,
}

impl Storage {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            disk: Disk::new(config),
            full: false,
        }
    }

    /// Looks again; tells the operator when it becomes full and when it no longer is.
    ///
    /// # Errors
    /// [`RunError::Io`]: the file system does not answer.
    pub(crate) fn look(&mut self) -> Result<(), RunError> {
        let takes = self.disk.takes(0);
        let full = !takes.map_err(RunError::io("no word on the free space"))?;
        match (self.full, full) {
            (false, true) => warn!("disk nearly full: nothing is taken, reads go on"),
            (true, false) => info!("disk has room again"),
            (false, false) | (true, true) => {}
        }
        self.full = full;
        Ok(())
    }

    /// Whether a change may be taken into this batch.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn room(&self) -> Result<(), Refusal> {
        if self.full { Err(full()) } else { Ok(()) }
    }
}
