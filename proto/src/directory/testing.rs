//! A small directory for the tests of what ends, suspends and raises.

use super::*;
use crate::id::PublicKey;

pub(super) const NOW: u64 = 1_000;

/// Agencies mofa and moit with a seat each; officials, roles and devices as a test adds them.
pub(super) struct World {
    pub(super) directory: Directory,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            directory: Directory::default(),
        };
        for id in ["mofa", "moit"] {
            world.push(Statement::Agency(agency(id)));
            world.push(Statement::Seat(Seat {
                id: seat(&format!("{id}/main")),
                purpose: String::new(),
            }));
        }
        world
    }

    pub(super) fn at(&self) -> At<'_> {
        self.directory.now()
    }

    /// Takes effect, whoever states it.
    pub(super) fn push(&mut self, statement: Statement) {
        self.push_by(statement, Signers::Root);
    }

    pub(super) fn push_by(&mut self, statement: Statement, signers: Signers) {
        let seq = self.directory.size();
        self.directory.push_head(Hash([0; 32]));
        self.directory.apply(statement, signers, seq);
    }

    pub(super) fn fits(&self, statement: &Statement) -> Result<(), StatementError> {
        self.at().fits(statement, NOW, true)
    }

    /// Takes effect if it fits.
    pub(super) fn state(&mut self, statement: Statement) -> Result<(), StatementError> {
        self.fits(&statement)?;
        self.push(statement);
        Ok(())
    }

    /// An official with the device of this number.
    pub(super) fn person(&mut self, who: &str, number: u8, signers: Signers) {
        self.push(Statement::Official(Official {
            id: official(who),
            name: Hash([number; 32]),
        }));
        self.push_by(Statement::DeviceEnrol(enrolment(who, number)), signers);
    }

    pub(super) fn appoint(&mut self, who: &str, role: SeatRole, until: Option<u64>) {
        let seat = seat(&format!("{}/main", official(who).agency()));
        self.push(Statement::SeatAppoint(SeatAppoint {
            seat,
            official: official(who),
            role,
            from: 0,
            until,
            speak_for: true,
        }));
    }

    pub(super) fn grant(&mut self, who: &str, role: Role, signers: Signers) {
        self.push_by(Statement::RoleGrant(grant(who, role, None)), signers);
    }

    pub(super) fn approve(
        &self,
        first: &str,
        second: &str,
        statement: Statement,
    ) -> Result<(), StatementError> {
        let pending = Pending {
            seq: 0,
            proposer: official(first),
            statement,
            expires: NOW,
            approved: false,
        };
        self.at().may_approve(&official(second), &pending, NOW)
    }
}

pub(super) fn grant(who: &str, role: Role, scope: Option<&str>) -> RoleGrant {
    RoleGrant {
        role,
        official: official(who),
        scope: scope.map(|id| id.parse().unwrap()),
        from: 0,
        until: None,
    }
}

pub(super) fn agency(id: &str) -> Agency {
    Agency {
        id: id.parse().unwrap(),
        kind: AgencyKind::Bo,
        name_vi: String::new(),
        name_en: String::new(),
        leads: vec![],
    }
}

pub(super) fn official(text: &str) -> OfficialId {
    text.parse().unwrap()
}

pub(super) fn seat(text: &str) -> SeatId {
    text.parse().unwrap()
}

pub(super) fn device(number: u8) -> DeviceId {
    DeviceId([number; 16])
}

pub(super) fn enrolment(who: &str, number: u8) -> DeviceEnrol {
    DeviceEnrol {
        device: device(number),
        official: official(who),
        seat: None,
        signing: PublicKey([number; 32]),
        mls: PublicKey([number; 32]),
        sealing: vec![].into(),
        name: String::new(),
        ticket: TicketId([number; 16]),
    }
}

/// Two officials.
pub(super) fn two(first: &str, second: &str) -> Signers {
    Signers::Two(official(first), official(second))
}
