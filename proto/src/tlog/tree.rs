//! The append-only tree in memory: every complete-subtree hash, level by level.
//!
//! In scope: appending leaf hashes, roots and paths for any size reached, hash-tile bytes.
//! Out of scope: entry bytes, storage, and checking paths received from a peer (see `proof`).

use super::hash::{EMPTY_ROOT, HASH_LEN, Hash, node_hash};
use super::tile::{TILE_HEIGHT, TILE_WIDTH};

/// An append-only Merkle tree over leaf hashes.
///
/// Invariant: level `h` holds the roots of all complete subtrees of 2^h entries, left to right, so
/// `size >> h` hashes. Memory: just under 64 bytes per entry.
///
/// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Creates the tree without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one leaf hash at index [`size`](Self::size).
    ///
    /// Cost: two hashes per append on average, at most log2 n.
    pub fn append(&mut self, leaf_hash: Hash) {
        let mut completed = Some(leaf_hash);
        let mut height = 0_usize;
        while let Some(hash) = completed {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            completed = self
                .levels
                .get_mut(height)
                .and_then(|level| push_node(level, hash));
            height = height.saturating_add(1);
        }
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Computes the root hash of all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_at(self.size())
            .expect("a tree has a root at its own size")
    }

    /// Computes the root hash of the first `size` entries, or nothing if the tree is smaller.
    ///
    /// Cost: O(log n) hashes.
    ///
    /// Source: RFC 6962 s.2.1; vectors: tests/vectors/tlog/rfc6962.json
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 {
            return Some(EMPTY_ROOT);
        }
        self.right_edge(size, self.levels.len())
    }

    /// Lists the sibling hashes from entry `index` up to the root of the first `size` entries,
    /// leaf side first.
    ///
    /// # Errors
    /// [`InclusionPathError`] if the tree has not reached `size`, or `index` is not below `size`.
    ///
    /// Source: RFC 6962 s.2.1.1; vectors: tests/vectors/tlog/rfc6962.json
    pub fn inclusion_path(&self, index: u64, size: u64) -> Result<Vec<Hash>, InclusionPathError> {
        if size > self.size() {
            return Err(InclusionPathError::NotReached {
                size,
                current: self.size(),
            });
        }
        if index >= size {
            return Err(InclusionPathError::IndexOutsideTree { index, size });
        }
        Ok(self.siblings(0, index, size))
    }

    /// Lists the hashes that show the first `new_size` entries to extend the first `old_size`.
    ///
    /// Empty if `old_size` is 0 or equal to `new_size`.
    ///
    /// # Errors
    /// [`ConsistencyPathError`] if the tree has not reached `new_size`, or `old_size` is larger.
    ///
    /// Source: RFC 6962 s.2.1.2; vectors: tests/vectors/tlog/rfc6962.json
    pub fn consistency_path(
        &self,
        old_size: u64,
        new_size: u64,
    ) -> Result<Vec<Hash>, ConsistencyPathError> {
        if new_size > self.size() {
            return Err(ConsistencyPathError::NotReached {
                new_size,
                current: self.size(),
            });
        }
        if old_size > new_size {
            return Err(ConsistencyPathError::Shrinks { old_size, new_size });
        }
        if old_size == 0 || old_size == new_size {
            return Ok(Vec::new());
        }
        // The last complete subtree of the old tree; it is the whole old tree, which the verifier
        // already holds, exactly when it starts at entry 0.
        let height = old_size.trailing_zeros();
        let position = old_size.checked_shr(height).unwrap_or(0).saturating_sub(1);
        let mut path = Vec::new();
        if position > 0 {
            path.push(
                self.node(height as usize, position)
                    .expect("old entries are in the tree"),
            );
        }
        path.extend(self.siblings(height as usize, position, new_size));
        Ok(path)
    }

    /// Returns the bytes of a hash tile: `width` hashes from position `n * 256` of tile level
    /// `level`, or nothing if the tree does not hold them all yet.
    ///
    /// `width`: 1..=256.
    ///
    /// Source: C2SP tlog-tiles, "Merkle Tree"; vectors: tests/vectors/tlog/tiles.json
    #[must_use]
    pub fn tile(&self, level: u8, n: u64, width: u16) -> Option<Vec<u8>> {
        if width == 0 || width > TILE_WIDTH {
            return None;
        }
        let hashes = self
            .levels
            .get(usize::from(level).checked_mul(TILE_HEIGHT)?)?;
        let start = usize::try_from(n)
            .ok()?
            .checked_mul(usize::from(TILE_WIDTH))?;
        let end = start.checked_add(usize::from(width))?;
        let mut bytes = Vec::with_capacity(usize::from(width).checked_mul(HASH_LEN)?);
        for hash in hashes.get(start..end)? {
            bytes.extend_from_slice(&hash.0);
        }
        Some(bytes)
    }

    /// Forgets every entry from index `size` on; does nothing if the tree is not larger.
    ///
    /// For undoing an append that was never signed. A tree behind a signed checkpoint must not
    /// shrink.
    pub fn truncate(&mut self, size: u64) {
        let mut kept = usize::try_from(size).unwrap_or(usize::MAX);
        for level in &mut self.levels {
            level.truncate(kept);
            kept >>= 1;
        }
        self.levels.retain(|level| !level.is_empty());
    }

    /// Siblings on the way from the node at (`height`, `position`) to the root of `size` entries.
    fn siblings(&self, mut height: usize, mut position: u64, size: u64) -> Vec<Hash> {
        let mut path = Vec::new();
        let mut last = size.saturating_sub(1) >> height.min(SHIFT_MAX);
        while last > 0 {
            // The last node of a level has no sibling when its position is even: it moves up alone.
            if position % 2 == 1 || position < last {
                path.push(
                    self.subtree(height, position ^ 1, size)
                        .expect("sibling is in the tree"),
                );
            }
            height = height.saturating_add(1);
            position >>= 1;
            last >>= 1;
        }
        path
    }

    /// Root of the subtree at (`height`, `position`), cut off after `size` entries.
    fn subtree(&self, height: usize, position: u64, size: u64) -> Option<Hash> {
        if position < size >> height.min(SHIFT_MAX) {
            self.node(height, position)
        } else {
            self.right_edge(size, height)
        }
    }

    /// Root of the entries below `size` that no complete subtree of `height` levels covers: the
    /// complete subtrees named by the low `height` bits of `size`, joined from right to left.
    /// Nothing if the tree has not reached `size`: the rightmost of them is then missing.
    fn right_edge(&self, size: u64, height: usize) -> Option<Hash> {
        let mut joined: Option<Hash> = None;
        let mut rest = size;
        for level in 0..height {
            if rest % 2 == 1 {
                let left = self.node(level, rest.saturating_sub(1))?;
                joined = Some(joined.map_or(left, |right| node_hash(&left, &right)));
            }
            rest >>= 1;
        }
        joined
    }

    fn node(&self, height: usize, position: u64) -> Option<Hash> {
        self.levels
            .get(height)?
            .get(usize::try_from(position).ok()?)
            .copied()
    }
}

/// Why the tree cannot give an inclusion path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionPathError {
    /// The tree is smaller than the size asked for.
    #[error("tree has {current} entries, asked for size {size}")]
    NotReached {
        /// Size asked for.
        size: u64,
        /// Size of the tree.
        current: u64,
    },
    /// The entry is not among the first `size` entries.
    #[error("entry {index} is not in a tree of {size} entries")]
    IndexOutsideTree {
        /// Index asked for.
        index: u64,
        /// Size asked for.
        size: u64,
    },
}

/// Why the tree cannot give a consistency path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyPathError {
    /// The tree is smaller than the newer size asked for.
    #[error("tree has {current} entries, asked for size {new_size}")]
    NotReached {
        /// Newer size asked for.
        new_size: u64,
        /// Size of the tree.
        current: u64,
    },
    /// The older size is above the newer one.
    #[error("size {old_size} cannot precede size {new_size}")]
    Shrinks {
        /// Older size asked for.
        old_size: u64,
        /// Newer size asked for.
        new_size: u64,
    },
}

/// Pushes `hash`; returns the parent hash if that completed a pair.
fn push_node(level: &mut Vec<Hash>, hash: Hash) -> Option<Hash> {
    level.push(hash);
    let (pairs, unpaired) = level.as_chunks::<2>();
    match (pairs.last(), unpaired) {
        (Some([left, right]), []) => Some(node_hash(left, right)),
        _ => None,
    }
}

/// Largest shift of a `u64`; levels above it do not exist.
const SHIFT_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::hash::{leaf_hash, root_of_leaves};

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count)
            .map(|index| leaf_hash(&index.to_be_bytes()))
            .collect()
    }

    fn tree(count: u64) -> Tree {
        let mut tree = Tree::new();
        leaves(count).into_iter().for_each(|leaf| tree.append(leaf));
        tree
    }

    #[test]
    fn roots_of_all_sizes_match_the_definition() {
        let leaves = leaves(70);
        let tree = tree(70);
        for size in 0..=70 {
            assert_eq!(
                tree.root_at(size as u64),
                Some(root_of_leaves(&leaves[..size])),
                "{size}"
            );
        }
        for size in [71, 72, 96, 127, 128, 129, 192, u64::MAX] {
            assert_eq!(tree.root_at(size), None, "{size}");
        }
        assert_eq!(Tree::new().root(), EMPTY_ROOT);
        assert_eq!(Tree::new().root_at(1), None);
    }

    #[test]
    fn inclusion_path_is_refused_outside_the_tree() {
        let tree = tree(5);
        assert_eq!(tree.inclusion_path(0, 1), Ok(vec![]));
        assert_eq!(tree.inclusion_path(4, 5).map(|path| path.len()), Ok(1));
        assert_eq!(
            tree.inclusion_path(5, 5),
            Err(InclusionPathError::IndexOutsideTree { index: 5, size: 5 })
        );
        assert_eq!(
            tree.inclusion_path(0, 0),
            Err(InclusionPathError::IndexOutsideTree { index: 0, size: 0 })
        );
        assert_eq!(
            tree.inclusion_path(0, 6),
            Err(InclusionPathError::NotReached {
                size: 6,
                current: 5
            })
        );
    }

    #[test]
    fn consistency_path_is_refused_outside_the_tree() {
        let tree = tree(5);
        assert_eq!(tree.consistency_path(0, 5), Ok(vec![]));
        assert_eq!(tree.consistency_path(5, 5), Ok(vec![]));
        assert_eq!(
            tree.consistency_path(5, 4),
            Err(ConsistencyPathError::Shrinks {
                old_size: 5,
                new_size: 4
            })
        );
        assert_eq!(
            tree.consistency_path(5, 6),
            Err(ConsistencyPathError::NotReached {
                new_size: 6,
                current: 5
            })
        );
    }

    #[test]
    fn tiles_hold_complete_hashes_only() {
        let tree = tree(258);
        let full = tree.tile(0, 0, 256).expect("first tile is full");
        assert_eq!(full.len(), 8192);
        assert_eq!(tree.tile(0, 1, 2).map(|bytes| bytes.len()), Some(64));
        assert_eq!(
            tree.tile(1, 0, 1),
            tree.root_at(256).map(|root| root.0.to_vec())
        );
        for (level, n, width) in [
            (0, 1, 3),
            (0, 0, 0),
            (0, 0, 257),
            (0, 2, 1),
            (1, 0, 2),
            (2, 0, 1),
            (255, 0, 1),
        ] {
            assert_eq!(tree.tile(level, n, width), None, "{level} {n} {width}");
        }
        assert_eq!(tree.tile(0, u64::MAX, 1), None);
    }

    #[test]
    fn truncated_tree_equals_the_smaller_tree() {
        for size in [0, 1, 7, 8, 9, 19, 20, 21, u64::MAX] {
            let mut truncated = tree(20);
            truncated.truncate(size);
            assert_eq!(truncated, tree(size.min(20)), "{size}");
            truncated.append(leaf_hash(b"next"));
            assert_eq!(truncated.size(), size.min(20) + 1);
        }
    }
}
