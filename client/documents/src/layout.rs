//! The neutral layout of a document: two kinds of block, which the two back ends set.
//!
//! Measures are those of Annex I of Decree 30/2020/NĐ-CP. Lengths are in twips (1/20 pt), font sizes in half-points, as in DOCX.

/// A millimetre, in thousandths of a twip.
const MM_1000: u32 = 56_693;

/// Twips of so many millimetres.
pub(crate) const fn mm(millimetres: u32) -> u32 {
    (millimetres * MM_1000 + 500) / 1000
}

/// A4 portrait.
pub(crate) const PAGE_WIDTH: u32 = 11_906;
pub(crate) const PAGE_HEIGHT: u32 = 16_838;
/// Top 20 to 25 mm.
pub(crate) const MARGIN_TOP: u32 = mm(20);
/// Bottom 20 to 25 mm; the fixed footer stands in it.
pub(crate) const MARGIN_BOTTOM: u32 = mm(25);
/// Left 30 to 35 mm.
pub(crate) const MARGIN_LEFT: u32 = mm(30);
/// Right 15 to 20 mm.
pub(crate) const MARGIN_RIGHT: u32 = mm(15);
/// Page number and footer, from the edge of the page.
pub(crate) const MARGIN_EDGE: u32 = mm(10);
/// What is left for the text.
pub(crate) const TEXT_WIDTH: u32 = PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT;
/// Between the rule of a table and what its cells say.
pub(crate) const CELL_PADDING: u32 = 70;
/// A line of a body (1.15), in 240ths of the font's own.
pub(crate) const LINE_BODY: u32 = 276;
/// A single line.
pub(crate) const LINE_SINGLE: u32 = 240;
/// The page number.
pub(crate) const PAGE_NUMBER_SIZE: u16 = 26;

/// A document.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
    /// At the foot of every page.
    pub(crate) footer: Vec<Paragraph>,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Paragraph(Paragraph),
    Table(Table),
}

/// Cells side by side: ruled, and it is a table; without rules, and they are columns, each row of which stays on one page.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<u32>,
    pub(crate) is_ruled: bool,
    /// Rows that are repeated on every page.
    pub(crate) headers: usize,
    pub(crate) rows: Vec<Vec<Cell>>,
}

pub(crate) type Cell = Vec<Paragraph>;

/// A paragraph.
#[derive(Clone, Debug)]
pub(crate) struct Paragraph {
    pub(crate) spans: Vec<Span>,
    pub(crate) align: Align,
    /// Half-points.
    pub(crate) size: u16,
    pub(crate) first_line: u32,
    /// On the left and on the right.
    pub(crate) indent: (u32, u32),
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// 240ths of the font's own line.
    pub(crate) line: u32,
    pub(crate) keeps_with_next: bool,
    pub(crate) is_heading: bool,
    pub(crate) frame: Frame,
}

/// Letters of one face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) face: Face,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl Face {
    pub(crate) const ALL: [Self; 4] = [Self::Regular, Self::Bold, Self::Italic, Self::BoldItalic];

    pub(crate) fn is_bold(self) -> bool {
        matches!(self, Self::Bold | Self::BoldItalic)
    }

    pub(crate) fn is_italic(self) -> bool {
        matches!(self, Self::Italic | Self::BoldItalic)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Justified,
}

/// Lines around a paragraph, between its indents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    None,
    /// A line above a paragraph that says nothing.
    Rule,
    /// A box.
    Box,
}

impl Paragraph {
    pub(crate) fn new(align: Align, size: u16, spans: Vec<Span>) -> Self {
        Self {
            spans,
            align,
            size,
            first_line: 0,
            indent: (0, 0),
            before: 0,
            after: 0,
            line: LINE_SINGLE,
            keeps_with_next: false,
            is_heading: false,
            frame: Frame::None,
        }
    }

    /// A line of this length in the middle of a column of this width.
    pub(crate) fn rule(length: u32, width: u32) -> Self {
        let mut rule = Self::new(Align::Centre, RULE_SIZE, Vec::new());
        let side = width.saturating_sub(length) / 2;
        rule.indent = (side, side);
        rule.frame = Frame::Rule;
        rule.before = 50;
        rule
    }

    pub(crate) fn heading(mut self) -> Self {
        self.is_heading = true;
        self.keeps_with_next = true;
        self
    }

    pub(crate) fn spaced(mut self, before: u32, after: u32) -> Self {
        (self.before, self.after) = (before, after);
        self
    }

    pub(crate) fn kept(mut self) -> Self {
        self.keeps_with_next = true;
        self
    }
}

/// Half-points of a rule's own line.
const RULE_SIZE: u16 = 4;

pub(crate) fn span(text: impl Into<String>, face: Face) -> Span {
    let text = text.into();
    Span { text, face }
}
