use thamvan_proto::tlog::{
    Checkpoint, CosignatureSigner, EMPTY_ROOT, Name, NoteSigner, Policy, sign_checkpoint,
};

use super::*;

struct Scene {
    log: NoteSigner,
    witnesses: [CosignatureSigner; 3],
    board: Board,
    policy: Policy,
    start: Instant,
}

/// Two of three witnesses make the quorum.
fn scene() -> Scene {
    let name = |name: &str| Name::parse(name).unwrap();
    let log = NoteSigner::from_seed(name("log.example"), &[1; 32]);
    let witnesses =
        [2, 3, 4].map(|n| CosignatureSigner::from_seed(name(&format!("w{n}")), &[n; 32]));
    let mut text = format!("log {}\n", log.verifier_key());
    for witness in &witnesses {
        let key = witness.verifier_key();
        text += &format!("witness {} {key}\n", key.name());
    }
    text += "group g 2 w2 w3 w4\nquorum g\n";
    let policy = Policy::parse(&text).unwrap();
    Scene {
        log,
        witnesses,
        board: Board::new(PolicyFile {
            policy: policy.clone(),
            text,
        }),
        policy,
        start: Instant::now(),
    }
}

impl Scene {
    fn note(&self, size: u64) -> SignedNote {
        let checkpoint = Checkpoint {
            origin: self.log.verifier_key().name().clone(),
            size,
            root: EMPTY_ROOT,
        };
        SignedNote::parse(&sign_checkpoint(&checkpoint, &self.log)).unwrap()
    }

    fn begin(&self, size: u64, at_s: u64) -> Arc<Round> {
        self.board.begin(size, self.note(size), self.at(at_s))
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn answer(&self, round: &Round, witness: usize, at_s: u64) {
        let line = self.witnesses[witness].cosign(&round.note, at_s);
        self.board
            .add(round, witness, &[line], self.at(at_s))
            .unwrap();
    }

    /// Size and number of cosignatures of what is shown; whether it has its quorum.
    fn served(&self, published: u64, at_s: u64) -> (u64, usize, bool) {
        let published = Published {
            since: std::time::Instant::now(),
            checkpoint: self.note(published).to_string(),
            size: published,
        };
        let note = self.board.served(&published, self.at(at_s));
        let note = SignedNote::parse(&note).unwrap();
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        let lines = note.signatures().len() - 1;
        (checkpoint.size, lines, self.policy.open(&note).is_ok())
    }
}

#[test]
fn a_quorum_is_of_one_checkpoint_and_one_round() {
    let scene = scene();
    assert_eq!(scene.served(5, 0), (5, 0, false));
    let five = scene.begin(5, 0);
    scene.answer(&five, 0, 0);
    assert_eq!(scene.served(5, 0), (5, 1, false));
    let six = scene.begin(6, 1);
    // One each of two checkpoints, and one that comes too late, are no quorum of any.
    scene.answer(&six, 1, 1);
    scene.answer(&five, 2, 1);
    assert_eq!(scene.served(6, 1), (6, 1, false));
    assert_eq!(scene.board.quorum_age(scene.at(1)), None);
    scene.answer(&six, 0, 2);
    assert_eq!(scene.served(6, 2), (6, 2, true));
    // Cosigned again: the same witness twice is one; the old lines stay with it until there are newer ones.
    let again = scene.begin(6, 60);
    scene.answer(&again, 0, 60);
    scene.answer(&again, 0, 61);
    let age = |at_s| scene.board.quorum_age(scene.at(at_s)).unwrap().as_secs();
    assert_eq!((scene.served(6, 61), age(61)), ((6, 2, true), 59));
    scene.answer(&again, 2, 62);
    assert_eq!((scene.served(6, 62), age(62)), ((6, 3, true), 0));
}

#[test]
fn without_a_quorum_the_lack_is_shown_and_no_size_goes_back() {
    let scene = scene();
    let five = scene.begin(5, 0);
    scene.answer(&five, 0, 0);
    scene.answer(&five, 1, 0);
    assert_eq!(scene.served(9, 0), (5, 2, true));
    let six = scene.begin(6, 100);
    scene.answer(&six, 0, 100);
    let lag = WITNESS_QUORUM_LAG_MAX.as_secs();
    assert_eq!(scene.served(9, 100 + lag), (5, 2, true));
    assert_eq!(scene.served(9, 101 + lag), (6, 1, false));
    // A larger one in its place waits as long as the first.
    scene.begin(7, 101 + lag);
    assert_eq!(scene.served(9, 101 + lag), (7, 0, false));
    let eight = scene.begin(8, 102 + lag);
    scene.answer(&eight, 1, 103 + lag);
    scene.answer(&eight, 2, 103 + lag);
    assert_eq!(scene.served(9, 103 + lag), (8, 2, true));
    assert_eq!(scene.served(9, 10_000), (8, 2, true));
}

#[test]
fn lines_that_do_not_verify_are_not_believed() {
    let scene = scene();
    let (five, six) = (scene.begin(5, 0), scene.note(6));
    let [own, other, _] = &scene.witnesses;
    let add = |witness, line: NoteSignature| {
        let added = scene.board.add(&five, witness, &[line], scene.at(0));
        added.unwrap_err()
    };
    let refused = NotACosignature::Refused(CosignatureError::BadSignature);
    assert_eq!(add(0, own.cosign(&six, 0)), refused);
    assert_eq!(
        add(0, other.cosign(&five.note, 0)),
        NotACosignature::Missing
    );
    assert_eq!(add(9, own.cosign(&five.note, 0)), NotACosignature::Missing);
    let none = scene.board.add(&five, 0, &[], scene.at(0));
    assert_eq!(none.unwrap_err(), NotACosignature::Missing);
    assert_eq!(scene.served(5, 0), (5, 0, false));
    // A line of a stranger beside its own is ignored.
    let lines = [other.cosign(&six, 0), own.cosign(&five.note, 0)];
    assert!(scene.board.add(&five, 0, &lines, scene.at(0)).is_ok());
    assert_eq!(scene.served(5, 0), (5, 1, false));
}
