//! Signed refusals, each with the entry that it is about and, if that was logged all the same, the record.

use rusqlite::{OptionalExtension, params};
use thamvan_proto::tlog::Hash;

use super::Rows;
use crate::error::EngineError;
use crate::refusal::BrokenRefusal;

impl Rows<'_> {
    /// Keeps a refusal that has been verified.
    pub(crate) fn add_refusal(
        &self,
        hash: &Hash,
        entry: &[u8],
        code: &str,
        signed: &[u8],
    ) -> Result<(), EngineError> {
        self.0.execute(
            "INSERT INTO refusals(entry_hash, entry, code, signed) VALUES(?1, ?2, ?3, ?4)
             ON CONFLICT(entry_hash) DO NOTHING",
            params![hash.0, entry, code, signed],
        )?;
        Ok(())
    }

    /// The code with which the entry with this hash was refused for ever.
    pub(crate) fn refused_for_ever(&self, hash: &Hash) -> Result<Option<String>, EngineError> {
        let select = "SELECT code FROM refusals WHERE entry_hash = ?1";
        let row = self.0.query_row(select, [hash.0], |row| row.get(0));
        Ok(row.optional()?)
    }

    /// Puts the delivery in which the refused entry was logged beside its refusal.
    pub(crate) fn contradict_refusal(
        &self,
        hash: &Hash,
        delivery: &[u8],
    ) -> Result<(), EngineError> {
        self.0.execute(
            "UPDATE refusals SET delivery = ?2 WHERE entry_hash = ?1 AND delivery IS NULL",
            params![hash.0, delivery],
        )?;
        Ok(())
    }

    /// Refusals that the log has contradicted.
    pub(crate) fn broken_refusals(&self) -> Result<Vec<BrokenRefusal>, EngineError> {
        let mut statement = self
            .0
            .prepare("SELECT signed, delivery FROM refusals WHERE delivery IS NOT NULL")?;
        let rows = statement.query_map([], |row| {
            Ok(BrokenRefusal {
                refusal: row.get(0)?,
                delivery: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Also for homes made before there were any.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS refusals(entry_hash BLOB PRIMARY KEY, entry BLOB NOT NULL, code TEXT NOT NULL,
    signed BLOB NOT NULL, delivery BLOB) STRICT;
";
