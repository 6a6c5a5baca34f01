//! The index: what can be known from the journal without reading all of it again. Lost, it is rebuilt; wrong, it is not used.
//!
//! One sled tree in the folder `index`. A row of leaf `n` holds stream, seq, place, leaf and entry hash; a row of a body holds
//! its place; one row says up to which batch this holds. They change in one sled batch. Every value carries a checksum over
//! its key and itself. sled's own durability does not matter, and its panics end here. Out of scope: the truth (`journal`).

mod follow;

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::Hash;
use thamvan_server_core::{Place, State};

use crate::failpoint::{self, Moment};
use crate::journal::{Known, Location, Mark, Position};
use crate::limits::INDEX_CACHE_BYTES;

pub(crate) use follow::Follower;

/// The index of one data folder.
#[derive(Debug)]
pub(crate) struct Index {
    dir: PathBuf,
    /// Gone only while the index is dropped or made anew.
    db: Option<sled::Db>,
    applied: Applied,
}

/// Up to where the index holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Applied {
    mark: Mark,
    leaves: u64,
    bodies: u64,
}

/// A leaf of the log as the index keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) place: Place,
    pub(crate) location: Location,
    pub(crate) leaf: [u8; LEAF_LEN],
    pub(crate) entry: Hash,
}

/// What an index says about the log itself, to be held against the folded journal.
#[derive(Debug)]
pub(crate) struct Rows {
    leaves: u64,
    /// SHA-256 over what the rows of leaves say, without places in files.
    digest: [u8; 32],
}

impl Index {
    /// Opens the index in `dir`, or makes one.
    ///
    /// # Errors
    /// [`IndexError`]: it cannot be used as it is.
    pub(crate) fn open(dir: &Path) -> Result<Self, IndexError> {
        let mut index = Self {
            dir: dir.to_owned(),
            db: None,
            applied: Applied::NOTHING,
        };
        index.db = Some(open_db(dir)?);
        Ok(index)
    }

    /// Deletes what is in the folder and begins with nothing.
    ///
    /// # Errors
    /// [`IndexError`]: the folder cannot be used at all.
    pub(crate) fn begin(dir: &Path) -> Result<Self, IndexError> {
        point(Moment::Before, "begin")?;
        let removed = match std::fs::symlink_metadata(dir) {
            Ok(found) if found.is_dir() => std::fs::remove_dir_all(dir),
            Ok(_) => std::fs::remove_file(dir),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(IndexError::Folder)?;
        Self::open(dir)
    }

    /// Reads all rows and verifies them in themselves; `None` from an index that is empty.
    ///
    /// # Errors
    /// [`IndexError`].
    pub(crate) fn load(&mut self) -> Result<Option<(Known, Rows)>, IndexError> {
        let db = self.db()?.clone();
        let Some((applied, known, rows)) = guarded(|| load(&db))? else {
            return Ok(None);
        };
        self.applied = applied;
        Ok(Some((known, rows)))
    }

    /// Takes leaves from `first` on and bodies, and holds up to `mark` from then on: all or nothing.
    ///
    /// # Errors
    /// [`IndexError`]: the index must not be used any more.
    fn apply(
        &mut self,
        mark: Mark,
        rows: &[Row],
        bodies: &[(Hash, Location)],
    ) -> Result<(), IndexError> {
        point(Moment::Before, "apply")?;
        let db = self.db()?.clone();
        let mut applied = self.applied;
        applied.mark = mark;
        let done: Result<Applied, IndexError> = guarded(|| {
            let mut batch = sled::Batch::default();
            for row in rows {
                put(&mut batch, &leaf_key(applied.leaves), &row.to_bytes());
                applied.leaves = applied.leaves.saturating_add(1);
            }
            let mut fresh = BTreeMap::new();
            for (hash, location) in bodies {
                let key = body_key(hash);
                let known = db.contains_key(&key)?;
                if fresh.insert(*hash, ()).is_none() && !known {
                    applied.bodies = applied.bodies.saturating_add(1);
                }
                put(&mut batch, &key, &location.to_bytes());
            }
            put(&mut batch, APPLIED_KEY, &applied.to_bytes());
            db.apply_batch(batch)?;
            Ok(applied)
        });
        self.applied = done?;
        point(Moment::After, "apply")
    }

    /// Lets sled write what it holds in memory, so that less is read again after a stop.
    ///
    /// # Errors
    /// [`IndexError`].
    fn flush(&self) -> Result<(), IndexError> {
        point(Moment::Before, "flush")?;
        let db = self.db()?.clone();
        guarded(|| Ok(db.flush()?))?;
        point(Moment::After, "flush")
    }

    fn db(&self) -> Result<&sled::Db, IndexError> {
        self.db.as_ref().ok_or(IndexError::Panic)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let db = self.db.take();
        // What sled does not write now is read from the journal again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(db)));
    }
}

impl Rows {
    /// Whether the folded journal has exactly these leaves at its beginning.
    #[must_use]
    pub(crate) fn agree(&self, state: &State) -> bool {
        let entries = state.entry_hashes();
        let mut digest = Sha256::new();
        for (index, entry) in (0..self.leaves).zip(&entries) {
            let at = usize::try_from(index).ok();
            let leaf = at.and_then(|at| state.leaves().get(at));
            let (Some(place), Some(leaf)) = (state.place(index), leaf) else {
                return false;
            };
            digest.update(facts(&place, &leaf.0, entry));
        }
        entries.len() as u64 >= self.leaves && digest.finalize()[..] == self.digest
    }
}

/// A process that was killed may hold the lock until it is quite gone.
fn open_db(dir: &Path) -> Result<sled::Db, IndexError> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        let opened = guarded(|| {
            Ok(sled::Config::new()
                .path(dir)
                .cache_capacity(INDEX_CACHE_BYTES)
                .flush_every_ms(None)
                .open()?)
        });
        match opened {
            Err(IndexError::Engine(error)) if is_lock(&error) && Instant::now() < deadline => {
                std::thread::sleep(LOCK_PAUSE);
            }
            other => return other,
        }
    }
}

fn is_lock(error: &EngineError) -> bool {
    matches!(&error.0, sled::Error::Io(error)
        if error.kind() == io::ErrorKind::WouldBlock || error.to_string().contains("WouldBlock"))
}

fn load(db: &sled::Db) -> Result<Option<(Applied, Known, Rows)>, IndexError> {
    let Some(applied) = get(db, APPLIED_KEY)? else {
        return if db.is_empty() {
            Ok(None)
        } else {
            Err(IndexError::Row)
        };
    };
    let applied = Applied::from_bytes(&applied).ok_or(IndexError::Row)?;
    let mut digest = Sha256::new();
    let mut records = Vec::new();
    for (row, index) in db.scan_prefix([LEAF]).zip(0_u64..) {
        let (key, value) = row?;
        let row = checked(&key, &value).and_then(|value| Row::from_bytes(&value));
        let row = row.filter(|_| key == leaf_key(index).as_slice());
        let row = row.ok_or(IndexError::Row)?;
        digest.update(facts(&row.place, &row.leaf, &row.entry));
        records.push(row.location);
    }
    let mut bodies = BTreeMap::new();
    for row in db.scan_prefix([BODY]) {
        let (key, value) = row?;
        let location = checked(&key, &value).and_then(|value| value.as_slice().try_into().ok());
        let hash = key.get(1..).and_then(|hash| hash.try_into().ok());
        let (Some(location), Some(hash)) = (location, hash) else {
            return Err(IndexError::Row);
        };
        bodies.insert(Hash(hash), Location::from_bytes(location));
    }
    let counts = (records.len() as u64, bodies.len() as u64);
    if counts != (applied.leaves, applied.bodies) {
        return Err(IndexError::Row);
    }
    let known = Known {
        mark: applied.mark,
        records,
        bodies,
    };
    let rows = Rows {
        leaves: applied.leaves,
        digest: digest.finalize().into(),
    };
    Ok(Some((applied, known, rows)))
}

fn get(db: &sled::Db, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
    db.get(key)?
        .map(|value| checked(key, &value).ok_or(IndexError::Row))
        .transpose()
}

fn put(batch: &mut sled::Batch, key: &[u8], value: &[u8]) {
    let row = [checksum(key, value).as_slice(), value].concat();
    batch.insert(key, row);
}

fn checked(key: &[u8], row: &[u8]) -> Option<Vec<u8>> {
    let (stored, value) = row.split_first_chunk::<CHECKSUM_LEN>()?;
    (*stored == checksum(key, value)).then(|| value.to_vec())
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_LEN] {
    let len = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let hash = sha256(&[len.to_be_bytes().as_slice(), key, value].concat());
    let mut short = [0; CHECKSUM_LEN];
    short.copy_from_slice(&hash.0[..CHECKSUM_LEN]);
    short
}

fn leaf_key(index: u64) -> Vec<u8> {
    [[LEAF].as_slice(), &index.to_be_bytes()].concat()
}

fn body_key(hash: &Hash) -> Vec<u8> {
    [[BODY].as_slice(), &hash.0].concat()
}

/// What a row says about the log itself.
fn facts(place: &Place, leaf: &[u8; LEAF_LEN], entry: &Hash) -> [u8; FACTS_LEN] {
    let mut bytes = [0; FACTS_LEN];
    bytes[..16].copy_from_slice(&place.stream.0);
    bytes[16..24].copy_from_slice(&place.seq.to_be_bytes());
    bytes[24..24 + LEAF_LEN].copy_from_slice(leaf);
    bytes[24 + LEAF_LEN..].copy_from_slice(&entry.0);
    bytes
}

impl Row {
    fn to_bytes(self) -> Vec<u8> {
        let facts = facts(&self.place, &self.leaf, &self.entry);
        [self.location.to_bytes().as_slice(), &facts].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (location, rest) = bytes.split_first_chunk::<{ Location::LEN }>()?;
        let (stream, rest) = rest.split_first_chunk::<16>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (leaf, entry) = rest.split_first_chunk::<LEAF_LEN>()?;
        Some(Self {
            place: Place {
                stream: thamvan_proto::id::StreamId(*stream),
                seq: u64::from_be_bytes(*seq),
            },
            location: Location::from_bytes(*location),
            leaf: *leaf,
            entry: Hash(entry.try_into().ok()?),
        })
    }
}

impl Applied {
    const NOTHING: Self = Self {
        mark: Mark::START,
        leaves: 0,
        bodies: 0,
    };

    fn to_bytes(self) -> Vec<u8> {
        let mark = &self.mark;
        let mut bytes = vec![VERSION];
        for number in [mark.batch, self.leaves, self.bodies] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        for position in [mark.frame, mark.bodies] {
            bytes.extend_from_slice(&position.segment.to_be_bytes());
            bytes.extend_from_slice(&position.offset.to_be_bytes());
        }
        bytes.extend_from_slice(&mark.previous.0);
        bytes.extend_from_slice(&mark.chain.0);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(&[VERSION])?;
        let [batch, leaves, bodies] = [number(&mut rest)?, number(&mut rest)?, number(&mut rest)?];
        let [frame, end] = [position(&mut rest)?, position(&mut rest)?];
        let (previous, chain) = rest.split_first_chunk::<32>()?;
        Some(Self {
            mark: Mark {
                batch,
                previous: Hash(*previous),
                chain: Hash(chain.try_into().ok()?),
                frame,
                bodies: end,
            },
            leaves,
            bodies,
        })
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (bytes, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_be_bytes(*bytes))
}

fn position(rest: &mut &[u8]) -> Option<Position> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(Position {
        segment: u32::from_be_bytes(*bytes),
        offset: number(rest)?,
    })
}

/// sled panics on some damage: that is one more way to be unusable.
fn guarded<T>(work: impl FnOnce() -> Result<T, IndexError>) -> Result<T, IndexError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(IndexError::Panic))
}

fn point(moment: Moment, step: &'static str) -> Result<(), IndexError> {
    failpoint::hit("index", moment, step, &[]).map_err(IndexError::Folder)
}

/// Why the index cannot be used. Never why a server does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// The folder.
    #[error("the folder cannot be used")]
    Folder(#[source] io::Error),
    /// The engine says so.
    #[error("the engine refuses")]
    Engine(#[source] EngineError),
    /// The engine did not come back.
    #[error("the engine ended in a panic")]
    Panic,
    /// A row is missing, or is not what was written.
    #[error("a row is damaged or missing")]
    Row,
    /// The rows are whole and say something else than the journal.
    #[error("it is older than the journal begins, or of another journal")]
    Disagrees,
}

/// An error of sled, which nobody else needs to know.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct EngineError(sled::Error);

impl From<sled::Error> for IndexError {
    fn from(error: sled::Error) -> Self {
        Self::Engine(EngineError(error))
    }
}

/// Name of the folder.
pub(crate) const INDEX_DIR: &str = "index";
const LEAF: u8 = b'l';
const BODY: u8 = b'b';
const APPLIED_KEY: &[u8] = b"applied";
const VERSION: u8 = 1;
const LEAF_LEN: usize = thamvan_proto::record::LEAF_LEN;
const FACTS_LEN: usize = 16 + 8 + LEAF_LEN + 32;
/// Against damage, not against an attacker: who can write here can write the journal.
const CHECKSUM_LEN: usize = 8;
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
