//! The end of a right, and a client that is killed at any step: reading stops where the record says, the others go on, nothing is lost.

use thamvan_engine::{Engine, Point};
use thamvan_proto::channel::Authorisation;
use thamvan_proto::directory::{OfficialEnd, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;
use thamvan_proto::label::Label;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::killed::{Doing, killed};
use crate::scene::{BINH, Scene, again, place, texts};

const DAY_MS: i64 = 24 * 3600 * 1000;
const FOUR: &[&str] = &[LAN, APPROVER, ADMIN, MINH, BINH];

/// Lan, minh and binh in a channel.
async fn three(scene: &Scene) -> (StreamId, Engine, Engine, Engine) {
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let (mut minh, mut binh) = (scene.ready(3).await, scene.ready(4).await);
    for official in [MINH, BINH] {
        lan.add_member(stream, id(official)).await.unwrap();
    }
    for engine in [&mut minh, &mut binh] {
        again(engine).await;
    }
    lan.send(stream, "cả ba", None).await.unwrap();
    for engine in [&mut minh, &mut binh] {
        again(engine).await;
        assert_eq!(texts(engine, stream), ["cả ba"]);
    }
    (stream, lan, minh, binh)
}

/// What a home reads once it has synchronised as far as it may.
async fn read(engine: &mut Engine, stream: StreamId) -> Vec<String> {
    engine.disconnect();
    let _ = engine.sync().await;
    texts(engine, stream)
}

#[tokio::test]
async fn whoever_leaves_reads_no_more_and_another_commits_it() {
    let mut scene = Scene::new(FOUR).await;
    let (stream, mut lan, mut minh, mut binh) = three(&scene).await;
    minh.leave_channel(stream, "chuyển công tác".into())
        .await
        .unwrap();
    assert_eq!(minh.status().unwrap().queued, 0);
    let own = minh.keys().device;
    scene.restart().await;
    // At the latest in the second turn one of the two commits it; whoever writes need not.
    lan.set_clock_ahead(10_000);
    again(&mut lan).await;
    assert!(!place(&lan, stream).devices.contains(&own));
    lan.set_clock_ahead(0);
    again(&mut binh).await;
    binh.send(stream, "không còn minh", None).await.unwrap();
    again(&mut lan).await;
    assert_eq!(place(&lan, stream), place(&binh, stream));
    assert_eq!(read(&mut minh, stream).await, ["cả ba"]);
    let refused = minh.send(stream, "vẫn còn đây", None).await;
    assert!(refused.is_err());
    assert!(minh.leave_channel(stream, String::new()).await.is_err());
}

#[tokio::test]
async fn a_right_ends_at_its_record_whatever_the_readers_clock_says() {
    for ahead in [-DAY_MS, DAY_MS] {
        for revoked in [true, false] {
            let mut scene = Scene::new(FOUR).await;
            let (stream, mut lan, mut minh, mut binh) = three(&scene).await;
            minh.set_clock_ahead(ahead);
            let own = minh.keys().device;
            if revoked {
                let mut admin = scene.ready(2).await;
                admin.revoke_device(own, "mất máy".into()).await.unwrap();
            } else {
                lan.remove_member(stream, id(MINH), "thử".into())
                    .await
                    .unwrap();
            }
            scene.restart().await;
            again(&mut lan).await;
            lan.send(stream, "sau đó", None).await.unwrap();
            again(&mut binh).await;
            assert_eq!(texts(&binh, stream), ["cả ba", "sau đó"]);
            assert_eq!(place(&lan, stream), place(&binh, stream));
            assert!(!place(&binh, stream).devices.contains(&own));
            // Nothing that it holds opens what follows, and the server gives it nothing.
            assert_eq!(read(&mut minh, stream).await, ["cả ba"]);
            assert!(minh.send(stream, "vẫn còn đây", None).await.is_err());
            drop(minh);
            let mut minh = scene.open(3);
            minh.set_clock_ahead(-ahead);
            assert_eq!(read(&mut minh, stream).await, ["cả ba"]);
            binh.send(stream, "tiếp", None).await.unwrap();
            again(&mut lan).await;
            assert_eq!(texts(&lan, stream), ["cả ba", "sau đó", "tiếp"]);
        }
    }
}

/// A task of this official until then.
fn task(official: &str, from: u64, until: u64) -> Authorisation {
    Authorisation {
        official: id(official),
        level: Label::Mat,
        task: "đàm phán".into(),
        document: "7/QĐ".into(),
        from,
        until,
    }
}

#[tokio::test]
async fn an_authorisation_ends_by_itself_or_by_a_word_whatever_the_readers_clock_says() {
    for (ahead, by_itself) in [(-DAY_MS, true), (DAY_MS, true), (-DAY_MS, false)] {
        let mut scene = Scene::accredited(FOUR).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.open_channel(&mut lan, Label::Mat).await;
        let mut admin = scene.ready(2).await;
        let now = admin.now();
        let lans = task(LAN, now, now + 3_600_000);
        admin.authorise(stream, lans).await.unwrap();
        again(&mut lan).await;
        lan.start_channel(stream).await.unwrap();
        let mut minh = scene.ready(3).await;
        lan.add_member(stream, id(MINH)).await.unwrap();
        let lasts = if by_itself { 10_000 } else { 3_600_000 };
        let until = lan.now() + lasts;
        lan.authorise(stream, task(MINH, now, until)).await.unwrap();
        lan.send(stream, "trong hạn", Some(Label::Internal))
            .await
            .unwrap();
        minh.set_clock_ahead(ahead);
        assert_eq!(read(&mut minh, stream).await, ["trong hạn"]);
        scene.restart().await;
        again(&mut lan).await;
        if by_itself {
            while lan.now() < until {
                again(&mut lan).await;
            }
        } else {
            // Whoever ends the own right is told that it is done.
            minh.set_clock_ahead(0);
            again(&mut minh).await;
            minh.end_authorisation(stream, id(MINH), "xong".into())
                .await
                .unwrap();
            assert_eq!(minh.status().unwrap().queued, 0);
            again(&mut lan).await;
        }
        lan.send(stream, "hết hạn", Some(Label::Internal))
            .await
            .unwrap();
        assert_eq!(place(&lan, stream).devices, [lan.keys().device]);
        assert_eq!(read(&mut minh, stream).await, ["trong hạn"]);
        let late = minh
            .send(stream, "vẫn còn đây", Some(Label::Internal))
            .await;
        assert!(late.is_err());
    }
}

#[tokio::test]
async fn whose_clock_is_a_day_wrong_reads_rightly_and_what_it_writes_waits_for_the_clock() {
    for ahead in [-DAY_MS, DAY_MS] {
        let scene = Scene::new(FOUR).await;
        let (stream, mut lan, mut minh, _) = three(&scene).await;
        minh.set_clock_ahead(ahead);
        lan.send(stream, "đúng giờ", None).await.unwrap();
        again(&mut minh).await;
        assert_eq!(texts(&minh, stream), ["cả ba", "đúng giờ"]);
        let sent = minh.send(stream, "của minh", None).await;
        if ahead > 0 {
            // Behind, the log's own time tells it better.
            assert!(sent.is_err());
            assert_eq!(minh.status().unwrap().queued, 1);
            minh.set_clock_ahead(0);
            minh.flush_outbox().await.unwrap();
        } else {
            sent.unwrap();
        }
        again(&mut lan).await;
        assert_eq!(texts(&lan, stream), ["cả ba", "đúng giờ", "của minh"]);
    }
}

/// Kills a client on lan's home, which nobody else has open; then opens the home again.
async fn killed_as_lan(scene: &Scene, doing: Doing<'_>, point: Point, kind: EntryType) -> Engine {
    killed(&scene.home(0), doing, point, kind).await;
    let mut lan = scene.open(0);
    lan.sync().await.unwrap();
    lan.flush_outbox().await.unwrap();
    lan
}

#[tokio::test]
async fn a_client_that_is_killed_at_any_step_of_adding_and_sending_breaks_no_group_and_loses_nothing()
 {
    let kinds = [EntryType::MemberAdd, EntryType::Commit, EntryType::Message];
    for point in Point::ALL {
        for kind in kinds {
            let scene = Scene::new(FOUR).await;
            let mut lan = scene.ready(0).await;
            let stream = scene.channel(&mut lan).await;
            let mut minh = scene.ready(3).await;
            let mut lan = if kind == EntryType::Message {
                lan.add_member(stream, id(MINH)).await.unwrap();
                again(&mut minh).await;
                drop(lan);
                killed_as_lan(&scene, Doing::Send(stream, "một"), point, kind).await
            } else {
                drop(lan);
                let mut lan = killed_as_lan(&scene, Doing::Add(stream, MINH), point, kind).await;
                // What was said before the death is not said again by itself; the verb can be.
                let _ = lan.add_member(stream, id(MINH)).await;
                again(&mut minh).await;
                again(&mut lan).await;
                lan.send(stream, "một", None).await.unwrap();
                lan
            };
            again(&mut minh).await;
            minh.send(stream, "hai", None).await.unwrap();
            again(&mut lan).await;
            for engine in [&lan, &minh] {
                let read = texts(engine, stream);
                assert_eq!(read, ["một", "hai"], "{kind:?} {point:?}");
            }
            assert_eq!(place(&lan, stream), place(&minh, stream));
            assert_eq!(lan.status().unwrap().queued, 0);
        }
    }
}

#[tokio::test]
async fn a_client_that_is_killed_at_any_step_of_starting_a_channel_starts_it_once() {
    for point in Point::ALL {
        let scene = Scene::new(FOUR).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.open_channel(&mut lan, Label::Internal).await;
        let kind = EntryType::GroupStart;
        drop(lan);
        let mut lan = killed_as_lan(&scene, Doing::Start(stream), point, kind).await;
        lan.start_channel(stream).await.unwrap();
        let mut minh = scene.ready(3).await;
        lan.add_member(stream, id(MINH)).await.unwrap();
        lan.send(stream, "một", None).await.unwrap();
        again(&mut minh).await;
        assert_eq!(texts(&minh, stream), ["một"], "{point:?}");
        assert_eq!(place(&lan, stream), place(&minh, stream), "{point:?}");
    }
}

#[tokio::test]
async fn a_client_that_is_killed_at_any_step_of_joining_is_in_once() {
    // By a Welcome; and without one, by its own commit.
    for (point, by_itself) in Point::ALL
        .into_iter()
        .flat_map(|point| [(point, false), (point, true)])
    {
        // Before it is sent there is nothing of a Welcome on this device's side.
        if !by_itself && matches!(point, Point::Persisted | Point::Answered) {
            continue;
        }
        let scene = Scene::new(FOUR).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let minh = if by_itself {
            scene.open(3)
        } else {
            scene.ready(3).await
        };
        lan.add_member(stream, id(MINH)).await.unwrap();
        drop(minh);
        killed(&scene.home(3), Doing::Sync, point, EntryType::Commit).await;
        let mut minh = scene.open(3);
        for _ in 0..2 {
            again(&mut minh).await;
            again(&mut lan).await;
        }
        lan.send(stream, "một", None).await.unwrap();
        again(&mut minh).await;
        minh.send(stream, "hai", None).await.unwrap();
        again(&mut lan).await;
        for engine in [&lan, &minh] {
            assert_eq!(texts(engine, stream), ["một", "hai"], "{point:?}");
        }
        assert_eq!(place(&lan, stream), place(&minh, stream), "{point:?}");
    }
}

#[tokio::test]
async fn whoever_ends_the_own_rights_is_told_that_it_is_logged_and_that_nothing_more_comes() {
    let end = |official: &str| {
        Statement::OfficialEnd(OfficialEnd {
            official: id(official),
            reason: "nghỉ hưu".into(),
        })
    };
    let scene = Scene::new(FOUR).await;
    let mut admin = scene.ready(2).await;
    let seq = admin.state(end(ADMIN), vec![]).await.unwrap();
    assert!(admin.is_without_rights());
    assert_eq!(admin.status().unwrap().queued, 0);
    // It is in the log, and whoever it was says nothing more.
    let mut lan = scene.ready(0).await;
    let directory = lan.ledger().directory();
    assert!(directory.size() > seq && directory.now().official(&id(ADMIN)).is_none());
    assert!(admin.state(end(MINH), vec![]).await.is_err());
    again(&mut lan).await;
    assert!(!lan.is_without_rights());
}
