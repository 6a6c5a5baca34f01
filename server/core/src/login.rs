//! A device says who it is, on this very connection.

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{DeviceId, Salt};
use thamvan_proto::login::Login;
use thamvan_proto::tlog::{Checkpoint, Name, VerifierKey, open_checkpoint};

use crate::refusal::Refusal;
use crate::state::State;

/// What a log-in must be bound to.
#[derive(Clone, Debug)]
pub struct Binding<'a> {
    /// Lowest protocol version of clients that are served.
    pub minimum: u64,
    /// The challenge of this connection.
    pub nonce: Salt,
    /// TLS exporter of this connection.
    pub exporter: Salt,
    /// Origin of the log.
    pub origin: &'a Name,
    /// Key of the log.
    pub log_key: &'a VerifierKey,
}

/// A device that is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedIn {
    /// The device.
    pub device: DeviceId,
    /// A checkpoint with our own signature that our tree does not extend: this server has been rolled back.
    pub rolled_back: Option<Checkpoint>,
}

/// Decides on a log-in.
///
/// # Errors
/// [`Refusal`].
///
/// Source: docs/protocol.md chapter 9.
pub fn decide(state: &State, bytes: &[u8], binding: &Binding<'_>) -> Result<LoggedIn, Refusal> {
    let login = Login::parse(bytes)
        .map_err(|error| Refusal::new(ErrorCode::Malformed, error.to_string()))?;
    let facts = &login.facts;
    if facts.version < binding.minimum {
        let detail = format!(
            "the client speaks version {}, this server serves clients from version {} on: upgrade the client",
            facts.version, binding.minimum
        );
        return Err(Refusal::new(ErrorCode::Version, detail));
    }
    let at = state.ledger().directory().now();
    let device = at
        .device(&facts.device)
        .ok_or_else(|| Refusal::new(ErrorCode::UnknownDevice, "the device is not live"))?;
    login
        .verify(&device.signing)
        .map_err(|error| Refusal::new(ErrorCode::BadSignature, error.to_string()))?;
    let bound = facts.nonce == binding.nonce
        && facts.exporter == binding.exporter
        && facts.origin == binding.origin.as_str();
    if !bound {
        return Err(mismatch(
            "the log-in was made for another connection or log",
        ));
    }
    let rolled_back = match &facts.known {
        None => None,
        Some(note) => {
            let known = open_checkpoint(note, binding.origin, binding.log_key)
                .map_err(|_| mismatch("the known checkpoint is not of this log"))?;
            (state.tree().root_at(known.size) != Some(known.root)).then_some(known)
        }
    };
    Ok(LoggedIn {
        device: facts.device,
        rolled_back,
    })
}

fn mismatch(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::LoginMismatch, detail)
}
