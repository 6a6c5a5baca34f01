//! XChaCha20-Poly1305 in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunks that cannot be changed, moved,
//! left out or added, with a mark on the last one.

use std::io::{self, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::XChaCha20Poly1305;
use sha2::{Digest, Sha256};
use thamvan_proto::attachment::{TAG_LEN, blob_len, chunk_count};
use thamvan_proto::id::NoncePrefix;
use thamvan_proto::limits::BLOB_LEN_MAX;
use thamvan_proto::tlog::Hash;
use zeroize::Zeroizing;

/// How one blob is made and opened.
pub(crate) struct Cipher<'a> {
    pub(crate) key: &'a [u8; 32],
    pub(crate) nonce: &'a NoncePrefix,
    /// Plaintext bytes of every chunk but the last.
    pub(crate) chunk: u64,
}

/// What was made of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// Bytes of the file.
    pub(crate) len: u64,
    pub(crate) sha256: Hash,
    /// SHA-256 of the blob.
    pub(crate) blob: Hash,
    /// Bytes of the blob.
    pub(crate) size: u64,
}

/// What a blob must be, and become.
pub(crate) struct Expected<'a> {
    pub(crate) blob: &'a Hash,
    pub(crate) len: u64,
    pub(crate) sha256: &'a Hash,
}

/// Why an attachment cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum CipherError {
    /// Longer than a blob may be.
    #[error("the file is too long")]
    TooLong,
    /// The blob is not the one named: a fault of whoever stored or sent it.
    #[error("the attachment is not the one that the message names")]
    Blob,
    /// A chunk does not open under the key in the message: its author's fault.
    #[error("chunk {n} of the attachment does not open")]
    Chunk {
        /// Chunk, from 0.
        n: u64,
    },
    /// The file is not the one that its author committed to.
    #[error("the attachment opens to another file than the one committed to")]
    Content,
    /// The file or blob cannot be read.
    #[error("the attachment cannot be read")]
    Read(#[source] io::Error),
    /// The file or blob cannot be written.
    #[error("the attachment cannot be written")]
    Write(#[source] io::Error),
}

impl Cipher<'_> {
    /// Encrypts all of `plain`, and stops as soon as it is too long.
    pub(crate) fn seal(
        &self,
        plain: &mut dyn Read,
        sealed: &mut dyn Write,
    ) -> Result<Made, CipherError> {
        let mut encryptor =
            EncryptorBE32::<XChaCha20Poly1305>::new(self.key.into(), (&self.nonce.0).into());
        let (mut file, mut blob) = (Sha256::new(), Sha256::new());
        let (mut len, mut size) = (0, 0);
        let mut put = |bytes: Vec<u8>| {
            blob.update(&bytes);
            size += bytes.len() as u64;
            sealed.write_all(&bytes).map_err(CipherError::Write)
        };
        let mut chunk = self.read_chunk(plain)?;
        loop {
            file.update(&chunk);
            len += chunk.len() as u64;
            if blob_len(len, self.chunk) > BLOB_LEN_MAX {
                return Err(CipherError::TooLong);
            }
            let next = self.read_chunk(plain)?;
            if next.is_empty() {
                let last = encryptor.encrypt_last(chunk.as_slice());
                put(last.map_err(|_| CipherError::TooLong)?)?;
                break;
            }
            let one = encryptor.encrypt_next(chunk.as_slice());
            put(one.map_err(|_| CipherError::TooLong)?)?;
            chunk = next;
        }
        Ok(Made {
            len,
            sha256: Hash(file.finalize().into()),
            blob: Hash(blob.finalize().into()),
            size,
        })
    }

    /// Decrypts all of `sealed` into `plain`, which is not to be believed before this has returned.
    pub(crate) fn open(
        &self,
        sealed: &mut dyn Read,
        expected: &Expected<'_>,
        plain: &mut dyn Write,
    ) -> Result<(), CipherError> {
        let mut decryptor =
            DecryptorBE32::<XChaCha20Poly1305>::new(self.key.into(), (&self.nonce.0).into());
        let (mut file, mut blob) = (Sha256::new(), Sha256::new());
        let count = chunk_count(expected.len, self.chunk);
        let mut left = expected.len;
        let mut failed = None;
        for n in 0..count.saturating_sub(1) {
            let bytes = read_exactly(sealed, self.chunk.saturating_add(TAG_LEN))?;
            blob.update(&bytes);
            left = left.saturating_sub(self.chunk);
            if failed.is_none() {
                match decryptor.decrypt_next(bytes.as_slice()).map(Zeroizing::new) {
                    Ok(chunk) => {
                        file.update(&chunk);
                        plain.write_all(&chunk).map_err(CipherError::Write)?;
                    }
                    Err(_) => failed = Some(n),
                }
            }
        }
        let bytes = read_exactly(sealed, left.saturating_add(TAG_LEN))?;
        blob.update(&bytes);
        // A blob that is not the one named is not its author's fault: that is told first.
        if read_some(sealed, 1)?.is_empty() && Hash(blob.finalize().into()) == *expected.blob {
            let last = count.saturating_sub(1);
            if let Some(n) = failed {
                return Err(CipherError::Chunk { n });
            }
            let chunk = decryptor.decrypt_last(bytes.as_slice());
            let chunk = chunk
                .map(Zeroizing::new)
                .map_err(|_| CipherError::Chunk { n: last })?;
            file.update(&chunk);
            plain.write_all(&chunk).map_err(CipherError::Write)?;
        } else {
            return Err(CipherError::Blob);
        }
        if Hash(file.finalize().into()) == *expected.sha256 {
            Ok(())
        } else {
            Err(CipherError::Content)
        }
    }

    fn read_chunk(&self, plain: &mut dyn Read) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        read_some(plain, self.chunk).map(Zeroizing::new)
    }
}

/// Up to `len` bytes: fewer at the end only.
fn read_some(from: &mut dyn Read, len: u64) -> Result<Vec<u8>, CipherError> {
    let mut bytes = Vec::new();
    from.take(len)
        .read_to_end(&mut bytes)
        .map_err(CipherError::Read)?;
    Ok(bytes)
}

fn read_exactly(from: &mut dyn Read, len: u64) -> Result<Vec<u8>, CipherError> {
    let bytes = read_some(from, len)?;
    if bytes.len() as u64 == len {
        Ok(bytes)
    } else {
        Err(CipherError::Blob)
    }
}
