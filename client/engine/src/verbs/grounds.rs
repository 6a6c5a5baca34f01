//! Why one entry may be trusted: what this device has verified of it, and who vouches for its author.

use thamvan_proto::directory::Signers;
use thamvan_proto::entry::Entry;
use thamvan_proto::id::{DeviceId, OfficialId, StreamId};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::witnessed::WitnessStatus;

/// What stands behind an entry. That it is here at all says: signed by the device, in the chain of its stream, and included in
/// a tree that this device has followed from its first checkpoint.
#[derive(Clone, Debug)]
pub struct EntryGrounds {
    /// Its record.
    pub record: Hash,
    /// Its place in the log.
    pub index: u64,
    /// Log time (ms).
    pub time: u64,
    /// Who signed it.
    pub device: DeviceId,
    /// The name that the device was given.
    pub device_name: Option<String>,
    /// Owner of the device.
    pub official: Option<OfficialId>,
    /// The statement of stream 0 that enrolled the device: its seq.
    pub enrolled_at: Option<u64>,
    /// Who signed that.
    pub enrolled_by: Option<Signers>,
    /// Whether a quorum of witnesses confirms that statement.
    pub device_witnessed: bool,
    /// Whether the device may still act.
    pub device_live: bool,
    /// The largest checkpoint that this device has verified, which covers the record: size and root.
    pub checkpoint: Option<(u64, Hash)>,
    /// Whether the content opens its commitment; none where this device cannot read it.
    pub opens: Option<bool>,
    /// What witnesses say; their checkpoint covers the record where its size is above `index`.
    pub witnesses: WitnessStatus,
}

impl Engine {
    /// What stands behind the entry of `stream` at `seq`.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], or trouble with the store.
    pub fn grounds(&self, stream: StreamId, seq: u64) -> Result<EntryGrounds, EngineError> {
        let unknown = || EngineError::Unknown {
            what: "entry",
            name: format!("{stream}/{seq}"),
        };
        let rows = Rows(self.store.connection());
        let stored = rows.record(&stream, seq)?.ok_or_else(unknown)?;
        let record = Record::parse(&stored)?;
        let entry =
            Entry::parse(&record.entry).map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
        let place = usize::try_from(seq).ok();
        let indexes = self.indexes.get(&stream).zip(place);
        let index = indexes.and_then(|(all, place)| all.get(place));
        let hash = self.ledger.record_hash(&stream, seq);
        let (Some(index), Some(hash)) = (index.copied(), hash) else {
            return Err(unknown());
        };
        let directory = self.ledger.directory();
        let at = directory.now();
        let enrolment = directory.enrolment(&entry.device);
        let item = rows.item(&stream, seq)?;
        let opens = item.and_then(|item| match (item.content, item.fault) {
            (_, Some(_)) => Some(false),
            (Some(_), None) => Some(true),
            (None, None) => None,
        });
        Ok(EntryGrounds {
            record: hash,
            index,
            time: record.time,
            device: entry.device,
            device_name: enrolment.map(|fact| fact.name.clone()),
            official: enrolment.map(|fact| fact.official.clone()),
            enrolled_at: directory.enrolled_at(&entry.device),
            enrolled_by: at.signers(&entry.device).cloned(),
            device_witnessed: !self.is_held(&stream, seq, &entry.device),
            device_live: at.device(&entry.device).is_some(),
            checkpoint: self
                .checkpoint()
                .filter(|known| known.size > index)
                .map(|known| (known.size, known.root)),
            opens,
            witnesses: self.witness_status()?,
        })
    }
}
