use super::*;
use crate::fixture::{Device, MINH};
use crate::world::{NOW, World};

fn code(refused: Result<Outcome, Refusal>) -> ErrorCode {
    refused.err().unwrap().code
}

#[test]
fn a_request_waits_once_and_is_active_once_enrolled() {
    let mut world = World::begun();
    let enrol = world.minh.enrol();
    let Outcome::Request(change) = decide(&world.state, &enrol, NOW).unwrap() else {
        panic!("not a request")
    };
    world.state.apply(&change, None).unwrap();
    let pending = Ok(Outcome::Known(ENROLMENT_PENDING));
    assert_eq!(decide(&world.state, &enrol, NOW), pending);
    let fact = Statement::DeviceEnrol(world.minh.fact.clone());
    let item = world.authority.state(vec![fact], Vec::new(), NOW);
    world.operator(&item);
    let active = Ok(Outcome::Known(ENROLMENT_ACTIVE));
    assert_eq!(decide(&world.state, &enrol, NOW), active);
    assert_eq!(world.state.enrolments().count(), 0);
}

#[test]
fn code_ticket_owner_time_and_signature_must_fit() {
    let world = World::begun();
    let refused = |enrol: &Enrol, now| code(decide(&world.state, enrol, now));
    let mut other_code = world.minh.enrol();
    other_code.code = "guess".into();
    assert_eq!(refused(&other_code, NOW), ErrorCode::Ticket);
    let mut other_ticket = Device::new(9, MINH);
    assert_eq!(refused(&other_ticket.enrol(), NOW), ErrorCode::Ticket);
    other_ticket.fact.ticket = world.lan.fact.ticket;
    assert_eq!(refused(&other_ticket.enrol(), NOW), ErrorCode::Ticket);
    let enrol = world.minh.enrol();
    assert!(decide(&world.state, &enrol, NOW + 3_600_000).is_ok());
    assert_eq!(refused(&enrol, NOW + 3_600_001), ErrorCode::Ticket);
    let mut long = world.minh.enrol();
    long.code = "x".repeat(CODE_LEN_MAX + 1);
    assert_eq!(refused(&long, NOW), ErrorCode::TooLarge);
    let mut changed = world.minh.enrol();
    let last = changed.request.len() - 1;
    changed.request[last] ^= 1;
    assert_eq!(refused(&changed, NOW), ErrorCode::BadSignature);
}

#[test]
fn only_so_many_requests_wait_for_one_ticket() {
    let mut world = World::begun();
    let mut last = Ok(Outcome::Known(0));
    for n in 0..=ENROLMENTS_PER_TICKET_MAX {
        let mut device = Device::new(u8::try_from(50 + n).unwrap(), MINH);
        device.fact.ticket = world.minh.fact.ticket;
        last = decide(&world.state, &device.enrol(), NOW);
        if let Ok(Outcome::Request(change)) = &last {
            world.state.apply(change, None).unwrap();
        }
    }
    assert_eq!(world.state.enrolments().count(), ENROLMENTS_PER_TICKET_MAX);
    assert_eq!(code(last), ErrorCode::RateLimited);
}

#[test]
fn a_root_statement_must_enrol_this_very_device() {
    let mut world = World::begun();
    let mut enrol = world.minh.enrol();
    let other = Statement::DeviceEnrol(world.lan.fact.clone());
    enrol.root = Some(world.authority.state(vec![other], Vec::new(), NOW));
    assert_eq!(
        code(decide(&world.state, &enrol, NOW)),
        ErrorCode::Malformed
    );
    let fact = Statement::DeviceEnrol(world.minh.fact.clone());
    let root = world.authority.state(vec![fact], Vec::new(), NOW);
    enrol.root = Some(root.clone());
    assert_eq!(decide(&world.state, &enrol, NOW), Ok(Outcome::Root(root)));
}
