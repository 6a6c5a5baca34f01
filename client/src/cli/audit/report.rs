//! `thamvan audit report`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use thamvan_audit::{Verdict, examine};

use super::super::{Context, Done, VERSION};
use super::PinArguments;
use crate::output::CliError;
use crate::report::{Document, page};

/// The copy, what is known beforehand, and where the page goes: to standard output without `--out`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArguments {
    #[arg(long)]
    copy: PathBuf,
    #[command(flatten)]
    pins: PinArguments,
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(context: &Context, arguments: &ReportArguments) -> Done {
    let pins = arguments.pins.read(context)?;
    let examined =
        examine(&arguments.copy, &pins).map_err(|error| CliError::Usage(error.to_string()))?;
    let page = || {
        page(
            &examined.report,
            &examined.facts,
            context.text(),
            now_ms(),
            VERSION,
        )
    };
    if let Some(out) = &arguments.out {
        let file = out.display().to_string();
        std::fs::write(out, page()).map_err(|source| CliError::File {
            path: file.clone(),
            source,
        })?;
        context.say("audit-reported", &[("file", &file)]);
    }
    if context.json() {
        context
            .sink()
            .json(&Document::new(&examined.report, &examined.facts));
    } else if arguments.out.is_none() {
        print!("{}", page());
    }
    match examined.report.verdict {
        Verdict::Ok => Ok(()),
        Verdict::Findings => Err(CliError::Findings),
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
}
