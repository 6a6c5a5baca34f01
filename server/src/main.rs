//! The binary `thamvan-server`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thamvan_server::{Backup, Config, Init, RunError, backup, chain, check, init, restore, serve};

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
        /// A witness of the log, "<vkey> <url>"; may be given several times.
        #[arg(long = "witness", value_name = "VKEY URL")]
        witnesses: Vec<String>,
        /// How many of the witnesses make a quorum; by default more than half of them.
        #[arg(long)]
        quorum: Option<usize>,
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
    /// Copies the register into one file, also while it is served.
    Backup {
        /// thamvan.toml.
        #[arg(long)]
        config: PathBuf,
        /// The file to make.
        #[arg(long)]
        out: PathBuf,
        /// Puts the private keys of log and TLS into it: whoever has the file can then sign for this log.
        #[arg(long)]
        with_key: bool,
    },
    /// Makes a server folder from a backup and verifies it.
    Restore {
        /// The backup.
        #[arg(long = "in")]
        archive: PathBuf,
        /// A folder that is not there or empty.
        #[arg(long)]
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Init {
            dir,
            origin,
            listen,
            names,
            witnesses,
            quorum,
        } => {
            let folder = Init {
                dir,
                origin,
                listen,
                names,
                witnesses,
                quorum,
            };
            finish(init(&folder).map_err(|error| (format!("{error:#}"), REFUSED)))
        }
        Command::Run { config } => finish(serve(&config).map_err(|error| words(&error))),
        Command::Check { config, json } => report(&config, json),
        Command::Backup {
            config,
            out,
            with_key,
        } => finish(back_up(config, out, with_key).map_err(|error| words(&error))),
        Command::Restore { archive, dir } => {
            finish(bring_back(&archive, &dir).map_err(|error| words(&error)))
        }
    }
}

fn back_up(config_file: PathBuf, out: PathBuf, with_key: bool) -> Result<(), RunError> {
    let config = Config::read(&config_file)?;
    let work = Backup {
        config_file,
        out,
        with_key,
    };
    let done = backup(&work, &config)?;
    println!("{} records, {} bytes", done.tree_size, done.bytes);
    Ok(())
}

fn bring_back(archive: &Path, dir: &Path) -> Result<(), RunError> {
    let done = restore(archive, dir)?;
    println!("{} records, verified", done.tree_size);
    for key in &done.missing_keys {
        println!("put back before it runs: {key}");
    }
    Ok(())
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
