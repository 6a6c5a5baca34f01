//! Events for a page, as long as it listens.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Shared;
use super::reply::{self, Reply};
use crate::holder::Event;
use crate::limits::EVENTS_MAX;

/// Tells a page the state, then what changes.
pub(super) fn answer(shared: Arc<Shared>) -> Reply {
    let (written, read) = mpsc::channel(EVENTS_MAX);
    let mut events = shared.holder.events.subscribe();
    tokio::spawn(async move {
        let mut next = told("state", &shared.state());
        loop {
            // A page that takes nothing any more loses its stream, and asks for everything when it comes back.
            if timeout(PATIENCE, written.send(next))
                .await
                .is_ok_and(|it| it.is_ok())
            {
                let event = tokio::select! {
                    event = timeout(ALIVE_EVERY, events.recv()) => event,
                    () = written.closed() => return,
                };
                next = match event {
                    Ok(Ok(Event::Changed(streams))) => told("changed", &changed(&streams)),
                    Ok(Ok(Event::Progress(how_far))) => told("progress", &how_far),
                    Ok(Ok(Event::Reminder(news))) => {
                        told("reminder", &json!({"of": news.as_str()}))
                    }
                    Ok(Ok(Event::State)) => told("state", &shared.state()),
                    Ok(Err(RecvError::Lagged(_))) => told("changed", &json!({})),
                    Ok(Err(RecvError::Closed)) => return,
                    // An open page finds its news itself.
                    Ok(Ok(Event::News(_))) | Err(_) => ": alive\n\n".to_owned(),
                };
            } else {
                return;
            }
        }
    });
    reply::events(read)
}

fn changed(streams: &[thamvan_proto::id::StreamId]) -> Value {
    if streams.is_empty() {
        return json!({});
    }
    let streams: Vec<String> = streams.iter().map(ToString::to_string).collect();
    json!({ "streams": streams })
}

fn told(event: &str, data: &Value) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}

/// So often a silent stream shows that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(60);
