use thamvan_proto::id::StreamId;

use super::*;

fn row(n: u8) -> Row {
    Row {
        place: Place {
            stream: StreamId([n; 16]),
            seq: n.into(),
        },
        location: Location::from_bytes([n; Location::LEN]),
        leaf: [n; LEAF_LEN],
        entry: Hash([n; 32]),
    }
}

fn mark(batch: u64) -> Mark {
    Mark {
        batch,
        previous: Hash([1; 32]),
        chain: Hash([2; 32]),
        frame: Position {
            segment: 3,
            offset: 4,
        },
        bodies: Position {
            segment: 5,
            offset: 6,
        },
    }
}

fn filled(dir: &Path) -> Index {
    let mut index = Index::open(dir).unwrap();
    assert!(index.load().unwrap().is_none());
    let body = |n| (Hash([n; 32]), Location::from_bytes([n; Location::LEN]));
    index
        .apply(mark(1), &[row(1), row(2)], &[body(1), body(2)])
        .unwrap();
    // A body that was stored before counts once.
    index
        .apply(mark(2), &[row(3)], &[body(2), body(3), body(3)])
        .unwrap();
    index
}

#[test]
fn what_was_applied_is_loaded_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let mut index = Index::open(dir.path()).unwrap();
    let (known, rows) = index.load().unwrap().unwrap();
    assert_eq!(known.mark, mark(2));
    assert_eq!(known.records, [1, 2, 3].map(|n| row(n).location));
    assert_eq!(known.bodies.len(), 3);
    assert_eq!((rows.leaves, index.applied.bodies), (3, 3));
    assert!(!rows.agree(&State::default()));
}

/// Damage that the engine itself does not see.
#[test]
fn a_row_that_is_changed_moved_missing_or_added_is_noticed() {
    type Damage = fn(&sled::Db);
    let damages: [Damage; 6] = [
        |db| {
            let mut value = db.get(leaf_key(1)).unwrap().unwrap().to_vec();
            value[20] ^= 1;
            db.insert(leaf_key(1), value).unwrap();
        },
        |db| {
            let other = db.get(leaf_key(0)).unwrap().unwrap();
            db.insert(leaf_key(1), other).unwrap();
        },
        |db| drop(db.remove(leaf_key(2)).unwrap()),
        |db| drop(db.remove(body_key(&Hash([2; 32]))).unwrap()),
        |db| {
            let mut batch = sled::Batch::default();
            put(&mut batch, &leaf_key(3), &row(4).to_bytes());
            db.apply_batch(batch).unwrap();
        },
        |db| drop(db.remove(APPLIED_KEY).unwrap()),
    ];
    for (n, damage) in damages.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let index = filled(dir.path());
        damage(index.db().unwrap());
        drop(index);
        let loaded = Index::open(dir.path()).unwrap().load();
        assert!(matches!(loaded, Err(IndexError::Row)), "{n}: {loaded:?}");
    }
}

#[test]
fn a_lock_that_is_released_in_time_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let index = filled(dir.path());
    let path = dir.path().to_owned();
    let second = std::thread::spawn(move || Index::open(&path).map(drop));
    drop(index);
    second.join().unwrap().unwrap();
}

#[test]
fn an_index_is_begun_over_whatever_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    drop(Index::begin(&path).unwrap());
    drop(filled(&path));
    assert!(Index::begin(&path).unwrap().load().unwrap().is_none());
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::write(&path, b"a file").unwrap();
    assert!(Index::open(&path).is_err());
    assert!(Index::begin(&path).unwrap().load().unwrap().is_none());
}
