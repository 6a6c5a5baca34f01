//! How long a member's device keeps what it has read: the chat of a channel for the days that its founding record names, the
//! record of a consultation at least until its lead has handed it over to the archives (rule A1, Law on Archives).
//!
//! In scope: what may go, and that it goes. Out of scope: the log, whose records and hashes stay for ever.

use thamvan_proto::cbor;
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::id::StreamId;
use thamvan_proto::record::Record;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::verbs::is_channel_name;

/// Whether what was said by an entry of `kind` at `time` may go at `now`, in a channel that keeps things for `days`; `archived`:
/// when the consultation it belongs to was handed over (all in ms, log time).
fn may_go(kind: EntryType, time: u64, archived: Option<u64>, days: u64, now: u64) -> bool {
    let since = if kind.is_act() { archived } else { Some(time) };
    let keep = days.saturating_mul(DAY_MS);
    since.is_some_and(|since| now >= since.saturating_add(keep))
}

impl Engine {
    /// Whether what this entry of `stream`, logged at `time`, has said may go now.
    pub(crate) fn is_past_retention(&self, stream: &StreamId, entry: &Entry, time: u64) -> bool {
        let Some(channel) = self.ledger.channel(stream) else {
            return false;
        };
        let (Some(founding), Some(kind)) = (channel.founding(), entry.facts.entry_type()) else {
            return false;
        };
        let act = entry.facts.act.as_ref();
        let known = act.and_then(|act| channel.consultations().of_id(&act.consultation));
        let archived = known.and_then(|it| it.archived()).map(|act| act.time);
        may_go(kind, time, archived, founding.retention_days, self.now())
    }

    /// Erases from this home what may go, now and then; gives how many items went.
    ///
    /// # Errors
    /// Trouble with the store.
    pub(crate) fn erase_expired(&self) -> Result<usize, EngineError> {
        let rows = Rows(self.store.connection());
        let last = rows.meta(META_SWEPT)?;
        let last = last.and_then(|bytes| cbor::from_slice::<u64>(&bytes, bytes.len()).ok());
        let now = self.now();
        if last.is_some_and(|last| now.abs_diff(last) < SWEEP_INTERVAL_MS) {
            return Ok(0);
        }
        let mut erased: usize = 0;
        for stream in self.ledger.channels().map(|(stream, _)| *stream) {
            for item in rows.items(&stream, 0)? {
                let Some(content) = &item.content else {
                    continue;
                };
                let damaged = EngineError::StoreDamaged { what: "record" };
                let record = Record::parse(&rows.record(&stream, item.seq)?.ok_or(damaged)?)?;
                let damaged = |_| EngineError::StoreDamaged { what: "entry" };
                let entry = Entry::parse(&record.entry).map_err(damaged)?;
                // What the channel is called is no chat.
                if self.is_past_retention(&stream, &entry, record.time) && !is_channel_name(content)
                {
                    rows.empty_item(&stream, item.seq)?;
                    erased = erased.saturating_add(1);
                }
            }
        }
        rows.set_meta(META_SWEPT, &cbor::to_vec(&now))?;
        Ok(erased)
    }
}

const DAY_MS: u64 = 24 * 3600 * 1000;
const SWEEP_INTERVAL_MS: u64 = 6 * 3600 * 1000;
const META_SWEPT: &str = "retention_swept";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_chat_goes_after_its_days_and_a_record_never_before_it_was_handed_over() {
        let day = DAY_MS;
        for (kind, archived, now, goes) in [
            (EntryType::Message, None, 30 * day, false),
            (EntryType::Message, None, 31 * day, true),
            (EntryType::Brief, None, 31 * day, true),
            (EntryType::ConsultationOpen, None, 30_000 * day, false),
            (EntryType::Answer, None, 30_000 * day, false),
            (EntryType::RecordExport, None, 30_000 * day, false),
            (EntryType::Answer, Some(100 * day), 129 * day, false),
            (EntryType::Answer, Some(100 * day), 130 * day, true),
        ] {
            let may = may_go(kind, day, archived, 30, now);
            assert_eq!(may, goes, "{kind:?} {archived:?} {now}");
        }
        assert!(!may_go(EntryType::Message, 1, None, u64::MAX, u64::MAX - 1));
    }
}
