//! Who may commit what, as far as the ledger tells: external commits, and how often keys alone are changed.

use thamvan_proto::cbor;
use thamvan_proto::channel::MemberRemove;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::limits::UPDATE_INTERVAL_MS_MIN;

use crate::fixture::{MINH, id};
use crate::refusal::Refusal;
use crate::world::{CHANNEL, Sketch, World};

fn code(taken: Result<u64, Refusal>) -> ErrorCode {
    taken.unwrap_err().code
}

/// The members' devices in the group, and whether minh's is one of them.
fn roster(world: &World) -> (usize, bool) {
    let group = world.state.ledger().channel(&CHANNEL).unwrap().group();
    let roster = &group.unwrap().roster;
    (roster.len(), roster.contains(&world.minh.fact.device))
}

#[test]
fn a_members_device_joins_by_its_own_commit_and_by_no_other() {
    let (mut world, mut lan) = World::with_channel();
    let [lan_device, minh_device] = [world.lan.fact.device, world.minh.fact.device];
    let mut minh = world.minh.author(CHANNEL);
    let external = |adds: &[_], removes: &[_]| Sketch {
        adds: adds.to_vec(),
        removes: removes.to_vec(),
        is_external: true,
    };
    // Not by a stranger, not with somebody else in or out, not with an old leaf that is not there, not under a member's head.
    let mut stranger = world.admin.author(CHANNEL);
    stranger.resume(world.state.ledger());
    let alone = external(&[stranger.device], &[]);
    assert_eq!(
        code(world.commit(&mut stranger, &alone)),
        ErrorCode::NotPermitted
    );
    for (adds, removes, expected) in [
        (vec![minh_device], vec![lan_device], ErrorCode::StaleEpoch),
        (vec![minh_device], vec![minh_device], ErrorCode::Void),
        (vec![minh_device, minh_device], vec![], ErrorCode::Void),
        (vec![minh_device, lan_device], vec![], ErrorCode::StaleEpoch),
    ] {
        let sketch = external(&adds, &removes);
        assert_eq!(code(world.commit(&mut minh, &sketch)), expected);
    }
    let under_a_member = Sketch {
        is_external: false,
        ..external(&[minh_device], &[])
    };
    // With a Welcome, which nobody needs.
    assert_eq!(
        code(world.commit(&mut minh, &under_a_member)),
        ErrorCode::Void
    );
    let pretends = Sketch {
        is_external: true,
        ..Sketch::default()
    };
    assert_eq!(
        code(world.commit(&mut lan, &pretends)),
        ErrorCode::Malformed
    );
    world
        .commit(&mut minh, &external(&[minh_device], &[]))
        .unwrap();
    assert_eq!(roster(&world), (2, true));
    // Again, it must take its old leaf away.
    let silent = external(&[minh_device], &[]);
    assert_eq!(code(world.commit(&mut minh, &silent)), ErrorCode::Void);
    let again = external(&[minh_device], &[minh_device]);
    world.commit(&mut minh, &again).unwrap();
    assert_eq!(roster(&world), (2, true));
    // A member no more, it is not let in again.
    let body = cbor::to_vec(&MemberRemove {
        official: id(MINH),
        reason: "left".into(),
    });
    world.say(&mut lan, EntryType::MemberRemove, &body, None);
    assert_eq!(
        code(world.commit(&mut minh, &again)),
        ErrorCode::NotPermitted
    );
}

#[test]
fn keys_alone_are_changed_at_most_every_half_minute() {
    let (mut world, mut lan) = World::with_channel();
    let update = Sketch::default();
    world.commit(&mut lan, &update).unwrap();
    world.now += UPDATE_INTERVAL_MS_MIN - 1;
    assert_eq!(
        code(world.commit(&mut lan, &update)),
        ErrorCode::RateLimited
    );
    // Who comes and goes does not wait.
    world.add_minh(&mut lan);
    assert_eq!(
        code(world.commit(&mut lan, &update)),
        ErrorCode::RateLimited
    );
    world.now += 1;
    world.commit(&mut lan, &update).unwrap();
}
