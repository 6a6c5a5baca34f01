//! `thamvan admin seat …`: the places that answer for agencies, who holds them, and which is the focal unit (rule R19.1).

use clap::Subcommand;
use serde_json::{Value, json};
use thamvan_engine::{Engine, FocalNews, SeatRights};
use thamvan_proto::directory::{
    AppointmentEnd, At, FocalEvent, FocalGap, FocalUnit, Seat, SeatAppoint, SeatRole, Statement,
};
use thamvan_proto::id::{AgencyId, OfficialId, SeatId};

use super::super::{Context, Done, parse};
use super::{parse_until, state, unknown_word};
use crate::text::{Text, printable, shown_time};

#[derive(Debug, Subcommand)]
pub(in super::super) enum SeatCommand {
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
        #[arg(long)]
        until: Option<String>,
    },
    End {
        seat: String,
        official: String,
        #[arg(long)]
        reason: String,
    },
    Focal {
        seat: String,
    },
    List,
}

pub(super) async fn run(context: &Context, command: SeatCommand) -> Done {
    let mut engine = if matches!(command, SeatCommand::List) {
        context.online_or_read().await?
    } else {
        context.online().await?
    };
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
            until,
        } => Statement::SeatAppoint(SeatAppoint {
            seat: parse(context, &seat)?,
            official: parse(context, &official)?,
            role: SeatRole::ALL
                .iter()
                .copied()
                .find(|known| known.as_str() == role)
                .ok_or_else(|| unknown_word(context, &role))?,
            from: engine.now(),
            until: parse_until(context, until.as_deref())?,
            speak_for,
        }),
        SeatCommand::End {
            seat,
            official,
            reason,
        } => Statement::AppointmentEnd(AppointmentEnd {
            seat: parse(context, &seat)?,
            official: parse(context, &official)?,
            reason,
        }),
        SeatCommand::Focal { seat } => {
            let seat: SeatId = parse(context, &seat)?;
            let agency = seat.agency();
            Statement::FocalUnit(FocalUnit { agency, seat })
        }
        SeatCommand::List => return list(context, &engine),
    };
    state(context, &mut engine, statement).await
}

fn list(context: &Context, engine: &Engine) -> Done {
    let own = engine.official()?;
    let is_known = |fact: &&SeatAppoint| engine.ledger().may_know(&own, &fact.official);
    let (at, time) = (engine.ledger().directory().now(), engine.now());
    let seats: Vec<&Seat> = at.seats().collect();
    let holders = |seat: &Seat| -> Vec<&SeatAppoint> {
        let all = at.holders_of(&seat.id, time);
        all.filter(is_known).collect()
    };
    let value = seats
        .iter()
        .map(|seat| {
            shown(
                seat,
                &holders(seat),
                &engine.seat_rights(&seat.id),
                &at,
                time,
            )
        })
        .collect();
    context.print(&value, |text| {
        let mut lines: Vec<String> = seats
            .iter()
            .map(|seat| line(seat, &holders(seat), &at, text))
            .collect();
        lines.extend(gaps(&at, time, text));
        lines.join("\n")
    });
    Ok(())
}

fn shown(
    seat: &Seat,
    holders: &[&SeatAppoint],
    rights: &SeatRights,
    at: &At<'_>,
    time: u64,
) -> Value {
    let agency = seat.id.agency();
    let is_focal = at.focal_unit(&agency) == Some(&seat.id);
    let gap = at.focal_gap(&agency, time).filter(|_| is_focal);
    let holder = |fact: &&SeatAppoint| {
        json!({
            "official": fact.official.to_string(), "as": fact.role.as_str(), "speak_for": fact.speak_for,
            "from_ms": fact.from, "until_ms": fact.until,
        })
    };
    let allowed = [("appoint", rights.may_appoint), ("end", rights.may_end)];
    let allowed = allowed.iter().filter(|(_, may)| *may);
    let names = |officials: &[OfficialId]| -> Vec<String> {
        officials.iter().map(ToString::to_string).collect()
    };
    json!({
        "seat": seat.id.to_string(),
        "purpose": seat.purpose,
        "focal": is_focal,
        "missing": gap.map(missing).unwrap_or_default(),
        "holders": holders.iter().map(holder).collect::<Vec<_>>(),
        "allowed": allowed.map(|(act, _)| *act).collect::<Vec<_>>(),
        "administrators": names(&rights.administrators),
        "approvers": names(&rights.approvers),
    })
}

fn line(seat: &Seat, holders: &[&SeatAppoint], at: &At<'_>, text: &Text) -> String {
    let focal = at.focal_unit(&seat.id.agency()) == Some(&seat.id);
    let focal = if focal {
        text.get("seat-focal", &[])
    } else {
        String::new()
    };
    let mut lines = vec![format!(
        "{}  {}  {focal}",
        seat.id,
        printable(&seat.purpose)
    )];
    lines.extend(holders.iter().map(|fact| {
        let role = text.get(&format!("seat-role-{}", fact.role.as_str()), &[]);
        let until = fact.until.map(shown_time).unwrap_or_default();
        format!("    {}  {role}  {until}", fact.official)
    }));
    lines.join("\n")
}

/// The alarms of rule R19.1, one for each agency whose focal unit is incomplete.
fn gaps(at: &At<'_>, time: u64, text: &Text) -> Vec<String> {
    at.agencies()
        .filter_map(|agency| Some((&agency.id, at.focal_gap(&agency.id, time)?)))
        .map(|(agency, gap)| gap_words(agency, gap, text))
        .collect()
}

pub(in super::super) fn gap_words(agency: &AgencyId, gap: FocalGap, text: &Text) -> String {
    let missing: Vec<String> = missing(gap)
        .iter()
        .map(|role| text.get(&format!("seat-role-{role}"), &[]))
        .collect();
    let missing = missing.join(", ");
    let arguments = [("agency", agency.as_str()), ("missing", &*missing)];
    text.get("focal-gap", &arguments)
}

/// The roles that a focal unit lacks, as in JSON.
pub(in super::super) fn missing(gap: FocalGap) -> Vec<&'static str> {
    let primary = gap.primary.then_some(SeatRole::Primary.as_str());
    let deputy = gap.deputy.then_some(SeatRole::Deputy.as_str());
    primary.into_iter().chain(deputy).collect()
}

/// The identifier used in JSON, and of the words.
pub(in super::super) fn focal_json(news: &FocalNews) -> Value {
    let change = &news.change;
    json!({
        "seq": change.seq,
        "time_ms": news.time,
        "seat": change.seat.to_string(),
        "official": change.official.as_ref().map(ToString::to_string),
        "event": focal_event(change.event),
        "own": news.own,
        "receipts": news.receipts.iter().map(SeatId::as_str).collect::<Vec<_>>(),
        "waiting": news.waiting.as_ref().map(SeatId::as_str),
    })
}

/// What changed, who has taken note, and what is left to do about it.
pub(in super::super) fn focal_words(news: &FocalNews, text: &Text) -> String {
    let change = &news.change;
    let official = change.official.as_ref().map(ToString::to_string);
    let time = shown_time(news.time);
    let arguments = [
        ("time", &*time),
        ("seat", change.seat.as_str()),
        ("official", official.as_deref().unwrap_or_default()),
    ];
    let id = format!("focal-{}", focal_event(change.event));
    let mut lines = vec![text.get(&id, &arguments)];
    let receipts: Vec<&str> = news.receipts.iter().map(SeatId::as_str).collect();
    if !receipts.is_empty() {
        let seats = receipts.join(", ");
        lines.push(text.get("focal-receipts", &[("seats", &seats)]));
    }
    if news.waiting.is_some() {
        let change = change.seq.to_string();
        lines.push(text.get("focal-waiting", &[("change", &change)]));
    }
    lines.join(" ")
}

fn focal_event(event: FocalEvent) -> &'static str {
    match event {
        FocalEvent::Named => "named",
        FocalEvent::Appointed => "appointed",
        FocalEvent::Ended => "ended",
    }
}
