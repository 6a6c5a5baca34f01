//! A witness that a test tells what to answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use thamvan_proto::tlog::{
    AddCheckpoint, Checkpoint, CosignatureSigner, Name, TREE_SIZE_CONTENT_TYPE,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::deployment::now_ms;

/// How it answers a request to cosign.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// As it should.
    Honest,
    /// Not at all, while the connection stays.
    Silent,
    /// With this status and body, to everything.
    Says(u16, String),
    /// With the cosignature of another key.
    OtherKey,
    /// With its cosignature over something else.
    OtherText,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    size: u64,
    /// What it shows as its latest checkpoint.
    latest: Option<String>,
    /// Old sizes of the requests, in order.
    asked: Vec<u64>,
}

/// A running witness.
#[derive(Clone)]
pub(crate) struct Witness {
    signer: Arc<CosignatureSigner>,
    state: Arc<Mutex<State>>,
    pub(crate) address: SocketAddr,
}

impl Witness {
    /// Starts a witness with a key of its own, behind TLS where there is an `acceptor`.
    pub(crate) async fn start(n: u8, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = Name::parse(&format!("w{n}.example")).unwrap();
        let witness = Self {
            signer: Arc::new(CosignatureSigner::from_seed(name, &[n; 32])),
            state: Arc::new(Mutex::new(State {
                manner: Manner::Honest,
                size: 0,
                latest: None,
                asked: Vec::new(),
            })),
            address: listener.local_addr().unwrap(),
        };
        let serving = witness.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (serving, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serving.serve(socket).await,
                        Some(acceptor) => {
                            if let Ok(tls) = acceptor.accept(socket).await {
                                serving.serve(tls).await;
                            }
                        }
                    }
                });
            }
        });
        witness
    }

    /// Its line for the policy, without a name.
    pub(crate) fn line(&self, scheme: &str) -> String {
        let key = self.signer.verifier_key();
        format!("{key} {scheme}://localhost:{}", self.address.port())
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    /// What it shows from now on, whatever it has cosigned.
    pub(crate) fn shows(&self, latest: Option<String>) {
        self.state.lock().unwrap().latest = latest;
    }

    pub(crate) fn size(&self) -> u64 {
        self.state.lock().unwrap().size
    }

    pub(crate) fn asked(&self) -> Vec<u64> {
        self.state.lock().unwrap().asked.clone()
    }

    async fn serve<I>(&self, io: I)
    where
        I: AsyncRead + AsyncWrite + Unpin,
    {
        let service =
            service_fn(|request| async { Ok::<_, Infallible>(self.answer(request).await) });
        let _ = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(io), service)
            .await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let manner = self.state.lock().unwrap().manner.clone();
        if matches!(manner, Manner::Silent) {
            std::future::pending::<()>().await;
        }
        if let Manner::Says(status, body) = manner {
            return reply(status, body);
        }
        if request.method() == Method::GET {
            let latest = self.state.lock().unwrap().latest.clone();
            return latest.map_or_else(|| reply(404, String::new()), |note| reply(200, note));
        }
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let asked = AddCheckpoint::parse(std::str::from_utf8(&body).unwrap()).unwrap();
        self.cosign(&asked, &manner)
    }

    fn cosign(&self, asked: &AddCheckpoint, manner: &Manner) -> Response<Full<Bytes>> {
        let mut state = self.state.lock().unwrap();
        state.asked.push(asked.old_size);
        if asked.old_size != state.size {
            let mut reply = reply(409, format!("{}\n", state.size));
            let kind = HeaderValue::from_static(TREE_SIZE_CONTENT_TYPE);
            reply.headers_mut().insert(header::CONTENT_TYPE, kind);
            return reply;
        }
        let now_s = now_ms() / 1000;
        let note = &asked.checkpoint;
        let line = match manner {
            Manner::OtherKey => {
                let name = self.signer.verifier_key().name().clone();
                CosignatureSigner::from_seed(name, &[99; 32]).cosign(note, now_s)
            }
            Manner::OtherText => {
                let text = note.text().replacen(".org", ".com", 1);
                let other = note.to_string().replacen(note.text(), &text, 1);
                let other = thamvan_proto::tlog::SignedNote::parse(&other).unwrap();
                self.signer.cosign(&other, now_s)
            }
            _ => {
                state.size = Checkpoint::parse(note.text()).unwrap().size;
                state.latest = Some(note.to_string());
                self.signer.cosign(note, now_s)
            }
        };
        reply(200, format!("{line}\n"))
    }
}

fn reply(status: u16, body: String) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status.try_into().unwrap();
    reply
}
