//! Minute heads held to the records: every one of them must say what the log held, and none may be missing for long.

use thamvan_proto::entry::{EntryType, Position};
use thamvan_proto::heads::{Heads, StreamHeads};
use thamvan_proto::id::StreamId;
use thamvan_proto::ledger::{Accepted, Effect};
use thamvan_proto::limits::HEADS_LATE_MS_MAX;
use thamvan_proto::record::StreamKey;

use crate::report::{Code, Finding};

/// The last record of every stream, and how long one has been waiting for heads.
#[derive(Debug, Default)]
pub(crate) struct HeadsWatch {
    streams: StreamHeads,
    /// Log time of the oldest record that no heads cover.
    oldest: Option<u64>,
    is_told: bool,
    is_partial: bool,
}

impl HeadsWatch {
    /// Some record is not known: heads can no longer be computed.
    pub(crate) fn miss(&mut self) {
        self.is_partial = true;
    }

    /// Takes the record at `index` of the log.
    pub(crate) fn take(
        &mut self,
        accepted: &Accepted,
        index: u64,
        key: Option<&StreamKey>,
    ) -> Option<Finding> {
        if let Ok(Effect::Heads(heads)) = &accepted.verdict {
            self.oldest = None;
            self.is_told = false;
            return self.check(heads, index);
        }
        let record = &accepted.record;
        if record.stream == StreamId::HEADS {
            return None; // void: a finding says so
        }
        match key {
            Some(key) => {
                let (seq, record_hash) = (record.seq, accepted.hash);
                let head = Position {
                    seq,
                    record: record_hash,
                };
                self.streams.set(record.stream, key, &head);
            }
            None => self.miss(),
        }
        self.is_late(accepted)
    }

    fn check(&self, heads: &Heads, index: u64) -> Option<Finding> {
        let detail = if heads.size != index {
            "the heads cover another size than their own place"
        } else if self.is_partial {
            return None;
        } else if heads.count != self.streams.count() || heads.root != self.streams.root() {
            "the heads are not those of the records before them"
        } else {
            return None;
        };
        Some(Finding::error(Code::RootMismatch, detail))
    }

    fn is_late(&mut self, accepted: &Accepted) -> Option<Finding> {
        let time = accepted.record.time;
        let waits = time.saturating_sub(*self.oldest.get_or_insert(time));
        // Root statements may be dated before the server began.
        let offline = matches!(
            accepted.entry.facts.entry_type(),
            Some(EntryType::Genesis | EntryType::RootStatement)
        );
        if waits <= HEADS_LATE_MS_MAX || offline || self.is_told {
            return None;
        }
        self.is_told = true;
        let detail =
            "no heads cover a record that is more than three minutes of log time older than this";
        Some(Finding::warning(Code::MissingEntry, detail))
    }
}
