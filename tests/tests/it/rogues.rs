//! Nobody alone adds a reader, with whatever client: each tries against the real server, beside whole honest clients that go on.

use thamvan_engine::Engine;
use thamvan_proto::cbor;
use thamvan_proto::channel::{
    CommitRejected, GroupStart, History, MemberAdd, StreamOpen, Successor, Suite,
};
use thamvan_proto::directory::{Approval, Proposal, Role, RoleGrant, Statement};
use thamvan_proto::entry::{EntryType, Facts, Header};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::tlog::Hash;
use thamvan_public_group::rehearsal::{Act, Made, Member};

use crate::fixture::{ADMIN, APPROVER, Device, LAN, MINH, id};
use crate::rogue::Rogue;
use crate::scene::{BINH, Scene, again, now_ms, place, texts};

const FOUR: &[&str] = &[LAN, APPROVER, ADMIN, MINH];

/// A channel of lan's with minh, whose second device `raw` is in a modified client's hands and in the group.
async fn with_rogue_member(scene: &Scene, raw: Device) -> (StreamId, Engine, Engine, Rogue<'_>) {
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    let mut rogue = Rogue::new(scene, raw).await;
    rogue.join(stream).await.unwrap();
    for engine in [&mut lan, &mut minh] {
        again(engine).await;
    }
    rogue.look(stream).await;
    (stream, lan, minh, rogue)
}

/// The honest go on, and only they and the rogue's own device are in.
async fn goes_on(lan: &mut Engine, minh: &mut Engine, stream: StreamId, devices: usize) {
    for engine in [&mut *lan, &mut *minh] {
        again(engine).await;
    }
    lan.send(stream, "vẫn như cũ", None).await.unwrap();
    again(minh).await;
    assert_eq!(texts(minh, stream).last().unwrap(), "vẫn như cũ");
    again(lan).await;
    let end = place(lan, stream);
    assert_eq!(end, place(minh, stream));
    assert_eq!(end.devices.len(), devices);
}

#[tokio::test]
async fn a_rogue_member_brings_in_no_ghost_and_forges_no_part_of_a_commit() {
    // Binh is enrolled, of an agency that the founding names, and no member.
    let (own, binhs) = (Device::new(9, MINH), Device::new(10, BINH));
    let scene = Scene::with(FOUR, &[&own, &binhs]).await;
    let (stream, mut lan, mut minh, mut rogue) = with_rogue_member(&scene, own).await;
    let stranger = Member::new(DeviceId([10; 16]), binhs.mls.to_bytes());
    let ghost = Member::new(DeviceId([0x99; 16]), [0x99; 32]);
    for (whom, code) in [
        (&stranger, ErrorCode::StaleEpoch),
        (&ghost, ErrorCode::StaleEpoch),
    ] {
        let add = [Act::Add(whom.key_package(Suite::XWing))];
        let device = whom.leaf().device;
        // Said openly, no statement justifies it; hidden from the signed body, MLS says it.
        let open = rogue.commit(stream, &add, (&[device], &[]), |_| {}).await;
        assert_eq!(open, Err(code));
        let hide = |made: &mut Made| made.welcome = None;
        let hidden = rogue.commit(stream, &add, (&[], &[]), hide).await;
        assert_eq!(hidden, Err(ErrorCode::BadCommit));
    }
    // A ghost with a real device's id and a key of the rogue's own.
    let lans = lan.keys().device;
    let twin = Member::new(lans, [0x98; 32]);
    let add = [Act::Add(twin.key_package(Suite::XWing))];
    let hide = |made: &mut Made| made.welcome = None;
    let hidden = rogue.commit(stream, &add, (&[], &[]), hide).await;
    assert_eq!(hidden, Err(ErrorCode::BadCommit));
    // GroupInfo, tree and Welcome of another commit.
    type Forge = fn(&mut Made);
    let forgeries: [Forge; 3] = [
        |made| *made.group_info.last_mut().unwrap() ^= 1,
        |made| *made.ratchet_tree.last_mut().unwrap() ^= 1,
        |made| made.tree_hash = Hash([7; 32]),
    ];
    for forge in forgeries {
        let forged = rogue.commit(stream, &[], (&[], &[]), forge).await;
        assert_eq!(forged, Err(ErrorCode::BadCommit));
    }
    // A member is not removed without a statement either.
    let minhs = minh.keys().device;
    let out = [Act::Remove(minhs)];
    let removed = rogue.commit(stream, &out, (&[], &[minhs]), |_| {}).await;
    assert_eq!(removed, Err(ErrorCode::StaleEpoch));
    // No key package of who is no member.
    let package = rogue.package(DeviceId([10; 16]), stream).await;
    assert_eq!(package, Err(ErrorCode::NotPermitted));
    goes_on(&mut lan, &mut minh, stream, 3).await;
}

#[tokio::test]
async fn a_rogue_member_dates_nothing_back_and_repeats_nothing() {
    let own = Device::new(9, MINH);
    let scene = Scene::with(FOUR, &[&own]).await;
    let (stream, mut lan, mut minh, mut rogue) = with_rogue_member(&scene, own).await;
    // A commit of the epoch before.
    let old = rogue.commit_facts(stream);
    again(&mut lan).await;
    lan.send(stream, "một", None).await.unwrap();
    lan.remove_member(stream, id(MINH), "thử".into())
        .await
        .unwrap();
    lan.add_member(stream, id(MINH)).await.unwrap();
    rogue.join(stream).await.unwrap();
    let facts = Facts {
        group: old.group.clone(),
        ..rogue.commit_facts(stream)
    };
    let header = Header::new(rogue.device.fact.device, EntryType::Commit, &facts);
    let data = header.mls_authenticated_data();
    let made = rogue.member.commit(rogue.group(stream), &[], data);
    rogue.member.discard(rogue.group(stream));
    let epoch = old.group.unwrap();
    let body = cbor::to_vec(&made.body(epoch.generation, epoch.epoch + 1, &[], &[]));
    let sides = made.sides();
    let kind = EntryType::Commit;
    let late = rogue.send(stream, &facts, kind, body, sides).await;
    assert_eq!(late, Err(ErrorCode::StaleEpoch));
    // Dated eleven minutes back or ahead.
    for made in [now_ms() - 11 * 60_000, now_ms() + 11 * 60_000] {
        let facts = Facts {
            made,
            ..rogue.facts(EntryType::Leave, stream)
        };
        let body = cbor::to_vec(&thamvan_proto::channel::Leave { reason: "x".into() });
        let dated = rogue
            .send(stream, &facts, EntryType::Leave, body, vec![])
            .await;
        assert_eq!(dated, Err(ErrorCode::MadeTime));
    }
    again(&mut minh).await;
    goes_on(&mut lan, &mut minh, stream, 3).await;
}

#[tokio::test]
async fn a_rogue_member_makes_no_member_and_no_group_of_its_own() {
    let own = Device::new(9, MINH);
    let scene = Scene::with(FOUR, &[&own]).await;
    let (stream, mut lan, mut minh, mut rogue) = with_rogue_member(&scene, own).await;
    let add = cbor::to_vec(&MemberAdd {
        official: id(BINH),
        history: History::Nothing,
        from: None,
        to: None,
    });
    let added = rogue.say(stream, EntryType::MemberAdd, add).await;
    assert_eq!(added, Err(ErrorCode::NotPermitted));
    // A second start, and a successor that nobody needs.
    let group = rogue.group(stream);
    let start = GroupStart {
        generation: 1,
        group_id: thamvan_proto::id::GroupId::new(stream, 1),
        suite: Suite::XWing,
        group_info: Hash([1; 32]),
        ratchet_tree: Hash([2; 32]),
    };
    let again_started = GroupStart {
        generation: 0,
        group_id: group,
        ..start.clone()
    };
    let body = cbor::to_vec(&again_started);
    let started = rogue.say(stream, EntryType::GroupStart, body).await;
    assert_eq!(started, Err(ErrorCode::NotPermitted));
    let commits = rogue.ledger.channel(&stream).unwrap().commits();
    let record = *commits.iter().next().unwrap().0;
    let rejected = record;
    let body = cbor::to_vec(&Successor { rejected, start });
    let succeeded = rogue.say(stream, EntryType::Successor, body).await;
    assert_eq!(succeeded, Err(ErrorCode::Void));
    // What its own agency made it does not reject.
    let own = rogue.ledger.channel(&stream).unwrap().commits();
    let own = own.iter().find(|(_, it)| it.by.official == id(MINH));
    let rejection = cbor::to_vec(&CommitRejected {
        record: *own.unwrap().0,
        reason: "x".into(),
    });
    let kind = EntryType::CommitRejected;
    let rejected = rogue.say(stream, kind, rejection).await;
    assert_eq!(rejected, Err(ErrorCode::NotPermitted));
    goes_on(&mut lan, &mut minh, stream, 3).await;
}

#[tokio::test]
async fn administrator_approver_and_stranger_do_not_join_by_their_own_commit() {
    let raw = [
        Device::new(9, ADMIN),
        Device::new(10, APPROVER),
        Device::new(11, BINH),
    ];
    let scene = Scene::with(FOUR, &[&raw[0], &raw[1], &raw[2]]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    let [admin, approver, stranger] = raw;
    // Both may read its records, and know everything that an external commit needs.
    for device in [admin, approver] {
        let mut rogue = Rogue::new(&scene, device).await;
        assert_eq!(rogue.join(stream).await, Err(ErrorCode::NotPermitted));
        let own = rogue.device.fact.official.clone();
        let add = cbor::to_vec(&MemberAdd {
            official: own,
            history: History::Nothing,
            from: None,
            to: None,
        });
        let added = rogue.say(stream, EntryType::MemberAdd, add).await;
        assert_eq!(added, Err(ErrorCode::NotPermitted));
        // A second opening, for a group of its own.
        let channel = rogue.ledger.channel(&stream).unwrap();
        let open = cbor::to_vec(&StreamOpen {
            founding: channel.founding_hash().unwrap(),
            approval: channel.approval_hash().unwrap(),
            suite: Suite::XWing,
            generation: 1,
        });
        let opened = rogue.say(stream, EntryType::StreamOpen, open).await;
        assert!(opened.is_err());
    }
    let mut rogue = Rogue::new(&scene, stranger).await;
    assert_eq!(rogue.try_look(stream).await, Err(ErrorCode::NotPermitted));
    goes_on(&mut lan, &mut minh, stream, 2).await;
}

#[tokio::test]
async fn administrator_and_approver_alone_are_not_two_persons() {
    let raw = [
        Device::new(9, ADMIN),
        Device::new(10, ADMIN),
        Device::new(11, APPROVER),
    ];
    let scene = Scene::with(FOUR, &[&raw[0], &raw[1], &raw[2]]).await;
    let [first, second, approvers] = raw;
    let directory = StreamId::DIRECTORY;
    let mut one = Rogue::new(&scene, first).await;
    one.look(directory).await;
    // The approver's role for the administrator, and a role for a puppet.
    let grant = |official: &str| {
        Statement::RoleGrant(RoleGrant {
            role: Role::Approver,
            official: id(official),
            scope: None,
            from: 0,
            until: None,
        })
    };
    let body = cbor::to_vec(&grant(ADMIN));
    let alone = one.say(directory, EntryType::Statement, body).await;
    assert_eq!(alone, Err(ErrorCode::TwoPersons));
    let proposal = cbor::to_vec(&Proposal {
        statement: grant(ADMIN),
        expires: now_ms() + 60_000,
    });
    one.say(directory, EntryType::Propose, proposal)
        .await
        .unwrap();
    let record = one.ledger.head(&directory).unwrap().record;
    let approval = || cbor::to_vec(&Approval { record });
    let kind = EntryType::Approve;
    // By itself, and by its other device: one person.
    let own = one.say(directory, kind, approval()).await;
    assert!(own.is_err());
    let mut two = Rogue::new(&scene, second).await;
    two.look(directory).await;
    assert!(two.say(directory, kind, approval()).await.is_err());
    // The approver alone proposes nothing.
    let mut approver = Rogue::new(&scene, approvers).await;
    approver.look(directory).await;
    let body = cbor::to_vec(&Proposal {
        statement: grant(MINH),
        expires: now_ms() + 60_000,
    });
    let proposed = approver.say(directory, EntryType::Propose, body).await;
    assert_eq!(proposed, Err(ErrorCode::NotPermitted));
}

#[tokio::test]
async fn a_removed_member_comes_back_by_nothing_that_it_holds() {
    let own = Device::new(9, MINH);
    let scene = Scene::with(FOUR, &[&own]).await;
    let (stream, mut lan, mut minh, mut rogue) = with_rogue_member(&scene, own).await;
    let before = rogue.epoch(stream);
    lan.remove_member(stream, id(MINH), "thử".into())
        .await
        .unwrap();
    assert_eq!(rogue.try_look(stream).await, Err(ErrorCode::NotPermitted));
    // What it knows is of the epoch in which it was: nothing of that is taken.
    assert_eq!(rogue.epoch(stream), before);
    assert!(rogue.talk(stream, b"x").await.is_err());
    let commit = rogue.commit(stream, &[], (&[], &[]), |_| {}).await;
    assert!(commit.is_err());
    let lans = lan.keys().device;
    let package = rogue.package(lans, stream).await;
    assert_eq!(package, Err(ErrorCode::NotPermitted));
    lan.send(stream, "một mình", None).await.unwrap();
    assert_eq!(place(&lan, stream).devices, [lans]);
    minh.disconnect();
    let _ = minh.sync().await;
    assert!(!texts(&minh, stream).contains(&"một mình".to_owned()));
}
