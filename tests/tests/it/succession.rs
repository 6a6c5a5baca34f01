//! A commit that is broken where only members can tell, and how a channel goes on without whoever made it.

use thamvan_engine::{Engine, EngineError, ItemState, NewMessage, Point};
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::StreamId;

use crate::fixture::{ADMIN, APPROVER, Device, LAN, MINH, id};
use crate::killed::{Doing, killed};
use crate::rogue::{Rogue, break_for_members};
use crate::scene::{BINH, Scene, again, place, texts};

const LONE: &[&str] = &[LAN, APPROVER, ADMIN, MINH, BINH];

/// A second device of minh's, in the hands of a modified client.
fn second_of_minh() -> Device {
    Device::new(9, MINH)
}

/// Lan, minh and binh in a channel, of three agencies; a second device of minh's joins and logs a commit that nobody can apply.
struct Broken<'s> {
    stream: StreamId,
    lan: Engine,
    minh: Engine,
    binh: Engine,
    rogue: Rogue<'s>,
}

impl<'s> Broken<'s> {
    async fn new(scene: &'s Scene) -> Self {
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let (mut minh, mut binh) = (scene.ready(3).await, scene.ready(4).await);
        for official in [MINH, BINH] {
            lan.add_member(stream, id(official)).await.unwrap();
        }
        let mut rogue = Rogue::new(scene, second_of_minh()).await;
        rogue.join(stream).await.unwrap();
        for engine in [&mut lan, &mut minh, &mut binh] {
            again(engine).await;
        }
        lan.send(stream, "trước", None).await.unwrap();
        rogue.look(stream).await;
        rogue
            .commit(stream, &[], (&[], &[]), break_for_members)
            .await
            .unwrap();
        Self {
            stream,
            lan,
            minh,
            binh,
            rogue,
        }
    }

    fn all(&mut self) -> [&mut Engine; 3] {
        [&mut self.lan, &mut self.minh, &mut self.binh]
    }
}

fn queued(engine: &Engine) -> usize {
    engine.status().unwrap().queued
}

/// Who is out of the channel, and which agencies say so.
fn out(engine: &Engine, stream: StreamId) -> Vec<(String, Vec<String>)> {
    let views = engine.channels().unwrap();
    let view = views.into_iter().find(|view| view.stream == stream);
    let barred = view.unwrap().barred.into_iter();
    barred
        .map(|(device, barred)| {
            let by = barred.rejected_by.keys().map(ToString::to_string);
            (device.to_string(), by.collect())
        })
        .collect()
}

#[tokio::test]
async fn a_bad_commit_is_left_behind_and_whoever_made_it_is_out_and_named() {
    let scene = Scene::with(LONE, &[&second_of_minh()]).await;
    let mut b = Broken::new(&scene).await;
    let stream = b.stream;
    // Binh is the first to say so: one of two agencies is not enough, and what binh writes waits.
    again(&mut b.binh).await;
    let doubted = b.binh.channels().unwrap().remove(0).doubted;
    assert_eq!(doubted[0].by.official, id(MINH));
    assert!(out(&b.binh, stream).is_empty());
    b.binh.queue(stream, &text("của binh")).unwrap();
    let waits = b.binh.flush_outbox().await.unwrap_err();
    assert!(
        matches!(&waits, EngineError::NotAllowed { rule, .. } if *rule == "channel_broken"),
        "{waits}"
    );
    // Minh's other device cannot speak against its own agency: it comes back by itself.
    again(&mut b.minh).await;
    // Lan is the second agency: the successor group begins, and what lan wrote is said in it.
    b.lan.queue(stream, &text("của lan")).unwrap();
    again(&mut b.lan).await;
    for _ in 0..2 {
        for engine in b.all() {
            again(engine).await;
            engine.flush_outbox().await.unwrap();
        }
    }
    for engine in b.all() {
        again(engine).await;
    }
    let end = place(&b.lan, stream);
    assert_eq!(end.generation, Some(1));
    assert_eq!(end.devices.len(), 3);
    let rogue = b.rogue.device.fact.device;
    assert!(!end.devices.contains(&rogue));
    let said = texts(&b.lan, stream);
    assert_eq!(said.iter().filter(|text| *text == "của lan").count(), 1);
    assert_eq!(said.iter().filter(|text| *text == "của binh").count(), 1);
    let named = vec![(
        rogue.to_string(),
        vec!["mofa".to_owned(), "moha".to_owned()],
    )];
    for engine in b.all() {
        assert_eq!(place(engine, stream), end);
        assert_eq!(out(engine, stream), named);
        assert_eq!(queued(engine), 0);
        assert_eq!(texts(engine, stream), said);
    }
    // Whatever it tries, it is out of it.
    b.rogue.look(stream).await;
    assert_eq!(b.rogue.join(stream).await, Err(ErrorCode::NotPermitted));
    // Until the founder takes minh out and in again.
    b.lan
        .remove_member(stream, id(MINH), "làm rõ".into())
        .await
        .unwrap();
    assert_eq!(b.rogue.try_look(stream).await, Err(ErrorCode::NotPermitted));
    b.lan.add_member(stream, id(MINH)).await.unwrap();
    assert!(out(&b.lan, stream).is_empty());
    b.rogue.join(stream).await.unwrap();
    for engine in b.all() {
        again(engine).await;
    }
    b.minh.send(stream, "lại cùng nhau", None).await.unwrap();
    again(&mut b.binh).await;
    assert_eq!(texts(&b.binh, stream).last().unwrap(), "lại cùng nhau");
}

#[tokio::test]
async fn who_alone_cannot_apply_a_commit_waits_a_moment_and_comes_back() {
    let scene = Scene::with(LONE, &[&second_of_minh()]).await;
    let mut b = Broken::new(&scene).await;
    let stream = b.stream;
    again(&mut b.binh).await;
    let held = place(&b.binh, stream);
    again(&mut b.binh).await;
    assert_eq!(place(&b.binh, stream), held);
    // Nobody else says so within a minute.
    b.binh.set_clock_ahead(60_000);
    again(&mut b.binh).await;
    let back = place(&b.binh, stream);
    assert_eq!(back.generation, Some(0));
    assert!(back.epoch > held.epoch);
    b.binh.send(stream, "đã vào lại", None).await.unwrap();
}

#[tokio::test]
async fn a_rejection_and_a_successor_survive_a_kill_at_every_step() {
    for kind in [
        EntryType::CommitRejected,
        EntryType::Successor,
        EntryType::Commit,
    ] {
        for point in Point::ALL {
            let scene = Scene::with(LONE, &[&second_of_minh()]).await;
            let mut b = Broken::new(&scene).await;
            let stream = b.stream;
            again(&mut b.binh).await;
            b.lan.queue(stream, &text("của lan")).unwrap();
            let Broken {
                lan,
                mut minh,
                mut binh,
                rogue,
                ..
            } = b;
            drop((lan, rogue));
            killed(&scene.home(0), Doing::Sync, point, kind).await;
            let mut lan = scene.open(0);
            for _ in 0..3 {
                for engine in [&mut lan, &mut minh, &mut binh] {
                    again(engine).await;
                    engine.flush_outbox().await.unwrap();
                }
            }
            binh.send(stream, "tiếp tục", None).await.unwrap();
            for engine in [&mut lan, &mut minh, &mut binh] {
                again(engine).await;
            }
            let end = place(&lan, stream);
            assert_eq!(end.generation, Some(1), "{kind:?} {point:?}");
            let said = texts(&lan, stream);
            for text in ["của lan", "tiếp tục"] {
                assert_eq!(said.iter().filter(|it| *it == text).count(), 1);
            }
            for engine in [&minh, &binh] {
                assert_eq!(place(engine, stream), end, "{kind:?} {point:?}");
                let read = engine.items(stream, 0).unwrap();
                let read = read.iter().filter(|item| item.state == ItemState::Logged);
                let last = read.filter_map(|item| item.text.clone()).next_back();
                assert_eq!(last.as_deref(), Some("tiếp tục"));
            }
        }
    }
}

fn text(text: &str) -> NewMessage<'_> {
    NewMessage {
        text,
        ..NewMessage::default()
    }
}
