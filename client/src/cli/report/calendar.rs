//! `thamvan report calendar`: what is dated in a year, whose it is and when it ends in Hà Nội.

use serde_json::{Value, json};
use thamvan_engine::{DutyView, Engine, EngineError, Unarchived, Window};
use thamvan_proto::duty::year_of;
use thamvan_proto::id::SeatId;

use super::super::{Context, Done};
use super::{agency_name, wrong_year};
use crate::text::{Text, shown_time};

pub(super) async fn show(context: &Context, year: Option<u16>) -> Done {
    let engine = context.online_or_read().await?;
    let year = year.unwrap_or_else(|| year_of(engine.now()));
    if Window::year(year).is_none() {
        return Err(wrong_year(context, year));
    }
    let duties = engine.calendar(year);
    let mut listed = Vec::new();
    let mut lines = Vec::new();
    let text = context.text();
    for duty in &duties {
        let mut value = duty_json(duty);
        lines.push(duty_words(&engine, duty, text));
        let mut unarchived = Vec::new();
        for it in &duty.unarchived {
            let title = title(&engine, it)?;
            lines.push(unarchived_words(it, title.as_deref(), text));
            let mut one = unarchived_json(it);
            super::extend(&mut one, json!({"title": title}));
            unarchived.push(one);
        }
        super::extend(&mut value, json!({"unarchived": unarchived}));
        listed.push(value);
    }
    let value = json!({"year": year, "duties": listed});
    context.print(&value, |_| lines.join("\n"));
    Ok(())
}

fn title(engine: &Engine, it: &Unarchived) -> Result<Option<String>, EngineError> {
    Ok(engine.consultation(it.stream, it.id)?.title)
}

/// A duty without the titles of what it is about.
pub(in super::super) fn duty_json(it: &DutyView) -> Value {
    json!({
        "duty": it.dated.duty.as_str(),
        "article": it.dated.duty.article(),
        "owner": it.owner.as_ref().map(|owner| owner.as_str()),
        "seat": it.seat.as_ref().map(SeatId::as_str),
        "last_day": it.dated.last_day.to_string(),
        "due_ms": it.dated.last_moment,
        "unarchived": it.unarchived.iter().map(unarchived_json).collect::<Vec<_>>(),
    })
}

fn unarchived_json(it: &Unarchived) -> Value {
    json!({"id": it.id.to_string(), "channel": it.stream.to_string(), "ended_ms": it.ended})
}

pub(in super::super) fn duty_words(engine: &Engine, it: &DutyView, text: &Text) -> String {
    let owner = it
        .owner
        .as_ref()
        .map_or_else(|| "…".to_owned(), |owner| agency_name(engine, owner, text));
    let owner = match &it.seat {
        Some(seat) => format!("{owner} ({seat})"),
        None => owner,
    };
    let what = text.get(&format!("duty-{}", it.dated.duty.as_str()), &[]);
    let time = shown_time(it.dated.last_moment);
    let arguments = [
        ("time", &*time),
        ("what", &*what),
        ("owner", &*owner),
        ("article", it.dated.duty.article()),
    ];
    let mut words = text.get("duty", &arguments);
    if !it.unarchived.is_empty() {
        let count = it.unarchived.len().to_string();
        words = format!(
            "{words} {}",
            text.get("duty-unarchived", &[("count", &count)])
        );
    }
    words
}

fn unarchived_words(it: &Unarchived, title: Option<&str>, text: &Text) -> String {
    let unreadable = text.get("item-unreadable", &[]);
    let (id, time) = (it.id.to_string(), shown_time(it.ended));
    let arguments = [
        ("id", &*id),
        ("time", &*time),
        ("title", title.unwrap_or(&unreadable)),
    ];
    text.get("duty-consultation", &arguments)
}
