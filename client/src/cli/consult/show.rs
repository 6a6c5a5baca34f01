//! A consultation on the terminal and as JSON.

use serde_json::{Value, json};
use thamvan_engine::{
    ConclusionView, ConsultationView, Engine, EngineError, EventView, NextReminder, SeatView,
    StatutoryView,
};
use thamvan_proto::consultation::{
    ConsultationState, Form, Instrument, Letter, LetterStatus, OpinionCapacity,
};
use thamvan_proto::directory::SeatRole;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, SeatId, StreamId};

use super::super::attachment::{attachment_json, attachment_line};
use super::super::{Context, Done};
use super::templates;
use crate::text::{Text, shown_day, shown_time};

pub(super) fn list(
    context: &Context,
    engine: &Engine,
    waiting: bool,
    of: impl Fn(Form) -> bool,
) -> Done {
    let mut all = engine.consultations()?;
    all.retain(|view| of(view.consultation.form()) && (!waiting || !view.waiting.is_empty()));
    let value = all
        .iter()
        .map(|view| consultation_json(engine, view))
        .collect::<Result<_, _>>()?;
    context.print(&value, |text| {
        if all.is_empty() {
            return text.get("consult-none", &[]);
        }
        let lines: Vec<String> = all.iter().map(|view| headline(view, text)).collect();
        lines.join("\n")
    });
    Ok(())
}

pub(super) fn one(
    context: &Context,
    engine: &Engine,
    stream: StreamId,
    id: ConsultationId,
) -> Done {
    let view = engine.consultation(stream, id)?;
    let value = consultation_json(engine, &view)?;
    let next = engine.next_reminder(stream, id)?;
    context.print(&value, |text| words(&view, next, text));
    Ok(())
}

/// The shape of interfaces: ids of entries, no words of the screen.
fn consultation_json(engine: &Engine, view: &ConsultationView) -> Result<Value, EngineError> {
    let at = engine.ledger().directory().now();
    let entry = |event: &EventView| format!("{}/{}", view.stream, event.seq);
    let event = |event: &Option<EventView>| event.as_ref().map(entry);
    let time = |event: &Option<EventView>| event.as_ref().map(|it| it.time);
    let seat = |seat: &SeatView| {
        let answered = seat.answered.as_ref();
        let agency = at.agency(&seat.agency);
        json!({
            "agency": seat.agency.as_str(),
            "agency_name": agency.map(|it| &it.name_vi),
            "agency_name_en": agency.map(|it| &it.name_en),
            "seat": seat.seat.as_str(),
            "delivered": event(&seat.delivered),
            "viewed": event(&seat.viewed),
            "acknowledged": event(&seat.acknowledged),
            "answered": event(&seat.answered),
            "delivered_ms": time(&seat.delivered),
            "viewed_ms": time(&seat.viewed),
            "acknowledged_ms": time(&seat.acknowledged),
            "answered_ms": time(&seat.answered),
            "late": seat.late,
            "position": answered.and_then(|it| it.position).map(|it| it.as_str()),
            "text": answered.and_then(|it| it.text.as_deref()),
            "by": answered.map(|it| it.official.to_string()),
            "as": answered.and_then(|it| it.role).map(SeatRole::as_str),
            "revision": seat.revision,
            "in_channel": seat.in_channel,
        })
    };
    let seats = |asked: bool| {
        let chosen = view.seats.iter().filter(|it| it.asked == asked);
        chosen.map(seat).collect::<Vec<Value>>()
    };
    let terms = view.consultation.terms();
    let allowed = engine.allowed(view.stream, view.id)?;
    let may: Vec<&str> = allowed.acts.iter().filter_map(verb).collect();
    let next = engine.next_reminder(view.stream, view.id)?;
    let lead = view.consultation.lead();
    let lead_agency = at.agency(&lead.agency());
    Ok(json!({
        "id": view.id.to_string(),
        "channel": view.stream.to_string(),
        "template": view.template.map(|it| it.id),
        "form": view.consultation.form().as_str(),
        "article": view.template.map(|it| it.article),
        "field": terms.field(),
        "pillar": terms.pillar(),
        "instrument": terms.instrument.map(Instrument::as_str),
        "letter": view.letter.as_ref().map(letter_json),
        "statutory": view.statutory.as_ref().map(statutory_json),
        "follow_up": view.follow_up,
        "title": view.title,
        "question": view.question,
        "reason": view.reason,
        "label": view.label.as_str(),
        "urgency": terms.urgency.as_str(),
        "deadline_ms": view.consultation.deadline(),
        "state": view.state.as_str(),
        "lead": lead.as_str(),
        "lead_name": lead_agency.map(|it| &it.name_vi),
        "lead_name_en": lead_agency.map(|it| &it.name_en),
        "opened_ms": view.consultation.opening().time,
        "now_ms": engine.now(),
        "leads": view.leads,
        "waiting": view.waiting.iter().map(SeatId::as_str).collect::<Vec<_>>(),
        "allowed": may,
        "capacities": allowed.capacities.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "acting_for": allowed.acting_for.as_ref().map(SeatId::as_str),
        "reminder": {"next_ms": next.tells, "sends_ms": next.sends},
        "attested": terms.list,
        "agencies": seats(true),
        "told": seats(false),
        "conclusion": view.conclusion.as_ref().map(|it| conclusion_json(view, it)),
        "timeline": view.timeline.iter().map(|it| event_json(view, it)).collect::<Vec<_>>(),
    }))
}

/// The command of an act.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others have none")]
fn verb(kind: &EntryType) -> Option<&'static str> {
    Some(match kind {
        EntryType::Acknowledged => "ack",
        EntryType::Answer => "answer",
        EntryType::ConsultationRemind => "remind",
        EntryType::ConsultationExtend => "extend",
        EntryType::ConsultationReopen => "reopen",
        EntryType::QuestionRevise => "revise",
        EntryType::ConsultationConclude => "conclude",
        EntryType::ConsultationWithdraw => "withdraw",
        EntryType::LetterRecord => "letter",
        EntryType::RecordArchive => "archive",
        _ => return None,
    })
}

fn letter_json(letter: &Letter) -> Value {
    json!({
        "status": letter.status.as_str(),
        "number": letter.number,
        "dossier": letter.dossier.map(|day| day.to_string()),
    })
}

fn statutory_json(it: &StatutoryView) -> Value {
    json!({
        "days": it.period.days,
        "working": it.period.working,
        "law": it.period.law,
        "verified": it.period.verified,
        "last_day": it.last_day.map(|day| day.to_string()),
    })
}

fn conclusion_json(view: &ConsultationView, it: &ConclusionView) -> Value {
    let entry = |seq: &u64| format!("{}/{seq}", view.stream);
    let dissents: Vec<Value> = it
        .dissents
        .iter()
        .map(|one| json!({"seat": one.seat.as_str(), "text": one.text}))
        .collect();
    json!({
        "entry": entry(&it.event.seq),
        "text": it.event.text,
        "counted": it.counted.iter().map(entry).collect::<Vec<_>>(),
        "dissent": dissents,
        "fault": it.event.fault,
        "held": it.event.held,
    })
}

fn event_json(view: &ConsultationView, it: &EventView) -> Value {
    json!({
        "entry": format!("{}/{}", view.stream, it.seq),
        "time_ms": it.time,
        "type": it.kind.as_str(),
        "official": it.official.to_string(),
        "seat": it.seat.as_str(),
        "capacity": it.capacity.as_str(),
        "deadline_ms": it.deadline,
        "late": it.late,
        "position": it.position.map(|it| it.as_str()),
        "text": it.text,
        "attachments": it.attachments.iter().map(attachment_json).collect::<Vec<_>>(),
        "fault": it.fault,
        "held": it.held,
    })
}

fn headline(view: &ConsultationView, text: &Text) -> String {
    let unreadable = text.get("item-unreadable", &[]);
    let short: String = view.id.to_string().chars().take(ID_SHOWN).collect();
    let asked = view.consultation.terms().asked.len();
    let answered = asked.saturating_sub(view.consultation.awaited().count());
    text.get(
        "consult-headline",
        &[
            ("id", &short),
            ("urgency", &urgency(view, text)),
            ("title", view.title.as_deref().unwrap_or(&unreadable)),
            ("label", &text.get(&format!("label-{}", view.label), &[])),
            ("state", &state(view, text)),
            ("deadline", &shown_time(view.consultation.deadline())),
            ("answered", &answered.to_string()),
            ("asked", &asked.to_string()),
        ],
    )
}

fn words(view: &ConsultationView, next: NextReminder, text: &Text) -> String {
    let mut lines = vec![headline(view, text)];
    let mut say = |id: &str, arguments: &[(&str, &str)]| lines.push(text.get(id, arguments));
    let unreadable = text.get("item-unreadable", &[]);
    let or = |words: &Option<String>| words.clone().unwrap_or_else(|| unreadable.clone());
    say(
        "consult-lead",
        &[("seat", view.consultation.lead().as_str())],
    );
    if let Some(template) = view.template {
        let arguments = [
            ("name", &*templates::name(template, text)),
            ("article", template.article),
        ];
        say("consult-basis", &arguments);
    }
    // A notice that is not urgent gives no reason to be.
    if view.reason.is_some() || view.question.is_none() {
        say("consult-reason", &[("text", &or(&view.reason))]);
    }
    say("consult-question", &[("text", &or(&view.question))]);
    for line in letter_words(view, text) {
        say("consult-line", &[("line", &line)]);
    }
    say("consult-seats", &[]);
    for seat in &view.seats {
        let words = seat_words(seat, view, text);
        say(
            "consult-seat",
            &[("seat", seat.seat.as_str()), ("words", &words)],
        );
        let said = seat.answered.as_ref().and_then(|it| it.text.as_ref());
        if let Some(said) = said {
            say("consult-opinion", &[("text", said)]);
        }
    }
    for (id, moment) in [
        ("consult-reminder-next", next.tells),
        ("consult-reminder-sends", next.sends),
    ] {
        if let Some(moment) = moment {
            say(id, &[("time", &shown_time(moment))]);
        }
    }
    for it in &view.timeline {
        let notes = notes(it, text);
        say(
            "consult-event",
            &[
                ("time", &shown_time(it.time)),
                ("what", &text.get(&format!("act-{}", it.kind.as_str()), &[])),
                ("official", &it.official.to_string()),
                ("seat", it.seat.as_str()),
                ("notes", &notes),
            ],
        );
        for attachment in &it.attachments {
            let entry = format!("{}/{}", view.stream, it.seq);
            let line = attachment_line(attachment, text);
            say(
                "consult-attachment",
                &[("line", line.trim()), ("entry", &entry)],
            );
        }
        if is_spoken_apart(it)
            && let Some(said) = &it.text
        {
            say("consult-opinion", &[("text", said)]);
        }
    }
    if let Some(conclusion) = &view.conclusion {
        let said = conclusion.event.text.clone().unwrap_or(unreadable);
        say("consult-conclusion", &[("text", &said)]);
        for dissent in &conclusion.dissents {
            let arguments = [("seat", dissent.seat.as_str()), ("text", &dissent.text)];
            say("consult-dissent", &arguments);
        }
        say("consult-footer", &[]);
    }
    say("consult-technical", &[]);
    lines.join("\n")
}

/// What stands beside the consultation: the instrument it prepares with its written procedure, and the official letter.
fn letter_words(view: &ConsultationView, text: &Text) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(instrument) = view.consultation.terms().instrument {
        lines.push(notice(instrument, text));
    }
    if let Some(statutory) = &view.statutory {
        lines.push(statutory_words(statutory, text));
    }
    if let Some(letter) = &view.letter {
        lines.push(said_of_letter(letter, text));
    }
    if view.follow_up {
        lines.push(text.get("consult-follow-up", &[]));
    }
    lines
}

fn statutory_words(StatutoryView { period, last_day }: &StatutoryView, text: &Text) -> String {
    let counted = if period.working {
        "working"
    } else {
        "calendar"
    };
    let counted = text.get(&format!("days-{counted}"), &[]);
    let checked = if period.verified {
        "verified"
    } else {
        "unverified"
    };
    let checked = text.get(&format!("period-{checked}"), &[]);
    let Some(days) = period.days else {
        let arguments = [("law", period.law), ("checked", &*checked)];
        return text.get("consult-statutory-unknown", &arguments);
    };
    let days = days.to_string();
    let last = last_day.map_or_else(
        || text.get("period-no-dossier", &[]),
        |day| text.get("period-last-day", &[("day", &shown_day(day))]),
    );
    let arguments = [
        ("days", &*days),
        ("counted", &*counted),
        ("law", period.law),
        ("checked", &*checked),
        ("last", &*last),
    ];
    text.get("consult-statutory", &arguments)
}

fn said_of_letter(letter: &Letter, text: &Text) -> String {
    match letter.status {
        LetterStatus::Sent => text.get("letter-sent", &[("number", &letter.number)]),
        LetterStatus::None => text.get("letter-none", &[]),
        LetterStatus::WillFollow => text.get("letter-will_follow", &[]),
    }
}

/// Whether the words of an act stand nowhere else on the page: reasons, and opinions that are not the agency's current one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the words of all others stand above"
)]
fn is_spoken_apart(it: &EventView) -> bool {
    match it.kind {
        EntryType::ConsultationExtend
        | EntryType::ConsultationReopen
        | EntryType::ConsultationWithdraw
        | EntryType::RecordExport => true,
        EntryType::Answer => it.capacity != OpinionCapacity::Agency,
        _ => false,
    }
}

/// What a seat has said, in words that never take silence for an opinion (rule W2).
fn seat_words(seat: &SeatView, view: &ConsultationView, text: &Text) -> String {
    let form = view.consultation.form();
    let mut words = Vec::new();
    if !seat.in_channel {
        words.push(text.get("consult-not-in-channel", &[]));
    }
    for (event, id) in [
        (&seat.delivered, "delivered"),
        (&seat.viewed, "viewed"),
        (&seat.acknowledged, "acknowledged"),
    ] {
        if let Some(event) = event {
            let word = text.get(&format!("event-{id}"), &[]);
            words.push(format!("{word} {}", shown_time(event.time)));
        }
    }
    match &seat.answered {
        _ if !seat.asked => words.push(text.get("consult-told", &[])),
        Some(answer) => {
            let unknown = if answer.held {
                "item-held"
            } else {
                "item-unreadable"
            };
            let position = answer.position.map_or_else(
                || text.get(unknown, &[]),
                |it| text.get(&format!("position-{}", it.as_str()), &[]),
            );
            let revision = seat.revision.to_string();
            let arguments = [
                ("position", position.as_str()),
                ("revision", revision.as_str()),
            ];
            words.push(text.get("consult-answer", &arguments));
            if form == Form::Request {
                let took = answer.time.saturating_sub(view.consultation.opening().time);
                let minutes = took.div_ceil(60_000).to_string();
                words.push(text.get("notice-response", &[("minutes", &minutes)]));
            }
            if seat.late {
                words.push(text.get("act-late-answer", &[]));
            }
        }
        None if form == Form::Notice && seat.late => {
            words.push(text.get("act-late-acknowledged", &[]))
        }
        None if form == Form::Notice && seat.acknowledged.is_some() => {}
        None => {
            let id = match (form, is_past(view)) {
                (Form::Notice, true) => "receipt-overdue-silent",
                (Form::Notice, false) => "receipt-silent",
                (Form::Consultation | Form::Request, true) => "consult-overdue-silent",
                (Form::Consultation | Form::Request, false) => "consult-silent",
            };
            words.push(text.get(id, &[]));
        }
    }
    words.join("; ")
}

fn notes(it: &EventView, text: &Text) -> String {
    let mut notes = Vec::new();
    if let Some(position) = it.position {
        notes.push(text.get(&format!("position-{}", position.as_str()), &[]));
        if it.capacity != OpinionCapacity::Agency {
            notes.push(text.get(&format!("capacity-{}", it.capacity.as_str()), &[]));
        }
    }
    if let Some(role) = it.role.filter(|role| *role != SeatRole::Primary) {
        notes.push(text.get(&format!("seat-role-{}", role.as_str()), &[]));
    }
    if let Some(deadline) = it.deadline {
        notes.push(text.get("consult-deadline", &[("time", &shown_time(deadline))]));
    }
    if it.late {
        notes.push(text.get(&format!("act-late-{}", it.kind.as_str()), &[]));
    }
    if it.fault.is_some() {
        notes.push(text.get("item-refused", &[]));
    }
    if it.held && it.kind.is_said() {
        notes.push(text.get("item-held", &[]));
    }
    if notes.is_empty() {
        String::new()
    } else {
        format!(" [{}]", notes.join("; "))
    }
}

/// Whether whoever is silent has let the deadline pass.
fn is_past(view: &ConsultationView) -> bool {
    view.state == ConsultationState::Overdue || view.consultation.is_concluded()
}

/// What is collected is opinions, receipts or information; how it ended is the same for all.
fn state(view: &ConsultationView, text: &Text) -> String {
    let of = match view.state {
        ConsultationState::Collecting
        | ConsultationState::Overdue
        | ConsultationState::Complete => match view.consultation.form() {
            Form::Consultation => "consult",
            Form::Notice => "notice",
            Form::Request => "request",
        },
        ConsultationState::Concluded
        | ConsultationState::Withdrawn
        | ConsultationState::Archived => "consult",
    };
    text.get(&format!("{of}-state-{}", view.state.as_str()), &[])
}

fn urgency(view: &ConsultationView, text: &Text) -> String {
    let urgency = view.consultation.terms().urgency;
    text.get(&format!("urgency-{}", urgency.as_str()), &[])
}

/// That the procedure in writing applies all the same (rule R9.1).
fn notice(instrument: Instrument, text: &Text) -> String {
    let name = text.get(&format!("instrument-{}", instrument.as_str()), &[]);
    text.get("consult-instrument", &[("instrument", &name)])
}

/// Digits of an id that a person types.
const ID_SHOWN: usize = 12;

#[cfg(test)]
mod tests {
    use thamvan_documents as documents;

    use super::*;
    use crate::text::Language;

    #[test]
    fn r9_1_documents_say_what_the_screen_says() {
        let text = Text::new(Language::Vi);
        for instrument in Instrument::ALL {
            assert_eq!(notice(*instrument, &text), documents::notice(*instrument));
            let period = instrument.period();
            for last_day in [None, Some("2026-11-30".parse().unwrap())] {
                let said = documents::period(&documents::Procedure {
                    instrument: *instrument,
                    period,
                    last_day,
                });
                let shown = statutory_words(&StatutoryView { period, last_day }, &text);
                assert_eq!(shown, format!("{}: {}", documents::PERIOD, said));
            }
        }
        for status in LetterStatus::ALL {
            let letter = Letter {
                status: *status,
                number: "120/BNG-AP".into(),
                dossier: None,
            };
            let said = format!("{}: {}", documents::LETTER, documents::letter(&letter));
            assert_eq!(said_of_letter(&letter, &text), said);
        }
    }
}
