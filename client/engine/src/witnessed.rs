//! What witnesses say of the log: the policy, the largest checkpoint that a quorum cosigned, and how fresh it is.
//!
//! The server only carries it. Who counts is said by the policy that the genesis pins; when, by the signed times in the
//! cosignatures, which are held against log time and against the records that this device has verified.

use thamvan_proto::directory::Genesis;
use thamvan_proto::entry::sha256;
use thamvan_proto::frame::{Body, Null};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{Checkpoint, Policy, Quorum, SignedNote};

use crate::engine::{Engine, META_KNOWN};
use crate::error::EngineError;
use crate::store::Rows;
use crate::verify::{check_size, finding};

/// What this device knows of the witnesses.
#[derive(Debug, Default)]
pub(crate) struct Witnesses {
    policy: Option<Policy>,
    largest: Option<Held>,
    /// Pushed before the policy was known.
    pending: Option<String>,
    /// Log time of the last contact with the server (ms).
    contact: Option<u64>,
}

/// A checkpoint with its quorum, verified.
#[derive(Clone, Debug)]
struct Held {
    checkpoint: Checkpoint,
    note: String,
    /// The latest time such that the cosignatures of that time and later reach the quorum (s).
    time_s: u64,
    cosigners: Vec<(String, u64)>,
}

/// Whether a quorum of witnesses stands behind what this device has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumState {
    /// The policy has not been read yet.
    Unknown,
    /// The policy asks for no witness: nobody but the server vouches for there being one log.
    Nobody,
    /// There is a fresh one, and no record waits long for its own.
    Fresh,
    /// There is none, or a record has waited too long for one.
    Missing,
    /// The newest one is too old, or of a time that has not come.
    Old,
}

impl QuorumState {
    /// The word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Nobody => "none",
            Self::Fresh => "ok",
            Self::Missing => "missing",
            Self::Old => "old",
        }
    }
}

/// What is shown of the witnesses.
#[derive(Clone, Debug)]
pub struct WitnessStatus {
    /// Judged as of [`as_of`](Self::as_of).
    pub state: QuorumState,
    /// Largest checkpoint with a quorum: number of records.
    pub size: Option<u64>,
    /// Its quorum time (ms).
    pub time: Option<u64>,
    /// Its witnesses, as the policy calls them, with the times of their cosignatures (ms).
    pub cosigners: Vec<(String, u64)>,
    /// Log time (ms): of the last contact with the server, or now while connected.
    pub as_of: Option<u64>,
    /// Index of a record whose log time the cosignatures around it contradict by more than 2 minutes.
    pub time_conflict: Option<u64>,
}

impl Witnesses {
    /// Whether the policy is known and asks for no witness.
    pub(crate) fn asks_nobody(&self) -> bool {
        let policy = self.policy.as_ref();
        policy.is_some_and(|policy| *policy.quorum() == Quorum::None)
    }

    /// Marks a record whose time the largest quorum contradicts.
    pub(crate) fn flag_time(
        &self,
        rows: &Rows<'_>,
        index: u64,
        time: u64,
    ) -> Result<(), EngineError> {
        match &self.largest {
            Some(held) if !held.allows(index, time) => flag(rows, index),
            Some(_) | None => Ok(()),
        }
    }
}

impl Held {
    fn open(policy: &Policy, note: &str) -> Result<Self, EngineError> {
        let parsed = SignedNote::parse(note).map_err(|e| finding("witnessed checkpoint", &e))?;
        let opened = policy
            .open(&parsed)
            .map_err(|e| finding("witnessed checkpoint", &e))?;
        check_size(opened.checkpoint())?;
        let cosigners = opened.cosigners().iter();
        Ok(Self {
            checkpoint: opened.checkpoint().clone(),
            note: note.to_owned(),
            time_s: opened.quorum_time_s().unwrap_or(0),
            cosigners: cosigners
                .map(|it| (it.name().to_owned(), it.time_s.saturating_mul(1000)))
                .collect(),
        })
    }

    fn time(&self) -> u64 {
        self.time_s.saturating_mul(1000)
    }

    /// Whether this says more than `other`.
    fn exceeds(&self, other: &Self) -> bool {
        (self.checkpoint.size, self.time_s) > (other.checkpoint.size, other.time_s)
    }

    /// Whether a record of this time can have this place: what is covered was there when the quorum cosigned, and what is
    /// not came after.
    fn allows(&self, index: u64, time: u64) -> bool {
        if index < self.checkpoint.size {
            time <= self.time().saturating_add(RECORD_TIME_MARGIN_MS)
        } else {
            time.saturating_add(RECORD_TIME_MARGIN_MS) >= self.time()
        }
    }
}

impl Engine {
    /// Reads what the store holds, and verifies it again.
    pub(crate) fn load_witnesses(&mut self) -> Result<(), EngineError> {
        let damaged = |what| move || EngineError::StoreDamaged { what };
        let rows = Rows(self.store.connection());
        let text = |key, what| match rows.meta(key)? {
            None => Ok(None),
            Some(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| damaged(what)()),
        };
        let contact = rows.meta(META_CONTACT)?.and_then(|it| it.try_into().ok());
        let (policy, note) = (
            text(META_POLICY, "policy")?,
            text(META_WITNESSED, "checkpoint")?,
        );
        self.witnesses.contact = contact.map(u64::from_be_bytes);
        let (Some(policy), Some((genesis, _))) = (policy, self.ledger.directory().genesis()) else {
            return Ok(());
        };
        let policy = pinned_policy(&policy, genesis)?;
        if let Some(note) = note {
            let held = Held::open(&policy, &note)?;
            let (size, root) = (held.checkpoint.size, held.checkpoint.root);
            if *self.roots.entry(size).or_insert(root) != root {
                return Err(damaged("checkpoint")());
            }
            if self
                .known
                .as_ref()
                .is_none_or(|(known, _)| known.size < size)
            {
                self.known = Some((held.checkpoint.clone(), note));
            }
            self.witnesses.largest = Some(held);
        }
        self.witnesses.policy = Some(policy);
        Ok(())
    }

    /// Fetches the policy once and keeps it, if it is the one that the genesis pins.
    pub(crate) async fn learn_policy(&mut self) -> Result<(), EngineError> {
        if self.witnesses.policy.is_none() {
            let text: String = self.online()?.request(Body::FetchPolicy(Null)).await?;
            let (genesis, _) = self
                .ledger
                .directory()
                .genesis()
                .ok_or(EngineError::Protocol { what: "no genesis" })?;
            let policy = pinned_policy(&text, genesis)?;
            Rows(self.store.connection()).set_meta(META_POLICY, text.as_bytes())?;
            self.witnesses.policy = Some(policy);
        }
        match self.witnesses.pending.take() {
            Some(note) => self.take_witnessed(note).await,
            None => Ok(()),
        }
    }

    /// Takes a pushed checkpoint that is said to have a quorum.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: it has none under the policy, or is of another log than this device knows.
    pub(crate) async fn take_witnessed(&mut self, note: String) -> Result<(), EngineError> {
        let Some(policy) = &self.witnesses.policy else {
            self.witnesses.pending = Some(note);
            return Ok(());
        };
        if *policy.quorum() == Quorum::None {
            return Ok(());
        }
        let held = Held::open(policy, &note)?;
        self.accept_checkpoint(&held.checkpoint, &note).await?;
        let before = self.witnesses.largest.as_ref();
        if before.is_some_and(|before| !held.exceeds(before)) {
            return Ok(());
        }
        let from = before.map_or(0, |before| before.checkpoint.size);
        let step = self.store.begin()?;
        let rows = Rows(&step);
        for (index, record) in rows.records_between(from, held.checkpoint.size)? {
            if !held.allows(index, Record::parse(&record)?.time) {
                flag(&rows, index)?;
            }
        }
        rows.set_meta(META_WITNESSED, note.as_bytes())?;
        if let Some((_, known)) = &self.known {
            rows.set_meta(META_KNOWN, known.as_bytes())?;
        }
        step.commit()?;
        self.witnesses.largest = Some(held);
        Ok(())
    }

    /// The policy file that the genesis pins.
    pub(crate) fn policy_text(&self) -> Result<String, EngineError> {
        let bytes = Rows(self.store.connection()).meta(META_POLICY)?;
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or(EngineError::StoreDamaged { what: "policy" })
    }

    /// Notes when the server was read last.
    pub(crate) fn note_contact(&mut self) -> Result<(), EngineError> {
        let now = self.now();
        Rows(self.store.connection()).set_meta(META_CONTACT, &now.to_be_bytes())?;
        self.witnesses.contact = Some(now);
        Ok(())
    }

    /// Whether the policy asks for a quorum.
    pub(crate) fn wants_quorum(&self) -> bool {
        let policy = self.witnesses.policy.as_ref();
        policy.is_some_and(|policy| *policy.quorum() != Quorum::None)
    }

    /// The largest checkpoint with a quorum and its note, if it has `size` entries or more.
    pub(crate) fn witnessed_from(&self, size: u64) -> Option<(Checkpoint, String)> {
        let held = self.witnesses.largest.as_ref()?;
        (held.checkpoint.size >= size).then(|| (held.checkpoint.clone(), held.note.clone()))
    }

    /// Whether a quorum has cosigned a checkpoint that covers the record at `index`.
    pub(crate) fn is_witnessed(&self, index: u64) -> bool {
        let held = self.witnesses.largest.as_ref();
        held.is_some_and(|held| index < held.checkpoint.size)
    }

    /// What witnesses say of what this device has read.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn witness_status(&self) -> Result<WitnessStatus, EngineError> {
        let rows = Rows(self.store.connection());
        let conflict = rows
            .meta(META_TIME_CONFLICT)?
            .and_then(|it| it.try_into().ok());
        let as_of = match self.connection {
            Some(_) => Some(self.now()),
            None => self.witnesses.contact,
        };
        let held = self.witnesses.largest.as_ref();
        Ok(WitnessStatus {
            state: self.quorum_state(as_of)?,
            size: held.map(|held| held.checkpoint.size),
            time: held.map(Held::time),
            cosigners: held.map(|held| held.cosigners.clone()).unwrap_or_default(),
            as_of,
            time_conflict: conflict.map(u64::from_be_bytes),
        })
    }

    fn quorum_state(&self, as_of: Option<u64>) -> Result<QuorumState, EngineError> {
        let (Some(_), Some(now)) = (&self.witnesses.policy, as_of) else {
            return Ok(QuorumState::Unknown);
        };
        if !self.wants_quorum() {
            return Ok(QuorumState::Nobody);
        }
        let held = self.witnesses.largest.as_ref();
        if held.is_some_and(|held| held.time().abs_diff(now) > QUORUM_AGE_MAX_MS) {
            return Ok(QuorumState::Old);
        }
        let size = held.map_or(0, |held| held.checkpoint.size);
        let waiting = Rows(self.store.connection()).record_from(size)?;
        let waiting = waiting.map(|record| Record::parse(&record)).transpose()?;
        let late = waiting.is_some_and(|it| now.saturating_sub(it.time) > QUORUM_WAIT_MAX_MS);
        Ok(if late {
            QuorumState::Missing
        } else {
            QuorumState::Fresh
        })
    }
}

/// Reads a policy, if it is the one that the genesis pins.
fn pinned_policy(text: &str, genesis: &Genesis) -> Result<Policy, EngineError> {
    let other = |what: &str| EngineError::Finding { what: what.into() };
    if sha256(text.as_bytes()) != genesis.policy {
        return Err(other("the policy is not the one that the genesis pins"));
    }
    let policy = Policy::parse(text).map_err(|error| finding("policy", &error))?;
    if policy.log().to_string() == genesis.log_key {
        Ok(policy)
    } else {
        Err(other("the policy names another log key than the genesis"))
    }
}

/// Keeps the first record that was found.
fn flag(rows: &Rows<'_>, index: u64) -> Result<(), EngineError> {
    match rows.meta(META_TIME_CONFLICT)? {
        Some(_) => Ok(()),
        None => rows.set_meta(META_TIME_CONFLICT, &index.to_be_bytes()),
    }
}

/// Text of the policy.
const META_POLICY: &str = "policy";
/// Note of the largest checkpoint with a quorum.
const META_WITNESSED: &str = "witnessed";
/// Log time of the last contact with the server (ms, big-endian).
const META_CONTACT: &str = "contact";
/// Index of the first record whose time the cosignatures contradict (big-endian).
const META_TIME_CONFLICT: &str = "time_conflict";

/// Ten minutes without a quorum is an alarm: heartbeats come every minute, so nine have failed.
const QUORUM_AGE_MAX_MS: u64 = 10 * 60 * 1000;
/// How long a record may wait for its quorum: a round takes 1 to 2 s, and at most 12 s where a witness is slow.
const QUORUM_WAIT_MAX_MS: u64 = 15 * 1000;
/// How far a record's time may be from the cosignatures around it; the clocks of server and witnesses differ a little.
const RECORD_TIME_MARGIN_MS: u64 = 2 * 60 * 1000;

#[cfg(test)]
mod tests {
    use thamvan_proto::tlog::{EMPTY_ROOT, Name};

    use super::*;

    fn held(size: u64, time_s: u64) -> Held {
        Held {
            checkpoint: Checkpoint {
                origin: Name::parse("log.example").unwrap(),
                size,
                root: EMPTY_ROOT,
            },
            note: String::new(),
            time_s,
            cosigners: Vec::new(),
        }
    }

    #[test]
    fn records_lie_within_two_minutes_of_the_cosignatures_around_them() {
        let held = held(10, 1_000);
        for (index, time, allowed) in [
            (0, 0, true),
            (9, 1_120_000, true),
            (9, 1_120_001, false),
            (10, 880_000, true),
            (10, 879_999, false),
            (10, u64::MAX, true),
        ] {
            assert_eq!(held.allows(index, time), allowed, "{index} {time}");
        }
    }

    #[test]
    fn the_larger_counts_and_of_one_size_the_later() {
        assert!(held(11, 5).exceeds(&held(10, 9)));
        assert!(held(10, 10).exceeds(&held(10, 9)));
        assert!(!held(10, 9).exceeds(&held(10, 9)));
        assert!(!held(9, 99).exceeds(&held(10, 9)));
    }
}
