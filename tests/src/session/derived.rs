//! What the protocol hashes, byte by byte: the preimages that stand in no frame and no record.

use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::commitment::Content;
use thamvan_proto::directory::{RootSigned, code_hash};
use thamvan_proto::entry::{Entry, sha256};
use thamvan_proto::heads::HeadLeaf;
use thamvan_proto::id::{Signature, StreamId};
use thamvan_proto::login::{TicketFile, verification_code};
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Hash, leaf_hash, node_hash};

use super::channel::sealed_name;
use super::sample::{self, Person};
use super::shown::Block;
use super::writer::Writer;
use super::{DAY, Derived, ORIGIN, SERVER, START};
use crate::annotate::{Shape, shapes};

/// Lists the derived values.
pub(super) fn list(writer: &Writer, contents: &[(Content, Block)]) -> Vec<Derived> {
    let cast = &writer.cast;
    let genesis = cbor::to_vec(&cast.genesis);
    let key = cast.channel_key.0;
    let sealed_name = value(
        "bytes of the part of role 6",
        cbor::to_vec(&sealed_name()),
        &shapes::SEALED_NAME,
        "the plaintext of the founding record's boxes as well".into(),
    );
    let mut derived = vec![
        hash(
            "genesis hash",
            genesis.clone(),
            &shapes::GENESIS,
            cast.genesis_hash,
        ),
        root_signature(writer, &genesis),
        hash(
            "k-commitment of the channel",
            tagged("thamvan/kc/v1", &[&key]),
            &Shape::Tagged {
                salts: &["k_stream"],
                rest: &Shape::Opaque,
            },
            cast.channel_key.commitment(),
        ),
        hash(
            "code of lan's ticket",
            tagged("thamvan/code/v1", &[cast.lan.code.as_bytes()]),
            &Shape::Tagged {
                salts: &[],
                rest: &Shape::Text,
            },
            code_hash(&cast.lan.code),
        ),
        verification(writer, &cast.lan),
        ticket_file(writer, &cast.lan),
        sealed_name,
        sealed(),
    ];
    derived.extend(tags(writer));
    for (content, block) in contents {
        derived.extend(parts(content, block));
        derived.push(commitment(writer, content, block));
    }
    derived.push(authenticated_data(writer));
    derived.push(signed(writer));
    derived.extend(tree(writer));
    derived.extend(heads(writer));
    derived
}

fn last_message(writer: &Writer) -> &super::Logged {
    let mut all = writer.records.iter();
    all.rfind(|logged| logged.name == "message")
        .expect("the session has messages")
}

/// What the heads of H/1 are made from.
fn heads(writer: &Writer) -> Vec<Derived> {
    let directory = StreamKey(writer.cast.genesis.stream_key.0);
    let named = [
        ("stream 0", StreamId::DIRECTORY, directory.clone()),
        (
            "the channel",
            writer.cast.channel,
            writer.cast.channel_key.clone(),
        ),
    ];
    let mut derived = vec![value(
        "tag key of the heads",
        tagged("thamvan/heads-key/v1", &[]),
        &Shape::Tagged {
            salts: &[],
            rest: &Shape::Pieces(&[]),
        },
        format!(
            "HMAC-SHA-256 under the k_stream of stream 0: {}",
            data_encoding::HEXLOWER.encode(&directory.of_heads().0)
        ),
    )];
    let mut leaves = Vec::new();
    for (name, stream, key) in named {
        let head = writer.ledger.head(&stream).expect("the stream has records");
        let tag = key.head_tag(head.seq);
        derived.push(value(
            &format!("head tag of {name}"),
            tagged("thamvan/head/v1", &[&head.seq.to_be_bytes()]),
            &Shape::Tagged {
                salts: &[],
                rest: &Shape::Pieces(&[("u64(seq)", 8)]),
            },
            format!("first 16 bytes of HMAC-SHA-256 under its k_stream: {tag}"),
        ));
        let (seq, record) = (head.seq, head.record);
        let leaf = cbor::to_vec(&HeadLeaf { tag, seq, record });
        derived.push(value(
            &format!("leaf of {name} in the heads"),
            leaf.clone(),
            &shapes::HEAD_LEAF,
            format!("SHA-256 of 00 and these bytes: {:?}", leaf_hash(&leaf)),
        ));
        leaves.push((tag, leaf_hash(&leaf)));
    }
    leaves.sort();
    let [(_, left), (_, right)] = leaves.as_slice() else {
        unreachable!("the session has two streams")
    };
    derived.push(hash(
        "root of the heads",
        [&[1_u8][..], &left.0, &right.0].concat(),
        &Shape::Pieces(&[("01", 1), ("left", 32), ("right", 32)]),
        writer.stream_heads().root(),
    ));
    derived
}

/// The title, the preimage and the hash that the code under test gives, which must be that of the preimage.
fn hash(title: &str, preimage: Vec<u8>, shape: &'static Shape, expected: Hash) -> Derived {
    assert_eq!(sha256(&preimage), expected, "{title}");
    value(title, preimage, shape, format!("SHA-256: {expected:?}"))
}

fn value(title: &str, preimage: Vec<u8>, shape: &'static Shape, result: String) -> Derived {
    Derived {
        title: title.to_owned(),
        preimage: Block::new(title, preimage, shape),
        result,
    }
}

fn tagged(tag: &str, rest: &[&[u8]]) -> Vec<u8> {
    [&[tag.as_bytes()], rest].concat().concat()
}

fn root_signature(writer: &Writer, genesis: &[u8]) -> Derived {
    let [first, ..] = &writer.cast.roots;
    let signed = RootSigned::sign(genesis.to_vec(), &[first]);
    let signature = &signed.signatures[0];
    let message = tagged("thamvan/root/v1", &[&[0], genesis]);
    assert!(
        thamvan_proto::cose::verify_strict(&sample::public(first), &message, &signature.signature)
            .is_ok(),
        "the root signature is over these bytes"
    );
    value(
        "what root keys sign",
        message,
        &Shape::Tagged {
            salts: &["separator"],
            rest: &shapes::GENESIS,
        },
        format!("Ed25519 by root 1: {}", signature.signature),
    )
}

fn verification(writer: &Writer, person: &Person) -> Derived {
    let (genesis, fact) = (&writer.cast.genesis_hash, person.enrolment());
    let bound = cbor::to_vec(&(
        "thamvan/verify/v1",
        ORIGIN,
        genesis,
        person.code.as_str(),
        fact.device,
        fact.signing,
        fact.mls,
        &fact.sealing,
    ));
    let shown = verification_code(ORIGIN, genesis, &person.code, &fact);
    let first = &sha256(&bound).0[..10];
    assert_eq!(
        shown.replace('-', ""),
        data_encoding::BASE32.encode(first),
        "the code is the hash of these bytes"
    );
    value(
        "verification code of lan's device",
        bound,
        &shapes::VERIFIED,
        format!("base32 of the first 10 bytes of SHA-256: `{shown}`"),
    )
}

fn ticket_file(writer: &Writer, person: &Person) -> Derived {
    let file = TicketFile {
        version: 1,
        server: SERVER.into(),
        ca: sample::stream("ca", 64).into(),
        origin: ORIGIN.into(),
        genesis: writer.cast.genesis_hash,
        ticket: person.ticket,
        official: person.official.clone(),
        code: person.code.clone(),
        expires: START + 7 * DAY,
    };
    value(
        "ticket file of lan's device (the certificate is shortened)",
        cbor::to_vec(&file),
        &shapes::TICKET_FILE,
        format!("text: `{}`", file.to_text()),
    )
}

fn sealed() -> Derived {
    let sealed = sealed_name();
    let named = cbor::to_vec(&(sealed.name.as_str(), sealed.purpose.as_str()));
    hash(
        "sealed, in the founding record",
        tagged("thamvan/sealed/v1", &[&sealed.salt.0, &named]),
        &Shape::Tagged {
            salts: &["salt"],
            rest: &shapes::NAMED,
        },
        sealed.commitment(),
    )
}

fn tags(writer: &Writer) -> Vec<Derived> {
    let key = &writer.cast.channel_key;
    let seq = 7_u64;
    let message = tagged("thamvan/tag/v1", &[&seq.to_be_bytes()]);
    let tag = data_encoding::HEXLOWER.encode(&key.tag(seq));
    vec![value(
        "tag of C/7",
        message,
        &Shape::Tagged {
            salts: &[],
            rest: &Shape::Pieces(&[("u64(seq)", 8)]),
        },
        format!("first 16 bytes of HMAC-SHA-256 under the channel's k_stream: {tag}"),
    )]
}

fn parts(content: &Content, block: &Block) -> Vec<Derived> {
    let of = block.title.trim_start_matches("plaintext of ");
    (1..)
        .zip(&content.parts)
        .map(|(n, part)| {
            let facts = cbor::to_vec(&part.facts);
            hash(
                &format!("part hash {n} of {of}"),
                tagged("thamvan/part/v1", &[&part.salt.0, &facts]),
                &Shape::Tagged {
                    salts: &["salt"],
                    rest: &shapes::PART_FACTS,
                },
                part.hash(),
            )
        })
        .collect()
}

fn commitment(writer: &Writer, content: &Content, block: &Block) -> Derived {
    let of = block.title.trim_start_matches("plaintext of ");
    let logged = writer
        .records
        .iter()
        .find(|logged| logged.name == of)
        .expect("the message is logged");
    let entry = Entry::parse(&logged.entry).expect("an entry of the session parses");
    let hashes: Vec<Hash> = content
        .parts
        .iter()
        .map(thamvan_proto::commitment::Part::hash)
        .collect();
    let committed = cbor::to_vec(&(
        "thamvan/com/v1",
        content.opening,
        0_u64,
        logged.stream,
        entry.device,
        entry.facts.counter,
        hashes,
    ));
    let com = entry.facts.com.expect("a message has a commitment");
    hash(&format!("com of {of}"), committed, &shapes::COMMITTED, com)
}

fn authenticated_data(writer: &Writer) -> Derived {
    let logged = last_message(writer);
    let entry = Entry::parse(&logged.entry).expect("an entry of the session parses");
    value(
        "authenticated data of the MLS message in C/8",
        entry.mls_authenticated_data(),
        &shapes::AUTHENTICATED_DATA,
        "stands in the MLSMessage, and in no hash of the protocol".into(),
    )
}

fn signed(writer: &Writer) -> Derived {
    let logged = last_message(writer);
    let [protected, payload, signature] =
        parts_of_entry(&logged.entry).expect("an entry is an array of four");
    let context = "Signature1";
    let structure = cbor::to_vec(&(
        context,
        ByteVec::from(protected),
        ByteVec::from(vec![]),
        ByteVec::from(payload),
    ));
    let signature = Signature(signature.try_into().expect("a signature has 64 bytes"));
    let key = sample::public(&writer.cast.lan.signing);
    assert!(
        thamvan_proto::cose::verify_strict(&key, &structure, &signature).is_ok(),
        "the signature is over these bytes"
    );
    value(
        "what lan's device signs in C/8",
        structure,
        &shapes::SIG_STRUCTURE,
        format!("Ed25519 by lan's signing key: {signature}"),
    )
}

/// Protected header, payload and signature.
fn parts_of_entry(entry: &[u8]) -> Result<[Vec<u8>; 3], minicbor::decode::Error> {
    let mut decoder = minicbor::Decoder::new(entry);
    decoder.tag()?;
    decoder.array()?;
    let protected = decoder.bytes()?.to_vec();
    decoder.skip()?;
    Ok([
        protected,
        decoder.bytes()?.to_vec(),
        decoder.bytes()?.to_vec(),
    ])
}

fn tree(writer: &Writer) -> Vec<Derived> {
    let [first, second, ..] = writer.records.as_slice() else {
        unreachable!("the session has records")
    };
    let leaf = [&[0_u8][..], &first.leaf.0].concat();
    let node = [
        &[1_u8][..],
        &leaf_hash(&first.leaf.0).0,
        &leaf_hash(&second.leaf.0).0,
    ]
    .concat();
    let root = node_hash(&leaf_hash(&first.leaf.0), &leaf_hash(&second.leaf.0));
    vec![
        hash(
            "leaf hash 0",
            leaf,
            &Shape::Pieces(&[("00", 1), ("version", 1), ("tag", 16), ("record hash", 32)]),
            first.leaf.hash(),
        ),
        hash(
            "root of size 2",
            node,
            &Shape::Pieces(&[("01", 1), ("left", 32), ("right", 32)]),
            root,
        ),
    ]
}
