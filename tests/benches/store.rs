//! The store alone: group commit and disk bytes against the raw file, and how long a start takes.

use std::fs;
use std::path::Path;
use std::time::Instant;

use sha2::{Digest, Sha256};
use thamvan_proto::entry::sha256;
use thamvan_server::Journal;
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::{Change, Sequenced};

use crate::load;
use crate::probe::{BATCH, BATCHES, Probes, RECORD};
use crate::process::Process;
use crate::report::{Report, Row, Target};
use crate::world::{World, data};

/// Batches of 64 records of 600 bytes, as the sequencer appends them.
pub(crate) fn group_commit(probes: &Probes, report: &mut Report) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let journal = Journal::open(dir.path()).expect("an empty journal");
    let batches: Vec<Batch> = (0..BATCHES).map(batch).collect();
    let began = Instant::now();
    for batch in &batches {
        journal.append(batch).expect("a disk");
    }
    let records = (BATCH * BATCHES) as f64;
    let rate = records / began.elapsed().as_secs_f64();
    let row = Row::plain("group commit of 64 waiting", rate, "records/s");
    report.add(row.against(
        probes.raw_batch_per_s,
        "raw file, 64 a sync",
        Target::AtLeast(0.7),
    ));
    let each = used_bytes(dir.path()) as f64 / records;
    let row = Row::plain(
        "disk bytes of a record of 600 B, bodies and changes",
        each,
        "B",
    );
    report.add(row.against(RECORD as f64, "payload", Target::AtMost(1.15)));
}

/// 250 bytes of body, 350 of record: what the raw probe writes as one record.
fn batch(number: usize) -> Batch {
    let mut batch = Batch::default();
    for n in 0..BATCH {
        let index = (number * BATCH + n) as u64;
        let mut body = vec![7; 250];
        body[..8].copy_from_slice(&index.to_be_bytes());
        let hash = sha256(&body);
        batch.bodies.push((hash, body));
        batch.changes.push(Change::Sequenced(Box::new(Sequenced {
            index,
            record: vec![7; RECORD - 250].into(),
            body: hash,
            sides: Vec::new(),
            stream_key: None,
        })));
    }
    batch
}

/// Bytes of the segments that are not zeros filled ahead.
fn used_bytes(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).expect("a folder").flatten();
    let used = files.map(|file| {
        let bytes = fs::read(file.path()).unwrap_or_default();
        bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |at| at + 1) as u64
    });
    used.sum()
}

/// Start with the index, without it, and after a kill, at `target` records; beside a sequential read with SHA-256.
pub(crate) async fn reopen(
    world: &mut World,
    mut server: Process,
    target: u64,
    report: &mut Report,
) {
    load::grow(world, &server, target).await;
    let size = world.size();
    let journal = data(world.dir.path()).join("journal");
    let used = used_bytes(&journal) as f64 / size as f64;
    report.add(Row::plain(
        format!("{size} records: journal bytes a message"),
        used,
        "B",
    ));
    server.stop();
    let read = read_and_hash(&journal);
    let row = |what: &str, seconds| Row::plain(format!("{size} records: {what}"), seconds, "s");
    report.add(row("sequential read with SHA-256", read));
    server = Process::server(world.dir.path());
    report.add(row("reopen after a clean stop", server.seconds()).target(Target::AtMost(1.0)));
    server.kill();
    server = Process::server(world.dir.path());
    report.add(row("reopen after kill -9", server.seconds()));
    server.stop();
    fs::remove_dir_all(data(world.dir.path()).join("index")).expect("an index");
    server = Process::server(world.dir.path());
    let rebuilt = row("rebuild without an index", server.seconds());
    report.add(rebuilt.against(read, "sequential read s", Target::AtMost(1.5)));
    server.stop();
}

fn read_and_hash(dir: &Path) -> f64 {
    let began = Instant::now();
    for file in fs::read_dir(dir).expect("a folder").flatten() {
        let bytes = fs::read(file.path()).expect("a segment");
        for part in bytes.chunks(RECORD) {
            std::hint::black_box(Sha256::digest(part));
        }
    }
    began.elapsed().as_secs_f64()
}
