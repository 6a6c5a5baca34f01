//! One stream for one reader: read from the journal as fast as the reader takes it, never queued for anybody.

use std::ops::Range;
use std::sync::Arc;

use thamvan_proto::entry::Entry;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, CaughtUp, Delivery};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;
use thamvan_server_core::store::Store;
use thamvan_server_core::{Refusal, access};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::error::RunError;
use crate::gate::Pages;
use crate::limits::{DELIVERY_BYTES_MAX, DELIVERY_RECORDS_MAX, PAGE_SMALL_LEN};
use crate::shared::{Published, Shared};
use crate::ws::{self, Outgoing};

/// A stream that is delivered to one connection.
pub(crate) struct Subscription {
    pub(crate) shared: Arc<Shared>,
    /// Bounded: a slow reader pauses this task and nothing else.
    pub(crate) outbound: mpsc::Sender<Outgoing>,
    pub(crate) pages: Pages,
    pub(crate) device: DeviceId,
    pub(crate) stream: StreamId,
    /// Next seq to deliver.
    pub(crate) next: u64,
    /// The last page was large: the next one probably is.
    pub(crate) large: bool,
}

impl Subscription {
    /// Delivers until the reader goes or its right ends.
    pub(crate) async fn run(mut self) {
        let mut grown = self.shared.live.watch(&self.stream);
        let mut caught_up = false;
        loop {
            grown.mark_unchanged();
            let current = self.shared.published();
            let size = match self.permitted(&current) {
                Ok(size) => size,
                Err(refusal) => return self.send(Body::Refused(refusal.to_frame())).await,
            };
            if self.next < size {
                if !(caught_up && self.deliver_live(size).await
                    || self.deliver(current, size).await)
                {
                    return;
                }
                // Look again before waiting: the page may not have been the last.
                grown.mark_changed();
            } else if !caught_up {
                let stream = self.stream;
                self.send(Body::CaughtUp(CaughtUp { stream, size })).await;
                caught_up = true;
            }
            if grown.changed().await.is_err() {
                return;
            }
        }
    }

    /// Delivers what is kept encoded; says whether that was anything.
    async fn deliver_live(&mut self, size: u64) -> bool {
        let Some(turn) = self.pages.turn().await else {
            return false;
        };
        let mut frames = self.live(size, PAGE_SMALL_LEN);
        let small = frames.iter().map(Bytes::len).sum::<usize>() <= PAGE_SMALL_LEN;
        let (_turn, held) = if small {
            (Some(turn), None)
        } else {
            // Dropped before the wait: who waits holds nothing.
            frames.clear();
            let Some(held) = self.pages.large(turn).await else {
                return false;
            };
            frames = self.live(size, DELIVERY_BYTES_MAX);
            (None, Some(held))
        };
        for frame in &frames {
            let message = Outgoing::from(Message::Binary(frame.clone())).holding(held.clone());
            if self.outbound.send(message).await.is_err() {
                return false;
            }
            self.next = self.next.saturating_add(1);
            self.shared.metrics.deliveries.inc();
        }
        !frames.is_empty()
    }

    /// The next frames that are kept, up to `len_max` bytes, and one in any case.
    fn live(&self, size: u64, len_max: usize) -> Vec<Bytes> {
        let state = self.shared.state();
        let page = (self.next..size).take(DELIVERY_RECORDS_MAX);
        let indexes = page.map_while(|seq| state.index(&self.stream, seq));
        let mut frames = self.shared.live.frames(indexes);
        let mut len = 0;
        let within = frames.iter().take_while(|frame| {
            len += frame.len();
            len <= len_max
        });
        let count = within.count().max(1);
        frames.truncate(count);
        frames
    }

    fn permitted(&self, published: &Published) -> Result<u64, Refusal> {
        let state = self.shared.state();
        access::may_read(&state, &self.device, &self.stream, self.shared.now_ms())
            .map_err(|refusal| Refusal::new(ErrorCode::NotPermitted, refusal.detail))?;
        Ok(state.size_within(&self.stream, published.size))
    }

    async fn deliver(&mut self, published: Arc<Published>, size: u64) -> bool {
        let Some(turn) = self.pages.turn().await else {
            return false;
        };
        let mut page = None;
        if !self.large {
            page = self.page(&published, size, PAGE_SMALL_LEN).await;
            self.large = page.as_ref().is_some_and(|page| page.len >= PAGE_SMALL_LEN);
        }
        let (_turn, held) = if self.large {
            // Dropped before the wait: who waits holds nothing.
            drop(page.take());
            let Some(held) = self.pages.large(turn).await else {
                return false;
            };
            page = self.page(&published, size, DELIVERY_BYTES_MAX).await;
            self.large = page.as_ref().is_some_and(|page| page.len >= PAGE_SMALL_LEN);
            (None, Some(held))
        } else {
            (Some(turn), None)
        };
        let Some(page) = page else {
            return false;
        };
        for delivery in page.deliveries {
            let message = ws::message(0, Body::Delivery(delivery)).holding(held.clone());
            if self.outbound.send(message).await.is_err() {
                return false;
            }
            self.next = self.next.saturating_add(1);
            self.shared.metrics.deliveries.inc();
        }
        true
    }

    async fn page(&self, published: &Arc<Published>, size: u64, len_max: usize) -> Option<Page> {
        let (shared, published) = (Arc::clone(&self.shared), Arc::clone(published));
        let (stream, from) = (self.stream, self.next);
        let page = tokio::task::spawn_blocking(move || {
            read_page(&shared, &published, &stream, from..size, len_max)
        });
        match page.await {
            Ok(Ok(page)) => Some(page),
            Ok(Err(error)) => {
                self.shared.end(error);
                None
            }
            Err(_) => None,
        }
    }

    async fn send(&self, body: Body) {
        // A closed connection shows itself at the next delivery.
        let _ = self.outbound.send(ws::message(0, body)).await;
    }
}

struct Page {
    deliveries: Vec<Delivery>,
    len: usize,
}

/// Stops early once the page has `len_max` bytes or more.
fn read_page(
    shared: &Shared,
    published: &Published,
    stream: &StreamId,
    seqs: Range<u64>,
    len_max: usize,
) -> Result<Page, RunError> {
    let mut page = Page {
        deliveries: Vec::new(),
        len: 0,
    };
    for seq in seqs.take(DELIVERY_RECORDS_MAX) {
        let delivery = read(shared, published, stream, seq)?;
        let body = delivery.body.as_ref().map_or(0, |body| body.len());
        let proof = delivery.checkpoint.len() + delivery.path.len() * size_of::<Hash>();
        page.len = page
            .len
            .saturating_add(body + delivery.record.len() + proof);
        page.deliveries.push(delivery);
        if page.len >= len_max {
            break;
        }
    }
    Ok(page)
}

pub(crate) fn read(
    shared: &Shared,
    published: &Published,
    stream: &StreamId,
    seq: u64,
) -> Result<Delivery, RunError> {
    let (index, path) = {
        let state = shared.state();
        let index = state.index(stream, seq).ok_or(RunError::BodyMissing)?;
        let path = state.tree().inclusion_path(index, published.size);
        (index, path.map_err(|_| RunError::RootMismatch)?)
    };
    let record = shared.journal.record(index)?.ok_or(RunError::BodyMissing)?;
    let payload = Record::parse(&record)
        .ok()
        .and_then(|record| Entry::parse(&record.entry).ok())
        .map(|entry| entry.payload);
    let body = match payload {
        Some(hash) => shared.journal.body(&hash)?,
        None => None,
    };
    Ok(Delivery {
        index,
        record: record.into(),
        body: body.map(Into::into),
        path,
        checkpoint: published.checkpoint.clone(),
    })
}
