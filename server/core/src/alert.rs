//! Urgent alerts: which seats do not see what waits for them, and whose telephone or mailbox is told of it now.
//!
//! ```text
//!   consultations × directory × who is connected × what was tried before ── due ──► alerts, each for one way
//! ```
//!
//! A call is whatever asks a seat: the opening, a revision of the question, a reopening, a reminder. Each call begins anew. The
//! primary's people are told first, those of the deputies [`Rules::escalate_after_ms`] later, or at once where no way leads to
//! the primary. Every way repeats on its own, so that one that fails is tried again and keeps no other from being used.
//!
//! In scope: what is due. Out of scope: addresses, words, sending (the shell). Nothing here knows content.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::consultation::{Consultation, Urgency};
use thamvan_proto::directory::SeatRole;
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::id::{ConsultationId, OfficialId, SeatId, StreamId};
use thamvan_proto::ledger::Ledger;

use crate::limits::{ALERT_FAILURES_MAX, ALERT_RETRY_MS_MIN, ALERTS_PER_SEAT_HOUR_MAX, HOUR_MS};

/// How an alert is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// E-mail.
    Mail,
    /// An HTTP request to the operator's own receiver.
    Webhook,
    /// A program of the operator's.
    Command,
}

impl Way {
    /// The identifier used in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::Command => "command",
        }
    }
}

/// Whose contacts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ring {
    /// The primary and whoever acts for the primary.
    Primary,
    /// The deputies.
    Deputy,
}

impl Ring {
    /// The identifier used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Deputy => "deputy",
        }
    }

    fn holds(self, role: SeatRole) -> bool {
        (role == SeatRole::Deputy) == (self == Self::Deputy)
    }
}

/// When alerts are sent, as the operator sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The urgency marks that alert at all.
    pub marks: Vec<Urgency>,
    /// A call waits so long for somebody at the seat to connect (ms).
    pub offline_ms: u64,
    /// Somebody who is connected has so long to look (ms).
    pub view_wait_ms: u64,
    /// From the first try for the primary to the first for the deputies (ms).
    pub escalate_after_ms: u64,
    /// Between two alerts of one way to the same people (ms).
    pub repeat_ms: u64,
    /// Alerts of one way to the same people for one call.
    pub times_max: usize,
}

/// A consultation in records that leave the log: eight bytes of a hash of channel and consultation, which name neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub [u8; 8]);

impl Tag {
    /// The tag of `consultation` in `channel`.
    #[must_use]
    pub fn of(channel: &StreamId, consultation: &ConsultationId) -> Self {
        let hash = sha256(&[channel.0, consultation.0].concat()).0;
        let mut tag = [0; 8];
        tag.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self(tag)
    }
}

/// What is repeated, bounded and counted on its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The consultation.
    pub tag: Tag,
    /// The seat that does not answer.
    pub seat: SeatId,
    /// Whose contacts.
    pub ring: Ring,
    /// By which way.
    pub way: Way,
}

/// One try to send an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When (ms since 1970).
    pub time: u64,
    /// Whether anybody's contact took it.
    pub reached: bool,
}

/// What was tried before, within what still matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(BTreeMap<Key, Vec<Attempt>>);

impl History {
    /// Takes note of a try.
    pub fn add(&mut self, key: Key, attempt: Attempt) {
        self.0.entry(key).or_default().push(attempt);
    }

    /// Forgets what neither belongs to a consultation in `live` nor is younger than an hour.
    pub fn keep(&mut self, live: &BTreeSet<Tag>, now: u64) {
        self.0.retain(|key, attempts| {
            let recent = |attempt: &Attempt| attempt.time.saturating_add(HOUR_MS) > now;
            live.contains(&key.tag) || attempts.iter().any(recent)
        });
    }

    fn since(&self, key: &Key, time: u64) -> impl Iterator<Item = &Attempt> {
        let all = self.0.get(key).into_iter().flatten();
        all.filter(move |attempt| attempt.time >= time)
    }

    fn of_seat_since(&self, seat: &SeatId, time: u64) -> usize {
        let of_seat = self.0.iter().filter(|(key, _)| key.seat == *seat);
        let attempts = of_seat.flat_map(|(_, attempts)| attempts);
        attempts.filter(|attempt| attempt.time > time).count()
    }
}

/// What only the running server knows.
pub struct Moment<'a> {
    /// Time (ms since 1970).
    pub now: u64,
    /// Since when devices could connect (ms): after a start nobody is missed at once.
    pub started: u64,
    /// Whether a device of this official is connected.
    pub is_connected: &'a dyn Fn(&OfficialId) -> bool,
    /// Whether there is a contact of this official for a way.
    pub is_reachable: &'a dyn Fn(&OfficialId, Way) -> bool,
    /// The ways that the operator has set up.
    pub ways: &'a [Way],
}

/// An alert that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it counts as.
    pub key: Key,
    /// Urgency mark.
    pub urgency: Urgency,
    /// Deadline (ms since 1970).
    pub deadline: u64,
    /// Whose contacts are told.
    pub officials: Vec<OfficialId>,
}

/// What is due now, the most urgent and then the next deadline first; and the tags of all consultations that may still alert.
///
/// Cost: linear in the consultations, and in the acts of those that are urgent and whose deadline has not passed.
#[must_use]
pub fn due(
    ledger: &Ledger,
    rules: &Rules,
    moment: &Moment<'_>,
    history: &History,
) -> (Vec<Alert>, BTreeSet<Tag>) {
    let (mut alerts, mut live) = (Vec::new(), BTreeSet::new());
    for (channel, folded) in ledger.channels() {
        for consultation in folded.consultations().iter() {
            if !may_alert(consultation, rules, moment.now) {
                continue;
            }
            let tag = Tag::of(channel, &consultation.id());
            live.insert(tag);
            for seat in consultation.awaited() {
                let Some(called) = called(consultation, seat) else {
                    continue;
                };
                let wait = Wait {
                    tag,
                    seat,
                    called,
                    viewed: consultation.event(seat, EntryType::Viewed).is_some(),
                    urgency: consultation.terms().urgency,
                    deadline: consultation.deadline(),
                    people: people(ledger, seat, moment.now),
                };
                alerts.extend(wait.due(rules, moment, history));
            }
        }
    }
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.urgency), alert.deadline));
    (alerts, live)
}

fn may_alert(consultation: &Consultation, rules: &Rules, now: u64) -> bool {
    rules.marks.contains(&consultation.terms().urgency)
        && now < consultation.deadline()
        && consultation.ending().is_none()
}

/// When the seat was last called; nothing once it has acknowledged since.
fn called(consultation: &Consultation, seat: &SeatId) -> Option<u64> {
    let is_call = |kind| {
        matches!(
            kind,
            EntryType::ConsultationOpen
                | EntryType::QuestionRevise
                | EntryType::ConsultationReopen
                | EntryType::ConsultationRemind
        )
    };
    let mut acts = consultation.acts().iter().rev();
    let call = acts.find(|act| is_call(act.kind))?;
    let acknowledged = consultation.acts().iter().any(|act| {
        act.kind == EntryType::Acknowledged && act.act.seat == *seat && act.seq > call.seq
    });
    (!acknowledged).then_some(call.time)
}

/// Who holds the seat, and as what.
fn people(ledger: &Ledger, seat: &SeatId, now: u64) -> Vec<(OfficialId, SeatRole)> {
    let at = ledger.directory().now();
    let held = at.holders_of(seat, now);
    held.map(|fact| (fact.official.clone(), fact.role))
        .collect()
}

/// One seat that is called and has neither acknowledged nor answered.
struct Wait<'a> {
    tag: Tag,
    seat: &'a SeatId,
    called: u64,
    viewed: bool,
    urgency: Urgency,
    deadline: u64,
    people: Vec<(OfficialId, SeatRole)>,
}

impl Wait<'_> {
    fn due(&self, rules: &Rules, moment: &Moment<'_>, history: &History) -> Vec<Alert> {
        let hour_ago = moment.now.saturating_sub(HOUR_MS);
        let room =
            ALERTS_PER_SEAT_HOUR_MAX.saturating_sub(history.of_seat_since(self.seat, hour_ago));
        if !self.is_unseen(rules, moment) {
            return Vec::new();
        }
        let rings = [Ring::Primary, Ring::Deputy];
        let open = rings
            .into_iter()
            .filter(|ring| self.is_open(*ring, rules, moment, history));
        let each = open.flat_map(|ring| moment.ways.iter().map(move |way| (ring, *way)));
        each.filter_map(|(ring, way)| self.alert(ring, way, rules, moment, history))
            .take(room)
            .collect()
    }

    /// Nobody at the seat is connected, or nobody who is looks.
    fn is_unseen(&self, rules: &Rules, moment: &Moment<'_>) -> bool {
        let mut people = self.people.iter();
        if people.any(|(official, _)| (moment.is_connected)(official)) {
            let waited = moment.now >= self.called.saturating_add(rules.view_wait_ms);
            return !self.viewed && waited;
        }
        let from = self.called.max(moment.started);
        moment.now >= from.saturating_add(rules.offline_ms)
    }

    /// Whether it is the turn of this ring.
    fn is_open(&self, ring: Ring, rules: &Rules, moment: &Moment<'_>, history: &History) -> bool {
        if ring == Ring::Primary {
            return true;
        }
        let mut ways = moment.ways.iter();
        if !ways.any(|way| !self.reachable(Ring::Primary, *way, moment).is_empty()) {
            return true;
        }
        let keys = moment.ways.iter().map(|way| self.key(Ring::Primary, *way));
        let first = keys
            .flat_map(|key| history.since(&key, self.called).map(|it| it.time).min())
            .min();
        first.is_some_and(|first| moment.now >= first.saturating_add(rules.escalate_after_ms))
    }

    fn alert(
        &self,
        ring: Ring,
        way: Way,
        rules: &Rules,
        moment: &Moment<'_>,
        history: &History,
    ) -> Option<Alert> {
        let key = self.key(ring, way);
        let attempts: Vec<&Attempt> = history.since(&key, self.called).collect();
        let reached = attempts.iter().filter(|attempt| attempt.reached).count();
        let failures = attempts.len().saturating_sub(reached);
        if reached >= rules.times_max || failures >= ALERT_FAILURES_MAX {
            return None;
        }
        if let Some(last) = attempts.last() {
            let pause = match last.reached {
                true => rules.repeat_ms,
                false => retry_ms(failures).min(rules.repeat_ms),
            };
            if moment.now < last.time.saturating_add(pause) {
                return None;
            }
        }
        let officials = self.reachable(ring, way, moment);
        (!officials.is_empty()).then_some(Alert {
            key,
            urgency: self.urgency,
            deadline: self.deadline,
            officials,
        })
    }

    fn reachable(&self, ring: Ring, way: Way, moment: &Moment<'_>) -> Vec<OfficialId> {
        let people = self.people.iter();
        let in_ring = people.filter(|(_, role)| ring.holds(*role));
        in_ring
            .map(|(official, _)| official.clone())
            .filter(|official| (moment.is_reachable)(official, way))
            .collect()
    }

    fn key(&self, ring: Ring, way: Way) -> Key {
        Key {
            tag: self.tag,
            seat: self.seat.clone(),
            ring,
            way,
        }
    }
}

/// Pause after so many failures (ms): twice as long after each.
fn retry_ms(failures: usize) -> u64 {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    ALERT_RETRY_MS_MIN.saturating_mul(2_u64.saturating_pow(doublings))
}

#[cfg(test)]
mod tests;
