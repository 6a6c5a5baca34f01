//! Signed refusals: kept when the server gives one, and held against every record that comes.

use thamvan_proto::cbor;
use thamvan_proto::entry::sha256;
use thamvan_proto::frame::{Delivery, Refused};
use thamvan_proto::record::Record;
use thamvan_proto::refusal::RefusalFacts;
use thamvan_proto::tlog::VerifierKey;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;

/// Proof that the log has broken its word: it refused an entry for ever, signed that, and sequenced the entry.
#[derive(Clone, Debug)]
pub struct BrokenRefusal {
    /// What the log key signed (docs/protocol.md chapter 9).
    pub refusal: Vec<u8>,
    /// The delivery of the same entry: record, place in the tree, checkpoint (CBOR).
    pub delivery: Vec<u8>,
}

impl Engine {
    /// Keeps the signed part of a refusal of `entry`, if there is one.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: it is not the log's word about this entry; then nothing has been settled.
    pub(crate) fn keep_refusal(
        &mut self,
        entry: &[u8],
        refused: &Refused,
    ) -> Result<(), EngineError> {
        let Some(signed) = &refused.signed else {
            return Ok(());
        };
        let wrong = |what: &dyn std::fmt::Display| EngineError::Finding {
            what: format!("signed refusal: {what}"),
        };
        let (genesis, _) = self
            .ledger
            .directory()
            .genesis()
            .ok_or_else(|| wrong(&"no genesis"))?;
        let key = VerifierKey::parse(&genesis.log_key).map_err(|error| wrong(&error))?;
        let facts = RefusalFacts::open(signed, &key).map_err(|error| wrong(&error))?;
        let hash = sha256(entry);
        if facts.shard != genesis.shard || facts.entry != hash || facts.code != refused.code {
            return Err(wrong(&"it is about another entry, shard or code"));
        }
        Rows(self.store.connection()).add_refusal(&hash, entry, facts.code.as_str(), signed)
    }

    /// Whether a record, proved to be in the log, holds an entry that the log has refused for ever.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: it does. Refusal and record are kept.
    pub(crate) fn check_refusals(
        &self,
        record: &Record,
        delivery: &Delivery,
    ) -> Result<(), EngineError> {
        let rows = Rows(self.store.connection());
        let hash = sha256(&record.entry);
        let Some(code) = rows.refused_for_ever(&hash)? else {
            return Ok(());
        };
        rows.contradict_refusal(&hash, &cbor::to_vec(delivery))?;
        Err(EngineError::Finding {
            what: format!(
                "the log holds an entry that it had refused for ever ({code}) and signed that: \
                 record {} of stream {}; both are kept as evidence",
                record.seq, record.stream
            ),
        })
    }

    /// Evidence that the log has broken a signed refusal.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn broken_refusals(&self) -> Result<Vec<BrokenRefusal>, EngineError> {
        Rows(self.store.connection()).broken_refusals()
    }
}
