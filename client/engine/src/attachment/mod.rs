//! Attachments: files that are encrypted before they leave, uploaded in pieces, and verified before anything of them is shown.
//!
//! ```text
//!   file ── cipher::seal ──► home/blobs/<hash> ── transfer::upload ──► server (knows size and hash)
//!                                   │                    │
//!   --out ◄── cipher::open ◄────────┴── transfer::download ◄──┘
//!             (blob hash, every chunk, length and SHA-256 of the file)
//! ```
//!
//! The home keeps ciphertext alone: keys stand in the encrypted store, inside the content. Any content may have attachments.
//! Out of scope: who may have a blob (the server decides), what a content means.

mod cipher;
mod folder;
mod name;
mod transfer;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thamvan_proto::attachment::{Attachment, AttachmentKey, blob_len};
use thamvan_proto::cbor;
use thamvan_proto::commitment::{Part, PartFacts, PartRole};
use thamvan_proto::id::{NoncePrefix, Salt};
use thamvan_proto::limits::{BLOB_LEN_MAX, FILE_NAME_LEN_MAX};

use crate::error::EngineError;
use crate::random;
use crate::store::file;

pub use cipher::CipherError;
pub(crate) use folder::BlobFolder;
pub use name::shown_name;
pub use transfer::{Direction, Progress, Transfer};

/// A file that is to be attached.
#[derive(Clone, Debug)]
pub enum NewFile {
    /// One on the disk.
    Path(PathBuf),
    /// One in memory, which never comes onto the disk unencrypted.
    Bytes {
        /// Its name.
        name: String,
        /// All of it.
        bytes: Arc<Vec<u8>>,
    },
}

impl From<PathBuf> for NewFile {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl NewFile {
    /// The path for errors; of what is in memory, its name.
    fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Bytes { name, .. } => Path::new(name),
        }
    }

    /// Its length (bytes) and a reader.
    fn open(&self) -> io::Result<(u64, Box<dyn io::Read + '_>)> {
        match self {
            Self::Path(path) => {
                let said = fs::metadata(path)?;
                if said.is_dir() {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                Ok((said.len(), Box::new(File::open(path)?)))
            }
            Self::Bytes { bytes, .. } => Ok((bytes.len() as u64, Box::new(bytes.as_slice()))),
        }
    }
}

/// Encrypts a file into `folder`; gives its two parts, the first of which stands at `place` in its content.
///
/// # Errors
/// [`EngineError::NotAllowed`] with rule `attachment_length` before anything is read, or trouble with a file.
pub(crate) fn seal(
    folder: &BlobFolder,
    new: &NewFile,
    place: usize,
) -> Result<[Part; 2], EngineError> {
    let path = new.path();
    let (len, mut plain) = new.open().map_err(|source| file(path, source))?;
    if blob_len(len, CHUNK_LEN) > BLOB_LEN_MAX {
        return Err(too_long());
    }
    let (key, nonce) = (random::bytes()?, NoncePrefix(random::bytes()?));
    let (temporary, mut sealed) = folder.begin()?;
    let cipher = cipher::Cipher {
        key: &key,
        nonce: &nonce,
        chunk: CHUNK_LEN,
    };
    let made = match cipher.seal(&mut plain, &mut sealed) {
        Ok(made) => made,
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            return Err(match error {
                CipherError::TooLong => too_long(),
                CipherError::Read(source) => file(path, source),
                other @ (CipherError::Blob
                | CipherError::Chunk { .. }
                | CipherError::Content
                | CipherError::Write(_)) => EngineError::Attachment(other),
            });
        }
    };
    folder.keep(&temporary, &sealed, &made.blob)?;
    let facts = PartFacts {
        role: PartRole::Attachment,
        media_type: MEDIA_TYPE.to_owned(),
        length: made.len,
        sha256: made.sha256,
    };
    let key = AttachmentKey {
        part: place as u64,
        blob: made.blob,
        size: made.size,
        key: thamvan_proto::attachment::BlobKey(key),
        nonce,
        chunk: CHUNK_LEN,
        name: own_name(path),
    };
    let apart = Part {
        facts,
        salt: Salt(random::bytes()?),
        bytes: None,
    };
    let salt = Salt(random::bytes()?);
    let bytes = cbor::to_vec(&key);
    let opened_by = Part::inline(PartRole::AttachmentKey, "application/cbor", bytes, salt);
    Ok([apart, opened_by])
}

/// Decrypts and verifies all of an attachment whose blob is in `folder`; nothing is written.
///
/// # Errors
/// [`EngineError::Attachment`].
pub(crate) fn verify(folder: &BlobFolder, attachment: &Attachment) -> Result<(), EngineError> {
    open(folder, attachment, &mut io::sink())
}

/// Writes a verified attachment to `out`, which does not exist: the whole of it, or nothing.
///
/// # Errors
/// [`EngineError::Attachment`]: then nothing has been written.
pub(crate) fn write(
    folder: &BlobFolder,
    attachment: &Attachment,
    out: &Path,
) -> Result<(), EngineError> {
    verify(folder, attachment)?;
    write_whole(out, |written| open(folder, attachment, written))
}

/// The bytes of a verified attachment.
///
/// # Errors
/// [`EngineError::Attachment`].
pub(crate) fn read(folder: &BlobFolder, attachment: &Attachment) -> Result<Vec<u8>, EngineError> {
    verify(folder, attachment)?;
    let mut bytes = Vec::new();
    open(folder, attachment, &mut bytes)?;
    Ok(bytes)
}

/// Makes a file in one step: what is written goes into another file beside it, which takes its name when it is whole.
///
/// # Errors
/// [`EngineError::File`], also where `out` exists; what `write` refuses.
pub(crate) fn write_whole(
    out: &Path,
    write: impl FnOnce(&mut File) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let failed = |source| file(out, source);
    if fs::symlink_metadata(out).is_ok() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let unique: [u8; 8] = random::bytes()?;
    let suffix = format!(".{}.part", data_encoding::HEXLOWER.encode(&unique));
    let mut temporary = out.as_os_str().to_owned();
    temporary.push(suffix);
    let temporary = PathBuf::from(temporary);
    let mut options = File::options();
    let created = options.create_new(true).write(true).mode(0o600);
    let mut created = created.open(&temporary).map_err(failed)?;
    let written = write(&mut created).and_then(|()| {
        created.sync_all().map_err(failed)?;
        // A link, unlike a rename, never replaces what came into being meanwhile.
        fs::hard_link(&temporary, out).map_err(failed)
    });
    let _ = fs::remove_file(&temporary);
    written
}

fn open(
    folder: &BlobFolder,
    attachment: &Attachment,
    plain: &mut dyn io::Write,
) -> Result<(), EngineError> {
    let key = &attachment.key;
    let mut sealed = folder.open(&key.blob)?;
    let cipher = cipher::Cipher {
        key: &key.key.0,
        nonce: &key.nonce,
        chunk: key.chunk,
    };
    let expected = cipher::Expected {
        blob: &key.blob,
        len: attachment.facts.length,
        sha256: &attachment.facts.sha256,
    };
    cipher
        .open(&mut sealed, &expected, plain)
        .map_err(EngineError::Attachment)
}

/// The last component of a path, cut to what a name may have.
fn own_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = name.floor_char_boundary(FILE_NAME_LEN_MAX);
    let name = name.get(..end).unwrap_or_default();
    if name.is_empty() { name::UNNAMED } else { name }.to_owned()
}

fn too_long() -> EngineError {
    EngineError::NotAllowed {
        rule: "attachment_length",
        what: format!("an attachment has at most {BLOB_LEN_MAX} bytes, encrypted"),
    }
}

/// Plaintext bytes of a chunk: 1,024 chunks make the longest blob, and a changed byte is found within 64 KiB.
const CHUNK_LEN: u64 = 64 * 1024;
/// What is inside is for the reader to find out: a name's ending says nothing.
const MEDIA_TYPE: &str = "application/octet-stream";

#[cfg(test)]
mod tests;
