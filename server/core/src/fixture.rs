//! A small deployment for tests: root keys, two agencies, four officials, devices that sign entries.

use ed25519_dalek::SigningKey;
use thamvan_proto::cbor;
use thamvan_proto::channel::Scope;
use thamvan_proto::directory::{
    Agency, AgencyKind, DeviceEnrol, Genesis, Official, OfficialName, Role, RoleGrant, RootSigned,
    RootStatements, SEALING_KEY_LEN, Seat, SeatAppoint, SeatRole, Statement, StreamRegister,
    Ticket, code_hash, root_key_id,
};
use thamvan_proto::entry::{EntryType, Facts, Header, Seen, sha256};
use thamvan_proto::frame::{Enrol, EntryWithBodies};
use thamvan_proto::id::{DeviceId, OfficialId, PublicKey, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::Ledger;
use thamvan_proto::login::sign_enrolment;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Hash, Tree};

/// Signs entries of one device (or root key) in one stream.
pub(crate) struct Author {
    pub(crate) device: DeviceId,
    pub(crate) key: SigningKey,
    stream: StreamId,
    counter: u64,
    prev: Hash,
}

impl Author {
    pub(crate) fn new(device: DeviceId, key: &SigningKey, stream: StreamId) -> Self {
        Self {
            device,
            key: key.clone(),
            stream,
            counter: 0,
            prev: Hash([0; 32]),
        }
    }

    /// Goes on where this author's last entry in `ledger` ended.
    #[allow(dead_code)]
    pub(crate) fn resume(&mut self, ledger: &Ledger) {
        (self.counter, self.prev) = ledger.next_of(&self.stream, &self.device);
    }

    /// The next entry of this author over `body`.
    pub(crate) fn entry(&mut self, kind: EntryType, body: &[u8], made: u64) -> Vec<u8> {
        let facts = self.facts(kind, made);
        let header = Header::new(self.device, kind, &facts);
        self.sign(&header, body)
    }

    /// Signs a header that was made from [`facts`](Self::facts).
    pub(crate) fn sign(&mut self, header: &Header, body: &[u8]) -> Vec<u8> {
        let entry = header.sign(body, &self.key);
        self.counter += 1;
        self.prev = sha256(&entry);
        entry
    }

    /// The facts of the next entry, outside a group.
    pub(crate) fn facts(&self, kind: EntryType, made: u64) -> Facts {
        let seen = Seen {
            shard: 0,
            size: 0,
            root: Tree::new().root(),
        };
        Facts {
            kind: kind.number(),
            rule: 1,
            stream: self.stream,
            group: None,
            counter: self.counter,
            prev: self.prev,
            head: None,
            // Root keys work offline.
            seen: (!matches!(kind, EntryType::Genesis | EntryType::RootStatement)).then_some(seen),
            made,
            label: Label::Internal,
            com: None,
            act: None,
        }
    }
}

/// A device and the keys that it would keep.
pub(crate) struct Device {
    pub(crate) fact: DeviceEnrol,
    pub(crate) key: SigningKey,
    /// Its MLS key.
    #[allow(dead_code)]
    pub(crate) mls: SigningKey,
}

impl Device {
    /// Device number `n` of `official`, for ticket number `n`.
    pub(crate) fn new(n: u8, official: &str) -> Self {
        let key = SigningKey::from_bytes(&[n; 32]);
        let mls = SigningKey::from_bytes(&[n ^ 0x80; 32]);
        let fact = DeviceEnrol {
            device: DeviceId([n; 16]),
            official: id(official),
            seat: None,
            signing: public(&key),
            mls: public(&mls),
            sealing: vec![n; SEALING_KEY_LEN].into(),
            name: "desk".into(),
            ticket: TicketId([n; 16]),
        };
        Self { fact, key, mls }
    }

    /// Its enrol frame with the code of its ticket.
    pub(crate) fn enrol(&self) -> Enrol {
        Enrol {
            code: CODE.into(),
            request: sign_enrolment(&self.fact, &self.key).into(),
            root: None,
        }
    }

    pub(crate) fn author(&self, stream: StreamId) -> Author {
        Author::new(self.fact.device, &self.key, stream)
    }
}

/// Root keys with a genesis for `log_key`.
pub(crate) struct Authority {
    roots: [SigningKey; 2],
    author: Author,
    genesis: Genesis,
    pub(crate) hash: Hash,
    /// Statements made: each has a nonce of its own.
    stated: u8,
}

impl Authority {
    pub(crate) fn new(origin: &str, log_key: &str, policy: Hash, made: u64) -> Self {
        let roots = [101, 102].map(|n| SigningKey::from_bytes(&[n; 32]));
        let genesis = Genesis {
            version: 1,
            origin: origin.into(),
            shard: 0,
            threshold: 2,
            root_keys: roots.iter().map(public).collect(),
            next_roots: Hash([0; 32]),
            log_key: log_key.into(),
            policy,
            stream_key: Salt([42; 32]),
            made,
        };
        let kid = DeviceId(root_key_id(&public(&roots[0])).0);
        Self {
            author: Author::new(kid, &roots[0], StreamId::DIRECTORY),
            hash: sha256(&cbor::to_vec(&genesis)),
            roots,
            genesis,
            stated: 0,
        }
    }

    pub(crate) fn genesis(&mut self) -> EntryWithBodies {
        let body = self.sign(cbor::to_vec(&self.genesis));
        self.item(EntryType::Genesis, body, Vec::new(), self.genesis.made)
    }

    /// A root statement of these statements; `sides` are the names that they name.
    pub(crate) fn state(
        &mut self,
        statements: Vec<Statement>,
        sides: Vec<Vec<u8>>,
        made: u64,
    ) -> EntryWithBodies {
        self.stated += 1;
        let content = cbor::to_vec(&RootStatements {
            genesis: self.hash,
            nonce: Salt([self.stated; 32]),
            statements,
        });
        let body = self.sign(content);
        self.item(EntryType::RootStatement, body, sides, made)
    }

    /// The first root statement: agencies, officials, roles, a seat, and a ticket for each device.
    pub(crate) fn begin(&mut self, devices: &[&Device], made: u64) -> EntryWithBodies {
        let mut statements = vec![
            agency("mofa", vec![Scope::coordinator()]),
            agency("moit", Vec::new()),
        ];
        let mut sides = Vec::new();
        for official in [ADMIN, APPROVER, LAN, MINH] {
            let side = name(official);
            statements.push(Statement::Official(Official {
                id: id(official),
                name: sha256(&side),
            }));
            sides.push(side);
        }
        statements.push(grant(Role::NationalAdministrator, ADMIN));
        statements.push(grant(Role::Approver, APPROVER));
        statements.push(Statement::Seat(Seat {
            id: "mofa/main".parse().unwrap(),
            purpose: "speaks for the agency".into(),
        }));
        statements.push(Statement::SeatAppoint(SeatAppoint {
            seat: "mofa/main".parse().unwrap(),
            official: id(LAN),
            role: SeatRole::Primary,
            from: 0,
            until: None,
            speak_for: true,
        }));
        statements.extend(devices.iter().map(|device| {
            Statement::Ticket(Ticket {
                id: device.fact.ticket,
                official: device.fact.official.clone(),
                code: code_hash(CODE),
                expires: made + 3_600_000,
            })
        }));
        self.state(statements, sides, made)
    }

    fn sign(&self, content: Vec<u8>) -> Vec<u8> {
        cbor::to_vec(&RootSigned::sign(
            content,
            &[&self.roots[0], &self.roots[1]],
        ))
    }

    fn item(
        &mut self,
        kind: EntryType,
        body: Vec<u8>,
        sides: Vec<Vec<u8>>,
        made: u64,
    ) -> EntryWithBodies {
        EntryWithBodies {
            entry: self.author.entry(kind, &body, made).into(),
            body: body.into(),
            sides: sides.into_iter().map(Into::into).collect(),
        }
    }
}

/// The body of a stream-register entry with its tag key.
pub(crate) fn register(stream: StreamId, key: Salt) -> Vec<u8> {
    cbor::to_vec(&StreamRegister {
        stream,
        key_commitment: StreamKey(key.0).commitment(),
    })
}

pub(crate) fn name(official: &str) -> Vec<u8> {
    cbor::to_vec(&OfficialName {
        tag: "thamvan/name/v1".into(),
        salt: Salt([3; 32]),
        name: official.into(),
    })
}

pub(crate) fn agency(word: &str, leads: Vec<Scope>) -> Statement {
    Statement::Agency(Agency {
        id: word.parse().unwrap(),
        kind: AgencyKind::Bo,
        name_vi: word.into(),
        name_en: word.into(),
        leads,
    })
}

fn grant(role: Role, official: &str) -> Statement {
    Statement::RoleGrant(RoleGrant {
        role,
        official: id(official),
        scope: None,
        from: 0,
        until: None,
    })
}

pub(crate) fn id(official: &str) -> OfficialId {
    official.parse().unwrap()
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub(crate) const ADMIN: &str = "admin@mofa";
pub(crate) const APPROVER: &str = "approver@mofa";
pub(crate) const LAN: &str = "lan@mofa";
pub(crate) const MINH: &str = "minh@moit";
pub(crate) const CODE: &str = "one-time";
