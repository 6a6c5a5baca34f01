use std::collections::BTreeMap;

use thamvan_proto::entry::sha256;
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::{
    Checkpoint, Name, NoteSigner, open_checkpoint, root_of_leaves, sign_checkpoint,
};

use super::*;
use crate::checkpoint_store::{
    CheckpointStore, MemoryCheckpointError, MemoryCheckpointStore, Promise,
};
use crate::conformance::{CheckpointMedium, StoreMedium};
use crate::root_fold::RootFold;
use crate::state::State;
use crate::submit::{self, Outcome};
use crate::world::{NOW, Said, World};

impl StoreMedium for MemoryStore {
    type Store = Self;

    fn open(&self) -> Self {
        self.reopen()
    }
}

impl CheckpointMedium for MemoryCheckpointStore {
    type Store = Self;

    fn open(&self) -> Self {
        self.reopen()
    }
}

crate::store_conformance!(memory_store, MemoryStore::default());
crate::checkpoint_store_conformance!(memory_checkpoint_store, MemoryCheckpointStore::default());

/// A server in memory, in the order of the real one: decide, persist, sign, swap, answer.
struct Site {
    store: MemoryStore,
    checkpoints: MemoryCheckpointStore,
    state: State,
    fold: RootFold,
    promise: Option<Promise>,
    signer: NoteSigner,
}

/// A write failed: the process is gone.
#[derive(Debug)]
struct Died;

impl From<WriteFailed> for Died {
    fn from(_: WriteFailed) -> Self {
        Self
    }
}

impl From<MemoryCheckpointError> for Died {
    fn from(error: MemoryCheckpointError) -> Self {
        assert_eq!(error, MemoryCheckpointError::Write(WriteFailed));
        Self
    }
}

impl Site {
    fn new() -> Self {
        Self::open(&MemoryStore::default(), &MemoryCheckpointStore::default())
    }

    /// Loads everything, verifies the whole log, and signs what a death left unsigned.
    fn open(store: &MemoryStore, checkpoints: &MemoryCheckpointStore) -> Self {
        let mut site = Self {
            store: store.reopen(),
            checkpoints: checkpoints.reopen(),
            state: State::default(),
            fold: RootFold::default(),
            promise: checkpoints.fetch().unwrap(),
            signer: NoteSigner::from_seed(Name::parse("example.org/log").unwrap(), &[7; 32]),
        };
        site.reload();
        site.verify();
        if site.state.tree().size() > 0 {
            site.publish().unwrap();
        }
        site
    }

    fn reload(&mut self) {
        let (store, state) = (&self.store, &mut self.state);
        let loaded: Result<(), WriteFailed> = store.load(&mut |_, change| {
            let body = change.body_needed().map(|hash| store.body(&hash));
            let body = body.map(|body| body.unwrap().unwrap());
            state.apply(&change, body.as_deref()).unwrap();
            Ok(())
        });
        loaded.unwrap();
    }

    /// Leaves from the records themselves, three computations of the root, chains, bodies, and the promise.
    fn verify(&mut self) {
        let mut leaves = Vec::new();
        let mut chains = BTreeMap::new();
        for index in 0..self.state.tree().size() {
            let bytes = self.store.record(index).unwrap().unwrap();
            let record = Record::parse(&bytes).unwrap();
            let (size, last) = chains.entry(record.stream).or_insert((0, Hash([0; 32])));
            assert_eq!((record.seq, record.prev), (*size, *last), "record {index}");
            (*size, *last) = (record.seq + 1, sha256(&bytes));
            assert_eq!(
                self.state.entry(&sha256(&record.entry)),
                Some(index),
                "twice"
            );
            let key = self.state.key(&record.stream).unwrap();
            leaves.push(Leaf::new(key, record.seq, &bytes).hash());
        }
        leaves.iter().for_each(|leaf| self.fold.push(*leaf));
        let root = self.state.tree().root();
        assert_eq!((self.fold.root(), root_of_leaves(&leaves)), (root, root));
        assert_eq!(self.store.record(leaves.len() as u64).unwrap(), None);
        if let Some(promise) = &self.promise {
            let checkpoint = self.checkpoint(promise);
            let promised = self.state.tree().root_at(checkpoint.size);
            assert_eq!(promised, Some(checkpoint.root));
            assert!(promise.batches <= self.store.batches());
        }
    }

    fn checkpoint(&self, promise: &Promise) -> Checkpoint {
        let key = self.signer.verifier_key();
        open_checkpoint(&promise.checkpoint, key.name(), key).unwrap()
    }

    fn submit(&mut self, said: &Said) -> Result<u64, Died> {
        let submission = said.submission();
        let entry = submit::parse(submission.entry).unwrap();
        match submit::decide(&self.state, entry, &submission, said.author, NOW).unwrap() {
            Outcome::Again(index) => Ok(index),
            Outcome::New(decided) => {
                let changes = vec![Change::Sequenced(Box::new(decided.sequenced.clone()))];
                let bodies = decided.bodies;
                self.store.append(&Batch { changes, bodies })?;
                let index = self.state.tree().size();
                self.state
                    .apply_decided(&decided.sequenced, decided.parsed, submission.body)
                    .unwrap();
                self.fold.push(self.state.leaves().last().unwrap().hash());
                self.publish()?;
                Ok(index)
            }
        }
    }

    fn publish(&mut self) -> Result<(), Died> {
        let (size, root) = (self.fold.size(), self.fold.root());
        assert_eq!(
            (size, root),
            (self.state.tree().size(), self.state.tree().root())
        );
        let origin = self.signer.verifier_key().name().clone();
        let checkpoint = Checkpoint { origin, size, root };
        let new = Promise {
            checkpoint: sign_checkpoint(&checkpoint, &self.signer),
            batches: self.store.batches(),
        };
        match &self.promise {
            None => self.checkpoints.create(&new)?,
            Some(old) => self.checkpoints.compare_and_swap(old, &new)?,
        }
        self.promise = Some(new);
        Ok(())
    }

    /// A restart; everything acknowledged must be where it was.
    fn restarted(self, acknowledged: &[Vec<u8>]) -> Self {
        let site = Self::open(&self.store, &self.checkpoints);
        for (index, entry) in (0..).zip(acknowledged) {
            let record = site.store.record(index).unwrap().unwrap();
            assert_eq!(Record::parse(&record).unwrap().entry.to_vec(), *entry);
        }
        let promised = site.promise.as_ref().map(|one| site.checkpoint(one).size);
        assert!(promised.unwrap_or(0) >= acknowledged.len() as u64);
        site
    }

    /// Submits everything in order; after a death it starts again, without faults or as `plan` says, and submits again.
    fn drive(mut self, said: &[Said], mut plan: impl FnMut(&Self, u32)) -> (Self, u32) {
        let (mut acknowledged, mut deaths) = (Vec::new(), 0);
        for one in said {
            let index = loop {
                match self.submit(one) {
                    Ok(index) => break index,
                    Err(Died) => {
                        deaths += 1;
                        self = self.restarted(&acknowledged);
                        plan(&self, deaths);
                    }
                }
            };
            assert_eq!(
                index,
                acknowledged.len() as u64,
                "a place of its own, in order"
            );
            acknowledged.push(one.entry.clone());
        }
        (self.restarted(&acknowledged), deaths)
    }
}

/// Real submissions: an authority, enrolments, a channel with its group, a commit with a Welcome.
fn script() -> (Vec<Said>, Hash) {
    let (mut world, mut lan) = World::with_channel();
    world.add_minh(&mut lan);
    (world.said, world.state.tree().root())
}

#[test]
fn a_write_that_fails_loses_and_doubles_nothing_whether_or_not_it_is_there() {
    let (said, root) = script();
    for fault in [Fault::Lose, Fault::Persist] {
        for write in 0..said.len() as u64 {
            for in_checkpoints in [false, true] {
                let site = Site::new();
                if in_checkpoints {
                    site.checkpoints.fail_at(write, fault);
                } else {
                    site.store.fail_at(write, fault);
                }
                let (site, deaths) = site.drive(&said, |_, _| {});
                let what = format!("{fault:?} at {write}, checkpoints: {in_checkpoints}");
                assert_eq!((site.state.tree().root(), deaths), (root, 1), "{what}");
            }
        }
    }
}

#[test]
fn a_server_whose_next_write_after_each_restart_fails_gets_there_all_the_same() {
    let (said, root) = script();
    let plan = |site: &Site, deaths: u32| match deaths % 4 {
        0 => site.store.fail_at(0, Fault::Lose),
        1 => site.store.fail_at(0, Fault::Persist),
        // The first write of its checkpoints is the one that start-up makes.
        2 => site.checkpoints.fail_at(1, Fault::Lose),
        _ => site.checkpoints.fail_at(1, Fault::Persist),
    };
    let site = Site::new();
    site.store.fail_at(0, Fault::Lose);
    let (site, deaths) = site.drive(&said, plan);
    assert_eq!(site.state.tree().root(), root);
    assert!(deaths as usize >= said.len(), "{deaths}");
}

#[test]
fn a_handle_that_failed_writes_nothing_more() {
    let store = MemoryStore::default();
    store.fail_at(1, Fault::Persist);
    let batch = crate::conformance::batch(0);
    assert_eq!(store.append(&batch), Ok(()));
    assert_eq!(store.append(&batch), Err(WriteFailed));
    assert_eq!(store.append(&batch), Err(WriteFailed));
    assert_eq!(store.batches(), 2);
    assert_eq!(store.reopen().append(&batch), Ok(()));
}
