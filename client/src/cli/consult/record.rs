//! A consultation as the documents are made from it: what this device has read and verified, with the names of the directory.

use thamvan_documents::{
    BASIS, Dissent, Handling, Opinion, Outcome, Procedure, Record, Seat, Standing, System,
};
use thamvan_engine::{ConsultationView, Engine, EngineError, EventView, SeatView};
use thamvan_proto::consultation::{OpinionCapacity, secretariat};
use thamvan_proto::directory::AgencyKind;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::SeatId;
use thamvan_proto::label::Label;

/// What documents are made from. The same consultation gives the same record, once it has ended.
///
/// # Errors
/// [`EngineError::NotAllowed`]: with rule S13 at a secrecy level, where nobody is permitted a copy; with rule `export_unreadable`
/// for a consultation that this device cannot read, or not yet.
pub(super) fn record(engine: &Engine, view: &ConsultationView) -> Result<Record, EngineError> {
    let handling = handling(engine, view)?;
    let read = |text: &Option<String>| text.clone().ok_or_else(unreadable);
    let ending = view.consultation.ending();
    let at = engine.ledger().directory().now();
    let lead = view.consultation.lead();
    let is_in_ha_noi = at
        .agency(&lead.agency())
        .is_some_and(|agency| sits_in_ha_noi(agency.kind));
    let terms = view.consultation.terms();
    // Which letter there is must be known where a procedure in writing has to be followed (rule W1).
    if terms.instrument.is_some() && view.letter.is_none() {
        return Err(unreadable());
    }
    Ok(Record {
        title: read(&view.title)?,
        question: read(&view.question)?,
        reason: read(&view.reason)?,
        urgency: terms.urgency,
        handling,
        deadline: view.consultation.deadline(),
        procedure: terms.instrument.map(|instrument| Procedure {
            instrument,
            period: instrument.period(),
            last_day: view.statutory.and_then(|it| it.last_day),
        }),
        letter: view.letter.clone(),
        article: view.template.map_or(BASIS, |it| it.article).to_owned(),
        lead: agency_name(engine, lead),
        place: if is_in_ha_noi { HA_NOI } else { "…" }.to_owned(),
        opened: view.consultation.opening().time,
        as_of: ending.map_or_else(|| engine.now(), |act| act.time),
        seats: view.seats.iter().map(|it| seat(engine, view, it)).collect(),
        outcome: outcome(engine, view)?,
        system: System {
            consultation: view.id.to_string(),
            origin: engine.pinned().origin.clone(),
            channel: view.stream.to_string(),
            // What was taken away since says nothing of the consultation.
            entries: view
                .timeline
                .iter()
                .filter(|it| !matches!(it.kind, EntryType::RecordExport | EntryType::RecordArchive))
                .map(|it| it.seq)
                .collect(),
        },
    })
}

/// The highest tag of what the documents repeat.
fn handling(engine: &Engine, view: &ConsultationView) -> Result<Handling, EngineError> {
    let mut highest = view.label;
    for act in &view.timeline {
        highest = highest.max(engine.entry_label(view.stream, act.seq)?);
    }
    handling_of(highest)
}

fn handling_of(label: Label) -> Result<Handling, EngineError> {
    match label {
        Label::Public => Ok(Handling::Public),
        Label::Internal => Ok(Handling::Internal),
        Label::Restricted => Ok(Handling::Restricted),
        Label::Mat | Label::ToiMat | Label::TuyetMat => Err(EngineError::NotAllowed {
            rule: "S13",
            what: format!("no copy leaves the device at the label {label}"),
        }),
    }
}

fn unreadable() -> EngineError {
    EngineError::NotAllowed {
        rule: "export_unreadable",
        what: "this device cannot read the consultation, or not yet".into(),
    }
}

fn seat(engine: &Engine, view: &ConsultationView, it: &SeatView) -> Seat {
    let time = |event: &Option<EventView>| event.as_ref().map(|event| event.time);
    let current = it.answered.as_ref().map(|answer| answer.seq);
    let first = view.consultation.event(&it.seat, EntryType::Answer);
    let answers = view
        .timeline
        .iter()
        .filter(|act| act.kind == EntryType::Answer && act.seat == it.seat);
    Seat {
        agency: agency_name(engine, &it.seat),
        asked: it.asked,
        delivered: time(&it.delivered),
        viewed: time(&it.viewed),
        acknowledged: time(&it.acknowledged),
        answered: first.map(|act| act.time),
        opinions: answers
            .map(|answer| Opinion {
                standing: if answer.capacity != OpinionCapacity::Agency {
                    Standing::NotCounted
                } else if current == Some(answer.seq) {
                    Standing::Current
                } else {
                    Standing::Replaced
                },
                position: answer.position,
                capacity: answer.capacity,
                text: answer.text.clone(),
                time: answer.time,
                late: answer.late,
            })
            .collect(),
    }
}

fn outcome(engine: &Engine, view: &ConsultationView) -> Result<Outcome, EngineError> {
    let Some(ending) = view.consultation.ending() else {
        return Ok(Outcome::Open);
    };
    let said = view.timeline.iter().find(|it| it.seq == ending.seq);
    let text = said.and_then(|it| it.text.clone()).ok_or_else(unreadable)?;
    let at = ending.time;
    let Some(conclusion) = &view.conclusion else {
        return Ok(Outcome::Withdrawn { at, reason: text });
    };
    let dissents = conclusion.dissents.iter().map(|it| Dissent {
        agency: agency_name(engine, &it.seat),
        text: it.text.clone(),
    });
    Ok(Outcome::Concluded {
        at,
        text,
        dissents: dissents.collect(),
    })
}

/// What a seat is called on paper: its agency. The Secretariat has a name of its own.
fn agency_name(engine: &Engine, seat: &SeatId) -> String {
    let at = engine.ledger().directory().now();
    if secretariat(&at).as_ref() == Some(seat) {
        return SECRETARIAT.to_owned();
    }
    let agency = seat.agency();
    let named = at.agency(&agency).map(|it| it.name_vi.clone());
    named.unwrap_or_else(|| agency.as_str().to_owned())
}

/// The Government's own agencies; where others are, the directory does not say.
fn sits_in_ha_noi(kind: AgencyKind) -> bool {
    match kind {
        AgencyKind::Bo | AgencyKind::CoQuanNgangBo | AgencyKind::CoQuanThuocChinhPhu => true,
        AgencyKind::PhaiDoan
        | AgencyKind::NgoaiChinhPhu
        | AgencyKind::DiaPhuong
        | AgencyKind::DonViThuocBo
        | AgencyKind::Khac => false,
    }
}

const HA_NOI: &str = "Hà Nội";

const SECRETARIAT: &str = "Ban Thư ký Quốc gia về ASEAN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_nothing_is_exported_from_a_secrecy_level_on() {
        for label in Label::ALL {
            let refused = match handling_of(*label) {
                Err(EngineError::NotAllowed { rule, .. }) => rule == "S13",
                Err(other) => panic!("{other}"),
                Ok(_) => false,
            };
            assert_eq!(refused, label.is_secrecy_level(), "{label}");
        }
    }
}
