//! What a peer is told when the answer is no.

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::Refused;
use thamvan_proto::ledger::Invalid;

/// A refusal: the peer's fault, always. The detail holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused ({}): {detail}", code.as_str())]
pub struct Refusal {
    /// Code on the wire.
    pub code: ErrorCode,
    /// Words.
    pub detail: String,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The body of the frame.
    #[must_use]
    pub fn to_frame(&self) -> Refused {
        Refused {
            code: self.code,
            detail: self.detail.clone(),
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::new(invalid.code(), invalid.to_string())
    }
}
