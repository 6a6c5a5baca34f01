//! The last checkpoint of one log, as a file.
//!
//! Form: the SHA-256 of what follows in hex, a newline, then the cosigned checkpoint as a note; or,
//! while nothing has been cosigned, the origin and a newline.

use std::io;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use thamvan_proto::tlog::{Checkpoint, Cosignature, Name, SignedNote, VerifierKey};

use crate::error::WitnessError;
use crate::files;
use crate::judge::{Last, NOTHING};
use crate::limits::STATE_LEN_MAX;

/// What a witness holds of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) last: Last,
    /// The last checkpoint with the log's signature and this witness's cosignature.
    pub(crate) note: Option<SignedNote>,
}

/// Name of a log's files and of its place in a URL: SHA-256 of the origin in hex.
pub(crate) fn file_name(origin: &Name) -> String {
    HEXLOWER.encode(&Sha256::digest(origin.as_str()))
}

/// Writes the first state of a log; durable when it returns.
///
/// # Errors
/// [`io::Error`].
pub(crate) fn create(dir: &Path, origin: &Name) -> io::Result<()> {
    store(dir, origin, &format!("{origin}\n"))
}

/// Writes the checkpoint cosigned last; durable when it returns.
///
/// # Errors
/// [`io::Error`]: what the file then holds is not known, and the caller must end.
pub(crate) fn replace(dir: &Path, origin: &Name, note: &SignedNote) -> io::Result<()> {
    store(dir, origin, &note.to_string())
}

/// Reads the state of a log and verifies both signatures on it.
///
/// # Errors
/// [`WitnessError::StateMissing`], [`WitnessError::StateDamaged`], [`WitnessError::Io`].
pub(crate) fn read(
    dir: &Path,
    log: &VerifierKey,
    witness: &VerifierKey,
) -> Result<State, WitnessError> {
    let origin = log.name().clone();
    match files::read(&dir.join(file_name(&origin)), STATE_LEN_MAX) {
        Ok(text) => parse(&text, log, witness).ok_or(WitnessError::StateDamaged { origin }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(WitnessError::StateMissing { origin })
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(WitnessError::StateDamaged { origin })
        }
        Err(source) => Err(WitnessError::io("state cannot be read")(source)),
    }
}

fn store(dir: &Path, origin: &Name, value: &str) -> io::Result<()> {
    let text = format!("{}\n{value}", digest(value));
    files::replace(dir, &file_name(origin), text.as_bytes(), files::PRIVATE)
}

fn parse(text: &str, log: &VerifierKey, witness: &VerifierKey) -> Option<State> {
    let (checksum, value) = text.split_once('\n')?;
    if checksum != digest(value) {
        return None;
    }
    if value.strip_suffix('\n') == Some(log.name().as_str()) {
        return Some(State {
            last: NOTHING,
            note: None,
        });
    }
    let note = SignedNote::parse(value).ok()?;
    note.verify(std::slice::from_ref(log)).ok()?;
    let own = note.signatures().iter().find(|line| line.is_by(witness))?;
    Cosignature::verify(own, witness, note.text()).ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    let last = Last {
        size: checkpoint.size,
        root: checkpoint.root,
    };
    (checkpoint.origin == *log.name()).then_some(State {
        last,
        note: Some(note),
    })
}

fn digest(value: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(value))
}

#[cfg(test)]
mod tests {
    use thamvan_proto::tlog::{CosignatureSigner, EMPTY_ROOT, NoteSigner, sign_checkpoint};

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn log() -> NoteSigner {
        NoteSigner::from_seed(name("log.example"), &[1; 32])
    }

    fn witness(seed: u8) -> CosignatureSigner {
        CosignatureSigner::from_seed(name("w.example"), &[seed; 32])
    }

    fn note() -> SignedNote {
        let checkpoint = Checkpoint {
            origin: name("log.example"),
            size: 5,
            root: EMPTY_ROOT,
        };
        let note = SignedNote::parse(&sign_checkpoint(&checkpoint, &log())).unwrap();
        let line = witness(2).cosign(&note, 7);
        note.with_signature(line).unwrap()
    }

    #[test]
    fn both_forms_are_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let (log, witness) = (log(), witness(2));
        let (log, witness) = (log.verifier_key(), witness.verifier_key());
        let read = || read(dir.path(), log, witness);
        assert!(matches!(read(), Err(WitnessError::StateMissing { .. })));
        create(dir.path(), log.name()).unwrap();
        assert_eq!(read().unwrap().last, NOTHING);
        replace(dir.path(), log.name(), &note()).unwrap();
        let state = read().unwrap();
        assert_eq!((state.last.size, state.note), (5, Some(note())));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let (log, witness) = (log(), witness(2));
        let (log, witness) = (log.verifier_key(), witness.verifier_key());
        for value in [note().to_string(), "log.example\n".to_owned()] {
            let text = format!("{}\n{value}", digest(&value));
            assert!(parse(&text, log, witness).is_some());
            for position in 0..text.len() {
                let mut flipped = text.clone().into_bytes();
                flipped[position] ^= 1;
                let flipped = String::from_utf8_lossy(&flipped).into_owned();
                assert_eq!(parse(&flipped, log, witness), None, "{position}");
                let cut = String::from_utf8_lossy(&text.as_bytes()[..position]).into_owned();
                assert_eq!(parse(&cut, log, witness), None, "{position}");
            }
        }
    }

    #[test]
    fn a_state_of_other_keys_is_refused() {
        let value = note().to_string();
        let text = format!("{}\n{value}", digest(&value));
        let (log, other) = (log(), witness(3));
        let (log, other) = (log.verifier_key(), other.verifier_key());
        assert_eq!(parse(&text, log, other), None);
        let stranger = NoteSigner::from_seed(name("log.example"), &[9; 32]);
        let own = witness(2);
        assert_eq!(
            parse(&text, stranger.verifier_key(), own.verifier_key()),
            None
        );
    }
}
