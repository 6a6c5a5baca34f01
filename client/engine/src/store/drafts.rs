//! What is being written, and how far each channel has been read on this device.

use rusqlite::{OptionalExtension, params};
use thamvan_proto::id::StreamId;

use super::{Rows, int, uint};
use crate::error::EngineError;

/// A draft as stored: key, text, when it was kept (ms).
pub(crate) type StoredDraft = (String, String, u64);

impl Rows<'_> {
    pub(crate) fn set_draft(&self, key: &str, text: &str, at: u64) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO drafts(key, text, at) VALUES(?1, ?2, ?3)
             ON CONFLICT(key) DO UPDATE SET text = excluded.text, at = excluded.at",
            params![key, text, int(at)?],
        )?;
        Ok(())
    }

    pub(crate) fn draft(&self, key: &str) -> Result<Option<String>, EngineError> {
        let select = "SELECT text FROM drafts WHERE key = ?1";
        let row = self.0.query_row(select, [key], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// All drafts, by key.
    pub(crate) fn drafts(&self) -> Result<Vec<StoredDraft>, EngineError> {
        let select = "SELECT key, text, at FROM drafts ORDER BY key";
        let mut statement = self.0.prepare(select)?;
        let rows =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, uint(row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether there was one.
    pub(crate) fn drop_draft(&self, key: &str) -> Result<bool, EngineError> {
        let dropped = self.0.execute("DELETE FROM drafts WHERE key = ?1", [key])?;
        Ok(dropped > 0)
    }

    /// Everything below `next` has been read; a mark never goes back.
    pub(crate) fn mark_read(&self, stream: &StreamId, next: u64) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO read_marks(stream, next) VALUES(?1, ?2)
             ON CONFLICT(stream) DO UPDATE SET next = max(next, excluded.next)",
            params![stream.0, int(next)?],
        )?;
        Ok(())
    }

    pub(crate) fn read_mark(&self, stream: &StreamId) -> Result<u64, EngineError> {
        let select = "SELECT next FROM read_marks WHERE stream = ?1";
        let row = self.0.query_row(select, [stream.0], |row| row.get(0));
        Ok(row.optional()?.map_or(0, uint))
    }
}

/// Also for homes made before there were any.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS drafts(key TEXT PRIMARY KEY, text TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS read_marks(stream BLOB PRIMARY KEY, next INTEGER NOT NULL) STRICT;
";
