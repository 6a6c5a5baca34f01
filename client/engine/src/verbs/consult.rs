//! The acts of a consultation: each is held to the rules before anything is encrypted or leaves the device.

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::channel::{Actor, Scope};
use thamvan_proto::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use thamvan_proto::consultation::{
    Act, Consultation, ConsultationError, Instrument, Letter, OpinionCapacity, Position, Template,
    Terms, Urgency, check_content, missing_told,
};
use thamvan_proto::directory::{SeatAppoint, SeatRole};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{AgencyId, ConsultationId, Salt, SeatId, StreamId};
use thamvan_proto::label::{self, Label, LabelError};

use crate::attachment::NewFile;
use crate::engine::Engine;
use crate::error::{EngineError, exactly_one};
use crate::outbox::{Intent, handling};
use crate::random;
use crate::store::Rows;
use crate::words::Words;

/// What opens a consultation.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// Channel.
    pub channel: StreamId,
    /// Template.
    pub template: &'static Template,
    /// The pillar, council or field it is about, where the template is about one.
    pub about: Option<Scope>,
    /// The instrument that it prepares, if any.
    pub instrument: Option<Instrument>,
    /// The official letter beside it (rule R5.6-5); an instrument needs it named (rule W1).
    pub letter: Option<Letter>,
    /// Title.
    pub title: String,
    /// Question.
    pub question: String,
    /// Why it is urgent (rule R4.4); may be empty in a notice that is not.
    pub reason: String,
    /// Urgency mark.
    pub urgency: Urgency,
    /// Hạn trả lời (log time, ms).
    pub deadline: u64,
    /// Seats asked.
    pub asked: Vec<SeatId>,
    /// Seats told; the Secretariat is added where the Mission is asked or told (rule R18.2).
    pub told: Vec<SeatId>,
    /// The list of state secrets that was shown to the person who attests that nothing of it is in here (rule S7).
    pub attested: Option<String>,
    /// Files.
    pub attach: Vec<NewFile>,
    /// Label; the channel's by default.
    pub label: Option<Label>,
}

/// What an agency answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Position.
    pub position: Position,
    /// In which capacity.
    pub capacity: OpinionCapacity,
    /// Reasons or comments.
    pub text: Option<String>,
    /// The seat that a deputy acts for.
    pub acting_for: Option<SeatId>,
    /// Files.
    pub attach: Vec<NewFile>,
}

impl Engine {
    /// Finds a consultation by hexadecimal id, unique prefix of 6 or more, or exact title.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], [`EngineError::Ambiguous`].
    pub fn find_consultation(
        &self,
        given: &str,
    ) -> Result<(StreamId, ConsultationId), EngineError> {
        let by_prefix = given.len() >= CONSULTATION_PREFIX_LEN_MIN;
        let found = self.consultations()?.into_iter().filter(|view| {
            (by_prefix && view.id.to_string().starts_with(given))
                || view.title.as_deref() == Some(given)
        });
        exactly_one(
            "consultation",
            given,
            found.map(|view| (view.stream, view.id)),
        )
    }

    /// The seat of an agency that is asked in a channel: the one named, or the agency's whose holder is a member, `main` first.
    ///
    /// # Errors
    /// [`ConsultationError::UnknownAgency`] where no member of the channel holds such a seat.
    pub fn seat_in(&self, channel: StreamId, given: &str) -> Result<SeatId, EngineError> {
        let unknown = || EngineError::from(ConsultationError::UnknownAgency);
        let at = self.ledger.directory().now();
        let held: BTreeSet<SeatId> = self
            .channel(channel)?
            .members()
            .keys()
            .flat_map(|official| at.appointments(official, self.now()))
            .map(|fact| fact.seat.clone())
            .collect();
        if given.contains('/') {
            let seat: SeatId = given.parse().map_err(|_| unknown())?;
            return held.contains(&seat).then_some(seat).ok_or_else(unknown);
        }
        let agency: AgencyId = given.parse().map_err(|_| unknown())?;
        let main = format!("{agency}/main");
        let mut own: Vec<SeatId> = held
            .into_iter()
            .filter(|seat| seat.agency() == agency)
            .collect();
        own.sort_by_key(|seat| seat.as_str() != main);
        own.into_iter().next().ok_or_else(unknown)
    }

    /// Opens a consultation; gives its id and the place of the record.
    ///
    /// # Errors
    /// [`EngineError::Consultation`] or [`EngineError::Content`] with the rule, before anything leaves the device; as
    /// [`Engine::send`].
    pub async fn open_consultation(
        &mut self,
        request: OpenRequest,
    ) -> Result<(ConsultationId, u64), EngineError> {
        let consultation = ConsultationId(random::bytes()?);
        let stream = request.channel;
        let seat = self.speaking_seat()?;
        let told = self.told(&seat, &request);
        let act = Act {
            consultation,
            seat,
            capacity: OpinionCapacity::Agency,
            deadline: Some(request.deadline),
            on: None,
            supersedes: None,
            counts: None,
            terms: Some(Terms {
                template: request.template.number,
                urgency: request.urgency,
                asked: request.asked,
                told,
                about: request.about,
                instrument: request.instrument,
                list: request.attested.unwrap_or_default(),
            }),
        };
        let mut parts = vec![
            text_part(PartRole::Title, &request.title)?,
            text_part(PartRole::Question, &request.question)?,
        ];
        if !request.reason.is_empty() {
            parts.push(text_part(PartRole::Reason, &request.reason)?);
        }
        parts.extend(request.letter.as_ref().map(letter_part).transpose()?);
        self.attach(&mut parts, &request.attach)?;
        let seq = self
            .say_act(
                stream,
                EntryType::ConsultationOpen,
                &act,
                parts,
                request.label,
            )
            .await?;
        Ok((consultation, seq))
    }

    /// Whom the request tells, and whom the rules do besides (rules R18.2, R18.3, R6.3).
    fn told(&self, own: &SeatId, request: &OpenRequest) -> Vec<SeatId> {
        let at = self.ledger.directory().now();
        let named: BTreeSet<&SeatId> = request.asked.iter().chain(&request.told).collect();
        let missing = missing_told(&at, request.template, own, &named, self.now());
        let added: BTreeSet<SeatId> = missing.into_iter().filter_map(|(seat, _)| seat).collect();
        request.told.iter().cloned().chain(added).collect()
    }

    /// Gives the opinion of this official's seat, or revises it.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn answer(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        answer: Answer,
    ) -> Result<u64, EngineError> {
        self.view_before(stream, id).await?;
        let official = self.official()?;
        let consultation = self.consultation_of(stream, id)?;
        let seat = self.answering_seat(consultation, answer.acting_for.as_ref())?;
        let current = consultation.current(&seat, answer.capacity, &official);
        let act = Act {
            capacity: answer.capacity,
            supersedes: current.map(|act| act.record),
            ..on_question(consultation, &seat)
        };
        let mut parts = vec![text_part(PartRole::OpinionValue, answer.position.as_str())?];
        if let Some(text) = &answer.text {
            parts.push(text_part(PartRole::OpinionText, text)?);
        }
        self.attach(&mut parts, &answer.attach)?;
        self.say_act(stream, EntryType::Answer, &act, parts, None)
            .await
    }

    /// Says that this official's seat deals with it.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn acknowledge(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<u64, EngineError> {
        self.view_before(stream, id).await?;
        let consultation = self.consultation_of(stream, id)?;
        let seats = self.own_seats(consultation);
        let seat = seats.into_iter().next();
        let seat = seat.ok_or_else(|| self.no_seat(consultation))?;
        let act = event(consultation, &seat);
        self.do_act(stream, EntryType::Acknowledged, &act).await
    }

    /// Whoever answers or takes it on has seen it; without a connection that waits in the outbox, before what follows.
    async fn view_before(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<(), EngineError> {
        match self.mark_viewed(stream, id).await {
            Err(EngineError::Unreachable { .. }) => Ok(()),
            other => other,
        }
    }

    /// Says that somebody at this official's seats has seen it, where that is not known yet.
    ///
    /// # Errors
    /// Trouble with the server.
    pub async fn mark_viewed(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<(), EngineError> {
        self.note_event(stream, id, EntryType::Viewed).await
    }

    /// Says for every consultation that this device has read whom it reached, where that is not known yet.
    ///
    /// # Errors
    /// Trouble with the server.
    pub async fn note_deliveries(&mut self) -> Result<(), EngineError> {
        let open: Vec<(StreamId, ConsultationId)> = self
            .ledger
            .channels()
            .flat_map(|(stream, channel)| {
                channel
                    .consultations()
                    .iter()
                    .map(|consultation| (*stream, consultation.id()))
            })
            .collect();
        for (stream, id) in open {
            self.note_event(stream, id, EntryType::Delivered).await?;
        }
        Ok(())
    }

    async fn note_event(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        kind: EntryType,
    ) -> Result<(), EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let ended = consultation.state(self.now()).is_ended();
        if ended || !self.can_read(stream, consultation)? {
            return Ok(());
        }
        let acts: Vec<Act> = self
            .own_seats(consultation)
            .iter()
            .filter(|seat| consultation.event(seat, kind).is_none())
            .map(|seat| event(consultation, seat))
            .collect();
        for act in acts {
            match self.do_act(stream, kind, &act).await {
                // Another device of the seat was first, or the consultation has moved on meanwhile.
                Err(error) if error.is_refusal() => {}
                other => other.map(|_| ())?,
            }
        }
        Ok(())
    }

    /// Whether this device has the words of the current question.
    fn can_read(&self, stream: StreamId, consultation: &Consultation) -> Result<bool, EngineError> {
        let rows = Rows(self.store.connection());
        let words = Words {
            rows: &rows,
            stream,
        };
        let question = consultation.question();
        let mut acts = consultation.acts().iter();
        match acts.find(|act| act.record == question) {
            Some(act) => Ok(words.of(act)?.is_some()),
            None => Ok(false),
        }
    }

    /// Reminds whoever has not answered.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn remind(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<u64, EngineError> {
        let act = self.lead_act(stream, id)?;
        self.do_act(stream, EntryType::ConsultationRemind, &act)
            .await
    }

    /// Sets a later deadline: extends the one that has not passed, or reopens after it has.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn set_deadline(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        kind: EntryType,
        deadline: u64,
        reason: &str,
    ) -> Result<u64, EngineError> {
        let act = Act {
            deadline: Some(deadline),
            ..self.lead_act(stream, id)?
        };
        let parts = vec![text_part(PartRole::Reason, reason)?];
        self.say_act(stream, kind, &act, parts, None).await
    }

    /// Puts the question anew: what was answered before answers another version.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn revise_question(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        deadline: u64,
        question: &str,
        reason: &str,
    ) -> Result<u64, EngineError> {
        let act = Act {
            deadline: Some(deadline),
            ..self.lead_act(stream, id)?
        };
        let parts = vec![
            text_part(PartRole::Question, question)?,
            text_part(PartRole::Reason, reason)?,
        ];
        self.say_act(stream, EntryType::QuestionRevise, &act, parts, None)
            .await
    }

    /// Concludes, counting the current opinions, with every dissent word for word.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn conclude(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        text: &str,
    ) -> Result<u64, EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let opinions = consultation.opinions();
        let act = Act {
            counts: Some(opinions.values().map(|act| act.record).collect()),
            ..self.lead_act(stream, id)?
        };
        let rows = Rows(self.store.connection());
        let words = Words {
            rows: &rows,
            stream,
        };
        let dissents = words.dissents(consultation)?;
        let mut parts = vec![text_part(PartRole::Conclusion, text)?];
        if !dissents.is_empty() {
            let salt = Salt(random::bytes()?);
            let bytes = cbor::to_vec(&dissents);
            parts.push(Part::inline(PartRole::Dissent, MEDIA_DISSENT, bytes, salt));
        }
        self.say_act(stream, EntryType::ConsultationConclude, &act, parts, None)
            .await
    }

    /// Withdraws, with the reason.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn withdraw(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        reason: &str,
    ) -> Result<u64, EngineError> {
        let act = self.lead_act(stream, id)?;
        let parts = vec![text_part(PartRole::Reason, reason)?];
        self.say_act(stream, EntryType::ConsultationWithdraw, &act, parts, None)
            .await
    }

    /// Holds an act by this device to the rules as they stand.
    ///
    /// # Errors
    /// [`EngineError::Consultation`].
    pub(crate) fn judge_act(
        &self,
        stream: StreamId,
        kind: EntryType,
        act: &Act,
    ) -> Result<(), EngineError> {
        let official = self.official()?;
        let actor = Actor {
            at: self.ledger.directory().now(),
            time: self.now(),
            device: self.keys.device,
            official: &official,
        };
        let channel = self.channel(stream)?;
        Ok(channel.consultations().judge(&actor, channel, kind, act)?)
    }

    /// Logs an act that says something.
    pub(super) async fn say_act(
        &mut self,
        stream: StreamId,
        kind: EntryType,
        act: &Act,
        parts: Vec<Part>,
        label: Option<Label>,
    ) -> Result<u64, EngineError> {
        let label = self.said_label(stream, label)?;
        self.judge_act(stream, kind, act)?;
        let content = Content::new(Salt(random::bytes()?), parts);
        let terms = match &act.terms {
            Some(terms) => terms,
            None => self.consultation_of(stream, act.consultation)?.terms(),
        };
        check_content(kind, terms, &content)?;
        let intent = Intent {
            kind,
            act: Some(act),
            content: Some(&content),
            label,
        };
        self.say(stream, &intent).await
    }

    /// Logs an act that says nothing.
    async fn do_act(
        &mut self,
        stream: StreamId,
        kind: EntryType,
        act: &Act,
    ) -> Result<u64, EngineError> {
        self.judge_act(stream, kind, act)?;
        let (_, label) = self.current_epoch(stream)?;
        let intent = Intent {
            kind,
            act: Some(act),
            content: None,
            label: handling(label),
        };
        self.say(stream, &intent).await
    }

    /// The label of what is said in a channel that is open: the one given, if it fits, or the channel's.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] for a label above the channel's or the ceiling (rule S9), or a closed channel.
    pub(crate) fn said_label(
        &self,
        stream: StreamId,
        label: Option<Label>,
    ) -> Result<Label, EngineError> {
        let (_, channel_label) = self.current_epoch(stream)?;
        if self.channel(stream)?.closed_by().is_some() {
            return Err(EngineError::NotAllowed {
                rule: "channel_closed",
                what: "the channel is closed".into(),
            });
        }
        let label = label.unwrap_or(channel_label);
        let ceiling = self.ledger.directory().now().ceiling(self.now());
        label::check(label, channel_label, ceiling).map_err(|error| EngineError::NotAllowed {
            rule: match error {
                LabelError::Undetermined { .. } => "undetermined",
                LabelError::AboveChannel { .. } | LabelError::AboveCeiling { .. } => "label",
            },
            what: error.to_string(),
        })?;
        Ok(label)
    }

    pub(crate) fn consultation_of(
        &self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<&Consultation, EngineError> {
        let found = self.channel(stream)?.consultations().of_id(&id);
        found.ok_or_else(|| EngineError::Unknown {
            what: "consultation",
            name: id.to_string(),
        })
    }

    /// The live appointments of this official, the one as primary first.
    pub(super) fn own_appointments(&self) -> Vec<&SeatAppoint> {
        let Ok(official) = self.official() else {
            return Vec::new();
        };
        let at = self.ledger.directory().now();
        let mut own: Vec<&SeatAppoint> = at.appointments(&official, self.now()).collect();
        own.sort_by_key(|fact| (fact.role, fact.seat.clone()));
        own
    }

    /// The seats of this official that a consultation asks or tells.
    pub(crate) fn own_seats(&self, consultation: &Consultation) -> Vec<SeatId> {
        let terms = consultation.terms();
        let is_named = |seat: &&SeatId| terms.asked.contains(seat) || terms.told.contains(seat);
        self.own_appointments()
            .into_iter()
            .map(|fact| &fact.seat)
            .filter(is_named)
            .cloned()
            .collect()
    }

    /// Why this official has no part in a consultation: another holds the agency's seat, or the agency is not asked.
    pub(super) fn no_seat(&self, consultation: &Consultation) -> EngineError {
        let (own, terms) = (self.pinned.official.agency(), consultation.terms());
        let mut named = terms.asked.iter().chain(&terms.told);
        if named.any(|seat| seat.agency() == own) {
            ConsultationError::OtherSeat.into()
        } else {
            ConsultationError::NotAsked.into()
        }
    }

    /// The seat in whose name this official speaks for the agency.
    ///
    /// # Errors
    /// [`ConsultationError::Capacity`] where no live appointment says so.
    pub fn speaking_seat(&self) -> Result<SeatId, EngineError> {
        let speaking = self
            .own_appointments()
            .into_iter()
            .find(|fact| fact.speak_for);
        Ok(speaking
            .map(|fact| fact.seat.clone())
            .ok_or(ConsultationError::Capacity)?)
    }

    /// The seat that this official answers for: the own one, or as deputy the one that is named.
    fn answering_seat(
        &self,
        consultation: &Consultation,
        acting_for: Option<&SeatId>,
    ) -> Result<SeatId, EngineError> {
        if let Some(seat) = acting_for {
            let mut own = self.asked_appointments(consultation).into_iter();
            let held = own.any(|fact| fact.seat == *seat && fact.role != SeatRole::Primary);
            let other = ConsultationError::OtherSeat;
            return held.then(|| seat.clone()).ok_or(other.into());
        }
        match self.seat_to_answer(consultation) {
            (Some(seat), false) => Ok(seat),
            (Some(seat), true) => Err(EngineError::NotAllowed {
                rule: "acting_for",
                what: format!("a deputy says for which seat: --acting-for {seat}"),
            }),
            (None, _) => Err(self.no_seat(consultation)),
        }
    }

    /// The seat that this official answers for unless another one is named, and whether as its deputy.
    pub(super) fn seat_to_answer(&self, consultation: &Consultation) -> (Option<SeatId>, bool) {
        let first = self.asked_appointments(consultation).into_iter().next();
        let is_deputy = first.is_some_and(|fact| fact.role != SeatRole::Primary);
        (first.map(|fact| fact.seat.clone()), is_deputy)
    }

    /// The live appointments of this official to seats that are asked, the one as primary first.
    fn asked_appointments(&self, consultation: &Consultation) -> Vec<&SeatAppoint> {
        let asked = &consultation.terms().asked;
        let own = self.own_appointments().into_iter();
        own.filter(|fact| asked.contains(&fact.seat)).collect()
    }

    /// An act of the seat that leads, on the current question.
    pub(super) fn lead_act(
        &self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<Act, EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let lead = consultation.lead();
        if self
            .own_appointments()
            .iter()
            .any(|fact| fact.seat == *lead)
        {
            Ok(on_question(consultation, lead))
        } else {
            Err(ConsultationError::NotTheLead.into())
        }
    }
}

pub(super) fn on_question(consultation: &Consultation, seat: &SeatId) -> Act {
    Act {
        consultation: consultation.id(),
        seat: seat.clone(),
        capacity: OpinionCapacity::Agency,
        deadline: None,
        on: Some(consultation.question()),
        supersedes: None,
        counts: None,
        terms: None,
    }
}

pub(super) fn event(consultation: &Consultation, seat: &SeatId) -> Act {
    Act {
        capacity: OpinionCapacity::Unit,
        ..on_question(consultation, seat)
    }
}

pub(super) fn text_part(role: PartRole, text: &str) -> Result<Part, EngineError> {
    let salt = Salt(random::bytes()?);
    Ok(Part::inline(role, TEXT_MEDIA_TYPE, text.into(), salt))
}

pub(super) fn letter_part(letter: &Letter) -> Result<Part, EngineError> {
    let (salt, bytes) = (Salt(random::bytes()?), cbor::to_vec(letter));
    Ok(Part::inline(PartRole::Letter, MEDIA_LETTER, bytes, salt))
}
/// As for channels.
const CONSULTATION_PREFIX_LEN_MIN: usize = 6;
const MEDIA_LETTER: &str = "application/vnd.thamvan.letter+cbor";
const MEDIA_DISSENT: &str = "application/vnd.thamvan.dissent+cbor";
