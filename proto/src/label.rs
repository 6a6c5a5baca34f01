//! Handling tags, secrecy levels, dominance and the ceiling (rules S1, S6, S9).
//!
//! Handling tags and secrecy levels share one order and are different words and, in code, different predicates. At the factory
//! ceiling only handling tags exist: over-labelling is itself prohibited (Art. 5(1) of Law 117/2025/QH15).

use std::fmt;
use std::str::FromStr;

use crate::cbor::cbor_uint;
use crate::id::IdError;

cbor_uint! {
    /// What everything carries; a larger number dominates a smaller one. Unlabelled is not a state.
    pub enum Label {
        /// Công khai.
        Public = 1,
        /// Nội bộ.
        Internal = 2,
        /// Hạn chế.
        Restricted = 3,
        /// Mật.
        Mat = 4,
        /// Tối mật.
        ToiMat = 5,
        /// Tuyệt mật.
        TuyetMat = 6,
    }
}

impl Label {
    /// The factory ceiling, "không chứa bí mật nhà nước": no secrecy level at all (rule S1).
    pub const CEILING_DEFAULT: Self = Self::Restricted;

    /// Whether this is a secrecy level of the state-secret law rather than a handling tag.
    #[must_use]
    pub const fn is_secrecy_level(self) -> bool {
        self.number() >= Self::Mat.number()
    }

    /// The English identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Restricted => "restricted",
            Self::Mat => "mat",
            Self::ToiMat => "toi_mat",
            Self::TuyetMat => "tuyet_mat",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Label {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .iter()
            .copied()
            .find(|label| label.as_str() == text)
            .ok_or(IdError { kind: "Label" })
    }
}

/// Checks `channel` ≤ `ceiling`.
///
/// # Errors
/// [`LabelError::AboveCeiling`].
///
/// Source: rules S1, S9.
pub const fn check_channel(channel: Label, ceiling: Label) -> Result<(), LabelError> {
    if channel.number() > ceiling.number() {
        Err(LabelError::AboveCeiling {
            got: channel,
            ceiling,
        })
    } else {
        Ok(())
    }
}

/// Checks `message` ≤ `channel` ≤ `ceiling`, and that no secrecy level is applied without its conditions.
///
/// # Errors
/// [`LabelError`], which names the broken half.
///
/// Source: rules S8, S9; Art. 5(1), (2) of Law 117/2025/QH15.
pub fn check(message: Label, channel: Label, ceiling: Label) -> Result<(), LabelError> {
    check_channel(channel, ceiling)?;
    if message > channel {
        // The ceiling is the reason that a person needs to hear when both are broken.
        return Err(if message > ceiling {
            LabelError::AboveCeiling {
                got: message,
                ceiling,
            }
        } else {
            LabelError::AboveChannel {
                got: message,
                channel,
            }
        });
    }
    // Whoever applies a secrecy level must say what makes it one, and rule version 1 has no form for that.
    if message.is_secrecy_level() {
        return Err(LabelError::Undetermined { got: message });
    }
    Ok(())
}

/// Why a label is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The message's label dominates the channel's.
    #[error("label {got} is above the channel's {channel}")]
    AboveChannel {
        /// Label of the message.
        got: Label,
        /// Label of the channel.
        channel: Label,
    },
    /// A label dominates the ceiling of the deployment.
    #[error("label {got} is above the ceiling {ceiling}")]
    AboveCeiling {
        /// Label of the message or channel.
        got: Label,
        /// Ceiling of the deployment.
        ceiling: Label,
    },
    /// A secrecy level without the item of a dated list, the person, the day and the period that make it one.
    #[error(
        "level {got} is applied without the determination that it needs (Article 5(1) of Law 117/2025/QH15)"
    )]
    Undetermined {
        /// Label of the message.
        got: Label,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_the_lattice_holds_for_every_triple() {
        for &message in Label::ALL {
            for &channel in Label::ALL {
                for &ceiling in Label::ALL {
                    let below = message <= channel && channel <= ceiling;
                    let allowed = below && !message.is_secrecy_level();
                    assert_eq!(check(message, channel, ceiling).is_ok(), allowed);
                }
            }
        }
    }

    #[test]
    fn r5_6_6_no_secrecy_level_passes_the_factory_ceiling() {
        for &label in Label::ALL {
            let passes = check(label, label, Label::CEILING_DEFAULT).is_ok();
            assert_eq!(passes, !label.is_secrecy_level());
        }
    }

    #[test]
    fn names_round_trip() {
        for &label in Label::ALL {
            assert_eq!(label.as_str().parse::<Label>().unwrap(), label);
        }
        assert!("secret".parse::<Label>().is_err());
    }
}
