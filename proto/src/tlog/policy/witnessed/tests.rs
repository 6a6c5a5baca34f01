use super::*;
use crate::tlog::cosignature::CosignatureSigner;
use crate::tlog::hash::EMPTY_ROOT;
use crate::tlog::key::{Name, NoteSigner};
use crate::tlog::note::NoteError;
use crate::tlog::sign_checkpoint;

const NOW_S: u64 = 1_763_700_000;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn log() -> NoteSigner {
    NoteSigner::from_seed(name("log.example"), &[0; 32])
}

fn witness(number: u8) -> CosignatureSigner {
    CosignatureSigner::from_seed(name(&format!("w{number}.example")), &[number; 32])
}

/// Witnesses `w1` to `w6`, then `lines`.
fn policy(lines: &str) -> Policy {
    let mut text = format!("log {}\n", log().verifier_key());
    for number in 1..=6 {
        let key = witness(number);
        text += &format!("witness w{number} {}\n", key.verifier_key());
    }
    Policy::parse(&(text + lines)).unwrap()
}

fn note() -> SignedNote {
    let checkpoint = Checkpoint {
        origin: name("log.example"),
        size: 5,
        root: EMPTY_ROOT,
    };
    SignedNote::parse(&sign_checkpoint(&checkpoint, &log())).unwrap()
}

fn cosigned(by: &[(u8, u64)]) -> SignedNote {
    by.iter().fold(note(), |note, (number, time_s)| {
        let line = witness(*number).cosign(&note, *time_s);
        note.with_signature(line).unwrap()
    })
}

fn at_now(numbers: &[u8]) -> SignedNote {
    let by: Vec<_> = numbers.iter().map(|number| (*number, NOW_S)).collect();
    cosigned(&by)
}

#[test]
fn groups_nest() {
    // The example of the specification: two of three, one of three, both groups.
    let policy =
        policy("group x 2 w1 w2 w3\ngroup y any w4 w5 w6\ngroup both all x y\nquorum both\n");
    for bits in 0_u8..64 {
        let numbers: Vec<u8> = (1..=6).filter(|n| bits >> (n - 1) & 1 == 1).collect();
        let expected = (bits & 0b111).count_ones() >= 2 && bits >> 3 != 0;
        let note = at_now(&numbers);
        let opened = policy.open(&note);
        assert_eq!(opened.is_ok(), expected, "{numbers:?}");
        match opened {
            Ok(opened) => {
                let names: Vec<_> = opened.cosigners().iter().map(Cosigner::name).collect();
                let wanted: Vec<_> = numbers.iter().map(|n| format!("w{n}")).collect();
                assert_eq!(names, wanted);
                assert_eq!(opened.checkpoint().size, 5);
            }
            Err(error) => assert_eq!(error, WitnessedCheckpointError::QuorumNotReached),
        }
    }
}

#[test]
fn one_witness_or_none_can_be_the_quorum() {
    let one = policy("quorum w2\n");
    assert!(one.open(&at_now(&[2])).is_ok());
    assert_eq!(
        one.open(&at_now(&[1, 3])),
        Err(WitnessedCheckpointError::QuorumNotReached)
    );
    let none = policy("quorum none\n");
    let note = note();
    let opened = none.open(&note).unwrap();
    assert_eq!(
        (opened.quorum_time_s(), opened.cosigners()),
        (None, &[][..])
    );
    assert!(opened.is_fresh(NOW_S, 0));
    assert!(!one.is_reached_by(&["w2x", "x"].into_iter().collect()));
}

#[test]
fn bad_lines_of_known_keys_refuse_and_unknown_ones_do_not() {
    let policy = policy("quorum w1\n");
    let later = note().with_signature(witness(1).cosign(&at_now(&[]), NOW_S));
    assert!(policy.open(&later.unwrap()).is_ok());
    // Witness 2 is not needed for the quorum; its bad line refuses the note all the same.
    let other = SignedNote::sign("another text\n", &[&log()]).unwrap();
    let bad = at_now(&[1]).with_signature(witness(2).cosign(&other, NOW_S));
    assert_eq!(
        policy.open(&bad.unwrap()),
        Err(WitnessedCheckpointError::Cosignature {
            witness: "w2".to_owned(),
            source: CosignatureError::BadSignature
        })
    );
    let unknown = at_now(&[1]).with_signature(witness(7).cosign(&other, NOW_S));
    let unknown = unknown.unwrap();
    assert!(policy.open(&unknown).is_ok());
    let signers: Vec<_> = policy
        .lines(&unknown)
        .into_iter()
        .map(|l| l.signer)
        .collect();
    assert_eq!(signers.first(), Some(&LineSigner::Log));
    assert_eq!(signers.last(), Some(&LineSigner::Unknown));
    // Cosignatures do not stand in for the log's own signature.
    let stranger = NoteSigner::from_seed(name("log.example"), &[99; 32]);
    let unsigned = SignedNote::sign(note().text(), &[&stranger]).unwrap();
    let unsigned = unsigned.with_signature(witness(1).cosign(&note(), NOW_S));
    assert_eq!(
        policy.open(&unsigned.unwrap()),
        Err(WitnessedCheckpointError::Checkpoint(
            CheckpointError::Signature(NoteError::NoKnownSignature)
        ))
    );
}

#[test]
fn a_witness_counts_once_with_its_latest_time() {
    let policy = policy("group g 2 w1 w2\nquorum g\n");
    let note = cosigned(&[(1, 7), (1, 9), (1, 8)]);
    assert_eq!(
        policy.open(&note),
        Err(WitnessedCheckpointError::QuorumNotReached)
    );
    let repeated: Vec<_> = policy.lines(&note).iter().map(|l| l.repeated).collect();
    assert_eq!(repeated, [false, false, true, true]);
    let note = cosigned(&[(1, 7), (2, 20), (1, 9)]);
    let opened = policy.open(&note).unwrap();
    let times: Vec<_> = opened
        .cosigners()
        .iter()
        .map(|c| (c.name(), c.time_s))
        .collect();
    assert_eq!(times, [("w1", 9), ("w2", 20)]);
    assert_eq!(opened.quorum_time_s(), Some(9));
}

#[test]
fn a_quorum_is_as_old_as_the_oldest_time_it_needs() {
    let policy = policy("group g 2 w1 w2 w3\nquorum g\n");
    let note = cosigned(&[(1, NOW_S - 900), (2, NOW_S - 60), (3, NOW_S - 5)]);
    let opened = policy.open(&note).unwrap();
    assert_eq!(opened.quorum_time_s(), Some(NOW_S - 60));
    assert!(opened.is_fresh(NOW_S, 60));
    assert!(!opened.is_fresh(NOW_S, 59));
    // One clock is a year ahead: the quorum is as old as without that witness.
    let note = cosigned(&[(1, NOW_S - 900), (2, NOW_S - 60), (3, NOW_S + 31_536_000)]);
    let opened = policy.open(&note).unwrap();
    assert!(!opened.is_fresh(NOW_S, 60));
    assert!(opened.is_fresh(NOW_S, 900));
    let note = cosigned(&[(1, 0), (2, u64::MAX)]);
    let opened = policy.open(&note).unwrap();
    assert!(opened.is_fresh(u64::MAX, u64::MAX) && opened.is_fresh(0, u64::MAX));
    assert!(!opened.is_fresh(0, 0));
}
