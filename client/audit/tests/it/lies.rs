//! A server that logs what it should have refused: the log is sound, the copy is whole, and the auditor still tells.

use thamvan_audit::Code;
use thamvan_proto::cbor;
use thamvan_proto::channel::{MemberRemove, Suite};
use thamvan_proto::directory::{Role, RoleGrant, Statement, StreamRegister};
use thamvan_proto::entry::{EntryType, Position, Seen, sha256};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::limits::UPDATE_INTERVAL_MS_MIN;
use thamvan_proto::record::{Leaf, StreamKey};
use thamvan_proto::tlog::Hash;

use crate::sample::{Sample, root_key};
use crate::scene::{
    CHANNEL, Who, approval, before_the_group, device, group_id, member, mls, scene, ticket,
};

const DIRECTORY: StreamId = StreamId::DIRECTORY;

/// Exactly one error, at the last record of `stream`.
fn assert_last(sample: &Sample, stream: StreamId, code: Code) {
    let seq = sample.ledger.size(&stream) - 1;
    assert_eq!(sample.errors(), [(code, Some(stream), Some(seq))]);
}

#[test]
fn a_device_enrolled_by_one_person() {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    sample.state(Who::An, &device(6, Who::Minh));
    assert_last(&sample, DIRECTORY, Code::DualControlViolated);
}

#[test]
fn a_device_approved_by_its_proposer() {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    let proposed = sample.propose(Who::An, &device(6, Who::Minh));
    sample.say(Who::An, EntryType::Approve, &approval(proposed));
    assert_last(&sample, DIRECTORY, Code::DualControlViolated);
}

#[test]
fn a_statement_by_someone_without_the_right() {
    let mut sample = scene();
    sample.state(Who::Minh, &ticket(6, Who::Minh));
    assert_last(&sample, DIRECTORY, Code::DualControlViolated);
}

#[test]
fn a_role_proposed_by_someone_without_the_right() {
    let mut sample = scene();
    let grant = Statement::RoleGrant(RoleGrant {
        role: Role::NationalAdministrator,
        official: Who::Lan.official(),
        scope: None,
        from: 0,
        until: None,
    });
    sample.propose(Who::Lan, &grant);
    assert_last(&sample, DIRECTORY, Code::DualControlViolated);
}

#[test]
fn a_message_above_the_channel_and_above_the_ceiling() {
    let mut sample = scene();
    sample.message(Who::Lan, Label::Mat);
    assert_last(&sample, CHANNEL, Code::LabelAboveCeiling);
}

#[test]
fn s9_a_message_above_the_channel_only() {
    let mut sample = crate::scene::scene_labelled(Label::Internal);
    sample.message(Who::Lan, Label::Restricted);
    assert_last(&sample, CHANNEL, Code::LabelMismatch);
}

#[test]
fn a_message_by_someone_who_is_not_a_member() {
    let mut sample = scene();
    sample.message(Who::Binh, Label::Internal);
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
}

#[test]
fn a_member_added_by_someone_who_does_not_speak_for_the_founder() {
    let mut sample = scene();
    sample.say(
        Who::Minh,
        EntryType::MemberAdd,
        &member(Who::Binh.official()),
    );
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
}

#[test]
fn a_device_added_that_no_member_owns() {
    let mut sample = scene();
    sample.commit(vec![Who::Binh.device()]);
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
}

#[test]
fn a_commit_that_is_broken_or_another_inside_mls() {
    let [binh, minh] = [Who::Binh.device(), Who::Minh.device()];
    // Signed as a change of keys alone, it adds a ghost.
    let mut sample = scene();
    sample.commit_as(&[binh], |body, made| {
        (body.adds, body.welcome, made.welcome) = (vec![], None, None);
    });
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
    // Signed as a removal that MLS does not make, by a founder who has ended the membership.
    let mut sample = scene();
    let remove = MemberRemove {
        official: Who::Minh.official(),
        reason: "left".into(),
    };
    sample.say(Who::Lan, EntryType::MemberRemove, &cbor::to_vec(&remove));
    sample.commit_as(&[], |body, _| body.removes = vec![minh]);
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
    // Another tree than the commit's, another GroupInfo, a changed tag.
    let mut sample = scene();
    sample.commit_as(&[], |body, _| body.tree_hash = Hash([7; 32]));
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
    let mut sample = scene();
    sample.commit_as(&[], |body, made| {
        let other = mls(minh).start(group_id(), Suite::X25519);
        made.group_info = other.group_info;
        body.group_info = sha256(&made.group_info);
    });
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
    let mut sample = scene();
    sample.commit_as(&[], |body, made| {
        let at = made.commit.len() - 34;
        made.commit[at] ^= 1;
        body.commit = made.commit.clone().into();
    });
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
    // What follows a broken commit is followed again.
    sample.time += UPDATE_INTERVAL_MS_MIN;
    sample.commit(vec![]);
    let found = sample.errors();
    assert_eq!(
        found
            .iter()
            .filter(|(code, ..)| *code == Code::CommitInvalid)
            .count(),
        1
    );
}

#[test]
fn a_group_that_starts_as_somebody_elses() {
    let mut sample = before_the_group();
    let made = mls(Who::Minh.device()).start(group_id(), Suite::X25519);
    sample.start_group_as(&made);
    assert_last(&sample, CHANNEL, Code::MembershipUnauthorised);
    let mut sample = before_the_group();
    let mut made = sample.mls.start(group_id(), Suite::X25519);
    made.ratchet_tree = b"tree".to_vec();
    sample.start_group_as(&made);
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
}

#[test]
fn a_commit_of_a_past_epoch() {
    let mut sample = scene();
    sample.commit_late();
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
}

#[test]
fn a_message_whose_mls_head_names_another_epoch() {
    let mut sample = scene();
    let honest = sample.message_draft(Label::Internal);
    let body = b"\0\x01\0\x02".to_vec();
    sample.submit(Who::Lan.device(), &Who::Lan.key(), &honest, &body, &[]);
    assert_last(&sample, CHANNEL, Code::CommitInvalid);
}

#[test]
fn an_entry_signed_by_another_key_or_an_unknown_device() {
    let mut sample = scene();
    let draft = sample.message_draft(Label::Internal);
    sample.submit(Who::Lan.device(), &root_key(9), &draft, b"", &[]);
    assert_last(&sample, CHANNEL, Code::BadSignature);
    let mut sample = scene();
    let draft = sample.message_draft(Label::Internal);
    sample.submit(DeviceId([0x77; 16]), &root_key(9), &draft, b"", &[]);
    assert_last(&sample, CHANNEL, Code::BadSignature);
}

#[test]
fn an_entry_that_does_not_continue_its_author() {
    let mut sample = scene();
    let draft = sample.draft(EntryType::MemberAdd, CHANNEL);
    let body = member(Who::Binh.official());
    let entry = sample
        .header(Who::Lan.device(), &draft)
        .sign(&body, &Who::Lan.key());
    sample.sequence(CHANNEL, entry.clone(), &body, &[]);
    sample.sequence(CHANNEL, entry, &body, &[]);
    assert_last(&sample, CHANNEL, Code::RecordOrder);
}

#[test]
fn a_stream_registered_twice() {
    let mut sample = scene();
    let register = StreamRegister {
        stream: CHANNEL,
        key_commitment: StreamKey([0x52; 32]).commitment(),
    };
    sample.say(
        Who::Lan,
        EntryType::StreamRegister,
        &cbor::to_vec(&register),
    );
    assert_last(&sample, DIRECTORY, Code::ActInvalid);
}

#[test]
fn an_entry_made_long_before_it_was_logged() {
    let mut sample = scene();
    let mut draft = sample.message_draft(Label::Internal);
    draft.made -= 10 * 60 * 1000 + 1;
    sample.send(Who::Lan, &draft);
    assert_last(&sample, CHANNEL, Code::ActInvalid);
}

#[test]
fn a_place_that_is_logged_twice() {
    let mut sample = scene();
    let key = sample.streams[&CHANNEL].key.clone();
    sample.log_leaf(Leaf::new(&key, 3, b"another record"));
    assert_eq!(
        sample.errors(),
        [(Code::DuplicateSeq, Some(CHANNEL), Some(3))]
    );
}

#[test]
fn a_record_that_is_kept_back() {
    let mut sample = scene();
    let key = sample.streams[&CHANNEL].key.clone();
    let next = sample.ledger.size(&CHANNEL);
    sample.log_leaf(Leaf::new(&key, next, b"kept back"));
    assert_eq!(
        sample.errors(),
        [(Code::MissingEntry, Some(CHANNEL), Some(next))]
    );
}

#[test]
fn a_stream_that_is_kept_back() {
    let mut sample = scene();
    sample.log_leaf(Leaf::new(&StreamKey([0x99; 32]), 0, b"secret"));
    assert_eq!(sample.errors(), [(Code::MissingEntry, None, None)]);
}

#[test]
fn a_second_history_under_another_tag_key() {
    let mut sample = scene();
    let stray = StreamId([0xdd; 16]);
    sample.open_stream(stray, StreamKey([0x53; 32]));
    assert_eq!(sample.errors(), [(Code::EntryHash, Some(stray), None)]);
}

#[test]
fn an_author_who_saw_another_log() {
    let other = Seen {
        shard: 0,
        size: 5,
        root: Hash([0xee; 32]),
    };
    let later = |sample: &Sample| Seen {
        size: sample.leaves.len() as u64 + 1,
        ..other.clone()
    };
    for seen in [other.clone(), later(&scene())] {
        let mut sample = scene();
        let mut draft = sample.message_draft(Label::Internal);
        draft.seen = Some(seen);
        sample.send(Who::Lan, &draft);
        assert_last(&sample, CHANNEL, Code::Fork);
    }
}

#[test]
fn a_record_under_an_old_directory() {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    let seq = sample.ledger.size(&DIRECTORY) - 2;
    let record = sample.ledger.record_hash(&DIRECTORY, seq).unwrap();
    sample.dir = Some(Position { seq, record });
    sample.message(Who::Lan, Label::Internal);
    assert_last(&sample, CHANNEL, Code::RecordOrder);
}

#[test]
fn log_time_that_goes_back_between_streams() {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    sample.time -= 1_001;
    sample.message(Who::Lan, Label::Internal);
    assert_last(&sample, CHANNEL, Code::RecordOrder);
}

#[test]
fn another_genesis_or_policy_than_the_pinned_one() {
    let mut sample = scene();
    sample.genesis = Hash([0; 32]);
    assert_eq!(
        sample.errors(),
        [(Code::BadSignature, Some(DIRECTORY), Some(0))]
    );
}
