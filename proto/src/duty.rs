//! What the Regulation and the law on archives date every year (rules R6.4, R7.1, A3): duties, their last moments, their owners.
//!
//! Pure. In scope: days in Hà Nội, as the policy reads them. Out of scope: whether a duty was done, which nothing in the log says.

use crate::calendar::Day;
use crate::cbor::{cbor_array, cbor_uint};

cbor_uint! {
    /// A duty that comes every year.
    pub enum Duty {
        /// The master plan of the year, "trước ngày 31/01" (R6.4).
        MasterPlan = 1,
        /// The briefing of all participating agencies, "vào tháng 11" (R7.1).
        Briefing = 2,
        /// Ended consultations that were not handed over to the archives: a reminder of ours, no day of the law (A3).
        Archive = 3,
        /// The report of the year, "trước ngày 20/12" (R6.4).
        YearReport = 4,
    }
}

cbor_array! {
    /// Until when a duty can be done each year: how a text is read that says "trước ngày" is the policy's, not the program's (R6.4).
    #[derive(Copy)]
    pub struct DutyEnd {
        /// The duty.
        pub duty: Duty,
        /// Month, from 1.
        pub month: u64,
        /// Day of the month that every year has.
        pub day: u64,
        /// Minute of that day in Hà Nội, of which the last second still counts: 0 to 1439.
        pub minute: u64,
    }
}

/// Whose duty it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The national coordinator.
    Coordinator,
    /// The Secretariat, which acts for the coordinator.
    Secretariat,
    /// Every agency that leads a consultation.
    Lead,
}

impl Duty {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MasterPlan => "master_plan",
            Self::Briefing => "briefing",
            Self::Archive => "archive",
            Self::YearReport => "year_report",
        }
    }

    /// What it rests on.
    #[must_use]
    pub const fn article(self) -> &'static str {
        match self {
            Self::MasterPlan | Self::YearReport => "khoản 4 Điều 6",
            Self::Briefing => "khoản 1 Điều 7",
            Self::Archive => "Luật Lưu trữ (Luật số 33/2024/QH15)",
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn owner(self) -> Owner {
        match self {
            Self::MasterPlan | Self::YearReport => Owner::Coordinator,
            Self::Briefing => Owner::Secretariat,
            Self::Archive => Owner::Lead,
        }
    }

    /// Its end where no policy says another: "trước ngày" a day ends with the last second of the day before.
    #[must_use]
    pub const fn end(self) -> DutyEnd {
        let (month, day) = match self {
            Self::MasterPlan => (1, 30),
            Self::Briefing | Self::Archive => (11, 30),
            Self::YearReport => (12, 19),
        };
        DutyEnd {
            duty: self,
            month,
            day,
            minute: MINUTES_A_DAY - 1,
        }
    }
}

impl DutyEnd {
    /// Whether every year has this moment.
    #[must_use]
    pub fn is_in_every_year(&self) -> bool {
        self.minute < MINUTES_A_DAY && self.day_in(COMMON_YEAR).is_some()
    }

    /// Of a year; none of one without four digits or before 1970.
    #[must_use]
    pub fn in_year(&self, year: u16) -> Option<Dated> {
        let day = self.day_in(year)?;
        let last_second = self.minute.saturating_mul(60).saturating_add(59);
        Some(Dated {
            duty: self.duty,
            year,
            last_day: day,
            last_moment: day
                .first_ms()
                .saturating_add(last_second.saturating_mul(1_000)),
        })
    }

    fn day_in(&self, year: u16) -> Option<Day> {
        let (month, day) = (self.month, self.day);
        format!("{year:04}-{month:02}-{day:02}").parse().ok()
    }
}

/// A duty in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The duty.
    pub duty: Duty,
    /// The year.
    pub year: u16,
    /// Its last day in Hà Nội.
    pub last_day: Day,
    /// Its last second (ms since 1970).
    pub last_moment: u64,
}

impl Dated {
    /// The duties of a year by their ends in `rows` and by [`Duty::end`] where none is, the earliest first.
    #[must_use]
    pub fn of_year(year: u16, rows: &[DutyEnd]) -> Vec<Self> {
        let own = |duty: Duty| rows.iter().find(|row| row.duty == duty).copied();
        let ends = Duty::ALL
            .iter()
            .map(|duty| own(*duty).unwrap_or(duty.end()));
        let mut all: Vec<Self> = ends.filter_map(|end| end.in_year(year)).collect();
        all.sort_by_key(|it| it.last_moment);
        all
    }

    /// Those whose last moment is ahead of `now` (ms) by `days` at most, in their order.
    #[must_use]
    pub fn within(now: u64, days: u64, rows: &[DutyEnd]) -> Vec<Self> {
        let latest = now.saturating_add(days.saturating_mul(DAY_MS));
        let this = year_of(now);
        let years = [this, this.saturating_add(1)].into_iter();
        let all = years.flat_map(|year| Self::of_year(year, rows));
        // It is due until its last second is over.
        all.filter(|it| now < it.last_moment.saturating_add(1_000) && it.last_moment <= latest)
            .collect()
    }
}

/// The year in Hà Nội of a moment (ms since 1970).
#[must_use]
pub fn year_of(time: u64) -> u16 {
    let day = Day::of(time).to_string();
    let year = day.split('-').next().and_then(|year| year.parse().ok());
    year.unwrap_or(u16::MAX)
}

const DAY_MS: u64 = 24 * 3600 * 1000;
const MINUTES_A_DAY: u64 = 24 * 60;
/// A year without 29/02.
const COMMON_YEAR: u16 = 2_027;

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn due(now: u64, days: u64) -> Vec<(Duty, u16)> {
        Dated::within(now, days, &[])
            .iter()
            .map(|it| (it.duty, it.year))
            .collect()
    }

    #[test]
    fn r6_4_report_and_plan_are_due_until_the_last_second_of_the_day_before() {
        for (duty, year, before) in [
            (Duty::YearReport, 2026, "2026-12-20"),
            (Duty::MasterPlan, 2027, "2027-01-31"),
        ] {
            let first_after = day(before).first_ms();
            let last = duty.end().in_year(year).unwrap().last_moment;
            assert_eq!(last, first_after - 1_000, "23:59:59");
            let is_due = |now| due(now, 30).contains(&(duty, year));
            assert!(is_due(last) && is_due(first_after - 1) && !is_due(first_after));
            // Thirty days ahead of its last moment, and no earlier.
            let from = last - 30 * DAY_MS;
            assert!(is_due(from) && !is_due(from - 1));
            assert_eq!(duty.owner(), Owner::Coordinator);
        }
        assert_eq!(
            Duty::YearReport.end().in_year(2026).unwrap().last_moment,
            1_797_699_599_000,
            "2026-12-19T16:59:59Z"
        );
    }

    #[test]
    fn r6_4_the_moment_is_the_policys_to_the_minute() {
        let end = |month, day, minute| DutyEnd {
            duty: Duty::YearReport,
            month,
            day,
            minute,
        };
        // "Trước ngày 20/12" as the end of the office hours of 18/12.
        let rows = [end(12, 18, 17 * 60 - 1)];
        let year = Dated::of_year(2026, &rows);
        let report = year.iter().find(|it| it.duty == Duty::YearReport).unwrap();
        assert_eq!(report.last_day, day("2026-12-18"));
        assert_eq!(report.last_moment, report.last_day.office_end_ms() - 1_000);
        let plan = year.iter().find(|it| it.duty == Duty::MasterPlan).unwrap();
        assert_eq!(plan.last_day, day("2026-01-30"), "as it was");
        let is_due = |now| !Dated::within(now, 1, &rows).is_empty();
        assert!(is_due(report.last_moment + 999) && !is_due(report.last_moment + 1_000));
        // The year's order follows.
        let first = Dated::of_year(2026, &[end(1, 1, 0)]);
        assert_eq!(first[0].duty, Duty::YearReport);
        for (bad, good) in [
            (end(2, 29, 0), end(2, 28, 0)),
            (end(13, 1, 0), end(12, 31, 0)),
            (end(0, 1, 0), end(1, 1, 0)),
            (end(1, 0, 0), end(1, 31, 0)),
            (end(1, 1, 1_440), end(1, 1, 1_439)),
            (end(1, 100, 0), end(11, 30, 0)),
            (end(u64::MAX, u64::MAX, 0), end(6, 30, 0)),
        ] {
            assert!(
                !bad.is_in_every_year() && good.is_in_every_year(),
                "{bad:?}"
            );
        }
        for duty in Duty::ALL {
            assert!(duty.end().is_in_every_year());
        }
    }

    #[test]
    fn r7_1_the_briefing_is_in_november_and_the_secretariats() {
        let last = Duty::Briefing.end().in_year(2026).unwrap().last_day;
        assert_eq!(last, day("2026-11-30"));
        assert_eq!(Duty::Briefing.owner(), Owner::Secretariat);
        let november = day("2026-11-01").first_ms();
        assert!(due(november, 30).contains(&(Duty::Briefing, 2026)));
        assert!(!due(day("2026-12-01").first_ms(), 30).contains(&(Duty::Briefing, 2026)));
    }

    #[test]
    fn a3_the_reminder_ends_with_november() {
        let last = Duty::Archive.end().in_year(2026).unwrap().last_day;
        assert_eq!(last, day("2026-11-30"));
        let is_due = |now| due(now, 30).contains(&(Duty::Archive, 2026));
        assert!(is_due(last.last_second_ms()));
        assert!(!is_due(last.after(1).first_ms()));
    }

    #[test]
    fn a_year_has_its_duties_in_order_and_the_turn_of_a_year_none_twice() {
        let all: Vec<Duty> = Dated::of_year(2027, &[]).iter().map(|it| it.duty).collect();
        assert_eq!(all, Duty::ALL);
        let days: Vec<Day> = Dated::of_year(2027, &[])
            .iter()
            .map(|it| it.last_day)
            .collect();
        assert!(days.is_sorted());
        assert_eq!(
            due(day("2027-01-01").first_ms() - 1, 31),
            [(Duty::MasterPlan, 2027)]
        );
        assert_eq!(
            due(day("2027-01-01").first_ms(), 30),
            [(Duty::MasterPlan, 2027)]
        );
        assert_eq!(Dated::of_year(1_969, &[]), []);
        assert_eq!(Dated::of_year(10_000, &[]), []);
        assert_eq!(due(u64::MAX, u64::MAX), []);
    }
}
