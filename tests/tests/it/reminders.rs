//! Reminders through real engines: who is told at which share of the time, once, also over a restart; nobody once it is answered;
//! and the acts by which the devices of the lead remind by themselves.

use std::sync::atomic::{AtomicU64, Ordering};

use thamvan_engine::{Answer, Engine, OpenRequest, QuietHours, Reminder, ReminderSettings, Stage};
use thamvan_proto::consultation::{OpinionCapacity, Position, Template, Urgency};
use thamvan_proto::directory::{Seat, SeatAppoint, SeatRole, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, StreamId};

use crate::fixture::{ADMIN, APPROVER, LAN, id};
use crate::scene::{BINH, HOA, Scene, again, now_ms, seated};

/// Lan is primary of the seat that is asked, hoa its deputy, the administrator sits at another seat of the agency; binh, who
/// leads, has two devices.
const OWNERS: &[&str] = &[LAN, APPROVER, ADMIN, HOA, BINH, BINH];
const DUTY: usize = 2;
const DEPUTY: usize = 3;
const LEAD: usize = 4;
const LEAD_TOO: usize = 5;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

async fn scene() -> Scene {
    let mut statements: Vec<Statement> = seated("moha/main", BINH).into();
    statements.push(Statement::Seat(Seat {
        id: "mofa/duty".parse().unwrap(),
        purpose: "trực".into(),
    }));
    statements.push(Statement::SeatAppoint(SeatAppoint {
        seat: "mofa/duty".parse().unwrap(),
        official: id(ADMIN),
        role: SeatRole::Primary,
        from: 0,
        until: None,
        speak_for: false,
    }));
    Scene::stated(OWNERS, statements).await
}

/// A channel that all of them read.
async fn channel(scene: &Scene, lan: &mut Engine) -> StreamId {
    for place in [DUTY, DEPUTY, LEAD, LEAD_TOO] {
        drop(scene.ready(place).await);
    }
    let stream = scene.channel(lan).await;
    for official in [HOA, BINH, ADMIN] {
        lan.add_member(stream, id(official)).await.unwrap();
    }
    stream
}

/// Binh asks mofa, for ten hours.
async fn ask(lead: &mut Engine, stream: StreamId, urgency: Urgency) -> ConsultationId {
    let request = OpenRequest {
        channel: stream,
        template: Template::of_id("general").unwrap(),
        about: None,
        instrument: None,
        letter: None,
        title: urgency.as_str().into(),
        question: "Có đồng ý không?".into(),
        reason: "họp sáng mai".into(),
        urgency,
        deadline: lead.now() + 10 * HOUR,
        asked: vec!["mofa/main".parse().unwrap()],
        told: vec![],
        attested: Some("danh mục".into()),
        attach: vec![],
        label: None,
    };
    lead.open_consultation(request).await.unwrap().0
}

/// What the owner of a home is told so long after the question.
fn told(engine: &mut Engine, ms: u64) -> Vec<(Stage, bool)> {
    engine.set_clock_ahead(i64::try_from(ms).unwrap());
    let due = engine.take_reminders().unwrap();
    engine.set_clock_ahead(0);
    let pair = |it: Reminder| (it.stage, it.to_lead);
    due.into_iter().map(pair).collect()
}

#[tokio::test]
async fn each_is_told_in_turn_once_over_restarts_and_nobody_once_it_is_answered() {
    let scene = scene().await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let mut lead = scene.ready(LEAD).await;
    let consultation = ask(&mut lead, stream, Urgency::Khan).await;
    again(&mut lan).await;
    let (mut duty, mut deputy) = (scene.ready(DUTY).await, scene.ready(DEPUTY).await);

    let after = |hours: u64| hours * HOUR + MINUTE;
    assert_eq!(told(&mut lan, 4 * HOUR), []);
    assert_eq!(told(&mut lan, after(5)), [(Stage::Half, false)]);
    for other in [&mut deputy, &mut duty, &mut lead] {
        assert_eq!(told(other, after(5)), []);
    }
    // Over a restart nothing comes twice, and the next is still to come.
    drop(lan);
    let mut lan = scene.ready(0).await;
    assert_eq!(told(&mut lan, after(5)), []);
    assert_eq!(told(&mut lan, after(8)), [(Stage::ThreeQuarters, false)]);
    assert_eq!(told(&mut deputy, after(8)), [(Stage::ThreeQuarters, false)]);
    assert_eq!(told(&mut duty, after(8)), []);
    assert_eq!(told(&mut lead, after(8)), [(Stage::ThreeQuarters, true)]);
    assert_eq!(told(&mut duty, after(9)), [(Stage::NineTenths, false)]);

    let next = |engine: &Engine| engine.next_reminder(stream, consultation).unwrap().tells;
    assert!(next(&lan).is_some() && next(&lead).is_some());
    let answer = Answer {
        position: Position::Agree,
        capacity: OpinionCapacity::Agency,
        text: None,
        acting_for: Some("mofa/main".parse().unwrap()),
        attach: vec![],
    };
    deputy.answer(stream, consultation, answer).await.unwrap();
    for engine in [&mut lan, &mut deputy, &mut lead] {
        again(engine).await;
        assert_eq!(next(engine), None);
        assert_eq!(told(engine, after(9)), []);
        assert_eq!(told(engine, after(10)), []);
    }
}

#[tokio::test]
async fn quiet_hours_are_kept_and_hold_back_everything_but_hoa_toc_until_they_end() {
    let scene = scene().await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let mut lead = scene.ready(LEAD).await;
    let held = ask(&mut lead, stream, Urgency::ThuongKhan).await;
    let urgent = ask(&mut lead, stream, Urgency::HoaToc).await;
    again(&mut lan).await;

    // Of the day in Hà Nội, so long from now.
    let minute =
        |hours: u64| u16::try_from((now_ms() / MINUTE + (7 + hours) * 60) % 1_440).unwrap();
    let settings = ReminderSettings {
        quiet: QuietHours::new(minute(4), minute(6)),
        quiet_days: false,
        sends: true,
    };
    assert!(settings.quiet.is_some());
    lan.set_reminder_settings(&settings).unwrap();
    drop(lan);
    let mut lan = scene.ready(0).await;
    assert_eq!(lan.reminder_settings().unwrap(), settings);

    lan.set_clock_ahead(i64::try_from(5 * HOUR + MINUTE).unwrap());
    assert!(lan.is_quiet().unwrap());
    let (now, next) = (lan.now(), |id| {
        let next = lan.next_reminder(stream, id).unwrap();
        next.tells.unwrap()
    });
    let waits = next(held) - now;
    assert!((50 * MINUTE..=HOUR).contains(&waits), "{waits}");
    assert!(next(urgent) - now < MINUTE);
    let urgencies = |engine: &mut Engine| {
        let due = engine.take_reminders().unwrap().into_iter();
        due.map(|it| it.urgency).collect::<Vec<_>>()
    };
    assert_eq!(urgencies(&mut lan), [Urgency::HoaToc]);
    lan.set_clock_ahead(i64::try_from(6 * HOUR + MINUTE).unwrap());
    assert!(!lan.is_quiet().unwrap());
    assert_eq!(urgencies(&mut lan), [Urgency::ThuongKhan]);
    assert_eq!(urgencies(&mut lan), []);
}

/// How far the server's clock is ahead (ms).
static AHEAD_MS: AtomicU64 = AtomicU64::new(0);

fn later() -> u64 {
    now_ms() + AHEAD_MS.load(Ordering::Relaxed)
}

/// Moves all clocks to so long after the start.
fn forward(engines: [&mut Engine; 2], ms: u64) {
    AHEAD_MS.store(ms, Ordering::Relaxed);
    for engine in engines {
        engine.set_clock_ahead(i64::try_from(ms).unwrap());
    }
}

#[tokio::test]
async fn two_devices_of_the_lead_remind_once_for_each_stage_and_only_where_switched_on() {
    let mut scene = scene().await;
    scene.stop().await;
    scene.clock_ms = later;
    scene.start().await;
    let mut lan = scene.ready(0).await;
    let stream = channel(&scene, &mut lan).await;
    let mut one = scene.ready(LEAD).await;
    let consultation = ask(&mut one, stream, Urgency::Khan).await;
    let mut two = scene.ready(LEAD_TOO).await;
    let reminders = |engine: &Engine| {
        let view = engine.consultation(stream, consultation).unwrap();
        let acts = view.consultation.acts().iter();
        acts.filter(|act| act.kind == EntryType::ConsultationRemind)
            .count()
    };

    // Off until somebody switches it on.
    forward([&mut one, &mut two], 7 * HOUR + 31 * MINUTE);
    again(&mut one).await;
    one.send_reminders().await.unwrap();
    again(&mut one).await;
    assert_eq!(reminders(&one), 0);
    let settings = ReminderSettings {
        sends: true,
        ..one.reminder_settings().unwrap()
    };
    for engine in [&mut one, &mut two] {
        engine.set_reminder_settings(&settings).unwrap();
        again(engine).await;
    }

    // The other has not read that the first has reminded.
    one.send_reminders().await.unwrap();
    two.send_reminders().await.unwrap();
    for engine in [&mut one, &mut two] {
        again(engine).await;
        assert_eq!(reminders(engine), 1);
    }
    // Nor later, nor after a restart.
    drop(one);
    let mut one = scene.ready(LEAD).await;
    forward([&mut one, &mut two], 8 * HOUR);
    for engine in [&mut one, &mut two] {
        again(engine).await;
        engine.send_reminders().await.unwrap();
        again(engine).await;
        assert_eq!(reminders(engine), 1);
    }
    // Once more at the deadline, by whichever comes first.
    forward([&mut one, &mut two], 10 * HOUR + MINUTE);
    for engine in [&mut two, &mut one] {
        again(engine).await;
    }
    two.send_reminders().await.unwrap();
    one.send_reminders().await.unwrap();
    for engine in [&mut one, &mut two] {
        again(engine).await;
        assert_eq!(reminders(engine), 2);
        let next = engine.next_reminder(stream, consultation).unwrap();
        assert_eq!(next.sends, None);
    }
    // Lan does not lead: switched on, nothing is sent.
    lan.set_reminder_settings(&settings).unwrap();
    lan.set_clock_ahead(i64::try_from(10 * HOUR + 5 * MINUTE).unwrap());
    again(&mut lan).await;
    assert_eq!(lan.next_reminder(stream, consultation).unwrap().sends, None);
}
