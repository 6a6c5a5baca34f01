//! Whole clients against the real server in one process: what a group survives, and that everybody ends in the same place.

use std::fs;

use futures_util::future::join_all;
use thamvan_engine::{Engine, EngineError};
use thamvan_proto::id::StreamId;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{Scene, again, copy_home, place, texts};

#[tokio::test]
async fn a_device_without_a_key_package_joins_by_itself_and_blocks_nobody() {
    let mut scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    // Minh's device has left none: it is a member's, and not in the group.
    lan.add_member(stream, id(MINH)).await.unwrap();
    lan.send(stream, "trước", None).await.unwrap();
    let mut minh = scene.ready(3).await;
    assert!(place(&minh, stream).devices.contains(&minh.keys().device));
    again(&mut lan).await;
    // The server opens the group from its journal.
    scene.restart().await;
    again(&mut lan).await;
    lan.send(stream, "sau", None).await.unwrap();
    again(&mut minh).await;
    assert_eq!(texts(&minh, stream), ["sau"]);
    minh.send(stream, "đã nhận", None).await.unwrap();
    again(&mut lan).await;
    assert_eq!(texts(&lan, stream), ["trước", "sau", "đã nhận"]);
    assert_eq!(place(&lan, stream), place(&minh, stream));
    // Its device gone from the channel, it is out, and no external commit brings it back.
    lan.remove_member(stream, id(MINH), "thử".into())
        .await
        .unwrap();
    lan.send(stream, "không còn minh", None).await.unwrap();
    minh.disconnect();
    let _ = minh.sync().await;
    let refused = minh.send(stream, "vẫn còn đây", None).await;
    assert!(refused.is_err());
    again(&mut lan).await;
    assert!(!place(&lan, stream).devices.contains(&minh.keys().device));
}

#[tokio::test]
async fn a_restored_home_drops_its_groups_joins_again_and_says_so() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    minh.send(stream, "một", None).await.unwrap();
    drop(minh);
    copy_home(&scene.home(3), &scene.dir.path().join("backup"));
    let mut minh = scene.open(3);
    again(&mut minh).await;
    minh.send(stream, "hai", None).await.unwrap();
    drop(minh);
    fs::remove_dir_all(scene.home(3)).unwrap();
    copy_home(&scene.dir.path().join("backup"), &scene.home(3));

    let mut minh = scene.open(3);
    assert!(!minh.status().unwrap().restored);
    minh.sync().await.unwrap();
    assert!(minh.status().unwrap().restored);
    minh.send(stream, "ba", None).await.unwrap();
    again(&mut lan).await;
    assert_eq!(texts(&lan, stream), ["một", "hai", "ba"]);
    lan.send(stream, "bốn", None).await.unwrap();
    again(&mut minh).await;
    // What the old copy never had, "hai", stays unreadable there, and says so.
    let items = minh.items(stream, 0).unwrap();
    let faults = items.iter().filter(|item| item.fault.is_some());
    assert_eq!(faults.count(), 1);
    let last = items.last().unwrap();
    assert_eq!(last.text.as_deref(), Some("bốn"));
    assert_eq!(place(&lan, stream), place(&minh, stream));
}

#[tokio::test]
async fn ten_devices_join_while_messages_flow() {
    let mut owners = vec![LAN, APPROVER, ADMIN];
    owners.extend([MINH; 10]);
    let scene = Scene::new(&owners).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    // All at once, each by its own commit, while lan writes.
    let joining = (3..13).map(|place| {
        let mut engine = scene.open(place);
        async move {
            for _ in 0..10 {
                again(&mut engine).await;
                if place_has_own(&engine, stream) {
                    break;
                }
            }
            engine
        }
    });
    let writing = async move {
        for n in 0..10 {
            // Whoever is too slow five times in a row still has it in the outbox.
            if let Err(error) = lan.send(stream, &format!("tin {n}"), None).await {
                assert!(matches!(error, EngineError::Refused { .. }), "{error}");
            }
            while lan.status().unwrap().queued > 0 {
                again(&mut lan).await;
                let _ = lan.flush_outbox().await;
            }
        }
        lan
    };
    let (lan, joined) = tokio::join!(writing, join_all(joining));
    let mut engines = vec![lan];
    engines.extend(joined);
    engines[0].send(stream, "cuối", None).await.unwrap();
    // Whoever reads on may have something to say once, such as the channel's name to those who came last.
    for engine in &mut engines {
        again(engine).await;
    }
    let mut places = Vec::new();
    for engine in &mut engines {
        again(engine).await;
        assert!(texts(engine, stream).contains(&"cuối".to_owned()));
        places.push(place(engine, stream));
    }
    assert_eq!(places[0].devices.len(), 11);
    assert!(places.windows(2).all(|two| two[0] == two[1]), "{places:?}");
    let sent = texts(&engines[0], stream);
    for n in 0..10 {
        assert_eq!(
            sent.iter()
                .filter(|text| **text == format!("tin {n}"))
                .count(),
            1
        );
    }
}

fn place_has_own(engine: &Engine, stream: StreamId) -> bool {
    place(engine, stream)
        .devices
        .contains(&engine.keys().device)
}

#[tokio::test]
async fn a_lost_acknowledgement_leaves_one_record_and_one_state() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    // Another device of the log watches; as soon as it sees the commit, the author's connection is cut.
    let mut watcher = scene.ready(2).await;
    let before = place(&watcher, stream).size;
    {
        let commit = lan.add_member(stream, id(MINH));
        tokio::pin!(commit);
        let seen = async {
            while place(&watcher, stream).size < before + 2 {
                watcher.step().await.unwrap();
            }
        };
        tokio::select! {
            biased;
            () = seen => {}
            done = &mut commit => done.unwrap(),
        }
    }
    lan.disconnect();
    lan.sync().await.unwrap();
    lan.flush_outbox().await.unwrap();
    again(&mut minh).await;
    again(&mut lan).await;
    lan.send(stream, "sau khi mất mạng", None).await.unwrap();
    again(&mut minh).await;
    assert_eq!(texts(&minh, stream).last().unwrap(), "sau khi mất mạng");
    assert_eq!(place(&lan, stream), place(&minh, stream));
}

#[tokio::test]
async fn who_joined_by_the_last_key_package_changes_its_keys_before_it_sends() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut minh = scene.ready(3).await;
    // Each addition uses one up; the last is the one that is never used up.
    for _ in 0..ONE_TIME_KEY_PACKAGES {
        lan.add_member(stream, id(MINH)).await.unwrap();
        lan.remove_member(stream, id(MINH), "thử".into())
            .await
            .unwrap();
    }
    lan.add_member(stream, id(MINH)).await.unwrap();
    let epoch = |engine: &Engine| place(engine, stream).epoch.unwrap();
    let before = epoch(&lan);
    again(&mut minh).await;
    assert_eq!(epoch(&minh), before);
    minh.send(stream, "một", None).await.unwrap();
    assert_eq!(epoch(&minh), before + 1);
    minh.send(stream, "hai", None).await.unwrap();
    assert_eq!(epoch(&minh), before + 1);
    again(&mut lan).await;
    assert_eq!(texts(&lan, stream), ["một", "hai"]);
    assert_eq!(place(&lan, stream), place(&minh, stream));
}

/// What a device leaves with the server, beside one of last resort.
const ONE_TIME_KEY_PACKAGES: usize = 10;

#[tokio::test]
async fn a_connection_that_is_older_than_a_channel_reads_of_it() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH]).await;
    let (mut minh, mut lan) = (scene.ready(3).await, scene.ready(0).await);
    let stream = scene.channel(&mut lan).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    // Its registration is still on its way to minh when the list of streams names it.
    minh.sync().await.unwrap();
    assert!(place(&minh, stream).devices.contains(&minh.keys().device));
}
