//! A table on the terminal, and as a file for spreadsheets.

use crate::text::{Language, printable};

/// Rows under their columns.
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(head: [String; N], rows: Vec<Vec<String>>) -> Self {
        let rows = rows
            .into_iter()
            .map(|row| row.iter().map(|it| line(it)).collect());
        Self {
            head: head.to_vec(),
            rows: rows.collect(),
        }
    }

    /// Columns of equal width, two spaces apart.
    pub(super) fn words(&self) -> String {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| {
            let cells = all().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let row = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths);
            let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        };
        all().map(row).collect::<Vec<_>>().join("\n")
    }
}

/// In one line, without what draws on the terminal.
fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>();
    printable(&words.join(" "))
}

/// The tables as a file of RFC 4180 in UTF-8, after what they are about, an empty line between them.
///
/// The mark of byte order makes spreadsheets read UTF-8. They take the separator of the language: a semicolon where the comma is the
/// decimal sign.
pub(super) fn csv(head: &str, tables: &[Table], language: Language) -> Vec<u8> {
    let delimiter = match language {
        Language::Vi => b';',
        Language::En => b',',
    };
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let about = head.lines().map(|it| vec![it.to_owned()]);
    let mut rows: Vec<Vec<String>> = about.collect();
    for table in tables {
        rows.push(Vec::new());
        rows.push(table.head.clone());
        rows.extend(table.rows.iter().cloned());
    }
    for row in rows {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        if row.is_empty() {
            bytes.extend(b"\r\n");
            continue;
        }
        let written = writer.write_record(row.iter().map(|cell| inert(cell)));
        let written = written.ok().and_then(|()| writer.into_inner().ok());
        bytes.extend(written.unwrap_or_else(|| unreachable!("memory takes what is written")));
    }
    bytes
}

/// What a spreadsheet would take for a formula is text.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let cells = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let head = ["Cơ quan", "Được hỏi"].map(str::to_owned);
        let rows = vec![
            cells(["Bộ Công Thương", "2"]),
            cells(["=HYPERLINK(\"x\"); \u{1b}[1m\nx", "-1"]),
        ];
        Table::new(head, rows)
    }

    #[test]
    fn columns_stand_beneath_each_other() {
        let words = table().words();
        let lines: Vec<&str> = words.lines().collect();
        assert_eq!(lines.len(), 3, "{words}");
        let place = |line: &str, of: &str| {
            let before = line.split(of).next().unwrap();
            before.chars().count()
        };
        assert_eq!(place(lines[0], "Được hỏi"), place(lines[1], "2"));
        assert!(!words.contains('\u{1b}'));
    }

    #[test]
    fn r20_1a_a_file_is_utf_8_for_spreadsheets_and_holds_no_formula() {
        let file = String::from_utf8(csv("Thống kê\nTính trên 1 kênh", &[table()], Language::Vi));
        let file = file.unwrap();
        let lines: Vec<&str> = file.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "\u{feff}Thống kê",
                "Tính trên 1 kênh",
                "",
                "Cơ quan;Được hỏi",
                "Bộ Công Thương;2",
                "\"'=HYPERLINK(\"\"x\"\"); \u{fffd}[1m x\";'-1",
                "",
            ]
        );
        let english = String::from_utf8(csv("Statistics", &[table()], Language::En)).unwrap();
        assert!(english.contains("Bộ Công Thương,2\r\n"));
    }
}
