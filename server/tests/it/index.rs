//! An index that is gone, damaged, old or of another log: the server serves the same log, and says that it rebuilds.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::load::Load;
use crate::process::{EIO, Fault, Plan, Process};

/// A register with a clean stop behind it, so that its index is whole.
struct Scene {
    load: Load,
    index: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let load = Load::new();
        let index = load.deployment.dir.path().join("server/index");
        let mut scene = Self { load, index };
        let log = scene.restart(WRITTEN).await;
        assert!(!log.contains(REBUILT), "{log}");
        let log = scene.restart(0).await;
        assert!(!log.contains(REBUILT), "a whole index is not used: {log}");
        scene
    }

    /// Starts the shipped binary, compares all that it serves with all that was served before, writes, and stops it.
    async fn restart(&mut self, count: usize) -> String {
        let server = Process::start(&self.load.deployment);
        self.load.verify(server.address).await;
        self.load.run(server.address, count).await;
        self.load.verify(server.address).await;
        server.stop()
    }

    /// The index must not be used as it is, and be whole again after that.
    async fn is_rebuilt(&mut self, what: &str) {
        let log = self.restart(1).await;
        assert!(log.contains(REBUILT), "{what}: {log}");
        let log = self.restart(0).await;
        assert!(!log.contains(REBUILT), "{what}, the start after: {log}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &to.join(file.file_name()));
        } else {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

fn replace(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    copy(from, to);
}

/// Every file below a folder with its length.
fn files(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for file in fs::read_dir(dir).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_dir() {
            found.extend(files(&file.path()));
        } else {
            found.push((file.path(), file.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn an_index_that_is_gone_or_no_folder_is_made_again() {
    let mut scene = Scene::new().await;
    fs::remove_dir_all(&scene.index).unwrap();
    scene.restart(1).await;
    assert!(scene.index.is_dir());
    let log = scene.restart(0).await;
    assert!(!log.contains(REBUILT), "{log}");
    fs::remove_dir_all(&scene.index).unwrap();
    fs::write(&scene.index, b"no folder").unwrap();
    scene.is_rebuilt("a file").await;
    for (file, _) in files(&scene.index) {
        fs::write(file, b"").unwrap();
    }
    scene.restart(1).await;
}

#[tokio::test]
async fn an_index_of_another_log_is_not_used() {
    let mut scene = Scene::new().await;
    let other = Scene::new().await;
    replace(&other.index, &scene.index);
    scene.is_rebuilt("of another log").await;
}

#[tokio::test]
async fn an_older_index_is_read_on_from_where_it_ends() {
    let mut scene = Scene::new().await;
    let old = tempfile::tempdir().unwrap();
    copy(&scene.index, old.path());
    scene.restart(WRITTEN).await;
    replace(old.path(), &scene.index);
    let log = scene.restart(1).await;
    assert!(!log.contains(REBUILT), "{log}");
    let log = scene.restart(0).await;
    assert!(!log.contains(REBUILT), "{log}");
}

#[tokio::test]
async fn an_index_ahead_of_the_journal_hides_no_loss() {
    let mut scene = Scene::new().await;
    let journal = scene.load.deployment.dir.path().join("server/journal");
    let old = tempfile::tempdir().unwrap();
    copy(&journal, old.path());
    scene.restart(WRITTEN).await;
    let new = tempfile::tempdir().unwrap();
    copy(&journal, new.path());
    replace(old.path(), &journal);
    let ended = Process::try_start(&scene.load.deployment).err().unwrap();
    assert_eq!(ended.status.code(), Some(8), "{ended:?}");
    assert!(ended.log.contains("an old copy"), "{ended:?}");
    replace(new.path(), &journal);
    scene.restart(1).await;
}

/// Where the payloads of a segment begin.
fn payloads(segment: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (16, Vec::new());
    loop {
        let stored = u32::from_be_bytes(segment[at..at + 4].try_into().unwrap());
        let Some(len) = stored.checked_sub(1) else {
            return found;
        };
        found.push(at + 44);
        at += 44 + usize::try_from(len).unwrap();
    }
}

#[tokio::test]
async fn a_damaged_journal_is_refused_whatever_the_index_says() {
    let mut scene = Scene::new().await;
    let journal = scene.load.deployment.dir.path().join("server/journal");
    for (name, code) in [("records", 8), ("bodies", 6)] {
        let path = journal.join(format!("{name}-00000000.seg"));
        let file = fs::File::options().write(true).open(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        let payloads = payloads(&whole);
        let middle = payloads[payloads.len() / 2];
        for at in [payloads[0], middle, payloads[payloads.len() - 1]] {
            file.write_all_at(&[whole[at] ^ 1], at as u64).unwrap();
            let ended = Process::try_start(&scene.load.deployment).err().unwrap();
            assert_eq!(ended.status.code(), Some(code), "{name} {at}: {ended:?}");
            file.write_all_at(&[whole[at]], at as u64).unwrap();
        }
    }
    scene.restart(1).await;
}

#[tokio::test]
async fn a_truncated_index_never_changes_what_is_served() {
    let mut scene = Scene::new().await;
    let whole = tempfile::tempdir().unwrap();
    copy(&scene.index, whole.path());
    for (path, len) in files(whole.path()) {
        let name = path.strip_prefix(whole.path()).unwrap();
        for part in 0..6 {
            replace(whole.path(), &scene.index);
            let file = fs::File::options().write(true).open(scene.index.join(name));
            file.unwrap().set_len(len * part / 6).unwrap();
            scene.restart(0).await;
        }
    }
    scene.restart(1).await;
}

#[tokio::test]
async fn no_flipped_bit_of_the_index_changes_what_is_served() {
    let mut scene = Scene::new().await;
    let whole = tempfile::tempdir().unwrap();
    copy(&scene.index, whole.path());
    let (mut flipped, mut rebuilt) = (0, 0);
    for (path, len) in files(whole.path()) {
        let name = path.strip_prefix(whole.path()).unwrap();
        let bytes = fs::read(&path).unwrap();
        // Where something is written, spread evenly, with a different bit each time.
        let written: Vec<u64> = (0..len)
            .filter(|at| bytes[usize::try_from(*at).unwrap()] != 0)
            .collect();
        for n in 0..FLIPS.min(written.len()) {
            let at = written[n * written.len() / FLIPS.min(written.len())];
            replace(whole.path(), &scene.index);
            let file = fs::File::options().write(true).open(scene.index.join(name));
            let byte = bytes[usize::try_from(at).unwrap()] ^ (1 << (n % 8));
            file.unwrap().write_all_at(&[byte], at).unwrap();
            let log = scene.restart(0).await;
            flipped += 1;
            rebuilt += usize::from(log.contains(REBUILT));
        }
    }
    println!("{flipped} bits flipped, the index was rebuilt {rebuilt} times");
    assert!(rebuilt > 0, "no flip was noticed: nothing was tested");
    scene.restart(1).await;
}

#[tokio::test]
async fn an_index_that_cannot_be_written_stops_nobody() {
    for point in [
        "index-before-apply",
        "index-after-apply",
        "index-before-flush",
        "index-before-begin",
    ] {
        let mut scene = Scene::new().await;
        fs::remove_dir_all(&scene.index).unwrap();
        let fault = Fault::Error(EIO);
        let plan = Plan {
            point,
            count: 1,
            fault,
        };
        match Process::armed(&scene.load.deployment, plan, None) {
            Ok(server) => {
                scene.load.run(server.address, WRITTEN).await;
                scene.load.verify(server.address).await;
                let log = server.stop();
                let words = ["the index is given up", "runs without an index"];
                let said = words.iter().any(|words| log.contains(words));
                assert!(said, "{point}: {log}");
            }
            Err(ended) => panic!("{point}: {ended:?}"),
        }
        scene.restart(1).await;
    }
}

const WRITTEN: usize = 60;
const REBUILT: &str = "the index is not used and is rebuilt from the journal";
/// For each file of the index.
const FLIPS: usize = 24;
