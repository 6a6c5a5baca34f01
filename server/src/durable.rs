//! The only writes and syncs of a running server.
//!
//! Every step passes a failpoint before and after it, so what a test records here is what was asked of the kernel, in order;
//! `clippy.toml` forbids the same calls anywhere else. Out of scope: when to sync (`journal`, `checkpoint_file`, `log_signer`).
#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that the ban points to"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::failpoint::{self, Moment};

/// Writes `bytes` at `offset`; durable after [`sync`].
///
/// # Errors
/// [`WriteError`].
pub(crate) fn write_at(
    subject: &'static str,
    file: &File,
    bytes: &[u8],
    offset: u64,
) -> Result<(), WriteError> {
    step(subject, "write", bytes, || {
        if !failpoint::armed() {
            return file.write_all_at(bytes, offset);
        }
        // In two parts, so that a test can stop between them: a torn write.
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all_at(first, offset)?;
        failpoint::hit(subject, Moment::Mid, "write", bytes)?;
        file.write_all_at(rest, offset.saturating_add(first.len() as u64))
    })
}

/// Makes what was written to `file` durable: its data, which is enough while its length does not change.
///
/// # Errors
/// [`WriteError`]: nobody knows what is durable; the process must end.
pub(crate) fn sync(subject: &'static str, file: &File) -> Result<(), WriteError> {
    step(subject, "sync", &[], || file.sync_data())
}

/// Writes `bytes` behind the end of `file`, which was opened to be appended to; durable on return.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn append(
    subject: &'static str,
    mut file: &File,
    bytes: &[u8],
) -> Result<(), WriteError> {
    step(subject, "append", bytes, || file.write_all(bytes))?;
    step(subject, "sync", &[], || file.sync_data())
}

/// Makes a file of `len` zero bytes after `head`, durable with its name.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn create_filled(
    subject: &'static str,
    path: &Path,
    head: &[u8],
    len: u64,
) -> Result<File, WriteError> {
    let file = step(subject, "create", &[], || {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        zero(&file, 0, len)?;
        failpoint::hit(subject, Moment::Mid, "create", &[])?;
        // Last: its presence says that the file is filled.
        file.write_all_at(head, 0)?;
        file.sync_all()?;
        Ok(file)
    })?;
    sync_folder(subject, folder_of(path))?;
    Ok(file)
}

/// Zeroes `file` from `from` up to `len`, where it is not zero already, durably.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn clear(
    subject: &'static str,
    file: &File,
    from: u64,
    len: u64,
) -> Result<(), WriteError> {
    step(subject, "clear", &[], || {
        let mut at = from;
        while at < len {
            let part = part(len.saturating_sub(at));
            let mut old = vec![0; part];
            file.read_exact_at(&mut old, at)?;
            let next = at.saturating_add(part as u64);
            if old.iter().any(|byte| *byte != 0) {
                zero(file, at, next)?;
            }
            at = next;
        }
        file.sync_data()
    })
}

/// Writes `bytes` as `dir/name` so that a reader or a loss of power sees the old or the new file, never a part.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn replace(dir: &Path, name: &'static str, bytes: &[u8]) -> Result<(), WriteError> {
    let temporary = dir.join(format!("{name}.new"));
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary);
    let file = opened.map_err(|source| WriteError {
        subject: name,
        step: "create",
        source,
    })?;
    write_at(name, &file, bytes, 0)?;
    step(name, "sync", &[], || file.sync_all())?;
    step(name, "rename", &[], || {
        fs::rename(&temporary, dir.join(name))
    })?;
    sync_folder(name, dir)
}

/// Zeroes the file at `path` behind its end up to `len`, durably.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn lengthen(subject: &'static str, path: &Path, len: u64) -> Result<(), WriteError> {
    step(subject, "lengthen", &[], || {
        let file = OpenOptions::new().write(true).open(path)?;
        zero(&file, file.metadata()?.len(), len)?;
        file.sync_all()
    })
}

/// A file that is written in parts and has its name only when all of it is durable.
#[derive(Debug)]
pub(crate) struct Staged {
    subject: &'static str,
    temporary: PathBuf,
    path: PathBuf,
    file: File,
}

impl Staged {
    /// Begins the file that is to be `path`; nothing stands there meanwhile.
    ///
    /// # Errors
    /// [`WriteError`].
    pub(crate) fn create(subject: &'static str, path: &Path) -> Result<Self, WriteError> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        let temporary = PathBuf::from(temporary);
        let file = step(subject, "create", &[], || {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&temporary)
        })?;
        Ok(Self {
            subject,
            temporary,
            path: path.to_owned(),
            file,
        })
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// [`WriteError`].
    pub(crate) fn finish(self) -> Result<(), WriteError> {
        step(self.subject, "sync", &[], || self.file.sync_all())?;
        step(self.subject, "rename", &[], || {
            fs::rename(&self.temporary, &self.path)
        })?;
        sync_folder(self.subject, folder_of(&self.path))
    }

    /// Leaves nothing behind.
    pub(crate) fn abandon(self) {
        // What cannot be removed has a name that nobody takes for whole.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl io::Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        failpoint::hit(self.subject, Moment::Before, "write", bytes)?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn sync_folder(subject: &'static str, dir: &Path) -> Result<(), WriteError> {
    step(subject, "folder-sync", &[], || File::open(dir)?.sync_all())
}

fn zero(file: &File, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let part = part(to.saturating_sub(at));
        file.write_all_at(ZEROS.get(..part).unwrap_or(&ZEROS), at)?;
        at = at.saturating_add(part as u64);
    }
    Ok(())
}

fn part(left: u64) -> usize {
    usize::try_from(left).map_or(ZEROS.len(), |left| left.min(ZEROS.len()))
}

fn step<T>(
    subject: &'static str,
    step: &'static str,
    detail: &[u8],
    work: impl FnOnce() -> io::Result<T>,
) -> Result<T, WriteError> {
    let tried = failpoint::hit(subject, Moment::Before, step, detail)
        .and_then(|()| work())
        .and_then(|done| failpoint::hit(subject, Moment::After, step, detail).map(|()| done));
    tried.map_err(|source| WriteError {
        subject,
        step,
        source,
    })
}

/// A step on a file failed: nobody knows what is durable, so the process ends and starts from what is.
#[derive(Debug, thiserror::Error)]
#[error("{subject}: {step} failed")]
pub struct WriteError {
    /// Which file.
    pub subject: &'static str,
    /// Which step.
    pub step: &'static str,
    /// Cause.
    #[source]
    pub source: io::Error,
}

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// The folder that a file is in; a bare name is in the working folder.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if dir != Path::new("") => dir,
        Some(_) | None => Path::new("."),
    }
}
