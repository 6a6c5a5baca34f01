//! What the Regulation and the law on archives date every year (rules R6.4, R7.1, A3): duties, their last moments, their owners.
//!
//! Pure. In scope: days in Hà Nội. Out of scope: whether a duty was done, which nothing in the log says.

use thamvan_proto::calendar::Day;

/// A duty that comes every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// The master plan of the year, "trước ngày 31/01" (R6.4).
    MasterPlan,
    /// The briefing of all participating agencies, "vào tháng 11" (R7.1).
    Briefing,
    /// Ended consultations that were not handed over to the archives: a reminder of ours, no day of the law (A3).
    Archive,
    /// The report of the year, "trước ngày 20/12" (R6.4).
    YearReport,
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
    /// All of them, in the order of the year.
    pub const ALL: [Self; 4] = [
        Self::MasterPlan,
        Self::Briefing,
        Self::Archive,
        Self::YearReport,
    ];

    /// The identifier used in JSON.
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

    /// Its last day in a year; none of a year without four digits or before 1970. "Trước ngày" a day ends with the day before.
    #[must_use]
    pub fn last_day(self, year: u16) -> Option<Day> {
        let day = |month_and_day: &str| format!("{year:04}-{month_and_day}").parse::<Day>().ok();
        Some(match self {
            Self::MasterPlan => day("01-31")?.before(),
            Self::Briefing | Self::Archive => day("11-30")?,
            Self::YearReport => day("12-20")?.before(),
        })
    }
}

/// A duty in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The duty.
    pub duty: Duty,
    /// The year.
    pub year: u16,
    /// Its last day in Hà Nội; its last moment is 23:59:59 of that day.
    pub last_day: Day,
}

impl Dated {
    /// The duties of a year, in their order.
    pub fn of_year(year: u16) -> impl Iterator<Item = Self> {
        Duty::ALL.into_iter().filter_map(move |duty| {
            Some(Self {
                duty,
                year,
                last_day: duty.last_day(year)?,
            })
        })
    }

    /// Those whose last moment is ahead of `now` (ms) by `days` at most, in their order.
    pub fn within(now: u64, days: u64) -> impl Iterator<Item = Self> {
        let latest = now.saturating_add(days.saturating_mul(DAY_MS));
        let this = year_of(now);
        let years = [this, this.saturating_add(1)];
        years.into_iter().flat_map(Self::of_year).filter(move |it| {
            let last = it.last_moment();
            // It is due until its last second is over.
            now < last.saturating_add(1_000) && last <= latest
        })
    }

    /// Its last moment (ms since 1970).
    #[must_use]
    pub fn last_moment(&self) -> u64 {
        self.last_day.last_second_ms()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn due(now: u64, days: u64) -> Vec<(Duty, u16)> {
        Dated::within(now, days)
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
            let last = duty.last_day(year).unwrap().last_second_ms();
            assert_eq!(last, first_after - 1_000, "23:59:59");
            let is_due = |now| due(now, 30).contains(&(duty, year));
            assert!(is_due(last) && is_due(first_after - 1) && !is_due(first_after));
            // Thirty days ahead of its last moment, and no earlier.
            let from = last - 30 * DAY_MS;
            assert!(is_due(from) && !is_due(from - 1));
            assert_eq!(duty.owner(), Owner::Coordinator);
        }
        assert_eq!(
            Duty::YearReport.last_day(2026).unwrap().last_second_ms(),
            1_797_699_599_000,
            "2026-12-19T16:59:59Z"
        );
    }

    #[test]
    fn r7_1_the_briefing_is_in_november_and_the_secretariats() {
        let last = Duty::Briefing.last_day(2026).unwrap();
        assert_eq!(last, day("2026-11-30"));
        assert_eq!(Duty::Briefing.owner(), Owner::Secretariat);
        let november = day("2026-11-01").first_ms();
        assert!(due(november, 30).contains(&(Duty::Briefing, 2026)));
        assert!(!due(day("2026-12-01").first_ms(), 30).contains(&(Duty::Briefing, 2026)));
    }

    #[test]
    fn a3_the_reminder_ends_with_november() {
        let last = Duty::Archive.last_day(2026).unwrap();
        assert_eq!(last, day("2026-11-30"));
        let is_due = |now| due(now, 30).contains(&(Duty::Archive, 2026));
        assert!(is_due(last.last_second_ms()));
        assert!(!is_due(last.after(1).first_ms()));
    }

    #[test]
    fn a_year_has_its_duties_in_order_and_the_turn_of_a_year_none_twice() {
        let all: Vec<Duty> = Dated::of_year(2027).map(|it| it.duty).collect();
        assert_eq!(all, Duty::ALL);
        let days: Vec<Day> = Dated::of_year(2027).map(|it| it.last_day).collect();
        assert!(days.is_sorted());
        assert_eq!(
            due(day("2027-01-01").first_ms() - 1, 31),
            [(Duty::MasterPlan, 2027)]
        );
        assert_eq!(
            due(day("2027-01-01").first_ms(), 30),
            [(Duty::MasterPlan, 2027)]
        );
        assert_eq!(Dated::of_year(1_969).count(), 0);
        assert_eq!(Dated::of_year(10_000).count(), 0);
        assert_eq!(due(u64::MAX, u64::MAX), []);
    }
}
