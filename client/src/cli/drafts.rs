//! `thamvan drafts …`, `thamvan outbox …`.

use clap::Subcommand;
use serde_json::{Value, json};
use thamvan_engine::{DraftKey, DraftView, Engine, EngineError, OutboxView};

use super::attachment::attachment_json;
use super::{Context, Done};
use crate::text::{Text, shown_time};

#[derive(Debug, Subcommand)]
pub(super) enum DraftsCommand {
    List,
    Set { name: String, text: String },
    Drop { draft: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    List,
    Drop { id: i64 },
}

pub(super) async fn drafts(context: &Context, command: DraftsCommand) -> Done {
    let mut engine = context.open().await?;
    if let DraftsCommand::Set { name, text } = &command {
        engine.set_draft(&DraftKey::Named(name.clone()), text)?;
    }
    if let DraftsCommand::Drop { draft } = command {
        let named = DraftKey::Named(draft.clone());
        let dropped = engine.drop_draft(&named)?
            || match engine.find_channel(&draft) {
                Ok(stream) => engine.drop_draft(&DraftKey::Channel(stream))?,
                Err(_) => false,
            };
        if !dropped {
            let (what, name) = ("draft", draft);
            return Err(EngineError::Unknown { what, name }.into());
        }
    }
    let drafts = engine.drafts()?;
    let value = drafts.iter().map(draft_json).collect();
    context.print(&value, |text| {
        let lines: Vec<String> = drafts.iter().map(|one| draft_line(one, text)).collect();
        or_none(&lines, "drafts-none", text)
    });
    Ok(())
}

pub(super) async fn outbox(context: &Context, command: OutboxCommand) -> Done {
    let mut engine = context.open().await?;
    if let OutboxCommand::Drop { id } = command {
        engine.drop_outgoing(id)?;
    }
    let waiting = engine.outbox()?;
    let value = waiting.iter().map(outgoing_json).collect();
    context.print(&value, |text| {
        let line = |one: &OutboxView| outgoing_line(one, &engine, text);
        let lines: Vec<String> = waiting.iter().map(line).collect();
        or_none(&lines, "outbox-none", text)
    });
    Ok(())
}

fn or_none(lines: &[String], none: &str, text: &Text) -> String {
    if lines.is_empty() {
        text.get(none, &[])
    } else {
        lines.join("\n")
    }
}

fn draft_json(draft: &DraftView) -> Value {
    let (channel, name) = match &draft.key {
        DraftKey::Channel(stream) => (Some(stream.to_string()), None),
        DraftKey::Named(name) => (None, Some(name)),
    };
    json!({"channel": channel, "name": name, "text": draft.text, "kept_ms": draft.kept_at})
}

fn draft_line(draft: &DraftView, text: &Text) -> String {
    let name = match &draft.key {
        DraftKey::Channel(stream) => stream.to_string(),
        DraftKey::Named(name) => name.clone(),
    };
    let time = shown_time(draft.kept_at);
    let arguments = [
        ("name", name.as_str()),
        ("time", &time),
        ("text", &draft.text),
    ];
    text.get("draft", &arguments)
}

fn state(outgoing: &OutboxView) -> &'static str {
    match (&outgoing.refusal, outgoing.sent) {
        (Some(_), _) => "refused",
        (None, true) => "sent",
        (None, false) => "queued",
    }
}

fn outgoing_json(outgoing: &OutboxView) -> Value {
    json!({
        "id": outgoing.id,
        "channel": outgoing.stream.to_string(),
        "type": outgoing.kind.as_str(),
        "consultation": outgoing.consultation.as_ref().map(ToString::to_string),
        "text": outgoing.text,
        "attachments": outgoing.attachments.iter().map(attachment_json).collect::<Vec<_>>(),
        "state": state(outgoing),
        "fault": outgoing.refusal,
    })
}

fn outgoing_line(outgoing: &OutboxView, engine: &Engine, text: &Text) -> String {
    let views = engine.channels().unwrap_or_default();
    let view = views
        .into_iter()
        .find(|view| view.stream == outgoing.stream);
    let name = view.and_then(|view| view.name).map(|(name, _)| name);
    let state = text.get(&format!("outbox-state-{}", state(outgoing)), &[]);
    let reason = outgoing.refusal.as_deref().map(|code| format!(" ({code})"));
    let arguments = [
        ("id", outgoing.id.to_string()),
        (
            "channel",
            name.unwrap_or_else(|| outgoing.stream.to_string()),
        ),
        ("state", format!("{state}{}", reason.unwrap_or_default())),
        ("text", outgoing.text.clone().unwrap_or_default()),
    ];
    let arguments: Vec<(&str, &str)> = arguments
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    text.get("outgoing", &arguments)
}
