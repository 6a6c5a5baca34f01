//! The journal: the truth of the server, in append-only checksummed segments.
//!
//! `records-*.seg` hold batches of changes, each frame chained to the one before; `bodies-*.seg` hold bodies apart, so that
//! one can be erased without touching a record. A batch counts only when its frame is whole: bodies are synced before it.
//! In scope: layout, recovery of the tail. Out of scope: what the changes mean (`thamvan_server_core`).

mod segment;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thamvan_proto::cbor;
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::Hash;
use thamvan_server_core::Change;
use thamvan_server_core::store::{Batch, Store};

use crate::durable::WriteError;
use segment::{Frame, Location, Segments};

/// The journal of one data folder.
#[derive(Debug)]
pub(crate) struct Journal {
    writer: Mutex<Writer>,
    places: RwLock<Places>,
    records: Segments,
    bodies: Segments,
}

#[derive(Debug)]
struct Writer {
    batches: u64,
    chain: Hash,
}

#[derive(Debug, Default)]
struct Places {
    records: Vec<Location>,
    bodies: BTreeMap<Hash, Location>,
}

impl Journal {
    /// Opens the journal in `dir` and finds the end of what is whole; writes nothing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(crate) fn open(dir: &Path) -> Result<Self, JournalError> {
        let mut places = Places::default();
        let bodies = Segments::open(dir, "bodies", &mut |frame, location| {
            let whole = frame.number == 0 && sha256(frame.payload) == frame.checksum;
            if whole {
                places.bodies.insert(frame.checksum, location);
            }
            whole
        })?;
        let mut writer = Writer {
            batches: 0,
            chain: Hash([0; 32]),
        };
        let mut bad = None;
        let records = Segments::open(dir, "records", &mut |frame, location| {
            let next = writer.batches.saturating_add(1);
            let whole = frame.number == next
                && checksum(&writer.chain, next, frame.payload) == frame.checksum;
            if whole {
                writer = Writer {
                    batches: next,
                    chain: frame.checksum,
                };
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
        match bad {
            Some(error) => Err(error),
            None => Ok(Self {
                writer: Mutex::new(writer),
                places: RwLock::new(places),
                records,
                bodies,
            }),
        }
    }

    /// Cuts what a torn write may have left behind the last whole frames. Called once, when the rest has been verified.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(crate) fn cut_tail(&self) -> Result<(), JournalError> {
        self.bodies.cut_tail()?;
        Ok(self.records.cut_tail()?)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn places_mut(&self) -> RwLockWriteGuard<'_, Places> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_bodies(&self, bodies: &[(Hash, Vec<u8>)]) -> Result<(), JournalError> {
        for (hash, body) in bodies {
            let frame = Frame {
                number: 0,
                checksum: *hash,
                payload: body,
            };
            let location = self.bodies.append(&frame)?;
            self.places_mut().bodies.insert(*hash, location);
        }
        Ok(self.bodies.sync()?)
    }
}

impl Store for Journal {
    type Error = JournalError;

    fn append(&self, batch: &Batch) -> Result<(), JournalError> {
        let mut writer = self.writer();
        if !batch.bodies.is_empty() {
            self.append_bodies(&batch.bodies)?;
        }
        let mut payload = Vec::new();
        let mut spans = Vec::new();
        for change in &batch.changes {
            let from = payload.len();
            payload.extend_from_slice(&cbor::to_vec(change));
            if matches!(change, Change::Sequenced(_)) {
                spans.push(from..payload.len());
            }
        }
        let number = writer.batches.saturating_add(1);
        let chain = checksum(&writer.chain, number, &payload);
        let location = self.records.append(&Frame {
            number,
            checksum: chain,
            payload: &payload,
        })?;
        self.records.sync()?;
        *writer = Writer {
            batches: number,
            chain,
        };
        let mut places = self.places_mut();
        places
            .records
            .extend(spans.into_iter().map(|span| location.part(span)));
        Ok(())
    }

    fn batches(&self) -> u64 {
        self.writer().batches
    }

    fn load<E: From<JournalError>>(
        &self,
        visit: &mut dyn FnMut(u64, Change) -> Result<(), E>,
    ) -> Result<(), E> {
        let (last, mut number) = (self.batches(), 0_u64);
        self.records.scan(&mut |frame, location| {
            number = number.saturating_add(1);
            if number > last {
                return Ok(());
            }
            changes(frame.payload, location, &mut |change, _| {
                visit(number, change)
            })
        })
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
    /// A frame that is whole does not hold changes.
    #[error("changes at {location} cannot be read")]
    Change {
        /// Where.
        location: Location,
    },
    /// A body is not what its hash says.
    #[error("body at {location} is damaged")]
    Body {
        /// Where.
        location: Location,
    },
}

#[cfg(test)]
mod tests;
