//! The authority's folder: root keys, kept offline, and what they sign (genesis, first officials, first devices).
//!
//! Nothing here touches a network. Root keys are stored under a passphrase (Argon2id, XChaCha20-Poly1305).

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::SigningKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thamvan_proto::cbor;
use thamvan_proto::directory::{
    Agency, Genesis, Official, Role, RoleGrant, RootSigned, RootStatements, Statement, Ticket,
    code_hash, root_key_id,
};
use thamvan_proto::entry::{EntryType, Facts, Header, sha256};
use thamvan_proto::frame::{EntryWithBodies, PendingEnrolment};
use thamvan_proto::id::{DeviceId, OfficialId, PublicKey, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::RULE_VERSION;
use thamvan_proto::limits::FRAME_BEFORE_LOGIN_LEN_MAX;
use thamvan_proto::login::{TicketFile, open_enrolment, verification_code};
use thamvan_proto::tlog::{Hash, Policy};
use zeroize::Zeroizing;

use crate::error::EngineError;
use crate::random;
use crate::secret::{self, Passphrase, SALT_LEN};
use crate::store::file;
use crate::transport::field;
use crate::verbs::{normalised, official_name};

mod apart;
mod rotation;

pub use apart::Made;
use rotation::{commitment, entries, generation, key_path, keys_of};

/// What the ceremony decides.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// k of k-of-n.
    pub threshold: u64,
    /// n.
    pub keys: usize,
    /// Text of the tlog-policy file; its log key is the log's, and the key's name is the origin.
    pub policy: String,
    /// `host:port` of the server, for the first tickets.
    pub server: String,
    /// PEM of the certificate authority of the server.
    pub ca_pem: Vec<u8>,
    /// The agencies of the first officials.
    pub agencies: Vec<Agency>,
    /// The first officials: id, name, role.
    pub officials: Vec<(OfficialId, String, Role)>,
}

/// How root keys are kept.
#[derive(Clone, Copy, Debug)]
pub enum Keeping<'a> {
    /// All in the authority's folder, under one passphrase.
    Together(&'a Passphrase),
    /// Each in a folder of its own, under its holder's passphrase: what they sign, k of them sign one after another.
    Apart(&'a [(PathBuf, Passphrase)]),
}

impl Keeping<'_> {
    /// The folder and passphrase of each of `count` keys.
    fn holders(&self, dir: &Path, count: usize) -> Vec<(PathBuf, Passphrase)> {
        match self {
            Self::Together(passphrase) => vec![(dir.to_owned(), (*passphrase).clone()); count],
            Self::Apart(holders) => holders.to_vec(),
        }
    }
}

/// What the ceremony leaves behind.
#[derive(Clone, Debug)]
pub struct Founded {
    /// Hash that every client pins.
    pub genesis: Hash,
    /// One ticket file for each first official.
    pub tickets: Vec<PathBuf>,
}

/// The folder of an authority.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    /// How often its keys were rotated.
    generation: u64,
    keys: Vec<SigningKey>,
    genesis: Genesis,
    hash: Hash,
}

impl Authority {
    /// Makes root keys, genesis and the first statements in `dir`, the keys where `keeping` says.
    ///
    /// # Errors
    /// [`EngineError::HomeExists`] where `dir` holds an authority; [`EngineError::NotAllowed`] for an impossible ceremony.
    pub fn found(
        dir: &Path,
        keeping: &Keeping<'_>,
        ceremony: &Ceremony,
    ) -> Result<Founded, EngineError> {
        let holders = keeping.holders(dir, ceremony.keys);
        if holders.iter().any(|(_, passphrase)| passphrase.is_empty()) {
            return Err(not_allowed(
                "passphrase",
                "the passphrase of root keys must not be empty",
            ));
        }
        let folders: BTreeSet<&PathBuf> = holders.iter().map(|(folder, _)| folder).collect();
        let apart = matches!(keeping, Keeping::Apart(_));
        if apart && (folders.len() != ceremony.keys || folders.contains(&dir.to_owned())) {
            return Err(not_allowed(
                "holders",
                "each root key has a folder of its own, other than the authority's",
            ));
        }
        let taken = |folder: &Path| folder.join(GENESIS).exists() || folder.join(FIRST).exists();
        let all = folders.iter().map(|folder| folder.as_path()).chain([dir]);
        if let Some(path) = all.into_iter().find(|folder| taken(folder)) {
            return Err(EngineError::HomeExists {
                path: path.to_owned(),
            });
        }
        let possible = usize::try_from(ceremony.threshold)
            .is_ok_and(|threshold| (1..=ceremony.keys).contains(&threshold));
        if !possible {
            return Err(not_allowed(
                "threshold",
                "the threshold must be 1 to the number of keys",
            ));
        }
        let policy = Policy::parse(&ceremony.policy)
            .map_err(|error| not_allowed("policy", &error.to_string()))?;
        for folder in ["", ENTRIES, TICKETS] {
            new_folder(&dir.join(folder))?;
        }
        for folder in &folders {
            new_folder(&folder.join(ENTRIES))?;
        }
        let make = |generation| {
            (1..)
                .zip(&holders)
                .map(|(n, (folder, words))| make_root_key(&key_path(folder, generation, n), words))
                .collect::<Result<Vec<_>, _>>()
        };
        let (keys, next_keys) = (make(0)?, make(1)?);
        let genesis = Genesis {
            version: 1,
            origin: policy.log().name().as_str().to_owned(),
            shard: 0,
            threshold: ceremony.threshold,
            root_keys: keys.iter().map(public).collect(),
            next_roots: commitment(&next_keys),
            log_key: policy.log().to_string(),
            policy: sha256(ceremony.policy.as_bytes()),
            stream_key: Salt(random::bytes()?),
            made: now(),
        };
        let hash = sha256(&cbor::to_vec(&genesis));
        let authority = Self {
            dir: dir.to_owned(),
            generation: 0,
            keys,
            genesis,
            hash,
        };
        let founded = authority.write_first_entries(ceremony)?;
        // Each holder knows the genesis; the first key, which began the log, goes on in its own folder.
        for (n, (folder, _)) in holders.iter().enumerate().filter(|_| apart) {
            copy_private(&entry_path(dir, 0, 0), &folder.join(FIRST))?;
            for counter in (0..2).filter(|_| n == 0) {
                let path = entry_path(folder, 0, counter);
                copy_private(&entry_path(dir, 0, counter), &path)?;
            }
        }
        Ok(founded)
    }

    fn write_first_entries(&self, ceremony: &Ceremony) -> Result<Founded, EngineError> {
        let ca = CertificateDer::from_pem_slice(&ceremony.ca_pem)
            .map_err(|error| not_allowed("ca", &error.to_string()))?;
        let content = cbor::to_vec(&self.genesis);
        let first = self.log(EntryType::Genesis, self.sign(content), vec![])?;
        let mut statements: Vec<Statement> = ceremony
            .agencies
            .iter()
            .cloned()
            .map(Statement::Agency)
            .collect();
        let (mut sides, mut tickets) = (Vec::new(), Vec::new());
        for (id, name, role) in &ceremony.officials {
            let side = official_name(name)?;
            statements.push(Statement::Official(Official {
                id: id.clone(),
                name: sha256(&side),
            }));
            sides.push(field(&side));
            statements.push(Statement::RoleGrant(RoleGrant {
                role: *role,
                official: id.clone(),
                scope: None,
                from: 0,
                until: None,
            }));
            let ticket = self.make_ticket(id, ceremony, &ca)?;
            statements.push(Statement::Ticket(Ticket {
                id: ticket.ticket,
                official: id.clone(),
                code: code_hash(&ticket.code),
                expires: ticket.expires,
            }));
            let path = self.dir.join(TICKETS).join(format!("{id}.ticket"));
            write_private(&path, ticket.to_text().as_bytes())?;
            tickets.push(path);
        }
        let body = self.statements(statements)?;
        let second = self.log(EntryType::RootStatement, body, sides)?;
        let sequence = [cbor::to_vec(&first), cbor::to_vec(&second)].concat();
        write_private(&self.dir.join(GENESIS), &sequence)?;
        let text = format!("{}\n", data_encoding::HEXLOWER.encode(&self.hash.0));
        write_private(&self.dir.join(GENESIS_HASH), text.as_bytes())?;
        Ok(Founded {
            genesis: self.hash,
            tickets,
        })
    }

    fn make_ticket(
        &self,
        official: &OfficialId,
        ceremony: &Ceremony,
        ca: &CertificateDer<'_>,
    ) -> Result<TicketFile, EngineError> {
        Ok(TicketFile {
            version: 1,
            server: ceremony.server.clone(),
            ca: field(ca),
            origin: self.genesis.origin.clone(),
            genesis: self.hash,
            ticket: TicketId(random::bytes()?),
            official: official.clone(),
            code: data_encoding::BASE32_NOPAD.encode(&random::bytes::<15>()?),
            expires: now().saturating_add(FIRST_TICKET_LIFETIME_MS),
        })
    }

    /// Opens the folder with the passphrase of its root keys: all of them, one that is kept apart, or none.
    ///
    /// # Errors
    /// [`EngineError::NoHome`], [`EngineError::WrongPassphrase`], [`EngineError::StoreDamaged`].
    pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<Self, EngineError> {
        let candidates = [dir.join(FIRST), entry_path(dir, 0, 0)];
        let path = candidates.into_iter().find(|path| path.exists());
        let path = path.ok_or_else(|| EngineError::NoHome {
            path: dir.to_owned(),
        })?;
        let first = fs::read(&path).map_err(|source| file(&path, source))?;
        let first: EntryWithBodies = cbor::from_slice(&first, first.len())?;
        let (genesis, hash) = RootSigned::open_genesis(&first.body)
            .map_err(|_| EngineError::StoreDamaged { what: "genesis" })?;
        let generation = generation(dir);
        let keys = keys_of(dir, generation, genesis.root_keys.len(), passphrase)?;
        Ok(Self {
            dir: dir.to_owned(),
            generation,
            keys,
            genesis,
            hash,
        })
    }

    /// Enrols a device by root keys, after comparing codes; gives the entry that the device hands to the server, or, where this
    /// folder holds fewer keys than are needed, the draft for the next holder.
    ///
    /// `request`: the file `enrolment.request` of the device's home. `code`: what its owner read out.
    ///
    /// # Errors
    /// [`EngineError::CodeMismatch`].
    pub fn enrol_device(&self, request: &[u8], code: &str) -> Result<Made, EngineError> {
        let pending: PendingEnrolment = cbor::from_slice(request, FRAME_BEFORE_LOGIN_LEN_MAX)?;
        let fact = open_enrolment(&pending.request)
            .map_err(|_| not_allowed("request", "the request is not signed by its own key"))?;
        let (origin, genesis) = (&self.genesis.origin, &self.hash);
        let expected = verification_code(origin, genesis, &pending.code, &fact);
        if normalised(code) != normalised(&expected) {
            return Err(EngineError::CodeMismatch);
        }
        let signed = self.statements(vec![Statement::DeviceEnrol(fact)])?;
        self.make(signed, pending.code)
    }

    fn statements(&self, statements: Vec<Statement>) -> Result<RootSigned, EngineError> {
        let nonce = Salt(random::bytes()?);
        let content = RootStatements {
            genesis: self.hash,
            nonce,
            statements,
        };
        Ok(self.sign(cbor::to_vec(&content)))
    }

    fn sign(&self, content: Vec<u8>) -> RootSigned {
        let threshold = usize::try_from(self.genesis.threshold).unwrap_or(usize::MAX);
        let keys: Vec<&SigningKey> = self.keys.iter().take(threshold).collect();
        RootSigned::sign(content, &keys)
    }

    /// Makes the next entry of the first root key in force; the folder keeps them all, because each names the one before.
    fn log(
        &self,
        kind: EntryType,
        body: RootSigned,
        sides: Vec<cbor::ByteVec>,
    ) -> Result<EntryWithBodies, EngineError> {
        let key = self
            .keys
            .first()
            .ok_or(EngineError::StoreDamaged { what: "root keys" })?;
        let (counter, prev) = self.next()?;
        let facts = Facts {
            kind: kind.number(),
            rule: RULE_VERSION,
            stream: StreamId::DIRECTORY,
            group: None,
            counter,
            prev,
            head: None,
            seen: None,
            made: now(),
            label: Label::Internal,
            com: None,
            act: None,
        };
        let body = cbor::to_vec(&body);
        let kid = DeviceId(root_key_id(&public(key)).0);
        let entry = Header::new(kid, kind, &facts).sign(&body, key);
        let made = EntryWithBodies {
            entry: entry.into(),
            body: body.into(),
            sides,
        };
        let path = entry_path(&self.dir, self.generation, counter);
        write_private(&path, &cbor::to_vec(&made))?;
        Ok(made)
    }

    fn next(&self) -> Result<(u64, Hash), EngineError> {
        let mut counter = 0;
        let mut prev = Hash([0; 32]);
        loop {
            let path = entry_path(&self.dir, self.generation, counter);
            if !path.exists() {
                return Ok((counter, prev));
            }
            let bytes = fs::read(&path).map_err(|source| file(&path, source))?;
            let made: EntryWithBodies = cbor::from_slice(&bytes, bytes.len())?;
            prev = sha256(&made.entry);
            counter += 1;
        }
    }
}

fn make_root_key(path: &Path, passphrase: &Passphrase) -> Result<SigningKey, EngineError> {
    let secret = Zeroizing::new(random::bytes::<32>()?);
    let (salt, nonce) = (random::bytes::<SALT_LEN>()?, random::bytes::<24>()?);
    let cipher = cipher(passphrase, &salt)?;
    let sealed = cipher
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: secret.as_slice(),
                aad: ROOT_KEY_AAD,
            },
        )
        .map_err(|_| EngineError::StoreDamaged { what: "root key" })?;
    write_private(path, &[salt.as_slice(), &nonce, &sealed].concat())?;
    Ok(SigningKey::from_bytes(&secret))
}

fn read_root_key(path: &Path, passphrase: &Passphrase) -> Result<SigningKey, EngineError> {
    let bytes = fs::read(path).map_err(|source| file(path, source))?;
    let damaged = || EngineError::StoreDamaged { what: "root key" };
    let (salt, rest) = bytes.split_first_chunk::<SALT_LEN>().ok_or_else(damaged)?;
    let (nonce, sealed) = rest.split_first_chunk::<24>().ok_or_else(damaged)?;
    let secret = cipher(passphrase, salt)?
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: ROOT_KEY_AAD,
            },
        )
        .map_err(|_| EngineError::WrongPassphrase)?;
    let secret = Zeroizing::new(secret);
    let secret: &[u8; 32] = secret.as_slice().try_into().map_err(|_| damaged())?;
    Ok(SigningKey::from_bytes(secret))
}

fn cipher(
    passphrase: &Passphrase,
    salt: &[u8; SALT_LEN],
) -> Result<XChaCha20Poly1305, EngineError> {
    let key = secret::derive(passphrase, salt)?;
    Ok(XChaCha20Poly1305::new(&key.0.into()))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    use std::io::Write;
    let write = || {
        let mut options = fs::OpenOptions::new();
        let mut handle = options
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        handle.write_all(bytes)?;
        handle.sync_all()
    };
    write().map_err(|source| file(path, source))
}

fn copy_private(from: &Path, to: &Path) -> Result<(), EngineError> {
    let bytes = fs::read(from).map_err(|source| file(from, source))?;
    write_private(to, &bytes)
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

fn new_folder(path: &Path) -> Result<(), EngineError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(|source| file(path, source))
}

fn entry_path(dir: &Path, generation: u64, counter: u64) -> PathBuf {
    dir.join(entries(generation))
        .join(format!("{counter:04}.cbor"))
}

fn now() -> u64 {
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(clock.as_millis()).unwrap_or(u64::MAX)
}

fn not_allowed(rule: &'static str, what: &str) -> EngineError {
    EngineError::NotAllowed {
        rule,
        what: what.to_owned(),
    }
}

const GENESIS: &str = "genesis.cbor";
/// The first entry, in the folder of a key that is kept apart.
const FIRST: &str = "first.cbor";
const GENESIS_HASH: &str = "genesis.hash";
const ENTRIES: &str = "entries";
const TICKETS: &str = "tickets";
const ROOT_KEY_AAD: &[u8] = b"thamvan/root-key/v1";
/// 7 days from the ceremony to the first log-in.
const FIRST_TICKET_LIFETIME_MS: u64 = 7 * 24 * 3600 * 1000;
