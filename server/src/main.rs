//! The binary `thamvan-server`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thamvan_server::{Config, Init, RunError, chain, check, init, serve};

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

const REFUSED: u8 = 1;
const FINDING: u8 = 3;
