//! The container: a zip file of stored files in the order of their names, listed with their hashes in `manifest.json`.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use serde::{Deserialize, Serialize};
use thamvan_proto::entry::sha256;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::layout;
use crate::limits::{BUNDLE_FILES_MAX, BUNDLE_LEN};

/// Files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// What `manifest.json` says, keys in this order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: u64,
    pub(super) kind: String,
    pub(super) log_origin: String,
    pub(super) shard: u64,
    pub(super) tree_size: u64,
    pub(super) files: Vec<ManifestFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestFile {
    pub(super) path: String,
    pub(super) sha256: String,
}

impl Manifest {
    /// A manifest of `files`, the manifest itself aside.
    pub(super) fn of(
        files: &Files,
        kind: &str,
        log_origin: &str,
        (shard, tree_size): (u64, u64),
    ) -> Self {
        let files = files.iter().filter(|(path, _)| *path != MANIFEST);
        Self {
            schema: 1,
            kind: kind.to_owned(),
            log_origin: log_origin.to_owned(),
            shard,
            tree_size,
            files: files
                .map(|(path, bytes)| ManifestFile {
                    path: path.clone(),
                    sha256: layout::hex(&sha256(bytes)),
                })
                .collect(),
        }
    }

    pub(super) fn to_text(&self) -> Result<String, BundleError> {
        let text = serde_json::to_string_pretty(self).map_err(|_| BundleError::Write)?;
        Ok(text + "\n")
    }
}

/// Packs files: the same files always make the same bytes.
pub(super) fn pack(files: &Files) -> Result<Vec<u8>, BundleError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer
            .start_file(path.as_str(), options)
            .map_err(|_| BundleError::Write)?;
        writer.write_all(bytes).map_err(|_| BundleError::Write)?;
    }
    let packed = writer.finish().map_err(|_| BundleError::Write)?;
    Ok(packed.into_inner())
}

/// Reads the files of a bundle; whether it is spelt as [`pack`] spells it is for the caller to see.
pub(super) fn unpack(bytes: &[u8]) -> Result<Files, BundleError> {
    if bytes.len() > BUNDLE_LEN {
        return Err(BundleError::TooLong);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| BundleError::Zip)?;
    if archive.len() > BUNDLE_FILES_MAX {
        return Err(BundleError::TooLong);
    }
    let mut files = Files::new();
    // Stored bytes are no more than the file has; entries that share them are.
    let mut left = bytes.len() as u64;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| BundleError::Zip)?;
        if file.compression() != CompressionMethod::Stored {
            return Err(BundleError::Zip);
        }
        let name = file.name().map_err(|_| BundleError::Zip)?.into_owned();
        let mut content = Vec::new();
        let mut bounded = file.take(left.saturating_add(1));
        bounded
            .read_to_end(&mut content)
            .map_err(|_| BundleError::Zip)?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or(BundleError::TooLong)?;
        if files.insert(name.clone(), content).is_some() {
            return Err(BundleError::Duplicate { path: name });
        }
    }
    Ok(files)
}

/// The kind that a bundle's manifest names.
pub(super) fn kind(bytes: &[u8]) -> Option<String> {
    let files = unpack(bytes).ok()?;
    let manifest: Manifest = serde_json::from_slice(files.get(MANIFEST)?).ok()?;
    Some(manifest.kind)
}

pub(super) const MANIFEST: &str = "manifest.json";

/// Why there is no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not a zip file of stored files, or a damaged one.
    #[error("not a zip file, or a damaged one")]
    Zip,
    /// Longer, or with more files, than a bundle has.
    #[error("the bundle is too long")]
    TooLong,
    /// A name stands twice.
    #[error("{path} is there twice")]
    Duplicate {
        /// Which.
        path: String,
    },
    /// It cannot be put together: what it should hold does not fit.
    #[error("the bundle cannot be written")]
    Write,
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn files() -> Files {
        let file = |path: &str, bytes: &[u8]| (path.to_owned(), bytes.to_vec());
        [file("a", b"1"), file("b/c", b""), file("b/d", &[7; 300])].into()
    }

    #[test]
    fn the_same_files_make_the_same_bytes_and_come_back() {
        let packed = pack(&files()).expect("packs");
        assert_eq!(pack(&files()), Ok(packed.clone()));
        assert_eq!(unpack(&packed), Ok(files()));
        assert_eq!(unpack(b""), Err(BundleError::Zip));
        assert_eq!(unpack(&packed[..packed.len() - 1]), Err(BundleError::Zip));
    }

    #[test]
    fn no_byte_can_change_without_another_spelling() {
        let packed = pack(&files()).expect("packs");
        for at in 0..packed.len() {
            let mut changed = packed.clone();
            changed[at] ^= 1;
            let again = unpack(&changed).and_then(|files| pack(&files));
            assert_ne!(again.as_ref(), Ok(&changed), "{at}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let one = pack(&[("aa".to_owned(), vec![1]), ("ab".to_owned(), vec![2])].into());
        let mut bytes = one.expect("packs");
        let places: Vec<usize> = (0..bytes.len() - 1)
            .filter(|at| bytes[*at..].starts_with(b"ab"))
            .collect();
        for at in places {
            bytes[at + 1] = b'a';
        }
        let again = unpack(&bytes).and_then(|files| pack(&files));
        assert_ne!(again, Ok(bytes));
    }
}
