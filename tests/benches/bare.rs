//! The bare fan-out: the same TLS and WebSocket, the same bytes to everybody, no signature, no store, no rights.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::client::Tls;
use crate::process::Process;
use crate::report::{Report, Row};

/// Server CPU per delivered message of 1 KiB to 100 readers, saturated, µs.
pub(crate) async fn measure(dir: &Path, report: &mut Report) -> f64 {
    let server = Process::own(ROLE, dir);
    let tls = Tls::new(dir);
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let mut socket = tls.open(server.address).await;
        readers.spawn(async move {
            for _ in 0..MESSAGES {
                socket.next().await.expect("it goes on").expect("a message");
            }
        });
    }
    // The last to come starts it: from here on everybody is there.
    let mut sender = tls.open(server.address).await;
    let (cpu, began) = (server.cpu(), Instant::now());
    for _ in 0..MESSAGES {
        let message = Message::binary(vec![7; MESSAGE_LEN]);
        sender.send(message).await.expect("it goes on");
    }
    while readers.join_next().await.is_some() {}
    let delivered = (READERS * MESSAGES) as f64;
    let us = (server.cpu() - cpu).as_secs_f64() * 1e6 / delivered;
    let rate = delivered / began.elapsed().as_secs_f64();
    report.add(Row::plain(
        "probe: bare fan-out to 100: delivered",
        rate,
        "messages/s",
    ));
    report.add(Row::plain(
        "probe: bare fan-out to 100: server CPU per delivered",
        us,
        "us",
    ));
    us
}

/// Serves until it is killed: the first 100 connections read, what any other sends goes to all of them.
pub(crate) async fn serve(dir: &Path) {
    let data = dir.join("server");
    let chain = CertificateDer::pem_file_iter(data.join("tls.pem"))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(data.join("tls.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    let (all, _) = broadcast::channel::<Bytes>(MESSAGES);
    for n in 0.. {
        let (socket, _) = listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        let stream = acceptor.accept(socket).await.expect("TLS");
        let small = WebSocketConfig::default()
            .read_buffer_size(2 * 1024)
            .write_buffer_size(4 * 1024);
        #[expect(
            clippy::result_large_err,
            reason = "the callback's type is the library's"
        )]
        let accept = |_: &Request, mut response: Response| {
            let name = thamvan_proto::frame::SUBPROTOCOL.parse().expect("a word");
            response
                .headers_mut()
                .insert("Sec-WebSocket-Protocol", name);
            Ok(response)
        };
        let socket =
            tokio_tungstenite::accept_hdr_async_with_config(stream, accept, Some(small)).await;
        let mut socket = socket.expect("a WebSocket");
        let all = all.clone();
        if n < READERS {
            let mut from = all.subscribe();
            tokio::spawn(async move {
                while let Ok(bytes) = from.recv().await {
                    if socket.feed(Message::Binary(bytes)).await.is_err() {
                        return;
                    }
                    // What waits goes into one write.
                    if from.is_empty() && socket.flush().await.is_err() {
                        return;
                    }
                }
            });
        } else {
            tokio::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    if let Message::Binary(bytes) = message {
                        all.send(bytes).ok();
                    }
                }
            });
        }
    }
}

/// The argument that makes this program the bare server.
pub(crate) const ROLE: &str = "bare-fan-out";
const READERS: usize = 100;
const MESSAGES: usize = 8_000;
const MESSAGE_LEN: usize = 1_600;
