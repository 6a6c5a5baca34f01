//! Log formats and mathematics against published answers and an independent implementation.
//!
//! In scope: everything `thamvan_proto::tlog` exports.
//! Out of scope: storage, servers, cosignatures.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests index and count what they made"
)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use serde_json::Value;
use sha2::Sha256;
use thamvan_proto::tlog::{
    Checkpoint, CheckpointError, EMPTY_ROOT, Hash, Name, NoteError, NoteSigner, Policy, Quorum,
    SignedNote, TILE_WIDTH, TileLevel, TilePath, Tree, VerifierKey, decode_entry_bundle,
    decode_hash_tile, encode_entry_bundle, leaf_hash, open_checkpoint, root_of_leaves,
    sign_checkpoint, tiles_for_size, verify_consistency, verify_inclusion,
};

const RFC6962: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/tlog/rfc6962.json"
));
const SIGNED_NOTE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/tlog/signed-note.json"
));
const CHECKPOINT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/tlog/checkpoint.json"
));
const TILES: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/tlog/tiles.json"
));
const POLICY: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/vectors/tlog/policy.json"
));

/// Largest tree of the comparison: crosses the first tile boundary.
const SIZE_MAX: u64 = 300;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

/// Our tree of `SIZE_MAX` entries.
static OURS: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::new();
    (0..SIZE_MAX).for_each(|index| tree.append(leaf_hash(&entry(index))));
    tree
});

/// Their trees of every size up to `SIZE_MAX`, the empty one first.
static THEIRS: LazyLock<Vec<Theirs>> = LazyLock::new(|| {
    let mut trees = vec![Theirs::new()];
    for index in 0..SIZE_MAX {
        let mut next = trees[trees.len() - 1].clone();
        next.push(entry(index));
        trees.push(next);
    }
    trees
});

/// Entries of differing lengths, the first one empty.
fn entry(index: u64) -> Vec<u8> {
    let length = usize::try_from(index % 49).expect("below 49");
    index
        .to_le_bytes()
        .into_iter()
        .cycle()
        .take(length)
        .collect()
}

fn ours_root(size: u64) -> Hash {
    OURS.root_at(size).expect("size is in the tree")
}

fn theirs(size: u64) -> &'static Theirs {
    &THEIRS[usize::try_from(size).expect("size fits")]
}

fn joined(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("vector file is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("vector is a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("vector is a text")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("vector is a number")
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value).as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
    digits.map(byte).collect()
}

fn hash(value: &Value) -> Hash {
    Hash(bytes(value).try_into().expect("hash has 32 bytes"))
}

fn hashes(value: &Value) -> Vec<Hash> {
    list(value).iter().map(hash).collect()
}

fn vkey(value: &Value) -> VerifierKey {
    VerifierKey::parse(text(value)).expect("vector key is valid")
}

fn signer(vector: &Value) -> NoteSigner {
    let seed = bytes(&vector["seed"])
        .try_into()
        .expect("seed has 32 bytes");
    NoteSigner::from_seed(vkey(&vector["vkey"]).name().clone(), &seed)
}

fn reference_tree(vectors: &Value) -> Tree {
    let mut tree = Tree::new();
    for entry in list(&vectors["entries"]) {
        tree.append(leaf_hash(&bytes(entry)));
    }
    tree
}

#[test]
fn reference_tree_has_the_published_hashes_and_roots() {
    let vectors = json(RFC6962);
    let tree = reference_tree(&vectors);
    let leaves: Vec<Hash> = list(&vectors["entries"])
        .iter()
        .map(|entry| leaf_hash(&bytes(entry)))
        .collect();
    assert_eq!(leaves, hashes(&vectors["leaf_hashes"]));
    for (size, root) in hashes(&vectors["roots"]).into_iter().enumerate() {
        assert_eq!(tree.root_at(size as u64), Some(root), "size {size}");
        assert_eq!(root_of_leaves(&leaves[..size]), root, "size {size}");
    }
}

#[test]
fn reference_tree_has_the_published_paths() {
    let vectors = json(RFC6962);
    let (tree, roots) = (reference_tree(&vectors), hashes(&vectors["roots"]));
    let leaves = hashes(&vectors["leaf_hashes"]);
    let position = |value: &Value| usize::try_from(number(value)).expect("vector is small");
    for vector in list(&vectors["inclusion"]) {
        let (index, size) = (number(&vector["index"]), number(&vector["size"]));
        let path = hashes(&vector["path"]);
        assert_eq!(
            tree.inclusion_path(index, size),
            Ok(path.clone()),
            "{index} in {size}"
        );
        let (leaf, root) = (
            leaves[position(&vector["index"])],
            roots[position(&vector["size"])],
        );
        assert_eq!(verify_inclusion(&leaf, index, size, &path, &root), Ok(()));
    }
    for vector in list(&vectors["consistency"]) {
        let (old, new) = (number(&vector["old_size"]), number(&vector["new_size"]));
        let path = hashes(&vector["path"]);
        assert_eq!(
            tree.consistency_path(old, new),
            Ok(path.clone()),
            "{old} to {new}"
        );
        let old_root = roots[position(&vector["old_size"])];
        let new_root = roots[position(&vector["new_size"])];
        assert_eq!(
            verify_consistency(old, &old_root, new, &new_root, &path),
            Ok(())
        );
    }
}

#[test]
fn published_notes_verify_and_are_made_again_byte_for_byte() {
    for vector in list(&json(SIGNED_NOTE)) {
        let (key, origin) = (vkey(&vector["vkey"]), &vector["origin"]);
        assert_eq!(key.to_string(), text(&vector["vkey"]), "{origin}");
        let note = SignedNote::parse(text(&vector["note"])).expect("vector note is well formed");
        assert_eq!(note.text(), text(&vector["text"]), "{origin}");
        assert_eq!(note.to_string(), text(&vector["note"]), "{origin}");
        assert_eq!(
            note.verify(std::slice::from_ref(&key)),
            Ok(vec![key.name().clone()])
        );
        let others = note
            .signatures()
            .iter()
            .filter(|line| line.key_id() != key.id());
        let others: Vec<_> = others
            .map(|line| (line.name().to_string(), line.key_id().to_string()))
            .collect();
        let expected: Vec<_> = list(&vector["other_signatures"])
            .iter()
            .map(|line| {
                (
                    text(&line["name"]).to_owned(),
                    text(&line["key_id"]).to_owned(),
                )
            })
            .collect();
        assert_eq!(others, expected, "{origin}");
        if vector["seed"].is_string() {
            let made = SignedNote::sign(note.text(), &[&signer(vector)]).expect("text is a note");
            assert_eq!(made.to_string(), text(&vector["note"]), "{origin}");
        }
    }
}

#[test]
fn published_notes_with_another_text_are_refused() {
    for vector in list(&json(SIGNED_NOTE)) {
        let key = vkey(&vector["vkey"]);
        let changed = format!("x{}", text(&vector["note"]));
        let note = SignedNote::parse(&changed).expect("changed note is well formed");
        let refused = NoteError::BadSignature {
            name: key.name().clone(),
            key_id: key.id(),
        };
        assert_eq!(note.verify(&[key]), Err(refused));
    }
}

#[test]
fn checkpoint_bodies_and_notes_match() {
    let vectors = json(CHECKPOINT);
    let expected = |vector: &Value| Checkpoint {
        origin: Name::parse(text(&vector["log"])).expect("vector origin is valid"),
        size: number(&vector["size"]),
        root: hash(&vector["root"]),
    };
    for vector in list(&vectors["bodies"]) {
        assert_eq!(
            Checkpoint::parse(text(&vector["body"])),
            Ok(expected(vector))
        );
        assert_eq!(expected(vector).to_string(), text(&vector["body"]));
    }
    for vector in list(&vectors["signed"]) {
        let (checkpoint, key) = (expected(vector), vkey(&vector["vkey"]));
        assert_eq!(
            sign_checkpoint(&checkpoint, &signer(vector)),
            text(&vector["note"])
        );
        let opened = open_checkpoint(text(&vector["note"]), &checkpoint.origin, &key);
        assert_eq!(opened, Ok(checkpoint));
    }
    let key = vkey(&vectors["signed"][0]["vkey"]);
    for vector in list(&vectors["refused_notes"]) {
        let refused = open_checkpoint(text(&vector["note"]), key.name(), &key);
        assert_eq!(
            refused,
            Err(CheckpointError::Signature(NoteError::NoKnownSignature))
        );
    }
}

#[test]
fn tile_paths_and_bundles_match() {
    let vectors = json(TILES);
    for vector in list(&vectors["paths"]) {
        let level = vector["level"]
            .as_u64()
            .map_or(TileLevel::Entries, |level| {
                TileLevel::Hash(u8::try_from(level).expect("level is small"))
            });
        let width = u16::try_from(number(&vector["width"])).expect("width is small");
        let tile = TilePath::new(level, number(&vector["n"]), width).expect("tile is valid");
        assert_eq!(tile.to_path(), text(&vector["path"]));
        assert_eq!(TilePath::parse(text(&vector["path"])), Ok(tile));
    }
    for vector in list(&vectors["bundles"]) {
        let entries: Vec<Vec<u8>> = list(&vector["entries"]).iter().map(bytes).collect();
        assert_eq!(encode_entry_bundle(&entries), Ok(bytes(&vector["bundle"])));
        let bundle = bytes(&vector["bundle"]);
        let decoded = decode_entry_bundle(&bundle).expect("vector bundle is valid");
        assert_eq!(decoded, entries);
    }
}

#[test]
fn tile_counts_of_the_published_sizes_match() {
    for vector in list(&json(TILES)["sizes"]) {
        let tiles: Vec<TilePath> = tiles_for_size(number(&vector["size"])).collect();
        let count = |level, full: bool| {
            tiles
                .iter()
                .filter(|tile| tile.level() == level && tile.is_partial() != full)
                .count()
        };
        let levels = list(&vector["levels"]);
        for (level, expected) in (0_u8..).zip(levels) {
            assert_eq!(number(&expected["level"]), u64::from(level));
            let partial = number(&expected["partial"]);
            for level in [TileLevel::Hash(level), TileLevel::Entries] {
                if level == TileLevel::Entries && expected["level"] != 0 {
                    continue;
                }
                assert_eq!(count(level, true) as u64, number(&expected["full"]));
                assert_eq!(count(level, false), usize::from(partial > 0));
                let widths = tiles.iter().filter(|tile| tile.level() == level);
                let widths: Vec<u64> = widths
                    .filter(|tile| tile.is_partial())
                    .map(|tile| tile.width().into())
                    .collect();
                assert!(widths.iter().all(|width| *width == partial), "{widths:?}");
            }
        }
        let highest = u8::try_from(levels.len()).expect("few levels");
        assert_eq!(count(TileLevel::Hash(highest), true), 0);
        assert_eq!(count(TileLevel::Hash(highest), false), 0);
    }
}

#[test]
fn policy_example_matches() {
    for vector in list(&json(POLICY)) {
        let policy = Policy::parse(text(&vector["policy"])).expect("vector policy is valid");
        assert_eq!(policy.log().name().as_str(), text(&vector["log"]));
        let names: Vec<_> = policy
            .witnesses()
            .iter()
            .map(|witness| &witness.name)
            .collect();
        assert_eq!(
            names,
            list(&vector["witnesses"])
                .iter()
                .map(text)
                .collect::<Vec<_>>()
        );
        for (group, expected) in policy.groups().iter().zip(list(&vector["groups"])) {
            assert_eq!(group.name, text(&expected["name"]));
            assert_eq!(group.threshold.to_string(), text(&expected["threshold"]));
            let members: Vec<_> = list(&expected["members"]).iter().map(text).collect();
            assert_eq!(group.members, members);
        }
        assert_eq!(policy.groups().len(), list(&vector["groups"]).len());
        assert_eq!(
            policy.quorum(),
            &Quorum::Named(text(&vector["quorum"]).to_owned())
        );
        assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
    }
}

#[test]
fn roots_of_all_sizes_equal_those_of_the_other_implementation() {
    let leaves: Vec<Hash> = (0..SIZE_MAX)
        .map(|index| leaf_hash(&entry(index)))
        .collect();
    for size in 0..=SIZE_MAX {
        let root = ours_root(size);
        if size == 0 {
            assert_eq!(root, EMPTY_ROOT);
        } else {
            assert_eq!(
                root.as_ref(),
                theirs(size).root().as_bytes().as_slice(),
                "size {size}"
            );
        }
        let counted = usize::try_from(size).expect("size fits");
        assert_eq!(root, root_of_leaves(&leaves[..counted]), "size {size}");
    }
}

#[test]
fn listed_tiles_rebuild_every_root() {
    for size in [1, 2, 255, 256, 257, 299, 300] {
        let mut leaves = Vec::new();
        let mut listed = BTreeSet::new();
        for path in tiles_for_size(size) {
            assert!(listed.insert(path.to_path()));
            if let TileLevel::Hash(level) = path.level() {
                let tile = OURS
                    .tile(level, path.n(), path.width())
                    .expect("tile is complete");
                let tile = decode_hash_tile(&tile, path.width()).expect("tile has its width");
                match level {
                    0 => leaves.extend(tile),
                    _ => {
                        let full = leaves.chunks_exact(TILE_WIDTH.into()).map(root_of_leaves);
                        assert_eq!(tile, full.collect::<Vec<_>>());
                    }
                }
            }
        }
        assert_eq!(root_of_leaves(&leaves), ours_root(size), "size {size}");
    }
}

/// A tree size and an entry in it.
fn entry_in_tree() -> impl Strategy<Value = (u64, u64)> {
    (1..=SIZE_MAX).prop_flat_map(|size| (0..size, Just(size)))
}

/// Two tree sizes, the first one smaller and not 0.
fn growth() -> impl Strategy<Value = (u64, u64)> {
    (2..=SIZE_MAX).prop_flat_map(|size| (1..size, Just(size)))
}

/// What to do to a path, always changing it.
#[derive(Clone, Debug)]
enum Mutation {
    FlipBit(prop::sample::Index, usize, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, [u8; 32]),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<prop::sample::Index>(), 0..32_usize, 0..8_u8)
            .prop_map(|(position, byte, bit)| Mutation::FlipBit(position, byte, bit)),
        any::<prop::sample::Index>().prop_map(Mutation::Remove),
        (any::<prop::sample::Index>(), any::<[u8; 32]>())
            .prop_map(|(position, hash)| Mutation::Insert(position, hash)),
    ]
}

fn mutated(mut path: Vec<Hash>, mutation: &Mutation) -> Vec<Hash> {
    match mutation {
        Mutation::FlipBit(position, byte, bit) if !path.is_empty() => {
            let at = position.index(path.len());
            path[at].0[*byte] ^= 1 << bit;
        }
        Mutation::Remove(position) if !path.is_empty() => {
            path.remove(position.index(path.len()));
        }
        Mutation::Insert(position, hash) => {
            path.insert(position.index(path.len() + 1), Hash(*hash));
        }
        Mutation::FlipBit(..) | Mutation::Remove(_) => path.push(EMPTY_ROOT),
    }
    path
}

proptest! {
    #[test]
    fn inclusion_proofs_agree((index, size) in entry_in_tree(), mutation in mutation()) {
        let path = OURS.inclusion_path(index, size).expect("entry is in the tree");
        let proof = theirs(size).prove_inclusion(usize::try_from(index).expect("index fits"));
        prop_assert_eq!(joined(&path), proof.as_bytes());

        let (leaf, root) = (leaf_hash(&entry(index)), ours_root(size));
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &path, &root), Ok(()));
        let their_root = RootHash::<Sha256>::new(root.0.into(), size);
        prop_assert!(their_root.verify_inclusion(&entry(index), index, &proof).is_ok());

        let mutated = mutated(path, &mutation);
        prop_assert!(verify_inclusion(&leaf, index, size, &mutated, &root).is_err());
    }

    #[test]
    fn inclusion_proofs_of_another_entry_or_root_are_refused(
        (index, size) in entry_in_tree(),
        other in 0..=SIZE_MAX,
    ) {
        let path = OURS.inclusion_path(index, size).expect("entry is in the tree");
        let (leaf, root) = (leaf_hash(&entry(index)), ours_root(size));
        if other != index {
            prop_assert!(verify_inclusion(&leaf, other, size, &path, &root).is_err());
        }
        if other != size {
            prop_assert!(verify_inclusion(&leaf, index, size, &path, &ours_root(other)).is_err());
        }
    }

    #[test]
    fn consistency_proofs_agree((old, new) in growth(), mutation in mutation()) {
        let path = OURS.consistency_path(old, new).expect("sizes are ordered");
        let added = usize::try_from(new - old).expect("sizes fit");
        let proof = theirs(new).prove_consistency(added);
        prop_assert_eq!(joined(&path), proof.as_bytes());

        let (old_root, new_root) = (ours_root(old), ours_root(new));
        prop_assert_eq!(verify_consistency(old, &old_root, new, &new_root, &path), Ok(()));
        let their_old = RootHash::<Sha256>::new(old_root.0.into(), old);
        let their_new = RootHash::<Sha256>::new(new_root.0.into(), new);
        prop_assert!(their_new.verify_consistency(&their_old, &proof).is_ok());

        prop_assert!(verify_consistency(new, &new_root, old, &old_root, &path).is_err());
        let mutated = mutated(path, &mutation);
        prop_assert!(verify_consistency(old, &old_root, new, &new_root, &mutated).is_err());
    }

    #[test]
    fn consistency_proofs_of_another_root_are_refused(
        (old, new) in growth(),
        other in 1..=SIZE_MAX,
    ) {
        let path = OURS.consistency_path(old, new).expect("sizes are ordered");
        let (old_root, new_root) = (ours_root(old), ours_root(new));
        if other != old {
            let refused = verify_consistency(old, &ours_root(other), new, &new_root, &path);
            prop_assert!(refused.is_err());
        }
        if other != new {
            let refused = verify_consistency(old, &old_root, new, &ours_root(other), &path);
            prop_assert!(refused.is_err());
        }
    }

    #[test]
    fn arbitrary_paths_are_refused_without_panic(
        (left, right) in any::<(u64, u64)>(),
        path in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
    ) {
        let (leaf, root) = (Hash([1; 32]), Hash([2; 32]));
        prop_assert!(verify_inclusion(&leaf, left, right, &path, &root).is_err());
        let old = left.max(1);
        prop_assert!(verify_consistency(old, &leaf, right, &root, &path).is_err());
    }

    #[test]
    fn tile_paths_have_one_spelling(n in any::<u64>(), shift in 0..64_u32, width in 1..=256_u16) {
        for level in [TileLevel::Entries, TileLevel::Hash(0), TileLevel::Hash(63)] {
            let tile = TilePath::new(level, n >> shift, width).expect("tile is valid");
            prop_assert_eq!(TilePath::parse(&tile.to_path()), Ok(tile));
        }
    }

    #[test]
    fn near_tile_paths_are_refused_or_have_their_spelling(
        path in "tile/(entries|[0-9]{1,3})(/x?[0-9]{2,4}){1,3}(\\.p/[0-9]{0,4})?"
    ) {
        if let Ok(tile) = TilePath::parse(&path) {
            prop_assert_eq!(tile.to_path(), path);
        }
    }

    #[test]
    fn entry_bundles_round_trip_and_refuse_truncation(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..=256),
        cut in any::<prop::sample::Index>(),
    ) {
        let bundle = encode_entry_bundle(&entries).expect("entries fit");
        let decoded = decode_entry_bundle(&bundle).expect("bundle is valid");
        prop_assert_eq!(&decoded, &entries);
        if let Ok(fewer) = decode_entry_bundle(&bundle[..cut.index(bundle.len())]) {
            prop_assert!(fewer.len() < entries.len());
        }
    }

    #[test]
    fn arbitrary_texts_are_refused_or_have_their_spelling(text in "(\\PC|\n|\u{2014} | )*") {
        if let Ok(note) = SignedNote::parse(&text) {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_string(), text.clone());
        }
        prop_assert!(Policy::parse(&text).is_err());
        prop_assert!(VerifierKey::parse(&text).is_err());
    }

    #[test]
    fn every_changed_character_of_a_checkpoint_is_refused(
        size in any::<u64>(),
        root in any::<[u8; 32]>(),
        position in any::<prop::sample::Index>(),
        replacement in prop_oneof![any::<char>(), "[0-9A-Za-z+/=\n]".prop_map(first_char)],
    ) {
        let origin = Name::parse("log.example/thamvan").expect("origin is valid");
        let signer = NoteSigner::from_seed(origin.clone(), &[5; 32]);
        let checkpoint = Checkpoint { origin: origin.clone(), size: size.max(1), root: Hash(root) };
        let note = sign_checkpoint(&checkpoint, &signer);
        let key = signer.verifier_key();
        prop_assert_eq!(open_checkpoint(&note, &origin, key), Ok(checkpoint));

        let mut characters: Vec<char> = note.chars().collect();
        characters[position.index(note.chars().count())] = replacement;
        let changed: String = characters.into_iter().collect();
        if changed != note {
            prop_assert!(open_checkpoint(&changed, &origin, key).is_err());
        }
    }
}

fn first_char(text: String) -> char {
    text.chars().next().expect("pattern makes one character")
}
