//! Checking of inclusion and consistency proofs received from a log.
//!
//! In scope: the verification algorithms of RFC 9162, each refusal with its reason.
//! Out of scope: making paths (see [`Tree`](super::Tree)) and the signature on the root.

use super::hash::{EMPTY_ROOT, Hash, node_hash};

/// Verifies that the entry with `leaf_hash` is entry `index` of the tree with `size` and `root`.
///
/// `path`: 0..=63 sibling hashes, leaf side first. `size`, `root`: from a checkpoint already
/// checked against the log key. Cost: one hash per path element, no allocation.
///
/// # Errors
/// [`InclusionError`] with the refused fact (peer's fault).
///
/// Source: RFC 9162 s.2.1.3.2; vectors: tests/vectors/tlog/rfc6962.json
pub fn verify_inclusion(
    leaf_hash: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), InclusionError> {
    let wrong_length = InclusionError::WrongPathLength { got: path.len() };
    if path.len() > PROOF_HASHES_MAX {
        return Err(InclusionError::TooManyHashes { got: path.len() });
    }
    if index >= size {
        return Err(InclusionError::IndexOutsideTree { index, size });
    }
    let mut walk = Walk {
        node: index,
        last: size.saturating_sub(1),
    };
    let mut computed = *leaf_hash;
    for sibling in path {
        computed = match walk.step().ok_or_else(|| wrong_length.clone())? {
            Side::Left => node_hash(sibling, &computed),
            Side::Right => node_hash(&computed, sibling),
        };
    }
    if walk.last != 0 {
        return Err(wrong_length);
    }
    if computed != *root {
        return Err(InclusionError::WrongRoot {
            computed,
            expected: *root,
        });
    }
    Ok(())
}

/// Verifies that the tree with `new_size` and `new_root` extends the one with `old_size` and
/// `old_root`.
///
/// Roots and sizes: from checkpoints already checked against the log key. `path`: 0..=63 hashes,
/// leaf side first; empty if `old_size` is 0 or equal to `new_size`. Cost: two hashes per path
/// element, no allocation.
///
/// # Errors
/// [`ConsistencyError`] with the refused fact (peer's fault). [`ConsistencyError::Shrank`] and
/// [`ConsistencyError::SameSizeDifferentRoot`] on two signed checkpoints are evidence to keep.
///
/// Source: RFC 9162 s.2.1.4.2; vectors: tests/vectors/tlog/rfc6962.json
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ConsistencyError> {
    if path.len() > PROOF_HASHES_MAX {
        return Err(ConsistencyError::TooManyHashes { got: path.len() });
    }
    if new_size < old_size {
        return Err(ConsistencyError::Shrank { old_size, new_size });
    }
    if old_size == 0 || old_size == new_size {
        return verify_without_path(old_size, old_root, new_size, new_root, path);
    }
    let (old_computed, new_computed) = fold_consistency(old_size, old_root, new_size, path)?;
    if old_computed != *old_root {
        return Err(ConsistencyError::WrongOldRoot {
            computed: old_computed,
            expected: *old_root,
        });
    }
    if new_computed != *new_root {
        return Err(ConsistencyError::WrongNewRoot {
            computed: new_computed,
            expected: *new_root,
        });
    }
    Ok(())
}

/// Why an inclusion proof was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The path is longer than any path this module checks.
    #[error("inclusion proof has {got} hashes, at most {PROOF_HASHES_MAX} are read")]
    TooManyHashes {
        /// Number of hashes received.
        got: usize,
    },
    /// The entry cannot be in a tree of that size.
    #[error("entry {index} is not in a tree of {size} entries")]
    IndexOutsideTree {
        /// Index claimed.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The number of hashes does not fit this index and size.
    #[error("inclusion proof of {got} hashes does not fit its index and tree size")]
    WrongPathLength {
        /// Number of hashes received.
        got: usize,
    },
    /// The path leads to another root.
    #[error("inclusion proof leads to root {computed:?}, expected {expected:?}")]
    WrongRoot {
        /// Root computed from the leaf hash and the path.
        computed: Hash,
        /// Root of the checkpoint.
        expected: Hash,
    },
}

/// Why a consistency proof was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The path is longer than any path this module checks.
    #[error("consistency proof has {got} hashes, at most {PROOF_HASHES_MAX} are read")]
    TooManyHashes {
        /// Number of hashes received.
        got: usize,
    },
    /// The newer tree is smaller than the older one.
    #[error("tree shrank from {old_size} to {new_size} entries")]
    Shrank {
        /// Size of the older tree.
        old_size: u64,
        /// Size of the newer tree.
        new_size: u64,
    },
    /// A tree without entries was given some other root than the empty one.
    #[error("tree of size 0 has root {got:?}, which is not the empty root")]
    WrongEmptyRoot {
        /// Root claimed.
        got: Hash,
    },
    /// Both trees have the same size and different roots: the log is split.
    #[error("two roots for size {size}: {old_root:?} and {new_root:?}")]
    SameSizeDifferentRoot {
        /// Size of both trees.
        size: u64,
        /// Root of the older checkpoint.
        old_root: Hash,
        /// Root of the newer checkpoint.
        new_root: Hash,
    },
    /// The number of hashes does not fit these sizes.
    #[error("consistency proof of {got} hashes does not fit its tree sizes")]
    WrongPathLength {
        /// Number of hashes received.
        got: usize,
    },
    /// The path leads to another root of the older tree.
    #[error("consistency proof leads to old root {computed:?}, expected {expected:?}")]
    WrongOldRoot {
        /// Root computed from the path.
        computed: Hash,
        /// Root of the older checkpoint.
        expected: Hash,
    },
    /// The path leads to the older root but to another root of the newer tree.
    #[error("consistency proof leads to new root {computed:?}, expected {expected:?}")]
    WrongNewRoot {
        /// Root computed from the path.
        computed: Hash,
        /// Root of the newer checkpoint.
        expected: Hash,
    },
}

/// The sizes that need no hashes: from 0, or to the same size.
fn verify_without_path(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ConsistencyError> {
    if !path.is_empty() {
        return Err(ConsistencyError::WrongPathLength { got: path.len() });
    }
    if old_size == 0 && *old_root != EMPTY_ROOT {
        return Err(ConsistencyError::WrongEmptyRoot { got: *old_root });
    }
    if new_size == 0 && *new_root != EMPTY_ROOT {
        return Err(ConsistencyError::WrongEmptyRoot { got: *new_root });
    }
    if old_size == new_size && old_root != new_root {
        let (old_root, new_root) = (*old_root, *new_root);
        return Err(ConsistencyError::SameSizeDifferentRoot {
            size: new_size,
            old_root,
            new_root,
        });
    }
    Ok(())
}

/// Computes the old and the new root from `path`; `0 < old_size < new_size`.
fn fold_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    path: &[Hash],
) -> Result<(Hash, Hash), ConsistencyError> {
    let wrong_length = || ConsistencyError::WrongPathLength { got: path.len() };
    let mut walk = Walk {
        node: old_size.saturating_sub(1),
        last: new_size.saturating_sub(1),
    };
    while walk.node % 2 == 1 {
        walk.up();
    }
    //= https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2
    //# If first is an exact power of 2, then prepend first_hash to the consistency_path array.
    let (start, rest) = if old_size.is_power_of_two() {
        (old_root, path)
    } else {
        path.split_first().ok_or_else(wrong_length)?
    };
    let (mut old_computed, mut new_computed) = (*start, *start);
    for sibling in rest {
        match walk.step().ok_or_else(wrong_length)? {
            Side::Left => {
                old_computed = node_hash(sibling, &old_computed);
                new_computed = node_hash(sibling, &new_computed);
            }
            Side::Right => new_computed = node_hash(&new_computed, sibling),
        }
    }
    if walk.last != 0 {
        return Err(wrong_length());
    }
    Ok((old_computed, new_computed))
}

/// Position on the way up: `node` (fn in the RFC) and the last node of its level (sn).
struct Walk {
    node: u64,
    last: u64,
}

/// Where the sibling hash stands.
enum Side {
    Left,
    Right,
}

impl Walk {
    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Consumes one path element; nothing if the root is already reached.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // A last node in an even position moves up alone until it is a right child.
            while self.node.is_multiple_of(2) && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }
}

/// Most hashes read in one proof: C2SP tlog-witness carries at most 63, which serves every tree of
/// up to 2^62 entries (a consistency path has at most one hash more than the tree has levels).
pub const PROOF_HASHES_MAX: usize = 63;

#[cfg(test)]
mod tests;
