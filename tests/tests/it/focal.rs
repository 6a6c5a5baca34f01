//! Who is told of a change of an agency's focal unit (rule R19.1b): the Secretariat, and every agency that shares a channel.

use thamvan_engine::{Engine, EngineError};
use thamvan_proto::directory::{FocalEvent, FocalUnit, Seat, SeatAppoint, SeatRole, Statement};
use thamvan_proto::id::SeatId;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{BINH, Scene, again};

fn seat(at: &str) -> Statement {
    Statement::Seat(Seat {
        id: at.parse().unwrap(),
        purpose: "ASEAN".into(),
    })
}

fn appoint(at: &str, who: &str, role: SeatRole) -> Statement {
    Statement::SeatAppoint(SeatAppoint {
        seat: at.parse().unwrap(),
        official: id(who),
        role,
        from: 0,
        until: None,
        speak_for: false,
    })
}

/// What this home says of other agencies' focal units.
fn told(engine: &Engine) -> Vec<(FocalEvent, String)> {
    let changes = engine.status().unwrap().focal_changes.into_iter();
    changes
        .filter(|news| !news.own)
        .map(|news| (news.change.event, news.change.seat.to_string()))
        .collect()
}

#[tokio::test]
async fn r19_1b_the_secretariat_and_who_shares_a_channel_are_told_of_a_focal_unit_and_nobody_else()
{
    let people = [LAN, APPROVER, ADMIN, MINH, BINH];
    let before = vec![
        seat("mofa/secretariat"),
        appoint("mofa/secretariat", LAN, SeatRole::Primary),
        seat("moha/main"),
        appoint("moha/main", BINH, SeatRole::Primary),
        appoint("moha/main", BINH, SeatRole::Deputy),
    ];
    let scene = Scene::stated(&people, before).await;
    let mut admin = scene.ready(2).await;
    let unit = Statement::FocalUnit(FocalUnit {
        agency: "moha".parse().unwrap(),
        seat: "moha/main".parse().unwrap(),
    });
    admin.state(unit, vec![]).await.unwrap();
    drop(admin);
    let (mut lan, mut minh, mut binh) = (
        scene.ready(0).await,
        scene.ready(3).await,
        scene.ready(4).await,
    );
    let named = vec![(FocalEvent::Named, "moha/main".to_owned())];
    assert_eq!(told(&lan), named);
    assert_eq!((told(&minh), told(&binh)), (vec![], vec![]));
    // A channel of mofa, moit and moha: now it is moit's business as well.
    let stream = scene.channel(&mut lan).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    assert_eq!(told(&minh), named);
    // Each takes note at a seat of its own, once, and moha sees who has.
    let waiting = |engine: &Engine| {
        let news = engine.status().unwrap().focal_changes.into_iter();
        news.map(|news| (news.change.seq, news.waiting.map(|seat| seat.to_string())))
            .collect::<Vec<_>>()
    };
    let seq = waiting(&lan)[0].0;
    let secretariat = Some("mofa/secretariat".to_owned());
    assert_eq!(waiting(&lan), [(seq, secretariat)]);
    lan.take_note(seq).await.unwrap();
    assert_eq!(waiting(&lan), [(seq, None)]);
    assert!(matches!(
        lan.take_note(seq).await,
        Err(EngineError::Unknown { .. })
    ));
    again(&mut binh).await;
    let news = binh.status().unwrap().focal_changes;
    let receipts: Vec<&str> = news[0].receipts.iter().map(SeatId::as_str).collect();
    assert_eq!((receipts, news[0].own), (vec!["mofa/secretariat"], true));
    // The own agency has nothing to take note of.
    assert!(binh.take_note(seq).await.is_err());
    minh.set_clock_ahead(31 * 24 * 3600 * 1000);
    assert_eq!(told(&minh), vec![]);
}
