//! Replays the fuzz corpus and, for each target, a number of deterministic mutations of it.
//!
//! In scope: the targets of `thamvan_tests::fuzz`. `UPDATE_VECTORS=1` writes the seeds again; `FUZZ_SEED` and `FUZZ_RUNS` choose other and more
//! mutations. Out of scope: coverage-guided search (tests/fuzz/README.md).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use thamvan_tests::fuzz::mutate::{Random, mutate};
use thamvan_tests::fuzz::seeds::{accepted, broken};
use thamvan_tests::fuzz::{ACCEPTS, TARGETS};

fn corpus(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

/// Writes the seeds once where that is asked for, before anything is read.
static UPDATE: LazyLock<()> = LazyLock::new(|| {
    if std::env::var_os("UPDATE_VECTORS").is_none() {
        return;
    }
    for (target, files) in generated() {
        fs::create_dir_all(corpus(target)).expect("the folder can be made");
        for (name, bytes) in files {
            fs::write(corpus(target).join(name), bytes).expect("the file can be written");
        }
    }
});

/// All committed files of a target, by name.
fn committed(target: &str) -> BTreeMap<String, Vec<u8>> {
    LazyLock::force(&UPDATE);
    fs::read_dir(corpus(target))
        .into_iter()
        .flatten()
        .map(|file| {
            let file = file.expect("the folder can be read");
            let name = file.file_name().into_string().expect("names are ASCII");
            (name, fs::read(file.path()).expect("the file can be read"))
        })
        .collect()
}

/// The files that belong in the corpus of each target.
fn generated() -> BTreeMap<&'static str, Vec<(String, Vec<u8>)>> {
    let mut broken = broken();
    accepted()
        .into_iter()
        .map(|(target, seeds)| {
            let named = seeds
                .into_iter()
                .enumerate()
                .map(|(n, bytes)| (format!("session-{n:02}"), bytes));
            let broken = broken.remove(target).map(|bytes| ("broken".into(), bytes));
            (target, named.chain(broken).collect())
        })
        .collect()
}

#[test]
fn the_corpus_is_committed_small_and_accepted() {
    let generated = generated();
    let mut total = 0;
    for (target, accepts) in ACCEPTS {
        let files = generated.get(target).map(Vec::as_slice).unwrap_or_default();
        let committed = committed(target);
        total += committed.values().map(Vec::len).sum::<usize>();
        for (name, bytes) in files {
            assert!(
                committed.get(name) == Some(bytes),
                "{target}/{name} is out of date"
            );
        }
        let good = committed.values().filter(|bytes| accepts(bytes)).count();
        assert!(good > 0, "{target} accepts nothing of its corpus");
    }
    assert!(total < CORPUS_LEN_MAX, "the corpus has {total} bytes");
}

#[test]
fn targets_hold_on_the_corpus_and_its_mutations() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("FUZZ_SEED").unwrap_or(SEED);
    println!("FUZZ_SEED={seed}");
    for (target, run) in TARGETS {
        let seeds: Vec<Vec<u8>> = committed(target).into_values().collect();
        let mut random = Random(seed);
        let runs = number("FUZZ_RUNS").unwrap_or(match *target {
            "ledger" => RUNS_OF_THE_LEDGER,
            _ => RUNS,
        });
        seeds.iter().for_each(|bytes| checked(target, *run, bytes));
        for _ in 0..runs {
            let at = random.below(seeds.len());
            let data = mutate(&mut random, &seeds[at], &seeds);
            checked(target, *run, &data);
        }
    }
}

/// Names the input before the panic goes on.
fn checked(target: &str, run: fn(&[u8]), data: &[u8]) {
    let outcome = std::panic::catch_unwind(|| run(data));
    if let Err(panic) = outcome {
        println!("{target} fails on {}", data_encoding::HEXLOWER.encode(data));
        std::panic::resume_unwind(panic);
    }
}

const SEED: u64 = 20_260_921;
const RUNS: u64 = 6_000;
const RUNS_OF_THE_LEDGER: u64 = 1_200;
const CORPUS_LEN_MAX: usize = 300 * 1024;
