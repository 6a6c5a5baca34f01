use super::*;
use crate::directory::testing::{NOW, World, grant, official, seat};
use crate::directory::{RoleGrant, SeatAppoint, SeatRole, Signers};

/// National administrator and approver of moit, who have devices.
fn world() -> World {
    let mut world = World::new();
    for (who, number, role) in [
        ("admin@moit", 1, Role::NationalAdministrator),
        ("approver@moit", 2, Role::Approver),
    ] {
        world.person(who, number, Signers::Root);
        world.grant(who, role, Signers::Root);
    }
    world
}

fn of_agency(world: &mut World, who: &str, number: u8, role: Role) {
    world.person(who, number, Signers::Root);
    let agency = official(who).agency();
    let fact: RoleGrant = grant(who, role, Some(agency.as_str()));
    world.push(Statement::RoleGrant(fact));
}

fn appointment(proposer: &str) -> Pending {
    Pending {
        seq: 0,
        proposer: official(proposer),
        statement: Statement::SeatAppoint(SeatAppoint {
            seat: seat("mofa/main"),
            official: official("lan@mofa"),
            role: SeatRole::Primary,
            from: 0,
            until: None,
            speak_for: true,
        }),
        expires: NOW,
        approved: false,
    }
}

fn named(found: &[&OfficialId]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn who_is_asked_is_of_the_agency_and_of_the_nation_only_where_it_has_nobody() {
    let mut world = world();
    let mofa = "mofa".parse().unwrap();
    assert_eq!(
        named(&world.at().administrators(&mofa, NOW)),
        ["admin@moit"]
    );
    assert_eq!(named(&world.at().approvers(&mofa, NOW)), ["approver@moit"]);
    of_agency(&mut world, "an@mofa", 3, Role::AgencyAdministrator);
    of_agency(&mut world, "binh@mofa", 4, Role::Approver);
    assert_eq!(named(&world.at().administrators(&mofa, NOW)), ["an@mofa"]);
    assert_eq!(named(&world.at().approvers(&mofa, NOW)), ["binh@mofa"]);
    let moit = "moit".parse().unwrap();
    assert_eq!(
        named(&world.at().administrators(&moit, NOW)),
        ["admin@moit"]
    );
    assert_eq!(named(&world.at().approvers(&moit, NOW)), ["approver@moit"]);
}

#[test]
fn who_is_asked_can_do_it_with_a_live_device() {
    let mut world = world();
    let mofa = "mofa".parse().unwrap();
    world.push(Statement::Official(crate::directory::Official {
        id: official("an@mofa"),
        name: crate::tlog::Hash([9; 32]),
    }));
    let fact = grant("an@mofa", Role::AgencyAdministrator, Some("mofa"));
    world.push(Statement::RoleGrant(fact));
    assert_eq!(
        named(&world.at().administrators(&mofa, NOW)),
        ["admin@moit"]
    );
    for who in ["an@mofa", "admin@moit"] {
        let statement = appointment("x@mofa").statement;
        let may = world.at().may_state(&official(who), &statement, NOW);
        assert_eq!(may, Ok(()), "{who}: the right is another question");
    }
}

#[test]
fn the_second_person_that_is_asked_is_never_the_proposer_and_may_approve() {
    let mut world = world();
    of_agency(&mut world, "binh@mofa", 4, Role::Approver);
    let at = world.at();
    assert_eq!(
        named(&at.seconds(&appointment("admin@moit"), NOW)),
        ["binh@mofa"]
    );
    let own = appointment("binh@mofa");
    assert_eq!(named(&at.seconds(&own, NOW)), ["approver@moit"]);
    let approved = Pending {
        approved: true,
        ..appointment("admin@moit")
    };
    assert!(at.seconds(&approved, NOW).is_empty());
    assert!(at.seconds(&appointment("admin@moit"), NOW + 1).is_empty());
    for pending in [own, appointment("admin@moit")] {
        for who in at.seconds(&pending, NOW) {
            assert_eq!(at.may_approve(who, &pending, NOW), Ok(()));
        }
    }
}
