use super::*;
use crate::channel::{FoundError, may_found};
use crate::directory::{
    Agency, AgencyKind, Directory, Official, RoleGrant, Seat, SeatAppoint, SeatRole, Signers,
    Statement,
};
use crate::tlog::Hash;

const NOW: u64 = 1_000;

/// mofa coordinates and leads apsc, moit leads aec; mof and mps lead nothing, the mission never does.
struct World {
    directory: Directory,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            directory: Directory::default(),
        };
        let coordinator = vec![Scope::coordinator(), Scope::pillar("apsc")];
        for (id, kind, leads) in [
            ("mofa", AgencyKind::Bo, coordinator),
            ("moit", AgencyKind::Bo, vec![Scope::pillar("aec")]),
            ("mof", AgencyKind::Bo, vec![]),
            ("mps", AgencyKind::Bo, vec![]),
            ("mission", AgencyKind::PhaiDoan, vec![]),
            ("admin", AgencyKind::Khac, vec![]),
        ] {
            world.apply(Statement::Agency(agency(id, kind, leads)));
            world.apply(Statement::Official(Official {
                id: speaker(id),
                name: Hash([0; 32]),
            }));
        }
        for agency in ["mofa", "moit", "mof"] {
            world.apply(Statement::Seat(Seat {
                id: format!("{agency}/main").parse().unwrap(),
                purpose: String::new(),
            }));
            world.apply(Statement::SeatAppoint(SeatAppoint {
                seat: format!("{agency}/main").parse().unwrap(),
                official: speaker(agency),
                role: SeatRole::Primary,
                from: 0,
                until: None,
                speak_for: true,
            }));
        }
        world.apply(Statement::RoleGrant(RoleGrant {
            role: Role::NationalAdministrator,
            official: speaker("admin"),
            scope: None,
            from: 0,
            until: None,
        }));
        world
    }

    fn at(&self) -> At<'_> {
        self.directory.now()
    }

    fn apply(&mut self, statement: Statement) {
        let seq = self.directory.size();
        self.directory.push_head(Hash([0; 32]));
        self.directory.apply(statement, Signers::Root, seq);
    }

    fn fits(&self, field: Field) -> Result<(), StatementError> {
        self.at().fits(&Statement::Field(field), NOW, true)
    }

    /// States it if it fits.
    fn state(&mut self, statement: Statement) -> Result<(), StatementError> {
        self.at().fits(&statement, NOW, true)?;
        self.apply(statement);
        Ok(())
    }

    fn step(&mut self, step: FieldStep) -> Result<(), StatementError> {
        self.state(decision(step))
    }

    fn decide(&mut self, fact: FieldDecided) -> Result<(), StatementError> {
        self.step(FieldStep::Decided(fact))
    }

    fn field_state(&self, time: u64) -> FieldState {
        self.at().field(&id()).unwrap().state(time)
    }

    /// Proposed, everybody consulted, reported.
    fn report(&mut self) {
        self.state(Statement::Field(cross_sector())).unwrap();
        for agency in self.at().field(&id()).unwrap().awaited(&self.at()) {
            let answered = ConsultedOutcome::Answered;
            self.step(consulted(agency.as_str(), answered)).unwrap();
        }
        self.step(reported()).unwrap();
    }
}

fn agency(id: &str, kind: AgencyKind, leads: Vec<Scope>) -> Agency {
    Agency {
        id: id.parse().unwrap(),
        kind,
        name_vi: String::new(),
        name_en: String::new(),
        leads,
    }
}

fn speaker(agency: &str) -> OfficialId {
    format!("lan@{agency}").parse().unwrap()
}

fn id() -> FieldId {
    "customs".parse().unwrap()
}

fn field(kind: ScopeKind, initiator: &str, pairs: &[(&str, &str)]) -> Field {
    Field {
        id: id(),
        kind,
        name_vi: "Hải quan".into(),
        name_en: "Customs".into(),
        lead: "mof".parse().unwrap(),
        supporting: vec![],
        capacities: pairs
            .iter()
            .map(|(agency, pillar)| Capacity {
                agency: agency.parse().unwrap(),
                pillar: (*pillar).into(),
            })
            .collect(),
        initiator: Some(initiator.parse().unwrap()),
        basis: "điểm a khoản 7 Điều 3".into(),
    }
}

const IN_AEC: [(&str, &str); 2] = [("moit", "aec"), ("mof", "aec")];
const ACROSS: [(&str, &str); 2] = [("mofa", "apsc"), ("mof", "aec")];

/// moit proposes customs in aec, nominating mof.
fn cross_sector() -> Field {
    field(ScopeKind::CrossSector, "moit", &IN_AEC)
}

fn designated() -> Field {
    Field {
        kind: ScopeKind::Designated,
        initiator: None,
        capacities: vec![],
        ..cross_sector()
    }
}

fn decision(step: FieldStep) -> Statement {
    Statement::FieldDecision(FieldDecision { field: id(), step })
}

fn consulted(agency: &str, outcome: ConsultedOutcome) -> FieldStep {
    FieldStep::Consulted(FieldConsulted {
        agency: agency.parse().unwrap(),
        outcome,
        reference: "12/CV".into(),
    })
}

fn reported() -> FieldStep {
    FieldStep::Reported(FieldReported {
        reference: "3/TTr".into(),
        date: 5,
    })
}

fn decided() -> FieldDecided {
    FieldDecided {
        number: "99/QĐ-TTg".into(),
        date: 6,
        summary: "về lĩnh vực".into(),
        kind: ScopeKind::CrossSector,
        lead: "mof".parse().unwrap(),
        from: NOW,
        until: None,
    }
}

const fn conflict(what: &'static str) -> Result<(), StatementError> {
    Err(StatementError::Conflict { what })
}

const UNKNOWN_AGENCY: Result<(), StatementError> = Err(StatementError::Unknown { what: "agency" });
const STEP: Result<(), StatementError> = conflict("step of the field");

#[test]
fn r2_2_the_kind_follows_from_agencies_and_pillars() {
    let kind = |pairs: &[_]| field(ScopeKind::CrossSector, "moit", pairs).computed_kind();
    assert_eq!(kind(&IN_AEC), Some(ScopeKind::CrossSector));
    assert_eq!(kind(&ACROSS), Some(ScopeKind::CrossPillar));
    assert_eq!(kind(&[("mofa", "apsc"), ("mofa", "aec")]), None);
    let three = [("mofa", "apsc"), ("mps", "apsc"), ("moit", "aec")];
    assert_eq!(kind(&three), Some(ScopeKind::CrossPillar));
    assert_eq!(kind(&[("mof", "aec")]), None);
    assert_eq!(kind(&[]), None);
}

#[test]
fn r3_7_a_pillar_lead_proposes_in_its_pillar_and_the_coordinator_alone_across_pillars() {
    let world = World::new();
    assert_eq!(world.fits(cross_sector()), Ok(()));
    let across = |initiator| field(ScopeKind::CrossPillar, initiator, &ACROSS);
    assert_eq!(world.fits(across("mofa")), Ok(()));
    let of_apsc = [("mof", "apsc"), ("mps", "apsc")];
    for refused in [
        across("moit"),
        field(ScopeKind::CrossSector, "moit", &of_apsc),
        field(ScopeKind::CrossSector, "mofa", &IN_AEC),
    ] {
        assert_eq!(world.fits(refused), conflict("initiator"));
    }
}

#[test]
fn a_field_that_is_none_or_of_another_kind_is_refused() {
    let world = World::new();
    let without_the_lead = [("moit", "aec"), ("mps", "aec")];
    let nobody = Field {
        initiator: None,
        ..cross_sector()
    };
    for refused in [
        field(ScopeKind::CrossSector, "moit", &[("mof", "aec")]),
        field(ScopeKind::CrossPillar, "mofa", &IN_AEC),
        field(ScopeKind::CrossSector, "moit", &without_the_lead),
        field(ScopeKind::Pillar, "moit", &IN_AEC),
        field(ScopeKind::Designated, "mofa", &[]),
        nobody,
    ] {
        assert_eq!(world.fits(refused), conflict("field kind"));
    }
}

#[test]
fn r2_7_the_agencies_of_a_field_are_known_and_named_once() {
    let world = World::new();
    let twice = [("moit", "aec"), ("mof", "aec"), ("mof", "aec")];
    let elsewhere = [("moit", "xyz"), ("mof", "xyz")];
    for pairs in [&twice[..], &elsewhere] {
        let refused = world.fits(field(ScopeKind::CrossSector, "moit", pairs));
        assert_eq!(refused, conflict("field agencies"));
    }
    let supported = |len: usize| Field {
        supporting: (0..len).map(|n| format!("a{n}").parse().unwrap()).collect(),
        ..designated()
    };
    assert_eq!(world.fits(supported(1)), UNKNOWN_AGENCY);
    assert_eq!(world.fits(supported(FIELD_AGENCIES_MAX)), UNKNOWN_AGENCY);
    let many = world.fits(supported(FIELD_AGENCIES_MAX + 1));
    assert_eq!(many, conflict("field agencies"));
    let by_the_mission = Field {
        lead: "mission".parse().unwrap(),
        ..designated()
    };
    assert_eq!(world.fits(by_the_mission), conflict("leads"));
}

#[test]
fn r3_7_the_report_waits_for_every_mandatory_consultee() {
    let mut world = World::new();
    world.state(Statement::Field(cross_sector())).unwrap();
    assert_eq!(world.field_state(NOW), FieldState::Proposed);
    assert_eq!(world.step(reported()), STEP);
    let answered = consulted("mofa", ConsultedOutcome::Answered);
    world.step(answered).unwrap();
    assert_eq!(world.field_state(NOW), FieldState::Consulting);
    assert_eq!(world.step(reported()), STEP);
    let overdue = consulted("mof", ConsultedOutcome::Overdue);
    world.step(overdue.clone()).unwrap();
    assert_eq!(world.decide(decided()), STEP);
    world.step(reported()).unwrap();
    assert_eq!(world.field_state(NOW), FieldState::Reported);
    assert_eq!(world.step(overdue), STEP);
}

#[test]
fn r3_7_nobody_leads_before_the_decision_is_in_force() {
    let mut world = World::new();
    let mof = "mof".parse().unwrap();
    let scope = Scope {
        kind: ScopeKind::CrossSector,
        id: "customs".into(),
    };
    world.report();
    let early = may_found(&world.at(), &mof, &scope, NOW);
    assert_eq!(early, Err(FoundError::NotALead));
    let fact = FieldDecided {
        from: NOW + 5,
        until: Some(NOW + 10),
        ..decided()
    };
    world.decide(fact).unwrap();
    for (time, state) in [
        (NOW + 4, FieldState::Decided),
        (NOW + 5, FieldState::Effective),
        (NOW + 9, FieldState::Effective),
        (NOW + 10, FieldState::Ended),
    ] {
        assert_eq!(world.field_state(time), state);
        let founded = may_found(&world.at(), &mof, &scope, time);
        assert_eq!(founded.is_ok(), state == FieldState::Effective);
    }
    // The lead of the pillar founds for its cross-sector fields, the coordinator for any.
    for agency in ["moit", "mofa"] {
        let agency = agency.parse().unwrap();
        assert_eq!(may_found(&world.at(), &agency, &scope, NOW + 5), Ok(()));
        let late = may_found(&world.at(), &agency, &scope, NOW + 10);
        assert_eq!(late, Err(FoundError::NoSuchScope));
    }
}

#[test]
fn r2_2_the_decision_wins_over_what_was_proposed() {
    let mut world = World::new();
    world.report();
    let act = FieldDecided {
        kind: ScopeKind::CrossPillar,
        lead: "mps".parse().unwrap(),
        ..decided()
    };
    world.decide(act).unwrap();
    let field = world.at().field(&id()).unwrap();
    assert_eq!(field.scope().kind, ScopeKind::CrossPillar);
    assert_eq!(field.fact.computed_kind(), Some(ScopeKind::CrossSector));
    let mps = "mps".parse().unwrap();
    assert!(world.at().leads(&mps, &field.scope(), NOW));
    let nominated = "mof".parse().unwrap();
    assert!(!world.at().leads_anything(&nominated, NOW));
}

#[test]
fn r3_7_a_decision_without_its_reference_or_of_no_kind_is_refused() {
    let mut world = World::new();
    world.report();
    let unnumbered = FieldDecided {
        number: String::new(),
        ..decided()
    };
    let unnamed = FieldDecided {
        summary: String::new(),
        ..decided()
    };
    let designated = FieldDecided {
        kind: ScopeKind::Designated,
        ..decided()
    };
    let never = FieldDecided {
        until: Some(NOW),
        ..decided()
    };
    for refused in [unnumbered, unnamed, designated, never] {
        assert_eq!(world.decide(refused), STEP);
    }
    let mission = FieldDecided {
        lead: "mission".parse().unwrap(),
        ..decided()
    };
    assert_eq!(world.decide(mission), conflict("leads"));
    assert_eq!(world.decide(decided()), Ok(()));
    assert_eq!(world.decide(decided()), STEP);
}

#[test]
fn an_ended_field_is_led_by_nobody_and_may_be_proposed_anew() {
    let mut world = World::new();
    world.state(Statement::Field(designated())).unwrap();
    let before = world.directory.size() - 1;
    let again = world.state(Statement::Field(designated()));
    assert_eq!(again, conflict("field"));
    let end = FieldStep::Ended(FieldEnded {
        reference: "1/QĐ".into(),
    });
    world.step(end.clone()).unwrap();
    assert_eq!(world.field_state(NOW), FieldState::Ended);
    assert_eq!(world.step(end), STEP);
    let mof = "mof".parse().unwrap();
    assert!(!world.at().leads_anything(&mof, NOW));
    // As of the position before its end it stands.
    assert!(world.directory.at(before).leads_anything(&mof, NOW));
    world.state(Statement::Field(cross_sector())).unwrap();
    assert_eq!(world.field_state(NOW), FieldState::Proposed);
}

#[test]
fn who_may_say_what_of_a_field() {
    let mut world = World::new();
    let may = |world: &World, agency: &str, statement: &Statement| {
        let stated = world.at().may_state(&speaker(agency), statement, NOW);
        stated.is_ok()
    };
    let who = |world: &World, statement: &Statement| {
        let mut all = vec!["admin", "mofa", "moit", "mof"];
        all.retain(|agency| may(world, agency, statement));
        all
    };
    let proposed = Statement::Field(cross_sector());
    assert_eq!(who(&world, &proposed), ["admin", "moit"]);
    assert_eq!(who(&world, &Statement::Field(designated())), ["admin"]);
    world.state(proposed).unwrap();
    let answer = decision(consulted("mof", ConsultedOutcome::Answered));
    assert_eq!(who(&world, &answer), ["admin", "moit", "mof"]);
    let overdue = decision(consulted("mof", ConsultedOutcome::Overdue));
    assert_eq!(who(&world, &overdue), ["admin", "moit"]);
    let decided = decision(FieldStep::Decided(decided()));
    assert_eq!(who(&world, &decided), ["admin", "moit"]);
}

#[test]
fn what_makes_a_lead_takes_two_persons() {
    assert!(Statement::Field(designated()).needs_two_persons());
    assert!(decision(FieldStep::Decided(decided())).needs_two_persons());
    assert!(!Statement::Field(cross_sector()).needs_two_persons());
    assert!(!decision(reported()).needs_two_persons());
}

#[test]
fn r2_5_one_agency_leads_a_pillar_and_fields_are_no_business_of_the_agency() {
    let world = World::new();
    let fits = |id: &str, scope: Scope| {
        let agency = agency(id, AgencyKind::Bo, vec![scope]);
        world.at().fits(&Statement::Agency(agency), NOW, true)
    };
    assert_eq!(fits("mof", Scope::pillar("aec")), conflict("leads"));
    assert_eq!(fits("mof", Scope::coordinator()), conflict("leads"));
    assert_eq!(fits("mof", Scope::pillar("ascc")), Ok(()));
    assert_eq!(fits("moit", Scope::pillar("aec")), Ok(()));
    assert_eq!(fits("mof", Scope::pillar("customs")), conflict("leads"));
    let field = Scope {
        kind: ScopeKind::Designated,
        id: "connectivity".into(),
    };
    assert_eq!(fits("mof", field), conflict("leads"));
}

#[test]
fn r2_6_an_agency_takes_part_in_several_pillars() {
    let pairs = [("mofa", "apsc"), ("mof", "apsc"), ("mof", "aec")];
    let both = field(ScopeKind::CrossPillar, "mofa", &pairs);
    assert_eq!(both.computed_kind(), Some(ScopeKind::CrossPillar));
    let mut world = World::new();
    assert_eq!(world.fits(both.clone()), Ok(()));
    world.apply(Statement::Field(both.clone()));
    let id = &both.id;
    let kept = world.at().field(id).unwrap().fact.capacities.clone();
    assert_eq!(kept, both.capacities);
}
