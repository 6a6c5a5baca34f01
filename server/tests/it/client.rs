//! A raw client: says what the test wants, not what is right.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Answer, Body, Challenge, Delivery, Frame, Receipt, Submit, VERSION};
use thamvan_proto::id::Salt;
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::login::{EXPORTER_LABEL, LoginFacts};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::fixture::Device;

pub(crate) struct Client {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    pub(crate) challenge: Challenge,
    pub(crate) exporter: Salt,
    next_id: u64,
    /// What it says that it speaks.
    pub(crate) version: u64,
    /// Answers to pings so far.
    pub(crate) pongs: Vec<Vec<u8>>,
}

impl Client {
    pub(crate) async fn connect(dir: &Path, address: SocketAddr) -> Self {
        Self::open(dir, address).await.unwrap()
    }

    /// Connects and logs in to a server that may go at any moment.
    pub(crate) async fn try_connect(
        dir: &Path,
        address: SocketAddr,
        device: &Device,
    ) -> Option<Self> {
        let mut client = Self::open(dir, address).await.ok()?;
        let login = client.login(device, None);
        client.try_send(Body::Login(login.into())).await?;
        let answer = client.try_receive().await?.body;
        matches!(answer, Body::Ok(_)).then_some(client)
    }

    async fn open(dir: &Path, address: SocketAddr) -> Result<Self, Error> {
        Self::open_over(dir, TcpStream::connect(address).await?).await
    }

    /// Connects over a connection that there is.
    pub(crate) async fn open_over(dir: &Path, socket: TcpStream) -> Result<Self, Error> {
        let address = socket.peer_addr()?;
        let stream = tls_over(dir, socket).await?;
        let mut exporter = [0; 32];
        let (_, tls) = stream.get_ref();
        exporter = tls
            .export_keying_material(exporter, EXPORTER_LABEL, None)
            .unwrap();
        let socket = upgrade(stream, address, Some("thamvan.v1")).await?;
        let mut client = Self {
            socket,
            challenge: Challenge {
                nonce: Salt([0; 32]),
                origin: String::new(),
                version: 0,
                minimum: 0,
            },
            exporter: Salt(exporter),
            next_id: 0,
            version: VERSION,
            pongs: Vec::new(),
        };
        match client.try_receive().await.map(|frame| frame.body) {
            Some(Body::Challenge(challenge)) => client.challenge = challenge,
            Some(other) => panic!("{other:?}"),
            None => return Err(Error::ConnectionClosed),
        }
        Ok(client)
    }

    pub(crate) fn login(&self, device: &Device, known: Option<String>) -> Vec<u8> {
        LoginFacts {
            version: self.version,
            nonce: self.challenge.nonce,
            exporter: self.exporter,
            origin: self.challenge.origin.clone(),
            device: device.fact.device,
            known,
        }
        .sign(&device.key)
    }

    pub(crate) async fn log_in(&mut self, device: &Device) {
        let login = self.login(device, None);
        let answer = self.ask(Body::Login(login.into())).await;
        assert!(matches!(answer, Body::Ok(_)), "{answer:?}");
    }

    /// Sends a request without waiting; gives its id.
    pub(crate) async fn send(&mut self, body: Body) -> u64 {
        self.next_id += 1;
        let frame = Frame::new(self.next_id, body);
        self.send_raw(Message::binary(frame.to_vec())).await;
        self.next_id
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Sends bytes below the WebSocket, such as the head of a frame that never comes.
    pub(crate) async fn announce(&mut self, bytes: &[u8]) {
        let stream = self.socket.get_mut();
        stream.write_all(bytes).await.unwrap();
        stream.write_all(&[0; 4]).await.unwrap();
        stream.flush().await.unwrap();
    }

    /// Sends bytes below the WebSocket; says whether the server still takes them.
    pub(crate) async fn write_raw(&mut self, bytes: &[u8]) -> bool {
        let stream = self.socket.get_mut();
        stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
    }

    /// Sends a request and waits for its answer; pushed frames before it are dropped.
    pub(crate) async fn ask(&mut self, body: Body) -> Body {
        let id = self.send(body).await;
        loop {
            let frame = self.receive().await;
            if frame.id == id {
                return frame.body;
            }
        }
    }

    pub(crate) async fn ok(&mut self, body: Body) -> Answer {
        match self.ask(body).await {
            Body::Ok(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn refused(&mut self, body: Body) -> ErrorCode {
        match self.ask(body).await {
            Body::Refused(refused) => refused.code,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn submit(&mut self, entry: Vec<u8>, body: Vec<u8>) -> Receipt {
        let submit = Submit {
            entry: entry.into(),
            body: body.into(),
            sides: Vec::new(),
            stream_key: None,
        };
        self.ok(Body::Submit(submit)).await.open().unwrap()
    }

    pub(crate) async fn receive(&mut self) -> Frame {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => return Frame::parse(&bytes, FRAME_LEN_MAX).unwrap(),
                Message::Pong(bytes) => self.pongs.push(bytes.into()),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Sends a request; `None` if the server has gone.
    pub(crate) async fn try_send(&mut self, body: Body) -> Option<u64> {
        self.next_id += 1;
        let frame = Frame::new(self.next_id, body);
        let sent = self.socket.send(Message::binary(frame.to_vec())).await;
        sent.ok().map(|()| self.next_id)
    }

    /// The next frame; `None` if the server has gone.
    pub(crate) async fn try_receive(&mut self) -> Option<Frame> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Binary(bytes) => {
                    return Some(Frame::parse(&bytes, FRAME_LEN_MAX).unwrap());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                _ => return None,
            }
        }
    }

    pub(crate) async fn delivery(&mut self) -> Delivery {
        match self.receive().await.body {
            Body::Delivery(delivery) => delivery,
            other => panic!("{other:?}"),
        }
    }

    /// The code of the refusal that must come next, and the close code after it.
    pub(crate) async fn refusal_and_close(&mut self) -> (ErrorCode, Option<CloseCode>) {
        let code = match self.receive().await.body {
            Body::Refused(refused) => refused.code,
            other => panic!("{other:?}"),
        };
        (code, self.closed().await)
    }

    /// The close code; frames before it are dropped.
    pub(crate) async fn closed(&mut self) -> Option<CloseCode> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// A connection from another address of this machine.
pub(crate) async fn tcp_from(from: IpAddr, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from, 0))?;
    let socket = socket.connect(address).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

pub(crate) async fn tls(dir: &Path, address: SocketAddr) -> TlsStream<TcpStream> {
    try_tls(dir, address).await.unwrap()
}

async fn try_tls(dir: &Path, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    tls_over(dir, TcpStream::connect(address).await?).await
}

/// TLS over a connection that there is.
pub(crate) async fn tls_over(
    dir: &Path,
    socket: TcpStream,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(dir.join("ca.pem")).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    socket.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

pub(crate) async fn upgrade(
    stream: TlsStream<TcpStream>,
    address: SocketAddr,
    subprotocol: Option<&str>,
) -> Result<WebSocketStream<TlsStream<TcpStream>>, Error> {
    let mut request = format!("wss://{address}/ws").into_client_request()?;
    if let Some(subprotocol) = subprotocol {
        let value = subprotocol.parse().unwrap();
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", value);
    }
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(socket)
}
