//! A consultation as it is shown: every state and event from signed and verified records, words where this device can read them.

use std::collections::BTreeSet;

use thamvan_proto::attachment::attachments;
use thamvan_proto::calendar::Day;
use thamvan_proto::commitment::{Content, PartRole};
use thamvan_proto::consultation::{
    ActRecord, Consultation, ConsultationState, Dissent, Letter, LetterStatus, OpinionCapacity,
    Position, StatutoryPeriod, Template, letter, position, text_of,
};
use thamvan_proto::directory::SeatRole;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{AgencyId, ConsultationId, OfficialId, SeatId, StreamId};
use thamvan_proto::label::Label;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::verbs::attachment::AttachmentView;
use crate::words::{Words, said_dissents};

/// One act in the order of the log.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Place in the channel.
    pub seq: u64,
    /// Log time (ms).
    pub time: u64,
    /// Who acted.
    pub official: OfficialId,
    /// For which seat.
    pub seat: SeatId,
    /// How the official holds that seat now, if at all.
    pub role: Option<SeatRole>,
    /// What was done.
    pub kind: EntryType,
    /// In which capacity.
    pub capacity: OpinionCapacity,
    /// The deadline that it set (ms).
    pub deadline: Option<u64>,
    /// Whether it came after the deadline.
    pub late: bool,
    /// The position taken, of an answer that this device can read.
    pub position: Option<Position>,
    /// What was said: a question, an opinion, a reason, a conclusion.
    pub text: Option<String>,
    /// Files that came with it.
    pub attachments: Vec<AttachmentView>,
    /// Why this device refuses what was said.
    pub fault: Option<String>,
    /// Not shown yet: no quorum of witnesses has confirmed what gives the author a voice.
    pub held: bool,
}

/// The opinion of an agency.
pub type OpinionView = EventView;

/// One seat that is asked or told.
#[derive(Clone, Debug)]
pub struct SeatView {
    /// Agency.
    pub agency: AgencyId,
    /// Seat.
    pub seat: SeatId,
    /// Whether it is asked; else it is told.
    pub asked: bool,
    /// Delivered to a device of the seat.
    pub delivered: Option<EventView>,
    /// Seen by somebody at the seat.
    pub viewed: Option<EventView>,
    /// Taken on by the seat.
    pub acknowledged: Option<EventView>,
    /// The current opinion.
    pub answered: Option<OpinionView>,
    /// Whether the first answer, or the receipt of a notice, came after the deadline.
    pub late: bool,
    /// How often the seat has answered, revisions counted.
    pub revision: usize,
    /// Whether a device of the seat is in the channel's group: else "chưa vào kênh".
    pub in_channel: bool,
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct ConclusionView {
    /// The act.
    pub event: EventView,
    /// Every dissent, word for word.
    pub dissents: Vec<Dissent>,
    /// Places of the opinions counted.
    pub counted: Vec<u64>,
}

/// A period of the law beside a consultation, which it does not shorten (rule W1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatutoryView {
    /// The period.
    pub period: StatutoryPeriod,
    /// The last day for an answer in writing, once the day of the full dossier is known.
    pub last_day: Option<Day>,
}

/// A consultation.
#[derive(Clone, Debug)]
pub struct ConsultationView {
    /// Channel.
    pub stream: StreamId,
    /// Id.
    pub id: ConsultationId,
    /// Template.
    pub template: Option<&'static Template>,
    /// State now.
    pub state: ConsultationState,
    /// The whole fold, for what is not here.
    pub consultation: Consultation,
    /// Title; none where this device cannot read it.
    pub title: Option<String>,
    /// The current question.
    pub question: Option<String>,
    /// Why it is urgent.
    pub reason: Option<String>,
    /// Label of the act that opened it.
    pub label: Label,
    /// What was last said of the official letter beside it.
    pub letter: Option<Letter>,
    /// The period that the law sets for answers in writing, where an instrument is prepared.
    pub statutory: Option<StatutoryView>,
    /// It is concluded and the letter that was to follow has not been recorded (rule R5.6-5).
    pub follow_up: bool,
    /// Seats asked, then told, in the order of the terms.
    pub seats: Vec<SeatView>,
    /// How it ended.
    pub conclusion: Option<ConclusionView>,
    /// Everything, in the order of the log.
    pub timeline: Vec<EventView>,
    /// Seats of this device's owner that are asked and have not answered.
    pub waiting: Vec<SeatId>,
    /// Whether this device's owner holds the seat that leads it.
    pub leads: bool,
}

impl Engine {
    /// All consultations that this device knows, the nearest deadline first, ended ones last.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn consultations(&self) -> Result<Vec<ConsultationView>, EngineError> {
        let mut all = Vec::new();
        for (stream, channel) in self.ledger.channels() {
            for consultation in channel.consultations().iter() {
                all.push(self.consultation_view(*stream, consultation)?);
            }
        }
        all.sort_by_key(|view| {
            let it = &view.consultation;
            (it.is_over(), it.deadline(), view.id)
        });
        Ok(all)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], or trouble with the store.
    pub fn consultation(
        &self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<ConsultationView, EngineError> {
        self.consultation_view(stream, self.consultation_of(stream, id)?)
    }

    fn consultation_view(
        &self,
        stream: StreamId,
        consultation: &Consultation,
    ) -> Result<ConsultationView, EngineError> {
        let rows = Rows(self.store.connection());
        let reader = Reader {
            engine: self,
            words: Words {
                rows: &rows,
                stream,
            },
            consultation,
        };
        let opening = reader.content(consultation.opening())?;
        let said = |role| opening.as_ref().and_then(|content| text_of(content, role));
        let terms = consultation.terms();
        let seats = terms
            .asked
            .iter()
            .map(|seat| (seat, true))
            .chain(terms.told.iter().map(|seat| (seat, false)))
            .map(|(seat, asked)| reader.seat(seat, asked))
            .collect::<Result<Vec<_>, _>>()?;
        let timeline = consultation
            .acts()
            .iter()
            .map(|act| reader.event(act))
            .collect::<Result<Vec<_>, _>>()?;
        let own = self.own_seats(consultation);
        let state = consultation.state(self.now());
        let letter = reader.letter()?;
        let table = self.ledger.directory().now().working_days(self.now());
        let dossier = letter.as_ref().and_then(|letter| letter.dossier);
        let statutory = terms.instrument.map(|it| it.period());
        let awaits_letter = letter
            .as_ref()
            .is_some_and(|letter| letter.status == LetterStatus::WillFollow);
        let awaited: BTreeSet<&SeatId> = consultation.awaited().collect();
        Ok(ConsultationView {
            stream,
            id: consultation.id(),
            template: Template::of_number(terms.template),
            state,
            title: said(PartRole::Title),
            question: reader.question()?,
            reason: said(PartRole::Reason),
            label: reader.label()?,
            statutory: statutory.map(|period| StatutoryView {
                period,
                last_day: dossier.and_then(|day| period.last_day(day, &table)),
            }),
            follow_up: awaits_letter && consultation.is_concluded(),
            letter,
            seats,
            conclusion: reader.conclusion()?,
            timeline,
            waiting: own
                .into_iter()
                .filter(|seat| !state.is_ended() && awaited.contains(seat))
                .collect(),
            leads: self.holds(consultation.lead()),
            consultation: consultation.clone(),
        })
    }

    fn holds(&self, seat: &SeatId) -> bool {
        let at = self.ledger.directory().now();
        self.official().is_ok_and(|official| {
            at.appointments(&official, self.now())
                .any(|fact| fact.seat == *seat)
        })
    }
}

/// Reads one consultation for the screen.
struct Reader<'a> {
    engine: &'a Engine,
    words: Words<'a>,
    consultation: &'a Consultation,
}

impl Reader<'_> {
    /// What was said, if this device can read it and shows it already.
    fn content(&self, act: &ActRecord) -> Result<Option<Content>, EngineError> {
        if self.is_held(act)? {
            Ok(None)
        } else {
            self.words.of(act)
        }
    }

    fn is_held(&self, act: &ActRecord) -> Result<bool, EngineError> {
        let stream = self.words.stream;
        let author = self.engine.author(stream, act.seq)?;
        Ok(self.engine.is_held(&stream, act.seq, &author))
    }

    fn event(&self, act: &ActRecord) -> Result<EventView, EngineError> {
        let content = self.content(act)?;
        let item = self.words.rows.item(&self.words.stream, act.seq)?;
        let at = self.engine.ledger.directory().now();
        let role = at
            .appointments(&act.official, self.engine.now())
            .find(|fact| fact.seat == act.act.seat)
            .map(|fact| fact.role);
        Ok(EventView {
            seq: act.seq,
            time: act.time,
            official: act.official.clone(),
            seat: act.act.seat.clone(),
            role,
            kind: act.kind,
            capacity: act.act.capacity,
            deadline: act.act.deadline,
            late: self.consultation.is_late(act),
            position: content.as_ref().and_then(position),
            text: content
                .as_ref()
                .and_then(|content| spoken(act.kind, content)),
            attachments: content.as_ref().map(attached).unwrap_or_default(),
            fault: item.and_then(|item| item.fault),
            held: self.is_held(act)?,
        })
    }

    fn seat(&self, seat: &SeatId, asked: bool) -> Result<SeatView, EngineError> {
        let event = |kind| {
            let act = self.consultation.event(seat, kind);
            act.map(|act| self.event(act)).transpose()
        };
        let opinions = self.consultation.opinions();
        let first = self.consultation.event(seat, self.consultation.awaits());
        let answered = opinions.get(seat).map(|act| self.event(act));
        Ok(SeatView {
            agency: seat.agency(),
            seat: seat.clone(),
            asked,
            delivered: event(EntryType::Delivered)?,
            viewed: event(EntryType::Viewed)?,
            acknowledged: event(EntryType::Acknowledged)?,
            answered: answered.transpose()?,
            late: first.is_some_and(|act| self.consultation.is_late(act)),
            revision: self.consultation.revisions(seat).count(),
            in_channel: self.is_in_channel(seat),
        })
    }

    /// Whether the group holds a device of somebody at the seat.
    fn is_in_channel(&self, seat: &SeatId) -> bool {
        let ledger = &self.engine.ledger;
        let at = ledger.directory().now();
        let channel = ledger.channel(&self.words.stream);
        let roster = channel
            .and_then(|channel| channel.group())
            .map(|g| &g.roster);
        roster.into_iter().flatten().any(|device| {
            at.device(device).is_some_and(|fact| {
                at.appointments(&fact.official, self.engine.now())
                    .any(|appointed| appointed.seat == *seat)
            })
        })
    }

    fn question(&self) -> Result<Option<String>, EngineError> {
        let question = self.consultation.question();
        let mut acts = self.consultation.acts().iter();
        let Some(act) = acts.find(|act| act.record == question) else {
            return Ok(None);
        };
        let content = self.content(act)?;
        Ok(content.and_then(|content| text_of(&content, PartRole::Question)))
    }

    /// What was last said of the official letter, where this device can read it.
    fn letter(&self) -> Result<Option<Letter>, EngineError> {
        let instrument = self.consultation.terms().instrument;
        for act in self.consultation.acts().iter().rev() {
            let says = matches!(
                act.kind,
                EntryType::ConsultationOpen | EntryType::LetterRecord
            );
            if let Some(content) = self.content(act)?.filter(|_| says)
                && let Ok(Some(said)) = letter(&content, instrument)
            {
                return Ok(Some(said));
            }
        }
        Ok(None)
    }

    fn label(&self) -> Result<Label, EngineError> {
        let seq = self.consultation.opening().seq;
        self.engine.entry_label(self.words.stream, seq)
    }

    fn conclusion(&self) -> Result<Option<ConclusionView>, EngineError> {
        let ending = self.consultation.ending();
        let Some(act) = ending.filter(|act| act.kind == EntryType::ConsultationConclude) else {
            return Ok(None);
        };
        let content = self.content(act)?;
        let counts = act.act.counts.as_deref().unwrap_or_default();
        let acts = self.consultation.acts().iter();
        Ok(Some(ConclusionView {
            event: self.event(act)?,
            dissents: content.as_ref().map(said_dissents).unwrap_or_default(),
            counted: acts
                .filter(|act| counts.contains(&act.record))
                .map(|act| act.seq)
                .collect(),
        }))
    }
}

/// The files of a content; what does not fit together was refused when it came.
fn attached(content: &Content) -> Vec<AttachmentView> {
    let attachments = attachments(content).unwrap_or_default();
    attachments.iter().map(AttachmentView::of).collect()
}

/// The words that stand for an act in a list.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others say a text")]
pub(crate) fn spoken(kind: EntryType, content: &Content) -> Option<String> {
    let role = match kind {
        EntryType::ConsultationOpen | EntryType::QuestionRevise => PartRole::Question,
        EntryType::ConsultationExtend
        | EntryType::ConsultationReopen
        | EntryType::ConsultationWithdraw
        | EntryType::RecordExport => PartRole::Reason,
        EntryType::ConsultationConclude => PartRole::Conclusion,
        EntryType::Answer => PartRole::OpinionText,
        _ => PartRole::Text,
    };
    text_of(content, role)
}
