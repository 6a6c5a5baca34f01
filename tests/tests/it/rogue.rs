//! A modified client: a device with real keys that says whatever a test wants, on a connection and with an MLS state of its own.

use std::collections::BTreeMap;

use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{ChannelEffect, CommitBody, GroupStart};
use thamvan_proto::commitment::{Content, Place};
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Header, Seen};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Receipt, Submit, Subscribe, TakeKeyPackage};
use thamvan_proto::id::{DeviceId, GroupId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::{Effect, Ledger};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{Hash, Tree};
use thamvan_public_group::rehearsal::{Act, Made, Member};

use crate::fixture::Device;
use crate::raw_client::Client;
use crate::scene::{Scene, now_ms};

pub(crate) struct Rogue<'s> {
    scene: &'s Scene,
    pub(crate) device: Device,
    pub(crate) member: Member,
    pub(crate) ledger: Ledger,
    client: Client,
    /// Hash of the newest record of each stream whose entry it was told to remember.
    openings: BTreeMap<StreamId, (Hash, Hash)>,
}

impl<'s> Rogue<'s> {
    pub(crate) async fn new(scene: &'s Scene, device: Device) -> Self {
        let member = Member::new(device.fact.device, device.mls.to_bytes());
        let client = connect(scene, &device).await;
        Self {
            scene,
            device,
            member,
            ledger: Ledger::default(),
            client,
            openings: BTreeMap::new(),
        }
    }

    pub(crate) async fn look(&mut self, stream: StreamId) {
        self.try_look(stream).await.unwrap();
    }

    /// Reads the directory and the channel to their ends, over a new connection.
    pub(crate) async fn try_look(&mut self, stream: StreamId) -> Result<(), ErrorCode> {
        self.client = connect(self.scene, &self.device).await;
        for stream in [StreamId::DIRECTORY, stream] {
            let from = self.ledger.size(&stream);
            let subscribe = Body::Subscribe(Subscribe { stream, from });
            if let Body::Refused(refused) = self.client.ask(subscribe).await {
                return Err(refused.code);
            }
            loop {
                match self.client.receive().await.body {
                    Body::Delivery(delivery) => {
                        let body = delivery.body.as_ref().map(|body| body.as_slice());
                        self.take(&delivery.record, body);
                    }
                    Body::CaughtUp(_) => break,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, record: &[u8], body: Option<&[u8]>) {
        let Ok(stream) = Record::parse(record).map(|record| record.stream) else {
            return;
        };
        let accepted = self.ledger.accept(record, body).unwrap();
        let opening = match &accepted.verdict {
            Ok(Effect::Channel(ChannelEffect::GroupStarted(start, _))) => start.clone(),
            Ok(Effect::Channel(ChannelEffect::Succeeded(successor, _))) => successor.start.clone(),
            Ok(Effect::Channel(ChannelEffect::Committed(commit, _))) => {
                let opening = (commit.group_info, commit.ratchet_tree);
                self.openings.insert(stream, opening);
                return;
            }
            _ => return,
        };
        let GroupStart {
            group_info,
            ratchet_tree,
            ..
        } = opening;
        self.openings.insert(stream, (group_info, ratchet_tree));
    }

    pub(crate) fn epoch(&self, stream: StreamId) -> GroupEpoch {
        let group = self.ledger.channel(&stream).unwrap().group().unwrap();
        group.epoch.clone()
    }

    pub(crate) fn group(&self, stream: StreamId) -> GroupId {
        let generation = u32::try_from(self.epoch(stream).generation).unwrap();
        GroupId::new(stream, generation)
    }

    pub(crate) fn facts(&self, kind: EntryType, stream: StreamId) -> Facts {
        let (counter, prev) = self.ledger.next_of(&stream, &self.device.fact.device);
        Facts {
            kind: kind.number(),
            rule: 1,
            stream,
            group: None,
            counter,
            prev,
            head: self.ledger.head(&stream),
            seen: Some(Seen {
                shard: 0,
                size: 0,
                root: Tree::new().root(),
            }),
            made: now_ms(),
            label: Label::Internal,
            com: None,
            act: None,
        }
    }

    /// Signs and submits an entry whose body says it all; reads on once it has its place.
    pub(crate) async fn say(
        &mut self,
        stream: StreamId,
        kind: EntryType,
        body: Vec<u8>,
    ) -> Result<(), ErrorCode> {
        let facts = self.facts(kind, stream);
        self.send(stream, &facts, kind, body, vec![]).await
    }

    /// As [`Self::say`], with these facts and side bodies.
    pub(crate) async fn send(
        &mut self,
        stream: StreamId,
        facts: &Facts,
        kind: EntryType,
        body: Vec<u8>,
        sides: Vec<Vec<u8>>,
    ) -> Result<(), ErrorCode> {
        let header = Header::new(self.device.fact.device, kind, facts);
        let entry = header.sign(&body, &self.device.key);
        let submit = Submit {
            entry: entry.into(),
            body: body.into(),
            sides: sides.into_iter().map(ByteVec::from).collect(),
            stream_key: None,
        };
        match self.client.ask(Body::Submit(submit)).await {
            Body::Ok(answer) => {
                let _: Receipt = answer.open().unwrap();
                self.look(stream).await;
                Ok(())
            }
            Body::Refused(refused) => Err(refused.code),
            other => panic!("{other:?}"),
        }
    }

    async fn fetch(&mut self, hash: Hash) -> Vec<u8> {
        let bytes: ByteVec = self.client.ok(Body::FetchBody(hash)).await.open().unwrap();
        bytes.to_vec()
    }

    /// A key package of another device, for what it says is a channel of both.
    pub(crate) async fn package(
        &mut self,
        device: DeviceId,
        stream: StreamId,
    ) -> Result<Vec<u8>, ErrorCode> {
        let take = Body::TakeKeyPackage(TakeKeyPackage { device, stream });
        match self.client.ask(take).await {
            Body::Ok(answer) => Ok(answer.open::<ByteVec>().unwrap().to_vec()),
            Body::Refused(refused) => Err(refused.code),
            other => panic!("{other:?}"),
        }
    }

    /// Joins by an external commit.
    pub(crate) async fn join(&mut self, stream: StreamId) -> Result<(), ErrorCode> {
        self.look(stream).await;
        let (info, tree) = self.openings[&stream];
        let (info, tree) = (self.fetch(info).await, self.fetch(tree).await);
        let own = self.device.fact.device;
        let group = self.ledger.channel(&stream).unwrap().group().unwrap();
        let removes = if group.roster.contains(&own) {
            vec![own]
        } else {
            vec![]
        };
        let facts = self.commit_facts(stream);
        let header = Header::new(own, EntryType::Commit, &facts);
        let data = header.mls_authenticated_data();
        let member = Member::new(own, self.device.mls.to_bytes());
        let made = member.join_externally(&info, &tree, data);
        self.member = member;
        self.log(stream, &facts, &made, &[own], &removes).await
    }

    pub(crate) fn commit_facts(&self, stream: StreamId) -> Facts {
        Facts {
            group: Some(self.epoch(stream)),
            ..self.facts(EntryType::Commit, stream)
        }
    }

    /// Commits as a member; `change` is what a modified client does to it before it signs.
    pub(crate) async fn commit(
        &mut self,
        stream: StreamId,
        acts: &[Act],
        (adds, removes): (&[DeviceId], &[DeviceId]),
        change: impl FnOnce(&mut Made),
    ) -> Result<(), ErrorCode> {
        let group = self.group(stream);
        let facts = self.commit_facts(stream);
        let header = Header::new(self.device.fact.device, EntryType::Commit, &facts);
        let data = header.mls_authenticated_data();
        let mut made = self.member.commit(group, acts, data);
        change(&mut made);
        let result = self.log(stream, &facts, &made, adds, removes).await;
        match result {
            Ok(()) => self.member.merge(group),
            Err(_) => self.member.discard(group),
        }
        result
    }

    async fn log(
        &mut self,
        stream: StreamId,
        facts: &Facts,
        made: &Made,
        adds: &[DeviceId],
        removes: &[DeviceId],
    ) -> Result<(), ErrorCode> {
        let epoch = self.epoch(stream);
        let body: CommitBody = made.body(epoch.generation, epoch.epoch + 1, adds, removes);
        let body = cbor::to_vec(&body);
        self.send(stream, facts, EntryType::Commit, body, made.sides())
            .await
    }

    /// Says something in the current epoch, which opens no commitment.
    pub(crate) async fn talk(&mut self, stream: StreamId, text: &[u8]) -> Result<(), ErrorCode> {
        self.encrypted(stream, EntryType::Message, text, |_| Hash([1; 32]))
            .await
    }

    /// Says this content in the current epoch, as a member does whose words nobody checked before they left.
    pub(crate) async fn utter(
        &mut self,
        stream: StreamId,
        kind: EntryType,
        content: &Content,
    ) -> Result<(), ErrorCode> {
        let commit = |place: &Place| content.commitment(place);
        self.encrypted(stream, kind, &cbor::to_vec(content), commit)
            .await
    }

    async fn encrypted(
        &mut self,
        stream: StreamId,
        kind: EntryType,
        text: &[u8],
        commit: impl FnOnce(&Place) -> Hash,
    ) -> Result<(), ErrorCode> {
        let mut facts = Facts {
            group: Some(self.epoch(stream)),
            ..self.facts(kind, stream)
        };
        let place = Place::of(self.device.fact.device, &facts).unwrap();
        facts.com = Some(commit(&place));
        let header = Header::new(self.device.fact.device, kind, &facts);
        let data = header.mls_authenticated_data();
        let body = self.member.encrypt(self.group(stream), text, data);
        self.send(stream, &facts, kind, body, vec![]).await
    }
}

async fn connect(scene: &Scene, device: &Device) -> Client {
    let mut client = Client::connect(scene.dir.path(), scene.address()).await;
    client.log_in(device).await;
    client
}

/// A commit that server and auditor take for good, and no member: only they know the key of its last bytes.
pub(crate) fn break_for_members(made: &mut Made) {
    *made.commit.last_mut().unwrap() ^= 1;
}
