//! Keeps the home up to date between the turns of others: reads on, does what its channels need, connects again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::news::{News, Waiting};
use super::state::{Contact, State};
use super::turns::{Event, Turns};
use crate::output::{CliError, failure};
use crate::text::{Language, Text};

/// What it remembers between two turns.
pub(super) struct Keep {
    turns: Turns,
    home: PathBuf,
    language: Language,
    text: Text,
    state: watch::Sender<State>,
    unlocked: Arc<Notify>,
    contact: Contact,
    /// Tries in vain since the last connection.
    failures: u32,
    next_try: Instant,
    synced: Option<Instant>,
    tended: Instant,
    /// Length of stream 0 when everything was read last.
    directory: u64,
    /// Whether there may be names of persons to learn.
    unnamed: bool,
    seen: Option<Seen>,
    waiting: Option<Waiting>,
    /// Whether it was quiet when it was looked last.
    quiet: bool,
    woke: Woke,
}

impl Keep {
    pub(super) fn new(
        turns: Turns,
        home: PathBuf,
        state: watch::Sender<State>,
        language: Language,
    ) -> Self {
        let now = Instant::now();
        Self {
            turns,
            home,
            language,
            text: Text::new(language),
            state,
            unlocked: Arc::default(),
            contact: Contact::default(),
            failures: 0,
            next_try: now,
            synced: None,
            tended: now,
            directory: 0,
            unnamed: false,
            seen: None,
            waiting: None,
            quiet: false,
            woke: Woke::now(),
        }
    }

    /// Told when the home has been unlocked or locked.
    pub(super) fn unlocked(&self) -> Arc<Notify> {
        self.unlocked.clone()
    }

    pub(super) async fn run(mut self) {
        loop {
            let Some(mut engine) = self.turns.give_way().await else {
                self.show(State::locked(&self.home, self.language));
                self.begin_anew();
                self.unlocked.notified().await;
                continue;
            };
            let pause = self.turn(&mut engine).await;
            self.look(&engine);
            self.look_for_reminders(&mut engine);
            drop(engine);
            match pause {
                None => tokio::task::yield_now().await,
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = self.turns.wanted() => {}
                },
            }
        }
    }

    fn begin_anew(&mut self) {
        self.contact = Contact::default();
        self.failures = 0;
        self.next_try = Instant::now();
        self.synced = None;
        self.seen = None;
        self.waiting = None;
    }

    /// Does one thing; gives until when there is nothing to do.
    async fn turn(&mut self, engine: &mut Engine) -> Option<Instant> {
        if self.woke.has_slept() {
            // The connection is of before: the server has long ended it, and nobody would say so.
            engine.disconnect();
            self.next_try = Instant::now();
        }
        if !engine.is_connected() {
            self.synced = None;
            if self.contact.online {
                self.offline(engine);
            }
            if Instant::now() < self.next_try {
                return Some(self.next_try);
            }
            let connected = tokio::select! {
                connected = engine.connect() => connected,
                // A slow network keeps nobody from what is here.
                () = self.turns.wanted() => return None,
            };
            if let Err(error) = connected {
                return self.failed(engine, error);
            }
        }
        match self.read_on(engine).await {
            Ok(()) => None,
            Err(error) => self.failed(engine, error),
        }
    }

    async fn read_on(&mut self, engine: &mut Engine) -> Result<(), EngineError> {
        let is_old = self.synced.is_none_or(|at| at.elapsed() >= SYNC_EVERY);
        // A channel that opens to this device is known from the directory alone.
        if is_old || engine.ledger().directory().size() != self.directory {
            engine.sync().await?;
            engine.flush_outbox().await?;
            self.unnamed = true;
            self.synced = Some(Instant::now());
            self.tended = Instant::now();
            self.directory = engine.ledger().directory().size();
            self.failures = 0;
            self.contact = Contact {
                online: true,
                ..Contact::default()
            };
            return Ok(());
        }
        if self.unnamed {
            self.unnamed = engine.learn_names().await?;
            return Ok(());
        }
        if self.tended.elapsed() >= TEND_EVERY {
            engine.tend().await?;
            engine.send_reminders().await?;
            self.tended = Instant::now();
        }
        let turns = self.turns.clone();
        let end = async move {
            tokio::select! {
                () = turns.wanted() => {}
                () = sleep(TEND_EVERY) => {}
            }
        };
        if engine
            .step_until(end)
            .await?
            .is_some_and(|it| !it.is_empty())
        {
            engine.note_deliveries().await?;
        }
        Ok(())
    }

    fn offline(&mut self, engine: &Engine) {
        self.contact.online = false;
        self.contact.offline_since.get_or_insert(engine.now());
    }

    fn failed(&mut self, engine: &mut Engine, error: EngineError) -> Option<Instant> {
        engine.disconnect();
        self.offline(engine);
        let wait = if matches!(error, EngineError::Unreachable { .. }) {
            self.contact.fault = None;
            let doubled = RETRY_MIN.saturating_mul(1 << self.failures.min(RETRY_DOUBLINGS));
            self.failures = self.failures.saturating_add(1);
            doubled
        } else {
            self.contact.fault = Some(failure(&CliError::Engine(error), &self.text));
            RETRY_REFUSED
        };
        self.next_try = Instant::now() + wait;
        Some(self.next_try)
    }

    /// Tells what has changed since the last turn, whoever changed it.
    fn look(&mut self, engine: &Engine) {
        let Ok(seen) = Seen::of(engine) else {
            return;
        };
        let quiet = engine.is_quiet().unwrap_or_default();
        let quiet_ended = std::mem::replace(&mut self.quiet, quiet) && !quiet;
        let changed = self
            .seen
            .replace(seen.clone())
            .map(|before| seen.since(&before));
        match changed {
            Some(None) if self.waiting.is_none() || quiet_ended => self.look_for_news(engine),
            Some(None) => {}
            Some(Some(streams)) => self.changed(engine, streams),
            None => self.changed(engine, Vec::new()),
        }
        if let Ok(state) = State::of(engine, &self.contact, &self.text, self.language) {
            self.show(state);
        }
    }

    fn changed(&mut self, engine: &Engine, streams: Vec<StreamId>) {
        self.turns.tell(Event::Changed(streams));
        self.look_for_news(engine);
    }

    /// What was there when everything was read for the first time is no news. While it is quiet, all but "hỏa tốc" is held.
    fn look_for_news(&mut self, engine: &Engine) {
        if !self.contact.online {
            return;
        }
        let Ok(waiting) = Waiting::of(engine) else {
            return;
        };
        let (told, news) = waiting.told_since(self.waiting.take(), self.quiet);
        self.waiting = Some(told);
        if let Some(news) = news {
            self.turns.tell(Event::News(news));
        }
    }

    /// What is known to wait may be answered meanwhile by others: while that is not read, nobody is reminded.
    fn look_for_reminders(&self, engine: &mut Engine) {
        if !self.contact.online {
            return;
        }
        let due = engine.take_reminders().unwrap_or_default();
        if let Some(news) = News::of_reminders(&due) {
            self.turns.tell(Event::Reminder(news));
        }
    }

    fn show(&self, state: State) {
        let is_new = self.state.send_if_modified(|shown| {
            let is_new = *shown != state;
            if is_new {
                *shown = state;
            }
            is_new
        });
        if is_new {
            self.turns.tell(Event::State);
        }
    }
}

/// When it was looked for the last time, by the clock and by the time that this machine was awake.
struct Woke {
    clock: SystemTime,
    awake: Instant,
}

impl Woke {
    fn now() -> Self {
        Self {
            clock: SystemTime::now(),
            awake: Instant::now(),
        }
    }

    /// Whether the machine has slept since, or its clock was set forward.
    fn has_slept(&mut self) -> bool {
        let before = std::mem::replace(self, Self::now());
        let passed = self.clock.duration_since(before.clock).unwrap_or_default();
        passed.saturating_sub(self.awake - before.awake) > SLEEP_MIN
    }
}

/// What pages show, as far as it tells that they must look again.
#[derive(Clone, PartialEq, Eq)]
struct Seen {
    /// Records of each stream, and how many of them have been read here.
    streams: BTreeMap<StreamId, (u64, u64)>,
    outbox: Vec<(i64, StreamId, bool, Option<String>)>,
    witnessed: Option<u64>,
}

impl Seen {
    fn of(engine: &Engine) -> Result<Self, EngineError> {
        let mut streams = BTreeMap::new();
        let channels = engine.ledger().channels().map(|(stream, _)| *stream);
        for stream in channels.chain([StreamId::DIRECTORY]) {
            let size = engine.ledger().size(&stream);
            streams.insert(stream, (size, engine.read_mark(stream)?));
        }
        let outbox = engine.outbox()?.into_iter();
        Ok(Self {
            streams,
            outbox: outbox
                .map(|it| (it.id, it.stream, it.sent, it.refusal))
                .collect(),
            witnessed: engine.witness_status()?.size,
        })
    }

    /// The streams that have changed; none where nothing has. An empty list: anything may have.
    fn since(&self, before: &Self) -> Option<Vec<StreamId>> {
        if self == before {
            return None;
        }
        let old = before.streams.get(&StreamId::DIRECTORY);
        let all =
            self.streams.get(&StreamId::DIRECTORY) != old || self.witnessed != before.witnessed;
        if all {
            return Some(Vec::new());
        }
        let streams = self.streams.iter();
        let mut changed: Vec<StreamId> = streams
            .filter(|(stream, size)| before.streams.get(*stream) != Some(*size))
            .map(|(stream, _)| *stream)
            .collect();
        let one_sided = |a: &Self, b: &Self| {
            let rows = a.outbox.iter().filter(|row| !b.outbox.contains(row));
            rows.map(|row| row.1).collect::<Vec<_>>()
        };
        changed.extend(one_sided(self, before));
        changed.extend(one_sided(before, self));
        changed.sort();
        changed.dedup();
        Some(changed)
    }
}

/// How often everything is asked for: a channel that the server does not deliver shows there.
const SYNC_EVERY: Duration = Duration::from_secs(60);
/// How often channels are looked after.
const TEND_EVERY: Duration = Duration::from_secs(10);
/// What is no sleep but a busy machine.
const SLEEP_MIN: Duration = Duration::from_secs(20);
/// The first wait before another try to connect; it doubles.
const RETRY_MIN: Duration = Duration::from_secs(1);
/// Up to 32 s.
const RETRY_DOUBLINGS: u32 = 5;
/// After a refusal or a finding, which a new try will not change soon.
const RETRY_REFUSED: Duration = Duration::from_secs(60);
