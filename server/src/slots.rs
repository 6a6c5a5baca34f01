//! A small value in a file of two slots that are written in place by turns: one write and one sync for each new value.
//!
//! `slot = checksum[32] || u64(count) || u32(length) || value`, zeros up to its end; the checksum is SHA-256 of what follows it.
//! The whole slot with the larger count holds. A write that is torn or lost leaves the other slot: the value before.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use thamvan_proto::entry::sha256;

use crate::durable::{self, WriteError};

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Absent,
    /// Neither slot is whole.
    Damaged,
    Value(Vec<u8>),
}

/// Reads the value of the file at `path`.
///
/// # Errors
/// [`io::Error`].
pub(crate) fn read(path: &Path) -> io::Result<Found> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Absent),
        Err(error) => return Err(error),
    };
    Ok(newest(&bytes).map_or(Found::Damaged, |slot| Found::Value(slot.value.to_vec())))
}

/// Replaces the value of `dir/name`, durably: a reader or a loss of power finds the old or the new one.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn put(dir: &Path, name: &'static str, value: &[u8]) -> Result<(), WriteError> {
    let failed = |step| {
        move |source| WriteError {
            subject: name,
            step,
            source,
        }
    };
    if value.len() > VALUE_LEN_MAX {
        return Err(failed("write")(io::ErrorKind::InvalidInput.into()));
    }
    let path = dir.join(name);
    let bytes = fs::read(&path).unwrap_or_default();
    let Some(old) = newest(&bytes).filter(|_| bytes.len() == FILE_LEN) else {
        return durable::replace(dir, name, &file(value));
    };
    let count = old.count.saturating_add(1);
    let written = OpenOptions::new().write(true).open(&path);
    let written = written.map_err(failed("open"))?;
    durable::write_at(name, &written, &slot(count, value), place(count))?;
    durable::sync(name, &written)
}

/// A new file with `value`, of at most [`VALUE_LEN_MAX`] bytes, in its first slot.
pub(crate) fn file(value: &[u8]) -> Vec<u8> {
    let mut bytes = slot(0, value);
    bytes.resize(FILE_LEN, 0);
    bytes
}

struct Slot<'a> {
    count: u64,
    value: &'a [u8],
}

fn newest(bytes: &[u8]) -> Option<Slot<'_>> {
    let slots = bytes.chunks(SLOT_LEN).filter_map(parse);
    slots.max_by_key(|slot| slot.count)
}

fn parse(slot: &[u8]) -> Option<Slot<'_>> {
    let (checksum, rest) = slot.split_first_chunk::<32>()?;
    let (count, sized) = rest.split_first_chunk::<8>()?;
    let (len, value) = sized.split_first_chunk::<4>()?;
    let value = value.get(..usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    let summed = rest.get(..HEAD_LEN.checked_add(value.len())?)?;
    (sha256(summed).0 == *checksum).then(|| Slot {
        count: u64::from_be_bytes(*count),
        value,
    })
}

fn slot(count: u64, value: &[u8]) -> Vec<u8> {
    let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let summed = [&count.to_be_bytes()[..], &len.to_be_bytes(), value].concat();
    let mut bytes = [&sha256(&summed).0[..], &summed].concat();
    bytes.resize(SLOT_LEN, 0);
    bytes
}

fn place(count: u64) -> u64 {
    if count.is_multiple_of(2) {
        0
    } else {
        SLOT_LEN as u64
    }
}

/// A block of the file system: a write to one slot never touches the other.
const SLOT_LEN: usize = 4096;
const FILE_LEN: usize = 2 * SLOT_LEN;
/// Count and length.
const HEAD_LEN: usize = 8 + 4;
/// The values are signed notes of a few hundred bytes.
const VALUE_LEN_MAX: usize = SLOT_LEN - 32 - HEAD_LEN;

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "value";

    #[test]
    fn the_newest_whole_slot_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        assert_eq!(read(&path).unwrap(), Found::Absent);
        for value in [&b"first"[..], b"second", b"third"] {
            put(dir.path(), NAME, value).unwrap();
            assert_eq!(read(&path).unwrap(), Found::Value(value.to_vec()));
        }
        assert_eq!(fs::read(&path).unwrap().len(), FILE_LEN);
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let longest = vec![7; VALUE_LEN_MAX];
        for _ in 0..2 {
            put(dir.path(), NAME, &longest).unwrap();
        }
        let refused = put(dir.path(), NAME, &[7; VALUE_LEN_MAX + 1]).unwrap_err();
        assert_eq!((refused.subject, refused.step), (NAME, "write"));
        let path = dir.path().join(NAME);
        assert_eq!(read(&path).unwrap(), Found::Value(longest));
    }

    #[test]
    fn no_changed_byte_is_believed_and_the_value_before_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        put(dir.path(), NAME, b"first").unwrap();
        put(dir.path(), NAME, b"second").unwrap();
        let whole = fs::read(&path).unwrap();
        let used = 32 + HEAD_LEN + b"second".len();
        for at in SLOT_LEN..SLOT_LEN + used {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert_eq!(
                read(&path).unwrap(),
                Found::Value(b"first".to_vec()),
                "byte {at}"
            );
            changed[0] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert_eq!(read(&path).unwrap(), Found::Damaged, "byte {at}");
        }
        // A damaged file is made anew.
        put(dir.path(), NAME, b"third").unwrap();
        assert_eq!(read(&path).unwrap(), Found::Value(b"third".to_vec()));
        fs::write(&path, &whole[..SLOT_LEN + 20]).unwrap();
        assert_eq!(read(&path).unwrap(), Found::Value(b"first".to_vec()));
    }
}
