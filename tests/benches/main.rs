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
mod client;
#[path = "../../server/core/src/fixture.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod fixture;
mod load;
mod probe;
mod process;
mod report;
mod world;

use std::path::Path;

use probe::Probes;
use process::Process;
use report::Report;
use world::World;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|one| one != "--bench");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match (arguments.next().as_deref(), arguments.next()) {
        (Some(bare::ROLE), Some(dir)) => runtime.block_on(bare::serve(Path::new(&dir))),
        (out, _) => runtime.block_on(measure(Path::new(out.unwrap_or("bench.json")))),
    }
}

async fn measure(out: &Path) {
    let mut report = Report::default();
    let mut world = World::new();
    let dir = world.dir.path().to_owned();
    let probes = Probes::measure(&dir, &mut report);
    let bare_us = bare::measure(&dir, &mut report).await;
    let server = Process::server(&dir);
    load::ingest(&mut world, &server, &probes, &mut report).await;
    load::fan_out(&mut world, &server, bare_us, &mut report).await;
    load::latency(&mut world, &server, &probes, &mut report).await;
    load::idle(&mut world, &server, &mut report).await;
    server.stop();
    report.write(out).expect("bench.json is written");
}
