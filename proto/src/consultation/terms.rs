//! What is public of a consultation: the facts in the signed header that everybody judges without plaintext.

use crate::cbor::{cbor_array, cbor_uint};
use crate::channel::Scope;
use crate::id::{ConsultationId, SeatId};
use crate::tlog::Hash;

use super::{Form, Template};

cbor_uint! {
    /// Mức độ khẩn: the mark of Decree 30/2020, and none (rule U1). It says nothing of secrecy (U4).
    pub enum Urgency {
        /// Thường.
        Normal = 1,
        /// Khẩn.
        Khan = 2,
        /// Thượng khẩn.
        ThuongKhan = 3,
        /// Hỏa tốc.
        HoaToc = 4,
    }

    /// In which capacity an official acts (rule E4). Only the first is an agency's word.
    pub enum OpinionCapacity {
        /// Thay mặt cơ quan: needs a live appointment with `speak-for`.
        Agency = 1,
        /// Thay mặt đơn vị đầu mối.
        Unit = 2,
        /// Ý kiến chuyên môn cá nhân.
        Personal = 3,
    }

    /// An instrument whose written procedure a consultation never replaces (rules R9.1, W1).
    pub enum Instrument {
        /// Điều ước quốc tế.
        Treaty = 1,
        /// Thỏa thuận quốc tế.
        Agreement = 2,
        /// Văn kiện nhân danh ASEAN.
        AseanName = 3,
    }
}

impl Instrument {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treaty => "treaty",
            Self::Agreement => "agreement",
            Self::AseanName => "asean_name",
        }
    }
}

impl Urgency {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Khan => "khan",
            Self::ThuongKhan => "thuong_khan",
            Self::HoaToc => "hoa_toc",
        }
    }
}

impl OpinionCapacity {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Unit => "unit",
            Self::Personal => "personal",
        }
    }
}

cbor_array! {
    /// The terms that open a consultation.
    pub struct Terms {
        /// Number of the template ([`super::Template`]); one that is unknown makes the channel read-only until upgrade.
        pub template: u64,
        /// Urgency mark.
        pub urgency: Urgency,
        /// Who is asked to answer or, in a notice, to acknowledge: one seat of each agency, at most [`crate::limits::CONSULTED_MAX`].
        pub asked: Vec<SeatId>,
        /// Who is told and does not answer (rule R18.2).
        pub told: Vec<SeatId>,
        /// The pillar, council or field it is about, where the template is about one.
        pub about: Option<Scope>,
        /// The instrument that it prepares, if any.
        pub instrument: Option<Instrument>,
        /// The list of state secrets that the opener was shown when attesting that nothing of it is in here (rule S7).
        pub list: String,
    }

    /// The facts of a consultation act (entry types 64 to 95).
    pub struct Act {
        /// The consultation.
        pub consultation: ConsultationId,
        /// The seat that acts.
        pub seat: SeatId,
        /// In which capacity (rule E4).
        pub capacity: OpinionCapacity,
        /// Deadline set, in log time (ms).
        pub deadline: Option<u64>,
        /// The record it answers: the current question version.
        pub on: Option<Hash>,
        /// The seat's current opinion, which this replaces.
        pub supersedes: Option<Hash>,
        /// A conclusion: the opinion records that it counts, in the order of their seats.
        pub counts: Option<Vec<Hash>>,
        /// The terms, in the act that opens.
        pub terms: Option<Terms>,
    }
}

impl Terms {
    /// The form of its template. A template that is unknown opens nothing, so that its form does not matter.
    #[must_use]
    pub fn form(&self) -> Form {
        Template::of_number(self.template).map_or(Form::Consultation, |template| template.form)
    }

    /// The field that it is about.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.about_of(true)
    }

    /// The pillar that it is about, or `acc`.
    #[must_use]
    pub fn pillar(&self) -> Option<&str> {
        self.about_of(false)
    }

    fn about_of(&self, is_field: bool) -> Option<&str> {
        let scope = self.about.as_ref();
        scope
            .filter(|scope| scope.kind.is_field() == is_field)
            .map(|scope| scope.id.as_str())
    }
}
