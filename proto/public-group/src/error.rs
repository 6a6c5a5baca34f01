//! Why an object of MLS is refused.

/// Why a step of MLS failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MlsError {
    /// OpenMLS refused; the detail holds no secret.
    #[error("{step}: {detail}")]
    Library {
        /// Which step.
        step: &'static str,
        /// What OpenMLS said.
        detail: String,
    },
    /// Something that must be there is not.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// MLS says something else than the signed log.
    #[error("MLS disagrees with the signed log about the {what}")]
    Disagrees {
        /// About what.
        what: &'static str,
    },
    /// MLS says who is in the group, and the signed log says somebody else.
    #[error(
        "MLS disagrees with the signed log about the {what}: a device is in the group or leaves it without a statement"
    )]
    Unauthorised {
        /// About what.
        what: &'static str,
    },
}

impl MlsError {
    /// What OpenMLS said at `step`.
    pub fn library(step: &'static str, error: &impl std::fmt::Display) -> Self {
        Self::Library {
            step,
            detail: error.to_string(),
        }
    }
}
