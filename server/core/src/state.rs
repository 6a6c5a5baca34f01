//! All that the server knows, as a fold of its changes.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::channel::ChannelEffect;
use thamvan_proto::directory::{DeviceEnrol, Statement};
use thamvan_proto::entry::{Position, sha256};
use thamvan_proto::frame::KeyPackageUpload;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect, Ledger, ParsedRecord, RecordError};
use thamvan_proto::login;
use thamvan_proto::record::{Leaf, StreamKey};
use thamvan_proto::tlog::{Hash, Tree};

use crate::change::{Change, EnrolmentRequested, KeyPackagesPut, Sequenced};

/// Where a leaf of the log belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Stream.
    pub stream: StreamId,
    /// Number in the stream.
    pub seq: u64,
}

/// Why a body is kept, and so who may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The stream whose record names it.
    pub stream: StreamId,
    /// A Welcome: the devices that its commit adds, and nobody else.
    pub only: Option<Vec<DeviceId>>,
}

/// A stored blob and the streams whose readers may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its bytes.
    pub size: u64,
    /// Streams for which it was uploaded.
    pub streams: BTreeSet<StreamId>,
}

/// An enrolment that waits for two persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// What was asked, with the code.
    pub asked: EnrolmentRequested,
    /// The request, opened.
    pub fact: DeviceEnrol,
}

/// The fold of all changes.
#[derive(Clone, Debug, Default)]
pub struct State {
    ledger: Ledger,
    keys: BTreeMap<StreamId, StreamKey>,
    places: Vec<Place>,
    indexes: BTreeMap<StreamId, Vec<u64>>,
    entries: BTreeMap<Hash, u64>,
    leaves: Vec<Leaf>,
    tree: Tree,
    time: u64,
    bodies: BTreeMap<Hash, Vec<Holder>>,
    pub(crate) packages: BTreeMap<DeviceId, Vec<KeyPackageUpload>>,
    enrolments: BTreeMap<DeviceId, Enrolment>,
    cursors: BTreeMap<(DeviceId, StreamId), u64>,
    uncovered_since: Option<u64>,
    blobs: BTreeMap<Hash, Blob>,
    blob_bytes: BTreeMap<StreamId, u64>,
    erased: usize,
}

impl State {
    /// The fold of all records.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The log's tree.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The log's leaves.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Log time of the last record (ms).
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Tag keys by stream.
    pub fn keys(&self) -> impl Iterator<Item = (&StreamId, &StreamKey)> {
        self.keys.iter()
    }

    /// Tag key of `stream`.
    #[must_use]
    pub fn key(&self, stream: &StreamId) -> Option<&StreamKey> {
        self.keys.get(stream)
    }

    /// Where the leaf at `index` belongs.
    #[must_use]
    pub fn place(&self, index: u64) -> Option<Place> {
        self.places.get(usize::try_from(index).ok()?).copied()
    }

    /// Index of the leaf of `seq` in `stream`.
    #[must_use]
    pub fn index(&self, stream: &StreamId, seq: u64) -> Option<u64> {
        self.indexes
            .get(stream)?
            .get(usize::try_from(seq).ok()?)
            .copied()
    }

    /// Records of `stream` among the first `log_size` of the log. Cost: O(log n).
    #[must_use]
    pub fn size_within(&self, stream: &StreamId, log_size: u64) -> u64 {
        self.indexes.get(stream).map_or(0, |indexes| {
            indexes.partition_point(|index| *index < log_size) as u64
        })
    }

    /// The last record of `stream` among the first `log_size` of the log. Cost: O(log n).
    #[must_use]
    pub fn head_within(&self, stream: &StreamId, log_size: u64) -> Option<Position> {
        let seq = self.size_within(stream, log_size).checked_sub(1)?;
        let record = self.ledger.record_hash(stream, seq)?;
        Some(Position { seq, record })
    }

    /// Log time (ms) of the oldest record after the last heads; nothing while heads cover all.
    #[must_use]
    pub fn uncovered_since(&self) -> Option<u64> {
        self.uncovered_since
    }

    /// Index of the entry with this hash, if it is sequenced.
    #[must_use]
    pub fn entry(&self, hash: &Hash) -> Option<u64> {
        self.entries.get(hash).copied()
    }

    /// Hashes of all entries, in the order of the log. Cost: O(n).
    #[must_use]
    pub fn entry_hashes(&self) -> Vec<Hash> {
        let mut hashes = vec![Hash([0; 32]); self.leaves.len()];
        for (hash, index) in &self.entries {
            let at = usize::try_from(*index).ok();
            if let Some(place) = at.and_then(|at| hashes.get_mut(at)) {
                *place = *hash;
            }
        }
        hashes
    }

    /// Why the body with this hash is kept.
    #[must_use]
    pub fn holders(&self, body: &Hash) -> &[Holder] {
        self.bodies.get(body).map_or(&[], Vec::as_slice)
    }

    /// Enrolments that wait, by device.
    pub fn enrolments(&self) -> impl Iterator<Item = &Enrolment> {
        self.enrolments.values()
    }

    /// The enrolment of `device` that waits.
    #[must_use]
    pub fn enrolment(&self, device: &DeviceId) -> Option<&Enrolment> {
        self.enrolments.get(device)
    }

    /// The blob with this hash, once it is stored.
    #[must_use]
    pub fn blob(&self, hash: &Hash) -> Option<&Blob> {
        self.blobs.get(hash)
    }

    /// Bytes of all blobs that are bound to `stream`.
    #[must_use]
    pub fn blob_bytes(&self, stream: &StreamId) -> u64 {
        self.blob_bytes.get(stream).copied().unwrap_or_default()
    }

    /// Last seq of `stream` that `device` has stored.
    #[must_use]
    pub fn cursor(&self, device: &DeviceId, stream: &StreamId) -> Option<u64> {
        self.cursors.get(&(*device, *stream)).copied()
    }

    /// Applies a change: the same function when it is decided and when it is read again.
    ///
    /// `body`: the body that [`Change::body_needed`] names.
    ///
    /// # Errors
    /// [`ApplyError`]: the change does not continue this state. The state is then unchanged or must be thrown away.
    pub fn apply(&mut self, change: &Change, body: Option<&[u8]>) -> Result<(), ApplyError> {
        match change {
            Change::Sequenced(sequenced) => {
                let parsed = ParsedRecord::parse(&sequenced.record)?;
                self.apply_record(sequenced, parsed, body)
            }
            Change::KeyPackagesPut(put) => {
                self.apply_key_packages(put);
                Ok(())
            }
            Change::KeyPackageTaken { device, hash } => {
                if let Some(packages) = self.packages.get_mut(device) {
                    packages.retain(|one| one.last_resort || sha256(&one.key_package) != *hash);
                }
                Ok(())
            }
            Change::EnrolmentRequested(asked) => self.apply_enrolment(asked),
            Change::CursorAcknowledged {
                device,
                stream,
                seq,
            } => {
                let cursor = self.cursors.entry((*device, *stream)).or_insert(*seq);
                *cursor = (*cursor).max(*seq);
                Ok(())
            }
            Change::BlobStored(stored) => {
                let blob = self.blobs.entry(stored.hash).or_insert_with(|| Blob {
                    size: stored.size,
                    streams: BTreeSet::new(),
                });
                if blob.streams.insert(stored.stream) {
                    let bytes = self.blob_bytes.entry(stored.stream).or_default();
                    *bytes = bytes.saturating_add(blob.size);
                }
                Ok(())
            }
        }
    }

    /// Applies the change of a record that was decided: `parsed` is what its bytes say.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_decided(
        &mut self,
        sequenced: &Sequenced,
        parsed: ParsedRecord,
        body: &[u8],
    ) -> Result<(), ApplyError> {
        self.apply_record(sequenced, parsed, Some(body))
    }

    fn apply_record(
        &mut self,
        sequenced: &Sequenced,
        parsed: ParsedRecord,
        body: Option<&[u8]>,
    ) -> Result<(), ApplyError> {
        let expected = self.tree.size();
        if sequenced.index != expected {
            return Err(ApplyError::Index {
                got: sequenced.index,
                expected,
            });
        }
        let accepted = self.ledger.accept_parsed(parsed, body)?;
        self.learn_key(&accepted, sequenced);
        let place = Place {
            stream: accepted.record.stream,
            seq: accepted.record.seq,
        };
        let key = self.keys.get(&place.stream).ok_or(ApplyError::NoKey)?;
        let leaf = Leaf::new(key, place.seq, &sequenced.record);
        self.tree.append(leaf.hash());
        self.leaves.push(leaf);
        self.places.push(place);
        self.indexes
            .entry(place.stream)
            .or_default()
            .push(sequenced.index);
        self.entries.insert(accepted.entry.hash, sequenced.index);
        self.time = self.time.max(accepted.record.time);
        self.uncovered_since = if place.stream == StreamId::HEADS {
            None
        } else {
            self.uncovered_since.or(Some(accepted.record.time))
        };
        self.hold(sequenced.body, place.stream, None);
        for (hash, only) in accepted.verdict.iter().flat_map(named_sides) {
            self.hold(hash, place.stream, only);
        }
        self.drop_answered_enrolments();
        self.drop_erased();
        Ok(())
    }

    /// A name that is erased is nobody's to fetch.
    fn drop_erased(&mut self) {
        let erased = self.ledger.directory().erased();
        if erased.len() != self.erased {
            self.bodies.retain(|body, _| !erased.contains(body));
            self.erased = erased.len();
        }
    }

    fn learn_key(&mut self, accepted: &Accepted, sequenced: &Sequenced) {
        match (&accepted.verdict, &sequenced.stream_key) {
            (Ok(Effect::Genesis(genesis, _)), _) => {
                let key = StreamKey(genesis.stream_key.0);
                self.keys.insert(StreamId::HEADS, key.of_heads());
                self.keys.insert(StreamId::DIRECTORY, key);
            }
            (Ok(Effect::Registered(register)), Some(key)) => {
                self.keys.insert(register.stream, StreamKey(key.0));
            }
            _ => {}
        }
    }

    fn hold(&mut self, body: Hash, stream: StreamId, only: Option<Vec<DeviceId>>) {
        let holders = self.bodies.entry(body).or_default();
        let holder = Holder { stream, only };
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }

    fn drop_answered_enrolments(&mut self) {
        let now = self.ledger.directory().now();
        self.enrolments
            .retain(|_, waiting| now.ticket(&waiting.fact.ticket).is_some());
    }

    fn apply_key_packages(&mut self, put: &KeyPackagesPut) {
        let kept = self.packages.entry(put.device).or_default();
        kept.retain(|one| one.expires >= put.time);
        for package in &put.packages {
            if package.last_resort {
                kept.retain(|one| !one.last_resort);
            }
            if !kept.contains(package) {
                kept.push(package.clone());
            }
        }
    }

    fn apply_enrolment(&mut self, asked: &EnrolmentRequested) -> Result<(), ApplyError> {
        let fact = login::open_enrolment(&asked.request).map_err(|_| ApplyError::Enrolment)?;
        let asked = asked.clone();
        self.enrolments
            .insert(asked.device, Enrolment { asked, fact });
        Ok(())
    }
}

/// The side bodies that an effect names, each with the devices that alone may have it.
#[must_use]
pub(crate) fn named_sides(effect: &Effect) -> Vec<(Hash, Option<Vec<DeviceId>>)> {
    match effect {
        Effect::RootStated(root) => root.statements.iter().filter_map(named_person).collect(),
        Effect::Stated(statement, _) => named_person(statement).into_iter().collect(),
        Effect::Proposed(pending) => named_person(&pending.statement).into_iter().collect(),
        Effect::Approved(_, statement, _) => named_person(statement).into_iter().collect(),
        Effect::Channel(ChannelEffect::GroupStarted(start, _)) => {
            vec![(start.group_info, None), (start.ratchet_tree, None)]
        }
        Effect::Channel(ChannelEffect::Succeeded(successor, _)) => {
            let start = &successor.start;
            vec![(start.group_info, None), (start.ratchet_tree, None)]
        }
        Effect::Channel(ChannelEffect::Committed(commit, _)) => {
            let welcome = commit.welcome.map(|hash| (hash, Some(commit.adds.clone())));
            [(commit.group_info, None), (commit.ratchet_tree, None)]
                .into_iter()
                .chain(welcome)
                .collect()
        }
        Effect::Genesis(..) | Effect::Registered(_) | Effect::Heads(_) | Effect::Channel(_) => {
            Vec::new()
        }
    }
}

fn named_person(statement: &Statement) -> Option<(Hash, Option<Vec<DeviceId>>)> {
    match statement {
        Statement::Official(fact) => Some((fact.name, None)),
        Statement::Agency(_)
        | Statement::Seat(_)
        | Statement::SeatAppoint(_)
        | Statement::RoleGrant(_)
        | Statement::RoleRevoke(_)
        | Statement::Ticket(_)
        | Statement::DeviceEnrol(_)
        | Statement::DeviceRevoke(_)
        | Statement::PolicyChange(_)
        | Statement::Accreditation(_)
        | Statement::AccreditationEnd(_)
        | Statement::Field(_)
        | Statement::FieldDecision(_)
        | Statement::FocalUnit(_)
        | Statement::FocalReceipt(_)
        | Statement::AgencyEnd(_)
        | Statement::OfficialEnd(_)
        | Statement::RootRotation(_)
        | Statement::DeviceSuspend(_)
        | Statement::AppointmentEnd(_)
        | Statement::NameErasure(_) => None,
    }
}

/// Why a change does not continue the state: the journal is not ours, or is damaged.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another leaf is next.
    #[error("record of leaf {got} where {expected} is next")]
    Index {
        /// Index of the change.
        got: u64,
        /// Index that is next.
        expected: u64,
    },
    /// The record has no place in its stream.
    #[error("record has no place in its stream")]
    Record(#[from] RecordError),
    /// The tag key of the stream is unknown.
    #[error("tag key of the stream is unknown")]
    NoKey,
    /// A stored request does not open.
    #[error("stored enrolment request does not open")]
    Enrolment,
}

#[cfg(test)]
mod tests;
