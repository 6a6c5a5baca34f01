//! From files to a state, or a refusal in words: start-up never guesses.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use thamvan_proto::frame::EntryWithBodies;
use thamvan_proto::ledger::{Authors, ParsedRecord};
use thamvan_proto::record::Leaf;
use thamvan_proto::tlog::{Checkpoint, VerifierKey, open_checkpoint, root_of_leaves};
use thamvan_server_core::checkpoint_store::{CheckpointStore, Promise};
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::submit::{self, Author, Outcome, Submission};
use thamvan_server_core::{ApplyError, Change, RootFold, Sequenced, State, heads};
use tracing::warn;

use crate::checkpoint_file::CheckpointFile;
use crate::config::Config;
use crate::error::RunError;
use crate::failpoint::{self, Moment};
use crate::index::{INDEX_DIR, Index, IndexError};
use crate::journal::{Journal, JournalError};
use crate::limits::{
    GENESIS_FILE_LEN_MAX, READ_AHEAD_BYTES, READ_AHEAD_CHANGES, READ_AHEAD_PARTS_MAX,
};
use crate::log_signer::LogSigner;
use crate::policy_file::PolicyFile;
use crate::{JOURNAL_DIR, chain};

/// What the files say.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) fold: RootFold,
    pub(crate) promise: Option<Promise>,
    /// The checkpoint in `promise`, opened.
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) policy: PolicyFile,
}

/// How much of what was verified once is verified again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Every signature and every body.
    Full,
    /// What the key's own stored checkpoint covers: as far as its root needs.
    Covered,
}

/// Opens the journal as far as the index reaches, folds it, and holds both against each other and the checkpoint.
///
/// Nothing is refused on the word of the index: if anything does not fit, it is thrown away and the journal alone is read.
///
/// # Errors
/// [`RunError`], as [`recover`].
pub(crate) fn open(
    config: &Config,
    signer: &LogSigner,
    checkpoints: &CheckpointFile,
) -> Result<(Journal, Option<Index>, Recovered), RunError> {
    let dir = config.data.join(INDEX_DIR);
    match open_indexed(config, &dir, signer, checkpoints) {
        Ok(Some((journal, index, recovered))) => return Ok((journal, Some(index), recovered)),
        Ok(None) => {}
        Err(error) => {
            warn!(reason = %chain(&error), "the index is not used and is rebuilt from the journal");
        }
    }
    let journal = Journal::open(&config.data.join(JOURNAL_DIR))?;
    let (key, last) = (signer.verifier_key(), signer.last());
    let recovered = recover(config, key, last, (&journal, checkpoints), Depth::Covered)?;
    let index = Index::begin(&dir)
        .inspect_err(|error| warn!(reason = %chain(error), "the server runs without an index"));
    Ok((journal, index.ok(), recovered))
}

type Indexed = (Journal, Index, Recovered);

fn open_indexed(
    config: &Config,
    dir: &Path,
    signer: &LogSigner,
    checkpoints: &CheckpointFile,
) -> Result<Option<Indexed>, IndexedError> {
    if !dir.exists() {
        return Ok(None);
    }
    let mut index = Index::open(dir)?;
    let Some((known, rows)) = index.load()? else {
        return Ok(None);
    };
    let journal = Journal::open_behind(&config.data.join(JOURNAL_DIR), known)?;
    let (key, last) = (signer.verifier_key(), signer.last());
    let recovered = recover(config, key, last, (&journal, checkpoints), Depth::Covered)?;
    if rows.agree(&recovered.state) {
        Ok(Some((journal, index, recovered)))
    } else {
        Err(IndexError::Disagrees.into())
    }
}

/// Why the way over the index ends. The way without it decides what that means.
#[derive(Debug, thiserror::Error)]
enum IndexedError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Folds the journal and holds it against the stored checkpoint and what was signed last. Writes nothing.
///
/// # Errors
/// [`RunError`]: damaged, or not the log that was promised.
pub(crate) fn recover(
    config: &Config,
    key: &VerifierKey,
    last: &Checkpoint,
    (journal, checkpoints): (&Journal, &CheckpointFile),
    depth: Depth,
) -> Result<Recovered, RunError> {
    check_origin(config, key)?;
    let policy = PolicyFile::read(&config.policy, key)?;
    let promise = checkpoints.fetch()?;
    let checkpoint = promise
        .as_ref()
        .map(|promise| open_promise(promise, key))
        .transpose()?;
    failpoint::hit("recovery", Moment::Before, "apply", &[])
        .map_err(RunError::io("the journal cannot be read again"))?;
    let covered = match depth {
        Depth::Full => 0,
        Depth::Covered => checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size),
    };
    let state = fold(journal, covered)?;
    check_erased(&state, journal)?;
    let root_fold = check_root(&state)?;
    if let (Some(promise), Some(checkpoint)) = (&promise, &checkpoint) {
        check_promise(promise, checkpoint, &state, journal)?;
    }
    check_last(last, &state, checkpoint.as_ref())?;
    check_second(checkpoints, &state, key)?;
    // The first batch may stand without a checkpoint: a stop between both.
    if promise.is_none() && journal.batches() > 1 {
        return Err(RunError::refuses(
            "the journal has records but no checkpoint is stored: restore the checkpoint files from the same backup",
        ));
    }
    check_genesis(&state, key, &policy)?;
    if !heads::last_is_true(&state) {
        return Err(RunError::refuses(
            "the last heads do not say what the journal holds: another history",
        ));
    }
    Ok(Recovered {
        state,
        fold: root_fold,
        promise,
        checkpoint,
        policy,
    })
}

fn check_origin(config: &Config, key: &VerifierKey) -> Result<(), RunError> {
    if *key.name() == config.origin {
        Ok(())
    } else {
        Err(RunError::refuses("origin is not the name of the log key"))
    }
}

/// Applies all changes, while another thread reads and parses ahead. The first `covered` records stand under this key's own
/// checkpoint, whose root [`check_promise`] holds against the one computed here: their authors are known. Everything behind
/// is verified.
fn fold(journal: &Journal, covered: u64) -> Result<State, RunError> {
    let mut state = State::default();
    let (sender, parts) = sync_channel(READ_AHEAD_PARTS_MAX);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(journal, covered, &sender));
        let mut applied = Ok(());
        while let (Ok(()), Ok(part)) = (&applied, parts.recv()) {
            let mut items = part.into_iter();
            applied = items.try_for_each(|item: Item| item.apply(&mut state));
        }
        // A reader that nobody listens to ends.
        drop(parts);
        let ended = || Err(RunError::refuses("the reader of the journal has ended"));
        let read = reader.join().unwrap_or_else(|_| ended());
        applied.and(read)
    })?;
    Ok(state)
}

/// A change with all that applying it needs.
struct Item {
    change: Change,
    record: Option<(ParsedRecord, Vec<u8>)>,
}

impl Item {
    fn apply(self, state: &mut State) -> Result<(), RunError> {
        Ok(match (&self.change, self.record) {
            (Change::Sequenced(sequenced), Some((parsed, body))) => {
                state.apply_decided(sequenced, parsed, &body)
            }
            (change, _) => state.apply(change, None),
        }?)
    }
}

fn read(journal: &Journal, covered: u64, parts: &SyncSender<Vec<Item>>) -> Result<(), RunError> {
    let stopped = || RunError::refuses("the reading of the journal was stopped");
    let (mut part, mut bytes) = (Vec::new(), 0_usize);
    journal.load::<RunError>(&mut |_, change| {
        let record = match &change {
            Change::Sequenced(sequenced) => Some(read_record(journal, sequenced, covered)?),
            Change::KeyPackagesPut(_)
            | Change::KeyPackageTaken { .. }
            | Change::EnrolmentRequested(_)
            | Change::CursorAcknowledged { .. }
            | Change::BlobStored(_) => None,
        };
        bytes = bytes.saturating_add(record.as_ref().map_or(0, |(_, body)| body.len()));
        part.push(Item { change, record });
        if part.len() >= READ_AHEAD_CHANGES || bytes >= READ_AHEAD_BYTES {
            bytes = 0;
            parts
                .send(std::mem::take(&mut part))
                .map_err(|_| stopped())?;
        }
        Ok(())
    })?;
    parts.send(part).map_err(|_| stopped())
}

fn read_record(
    journal: &Journal,
    sequenced: &Sequenced,
    covered: u64,
) -> Result<(ParsedRecord, Vec<u8>), RunError> {
    let authors = if sequenced.index < covered {
        Authors::Known
    } else {
        Authors::Verified
    };
    for side in &sequenced.sides {
        let there = match authors {
            Authors::Known => journal.had_body(side),
            Authors::Verified => journal.is_erased(side) || journal.body(side)?.is_some(),
        };
        there.then_some(()).ok_or(RunError::BodyMissing)?;
    }
    let body = journal
        .body(&sequenced.body)?
        .ok_or(RunError::BodyMissing)?;
    let parsed = ParsedRecord::parse(&sequenced.record).map_err(ApplyError::from)?;
    Ok((parsed.with_authors(authors), body))
}

/// Nothing is erased but what two persons of the log said so of.
fn check_erased(state: &State, journal: &Journal) -> Result<(), RunError> {
    let allowed = state.ledger().directory().erased();
    if journal.erased().is_subset(allowed) {
        Ok(())
    } else {
        Err(RunError::BodyMissing)
    }
}

/// Three computations of one root: the tree, the fold, and the definition.
fn check_root(state: &State) -> Result<RootFold, RunError> {
    let mut fold = RootFold::default();
    let leaves: Vec<_> = state.leaves().iter().map(Leaf::hash).collect();
    leaves.iter().for_each(|leaf| fold.push(*leaf));
    let root = state.tree().root();
    if fold.root() == root && root_of_leaves(&leaves) == root {
        Ok(fold)
    } else {
        Err(RunError::RootMismatch)
    }
}

fn open_promise(promise: &Promise, key: &VerifierKey) -> Result<Checkpoint, RunError> {
    open_checkpoint(&promise.checkpoint, key.name(), key)
        .map_err(|_| RunError::refuses("the stored checkpoint is not signed by the log key"))
}

fn check_promise(
    promise: &Promise,
    checkpoint: &Checkpoint,
    state: &State,
    journal: &Journal,
) -> Result<(), RunError> {
    let (size, batches) = (state.tree().size(), journal.batches());
    if checkpoint.size > size || promise.batches > batches {
        return Err(RunError::refuses(format!(
            "the journal holds {size} records in {batches} batches, but {} in {} are promised: it is damaged or an old copy",
            checkpoint.size, promise.batches
        )));
    }
    if state.tree().root_at(checkpoint.size) == Some(checkpoint.root) {
        Ok(())
    } else {
        Err(RunError::refuses(
            "the root of the journal is not the one in the stored checkpoint: another history",
        ))
    }
}

/// What the key signed last, it must find again: else the journal is gone, old, or of another history.
fn check_last(
    last: &Checkpoint,
    state: &State,
    stored: Option<&Checkpoint>,
) -> Result<(), RunError> {
    let size = state.tree().size();
    if last.size > size {
        return Err(RunError::refuses(format!(
            "the log key has signed {} records and the journal holds {size}: it is gone, damaged or an old copy; restore the newest one, or begin a new log with a new key",
            last.size
        )));
    }
    if state.tree().root_at(last.size) != Some(last.root) {
        return Err(RunError::refuses(
            "the root of the journal is not the one that the log key signed last: another history",
        ));
    }
    if stored.is_some_and(|stored| stored.size > last.size) {
        return Err(RunError::refuses(
            "log.last is older than the stored checkpoint: restore both from the same backup",
        ));
    }
    Ok(())
}

/// The copy in the other place is written last: it is never ahead, unless this folder is an old one.
fn check_second(
    checkpoints: &CheckpointFile,
    state: &State,
    key: &VerifierKey,
) -> Result<(), RunError> {
    let Some(second) = checkpoints.second()? else {
        return Ok(());
    };
    let second = open_checkpoint(&second.checkpoint, key.name(), key)
        .map_err(|_| RunError::refuses("the second copy of the checkpoint is of another log"))?;
    let size = state.tree().size();
    if second.size > size {
        return Err(RunError::refuses(format!(
            "the second copy of the checkpoint promises {} records and the journal holds {size}: this folder is an old copy; restore the newest one, or begin a new log with a new key",
            second.size
        )));
    }
    if state.tree().root_at(second.size) == Some(second.root) {
        Ok(())
    } else {
        Err(RunError::refuses(
            "the root of the journal is not the one in the second copy of the checkpoint: another history",
        ))
    }
}

fn check_genesis(state: &State, key: &VerifierKey, policy: &PolicyFile) -> Result<(), RunError> {
    let Some((genesis, _)) = state.ledger().directory().genesis() else {
        return Ok(());
    };
    if genesis.origin == key.name().as_str() && genesis.log_key == key.to_string() {
        policy.check(genesis)
    } else {
        Err(RunError::refuses(
            "the genesis names another origin or log key than this server's",
        ))
    }
}

/// Sequences the entries of the genesis file as the first batch of a new log; applies them to the state.
///
/// # Errors
/// [`RunError::Refuses`]: the file is missing, malformed, or an entry in it is refused.
pub(crate) fn begin(
    config: &Config,
    key: &VerifierKey,
    policy: &PolicyFile,
    state: &mut State,
    now: u64,
) -> Result<Batch, RunError> {
    let mut batch = Batch::default();
    for item in read_genesis(config)? {
        let submission = Submission {
            entry: &item.entry,
            body: &item.body,
            sides: &item.sides,
            stream_key: None,
        };
        let refused = |refusal| RunError::refuses(format!("genesis file: {refusal}"));
        let entry = submit::parse(&item.entry).map_err(refused)?;
        let outcome =
            submit::decide(state, entry, &submission, Author::Operator, now).map_err(refused)?;
        if let Outcome::New(decided) = outcome {
            state.apply_decided(&decided.sequenced, decided.parsed, &item.body)?;
            batch
                .changes
                .push(Change::Sequenced(Box::new(decided.sequenced)));
            batch.bodies.extend(decided.bodies);
        }
    }
    if state.ledger().directory().genesis().is_none() {
        return Err(RunError::refuses("the genesis file holds no genesis entry"));
    }
    check_genesis(state, key, policy)?;
    Ok(batch)
}

fn read_genesis(config: &Config) -> Result<Vec<EntryWithBodies>, RunError> {
    let missing = "the log is empty and there is no genesis file: make one with `thamvan admin authority init`";
    let malformed = || RunError::refuses("the genesis file is malformed");
    let length = std::fs::metadata(&config.genesis)
        .map_err(|_| RunError::refuses(missing))?
        .len();
    if length > GENESIS_FILE_LEN_MAX {
        return Err(malformed());
    }
    let bytes = std::fs::read(&config.genesis).map_err(RunError::io("genesis cannot be read"))?;
    let mut decoder = minicbor::Decoder::new(&bytes);
    let mut items = Vec::new();
    while decoder.position() < bytes.len() {
        items.push(decoder.decode().map_err(|_| malformed())?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod torn_tests;
