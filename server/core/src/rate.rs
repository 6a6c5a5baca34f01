//! How much a peer may ask for in a time.
//!
//! A [`Bucket`] is one moment: when everything that was taken is paid back (the "theoretical arrival time" of the generic
//! cell rate algorithm). A bucket whose moment has passed is the same as no bucket, so that forgetting it changes nothing.
//! [`Buckets`] keeps a bounded number of them and, when it is full, forgets the one that would be forgotten first anyway.
//! Whoever wants to be rid of a large debt must therefore bring as many other keys as there is room for, each with a larger
//! debt; and who has that many keys has that many limits without it. Nobody is refused because the map is full.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At once, after a rest.
    pub burst: u64,
    /// For ever.
    pub per_second: u64,
}

/// The refusal: nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much in too short a time")]
pub struct Exceeded {
    /// The same cost is granted after this time, if nothing else is taken (ns).
    pub wait_ns: u64,
}

/// When all that was taken is paid back (ns of any clock that never goes back).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    repaid_ns: u64,
}

impl Bucket {
    /// Takes `cost` at `now_ns`; what costs more than the burst is granted to a full bucket.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn take(&mut self, limit: &Limit, cost: u64, now_ns: u64) -> Result<(), Exceeded> {
        let unit = SECOND_NS.checked_div(limit.per_second).unwrap_or(SECOND_NS);
        let unit = unit.max(1);
        let allowed = limit.burst.saturating_mul(unit);
        let price = cost.saturating_mul(unit).min(allowed);
        let repaid = self.repaid_ns.max(now_ns).saturating_add(price);
        let wait_ns = repaid.saturating_sub(now_ns).saturating_sub(allowed);
        if wait_ns > 0 {
            return Err(Exceeded { wait_ns });
        }
        self.repaid_ns = repaid;
        Ok(())
    }

    /// Whether `cost` would be granted.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn look(mut self, limit: &Limit, cost: u64, now_ns: u64) -> Result<(), Exceeded> {
        self.take(limit, cost, now_ns)
    }
}

/// One bucket for each key, at most as many as said at the beginning.
#[derive(Debug)]
pub struct Buckets<K> {
    limit: Limit,
    room: usize,
    buckets: BTreeMap<K, Bucket>,
    /// The first one is forgotten first.
    order: BTreeSet<(u64, K)>,
}

impl<K: Copy + Ord> Buckets<K> {
    /// No debts; `room`: keys with a debt at one time, at least 1.
    #[must_use]
    pub fn new(limit: Limit, room: usize) -> Self {
        Self {
            limit,
            room: room.max(1),
            buckets: BTreeMap::new(),
            order: BTreeSet::new(),
        }
    }

    /// Takes `cost` for `key`. Cost: O(log n).
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn take(&mut self, key: K, cost: u64, now_ns: u64) -> Result<(), Exceeded> {
        let old = self.buckets.get(&key).copied();
        let mut bucket = old.unwrap_or_default();
        bucket.take(&self.limit, cost, now_ns)?;
        match old {
            Some(old) => {
                self.order.remove(&(old.repaid_ns, key));
            }
            None => self.make_room(now_ns),
        }
        self.buckets.insert(key, bucket);
        self.order.insert((bucket.repaid_ns, key));
        Ok(())
    }

    /// Whether `cost` would be granted to `key`; takes nothing.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn look(&self, key: &K, cost: u64, now_ns: u64) -> Result<(), Exceeded> {
        let bucket = self.buckets.get(key).copied().unwrap_or_default();
        bucket.look(&self.limit, cost, now_ns)
    }

    /// Keys that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Forgets two that owe nothing, so that the map shrinks; or the one that owes least, if there is no room.
    fn make_room(&mut self, now_ns: u64) {
        for _ in 0..2 {
            let Some((repaid_ns, key)) = self.order.first().copied() else {
                return;
            };
            if repaid_ns > now_ns && self.buckets.len() < self.room {
                return;
            }
            self.order.remove(&(repaid_ns, key));
            self.buckets.remove(&key);
        }
    }
}

/// Who counts as one peer before it has said who it is: an IPv4 address, or an IPv6 network of 64 bits, in which one host has
/// as many addresses as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// An address, also where it is written as IPv6.
    V4([u8; 4]),
    /// The first half of an address.
    V6([u8; 8]),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

const SECOND_NS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        burst: 3,
        per_second: 2,
    };

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.take(&LIMIT, 1, 50).unwrap();
        }
        let wait_ns = SECOND_NS / 2;
        assert_eq!(bucket.take(&LIMIT, 1, 50), Err(Exceeded { wait_ns }));
        assert_eq!(
            bucket.take(&LIMIT, 1, 50 + wait_ns - 1),
            Err(Exceeded { wait_ns: 1 })
        );
        bucket.take(&LIMIT, 1, 50 + wait_ns).unwrap();
        assert!(bucket.take(&LIMIT, 1, 50 + wait_ns).is_err());
        // A long rest gives one burst and no more.
        let later = 100 * SECOND_NS;
        bucket.take(&LIMIT, 3, later).unwrap();
        assert!(bucket.take(&LIMIT, 1, later).is_err());
    }

    #[test]
    fn what_costs_more_than_the_burst_is_granted_after_a_rest_only() {
        let mut bucket = Bucket::default();
        bucket.take(&LIMIT, 1, 0).unwrap();
        assert!(bucket.take(&LIMIT, 1_000, 0).is_err());
        let rested = SECOND_NS / 2;
        bucket.take(&LIMIT, 1_000, rested).unwrap();
        assert!(bucket.take(&LIMIT, 1, rested).is_err());
    }

    #[test]
    fn a_refusal_and_a_look_take_nothing() {
        let mut bucket = Bucket::default();
        bucket.look(&LIMIT, 3, 0).unwrap();
        bucket.take(&LIMIT, 2, 0).unwrap();
        assert!(bucket.take(&LIMIT, 2, 0).is_err());
        bucket.take(&LIMIT, 1, 0).unwrap();
    }

    #[test]
    fn limits_at_the_edge_of_numbers_neither_panic_nor_grant_all() {
        let limits = [(0, 0), (1, 0), (1, u64::MAX), (u64::MAX, 1)];
        for (burst, per_second) in limits {
            let limit = Limit { burst, per_second };
            let mut bucket = Bucket::default();
            for now in [0, 1, u64::MAX] {
                let _ = bucket.take(&limit, u64::MAX, now);
                let _ = bucket.take(&limit, 0, now);
            }
        }
        let nothing = Limit {
            burst: 1,
            per_second: 0,
        };
        let mut bucket = Bucket::default();
        bucket.take(&nothing, 1, 0).unwrap();
        assert!(bucket.take(&nothing, 1, 0).is_err());
    }

    #[test]
    fn keys_do_not_share() {
        let mut buckets = Buckets::new(LIMIT, 10);
        buckets.take(1, 3, 0).unwrap();
        assert!(buckets.take(1, 1, 0).is_err());
        assert!(buckets.look(&1, 1, 0).is_err());
        buckets.look(&2, 3, 0).unwrap();
        buckets.take(2, 3, 0).unwrap();
    }

    #[test]
    fn a_full_map_keeps_the_largest_debts_and_refuses_nobody_new() {
        let mut buckets = Buckets::new(LIMIT, 100);
        buckets.take(0, 3, 0).unwrap();
        for key in 1..10_000 {
            buckets.take(key, 2, 0).unwrap();
            assert!(buckets.len() <= 100);
        }
        assert!(
            buckets.take(0, 1, 0).is_err(),
            "a flood of others clears it"
        );
    }

    #[test]
    fn a_host_is_one_network_however_it_writes_its_address() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("192.0.2.7"), network("::ffff:192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn who_owes_nothing_is_forgotten() {
        let mut buckets = Buckets::new(LIMIT, 100);
        for key in 0..50 {
            buckets.take(key, 1, 0).unwrap();
        }
        for key in 50..100 {
            buckets.take(key, 1, 10 * SECOND_NS).unwrap();
        }
        assert_eq!(buckets.len(), 50);
        assert!(!buckets.is_empty());
    }
}
