//! Notices, requests for information, and what is taken away: by whom, to whom, and what becomes of it.

use super::*;
use crate::consultation::ConsultationError::{
    About, Ended, Form as NotOfThisForm, MandatoryMissing, NobodyAwaited, NotAsked, NotOver,
    NotTheLead, Opener, Repeated, Route as RouteMissing,
};
use crate::directory::{PolicyChange, Route};

/// A notice or request by its template, to `asked`, about a pillar or council.
fn said(template: &str, by: &str, asked: &[&str], told: &[&str], about: Option<Scope>) -> Act {
    let act = with_terms(opening(asked, told, START + HOUR), |terms| {
        terms.template = Template::of_id(template).unwrap().number;
        terms.about = about;
    });
    Act {
        seat: by.parse().unwrap(),
        ..act
    }
}

fn judged(world: &World, official: &str, act: &Act) -> Result<(), ConsultationError> {
    world.judge(official, EntryType::ConsultationOpen, act)
}

fn post(world: &mut World, official: &str, act: Act) {
    world
        .act(official, EntryType::ConsultationOpen, act)
        .unwrap();
}

fn event(world: &World, seat: &str) -> Act {
    Act {
        capacity: OpinionCapacity::Unit,
        ..world.on(seat)
    }
}

fn receipt(world: &mut World, official: &str, seat: &str) {
    let act = event(world, seat);
    world.act(official, EntryType::Acknowledged, act).unwrap();
}

#[test]
fn r5_1_the_coordinator_informs_and_each_agency_acknowledges() {
    let mut world = World::new();
    let article = "khoản 1 Điều 5";
    let asked = ["moit/main", "mof/main"];
    let other = said("notice_5_1", "moit/main", &["mof/main"], &[], None);
    assert_eq!(judged(&world, "minh@moit", &other), Err(Opener { article }));
    post(
        &mut world,
        "lan@mofa",
        said("notice_5_1", "mofa/main", &asked, &[], None),
    );
    assert_eq!(world.consultation().form(), Form::Notice);
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    // It goes one way: nobody answers, nothing is concluded, no letter stands beside it.
    let answer = world.on("moit/main");
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &answer),
        Err(NotOfThisForm)
    );
    receipt(&mut world, "minh@moit", "moit/main");
    let awaited: Vec<&str> = world.consultation().awaited().map(SeatId::as_str).collect();
    assert_eq!(awaited, ["mof/main"]);
    for (kind, act) in [
        (EntryType::ConsultationConclude, world.conclusion()),
        (EntryType::LetterRecord, world.on("mofa/main")),
    ] {
        assert_eq!(world.judge("lan@mofa", kind, &act), Err(NotOfThisForm));
    }
    // Whoever is silent is reminded, and is overdue after the deadline.
    let remind = world.on("mofa/main");
    assert_eq!(
        world.judge("lan@mofa", EntryType::ConsultationRemind, &remind),
        Ok(())
    );
    world.time = START + HOUR;
    assert_eq!(world.state_now(), ConsultationState::Overdue);
    receipt(&mut world, "an@mof", "mof/main");
    assert_eq!(world.state_now(), ConsultationState::Complete);
    assert!(world.consultation().is_over());
}

#[test]
fn r5_2_the_secretariat_informs_all_others() {
    let world = World::new();
    let by = |seat, official, asked: &[&str]| {
        judged(
            &world,
            official,
            &said("notice_5_2", seat, asked, &[], None),
        )
    };
    let article = "khoản 2 Điều 5";
    assert_eq!(by("mofa/secretariat", "thu@mofa", &["moit/main"]), Ok(()));
    assert_eq!(
        by("mofa/main", "lan@mofa", &["moit/main"]),
        Err(Opener { article })
    );
}

#[test]
fn r5_3_a_lead_informs_its_agencies() {
    let world = World::new();
    let by = |seat, official, asked: &[&str]| {
        judged(
            &world,
            official,
            &said("notice_5_3", seat, asked, &[], None),
        )
    };
    let article = "khoản 3 Điều 5";
    assert_eq!(by("moit/main", "minh@moit", &["mof/main"]), Ok(()));
    assert_eq!(
        by("mof/main", "an@mof", &["moit/main"]),
        Err(Opener { article })
    );
}

#[test]
fn r5_4_every_agency_informs_the_coordinator_and_the_lead() {
    let world = World::new();
    let article = "khoản 4 Điều 5";
    let about = |asked: &[&str], about| {
        judged(
            &world,
            "an@mof",
            &said("notice_5_4", "mof/main", asked, &[], about),
        )
    };
    let aec = Some(Scope::pillar("aec"));
    assert_eq!(about(&["mofa/main", "moit/main"], aec.clone()), Ok(()));
    for missing in ["mofa/main", "moit/main"] {
        assert_eq!(
            about(&[missing], aec.clone()),
            Err(MandatoryMissing { article })
        );
    }
    assert_eq!(about(&["mofa/main"], Some(Scope::coordinator())), Ok(()));
    assert_eq!(about(&["mofa/main"], None), Err(About { article }));
}

#[test]
fn r5_4_a_request_goes_to_whoever_has_the_duty_and_is_answered() {
    let mut world = World::new();
    let asks = |template, asked: &[&str], about| {
        judged(
            &world,
            "an@mof",
            &said(template, "mof/main", asked, &[], about),
        )
    };
    let article = "khoản 1 Điều 5";
    assert_eq!(asks("request_5_1", &["mofa/main"], None), Ok(()));
    for elsewhere in [&["moit/main"][..], &["mofa/main", "moit/main"]] {
        assert_eq!(
            asks("request_5_1", elsewhere, None),
            Err(MandatoryMissing { article })
        );
    }
    let article = "khoản 2 Điều 5";
    assert_eq!(asks("request_5_2", &["mofa/secretariat"], None), Ok(()));
    assert_eq!(
        asks("request_5_2", &["mofa/main"], None),
        Err(MandatoryMissing { article })
    );
    let aec = Some(Scope::pillar("aec"));
    assert_eq!(asks("request_5_3", &["moit/main"], aec.clone()), Ok(()));
    let article = "khoản 3 Điều 5";
    assert_eq!(
        asks("request_5_3", &["mofa/main"], aec),
        Err(MandatoryMissing { article })
    );
    assert_eq!(asks("request_5_4", &["moit/main"], None), Ok(()));
    post(
        &mut world,
        "an@mof",
        said("request_5_4", "mof/main", &["moit/main"], &[], None),
    );
    // To have seen it is not to have provided it.
    receipt(&mut world, "minh@moit", "moit/main");
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    world.answered("minh@moit", "moit/main");
    assert_eq!(world.state_now(), ConsultationState::Complete);
    assert!(world.consultation().is_over());
}

#[test]
fn r5_4_information_answers_a_request_and_nothing_else() {
    let value = |text: &str| {
        let part =
            |role, text: &str| Part::inline(role, TEXT_MEDIA_TYPE, text.into(), Salt([1; 32]));
        let parts = vec![
            part(PartRole::OpinionValue, text),
            part(PartRole::OpinionText, "words"),
        ];
        Content::new(Salt([2; 32]), parts)
    };
    for (template, fitting) in [
        ("general", Position::of_form(Form::Consultation)),
        ("request_5_4", Position::of_form(Form::Request)),
        ("notice_5_1", Position::of_form(Form::Notice)),
    ] {
        let act = said(template, "mofa/main", &["moit/main"], &[], None);
        for position in Position::ALL {
            let checked = check_content(
                EntryType::Answer,
                act.terms.as_ref().unwrap(),
                &value(position.as_str()),
            );
            assert_eq!(
                checked.is_ok(),
                fitting.contains(position),
                "{template} {position:?}"
            );
        }
    }
}

#[test]
fn r4_4_a_notice_without_a_mark_needs_no_reason() {
    let part = |role| Part::inline(role, TEXT_MEDIA_TYPE, "x".into(), Salt([1; 32]));
    let content = Content::new(
        Salt([2; 32]),
        vec![part(PartRole::Title), part(PartRole::Question)],
    );
    let needs = |template, urgency| {
        let act = with_terms(
            said(template, "mofa/main", &["moit/main"], &[], None),
            |terms| terms.urgency = urgency,
        );
        let terms = act.terms.unwrap();
        check_content(EntryType::ConsultationOpen, &terms, &content).is_err()
    };
    assert!(!needs("notice_5_1", Urgency::Normal));
    assert!(needs("notice_5_1", Urgency::Khan));
    assert!(needs("request_5_1", Urgency::Normal));
    assert!(needs("general", Urgency::Normal));
}

#[test]
fn r6_1_a_report_goes_to_the_lead_of_the_pillar() {
    let world = World::new();
    let article = "khoản 1, 3 Điều 6";
    let aec = Some(Scope::pillar("aec"));
    let sent = |asked: &[&str], told: &[&str]| {
        judged(
            &world,
            "an@mof",
            &said("report_6", "mof/main", asked, told, aec.clone()),
        )
    };
    assert_eq!(sent(&["moit/main", "mofa/secretariat"], &[]), Ok(()));
    assert_eq!(sent(&["moit/main"], &["mofa/secretariat"]), Ok(()));
    assert_eq!(
        sent(&["mofa/secretariat"], &[]),
        Err(MandatoryMissing { article })
    );
}

#[test]
fn r6_3_a_report_without_the_secretariat_is_refused() {
    let world = World::new();
    let article = "khoản 1, 3 Điều 6";
    let acc = Some(Scope::coordinator());
    let sent = |by, official, asked: &[&str], told: &[&str]| {
        judged(
            &world,
            official,
            &said("report_6", by, asked, told, acc.clone()),
        )
    };
    let missing = Err(MandatoryMissing { article });
    assert_eq!(sent("mof/main", "an@mof", &["mofa/main"], &[]), missing);
    let secretariat = ["mofa/secretariat"];
    assert_eq!(
        sent("mof/main", "an@mof", &["mofa/main"], &secretariat),
        Ok(())
    );
    assert_eq!(sent("mof/main", "an@mof", &secretariat, &[]), Ok(()));
    // The coordinator's own report is told to it; what the Secretariat sends it has.
    assert_eq!(sent("mofa/main", "lan@mofa", &["mof/main"], &[]), missing);
    assert_eq!(
        sent("mofa/main", "lan@mofa", &["mof/main"], &secretariat),
        Ok(())
    );
    assert_eq!(
        sent("mofa/secretariat", "thu@mofa", &["mof/main"], &[]),
        Ok(())
    );
}

#[test]
fn r7_2_any_agency_convenes_a_meeting() {
    let world = World::new();
    let notice = said("meeting_7_2", "mof/main", &["moit/main"], &[], None);
    assert_eq!(judged(&world, "an@mof", &notice), Ok(()));
}

#[test]
fn r15_1_hosting_is_notified_to_the_coordinator() {
    let world = World::new();
    let article = "khoản 1, 3 Điều 15";
    let sent = |asked: &[&str]| {
        judged(
            &world,
            "minh@moit",
            &said("hosting_15_1", "moit/main", asked, &[], None),
        )
    };
    assert_eq!(sent(&["mofa/main"]), Ok(()));
    assert_eq!(sent(&["mof/main"]), Err(MandatoryMissing { article }));
}

#[test]
fn r18_3_routes_are_the_policys_and_cannot_take_the_secretariat_away() {
    let mut world = World::new();
    let asks = |world: &World, asked: &[&str], told: &[&str]| {
        judged(world, "lan@mofa", &opening(asked, told, START + HOUR))
    };
    assert_eq!(asks(&world, &["mof/main"], &[]), Ok(()));
    let policy = |version, routes: &[(&str, &str)]| {
        Statement::PolicyChange(PolicyChange {
            version,
            suites: crate::channel::Suite::ALL.to_vec(),
            secret_list: "1178/QĐ-TTg".into(),
            off: vec![],
            worked: vec![],
            hours: None,
            channel_hours: vec![],
            duties: vec![],
            routes: routes
                .iter()
                .map(|(from, told)| Route {
                    from: from.parse().unwrap(),
                    told: told.parse().unwrap(),
                })
                .collect(),
            document: "x".into(),
            hash: Hash([1; 32]),
            from: 0,
        })
    };
    world.state(policy(1, &[("mof", "moit/main"), ("mission", "moit/main")]));
    assert_eq!(asks(&world, &["mof/main"], &[]), Err(RouteMissing));
    assert_eq!(asks(&world, &["mof/main"], &["moit/main"]), Ok(()));
    assert_eq!(asks(&world, &["moit/main", "mof/main"], &[]), Ok(()));
    // Article 18(2) holds beside every route.
    assert_eq!(
        asks(&world, &["mission/main"], &["moit/main"]),
        Err(ConsultationError::Secretariat)
    );
    let both = ["moit/main", "mofa/secretariat"];
    assert_eq!(asks(&world, &["mission/main"], &both), Ok(()));
    world.state(policy(2, &[]));
    assert_eq!(asks(&world, &["mof/main"], &[]), Ok(()));
    assert_eq!(
        asks(&world, &["mission/main"], &[]),
        Err(ConsultationError::Secretariat)
    );
    assert_eq!(RouteMissing.article(), Some("khoản 3 Điều 18"));
}

#[test]
fn s14_whoever_takes_part_says_what_leaves_and_why_also_after_the_end() {
    let mut world = World::new();
    let act = opening(&["moit/main"], &["mofa/secretariat"], START + HOUR);
    post(&mut world, "lan@mofa", act);
    let export = EntryType::RecordExport;
    for (official, seat) in [
        ("lan@mofa", "mofa/main"),
        ("minh@moit", "moit/main"),
        ("thu@mofa", "mofa/secretariat"),
    ] {
        assert_eq!(world.judge(official, export, &event(&world, seat)), Ok(()));
    }
    let outside = event(&world, "mof/main");
    assert_eq!(world.judge("an@mof", export, &outside), Err(NotAsked));
    let opinion = world.on("moit/main");
    assert_eq!(
        world.judge("minh@moit", export, &opinion),
        Err(ConsultationError::Facts)
    );
    world.answered("minh@moit", "moit/main");
    let conclusion = world.conclusion();
    world
        .act("lan@mofa", EntryType::ConsultationConclude, conclusion)
        .unwrap();
    // As often as it happens.
    for _ in 0..2 {
        let act = event(&world, "moit/main");
        world.act("minh@moit", export, act).unwrap();
    }
    assert_eq!(world.state_now(), ConsultationState::Concluded);
    let content = |parts: &[(PartRole, &str)]| {
        let parts = parts.iter().map(|(role, text)| {
            Part::inline(*role, TEXT_MEDIA_TYPE, (*text).into(), Salt([1; 32]))
        });
        Content::new(Salt([2; 32]), parts.collect())
    };
    let hash = "ab".repeat(32);
    let terms = world.consultation().terms();
    for (parts, fits) in [
        (
            vec![(PartRole::Reason, "r"), (PartRole::Manifest, &*hash)],
            true,
        ),
        (vec![(PartRole::Manifest, &*hash)], false),
        (
            vec![(PartRole::Reason, " "), (PartRole::Manifest, &*hash)],
            false,
        ),
        (vec![(PartRole::Reason, "r")], false),
        (
            vec![(PartRole::Reason, "r"), (PartRole::Manifest, "abcd")],
            false,
        ),
        (
            vec![
                (PartRole::Reason, "r"),
                (PartRole::Manifest, &*hash.to_uppercase()),
            ],
            false,
        ),
    ] {
        let checked = check_content(export, terms, &content(&parts));
        assert_eq!(checked.is_ok(), fits, "{parts:?}");
    }
}

#[test]
fn a1_the_record_goes_to_the_archives_after_the_end_by_the_lead() {
    let mut world = World::new();
    world.open(&["moit/main"]);
    let archive = EntryType::RecordArchive;
    let lead = |world: &World| world.on("mofa/main");
    assert_eq!(
        world.judge("lan@mofa", archive, &lead(&world)),
        Err(NotOver)
    );
    world.answered("minh@moit", "moit/main");
    let conclusion = world.conclusion();
    world
        .act("lan@mofa", EntryType::ConsultationConclude, conclusion)
        .unwrap();
    let other = world.on("moit/main");
    assert_eq!(world.judge("minh@moit", archive, &other), Err(NotTheLead));
    let act = lead(&world);
    world.act("lan@mofa", archive, act).unwrap();
    assert_eq!(world.state_now(), ConsultationState::Archived);
    assert!(world.state_now().is_ended());
    let answer = world.on("moit/main");
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &answer),
        Err(Ended)
    );
    // Again only where something was added since: the letter, not another copy.
    let export = event(&world, "mofa/main");
    world
        .act("lan@mofa", EntryType::RecordExport, export)
        .unwrap();
    assert_eq!(
        world.judge("lan@mofa", archive, &lead(&world)),
        Err(Repeated)
    );
    let letter = lead(&world);
    world
        .act("lan@mofa", EntryType::LetterRecord, letter)
        .unwrap();
    assert_eq!(world.judge("lan@mofa", archive, &lead(&world)), Ok(()));
}

#[test]
fn a1_a_notice_is_over_with_the_last_receipt() {
    let mut world = World::new();
    let act = said("notice_5_1", "mofa/main", &["moit/main"], &[], None);
    post(&mut world, "lan@mofa", act);
    let archive = EntryType::RecordArchive;
    let lead = world.on("mofa/main");
    assert_eq!(world.judge("lan@mofa", archive, &lead), Err(NotOver));
    receipt(&mut world, "minh@moit", "moit/main");
    assert_eq!(world.judge("lan@mofa", archive, &lead), Ok(()));
}

#[test]
fn r5_1_a_receipt_after_the_deadline_is_late_and_the_last_one_ends_the_notice() {
    let mut world = World::new();
    let asked = ["moit/main", "mof/main"];
    post(
        &mut world,
        "lan@mofa",
        said("notice_5_1", "mofa/main", &asked, &[], None),
    );
    receipt(&mut world, "minh@moit", "moit/main");
    world.time += HOUR;
    assert_eq!(world.state_now(), ConsultationState::Overdue);
    // While somebody is silent there may be a later deadline.
    let reopen = world.dated(world.time + HOUR);
    let reopens = EntryType::ConsultationReopen;
    assert_eq!(world.judge("lan@mofa", reopens, &reopen), Ok(()));
    receipt(&mut world, "an@mof", "mof/main");
    let late = asked.map(|seat| {
        let consultation = world.consultation();
        let receipt = consultation.event(&seat.parse().unwrap(), EntryType::Acknowledged);
        consultation.is_late(receipt.unwrap())
    });
    assert_eq!(late, [false, true]);
    // Afterwards there is nobody for whom it would be.
    let refused = world.judge("lan@mofa", reopens, &reopen);
    assert_eq!(refused, Err(NobodyAwaited));
}
