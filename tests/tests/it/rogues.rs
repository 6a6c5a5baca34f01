//! Nobody alone adds a reader, with whatever client: each tries against the real server, beside whole honest clients that go on.

use thamvan_engine::Engine;
use thamvan_proto::cbor;
use thamvan_proto::channel::{
    CommitRejected, GroupStart, History, MemberAdd, MemberRemove, SealedName, StreamOpen,
    Successor, Suite,
};
use thamvan_proto::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use thamvan_proto::directory::{Approval, Proposal, Role, RoleGrant, Statement};
use thamvan_proto::entry::{EntryType, Facts, Header};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, GroupId, Salt, StreamId};
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

/// Where a rogue takes the Welcome from that its commit names: it opens with the joiner's key, and is of something else.
#[derive(Clone, Copy, Debug)]
enum Welcome {
    /// A group of another id, that the rogue made.
    OfAnotherGroup,
    /// The channel's group as it would be with a ghost in it.
    WithAGhost,
    /// One that brought the same device in before, with the same key package.
    Replayed,
    /// The right one, with another last byte.
    Damaged,
}

/// The Welcome that `member` makes for whoever left `package`, in a group of its own will.
fn false_welcome(kind: Welcome, member: &Member, group: GroupId, package: &[u8]) -> Vec<u8> {
    let add = [Act::Add(package.to_vec())];
    let mine = member.clone();
    let group = match kind {
        Welcome::OfAnotherGroup => {
            let other = GroupId::new(StreamId([0x77; 16]), 0);
            let _ = mine.start(other, Suite::XWing);
            other
        }
        Welcome::WithAGhost => {
            let ghost = Member::new(DeviceId([0x99; 16]), [0x99; 32]);
            let _ = mine.commit(group, &[Act::Add(ghost.key_package(Suite::XWing))], vec![]);
            mine.merge(group);
            group
        }
        Welcome::Replayed | Welcome::Damaged => group,
    };
    let mut welcome = mine.commit(group, &add, vec![]).welcome.unwrap();
    *welcome.last_mut().unwrap() ^= u8::from(matches!(kind, Welcome::Damaged));
    welcome
}

#[tokio::test]
async fn a_real_but_false_welcome_opens_nothing_and_whoever_it_is_for_comes_in_by_itself() {
    for kind in [
        Welcome::OfAnotherGroup,
        Welcome::WithAGhost,
        Welcome::Replayed,
        Welcome::Damaged,
    ] {
        let own = Device::new(9, LAN);
        let scene = Scene::with(&[LAN, APPROVER, ADMIN, BINH], &[&own]).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let mut binh = scene.ready(3).await;
        let device = binh.keys().device;
        let mut rogue = Rogue::new(&scene, own).await;
        rogue.join(stream).await.unwrap();
        let add = cbor::to_vec(&MemberAdd {
            official: id(BINH),
            history: History::Nothing,
            from: None,
            to: None,
            reason: String::new(),
        });
        let member = EntryType::MemberAdd;
        rogue.say(stream, member, add.clone()).await.unwrap();
        let mut package = rogue.package(device, stream).await.unwrap();
        let mut before = None;
        if matches!(kind, Welcome::Replayed) {
            // The last key package is given out again and again.
            while let Ok(next) = rogue.package(device, stream).await {
                if std::mem::replace(&mut package, next.clone()) == next {
                    break;
                }
            }
            let acts = [Act::Add(package.clone())];
            let keep = |made: &mut Made| before.clone_from(&made.welcome);
            let added = rogue.commit(stream, &acts, (&[device], &[]), keep).await;
            added.unwrap();
            again(&mut binh).await;
            rogue.look(stream).await;
            let remove = cbor::to_vec(&MemberRemove {
                official: id(BINH),
                reason: "thử".into(),
            });
            let removal = EntryType::MemberRemove;
            rogue.say(stream, removal, remove).await.unwrap();
            let acts = [Act::Remove(device)];
            let out = rogue.commit(stream, &acts, (&[], &[device]), |_| {}).await;
            out.unwrap();
            rogue.say(stream, member, add).await.unwrap();
        }
        let group = rogue.group(stream);
        let forged = before.unwrap_or_else(|| false_welcome(kind, &rogue.member, group, &package));
        let acts = [Act::Add(package.clone())];
        let change = |made: &mut Made| made.welcome = Some(forged.clone());
        let added = rogue.commit(stream, &acts, (&[device], &[]), change).await;
        // The server sees for whom a Welcome is, and not what is in it.
        added.unwrap();
        let false_epoch = rogue.epoch(stream).epoch;
        // A second Welcome for whoever is in is refused as well.
        let again_welcome = |made: &mut Made| made.welcome = Some(forged);
        let adds: &[DeviceId] = &[device];
        let twice = rogue.commit(stream, &[], (adds, &[]), again_welcome).await;
        assert_eq!(twice, Err(ErrorCode::StaleEpoch), "{kind:?}");
        again(&mut binh).await;
        let back = place(&binh, stream);
        assert_eq!(back.epoch, Some(false_epoch + 1), "{kind:?}");
        goes_on(&mut lan, &mut binh, stream, 3).await;
        assert!(lan.channels().unwrap().remove(0).doubted.is_empty());
    }
}

#[tokio::test]
async fn a_false_name_of_the_channel_is_refused_and_the_channel_goes_on() {
    let own = Device::new(9, MINH);
    let scene = Scene::with(FOUR, &[&own]).await;
    let (stream, mut lan, mut minh, mut rogue) = with_rogue_member(&scene, own).await;
    let name = |engine: &Engine| engine.channels().unwrap().remove(0).name.unwrap().0;
    again(&mut lan).await;
    let before = name(&lan);
    rogue.look(stream).await;
    let part = |role, media_type, bytes| Part::inline(role, media_type, bytes, Salt([3; 32]));
    let sealed = cbor::to_vec(&SealedName {
        salt: Salt([1; 32]),
        name: "Kênh giả".into(),
        purpose: "lừa".into(),
    });
    for bytes in [sealed, vec![0xff]] {
        let role = PartRole::ChannelName;
        let lie = Content::new(Salt([2; 32]), vec![part(role, "application/cbor", bytes)]);
        rogue.utter(stream, EntryType::Message, &lie).await.unwrap();
    }
    let text = part(PartRole::Text, TEXT_MEDIA_TYPE, "lời thật".into());
    let honest = Content::new(Salt([2; 32]), vec![text]);
    rogue
        .utter(stream, EntryType::Message, &honest)
        .await
        .unwrap();
    for engine in [&mut lan, &mut minh] {
        again(engine).await;
        assert_eq!(name(engine), before);
        let items = engine.items(stream, 0).unwrap();
        let theirs = items.iter().filter(|item| item.device == DeviceId([9; 16]));
        let theirs: Vec<_> = theirs.collect();
        let [false_name, no_name, honest] = &theirs[..] else {
            panic!("{theirs:?}");
        };
        let fault = false_name.fault.as_deref().unwrap();
        assert!(
            fault.contains("does not open its founding record"),
            "{fault}"
        );
        assert!(no_name.fault.is_some() && honest.fault.is_none());
        assert_eq!((&false_name.text, &no_name.text), (&None, &None));
        assert_eq!(honest.text.as_deref(), Some("lời thật"));
    }
    lan.send(stream, "tiếp tục", None).await.unwrap();
    again(&mut minh).await;
    let items = minh.items(stream, 0).unwrap();
    assert_eq!(items.last().unwrap().text.as_deref(), Some("tiếp tục"));
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
        reason: String::new(),
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
            reason: String::new(),
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
