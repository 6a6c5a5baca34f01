//! What every command is given: its home, its language, where its lines go.

use std::io::{IsTerminal, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde_json::Value;
use thamvan_engine::{Engine, EngineError, NewFile, Passphrase};

use super::attachment::show_transfers;
use super::import::progress_bar;
use super::witnesses;
use crate::holder::{Door, Lease, Loan, Uploads};
use crate::output::{CliError, Sink};
use crate::text::Text;

/// What every command is given.
pub(crate) struct Context {
    home: Option<PathBuf>,
    json: bool,
    text: Text,
    sink: Sink,
    reach: Reach,
}

/// How a command comes by the engine.
enum Reach {
    /// It opens the home for itself.
    Own,
    /// The process that holds the home lends it.
    Lent(Loan),
}

impl Context {
    /// Of a command that runs in its own process.
    pub(super) fn own(home: Option<PathBuf>, json: bool, text: Text) -> Self {
        Self {
            home,
            json,
            text,
            sink: Sink::Process,
            reach: Reach::Own,
        }
    }

    /// Of a command that the process with the home runs for another one.
    pub(super) fn lent(loan: Loan, json: bool, text: Text, sink: Sink) -> Self {
        Self {
            home: None,
            json,
            text,
            sink,
            reach: Reach::Lent(loan),
        }
    }

    pub(crate) fn home(&self) -> Result<PathBuf, CliError> {
        let default = || std::env::home_dir().map(|home| home.join(".local/share/thamvan"));
        self.home
            .clone()
            .or_else(default)
            .ok_or_else(|| CliError::Usage(self.text.get("usage-home", &[])))
    }

    /// The passphrase: from the file that THAMVAN_PASSPHRASE_FILE names, else asked for.
    pub(crate) fn passphrase(&self) -> Result<Passphrase, CliError> {
        let named = std::env::var_os("THAMVAN_PASSPHRASE_FILE").map(PathBuf::from);
        self.passphrase_of(named.as_deref(), &self.text.get("prompt-passphrase", &[]))
    }

    /// A passphrase from a file, else asked for with `prompt`.
    pub(crate) fn passphrase_of(
        &self,
        file: Option<&Path>,
        prompt: &str,
    ) -> Result<Passphrase, CliError> {
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
                path: path.to_string_lossy().into_owned(),
                source,
            })?;
            return Ok(Passphrase::new(text));
        }
        if !std::io::stdin().is_terminal() {
            return Err(CliError::Usage(self.text.get("usage-passphrase", &[])));
        }
        rpassword::prompt_password(prompt)
            .map(Passphrase::new)
            .map_err(|source| CliError::File {
                path: "terminal".into(),
                source,
            })
    }

    /// The engine as it stands.
    pub(crate) async fn open(&self) -> Result<Lease, CliError> {
        let mut engine = match &self.reach {
            Reach::Own => {
                let engine = Engine::open(&self.home()?, &self.passphrase()?)?;
                Lease::Own(Box::new(engine))
            }
            Reach::Lent(loan) => loan.turns.take().await.ok_or(CliError::Locked)?,
        };
        self.tell_waits(&mut engine);
        Ok(engine)
    }

    /// Says on stderr when a verb begins to wait for the witnesses.
    pub(crate) fn tell_waits(&self, engine: &mut Engine) {
        let words = self.text.get("waiting-witnesses", &[]);
        let sink = self.sink.clone();
        engine.on_wait(Box::new(move || sink.err(&words)));
    }

    /// Opens the home, reads everything there is, and logs what waited in the outbox.
    pub(crate) async fn online(&self) -> Result<Lease, CliError> {
        let mut engine = self.open().await?;
        self.refresh(&mut engine).await?;
        if !self.is_page() {
            engine.flush_outbox().await?;
        }
        witnesses::warn(self, &engine)?;
        Ok(engine)
    }

    /// As [`Context::online`]; a page is shown what this device has read, where there is no connection.
    pub(crate) async fn online_or_read(&self) -> Result<Lease, CliError> {
        match self.online().await {
            Err(CliError::Engine(EngineError::Unreachable { .. })) if self.is_page() => {
                self.open().await
            }
            other => other,
        }
    }

    /// Reads everything there is. For a page, whoever holds the home does that all the time.
    pub(crate) async fn refresh(&self, engine: &mut Engine) -> Result<(), EngineError> {
        if !self.is_page() {
            return engine.sync().await;
        }
        if engine.is_connected() {
            Ok(())
        } else {
            let what = "not connected".into();
            Err(EngineError::Unreachable { what })
        }
    }

    /// Waits for what comes next: a push, or `wait` at most. None where nobody reads on.
    pub(crate) async fn next_turn(
        &self,
        engine: Lease,
        wait: Duration,
        tended: &mut Instant,
    ) -> Result<Option<Lease>, CliError> {
        let Reach::Lent(loan) = &self.reach else {
            let mut engine = engine;
            engine.step_within(wait).await?;
            if tended.elapsed() >= wait {
                engine.tend().await?;
                *tended = Instant::now();
            }
            return Ok(Some(engine));
        };
        let changed = loan.turns.changed();
        // Others have their turns meanwhile.
        drop(engine);
        tokio::select! {
            () = changed => {}
            () = self.sink.closed() => return Ok(None),
        }
        self.open().await.map(Some)
    }

    /// A file named on the command line, from where the command was given.
    pub(crate) fn path(&self, given: &Path) -> PathBuf {
        match &self.reach {
            Reach::Lent(Loan {
                door: Door::Process { cwd, .. },
                ..
            }) => cwd.join(given),
            Reach::Lent(_) | Reach::Own => given.to_owned(),
        }
    }

    /// Files to attach: of a page, what it has uploaded.
    pub(crate) fn attach(&self, given: &[PathBuf]) -> Result<Vec<NewFile>, CliError> {
        let one = |path: &PathBuf| match &self.reach {
            Reach::Lent(Loan {
                door: Door::Page { uploads },
                ..
            }) => {
                let upload = path.to_str().and_then(|given| uploads.find(given));
                upload.ok_or_else(|| {
                    let shown = path.to_string_lossy();
                    CliError::Usage(self.text.get("usage-upload", &[("given", &shown)]))
                })
            }
            Reach::Lent(_) | Reach::Own => Ok(NewFile::Path(self.path(path))),
        };
        given.iter().map(one).collect()
    }

    /// Where a page finds the file that a command makes for it; a page names no path.
    pub(crate) fn made_for_page(&self) -> Option<&Uploads> {
        match &self.reach {
            Reach::Lent(Loan {
                door: Door::Page { uploads },
                ..
            }) => Some(uploads),
            Reach::Lent(_) | Reach::Own => None,
        }
    }

    /// What stands on standard input.
    pub(crate) fn stdin(&self) -> Result<String, CliError> {
        match &self.reach {
            Reach::Own => read_stdin(),
            Reach::Lent(loan) => loan.stdin().ok_or_else(|| {
                let given = [("given", "-")];
                CliError::Usage(self.text.get("usage-identifier", &given))
            }),
        }
    }

    /// Shows transfers while they run: on the terminal, or on the page.
    pub(crate) fn show_transfers(&self, engine: &mut Engine) -> ProgressBar {
        match &self.reach {
            Reach::Own => show_transfers(engine),
            Reach::Lent(loan) => {
                if let Door::Page { uploads } = &loan.door {
                    let uploads = Some(uploads.clone());
                    engine.on_transfer(loan.turns.progress(uploads));
                }
                ProgressBar::hidden()
            }
        }
    }

    /// A bar for so many steps; nothing where there is no terminal.
    pub(crate) fn bar(&self, steps: usize) -> ProgressBar {
        match &self.reach {
            Reach::Own => progress_bar(steps),
            Reach::Lent(_) => ProgressBar::hidden(),
        }
    }

    /// Whether a page asks, which is told of changes and asks again.
    pub(crate) fn is_page(&self) -> bool {
        matches!(
            &self.reach,
            Reach::Lent(Loan {
                door: Door::Page { .. },
                ..
            })
        )
    }

    /// Prints a result: the document with `--json`, else the words.
    pub(crate) fn print(&self, value: &Value, words: impl FnOnce(&Text) -> String) {
        if self.json {
            self.sink.json(value);
        } else {
            self.sink.out(words(&self.text).trim_end());
        }
    }

    pub(crate) fn say(&self, id: &str, arguments: &[(&str, &str)]) {
        self.sink.err(&self.text.get(id, arguments));
    }

    pub(crate) fn sink(&self) -> &Sink {
        &self.sink
    }

    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

pub(crate) fn read_stdin() -> Result<String, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|source| CliError::File {
            path: "-".into(),
            source,
        })?;
    Ok(text)
}
