//! The TLS certificate changes while the server runs.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use thamvan_proto::frame::{Body, Null};

use crate::client::Client;
use crate::deployment::Deployment;
use crate::process::Process;

fn copy_certificate(from: &Path, to: &Path) {
    for file in ["server/tls.pem", "server/tls.key"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

/// Polls until a connection that trusts the authority in `trusted` succeeds.
async fn becomes_trusted(trusted: &Path, address: std::net::SocketAddr, of: &Deployment) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if Client::try_connect(trusted, address, &of.lan)
            .await
            .is_some()
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn changed_files_are_taken_and_broken_ones_are_not() {
    let (deployment, other) = (Deployment::new(), Deployment::new());
    let (old, new) = (deployment.dir.path(), other.dir.path());
    let mut config = deployment.config();
    config.timeouts.certificate = Duration::from_millis(20);
    let server = deployment.start_with(config).await;
    let mut before = deployment.log_in(&server, &deployment.lan).await;
    copy_certificate(new, old);
    assert!(becomes_trusted(new, server.address, &deployment).await);
    let distrusted = Client::try_connect(old, server.address, &deployment.lan).await;
    assert!(distrusted.is_none(), "the old certificate is still shown");
    // A connection outlives the certificate that it began with.
    before.ok(Body::ListStreams(Null)).await;
    server.stop().await;
}

#[tokio::test]
async fn a_hangup_reads_the_files_and_a_broken_one_changes_nothing() {
    let (deployment, other) = (Deployment::new(), Deployment::new());
    deployment.listen_anywhere();
    let (old, new) = (deployment.dir.path(), other.dir.path());
    let server = Process::start(&deployment);
    let trusted = |dir| Client::try_connect(dir, server.address, &deployment.lan);
    assert!(trusted(old).await.is_some());
    copy_certificate(new, old);
    server.signal(Signal::HUP);
    assert!(becomes_trusted(new, server.address, &deployment).await);
    // A chain without its key, and no chain at all.
    let third = Deployment::new();
    std::fs::copy(
        third.dir.path().join("server/tls.pem"),
        old.join("server/tls.pem"),
    )
    .unwrap();
    server.signal(Signal::HUP);
    server
        .wait_for("the TLS certificate stays as it was", 1)
        .await;
    std::fs::write(old.join("server/tls.pem"), "no certificate").unwrap();
    server.signal(Signal::HUP);
    server
        .wait_for("the TLS certificate stays as it was", 2)
        .await;
    assert!(trusted(new).await.is_some());
    assert!(trusted(third.dir.path()).await.is_none());
    server.signal(Signal::TERM);
    assert!(server.ended().status.success());
}
