//! The tiles of a copy: leaves from the entry bundles, the root, and every hash tile.

use thamvan_proto::record::{LEAF_LEN, Leaf};
use thamvan_proto::tlog::{
    Checkpoint, Hash, TileLevel, TilePath, Tree, decode_entry_bundle, leaf_hash, tiles_for_size,
};

use crate::folder::{Content, Folder};
use crate::layout::{self, Layout};
use crate::limits::{BUNDLE_LEN_MAX, ENTRIES_MAX, HASH_TILE_LEN_MAX};
use crate::report::{Code, Finding, Findings};
use crate::verify::VerifyError;

/// The log as its entry bundles give it.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Leaves in index order; none where the entry is not a leaf of version 1.
    pub(crate) leaves: Vec<Option<Leaf>>,
    /// The tree over the entries, well formed or not.
    pub(crate) tree: Tree,
    /// Whether every entry up to the checkpoint is there.
    pub(crate) is_complete: bool,
    /// Whether the entries make the root on the checkpoint.
    pub(crate) has_root: bool,
}

impl Log {
    fn push(&mut self, entry: &[u8], findings: &mut Findings, path: &str) {
        let leaf = leaf_of(entry);
        if leaf.is_none() {
            let detail = "the entry is not a leaf of version 1";
            findings.push(
                Finding::error(Code::EntryHash, detail)
                    .of_entry(self.tree.size())
                    .in_file(path),
            );
        }
        self.tree.append(leaf_hash(entry));
        self.leaves.push(leaf);
    }
}

fn leaf_of(entry: &[u8]) -> Option<Leaf> {
    let bytes = <[u8; LEAF_LEN]>::try_from(entry).ok()?;
    (bytes.first() == Some(&LEAF_VERSION)).then_some(Leaf(bytes))
}

/// Reads the entry bundles, recomputes root and hash tiles, and puts every tile into `layout`.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn check(
    folder: &Folder,
    checkpoint: &Checkpoint,
    layout: &mut Layout,
    findings: &mut Findings,
) -> Result<Log, VerifyError> {
    let mut log = Log::default();
    if checkpoint.size > ENTRIES_MAX {
        let detail = format!(
            "the checkpoint has {} entries, at most {ENTRIES_MAX} are verified",
            checkpoint.size
        );
        findings.push(Finding::error(Code::MissingEntry, detail).in_file(layout::CHECKPOINT));
        return Ok(log);
    }
    let (bundles, hashes): (Vec<_>, Vec<_>) =
        tiles_for_size(checkpoint.size).partition(|tile| tile.level() == TileLevel::Entries);
    for tile in bundles.iter().chain(&hashes) {
        layout.require(layout::tile(tile));
    }
    log.is_complete = read_bundles(folder, &bundles, &mut log, findings)?;
    if log.is_complete {
        check_root(&mut log, checkpoint.root, findings);
        for tile in &hashes {
            check_hash_tile(folder, tile, &log.tree, findings)?;
        }
    }
    Ok(log)
}

/// Reads bundles up to the first that is missing or damaged; says whether there was none.
fn read_bundles(
    folder: &Folder,
    bundles: &[TilePath],
    log: &mut Log,
    findings: &mut Findings,
) -> Result<bool, VerifyError> {
    for tile in bundles {
        let path = layout::tile(tile);
        let damaged = |detail: &str| Finding::error(Code::EntryHash, detail).in_file(path.clone());
        let bytes = match folder.read(&path, BUNDLE_LEN_MAX)? {
            Content::Bytes(bytes) => bytes,
            Content::Missing => return Ok(false),
            Content::TooLong => {
                findings.push(damaged("longer than any bundle of leaves"));
                return Ok(false);
            }
        };
        let entries = match decode_entry_bundle(&bytes) {
            Ok(entries) if entries.len() == usize::from(tile.width()) => entries,
            Ok(_) => {
                findings.push(damaged("another number of entries than the path says"));
                return Ok(false);
            }
            Err(error) => {
                findings.push(damaged(&error.to_string()));
                return Ok(false);
            }
        };
        for entry in entries {
            log.push(entry, findings, &path);
        }
    }
    Ok(true)
}

fn check_root(log: &mut Log, root: Hash, findings: &mut Findings) {
    log.has_root = log.tree.root() == root;
    if !log.has_root {
        let detail = "the entries do not make the root on the checkpoint";
        findings.push(Finding::error(Code::RootMismatch, detail).in_file(layout::CHECKPOINT));
    }
}

fn check_hash_tile(
    folder: &Folder,
    tile: &TilePath,
    tree: &Tree,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let TileLevel::Hash(level) = tile.level() else {
        return Ok(());
    };
    let path = layout::tile(tile);
    let is_right = match folder.read(&path, HASH_TILE_LEN_MAX)? {
        Content::Bytes(bytes) => tree.tile(level, tile.n(), tile.width()) == Some(bytes),
        Content::TooLong => false,
        Content::Missing => true, // `layout` says so
    };
    if !is_right {
        let detail = "the tile does not hold the hashes of the tree";
        findings.push(Finding::error(Code::TileHash, detail).in_file(path));
    }
    Ok(())
}

const LEAF_VERSION: u8 = 1;
