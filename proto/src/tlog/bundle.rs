//! The file that proves, offline, that an entry is in the log and that witnesses saw it there.
//!
//! In scope: the C2SP tlog-proof text, read strictly and written back, and its verification.
//! Out of scope: what the entry means, how it is recomputed from application data, and how old the
//! cosignatures may be.

use std::fmt;

use super::hash::{Hash, HashTextError, leaf_hash};
use super::note::{NOTE_LEN_MAX, NoteParseError, SignedNote};
use super::policy::{Policy, WitnessedCheckpoint, WitnessedCheckpointError};
use super::proof::{InclusionError, PROOF_HASHES_MAX, verify_inclusion};
use super::text;

/// An inclusion proof with the signed checkpoint that it leads to; none of it verified yet.
///
/// File names end in `.tlog-proof`. Invariant: [`TlogProof::parse`] reads what
/// [`Display`](fmt::Display) writes as the same value, and only that spelling.
///
/// Source: C2SP tlog-proof, "Format"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    extra: Vec<u8>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: SignedNote,
}

impl TlogProof {
    /// Puts a proof together.
    ///
    /// `extra`: what a verifier may need to recompute the entry; not authenticated; empty for none.
    /// `path`: as [`Tree::inclusion_path`](super::Tree::inclusion_path) gives it.
    ///
    /// # Errors
    /// [`TlogProofParseError::TooLong`] or [`TlogProofParseError::TooManyHashes`] (our fault).
    pub fn new(
        extra: Vec<u8>,
        index: u64,
        path: Vec<Hash>,
        checkpoint: SignedNote,
    ) -> Result<Self, TlogProofParseError> {
        if extra.len() > TLOG_PROOF_EXTRA_LEN_MAX {
            return Err(TlogProofParseError::TooLong { got: extra.len() });
        }
        if path.len() > PROOF_HASHES_MAX {
            return Err(TlogProofParseError::TooManyHashes);
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint,
        })
    }

    /// Reads a proof.
    ///
    /// `proof`: at most [`TLOG_PROOF_LEN_MAX`] bytes.
    ///
    /// # Errors
    /// [`TlogProofParseError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP tlog-proof, "Format"
    pub fn parse(proof: &str) -> Result<Self, TlogProofParseError> {
        if proof.len() > TLOG_PROOF_LEN_MAX {
            return Err(TlogProofParseError::TooLong { got: proof.len() });
        }
        let rest = proof
            .strip_prefix(FIRST_LINE)
            .ok_or(TlogProofParseError::MissingFirstLine)?;
        let (head, checkpoint) = rest
            .split_once("\n\n")
            .ok_or(TlogProofParseError::MissingEmptyLine)?;
        let mut lines = head.split('\n').peekable();
        let extra = match lines.next_if(|line| line.starts_with(EXTRA_PREFIX)) {
            Some(line) => parse_extra(line)?,
            None => Vec::new(),
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix(INDEX_PREFIX))
            .and_then(text::decimal)
            .ok_or(TlogProofParseError::Index)?;
        let path = text::hashes(lines, PROOF_HASHES_MAX).map_err(|refused| match refused {
            text::HashesError::TooMany => TlogProofParseError::TooManyHashes,
            text::HashesError::Hash(source) => TlogProofParseError::Hash(source),
        })?;
        let checkpoint = SignedNote::parse(checkpoint).map_err(TlogProofParseError::Note)?;
        Self::new(extra, index, path, checkpoint)
    }

    /// Verifies that `entry` is in the log of `policy` and that its quorum witnessed the
    /// checkpoint.
    ///
    /// `entry`: the bytes of the log entry, recomputed from application data. Whether the
    /// cosignatures are recent is for the caller to ask of the result.
    ///
    /// # Errors
    /// [`TlogProofError`] with the step that refused it (peer's fault).
    ///
    /// Source: C2SP tlog-proof; RFC 9162 s.2.1.3.2
    pub fn verify<'a>(
        &self,
        entry: &[u8],
        policy: &'a Policy,
    ) -> Result<WitnessedCheckpoint<'a>, TlogProofError> {
        let witnessed = policy
            .open(&self.checkpoint)
            .map_err(TlogProofError::Checkpoint)?;
        let checkpoint = witnessed.checkpoint();
        verify_inclusion(
            &leaf_hash(entry),
            self.index,
            checkpoint.size,
            &self.path,
            &checkpoint.root,
        )
        .map_err(TlogProofError::Inclusion)?;
        Ok(witnessed)
    }

    /// Returns the extra data, empty if there is none. Nothing authenticates it.
    #[must_use]
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// Returns the index of the entry, from 0. Not to be believed before
    /// [`verify`](Self::verify).
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Returns the inclusion path, leaf side first.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Returns the signed checkpoint, as it stands in the file.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedNote {
        &self.checkpoint
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(FIRST_LINE)?;
        if !self.extra.is_empty() {
            writeln!(formatter, "{EXTRA_PREFIX}{}", text::base64(&self.extra))?;
        }
        writeln!(formatter, "{INDEX_PREFIX}{}", self.index)?;
        for hash in &self.path {
            writeln!(formatter, "{}", hash.to_base64())?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

/// Why a text is not a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofParseError {
    /// The proof or its extra data is too long.
    #[error("proof has {got} bytes, which is too long")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The first line is not the name and version of the format.
    #[error("not a tlog-proof of version 1")]
    MissingFirstLine,
    /// No empty line stands before the checkpoint.
    #[error("proof has no empty line before its checkpoint")]
    MissingEmptyLine,
    /// The extra line is empty or not canonical base64.
    #[error("extra data is not canonical base64")]
    Extra,
    /// There is no line of `index` and a decimal `u64` without leading zeros.
    #[error("proof has no index")]
    Index,
    /// More than 63 hashes.
    #[error("inclusion proof has more than {PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// A line of the path is not a hash.
    #[error("hash of the inclusion proof is refused")]
    Hash(#[source] HashTextError),
    /// The checkpoint is not a signed note.
    #[error("checkpoint is not a signed note")]
    Note(#[source] NoteParseError),
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The log's signature, a cosignature or the quorum.
    #[error("checkpoint of the proof is refused")]
    Checkpoint(#[source] WitnessedCheckpointError),
    /// The entry is not shown to be in the tree.
    #[error("inclusion proof is refused")]
    Inclusion(#[source] InclusionError),
}

fn parse_extra(line: &str) -> Result<Vec<u8>, TlogProofParseError> {
    let base64 = line.strip_prefix(EXTRA_PREFIX).unwrap_or_default();
    let extra = text::from_base64(base64).ok_or(TlogProofParseError::Extra)?;
    //= https://c2sp.org/tlog-proof#format
    //# If no extra data is present, this line is omitted.
    if extra.is_empty() {
        return Err(TlogProofParseError::Extra);
    }
    Ok(extra)
}

/// Most extra data in bytes: a record of this system with room to spare.
pub const TLOG_PROOF_EXTRA_LEN_MAX: usize = 16 * 1024;

/// Longest proof in bytes: first line, extra data in base64 (4 for every 3, begun) with its prefix
/// and newline, index of 20 digits, 63 hashes of 45, an empty line and a note.
pub const TLOG_PROOF_LEN_MAX: usize = FIRST_LINE.len()
    + EXTRA_PREFIX.len()
    + TLOG_PROOF_EXTRA_LEN_MAX.div_ceil(3) * 4
    + 1
    + INDEX_PREFIX.len()
    + 21
    + PROOF_HASHES_MAX * 45
    + 1
    + NOTE_LEN_MAX;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";
const EXTRA_PREFIX: &str = "extra ";
const INDEX_PREFIX: &str = "index ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::cosignature::CosignatureSigner;
    use crate::tlog::key::{Name, NoteSigner};
    use crate::tlog::{Checkpoint, Tree, sign_checkpoint};

    const HASH: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const SIZE: u64 = 11;
    const TIME_S: u64 = 1_763_700_000;

    fn name(name: &str) -> Name {
        Name::parse(name).unwrap()
    }

    fn log() -> NoteSigner {
        NoteSigner::from_seed(name("log.example"), &[1; 32])
    }

    fn witness() -> CosignatureSigner {
        CosignatureSigner::from_seed(name("w.example"), &[2; 32])
    }

    fn policy() -> Policy {
        let (log, witness) = (log(), witness());
        let (log, witness) = (log.verifier_key(), witness.verifier_key());
        Policy::parse(&format!("log {log}\nwitness w {witness}\nquorum w\n")).unwrap()
    }

    fn entry(index: u64) -> Vec<u8> {
        format!("entry {index}").into_bytes()
    }

    fn tree() -> Tree {
        let mut tree = Tree::new();
        (0..SIZE).for_each(|index| tree.append(leaf_hash(&entry(index))));
        tree
    }

    fn signed() -> SignedNote {
        let checkpoint = Checkpoint {
            origin: name("log.example"),
            size: SIZE,
            root: tree().root(),
        };
        SignedNote::parse(&sign_checkpoint(&checkpoint, &log())).unwrap()
    }

    fn proof(index: u64) -> TlogProof {
        let note = signed();
        let line = witness().cosign(&note, TIME_S);
        let path = tree().inclusion_path(index, SIZE).unwrap();
        TlogProof::new(Vec::new(), index, path, note.with_signature(line).unwrap()).unwrap()
    }

    #[test]
    fn every_entry_is_proved_and_no_other() {
        let policy = policy();
        for index in 0..SIZE {
            let proof = TlogProof::parse(&proof(index).to_string()).unwrap();
            let witnessed = proof.verify(&entry(index), &policy).unwrap();
            assert_eq!(witnessed.quorum_time_s(), Some(TIME_S));
            assert_eq!(witnessed.checkpoint().size, SIZE);
            assert!(matches!(
                proof.verify(&entry(index + 1), &policy),
                Err(TlogProofError::Inclusion(InclusionError::WrongRoot { .. }))
            ));
        }
    }

    #[test]
    fn the_quorum_and_the_index_are_held_to() {
        let path = tree().inclusion_path(3, SIZE).unwrap();
        let lonely = TlogProof::new(Vec::new(), 3, path, signed()).unwrap();
        assert_eq!(
            lonely.verify(&entry(3), &policy()),
            Err(TlogProofError::Checkpoint(
                WitnessedCheckpointError::QuorumNotReached
            ))
        );
        let text = proof(3).to_string();
        let moved = TlogProof::parse(&text.replace("index 3\n", "index 11\n")).unwrap();
        assert_eq!(
            moved.verify(&entry(3), &policy()),
            Err(TlogProofError::Inclusion(
                InclusionError::IndexOutsideTree {
                    index: 11,
                    size: 11
                }
            ))
        );
    }

    #[test]
    fn the_text_is_that_of_the_specification() {
        let (note, hash) = (signed(), Hash::from_base64(HASH).unwrap());
        let with = TlogProof::new(b"extra".to_vec(), 73894, vec![hash; 2], note.clone()).unwrap();
        let text = format!(
            "c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 73894\n{HASH}\n{HASH}\n\n{note}"
        );
        assert_eq!(with.to_string(), text);
        assert_eq!(TlogProof::parse(&text), Ok(with));
        let without = TlogProof::new(Vec::new(), 0, Vec::new(), note.clone()).unwrap();
        let text = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{note}");
        assert_eq!(without.to_string(), text);
        assert_eq!(TlogProof::parse(&text), Ok(without));
    }

    #[test]
    fn refusals_are_typed() {
        use TlogProofParseError::*;
        let note = signed().to_string();
        let first = "c2sp.org/tlog-proof@v1\n";
        let many = format!("{HASH}\n").repeat(PROOF_HASHES_MAX + 1);
        let long = "x".repeat(TLOG_PROOF_LEN_MAX + 1);
        for (text, refused) in [
            (String::new(), MissingFirstLine),
            (long.clone(), TooLong { got: long.len() }),
            (format!("index 0\n\n{note}"), MissingFirstLine),
            (
                format!("c2sp.org/tlog-proof@v2\nindex 0\n\n{note}"),
                MissingFirstLine,
            ),
            (
                format!("c2sp.org/tlog-proof@v1\r\nindex 0\n\n{note}"),
                MissingFirstLine,
            ),
            (format!("{first}index 0\n"), MissingEmptyLine),
            (format!("{first}\n{note}"), Index),
            (format!("{first}{HASH}\n\n{note}"), Index),
            (format!("{first}index 00\n\n{note}"), Index),
            (format!("{first}index +1\n\n{note}"), Index),
            (format!("{first}index 1 \n\n{note}"), Index),
            (
                format!("{first}index 18446744073709551616\n\n{note}"),
                Index,
            ),
            (format!("{first}extra \nindex 0\n\n{note}"), Extra),
            (format!("{first}extra AB==\nindex 0\n\n{note}"), Extra),
            (format!("{first}extra AA\nindex 0\n\n{note}"), Extra),
            (
                format!("{first}index 0\nextra AA==\n\n{note}"),
                Hash(HashTextError::NotBase64),
            ),
            (
                format!("{first}extra AA==\nextra AA==\nindex 0\n\n{note}"),
                Index,
            ),
            (
                format!("{first}index 0\nAA==\n\n{note}"),
                Hash(HashTextError::WrongLength { got: 1 }),
            ),
            (format!("{first}index 0\n{many}\n{note}"), TooManyHashes),
            (
                format!("{first}index 0\n\n"),
                Note(NoteParseError::MissingFinalNewline),
            ),
            (
                format!("{first}index 0\n\nx\n"),
                Note(NoteParseError::MissingEmptyLine),
            ),
        ] {
            assert_eq!(TlogProof::parse(&text), Err(refused), "{text:?}");
        }
        let extra = |len: usize| TlogProof::new(vec![7; len], 0, Vec::new(), signed());
        assert!(extra(TLOG_PROOF_EXTRA_LEN_MAX).is_ok());
        assert_eq!(
            extra(TLOG_PROOF_EXTRA_LEN_MAX + 1),
            Err(TooLong {
                got: TLOG_PROOF_EXTRA_LEN_MAX + 1
            })
        );
    }

    proptest! {
        #[test]
        fn round_trips_and_refuses_every_truncation(
            extra in proptest::collection::vec(any::<u8>(), 0..40),
            index in any::<u64>(),
            path in proptest::collection::vec(any::<[u8; 32]>(), 0..=63),
            cut in any::<proptest::sample::Index>(),
        ) {
            let path = path.into_iter().map(Hash).collect();
            let proof = TlogProof::new(extra, index, path, signed()).unwrap();
            let text = proof.to_string();
            prop_assert_eq!(TlogProof::parse(&text), Ok(proof));
            let cut = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at));
            prop_assert!(TlogProof::parse(&text[..cut.unwrap()]).is_err());
        }
    }
}
