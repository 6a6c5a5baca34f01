//! What a peer may do before it has said who it is: almost nothing.

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Null};
use thamvan_proto::limits::FRAME_BEFORE_LOGIN_LEN_MAX;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{tls, upgrade};
use crate::deployment::Deployment;
use crate::fixture::{Device, LAN};

#[tokio::test]
async fn an_upgrade_without_the_subprotocol_is_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    for subprotocol in [None, Some("thamvan.v0")] {
        let stream = tls(deployment.dir.path(), server.address).await;
        let refused = upgrade(stream, server.address, subprotocol).await;
        let Err(Error::Http(response)) = refused else {
            panic!("upgraded")
        };
        assert_eq!(response.status(), 400);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_malformed_frame_is_refused_and_the_connection_closed() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    client.send_raw(Message::binary(vec![0xff, 0])).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::Malformed, Some(CloseCode::Policy)));
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    client.send_raw(Message::binary(vec![0x83, 1])).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::Malformed, Some(CloseCode::Policy)));
    server.stop().await;
}

#[tokio::test]
async fn a_text_message_is_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    client.send_raw(Message::text("hello")).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(
        refused,
        (ErrorCode::Malformed, Some(CloseCode::Unsupported))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_frame_longer_than_the_limit_before_log_in_is_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    let long = vec![0; FRAME_BEFORE_LOGIN_LEN_MAX + 1];
    client.send_raw(Message::binary(long)).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::TooLarge, Some(CloseCode::Size)));
    server.stop().await;
}

#[tokio::test]
async fn a_frame_longer_than_the_limit_after_log_in_is_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.log_in(&server, &deployment.lan).await;
    let head = [0x82, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 1];
    client.announce(&head).await;
    let refused = client.refusal_and_close().await;
    assert_eq!(refused, (ErrorCode::TooLarge, Some(CloseCode::Size)));
    server.stop().await;
}

#[tokio::test]
async fn nothing_but_log_in_and_enrolment_is_heard() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    let code = client.refused(Body::ListStreams(Null)).await;
    assert_eq!(code, ErrorCode::NotLoggedIn);
    client.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_device_and_a_wrong_key_are_refused() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut client = deployment.connect(&server).await;
    let login = client.login(&Device::new(77, LAN), None);
    let code = client.refused(Body::Login(login.into())).await;
    assert_eq!(code, ErrorCode::UnknownDevice);
    let mut client = deployment.connect(&server).await;
    let mut thief = Device::new(77, LAN);
    thief.fact.device = deployment.lan.fact.device;
    let login = client.login(&thief, None);
    let code = client.refused(Body::Login(login.into())).await;
    assert_eq!(code, ErrorCode::BadSignature);
    server.stop().await;
}

#[tokio::test]
async fn a_log_in_is_worthless_on_another_connection() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let mut first = deployment.connect(&server).await;
    let login = first.login(&deployment.lan, None);
    let granted = first.ask(Body::Login(login.clone().into())).await;
    assert!(matches!(granted, Body::Ok(_)), "{granted:?}");
    let mut second = deployment.connect(&server).await;
    let code = second.refused(Body::Login(login.into())).await;
    assert_eq!(code, ErrorCode::LoginMismatch);
    // The right nonce with the exporter of the other connection is no better.
    let mut third = deployment.connect(&server).await;
    third.exporter = first.exporter;
    let login = third.login(&deployment.lan, None);
    let code = third.refused(Body::Login(login.into())).await;
    assert_eq!(code, ErrorCode::LoginMismatch);
    // Nor is a second log-in on the same one.
    let login = first.login(&deployment.admin, None);
    first.send(Body::Login(login.into())).await;
    let (code, _) = first.refusal_and_close().await;
    assert_eq!(code, ErrorCode::Malformed);
    server.stop().await;
}
