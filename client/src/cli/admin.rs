//! `thamvan admin …`.

mod authorise;
mod field;
mod policy;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::{Authority, Ceremony, Engine};
use thamvan_proto::cbor;
use thamvan_proto::directory::{
    Agency, AgencyKind, Role, RoleGrant, RoleRevoke, Seat, SeatAppoint, SeatRole, Statement,
};
use thamvan_proto::id::{DeviceId, OfficialId};

use super::channel::parse_scope;
use super::explain::{self, Explain};
use super::import::{self, Import};
use super::proposal::{self, ProposalCommand};
use super::{Context, Done, parse, read_file, write_private};
use crate::output::CliError;
use crate::text::printable;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    Authority {
        #[command(subcommand)]
        command: AuthorityCommand,
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
        command: SeatCommand,
    },
    Role {
        #[command(subcommand)]
        command: RoleCommand,
    },
    Device {
        #[command(subcommand)]
        command: DeviceCommand,
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
pub(super) enum AuthorityCommand {
    Init(AuthorityInit),
    Device {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        request: PathBuf,
        #[arg(long)]
        code: String,
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct AuthorityInit {
    #[arg(long)]
    dir: PathBuf,
    #[arg(long)]
    policy: PathBuf,
    #[arg(long)]
    server: String,
    #[arg(long)]
    ca: PathBuf,
    #[arg(long, default_value_t = 2)]
    threshold: u64,
    #[arg(long, default_value_t = 3)]
    keys: usize,
    /// `ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]`
    #[arg(long = "agency")]
    agencies: Vec<String>,
    /// `ID;NAME`
    #[arg(long)]
    administrator: Vec<String>,
    /// `ID;NAME`
    #[arg(long)]
    approver: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AgencyCommand {
    Add {
        /// `ID;KIND;NAME_VI;NAME_EN[;SCOPE,…]`
        agency: String,
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
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum SeatCommand {
    Add {
        seat: String,
        #[arg(long, default_value = "")]
        purpose: String,
    },
    Appoint {
        seat: String,
        official: String,
        #[arg(long = "as", default_value = "primary")]
        role: String,
        #[arg(long)]
        speak_for: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RoleCommand {
    Grant {
        role: String,
        official: String,
        #[arg(long)]
        scope: Option<String>,
    },
    Revoke {
        role: String,
        official: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
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
}

pub(super) async fn run(context: &Context, command: AdminCommand) -> Done {
    match command {
        AdminCommand::Authority { command } => authority(context, command),
        AdminCommand::Agency { command } => agency(context, command).await,
        AdminCommand::Official { command } => official(context, command).await,
        AdminCommand::Seat { command } => seat(context, command).await,
        AdminCommand::Role { command } => role(context, command).await,
        AdminCommand::Device { command } => device(context, command).await,
        AdminCommand::Authorise { command } => authorise::run(context, command).await,
        AdminCommand::Policy { command } => policy::run(context, command).await,
        AdminCommand::Field { command } => field::run(context, command).await,
        AdminCommand::Proposal { command } => proposal::run(context, command).await,
        AdminCommand::Import(import) => import::run(context, import).await,
        AdminCommand::Explain(explain) => explain::run(context, explain).await,
    }
}

fn authority(context: &Context, command: AuthorityCommand) -> Done {
    match command {
        AuthorityCommand::Init(init) => authority_init(context, &init),
        AuthorityCommand::Device {
            dir,
            request,
            code,
            out,
        } => {
            let authority = Authority::open(&dir, &context.passphrase()?)?;
            let entry = authority.enrol_device(&read_file(&request)?, &code)?;
            write_private(&out, &cbor::to_vec(&entry))?;
            let path = out.display().to_string();
            context.print(&json!({"file": path}), |text| {
                text.get("authority-device", &[("file", &path)])
            });
            Ok(())
        }
    }
}

fn authority_init(context: &Context, init: &AuthorityInit) -> Done {
    let policy = String::from_utf8_lossy(&read_file(&init.policy)?).into_owned();
    let agencies = init
        .agencies
        .iter()
        .map(|given| parse_agency(context, given))
        .collect::<Result<_, _>>()?;
    let mut officials = Vec::new();
    let roles = [
        (Role::NationalAdministrator, &init.administrator),
        (Role::Approver, &init.approver),
    ];
    for (role, given) in roles {
        for given in given {
            let (id, name) = given.split_once(';').unwrap_or((given, ""));
            officials.push((parse::<OfficialId>(context, id)?, name.to_owned(), role));
        }
    }
    let ceremony = Ceremony {
        threshold: init.threshold,
        keys: init.keys,
        policy,
        server: init.server.clone(),
        ca_pem: read_file(&init.ca)?,
        agencies,
        officials,
    };
    let founded = Authority::found(&init.dir, &context.passphrase()?, &ceremony)?;
    let genesis = HEXLOWER.encode(&founded.genesis.0);
    let tickets: Vec<String> = founded
        .tickets
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let value = json!({"genesis": genesis, "tickets": tickets});
    context.print(&value, |text| {
        text.get("authority-founded", &[("genesis", &genesis)])
    });
    Ok(())
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
    });
    context.print(&value, |text| {
        let id = if proposed {
            "stated-proposed"
        } else {
            "stated"
        };
        let record = record.unwrap_or_default();
        text.get(id, &[("proposal", record.get(..12).unwrap_or_default())])
    });
}

async fn agency(context: &Context, command: AgencyCommand) -> Done {
    let mut engine = context.online().await?;
    match command {
        AgencyCommand::Add { agency } => {
            let agency = parse_agency(context, &agency)?;
            state(context, &mut engine, Statement::Agency(agency)).await
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
    let mut engine = context.online().await?;
    match command {
        OfficialCommand::Add { official, name } => {
            let seq = engine
                .add_official(parse(context, &official)?, &name)
                .await?;
            print_stated(context, &engine, seq, false);
            Ok(())
        }
        OfficialCommand::List => {
            let at = engine.ledger().directory().now();
            let rows: Vec<(String, usize)> = at
                .officials()
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

async fn seat(context: &Context, command: SeatCommand) -> Done {
    let mut engine = context.online().await?;
    let statement = match command {
        SeatCommand::Add { seat, purpose } => Statement::Seat(Seat {
            id: parse(context, &seat)?,
            purpose,
        }),
        SeatCommand::Appoint {
            seat,
            official,
            role,
            speak_for,
        } => Statement::SeatAppoint(SeatAppoint {
            seat: parse(context, &seat)?,
            official: parse(context, &official)?,
            role: SeatRole::ALL
                .iter()
                .copied()
                .find(|known| known.as_str() == role)
                .ok_or_else(|| unknown_word(context, &role))?,
            from: engine.now(),
            until: None,
            speak_for,
        }),
    };
    state(context, &mut engine, statement).await
}

async fn role(context: &Context, command: RoleCommand) -> Done {
    let mut engine = context.online().await?;
    let statement = match command {
        RoleCommand::Grant {
            role,
            official,
            scope,
        } => Statement::RoleGrant(RoleGrant {
            role: parse_role(context, &role)?,
            official: parse(context, &official)?,
            scope: scope
                .as_deref()
                .map(|agency| parse(context, agency))
                .transpose()?,
            from: engine.now(),
            until: None,
        }),
        RoleCommand::Revoke { role, official } => Statement::RoleRevoke(RoleRevoke {
            role: parse_role(context, &role)?,
            official: parse(context, &official)?,
        }),
    };
    state(context, &mut engine, statement).await
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

async fn device(context: &Context, command: DeviceCommand) -> Done {
    let mut engine = context.online().await?;
    match command {
        DeviceCommand::Ticket { official, out } => {
            let official: OfficialId = parse(context, &official)?;
            let ticket = engine.issue_ticket(official, TICKET_LIFETIME_MS).await?;
            write_private(&out, ticket.to_text().as_bytes())?;
            let path = out.display().to_string();
            let value = json!({"ticket": ticket.ticket.to_string(), "file": path});
            context.print(&value, |text| text.get("ticket-issued", &[("file", &path)]));
            Ok(())
        }
        DeviceCommand::List => device_list(context, &mut engine).await,
        DeviceCommand::Approve { device, code } => {
            let (device, live) = engine.approve_device(&device, &code).await?;
            let value = json!({
                "device": device.to_string(),
                "state": if live { "active" } else { "proposed" },
            });
            let id = if live {
                "device-active"
            } else {
                "device-proposed"
            };
            context.print(&value, |text| {
                text.get(id, &[("device", &device.to_string())])
            });
            Ok(())
        }
        DeviceCommand::Revoke { device, reason } => {
            let device: DeviceId = parse(context, &device)?;
            let seq = engine.revoke_device(device, reason).await?;
            print_stated(context, &engine, seq, false);
            Ok(())
        }
    }
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
