//! The requests: `HEAD`, `PUT` and `GET /blob/<hash>` (docs/protocol.md chapter 9).

use std::ops::Range;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::BlobVerb;
use thamvan_proto::id::Salt;
use thamvan_proto::limits::BLOB_CHUNK_LEN_MAX;
use thamvan_proto::tlog::Hash;
use thamvan_server_core::{Refusal, blob};
use tokio::time::timeout;
use tracing::{debug, error};

use super::capability::Capability;
use super::store::PlaceError;
use super::uploads::{InHand, UploadError};
use crate::limits::BLOB_PIECE_TIMEOUT;
use crate::sequencer::Request as Ask;
use crate::shared::Service;

type Reply = Response<Full<Bytes>>;

/// Below which paths blobs stand.
pub(crate) const PREFIX: &str = "/blob/";

/// Answers a request below [`PREFIX`].
pub(crate) async fn answer(request: Request<Incoming>, service: &Service) -> Reply {
    match decide(request, service).await {
        Ok(reply) => reply,
        Err(no) => no.reply(),
    }
}

/// Why not: a status, words, and how much of an upload there is where that helps.
#[derive(Debug)]
struct No {
    status: StatusCode,
    words: String,
    offset: Option<u64>,
}

impl No {
    fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self {
            status,
            words: words.into(),
            offset: None,
        }
    }

    fn reply(self) -> Reply {
        let mut reply = with_offset(self.status, self.offset);
        *reply.body_mut() = Full::from(format!("{}\n", self.words));
        reply
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal.code == ErrorCode::StorageFull {
            StatusCode::INSUFFICIENT_STORAGE
        } else if refusal.code == ErrorCode::NotFound {
            StatusCode::NOT_FOUND
        } else if refusal.code == ErrorCode::TooLarge {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::FORBIDDEN
        };
        Self::new(status, refusal.detail)
    }
}

impl From<UploadError> for No {
    fn from(error: UploadError) -> Self {
        let words = error.to_string();
        let status = match error {
            UploadError::Busy | UploadError::Size => StatusCode::CONFLICT,
            UploadError::Offset { received } => {
                let conflict = Self::new(StatusCode::CONFLICT, words);
                return Self {
                    offset: Some(received),
                    ..conflict
                };
            }
            UploadError::TooMany => StatusCode::TOO_MANY_REQUESTS,
            UploadError::Write(_) | UploadError::Create(_) => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, words)
    }
}

async fn decide(request: Request<Incoming>, service: &Service) -> Result<Reply, No> {
    let verb = match *request.method() {
        Method::GET => BlobVerb::Get,
        Method::HEAD | Method::PUT => BlobVerb::Put,
        _ => return Err(No::new(StatusCode::METHOD_NOT_ALLOWED, "HEAD, PUT or GET")),
    };
    let hash = request.uri().path().strip_prefix(PREFIX).and_then(hash_of);
    let hash = hash.ok_or_else(|| No::new(StatusCode::NOT_FOUND, "no such path"))?;
    let capability = authorise(request.headers(), service)?;
    if capability.hash != hash || capability.verb != verb {
        let words = "the capability is for another blob or verb";
        return Err(No::new(StatusCode::FORBIDDEN, words));
    }
    let busy = || No::new(StatusCode::SERVICE_UNAVAILABLE, "busy: come again");
    let _room = service
        .shared
        .blobs
        .room
        .try_acquire()
        .map_err(|_| busy())?;
    match *request.method() {
        Method::HEAD => head(&capability, service).await,
        Method::PUT => put(request, capability, service).await,
        _ => get(request.headers(), &capability, service).await,
    }
}

fn hash_of(name: &str) -> Option<Hash> {
    name.parse::<Salt>().ok().map(|bytes| Hash(bytes.0))
}

/// The capability that the request carries, if its device still has the right.
fn authorise(headers: &HeaderMap, service: &Service) -> Result<Capability, No> {
    let void = || No::new(StatusCode::UNAUTHORIZED, "no live capability: ask for one");
    let value = headers.get(header::AUTHORIZATION).ok_or_else(void)?;
    let token = value
        .to_str()
        .ok()
        .and_then(|it| it.strip_prefix("Bearer "));
    let now = service.shared.now_ms();
    let opened = token.and_then(|token| service.shared.blobs.mint.open(token, now));
    let capability = opened.ok_or_else(void)?;
    let (state, asked) = (service.shared.state(), capability.asked());
    match capability.verb {
        BlobVerb::Get => blob::may_get(&state, &capability.device, &asked, now).map(|_| ())?,
        BlobVerb::Put => {
            let quota = service.shared.blobs.quota;
            blob::may_put(&state, &capability.device, &asked, quota)?;
        }
    }
    Ok(capability)
}

fn is_stored(capability: &Capability, service: &Service) -> bool {
    let state = service.shared.state();
    blob::bound(&state, &capability.hash, &capability.stream).is_some()
}

/// How much of an upload there is.
async fn head(capability: &Capability, service: &Service) -> Result<Reply, No> {
    if is_stored(capability, service) {
        return bind(capability, service, StatusCode::OK).await;
    }
    let key = (capability.device, capability.stream, capability.hash);
    let received = service.shared.blobs.uploads.received(&key);
    Ok(with_offset(StatusCode::OK, Some(received)))
}

/// Takes the next piece; after the last one the blob is stored and bound.
async fn put(
    request: Request<Incoming>,
    capability: Capability,
    service: &Service,
) -> Result<Reply, No> {
    if is_stored(&capability, service) {
        return bind(&capability, service, StatusCode::OK).await;
    }
    let piece = piece_of(request.headers(), capability.size)?;
    service.shared.blobs.has_room(piece.end - piece.start)?;
    let bytes = body(request, piece.end - piece.start).await?;
    // What is received is taken to its end even if the peer goes meanwhile.
    let service = service.clone();
    let taken = tokio::spawn(async move { take(piece.start, bytes, &capability, &service).await });
    taken.await.unwrap_or_else(|_| {
        let words = "the upload was not taken to its end";
        Err(No::new(StatusCode::INTERNAL_SERVER_ERROR, words))
    })
}

/// The bytes that `Content-Range: bytes a-b/total` names.
fn piece_of(headers: &HeaderMap, size: u64) -> Result<Range<u64>, No> {
    let wrong = || {
        let words = format!("Content-Range: bytes a-b/{size} is missing or wrong");
        No::new(StatusCode::BAD_REQUEST, words)
    };
    let value = headers.get(header::CONTENT_RANGE).ok_or_else(wrong)?;
    let range = value.to_str().ok().and_then(|it| it.strip_prefix("bytes "));
    let (range, total) = range.and_then(|it| it.split_once('/')).ok_or_else(wrong)?;
    let (first, last) = range.split_once('-').ok_or_else(wrong)?;
    let (first, last) = (
        number(first).ok_or_else(wrong)?,
        number(last).ok_or_else(wrong)?,
    );
    if number(total) != Some(size) || first > last || last >= size {
        return Err(wrong());
    }
    if last - first >= BLOB_CHUNK_LEN_MAX {
        let words = format!("a piece has at most {BLOB_CHUNK_LEN_MAX} bytes");
        return Err(No::new(StatusCode::PAYLOAD_TOO_LARGE, words));
    }
    Ok(first..last.saturating_add(1))
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

async fn body(request: Request<Incoming>, len: u64) -> Result<Bytes, No> {
    let wrong = || {
        No::new(
            StatusCode::BAD_REQUEST,
            "the body is not the piece announced",
        )
    };
    let limit = usize::try_from(len).map_err(|_| wrong())?;
    let collected = Limited::new(request.into_body(), limit).collect();
    let late = |_| No::new(StatusCode::REQUEST_TIMEOUT, "the piece came too slowly");
    let collected = timeout(BLOB_PIECE_TIMEOUT, collected).await.map_err(late)?;
    let bytes = collected.map_err(|_| wrong())?.to_bytes();
    if bytes.len() == limit {
        Ok(bytes)
    } else {
        Err(wrong())
    }
}

async fn take(
    at: u64,
    bytes: Bytes,
    capability: &Capability,
    service: &Service,
) -> Result<Reply, No> {
    let shared = std::sync::Arc::clone(&service.shared);
    let key = (capability.device, capability.stream, capability.hash);
    let size = capability.size;
    let written = tokio::task::spawn_blocking(move || {
        let mut upload = shared.blobs.uploads.take(key, size, at, shared.now_ms())?;
        match upload.write(&bytes, shared.now_ms()) {
            Ok(is_last) => Ok((upload, is_last)),
            Err(error) => {
                // Nobody knows what stands there: it begins again.
                upload.end();
                Err(error)
            }
        }
    });
    let lost = |_| {
        No::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the piece was not stored",
        )
    };
    let written = written.await.map_err(lost)?;
    let (upload, is_last) = written.inspect_err(|error| debug!(%error, "piece of a blob"))?;
    if is_last {
        finish(upload, capability, service).await
    } else {
        Ok(with_offset(StatusCode::ACCEPTED, Some(upload.received())))
    }
}

/// All is there: hash, store, bind, in this order.
async fn finish(upload: InHand, capability: &Capability, service: &Service) -> Result<Reply, No> {
    let (size, hash) = (capability.size, capability.hash);
    let placed = service
        .shared
        .blobs
        .store
        .place(upload.path(), size, &hash)
        .await;
    // Right, wrong or unreadable: there is nothing to go on with.
    upload.end();
    placed.map_err(|failed| match failed {
        PlaceError::Hash => {
            let words = "the bytes are not those that the hash names; all of it is discarded";
            No::new(StatusCode::UNPROCESSABLE_ENTITY, words)
        }
        PlaceError::Part(_) | PlaceError::Store(_) => {
            error!(reason = %crate::chain(&failed), "a blob cannot be stored");
            let words = "the blob cannot be stored; begin again";
            No::new(StatusCode::INSUFFICIENT_STORAGE, words)
        }
    })?;
    bind(capability, service, StatusCode::CREATED).await
}

/// Binds a stored blob. Answered behind the batch that binds it, whoever asked first: then it is durable.
async fn bind(capability: &Capability, service: &Service, status: StatusCode) -> Result<Reply, No> {
    let stopping = || No::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping");
    let ask = Ask::StoreBlob(capability.device, capability.asked());
    let answer = service.queue.push(ask).await.ok_or_else(stopping)?;
    answer.await.map_err(|_| stopping())??;
    Ok(with_offset(status, Some(capability.size)))
}

/// Bytes of a blob: all of it, or what `Range` asks for, up to one piece.
async fn get(headers: &HeaderMap, capability: &Capability, service: &Service) -> Result<Reply, No> {
    let size = capability.size;
    let asked = headers.get(header::RANGE);
    let range = match asked {
        None if size <= BLOB_CHUNK_LEN_MAX => 0..size,
        None => {
            let words = format!("ask for a Range of at most {BLOB_CHUNK_LEN_MAX} bytes");
            return Err(No::new(StatusCode::BAD_REQUEST, words));
        }
        Some(value) => range_of(value, size).ok_or_else(|| {
            let words = format!("no such range of {size} bytes");
            No::new(StatusCode::RANGE_NOT_SATISFIABLE, words)
        })?,
    };
    let read = service
        .shared
        .blobs
        .store
        .read(&capability.hash, range.clone());
    let bytes = read.await.map_err(|failed| {
        error!(reason = %crate::chain(&failed), "a stored blob cannot be read");
        No::new(StatusCode::INTERNAL_SERVER_ERROR, "the blob cannot be read")
    })?;
    let mut reply = Response::new(Full::from(bytes));
    if asked.is_some() {
        *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = range.end.saturating_sub(1);
        let value = format!("bytes {}-{last}/{size}", range.start);
        insert(&mut reply, header::CONTENT_RANGE, &value);
    }
    let kind = "application/octet-stream";
    insert(&mut reply, header::CONTENT_TYPE, kind);
    Ok(reply)
}

/// `bytes=a-b` or `bytes=a-`, cut to the blob and to one piece.
fn range_of(value: &HeaderValue, size: u64) -> Option<Range<u64>> {
    let (first, last) = value
        .to_str()
        .ok()?
        .strip_prefix("bytes=")?
        .split_once('-')?;
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    let longest = first.saturating_add(BLOB_CHUNK_LEN_MAX);
    let end = last.saturating_add(1).min(size).min(longest);
    (first < end).then_some(first..end)
}

fn with_offset(status: StatusCode, offset: Option<u64>) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    if let Some(offset) = offset {
        let name = header::HeaderName::from_static(OFFSET);
        insert(&mut reply, name, &offset.to_string());
    }
    reply
}

fn insert(reply: &mut Reply, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// Bytes received so far.
const OFFSET: &str = "upload-offset";

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(value: &str) -> Result<Range<u64>, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(value).unwrap());
        piece_of(&headers, SIZE).map_err(|no| no.status)
    }

    const SIZE: u64 = BLOB_CHUNK_LEN_MAX + 10;

    #[test]
    fn a_piece_is_what_content_range_says_and_nothing_else() {
        let max = BLOB_CHUNK_LEN_MAX;
        assert_eq!(piece(&format!("bytes 0-0/{SIZE}")), Ok(0..1));
        assert_eq!(
            piece(&format!("bytes 5-{}/{SIZE}", max + 4)),
            Ok(5..max + 5)
        );
        assert_eq!(
            piece(&format!("bytes 10-{}/{SIZE}", SIZE - 1)),
            Ok(10..SIZE)
        );
        let too_long = piece(&format!("bytes 5-{}/{SIZE}", max + 5));
        assert_eq!(too_long, Err(StatusCode::PAYLOAD_TOO_LARGE));
        for wrong in [
            format!("bytes 1-0/{SIZE}"),
            format!("bytes 0-{SIZE}/{SIZE}"),
            format!("bytes 0-1/{}", SIZE + 1),
            "bytes 0-1/*".to_owned(),
            format!("bytes +0-1/{SIZE}"),
            format!("bytes -1/{SIZE}"),
            format!("0-1/{SIZE}"),
            format!("bytes 0-18446744073709551615/{SIZE}"),
            format!("bytes 0-18446744073709551616/{SIZE}"),
        ] {
            assert_eq!(piece(&wrong), Err(StatusCode::BAD_REQUEST), "{wrong}");
        }
        let missing = piece_of(&HeaderMap::new(), SIZE).map_err(|no| no.status);
        assert_eq!(missing, Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn a_range_is_cut_to_the_blob_and_to_one_piece() {
        let range = |value: &str| range_of(&HeaderValue::from_str(value).unwrap(), SIZE);
        let max = BLOB_CHUNK_LEN_MAX;
        assert_eq!(range("bytes=0-"), Some(0..max));
        assert_eq!(range("bytes=7-9"), Some(7..10));
        assert_eq!(range(&format!("bytes={max}-")), Some(max..SIZE));
        assert_eq!(range("bytes=7-18446744073709551615"), Some(7..max + 7));
        for wrong in [
            format!("bytes={SIZE}-"),
            "bytes=-5".into(),
            "bytes=9-7".into(),
            "7-9".into(),
        ] {
            assert_eq!(range(&wrong), None, "{wrong}");
        }
    }
}
