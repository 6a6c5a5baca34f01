//! Consultations: the register of who was asked what, until when, and what became of it (Article 5(6) of the Regulation).
//!
//! ```text
//!   open ── (extend | remind | revise)* ── complete | overdue ── (reopen)* ── conclude | withdraw
//!             delivered, viewed, acknowledged, answer: each by a seat that is asked, any time in between
//!             letter-record: by the seat that leads, also after the end
//!             record-export: by every seat that takes part, also after the end; record-archive: by the lead, only after it
//! ```
//!
//! A notice is not answered: whoever is asked acknowledges it. A request is answered with information. Both end with the last one.
//!
//! In scope: judging and folding the public acts; what parts their content must have. Out of scope: plaintext (engine), channels.

mod content;
mod judge;
mod letter;
mod template;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

pub use content::{ContentError, Dissent, Position, check_content, position, text_of};
pub use judge::ConsultationError;
pub use letter::{Letter, LetterStatus, StatutoryPeriod, letter};
pub use template::{Form, Mandatory, Opener, TEMPLATES, Template, missing_told, secretariat};
pub use terms::{Act, Instrument, OpinionCapacity, Terms, Urgency};

use crate::entry::EntryType;
use crate::id::{AgencyId, ConsultationId, OfficialId, SeatId};
use crate::tlog::Hash;

/// A record of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRecord {
    /// Sequence number in the channel.
    pub seq: u64,
    /// Log time (ms).
    pub time: u64,
    /// Hash of the record.
    pub record: Hash,
    /// Who acted.
    pub official: OfficialId,
    /// What was done.
    pub kind: EntryType,
    /// The facts.
    pub act: Act,
}

impl ActRecord {
    /// Whether it is an agency's opinion.
    fn speaks_for_agency(&self) -> bool {
        self.kind == EntryType::Answer && self.act.capacity == OpinionCapacity::Agency
    }
}

/// Where a consultation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsultationState {
    /// Đang lấy ý kiến.
    Collecting,
    /// Quá hạn: the deadline has passed and somebody has not answered. Silence is never consent (rule W2).
    Overdue,
    /// Đủ ý kiến.
    Complete,
    /// Đã kết luận.
    Concluded,
    /// Đã rút.
    Withdrawn,
    /// Đã lưu: its record has been handed over to the archives.
    Archived,
}

impl ConsultationState {
    /// The identifier used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Overdue => "overdue",
            Self::Complete => "complete",
            Self::Concluded => "concluded",
            Self::Withdrawn => "withdrawn",
            Self::Archived => "archived",
        }
    }

    /// Whether nothing is said in it any more.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Concluded | Self::Withdrawn | Self::Archived)
    }
}

/// The fold of one consultation: its acts in order, and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    id: ConsultationId,
    terms: Terms,
    acts: Vec<ActRecord>,
    question: Hash,
    deadline: u64,
}

impl Consultation {
    fn new(opening: ActRecord, terms: Terms) -> Self {
        Self {
            id: opening.act.consultation,
            terms,
            question: opening.record,
            deadline: opening.act.deadline.unwrap_or(opening.time),
            acts: vec![opening],
        }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> ConsultationId {
        self.id
    }

    /// The terms that opened it.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Its acts, in the order of the log.
    #[must_use]
    pub fn acts(&self) -> &[ActRecord] {
        &self.acts
    }

    /// The act that opened it.
    ///
    /// # Panics
    /// Never: a consultation begins with it.
    #[must_use]
    pub fn opening(&self) -> &ActRecord {
        self.acts
            .first()
            .expect("a consultation begins with an act")
    }

    /// The seat that leads it.
    #[must_use]
    pub fn lead(&self) -> &SeatId {
        &self.opening().act.seat
    }

    /// Hash of the record of the current question version.
    #[must_use]
    pub fn question(&self) -> Hash {
        self.question
    }

    /// Hạn trả lời (log time, ms).
    #[must_use]
    pub fn deadline(&self) -> u64 {
        self.deadline
    }

    /// The current opinion of each seat that is asked and has answered the current question, by seat. Only opinions on behalf
    /// of the agency count (rule E4).
    #[must_use]
    pub fn opinions(&self) -> BTreeMap<&SeatId, &ActRecord> {
        self.acts
            .iter()
            .filter(|act| act.speaks_for_agency() && act.act.on == Some(self.question))
            .map(|act| (&act.act.seat, act))
            .collect()
    }

    /// The opinions that `seat` has given on behalf of its agency, earlier ones and those on earlier questions among them.
    pub fn revisions(&self, seat: &SeatId) -> impl Iterator<Item = &ActRecord> {
        self.acts
            .iter()
            .filter(move |act| act.speaks_for_agency() && act.act.seat == *seat)
    }

    /// The current opinion that an answer of `official` in `capacity` at `seat` would replace.
    #[must_use]
    pub fn current(
        &self,
        seat: &SeatId,
        capacity: OpinionCapacity,
        official: &OfficialId,
    ) -> Option<&ActRecord> {
        self.acts.iter().rev().find(|act| {
            act.kind == EntryType::Answer
                && act.act.on == Some(self.question)
                && act.act.seat == *seat
                && act.act.capacity == capacity
                && (capacity == OpinionCapacity::Agency || act.official == *official)
        })
    }

    /// The first event of `kind` of `seat` about the current question.
    #[must_use]
    pub fn event(&self, seat: &SeatId, kind: EntryType) -> Option<&ActRecord> {
        let mut acts = self.acts.iter();
        if kind == EntryType::Answer {
            return acts.find(|act| {
                act.speaks_for_agency()
                    && act.act.seat == *seat
                    && act.act.on == Some(self.question)
            });
        }
        acts.find(|act| {
            act.kind == kind && act.act.seat == *seat && act.act.on == Some(self.question)
        })
    }

    /// What comes of it.
    #[must_use]
    pub fn form(&self) -> Form {
        self.terms.form()
    }

    /// The seats that are asked and have not answered the current question or, in a notice, not acknowledged it.
    pub fn awaited(&self) -> impl Iterator<Item = &SeatId> {
        let done: BTreeSet<&SeatId> = if self.form() == Form::Notice {
            let is_receipt = |act: &&ActRecord| {
                act.kind == EntryType::Acknowledged && act.act.on == Some(self.question)
            };
            let receipts = self.acts.iter().filter(is_receipt);
            receipts.map(|act| &act.act.seat).collect()
        } else {
            self.opinions().into_keys().collect()
        };
        self.terms
            .asked
            .iter()
            .filter(move |seat| !done.contains(seat))
    }

    /// The act that ended it.
    #[must_use]
    pub fn ending(&self) -> Option<&ActRecord> {
        self.acts.iter().find(|act| {
            matches!(
                act.kind,
                EntryType::ConsultationConclude | EntryType::ConsultationWithdraw
            )
        })
    }

    /// Whether it ended with a conclusion, handed over to the archives since or not.
    #[must_use]
    pub fn is_concluded(&self) -> bool {
        self.ending()
            .is_some_and(|act| act.kind == EntryType::ConsultationConclude)
    }

    /// The act that handed its record over to the archives, the last one of several.
    #[must_use]
    pub fn archived(&self) -> Option<&ActRecord> {
        let mut newest = self.acts.iter().rev();
        newest.find(|act| act.kind == EntryType::RecordArchive)
    }

    /// Whether nothing is left to do in it but to archive it: concluded, withdrawn, or complete where there is no conclusion.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ending().is_some() || !self.form().is_concluded() && self.awaited().next().is_none()
    }

    /// Where it stands at log time `time`.
    #[must_use]
    pub fn state(&self, time: u64) -> ConsultationState {
        if self.archived().is_some() {
            return ConsultationState::Archived;
        }
        match self.ending().map(|act| act.kind) {
            Some(EntryType::ConsultationConclude) => ConsultationState::Concluded,
            Some(_) => ConsultationState::Withdrawn,
            None if self.awaited().next().is_none() => ConsultationState::Complete,
            None if time >= self.deadline => ConsultationState::Overdue,
            None => ConsultationState::Collecting,
        }
    }

    /// The deadline that was in force when `act` was logged (log time, ms).
    #[must_use]
    pub fn deadline_at(&self, seq: u64) -> u64 {
        self.acts
            .iter()
            .take_while(|act| act.seq < seq)
            .filter_map(|act| act.act.deadline)
            .last()
            .unwrap_or(self.deadline)
    }

    /// The act that is waited for from every seat asked: an answer, or a receipt where there is nothing to answer.
    #[must_use]
    pub fn awaits(&self) -> EntryType {
        match self.form() {
            Form::Notice => EntryType::Acknowledged,
            Form::Consultation | Form::Request => EntryType::Answer,
        }
    }

    /// Whether an act that was waited for came after the deadline that was in force.
    #[must_use]
    pub fn is_late(&self, act: &ActRecord) -> bool {
        act.kind == self.awaits()
            && self.terms.asked.contains(&act.act.seat)
            && act.time >= self.deadline_at(act.seq)
    }

    /// The agencies asked, in the order of the terms.
    pub fn agencies(&self) -> impl Iterator<Item = AgencyId> {
        self.terms.asked.iter().map(SeatId::agency)
    }

    /// Takes an act that has been judged.
    fn push(&mut self, act: ActRecord) {
        if act.kind == EntryType::QuestionRevise {
            self.question = act.record;
        }
        if let Some(deadline) = act.act.deadline {
            self.deadline = deadline;
        }
        self.acts.push(act);
    }
}

/// The consultations of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consultations(BTreeMap<ConsultationId, Consultation>);

impl Consultations {
    /// One of them.
    #[must_use]
    pub fn of_id(&self, id: &ConsultationId) -> Option<&Consultation> {
        self.0.get(id)
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Consultation> {
        self.0.values()
    }

    /// Takes an act that has been judged.
    pub(crate) fn apply(&mut self, act: ActRecord) {
        match (&act.act.terms, act.kind) {
            (Some(terms), EntryType::ConsultationOpen) => {
                let consultation = Consultation::new(act.clone(), terms.clone());
                self.0.insert(consultation.id, consultation);
            }
            _ => {
                if let Some(consultation) = self.0.get_mut(&act.act.consultation) {
                    consultation.push(act);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
