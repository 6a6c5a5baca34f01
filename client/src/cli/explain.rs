//! `thamvan admin explain`: by which records somebody can or cannot read a channel.

use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_engine::Joined;
use thamvan_proto::directory::Signers;
use thamvan_proto::id::OfficialId;
use thamvan_proto::ledger::{Explanation, Ground, GroundKind};

use super::{Context, Done, parse};
use crate::text::{Text, shown_time};

#[derive(Debug, Args)]
pub(super) struct Explain {
    official: String,
    channel: String,
}

pub(super) async fn run(context: &Context, explain: Explain) -> Done {
    let engine = context.online_or_read().await?;
    let stream = engine.find_channel(&explain.channel)?;
    let official: OfficialId = parse(context, &explain.official)?;
    let explanation = engine.explain(official.clone(), stream)?;
    let now = engine.now();
    let value = json!({
        "official": official.to_string(),
        "channel": stream.to_string(),
        "reads": !explanation.readers.is_empty(),
        "devices": explanation.readers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "reads_records": explanation.records,
        "obstacles": explanation.obstacles.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
        "grounds": explanation.grounds.iter().map(|ground| ground_json(ground, now)).collect::<Vec<_>>(),
    });
    context.print(&value, |text| words(text, &official, &explanation, now));
    Ok(())
}

/// Who signed, by id; the root keys have no name.
pub(super) fn signers(signers: &Signers) -> Vec<String> {
    match signers {
        Signers::Root => vec![],
        Signers::One(one) => vec![one.to_string()],
        Signers::Two(first, second) => vec![first.to_string(), second.to_string()],
    }
}

/// Who signed, in words.
pub(super) fn signed_by(text: &Text, by: &Signers) -> String {
    match by {
        Signers::Root => text.get("signed-by-root", &[]),
        Signers::One(one) => one.to_string(),
        Signers::Two(first, second) => {
            let arguments = [("first", first.as_str()), ("second", second.as_str())];
            text.get("signed-by-two", &arguments)
        }
    }
}

fn ground_json(ground: &Ground, now: u64) -> Value {
    json!({
        "entry": format!("{}/{}", ground.stream, ground.seq),
        "record": HEXLOWER.encode(&ground.record.0),
        "time_ms": ground.time,
        "kind": ground.what.as_str(),
        "about": about(&ground.what),
        "signers": signers(&ground.signers),
        "root_keys": ground.signers == Signers::Root,
        "until_ms": ground.what.until(),
        "ended": ground.what.until().is_some_and(|until| until <= now),
    })
}

/// The device, seat, role or agency that a ground names.
fn about(what: &GroundKind) -> Option<String> {
    if let GroundKind::SeatAppointed(seat, _) = what {
        Some(seat.to_string())
    } else if let GroundKind::RoleGranted(role, _) | GroundKind::RoleRevoked(role) = what {
        Some(role.as_str().to_owned())
    } else if let GroundKind::Authorised(level, _) = what {
        Some(level.as_str().to_owned())
    } else if let GroundKind::Founded(agency) = what {
        Some(agency.to_string())
    } else {
        what.device().map(|device| device.to_string())
    }
}

fn words(text: &Text, official: &OfficialId, explanation: &Explanation, now: u64) -> String {
    let official = [("official", official.as_str())];
    let mut lines = Vec::new();
    if explanation.readers.is_empty() {
        lines.push(text.get("explain-no", &official));
        let obstacles = explanation.obstacles.iter();
        lines.extend(obstacles.map(|one| {
            format!(
                "  – {}",
                text.get(&format!("obstacle-{}", one.as_str()), &[])
            )
        }));
    } else {
        lines.push(text.get("explain-yes", &official));
    }
    if explanation.records && explanation.readers.is_empty() {
        lines.push(text.get("explain-records", &[]));
    }
    lines.push(text.get("explain-grounds", &[]));
    for ground in &explanation.grounds {
        let what = text.get(&format!("ground-{}", ground.what.as_str()), &[]);
        let until = ground.what.until();
        let term = match until {
            None => String::new(),
            Some(until) if until <= now => text.get("term-ended", &[("time", &shown_time(until))]),
            Some(until) => text.get("term-until", &[("time", &shown_time(until))]),
        };
        let record = HEXLOWER.encode(&ground.record.0);
        let place = format!("{}/{}", ground.stream, ground.seq);
        let about = about(&ground.what).unwrap_or_default();
        let arguments = [
            ("what", what.as_str()),
            ("about", about.as_str()),
            ("signers", &signed_by(text, &ground.signers)),
            ("time", &shown_time(ground.time)),
            ("entry", &place),
            ("record", record.get(..16).unwrap_or(&record)),
            ("term", &term),
        ];
        lines.push(text.get("ground", &arguments));
    }
    lines.join("\n")
}

/// The words of a device that came into a channel.
pub(super) fn joined_words(joined: &Joined, text: &Text) -> [(&'static str, String); 4] {
    [
        ("time", shown_time(joined.time)),
        ("device", joined.device.to_string()),
        ("official", joined.official.to_string()),
        ("signers", signed_by(text, &joined.signers)),
    ]
}

/// Arguments as the words take them.
pub(super) fn pairs<'a>(words: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    let pairs = words.iter().map(|(name, value)| (*name, value.as_str()));
    pairs.collect()
}
