//! `thamvan admin import`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use thamvan_engine::import::{Row, RowKind, RowState};

use super::{Context, Done, read_file};
use crate::import::{List, ListError};
use crate::output::CliError;
use crate::text::{Text, printable};

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(required = true)]
    lists: Vec<PathBuf>,
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, import: Import) -> Done {
    let mut list = List::default();
    for path in &import.lists {
        let bytes = read_file(&context.path(path))?;
        list.read(&path.display().to_string(), &bytes)
            .map_err(|error| usage(context, &error))?;
    }
    list.check().map_err(|error| usage(context, &error))?;
    let mut engine = context.online().await?;
    let rows = engine.plan_import(&list.wanted).await?;
    let entries: usize = rows.iter().map(Row::entries).sum();
    let mut logged = 0_u64;
    if !import.dry_run && entries > 0 {
        let bar = context.bar(entries);
        let result = engine
            .import(&rows, &mut || {
                logged += 1;
                bar.inc(1);
            })
            .await;
        bar.finish_and_clear();
        if let Err(error) = result {
            context.say("import-stopped", &[("count", &logged.to_string())]);
            return Err(error.into());
        }
    }
    print(context, &list, &rows, import.dry_run, logged);
    Ok(())
}

fn usage(context: &Context, error: &ListError) -> CliError {
    let line = error.line.map(|line| line.to_string()).unwrap_or_default();
    let arguments = [
        ("file", error.file.as_str()),
        ("line", line.as_str()),
        ("given", error.given.as_str()),
    ];
    CliError::Usage(context.text().get(error.fault.words(), &arguments))
}

/// A bar on standard error; nothing where that is no terminal.
pub(super) fn progress_bar(entries: usize) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(u64::try_from(entries).ok(), target);
    match ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn print(context: &Context, list: &List, rows: &[Row], dry_run: bool, logged: u64) {
    let count = |state: &str| rows.iter().filter(|row| state_word(row) == state).count();
    let waiting = |row: &&Row| row.waits_for.is_some();
    let value = json!({
        "dry_run": dry_run,
        "logged": logged,
        "summary": {
            "new": count("new"), "differs": count("differs"), "begun": count("begun"),
            "stands": count("stands"), "refused": count("refused"),
            "waits": rows.iter().filter(waiting).count(),
        },
        "rows": rows.iter().map(|row| row_json(row, list)).collect::<Vec<_>>(),
        "historic": list.historic.iter().map(|one| json!({
            "agency": one.id, "name_vi": one.name, "dissolved": one.dissolved, "successors": one.successors,
        })).collect::<Vec<_>>(),
        "mechanisms": list.mechanisms.iter().map(|one| json!({
            "mechanism": one.id, "abbr": one.abbr, "name_vi": one.name_vi, "pillar": one.pillar, "needs_confirmation": true,
        })).collect::<Vec<_>>(),
    });
    context.print(&value, |text| words(text, list, rows, dry_run, logged));
}

fn state_word(row: &Row) -> &'static str {
    match row.state {
        RowState::New => "new",
        RowState::Differs => "differs",
        RowState::Begun => "begun",
        RowState::Stands => "stands",
        RowState::Refused(_) => "refused",
    }
}

fn kind_word(row: &Row) -> &'static str {
    match row.kind {
        RowKind::Agency => "agency",
        RowKind::Field => "field",
        RowKind::Official => "official",
        RowKind::Seat => "seat",
        RowKind::Appointment => "appointment",
        RowKind::Channel => "channel",
    }
}

fn row_json(row: &Row, list: &List) -> Value {
    let changes: Vec<Value> = row
        .changes
        .iter()
        .map(|change| json!({"field": change.field, "was": change.was, "is": change.is}))
        .collect();
    let article = matches!(row.state, RowState::Refused(_)).then_some("khoản 6 Điều 5");
    json!({
        "kind": kind_word(row),
        "id": row.id,
        "state": state_word(row),
        "changes": changes,
        "act": row.act,
        "waits_for": row.waits_for,
        "article": article,
        "needs_confirmation": list.confirm.get(&row.id),
    })
}

/// The diff: a line for all that does not stand, what waits for confirmation, and a summary.
fn words(text: &Text, list: &List, rows: &[Row], dry_run: bool, logged: u64) -> String {
    let mut lines = Vec::new();
    for row in rows {
        let confirm = list.confirm.get(&row.id);
        if row.state != RowState::Stands || (dry_run && confirm.is_some()) {
            lines.push(row_line(text, row, confirm));
        }
        lines.extend(row.changes.iter().map(|change| {
            let (was, is) = (printable(&change.was), printable(&change.is));
            format!("      {}: “{was}” → “{is}”", change.field)
        }));
    }
    for one in &list.historic {
        let name = format!("{} ({})", one.id, one.name);
        lines.push(text.get(
            "import-historic",
            &[("agency", &name), ("dissolved", &one.dissolved)],
        ));
    }
    for one in list.mechanisms.iter().filter(|_| dry_run) {
        let arguments = [("abbr", one.abbr.as_str()), ("name", one.name_vi.as_str())];
        lines.push(text.get("import-mechanism", &arguments));
    }
    let count = |state: &str| {
        let found = rows.iter().filter(|row| state_word(row) == state).count();
        found.to_string()
    };
    let waits = rows.iter().filter(|row| row.waits_for.is_some()).count();
    lines.push(text.get(
        if dry_run {
            "import-planned"
        } else {
            "import-done"
        },
        &[
            ("new", &count("new")),
            ("differs", &count("differs")),
            ("begun", &count("begun")),
            ("stands", &count("stands")),
            ("waits", &waits.to_string()),
            ("logged", &logged.to_string()),
        ],
    ));
    lines.join("\n")
}

fn row_line(text: &Text, row: &Row, confirm: Option<&String>) -> String {
    let mark = match row.state {
        RowState::New => "+",
        RowState::Differs => "~",
        RowState::Begun => "…",
        RowState::Stands => "=",
        RowState::Refused(_) => "!",
    };
    let kind = text.get(&format!("import-{}", kind_word(row)), &[]);
    let next = match (&row.state, row.act, row.waits_for) {
        (RowState::Refused(_), _, _) => text.get("import-refused", &[]),
        (_, Some(act), _) => text.get(&format!("import-act-{act}"), &[]),
        (_, None, Some(who)) => text.get(&format!("import-waits-{who}"), &[]),
        (RowState::Differs, None, None) => text.get("import-stays", &[]),
        (RowState::New | RowState::Begun | RowState::Stands, None, None) => String::new(),
    };
    let badge = confirm.map(|level| text.get("import-confirm", &[("level", level)]));
    let words = [format!("{mark} {kind} {}", printable(&row.id)), next];
    let words = words
        .into_iter()
        .chain(badge)
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("  ")
}
