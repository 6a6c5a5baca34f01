//! How much a peer may take: of places, of requests, of bytes; and that others are not hurt by it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, KeyPackageUpload, Null};
use thamvan_server::{Config, Rate};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::client::Client;
use crate::deployment::{Deployment, Running, now_ms};
use crate::fixture::{Device, LAN};
use crate::http::fetch;

fn rate(burst: u64, per_second: u64) -> Rate {
    Rate { burst, per_second }
}

async fn start(change: impl FnOnce(&mut Config)) -> (Deployment, Running) {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    change(&mut config);
    let server = deployment.start_with(config).await;
    (deployment, server)
}

/// Whether the server lets somebody in who asks again until then.
async fn comes_back(deployment: &Deployment, address: SocketAddr, device: &Device) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let client = Client::try_connect(deployment.dir.path(), address, device).await;
        if client.is_some() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_device_over_its_rate_is_refused_on_all_its_connections_and_keeps_them() {
    let (deployment, server) = start(|config| config.limits.device_requests = rate(4, 2)).await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    let mut second = deployment.log_in(&server, &deployment.lan).await;
    for _ in 0..4 {
        client.ok(Body::ListStreams(Null)).await;
    }
    for client in [&mut client, &mut second] {
        let code = client.refused(Body::ListStreams(Null)).await;
        assert_eq!(code, ErrorCode::RateLimited);
    }
    // Another device does not feel it.
    let mut other = deployment.log_in(&server, &deployment.admin).await;
    other.ok(Body::ListStreams(Null)).await;
    let end = Instant::now() + PATIENCE;
    while !matches!(second.ask(Body::ListStreams(Null)).await, Body::Ok(_)) {
        assert!(Instant::now() < end, "never again");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_device_over_its_bytes_is_refused() {
    let (deployment, server) = start(|config| config.limits.device_bytes = rate(4_000, 1)).await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    let upload = || {
        let package = KeyPackageUpload {
            key_package: vec![1; 3_000].into(),
            expires: now_ms() + 60_000,
            last_resort: false,
        };
        Body::PutKeyPackages(vec![package])
    };
    client.ok(upload()).await;
    assert_eq!(client.refused(upload()).await, ErrorCode::RateLimited);
    server.stop().await;
}

#[tokio::test]
async fn a_device_has_so_many_connections_and_gets_the_place_of_one_that_went() {
    let (deployment, server) = start(|config| config.limits.connections_per_device = 2).await;
    let first = deployment.log_in(&server, &deployment.lan).await;
    let _second = deployment.log_in(&server, &deployment.lan).await;
    let mut third = deployment.connect(&server).await;
    let login = third.login(&deployment.lan, None);
    let code = third.refused(Body::Login(login.into())).await;
    assert_eq!(code, ErrorCode::RateLimited);
    deployment.log_in(&server, &deployment.admin).await;
    drop(first);
    assert!(comes_back(&deployment, server.address, &deployment.lan).await);
    server.stop().await;
}

#[tokio::test]
async fn new_connections_from_one_address_are_limited_and_come_back() {
    let (deployment, server) =
        start(|config| config.limits.connects_per_address = rate(2, 2)).await;
    let _first = deployment.connect(&server).await;
    let _second = deployment.connect(&server).await;
    let dir = deployment.dir.path();
    let third = Client::try_connect(dir, server.address, &deployment.lan).await;
    assert!(third.is_none());
    assert!(comes_back(&deployment, server.address, &deployment.lan).await);
    server.stop().await;
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let (deployment, server) = start(|config| config.limits.connections_per_address = 2).await;
    let first = deployment.connect(&server).await;
    let _second = deployment.connect(&server).await;
    let dir = deployment.dir.path();
    let third = Client::try_connect(dir, server.address, &deployment.lan).await;
    assert!(third.is_none());
    drop(first);
    assert!(comes_back(&deployment, server.address, &deployment.lan).await);
    server.stop().await;
}

#[tokio::test]
async fn enrolments_and_refused_log_ins_of_one_address_are_limited() {
    let (deployment, server) = start(|config| {
        config.limits.enrolments_per_address = rate(1, 1);
        config.limits.failed_logins_per_address = rate(1, 1);
    })
    .await;
    let mut client = deployment.connect(&server).await;
    client.ok(Body::Enrol(deployment.minh.enrol())).await;
    let code = client.refused(Body::Enrol(deployment.minh.enrol())).await;
    assert_eq!(code, ErrorCode::RateLimited);
    // A log-in that is granted costs nothing.
    for _ in 0..3 {
        deployment.log_in(&server, &deployment.lan).await;
    }
    let mut codes = Vec::new();
    for _ in 0..2 {
        let mut client = deployment.connect(&server).await;
        let login = client.login(&Device::new(77, LAN), None);
        codes.push(client.refused(Body::Login(login.into())).await);
    }
    assert_eq!(codes, [ErrorCode::UnknownDevice, ErrorCode::RateLimited]);
    server.stop().await;
}

#[tokio::test]
async fn plain_requests_over_the_rate_are_told_when_to_come_back() {
    let (deployment, server) =
        start(|config| config.limits.http_requests_per_address = rate(2, 1)).await;
    let get = || fetch(deployment.dir.path(), server.address, "/log/checkpoint");
    assert_eq!(get().await.status(), 200);
    assert_eq!(get().await.status(), 200);
    let refused = get().await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=2).contains(&wait));
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_log_in_takes_no_place_from_who_does() {
    let (deployment, server) = start(|config| {
        config.limits.connections = 6;
        config.limits.connections_before_login = 3;
    })
    .await;
    let mut known = deployment.log_in(&server, &deployment.admin).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    // The oldest are told to go; the newest three may stay.
    for socket in &mut silent[..17] {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a silent connection keeps its place");
    }
    assert!(comes_back(&deployment, server.address, &deployment.lan).await);
    known.ok(Body::ListStreams(Null)).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_below_the_minimum_version_is_told_to_upgrade() {
    let (deployment, server) = start(|_| {}).await;
    let mut client = deployment.connect(&server).await;
    assert_eq!((client.challenge.version, client.challenge.minimum), (1, 1));
    client.version = 0;
    let login = client.login(&deployment.lan, None);
    let Body::Refused(refused) = client.ask(Body::Login(login.into())).await else {
        panic!("served");
    };
    assert_eq!(refused.code, ErrorCode::Version);
    assert!(refused.detail.contains("upgrade the client"));
    server.stop().await;
    let mut config = deployment.config();
    config.minimum_version = 0;
    let server = deployment.start_with(config).await;
    let mut client = deployment.connect(&server).await;
    assert_eq!(client.challenge.minimum, 0);
    client.version = 0;
    client.log_in(&deployment.lan).await;
    server.stop().await;
}

#[test]
fn a_configuration_that_serves_nobody_is_refused() {
    let deployment = Deployment::new();
    let whole = std::fs::read_to_string(deployment.config_file()).unwrap();
    for (lines, words) in [
        ("minimum_version = 2\n", "minimum_version"),
        ("metrics = \"nowhere\"\n", "metrics"),
        ("[limits]\nconnections = 0\n", "connections"),
        ("[limits]\nconnection = 1\n", "not understood"),
    ] {
        std::fs::write(deployment.config_file(), format!("{whole}{lines}")).unwrap();
        let refused = Config::read(&deployment.config_file()).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
