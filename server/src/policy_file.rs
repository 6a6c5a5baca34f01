//! The policy: which witnesses are asked, and how many of them make a quorum. Pinned by the genesis, so never changed alone.

use std::path::Path;

use thamvan_proto::directory::Genesis;
use thamvan_proto::entry::sha256;
use thamvan_proto::tlog::{POLICY_LEN_MAX, Policy, VerifierKey};

use crate::error::RunError;

/// A policy and the very text that the genesis pins.
#[derive(Clone, Debug)]
pub(crate) struct PolicyFile {
    pub(crate) policy: Policy,
    pub(crate) text: String,
}

impl PolicyFile {
    /// Reads the file and checks that it is of the log of `key`.
    ///
    /// # Errors
    /// [`RunError::Refuses`]: missing, not a policy, or of another log.
    pub(crate) fn read(path: &Path, key: &VerifierKey) -> Result<Self, RunError> {
        let unreadable = "the policy file cannot be read: restore it from the same backup";
        let length = std::fs::metadata(path)
            .map_err(|_| RunError::refuses(unreadable))?
            .len();
        if length > POLICY_LEN_MAX as u64 {
            return Err(RunError::refuses("the policy file is too long"));
        }
        let text = std::fs::read_to_string(path).map_err(|_| RunError::refuses(unreadable))?;
        let policy = Policy::parse(&text)
            .map_err(|error| RunError::refuses(format!("the policy file: {error}")))?;
        if policy.log() != key {
            return Err(RunError::refuses(
                "the policy file names another log key than this server's",
            ));
        }
        Ok(Self { policy, text })
    }

    /// Checks that `genesis` pins this text.
    ///
    /// # Errors
    /// [`RunError::Refuses`]: clients and auditors would judge by another policy.
    pub(crate) fn check(&self, genesis: &Genesis) -> Result<(), RunError> {
        if sha256(self.text.as_bytes()) == genesis.policy {
            Ok(())
        } else {
            Err(RunError::refuses(
                "the policy file is not the one that the genesis pins: restore it as it was when the authority was made",
            ))
        }
    }
}
