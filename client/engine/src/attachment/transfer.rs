//! Blobs between home and server: pieces over HTTPS, resumed where they broke off (docs/protocol.md chapter 9, "Blobs").

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{AUTHORIZATION, CONTENT_RANGE, HOST, HeaderMap, RANGE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use thamvan_proto::attachment::AttachmentKey;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{BlobCapability, BlobGrant, BlobVerb, Body};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::BLOB_CHUNK_LEN_MAX;
use tokio::time::{Instant, timeout};

use super::CipherError;
use super::folder::BlobFolder;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::file;
use crate::transport::{Server, connect_tls, unreachable};

/// Which way a blob goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the server.
    Up,
    /// From the server.
    Down,
}

/// How far a blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Which way.
    pub direction: Direction,
    /// Name of the file, as it may be shown.
    pub name: String,
    /// Bytes that are there.
    pub done: u64,
    /// Bytes of the whole.
    pub size: u64,
}

/// Who wants to know how far a blob is.
pub type Progress = Box<dyn FnMut(&Transfer) + Send>;

/// What an answer means for the transfer.
enum Step {
    /// So many bytes are there.
    At(u64),
    /// The token is void: another one is asked for.
    Token,
    /// Not now: the same again, a little later.
    Again(EngineError),
}

impl Engine {
    /// Who is told how far uploads and downloads are.
    pub fn on_transfer(&mut self, progress: Progress) {
        self.transfer_progress = Some(progress);
    }

    /// Uploads the blob of an attachment for `stream`, from where an earlier try ended; nothing where the server has it all.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`]: it can be resumed. [`EngineError::Refused`]: the server does not take it.
    pub(crate) async fn upload(
        &mut self,
        stream: StreamId,
        key: &AttachmentKey,
    ) -> Result<(), EngineError> {
        let path = BlobFolder::of(self.home()).path(&key.blob);
        let blob = File::open(&path).map_err(|_| EngineError::NotAllowed {
            rule: "attachment_missing",
            what: "the encrypted attachment is not in this home any more".into(),
        })?;
        let began = Instant::now();
        let asked = BlobCapability {
            hash: key.blob,
            verb: BlobVerb::Put,
            size: key.size,
            stream,
        };
        let mut run = Run::new(self.server(), asked);
        let mut at = None;
        while at.is_none_or(|at| at < key.size) {
            self.equip(&mut run).await?;
            let answer = match at {
                None => run.head().await,
                Some(at) => match piece(&blob, at, key.size) {
                    Ok(bytes) => run.put(at, bytes).await,
                    Err(source) => return Err(file(&path, source)),
                },
            };
            match run.settle(answer).await? {
                // The server says how far it is; where it knows less than before, it has begun anew.
                Some(step) => {
                    at = Some(step);
                    self.tell(Direction::Up, key, step);
                }
                None => at = None,
            }
        }
        self.contact_again(began).await
    }

    /// Downloads the blob of an attachment in `stream`, from where an earlier try ended; nothing where it is there.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`]: it can be resumed. [`EngineError::Refused`]: the server does not give it.
    pub(crate) async fn download(
        &mut self,
        stream: StreamId,
        key: &AttachmentKey,
    ) -> Result<(), EngineError> {
        let folder = BlobFolder::of(self.home());
        if folder.has(&key.blob) {
            return Ok(());
        }
        self.connect().await?;
        let began = Instant::now();
        let asked = BlobCapability {
            hash: key.blob,
            verb: BlobVerb::Get,
            size: 0,
            stream,
        };
        let mut run = Run::new(self.server(), asked);
        let mut at = folder.received(&key.blob).min(key.size);
        while at < key.size {
            self.equip(&mut run).await?;
            if run.granted != Some(key.size) {
                return Err(EngineError::Attachment(CipherError::Blob));
            }
            let answer = run.get(at, key.size).await;
            let answer = match answer {
                Ok((step, bytes)) => {
                    if !bytes.is_empty() {
                        folder.append(&key.blob, at, &bytes)?;
                    }
                    Ok(step)
                }
                Err(error) => Err(error),
            };
            if let Some(step) = run.settle(answer).await? {
                at = step;
                self.tell(Direction::Down, key, at);
            }
        }
        folder.finish(&key.blob)?;
        self.contact_again(began).await
    }

    /// Gives a run its token, over the logged-in socket, and its connection.
    async fn equip(&mut self, run: &mut Run) -> Result<(), EngineError> {
        if run.token.is_none() {
            let ask = Body::BlobCapability(run.asked.clone());
            let granted = self.online()?.request::<BlobGrant>(ask.clone()).await;
            let grant = match granted {
                // While pieces went, nobody listened to the socket: the server may have ended it.
                Err(EngineError::Unreachable { .. }) => {
                    self.read_on().await?;
                    self.online()?.request(ask).await?
                }
                other => other?,
            };
            run.token = Some(grant.token);
            run.granted = Some(grant.size);
        }
        Ok(())
    }

    /// A server ends a socket that nobody answers on.
    async fn contact_again(&mut self, began: Instant) -> Result<(), EngineError> {
        if began.elapsed() < SILENCE_MAX {
            return Ok(());
        }
        self.read_on().await
    }

    fn tell(&mut self, direction: Direction, key: &AttachmentKey, done: u64) {
        if let Some(progress) = &mut self.transfer_progress {
            progress(&Transfer {
                direction,
                name: super::shown_name(&key.name),
                done,
                size: key.size,
            });
        }
    }
}

/// One blob under way.
struct Run {
    server: Server,
    asked: BlobCapability,
    token: Option<String>,
    granted: Option<u64>,
    link: Option<Link>,
    /// The largest number of bytes that were there so far.
    best: Option<u64>,
    /// Tries since then.
    stalls: u32,
}

/// What of an answer counts.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Run {
    fn new(server: Server, asked: BlobCapability) -> Self {
        Self {
            server,
            asked,
            token: None,
            granted: None,
            link: None,
            best: None,
            stalls: 0,
        }
    }

    async fn head(&mut self) -> Result<Step, EngineError> {
        let answer = self.send(Method::HEAD, None, Bytes::new()).await?;
        self.received(&answer)
    }

    async fn put(&mut self, at: u64, bytes: Bytes) -> Result<Step, EngineError> {
        let last = at + (bytes.len() as u64).saturating_sub(1);
        let range = format!("bytes {at}-{last}/{}", self.asked.size);
        let range = Some((CONTENT_RANGE, range));
        let answer = self.send(Method::PUT, range, bytes).await?;
        self.received(&answer)
    }

    async fn get(&mut self, at: u64, size: u64) -> Result<(Step, Bytes), EngineError> {
        let last = size.min(at + PIECE_LEN) - 1;
        let range = Some((RANGE, format!("bytes={at}-{last}")));
        let answer = self.send(Method::GET, range, Bytes::new()).await?;
        if answer.status != StatusCode::PARTIAL_CONTENT {
            return Ok((refusal(&answer)?, Bytes::new()));
        }
        let said = answer.headers.get(CONTENT_RANGE);
        let said = said.and_then(|said| said.to_str().ok());
        let expected = format!("bytes {at}-{last}/{size}");
        if said != Some(expected.as_str()) || answer.body.len() as u64 != last - at + 1 {
            return Err(EngineError::Protocol {
                what: "another range of a blob than the one asked for",
            });
        }
        Ok((Step::At(last + 1), answer.body))
    }

    /// What the answer to `HEAD` or `PUT` says.
    fn received(&self, answer: &Answer) -> Result<Step, EngineError> {
        let offset = answer.headers.get(OFFSET);
        let offset = offset
            .and_then(|offset| offset.to_str().ok())
            .and_then(|offset| offset.parse().ok())
            .filter(|offset| *offset <= self.asked.size);
        let known = answer.status.is_success() || answer.status == StatusCode::CONFLICT;
        match offset.filter(|_| known) {
            Some(offset) => Ok(Step::At(offset)),
            None if answer.status.is_success() => Err(EngineError::Protocol {
                what: "no offset of an upload",
            }),
            None => refusal(answer),
        }
    }

    /// Takes a step; gives how far the blob is, where that is known. What may pass is tried again, a few times in a row.
    async fn settle(
        &mut self,
        step: Result<Step, EngineError>,
    ) -> Result<Option<u64>, EngineError> {
        let (at, error) = match step {
            Ok(Step::At(at)) if self.best.is_none_or(|best| best < at) => {
                self.best = Some(at);
                self.stalls = 0;
                return Ok(Some(at));
            }
            Ok(Step::At(at)) => (Some(at), stalled()),
            Ok(Step::Token) => {
                self.token = None;
                (None, stalled())
            }
            Ok(Step::Again(error)) => (None, error),
            Err(error @ EngineError::Unreachable { .. }) => {
                self.link = None;
                (None, error)
            }
            Err(other) => return Err(other),
        };
        self.stalls += 1;
        if self.stalls > STALLS_MAX {
            return Err(error);
        }
        tokio::time::sleep(STALL_PAUSE * self.stalls).await;
        Ok(at)
    }

    async fn send(
        &mut self,
        method: Method,
        range: Option<(hyper::header::HeaderName, String)>,
        body: Bytes,
    ) -> Result<Answer, EngineError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/blob/{:?}", self.asked.hash))
            .header(HOST, &self.server.address)
            .header(
                AUTHORIZATION,
                format!("Bearer {}", self.token.as_deref().unwrap_or_default()),
            );
        if let Some((name, value)) = range {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| unreachable("HTTP", &error))?;
        let link = match &mut self.link {
            Some(link) => link,
            None => self.link.insert(Link::open(&self.server).await?),
        };
        link.send(request).await
    }
}

/// One HTTPS connection, verified as the socket is.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: tokio::task::JoinHandle<hyper::Result<()>>,
}

impl Link {
    async fn open(server: &Server) -> Result<Self, EngineError> {
        let stream = connect_tls(server).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreachable("HTTP", &error))?;
        let driver = tokio::spawn(connection);
        Ok(Self { sender, driver })
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, EngineError> {
        let exchange = async {
            let response = self.sender.send_request(request).await;
            let response = response.map_err(|error| unreachable("HTTP", &error))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_LEN_MAX).collect().await;
            let body = body.map_err(|error| unreachable("HTTP", &error))?;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        timeout(PIECE_TIMEOUT, exchange)
            .await
            .map_err(|late| unreachable("HTTP", &late))?
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What an answer says that is no success.
fn refusal(answer: &Answer) -> Result<Step, EngineError> {
    let words = String::from_utf8_lossy(&answer.body).trim().to_owned();
    let refused = |code| {
        Err(EngineError::Refused {
            code,
            detail: words.clone(),
        })
    };
    match answer.status {
        StatusCode::UNAUTHORIZED => Ok(Step::Token),
        StatusCode::CONFLICT
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => Ok(Step::Again(unreachable("blob", &words))),
        StatusCode::INSUFFICIENT_STORAGE => refused(ErrorCode::StorageFull),
        StatusCode::FORBIDDEN => refused(ErrorCode::NotPermitted),
        StatusCode::NOT_FOUND => refused(ErrorCode::NotFound),
        // What this home uploads is not what it sealed.
        StatusCode::UNPROCESSABLE_ENTITY => Err(EngineError::StoreDamaged { what: "attachment" }),
        _ => Err(EngineError::Protocol {
            what: "an answer about a blob that it does not have",
        }),
    }
}

/// The bytes from `at` on, at most one piece.
fn piece(blob: &File, at: u64, size: u64) -> std::io::Result<Bytes> {
    let len = size.saturating_sub(at).min(PIECE_LEN);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    blob.read_exact_at(&mut bytes, at)?;
    Ok(bytes.into())
}

fn stalled() -> EngineError {
    unreachable("blob", &"no progress")
}

/// Bytes received so far, in the answer to `HEAD` and `PUT`.
const OFFSET: &str = "upload-offset";
/// Bytes in one request: 8 s at 512 kbit/s, and 60 s, the longest that a server waits, at 70.
const PIECE_LEN: u64 = 512 * 1024;
/// A server gives at most one piece of its own size.
#[expect(clippy::cast_possible_truncation, reason = "4 MiB")]
const ANSWER_LEN_MAX: usize = BLOB_CHUNK_LEN_MAX as usize;
/// A server waits 60 s for a piece; connecting takes up to 30.
const PIECE_TIMEOUT: Duration = Duration::from_secs(90);
/// Tries in a row that bring no byte, and what is waited after each, times its number: 5 s in all.
const STALLS_MAX: u32 = 4;
const STALL_PAUSE: Duration = Duration::from_millis(500);
/// How long the socket may be left unread: a server ends it after 120 s.
const SILENCE_MAX: Duration = Duration::from_secs(60);
