//! The policy of the deployment: versioned, dated rules that change without another program (docs/protocol.md chapter 5, "Policy").
//!
//! In scope: which suites new groups may use, which list of state secrets people attest to. Out of scope: the ceiling, which
//! accreditations alone raise (`accreditation`); who witnesses the log, which the genesis pins.

use crate::calendar::{Day, WorkingDays};
use crate::cbor::cbor_array;
use crate::channel::Suite;
use crate::consultation::Urgency;
use crate::duty::DutyEnd;
use crate::id::{AgencyId, SeatId, StreamId};
use crate::limits::{
    CHANNEL_HOURS_MAX, DAYS_OFF_MAX, ROUTES_MAX, SECRET_LIST_LEN_MAX, URGENCY_HOURS_MAX,
};
use crate::tlog::Hash;

use super::{At, StatementError, stated, texts};

cbor_array! {
    /// The next version of the policy; from its day on it stands instead of the one before.
    pub struct PolicyChange {
        /// One more than the version before it; the first is 1.
        pub version: u64,
        /// Suites that a channel may be provisioned with, by rising number.
        pub suites: Vec<Suite>,
        /// Danh mục bí mật nhà nước: the list, with its date, that consultations attest to (rules S7, S26).
        pub secret_list: String,
        /// Days off besides Saturdays and Sundays, Tết among them, in rising order.
        pub off: Vec<Day>,
        /// Saturdays and Sundays worked in exchange (ngày làm bù), in rising order.
        pub worked: Vec<Day>,
        /// Hours to answer that are proposed for khẩn, thượng khẩn and hỏa tốc; none: those of the program (rule U2).
        pub hours: Option<UrgencyHours>,
        /// Hours of single channels, instead of those above; each channel once, by rising id.
        pub channel_hours: Vec<ChannelHours>,
        /// Who is told of what goes to an agency, besides what Article 18(2) demands (rule R18.3); each once, rising.
        pub routes: Vec<Route>,
        /// Until when yearly duties can be done, where another moment than that of the program; each duty once, rising (R6.4).
        pub duties: Vec<DutyEnd>,
        /// Số, ký hiệu, ngày of the document that decided it.
        pub document: String,
        /// SHA-256 of that document.
        pub hash: Hash,
        /// Start (log time, ms).
        pub from: u64,
    }
}

cbor_array! {
    /// Hours to answer that are proposed for each mark: defaults of the system, never time limits of the law (rule U2).
    #[derive(Copy)]
    pub struct UrgencyHours {
        /// Khẩn.
        pub khan: u64,
        /// Thượng khẩn.
        pub thuong_khan: u64,
        /// Hỏa tốc.
        pub hoa_toc: u64,
    }
}

cbor_array! {
    /// The hours of one channel (rule U2).
    #[derive(Copy)]
    pub struct ChannelHours {
        /// Channel.
        pub channel: StreamId,
        /// Its hours.
        pub hours: UrgencyHours,
    }

    /// What is asked of or told to an agency is told to a seat, too. Such rules change by document, not by program.
    #[derive(PartialOrd, Ord)]
    pub struct Route {
        /// The agency.
        pub from: AgencyId,
        /// The seat.
        pub told: SeatId,
    }
}

impl Default for UrgencyHours {
    fn default() -> Self {
        Self {
            khan: 24,
            thuong_khan: 6,
            hoa_toc: 2,
        }
    }
}

impl UrgencyHours {
    /// Hours for a mark; none for what is not urgent.
    #[must_use]
    pub const fn of(&self, urgency: Urgency) -> Option<u64> {
        match urgency {
            Urgency::Normal => None,
            Urgency::Khan => Some(self.khan),
            Urgency::ThuongKhan => Some(self.thuong_khan),
            Urgency::HoaToc => Some(self.hoa_toc),
        }
    }

    fn fits(&self) -> bool {
        let Self {
            khan,
            thuong_khan,
            hoa_toc,
        } = *self;
        hoa_toc > 0 && hoa_toc <= thuong_khan && thuong_khan <= khan && khan <= URGENCY_HOURS_MAX
    }
}

impl PolicyChange {
    /// Which days are worked.
    #[must_use]
    pub fn working_days(&self) -> WorkingDays<'_> {
        WorkingDays {
            off: &self.off,
            worked: &self.worked,
        }
    }
}

impl<'a> At<'a> {
    /// The policy in force at log time `time`; none before the first, when everything known is allowed.
    #[must_use]
    pub fn policy(&self, time: u64) -> Option<&'a PolicyChange> {
        self.policy_in_force(time).map(|(_, fact)| fact)
    }

    /// The position that stated the policy in force at log time `time`.
    #[must_use]
    pub fn policy_since(&self, time: u64) -> Option<u64> {
        self.policy_in_force(time).map(|(since, _)| since)
    }

    fn policy_in_force(&self, time: u64) -> Option<(u64, &'a PolicyChange)> {
        let mut newest_first = self.directory.policies.iter().rev();
        newest_first
            .find(|row| row.holds_at(self.seq) && row.fact.from <= time)
            .map(|row| (row.since, &row.fact))
    }

    /// Which days are worked, by the policy in force at log time `time`; without one all but Saturdays and Sundays.
    #[must_use]
    pub fn working_days(&self, time: u64) -> WorkingDays<'a> {
        self.policy(time)
            .map(PolicyChange::working_days)
            .unwrap_or_default()
    }

    /// The hours proposed for each mark in `channel` at log time `time`.
    #[must_use]
    pub fn urgency_hours(&self, channel: &StreamId, time: u64) -> UrgencyHours {
        let Some(policy) = self.policy(time) else {
            return UrgencyHours::default();
        };
        let mut own = policy.channel_hours.iter();
        let own = own.find(|row| row.channel == *channel);
        own.map(|row| row.hours)
            .or(policy.hours)
            .unwrap_or_default()
    }

    /// Until when yearly duties can be done at log time `time`, where another moment than [`Duty::end`](crate::duty::Duty::end).
    #[must_use]
    pub fn duties(&self, time: u64) -> &'a [DutyEnd] {
        self.policy(time).map_or(&[], |policy| &policy.duties)
    }

    /// Whether a new channel may use `suite` at log time `time`.
    #[must_use]
    pub fn allows_suite(&self, suite: Suite, time: u64) -> bool {
        self.policy(time)
            .is_none_or(|policy| policy.suites.contains(&suite))
    }

    /// The suite that a new channel uses where nobody asks for another: X-Wing unless the policy in force leaves it out.
    #[must_use]
    pub fn default_suite(&self, time: u64) -> Suite {
        let mut all = Suite::ALL.iter().rev().copied();
        all.find(|suite| self.allows_suite(*suite, time))
            .unwrap_or(Suite::XWing)
    }

    /// The version that the next policy has at this position.
    #[must_use]
    pub fn next_policy_version(&self) -> u64 {
        let stated = self.directory.policies.iter();
        let count = stated.filter(|row| row.holds_at(self.seq)).count();
        u64::try_from(count).unwrap_or(u64::MAX).saturating_add(1)
    }

    pub(super) fn fits_policy(&self, fact: &PolicyChange) -> Result<(), StatementError> {
        texts(&[&fact.document])?;
        stated(&[&fact.document])?;
        if fact.version != self.next_policy_version() {
            return Err(StatementError::Conflict {
                what: "policy version",
            });
        }
        let list = fact.secret_list.trim();
        if list.is_empty() || fact.secret_list.len() > SECRET_LIST_LEN_MAX {
            return Err(StatementError::Conflict {
                what: "list of state secrets",
            });
        }
        let rising = fact.suites.is_sorted_by(|one, next| one < next);
        if fact.suites.is_empty() || !rising {
            return Err(StatementError::Conflict { what: "suites" });
        }
        let days =
            |days: &[Day]| days.len() <= DAYS_OFF_MAX && days.is_sorted_by(|one, next| one < next);
        let exchanged = fact.worked.iter().all(|day| day.is_weekend());
        if !days(&fact.off) || !days(&fact.worked) || !exchanged {
            return Err(StatementError::Conflict { what: "days" });
        }
        let own = &fact.channel_hours;
        let each_once = own.is_sorted_by(|one, next| one.channel < next.channel);
        let mut all = own.iter().map(|row| row.hours).chain(fact.hours);
        if own.len() > CHANNEL_HOURS_MAX || !each_once || !all.all(|hours| hours.fits()) {
            return Err(StatementError::Conflict { what: "hours" });
        }
        let routes = &fact.routes;
        let known =
            |route: &Route| self.agency(&route.from).is_some() && self.seat(&route.told).is_some();
        if routes.len() > ROUTES_MAX
            || !routes.is_sorted_by(|one, next| one < next)
            || !routes.iter().all(known)
        {
            return Err(StatementError::Conflict { what: "routes" });
        }
        let duties = &fact.duties;
        if !duties.is_sorted_by(|one, next| one.duty < next.duty)
            || !duties.iter().all(DutyEnd::is_in_every_year)
        {
            return Err(StatementError::Conflict { what: "duties" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, World};
    use super::super::{Pending, Role, Signers, Statement};
    use super::*;
    use crate::duty::Duty;

    fn change(version: u64, suites: &[Suite], from: u64) -> Statement {
        Statement::PolicyChange(PolicyChange {
            version,
            suites: suites.to_vec(),
            secret_list: "Quyết định số 1178/QĐ-TTg".into(),
            off: vec!["2027-02-05".parse().unwrap(), "2027-02-08".parse().unwrap()],
            worked: vec!["2027-02-13".parse().unwrap()],
            hours: None,
            channel_hours: vec![],
            routes: vec![],
            duties: vec![],
            document: "15/QĐ-BNG ngày 02/3/2026".into(),
            hash: Hash([1; 32]),
            from,
        })
    }

    #[test]
    fn each_version_follows_the_one_before_and_holds_from_its_day_on() {
        let mut world = World::new();
        assert_eq!(world.at().policy(NOW), None);
        assert!(world.at().allows_suite(Suite::X25519, NOW));
        let skipped = world.state(change(2, Suite::ALL, NOW));
        let other = StatementError::Conflict {
            what: "policy version",
        };
        assert_eq!(skipped, Err(other));
        world.state(change(1, Suite::ALL, NOW)).unwrap();
        assert!(world.state(change(1, Suite::ALL, NOW)).is_err());
        world.state(change(2, &[Suite::XWing], NOW + 10)).unwrap();
        let version = |time| world.at().policy(time).map(|policy| policy.version);
        assert_eq!(
            [NOW - 1, NOW, NOW + 9, NOW + 10].map(version),
            [None, Some(1), Some(1), Some(2)]
        );
        assert!(world.at().allows_suite(Suite::X25519, NOW + 9));
        assert!(!world.at().allows_suite(Suite::X25519, NOW + 10));
        // At an earlier position there was another one.
        let before = world.directory.size() - 2;
        let then = world.directory.at(before).policy(NOW + 10);
        assert_eq!(then.map(|policy| policy.version), Some(1));
    }

    #[test]
    fn a_policy_without_suites_list_or_document_is_refused() {
        let world = World::new();
        let Statement::PolicyChange(good) = change(1, &[Suite::XWing], NOW) else {
            unreachable!()
        };
        let list_of = |secret_list: String| PolicyChange {
            secret_list,
            ..good.clone()
        };
        let suites_of = |suites: &[Suite]| PolicyChange {
            suites: suites.to_vec(),
            ..good.clone()
        };
        let hours = |khan, thuong_khan, hoa_toc| PolicyChange {
            hours: Some(UrgencyHours {
                khan,
                thuong_khan,
                hoa_toc,
            }),
            ..good.clone()
        };
        let days_of = |off: &[&str], worked: &[&str]| PolicyChange {
            off: off.iter().map(|day| day.parse().unwrap()).collect(),
            worked: worked.iter().map(|day| day.parse().unwrap()).collect(),
            ..good.clone()
        };
        for bad in [
            hours(2, 6, 24),
            hours(24, 6, 0),
            hours(URGENCY_HOURS_MAX + 1, 6, 2),
            days_of(&["2027-02-08", "2027-02-05"], &[]),
            days_of(&["2027-02-08", "2027-02-08"], &[]),
            // A Monday is worked anyway.
            days_of(&[], &["2027-02-15"]),
            suites_of(&[]),
            suites_of(&[Suite::XWing, Suite::X25519]),
            suites_of(&[Suite::XWing, Suite::XWing]),
            list_of(" ".into()),
            list_of("x".repeat(SECRET_LIST_LEN_MAX + 1)),
            PolicyChange {
                document: String::new(),
                ..good.clone()
            },
        ] {
            let refused = world.fits(&Statement::PolicyChange(bad.clone()));
            assert!(refused.is_err(), "{bad:?}");
        }
        let longest = list_of("x".repeat(SECRET_LIST_LEN_MAX));
        assert_eq!(world.fits(&Statement::PolicyChange(longest)), Ok(()));
        assert_eq!(
            world.fits(&Statement::PolicyChange(hours(48, 12, 1))),
            Ok(())
        );
    }

    #[test]
    fn u2_hours_and_days_off_are_the_systems_and_change_with_the_policy() {
        let mut world = World::new();
        let channel = StreamId([7; 16]);
        let hours = |world: &World, mark| world.at().urgency_hours(&channel, NOW).of(mark);
        let marks = [
            Urgency::Normal,
            Urgency::Khan,
            Urgency::ThuongKhan,
            Urgency::HoaToc,
        ];
        assert_eq!(
            marks.map(|mark| hours(&world, mark)),
            [None, Some(24), Some(6), Some(2)]
        );
        let tet: Day = "2027-02-08".parse().unwrap();
        assert!(world.at().working_days(NOW).is_working(tet));
        let Statement::PolicyChange(mut first) = change(1, Suite::ALL, NOW) else {
            unreachable!()
        };
        first.hours = Some(UrgencyHours {
            khan: 12,
            thuong_khan: 4,
            hoa_toc: 1,
        });
        world.state(Statement::PolicyChange(first)).unwrap();
        assert_eq!(
            marks.map(|mark| hours(&world, mark)),
            [None, Some(12), Some(4), Some(1)]
        );
        // A channel may have hours of its own.
        let Statement::PolicyChange(mut second) = change(2, Suite::ALL, NOW) else {
            unreachable!()
        };
        let own = UrgencyHours {
            khan: 48,
            thuong_khan: 8,
            hoa_toc: 1,
        };
        let of = |byte, hours| ChannelHours {
            channel: StreamId([byte; 16]),
            hours,
        };
        for bad in [
            vec![of(8, own), of(7, own)],
            vec![of(7, own), of(7, own)],
            vec![of(7, UrgencyHours { khan: 1, ..own })],
        ] {
            second.channel_hours = bad;
            let refused = world.fits(&Statement::PolicyChange(second.clone()));
            let what = StatementError::Conflict { what: "hours" };
            assert_eq!(refused, Err(what));
        }
        second.channel_hours = vec![of(7, own)];
        world.state(Statement::PolicyChange(second)).unwrap();
        let of = |byte| {
            let channel = StreamId([byte; 16]);
            world.at().urgency_hours(&channel, NOW)
        };
        assert_eq!((of(7), of(8)), (own, UrgencyHours::default()));
        let table = world.at().working_days(NOW);
        assert!(!table.is_working(tet) && table.is_working("2027-02-13".parse().unwrap()));
    }

    #[test]
    fn r6_4_the_ends_of_duties_are_the_policys() {
        let mut world = World::new();
        assert_eq!(world.at().duties(NOW), []);
        let Statement::PolicyChange(mut first) = change(1, Suite::ALL, NOW) else {
            unreachable!()
        };
        let report = Duty::YearReport.end();
        let other = DutyEnd { day: 20, ..report };
        for bad in [
            vec![other, Duty::MasterPlan.end()],
            vec![other, report],
            vec![DutyEnd { day: 32, ..report }],
            vec![DutyEnd {
                minute: 1_440,
                ..report
            }],
        ] {
            first.duties = bad;
            let refused = world.fits(&Statement::PolicyChange(first.clone()));
            let what = StatementError::Conflict { what: "duties" };
            assert_eq!(refused, Err(what));
        }
        first.duties = vec![other];
        world.state(Statement::PolicyChange(first)).unwrap();
        assert_eq!(world.at().duties(NOW), [other]);
        assert_eq!(world.at().duties(NOW - 1), []);
    }

    #[test]
    fn two_persons_of_two_agencies_change_it() {
        let mut world = World::new();
        for (number, who) in [(1, "an@mofa"), (2, "binh@mofa"), (3, "cuong@moit")] {
            world.person(who, number, Signers::Root);
        }
        world.grant("an@mofa", Role::NationalAdministrator, Signers::Root);
        for who in ["binh@mofa", "cuong@moit"] {
            world.grant(who, Role::Approver, Signers::Root);
        }
        let statement = change(1, Suite::ALL, NOW);
        assert!(statement.needs_two_persons() && statement.is_national());
        assert!(statement.raises_rights());
        let official = |who: &str| who.parse().unwrap();
        let may = |who| world.at().may_state(&official(who), &statement, NOW);
        assert_eq!(may("an@mofa"), Ok(()));
        assert_eq!(may("binh@mofa"), Err(StatementError::NotPermitted));
        let pending = Pending {
            seq: 0,
            proposer: official("an@mofa"),
            statement: statement.clone(),
            expires: NOW,
            approved: false,
        };
        let second = |who| world.at().may_approve(&official(who), &pending, NOW);
        assert_eq!(second("an@mofa"), Err(StatementError::SamePerson));
        assert_eq!(second("binh@mofa"), Err(StatementError::SameAgency));
        assert_eq!(second("cuong@moit"), Ok(()));
    }
}
