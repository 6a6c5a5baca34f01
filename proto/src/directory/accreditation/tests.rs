use super::*;
use crate::directory::{
    Agency, AgencyKind, Directory, Official, Pending, Role, RoleGrant, Signers, Statement,
    StatementError::Conflict,
};
use crate::id::OfficialId;

const NOW: u64 = 1_000;

fn fact() -> Accreditation {
    Accreditation {
        number: "12/BCY".into(),
        authority: "Ban Cơ yếu Chính phủ".into(),
        date: 5,
        level: Label::Mat,
        measure: Measure::IndependentLan,
        systems: "hồ sơ cấp độ 3/2026".into(),
        document: Hash([1; 32]),
        from: NOW,
        until: NOW + 100,
    }
}

fn end() -> Statement {
    Statement::AccreditationEnd(AccreditationEnd {
        number: "12/BCY".into(),
        reason: "thu hồi".into(),
    })
}

fn push(directory: &mut Directory, statement: Statement) {
    let seq = directory.size();
    directory.push_head(Hash([0; 32]));
    directory.apply(statement, Signers::Root, seq);
}

fn official(text: &str) -> OfficialId {
    text.parse().unwrap()
}

fn agency(id: &str) -> Agency {
    Agency {
        id: id.parse().unwrap(),
        kind: AgencyKind::Bo,
        name_vi: String::new(),
        name_en: String::new(),
        leads: vec![],
    }
}

/// A national administrator of mofa, approvers of mofa and of mps.
fn directory() -> Directory {
    let mut directory = Directory::default();
    for id in ["mofa", "mps"] {
        push(&mut directory, Statement::Agency(agency(id)));
    }
    for who in ["an@mofa", "binh@mofa", "cuong@mps", "dung@mps"] {
        let fact = Official {
            id: official(who),
            name: Hash([0; 32]),
        };
        push(&mut directory, Statement::Official(fact));
    }
    for (role, who) in [
        (Role::NationalAdministrator, "an@mofa"),
        (Role::Approver, "binh@mofa"),
        (Role::Approver, "cuong@mps"),
    ] {
        let grant = RoleGrant {
            role,
            official: official(who),
            scope: None,
            from: 0,
            until: None,
        };
        push(&mut directory, Statement::RoleGrant(grant));
    }
    directory
}

#[test]
fn s1_the_ceiling_is_the_factory_one_but_for_a_live_accreditation() {
    let mut directory = directory();
    assert_eq!(directory.now().ceiling(NOW), Label::CEILING_DEFAULT);
    let before = directory.size() - 1;
    push(&mut directory, Statement::Accreditation(fact()));
    for (time, ceiling) in [
        (0, Label::CEILING_DEFAULT),
        (NOW - 1, Label::CEILING_DEFAULT),
        (NOW, Label::Mat),
        (NOW + 99, Label::Mat),
        (NOW + 100, Label::CEILING_DEFAULT),
        (u64::MAX, Label::CEILING_DEFAULT),
    ] {
        assert_eq!(directory.now().ceiling(time), ceiling, "{time}");
    }
    // A log without the statement, as after a restore, knows nothing of it.
    assert_eq!(directory.at(before).ceiling(NOW), Label::CEILING_DEFAULT);
    let live = directory.size() - 1;
    push(&mut directory, end());
    assert_eq!(directory.now().ceiling(NOW), Label::CEILING_DEFAULT);
    assert_eq!(directory.at(live).ceiling(NOW), Label::Mat);
}

#[test]
fn of_several_the_highest_counts_and_each_ends_alone() {
    let mut directory = directory();
    push(&mut directory, Statement::Accreditation(fact()));
    let higher = Accreditation {
        number: "13/BCY".into(),
        level: Label::ToiMat,
        until: NOW + 10,
        ..fact()
    };
    push(&mut directory, Statement::Accreditation(higher));
    assert_eq!(directory.now().ceiling(NOW), Label::ToiMat);
    assert_eq!(directory.now().ceiling(NOW + 10), Label::Mat);
}

#[test]
fn what_is_missing_dateless_or_no_secrecy_level_is_refused() {
    let mut directory = directory();
    let fits = |directory: &Directory, fact: Accreditation, fresh| {
        let statement = Statement::Accreditation(fact);
        directory.now().fits(&statement, NOW, fresh)
    };
    assert_eq!(fits(&directory, fact(), true), Ok(()));
    let unnumbered = Accreditation {
        number: String::new(),
        ..fact()
    };
    let by_nobody = Accreditation {
        authority: String::new(),
        ..fact()
    };
    let of_nothing = Accreditation {
        systems: String::new(),
        ..fact()
    };
    for refused in [unnumbered, by_nobody, of_nothing] {
        let what = "empty text";
        assert_eq!(fits(&directory, refused, true), Err(Conflict { what }));
    }
    let low = Accreditation {
        level: Label::Restricted,
        ..fact()
    };
    let what = "level";
    assert_eq!(fits(&directory, low, true), Err(Conflict { what }));
    let lasting = |lifetime| Accreditation {
        until: NOW + lifetime,
        ..fact()
    };
    let most = ACCREDITATION_LIFETIME_MS_MAX;
    assert_eq!(fits(&directory, lasting(most), true), Ok(()));
    let expired = Err(StatementError::Expired);
    assert_eq!(fits(&directory, lasting(most + 1), true), expired);
    assert_eq!(fits(&directory, lasting(0), true), expired);
    let past = Accreditation {
        from: 0,
        until: NOW,
        ..fact()
    };
    assert_eq!(fits(&directory, past, true), expired);
    push(&mut directory, Statement::Accreditation(fact()));
    let what = "accreditation";
    assert_eq!(fits(&directory, fact(), true), Err(Conflict { what }));
    assert_eq!(directory.now().fits(&end(), NOW, true), Ok(()));
    push(&mut directory, end());
    let unknown = Err(StatementError::Unknown { what });
    assert_eq!(directory.now().fits(&end(), NOW, true), unknown);
    // A number is never used again, not even for the same document.
    assert_eq!(fits(&directory, fact(), true), Err(Conflict { what }));
}

#[test]
fn s2_two_persons_of_two_agencies_raise_the_ceiling_and_one_lowers_it() {
    let directory = directory();
    let statement = Statement::Accreditation(fact());
    assert!(statement.needs_two_persons() && !end().needs_two_persons());
    let may = |who: &str| directory.now().may_state(&official(who), &statement, NOW);
    assert_eq!(may("an@mofa"), Ok(()));
    assert_eq!(may("binh@mofa"), Err(StatementError::NotPermitted));
    let pending = Pending {
        seq: 0,
        proposer: official("an@mofa"),
        statement: statement.clone(),
        expires: NOW,
        approved: false,
    };
    let approve = |who: &str| directory.now().may_approve(&official(who), &pending, NOW);
    assert_eq!(approve("an@mofa"), Err(StatementError::SamePerson));
    assert_eq!(approve("binh@mofa"), Err(StatementError::SameAgency));
    assert_eq!(approve("dung@mps"), Err(StatementError::NotPermitted));
    assert_eq!(approve("cuong@mps"), Ok(()));
}
