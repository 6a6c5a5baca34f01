//! `thamvan ui`: holds the home and serves the pages.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::json;
use thamvan_engine::HomeLock;
use tokio::signal::unix::{SignalKind, signal};

use super::{Context, Done};
use crate::holder::{Holder, Socket};
use crate::output::CliError;
use crate::text::Language;
use crate::ui::{Bound, Links, Pages};

#[derive(Debug, Args)]
pub(super) struct Ui {
    #[arg(long)]
    no_open: bool,
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, ui: Ui) -> Done {
    let pages = match &ui.pages {
        Some(dir) => Some(Pages::of(dir).map_err(failed(&dir.display().to_string()))?),
        None => Pages::built(),
    };
    let pages = pages.ok_or_else(|| CliError::Usage(context.text().get("ui-not-built", &[])))?;
    let begun = Begun::begin(context, ui.port).await?;
    let links = begun.bound.links();
    begun.unlock(context).await?;
    let address = show(context, &links)?;
    ui.open(&address);
    begun.serve(Some((pages, ui.report))).await
}

/// A home that is held, with its socket and a port for its pages.
pub(super) struct Begun {
    pub(super) holder: Holder,
    bound: Bound,
    socket: Socket,
    stop: BoxedStop,
    language: Language,
}

type BoxedStop = Pin<Box<dyn Future<Output = ()>>>;

impl Begun {
    pub(super) async fn begin(context: &Context, port: u16) -> Result<Self, CliError> {
        let home = context.home()?;
        let lock = HomeLock::of(&home)?;
        let bound = Bound::new(port).await;
        let bound = bound.map_err(failed(&format!("127.0.0.1:{port}")))?;
        let language = context.text().language();
        let in_home = home.display().to_string();
        let holder =
            Holder::start(lock, language, Some(bound.links())).map_err(failed(&in_home))?;
        let socket = Socket::bind(&home).map_err(failed(&in_home))?;
        let stop = Box::pin(stopped().map_err(failed(&in_home))?);
        Ok(Self {
            holder,
            bound,
            socket,
            stop,
            language,
        })
    }

    /// Opens the home; without a passphrase at hand the page asks for it.
    pub(super) async fn unlock(&self, context: &Context) -> Done {
        let passphrase = match context.passphrase() {
            Err(CliError::Usage(_)) => return Ok(()),
            other => other?,
        };
        match self.holder.jobs.unlock(passphrase, self.language).await {
            Ok(Err((error, _))) => Err(error),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Serves commands, and pages where there are any, with the report of an audit, until a signal.
    pub(super) async fn serve(self, pages: Option<(Pages, Option<PathBuf>)>) -> Done {
        tokio::spawn(self.socket.serve(self.holder.jobs.clone()));
        let Some(pages) = pages else {
            self.stop.await;
            return Ok(());
        };
        let server = self.bound.server(self.holder, pages, self.language);
        tokio::select! {
            () = server.serve() => {}
            () = self.stop => {}
        }
        Ok(())
    }
}

fn failed(path: &str) -> impl FnOnce(io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::File { path, source }
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
fn stopped() -> io::Result<impl Future<Output = ()>> {
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
