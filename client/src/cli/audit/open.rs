//! `thamvan audit open`: a disclosure or the evidence of a consultation, verified without home, passphrase or network.

use std::path::PathBuf;

use clap::Args;
use thamvan_audit::{
    DisclosureReport, EvidenceReport, Finding, OpenedEvidence, Pins, Verdict, kind_of,
    open_disclosure, open_evidence,
};

use super::super::{Context, Done, read_file, write_private};
use super::PinArguments;
use crate::output::CliError;
use crate::text::{Text, printable, shown_time};

#[derive(Debug, Args)]
pub(in crate::cli) struct OpenArguments {
    file: PathBuf,
    #[command(flatten)]
    pins: Option<PinArguments>,
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &Context, arguments: &OpenArguments) -> Done {
    let pins = arguments.pins.as_ref();
    let pins = pins.map(|pins| pins.read(context)).transpose()?;
    let bytes = read_file(&arguments.file)?;
    if kind_of(&bytes).as_deref() == Some("minutes") {
        return evidence(context, arguments, &bytes, pins.as_ref());
    }
    let opened = open_disclosure(&bytes, pins.as_ref());
    if let (Some(out), Some(part)) = (&arguments.out, &opened.part) {
        write_private(out, part)?;
    }
    if context.json() {
        context.sink().json(&opened.report);
    } else {
        println!("{}", words(&opened.report, context.text()));
    }
    match opened.report.verdict {
        Verdict::Ok => Ok(()),
        Verdict::Findings => Err(CliError::Findings),
    }
}

/// The evidence of a consultation; `--out` is a folder for its documents.
fn evidence(
    context: &Context,
    arguments: &OpenArguments,
    bytes: &[u8],
    pins: Option<&Pins>,
) -> Done {
    let OpenedEvidence { report, documents } = open_evidence(bytes, pins);
    if let Some(out) = arguments.out.as_ref().filter(|_| report.is_ok()) {
        std::fs::create_dir_all(out).map_err(|source| CliError::File {
            path: out.display().to_string(),
            source,
        })?;
        for (name, bytes) in &documents {
            write_private(&out.join(name), bytes)?;
        }
    }
    if context.json() {
        context.sink().json(&report);
    } else {
        println!("{}", evidence_words(&report, context.text()));
    }
    if report.is_ok() {
        Ok(())
    } else {
        Err(CliError::Findings)
    }
}

fn evidence_words(report: &EvidenceReport, text: &Text) -> String {
    let mut lines = Vec::new();
    if let (Some(it), Some(origin)) = (&report.consultation, &report.log_origin) {
        let title = printable(it.title.as_deref().unwrap_or(&it.id));
        let state = text.get(&format!("consult-state-{}", it.state), &[]);
        let (opened, deadline) = (shown_time(it.opened_ms), shown_time(it.deadline_ms));
        lines.push(text.get("evidence-ok", &[]));
        let arguments = [
            ("title", &*title),
            ("state", &*state),
            ("lead", it.lead.as_str()),
            ("opened", &*opened),
            ("deadline", &*deadline),
        ];
        lines.push(text.get("evidence-consultation", &arguments));
        for seat in &it.agencies {
            let said = match (&seat.position, &seat.answered) {
                (Some(position), _) => format!("position-{position}"),
                (None, Some(_)) => "item-unreadable".to_owned(),
                (None, None) if it.state == "collecting" => "consult-silent".to_owned(),
                (None, None) => "consult-overdue-silent".to_owned(),
            };
            let position = text.get(&said, &[]);
            let arguments = [("seat", seat.seat.as_str()), ("position", &*position)];
            lines.push(text.get("evidence-seat", &arguments));
        }
        let witnesses = report.witnesses.join(", ");
        let arguments = [("origin", origin.as_str()), ("witnesses", &*witnesses)];
        lines.push(text.get("open-log", &arguments));
        for file in &report.documents {
            let arguments = [
                ("file", file.file.as_str()),
                ("sha256", file.sha256.as_str()),
            ];
            lines.push(text.get("evidence-document", &arguments));
        }
    } else {
        lines.push(text.get("open-refused", &[]));
    }
    for finding in &report.findings {
        lines.push(finding_words(finding));
    }
    lines.join("\n")
}

fn finding_words(finding: &Finding) -> String {
    let path = printable(finding.path.as_deref().unwrap_or_default());
    format!("  {}  {}  {path}", finding.code, printable(&finding.detail))
}

fn words(report: &DisclosureReport, text: &Text) -> String {
    let mut lines = Vec::new();
    if let (Some(record), Some(author), Some(part), Some(act)) = (
        &report.record,
        &report.author,
        &report.part,
        &report.disclosure,
    ) {
        let label = text.get(&format!("label-{}", record.label), &[]);
        let (time, disclosed) = (shown_time(record.time_ms), shown_time(act.time_ms));
        let role = text.get(&format!("part-role-{}", part.role.replace('_', "-")), &[]);
        let size = part.size.to_string();
        let (n, of) = (part.n.to_string(), part.of.to_string());
        let witnesses = record.witnesses.join(", ");
        for (id, arguments) in [
            ("open-ok", vec![]),
            (
                "open-entry",
                vec![
                    ("entry", record.entry.as_str()),
                    ("time", &time),
                    ("label", &label),
                ],
            ),
            (
                "open-author",
                vec![("official", &author.official), ("device", &author.device)],
            ),
            (
                "open-log",
                vec![("origin", &record.log_origin), ("witnesses", &witnesses)],
            ),
            (
                "open-disclosed",
                vec![
                    ("by", &act.by.official),
                    ("to", &act.to),
                    ("time", &disclosed),
                    ("reason", &act.reason),
                ],
            ),
            (
                "open-part",
                vec![
                    ("n", &n),
                    ("of", &of),
                    ("role", &role),
                    ("size", &size),
                    ("sha256", &part.sha256),
                ],
            ),
        ] {
            lines.push(text.get(id, &arguments));
        }
        lines.extend(
            part.text
                .as_deref()
                .map(|it| format!("    {}", printable(it))),
        );
    } else {
        lines.push(text.get("open-refused", &[]));
    }
    for finding in &report.findings {
        lines.push(finding_words(finding));
    }
    lines.join("\n")
}
