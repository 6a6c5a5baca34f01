//! A state with its store, as the shell would drive them, for tests.

use thamvan_proto::cbor;
use thamvan_proto::channel::{
    CommitBody, Founding, FoundingApprove, GroupStart, History, MemberAdd, Scope, StreamOpen, Suite,
};
use thamvan_proto::directory::Statement;
use thamvan_proto::entry::{EntryType, Header, sha256};
use thamvan_proto::frame::EntryWithBodies;
use thamvan_proto::id::{DeviceId, GroupId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Hash, Name, NoteSigner};

use crate::change::Change;
use crate::fixture::{ADMIN, APPROVER, Author, Authority, Device, LAN, MINH, id, register};
use crate::refusal::Refusal;
use crate::state::State;
use crate::store::{Batch, MemoryStore, Store};
use crate::submit::{self, Outcome, Submission};

pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) store: MemoryStore,
    pub(crate) authority: Authority,
    pub(crate) admin: Device,
    pub(crate) approver: Device,
    pub(crate) lan: Device,
    pub(crate) minh: Device,
    pub(crate) now: u64,
    /// All that was submitted, in order.
    pub(crate) said: Vec<Said>,
}

/// A submission, kept.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) entry: Vec<u8>,
    body: Vec<u8>,
    sides: Vec<cbor::ByteVec>,
    stream_key: Option<Salt>,
    pub(crate) author: submit::Author,
}

impl Said {
    pub(crate) fn submission(&self) -> Submission<'_> {
        Submission {
            entry: &self.entry,
            body: &self.body,
            sides: &self.sides,
            stream_key: self.stream_key.as_ref(),
        }
    }
}

pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const CHANNEL: StreamId = StreamId([9; 16]);
pub(crate) const KEY: Salt = Salt([5; 32]);

/// The log's signer.
pub(crate) fn log_signer() -> NoteSigner {
    NoteSigner::from_seed(Name::parse("example.org/log").unwrap(), &[7; 32])
}

impl World {
    /// Genesis and the first root statement; nobody is enrolled.
    pub(crate) fn begun() -> Self {
        let mut world = Self {
            state: State::default(),
            store: MemoryStore::default(),
            authority: Authority::new(
                "example.org/log",
                &log_signer().verifier_key().to_string(),
                Hash([0; 32]),
                NOW,
            ),
            admin: Device::new(1, ADMIN),
            approver: Device::new(2, APPROVER),
            lan: Device::new(3, LAN),
            minh: Device::new(4, MINH),
            now: NOW,
            said: Vec::new(),
        };
        let genesis = world.authority.genesis();
        world.operator(&genesis);
        let devices = [&world.admin, &world.approver, &world.lan, &world.minh];
        let first = world.authority.begin(&devices, NOW);
        world.operator(&first);
        world
    }

    /// All four devices are enrolled.
    pub(crate) fn enrolled() -> Self {
        let mut world = Self::begun();
        let devices = [&world.admin, &world.approver, &world.lan, &world.minh];
        let facts = devices.map(|device| Statement::DeviceEnrol(device.fact.clone()));
        let item = world.authority.state(facts.to_vec(), Vec::new(), NOW);
        world.operator(&item);
        world
    }

    pub(crate) fn operator(&mut self, item: &EntryWithBodies) {
        let submission = Submission {
            entry: &item.entry,
            body: &item.body,
            sides: &item.sides,
            stream_key: None,
        };
        self.take(&submission, submit::Author::Operator).unwrap();
    }

    /// Decides, persists and applies, as the sequencer does.
    pub(crate) fn take(
        &mut self,
        submission: &Submission<'_>,
        author: submit::Author,
    ) -> Result<u64, Refusal> {
        self.said.push(Said {
            entry: submission.entry.to_vec(),
            body: submission.body.to_vec(),
            sides: submission.sides.to_vec(),
            stream_key: submission.stream_key.copied(),
            author,
        });
        let entry = submit::parse(submission.entry)?;
        match submit::decide(&self.state, entry, submission, author, self.now)? {
            Outcome::Again(index) => Ok(index),
            Outcome::New(decided) => {
                let index = self.state.tree().size();
                let batch = Batch {
                    changes: vec![Change::Sequenced(Box::new(decided.sequenced.clone()))],
                    bodies: decided.bodies,
                };
                self.store.append(&batch).unwrap();
                self.state
                    .apply_decided(&decided.sequenced, decided.parsed, submission.body)
                    .unwrap();
                Ok(index)
            }
        }
    }

    /// The state as a restart finds it: folded from the store.
    pub(crate) fn read_again(&self) -> State {
        let mut state = State::default();
        let loaded: Result<(), crate::store::WriteFailed> = self.store.load(&mut |_, change| {
            let body = change
                .body_needed()
                .map(|hash| self.store.body(&hash).unwrap().unwrap());
            state.apply(&change, body.as_deref()).unwrap();
            Ok(())
        });
        loaded.unwrap();
        state
    }

    /// Submits an entry of a device; gives the hash of its record.
    pub(crate) fn say(
        &mut self,
        author: &mut Author,
        kind: EntryType,
        body: &[u8],
        key: Option<&Salt>,
    ) -> Hash {
        let entry = author.entry(kind, body, self.now);
        self.send(author, &entry, body, &[], key)
    }

    pub(crate) fn send(
        &mut self,
        author: &Author,
        entry: &[u8],
        body: &[u8],
        sides: &[cbor::ByteVec],
        stream_key: Option<&Salt>,
    ) -> Hash {
        let submission = Submission {
            entry,
            body,
            sides,
            stream_key,
        };
        let device = submit::Author::Device(author.device);
        let index = self.take(&submission, device).unwrap();
        sha256(&self.store.record(index).unwrap().unwrap())
    }

    /// Registers, founds, approves and opens [`CHANNEL`] with lan and minh as members, and lan's group in it.
    pub(crate) fn with_channel() -> (Self, Author) {
        let mut world = Self::enrolled();
        let mut lan = world.lan.author(StreamId::DIRECTORY);
        let body = register(CHANNEL, KEY);
        world.say(&mut lan, EntryType::StreamRegister, &body, Some(&KEY));
        let mut lan = world.lan.author(CHANNEL);
        let body = cbor::to_vec(&founding());
        let founding = world.say(&mut lan, EntryType::Founding, &body, None);
        let mut approver = world.approver.author(CHANNEL);
        let body = cbor::to_vec(&FoundingApprove { record: founding });
        let approval = world.say(&mut approver, EntryType::FoundingApprove, &body, None);
        let mut admin = world.admin.author(CHANNEL);
        let body = cbor::to_vec(&StreamOpen {
            founding,
            approval,
            suite: Suite::XWing,
            generation: 0,
        });
        world.say(&mut admin, EntryType::StreamOpen, &body, None);
        for official in [LAN, MINH] {
            let body = cbor::to_vec(&MemberAdd {
                official: id(official),
                history: History::Nothing,
                from: None,
                to: None,
                reason: String::new(),
            });
            world.say(&mut lan, EntryType::MemberAdd, &body, None);
        }
        world.start_group(&mut lan);
        (world, lan)
    }

    fn start_group(&mut self, lan: &mut Author) {
        let sides: [cbor::ByteVec; 2] = [b"info 0".to_vec().into(), b"tree 0".to_vec().into()];
        let body = cbor::to_vec(&GroupStart {
            generation: 0,
            group_id: GroupId::new(CHANNEL, 0),
            suite: Suite::XWing,
            group_info: sha256(&sides[0]),
            ratchet_tree: sha256(&sides[1]),
        });
        let entry = lan.entry(EntryType::GroupStart, &body, self.now);
        self.send(lan, &entry, &body, &sides, None);
    }

    /// Lan's commit that adds minh; its sides are info, tree and Welcome.
    pub(crate) fn add_minh(&mut self, lan: &mut Author) {
        let sketch = Sketch {
            adds: vec![self.minh.fact.device],
            ..Sketch::default()
        };
        self.commit(lan, &sketch).unwrap();
    }

    /// A commit in the current epoch.
    pub(crate) fn commit(&mut self, author: &mut Author, sketch: &Sketch) -> Result<u64, Refusal> {
        let group = self.state.ledger().channel(&CHANNEL).unwrap().group();
        let epoch = group.unwrap().epoch.clone();
        let mut facts = author.facts(EntryType::Commit, self.now);
        facts.group = Some(epoch.clone());
        let header = Header::new(author.device, EntryType::Commit, &facts);
        let data = header.mls_authenticated_data();
        let mut sides: Vec<cbor::ByteVec> = [INFO, TREE].map(|side| side.to_vec().into()).into();
        let has_welcome = !sketch.adds.is_empty() && !sketch.is_external;
        sides.extend(has_welcome.then(|| WELCOME.to_vec().into()));
        let body = cbor::to_vec(&CommitBody {
            commit: public_commit(epoch.epoch, sketch.is_external, &data).into(),
            generation: 0,
            epoch: epoch.epoch + 1,
            group_info: sha256(&sides[0]),
            ratchet_tree: sha256(&sides[1]),
            tree_hash: Hash([0; 32]),
            adds: sketch.adds.clone(),
            removes: sketch.removes.clone(),
            welcome: sides.get(2).map(|welcome| sha256(welcome)),
        });
        let entry = header.sign(&body, &author.key);
        let submission = Submission {
            entry: &entry,
            body: &body,
            sides: &sides,
            stream_key: None,
        };
        let taken = self.take(&submission, submit::Author::Device(author.device));
        if taken.is_ok() {
            author.sign(&header, &body);
        }
        taken
    }
}

/// What a commit says that it does.
#[derive(Default)]
pub(crate) struct Sketch {
    pub(crate) adds: Vec<DeviceId>,
    pub(crate) removes: Vec<DeviceId>,
    /// Whether its MLS head is one of a device that joins.
    pub(crate) is_external: bool,
}

/// The head of a PublicMessage with a commit (RFC 9420 §6).
fn public_commit(epoch: u64, is_external: bool, authenticated_data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 1, 20];
    bytes.extend_from_slice(&GroupId::new(CHANNEL, 0).0);
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(if is_external { &[4] } else { &[1, 0, 0, 0, 0] });
    let len = u16::try_from(authenticated_data.len()).unwrap();
    bytes.extend_from_slice(&if len < 0x40 {
        vec![u8::try_from(len).unwrap()]
    } else {
        (len | 0x4000).to_be_bytes().to_vec()
    });
    bytes.extend_from_slice(authenticated_data);
    bytes.push(3);
    bytes
}

fn founding() -> Founding {
    Founding {
        founder: "mofa".parse().unwrap(),
        basis: "khoản 6 Điều 5".into(),
        scope: Scope::coordinator(),
        label: Label::Internal,
        members: vec!["mofa".parse().unwrap(), "moit".parse().unwrap()],
        retention_days: 3650,
        history: History::Nothing,
        from: NOW,
        review: NOW,
        key_commitment: StreamKey(KEY.0).commitment(),
        sealed: Hash([0; 32]),
        boxes: Vec::new(),
    }
}

pub(crate) const INFO: &[u8] = b"info 1";
pub(crate) const TREE: &[u8] = b"tree 1";
pub(crate) const WELCOME: &[u8] = b"welcome";
