//! No answer leaves before the syncs that cover it.
//!
//! The armed server writes down, one line each and in one file under one lock, every point that it passes. What this shows:
//! the lines are in an order in which the points were really passed; `x-after-sync` is passed only when the call to the
//! kernel has returned without an error, and the thread that syncs passes it before it goes on; `socket-before-write` is
//! passed before the bytes of a frame are given to TLS, and its line names the record of the receipt in those very bytes,
//! as the line of a batch names the records in the bytes that are written. So a receipt whose line stands after the
//! `after-sync` lines of its batch was handed to the socket after the kernel had confirmed them. `durable` is the only
//! place that writes or syncs (`clippy.toml`), and each call stands between its two points there. What it does not show:
//! that the kernel and the disk keep what they confirm.

use std::collections::BTreeSet;

use crate::load::Load;
use crate::process::{Fault, Plan, Process};

/// What a trace has shown so far.
#[derive(Default)]
struct Trace {
    /// Bodies or records that are written and not synced.
    unsynced: BTreeSet<String>,
    /// The batch in work: its records, and the steps that are durable.
    batch: Option<(Vec<u64>, Vec<String>)>,
    covered: BTreeSet<u64>,
    receipts: usize,
}

impl Trace {
    fn pass(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split(' ');
        let point = words.next().unwrap();
        let indexes = words.map(|index| index.parse().unwrap());
        let (subject, moment) = point.split_once('-').unwrap();
        match (subject, moment) {
            ("records", "before-write") => {
                let bodies = self.unsynced.is_empty();
                bodies.then_some(()).ok_or("records before their bodies")?;
                // The first batch of a log is answered to nobody.
                self.close()?;
                self.batch = Some((indexes.collect(), Vec::new()));
                self.unsynced.insert(subject.to_owned());
            }
            (_, "before-write") if subject != "socket" => {
                self.unsynced.insert(subject.to_owned());
            }
            (_, "after-sync") => {
                self.unsynced.remove(subject);
                self.durable(subject);
            }
            (_, "before-rename") => {
                if !self.unsynced.insert(subject.to_owned()) {
                    return Err(format!("{subject} is renamed before its sync"));
                }
                // The bytes are durable; under this name they are only once the folder is.
                if let Some((_, durable)) = &mut self.batch {
                    durable.retain(|one| one != subject);
                }
            }
            (_, "after-folder-sync") => {
                self.unsynced.remove(subject);
                self.durable(subject);
            }
            ("answer", _) => self.close()?,
            ("socket", _) => {
                for index in indexes {
                    let covered = self.covered.contains(&index);
                    covered
                        .then_some(())
                        .ok_or_else(|| format!("record {index} is not durable"))?;
                    self.receipts += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The batch in work must be durable; from here on its records may be answered.
    fn close(&mut self) -> Result<(), String> {
        let Some((records, durable)) = self.batch.take() else {
            return Ok(());
        };
        let grown = !records.is_empty();
        let expected = STEPS.iter().filter(|step| grown || **step != "log.last");
        if !self.unsynced.is_empty() || !durable.iter().eq(expected) {
            return Err(format!("only {durable:?} are durable"));
        }
        self.covered.extend(records);
        Ok(())
    }

    fn durable(&mut self, subject: &str) {
        if let Some((_, durable)) = &mut self.batch
            && STEPS.contains(&subject)
            && !durable.iter().any(|one| one == subject)
        {
            durable.push(subject.to_owned());
        }
    }
}

/// Checks a trace of a server that began with `size` records; gives the number of receipts in it.
pub(crate) fn receipts_after_syncs(trace: &str, size: u64) -> Result<usize, String> {
    let mut state = Trace {
        covered: (0..size).collect(),
        ..Trace::default()
    };
    for (number, line) in trace.lines().enumerate() {
        state
            .pass(line)
            .map_err(|error| format!("line {number}, {line}: {error}"))?;
    }
    Ok(state.receipts)
}

#[tokio::test]
async fn no_receipt_is_written_to_a_socket_before_the_syncs_that_cover_it() {
    let mut load = Load::new();
    let trace = load.deployment.dir.path().join("trace");
    // The death of the server ends the trace in the middle of the load.
    let plan = Plan {
        point: "records-after-write",
        count: 30,
        fault: Fault::Abort,
    };
    let server = Process::armed(&load.deployment, plan, Some(&trace)).unwrap();
    load.verify(server.address).await;
    load.run(server.address, usize::MAX).await;
    server.ended();
    let trace = std::fs::read_to_string(trace).unwrap();
    let receipts = receipts_after_syncs(&trace, 0).unwrap();
    assert!(receipts > 0 && receipts >= load.acknowledged());
    println!("{receipts} receipts, {} points", trace.lines().count());
}

#[test]
fn the_judge_of_traces_sees_an_answer_that_is_too_early() {
    let sound = "records-before-write 0\nrecords-after-sync\nlog.last-before-write\nlog.last-after-sync\n\
        checkpoint-after-sync\ncheckpoint-before-rename\ncheckpoint-after-folder-sync\n\
        checkpoint.copy-after-sync\nanswer-before-send\nsocket-before-write 0\n";
    assert_eq!(receipts_after_syncs(sound, 0), Ok(1));
    for missing in sound.lines().filter(|line| !line.starts_with("socket")) {
        let early = sound.replacen(&format!("{missing}\n"), "", 1);
        let judged = receipts_after_syncs(&early, 0);
        let harmless = [
            "log.last-before-write",
            "checkpoint-after-sync",
            "checkpoint-before-rename",
        ];
        let harmless = harmless.contains(&missing);
        assert_eq!(judged.is_ok(), harmless, "without {missing}");
    }
}

const STEPS: [&str; 4] = ["records", "log.last", "checkpoint", "checkpoint.copy"];
