//! What an act says to members: the parts that its plaintext must have. Only who can decrypt can check it.

use data_encoding::HEXLOWER;

use crate::cbor::cbor_array;
use crate::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use crate::entry::EntryType;
use crate::id::SeatId;
use crate::limits::OPINION_TEXT_LEN_MAX;
use crate::tlog::{HASH_LEN, Hash};

use super::{Form, Terms, Urgency, letter};

/// What an agency says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Đồng ý (Nhất trí).
    Agree,
    /// Nhất trí, có ý kiến bổ sung: needs a text.
    AgreeWithComments,
    /// Không nhất trí: needs its reason as a text.
    Disagree,
    /// Không có ý kiến: said, not silence.
    NoOpinion,
    /// Cung cấp thông tin, the answer to a request: needs a text.
    Information,
}

impl Position {
    /// All values.
    pub const ALL: &'static [Self] = &[
        Self::Agree,
        Self::AgreeWithComments,
        Self::Disagree,
        Self::NoOpinion,
        Self::Information,
    ];

    /// The values that answer what is put in this form; none where nothing is answered.
    #[must_use]
    pub const fn of_form(form: Form) -> &'static [Self] {
        match form {
            Form::Consultation => &[
                Self::Agree,
                Self::AgreeWithComments,
                Self::Disagree,
                Self::NoOpinion,
            ],
            Form::Notice => &[],
            Form::Request => &[Self::Information],
        }
    }

    /// The bytes of the part with role [`PartRole::OpinionValue`]; also the identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::AgreeWithComments => "agree_with_comments",
            Self::Disagree => "disagree",
            Self::NoOpinion => "no_opinion",
            Self::Information => "information",
        }
    }

    /// The value of an identifier.
    #[must_use]
    pub fn of(identifier: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.as_str() == identifier)
    }

    /// Whether it must be explained.
    #[must_use]
    pub const fn needs_text(self) -> bool {
        matches!(
            self,
            Self::AgreeWithComments | Self::Disagree | Self::Information
        )
    }
}

cbor_array! {
    /// The bytes of a part with role [`PartRole::Dissent`]: an opinion that a conclusion repeats word for word.
    pub struct Dissent {
        /// Record of the opinion.
        pub opinion: Hash,
        /// Seat that gave it.
        pub seat: SeatId,
        /// Its text, verbatim.
        pub text: String,
    }
}

/// Checks that `content` has the parts that an act of `kind` must have, with something in them, in a consultation of `terms`.
///
/// # Errors
/// [`ContentError`]: the author's fault; the act stands in the log and what it says is not shown as an act.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other act says anything")]
pub fn check_content(
    kind: EntryType,
    terms: &Terms,
    content: &Content,
) -> Result<(), ContentError> {
    let needed: &[PartRole] = match kind {
        EntryType::ConsultationOpen => {
            letter(content, terms.instrument)?;
            // A notice that is not urgent has no reason to be (rule R4.4).
            if terms.form() == Form::Notice && terms.urgency == Urgency::Normal {
                &[PartRole::Title, PartRole::Question]
            } else {
                &[PartRole::Title, PartRole::Question, PartRole::Reason]
            }
        }
        EntryType::LetterRecord => {
            let named = letter(content, terms.instrument)?;
            return named.map(|_| ()).ok_or(ContentError::Letter);
        }
        EntryType::QuestionRevise => &[PartRole::Question, PartRole::Reason],
        EntryType::ConsultationExtend
        | EntryType::ConsultationReopen
        | EntryType::ConsultationWithdraw => &[PartRole::Reason],
        EntryType::ConsultationConclude => &[PartRole::Conclusion],
        EntryType::Answer => return check_answer(terms.form(), content),
        EntryType::RecordExport => {
            check_manifest(content)?;
            &[PartRole::Reason]
        }
        EntryType::RecordArchive => return check_manifest(content),
        _ => &[],
    };
    needed
        .iter()
        .try_for_each(|role| match text_of(content, *role) {
            Some(text) if !text.trim().is_empty() => Ok(()),
            _ => Err(ContentError::Missing { role: *role }),
        })
}

/// A manifest is named by 64 hexadecimal digits, lower case.
fn check_manifest(content: &Content) -> Result<(), ContentError> {
    let named = text_of(content, PartRole::Manifest);
    let bytes = named.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
    if bytes.is_some_and(|bytes| bytes.len() == HASH_LEN) {
        Ok(())
    } else {
        Err(ContentError::Missing {
            role: PartRole::Manifest,
        })
    }
}

fn check_answer(form: Form, content: &Content) -> Result<(), ContentError> {
    let position = position(content)
        .filter(|position| Position::of_form(form).contains(position))
        .ok_or(ContentError::Missing {
            role: PartRole::OpinionValue,
        })?;
    let is_text = |part: &&Part| part.facts.role == PartRole::OpinionText;
    let text = match content.parts.iter().filter(is_text).count() {
        0 => Some(String::new()),
        _ => text_of(content, PartRole::OpinionText),
    };
    let text = text.ok_or(ContentError::Missing {
        role: PartRole::OpinionText,
    })?;
    if position.needs_text() && text.trim().is_empty() {
        return Err(ContentError::Missing {
            role: PartRole::OpinionText,
        });
    }
    if text.len() > OPINION_TEXT_LEN_MAX {
        return Err(ContentError::TooLong {
            role: PartRole::OpinionText,
            max: OPINION_TEXT_LEN_MAX,
        });
    }
    Ok(())
}

/// The position that an answer takes.
#[must_use]
pub fn position(content: &Content) -> Option<Position> {
    Position::of(&text_of(content, PartRole::OpinionValue)?)
}

/// The text of the only part with `role`; none where there is none, more than one, or one that is no text.
#[must_use]
pub fn text_of(content: &Content, role: PartRole) -> Option<String> {
    let mut parts = content.parts.iter().filter(|part| part.facts.role == role);
    let part = parts.next()?;
    if parts.next().is_some() || part.facts.media_type != TEXT_MEDIA_TYPE {
        return None;
    }
    String::from_utf8(part.bytes.as_ref()?.to_vec()).ok()
}

/// Why what an act says is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A part is missing, empty, double, or not a text.
    #[error("the {} of the act is missing or empty", .role.as_str())]
    Missing {
        /// Which.
        role: PartRole,
    },
    /// Longer than what a conclusion could repeat for every agency.
    #[error("the {} of the act has more than {max} bytes", .role.as_str())]
    TooLong {
        /// Which.
        role: PartRole,
        /// Bytes.
        max: usize,
    },
    /// What is said of the official letter is missing, double, or contradicts itself.
    #[error(
        "an instrument needs its official letter named (not sent yet, or sent with its number), and only a letter that was sent has a number"
    )]
    Letter,
    /// A conclusion leaves out a dissent, or changes its words.
    #[error("the conclusion does not repeat every dissent word for word")]
    Dissent,
}

impl ContentError {
    /// The rule, as a stable identifier.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Missing {
                role: PartRole::Reason,
            } => "R4.4",
            Self::Missing {
                role: PartRole::OpinionText,
            } => "opinion_reason",
            Self::Missing { .. } => "words_missing",
            Self::TooLong { .. } => "words_too_long",
            Self::Letter => "W1",
            Self::Dissent => "dissent",
        }
    }

    /// The article that it rests on, where there is one.
    #[must_use]
    pub const fn article(self) -> Option<&'static str> {
        match self {
            Self::Missing {
                role: PartRole::Reason,
            } => Some("khoản 4 Điều 4"),
            Self::Letter => Some("khoản 1 Điều 9"),
            Self::Missing { .. } | Self::TooLong { .. } | Self::Dissent => None,
        }
    }
}
