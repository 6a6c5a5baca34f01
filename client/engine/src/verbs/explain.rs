//! Who reads a channel and by which records: the log that this device has verified, read once more.

use thamvan_proto::cbor;
use thamvan_proto::channel::CommitBody;
use thamvan_proto::directory::Signers;
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::id::{DeviceId, OfficialId, StreamId};
use thamvan_proto::ledger::{Explainer, Explanation, Ledger};
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::record::Record;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;

/// A device that a commit brought into a channel's group.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Seq of the commit.
    pub seq: u64,
    /// Log time (ms).
    pub time: u64,
    /// The device.
    pub device: DeviceId,
    /// Its owner.
    pub official: OfficialId,
    /// Who signed its enrolment.
    pub signers: Signers,
}

impl Engine {
    /// Why `official` can or cannot read `stream`, as of what this device has read.
    ///
    /// # Errors
    /// [`EngineError::StoreDamaged`].
    pub fn explain(
        &self,
        official: OfficialId,
        stream: StreamId,
    ) -> Result<Explanation, EngineError> {
        let mut ledger = Ledger::default();
        let mut explainer = Explainer::new(official, stream);
        for row in Rows(self.store.connection()).records()? {
            let accepted = ledger
                .accept(&row.record, row.body.as_deref())
                .map_err(|_| EngineError::StoreDamaged { what: "record" })?;
            explainer.take(&accepted);
        }
        Ok(explainer.finish(&self.ledger, self.now()))
    }

    /// The entries of `stream` that are void, each with its seq and why: they did nothing, whoever sequenced them.
    #[must_use]
    pub fn voids(&self, stream: &StreamId) -> &[(u64, String)] {
        self.voids.get(stream).map_or(&[], Vec::as_slice)
    }

    /// The devices of others that came into a channel after this one did and that nobody here has been shown yet.
    ///
    /// # Errors
    /// [`EngineError::StoreDamaged`].
    pub fn unshown(&self) -> Result<Vec<(StreamId, Joined)>, EngineError> {
        let mut all = Vec::new();
        for (stream, _) in self.ledger.channels() {
            let shown = Rows(self.store.connection()).meta(&shown_key(stream))?;
            let from = match shown.map(<[u8; 8]>::try_from) {
                Some(Ok(from)) => u64::from_be_bytes(from),
                Some(Err(_)) => return Err(EngineError::StoreDamaged { what: "meta" }),
                None => self.came_in(*stream)?,
            };
            let joined = self.joined(*stream, from)?.into_iter();
            all.extend(joined.map(|joined| (*stream, joined)));
        }
        Ok(all)
    }

    /// Remembers that whoever came into `stream` before the end of what was read has been shown.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn note_shown(&self, stream: StreamId) -> Result<(), EngineError> {
        let size = self.ledger.size(&stream);
        Rows(self.store.connection()).set_meta(&shown_key(&stream), &size.to_be_bytes())
    }

    /// Where this device came into the group of `stream` for the last time; the end where it did not.
    fn came_in(&self, stream: StreamId) -> Result<u64, EngineError> {
        let own = &self.keys.device;
        let mut last = None;
        for (row, record, adds) in self.additions(stream, 0)? {
            let begins = record.device == *own && adds.is_none();
            if begins || adds.is_some_and(|adds| adds.contains(own)) {
                last = Some(row.saturating_add(1));
            }
        }
        Ok(last.unwrap_or_else(|| self.ledger.size(&stream)))
    }

    /// The devices of others that were brought into the group of `stream` from `from` on, with who signed their enrolment.
    ///
    /// # Errors
    /// [`EngineError::StoreDamaged`].
    pub fn joined(&self, stream: StreamId, from: u64) -> Result<Vec<Joined>, EngineError> {
        let at = self.ledger.directory().now();
        let mut joined = Vec::new();
        let roster = self.channel(stream)?.group().map(|group| &group.roster);
        for (seq, record, adds) in self.additions(stream, from)? {
            for device in adds.unwrap_or_default() {
                let enrolment = self.ledger.directory().enrolment(&device);
                let inside = roster.is_some_and(|roster| roster.contains(&device));
                if let (true, Some(fact), Some(signers)) = (inside, enrolment, at.signers(&device))
                    && device != self.keys.device
                {
                    joined.push(Joined {
                        seq,
                        time: record.time,
                        device,
                        official: fact.official.clone(),
                        signers: signers.clone(),
                    });
                }
            }
        }
        Ok(joined)
    }

    /// The records from `from` on that begin a group of `stream` or bring devices in, which stand beside them.
    fn additions(&self, stream: StreamId, from: u64) -> Result<Vec<Addition>, EngineError> {
        let mut found = Vec::new();
        for row in Rows(self.store.connection()).stream_records(&stream, from)? {
            let record = Record::parse(&row.record)?;
            let entry = Entry::parse(&record.entry)
                .map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
            let author = Author {
                device: entry.device,
                time: record.time,
            };
            let kind = entry.facts.entry_type();
            if matches!(kind, Some(EntryType::GroupStart | EntryType::Successor)) {
                found.push((row.seq, author, None));
            } else if let (Some(EntryType::Commit), Some(body)) = (kind, row.body)
                && let Ok(commit) = cbor::from_slice::<CommitBody>(&body, SIDE_BODY_LEN_MAX)
            {
                found.push((row.seq, author, Some(commit.adds)));
            }
        }
        Ok(found)
    }
}

/// Who said something, and when (log time, ms).
struct Author {
    device: DeviceId,
    time: u64,
}

/// Up to where those who came into a channel have been shown.
fn shown_key(stream: &StreamId) -> String {
    format!("shown/{stream}")
}

/// A record that begins a group, or brings these devices in: its place and author.
type Addition = (u64, Author, Option<Vec<DeviceId>>);
