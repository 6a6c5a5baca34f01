//! Limits that the operator may change, and what each peer has taken of them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thamvan_proto::id::DeviceId;
use thamvan_server_core::rate::{Buckets, Exceeded, Limit, Network};

use crate::limits::{
    BLOB_BYTES_PER_CHANNEL_MAX, CONNECTIONS_BEFORE_LOGIN_MAX, CONNECTIONS_MAX,
    CONNECTIONS_PER_ADDRESS_MAX, CONNECTIONS_PER_DEVICE_MAX, RATE_LIMITED_MAX,
};

/// The table `[limits]` of `thamvan.toml`. The defaults let a whole ministry with thousands of devices work behind one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at one time.
    pub connections: usize,
    /// Of them, those that are not logged in: the rest is kept for those that are.
    pub connections_before_login: usize,
    /// Connections at one time from one IPv4 address or IPv6 /64.
    pub connections_per_address: usize,
    /// Connections at one time of one device.
    pub connections_per_device: usize,
    /// New connections from one address.
    pub connects_per_address: Rate,
    /// Enrolment frames from one address.
    pub enrolments_per_address: Rate,
    /// Log-ins from one address that were refused.
    pub failed_logins_per_address: Rate,
    /// Requests for files of the log from one address.
    pub http_requests_per_address: Rate,
    /// Frames of one device, however many connections it has.
    pub device_requests: Rate,
    /// Their bytes.
    pub device_bytes: Rate,
    /// Bytes of all blobs of one channel.
    pub blob_bytes_per_channel: u64,
}

/// A burst, then so many in each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// At once, after a rest.
    pub burst: u64,
    /// For ever.
    pub per_second: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |burst, per_second| Rate { burst, per_second };
        Self {
            connections: CONNECTIONS_MAX,
            connections_before_login: CONNECTIONS_BEFORE_LOGIN_MAX,
            connections_per_address: CONNECTIONS_PER_ADDRESS_MAX,
            connections_per_device: CONNECTIONS_PER_DEVICE_MAX,
            // A restart of the server brings a whole ministry back at once.
            connects_per_address: rate(10_000, 200),
            enrolments_per_address: rate(1_000, 2),
            failed_logins_per_address: rate(1_000, 10),
            // A mirror of a log of a million records fetches 8,000 tiles.
            http_requests_per_address: rate(10_000, 200),
            // An auditor's first copy fetches each side body by itself.
            device_requests: rate(20_000, 500),
            device_bytes: rate(256 * 1024 * 1024, 8 * 1024 * 1024),
            blob_bytes_per_channel: BLOB_BYTES_PER_CHANNEL_MAX,
        }
    }
}

impl Limits {
    /// The first limit that lets nothing through, or that contradicts another.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let counts = [
            ("connections", self.connections),
            ("connections_before_login", self.connections_before_login),
            ("connections_per_address", self.connections_per_address),
            ("connections_per_device", self.connections_per_device),
        ];
        let rates = [
            ("connects_per_address", self.connects_per_address),
            ("enrolments_per_address", self.enrolments_per_address),
            ("failed_logins_per_address", self.failed_logins_per_address),
            ("http_requests_per_address", self.http_requests_per_address),
            ("device_requests", self.device_requests),
            ("device_bytes", self.device_bytes),
        ];
        let nothing = |rate: &Rate| rate.burst == 0 || rate.per_second == 0;
        let counts = counts.iter().filter(|(_, count)| *count == 0);
        let rates = rates.iter().filter(|(_, rate)| nothing(rate));
        let zero = counts.map(|one| one.0).chain(rates.map(|one| one.0)).next();
        let blobs = (self.blob_bytes_per_channel == 0).then_some("blob_bytes_per_channel");
        let share = self.connections_before_login >= self.connections;
        zero.or(blobs)
            .or(share.then_some("connections_before_login"))
    }
}

impl From<Rate> for Limit {
    fn from(rate: Rate) -> Self {
        Self {
            burst: rate.burst,
            per_second: rate.per_second,
        }
    }
}

/// Debts of one kind, of at most [`RATE_LIMITED_MAX`] peers.
#[derive(Debug)]
pub(crate) struct Debts<K> {
    start: Instant,
    buckets: Mutex<Buckets<K>>,
}

/// How long to wait before the same is granted.
pub(crate) type Wait = Duration;

impl<K: Copy + Ord> Debts<K> {
    fn new(rate: Rate) -> Self {
        Self {
            start: Instant::now(),
            buckets: Mutex::new(Buckets::new(rate.into(), RATE_LIMITED_MAX)),
        }
    }

    /// Takes `cost`.
    pub(crate) fn take(&self, key: K, cost: u64) -> Result<(), Wait> {
        let now = self.now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(key, cost, now).map_err(wait)
    }

    /// Whether one more would be granted.
    pub(crate) fn look(&self, key: &K) -> Result<(), Wait> {
        let now = self.now();
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.look(key, 1, now).map_err(wait)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

fn wait(exceeded: Exceeded) -> Wait {
    Duration::from_nanos(exceeded.wait_ns)
}

/// What all peers owe.
#[derive(Debug)]
pub(crate) struct RateLimits {
    pub(crate) connects: Debts<Network>,
    pub(crate) enrolments: Debts<Network>,
    pub(crate) failed_logins: Debts<Network>,
    pub(crate) http_requests: Debts<Network>,
    device_requests: Debts<DeviceId>,
    device_bytes: Debts<DeviceId>,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            connects: Debts::new(limits.connects_per_address),
            enrolments: Debts::new(limits.enrolments_per_address),
            failed_logins: Debts::new(limits.failed_logins_per_address),
            http_requests: Debts::new(limits.http_requests_per_address),
            device_requests: Debts::new(limits.device_requests),
            device_bytes: Debts::new(limits.device_bytes),
        }
    }

    /// Takes one frame of `len` bytes for a device that is logged in.
    pub(crate) fn frame(&self, device: DeviceId, len: usize) -> Result<(), Wait> {
        self.device_requests.take(device, 1)?;
        self.device_bytes.take(device, len as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_a_part_of_the_table_is_enough() {
        let limits: Limits = toml::from_str("connections_per_device = 3").unwrap();
        assert_eq!(limits.connections_per_device, 3);
        assert_eq!(limits.connections, CONNECTIONS_MAX);
        assert_eq!(limits.fault(), None);
        let rate = "device_bytes = { burst = 1, per_second = 2 }";
        let limits: Limits = toml::from_str(rate).unwrap();
        assert_eq!(limits.device_bytes.per_second, 2);
        assert!(toml::from_str::<Limits>("device_byte = 1").is_err());
        assert!(toml::from_str::<Limits>("device_bytes = { burst = 1 }").is_err());
    }

    #[test]
    fn the_readme_shows_the_defaults() {
        let readme = include_str!("../../README.md");
        let (_, table) = readme.split_once("[limits]").unwrap();
        let (table, _) = table.split_once("```").unwrap();
        let shown: Limits = toml::from_str(table).unwrap();
        assert_eq!(shown, Limits::default());
    }

    #[test]
    fn limits_that_let_nothing_through_are_named() {
        for (text, name) in [
            ("connections_per_device = 0", "connections_per_device"),
            (
                "connections_before_login = 10000",
                "connections_before_login",
            ),
            (
                "device_bytes = { burst = 0, per_second = 2 }",
                "device_bytes",
            ),
            (
                "connects_per_address = { burst = 1, per_second = 0 }",
                "connects_per_address",
            ),
        ] {
            let limits: Limits = toml::from_str(text).unwrap();
            assert_eq!(limits.fault(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_device_is_held_to_frames_and_to_bytes() {
        let rate = |burst| Rate {
            burst,
            per_second: 1,
        };
        let limits = Limits {
            device_requests: rate(3),
            device_bytes: rate(100),
            ..Limits::default()
        };
        let [one, two] = [DeviceId([1; 16]), DeviceId([2; 16])];
        let debts = RateLimits::new(&limits);
        debts.frame(one, 90).unwrap();
        assert!(debts.frame(one, 90).unwrap_err() > Duration::from_secs(60));
        debts.frame(one, 0).unwrap();
        assert!(debts.frame(one, 0).unwrap_err() <= Duration::from_secs(1));
        debts.frame(two, 100).unwrap();
    }
}
