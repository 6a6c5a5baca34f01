//! The tables of the page.

use std::collections::BTreeMap;

use maud::{Markup, html};
use thamvan_audit::{ChangeBy, ChangeFacts, Finding, LogFacts, Severity, StreamFacts, StreamKind};

use super::page::Page;
use crate::text::shown_time;

/// The checkpoint and its cosignatures.
pub(super) fn log(page: &Page<'_>) -> Markup {
    let Some(log) = &page.facts.log else {
        return html! {};
    };
    let shard = page.report.shard;
    let content = html! {
        table {
            caption { (page.say("report-log-caption")) }
            tbody {
                (row(page, "report-origin", &html! { (log.origin) }))
                @if let Some(shard) = shard { (row(page, "report-shard", &html! { (shard) })) }
                (row(page, "report-size", &html! { (log.size) }))
                (row(page, "report-root", &html! { code { (log.root) } }))
                (row(page, "report-signed", &html! { (page.yes_or_no(log.signed)) }))
                (row(page, "report-quorum", &html! { (quorum(page, log)) }))
            }
        }
        (cosignatures(page, log))
        p id="note" { (page.say("report-note")) }
        pre aria-labelledby="note" { (log.checkpoint) }
    };
    page.section("log", "report-log", &content)
}

fn quorum(page: &Page<'_>, log: &LogFacts) -> String {
    let id = match (&log.quorum, log.quorum_reached) {
        (None, _) => "report-quorum-none",
        (Some(_), true) => "report-quorum-reached",
        (Some(_), false) => "report-quorum-missing",
    };
    let name = log.quorum.as_deref().unwrap_or_default();
    page.text.get(id, &[("name", name)])
}

fn cosignatures(page: &Page<'_>, log: &LogFacts) -> Markup {
    if log.cosignatures.is_empty() {
        return html! { p { (page.say("report-cosignatures-none")) } };
    }
    html! {
        table {
            caption { (page.say("report-cosignatures")) }
            (head(page, &["report-witness", "report-time"]))
            tbody {
                @for it in &log.cosignatures {
                    tr { th scope="row" { (it.witness) } td { (shown_time(it.time_ms)) } }
                }
            }
        }
    }
}

/// One row a stream.
pub(super) fn streams(page: &Page<'_>) -> Markup {
    let columns = [
        "report-stream",
        "report-kind",
        "report-founder",
        "report-people",
        "report-label",
        "report-records",
        "report-void",
        "report-first",
        "report-last",
        "report-members",
        "report-devices",
        "report-complete",
    ];
    let content = html! {
        div class="scroll" tabindex="0" role="region" aria-label=(page.say("report-streams-caption")) {
            table {
                caption { (page.say("report-streams-caption")) }
                (head(page, &columns))
                tbody { @for it in &page.facts.streams { (stream(page, it)) } }
            }
        }
    };
    page.section("streams", "report-streams", &content)
}

fn stream(page: &Page<'_>, it: &StreamFacts) -> Markup {
    let kind = match it.kind {
        StreamKind::Directory => "report-kind-directory",
        StreamKind::Channel => "report-kind-channel",
    };
    let people = [&it.founded_by, &it.approved_by, &it.provisioned_by];
    let label = it
        .label
        .as_ref()
        .map(|label| page.say(&format!("label-{label}")));
    html! {
        tr {
            th scope="row" { code { (it.stream) } }
            td { (page.say(kind)) }
            td { (text(it.founder.as_deref())) }
            td { (list(people.iter().filter_map(|it| it.as_deref()))) }
            td { (text(label.as_deref())) }
            td class="number" { (it.records) }
            td class="number" { (it.void) }
            td { (time(it.first_ms)) }
            td { (time(it.last_ms)) }
            td { (it.members.len()) (list(it.members.iter().map(String::as_str))) }
            td class="number" { (it.devices.len()) }
            td { (page.yes_or_no(it.complete)) }
        }
    }
}

/// Entries by type, over all streams.
pub(super) fn types(page: &Page<'_>) -> Markup {
    let content = html! {
        table {
            caption { (page.say("report-types")) }
            (head(page, &["report-type", "report-count"]))
            tbody { (counts(&page.facts.types)) }
        }
    };
    page.section("types", "report-types", &content)
}

fn counts(types: &BTreeMap<String, u64>) -> Markup {
    html! {
        @for (kind, count) in types {
            tr { th scope="row" { code lang="en" { (kind) } } td class="number" { (count) } }
        }
    }
}

/// Who was given or lost which right.
pub(super) fn changes(page: &Page<'_>) -> Markup {
    let facts = page.facts;
    let columns = [
        "report-index",
        "report-time",
        "report-change",
        "report-subject",
        "report-about",
        "report-remark",
        "report-by",
    ];
    let content = html! {
        @if facts.changes.is_empty() {
            p { (page.say("report-changes-none")) }
        } @else {
            div class="scroll" tabindex="0" role="region" aria-label=(page.say("report-changes-caption")) {
                table {
                    caption { (page.say("report-changes-caption")) }
                    (head(page, &columns))
                    tbody { @for it in &facts.changes { (change(page, it)) } }
                }
            }
        }
        @if facts.changes_left_out > 0 {
            p { (page.text.get("report-changes-left-out", &[("count", &facts.changes_left_out.to_string())])) }
        }
    };
    page.section("changes", "report-changes", &content)
}

fn change(page: &Page<'_>, it: &ChangeFacts) -> Markup {
    let about = [it.role.as_deref(), it.scope.as_deref()];
    html! {
        tr {
            th scope="row" class="number" { (it.index) }
            td { (shown_time(it.time_ms)) }
            td { (page.say(&format!("change-{}", it.what))) }
            td { (text(it.official.as_deref())) @if let Some(device) = &it.device { " " code { (device) } } }
            td { (list(about.into_iter().flatten())) }
            td { (text(it.note.as_deref())) }
            td { (by(page, &it.by)) }
        }
    }
}

fn by(page: &Page<'_>, by: &ChangeBy) -> String {
    match by {
        ChangeBy::Root => page.say("report-by-root"),
        ChangeBy::One { official } => page.text.get("report-by-one", &[("official", official)]),
        ChangeBy::Two {
            proposed_by,
            approved_by,
        } => page.text.get(
            "report-by-two",
            &[("first", proposed_by), ("second", approved_by)],
        ),
        ChangeBy::Waiting {
            proposed_by,
            expires_ms,
        } => page.text.get(
            "report-by-waiting",
            &[
                ("first", proposed_by),
                ("expires", &shown_time(*expires_ms)),
            ],
        ),
    }
}

/// Each finding with what its code means and what to do.
pub(super) fn findings(page: &Page<'_>) -> Markup {
    let findings = &page.report.findings;
    let columns = [
        "report-code",
        "report-severity",
        "report-place",
        "report-detail",
        "report-meaning",
        "report-todo",
    ];
    let content = html! {
        @if findings.is_empty() {
            p { (page.say("report-findings-none")) }
        } @else {
            div class="scroll" tabindex="0" role="region" aria-label=(page.say("report-findings-caption")) {
                table {
                    caption { (page.say("report-findings-caption")) }
                    (head(page, &columns))
                    tbody { @for it in findings { (finding(page, it)) } }
                }
            }
        }
    };
    page.section("findings", "report-findings", &content)
}

fn finding(page: &Page<'_>, it: &Finding) -> Markup {
    let severity = match it.severity {
        Severity::Error => "report-severity-error",
        Severity::Warning => "report-severity-warning",
    };
    html! {
        tr {
            th scope="row" { code lang="en" { (it.code) } }
            td { (page.say(severity)) }
            td { (list(place(page, it).iter().map(String::as_str))) }
            td lang="en" { (it.detail) }
            td { (page.say(&format!("finding-{}", it.code))) }
            td { (page.say(&format!("todo-{}", it.code))) }
        }
    }
}

fn place(page: &Page<'_>, it: &Finding) -> Vec<String> {
    let index = it.index.map(|index| {
        let index = index.to_string();
        page.text.get("report-place-index", &[("index", &index)])
    });
    let stream = it.stream.map(|stream| {
        let (stream, seq) = (stream.to_string(), it.seq.map(|seq| seq.to_string()));
        match &seq {
            Some(seq) => page
                .text
                .get("report-place-record", &[("stream", &stream), ("seq", seq)]),
            None => page.text.get("report-place-stream", &[("stream", &stream)]),
        }
    });
    [index, stream, it.path.clone()]
        .into_iter()
        .flatten()
        .collect()
}

fn row(page: &Page<'_>, id: &str, value: &Markup) -> Markup {
    html! { tr { th scope="row" { (page.say(id)) } td { (value) } } }
}

pub(super) fn head(page: &Page<'_>, columns: &[&str]) -> Markup {
    html! {
        thead { tr { @for id in columns { th scope="col" { (page.say(id)) } } } }
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Markup {
    html! { ul class="plain" { @for item in items { li { (item) } } } }
}

fn text(value: Option<&str>) -> &str {
    value.unwrap_or("–")
}

fn time(unix_ms: Option<u64>) -> String {
    unix_ms.map_or_else(|| "–".to_owned(), shown_time)
}
