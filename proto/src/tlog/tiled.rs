//! An inclusion path from hash tiles alone, for who has no tree.
//!
//! In scope: which tiles are needed, and the path from their bytes. Out of scope: fetching them, believing them: whoever computes a
//! path verifies it under a signed root.

use super::hash::{Hash, node_hash};
use super::tile::{TileLevel, TilePath, decode_hash_tile};

/// The hash tiles that hold every hash on the way from entry `index` to the root of the first `size` entries.
///
/// `index`: below `size`, else nothing. Cost: two tiles a level, at most 16.
///
/// Source: C2SP tlog-tiles, "Merkle Tree"
#[must_use]
pub fn tiles_for_inclusion(index: u64, size: u64) -> Vec<TilePath> {
    let mut tiles = Vec::new();
    if index >= size {
        return tiles;
    }
    for level in 0..LEVELS {
        let shift = u32::from(level).saturating_mul(TILE_BITS);
        let count = size.checked_shr(shift).unwrap_or(0);
        let Some(last) = count.checked_sub(1) else {
            break;
        };
        let place = index.checked_shr(shift).unwrap_or(0).min(last);
        for n in [place >> TILE_BITS, last >> TILE_BITS] {
            let width = count.saturating_sub(n << TILE_BITS).min(1 << TILE_BITS);
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            if let Ok(tile) = TilePath::new(TileLevel::Hash(level), n, width)
                && !tiles.contains(&tile)
            {
                tiles.push(tile);
            }
        }
    }
    tiles
}

/// The inclusion path of entry `index` among the first `size` entries, leaf side first, from the bytes of `tiles`.
///
/// Nothing if `index` is not below `size`, or a tile is missing or of another width.
///
/// Source: RFC 9162 s.2.1.3.1
#[must_use]
pub fn tiled_inclusion_path(
    index: u64,
    size: u64,
    tiles: &[(TilePath, Vec<u8>)],
) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let decoded = tiles
        .iter()
        .map(|(path, bytes)| Some((*path, decode_hash_tile(bytes, path.width()).ok()?)))
        .collect::<Option<Vec<_>>>()?;
    let hashes = Hashes(decoded);
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to.saturating_sub(from) > 1 {
        let middle = from.checked_add(split(to.checked_sub(from)?))?;
        if index < middle {
            path.push(hashes.root(middle, to)?);
            to = middle;
        } else {
            path.push(hashes.root(from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Some(path)
}

struct Hashes(Vec<(TilePath, Vec<Hash>)>);

impl Hashes {
    /// Root of the entries from `from` up to `to`.
    fn root(&self, from: u64, to: u64) -> Option<Hash> {
        let len = to.checked_sub(from)?;
        if len.is_power_of_two() {
            return self.node(len.trailing_zeros(), from >> len.trailing_zeros());
        }
        let middle = from.checked_add(split(len))?;
        Some(node_hash(
            &self.root(from, middle)?,
            &self.root(middle, to)?,
        ))
    }

    /// A complete subtree of `height` levels: a hash of a tile, or joined from the hashes below it in one tile.
    fn node(&self, height: u32, position: u64) -> Option<Hash> {
        if !height.is_multiple_of(TILE_BITS) {
            let left = position.checked_mul(2)?;
            let below = height.checked_sub(1)?;
            let (left, right) = (
                self.node(below, left)?,
                self.node(below, left.checked_add(1)?)?,
            );
            return Some(node_hash(&left, &right));
        }
        let level = u8::try_from(height / TILE_BITS).ok()?;
        let (n, at) = (position >> TILE_BITS, position & ((1 << TILE_BITS) - 1));
        let mut tiles = self.0.iter();
        let (_, tile) =
            tiles.find(|(path, _)| path.level() == TileLevel::Hash(level) && path.n() == n)?;
        tile.get(usize::try_from(at).ok()?).copied()
    }
}

/// The largest power of two below `len`, which is 2 or more.
fn split(len: u64) -> u64 {
    1 << len.saturating_sub(1).checked_ilog2().unwrap_or(0)
}

/// A tile covers eight levels of the tree.
const TILE_BITS: u32 = 8;
/// Tile levels of a tree with fewer than 2^64 entries.
const LEVELS: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::Tree;
    use crate::tlog::hash::leaf_hash;

    fn of(tree: &Tree, index: u64, size: u64) -> Option<Vec<Hash>> {
        let tiles = tiles_for_inclusion(index, size).into_iter().map(|path| {
            let TileLevel::Hash(level) = path.level() else {
                panic!("no entries are needed")
            };
            (path, tree.tile(level, path.n(), path.width()).unwrap())
        });
        tiled_inclusion_path(index, size, &tiles.collect::<Vec<_>>())
    }

    #[test]
    fn the_path_is_the_one_that_the_tree_gives() {
        let mut tree = Tree::new();
        for n in 0..70_000_u64 {
            tree.append(leaf_hash(&n.to_be_bytes()));
        }
        let sizes = [
            1, 2, 3, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 65_537, 70_000,
        ];
        for size in sizes {
            for index in [
                0,
                1,
                2,
                254,
                255,
                256,
                300,
                65_535,
                65_536,
                size / 2,
                size - 1,
            ] {
                let expected = tree.inclusion_path(index, size).ok();
                assert_eq!(of(&tree, index, size), expected, "{index} of {size}");
            }
        }
    }

    #[test]
    fn a_missing_tile_or_one_of_another_width_gives_nothing() {
        let mut tree = Tree::new();
        (0..300_u64).for_each(|n| tree.append(leaf_hash(&n.to_be_bytes())));
        let all: Vec<(TilePath, Vec<u8>)> = tiles_for_inclusion(299, 300)
            .into_iter()
            .map(|path| {
                let level = u8::from(path.level() == TileLevel::Hash(1));
                (path, tree.tile(level, path.n(), path.width()).unwrap())
            })
            .collect();
        assert!(tiled_inclusion_path(299, 300, &all).is_some());
        for missing in 0..all.len() {
            let mut some = all.clone();
            some.remove(missing);
            assert_eq!(tiled_inclusion_path(299, 300, &some), None);
            let mut cut = all.clone();
            cut[missing].1.pop();
            assert_eq!(tiled_inclusion_path(299, 300, &cut), None);
        }
        assert_eq!(tiles_for_inclusion(300, 300), []);
        assert_eq!(tiled_inclusion_path(300, 300, &all), None);
        // Sizes that no log has are no trouble either.
        assert!(tiles_for_inclusion(u64::MAX - 1, u64::MAX).len() <= 16);
    }
}
