//! `thamvan explain`: why an entry may be trusted.

use clap::Args;
use data_encoding::HEXLOWER;
use serde_json::json;
use thamvan_engine::EntryGrounds;
use thamvan_proto::directory::Signers;
use thamvan_proto::id::StreamId;

use super::attachment::entry;
use super::explain::{signed_by, signers};
use super::{Context, Done, witnesses};
use crate::text::{Text, shown_time};

#[derive(Debug, Args)]
pub(super) struct Why {
    entry: String,
}

pub(super) async fn run(context: &Context, why: Why) -> Done {
    let (stream, seq) = entry(context, &why.entry)?;
    let mut engine = context.open().await?;
    if engine.ledger().size(&stream) <= seq {
        context.refresh(&mut engine).await?;
    }
    let grounds = engine.grounds(stream, seq)?;
    let by = grounds.enrolled_by.as_ref();
    let enrolled = grounds
        .enrolled_at
        .map(|seq| format!("{}/{seq}", StreamId::DIRECTORY));
    let value = json!({
        "entry": why.entry,
        "index": grounds.index,
        "record": HEXLOWER.encode(&grounds.record.0),
        "time_ms": grounds.time,
        "sender": {
            "official": grounds.official.as_ref().map(ToString::to_string),
            "device": grounds.device.to_string(),
            "device_name": grounds.device_name,
            "live": grounds.device_live,
        },
        "enrolment": {
            "entry": enrolled,
            "signers": by.map(signers),
            "root_keys": by == Some(&Signers::Root),
            "witnessed": grounds.device_witnessed,
        },
        "signature": "verified",
        "inclusion": grounds.checkpoint.map(|(size, root)| json!({
            "tree_size": size, "root": HEXLOWER.encode(&root.0),
        })),
        "content": match grounds.opens {
            Some(true) => "opens",
            Some(false) => "refused",
            None => "unreadable",
        },
        "witnessed": is_witnessed(&grounds),
        "witnesses": witnesses::json(&grounds.witnesses),
    });
    context.print(&value, |text| {
        words(&why.entry, &grounds, enrolled.as_deref(), text)
    });
    Ok(())
}

fn is_witnessed(grounds: &EntryGrounds) -> bool {
    grounds
        .witnesses
        .size
        .is_some_and(|size| size > grounds.index)
}

fn words(entry: &str, grounds: &EntryGrounds, enrolled: Option<&str>, text: &Text) -> String {
    let official = grounds.official.as_ref().map(ToString::to_string);
    let signers = grounds.enrolled_by.as_ref().map(|by| signed_by(text, by));
    let signed = [
        ("entry", entry),
        ("official", official.as_deref().unwrap_or("?")),
        ("device", &grounds.device.to_string()),
        ("time", &shown_time(grounds.time)),
    ];
    let enrolment = [
        ("entry", enrolled.unwrap_or("?")),
        ("signers", signers.as_deref().unwrap_or("?")),
    ];
    let record = HEXLOWER.encode(&grounds.record.0);
    let mut lines = vec![
        text.get("why-signed", &signed),
        text.get("why-enrolled", &enrolment),
    ];
    if let Some((size, _)) = grounds.checkpoint {
        let place = [
            ("index", grounds.index.to_string()),
            ("size", size.to_string()),
            ("record", record),
        ];
        let place: Vec<(&str, &str)> = place.iter().map(|(n, v)| (*n, v.as_str())).collect();
        lines.push(text.get("why-included", &place));
    }
    lines.push(text.get(
        match grounds.opens {
            Some(true) => "why-opens",
            Some(false) => "why-refused",
            None => "why-unreadable",
        },
        &[],
    ));
    let witnessed = if is_witnessed(grounds) {
        "why-witnessed"
    } else {
        "why-not-witnessed"
    };
    lines.push(text.get(witnessed, &[]));
    lines.push(witnesses::words(&grounds.witnesses, text));
    lines.join("\n")
}
