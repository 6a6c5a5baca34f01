//! `thamvan channels`, `thamvan channel …`.

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::{ChannelView, EngineError, FoundRequest};
use thamvan_proto::channel::{Scope, Suite};
use thamvan_proto::id::{AgencyId, OfficialId};
use thamvan_proto::label::Label;

use super::{Context, Done, parse};
use crate::output::CliError;
use crate::text::Text;

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    Found(Found),
    Approve {
        channel: String,
    },
    Provision {
        channel: String,
    },
    Start {
        channel: String,
    },
    Add {
        channel: String,
        official: String,
    },
    Remove {
        channel: String,
        official: String,
        #[arg(long)]
        reason: String,
    },
    Show {
        channel: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Found {
    name: String,
    #[arg(long)]
    purpose: String,
    #[arg(long)]
    scope: String,
    #[arg(long, value_delimiter = ',')]
    members: Vec<String>,
    #[arg(long, default_value = "internal")]
    label: String,
    #[arg(long, default_value_t = 3_650)]
    retention_days: u64,
    #[arg(long, default_value_t = 365)]
    review_days: u64,
}

pub(super) async fn list(context: &Context) -> Done {
    let engine = context.online().await?;
    let views = engine.channels()?;
    let value = views.iter().map(channel_json).collect();
    context.print(&value, |text| {
        if views.is_empty() {
            return text.get("channels-none", &[]);
        }
        views
            .iter()
            .map(|view| channel_line(view, text))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(())
}

pub(super) async fn run(context: &Context, command: ChannelCommand) -> Done {
    let mut engine = context.online().await?;
    let (given, done) = match command {
        ChannelCommand::Found(found) => {
            let stream = engine.found_channel(request(context, found)?).await?;
            (stream.to_string(), "channel-founded")
        }
        ChannelCommand::Approve { channel } => {
            let stream = engine.find_channel(&channel)?;
            engine.approve_channel(stream).await?;
            (stream.to_string(), "channel-approved")
        }
        ChannelCommand::Provision { channel } => {
            let stream = engine.find_channel(&channel)?;
            engine.provision_channel(stream, Suite::XWing).await?;
            (stream.to_string(), "channel-provisioned")
        }
        ChannelCommand::Start { channel } => {
            let stream = engine.find_channel(&channel)?;
            engine.start_channel(stream).await?;
            (stream.to_string(), "channel-started")
        }
        ChannelCommand::Add { channel, official } => {
            let stream = engine.find_channel(&channel)?;
            let official: OfficialId = parse(context, &official)?;
            engine.add_member(stream, official).await?;
            (stream.to_string(), "channel-added")
        }
        ChannelCommand::Remove {
            channel,
            official,
            reason,
        } => {
            let stream = engine.find_channel(&channel)?;
            let official: OfficialId = parse(context, &official)?;
            engine.remove_member(stream, official, reason).await?;
            (stream.to_string(), "channel-removed")
        }
        ChannelCommand::Show { channel } => {
            (engine.find_channel(&channel)?.to_string(), "channel-shown")
        }
    };
    let view = engine
        .channels()?
        .into_iter()
        .find(|view| view.stream.to_string() == given)
        .ok_or(EngineError::Unknown {
            what: "channel",
            name: given,
        })?;
    context.print(&channel_json(&view), |text| {
        format!("{}\n{}", text.get(done, &[]), channel_line(&view, text))
    });
    Ok(())
}

fn request(context: &Context, found: Found) -> Result<FoundRequest, CliError> {
    let members = found
        .members
        .iter()
        .map(|agency| parse::<AgencyId>(context, agency))
        .collect::<Result<_, _>>()?;
    Ok(FoundRequest {
        name: found.name,
        purpose: found.purpose,
        scope: parse_scope(context, &found.scope)?,
        label: parse::<Label>(context, &found.label)?,
        members,
        retention_days: found.retention_days,
        review_after_ms: found.review_days.saturating_mul(DAY_MS),
    })
}

/// `acc`, or `KIND:ID`, e.g. `pillar:aec`.
pub(super) fn parse_scope(context: &Context, given: &str) -> Result<Scope, CliError> {
    crate::import::scope(given)
        .ok_or_else(|| CliError::Usage(context.text().get("usage-scope", &[("given", given)])))
}

fn channel_json(view: &ChannelView) -> Value {
    let founding = view.founding.as_ref();
    json!({
        "channel": view.stream.to_string(),
        "name": view.name.as_ref().map(|(name, _)| name),
        "purpose": view.name.as_ref().map(|(_, purpose)| purpose),
        "state": view.state,
        "founder": founding.map(|f| f.founder.to_string()),
        "scope": founding.map(|f| json!({"kind": f.scope.kind.as_str(), "id": f.scope.id})),
        "label": founding.map(|f| f.label.as_str()),
        "agencies": founding
            .map(|f| f.members.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "review_ms": founding.map(|f| f.review),
        "members": view.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "devices": view.devices.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "epoch": view.epoch,
        "size": view.size,
        "sealed": founding.map(|f| HEXLOWER.encode(&f.sealed.0)),
    })
}

fn channel_line(view: &ChannelView, text: &Text) -> String {
    let unnamed = text.get("channel-unnamed", &[]);
    let label = view.founding.as_ref().map_or_else(String::new, |founding| {
        text.get(&format!("label-{}", founding.label), &[])
    });
    let stream = view.stream.to_string();
    text.get(
        "channel",
        &[
            ("id", stream.get(..12).unwrap_or(&stream)),
            (
                "name",
                view.name
                    .as_ref()
                    .map_or(unnamed.as_str(), |(name, _)| name),
            ),
            ("label", &label),
            (
                "state",
                &text.get(&format!("channel-state-{}", view.state), &[]),
            ),
            ("members", &view.members.len().to_string()),
            ("devices", &view.devices.len().to_string()),
        ],
    )
}

const DAY_MS: u64 = 24 * 3600 * 1000;
