//! The raw costs of this machine in this run: one strict verification, one durable write, one bare fan-out.

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, SigningKey};

use crate::report::{Report, Row, percentile};

/// What everything else is held against.
#[derive(Debug)]
pub(crate) struct Probes {
    /// CPU of one `verify_strict` of 1 KiB with its key parsed, µs.
    pub(crate) verify_us: f64,
    /// Write and fdatasync of 600 bytes, p99, µs.
    pub(crate) sync_p99_us: f64,
    /// Records of 600 bytes a second, 64 to a write and fdatasync, in a file filled ahead.
    pub(crate) raw_batch_per_s: f64,
}

impl Probes {
    pub(crate) fn measure(dir: &Path, report: &mut Report) -> Self {
        let verify_us = verify();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let verify_per_s = verify_on(threads);
        let mut syncs = syncs(dir);
        let (sync_p50_us, sync_p99_us) =
            (percentile(&mut syncs, 0.5), percentile(&mut syncs, 0.99));
        let raw_batch_per_s = raw_batches(dir);
        report.add(Row::plain(
            "probe: verify_strict of 1 KiB, one core",
            verify_us,
            "us",
        ));
        report.add(Row::plain(
            "probe: verify_strict of 1 KiB, all cores",
            verify_per_s,
            "1/s",
        ));
        report.add(Row::plain(
            "probe: write + fdatasync p50",
            sync_p50_us,
            "us",
        ));
        report.add(Row::plain(
            "probe: write + fdatasync p99",
            sync_p99_us,
            "us",
        ));
        let name = "probe: raw file filled ahead, 64 records a sync";
        report.add(Row::plain(name, raw_batch_per_s, "records/s"));
        Self {
            verify_us,
            sync_p99_us,
            raw_batch_per_s,
        }
    }
}

/// CPU time of this thread, so that neighbours do not count.
fn thread_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn verify() -> f64 {
    let key = SigningKey::from_bytes(&[1; 32]);
    let message = [7; 1024];
    let signature = key.sign(&message);
    let bytes = key.verifying_key().to_bytes();
    let before = thread_cpu();
    for _ in 0..VERIFICATIONS {
        let key = ed25519_dalek::VerifyingKey::from_bytes(black_box(&bytes)).expect("a key");
        key.verify_strict(black_box(&message), &signature)
            .expect("a signature");
    }
    (thread_cpu() - before).as_secs_f64() * 1e6 / f64::from(VERIFICATIONS)
}

fn verify_on(threads: usize) -> f64 {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(verify);
        }
    });
    f64::from(VERIFICATIONS) * threads as f64 / began.elapsed().as_secs_f64()
}

fn syncs(dir: &Path) -> Vec<f64> {
    let path = dir.join("probe.append");
    let mut file = File::create(&path).expect("a file");
    let record = [7; RECORD];
    let took = (0..SYNCS).map(|_| {
        let began = Instant::now();
        file.write_all(&record).expect("room");
        file.sync_data().expect("a disk");
        began.elapsed().as_secs_f64() * 1e6
    });
    let took = took.collect();
    std::fs::remove_file(path).ok();
    took
}

fn raw_batches(dir: &Path) -> f64 {
    let path = dir.join("probe.filled");
    let len = RECORD * BATCH * BATCHES;
    std::fs::write(&path, vec![0; len]).expect("room");
    let file = OpenOptions::new().write(true).open(&path).expect("a file");
    file.sync_all().expect("a disk");
    let batch = vec![7; RECORD * BATCH];
    let began = Instant::now();
    for n in 0..BATCHES {
        file.write_all_at(&batch, (n * batch.len()) as u64)
            .expect("room");
        file.sync_data().expect("a disk");
    }
    let rate = (BATCH * BATCHES) as f64 / began.elapsed().as_secs_f64();
    std::fs::remove_file(path).ok();
    rate
}

const VERIFICATIONS: u32 = 20_000;
const SYNCS: usize = 2_000;
/// Bytes of a record in the store's probes.
pub(crate) const RECORD: usize = 600;
/// Records of one batch.
pub(crate) const BATCH: usize = 64;
/// Batches.
pub(crate) const BATCHES: usize = 1_000;
