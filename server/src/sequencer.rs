//! The one place that changes anything: takes what waits, decides, persists, signs, publishes, answers.
//!
//! Runs on a thread of its own, so that signatures are judged and files are synced away from the IO tasks. Any failure of
//! the store ends the process before anything of the batch is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use thamvan_proto::cbor::ByteVec;
use thamvan_proto::entry::Entry;
use thamvan_proto::frame::{
    Answer, BlobCapability, Body, Delivery, ENROLMENT_PENDING, Enrol, EntryWithBodies, Frame,
    KeyPackageUpload, Null, Receipt, Submit, TakeKeyPackage,
};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::Hash;
use thamvan_server_core::checkpoint_store::{CheckpointStore, Promise};
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::submit::{Author, Outcome, Submission};
use thamvan_server_core::{Change, Refusal, RootFold, access, blob, enrol, key_package, submit};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::checkpoint_file::CheckpointFile;
use crate::error::RunError;
use crate::failpoint::{self, Moment};
use crate::index::Follower;
use crate::limits::{BATCH_BYTES_MAX, BATCH_JOBS_MAX};
use crate::log_signer::LogSigner;
use crate::public_group::{PublicGroups, Shelf};
use crate::shared::{Published, Shared};
use crate::storage::Storage;

/// What a connection asks of the sequencer.
#[derive(Debug)]
pub(crate) enum Request {
    Submit(DeviceId, Submit),
    Enrol(Enrol),
    PutKeyPackages(DeviceId, Vec<KeyPackageUpload>),
    TakeKeyPackage(DeviceId, TakeKeyPackage),
    Acknowledge(DeviceId, StreamId, u64),
    /// The log's own: heads, if any record is not covered.
    Heads,
    StoreBlob(DeviceId, BlobCapability),
}

impl Request {
    /// Bytes that it brings, near enough to bound a batch.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Submit(_, submit) => {
                let sides: usize = submit.sides.iter().map(|side| side.len()).sum();
                submit.entry.len() + submit.body.len() + sides
            }
            Self::Enrol(enrol) => enrol.request.len(),
            Self::PutKeyPackages(_, packages) => {
                packages.iter().map(|one| one.key_package.len()).sum()
            }
            Self::TakeKeyPackage(..)
            | Self::Acknowledge(..)
            | Self::Heads
            | Self::StoreBlob(..) => 0,
        }
    }
}

/// A request with the place for its answer, which comes when everything is durable.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) reply: oneshot::Sender<Result<Answer, Refusal>>,
    /// Its share of the queue's bytes, given back when it enters a batch.
    pub(crate) _held: OwnedSemaphorePermit,
}

/// A job whose entry, if it submits one, has been parsed and its signature verified where the author's key was known.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) job: Job,
    pub(crate) entry: Option<Result<Entry, Refusal>>,
}

/// What is answered once the batch is durable.
pub(crate) enum Done {
    /// It stands in the log already.
    Again(u64),
    /// The record that this batch puts at an index.
    New(u64, ByteVec),
    Value(Answer),
}

/// The committer.
#[derive(Debug)]
pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) signer: LogSigner,
    pub(crate) checkpoints: CheckpointFile,
    pub(crate) fold: RootFold,
    pub(crate) promise: Option<Promise>,
    pub(crate) storage: Storage,
    pub(crate) index: Follower,
    pub(crate) groups: PublicGroups,
    /// How old the oldest record that no heads cover may become (ms).
    pub(crate) heads_interval: u64,
    /// Names of the log that have been erased from the journal.
    pub(crate) erased: usize,
}

struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(RunError::SequencerEnded);
    }
}

impl Sequencer {
    /// Works until all senders of jobs are gone, or something fails.
    pub(crate) fn run(mut self, jobs: &mpsc::Receiver<Opened>) {
        // Without a sequencer there is no server, whatever ended it.
        let _last = EndOnDrop(Arc::clone(&self.shared));
        while let Ok(first) = jobs.recv() {
            let mut batch = Batch::default();
            let mut answers = Vec::new();
            let mut next = Some(first);
            if let Err(error) = self.storage.look() {
                return self.shared.end(error);
            }
            if let Err(error) = self.heads_if_due(&mut batch) {
                return self.shared.end(error);
            }
            let mut bytes = 0_usize;
            while let Some(Opened { job, entry }) = next.take() {
                bytes = bytes.saturating_add(job.request.len());
                match self.decide(job.request, entry, &mut batch) {
                    Ok(done) => answers.push((job.reply, done)),
                    Err(error) => return self.shared.end(error),
                }
                if answers.len() < BATCH_JOBS_MAX && bytes < BATCH_BYTES_MAX {
                    next = jobs.try_recv().ok();
                }
            }
            let started = Instant::now();
            if let Err(error) = self.commit(&batch) {
                return self.shared.end(error);
            }
            self.shared.metrics.batch(answers.len(), started.elapsed());
            if let Err(source) = failpoint::hit("answer", Moment::Before, "send", &[]) {
                let what = "nothing can be answered";
                return self.shared.end(RunError::Io { what, source });
            }
            let mut receipts = BTreeMap::new();
            for (reply, done) in answers {
                match self.answer(done, &mut receipts) {
                    // A receiver that is gone has closed its connection.
                    Ok(answer) => drop(reply.send(answer)),
                    Err(error) => return self.shared.end(error),
                }
            }
            // After the answers: what readers wait for is not in the authors' way.
            if let Err(error) = self.deliver(&batch, receipts) {
                return self.shared.end(error);
            }
            self.index.wake();
        }
    }

    fn decide(
        &mut self,
        request: Request,
        entry: Option<Result<Entry, Refusal>>,
        batch: &mut Batch,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let now = self.shared.now_ms();
        match request {
            Request::Submit(device, submit) => {
                let submission = Submission {
                    entry: &submit.entry,
                    body: &submit.body,
                    sides: &submit.sides,
                    stream_key: submit.stream_key.as_ref(),
                };
                let entry = entry.unwrap_or_else(|| submit::parse(submission.entry));
                self.sequence(entry, &submission, Author::Device(device), now, batch)
            }
            Request::Enrol(enrol) => self.enrol(enrol, now, batch),
            Request::Heads => self.heads(now, batch),
            Request::PutKeyPackages(device, packages) => {
                let decided = key_package::put(&self.shared.state(), &device, packages, now);
                self.apply_with(decided, batch, |state| {
                    Answer::new(&[key_package::unused(state, &device, now)])
                })
            }
            Request::TakeKeyPackage(device, take) => {
                let decided = key_package::take(&self.shared.state(), &device, &take, now);
                match decided {
                    Err(refusal) => Ok(Err(refusal)),
                    Ok((change, package)) => self.apply_with(Ok(Some(change)), batch, |_| {
                        Answer::new(&thamvan_proto::cbor::ByteVec::from(package))
                    }),
                }
            }
            Request::Acknowledge(device, stream, seq) => {
                let decided = {
                    let state = self.shared.state();
                    let known = state.cursor(&device, &stream) >= Some(seq);
                    let change = Change::CursorAcknowledged {
                        device,
                        stream,
                        seq,
                    };
                    access::may_read(&state, &device, &stream, now)
                        .map(|()| (!known && state.index(&stream, seq).is_some()).then_some(change))
                };
                self.apply_with(decided, batch, |_| Answer::new(&Null))
            }
            Request::StoreBlob(device, asked) => {
                let quota = self.shared.blobs.quota;
                let decided = blob::store(&self.shared.state(), &device, &asked, quota);
                self.apply_with(decided, batch, |_| Answer::new(&Null))
            }
        }
    }

    pub(crate) fn sequence(
        &mut self,
        entry: Result<Entry, Refusal>,
        submission: &Submission<'_>,
        author: Author,
        now: u64,
        batch: &mut Batch,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let decided = entry
            .and_then(|entry| submit::decide(&self.shared.state(), entry, submission, author, now));
        let decided = match decided {
            // Answered after the batch is durable, so that what it rests on is.
            Err(refusal) => return Ok(Err(self.signer.sign_refusal(refusal))),
            Ok(Outcome::Again(index)) => return Ok(Ok(Done::Again(index))),
            Ok(Outcome::New(decided)) => *decided,
        };
        if let Err(refusal) = self.storage.room() {
            return Ok(Err(refusal));
        }
        let shelf = Shelf {
            decided: &decided,
            batch,
            journal: &self.shared.journal,
        };
        let group = match self.groups.check(&self.shared.state(), shelf)? {
            Ok(group) => group,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let sequenced = Box::new(decided.sequenced);
        self.shared
            .state_mut()
            .apply_decided(&sequenced, decided.parsed, submission.body)?;
        if let Some((stream, group)) = group {
            self.groups.keep(stream, group);
        }
        let done = Done::New(sequenced.index, sequenced.record.clone());
        batch.changes.push(Change::Sequenced(sequenced));
        batch.bodies.extend(decided.bodies);
        Ok(Ok(done))
    }

    fn enrol(
        &mut self,
        mut frame: Enrol,
        now: u64,
        batch: &mut Batch,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let decided = enrol::decide(&self.shared.state(), &frame, now);
        let decided = match decided {
            Ok(enrol::Outcome::Root(root)) => {
                if let Err(refusal) = self.sequence_root(&root, now, batch)? {
                    return Ok(Err(refusal));
                }
                frame.root = None;
                enrol::decide(&self.shared.state(), &frame, now)
            }
            other => other,
        };
        match decided {
            Err(refusal) => Ok(Err(refusal)),
            Ok(enrol::Outcome::Known(state)) => Ok(Ok(Done::Value(Answer::new(&[state])))),
            Ok(enrol::Outcome::Request(change)) => self.apply_with(Ok(Some(change)), batch, |_| {
                Answer::new(&[ENROLMENT_PENDING])
            }),
            // Decided without `root`: cannot ask for it again.
            Ok(enrol::Outcome::Root(_)) => Err(RunError::refuses("an enrolment asks twice")),
        }
    }

    fn sequence_root(
        &mut self,
        root: &EntryWithBodies,
        now: u64,
        batch: &mut Batch,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let submission = Submission {
            entry: &root.entry,
            body: &root.body,
            sides: &root.sides,
            stream_key: None,
        };
        let entry = submit::parse(submission.entry);
        self.sequence(entry, &submission, Author::Root, now, batch)
    }

    fn apply_with(
        &self,
        decided: Result<Option<Change>, Refusal>,
        batch: &mut Batch,
        answer: impl FnOnce(&thamvan_server_core::State) -> Answer,
    ) -> Result<Result<Done, Refusal>, RunError> {
        let change = match decided {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(change) => change,
        };
        if let (Some(_), Err(refusal)) = (&change, self.storage.room()) {
            return Ok(Err(refusal));
        }
        let mut state = self.shared.state_mut();
        if let Some(change) = change {
            state.apply(&change, None)?;
            batch.changes.push(change);
        }
        Ok(Ok(Done::Value(answer(&state))))
    }

    /// Bodies and changes, what is signed, checkpoint: durable in this order; then published.
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<(), RunError> {
        if !batch.changes.is_empty() {
            // The commit point: from here on the batch is for ever.
            self.shared.journal.append(batch)?;
        }
        self.push_leaves(batch)?;
        self.publish()?;
        self.erase_names()
    }

    /// Overwrites the names that the log says are erased; at a start it ends what a stop broke off.
    pub(crate) fn erase_names(&mut self) -> Result<(), RunError> {
        let erased = {
            let state = self.shared.state();
            let erased = state.ledger().directory().erased();
            if erased.len() == self.erased {
                return Ok(());
            }
            erased.clone()
        };
        for name in &erased {
            self.shared.journal.erase(name)?;
        }
        self.erased = erased.len();
        Ok(())
    }

    /// Encodes what somebody waits for, once for all, and wakes them. `receipts`: what was answered about this batch.
    fn deliver(&self, batch: &Batch, mut receipts: BTreeMap<u64, Receipt>) -> Result<(), RunError> {
        let live = &self.shared.live;
        let bodies: BTreeMap<_, _> = batch
            .bodies
            .iter()
            .map(|(hash, body)| (hash, body))
            .collect();
        let mut grown = BTreeSet::new();
        for change in &batch.changes {
            let Change::Sequenced(sequenced) = change else {
                continue;
            };
            let place = self.shared.state().place(sequenced.index);
            let stream = place.ok_or(RunError::RootMismatch)?.stream;
            grown.insert(stream);
            if !live.is_watched(&stream) {
                continue;
            }
            let body = match bodies.get(&sequenced.body) {
                Some(body) => Some(body.to_vec()),
                None => self.shared.journal.body(&sequenced.body)?,
            };
            let receipt = match receipts.remove(&sequenced.index) {
                Some(receipt) => receipt,
                // The log's own, or of an enrolment: nobody was given one.
                None => self.receipt(sequenced.index, sequenced.record.clone())?,
            };
            let Receipt {
                index,
                record,
                path,
                checkpoint,
                ..
            } = receipt;
            let delivery = Body::Delivery(Delivery {
                index,
                record,
                body: body.map(Into::into),
                path,
                checkpoint,
            });
            live.keep(index, Frame::new(0, delivery).to_vec().into());
        }
        live.wake(&grown);
        Ok(())
    }

    fn push_leaves(&mut self, batch: &Batch) -> Result<(), RunError> {
        let state = self.shared.state();
        for change in &batch.changes {
            let Change::Sequenced(sequenced) = change else {
                continue;
            };
            let record = Record::parse(&sequenced.record).map_err(|_| RunError::RootMismatch)?;
            let key = state.key(&record.stream).ok_or(RunError::RootMismatch)?;
            self.fold
                .push(Leaf::new(key, record.seq, &sequenced.record).hash());
        }
        Ok(())
    }

    /// Signs the tree as it stands, if the stored checkpoint or the count of batches is behind it.
    pub(crate) fn publish(&mut self) -> Result<(), RunError> {
        let (size, root) = self.agreed_root()?;
        let batches = self.shared.journal.batches();
        let published = self.shared.published();
        let grown = published.size != size || self.promise.is_none();
        if !grown
            && self
                .promise
                .as_ref()
                .is_some_and(|promise| promise.batches == batches)
        {
            return Ok(());
        }
        let checkpoint = if grown {
            let path = self
                .shared
                .state()
                .tree()
                .consistency_path(self.signer.last().size, size)
                .map_err(|_| RunError::RootMismatch)?;
            self.signer.sign(size, root, &path)?
        } else {
            published.checkpoint.clone()
        };
        let new = Promise {
            checkpoint: checkpoint.clone(),
            batches,
        };
        match &self.promise {
            None => self.checkpoints.create(&new)?,
            Some(old) => self.checkpoints.compare_and_swap(old, &new)?,
        }
        self.promise = Some(new);
        if grown {
            let since = Instant::now();
            let published = Published {
                checkpoint,
                size,
                since,
            };
            self.shared.published.send_replace(Arc::new(published));
        }
        Ok(())
    }

    /// The root, if the tree and the fold of what was written agree.
    fn agreed_root(&self) -> Result<(u64, Hash), RunError> {
        let state = self.shared.state();
        let (size, root) = (state.tree().size(), state.tree().root());
        if self.fold.size() == size && self.fold.root() == root {
            Ok((size, root))
        } else {
            Err(RunError::RootMismatch)
        }
    }

    /// What is answered; a new receipt is kept in `receipts` for those who read it.
    fn answer(
        &self,
        done: Result<Done, Refusal>,
        receipts: &mut BTreeMap<u64, Receipt>,
    ) -> Result<Result<Answer, Refusal>, RunError> {
        match done {
            Err(refusal) => Ok(Err(refusal)),
            Ok(Done::Value(answer)) => Ok(Ok(answer)),
            Ok(Done::New(index, record)) => {
                let receipt = self.receipt(index, record)?;
                let answer = Answer::new(&receipt);
                receipts.insert(index, receipt);
                Ok(Ok(answer))
            }
            Ok(Done::Again(index)) => {
                let record = self.shared.journal.record(index)?;
                let record = record.ok_or(RunError::BodyMissing)?.into();
                Ok(Ok(Answer::new(&self.receipt(index, record)?)))
            }
        }
    }

    fn receipt(&self, index: u64, record: ByteVec) -> Result<Receipt, RunError> {
        let published = self.shared.published();
        let state = self.shared.state();
        let genesis = state.ledger().directory().genesis();
        let path = state
            .tree()
            .inclusion_path(index, published.size)
            .map_err(|_| RunError::RootMismatch)?;
        Ok(Receipt {
            shard: genesis.map_or(0, |(genesis, _)| genesis.shard),
            index,
            record,
            path,
            checkpoint: published.checkpoint.clone(),
        })
    }
}
