use super::*;
use crate::tlog::hash::leaf_hash;
use crate::tlog::tree::Tree;

const OTHER: Hash = Hash([7; 32]);

fn tree(count: u64) -> Tree {
    let mut tree = Tree::new();
    (0..count).for_each(|index| tree.append(leaf(index)));
    tree
}

fn leaf(index: u64) -> Hash {
    leaf_hash(&index.to_be_bytes())
}

#[test]
fn every_inclusion_proof_verifies_and_no_other_index_does() {
    let tree = tree(20);
    for size in 1..=20 {
        let root = tree.root_at(size).expect("size is in the tree");
        for index in 0..size {
            let path = tree
                .inclusion_path(index, size)
                .expect("entry is in the tree");
            assert_eq!(
                verify_inclusion(&leaf(index), index, size, &path, &root),
                Ok(())
            );
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(&leaf(index), other, size, &path, &root).is_err());
            }
        }
    }
}

#[test]
fn inclusion_refusals_are_typed() {
    let tree = tree(5);
    let (root, path) = (
        tree.root(),
        tree.inclusion_path(2, 5).expect("entry 2 exists"),
    );
    let check = |index, size, path: &[Hash]| verify_inclusion(&leaf(2), index, size, path, &root);
    let outside = InclusionError::IndexOutsideTree { index: 5, size: 5 };
    assert_eq!(check(5, 5, &path), Err(outside));
    let outside = InclusionError::IndexOutsideTree { index: 0, size: 0 };
    assert_eq!(check(0, 0, &[]), Err(outside));
    assert_eq!(
        check(2, 5, &path[..2]),
        Err(InclusionError::WrongPathLength { got: 2 })
    );
    let longer = [path.clone(), vec![OTHER]].concat();
    assert_eq!(
        check(2, 5, &longer),
        Err(InclusionError::WrongPathLength { got: 4 })
    );
    assert_eq!(
        check(2, 5, &[OTHER; 63]),
        Err(InclusionError::WrongPathLength { got: 63 })
    );
    assert_eq!(
        check(2, 5, &[OTHER; 64]),
        Err(InclusionError::TooManyHashes { got: 64 })
    );
    assert_eq!(
        verify_inclusion(&leaf(2), 2, 5, &path, &OTHER),
        Err(InclusionError::WrongRoot {
            computed: root,
            expected: OTHER
        })
    );
}

#[test]
fn path_of_63_hashes_reaches_the_root_of_the_largest_tree() {
    let zero = Hash([0; 32]);
    let root = (0..63).fold(zero, |hash, _| node_hash(&hash, &zero));
    assert_eq!(
        verify_inclusion(&zero, 0, 1 << 63, &[zero; 63], &root),
        Ok(())
    );
    assert_eq!(
        verify_inclusion(&zero, 0, (1 << 63) + 1, &[zero; 63], &root),
        Err(InclusionError::WrongPathLength { got: 63 })
    );
}

#[test]
fn every_consistency_proof_verifies() {
    let tree = tree(20);
    let root = |size| tree.root_at(size).expect("size is in the tree");
    for new_size in 0..=20 {
        for old_size in 0..=new_size {
            let path = tree
                .consistency_path(old_size, new_size)
                .expect("sizes are ordered");
            assert_eq!(
                verify_consistency(old_size, &root(old_size), new_size, &root(new_size), &path),
                Ok(()),
                "{old_size} {new_size}"
            );
        }
    }
}

#[test]
fn consistency_refusals_are_typed() {
    let tree = tree(7);
    let root = |size| tree.root_at(size).expect("size is in the tree");
    let (old, new) = (root(5), root(7));
    let path = tree.consistency_path(5, 7).expect("sizes are ordered");
    let shrank = ConsistencyError::Shrank {
        old_size: 7,
        new_size: 5,
    };
    assert_eq!(verify_consistency(7, &new, 5, &old, &path), Err(shrank));
    let too_many = ConsistencyError::TooManyHashes { got: 64 };
    assert_eq!(
        verify_consistency(5, &old, 7, &new, &[OTHER; 64]),
        Err(too_many)
    );
    for got in [0, 3, 5, 63] {
        let mut resized = path.clone();
        resized.resize(got, OTHER);
        let refused = verify_consistency(5, &old, 7, &new, &resized);
        assert_eq!(
            refused,
            Err(ConsistencyError::WrongPathLength { got }),
            "{got}"
        );
    }
    assert_eq!(
        verify_consistency(5, &OTHER, 7, &new, &path),
        Err(ConsistencyError::WrongOldRoot {
            computed: old,
            expected: OTHER
        })
    );
    assert_eq!(
        verify_consistency(5, &old, 7, &OTHER, &path),
        Err(ConsistencyError::WrongNewRoot {
            computed: new,
            expected: OTHER
        })
    );
}

#[test]
fn equal_and_empty_trees_take_no_path() {
    let root = leaf(0);
    let not_empty = ConsistencyError::WrongPathLength { got: 1 };
    assert_eq!(
        verify_consistency(1, &root, 1, &root, &[root]),
        Err(not_empty.clone())
    );
    assert_eq!(
        verify_consistency(0, &EMPTY_ROOT, 1, &root, &[root]),
        Err(not_empty)
    );
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 1, &root, &[]), Ok(()));
    let (old_root, new_root) = (root, OTHER);
    assert_eq!(
        verify_consistency(1, &root, 1, &OTHER, &[]),
        Err(ConsistencyError::SameSizeDifferentRoot {
            size: 1,
            old_root,
            new_root
        })
    );
    let wrong_empty = ConsistencyError::WrongEmptyRoot { got: OTHER };
    assert_eq!(
        verify_consistency(0, &OTHER, 1, &root, &[]),
        Err(wrong_empty.clone())
    );
    assert_eq!(
        verify_consistency(0, &EMPTY_ROOT, 0, &OTHER, &[]),
        Err(wrong_empty)
    );
}
