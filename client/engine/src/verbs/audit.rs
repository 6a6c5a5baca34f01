//! What an auditor copies: the published log, and every record and body in scope, verified on the way in.

use std::collections::BTreeMap;
use std::time::Duration;

use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, GroupStart, Successor};
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::tlog::{Checkpoint, Hash, TilePath, tiles_for_size};
use tokio::time::Instant;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::{Rows, StoredRecord};
use crate::transport::fetch;
use crate::verify::open_checkpoint;

/// One record in scope.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// Index in the log.
    pub index: u64,
    /// Sequenced record.
    pub record: Vec<u8>,
    /// Body.
    pub body: Option<Vec<u8>>,
}

/// One stream in scope.
#[derive(Clone, Debug)]
pub struct AuditStream {
    /// Stream.
    pub stream: StreamId,
    /// Tag key.
    pub key: StreamKey,
    /// Records in seq order.
    pub records: Vec<AuditRecord>,
    /// Side bodies by hash.
    pub sides: BTreeMap<Hash, Vec<u8>>,
}

/// The published log and the streams under one checkpoint.
#[derive(Clone, Debug)]
pub struct AuditLog {
    /// Signed note.
    pub checkpoint: String,
    /// Tree size of the checkpoint.
    pub tree_size: u64,
    /// Tiles as the server published them, but for those that were there.
    pub tiles: Vec<(TilePath, Vec<u8>)>,
    /// Streams in scope.
    pub streams: Vec<AuditStream>,
}

impl Engine {
    /// Synchronises and copies everything in scope, under a checkpoint with a quorum of witnesses where there is one.
    ///
    /// `has`: tiles that need not be fetched. Records and bodies are kept in the home, so only new ones are fetched, and what an
    /// interrupted call has stored is not fetched again.
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn audit_log(
        &mut self,
        has: impl Fn(&TilePath) -> bool,
    ) -> Result<AuditLog, EngineError> {
        self.sync().await?;
        self.read_heads().await?;
        let (checkpoint, note) = self.checkpoint_for_copy().await?;
        if Rows(self.store.connection()).count_below(checkpoint.size)? < checkpoint.size {
            // Records came between: read once more, to the end that the server now names.
            self.connection = None;
            self.sync().await?;
            self.read_heads().await?;
        }
        let tiles = self.fetch_tiles(checkpoint.size, has).await?;
        let mut streams: BTreeMap<StreamId, AuditStream> = BTreeMap::new();
        for row in Rows(self.store.connection()).records()? {
            if row.index < checkpoint.size {
                self.add_row(&mut streams, row)?;
            }
        }
        for stream in streams.values_mut() {
            self.add_sides(stream).await?;
        }
        let streams = streams.into_values().collect();
        Ok(AuditLog {
            checkpoint: note,
            tree_size: checkpoint.size,
            tiles,
            streams,
        })
    }

    /// The checkpoint with a quorum that covers what was read, waited for; else the one that the server shows, with whatever
    /// cosignatures it has, so that the verification can say what is missing.
    pub(crate) async fn checkpoint_for_copy(
        &mut self,
    ) -> Result<(Checkpoint, String), EngineError> {
        let known = self.known.clone().ok_or(EngineError::NotEnrolled)?;
        if !self.wants_quorum() {
            return Ok(known);
        }
        let end = Instant::now() + QUORUM_WAIT;
        loop {
            if let Some(witnessed) = self.witnessed_from(known.0.size) {
                return Ok(witnessed);
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.step_within(left).await?.is_none() {
                break;
            }
        }
        let shown = fetch(&self.server(), &["/log/checkpoint".to_owned()]).await?;
        let note = shown
            .first()
            .and_then(|note| std::str::from_utf8(note).ok());
        let note = note.ok_or(EngineError::Protocol { what: "checkpoint" })?;
        let (genesis, _) = self
            .ledger
            .directory()
            .genesis()
            .ok_or(EngineError::NotEnrolled)?;
        let checkpoint = open_checkpoint(note, genesis)?;
        self.accept_checkpoint(&checkpoint, note).await?;
        Ok((checkpoint, note.to_owned()))
    }

    fn add_row(
        &self,
        streams: &mut BTreeMap<StreamId, AuditStream>,
        row: StoredRecord,
    ) -> Result<(), EngineError> {
        let key = self.tag_key(&row.stream)?;
        let stream = streams.entry(row.stream).or_insert_with(|| AuditStream {
            stream: row.stream,
            key: key.clone(),
            records: Vec::new(),
            sides: BTreeMap::new(),
        });
        stream.records.push(AuditRecord {
            index: row.index,
            record: row.record,
            body: row.body,
        });
        Ok(())
    }

    async fn fetch_tiles(
        &self,
        size: u64,
        has: impl Fn(&TilePath) -> bool,
    ) -> Result<Vec<(TilePath, Vec<u8>)>, EngineError> {
        let paths: Vec<TilePath> = tiles_for_size(size).filter(|tile| !has(tile)).collect();
        let urls: Vec<String> = paths
            .iter()
            .map(|path| format!("/log/{}", path.to_path()))
            .collect();
        let bytes = fetch(&self.server(), &urls).await?;
        Ok(paths.into_iter().zip(bytes).collect())
    }

    /// Group information and trees: what the membership of a group is verified from. Welcomes are for their joiners alone.
    async fn add_sides(&mut self, stream: &mut AuditStream) -> Result<(), EngineError> {
        for record in &stream.records {
            let Some(body) = &record.body else { continue };
            for hash in sides_of(&record.record, body) {
                if let Some(bytes) = Rows(self.store.connection()).side(&hash)? {
                    stream.sides.insert(hash, bytes);
                    continue;
                }
                let bytes = self.fetch_body(&hash).await?;
                Rows(self.store.connection()).add_side(&hash, &bytes)?;
                stream.sides.insert(hash, bytes);
            }
        }
        Ok(())
    }
}

/// How long a copy waits for a quorum: the longest that the server gives one round, and 3 s.
const QUORUM_WAIT: Duration = Duration::from_secs(15);

fn sides_of(record: &[u8], body: &[u8]) -> Vec<Hash> {
    let kind = Record::parse(record)
        .ok()
        .and_then(|record| Entry::parse(&record.entry).ok())
        .and_then(|entry| entry.facts.entry_type());
    match kind {
        Some(EntryType::GroupStart) => cbor::from_slice::<GroupStart>(body, body.len())
            .map(|start| vec![start.group_info, start.ratchet_tree])
            .unwrap_or_default(),
        Some(EntryType::Successor) => cbor::from_slice::<Successor>(body, body.len())
            .map(|Successor { start, .. }| vec![start.group_info, start.ratchet_tree])
            .unwrap_or_default(),
        Some(EntryType::Commit) => cbor::from_slice::<CommitBody>(body, body.len())
            .map(|commit| vec![commit.group_info, commit.ratchet_tree])
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}
