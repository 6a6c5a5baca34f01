//! What an auditor sees of consultations: who was asked and did what when, and nothing of what was said.

use serde::Serialize;
use thamvan_proto::consultation::{ActRecord, Consultation, Instrument, Template};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{SeatId, StreamId};
use thamvan_proto::ledger::Ledger;

use crate::limits::{CONSULTATIONS_MAX, TIMELINE_MAX};

/// One consultation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsultationFacts {
    /// Id, in lower-case hexadecimal.
    pub id: String,
    /// Channel.
    pub channel: String,
    /// Template; none where its number is unknown.
    pub template: Option<&'static str>,
    /// The article that the template rests on.
    pub article: Option<&'static str>,
    /// The field it is about.
    pub field: Option<String>,
    /// The pillar it is about, or `acc`.
    pub pillar: Option<String>,
    /// The instrument that it prepares.
    pub instrument: Option<&'static str>,
    /// Always none: the auditor holds no key.
    pub title: Option<String>,
    /// Always none: the auditor holds no key.
    pub question: Option<String>,
    /// Urgency mark.
    pub urgency: &'static str,
    /// The seat that leads.
    pub lead: String,
    /// When it was opened (log time, ms).
    pub opened_ms: u64,
    /// The deadline in force at the end (log time, ms).
    pub deadline_ms: u64,
    /// Where it stood at the log time of the copy's last record.
    pub state: &'static str,
    /// The list of state secrets to which the opener's attestation refers (rule S7).
    pub attested: String,
    /// Who was asked.
    pub agencies: Vec<SeatFacts>,
    /// Who was told.
    pub told: Vec<SeatFacts>,
    /// The entry of the conclusion.
    pub conclusion: Option<String>,
    /// Acts in the order of the log, at most 1,000.
    pub timeline: Vec<ActFacts>,
    /// Acts beyond that.
    pub timeline_left_out: usize,
}

/// One seat that was asked or told: events as entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatFacts {
    /// Agency.
    pub agency: String,
    /// Seat.
    pub seat: String,
    /// Delivered to a device of the seat.
    pub delivered: Option<String>,
    /// Seen at the seat.
    pub viewed: Option<String>,
    /// Taken on by the seat.
    pub acknowledged: Option<String>,
    /// The current opinion.
    pub answered: Option<String>,
    /// Whether the first answer, or the receipt of a notice, came after the deadline.
    pub late: bool,
    /// Always none: the auditor holds no key.
    pub position: Option<String>,
    /// How often the seat has answered, revisions counted.
    pub revision: usize,
    /// From the opening to the first answer to the current question (ms).
    pub response_ms: Option<u64>,
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActFacts {
    /// Entry.
    pub entry: String,
    /// Log time (ms).
    pub time_ms: u64,
    /// Type of the entry.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Who acted.
    pub official: String,
    /// For which seat.
    pub seat: String,
    /// In which capacity.
    pub capacity: &'static str,
    /// The deadline that it set (log time, ms).
    pub deadline_ms: Option<u64>,
    /// Whether it is an answer after the deadline.
    pub late: bool,
}

/// The consultations of all channels as of log time `time`, in the order of their opening, at most [`CONSULTATIONS_MAX`].
pub(crate) fn gather(ledger: &Ledger, time: u64) -> Vec<ConsultationFacts> {
    let mut all: Vec<ConsultationFacts> = ledger
        .channels()
        .flat_map(|(stream, channel)| {
            channel
                .consultations()
                .iter()
                .map(|consultation| facts(*stream, consultation, time))
        })
        .collect();
    all.sort_by(|a, b| (a.opened_ms, &a.id).cmp(&(b.opened_ms, &b.id)));
    all.truncate(CONSULTATIONS_MAX);
    all
}

pub(crate) fn facts(stream: StreamId, consultation: &Consultation, time: u64) -> ConsultationFacts {
    let terms = consultation.terms();
    let template = Template::of_number(terms.template);
    let seats = |ids: &[SeatId]| {
        ids.iter()
            .map(|id| seat(stream, consultation, id))
            .collect()
    };
    let ending = consultation.ending();
    let concluded = ending.filter(|act| act.kind == EntryType::ConsultationConclude);
    let acts = consultation.acts();
    ConsultationFacts {
        id: consultation.id().to_string(),
        channel: stream.to_string(),
        template: template.map(|template| template.id),
        article: template.map(|template| template.article),
        field: terms.field().map(ToOwned::to_owned),
        pillar: terms.pillar().map(ToOwned::to_owned),
        instrument: terms.instrument.map(Instrument::as_str),
        title: None,
        question: None,
        urgency: terms.urgency.as_str(),
        lead: consultation.lead().to_string(),
        opened_ms: consultation.opening().time,
        deadline_ms: consultation.deadline(),
        state: consultation.state(time).as_str(),
        attested: terms.list.clone(),
        agencies: seats(&terms.asked),
        told: seats(&terms.told),
        conclusion: concluded.map(|act| entry(stream, act)),
        timeline: acts
            .iter()
            .take(TIMELINE_MAX)
            .map(|act| ActFacts {
                entry: entry(stream, act),
                time_ms: act.time,
                kind: act.kind.as_str(),
                official: act.official.to_string(),
                seat: act.act.seat.to_string(),
                capacity: act.act.capacity.as_str(),
                deadline_ms: act.act.deadline,
                late: consultation.is_late(act),
            })
            .collect(),
        timeline_left_out: acts.len().saturating_sub(TIMELINE_MAX),
    }
}

fn seat(stream: StreamId, consultation: &Consultation, id: &SeatId) -> SeatFacts {
    let event = |kind| consultation.event(id, kind).map(|act| entry(stream, act));
    let first = consultation.event(id, EntryType::Answer);
    let opened = consultation.opening().time;
    SeatFacts {
        agency: id.agency().to_string(),
        seat: id.to_string(),
        delivered: event(EntryType::Delivered),
        viewed: event(EntryType::Viewed),
        acknowledged: event(EntryType::Acknowledged),
        answered: consultation
            .opinions()
            .get(id)
            .map(|act| entry(stream, act)),
        late: consultation
            .event(id, consultation.awaits())
            .is_some_and(|act| consultation.is_late(act)),
        position: None,
        revision: consultation.revisions(id).count(),
        response_ms: first.map(|act| act.time.saturating_sub(opened)),
    }
}

fn entry(stream: StreamId, act: &ActRecord) -> String {
    format!("{stream}/{}", act.seq)
}
