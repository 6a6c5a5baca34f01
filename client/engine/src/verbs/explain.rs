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

    /// The devices of others that were brought into the group of `stream` from `from` on, with who signed their enrolment.
    ///
    /// # Errors
    /// [`EngineError::StoreDamaged`].
    pub fn joined(&self, stream: StreamId, from: u64) -> Result<Vec<Joined>, EngineError> {
        let at = self.ledger.directory().now();
        let mut joined = Vec::new();
        for row in Rows(self.store.connection()).stream_records(&stream, from)? {
            let record = Record::parse(&row.record)?;
            let entry = Entry::parse(&record.entry)
                .map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
            let (Some(EntryType::Commit), Some(body)) = (entry.facts.entry_type(), row.body) else {
                continue;
            };
            let Ok(commit) = cbor::from_slice::<CommitBody>(&body, SIDE_BODY_LEN_MAX) else {
                continue;
            };
            let roster = self.channel(stream)?.group().map(|group| &group.roster);
            for device in commit.adds {
                let enrolment = self.ledger.directory().enrolment(&device);
                let inside = roster.is_some_and(|roster| roster.contains(&device));
                if let (true, Some(fact), Some(signers)) = (inside, enrolment, at.signers(&device))
                    && device != self.keys.device
                {
                    joined.push(Joined {
                        seq: row.seq,
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
}
