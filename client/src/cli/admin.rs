//! `thamvan admin …`.

mod authorise;
pub(super) mod authority;
mod device;
pub(super) mod field;
pub(super) mod policy;
pub(super) mod seat;

use clap::Subcommand;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::Engine;
use thamvan_proto::directory::{
    Agency, AgencyEnd, AgencyKind, NameErasure, OfficialEnd, Role, RoleGrant, RoleRevoke, Statement,
};

use super::channel::parse_scope;
use super::explain::{self, Explain};
use super::import::{self, Import};
use super::proposal::{self, ProposalCommand};
use super::{Context, Done, parse, parse_moment};
use crate::output::CliError;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    Authority {
        #[command(subcommand)]
        command: authority::AuthorityCommand,
    },
    Agency {
        #[command(subcommand)]
        command: AgencyCommand,
    },
    Official {
        #[command(subcommand)]
        command: OfficialCommand,
    },
    Seat {
        #[command(subcommand)]
        command: seat::SeatCommand,
    },
    Role {
        #[command(subcommand)]
        command: RoleCommand,
    },
    Device {
        #[command(subcommand)]
        command: device::DeviceCommand,
    },
    Authorise {
        #[command(subcommand)]
        command: authorise::AuthoriseCommand,
    },
    Policy {
        #[command(subcommand)]
        command: policy::PolicyCommand,
    },
    Field {
        #[command(subcommand)]
        command: field::FieldCommand,
    },
    Proposal {
        #[command(subcommand)]
        command: ProposalCommand,
    },
    Import(Import),
    Explain(Explain),
}

#[derive(Debug, Subcommand)]
pub(super) enum AgencyCommand {
    Add {
        /// `ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]`
        agency: String,
    },
    End {
        #[arg(id = "agency-id", value_name = "AGENCY")]
        agency: String,
        #[arg(long)]
        reason: String,
    },
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum OfficialCommand {
    Add {
        official: String,
        #[arg(long)]
        name: String,
    },
    End {
        official: String,
        #[arg(long)]
        reason: String,
    },
    EraseName {
        official: String,
        #[arg(long)]
        reason: String,
    },
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum RoleCommand {
    Grant {
        role: String,
        official: String,
        #[arg(long)]
        scope: Option<String>,
        #[arg(long)]
        until: Option<String>,
    },
    Revoke {
        role: String,
        official: String,
    },
}

pub(super) async fn run(context: &Context, command: AdminCommand) -> Done {
    match command {
        AdminCommand::Authority { command } => authority::run(context, command).await,
        AdminCommand::Agency { command } => agency(context, command).await,
        AdminCommand::Official { command } => official(context, command).await,
        AdminCommand::Seat { command } => seat::run(context, command).await,
        AdminCommand::Role { command } => role(context, command).await,
        AdminCommand::Device { command } => device::run(context, command).await,
        AdminCommand::Authorise { command } => authorise::run(context, command).await,
        AdminCommand::Policy { command } => policy::run(context, command).await,
        AdminCommand::Field { command } => field::run(context, command).await,
        AdminCommand::Proposal { command } => proposal::run(context, command).await,
        AdminCommand::Import(import) => import::run(context, import).await,
        AdminCommand::Explain(explain) => explain::run(context, explain).await,
    }
}

fn parse_agency(context: &Context, given: &str) -> Result<Agency, CliError> {
    let wrong = || CliError::Usage(context.text().get("usage-agency", &[("given", given)]));
    let fields: Vec<&str> = given.split(';').collect();
    let (id, kind, name_vi, name_en, leads) = match fields.as_slice() {
        [id, kind, vi, en] => (id, kind, vi, en, ""),
        [id, kind, vi, en, leads] => (id, kind, vi, en, *leads),
        _ => return Err(wrong()),
    };
    let kind = AgencyKind::ALL
        .iter()
        .copied()
        .find(|known| known.as_str() == *kind)
        .ok_or_else(wrong)?;
    let leads = leads
        .split(',')
        .filter(|scope| !scope.is_empty())
        .map(|scope| parse_scope(context, scope))
        .collect::<Result<Vec<_>, _>>()?;
    if leads.iter().any(|scope| !scope.is_named()) {
        return Err(wrong());
    }
    Ok(Agency {
        id: parse(context, id)?,
        kind,
        name_vi: (*name_vi).to_owned(),
        name_en: (*name_en).to_owned(),
        leads,
    })
}

/// Makes a statement, or proposes it where it needs two persons; prints which.
async fn state(context: &Context, engine: &mut Engine, statement: Statement) -> Done {
    let proposed = statement.needs_two_persons();
    let seq = engine.state(statement, vec![]).await?;
    print_stated(context, engine, seq, proposed);
    Ok(())
}

pub(super) fn print_stated(context: &Context, engine: &Engine, seq: u64, proposed: bool) {
    let stream = thamvan_proto::id::StreamId::DIRECTORY;
    let record = engine
        .ledger()
        .record_hash(&stream, seq)
        .map(|hash| HEXLOWER.encode(&hash.0));
    let value = json!({
        "entry": format!("{stream}/{seq}"),
        "proposal": if proposed { record.clone() } else { None },
        "without_rights": engine.is_without_rights(),
    });
    context.print(&value, |text| {
        let id = if engine.is_without_rights() {
            "stated-without-rights"
        } else if proposed {
            "stated-proposed"
        } else {
            "stated"
        };
        let record = record.unwrap_or_default();
        text.get(id, &[("proposal", record.get(..12).unwrap_or_default())])
    });
}

async fn agency(context: &Context, command: AgencyCommand) -> Done {
    let mut engine = if matches!(command, AgencyCommand::List) {
        context.online_or_read().await?
    } else {
        context.online().await?
    };
    match command {
        AgencyCommand::Add { agency } => {
            let agency = parse_agency(context, &agency)?;
            state(context, &mut engine, Statement::Agency(agency)).await
        }
        AgencyCommand::End { agency, reason } => {
            let agency = parse(context, &agency)?;
            let statement = Statement::AgencyEnd(AgencyEnd { agency, reason });
            state(context, &mut engine, statement).await
        }
        AgencyCommand::List => {
            let agencies: Vec<&Agency> = engine.ledger().directory().now().agencies().collect();
            let value = agencies.iter().map(|agency| agency_json(agency)).collect();
            context.print(&value, |_| {
                let line = |agency: &&Agency| format!("{:<12} {}", agency.id, agency.name_vi);
                agencies.iter().map(line).collect::<Vec<_>>().join("\n")
            });
            Ok(())
        }
    }
}

fn agency_json(agency: &Agency) -> Value {
    let leads: Vec<Value> = agency
        .leads
        .iter()
        .map(|scope| json!({"kind": scope.kind.as_str(), "id": scope.id}))
        .collect();
    json!({
        "agency": agency.id.to_string(),
        "kind": agency.kind.as_str(),
        "name_vi": agency.name_vi,
        "name_en": agency.name_en,
        "leads": leads,
    })
}

async fn official(context: &Context, command: OfficialCommand) -> Done {
    let mut engine = if matches!(command, OfficialCommand::List) {
        context.online_or_read().await?
    } else {
        context.online().await?
    };
    match command {
        OfficialCommand::Add { official, name } => {
            let seq = engine
                .add_official(parse(context, &official)?, &name)
                .await?;
            print_stated(context, &engine, seq, false);
            Ok(())
        }
        OfficialCommand::End { official, reason } => {
            let official = parse(context, &official)?;
            let statement = Statement::OfficialEnd(OfficialEnd { official, reason });
            state(context, &mut engine, statement).await
        }
        OfficialCommand::EraseName { official, reason } => {
            let official = parse(context, &official)?;
            let statement = Statement::NameErasure(NameErasure { official, reason });
            state(context, &mut engine, statement).await
        }
        OfficialCommand::List => {
            let at = engine.ledger().directory().now();
            let own = engine.official()?;
            // A guest's list has nobody but those with whom they share a channel (rules R16, R17).
            let rows: Vec<(String, usize)> = at
                .officials()
                .filter(|official| engine.ledger().may_know(&own, &official.id))
                .map(|official| (official.id.to_string(), at.devices_of(&official.id).count()))
                .collect();
            let row = |(id, devices): &(String, usize)| json!({"official": id, "devices": devices});
            context.print(&rows.iter().map(row).collect(), |_| {
                let line = |(id, devices): &(String, usize)| format!("{id:<32} {devices}");
                rows.iter().map(line).collect::<Vec<_>>().join("\n")
            });
            Ok(())
        }
    }
}

async fn role(context: &Context, command: RoleCommand) -> Done {
    let mut engine = context.online().await?;
    let statement = match command {
        RoleCommand::Grant {
            role,
            official,
            scope,
            until,
        } => Statement::RoleGrant(RoleGrant {
            role: parse_role(context, &role)?,
            official: parse(context, &official)?,
            scope: scope
                .as_deref()
                .map(|agency| parse(context, agency))
                .transpose()?,
            from: engine.now(),
            until: parse_until(context, until.as_deref())?,
        }),
        RoleCommand::Revoke { role, official } => Statement::RoleRevoke(RoleRevoke {
            role: parse_role(context, &role)?,
            official: parse(context, &official)?,
        }),
    };
    state(context, &mut engine, statement).await
}

fn parse_until(context: &Context, given: Option<&str>) -> Result<Option<u64>, CliError> {
    given.map(|given| parse_moment(context, given)).transpose()
}

fn parse_role(context: &Context, given: &str) -> Result<Role, CliError> {
    let role = Role::ALL
        .iter()
        .copied()
        .find(|role| role.as_str() == given);
    role.ok_or_else(|| unknown_word(context, given))
}

fn unknown_word(context: &Context, given: &str) -> CliError {
    CliError::Usage(context.text().get("usage-identifier", &[("given", given)]))
}
