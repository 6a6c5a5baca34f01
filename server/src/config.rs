//! `thamvan.toml`.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use thamvan_proto::frame::VERSION;
use thamvan_proto::limits::HEADS_INTERVAL_MS;
use thamvan_proto::tlog::Name;

use crate::alerts::{AlertSettings, Section};
use crate::limits::{Timeouts, WITNESS_HEARTBEAT, WITNESS_INTERVAL, WITNESS_ROUND_MAX};
use crate::rate_limit::Limits;

/// The file as written; paths are relative to it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) origin: String,
    pub(crate) listen: String,
    pub(crate) data: PathBuf,
    pub(crate) tls_certificate: PathBuf,
    pub(crate) tls_key: PathBuf,
    pub(crate) genesis: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_copy: Option<PathBuf>,
    /// Seconds in which heads cover every record; one minute where it is absent, and never more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heads_seconds: Option<u64>,
    #[serde(default = "default_policy")]
    pub(crate) policy: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) witness_ca: Option<PathBuf>,
    /// Where `/metrics` is served in plain HTTP, if anywhere: a loopback address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<String>,
    /// Lowest protocol version of clients that are served.
    #[serde(default = "version", skip_serializing)]
    pub(crate) minimum_version: u64,
    #[serde(default, skip_serializing)]
    pub(crate) limits: Limits,
    #[serde(default, skip_serializing)]
    pub(crate) alerts: Option<Section>,
}

fn default_policy() -> PathBuf {
    POLICY_FILE.into()
}

/// What the server runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Origin of the log.
    pub origin: Name,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Data folder: journal, checkpoint, log key, lock, address.
    pub data: PathBuf,
    /// PEM chain.
    pub tls_certificate: PathBuf,
    /// PEM key.
    pub tls_key: PathBuf,
    /// The entries that a new log begins with.
    pub genesis: PathBuf,
    /// A folder in another place that keeps the last checkpoint too: an old copy of the data folder is then noticed at start.
    pub second_copy: Option<PathBuf>,
    /// The tlog-policy whose hash the genesis pins.
    pub policy: PathBuf,
    /// PEM certificates of the authorities that certify witnesses at https addresses; without it none is believed.
    pub witness_ca: Option<PathBuf>,
    /// How often witnesses are asked.
    pub witness_pace: WitnessPace,
    /// Where `/metrics` is served in plain HTTP; nowhere by default.
    pub metrics: Option<SocketAddr>,
    /// Lowest protocol version of clients that are served.
    pub minimum_version: u64,
    /// How long peers may take.
    pub timeouts: Timeouts,
    /// What peers may take.
    pub limits: Limits,
    /// Whom the server alerts when nobody attends a seat; nobody by default.
    pub alerts: Option<AlertSettings>,
    /// Tells the free bytes of the file system that holds a folder: [`free_bytes`], or what a test says.
    pub free_bytes: fn(&Path) -> io::Result<u64>,
    /// Tells the time (ms since 1970): [`clock_ms`], or what a test says.
    pub clock_ms: fn() -> u64,
    /// How old the oldest record that no heads cover may become.
    pub heads_interval: Duration,
}

/// How often witnesses are asked: as in [`limits`](crate::limits), or as a test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessPace {
    /// Least time between two checkpoints.
    pub interval: Duration,
    /// After this time the same checkpoint is cosigned again.
    pub heartbeat: Duration,
    /// How long one checkpoint waits for its quorum before a larger one is asked for.
    pub round_max: Duration,
}

impl Default for WitnessPace {
    fn default() -> Self {
        Self {
            interval: WITNESS_INTERVAL,
            heartbeat: WITNESS_HEARTBEAT,
            round_max: WITNESS_ROUND_MAX,
        }
    }
}

/// The clock of this machine (ms since 1970).
#[must_use]
pub fn clock_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// Free bytes that the file system of `path` leaves to this process. Cost: one system call.
///
/// # Errors
/// [`io::Error`].
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)?;
        let file: File = toml::from_str(&text)?;
        Self::of(file, path.parent().unwrap_or(Path::new("")))
    }

    /// What `file` says when it stands in the folder `base`.
    pub(crate) fn of(file: File, base: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            origin: Name::parse(&file.origin).map_err(|_| ConfigError::Origin)?,
            listen: file.listen.parse().map_err(|_| ConfigError::Listen)?,
            data: base.join(file.data),
            tls_certificate: base.join(file.tls_certificate),
            tls_key: base.join(file.tls_key),
            genesis: base.join(file.genesis),
            second_copy: file.second_copy.map(|dir| base.join(dir)),
            policy: base.join(file.policy),
            witness_ca: file.witness_ca.map(|path| base.join(path)),
            witness_pace: WitnessPace::default(),
            metrics: metrics_address(file.metrics.as_deref())?,
            minimum_version: served(file.minimum_version)?,
            timeouts: Timeouts::default(),
            limits: sound(file.limits)?,
            alerts: file
                .alerts
                .map(|section| AlertSettings::of(section, base))
                .transpose()?,
            free_bytes,
            clock_ms,
            heads_interval: heads_interval(file.heads_seconds)?,
        })
    }
}

fn heads_interval(seconds: Option<u64>) -> Result<Duration, ConfigError> {
    let longest = Duration::from_millis(HEADS_INTERVAL_MS);
    let asked = seconds.map_or(longest, Duration::from_secs);
    if asked.is_zero() || asked > longest {
        return Err(ConfigError::Heads);
    }
    Ok(asked)
}

/// Name of the policy file unless `thamvan.toml` gives another.
pub(crate) const POLICY_FILE: &str = "policy.txt";

fn version() -> u64 {
    VERSION
}

/// A minimum above our own version would serve nobody.
fn served(minimum: u64) -> Result<u64, ConfigError> {
    if minimum <= VERSION {
        Ok(minimum)
    } else {
        Err(ConfigError::MinimumVersion)
    }
}

fn metrics_address(text: Option<&str>) -> Result<Option<SocketAddr>, ConfigError> {
    let parse = |text: &str| text.parse().map_err(|_| ConfigError::Metrics);
    text.map(parse).transpose()
}

fn sound(limits: Limits) -> Result<Limits, ConfigError> {
    match limits.fault() {
        None => Ok(limits),
        Some(name) => Err(ConfigError::Limit { name }),
    }
}

/// Why the configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("configuration cannot be read")]
    Io(#[from] std::io::Error),
    /// Not the expected keys.
    #[error("configuration is not understood")]
    Toml(#[from] toml::de::Error),
    /// `origin` cannot name a log.
    #[error("origin cannot name a log")]
    Origin,
    /// `listen` is not an address.
    #[error("listen is not an address with a port")]
    Listen,
    /// Clients expect heads every minute.
    #[error("heads_seconds is not from 1 to 60")]
    Heads,
    /// `metrics` is not an address.
    #[error("metrics is not an address with a port")]
    Metrics,
    /// `minimum_version` is above the version of this server.
    #[error("minimum_version is above the version of this server")]
    MinimumVersion,
    /// `[alerts]` cannot be used.
    #[error("[alerts]: {what}")]
    Alerts {
        /// Which key, and why.
        what: &'static str,
    },
    /// The file of contacts cannot be used. Says nothing of what stands in it.
    #[error("the contacts file of [alerts]: {what}")]
    Contacts {
        /// Why.
        what: &'static str,
    },
    /// A limit lets nothing through.
    #[error("the limit {name} lets nothing through")]
    Limit {
        /// Its key in `[limits]`.
        name: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only an accreditation in the log raises the ceiling (rule S1): there is no setting to get wrong.
    #[test]
    fn no_setting_raises_the_ceiling() {
        let sound = r#"
            origin = "example.org/log"
            listen = "127.0.0.1:0"
            data = "server"
            tls_certificate = "tls.pem"
            tls_key = "tls.key"
            genesis = "genesis.cbor"
            policy = "policy.txt"
        "#;
        assert!(toml::from_str::<File>(sound).is_ok());
        for line in [
            "ceiling = \"mat\"",
            "tran_do_mat = \"tuyet_mat\"",
            "accreditation = true",
        ] {
            let more = format!("{line}\n{sound}");
            assert!(toml::from_str::<File>(&more).is_err(), "{line}");
        }
        for cut in [sound.len() / 2, sound.len() - 12] {
            assert!(toml::from_str::<File>(&sound[..cut]).is_err(), "{cut}");
        }
    }
}
