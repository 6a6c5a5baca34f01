//! `witness.toml`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thamvan_proto::tlog::{KeyType, Name, VerifierKey};

use crate::error::WitnessError;
use crate::limits::{CONFIG_LEN_MAX, LOGS_MAX};
use crate::{CONFIG_FILE, files};

/// The file as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) listen: String,
    pub(crate) logs: Vec<Log>,
}

/// One log as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) origin: String,
    pub(crate) vkey: String,
}

/// What a witness runs with.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) name: Name,
    pub(crate) listen: SocketAddr,
    /// One key for each log; its name is the origin.
    pub(crate) logs: Vec<VerifierKey>,
}

impl Config {
    /// Reads the configuration in `dir`.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub(crate) fn read(dir: &Path) -> Result<Self, WitnessError> {
        let file = File::read(dir)?;
        if file.logs.is_empty() {
            return Err(WitnessError::LogCount { got: 0 });
        }
        let name = Name::parse(&file.name).map_err(WitnessError::Name)?;
        let listen = file.listen.parse().map_err(|_| WitnessError::Listen)?;
        let vkeys: Vec<&str> = file.logs.iter().map(|log| log.vkey.as_str()).collect();
        let logs = log_keys(&vkeys)?;
        for (log, key) in file.logs.iter().zip(&logs) {
            if log.origin != key.name().as_str() {
                let origin = log.origin.clone();
                return Err(WitnessError::Origin { origin });
            }
        }
        Ok(Self { name, listen, logs })
    }
}

impl File {
    /// Reads the file in `dir` as written.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub(crate) fn read(dir: &Path) -> Result<Self, WitnessError> {
        let text = files::read(&dir.join(CONFIG_FILE), CONFIG_LEN_MAX)
            .map_err(WitnessError::io("configuration cannot be read"))?;
        toml::from_str(&text).map_err(WitnessError::Config)
    }

    /// Writes the file in `dir`; durable when it returns.
    ///
    /// # Errors
    /// [`WitnessError::Io`].
    pub(crate) fn write(&self, dir: &Path) -> Result<(), WitnessError> {
        let text = toml::to_string(self).expect("names, addresses and keys are texts");
        files::replace(dir, CONFIG_FILE, text.as_bytes(), files::PUBLIC)
            .map_err(WitnessError::io("the folder cannot be written"))
    }
}

impl Log {
    pub(crate) fn of(key: &VerifierKey) -> Self {
        Self {
            origin: key.name().to_string(),
            vkey: key.to_string(),
        }
    }
}

/// Reads the keys of the logs; each names its log.
///
/// # Errors
/// [`WitnessError`]: a vkey, its type, two of one origin, or their number.
pub(crate) fn log_keys(vkeys: &[impl AsRef<str>]) -> Result<Vec<VerifierKey>, WitnessError> {
    if vkeys.len() > LOGS_MAX {
        return Err(WitnessError::LogCount { got: vkeys.len() });
    }
    let mut origins = BTreeSet::new();
    let read = |vkey: &str| {
        let key = VerifierKey::parse(vkey).map_err(WitnessError::LogKey)?;
        let name = key.name().clone();
        if key.key_type() != KeyType::Ed25519 {
            return Err(WitnessError::LogKeyType { name });
        }
        if !origins.insert(name.clone()) {
            return Err(WitnessError::DuplicateLog { origin: name });
        }
        Ok(key)
    };
    vkeys.iter().map(AsRef::as_ref).map(read).collect()
}
