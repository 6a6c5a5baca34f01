//! Whoever was away for a long time, or comes in at the moment in which somebody else brings them in: all end in the same place.

use thamvan_engine::Engine;
use thamvan_proto::id::StreamId;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::killed::{Doing, killed};
use crate::scene::{BINH, Scene, again, now_ms, place, texts};

const FIVE: &[&str] = &[LAN, APPROVER, ADMIN, MINH, BINH];
const FIVE_WEEKS_MS: i64 = 35 * 24 * 3600 * 1000;

fn five_weeks_later() -> u64 {
    now_ms().saturating_add_signed(FIVE_WEEKS_MS)
}

/// All read on until none of them says anything by itself any more, such as the channel's name to whoever came in.
async fn at_rest(engines: &mut [&mut Engine], stream: StreamId) {
    for _ in 0..10 {
        for engine in &mut *engines {
            again(engine).await;
        }
        let mut sizes = engines.iter().map(|engine| place(engine, stream).size);
        let first = sizes.next();
        if sizes.all(|size| Some(size) == first) {
            return;
        }
    }
    panic!("they never come to rest");
}

/// Both have read the same and stand at the same place.
fn alike(one: &Engine, other: &Engine, stream: StreamId, said: &[&str]) {
    assert_eq!(place(one, stream), place(other, stream));
    for engine in [one, other] {
        assert_eq!(texts(engine, stream), said);
    }
}

#[tokio::test]
async fn a_member_five_weeks_offline_reads_on_and_whoever_left_no_key_package_since_comes_by_itself()
 {
    // The clock of the one who was away: right, or still where it was.
    for ahead in [FIVE_WEEKS_MS, 0] {
        let mut scene = Scene::new(FIVE).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let mut minh = scene.ready(3).await;
        // Binh leaves key packages, and is no member yet.
        drop(scene.ready(4).await);
        lan.add_member(stream, id(MINH)).await.unwrap();
        lan.send(stream, "trước", None).await.unwrap();
        again(&mut minh).await;
        alike(&lan, &minh, stream, &["trước"]);
        drop(minh);

        scene.stop().await;
        scene.clock_ms = five_weeks_later;
        scene.start().await;
        lan.set_clock_ahead(FIVE_WEEKS_MS);
        again(&mut lan).await;
        lan.send(stream, "giữa", None).await.unwrap();
        // What binh left has expired: nobody is blocked, and binh comes in alone.
        lan.add_member(stream, id(BINH)).await.unwrap();
        assert_eq!(place(&lan, stream).devices.len(), 2);
        let mut binh = scene.open(4);
        binh.set_clock_ahead(ahead);
        again(&mut binh).await;
        again(&mut lan).await;
        lan.send(stream, "sau", None).await.unwrap();

        let mut minh = scene.open(3);
        minh.set_clock_ahead(ahead);
        at_rest(&mut [&mut minh, &mut lan], stream).await;
        alike(&lan, &minh, stream, &["trước", "giữa", "sau"]);
        minh.send(stream, "của minh", None).await.unwrap();
        at_rest(&mut [&mut binh, &mut lan], stream).await;
        assert_eq!(texts(&binh, stream), ["sau", "của minh"]);
        assert_eq!(place(&lan, stream), place(&binh, stream));
        assert_eq!(place(&lan, stream).devices.len(), 3);
        // It has left new key packages: taken out and in again, it is in by the commit of another.
        lan.remove_member(stream, id(MINH), "thử".into())
            .await
            .unwrap();
        lan.add_member(stream, id(MINH)).await.unwrap();
        assert!(place(&lan, stream).devices.contains(&minh.keys().device));
    }
}

#[tokio::test]
async fn who_comes_by_itself_while_another_brings_it_in_is_in_once() {
    let scene = Scene::new(FIVE).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    drop(lan);
    // Lan is killed with the commit that adds minh in the outbox; meanwhile minh comes in alone.
    let (point, kind) = (
        thamvan_engine::Point::Persisted,
        thamvan_proto::entry::EntryType::Commit,
    );
    killed(&scene.home(0), Doing::Add(stream, MINH), point, kind).await;
    again(&mut minh).await;
    let alone = place(&minh, stream);
    assert!(alone.devices.contains(&minh.keys().device));
    let mut lan = scene.ready(0).await;
    lan.flush_outbox().await.unwrap();
    again(&mut lan).await;
    let (now, before) = (place(&lan, stream), alone);
    assert_eq!((now.epoch, &now.devices), (before.epoch, &before.devices));
    assert_eq!(now.devices.len(), 2);
    lan.send(stream, "một", None).await.unwrap();
    again(&mut minh).await;
    minh.send(stream, "hai", None).await.unwrap();
    at_rest(&mut [&mut minh, &mut lan], stream).await;
    alike(&lan, &minh, stream, &["một", "hai"]);
}
