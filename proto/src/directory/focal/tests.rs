use super::*;
use crate::directory::testing::{NOW, World, official, seat};
use crate::directory::{OfficialEnd, Signers, Statement};

fn unit(agency: &str, at: &str) -> Statement {
    Statement::FocalUnit(FocalUnit {
        agency: agency.parse().unwrap(),
        seat: seat(at),
    })
}

fn end(who: &str) -> Statement {
    Statement::AppointmentEnd(AppointmentEnd {
        seat: seat("mofa/main"),
        official: official(who),
        reason: "luân chuyển".into(),
    })
}

fn gap(primary: bool, deputy: bool) -> Option<FocalGap> {
    Some(FocalGap { primary, deputy })
}

/// mofa's focal unit with a primary and a deputy.
fn complete() -> World {
    let mut world = World::new();
    for (who, number, role) in [
        ("lan@mofa", 1, SeatRole::Primary),
        ("hoa@mofa", 2, SeatRole::Deputy),
    ] {
        world.person(who, number, Signers::Root);
        world.appoint(who, role, Some(NOW + 10));
    }
    world.state(unit("mofa", "mofa/main")).unwrap();
    world
}

#[test]
fn r19_1_a_unit_is_named_with_a_primary_and_a_deputy_of_its_agency() {
    let mut world = World::new();
    let last = Err(StatementError::LastFocal);
    assert_eq!(world.fits(&unit("mofa", "mofa/main")), last);
    world.person("lan@mofa", 1, Signers::Root);
    world.appoint("lan@mofa", SeatRole::Acting, None);
    assert_eq!(world.fits(&unit("mofa", "mofa/main")), last);
    world.person("hoa@mofa", 2, Signers::Root);
    world.appoint("hoa@mofa", SeatRole::Deputy, None);
    assert_eq!(world.fits(&unit("mofa", "mofa/main")), Ok(()));
    let conflict = Err(StatementError::Conflict { what: "agency" });
    assert_eq!(world.fits(&unit("moit", "mofa/main")), conflict);
    let unknown = Err(StatementError::Unknown { what: "seat" });
    assert_eq!(world.fits(&unit("mofa", "mofa/other")), unknown);
}

#[test]
fn r19_1_the_last_primary_or_deputy_is_replaced_before_the_appointment_ends() {
    let mut world = complete();
    for who in ["lan@mofa", "hoa@mofa"] {
        assert_eq!(
            world.fits(&end(who)),
            Err(StatementError::LastFocal),
            "{who}"
        );
    }
    world.person("an@mofa", 3, Signers::Root);
    world.appoint("an@mofa", SeatRole::Acting, None);
    assert_eq!(world.state(end("lan@mofa")), Ok(()));
    assert_eq!(world.fits(&end("hoa@mofa")), Err(StatementError::LastFocal));
    assert_eq!(world.fits(&end("an@mofa")), Err(StatementError::LastFocal));
    let mofa = "mofa".parse().unwrap();
    assert_eq!(world.at().focal_gap(&mofa, NOW), None);
}

#[test]
fn an_end_by_date_or_of_the_official_is_not_refused_and_leaves_a_gap_that_is_shown() {
    let mut world = complete();
    let (mofa, moit) = ("mofa".parse().unwrap(), "moit".parse().unwrap());
    assert_eq!(world.at().focal_gap(&mofa, NOW + 9), None);
    assert_eq!(world.at().focal_gap(&mofa, NOW + 10), gap(true, true));
    assert_eq!(world.at().focal_gap(&moit, NOW), None, "it has named none");
    let ended = Statement::OfficialEnd(OfficialEnd {
        official: official("hoa@mofa"),
        reason: "chuyển công tác".into(),
    });
    world.state(ended).unwrap();
    assert_eq!(world.at().focal_gap(&mofa, NOW), gap(false, true));
    // What is missing already does not hold the other fast.
    assert_eq!(world.fits(&end("lan@mofa")), Err(StatementError::LastFocal));
    world.person("an@mofa", 3, Signers::Root);
    world.appoint("an@mofa", SeatRole::Primary, None);
    assert_eq!(world.fits(&end("lan@mofa")), Ok(()));
}

#[test]
fn r19_1b_what_changes_of_a_focal_unit_is_told_with_who_and_when() {
    let mut world = complete();
    let named = world.directory.size() - 1;
    world.person("son@mofa", 3, Signers::Root);
    world.appoint("son@mofa", SeatRole::Deputy, None);
    let appointed = world.directory.size() - 1;
    world.state(end("hoa@mofa")).unwrap();
    let ended = world.directory.size() - 1;
    world.push(Statement::OfficialEnd(OfficialEnd {
        official: official("lan@mofa"),
        reason: "nghỉ hưu".into(),
    }));
    let retired = world.directory.size() - 1;
    let change = |seq, event, who: Option<&str>| FocalChange {
        seq,
        event,
        seat: seat("mofa/main"),
        official: who.map(official),
    };
    let all = [
        change(named, FocalEvent::Named, None),
        change(appointed, FocalEvent::Appointed, Some("son@mofa")),
        change(ended, FocalEvent::Ended, Some("hoa@mofa")),
        change(retired, FocalEvent::Ended, Some("lan@mofa")),
    ];
    assert_eq!(world.at().focal_changes(), all);
    // At an earlier position the later ones had not happened.
    assert_eq!(world.directory.at(appointed).focal_changes(), all[..2]);
}
