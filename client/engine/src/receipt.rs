//! The answer to what was submitted: the log receipt, the record that it is for, and what is left where nothing more is delivered.
//!
//! In scope: what a receipt must prove. Out of scope: what is submitted (`outbox`), signed refusals (`refusal`).

use thamvan_proto::entry::sha256;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Delivery, Receipt, Refused};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::{self, Checkpoint};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::outbox::Underway;
use crate::store::Rows;

impl Engine {
    /// Takes the answer to what was submitted: the log receipt is checked and the record read back, or the refusal is kept.
    pub(crate) async fn take_answer(
        &mut self,
        one: &Underway,
        answer: Result<Receipt, Refused>,
    ) -> Result<u64, EngineError> {
        let (id, stream, entry) = (one.id, one.stream, &one.submit.entry);
        let receipt = match answer {
            Ok(receipt) => receipt,
            Err(refused) => {
                self.keep_refusal(entry, &refused)?;
                self.settle_refusal(id, refused.code)?;
                let Refused { code, detail, .. } = refused;
                return Err(EngineError::Refused { code, detail });
            }
        };
        let (record, checkpoint) = self.check_receipt(stream, entry, &receipt)?;
        if !self.read_own(one, &receipt, record.seq).await? {
            return Ok(record.seq);
        }
        // Nearly always the one that the record was delivered under: then this asks the server nothing.
        self.accept_checkpoint(&checkpoint, &receipt.checkpoint)
            .await?;
        let logged = self.ledger.record_hash(&stream, record.seq);
        if logged != Some(sha256(&receipt.record)) {
            return Err(EngineError::Finding {
                what: "the log receipt names another record than the one delivered".into(),
            });
        }
        // The ledger said yes before this was sent: a record that is void all the same was sequenced at a place of malice or error.
        if self.is_queued(id)? {
            return Err(EngineError::Finding {
                what: "the server logged an entry where it is void".into(),
            });
        }
        Ok(record.seq)
    }

    /// Reads this device's own record back; says whether it was applied. Whoever has just ended the own right is delivered nothing
    /// more: the receipt has the record, and what came between nobody will show.
    async fn read_own(
        &mut self,
        one: &Underway,
        receipt: &Receipt,
        seq: u64,
    ) -> Result<bool, EngineError> {
        let stream = one.stream;
        match self.subscribe_up_to(stream, seq).await {
            Err(
                EngineError::Unreachable { .. }
                | EngineError::Refused {
                    code: ErrorCode::NotPermitted,
                    ..
                },
            ) => {}
            other => return other.map(|()| true),
        }
        self.disconnect();
        match self.connect().await {
            Err(EngineError::Refused {
                code: ErrorCode::UnknownDevice,
                ..
            }) => {
                Rows(self.store.connection()).remove_outgoing(one.id)?;
                self.without_rights = true;
                return Ok(false);
            }
            other => other?,
        }
        self.read_directory().await?;
        if self.ledger.size(&stream) == seq {
            let delivery = Delivery {
                index: receipt.index,
                record: receipt.record.clone(),
                body: Some(one.submit.body.clone()),
                path: receipt.path.clone(),
                checkpoint: receipt.checkpoint.clone(),
            };
            self.apply_delivery(&delivery).await?;
            return Ok(true);
        }
        match self.subscribe_up_to(stream, seq).await {
            Err(EngineError::Refused {
                code: ErrorCode::NotPermitted,
                ..
            }) => {
                self.disconnect();
                Rows(self.store.connection()).remove_outgoing(one.id)?;
                Ok(false)
            }
            other => other.map(|()| true),
        }
    }

    async fn subscribe_up_to(&mut self, stream: StreamId, seq: u64) -> Result<(), EngineError> {
        self.subscribe(stream).await?;
        self.read_up_to(stream, seq).await
    }

    /// The receipt names our entry, and its leaf is under a checkpoint of the log key.
    pub(crate) fn check_receipt(
        &self,
        stream: StreamId,
        entry: &[u8],
        receipt: &Receipt,
    ) -> Result<(Record, Checkpoint), EngineError> {
        let wrong = |what: &str| EngineError::Finding {
            what: format!("log receipt: {what}"),
        };
        let record = Record::parse(&receipt.record)?;
        if record.stream != stream || record.entry.as_slice() != entry {
            return Err(wrong("another entry"));
        }
        let (genesis, _) = self
            .ledger
            .directory()
            .genesis()
            .ok_or_else(|| wrong("no genesis"))?;
        if receipt.shard != genesis.shard {
            return Err(wrong("another shard"));
        }
        let checkpoint = crate::verify::open_checkpoint(&receipt.checkpoint, genesis)?;
        let key = self
            .stream_keys
            .get(&stream)
            .ok_or_else(|| wrong("no tag key"))?;
        let leaf = Leaf::new(key, record.seq, &receipt.record).hash();
        tlog::verify_inclusion(
            &leaf,
            receipt.index,
            checkpoint.size,
            &receipt.path,
            &checkpoint.root,
        )
        .map_err(|error| wrong(&error.to_string()))?;
        Ok((record, checkpoint))
    }
}
