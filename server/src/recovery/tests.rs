//! What a start costs: `THAMVAN_REOPEN_RECORDS=100000 cargo nextest run … reopen --no-capture` prints it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::{Hash, Policy};
use tokio::sync::mpsc;

use super::*;
use crate::config::clock_ms;
use crate::sequencer::Sequencer;
use crate::server::start;
use crate::shared::Shared;
use crate::{Init, init};

#[path = "../../core/src/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use fixture::{ADMIN, APPROVER, Authority, Device, LAN, MINH, agency};

pub(super) fn register(dir: &Path) -> Config {
    let folder = Init {
        dir: dir.to_owned(),
        origin: Some("example.org/thamvan".into()),
        listen: "127.0.0.1:0".into(),
        names: Vec::new(),
        witnesses: Vec::new(),
        quorum: None,
    };
    init(&folder).unwrap();
    let policy = std::fs::read_to_string(dir.join("policy.txt")).unwrap();
    let key = Policy::parse(&policy).unwrap().log().to_string();
    let policy = thamvan_proto::entry::sha256(policy.as_bytes());
    let mut authority = Authority::new("example.org/thamvan", &key, policy, clock_ms());
    let devices =
        [(1, ADMIN), (2, APPROVER), (3, LAN), (4, MINH)].map(|(n, of)| Device::new(n, of));
    let facts = devices
        .each_ref()
        .map(|one| thamvan_proto::directory::Statement::DeviceEnrol(one.fact.clone()));
    let items = [
        authority.genesis(),
        authority.begin(&devices.each_ref(), clock_ms()),
        authority.state(facts.to_vec(), Vec::new(), clock_ms()),
    ];
    let bytes: Vec<u8> = items.iter().flat_map(thamvan_proto::cbor::to_vec).collect();
    std::fs::write(dir.join("genesis.cbor"), bytes).unwrap();
    let config = dir.join("thamvan.toml");
    Config::read(&config).unwrap()
}

pub(super) fn started(config: &Config) -> (Arc<Shared>, Sequencer) {
    let signer = LogSigner::open(&config.data).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (fatal, _) = mpsc::channel(1);
    let (shared, sequencer, _) = start(config, signer, fatal, runtime.handle()).unwrap();
    (shared, sequencer)
}

/// Entries of one author, each with a body of its own, in batches as a busy server makes them.
pub(super) fn fill(shared: &Shared, sequencer: &mut Sequencer, count: u32) {
    let mut author = Device::new(1, ADMIN).author(StreamId::DIRECTORY);
    author.resume(shared.state().ledger());
    let of = Author::Device(author.device);
    let first = shared.state().tree().size();
    let mut batch = Batch::default();
    for n in 0..count {
        let name = format!("a{}", (first + u64::from(n)) % 500);
        let body = thamvan_proto::cbor::to_vec(&agency(&name, Vec::new()));
        let entry = author.entry(EntryType::Statement, &body, clock_ms());
        let submission = Submission {
            entry: &entry,
            body: &body,
            sides: &[],
            stream_key: None,
        };
        let parsed = submit::parse(&entry).unwrap();
        let decided = submit::decide(&shared.state(), parsed, &submission, of, clock_ms());
        let Outcome::New(decided) = decided.unwrap() else {
            panic!("an entry stands twice");
        };
        let mut state = shared.state_mut();
        state
            .apply_decided(&decided.sequenced, decided.parsed, &body)
            .unwrap();
        drop(state);
        batch
            .changes
            .push(Change::Sequenced(Box::new(decided.sequenced)));
        batch.bodies.extend(decided.bodies);
        if batch.changes.len() == 500 || n + 1 == count {
            sequencer.commit(&std::mem::take(&mut batch)).unwrap();
            sequencer.index.wake();
        }
    }
}

/// Prints what the work of this thread takes: on a machine with other work, only its time on a core tells something.
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (begin, busy) = (Instant::now(), on_core());
    let done = work();
    let (took, busy) = (begin.elapsed(), on_core().saturating_sub(busy));
    println!("{what}: {took:?}, of which {busy:?} on a core");
    done
}

fn on_core() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn root(shared: &Shared) -> (u64, Hash) {
    let state = shared.state();
    (state.tree().size(), state.tree().root())
}

#[test]
fn a_register_reopened_with_and_without_its_index_is_the_same() {
    let count = std::env::var("THAMVAN_REOPEN_RECORDS");
    let count = count.map_or(3_000, |count| count.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let config = register(dir.path());
    let (shared, mut sequencer) = started(&config);
    timed("fill", || fill(&shared, &mut sequencer, count));
    let written = root(&shared);
    assert_eq!(written.0, u64::from(count) + 3);
    timed("stop", || drop(sequencer));
    drop(shared);

    let files = std::fs::read_dir(config.data.join(JOURNAL_DIR)).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    let bytes = timed("sequential read of the journal with SHA-256", || {
        let read = files.iter().map(|path| {
            let bytes = std::fs::read(path).unwrap();
            Sha256::digest(&bytes);
            bytes.len()
        });
        read.sum::<usize>()
    });
    println!("{bytes} bytes");

    let signer = LogSigner::open(&config.data).unwrap();
    let checkpoints = CheckpointFile::of(&config);
    let index = config.data.join(INDEX_DIR);
    let indexed = timed("reopen with the index", || {
        open_indexed(&config, &index, &signer, &checkpoints).unwrap()
    });
    let (_, _, recovered) = indexed.expect("a whole index is not used");
    assert_eq!(
        (recovered.state.tree().size(), recovered.state.tree().root()),
        written
    );
    drop(recovered);

    std::fs::remove_dir_all(&index).unwrap();
    let (shared, sequencer) = timed("reopen without it", || started(&config));
    assert_eq!(root(&shared), written);
    timed("the rest of its rebuilding, at most 2 s", || {
        drop(sequencer)
    });
    let report = timed("check, everything verified", || crate::check(&config));
    assert_eq!((report.verdict, report.tree_size), ("ok", written.0));
}

#[test]
fn the_index_leaves_the_last_room_on_the_disk_to_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = register(dir.path());
    let rows = |config: &Config| {
        let mut index = Index::open(&config.data.join(INDEX_DIR)).unwrap();
        index.load().unwrap().map(|(known, _)| known.records.len())
    };
    config.free_bytes = |_| Ok(crate::limits::STORAGE_FREE_BYTES_MIN - 1);
    drop(started(&config));
    assert_eq!(rows(&config), None);
    config.free_bytes = |_| Ok(crate::limits::STORAGE_FREE_BYTES_MIN);
    drop(started(&config));
    assert_eq!(rows(&config), Some(3));
}
