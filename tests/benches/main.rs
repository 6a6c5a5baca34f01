//! Measures the shipped server on this machine, beside the raw costs of the same run.
//!
//! `tests/bench` builds and runs it. Every number has its probe in the same run: judge the ratios, not the values. Nothing
//! here is asserted; a target that is missed is printed as missed.
#![allow(
    clippy::cast_precision_loss,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

mod bare;
mod borrowed;
mod client;
#[path = "../../server/core/src/fixture.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod fixture;
mod load;
mod probe;
mod process;
mod report;
mod store;
mod world;

use std::path::Path;

use probe::Probes;
use process::Process;
use report::{Report, Target};
use world::World;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| one != "--bench")
        .collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match arguments.as_slice() {
        [role, dir] if role == bare::ROLE => runtime.block_on(bare::serve(Path::new(dir))),
        [out, parts @ ..] => runtime.block_on(measure(Path::new(out), parts)),
        [] => runtime.block_on(measure(Path::new("bench.json"), &[])),
    }
}

/// Measures the parts that are named, or all.
async fn measure(out: &Path, parts: &[String]) {
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    let mut report = Report::default();
    let mut world = World::new();
    let dir = world.dir.path().to_owned();
    let probes = Probes::measure(&dir, &mut report);
    let server = Process::server(&dir);
    if wanted("ingest") {
        load::ingest(&mut world, &server, &probes, &mut report).await;
    }
    if wanted("fan-out") {
        let bare_us = bare::measure(&dir, &mut report).await;
        load::fan_out(&mut world, &server, bare_us, &mut report).await;
    }
    if wanted("latency") {
        load::latency(&mut world, &server, &probes, &mut report).await;
    }
    if wanted("idle") {
        load::idle(&mut world, &server, &mut report).await;
    }
    if wanted("store") {
        store::group_commit(&probes, &mut report);
    }
    if wanted("hostile") {
        let targets = [Target::AtMost(2.0)];
        // The slowest hundredth of a round is one or two requests: few rounds would say little.
        let rounds = [("HOSTILE_ROUNDS", "25")];
        borrowed::measure(
            "thamvan-server",
            "hostile::",
            &rounds,
            &targets,
            &mut report,
        );
    }
    if wanted("audit") {
        let entries = [("THAMVAN_AUDIT_ENTRIES", "100000")];
        let targets = [Target::AtLeast(0.8), Target::AtMost(1.25)];
        borrowed::measure("thamvan-audit", "speed::", &entries, &targets, &mut report);
    }
    if wanted("reopen") {
        let records = std::env::var("RECORDS")
            .ok()
            .and_then(|text| text.parse().ok());
        store::reopen(&mut world, server, records.unwrap_or(100_000), &mut report).await;
    } else {
        server.stop();
    }
    report.write(out).expect("bench.json is written");
}
