//! `/api/…`: commands, files and events for a page.

use std::sync::Arc;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use thamvan_engine::Passphrase;
use thamvan_proto::id::StreamId;
use tokio::time::timeout;

use super::reply::{self, Reply, field};
use super::{Shared, events};
use crate::holder::{Asked, Door, UploadError};
use crate::limits::{
    UI_BODY_TIMEOUT, UI_SECRET_LEN_MAX, UI_UPLOAD_LEN_MAX, UI_VERB_ARGS_MAX, UI_VERB_LEN_MAX,
};
use crate::output::{Exit, Piece};
use crate::text::{Language, Text};

/// What a page asks to be done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verb {
    args: Vec<String>,
    /// The language of the words; else that of the server.
    lang: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unlock {
    passphrase: String,
}

pub(super) async fn answer(path: &str, request: Request<Incoming>, shared: &Arc<Shared>) -> Reply {
    let method = request.method().clone();
    if path == "session" {
        return match method {
            Method::POST => session(request, shared).await,
            _ => reply::status(StatusCode::METHOD_NOT_ALLOWED),
        };
    }
    let is_logged_in = shared
        .origins
        .is_logged_in(request.headers(), &shared.sessions);
    if !is_logged_in {
        return failed(StatusCode::UNAUTHORIZED, "ui_session", shared.language);
    }
    let query = request.uri().query().map(ToOwned::to_owned);
    match (method, path) {
        (Method::GET, "state") => reply::json(StatusCode::OK, &shared.state()),
        (Method::GET, "events") => events::answer(shared.clone()),
        (Method::GET, "attachment") => attachment(query.as_deref(), shared).await,
        (Method::POST, "verb") => verb(request, shared).await,
        (Method::PUT, "upload") => upload(request, shared).await,
        (Method::GET, "upload") => {
            let file = field(query.as_deref(), "upload").and_then(|id| shared.uploads.get(&id));
            match file {
                Some((name, bytes)) => reply::attachment(bytes.to_vec(), &name),
                None => reply::status(StatusCode::NOT_FOUND),
            }
        }
        (Method::DELETE, "upload") => {
            if let Some(id) = field(query.as_deref(), "upload") {
                shared.uploads.drop_one(&id);
            }
            reply::status(StatusCode::NO_CONTENT)
        }
        (Method::POST, "lock") => {
            shared.uploads.clear();
            match shared.holder.jobs.lock().await {
                Ok(()) => reply::status(StatusCode::NO_CONTENT),
                Err(_) => reply::status(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        (Method::POST, "unlock") => unlock(request, shared).await,
        (_, "state" | "events" | "attachment" | "verb" | "upload" | "lock" | "unlock") => {
            reply::status(StatusCode::METHOD_NOT_ALLOWED)
        }
        _ => reply::status(StatusCode::NOT_FOUND),
    }
}

/// Exchanges a token for a cookie.
async fn session(request: Request<Incoming>, shared: &Shared) -> Reply {
    let given: Session = match read_json(request, UI_SECRET_LEN_MAX).await {
        Ok(given) => given,
        Err(refused) => return refused,
    };
    match shared.sessions.exchange(&given.token) {
        Ok(Some(cookie)) => {
            let mut reply = reply::status(StatusCode::NO_CONTENT);
            if let Ok(cookie) = HeaderValue::from_str(&shared.origins.cookie(&cookie)) {
                reply.headers_mut().insert(SET_COOKIE, cookie);
            }
            reply
        }
        Ok(None) => failed(StatusCode::FORBIDDEN, "ui_token", shared.language),
        Err(_) => reply::status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Runs a command; a refusal is an answer like any other.
async fn verb(request: Request<Incoming>, shared: &Shared) -> Reply {
    let given: Verb = match read_json(request, UI_VERB_LEN_MAX).await {
        Ok(given) => given,
        Err(refused) => return refused,
    };
    if given.args.len() > UI_VERB_ARGS_MAX {
        return reply::status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let language = match given.lang.as_deref() {
        Some("en") => Language::En,
        Some("vi") => Language::Vi,
        _ => shared.language,
    };
    let uploads = shared.uploads.clone();
    let door = Door::Page { uploads };
    let (asked, mut pieces) = Asked::new(given.args.clone(), language, true, door);
    if shared.holder.jobs.verb(asked).await.is_err() {
        return reply::status(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut printed = String::new();
    while let Some(piece) = pieces.next().await {
        match piece {
            Piece::Out(text) => printed.push_str(&text),
            // Warnings are in the state.
            Piece::Err(_) => {}
            Piece::Exit(exit) => {
                if exit == Exit::Done {
                    shared.uploads.drop_named(&given.args);
                }
                let document: Value = serde_json::from_str(&printed).unwrap_or(Value::Null);
                let said = json!({"exit": exit as u8, "document": document});
                return reply::json(StatusCode::OK, &said);
            }
        }
    }
    reply::status(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn upload(request: Request<Incoming>, shared: &Shared) -> Reply {
    let Some(name) = field(request.uri().query(), "name").filter(|name| !name.is_empty()) else {
        return reply::status(StatusCode::BAD_REQUEST);
    };
    let Ok(_place) = shared.uploading.acquire().await else {
        return reply::status(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let bytes = match read(request, UI_UPLOAD_LEN_MAX).await {
        Ok(bytes) => bytes,
        Err(refused) => return refused,
    };
    match shared.uploads.take(name, bytes) {
        Ok(id) => reply::json(StatusCode::OK, &json!({ "upload": id })),
        Err(UploadError::TooMany | UploadError::TooLong) => {
            failed(StatusCode::PAYLOAD_TOO_LARGE, "ui_uploads", shared.language)
        }
    }
}

/// The verified bytes of an attachment, to be saved.
async fn attachment(query: Option<&str>, shared: &Shared) -> Reply {
    let entry = field(query, "entry");
    let place = entry.as_deref().and_then(|entry| {
        let (stream, seq) = entry.split_once('/')?;
        Some((stream.parse::<StreamId>().ok()?, seq.parse::<u64>().ok()?))
    });
    let part = field(query, "part").and_then(|part| part.parse::<usize>().ok());
    let (Some((stream, seq)), Some(part)) = (place, part) else {
        return reply::status(StatusCode::BAD_REQUEST);
    };
    let of = (stream, seq, part);
    match shared.holder.jobs.attachment(of, shared.language).await {
        Ok(Ok((view, bytes))) => reply::attachment(bytes, &view.name),
        Ok(Err(error)) => reply::json(StatusCode::CONFLICT, &json!({ "error": error })),
        Err(_) => reply::status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn unlock(request: Request<Incoming>, shared: &Shared) -> Reply {
    let given: Unlock = match read_json(request, UI_SECRET_LEN_MAX).await {
        Ok(given) => given,
        Err(refused) => return refused,
    };
    let passphrase = Passphrase::new(given.passphrase);
    match shared.holder.jobs.unlock(passphrase, shared.language).await {
        Ok(Ok(())) => reply::status(StatusCode::NO_CONTENT),
        Ok(Err((_, error))) => reply::json(StatusCode::FORBIDDEN, &json!({ "error": error })),
        Err(_) => reply::status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn read_json<T: for<'a> Deserialize<'a>>(
    request: Request<Incoming>,
    max: usize,
) -> Result<T, Reply> {
    let bytes = zeroize::Zeroizing::new(read(request, max).await?);
    serde_json::from_slice(&bytes).map_err(|_| reply::status(StatusCode::BAD_REQUEST))
}

/// A body of at most `max` bytes that does not dawdle.
async fn read(request: Request<Incoming>, max: usize) -> Result<Vec<u8>, Reply> {
    let body = Limited::new(request.into_body(), max).collect();
    let Ok(body) = timeout(UI_BODY_TIMEOUT, body).await else {
        return Err(reply::status(StatusCode::REQUEST_TIMEOUT));
    };
    body.map(|body| body.to_bytes().into()).map_err(|error| {
        let is_long = error.is::<LengthLimitError>();
        reply::status(if is_long {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        })
    })
}

/// A refusal of the server of the pages itself, in the shape of all others.
fn failed(code: StatusCode, word: &str, language: Language) -> Reply {
    let text = Text::new(language);
    let said = |kind: &str| text.get(&format!("{kind}-{word}"), &[]);
    let error = json!({
        "code": word, "rule": null, "article": null, "message": said("error"), "hint": said("hint"),
    });
    reply::json(code, &json!({ "error": error }))
}
