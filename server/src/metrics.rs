//! Numbers for the operator in the text format of Prometheus, on a listener of their own.
//!
//! Labels are words of this program only: no stream, device, official, agency or address ever is one.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::limits::{ACCEPT_PAUSE, HTTP_BUFFER_LEN, METRICS_CONNECTIONS_MAX, METRICS_TIMEOUT};
use crate::shared::Service;

/// All counters and gauges of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    refusals: Family<CodeLabel, Counter>,
    rate_limited: Family<LimitLabel, Counter>,
    alerts: Family<AlertLabels, Counter>,
    connections: Family<StateLabel, Gauge>,
    pub(crate) evicted: Counter,
    pub(crate) deliveries: Counter,
    batch_jobs: Histogram,
    batch_seconds: Histogram,
    queue_jobs: Gauge,
    log_size: Gauge,
    checkpoint_age: Gauge,
    quorum_age: Gauge,
    storage_free: Gauge,
    ready: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabel {
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlertLabels {
    way: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut new = Self {
            registry: Registry::with_prefix("thamvan"),
            requests: Family::default(),
            refusals: Family::default(),
            rate_limited: Family::default(),
            alerts: Family::default(),
            connections: Family::default(),
            evicted: Counter::default(),
            deliveries: Counter::default(),
            batch_jobs: Histogram::new(BATCH_JOBS_BUCKETS),
            batch_seconds: Histogram::new(BATCH_SECONDS_BUCKETS),
            queue_jobs: Gauge::default(),
            log_size: Gauge::default(),
            checkpoint_age: Gauge::default(),
            quorum_age: Gauge::default(),
            storage_free: Gauge::default(),
            ready: Gauge::default(),
        };
        new.register();
        new
    }
}

impl Metrics {
    #[rustfmt::skip]
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Frames answered, by kind and outcome", self.requests.clone());
        registry.register("refusals", "Refusals, by code", self.refusals.clone());
        registry.register("rate_limited", "What was refused for its rate or number, by limit", self.rate_limited.clone());
        registry.register("alerts", "Alerts for seats that nobody attends, by way and outcome", self.alerts.clone());
        registry.register("connections", "Connections, by state", self.connections.clone());
        registry.register("connections_evicted", "Connections before log-in that lost their place", self.evicted.clone());
        registry.register("deliveries", "Records handed to subscribers", self.deliveries.clone());
        registry.register("batch_jobs", "Jobs in a durable batch", self.batch_jobs.clone());
        registry.register("batch_commit_seconds", "Time to write, sync, sign and publish a batch", self.batch_seconds.clone());
        registry.register("queue_jobs", "Jobs that wait for the sequencer", self.queue_jobs.clone());
        registry.register("log_size", "Records in the published log", self.log_size.clone());
        registry.register("checkpoint_age_seconds", "Time since a checkpoint was published, or since start", self.checkpoint_age.clone());
        registry.register("quorum_age_seconds", "Time since witnesses last made the quorum; -1 if not since the start", self.quorum_age.clone());
        registry.register("storage_free_bytes", "Free bytes of the data folder's file system", self.storage_free.clone());
        registry.register("ready", "1 if /readyz is 200", self.ready.clone());
    }

    /// One answer to a frame of this kind.
    pub(crate) fn answered(&self, kind: &'static str, body: &Body) {
        let outcome = if let Body::Refused(refused) = body {
            self.refused(refused.code);
            "refused"
        } else {
            "ok"
        };
        let labels = RequestLabels { kind, outcome };
        self.requests.get_or_create(&labels).inc();
    }

    /// A refusal that answers no request, or ends a connection.
    pub(crate) fn refused(&self, code: ErrorCode) {
        let code = code.as_str();
        self.refusals.get_or_create(&CodeLabel { code }).inc();
    }

    /// An alert that was sent, or was tried to be.
    pub(crate) fn alerted(&self, way: &'static str, outcome: &'static str) {
        let labels = AlertLabels { way, outcome };
        self.alerts.get_or_create(&labels).inc();
    }

    pub(crate) fn rate_limited(&self, limit: &'static str) {
        self.rate_limited.get_or_create(&LimitLabel { limit }).inc();
    }

    pub(crate) fn batch(&self, jobs: usize, took: Duration) {
        self.batch_jobs
            .observe(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
        self.batch_seconds.observe(took.as_secs_f64());
    }

    /// The text, with the gauges as they are at this moment.
    fn text(&self, service: &Service) -> Result<String, fmt::Error> {
        let (unknown, logged_in) = service.gate.places.counts();
        for (state, count) in [("before_login", unknown), ("logged_in", logged_in)] {
            self.connections
                .get_or_create(&StateLabel { state })
                .set(gauge(count as u64));
        }
        self.queue_jobs.set(gauge(service.queue.len() as u64));
        let published = service.shared.published();
        self.log_size.set(gauge(published.size));
        self.checkpoint_age
            .set(gauge(published.since.elapsed().as_secs()));
        let quorum_age = service.shared.board.quorum_age(Instant::now());
        self.quorum_age
            .set(quorum_age.map_or(-1, |age| gauge(age.as_secs())));
        if let Ok(free) = service.disk.free_bytes() {
            self.storage_free.set(gauge(free));
        }
        self.ready.set(service.ready().is_ok().into());
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The word for a frame in a label.
pub(crate) fn kind(body: &Body) -> &'static str {
    match body {
        Body::Submit(_) => "submit",
        Body::Subscribe(_) => "subscribe",
        Body::AcknowledgeCursor(_) => "acknowledge_cursor",
        Body::ListStreams(_) => "list_streams",
        Body::FetchBody(_) => "fetch_body",
        Body::PutKeyPackages(_) => "put_key_packages",
        Body::TakeKeyPackage(_) => "take_key_package",
        Body::Consistency(_) => "consistency",
        Body::ListEnrolments(_) => "list_enrolments",
        Body::Heads(_) => "heads",
        Body::FetchPolicy(_) => "fetch_policy",
        Body::BlobCapability(_) => "blob_capability",
        Body::Login(_) => "login",
        Body::Enrol(_) => "enrol",
        Body::Challenge(_)
        | Body::Ok(_)
        | Body::Refused(_)
        | Body::Delivery(_)
        | Body::CaughtUp(_)
        | Body::Witnessed(_) => "other",
    }
}

/// Serves `/metrics` and nothing else, to a few at a time.
pub(crate) async fn serve(listener: TcpListener, service: Service) {
    let room = Arc::new(Semaphore::new(METRICS_CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        let Ok((socket, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = service.clone();
        connections.spawn(async move {
            // Whoever asks too slowly asks again.
            let _ = timeout(METRICS_TIMEOUT, answer(socket, &service)).await;
            drop(permit);
        });
    }
}

async fn answer(socket: TcpStream, service: &Service) {
    let route = service_fn(|request: Request<Incoming>| {
        let reply = reply(&request, service);
        std::future::ready(Ok::<_, Infallible>(reply))
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .max_buf_size(HTTP_BUFFER_LEN)
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), route)
        .await;
}

fn reply(request: &Request<Incoming>, service: &Service) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        return crate::http::status(StatusCode::METHOD_NOT_ALLOWED);
    }
    if request.uri().path() != "/metrics" {
        return crate::http::status(StatusCode::NOT_FOUND);
    }
    let Ok(text) = service.shared.metrics.text(service) else {
        return crate::http::status(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut reply = Response::new(Full::from(text));
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    reply
}

const BATCH_JOBS_BUCKETS: [f64; 7] = [1.0, 4.0, 16.0, 64.0, 256.0, 512.0, 1_024.0];
const BATCH_SECONDS_BUCKETS: [f64; 9] = [0.000_5, 0.001, 0.002, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];
