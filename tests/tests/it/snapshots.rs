//! Byte snapshots: an accidental change of a format fails here first.
//!
//! In scope: one value of every wire and stored type, every number on the wire, every domain-separated hash. A snapshot that changes on purpose
//! is a change of the protocol (docs/protocol.md, CHANGELOG).

use std::fmt::{Debug, Write as _};

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use insta::assert_snapshot;
use thamvan_proto::channel::{History, ScopeKind, SealedName, Suite};
use thamvan_proto::commitment::{Content, Part, PartRole, Place};
use thamvan_proto::directory::{
    AgencyKind, ConsultedOutcome, DeviceEnrol, Measure, Role, RootSigned, SeatRole, code_hash,
    root_key_id,
};
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Header};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, GroupId, PublicKey, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::login::{LoginFacts, TicketFile, sign_enrolment, verification_code};
use thamvan_proto::record::{Leaf, StreamKey};
use thamvan_proto::tlog::{
    Checkpoint, Hash, Name, NoteSigner, Policy, TileLevel, TilePath, encode_entry_bundle,
    leaf_hash, node_hash, sign_checkpoint,
};
use thamvan_tests::samples::{Sample, carried, stored};

fn table(samples: &[Sample]) -> String {
    samples
        .iter()
        .fold(String::new(), |mut text, (name, bytes)| {
            let _ = writeln!(text, "{name}: {}", HEXLOWER.encode(bytes));
            text
        })
}

fn numbers<T: Copy + Debug>(name: &str, all: &[T], number: impl Fn(T) -> u64) -> String {
    let each = all
        .iter()
        .map(|value| format!("{value:?}={}", number(*value)))
        .collect::<Vec<_>>()
        .join(" ");
    format!("{name}: {each}\n")
}

#[test]
fn stored_types() {
    assert_snapshot!(table(&stored()));
}

#[test]
fn wire_types() {
    assert_snapshot!(table(&carried()));
}

#[test]
fn numbers_on_the_wire() {
    let text = [
        numbers("EntryType", EntryType::ALL, EntryType::number),
        numbers("ErrorCode", ErrorCode::ALL, ErrorCode::number),
        numbers("Label", Label::ALL, Label::number),
        numbers("PartRole", PartRole::ALL, PartRole::number),
        numbers("AgencyKind", AgencyKind::ALL, AgencyKind::number),
        numbers("Role", Role::ALL, Role::number),
        numbers("SeatRole", SeatRole::ALL, SeatRole::number),
        numbers("ScopeKind", ScopeKind::ALL, ScopeKind::number),
        numbers(
            "ConsultedOutcome",
            ConsultedOutcome::ALL,
            ConsultedOutcome::number,
        ),
        numbers("Measure", Measure::ALL, Measure::number),
        numbers("Suite", Suite::ALL, Suite::number),
        numbers("History", History::ALL, History::number),
    ]
    .concat();
    assert_snapshot!(text);
}

#[test]
fn names_in_json() {
    let mut text = String::new();
    for kind in EntryType::ALL {
        let _ = writeln!(text, "{} {}", kind.as_str(), kind.media_type());
    }
    for code in ErrorCode::ALL {
        let _ = writeln!(text, "{} {}", code.number(), code.as_str());
    }
    assert_snapshot!(text);
}

const DEVICE: DeviceId = DeviceId([0x22; 16]);
const STREAM: StreamId = StreamId([0x33; 16]);
const SALT: Salt = Salt([0x99; 32]);
const KEY: StreamKey = StreamKey([0x42; 32]);

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn enrolment() -> DeviceEnrol {
    DeviceEnrol {
        device: DEVICE,
        official: "lan@mofa".parse().expect("an official"),
        seat: None,
        signing: PublicKey(signing_key().verifying_key().to_bytes()),
        mls: PublicKey([0x77; 32]),
        sealing: vec![1, 2, 3].into(),
        name: "lan-1".into(),
        ticket: TicketId([0x44; 16]),
    }
}

fn header() -> Header {
    let facts = Facts {
        kind: EntryType::Message.number(),
        rule: 1,
        stream: STREAM,
        group: Some(GroupEpoch {
            generation: 0,
            epoch: 2,
            opened_by: 9,
        }),
        counter: 0,
        prev: Hash([0; 32]),
        head: None,
        seen: None,
        made: 1_790_000_000_000,
        label: Label::Internal,
        com: Some(Hash([3; 32])),
        act: None,
    };
    Header::new(DEVICE, EntryType::Message, &facts)
}

#[test]
fn signed_types() {
    let key = signing_key();
    let login = LoginFacts {
        version: 1,
        nonce: SALT,
        exporter: SALT,
        origin: "log.example".into(),
        device: DEVICE,
        known: None,
    };
    let root = RootSigned::sign(vec![0x80], &[&key]);
    let bytes = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    let samples = [
        bytes("entry", header().sign(b"body", &key)),
        bytes("mls authenticated data", header().mls_authenticated_data()),
        bytes("login", login.sign(&key)),
        bytes("enrolment", sign_enrolment(&enrolment(), &key)),
        bytes("root signed", thamvan_proto::cbor::to_vec(&root)),
    ];
    assert_snapshot!(table(&samples));
}

#[test]
fn hashes() {
    let sealed = SealedName {
        salt: SALT,
        name: "n".into(),
        purpose: "p".into(),
    };
    let part = Part::inline(PartRole::Text, "text/plain", b"text".to_vec(), SALT);
    let place = Place {
        generation: 0,
        stream: STREAM,
        device: DEVICE,
        counter: 5,
    };
    let com = Content::new(SALT, vec![part.clone()]).commitment(&place);
    let leaf = Leaf::new(&KEY, 7, b"record");
    let bytes = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    let samples = [
        bytes("part hash", &part.hash().0),
        bytes("com", &com.0),
        bytes("sealed", &sealed.commitment().0),
        bytes("k-commitment", &KEY.commitment().0),
        bytes("tag", &KEY.tag(7)),
        bytes("leaf", &leaf.0),
        bytes("leaf hash", &leaf_hash(&leaf.0).0),
        bytes("node hash", &node_hash(&Hash([1; 32]), &Hash([2; 32])).0),
        bytes("code hash", &code_hash("ABCD").0),
        bytes("root key id", &root_key_id(&PublicKey([0x77; 32])).0),
        bytes("group id", &GroupId::new(STREAM, 1).0),
    ];
    assert_snapshot!(table(&samples));
}

#[test]
fn texts() {
    let name = Name::parse("log.example").expect("a key name");
    let signer = NoteSigner::from_seed(name.clone(), &[3; 32]);
    let checkpoint = Checkpoint {
        origin: name,
        size: 300,
        root: Hash([0x11; 32]),
    };
    let vkey = signer.verifier_key().to_string();
    let policy = Policy::parse(&format!("log {vkey}\nquorum none\n")).expect("a policy");
    let tile = TilePath::new(TileLevel::Entries, 1_234_067, 44).expect("a tile");
    let ticket = TicketFile {
        version: 1,
        server: "log.example:443".into(),
        ca: vec![0x30, 0x00].into(),
        origin: "log.example".into(),
        genesis: Hash([0x11; 32]),
        ticket: TicketId([0x44; 16]),
        official: "lan@mofa".parse().expect("an official"),
        code: "ABCD".into(),
        expires: 1_790_000_000_000,
    };
    let code = verification_code("log.example", &Hash([0x11; 32]), "ABCD", &enrolment());
    let bundle = encode_entry_bundle(&[b"one".as_slice(), b""]).expect("a bundle");
    let text = format!(
        "{}\n{vkey}\n{policy}\n{tile}\n{}\n{code}\n{}\n{DEVICE}\n{}\n",
        sign_checkpoint(&checkpoint, &signer),
        ticket.to_text(),
        HEXLOWER.encode(&bundle),
        Label::Restricted,
    );
    assert_snapshot!(text);
}
