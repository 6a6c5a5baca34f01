//! The documents of a consultation (rules F1 to F4) as DOCX and PDF: form, table of opinions, draft minutes, draft letter.
//!
//! Pure: the same [`Record`] makes the same bytes. Each document is written once, in the neutral layout of `layout.rs`, which
//! two back ends set: `docx.rs`, and `pages.rs` with `pdf.rs`. The words are Vietnamese only, as those documents are.

mod docx;
mod flow;
mod font;
mod form;
mod layout;
mod letter;
pub mod limits;
mod lines;
mod minutes;
mod parts;
mod pdf;
mod preview;
mod record;
mod summary;
mod tags;
mod words;
mod xml;

pub use preview::{Preview, PreviewBlock, PreviewLine, PreviewSpan};
pub use record::{
    Dissent, DocumentError, Handling, Opinion, Outcome, Procedure, Record, Seat, Standing, System,
};
pub use words::{
    BASIS, FOOTER, LETTER, OVERDUE, PERIOD, REGULATION, SILENT, TECHNICAL, abbreviation, date,
    letter, moment, notice, period, short,
};

use font::Fonts;
use parts::Parts;

/// A document of a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Phiếu lấy ý kiến tham vấn nhanh.
    Form,
    /// Bảng tổng hợp ý kiến.
    Summary,
    /// Biên bản tham vấn nhanh (dự thảo).
    Minutes,
    /// Dự thảo công văn.
    Letter,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Form, Self::Summary, Self::Minutes, Self::Letter];

    /// Those of a consultation: nobody is written to about one that has been withdrawn.
    pub fn of(record: &Record) -> impl Iterator<Item = Self> {
        let is_withdrawn = matches!(record.outcome, Outcome::Withdrawn { .. });
        let mut all = Self::ALL.into_iter();
        std::iter::from_fn(move || all.find(|kind| !is_withdrawn || *kind != Self::Letter))
    }

    /// Its file's name without the ending.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Form => "phieu-lay-y-kien",
            Self::Summary => "bang-tong-hop-y-kien",
            Self::Minutes => "bien-ban",
            Self::Letter => "cong-van",
        }
    }
}

/// One document of a consultation for the screen, from the same layout as its files.
///
/// # Errors
/// As [`documents`].
pub fn preview(record: &Record, kind: Kind) -> Result<Preview, DocumentError> {
    record.check()?;
    let fonts = Fonts::load();
    let parts = Parts {
        record,
        fonts: &fonts,
    };
    Ok(preview::preview(&sheet(&parts, kind)))
}

fn sheet(parts: &Parts<'_>, kind: Kind) -> layout::Sheet {
    match kind {
        Kind::Form => form::form(parts),
        Kind::Summary => summary::summary(parts),
        Kind::Minutes => minutes::minutes(parts),
        Kind::Letter => letter::letter(parts),
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Makes all documents of a consultation, each as DOCX and as PDF, in the order of [`Kind::ALL`].
///
/// # Errors
/// [`DocumentError::TooLong`] for a record beyond the limits, and [`DocumentError::Write`], which is a fault of ours.
pub fn documents(record: &Record) -> Result<Vec<File>, DocumentError> {
    record.check()?;
    let fonts = Fonts::load();
    let parts = Parts {
        record,
        fonts: &fonts,
    };
    let mut files = Vec::new();
    for kind in Kind::of(record) {
        let sheet = sheet(&parts, kind);
        for (ending, bytes) in [
            ("docx", docx::write(&sheet)?),
            ("pdf", pdf::write(&sheet, &fonts)?),
        ] {
            let name = format!("{}.{ending}", kind.file_name());
            files.push(File { name, bytes });
        }
    }
    Ok(files)
}
