use super::*;
use crate::directory::{Agency, AgencyKind, Directory, Field, Signers, Statement};
use crate::id::OfficialId;

fn directory(agencies: Vec<(&str, AgencyKind, Vec<Scope>)>) -> Directory {
    let mut directory = Directory::default();
    directory.push_head(Hash([0; 32]));
    for (id, kind, leads) in agencies {
        let agency = Statement::Agency(Agency {
            id: id.parse().unwrap(),
            kind,
            name_vi: String::new(),
            name_en: String::new(),
            leads,
        });
        directory.apply(agency, Signers::Root, 0);
    }
    directory
}

fn found(directory: &Directory, agency: &str, scope: &Scope) -> Result<(), FoundError> {
    may_found(&directory.now(), &agency.parse().unwrap(), scope, 0)
}

fn connectivity(kind: ScopeKind) -> Scope {
    Scope {
        kind,
        id: "connectivity".into(),
    }
}

#[test]
fn r5_6_2_the_coordinator_founds_anywhere_and_a_pillar_lead_in_its_own_pillar() {
    let apsc = Scope::pillar("apsc");
    let aec = Scope::pillar("aec");
    let leads = vec![Scope::coordinator(), apsc.clone()];
    let directory = directory(vec![
        ("mofa", AgencyKind::Bo, leads),
        ("moit", AgencyKind::Bo, vec![aec.clone()]),
    ]);
    for scope in [&Scope::coordinator(), &apsc, &aec] {
        assert_eq!(found(&directory, "mofa", scope), Ok(()));
    }
    assert_eq!(found(&directory, "moit", &aec), Ok(()));
    assert_eq!(
        found(&directory, "moit", &apsc),
        Err(FoundError::OutsideScope)
    );
}

#[test]
fn r5_6_1_nobody_else_founds_whatever_the_directory_says_they_lead() {
    let aec = Scope::pillar("aec");
    let plain = directory(vec![("mof", AgencyKind::Bo, vec![])]);
    assert_eq!(found(&plain, "mof", &aec), Err(FoundError::NotALead));
    assert_eq!(found(&plain, "nobody", &aec), Err(FoundError::NotALead));
    for &kind in AgencyKind::ALL.iter().filter(|kind| !kind.may_lead()) {
        let directory = directory(vec![("x", kind, vec![aec.clone()])]);
        assert_eq!(found(&directory, "x", &aec), Err(FoundError::NotALead));
    }
}

#[test]
fn a_scope_that_does_not_stand_is_founded_by_nobody() {
    let directory = directory(vec![("mofa", AgencyKind::Bo, vec![Scope::coordinator()])]);
    for scope in [
        Scope::pillar("aecx"),
        connectivity(ScopeKind::Coordinating),
        connectivity(ScopeKind::CrossSector),
        connectivity(ScopeKind::CrossPillar),
        connectivity(ScopeKind::Designated),
    ] {
        let refused = found(&directory, "mofa", &scope);
        assert_eq!(refused, Err(FoundError::NoSuchScope));
    }
}

#[test]
fn r5_6_2_a_designated_field_is_founded_by_its_lead_and_the_coordinator_alone() {
    let mut directory = directory(vec![
        ("mofa", AgencyKind::Bo, vec![Scope::coordinator()]),
        ("moit", AgencyKind::Bo, vec![Scope::pillar("aec")]),
        ("mof", AgencyKind::Bo, vec![]),
    ]);
    let field = Field {
        id: "connectivity".parse().unwrap(),
        kind: ScopeKind::Designated,
        name_vi: "Kết nối ASEAN".into(),
        name_en: String::new(),
        lead: "mof".parse().unwrap(),
        supporting: vec![],
        capacities: vec![],
        initiator: None,
        basis: "khoản 5 Điều 3".into(),
    };
    let by: OfficialId = "an@mofa".parse().unwrap();
    directory.apply(Statement::Field(field), Signers::One(by), 0);
    let designated = connectivity(ScopeKind::Designated);
    assert_eq!(found(&directory, "mof", &designated), Ok(()));
    assert_eq!(found(&directory, "mofa", &designated), Ok(()));
    assert_eq!(
        found(&directory, "moit", &designated),
        Err(FoundError::OutsideScope)
    );
    assert_eq!(
        found(&directory, "mof", &connectivity(ScopeKind::CrossSector)),
        Err(FoundError::NoSuchScope)
    );
    assert_eq!(
        found(&directory, "mof", &Scope::pillar("aec")),
        Err(FoundError::OutsideScope)
    );
}

#[test]
fn r1_1_bodies_outside_the_government_and_localities_lead_and_found_nothing() {
    let kinds = AgencyKind::ALL.iter().copied();
    let leads: Vec<AgencyKind> = kinds.filter(|kind| kind.may_lead()).collect();
    let expected = [
        AgencyKind::Bo,
        AgencyKind::CoQuanNgangBo,
        AgencyKind::CoQuanThuocChinhPhu,
    ];
    assert_eq!(leads, expected);
    for kind in [AgencyKind::NgoaiChinhPhu, AgencyKind::DiaPhuong] {
        let directory = directory(vec![("x", kind, vec![Scope::coordinator()])]);
        let refused = found(&directory, "x", &Scope::coordinator());
        assert_eq!(refused, Err(FoundError::NotALead), "{kind:?}");
    }
}

#[test]
fn r3_8_the_mission_founds_nothing() {
    let leads = vec![Scope::pillar("apsc")];
    let directory = directory(vec![("mission", AgencyKind::PhaiDoan, leads)]);
    let refused = found(&directory, "mission", &Scope::pillar("apsc"));
    assert_eq!(refused, Err(FoundError::NotALead));
}
