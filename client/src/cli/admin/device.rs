//! `thamvan admin device …`: tickets, approvals, and what takes a device out of use.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use thamvan_engine::{Approved, Engine};
use thamvan_proto::directory::{DeviceSuspend, Statement};
use thamvan_proto::id::{DeviceId, OfficialId};

use super::super::{Context, Done, parse, write_private};
use super::{print_stated, state};
use crate::output::CliError;
use crate::text::printable;

#[derive(Debug, Subcommand)]
pub(in super::super) enum DeviceCommand {
    Ticket {
        #[arg(long)]
        official: String,
        #[arg(long)]
        out: PathBuf,
    },
    List,
    Approve {
        device: String,
        #[arg(long)]
        code: String,
    },
    Revoke {
        device: String,
        #[arg(long)]
        reason: String,
    },
    Suspend {
        device: String,
        #[arg(long)]
        reason: String,
    },
    Resume {
        device: String,
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(context: &Context, command: DeviceCommand) -> Done {
    let mut engine = context.online().await?;
    match command {
        DeviceCommand::Ticket { official, out } => {
            let official: OfficialId = parse(context, &official)?;
            let ticket = engine.issue_ticket(official, TICKET_LIFETIME_MS).await?;
            write_private(&context.path(&out), ticket.to_text().as_bytes())?;
            let path = out.display().to_string();
            let value = json!({"ticket": ticket.ticket.to_string(), "file": path});
            context.print(&value, |text| text.get("ticket-issued", &[("file", &path)]));
            Ok(())
        }
        DeviceCommand::List => device_list(context, &mut engine).await,
        DeviceCommand::Approve { device, code } => {
            let (device, approved) = engine.approve_device(&device, &code).await?;
            let state = match approved {
                Approved::Proposed => "proposed",
                Approved::Logged => "logged",
                Approved::Active => "active",
            };
            let value = json!({"device": device.to_string(), "state": state});
            context.print(&value, |text| {
                let id = format!("device-{state}");
                text.get(&id, &[("device", &device.to_string())])
            });
            Ok(())
        }
        DeviceCommand::Revoke { device, reason } => {
            let device: DeviceId = parse(context, &device)?;
            let seq = engine.revoke_device(device, reason).await?;
            print_stated(context, &engine, seq, false);
            Ok(())
        }
        DeviceCommand::Suspend { device, reason } => {
            let statement = suspension(context, &device, true, reason)?;
            state(context, &mut engine, statement).await
        }
        DeviceCommand::Resume { device, reason } => {
            let statement = suspension(context, &device, false, reason)?;
            state(context, &mut engine, statement).await
        }
    }
}

fn suspension(
    context: &Context,
    device: &str,
    suspended: bool,
    reason: String,
) -> Result<Statement, CliError> {
    Ok(Statement::DeviceSuspend(DeviceSuspend {
        device: parse(context, device)?,
        suspended,
        reason,
    }))
}

async fn device_list(context: &Context, engine: &mut Engine) -> Done {
    let waiting = engine.enrolments().await?;
    let value = waiting
        .iter()
        .map(|view| {
            json!({
                "device": view.fact.device.to_string(),
                "official": view.fact.official.to_string(),
                "name": view.fact.name,
                "state": if view.proposal.is_some() { "proposed" } else { "pending" },
                "proposed_by": view.proposal.as_ref().map(|(_, by)| by.to_string()),
            })
        })
        .collect();
    context.print(&value, |text| {
        if waiting.is_empty() {
            return text.get("devices-none", &[]);
        }
        let line = |view: &thamvan_engine::EnrolmentView| {
            let name = printable(&view.fact.name);
            format!("{}  {}  {name}", view.fact.device, view.fact.official)
        };
        waiting.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// 7 days.
const TICKET_LIFETIME_MS: u64 = 7 * 24 * 3600 * 1000;
