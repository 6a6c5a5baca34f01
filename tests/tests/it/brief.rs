//! What a newcomer is handed of what was said before: what the membership names, each item held to the log.

use std::fs;

use thamvan_engine::{Engine, ItemState, ItemView, OpenRequest};
use thamvan_proto::cbor;
use thamvan_proto::channel::History;
use thamvan_proto::commitment::{Content, Part, PartRole, ReleasedItem};
use thamvan_proto::consultation::{Template, Urgency};
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{Salt, StreamId};

use crate::fixture::{ADMIN, APPROVER, Device, LAN, MINH, id};
use crate::rogue::Rogue;
use crate::scene::{BINH, HOA, Scene, again, seated};

/// Lan, who speaks for mofa, asks moha; gives where.
async fn ask(lan: &mut Engine, stream: StreamId, title: &str, scene: &Scene) -> u64 {
    let path = scene.dir.path().join(title);
    fs::write(&path, title).unwrap();
    let request = OpenRequest {
        channel: stream,
        template: Template::of_id("general").unwrap(),
        about: None,
        instrument: None,
        letter: None,
        title: title.into(),
        question: format!("{title}: có đồng ý không?"),
        reason: "họp sáng mai".into(),
        urgency: Urgency::HoaToc,
        deadline: lan.now() + 3_600_000,
        asked: vec!["moha/main".parse().unwrap()],
        told: vec![],
        attested: Some("danh mục".into()),
        attach: vec![path.into()],
        label: None,
    };
    lan.open_consultation(request).await.unwrap().1
}

/// A channel with lan, and binh who is asked and has no device.
async fn channel(scene: &Scene, lan: &mut Engine) -> StreamId {
    let stream = scene.channel(lan).await;
    lan.add_member(stream, id(BINH)).await.unwrap();
    stream
}

fn item(engine: &Engine, stream: StreamId, seq: u64) -> ItemView {
    let items = engine.items(stream, seq).unwrap();
    items.into_iter().find(|it| it.seq == Some(seq)).unwrap()
}

fn briefs(engine: &Engine, stream: StreamId) -> usize {
    let items = engine.items(stream, 0).unwrap();
    items.iter().filter(|it| it.kind == "brief").count()
}

/// Titles of the consultations that a home can read.
fn titles(engine: &Engine) -> Vec<String> {
    let views = engine.consultations().unwrap();
    let mut titles: Vec<String> = views.into_iter().filter_map(|view| view.title).collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn s11_a_newcomer_is_handed_the_open_questions_and_nothing_else() {
    let owners = [LAN, APPROVER, ADMIN, MINH, HOA];
    let scene = Scene::stated(&owners, seated("moha/main", BINH).into()).await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let withdrawn = ask(&mut lan, stream, "đã rút", &scene).await;
    let (of, gone) = lan.find_consultation("đã rút").unwrap();
    lan.withdraw(of, gone, "nhầm").await.unwrap();
    let asked = ask(&mut lan, stream, "còn mở", &scene).await;
    let chat = lan.send(stream, "chuyện riêng", None).await.unwrap();

    // Somebody who comes with nothing takes nothing, also where a brief is said while they are there.
    let mut hoa = scene.ready(4).await;
    lan.add_member(stream, id(HOA)).await.unwrap();
    again(&mut hoa).await;
    assert_eq!(briefs(&hoa, stream), 0);
    let mut minh = scene.ready(3).await;
    lan.add_member_with(stream, id(MINH), History::Brief, String::new())
        .await
        .unwrap();
    again(&mut minh).await;
    again(&mut hoa).await;
    assert_eq!((briefs(&hoa, stream), titles(&hoa)), (1, vec![]));

    // The question stands in its own place, by its own author, with its file.
    assert_eq!(titles(&minh), ["còn mở"]);
    let shown = item(&minh, stream, asked);
    assert_eq!(
        (shown.official, shown.state),
        (Some(id(LAN)), ItemState::Logged)
    );
    let file = shown.attachments.first().unwrap();
    let out = scene.dir.path().join("out");
    minh.fetch_part((stream, asked), Some(file.n), Some(&out))
        .await
        .unwrap();
    assert_eq!(fs::read_to_string(&out).unwrap(), "còn mở");
    for seq in [withdrawn, chat] {
        assert_eq!(item(&minh, stream, seq).parts, [], "{seq}");
    }

    // Their home keeps it, and what follows is answered like everything else.
    drop(minh);
    let minh = scene.ready(3).await;
    assert_eq!(titles(&minh), ["còn mở"]);
}

#[tokio::test]
async fn a_newcomer_who_comes_in_later_is_handed_them_too() {
    let owners = [LAN, APPROVER, ADMIN, MINH];
    let scene = Scene::stated(&owners, seated("moha/main", BINH).into()).await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    ask(&mut lan, stream, "còn mở", &scene).await;
    // No device of theirs has left a key package yet: it comes in by itself, and whoever is there says what is owed.
    lan.add_member_with(stream, id(MINH), History::Brief, String::new())
        .await
        .unwrap();
    let mut minh = scene.ready(3).await;
    lan.disconnect();
    lan.sync().await.unwrap();
    lan.tend().await.unwrap();
    again(&mut minh).await;
    minh.tend().await.unwrap();
    again(&mut lan).await;
    lan.tend().await.unwrap();
    again(&mut minh).await;
    assert_eq!(titles(&minh), ["còn mở"]);
}

fn part(role: PartRole, bytes: &[u8]) -> Part {
    Part::inline(role, "application/cbor", bytes.to_vec(), Salt([5; 32]))
}

#[tokio::test]
async fn a_false_item_is_refused_with_its_whole_brief() {
    let raw = Device::new(9, MINH);
    let owners = [LAN, APPROVER, ADMIN, MINH, HOA];
    let scene = Scene::build(&owners, &[&raw], seated("moha/main", BINH).into()).await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    let mut rogue = Rogue::new(&scene, raw).await;
    rogue.join(stream).await.unwrap();
    let asked = ask(&mut lan, stream, "còn mở", &scene).await;
    let chat = lan.send(stream, "chuyện riêng", None).await.unwrap();
    let said = |seq, content: &Content| {
        let content = cbor::to_vec(content).into();
        let item = cbor::to_vec(&ReleasedItem { seq, content });
        Content::new(Salt([6; 32]), vec![part(PartRole::ReleasedItem, &item)])
    };
    let forged = Content::new(Salt([0; 32]), vec![part(PartRole::Question, b"a?")]);
    rogue.look(stream).await;
    // While no membership names a brief, the log takes none.
    let early = rogue
        .utter(stream, EntryType::Brief, &said(chat, &forged))
        .await;
    assert_eq!(early, Err(ErrorCode::NotPermitted));

    let mut hoa = scene.ready(4).await;
    lan.add_member_with(stream, id(HOA), History::Brief, String::new())
        .await
        .unwrap();
    again(&mut hoa).await;
    let taken = item(&hoa, stream, asked).parts;
    assert_eq!(titles(&hoa), ["còn mở"]);
    // It follows no commit of others, and comes in again.
    rogue.look(stream).await;
    rogue.join(stream).await.unwrap();
    let not_an_item = Content::new(Salt([6; 32]), vec![part(PartRole::Text, b"a")]);
    let false_ones = [
        said(chat, &forged),
        said(asked, &forged),
        said(0, &forged),
        said(10_000, &forged),
        not_an_item,
    ];
    for content in false_ones {
        let told = rogue.utter(stream, EntryType::Brief, &content).await;
        assert_eq!(told, Ok(()));
    }
    again(&mut hoa).await;
    again(&mut minh).await;
    for engine in [&hoa, &minh] {
        let items = engine.items(stream, 0).unwrap();
        let refused = items.iter().filter(|it| it.state == ItemState::Refused);
        assert_eq!(refused.count(), 5);
    }
    // What the log does not hold took nobody's place, and what it holds stays.
    assert_eq!(item(&hoa, stream, chat).parts, []);
    assert_eq!(item(&hoa, stream, asked).parts, taken);
}
