//! The log key with its memory: what was signed last, and the rule that only a proven extension of it is signed next.
//!
//! `log.last` stands beside the key and is written, durably, before a signature leaves this module. So a journal and a
//! checkpoint that are gone or old cannot be served under this key: start-up holds both against it.

use std::io;
use std::path::{Path, PathBuf};

use thamvan_proto::entry::Facts;
use thamvan_proto::heads::Heads;
use thamvan_proto::tlog::{
    Checkpoint, CheckpointParseError, ConsistencyError, EMPTY_ROOT, Hash, NoteSigner, VerifierKey,
    sign_checkpoint, verify_consistency,
};

use thamvan_server_core::Refusal;

use crate::durable::WriteError;
use crate::log_key::{self, LogKeyError};
use crate::slots::{self, Found};
use crate::{LOG_KEY_FILE, LOG_LAST_FILE};

/// Signs the checkpoints of one log.
#[derive(Debug)]
pub(crate) struct LogSigner {
    dir: PathBuf,
    signer: NoteSigner,
    last: Checkpoint,
}

/// What `log.last` holds before anything is signed.
#[must_use]
pub(crate) fn nothing_signed(signer: &NoteSigner) -> Checkpoint {
    Checkpoint {
        origin: signer.verifier_key().name().clone(),
        size: 0,
        root: EMPTY_ROOT,
    }
}

impl LogSigner {
    /// Reads key and memory from the data folder. A key without its memory is refused: it may have signed anything.
    ///
    /// # Errors
    /// [`LogSignerError`].
    pub(crate) fn open(dir: &Path) -> Result<Self, LogSignerError> {
        let signer = log_key::read(&dir.join(LOG_KEY_FILE))?;
        let last = read_last(dir)?;
        if last.origin != *signer.verifier_key().name() {
            return Err(LogSignerError::OtherLog);
        }
        Ok(Self {
            dir: dir.to_owned(),
            signer,
            last,
        })
    }

    /// The key that verifies what is signed here.
    #[must_use]
    pub(crate) fn verifier_key(&self) -> &VerifierKey {
        self.signer.verifier_key()
    }

    /// The last size and root that a signature was made for, or was about to be.
    #[must_use]
    pub(crate) fn last(&self) -> &Checkpoint {
        &self.last
    }

    /// Signs size and root, if `path` proves that they extend the last ones.
    ///
    /// # Errors
    /// [`LogSignerError`]: nothing is signed.
    pub(crate) fn sign(
        &mut self,
        size: u64,
        root: Hash,
        path: &[Hash],
    ) -> Result<String, LogSignerError> {
        verify_consistency(self.last.size, &self.last.root, size, &root, path)?;
        let next = Checkpoint {
            origin: self.last.origin.clone(),
            size,
            root,
        };
        if next != self.last {
            slots::put(&self.dir, LOG_LAST_FILE, next.to_string().as_bytes())?;
        }
        self.last = next;
        Ok(sign_checkpoint(&self.last, &self.signer))
    }

    /// Signs a heads entry; gives it with its body. What it says it has seen is what was signed last.
    #[must_use]
    pub(crate) fn sign_heads(&self, facts: &Facts, heads: &Heads) -> (Vec<u8>, Vec<u8>) {
        heads.sign(facts, &self.signer)
    }

    /// Signs a refusal: the word of the log about an entry, never about its tree.
    #[must_use]
    pub(crate) fn sign_refusal(&self, mut refusal: Refusal) -> Refusal {
        let facts = refusal.settled.take();
        refusal.signed = facts.map(|facts| facts.sign(&self.signer).into());
        refusal
    }
}

/// What `log.last` says.
///
/// # Errors
/// [`LogSignerError`].
pub(crate) fn read_last(dir: &Path) -> Result<Checkpoint, LogSignerError> {
    match slots::read(&dir.join(LOG_LAST_FILE)).map_err(LogSignerError::Read)? {
        Found::Absent => Err(LogSignerError::Missing),
        Found::Damaged => Err(LogSignerError::Torn),
        Found::Value(value) => {
            let text = str::from_utf8(&value).map_err(|_| LogSignerError::Torn)?;
            Ok(Checkpoint::parse(text)?)
        }
    }
}

/// Why the log key does not sign: fatal.
#[derive(Debug, thiserror::Error)]
pub enum LogSignerError {
    /// The key.
    #[error(transparent)]
    Key(#[from] LogKeyError),
    /// The key is there and its memory is not.
    #[error(
        "refusing to run: log.last is missing beside log.key, so nobody knows what this key has signed: restore it from the newest backup of the folder"
    )]
    Missing,
    /// Neither slot of the memory is whole.
    #[error("log.last is damaged: restore it from the newest backup of the folder")]
    Torn,
    /// The memory cannot be read.
    #[error("log.last cannot be read")]
    Read(#[source] io::Error),
    /// The memory is damaged.
    #[error("log.last is damaged")]
    Damaged(#[from] CheckpointParseError),
    /// The memory is of another key.
    #[error("log.last belongs to another log than log.key")]
    OtherLog,
    /// The memory cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What is to be signed is not proven to extend what was signed last.
    #[error("nothing is signed: the tree does not extend what was signed last")]
    NotAnExtension(#[from] ConsistencyError),
}

#[cfg(test)]
mod tests {
    use thamvan_proto::tlog::{Name, Tree, leaf_hash};

    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let signer = NoteSigner::from_seed(Name::parse("example.org/log").unwrap(), &[7; 32]);
        let key = log_key::to_text(&signer, &[7; 32]);
        std::fs::write(dir.path().join(LOG_KEY_FILE), key.as_bytes()).unwrap();
        let last = nothing_signed(&signer).to_string();
        std::fs::write(dir.path().join(LOG_LAST_FILE), slots::file(last.as_bytes())).unwrap();
        dir
    }

    fn tree(leaves: &[u8]) -> Tree {
        let mut tree = Tree::new();
        leaves
            .iter()
            .for_each(|leaf| tree.append(leaf_hash(&[*leaf])));
        tree
    }

    fn sign(signer: &mut LogSigner, tree: &Tree) -> Result<String, LogSignerError> {
        let path = tree.consistency_path(signer.last().size, tree.size());
        signer.sign(tree.size(), tree.root(), &path.unwrap_or_default())
    }

    #[test]
    fn only_extensions_are_signed_also_after_a_restart() {
        let dir = folder();
        let mut signer = LogSigner::open(dir.path()).unwrap();
        let first = sign(&mut signer, &tree(&[1, 2, 3])).unwrap();
        assert_eq!(sign(&mut signer, &tree(&[1, 2, 3])).unwrap(), first);
        let mut signer = LogSigner::open(dir.path()).unwrap();
        assert_eq!(signer.last().size, 3);
        for other in [&[1, 2][..], &[1, 2, 4], &[1, 2, 4, 5], &[]] {
            let refused = sign(&mut signer, &tree(other));
            assert!(matches!(refused, Err(LogSignerError::NotAnExtension(_))));
        }
        assert_eq!(LogSigner::open(dir.path()).unwrap().last().size, 3);
        sign(&mut signer, &tree(&[1, 2, 3, 4])).unwrap();
        assert_eq!(LogSigner::open(dir.path()).unwrap().last().size, 4);
    }

    #[test]
    fn a_key_without_its_memory_or_with_a_damaged_one_does_not_sign() {
        let dir = folder();
        let file = dir.path().join(LOG_LAST_FILE);
        let last = read_last(dir.path()).unwrap().to_string();
        std::fs::write(&file, &last).unwrap();
        let refused = LogSigner::open(dir.path()).unwrap_err();
        assert!(matches!(refused, LogSignerError::Torn));
        std::fs::write(&file, slots::file(b"example.org/log\n3\n")).unwrap();
        let refused = LogSigner::open(dir.path()).unwrap_err();
        assert!(matches!(refused, LogSignerError::Damaged(_)));
        let other = last.replace("example", "exempla");
        std::fs::write(&file, slots::file(other.as_bytes())).unwrap();
        let refused = LogSigner::open(dir.path()).unwrap_err();
        assert!(matches!(refused, LogSignerError::OtherLog));
        std::fs::remove_file(&file).unwrap();
        let refused = LogSigner::open(dir.path()).unwrap_err();
        assert!(matches!(refused, LogSignerError::Missing));
    }
}
