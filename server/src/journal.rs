//! The journal: the truth of the server, in append-only checksummed segments.
//!
//! `records-*.seg` hold batches of changes, each frame chained to the one before; `bodies-*.seg` hold bodies apart, so that
//! one can be erased without touching a record. Both are synced side by side, so a loss of power may leave either without the
//! other: a batch counts only when its frame is whole and, if it is the last one, every body that it names is there.
//! In scope: layout, recovery of the tail. Out of scope: what the changes mean (`thamvan_server_core`).

mod segment;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thamvan_proto::cbor;
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::Hash;
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::{Change, Sequenced};

use crate::beside::{Beside, Work};
use crate::durable::WriteError;
use segment::{ERASED, Frame, KEPT, Segments};
pub(crate) use segment::{Location, Position};

/// The journal of one data folder.
#[derive(Debug)]
pub struct Journal {
    /// The last batch.
    writer: Mutex<Mark>,
    places: RwLock<Places>,
    records: Segments,
    bodies: Arc<Segments>,
    beside: Beside,
}

/// A durable batch, as a place from which the journal can be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Its number; 0 before the first.
    pub(crate) batch: u64,
    /// Chain hash before it.
    pub(crate) previous: Hash,
    /// Chain hash with it.
    pub(crate) chain: Hash,
    /// Where its frame begins.
    pub(crate) frame: Position,
    /// End of the bodies that were durable before it.
    pub(crate) bodies: Position,
}

impl Mark {
    /// Before the first batch.
    pub(crate) const START: Self = Self {
        batch: 0,
        previous: Hash([0; 32]),
        chain: Hash([0; 32]),
        frame: Position::START,
        bodies: Position::START,
    };
}

/// What an index knows of a journal, up to a mark.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) mark: Mark,
    pub(crate) records: Vec<Location>,
    pub(crate) bodies: BTreeMap<Hash, Location>,
}

/// What a copy of a journal takes.
#[derive(Debug)]
pub(crate) struct Extents {
    pub(crate) segments: Vec<Extent>,
    /// Records in the batches.
    pub(crate) records: u64,
}

/// The bytes of one segment that hold something; the rest is zero.
#[derive(Debug)]
pub(crate) struct Extent {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// From the beginning of the file.
    pub(crate) used: u64,
    /// Of the whole file.
    pub(crate) len: u64,
}

/// Batches and bodies that follow a mark.
#[derive(Debug)]
pub(crate) struct Step {
    /// Where the journal is read on.
    pub(crate) mark: Mark,
    /// Records with index and place.
    pub(crate) records: Vec<(Sequenced, Location)>,
    /// Bodies.
    pub(crate) bodies: Vec<(Hash, Location)>,
}

#[derive(Debug, Default)]
struct Places {
    records: Vec<Location>,
    bodies: BTreeMap<Hash, Location>,
    /// Bodies that were here and have been overwritten.
    erased: BTreeSet<Hash>,
}

impl Journal {
    /// Opens the journal in `dir`, verifies every frame and finds the end of what is whole; writes nothing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        Self::open_behind(
            dir,
            Known {
                mark: Mark::START,
                records: Vec::new(),
                bodies: BTreeMap::new(),
            },
        )
    }

    /// Opens the journal in `dir` and verifies only what stands behind the mark of an index, and the batch at the mark.
    ///
    /// What `known` says about the rest is verified by [`load`](Store::load) (records) and when it is read (bodies).
    ///
    /// # Errors
    /// [`JournalError::Unknown`]: `known` is not about this journal.
    pub(crate) fn open_behind(dir: &Path, known: Known) -> Result<Self, JournalError> {
        let Known {
            mark,
            records: known_records,
            bodies: known_bodies,
        } = known;
        let mut places = Places {
            records: known_records,
            bodies: known_bodies,
            erased: BTreeSet::new(),
        };
        let bodies = Segments::open(dir, "bodies", mark.bodies, &mut |frame, location| {
            let whole = frame.number == KEPT && sha256(frame.payload) == frame.checksum;
            if whole {
                places.bodies.insert(frame.checksum, location);
            } else if frame.number == ERASED {
                places.erased.insert(frame.checksum);
            }
            whole || frame.number == ERASED
        })?;
        let (mut last, mut before, mut bad) = (mark, None, None);
        // The batch at the mark comes first and must be the one that the mark names.
        let mut met = mark.batch == 0;
        let records = Segments::open(dir, "records", mark.frame, &mut |frame, location| {
            if !met {
                met = frame.number == mark.batch
                    && frame.checksum == mark.chain
                    && checksum(&mark.previous, mark.batch, frame.payload) == mark.chain;
                return met;
            }
            let undone = (last, places.records.len(), location);
            let whole = last.take(frame, location.frame_start());
            if whole {
                before = Some(undone);
                let found = changes(frame.payload, location, &mut |change, location| {
                    if matches!(change, Change::Sequenced(_)) {
                        places.records.push(location);
                    }
                    Ok::<(), JournalError>(())
                });
                bad = found.err().or(bad.take());
            }
            whole
        })?;
        let lens = bodies.lens()?;
        met &= mark.bodies == Position::START || mark.bodies.is_in(&lens);
        if !met || !places.are_in(&records.lens()?, &lens) {
            return Err(JournalError::Unknown);
        }
        if let (None, Some((mark, count, location))) = (&bad, before)
            && !places.have_bodies_of(&records.read(location)?, location)?
        {
            records.end_before(location.frame_start())?;
            places.records.truncate(count);
            last = mark;
        }
        last.bodies = bodies.end();
        match bad {
            Some(error) => Err(error),
            None => Ok(Self {
                writer: Mutex::new(last),
                places: RwLock::new(places),
                records,
                bodies: Arc::new(bodies),
                beside: Beside::default(),
            }),
        }
    }

    /// The last batch; it and all before it are durable.
    pub(crate) fn mark(&self) -> Mark {
        *self.writer()
    }

    /// Whether a body with this hash is there, or was and has been erased. It is verified when it is read.
    pub(crate) fn had_body(&self, hash: &Hash) -> bool {
        let places = self.places();
        places.bodies.contains_key(hash) || places.erased.contains(hash)
    }

    /// Whether a body with this hash has been erased.
    pub(crate) fn is_erased(&self, hash: &Hash) -> bool {
        self.places().erased.contains(hash)
    }

    /// The bodies known to have been erased.
    pub(crate) fn erased(&self) -> BTreeSet<Hash> {
        self.places().erased.clone()
    }

    /// Reads on from `from`: bodies first, then whole batches, at most [`STEP_BYTES_MAX`] and one batch more.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(crate) fn follow(&self, from: &Mark) -> Result<Option<Step>, JournalError> {
        let durable = self.mark();
        let mut step = Step {
            mark: *from,
            records: Vec::new(),
            bodies: Vec::new(),
        };
        while step.mark.bodies != durable.bodies && step.bodies.len() < STEP_BODIES_MAX {
            let Some(seen) = self.bodies.next(step.mark.bodies)? else {
                step.mark.bodies = durable.bodies;
                break;
            };
            step.bodies.push((seen.checksum, seen.payload));
            step.mark.bodies = seen.next;
        }
        let mut bytes = 0_usize;
        while step.mark.bodies == durable.bodies
            && step.mark.batch < durable.batch
            && bytes < STEP_BYTES_MAX
        {
            bytes = bytes.saturating_add(self.follow_batch(&mut step)?);
        }
        Ok((step.mark != *from).then_some(step))
    }

    /// The part of each segment that holds the first `batches` batches and all bodies known now; `None` if there are fewer.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(crate) fn extents(&self, batches: u64) -> Result<Option<Extents>, JournalError> {
        let (mut end, mut records) = (Position::START, 0_u64);
        for number in 1..=batches {
            let Some(seen) = self.records.next(end)?.filter(|seen| seen.number == number) else {
                return Ok(None);
            };
            let payload = self.records.read(seen.payload)?;
            changes(&payload, seen.payload, &mut |change, _| {
                records = records.saturating_add(u64::from(matches!(change, Change::Sequenced(_))));
                Ok::<(), JournalError>(())
            })?;
            end = seen.next;
        }
        let mut segments = self.records.upto(end)?;
        segments.extend(self.bodies.upto(self.mark().bodies)?);
        Ok(Some(Extents { segments, records }))
    }

    fn follow_batch(&self, step: &mut Step) -> Result<usize, JournalError> {
        let lost = || JournalError::Unknown;
        let from = match step.mark.batch {
            0 => Position::START,
            _ => self.records.next(step.mark.frame)?.ok_or_else(lost)?.next,
        };
        let seen = self.records.next(from)?.ok_or_else(lost)?;
        let payload = self.records.read(seen.payload)?;
        let frame = Frame {
            number: seen.number,
            checksum: seen.checksum,
            payload: &payload,
        };
        if !step.mark.take(&frame, seen.start) {
            return Err(lost());
        }
        changes(&payload, seen.payload, &mut |change, location| {
            if let Change::Sequenced(sequenced) = change {
                step.records.push((*sequenced, location));
            }
            Ok::<(), JournalError>(())
        })?;
        Ok(payload.len())
    }

    /// Cuts what a torn write may have left behind the last whole frames. Called once, when the rest has been verified.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(crate) fn cut_tail(&self) -> Result<(), JournalError> {
        self.bodies.cut_tail()?;
        Ok(self.records.cut_tail()?)
    }

    fn writer(&self) -> MutexGuard<'_, Mark> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn places_mut(&self) -> RwLockWriteGuard<'_, Places> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes bodies; they are durable after a sync.
    fn write_bodies(&self, bodies: &[(Hash, Vec<u8>)]) -> Result<(), JournalError> {
        // Once is enough, and an erasure finds all of it.
        let bodies: Vec<_> = bodies
            .iter()
            .filter(|(hash, _)| !self.had_body(hash))
            .collect();
        let frames: Vec<_> = bodies
            .iter()
            .map(|(hash, body)| Frame {
                number: KEPT,
                checksum: *hash,
                payload: body,
            })
            .collect();
        let locations = self.bodies.append_all(&frames)?;
        let hashes = bodies.iter().map(|(hash, _)| *hash);
        self.places_mut().bodies.extend(hashes.zip(locations));
        Ok(())
    }

    /// Syncs what was written: bodies beside records where there are any.
    fn sync(&self, bodies: bool) -> Result<(), JournalError> {
        let records = || self.records.sync();
        if !bodies {
            return Ok(records()?);
        }
        let bodies = Arc::clone(&self.bodies);
        let there = vec![Box::new(move || bodies.sync()) as Work];
        Ok(self.beside.all(records, there)?)
    }
}

impl Store for Journal {
    type Error = JournalError;

    fn append(&self, batch: &Batch) -> Result<(), JournalError> {
        let mut writer = self.writer();
        self.write_bodies(&batch.bodies)?;
        let mut payload = Vec::new();
        let mut spans = Vec::new();
        for change in &batch.changes {
            let from = payload.len();
            payload.extend_from_slice(&cbor::to_vec(change));
            if matches!(change, Change::Sequenced(_)) {
                spans.push(from..payload.len());
            }
        }
        let number = writer.batch.saturating_add(1);
        let chain = checksum(&writer.chain, number, &payload);
        let location = self.records.append(&Frame {
            number,
            checksum: chain,
            payload: &payload,
        })?;
        self.sync(!batch.bodies.is_empty())?;
        *writer = Mark {
            batch: number,
            previous: writer.chain,
            chain,
            frame: location.frame_start(),
            bodies: self.bodies.end(),
        };
        let mut places = self.places_mut();
        places
            .records
            .extend(spans.into_iter().map(|span| location.part(span)));
        Ok(())
    }

    fn batches(&self) -> u64 {
        self.writer().batch
    }

    fn load<E: From<JournalError>>(
        &self,
        visit: &mut dyn FnMut(u64, Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let last = self.batches();
        let (mut mark, mut records) = (Mark::START, 0_usize);
        self.records.scan(&mut |frame, location| {
            if mark.batch == last {
                return Ok(());
            }
            if !mark.take(frame, location.frame_start()) {
                return Err(JournalError::Unknown.into());
            }
            changes(frame.payload, location, &mut |change, location| {
                if matches!(change, Change::Sequenced(_)) {
                    if self.places().records.get(records) != Some(&location) {
                        return Err(JournalError::Unknown.into());
                    }
                    records = records.saturating_add(1);
                }
                visit(mark.batch, change)
            })
        })?;
        if mark.chain == self.mark().chain {
            Ok(())
        } else {
            Err(JournalError::Unknown.into())
        }
    }

    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let place = usize::try_from(index)
            .ok()
            .and_then(|index| self.places().records.get(index).copied());
        let Some(location) = place else {
            return Ok(None);
        };
        match minicbor::decode(&self.records.read(location)?) {
            Ok(Change::Sequenced(sequenced)) if sequenced.index == index => {
                Ok(Some(sequenced.record.to_vec()))
            }
            Ok(_) | Err(_) => Err(JournalError::Change { location }),
        }
    }

    fn body(&self, hash: &Hash) -> Result<Option<Vec<u8>>, JournalError> {
        let place = self.places().bodies.get(hash).copied();
        let Some(location) = place else {
            return Ok(None);
        };
        let body = self.bodies.read(location)?;
        if sha256(&body) == *hash {
            Ok(Some(body))
        } else {
            Err(JournalError::Body { location })
        }
    }

    fn erase(&self, hash: &Hash) -> Result<(), JournalError> {
        // No batch is written meanwhile.
        let _writer = self.writer();
        let place = self.places().bodies.get(hash).copied();
        if let Some(location) = place {
            self.bodies.erase(location)?;
            let mut places = self.places_mut();
            places.bodies.remove(hash);
            places.erased.insert(*hash);
        }
        Ok(())
    }
}

impl Mark {
    /// Goes on to the next batch, if `frame` is that.
    fn take(&mut self, frame: &Frame<'_>, start: Position) -> bool {
        let next = self.batch.saturating_add(1);
        let whole =
            frame.number == next && checksum(&self.chain, next, frame.payload) == frame.checksum;
        if whole {
            *self = Self {
                batch: next,
                previous: self.chain,
                chain: frame.checksum,
                frame: start,
                bodies: self.bodies,
            };
        }
        whole
    }
}

impl Places {
    fn are_in(&self, records: &[u64], bodies: &[u64]) -> bool {
        self.records.iter().all(|place| place.is_in(records))
            && self.bodies.values().all(|place| place.is_in(bodies))
    }

    /// Whether every body that the changes of a batch name is there.
    fn have_bodies_of(&self, payload: &[u8], location: Location) -> Result<bool, JournalError> {
        let mut there = true;
        changes(payload, location, &mut |change, _| {
            if let Change::Sequenced(sequenced) = change {
                let named = sequenced.sides.iter().chain([&sequenced.body]);
                there &= named
                    .into_iter()
                    .all(|hash| self.bodies.contains_key(hash) || self.erased.contains(hash));
            }
            Ok::<(), JournalError>(())
        })?;
        Ok(there)
    }
}

/// Gives the changes of one frame with their places.
fn changes<E: From<JournalError>>(
    payload: &[u8],
    location: Location,
    visit: &mut dyn FnMut(Change, Location) -> Result<(), E>,
) -> Result<(), E> {
    let mut decoder = minicbor::Decoder::new(payload);
    while decoder.position() < payload.len() {
        let from = decoder.position();
        let change: Change = decoder
            .decode()
            .map_err(|_| JournalError::Change { location })?;
        visit(change, location.part(from..decoder.position()))?;
    }
    Ok(())
}

/// Each batch is chained to the one before: none can be missing, changed or taken from another journal.
fn checksum(previous: &Hash, number: u64, payload: &[u8]) -> Hash {
    sha256(&[previous.0.as_slice(), &number.to_be_bytes(), payload].concat())
}

/// Why the journal cannot be used: our environment, fatal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading failed.
    #[error("journal cannot be read")]
    Io(#[from] io::Error),
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Something stands where the next frame belongs.
    #[error("another server has written to this journal: this one stops")]
    OtherWriter,
    /// A frame that is whole does not hold changes.
    #[error("changes at {location} cannot be read")]
    Change {
        /// Where.
        location: Location,
    },
    /// A frame is not where it was, or what an index says is not about this journal.
    #[error("the journal is not what is known about it")]
    Unknown,
    /// A body is not what its hash says.
    #[error("body at {location} is damaged")]
    Body {
        /// Where.
        location: Location,
    },
}

/// Bytes of batches that are followed at a time.
const STEP_BYTES_MAX: usize = 1024 * 1024;
/// Bodies that are followed at a time.
const STEP_BODIES_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
