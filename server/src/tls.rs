//! TLS 1.3 and nothing else, with a certificate that may change while the server runs.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::config::Config;
use crate::error::RunError;

/// The server's TLS: X25519MLKEM768 preferred, no tickets, no resumption, no early data.
pub(crate) fn config(certificate: Arc<Certificate>) -> Result<Arc<ServerConfig>, RunError> {
    let mut tls = ServerConfig::builder_with_provider(certificate.provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| RunError::Tls(Box::new(error)))?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.send_tls13_tickets = 0;
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(tls))
}

/// Chain and key of the files, as they were when they last made sense.
#[derive(Debug)]
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

/// When chain and key were changed last, where the file system tells.
type Changed = [Option<SystemTime>; 2];

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`RunError::Tls`].
    pub(crate) fn open(config: &Config) -> Result<Self, RunError> {
        // The order of the provider's groups with `prefer-post-quantum`: X25519MLKEM768 first.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (chain, key) = (config.tls_certificate.clone(), config.tls_key.clone());
        let current = read(&chain, &key, &provider)?;
        Ok(Self {
            chain,
            key,
            provider,
            current: RwLock::new(Arc::new(current)),
        })
    }

    fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }

    /// Looks at the files at every SIGHUP, and each `interval` whether they have changed; for ever.
    pub(crate) async fn watch(self: Arc<Self>, interval: Duration) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut seen = self.changed();
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(interval) => false,
                Some(()) = async { hangup.as_mut()?.recv().await } => true,
            };
            let changed = self.changed();
            if asked || changed != seen {
                seen = changed;
                self.reload();
            }
        }
    }

    fn changed(&self) -> Changed {
        [&self.chain, &self.key].map(|path| std::fs::metadata(path).ok()?.modified().ok())
    }

    /// Takes the files as they are, if chain and key are sound and belong together; else everything stays as it is.
    fn reload(&self) {
        match read(&self.chain, &self.key, &self.provider) {
            Ok(new) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(new);
                info!("TLS certificate read again");
            }
            Err(error) => warn!(
                reason = %crate::server::chain(&error),
                "the TLS certificate stays as it was"
            ),
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn read(
    chain: &PathBuf,
    key: &PathBuf,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, RunError> {
    let boxed = |error: rustls_pki_types::pem::Error| RunError::Tls(Box::new(error));
    let chain = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(boxed)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(boxed)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| RunError::Tls(Box::new(error)))
}
