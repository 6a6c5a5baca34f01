//! The witness: its key and what it holds of each log.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use thamvan_proto::tlog::{
    AddCheckpoint, Checkpoint, CosignatureSigner, NoteSignature, SignedNote, VerifierKey,
};
use tracing::{error, info};

use crate::config::Config;
use crate::error::WitnessError;
use crate::judge::{self, Last, Refusal, judge_checkpoint, judge_extension};
use crate::key_file::{self, KEY_LEN_MAX};
use crate::state::{self, State};
use crate::{KEY_FILE, STATE_DIR, files};

/// A witness that is ready to cosign.
pub(crate) struct Witness {
    signer: CosignatureSigner,
    dir: PathBuf,
    /// By the name of the log's state file, which is also its place in a URL.
    logs: BTreeMap<String, Log>,
}

struct Log {
    key: VerifierKey,
    /// Held from the check against the last checkpoint until the next one is durable. Nothing after
    /// a failed write: what the file holds is then not known.
    state: Mutex<Option<State>>,
}

impl Witness {
    /// Reads key and states of the folder `dir`; the caller holds its lock.
    ///
    /// # Errors
    /// [`WitnessError`]: nothing is repaired, and nothing starts from zero.
    pub(crate) fn open(dir: &Path, config: &Config) -> Result<Self, WitnessError> {
        let text = files::read(&dir.join(KEY_FILE), KEY_LEN_MAX)
            .map(zeroize::Zeroizing::new)
            .map_err(WitnessError::io("key file cannot be read"))?;
        let signer = key_file::parse(&text).ok_or(WitnessError::Key)?;
        let own = signer.verifier_key();
        if *own.name() != config.name {
            return Err(WitnessError::Key);
        }
        let dir = dir.join(STATE_DIR);
        let mut logs = BTreeMap::new();
        for key in &config.logs {
            let state = state::read(&dir, key, own)?;
            info!(origin = %key.name(), size = state.last.size, "watching");
            let log = Log {
                key: key.clone(),
                state: Mutex::new(Some(state)),
            };
            logs.insert(state::file_name(key.name()), log);
        }
        Ok(Self { signer, dir, logs })
    }

    /// Cosigns the checkpoint of a request, if it extends the one cosigned last. `now_s`: seconds
    /// since 1970-01-01T00:00Z. Blocks for one durable write.
    ///
    /// # Errors
    /// [`NotCosigned`].
    pub(crate) fn add_checkpoint(
        &self,
        body: &[u8],
        now_s: u64,
    ) -> Result<NoteSignature, NotCosigned> {
        let body = std::str::from_utf8(body).map_err(|_| Refusal::NotText)?;
        let request = AddCheckpoint::parse(body).map_err(Refusal::Malformed)?;
        let origin = judge::origin(&request)?;
        let log = self
            .logs
            .get(&state::file_name(&origin))
            .ok_or(Refusal::UnknownLog)?;
        let checkpoint = judge_checkpoint(&request, &log.key)?;

        let mut slot = log.state.lock().map_err(|_| NotCosigned::Stopped)?;
        let held = slot.as_ref().ok_or(NotCosigned::Stopped)?;
        if judge::is_split(&checkpoint, held.last) {
            self.keep_evidence(log, held, &request.checkpoint);
        }
        judge_extension(&request, &checkpoint, held.last)?;
        let (next, line) = self.cosign(log, &request.checkpoint, &checkpoint, now_s);
        if let Some(note) = &next.note
            && let Err(source) = state::replace(&self.dir, log.key.name(), note)
        {
            *slot = None;
            return Err(NotCosigned::NotStored(source));
        }
        // The commit point is behind us: the cosignature may be given out.
        *slot = Some(next);
        Ok(line)
    }

    /// Returns the checkpoint cosigned last of the log at `name` in a URL; nothing if there is none.
    pub(crate) fn latest(&self, name: &str) -> Option<SignedNote> {
        let slot = self.logs.get(name)?.state.lock().ok()?;
        slot.as_ref()?.note.clone()
    }

    fn cosign(
        &self,
        log: &Log,
        note: &SignedNote,
        checkpoint: &Checkpoint,
        now_s: u64,
    ) -> (State, NoteSignature) {
        let line = self.signer.cosign(note, now_s);
        // Lines of strangers are neither kept nor shown: nobody here has verified them.
        let note = note
            .clone()
            .with_lines_of(&[&log.key])
            .and_then(|note| note.with_signature(line.clone()))
            .expect("the log's line and ours are shorter than the note that was read");
        let last = Last {
            size: checkpoint.size,
            root: checkpoint.root,
        };
        let note = Some(note);
        (State { last, note }, line)
    }

    /// Keeps the first pair of signed checkpoints that shows a log split, for people to look at.
    fn keep_evidence(&self, log: &Log, held: &State, other: &SignedNote) {
        let origin = log.key.name();
        let file = format!("{}.split", state::file_name(origin));
        error!(%origin, file, "the log has signed two roots for one size");
        let path = self.dir.join(&file);
        let (Some(note), Ok(other)) = (&held.note, other.clone().with_lines_of(&[&log.key])) else {
            return;
        };
        if !path.exists()
            && let Err(error) = files::replace(
                &self.dir,
                &file,
                format!("{note}\n{other}").as_bytes(),
                files::PRIVATE,
            )
        {
            error!(%error, "evidence could not be kept");
        }
    }
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCosigned {
    /// The peer's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The state could not be made durable: the witness must end.
    #[error("state could not be stored")]
    NotStored(#[source] io::Error),
    /// An earlier request of this log ended the witness.
    #[error("the witness is stopping")]
    Stopped,
}
