//! The command line: one file per group of verbs; what they share is here.

mod admin;
mod attachment;
mod audit;
mod channel;
mod consult;
mod disclose;
mod drafts;
mod enrol;
mod explain;
mod help;
mod import;
mod message;
mod proposal;
mod status;
mod usage;
mod witness;
mod witnesses;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use serde_json::Value;
use thamvan_engine::{Engine, EngineError, Passphrase};

use crate::output::{CliError, Exit, print_failure, print_json, print_line};
use crate::text::{Language, Text, unix_ms};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "thamvan", version = VERSION, disable_help_subcommand = true)]
pub struct Cli {
    #[arg(long, env = "THAMVAN_HOME", global = true)]
    home: Option<PathBuf>,
    #[arg(
        long,
        env = "THAMVAN_LANG",
        global = true,
        value_enum,
        default_value = "vi"
    )]
    lang: Language,
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Enrol(enrol::Enrol),
    Status,
    Devices,
    Channels,
    Read(message::Read),
    Send(message::Send),
    Fetch(attachment::Fetch),
    Disclose(disclose::Disclose),
    Drafts {
        #[command(subcommand)]
        command: drafts::DraftsCommand,
    },
    Outbox {
        #[command(subcommand)]
        command: drafts::OutboxCommand,
    },
    Channel {
        #[command(subcommand)]
        command: channel::ChannelCommand,
    },
    Consult {
        #[command(subcommand)]
        command: consult::ConsultCommand,
    },
    Admin {
        #[command(subcommand)]
        command: admin::AdminCommand,
    },
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    Witness {
        #[command(subcommand)]
        command: witness::WitnessCommand,
    },
    Completion {
        shell: clap_complete::Shell,
    },
}

/// What every command is given.
pub(crate) struct Context {
    home: Option<PathBuf>,
    json: bool,
    text: Text,
}

/// Result of a command.
pub(crate) type Done = Result<(), CliError>;

impl Context {
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

    pub(crate) fn open(&self) -> Result<Engine, CliError> {
        let mut engine = Engine::open(&self.home()?, &self.passphrase()?)?;
        self.tell_waits(&mut engine);
        Ok(engine)
    }

    /// Says on stderr when a verb begins to wait for the witnesses.
    pub(crate) fn tell_waits(&self, engine: &mut Engine) {
        let words = self.text.get("waiting-witnesses", &[]);
        engine.on_wait(Box::new(move || eprintln!("{words}")));
    }

    /// Opens the home, reads everything there is, and logs what waited in the outbox.
    pub(crate) async fn online(&self) -> Result<Engine, CliError> {
        let mut engine = self.open()?;
        engine.sync().await?;
        engine.flush_outbox().await?;
        witnesses::warn(self, &engine)?;
        Ok(engine)
    }

    /// Prints a result: the document with `--json`, else the words.
    pub(crate) fn print(&self, value: &Value, words: impl FnOnce(&Text) -> String) {
        if self.json {
            print_json(value);
        } else {
            print_line(words(&self.text).trim_end());
        }
    }

    pub(crate) fn say(&self, id: &str, arguments: &[(&str, &str)]) {
        eprintln!("{}", self.text.get(id, arguments));
    }

    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Runs the command line to its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let language = help::language();
    let command = help::localised(Cli::command(), &Text::new(language));
    let cli = match command
        .try_get_matches()
        .and_then(|m| Cli::from_arg_matches(&m))
    {
        Ok(cli) => cli,
        // Help and version are what was asked for; a group of verbs without a verb shows its help.
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return Exit::Done.into();
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            return Exit::Usage.into();
        }
        Err(error) => {
            let text = Text::new(language);
            let json = std::env::args().any(|argument| argument == "--json");
            let failure = CliError::Usage(usage::words(&error, &text));
            print_failure(&failure, json, &text);
            return failure.exit().into();
        }
    };
    let context = Context {
        home: cli.home,
        json: cli.json,
        text: Text::new(cli.lang),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(source) => {
            let error = CliError::File {
                path: "runtime".into(),
                source,
            };
            print_failure(&error, context.json, &context.text);
            return Exit::Damaged.into();
        }
    };
    match runtime.block_on(dispatch(&context, cli.command)) {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            print_failure(&error, context.json, &context.text);
            error.exit().into()
        }
    }
}

async fn dispatch(context: &Context, command: Command) -> Done {
    match command {
        Command::Enrol(enrol) => enrol::run(context, enrol).await,
        Command::Status => status::status(context),
        Command::Devices => status::devices(context).await,
        Command::Channels => channel::list(context).await,
        Command::Read(read) => message::read(context, read).await,
        Command::Send(send) => message::send(context, send).await,
        Command::Fetch(fetch) => attachment::fetch(context, fetch).await,
        Command::Disclose(disclose) => disclose::run(context, disclose).await,
        Command::Drafts { command } => drafts::drafts(context, command),
        Command::Outbox { command } => drafts::outbox(context, command),
        Command::Channel { command } => channel::run(context, command).await,
        Command::Consult { command } => consult::run(context, command).await,
        Command::Admin { command } => admin::run(context, command).await,
        Command::Audit { command } => audit::run(context, command).await,
        Command::Witness { command } => witness::run(context, command).await,
        Command::Completion { shell } => {
            let mut command = help::localised(Cli::command(), &context.text);
            clap_complete::generate(shell, &mut command, "thamvan", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// Parses an identifier; what is wrong is said in the user's language.
pub(crate) fn parse<T: std::str::FromStr>(context: &Context, given: &str) -> Result<T, CliError> {
    given
        .parse()
        .map_err(|_| CliError::Usage(context.text.get("usage-identifier", &[("given", given)])))
}

/// Parses a moment: RFC 3339, or a date, which begins at midnight in Hà Nội.
pub(crate) fn parse_moment(context: &Context, given: &str) -> Result<u64, CliError> {
    unix_ms(given)
        .ok_or_else(|| CliError::Usage(context.text.get("usage-moment", &[("given", given)])))
}

/// Parses a deadline: a moment, or `+` and a number of seconds, minutes, hours or days from `now` (log time, ms).
pub(crate) fn parse_deadline(context: &Context, given: &str, now: u64) -> Result<u64, CliError> {
    let wrong = || CliError::Usage(context.text.get("usage-deadline", &[("given", given)]));
    let Some(wait) = given.strip_prefix('+') else {
        return unix_ms(given).ok_or_else(wrong);
    };
    let units = [
        ('s', 1_000),
        ('m', 60_000),
        ('h', 3_600_000),
        ('d', 86_400_000),
    ];
    let wait = units.iter().find_map(|(unit, ms)| {
        let number: u64 = wait.strip_suffix(*unit)?.parse().ok()?;
        now.checked_add(number.checked_mul(*ms)?)
    });
    wait.ok_or_else(wrong)
}

/// Reads a file named on the command line.
pub(crate) fn read_file(path: &std::path::Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|source| CliError::File {
        path: path.display().to_string(),
        source,
    })
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &std::path::Path, bytes: &[u8]) -> Result<(), CliError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)
    };
    write().map_err(|source| CliError::File {
        path: path.display().to_string(),
        source,
    })
}

/// Engine errors that a command turns into words of its own.
pub(crate) fn is_exists(error: &CliError) -> bool {
    matches!(error, CliError::Engine(EngineError::HomeExists { .. }))
}

const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("THAMVAN_COMMIT"),
    ", protocol thamvan.v1)"
);
