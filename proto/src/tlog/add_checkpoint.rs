//! What a log and a witness send each other: the texts of the call `add-checkpoint`.
//!
//! In scope: the request, and both texts that answer it.
//! Out of scope: HTTP, whether the request is granted, and checking the cosignatures received
//! (see [`Cosignature`](super::Cosignature)).

use std::fmt;

use super::hash::{Hash, HashTextError};
use super::note::{
    NOTE_LEN_MAX, NOTE_SIGNATURES_MAX, NoteParseError, NoteSignature, SignatureLineError,
    SignedNote,
};
use super::proof::PROOF_HASHES_MAX;
use super::text;

/// A request to cosign a checkpoint, with the proof that it extends the last one cosigned.
///
/// Nothing in it is verified.
///
/// Source: C2SP tlog-witness, "add-checkpoint"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the checkpoint that the witness is thought to have cosigned last; 0 if none.
    pub old_size: u64,
    /// Consistency path from that size: 0..=63 hashes, leaf side first.
    pub path: Vec<Hash>,
    /// The signed checkpoint; any number of signatures.
    pub checkpoint: SignedNote,
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// `body`: at most [`ADD_CHECKPOINT_LEN_MAX`] bytes.
    ///
    /// # Errors
    /// [`AddCheckpointError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP tlog-witness, "add-checkpoint"
    pub fn parse(body: &str) -> Result<Self, AddCheckpointError> {
        if body.len() > ADD_CHECKPOINT_LEN_MAX {
            return Err(AddCheckpointError::TooLong { got: body.len() });
        }
        let (head, checkpoint) = body
            .split_once("\n\n")
            .ok_or(AddCheckpointError::MissingEmptyLine)?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix(OLD_PREFIX))
            .and_then(text::decimal)
            .ok_or(AddCheckpointError::OldSize)?;
        let path = text::hashes(lines, PROOF_HASHES_MAX).map_err(|refused| match refused {
            text::HashesError::TooMany => AddCheckpointError::TooManyHashes,
            text::HashesError::Hash(source) => AddCheckpointError::Hash(source),
        })?;
        let checkpoint = SignedNote::parse(checkpoint).map_err(AddCheckpointError::Note)?;
        Ok(Self {
            old_size,
            path,
            checkpoint,
        })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{OLD_PREFIX}{}", self.old_size)?;
        for hash in &self.path {
            writeln!(formatter, "{}", hash.to_base64())?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

/// Reads what a witness answers when it grants a request: its signature lines, none verified.
///
/// Lines of keys that the caller does not know must be ignored.
///
/// # Errors
/// [`CosignatureLinesError`] with the refused fact (peer's fault).
///
/// Source: C2SP tlog-witness, "add-checkpoint"
pub fn parse_cosignature_lines(body: &str) -> Result<Vec<NoteSignature>, CosignatureLinesError> {
    if body.len() > COSIGNATURE_LINES_LEN_MAX {
        return Err(CosignatureLinesError::TooLong { got: body.len() });
    }
    let lines = body
        .strip_suffix('\n')
        .ok_or(CosignatureLinesError::MissingFinalNewline)?;
    let got = lines.split('\n').count();
    if got > NOTE_SIGNATURES_MAX {
        return Err(CosignatureLinesError::TooMany { got });
    }
    lines
        .split('\n')
        .map(|line| NoteSignature::parse(line).map_err(CosignatureLinesError::Line))
        .collect()
}

/// Reads what a witness answers when the old size is not the one it holds: the one it holds.
///
/// Nothing if `body` is not a decimal number and a newline. The content type of such an answer is
/// [`TREE_SIZE_CONTENT_TYPE`].
///
/// Source: C2SP tlog-witness, "add-checkpoint"
#[must_use]
pub fn parse_tree_size(body: &str) -> Option<u64> {
    body.strip_suffix('\n').and_then(text::decimal)
}

/// Why a text is not the body of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// The body is too long.
    #[error("request has {got} bytes, at most {ADD_CHECKPOINT_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// No empty line stands before the checkpoint.
    #[error("request has no empty line before its checkpoint")]
    MissingEmptyLine,
    /// The first line is not `old` and a decimal `u64` without leading zeros.
    #[error("request does not start with an old size")]
    OldSize,
    /// More than 63 hashes.
    #[error("request has more than {PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// A line of the path is not a hash.
    #[error("hash of the consistency proof is refused")]
    Hash(#[source] HashTextError),
    /// The checkpoint is not a signed note.
    #[error("checkpoint is not a signed note")]
    Note(#[source] NoteParseError),
}

/// Why a text is not a list of cosignatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureLinesError {
    /// The text is too long.
    #[error("answer has {got} bytes, at most {COSIGNATURE_LINES_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The text does not end in a newline.
    #[error("answer does not end in a newline")]
    MissingFinalNewline,
    /// The text has too many lines.
    #[error("answer has {got} lines, at most {NOTE_SIGNATURES_MAX} are read")]
    TooMany {
        /// Number of lines.
        got: usize,
    },
    /// A line is not a signature line.
    #[error("signature line is refused")]
    Line(#[source] SignatureLineError),
}

/// Content type of the answer that names the size a witness holds (C2SP tlog-witness).
pub const TREE_SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// Longest request in bytes: `old` with a size of 20 digits (25), 63 hashes of 45, an empty line
/// and a note.
pub const ADD_CHECKPOINT_LEN_MAX: usize = 25 + PROOF_HASHES_MAX * 45 + 1 + NOTE_LEN_MAX;

/// Longest list of cosignatures in bytes: it must fit below a note.
pub const COSIGNATURE_LINES_LEN_MAX: usize = NOTE_LEN_MAX;

const OLD_PREFIX: &str = "old ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::key::{Name, NoteSigner};

    const NOTE: &str = "log.example\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    const HASH: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn note() -> SignedNote {
        let signer = NoteSigner::from_seed(Name::parse("log.example").unwrap(), &[3; 32]);
        SignedNote::sign(NOTE, &[&signer]).unwrap()
    }

    fn hash() -> Hash {
        Hash::from_base64(HASH).unwrap()
    }

    #[test]
    fn requests_round_trip() {
        for path in [vec![], vec![hash()], vec![hash(); PROOF_HASHES_MAX]] {
            for old_size in [0, 4, u64::MAX] {
                let request = AddCheckpoint {
                    old_size,
                    path: path.clone(),
                    checkpoint: note(),
                };
                let body = request.to_string();
                assert_eq!(AddCheckpoint::parse(&body), Ok(request));
                assert!(body.len() <= ADD_CHECKPOINT_LEN_MAX);
            }
        }
        let body = format!("old 4\n{HASH}\n\n{}", note());
        let request = AddCheckpoint::parse(&body).unwrap();
        assert_eq!(request.to_string(), body);
    }

    #[test]
    fn request_refusals_are_typed() {
        use AddCheckpointError::*;
        let note = note().to_string();
        let many = format!("{HASH}\n").repeat(PROOF_HASHES_MAX + 1);
        let long = "x".repeat(ADD_CHECKPOINT_LEN_MAX + 1);
        for (body, refused) in [
            (String::new(), MissingEmptyLine),
            ("old 0\n".to_owned(), MissingEmptyLine),
            (long.clone(), TooLong { got: long.len() }),
            (format!("\n\n{note}"), OldSize),
            (format!("new 0\n\n{note}"), OldSize),
            (format!("old\n\n{note}"), OldSize),
            (format!("old  0\n\n{note}"), OldSize),
            (format!("old 00\n\n{note}"), OldSize),
            (format!("old -1\n\n{note}"), OldSize),
            (format!("old 18446744073709551616\n\n{note}"), OldSize),
            (format!("old 0\r\n\n{note}"), OldSize),
            (format!("old 4\n{many}\n{note}"), TooManyHashes),
            (
                format!("old 4\n{HASH} \n\n{note}"),
                Hash(HashTextError::NotBase64),
            ),
            (
                format!("old 4\nAA==\n\n{note}"),
                Hash(HashTextError::WrongLength { got: 1 }),
            ),
            (
                "old 4\n\n".to_owned(),
                Note(NoteParseError::MissingFinalNewline),
            ),
            (
                format!("old 4\n\n{NOTE}"),
                Note(NoteParseError::MissingEmptyLine),
            ),
        ] {
            assert_eq!(AddCheckpoint::parse(&body), Err(refused), "{body:?}");
        }
    }

    #[test]
    fn answers_are_read_strictly() {
        let lines = note().signatures().to_vec();
        let body = format!("{}\n", lines[0]);
        assert_eq!(parse_cosignature_lines(&body), Ok(lines));
        use CosignatureLinesError::*;
        for (refused_body, refused) in [
            (String::new(), MissingFinalNewline),
            (body.trim_end().to_owned(), MissingFinalNewline),
            ("\n".to_owned(), Line(SignatureLineError::MissingDash)),
            (format!("{body}\n"), Line(SignatureLineError::MissingDash)),
            (body.repeat(101), TooMany { got: 101 }),
            (
                "x".repeat(COSIGNATURE_LINES_LEN_MAX + 1),
                TooLong {
                    got: COSIGNATURE_LINES_LEN_MAX + 1,
                },
            ),
        ] {
            assert_eq!(parse_cosignature_lines(&refused_body), Err(refused));
        }
        assert_eq!(parse_tree_size("0\n"), Some(0));
        assert_eq!(parse_tree_size("18446744073709551615\n"), Some(u64::MAX));
        for refused in ["", "\n", "5", "05\n", "5\n\n", " 5\n", "5 \n"] {
            assert_eq!(parse_tree_size(refused), None, "{refused:?}");
        }
    }
}
