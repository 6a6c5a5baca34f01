//! `thamvan status`, `thamvan devices`.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use thamvan_proto::id::StreamId;

use super::admin::seat;
use super::explain::{joined_words, pairs};
use super::report::{duty_json, duty_words};
use super::{Context, Done, witnesses};

pub(super) async fn status(context: &Context) -> Done {
    let engine = context.open().await?;
    let status = engine.status()?;
    let views = engine.channels()?;
    let channel = |stream: &StreamId| {
        let view = views.iter().find(|view| view.stream == *stream);
        let name = view.and_then(|view| view.name.as_ref());
        name.map_or_else(|| stream.to_string(), |(name, _)| name.clone())
    };
    let joined: Vec<Value> = status
        .joined
        .iter()
        .map(|(stream, joined)| {
            json!({
                "channel": stream.to_string(),
                "device": joined.device.to_string(),
                "official": joined.official.to_string(),
                "time_ms": joined.time,
            })
        })
        .collect();
    let root = status.root.map(|root| HEXLOWER.encode(&root.0));
    let value = json!({
        "device": status.device.to_string(),
        "official": status.official.to_string(),
        "agency": status.agency.to_string(),
        "state": if status.active { "active" } else { "pending" },
        "server": status.server,
        "log_origin": status.origin,
        "genesis": HEXLOWER.encode(&status.genesis.0),
        "tree_size": status.tree_size,
        "root": root,
        "witnessed": witnesses::json(&status.witnesses),
        "ceiling": status.ceiling.as_str(),
        "focal_gaps": status.focal_gaps.iter().map(|(agency, gap)| {
            json!({"agency": agency.to_string(), "missing": seat::missing(*gap)})
        }).collect::<Vec<_>>(),
        "focal_changes": status.focal_changes.iter().map(seat::focal_json).collect::<Vec<_>>(),
        "due": status.due.iter().map(duty_json).collect::<Vec<_>>(),
        "channels": status.channels,
        "queued": status.queued,
        "restored": status.restored,
        "joined": joined,
        "void": status.void.iter().map(|(seq, why)| json!({"seq": seq, "why": why})).collect::<Vec<_>>(),
    });
    let number = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    context.print(&value, |text| {
        let words = text.get(
            if status.active {
                "status-active"
            } else {
                "status-pending"
            },
            &[
                ("official", status.official.as_str()),
                ("device", &status.device.to_string()),
                ("server", &status.server),
                ("origin", &status.origin),
                ("size", &number(status.tree_size)),
                ("root", root.as_deref().unwrap_or("–")),
                ("witnesses", &witnesses::words(&status.witnesses, text)),
                ("channels", &status.channels.to_string()),
                ("queued", &status.queued.to_string()),
            ],
        );
        let ceiling = text.get(&format!("label-{}", status.ceiling), &[]);
        let mut lines = vec![words, text.get("policy-ceiling", &[("label", &ceiling)])];
        let gaps = status.focal_gaps.iter();
        lines.extend(gaps.map(|(agency, gap)| seat::gap_words(agency, *gap, text)));
        let news = status.focal_changes.iter();
        lines.extend(news.map(|news| seat::focal_words(news, text)));
        lines.extend(status.due.iter().map(|it| duty_words(&engine, it, text)));
        lines.extend(status.void.iter().map(|(seq, why)| {
            let seq = seq.to_string();
            text.get("status-void", &[("seq", &*seq), ("why", why.as_str())])
        }));
        lines.extend(status.restored.then(|| text.get("status-restored", &[])));
        for (stream, joined) in &status.joined {
            let mut words = joined_words(joined, text).to_vec();
            words.push(("channel", channel(stream)));
            lines.push(text.get("status-joined", &pairs(&words)));
        }
        lines.join("\n")
    });
    Ok(())
}

pub(super) async fn devices(context: &Context) -> Done {
    let engine = context.online_or_read().await?;
    let official = engine.official()?;
    let rows: Vec<(String, String)> = engine
        .ledger()
        .directory()
        .now()
        .devices_of(&official)
        .map(|device| (device.device.to_string(), device.name.clone()))
        .collect();
    let own = engine.keys().device.to_string();
    let value = rows
        .iter()
        .map(|(id, name)| json!({"device": id, "name": name, "this": *id == own}))
        .collect();
    context.print(&value, |_| {
        let line = |(id, name): &(String, String)| {
            format!("{} {id}  {name}", if *id == own { "*" } else { " " })
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
