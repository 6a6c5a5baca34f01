//! The lying server's log, written on: whoever has its keys can put anything in the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use thamvan_engine::DeviceKeys;
use thamvan_proto::cbor;
use thamvan_proto::directory::{
    DeviceEnrol, RootSigned, RootStatements, Statement, Ticket, code_hash, root_key_id,
};
use thamvan_proto::entry::{EntryType, Facts, Header, Position, Seen};
use thamvan_proto::heads::Heads;
use thamvan_proto::id::{DeviceId, PublicKey, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::Ledger;
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::refusal::log_key_id;
use thamvan_proto::tlog::Hash;
use thamvan_tests::session::{Cast, DAY, Person, Session};

use crate::lying_server::{Log, Shown};

/// Puts records behind the last one.
pub(crate) struct Author {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    /// Log time of the next record (ms).
    pub(crate) time: u64,
    session: Session,
}

impl Author {
    pub(crate) fn new() -> Self {
        let (log, session) = Log::honest();
        let ledger = session.ledger.clone();
        Self {
            log,
            time: ledger.time(&StreamId::HEADS) + 1_000,
            ledger,
            session,
        }
    }

    pub(crate) fn genesis_hash(&self) -> Hash {
        self.session.cast.genesis_hash
    }

    /// Sequences heads by the log key: the truth, changed by `lie`, over `positions` where they are another one.
    pub(crate) fn say_heads(
        &mut self,
        positions: Option<BTreeMap<StreamId, Position>>,
        lie: impl Fn(&mut Heads),
    ) {
        let size = self.log.tree.size();
        let said = positions
            .clone()
            .unwrap_or_else(|| self.log.positions(size));
        let streams = self.log.stream_heads(&said);
        let mut heads = Heads {
            version: 1,
            shard: 0,
            size,
            count: streams.count(),
            root: streams.root(),
        };
        lie(&mut heads);
        let signer = Arc::clone(&self.log.signer);
        let author = log_key_id(signer.verifier_key());
        let (counter, prev) = self.ledger.next_of(&StreamId::HEADS, &author);
        let facts = Facts {
            kind: EntryType::Heads.number(),
            rule: 1,
            stream: StreamId::HEADS,
            group: None,
            counter,
            prev,
            head: self.ledger.head(&StreamId::HEADS),
            seen: Some(Seen {
                shard: 0,
                size,
                root: self.log.tree.root(),
            }),
            made: self.time,
            label: Label::Public,
            com: None,
            act: None,
        };
        let (entry, body) = heads.sign(&facts, &signer);
        self.sequence(StreamId::HEADS, &entry, &body);
        self.log.said = positions;
    }

    /// Sequences an entry, valid or not.
    pub(crate) fn sequence(&mut self, stream: StreamId, entry: &[u8], body: &[u8]) {
        let record = Record {
            version: 1,
            shard: 0,
            stream,
            seq: self.ledger.size(&stream),
            time: self.time,
            dir: self.ledger.directory().head(),
            prev: self
                .ledger
                .head(&stream)
                .map_or(Hash([0; 32]), |head| head.record),
            entry: entry.to_vec().into(),
        };
        let bytes = record.to_vec();
        self.ledger.accept(&bytes, Some(body)).unwrap();
        let leaf = Leaf::new(&self.log.key(stream), record.seq, &bytes);
        self.log.records.push(Shown {
            stream,
            index: self.log.tree.size(),
            record: bytes,
            body: body.to_vec(),
        });
        self.log.tree.append(leaf.hash());
        self.time += 1_000;
    }

    /// Signs and sequences what `person` says, right or wrong; `change` what a modified client changes in the header. Gives the hash
    /// of the record.
    pub(crate) fn say(
        &mut self,
        person: &Person,
        stream: StreamId,
        kind: EntryType,
        body: impl FnOnce(&Header) -> Vec<u8>,
        change: impl FnOnce(&mut Facts),
    ) -> Hash {
        let (counter, prev) = self.ledger.next_of(&stream, &person.device);
        let mut facts = Facts {
            kind: kind.number(),
            rule: 1,
            stream,
            group: None,
            counter,
            prev,
            head: self.ledger.head(&stream),
            seen: Some(Seen {
                shard: 0,
                size: self.log.tree.size(),
                root: self.log.tree.root(),
            }),
            made: self.time,
            label: Label::Internal,
            com: None,
            act: None,
        };
        change(&mut facts);
        let header = Header::new(person.device, kind, &facts);
        let body = body(&header);
        let entry = header.sign(&body, &person.signing);
        self.sequence(stream, &entry, &body);
        self.ledger.head(&stream).unwrap().record
    }

    pub(crate) fn cast(&self) -> Cast {
        self.session.cast.clone()
    }

    /// Enrols a device of lan's by the root keys.
    pub(crate) fn enrol(&mut self, keys: &DeviceKeys) {
        let official = self.session.cast.lan.official.clone();
        let ticket = TicketId([0x77; 16]);
        let statements = vec![
            Statement::Ticket(Ticket {
                id: ticket,
                official: official.clone(),
                code: code_hash("CODE"),
                expires: self.time + DAY,
            }),
            Statement::DeviceEnrol(DeviceEnrol {
                device: keys.device,
                official,
                seat: None,
                signing: keys.signing_public(),
                mls: keys.mls_public(),
                sealing: keys.sealing_public().unwrap().into(),
                name: "desk".into(),
                ticket,
            }),
        ];
        self.state(statements);
    }

    pub(crate) fn state(&mut self, statements: Vec<Statement>) {
        let root = &self.session.cast.roots[0];
        let content = cbor::to_vec(&RootStatements {
            genesis: self.genesis_hash(),
            nonce: Salt([u8::try_from(self.log.tree.size()).unwrap(); 32]),
            statements,
        });
        let body = cbor::to_vec(&RootSigned::sign(
            content,
            &[root, &self.session.cast.roots[1]],
        ));
        self.say_root(&body);
    }

    /// Sequences a root statement, whoever has signed it.
    pub(crate) fn say_root(&mut self, body: &[u8]) {
        let root = &self.session.cast.roots[0];
        let kid = root_key_id(&PublicKey(root.verifying_key().to_bytes()));
        let kid = DeviceId(kid.0);
        let (counter, prev) = self.ledger.next_of(&StreamId::DIRECTORY, &kid);
        let facts = Facts {
            kind: EntryType::RootStatement.number(),
            rule: 1,
            stream: StreamId::DIRECTORY,
            group: None,
            counter,
            prev,
            head: None,
            seen: None,
            made: self.time,
            label: Label::Internal,
            com: None,
            act: None,
        };
        let entry = Header::new(kid, EntryType::RootStatement, &facts).sign(body, root);
        self.sequence(StreamId::DIRECTORY, &entry, body);
    }
}
