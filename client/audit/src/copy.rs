//! Writing an auditor's copy, or extending one (docs/protocol.md chapter 11).
//!
//! In scope: the files. Out of scope: fetching, and believing any of it: what a server sent is written down as sent, so that
//! the verification can show it. Every file is written beside its place and renamed into it; checkpoint and summary come
//! last, so after a crash the next write of the same or a later size puts everything right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Leaf, StreamKey};
use thamvan_proto::tlog::{
    BundleEncodeError, Checkpoint, CheckpointParseError, Hash, NoteParseError, SignedNote,
    TILE_WIDTH, TileLevel, TilePath, Tree, encode_entry_bundle, tiles_for_size,
};

use crate::folder::{Folder, Kind};
use crate::layout::{self, Index, IndexStream};
use crate::limits::ENTRIES_MAX;
use crate::verify::VerifyError;

/// Everything that a copy holds.
pub struct CopyContents<'a> {
    /// The signed checkpoint, as served.
    pub checkpoint: String,
    /// Shard of the log.
    pub shard: u64,
    /// Streams up to the checkpoint.
    pub streams: BTreeMap<StreamId, StreamContents>,
    /// Where tiles come from.
    pub tiles: Tiles<'a>,
}

/// One stream, whole.
#[derive(Clone, Debug)]
pub struct StreamContents {
    /// Tag key.
    pub key: StreamKey,
    /// Records in seq order.
    pub records: Vec<RecordContents>,
    /// Side bodies by their hashes.
    pub sides: BTreeMap<Hash, Vec<u8>>,
}

/// One record.
#[derive(Clone, Debug)]
pub struct RecordContents {
    /// Index in the log.
    pub index: u64,
    /// The record, as served.
    pub record: Vec<u8>,
    /// Body of its entry; none leaves the file as it is on disk.
    pub body: Option<Vec<u8>>,
}

/// Where the tiles of a copy come from.
pub enum Tiles<'a> {
    /// From the log: gives the bytes of a tile, or nothing. Not asked for full tiles that are on disk.
    Fetched(&'a dyn Fn(&TilePath) -> Option<Vec<u8>>),
    /// Computed from the records, which then need to be all of the log's.
    FromRecords,
}

/// Writes `contents` into the folder `dir`, which may hold an earlier, smaller copy of the same log.
///
/// Afterwards `dir` holds exactly the tiles of the new size; other files that do not belong are left alone, for
/// [`verify()`](crate::verify()) to report.
///
/// # Errors
/// [`CopyError`]: [`Rollback`](CopyError::Rollback) and [`Split`](CopyError::Split) are evidence against the log; then, and
/// with every error in the contents, nothing that was there has changed but for bodies added.
pub fn write(dir: &Path, contents: &CopyContents<'_>) -> Result<(), CopyError> {
    let checkpoint = parse(&contents.checkpoint)?;
    refuse_other_history(dir, &checkpoint)?;
    let tiles = Tiling::new(contents, &checkpoint)?;
    let mut rows = Vec::new();
    for (id, stream) in &contents.streams {
        rows.push(write_stream(dir, id, stream)?);
    }
    let mut kept = BTreeSet::new();
    for tile in tiles_for_size(checkpoint.size) {
        let path = layout::tile(&tile);
        tiles.write(dir, &tile, &path)?;
        kept.insert(path);
    }
    replace(dir, layout::CHECKPOINT, contents.checkpoint.as_bytes())?;
    let index = Index::new(&checkpoint, contents.shard, rows);
    replace(dir, layout::INDEX, index.to_text().as_bytes())?;
    prune(dir, &kept)
}

/// Puts the leaves of all records into index order.
///
/// # Errors
/// [`CopyError::Gap`] or [`CopyError::Twice`]: the records are not all of a log.
pub fn leaves_of(streams: &BTreeMap<StreamId, StreamContents>) -> Result<Vec<Leaf>, CopyError> {
    let mut leaves = BTreeMap::new();
    for stream in streams.values() {
        for (seq, it) in (0_u64..).zip(&stream.records) {
            let leaf = Leaf::new(&stream.key, seq, &it.record);
            if leaves.insert(it.index, leaf).is_some() {
                return Err(CopyError::Twice { index: it.index });
            }
        }
    }
    match (0_u64..).zip(leaves.keys()).find(|(at, got)| at != *got) {
        Some((index, _)) => Err(CopyError::Gap { index }),
        None => Ok(leaves.into_values().collect()),
    }
}

fn parse(note: &str) -> Result<Checkpoint, CopyError> {
    let note = SignedNote::parse(note).map_err(CopyError::Note)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(CopyError::Checkpoint)?;
    if checkpoint.size > ENTRIES_MAX {
        return Err(CopyError::TooLarge {
            got: checkpoint.size,
            max: ENTRIES_MAX,
        });
    }
    Ok(checkpoint)
}

fn refuse_other_history(dir: &Path, checkpoint: &Checkpoint) -> Result<(), CopyError> {
    let text = fs::read_to_string(dir.join(layout::CHECKPOINT));
    // Nothing to compare with: a first copy, or a damaged file that is to be replaced.
    let Some(had) = text.ok().and_then(|text| parse(&text).ok()) else {
        return Ok(());
    };
    let (got, had_size) = (checkpoint.size, had.size);
    if got < had_size {
        return Err(CopyError::Rollback { got, had: had_size });
    }
    if checkpoint.origin != had.origin || (got == had_size && checkpoint.root != had.root) {
        return Err(CopyError::Split { size: got });
    }
    Ok(())
}

/// The tiles of one size, as they are to be written.
enum Tiling<'a> {
    Fetched(&'a dyn Fn(&TilePath) -> Option<Vec<u8>>),
    Computed { leaves: Vec<Leaf>, tree: Tree },
}

impl<'a> Tiling<'a> {
    fn new(contents: &'a CopyContents<'_>, checkpoint: &Checkpoint) -> Result<Self, CopyError> {
        match contents.tiles {
            Tiles::Fetched(fetch) => Ok(Self::Fetched(fetch)),
            Tiles::FromRecords => {
                let leaves = leaves_of(&contents.streams)?;
                let (got, expected) = (leaves.len() as u64, checkpoint.size);
                if got != expected {
                    return Err(CopyError::Size { got, expected });
                }
                let mut tree = Tree::new();
                leaves.iter().for_each(|leaf| tree.append(leaf.hash()));
                Ok(Self::Computed { leaves, tree })
            }
        }
    }

    fn write(&self, dir: &Path, tile: &TilePath, path: &str) -> Result<(), CopyError> {
        let missing = || CopyError::Tile { path: path.into() };
        let bytes = match self {
            Self::Fetched(_) if has_tile(dir, tile) => return Ok(()),
            Self::Fetched(fetch) => fetch(tile).ok_or_else(missing)?,
            Self::Computed { leaves, tree } => match tile.level() {
                TileLevel::Hash(level) => tree
                    .tile(level, tile.n(), tile.width())
                    .ok_or_else(missing)?,
                TileLevel::Entries => bundle(leaves, tile)?.ok_or_else(missing)?,
            },
        };
        replace(dir, path, &bytes)
    }
}

/// Whether `dir` has a tile that no larger log changes: it need not be fetched again.
#[must_use]
pub fn has_tile(dir: &Path, tile: &TilePath) -> bool {
    !tile.is_partial() && dir.join(layout::tile(tile)).is_file()
}

fn bundle(leaves: &[Leaf], tile: &TilePath) -> Result<Option<Vec<u8>>, CopyError> {
    let entries = usize::try_from(tile.n())
        .ok()
        .and_then(|n| leaves.chunks(usize::from(TILE_WIDTH)).nth(n));
    let entries = entries.map(|chunk| chunk.iter().map(|leaf| leaf.0).collect::<Vec<_>>());
    entries
        .map(|entries| encode_entry_bundle(&entries).map_err(CopyError::Bundle))
        .transpose()
}

fn write_stream(
    dir: &Path,
    id: &StreamId,
    stream: &StreamContents,
) -> Result<IndexStream, CopyError> {
    let bodies = stream.records.iter().filter_map(|it| it.body.as_deref());
    for body in bodies {
        replace(dir, &layout::body(id, &sha256(body)), body)?;
    }
    for (hash, side) in &stream.sides {
        if sha256(side) != *hash {
            return Err(CopyError::SideHash { hash: *hash });
        }
        replace(dir, &layout::body(id, hash), side)?;
    }
    replace(
        dir,
        &layout::key(id),
        layout::key_text(&stream.key).as_bytes(),
    )?;
    let records = stream.records.iter().map(|it| it.record.as_slice());
    let records = records.collect::<Vec<_>>().concat();
    replace(dir, &layout::records(id), &records)?;
    Ok(IndexStream {
        stream: id.to_string(),
        records: stream.records.len() as u64,
        bodies: count_bodies(dir, id)?,
    })
}

fn count_bodies(dir: &Path, id: &StreamId) -> Result<u64, CopyError> {
    let path = dir.join(layout::bodies(id));
    let names = match fs::read_dir(&path) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(CopyError::Store { path, source }),
    };
    let is_hash = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.to_str().and_then(layout::hash_of_hex).is_some()
    };
    Ok(names.filter_map(Result::ok).filter(is_hash).count() as u64)
}

/// Puts `bytes` at `path` in one step, unless they stand there already.
fn replace(dir: &Path, path: &str, bytes: &[u8]) -> Result<(), CopyError> {
    let place = dir.join(path);
    let len = fs::metadata(&place).ok().map(|meta| meta.len());
    if len == Some(bytes.len() as u64) && fs::read(&place).is_ok_and(|had| had == bytes) {
        return Ok(());
    }
    let part = dir.join(PART);
    let parent = place.parent().unwrap_or(dir);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&part, bytes))
        .and_then(|()| fs::rename(&part, &place))
        .map_err(|source| CopyError::Store {
            path: place,
            source,
        })
}

/// Removes the tiles that a larger size has superseded, and the folders that this leaves empty.
fn prune(dir: &Path, kept: &BTreeSet<String>) -> Result<(), CopyError> {
    let failed = |path: PathBuf, result: io::Result<()>| match result {
        Err(error) if !is_harmless(&error) => Err(CopyError::Store {
            path,
            source: error,
        }),
        Ok(()) | Err(_) => Ok(()),
    };
    failed(dir.join(PART), fs::remove_file(dir.join(PART)))?;
    let folder = Folder::walk(dir).map_err(CopyError::List)?;
    let mut paths: Vec<_> = folder.paths().collect();
    paths.reverse(); // what is inside comes before its folder
    for (path, kind) in paths {
        let full = dir.join(path);
        let in_tiles = path.strip_prefix(layout::TILES).is_some();
        match kind {
            Kind::File if !kept.contains(path) && layout::tile_of(path).is_some() => {
                failed(full.clone(), fs::remove_file(&full))?;
            }
            Kind::Folder if in_tiles => failed(full.clone(), fs::remove_dir(&full))?,
            Kind::File | Kind::Folder | Kind::Other => {}
        }
    }
    Ok(())
}

fn is_harmless(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
    )
}

/// Why a copy cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The checkpoint is not a signed note.
    #[error("checkpoint is not a signed note")]
    Note(#[source] NoteParseError),
    /// The note is not a checkpoint.
    #[error("checkpoint body is refused")]
    Checkpoint(#[source] CheckpointParseError),
    /// More entries than a copy holds.
    #[error("checkpoint of {got} entries, at most {max} are copied")]
    TooLarge {
        /// Entries.
        got: u64,
        /// Limit.
        max: u64,
    },
    /// The copy on disk is of a larger log.
    #[error("log has {got} entries, the copy already has {had}")]
    Rollback {
        /// Size offered.
        got: u64,
        /// Size on disk.
        had: u64,
    },
    /// The copy on disk has another origin, or another root at the same size.
    #[error("checkpoint of size {size} contradicts the one in the copy")]
    Split {
        /// Size offered.
        size: u64,
    },
    /// No record has this index.
    #[error("no record has index {index}")]
    Gap {
        /// First index that is missing.
        index: u64,
    },
    /// Two records have this index.
    #[error("two records have index {index}")]
    Twice {
        /// The index.
        index: u64,
    },
    /// The records are not as many as the checkpoint says.
    #[error("{got} records, the checkpoint has {expected} entries")]
    Size {
        /// Records.
        got: u64,
        /// Entries.
        expected: u64,
    },
    /// A tile cannot be had.
    #[error("{path} is not served")]
    Tile {
        /// Which.
        path: String,
    },
    /// Entries that do not make a bundle.
    #[error("entry bundle cannot be made")]
    Bundle(#[source] BundleEncodeError),
    /// A side body that is not what its hash says.
    #[error("side body is not {hash:?}")]
    SideHash {
        /// The hash given.
        hash: Hash,
    },
    /// A file cannot be written or removed.
    #[error("cannot write {}", path.display())]
    Store {
        /// Which.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The folder cannot be listed.
    #[error("cannot list the copy")]
    List(#[source] VerifyError),
}

/// Where a file stands until it is whole; one is enough for one writer.
const PART: &str = ".part";
