//! A test server that sequences whatever a rogue signs: every whole client refuses it all the same, and says why.

use thamvan_engine::Engine;
use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, History, MemberAdd};
use thamvan_proto::directory::{
    Approval, DeviceEnrol, DeviceRevoke, Proposal, Role, RoleGrant, RootSigned, SEALING_KEY_LEN,
    Statement, Ticket, code_hash,
};
use thamvan_proto::entry::{EntryType, Facts, Header};
use thamvan_proto::id::{DeviceId, GroupId, PublicKey, StreamId, TicketId};
use thamvan_proto::tlog::Hash;
use thamvan_tests::session::{Cast, DAY, Person, mls};

use crate::author::Author;
use crate::lying_server::Client;

const MINUTE: u64 = 60_000;

/// What a whole client, one of lan's devices, makes of the log.
pub(crate) async fn told(author: &mut Author) -> Engine {
    let client = Client::new(author.genesis_hash()).await;
    let keys_of = client.open().unwrap();
    author.enrol(keys_of.keys());
    drop(keys_of);
    author.say_heads(None, |_| {});
    client.sync(&author.log).await.unwrap()
}

fn same(_: &mut Facts) {}

/// A commit of `by` that says it adds these, in the channel as it is.
fn commit(author: &mut Author, by: &Person, adds: &[DeviceId], made: impl Fn(&mut Facts)) {
    let stream = author.log.channel;
    let group = author.ledger.channel(&stream).unwrap().group().unwrap();
    let epoch = group.epoch.clone();
    let welcome = (!adds.contains(&by.device)).then_some(Hash([4; 32]));
    let body = |header: &Header| {
        cbor::to_vec(&CommitBody {
            commit: mls::commit(GroupId::new(stream, 0), epoch.epoch, header).into(),
            generation: 0,
            epoch: epoch.epoch + 1,
            group_info: Hash([1; 32]),
            ratchet_tree: Hash([2; 32]),
            tree_hash: Hash([3; 32]),
            adds: adds.to_vec(),
            removes: vec![],
            welcome,
        })
    };
    let change = |facts: &mut Facts| {
        facts.group = Some(epoch.clone());
        made(facts);
    };
    author.say(by, stream, EntryType::Commit, body, change);
}

fn member(person: &Person) -> Vec<u8> {
    cbor::to_vec(&MemberAdd {
        official: person.official.clone(),
        history: History::Nothing,
        from: None,
        to: None,
        reason: String::new(),
    })
}

/// The client is told of `count` void entries in the stream, each with a reason that has this in it, and nothing came of them.
fn refused(engine: &Engine, author: &Author, stream: StreamId, reasons: &[&str]) {
    let voids = engine.voids(&stream);
    if stream == StreamId::DIRECTORY {
        assert_eq!(engine.status().unwrap().void, voids);
    }
    let why: Vec<&str> = voids.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(why.len(), reasons.len(), "{why:?}");
    for (why, reason) in why.iter().zip(reasons) {
        assert!(why.contains(reason), "{why:?}");
    }
    let channel = author.log.channel;
    let view = engine.channels().unwrap().remove(0);
    assert_eq!(view.stream, channel);
    let Cast { lan, hoa, .. } = author.cast();
    let mut members = [lan.official, hoa.official];
    members.sort();
    assert_eq!(view.members, members);
    let mut devices = [lan.device, hoa.device];
    devices.sort();
    assert_eq!(view.devices, devices);
    assert_eq!(view.epoch, Some(1));
}

#[tokio::test]
async fn no_ghost_and_no_stranger_comes_in_by_a_commit_that_is_in_the_log() {
    let mut author = Author::new();
    let Cast { chi, minh, lan, .. } = author.cast();
    let channel = author.log.channel;
    // A ghost that nobody enrolled, an administrator who is no member, an approver by an external commit of the own.
    commit(&mut author, &lan, &[DeviceId([0x99; 16])], same);
    commit(&mut author, &lan, &[chi.device], same);
    commit(&mut author, &minh, &[minh.device], same);
    // A member made by who may not, and one by who may, dated back eleven minutes.
    let hoa = author.cast().hoa;
    let kind = EntryType::MemberAdd;
    author.say(&hoa, channel, kind, |_| member(&chi), same);
    author.say(&chi, channel, kind, |_| member(&chi), same);
    let back = |facts: &mut Facts| facts.made -= 11 * MINUTE;
    author.say(&lan, channel, kind, |_| member(&minh), back);
    let engine = told(&mut author).await;
    let reasons = [
        "no statement justifies device",
        "no statement justifies device",
        "not a member",
        "may not do this",
        "may not do this",
        "10 minutes",
    ];
    refused(&engine, &author, channel, &reasons);
}

#[tokio::test]
async fn what_was_said_before_is_not_said_again_at_another_place() {
    let mut author = Author::new();
    let channel = author.log.channel;
    let again: Vec<_> = author
        .log
        .records
        .iter()
        .filter(|shown| shown.stream == channel)
        .cloned()
        .collect();
    // Every entry of the channel once more, verbatim.
    for shown in &again {
        let record = thamvan_proto::record::Record::parse(&shown.record).unwrap();
        author.sequence(channel, &record.entry, &shown.body);
    }
    let engine = told(&mut author).await;
    let reasons = vec!["counter"; again.len()];
    refused(&engine, &author, channel, &reasons);
}

/// Chi proposes, and somebody approves.
fn two(author: &mut Author, statement: Statement, by: &Person) {
    let chi = author.cast().chi;
    let expires = author.time + DAY;
    let body = cbor::to_vec(&Proposal { statement, expires });
    let directory = StreamId::DIRECTORY;
    let record = author.say(&chi, directory, EntryType::Propose, |_| body, same);
    let body = cbor::to_vec(&Approval { record });
    author.say(by, directory, EntryType::Approve, |_| body, same);
}

fn grant(role: Role, person: &Person, until: Option<u64>) -> Statement {
    Statement::RoleGrant(RoleGrant {
        role,
        official: person.official.clone(),
        scope: None,
        from: 0,
        until,
    })
}

fn device(n: u8, person: &Person, ticket: TicketId) -> Statement {
    let key = |seed: u8| {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        PublicKey(key.verifying_key().to_bytes())
    };
    Statement::DeviceEnrol(DeviceEnrol {
        device: DeviceId([n; 16]),
        official: person.official.clone(),
        seat: None,
        signing: key(n),
        mls: key(n ^ 0x80),
        sealing: vec![n; SEALING_KEY_LEN].into(),
        name: "ghost".into(),
        ticket,
    })
}

fn ticket(n: u8, person: &Person, expires: u64) -> Statement {
    Statement::Ticket(Ticket {
        id: TicketId([n; 16]),
        official: person.official.clone(),
        code: code_hash("CODE"),
        expires,
    })
}

#[tokio::test]
async fn nobody_alone_enrols_a_device_or_makes_an_approver() {
    let mut author = Author::new();
    let Cast {
        chi,
        minh,
        lan,
        hoa,
        ..
    } = author.cast();
    let directory = StreamId::DIRECTORY;
    let time = author.time;
    let statement = EntryType::Statement;
    let stated = |statement: &Statement| cbor::to_vec(statement);
    // An administrator alone: a ghost device for a real official, an approver's role for the own person.
    let own = ticket(0x31, &minh, time + DAY);
    author.say(&chi, directory, statement, |_| stated(&own), same);
    let ghost = device(0x31, &minh, TicketId([0x31; 16]));
    author.say(&chi, directory, statement, |_| stated(&ghost), same);
    let role = grant(Role::Approver, &chi, None);
    author.say(&chi, directory, statement, |_| stated(&role), same);
    // Both persons are one; the approver is somebody who is none.
    two(&mut author, role.clone(), &chi);
    two(&mut author, role, &hoa);
    // An approver alone proposes nothing.
    let body = cbor::to_vec(&Proposal {
        statement: grant(Role::NationalAdministrator, &minh, None),
        expires: time + DAY,
    });
    author.say(&minh, directory, EntryType::Propose, |_| body, same);
    let engine = told(&mut author).await;
    let reasons = ["two", "two", "", "", ""];
    refused(&engine, &author, directory, &reasons);
    let at = engine.ledger().directory().now();
    assert!(at.device(&DeviceId([0x31; 16])).is_none());
    assert!(!at.holds_role(&chi.official, Role::Approver, None, author.time));
    assert!(!at.holds_role(&lan.official, Role::Approver, None, author.time));
}

#[tokio::test]
async fn an_expired_role_a_swapped_ticket_and_a_revoked_device_do_nothing() {
    let mut author = Author::new();
    let Cast { chi, minh, hoa, .. } = author.cast();
    let directory = StreamId::DIRECTORY;
    // Hoa was an approver until a moment ago.
    author.state(vec![grant(Role::Approver, &hoa, Some(author.time + 2_000))]);
    author.time += 2_000;
    let role = grant(Role::RecordsCustodian, &minh, None);
    two(&mut author, role, &hoa);
    // A ticket of minh's for a device that is said to be hoa's, and one that has run out.
    let time = author.time;
    author.state(vec![
        ticket(0x32, &minh, time + DAY),
        ticket(0x33, &hoa, time + 500),
    ]);
    for (n, of) in [(0x32, 0x32), (0x33, 0x33)] {
        let body = cbor::to_vec(&Proposal {
            statement: device(n, &hoa, TicketId([of; 16])),
            expires: time + DAY,
        });
        author.say(&chi, directory, EntryType::Propose, |_| body, same);
    }
    // A device that was revoked says something all the same.
    let revoke = Statement::DeviceRevoke(DeviceRevoke {
        device: minh.device,
        reason: "lost".into(),
    });
    author.state(vec![revoke]);
    let body = cbor::to_vec(&ticket(0x34, &minh, time + DAY));
    author.say(&minh, directory, EntryType::Statement, |_| body, same);
    let engine = told(&mut author).await;
    refused(&engine, &author, directory, &["", "", "", "not live"]);
    let at = engine.ledger().directory().now();
    assert!(!at.holds_role(&minh.official, Role::RecordsCustodian, None, author.time));
    for n in [0x32, 0x33] {
        assert!(at.device(&DeviceId([n; 16])).is_none());
    }
}

#[tokio::test]
async fn a_root_statement_by_one_key_or_said_twice_does_nothing() {
    let mut author = Author::new();
    let roots = author.cast().roots;
    let chi = author.cast().chi;
    author.state(vec![grant(Role::Auditor, &chi, None)]);
    let last = author.log.records.last().unwrap().clone();
    // The same statements again, newly signed by the same keys, with the nonce of before; and signed by one key alone.
    let signed: RootSigned = cbor::from_slice(&last.body, last.body.len()).unwrap();
    let content = signed.content.to_vec();
    let twice = cbor::to_vec(&RootSigned::sign(content.clone(), &[&roots[0], &roots[1]]));
    let alone = cbor::to_vec(&RootSigned::sign(content, &[&roots[0]]));
    for body in [twice, alone] {
        author.say_root(&body);
    }
    let engine = told(&mut author).await;
    let directory = StreamId::DIRECTORY;
    refused(&engine, &author, directory, &["nonce", "root statement"]);
}
