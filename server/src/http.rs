//! One TCP connection: TLS, then HTTP, then perhaps a WebSocket.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::server::Acceptor;
use thamvan_proto::frame::{SUBPROTOCOL, WEBSOCKET_PATH};
use thamvan_proto::id::Salt;
use thamvan_proto::login::EXPORTER_LABEL;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::debug;

use crate::gate::Gate;
use crate::limits::{CLOSE_TIMEOUT, HTTP_BUFFER_LEN};
use crate::places::Place;
use crate::shared::Service;
use crate::{blob, log_files, ws};
use thamvan_server_core::rate::Network;

type Reply = Response<Full<Bytes>>;

/// Serves one connection to its end.
pub(crate) async fn serve(socket: TcpStream, acceptor: TlsAcceptor, peer: Service, place: Place) {
    // The state of both handshakes is large and ends with its own box; an idle WebSocket keeps none of it.
    let network = place.network();
    let upgraded = Box::pin(until_upgraded(socket, acceptor, &peer, network)).await;
    if let Some((io, exporter)) = upgraded {
        Box::pin(ws::serve(TokioIo::new(io), peer, place, exporter)).await;
    }
}

/// TLS and HTTP; gives the socket once it is a WebSocket's.
async fn until_upgraded(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    service: &Service,
    network: Network,
) -> Option<(Upgraded, Salt)> {
    // Answers are small and wait for nobody.
    let _ = socket.set_nodelay(true);
    let (shared, gate) = (&service.shared, &service.gate);
    let shaken = timeout(gate.timeouts.tls, handshake(socket, &acceptor, gate)).await;
    let Ok(Some(stream)) = shaken else {
        debug!("TLS handshake failed");
        return None;
    };
    let exported = stream
        .get_ref()
        .1
        .export_keying_material([0_u8; 32], EXPORTER_LABEL, None);
    let Ok(exporter) = exported else {
        debug!("no TLS exporter");
        return None;
    };
    let (upgraded_tx, upgraded) = oneshot::channel();
    let slot = std::sync::Mutex::new(Some(upgraded_tx));
    let route = service_fn(|request: Request<Incoming>| async {
        // An upgrade is a connection, and those have limits of their own.
        let upgrades =
            request.uri().path() == WEBSOCKET_PATH && upgrade(request.headers()).is_some();
        let cost = u64::from(!upgrades);
        Ok::<_, Infallible>(match gate.rates.http_requests.take(network, cost) {
            Ok(()) if request.uri().path().starts_with(blob::PREFIX) => {
                blob::answer(request, service).await
            }
            Ok(()) => route_to(request, service, &slot),
            Err(wait) => {
                shared.metrics.rate_limited("http_requests_per_address");
                too_many(wait)
            }
        })
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(HTTP_BUFFER_LEN)
        .timer(TokioTimer::new())
        .header_read_timeout(gate.timeouts.http_head)
        .serve_connection(TokioIo::new(stream), route)
        .with_upgrades();
    let mut stopping = shared.stopping.subscribe();
    let mut connection = pin!(connection);
    let stopped = tokio::select! {
        _ = connection.as_mut() => false,
        _ = stopping.wait_for(|stopping| *stopping) => true,
        // An upgraded connection is out of here by then.
        () = tokio::time::sleep(gate.timeouts.http_connection) => return None,
    };
    if stopped {
        // A request under way is answered still.
        connection.as_mut().graceful_shutdown();
        let _ = timeout(CLOSE_TIMEOUT, connection).await;
        return None;
    }
    // Nobody upgrades any more: without a sender the wait below ends.
    drop(slot.lock().ok().and_then(|mut slot| slot.take()));
    let io = upgraded.await.ok()?.await.ok()?;
    Some((io, Salt(exporter)))
}

async fn handshake(
    socket: TcpStream,
    acceptor: &TlsAcceptor,
    gate: &Gate,
) -> Option<TlsStream<TcpStream>> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), socket);
    let hello = hello.await.ok()?;
    let config = Arc::clone(acceptor.config());
    gate.handshakes.shake(hello, config).await
}

type Slot = std::sync::Mutex<Option<oneshot::Sender<hyper::upgrade::OnUpgrade>>>;

fn route_to(mut request: Request<Incoming>, service: &Service, slot: &Slot) -> Reply {
    if request.method() != Method::GET {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    match request.uri().path() {
        WEBSOCKET_PATH => {
            let Some(reply) = upgrade(request.headers()) else {
                return status(StatusCode::BAD_REQUEST);
            };
            let sender = slot.lock().ok().and_then(|mut slot| slot.take());
            let on_upgrade = hyper::upgrade::on(&mut request);
            match sender.map(|sender| sender.send(on_upgrade)) {
                Some(Ok(())) => reply,
                Some(Err(_)) | None => status(StatusCode::BAD_REQUEST),
            }
        }
        "/healthz" => text("ok\n"),
        "/readyz" => match service.ready() {
            Ok(()) => text("ok\n"),
            Err(word) => {
                let mut reply = text(word);
                *reply.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                reply
            }
        },
        path => match path.strip_prefix("/log/") {
            Some(name) => log_files::get(name, &service.shared),
            None => status(StatusCode::NOT_FOUND),
        },
    }
}

/// The answer to an upgrade to our subprotocol (RFC 6455 §4.2), if the request is one.
fn upgrade(headers: &HeaderMap) -> Option<Reply> {
    let has = |name: header::HeaderName, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    let asked = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13")
        && has(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asked)?;
    let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()?;
    let mut reply = status(StatusCode::SWITCHING_PROTOCOLS);
    let fields = reply.headers_mut();
    fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    fields.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    fields.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    Some(reply)
}

fn too_many(wait: Duration) -> Reply {
    let mut reply = status(StatusCode::TOO_MANY_REQUESTS);
    let seconds = wait.as_secs().saturating_add(1);
    reply
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    reply
}

pub(crate) fn status(code: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = code;
    reply
}

fn text(words: &'static str) -> Reply {
    Response::new(Full::from(words))
}
