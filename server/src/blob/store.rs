//! The store of finished blobs, by their hashes: a folder, through `object_store`, so that another kind of store can take its
//! place without another line here. It syncs file and folder before it says that a blob is there.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use hyper::body::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use thamvan_proto::tlog::Hash;

use crate::error::RunError;
use crate::failpoint::{self, Moment};
use crate::limits::BLOB_COPY_LEN;

/// The folder.
#[derive(Debug)]
pub(super) struct BlobStore(Arc<dyn ObjectStore>);

impl BlobStore {
    /// Opens the folder `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// [`RunError`].
    pub(super) fn open(dir: &Path) -> Result<Self, RunError> {
        let failed = || RunError::io("the folder of blobs cannot be used");
        std::fs::create_dir_all(dir).map_err(failed())?;
        let store = LocalFileSystem::new_with_prefix(dir)
            .map_err(|error| failed()(std::io::Error::other(error)))?;
        Ok(Self(Arc::new(store.with_fsync(true))))
    }

    /// Copies the first `size` bytes of the file `part` into the store, if their hash is `hash`; then they are durable.
    ///
    /// # Errors
    /// [`PlaceError`]: nothing is in the store that was not there before.
    pub(super) async fn place(
        &self,
        part: &Path,
        size: u64,
        hash: &Hash,
    ) -> Result<(), PlaceError> {
        let file = File::open(part).map_err(PlaceError::Part)?;
        let mut upload = self.0.put_multipart(&path(hash)).await?;
        let copied = copy(file, size, hash, upload.as_mut()).await;
        if copied.is_err() {
            // What cannot be removed has a name that nobody takes for whole.
            let _ = upload.abort().await;
            return copied;
        }
        pass(Moment::Before)?;
        upload.complete().await?;
        pass(Moment::After)
    }

    /// Bytes `range` of a blob.
    ///
    /// # Errors
    /// The store.
    pub(super) async fn read(
        &self,
        hash: &Hash,
        range: Range<u64>,
    ) -> Result<Bytes, object_store::Error> {
        self.0.get_range(&path(hash), range).await
    }
}

async fn copy(
    mut file: File,
    size: u64,
    hash: &Hash,
    upload: &mut dyn MultipartUpload,
) -> Result<(), PlaceError> {
    let mut digest = Sha256::new();
    let mut left = size;
    while left > 0 {
        let len = left.min(BLOB_COPY_LEN);
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            let read = file.by_ref().take(len).read_to_end(&mut bytes);
            read.map(|_| (file, bytes))
        });
        let (back, bytes) = read
            .await
            .map_err(|error| PlaceError::Part(std::io::Error::other(error)))?
            .map_err(PlaceError::Part)?;
        file = back;
        if bytes.is_empty() {
            return Err(PlaceError::Hash);
        }
        digest.update(&bytes);
        left = left.saturating_sub(bytes.len() as u64);
        upload.put_part(PutPayload::from(bytes)).await?;
    }
    if digest.finalize().as_slice() == hash.0 {
        Ok(())
    } else {
        Err(PlaceError::Hash)
    }
}

fn pass(moment: Moment) -> Result<(), PlaceError> {
    failpoint::hit("blob", moment, "place", &[]).map_err(PlaceError::Part)
}

fn path(hash: &Hash) -> object_store::path::Path {
    object_store::path::Path::from(format!("{hash:?}"))
}

/// Why a blob is not in the store.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    /// The bytes are not those that the hash names: the peer's fault.
    #[error("the bytes are not those that the hash names")]
    Hash,
    /// The unfinished upload cannot be read.
    #[error("unfinished upload cannot be read")]
    Part(#[source] std::io::Error),
    /// The store.
    #[error("store of blobs")]
    Store(#[from] object_store::Error),
}
