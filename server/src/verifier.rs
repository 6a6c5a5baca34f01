//! Verifies the signatures of what waits for the sequencer: on all cores, in bounded batches, in the order of arrival.
//!
//! Each signature alone and strictly; a batch verification is never an accept decision (docs/adr/003). What is found good is
//! remembered in the entry; whatever is not, for whatever reason, the sequencer judges itself.

use std::num::NonZero;
use std::sync::{Arc, mpsc};

use thamvan_proto::entry::Entry;
use thamvan_server_core::{Refusal, submit};
use tokio::sync::mpsc::Receiver;

use crate::limits::{VERIFIED_INLINE_MAX, VERIFIED_JOBS_MAX};
use crate::sequencer::{Job, Opened, Request};
use crate::shared::Shared;

/// Works until nobody can ask any more, or the sequencer has gone.
pub(crate) fn run(
    shared: &Arc<Shared>,
    mut jobs: Receiver<Job>,
    sequencer: &mpsc::SyncSender<Opened>,
) {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    while let Some(first) = jobs.blocking_recv() {
        let mut waiting = vec![first];
        while waiting.len() < VERIFIED_JOBS_MAX
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job);
        }
        let entries = open_all(shared, &waiting, threads);
        for (job, entry) in waiting.into_iter().zip(entries) {
            if sequencer.send(Opened { job, entry }).is_err() {
                return;
            }
        }
    }
}

type OpenedEntry = Option<Result<Entry, Refusal>>;

fn open_all(shared: &Shared, jobs: &[Job], threads: usize) -> Vec<OpenedEntry> {
    let open_some = |jobs: &[Job]| jobs.iter().map(|job| open(shared, job)).collect::<Vec<_>>();
    if jobs.len() <= VERIFIED_INLINE_MAX || threads == 1 {
        return open_some(jobs);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = jobs
            .chunks(jobs.len().div_ceil(threads))
            .map(|part| (part, scope.spawn(move || open_some(part))))
            .collect();
        let joined = parts.into_iter().flat_map(|(part, thread)| {
            // What a thread could not do is left to the sequencer.
            thread
                .join()
                .unwrap_or_else(|_| part.iter().map(|_| None).collect())
        });
        joined.collect()
    })
}

fn open(shared: &Shared, job: &Job) -> OpenedEntry {
    let Request::Submit(_, submit) = &job.request else {
        return None;
    };
    let entry = submit::parse(&submit.entry);
    if let Ok(entry) = &entry {
        let key = {
            let state = shared.state();
            let device = state.ledger().directory().now().device(&entry.device);
            device.map(|device| device.signing)
        };
        // The memory of success is all that counts here: a bad signature is refused where everything else is.
        let _ = key.map(|key| entry.verify(&key));
    }
    Some(entry)
}
