//! Loss of power in the middle of a batch, on a model of the disk: of what was written since the last sync, any sector may be
//! there and any may not. Every state that the order of the syncs allows must start, and hold what was acknowledged before.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use thamvan_proto::tlog::Hash;

use super::tests::{fill, register, started};
use super::*;
use crate::{LOG_LAST_FILE, check, checkpoint_file};

/// The files that a batch changes.
type Disk = BTreeMap<String, Vec<u8>>;

const BODIES: &str = "journal/bodies-00000000.seg";
const RECORDS: &str = "journal/records-00000000.seg";

fn names() -> Vec<&'static str> {
    let [first, copy] = checkpoint_file::NAMES;
    vec![BODIES, RECORDS, LOG_LAST_FILE, first, copy]
}

fn read(data: &Path) -> Disk {
    let bytes = |name| std::fs::read(data.join(name)).unwrap();
    let files = names()
        .into_iter()
        .map(|name| (name.to_owned(), bytes(name)));
    files.collect()
}

/// What a batch changes on the disk, sector by sector.
struct Written {
    old: Disk,
    new: Disk,
}

/// A sector of a file that is not what it was.
type Sector = (String, usize);

impl Written {
    /// The sectors of these files that the batch changes.
    fn sectors(&self, files: &[&str]) -> Vec<Sector> {
        let mut sectors = Vec::new();
        for name in files {
            let (old, new) = (&self.old[*name], &self.new[*name]);
            assert_eq!(old.len(), new.len(), "{name}: a write changes no length");
            let pairs = old.chunks(SECTOR_LEN).zip(new.chunks(SECTOR_LEN));
            let changed = pairs.enumerate().filter(|(_, (old, new))| old != new);
            sectors.extend(changed.map(|(at, _)| ((*name).to_owned(), at)));
        }
        sectors
    }

    /// The disk with `files` as the batch leaves them, and of the rest the sectors in `there`.
    fn disk(&self, files: &[&str], there: &[&Sector]) -> Disk {
        let mut disk = self.old.clone();
        for name in files {
            disk.insert((*name).to_owned(), self.new[*name].clone());
        }
        for (name, at) in there {
            let range = at * SECTOR_LEN..(at + 1) * SECTOR_LEN;
            disk.get_mut(name).unwrap()[range.clone()].copy_from_slice(&self.new[name][range]);
        }
        disk
    }
}

/// A register, what it acknowledged, and the disk before and after one batch more.
struct Trial {
    dir: tempfile::TempDir,
    config: Config,
    acknowledged: (u64, Hash),
    written: Written,
}

impl Trial {
    /// `before` entries are acknowledged, then comes a batch of `count`.
    fn new(before: u32, count: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = register(dir.path());
        let (shared, mut sequencer) = started(&config);
        fill(&shared, &mut sequencer, before);
        let acknowledged = root(&shared.state());
        let old = read(&config.data);
        fill(&shared, &mut sequencer, count);
        let new = read(&config.data);
        drop((shared, sequencer));
        Self {
            dir,
            config,
            acknowledged,
            written: Written { old, new },
        }
    }

    /// Brings the files to what `disk` says; behind [`USED_LEN_MAX`] they are zeros, here and there.
    fn write(&self, disk: &Disk) {
        for (name, bytes) in disk {
            let path = self.config.data.join(name);
            let file = OpenOptions::new().write(true).open(path).unwrap();
            let used = &bytes[..bytes.len().min(USED_LEN_MAX)];
            assert!(bytes[used.len()..].iter().all(|byte| *byte == 0), "{name}");
            file.write_all_at(used, 0).unwrap();
        }
    }

    /// Starts on `disk`: what was acknowledged is there, the batch is there or not, and the log goes on and stays whole.
    fn starts_on(&self, disk: &Disk, what: &str) {
        let index: PathBuf = self.config.data.join(INDEX_DIR);
        let _ = std::fs::remove_dir_all(index);
        self.write(disk);
        for _ in 0..2 {
            let (shared, mut sequencer) = started(&self.config);
            let (size, root) = self.acknowledged;
            assert_eq!(shared.state().tree().root_at(size), Some(root), "{what}");
            fill(&shared, &mut sequencer, 1);
            drop((shared, sequencer));
            let report = check(&self.config);
            assert_eq!(report.verdict, "ok", "{what}: {report:?}");
        }
    }
}

fn root(state: &State) -> (u64, Hash) {
    (state.tree().size(), state.tree().root())
}

/// All subsets of `sectors` where they are few; else each alone, all but each, halves, and none and all.
fn subsets(sectors: &[Sector]) -> Vec<Vec<&Sector>> {
    let some = |keep: &dyn Fn(usize) -> bool| -> Vec<&Sector> {
        let kept = sectors.iter().enumerate().filter(|(at, _)| keep(*at));
        kept.map(|(_, sector)| sector).collect()
    };
    if sectors.len() <= ALL_SUBSETS_MAX {
        return (0..1_usize << sectors.len())
            .map(|set| some(&|at| set >> at & 1 == 1))
            .collect();
    }
    let mut sets = vec![some(&|_| true), some(&|_| false)];
    for one in 0..sectors.len() {
        sets.push(some(&|at| at == one));
        sets.push(some(&|at| at != one));
        sets.push(some(&|at| at < one));
        sets.push(some(&|at| at > one));
    }
    sets
}

#[test]
fn every_disk_that_a_loss_of_power_may_leave_starts_and_holds_what_was_acknowledged() {
    let [first, copy] = checkpoint_file::NAMES;
    for (before, count) in [(2, 1), (3, 4)] {
        let trial = Trial::new(before, count);
        let steps: [&[&str]; 3] = [&[BODIES, RECORDS], &[LOG_LAST_FILE], &[first, copy]];
        let mut durable = Vec::new();
        for step in steps {
            let sectors = trial.written.sectors(step);
            assert!(!sectors.is_empty(), "{step:?}");
            for there in subsets(&sectors) {
                let disk = trial.written.disk(&durable, &there);
                trial.starts_on(&disk, &format!("{durable:?} and {there:?}"));
            }
            durable.extend_from_slice(step);
        }
        drop(trial.dir);
    }
}

#[test]
fn a_body_of_an_acknowledged_batch_that_is_gone_is_never_taken_for_a_torn_tail() {
    let trial = Trial::new(2, 1);
    for indexed in [true, false] {
        if !indexed {
            std::fs::remove_dir_all(trial.config.data.join(INDEX_DIR)).unwrap();
        }
        for (_, at) in trial.written.sectors(&[BODIES]) {
            let mut disk = trial.written.new.clone();
            let range = at * SECTOR_LEN..(at + 1) * SECTOR_LEN;
            let old = &trial.written.old[BODIES][range.clone()];
            disk.get_mut(BODIES).unwrap()[range].copy_from_slice(old);
            trial.write(&disk);
            let signer = LogSigner::open(&trial.config.data).unwrap();
            let checkpoints = CheckpointFile::of(&trial.config);
            let refused = open(&trial.config, &signer, &checkpoints).unwrap_err();
            assert!(refused.to_string().contains("promised"), "{refused}");
            assert_eq!(read(&trial.config.data), disk, "nothing is cut");
        }
    }
}

/// What a disk writes as a whole or not at all.
const SECTOR_LEN: usize = 512;
const USED_LEN_MAX: usize = 64 * 1024;
const ALL_SUBSETS_MAX: usize = 6;
