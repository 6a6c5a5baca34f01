//! Reminders: which of them are due for the owner of this device, and when the seat that leads reminds by itself.
//!
//! ```text
//!   consultation × directory × official ── standing ──► stages ── × settings × what was told × moment ──► due
//! ```
//!
//! A call is whatever sets a deadline: the opening, a revision of the question, an extension, a reopening. Each stage is a share
//! of the time between the call and the deadline. Whoever holds a seat that has not answered is told at half, three quarters and
//! nine tenths of it, a deputy from three quarters on, others of the same agency (its duty contacts) at nine tenths; the seat
//! that leads hears at three quarters and at the deadline who is silent. Of stages that have passed the last is told, once.
//!
//! In scope: what is due, pure. Out of scope: keeping what was told (`verbs/reminder.rs`), showing it (the shell). The server's
//! alerts, for those whose devices are off, are its own (`server/core/src/alert.rs`).

use std::collections::BTreeSet;
use std::str::FromStr;

use thamvan_proto::calendar::{Day, WorkingDays};
use thamvan_proto::consultation::{Consultation, Urgency};
use thamvan_proto::directory::{At, SeatRole};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{OfficialId, SeatId};
use thamvan_proto::limits::REMIND_INTERVAL_MS_MIN;

/// A share of the time between a call and its deadline. The later, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Half of the time has passed.
    Half,
    /// Three quarters have.
    ThreeQuarters,
    /// Nine tenths have.
    NineTenths,
    /// All of it has.
    Deadline,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [
        Self::Half,
        Self::ThreeQuarters,
        Self::NineTenths,
        Self::Deadline,
    ];

    /// How much of the time has passed, in thousandths.
    #[must_use]
    pub const fn permille(self) -> u64 {
        match self {
            Self::Half => 500,
            Self::ThreeQuarters => 750,
            Self::NineTenths => 900,
            Self::Deadline => 1_000,
        }
    }

    fn of_permille(permille: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.permille() == permille)
    }
}

/// Why somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Primary, or acting for the primary, of a seat that has not answered.
    Primary,
    /// Deputy of such a seat.
    Deputy,
    /// Appointed at another seat of its agency: its duty contact.
    Duty,
    /// Of the seat that leads.
    Lead,
}

/// What asks for an answer until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Place of its act in the channel.
    pub seq: u64,
    /// When it was logged (log time, ms).
    pub from: u64,
    /// The deadline (log time, ms).
    pub until: u64,
}

impl Call {
    /// The last one of a consultation.
    #[must_use]
    pub fn of(consultation: &Consultation) -> Self {
        let mut acts = consultation.acts().iter().rev();
        let act = acts.find(|act| act.act.deadline.is_some());
        let act = act.unwrap_or_else(|| consultation.opening());
        Self {
            seq: act.seq,
            from: act.time,
            until: consultation.deadline(),
        }
    }

    /// When a stage is reached (log time, ms).
    #[must_use]
    pub fn moment(&self, stage: Stage) -> u64 {
        let ms = self.until.saturating_sub(self.from);
        let (whole, rest) = (ms / 1_000, ms % 1_000);
        let passed = whole * stage.permille() + rest * stage.permille() / 1_000;
        self.from.saturating_add(passed)
    }
}

/// The last stage that was told or sent for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Place of the call's act.
    pub call: u64,
    /// The stage.
    pub stage: Stage,
}

impl Told {
    pub(crate) const fn to_pair(self) -> (u64, u64) {
        (self.call, self.stage.permille())
    }

    pub(crate) fn of_pair((call, permille): (u64, u64)) -> Option<Self> {
        let stage = Stage::of_permille(permille)?;
        Some(Self { call, stage })
    }
}

/// Where a consultation stands, for one official.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What asks.
    pub call: Call,
    /// Urgency mark.
    pub urgency: Urgency,
    /// Seats that have not answered; none once it has ended.
    pub silent: Vec<SeatId>,
    /// What the official has to do with it.
    pub parts: BTreeSet<Part>,
    /// Silent seats without a duty contact: there the lead has to telephone.
    pub phone: bool,
    /// Whether the official may speak for the seat that leads.
    pub speaks: bool,
    /// When was reminded since the call (log time, ms), the last time last.
    pub reminded: Vec<u64>,
}

impl Standing {
    /// Reads it off a consultation and the directory at log time `time` (ms).
    #[must_use]
    pub fn of(consultation: &Consultation, at: &At<'_>, official: &OfficialId, time: u64) -> Self {
        let call = Call::of(consultation);
        let silent: Vec<SeatId> = match consultation.ending() {
            Some(_) => Vec::new(),
            None => consultation.awaited().cloned().collect(),
        };
        let mut parts = BTreeSet::new();
        for fact in at.appointments(official, time) {
            for seat in &silent {
                if fact.seat == *seat {
                    parts.insert(match fact.role {
                        SeatRole::Primary | SeatRole::Acting => Part::Primary,
                        SeatRole::Deputy => Part::Deputy,
                    });
                } else if fact.seat.agency() == seat.agency() {
                    parts.insert(Part::Duty);
                }
            }
            if fact.seat == *consultation.lead() {
                parts.insert(Part::Lead);
            }
        }
        let has_duty = |seat: &SeatId| {
            let mut people = at.officials().filter(|it| it.id.agency() == seat.agency());
            people.any(|one| {
                let held: Vec<_> = at.appointments(&one.id, time).collect();
                let holds = held.iter().any(|fact| fact.seat == *seat);
                !holds && held.iter().any(|it| it.seat.agency() == seat.agency())
            })
        };
        let speaks = at
            .appointments(official, time)
            .any(|fact| fact.seat == *consultation.lead() && fact.speak_for);
        let acts = consultation.acts().iter();
        Self {
            call,
            urgency: consultation.terms().urgency,
            phone: parts.contains(&Part::Lead) && !silent.iter().all(has_duty),
            silent,
            parts,
            speaks,
            reminded: acts
                .filter(|act| act.kind == EntryType::ConsultationRemind && act.seq > call.seq)
                .map(|act| act.time)
                .collect(),
        }
    }

    /// The stages at which the official is told, in order.
    pub fn stages(&self) -> impl Iterator<Item = Stage> {
        Stage::ALL
            .into_iter()
            .filter(|stage| !self.silent.is_empty() && self.parts_at(*stage).next().is_some())
    }

    fn parts_at(&self, stage: Stage) -> impl Iterator<Item = Part> {
        self.parts.iter().copied().filter(move |part| match part {
            Part::Primary => stage < Stage::Deadline,
            Part::Deputy => matches!(stage, Stage::ThreeQuarters | Stage::NineTenths),
            Part::Duty => stage == Stage::NineTenths,
            Part::Lead => match stage {
                Stage::Half => false,
                Stage::NineTenths => self.phone,
                Stage::ThreeQuarters | Stage::Deadline => true,
            },
        })
    }

    /// What the official is told now, if anything: the last stage that has passed and was not told.
    #[must_use]
    pub fn due(
        &self,
        settings: &Settings,
        table: &WorkingDays<'_>,
        told: Option<Told>,
        now: u64,
    ) -> Option<Reminder> {
        let passed = |stage: &Stage| self.call.moment(*stage) <= now;
        let stage = self.stages().filter(passed).last()?;
        if self.is_told(stage, told) || settings.heard_at(table, self.urgency, now) > now {
            return None;
        }
        Some(Reminder {
            call: self.call.seq,
            stage,
            urgency: self.urgency,
            to_lead: self.parts_at(stage).all(|part| part == Part::Lead),
        })
    }

    /// When the official is told next (log time, ms), if everything stays as it is.
    #[must_use]
    pub fn next(
        &self,
        settings: &Settings,
        table: &WorkingDays<'_>,
        told: Option<Told>,
        now: u64,
    ) -> Option<u64> {
        let mut open = self.stages().filter(|stage| !self.is_told(*stage, told));
        let first = open.next()?;
        let moment = self.call.moment(first).max(now);
        Some(settings.heard_at(table, self.urgency, moment))
    }

    fn is_told(&self, stage: Stage, told: Option<Told>) -> bool {
        told.is_some_and(|told| told.call == self.call.seq && told.stage >= stage)
    }

    /// The stage for which this device reminds those who are silent now, if any: once for all devices of the lead, as the log
    /// has it, and once for this one, as `sent` has it.
    #[must_use]
    pub fn sends(
        &self,
        settings: &Settings,
        table: &WorkingDays<'_>,
        sent: Option<Told>,
        now: u64,
    ) -> Option<Stage> {
        let passed = |stage: &Stage| self.call.moment(*stage) <= now;
        let stage = SENDING.into_iter().rfind(passed)?;
        let is_open = self.waits_to_send(settings, stage, sent);
        let rests = |last: &u64| now < last.saturating_add(REMIND_INTERVAL_MS_MIN);
        let heard = settings.heard_at(table, self.urgency, now) <= now;
        (is_open && heard && !self.reminded.last().is_some_and(rests)).then_some(stage)
    }

    /// When this device reminds next by itself (log time, ms), if everything stays as it is.
    #[must_use]
    pub fn sends_next(
        &self,
        settings: &Settings,
        table: &WorkingDays<'_>,
        sent: Option<Told>,
        now: u64,
    ) -> Option<u64> {
        let is_past = |stage: &Stage| self.call.moment(*stage) <= now;
        let passed = SENDING.into_iter().rfind(is_past);
        let coming = SENDING.into_iter().filter(|stage| !is_past(stage));
        let mut all = passed.into_iter().chain(coming);
        let stage = all.find(|stage| self.waits_to_send(settings, *stage, sent))?;
        let rested = self
            .reminded
            .last()
            .map_or(0, |last| last.saturating_add(REMIND_INTERVAL_MS_MIN));
        let moment = self.call.moment(stage).max(now).max(rested);
        Some(settings.heard_at(table, self.urgency, moment))
    }

    /// A reminder shortly before a stage stands for it too: the server takes no second one so soon.
    fn waits_to_send(&self, settings: &Settings, stage: Stage, sent: Option<Told>) -> bool {
        let from = self
            .call
            .moment(stage)
            .saturating_sub(REMIND_INTERVAL_MS_MIN);
        let from = from.max(self.call.from);
        let is_sent = self.reminded.iter().any(|time| *time >= from) || self.is_told(stage, sent);
        settings.sends && self.speaks && !self.silent.is_empty() && !is_sent
    }
}

/// What an official is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Place of the call's act.
    pub call: u64,
    /// The stage.
    pub stage: Stage,
    /// Urgency mark.
    pub urgency: Urgency,
    /// That others have not answered, and nothing that the official has to answer.
    pub to_lead: bool,
}

/// Hours of the day, in Hà Nội, in which nobody is disturbed; they may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    until: u16,
}

impl QuietHours {
    /// From a minute of the day to another one; none where they are no such minutes, or the same.
    #[must_use]
    pub fn new(from: u16, until: u16) -> Option<Self> {
        let is_minute = |minute: u16| u64::from(minute) < MINUTES_OF_DAY;
        (is_minute(from) && is_minute(until) && from != until).then_some(Self { from, until })
    }

    pub(crate) const fn to_pair(self) -> (u16, u16) {
        (self.from, self.until)
    }

    /// When they end (ms since 1970), where `moment` is in them.
    fn end(self, moment: u64) -> Option<u64> {
        let day = Day::of(moment);
        let at = |day: Day, minute: u16| day.first_ms().saturating_add(u64::from(minute) * 60_000);
        let spans = [day.before(), day].map(|first| {
            let last = if self.from < self.until {
                first
            } else {
                first.after(1)
            };
            (at(first, self.from), at(last, self.until))
        });
        let mut in_it = spans
            .into_iter()
            .filter(|(from, until)| (*from..*until).contains(&moment));
        in_it.next().map(|(_, until)| until)
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let clock = |minute: u16| (minute / 60, minute % 60);
        let ((a, b), (c, d)) = (clock(self.from), clock(self.until));
        write!(f, "{a:02}:{b:02}-{c:02}:{d:02}")
    }
}

/// No quiet hours: HH:MM-HH:MM, of which the two moments differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours are HH:MM-HH:MM, such as 22:00-06:00")]
pub struct NoQuietHours;

impl FromStr for QuietHours {
    type Err = NoQuietHours;

    fn from_str(text: &str) -> Result<Self, NoQuietHours> {
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let is_number = |it: &str| it.len() == 2 && it.bytes().all(|b| b.is_ascii_digit());
            let number = |it: &str| it.parse::<u16>().ok().filter(|_| is_number(it));
            let (hour, minute) = (number(hour)?, number(minute)?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let read = text.split_once('-').and_then(|(from, until)| {
            let (from, until) = (minute(from)?, minute(until)?);
            Self::new(from, until)
        });
        read.ok_or(NoQuietHours)
    }
}

/// How the owner of a home wants to be reminded. Nothing in here can silence what is marked "hỏa tốc".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// When nothing but "hỏa tốc" disturbs.
    pub quiet: Option<QuietHours>,
    /// Days that are not worked are quiet too, by the policy's calendar.
    pub quiet_days: bool,
    /// Whether those who are silent in what the own seat leads are reminded without a click: off until its owner switches it on, because
    /// a reminder is logged in the owner's name.
    pub sends: bool,
}

impl Settings {
    /// When something that is due at `moment` is heard (ms since 1970): at once, or when it is no longer quiet.
    #[must_use]
    pub fn heard_at(&self, table: &WorkingDays<'_>, urgency: Urgency, moment: u64) -> u64 {
        if urgency == Urgency::HoaToc {
            return moment;
        }
        let mut heard = moment;
        for _ in 0..QUIET_STEPS_MAX {
            let day = Day::of(heard);
            if self.quiet_days && !table.is_working(day) {
                heard = day.after(1).first_ms();
            } else if let Some(end) = self.quiet.and_then(|quiet| quiet.end(heard)) {
                heard = end;
            } else {
                break;
            }
        }
        heard
    }
}

/// When the seat that leads reminds by itself.
const SENDING: [Stage; 2] = [Stage::ThreeQuarters, Stage::Deadline];
const MINUTES_OF_DAY: u64 = 24 * 60;
/// Quiet hours and days off that follow each other; a table that never works is left after so many.
const QUIET_STEPS_MAX: usize = 64;

#[cfg(test)]
mod tests;
