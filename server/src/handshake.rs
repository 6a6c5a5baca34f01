//! The costly step of a TLS handshake, keys and signature, on threads that give way to all others.
//!
//! A crowd that knocks does not keep the processors from those inside: while these are busy it waits, and on an idle machine
//! it is answered at once. Out of scope: how many may knock, and how long (`places`, `rate_limit`).

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, StartHandshake};
use tracing::warn;

use crate::error::RunError;
use crate::limits::HANDSHAKE_NICENESS;

/// The way to the threads; they end with it.
#[derive(Debug)]
pub(crate) struct Handshakes(Sender<Job>);

struct Job {
    hello: StartHandshake<TcpStream>,
    config: Arc<ServerConfig>,
    reply: oneshot::Sender<Accept<TcpStream>>,
}

impl Handshakes {
    /// Starts the threads: one for two processors.
    ///
    /// # Errors
    /// [`RunError::Io`]: no thread.
    pub(crate) fn start() -> Result<Self, RunError> {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let all = std::thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..(all / 2).max(1) {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new()
                .name("handshakes".to_owned())
                .spawn(move || work(&waiting))
                .map_err(RunError::io("no thread for handshakes"))?;
        }
        Ok(Self(jobs))
    }

    /// Goes on from the peer's hello to the end of the handshake; nothing if it fails.
    pub(crate) async fn shake(
        &self,
        hello: StartHandshake<TcpStream>,
        config: Arc<ServerConfig>,
    ) -> Option<TlsStream<TcpStream>> {
        let (reply, accept) = oneshot::channel();
        let job = Job {
            hello,
            config,
            reply,
        };
        self.0.send(job).ok()?;
        accept.await.ok()?.await.ok()
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    if rustix::process::nice(HANDSHAKE_NICENESS).is_err() {
        warn!("handshakes do not give way to what else there is to do");
    }
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = next else {
            return;
        };
        // Whoever has gone meanwhile costs nothing more.
        if !job.reply.is_closed() {
            let _ = job.reply.send(job.hello.into_stream(job.config));
        }
        // A crowd of newcomers is no reason to keep the processor until the kernel takes it.
        std::thread::yield_now();
    }
}
