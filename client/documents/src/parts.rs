//! What several documents have: heading, title, paragraphs, marks, recipients, signatures, references.

use crate::font::Fonts;
use crate::layout::{
    Align, Block, Cell, Face, Frame, LINE_BODY, Paragraph, Sheet, Span, TEXT_WIDTH, Table, mm, span,
};
use crate::record::{Outcome, Record};
use crate::words;

/// Half-points.
pub(crate) const SIZE_BODY: u16 = 26;
const SIZE_TITLE: u16 = 28;
const SIZE_SMALL: u16 = 20;
const SIZE_HEADING: u16 = 24;
const SIZE_NUMBER: u16 = 26;
const SIZE_RECIPIENTS: u16 = 22;
const SIZE_CELL: u16 = 22;
const SIZE_FOOTER: u16 = 20;

/// Twips of the two columns of the heading.
const HEADING_LEFT: u32 = 3_700;
const HEADING_RIGHT: u32 = TEXT_WIDTH - HEADING_LEFT;

/// Above a signature.
const SIGNATURE_BEFORE: u32 = 240;

/// Room for a signature.
const SIGNATURE_ROOM: u32 = 1_300;

/// Between the margins and what the notice says; its box stands between them.
const NOTICE_INDENT: u32 = 80;

/// Writes documents of one record.
pub(crate) struct Parts<'a> {
    pub(crate) record: &'a Record,
    pub(crate) fonts: &'a Fonts,
}

/// The line of number and symbol, and what is beneath it.
pub(crate) struct Number {
    pub(crate) line: String,
    pub(crate) subject: Option<String>,
}

impl Parts<'_> {
    pub(crate) fn sheet(&self, title: &str, blocks: Vec<Block>) -> Sheet {
        let foot = |text| {
            let spans = vec![span(text, Face::Italic)];
            Paragraph::new(Align::Centre, SIZE_FOOTER, spans)
        };
        Sheet {
            title: format!("{title}: {}", words::line(&self.record.title)),
            blocks,
            footer: vec![foot(words::FOOTER), foot(words::TECHNICAL)],
        }
    }

    /// Agency and national heading, number, place and date, marks.
    pub(crate) fn heading(&self, number: Option<Number>, is_draft: bool, at: u64) -> Block {
        let agency = words::line(&self.record.lead).to_uppercase();
        let mut left = vec![centred(agency, Face::Bold, SIZE_HEADING)];
        // A third to half of the line over it.
        let third = self.line_length(&left, HEADING_LEFT) * 2 / 5;
        left.push(Paragraph::rule(third, HEADING_LEFT));
        let motto = centred("Độc lập - Tự do - Hạnh phúc", Face::Bold, SIZE_NUMBER);
        let length = self.fonts.length(&motto.spans, motto.size);
        let right = vec![
            centred(
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                Face::Bold,
                SIZE_HEADING,
            ),
            motto,
            Paragraph::rule(length, HEADING_RIGHT),
        ];
        let mut beneath = Vec::new();
        if let Some(number) = number {
            beneath.push(centred(number.line, Face::Regular, SIZE_NUMBER).spaced(60, 0));
            if let Some(subject) = number.subject {
                beneath.push(centred(subject, Face::Regular, SIZE_HEADING).spaced(60, 0));
            }
        }
        beneath.extend(self.marks(is_draft));
        let place = words::line(&self.record.place);
        let dated = format!("{place}, {}", words::date(at));
        let dated = centred(dated, Face::Italic, SIZE_NUMBER).spaced(60, 0);
        let columns = vec![HEADING_LEFT, HEADING_RIGHT];
        columns_of(columns, vec![vec![left, right], vec![beneath, vec![dated]]])
    }

    /// Urgency in a box; "DỰ THẢO" in another; the handling tag in plain words. A secrecy level has no place here (rule F3).
    fn marks(&self, is_draft: bool) -> Vec<Paragraph> {
        let urgency = words::urgency(self.record.urgency).map(str::to_uppercase);
        let boxed = [urgency, is_draft.then(|| "DỰ THẢO".to_owned())];
        let boxed = boxed.into_iter().flatten().map(|mark| {
            let mut mark = centred(mark, Face::Bold, SIZE_NUMBER).spaced(140, 40);
            mark.frame = Frame::Box;
            let length = self.fonts.length(&mark.spans, mark.size) + BOX_ROOM;
            let side = HEADING_LEFT.saturating_sub(length) / 2;
            mark.indent = (side, side);
            mark
        });
        let handling = words::handling(self.record.handling)
            .map(|tag| centred(tag, Face::Regular, SIZE_HEADING).spaced(100, 0));
        boxed.chain(handling).collect()
    }

    /// Name of the type, what it is about, a rule.
    pub(crate) fn title(&self, name: &str, about: &str) -> Vec<Block> {
        let name = centred(name, Face::Bold, SIZE_TITLE).spaced(360, 0);
        let about = centred(about, Face::Bold, SIZE_TITLE).kept().spaced(40, 0);
        let length = self.line_length(std::slice::from_ref(&about), TEXT_WIDTH) * 2 / 5;
        let rule = Paragraph::rule(length, TEXT_WIDTH).spaced(60, 240);
        [name.heading(), about, rule].map(Block::Paragraph).to_vec()
    }

    /// That the procedure in writing applies all the same, in a box (rule R9.1); nothing where no instrument is prepared.
    pub(crate) fn notice(&self) -> Option<Block> {
        let procedure = self.record.procedure.as_ref()?;
        let notice = words::notice(procedure.instrument);
        let spans = vec![span(notice, Face::Bold)];
        let mut notice = Paragraph::new(Align::Justified, SIZE_BODY, spans);
        notice.indent = (NOTICE_INDENT, NOTICE_INDENT);
        notice.frame = Frame::Box;
        Some(Block::Paragraph(notice.kept().spaced(240, 240)))
    }

    /// What stands beside the deadline: the procedure in writing with its own last day, and the official letter (rules W1, R5.6-5).
    pub(crate) fn beside(&self) -> Vec<Block> {
        let letter = self.record.letter.as_ref();
        let mut blocks = Vec::new();
        if let Some(procedure) = &self.record.procedure {
            let dossier = letter.map(words::dossier).unwrap_or_default();
            blocks.extend(named("Ngày nhận đủ hồ sơ", &dossier));
            let period = words::period(procedure);
            blocks.extend(named(words::PERIOD, &period));
        }
        let letter = letter.map(words::letter);
        blocks.extend(letter.iter().flat_map(|it| named(words::LETTER, it)));
        blocks
    }

    /// The legal basis, with the article of the template where that is another one.
    pub(crate) fn basis(&self) -> String {
        let article = words::line(&self.record.article);
        if article.is_empty() || article == words::BASIS {
            format!("{} {}.", words::BASIS, words::REGULATION)
        } else {
            format!("{} và {article} {}.", words::BASIS, words::REGULATION)
        }
    }

    /// Up to when the document tells.
    pub(crate) fn until(&self) -> String {
        let as_of = words::moment(self.record.as_of);
        match &self.record.outcome {
            Outcome::Open => format!("Tính đến {as_of}; cuộc tham vấn chưa kết luận."),
            Outcome::Concluded { at, .. } => format!("Đã kết luận lúc {}.", words::moment(*at)),
            Outcome::Withdrawn { at, reason } => {
                let reason = words::line(reason);
                format!("Đã rút lúc {}. Lý do: {reason}", words::moment(*at))
            }
        }
    }

    /// How many have said what. Only what is said on behalf of an agency counts (rule E4), and silence is nothing (rule W2).
    pub(crate) fn tally(&self) -> String {
        let mut positions: Vec<(&str, usize)> = Vec::new();
        let mut silent = 0;
        for seat in self.record.asked() {
            let Some(opinion) = seat.current() else {
                silent += 1;
                continue;
            };
            let said = words::position(opinion.position);
            match positions.iter_mut().find(|(known, _)| *known == said) {
                Some((_, count)) => *count += 1,
                None => positions.push((said, 1)),
            }
        }
        if silent > 0 {
            positions.push((self.silence(), silent));
        }
        let counts: Vec<String> = positions
            .iter()
            .map(|(said, count)| format!("{said}: {count:02}"))
            .collect();
        let asked = self.record.asked().count();
        format!(
            "{asked:02} cơ quan được lấy ý kiến. {}. Chỉ ý kiến thay mặt cơ quan được tính.",
            counts.join("; ")
        )
    }

    /// What is said of a seat that has not answered.
    pub(crate) fn silence(&self) -> &'static str {
        if self.record.is_overdue() {
            words::OVERDUE
        } else {
            words::SILENT
        }
    }

    /// Where the log holds it all.
    pub(crate) fn references(&self) -> Vec<Block> {
        let system = &self.record.system;
        let lines = [
            format!("Cuộc tham vấn {}.", words::line(&system.consultation)),
            format!(
                "Nhật ký {}; kênh {}; mục {}.",
                words::line(&system.origin),
                words::line(&system.channel),
                ranges(&system.entries)
            ),
        ];
        let head = left("Tham chiếu hệ thống", Face::BoldItalic, SIZE_SMALL);
        let head = head.kept().spaced(240, 0);
        let lines = lines.map(|text| left(&text, Face::Italic, SIZE_SMALL));
        std::iter::once(head)
            .chain(lines)
            .map(Block::Paragraph)
            .collect()
    }

    /// Twips of the last of these in one line, or of a column of this width where it takes more lines.
    fn line_length(&self, paragraphs: &[Paragraph], width: u32) -> u32 {
        let last = paragraphs.last();
        last.map_or(0, |it| {
            let length = self.fonts.length(&it.spans, it.size);
            length.min(width)
        })
    }
}

/// The agencies of seats, each on a line, closed by a full stop.
pub(crate) fn listed<'a>(agencies: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<String> = agencies.map(words::line).collect();
    let last = names.len();
    names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let stop = if place + 1 == last { '.' } else { ';' };
            format!("- {name}{stop}")
        })
        .collect()
}

/// The agencies of seats in one line.
pub(crate) fn joined<'a>(agencies: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = agencies.map(words::line).collect();
    format!("{}.", names.join("; "))
}

/// "3, 5–8".
fn ranges(entries: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for entry in entries {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*entry) => *last = *entry,
            _ => runs.push((*entry, *entry)),
        }
    }
    let runs = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// Recipients on the left, the signer on the right.
pub(crate) fn recipients_and_signer(recipients: Vec<String>, signer: Cell) -> Block {
    let head = left("Nơi nhận:", Face::BoldItalic, SIZE_HEADING).spaced(SIGNATURE_BEFORE, 0);
    let lines = recipients
        .iter()
        .map(|it| left(it, Face::Regular, SIZE_RECIPIENTS));
    let recipients = std::iter::once(head).chain(lines).collect();
    halves(recipients, signer)
}

/// Two columns of the same width, on one page.
pub(crate) fn halves(on_left: Cell, on_right: Cell) -> Block {
    let half = TEXT_WIDTH / 2;
    columns_of(vec![half, TEXT_WIDTH - half], vec![vec![on_left, on_right]])
}

/// Where somebody signs.
pub(crate) fn signature(post: &str, beneath: &str) -> Cell {
    let post = centred(post, Face::Bold, SIZE_BODY).spaced(SIGNATURE_BEFORE, 0);
    let beneath = centred(beneath, Face::Italic, SIZE_NUMBER).spaced(0, SIGNATURE_ROOM);
    vec![post, beneath]
}

fn columns_of(columns: Vec<u32>, rows: Vec<Vec<Cell>>) -> Block {
    Block::Table(Table {
        columns,
        is_ruled: false,
        headers: 0,
        rows,
    })
}

/// A ruled table; the first row is repeated on every page.
pub(crate) fn table(columns: Vec<u32>, head: &[&str], rows: Vec<Vec<Cell>>) -> Block {
    let head = head
        .iter()
        .map(|it| vec![centred(*it, Face::Bold, SIZE_CELL)])
        .collect();
    Block::Table(Table {
        columns,
        is_ruled: true,
        headers: 1,
        rows: std::iter::once(head).chain(rows).collect(),
    })
}

/// What a cell says; each line of it a paragraph.
pub(crate) fn cell(text: &str) -> Cell {
    lines(text)
        .map(|it| left(&it, Face::Regular, SIZE_CELL))
        .collect()
}

/// In the middle of a cell.
pub(crate) fn cell_centred(text: &str) -> Cell {
    vec![centred(text, Face::Regular, SIZE_CELL)]
}

/// A heading within a body.
pub(crate) fn section(text: &str) -> Block {
    let mut heading = left(text, Face::Bold, SIZE_BODY).spaced(160, 60);
    heading.first_line = mm(10);
    Block::Paragraph(heading.heading())
}

/// A paragraph of a body: a first line of 1 cm, 6 pt after it.
pub(crate) fn body(spans: Vec<Span>) -> Paragraph {
    let mut body = Paragraph::new(Align::Justified, SIZE_BODY, spans).spaced(0, 120);
    body.first_line = mm(10);
    body.line = LINE_BODY;
    body
}

/// Our own words, or a line of another's.
pub(crate) fn said(text: impl Into<String>) -> Block {
    Block::Paragraph(body(vec![span(text, Face::Regular)]))
}

/// A name and what it is.
pub(crate) fn named(name: &str, text: &str) -> Vec<Block> {
    let mut lines = lines(text);
    let first = vec![
        span(format!("{name}: "), Face::Bold),
        span(lines.next().unwrap_or_default(), Face::Regular),
    ];
    std::iter::once(Block::Paragraph(body(first)))
        .chain(lines.map(said))
        .collect()
}

/// What others wrote, verbatim.
pub(crate) fn verbatim(text: &str) -> Vec<Block> {
    lines(text).map(said).collect()
}

/// The lines of a text that say something.
fn lines(text: &str) -> std::vec::IntoIter<String> {
    let text = words::clean(text);
    let said = text.lines().filter(|line| !line.trim().is_empty());
    said.map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}

fn left(text: &str, face: Face, size: u16) -> Paragraph {
    Paragraph::new(Align::Left, size, vec![span(text, face)])
}

pub(crate) fn centred(text: impl Into<String>, face: Face, size: u16) -> Paragraph {
    Paragraph::new(Align::Centre, size, vec![span(text, face)])
}

/// Twips of a box on both sides of its word.
const BOX_ROOM: u32 = 240;
