//! The decision of a witness, in the order in which the specification states its checks.
//!
//! In scope: whether a request is granted. Out of scope: where the last checkpoint is kept, time,
//! and the cosignature. Pure.

use thamvan_proto::tlog::{
    AddCheckpoint, AddCheckpointError, Checkpoint, CheckpointParseError, ConsistencyError,
    EMPTY_ROOT, Hash, Name, NoteError, VerifierKey, verify_consistency,
};

/// Size and root of the checkpoint that a witness cosigned last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// What a witness that has cosigned nothing of a log starts from.
pub(crate) const NOTHING: Last = Last {
    size: 0,
    root: EMPTY_ROOT,
};

/// Names the log that a request is about, to find its key and state.
///
/// # Errors
/// [`Refusal::Origin`].
pub(crate) fn origin(request: &AddCheckpoint) -> Result<Name, Refusal> {
    let text = request.checkpoint.text();
    let first = text.split('\n').next().unwrap_or_default();
    Name::parse(first).map_err(|_| Refusal::Origin)
}

/// Judges the checkpoint by itself: the log's signature and the body.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn judge_checkpoint(
    request: &AddCheckpoint,
    log: &VerifierKey,
) -> Result<Checkpoint, Refusal> {
    //= https://c2sp.org/tlog-witness#add-checkpoint
    //# The witness MUST verify the checkpoint signature against the public key(s) it trusts for the checkpoint origin, and it MUST ignore signatures from unknown keys.
    request
        .checkpoint
        .verify(std::slice::from_ref(log))
        .map_err(Refusal::Signature)?;
    let checkpoint = Checkpoint::parse(request.checkpoint.text()).map_err(|refused| {
        if matches!(refused, CheckpointParseError::WrongEmptyRoot { .. }) {
            Refusal::WrongEmptyRoot
        } else {
            Refusal::Body(refused)
        }
    })?;
    if request.old_size > checkpoint.size {
        return Err(Refusal::OldSizeAboveSize);
    }
    Ok(checkpoint)
}

/// Judges a checkpoint that stands by itself against the one cosigned last.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn judge_extension(
    request: &AddCheckpoint,
    checkpoint: &Checkpoint,
    last: Last,
) -> Result<(), Refusal> {
    //= https://c2sp.org/tlog-witness#add-checkpoint
    //# The witness MUST check that the old size matches the size of the latest checkpoint it cosigned for the checkpoint's origin (or zero if it never cosigned a checkpoint for that origin).
    if request.old_size != last.size {
        return Err(Refusal::OtherSize { size: last.size });
    }
    let (size, root) = (checkpoint.size, &checkpoint.root);
    verify_consistency(last.size, &last.root, size, root, &request.path)
        .map_err(Refusal::Inconsistent)
}

/// Tells whether the log has signed two roots for the size cosigned last: evidence against it.
pub(crate) fn is_split(checkpoint: &Checkpoint, last: Last) -> bool {
    checkpoint.size == last.size && checkpoint.root != last.root
}

/// Why a checkpoint is not cosigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request is not UTF-8.
    #[error("request is not a text")]
    NotText,
    /// The request is not one.
    #[error("request is malformed")]
    Malformed(#[source] AddCheckpointError),
    /// The first line of the checkpoint cannot name a log.
    #[error("checkpoint has no origin")]
    Origin,
    /// The log is not one that this witness watches.
    #[error("unknown log")]
    UnknownLog,
    /// No signature of the log, or a bad one.
    #[error("checkpoint is not signed by its log")]
    Signature(#[source] NoteError),
    /// The signed text is not the body of a checkpoint.
    #[error("checkpoint is malformed")]
    Body(#[source] CheckpointParseError),
    /// The old size is above the size of the checkpoint.
    #[error("old size is above the size of the checkpoint")]
    OldSizeAboveSize,
    /// The checkpoint cosigned last has another size than the old size.
    #[error("the checkpoint cosigned last has size {size}")]
    OtherSize {
        /// That size.
        size: u64,
    },
    /// A log without entries has another root than the empty one.
    #[error("checkpoint of size 0 does not have the empty root")]
    WrongEmptyRoot,
    /// The checkpoint is not shown to extend the one cosigned last.
    #[error("consistency proof is refused")]
    Inconsistent(#[source] ConsistencyError),
}

#[cfg(test)]
mod tests {
    use thamvan_proto::tlog::{NoteSigner, SignedNote, Tree, leaf_hash, sign_checkpoint};

    use super::*;

    fn log() -> NoteSigner {
        NoteSigner::from_seed(Name::parse("log.example").unwrap(), &[3; 32])
    }

    fn tree() -> Tree {
        let mut tree = Tree::new();
        (0..9_u8).for_each(|index| tree.append(leaf_hash(&[index])));
        tree
    }

    fn last(size: u64) -> Last {
        let root = tree().root_at(size).unwrap();
        Last { size, root }
    }

    fn request(old_size: u64, size: u64) -> AddCheckpoint {
        let (origin, root) = (Name::parse("log.example").unwrap(), last(size).root);
        let checkpoint = Checkpoint { origin, size, root };
        AddCheckpoint {
            old_size,
            path: tree().consistency_path(old_size, size).unwrap_or_default(),
            checkpoint: SignedNote::parse(&sign_checkpoint(&checkpoint, &log())).unwrap(),
        }
    }

    fn signed(text: &str) -> AddCheckpoint {
        AddCheckpoint {
            old_size: 0,
            path: Vec::new(),
            checkpoint: SignedNote::sign(text, &[&log()]).unwrap(),
        }
    }

    fn judge(request: &AddCheckpoint, last: Last) -> Result<u64, Refusal> {
        let checkpoint = judge_checkpoint(request, log().verifier_key())?;
        judge_extension(request, &checkpoint, last)?;
        Ok(checkpoint.size)
    }

    #[test]
    fn every_extension_of_the_last_one_is_granted_and_no_other_old_size() {
        for old in 0..=9 {
            for new in old..=9 {
                let request = request(old, new);
                assert_eq!(judge(&request, last(old)), Ok(new), "{old} {new}");
                let other = (old + 1) % 10;
                assert_eq!(
                    judge(&request, last(other)),
                    Err(Refusal::OtherSize { size: other })
                );
            }
        }
        assert_eq!(judge(&request(0, 0), NOTHING), Ok(0));
        assert_eq!(
            judge(&request(5, 4), last(5)),
            Err(Refusal::OldSizeAboveSize)
        );
    }

    #[test]
    fn proofs_are_exact() {
        let mut long = request(0, 4);
        long.path.push(EMPTY_ROOT);
        let wrong = |got| {
            Err(Refusal::Inconsistent(ConsistencyError::WrongPathLength {
                got,
            }))
        };
        assert_eq!(judge(&long, NOTHING), wrong(1));
        let mut short = request(3, 7);
        let got = short.path.len() - 1;
        short.path.pop();
        assert_eq!(judge(&short, last(3)), wrong(got));
        let mut same = request(4, 4);
        same.path.push(EMPTY_ROOT);
        assert_eq!(judge(&same, last(4)), wrong(1));
    }

    #[test]
    fn another_root_of_the_same_size_is_refused_and_is_evidence() {
        let request = request(4, 4);
        let other = Last {
            size: 4,
            root: last(5).root,
        };
        let refused = judge(&request, other);
        assert!(matches!(
            refused,
            Err(Refusal::Inconsistent(
                ConsistencyError::SameSizeDifferentRoot { size: 4, .. }
            ))
        ));
        let checkpoint = judge_checkpoint(&request, log().verifier_key()).unwrap();
        assert!(is_split(&checkpoint, other));
        assert!(!is_split(&checkpoint, last(4)) && !is_split(&checkpoint, last(5)));
    }

    #[test]
    fn the_signature_comes_before_the_body() {
        let empty = "log.example\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        assert_eq!(judge(&signed(empty), NOTHING), Err(Refusal::WrongEmptyRoot));
        let extended = format!("{}extension\n", request(0, 4).checkpoint.text());
        assert_eq!(
            judge(&signed(&extended), NOTHING),
            Err(Refusal::Body(CheckpointParseError::ExtensionLine))
        );
        let stranger = NoteSigner::from_seed(Name::parse("log.example").unwrap(), &[4; 32]);
        let mut unsigned = request(0, 4);
        unsigned.checkpoint = SignedNote::sign(empty, &[&stranger]).unwrap();
        assert_eq!(
            judge(&unsigned, NOTHING),
            Err(Refusal::Signature(NoteError::NoKnownSignature))
        );
    }

    #[test]
    fn the_origin_is_the_first_line() {
        let name = |text| origin(&signed(text)).map(|name| name.to_string());
        assert_eq!(name("log.example\n0\n"), Ok("log.example".to_owned()));
        assert_eq!(name("\n"), Err(Refusal::Origin));
        assert_eq!(name("two words\n"), Err(Refusal::Origin));
    }
}
