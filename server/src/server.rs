//! Start, serve, stop.

use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use thamvan_server_core::store::Store;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info};

use crate::alerts::Alerts;
use crate::blob::Blobs;
use crate::checkpoint_file::CheckpointFile;
use crate::config::Config;
use crate::cosigned::Board;
use crate::durable;
use crate::error::RunError;
use crate::failpoint::{self, Moment};
use crate::gate::Gate;
use crate::http_client::Http;
use crate::index::Follower;
use crate::limits::{ACCEPT_PAUSE, CLOSE_TIMEOUT, OPENED_QUEUE_MAX};
use crate::log_signer::LogSigner;
use crate::public_group::PublicGroups;
use crate::queue::Queue;
use crate::rate_limit::Limits;
use crate::recovery::{self, Recovered};
use crate::sequencer::{Job, Sequencer};
use crate::shared::{Published, Service, Shared};
use crate::storage::{Disk, Storage};
use crate::witness_client::{self, Peer};
use crate::{heads, http, metrics, tls, verifier};

/// A server that accepts connections.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where `/metrics` is.
    pub metrics: Option<SocketAddr>,
}

/// Runs a server until `stop` resolves.
///
/// `ready` is told once connections are accepted; the address then also stands in the file `address` of the data folder.
///
/// # Errors
/// [`RunError`]: it does not start, or must end.
pub async fn run(
    config: Config,
    ready: oneshot::Sender<Ready>,
    stop: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let _lock = lock(&config)?;
    let certificate = Arc::new(tls::Certificate::open(&config)?);
    let acceptor = TlsAcceptor::from(tls::config(Arc::clone(&certificate))?);
    let mut helpers = JoinSet::new();
    // Before the long part of the start: a hangup must find somebody who listens.
    helpers.spawn(certificate.watch(config.timeouts.certificate));
    let alerts = Alerts::open(&config)?;
    let signer = LogSigner::open(&config.data)?;
    let (fatal_tx, mut fatal) = mpsc::channel(1);
    let (queue, jobs) = Queue::new();
    let start_config = config.clone();
    let runtime = Handle::current();
    let (shared, sequencer, peers) =
        tokio::task::spawn_blocking(move || start(&start_config, signer, fatal_tx, &runtime))
            .await
            .map_err(|error| RunError::refuses(error.to_string()))??;
    let thread = spawn(sequencer, jobs)?;
    let heads = heads::keep(&shared, queue.downgrade(), config.heads_interval);
    let limits = limits_of_process(config.limits.clone());
    let room = Arc::new(Semaphore::new(limits.connections + EVICTED_MAX));
    let service = Service {
        shared: Arc::clone(&shared),
        queue,
        gate: Arc::new(Gate::new(limits, &config)?),
        disk: Disk::new(&config),
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(RunError::io("the listen address cannot be used"))?;
    let address = listener
        .local_addr()
        .map_err(RunError::io("no listen address"))?;
    let metrics_listener = match config.metrics {
        None => None,
        Some(address) => Some(
            TcpListener::bind(address)
                .await
                .map_err(RunError::io("the metrics address cannot be used"))?,
        ),
    };
    let metrics_address = metrics_listener
        .as_ref()
        .and_then(|listener| listener.local_addr().ok());
    if let Some(address) = metrics_address {
        let line = format!("{address}\n");
        durable::replace(&config.data, METRICS_ADDRESS_FILE, line.as_bytes())?;
    }
    durable::replace(
        &config.data,
        ADDRESS_FILE,
        format!("{address}\n").as_bytes(),
    )?;
    let _witnesses = witness_client::spawn(&shared, peers, config.witness_pace);
    info!(records = shared.published().size, "serving");
    // Nobody waits for it when the caller does not care.
    let _ = ready.send(Ready {
        address,
        metrics: metrics_address,
    });

    if let Some(listener) = metrics_listener {
        helpers.spawn(metrics::serve(listener, service.clone()));
    }
    if let Some(alerts) = alerts {
        helpers.spawn(alerts.run(service.clone()));
    }
    let mut connections = JoinSet::new();
    let ended = tokio::select! {
        () = stop => Ok(()),
        error = fatal.recv() => Err(error.unwrap_or(RunError::SequencerEnded)),
        never = accept(&listener, &acceptor, &service, &room, &mut connections) => never,
    };
    drop(listener);
    shared.stopping.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(CLOSE_TIMEOUT, drained).await.is_err() {
        connections.shutdown().await;
    }
    heads.abort();
    helpers.shutdown().await;
    // The sequencer ends when the last sender of jobs is gone.
    drop(service);
    let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    if let Err(reason) = &ended {
        error!(reason = %chain(reason), "ending");
    }
    ended
}

/// One process for one data folder.
pub(crate) fn lock(config: &Config) -> Result<File, RunError> {
    let file = File::create(config.data.join("lock"))
        .map_err(RunError::io("the data folder cannot be used"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(RunError::Locked),
        Err(std::fs::TryLockError::Error(source)) => Err(RunError::Io {
            what: "the data folder cannot be locked",
            source,
        }),
    }
}

/// From a folder to a server that only lacks its connections.
pub(crate) fn start(
    config: &Config,
    signer: LogSigner,
    fatal: mpsc::Sender<RunError>,
    runtime: &Handle,
) -> Result<(Arc<Shared>, Sequencer, Vec<Peer>), RunError> {
    let checkpoints = CheckpointFile::of(config);
    let (journal, index, recovered) = recovery::open(config, &signer, &checkpoints)?;
    let Recovered {
        mut state,
        fold,
        promise,
        checkpoint,
        policy,
    } = recovered;
    // Before anything is signed: what an old copy would sign next might be a second history.
    let peers = witness_client::peers(&policy.policy, &Http::new(config.witness_ca.as_deref())?);
    let ask = witness_client::ask_all(peers, signer.verifier_key(), state.tree());
    let peers = runtime.block_on(ask)?;
    let failed = || RunError::io("the end of the journal cannot be cut");
    failpoint::hit("recovery", Moment::Before, "cut", &[]).map_err(failed())?;
    journal.cut_tail()?;
    failpoint::hit("recovery", Moment::After, "cut", &[]).map_err(failed())?;
    let first = if journal.batches() == 0 {
        recovery::begin(
            config,
            signer.verifier_key(),
            &policy,
            &mut state,
            (config.clock_ms)(),
        )?
    } else {
        thamvan_server_core::store::Batch::default()
    };
    let published = Published {
        checkpoint: promise
            .as_ref()
            .map(|promise| promise.checkpoint.clone())
            .unwrap_or_default(),
        size: checkpoint.map_or(0, |checkpoint| checkpoint.size),
        since: Instant::now(),
    };
    let key = signer.verifier_key().clone();
    let shared = Shared::new(
        state,
        journal,
        Blobs::open(config)?,
        published,
        &key,
        Board::new(policy),
        fatal,
    );
    let shared = Arc::new(shared.with_clock(config.clock_ms));
    let mut sequencer = Sequencer {
        shared: Arc::clone(&shared),
        signer,
        checkpoints,
        fold,
        promise,
        storage: Storage::new(config),
        index: Follower::start(config, &shared, index)?,
        groups: PublicGroups::default(),
        heads_interval: u64::try_from(config.heads_interval.as_millis()).unwrap_or(u64::MAX),
        erased: 0,
    };
    // Signs what a stop left between journal and checkpoint, or the beginning.
    sequencer.commit(&first)?;
    Ok((shared, sequencer, peers))
}

/// Starts verifier and sequencer; the verifier ends first, when nobody can ask any more.
fn spawn(
    sequencer: Sequencer,
    jobs: mpsc::Receiver<Job>,
) -> Result<std::thread::JoinHandle<()>, RunError> {
    let failed = || RunError::io("no thread for the sequencer");
    let (opened_tx, opened) = std::sync::mpsc::sync_channel(OPENED_QUEUE_MAX);
    let shared = Arc::clone(&sequencer.shared);
    std::thread::Builder::new()
        .name("verifier".to_owned())
        .spawn(move || verifier::run(&shared, jobs, &opened_tx))
        .map_err(failed())?;
    std::thread::Builder::new()
        .name("sequencer".to_owned())
        .spawn(move || sequencer.run(&opened))
        .map_err(failed())
}

/// Raises the limit on open files to what this process may have; gives it.
fn raise_file_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_err() {
        tracing::warn!("the limit on open files cannot be raised");
    }
    let current = getrlimit(Resource::Nofile).current;
    current.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    })
}

/// Half of the file descriptors are for the journal and the small files: connections can never take those.
fn limits_of_process(mut limits: Limits) -> Limits {
    let files = raise_file_limit() / 2;
    limits.connections = limits.connections.min(files).max(2);
    let share = limits.connections / 2;
    limits.connections_before_login = limits.connections_before_login.min(share);
    limits
}

async fn accept(
    listener: &TcpListener,
    acceptor: &TlsAcceptor,
    service: &Service,
    room: &Arc<Semaphore>,
    connections: &mut JoinSet<()>,
) -> Result<(), RunError> {
    loop {
        let Ok(permit) = Arc::clone(room).acquire_owned().await else {
            return Ok(());
        };
        while connections.try_join_next().is_some() {}
        let Ok((socket, peer)) = listener.accept().await else {
            // Out of file descriptors, or the peer is gone already: neither must spin.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some((place, evicted)) = service.gate.enter(peer.ip(), &service.shared.metrics) else {
            continue;
        };
        let (acceptor, service) = (acceptor.clone(), service.clone());
        let shared = Arc::clone(&service.shared);
        connections.spawn(async move {
            tokio::select! {
                () = http::serve(socket, acceptor, service, place) => {}
                Ok(()) = evicted => drop(shared.metrics.evicted.inc()),
            }
            drop(permit);
        });
    }
}

/// An error with its causes, on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// File in the data folder that holds the listen address.
pub const ADDRESS_FILE: &str = "address";
/// File in the data folder that holds the address of `/metrics`, where there is one.
pub const METRICS_ADDRESS_FILE: &str = "metrics-address";
/// Connections that have lost their place and still end.
const EVICTED_MAX: usize = 64;
