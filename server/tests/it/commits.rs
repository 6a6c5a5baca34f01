//! Commits that the ledger alone would take: what is broken inside MLS, or does something else than it says, gets no place.

use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{CommitBody, History, MemberAdd, Suite};
use thamvan_proto::entry::{EntryType, GroupEpoch, Header};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Receipt, Submit};
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;
use thamvan_public_group::rehearsal::{Act, Made, Member};

use crate::channel::{self, mls};
use crate::client::Client;
use crate::deployment::{CHANNEL, Deployment, Running, now_ms};
use crate::fixture::{APPROVER, Author, Device, id};

/// One member's side of the channel's group.
struct Seat<'a> {
    device: &'a Device,
    client: Client,
    author: Author,
    member: Member,
    epoch: GroupEpoch,
}

/// A commit that may be submitted.
struct Attempt {
    header: Header,
    made: Made,
    body: CommitBody,
}

impl Attempt {
    fn submit(&self, device: &Device) -> Submit {
        let body = cbor::to_vec(&self.body);
        Submit {
            entry: self.header.sign(&body, &device.key).into(),
            body: body.into(),
            sides: self.made.sides().into_iter().map(ByteVec::from).collect(),
            stream_key: None,
        }
    }

    /// Names the side bodies as they are.
    fn name_sides(&mut self) {
        let named = self.made.body(0, 0, &[], &[]);
        self.body.group_info = named.group_info;
        self.body.ratchet_tree = named.ratchet_tree;
        self.body.welcome = named.welcome;
    }
}

impl Seat<'_> {
    fn attempt(&self, acts: &[Act], adds: &[DeviceId], removes: &[DeviceId]) -> Attempt {
        let header = self.header();
        self.member.discard(GROUP);
        let data = header.mls_authenticated_data();
        let made = self.member.commit(GROUP, acts, data);
        Attempt {
            body: made.body(0, self.epoch.epoch + 1, adds, removes),
            header,
            made,
        }
    }

    fn header(&self) -> Header {
        let mut facts = self.author.facts(EntryType::Commit, now_ms());
        facts.group = Some(self.epoch.clone());
        Header::new(self.author.device, EntryType::Commit, &facts)
    }

    async fn refused(&mut self, attempt: &Attempt) -> ErrorCode {
        let submit = attempt.submit(self.device);
        self.client.refused(Body::Submit(submit)).await
    }

    /// Submits a commit that must be taken, and merges it.
    async fn taken(&mut self, attempt: &Attempt) {
        let submit = attempt.submit(self.device);
        let receipt: Receipt = self.client.ok(Body::Submit(submit)).await.open().unwrap();
        self.author
            .sign(&attempt.header, &cbor::to_vec(&attempt.body));
        self.member.merge(GROUP);
        self.went_on(&receipt);
    }

    fn went_on(&mut self, receipt: &Receipt) {
        self.epoch.epoch += 1;
        self.epoch.opened_by = Record::parse(&receipt.record).unwrap().seq;
    }
}

/// Lan's group, and the approver, who is a member of the channel and not in the group yet.
async fn scene<'a>(deployment: &'a Deployment, server: &Running) -> (Seat<'a>, Author) {
    let mut directory = deployment.lan.author(StreamId::DIRECTORY);
    let address = server.address;
    let (mut author, approver) = channel::start(deployment, address, &mut directory, CHANNEL).await;
    let mut client = deployment.log_in(server, &deployment.lan).await;
    let member = mls(&deployment.lan);
    drop(member.start(GROUP, Suite::XWing));
    let body = cbor::to_vec(&MemberAdd {
        official: id(APPROVER),
        history: History::Nothing,
        from: None,
        to: None,
        reason: String::new(),
    });
    let entry = author.entry(EntryType::MemberAdd, &body, now_ms());
    client.submit(entry, body).await;
    let epoch = GroupEpoch {
        generation: 0,
        epoch: 0,
        opened_by: 4,
    };
    let seat = Seat {
        device: &deployment.lan,
        client,
        author,
        member,
        epoch,
    };
    (seat, approver)
}

#[tokio::test]
async fn a_commit_that_is_not_what_it_says_gets_no_place() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let (mut lan, _) = scene(&deployment, &server).await;
    let approver = mls(&deployment.approver);
    let joiner = deployment.approver.fact.device;
    let add = || Act::Add(approver.key_package(Suite::XWing));

    // A ghost beside what is signed, a ghost under an enrolled device's name, nobody where somebody is signed.
    let mut silent = lan.attempt(&[add()], &[], &[]);
    (silent.made.welcome, silent.body.welcome) = (None, None);
    assert_eq!(lan.refused(&silent).await, ErrorCode::BadCommit);
    let ghost = Member::new(joiner, [0x66; 32]).key_package(Suite::XWing);
    let ghost = lan.attempt(&[Act::Add(ghost)], &[joiner], &[]);
    assert_eq!(lan.refused(&ghost).await, ErrorCode::BadCommit);
    let mut nobody = lan.attempt(&[], &[joiner], &[]);
    nobody.made.welcome = Some(b"welcome".to_vec());
    nobody.name_sides();
    assert_eq!(lan.refused(&nobody).await, ErrorCode::BadCommit);
    // A leaf that ends by somebody's clock, and a proposal outside the list.
    let ends = Act::Add(approver.key_package_until(Suite::XWing, u64::MAX - 1));
    let ends = lan.attempt(&[ends], &[joiner], &[]);
    assert_eq!(lan.refused(&ends).await, ErrorCode::BadCommit);
    let context = lan.attempt(&[Act::ChangeContext], &[], &[]);
    assert_eq!(lan.refused(&context).await, ErrorCode::BadCommit);
    // Forged: tree hash, tree, GroupInfo, confirmation tag, Welcome.
    let mut forged = lan.attempt(&[], &[], &[]);
    forged.body.tree_hash = Hash([0; 32]);
    assert_eq!(lan.refused(&forged).await, ErrorCode::BadCommit);
    let elsewhere = mls(&deployment.admin).start(GROUP, Suite::XWing);
    let mut forged = lan.attempt(&[], &[], &[]);
    forged.made.ratchet_tree = elsewhere.ratchet_tree;
    forged.name_sides();
    assert_eq!(lan.refused(&forged).await, ErrorCode::BadCommit);
    let mut forged = lan.attempt(&[], &[], &[]);
    forged.made.group_info = elsewhere.group_info;
    forged.name_sides();
    assert_eq!(lan.refused(&forged).await, ErrorCode::BadCommit);
    let mut forged = lan.attempt(&[], &[], &[]);
    let at = forged.made.commit.len() - 34;
    forged.made.commit[at] ^= 1;
    forged.body.commit = forged.made.commit.clone().into();
    assert_eq!(lan.refused(&forged).await, ErrorCode::BadCommit);
    let mut forged = lan.attempt(&[add()], &[joiner], &[]);
    let other = lan.attempt(&[add()], &[joiner], &[]);
    forged.made.welcome = other.made.welcome.clone();
    forged.name_sides();
    assert_eq!(lan.refused(&forged).await, ErrorCode::BadCommit);
    // Nothing of all this has changed anything.
    lan.taken(&other).await;
    server.stop().await;
}

#[tokio::test]
async fn groups_are_opened_from_the_journal_and_one_commit_wins_an_epoch() {
    let deployment = Deployment::new();
    let server = deployment.start().await;
    let (mut lan, author) = scene(&deployment, &server).await;
    let joiner = deployment.approver.fact.device;
    let approver = mls(&deployment.approver);
    let add = Act::Add(approver.key_package(Suite::XWing));
    let added = lan.attempt(&[add], &[joiner], &[]);
    lan.taken(&added).await;
    approver.join(
        added.made.welcome.as_ref().unwrap(),
        &added.made.ratchet_tree,
    );
    server.stop().await;

    let server = deployment.start().await;
    lan.client = deployment.log_in(&server, &deployment.lan).await;
    let mut approver = Seat {
        device: &deployment.approver,
        client: deployment.log_in(&server, &deployment.approver).await,
        author,
        member: approver,
        epoch: lan.epoch.clone(),
    };
    let mut bad = approver.attempt(&[], &[], &[]);
    bad.body.tree_hash = Hash([0; 32]);
    assert_eq!(approver.refused(&bad).await, ErrorCode::BadCommit);
    let first = approver.attempt(&[], &[], &[]);
    let second = lan.attempt(&[], &[], &[]);
    approver.taken(&first).await;
    assert_eq!(lan.refused(&second).await, ErrorCode::StaleEpoch);
    // The loser goes on from the winner.
    lan.member.discard(GROUP);
    lan.member.apply(GROUP, &first.made.commit);
    lan.epoch = approver.epoch.clone();
    let mut replay = lan.attempt(&[], &[], &[]);
    replay.body.commit = first.made.commit.clone().into();
    assert_eq!(lan.refused(&replay).await, ErrorCode::RateLimited);
    // Keys alone were changed a moment ago; who comes and goes does not wait.
    let again = Member::new(joiner, deployment.approver.mls.to_bytes());
    let returning = Seat {
        member: again,
        epoch: lan.epoch.clone(),
        ..approver
    };
    let header = returning.header();
    let data = header.mls_authenticated_data();
    let info = &first.made.group_info;
    let made = returning
        .member
        .join_externally(info, &first.made.ratchet_tree, data);
    let mut attempt = Attempt {
        body: made.body(0, lan.epoch.epoch + 1, &[joiner], &[joiner]),
        header,
        made,
    };
    let mut returning = returning;
    attempt.body.tree_hash = Hash([0; 32]);
    assert_eq!(returning.refused(&attempt).await, ErrorCode::BadCommit);
    attempt.body.tree_hash = attempt.made.tree_hash;
    let submit = attempt.submit(returning.device);
    returning.client.ok(Body::Submit(submit)).await;
    lan.member.discard(GROUP);
    lan.member.apply(GROUP, &attempt.made.commit);
    server.stop().await;
}

const GROUP: GroupId = {
    let mut id = [0; 20];
    let mut at = 0;
    while at < 16 {
        id[at] = CHANNEL.0[at];
        at += 1;
    }
    GroupId(id)
};
