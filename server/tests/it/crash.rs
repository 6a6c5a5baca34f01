//! A server that dies at any moment: what it acknowledged is there, in its place, and the rest can be submitted again.
//!
//! In scope: death of the process (kill -9, abort at each named point, death during recovery). Out of scope: loss of power;
//! that no answer leaves before the syncs that cover it is shown in `order`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::timeout;

use crate::backup::second_copy;
use crate::load::Load;
use crate::process::{Fault, Plan, Process};

/// Points that every batch of new entries passes, in order.
pub(crate) fn points() -> Vec<String> {
    let written = ["before-write", "mid-write", "after-write"];
    let synced = ["before-sync", "after-sync"];
    let mut points = Vec::new();
    for subject in [
        "bodies",
        "records",
        "log.last",
        "checkpoint",
        "checkpoint.copy",
    ] {
        let steps = written.iter().chain(&synced);
        points.extend(steps.map(|step| format!("{subject}-{step}")));
    }
    points.extend(["answer-before-send", "socket-before-write"].map(str::to_owned));
    points
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = std::env::var("THAMVAN_TEST_SEED").map_or_else(
            |_| u64::from(since.subsec_nanos()),
            |seed| seed.parse().unwrap(),
        );
        println!("THAMVAN_TEST_SEED={seed}");
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn abort(point: &str, count: u32) -> Plan<'_> {
    Plan {
        point,
        count,
        fault: Fault::Abort,
    }
}

/// Restarts the shipped binary, looks at everything, and submits again what was not acknowledged.
async fn recover(load: &mut Load) {
    let server = Process::start(&load.deployment);
    load.verify(server.address).await;
    load.run(server.address, RESUBMITTED).await;
    server.kill();
}

#[tokio::test]
async fn kill_9_at_random_moments_loses_and_reorders_nothing_acknowledged() {
    let mut random = Random::seeded();
    let mut load = Load::new();
    let mut before = 0;
    for _ in 0..KILLS {
        let server = Process::start(&load.deployment);
        load.verify(server.address).await;
        let moment = Duration::from_micros(random.below(MOMENT_MICROS_MAX));
        let clients = load.connect(server.address).await;
        // The load runs until the moment comes; whatever the server is doing then is cut off.
        let _ = timeout(moment, load.write(clients, usize::MAX)).await;
        server.kill();
        println!(
            "after {moment:?}: {} acknowledged",
            load.acknowledged() - before
        );
        before = load.acknowledged();
    }
    recover(&mut load).await;
    recover(&mut load).await;
    assert!(load.acknowledged() > RESUBMITTED, "nothing was tested");
}

#[tokio::test]
async fn death_at_every_point_of_a_batch_loses_and_reorders_nothing_acknowledged() {
    let mut random = Random::seeded();
    let mut load = Load::new();
    recover(&mut load).await;
    for point in points() {
        let count = 1 + u32::try_from(random.below(3)).unwrap();
        die_at(&mut load, &point, count).await;
        recover(&mut load).await;
    }
    recover(&mut load).await;
}

/// Writes until the armed server dies at the point; it must.
async fn die_at(load: &mut Load, point: &str, count: u32) {
    match Process::armed(&load.deployment, abort(point, count), None) {
        Ok(server) => {
            load.run(server.address, LOAD_MAX).await;
            let ended = server.ended();
            assert_eq!(ended.status.code(), None, "{point}: {ended:?}");
        }
        Err(ended) => assert_eq!(ended.status.code(), None, "{point}: {ended:?}"),
    }
}

#[tokio::test]
async fn death_at_every_point_of_the_index_costs_nothing_but_time() {
    let mut load = Load::new();
    recover(&mut load).await;
    let index = load.deployment.dir.path().join("server/index");
    for point in ["index-before-apply", "index-after-apply"] {
        for count in 1..4 {
            die_at(&mut load, point, count).await;
            recover(&mut load).await;
        }
    }
    for point in ["index-before-flush", "index-after-flush"] {
        let server = Process::armed(&load.deployment, abort(point, 1), None);
        let server = server.unwrap_or_else(|ended| panic!("{point}: {ended:?}"));
        load.run(server.address, RESUBMITTED).await;
        let ended = server.terminate();
        assert_eq!(ended.status.code(), None, "{point}: {ended:?}");
        recover(&mut load).await;
    }
    std::fs::remove_dir_all(&index).unwrap();
    // Twice: a second fault while what the first left behind is recovered from.
    for _ in 0..2 {
        let ended = Process::armed(&load.deployment, abort("index-before-begin", 1), None);
        assert!(ended.is_err_and(|ended| ended.status.code().is_none()));
    }
    recover(&mut load).await;
    recover(&mut load).await;
}

#[tokio::test]
async fn death_around_the_second_copy_is_recovered_from() {
    let mut load = Load::new();
    let _second = second_copy(&load);
    recover(&mut load).await;
    for step in ["before-write", "mid-write", "before-sync", "after-sync"] {
        die_at(&mut load, &format!("checkpoint.second-{step}"), 2).await;
        recover(&mut load).await;
    }
    recover(&mut load).await;
}

#[tokio::test]
async fn death_during_the_first_start_leaves_a_folder_that_starts() {
    for point in [
        "bodies-before-create",
        "bodies-mid-create",
        "bodies-after-create",
        "bodies-mid-write",
        "records-mid-create",
        "records-before-write",
        "records-mid-write",
        "records-after-sync",
        "log.last-after-sync",
        "checkpoint-after-sync",
        "checkpoint-after-rename",
        "checkpoint-before-folder-sync",
        "checkpoint.copy-before-rename",
    ] {
        let mut load = Load::new();
        die_at(&mut load, point, 1).await;
        recover(&mut load).await;
        recover(&mut load).await;
    }
}

#[tokio::test]
async fn death_during_recovery_is_recovered_from() {
    let mut load = Load::new();
    recover(&mut load).await;
    for torn in [
        "bodies-mid-write",
        "records-mid-write",
        "log.last-mid-write",
    ] {
        for point in [
            "recovery-before-apply",
            "recovery-before-cut",
            "bodies-before-clear",
            "bodies-after-clear",
            "records-after-clear",
            "recovery-after-cut",
        ] {
            die_at(&mut load, torn, 2).await;
            // Twice: what the first recovery left behind is recovered from as well.
            for _ in 0..2 {
                let ended = Process::armed(&load.deployment, abort(point, 1), None);
                assert!(ended.is_err_and(|ended| ended.status.code().is_none()));
            }
            recover(&mut load).await;
        }
    }
}

const KILLS: u32 = 50;
const MOMENT_MICROS_MAX: u64 = 100_000;
/// Entries for each writer in a restart; more than can wait after a death.
const RESUBMITTED: usize = 10;
/// Entries for each writer within which an armed point must be passed.
const LOAD_MAX: usize = 200;
