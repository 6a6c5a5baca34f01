//! `thamvan read`, `thamvan send`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use thamvan_engine::{DraftKey, Engine, EngineError, ItemState, ItemView, NewMessage, ReplyView};
use thamvan_proto::id::StreamId;
use thamvan_proto::label::Label;

use super::attachment::{attachment_json, attachment_line, entry};
use super::channel::faults;
use super::explain::{joined_words, pairs};
use super::{Context, Done, parse, witnesses};
use crate::output::CliError;
use crate::text::{Text, shown_time};

#[derive(Debug, Args)]
pub(super) struct Read {
    channel: String,
    #[arg(long, default_value_t = 0)]
    since: u64,
    #[arg(long)]
    pub(super) follow: bool,
    #[arg(long)]
    no_mark: bool,
}

#[derive(Debug, Args)]
pub(super) struct Send {
    channel: String,
    #[arg(required_unless_present_any = ["from_draft", "attach"])]
    pub(super) text: Option<String>,
    #[arg(long)]
    attach: Vec<PathBuf>,
    #[arg(long)]
    label: Option<String>,
    #[arg(long)]
    reply: Option<String>,
    #[arg(long, conflicts_with_all = ["from_draft", "attach", "reply"])]
    draft: bool,
    #[arg(long, conflicts_with = "text")]
    from_draft: bool,
}

impl Read {
    /// What has been shown has been read, unless it was only looked at.
    fn mark(&self, engine: &mut Engine, stream: StreamId, next: u64) -> Done {
        if self.no_mark {
            return Ok(());
        }
        Ok(engine.mark_read(stream, next)?)
    }
}

pub(super) async fn read(context: &Context, read: Read) -> Done {
    let mut engine = context.online_or_read().await?;
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
        let next = engine.ledger().size(&stream);
        return read.mark(&mut engine, stream, next);
    }
    print_items(context, &items);
    let mut next = engine.ledger().size(&stream);
    read.mark(&mut engine, stream, next)?;
    let mut warned = engine.witness_status()?.state;
    let mut tended = Instant::now();
    loop {
        let turn = context.next_turn(engine, FOLLOW_LOOK, &mut tended).await?;
        let Some(next_turn) = turn else {
            return Ok(());
        };
        engine = next_turn;
        let size = engine.ledger().size(&stream);
        if size > next {
            announce(context, &engine, stream, next)?;
            print_items(context, &shown(&engine, stream, next)?);
            engine.note_deliveries().await?;
            next = size;
            read.mark(&mut engine, stream, next)?;
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
        context.sink().err(&words);
    }
    Ok(engine.note_shown(stream)?)
}

/// The name of the channel, and what hands earlier items over, are items of the log, not something to read.
fn shown(engine: &Engine, stream: StreamId, from: u64) -> Result<Vec<ItemView>, CliError> {
    let mut items = engine.items(stream, from)?;
    items.retain(|item| !["channel_name", "brief"].contains(&item.kind));
    Ok(items)
}

fn print_items(context: &Context, items: &[ItemView]) {
    for item in items {
        if context.json() {
            context.sink().json(&item_json(item));
        } else {
            context.sink().out(&item_line(item, context.text()));
        }
    }
}

pub(super) async fn send(context: &Context, send: Send) -> Done {
    let label: Option<Label> = send
        .label
        .as_deref()
        .map(|label| parse(context, label))
        .transpose()?;
    let reply = send.reply.as_deref();
    let reply = reply.map(|given| entry(context, given)).transpose()?;
    let given = match send.text.as_deref() {
        Some("-") if !context.is_page() => Some(context.stdin()?),
        other => other.map(ToOwned::to_owned),
    };
    let attach = context.attach(&send.attach)?;
    let mut engine = context.open().await?;
    if send.draft {
        let stream = engine.find_channel(&send.channel)?;
        engine.set_draft(&DraftKey::Channel(stream), &given.unwrap_or_default())?;
        context.print(&json!({"draft": stream.to_string()}), |words| {
            words.get("draft-kept", &[])
        });
        return Ok(());
    }
    let synced = context.refresh(&mut engine).await;
    // Written without a connection, the message waits in the outbox; any other failure sends nothing.
    if !matches!(synced, Ok(()) | Err(EngineError::Unreachable { .. })) {
        return Ok(synced?);
    }
    let stream = engine.find_channel(&send.channel)?;
    let draft = DraftKey::Channel(stream);
    let text = if send.from_draft {
        engine.draft(&draft)?.ok_or_else(|| EngineError::Unknown {
            what: "draft",
            name: send.channel.clone(),
        })?
    } else {
        given.unwrap_or_default()
    };
    if reply.is_some_and(|(of, _)| of != stream) {
        let words = context.text().get("usage-reply", &[]);
        return Err(CliError::Usage(words));
    }
    let message = NewMessage {
        text: &text,
        label,
        attach: &attach,
        reply: reply.map(|(_, seq)| seq),
    };
    let id = engine.queue(stream, &message)?;
    if send.from_draft {
        engine.drop_draft(&draft)?;
    }
    synced?;
    witnesses::warn(context, &engine)?;
    let bar = context.show_transfers(&mut engine);
    let sent = engine.send_queued(stream, id).await;
    bar.finish_and_clear();
    let seq = sent?;
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
        "position": item.position.map(|it| it.as_str()),
        "reply": item.reply.map(|reply| match reply {
            ReplyView::To(seq) => format!("{}/{seq}", item.stream),
            ReplyView::Unknown => "unknown".to_owned(),
        }),
        "attachments": item.attachments.iter().map(attachment_json).collect::<Vec<_>>(),
        "parts": item.parts.iter().map(|part| json!({
            "n": part.n, "role": part.role.as_str(), "size": part.size,
        })).collect::<Vec<_>>(),
        "state": state(item),
        "fault": item.fault,
        "held": item.held,
        "erased": item.erased,
        "outbox": item.outbox,
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

/// The text of a message; of an act what it is, what it takes for a position, and its words.
fn act_words(item: &ItemView, text: &Text) -> Option<String> {
    if item.kind == "message" || item.held {
        return item.text.clone();
    }
    let act = text.get(&format!("act-{}", item.kind), &[]);
    let position = item
        .position
        .map(|it| text.get(&format!("position-{}", it.as_str()), &[]));
    if item.text.is_none() && position.is_none() {
        return None;
    }
    let words: Vec<String> = [position, item.text.clone()]
        .into_iter()
        .flatten()
        .collect();
    let arguments = [("act", act.as_str()), ("words", &words.join(". "))];
    Some(text.get("item-act", &arguments))
}

fn item_line(item: &ItemView, text: &Text) -> String {
    let label = text.get(&format!("label-{}", item.label), &[]);
    let official = item
        .official
        .as_ref()
        .map_or_else(|| "?".to_owned(), ToString::to_string);
    let said = act_words(item, text);
    let body = match (&said, item.state) {
        // What this person wrote and the server refused stays readable: it must not be lost.
        (Some(body), ItemState::Refused) => text.get("item-refused-own", &[("text", body)]),
        (Some(body), ItemState::Queued | ItemState::Logged | ItemState::Witnessed) => body.clone(),
        (None, ItemState::Refused) => text.get("item-refused", &[]),
        (None, _) if item.held => text.get("item-held", &[]),
        (None, _) if item.erased => text.get("item-erased", &[]),
        (None, _) if !item.attachments.is_empty() => String::new(),
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
    let mut lines = vec![text.get(
        "item",
        &[
            ("time", &time),
            ("label", &label),
            ("mark", &mark),
            ("official", &official),
            ("text", &body),
        ],
    )];
    lines.extend(item.reply.map(|reply| match reply {
        ReplyView::To(seq) => text.get("item-reply", &[("seq", &seq.to_string())]),
        ReplyView::Unknown => text.get("item-reply-unknown", &[]),
    }));
    let attachments = item.attachments.iter();
    lines.extend(attachments.map(|attachment| attachment_line(attachment, text)));
    lines.join("\n")
}
