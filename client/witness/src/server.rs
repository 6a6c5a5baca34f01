//! Start, serve, stop.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tracing::{error, info};

use crate::config::Config;
use crate::error::WitnessError;
use crate::http::{self, Service};
use crate::limits::{CLOSE_TIMEOUT, CONNECTIONS_MAX};
use crate::witness::Witness;
use crate::{LOCK_FILE, files};

/// A witness that accepts connections.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
}

/// Serves the folder `dir` until `stop` resolves.
///
/// `ready` is told once connections are accepted; the address then also stands in the file
/// `address` of the folder.
///
/// # Errors
/// [`WitnessError`]: it does not start, or must end because a state could not be stored.
pub async fn run(
    dir: &Path,
    ready: oneshot::Sender<Ready>,
    stop: impl Future<Output = ()>,
) -> Result<(), WitnessError> {
    let _lock = lock(dir)?;
    let config = Config::read(dir)?;
    let witness = Witness::open(dir, &config)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(WitnessError::io("the listen address cannot be used"))?;
    let address = listener
        .local_addr()
        .map_err(WitnessError::io("no listen address"))?;
    let text = format!("{address}\n");
    files::replace(dir, ADDRESS_FILE, text.as_bytes(), files::PUBLIC)
        .map_err(WitnessError::io("the address file cannot be written"))?;
    info!(%address, "serving");
    // Nobody waits for it when the caller does not care.
    let _ = ready.send(Ready { address });

    let (fatal_tx, mut fatal) = mpsc::channel(1);
    let (stopping_tx, stopping) = watch::channel(false);
    let service = Service {
        witness: Arc::new(witness),
        fatal: fatal_tx,
        stopping,
    };
    let mut connections = JoinSet::new();
    let ended = tokio::select! {
        () = stop => Ok(()),
        Some(reason) = fatal.recv() => Err(reason),
        () = accept(&listener, &service, &mut connections) => Ok(()),
    };
    drop(listener);
    stopping_tx.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(CLOSE_TIMEOUT * 2, drained)
        .await
        .is_err()
    {
        connections.shutdown().await;
    }
    // A last request may have failed while the others were answered.
    let ended = ended.and_then(|()| fatal.try_recv().map_or(Ok(()), Err));
    if let Err(reason) = &ended {
        error!(%reason, "ending");
    }
    ended
}

/// One process for one folder.
pub(crate) fn lock(dir: &Path) -> Result<File, WitnessError> {
    let file =
        File::create(dir.join(LOCK_FILE)).map_err(WitnessError::io("the folder cannot be used"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WitnessError::InUse),
        Err(TryLockError::Error(source)) => {
            Err(WitnessError::io("the folder cannot be locked")(source))
        }
    }
}

async fn accept(listener: &TcpListener, service: &Service, connections: &mut JoinSet<()>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        let Ok((socket, _)) = listener.accept().await else {
            // Out of file descriptors, or the peer is gone already: neither must spin.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = service.clone();
        connections.spawn(async move {
            http::serve(socket, service).await;
            drop(permit);
        });
    }
}

/// File in the folder that holds the listen address.
pub const ADDRESS_FILE: &str = "address";

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
