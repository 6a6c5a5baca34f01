//! Templates: who opens a consultation of each kind, about what, and whom it must ask; and what stands beside it.

use super::*;
use crate::channel::ScopeKind::{Coordinating, CrossPillar, CrossSector, Pillar};
use crate::consultation::Instrument::{Agreement, AseanName, Treaty};

fn scope(kind: ScopeKind, id: &str) -> Scope {
    Scope {
        kind,
        id: id.to_owned(),
    }
}

/// Whom a template must ask when `opener` opens it, in the order of their ids.
fn must_ask(
    world: &World,
    template: &str,
    opener: &str,
    about: Option<Scope>,
    instrument: Option<Instrument>,
) -> Result<String, ConsultationError> {
    let template = Template::of_id(template).unwrap();
    let terms = Terms {
        template: template.number,
        urgency: Urgency::Normal,
        asked: vec![],
        told: vec![],
        about,
        instrument,
        list: String::new(),
    };
    let at = world.directory.now();
    let seat = if opener.contains('/') {
        opener.to_owned()
    } else {
        format!("{opener}/main")
    };
    let asked = template.mandatory(&at, &terms, &seat.parse().unwrap(), world.time)?;
    let ids: Vec<&str> = asked.iter().map(AgencyId::as_str).collect();
    Ok(ids.join(" "))
}

type Verdict = Result<&'static str, ConsultationError>;
/// What it is about: kind and id.
type About = Option<(ScopeKind, &'static str)>;

const fn opener(article: &'static str) -> Verdict {
    Err(ConsultationError::Opener { article })
}

const fn about(article: &'static str) -> Verdict {
    Err(ConsultationError::About { article })
}

const fn instrument(article: &'static str) -> Verdict {
    Err(ConsultationError::Instrument { article })
}

const CUSTOMS: About = Some((CrossSector, "customs"));
const AEC: About = Some((Pillar, "aec"));
const COUNCIL: About = Some((Coordinating, "acc"));

/// mofa coordinates and leads apsc, moit leads aec and proposes the cross-sector field of customs with mof.
fn world() -> World {
    let mut world = World::new();
    world.state(Statement::Field(Field {
        id: "customs".parse().unwrap(),
        kind: ScopeKind::CrossSector,
        name_vi: String::new(),
        name_en: String::new(),
        lead: "mof".parse().unwrap(),
        supporting: vec![],
        capacities: ["moit", "mof"]
            .map(|agency| Capacity {
                agency: agency.parse().unwrap(),
                pillar: "aec".into(),
            })
            .into(),
        initiator: Some("moit".parse().unwrap()),
        basis: String::new(),
    }));
    world
}

/// Template, who opens it, about what, preparing what; whom it must ask, in the order of their ids.
fn asks(rows: &[(&str, &str, About, Option<Instrument>, Verdict)]) {
    let world = world();
    for (template, by, what, named, expected) in rows {
        let what = what.map(|(kind, id)| scope(kind, id));
        let asked = must_ask(&world, template, by, what, *named);
        assert_eq!(asked, expected.map(str::to_owned), "{template} by {by}");
    }
}

#[test]
fn numbers_and_names_are_each_there_once() {
    for (place, template) in TEMPLATES.iter().enumerate() {
        assert_eq!(
            Template::of_number(template.number),
            Some(&TEMPLATES[place])
        );
        assert_eq!(Template::of_id(template.id), Some(&TEMPLATES[place]));
    }
}

#[test]
fn r3_7_a_cross_pillar_field_is_consulted_by_the_coordinator_with_everybody_concerned() {
    let mut world = World::new();
    let act = |asked: &[&str], field: Option<&str>| {
        let act = opening(asked, &["mofa/secretariat"], START + HOUR);
        with_terms(act, |terms| {
            terms.template = 2;
            terms.about = field.map(|id| scope(ScopeKind::CrossPillar, id));
        })
    };
    let all = ["moit/main", "mof/main", "mission/main"];
    let kind = EntryType::ConsultationOpen;
    let article = "điểm b khoản 7 Điều 3";
    let field = Err(ConsultationError::About { article });
    assert_eq!(world.judge("lan@mofa", kind, &act(&all, None)), field);
    assert_eq!(
        world.judge("lan@mofa", kind, &act(&all, Some("digital"))),
        field
    );
    world.field("mofa");
    let complete = act(&all, Some("digital"));
    assert_eq!(world.judge("lan@mofa", kind, &complete), Ok(()));
    for missing in 0..all.len() {
        let mut asked = all.to_vec();
        asked.remove(missing);
        let refused = world.judge("lan@mofa", kind, &act(&asked, Some("digital")));
        assert_eq!(
            refused,
            Err(ConsultationError::MandatoryMissing { article }),
            "{missing}"
        );
    }
    let elsewhere = Act {
        seat: "moit/main".parse().unwrap(),
        ..act(&["mof/main", "mission/main"], Some("digital"))
    };
    assert_eq!(
        world.judge("minh@moit", kind, &elsewhere),
        Err(ConsultationError::Opener { article })
    );
    world.state(Statement::FieldDecision(FieldDecision {
        field: "digital".parse().unwrap(),
        step: FieldStep::Decided(FieldDecided {
            number: "1/QĐ-TTg".into(),
            date: 0,
            summary: "x".into(),
            kind: ScopeKind::CrossPillar,
            lead: "moit".parse().unwrap(),
            from: 0,
            until: None,
        }),
    }));
    assert_eq!(world.judge("lan@mofa", kind, &complete), field);
}

#[test]
fn r3_7_a_cross_sector_field_is_consulted_by_the_lead_of_its_pillar() {
    let (sector, pillars) = ("điểm a khoản 7 Điều 3", "điểm b khoản 7 Điều 3");
    asks(&[
        ("new_field_3_7a", "moit", CUSTOMS, None, Ok("mof mofa")),
        ("new_field_3_7a", "mofa", CUSTOMS, None, opener(sector)),
        ("new_field_3_7a", "moit", None, None, about(sector)),
        ("new_field_3_7b", "moit", CUSTOMS, None, about(pillars)),
        // The kind that is named must be the field's own.
        (
            "new_field_3_7b",
            "moit",
            Some((CrossPillar, "customs")),
            None,
            about(pillars),
        ),
    ]);
}

#[test]
fn r8_1_the_coordinator_consults_on_policy() {
    asks(&[
        ("policy_8_1", "mofa", None, None, Ok("")),
        ("policy_8_1", "moit", None, None, opener("khoản 1 Điều 8")),
    ]);
}

#[test]
fn r8_2_a_lead_consults_on_policy() {
    asks(&[
        ("policy_8_2", "moit", None, None, Ok("")),
        ("policy_8_2", "mof", None, None, opener("khoản 2 Điều 8")),
    ]);
}

#[test]
fn r8_3_any_agency_proposes_after_asking_at_least_one() {
    asks(&[
        ("policy_8_3", "mof", None, None, Ok("")),
        ("policy_8_3", "mof", AEC, None, about("khoản 3 Điều 8")),
    ]);
    let nobody = with_terms(opening(&[], &[], START + HOUR), |terms| {
        terms.template = Template::of_id("policy_8_3").unwrap().number;
    });
    let world = World::new();
    let judged = world.judge("lan@mofa", EntryType::ConsultationOpen, &nobody);
    assert_eq!(judged, Err(ConsultationError::Asked));
}

#[test]
fn r11_1_an_initiative_goes_to_foreign_affairs_and_public_security() {
    asks(&[
        ("initiative_11_1", "moit", None, None, Ok("mofa mps")),
        ("initiative_11_1", "mofa", None, None, Ok("mps")),
        ("initiative_11_1", "mps", None, None, Ok("mofa")),
        (
            "initiative_11_1",
            "moit",
            CUSTOMS,
            None,
            about("khoản 1 Điều 11"),
        ),
    ]);
}

#[test]
fn r11_2_before_the_prime_minister_is_asked_the_lead_of_the_pillar_and_the_coordinator_are() {
    let (apsc, none) = (Some((Pillar, "apsc")), Some((Pillar, "abc")));
    asks(&[
        ("initiative_11_2", "mof", AEC, None, Ok("mofa moit mps")),
        ("initiative_11_2", "moit", AEC, None, Ok("mofa mps")),
        ("initiative_11_2", "mofa", apsc, None, Ok("mps")),
        (
            "initiative_11_2",
            "mof",
            none,
            None,
            about("khoản 2 Điều 11"),
        ),
        (
            "initiative_11_2",
            "mof",
            None,
            None,
            about("khoản 2 Điều 11"),
        ),
    ]);
    // Nothing comes of it before each has answered, or has not in time.
    let mut world = World::new();
    let act = with_terms(
        opening(&["moit/main", "mof/main"], &[], START + HOUR),
        |terms| {
            terms.template = Template::of_id("summit_document_12_3").unwrap().number;
            terms.about = Some(Scope::pillar("aec"));
        },
    );
    world
        .act("lan@mofa", EntryType::ConsultationOpen, act)
        .unwrap();
    world.answered("minh@moit", "moit/main");
    let conclude = |world: &World| {
        let act = world.conclusion();
        world.judge("lan@mofa", EntryType::ConsultationConclude, &act)
    };
    assert_eq!(conclude(&world), Err(ConsultationError::Awaited));
    world.time = START + HOUR;
    assert_eq!(conclude(&world), Ok(()));
}

#[test]
fn r12_3_a_document_for_a_summit_goes_to_coordinator_and_lead_of_the_pillar() {
    asks(&[
        ("summit_document_12_3", "mof", AEC, None, Ok("mofa moit")),
        ("summit_document_12_3", "mofa", AEC, None, Ok("moit")),
        (
            "summit_document_12_3",
            "mof",
            COUNCIL,
            None,
            about("khoản 3 Điều 12"),
        ),
    ]);
}

#[test]
fn r13_1_a_meeting_of_a_council_is_prepared_by_who_leads_it() {
    asks(&[
        ("council_meeting_13", "moit", AEC, None, Ok("")),
        ("council_meeting_13", "mofa", COUNCIL, None, Ok("")),
        (
            "council_meeting_13",
            "moit",
            COUNCIL,
            None,
            opener("Điều 13"),
        ),
        ("council_meeting_13", "mofa", AEC, None, opener("Điều 13")),
        ("council_meeting_13", "moit", None, None, about("Điều 13")),
        ("meeting_14", "mof", None, None, Ok("")),
    ]);
}

#[test]
fn r15_2_what_is_chaired_in_rotation_goes_to_the_coordinator() {
    asks(&[
        ("hosting_15_2", "moit", None, None, Ok("mofa")),
        ("hosting_15_2", "mofa", None, None, Ok("")),
    ]);
}

#[test]
fn r9_3_a_treaty_in_a_new_field_is_named_and_goes_to_the_coordinator_and_the_government_office() {
    let article = "khoản 3 Điều 9";
    asks(&[
        ("treaty_9_3", "moit", None, Some(Treaty), Ok("mofa vpcp")),
        ("treaty_9_3", "mofa", None, Some(Agreement), Ok("vpcp")),
        (
            "treaty_9_3",
            "moit",
            None,
            Some(AseanName),
            instrument(article),
        ),
        ("treaty_9_3", "moit", None, None, instrument(article)),
        // Any other consultation may prepare one as well.
        ("general", "moit", None, Some(Treaty), Ok("")),
    ]);
}

#[test]
fn r10_2_an_instrument_in_the_name_of_asean_takes_the_same_steps() {
    let article = "khoản 2 Điều 10";
    asks(&[
        (
            "asean_name_10_2",
            "moit",
            None,
            Some(AseanName),
            Ok("mofa vpcp"),
        ),
        (
            "asean_name_10_2",
            "moit",
            None,
            Some(Treaty),
            instrument(article),
        ),
    ]);
}

#[test]
fn r5_6_5_the_letter_is_recorded_by_the_lead_also_after_the_conclusion() {
    let mut world = World::new();
    world.open(&["moit/main"]);
    let kind = EntryType::LetterRecord;
    let record = world.on("mofa/main");
    assert_eq!(world.judge("lan@mofa", kind, &record), Ok(()));
    let other = world.on("moit/main");
    assert_eq!(
        world.judge("minh@moit", kind, &other),
        Err(ConsultationError::NotTheLead)
    );
    world.answered("minh@moit", "moit/main");
    let conclusion = world.conclusion();
    world
        .act("lan@mofa", EntryType::ConsultationConclude, conclusion)
        .unwrap();
    assert_eq!(world.judge("lan@mofa", kind, &record), Ok(()));
    // It changes nothing of what was concluded.
    world.act("lan@mofa", kind, record).unwrap();
    assert_eq!(world.state_now(), ConsultationState::Concluded);
    let again = world.on("moit/main");
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &again),
        Err(ConsultationError::Ended)
    );
}

#[test]
fn w1_an_instrument_needs_its_letter_named() {
    let named = |letter: &Letter, times: usize| {
        let bytes = cbor::to_vec(letter);
        let part = |_| Part::inline(PartRole::Letter, "x", bytes.clone(), Salt([0; 32]));
        Content::new(Salt([0; 32]), (0..times).map(part).collect())
    };
    let said = |status, number: &str| Letter {
        status,
        number: number.to_owned(),
        dossier: Some("2026-11-26".parse().unwrap()),
    };
    let treaty = Some(Instrument::Treaty);
    let none = said(LetterStatus::None, "");
    let follows = said(LetterStatus::WillFollow, "");
    let sent = said(LetterStatus::Sent, "12/BCT-AP ngày 20/11/2026");
    for (instrument, given, times, fits) in [
        (None, &none, 0, true),
        (None, &none, 1, true),
        (None, &follows, 1, true),
        (None, &sent, 1, true),
        (None, &sent, 2, false),
        (treaty, &none, 0, false),
        (treaty, &none, 1, false),
        (treaty, &follows, 1, true),
        (treaty, &sent, 1, true),
        (treaty, &said(LetterStatus::Sent, " "), 1, false),
        (treaty, &said(LetterStatus::WillFollow, "12/BCT"), 1, false),
        (
            treaty,
            &said(LetterStatus::Sent, &"9".repeat(1_001)),
            1,
            false,
        ),
    ] {
        let read = letter(&named(given, times), instrument);
        let expected = if fits {
            Ok((times > 0).then(|| given.clone()))
        } else {
            Err(ContentError::Letter)
        };
        assert_eq!(read, expected, "{instrument:?} {given:?} x{times}");
    }
    // What the law sets for answers in writing is computed beside it.
    let dossier = "2027-02-03".parse().unwrap();
    let period = |instrument: Instrument| {
        let period = instrument.period();
        Some(
            period
                .last_day(dossier, &WorkingDays::default())?
                .to_string(),
        )
    };
    assert_eq!(period(Instrument::Treaty).as_deref(), Some("2027-02-13"));
    assert_eq!(period(Instrument::Agreement).as_deref(), Some("2027-02-12"));
    // Of the third the act is known, and no number of days: nothing is made up.
    assert_eq!(period(Instrument::AseanName), None);
    assert!(
        Instrument::AseanName
            .period()
            .law
            .contains("26/2024/QĐ-TTg")
    );
}
