//! Why a statement is refused, and the small checks that say so.

use crate::limits::TEXT_LEN_MAX;

pub(super) fn known<T>(fact: Option<T>, what: &'static str) -> Result<(), StatementError> {
    fact.map(|_| ()).ok_or(StatementError::Unknown { what })
}

pub(super) fn new(taken: bool, what: &'static str) -> Result<(), StatementError> {
    if taken {
        Err(StatementError::Conflict { what })
    } else {
        Ok(())
    }
}

pub(super) fn texts(texts: &[&str]) -> Result<(), StatementError> {
    let fit = texts.iter().all(|text| text.len() <= TEXT_LEN_MAX);
    if fit {
        Ok(())
    } else {
        Err(StatementError::Conflict {
            what: "text length",
        })
    }
}

pub(super) fn stated(texts: &[&str]) -> Result<(), StatementError> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        Err(StatementError::Conflict { what: "empty text" })
    } else {
        Ok(())
    }
}

/// Why a statement, proposal or approval is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The signer holds no role that may state this here.
    #[error("the signer may not state this")]
    NotPermitted,
    /// The statement needs two persons and came alone.
    #[error("the statement needs two persons: propose, then approve")]
    NeedsTwoPersons,
    /// The approver is the proposer.
    #[error("the second person is the first")]
    SamePerson,
    /// The second signature on a further device is that of a device that its owner has.
    #[error("a further device is approved by its owner, from a device that is live")]
    NotTheOwner,
    /// The two persons are of one agency where two must be.
    #[error("the two persons are of one agency, and must be of two")]
    SameAgency,
    /// One of the two persons appointed or enrolled the other, or somebody who did.
    #[error("one of the two persons appointed or enrolled the other, directly or through others")]
    NotIndependent,
    /// The agency's focal unit would be left without a primary or without a deputy (rule R19.1).
    #[error("the agency's focal unit would be left without a primary or without a deputy (R19.1)")]
    LastFocal,
    /// Approved before.
    #[error("the proposal is already approved")]
    AlreadyApproved,
    /// Its date has passed or lies too far ahead.
    #[error("the date has passed or lies too far ahead")]
    Expired,
    /// Names something that does not exist at this position.
    #[error("unknown {what}")]
    Unknown {
        /// What is missing.
        what: &'static str,
    },
    /// Contradicts what exists.
    #[error("{what} exists already or does not fit")]
    Conflict {
        /// What collides.
        what: &'static str,
    },
    /// A device key is weak, of the wrong size, or used before.
    #[error("a device key is weak, of the wrong size, or used before")]
    Keys,
}
