//! Random acts by random agencies through whole clients and the server, held against a plain model of the rules.
//!
//! A history is a handful of acts behind a bad network, some by clients that have not read on, whose clocks are wrong, or that
//! nothing reaches for a while, some written offline, between restarts of clients and the server. After each, all members see
//! the same; now and then, and at the end, so does the auditor. `MODEL_HISTORIES` and `MODEL_SEED` choose how many and which
//! (tests/soak).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use thamvan_audit::{CopyContents, Pins, RecordContents, StreamContents, Tiles, Verdict, examine};
use thamvan_engine::{Answer, AuditLog, ConsultationView, Engine, EngineError, OpenRequest};
use thamvan_proto::consultation::{
    ConsultationState, Form, Instrument, Letter, LetterStatus, OpinionCapacity, Position, Template,
    Urgency,
};
use thamvan_proto::directory::Statement;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, SeatId, StreamId};
use thamvan_proto::tlog::Hash;
use thamvan_tests::fuzz::mutate::Random;
use tokio::task::LocalSet;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::log_lines::Errors;
use crate::scene::{BINH, HOA, Scene, again, auditor_role, now_ms, seated};
use crate::weather::{Sky, Weather};

/// Who acts: two who speak for the ministry that leads, and one of each that is asked.
const OWNERS: [&str; 6] = [LAN, APPROVER, ADMIN, HOA, MINH, BINH];
const MEMBERS: [usize; 4] = [0, 3, 4, 5];
const AUDITOR: usize = 1;
const SEATS: [&str; 2] = ["moit/main", "moha/main"];

/// A consultation as the rules say it must be, in the plainest form.
#[derive(Clone, Debug)]
struct Plain {
    form: Form,
    asked: Vec<&'static str>,
    deadline: u64,
    /// Text of each answer to the current question, with how often the seat has answered any.
    answers: BTreeMap<&'static str, (Position, String)>,
    given: BTreeMap<&'static str, usize>,
    acknowledged: BTreeSet<&'static str>,
    reminded: Option<u64>,
    ended: Option<ConsultationState>,
    /// Once it was handed over: whether nothing was added since.
    archived: Option<bool>,
}

impl Plain {
    fn state(&self, time: u64) -> ConsultationState {
        match self.ended {
            _ if self.archived.is_some() => ConsultationState::Archived,
            Some(ended) => ended,
            None if self.is_complete() => ConsultationState::Complete,
            None if time >= self.deadline => ConsultationState::Overdue,
            None => ConsultationState::Collecting,
        }
    }

    fn is_complete(&self) -> bool {
        let done = match self.form {
            Form::Notice => self.acknowledged.len(),
            Form::Consultation | Form::Request => self.answers.len(),
        };
        done == self.asked.len()
    }

    fn is_open(&self) -> bool {
        self.ended.is_none() && self.archived.is_none()
    }

    /// Whether the rules allow `step` of a seat at `time`.
    fn allows(&self, step: Step, seat: &'static str, time: u64) -> bool {
        let leads = seat == LEAD;
        let is_consultation = self.form == Form::Consultation;
        let waits = !self.is_complete();
        match step {
            Step::Export => return leads || self.asked.contains(&seat),
            Step::Letter => return leads && is_consultation,
            Step::Archive => {
                let is_over = self.ended.is_some() || !is_consultation && !waits;
                return leads && is_over && self.archived != Some(true);
            }
            _ => {}
        }
        self.is_open()
            && match step {
                Step::Answer => self.form != Form::Notice && self.asked.contains(&seat),
                Step::Acknowledge => {
                    self.asked.contains(&seat) && !self.acknowledged.contains(seat)
                }
                Step::Remind => {
                    leads && waits && self.reminded.is_none_or(|last| time >= last + 60_000)
                }
                Step::Extend | Step::Reopen => {
                    let fits = (step == Step::Extend) == (time < self.deadline);
                    leads && fits && (is_consultation || waits)
                }
                Step::Revise | Step::Withdraw => leads,
                Step::Conclude => {
                    let collecting = self.state(time) == ConsultationState::Collecting;
                    leads && is_consultation && !collecting
                }
                Step::Letter | Step::Export | Step::Archive => unreachable!("judged above"),
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
    Letter,
    Export,
    Archive,
}

const STEPS: [Step; 16] = [
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
    Step::Letter,
    Step::Export,
    Step::Archive,
    Step::Archive,
];

/// How often what is worth trying happened.
#[derive(Debug, Default)]
struct Count {
    done: usize,
    refused: usize,
    /// Acts whose connection broke, and what came of them.
    broken: [usize; 2],
}

struct World {
    scene: Scene,
    sky: Sky,
    weather: Weather,
    /// How far the clock of a member is ahead (ms), where it is wrong.
    clocks: BTreeMap<usize, i64>,
    count: Count,
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
    let errors = Errors::watch();
    LocalSet::new()
        .run_until(async {
            let mut world = World::new(seed).await;
            for history in 0..histories {
                world.history().await;
                if history % 100 == 99 {
                    world.audit().await;
                }
            }
            world.agree(true).await;
            world.audit().await;
            println!("{:?}", world.count);
        })
        .await;
    errors.none();
}

/// What the network is like in most histories: quick, so that there is time for many, but nothing on it is certain.
const USUAL: Weather = Weather {
    broken: 2,
    ..Weather::CALM
};
/// What it is like in some.
const STORM: Weather = Weather {
    latency: Duration::from_millis(4),
    lost: 100,
    broken: 10,
};

impl World {
    async fn new(seed: u64) -> Self {
        let owners = SEATS.iter().zip([MINH, BINH]);
        let mut more: Vec<Statement> = owners
            .flat_map(|(seat, official)| seated(seat, official))
            .collect();
        more.push(auditor_role(APPROVER));
        let mut scene = Scene::stated(&OWNERS, more).await;
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
            engine.disconnect();
        }
        let sky = Sky::over(&mut scene, seed, USUAL).await;
        Self {
            scene,
            sky,
            weather: USUAL,
            clocks: BTreeMap::new(),
            count: Count::default(),
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
        self.weather = if self.draw(15) == 0 { STORM } else { USUAL };
        self.sky.set(self.weather);
        match self.draw(40) {
            0 => {
                self.scene.restart().await;
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
        let open = self.plain.values().filter(|it| it.is_open()).count();
        if open < 4 {
            self.open().await;
        }
        let written = (self.draw(4) == 0).then(|| self.pick());
        if let Some(place) = written {
            self.answer_offline(place).await;
        }
        let wrong = (self.draw(4) == 0).then(|| self.pick());
        if let Some(place) = wrong {
            let day = 86_400_000;
            let ahead = [-day, -20_000, 20_000, day][self.draw(4)];
            self.set_clock(place, ahead);
        }
        for _ in 0..3 + self.draw(3) {
            let place = self.pick();
            if Some(place) == written {
                continue;
            }
            if self.draw(2) == 0 {
                self.read_on(place).await;
            }
            if self.draw(20) == 0 {
                self.sky.set(Weather::DARK);
            }
            if self.draw(5) == 0 {
                self.message(place).await;
            } else {
                self.step(place).await;
            }
        }
        if let Some(place) = wrong {
            self.set_clock(place, 0);
        }
        self.agree(false).await;
    }

    fn set_clock(&mut self, place: usize, ahead: i64) {
        if ahead == 0 {
            self.clocks.remove(&place);
        } else {
            self.clocks.insert(place, ahead);
        }
        let engine = self.homes.get_mut(&place).unwrap();
        engine.set_clock_ahead(ahead);
    }

    async fn read_on(&mut self, place: usize) {
        self.sky.set(self.weather);
        let engine = self.homes.get_mut(&place).unwrap();
        engine.disconnect();
        settle(engine).await;
        self.stale.remove(&place);
    }

    /// Everybody but `place` may now be behind.
    fn moved(&mut self, place: usize) {
        self.stale.extend(MEMBERS);
        self.stale.remove(&place);
    }

    async fn open(&mut self) {
        let place = [0, 3][self.draw(2)];
        let asked = match self.draw(3) {
            0 => vec![SEATS[0]],
            1 => vec![SEATS[1]],
            _ => SEATS.to_vec(),
        };
        let title = format!("tiêu đề {}", self.plain.len());
        let (template, instrument) = [
            ("general", None),
            ("policy_8_1", None),
            ("meeting_14", Some(Instrument::Treaty)),
            ("notice_5_1", None),
            ("request_5_4", None),
        ][self.draw(5)];
        let template = Template::of_id(template).unwrap();
        // Some run out while the test runs, others do not.
        let far = self.random.below(2) == 0;
        let deadline = now_ms() + if far { 3_600_000 } else { 15_000 };
        let engine = self.homes.get_mut(&place).unwrap();
        let request = OpenRequest {
            channel: self.stream,
            template,
            about: None,
            instrument,
            letter: instrument.map(|_| letter(LetterStatus::WillFollow, "")),
            title: title.clone(),
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
        let consultation = loop {
            match engine.open_consultation(request.clone()).await {
                Ok((consultation, _)) => break consultation,
                Err(error) if is_broken(&error) => settle(engine).await,
                Err(error) => panic!("{error}"),
            }
            if let Ok((_, consultation)) = engine.find_consultation(&title) {
                break consultation;
            }
        };
        let plain = Plain {
            form: template.form,
            asked,
            deadline,
            answers: BTreeMap::new(),
            given: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            reminded: None,
            ended: None,
            archived: None,
        };
        self.plain.insert(consultation, plain);
        self.moved(place);
    }

    async fn message(&mut self, place: usize) {
        let text = format!("tin {} của {place}", self.messages.len());
        let (stream, is_wrong) = (self.stream, self.clocks.contains_key(&place));
        let sent = loop {
            let engine = self.homes.get_mut(&place).unwrap();
            match engine.send(stream, &text, None).await {
                Ok(_) => break true,
                Err(error) if is_broken(&error) => {}
                // What a clock says that is a day ahead, the log does not take.
                Err(error) if error.is_refusal() && is_wrong => {
                    drop_waiting(engine);
                    break false;
                }
                Err(error) => panic!("{error}"),
            }
            self.sky.set(self.weather);
            let engine = self.homes.get_mut(&place).unwrap();
            settle(engine).await;
            if texts_of(engine, stream).last() == Some(&text) {
                break true;
            }
            if is_wrong {
                drop_waiting(engine);
                break false;
            }
        };
        if sent {
            self.messages.push(text);
        }
        self.moved(place);
    }

    /// A consultation, mostly one that goes on.
    fn any(&mut self) -> Option<ConsultationId> {
        let open: Vec<ConsultationId> = self
            .plain
            .iter()
            .filter(|(_, plain)| plain.is_open())
            .map(|(id, _)| *id)
            .collect();
        let all: Vec<ConsultationId> = self.plain.keys().copied().collect();
        let from = if self.draw(5) == 0 || open.is_empty() {
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
        let is_wrong = self.clocks.contains_key(&place);
        let done = self.act_through(place, consultation, step).await;
        let now = now_ms();
        let plain = self.plain.get_mut(&consultation).unwrap();
        let near = now.abs_diff(plain.deadline) < 5_000;
        let allowed = plain.allows(step, seat_of(place), now);
        match done {
            Ok(Said { text, deadline }) => {
                self.count.done += 1;
                assert!(allowed || near, "{step:?} by {place}: {plain:?}");
                plain.take(step, seat_of(place), now, text, deadline);
                self.moved(place);
            }
            Err(error) => {
                self.count.refused += 1;
                assert!(error.is_refusal(), "{step:?} by {place}: {error}");
                assert!(
                    !allowed || was_stale || is_wrong || near,
                    "{step:?} by {place}: {error}: {plain:?}"
                );
                // What waits for a right clock would be done later, when nobody here thinks of it any more.
                if is_wrong {
                    drop_waiting(self.homes.get_mut(&place).unwrap());
                }
                // What was refused stays in nobody's way.
                self.moved(place);
                self.read_on(place).await;
            }
        }
    }

    /// An act whose connection may break: what had left the device is in the log once, or is done again.
    async fn act_through(
        &mut self,
        place: usize,
        consultation: ConsultationId,
        step: Step,
    ) -> Result<Said, EngineError> {
        loop {
            let before = self.acts_of(place, consultation);
            let (said, done) = self.act(place, consultation, step).await;
            if !done.as_ref().is_err_and(is_broken) {
                return done.map(|()| said);
            }
            self.read_on(place).await;
            let is_there = self.acts_of(place, consultation) > before;
            self.count.broken[usize::from(is_there)] += 1;
            if is_there {
                return Ok(said);
            }
        }
    }

    /// How many acts of a member's official are in the consultation, as it has read it, without what its device does by itself.
    fn acts_of(&self, place: usize, consultation: ConsultationId) -> usize {
        let engine = &self.homes[&place];
        let view = engine.consultation(self.stream, consultation);
        let timeline = view.map(|view| view.timeline).unwrap_or_default();
        let own = timeline
            .iter()
            .filter(|act| act.official == id(OWNERS[place]) && act.kind != EntryType::Delivered);
        own.count()
    }

    async fn act(
        &mut self,
        place: usize,
        consultation: ConsultationId,
        step: Step,
    ) -> (Said, Result<(), EngineError>) {
        let stream = self.stream;
        let answer = self.answer(consultation);
        let far = self.random.below(2) == 0;
        let engine = self.homes.get_mut(&place).unwrap();
        let wait = if far { 7_200_000 } else { 20_000 };
        let later = engine
            .consultation(stream, consultation)
            .map_or(0, |view| view.consultation.deadline())
            .max(now_ms())
            + wait;
        let mut said = Said {
            text: None,
            deadline: None,
        };
        let done = match step {
            Step::Answer => {
                said.text = Some((answer.position, answer.text.clone().unwrap_or_default()));
                engine.answer(stream, consultation, answer).await
            }
            Step::Acknowledge => engine.acknowledge(stream, consultation).await,
            Step::Remind => engine.remind(stream, consultation).await,
            Step::Extend | Step::Reopen => {
                let kind = if step == Step::Extend {
                    EntryType::ConsultationExtend
                } else {
                    EntryType::ConsultationReopen
                };
                said.deadline = Some(later);
                engine
                    .set_deadline(stream, consultation, kind, later, "lý do")
                    .await
            }
            Step::Revise => {
                said.deadline = Some(later);
                engine
                    .revise_question(stream, consultation, later, "câu hỏi mới", "lý do")
                    .await
            }
            Step::Conclude => engine.conclude(stream, consultation, "kết luận").await,
            Step::Withdraw => engine.withdraw(stream, consultation, "lý do").await,
            Step::Letter => {
                let sent = letter(LetterStatus::Sent, "12/BNG-AP ngày 01/12/2026");
                engine.record_letter(stream, consultation, &sent).await
            }
            Step::Export => {
                let manifest = Hash([7; 32]);
                engine
                    .record_export(stream, consultation, &manifest, "lý do")
                    .await
            }
            Step::Archive => {
                let manifest = Hash([8; 32]);
                engine.record_archive(stream, consultation, &manifest).await
            }
        };
        (said, done.map(|_| ()))
    }

    fn answer(&mut self, consultation: ConsultationId) -> Answer {
        let fitting = match self.plain[&consultation].form {
            // Nothing answers a notice: whatever is tried is refused.
            Form::Notice => Position::ALL,
            form => Position::of_form(form),
        };
        let position = fitting[self.draw(fitting.len())];
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
        let answer = self.answer(consultation);
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
            let done = self.act_through(lead, consultation, step).await;
            if let Ok(Said { text, deadline }) = done {
                let now = now_ms();
                let plain = self.plain.get_mut(&consultation).unwrap();
                plain.take(step, LEAD, now, text, deadline);
            }
        }
        let before = self.plain[&consultation].clone();
        let engine = self.homes.get_mut(&place).unwrap();
        settle(engine).await;
        let view = engine.consultation(stream, consultation).unwrap();
        let given = view
            .consultation
            .revisions(&seat.parse::<SeatId>().unwrap())
            .count();
        let had = before.given.get(seat).copied().unwrap_or_default();
        let now = now_ms();
        let plain = self.plain.get_mut(&consultation).unwrap();
        if given > had {
            assert!(plain.allows(Step::Answer, seat, now), "{plain:?}");
            plain.take(Step::Answer, seat, now, Some(text), None);
        } else {
            let last = view.timeline.last().unwrap().kind;
            let moved_on = !before.is_open() || last == EntryType::QuestionRevise;
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
            if !all && !plain.is_open() {
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
        let mut auditor = self.scene.open(AUDITOR);
        let log = loop {
            settle(&mut auditor).await;
            match auditor.audit_log(|_| false).await {
                Ok(log) => break log,
                Err(error) => assert!(is_broken(&error), "{error}"),
            }
        };
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
            // Its time is that of the last record, which may stand before a deadline that has just passed.
            let plain = &self.plain[&id];
            let now = self.homes[&0].now();
            if now.abs_diff(plain.deadline) > 60_000 {
                assert_eq!(facts.state, plain.state(now).as_str(), "{plain:?}");
            }
            for (facts, seat) in facts.agencies.iter().zip(&view.seats) {
                let answered = seat.answered.as_ref().map(|act| entry(act.seq));
                assert_eq!((&facts.answered, facts.late), (&answered, seat.late));
                assert_eq!(facts.position, None);
            }
        }
    }
}

fn is_broken(error: &EngineError) -> bool {
    matches!(error, EngineError::Unreachable { .. })
}

/// Reads on and sends what waits, over as many connections as that takes.
async fn settle(engine: &mut Engine) {
    loop {
        let done = match engine.sync().await {
            Ok(()) => engine.flush_outbox().await,
            other => other,
        };
        match done {
            Ok(()) => return,
            // The clock is wrong: what waits goes on waiting.
            Err(error) if error.is_refusal() => return,
            Err(error) => assert!(is_broken(&error), "{error}"),
        }
        engine.disconnect();
    }
}

fn drop_waiting(engine: &mut Engine) {
    for waiting in engine.outbox().unwrap() {
        engine.drop_outgoing(waiting.id).unwrap();
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

fn letter(status: LetterStatus, number: &str) -> Letter {
    Letter {
        status,
        number: number.to_owned(),
        dossier: None,
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
            Step::Letter => self.archived = self.archived.map(|_| false),
            Step::Export => {}
            Step::Archive => self.archived = Some(true),
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
            assert!(!self.is_open() || seat.delivered.is_some(), "{name}");
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
