//! Who may be connected: places for those that are logged in, and fewer for those that are not.
//!
//! Somebody who has not said who it is can never take the place of somebody who has. When the places before log-in are full,
//! the address that has most of them loses its oldest connection: who floods, floods itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::DeviceId;
use thamvan_server_core::Refusal;
use thamvan_server_core::rate::Network;
use tokio::sync::{Semaphore, oneshot};

use crate::limits::{DEVICE_LARGE_FRAMES_MAX, DEVICE_PAGES_MAX};
use crate::rate_limit::Limits;

/// All places.
#[derive(Debug)]
pub(crate) struct Places {
    limits: Limits,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    by_address: BTreeMap<Network, usize>,
    /// Before log-in, oldest first; who sends is told to go.
    unknown: BTreeMap<Network, BTreeMap<u64, oneshot::Sender<()>>>,
    /// How many of the above each address has; the last one has most.
    crowd: BTreeSet<(usize, Network)>,
    unknown_count: usize,
    logged_in: usize,
    /// Those that are logged in, with the number of their connections.
    devices: BTreeMap<DeviceId, (usize, Arc<Shares>)>,
}

/// What the connections of one device share.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Frames that are longer than most, on their way in.
    pub(crate) large_frames: Arc<Semaphore>,
    /// Pages of deliveries that are larger than most, on their way out.
    pub(crate) pages: Arc<Semaphore>,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    id: u64,
    network: Network,
    device: Option<DeviceId>,
}

/// Resolves when the place is given to another; never for one that is logged in.
pub(crate) type Evicted = oneshot::Receiver<()>;

impl Places {
    /// `limits`: with as many connections as the process has files for.
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        let taken = Mutex::default();
        Arc::new(Self { limits, taken })
    }

    /// A place for somebody new; `None`: its address has too many.
    pub(crate) fn enter(self: &Arc<Self>, network: Network) -> Option<(Place, Evicted)> {
        let mut taken = self.taken();
        let count = taken.by_address.entry(network).or_default();
        if *count >= self.limits.connections_per_address {
            return None;
        }
        *count += 1;
        if taken.unknown_count >= self.limits.connections_before_login {
            taken.evict();
        }
        taken.next += 1;
        let id = taken.next;
        let (evict, evicted) = oneshot::channel();
        taken.add_unknown(network, id, evict);
        let place = Place {
            places: Arc::clone(self),
            id,
            network,
            device: None,
        };
        Some((place, evicted))
    }

    /// Connections before and after log-in.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let taken = self.taken();
        (taken.unknown_count, taken.logged_in)
    }

    /// The devices that are logged in.
    pub(crate) fn devices(&self) -> Vec<DeviceId> {
        self.taken().devices.keys().copied().collect()
    }

    /// Held for a few operations on maps, never across an await.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn add_unknown(&mut self, network: Network, id: u64, evict: oneshot::Sender<()>) {
        let waiting = self.unknown.entry(network).or_default();
        self.crowd.remove(&(waiting.len(), network));
        waiting.insert(id, evict);
        self.crowd.insert((waiting.len(), network));
        self.unknown_count += 1;
    }

    /// Gives the sender, if it was one that may still be told to go.
    fn remove_unknown(&mut self, network: Network, id: u64) -> Option<oneshot::Sender<()>> {
        let waiting = self.unknown.get_mut(&network)?;
        let evict = waiting.remove(&id)?;
        self.crowd.remove(&(waiting.len() + 1, network));
        if waiting.is_empty() {
            self.unknown.remove(&network);
        } else {
            self.crowd.insert((waiting.len(), network));
        }
        self.unknown_count -= 1;
        Some(evict)
    }

    fn leave(&mut self, device: DeviceId) {
        self.logged_in -= 1;
        if let Some((count, _)) = self.devices.get_mut(&device) {
            *count -= 1;
            if *count == 0 {
                self.devices.remove(&device);
            }
        }
    }

    fn evict(&mut self) {
        let Some((_, network)) = self.crowd.last().copied() else {
            return;
        };
        let oldest = self
            .unknown
            .get(&network)
            .and_then(|waiting| waiting.keys().next().copied());
        if let Some(evict) = oldest.and_then(|id| self.remove_unknown(network, id)) {
            // Who has gone already makes room all the same.
            let _ = evict.send(());
        }
    }
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            large_frames: Arc::new(Semaphore::new(DEVICE_LARGE_FRAMES_MAX)),
            pages: Arc::new(Semaphore::new(DEVICE_PAGES_MAX)),
        }
    }
}

impl Place {
    /// Who it is known to be: no longer evicted.
    ///
    /// # Errors
    /// [`Refusal`]: the device has too many connections, or all places are taken.
    pub(crate) fn log_in(&mut self, device: DeviceId) -> Result<Arc<Shares>, Refusal> {
        let refuse = |detail: &str| Err(Refusal::new(ErrorCode::RateLimited, detail));
        let limits = &self.places.limits;
        let mut taken = self.places.taken();
        if taken.logged_in >= limits.connections - limits.connections_before_login {
            return refuse("the server has no place left");
        }
        let connections = taken.devices.get(&device).map_or(0, |(count, _)| *count);
        if connections >= limits.connections_per_device {
            return refuse("the device has too many connections");
        }
        if taken.remove_unknown(self.network, self.id).is_none() {
            return refuse("the place was given to another");
        }
        taken.logged_in += 1;
        self.device = Some(device);
        let (count, shares) = taken.devices.entry(device).or_default();
        *count += 1;
        Ok(Arc::clone(shares))
    }

    pub(crate) fn network(&self) -> Network {
        self.network
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.by_address.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.network);
            }
        }
        match self.device {
            None => drop(taken.remove_unknown(self.network, self.id)),
            Some(device) => taken.leave(device),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;

    const A: Network = Network::V4([192, 0, 2, 1]);
    const B: Network = Network::V4([192, 0, 2, 2]);

    fn places(before_login: usize, per_address: usize) -> Arc<Places> {
        Places::new(Limits {
            connections: before_login + 2,
            connections_before_login: before_login,
            connections_per_address: per_address,
            connections_per_device: 1,
            ..Limits::default()
        })
    }

    fn is_evicted(evicted: &mut Evicted) -> bool {
        evicted.try_recv() == Ok(())
    }

    #[test]
    fn the_crowd_loses_its_oldest_and_others_keep_their_places() {
        let places = places(3, 100);
        let (_quiet, mut quiet) = places.enter(B).unwrap();
        let mut flood: Vec<_> = (0..50).map(|_| places.enter(A).unwrap()).collect();
        assert!(!is_evicted(&mut quiet));
        let lost: Vec<bool> = flood.iter_mut().map(|(_, end)| is_evicted(end)).collect();
        let expected: Vec<bool> = (0..50).map(|at| at < 48).collect();
        assert_eq!(lost, expected);
        assert_eq!(places.counts(), (3, 0));
        drop(flood);
        assert_eq!(places.counts(), (1, 0));
    }

    #[test]
    fn who_is_logged_in_is_never_evicted_and_takes_no_place_before_log_in() {
        let places = places(1, 100);
        let (mut place, mut evicted) = places.enter(A).unwrap();
        place.log_in(DeviceId([1; 16])).unwrap();
        assert_eq!(evicted.try_recv(), Err(TryRecvError::Closed));
        let (mut late, mut told) = places.enter(A).unwrap();
        let (_other, _) = places.enter(A).unwrap();
        assert!(is_evicted(&mut told));
        assert!(late.log_in(DeviceId([2; 16])).is_err(), "evicted already");
        assert_eq!(places.counts(), (1, 1));
        drop(place);
        assert_eq!(places.counts(), (1, 0));
    }

    #[test]
    fn an_address_a_device_and_all_together_have_so_many_and_get_them_back() {
        let places = places(4, 3);
        let held: Vec<_> = (0..3).map(|_| places.enter(A).unwrap()).collect();
        assert!(places.enter(A).is_none());
        assert!(places.enter(B).is_some());
        drop(held);
        let enter = |id| {
            let (mut place, _) = places.enter(A).unwrap();
            place.log_in(DeviceId([id; 16])).map(|_| place)
        };
        let first = enter(1).unwrap();
        assert!(enter(1).is_err(), "a second of one device");
        let _second = enter(2).unwrap();
        assert!(enter(3).is_err(), "no place left");
        drop(first);
        let _again = enter(1).unwrap();
        assert!(places.taken().devices.len() == 2);
    }
}
