use super::*;
use crate::directory::testing::{NOW, World, agency, device, official, seat};
use crate::directory::{Role, RoleRevoke, SeatRole, Signers, StatementError};

fn official_end(who: &str, reason: &str) -> Statement {
    Statement::OfficialEnd(OfficialEnd {
        official: official(who),
        reason: reason.into(),
    })
}

fn agency_end(id: &str) -> Statement {
    Statement::AgencyEnd(AgencyEnd {
        agency: id.parse().unwrap(),
        reason: "hợp nhất".into(),
    })
}

fn suspend(number: u8, suspended: bool) -> Statement {
    Statement::DeviceSuspend(DeviceSuspend {
        device: device(number),
        suspended,
        reason: "để quên trên tàu".into(),
    })
}

fn appointment_end(who: &str) -> Statement {
    Statement::AppointmentEnd(AppointmentEnd {
        seat: seat("mofa/main"),
        official: official(who),
        reason: "luân chuyển".into(),
    })
}

fn erasure(who: &str) -> Statement {
    Statement::NameErasure(NameErasure {
        official: official(who),
        reason: "theo đề nghị".into(),
    })
}

const UNKNOWN_OFFICIAL: Result<(), StatementError> =
    Err(StatementError::Unknown { what: "official" });
const UNKNOWN_DEVICE: Result<(), StatementError> = Err(StatementError::Unknown { what: "device" });

fn conflict(what: &'static str) -> Result<(), StatementError> {
    Err(StatementError::Conflict { what })
}

#[test]
fn with_an_official_end_devices_roles_and_appointments() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    world.grant("lan@mofa", Role::Approver, Signers::Root);
    world.appoint("lan@mofa", SeatRole::Primary, None);
    let before = world.directory.size() - 1;
    world.state(official_end("lan@mofa", "nghỉ hưu")).unwrap();
    let lives = |at: At<'_>| {
        let lan = official("lan@mofa");
        [
            at.official(&lan).is_some(),
            at.device(&device(1)).is_some(),
            at.devices_of(&lan).next().is_some(),
            at.holds_role(&lan, Role::Approver, None, NOW),
            at.speaks_for(&lan, &lan.agency(), NOW),
            at.is_in_term(&lan, NOW),
            at.officials().any(|one| one.id == lan),
        ]
    };
    assert_eq!(lives(world.at()), [false; 7]);
    assert_eq!(
        lives(world.directory.at(before)),
        [true; 7],
        "and not before"
    );
    // Nothing brings them back.
    assert_eq!(
        world.fits(&official_end("lan@mofa", "nghỉ hưu")),
        UNKNOWN_OFFICIAL
    );
    let again = Statement::Official(crate::directory::Official {
        id: official("lan@mofa"),
        name: crate::tlog::Hash([9; 32]),
    });
    assert_eq!(world.fits(&again), conflict("official"));
    let grant = crate::directory::testing::grant("lan@mofa", Role::Approver, None);
    assert_eq!(world.fits(&Statement::RoleGrant(grant)), UNKNOWN_OFFICIAL);
    let revoke = RoleRevoke {
        role: Role::Approver,
        official: official("lan@mofa"),
    };
    assert_eq!(world.fits(&Statement::RoleRevoke(revoke)), UNKNOWN_OFFICIAL);
}

#[test]
fn with_an_agency_ends_all_that_is_its_own_and_its_id_is_never_stated_again() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    world.person("minh@moit", 2, Signers::Root);
    world.state(agency_end("mofa")).unwrap();
    let at = world.at();
    assert!(at.agency(&"mofa".parse().unwrap()).is_none());
    assert!(at.seat(&seat("mofa/main")).is_none());
    assert!(at.official(&official("lan@mofa")).is_none());
    assert!(at.device(&device(1)).is_none() && at.device(&device(2)).is_some());
    assert_eq!(
        world.fits(&agency_end("mofa")),
        Err(StatementError::Unknown { what: "agency" })
    );
    assert_eq!(
        world.fits(&Statement::Agency(agency("mofa"))),
        conflict("agency")
    );
    // While it stands, an agency is stated anew, and its people stay.
    assert_eq!(world.state(Statement::Agency(agency("moit"))), Ok(()));
    assert!(world.at().device(&device(2)).is_some());
}

#[test]
fn a_suspended_device_is_dead_until_two_persons_lift_it_and_can_be_ended_meanwhile() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    assert_eq!(world.fits(&suspend(1, false)), conflict("suspension"));
    world.state(suspend(1, true)).unwrap();
    let suspended = world.directory.size() - 1;
    let is_live = |at: At<'_>| at.device(&device(1)).is_some();
    assert!(!is_live(world.at()) && world.at().enrolled(&device(1)).is_some());
    assert_eq!(world.fits(&suspend(1, true)), conflict("suspension"));
    world.state(suspend(1, false)).unwrap();
    assert!(is_live(world.at()) && !is_live(world.directory.at(suspended)));
    world.state(suspend(1, true)).unwrap();
    assert!(!is_live(world.at()), "again");
    let revoke = Statement::DeviceRevoke(crate::directory::DeviceRevoke {
        device: device(1),
        reason: String::new(),
    });
    world.state(revoke.clone()).unwrap();
    assert_eq!(world.fits(&revoke), UNKNOWN_DEVICE);
    assert_eq!(world.fits(&suspend(1, false)), UNKNOWN_DEVICE);
    assert_eq!(world.fits(&suspend(7, true)), UNKNOWN_DEVICE);
}

#[test]
fn the_owner_may_suspend_and_never_lift() {
    let mut world = World::new();
    for (who, number) in [
        ("lan@mofa", 1),
        ("an@mofa", 2),
        ("binh@moit", 3),
        ("hoa@mofa", 4),
    ] {
        world.person(who, number, Signers::Root);
    }
    world.grant("an@mofa", Role::NationalAdministrator, Signers::Root);
    world.grant("binh@moit", Role::Approver, Signers::Root);
    world.grant("lan@mofa", Role::Approver, Signers::Root);
    let may = |world: &World, who: &str, number, suspended| {
        world
            .at()
            .may_state(&official(who), &suspend(number, suspended), NOW)
    };
    let refused = Err(StatementError::NotPermitted);
    assert_eq!(may(&world, "lan@mofa", 1, true), Ok(()));
    assert_eq!(may(&world, "hoa@mofa", 1, true), refused);
    assert_eq!(may(&world, "an@mofa", 1, true), Ok(()));
    world.state(suspend(1, true)).unwrap();
    assert_eq!(may(&world, "lan@mofa", 1, false), refused);
    assert_eq!(may(&world, "an@mofa", 1, false), Ok(()));
    assert_eq!(
        world.approve("an@mofa", "lan@mofa", suspend(1, false)),
        refused,
        "their own"
    );
    assert_eq!(
        world.approve("an@mofa", "binh@moit", suspend(1, false)),
        Ok(())
    );
    world.state(suspend(2, true)).unwrap();
    assert_eq!(
        may(&world, "an@mofa", 2, false),
        refused,
        "the administrator's own"
    );
    assert!(!suspend(1, true).needs_two_persons() && suspend(1, false).needs_two_persons());
}

#[test]
fn r19_2_an_appointment_ends_by_its_date_and_before_it() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    world.person("hoa@mofa", 2, Signers::Root);
    let lan = official("lan@mofa");
    assert!(
        world.at().is_in_term(&lan, NOW),
        "never appointed, never limited"
    );
    assert_eq!(
        world.fits(&appointment_end("lan@mofa")),
        Err(StatementError::Unknown {
            what: "appointment"
        })
    );
    world.appoint("lan@mofa", SeatRole::Primary, Some(NOW + 10));
    for (time, runs) in [
        (NOW, true),
        (NOW + 9, true),
        (NOW + 10, false),
        (u64::MAX, false),
    ] {
        assert_eq!(world.at().is_in_term(&lan, time), runs, "{time}");
        assert_eq!(
            world.at().speaks_for(&lan, &lan.agency(), time),
            runs,
            "{time}"
        );
    }
    world.appoint("hoa@mofa", SeatRole::Deputy, None);
    world.state(appointment_end("lan@mofa")).unwrap();
    assert!(!world.at().is_in_term(&lan, NOW));
    assert!(world.at().is_in_term(&official("hoa@mofa"), NOW));
    assert_eq!(
        world.fits(&appointment_end("lan@mofa")),
        Err(StatementError::Unknown {
            what: "appointment"
        })
    );
    // Ended before its date, the term does not run again when the date comes; a new appointment makes a new one.
    assert!(!world.at().is_in_term(&lan, NOW + 20));
    world.appoint("lan@mofa", SeatRole::Deputy, None);
    assert!(world.at().is_in_term(&lan, NOW));
}

#[test]
fn a_name_is_erased_once_also_of_an_official_who_has_ended() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    let name = world.at().official(&official("lan@mofa")).unwrap().name;
    world.state(official_end("lan@mofa", "nghỉ hưu")).unwrap();
    assert!(!world.directory.erased().contains(&name));
    world.state(erasure("lan@mofa")).unwrap();
    assert!(world.directory.erased().contains(&name));
    assert_eq!(world.fits(&erasure("lan@mofa")), conflict("erasure"));
    assert_eq!(world.fits(&erasure("an@mofa")), UNKNOWN_OFFICIAL);
    assert!(erasure("lan@mofa").needs_two_persons());
}

#[test]
fn an_end_without_a_reason_is_refused() {
    let mut world = World::new();
    world.person("lan@mofa", 1, Signers::Root);
    for reason in ["", " \n"] {
        assert_eq!(
            world.fits(&official_end("lan@mofa", reason)),
            conflict("empty text")
        );
    }
    let long = "a".repeat(crate::limits::TEXT_LEN_MAX);
    assert_eq!(world.fits(&official_end("lan@mofa", &long)), Ok(()));
    assert_eq!(
        world.fits(&official_end("lan@mofa", &(long + "a"))),
        conflict("text length")
    );
}
