//! The command line: one file per group of verbs; what they share is here.

mod admin;
mod agent;
mod attachment;
mod audit;
mod channel;
mod consult;
mod context;
mod disclose;
mod doors;
mod drafts;
mod enrol;
mod explain;
mod help;
mod import;
mod message;
mod proposal;
mod remind;
mod report;
mod status;
mod ui;
mod usage;
mod why;
mod witness;
mod witnesses;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::calendar::Day;

pub(crate) use context::Context;
use doors::Needs;

use crate::holder::{self, Loan, Request};
use crate::limits::WORKING_DAYS_MAX;
use crate::output::{CliError, Exit, Sink, print_failure};
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
    Explain(why::Why),
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
    Notice {
        #[command(subcommand)]
        command: consult::notice::NoticeCommand,
    },
    Remind {
        #[command(subcommand)]
        command: remind::RemindCommand,
    },
    Report {
        #[command(subcommand)]
        command: report::ReportCommand,
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
    Ui(ui::Ui),
    Agent {
        #[command(subcommand)]
        command: agent::AgentCommand,
    },
    Completion {
        shell: clap_complete::Shell,
    },
}

/// Result of a command.
pub(crate) type Done = Result<(), CliError>;

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
            print_failure(&failure, json, &text, &Sink::Process);
            return failure.exit().into();
        }
    };
    let (lang, json) = (cli.lang, cli.json);
    let context = Context::own(cli.home, json, Text::new(lang));
    let is_ui = matches!(cli.command, Command::Ui(_));
    if is_ui || doors::needs(&cli.command) == Needs::Home {
        match ask_holder(&context, lang, &cli.command) {
            Ok(Some(exit)) => return ExitCode::from(exit),
            Ok(None) => {}
            Err(error) => {
                print_failure(&error, json, context.text(), &Sink::Process);
                return error.exit().into();
            }
        }
    }
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
            print_failure(&error, json, context.text(), context.sink());
            return Exit::Damaged.into();
        }
    };
    match runtime.block_on(dispatch(&context, cli.command)) {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            print_failure(&error, json, context.text(), context.sink());
            error.exit().into()
        }
    }
}

/// Lets the process that holds the home run the command, if there is one.
fn ask_holder(
    context: &Context,
    lang: Language,
    command: &Command,
) -> Result<Option<u8>, CliError> {
    let args = std::env::args_os().skip(1);
    // A holder speaks UTF-8; who names a file otherwise opens the home alone.
    let args: Option<Vec<String>> = args.map(|it| it.into_string().ok()).collect();
    let (Some(args), Ok(cwd)) = (args, std::env::current_dir()) else {
        return Ok(None);
    };
    let request = || {
        Ok(Request {
            version: holder::VERSION,
            args,
            lang: Text::new(lang).language_tag().to_owned(),
            json: context.json(),
            cwd: cwd.to_string_lossy().into_owned(),
            stdin: doors::reads_stdin(command)
                .then(|| context.stdin())
                .transpose()?,
        })
    };
    holder::ask(&context.home()?, request)
}

/// Runs a command for another process, or for a page, on the engine that is lent; prints into `sink` and gives the exit code.
pub(crate) async fn run_lent(
    args: Vec<String>,
    (lang, json): (Language, bool),
    loan: Loan,
    sink: Sink,
) -> Exit {
    let text = Text::new(lang);
    let page = loan.is_page();
    let args = std::iter::once("thamvan".to_owned()).chain(args);
    let parsed = help::localised(Cli::command(), &text)
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let done = match parsed {
        Ok(Cli {
            command: Command::Ui(ui),
            ..
        }) if !page => another_page(ui, loan, (lang, json), &sink),
        Ok(cli) if page && !doors::is_for_pages(&cli.command) => {
            Err(CliError::Usage(text.get("usage-page", &[])))
        }
        Ok(cli) if doors::needs(&cli.command) != Needs::Home => {
            Err(CliError::NotHere(text.get("not-here", &[])))
        }
        Ok(cli) => {
            let context = Context::lent(loan, json, Text::new(lang), sink.clone());
            dispatch(&context, cli.command).await
        }
        Err(error) => Err(CliError::Usage(usage::words(&error, &text))),
    };
    match done {
        Ok(()) => Exit::Done,
        Err(error) => {
            print_failure(&error, json, &text, &sink);
            error.exit()
        }
    }
}

/// A second `thamvan ui`: an address of the server that runs already.
fn another_page(ui: ui::Ui, loan: Loan, (lang, json): (Language, bool), sink: &Sink) -> Done {
    let text = Text::new(lang);
    // Which report is served was said when the server began.
    let Some(links) = loan.links.clone().filter(|_| ui.report.is_none()) else {
        return Err(CliError::NotHere(text.get("not-here", &[])));
    };
    let context = Context::lent(loan, json, text, sink.clone());
    let address = ui::show(&context, &links)?;
    ui.open(&address);
    Ok(())
}

async fn dispatch(context: &Context, command: Command) -> Done {
    match command {
        Command::Enrol(enrol) => enrol::run(context, enrol).await,
        Command::Status => status::status(context).await,
        Command::Devices => status::devices(context).await,
        Command::Channels => channel::list(context).await,
        Command::Read(read) => message::read(context, read).await,
        Command::Send(send) => message::send(context, send).await,
        Command::Fetch(fetch) => attachment::fetch(context, fetch).await,
        Command::Explain(why) => why::run(context, why).await,
        Command::Disclose(disclose) => disclose::run(context, disclose).await,
        Command::Drafts { command } => drafts::drafts(context, command).await,
        Command::Outbox { command } => drafts::outbox(context, command).await,
        Command::Channel { command } => channel::run(context, command).await,
        Command::Consult { command } => consult::run(context, command).await,
        Command::Notice { command } => consult::notice::run(context, command).await,
        Command::Remind { command } => remind::run(context, command).await,
        Command::Report { command } => report::run(context, command).await,
        Command::Admin { command } => admin::run(context, command).await,
        Command::Audit { command } => audit::run(context, command).await,
        Command::Witness { command } => witness::run(context, command).await,
        Command::Ui(ui) => ui::run(context, ui).await,
        Command::Agent { command } => agent::run(context, command).await,
        Command::Completion { shell } => {
            let mut command = help::localised(Cli::command(), context.text());
            clap_complete::generate(shell, &mut command, "thamvan", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// Parses an identifier; what is wrong is said in the user's language.
pub(crate) fn parse<T: std::str::FromStr>(context: &Context, given: &str) -> Result<T, CliError> {
    given
        .parse()
        .map_err(|_| CliError::Usage(context.text().get("usage-identifier", &[("given", given)])))
}

/// Parses a moment: RFC 3339, or a date, which begins at midnight in Hà Nội.
pub(crate) fn parse_moment(context: &Context, given: &str) -> Result<u64, CliError> {
    unix_ms(given)
        .ok_or_else(|| CliError::Usage(context.text().get("usage-moment", &[("given", given)])))
}

/// Parses a deadline: a moment, or `+` and a number of seconds, minutes, hours or days from `now` (log time, ms).
pub(crate) fn parse_deadline(
    context: &Context,
    engine: &Engine,
    given: &str,
) -> Result<u64, CliError> {
    let now = engine.now();
    let wrong = || CliError::Usage(context.text().get("usage-deadline", &[("given", given)]));
    let Some(wait) = given.strip_prefix('+') else {
        return unix_ms(given).ok_or_else(wrong);
    };
    if let Some(days) = wait.strip_suffix("wd") {
        let table = engine.ledger().directory().now().working_days(now);
        let days = days
            .parse()
            .ok()
            .filter(|days| (1..=WORKING_DAYS_MAX).contains(days));
        let last = days.and_then(|days| Day::of(now).after_working(days, &table));
        return last.map(Day::office_end_ms).ok_or_else(wrong);
    }
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
