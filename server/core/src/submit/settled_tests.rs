//! Which refusals the log signs: those that nothing sequenced later can make wrong.

use thamvan_proto::cbor;
use thamvan_proto::entry::{Facts, Header};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::MADE_SKEW_MS_MAX;

use super::*;
use crate::fixture::{self, Device, agency};
use crate::world::{CHANNEL, NOW, World};

/// The code of the refusal of `entry` by `device`, and whether it is for ever.
fn refused(world: &World, device: &Device, entry: &[u8], body: &[u8]) -> (ErrorCode, bool) {
    let submission = Submission {
        entry,
        body,
        sides: &[],
        stream_key: None,
    };
    let author = Author::Device(device.fact.device);
    let entry = parse(entry).unwrap();
    let hash = entry.hash;
    let decided = decide(&world.state, entry, &submission, author, world.now);
    let refusal = decided.unwrap_err();
    if let Some(facts) = &refusal.settled {
        assert_eq!((facts.entry, facts.code), (hash, refusal.code));
        assert_eq!(facts.size, world.state.tree().size());
        assert_eq!(facts.time, world.state.time());
    }
    (refusal.code, refusal.settled.is_some())
}

fn statement() -> Vec<u8> {
    cbor::to_vec(&agency("mps", Vec::new()))
}

fn signed(author: &fixture::Author, facts: &Facts, body: &[u8]) -> Vec<u8> {
    let kind = facts.entry_type().unwrap();
    Header::new(author.device, kind, facts).sign(body, &author.key)
}

#[test]
fn what_the_bytes_say_of_themselves_is_settled() {
    let world = World::enrolled();
    let (admin, body) = (world.admin.author(StreamId::DIRECTORY), statement());
    let facts = admin.facts(EntryType::Statement, NOW);
    let header = Header::new(admin.device, EntryType::Statement, &facts);
    let forged = header.sign(&body, &world.lan.key);
    let refusal = refused(&world, &world.admin, &forged, &body);
    assert_eq!(refusal, (ErrorCode::BadSignature, true));
    let no_statement = signed(&admin, &facts, b"x");
    let refusal = refused(&world, &world.admin, &no_statement, b"x");
    assert_eq!(refusal, (ErrorCode::Malformed, true));
    let blind = Facts {
        seen: None,
        ..facts.clone()
    };
    let refusal = refused(&world, &world.admin, &signed(&admin, &blind, &body), &body);
    assert_eq!(refusal, (ErrorCode::BadChain, true));
    let elsewhere = Facts {
        stream: CHANNEL,
        ..facts
    };
    let elsewhere = signed(&admin, &elsewhere, &body);
    let refusal = refused(&world, &world.admin, &elsewhere, &body);
    assert_eq!(refusal, (ErrorCode::Malformed, true));
}

#[test]
fn another_body_a_right_or_a_version_may_come_later() {
    let world = World::enrolled();
    let (admin, body) = (world.admin.author(StreamId::DIRECTORY), statement());
    let facts = admin.facts(EntryType::Statement, NOW);
    // The same entry with the body that it names is valid.
    let entry = signed(&admin, &facts, &body);
    let refusal = refused(&world, &world.admin, &entry, b"x");
    assert_eq!(refusal, (ErrorCode::BadPayload, false));
    // Lan may become an administrator.
    let lan = world.lan.author(StreamId::DIRECTORY);
    let facts = lan.facts(EntryType::Statement, NOW);
    let refusal = refused(&world, &world.lan, &signed(&lan, &facts, &body), &body);
    assert_eq!(refusal, (ErrorCode::NotPermitted, false));
    let future = Facts { rule: 2, ..facts };
    let refusal = refused(&world, &world.lan, &signed(&lan, &future, &body), &body);
    assert_eq!(refusal, (ErrorCode::UnknownType, false));
    // Somebody else's entry says nothing about who brings it.
    let refusal = refused(&world, &world.lan, &entry, &body);
    assert_eq!(refusal, (ErrorCode::NotPermitted, false));
}

#[test]
fn a_counter_is_settled_when_it_is_taken_and_not_before() {
    let mut world = World::enrolled();
    let (mut admin, body) = (world.admin.author(StreamId::DIRECTORY), statement());
    let first = admin.facts(EntryType::Statement, NOW);
    let early = Facts {
        counter: 1,
        ..first.clone()
    };
    let early = signed(&admin, &early, &body);
    let refusal = refused(&world, &world.admin, &early, &body);
    assert_eq!(refusal, (ErrorCode::BadChain, false));
    let other = Facts {
        made: NOW + 1,
        ..first
    };
    let other = signed(&admin, &other, &body);
    world.say(&mut admin, EntryType::Statement, &body, None);
    let refusal = refused(&world, &world.admin, &other, &body);
    assert_eq!(refusal, (ErrorCode::BadChain, true));
    // Its turn has come, and what it names before it is another entry.
    let refusal = refused(&world, &world.admin, &early, &body);
    assert_eq!(refusal, (ErrorCode::BadChain, true));
}

#[test]
fn a_moment_is_settled_when_the_log_has_passed_it_and_not_when_a_clock_has() {
    let mut world = World::enrolled();
    let (mut admin, body) = (world.admin.author(StreamId::DIRECTORY), statement());
    let lan = world.lan.author(StreamId::DIRECTORY);
    let old = signed(&lan, &lan.facts(EntryType::Statement, NOW), &body);
    let ahead = lan.facts(EntryType::Statement, NOW + 10 * MADE_SKEW_MS_MAX);
    world.now = NOW + MADE_SKEW_MS_MAX + 1;
    let refusal = refused(&world, &world.lan, &old, &body);
    assert_eq!(refusal, (ErrorCode::MadeTime, false));
    world.say(&mut admin, EntryType::Statement, &body, None);
    let refusal = refused(&world, &world.lan, &old, &body);
    assert_eq!(refusal, (ErrorCode::MadeTime, true));
    let refusal = refused(&world, &world.lan, &signed(&lan, &ahead, &body), &body);
    assert_eq!(refusal, (ErrorCode::MadeTime, false));
}

#[test]
fn an_epoch_is_settled_when_it_is_past_and_not_before() {
    let (mut world, mut lan) = World::with_channel();
    let now = world.state.ledger().channel(&CHANNEL).unwrap().group();
    let epoch = now.unwrap().epoch.clone();
    let message = |world: &World, lan: &fixture::Author, ahead: u64| {
        let mut group = epoch.clone();
        group.epoch += ahead;
        let facts = Facts {
            com: Some(Hash([1; 32])),
            group: Some(group),
            ..lan.facts(EntryType::Message, NOW)
        };
        refused(world, &world.lan, &signed(lan, &facts, b"x"), b"x")
    };
    let refusal = message(&world, &lan, 1);
    assert_eq!(refusal, (ErrorCode::StaleEpoch, false));
    world.add_minh(&mut lan);
    let refusal = message(&world, &lan, 0);
    assert_eq!(refusal, (ErrorCode::StaleEpoch, true));
}

#[test]
fn after_a_restart_the_same_bytes_are_refused_again() {
    let mut world = World::enrolled();
    let (mut admin, body) = (world.admin.author(StreamId::DIRECTORY), statement());
    let other = admin.facts(EntryType::Statement, NOW + 1);
    let other = signed(&admin, &other, &body);
    world.say(&mut admin, EntryType::Statement, &body, None);
    let before = refused(&world, &world.admin, &other, &body);
    world.state = world.read_again();
    assert_eq!(refused(&world, &world.admin, &other, &body), before);
    assert_eq!(before, (ErrorCode::BadChain, true));
}
