//! Who comes into a channel is told its name, by one member and not by all.

use thamvan_engine::Engine;
use thamvan_proto::id::StreamId;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{BINH, HOA, Scene, again};

fn name(engine: &Engine, stream: StreamId) -> Option<String> {
    let views = engine.channels().unwrap();
    let view = views.into_iter().find(|view| view.stream == stream);
    view.unwrap().name.map(|(name, _)| name)
}

/// How often the name was said in the channel, as far as a home can read.
fn said(engine: &Engine, stream: StreamId) -> usize {
    let items = engine.items(stream, 0).unwrap();
    let names = items.iter().filter(|item| item.kind == "channel_name");
    names.count()
}

#[tokio::test]
async fn a_device_that_joins_by_itself_is_told_the_name_by_one_member() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH, BINH, MINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut binh = scene.ready(4).await;
    for official in [MINH, BINH] {
        lan.add_member(stream, id(official)).await.unwrap();
    }
    again(&mut binh).await;
    assert_eq!(name(&binh, stream).as_deref(), Some("Kênh"));
    let before = said(&binh, stream);
    // Minh's devices had left no key package: they come by themselves.
    let (mut one, mut two) = (scene.ready(3).await, scene.ready(5).await);
    assert_eq!(name(&one, stream), None);
    // Whose turn it is says it at once, the other does not.
    again(&mut lan).await;
    again(&mut binh).await;
    again(&mut lan).await;
    again(&mut binh).await;
    assert_eq!(said(&binh, stream), before + 1);
    for engine in [&mut one, &mut two] {
        again(engine).await;
        assert_eq!(name(engine, stream).as_deref(), Some("Kênh"));
    }
    assert_eq!(said(&two, stream), 1);
}

#[tokio::test]
async fn where_the_first_in_turn_is_away_the_next_tells_the_name() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, MINH, BINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let mut binh = scene.ready(4).await;
    for official in [MINH, BINH] {
        lan.add_member(stream, id(official)).await.unwrap();
    }
    again(&mut binh).await;
    let (before, of_lan) = (said(&binh, stream), said(&lan, stream));
    let mut minh = scene.ready(3).await;
    // Binh, to whom the name was never sealed, is the only one who is there; at the latest in the second turn.
    binh.set_clock_ahead(10_000);
    again(&mut binh).await;
    assert_eq!(said(&binh, stream), before + 1);
    again(&mut minh).await;
    assert_eq!(name(&minh, stream).as_deref(), Some("Kênh"));
    lan.disconnect();
    lan.sync().await.unwrap();
    assert_eq!(said(&lan, stream), of_lan + 1);
}

#[tokio::test]
async fn whoever_is_added_is_told_the_name_by_an_adder_to_whom_it_was_not_sealed() {
    let scene = Scene::new(&[LAN, APPROVER, ADMIN, HOA, BINH]).await;
    let mut lan = scene.ready(0).await;
    let stream = scene.channel(&mut lan).await;
    let (mut hoa, mut binh) = (scene.ready(3).await, scene.ready(4).await);
    lan.add_member(stream, id(HOA)).await.unwrap();
    again(&mut hoa).await;
    hoa.add_member(stream, id(BINH)).await.unwrap();
    again(&mut binh).await;
    assert_eq!(name(&binh, stream).as_deref(), Some("Kênh"));
}
