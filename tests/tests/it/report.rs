//! What a home reports of its channels: initiatives, duties, what was not handed over to the archives.

use thamvan_engine::{Engine, OpenRequest, Statistics, Window};
use thamvan_proto::calendar::Day;
use thamvan_proto::consultation::{ConsultationState, Form, Template, Urgency};
use thamvan_proto::duty::{Duty, year_of};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{ConsultationId, StreamId};
use thamvan_proto::label::Label;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{HUNG, Scene, again, now_ms, seated};

const DAY_MS: u64 = 24 * 3_600_000;

/// Lan's mofa is the coordinator; minh is at moit; mps has hung without a device.
async fn scene() -> Scene {
    let mut more = seated("mps/main", HUNG).to_vec();
    more.extend(seated("mofa/secretariat", LAN));
    Scene::stated(&[LAN, APPROVER, ADMIN, MINH], more).await
}

async fn channel(scene: &Scene, lan: &mut Engine) -> StreamId {
    let members = ["mofa", "moit", "mps"];
    let stream = scene.open_channel_of(lan, Label::Internal, &members).await;
    lan.start_channel(stream).await.unwrap();
    lan.add_member(stream, id(HUNG)).await.unwrap();
    stream
}

async fn open(lan: &mut Engine, stream: StreamId, template: &str, title: &str) -> ConsultationId {
    let request = OpenRequest {
        channel: stream,
        template: Template::of_id(template).unwrap(),
        about: None,
        instrument: None,
        letter: None,
        title: title.into(),
        question: "Đề nghị cho ý kiến.".into(),
        reason: "Họp tuần tới.".into(),
        urgency: Urgency::Khan,
        deadline: lan.now() + 3_600_000,
        asked: vec!["mps/main".parse().unwrap()],
        told: vec![],
        attested: Some("danh mục".into()),
        attach: vec![],
        label: None,
    };
    lan.open_consultation(request).await.unwrap().0
}

/// What `status` says is due, at a moment of Hà Nội.
fn due(engine: &mut Engine, at: u64) -> Vec<Duty> {
    let ahead = i64::try_from(at - now_ms()).unwrap();
    engine.set_clock_ahead(ahead);
    let due = engine.status().unwrap().due;
    due.into_iter().map(|it| it.dated.duty).collect()
}

#[tokio::test]
async fn r11_3_the_register_has_initiatives_alone_and_titles_for_those_who_can_read_them() {
    let scene = scene().await;
    let mut lan = scene.ready(0).await;
    assert_eq!(
        lan.initiatives().unwrap().0,
        0,
        "no channel, and it says so"
    );
    let stream = channel(&scene, &mut lan).await;
    let initiative = open(&mut lan, stream, "initiative_11_1", "Sáng kiến 7501").await;
    open(&mut lan, stream, "general", "Chuyện khác").await;
    let mut minh = scene.ready(3).await;
    lan.add_member(stream, id(MINH)).await.unwrap();
    again(&mut minh).await;
    lan.withdraw(stream, initiative, "gộp").await.unwrap();
    again(&mut minh).await;
    for (engine, title) in [(&lan, Some("Sáng kiến 7501")), (&minh, None)] {
        let (channels, found) = engine.initiatives().unwrap();
        assert_eq!((channels, found.len()), (1, 1));
        let it = &found[0];
        assert_eq!((it.id, it.title.as_deref()), (initiative, title));
        assert_eq!(it.template.id, "initiative_11_1");
        assert_eq!(it.proposer.as_str(), "mofa");
        assert_eq!(it.state, ConsultationState::Withdrawn);
    }
    r20_1a_whoever_reads_no_word_counts_the_same(&lan, &minh);
}

fn r20_1a_whoever_reads_no_word_counts_the_same(lan: &Engine, minh: &Engine) {
    let (channels, sums) = lan.statistics(&Window::default());
    assert_eq!((channels, sums.count), (1, 2));
    assert_eq!(
        minh.statistics(&Window::default()),
        (channels, sums.clone())
    );
    let mps = &sums.agencies[&(Form::Consultation, "mps".parse().unwrap())];
    assert_eq!((mps.asked, mps.released, mps.waiting), (2, 1, 1));
    assert_eq!((sums.acts.withdrawals, sums.acts.conclusions), (1, 0));
    let tomorrow = Day::of(lan.now()).after(1);
    let later = Window {
        from: Some(tomorrow),
        to: None,
    };
    let (_, none) = lan.statistics(&later);
    assert_eq!(none, Statistics::default());
}

#[tokio::test]
async fn a3_who_led_is_reminded_of_what_has_ended() {
    let scene = scene().await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let ended = open(&mut lan, stream, "general", "Đã xong 7502").await;
    open(&mut lan, stream, "general", "Còn mở").await;
    lan.withdraw(stream, ended, "không còn cần").await.unwrap();
    let mut minh = scene.ready(3).await;
    // Of the year after this one, so that it is ahead of every clock.
    let year = year_of(lan.now()) + 1;
    let calendar = lan.calendar(year);
    let archive = calendar.iter().find(|it| it.dated.duty == Duty::Archive);
    let listed = &archive.unwrap().unarchived;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].stream, listed[0].id), (stream, ended));
    let other = open(&mut lan, stream, "general", "Đã nộp 7503").await;
    lan.withdraw(stream, other, "không còn cần").await.unwrap();
    let manifest = sha256(b"manifest");
    lan.record_archive(stream, other, &manifest).await.unwrap();
    assert_eq!(
        &lan.calendar(year)[2].unarchived,
        listed,
        "one that was handed over is not named"
    );
    // What ends after the last day is not of that year.
    assert!(
        lan.calendar(year - 2)
            .iter()
            .all(|it| it.unarchived.is_empty())
    );
    let day = |text: &str| format!("{year}-{text}").parse::<Day>().unwrap().first_ms();
    let november = day("11-25");
    assert_eq!(
        due(&mut lan, november),
        [Duty::Briefing, Duty::Archive, Duty::YearReport]
    );
    assert_eq!(due(&mut minh, november), [], "it leads nothing");
    assert_eq!(due(&mut lan, day("12-01") + DAY_MS / 2), [Duty::YearReport]);
    assert_eq!(due(&mut lan, day("12-21")), []);
}

#[tokio::test]
async fn r7_1_the_briefing_is_the_secretariats_and_the_coordinator_reports() {
    let scene = scene().await;
    let lan = scene.ready(0).await;
    let owners: Vec<(Duty, String, Option<String>)> = lan
        .calendar(2027)
        .into_iter()
        .map(|it| {
            let owner = it.owner.unwrap().to_string();
            (it.dated.duty, owner, it.seat.map(|seat| seat.to_string()))
        })
        .collect();
    let mofa = || "mofa".to_owned();
    assert_eq!(
        owners,
        [
            (Duty::MasterPlan, mofa(), None),
            (Duty::Briefing, mofa(), Some("mofa/secretariat".to_owned())),
            (Duty::Archive, mofa(), None),
            (Duty::YearReport, mofa(), None),
        ]
    );
    let minh = scene.ready(3).await;
    let calendar = minh.calendar(2027);
    assert_eq!(calendar[0].owner.as_ref().unwrap().as_str(), "mofa");
    assert_eq!(calendar[2].owner.as_ref().unwrap().as_str(), "moit");
}
