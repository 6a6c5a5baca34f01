use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::channel::{
    CommitBody, Founding, FoundingApprove, GroupStart, History, MemberAdd, MemberRemove, Scope,
    StreamOpen, Suite,
};
use crate::directory::{
    Accreditation, AccreditationEnd, Agency, AgencyKind, DeviceEnrol, Directory, Measure, Official,
    RoleGrant, Seat, SeatAppoint, SeatRole, Signers, Statement, StreamRegister,
};
use crate::entry::GroupEpoch;
use crate::id::{DeviceId, GroupId, PublicKey, StreamId, TicketId};
use crate::label::LabelError;
use crate::tlog::Hash;

const STREAM: StreamId = StreamId([9; 16]);
const KEY: Hash = Hash([7; 32]);
const START: u64 = 1_000;

/// Two who speak for mofa, one of moit, a national administrator of mofa, an approver of moit; each has the device of its number.
const PEOPLE: [&str; 5] = ["lan@mofa", "hoa@mofa", "minh@moit", "an@mofa", "binh@moit"];
const LAN: usize = 0;
const HOA: usize = 1;
const MINH: usize = 2;
const AN: usize = 3;
const BINH: usize = 4;

fn official(who: usize) -> OfficialId {
    PEOPLE[who].parse().unwrap()
}

fn device(who: usize) -> DeviceId {
    DeviceId([u8::try_from(who).unwrap() + 1; 16])
}

/// A directory, one channel, and a plain list of what was accepted, to hold the rules against.
struct World {
    directory: Directory,
    channel: Channel,
    time: u64,
    seq: u64,
    accredited: Vec<Accreditation>,
    authorised: Vec<Authorisation>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            directory: Directory::default(),
            channel: Channel::new(STREAM),
            time: START,
            seq: 0,
            accredited: vec![],
            authorised: vec![],
        };
        for (id, leads) in [("mofa", vec![Scope::coordinator()]), ("moit", vec![])] {
            world.state(Statement::Agency(Agency {
                id: id.parse().unwrap(),
                kind: AgencyKind::Bo,
                name_vi: String::new(),
                name_en: String::new(),
                leads,
            }));
        }
        world.state(Statement::Seat(Seat {
            id: "mofa/main".parse().unwrap(),
            purpose: String::new(),
        }));
        for who in 0..PEOPLE.len() {
            world.person(who);
        }
        for (role, who) in [(Role::NationalAdministrator, AN), (Role::Approver, BINH)] {
            world.state(Statement::RoleGrant(RoleGrant {
                role,
                official: official(who),
                scope: None,
                from: 0,
                until: None,
            }));
        }
        let register = StreamRegister {
            stream: STREAM,
            key_commitment: KEY,
        };
        world.directory.add_stream(register, 0);
        world
    }

    fn person(&mut self, who: usize) {
        self.state(Statement::Official(Official {
            id: official(who),
            name: KEY,
        }));
        self.state(Statement::DeviceEnrol(DeviceEnrol {
            device: device(who),
            official: official(who),
            seat: None,
            signing: PublicKey([0; 32]),
            mls: PublicKey([0; 32]),
            sealing: vec![].into(),
            name: String::new(),
            ticket: TicketId([0; 16]),
        }));
        if [LAN, HOA].contains(&who) {
            self.state(Statement::SeatAppoint(SeatAppoint {
                seat: "mofa/main".parse().unwrap(),
                official: official(who),
                role: SeatRole::Primary,
                from: 0,
                until: None,
                speak_for: true,
            }));
        }
    }

    fn state(&mut self, statement: Statement) {
        let seq = self.directory.size();
        self.directory.push_head(KEY);
        self.directory.apply(statement, Signers::Root, seq);
    }

    /// Judges with the entry's label and under the current ceiling, as the ledger does, and applies what is valid.
    fn act(&mut self, by: usize, label: Label, act: &Act) -> Result<(), ChannelError> {
        let at = self.directory.now();
        let owner = official(by);
        let actor = Actor {
            at,
            time: self.time,
            device: device(by),
            official: &owner,
        };
        let ends = matches!(act, Act::Remove(_) | Act::End(_));
        self.channel
            .judge_label(label, at.ceiling(self.time), ends)?;
        let effect = act.judge(&self.channel, &actor)?;
        self.seq += 1;
        self.channel.apply(effect, self.seq, self.time, KEY);
        Ok(())
    }

    fn plain(&mut self, by: usize, act: &Act) -> Result<(), ChannelError> {
        self.act(by, Label::Public, act)
    }

    fn accredit(&mut self, fact: Accreditation) {
        let statement = Statement::Accreditation(fact.clone());
        if self
            .directory
            .now()
            .fits(&statement, self.time, true)
            .is_ok()
        {
            self.state(statement);
            self.accredited.push(fact);
        }
    }

    fn end_accreditation(&mut self, number: String) {
        let statement = Statement::AccreditationEnd(AccreditationEnd {
            number: number.clone(),
            reason: String::new(),
        });
        if self
            .directory
            .now()
            .fits(&statement, self.time, true)
            .is_ok()
        {
            self.state(statement);
            self.accredited.retain(|fact| fact.number != number);
        }
    }

    /// Founded, approved and open, if the ceiling allows it.
    fn open(&mut self, label: Label) -> bool {
        let founded = self.plain(LAN, &Act::Found(label)).is_ok();
        assert_eq!(founded, label <= self.ceiling(), "{label}");
        if founded {
            self.plain(BINH, &Act::Approve).unwrap();
            self.plain(AN, &Act::Open).unwrap();
        }
        founded
    }

    // --- the rules once more, in the plainest form ---

    fn ceiling(&self) -> Label {
        let live = self.accredited.iter();
        live.filter(|fact| fact.from <= self.time && self.time < fact.until)
            .map(|fact| fact.level)
            .max()
            .unwrap_or(Label::Restricted)
            .max(Label::Restricted)
    }

    fn may_have(&self, who: usize) -> bool {
        let label = self.channel.founding().unwrap().label;
        let member = self.channel.members().contains_key(&official(who));
        let given = self.authorised.iter().any(|fact| {
            fact.official == official(who)
                && fact.level >= label
                && fact.from <= self.time
                && self.time < fact.until
        });
        member && (label <= Label::Restricted || (given && label <= self.ceiling()))
    }

    /// What must hold whatever was tried.
    fn check(&self) {
        let at = self.directory.now();
        assert_eq!(at.ceiling(self.time), self.ceiling());
        for (who, name) in PEOPLE.iter().enumerate() {
            let reader = self.channel.is_reader(&at, &device(who), self.time);
            assert_eq!(reader, self.may_have(who), "{name}");
            let delivered = self.channel.opens_to(&at, &official(who), self.time);
            let member = self.channel.members().contains_key(&official(who));
            let awaits = [LAN, HOA].contains(&who) && !member;
            assert_eq!(delivered, reader || awaits, "{name}");
        }
    }
}

/// What anybody, with whatever client, may try in the channel.
#[derive(Clone, Debug)]
enum Act {
    Found(Label),
    Approve,
    Open,
    Add(usize),
    Remove(usize),
    Authorise(Authorisation),
    End(usize),
    Start,
    Commit(Vec<usize>, Vec<usize>),
    Message,
}

impl Act {
    fn judge(&self, channel: &Channel, actor: &Actor<'_>) -> Result<ChannelEffect, ChannelError> {
        let by = actor.official.clone();
        let epoch = channel.group().map(|group| group.epoch.clone());
        Ok(match self {
            Self::Found(label) => {
                let founding = founding(*label);
                channel.judge_founding(actor, &founding)?;
                ChannelEffect::Founded(Box::new(founding), by)
            }
            Self::Approve => {
                channel.judge_approval(actor, &FoundingApprove { record: KEY })?;
                ChannelEffect::Approved(by)
            }
            Self::Open => {
                let open = StreamOpen {
                    founding: KEY,
                    approval: KEY,
                    suite: Suite::XWing,
                    generation: 0,
                };
                channel.judge_open(actor, &open)?;
                ChannelEffect::Opened(open, by)
            }
            Self::Add(who) => {
                let add = MemberAdd {
                    official: official(*who),
                    history: History::Nothing,
                    from: None,
                    to: None,
                    reason: String::new(),
                };
                channel.judge_add(actor, &add)?;
                ChannelEffect::MemberAdded(add)
            }
            Self::Remove(who) => {
                let remove = MemberRemove {
                    official: official(*who),
                    reason: String::new(),
                };
                channel.judge_remove(actor, &remove)?;
                ChannelEffect::MemberRemoved(remove.official)
            }
            Self::Authorise(fact) => {
                channel.judge_authorisation(actor, fact)?;
                ChannelEffect::Authorised(fact.clone())
            }
            Self::End(who) => {
                let fact = AuthorisationEnd {
                    official: official(*who),
                    reason: String::new(),
                };
                channel.judge_authorisation_end(actor, &fact)?;
                ChannelEffect::AuthorisationEnded(fact.official)
            }
            Self::Start => {
                let start = GroupStart {
                    generation: 0,
                    group_id: GroupId::new(STREAM, 0),
                    suite: Suite::XWing,
                    group_info: KEY,
                    ratchet_tree: KEY,
                };
                channel.judge_start(actor, &start)?;
                ChannelEffect::GroupStarted(start, actor.device)
            }
            Self::Commit(adds, removes) => {
                let commit = commit(epoch.as_ref(), adds, removes);
                channel.judge_commit(actor, epoch.as_ref(), &commit)?;
                let by = Box::new(channel.answerable(actor));
                ChannelEffect::Committed(Box::new(commit), by)
            }
            Self::Message => {
                channel.judge_message(actor, epoch.as_ref())?;
                ChannelEffect::Message
            }
        })
    }
}

fn founding(label: Label) -> Founding {
    Founding {
        founder: "mofa".parse().unwrap(),
        basis: String::new(),
        scope: Scope::coordinator(),
        label,
        members: vec!["mofa".parse().unwrap(), "moit".parse().unwrap()],
        retention_days: 1,
        history: History::Nothing,
        from: 0,
        review: 0,
        key_commitment: KEY,
        sealed: KEY,
        boxes: vec![],
    }
}

fn commit(epoch: Option<&GroupEpoch>, adds: &[usize], removes: &[usize]) -> CommitBody {
    CommitBody {
        commit: vec![].into(),
        generation: 0,
        epoch: epoch.map_or(0, |epoch| epoch.epoch + 1),
        group_info: KEY,
        ratchet_tree: KEY,
        tree_hash: KEY,
        adds: adds.iter().map(|who| device(*who)).collect(),
        removes: removes.iter().map(|who| device(*who)).collect(),
        welcome: (!adds.is_empty()).then_some(KEY),
    }
}

fn accreditation(number: String, level: Label, from: u64, life: u64) -> Accreditation {
    Accreditation {
        number,
        authority: "Ban Cơ yếu".into(),
        date: 0,
        level,
        measure: Measure::Cipher,
        systems: "3/2026".into(),
        document: KEY,
        from,
        until: from + life,
    }
}

fn authorisation(who: usize, level: Label, from: u64, life: u64) -> Authorisation {
    Authorisation {
        official: official(who),
        level,
        task: "đàm phán".into(),
        document: "7/QĐ".into(),
        from,
        until: from + life,
    }
}

/// A channel of level Mật with lan and minh, both authorised for 100 ms, in one group.
fn secret() -> World {
    let mut world = World::new();
    world.accredit(accreditation("1".into(), Label::Mat, START, 1_000));
    assert!(world.open(Label::Mat));
    for (by, who) in [(HOA, LAN), (LAN, MINH)] {
        let fact = authorisation(who, Label::Mat, START, 100);
        world.plain(by, &Act::Authorise(fact.clone())).unwrap();
        world.authorised.push(fact);
        world.plain(HOA, &Act::Add(who)).unwrap();
    }
    world.plain(LAN, &Act::Start).unwrap();
    world.plain(LAN, &Act::Commit(vec![MINH], vec![])).unwrap();
    world.plain(MINH, &Act::Message).unwrap();
    world.check();
    world
}

#[test]
fn s10_an_authorisation_that_expires_ends_reading_at_its_moment() {
    let mut world = secret();
    world.time = START + 99;
    assert_eq!(world.plain(MINH, &Act::Message), Ok(()));
    world.time = START + 100;
    world.check();
    assert_eq!(
        world.plain(MINH, &Act::Message),
        Err(ChannelError::NotAMember)
    );
    // Who is authorised anew goes on once the other is out.
    let fact = authorisation(LAN, Label::Mat, world.time, 100);
    world.plain(HOA, &Act::Authorise(fact.clone())).unwrap();
    world.authorised.push(fact);
    let inside = Err(ChannelError::Unjustified {
        device: device(MINH),
    });
    assert_eq!(world.plain(LAN, &Act::Message), inside);
    world.plain(LAN, &Act::Commit(vec![], vec![MINH])).unwrap();
    assert_eq!(world.plain(LAN, &Act::Message), Ok(()));
    world.check();
}

#[test]
fn an_authorisation_is_ended_by_the_founder_agency_or_by_the_person() {
    for by in [LAN, HOA, MINH] {
        let mut world = secret();
        world.plain(by, &Act::End(MINH)).unwrap();
        world
            .authorised
            .retain(|fact| fact.official != official(MINH));
        world.check();
        assert_eq!(
            world.plain(by, &Act::End(MINH)),
            Err(ChannelError::Authorisation)
        );
    }
    let mut world = secret();
    assert_eq!(
        world.plain(MINH, &Act::End(LAN)),
        Err(ChannelError::NotPermitted)
    );
}

#[test]
fn when_the_accreditation_ends_nobody_reads_and_rights_can_still_be_taken() {
    let mut world = secret();
    world.end_accreditation("1".into());
    world.check();
    let above = LabelError::AboveCeiling {
        got: Label::Mat,
        ceiling: Label::Restricted,
    };
    assert_eq!(world.plain(LAN, &Act::Message), Err(above.into()));
    assert_eq!(world.plain(HOA, &Act::Add(BINH)), Err(above.into()));
    assert_eq!(world.plain(HOA, &Act::End(MINH)), Ok(()));
    assert_eq!(world.plain(HOA, &Act::Remove(LAN)), Ok(()));
}

#[test]
fn who_is_not_to_be_authorised() {
    let mut world = World::new();
    world.accredit(accreditation("1".into(), Label::ToiMat, START, 1_000));
    assert!(world.open(Label::Mat));
    let give = |world: &mut World, by, fact| world.plain(by, &Act::Authorise(fact));
    let fact = |who| authorisation(who, Label::Mat, START, 100);
    assert_eq!(
        give(&mut world, LAN, fact(LAN)),
        Err(ChannelError::SamePerson)
    );
    assert_eq!(
        give(&mut world, MINH, fact(LAN)),
        Err(ChannelError::NotPermitted)
    );
    assert_eq!(
        give(&mut world, LAN, fact(AN)),
        Err(ChannelError::NotPermitted)
    );
    let stranger = Authorisation {
        official: "x@moit".parse().unwrap(),
        ..fact(MINH)
    };
    assert_eq!(
        give(&mut world, LAN, stranger),
        Err(ChannelError::NotAMember)
    );
    let most = AUTHORISATION_LIFETIME_MS_MAX;
    let idle = Authorisation {
        task: String::new(),
        ..fact(MINH)
    };
    let unfounded = Authorisation {
        document: String::new(),
        ..fact(MINH)
    };
    for refused in [
        authorisation(MINH, Label::ToiMat, START, 100),
        authorisation(MINH, Label::Restricted, START, 100),
        authorisation(MINH, Label::Mat, START, 0),
        authorisation(MINH, Label::Mat, START, most + 1),
        authorisation(MINH, Label::Mat, START - 10, 10),
        idle,
        unfounded,
    ] {
        let given = give(&mut world, LAN, refused);
        assert_eq!(given, Err(ChannelError::Authorisation));
    }
    let longest = authorisation(MINH, Label::Mat, START, most);
    assert_eq!(give(&mut world, LAN, longest), Ok(()));
}

#[test]
fn s8_a_secrecy_level_is_not_applied_without_its_conditions() {
    let mut world = secret();
    let got = Label::Mat;
    let refused = world.act(LAN, got, &Act::Message);
    assert_eq!(refused, Err(LabelError::Undetermined { got }.into()));
}

#[derive(Clone, Debug)]
enum Step {
    Accredit(Label, u64, u64),
    EndAccreditation(usize),
    Act(usize, Label, Act),
    Wait(u64),
}

fn label() -> impl Strategy<Value = Label> {
    select(Label::ALL)
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE.len();
    let some = || btree_set(who(), 0..3).prop_map(|set| set.into_iter().collect::<Vec<_>>());
    // From a little before the beginning to well after most of what is tried.
    let span = || (START - 50..START + 300, 0..200_u64);
    let act = prop_oneof![
        2 => who().prop_map(Act::Add),
        1 => who().prop_map(Act::Remove),
        3 => (who(), label(), span()).prop_map(|(who, level, (from, life))| {
            Act::Authorise(authorisation(who, level, from, life))
        }),
        1 => who().prop_map(Act::End),
        1 => Just(Act::Start),
        3 => (some(), some()).prop_map(|(adds, removes)| Act::Commit(adds, removes)),
        3 => Just(Act::Message),
    ];
    prop_oneof![
        1 => (label(), span()).prop_map(|(level, (from, life))| Step::Accredit(level, from, life)),
        1 => (0..3_usize).prop_map(Step::EndAccreditation),
        12 => (who(), label(), act).prop_map(|(by, label, act)| Step::Act(by, label, act)),
        2 => (0..40_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is stated and tried, honestly or not: nobody reads above an authorisation, posts above a channel, or opens a
    /// channel above the ceiling.
    #[test]
    fn the_lattice_holds_for_every_sequence(
        first in label(), ceiling in label(), prepared in any::<bool>(), steps in vec(step(), 0..60),
    ) {
        let mut world = if prepared { secret() } else { World::new() };
        if !prepared {
            world.accredit(accreditation("first".into(), ceiling, START, 200));
            if !world.open(first) { return Ok(()); }
        }
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Accredit(level, from, life) => {
                    world.accredit(accreditation(format!("n{n}"), level, from, life));
                }
                Step::EndAccreditation(n) => {
                    if let Some(fact) = world.accredited.get(n) {
                        world.end_accreditation(fact.number.clone());
                    }
                }
                Step::Wait(time) => world.time += time,
                Step::Act(by, label, act) => {
                    let allowed = world.act(by, label, &act).is_ok();
                    if allowed { accepted(&mut world, by, label, &act); }
                }
            }
            world.check();
        }
    }
}

/// What was accepted is held against the plain rules.
fn accepted(world: &mut World, by: usize, label: Label, act: &Act) {
    let channel = world.channel.founding().unwrap().label;
    assert!(label <= channel && !label.is_secrecy_level());
    match act {
        Act::Authorise(fact) => {
            assert!(fact.level <= channel && channel <= world.ceiling());
            assert!(fact.official != official(by) && fact.official != official(AN));
            world.authorised.push(fact.clone());
        }
        Act::End(who) => world
            .authorised
            .retain(|fact| fact.official != official(*who)),
        Act::Start => assert!(world.may_have(by)),
        Act::Commit(adds, removes) => {
            assert!(world.may_have(by) && adds.iter().all(|who| world.may_have(*who)));
            assert!(!removes.iter().any(|who| world.may_have(*who)));
        }
        Act::Message => {
            assert!(channel <= world.ceiling());
            let roster = &world.channel.group().unwrap().roster;
            let inside = (0..PEOPLE.len()).filter(|who| roster.contains(&device(*who)));
            assert!({ inside }.all(|who| world.may_have(who)));
        }
        Act::Add(_) | Act::Remove(_) | Act::Found(_) | Act::Approve | Act::Open => {}
    }
}
