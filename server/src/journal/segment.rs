//! Segment files: a head, frames one after another, zeros up to the end.
//!
//! `frame = u32(payload length + 1) || u64(number) || checksum[32] || payload`, all big-endian; a length of 0 ends a segment.
//! The number of a body's frame is 0, or 1 once its payload has been overwritten.
//! A frame that is not whole ends the journal; what follows it was never acknowledged, or the checkpoint will tell.

use std::cmp::Ordering;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_proto::tlog::Hash;

use super::Extent;
use crate::durable::{self, WriteError};
use crate::limits::SEGMENT_LEN;

/// A place between frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

impl Position {
    /// Where the first frame of all goes.
    pub(crate) const START: Self = Self {
        segment: 0,
        offset: HEAD.len() as u64,
    };

    /// Whether segments of these lengths reach up to it.
    pub(super) fn is_in(&self, lens: &[u64]) -> bool {
        lens.get(self.segment as usize)
            .is_some_and(|len| self.offset <= *len)
    }
}

/// The head of a frame, with the place of its payload and of what follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) checksum: Hash,
    pub(super) payload: Location,
    pub(super) start: Position,
    pub(super) next: Position,
}

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
    /// Bytes of the encoded form.
    pub(crate) const LEN: usize = 16;

    /// For the index.
    pub(crate) fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&self.segment.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.offset.to_be_bytes());
        bytes[12..].copy_from_slice(&self.len.to_be_bytes());
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) made.
    pub(crate) fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        let [a, b, c, d, offset @ .., e, f, g, h] = bytes;
        Self {
            segment: u32::from_be_bytes([a, b, c, d]),
            offset: u64::from_be_bytes(offset),
            len: u32::from_be_bytes([e, f, g, h]),
        }
    }

    /// Bytes.
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether segments of these lengths hold it.
    pub(super) fn is_in(&self, lens: &[u64]) -> bool {
        let end = self.offset.saturating_add(self.len.into());
        lens.get(self.segment as usize)
            .is_some_and(|len| end <= *len)
    }

    /// Where the frame begins whose payload this is.
    pub(super) fn frame_start(&self) -> Position {
        Position {
            segment: self.segment,
            offset: self.offset.saturating_sub(FRAME_HEAD_LEN as u64),
        }
    }

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

impl Inner {
    /// How many of `frames` fit into the last segment: one in any case.
    fn fitting(&self, frames: &[Frame<'_>]) -> usize {
        let mut end = self.end;
        let fit = frames.iter().take_while(|frame| {
            end = end.saturating_add(frame_len(frame));
            end <= self.len
        });
        fit.count().max(1)
    }
}

type Accept<'a> = dyn FnMut(&Frame<'_>, Location) -> bool + 'a;

impl Segments {
    /// Opens the segments in `dir` and gives every frame from `from` on to `accept`, up to the first that it does not take.
    ///
    /// Of what stands before `from` only the presence of its segments is looked at.
    pub(super) fn open(
        dir: &Path,
        kind: &'static str,
        from: Position,
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
            let file = OpenOptions::new().read(true).write(true).open(&path);
            let file = match file.or_else(|_| File::open(&path)) {
                Ok(file) => Arc::new(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            };
            if !has_head(&file)? {
                // Created, not yet filled: nothing in it was ever acknowledged.
                break;
            }
            inner.files.push(Arc::clone(&file));
            inner.len = file.metadata()?.len();
            let begin = match number.cmp(&from.segment) {
                Ordering::Less => continue,
                Ordering::Equal => from.offset,
                Ordering::Greater => HEAD.len() as u64,
            };
            let bytes = read_from(&file, begin, inner.len)?;
            let at = Position {
                segment: number,
                offset: begin,
            };
            let (end, whole) = walk(&bytes, at, accept);
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
            let at = Position {
                segment: number,
                offset: HEAD.len() as u64,
            };
            let frames = bytes.get(HEAD.len()..).unwrap_or_default();
            walk(
                frames,
                at,
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
        let places = self.append_all(std::slice::from_ref(frame))?;
        places.first().copied().ok_or_else(|| too_long().into())
    }

    /// Writes frames one after another, with one write for each segment; they are durable after [`sync`](Self::sync).
    pub(super) fn append_all(
        &self,
        frames: &[Frame<'_>],
    ) -> Result<Vec<Location>, super::JournalError> {
        let mut inner = self.inner();
        let mut places = Vec::with_capacity(frames.len());
        let mut rest = frames;
        while let Some(first) = rest.first() {
            let needed = frame_len(first);
            if inner.files.is_empty() || inner.end.saturating_add(needed) > inner.len {
                self.add_segment(&mut inner, needed)?;
            }
            let (now, later) = rest.split_at(inner.fitting(rest));
            self.write(&mut inner, now, &mut places)?;
            rest = later;
        }
        Ok(places)
    }

    /// Writes frames that fit into the last segment.
    fn write(
        &self,
        inner: &mut Inner,
        frames: &[Frame<'_>],
        places: &mut Vec<Location>,
    ) -> Result<(), super::JournalError> {
        let last = inner.files.len().saturating_sub(1);
        let segment = u32::try_from(last).map_err(|_| too_long())?;
        let mut bytes = Vec::new();
        for frame in frames {
            let offset = inner.end.saturating_add(bytes.len() as u64);
            encode(frame, &mut bytes)?;
            places.push(Location {
                segment,
                offset: offset.saturating_add(FRAME_HEAD_LEN as u64),
                len: u32::try_from(frame.payload.len()).map_err(|_| too_long())?,
            });
        }
        let file = inner.files.last().ok_or_else(too_long)?;
        check_free(file, inner.end)?;
        durable::write_at(self.kind, file, &bytes, inner.end)?;
        inner.end = inner.end.saturating_add(bytes.len() as u64);
        inner.unsynced = inner.unsynced.min(last);
        Ok(())
    }

    /// Takes the last frame, which begins at `start`, for torn: what is written next takes its place, after
    /// [`cut_tail`](Self::cut_tail).
    pub(super) fn end_before(&self, start: Position) -> io::Result<()> {
        let mut inner = self.inner();
        // Behind it there may be a segment that was made and never written.
        let count = (start.segment as usize).saturating_add(1);
        inner.files.truncate(count);
        let last = inner.files.last().map(|file| file.metadata()).transpose()?;
        inner.len = last.map_or(0, |file| file.len());
        inner.end = start.offset;
        inner.unsynced = inner.files.len();
        Ok(())
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

    /// Bytes of each segment.
    pub(super) fn lens(&self) -> io::Result<Vec<u64>> {
        let files = self.inner().files.clone();
        files
            .iter()
            .map(|file| Ok(file.metadata()?.len()))
            .collect()
    }

    /// All segments up to `end`.
    pub(super) fn upto(&self, end: Position) -> io::Result<Vec<Extent>> {
        let mut extents = Vec::new();
        for (number, len) in (0..=end.segment).zip(self.lens()?) {
            let path = self.path(number);
            let name = path.file_name().unwrap_or_default();
            extents.push(Extent {
                name: name.to_string_lossy().into_owned(),
                used: if number == end.segment {
                    end.offset
                } else {
                    len
                },
                path,
                len,
            });
        }
        Ok(extents)
    }

    /// The end of what is written.
    pub(super) fn end(&self) -> Position {
        let inner = self.inner();
        match u32::try_from(inner.files.len()) {
            Ok(count) if count > 0 => Position {
                segment: count.saturating_sub(1),
                offset: inner.end,
            },
            Ok(_) | Err(_) => Position::START,
        }
    }

    /// The frame at `from`, or the first of the next segment when there is none; its payload is not read.
    pub(super) fn next(&self, from: Position) -> io::Result<Option<Seen>> {
        let next_segment = Position {
            segment: from.segment.saturating_add(1),
            ..Position::START
        };
        for start in [from, next_segment] {
            let file = self.inner().files.get(start.segment as usize).cloned();
            let Some(file) = file else {
                return Ok(None);
            };
            let mut head = [0; FRAME_HEAD_LEN];
            match file.read_exact_at(&mut head, start.offset) {
                Ok(()) => {}
                // The segment has no room for another frame.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => continue,
                Err(error) => return Err(error),
            }
            if let Some(seen) = seen(&head, start) {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    /// Reads the bytes at `location`.
    pub(super) fn read(&self, location: Location) -> io::Result<Vec<u8>> {
        let file = self
            .inner()
            .files
            .get(location.segment as usize)
            .cloned()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such segment"))?;
        let mut bytes = vec![0; location.len()];
        file.read_exact_at(&mut bytes, location.offset)?;
        Ok(bytes)
    }

    /// Overwrites the payload at `location`, durably. First its frame says that it is erased, whatever of it is left: a stop
    /// in between loses nothing else, and the erasure is done again.
    pub(super) fn erase(&self, location: Location) -> Result<(), super::JournalError> {
        let lost = || io::Error::new(io::ErrorKind::NotFound, "no such segment");
        let files = self.inner().files.clone();
        let file = files.get(location.segment as usize).ok_or_else(lost)?;
        let mark = location.frame_start().offset.saturating_add(MARK_OFFSET);
        durable::write_at(self.kind, file, &[ERASED_MARK], mark)?;
        durable::sync(self.kind, file)?;
        let end = location.offset.saturating_add(location.len.into());
        Ok(durable::clear(self.kind, file, location.offset, end)?)
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

/// Gives the frames in `bytes`, which stand at `from`; returns where they end and whether all of them were taken.
fn walk(bytes: &[u8], from: Position, accept: &mut Accept<'_>) -> (u64, bool) {
    let mut at = 0_usize;
    let offset = |at: usize| from.offset.saturating_add(at as u64);
    loop {
        match frame_at(bytes, at) {
            Parsed::End => return (offset(at), true),
            Parsed::Torn => return (offset(at), false),
            Parsed::Frame(frame) => {
                let start = at.saturating_add(FRAME_HEAD_LEN);
                let before = Location {
                    segment: from.segment,
                    offset: from.offset,
                    len: 0,
                };
                let end = start.saturating_add(frame.payload.len());
                if !accept(&frame, before.part(start..end)) {
                    return (offset(at), false);
                }
                at = end;
            }
        }
    }
}

fn encode(frame: &Frame<'_>, bytes: &mut Vec<u8>) -> io::Result<()> {
    let len = u32::try_from(frame.payload.len()).ok();
    let stored = len
        .and_then(|len| len.checked_add(1))
        .ok_or_else(too_long)?;
    bytes.extend_from_slice(&stored.to_be_bytes());
    bytes.extend_from_slice(&frame.number.to_be_bytes());
    bytes.extend_from_slice(&frame.checksum.0);
    bytes.extend_from_slice(frame.payload);
    Ok(())
}

fn frame_len(frame: &Frame<'_>) -> u64 {
    (FRAME_HEAD_LEN as u64).saturating_add(frame.payload.len() as u64)
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "frame too long")
}

fn seen(head: &[u8; FRAME_HEAD_LEN], start: Position) -> Option<Seen> {
    let (stored, rest) = head.split_first_chunk::<4>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let len = u32::from_be_bytes(*stored).checked_sub(1)?;
    let offset = start.offset.saturating_add(FRAME_HEAD_LEN as u64);
    Some(Seen {
        number: u64::from_be_bytes(*number),
        checksum: Hash(rest.try_into().ok()?),
        payload: Location {
            segment: start.segment,
            offset,
            len,
        },
        start,
        next: Position {
            segment: start.segment,
            offset: offset.saturating_add(len.into()),
        },
    })
}

fn has_head(file: &File) -> io::Result<bool> {
    let mut head = [0; HEAD.len()];
    match file.read_exact_at(&mut head, 0) {
        Ok(()) => Ok(head == *HEAD),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_from(file: &File, from: u64, end: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

/// Whoever stood still while another server took over must not write over what that one acknowledged.
fn check_free(file: &File, at: u64) -> Result<(), super::JournalError> {
    let mut stored = [0; 4];
    file.read_exact_at(&mut stored, at)?;
    if stored == [0; 4] {
        Ok(())
    } else {
        Err(super::JournalError::OtherWriter)
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
/// The number of a body's frame: its payload has the hash that is its checksum.
pub(super) const KEPT: u64 = 0;
/// The number of a body's frame whose payload is no more: one byte, so that it is written or not.
pub(super) const ERASED: u64 = ERASED_MARK as u64;
const ERASED_MARK: u8 = 1;
/// The byte of a frame that tells the two apart: the last of its number.
const MARK_OFFSET: u64 = 4 + 7;
