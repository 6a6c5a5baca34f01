//! Tells one connection of every newer quorum of witnesses, as fast as it reads and no faster.

use std::sync::Arc;

use thamvan_proto::frame::{Body, Witnessed as Frame};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::cosigned::Witnessed;
use crate::limits::WITNESSED_PUSH_INTERVAL;
use crate::ws::{self, Outgoing};

/// The newest quorum, of which only the newest is ever sent: nothing is queued for a slow reader.
pub(crate) struct Push {
    pub(crate) newest: watch::Receiver<Option<Arc<Witnessed>>>,
    pub(crate) outbound: mpsc::Sender<Outgoing>,
}

impl Push {
    /// Sends the newest quorum there is, if there is one.
    pub(crate) async fn send(&mut self) {
        // A closed connection shows itself at the next read.
        let Ok(room) = self.outbound.reserve().await else {
            return;
        };
        let newest = self.newest.borrow_and_update().clone();
        if let Some(witnessed) = newest {
            let checkpoint = witnessed.note.clone();
            room.send(ws::message(0, Body::Witnessed(Frame { checkpoint })));
        }
    }

    /// Sends every newer one until the reader goes.
    pub(crate) async fn run(mut self) {
        while self.newest.changed().await.is_ok() && !self.outbound.is_closed() {
            self.send().await;
            sleep_until(Instant::now() + WITNESSED_PUSH_INTERVAL).await;
        }
    }
}
