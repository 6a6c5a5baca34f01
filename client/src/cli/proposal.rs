//! `thamvan admin proposal …`: what waits for a second person.

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::error::exactly_one;
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::directory::{Pending, Statement};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::OfficialId;
use thamvan_proto::tlog::Hash;

use super::admin::policy::{accreditation_json, policy_json, policy_words};
use super::admin::print_stated;
use super::{Context, Done, doors};
use crate::output::CliError;
use crate::text::{Text, printable, shown_time};

#[derive(Debug, Subcommand)]
pub(super) enum ProposalCommand {
    List,
    Approve(Approve),
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    #[arg(required_unless_present = "all")]
    proposals: Vec<String>,
    /// The code that the list ends with: what has come since is not approved with it.
    #[arg(long, value_name = "CODE", conflicts_with = "proposals")]
    pub(super) all: Option<String>,
}

pub(super) async fn run(context: &Context, command: ProposalCommand) -> Done {
    let mut engine = if matches!(command, ProposalCommand::List) {
        context.online_or_read().await?
    } else {
        context.online().await?
    };
    match command {
        ProposalCommand::List => list(context, &engine),
        ProposalCommand::Approve(approve) => {
            let records = match &approve.all {
                Some(code) => listed(&engine, code)?,
                None => named(&engine, &approve.proposals)?,
            };
            if context.is_page() && !are_for_pages(&engine, &records) {
                return Err(CliError::Usage(context.text().get("usage-page", &[])));
            }
            if let [record] = records.as_slice() {
                let seq = engine.approve_proposal(*record).await?;
                print_stated(context, &engine, seq, false);
                return Ok(());
            }
            let bar = context.bar(records.len());
            let approved = engine.approve_proposals(&records, &mut || bar.inc(1)).await;
            bar.finish_and_clear();
            approved?;
            let count = records.len();
            context.print(&json!({"approved": count}), |text| {
                text.get("proposals-approved", &[("count", &count.to_string())])
            });
            Ok(())
        }
    }
}

/// Whether a page may be the second person for all of these.
fn are_for_pages(engine: &Engine, records: &[Hash]) -> bool {
    let proposals = engine.ledger().directory().proposals();
    proposals
        .filter(|(hash, _)| records.contains(hash))
        .all(|(_, pending)| doors::is_approved_from_pages(&pending.statement))
}

fn list(context: &Context, engine: &Engine) -> Done {
    let open = open_proposals(engine);
    let approvable = approvable(engine, &open)?;
    let code = list_code(&approvable);
    let row = |(hash, pending): &(Hash, &Pending)| {
        let may = approvable.contains(hash);
        // Whom to ask is said of appointments, which pages show.
        let is_appointment = matches!(pending.statement, Statement::SeatAppoint(_));
        let seconds = is_appointment.then(|| engine.seconds(pending));
        let seconds = seconds.unwrap_or_default();
        let seconds: Vec<&str> = seconds.iter().map(OfficialId::as_str).collect();
        json!({
            "proposal": HEXLOWER.encode(&hash.0),
            "kind": pending.statement.number(),
            "proposed_by": pending.proposer.to_string(),
            "expires_ms": pending.expires,
            "statement": statement_json(&pending.statement),
            "list": may.then_some(&code),
            "allowed": if may { vec!["approve"] } else { vec![] },
            "approvers": seconds,
        })
    };
    context.print(&open.iter().map(row).collect(), |text| {
        let mut lines: Vec<String> = open.iter().map(|one| line(one, text)).collect();
        if !approvable.is_empty() {
            let count = approvable.len().to_string();
            lines.push(text.get("proposals-all", &[("count", &count), ("code", &code)]));
        }
        lines.join("\n")
    });
    Ok(())
}

fn line((hash, pending): &(Hash, &Pending), text: &Text) -> String {
    let hash = HEXLOWER.encode(&hash.0);
    let kind = text.get(&format!("statement-{}", pending.statement.number()), &[]);
    let subject = subject(&pending.statement, text);
    let short = hash.get(..12).unwrap_or(&hash);
    format!("{short}  {kind}: {subject}  {}", pending.proposer)
}

/// What a statement that needs two persons says, in a line.
fn subject(statement: &Statement, text: &Text) -> String {
    if let Statement::SeatAppoint(fact) = statement {
        let speaks = text.get("subject-speaks", &[]);
        let speaks = if fact.speak_for {
            speaks
        } else {
            String::new()
        };
        let role = text.get(&format!("seat-role-{}", fact.role.as_str()), &[]);
        let until = fact.until.map(shown_time).unwrap_or_default();
        let words = [
            fact.official.to_string(),
            fact.seat.to_string(),
            role,
            speaks,
            until,
        ];
        words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    } else if let Statement::RoleGrant(fact) = statement {
        let role = text.get(&format!("role-{}", fact.role.as_str()), &[]);
        let scope = fact.scope.as_ref().map(ToString::to_string);
        let words = [Some(fact.official.to_string()), Some(role), scope];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    } else if let Statement::DeviceEnrol(fact) = statement {
        format!("{}, {}", fact.official, fact.device)
    } else if let Statement::AgencyEnd(fact) = statement {
        format!("{}, {}", fact.agency, printable(&fact.reason))
    } else if let Statement::DeviceSuspend(fact) = statement {
        format!("{}, {}", fact.device, printable(&fact.reason))
    } else if let Statement::NameErasure(fact) = statement {
        format!("{}, {}", fact.official, printable(&fact.reason))
    } else if let Statement::PolicyChange(fact) = statement {
        policy_words(fact, text)
    } else if let Statement::Accreditation(fact) = statement {
        let level = text.get(&format!("label-{}", fact.level), &[]);
        let words = [&fact.number, &fact.authority, &fact.systems].map(|word| printable(word));
        format!("{level}, {}, {}", words.join(", "), shown_time(fact.until))
    } else {
        statement
            .agency()
            .map(|agency| agency.to_string())
            .unwrap_or_default()
    }
}

fn statement_json(statement: &Statement) -> Value {
    if let Statement::SeatAppoint(fact) = statement {
        json!({
            "seat": fact.seat.to_string(), "official": fact.official.to_string(), "as": fact.role.as_str(),
            "speak_for": fact.speak_for, "from_ms": fact.from, "until_ms": fact.until,
        })
    } else if let Statement::RoleGrant(fact) = statement {
        json!({
            "role": fact.role.as_str(), "official": fact.official.to_string(),
            "agency": fact.scope.as_ref().map(ToString::to_string), "from_ms": fact.from, "until_ms": fact.until,
        })
    } else if let Statement::DeviceEnrol(fact) = statement {
        json!({"device": fact.device.to_string(), "official": fact.official.to_string(), "name": fact.name})
    } else if let Statement::AgencyEnd(fact) = statement {
        json!({"agency": fact.agency.to_string(), "reason": fact.reason})
    } else if let Statement::DeviceSuspend(fact) = statement {
        json!({"device": fact.device.to_string(), "suspended": fact.suspended, "reason": fact.reason})
    } else if let Statement::NameErasure(fact) = statement {
        json!({"official": fact.official.to_string(), "reason": fact.reason})
    } else if let Statement::PolicyChange(fact) = statement {
        policy_json(fact)
    } else if let Statement::Accreditation(fact) = statement {
        accreditation_json(fact)
    } else {
        json!({"agency": statement.agency().map(|agency| agency.to_string())})
    }
}

/// What waits, as far as this person may know whom it names: a guest learns of nobody with whom they share no channel (R16, R17).
fn open_proposals(engine: &Engine) -> Vec<(Hash, &Pending)> {
    let (now, own) = (engine.now(), &engine.pinned().official);
    let proposals = engine.ledger().directory().proposals();
    proposals
        .filter(|(_, pending)| !pending.approved && now <= pending.expires)
        .filter(|(_, pending)| engine.ledger().may_see(own, pending))
        .map(|(hash, pending)| (*hash, pending))
        .collect()
}

/// What this person may approve from a list. A device is not approved so: its code is compared first.
fn approvable(engine: &Engine, open: &[(Hash, &Pending)]) -> Result<Vec<Hash>, EngineError> {
    let (official, now) = (engine.official()?, engine.now());
    let at = engine.ledger().directory().now();
    Ok(open
        .iter()
        .filter(|(_, pending)| !matches!(pending.statement, Statement::DeviceEnrol(_)))
        .filter(|(_, pending)| at.may_approve(&official, pending, now).is_ok())
        .map(|(hash, _)| *hash)
        .collect())
}

/// Names exactly these proposals: whoever approves all of a list approves what was shown and nothing that came since.
fn list_code(records: &[Hash]) -> String {
    let bytes: Vec<u8> = records.iter().flat_map(|record| record.0).collect();
    let code = HEXLOWER.encode(&sha256(&bytes).0);
    code.get(..LIST_CODE_LEN).unwrap_or(&code).to_owned()
}

fn listed(engine: &Engine, code: &str) -> Result<Vec<Hash>, CliError> {
    let records = approvable(engine, &open_proposals(engine))?;
    if !records.is_empty() && list_code(&records) == code {
        return Ok(records);
    }
    let rule = "proposals_changed";
    let what = "the list of proposals is another one than the code names".into();
    Err(EngineError::NotAllowed { rule, what }.into())
}

fn named(engine: &Engine, given: &[String]) -> Result<Vec<Hash>, CliError> {
    let mut records = Vec::new();
    for given in given {
        let proposals = engine.ledger().directory().proposals();
        let found = proposals
            .filter(|(hash, _)| given.len() >= 6 && HEXLOWER.encode(&hash.0).starts_with(given));
        let (record, pending) = exactly_one("proposal", given, found)?;
        if matches!(pending.statement, Statement::DeviceEnrol(_)) {
            let what = "a device is approved with the code that its owner reads out".into();
            return Err(EngineError::NotAllowed {
                rule: "device_code",
                what,
            }
            .into());
        }
        if !records.contains(record) {
            records.push(*record);
        }
    }
    Ok(records)
}

/// Hexadecimal digits: 48 bits, against a set that changes within the days a proposal waits.
const LIST_CODE_LEN: usize = 12;
