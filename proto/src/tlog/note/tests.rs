use super::*;

const TEXT: &str = "first line\n\nthird line\n";

fn name(text: &str) -> Name {
    Name::parse(text).expect("name is allowed")
}

fn signer(text: &str) -> NoteSigner {
    NoteSigner::from_seed(
        name(text),
        &[u8::try_from(text.len()).expect("name is short"); 32],
    )
}

fn key(signer: &NoteSigner) -> VerifierKey {
    signer.verifier_key().clone()
}

fn line_of(signer: &NoteSigner, text: &str) -> String {
    signature_by(signer, text).to_string()
}

#[test]
fn note_round_trips_and_splits_at_the_last_empty_line() {
    let (a, bb) = (signer("a"), signer("bb"));
    let note = SignedNote::sign(TEXT, &[&a, &bb]).expect("the text is a note");
    assert_eq!(note.text(), TEXT);
    let printed = note.to_string();
    assert_eq!(
        printed,
        format!("{TEXT}\n{}\n{}\n", line_of(&a, TEXT), line_of(&bb, TEXT))
    );
    assert_eq!(SignedNote::parse(&printed), Ok(note.clone()));
    assert_eq!(
        note.verify(&[key(&a), key(&bb)]),
        Ok(vec![name("a"), name("bb")])
    );
}

#[test]
fn text_may_end_in_empty_lines() {
    let signer = signer("a");
    for text in ["\n", "x\n\n", "\u{2014} a AAAA\n"] {
        let note = SignedNote::sign(text, &[&signer]).expect("the text is a note");
        assert_eq!(
            SignedNote::parse(&note.to_string()).map(|note| note.text),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn unknown_signatures_are_ignored_but_listed() {
    let (a, bb) = (signer("a"), signer("bb"));
    let note = SignedNote::sign(TEXT, &[&a, &bb]).expect("the text is a note");
    assert_eq!(note.verify(&[key(&bb)]), Ok(vec![name("bb")]));
    let listed: Vec<_> = note
        .signatures()
        .iter()
        .map(|line| (line.name(), line.key_id()))
        .collect();
    let expected =
        [&a, &bb].map(|signer| (signer.verifier_key().name(), signer.verifier_key().id()));
    assert_eq!(listed, expected);
}

#[test]
fn same_name_with_another_id_is_unknown() {
    let note = SignedNote::sign(TEXT, &[&signer("a")]).expect("the text is a note");
    let other = NoteSigner::from_seed(name("a"), &[9; 32]);
    assert_eq!(
        note.verify(&[key(&other)]),
        Err(NoteError::NoKnownSignature)
    );
    assert_eq!(note.verify(&[]), Err(NoteError::NoKnownSignature));
}

#[test]
fn one_bad_signature_of_a_known_key_refuses_the_note() {
    let (a, bb) = (signer("a"), signer("bb"));
    let bad = signature_by(&bb, "another text\n");
    let note = SignedNote::sign(TEXT, &[&a]).and_then(|note| note.with_signature(bad));
    let note = note.expect("the lines are well formed");
    assert_eq!(note.verify(&[key(&a)]), Ok(vec![name("a")]));
    let refused = NoteError::BadSignature {
        name: name("bb"),
        key_id: key(&bb).id(),
    };
    assert_eq!(note.verify(&[key(&a), key(&bb)]), Err(refused));
}

#[test]
fn good_and_bad_line_of_one_key_refuse_the_note() {
    let a = signer("a");
    let bad = signature_by(&a, "another text\n");
    let note = SignedNote::sign(TEXT, &[&a]).and_then(|note| note.with_signature(bad));
    let refused = NoteError::BadSignature {
        name: name("a"),
        key_id: key(&a).id(),
    };
    assert_eq!(
        note.expect("the lines are well formed").verify(&[key(&a)]),
        Err(refused)
    );
}

#[test]
fn repeated_line_counts_once() {
    let a = signer("a");
    let note = SignedNote::sign(TEXT, &[&a, &a]).expect("the text is a note");
    assert_eq!(note.verify(&[key(&a)]), Ok(vec![name("a")]));
}

#[test]
fn unusable_keys_are_refused() {
    let a = key(&signer("a"));
    let note = SignedNote::sign(TEXT, &[&signer("a")]).expect("the text is a note");
    let ambiguous = NoteError::AmbiguousKey {
        name: name("a"),
        key_id: a.id(),
    };
    assert_eq!(note.verify(&[a.clone(), a.clone()]), Err(ambiguous));
    let key_type = KeyType::CosignatureV1;
    let witness = VerifierKey::new(name("a"), key_type, a.public_key()).expect("the key is valid");
    let refused = NoteError::WrongKeyType {
        name: name("a"),
        key_type,
    };
    assert_eq!(note.verify(&[a, witness]), Err(refused));
}

#[test]
fn malformed_notes_are_refused() {
    let line = line_of(&signer("a"), TEXT);
    let at = |position, source| NoteParseError::SignatureLine { position, source };
    for (note, refused) in [
        (String::new(), NoteParseError::MissingFinalNewline),
        (
            format!("{TEXT}\n{line}"),
            NoteParseError::MissingFinalNewline,
        ),
        (format!("text\n{line}\n"), NoteParseError::MissingEmptyLine),
        (format!("\n{line}\n"), NoteParseError::MissingEmptyLine),
        ("text\n".to_owned(), NoteParseError::MissingEmptyLine),
        ("text\n\n".to_owned(), NoteParseError::MissingSignature),
        ("text\n\n\n".to_owned(), NoteParseError::MissingSignature),
        (
            format!("text\n\n{line}\n\n"),
            NoteParseError::MissingSignature,
        ),
        (
            format!("text\n\n{line}\nx\n"),
            at(1, SignatureLineError::MissingDash),
        ),
        (
            format!("te\txt\n\n{line}\n"),
            NoteParseError::ControlCharacter { got: '\t' },
        ),
        (
            format!("text\r\n\n{line}\n"),
            NoteParseError::ControlCharacter { got: '\r' },
        ),
        (
            format!("text\0\n\n{line}\n"),
            NoteParseError::ControlCharacter { got: '\0' },
        ),
    ] {
        assert_eq!(SignedNote::parse(&note), Err(refused), "{note:?}");
    }
}

#[test]
fn signature_line_refusals_are_typed() {
    let space = SignatureLineError::Name(NameError::ForbiddenCharacter { got: '\u{a0}' });
    for (line, refused) in [
        ("- a AAAAAAA=", SignatureLineError::MissingDash),
        ("\u{2014}a AAAAAAA=", SignatureLineError::MissingDash),
        ("\u{2014} aAAAAAAA=", SignatureLineError::MissingField),
        (
            "\u{2014}  AAAAAAA=",
            SignatureLineError::Name(NameError::Empty),
        ),
        ("\u{2014} a\u{a0}b AAAAAAA=", space),
        ("\u{2014} a AAAAAAA", SignatureLineError::NotBase64),
        ("\u{2014} a AAAAAAB=", SignatureLineError::NotBase64),
        ("\u{2014} a  AAAAAAA=", SignatureLineError::NotBase64),
        ("\u{2014} a AAAAAAA= ", SignatureLineError::NotBase64),
        ("\u{2014} a ", SignatureLineError::TooShort { got: 0 }),
        (
            "\u{2014} a AAAAAA==",
            SignatureLineError::TooShort { got: 4 },
        ),
    ] {
        assert_eq!(NoteSignature::parse(line), Err(refused), "{line:?}");
    }
    let shortest = NoteSignature::parse("\u{2014} a AAAAAAA=").expect("five bytes are enough");
    assert_eq!(
        (shortest.key_id(), shortest.bytes()),
        (KeyId(0), [0].as_slice())
    );
}

#[test]
fn signatures_end_at_100() {
    let a = signer("a");
    let note = SignedNote::sign(TEXT, &[&a; 100]).expect("100 signatures are read");
    let refused = Err(NoteParseError::TooManySignatures { got: 101 });
    assert_eq!(
        note.clone().with_signature(note.signatures()[0].clone()),
        refused
    );
    assert_eq!(SignedNote::sign(TEXT, &[&a; 101]), refused);
    assert_eq!(
        SignedNote::sign(TEXT, &[]),
        Err(NoteParseError::MissingSignature)
    );
}

#[test]
fn note_length_ends_at_64_kib() {
    let a = signer("a");
    let overhead = 1 + 1 + line_of(&a, "").len() + 1;
    let text = |len: usize| "x".repeat(len - overhead) + "\n";
    let longest = SignedNote::sign(&text(NOTE_LEN_MAX), &[&a]).expect("64 KiB are read");
    assert_eq!(longest.to_string().len(), NOTE_LEN_MAX);
    let got = NOTE_LEN_MAX + 1;
    assert_eq!(
        SignedNote::sign(&text(got), &[&a]),
        Err(NoteParseError::TooLong { got })
    );
}

#[test]
fn text_to_sign_ends_in_a_newline() {
    let a = signer("a");
    for text in ["", "text"] {
        assert_eq!(
            SignedNote::sign(text, &[&a]),
            Err(NoteParseError::TextWithoutNewline)
        );
    }
    let refused = Err(NoteParseError::ControlCharacter { got: '\r' });
    assert_eq!(SignedNote::sign("text\r\n", &[&a]), refused);
}

#[test]
fn lines_of_some_keys_are_kept_in_order_and_once() {
    let (a, bb, ccc) = (signer("a"), signer("bb"), signer("ccc"));
    let note = SignedNote::sign(TEXT, &[&a, &bb, &a, &ccc]).expect("the text is a note");
    let kept = note
        .clone()
        .with_lines_of(&[ccc.verifier_key(), a.verifier_key()]);
    assert_eq!(kept, SignedNote::sign(TEXT, &[&a, &ccc]));
    let stranger = signer("dddd");
    assert_eq!(
        note.with_lines_of(&[stranger.verifier_key()]),
        Err(NoteParseError::MissingSignature)
    );
}
