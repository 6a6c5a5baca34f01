//! `thamvan channels`, `thamvan channel …`.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::{Absent, ChannelView, Engine, EngineError, FoundRequest};
use thamvan_proto::channel::{History, Scope, ScopeKind};
use thamvan_proto::directory::{At, DeviceEnrol, Role, Signers};
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId};
use thamvan_proto::label::Label;

use super::consult::templates;
use super::explain::{signed_by, signers};
use super::{Context, Done, parse, witnesses};
use crate::output::CliError;
use crate::text::{Text, printable};

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
        #[arg(long, default_value = "nothing", value_parser = ["nothing", "brief"])]
        history: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    Remove {
        channel: String,
        official: String,
        #[arg(long)]
        reason: String,
    },
    Leave {
        channel: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    Close {
        channel: String,
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
    let engine = context.online_or_read().await?;
    let views = engine.channels()?;
    let at = engine.ledger().directory().now();
    let mut views: Vec<(Branch, ChannelView)> = views
        .into_iter()
        .map(|view| (branch(&view, &at, context.text()), view))
        .collect();
    views.sort_by(|(a, one), (b, other)| (a, &one.name).cmp(&(b, &other.name)));
    let value = views
        .iter()
        .map(|(branch, view)| channel_json(&engine, view, branch, context.text()))
        .collect::<Result<_, _>>()?;
    context.print(&value, |text| {
        if views.is_empty() {
            return text.get("channels-none", &[]);
        }
        let mut lines = Vec::new();
        let mut last = None;
        for (branch, view) in &views {
            if last != Some(branch) {
                lines.push(branch.heading(text));
                last = Some(branch);
            }
            lines.push(format!("  {}", channel_line(view, text)));
        }
        lines.join("\n")
    });
    Ok(())
}

/// Where a channel hangs in the tree: coordinating council, pillars, cross-sector, cross-pillar, designated fields.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Branch {
    kind: Option<u64>,
    /// Of a pillar its place in the Regulation; of a field nothing.
    place: Option<usize>,
    id: String,
    name: String,
}

impl Branch {
    fn heading(&self, text: &Text) -> String {
        let kinds = ScopeKind::ALL.iter().copied();
        let kind = kinds
            .into_iter()
            .find(|kind| Some(kind.number()) == self.kind);
        match kind {
            Some(kind) if kind.is_field() => {
                let kind = text.get(&format!("branch-{}", kind.as_str()), &[]);
                format!("{kind}: {}", printable(&self.name))
            }
            _ => printable(&self.name),
        }
    }
}

fn branch(view: &ChannelView, at: &At<'_>, text: &Text) -> Branch {
    let Some(scope) = view.founding.as_ref().map(|founding| &founding.scope) else {
        return Branch {
            kind: None,
            place: None,
            id: String::new(),
            name: text.get("channel-unfounded", &[]),
        };
    };
    Branch {
        kind: Some(scope.kind.number()),
        place: Scope::PILLARS.iter().position(|pillar| *pillar == scope.id),
        id: scope.id.clone(),
        name: scope_name(scope, at, text),
    }
}

/// What a pillar, the Coordinating Council or a field is called.
pub(super) fn scope_name(scope: &Scope, at: &At<'_>, text: &Text) -> String {
    let words = format!("branch-{}", scope.id);
    let field = scope.id.parse().ok().and_then(|id| at.field(&id));
    match field.filter(|_| scope.kind.is_field()) {
        Some(field) => {
            let (vi, en) = (&field.fact.name_vi, &field.fact.name_en);
            text.of_two(vi, en).to_owned()
        }
        None if text.has(&words) => text.get(&words, &[]),
        None => scope.id.clone(),
    }
}

pub(super) async fn run(context: &Context, command: ChannelCommand) -> Done {
    let mut engine = match &command {
        ChannelCommand::Show { .. } => context.online_or_read().await?,
        ChannelCommand::Found(_)
        | ChannelCommand::Approve { .. }
        | ChannelCommand::Provision { .. }
        | ChannelCommand::Start { .. }
        | ChannelCommand::Add { .. }
        | ChannelCommand::Remove { .. }
        | ChannelCommand::Leave { .. }
        | ChannelCommand::Close { .. } => context.online().await?,
    };
    let (given, done) = match command {
        ChannelCommand::Found(found) => {
            let request = request(context, &engine, found)?;
            let stream = engine.found_channel(request).await?;
            (stream.to_string(), "channel-founded")
        }
        ChannelCommand::Approve { channel } => {
            let stream = engine.find_channel(&channel)?;
            engine.approve_channel(stream).await?;
            (stream.to_string(), "channel-approved")
        }
        ChannelCommand::Provision { channel } => {
            let stream = engine.find_channel(&channel)?;
            let suite = engine.default_suite();
            engine.provision_channel(stream, suite).await?;
            (stream.to_string(), "channel-provisioned")
        }
        ChannelCommand::Start { channel } => {
            let stream = engine.find_channel(&channel)?;
            engine.start_channel(stream).await?;
            (stream.to_string(), "channel-started")
        }
        ChannelCommand::Add {
            channel,
            official,
            history,
            reason,
        } => {
            let stream = engine.find_channel(&channel)?;
            let official: OfficialId = parse(context, &official)?;
            let history = if history == "brief" {
                History::Brief
            } else {
                History::Nothing
            };
            engine
                .add_member_with(stream, official, history, reason)
                .await?;
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
        ChannelCommand::Leave { channel, reason } => {
            let stream = engine.find_channel(&channel)?;
            engine.leave_channel(stream, reason).await?;
            (stream.to_string(), "channel-left")
        }
        ChannelCommand::Close { channel, reason } => {
            let stream = engine.find_channel(&channel)?;
            engine.close_channel(stream, reason).await?;
            (stream.to_string(), "channel-closed")
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
    let voids = if done == "channel-shown" {
        engine.voids(&view.stream)
    } else {
        &[]
    };
    let at = engine.ledger().directory().now();
    let branch = branch(&view, &at, context.text());
    let mut value = channel_json(&engine, &view, &branch, context.text())?;
    if let Value::Object(value) = &mut value {
        value.insert("people".into(), people_json(&view, &engine));
        value.insert("auditors".into(), auditors_json(&view, &engine));
        value.insert("void".into(), voids.iter().map(void_json).collect());
        let checkpoint = engine
            .checkpoint()
            .map(|known| json!({"size": known.size, "root": HEXLOWER.encode(&known.root.0)}));
        value.insert("checkpoint".into(), checkpoint.into());
        let witnesses = witnesses::json(&engine.witness_status()?);
        value.insert("witnesses".into(), witnesses);
        let templates = templates::document(&engine, context.text());
        value.insert("templates".into(), templates);
    }
    context.print(&value, |text| {
        let mut lines = vec![text.get(done, &[]), channel_line(&view, text)];
        if done == "channel-shown" {
            lines.extend(details(&view, &branch, &engine, text));
            lines.extend(voids.iter().map(|(seq, why)| {
                text.get("channel-void", &[("seq", &seq.to_string()), ("why", why)])
            }));
        }
        lines.join("\n")
    });
    Ok(())
}

fn void_json((seq, why): &(u64, String)) -> Value {
    json!({"seq": seq, "why": why})
}

/// To whom a member may disclose a part of what was said.
fn auditors_json(view: &ChannelView, engine: &Engine) -> Value {
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let founder = view.founding.as_ref().map(|founding| &founding.founder);
    at.officials()
        .filter(|official| at.holds_role(&official.id, Role::Auditor, founder, time))
        .map(|official| official.id.to_string())
        .collect()
}

/// Members with their devices: who signed each enrolment, and which have not been committed into the group.
fn people_json(view: &ChannelView, engine: &Engine) -> Value {
    let at = engine.ledger().directory().now();
    let device = |device: &DeviceEnrol| {
        let by = at.signers(&device.device);
        json!({
            "device": device.device.to_string(),
            "name": device.name,
            "in_group": view.devices.contains(&device.device),
            "witnessed": !engine.awaits_witnesses(&view.stream, &device.device),
            "enrolled_by": by.map(signers),
            "root_keys": by == Some(&Signers::Root),
        })
    };
    view.members
        .iter()
        .map(|official| {
            let devices: Vec<Value> = at.devices_of(official).map(device).collect();
            json!({"official": official.to_string(), "devices": devices})
        })
        .collect()
}

fn details(view: &ChannelView, branch: &Branch, engine: &Engine, text: &Text) -> Vec<String> {
    let at = engine.ledger().directory().now();
    let mut lines = vec![text.get("channel-branch", &[("name", &branch.heading(text))])];
    if let Some((_, purpose)) = &view.name {
        lines.push(text.get("channel-purpose", &[("purpose", purpose)]));
    }
    let steps = [
        ("channel-founder", &view.founded_by),
        ("channel-approver", &view.approved_by),
        ("channel-provisioner", &view.provisioned_by),
        ("channel-closer", &view.closed_by),
    ];
    for (words, official) in steps {
        if let Some(official) = official {
            lines.push(text.get(words, &[("official", official.as_str())]));
        }
    }
    lines.extend(faults(view, text));
    for official in &view.members {
        lines.push(text.get("channel-member", &[("official", official.as_str())]));
        for device in at.devices_of(official) {
            let by = at.signers(&device.device).map(|by| signed_by(text, by));
            let arguments = [
                ("device", device.device.to_string()),
                ("name", device.name.clone()),
                ("signers", by.unwrap_or_default()),
            ];
            let arguments: Vec<(&str, &str)> = arguments
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let inside = view.devices.contains(&device.device);
            let words = if inside {
                "channel-device"
            } else {
                "channel-device-outside"
            };
            lines.push(text.get(words, &arguments));
            if engine.awaits_witnesses(&view.stream, &device.device) {
                lines.push(text.get("channel-device-unwitnessed", &[]));
            }
        }
    }
    lines
}

/// Who made a commit that others could not apply, and who they are.
pub(super) fn faults(view: &ChannelView, text: &Text) -> Vec<String> {
    let words = |id, device: &DeviceId, official: &OfficialId, by: &Rejecters| {
        let agencies: Vec<&str> = by.keys().map(AgencyId::as_str).collect();
        let arguments = [
            ("device", device.to_string()),
            ("official", official.to_string()),
            ("agencies", agencies.join(", ")),
        ];
        let arguments: Vec<(&str, &str)> = arguments
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        text.get(id, &arguments)
    };
    let barred = view.barred.iter().map(|(device, it)| {
        let (official, by) = (&it.official, &it.rejected_by);
        words("channel-barred", device, official, by)
    });
    let doubted = view.doubted.iter().map(|it| {
        let (device, official) = (&it.by.device, &it.by.official);
        words("channel-doubted", device, official, &it.rejected_by)
    });
    barred.chain(doubted).collect()
}

type Rejecters = BTreeMap<AgencyId, OfficialId>;

/// The same in JSON; `out`: whether the device is.
fn fault_json(
    device: &DeviceId,
    commit: u64,
    official: &OfficialId,
    by: &Rejecters,
    out: bool,
) -> Value {
    let by: Vec<String> = by.values().map(ToString::to_string).collect();
    json!({
        "device": device.to_string(),
        "official": official.to_string(),
        "commit": commit,
        "rejected_by": by,
        "out": out,
    })
}

fn faults_json(view: &ChannelView) -> Vec<Value> {
    let barred = view
        .barred
        .iter()
        .map(|(device, it)| fault_json(device, it.commit, &it.official, &it.rejected_by, true));
    let doubted = view.doubted.iter().map(|it| {
        fault_json(
            &it.by.device,
            it.seq,
            &it.by.official,
            &it.rejected_by,
            false,
        )
    });
    barred.chain(doubted).collect()
}

/// Whoever the Regulation obliges to support a field is a member of its channels from the beginning (Article 3(5), rule R3.a).
fn request(context: &Context, engine: &Engine, found: Found) -> Result<FoundRequest, CliError> {
    let scope = parse_scope(context, &found.scope)?;
    let mut members: BTreeSet<AgencyId> = found
        .members
        .iter()
        .map(|agency| parse::<AgencyId>(context, agency))
        .collect::<Result<_, _>>()?;
    let at = engine.ledger().directory().now();
    let field = scope.id.parse().ok().and_then(|id| at.field(&id));
    let field =
        field.filter(|field| scope.kind == ScopeKind::Designated && field.fact.kind == scope.kind);
    members.extend(
        field
            .into_iter()
            .flat_map(|field| field.fact.supporting.clone()),
    );
    Ok(FoundRequest {
        name: found.name,
        purpose: found.purpose,
        scope,
        label: parse::<Label>(context, &found.label)?,
        members: members.into_iter().collect(),
        retention_days: found.retention_days,
        review_after_ms: found.review_days.saturating_mul(DAY_MS),
    })
}

/// `acc`, or `KIND:ID`, e.g. `pillar:aec`.
pub(super) fn parse_scope(context: &Context, given: &str) -> Result<Scope, CliError> {
    crate::import::scope(given)
        .ok_or_else(|| CliError::Usage(context.text().get("usage-scope", &[("given", given)])))
}

fn channel_json(
    engine: &Engine,
    view: &ChannelView,
    branch: &Branch,
    text: &Text,
) -> Result<Value, EngineError> {
    let rights = engine.channel_rights(view.stream)?;
    let askable: Vec<Value> = rights
        .askable
        .iter()
        .map(|seat| json!({"seat": seat.as_str(), "agency": seat.agency().as_str()}))
        .collect();
    let absent = |one: &Absent| {
        let history = one.history.map(history_word);
        json!({"official": one.official.as_str(), "history": history})
    };
    let left = !view.members.contains(&engine.pinned().official);
    let founding = view.founding.as_ref();
    Ok(json!({
        "channel": view.stream.to_string(),
        "name": view.name.as_ref().map(|(name, _)| name),
        "purpose": view.name.as_ref().map(|(_, purpose)| purpose),
        "state": view.state,
        "founder": founding.map(|f| f.founder.to_string()),
        "scope": founding.map(|f| json!({"kind": f.scope.kind.as_str(), "id": f.scope.id, "name": branch.name})),
        // Branches in the order of this number, and channels by name within one.
        "branch": {"order": branch.kind, "place": branch.place, "heading": branch.heading(text)},
        "founded_by": view.founded_by.as_ref().map(ToString::to_string),
        "approved_by": view.approved_by.as_ref().map(ToString::to_string),
        "provisioned_by": view.provisioned_by.as_ref().map(ToString::to_string),
        "closed_by": view.closed_by.as_ref().map(ToString::to_string),
        "label": founding.map(|f| f.label.as_str()),
        "agencies": founding
            .map(|f| f.members.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "review_ms": founding.map(|f| f.review),
        "members": view.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "devices": view.devices.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "generation": view.generation,
        "epoch": view.epoch,
        "rejected": faults_json(view),
        "size": view.size,
        "unread": view.unread,
        "sealed": founding.map(|f| HEXLOWER.encode(&f.sealed.0)),
        "left": left,
        "may_send": rights.may_send,
        "may_open": rights.may_open,
        "askable": askable,
        // Who of the own agency holds a seat and is no member; `history`: with what this home may add them, null where others do.
        "absent": rights.absent.iter().map(absent).collect::<Vec<_>>(),
        "adders": rights.adders.iter().map(OfficialId::as_str).collect::<Vec<_>>(),
    }))
}

/// As `channel add --history` takes it; a range is given by nobody.
const fn history_word(history: History) -> &'static str {
    match history {
        History::Brief => "brief",
        History::Nothing | History::Range => "nothing",
    }
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
            ("unread", &view.unread.to_string()),
        ],
    )
}

const DAY_MS: u64 = 24 * 3600 * 1000;
