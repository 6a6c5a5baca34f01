//! No answer leaves before the syncs that cover it.
//!
//! The armed server writes down, one line each and in one file under one lock, every point that it passes. What this shows:
//! the lines are in an order in which the points were really passed; `x-after-sync` is passed only when the call to the
//! kernel has returned without an error, and the thread that syncs passes it before it goes on; `socket-before-write` is
//! passed before the bytes of a frame are given to TLS, and its line names the record of the receipt in those very bytes,
//! as the line of a batch names the records in the bytes that are written. Files that are synced side by side are so on threads
//! of their own, and whoever goes on has waited for all of them. So a receipt whose line stands after the
//! `after-sync` lines of its batch was handed to the socket after the kernel had confirmed them. `durable` is the only
//! place that writes or syncs (`clippy.toml`), and each call stands between its two points there. What it does not show:
//! that the kernel and the disk keep what they confirm.

use std::collections::BTreeSet;

use crate::load::Load;
use crate::process::{Fault, Plan, Process};

/// What a trace has shown so far.
#[derive(Default)]
struct Trace {
    /// Files that are written and not synced.
    unsynced: BTreeSet<String>,
    batch: Option<Batch>,
    covered: BTreeSet<u64>,
    receipts: usize,
}

/// The batch in work.
struct Batch {
    records: Vec<u64>,
    /// The steps that are durable.
    durable: BTreeSet<String>,
}

impl Trace {
    fn pass(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split(' ');
        let point = words.next().unwrap();
        let indexes = words.map(|index| index.parse().unwrap());
        let (subject, moment) = point.split_once('-').unwrap();
        match (subject, moment) {
            ("records", "before-write") => {
                // The first batch of a log is answered to nobody.
                self.close()?;
                let (records, durable) = (indexes.collect(), BTreeSet::new());
                self.batch = Some(Batch { records, durable });
                self.unsynced.insert(subject.to_owned());
            }
            (_, "before-write") if subject != "socket" => {
                self.may_write(subject)?;
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
                if let Some(batch) = &mut self.batch {
                    batch.durable.remove(subject);
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

    /// What signs a batch is written when the batch is durable, and what carries the signature when its memory is.
    fn may_write(&mut self, subject: &str) -> Result<(), String> {
        let needed: &[&str] = match subject {
            // Those of the next batch: the one before is done.
            "bodies" => return self.close(),
            "log.last" => &["records"],
            "checkpoint" | "checkpoint.copy" | "checkpoint.second" => &["records", "log.last"],
            _ => return Ok(()),
        };
        let Some(batch) = &self.batch else {
            return Ok(());
        };
        let open = ["bodies", "records", "log.last"].map(|one| self.unsynced.contains(one));
        let missing = needed.iter().any(|step| !batch.has(step));
        if missing || open.contains(&true) {
            return Err(format!("only {:?} are durable", batch.durable));
        }
        Ok(())
    }

    /// The batch in work must be durable; from here on its records may be answered.
    fn close(&mut self) -> Result<(), String> {
        let Some(batch) = self.batch.take() else {
            return Ok(());
        };
        let missing = STEPS.iter().any(|step| !batch.has(step));
        if missing || !self.unsynced.is_empty() {
            return Err(format!("only {:?} are durable", batch.durable));
        }
        self.covered.extend(batch.records);
        Ok(())
    }

    fn durable(&mut self, subject: &str) {
        if let Some(batch) = &mut self.batch {
            batch.durable.insert(subject.to_owned());
        }
    }
}

impl Batch {
    /// Whether a step is durable, or not needed: without records the tree is as it was, and nothing is signed.
    fn has(&self, step: &str) -> bool {
        self.durable.contains(step) || (step == "log.last" && self.records.is_empty())
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
fn the_judge_of_traces_sees_an_answer_or_a_step_that_is_too_early() {
    let sound = [
        "bodies-before-write",
        "records-before-write 0",
        "bodies-after-sync",
        "records-after-sync",
        "log.last-before-write",
        "log.last-after-sync",
        "checkpoint-before-write",
        "checkpoint.copy-before-write",
        "checkpoint-after-sync",
        "checkpoint-before-rename",
        "checkpoint-after-folder-sync",
        "checkpoint.copy-after-sync",
        "answer-before-send",
        "socket-before-write 0",
    ];
    let judge = |lines: &[&str]| receipts_after_syncs(&lines.join("\n"), 0);
    assert_eq!(judge(&sound), Ok(1));
    let harmless =
        |line: &str| line.ends_with("before-write") || line == "checkpoint-before-rename";
    for (at, missing) in sound.iter().enumerate().take(sound.len() - 1) {
        let mut early = sound.to_vec();
        early.remove(at);
        assert_eq!(
            judge(&early).is_ok(),
            harmless(missing),
            "without {missing}"
        );
    }
    // Side by side is in any order; one step after another is not.
    for (later, earlier, allowed) in [
        (3, 2, true),
        (4, 3, false),
        (4, 2, false),
        (6, 5, false),
        (7, 5, false),
        (11, 8, true),
        (12, 11, false),
        (13, 12, false),
    ] {
        let mut lines = sound.to_vec();
        let moved = lines.remove(later);
        lines.insert(earlier, moved);
        assert_eq!(
            judge(&lines).is_ok(),
            allowed,
            "{moved} before {}",
            sound[earlier]
        );
    }
}

const STEPS: [&str; 4] = ["records", "log.last", "checkpoint", "checkpoint.copy"];
