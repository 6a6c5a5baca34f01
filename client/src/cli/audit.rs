//! `thamvan audit …`.

mod diff;
mod open;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use thamvan_audit::{
    CopyContents, CopyError, Pins, RecordContents, StreamContents, Tiles, Verdict,
};
use thamvan_engine::AuditLog;
use thamvan_proto::tlog::{Hash, TilePath};

use super::{Context, Done, read_file};
use crate::output::CliError;
use crate::text::printable;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    Sync {
        #[arg(long)]
        out: PathBuf,
    },
    Verify {
        #[arg(long)]
        copy: PathBuf,
        #[command(flatten)]
        pins: PinArguments,
    },
    Report(report::ReportArguments),
    Diff(diff::DiffArguments),
    Open(open::OpenArguments),
}

/// What an auditor knows beforehand.
#[derive(Debug, Args)]
pub(super) struct PinArguments {
    #[arg(long)]
    policy: PathBuf,
    #[arg(long)]
    genesis: String,
}

pub(super) async fn run(context: &Context, command: AuditCommand) -> Done {
    match command {
        AuditCommand::Sync { out } => {
            let mut engine = context.online().await?;
            let out = context.path(&out);
            let has = |tile: &TilePath| thamvan_audit::has_tile(&out, tile);
            let log = engine.audit_log(has).await?;
            let (size, streams) = (log.tree_size, log.streams.len());
            write_copy(&out, log)?;
            context.print(&json!({"tree_size": size, "streams": streams}), |text| {
                let (size, streams) = (size.to_string(), streams.to_string());
                text.get("audit-synced", &[("size", &size), ("streams", &streams)])
            });
            Ok(())
        }
        AuditCommand::Verify { copy, pins } => verify(context, &copy, &pins),
        AuditCommand::Report(arguments) => report::run(context, &arguments),
        AuditCommand::Diff(arguments) => diff::run(context, &arguments),
        AuditCommand::Open(arguments) => open::run(context, &arguments),
    }
}

fn write_copy(out: &std::path::Path, log: AuditLog) -> Done {
    let tiles: BTreeMap<String, Vec<u8>> = log
        .tiles
        .into_iter()
        .map(|(path, bytes)| (path.to_path(), bytes))
        .collect();
    let streams = log
        .streams
        .into_iter()
        .map(|stream| {
            let records = stream
                .records
                .into_iter()
                .map(|r| RecordContents {
                    index: r.index,
                    record: r.record,
                    body: r.body,
                })
                .collect();
            (
                stream.stream,
                StreamContents {
                    key: stream.key,
                    records,
                    sides: stream.sides,
                },
            )
        })
        .collect();
    let fetched = |path: &TilePath| tiles.get(&path.to_path()).cloned();
    let contents = CopyContents {
        checkpoint: log.checkpoint,
        shard: 0,
        streams,
        tiles: Tiles::Fetched(&fetched),
    };
    thamvan_audit::write(out, &contents).map_err(|error| {
        // A log that shrank or split since the last copy is what an auditor is there to find.
        let evidence = matches!(error, CopyError::Rollback { .. } | CopyError::Split { .. });
        let make = if evidence {
            CliError::Evidence
        } else {
            CliError::Usage
        };
        make(error.to_string())
    })
}

impl PinArguments {
    fn read(&self, context: &Context) -> Result<Pins, CliError> {
        let wrong = || {
            let given = [("given", self.genesis.as_str())];
            CliError::Usage(context.text().get("usage-identifier", &given))
        };
        let genesis = genesis_hash(&self.genesis).ok_or_else(wrong)?;
        let text = String::from_utf8_lossy(&read_file(&self.policy)?).into_owned();
        Pins::read(&text, genesis).map_err(|error| {
            let detail = error.to_string();
            CliError::Usage(context.text().get("usage-policy", &[("detail", &detail)]))
        })
    }
}

fn verify(context: &Context, copy: &std::path::Path, pins: &PinArguments) -> Done {
    let pins = pins.read(context)?;
    let report = thamvan_audit::verify_pinned(copy, &pins)
        .map_err(|error| CliError::Usage(error.to_string()))?;
    let found = report.verdict == Verdict::Findings;
    if context.json() {
        context.sink().json(&report);
    } else {
        let id = if found { "audit-findings" } else { "audit-ok" };
        let (entries, signatures) = (
            report.checked.entries.to_string(),
            report.checked.signatures.to_string(),
        );
        let count = report.findings.len().to_string();
        println!(
            "{}",
            context.text().get(
                id,
                &[
                    ("entries", &entries),
                    ("signatures", &signatures),
                    ("count", &count)
                ],
            )
        );
        for finding in &report.findings {
            let path = printable(finding.path.as_deref().unwrap_or_default());
            println!("  {}  {}  {path}", finding.code, printable(&finding.detail));
        }
    }
    if found {
        Err(CliError::Findings)
    } else {
        Ok(())
    }
}

/// A genesis hash, or a file that holds it.
fn genesis_hash(given: &str) -> Option<Hash> {
    let text = std::fs::read_to_string(given).unwrap_or_else(|_| given.to_owned());
    let bytes = data_encoding::HEXLOWER
        .decode(text.trim().as_bytes())
        .ok()?;
    bytes.try_into().ok().map(Hash)
}
