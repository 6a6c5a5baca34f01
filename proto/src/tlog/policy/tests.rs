use super::*;
use crate::tlog::key::{Name, NoteSigner};

fn vkey(key_type: KeyType, seed: u8) -> String {
    let name = Name::parse("k.example").expect("name is allowed");
    let signer = NoteSigner::from_seed(name.clone(), &[seed; 32]);
    let key = VerifierKey::new(name, key_type, signer.verifier_key().public_key());
    key.expect("the key is valid").to_string()
}

fn log(seed: u8) -> String {
    vkey(KeyType::Ed25519, seed)
}

fn witness(seed: u8) -> String {
    vkey(KeyType::CosignatureV1, seed)
}

/// A policy text with a log, the witnesses `w1` to `w3`, then `lines`.
fn policy(lines: &str) -> String {
    let [one, two, three] = [1, 2, 3].map(witness);
    format!(
        "log {}\nwitness w1 {one}\nwitness w2 {two}\nwitness w3 {three}\n{lines}",
        log(0)
    )
}

fn refused_line(text: &str) -> Option<(usize, PolicyLineError)> {
    match Policy::parse(text) {
        Err(PolicyError::Line { number, source }) => Some((number, source)),
        _ => None,
    }
}

#[test]
fn policy_round_trips() {
    let text = policy("group g 2 w1 w2\ngroup all-of all g w3\nquorum all-of\n");
    let parsed = Policy::parse(&text).expect("the policy is valid");
    assert_eq!(parsed.to_string(), text);
    assert_eq!(parsed.log().to_string(), log(0));
    let names: Vec<_> = parsed
        .witnesses()
        .iter()
        .map(|witness| witness.name.as_str())
        .collect();
    assert_eq!(names, ["w1", "w2", "w3"]);
    let group = PolicyGroup {
        name: "g".to_owned(),
        threshold: Threshold::AtLeast(2),
        members: vec!["w1".to_owned(), "w2".to_owned()],
    };
    assert_eq!(parsed.groups().first(), Some(&group));
    assert_eq!(parsed.quorum(), &Quorum::Named("all-of".to_owned()));
}

#[test]
fn comments_white_space_and_urls_are_read() {
    let (log, witness) = (log(0), witness(1));
    let text = format!(
        "# trust\n\n \t\n  # indented\n\tlog\t {log} https://log.example/ \n\
         witness none-1 {witness} https://w.example/#a\nquorum none\n"
    );
    let parsed = Policy::parse(&text).expect("the policy is valid");
    assert_eq!(parsed.log_url(), Some("https://log.example/"));
    let urls: Vec<_> = parsed
        .witnesses()
        .iter()
        .map(|witness| witness.url.as_deref())
        .collect();
    assert_eq!(urls, [Some("https://w.example/#a")]);
    assert_eq!(parsed.quorum(), &Quorum::None);
    assert_eq!(Policy::parse(&parsed.to_string()), Ok(parsed));
}

#[test]
fn log_quorum_and_final_newline_are_needed() {
    let log = log(0);
    for (text, refused) in [
        (String::new(), PolicyError::MissingFinalNewline),
        (
            format!("log {log}\nquorum none"),
            PolicyError::MissingFinalNewline,
        ),
        ("\n".to_owned(), PolicyError::MissingLog),
        ("quorum none\n".to_owned(), PolicyError::MissingLog),
        (format!("log {log}\n"), PolicyError::MissingQuorum),
    ] {
        assert_eq!(Policy::parse(&text), Err(refused), "{text:?}");
    }
}

#[test]
fn line_refusals_are_typed() {
    use PolicyLineError::*;
    let name = |name: &str| name.to_owned();
    let (log, old, free) = (log(0), witness(1), witness(9));
    for (line, refused) in [
        (name("quorum none\r"), ControlCharacter { got: '\r' }),
        (name("# \u{7f}"), ControlCharacter { got: '\u{7f}' }),
        (name("Quorum none"), UnknownKeyword),
        (name("quorum"), WrongWordCount { got: 1 }),
        (name("quorum w1 w2"), WrongWordCount { got: 3 }),
        (name("quorum none # why"), WrongWordCount { got: 4 }),
        (name("group g any"), WrongWordCount { got: 3 }),
        (name("log"), WrongWordCount { got: 1 }),
        (format!("witness {free}"), WrongWordCount { got: 2 }),
        (
            format!("witness w {free} url more"),
            WrongWordCount { got: 5 },
        ),
        (
            name("witness w x"),
            VerifierKey(VerifierKeyError::MissingField),
        ),
        (
            format!("witness w {log}"),
            WrongKeyType {
                got: KeyType::Ed25519,
            },
        ),
        (format!("log {log}"), SecondLog),
        (
            format!("witness w {old}"),
            DuplicateKey {
                witness: name("w1"),
            },
        ),
        (format!("witness w1 {free}"), DuplicateName),
        (format!("witness none {free}"), DuplicateName),
        (name("group w1 any w1"), DuplicateName),
        (name("group none any w1"), DuplicateName),
        (name("group g some w1"), ThresholdNotANumber),
        (name("group g 01 w1"), ThresholdNotANumber),
        (name("group g 0 w1"), WrongThreshold { got: 0, members: 1 }),
        (
            name("group g 3 w1 w2"),
            WrongThreshold { got: 3, members: 2 },
        ),
        (
            name("group g any none"),
            UndefinedName { name: name("none") },
        ),
        (name("group g any g"), UndefinedName { name: name("g") }),
        (
            name("group g any w1 w1"),
            AlreadyMember { name: name("w1") },
        ),
        (name("quorum w4"), UndefinedName { name: name("w4") }),
    ] {
        assert_eq!(
            refused_line(&policy(&format!("{line}\n"))),
            Some((5, refused)),
            "{line:?}"
        );
    }
}

#[test]
fn log_line_takes_a_log_key() {
    let refused = PolicyLineError::WrongKeyType {
        got: KeyType::CosignatureV1,
    };
    assert_eq!(
        refused_line(&format!("log {}\n", witness(1))),
        Some((1, refused))
    );
}

#[test]
fn quorum_stands_once_and_members_stand_above() {
    assert_eq!(
        refused_line(&policy("quorum w1\nquorum none\n")),
        Some((6, PolicyLineError::SecondQuorum))
    );
    let undefined = PolicyLineError::UndefinedName {
        name: "g".to_owned(),
    };
    assert_eq!(
        refused_line(&policy("quorum g\ngroup g any w1\n")),
        Some((5, undefined))
    );
    let taken = PolicyLineError::AlreadyMember {
        name: "w1".to_owned(),
    };
    let text = policy("group g any w1\ngroup h any w1\nquorum h\n");
    assert_eq!(refused_line(&text), Some((6, taken)));
}

#[test]
fn witnesses_groups_and_length_have_limits() {
    let witnesses = |count| {
        let lines = (1..=count).map(|seed| format!("witness w{seed} {}\n", witness(seed)));
        format!("log {}\nquorum none\n{}", log(0), lines.collect::<String>())
    };
    assert_eq!(
        Policy::parse(&witnesses(32)).map(|parsed| parsed.witnesses.len()),
        Ok(32)
    );
    assert_eq!(
        refused_line(&witnesses(33)),
        Some((35, PolicyLineError::TooManyWitnesses))
    );
    let groups = |count| {
        let lines =
            (1..=count).map(|n| format!("group w1{} any w1{}\n", "g".repeat(n), "g".repeat(n - 1)));
        policy(&(lines.collect::<String>() + "quorum none\n"))
    };
    assert_eq!(
        Policy::parse(&groups(32)).map(|parsed| parsed.groups.len()),
        Ok(32)
    );
    assert_eq!(
        refused_line(&groups(33)),
        Some((37, PolicyLineError::TooManyGroups))
    );
    let padded = |len: usize| {
        let text = policy("quorum none\n");
        format!("{text}{}\n", "#".repeat(len - text.len() - 1))
    };
    assert!(Policy::parse(&padded(POLICY_LEN_MAX)).is_ok());
    let got = POLICY_LEN_MAX + 1;
    assert_eq!(
        Policy::parse(&padded(got)),
        Err(PolicyError::TooLong { got })
    );
}
