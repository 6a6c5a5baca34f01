//! Unfinished uploads: one file each, in the order of their pieces, bounded in number, bytes and age.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::tlog::Hash;

use crate::durable::{self, WriteError};
use crate::error::RunError;
use crate::limits::{
    BLOB_UNFINISHED_BYTES_MAX, BLOB_UPLOAD_LIFETIME_MS, BLOB_UPLOADS_PER_DEVICE_MAX,
};

/// Whose upload of what for where: two devices that upload the same blob do not meet.
pub(super) type Key = (DeviceId, StreamId, Hash);

/// All of them.
#[derive(Debug)]
pub(super) struct Uploads {
    dir: PathBuf,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    uploads: BTreeMap<Key, Upload>,
    /// Files made so far: no two have one name.
    made: u64,
}

#[derive(Clone, Debug)]
struct Upload {
    path: PathBuf,
    size: u64,
    received: u64,
    /// When the last piece came (ms).
    touched: u64,
    /// Whether a request works on it.
    busy: bool,
}

/// Why a piece is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum UploadError {
    /// Another request works on this upload.
    #[error("another request works on this upload")]
    Busy,
    /// The piece does not begin where the last one ended.
    #[error("{received} bytes have been received")]
    Offset {
        /// So many.
        received: u64,
    },
    /// Begun with another size.
    #[error("begun with another size")]
    Size,
    /// Too many unfinished uploads, of this device or in all.
    #[error("too many unfinished uploads")]
    TooMany,
    /// The disk.
    #[error("the piece cannot be stored")]
    Write(#[from] WriteError),
    /// The disk.
    #[error("the upload cannot be begun")]
    Create(#[source] std::io::Error),
}

impl Uploads {
    /// Empties the folder `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// [`RunError`].
    pub(super) fn begin(dir: &Path) -> Result<Arc<Self>, RunError> {
        let failed = || RunError::io("the folder of unfinished uploads cannot be used");
        fs::create_dir_all(dir).map_err(failed())?;
        for entry in fs::read_dir(dir).map_err(failed())? {
            let path = entry.map_err(failed())?.path();
            fs::remove_file(path).map_err(failed())?;
        }
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            list: Mutex::default(),
        }))
    }

    /// Bytes received of an upload.
    pub(super) fn received(&self, key: &Key) -> u64 {
        self.list().uploads.get(key).map_or(0, |it| it.received)
    }

    /// Takes an upload in hand, which begins if it is not there; `at`: where the next piece begins.
    ///
    /// # Errors
    /// [`UploadError`].
    pub(super) fn take(
        self: &Arc<Self>,
        key: Key,
        size: u64,
        at: u64,
        now: u64,
    ) -> Result<InHand, UploadError> {
        let mut list = self.list();
        list.sweep(now);
        if !list.uploads.contains_key(&key) {
            if at != 0 {
                return Err(UploadError::Offset { received: 0 });
            }
            list.begin(&self.dir, key, size, now)?;
        }
        let upload = list.uploads.get_mut(&key).ok_or(UploadError::Busy)?;
        let received = upload.received;
        if upload.busy {
            return Err(UploadError::Busy);
        }
        if upload.size != size {
            return Err(UploadError::Size);
        }
        if received != at {
            return Err(UploadError::Offset { received });
        }
        upload.busy = true;
        Ok(InHand {
            uploads: Arc::clone(self),
            key,
            upload: upload.clone(),
        })
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    /// Removes what has had no piece for too long.
    fn sweep(&mut self, now: u64) {
        self.uploads.retain(|_, upload| {
            let age = now.saturating_sub(upload.touched);
            let stays = upload.busy || age <= BLOB_UPLOAD_LIFETIME_MS;
            if !stays {
                remove(&upload.path);
            }
            stays
        });
    }

    fn begin(&mut self, dir: &Path, key: Key, size: u64, now: u64) -> Result<(), UploadError> {
        let of_device = self.uploads.keys().filter(|other| other.0 == key.0).count();
        let promised: u64 = self.uploads.values().map(|upload| upload.size).sum();
        let fits = promised.saturating_add(size) <= BLOB_UNFINISHED_BYTES_MAX;
        if of_device >= BLOB_UPLOADS_PER_DEVICE_MAX || !fits {
            return Err(UploadError::TooMany);
        }
        self.made = self.made.saturating_add(1);
        let path = dir.join(format!("{}.part", self.made));
        create(&path).map_err(UploadError::Create)?;
        let upload = Upload {
            path,
            size,
            received: 0,
            touched: now,
            busy: false,
        };
        self.uploads.insert(key, upload);
        Ok(())
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

fn remove(path: &Path) {
    // What stays is removed at the next start.
    let _ = fs::remove_file(path);
}

/// One upload in the hand of one request; dropped, it waits for the next piece.
#[derive(Debug)]
pub(super) struct InHand {
    uploads: Arc<Uploads>,
    key: Key,
    upload: Upload,
}

impl InHand {
    /// Writes the next piece; says whether it was the last. Not synced: only what is finished is promised.
    ///
    /// # Errors
    /// [`WriteError`].
    pub(super) fn write(&mut self, bytes: &[u8], now: u64) -> Result<bool, UploadError> {
        let file = OpenOptions::new().write(true).open(&self.upload.path);
        let file = file.map_err(UploadError::Create)?;
        durable::write_at("upload", &file, bytes, self.upload.received)?;
        self.upload.received = self.upload.received.saturating_add(bytes.len() as u64);
        self.upload.touched = now;
        Ok(self.upload.received == self.upload.size)
    }

    pub(super) fn path(&self) -> &Path {
        &self.upload.path
    }

    pub(super) fn received(&self) -> u64 {
        self.upload.received
    }

    /// Ends the upload, finished or not.
    pub(super) fn end(mut self) {
        remove(&self.upload.path);
        self.upload.size = 0;
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut list = self.uploads.list();
        if self.upload.size == 0 {
            list.uploads.remove(&self.key);
        } else if let Some(upload) = list.uploads.get_mut(&self.key) {
            upload.received = self.upload.received;
            upload.touched = self.upload.touched;
            upload.busy = false;
        }
    }
}

#[cfg(test)]
mod tests;
