//! A client that does as little as it can, so that what is measured is the server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use thamvan_proto::frame::{Answer, Body, Frame, SUBPROTOCOL, Subscribe, VERSION};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::login::{EXPORTER_LABEL, LoginFacts};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::fixture::Device;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// TLS towards the authority in a folder.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

impl Tls {
    pub(crate) fn new(dir: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(dir.join("ca.pem")).expect("the authority is there");
        roots.add(ca).expect("the authority is a certificate");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3 is there")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// TLS and the upgrade.
    pub(crate) async fn open(&self, address: SocketAddr) -> Socket {
        let socket = TcpStream::connect(address).await.expect("it listens");
        socket.set_nodelay(true).expect("a socket");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = self.0.connect(name, socket).await.expect("it is certified");
        let mut request = format!("wss://{address}/ws")
            .into_client_request()
            .expect("a request");
        let value = SUBPROTOCOL.parse().expect("a word");
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", value);
        let config = WebSocketConfig::default().read_buffer_size(16 * 1024);
        let opened =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
        opened.expect("it upgrades").0
    }
}

/// A connection that is logged in.
pub(crate) struct Client {
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    next_id: u64,
}

impl Client {
    pub(crate) async fn log_in(tls: &Tls, address: SocketAddr, device: &Device) -> Self {
        let socket = tls.open(address).await;
        let exporter = socket.get_ref().get_ref().1;
        let exporter = exporter
            .export_keying_material([0; 32], EXPORTER_LABEL, None)
            .expect("TLS 1.3 exports");
        let (sink, stream) = socket.split();
        let mut client = Self {
            sink,
            stream,
            next_id: 0,
        };
        let Body::Challenge(challenge) = client.receive().await.body else {
            panic!("no challenge");
        };
        let login = LoginFacts {
            version: VERSION,
            nonce: challenge.nonce,
            exporter: thamvan_proto::id::Salt(exporter),
            origin: challenge.origin,
            device: device.fact.device,
            known: None,
        };
        client
            .ask(Body::Login(login.sign(&device.key).into()))
            .await;
        client
    }

    /// Sends without waiting.
    pub(crate) async fn send(&mut self, body: Body) {
        self.next_id += 1;
        let frame = Frame::new(self.next_id, body).to_vec();
        let sent = self.sink.send(Message::binary(frame)).await;
        sent.expect("the server is there");
    }

    /// Sends and waits for the answer; what is pushed meanwhile is dropped.
    pub(crate) async fn ask(&mut self, body: Body) -> Answer {
        self.send(body).await;
        loop {
            let frame = self.receive().await;
            match frame.body {
                Body::Ok(answer) if frame.id == self.next_id => return answer,
                Body::Refused(refused) => panic!("refused: {refused:?}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn subscribe(&mut self, stream: StreamId, from: u64) {
        self.ask(Body::Subscribe(Subscribe { stream, from })).await;
    }

    pub(crate) async fn receive(&mut self) -> Frame {
        Frame::parse(&self.receive_raw().await, FRAME_LEN_MAX).expect("a frame")
    }

    /// The next frame, not even parsed.
    pub(crate) async fn receive_raw(&mut self) -> Bytes {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => return bytes,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the connection ended: {other:?}"),
            }
        }
    }
}

/// Whether the bytes of a frame are a delivery: `[80, 0, …]`.
pub(crate) fn is_delivery(frame: &[u8]) -> bool {
    frame.starts_with(&[0x83, 0x18, 80])
}

/// Whether the bytes of a frame are an answer: `[64, id, …]`.
pub(crate) fn is_answer(frame: &[u8]) -> bool {
    frame.starts_with(&[0x83, 0x18, 64])
}
