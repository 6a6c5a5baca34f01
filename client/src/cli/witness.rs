//! `thamvan witness …`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use thamvan_proto::tlog::Policy;
use thamvan_witness::{Init, WitnessError, init, watch};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use super::{Context, Done, read_file};
use crate::output::CliError;

#[derive(Debug, Subcommand)]
pub(super) enum WitnessCommand {
    Init {
        #[arg(long = "dir", value_name = "DIR")]
        witness_dir: PathBuf,
        #[arg(long = "name", value_name = "NAME")]
        witness_name: String,
        #[arg(long = "listen", value_name = "ADDR", default_value = "127.0.0.1:0")]
        witness_listen: String,
        #[arg(long = "log", value_name = "VKEY", num_args = 1..)]
        witness_logs: Vec<String>,
    },
    Watch {
        #[arg(long = "dir", value_name = "DIR")]
        witness_dir: PathBuf,
        #[arg(long = "log", value_name = "VKEY", num_args = 1.., required_unless_present = "policy")]
        witness_logs: Vec<String>,
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    Run {
        #[arg(long = "dir", value_name = "DIR")]
        witness_dir: PathBuf,
    },
}

pub(super) async fn run(context: &Context, command: WitnessCommand) -> Done {
    match command {
        WitnessCommand::Init {
            witness_dir,
            witness_name,
            witness_listen,
            witness_logs,
        } => {
            let made = init(&Init {
                dir: witness_dir,
                name: witness_name,
                listen: witness_listen,
                logs: witness_logs,
            })?;
            let (vkey, listen) = (made.vkey.to_string(), made.listen.to_string());
            // Scripts take the line as it is.
            context.print(&json!({"vkey": vkey, "listen": listen}), |_| vkey.clone());
            Ok(())
        }
        WitnessCommand::Watch {
            witness_dir,
            mut witness_logs,
            policy,
        } => {
            if let Some(policy) = policy {
                witness_logs.push(log_of(context, &policy)?);
            }
            let keys = watch(&witness_dir, &witness_logs)?;
            let origins: Vec<&str> = keys.iter().map(|key| key.name().as_str()).collect();
            context.print(&json!({"watching": origins}), |_| origins.join("\n"));
            Ok(())
        }
        WitnessCommand::Run { witness_dir } => Ok(serve(&witness_dir).await?),
    }
}

/// The log key that a policy file names.
fn log_of(context: &Context, policy: &Path) -> Result<String, CliError> {
    let text = String::from_utf8_lossy(&read_file(policy)?).into_owned();
    let policy = Policy::parse(&text).map_err(|error| {
        let detail = error.to_string();
        CliError::Usage(context.text().get("usage-policy", &[("detail", &detail)]))
    })?;
    Ok(policy.log().to_string())
}

/// Serves until SIGTERM or SIGINT; logs to standard error.
async fn serve(dir: &Path) -> Result<(), WitnessError> {
    log_to_stderr();
    let failed = |source| WitnessError::Io {
        what: "no signals",
        source,
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    thamvan_witness::run(dir, oneshot::channel().0, stop).await
}

fn log_to_stderr() {
    let level = std::env::var("THAMVAN_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr);
    if std::env::var("THAMVAN_LOG").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.init();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Text};

    #[test]
    fn every_failure_has_words_and_a_hint() {
        for language in [Language::Vi, Language::En] {
            let text = Text::new(language);
            for code in WitnessError::CODES {
                for id in [format!("error-{code}"), format!("hint-{code}")] {
                    assert_ne!(text.get(&id, &[]), id);
                }
            }
        }
    }
}
