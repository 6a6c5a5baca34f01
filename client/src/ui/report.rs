//! `GET /report`: the report of an audit, from the file that `audit report --out` wrote, as it is at that moment.
//!
//! What stands in the file is not trusted: the answer's policy lets nothing in it run, load, lead away by itself or send a form,
//! and takes no style but that of this version's reports.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};

use super::reply::{self, Reply};
use crate::limits::REPORT_LEN_MAX;
use crate::report;
use crate::text::{Language, Text};

/// Answers whoever has the cookie.
pub(super) async fn answer(file: Option<&Path>, language: Language) -> Reply {
    let Some(file) = file else {
        return failed(StatusCode::NOT_FOUND, "ui_report_none", language);
    };
    let file = file.to_owned();
    let bytes = match tokio::task::spawn_blocking(move || read(file)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
            return failed(StatusCode::PAYLOAD_TOO_LARGE, "ui_report_long", language);
        }
        Ok(Err(_)) => return failed(StatusCode::NOT_FOUND, "ui_report_gone", language),
        Err(_) => return reply::status(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut reply = reply::page(bytes);
    // `sandbox`: no scripts, and no leading away by <meta>, which `default-src` says nothing of.
    let policy = format!("{}; frame-ancestors 'none'; sandbox", report::policy());
    let headers = reply.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    // Browsers refuse what is sandboxed and also asks for a group of windows of its own.
    let alone = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(alone, HeaderValue::from_static("unsafe-none"));
    reply
}

/// A person reads this in a tab of its own: words, not JSON.
pub(super) fn failed(code: StatusCode, word: &str, language: Language) -> Reply {
    let text = Text::new(language);
    let said = |kind: &str| text.get(&format!("{kind}-{word}"), &[]);
    reply::words(code, &format!("{}\n\n{}\n", said("error"), said("hint")))
}

fn read(path: PathBuf) -> io::Result<Vec<u8>> {
    // A pipe would be waited for.
    if !std::fs::metadata(&path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(REPORT_LEN_MAX).unwrap_or(u64::MAX);
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > REPORT_LEN_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}
