//! Consultations on the page: a table of agencies and a timeline for each, without a word of what was said.

use maud::{Markup, html};
use thamvan_audit::{ActFacts, ConsultationFacts, SeatFacts};

use super::page::Page;
use super::sections::head;
use crate::text::shown_time;

/// All consultations.
pub(super) fn consultations(page: &Page<'_>) -> Markup {
    let all = &page.facts.consultations;
    let content = html! {
        @if all.is_empty() { p { (page.say("report-consultations-none")) } }
        @for it in all { (one(page, it)) }
    };
    page.section("consultations", "report-consultations", &content)
}

fn one(page: &Page<'_>, it: &ConsultationFacts) -> Markup {
    let urgency = page.say(&format!("urgency-{}", it.urgency));
    let state = page.say(&format!("consult-state-{}", it.state));
    let heading = format!("consultation-{}", it.id);
    let basis = it.article.unwrap_or("?");
    let about = page.text.get(
        "report-consultation-about",
        &[
            ("lead", &it.lead),
            ("basis", basis),
            ("opened", &shown_time(it.opened_ms)),
            ("deadline", &shown_time(it.deadline_ms)),
            ("list", &it.attested),
        ],
    );
    html! {
        article aria-labelledby=(heading) {
            h3 id=(heading) { code { (it.id) } " – " (urgency) " – " (state) }
            p { (about) }
            @if let Some(field) = &it.field {
                p { (page.text.get("report-consultation-field", &[("field", field)])) }
            }
            @if let Some(pillar) = &it.pillar {
                @let name = page.say(&format!("branch-{pillar}"));
                p { (page.text.get("report-consultation-pillar", &[("pillar", &name)])) }
            }
            @if let Some(instrument) = it.instrument {
                @let name = page.say(&format!("instrument-{instrument}"));
                p { (page.text.get("report-consultation-instrument", &[("instrument", &name)])) }
            }
            (agencies(page, it))
            (timeline(page, it))
        }
    }
}

fn agencies(page: &Page<'_>, it: &ConsultationFacts) -> Markup {
    let columns = [
        "report-agency",
        "event-delivered",
        "event-viewed",
        "event-acknowledged",
        "report-answered",
        "report-revisions",
        "report-response",
    ];
    let asked = it.agencies.iter().map(|seat| (seat, true));
    let told = it.told.iter().map(|seat| (seat, false));
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(page.say("report-agencies")) {
            table {
                caption { (page.say("report-agencies")) }
                (head(page, &columns))
                tbody { @for (seat, asked) in asked.chain(told) { (agency(page, it, seat, asked)) } }
            }
        }
    }
}

fn agency(page: &Page<'_>, it: &ConsultationFacts, seat: &SeatFacts, asked: bool) -> Markup {
    let time = |entry: &Option<String>| {
        let act = it
            .timeline
            .iter()
            .find(|act| Some(&act.entry) == entry.as_ref());
        act.map(|act| shown_time(act.time_ms))
    };
    let ended = ["overdue", "concluded"].contains(&it.state);
    let answered = match (&seat.answered, asked) {
        (Some(_), _) if seat.late => {
            let late = page.say("act-late-answer");
            format!("{} ({late})", time(&seat.answered).unwrap_or_default())
        }
        (Some(_), _) => time(&seat.answered).unwrap_or_default(),
        (None, false) => page.say("consult-told"),
        (None, true) if ended => page.say("consult-overdue-silent"),
        (None, true) => page.say("consult-silent"),
    };
    let minutes = seat.response_ms.map(|ms| {
        let minutes = ms.div_ceil(MINUTE_MS).to_string();
        page.text.get("report-minutes", &[("minutes", &minutes)])
    });
    html! {
        tr {
            th scope="row" { (seat.seat) }
            @for event in [&seat.delivered, &seat.viewed, &seat.acknowledged] {
                td { (time(event).unwrap_or_else(|| "–".to_owned())) }
            }
            td { (answered) }
            td class="number" { (seat.revision) }
            td { (minutes.unwrap_or_else(|| "–".to_owned())) }
        }
    }
}

fn timeline(page: &Page<'_>, it: &ConsultationFacts) -> Markup {
    let columns = [
        "report-time",
        "report-act",
        "report-subject",
        "report-place",
    ];
    html! {
        table {
            caption { (page.say("report-timeline")) }
            (head(page, &columns))
            tbody { @for act in &it.timeline { (act_row(page, act)) } }
        }
        @if it.timeline_left_out > 0 {
            p { (page.text.get("report-timeline-left-out", &[("count", &it.timeline_left_out.to_string())])) }
        }
    }
}

fn act_row(page: &Page<'_>, act: &ActFacts) -> Markup {
    let mut notes = Vec::new();
    if act.kind == "answer" {
        notes.push(page.say(&format!("capacity-{}", act.capacity)));
    }
    if let Some(deadline) = act.deadline_ms {
        let deadline = shown_time(deadline);
        notes.push(page.text.get("consult-deadline", &[("time", &deadline)]));
    }
    if act.late {
        notes.push(page.say(&format!("act-late-{}", act.kind)));
    }
    html! {
        tr {
            td { (shown_time(act.time_ms)) }
            td { (page.say(&format!("act-{}", act.kind))) @if !notes.is_empty() { " (" (notes.join("; ")) ")" } }
            td { (act.official) " (" (act.seat) ")" }
            td { code { (act.entry) } }
        }
    }
}

const MINUTE_MS: u64 = 60_000;
