//! TLS 1.3 and nothing else.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::NoServerSessionStorage;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;
use crate::error::RunError;

/// The server's TLS: X25519MLKEM768 preferred, no tickets, no resumption, no early data.
pub(crate) fn config(config: &Config) -> Result<Arc<ServerConfig>, RunError> {
    let boxed = |error: rustls_pki_types::pem::Error| RunError::Tls(Box::new(error));
    let chain = CertificateDer::pem_file_iter(&config.tls_certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(boxed)?;
    let key = PrivateKeyDer::from_pem_file(&config.tls_key).map_err(boxed)?;
    // The order of the provider's groups with `prefer-post-quantum`: X25519MLKEM768 first.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| RunError::Tls(Box::new(error)))?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.send_tls13_tickets = 0;
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(tls))
}
