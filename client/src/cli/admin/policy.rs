//! `thamvan admin policy …`: the policy in force, the ceiling of the deployment and the accreditations that raise it (rules S1, S2).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::Engine;
use thamvan_proto::calendar::Day;
use thamvan_proto::channel::Suite;
use thamvan_proto::directory::{
    Accreditation, AccreditationEnd, ChannelHours, Measure, PolicyChange, Route, Statement,
    UrgencyHours,
};
use thamvan_proto::duty::{Duty, DutyEnd};
use thamvan_proto::entry::sha256;

use super::super::{Context, Done, parse, parse_moment, read_file};
use super::{state, unknown_word};
use crate::output::CliError;
use crate::text::{Text, printable, shown_day, shown_time};

#[derive(Debug, Subcommand)]
pub(in super::super) enum PolicyCommand {
    Show,
    Set(Box<Set>),
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
pub(in super::super) struct Set {
    #[arg(long, value_delimiter = ',', required = true)]
    suites: Vec<String>,
    #[arg(long)]
    secret_list: String,
    #[arg(long, value_delimiter = ',')]
    off: Option<Vec<String>>,
    #[arg(long, value_delimiter = ',')]
    worked: Option<Vec<String>>,
    #[arg(long, value_delimiter = ',')]
    hours: Option<Vec<u64>>,
    #[arg(long, value_name = "CHANNEL=H,H,H")]
    channel_hours: Option<Vec<String>>,
    #[arg(long, value_name = "AGENCY=SEAT")]
    route: Option<Vec<String>>,
    #[arg(long, value_name = "DUTY=MM-DD[THH:MM]")]
    duty: Option<Vec<String>>,
    #[arg(long)]
    document: String,
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    from: Option<String>,
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
        PolicyCommand::Set(set) => Statement::PolicyChange(policy(context, &engine, *set)?),
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

/// The version after the one that this device knows: of two that are proposed at once, one is refused. Days and hours that are not
/// given stay as they are.
fn policy(context: &Context, engine: &Engine, set: Set) -> Result<PolicyChange, CliError> {
    let from = set.from.as_ref().map(|given| parse_moment(context, given));
    let mut suites = BTreeSet::new();
    for given in &set.suites {
        let known = Suite::ALL.iter().find(|suite| suite.as_str() == given);
        suites.insert(*known.ok_or_else(|| unknown_word(context, given))?);
    }
    let at = engine.ledger().directory().now();
    let before = at.policy(engine.now());
    let days = |given: Option<Vec<String>>, before: Option<&Vec<Day>>| match given {
        None => Ok(before.cloned().unwrap_or_default()),
        Some(given) => {
            let given = given.iter().filter(|day| !day.is_empty());
            let days: Result<BTreeSet<Day>, CliError> =
                given.map(|day| parse(context, day)).collect();
            days.map(|days| days.into_iter().collect())
        }
    };
    Ok(PolicyChange {
        off: days(set.off, before.map(|it| &it.off))?,
        worked: days(set.worked, before.map(|it| &it.worked))?,
        hours: match set.hours.as_deref() {
            None => before.and_then(|it| it.hours),
            Some(given) => Some(hours(context, given)?),
        },
        channel_hours: match set.channel_hours {
            None => before
                .map(|it| it.channel_hours.clone())
                .unwrap_or_default(),
            Some(given) => channel_hours(context, engine, &given)?,
        },
        routes: match set.route {
            None => before.map(|it| it.routes.clone()).unwrap_or_default(),
            Some(given) => routes(context, &given)?,
        },
        duties: match set.duty {
            None => before.map(|it| it.duties.clone()).unwrap_or_default(),
            Some(given) => duties(context, &given)?,
        },
        version: at.next_policy_version(),
        suites: suites.into_iter().collect(),
        secret_list: set.secret_list,
        document: set.document,
        hash: sha256(&read_file(&set.file)?),
        from: from.transpose()?.unwrap_or_else(|| engine.now()),
    })
}

/// Hours for khẩn, thượng khẩn and hỏa tốc.
fn hours(context: &Context, given: &[u64]) -> Result<UrgencyHours, CliError> {
    let &[khan, thuong_khan, hoa_toc] = given else {
        return Err(CliError::Usage(context.text().get("usage-hours", &[])));
    };
    Ok(UrgencyHours {
        khan,
        thuong_khan,
        hoa_toc,
    })
}

/// `CHANNEL=H,H,H` of each channel that has hours of its own; an empty text is none.
fn channel_hours(
    context: &Context,
    engine: &Engine,
    given: &[String],
) -> Result<Vec<ChannelHours>, CliError> {
    let mut rows = BTreeMap::new();
    for given in given.iter().filter(|given| !given.is_empty()) {
        let (channel, amounts) = pair(context, given)?;
        let amounts: Vec<u64> = amounts
            .split(',')
            .map(|amount| parse(context, amount.trim()))
            .collect::<Result<_, _>>()?;
        rows.insert(engine.find_channel(channel)?, hours(context, &amounts)?);
    }
    let rows = rows.into_iter();
    Ok(rows
        .map(|(channel, hours)| ChannelHours { channel, hours })
        .collect())
}

/// `AGENCY=SEAT` of each route; an empty text is none.
fn routes(context: &Context, given: &[String]) -> Result<Vec<Route>, CliError> {
    let mut routes = BTreeSet::new();
    for given in given.iter().filter(|given| !given.is_empty()) {
        let (from, told) = pair(context, given)?;
        routes.insert(Route {
            from: parse(context, from)?,
            told: parse(context, told)?,
        });
    }
    Ok(routes.into_iter().collect())
}

/// `DUTY=MM-DD[THH:MM]` of each yearly duty that ends at another moment than that of the program; an empty text is none.
fn duties(context: &Context, given: &[String]) -> Result<Vec<DutyEnd>, CliError> {
    let mut ends = BTreeMap::new();
    for given in given.iter().filter(|given| !given.is_empty()) {
        let end = duty_end(given);
        let end = end.ok_or_else(|| CliError::Usage(context.text().get("usage-duty", &[])))?;
        ends.insert(end.duty, end);
    }
    Ok(ends.into_values().collect())
}

fn duty_end(given: &str) -> Option<DutyEnd> {
    let (name, moment) = given.split_once('=')?;
    let duty = Duty::ALL.iter().find(|duty| duty.as_str() == name)?;
    let (day, clock) = moment.split_once('T').unwrap_or((moment, "23:59"));
    let two = |text: &str, between| {
        let (one, other) = text.split_once(between)?;
        Some((one.parse::<u64>().ok()?, other.parse::<u64>().ok()?))
    };
    let ((month, day), (hours, minutes)) = (two(day, '-')?, two(clock, ':')?);
    let end = DutyEnd {
        duty: *duty,
        month,
        day,
        minute: hours.checked_mul(60)?.checked_add(minutes)?,
    };
    (minutes < 60 && end.is_in_every_year()).then_some(end)
}

fn pair<'a>(context: &Context, given: &'a str) -> Result<(&'a str, &'a str), CliError> {
    given
        .split_once('=')
        .ok_or_else(|| unknown_word(context, given))
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
    let policy = at.policy(time);
    let value = json!({
        "ceiling": ceiling.as_str(),
        "policy": policy.map(policy_json),
        "accreditations": live.iter().map(|fact| accreditation_json(fact)).collect::<Vec<_>>(),
    });
    context.print(&value, |text| {
        let label = text.get(&format!("label-{ceiling}"), &[]);
        let mut lines = vec![text.get("policy-ceiling", &[("label", &label)])];
        lines.push(policy.map_or_else(
            || text.get("policy-none", &[]),
            |fact| policy_words(fact, text),
        ));
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

pub(in super::super) fn policy_json(fact: &PolicyChange) -> Value {
    json!({
        "version": fact.version,
        "suites": fact.suites.iter().map(|suite| suite.as_str()).collect::<Vec<_>>(),
        "secret_list": fact.secret_list,
        "off": fact.off.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "worked": fact.worked.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "hours": fact.hours.map(amounts),
        "channel_hours": fact.channel_hours.iter().map(|row| json!({
            "channel": row.channel.to_string(),
            "hours": amounts(row.hours),
        })).collect::<Vec<_>>(),
        "routes": fact.routes.iter().map(|route| json!({
            "from": route.from.to_string(),
            "told": route.told.to_string(),
        })).collect::<Vec<_>>(),
        "duties": fact.duties.iter().map(|end| json!({
            "duty": end.duty.as_str(),
            "until": until(end),
        })).collect::<Vec<_>>(),
        "document": fact.document,
        "sha256": HEXLOWER.encode(&fact.hash.0),
        "from_ms": fact.from,
    })
}

/// As `--duty` is given.
fn until(end: &DutyEnd) -> String {
    format!("{:02}-{:02}T{}", end.month, end.day, clock(end))
}

fn clock(end: &DutyEnd) -> String {
    format!("{:02}:{:02}", end.minute / 60, end.minute % 60)
}

fn amounts(hours: UrgencyHours) -> [u64; 3] {
    [hours.khan, hours.thuong_khan, hours.hoa_toc]
}

pub(in super::super) fn policy_words(fact: &PolicyChange, text: &Text) -> String {
    let (version, from) = (fact.version.to_string(), shown_time(fact.from));
    let suites: Vec<&str> = fact.suites.iter().map(|suite| suite.as_str()).collect();
    let (suites, list) = (suites.join(", "), printable(&fact.secret_list));
    let document = printable(&fact.document);
    let days = |days: &[Day]| {
        let days: Vec<String> = days.iter().map(|day| shown_day(*day)).collect();
        if days.is_empty() {
            text.get("policy-no-days", &[])
        } else {
            days.join(", ")
        }
    };
    let (off, worked) = (days(&fact.off), days(&fact.worked));
    let hours = fact.hours.unwrap_or_default();
    let hours = amounts(hours).map(|it| it.to_string());
    let [khan, thuong_khan, hoa_toc] = &hours;
    let arguments = [
        ("off", &*off),
        ("worked", &*worked),
        ("khan", khan),
        ("thuong-khan", thuong_khan),
        ("hoa-toc", hoa_toc),
        ("version", &*version),
        ("from", &*from),
        ("suites", &*suites),
        ("list", &*list),
        ("document", &*document),
    ];
    let mut lines = vec![text.get("policy-version", &arguments)];
    lines.extend(fact.channel_hours.iter().map(|row| {
        let channel = row.channel.to_string();
        let hours = amounts(row.hours).map(|it| it.to_string()).join(", ");
        text.get(
            "policy-channel-hours",
            &[("channel", &channel), ("hours", &hours)],
        )
    }));
    lines.extend(fact.routes.iter().map(|route| {
        let (from, told) = (route.from.to_string(), route.told.to_string());
        text.get("policy-route", &[("from", &from), ("told", &told)])
    }));
    lines.extend(fact.duties.iter().map(|end| {
        let what = text.get(&format!("duty-{}", end.duty.as_str()), &[]);
        let time = format!("{} {:02}/{:02}", clock(end), end.day, end.month);
        text.get("policy-duty", &[("what", &what), ("time", &time)])
    }));
    lines.join("\n")
}

pub(in super::super) fn accreditation_json(fact: &Accreditation) -> Value {
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
