//! `thamvan ui`: holds the home and serves the pages.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::json;
use thamvan_engine::HomeLock;
use tokio::signal::unix::{SignalKind, signal};

use super::{Context, Done};
use crate::holder::{Holder, Socket};
use crate::output::CliError;
use crate::ui::{Bound, Links, Pages};

#[derive(Debug, Args)]
pub(super) struct Ui {
    #[arg(long)]
    no_open: bool,
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, ui: Ui) -> Done {
    let failed = |path: String| move |source| CliError::File { path, source };
    let pages = match &ui.pages {
        Some(dir) => Some(Pages::of(dir).map_err(failed(dir.display().to_string()))?),
        None => Pages::built(),
    };
    let pages = pages.ok_or_else(|| CliError::Usage(context.text().get("ui-not-built", &[])))?;
    let home = context.home()?;
    let lock = HomeLock::of(&home)?;
    let language = context.text().language();
    let bound = Bound::new(ui.port).await;
    let bound = bound.map_err(failed(format!("127.0.0.1:{}", ui.port)))?;
    let links = bound.links();
    let in_home = || failed(home.display().to_string());
    let holder = Holder::start(lock, language, Some(links.clone()));
    let holder = holder.map_err(in_home())?;
    let socket = Socket::bind(&home).map_err(in_home())?;
    // Without a passphrase at hand the page asks for it.
    match context.passphrase() {
        Ok(passphrase) => {
            let unlocked = holder.jobs.unlock(passphrase, language).await;
            if let Ok(Err((error, _))) = unlocked {
                return Err(error);
            }
        }
        Err(CliError::Usage(_)) => {}
        Err(error) => return Err(error),
    }
    tokio::spawn(socket.serve(holder.jobs.clone()));
    let stop = stopped().map_err(in_home())?;
    let server = bound.server(holder, pages, language);
    let address = show(context, &links)?;
    ui.open(&address);
    tokio::select! {
        () = server.serve() => {}
        () = stop => {}
    }
    Ok(())
}

/// Prints an address that opens a page once; gives it.
pub(super) fn show(context: &Context, links: &Links) -> Result<String, CliError> {
    let address = links
        .make()
        .map_err(|_| thamvan_engine::EngineError::Randomness)?;
    context.print(&json!({ "url": address }), |text| {
        text.get("ui-address", &[("url", &address)])
    });
    Ok(address)
}

/// Ends with SIGINT or SIGTERM.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

impl Ui {
    /// Opens the browser of the desktop, where it is wanted and there is one.
    pub(super) fn open(&self, address: &str) {
        if self.no_open {
            return;
        }
        let opened = Command::new("xdg-open")
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if let Ok(mut browser) = opened {
            std::thread::spawn(move || browser.wait());
        }
    }
}
