//! A server that is asked to stop answers what it has, refuses the rest, and does not wait for anybody for ever.

use std::time::{Duration, Instant};

use thamvan_proto::cbor;
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Receipt, Submit};
use thamvan_proto::id::StreamId;
use thamvan_server::check;
use thamvan_server::limits::CLOSE_TIMEOUT;
use tokio::net::TcpStream;

use crate::client::tls;
use crate::deployment::{Deployment, now_ms};
use crate::fixture::agency;

#[tokio::test]
async fn what_is_queued_is_answered_and_the_connection_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut author = deployment.admin.author(StreamId::DIRECTORY);
    let mut client = deployment.log_in(&server, &deployment.admin).await;
    for n in 0..COUNT {
        let body = cbor::to_vec(&agency(&format!("a{n}"), Vec::new()));
        let entry = author.entry(EntryType::Statement, &body, now_ms());
        let submit = Submit {
            entry: entry.into(),
            body: body.into(),
            sides: Vec::new(),
            stream_key: None,
        };
        client.send(Body::Submit(submit)).await;
    }
    // The first answer shows that the load has begun.
    let mut receipts = vec![receipt(client.receive().await.body)];
    let stopped = tokio::spawn(server.stop());
    let mut refused = None;
    while let Some(frame) = client.try_receive().await {
        match frame.body {
            Body::Refused(end) => refused = Some((frame.id, end.code)),
            body => receipts.push(receipt(body)),
        }
    }
    assert_eq!(refused, Some((0, ErrorCode::Stopping)));
    stopped.await.unwrap();
    let report = check(&deployment.config());
    assert_eq!(report.verdict, "ok");
    // Three records of the genesis file, and nothing that was taken is without its answer.
    assert_eq!(report.tree_size, 3 + receipts.len() as u64);
    let indexes: Vec<u64> = receipts.iter().map(|one| one.index).collect();
    assert_eq!(indexes, (3..report.tree_size).collect::<Vec<_>>());
}

fn receipt(body: Body) -> Receipt {
    match body {
        Body::Ok(answer) => answer.open().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn stuck_peers_do_not_hold_a_server_that_stops() {
    let deployment = Deployment::new();
    let mut config = deployment.config();
    config.limits.device_requests.burst = 10_000_000;
    let server = deployment.start_with(config).await;
    let dir = deployment.dir.path();
    let _half_open = TcpStream::connect(server.address).await.unwrap();
    let _silent = tls(dir, server.address).await;
    let _unknown = deployment.connect(&server).await;
    let mut half_sent = deployment.log_in(&server, &deployment.lan).await;
    half_sent
        .announce(&[0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0])
        .await;
    let mut never_reads = deployment.log_in(&server, &deployment.admin).await;
    let full = tokio::time::timeout(Duration::from_secs(10), async {
        while never_reads
            .try_send(Body::ListStreams(thamvan_proto::frame::Null))
            .await
            .is_some()
        {}
    });
    assert!(
        full.await.is_err(),
        "it reads on though nobody reads its answers"
    );
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < CLOSE_TIMEOUT * 3, "{:?}", begun.elapsed());
}

const COUNT: usize = 200;
