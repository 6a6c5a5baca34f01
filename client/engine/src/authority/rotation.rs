//! Root keys that give way to the next ones: each set commits to the one after it, so a stolen set rotates to no keys but ours.
//!
//! The folder keeps one set of keys and one chain of entries for each generation; a rotation begins the next.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use thamvan_proto::cbor;
use thamvan_proto::directory::{RootRotation, Statement};
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::frame::{Body, EntryWithBodies, Receipt, Submit};
use thamvan_proto::id::{PublicKey, StreamId};
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::tlog::Hash;

use super::{Authority, ENTRIES, make_root_key, new_folder, not_allowed, public, read_root_key};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::secret::Passphrase;

impl Authority {
    /// Signs the statement that puts the next keys in force and commits to new ones after them; the folder goes on with
    /// the next keys. What it gives, and keeps in the folder's entries, is handed to the server by any live device.
    ///
    /// # Errors
    /// Trouble with the folder; [`EngineError::WrongPassphrase`].
    pub fn rotate(&self, passphrase: &Passphrase) -> Result<EntryWithBodies, EngineError> {
        let count = self.genesis.root_keys.len();
        if self.keys.len() < count {
            let what = "root keys that are kept apart cannot be rotated in this version";
            return Err(not_allowed("root_keys_apart", what));
        }
        let next = keys_of(&self.dir, self.generation + 1, count, passphrase)?;
        let after = (1..=count)
            .map(|n| {
                let path = key_path(&self.dir, self.generation + 2, n);
                if path.exists() {
                    read_root_key(&path, passphrase)
                } else {
                    make_root_key(&path, passphrase)
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let rotation = RootRotation {
            threshold: self.genesis.threshold,
            keys: next.iter().map(public).collect(),
            next_roots: commitment(&after),
        };
        let body = self.statements(vec![Statement::RootRotation(rotation)])?;
        let entry = self.log(EntryType::RootStatement, body, vec![])?;
        new_folder(&self.dir.join(entries(self.generation + 1)))?;
        Ok(entry)
    }
}

impl Engine {
    /// Hands a root statement to the server: its own signatures are all it needs. Gives its seq in stream 0.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn submit_root_statement(&mut self, file: &[u8]) -> Result<u64, EngineError> {
        let made: EntryWithBodies = cbor::from_slice(file, FRAME_LEN_MAX)?;
        let submit = Submit {
            entry: made.entry,
            body: made.body,
            sides: made.sides,
            stream_key: None,
        };
        let entry = submit.entry.clone();
        let receipt: Receipt = self.online()?.request(Body::Submit(submit)).await?;
        let (record, _) = self.check_receipt(StreamId::DIRECTORY, &entry, &receipt)?;
        self.read_up_to(StreamId::DIRECTORY, record.seq).await?;
        let logged = self.ledger.record_hash(&StreamId::DIRECTORY, record.seq);
        if logged == Some(sha256(&receipt.record)) {
            Ok(record.seq)
        } else {
            Err(EngineError::Finding {
                what: "the log receipt names another record than the one delivered".into(),
            })
        }
    }
}

/// How often the keys of this folder have been rotated: each time began a folder of entries.
pub(super) fn generation(dir: &Path) -> u64 {
    (1..)
        .take_while(|next| dir.join(entries(*next)).is_dir())
        .last()
        .unwrap_or(0)
}

/// The keys of a generation that are in this folder.
pub(super) fn keys_of(
    dir: &Path,
    generation: u64,
    count: usize,
    passphrase: &Passphrase,
) -> Result<Vec<SigningKey>, EngineError> {
    (1..=count)
        .map(|n| key_path(dir, generation, n))
        .filter(|path| path.exists())
        .map(|path| read_root_key(&path, passphrase))
        .collect()
}

pub(super) fn key_path(dir: &Path, generation: u64, n: usize) -> PathBuf {
    let set = match generation {
        0 => "root".to_owned(),
        1 => "next".to_owned(),
        later => format!("next-{later}"),
    };
    dir.join(format!("{set}-{n}.key"))
}

/// The folder of the entries that a generation signed.
pub(super) fn entries(generation: u64) -> String {
    match generation {
        0 => ENTRIES.to_owned(),
        later => format!("{ENTRIES}-{later}"),
    }
}

/// What a set of keys is committed to by.
pub(super) fn commitment(keys: &[SigningKey]) -> Hash {
    let keys: Vec<PublicKey> = keys.iter().map(public).collect();
    sha256(&cbor::to_vec(&keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_counts_its_rotations_and_names_each_set_of_keys_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(generation(dir.path()), 0);
        for next in 1..=3 {
            std::fs::create_dir(dir.path().join(entries(next))).unwrap();
            assert_eq!(generation(dir.path()), next);
        }
        let names: Vec<PathBuf> = (0..4).map(|at| key_path(dir.path(), at, 1)).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name:?}");
        }
    }
}
