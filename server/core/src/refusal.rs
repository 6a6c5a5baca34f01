//! What a peer is told when the answer is no.

use thamvan_proto::cbor::ByteVec;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::Refused;
use thamvan_proto::ledger::Invalid;
use thamvan_proto::refusal::RefusalFacts;

/// A refusal: the peer's fault, always. The detail holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused ({}): {detail}", code.as_str())]
pub struct Refusal {
    /// Code on the wire.
    pub code: ErrorCode,
    /// Words.
    pub detail: String,
    /// An entry that can never be sequenced any more: what the log key is to sign.
    pub settled: Option<Box<RefusalFacts>>,
    /// `settled`, signed.
    pub signed: Option<ByteVec>,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            settled: None,
            signed: None,
        }
    }

    /// The same for an entry with these facts, which is refused for ever.
    #[must_use]
    pub(crate) fn settling(self, facts: RefusalFacts) -> Self {
        Self {
            settled: Some(Box::new(facts)),
            ..self
        }
    }

    /// The body of the frame.
    #[must_use]
    pub fn to_frame(&self) -> Refused {
        Refused {
            code: self.code,
            detail: self.detail.clone(),
            signed: self.signed.clone(),
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::new(invalid.code(), invalid.to_string())
    }
}
