//! What has just been published: wakes the subscriptions of the streams that grew, and keeps the newest deliveries encoded.
//!
//! A delivery is encoded once, whoever reads it, under the checkpoint of its own batch. Only subscriptions that have caught
//! up are served from here; what is older is read from the journal under the newest checkpoint, so that a reader who comes
//! back has one checkpoint to verify, not one a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use thamvan_proto::id::StreamId;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Bytes;

use crate::limits::LIVE_BYTES_MAX;

/// Shared by the sequencer, which fills it, and all subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    streams: BTreeMap<StreamId, watch::Sender<()>>,
    /// Delivery frames by index of the leaf.
    frames: BTreeMap<u64, Bytes>,
    bytes: usize,
}

impl Live {
    /// Changes whenever `stream` grows.
    pub(crate) fn watch(&self, stream: &StreamId) -> watch::Receiver<()> {
        let mut inner = self.inner();
        inner.streams.retain(|_, sender| !sender.is_closed());
        inner.streams.entry(*stream).or_default().subscribe()
    }

    /// Whether anybody is there to be woken for `stream`.
    pub(crate) fn is_watched(&self, stream: &StreamId) -> bool {
        let inner = self.inner();
        let sender = inner.streams.get(stream);
        sender.is_some_and(|sender| !sender.is_closed())
    }

    /// Keeps the frame of the delivery at `index`; drops the oldest over [`LIVE_BYTES_MAX`].
    pub(crate) fn keep(&self, index: u64, frame: Bytes) {
        let mut inner = self.inner();
        inner.bytes = inner.bytes.saturating_add(frame.len());
        inner.frames.insert(index, frame);
        while inner.bytes > LIVE_BYTES_MAX
            && let Some((_, oldest)) = inner.frames.pop_first()
        {
            inner.bytes = inner.bytes.saturating_sub(oldest.len());
        }
    }

    /// The kept frames of the first of `indexes`, up to one that is not kept.
    pub(crate) fn frames(&self, indexes: impl Iterator<Item = u64>) -> Vec<Bytes> {
        let inner = self.inner();
        indexes
            .map_while(|index| inner.frames.get(&index).cloned())
            .collect()
    }

    /// Wakes the readers of `streams`; a new directory may end the right of any reader, so it wakes all.
    pub(crate) fn wake(&self, streams: &BTreeSet<StreamId>) {
        let inner = self.inner();
        if streams.contains(&StreamId::DIRECTORY) {
            inner
                .streams
                .values()
                .for_each(|one| one.send_modify(|()| {}));
            return;
        }
        for sender in streams.iter().filter_map(|one| inner.streams.get(one)) {
            sender.send_modify(|()| {});
        }
    }

    /// Held for as long as a map takes, never across an await.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_within_its_bound() {
        let live = Live::default();
        let frame = Bytes::from(vec![0; LIVE_BYTES_MAX / 2]);
        for index in 0..3 {
            live.keep(index, frame.clone());
        }
        assert_eq!(live.frames(0..3).len(), 0);
        assert_eq!(live.frames(1..4).len(), 2);
    }

    #[test]
    fn wakes_the_readers_of_what_grew_and_everybody_for_the_directory() {
        let live = Live::default();
        let [one, other] = [1, 2].map(|n| StreamId([n; 16]));
        let (mut of_one, of_other) = (live.watch(&one), live.watch(&other));
        live.wake(&BTreeSet::from([one]));
        assert!(of_one.has_changed().unwrap() && !of_other.has_changed().unwrap());
        of_one.mark_unchanged();
        live.wake(&BTreeSet::from([StreamId::DIRECTORY]));
        assert!(of_one.has_changed().unwrap() && of_other.has_changed().unwrap());
        assert!(live.is_watched(&one));
        drop((of_one, of_other));
        assert!(!live.is_watched(&one));
    }
}
