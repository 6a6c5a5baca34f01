//! A channel of lan's, founded, approved, provisioned and started over the wire.

use std::net::SocketAddr;

use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{
    Founding, FoundingApprove, History, MemberAdd, Scope, StreamOpen, Suite,
};
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::frame::{Body, Receipt, Submit};
use thamvan_proto::id::{GroupId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::Hash;
use thamvan_public_group::rehearsal::Member;

use crate::client::Client;
use crate::deployment::{Deployment, now_ms};
use crate::fixture::{Author, Device, LAN, id, register};

/// Makes the channel `stream`; lan's entries in stream 0 are made by `directory`. Gives lan's and the approver's authors in it.
pub(crate) async fn start(
    deployment: &Deployment,
    address: SocketAddr,
    directory: &mut Author,
    stream: StreamId,
) -> (Author, Author) {
    let dir = deployment.dir.path();
    let mut clients = Vec::new();
    for device in [&deployment.lan, &deployment.approver, &deployment.admin] {
        let mut client = Client::connect(dir, address).await;
        client.log_in(device).await;
        clients.push(client);
    }
    let key = Salt(stream.0.repeat(2).try_into().unwrap());
    let body = register(stream, key);
    let register = Said::new(EntryType::StreamRegister, body);
    register.with_key(key).by(&mut clients[0], directory).await;

    let mut lan = deployment.lan.author(stream);
    let body = cbor::to_vec(&founding(key));
    let founding = Said::new(EntryType::Founding, body);
    let founding = founding.by(&mut clients[0], &mut lan).await;
    let mut approver = deployment.approver.author(stream);
    let body = cbor::to_vec(&FoundingApprove { record: founding });
    let approval = Said::new(EntryType::FoundingApprove, body);
    let approval = approval.by(&mut clients[1], &mut approver).await;
    let mut admin = deployment.admin.author(stream);
    let open = StreamOpen {
        founding,
        approval,
        suite: Suite::XWing,
        generation: 0,
    };
    let open = Said::new(EntryType::StreamOpen, cbor::to_vec(&open));
    open.by(&mut clients[2], &mut admin).await;
    let member = MemberAdd {
        official: id(LAN),
        history: History::Nothing,
        from: None,
        to: None,
        reason: String::new(),
    };
    let member = Said::new(EntryType::MemberAdd, cbor::to_vec(&member));
    member.by(&mut clients[0], &mut lan).await;
    group(stream, &deployment.lan)
        .by(&mut clients[0], &mut lan)
        .await;
    (lan, approver)
}

fn founding(key: Salt) -> Founding {
    Founding {
        founder: "mofa".parse().unwrap(),
        basis: "khoản 6 Điều 5".into(),
        scope: Scope::coordinator(),
        label: Label::Internal,
        members: vec!["mofa".parse().unwrap()],
        retention_days: 3650,
        history: History::Nothing,
        from: 0,
        review: 0,
        key_commitment: StreamKey(key.0).commitment(),
        sealed: Hash([0; 32]),
        boxes: Vec::new(),
    }
}

fn group(stream: StreamId, device: &Device) -> Said {
    let group = GroupId::new(stream, 0);
    let made = mls(device).start(group, Suite::XWing);
    let start = made.start(group, 0, Suite::XWing);
    let mut said = Said::new(EntryType::GroupStart, cbor::to_vec(&start));
    said.sides = made.sides().into_iter().map(ByteVec::from).collect();
    said
}

/// The MLS side of a device of the fixture.
pub(crate) fn mls(device: &Device) -> Member {
    Member::new(device.fact.device, device.mls.to_bytes())
}

/// An entry that is to be submitted.
struct Said {
    kind: EntryType,
    body: Vec<u8>,
    sides: Vec<ByteVec>,
    key: Option<Salt>,
}

impl Said {
    fn new(kind: EntryType, body: Vec<u8>) -> Self {
        Self {
            kind,
            body,
            sides: Vec::new(),
            key: None,
        }
    }

    fn with_key(self, key: Salt) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// Submits it; gives the hash of its record.
    async fn by(self, client: &mut Client, author: &mut Author) -> Hash {
        let entry = author.entry(self.kind, &self.body, now_ms());
        let submit = Submit {
            entry: entry.into(),
            body: self.body.into(),
            sides: self.sides,
            stream_key: self.key,
        };
        let receipt = client.ok(Body::Submit(submit)).await;
        sha256(&receipt.open::<Receipt>().unwrap().record)
    }
}
