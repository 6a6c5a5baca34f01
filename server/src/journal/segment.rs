//! Segment files: a head, frames one after another, zeros up to the end.
//!
//! `frame = u32(payload length + 1) || u64(number) || checksum[32] || payload`, all big-endian; a length of 0 ends a segment.
//! A frame that is not whole ends the journal; what follows it was never acknowledged, or the checkpoint will tell.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_proto::tlog::Hash;

use crate::durable::{self, WriteError};
use crate::limits::SEGMENT_LEN;

/// One frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) number: u64,
    pub(super) checksum: Hash,
    pub(super) payload: &'a [u8],
}

/// A range of bytes in one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    segment: u32,
    offset: u64,
    len: u32,
}

impl Location {
    /// A part of the range.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Self {
            segment: self.segment,
            offset: self.offset.saturating_add(range.start as u64),
            len: u32::try_from(range.len()).unwrap_or(u32::MAX),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "segment {}, byte {}", self.segment, self.offset)
    }
}

/// All segments of one kind.
#[derive(Debug)]
pub(super) struct Segments {
    dir: PathBuf,
    kind: &'static str,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<File>>,
    /// Where the next frame goes, in the last segment.
    end: u64,
    len: u64,
    /// First segment written since the last sync.
    unsynced: usize,
}

type Accept<'a> = dyn FnMut(&Frame<'_>, Location) -> bool + 'a;

impl Segments {
    /// Opens the segments in `dir` and gives every frame to `accept`, up to the first that it does not take.
    pub(super) fn open(
        dir: &Path,
        kind: &'static str,
        accept: &mut Accept<'_>,
    ) -> io::Result<Self> {
        let segments = Self {
            dir: dir.to_owned(),
            kind,
            inner: Mutex::new(Inner::default()),
        };
        let mut inner = Inner::default();
        for number in 0_u32.. {
            let path = segments.path(number);
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            };
            if bytes.get(..HEAD.len()) != Some(HEAD.as_slice()) {
                // Created, not yet filled: nothing in it was ever acknowledged.
                break;
            }
            let file = OpenOptions::new().read(true).write(true).open(&path);
            let file = file.or_else(|_| File::open(&path))?;
            inner.files.push(Arc::new(file));
            inner.len = bytes.len() as u64;
            let (end, whole) = walk(&bytes, number, accept);
            inner.end = end;
            if !whole {
                break;
            }
        }
        inner.unsynced = inner.files.len();
        *segments.inner() = inner;
        Ok(segments)
    }

    /// Gives every frame again, without looking at checksums.
    pub(super) fn scan<E: From<super::JournalError>>(
        &self,
        visit: &mut dyn FnMut(&Frame<'_>, Location) -> Result<(), E>,
    ) -> Result<(), E> {
        let count = self.inner().files.len();
        for number in 0..u32::try_from(count).unwrap_or(u32::MAX) {
            let bytes = std::fs::read(self.path(number)).map_err(super::JournalError::from)?;
            let mut failed = None;
            walk(
                &bytes,
                number,
                &mut |frame, location| match visit(frame, location) {
                    Ok(()) => true,
                    Err(error) => {
                        failed = Some(error);
                        false
                    }
                },
            );
            failed.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Writes a frame; it is durable after [`sync`](Self::sync). Gives the place of its payload.
    pub(super) fn append(&self, frame: &Frame<'_>) -> Result<Location, super::JournalError> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "frame too long");
        let len = u32::try_from(frame.payload.len()).map_err(|_| too_long())?;
        let stored = len.checked_add(1).ok_or_else(too_long)?;
        let bytes = [
            stored.to_be_bytes().as_slice(),
            &frame.number.to_be_bytes(),
            &frame.checksum.0,
            frame.payload,
        ]
        .concat();
        let mut inner = self.inner();
        let needed = bytes.len() as u64;
        if inner.files.is_empty() || inner.end.saturating_add(needed) > inner.len {
            self.add_segment(&mut inner, needed)?;
        }
        let last = inner.files.len().saturating_sub(1);
        let file = inner.files.last().ok_or_else(too_long)?;
        durable::write_at(self.kind, file, &bytes, inner.end)?;
        let location = Location {
            segment: u32::try_from(last).map_err(|_| too_long())?,
            offset: inner.end.saturating_add(FRAME_HEAD_LEN as u64),
            len,
        };
        inner.end = inner.end.saturating_add(needed);
        inner.unsynced = inner.unsynced.min(last);
        Ok(location)
    }

    /// Makes all frames durable. The segments' metadata never changes after their creation, so data is enough.
    pub(super) fn sync(&self) -> Result<(), WriteError> {
        let mut inner = self.inner();
        let from = inner.unsynced;
        for file in inner.files.iter().skip(from) {
            durable::sync(self.kind, file)?;
        }
        inner.unsynced = inner.files.len();
        Ok(())
    }

    /// Reads the bytes at `location`.
    pub(super) fn read(&self, location: Location) -> io::Result<Vec<u8>> {
        let file = self
            .inner()
            .files
            .get(location.segment as usize)
            .cloned()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such segment"))?;
        let mut bytes = vec![0; location.len as usize];
        file.read_exact_at(&mut bytes, location.offset)?;
        Ok(bytes)
    }

    /// Zeroes what stands behind the last whole frame.
    pub(super) fn cut_tail(&self) -> Result<(), WriteError> {
        let inner = self.inner();
        inner.files.last().map_or(Ok(()), |file| {
            durable::clear(self.kind, file, inner.end, inner.len)
        })
    }

    fn add_segment(&self, inner: &mut Inner, needed: u64) -> Result<(), WriteError> {
        let number = u32::try_from(inner.files.len()).unwrap_or(u32::MAX);
        let len = needed.saturating_add(HEAD.len() as u64).max(SEGMENT_LEN);
        let file = durable::create_filled(self.kind, &self.path(number), HEAD, len)?;
        inner.files.push(Arc::new(file));
        inner.end = HEAD.len() as u64;
        inner.len = len;
        Ok(())
    }

    fn path(&self, number: u32) -> PathBuf {
        self.dir.join(format!("{}-{number:08}.seg", self.kind))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the frames of one segment; returns where they end and whether all of them were taken.
fn walk(bytes: &[u8], segment: u32, accept: &mut Accept<'_>) -> (u64, bool) {
    let mut at = HEAD.len();
    loop {
        match frame_at(bytes, at) {
            Parsed::End => return (at as u64, true),
            Parsed::Torn => return (at as u64, false),
            Parsed::Frame(frame) => {
                let start = at.saturating_add(FRAME_HEAD_LEN);
                let whole = Location {
                    segment,
                    offset: 0,
                    len: 0,
                };
                let end = start.saturating_add(frame.payload.len());
                if !accept(&frame, whole.part(start..end)) {
                    return (at as u64, false);
                }
                at = end;
            }
        }
    }
}

enum Parsed<'a> {
    Frame(Frame<'a>),
    End,
    Torn,
}

fn frame_at(bytes: &[u8], at: usize) -> Parsed<'_> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some((stored, rest)) = rest.split_first_chunk::<4>() else {
        return Parsed::End;
    };
    let Some(len) = u32::from_be_bytes(*stored).checked_sub(1) else {
        return Parsed::End;
    };
    let frame = rest.split_first_chunk::<8>().and_then(|(number, rest)| {
        let (checksum, rest) = rest.split_first_chunk::<32>()?;
        Some(Frame {
            number: u64::from_be_bytes(*number),
            checksum: Hash(*checksum),
            payload: rest.get(..len as usize)?,
        })
    });
    frame.map_or(Parsed::Torn, Parsed::Frame)
}

const HEAD: &[u8; 16] = b"thamvan-seg-v1\0\0";
const FRAME_HEAD_LEN: usize = 4 + 8 + 32;
