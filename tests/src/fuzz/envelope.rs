//! Targets for what is signed, and for the head of an MLSMessage.

use thamvan_proto::cbor;
use thamvan_proto::directory::{RootSet, RootSigned, root_key_id};
use thamvan_proto::entry::{Entry, Header, sha256};
use thamvan_proto::login::{Login, open_enrolment};
use thamvan_proto::mls_header::{self, ContentType, WireFormat};
use thamvan_proto::refusal::RefusalFacts;

use super::SESSION;
use crate::session::log_signer;

/// Header, facts and hash of an entry follow from each other; an entry is nothing else.
pub(super) fn entry(data: &[u8]) -> bool {
    let Ok(entry) = Entry::parse(data) else {
        return false;
    };
    assert_eq!(entry.hash, sha256(data));
    assert!(Login::parse(data).is_err(), "an entry is a log-in as well");
    assert!(
        open_enrolment(data).is_err(),
        "an entry is an enrolment as well"
    );
    assert!(Entry::parse(&[data, &[0]].concat()).is_err(), "trailing");
    if let Some(kind) = entry.facts.entry_type() {
        assert_eq!(entry.media_type, kind.media_type());
        let again = Header::new(entry.device, kind, &entry.facts);
        assert_eq!(
            again.mls_authenticated_data(),
            entry.mls_authenticated_data(),
            "the header has another encoding"
        );
    }
    let made = SESSION.records.iter().any(|logged| logged.entry == data);
    for person in SESSION.cast.persons() {
        let key = person.enrolment().signing;
        assert!(
            made || entry.verify(&key).is_err(),
            "a forged entry verifies"
        );
    }
    true
}

pub(super) fn login(data: &[u8]) -> bool {
    let Ok(login) = Login::parse(data) else {
        return false;
    };
    assert!(Entry::parse(data).is_err(), "a log-in is an entry as well");
    assert!(
        open_enrolment(data).is_err(),
        "a log-in is an enrolment as well"
    );
    assert!(
        holds(data, &cbor::to_vec(&login.facts)),
        "other facts than signed"
    );
    true
}

/// An enrolment is signed by the key that it names, and says what it signs.
pub(super) fn enrolment(data: &[u8]) -> bool {
    let Ok(fact) = open_enrolment(data) else {
        return false;
    };
    assert!(
        Login::parse(data).is_err(),
        "an enrolment is a log-in as well"
    );
    assert!(
        Entry::parse(data).is_err(),
        "an enrolment is an entry as well"
    );
    assert!(holds(data, &cbor::to_vec(&fact)), "other facts than signed");
    true
}

/// A refusal that opens under the log key was made by the session.
pub(super) fn refusal(data: &[u8]) -> bool {
    let signer = log_signer();
    let Ok(facts) = RefusalFacts::open(data, signer.verifier_key()) else {
        return false;
    };
    assert!(Entry::parse(data).is_err(), "a refusal is an entry as well");
    assert!(Login::parse(data).is_err(), "a refusal is a log-in as well");
    assert_eq!(facts.sign(&signer), data, "a forged refusal opens");
    true
}

fn holds(data: &[u8], part: &[u8]) -> bool {
    data.windows(part.len()).any(|window| window == part)
}

/// A genesis is signed by at least k of its own different keys.
pub(super) fn genesis(data: &[u8]) -> bool {
    let Ok((genesis, hash)) = RootSigned::open_genesis(data) else {
        return false;
    };
    let signed: RootSigned = cbor::from_slice(data, data.len()).expect("an open genesis parses");
    assert_eq!(cbor::to_vec(&signed), data, "another encoding is accepted");
    assert_eq!(cbor::to_vec(&genesis), signed.content.as_slice());
    assert_eq!(hash, sha256(&signed.content));
    let signers = genesis
        .root_keys
        .iter()
        .filter(|key| {
            signed
                .signatures
                .iter()
                .any(|by| by.key == root_key_id(key))
        })
        .count() as u64;
    assert!((1..=signers).contains(&genesis.threshold), "too few signed");
    true
}

/// Root statements for the session's genesis come from the session.
pub(super) fn root_statements(data: &[u8]) -> bool {
    let cast = &SESSION.cast;
    let opened = RootSigned::open_statements(data, &RootSet::of(&cast.genesis), &cast.genesis_hash);
    let made = SESSION
        .records
        .iter()
        .any(|logged| logged.body.bytes == data);
    // Signatures may be left out, repeated or reordered without another content; a content that was never signed is a forgery.
    if let Ok(statements) = &opened {
        let known = made
            || SESSION
                .records
                .iter()
                .any(|logged| holds(&logged.body.bytes, &cbor::to_vec(statements)));
        assert!(known, "forged root statements open");
    }
    opened.is_ok()
}

/// The head, written again from what was read, is what the message begins with; what follows does not matter.
pub(super) fn mls_header(data: &[u8]) -> bool {
    let Ok(header) = mls_header::parse(data) else {
        return false;
    };
    let longer = [data, &[0xff]].concat();
    assert_eq!(mls_header::parse(&longer).as_ref(), Ok(&header));
    let content_type = match header.content_type {
        ContentType::Application => 1,
        ContentType::Proposal => 2,
        ContentType::Commit => 3,
    };
    let wire_format = match header.wire_format {
        WireFormat::Public => 1,
        WireFormat::Private => 2,
    };
    let begin = [
        &[0, 1, 0, wire_format],
        vector(header.group_id).as_slice(),
        &header.epoch.to_be_bytes(),
    ]
    .concat();
    let rest = data
        .strip_prefix(begin.as_slice())
        .expect("the head begins so");
    let end = match header.wire_format {
        WireFormat::Private => [
            &[content_type],
            vector(header.authenticated_data).as_slice(),
        ]
        .concat(),
        WireFormat::Public => [
            vector(header.authenticated_data).as_slice(),
            &[content_type],
        ]
        .concat(),
    };
    let sender_len = match (header.wire_format, rest.first()) {
        (WireFormat::Private, _) => 0,
        (WireFormat::Public, Some(1 | 2)) => 5,
        (WireFormat::Public, _) => 1,
    };
    let (_, rest) = rest.split_at(sender_len);
    assert!(rest.starts_with(&end), "the head ends so");
    let head_len = begin.len() + sender_len + end.len();
    assert!(
        mls_header::parse(&data[..head_len - 1]).is_err(),
        "truncated"
    );
    true
}

/// RFC 9420 §2.1.2.
fn vector(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).expect("a fuzz input is short");
    let head = match len {
        0..0x40 => len.to_be_bytes()[3..].to_vec(),
        0x40..0x4000 => (len | 0x4000).to_be_bytes()[2..].to_vec(),
        _ => (len | 0x8000_0000).to_be_bytes().to_vec(),
    };
    [head.as_slice(), bytes].concat()
}
