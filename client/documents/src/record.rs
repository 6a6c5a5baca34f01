//! What the documents are made from: a consultation as members have read and verified it. Times are log times (ms).

use thamvan_proto::calendar::Day;
use thamvan_proto::consultation::{
    Instrument, Letter, OpinionCapacity, Position, StatutoryPeriod, Urgency,
};

use crate::limits::{ENTRIES_MAX, OPINIONS_MAX, RECORD_LEN_MAX, SEATS_MAX};

/// A consultation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is about, in a line (trích yếu).
    pub title: String,
    /// The question.
    pub question: String,
    /// Why it is urgent.
    pub reason: String,
    /// The urgency mark.
    pub urgency: Urgency,
    /// The handling tag.
    pub handling: Handling,
    /// Hạn trả lời.
    pub deadline: u64,
    /// The instrument that it prepares, with the procedure in writing that it never replaces (rules R9.1, W1).
    pub procedure: Option<Procedure>,
    /// What was last said of the official letter beside it (rule R5.6-5).
    pub letter: Option<Letter>,
    /// The article that its template rests on, as "khoản 6 Điều 5".
    pub article: String,
    /// Vietnamese name of the agency that leads it.
    pub lead: String,
    /// Where the lead signs, as "Hà Nội".
    pub place: String,
    /// When it was opened.
    pub opened: u64,
    /// What the documents cover ends here: the conclusion, or the moment they are made.
    pub as_of: u64,
    /// Who is asked and told, in the order of the terms.
    pub seats: Vec<Seat>,
    /// Whether and how it ended.
    pub outcome: Outcome,
    /// Where it stands in the log.
    pub system: System,
}

/// The procedure in writing of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// The instrument.
    pub instrument: Instrument,
    /// The time that the law sets for answers in writing.
    pub period: StatutoryPeriod,
    /// The last day for them, once the day of the full dossier is known.
    pub last_day: Option<Day>,
}

/// How a document is handled: the tags below every secrecy level. There is none above: a document with a secrecy level cannot
/// be made here (rules S6, S13, F3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Công khai.
    Public,
    /// Nội bộ.
    Internal,
    /// Hạn chế.
    Restricted,
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Vietnamese name of its agency.
    pub agency: String,
    /// Whether it is asked; else it is told.
    pub asked: bool,
    /// Delivered.
    pub delivered: Option<u64>,
    /// Seen.
    pub viewed: Option<u64>,
    /// Taken on.
    pub acknowledged: Option<u64>,
    /// First answered on behalf of the agency.
    pub answered: Option<u64>,
    /// What it has said, in the order of the log.
    pub opinions: Vec<Opinion>,
}

impl Seat {
    /// The agency's opinion: the one that counts.
    pub(crate) fn current(&self) -> Option<&Opinion> {
        let mut opinions = self.opinions.iter();
        opinions.find(|it| it.standing == Standing::Current)
    }
}

/// What was said at a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// What it is worth.
    pub standing: Standing,
    /// The position; none where the device cannot read it.
    pub position: Option<Position>,
    /// In which capacity.
    pub capacity: OpinionCapacity,
    /// Its text, verbatim.
    pub text: Option<String>,
    /// When.
    pub time: u64,
    /// Whether it came after the deadline then in force.
    pub late: bool,
}

/// What an opinion is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The agency's word now.
    Current,
    /// The agency's word until it gave another one, or until the question changed.
    Replaced,
    /// Given in a capacity that does not count (rule E4).
    NotCounted,
}

/// Whether and how a consultation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Open,
    /// Concluded.
    Concluded {
        /// When.
        at: u64,
        /// The conclusion.
        text: String,
        /// Every dissent, verbatim.
        dissents: Vec<Dissent>,
    },
    /// Withdrawn.
    Withdrawn {
        /// When.
        at: u64,
        /// Why.
        reason: String,
    },
}

/// An opinion that a conclusion repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissent {
    /// Vietnamese name of the agency.
    pub agency: String,
    /// Its text, verbatim.
    pub text: String,
}

/// Where a consultation stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Id of the consultation.
    pub consultation: String,
    /// Origin of the log.
    pub origin: String,
    /// Id of its channel.
    pub channel: String,
    /// The entries of its acts in the channel, in the order of the log.
    pub entries: Vec<u64>,
}

impl Record {
    /// Whether the deadline has passed for those who have not answered. A conclusion says so too: it waits for the deadline.
    pub(crate) fn is_overdue(&self) -> bool {
        self.as_of >= self.deadline || matches!(self.outcome, Outcome::Concluded { .. })
    }

    pub(crate) fn asked(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.asked)
    }

    pub(crate) fn told(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| !seat.asked)
    }

    /// Refuses what no consultation is.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let opinions = || self.seats.iter().flat_map(|seat| &seat.opinions);
        let counts = [
            ("seats", self.seats.len(), SEATS_MAX),
            ("dissents", self.dissents().len(), SEATS_MAX),
            ("opinions", opinions().count(), OPINIONS_MAX),
            ("entries", self.system.entries.len(), ENTRIES_MAX),
            ("bytes of text", self.len(), RECORD_LEN_MAX),
        ];
        let above = counts.into_iter().find(|(_, got, max)| got > max);
        above.map_or(Ok(()), |(what, got, max)| {
            Err(DocumentError::TooLong { what, got, max })
        })
    }

    pub(crate) fn dissents(&self) -> &[Dissent] {
        match &self.outcome {
            Outcome::Concluded { dissents, .. } => dissents,
            Outcome::Open | Outcome::Withdrawn { .. } => &[],
        }
    }

    /// Bytes of all texts.
    fn len(&self) -> usize {
        let ending = match &self.outcome {
            Outcome::Open => 0,
            Outcome::Concluded { text, .. } => text.len(),
            Outcome::Withdrawn { reason, .. } => reason.len(),
        };
        let dissents = self.dissents().iter();
        let seats = self.seats.iter().map(|seat| {
            let texts = seat.opinions.iter().filter_map(|it| it.text.as_ref());
            seat.agency.len() + texts.map(String::len).sum::<usize>()
        });
        let letter = self.letter.as_ref().map_or(0, |it| it.number.len());
        let own = [
            &self.title,
            &self.question,
            &self.reason,
            &self.article,
            &self.lead,
            &self.place,
            &self.system.consultation,
            &self.system.channel,
            &self.system.origin,
        ];
        own.iter().map(|text| text.len()).sum::<usize>()
            + dissents
                .map(|it| it.agency.len() + it.text.len())
                .sum::<usize>()
            + seats.sum::<usize>()
            + letter
            + ending
    }
}

/// Why no document is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More seats, opinions, entries or bytes of text than any consultation has.
    #[error("{got} {what}, and a document is made from {max} at most")]
    TooLong {
        /// Of what.
        what: &'static str,
        /// What there is.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// The container or a font could not be written: a fault of ours.
    #[error("the document could not be put together")]
    Write,
}
