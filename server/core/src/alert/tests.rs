use thamvan_proto::cbor;
use thamvan_proto::consultation::{Act, OpinionCapacity, Terms};
use thamvan_proto::directory::{Seat, SeatAppoint, Statement};
use thamvan_proto::entry::{Facts, Header};
use thamvan_proto::frame::Null;
use thamvan_proto::tlog::Hash;

use super::*;
use crate::fixture::{APPROVER, Author, LAN, MINH, id};
use crate::world::{CHANNEL, NOW, World};

const MAIL: &[Way] = &[Way::Mail];
const BOTH: &[Way] = &[Way::Mail, Way::Command];

fn rules() -> Rules {
    Rules {
        marks: vec![Urgency::HoaToc, Urgency::ThuongKhan],
        offline_ms: 100,
        view_wait_ms: 1_000,
        escalate_after_ms: 10_000,
        repeat_ms: 5_000,
        times_max: 3,
    }
}

/// A seat with a primary and a deputy, called at 0.
struct Scene {
    connected: Vec<&'static str>,
    unreachable: Vec<(&'static str, Way)>,
    ways: &'static [Way],
    viewed: bool,
    history: History,
    started: u64,
    called: u64,
}

impl Scene {
    fn new() -> Self {
        Self {
            connected: Vec::new(),
            unreachable: Vec::new(),
            ways: MAIL,
            viewed: false,
            history: History::default(),
            started: 0,
            called: 0,
        }
    }

    fn due(&self, now: u64) -> Vec<Alert> {
        let seat = "moit/main".parse().unwrap();
        let wait = Wait {
            tag: Tag([1; 8]),
            seat: &seat,
            called: self.called,
            viewed: self.viewed,
            urgency: Urgency::HoaToc,
            deadline: 1_000_000,
            people: vec![
                (id(MINH), SeatRole::Primary),
                (id(APPROVER), SeatRole::Deputy),
            ],
        };
        let moment = Moment {
            now,
            started: self.started,
            is_connected: &|official| self.connected.contains(&official.as_str()),
            is_reachable: &|official, way| !self.unreachable.contains(&(official.as_str(), way)),
            ways: self.ways,
        };
        wait.due(&rules(), &moment, &self.history)
    }

    fn told(&self, now: u64) -> Vec<(Ring, Way)> {
        let alerts = self.due(now);
        let keys = alerts.iter().map(|alert| (alert.key.ring, alert.key.way));
        keys.collect()
    }

    /// Tries all that is due.
    fn try_all(&mut self, now: u64, reached: bool) -> usize {
        let due = self.due(now);
        for alert in &due {
            let attempt = Attempt { time: now, reached };
            self.history.add(alert.key.clone(), attempt);
        }
        due.len()
    }
}

#[test]
fn the_primary_is_told_then_the_deputy_too_and_each_so_often() {
    let mut scene = Scene::new();
    assert_eq!(scene.told(99), []);
    assert_eq!(scene.told(100), [(Ring::Primary, Way::Mail)]);
    assert_eq!(scene.due(100)[0].officials, [id(MINH)]);
    assert_eq!(scene.try_all(100, true), 1);
    assert_eq!(scene.told(5_099), []);
    assert_eq!(scene.try_all(5_100, true), 1);
    assert_eq!(scene.told(10_099), []);
    let both = [(Ring::Primary, Way::Mail), (Ring::Deputy, Way::Mail)];
    assert_eq!(scene.told(10_100), both);
    assert_eq!(scene.due(10_100)[1].officials, [id(APPROVER)]);
    let mut sent = 2;
    for now in (10_100..1_000_000).step_by(100) {
        sent += scene.try_all(now, true);
    }
    assert_eq!(sent, 6, "three for each");
    // Whatever calls the seat again begins anew.
    scene.called = 500_000;
    assert_eq!(scene.told(999_999), [(Ring::Primary, Way::Mail)]);
}

#[test]
fn who_is_connected_has_time_to_look_and_who_looks_is_left_alone() {
    let mut scene = Scene::new();
    scene.connected = vec![APPROVER];
    assert_eq!(scene.told(999), []);
    assert_eq!(scene.told(1_000).len(), 1);
    scene.viewed = true;
    assert_eq!(scene.told(1_000_000), []);
    // Seen, and gone without a word.
    scene.connected.clear();
    assert_eq!(scene.told(1_000).len(), 1);
}

#[test]
fn after_a_start_nobody_is_missed_at_once() {
    let mut scene = Scene::new();
    scene.started = 50_000;
    assert_eq!(scene.told(50_099), []);
    assert_eq!(scene.told(50_100).len(), 1);
}

#[test]
fn where_no_way_leads_to_the_primary_the_deputy_is_told_at_once() {
    let mut scene = Scene::new();
    scene.ways = BOTH;
    scene.unreachable = vec![(MINH, Way::Mail)];
    assert_eq!(scene.told(100), [(Ring::Primary, Way::Command)]);
    scene.unreachable.push((MINH, Way::Command));
    let deputy = [(Ring::Deputy, Way::Mail), (Ring::Deputy, Way::Command)];
    assert_eq!(scene.told(100), deputy);
    scene.ways = &[];
    assert_eq!(scene.told(100), []);
}

#[test]
fn a_way_that_fails_is_tried_again_so_often_and_stops_no_other() {
    let mut scene = Scene::new();
    scene.ways = BOTH;
    let failing = |alert: &Alert| alert.key.way == Way::Command;
    let (mut failed, mut reached) = (Vec::new(), 0);
    for now in (100..900_000).step_by(100) {
        for alert in scene.due(now) {
            if alert.key.ring == Ring::Deputy {
                continue;
            }
            let fails = failing(&alert);
            if fails {
                failed.push(now);
            } else {
                reached += 1;
            }
            let reached = !fails;
            scene.history.add(alert.key, Attempt { time: now, reached });
        }
    }
    assert_eq!(reached, 3);
    assert_eq!(failed.len(), ALERT_FAILURES_MAX);
    // Never more often than what succeeds is repeated.
    assert_eq!(failed[1] - failed[0], rules().repeat_ms);
    assert_eq!(retry_ms(1), ALERT_RETRY_MS_MIN);
    assert_eq!(retry_ms(3), 4 * ALERT_RETRY_MS_MIN);
    assert!(retry_ms(usize::MAX) > 0);
}

#[test]
fn a_seat_is_told_so_often_in_an_hour_whoever_opens_how_many() {
    let mut scene = Scene::new();
    for other in 0..ALERTS_PER_SEAT_HOUR_MAX {
        let key = Key {
            tag: Tag(u64::try_from(other + 1_000).unwrap().to_be_bytes()),
            seat: "moit/main".parse().unwrap(),
            ring: Ring::Primary,
            way: Way::Mail,
        };
        let time = 200;
        scene.history.add(
            key,
            Attempt {
                time,
                reached: true,
            },
        );
    }
    assert_eq!(scene.told(1_000), []);
    assert_eq!(scene.told(HOUR_MS + 200).len(), 1);
    // What has passed is forgotten, what may still alert is not.
    let of = Key {
        tag: Tag([1; 8]),
        seat: "moit/main".parse().unwrap(),
        ring: Ring::Primary,
        way: Way::Mail,
    };
    let live = BTreeSet::from([of.tag]);
    scene.history.add(
        of,
        Attempt {
            time: 1,
            reached: true,
        },
    );
    scene.history.keep(&live, 2 * HOUR_MS);
    assert_eq!(scene.history.0.len(), 1);
}

/// Ministries in the log itself: what calls, and what ends the calling.
#[test]
fn acts_in_the_log_call_a_seat_and_end_the_calling() {
    let (mut world, mut lan) = World::with_channel();
    world.add_minh(&mut lan);
    let seat = Statement::Seat(Seat {
        id: "moit/main".parse().unwrap(),
        purpose: "speaks for the agency".into(),
    });
    let primary = Statement::SeatAppoint(SeatAppoint {
        seat: "moit/main".parse().unwrap(),
        official: id(MINH),
        role: SeatRole::Primary,
        from: 0,
        until: None,
        speak_for: true,
    });
    let item = world.authority.state(vec![seat, primary], Vec::new(), NOW);
    world.operator(&item);
    assert_eq!(found(&world, NOW + 1_000), 0);
    let opening = Act {
        deadline: Some(NOW + 3_600_000),
        terms: Some(Terms {
            template: 1,
            urgency: Urgency::HoaToc,
            asked: vec!["moit/main".parse().unwrap()],
            told: vec![],
            about: None,
            instrument: None,
            list: "x".into(),
        }),
        ..act("mofa/main", OpinionCapacity::Agency, None)
    };
    let question = say(&mut world, &mut lan, EntryType::ConsultationOpen, opening);
    assert_eq!(found(&world, NOW + 99), 0);
    assert_eq!(found(&world, NOW + 100), 1);
    assert_eq!(found(&world, NOW + 3_600_000), 0, "the deadline has passed");
    let calm = Rules {
        marks: vec![Urgency::ThuongKhan],
        ..rules()
    };
    assert_eq!(found_by(&world, &calm, NOW + 100), 0);
    // The address of a record is of its consultation alone.
    let tags = [[1; 16], [2; 16]].map(|id| Tag::of(&CHANNEL, &ConsultationId(id)));
    assert_ne!(tags[0], tags[1]);

    let mut minh = world.minh.author(CHANNEL);
    let acknowledged = act("moit/main", OpinionCapacity::Unit, Some(question));
    say(&mut world, &mut minh, EntryType::Acknowledged, acknowledged);
    assert_eq!(found(&world, NOW + 100), 0);
    world.now += 1_000;
    let remind = act("mofa/main", OpinionCapacity::Agency, Some(question));
    say(&mut world, &mut lan, EntryType::ConsultationRemind, remind);
    assert_eq!(found(&world, NOW + 1_099), 0);
    assert_eq!(found(&world, NOW + 1_100), 1);
    let answer = act("moit/main", OpinionCapacity::Agency, Some(question));
    say(&mut world, &mut minh, EntryType::Answer, answer);
    assert_eq!(found(&world, NOW + 1_100), 0);
}

fn found(world: &World, now: u64) -> usize {
    found_by(world, &rules(), now)
}

fn found_by(world: &World, rules: &Rules, now: u64) -> usize {
    let moment = Moment {
        now,
        started: 0,
        is_connected: &|official| official.as_str() == LAN,
        is_reachable: &|_, _| true,
        ways: MAIL,
    };
    let history = History::default();
    let (alerts, _) = due(world.state.ledger(), rules, &moment, &history);
    let expected = [id(MINH)];
    assert!(alerts.iter().all(|alert| alert.officials == expected));
    alerts.len()
}

fn act(seat: &str, capacity: OpinionCapacity, on: Option<Hash>) -> Act {
    Act {
        consultation: ConsultationId([7; 16]),
        seat: seat.parse().unwrap(),
        capacity,
        deadline: None,
        on,
        supersedes: None,
        counts: None,
        terms: None,
    }
}

/// Says an act, under a body that only its head is looked at; gives the hash of its record.
fn say(world: &mut World, author: &mut Author, kind: EntryType, act: Act) -> Hash {
    let group = world.state.ledger().channel(&CHANNEL).unwrap().group();
    let epoch = group.unwrap().epoch.clone();
    let facts = author.facts(kind, world.now);
    let facts = Facts {
        act: Some(act),
        label: thamvan_proto::label::Label::Internal,
        group: kind.is_said().then(|| epoch.clone()),
        com: kind.is_said().then_some(Hash([3; 32])),
        ..facts
    };
    let header = Header::new(author.device, kind, &facts);
    let body = if kind.is_said() {
        private_message(&header.mls_authenticated_data(), epoch.epoch)
    } else {
        cbor::to_vec(&Null)
    };
    let entry = author.sign(&header, &body);
    world.send(author, &entry, &body, &[], None)
}

/// The head of a PrivateMessage with content (RFC 9420 §6.3), and nothing that could be decrypted.
fn private_message(authenticated_data: &[u8], epoch: u64) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 2, 20];
    bytes.extend_from_slice(&thamvan_proto::id::GroupId::new(CHANNEL, 0).0);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.push(1);
    let len = u16::try_from(authenticated_data.len()).unwrap();
    bytes.extend_from_slice(&(len | 0x4000).to_be_bytes());
    bytes.extend_from_slice(authenticated_data);
    bytes
}
