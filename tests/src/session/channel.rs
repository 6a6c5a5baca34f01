//! The channel of the session: founding by three persons, two members, the group, one commit, two messages.

use thamvan_proto::cbor;
use thamvan_proto::channel::{
    CommitBody, Founding, FoundingApprove, GroupStart, History, MemberAdd, Scope, ScopeKind,
    SealedBox, SealedName, StreamOpen, Suite,
};
use thamvan_proto::commitment::{Content, Part, PartRole, Place};
use thamvan_proto::entry::{EntryType, GroupEpoch, Header, sha256};
use thamvan_proto::id::{GroupId, Salt};
use thamvan_proto::label::Label;
use thamvan_proto::tlog::Hash;

use super::DAY;
use super::mls;
use super::sample::{self, Person, id};
use super::shown::Block;
use super::writer::{Author, Said, Writer};
use crate::annotate::{Shape, shapes};

/// Plays the channel; gives the plaintexts of its messages.
pub(super) fn play(writer: &mut Writer) -> Vec<(Content, Block)> {
    let cast = writer.cast.clone();
    let (lan, minh, chi, hoa) = (&cast.lan, &cast.minh, &cast.chi, &cast.hoa);
    let body = cbor::to_vec(&founding(writer));
    let founding = step(
        writer,
        lan,
        "founding",
        "lan's device founds the channel for the founder agency",
        EntryType::Founding,
        &body,
        &shapes::FOUNDING,
    );
    let body = cbor::to_vec(&FoundingApprove { record: founding });
    let approval = step(
        writer,
        minh,
        "founding-approve",
        "another person approves the founding",
        EntryType::FoundingApprove,
        &body,
        &shapes::APPROVAL,
    );
    let body = cbor::to_vec(&StreamOpen {
        founding,
        approval,
        suite: Suite::XWing,
        generation: 0,
    });
    step(
        writer,
        chi,
        "stream-open",
        "the administrator, a third person, provisions the channel",
        EntryType::StreamOpen,
        &body,
        &shapes::STREAM_OPEN,
    );
    for (name, what, person) in [
        (
            "member-add-lan",
            "the founder's official becomes a member",
            lan,
        ),
        (
            "member-add-hoa",
            "an official of the other agency becomes a member",
            hoa,
        ),
    ] {
        let body = cbor::to_vec(&MemberAdd {
            official: person.official.clone(),
            history: History::Nothing,
            from: None,
            to: None,
            reason: String::new(),
        });
        step(
            writer,
            lan,
            name,
            what,
            EntryType::MemberAdd,
            &body,
            &shapes::MEMBER_ADD,
        );
    }
    group_start(writer);
    commit(writer);
    let sealed = sealed_name();
    let name_part = Part::inline(
        PartRole::ChannelName,
        "application/cbor",
        cbor::to_vec(&sealed),
        Salt(sample::bytes("part salt name")),
    );
    let title = Part::inline(
        PartRole::Title,
        "text/plain",
        "Chương trình nghị sự".into(),
        Salt(sample::bytes("part salt title")),
    );
    let text = Part::inline(
        PartRole::Text,
        "text/plain",
        "Đề nghị quý cơ quan cho ý kiến.".into(),
        Salt(sample::bytes("part salt text")),
    );
    vec![
        message(
            writer,
            "message-name",
            "the first message of the group carries the channel's name and purpose",
            vec![name_part],
        ),
        message(
            writer,
            "message",
            "a message of two parts, each of which can be disclosed without the other",
            vec![title, text],
        ),
    ]
}

/// What only founder, approver, provisioner and members read.
pub(super) fn sealed_name() -> SealedName {
    SealedName {
        salt: Salt(sample::bytes("sealed salt")),
        name: "Kênh Hội đồng điều phối".into(),
        purpose: "Chuẩn bị cuộc họp".into(),
    }
}

fn founding(writer: &Writer) -> Founding {
    let cast = &writer.cast;
    let sealed = sealed_name();
    // Salt, name, purpose and the AEAD tag.
    let ciphertext_len = cbor::to_vec(&sealed).len() + 16;
    let boxes = [&cast.lan, &cast.minh, &cast.chi]
        .map(|person| SealedBox {
            device: person.device,
            encapsulated: sample::stream(&format!("enc {}", person.name), ENCAPSULATED_LEN).into(),
            ciphertext: sample::stream(&format!("box {}", person.name), ciphertext_len).into(),
        })
        .into();
    Founding {
        founder: id("mofa"),
        basis: "khoản 6 Điều 5".into(),
        scope: Scope {
            kind: ScopeKind::Pillar,
            id: "apsc".into(),
        },
        label: Label::Internal,
        members: vec![id("mofa"), id("moit")],
        retention_days: 3_650,
        history: History::Nothing,
        from: writer.time,
        review: writer.time + 365 * DAY,
        key_commitment: cast.channel_key.commitment(),
        sealed: sealed.commitment(),
        boxes,
    }
}

fn group_start(writer: &mut Writer) {
    let sides = opaque_sides(&[("group info 0", 416), ("ratchet tree 0", 320)]);
    let body = cbor::to_vec(&GroupStart {
        generation: 0,
        group_id: GroupId::new(writer.cast.channel, 0),
        suite: Suite::XWing,
        group_info: sha256(&sides[0].bytes),
        ratchet_tree: sha256(&sides[1].bytes),
    });
    let author = Author::device(&writer.cast.lan);
    writer.log(
        &author,
        Said {
            name: "group-start",
            what: "lan's device begins the MLS group, alone in epoch 0",
            kind: EntryType::GroupStart,
            stream: writer.cast.channel,
            shape: &shapes::GROUP_START,
            sides,
            group: None,
            com: None,
            body: &|_: &Header| body.clone(),
        },
    );
}

fn commit(writer: &mut Writer) {
    let sides = opaque_sides(&[
        ("group info 1", 416),
        ("ratchet tree 1", 640),
        ("welcome 1", 480),
    ]);
    let [info, tree, welcome] = [0, 1, 2].map(|n| sha256(&sides[n].bytes));
    let (stream, hoa) = (writer.cast.channel, writer.cast.hoa.device);
    let group = current_epoch(writer);
    let (epoch, opened) = (group.epoch, group.epoch + 1);
    let tree_hash = Hash(sample::bytes("tree hash 1"));
    writer
        .names
        .add("MLS tree hash of epoch 1, opaque here", tree_hash);
    let author = Author::device(&writer.cast.lan);
    let body = move |header: &Header| {
        cbor::to_vec(&CommitBody {
            commit: mls::commit(GroupId::new(stream, 0), epoch, header).into(),
            generation: 0,
            epoch: opened,
            group_info: info,
            ratchet_tree: tree,
            tree_hash,
            adds: vec![hoa],
            removes: vec![],
            welcome: Some(welcome),
        })
    };
    writer.log(
        &author,
        Said {
            name: "commit",
            what: "lan's device adds hoa's device and opens epoch 1",
            kind: EntryType::Commit,
            stream,
            shape: &shapes::COMMIT,
            sides,
            group: Some(group),
            com: None,
            body: &body,
        },
    );
}

fn message(
    writer: &mut Writer,
    name: &'static str,
    what: &'static str,
    parts: Vec<Part>,
) -> (Content, Block) {
    let stream = writer.cast.channel;
    let lan = writer.cast.lan.clone();
    let group = current_epoch(writer);
    let content = Content::new(Salt(sample::bytes(&format!("opening {name}"))), parts);
    let place = Place {
        generation: group.generation,
        stream,
        device: lan.device,
        counter: writer.counter(stream, &lan),
    };
    let com = content.commitment(&place);
    let plaintext = cbor::to_vec(&content);
    assert!(
        Content::open(&plaintext, &place, &com).is_ok(),
        "the commitment opens"
    );
    writer.names.add(format!("com of {name}"), com);
    for (n, part) in (1..).zip(&content.parts) {
        writer
            .names
            .add(format!("part hash {n} of {name}"), part.hash());
        writer
            .names
            .add(format!("H(part {n} of {name})"), part.facts.sha256);
    }
    writer.names.add(format!("r of {name}"), content.opening);
    let (epoch, len) = (group.epoch, plaintext.len());
    let body =
        move |header: &Header| mls::application(name, GroupId::new(stream, 0), epoch, header, len);
    writer.log(
        &Author::device(&lan),
        Said {
            name,
            what,
            kind: EntryType::Message,
            stream,
            shape: &Shape::Mls,
            sides: vec![],
            group: Some(group),
            com: Some(com),
            body: &body,
        },
    );
    let block = Block::new(format!("plaintext of {name}"), plaintext, &shapes::CONTENT);
    (content, block)
}

fn current_epoch(writer: &Writer) -> GroupEpoch {
    writer
        .ledger
        .channel(&writer.cast.channel)
        .and_then(|channel| channel.group())
        .map(|group| group.epoch.clone())
        .expect("the group has begun")
}

fn opaque_sides(sides: &[(&str, usize)]) -> Vec<Block> {
    sides
        .iter()
        .map(|(name, len)| Block::new(*name, sample::stream(name, *len), &Shape::Opaque))
        .collect()
}

fn step(
    writer: &mut Writer,
    person: &Person,
    name: &'static str,
    what: &'static str,
    kind: EntryType,
    body: &[u8],
    shape: &'static Shape,
) -> Hash {
    let stream = writer.cast.channel;
    writer.log(
        &Author::device(person),
        Said {
            name,
            what,
            kind,
            stream,
            shape,
            sides: vec![],
            group: None,
            com: None,
            body: &|_: &Header| body.to_vec(),
        },
    )
}

/// An X-Wing ciphertext: ML-KEM-768 and X25519.
const ENCAPSULATED_LEN: usize = 1088 + 32;
