//! The pages: a server on loopback, for the browser of the one user of this home.
//!
//! In scope: who may ask (`guard`, `session`, `peer`), and carrying commands, files and events. Out of scope: what a command
//! does (`cli`), who has the engine when (`holder`). docs/ui.md says how it is protected.

mod api;
mod assets;
mod events;
mod guard;
mod peer;
mod reply;
mod report;
mod session;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::holder::{Holder, Uploads};
use crate::limits::{UI_CONNECTIONS_MAX, UI_HEAD_LEN_MAX, UI_HEAD_TIMEOUT, UI_UPLOADS_AT_ONCE_MAX};
use crate::text::Language;
pub(crate) use assets::Pages;
use guard::Origins;
use reply::Reply;
use session::Sessions;

/// The server of the pages, bound.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What all connections share.
struct Shared {
    holder: Holder,
    pages: Pages,
    uploads: Uploads,
    sessions: Arc<Sessions>,
    origins: Origins,
    language: Language,
    uploading: Semaphore,
    /// The report of an audit, for its auditor.
    report: Option<PathBuf>,
}

impl Shared {
    /// The document of `/api/state`.
    fn state(&self) -> Value {
        let mut document = self.holder.state.borrow().document();
        document["report"] = self.report.is_some().into();
        document
    }
}

/// Makes addresses that open a page, each of them once.
#[derive(Clone)]
pub(crate) struct Links {
    sessions: Arc<Sessions>,
    port: u16,
}

impl Links {
    /// Another address.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(crate) fn make(&self) -> Result<String, getrandom::Error> {
        let token = self.sessions.token()?;
        Ok(format!("http://127.0.0.1:{}/#token={token}", self.port))
    }
}

/// A port on loopback, taken before anything is served there.
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    sessions: Arc<Sessions>,
}

impl Bound {
    /// Takes a port; 0: any that is free.
    ///
    /// # Errors
    /// The port is taken.
    pub(crate) async fn new(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            sessions: Arc::default(),
        })
    }

    pub(crate) fn links(&self) -> Links {
        Links {
            sessions: self.sessions.clone(),
            port: self.address.port(),
        }
    }

    /// `report`: what `GET /report` shows.
    pub(crate) fn server(
        self,
        holder: Holder,
        (pages, report): (Pages, Option<PathBuf>),
        language: Language,
    ) -> Server {
        let shared = Shared {
            holder,
            pages,
            uploads: Uploads::default(),
            sessions: self.sessions,
            origins: Origins::of(self.address.port()),
            language,
            uploading: Semaphore::new(UI_UPLOADS_AT_ONCE_MAX),
            report,
        };
        Server {
            listener: self.listener,
            address: self.address,
            shared: Arc::new(shared),
        }
    }
}

impl Server {
    /// Serves until dropped.
    pub(crate) async fn serve(self) {
        let free = Arc::new(Semaphore::new(UI_CONNECTIONS_MAX));
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (true, Ok(place)) = (
                peer::is_own(peer, self.address),
                free.clone().try_acquire_owned(),
            ) else {
                continue;
            };
            let shared = self.shared.clone();
            tokio::spawn(async move {
                connection(stream, shared).await;
                drop(place);
            });
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let route = service_fn(move |request: Request<Incoming>| {
        let shared = shared.clone();
        async move {
            let mut reply = answer(request, &shared).await;
            guard::protect(reply.headers_mut());
            Ok::<_, Infallible>(reply)
        }
    });
    // A browser that breaks off is nobody's trouble.
    let _ = http1::Builder::new()
        .max_buf_size(UI_HEAD_LEN_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(UI_HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), route)
        .await;
}

async fn answer(request: Request<Incoming>, shared: &Arc<Shared>) -> Reply {
    if let Err(code) = shared.origins.check(&request) {
        return reply::status(code);
    }
    let path = request.uri().path();
    if let Some(path) = path.strip_prefix("/api/") {
        let path = path.to_owned();
        return api::answer(&path, request, shared).await;
    }
    if *request.method() != Method::GET {
        return reply::status(StatusCode::METHOD_NOT_ALLOWED);
    }
    if path == REPORT {
        let sessions = &shared.sessions;
        return if shared.origins.is_logged_in(request.headers(), sessions) {
            report::answer(shared.report.as_deref(), shared.language).await
        } else {
            report::failed(StatusCode::UNAUTHORIZED, "ui_session", shared.language)
        };
    }
    shared.pages.answer(path)
}

const REPORT: &str = "/report";
/// After an error of the system's, such as no free file handle.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
