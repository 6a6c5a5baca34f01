//! One stream for one reader: read from the journal as fast as the reader takes it, never queued for anybody.

use std::sync::Arc;

use thamvan_proto::entry::Entry;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, CaughtUp, Delivery};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::record::Record;
use thamvan_server_core::store::Store;
use thamvan_server_core::{Refusal, access};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::error::RunError;
use crate::limits::{DELIVERY_BYTES_MAX, DELIVERY_RECORDS_MAX};
use crate::shared::{Published, Shared, now_ms};
use crate::ws;

/// A stream that is delivered to one connection.
pub(crate) struct Subscription {
    pub(crate) shared: Arc<Shared>,
    /// Bounded: a slow reader pauses this task and nothing else.
    pub(crate) outbound: mpsc::Sender<Message>,
    pub(crate) device: DeviceId,
    pub(crate) stream: StreamId,
    /// Next seq to deliver.
    pub(crate) next: u64,
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
        let frames = {
            let state = self.shared.state();
            let page = (self.next..size).take(DELIVERY_RECORDS_MAX);
            let indexes = page.map_while(|seq| state.index(&self.stream, seq));
            self.shared.live.frames(indexes)
        };
        for frame in &frames {
            if self
                .outbound
                .send(Message::Binary(frame.clone()))
                .await
                .is_err()
            {
                return false;
            }
            self.next = self.next.saturating_add(1);
        }
        !frames.is_empty()
    }

    fn permitted(&self, published: &Published) -> Result<u64, Refusal> {
        let state = self.shared.state();
        access::may_read(&state, &self.device, &self.stream, now_ms())
            .map_err(|refusal| Refusal::new(ErrorCode::NotPermitted, refusal.detail))?;
        Ok(state.size_within(&self.stream, published.size))
    }

    async fn deliver(&mut self, published: Arc<Published>, size: u64) -> bool {
        let (shared, stream, from) = (Arc::clone(&self.shared), self.stream, self.next);
        let page = tokio::task::spawn_blocking(move || {
            read_page(&shared, &published, &stream, from, size)
        });
        let page = match page.await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => {
                self.shared.end(error);
                return false;
            }
            Err(_) => return false,
        };
        for delivery in page {
            let message = ws::message(0, Body::Delivery(delivery));
            if self.outbound.send(message).await.is_err() {
                return false;
            }
            self.next = self.next.saturating_add(1);
        }
        true
    }

    async fn send(&self, body: Body) {
        // A closed connection shows itself at the next delivery.
        let _ = self.outbound.send(ws::message(0, body)).await;
    }
}

fn read_page(
    shared: &Shared,
    published: &Published,
    stream: &StreamId,
    from: u64,
    size: u64,
) -> Result<Vec<Delivery>, RunError> {
    let mut page = Vec::new();
    let mut bytes = 0_usize;
    for seq in (from..size).take(DELIVERY_RECORDS_MAX) {
        let delivery = read(shared, published, stream, seq)?;
        bytes = bytes.saturating_add(delivery.body.as_ref().map_or(0, |body| body.len()));
        page.push(delivery);
        if bytes >= DELIVERY_BYTES_MAX {
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
