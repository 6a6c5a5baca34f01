//! One home, opened: its store, what it has verified, and its connection.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openmls_libcrux_crypto::CryptoProvider;
use thamvan_proto::directory::DeviceEnrol;
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Seen};
use thamvan_proto::frame::Delivery;
use thamvan_proto::id::{OfficialId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::ledger::{Ledger, RULE_VERSION};
use thamvan_proto::login::TicketFile;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Checkpoint, Hash};

use crate::attachment::Progress;
use crate::error::EngineError;
use crate::established::{OnWait, PATIENCE};
use crate::failpoint::{Failpoint, Kill, Point};
use crate::gossip::Gossip;
use crate::keys::DeviceKeys;
use crate::secret::Passphrase;
use crate::store::{HomeLock, Rows, Store};
use crate::transport::{Connection, Server};
use crate::verbs::Names;
use crate::verify;
use crate::witnessed::Witnesses;

/// An open home. Dropped, it releases the home and wipes its keys.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) crypto: CryptoProvider,
    pub(crate) keys: DeviceKeys,
    pub(crate) pinned: TicketFile,
    pub(crate) ledger: Ledger,
    pub(crate) stream_keys: BTreeMap<StreamId, StreamKey>,
    /// Largest checkpoint verified, with its note.
    pub(crate) known: Option<(Checkpoint, String)>,
    /// What witnesses say of the log.
    pub(crate) witnesses: Witnesses,
    /// Roots that are known to be of this log, by size.
    pub(crate) roots: BTreeMap<u64, Hash>,
    /// What other authors saw of the log, not yet held against it.
    pub(crate) gossip: Gossip,
    pub(crate) connection: Option<Connection>,
    pub(crate) subscribed: BTreeSet<StreamId>,
    pub(crate) caught_up: BTreeMap<StreamId, u64>,
    /// Places in the log of the records of each stream, in seq order.
    pub(crate) indexes: BTreeMap<StreamId, Vec<u64>>,
    /// Entries of each stream that are void, with why: they did nothing, whoever sequenced them.
    pub(crate) voids: BTreeMap<StreamId, Vec<(u64, String)>>,
    /// Deliveries whose directory position has not been read yet.
    pub(crate) waiting: Vec<Delivery>,
    /// How long the registration of a listed stream may be on its way.
    pub(crate) registration_patience: Duration,
    /// How long a verb waits for the witnesses, and what is told when it begins to.
    pub(crate) patience: Duration,
    pub(crate) on_wait: Option<OnWait>,
    /// How far its clock is ahead of the machine's (ms): tests set it wrong.
    clock_ahead_ms: i64,
    pub(crate) failpoint: Failpoint,
    /// Set once the server says that this device is nobody's any more.
    pub(crate) without_rights: bool,
    /// Who is told how far attachments are.
    pub(crate) transfer_progress: Option<Progress>,
    /// Names of persons, in memory alone.
    pub(crate) names: Names,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({})", self.keys.device)
    }
}

impl Engine {
    /// Waits so long for the registration of a listed stream: for a test in which it never comes.
    #[doc(hidden)]
    pub fn set_patience(&mut self, patience: Duration) {
        self.registration_patience = patience;
    }

    /// Creates a home for the device that `ticket` invites.
    ///
    /// # Errors
    /// [`EngineError::HomeExists`], or trouble with the folder.
    pub fn create(
        home: &Path,
        passphrase: &Passphrase,
        ticket: &TicketFile,
        device_name: &str,
    ) -> Result<Self, EngineError> {
        let mut store = Store::create(home, passphrase)?;
        let keys = DeviceKeys::generate()?;
        let step = store.begin()?;
        let rows = Rows(&step);
        rows.set_meta(META_KEYS, &keys.to_bytes())?;
        rows.set_meta(META_PINNED, ticket.to_text().as_bytes())?;
        rows.set_meta(META_NAME, device_name.as_bytes())?;
        step.commit()?;
        Self::load(store)
    }

    /// Opens a home and verifies again what it stores.
    ///
    /// # Errors
    /// [`EngineError::NoHome`], [`EngineError::WrongPassphrase`], [`EngineError::HomeInUse`], [`EngineError::StoreDamaged`].
    pub fn open(home: &Path, passphrase: &Passphrase) -> Result<Self, EngineError> {
        Self::open_held(HomeLock::of(home)?, passphrase)
    }

    /// As [`Engine::open`], of a home that this process holds already, and goes on to hold.
    ///
    /// # Errors
    /// [`EngineError::WrongPassphrase`], [`EngineError::StoreDamaged`].
    pub fn open_held(lock: HomeLock, passphrase: &Passphrase) -> Result<Self, EngineError> {
        Self::load(Store::open(lock, passphrase)?)
    }

    fn load(store: Store) -> Result<Self, EngineError> {
        let rows = Rows(store.connection());
        let missing = |what| move || EngineError::StoreDamaged { what };
        let keys = rows.meta(META_KEYS)?.map(zeroize::Zeroizing::new);
        let keys = DeviceKeys::from_bytes(&keys.ok_or_else(missing("device keys"))?)?;
        let pinned = rows.meta(META_PINNED)?.ok_or_else(missing("ticket"))?;
        let pinned = String::from_utf8(pinned).map_err(|_| missing("ticket")())?;
        let pinned = TicketFile::parse(&pinned)?;
        let stream_keys = rows
            .stream_keys()?
            .into_iter()
            .map(|(stream, key)| (stream, StreamKey(key)))
            .collect();
        let mut ledger = Ledger::default();
        let mut indexes: BTreeMap<StreamId, Vec<u64>> = BTreeMap::new();
        let mut voids: BTreeMap<StreamId, Vec<(u64, String)>> = BTreeMap::new();
        for row in rows.records()? {
            let accepted = ledger
                .accept(&row.record, row.body.as_deref())
                .map_err(|_| EngineError::StoreDamaged { what: "record" })?;
            if let Err(invalid) = &accepted.verdict {
                let of_stream = voids.entry(row.stream).or_default();
                of_stream.push((row.seq, invalid.to_string()));
            }
            indexes.entry(row.stream).or_default().push(row.index);
        }
        let mut engine = Self {
            crypto: CryptoProvider::new().map_err(|_| EngineError::Randomness)?,
            keys,
            pinned,
            ledger,
            stream_keys,
            known: None,
            witnesses: Witnesses::default(),
            roots: BTreeMap::new(),
            gossip: Gossip::default(),
            connection: None,
            subscribed: BTreeSet::new(),
            caught_up: BTreeMap::new(),
            indexes,
            voids,
            waiting: Vec::new(),
            registration_patience: SERVER_PATIENCE,
            patience: PATIENCE,
            on_wait: None,
            clock_ahead_ms: 0,
            failpoint: Failpoint::default(),
            without_rights: false,
            transfer_progress: None,
            names: Names::new(),
            store,
        };
        engine.load_known()?;
        engine.load_witnesses()?;
        Ok(engine)
    }

    fn load_known(&mut self) -> Result<(), EngineError> {
        let Some(note) = Rows(self.store.connection()).meta(META_KNOWN)? else {
            return Ok(());
        };
        let note = String::from_utf8(note)
            .map_err(|_| EngineError::StoreDamaged { what: "checkpoint" })?;
        let (genesis, _) = self
            .ledger
            .directory()
            .genesis()
            .ok_or(EngineError::StoreDamaged { what: "genesis" })?;
        let checkpoint = verify::open_checkpoint(&note, genesis)?;
        self.roots.insert(checkpoint.size, checkpoint.root);
        self.known = Some((checkpoint, note));
        Ok(())
    }

    /// Folder of the home.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.store.path()
    }

    /// What this device has verified.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ticket that the home was made from: server, origin, pinned genesis.
    #[must_use]
    pub fn pinned(&self) -> &TicketFile {
        &self.pinned
    }

    /// The keys of this device.
    #[must_use]
    pub fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// Largest checkpoint that this device has verified.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.known.as_ref().map(|(checkpoint, _)| checkpoint)
    }

    /// This device in the directory, once enrolled.
    #[must_use]
    pub fn device(&self) -> Option<&DeviceEnrol> {
        self.ledger.directory().now().device(&self.keys.device)
    }

    /// Owner of this device.
    ///
    /// # Errors
    /// [`EngineError::NotEnrolled`].
    pub fn official(&self) -> Result<OfficialId, EngineError> {
        self.device()
            .map(|device| device.official.clone())
            .ok_or(EngineError::NotEnrolled)
    }

    pub(crate) fn server(&self) -> Server {
        Server {
            address: self.pinned.server.clone(),
            ca: self.pinned.ca.to_vec(),
        }
    }

    /// Whether the last thing that this device said ended its own rights: it is logged, and nothing more is delivered here.
    #[must_use]
    pub fn is_without_rights(&self) -> bool {
        self.without_rights
    }

    /// Log time as this device estimates it (ms): its clock, but never before what the log has reached.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.stream_keys
            .keys()
            .map(|stream| self.ledger.time(stream))
            .fold(self.clock(), u64::max)
    }

    /// How far the clock of this device is behind what the log has reached (ms).
    #[must_use]
    pub fn clock_behind_ms(&self) -> u64 {
        self.now().saturating_sub(self.clock())
    }

    /// The clock of this device (ms).
    fn clock(&self) -> u64 {
        let clock = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let clock = u64::try_from(clock.as_millis()).unwrap_or(u64::MAX);
        clock.saturating_add_signed(self.clock_ahead_ms)
    }

    /// Sets the clock of this device wrong by so much (ms), for tests.
    #[doc(hidden)]
    pub fn set_clock_ahead(&mut self, ms: i64) {
        self.clock_ahead_ms = ms;
    }

    /// Calls `kill` whenever an entry of `kind` comes to `point`, for tests.
    #[doc(hidden)]
    pub fn kill_at(&mut self, point: Point, kind: EntryType, kill: Kill) {
        self.failpoint = Failpoint::armed(point, kind, kill);
    }

    /// The facts of the next entry of this device in `stream`.
    pub(crate) fn facts(
        &self,
        kind: EntryType,
        stream: StreamId,
        label: Label,
        group: Option<GroupEpoch>,
        com: Option<Hash>,
    ) -> Facts {
        let (counter, prev) = self.ledger.next_of(&stream, &self.keys.device);
        let shard = self
            .ledger
            .directory()
            .genesis()
            .map_or(0, |(genesis, _)| genesis.shard);
        Facts {
            kind: kind.number(),
            rule: RULE_VERSION,
            stream,
            group,
            counter,
            prev,
            head: self.ledger.head(&stream),
            seen: self.known.as_ref().map(|(known, _)| Seen {
                shard,
                size: known.size,
                root: known.root,
            }),
            made: self.now(),
            label,
            com,
            act: None,
        }
    }
}

/// How long the server may be silent while it owes something.
pub(crate) const SERVER_PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const META_KEYS: &str = "keys";
pub(crate) const META_PINNED: &str = "pinned";
pub(crate) const META_NAME: &str = "device_name";
pub(crate) const META_KNOWN: &str = "known";
/// Until when (log time, ms, big-endian) the key packages left with the server are good.
pub(crate) const META_KEY_PACKAGES_UNTIL: &str = "key_packages_until";
