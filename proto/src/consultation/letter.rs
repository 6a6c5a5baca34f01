//! The official letter beside a consultation (rule R5.6-5), and the written procedures that it never replaces (rules R9.1, W1).

use crate::calendar::{Day, WorkingDays};
use crate::cbor::{self, cbor_array, cbor_uint};
use crate::commitment::{Content, PartRole};
use crate::limits::TEXT_LEN_MAX;

use super::{ContentError, Instrument};

cbor_uint! {
    /// Văn bản chính thức kèm theo.
    pub enum LetterStatus {
        /// Không có.
        None = 1,
        /// Chưa gửi, sẽ gửi.
        WillFollow = 2,
        /// Đã gửi, with its number and date.
        Sent = 3,
    }
}

impl LetterStatus {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::WillFollow => "will_follow",
            Self::Sent => "sent",
        }
    }
}

cbor_array! {
    /// The bytes of a part with role [`PartRole::Letter`].
    pub struct Letter {
        /// Whether there is one.
        pub status: LetterStatus,
        /// Số, ký hiệu and date of the letter that asks for opinions; empty unless it was sent.
        pub number: String,
        /// Ngày nhận đủ hồ sơ: the day from which the statutory period runs, once it is known.
        pub dossier: Option<Day>,
    }
}

/// The letter of a content; none where it names none.
///
/// # Errors
/// [`ContentError::Letter`]: more than one, one that is none, a number that is missing or does not belong there, or none at all
/// where an instrument is prepared.
pub fn letter(
    content: &Content,
    instrument: Option<Instrument>,
) -> Result<Option<Letter>, ContentError> {
    let mut parts = content.parts.iter();
    let mut parts = parts
        .by_ref()
        .filter(|part| part.facts.role == PartRole::Letter);
    let Some(part) = parts.next() else {
        return instrument
            .is_none()
            .then_some(None)
            .ok_or(ContentError::Letter);
    };
    let bytes = part.bytes.as_ref().ok_or(ContentError::Letter)?;
    let letter: Letter =
        cbor::from_slice(bytes, LETTER_LEN_MAX).map_err(|_| ContentError::Letter)?;
    let is_sent = letter.status == LetterStatus::Sent;
    let fits = parts.next().is_none()
        && letter.number.len() <= TEXT_LEN_MAX
        && is_sent != letter.number.trim().is_empty()
        && (is_sent || letter.number.is_empty())
        && (instrument.is_none() || letter.status != LetterStatus::None);
    fits.then_some(Some(letter)).ok_or(ContentError::Letter)
}

/// A period that the law sets for answers in writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatutoryPeriod {
    /// Days; none where no number is known, which is never read as none being set.
    pub days: Option<u64>,
    /// Whether they are working days; else calendar days.
    pub working: bool,
    /// The law.
    pub law: &'static str,
    /// Whether the number of days was read in the law, or is only reported ("chưa xác minh").
    pub verified: bool,
}

impl Instrument {
    /// The period in which the bodies that are consulted answer in writing (rule W1).
    #[must_use]
    pub const fn period(self) -> StatutoryPeriod {
        match self {
            Self::Treaty => StatutoryPeriod {
                days: Some(10),
                working: false,
                law: "khoản 2 Điều 9 Luật Điều ước quốc tế (Luật số 108/2016/QH13, sửa đổi bởi Luật số 137/2025/QH15)",
                verified: true,
            },
            Self::Agreement => StatutoryPeriod {
                days: Some(7),
                working: true,
                law: "Luật Thỏa thuận quốc tế (Luật số 70/2020/QH14)",
                verified: false,
            },
            Self::AseanName => StatutoryPeriod {
                days: None,
                working: false,
                law: "Quyết định số 26/2024/QĐ-TTg",
                verified: false,
            },
        }
    }
}

impl StatutoryPeriod {
    /// The last day for an answer, where the full dossier came on `dossier`; none where no number of days is known, or the table of
    /// working days cannot say.
    #[must_use]
    pub fn last_day(&self, dossier: Day, table: &WorkingDays<'_>) -> Option<Day> {
        let days = self.days?;
        if self.working {
            dossier.after_working(days, table)
        } else {
            Some(dossier.after(days))
        }
    }
}

/// A number of [`TEXT_LEN_MAX`] bytes, and what stands around it.
const LETTER_LEN_MAX: usize = TEXT_LEN_MAX + 32;
