use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_server_core::Sequenced;

use thamvan_server_core::conformance::StoreMedium;

use super::*;

struct Folder(tempfile::TempDir);

impl StoreMedium for Folder {
    type Store = Journal;

    fn open(&self) -> Journal {
        let journal = Journal::open(self.0.path()).unwrap();
        journal.cut_tail().unwrap();
        journal
    }
}

thamvan_server_core::store_conformance!(conformance, Folder(tempfile::tempdir().unwrap()));

fn cursor(seq: u64) -> Change {
    Change::CursorAcknowledged {
        device: DeviceId([1; 16]),
        stream: StreamId([2; 16]),
        seq,
    }
}

fn record(index: u64, len: usize) -> Change {
    Change::Sequenced(Box::new(Sequenced {
        index,
        record: vec![u8::try_from(index).unwrap(); len].into(),
        body: body(index).0,
        sides: Vec::new(),
        stream_key: None,
    }))
}

fn body(n: u64) -> (Hash, Vec<u8>) {
    let bytes = n.to_be_bytes().to_vec();
    (sha256(&bytes), bytes)
}

fn batch(n: u64) -> Batch {
    Batch {
        changes: vec![cursor(n), record(n, 100)],
        bodies: vec![body(n)],
    }
}

fn written(count: u64) -> (tempfile::TempDir, Vec<Batch>) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let batches: Vec<Batch> = (0..count).map(batch).collect();
    batches
        .iter()
        .for_each(|batch| journal.append(batch).unwrap());
    (dir, batches)
}

fn loaded(journal: &Journal) -> Vec<Change> {
    let mut all = Vec::new();
    let visited: Result<(), JournalError> = journal.load(&mut |_, change| {
        all.push(change);
        Ok(())
    });
    visited.unwrap();
    all
}

fn changes_of(batches: &[Batch]) -> Vec<Change> {
    batches
        .iter()
        .flat_map(|batch| batch.changes.clone())
        .collect()
}

fn records_file(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("records-00000000.seg")
}

/// Length of what is not zero at the end of the file.
fn end_of(path: &PathBuf) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

#[test]
fn what_was_appended_is_read_again_after_reopening() {
    let (dir, batches) = written(5);
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(
        (journal.batches(), loaded(&journal)),
        (5, changes_of(&batches))
    );
    for n in 0..5 {
        let expected = vec![u8::try_from(n).unwrap(); 100];
        assert_eq!(journal.record(n).unwrap(), Some(expected));
        assert_eq!(journal.body(&body(n).0).unwrap(), Some(body(n).1));
    }
    assert_eq!(journal.record(5).unwrap(), None);
    assert_eq!(journal.body(&Hash([0; 32])).unwrap(), None);
    journal.append(&batch(5)).unwrap();
    assert_eq!(loaded(&Journal::open(dir.path()).unwrap()).len(), 12);
}

#[test]
fn a_torn_tail_is_cut_wherever_it_is_torn() {
    let (dir, batches) = written(3);
    let path = records_file(&dir);
    let whole = fs::read(&path).unwrap();
    let end = usize::try_from(end_of(&path)).unwrap();
    let last = end - 150;
    for torn in [last, last + 20, end - 1] {
        let mut bytes = whole.clone();
        bytes[torn..].fill(0);
        fs::write(&path, &bytes).unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(loaded(&journal), changes_of(&batches[..2]), "{torn}");
        journal.cut_tail().unwrap();
        journal.append(&batch(2)).unwrap();
        drop(journal);
        let again = Journal::open(dir.path()).unwrap();
        assert_eq!(loaded(&again), changes_of(&batches), "{torn}");
    }
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let (dir, batches) = written(3);
    let path = records_file(&dir);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in 16..end_of(&path) {
        let byte = whole[usize::try_from(at).unwrap()];
        file.write_all_at(&[byte ^ 1], at).unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let changes = loaded(&journal);
        assert!(
            changes.len() < 6 && changes_of(&batches).starts_with(&changes),
            "{at}"
        );
        file.write_all_at(&[byte], at).unwrap();
    }
    assert_eq!(loaded(&Journal::open(dir.path()).unwrap()).len(), 6);
}

#[test]
fn a_changed_body_is_not_given_out() {
    let (dir, _) = written(2);
    let journal = Journal::open(dir.path()).unwrap();
    let path = dir.path().join("bodies-00000000.seg");
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff], end_of(&path) - 1).unwrap();
    assert!(matches!(
        journal.body(&body(1).0),
        Err(JournalError::Body { .. })
    ));
    let again = Journal::open(dir.path()).unwrap();
    assert_eq!(again.body(&body(1).0).unwrap(), None);
    assert_eq!(again.body(&body(0).0).unwrap(), Some(body(0).1));
}

#[test]
fn a_batch_of_another_journal_is_not_taken() {
    let (dir, _) = written(1);
    let (other, _) = written(2);
    let end = end_of(&records_file(&dir));
    let bytes = fs::read(records_file(&other)).unwrap();
    let other_journal = Journal::open(other.path()).unwrap();
    assert_eq!(other_journal.batches(), 2);
    // The second batch put first: its chain does not continue from nothing.
    let from = usize::try_from(end).unwrap();
    let mut moved = bytes[..16].to_vec();
    moved.extend_from_slice(&bytes[from..]);
    fs::write(records_file(&dir), moved).unwrap();
    assert_eq!(Journal::open(dir.path()).unwrap().batches(), 0);
}

#[test]
fn a_full_segment_is_followed_by_another() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let len = 3 * 1024 * 1024;
    for n in 0..4 {
        let (changes, bodies) = (vec![record(n, len)], vec![body(n)]);
        journal.append(&Batch { changes, bodies }).unwrap();
    }
    assert!(dir.path().join("records-00000001.seg").exists());
    let again = Journal::open(dir.path()).unwrap();
    assert_eq!(again.batches(), 4);
    assert_eq!(again.record(3).unwrap(), Some(vec![3; len]));
    again.append(&batch(4)).unwrap();
    assert_eq!(Journal::open(dir.path()).unwrap().batches(), 5);
}

#[test]
fn a_segment_that_was_never_filled_is_made_again() {
    let (dir, _) = written(1);
    fs::write(dir.path().join("records-00000001.seg"), [0; 10]).unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    journal.append(&batch(1)).unwrap();
    assert_eq!(Journal::open(dir.path()).unwrap().batches(), 2);
}

/// All bytes of the body segments.
fn on_disk(dir: &tempfile::TempDir) -> Vec<u8> {
    let files = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap());
    let bodies = files.filter(|it| it.file_name().to_string_lossy().starts_with("bodies"));
    bodies.flat_map(|it| fs::read(it.path()).unwrap()).collect()
}

fn named(name: &[u8]) -> Batch {
    Batch {
        changes: vec![cursor(9)],
        bodies: vec![(sha256(name), name.to_vec())],
    }
}

const NAME: &[u8] = b"a name that two persons erase";

#[test]
fn an_erased_body_leaves_no_byte_on_the_disk_and_its_hash() {
    let (dir, batches) = written(2);
    let journal = Journal::open(dir.path()).unwrap();
    // Twice in the journal it would be erased once.
    journal.append(&named(NAME)).unwrap();
    journal.append(&named(NAME)).unwrap();
    let holds = |bytes: &[u8]| on_disk(&dir).windows(bytes.len()).any(|it| it == bytes);
    assert!(holds(NAME));
    journal.erase(&sha256(NAME)).unwrap();
    assert!(!holds(NAME) && holds(&sha256(NAME).0));
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    assert!(journal.is_erased(&sha256(NAME)) && journal.had_body(&sha256(NAME)));
    assert_eq!(journal.erased().len(), 1);
    assert_eq!(
        journal.body(&body(1).0).unwrap(),
        Some(batches[1].bodies[0].1.clone())
    );
    assert_eq!(loaded(&journal).len(), 6);
}

#[test]
fn an_erasure_that_a_stop_broke_off_loses_nothing_else_and_is_done_again() {
    let (dir, _) = written(1);
    let journal = Journal::open(dir.path()).unwrap();
    journal.append(&named(NAME)).unwrap();
    journal.append(&batch(5)).unwrap();
    let place = journal.places().bodies[&sha256(NAME)];
    let mark = journal.mark();
    drop(journal);
    // The mark was written, and nothing or a part of the payload overwritten.
    let at = on_disk(&dir)
        .windows(NAME.len())
        .position(|it| it == NAME)
        .unwrap() as u64;
    let file = OpenOptions::new()
        .write(true)
        .open(dir.path().join("bodies-00000000.seg"))
        .unwrap();
    file.write_all_at(&[1], at - 33).unwrap();
    file.write_all_at(&[0; 7], at).unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(
        journal.body(&body(5).0).unwrap(),
        Some(body(5).1),
        "what stands behind it"
    );
    assert!(journal.is_erased(&sha256(NAME)));
    drop(journal);
    // An index that knows the place from before ends it.
    let bodies = BTreeMap::from([(sha256(NAME), place)]);
    let known = Known {
        mark,
        records: Journal::open(dir.path()).unwrap().places().records.clone(),
        bodies,
    };
    let journal = Journal::open_behind(dir.path(), known).unwrap();
    journal.erase(&sha256(NAME)).unwrap();
    assert_eq!(journal.body(&sha256(NAME)).unwrap(), None);
    assert!(
        !on_disk(&dir)
            .windows(7)
            .any(|it| it == &NAME[NAME.len() - 7..])
    );
}
