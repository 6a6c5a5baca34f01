//! `thamvan admin policy …`: the ceiling of the deployment and the accreditations that raise it (rules S1, S2).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::Engine;
use thamvan_proto::directory::{Accreditation, AccreditationEnd, Measure, Statement};
use thamvan_proto::entry::sha256;

use super::super::{Context, Done, parse, parse_moment, read_file};
use super::{state, unknown_word};
use crate::output::CliError;
use crate::text::{printable, shown_time};

#[derive(Debug, Subcommand)]
pub(in super::super) enum PolicyCommand {
    Show,
    Accreditation {
        #[command(subcommand)]
        command: AccreditationCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(in super::super) enum AccreditationCommand {
    Add(Box<Add>),
    End {
        number: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(in super::super) struct Add {
    #[arg(long)]
    number: String,
    #[arg(long)]
    authority: String,
    #[arg(long)]
    date: String,
    #[arg(long)]
    level: String,
    #[arg(long)]
    measure: String,
    #[arg(long)]
    systems: String,
    /// Its SHA-256 goes into the log, the file stays here.
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    from: Option<String>,
    #[arg(long)]
    until: String,
}

pub(super) async fn run(context: &Context, command: PolicyCommand) -> Done {
    let mut engine = context.online().await?;
    let statement = match command {
        PolicyCommand::Show => {
            show(context, &engine);
            return Ok(());
        }
        PolicyCommand::Accreditation { command } => match command {
            AccreditationCommand::Add(add) => {
                Statement::Accreditation(accreditation(context, &engine, *add)?)
            }
            AccreditationCommand::End { number, reason } => {
                Statement::AccreditationEnd(AccreditationEnd { number, reason })
            }
        },
    };
    state(context, &mut engine, statement).await
}

fn accreditation(context: &Context, engine: &Engine, add: Add) -> Result<Accreditation, CliError> {
    let from = add.from.as_ref().map(|given| parse_moment(context, given));
    Ok(Accreditation {
        date: parse_moment(context, &add.date)?,
        level: parse(context, &add.level)?,
        measure: match add.measure.as_str() {
            "independent_lan" => Measure::IndependentLan,
            "cipher" => Measure::Cipher,
            other => return Err(unknown_word(context, other)),
        },
        document: sha256(&read_file(&context.path(&add.file))?),
        from: from.transpose()?.unwrap_or_else(|| engine.now()),
        until: parse_moment(context, &add.until)?,
        number: add.number,
        authority: add.authority,
        systems: add.systems,
    })
}

fn show(context: &Context, engine: &Engine) {
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let ceiling = at.ceiling(time);
    let live: Vec<&Accreditation> = at.accreditations(time).collect();
    let value = json!({
        "ceiling": ceiling.as_str(),
        "accreditations": live.iter().map(|fact| shown(fact)).collect::<Vec<_>>(),
    });
    context.print(&value, |text| {
        let label = text.get(&format!("label-{ceiling}"), &[]);
        let mut lines = vec![text.get("policy-ceiling", &[("label", &label)])];
        lines.extend(live.iter().map(|fact| {
            let number = printable(&fact.number);
            let authority = printable(&fact.authority);
            let until = shown_time(fact.until);
            let arguments = [
                ("number", &*number),
                ("authority", &*authority),
                ("until", &*until),
            ];
            text.get("policy-accreditation", &arguments)
        }));
        lines.join("\n")
    });
}

fn shown(fact: &Accreditation) -> Value {
    json!({
        "number": fact.number,
        "authority": fact.authority,
        "date_ms": fact.date,
        "level": fact.level.as_str(),
        "measure": match fact.measure {
            Measure::IndependentLan => "independent_lan",
            Measure::Cipher => "cipher",
        },
        "systems": fact.systems,
        "sha256": HEXLOWER.encode(&fact.document.0),
        "from_ms": fact.from,
        "until_ms": fact.until,
    })
}
