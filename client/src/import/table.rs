//! Tables: comma or semicolon separated, quoted where needed, UTF-8; the header says which table it is.

use std::collections::BTreeMap;

use thamvan_engine::FoundRequest;
use thamvan_engine::import::{WantedAgency, WantedAppointment, WantedChannel, WantedOfficial};
use thamvan_proto::channel::Scope;
use thamvan_proto::directory::{AgencyKind, Seat, SeatRole};
use thamvan_proto::label::Label;

use super::{Fault, List, scope};
use crate::text::unix_ms;

type TableError = (Option<u64>, Fault, String);
/// What is wrong with a line, or nothing.
type Taken = Result<(), (Fault, String)>;

/// One kind of table: its columns, the first ones required.
struct Shape {
    columns: &'static [&'static str],
    required: usize,
    take: fn(&Cells<'_>, &mut List) -> Taken,
}

/// Which table it is, is said by the first of these columns that the header has.
const SHAPES: &[(&str, Shape)] = &[
    (
        "channel",
        Shape {
            columns: &[
                "channel",
                "purpose",
                "scope",
                "founder",
                "members",
                "label",
                "retention_days",
                "review_days",
                "officials",
            ],
            required: 5,
            take: channel,
        },
    ),
    (
        "seat",
        Shape {
            columns: &[
                "seat",
                "purpose",
                "official",
                "as",
                "speak_for",
                "from",
                "until",
            ],
            required: 1,
            take: seat,
        },
    ),
    (
        "official",
        Shape {
            columns: &["official", "name"],
            required: 2,
            take: official,
        },
    ),
    (
        "agency",
        Shape {
            columns: &["agency", "kind", "name_vi", "name_en", "leads"],
            required: 4,
            take: agency,
        },
    ),
];

/// Reads a table into the list.
pub(super) fn read(text: &str, list: &mut List) -> Result<(), TableError> {
    let header = text.lines().next().unwrap_or_default();
    // A spreadsheet writes semicolons where the comma is the decimal sign.
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    let columns: Vec<&str> = header.iter().collect();
    let (_, shape) = SHAPES
        .iter()
        .find(|(name, _)| columns.contains(name))
        .ok_or_else(|| (Some(1), Fault::Unknown, columns.join(" ")))?;
    for (n, column) in columns.iter().enumerate() {
        if !shape.columns.contains(column) {
            return Err((Some(1), Fault::Column, (*column).to_owned()));
        }
        if columns.iter().take(n).any(|before| before == column) {
            return Err((Some(1), Fault::Twice, (*column).to_owned()));
        }
    }
    let required = shape.columns.iter().take(shape.required);
    for column in required {
        if !columns.contains(column) {
            return Err((Some(1), Fault::Missing, (*column).to_owned()));
        }
    }
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map(csv::Position::line);
        let cells = columns.iter().copied().zip(record.iter()).collect();
        (shape.take)(&Cells(cells), list).map_err(|(fault, given)| (line, fault, given))?;
    }
    Ok(())
}

fn malformed(error: &csv::Error) -> TableError {
    let line = error.position().map(csv::Position::line);
    (line, Fault::Value, error.to_string())
}

/// The cells of one line by column.
struct Cells<'t>(BTreeMap<&'t str, &'t str>);

impl<'t> Cells<'t> {
    /// The text of a column; none where it is empty or not there.
    fn text(&self, column: &str) -> Option<&'t str> {
        self.0.get(column).copied().filter(|text| !text.is_empty())
    }

    fn required(&self, column: &str) -> Result<&'t str, (Fault, String)> {
        self.text(column)
            .ok_or_else(|| (Fault::Missing, column.to_owned()))
    }

    fn parsed<T>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, (Fault, String)> {
        self.text(column)
            .map(|text| parse(text).ok_or_else(|| wrong(column, text)))
            .transpose()
    }

    fn id<T: std::str::FromStr>(&self, column: &str) -> Result<T, (Fault, String)> {
        let text = self.required(column)?;
        text.parse().map_err(|_| wrong(column, text))
    }

    /// Several values in one cell.
    fn all<T>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, (Fault, String)> {
        let text = self.text(column).unwrap_or_default();
        let words = text.split(|c: char| c.is_whitespace() || ",;|".contains(c));
        words
            .filter(|word| !word.is_empty())
            .map(|word| parse(word).ok_or_else(|| wrong(column, word)))
            .collect()
    }
}

fn wrong(column: &str, given: &str) -> (Fault, String) {
    (Fault::Value, format!("{column}: {given}"))
}

fn agency(cells: &Cells<'_>, list: &mut List) -> Taken {
    let kind = cells.parsed("kind", |text| {
        AgencyKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
    })?;
    list.wanted.agencies.push(WantedAgency {
        id: cells.id("agency")?,
        kind: kind.ok_or_else(|| (Fault::Missing, "kind".to_owned()))?,
        name_vi: cells.required("name_vi")?.to_owned(),
        name_en: cells.required("name_en")?.to_owned(),
        leads: cells
            .0
            .contains_key("leads")
            .then(|| cells.all("leads", |text| scope(text).filter(Scope::is_named)))
            .transpose()?,
    });
    Ok(())
}

fn official(cells: &Cells<'_>, list: &mut List) -> Taken {
    list.wanted.officials.push(WantedOfficial {
        id: cells.id("official")?,
        name: cells.required("name")?.to_owned(),
    });
    Ok(())
}

/// A seat, and whoever is appointed to it: a seat with several people has a line for each.
fn seat(cells: &Cells<'_>, list: &mut List) -> Taken {
    let seat = Seat {
        id: cells.id("seat")?,
        purpose: cells.text("purpose").unwrap_or_default().to_owned(),
    };
    match list
        .wanted
        .seats
        .iter_mut()
        .find(|known| known.id == seat.id)
    {
        None => list.wanted.seats.push(seat.clone()),
        Some(known) if known.purpose.is_empty() => known.purpose.clone_from(&seat.purpose),
        Some(known) if seat.purpose.is_empty() || known.purpose == seat.purpose => {}
        Some(_) => return Err(wrong("purpose", &seat.purpose)),
    }
    if cells.text("official").is_none() {
        return Ok(());
    }
    let role = cells.parsed("as", |text| {
        SeatRole::ALL
            .iter()
            .copied()
            .find(|role| role.as_str() == text)
    })?;
    list.wanted.appointments.push(WantedAppointment {
        seat: seat.id,
        official: cells.id("official")?,
        role: role.unwrap_or(SeatRole::Primary),
        speak_for: cells.parsed("speak_for", yes_or_no)?.unwrap_or(false),
        from: cells.parsed("from", unix_ms)?,
        until: cells.parsed("until", end_of)?,
    });
    Ok(())
}

fn channel(cells: &Cells<'_>, list: &mut List) -> Taken {
    let days = |column, default: u64| {
        let days = cells.parsed(column, |text| text.parse::<u64>().ok());
        days.map(|days| days.unwrap_or(default))
    };
    let scope = cells.parsed("scope", scope)?;
    let label = cells.parsed("label", |text| text.parse::<Label>().ok())?;
    let request = FoundRequest {
        name: cells.required("channel")?.to_owned(),
        purpose: cells.required("purpose")?.to_owned(),
        scope: scope.ok_or_else(|| (Fault::Missing, "scope".to_owned()))?,
        label: label.unwrap_or(Label::Internal),
        members: cells.all("members", |text| text.parse().ok())?,
        retention_days: days("retention_days", RETENTION_DAYS)?,
        review_after_ms: days("review_days", REVIEW_DAYS)?.saturating_mul(DAY_MS),
    };
    list.wanted.channels.push(WantedChannel {
        founder: cells.id("founder")?,
        request,
        officials: cells.all("officials", |text| text.parse().ok())?,
    });
    Ok(())
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "x" | "có" => Some(true),
        "no" | "false" | "0" | "không" => Some(false),
        _ => None,
    }
}

/// The end of a term: a moment, or the end of a day in Hà Nội.
fn end_of(text: &str) -> Option<u64> {
    let is_day = !text.contains('T');
    unix_ms(text)?.checked_add(if is_day { DAY_MS } else { 0 })
}

const DAY_MS: u64 = 24 * 3600 * 1000;
/// As `channel found`.
pub(crate) const RETENTION_DAYS: u64 = 3_650;
/// As `channel found`.
pub(crate) const REVIEW_DAYS: u64 = 365;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_list(tables: &[&str]) -> Result<List, super::super::ListError> {
        let mut list = List::default();
        for table in tables {
            list.read("t.csv", table.as_bytes())?;
        }
        list.check().map(|()| list)
    }

    fn fault(tables: &[&str]) -> (Option<u64>, Fault, String) {
        let error = read_list(tables).unwrap_err();
        (error.line, error.fault, error.given)
    }

    #[test]
    fn tables_are_known_by_their_header_with_or_without_a_byte_order_mark() {
        let list = read_list(&[
            "\u{feff}agency,kind,name_vi,name_en,leads\nmoit,bo,\"Bộ Công Thương, thử\",MoIT,pillar:aec acc\n",
            "official;name\r\nminh@moit;\"Trần \"\"Văn\"\" Minh\"\r\n",
            "seat,purpose,official,as,speak_for,until\nmoit/main,Đầu mối,minh@moit,deputy,có,2026-12-31\nmoit/main,,lan@moit,,,\n",
            "channel,purpose,scope,founder,members,officials\nK,P,pillar:aec,moit,\"moit mofa\",minh@moit\n",
        ])
        .unwrap();
        let wanted = &list.wanted;
        assert_eq!(wanted.agencies[0].name_vi, "Bộ Công Thương, thử");
        assert_eq!(wanted.agencies[0].leads.as_ref().unwrap().len(), 2);
        assert_eq!(wanted.officials[0].name, "Trần \"Văn\" Minh");
        assert_eq!((wanted.seats.len(), wanted.appointments.len()), (1, 2));
        let deputy = &wanted.appointments[0];
        assert_eq!(deputy.role, SeatRole::Deputy);
        // The term ends with the day in Hà Nội: 17:00 UTC.
        assert_eq!(deputy.until, Some(1_798_736_400_000));
        assert!(deputy.speak_for && !wanted.appointments[1].speak_for);
        let channel = &wanted.channels[0];
        assert_eq!(channel.request.members.len(), 2);
        assert_eq!(channel.request.review_after_ms, 365 * DAY_MS);
        assert_eq!(channel.officials.len(), 1);
    }

    #[test]
    fn a_column_that_is_left_out_says_nothing_of_what_an_agency_leads() {
        let list = read_list(&["agency,kind,name_vi,name_en\nmoit,bo,B,M\n"]).unwrap();
        assert_eq!(list.wanted.agencies[0].leads, None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let header = "official,name\n";
        assert_eq!(fault(&["x,y\n"]), (Some(1), Fault::Unknown, "x y".into()));
        assert_eq!(
            fault(&["official,name,phone\n"]),
            (Some(1), Fault::Column, "phone".into())
        );
        assert_eq!(
            fault(&["official\n"]),
            (Some(1), Fault::Missing, "name".into())
        );
        assert_eq!(
            fault(&[&format!("{header}a@mofa,A\nB,B\n")]),
            (Some(3), Fault::Value, "official: B".into())
        );
        assert_eq!(
            fault(&[&format!("{header}a@mofa,\n")]),
            (Some(2), Fault::Missing, "name".into())
        );
        assert_eq!(
            fault(&[&format!("{header}a@mofa,A\na@mofa,A\n")]),
            (None, Fault::Twice, "a@mofa".into())
        );
        let (line, fault, _) = fault(&[&format!("{header}a@mofa,A,more\n")]);
        assert_eq!((line, fault), (Some(2), Fault::Value));
    }

    #[test]
    fn r2_3_the_shipped_directory_names_what_needs_confirmation_and_never_a_historic_agency() {
        let file = include_str!("../../../deploy/data/asean-directory.json");
        let list = read_list(&[file]).unwrap();
        let agency = |id: &str| {
            list.wanted
                .agencies
                .iter()
                .find(|one| one.id.to_string() == id)
        };
        let mofa = agency("mofa").unwrap();
        assert_eq!(
            mofa.leads,
            Some(vec![scope("acc").unwrap(), scope("pillar:apsc").unwrap()])
        );
        assert_eq!(agency("mof").unwrap().leads, Some(vec![]));
        let field = &list.wanted.fields[0];
        assert_eq!(
            (field.id.as_str(), field.lead.as_str()),
            ("connectivity", "mof")
        );
        assert_eq!(field.supporting.len(), 2);
        assert_eq!(agency("mission").unwrap().kind, AgencyKind::PhaiDoan);
        assert_eq!(list.wanted.seats[0].id.to_string(), "mofa/secretariat");
        assert!(agency("molisa").is_none());
        assert_eq!((list.wanted.agencies.len(), list.historic.len()), (22, 7));
        assert!(!list.confirm.contains_key("mofa"));
        assert_eq!(list.confirm["vnu_hn"], "medium");
        assert!(list.confirm.contains_key("mofa/secretariat"));
        assert_eq!(list.mechanisms.len(), 41);
        assert_eq!(
            fault(&[file, "official,name\na@molisa,A\n"]),
            (None, Fault::Historic, "a@molisa".into())
        );
    }
}
