//! One exchange with a witness or with a receiver of alerts: HTTP/1.1 over TCP or TLS 1.3, bounded in bytes and in time.
//!
//! In scope: bytes. Out of scope: what they say (`witness_client`, `alerts`).

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::error::RunError;
use crate::limits::{EXCHANGE_ANSWER_LEN_MAX, EXCHANGE_BUFFER_LEN, EXCHANGE_TIMEOUT};

/// Where the other side is: the address that policy or configuration gives, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    tls: bool,
    host: String,
    port: u16,
    /// Without a slash at its end.
    prefix: String,
}

impl Target {
    /// Reads `http://host[:port][/path]` or the same with `https`.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return None,
        };
        let authority = uri.authority()?;
        let plain = !authority.as_str().contains('@') && uri.query().is_none();
        let host = Some(authority.host()).filter(|host| plain && !host.is_empty())?;
        Some(Self {
            tls,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether it is reached over TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether nobody but the other side reads what is sent: over TLS, or on this machine.
    pub(crate) fn is_private(&self) -> bool {
        self.tls || is_loopback(&self.host)
    }
}

/// Whether `host` is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// Makes exchanges; holds whom others at https addresses must be certified by.
#[derive(Clone)]
pub(crate) struct Http {
    tls: Option<TlsConnector>,
}

impl Http {
    /// `ca`: PEM certificates; without it, no https address is reached.
    ///
    /// # Errors
    /// [`RunError::Tls`]: no such certificates.
    pub(crate) fn new(ca: Option<&Path>) -> Result<Self, RunError> {
        let tls = ca.map(connector).transpose()?;
        Ok(Self { tls })
    }

    /// Sends one request to `path` below the address of `target`; the whole takes at most [`EXCHANGE_TIMEOUT`].
    ///
    /// # Errors
    /// [`AskError`].
    pub(crate) async fn ask(
        &self,
        target: &Target,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<Answered, AskError> {
        let uri = format!("{}{path}", target.prefix);
        let request = Request::builder().method(method).uri(uri);
        self.send(target, request, body).await
    }

    /// Sends `json` to the address of `target` itself; the whole takes at most [`EXCHANGE_TIMEOUT`].
    ///
    /// # Errors
    /// [`AskError`].
    pub(crate) async fn post_json(
        &self,
        target: &Target,
        json: String,
    ) -> Result<Answered, AskError> {
        let path = if target.prefix.is_empty() {
            "/"
        } else {
            &target.prefix
        };
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(target, request, json).await
    }

    async fn send(
        &self,
        target: &Target,
        request: Builder,
        body: String,
    ) -> Result<Answered, AskError> {
        let authority = format!("{}:{}", target.host, target.port);
        let request = request
            .header(header::HOST, &authority)
            .header(header::CONNECTION, "close")
            .body(Full::from(body))
            .map_err(|_| AskError::Address)?;
        let asked = async {
            let tcp = TcpStream::connect(&authority)
                .await
                .map_err(|_| AskError::Unreachable)?;
            if !target.tls {
                return exchange(tcp, request).await;
            }
            let connector = self.tls.as_ref().ok_or(AskError::NoAuthority)?;
            let name = ServerName::try_from(target.host.trim_matches(['[', ']']).to_owned())
                .map_err(|_| AskError::Address)?;
            let tls = connector.connect(name, tcp).await;
            exchange(tls.map_err(|_| AskError::Tls)?, request).await
        };
        timeout(EXCHANGE_TIMEOUT, asked)
            .await
            .map_err(|_| AskError::Late)?
    }
}

async fn exchange<I>(io: I, request: Request<Full<Bytes>>) -> Result<Answered, AskError>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(EXCHANGE_BUFFER_LEN)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|_| AskError::Http)?;
    let answer = async {
        let sent = sender.send_request(request).await;
        let response = sent.map_err(|_| AskError::Http)?;
        let status = response.status();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = Limited::new(response.into_body(), EXCHANGE_ANSWER_LEN_MAX)
            .collect()
            .await
            .map_err(|_| AskError::Body)?;
        let body = String::from_utf8(body.to_bytes().to_vec()).map_err(|_| AskError::Body)?;
        Ok(Answered {
            status,
            content_type,
            body,
        })
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        biased;
        answered = &mut answer => answered,
        // What was read before the connection ended is still to be taken.
        _ = &mut connection => answer.await,
    }
}

fn connector(ca: &Path) -> Result<TlsConnector, RunError> {
    let mut roots = RootCertStore::empty();
    let boxed = |error: rustls_pki_types::pem::Error| RunError::Tls(Box::new(error));
    for certificate in CertificateDer::pem_file_iter(ca).map_err(boxed)? {
        roots
            .add(certificate.map_err(boxed)?)
            .map_err(|error| RunError::Tls(Box::new(error)))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| RunError::Tls(Box::new(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// Why there is no answer. Names no address: what stands here is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// There is none, or one that cannot be used.
    #[error("the address is missing or cannot be used")]
    Address,
    /// No connection.
    #[error("nobody is reachable at the address")]
    Unreachable,
    /// An https address, and no authority to believe (`witness_ca`, `ca`).
    #[error("no authority is configured for https addresses")]
    NoAuthority,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed")]
    Tls,
    /// Not HTTP, or the connection broke.
    #[error("the exchange broke off")]
    Http,
    /// Too long, cut short, or not text.
    #[error("the answer is too long or not a text")]
    Body,
    /// It took too long.
    #[error("there was no answer in time")]
    Late,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        let target = |tls, host: &str, port, prefix: &str| {
            Some(Target {
                tls,
                host: host.into(),
                port,
                prefix: prefix.into(),
            })
        };
        for (url, expected) in [
            ("http://w.example", target(false, "w.example", 80, "")),
            ("https://w.example/", target(true, "w.example", 443, "")),
            (
                "http://127.0.0.1:7/a/b/",
                target(false, "127.0.0.1", 7, "/a/b"),
            ),
            ("https://[::1]:8443", target(true, "[::1]", 8443, "")),
            ("ftp://w.example", None),
            ("w.example:80", None),
            ("/add-checkpoint", None),
            ("http://", None),
            ("http://user@w.example", None),
            ("http://w.example/?a=b", None),
            ("", None),
        ] {
            assert_eq!(Target::parse(url), expected, "{url}");
        }
    }
}
