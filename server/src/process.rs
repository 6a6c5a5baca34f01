//! A server as a process: logs on standard error, stops on SIGTERM or SIGINT.

use std::io::IsTerminal;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::Config;
use crate::error::RunError;
use crate::limits::BLOCKING_THREADS_MAX;
use crate::server::run;

/// Serves the folder of the configuration file `config` until the process is asked to stop.
///
/// # Errors
/// [`RunError`]: it does not start, or must end.
pub fn serve(config: &Path) -> Result<(), RunError> {
    log_to_stderr();
    let config = Config::read(config)?;
    let failed = |what| move |source| RunError::Io { what, source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
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

/// Lines of this program as asked; of libraries only warnings: at `trace` some of them write down what they carry.
fn own_lines(level: LevelFilter) -> EnvFilter {
    EnvFilter::new(format!("warn,thamvan_server={level}"))
}

fn log_to_stderr() {
    let level = std::env::var("THAMVAN_LOG_LEVEL").ok();
    let level = level.and_then(|word| word.parse().ok());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(own_lines(level.unwrap_or(LevelFilter::INFO)))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("THAMVAN_LOG").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.init();
    }
}
