//! Checkpoints: the signed statement of a log's size and root hash.
//!
//! In scope: the three-line body, signing it and opening it with the log's key.
//! Out of scope: whether one checkpoint extends another (see `proof`) and witness cosignatures
//! (see `cosignature` and `policy`).

use std::fmt;

use super::hash::{EMPTY_ROOT, Hash, HashTextError};
use super::key::{Name, NameError, NoteSigner, VerifierKey};
use super::note::{NoteError, NoteParseError, SignedNote};
use super::text;

/// Size and root hash of a log at one moment.
///
/// A log must never sign two inconsistent checkpoints. The body has no extension lines: nothing in
/// them could be audited.
///
/// Source: C2SP tlog-checkpoint, "Note text"; vectors: tests/vectors/tlog/checkpoint.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log; also the name of its key.
    pub origin: Name,
    /// Number of entries.
    pub size: u64,
    /// Root hash of the tree of that size.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads a body of exactly three lines, each ending in a newline.
    ///
    /// # Errors
    /// [`CheckpointParseError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP tlog-checkpoint, "Note text"; vectors: tests/vectors/tlog/checkpoint.json
    pub fn parse(body: &str) -> Result<Self, CheckpointParseError> {
        let body = body
            .strip_suffix('\n')
            .ok_or(CheckpointParseError::MissingFinalNewline)?;
        let lines: Vec<&str> = body.splitn(BODY_LINES + 1, '\n').collect();
        let [origin, size, root] = match lines.as_slice() {
            [origin, size, root] => [origin, size, root],
            [_, _, _, ..] => return Err(CheckpointParseError::ExtensionLine),
            fewer => return Err(CheckpointParseError::MissingLine { got: fewer.len() }),
        };
        let origin = Name::parse(origin).map_err(CheckpointParseError::Origin)?;
        let size = text::decimal(size).ok_or(CheckpointParseError::SizeNotANumber)?;
        let root = Hash::from_base64(root).map_err(CheckpointParseError::Root)?;
        if size == 0 && root != EMPTY_ROOT {
            return Err(CheckpointParseError::WrongEmptyRoot { got: root });
        }
        Ok(Self { origin, size, root })
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the body: origin, size and root hash, each with a newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            self.root.to_base64()
        )
    }
}

/// Writes `checkpoint` as a note signed by the log.
///
/// The caller has made sure that it extends every checkpoint signed before, and stores it before
/// anyone sees it.
///
/// Source: C2SP tlog-checkpoint, "Signatures"; vectors: tests/vectors/tlog/checkpoint.json
#[must_use]
pub fn sign_checkpoint(checkpoint: &Checkpoint, signer: &NoteSigner) -> String {
    let note = SignedNote::sign(&checkpoint.to_string(), &[signer]);
    note.expect("three bounded lines without control characters make a note")
        .to_string()
}

/// Opens a signed checkpoint of the log `origin` with the log's key.
///
/// Lines of other keys, such as cosignatures, are ignored.
///
/// # Errors
/// [`CheckpointError`] with the step that refused it (peer's fault).
///
/// Source: C2SP tlog-checkpoint; vectors: tests/vectors/tlog/checkpoint.json
pub fn open_checkpoint(
    note_text: &str,
    origin: &Name,
    log_key: &VerifierKey,
) -> Result<Checkpoint, CheckpointError> {
    let note = SignedNote::parse(note_text).map_err(CheckpointError::Note)?;
    open_note(&note, origin, log_key)
}

/// Opens a signed checkpoint that is already taken apart; never [`CheckpointError::Note`].
pub(super) fn open_note(
    note: &SignedNote,
    origin: &Name,
    log_key: &VerifierKey,
) -> Result<Checkpoint, CheckpointError> {
    note.verify(std::slice::from_ref(log_key))
        .map_err(CheckpointError::Signature)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(CheckpointError::Body)?;
    if checkpoint.origin != *origin {
        let (got, expected) = (checkpoint.origin, origin.clone());
        return Err(CheckpointError::WrongOrigin { got, expected });
    }
    Ok(checkpoint)
}

/// Why a text is not the body of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointParseError {
    /// The body does not end in a newline.
    #[error("checkpoint does not end in a newline")]
    MissingFinalNewline,
    /// The body has fewer than three lines.
    #[error("checkpoint has {got} lines, expected {BODY_LINES}")]
    MissingLine {
        /// Number of lines.
        got: usize,
    },
    /// The body has more than three lines.
    #[error("checkpoint has an extension line")]
    ExtensionLine,
    /// The first line is not an acceptable origin.
    #[error("checkpoint origin is refused")]
    Origin(#[source] NameError),
    /// The second line is not a decimal `u64` without leading zeros.
    #[error("checkpoint size is not a number")]
    SizeNotANumber,
    /// The third line is not a hash.
    #[error("checkpoint root is refused")]
    Root(#[source] HashTextError),
    /// A log without entries claims some other root than the empty one.
    #[error("checkpoint of size 0 has root {got:?}, which is not the empty root")]
    WrongEmptyRoot {
        /// Root claimed.
        got: Hash,
    },
}

/// Why a signed checkpoint is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text is not a signed note.
    #[error("checkpoint is not a signed note")]
    Note(#[source] NoteParseError),
    /// The log's signature is missing or wrong.
    #[error("checkpoint signature is refused")]
    Signature(#[source] NoteError),
    /// The signed text is not the body of a checkpoint.
    #[error("checkpoint body is refused")]
    Body(#[source] CheckpointParseError),
    /// The checkpoint is signed by the key but belongs to another log.
    #[error("checkpoint is of log {got}, expected {expected}")]
    WrongOrigin {
        /// Origin on the checkpoint.
        got: Name,
        /// Origin asked for.
        expected: Name,
    },
}

/// Origin, size and root hash.
const BODY_LINES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "log.example/thamvan";
    const ROOT: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn origin(text: &str) -> Name {
        Name::parse(text).expect("origin is allowed")
    }

    fn signer() -> NoteSigner {
        NoteSigner::from_seed(origin(ORIGIN), &[3; 32])
    }

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint {
            origin: origin(ORIGIN),
            size,
            root: EMPTY_ROOT,
        }
    }

    #[test]
    fn body_round_trips() {
        for size in [0, 1, u64::MAX] {
            let body = format!("{ORIGIN}\n{size}\n{ROOT}\n");
            assert_eq!(checkpoint(size).to_string(), body);
            assert_eq!(Checkpoint::parse(&body), Ok(checkpoint(size)));
        }
    }

    #[test]
    fn body_refusals_are_typed() {
        use CheckpointParseError::*;
        let length = |got| Root(HashTextError::WrongLength { got });
        let zeros = Hash([0; 32]);
        for (body, refused) in [
            (String::new(), MissingFinalNewline),
            (format!("{ORIGIN}\n1\n{ROOT}"), MissingFinalNewline),
            ("\n".to_owned(), MissingLine { got: 1 }),
            (format!("{ORIGIN}\n1\n"), MissingLine { got: 2 }),
            (format!("{ORIGIN}\n1\n{ROOT}\nextension\n"), ExtensionLine),
            (format!("{ORIGIN}\n1\n{ROOT}\n\n"), ExtensionLine),
            (format!("\n1\n{ROOT}\n"), Origin(NameError::Empty)),
            (
                format!("a b\n1\n{ROOT}\n"),
                Origin(NameError::ForbiddenCharacter { got: ' ' }),
            ),
            (format!("{ORIGIN}\n01\n{ROOT}\n"), SizeNotANumber),
            (format!("{ORIGIN}\n+1\n{ROOT}\n"), SizeNotANumber),
            (
                format!("{ORIGIN}\n18446744073709551616\n{ROOT}\n"),
                SizeNotANumber,
            ),
            (
                format!("{ORIGIN}\n1\n{ROOT}=\n"),
                Root(HashTextError::NotBase64),
            ),
            (format!("{ORIGIN}\n1\n\n"), length(0)),
            (format!("{ORIGIN}\n1\nAA==\n"), length(1)),
            (
                format!("{ORIGIN}\n0\n{}\n", zeros.to_base64()),
                WrongEmptyRoot { got: zeros },
            ),
        ] {
            assert_eq!(Checkpoint::parse(&body), Err(refused), "{body:?}");
        }
    }

    #[test]
    fn signed_checkpoint_opens_with_the_log_key_only() {
        let (signer, checkpoint) = (signer(), checkpoint(5));
        let note = sign_checkpoint(&checkpoint, &signer);
        let key = signer.verifier_key();
        assert_eq!(open_checkpoint(&note, &origin(ORIGIN), key), Ok(checkpoint));
        let stranger = NoteSigner::from_seed(origin(ORIGIN), &[4; 32]);
        assert_eq!(
            open_checkpoint(&note, &origin(ORIGIN), stranger.verifier_key()),
            Err(CheckpointError::Signature(NoteError::NoKnownSignature))
        );
        let (name, key_id) = (origin(ORIGIN), key.id());
        assert_eq!(
            open_checkpoint(&note.replace("\n5\n", "\n6\n"), &origin(ORIGIN), key),
            Err(CheckpointError::Signature(NoteError::BadSignature {
                name,
                key_id
            }))
        );
        assert_eq!(
            open_checkpoint("", &origin(ORIGIN), key),
            Err(CheckpointError::Note(NoteParseError::MissingFinalNewline))
        );
    }

    #[test]
    fn signed_checkpoint_of_another_log_or_with_extensions_is_refused() {
        let signer = signer();
        let (got, expected) = (origin(ORIGIN), origin("other.example"));
        assert_eq!(
            open_checkpoint(
                &sign_checkpoint(&checkpoint(5), &signer),
                &expected,
                signer.verifier_key()
            ),
            Err(CheckpointError::WrongOrigin { got, expected })
        );
        let extended = SignedNote::sign(&format!("{}extension\n", checkpoint(5)), &[&signer]);
        let extended = extended.expect("the text is a note").to_string();
        assert_eq!(
            open_checkpoint(&extended, &origin(ORIGIN), signer.verifier_key()),
            Err(CheckpointError::Body(CheckpointParseError::ExtensionLine))
        );
    }

    #[test]
    fn largest_checkpoint_still_makes_a_note() {
        let origin = origin(&"o".repeat(255));
        let signer = NoteSigner::from_seed(origin.clone(), &[3; 32]);
        let largest = Checkpoint {
            origin: origin.clone(),
            size: u64::MAX,
            root: EMPTY_ROOT,
        };
        let note = sign_checkpoint(&largest, &signer);
        assert_eq!(
            open_checkpoint(&note, &origin, signer.verifier_key()),
            Ok(largest)
        );
    }
}
