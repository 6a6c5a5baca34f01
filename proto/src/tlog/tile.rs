//! Static files of the log: tile paths, which of them exist, and the bytes inside.
//!
//! In scope: C2SP tlog-tiles paths, the list of files for a tree size, entry bundles, hash tiles.
//! Out of scope: reading and writing files, HTTP, and the checkpoint file.

use std::fmt;

use super::hash::{HASH_LEN, Hash};
use super::text;

/// What a tile holds.
///
/// Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries"
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileLevel {
    /// The entries themselves.
    Entries,
    /// Hashes of tile level 0..=63; level 0 holds leaf hashes.
    Hash(u8),
}

/// The name of one hash tile or entry bundle.
///
/// Invariant: the level is at most 63 and the width is 1..=256, so every value has a path.
///
/// Source: C2SP tlog-tiles, "Merkle Tree"; vectors: tests/vectors/tlog/tiles.json
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    level: TileLevel,
    n: u64,
    width: u16,
}

impl TilePath {
    /// Names tile `n` of `level` with `width` hashes or entries, 256 being the full tile.
    ///
    /// # Errors
    /// [`TilePathError::LevelTooHigh`] above level 63, [`TilePathError::WrongWidth`] for a width
    /// outside 1..=256.
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles"
    pub fn new(level: TileLevel, n: u64, width: u16) -> Result<Self, TilePathError> {
        if let TileLevel::Hash(got) = level
            && got > TILE_LEVEL_MAX
        {
            return Err(TilePathError::LevelTooHigh { got: got.into() });
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TilePathError::WrongWidth { got: width.into() });
        }
        Ok(Self { level, n, width })
    }

    /// Returns what the tile holds.
    #[must_use]
    pub fn level(&self) -> TileLevel {
        self.level
    }

    /// Returns the index of the tile within its level.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Returns the number of hashes or entries, 1..=256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Tells whether the tile is not full, so that a wider one may replace it.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.width < TILE_WIDTH
    }

    /// Writes the path relative to the log's prefix: `tile/<L>/<N>[.p/<W>]`.
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree"; vectors: tests/vectors/tlog/tiles.json
    #[must_use]
    pub fn to_path(&self) -> String {
        self.to_string()
    }

    /// Reads a path in its only accepted spelling.
    ///
    /// # Errors
    /// [`TilePathError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree"; vectors: tests/vectors/tlog/tiles.json
    pub fn parse(path: &str) -> Result<Self, TilePathError> {
        if path.len() > TILE_PATH_LEN_MAX {
            return Err(TilePathError::TooLong { got: path.len() });
        }
        let rest = path.strip_prefix("tile/").ok_or(TilePathError::NotATile)?;
        let (level, rest) = rest.split_once('/').ok_or(TilePathError::NotATile)?;
        let (n, width) = match rest.split_once(".p/") {
            Some((n, width)) => (n, parse_partial_width(width)?),
            None => (rest, TILE_WIDTH),
        };
        let parsed = Self::new(parse_level(level)?, parse_index(n)?, width)?;
        if parsed.to_path() != path {
            return Err(TilePathError::NotCanonical);
        }
        Ok(parsed)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            TileLevel::Hash(level) => write!(formatter, "tile/{level}")?,
            TileLevel::Entries => write!(formatter, "tile/entries")?,
        }
        let groups = index_groups(self.n);
        let (last, leading) = groups.split_last().unwrap_or((&0, &[]));
        leading
            .iter()
            .try_for_each(|group| write!(formatter, "/x{group:03}"))?;
        write!(formatter, "/{last:03}")?;
        if self.is_partial() {
            write!(formatter, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

/// Why a text is not the path of a tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TilePathError {
    /// The path is longer than any tile path.
    #[error("tile path has {got} bytes, at most {TILE_PATH_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The path does not start with `tile/<L>/`.
    #[error("path does not name a tile")]
    NotATile,
    /// The level is not `entries` and not a decimal number.
    #[error("tile level is not a number")]
    LevelNotANumber,
    /// The level is above the topmost one.
    #[error("tile level {got} is above {TILE_LEVEL_MAX}")]
    LevelTooHigh {
        /// Level found.
        got: u64,
    },
    /// The index is not made of three-digit groups, or is above 2^64 - 1.
    #[error("tile index is not a number in groups of three digits")]
    WrongIndex,
    /// The width is not a decimal number.
    #[error("tile width is not a number")]
    WidthNotANumber,
    /// The width is 0, above that of a full tile, or that of a full tile in a partial path.
    #[error("tile width {got} is not allowed")]
    WrongWidth {
        /// Width found.
        got: u64,
    },
    /// The path has another spelling than the one this tile has.
    #[error("tile path is not in its canonical spelling")]
    NotCanonical,
}

/// Lists every hash tile and entry bundle of a complete static copy of a tree with `size` entries.
///
/// Entry bundles come first, then the hash tiles level by level, each from left to right; a level
/// ends with its partial tile, if there is one. Lazy: nothing is held but the position.
///
/// Source: C2SP tlog-tiles, "Partial Tiles"; vectors: tests/vectors/tlog/tiles.json
pub fn tiles_for_size(size: u64) -> impl Iterator<Item = TilePath> {
    let hash_levels = (0..HASH_LEVELS).map(move |level| {
        (
            TileLevel::Hash(level),
            size.checked_shr(TILE_SHIFT.saturating_mul(level.into())),
        )
    });
    std::iter::once((TileLevel::Entries, Some(size)))
        .chain(hash_levels)
        .flat_map(|(level, count)| tiles_of_level(level, count.unwrap_or(0)))
}

/// Joins entries into the bytes of an entry bundle: per entry its length as big-endian `u16`, then
/// the entry.
///
/// `entries`: 1..=256, each of at most 65,535 bytes.
///
/// # Errors
/// [`BundleEncodeError`] with the refused fact (our fault: the log checks entries on the way in).
///
/// Source: C2SP tlog-tiles, "Log entries"; vectors: tests/vectors/tlog/tiles.json
pub fn encode_entry_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleEncodeError> {
    if entries.is_empty() || entries.len() > usize::from(TILE_WIDTH) {
        return Err(BundleEncodeError::WrongEntryCount { got: entries.len() });
    }
    let mut bundle = Vec::new();
    for (position, entry) in entries.iter().map(AsRef::as_ref).enumerate() {
        let len = u16::try_from(entry.len()).map_err(|_| BundleEncodeError::EntryTooLong {
            position,
            got: entry.len(),
        })?;
        bundle.extend_from_slice(&len.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// Splits the bytes of an entry bundle into its entries; the caller compares their number with the
/// width it asked for.
///
/// # Errors
/// [`BundleDecodeError`] with the refused fact (peer's fault).
///
/// Source: C2SP tlog-tiles, "Log entries"; vectors: tests/vectors/tlog/tiles.json
pub fn decode_entry_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, BundleDecodeError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let position = entries.len();
        if position == usize::from(TILE_WIDTH) {
            return Err(BundleDecodeError::TooManyEntries);
        }
        let (len, tail) = rest
            .split_first_chunk()
            .ok_or(BundleDecodeError::CutLength { position })?;
        let (entry, tail) = tail
            .split_at_checked(u16::from_be_bytes(*len).into())
            .ok_or(BundleDecodeError::CutEntry { position })?;
        entries.push(entry);
        rest = tail;
    }
    if entries.is_empty() {
        Err(BundleDecodeError::NoEntries)
    } else {
        Ok(entries)
    }
}

/// Splits the bytes of a hash tile of `width` hashes.
///
/// # Errors
/// [`HashTileError`] if the length is not `width` times 32 bytes (peer's fault).
///
/// Source: C2SP tlog-tiles, "Merkle Tree"
pub fn decode_hash_tile(tile: &[u8], width: u16) -> Result<Vec<Hash>, HashTileError> {
    let (hashes, rest) = tile.as_chunks::<HASH_LEN>();
    if !rest.is_empty() || hashes.len() != usize::from(width) {
        return Err(HashTileError {
            width,
            got: tile.len(),
        });
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// Why entries do not make a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleEncodeError {
    /// A bundle holds 1..=256 entries.
    #[error("entry bundle of {got} entries, 1 to {TILE_WIDTH} are allowed")]
    WrongEntryCount {
        /// Number of entries.
        got: usize,
    },
    /// An entry does not fit its length prefix.
    #[error("entry {position} has {got} bytes, at most {ENTRY_LEN_MAX} are allowed")]
    EntryTooLong {
        /// Position in the bundle.
        position: usize,
        /// Length in bytes.
        got: usize,
    },
}

/// Why bytes are not an entry bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleDecodeError {
    /// The bundle is empty; such bundles are never served.
    #[error("entry bundle has no entries")]
    NoEntries,
    /// The bundle goes on after 256 entries.
    #[error("entry bundle has more than {TILE_WIDTH} entries")]
    TooManyEntries,
    /// The bundle ends inside a length prefix.
    #[error("entry bundle ends inside the length of entry {position}")]
    CutLength {
        /// Position in the bundle.
        position: usize,
    },
    /// The bundle ends inside an entry.
    #[error("entry bundle ends inside entry {position}")]
    CutEntry {
        /// Position in the bundle.
        position: usize,
    },
}

/// The length of a hash tile does not match its width.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash tile of width {width} has {got} bytes")]
pub struct HashTileError {
    /// Width asked for.
    pub width: u16,
    /// Length in bytes.
    pub got: usize,
}

fn tiles_of_level(level: TileLevel, count: u64) -> impl Iterator<Item = TilePath> {
    let full_tiles = count / FULL;
    let width = u16::try_from(count % FULL).unwrap_or(0);
    let full = (0..full_tiles).map(move |n| TilePath {
        level,
        n,
        width: TILE_WIDTH,
    });
    let partial = (width > 0).then_some(TilePath {
        level,
        n: full_tiles,
        width,
    });
    full.chain(partial)
}

fn parse_level(level: &str) -> Result<TileLevel, TilePathError> {
    if level == "entries" {
        return Ok(TileLevel::Entries);
    }
    let got = text::decimal(level).ok_or(TilePathError::LevelNotANumber)?;
    u8::try_from(got)
        .map(TileLevel::Hash)
        .map_err(|_| TilePathError::LevelTooHigh { got })
}

fn parse_partial_width(width: &str) -> Result<u16, TilePathError> {
    let got = text::decimal(width).ok_or(TilePathError::WidthNotANumber)?;
    u16::try_from(got)
        .ok()
        .filter(|width| *width < TILE_WIDTH)
        .ok_or(TilePathError::WrongWidth { got })
}

/// Reads `x001/x234/067`; the caller checks the spelling as a whole.
fn parse_index(index: &str) -> Result<u64, TilePathError> {
    index
        .split('/')
        .map(|group| group.strip_prefix('x').unwrap_or(group))
        .try_fold(0_u64, |n, group| {
            let three_digits = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
            let group: u64 = group.parse().ok().filter(|_| three_digits)?;
            n.checked_mul(INDEX_GROUP)?.checked_add(group)
        })
        .ok_or(TilePathError::WrongIndex)
}

/// Splits `n` into groups of three decimal digits, the highest first.
fn index_groups(n: u64) -> Vec<u64> {
    let mut groups = vec![n % INDEX_GROUP];
    let mut rest = n / INDEX_GROUP;
    while rest > 0 {
        groups.push(rest % INDEX_GROUP);
        rest /= INDEX_GROUP;
    }
    groups.reverse();
    groups
}

/// Hashes or entries in a full tile (C2SP tlog-tiles: 256, which is 8,192 bytes of hashes).
pub const TILE_WIDTH: u16 = 256;

/// Topmost tile level (C2SP tlog-tiles).
pub const TILE_LEVEL_MAX: u8 = 63;

/// Longest entry in bytes: the largest value of its `u16` length prefix.
pub const ENTRY_LEN_MAX: usize = u16::MAX as usize;

/// Longest tile path in bytes: `tile/entries/` (13), seven groups for 2^64 - 1 (6 × 5 + 3) and
/// `.p/255` (6).
pub const TILE_PATH_LEN_MAX: usize = 52;

/// Tree levels in one tile: 256 = 2^8.
pub(super) const TILE_HEIGHT: usize = 8;

const TILE_SHIFT: u32 = 8;

const FULL: u64 = TILE_WIDTH as u64;

/// Tile levels that a tree of at most 2^64 - 1 entries can have: 64 / 8.
const HASH_LEVELS: u8 = 8;

/// One path element carries three decimal digits.
const INDEX_GROUP: u64 = 1000;

#[cfg(test)]
mod tests;
