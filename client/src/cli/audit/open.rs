//! `thamvan audit open`: a disclosure, verified without home, passphrase or network.

use std::path::PathBuf;

use clap::Args;
use thamvan_audit::{DisclosureReport, Verdict, open_disclosure};

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
    let opened = open_disclosure(&read_file(&arguments.file)?, pins.as_ref());
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
        let path = printable(finding.path.as_deref().unwrap_or_default());
        lines.push(format!(
            "  {}  {}  {path}",
            finding.code,
            printable(&finding.detail)
        ));
    }
    lines.join("\n")
}
