//! How long a long log takes; `tests/bench audit` runs it with 100,000 entries.
//!
//! Without the variable a short log goes the same way, so that what is measured is also tested.

use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, VerifyingKey};
use tempfile::TempDir;
use thamvan_audit::Verdict;
use thamvan_proto::label::Label;

use crate::sample::Sample;
use crate::scene::{Who, scene};

#[test]
fn a_long_log_is_verified_at_nearly_the_speed_of_its_signatures() {
    let entries = std::env::var("THAMVAN_AUDIT_ENTRIES").ok();
    let entries = entries.map_or(600, |text| text.parse().unwrap());
    let mut sample = scene();
    while sample.leaves.len() < entries {
        let who = if sample.leaves.len().is_multiple_of(2) {
            Who::Lan
        } else {
            Who::Minh
        };
        sample.message(who, Label::Internal);
    }
    let dir = TempDir::new().unwrap();
    sample.write(dir.path());
    let (began, cpu) = (Instant::now(), process_cpu());
    let report = sample.verify(dir.path());
    let (wall, cpu) = (began.elapsed(), process_cpu() - cpu);
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    assert_eq!(report.checked.entries, entries as u64);
    let (raw_wall, raw_cpu) = raw(&sample, entries);
    let rate = |time: Duration| entries as f64 / time.as_secs_f64();
    println!(
        "measured\taudit verify of {entries} entries\t{:.0}\t1/s\tverify_strict on all cores\t{:.0}",
        rate(wall),
        rate(raw_wall),
    );
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / entries as f64;
    println!(
        "measured\taudit verify, CPU per entry\t{:.1}\tus\tverify_strict\t{:.1}",
        each(cpu),
        each(raw_cpu)
    );
}

/// As many strict verifications of 600 bytes, with their keys parsed, on all cores.
fn raw(sample: &Sample, entries: usize) -> (Duration, Duration) {
    let key = Who::Lan.key();
    let message = sample.leaves[0].0.repeat(12);
    let signature = key.sign(&message);
    let public = key.verifying_key().to_bytes();
    let cores = std::thread::available_parallelism().unwrap().get();
    let (began, cpu) = (Instant::now(), process_cpu());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                for _ in 0..entries / cores {
                    let key = VerifyingKey::from_bytes(std::hint::black_box(&public)).unwrap();
                    key.verify_strict(std::hint::black_box(&message), &signature)
                        .unwrap();
                }
            });
        }
    });
    (began.elapsed(), process_cpu() - cpu)
}

/// CPU time of all threads of this process (user and system, in ticks of 10 ms).
fn process_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
