//! One home, several processes: the first one holds it, keeps it up to date, and runs commands for the others.
//!
//! ```text
//!   thamvan … ──► socket ─┐
//!   a page ──► ui (HTTP) ─┴► jobs ──► a thread of its own: turns ──► one engine ◄── keep (reads on, connects again)
//! ```
//!
//! In scope: who has the engine when, and what others are told. Out of scope: what a command does (`cli`), HTTP (`ui`).

mod ask;
mod keep;
mod news;
mod socket;
mod state;
mod turns;
mod uploads;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;
use thamvan_engine::{AttachmentView, EngineError, HomeLock, Passphrase};
use thamvan_proto::id::StreamId;
use tokio::runtime;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::{LocalSet, spawn_local};

use crate::cli::run_lent;
use crate::limits::JOBS_MAX;
use crate::output::{CliError, Exit, Pieces, Sink, failure};
use crate::text::{Language, Text};
use crate::ui::Links;

pub(crate) use news::News;
pub(crate) use socket::Socket;
pub(crate) use state::State;
pub(crate) use turns::{Event, Lease, Turns};
pub(crate) use uploads::{UploadError, Uploads};
pub(crate) use wire::{Request, VERSION};

/// Runs a request in the process that holds `home`; gives the exit code, or nothing where nobody listens there.
///
/// # Errors
/// The connection broke off: whether the command was carried out is not known. What `request` refuses.
pub(crate) fn ask(
    home: &Path,
    request: impl FnOnce() -> Result<Request, CliError>,
) -> Result<Option<u8>, CliError> {
    let Some(stream) = ask::connect(home) else {
        return Ok(None);
    };
    let request = request()?;
    let exit = ask::ask(&stream, &request);
    exit.map(Some).map_err(CliError::HolderGone)
}

/// What a command is given by the process that holds the home.
pub(crate) struct Loan {
    pub(crate) turns: Turns,
    pub(crate) door: Door,
    /// Makes addresses of pages, where this process serves them.
    pub(crate) links: Option<Links>,
}

/// Who gives a command.
pub(crate) enum Door {
    /// Another process of the same user.
    Process { cwd: PathBuf, stdin: Option<String> },
    /// A page.
    Page { uploads: Uploads },
}

impl Loan {
    pub(crate) fn is_page(&self) -> bool {
        matches!(self.door, Door::Page { .. })
    }

    pub(crate) fn stdin(&self) -> Option<String> {
        match &self.door {
            Door::Process { stdin, .. } => stdin.clone(),
            Door::Page { .. } => None,
        }
    }
}

/// A command that has been asked for.
pub(crate) struct Asked {
    args: Vec<String>,
    language: Language,
    json: bool,
    door: Door,
    sink: Sink,
}

impl Asked {
    pub(crate) fn new(
        args: Vec<String>,
        language: Language,
        json: bool,
        door: Door,
    ) -> (Self, Pieces) {
        let (sink, pieces) = Sink::pieces();
        let asked = Self {
            args,
            language,
            json,
            door,
            sink,
        };
        (asked, pieces)
    }
}

/// An answer, or a failure as programs read it.
type Reply<T> = oneshot::Sender<Result<T, Value>>;

enum Job {
    Verb(Asked),
    Attachment {
        of: (StreamId, u64, usize),
        language: Language,
        reply: Reply<(AttachmentView, Vec<u8>)>,
    },
    Unlock {
        passphrase: Passphrase,
        language: Language,
        reply: oneshot::Sender<Result<(), (CliError, Value)>>,
    },
    Lock(oneshot::Sender<()>),
}

/// The thread with the engine has ended.
#[derive(Debug)]
pub(crate) struct Ended;

/// Gives jobs to the thread with the engine.
#[derive(Clone)]
pub(crate) struct Jobs(mpsc::Sender<Job>);

impl Jobs {
    /// Runs a command; what it prints comes as pieces.
    pub(crate) async fn verb(&self, asked: Asked) -> Result<(), Ended> {
        self.0.send(Job::Verb(asked)).await.map_err(|_| Ended)
    }

    /// The attachment of an entry in a part.
    pub(crate) async fn attachment(
        &self,
        of: (StreamId, u64, usize),
        language: Language,
    ) -> Result<Result<(AttachmentView, Vec<u8>), Value>, Ended> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Attachment {
            of,
            language,
            reply,
        };
        self.0.send(job).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }

    /// Opens the home; nothing where it is open.
    pub(crate) async fn unlock(
        &self,
        passphrase: Passphrase,
        language: Language,
    ) -> Result<Result<(), (CliError, Value)>, Ended> {
        let (reply, answer) = oneshot::channel();
        let job = Job::Unlock {
            passphrase,
            language,
            reply,
        };
        self.0.send(job).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }

    /// Drops the engine and its keys.
    pub(crate) async fn lock(&self) -> Result<(), Ended> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Job::Lock(reply)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }
}

/// A home that this process holds. Dropped, the engine ends.
pub(crate) struct Holder {
    pub(crate) jobs: Jobs,
    pub(crate) state: watch::Receiver<State>,
    pub(crate) events: broadcast::Sender<Event>,
}

impl Holder {
    /// Begins to hold a home, locked.
    ///
    /// # Errors
    /// No thread, or no runtime for it.
    pub(crate) fn start(
        lock: HomeLock,
        language: Language,
        links: Option<Links>,
    ) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        let (state, shown) = watch::channel(State::locked(lock.dir(), language));
        let turns = Turns::new();
        let events = turns.events().clone();
        thread::Builder::new()
            .name("engine".into())
            .spawn(move || {
                let local = LocalSet::new();
                local.block_on(
                    &runtime,
                    serve(lock, waiting, turns, state, (language, links)),
                );
            })?;
        Ok(Self {
            jobs: Jobs(jobs),
            state: shown,
            events,
        })
    }
}

/// Takes jobs until nobody gives any more.
async fn serve(
    lock: HomeLock,
    mut jobs: mpsc::Receiver<Job>,
    turns: Turns,
    state: watch::Sender<State>,
    (language, links): (Language, Option<Links>),
) {
    let keep = keep::Keep::new(turns.clone(), lock.dir().to_owned(), state, language);
    let unlocked = keep.unlocked();
    spawn_local(keep.run());
    while let Some(job) = jobs.recv().await {
        match job {
            Job::Verb(asked) => {
                spawn_local(verb(asked, turns.clone(), links.clone()));
            }
            Job::Attachment {
                of,
                language,
                reply,
            } => {
                let turns = turns.clone();
                spawn_local(async move {
                    let _ = reply.send(attachment(&turns, of, &Text::new(language)).await);
                });
            }
            Job::Unlock {
                passphrase,
                language,
                reply,
            } => {
                let mut slot = turns.slot().await;
                let opened = match slot.as_ref() {
                    Some(_) => Ok(()),
                    None => thamvan_engine::Engine::open_held(lock.clone(), &passphrase)
                        .map(|engine| *slot = Some(engine)),
                };
                drop(slot);
                unlocked.notify_one();
                let _ = reply.send(opened.map_err(|error| {
                    let error = CliError::from(error);
                    let said = failure(&error, &Text::new(language));
                    (error, said)
                }));
            }
            Job::Lock(reply) => {
                *turns.slot().await = None;
                unlocked.notify_one();
                let _ = reply.send(());
            }
        }
    }
}

async fn verb(asked: Asked, turns: Turns, links: Option<Links>) {
    let Asked {
        args,
        language,
        json,
        door,
        sink,
    } = asked;
    let lent = turns.clone();
    let loan = Loan {
        turns: lent,
        door,
        links,
    };
    let exit = run_lent(args, (language, json), loan, sink.clone()).await;
    // What broke off is connected anew.
    if exit == Exit::Unreachable
        && let Some(mut engine) = turns.take().await
    {
        engine.disconnect();
    }
    sink.exit(exit);
}

async fn attachment(
    turns: &Turns,
    (stream, seq, n): (StreamId, u64, usize),
    text: &Text,
) -> Result<(AttachmentView, Vec<u8>), Value> {
    let Some(mut engine) = turns.take().await else {
        return Err(failure(&CliError::Locked, text));
    };
    engine.on_transfer(turns.progress(None));
    let fetched = engine.attachment((stream, seq), n).await;
    if matches!(fetched, Err(EngineError::Unreachable { .. })) {
        engine.disconnect();
    }
    fetched.map_err(|error| failure(&error.into(), text))
}
