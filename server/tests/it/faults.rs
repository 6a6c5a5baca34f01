//! A disk that fails or is full: the server says which step failed and why, answers nothing more, and starts again clean.

use thamvan_server::check;

use crate::backup::second_copy;
use crate::crash::points;
use crate::load::Load;
use crate::order::receipts_after_syncs;
use crate::process::{EIO, ENOSPC, Fault, Plan, Process};

#[tokio::test]
async fn every_failing_write_sync_and_rename_ends_the_server_with_words() {
    let mut load = Load::new();
    start_and_verify(&mut load).await;
    let points = points();
    let points = points.iter().filter(|point| {
        let failing = point.contains("-before-") || point.contains("-mid-");
        failing && !point.starts_with("answer") && !point.starts_with("socket")
    });
    for point in points {
        for number in [EIO, ENOSPC] {
            fail_at(&mut load, point, number).await;
        }
        start_and_verify(&mut load).await;
    }
}

#[tokio::test]
async fn a_second_copy_that_cannot_be_written_ends_the_server_with_words() {
    let mut load = Load::new();
    let _second = second_copy(&load);
    start_and_verify(&mut load).await;
    for step in ["before-write", "mid-write", "before-sync"] {
        fail_at(&mut load, &format!("checkpoint.second-{step}"), EIO).await;
    }
    start_and_verify(&mut load).await;
}

async fn start_and_verify(load: &mut Load) {
    let server = Process::start(&load.deployment);
    load.verify(server.address).await;
    load.run(server.address, 10).await;
    server.kill();
}

async fn fail_at(load: &mut Load, point: &str, number: i32) {
    let size = check(&load.deployment.config()).tree_size;
    let file = load.deployment.dir.path().join("trace");
    let plan = Plan {
        point,
        count: 2,
        fault: Fault::Error(number),
    };
    let server = Process::armed(&load.deployment, plan, Some(&file)).unwrap();
    load.run(server.address, 200).await;
    let ended = server.ended();
    assert_eq!(ended.status.code(), Some(1), "{point}: {ended:?}");
    let (subject, step) = point.split_once('-').unwrap();
    let (_, step) = step.split_once('-').unwrap();
    let words = format!("thamvan-server: {subject}: {step} failed: ");
    let reason = format!("(os error {number})");
    assert!(ended.log.contains(&words), "{words}: {ended:?}");
    assert!(ended.log.contains(&reason), "{reason}: {ended:?}");

    let trace = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    receipts_after_syncs(&trace, size).unwrap();
    let passed: Vec<usize> = trace
        .lines()
        .enumerate()
        .filter(|(_, line)| line.split(' ').next() == Some(point))
        .map(|(at, _)| at)
        .collect();
    let after = trace.lines().skip(passed[1]);
    assert_eq!(passed.len(), 2, "{point} is not passed again");
    assert!(!after.clone().any(|line| line.starts_with("answer")));
}
