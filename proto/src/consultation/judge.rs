//! Who may do which act when: the rules of a consultation over its public facts.

use std::collections::BTreeSet;

use crate::channel::{Actor, Channel};
use crate::entry::EntryType;
use crate::id::{AgencyId, SeatId};
use crate::limits::{
    CONSULTED_MAX, DEADLINE_AHEAD_MS_MAX, DEADLINE_AHEAD_MS_MIN, REMIND_INTERVAL_MS_MIN,
    SECRET_LIST_LEN_MAX,
};

use super::{
    Act, ActRecord, Consultation, ConsultationState, Consultations, Form, OpinionCapacity,
    Template, Terms, missing_told,
};

impl Consultations {
    /// Judges an act of `kind` in `channel`.
    ///
    /// # Errors
    /// [`ConsultationError`]: the author's fault.
    ///
    /// Source: docs/protocol.md chapter 5, "Consultations"; Articles 3.7, 5(6), 18.2.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other acts are the lead's"
    )]
    pub fn judge(
        &self,
        actor: &Actor<'_>,
        channel: &Channel,
        kind: EntryType,
        act: &Act,
    ) -> Result<(), ConsultationError> {
        holds_seat(actor, act)?;
        let known = self.of_id(&act.consultation);
        if kind == EntryType::ConsultationOpen {
            return match (known, &act.terms) {
                (None, Some(terms)) => judge_open(actor, channel, act, terms),
                (Some(_), _) => Err(ConsultationError::Exists),
                (None, None) => Err(ConsultationError::Facts),
            };
        }
        let consultation = known.ok_or(ConsultationError::Unknown)?;
        let is_ended = consultation.state(actor.time).is_ended();
        let after_the_end = matches!(
            kind,
            EntryType::LetterRecord | EntryType::RecordExport | EntryType::RecordArchive
        );
        if is_ended && !after_the_end {
            return Err(ConsultationError::Ended);
        }
        if act.terms.is_some() {
            return Err(ConsultationError::Facts);
        }
        if act.on != Some(consultation.question()) {
            return Err(ConsultationError::StaleQuestion);
        }
        match kind {
            EntryType::Answer => judge_answer(actor, consultation, act),
            EntryType::Delivered | EntryType::Viewed | EntryType::Acknowledged => {
                judge_event(consultation, kind, act)
            }
            EntryType::RecordExport => judge_export(consultation, act),
            _ => judge_lead(actor, consultation, kind, act),
        }
    }
}

/// Whoever acts holds the seat; whoever speaks for the agency was appointed to.
fn holds_seat(actor: &Actor<'_>, act: &Act) -> Result<(), ConsultationError> {
    let mut held = actor
        .at
        .appointments(actor.official, actor.time)
        .filter(|fact| fact.seat == act.seat)
        .peekable();
    if held.peek().is_none() {
        return Err(ConsultationError::OtherSeat);
    }
    if act.capacity == OpinionCapacity::Agency && !held.any(|fact| fact.speak_for) {
        return Err(ConsultationError::Capacity);
    }
    Ok(())
}

fn judge_open(
    actor: &Actor<'_>,
    channel: &Channel,
    act: &Act,
    terms: &Terms,
) -> Result<(), ConsultationError> {
    if act.capacity != OpinionCapacity::Agency {
        return Err(ConsultationError::Capacity);
    }
    if act.on.is_some() || act.supersedes.is_some() || act.counts.is_some() {
        return Err(ConsultationError::Facts);
    }
    judge_deadline(act, actor.time, actor.time)?;
    if terms.list.trim().is_empty() || terms.list.len() > SECRET_LIST_LEN_MAX {
        return Err(ConsultationError::Attestation);
    }
    let template =
        Template::of_number(terms.template).ok_or(ConsultationError::UnknownTemplate {
            got: terms.template,
        })?;
    judge_seats(actor, channel, &act.seat, template, terms)?;
    let article = template.article;
    let mandatory = template.mandatory(&actor.at, terms, &act.seat, actor.time)?;
    let asked: BTreeSet<AgencyId> = terms.asked.iter().map(SeatId::agency).collect();
    // A request goes to whoever has the duty, and to nobody else; one that names nobody may go to any agency.
    let fits = match template.form {
        Form::Request if !template.mandatory.is_empty() => mandatory == asked,
        Form::Request | Form::Notice | Form::Consultation => mandatory.is_subset(&asked),
    };
    if !fits {
        return Err(ConsultationError::MandatoryMissing { article });
    }
    if template.form.is_concluded() || terms.instrument.is_none() {
        Ok(())
    } else {
        Err(ConsultationError::Instrument { article })
    }
}

/// The seats asked and told exist, are readers of the channel, and are each there once; whoever must be told besides them is
/// (rules R18.2, R18.3, R6.3).
fn judge_seats(
    actor: &Actor<'_>,
    channel: &Channel,
    own: &SeatId,
    template: &Template,
    terms: &Terms,
) -> Result<(), ConsultationError> {
    let asked: BTreeSet<AgencyId> = terms.asked.iter().map(SeatId::agency).collect();
    let named: BTreeSet<&SeatId> = terms.asked.iter().chain(&terms.told).collect();
    let total = terms.asked.len().saturating_add(terms.told.len());
    if terms.asked.is_empty()
        || total > CONSULTED_MAX
        || named.len() != total
        || asked.len() != terms.asked.len()
        || asked.contains(&own.agency())
        || named.contains(own)
    {
        return Err(ConsultationError::Asked);
    }
    if !named.iter().all(|seat| is_reachable(actor, channel, seat)) {
        return Err(ConsultationError::UnknownAgency);
    }
    let missing = missing_told(&actor.at, template, own, &named, actor.time);
    missing
        .into_iter()
        .next()
        .map_or(Ok(()), |(_, error)| Err(error))
}

/// A seat of a member agency that a member of the channel holds.
fn is_reachable(actor: &Actor<'_>, channel: &Channel, seat: &SeatId) -> bool {
    let is_member_agency = channel
        .founding()
        .is_some_and(|founding| founding.members.contains(&seat.agency()));
    let holds = |official| {
        actor
            .at
            .appointments(official, actor.time)
            .any(|fact| fact.seat == *seat)
    };
    is_member_agency && actor.at.seat(seat).is_some() && channel.members().keys().any(holds)
}

/// A deadline after `after`, far enough ahead of `time` to be answered at all.
fn judge_deadline(act: &Act, time: u64, after: u64) -> Result<(), ConsultationError> {
    let deadline = act.deadline.ok_or(ConsultationError::Deadline)?;
    let least = time.saturating_add(DEADLINE_AHEAD_MS_MIN);
    let most = time.saturating_add(DEADLINE_AHEAD_MS_MAX);
    if (least..=most).contains(&deadline) && deadline > after {
        Ok(())
    } else {
        Err(ConsultationError::Deadline)
    }
}

fn judge_answer(
    actor: &Actor<'_>,
    consultation: &Consultation,
    act: &Act,
) -> Result<(), ConsultationError> {
    if !consultation.terms().asked.contains(&act.seat) {
        return Err(ConsultationError::NotAsked);
    }
    if consultation.form() == Form::Notice {
        return Err(ConsultationError::Form);
    }
    if act.deadline.is_some() || act.counts.is_some() {
        return Err(ConsultationError::Facts);
    }
    let current = consultation.current(&act.seat, act.capacity, actor.official);
    if act.supersedes == current.map(|act| act.record) {
        Ok(())
    } else {
        Err(ConsultationError::StaleOpinion)
    }
}

fn judge_event(
    consultation: &Consultation,
    kind: EntryType,
    act: &Act,
) -> Result<(), ConsultationError> {
    let terms = consultation.terms();
    if !terms.asked.contains(&act.seat) && !terms.told.contains(&act.seat) {
        return Err(ConsultationError::NotAsked);
    }
    if !is_plain(act) {
        return Err(ConsultationError::Facts);
    }
    if consultation.event(&act.seat, kind).is_some() {
        return Err(ConsultationError::Repeated);
    }
    Ok(())
}

/// Whoever takes part may take documents of it away, and says so each time (rule S14).
fn judge_export(consultation: &Consultation, act: &Act) -> Result<(), ConsultationError> {
    let terms = consultation.terms();
    let takes_part = act.seat == *consultation.lead()
        || terms.asked.contains(&act.seat)
        || terms.told.contains(&act.seat);
    if !takes_part {
        return Err(ConsultationError::NotAsked);
    }
    is_plain(act).then_some(()).ok_or(ConsultationError::Facts)
}

/// What happened at a seat is nobody's opinion, and sets nothing.
fn is_plain(act: &Act) -> bool {
    act.capacity == OpinionCapacity::Unit
        && act.deadline.is_none()
        && act.supersedes.is_none()
        && act.counts.is_none()
}

/// The acts of the agency that leads.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other type is an act of the lead"
)]
fn judge_lead(
    actor: &Actor<'_>,
    consultation: &Consultation,
    kind: EntryType,
    act: &Act,
) -> Result<(), ConsultationError> {
    if act.seat != *consultation.lead() {
        return Err(ConsultationError::NotTheLead);
    }
    if act.capacity != OpinionCapacity::Agency {
        return Err(ConsultationError::Capacity);
    }
    let dated = matches!(
        kind,
        EntryType::ConsultationExtend | EntryType::ConsultationReopen | EntryType::QuestionRevise
    );
    let counting = kind == EntryType::ConsultationConclude;
    if act.supersedes.is_some()
        || act.deadline.is_some() != dated
        || act.counts.is_some() != counting
    {
        return Err(ConsultationError::Facts);
    }
    let of_a_consultation = counting || kind == EntryType::LetterRecord;
    if of_a_consultation && !consultation.form().is_concluded() {
        return Err(ConsultationError::Form);
    }
    let later = matches!(
        kind,
        EntryType::ConsultationExtend | EntryType::ConsultationReopen
    );
    if later && consultation.is_over() {
        return Err(ConsultationError::NobodyAwaited);
    }
    let (time, deadline) = (actor.time, consultation.deadline());
    match kind {
        EntryType::ConsultationExtend if time < deadline => judge_deadline(act, time, deadline),
        EntryType::ConsultationReopen if time >= deadline => judge_deadline(act, time, deadline),
        EntryType::ConsultationExtend | EntryType::ConsultationReopen => {
            Err(ConsultationError::Order)
        }
        EntryType::QuestionRevise => judge_deadline(act, time, time),
        EntryType::ConsultationRemind => judge_remind(consultation, time),
        EntryType::ConsultationConclude => judge_conclude(consultation, act, time),
        EntryType::RecordArchive => judge_archive(consultation),
        EntryType::ConsultationWithdraw | EntryType::LetterRecord => Ok(()),
        _ => Err(ConsultationError::Facts),
    }
}

fn judge_remind(consultation: &Consultation, time: u64) -> Result<(), ConsultationError> {
    if consultation.awaited().next().is_none() {
        return Err(ConsultationError::NobodyAwaited);
    }
    let last = consultation
        .acts()
        .iter()
        .rev()
        .find(|act| act.kind == EntryType::ConsultationRemind);
    let rests = last.is_some_and(|act| time < act.time.saturating_add(REMIND_INTERVAL_MS_MIN));
    if rests {
        Err(ConsultationError::TooSoon)
    } else {
        Ok(())
    }
}

/// A record is handed over once it is over, and again only where something was added since (rule A1).
fn judge_archive(consultation: &Consultation) -> Result<(), ConsultationError> {
    if !consultation.is_over() {
        return Err(ConsultationError::NotOver);
    }
    let is_last = |act: &ActRecord| {
        let mut later = consultation.acts().iter().filter(|it| it.seq > act.seq);
        later.all(|it| it.kind == EntryType::RecordExport)
    };
    if consultation.archived().is_some_and(is_last) {
        Err(ConsultationError::Repeated)
    } else {
        Ok(())
    }
}

fn judge_conclude(
    consultation: &Consultation,
    act: &Act,
    time: u64,
) -> Result<(), ConsultationError> {
    if consultation.state(time) == ConsultationState::Collecting {
        return Err(ConsultationError::Awaited);
    }
    let opinions = consultation.opinions();
    let counted = opinions.values().map(|act| &act.record);
    if act.counts.iter().flatten().eq(counted) {
        Ok(())
    } else {
        Err(ConsultationError::Counts)
    }
}

/// Why an act of a consultation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsultationError {
    /// No consultation of this id in the channel.
    #[error("the channel has no such consultation")]
    Unknown,
    /// The id was used before.
    #[error("the channel has a consultation of this id already")]
    Exists,
    /// Concluded or withdrawn: nothing changes after that.
    #[error("the consultation is concluded or withdrawn")]
    Ended,
    /// A fact that this act must or must not carry.
    #[error("a fact of the act is missing or does not belong to it")]
    Facts,
    /// The author does not hold the seat.
    #[error("the author does not hold the seat in whose name this is said")]
    OtherSeat,
    /// Speaking for the agency needs an appointment that says so (rule E4).
    #[error("to speak for the agency needs a live appointment with speak-for")]
    Capacity,
    /// An act of the agency that leads, by another seat.
    #[error("only the seat that opened the consultation may do this")]
    NotTheLead,
    /// The seat is not asked.
    #[error("the seat is not asked in this consultation")]
    NotAsked,
    /// Nobody asked, too many, one twice, two seats of one agency, or the own one.
    #[error("the agencies asked are none, too many, named twice, or the asking one")]
    Asked,
    /// A seat is unknown, of an agency outside the channel, or held by no member.
    #[error("an agency asked or told is unknown, or has no member in the channel")]
    UnknownAgency,
    /// The Mission is asked or told, and the Secretariat is not (rule R18.2).
    #[error("what goes to the Mission goes to the National Secretariat as well (Article 18(2))")]
    Secretariat,
    /// A route of the policy names somebody who is not told (rule R18.3).
    #[error("what goes to this agency goes to another seat as well, by the policy (Article 18(3))")]
    Route,
    /// A notice is acknowledged and a request answered; neither has opinions, a conclusion, or a letter.
    #[error("a notice is acknowledged, a request answered: this act is of consultations only")]
    Form,
    /// Handed over to the archives before its end.
    #[error("the record of a consultation goes to the archives after its end, not before")]
    NotOver,
    /// Nothing attests that no state secret is in it (rule S7).
    #[error("the attestation about state secrets is missing")]
    Attestation,
    /// The deadline is missing, past, too near, too far, or not after the one in force.
    #[error(
        "the deadline is past, nearer than 10 seconds, more than a year away, or not later than before"
    )]
    Deadline,
    /// A template of the future.
    #[error("template {got} is unknown: upgrade")]
    UnknownTemplate {
        /// Number.
        got: u64,
    },
    /// The template is for another agency.
    #[error("another agency opens such a consultation ({article})")]
    Opener {
        /// Article.
        article: &'static str,
    },
    /// What the template is about is missing, of another kind, or a field that is decided already.
    #[error(
        "the pillar or field is missing, not what the template is about, or a field that is decided already ({article})"
    )]
    About {
        /// Article.
        article: &'static str,
    },
    /// The template prepares an instrument, and none of its kind is named.
    #[error("the instrument that it prepares is not named, or of another kind ({article})")]
    Instrument {
        /// Article.
        article: &'static str,
    },
    /// A consultee that the Regulation demands is not asked.
    #[error("an agency that must be asked is not asked ({article})")]
    MandatoryMissing {
        /// Article.
        article: &'static str,
    },
    /// The question has been revised since: what answers an earlier one is never reinterpreted.
    #[error("it answers another version of the question than the current one")]
    StaleQuestion,
    /// The seat's current opinion is another one than the one to be replaced.
    #[error("the opinion that it replaces is not the current one")]
    StaleOpinion,
    /// The event of this seat is there already.
    #[error("the seat has said this already")]
    Repeated,
    /// Extended after the deadline, or reopened before.
    #[error("a deadline is extended before it passes, and the consultation reopened after")]
    Order,
    /// Everybody has answered: there is nobody to remind.
    #[error("everybody has answered")]
    NobodyAwaited,
    /// Reminded a moment ago.
    #[error("a reminder was sent a moment ago")]
    TooSoon,
    /// Somebody has not answered and there is time left.
    #[error("agencies have not answered yet and the deadline has not passed")]
    Awaited,
    /// A conclusion counts other opinions than the current ones.
    #[error("the conclusion must count exactly the current opinions, in the order of their seats")]
    Counts,
}

impl ConsultationError {
    /// The rule, as a stable identifier.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Unknown => "consultation_unknown",
            Self::Exists => "consultation_exists",
            Self::Ended => "consultation_ended",
            Self::Facts => "act_facts",
            Self::OtherSeat => "other_seat",
            Self::Capacity => "E4",
            Self::NotTheLead => "not_the_lead",
            Self::NotAsked => "not_asked",
            Self::Asked => "asked",
            Self::UnknownAgency => "unknown_agency",
            Self::Secretariat => "R18.2",
            Self::Route => "R18.3",
            Self::Form => "form",
            Self::NotOver => "A1",
            Self::Attestation => "S7",
            Self::Deadline => "deadline",
            Self::UnknownTemplate { .. } => "unknown_template",
            Self::Opener { .. } => "opener",
            Self::About { .. } => "about",
            Self::Instrument { .. } => "instrument",
            Self::MandatoryMissing { .. } => "mandatory_missing",
            Self::StaleQuestion => "stale_question",
            Self::StaleOpinion => "stale_opinion",
            Self::Repeated => "repeated",
            Self::Order => "deadline_order",
            Self::NobodyAwaited => "nobody_awaited",
            Self::TooSoon => "reminded_recently",
            Self::Awaited => "W2",
            Self::Counts => "counts",
        }
    }

    /// The article that it rests on, where there is one.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others rest on no article"
    )]
    pub const fn article(self) -> Option<&'static str> {
        match self {
            Self::Opener { article }
            | Self::About { article }
            | Self::Instrument { article }
            | Self::MandatoryMissing { article } => Some(article),
            Self::Secretariat => Some("khoản 2 Điều 18"),
            Self::Route => Some("khoản 3 Điều 18"),
            Self::Attestation => Some("khoản 6 Điều 5"),
            _ => None,
        }
    }
}
