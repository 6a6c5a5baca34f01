use super::*;
use crate::channel::{
    ChannelEffect, CommitBody, Founding, History, MemberAdd, MemberRemove, Scope, StreamOpen,
};
use crate::directory::{
    Agency, AgencyKind, DeviceEnrol, Directory, Official, PolicyChange, Seat, SeatAppoint,
    SeatRole, Signers, Statement,
};
use crate::id::{PublicKey, StreamId, TicketId};
use crate::label::Label;
use crate::limits::COMMIT_ADDS_MAX;

/// Lan speaks for the founder; two of moit, one of moha, one of mof. Each has the device of the number.
const PEOPLE: [&str; 6] = [
    "lan@mofa",
    "minh@moit",
    "nam@moit",
    "binh@moha",
    "an@mof",
    "hoa@mofa",
];
const LAN: usize = 0;
const MINH: usize = 1;
const NAM: usize = 2;
const BINH: usize = 3;
const AN: usize = 4;
const HOA: usize = 5;
const STREAM: StreamId = StreamId([9; 16]);
const START: u64 = 1_000;

fn official(who: usize) -> OfficialId {
    PEOPLE[who].parse().unwrap()
}

fn device(who: usize) -> DeviceId {
    DeviceId([u8::try_from(who).unwrap() + 1; 16])
}

fn hash(n: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Hash(bytes)
}

struct World {
    directory: Directory,
    channel: Channel,
    time: u64,
    seq: u64,
}

impl World {
    /// All but hoa are members, and in the group.
    fn new() -> Self {
        let mut directory = Directory::default();
        let mut state = |statement| {
            let seq = directory.size();
            directory.push_head(hash(0));
            directory.apply(statement, Signers::Root, seq);
        };
        for id in ["mofa", "moit", "moha", "mof"] {
            state(Statement::Agency(Agency {
                id: id.parse().unwrap(),
                kind: AgencyKind::Bo,
                name_vi: String::new(),
                name_en: String::new(),
                leads: vec![],
            }));
        }
        for (who, _) in PEOPLE.iter().enumerate() {
            state(Statement::Official(Official {
                id: official(who),
                name: hash(0),
            }));
            state(Statement::DeviceEnrol(DeviceEnrol {
                device: device(who),
                official: official(who),
                seat: None,
                signing: PublicKey([0; 32]),
                mls: PublicKey([0; 32]),
                sealing: vec![].into(),
                name: String::new(),
                ticket: TicketId([0; 16]),
            }));
        }
        state(Statement::Seat(Seat {
            id: "mofa/main".parse().unwrap(),
            purpose: String::new(),
        }));
        state(Statement::SeatAppoint(SeatAppoint {
            seat: "mofa/main".parse().unwrap(),
            official: official(LAN),
            role: SeatRole::Primary,
            from: 0,
            until: None,
            speak_for: true,
        }));
        let mut world = Self {
            directory,
            channel: Channel::new(STREAM),
            time: START,
            seq: 0,
        };
        world.channel.founding = Some((founding(), hash(0), official(LAN)));
        let open = StreamOpen {
            founding: hash(0),
            approval: hash(0),
            suite: Suite::X25519,
            generation: 0,
        };
        world.channel.open = Some((open, official(HOA)));
        for who in [LAN, MINH, NAM, BINH, AN] {
            world.say(LAN, &Said::Add(who)).unwrap();
        }
        let group = start(0, Suite::X25519);
        world.channel.begin_group(&group, device(LAN), 0);
        world
            .say(LAN, &Said::Commit(vec![MINH, NAM, BINH, AN], vec![]))
            .unwrap();
        world
    }

    /// Judges, and applies what is valid; gives the hash of the record.
    fn say(&mut self, by: usize, said: &Said) -> Result<Hash, ChannelError> {
        let owner = official(by);
        let actor = Actor {
            at: self.directory.now(),
            time: self.time,
            device: device(by),
            official: &owner,
        };
        let channel = &self.channel;
        let epoch = channel.group().map(|group| group.epoch.clone());
        let effect = match said {
            Said::Add(who) => {
                let add = MemberAdd {
                    official: official(*who),
                    history: History::Nothing,
                    from: None,
                    to: None,
                    reason: String::new(),
                };
                channel.judge_add(&actor, &add)?;
                ChannelEffect::MemberAdded(add)
            }
            Said::Remove(who) => {
                let official = official(*who);
                let reason = String::new();
                channel.judge_remove(&actor, &MemberRemove { official, reason })?;
                ChannelEffect::MemberRemoved(self::official(*who))
            }
            Said::Leave(reason) => {
                let reason = reason.clone();
                channel.judge_leave(&actor, &Leave { reason })?;
                ChannelEffect::Left(official(by))
            }
            Said::Commit(adds, removes) => {
                let devices = |who: &[usize]| who.iter().map(|who| device(*who)).collect();
                let (adds, removes) = (devices(adds), devices(removes));
                let commit = commit(epoch.as_ref().unwrap(), adds, removes, by);
                channel.judge_commit(&actor, epoch.as_ref(), &commit)?;
                let by = Box::new(channel.answerable(&actor));
                ChannelEffect::Committed(Box::new(commit), by)
            }
            Said::Reject(record, reason) => {
                let rejected = CommitRejected {
                    record: *record,
                    reason: reason.clone(),
                };
                channel.judge_rejection(&actor, &rejected)?;
                ChannelEffect::Rejected(rejected, official(by))
            }
            Said::Succeed(rejected, start) => {
                let successor = Successor {
                    rejected: *rejected,
                    start: start.clone(),
                };
                channel.judge_successor(&actor, &successor)?;
                ChannelEffect::Succeeded(Box::new(successor), device(by))
            }
            Said::Message => {
                channel.judge_message(&actor, epoch.as_ref())?;
                ChannelEffect::Message
            }
        };
        self.seq += 1;
        let record = hash(self.seq);
        self.channel.apply(effect, self.seq, self.time, record);
        Ok(record)
    }

    fn reject(&mut self, by: usize, record: Hash) -> Result<Hash, ChannelError> {
        self.say(by, &Said::Reject(record, "bad tag".into()))
    }

    fn succeed(&mut self, by: usize, record: Hash) -> Result<Hash, ChannelError> {
        self.say(by, &Said::Succeed(record, start(1, Suite::XWing)))
    }

    /// A commit of minh's that adds and removes nobody.
    fn minhs_commit(&mut self) -> Hash {
        self.say(MINH, &Said::Commit(vec![], vec![])).unwrap()
    }
}

enum Said {
    Add(usize),
    Remove(usize),
    Leave(String),
    Commit(Vec<usize>, Vec<usize>),
    Reject(Hash, String),
    Succeed(Hash, GroupStart),
    Message,
}

fn founding() -> Founding {
    Founding {
        founder: "mofa".parse().unwrap(),
        basis: String::new(),
        scope: Scope::coordinator(),
        label: Label::Internal,
        members: ["mofa", "moit", "moha", "mof"]
            .map(|id| id.parse().unwrap())
            .into(),
        retention_days: 1,
        history: History::Nothing,
        from: 0,
        review: 0,
        key_commitment: hash(0),
        sealed: hash(0),
        boxes: vec![],
    }
}

fn start(generation: u64, suite: Suite) -> GroupStart {
    GroupStart {
        generation,
        group_id: GroupId::new(STREAM, u32::try_from(generation).unwrap()),
        suite,
        group_info: hash(0),
        ratchet_tree: hash(0),
    }
}

fn commit(
    epoch: &GroupEpoch,
    adds: Vec<DeviceId>,
    removes: Vec<DeviceId>,
    by: usize,
) -> CommitBody {
    let welcome = !adds.is_empty() && !adds.contains(&device(by));
    CommitBody {
        commit: vec![].into(),
        generation: epoch.generation,
        epoch: epoch.epoch + 1,
        group_info: hash(0),
        ratchet_tree: hash(0),
        tree_hash: hash(0),
        adds,
        removes,
        welcome: welcome.then_some(hash(0)),
    }
}

#[test]
fn more_than_half_of_the_other_agencies_end_a_commit_and_each_counts_once() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    // Three others: mofa, moha, mof. One is not enough, and says it once.
    world.reject(LAN, bad).unwrap();
    assert_eq!(world.reject(LAN, bad), Err(ChannelError::OutOfOrder));
    assert!(world.channel.barred().is_empty());
    assert_eq!(world.channel.rejected(), None);
    assert_eq!(world.succeed(LAN, bad), Err(ChannelError::OutOfOrder));
    // Not the agency of whoever made it, and not somebody who is no member.
    assert_eq!(world.reject(NAM, bad), Err(ChannelError::NotPermitted));
    assert_eq!(world.reject(MINH, bad), Err(ChannelError::NotPermitted));
    assert_eq!(world.reject(HOA, bad), Err(ChannelError::NotAMember));
    world.reject(BINH, bad).unwrap();
    let barred = &world.channel.barred()[&device(MINH)];
    assert_eq!(barred.official, official(MINH));
    let by: Vec<_> = barred.rejected_by.values().cloned().collect();
    assert_eq!(by, [official(LAN), official(BINH)]);
    // From here on it says nothing, and nothing is said beside it.
    assert_eq!(
        world.say(MINH, &Said::Message),
        Err(ChannelError::NotAMember)
    );
    let beside = ChannelError::Unjustified {
        device: device(MINH),
    };
    assert_eq!(world.say(AN, &Said::Message), Err(beside));
    assert_eq!(world.channel.rejected(), Some(bad));
}

#[test]
fn a_successor_is_begun_by_who_rejected_once_and_in_no_weaker_suite() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    world.reject(LAN, bad).unwrap();
    world.reject(BINH, bad).unwrap();
    // An did not reject; minh is out; another generation, another id, another commit.
    assert_eq!(world.succeed(AN, bad), Err(ChannelError::NotPermitted));
    assert_eq!(world.succeed(MINH, bad), Err(ChannelError::NotAMember));
    for generation in [0, 2] {
        let said = Said::Succeed(bad, start(generation, Suite::XWing));
        assert_eq!(world.say(LAN, &said), Err(ChannelError::StaleEpoch));
    }
    let other_id = GroupStart {
        group_id: GroupId::new(STREAM, 2),
        ..start(1, Suite::XWing)
    };
    let said = Said::Succeed(bad, other_id);
    assert_eq!(world.say(LAN, &said), Err(ChannelError::OutOfOrder));
    assert_eq!(world.succeed(LAN, hash(77)), Err(ChannelError::OutOfOrder));
    world.succeed(BINH, bad).unwrap();
    let group = world.channel.group().unwrap();
    assert_eq!(group.epoch.generation, 1);
    assert_eq!(group.epoch.epoch, 0);
    assert_eq!(group.epoch.opened_by, world.seq);
    assert_eq!(group.roster, [device(BINH)].into());
    assert_eq!(group.suite, Suite::XWing);
    // The second is too late, and the group of before is nobody's.
    assert_eq!(world.succeed(LAN, bad), Err(ChannelError::StaleEpoch));
    assert_eq!(world.channel.rejected(), None);
    assert_eq!(world.reject(AN, bad), Err(ChannelError::OutOfOrder));
    // All but minh come in; minh does not, by whatever commit.
    world
        .say(BINH, &Said::Commit(vec![LAN, NAM, AN], vec![]))
        .unwrap();
    let ghost = ChannelError::Unjustified {
        device: device(MINH),
    };
    assert_eq!(
        world.say(BINH, &Said::Commit(vec![MINH], vec![])),
        Err(ghost)
    );
    assert_eq!(
        world.say(MINH, &Said::Commit(vec![MINH], vec![])),
        Err(ChannelError::NotAMember)
    );
    // Back to the weaker suite: never.
    let bad = world.say(BINH, &Said::Commit(vec![], vec![])).unwrap();
    world.reject(LAN, bad).unwrap();
    world.reject(AN, bad).unwrap();
    let weaker = Said::Succeed(bad, start(2, Suite::X25519));
    assert_eq!(world.say(LAN, &weaker), Err(ChannelError::OutOfOrder));
}

#[test]
fn the_founder_clears_by_making_a_member_anew() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    world.reject(LAN, bad).unwrap();
    world.reject(AN, bad).unwrap();
    world.succeed(AN, bad).unwrap();
    assert_eq!(
        world.say(LAN, &Said::Add(MINH)),
        Err(ChannelError::NotAMember)
    );
    world.say(LAN, &Said::Remove(MINH)).unwrap();
    assert!(!world.channel.barred().is_empty());
    world.say(LAN, &Said::Add(MINH)).unwrap();
    assert!(world.channel.barred().is_empty());
    world.say(AN, &Said::Commit(vec![MINH], vec![])).unwrap();
    world.say(MINH, &Said::Message).unwrap();
}

#[test]
fn a_rejection_is_stated_within_a_week_and_about_a_commit_of_this_group() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    let reason = |len| Said::Reject(bad, "x".repeat(len));
    for len in [0, TEXT_LEN_MAX + 1] {
        assert_eq!(world.say(LAN, &reason(len)), Err(ChannelError::OutOfOrder));
    }
    assert_eq!(world.reject(LAN, hash(99)), Err(ChannelError::OutOfOrder));
    world.time = START + REJECTION_MS_MAX + 1;
    assert_eq!(world.reject(LAN, bad), Err(ChannelError::OutOfOrder));
    world.time = START + REJECTION_MS_MAX;
    world.say(LAN, &reason(TEXT_LEN_MAX)).unwrap();
    // What cannot be rejected any more is not remembered.
    world.time += 1;
    world.say(AN, &Said::Commit(vec![], vec![])).unwrap();
    assert_eq!(world.channel.commits().len(), 1);
    assert_eq!(world.reject(BINH, bad), Err(ChannelError::OutOfOrder));
}

#[test]
fn an_agency_that_is_gone_does_not_count() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    world.say(LAN, &Said::Remove(AN)).unwrap();
    world.say(LAN, &Said::Remove(BINH)).unwrap();
    // Of mofa, moha and mof only mofa is left.
    world.reject(LAN, bad).unwrap();
    assert!(world.channel.barred().contains_key(&device(MINH)));
}

#[test]
fn whoever_leaves_is_out_and_a_member_commits_it() {
    let mut world = World::new();
    let leave = |len| Said::Leave("x".repeat(len));
    assert_eq!(world.say(HOA, &leave(1)), Err(ChannelError::NotAMember));
    let too_long = world.say(MINH, &leave(TEXT_LEN_MAX + 1));
    assert_eq!(too_long, Err(ChannelError::NotAMember));
    world.say(MINH, &leave(TEXT_LEN_MAX)).unwrap();
    assert_eq!(world.say(MINH, &leave(0)), Err(ChannelError::NotAMember));
    let still_in = ChannelError::Unjustified {
        device: device(MINH),
    };
    assert_eq!(world.say(AN, &Said::Message), Err(still_in));
    world.say(AN, &Said::Commit(vec![], vec![MINH])).unwrap();
    world.say(AN, &Said::Message).unwrap();
    assert_eq!(
        world.say(MINH, &Said::Commit(vec![MINH], vec![])),
        Err(ChannelError::NotAMember)
    );
}

#[test]
fn a_commit_adds_fifty_devices_at_most() {
    let mut world = World::new();
    let many = |count: usize| Said::Commit((100..100 + count).collect(), vec![]);
    // Nobody knows them: what is refused first is their number.
    let fifty = world.say(LAN, &many(COMMIT_ADDS_MAX));
    let unknown = device(100);
    assert_eq!(fifty, Err(ChannelError::Unjustified { device: unknown }));
    let more = world.say(LAN, &many(COMMIT_ADDS_MAX + 1));
    assert_eq!(more, Err(ChannelError::OutOfOrder));
}

#[test]
fn a_successor_changes_to_the_default_suite_only_where_the_policy_lists_it() {
    let mut world = World::new();
    let bad = world.minhs_commit();
    world.reject(LAN, bad).unwrap();
    world.reject(BINH, bad).unwrap();
    let seq = world.directory.size();
    world.directory.push_head(hash(0));
    let policy = Statement::PolicyChange(PolicyChange {
        version: 1,
        suites: vec![Suite::X25519],
        secret_list: "1178/QĐ-TTg".into(),
        off: vec![],
        worked: vec![],
        hours: None,
        channel_hours: vec![],
        routes: vec![],
        duties: vec![],
        document: "15/QĐ".into(),
        hash: hash(0),
        from: 0,
    });
    world.directory.apply(policy, Signers::Root, seq);
    assert_eq!(world.succeed(LAN, bad), Err(ChannelError::OutOfOrder));
    let same = Said::Succeed(bad, start(1, Suite::X25519));
    assert!(world.say(LAN, &same).is_ok());
}
