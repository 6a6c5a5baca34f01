//! The good log: authority, four officials and their devices, one channel from its founding to messages. Eighteen records.

use ed25519_dalek::SigningKey;
use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, Founding, History, MemberAdd, Scope, StreamOpen, Suite};
use thamvan_proto::directory::{
    Agency, AgencyKind, Approval, DeviceEnrol, Official, Proposal, Role, RoleGrant, RootStatements,
    SEALING_KEY_LEN, Seat, SeatAppoint, SeatRole, Statement, StreamRegister, Ticket,
};
use thamvan_proto::entry::{EntryType, GroupEpoch, Header, sha256};
use thamvan_proto::id::{DeviceId, GroupId, OfficialId, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::Hash;
use thamvan_public_group::rehearsal::{Act, Made, Member};

use crate::sample::{Draft, START, Sample, public, signed_by_roots};

pub(crate) const CHANNEL: StreamId = StreamId([0xc4; 16]);
pub(crate) const NAME: &[u8] = b"a salted name";

/// The people, each with one device; the number makes its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Speaks for the founder agency.
    Lan = 1,
    /// Approves.
    Binh = 2,
    /// National administrator.
    An = 3,
    /// Member of another agency.
    Minh = 4,
}

impl Who {
    pub(crate) fn official(self) -> OfficialId {
        let text = match self {
            Self::Lan => "lan@mofa",
            Self::Binh => "binh@mofa",
            Self::An => "an@mofa",
            Self::Minh => "minh@moit",
        };
        text.parse().unwrap()
    }

    pub(crate) fn device(self) -> DeviceId {
        DeviceId([self as u8; 16])
    }

    pub(crate) fn key(self) -> SigningKey {
        signing_key(self as u8)
    }
}

/// Minh's second device, approved by his first.
pub(crate) const SECOND: u8 = 5;

pub(crate) fn signing_key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[0x20 + n; 32])
}

/// The whole scene.
pub(crate) fn scene() -> Sample {
    scene_labelled(Label::Restricted)
}

/// As far as the members of a channel of `label` that has no group yet.
fn before_the_group_labelled(label: Label) -> Sample {
    let mut sample = Sample::begin();
    sample.submit_as_root(EntryType::RootStatement, &first_statements(&sample));
    sample.state(Who::An, &ticket(SECOND, Who::Minh));
    let proposed = sample.propose(Who::An, &device(SECOND, Who::Minh));
    sample.say(Who::Minh, EntryType::Approve, &approval(proposed));
    let key = StreamKey([0x51; 32]);
    sample.open_stream(CHANNEL, key.clone());
    let register = StreamRegister {
        stream: CHANNEL,
        key_commitment: key.commitment(),
    };
    sample.say(
        Who::Lan,
        EntryType::StreamRegister,
        &cbor::to_vec(&register),
    );
    sample.found(&key, label);
    for who in [Who::Lan, Who::Minh] {
        sample.say(Who::Lan, EntryType::MemberAdd, &member(who.official()));
    }
    sample
}

/// As far as the members of the channel, before its group.
pub(crate) fn before_the_group() -> Sample {
    before_the_group_labelled(Label::Restricted)
}

/// The whole scene, in a channel of `label`.
pub(crate) fn scene_labelled(label: Label) -> Sample {
    let mut sample = before_the_group_labelled(label);
    sample.start_group();
    sample.commit(vec![Who::Minh.device(), DeviceId([SECOND; 16])]);
    sample.message(Who::Lan, Label::Internal);
    sample.message(Who::Minh, Label::Internal);
    let official = Statement::Official(Official {
        id: "hoa@moit".parse().unwrap(),
        name: sha256(NAME),
    });
    let draft = sample.draft(EntryType::Statement, StreamId::DIRECTORY);
    let body = cbor::to_vec(&official);
    sample.submit(Who::An.device(), &Who::An.key(), &draft, &body, &[NAME]);
    sample.message(Who::Lan, Label::Public);
    sample.say(
        Who::Lan,
        EntryType::MemberAdd,
        &member("hoa@moit".parse().unwrap()),
    );
    sample
}

impl Sample {
    /// Submits an entry that is not made in a group, in the stream of its type.
    pub(crate) fn say(&mut self, who: Who, kind: EntryType, body: &[u8]) -> Hash {
        let stream = if kind.is_of_directory() {
            StreamId::DIRECTORY
        } else {
            CHANNEL
        };
        let draft = self.draft(kind, stream);
        self.submit(who.device(), &who.key(), &draft, body, &[])
    }

    pub(crate) fn state(&mut self, who: Who, statement: &Statement) -> Hash {
        self.say(who, EntryType::Statement, &cbor::to_vec(statement))
    }

    pub(crate) fn propose(&mut self, who: Who, statement: &Statement) -> Hash {
        let proposal = Proposal {
            statement: statement.clone(),
            expires: self.time + 1_000_000,
        };
        self.say(who, EntryType::Propose, &cbor::to_vec(&proposal))
    }

    fn found(&mut self, key: &StreamKey, label: Label) {
        let founding = Founding {
            founder: "mofa".parse().unwrap(),
            basis: "khoản 6 Điều 5".into(),
            scope: Scope::coordinator(),
            label,
            members: vec!["mofa".parse().unwrap(), "moit".parse().unwrap()],
            retention_days: 3650,
            history: History::Nothing,
            from: START,
            review: START + 1,
            key_commitment: key.commitment(),
            sealed: Hash([6; 32]),
            boxes: vec![],
        };
        let founding = self.say(Who::Lan, EntryType::Founding, &cbor::to_vec(&founding));
        let approval = self.say(Who::Binh, EntryType::FoundingApprove, &approval(founding));
        let open = StreamOpen {
            founding,
            approval,
            suite: Suite::X25519,
            generation: 0,
        };
        self.say(Who::An, EntryType::StreamOpen, &cbor::to_vec(&open));
    }

    fn start_group(&mut self) {
        let made = self.mls.start(group_id(), Suite::X25519);
        self.start_group_as(&made);
    }

    /// Logs the start of Lan's group with the side bodies of `made`.
    pub(crate) fn start_group_as(&mut self, made: &Made) {
        let start = made.start(group_id(), 0, Suite::X25519);
        let draft = self.draft(EntryType::GroupStart, CHANNEL);
        let (device, key) = (Who::Lan.device(), Who::Lan.key());
        let sides = made.sides();
        let sides: Vec<_> = sides.iter().map(Vec::as_slice).collect();
        self.submit(device, &key, &draft, &cbor::to_vec(&start), &sides);
    }

    fn epoch(&self) -> Option<GroupEpoch> {
        let channel = self.ledger.channel(&CHANNEL)?;
        channel.group().map(|group| group.epoch.clone())
    }

    /// A commit by Lan that adds these devices.
    pub(crate) fn commit(&mut self, adds: Vec<DeviceId>) -> Hash {
        self.commit_as(&adds, |_, _| ())
    }

    /// A commit by Lan that adds these devices, with its body and side bodies changed by `lie` before it is signed.
    pub(crate) fn commit_as(
        &mut self,
        adds: &[DeviceId],
        lie: impl FnOnce(&mut CommitBody, &mut Made),
    ) -> Hash {
        let group = self.epoch().unwrap();
        let mut draft = self.draft(EntryType::Commit, CHANNEL);
        draft.group = Some(group.clone());
        let header = self.header(Who::Lan.device(), &draft);
        let acts: Vec<_> = adds
            .iter()
            .map(|device| Act::Add(mls(*device).key_package(Suite::X25519)))
            .collect();
        let data = header.mls_authenticated_data();
        let mut made = self.mls.commit(group_id(), &acts, data);
        let mut body = made.body(0, group.epoch + 1, adds, &[]);
        lie(&mut body, &mut made);
        let (device, key) = (Who::Lan.device(), Who::Lan.key());
        let sides = made.sides();
        let sides: Vec<_> = sides.iter().map(Vec::as_slice).collect();
        let hash = self.submit(device, &key, &draft, &cbor::to_vec(&body), &sides);
        if self.epoch().unwrap().epoch > group.epoch {
            self.mls.merge(group_id());
        } else {
            self.mls.discard(group_id());
        }
        hash
    }

    /// A commit by Lan that names the epoch before the current one.
    pub(crate) fn commit_late(&mut self) -> Hash {
        let mut draft = self.draft(EntryType::Commit, CHANNEL);
        let mut group = self.epoch().unwrap();
        group.epoch -= 1;
        draft.group = Some(group.clone());
        let header = self.header(Who::Lan.device(), &draft);
        let mut body = CommitBody {
            commit: mls_head(1, group.epoch, &header).into(),
            ..self
                .mls
                .clone()
                .commit(group_id(), &[], vec![])
                .body(0, 0, &[], &[])
        };
        body.epoch = group.epoch + 1;
        let (device, key) = (Who::Lan.device(), Who::Lan.key());
        self.submit(device, &key, &draft, &cbor::to_vec(&body), &[])
    }

    pub(crate) fn message(&mut self, who: Who, label: Label) -> Hash {
        let draft = self.message_draft(label);
        self.send(who, &draft)
    }

    pub(crate) fn message_draft(&self, label: Label) -> Draft {
        Draft {
            label,
            group: self.epoch(),
            com: Some(Hash([8; 32])),
            ..self.draft(EntryType::Message, CHANNEL)
        }
    }

    pub(crate) fn send(&mut self, who: Who, draft: &Draft) -> Hash {
        let epoch = draft.group.as_ref().map_or(0, |group| group.epoch);
        let body = mls_head(2, epoch, &self.header(who.device(), draft));
        self.submit(who.device(), &who.key(), draft, &body, &[])
    }
}

pub(crate) fn group_id() -> GroupId {
    GroupId::new(CHANNEL, 0)
}

/// The MLS side of a device.
pub(crate) fn mls(device: DeviceId) -> Member {
    Member::new(device, [0x40 + device.0[0]; 32])
}

/// The readable head of a PublicMessage (1) with a commit or a PrivateMessage (2) with application data, then nothing of worth.
fn mls_head(wire_format: u8, epoch: u64, header: &Header) -> Vec<u8> {
    let data = header.mls_authenticated_data();
    assert!(
        (0x40..0x4000).contains(&data.len()),
        "a length of two bytes"
    );
    let len = (0x4000 | u16::try_from(data.len()).unwrap()).to_be_bytes();
    let data = [len.as_slice(), &data].concat();
    let group = [&[20], GroupId::new(CHANNEL, 0).0.as_slice()].concat();
    let head = [
        &[0, 1, 0, wire_format],
        group.as_slice(),
        &epoch.to_be_bytes(),
    ]
    .concat();
    if wire_format == 1 {
        let member_sender = [1, 0, 0, 0, 0];
        [head.as_slice(), &member_sender, &data, &[3]].concat()
    } else {
        [head.as_slice(), &[1], &data, b"ciphertext"].concat()
    }
}

pub(crate) fn approval(record: Hash) -> Vec<u8> {
    cbor::to_vec(&Approval { record })
}

pub(crate) fn member(official: OfficialId) -> Vec<u8> {
    cbor::to_vec(&MemberAdd {
        official,
        history: History::Nothing,
        from: None,
        to: None,
        reason: String::new(),
    })
}

pub(crate) fn ticket(n: u8, who: Who) -> Statement {
    Statement::Ticket(Ticket {
        id: TicketId([n; 16]),
        official: who.official(),
        code: Hash([n; 32]),
        expires: START + 1_000_000,
    })
}

pub(crate) fn device(n: u8, who: Who) -> Statement {
    Statement::DeviceEnrol(DeviceEnrol {
        device: DeviceId([n; 16]),
        official: who.official(),
        seat: None,
        signing: public(&signing_key(n)),
        mls: public(&SigningKey::from_bytes(&[0x40 + n; 32])),
        sealing: vec![n; SEALING_KEY_LEN].into(),
        name: "desk".into(),
        ticket: TicketId([n; 16]),
    })
}

fn agency(id: &str, leads: Vec<Scope>) -> Statement {
    Statement::Agency(Agency {
        id: id.parse().unwrap(),
        kind: AgencyKind::Bo,
        name_vi: "Bộ".into(),
        name_en: "Ministry".into(),
        leads,
    })
}

fn role(role: Role, who: Who) -> Statement {
    Statement::RoleGrant(RoleGrant {
        role,
        official: who.official(),
        scope: None,
        from: START,
        until: None,
    })
}

fn first_statements(sample: &Sample) -> Vec<u8> {
    let mut statements = vec![
        agency("mofa", vec![Scope::coordinator()]),
        agency("moit", vec![]),
    ];
    for who in [Who::Lan, Who::Binh, Who::An, Who::Minh] {
        statements.push(Statement::Official(Official {
            id: who.official(),
            name: Hash([who as u8; 32]),
        }));
        statements.push(ticket(who as u8, who));
        statements.push(device(who as u8, who));
    }
    statements.push(role(Role::NationalAdministrator, Who::An));
    statements.push(role(Role::Approver, Who::Binh));
    statements.push(Statement::Seat(Seat {
        id: "mofa/main".parse().unwrap(),
        purpose: "main".into(),
    }));
    statements.push(Statement::SeatAppoint(SeatAppoint {
        seat: "mofa/main".parse().unwrap(),
        official: Who::Lan.official(),
        role: SeatRole::Primary,
        from: START,
        until: None,
        speak_for: true,
    }));
    signed_by_roots(cbor::to_vec(&RootStatements {
        genesis: sample.genesis,
        nonce: Salt([9; 32]),
        statements,
    }))
}
