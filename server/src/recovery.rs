//! From files to a state, or a refusal in words: start-up never guesses.

use thamvan_proto::frame::EntryWithBodies;
use thamvan_proto::record::Leaf;
use thamvan_proto::tlog::{Checkpoint, VerifierKey, open_checkpoint, root_of_leaves};
use thamvan_server_core::checkpoint_store::{CheckpointStore, Promise};
use thamvan_server_core::store::{Batch, Store};
use thamvan_server_core::submit::{self, Author, Outcome, Submission};
use thamvan_server_core::{Change, RootFold, State};

use crate::checkpoint_file::CheckpointFile;
use crate::config::Config;
use crate::error::RunError;
use crate::failpoint::{self, Moment};
use crate::journal::Journal;
use crate::limits::GENESIS_FILE_LEN_MAX;
use crate::log_signer::LogSigner;

/// What the files say.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) fold: RootFold,
    pub(crate) promise: Option<Promise>,
    /// The checkpoint in `promise`, opened.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// Folds the journal and holds it against the stored checkpoint and what was signed last. Writes nothing.
///
/// # Errors
/// [`RunError`]: damaged, or not the log that was promised.
pub(crate) fn recover(
    config: &Config,
    signer: &LogSigner,
    journal: &Journal,
    checkpoints: &CheckpointFile,
) -> Result<Recovered, RunError> {
    let key = signer.verifier_key();
    check_origin(config, key)?;
    let promise = checkpoints.fetch()?;
    failpoint::hit("recovery", Moment::Before, "apply", &[])
        .map_err(RunError::io("the journal cannot be read again"))?;
    let state = fold(journal)?;
    let root_fold = check_root(&state)?;
    let checkpoint = promise
        .as_ref()
        .map(|promise| check_promise(promise, &state, journal, key))
        .transpose()?;
    check_last(signer.last(), &state, checkpoint.as_ref())?;
    // The first batch may stand without a checkpoint: a stop between both.
    if promise.is_none() && journal.batches() > 1 {
        return Err(RunError::refuses(
            "the journal has records but no checkpoint is stored: restore the checkpoint files from the same backup",
        ));
    }
    check_genesis(&state, key)?;
    Ok(Recovered {
        state,
        fold: root_fold,
        promise,
        checkpoint,
    })
}

fn check_origin(config: &Config, key: &VerifierKey) -> Result<(), RunError> {
    if *key.name() == config.origin {
        Ok(())
    } else {
        Err(RunError::refuses("origin is not the name of the log key"))
    }
}

fn fold(journal: &Journal) -> Result<State, RunError> {
    let mut state = State::default();
    journal.load::<RunError>(&mut |_, change| {
        let body = match change.body_needed() {
            None => None,
            Some(hash) => Some(journal.body(&hash)?.ok_or(RunError::BodyMissing)?),
        };
        if let Change::Sequenced(sequenced) = &change {
            for side in &sequenced.sides {
                journal.body(side)?.ok_or(RunError::BodyMissing)?;
            }
        }
        Ok(state.apply(&change, body.as_deref())?)
    })?;
    Ok(state)
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

fn check_promise(
    promise: &Promise,
    state: &State,
    journal: &Journal,
    key: &VerifierKey,
) -> Result<Checkpoint, RunError> {
    let checkpoint = open_checkpoint(&promise.checkpoint, key.name(), key)
        .map_err(|_| RunError::refuses("the stored checkpoint is not signed by the log key"))?;
    let (size, batches) = (state.tree().size(), journal.batches());
    if checkpoint.size > size || promise.batches > batches {
        return Err(RunError::refuses(format!(
            "the journal holds {size} records in {batches} batches, but {} in {} are promised: it is damaged or an old copy",
            checkpoint.size, promise.batches
        )));
    }
    if state.tree().root_at(checkpoint.size) == Some(checkpoint.root) {
        Ok(checkpoint)
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

fn check_genesis(state: &State, key: &VerifierKey) -> Result<(), RunError> {
    let Some((genesis, _)) = state.ledger().directory().genesis() else {
        return Ok(());
    };
    if genesis.origin == key.name().as_str() && genesis.log_key == key.to_string() {
        Ok(())
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
    check_genesis(state, key)?;
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
