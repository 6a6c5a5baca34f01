//! Readers of what the crate writes, by the formats' own rules: parts of a DOCX, objects and text of a PDF.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use thamvan_documents::{Record, documents};
use zip::ZipArchive;

/// A part of a DOCX.
pub(crate) fn part(docx: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(docx)).unwrap();
    let mut text = String::new();
    let mut part = archive.by_name(name).unwrap();
    part.read_to_string(&mut text).unwrap();
    text
}

/// What a DOCX says: a line for each paragraph of the body, then the footer of the first page.
pub(crate) fn docx_text(docx: &[u8]) -> String {
    let parts = ["word/document.xml", "word/footer-first.xml"].map(|name| part(docx, name));
    let paragraphs = parts.iter().flat_map(|xml| xml.split("</w:p>"));
    let said = paragraphs.map(|paragraph| {
        let runs = paragraph.split("<w:t xml:space=\"preserve\">").skip(1);
        runs.filter_map(|run| run.split("</w:t>").next())
            .collect::<String>()
    });
    let text = said.collect::<Vec<_>>().join("\n");
    let escapes = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    escapes
        .iter()
        .fold(text, |text, (escape, plain)| text.replace(escape, plain))
}

/// What all documents of a record say, by file name. Lines of a PDF are joined: it breaks them.
pub(crate) fn texts(record: &Record) -> BTreeMap<String, String> {
    let files = documents(record).unwrap().into_iter();
    files
        .map(|file| {
            let text = if file.name.ends_with(".pdf") {
                Pdf::open(&file.bytes).pages().join(" ").replace('\n', " ")
            } else {
                docx_text(&file.bytes)
            };
            (file.name, text)
        })
        .collect()
}

/// The objects of a PDF, by number.
pub(crate) struct Pdf<'a>(BTreeMap<usize, &'a [u8]>);

impl<'a> Pdf<'a> {
    /// Reads the cross-reference table.
    pub(crate) fn open(bytes: &'a [u8]) -> Self {
        let tail = String::from_utf8_lossy(&bytes[bytes.len() - 64..]).into_owned();
        let start: usize = after(&tail, "startxref")
            .trim()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let table = String::from_utf8_lossy(&bytes[start..]).into_owned();
        let lines = table.lines().skip(2).take_while(|line| line.len() >= 18);
        let mut offsets: Vec<(usize, usize)> = lines
            .enumerate()
            .filter(|(_, line)| line.contains(" n"))
            .map(|(number, line)| (line[..10].parse().unwrap(), number))
            .collect();
        offsets.sort_unstable();
        let ends = offsets.iter().skip(1).map(|(at, _)| *at).chain([start]);
        let objects = offsets.iter().zip(ends);
        Self(
            objects
                .map(|((at, number), end)| (*number, &bytes[*at..end]))
                .collect(),
        )
    }

    /// The dictionary of an object, as text.
    pub(crate) fn dict(&self, number: usize) -> String {
        let object = self.0[&number];
        let end = find(object, b"stream\n").unwrap_or(object.len());
        String::from_utf8_lossy(&object[..end]).into_owned()
    }

    fn stream(&self, number: usize) -> &'a [u8] {
        let object = self.0[&number];
        let start = find(object, b"stream\n").unwrap() + 7;
        let length: usize = number_after(&self.dict(number), "/Length ");
        &object[start..start + length]
    }

    pub(crate) fn dicts(&self) -> Vec<String> {
        self.0.keys().map(|number| self.dict(*number)).collect()
    }

    /// The pages, in their order.
    pub(crate) fn page_numbers(&self) -> Vec<usize> {
        let dicts = self.dicts();
        let tree = dicts.iter().find(|it| it.contains("/Type /Pages")).unwrap();
        let kids = after(tree, "/Kids [").split(']').next().unwrap().to_owned();
        kids.split(" 0 R")
            .filter_map(|it| it.trim().parse().ok())
            .collect()
    }

    /// What each page says, a line for each line.
    pub(crate) fn pages(&self) -> Vec<String> {
        self.page_numbers()
            .into_iter()
            .map(|page| self.text(page))
            .collect()
    }

    fn text(&self, page: usize) -> String {
        let dict = self.dict(page);
        let content = self.stream(number_after(&dict, "/Contents "));
        let mut maps = BTreeMap::new();
        let mut text = String::new();
        let mut font = String::new();
        let mut rest = content;
        while let Some((first, further)) = rest.split_first() {
            rest = further;
            match first {
                b'/' => {
                    let end = rest.iter().position(|c| b" \n<[".contains(c)).unwrap();
                    font = String::from_utf8_lossy(&rest[..end]).into_owned();
                    rest = &rest[end..];
                }
                b'(' | b'<' if rest.first() != Some(&b'<') => {
                    let (string, further) = string(*first, rest);
                    rest = further;
                    let map = maps
                        .entry(font.clone())
                        .or_insert_with(|| self.cmap(&dict, &font));
                    let codes = string
                        .chunks(2)
                        .map(|it| u16::from_be_bytes([it[0], it[1]]));
                    text.extend(codes.map(|code| map[&code]));
                }
                b'<' => rest = &rest[1..],
                b'E' if rest.starts_with(b"T\n") => text.push('\n'),
                _ => {}
            }
        }
        text
    }

    /// Which letter a code of a font is.
    fn cmap(&self, page: &str, font: &str) -> BTreeMap<u16, char> {
        let fonts = after(page, "/Font");
        let font = self.dict(number_after(&fonts, &format!("/{font} ")));
        let cmap = self.stream(number_after(&font, "/ToUnicode "));
        let cmap = String::from_utf8_lossy(cmap);
        let pairs = cmap
            .lines()
            .filter(|line| line.starts_with('<') && line.matches('<').count() == 2);
        pairs
            .filter_map(|line| {
                let mut hex = line.split(['<', '>']).filter(|it| !it.trim().is_empty());
                let code = u16::from_str_radix(hex.next()?, 16).ok()?;
                let units =
                    hex.next()?.as_bytes().chunks(4).map(|it| {
                        u16::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap()
                    });
                let letter = char::decode_utf16(units).next()?.ok()?;
                Some((code, letter))
            })
            .collect()
    }
}

/// A literal or hexadecimal string, and what follows it.
fn string(kind: u8, mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut found = Vec::new();
    if kind == b'<' {
        let end = rest.iter().position(|c| *c == b'>').unwrap();
        let digits = rest[..end].chunks(2);
        found.extend(
            digits.map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap()),
        );
        return (found, &rest[end + 1..]);
    }
    let mut depth = 0;
    while let Some((first, further)) = rest.split_first() {
        rest = further;
        match first {
            b')' if depth == 0 => break,
            b'\\' => {
                let (escaped, further) = rest.split_first().unwrap();
                rest = further;
                match escaped {
                    b'n' => found.push(b'\n'),
                    b'r' => found.push(b'\r'),
                    b't' => found.push(b'\t'),
                    b'b' => found.push(8),
                    b'f' => found.push(12),
                    b'0'..=b'7' => {
                        let digits = std::str::from_utf8(&rest[..2]).unwrap();
                        let digits = format!("{}{digits}", char::from(*escaped));
                        found.push(u8::from_str_radix(&digits, 8).unwrap());
                        rest = &rest[2..];
                    }
                    other => found.push(*other),
                }
            }
            other => {
                depth += i32::from(*other == b'(') - i32::from(*other == b')');
                found.push(*other);
            }
        }
    }
    (found, rest)
}

/// Where `wanted` begins.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|it| it == wanted)
}

/// What stands after `mark`.
pub(crate) fn after(text: &str, mark: &str) -> String {
    let (_, rest) = text
        .split_once(mark)
        .unwrap_or_else(|| panic!("no {mark} in {text}"));
    rest.to_owned()
}

fn number_after(text: &str, mark: &str) -> usize {
    let rest = after(text, mark);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// The places of these in a text, which has all of them.
pub(crate) fn in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for one in wanted {
        let at = rest
            .find(one)
            .unwrap_or_else(|| panic!("no “{one}” further on in: {rest}"));
        rest = &rest[at + one.len()..];
    }
}
