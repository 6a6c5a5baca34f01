use crate::directory::testing::{World, device, enrolment, grant, official, seat, two};
use crate::directory::{
    AgencyEnd, DeviceRevoke, Role, RoleRevoke, SeatAppoint, SeatRole, Signers, Statement,
    StatementError,
};

/// Raised by root keys: an administers, binh approves. Raised by these two: cuong and dung. Raised by cuong and binh: em.
fn world() -> World {
    let mut world = World::new();
    let makers = two("an@mofa", "binh@moit");
    for (who, number, role, signers) in [
        ("an@mofa", 1, Role::NationalAdministrator, Signers::Root),
        ("binh@moit", 2, Role::Approver, Signers::Root),
        ("cuong@mofa", 3, Role::NationalAdministrator, makers.clone()),
        ("dung@moit", 4, Role::Approver, makers),
        ("em@moit", 5, Role::Approver, two("cuong@mofa", "binh@moit")),
    ] {
        world.person(who, number, signers.clone());
        world.grant(who, role, signers);
    }
    world
}

fn power() -> Statement {
    Statement::RoleGrant(grant("dung@moit", Role::Auditor, None))
}

fn names(world: &World, who: &str) -> Vec<String> {
    let all = world.at().raised_by(&official(who));
    all.iter().map(ToString::to_string).collect()
}

#[test]
fn everybody_descends_from_those_whom_root_keys_raised() {
    let world = world();
    assert_eq!(names(&world, "an@mofa"), Vec::<String>::new());
    assert_eq!(names(&world, "cuong@mofa"), ["an@mofa", "binh@moit"]);
    assert_eq!(
        names(&world, "em@moit"),
        ["an@mofa", "binh@moit", "cuong@mofa"]
    );
}

#[test]
fn a_national_power_takes_two_agencies_and_nobody_whom_the_other_raised() {
    let world = world();
    let refused = Err(StatementError::NotIndependent);
    for (first, second, expected) in [
        ("an@mofa", "binh@moit", Ok(())),
        ("an@mofa", "dung@moit", refused),
        ("cuong@mofa", "binh@moit", refused),
        ("cuong@mofa", "dung@moit", Ok(())),
        ("cuong@mofa", "em@moit", refused),
        ("an@mofa", "em@moit", refused),
        ("an@mofa", "cuong@mofa", Err(StatementError::SameAgency)),
    ] {
        assert_eq!(
            world.approve(first, second, power()),
            expected,
            "{first} {second}"
        );
    }
    let end = Statement::AgencyEnd(AgencyEnd {
        agency: "mofa".parse().unwrap(),
        reason: "hợp nhất".into(),
    });
    assert_eq!(world.approve("an@mofa", "dung@moit", end.clone()), refused);
    assert_eq!(world.approve("an@mofa", "binh@moit", end), Ok(()));
    // An agency's own affairs take two persons, whoever raised them.
    let own = Statement::RoleGrant(grant("em@moit", Role::Approver, Some("moit")));
    assert_eq!(world.approve("an@mofa", "dung@moit", own), Ok(()));
}

#[test]
fn a_puppet_stays_one_after_what_raised_it_has_ended() {
    let mut world = world();
    // dung enrols a second device of their own, then everything by an is taken back and given again by others.
    world.push_by(
        Statement::DeviceEnrol(enrolment("dung@moit", 6)),
        two("binh@moit", "dung@moit"),
    );
    world.push(Statement::DeviceRevoke(DeviceRevoke {
        device: device(4),
        reason: String::new(),
    }));
    world.push(Statement::RoleRevoke(RoleRevoke {
        role: Role::Approver,
        official: official("dung@moit"),
    }));
    world.grant("dung@moit", Role::Approver, Signers::Root);
    let refused = Err(StatementError::NotIndependent);
    assert_eq!(world.approve("an@mofa", "dung@moit", power()), refused);
}

#[test]
fn whom_root_keys_gave_a_role_stays_independent_whatever_is_given_on_top() {
    let mut world = world();
    world.push_by(
        Statement::SeatAppoint(SeatAppoint {
            seat: seat("mofa/main"),
            official: official("an@mofa"),
            role: SeatRole::Deputy,
            from: 0,
            until: None,
            speak_for: false,
        }),
        two("cuong@mofa", "binh@moit"),
    );
    world.grant("an@mofa", Role::Approver, two("cuong@mofa", "binh@moit"));
    let own = Statement::DeviceEnrol(enrolment("an@mofa", 7));
    world.push_by(own, two("cuong@mofa", "an@mofa"));
    assert_eq!(world.approve("an@mofa", "binh@moit", power()), Ok(()));
    // A device that others put in the place of one's own is theirs.
    let ghost = Statement::DeviceEnrol(enrolment("an@mofa", 8));
    world.push_by(ghost, two("cuong@mofa", "binh@moit"));
    let refused = Err(StatementError::NotIndependent);
    assert_eq!(world.approve("an@mofa", "binh@moit", power()), refused);
}

#[test]
fn without_the_role_from_root_keys_the_other_roles_count() {
    let mut world = world();
    world.grant(
        "an@mofa",
        Role::NationalAdministrator,
        two("cuong@mofa", "binh@moit"),
    );
    assert_eq!(world.approve("an@mofa", "binh@moit", power()), Ok(()));
    world.push(Statement::RoleRevoke(RoleRevoke {
        role: Role::NationalAdministrator,
        official: official("an@mofa"),
    }));
    let refused = Err(StatementError::NotIndependent);
    assert_eq!(world.approve("an@mofa", "binh@moit", power()), refused);
}
