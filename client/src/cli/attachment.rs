//! `thamvan fetch`, and how attachments are shown.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use thamvan_engine::{AttachmentView, Direction, Engine};
use thamvan_proto::id::StreamId;

use super::import::progress_bar;
use super::{Context, Done};
use crate::output::CliError;
use crate::text::Text;

#[derive(Debug, Args)]
pub(super) struct Fetch {
    entry: String,
    #[arg(long)]
    part: Option<usize>,
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
}

pub(super) async fn fetch(context: &Context, fetch: Fetch) -> Done {
    let (stream, seq) = entry(context, &fetch.entry)?;
    let mut engine = context.open().await?;
    if engine.ledger().size(&stream) <= seq {
        context.refresh(&mut engine).await?;
    }
    let bar = context.show_transfers(&mut engine);
    let file = fetch.out.as_deref().map(|out| context.path(out));
    let fetched = engine
        .fetch_part((stream, seq), fetch.part, file.as_deref())
        .await;
    bar.finish_and_clear();
    let fetched = fetched?;
    let out = fetch.out.map(|out| out.display().to_string());
    let value = json!({
        "entry": fetch.entry, "n": fetched.n, "name": fetched.name, "size": fetched.size,
        "sha256": format!("{:?}", fetched.sha256), "out": out,
    });
    context.print(&value, |text| {
        let size = size(fetched.size, text);
        let name = fetched.name.as_deref().unwrap_or_default();
        let arguments = [("name", name), ("size", size.as_str())];
        match &out {
            Some(out) => text.get("fetch-written", &[arguments[0], arguments[1], ("out", out)]),
            None => text.get("fetch-verified", &arguments),
        }
    });
    Ok(())
}

/// `<stream>/<seq>`.
pub(super) fn entry(context: &Context, given: &str) -> Result<(StreamId, u64), CliError> {
    let split = given.split_once('/');
    let parsed = split.and_then(|(stream, seq)| Some((stream.parse().ok()?, seq.parse().ok()?)));
    parsed.ok_or_else(|| CliError::Usage(context.text().get("usage-entry", &[("given", given)])))
}

pub(super) fn attachment_json(attachment: &AttachmentView) -> Value {
    json!({
        "n": attachment.n,
        "name": attachment.name,
        "size": attachment.size,
        "sha256": format!("{:?}", attachment.sha256),
    })
}

pub(super) fn attachment_line(attachment: &AttachmentView, text: &Text) -> String {
    let arguments = [
        ("n", attachment.n.to_string()),
        ("name", attachment.name.clone()),
        ("size", size(attachment.size, text)),
    ];
    let arguments: Vec<(&str, &str)> = arguments
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    text.get("item-attachment", &arguments)
}

/// Bytes for people: with the decimal sign of the language.
fn size(bytes: u64, text: &Text) -> String {
    let (unit, name) = match bytes {
        0..KIB => return format!("{bytes} B"),
        KIB..MIB => (KIB, "KiB"),
        _ => (MIB, "MiB"),
    };
    let tenths = bytes / (unit / 10).max(1);
    let sign = if text.language_tag() == "en" {
        '.'
    } else {
        ','
    };
    format!("{}{sign}{} {name}", tenths / 10, tenths % 10)
}

/// A bar that shows uploads and downloads while they run; hidden where there is no terminal.
pub(super) fn show_transfers(engine: &mut Engine) -> ProgressBar {
    let bar = progress_bar(0);
    let shown = bar.clone();
    engine.on_transfer(Box::new(move |transfer| {
        let arrow = match transfer.direction {
            Direction::Up => "↑",
            Direction::Down => "↓",
        };
        let template = "{msg} {bar:30} {bytes}/{total_bytes}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            shown.set_style(style);
        }
        shown.set_message(format!("{arrow} {}", transfer.name));
        shown.set_length(transfer.size);
        shown.set_position(transfer.done);
    }));
    bar
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
