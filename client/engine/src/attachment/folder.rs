//! Where a home keeps blobs: ciphertext, named by its hash. Nothing that others write decides a path.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use thamvan_proto::tlog::Hash;

use crate::attachment::cipher::CipherError;
use crate::error::EngineError;
use crate::random;
use crate::store::file;

/// The folder of one home.
#[derive(Clone, Debug)]
pub(crate) struct BlobFolder(PathBuf);

impl BlobFolder {
    pub(crate) fn of(home: &Path) -> Self {
        Self(home.join(BLOBS))
    }

    /// The blob `hash`, once whole.
    pub(crate) fn path(&self, hash: &Hash) -> PathBuf {
        self.0.join(HEXLOWER.encode(&hash.0))
    }

    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.path(hash).is_file()
    }

    pub(crate) fn open(&self, hash: &Hash) -> Result<io::BufReader<File>, EngineError> {
        File::open(self.path(hash))
            .map(io::BufReader::new)
            .map_err(|source| EngineError::Attachment(CipherError::Read(source)))
    }

    /// Forgets a blob and what there is of it.
    pub(crate) fn remove(&self, hash: &Hash) {
        let _ = fs::remove_file(self.path(hash));
        let _ = fs::remove_file(self.partial(hash));
    }

    /// A new file for a blob whose hash is not known yet. What an earlier process left so is removed: a home has one process.
    pub(crate) fn begin(&self) -> Result<(PathBuf, File), EngineError> {
        self.create()?;
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(NEW) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let unique: [u8; 16] = random::bytes()?;
        let path = self.0.join(format!("{NEW}{}", HEXLOWER.encode(&unique)));
        let created = private().create_new(true).open(&path);
        let created = created.map_err(|source| file(&path, source))?;
        Ok((path, created))
    }

    /// Gives a whole blob its name.
    pub(crate) fn keep(
        &self,
        temporary: &Path,
        sealed: &File,
        hash: &Hash,
    ) -> Result<(), EngineError> {
        let path = self.path(hash);
        let kept = sealed
            .sync_all()
            .and_then(|()| fs::rename(temporary, &path));
        kept.map_err(|source| file(&path, source))
    }

    /// How much of a blob has been received.
    pub(crate) fn received(&self, hash: &Hash) -> u64 {
        fs::metadata(self.partial(hash)).map_or(0, |found| found.len())
    }

    /// Adds what follows on `at` bytes received.
    pub(crate) fn append(&self, hash: &Hash, at: u64, bytes: &[u8]) -> Result<(), EngineError> {
        self.create()?;
        let path = self.partial(hash);
        let append = || {
            let mut received = private().append(true).create(true).open(&path)?;
            received.set_len(at)?;
            received.write_all(bytes)
        };
        append().map_err(|source| file(&path, source))
    }

    /// All has been received. Whether it is what the hash names, [`super::verify`] tells.
    pub(crate) fn finish(&self, hash: &Hash) -> Result<(), EngineError> {
        let path = self.partial(hash);
        let received = File::open(&path).map_err(|source| file(&path, source))?;
        self.keep(&path, &received, hash)
    }

    fn partial(&self, hash: &Hash) -> PathBuf {
        self.0.join(format!("{}.part", HEXLOWER.encode(&hash.0)))
    }

    fn create(&self) -> Result<(), EngineError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(|source| file(&self.0, source))
    }
}

fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).mode(0o600);
    options
}

const BLOBS: &str = "blobs";
const NEW: &str = "new-";
