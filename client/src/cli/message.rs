//! `thamvan read`, `thamvan send`.

use std::io::Read as _;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use thamvan_engine::{Engine, EngineError, ItemState, ItemView};
use thamvan_proto::id::StreamId;
use thamvan_proto::label::Label;

use super::channel::faults;
use super::explain::{joined_words, pairs};
use super::{Context, Done, parse, witnesses};
use crate::output::{CliError, print_json, print_line};
use crate::text::{Text, shown_time};

#[derive(Debug, Args)]
pub(super) struct Read {
    channel: String,
    #[arg(long, default_value_t = 0)]
    since: u64,
    #[arg(long)]
    follow: bool,
}

#[derive(Debug, Args)]
pub(super) struct Send {
    channel: String,
    text: String,
    #[arg(long)]
    label: Option<String>,
}

pub(super) async fn read(context: &Context, read: Read) -> Done {
    let mut engine = context.online().await?;
    let stream = engine.find_channel(&read.channel)?;
    let items = shown(&engine, stream, read.since)?;
    announce(context, &engine, stream, read.since)?;
    if !read.follow {
        let value = items.iter().map(item_json).collect();
        context.print(&value, |text| {
            items
                .iter()
                .map(|item| item_line(item, text))
                .collect::<Vec<_>>()
                .join("\n")
        });
        return Ok(());
    }
    print_items(context, &items);
    let mut next = engine.ledger().size(&stream);
    let mut warned = engine.witness_status()?.state;
    let mut looked = Instant::now();
    loop {
        engine.step_within(FOLLOW_LOOK).await?;
        if looked.elapsed() >= FOLLOW_LOOK {
            engine.tend().await?;
            looked = Instant::now();
        }
        let size = engine.ledger().size(&stream);
        if size > next {
            announce(context, &engine, stream, next)?;
            print_items(context, &shown(&engine, stream, next)?);
            engine.note_deliveries().await?;
            next = size;
        }
        let state = engine.witness_status()?.state;
        if state != warned {
            witnesses::warn(context, &engine)?;
            warned = state;
        }
    }
}

/// Says which devices came into the channel from `from` on, and whose commit others could not apply.
fn announce(
    context: &Context,
    engine: &Engine,
    stream: StreamId,
    from: u64,
) -> Result<(), CliError> {
    for joined in engine.joined(stream, from)? {
        let words = joined_words(&joined, context.text());
        context.say("device-joined", &pairs(&words));
    }
    let views = engine.channels()?;
    let view = views.into_iter().find(|view| view.stream == stream);
    let faulty = view.filter(|view| view.barred.iter().any(|(_, it)| it.commit >= from));
    for words in faulty.iter().flat_map(|view| faults(view, context.text())) {
        eprintln!("{words}");
    }
    Ok(engine.note_shown(stream)?)
}

/// The name of the channel is an item of the log, not something to read.
fn shown(engine: &Engine, stream: StreamId, from: u64) -> Result<Vec<ItemView>, CliError> {
    let mut items = engine.items(stream, from)?;
    items.retain(|item| item.kind != "channel_name");
    Ok(items)
}

fn print_items(context: &Context, items: &[ItemView]) {
    for item in items {
        if context.json() {
            print_json(&item_json(item));
        } else {
            print_line(&item_line(item, context.text()));
        }
    }
}

pub(super) async fn send(context: &Context, send: Send) -> Done {
    let label: Option<Label> = send
        .label
        .as_deref()
        .map(|label| parse(context, label))
        .transpose()?;
    let text = if send.text == "-" {
        read_stdin()?
    } else {
        send.text
    };
    let mut engine = context.open()?;
    if let Err(error) = engine.sync().await {
        // Written without a connection, the message waits in the outbox; any other failure sends nothing.
        if matches!(error, EngineError::Unreachable { .. }) {
            let stream = engine.find_channel(&send.channel)?;
            let _ = engine.queue_text(stream, &text, label)?;
        }
        return Err(error.into());
    }
    witnesses::warn(context, &engine)?;
    let stream = engine.find_channel(&send.channel)?;
    let seq = engine.send(stream, &text, label).await?;
    let items = engine.items(stream, seq)?;
    let item = items.iter().find(|item| item.seq == Some(seq));
    let value = item.map_or(Value::Null, item_json);
    context.print(&value, |words| {
        let entry = format!("{stream}/{seq}");
        words.get("send-logged", &[("entry", &entry)])
    });
    Ok(())
}

/// How often a follower looks whether witnesses still confirm the log, and does what its channels need of it.
const FOLLOW_LOOK: Duration = Duration::from_secs(10);

fn read_stdin() -> Result<String, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|source| CliError::File {
            path: "-".into(),
            source,
        })?;
    Ok(text)
}

fn item_json(item: &ItemView) -> Value {
    json!({
        "entry": item.seq.map(|seq| format!("{}/{seq}", item.stream)),
        "index": item.index,
        "seq": item.seq,
        "time_ms": item.time,
        "sender": {
            "official": item.official.as_ref().map(ToString::to_string),
            "agency": item.agency.as_ref().map(ToString::to_string),
            "device": item.device.to_string(),
        },
        "type": item.kind,
        "label": item.label.as_str(),
        "text": item.text,
        "attachments": [],
        "state": state(item),
        "fault": item.fault,
        "held": item.held,
    })
}

fn state(item: &ItemView) -> &'static str {
    match item.state {
        ItemState::Queued => "queued",
        ItemState::Logged => "logged",
        ItemState::Witnessed => "witnessed",
        ItemState::Refused => "refused",
    }
}

fn item_line(item: &ItemView, text: &Text) -> String {
    let label = text.get(&format!("label-{}", item.label), &[]);
    let official = item
        .official
        .as_ref()
        .map_or_else(|| "?".to_owned(), ToString::to_string);
    let body = match (&item.text, item.state) {
        // What this person wrote and the server refused stays readable: it must not be lost.
        (Some(body), ItemState::Refused) => text.get("item-refused-own", &[("text", body)]),
        (Some(body), ItemState::Queued | ItemState::Logged | ItemState::Witnessed) => body.clone(),
        (None, ItemState::Refused) => text.get("item-refused", &[]),
        (None, _) if item.held => text.get("item-held", &[]),
        (None, ItemState::Queued | ItemState::Logged | ItemState::Witnessed) => {
            text.get("item-unreadable", &[])
        }
    };
    let mark = match item.state {
        ItemState::Witnessed => text.get("item-witnessed", &[]),
        ItemState::Queued | ItemState::Logged | ItemState::Refused => String::new(),
    };
    let time = item
        .time
        .map_or_else(|| text.get("item-queued", &[]), shown_time);
    text.get(
        "item",
        &[
            ("time", &time),
            ("label", &label),
            ("mark", &mark),
            ("official", &official),
            ("text", &body),
        ],
    )
}
