use thamvan_proto::entry::sha256;

use super::*;
use crate::fixture::{LAN, name};
use crate::world::{CHANNEL, INFO, NOW, WELCOME, World};

#[test]
fn members_founder_approver_and_provisioner_read_a_channel() {
    let (world, _) = World::with_channel();
    let may = |device: &crate::fixture::Device| {
        may_read(&world.state, &device.fact.device, &CHANNEL, NOW).is_ok()
    };
    assert!(may(&world.lan) && may(&world.minh) && may(&world.approver) && may(&world.admin));
    let listed = streams(&world.state, &world.minh.fact.device, 4, NOW).unwrap();
    // Only what is published counts: the channel's records come after the first four.
    assert_eq!(
        listed.iter().map(|one| one.size).collect::<Vec<_>>(),
        [4, 0]
    );
}

#[test]
fn what_does_not_exist_and_what_is_closed_are_refused_alike() {
    let (world, _) = World::with_channel();
    let stranger = DeviceId([77; 16]);
    let refused = may_read(&world.state, &stranger, &CHANNEL, NOW);
    assert_eq!(refused.unwrap_err().code, ErrorCode::UnknownDevice);
    let device = world.lan.fact.device;
    let refused = may_read(&world.state, &device, &StreamId([8; 16]), NOW);
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotPermitted);
    let refused = may_fetch(&world.state, &device, &Hash([1; 32]), NOW);
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(
        may_fetch(&world.state, &device, &sha256(&name(LAN)), NOW),
        Ok(())
    );
}

#[test]
fn a_welcome_goes_to_its_joiner_only() {
    let (mut world, mut lan) = World::with_channel();
    world.add_minh(&mut lan);
    let may = |device: &crate::fixture::Device, body: &[u8]| {
        may_fetch(&world.state, &device.fact.device, &sha256(body), NOW).is_ok()
    };
    assert!(may(&world.minh, WELCOME));
    assert!(!may(&world.lan, WELCOME));
    assert!(!may(&world.approver, WELCOME));
    assert!(may(&world.lan, INFO) && may(&world.minh, INFO));
}

#[test]
fn enrolments_are_shown_to_who_decides_on_them() {
    let mut world = World::begun();
    let enrolled = [&world.admin, &world.approver, &world.lan]
        .map(|device| thamvan_proto::directory::Statement::DeviceEnrol(device.fact.clone()));
    let item = world.authority.state(enrolled.to_vec(), Vec::new(), NOW);
    world.operator(&item);
    let outcome = crate::enrol::decide(&world.state, &world.minh.enrol(), NOW).unwrap();
    let crate::enrol::Outcome::Request(change) = outcome else {
        panic!("{outcome:?}")
    };
    world.state.apply(&change, None).unwrap();
    for device in [&world.admin, &world.approver] {
        let shown = enrolments(&world.state, &device.fact.device, NOW).unwrap();
        assert_eq!(shown.len(), 1);
    }
    let refused = enrolments(&world.state, &world.lan.fact.device, NOW);
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotPermitted);
}
