//! One engine, many who want it: each has it for a turn.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde_json::{Value, json};
use thamvan_engine::{Direction, Engine, Progress};
use thamvan_proto::id::StreamId;
use tokio::sync::{Mutex, Notify, OwnedMappedMutexGuard, OwnedMutexGuard, broadcast, watch};

use super::news::News;
use super::uploads::Uploads;
use crate::limits::EVENTS_MAX;

/// The engine of this process, while it is unlocked.
#[derive(Clone)]
pub(crate) struct Turns {
    engine: Arc<Mutex<Option<Engine>>>,
    wanted: Arc<Notify>,
    changes: watch::Sender<u64>,
    events: broadcast::Sender<Event>,
}

/// What pages are told.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// What these show has changed.
    Changed(Vec<StreamId>),
    /// How far a transfer is.
    Progress(Value),
    /// The state is another one.
    State,
    /// Something that a person wants to know of.
    News(News),
    /// Something that a person knows of, and time runs out.
    Reminder(News),
}

/// The engine for one turn.
pub(crate) enum Lease {
    /// Of this process alone.
    Own(Box<Engine>),
    /// Of the process that holds the home.
    Held {
        engine: OwnedMappedMutexGuard<Option<Engine>, Engine>,
        /// Who looks at what the turn has changed.
        ended: Option<Arc<Notify>>,
    },
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            engine: Arc::default(),
            wanted: Arc::default(),
            changes: watch::Sender::new(0),
            events: broadcast::Sender::new(EVENTS_MAX),
        }
    }

    /// The engine, once it is this one's turn; none while the home is locked.
    pub(crate) async fn take(&self) -> Option<Lease> {
        self.wanted.notify_one();
        self.queue(Some(self.wanted.clone())).await
    }

    /// As [`take`](Self::take), for whoever gives way to all others and looks after them.
    pub(super) async fn give_way(&self) -> Option<Lease> {
        self.queue(None).await
    }

    async fn queue(&self, ended: Option<Arc<Notify>>) -> Option<Lease> {
        let guard = self.engine.clone().lock_owned().await;
        let engine = OwnedMutexGuard::try_map(guard, Option::as_mut).ok()?;
        Some(Lease::Held { engine, ended })
    }

    /// The place of the engine, to unlock or lock.
    pub(super) async fn slot(&self) -> OwnedMutexGuard<Option<Engine>> {
        self.wanted.notify_one();
        self.engine.clone().lock_owned().await
    }

    /// Ends when somebody else wants a turn, or has had one.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Ends at the next change after the call.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + use<> {
        let mut changes = self.changes.subscribe();
        async move {
            let _ = changes.changed().await;
        }
    }

    pub(super) fn tell(&self, event: Event) {
        if matches!(event, Event::Changed(_) | Event::State) {
            self.changes
                .send_modify(|count| *count = count.wrapping_add(1));
        }
        // Nobody may listen.
        let _ = self.events.send(event);
    }

    pub(super) fn events(&self) -> &broadcast::Sender<Event> {
        &self.events
    }

    /// Tells pages how far transfers are.
    pub(crate) fn progress(&self, uploads: Option<Uploads>) -> Progress {
        let turns = self.clone();
        Box::new(move |transfer| {
            let uploads = uploads
                .as_ref()
                .filter(|_| transfer.direction == Direction::Up);
            let upload = uploads.and_then(|it| it.named(&transfer.name));
            let direction = match transfer.direction {
                Direction::Up => "up",
                Direction::Down => "down",
            };
            turns.tell(Event::Progress(json!({
                "upload": upload, "direction": direction, "name": transfer.name,
                "done": transfer.done, "total": transfer.size,
            })));
        })
    }
}

impl Deref for Lease {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        match self {
            Self::Own(engine) => engine,
            Self::Held { engine, .. } => engine,
        }
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Engine {
        match self {
            Self::Own(engine) => engine,
            Self::Held { engine, .. } => engine,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What it tells is for whoever had the turn.
        if let Self::Held { engine, ended } = self {
            engine.on_wait(Box::new(|| {}));
            engine.on_transfer(Box::new(|_| {}));
            if let Some(ended) = ended {
                ended.notify_one();
            }
        }
    }
}
