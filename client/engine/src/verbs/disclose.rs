//! Opens one part of what was said to an auditor: the log says so first, then everything is gathered that proves it offline.

use thamvan_proto::attachment;
use thamvan_proto::cbor;
use thamvan_proto::channel::Disclosure;
use thamvan_proto::commitment::{OpenError, PartOpening};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{OfficialId, StreamId};
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::{
    Checkpoint, Hash, TilePath, tiled_inclusion_path, tiles_for_inclusion, verify_inclusion,
};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::transport::fetch;
use crate::verify::finding;

/// A record with its place in the log.
#[derive(Clone, Debug)]
pub struct LoggedRecord {
    /// Its bytes.
    pub record: Vec<u8>,
    /// Its stream tag.
    pub tag: [u8; 16],
    /// Index in the log.
    pub index: u64,
    /// Inclusion path under the checkpoint.
    pub path: Vec<Hash>,
}

/// What proves a disclosed part, and nothing else of its message.
#[derive(Clone, Debug)]
pub struct Disclosed {
    /// Where the disclosure stands in the stream.
    pub seq: u64,
    /// Signed note, with a quorum of cosignatures where the policy asks for one and it was reached.
    pub checkpoint: String,
    /// The policy file.
    pub policy: String,
    /// What was said.
    pub said: LoggedRecord,
    /// The entry that discloses it.
    pub disclosure: LoggedRecord,
    /// Body of that entry.
    pub body: Vec<u8>,
    /// CBOR of the opening.
    pub opening: Vec<u8>,
    /// The part.
    pub part: Vec<u8>,
    /// Records and bodies of stream 0 up to the `dir` of the disclosure; without the names of persons.
    pub directory: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Engine {
    /// Logs that part `n` of an entry is opened to `auditor`, and gathers what proves it.
    ///
    /// # Errors
    /// [`EngineError::Unknown`] where this device cannot read it, [`EngineError::Refused`] where the rules do not allow it. Once it is
    /// in the log, the same again makes another entry.
    pub async fn disclose(
        &mut self,
        (stream, seq): (StreamId, u64),
        n: usize,
        auditor: OfficialId,
        reason: String,
    ) -> Result<Disclosed, EngineError> {
        let content = self.content(stream, seq)?;
        let unknown = || EngineError::Unknown {
            what: "part",
            name: format!("{n} of {stream}/{seq}"),
        };
        let opening = PartOpening::of(&content, n).ok_or_else(unknown)?;
        let attachments = attachment::attachments(&content).map_err(OpenError::from)?;
        let attached = attachments.iter().find(|attachment| attachment.n == n);
        let inline = content.parts.get(n).and_then(|part| part.bytes.as_ref());
        let part = match (attached, inline) {
            (Some(attachment), _) => self.attachment_bytes(stream, attachment).await?,
            (None, Some(bytes)) => bytes.to_vec(),
            (None, None) => return Err(unknown()),
        };
        let record = self.ledger.record_hash(&stream, seq).ok_or_else(unknown)?;
        let act = Disclosure {
            record,
            part: n as u64,
            part_hash: opening.part_hash(),
            auditor,
            reason,
        };
        let logged = self.log_act(EntryType::Disclosure, stream, &act).await?;
        let (checkpoint, note) = self.checkpoint_for_copy().await?;
        Ok(Disclosed {
            seq: logged,
            checkpoint: note,
            policy: self.policy_text()?,
            said: self.logged_record(stream, seq, &checkpoint).await?,
            disclosure: self.logged_record(stream, logged, &checkpoint).await?,
            body: cbor::to_vec(&act),
            opening: cbor::to_vec(&opening),
            part,
            directory: self.directory_of(stream, logged)?,
        })
    }

    /// A record with its inclusion under `checkpoint`, computed from the published tiles and verified.
    pub(super) async fn logged_record(
        &self,
        stream: StreamId,
        seq: u64,
        checkpoint: &Checkpoint,
    ) -> Result<LoggedRecord, EngineError> {
        let damaged = |what| EngineError::StoreDamaged { what };
        let record = Rows(self.store.connection()).record(&stream, seq)?;
        let record = record.ok_or_else(|| damaged("record"))?;
        let places = self.indexes.get(&stream);
        let at = usize::try_from(seq).ok();
        let index = places.zip(at).and_then(|(places, at)| places.get(at));
        let index = *index.ok_or_else(|| damaged("index"))?;
        let size = checkpoint.size;
        let tiles: Vec<TilePath> = tiles_for_inclusion(index, size);
        let urls: Vec<String> = tiles
            .iter()
            .map(|tile| format!("/log/{}", tile.to_path()))
            .collect();
        let bytes = fetch(&self.server(), &urls).await?;
        let tiles: Vec<(TilePath, Vec<u8>)> = tiles.into_iter().zip(bytes).collect();
        let path = tiled_inclusion_path(index, size, &tiles);
        let path = path.ok_or(EngineError::Protocol {
            what: "a hash tile",
        })?;
        let key = self.tag_key(&stream)?;
        let leaf = Leaf::new(&key, seq, &record).hash();
        verify_inclusion(&leaf, index, size, &path, &checkpoint.root)
            .map_err(|error| finding("inclusion", &error))?;
        Ok(LoggedRecord {
            record,
            tag: key.tag(seq),
            index,
            path,
        })
    }

    /// The directory as of a record.
    pub(super) fn directory_of(
        &self,
        stream: StreamId,
        seq: u64,
    ) -> Result<Vec<RecordAndBody>, EngineError> {
        let damaged = || EngineError::StoreDamaged { what: "directory" };
        let rows = Rows(self.store.connection());
        let record = rows.record(&stream, seq)?.ok_or_else(damaged)?;
        let dir = Record::parse(&record)?.dir.ok_or_else(damaged)?;
        let records = rows.stream_records(&StreamId::DIRECTORY, 0)?;
        let prefix = records.into_iter().take_while(|row| row.seq <= dir.seq);
        prefix
            .map(|row| Ok((row.record, row.body.ok_or_else(damaged)?)))
            .collect()
    }
}

/// Bytes of a record of stream 0 and of its body.
pub(super) type RecordAndBody = (Vec<u8>, Vec<u8>);
