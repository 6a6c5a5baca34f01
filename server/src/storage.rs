//! Whether the disk has room for a batch. A full disk ends the server at a write; a nearly full one must not get there.

use std::io;
use std::path::{Path, PathBuf};

use thamvan_proto::error_code::ErrorCode;
use thamvan_server_core::Refusal;
use tracing::{info, warn};

use crate::config::Config;
use crate::error::RunError;
use crate::limits::STORAGE_FREE_BYTES_MIN;

/// Looks at the disk before each batch.
#[derive(Debug)]
pub(crate) struct Storage {
    dir: PathBuf,
    free_bytes: fn(&Path) -> io::Result<u64>,
    full: bool,
}

impl Storage {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            dir: config.data.clone(),
            free_bytes: config.free_bytes,
            full: false,
        }
    }

    /// Looks again; tells the operator when it becomes full and when it no longer is.
    ///
    /// # Errors
    /// [`RunError::Io`]: the file system does not answer.
    pub(crate) fn look(&mut self) -> Result<(), RunError> {
        let free =
            (self.free_bytes)(&self.dir).map_err(RunError::io("no word on the free space"))?;
        let full = free < STORAGE_FREE_BYTES_MIN;
        match (self.full, full) {
            (false, true) => warn!(free, "disk nearly full: nothing is taken, reads go on"),
            (true, false) => info!(free, "disk has room again"),
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
        if self.full {
            let detail = "the disk of the server is nearly full";
            Err(Refusal::new(ErrorCode::StorageFull, detail))
        } else {
            Ok(())
        }
    }
}
