//! Random acts by random agencies through whole clients and the server, held against a plain model of the rules.
//!
//! A history is a handful of acts, some by clients that have not read on, some written offline, between restarts of clients and
//! the server. After each, all members see the same; now and then, and at the end, so does the auditor. `MODEL_HISTORIES` and
//! `MODEL_SEED` choose how many and which (tests/soak).

use std::collections::{BTreeMap, BTreeSet};

use thamvan_audit::{CopyContents, Pins, RecordContents, StreamContents, Tiles, Verdict, examine};
use thamvan_engine::{Answer, AuditLog, ConsultationView, Engine, EngineError, OpenRequest};
use thamvan_proto::consultation::{
    ConsultationState, OpinionCapacity, Position, Template, Urgency,
};
use thamvan_proto::directory::{Seat, SeatAppoint, SeatRole, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, SeatId, StreamId};
use thamvan_tests::fuzz::mutate::Random;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{BINH, HOA, Scene, again, auditor_role};

/// Who acts: two who speak for the ministry that leads, and one of each that is asked.
const OWNERS: [&str; 6] = [LAN, APPROVER, ADMIN, HOA, MINH, BINH];
const MEMBERS: [usize; 4] = [0, 3, 4, 5];
const AUDITOR: usize = 1;
const SEATS: [&str; 2] = ["moit/main", "moha/main"];

/// A consultation as the rules say it must be, in the plainest form.
#[derive(Clone, Debug)]
struct Plain {
    asked: Vec<&'static str>,
    deadline: u64,
    /// Text of each answer to the current question, with how often the seat has answered any.
    answers: BTreeMap<&'static str, (Position, String)>,
    given: BTreeMap<&'static str, usize>,
    acknowledged: BTreeSet<&'static str>,
    reminded: Option<u64>,
    ended: Option<ConsultationState>,
}

impl Plain {
    fn state(&self, time: u64) -> ConsultationState {
        match self.ended {
            Some(ended) => ended,
            None if self.answers.len() == self.asked.len() => ConsultationState::Complete,
            None if time >= self.deadline => ConsultationState::Overdue,
            None => ConsultationState::Collecting,
        }
    }

    /// Whether the rules allow `step` of a seat at `time`.
    fn allows(&self, step: Step, seat: &'static str, time: u64) -> bool {
        let leads = seat == LEAD;
        let open = self.ended.is_none();
        let waits = self.answers.len() < self.asked.len();
        open && match step {
            Step::Answer => self.asked.contains(&seat),
            Step::Acknowledge => self.asked.contains(&seat) && !self.acknowledged.contains(seat),
            Step::Remind => {
                leads && waits && self.reminded.is_none_or(|last| time >= last + 60_000)
            }
            Step::Extend => leads && time < self.deadline,
            Step::Reopen => leads && time >= self.deadline,
            Step::Revise | Step::Withdraw => leads,
            Step::Conclude => leads && self.state(time) != ConsultationState::Collecting,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Answer,
    Acknowledge,
    Remind,
    Extend,
    Reopen,
    Revise,
    Conclude,
    Withdraw,
}

const STEPS: [Step; 12] = [
    Step::Answer,
    Step::Answer,
    Step::Answer,
    Step::Answer,
    Step::Acknowledge,
    Step::Acknowledge,
    Step::Remind,
    Step::Extend,
    Step::Reopen,
    Step::Revise,
    Step::Conclude,
    Step::Withdraw,
];

struct World {
    scene: Scene,
    homes: BTreeMap<usize, Engine>,
    stream: StreamId,
    plain: BTreeMap<ConsultationId, Plain>,
    messages: Vec<String>,
    random: Random,
    /// Members who may have missed something.
    stale: BTreeSet<usize>,
}

#[tokio::test]
async fn random_histories_end_alike_for_members_and_auditor() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("MODEL_SEED").unwrap_or(20_261_126);
    let histories = number("MODEL_HISTORIES").unwrap_or(300);
    println!("MODEL_SEED={seed} MODEL_HISTORIES={histories}");
    let mut world = World::new(seed).await;
    for history in 0..histories {
        world.history().await;
        if history % 100 == 99 {
            world.audit().await;
        }
    }
    world.agree(true).await;
    world.audit().await;
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut more: Vec<Statement> = SEATS
            .iter()
            .map(|seat| {
                Statement::Seat(Seat {
                    id: seat.parse().unwrap(),
                    purpose: String::new(),
                })
            })
            .collect();
        for (seat, official) in SEATS.iter().zip([MINH, BINH]) {
            more.push(Statement::SeatAppoint(SeatAppoint {
                seat: seat.parse().unwrap(),
                official: id(official),
                role: SeatRole::Primary,
                from: 0,
                until: None,
                speak_for: true,
            }));
        }
        more.push(auditor_role(APPROVER));
        let scene = Scene::stated(&OWNERS, more).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let mut homes = BTreeMap::new();
        for place in MEMBERS {
            if place != 0 {
                let engine = scene.ready(place).await;
                homes.insert(place, engine);
                lan.add_member(stream, id(OWNERS[place])).await.unwrap();
            }
        }
        homes.insert(0, lan);
        for engine in homes.values_mut() {
            again(engine).await;
        }
        Self {
            scene,
            homes,
            stream,
            plain: BTreeMap::new(),
            messages: Vec::new(),
            random: Random(seed),
            stale: BTreeSet::new(),
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        self.random.below(below)
    }

    fn pick(&mut self) -> usize {
        let n = self.draw(MEMBERS.len());
        MEMBERS[n]
    }

    /// Some acts by some members, with what can happen between them.
    async fn history(&mut self) {
        match self.draw(40) {
            0 => {
                self.scene.restart().await;
                // What a broken connection does to what is under way is tried elsewhere (`converge`, `network`).
                for place in MEMBERS {
                    self.read_on(place).await;
                }
            }
            1 | 2 => {
                let place = self.pick();
                // The lock goes with the engine.
                drop(self.homes.remove(&place));
                self.homes.insert(place, self.scene.open(place));
                self.read_on(place).await;
            }
            _ => {}
        }
        let open = self.plain.values().filter(|it| it.ended.is_none()).count();
        if open < 4 {
            self.open().await;
        }
        let written = (self.draw(4) == 0).then(|| self.pick());
        if let Some(place) = written {
            self.answer_offline(place).await;
        }
        for _ in 0..3 + self.draw(3) {
            let place = self.pick();
            if Some(place) == written {
                continue;
            }
            if self.draw(2) == 0 {
                self.read_on(place).await;
            }
            if self.draw(5) == 0 {
                self.message(place).await;
            } else {
                self.step(place).await;
            }
        }
        self.agree(false).await;
    }

    async fn read_on(&mut self, place: usize) {
        again(self.homes.get_mut(&place).unwrap()).await;
        self.stale.remove(&place);
    }

    /// Everybody but `place` may now be behind.
    fn moved(&mut self, place: usize) {
        self.stale.extend(MEMBERS);
        self.stale.remove(&place);
    }

    async fn online(&mut self, place: usize) {
        let engine = self.homes.get_mut(&place).unwrap();
        // A connection that a restart ended is told from one that lives only by using it.
        if engine.sync().await.is_err() {
            again(engine).await;
        }
    }

    async fn open(&mut self) {
        let place = [0, 3][self.draw(2)];
        self.online(place).await;
        let asked = match self.draw(3) {
            0 => vec![SEATS[0]],
            1 => vec![SEATS[1]],
            _ => SEATS.to_vec(),
        };
        let engine = self.homes.get_mut(&place).unwrap();
        // Some run out while the test runs, others do not.
        let far = self.random.below(2) == 0;
        let deadline = engine.now() + if far { 3_600_000 } else { 15_000 };
        let request = OpenRequest {
            channel: self.stream,
            template: Template::of_id("general").unwrap(),
            field: None,
            title: format!("tiêu đề {}", self.plain.len()),
            question: "câu hỏi".into(),
            reason: "lý do".into(),
            urgency: Urgency::HoaToc,
            deadline,
            asked: asked.iter().map(|seat| seat.parse().unwrap()).collect(),
            told: vec![],
            attested: Some("danh mục".into()),
            attach: vec![],
            label: None,
        };
        let (consultation, _) = engine.open_consultation(request).await.unwrap();
        let plain = Plain {
            asked,
            deadline,
            answers: BTreeMap::new(),
            given: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            reminded: None,
            ended: None,
        };
        self.plain.insert(consultation, plain);
        self.moved(place);
    }

    async fn message(&mut self, place: usize) {
        self.online(place).await;
        let text = format!("tin {}", self.messages.len());
        let engine = self.homes.get_mut(&place).unwrap();
        engine.send(self.stream, &text, None).await.unwrap();
        self.messages.push(text);
        self.moved(place);
    }

    /// A consultation, mostly one that goes on.
    fn any(&mut self) -> Option<ConsultationId> {
        let open: Vec<ConsultationId> = self
            .plain
            .iter()
            .filter(|(_, plain)| plain.ended.is_none())
            .map(|(id, _)| *id)
            .collect();
        let all: Vec<ConsultationId> = self.plain.keys().copied().collect();
        let from = if self.draw(10) == 0 || open.is_empty() {
            all
        } else {
            open
        };
        let place = self.draw(from.len());
        from.get(place).copied()
    }

    async fn step(&mut self, place: usize) {
        let Some(consultation) = self.any() else {
            return;
        };
        let draw = self.draw(STEPS.len());
        let step = STEPS[draw];
        if self.homes[&place]
            .consultation(self.stream, consultation)
            .is_err()
        {
            // It has not read so far.
            self.read_on(place).await;
        }
        let was_stale = self.stale.contains(&place);
        let done = self.act(place, consultation, step).await;
        let engine = &self.homes[&place];
        let now = engine.now();
        let plain = self.plain.get_mut(&consultation).unwrap();
        let near = now.abs_diff(plain.deadline) < 5_000;
        let allowed = plain.allows(step, seat_of(place), now);
        match done {
            Ok(Said { text, deadline }) => {
                assert!(allowed || near, "{step:?} by {place}: {plain:?}");
                plain.take(step, seat_of(place), now, text, deadline);
                self.moved(place);
            }
            Err(error) => {
                assert!(error.is_refusal(), "{step:?} by {place}: {error}");
                assert!(
                    !allowed || was_stale || near,
                    "{step:?} by {place}: {error}: {plain:?}"
                );
                // What was refused stays in nobody's way.
                self.moved(place);
                self.read_on(place).await;
            }
        }
    }

    async fn act(
        &mut self,
        place: usize,
        consultation: ConsultationId,
        step: Step,
    ) -> Result<Said, EngineError> {
        let stream = self.stream;
        let answer = self.answer();
        let far = self.random.below(2) == 0;
        let engine = self.homes.get_mut(&place).unwrap();
        let wait = if far { 7_200_000 } else { 20_000 };
        let later = engine
            .consultation(stream, consultation)
            .map_or(0, |view| view.consultation.deadline())
            .max(engine.now())
            + wait;
        let mut said = Said {
            text: None,
            deadline: None,
        };
        match step {
            Step::Answer => {
                said.text = Some((answer.position, answer.text.clone().unwrap_or_default()));
                engine.answer(stream, consultation, answer).await?;
            }
            Step::Acknowledge => {
                engine.acknowledge(stream, consultation).await?;
            }
            Step::Remind => {
                engine.remind(stream, consultation).await?;
            }
            Step::Extend | Step::Reopen => {
                let kind = if step == Step::Extend {
                    EntryType::ConsultationExtend
                } else {
                    EntryType::ConsultationReopen
                };
                said.deadline = Some(later);
                engine
                    .set_deadline(stream, consultation, kind, later, "lý do")
                    .await?;
            }
            Step::Revise => {
                said.deadline = Some(later);
                engine
                    .revise_question(stream, consultation, later, "câu hỏi mới", "lý do")
                    .await?;
            }
            Step::Conclude => {
                engine.conclude(stream, consultation, "kết luận").await?;
            }
            Step::Withdraw => {
                engine.withdraw(stream, consultation, "lý do").await?;
            }
        }
        Ok(said)
    }

    fn answer(&mut self) -> Answer {
        let position = Position::ALL[self.draw(Position::ALL.len())];
        Answer {
            position,
            capacity: OpinionCapacity::Agency,
            text: position
                .needs_text()
                .then(|| format!("ý {}", self.random.below(1_000_000))),
            acting_for: None,
            attach: vec![],
        }
    }

    /// An answer written without a connection: it goes out later if it still fits then, and else is refused with its reason.
    async fn answer_offline(&mut self, place: usize) {
        self.read_on(place).await;
        let Some(consultation) = self.any() else {
            return;
        };
        let (seat, stream) = (seat_of(place), self.stream);
        let answer = self.answer();
        let text = (answer.position, answer.text.clone().unwrap_or_default());
        let engine = self.homes.get_mut(&place).unwrap();
        engine.disconnect();
        match engine.answer(stream, consultation, answer).await {
            Err(EngineError::Unreachable { .. }) => {}
            Err(error) if error.is_refusal() => return,
            other => panic!("{other:?}"),
        }
        // Meanwhile the lead may have moved on.
        if self.draw(2) == 0 {
            let lead = if place == 0 { 3 } else { 0 };
            self.read_on(lead).await;
            let step = [Step::Revise, Step::Withdraw, Step::Extend][self.draw(3)];
            if let Ok(Said { text, deadline }) = self.act(lead, consultation, step).await {
                let now = self.homes[&lead].now();
                let plain = self.plain.get_mut(&consultation).unwrap();
                plain.take(step, LEAD, now, text, deadline);
            }
        }
        let before = self.plain[&consultation].clone();
        let engine = self.homes.get_mut(&place).unwrap();
        engine.sync().await.unwrap();
        engine.flush_outbox().await.unwrap();
        let view = engine.consultation(stream, consultation).unwrap();
        let given = view
            .consultation
            .revisions(&seat.parse::<SeatId>().unwrap())
            .count();
        let had = before.given.get(seat).copied().unwrap_or_default();
        let now = engine.now();
        let plain = self.plain.get_mut(&consultation).unwrap();
        if given > had {
            assert!(plain.allows(Step::Answer, seat, now), "{plain:?}");
            plain.take(Step::Answer, seat, now, Some(text), None);
        } else {
            let last = view.timeline.last().unwrap().kind;
            let moved_on = before.ended.is_some() || last == EntryType::QuestionRevise;
            let revised = view
                .timeline
                .iter()
                .any(|act| act.kind == EntryType::QuestionRevise);
            assert!(moved_on || revised, "an answer is gone: {before:?}");
        }
        self.moved(place);
    }

    /// Everybody has read everything: all have the same, and it is what the model says.
    async fn agree(&mut self, all: bool) {
        // A delivery that one notes is news for the others.
        for _ in 0..2 {
            for place in MEMBERS {
                self.read_on(place).await;
            }
        }
        for (id, plain) in &self.plain {
            if !all && plain.ended.is_some() {
                continue;
            }
            let views: Vec<ConsultationView> = MEMBERS
                .iter()
                .map(|place| self.homes[place].consultation(self.stream, *id).unwrap())
                .collect();
            let now = self.homes[&0].now();
            for view in &views {
                assert_eq!(view.consultation, views[0].consultation);
                assert_eq!(tally(view), tally(&views[0]));
            }
            plain.check(&views[0], now);
        }
        let transcript = texts_of(&self.homes[&0], self.stream);
        assert_eq!(transcript, self.messages);
        for place in MEMBERS {
            assert_eq!(texts_of(&self.homes[&place], self.stream), transcript);
        }
    }

    /// The auditor has the same states and events, and no word of it.
    async fn audit(&mut self) {
        let mut auditor = self.scene.ready(AUDITOR).await;
        let log = auditor.audit_log(|_| false).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy");
        thamvan_audit::write(&copy, &contents(log)).unwrap();
        let policy = std::fs::read_to_string(self.scene.dir.path().join("policy.txt")).unwrap();
        let pins = Pins::read(&policy, self.homes[&0].pinned().genesis).unwrap();
        let examined = examine(&copy, &pins).unwrap();
        // Nobody cosigns here, which is a warning.
        assert_eq!(examined.report.verdict, Verdict::Ok);
        assert_eq!(examined.facts.consultations.len(), self.plain.len());
        for facts in &examined.facts.consultations {
            let id = facts.id.parse().unwrap();
            let view = self.homes[&0].consultation(self.stream, id).unwrap();
            let entry = |seq: u64| format!("{}/{seq}", self.stream);
            let acts: Vec<(String, &str)> = view
                .timeline
                .iter()
                .map(|act| (entry(act.seq), act.kind.as_str()))
                .collect();
            let seen: Vec<(String, &str)> = facts
                .timeline
                .iter()
                .map(|act| (act.entry.clone(), act.kind))
                .collect();
            assert_eq!(seen, acts);
            for (facts, seat) in facts.agencies.iter().zip(&view.seats) {
                let answered = seat.answered.as_ref().map(|act| entry(act.seq));
                assert_eq!((&facts.answered, facts.late), (&answered, seat.late));
                assert_eq!(facts.position, None);
            }
        }
    }
}

fn contents(log: AuditLog) -> CopyContents<'static> {
    let streams = log.streams.into_iter().map(|stream| {
        let records = stream.records.into_iter().map(|it| RecordContents {
            index: it.index,
            record: it.record,
            body: it.body,
        });
        let contents = StreamContents {
            key: stream.key,
            records: records.collect(),
            sides: stream.sides,
        };
        (stream.stream, contents)
    });
    CopyContents {
        checkpoint: log.checkpoint,
        shard: 0,
        streams: streams.collect(),
        tiles: Tiles::FromRecords,
    }
}

/// What an act said that succeeded.
struct Said {
    text: Option<(Position, String)>,
    deadline: Option<u64>,
}

impl Plain {
    fn take(
        &mut self,
        step: Step,
        seat: &'static str,
        time: u64,
        text: Option<(Position, String)>,
        deadline: Option<u64>,
    ) {
        self.deadline = deadline.unwrap_or(self.deadline);
        match step {
            Step::Answer => {
                self.answers.insert(seat, text.unwrap());
                *self.given.entry(seat).or_default() += 1;
            }
            Step::Acknowledge => {
                self.acknowledged.insert(seat);
            }
            Step::Remind => self.reminded = Some(time),
            Step::Revise => {
                self.answers.clear();
                self.acknowledged.clear();
            }
            Step::Extend | Step::Reopen => {}
            Step::Conclude => self.ended = Some(ConsultationState::Concluded),
            Step::Withdraw => self.ended = Some(ConsultationState::Withdrawn),
        }
    }

    /// A view is what the rules say.
    fn check(&self, view: &ConsultationView, now: u64) {
        if now.abs_diff(self.deadline) > 5_000 {
            assert_eq!(view.state, self.state(now), "{self:?}");
        }
        assert_eq!(view.consultation.deadline(), self.deadline);
        for seat in &view.seats {
            let name = seat.seat.as_str();
            let expected = self.answers.get(name);
            let said = seat.answered.as_ref().map(|act| {
                let text = act.text.clone().unwrap_or_default();
                (act.position.unwrap(), text)
            });
            assert_eq!(said.as_ref(), expected, "{name}");
            let given = self.given.get(name).copied().unwrap_or_default();
            assert_eq!(seat.revision, given, "{name}");
            let acknowledged = self.acknowledged.contains(name);
            assert_eq!(seat.acknowledged.is_some(), acknowledged, "{name}");
            // Everybody is online: whatever goes on has reached everybody who is asked.
            assert!(self.ended.is_some() || seat.delivered.is_some(), "{name}");
        }
        if let Some(conclusion) = &view.conclusion {
            let dissents: Vec<String> = conclusion
                .dissents
                .iter()
                .map(|one| one.text.clone())
                .collect();
            let disagree = self
                .answers
                .values()
                .filter(|(position, _)| *position == Position::Disagree);
            let mut expected: Vec<String> = disagree.map(|(_, text)| text.clone()).collect();
            expected.sort();
            let mut said = dissents;
            said.sort();
            assert_eq!(said, expected);
            assert_eq!(conclusion.counted.len(), self.answers.len());
        }
    }
}

fn tally(view: &ConsultationView) -> Vec<(String, Option<Position>, Option<String>)> {
    view.seats
        .iter()
        .map(|seat| {
            let answer = seat.answered.as_ref();
            (
                seat.seat.to_string(),
                answer.and_then(|act| act.position),
                answer.and_then(|act| act.text.clone()),
            )
        })
        .collect()
}

/// The messages that a home has, in the order of the log.
fn texts_of(engine: &Engine, stream: StreamId) -> Vec<String> {
    let items = engine.items(stream, 0).unwrap();
    let logged = items
        .into_iter()
        .filter(|item| item.seq.is_some() && item.kind == "message");
    logged.filter_map(|item| item.text).collect()
}

fn seat_of(place: usize) -> &'static str {
    match place {
        4 => SEATS[0],
        5 => SEATS[1],
        _ => LEAD,
    }
}

const LEAD: &str = "mofa/main";
