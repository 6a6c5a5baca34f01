//! Whether this server can do its work: what `/readyz` says.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::limits::STORAGE_FREE_BYTES_MIN;
use crate::shared::Service;

/// Asks the file system of the data folder.
#[derive(Debug)]
pub(crate) struct Health {
    data: PathBuf,
    free_bytes: fn(&Path) -> io::Result<u64>,
}

impl Health {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            data: config.data.clone(),
            free_bytes: config.free_bytes,
        }
    }

    /// Free bytes for the journal. Cost: one system call.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        (self.free_bytes)(&self.data)
    }
}

impl Service {
    /// One word for why requests are not granted at this moment.
    pub(crate) fn ready(&self) -> Result<(), &'static str> {
        if *self.shared.stopping.borrow() {
            return Err("stopping");
        }
        if !self.queue.is_open() {
            return Err("sequencer");
        }
        let free = self.health.free_bytes();
        if free.is_ok_and(|free| free >= STORAGE_FREE_BYTES_MIN) {
            Ok(())
        } else {
            Err("storage")
        }
    }
}
