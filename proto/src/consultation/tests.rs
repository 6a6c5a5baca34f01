use super::*;
use crate::calendar::WorkingDays;
use crate::cbor;
use crate::channel::{
    Actor, Channel, ChannelEffect, Founding, History, MemberAdd, Scope, ScopeKind,
};
use crate::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use crate::directory::{
    Agency, AgencyKind, Directory, Official, Seat, SeatAppoint, SeatRole, Signers, Statement,
};
use crate::directory::{Capacity, Field, FieldDecided, FieldDecision, FieldStep};
use crate::id::{DeviceId, Salt, StreamId};
use crate::label::Label;
use crate::limits::{CONSULTED_MAX, DEADLINE_AHEAD_MS_MAX, REMIND_INTERVAL_MS_MIN};

mod notices;
mod templates;

const STREAM: StreamId = StreamId([9; 16]);
const ID: ConsultationId = ConsultationId([5; 16]);
const START: u64 = 1_000_000;
const HOUR: u64 = 3_600_000;

/// official, seat, holds it as, speaks for the agency.
const PEOPLE: &[(&str, &str, SeatRole, bool)] = &[
    ("lan@mofa", "mofa/main", SeatRole::Primary, true),
    ("thu@mofa", "mofa/secretariat", SeatRole::Primary, true),
    ("minh@moit", "moit/main", SeatRole::Primary, true),
    ("ha@moit", "moit/main", SeatRole::Deputy, true),
    ("tu@moit", "moit/main", SeatRole::Deputy, false),
    ("an@mof", "mof/main", SeatRole::Primary, true),
    ("dai@mission", "mission/main", SeatRole::Primary, true),
];
/// Holds a seat and is no member of the channel.
const OUTSIDER: (&str, &str, SeatRole, bool) = ("xa@mps", "mps/main", SeatRole::Primary, true);

/// A directory, a channel, and a clock.
struct World {
    directory: Directory,
    channel: Channel,
    time: u64,
    seq: u64,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            directory: Directory::default(),
            channel: Channel::new(STREAM),
            time: START,
            seq: 0,
        };
        for (id, kind, leads) in [
            ("mofa", AgencyKind::Bo, vec![Scope::coordinator()]),
            ("moit", AgencyKind::Bo, vec![Scope::pillar("aec")]),
            ("mof", AgencyKind::Bo, vec![]),
            ("mps", AgencyKind::Bo, vec![]),
            ("mission", AgencyKind::PhaiDoan, vec![]),
        ] {
            world.state(Statement::Agency(Agency {
                id: id.parse().unwrap(),
                kind,
                name_vi: String::new(),
                name_en: String::new(),
                leads,
            }));
        }
        for (official, seat, role, speak_for) in PEOPLE.iter().chain([&OUTSIDER]) {
            world.seat(official, seat, *role, *speak_for);
        }
        let founding = Founding {
            founder: "mofa".parse().unwrap(),
            basis: String::new(),
            scope: Scope::coordinator(),
            label: Label::Restricted,
            members: ["mofa", "moit", "mof", "mission", "mps"]
                .iter()
                .map(|id| id.parse().unwrap())
                .collect(),
            retention_days: 1,
            history: History::Nothing,
            from: 0,
            review: 0,
            key_commitment: Hash([0; 32]),
            sealed: Hash([0; 32]),
            boxes: vec![],
        };
        let founder = "lan@mofa".parse().unwrap();
        let founded = ChannelEffect::Founded(Box::new(founding), founder);
        world.channel.apply(founded, 0, 0, Hash([0; 32]));
        for (official, ..) in PEOPLE {
            let add = MemberAdd {
                official: official.parse().unwrap(),
                history: History::Nothing,
                from: None,
                to: None,
                reason: String::new(),
            };
            let added = ChannelEffect::MemberAdded(add);
            world.channel.apply(added, 0, 0, Hash([0; 32]));
        }
        world
    }

    fn state(&mut self, statement: Statement) {
        let seq = self.directory.size();
        self.directory.push_head(Hash([7; 32]));
        self.directory.apply(statement, Signers::Root, seq);
    }

    fn seat(&mut self, official: &str, seat: &str, role: SeatRole, speak_for: bool) {
        self.state(Statement::Official(Official {
            id: official.parse().unwrap(),
            name: Hash([7; 32]),
        }));
        self.state(Statement::Seat(Seat {
            id: seat.parse().unwrap(),
            purpose: String::new(),
        }));
        self.state(Statement::SeatAppoint(SeatAppoint {
            seat: seat.parse().unwrap(),
            official: official.parse().unwrap(),
            role,
            from: 0,
            until: None,
            speak_for,
        }));
    }

    fn field(&mut self, initiator: &str) {
        let capacity = |agency: &str, pillar: &str| Capacity {
            agency: agency.parse().unwrap(),
            pillar: pillar.to_owned(),
        };
        self.state(Statement::Field(Field {
            id: "digital".parse().unwrap(),
            kind: ScopeKind::CrossPillar,
            name_vi: String::new(),
            name_en: String::new(),
            lead: "moit".parse().unwrap(),
            supporting: vec!["mission".parse().unwrap()],
            capacities: vec![capacity("moit", "aec"), capacity("mof", "apsc")],
            initiator: Some(initiator.parse().unwrap()),
            basis: String::new(),
        }));
    }

    fn judge(&self, official: &str, kind: EntryType, act: &Act) -> Result<(), ConsultationError> {
        let owner: OfficialId = official.parse().unwrap();
        let actor = Actor {
            at: self.directory.now(),
            time: self.time,
            device: DeviceId([1; 16]),
            official: &owner,
        };
        self.channel
            .consultations()
            .judge(&actor, &self.channel, kind, act)
    }

    /// Judges and applies; the hash of record n is n.
    fn act(
        &mut self,
        official: &str,
        kind: EntryType,
        act: Act,
    ) -> Result<Hash, ConsultationError> {
        self.judge(official, kind, &act)?;
        self.seq += 1;
        let mut record = Hash([0; 32]);
        record.0[..8].copy_from_slice(&self.seq.to_be_bytes());
        let effect = ChannelEffect::Acted(kind, Box::new(act), official.parse().unwrap());
        self.channel.apply(effect, self.seq, self.time, record);
        Ok(record)
    }

    fn consultation(&self) -> &Consultation {
        self.channel.consultations().of_id(&ID).unwrap()
    }

    fn state_now(&self) -> ConsultationState {
        self.consultation().state(self.time)
    }

    fn open(&mut self, asked: &[&str]) {
        let act = opening(asked, &[], self.time + HOUR);
        self.act("lan@mofa", EntryType::ConsultationOpen, act)
            .unwrap();
    }

    /// An act of `seat` on the current question.
    fn on(&self, seat: &str) -> Act {
        Act {
            on: Some(self.consultation().question()),
            ..blank(seat)
        }
    }

    /// An answer of `official` at `seat` that replaces what is current.
    fn answer(&self, official: &str, seat: &str, capacity: OpinionCapacity) -> Act {
        let owner = official.parse().unwrap();
        let current = self
            .consultation()
            .current(&seat.parse().unwrap(), capacity, &owner);
        Act {
            capacity,
            supersedes: current.map(|act| act.record),
            ..self.on(seat)
        }
    }

    fn answered(&mut self, official: &str, seat: &str) -> Hash {
        let act = self.answer(official, seat, OpinionCapacity::Agency);
        self.act(official, EntryType::Answer, act).unwrap()
    }

    fn dated(&self, deadline: u64) -> Act {
        Act {
            deadline: Some(deadline),
            ..self.on("mofa/main")
        }
    }

    fn conclusion(&self) -> Act {
        let opinions = self.consultation().opinions();
        Act {
            counts: Some(opinions.values().map(|act| act.record).collect()),
            ..self.on("mofa/main")
        }
    }
}

fn blank(seat: &str) -> Act {
    Act {
        consultation: ID,
        seat: seat.parse().unwrap(),
        capacity: OpinionCapacity::Agency,
        deadline: None,
        on: None,
        supersedes: None,
        counts: None,
        terms: None,
    }
}

fn seats(ids: &[&str]) -> Vec<SeatId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn opening(asked: &[&str], told: &[&str], deadline: u64) -> Act {
    Act {
        deadline: Some(deadline),
        terms: Some(Terms {
            template: 1,
            urgency: Urgency::HoaToc,
            asked: seats(asked),
            told: seats(told),
            about: None,
            instrument: None,
            list: "Quyết định 1178/QĐ-TTg".to_owned(),
        }),
        ..blank("mofa/main")
    }
}

fn with_terms(act: Act, change: impl FnOnce(&mut Terms)) -> Act {
    let mut terms = act.terms.clone().unwrap();
    change(&mut terms);
    Act {
        terms: Some(terms),
        ..act
    }
}

#[test]
fn it_is_collected_completed_and_concluded() {
    let mut world = World::new();
    world.open(&["moit/main", "mof/main"]);
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    let first = world.answered("minh@moit", "moit/main");
    assert_eq!(
        world.judge(
            "lan@mofa",
            EntryType::ConsultationConclude,
            &world.conclusion()
        ),
        Err(ConsultationError::Awaited)
    );
    let second = world.answered("an@mof", "mof/main");
    assert_eq!(world.state_now(), ConsultationState::Complete);
    let conclusion = world.conclusion();
    // By seat: mof before moit.
    assert_eq!(conclusion.counts, Some(vec![second, first]));
    for counts in [
        None,
        Some(vec![second]),
        Some(vec![first, second]),
        Some(vec![second, first, first]),
        Some(vec![]),
    ] {
        let facts = counts.is_none();
        let act = Act {
            counts,
            ..conclusion.clone()
        };
        let refused = world.judge("lan@mofa", EntryType::ConsultationConclude, &act);
        let expected = if facts {
            ConsultationError::Facts
        } else {
            ConsultationError::Counts
        };
        assert_eq!(refused, Err(expected));
    }
    world
        .act("lan@mofa", EntryType::ConsultationConclude, conclusion)
        .unwrap();
    assert_eq!(world.state_now(), ConsultationState::Concluded);
    let late = world.answer("an@mof", "mof/main", OpinionCapacity::Agency);
    assert_eq!(
        world.judge("an@mof", EntryType::Answer, &late),
        Err(ConsultationError::Ended)
    );
}

#[test]
fn w2_silence_is_never_consent_and_late_is_late() {
    let mut world = World::new();
    world.open(&["moit/main", "mof/main"]);
    world.answered("minh@moit", "moit/main");
    world.time += HOUR - 1;
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    world.time += 1;
    assert_eq!(world.state_now(), ConsultationState::Overdue);
    let counts = world.conclusion().counts.unwrap();
    assert_eq!(counts.len(), 1, "who is silent is not counted");
    world.answered("an@mof", "mof/main");
    let consultation = world.consultation();
    let late: Vec<bool> = ["moit/main", "mof/main"]
        .iter()
        .map(|seat| {
            let event = consultation.event(&seat.parse().unwrap(), EntryType::Answer);
            consultation.is_late(event.unwrap())
        })
        .collect();
    assert_eq!(late, [false, true]);
    assert_eq!(world.state_now(), ConsultationState::Complete);
}

#[test]
fn e4_only_who_speaks_for_the_agency_gives_its_opinion_and_revisions_are_kept() {
    let mut world = World::new();
    world.open(&["moit/main"]);
    let plain = world.answer("tu@moit", "moit/main", OpinionCapacity::Agency);
    assert_eq!(
        world.judge("tu@moit", EntryType::Answer, &plain),
        Err(ConsultationError::Capacity)
    );
    // A personal opinion is kept and counts for nothing.
    let personal = world.answer("tu@moit", "moit/main", OpinionCapacity::Personal);
    world.act("tu@moit", EntryType::Answer, personal).unwrap();
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    let first = world.answered("minh@moit", "moit/main");
    let stale = Act {
        supersedes: None,
        ..world.answer("ha@moit", "moit/main", OpinionCapacity::Agency)
    };
    assert_eq!(
        world.judge("ha@moit", EntryType::Answer, &stale),
        Err(ConsultationError::StaleOpinion)
    );
    // The deputy revises what the primary said.
    let second = world.answered("ha@moit", "moit/main");
    let seat: SeatId = "moit/main".parse().unwrap();
    let kept: Vec<Hash> = world
        .consultation()
        .revisions(&seat)
        .map(|act| act.record)
        .collect();
    assert_eq!(kept, [first, second]);
    assert_eq!(world.conclusion().counts, Some(vec![second]));
}

#[test]
fn nobody_acts_in_the_name_of_another_seat() {
    let mut world = World::new();
    world.open(&["moit/main", "mof/main"]);
    for kind in [
        EntryType::Answer,
        EntryType::Delivered,
        EntryType::Viewed,
        EntryType::Acknowledged,
    ] {
        let act = world.on("moit/main");
        assert_eq!(
            world.judge("an@mof", kind, &act),
            Err(ConsultationError::OtherSeat)
        );
    }
    for kind in [
        EntryType::ConsultationExtend,
        EntryType::ConsultationRemind,
        EntryType::ConsultationWithdraw,
        EntryType::ConsultationConclude,
        EntryType::QuestionRevise,
    ] {
        let act = world.on("moit/main");
        assert_eq!(
            world.judge("minh@moit", kind, &act),
            Err(ConsultationError::NotTheLead)
        );
    }
    let not_asked = world.on("mofa/secretariat");
    assert_eq!(
        world.judge("thu@mofa", EntryType::Answer, &not_asked),
        Err(ConsultationError::NotAsked)
    );
}

#[test]
fn each_event_is_there_once_for_a_seat_and_cannot_be_an_opinion() {
    let mut world = World::new();
    let act = opening(&["moit/main"], &["mofa/secretariat"], START + HOUR);
    world
        .act("lan@mofa", EntryType::ConsultationOpen, act)
        .unwrap();
    for (official, seat) in [("minh@moit", "moit/main"), ("thu@mofa", "mofa/secretariat")] {
        for kind in [
            EntryType::Delivered,
            EntryType::Viewed,
            EntryType::Acknowledged,
        ] {
            let agency = world.on(seat);
            assert_eq!(
                world.judge(official, kind, &agency),
                Err(ConsultationError::Facts)
            );
            let act = Act {
                capacity: OpinionCapacity::Unit,
                ..agency
            };
            world.act(official, kind, act.clone()).unwrap();
            assert_eq!(
                world.judge(official, kind, &act),
                Err(ConsultationError::Repeated)
            );
            let seat = seat.parse().unwrap();
            assert!(world.consultation().event(&seat, kind).is_some());
        }
    }
    assert_eq!(world.state_now(), ConsultationState::Collecting);
}

#[test]
fn a_revised_question_is_answered_anew() {
    let mut world = World::new();
    world.open(&["moit/main"]);
    let stale = world.answer("minh@moit", "moit/main", OpinionCapacity::Agency);
    world.answered("minh@moit", "moit/main");
    let revise = world.dated(world.time + 2 * HOUR);
    world
        .act("lan@mofa", EntryType::QuestionRevise, revise)
        .unwrap();
    assert_eq!(world.state_now(), ConsultationState::Collecting);
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &stale),
        Err(ConsultationError::StaleQuestion)
    );
    world.answered("minh@moit", "moit/main");
    assert_eq!(world.state_now(), ConsultationState::Complete);
    assert_eq!(world.conclusion().counts.unwrap().len(), 1);
}

#[test]
fn deadlines_lie_ahead_and_move_only_forward() {
    let mut world = World::new();
    let (start, nearest) = (world.time, world.time + 10_000);
    for (deadline, fits) in [
        (start - 1, false),
        (nearest - 1, false),
        (nearest, true),
        (start + DEADLINE_AHEAD_MS_MAX, true),
        (start + DEADLINE_AHEAD_MS_MAX + 1, false),
    ] {
        let act = opening(&["moit/main"], &[], deadline);
        let judged = world.judge("lan@mofa", EntryType::ConsultationOpen, &act);
        assert_eq!(judged.is_ok(), fits, "{deadline}");
    }
    world.open(&["moit/main"]);
    let end = start + HOUR;
    let extend = EntryType::ConsultationExtend;
    let reopen = EntryType::ConsultationReopen;
    assert_eq!(
        world.judge("lan@mofa", extend, &world.dated(end)),
        Err(ConsultationError::Deadline)
    );
    assert_eq!(
        world.judge("lan@mofa", reopen, &world.dated(end + 1)),
        Err(ConsultationError::Order)
    );
    let longer = world.dated(end + HOUR);
    world.act("lan@mofa", extend, longer).unwrap();
    world.time = end + HOUR;
    assert_eq!(world.state_now(), ConsultationState::Overdue);
    let again = world.dated(end + 3 * HOUR);
    assert_eq!(
        world.judge("lan@mofa", extend, &again),
        Err(ConsultationError::Order)
    );
    world.act("lan@mofa", reopen, again).unwrap();
    assert_eq!(world.state_now(), ConsultationState::Collecting);
}

#[test]
fn a_reminder_is_for_somebody_and_not_too_often() {
    let mut world = World::new();
    world.open(&["moit/main", "mof/main"]);
    world.answered("minh@moit", "moit/main");
    let awaited: Vec<&SeatId> = world.consultation().awaited().collect();
    assert_eq!(awaited, [&"mof/main".parse::<SeatId>().unwrap()]);
    let remind = world.on("mofa/main");
    let kind = EntryType::ConsultationRemind;
    world.act("lan@mofa", kind, remind.clone()).unwrap();
    world.time += REMIND_INTERVAL_MS_MIN - 1;
    assert_eq!(
        world.judge("lan@mofa", kind, &remind),
        Err(ConsultationError::TooSoon)
    );
    world.time += 1;
    assert_eq!(world.judge("lan@mofa", kind, &remind), Ok(()));
    world.answered("an@mof", "mof/main");
    assert_eq!(
        world.judge("lan@mofa", kind, &remind),
        Err(ConsultationError::NobodyAwaited)
    );
}

#[test]
fn who_is_asked_is_known_reads_the_channel_and_stands_there_once() {
    let world = World::new();
    let open = |act: &Act| world.judge("lan@mofa", EntryType::ConsultationOpen, act);
    let asks = |asked: &[&str], told: &[&str]| open(&opening(asked, told, START + HOUR));
    assert_eq!(asks(&[], &["moit/main"]), Err(ConsultationError::Asked));
    for twice in [
        &["moit/main", "moit/main"][..],
        &["moit/main", "moit/other"],
        &["mofa/main"],
        &["mofa/secretariat"],
    ] {
        assert_eq!(asks(twice, &[]), Err(ConsultationError::Asked), "{twice:?}");
    }
    let both = asks(&["moit/main"], &["moit/main"]);
    assert_eq!(both, Err(ConsultationError::Asked));
    let many: Vec<String> = (0..=CONSULTED_MAX).map(|n| format!("a{n}/main")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(asks(&many, &[]), Err(ConsultationError::Asked));
    // Unknown; a seat that is none; an agency whose seat no member of the channel holds.
    for unknown in ["moj/main", "moit/other", "mps/main"] {
        let refused = asks(&[unknown], &[]);
        assert_eq!(refused, Err(ConsultationError::UnknownAgency), "{unknown}");
    }
    let future = with_terms(opening(&["moit/main"], &[], START + HOUR), |terms| {
        terms.template = 99;
    });
    let unknown = ConsultationError::UnknownTemplate { got: 99 };
    assert_eq!(open(&future), Err(unknown));
}

#[test]
fn r18_2_the_secretariat_is_told_whatever_goes_to_the_mission() {
    let world = World::new();
    let asks = |asked: &[&str], told: &[&str]| {
        let act = opening(asked, told, START + HOUR);
        world.judge("lan@mofa", EntryType::ConsultationOpen, &act)
    };
    let missing = Err(ConsultationError::Secretariat);
    assert_eq!(asks(&["mission/main"], &[]), missing);
    assert_eq!(asks(&["moit/main"], &["mission/main"]), missing);
    assert_eq!(asks(&["mission/main"], &["mofa/secretariat"]), Ok(()));
    assert_eq!(
        ConsultationError::Secretariat.article(),
        Some("khoản 2 Điều 18")
    );
}

#[test]
fn r2_4_the_secretariat_is_a_seat_of_the_coordinator() {
    let world = World::new();
    let seat = secretariat(&world.directory.now()).unwrap();
    assert_eq!(
        (seat.as_str(), seat.agency().as_str()),
        ("mofa/secretariat", "mofa")
    );
    // What it says, it says for the Ministry: the two are never asked as two agencies.
    let both = opening(&["mofa/secretariat", "mof/main"], &[], START + HOUR);
    assert_eq!(
        world.judge("lan@mofa", EntryType::ConsultationOpen, &both),
        Err(ConsultationError::Asked)
    );
}

#[test]
fn s7_who_asks_attests_by_a_list_that_no_state_secret_is_in_it() {
    let world = World::new();
    let open = |list: &str| {
        let act = with_terms(opening(&["moit/main"], &[], START + HOUR), |terms| {
            list.clone_into(&mut terms.list);
        });
        world.judge("lan@mofa", EntryType::ConsultationOpen, &act)
    };
    for list in ["", " ", &"x".repeat(201)] {
        assert_eq!(open(list), Err(ConsultationError::Attestation), "{list}");
    }
    assert_eq!(open("Quyết định 1178/QĐ-TTg"), Ok(()));
}

#[test]
fn u1_the_mark_is_one_of_four_and_set_by_who_asks() {
    let marks: Vec<&str> = Urgency::ALL.iter().map(|mark| mark.as_str()).collect();
    assert_eq!(marks, ["normal", "khan", "thuong_khan", "hoa_toc"]);
    let mut world = World::new();
    world.open(&["moit/main"]);
    // Nobody who is asked raises it: terms are of the opening alone.
    let raised = Act {
        terms: opening(&["mof/main"], &[], START + HOUR).terms,
        ..world.on("moit/main")
    };
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &raised),
        Err(ConsultationError::Facts)
    );
}

#[test]
fn an_act_carries_the_facts_of_its_kind_and_no_others() {
    let mut world = World::new();
    world.open(&["moit/main"]);
    let again = opening(&["moit/main"], &[], START + HOUR);
    assert_eq!(
        world.judge("lan@mofa", EntryType::ConsultationOpen, &again),
        Err(ConsultationError::Exists)
    );
    let unknown = Act {
        consultation: ConsultationId([6; 16]),
        ..world.on("moit/main")
    };
    assert_eq!(
        world.judge("minh@moit", EntryType::Answer, &unknown),
        Err(ConsultationError::Unknown)
    );
    let hash = Some(Hash([1; 32]));
    let wrong = [
        (
            EntryType::Answer,
            "minh@moit",
            Act {
                deadline: Some(START + HOUR),
                ..world.on("moit/main")
            },
        ),
        (
            EntryType::Answer,
            "minh@moit",
            Act {
                counts: Some(vec![]),
                ..world.on("moit/main")
            },
        ),
        (
            EntryType::Answer,
            "minh@moit",
            Act {
                terms: again.terms.clone(),
                ..world.on("moit/main")
            },
        ),
        (
            EntryType::ConsultationRemind,
            "lan@mofa",
            Act {
                supersedes: hash,
                ..world.on("mofa/main")
            },
        ),
        (
            EntryType::ConsultationRemind,
            "lan@mofa",
            world.dated(START + HOUR),
        ),
        (
            EntryType::ConsultationExtend,
            "lan@mofa",
            world.on("mofa/main"),
        ),
        (
            EntryType::ConsultationWithdraw,
            "lan@mofa",
            world.conclusion(),
        ),
    ];
    for (kind, official, act) in wrong {
        let refused = world.judge(official, kind, &act);
        assert_eq!(refused, Err(ConsultationError::Facts), "{kind:?} {act:?}");
    }
    let withdraw = world.on("mofa/main");
    world
        .act("lan@mofa", EntryType::ConsultationWithdraw, withdraw)
        .unwrap();
    assert_eq!(world.state_now(), ConsultationState::Withdrawn);
}

#[test]
fn r4_4_what_an_act_says_has_its_parts() {
    let content = |parts: &[(PartRole, &str)]| {
        let parts = parts
            .iter()
            .map(|(role, text)| {
                Part::inline(
                    *role,
                    TEXT_MEDIA_TYPE,
                    text.as_bytes().to_vec(),
                    Salt([1; 32]),
                )
            })
            .collect();
        Content::new(Salt([2; 32]), parts)
    };
    let terms = opening(&[], &[], START).terms.unwrap();
    let value = |text: &'static str| (PartRole::OpinionValue, text);
    let missing = |role| Err(ContentError::Missing { role });
    for (kind, parts, verdict) in [
        (
            EntryType::ConsultationOpen,
            vec![
                (PartRole::Title, "t"),
                (PartRole::Question, "q"),
                (PartRole::Reason, "r"),
            ],
            Ok(()),
        ),
        (
            EntryType::ConsultationOpen,
            vec![
                (PartRole::Title, "t"),
                (PartRole::Question, "q"),
                (PartRole::Reason, " \n"),
            ],
            missing(PartRole::Reason),
        ),
        (EntryType::Answer, vec![value("agree")], Ok(())),
        (
            EntryType::Answer,
            vec![value("perhaps")],
            missing(PartRole::OpinionValue),
        ),
        (
            EntryType::Answer,
            vec![value("agree"), value("disagree")],
            missing(PartRole::OpinionValue),
        ),
        (
            EntryType::Answer,
            vec![value("disagree")],
            missing(PartRole::OpinionText),
        ),
        (
            EntryType::Answer,
            vec![value("agree_with_comments"), (PartRole::OpinionText, "but")],
            Ok(()),
        ),
        (
            EntryType::Answer,
            vec![
                value("agree"),
                (PartRole::OpinionText, "a"),
                (PartRole::OpinionText, "b"),
            ],
            missing(PartRole::OpinionText),
        ),
        (
            EntryType::ConsultationWithdraw,
            vec![(PartRole::Text, "x")],
            missing(PartRole::Reason),
        ),
        (EntryType::Message, vec![(PartRole::Text, "")], Ok(())),
    ] {
        let judged = check_content(kind, &terms, &content(&parts));
        assert_eq!(judged, verdict, "{kind:?} {parts:?}");
    }
}
