//! One connection and its requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use thamvan_proto::tlog::{ADD_CHECKPOINT_LEN_MAX, TREE_SIZE_CONTENT_TYPE};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use crate::error::WitnessError;
use crate::judge::Refusal;
use crate::limits::{
    BODY_TIMEOUT, CLOSE_TIMEOUT, CONNECTION_TIMEOUT, HEAD_TIMEOUT, HTTP_BUFFER_LEN,
    HTTP_HEADERS_MAX,
};
use crate::witness::{NotCosigned, Witness};

type Reply = Response<Full<Bytes>>;

/// What a connection is given.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) witness: Arc<Witness>,
    /// Takes what must end the witness.
    pub(crate) fatal: mpsc::Sender<WitnessError>,
    /// True once the witness is ending.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Serves one connection to its end.
pub(crate) async fn serve(socket: TcpStream, mut service: Service) {
    // Answers are small and wait for nobody.
    let _ = socket.set_nodelay(true);
    let peer = service.clone();
    let answer = service_fn(move |request| {
        let peer = peer.clone();
        async move { Ok::<_, Infallible>(route(request, &peer).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(HTTP_BUFFER_LEN)
        .max_headers(HTTP_HEADERS_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), answer);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => return,
        _ = service.stopping.wait_for(|stopping| *stopping) => {}
        () = sleep(CONNECTION_TIMEOUT) => {}
    }
    connection.as_mut().graceful_shutdown();
    if timeout(CLOSE_TIMEOUT, connection).await.is_err() {
        debug!("a peer did not take its answer");
    }
}

async fn route(request: Request<Incoming>, service: &Service) -> Reply {
    let path = request.uri().path();
    match path {
        "/add-checkpoint" => match *request.method() {
            Method::POST => add_checkpoint(request, service).await,
            _ => words(StatusCode::METHOD_NOT_ALLOWED, "only POST\n"),
        },
        _ if *request.method() != Method::GET => {
            words(StatusCode::METHOD_NOT_ALLOWED, "only GET\n")
        }
        "/healthz" => words(StatusCode::OK, "ok\n"),
        _ => path
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix("/checkpoint"))
            .and_then(|name| service.witness.latest(name))
            .map_or_else(
                || words(StatusCode::NOT_FOUND, "not found\n"),
                |note| words(StatusCode::OK, note.to_string()),
            ),
    }
}

async fn add_checkpoint(request: Request<Incoming>, service: &Service) -> Reply {
    let body = match read_body(request.into_body()).await {
        Ok(body) => body,
        Err(status) => return words(status, "request cannot be read\n"),
    };
    let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else {
        warn!("the clock stands before 1970");
        return words(StatusCode::INTERNAL_SERVER_ERROR, "no time\n");
    };
    let witness = Arc::clone(&service.witness);
    // Not undone when the peer leaves: a state once stored stays, and the peer learns it by a 409.
    let judged =
        tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, now.as_secs())).await;
    let judged = judged.unwrap_or_else(|error| {
        let source = std::io::Error::other(error);
        Err(NotCosigned::NotStored(source))
    });
    match judged {
        Ok(line) => words(StatusCode::OK, format!("{line}\n")),
        Err(NotCosigned::Refused(refusal)) => {
            info!(%refusal, "refused");
            refused(&refusal)
        }
        Err(NotCosigned::Stopped) => words(StatusCode::INTERNAL_SERVER_ERROR, "stopping\n"),
        Err(NotCosigned::NotStored(source)) => {
            // A full queue means that the witness is ending already.
            let _ = service.fatal.try_send(WitnessError::NotStored(source));
            words(StatusCode::INTERNAL_SERVER_ERROR, "stopping\n")
        }
    }
}

async fn read_body(body: Incoming) -> Result<Bytes, StatusCode> {
    let most = ADD_CHECKPOINT_LEN_MAX;
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(BODY_TIMEOUT, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The answer that tlog-witness names for each refusal.
fn refused(refusal: &Refusal) -> Reply {
    let status = match refusal {
        Refusal::OtherSize { size } => {
            let mut reply = words(StatusCode::CONFLICT, format!("{size}\n"));
            let value = HeaderValue::from_static(TREE_SIZE_CONTENT_TYPE);
            reply.headers_mut().insert(header::CONTENT_TYPE, value);
            return reply;
        }
        Refusal::NotText
        | Refusal::Malformed(_)
        | Refusal::Origin
        | Refusal::Body(_)
        | Refusal::OldSizeAboveSize => StatusCode::BAD_REQUEST,
        Refusal::UnknownLog => StatusCode::NOT_FOUND,
        Refusal::Signature(_) => StatusCode::FORBIDDEN,
        // Also another root for the size cosigned last. The first edition of the specification
        // answers that with a bare 409, which a peer takes for a size to be tried again.
        Refusal::WrongEmptyRoot | Refusal::Inconsistent(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    words(status, format!("{refusal}\n"))
}

fn words(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(text.into()));
    *reply.status_mut() = status;
    let value = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(header::CONTENT_TYPE, value);
    reply
}
