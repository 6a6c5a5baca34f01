//! Lists to import: the project's directory file (JSON) and tables (CSV), read into what they ask for.
//!
//! In scope: shape, and what can be judged from the lists alone. Out of scope: what stands in the log (the engine's plan).

mod directory_file;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use thamvan_engine::import::Wanted;
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::id::AgencyId;

use crate::limits::{IMPORT_FILE_LEN_MAX, IMPORT_ROWS_MAX};

/// All lists of one run.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// What they ask for.
    pub(crate) wanted: Wanted,
    /// Rows that need confirmation (rule R2.3), with the confidence of the source.
    pub(crate) confirm: BTreeMap<String, String>,
    /// Agencies that are no more: they are shown and never imported.
    pub(crate) historic: Vec<Historic>,
    /// Mechanisms of the 2009 table: not current until the coordinator confirms them (rule R2.3).
    pub(crate) mechanisms: Vec<Mechanism>,
}

/// An agency that is no more.
#[derive(Debug)]
pub(crate) struct Historic {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) dissolved: String,
    pub(crate) successors: Vec<String>,
}

/// A mechanism that needs confirmation.
#[derive(Debug)]
pub(crate) struct Mechanism {
    pub(crate) id: String,
    pub(crate) abbr: String,
    pub(crate) name_vi: String,
    pub(crate) pillar: String,
}

/// What is wrong with a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListError {
    pub(crate) file: String,
    pub(crate) line: Option<u64>,
    pub(crate) fault: Fault,
    pub(crate) given: String,
}

/// Why a list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Larger than a list may be, or more rows.
    TooLong,
    /// Neither the directory file nor a table with a known header.
    Unknown,
    /// A column that the table does not have.
    Column,
    /// A column that is missing.
    Missing,
    /// A value that its column does not take.
    Value,
    /// Named twice.
    Twice,
    /// Of an agency that is no more.
    Historic,
}

impl Fault {
    /// Id of the words for it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::TooLong => "usage-list-too-long",
            Self::Unknown => "usage-list-unknown",
            Self::Column => "usage-list-column",
            Self::Missing => "usage-list-missing",
            Self::Value => "usage-list-value",
            Self::Twice => "usage-list-twice",
            Self::Historic => "usage-list-historic",
        }
    }
}

impl List {
    /// Reads one file into the list.
    ///
    /// # Errors
    /// [`ListError`] with the line of a table.
    pub(crate) fn read(&mut self, file: &str, bytes: &[u8]) -> Result<(), ListError> {
        let error = |line, fault, given: &str| ListError {
            file: file.to_owned(),
            line,
            fault,
            given: given.to_owned(),
        };
        if bytes.len() > IMPORT_FILE_LEN_MAX {
            return Err(error(None, Fault::TooLong, ""));
        }
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|_| error(None, Fault::Unknown, "UTF-8"))?;
        if text.trim_start().starts_with('{') {
            directory_file::read(text, self).map_err(|given| error(None, Fault::Unknown, &given))
        } else {
            table::read(text, self).map_err(|(line, fault, given)| error(line, fault, &given))
        }
    }

    /// What only all lists together show: nothing is named twice, and nothing is of an agency that is no more.
    ///
    /// # Errors
    /// [`ListError`].
    pub(crate) fn check(&self) -> Result<(), ListError> {
        let error = |fault, given: &str| ListError {
            file: String::new(),
            line: None,
            fault,
            given: given.to_owned(),
        };
        let wanted = &self.wanted;
        let mut named: Vec<(String, Vec<AgencyId>)> = Vec::new();
        named.extend(
            wanted
                .agencies
                .iter()
                .map(|one| (one.id.to_string(), vec![one.id.clone()])),
        );
        named.extend(
            wanted
                .officials
                .iter()
                .map(|one| (one.id.to_string(), vec![one.id.agency()])),
        );
        named.extend(
            wanted
                .seats
                .iter()
                .map(|one| (one.id.to_string(), vec![one.id.agency()])),
        );
        named.extend(wanted.appointments.iter().map(|one| {
            let agencies = vec![one.seat.agency(), one.official.agency()];
            (format!("{} {}", one.seat, one.official), agencies)
        }));
        named.extend(wanted.channels.iter().map(|one| {
            let agencies = one.request.members.iter().chain([&one.founder]);
            let agencies = agencies.cloned().collect();
            (format!("{}: {}", one.founder, one.request.name), agencies)
        }));
        if named.len() > IMPORT_ROWS_MAX {
            return Err(error(Fault::TooLong, ""));
        }
        let mut seen = BTreeSet::new();
        for (name, agencies) in &named {
            if !seen.insert(name) {
                return Err(error(Fault::Twice, name));
            }
            let is_historic =
                |agency: &AgencyId| self.historic.iter().any(|one| one.id == agency.to_string());
            if agencies.iter().any(is_historic) {
                return Err(error(Fault::Historic, name));
            }
        }
        Ok(())
    }
}

/// `acc`, or `KIND:ID`, e.g. `pillar:aec`.
pub(crate) fn scope(given: &str) -> Option<Scope> {
    if given == "acc" {
        return Some(Scope::coordinator());
    }
    let (kind, id) = given.split_once(':')?;
    let mut kinds = ScopeKind::ALL.iter().copied();
    let kind = kinds.find(|known| known.as_str() == kind)?;
    Some(Scope {
        kind,
        id: id.to_owned(),
    })
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
