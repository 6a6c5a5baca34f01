//! The files that need no log-in.

use std::net::SocketAddr;
use std::path::Path;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use thamvan_proto::tlog::{
    Name, Policy, decode_entry_bundle, leaf_hash, open_checkpoint, root_of_leaves,
};

use crate::client::tls;
use crate::deployment::{Deployment, ORIGIN, Running};

#[tokio::test]
async fn checkpoint_and_tiles_agree_and_unknown_paths_are_not_found() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let policy = std::fs::read_to_string(deployment.dir.path().join("policy.txt")).unwrap();
    let policy = Policy::parse(&policy).unwrap();
    let (status, note) = get(&deployment, &server, "/log/checkpoint").await;
    assert_eq!(status, 200);
    let note = String::from_utf8(note).unwrap();
    let origin = Name::parse(ORIGIN).unwrap();
    let checkpoint = open_checkpoint(&note, &origin, policy.log()).unwrap();
    assert_eq!(checkpoint.size, 3);
    let (status, bundle) = get(&deployment, &server, "/log/tile/entries/000.p/3").await;
    assert_eq!(status, 200);
    let leaves: Vec<_> = decode_entry_bundle(&bundle)
        .unwrap()
        .into_iter()
        .map(leaf_hash)
        .collect();
    assert_eq!(root_of_leaves(&leaves), checkpoint.root);
    let (_, hashes) = get(&deployment, &server, "/log/tile/0/000.p/3").await;
    assert_eq!(
        hashes,
        leaves.iter().flat_map(|leaf| leaf.0).collect::<Vec<_>>()
    );
    for (path, expected) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/", 404),
        ("/log/", 404),
        ("/log/tile/entries/000", 404),
        ("/log/tile/entries/000.p/4", 404),
        ("/log/tile/0/000.p/4", 404),
        ("/log/tile/1/000.p/1", 404),
        ("/log/tile/63/000", 404),
        ("/log/../server/log.key", 404),
        ("/ws", 400),
    ] {
        assert_eq!(get(&deployment, &server, path).await.0, expected, "{path}");
    }
    server.stop().await;
}

pub(crate) async fn get(deployment: &Deployment, server: &Running, path: &str) -> (u16, Vec<u8>) {
    let response = fetch(deployment.dir.path(), server.address, path).await;
    (response.status().as_u16(), response.into_body())
}

/// One file over a connection of its own.
pub(crate) async fn fetch(dir: &Path, address: SocketAddr, path: &str) -> Response<Vec<u8>> {
    let stream = tls(dir, address).await;
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", "localhost")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    Response::from_parts(head, body.to_bytes().to_vec())
}
