//! Files that are whole or not there, and bounded reading.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Writes `bytes` as `dir/name` so that a reader or a loss of power sees the old or the new file,
/// never a part; durable when it returns.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = dir.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, dir.join(name))?;
    File::open(dir)?.sync_all()
}

/// Reads a text of at most `most` bytes; [`io::ErrorKind::InvalidData`] if it is longer or no text.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(text)
}

/// Makes a folder that only its owner may read, unless it is there.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// For secrets and state.
pub(crate) const PRIVATE: u32 = 0o600;
/// For what everybody may know.
pub(crate) const PUBLIC: u32 = 0o644;
