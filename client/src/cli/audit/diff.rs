//! `thamvan audit diff`.

use std::path::PathBuf;

use clap::Args;
use thamvan_audit::{BodyKind, Difference, StreamDifference, Verdict, Which};

use super::super::{Context, Done};
use super::PinArguments;
use crate::output::CliError;
use crate::text::{Text, printable};

/// The two copies and what is known beforehand.
#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArguments {
    old: PathBuf,
    new: PathBuf,
    #[command(flatten)]
    pins: PinArguments,
}

pub(super) fn run(context: &Context, arguments: &DiffArguments) -> Done {
    let pins = arguments.pins.read(context)?;
    let difference = thamvan_audit::diff(&arguments.old, &arguments.new, &pins)
        .map_err(|error| CliError::Usage(error.to_string()))?;
    if context.json() {
        context.sink().json(&difference);
    } else {
        print_words(&difference, context.text());
    }
    match difference.verdict {
        Verdict::Ok => Ok(()),
        Verdict::Findings => Err(CliError::Findings),
    }
}

fn print_words(difference: &Difference, text: &Text) {
    println!("{}", headline(difference, text));
    for it in &difference.findings {
        let copy = match it.copy {
            Which::Old => "audit-copy-old",
            Which::New => "audit-copy-new",
            Which::Both => "audit-copy-both",
        };
        let (finding, copy) = (&it.finding, text.get(copy, &[]));
        let path = printable(finding.path.as_deref().unwrap_or_default());
        let detail = printable(&finding.detail);
        println!("  [{copy}]  {}  {detail}  {path}", finding.code);
    }
    for stream in &difference.streams {
        print_stream(stream, text);
    }
    for gone in &difference.gone {
        let reason = match gone.kind {
            BodyKind::Body => "audit-gone-body",
            BodyKind::Side => "audit-gone-side",
            BodyKind::Erasable => "audit-gone-erasable",
        };
        let reason = text.get(reason, &[]);
        let facts = [
            ("body", gone.body.as_str()),
            ("stream", gone.stream.as_str()),
            ("reason", reason.as_str()),
        ];
        println!("  {}", text.get("audit-diff-gone", &facts));
    }
}

fn headline(difference: &Difference, text: &Text) -> String {
    if difference.verdict == Verdict::Findings {
        let count = difference.findings.len().to_string();
        return text.get("audit-diff-findings", &[("count", &count)]);
    }
    let size = |size: Option<u64>| size.map_or_else(|| "?".to_owned(), |size| size.to_string());
    let (old, new) = (&difference.old, &difference.new);
    if old.tree_size == new.tree_size {
        return text.get("audit-diff-same", &[]);
    }
    let (old, new) = (size(old.tree_size), size(new.tree_size));
    text.get("audit-diff-grown", &[("old", &old), ("new", &new)])
}

fn print_stream(stream: &StreamDifference, text: &Text) {
    let types = stream
        .types
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"));
    let types = types.collect::<Vec<_>>().join(", ");
    let facts = [
        ("stream", stream.stream.as_str()),
        ("records", &stream.records.to_string()),
        ("types", &types),
    ];
    println!("  {}", text.get("audit-diff-stream", &facts));
    let people = [
        ("added", &stream.members_added),
        ("removed", &stream.members_removed),
        ("devices_added", &stream.devices_added),
        ("devices_removed", &stream.devices_removed),
    ];
    if people.iter().any(|(_, list)| !list.is_empty()) {
        let shown = people.map(|(name, list)| (name, shown(list)));
        let facts: Vec<(&str, &str)> = shown.iter().map(|(n, v)| (*n, v.as_str())).collect();
        println!("    {}", text.get("audit-diff-people", &facts));
    }
}

fn shown(list: &[String]) -> String {
    if list.is_empty() {
        "–".to_owned()
    } else {
        list.join(", ")
    }
}
