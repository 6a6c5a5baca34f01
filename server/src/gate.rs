//! What stands between peers and memory, shared by all connections: places, rates, long frames, large pages.

use std::net::IpAddr;
use std::sync::Arc;

use thamvan_server_core::rate::Network;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Config;
use crate::error::RunError;
use crate::handshake::Handshakes;
use crate::limits::{LARGE_FRAMES_MAX, PAGES_MAX, Timeouts};
use crate::metrics::Metrics;
use crate::places::{Evicted, Place, Places, Shares};
use crate::rate_limit::{Limits, RateLimits};
use crate::ws::Held;

/// All that bounds peers.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) places: Arc<Places>,
    pub(crate) rates: RateLimits,
    pub(crate) large_frames: Arc<Semaphore>,
    pub(crate) handshakes: Handshakes,
    pub(crate) timeouts: Timeouts,
    pub(crate) minimum_version: u64,
    pages: Arc<Semaphore>,
}

impl Gate {
    /// `limits`: with as many connections as the process has files for.
    ///
    /// # Errors
    /// [`RunError::Io`]: no thread.
    pub(crate) fn new(limits: Limits, config: &Config) -> Result<Self, RunError> {
        Ok(Self {
            timeouts: config.timeouts.clone(),
            minimum_version: config.minimum_version,
            handshakes: Handshakes::start()?,
            rates: RateLimits::new(&limits),
            places: Places::new(limits),
            large_frames: Arc::new(Semaphore::new(LARGE_FRAMES_MAX)),
            pages: Arc::new(Semaphore::new(PAGES_MAX)),
        })
    }

    /// A place for a new connection, or none for now.
    pub(crate) fn enter(&self, address: IpAddr, metrics: &Metrics) -> Option<(Place, Evicted)> {
        let network = Network::from(address);
        if self.rates.connects.take(network, 1).is_err() {
            metrics.rate_limited("connects_per_address");
            return None;
        }
        let place = self.places.enter(network);
        if place.is_none() {
            metrics.rate_limited("connections_per_address");
        }
        place
    }

    /// The way out of one connection of a device.
    pub(crate) fn pages(&self, shares: &Shares) -> Pages {
        Pages {
            turn: Arc::new(Semaphore::new(1)),
            device: Arc::clone(&shares.pages),
            all: Arc::clone(&self.pages),
        }
    }
}

/// Subscriptions and body requests of one connection take turns: a peer that does not read makes the server hold one page.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    turn: Arc<Semaphore>,
    device: Arc<Semaphore>,
    all: Arc<Semaphore>,
}

impl Pages {
    /// Waits for this connection's turn to read a page of at most [`crate::limits::PAGE_SMALL_LEN`].
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turn).acquire_owned().await.ok()
    }

    /// Waits for a place among the large pages; the turn ends with it.
    pub(crate) async fn large(&self, turn: OwnedSemaphorePermit) -> Option<Held> {
        let device = Arc::clone(&self.device).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Arc::new(vec![turn, device, all]))
    }
}
