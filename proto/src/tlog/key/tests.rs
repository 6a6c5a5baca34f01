use super::*;

const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fn name(text: &str) -> Name {
    Name::parse(text).expect("name is allowed")
}

#[test]
fn names_end_at_255_bytes() {
    assert_eq!(
        Name::parse(&"n".repeat(255)).map(|name| name.as_str().len()),
        Ok(255)
    );
    assert_eq!(
        Name::parse(&"n".repeat(256)),
        Err(NameError::TooLong { got: 256 })
    );
    assert_eq!(
        Name::parse("n").map(|name| name.to_string()),
        Ok("n".to_owned())
    );
    assert_eq!(Name::parse(""), Err(NameError::Empty));
}

#[test]
fn names_have_no_space_plus_or_control() {
    for got in [
        ' ', '+', '\n', '\t', '\u{1}', '\u{a0}', '\u{2003}', '\u{3000}',
    ] {
        let refused = Name::parse(&format!("a{got}b"));
        assert_eq!(refused, Err(NameError::ForbiddenCharacter { got }));
    }
    assert_eq!(name("bộ.example/thẩm-vấn").as_str(), "bộ.example/thẩm-vấn");
}

#[test]
fn vkey_round_trips() {
    let key = VerifierKey::parse(VKEY).expect("the published key is valid");
    assert_eq!(key.name().as_str(), "example.com/foo");
    assert_eq!(key.key_type(), KeyType::Ed25519);
    assert_eq!(key.id(), KeyId(0x530d_903a));
    assert_eq!(key.to_string(), VKEY);
    assert_eq!(
        key_id(key.name(), KeyType::Ed25519, key.public_key()),
        key.id()
    );
}

#[test]
fn key_type_changes_the_id_only() {
    let log = VerifierKey::parse(VKEY).expect("the published key is valid");
    let witness = VerifierKey::new(log.name().clone(), KeyType::CosignatureV1, log.public_key());
    let witness = witness.expect("the point is valid");
    assert_ne!(witness.id(), log.id());
    assert_eq!(VerifierKey::parse(&witness.to_string()), Ok(witness));
}

#[test]
fn vkey_refusals_are_typed() {
    let computed = KeyId(0x530d_903a);
    let with_key = |bytes: &[u8]| format!("n+00000000+{}", text::base64(bytes));
    let point = VerifierKey::parse(VKEY).expect("the published key is valid");
    let typed = |byte| [&[byte], point.public_key().as_slice()].concat();
    for (vkey, refused) in [
        (String::new(), VerifierKeyError::MissingField),
        ("n+00000000".to_owned(), VerifierKeyError::MissingField),
        (
            "+00000000+AQ==".to_owned(),
            VerifierKeyError::Name(NameError::Empty),
        ),
        ("n+00000000+".to_owned(), VerifierKeyError::MissingKeyType),
        ("n+00000000+A".to_owned(), VerifierKeyError::NotBase64),
        (format!("{VKEY}\n"), VerifierKeyError::NotBase64),
        (
            with_key(&typed(2)),
            VerifierKeyError::UnknownKeyType { got: 2 },
        ),
        (
            with_key(&typed(0)),
            VerifierKeyError::UnknownKeyType { got: 0 },
        ),
        (
            with_key(&typed(1)[..32]),
            VerifierKeyError::WrongKeyLength { got: 31 },
        ),
        (
            with_key(&[typed(1), vec![0]].concat()),
            VerifierKeyError::WrongKeyLength { got: 33 },
        ),
        (
            VKEY.replace("530d903a", "530D903A"),
            VerifierKeyError::WrongKeyId { computed },
        ),
        (
            VKEY.replace("530d903a", "530d903b"),
            VerifierKeyError::WrongKeyId { computed },
        ),
        (
            VKEY.replace("530d903a", "0530d903a"),
            VerifierKeyError::WrongKeyId { computed },
        ),
    ] {
        assert_eq!(VerifierKey::parse(&vkey), Err(refused), "{vkey}");
    }
}

#[test]
fn longest_vkey_is_read_and_no_longer_one() {
    let signer = NoteSigner::from_seed(name(&"n".repeat(255)), &[1; 32]);
    let longest = signer.verifier_key().to_string();
    assert_eq!(longest.len(), VKEY_LEN_MAX);
    assert_eq!(
        VerifierKey::parse(&longest).as_ref(),
        Ok(signer.verifier_key())
    );
    let longer = longest + "A";
    let got = VKEY_LEN_MAX + 1;
    assert_eq!(
        VerifierKey::parse(&longer),
        Err(VerifierKeyError::TooLong { got })
    );
}

#[test]
fn weak_and_second_encodings_are_refused() {
    let field_prime_plus = |value: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + value, 0x7f);
        bytes
    };
    let first_byte = |byte| {
        let mut bytes = [0; 32];
        bytes[0] = byte;
        bytes
    };
    let negative_zero = {
        let mut bytes = first_byte(1);
        bytes[31] = 0x80;
        bytes
    };
    for (bytes, refused) in [
        (first_byte(2), PublicKeyError::NotAPoint),
        (first_byte(1), PublicKeyError::SmallOrder),
        (first_byte(0), PublicKeyError::SmallOrder),
        (field_prime_plus(0), PublicKeyError::NotCanonical),
        (field_prime_plus(1), PublicKeyError::NotCanonical),
        (field_prime_plus(3), PublicKeyError::NotCanonical),
        (negative_zero, PublicKeyError::NotCanonical),
    ] {
        let got = VerifierKey::new(name("n"), KeyType::Ed25519, &bytes);
        assert_eq!(got, Err(refused), "{bytes:02x?}");
    }
}

#[test]
fn signer_prints_its_public_half_only() {
    let signer = NoteSigner::from_seed(name("n"), &[7; 32]);
    assert_eq!(
        format!("{signer:?}"),
        format!("NoteSigner({})", signer.verifier_key())
    );
}

#[test]
fn signature_of_another_length_or_text_does_not_verify() {
    let signer = NoteSigner::from_seed(name("n"), &[7; 32]);
    let signature = signer.sign_text("text\n");
    let key = signer.verifier_key();
    assert!(key.verifies(b"text\n", &signature));
    assert!(!key.verifies(b"text", &signature));
    assert!(!key.verifies(b"text\n", &signature[..63]));
    assert!(!key.verifies(b"text\n", &[signature.as_slice(), &[0]].concat()));
}
