//! Minute heads: at the end of a synchronisation the log must show, signed, how far each stream goes; this device must be there.
//!
//! Nothing here reads a clock: heads are late only behind records that the log itself has dated.

use std::collections::BTreeMap;

use thamvan_proto::cbor;
use thamvan_proto::directory::Genesis;
use thamvan_proto::entry::{Entry, EntryType, Position};
use thamvan_proto::frame::{Body, HeadsShown};
use thamvan_proto::heads::{Heads, StreamHead};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::{HEADS_LATE_MS_MAX, HEADS_STREAMS_MAX};
use thamvan_proto::record::{Record, StreamKey};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;

/// Heads that have been verified, with what they say of the streams that were asked for.
pub(crate) struct Shown {
    size: u64,
    streams: BTreeMap<StreamId, Position>,
}

/// What is kept of the newest heads: they never go back.
type Kept = (u64, u64, thamvan_proto::tlog::Hash);

impl Engine {
    /// Asks for the newest heads with these streams, verifies them, and holds every record of this device to them.
    ///
    /// Nothing where the log has no heads yet and owes none.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: heads that are false, late, or older than some seen before.
    pub(crate) async fn newest_heads(
        &mut self,
        streams: &[StreamId],
    ) -> Result<Option<Shown>, EngineError> {
        let mut newest: Option<Shown> = None;
        for asked in streams.chunks(HEADS_STREAMS_MAX) {
            let request = Body::Heads(asked.to_vec());
            let answer: Option<HeadsShown> = self.online()?.request(request).await?;
            let shown = match answer {
                Some(answer) => self.open_heads(asked, &answer).await?,
                None if self.kept_heads()?.is_some() => {
                    return Err(finding("rollback: the log had heads and has none"));
                }
                None => {
                    self.check_late(0)?;
                    return Ok(None);
                }
            };
            match &mut newest {
                None => newest = Some(shown),
                Some(first) => first.streams.extend(shown.streams),
            }
        }
        if let Some(shown) = &newest {
            self.check_late(shown.size)?;
        }
        Ok(newest)
    }

    async fn open_heads(
        &mut self,
        asked: &[StreamId],
        answer: &HeadsShown,
    ) -> Result<Shown, EngineError> {
        let delivery = &answer.record;
        let record = Record::parse(&delivery.record)?;
        let body = delivery.body.as_ref().ok_or(EngineError::Protocol {
            what: "heads without their body",
        })?;
        let genesis = self.genesis()?.clone();
        let heads =
            Heads::open(&record, body, &genesis).map_err(|error| finding(&error.to_string()))?;
        self.verify_delivery(&record, delivery).await?;
        if heads.size != delivery.index {
            return Err(finding("heads cover another size than their own place"));
        }
        self.keep_heads(&record, &heads, &delivery.record)?;
        if asked.len() != answer.streams.len() {
            return Err(EngineError::Protocol {
                what: "heads of other streams than those asked for",
            });
        }
        let mut streams = BTreeMap::new();
        for (stream, shown) in asked.iter().zip(&answer.streams) {
            self.check_stream(stream, shown.as_ref(), &heads)?;
            if let Some(head) = shown {
                let (seq, record) = (head.seq, head.record);
                streams.insert(*stream, Position { seq, record });
            }
        }
        let size = heads.size;
        Ok(Shown { size, streams })
    }

    /// The leaf is in the heads, and everything that this device has is in it.
    fn check_stream(
        &self,
        stream: &StreamId,
        shown: Option<&StreamHead>,
        heads: &Heads,
    ) -> Result<(), EngineError> {
        let indexes = self.indexes.get(stream).map_or(&[][..], Vec::as_slice);
        let had = indexes.partition_point(|index| *index < heads.size) as u64;
        let Some(head) = shown else {
            return if had == 0 {
                Ok(())
            } else {
                Err(finding(&format!("heads leave out stream {stream}")))
            };
        };
        let key = self.tag_key(stream)?;
        head.verify(&key, heads)
            .map_err(|error| finding(&format!("stream {stream} in the heads: {error}")))?;
        let known = self.ledger.record_hash(stream, head.seq);
        if had > head.seq.saturating_add(1) || known.is_some_and(|known| known != head.record) {
            return Err(finding(&format!(
                "record {} of stream {stream} is not the one that the heads name",
                head.seq
            )));
        }
        Ok(())
    }

    /// The streams in which these heads name a record that this device has not.
    pub(crate) fn behind(&self, shown: &Shown) -> Vec<StreamId> {
        let behind = shown
            .streams
            .iter()
            .filter(|(stream, head)| self.ledger.size(stream) <= head.seq);
        behind.map(|(stream, _)| *stream).collect()
    }

    /// Whether this device has read as far as heads that it was shown before, in the streams that are still open to it.
    ///
    /// # Errors
    /// [`EngineError::Finding`]: the server keeps records of a stream from this device, or has others.
    pub(crate) fn require(&self, shown: &Shown, open: &[StreamId]) -> Result<(), EngineError> {
        let still_open = shown.streams.iter().filter(|(id, _)| open.contains(id));
        for (stream, head) in still_open {
            match self.ledger.record_hash(stream, head.seq) {
                Some(known) if known == head.record => {}
                Some(_) => {
                    return Err(finding(&format!(
                        "record {} of stream {stream} is not the one that the heads name",
                        head.seq
                    )));
                }
                None => {
                    return Err(finding(&format!(
                        "stream {stream} is frozen: the log's heads name record {}, and it is not delivered",
                        head.seq
                    )));
                }
            }
        }
        Ok(())
    }

    /// Heads never go back, and there is one for each place.
    fn keep_heads(
        &mut self,
        record: &Record,
        heads: &Heads,
        bytes: &[u8],
    ) -> Result<(), EngineError> {
        let now: Kept = (record.seq, heads.size, thamvan_proto::entry::sha256(bytes));
        if let Some(kept) = self.kept_heads()? {
            let goes_back = now.0 < kept.0 || (now.0 > kept.0 && now.1 <= kept.1);
            if goes_back || (now.0 == kept.0 && now != kept) {
                return Err(finding(
                    "rollback: heads older than or other than those seen",
                ));
            }
        }
        Rows(self.store.connection()).set_meta(META_HEADS, &cbor::to_vec(&now))
    }

    fn kept_heads(&self) -> Result<Option<Kept>, EngineError> {
        let kept = Rows(self.store.connection()).meta(META_HEADS)?;
        let parse = |bytes: Vec<u8>| Ok(cbor::from_slice(&bytes, bytes.len())?);
        kept.map(parse).transpose()
    }

    /// No record that these heads do not cover stands more than three minutes of log time behind another.
    fn check_late(&self, size: u64) -> Result<(), EngineError> {
        let mut oldest: Option<u64> = None;
        for row in Rows(self.store.connection()).records_from(size)? {
            let record = Record::parse(&row)?;
            if record.stream == StreamId::HEADS {
                continue;
            }
            let oldest = *oldest.get_or_insert(record.time);
            // Root statements may be dated before the server began.
            if record.time.saturating_sub(oldest) > HEADS_LATE_MS_MAX && !is_offline(&record) {
                return Err(finding(
                    "no heads: a record is not covered three minutes of log time later",
                ));
            }
        }
        Ok(())
    }

    /// The genesis, once read.
    pub(crate) fn genesis(&self) -> Result<&Genesis, EngineError> {
        let genesis = self.ledger.directory().genesis();
        genesis
            .map(|(genesis, _)| genesis)
            .ok_or_else(|| finding("there is no genesis"))
    }

    /// The tag key of a stream; that of the heads follows from the genesis.
    pub(crate) fn tag_key(&self, stream: &StreamId) -> Result<StreamKey, EngineError> {
        if *stream == StreamId::HEADS {
            return Ok(StreamKey(self.genesis()?.stream_key.0).of_heads());
        }
        self.stream_keys
            .get(stream)
            .cloned()
            .ok_or(EngineError::Protocol {
                what: "record of an unknown stream",
            })
    }
}

fn is_offline(record: &Record) -> bool {
    let kind = Entry::parse(&record.entry)
        .ok()
        .and_then(|entry| entry.facts.entry_type());
    matches!(kind, Some(EntryType::Genesis | EntryType::RootStatement))
}

fn finding(what: &str) -> EngineError {
    EngineError::Finding {
        what: what.to_owned(),
    }
}

const META_HEADS: &str = "heads";
