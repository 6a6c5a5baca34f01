//! Blobs: encrypted attachments, uploaded and read in pieces over HTTPS with a capability from the logged-in socket.
//!
//! ```text
//!   socket: BlobCapability ── core::blob ── capability (MAC, minutes)
//!   PUT piece ── http ── uploads (unfinished, one file each) ── all there, right hash ── store (synced) ── sequencer: BlobStored ── 201
//!   GET range ── http ── store
//! ```
//!
//! A blob is durable before the change that binds it is appended, and open to nobody before that change is. Unfinished uploads
//! are promised to nobody: they are cut by a restart, by a day without a piece, and by any failure to write them. Out of scope:
//! what is in a blob, who may have it (`thamvan_server_core::blob`), erasure.

mod capability;
mod http;
mod store;
mod uploads;

use std::sync::Arc;

use thamvan_proto::frame::{Answer, BlobCapability, BlobGrant, BlobVerb};
use thamvan_proto::id::DeviceId;
use thamvan_proto::limits::BLOB_CAPABILITY_LIFETIME_MS;
use thamvan_server_core::{Refusal, State, blob};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::error::RunError;
use crate::limits::BLOB_REQUESTS_MAX;
use crate::storage::{self, Disk};

use capability::{Capability, Mint};
use store::BlobStore;
use uploads::Uploads;

pub(crate) use http::{PREFIX, answer};

/// All that a server needs for blobs.
#[derive(Debug)]
pub(crate) struct Blobs {
    mint: Mint,
    uploads: Arc<Uploads>,
    store: BlobStore,
    /// Requests that may hold a piece in memory at one time.
    room: Semaphore,
    disk: Disk,
    /// Bytes of all blobs of one channel.
    pub(crate) quota: u64,
}

impl Blobs {
    /// Opens the folders, which are made if they are not there; unfinished uploads of an earlier process are removed.
    ///
    /// # Errors
    /// [`RunError`].
    pub(crate) fn open(config: &Config) -> Result<Self, RunError> {
        Ok(Self {
            mint: Mint::new()?,
            uploads: Uploads::begin(&config.data.join(UPLOADS_DIR))?,
            store: BlobStore::open(&config.data.join(BLOBS_DIR))?,
            room: Semaphore::new(BLOB_REQUESTS_MAX),
            disk: Disk::new(config),
            quota: config.limits.blob_bytes_per_channel,
        })
    }

    /// Decides on a capability.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn grant(
        &self,
        state: &State,
        device: DeviceId,
        asked: &BlobCapability,
        now: u64,
    ) -> Result<Answer, Refusal> {
        let size = match asked.verb {
            BlobVerb::Get => blob::may_get(state, &device, asked, now)?,
            BlobVerb::Put => {
                blob::may_put(state, &device, asked, self.quota)?;
                // The piece file and the copy in the store stand side by side for a moment.
                self.has_room(asked.size.saturating_mul(2))?;
                asked.size
            }
        };
        let expires = now.saturating_add(BLOB_CAPABILITY_LIFETIME_MS);
        let token = self.mint.token(&Capability {
            device,
            hash: asked.hash,
            verb: asked.verb,
            size,
            stream: asked.stream,
            expires,
        });
        let grant = BlobGrant {
            token,
            size,
            expires,
        };
        Ok(Answer::new(&grant))
    }

    /// Whether the disk takes `bytes` more.
    fn has_room(&self, bytes: u64) -> Result<(), Refusal> {
        if self.disk.takes(bytes).unwrap_or(false) {
            Ok(())
        } else {
            Err(storage::full())
        }
    }
}

/// Stored blobs, by their hashes.
pub(crate) const BLOBS_DIR: &str = "blobs";
/// Unfinished uploads.
const UPLOADS_DIR: &str = "uploads";
