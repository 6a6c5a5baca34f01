//! `thamvan report …`: statistics without content (R20.1a), the register of initiatives (R11.3), the calendar of duties (R6.4, R7.1, A3).

mod calendar;
mod table;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use thamvan_engine::{
    Engine, EngineError, InitiativeView, Responsiveness, Statistics, Waits, Window,
};
use thamvan_proto::calendar::Day;
use thamvan_proto::channel::Scope;
use thamvan_proto::consultation::{ConsultationState, Form, Template, Urgency};
use thamvan_proto::id::AgencyId;

use self::table::{Table, csv};
use super::channel::scope_name;
use super::{Context, Done, write_private};
use crate::output::CliError;
use crate::text::{Text, shown_day};

pub(super) use calendar::{duty_json, duty_words};

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    Year(Year),
    Responsiveness(Period),
    Initiatives(Register),
    Calendar {
        #[arg(long)]
        year: Option<u16>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Year {
    year: u16,
    #[arg(id = "table", long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Register {
    #[arg(id = "table", long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    #[arg(
        id = "export-reason",
        long = "reason",
        value_name = "REASON",
        requires = "table"
    )]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Period {
    #[arg(id = "from-day", long = "from", value_name = "DAY")]
    from: Option<String>,
    #[arg(id = "to-day", long = "to", value_name = "DAY")]
    to: Option<String>,
    #[arg(id = "table", long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ReportCommand {
    /// Whether it writes a file.
    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Year(Year { out, .. })
            | Self::Responsiveness(Period { out, .. })
            | Self::Initiatives(Register { out, .. }) => out.is_some(),
            Self::Calendar { .. } => false,
        }
    }
}

pub(super) async fn run(context: &Context, command: ReportCommand) -> Done {
    match command {
        ReportCommand::Year(Year { year, out }) => {
            let window = Window::year(year).ok_or_else(|| wrong_year(context, year))?;
            let engine = context.online_or_read().await?;
            let (channels, sums) = engine.statistics(&window);
            let mut value = json!({"year": year, "channels": channels});
            extend(&mut value, counts_json(&sums));
            extend(&mut value, agencies_json(&engine, &sums));
            let text = context.text();
            let year = year.to_string();
            let head = head("statistics-year", &[("year", &year)], channels, &sums, text);
            let tables = [
                counts_table(&engine, &sums, text),
                agencies_table(&engine, &sums, text),
            ];
            show(context, value, &head, &tables, out)
        }
        ReportCommand::Responsiveness(period) => responsiveness(context, period).await,
        ReportCommand::Initiatives(register) => initiatives(context, register).await,
        ReportCommand::Calendar { year } => calendar::show(context, year).await,
    }
}

fn wrong_year(context: &Context, year: u16) -> CliError {
    let year = year.to_string();
    CliError::Usage(context.text().get("usage-year", &[("given", &year)]))
}

async fn responsiveness(context: &Context, period: Period) -> Done {
    let text = context.text();
    let day = |given: Option<String>| {
        let wrong = |given: &str| CliError::Usage(text.get("usage-day", &[("given", given)]));
        given
            .map(|given| given.parse::<Day>().map_err(|_| wrong(&given)))
            .transpose()
    };
    let window = Window {
        from: day(period.from)?,
        to: day(period.to)?,
    };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from > to
    {
        return Err(CliError::Usage(text.get("usage-window", &[])));
    }
    let engine = context.online_or_read().await?;
    let (channels, sums) = engine.statistics(&window);
    let iso = |day: Option<Day>| day.map(|day| day.to_string());
    let mut value = json!({
        "from": iso(window.from),
        "to": iso(window.to),
        "channels": channels,
        "count": sums.count,
    });
    extend(&mut value, agencies_json(&engine, &sums));
    let limit = |day: Option<Day>| day.map_or_else(|| "…".to_owned(), shown_day);
    let (from, to) = (limit(window.from), limit(window.to));
    let days = [("from", &*from), ("to", &*to)];
    let head = head("statistics-window", &days, channels, &sums, text);
    let tables = [agencies_table(&engine, &sums, text)];
    show(context, value, &head, &tables, period.out)
}

/// What it is about, over how many channels and consultations, and what it leaves out.
fn head(
    id: &str,
    arguments: &[(&str, &str)],
    channels: usize,
    sums: &Statistics,
    text: &Text,
) -> String {
    let (channels, count) = (channels.to_string(), sums.count.to_string());
    let over = [("channels", &*channels), ("count", &*count)];
    let lines = [
        text.get(id, arguments),
        text.get("statistics-over", &over),
        text.get("statistics-minutes", &[]),
    ];
    lines.join("\n")
}

/// Prints the document or the tables; with a file, the tables stand there.
fn show(
    context: &Context,
    mut value: Value,
    head: &str,
    tables: &[Table],
    out: Option<PathBuf>,
) -> Done {
    if let Some(out) = &out {
        let bytes = csv(head, tables, context.text().language());
        write_private(&context.path(out), &bytes)?;
        extend(&mut value, json!({"out": out.display().to_string()}));
    }
    context.print(&value, |text| {
        if let Some(out) = &out {
            let out = out.display().to_string();
            return text.get("statistics-written", &[("out", &out)]);
        }
        let words = tables.iter().map(Table::words);
        std::iter::once(head.to_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join("\n\n")
    });
    Ok(())
}

/// Adds the fields of one object to another.
fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}

fn counts_json(sums: &Statistics) -> Value {
    let template = |(number, count): (&u64, &u64)| {
        let template = Template::of_number(*number).map(|it| it.id);
        json!({"template": template, "number": number, "count": count})
    };
    let urgency =
        |(mark, count): (&Urgency, &u64)| json!({"urgency": mark.as_str(), "count": count});
    let scopes = sums.scopes.iter().map(|(scope, count)| {
        let scope = scope.as_ref();
        json!({"kind": scope.map(|it| it.0.as_str()), "id": scope.map(|it| &it.1), "count": count})
    });
    let states = sums.states.iter();
    let acts = &sums.acts;
    let form = |(form, count): (&Form, &u64)| json!({"form": form.as_str(), "count": count});
    json!({
        "count": sums.count,
        "forms": sums.forms.iter().map(form).collect::<Vec<_>>(),
        "templates": sums.templates.iter().map(template).collect::<Vec<_>>(),
        "urgencies": sums.urgencies.iter().map(urgency).collect::<Vec<_>>(),
        "scopes": scopes.collect::<Vec<_>>(),
        "states": states.map(|(state, count)| json!({"state": state, "count": count})).collect::<Vec<_>>(),
        "reminders": acts.reminders,
        "extensions": acts.extensions,
        "reopenings": acts.reopenings,
        "revisions": acts.revisions,
        "conclusions": acts.conclusions,
        "withdrawals": acts.withdrawals,
    })
}

fn agencies_json(engine: &Engine, sums: &Statistics) -> Value {
    let at = engine.ledger().directory().now();
    let waits = |it: &Waits| json!({"count": it.count(), "median_ms": it.percentile(50), "p90_ms": it.percentile(90)});
    let agencies = sums.agencies.iter().map(|((form, id), it)| {
        let agency = at.agency(id);
        json!({
            "form": form.as_str(),
            "agency": id.as_str(),
            "agency_name": agency.map(|it| &it.name_vi),
            "agency_name_en": agency.map(|it| &it.name_en),
            "asked": it.asked,
            "in_time": it.in_time,
            "late": it.late,
            "unanswered": it.unanswered,
            "waiting": it.waiting,
            "released": it.released,
            "viewed": waits(&it.viewed),
            "acknowledged": waits(&it.acknowledged),
            "answered": waits(&it.answered),
        })
    });
    json!({"agencies": agencies.collect::<Vec<_>>()})
}

fn counts_table(engine: &Engine, sums: &Statistics, text: &Text) -> Table {
    let at = engine.ledger().directory().now();
    let say = |id: &str| text.get(id, &[]);
    let mut rows = Vec::new();
    let mut row = |group: &str, what: String, count: u64| {
        let group = text.get(&format!("statistics-by-{group}"), &[]);
        rows.push(vec![group, what, count.to_string()]);
    };
    for (form, count) in &sums.forms {
        row("form", form_name(*form, text), *count);
    }
    for (number, count) in &sums.templates {
        let name = Template::of_number(*number).map_or_else(
            || number.to_string(),
            |template| say(&format!("template-{}", template.id)),
        );
        row("template", name, *count);
    }
    for (urgency, count) in &sums.urgencies {
        row(
            "urgency",
            say(&format!("urgency-{}", urgency.as_str())),
            *count,
        );
    }
    for (scope, count) in &sums.scopes {
        let name = scope.clone().map_or_else(
            || say("channel-unfounded"),
            |(kind, id)| scope_name(&Scope { kind, id }, &at, text),
        );
        row("scope", name, *count);
    }
    for (state, count) in &sums.states {
        row("state", say(&format!("consult-state-{state}")), *count);
    }
    for (act, count) in [
        ("reminders", sums.acts.reminders),
        ("extensions", sums.acts.extensions),
        ("reopenings", sums.acts.reopenings),
        ("revisions", sums.acts.revisions),
        ("conclusions", sums.acts.conclusions),
        ("withdrawals", sums.acts.withdrawals),
    ] {
        row("act", say(&format!("statistics-{act}")), count);
    }
    let head = ["group", "what", "count"].map(|it| say(&format!("statistics-{it}")));
    Table::new(head, rows)
}

fn agencies_table(engine: &Engine, sums: &Statistics, text: &Text) -> Table {
    let row = |((form, id), it): (&(Form, AgencyId), &Responsiveness)| {
        let counts = [
            it.asked,
            it.in_time,
            it.late,
            it.unanswered,
            it.waiting,
            it.released,
        ];
        let waits = [&it.viewed, &it.acknowledged, &it.answered];
        let times = waits
            .iter()
            .flat_map(|waits| [waits.percentile(50), waits.percentile(90)]);
        [agency_name(engine, id, text), form_name(*form, text)]
            .into_iter()
            .chain(counts.iter().map(u64::to_string))
            .chain(times.map(minutes))
            .collect()
    };
    let head = [
        "agency",
        "by-form",
        "asked",
        "in_time",
        "late",
        "unanswered",
        "waiting",
        "released",
        "viewed-median",
        "viewed-p90",
        "acknowledged-median",
        "acknowledged-p90",
        "answered-median",
        "answered-p90",
    ]
    .map(|it| text.get(&format!("statistics-{it}"), &[]));
    Table::new(head, sums.agencies.iter().map(row).collect())
}

fn form_name(form: Form, text: &Text) -> String {
    text.get(&format!("statistics-form-{}", form.as_str()), &[])
}

/// Whole minutes, one that has begun counted.
fn minutes(wait: Option<u64>) -> String {
    wait.map_or_else(String::new, |ms| ms.div_ceil(60_000).to_string())
}

/// What an agency is called in this language; its id where the directory does not know it.
pub(super) fn agency_name(engine: &Engine, id: &AgencyId, text: &Text) -> String {
    let at = engine.ledger().directory().now();
    let named = at
        .agency(id)
        .map(|it| text.of_two(&it.name_vi, &it.name_en).to_owned());
    named.unwrap_or_else(|| id.to_string())
}

/// The name of a channel, as far as this device knows it.
pub(super) fn channel_names(
    engine: &Engine,
) -> Result<impl Fn(&thamvan_proto::id::StreamId) -> Option<String> + use<>, EngineError> {
    let views = engine.channels()?;
    Ok(move |stream: &thamvan_proto::id::StreamId| {
        let view = views.iter().find(|view| view.stream == *stream);
        view.and_then(|view| view.name.as_ref())
            .map(|(name, _)| name.clone())
    })
}

async fn initiatives(context: &Context, register: Register) -> Done {
    let Register { out, reason } = register;
    let engine = context.online_or_read().await?;
    let (channels, all) = engine.initiatives()?;
    if out.is_some() {
        may_leave(&all, reason.as_deref().unwrap_or_default())?;
    }
    let channel = channel_names(&engine)?;
    let at = engine.ledger().directory().now();
    let listed = all.iter().map(|it| {
        let proposer = at.agency(&it.proposer);
        json!({
            "id": it.id.to_string(),
            "title": it.title,
            "proposer": it.proposer.as_str(),
            "proposer_name": proposer.map(|it| &it.name_vi),
            "proposer_name_en": proposer.map(|it| &it.name_en),
            "template": it.template.id,
            "channel": it.stream.to_string(),
            "channel_name": channel(&it.stream),
            "opened_ms": it.opened,
            "state": it.state.as_str(),
        })
    });
    let value = json!({"channels": channels, "initiatives": listed.collect::<Vec<_>>()});
    let text = context.text();
    let rows = all.iter().map(|it| {
        let unreadable = || text.get("item-unreadable", &[]);
        vec![
            shown_day(Day::of(it.opened)),
            agency_name(&engine, &it.proposer, text),
            it.title.clone().unwrap_or_else(unreadable),
            text.get(&format!("template-{}", it.template.id), &[]),
            state(it.state, text),
            channel(&it.stream).unwrap_or_else(|| it.stream.to_string()),
            it.id.to_string(),
        ]
    });
    let columns = [
        "opened", "proposer", "title", "template", "state", "channel", "id",
    ]
    .map(|it| text.get(&format!("initiative-{it}"), &[]));
    let table = Table::new(columns, rows.collect());
    let (channels, count) = (channels.to_string(), all.len().to_string());
    let head = text.get("initiatives", &[("channels", &channels), ("count", &count)]);
    show(context, value, &head, &[table], out)
}

/// Titles are content: a copy of them needs a reason, and leaves no device at a secrecy level (rules S13, S14).
fn may_leave(all: &[InitiativeView], reason: &str) -> Result<(), EngineError> {
    let refused = |rule, what: String| Err(EngineError::NotAllowed { rule, what });
    if reason.trim().is_empty() {
        return refused("S14", "an export needs a reason".into());
    }
    match all.iter().find(|it| it.label.is_secrecy_level()) {
        Some(it) => refused(
            "S13",
            format!("no copy leaves the device at the label {}", it.label),
        ),
        None => Ok(()),
    }
}

fn state(state: ConsultationState, text: &Text) -> String {
    text.get(&format!("consult-state-{}", state.as_str()), &[])
}

#[cfg(test)]
mod tests {
    use thamvan_proto::id::{ConsultationId, StreamId};
    use thamvan_proto::label::Label;

    use super::*;

    fn initiative(label: Label) -> InitiativeView {
        InitiativeView {
            stream: StreamId([1; 16]),
            id: ConsultationId([2; 16]),
            template: Template::of_id("initiative_11_1").unwrap(),
            title: None,
            label,
            proposer: "moit".parse().unwrap(),
            opened: 0,
            state: ConsultationState::Collecting,
        }
    }

    fn rule(done: Result<(), EngineError>) -> Option<&'static str> {
        match done {
            Err(EngineError::NotAllowed { rule, .. }) => Some(rule),
            Err(other) => panic!("{other}"),
            Ok(()) => None,
        }
    }

    #[test]
    fn s13_no_title_leaves_the_device_from_a_secrecy_level_on() {
        for label in Label::ALL {
            let all = [initiative(Label::Internal), initiative(*label)];
            let expected = label.is_secrecy_level().then_some("S13");
            assert_eq!(
                rule(may_leave(&all, "lập kế hoạch năm")),
                expected,
                "{label}"
            );
        }
    }

    #[test]
    fn s14_a_register_on_paper_needs_a_reason() {
        assert_eq!(rule(may_leave(&[], " ")), Some("S14"));
        assert_eq!(rule(may_leave(&[], "lập kế hoạch năm")), None);
    }
}
