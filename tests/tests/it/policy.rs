//! The policy of the deployment, as the server and whole clients follow it.

use thamvan_engine::{EngineError, FoundRequest};
use thamvan_proto::channel::{Scope, Suite};
use thamvan_proto::directory::{PolicyChange, Statement};
use thamvan_proto::entry::sha256;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::label::Label;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{Scene, again, place, texts};

fn policy(version: u64, suites: &[Suite], from: u64) -> Statement {
    Statement::PolicyChange(PolicyChange {
        version,
        suites: suites.to_vec(),
        secret_list: "Quyết định số 1178/QĐ-TTg".into(),
        off: vec![],
        worked: vec![],
        hours: None,
        channel_hours: vec![],
        routes: vec![],
        duties: vec![],
        document: "15/QĐ-BNG".into(),
        hash: sha256("15/QĐ-BNG".as_bytes()),
        from,
    })
}

#[tokio::test]
async fn a_channel_begins_in_a_suite_of_the_policy_and_in_no_other() {
    let people = [LAN, APPROVER, ADMIN, MINH];
    let scene = Scene::stated(&people, vec![policy(1, &[Suite::X25519], 0)]).await;
    let mut lan = scene.ready(0).await;
    let stream = lan
        .found_channel(FoundRequest {
            name: "Kênh".into(),
            purpose: "Thử".into(),
            scope: Scope::coordinator(),
            label: Label::Internal,
            members: ["mofa", "moit"].map(|id| id.parse().unwrap()).into(),
            retention_days: 1,
            review_after_ms: 1,
        })
        .await
        .unwrap();
    let mut approver = scene.ready(1).await;
    approver.approve_channel(stream).await.unwrap();
    let mut admin = scene.ready(2).await;
    let other = admin.provision_channel(stream, Suite::XWing).await;
    let void = Err(ErrorCode::Void);
    let code = other.map_err(|error| match error {
        EngineError::Refused { code, .. } => code,
        other => panic!("{other}"),
    });
    assert_eq!(code, void);
    let suite = admin.default_suite();
    assert_eq!(suite, Suite::X25519);
    admin.provision_channel(stream, suite).await.unwrap();
    again(&mut lan).await;
    lan.start_channel(stream).await.unwrap();
    let group = |engine: &thamvan_engine::Engine| {
        let channel = engine.ledger().channel(&stream).unwrap();
        channel.group().unwrap().suite
    };
    assert_eq!(group(&lan), Suite::X25519);
    // Key packages of the other suite block nobody.
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    minh.send(stream, "một", None).await.unwrap();
    again(&mut lan).await;
    lan.send(stream, "hai", None).await.unwrap();
    again(&mut minh).await;
    assert_eq!(texts(&minh, stream), ["một", "hai"]);
    assert_eq!(texts(&lan, stream), ["một", "hai"]);
    assert_eq!(place(&lan, stream), place(&minh, stream));
}
