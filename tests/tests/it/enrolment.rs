//! Another key in an enrolment than the owner's: two signers and the device itself compare, each alone.

use thamvan_engine::{Approved, DeviceKeys, Engine, EngineError, EnrolmentState};

use crate::author::Author;
use crate::fixture::{ADMIN, APPROVER, LAN, id};
use crate::lying_server::{Client, finding};
use crate::scene::{HOA, Scene, again, passphrase};

const HOUR_MS: u64 = 3_600_000;

#[tokio::test]
async fn the_code_that_the_owner_reads_out_opens_the_own_request_and_no_other() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN]).await;
    let (mut approver, mut admin) = (scene.ready(1).await, scene.ready(2).await);
    let ticket = admin.issue_ticket(id(HOA), HOUR_MS).await.unwrap();
    // Whoever got at the ticket, or the server, which sees its code, asks with keys of its own.
    let mut homes = ["hoa", "thief"].map(|name| {
        let home = scene.dir.path().join(name);
        Engine::create(&home, &passphrase(), &ticket, "desk").unwrap()
    });
    for home in &mut homes {
        let state = home.enrol(None).await.unwrap();
        assert_eq!(state, EnrolmentState::Pending);
    }
    let [mut hoa, mut thief] = homes;
    let devices = [&hoa, &thief].map(|home| home.keys().device.to_string());
    let read_out = hoa.verification_code().unwrap();
    let waiting = admin.enrolments().await.unwrap();
    assert_eq!(waiting.len(), 2);
    for view in &waiting {
        let own = view.fact.device == hoa.keys().device;
        assert_eq!(view.verification_code == read_out, own);
    }
    let other = if read_out.starts_with('7') { "2" } else { "7" };
    let wrong = format!("{other}{}", &read_out[1..]);
    for signer in [&mut admin, &mut approver] {
        again(signer).await;
        let theirs = signer.approve_device(&devices[1], &read_out).await;
        assert!(matches!(theirs, Err(EngineError::CodeMismatch)));
        let mistyped = signer.approve_device(&devices[0], &wrong).await;
        assert!(matches!(mistyped, Err(EngineError::CodeMismatch)));
        // As people type it.
        let typed = read_out.to_lowercase().replace('-', " ");
        let (_, done) = signer.approve_device(&devices[0], &typed).await.unwrap();
        assert!(matches!(done, Approved::Proposed | Approved::Active));
    }
    assert!(hoa.complete_enrolment().await.unwrap());
    // The ticket is used.
    assert!(thief.enrol(None).await.is_err());
    assert!(thief.sync().await.is_err());
}

#[tokio::test]
async fn a_device_that_was_enrolled_with_other_keys_says_so_and_does_nothing() {
    let mut author = Author::new();
    let client = Client::new(author.genesis_hash()).await;
    let mut engine = client.open().unwrap();
    let mut other = DeviceKeys::generate().unwrap();
    other.device = engine.keys().device;
    author.enrol(&other);
    author.say_heads(None, |_| {});
    let completed = client
        .during(&author.log, engine.complete_enrolment())
        .await;
    finding(completed, "other keys");
}
