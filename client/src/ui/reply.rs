//! Answers over HTTP.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame};
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc;

/// An answer: all of it, or events as they come.
pub(super) type Reply = Response<Either<Full<Bytes>, EventBody>>;

/// Server-Sent Events that somebody else writes.
pub(super) struct EventBody(pub(super) mpsc::Receiver<String>);

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.poll_recv(context);
        next.map(|event| event.map(|event| Ok(Frame::data(event.into()))))
    }
}

/// An answer without a body.
pub(super) fn status(code: StatusCode) -> Reply {
    with(code, Bytes::new(), "text/plain", NO_STORE)
}

/// Words for a person.
pub(super) fn words(code: StatusCode, words: &str) -> Reply {
    let words = words.to_owned().into();
    with(code, words, "text/plain; charset=utf-8", NO_STORE)
}

/// A page that is not one of ours.
pub(super) fn page(bytes: Vec<u8>) -> Reply {
    let media_type = "text/html; charset=utf-8";
    with(StatusCode::OK, bytes.into(), media_type, NO_STORE)
}

/// A JSON document.
pub(super) fn json(code: StatusCode, value: &Value) -> Reply {
    with(code, value.to_string().into(), "application/json", NO_STORE)
}

/// A file of the pages.
pub(super) fn file(bytes: Bytes, media_type: &'static str, cache: &'static str) -> Reply {
    with(StatusCode::OK, bytes, media_type, cache)
}

/// A file for the person: never shown, always saved.
pub(super) fn attachment(bytes: Vec<u8>, name: &str) -> Reply {
    let mut reply = with(
        StatusCode::OK,
        bytes.into(),
        "application/octet-stream",
        NO_STORE,
    );
    let said = format!("attachment; filename*=UTF-8''{}", percent_encoded(name));
    if let Ok(said) = HeaderValue::from_str(&said) {
        reply
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, said);
    }
    reply
}

/// Events as they come.
pub(super) fn events(written: mpsc::Receiver<String>) -> Reply {
    let mut reply = Response::new(Either::Right(EventBody(written)));
    let headers = reply.headers_mut();
    let media_type = HeaderValue::from_static("text/event-stream");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    reply
}

fn with(code: StatusCode, bytes: Bytes, media_type: &'static str, cache: &'static str) -> Reply {
    let mut reply = Response::new(Either::Left(Full::new(bytes)));
    *reply.status_mut() = code;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    reply
}

/// All but letters, digits and a few marks as `%XX` (RFC 8187).
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

/// The text of `%XX`; none where that is no UTF-8.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                u8::from_str_radix(digits, 16).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a query's field.
pub(super) fn field(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(known, _)| *known == name);
    percent_decoded(found.next()?.1)
}

const NO_STORE: &str = "no-store";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_through_percent_encoding() {
        let name = "dự thảo \"1\"/%.pdf\r\n";
        let encoded = percent_encoded(name);
        assert!(
            encoded
                .bytes()
                .all(|it| it.is_ascii_graphic() && it != b'"')
        );
        assert_eq!(percent_decoded(&encoded).as_deref(), Some(name));
        assert_eq!(
            field(Some("a=1&name=x%20y"), "name").as_deref(),
            Some("x y")
        );
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
        assert_eq!(field(Some("name"), "name"), None);
        assert_eq!(field(None, "name"), None);
    }
}
