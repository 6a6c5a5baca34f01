//! The binary `thamvan-server`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thamvan_server::{Config, Init, RunError, chain, check, init, run};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

/// Server of a consultation register that it cannot read.
#[derive(Parser)]
#[command(name = "thamvan-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a server folder: keys, certificates, configuration.
    Init {
        /// Folder.
        #[arg(long)]
        dir: PathBuf,
        /// Origin of the log, e.g. example.org/thamvan.
        #[arg(long)]
        origin: Option<String>,
        /// Where to listen; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        /// Host name or address for the certificate, beside localhost.
        #[arg(long = "name")]
        names: Vec<String>,
    },
    /// Serves until SIGTERM or SIGINT.
    Run {
        /// thamvan.toml.
        #[arg(long)]
        config: PathBuf,
    },
    /// Verifies the journal against the stored checkpoint; changes nothing.
    Check {
        /// thamvan.toml.
        #[arg(long)]
        config: PathBuf,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Init {
            dir,
            origin,
            listen,
            names,
        } => {
            let folder = Init {
                dir,
                origin,
                listen,
                names,
            };
            finish(init(&folder).map_err(|error| (format!("{error:#}"), REFUSED)))
        }
        Command::Run { config } => finish(serve(&config).map_err(|error| words(&error))),
        Command::Check { config, json } => report(&config, json),
    }
}

fn words(error: &RunError) -> (String, u8) {
    (chain(error), error.exit_code())
}

fn finish(done: Result<(), (String, u8)>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((words, code)) => {
            eprintln!("thamvan-server: {words}");
            ExitCode::from(code)
        }
    }
}

fn serve(config: &Path) -> Result<(), RunError> {
    log_to_stderr();
    let config = Config::read(config)?;
    let failed = |what| move |source| RunError::Io { what, source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failed("no runtime"))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed("no signals"))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed("no signals"))?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        run(config, oneshot::channel().0, stop).await
    })
}

fn report(config: &Path, json: bool) -> ExitCode {
    let config = match Config::read(config) {
        Ok(config) => config,
        Err(error) => return finish(Err(words(&error.into()))),
    };
    let report = check(&config);
    if json {
        println!("{}", serde_json::json!(report));
    } else {
        println!("{}: {} records", report.verdict, report.tree_size);
        report
            .findings
            .iter()
            .for_each(|finding| println!("{finding}"));
    }
    if report.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDING)
    }
}

fn log_to_stderr() {
    let level = std::env::var("THAMVAN_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("THAMVAN_LOG").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.init();
    }
}

const REFUSED: u8 = 1;
const FINDING: u8 = 3;
