//! Days as the ministries count them: in Hà Nội (UTC+7, as Jakarta, without summer time), with working days by an editable table.
//!
//! In scope: days, working days, moments at their borders. Out of scope: which days are off (the policy states them, Tết among
//! them; no rule of this program does).

use std::fmt;
use std::str::FromStr;

use time::{Date, Duration, Weekday};

/// A calendar day in Hà Nội: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u64);

impl Day {
    /// The day on which a moment (ms since 1970) falls.
    #[must_use]
    pub const fn of(unix_ms: u64) -> Self {
        Self(unix_ms.saturating_add(OFFSET_MS) / DAY_MS)
    }

    /// Its first moment (ms since 1970; days before 1970-01-02 begin at 0).
    #[must_use]
    pub const fn first_ms(self) -> u64 {
        self.0.saturating_mul(DAY_MS).saturating_sub(OFFSET_MS)
    }

    /// Its last whole second: 23:59:59. What is due "trước ngày" a day is due at this moment of the day before (R6.4).
    #[must_use]
    pub const fn last_second_ms(self) -> u64 {
        self.after(1).first_ms().saturating_sub(1_000)
    }

    /// 17:00, when offices close.
    #[must_use]
    pub const fn office_end_ms(self) -> u64 {
        self.first_ms().saturating_add(17 * 3_600_000)
    }

    /// The day `days` calendar days later.
    #[must_use]
    pub const fn after(self, days: u64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The `days`-th working day after this one; itself for 0. None where no table could say so (over ten years without one).
    #[must_use]
    pub fn after_working(self, days: u64, table: &WorkingDays<'_>) -> Option<Self> {
        let mut day = self;
        for _ in 0..days {
            let mut next = (1..=IDLE_DAYS_MAX).map(|days| day.after(days));
            day = next.find(|next| table.is_working(*next))?;
        }
        Some(day)
    }

    fn date(self) -> Option<Date> {
        let days = i64::try_from(self.0).ok()?;
        EPOCH.checked_add(Duration::days(days.min(DAYS_SHOWN_MAX)))
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!(self.0 % 7, 2 | 3)
    }
}

/// Which days are worked: all but Saturdays, Sundays and the days off, and those worked in exchange ("ngày làm bù").
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkingDays<'a> {
    /// Days off, in rising order.
    pub off: &'a [Day],
    /// Saturdays and Sundays that are worked, in rising order.
    pub worked: &'a [Day],
}

impl WorkingDays<'_> {
    /// Whether `day` is worked.
    #[must_use]
    pub fn is_working(&self, day: Day) -> bool {
        let is_in = |days: &[Day]| days.binary_search(&day).is_ok();
        is_in(self.worked) || !(day.is_weekend() || is_in(self.off))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => {
                let (year, month, day) = date.to_calendar_date();
                write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
            }
            None => write!(f, "day {}", self.0),
        }
    }
}

/// The text is no date of the form 2026-11-26 from 1970 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form 2026-11-26")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let date = Date::parse(text, format).map_err(|_| NotADay)?;
        let days = date.to_julian_day().checked_sub(EPOCH.to_julian_day());
        let days = days.and_then(|days| u64::try_from(days).ok());
        days.map(Self).ok_or(NotADay)
    }
}

impl<C> minicbor::Encode<C> for Day {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Day {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u64().map(Self)
    }
}

/// The weekday, for words about it.
impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        Self::Thursday.nth_next(u8::try_from(day.0 % 7).unwrap_or(0))
    }
}

const DAY_MS: u64 = 24 * 3600 * 1000;
/// UTC+7.
const OFFSET_MS: u64 = 7 * 3600 * 1000;
const EPOCH: Date = time::macros::date!(1970 - 01 - 01);
/// What a table that has every day off costs at most.
const IDLE_DAYS_MAX: u64 = 3_660;
/// The year 9999.
const DAYS_SHOWN_MAX: i64 = 2_932_896;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// Tết Đinh Mùi with its eve and the days after, as an example of a table.
    fn tet() -> Vec<Day> {
        [
            "2027-02-05",
            "2027-02-08",
            "2027-02-09",
            "2027-02-10",
            "2027-02-11",
        ]
        .map(day)
        .to_vec()
    }

    #[test]
    fn a_day_begins_at_midnight_in_ha_noi() {
        let first = day("2026-12-19").first_ms();
        assert_eq!(first, 1_797_613_200_000, "2026-12-18T17:00:00Z");
        assert_eq!(Day::of(first), day("2026-12-19"));
        assert_eq!(Day::of(first - 1), day("2026-12-18"));
        assert_eq!(Day::of(0).to_string(), "1970-01-01");
        for wrong in [
            "2026-02-29",
            "26-1-1",
            "2026-13-01",
            "1969-12-31",
            "",
            "2026-1-1",
        ] {
            assert_eq!(wrong.parse::<Day>(), Err(NotADay), "{wrong}");
        }
    }

    #[test]
    fn r6_4_what_is_due_before_a_day_is_due_at_the_last_second_of_the_day_before() {
        // "trước ngày 20/12 hàng năm" and "trước ngày 31/01 hàng năm".
        for (before, last) in [("2026-12-20", "2026-12-19"), ("2027-01-31", "2027-01-30")] {
            let due = day(before).before().last_second_ms();
            assert_eq!(Day::of(due), day(last));
            assert_eq!(Day::of(due + 999), day(last));
            assert_eq!(Day::of(due + 1_000), day(before));
        }
    }

    #[test]
    fn w1_calendar_days_run_through_tet_and_working_days_do_not() {
        let off = tet();
        let table = WorkingDays {
            off: &off,
            worked: &[],
        };
        let received = day("2027-02-03");
        assert_eq!(received.after(10), day("2027-02-13"));
        // Thursday the 4th, Friday the 12th, then the week from Monday the 15th.
        assert_eq!(received.after_working(7, &table), Some(day("2027-02-19")));
        let worked = [day("2027-02-13")];
        let exchanged = WorkingDays {
            off: &off,
            worked: &worked,
        };
        assert_eq!(
            received.after_working(7, &exchanged),
            Some(day("2027-02-18"))
        );
        assert_eq!(received.after_working(0, &table), Some(received));
    }

    #[test]
    fn a_table_without_working_days_ends() {
        let off: Vec<Day> = (0..4_000).map(|n| day("2026-01-01").after(n)).collect();
        let table = WorkingDays {
            off: &off,
            worked: &[],
        };
        assert_eq!(day("2026-01-01").after_working(1, &table), None);
    }

    proptest! {
        #[test]
        fn dates_and_days_are_each_others_inverse(n in 0_u64..2_932_896) {
            let one = Day(n);
            prop_assert_eq!(one.to_string().parse::<Day>(), Ok(one));
            prop_assert_eq!(Day::of(one.last_second_ms()), one);
            prop_assert!(n == 0 || Day::of(one.first_ms()) == one);
            let weekday = Weekday::from(one);
            prop_assert_eq!(one.is_weekend(), matches!(weekday, Weekday::Saturday | Weekday::Sunday));
            prop_assert_eq!(one.date().map(Date::weekday), Some(weekday));
        }

        /// Across Tết, month ends and years: every day that is counted is worked, and none between is left out.
        #[test]
        fn working_days_are_counted_one_by_one(from in 20_400_u64..21_500, days in 0_u64..40, swap in 0_u64..7) {
            let off = tet();
            let worked = [day("2027-02-13").after(7 * swap)];
            let table = WorkingDays { off: &off, worked: &worked };
            let end = Day(from).after_working(days, &table).unwrap();
            let between = (from + 1..=end.0).filter(|n| table.is_working(Day(*n))).count();
            prop_assert_eq!(u64::try_from(between).unwrap(), days);
            prop_assert!(days == 0 || table.is_working(end));
            // One more day is never earlier.
            prop_assert!(Day(from).after_working(days + 1, &table).unwrap() > end);
        }
    }
}
