//! Statistics of consultations, notices and requests without a word of them (rule R20.1a): how many of which kind, and how fast
//! agencies answer.
//!
//! Pure: cases in, sums out. In scope: windows of days in Hà Nội, counting, medians. Out of scope: which channels a home can see,
//! words of consultations, names of persons, files.

use std::collections::BTreeMap;

use thamvan_proto::calendar::Day;
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::consultation::{Consultation, Form, Urgency};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{AgencyId, SeatId};

/// What a consultation, a notice or a request counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What comes of it.
    pub form: Form,
    /// Number of its template.
    pub template: u64,
    /// Urgency mark.
    pub urgency: Urgency,
    /// What its channel is about; none of a channel whose founding this home has not read.
    pub scope: Option<Scope>,
    /// Where it stands: the identifier of its state.
    pub state: &'static str,
    /// When it was opened (log time, ms).
    pub opened: u64,
    /// Who is asked.
    pub asked: Vec<Asked>,
    /// What its lead did.
    pub acts: Acts,
}

/// An agency that is asked, and how long after the current question was put it did what (ms).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The agency.
    pub agency: AgencyId,
    /// Looked at it.
    pub viewed: Option<u64>,
    /// Took it on.
    pub acknowledged: Option<u64>,
    /// First answered on behalf of the agency.
    pub answered: Option<u64>,
    /// What came of it.
    pub response: Response,
}

/// What came of asking an agency: an answer on its behalf or, of a notice, an acknowledgement. Silence is neither (rule W2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// It came before the deadline then in force.
    InTime,
    /// It came after it.
    Late,
    /// It did not come, and the deadline has passed.
    Unanswered,
    /// It has not come, and may still come in time.
    Waiting,
    /// It had not come when the question was withdrawn before the deadline.
    Released,
}

/// What the leads of consultations did, by count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// Reminders.
    pub reminders: u64,
    /// Extensions of a deadline.
    pub extensions: u64,
    /// Reopenings after a deadline.
    pub reopenings: u64,
    /// Revisions of a question.
    pub revisions: u64,
    /// Conclusions.
    pub conclusions: u64,
    /// Withdrawals.
    pub withdrawals: u64,
}

impl Case {
    /// What a consultation in a channel about `scope` counts for at log time `now`.
    #[must_use]
    pub fn of(consultation: &Consultation, scope: Option<Scope>, now: u64) -> Self {
        let mut acts = Acts::default();
        for act in consultation.acts() {
            acts.count(act.kind);
        }
        let question = consultation.question();
        let mut all = consultation.acts().iter();
        let put = all
            .find(|act| act.record == question)
            .unwrap_or(consultation.opening())
            .time;
        let asked = consultation.terms().asked.iter();
        Self {
            form: consultation.form(),
            template: consultation.terms().template,
            urgency: consultation.terms().urgency,
            scope,
            state: consultation.state(now).as_str(),
            opened: consultation.opening().time,
            asked: asked
                .map(|seat| asked_of(consultation, seat, put, now))
                .collect(),
            acts,
        }
    }
}

fn asked_of(consultation: &Consultation, seat: &SeatId, put: u64, now: u64) -> Asked {
    let since = |kind| {
        let event = consultation.event(seat, kind);
        event.map(|act| act.time.saturating_sub(put))
    };
    let ending = consultation.ending();
    let until = ending.map_or(now, |act| act.time);
    let response = match consultation.event(seat, consultation.awaits()) {
        Some(act) if consultation.is_late(act) => Response::Late,
        Some(_) => Response::InTime,
        None if until >= consultation.deadline() => Response::Unanswered,
        None if ending.is_some() => Response::Released,
        None => Response::Waiting,
    };
    Asked {
        agency: seat.agency(),
        viewed: since(EntryType::Viewed),
        acknowledged: since(EntryType::Acknowledged),
        answered: since(EntryType::Answer),
        response,
    }
}

impl Acts {
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are not counted")]
    fn count(&mut self, kind: EntryType) {
        let counter = match kind {
            EntryType::ConsultationRemind => &mut self.reminders,
            EntryType::ConsultationExtend => &mut self.extensions,
            EntryType::ConsultationReopen => &mut self.reopenings,
            EntryType::QuestionRevise => &mut self.revisions,
            EntryType::ConsultationConclude => &mut self.conclusions,
            EntryType::ConsultationWithdraw => &mut self.withdrawals,
            _ => return,
        };
        *counter += 1;
    }

    fn add(&mut self, other: Self) {
        self.reminders += other.reminders;
        self.extensions += other.extensions;
        self.reopenings += other.reopenings;
        self.revisions += other.revisions;
        self.conclusions += other.conclusions;
        self.withdrawals += other.withdrawals;
    }
}

/// Days in Hà Nội, the last one included; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
}

impl Window {
    /// A year; none of one that has no four digits or lies before 1970.
    #[must_use]
    pub fn year(year: u16) -> Option<Self> {
        let day = |month_and_day: &str| format!("{year:04}-{month_and_day}").parse().ok();
        Some(Self {
            from: Some(day("01-01")?),
            to: Some(day("12-31")?),
        })
    }

    /// Whether a moment (log time, ms) falls into it.
    #[must_use]
    pub fn contains(&self, time: u64) -> bool {
        let day = Day::of(time);
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The sums over what was opened within a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many.
    pub count: u64,
    /// By what comes of them.
    pub forms: BTreeMap<Form, u64>,
    /// By the numbers of their templates.
    pub templates: BTreeMap<u64, u64>,
    /// By urgency mark.
    pub urgencies: BTreeMap<Urgency, u64>,
    /// By what their channels are about: kind and id; none where that is not known.
    pub scopes: BTreeMap<Option<(ScopeKind, String)>, u64>,
    /// By state.
    pub states: BTreeMap<&'static str, u64>,
    /// What their leads did, until now.
    pub acts: Acts,
    /// By the agencies that were asked, each form apart.
    pub agencies: BTreeMap<(Form, AgencyId), Responsiveness>,
}

/// How an agency answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Responsiveness {
    /// How often it was asked: the sum of the next five.
    pub asked: u64,
    /// [`Response::InTime`].
    pub in_time: u64,
    /// [`Response::Late`].
    pub late: u64,
    /// [`Response::Unanswered`].
    pub unanswered: u64,
    /// [`Response::Waiting`].
    pub waiting: u64,
    /// [`Response::Released`].
    pub released: u64,
    /// From the question until it was looked at.
    pub viewed: Waits,
    /// From the question until it was taken on.
    pub acknowledged: Waits,
    /// From the question to the first answer on behalf of the agency.
    pub answered: Waits,
}

/// Lengths of time (ms), in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits(Vec<u64>);

impl Waits {
    fn push(&mut self, wait: Option<u64>) {
        if let Some(wait) = wait {
            let place = self.0.partition_point(|it| *it <= wait);
            self.0.insert(place, wait);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest one that `percent` of them do not exceed (nearest rank); none where there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<u64> {
        let rank = (self.0.len() * percent.min(100)).div_ceil(100).max(1);
        self.0.get(rank - 1).copied()
    }
}

impl Statistics {
    /// Adds up the cases that were opened within `window`.
    #[must_use]
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>, window: &Window) -> Self {
        let mut sums = Self::default();
        for case in cases {
            if window.contains(case.opened) {
                sums.add(case);
            }
        }
        sums
    }

    fn add(&mut self, case: &Case) {
        self.count += 1;
        *self.forms.entry(case.form).or_default() += 1;
        *self.templates.entry(case.template).or_default() += 1;
        *self.urgencies.entry(case.urgency).or_default() += 1;
        let scope = case.scope.as_ref();
        let scope = scope.map(|scope| (scope.kind, scope.id.clone()));
        *self.scopes.entry(scope).or_default() += 1;
        *self.states.entry(case.state).or_default() += 1;
        self.acts.add(case.acts);
        for asked in &case.asked {
            let agency = (case.form, asked.agency.clone());
            self.agencies.entry(agency).or_default().add(asked);
        }
    }
}

impl Responsiveness {
    fn add(&mut self, asked: &Asked) {
        self.asked += 1;
        let counter = match asked.response {
            Response::InTime => &mut self.in_time,
            Response::Late => &mut self.late,
            Response::Unanswered => &mut self.unanswered,
            Response::Waiting => &mut self.waiting,
            Response::Released => &mut self.released,
        };
        *counter += 1;
        self.viewed.push(asked.viewed);
        self.acknowledged.push(asked.acknowledged);
        self.answered.push(asked.answered);
    }
}

#[cfg(test)]
mod tests;
