//! One connection to the server: TLS 1.3, WebSocket, log-in, requests and pushes.
//!
//! In scope: bytes and frames. Out of scope: whether what the server says is true (`verify`, `sync`).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use minicbor::{Decode, Encode};
use rustls_pki_types::{CertificateDer, ServerName};
use thamvan_proto::cbor::ByteVec;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    Answer, Body, CaughtUp, Challenge, Delivery, Enrol, Frame, Refused, SUBPROTOCOL, VERSION,
    WEBSOCKET_PATH, Witnessed,
};
use thamvan_proto::id::Salt;
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::login::{EXPORTER_LABEL, LoginFacts};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::error::EngineError;
use crate::keys::DeviceKeys;

/// Where a server is and whom its certificate must come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `host:port`.
    pub address: String,
    /// DER of the certificate authority.
    pub ca: Vec<u8>,
}

/// What the server pushes.
#[derive(Debug)]
pub(crate) enum Push {
    Delivery(Delivery),
    CaughtUp(CaughtUp),
    Witnessed(Witnessed),
}

enum Incoming {
    Answer(u64, Answer),
    /// The answer to a request that is awaited: no.
    Refused(u64, Refused),
    Push(Push),
}

/// A connection, before or after log-in.
pub(crate) struct Connection {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    exporter: Salt,
    challenge: Challenge,
    next_id: u64,
    pushes: VecDeque<Push>,
}

impl Connection {
    /// Connects and reads the server's challenge.
    pub(crate) async fn open(server: &Server) -> Result<Self, EngineError> {
        let stream = connect_tls(server).await?;
        let mut exporter = [0; 32];
        stream
            .get_ref()
            .1
            .export_keying_material(&mut exporter, EXPORTER_LABEL, None)
            .map_err(|_| EngineError::Protocol {
                what: "no TLS exporter",
            })?;
        let mut request = format!("wss://{}{WEBSOCKET_PATH}", server.address)
            .into_client_request()
            .map_err(|error| unreachable("address", &error))?;
        let protocol = SUBPROTOCOL
            .parse()
            .map_err(|_| EngineError::Protocol { what: "name" })?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_LEN_MAX))
            .max_frame_size(Some(FRAME_LEN_MAX));
        let handshake = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (socket, _) = timeout(STEP_TIMEOUT, handshake)
            .await
            .map_err(|late| unreachable("WebSocket", &late))?
            .map_err(|error| unreachable("WebSocket", &error))?;
        let mut connection = Self {
            socket,
            exporter: Salt(exporter),
            challenge: Challenge {
                nonce: Salt([0; 32]),
                origin: String::new(),
                version: 0,
                minimum: 0,
            },
            next_id: 1,
            pushes: VecDeque::new(),
        };
        let frame = timeout(STEP_TIMEOUT, connection.read())
            .await
            .map_err(|late| unreachable("challenge", &late))??;
        let Body::Challenge(challenge) = frame.body else {
            return Err(EngineError::Protocol {
                what: "no challenge",
            });
        };
        check_versions(&challenge)?;
        connection.challenge = challenge;
        Ok(connection)
    }

    /// Logs in, bound to this very connection.
    pub(crate) async fn login(
        &mut self,
        keys: &DeviceKeys,
        origin: &str,
        known: Option<String>,
    ) -> Result<(), EngineError> {
        if self.challenge.origin != origin {
            return Err(EngineError::Finding {
                what: "the server names another log".into(),
            });
        }
        let facts = LoginFacts {
            version: VERSION,
            nonce: self.challenge.nonce,
            exporter: self.exporter,
            origin: origin.to_owned(),
            device: keys.device,
            known,
        };
        let login = facts.sign(&keys.signing_key());
        self.request::<thamvan_proto::frame::Null>(Body::Login(login.into()))
            .await?;
        Ok(())
    }

    /// Sends an enrolment request; gives the state.
    pub(crate) async fn enrol(&mut self, enrol: Enrol) -> Result<u64, EngineError> {
        let (state,) = self.request::<(u64,)>(Body::Enrol(enrol)).await?;
        Ok(state)
    }

    /// Sends a request and waits for its answer; pushes that come first are kept in order.
    pub(crate) async fn request<T>(&mut self, body: Body) -> Result<T, EngineError>
    where
        T: for<'b> Decode<'b, ()> + Encode<()>,
    {
        self.ask(body)
            .await?
            .map_err(|Refused { code, detail, .. }| EngineError::Refused { code, detail })
    }

    /// As [`request`](Self::request), with a refusal as it came; asks again where it was too fast.
    pub(crate) async fn ask<T>(&mut self, body: Body) -> Result<Result<T, Refused>, EngineError>
    where
        T: for<'b> Decode<'b, ()> + Encode<()>,
    {
        let mut tries = 0;
        loop {
            let answered = self.ask_once(body.clone()).await?;
            let slow_down =
                matches!(&answered, Err(refused) if refused.code == ErrorCode::RateLimited);
            if !slow_down || tries == RATE_LIMITED_RETRIES {
                return Ok(match answered {
                    Ok(answer) => Ok(answer.open()?),
                    Err(no) => Err(no),
                });
            }
            tries += 1;
            tokio::time::sleep(RATE_LIMITED_PAUSE).await;
        }
    }

    async fn ask_once(&mut self, body: Body) -> Result<Result<Answer, Refused>, EngineError> {
        let id = self.send(body).await?;
        timeout(STEP_TIMEOUT, self.answer_to(id))
            .await
            .map_err(|late| unreachable("answer", &late))?
    }

    async fn send(&mut self, body: Body) -> Result<u64, EngineError> {
        let id = self.next_id;
        self.next_id += 1;
        let frame = Frame::new(id, body).to_vec();
        let sent = self.socket.send(Message::Binary(frame.into()));
        timeout(STEP_TIMEOUT, sent)
            .await
            .map_err(|late| unreachable("send", &late))?
            .map_err(|error| unreachable("send", &error))?;
        Ok(id)
    }

    /// Sends several requests, then waits for their answers; gives these in the order of the requests.
    ///
    /// `bodies`: so few and short that the server need not read on for all of them to be on their way.
    pub(crate) async fn ask_all<T>(
        &mut self,
        bodies: Vec<Body>,
    ) -> Result<Vec<Result<T, Refused>>, EngineError>
    where
        T: for<'b> Decode<'b, ()> + Encode<()>,
    {
        let mut awaited = BTreeMap::new();
        for body in bodies {
            awaited.insert(self.send(body).await?, None);
        }
        for _ in 0..awaited.len() {
            let next = timeout(STEP_TIMEOUT, self.answer_among(&awaited));
            let (id, answer) = next.await.map_err(|late| unreachable("answer", &late))??;
            let answer = match answer {
                Ok(answer) => Ok(answer.open()?),
                Err(no) => Err(no),
            };
            awaited.insert(id, Some(answer));
        }
        Ok(awaited.into_values().flatten().collect())
    }

    /// The next answer to one of the requests that have none yet.
    async fn answer_among<T>(
        &mut self,
        awaited: &BTreeMap<u64, Option<T>>,
    ) -> Result<(u64, Result<Answer, Refused>), EngineError> {
        let open = |id: &u64| matches!(awaited.get(id), Some(None));
        loop {
            match self.next_incoming(open).await? {
                Incoming::Push(push) => self.keep(push),
                Incoming::Refused(id, no) => return Ok((id, Err(no))),
                Incoming::Answer(id, answer) if open(&id) => return Ok((id, Ok(answer))),
                Incoming::Answer(..) => {
                    return Err(EngineError::Protocol {
                        what: "answer to another request",
                    });
                }
            }
        }
    }

    async fn answer_to(&mut self, id: u64) -> Result<Result<Answer, Refused>, EngineError> {
        loop {
            match self.next_incoming(|of| *of == id).await? {
                Incoming::Push(push) => self.keep(push),
                Incoming::Refused(_, no) => return Ok(Err(no)),
                Incoming::Answer(of, answer) if of == id => return Ok(Ok(answer)),
                Incoming::Answer(..) => {
                    return Err(EngineError::Protocol {
                        what: "answer to another request",
                    });
                }
            }
        }
    }

    /// Keeps a push for later; of quorums, the newest alone.
    fn keep(&mut self, push: Push) {
        if matches!(push, Push::Witnessed(_)) {
            self.pushes
                .retain(|kept| !matches!(kept, Push::Witnessed(_)));
        }
        self.pushes.push_back(push);
    }

    /// The next push; waits for it, and loses none if it is dropped meanwhile.
    pub(crate) async fn next_push(&mut self) -> Result<Push, EngineError> {
        if let Some(push) = self.pushes.pop_front() {
            return Ok(push);
        }
        match self.next_incoming(|_| false).await? {
            Incoming::Push(push) => Ok(push),
            Incoming::Answer(..) | Incoming::Refused(..) => Err(EngineError::Protocol {
                what: "answer without a request",
            }),
        }
    }

    /// The next frame, while the requests `awaited` are under way.
    async fn next_incoming(
        &mut self,
        awaited: impl Fn(&u64) -> bool,
    ) -> Result<Incoming, EngineError> {
        let frame = self.read().await?;
        if let Body::Delivery(delivery) = frame.body {
            Ok(Incoming::Push(Push::Delivery(delivery)))
        } else if let Body::CaughtUp(caught_up) = frame.body {
            Ok(Incoming::Push(Push::CaughtUp(caught_up)))
        } else if let Body::Witnessed(witnessed) = frame.body {
            Ok(Incoming::Push(Push::Witnessed(witnessed)))
        } else if let Body::Ok(answer) = frame.body {
            Ok(Incoming::Answer(frame.id, answer))
        } else if let Body::Refused(no) = frame.body {
            if awaited(&frame.id) {
                return Ok(Incoming::Refused(frame.id, no));
            }
            // The end of a connection or subscription says nothing about what was asked: it may be done all the same.
            Err(unreachable("the server ended the connection", &no.detail))
        } else {
            Err(EngineError::Protocol {
                what: "a frame that only clients send",
            })
        }
    }

    async fn read(&mut self) -> Result<Frame, EngineError> {
        loop {
            let message = self
                .socket
                .next()
                .await
                .ok_or_else(|| EngineError::Unreachable {
                    what: "connection closed".into(),
                })?
                .map_err(|error| unreachable("read", &error))?;
            match message {
                Message::Binary(bytes) => return Ok(Frame::parse(&bytes, FRAME_LEN_MAX)?),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => {
                    return Err(EngineError::Unreachable {
                        what: "connection closed".into(),
                    });
                }
                Message::Text(_) | Message::Frame(_) => {
                    return Err(EngineError::Protocol {
                        what: "text message",
                    });
                }
            }
        }
    }
}

fn check_versions(challenge: &Challenge) -> Result<(), EngineError> {
    let detail = if challenge.minimum > VERSION {
        format!(
            "the server serves clients from version {} on, this one speaks {VERSION}: upgrade this client",
            challenge.minimum
        )
    } else if challenge.version < SERVER_VERSION_MIN {
        format!(
            "the server speaks version {}, this client needs {SERVER_VERSION_MIN}: upgrade the server",
            challenge.version
        )
    } else {
        return Ok(());
    };
    let code = ErrorCode::Version;
    Err(EngineError::Refused { code, detail })
}

pub(crate) async fn connect_tls(server: &Server) -> Result<TlsStream<TcpStream>, EngineError> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(server.ca.clone()))
        .map_err(|error| unreachable("certificate authority", &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unreachable("TLS", &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = server
        .address
        .rsplit_once(':')
        .map_or(server.address.as_str(), |(host, _)| host);
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|error| unreachable("server name", &error))?;
    let connect = async {
        let tcp = TcpStream::connect(&server.address).await?;
        tcp.set_nodelay(true)?;
        TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
    };
    timeout(STEP_TIMEOUT, connect)
        .await
        .map_err(|late| unreachable("connect", &late))?
        .map_err(|error| unreachable("connect", &error))
}

/// Fetches one path below `/log/` (or another public path) over HTTPS.
///
/// # Errors
/// [`EngineError::Unreachable`], or [`EngineError::Unknown`] where the server has nothing there.
pub(crate) async fn fetch(server: &Server, paths: &[String]) -> Result<Vec<Vec<u8>>, EngineError> {
    let stream = connect_tls(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| unreachable("HTTP", &error))?;
    let driver = tokio::spawn(connection);
    let mut bodies = Vec::with_capacity(paths.len());
    for path in paths {
        let request = hyper::Request::get(path)
            .header("host", &server.address)
            .body(Empty::<hyper::body::Bytes>::new())
            .map_err(|error| unreachable("HTTP", &error))?;
        let response = timeout(STEP_TIMEOUT, sender.send_request(request))
            .await
            .map_err(|late| unreachable("HTTP", &late))?
            .map_err(|error| unreachable("HTTP", &error))?;
        if response.status() != hyper::StatusCode::OK {
            return Err(EngineError::Unknown {
                what: "path",
                name: path.clone(),
            });
        }
        let body = timeout(
            STEP_TIMEOUT,
            Limited::new(response.into_body(), TILE_LEN_MAX).collect(),
        )
        .await
        .map_err(|late| unreachable("HTTP", &late))?
        .map_err(|error| EngineError::Unreachable {
            what: format!("HTTP: {error}"),
        })?;
        bodies.push(body.to_bytes().to_vec());
    }
    driver.abort();
    Ok(bodies)
}

pub(crate) fn unreachable(step: &str, error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Unreachable {
        what: format!("{step}: {error}"),
    }
}

/// Converts bytes for a frame field.
pub(crate) fn field(bytes: &[u8]) -> ByteVec {
    ByteVec::from(bytes.to_vec())
}

/// Lowest protocol version of servers that this client can use.
const SERVER_VERSION_MIN: u64 = 1;
/// One step with the server: connect, send, wait for an answer.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);
/// A device that is too fast asks again, so often and after so long.
const RATE_LIMITED_RETRIES: u32 = 3;
const RATE_LIMITED_PAUSE: Duration = Duration::from_secs(1);
/// A tile or checkpoint: an entry bundle is at most 256 x (2 + 65,535) bytes, ours 13,056.
const TILE_LEN_MAX: usize = 256 * 1024;
