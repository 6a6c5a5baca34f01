use thamvan_proto::tlog::{Checkpoint, Name, NoteSigner, leaf_hash, sign_checkpoint};

use super::*;

#[test]
fn pauses_double_up_to_a_cap() {
    let pauses: Vec<u64> = [1, 2, 3, 4, 5, 100, u32::MAX]
        .map(|failures| backoff(failures).as_secs())
        .to_vec();
    assert_eq!(pauses, [1, 2, 4, 8, 15, 15, 15]);
}

#[test]
fn only_our_own_signature_on_another_tree_is_evidence() {
    let signer = |seed| NoteSigner::from_seed(Name::parse("log.example").unwrap(), &[seed; 32]);
    let tree = |leaves: &[u8]| {
        let mut tree = Tree::new();
        leaves
            .iter()
            .for_each(|leaf| tree.append(leaf_hash(&[*leaf])));
        tree
    };
    let (ours, stranger, own) = (signer(1), signer(2), tree(&[1, 2, 3]));
    let shown = |tree: &Tree, signer: &NoteSigner| {
        let checkpoint = Checkpoint {
            origin: signer.verifier_key().name().clone(),
            size: tree.size(),
            root: tree.root(),
        };
        sign_checkpoint(&checkpoint, signer)
    };
    let judge = |note: Option<&str>| judge(note, ours.verifier_key(), &own);
    assert_eq!(judge(None).unwrap(), 0);
    for (leaves, size) in [(&[][..], 0), (&[1], 1), (&[1, 2, 3], 3)] {
        assert_eq!(judge(Some(&shown(&tree(leaves), &ours))).unwrap(), size);
    }
    for (leaves, words) in [
        (&[1, 2, 3, 4][..], "an old copy"),
        (&[1, 2, 4, 5], "an old copy"),
        (&[1, 2, 4], "another history"),
        (&[7], "another history"),
    ] {
        let other = tree(leaves);
        let error = judge(Some(&shown(&other, &ours))).unwrap_err();
        assert_eq!(error.exit_code(), 8);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(judge(Some(&shown(&other, &stranger))).unwrap(), 0);
    }
    assert_eq!(judge(Some("garbage")).unwrap(), 0);
}
