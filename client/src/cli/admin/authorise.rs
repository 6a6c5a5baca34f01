//! `thamvan admin authorise …`: who may have what a channel above the handling tags carries (rule S10).

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::channel::Authorisation;
use thamvan_proto::id::StreamId;

use super::super::{Context, Done, parse, parse_moment};
use crate::output::CliError;
use crate::text::{printable, shown_time};

#[derive(Debug, Subcommand)]
pub(in super::super) enum AuthoriseCommand {
    Grant(Grant),
    End {
        channel: String,
        official: String,
        #[arg(long)]
        reason: String,
    },
    List {
        channel: String,
    },
}

#[derive(Debug, Args)]
pub(in super::super) struct Grant {
    channel: String,
    official: String,
    #[arg(long)]
    level: String,
    #[arg(long)]
    task: String,
    #[arg(long)]
    document: String,
    #[arg(long)]
    from: Option<String>,
    #[arg(long)]
    until: String,
}

pub(super) async fn run(context: &Context, command: AuthoriseCommand) -> Done {
    let mut engine = context.online().await?;
    let stream = match command {
        AuthoriseCommand::Grant(grant) => {
            let stream = engine.find_channel(&grant.channel)?;
            let fact = authorisation(context, &engine, grant)?;
            engine.authorise(stream, fact).await?;
            stream
        }
        AuthoriseCommand::End {
            channel,
            official,
            reason,
        } => {
            let stream = engine.find_channel(&channel)?;
            let official = parse(context, &official)?;
            engine.end_authorisation(stream, official, reason).await?;
            stream
        }
        AuthoriseCommand::List { channel } => engine.find_channel(&channel)?,
    };
    list(context, &engine, stream)
}

fn authorisation(
    context: &Context,
    engine: &Engine,
    grant: Grant,
) -> Result<Authorisation, CliError> {
    let from = grant
        .from
        .as_ref()
        .map(|given| parse_moment(context, given));
    Ok(Authorisation {
        official: parse(context, &grant.official)?,
        level: parse(context, &grant.level)?,
        task: grant.task,
        document: grant.document,
        from: from.transpose()?.unwrap_or_else(|| engine.now()),
        until: parse_moment(context, &grant.until)?,
    })
}

fn list(context: &Context, engine: &Engine, stream: StreamId) -> Done {
    let channel = engine
        .ledger()
        .channel(&stream)
        .ok_or_else(|| EngineError::Unknown {
            what: "channel",
            name: stream.to_string(),
        })?;
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let given: Vec<(&Authorisation, bool)> = channel
        .authorisations()
        .map(|fact| (fact, channel.is_authorised(&at, &fact.official, time)))
        .collect();
    let value = given
        .iter()
        .map(|(fact, live)| shown(fact, *live))
        .collect();
    context.print(&value, |text| {
        if given.is_empty() {
            return text.get("authorisations-none", &[]);
        }
        let line = |(fact, _): &(&Authorisation, bool)| {
            let level = text.get(&format!("label-{}", fact.level), &[]);
            let (task, until) = (printable(&fact.task), shown_time(fact.until));
            text.get(
                "authorisation",
                &[
                    ("official", fact.official.as_str()),
                    ("level", &level),
                    ("task", &task),
                    ("until", &until),
                ],
            )
        };
        given.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn shown(fact: &Authorisation, live: bool) -> Value {
    json!({
        "official": fact.official.to_string(),
        "level": fact.level.as_str(),
        "task": fact.task,
        "document": fact.document,
        "from_ms": fact.from,
        "until_ms": fact.until,
        "live": live,
    })
}
