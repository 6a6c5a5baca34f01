//! The root computed a second way: a stack of complete-subtree hashes, fed with the leaves that were written.
//!
//! It shares no code with `Tree` but the two hash functions. The signer compares both, so a fault in the incremental tree
//! (or in memory) cannot reach a checkpoint. Cost: two hashes a leaf on average, O(log n) a root.

use thamvan_proto::tlog::{EMPTY_ROOT, Hash, node_hash};

/// Roots of the complete subtrees that cover the log, the largest first.
///
/// Invariant: their sizes are the powers of two in `size`, falling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootFold {
    size: u64,
    peaks: Vec<Hash>,
}

impl RootFold {
    /// Takes the next leaf hash.
    pub fn push(&mut self, leaf_hash: Hash) {
        let mut joined = leaf_hash;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                joined = node_hash(&left, &joined);
            }
        }
        self.peaks.push(joined);
        self.size = self.size.saturating_add(1);
    }

    /// Leaves taken.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves taken (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return EMPTY_ROOT;
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thamvan_proto::tlog::{leaf_hash, root_of_leaves};

    #[test]
    fn agrees_with_the_definition_at_every_size() {
        let mut fold = RootFold::default();
        let mut leaves = Vec::new();
        assert_eq!(fold.root(), EMPTY_ROOT);
        for n in 0_u64..70 {
            let leaf = leaf_hash(&n.to_be_bytes());
            leaves.push(leaf);
            fold.push(leaf);
            assert_eq!((fold.size(), fold.root()), (n + 1, root_of_leaves(&leaves)));
        }
    }
}
