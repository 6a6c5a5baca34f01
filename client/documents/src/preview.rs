//! A document for the screen: the same words as on paper, and as much of how they are set as a page needs to say.

use crate::layout::{Align, Block, Frame, Paragraph, Sheet, Span};

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What it is called.
    pub title: String,
    /// Its parts, in order.
    pub blocks: Vec<PreviewBlock>,
    /// What stands at the foot of every page.
    pub footer: Vec<PreviewLine>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewBlock {
    /// A paragraph.
    Line(PreviewLine),
    /// Cells side by side.
    Table {
        /// Whether it is a table; else columns.
        is_ruled: bool,
        /// How many rows at the top are headings.
        headers: usize,
        /// Rows of cells of paragraphs.
        rows: Vec<Vec<Vec<PreviewLine>>>,
    },
}

/// A paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewLine {
    /// What it says; nothing where it is a rule.
    pub spans: Vec<PreviewSpan>,
    /// Whether it stands in the middle.
    pub is_centred: bool,
    /// Whether it is a heading.
    pub is_heading: bool,
    /// Whether it stands in a box.
    pub is_boxed: bool,
}

/// Letters of one face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewSpan {
    /// Text.
    pub text: String,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
}

pub(crate) fn preview(sheet: &Sheet) -> Preview {
    let block = |block: &Block| match block {
        Block::Paragraph(paragraph) => PreviewBlock::Line(line(paragraph)),
        Block::Table(table) => PreviewBlock::Table {
            is_ruled: table.is_ruled,
            headers: table.headers,
            rows: table
                .rows
                .iter()
                .map(|row| row.iter().map(|cell| lines(cell)).collect())
                .collect(),
        },
    };
    Preview {
        title: sheet.title.clone(),
        blocks: sheet.blocks.iter().map(block).collect(),
        footer: lines(&sheet.footer),
    }
}

fn lines(paragraphs: &[Paragraph]) -> Vec<PreviewLine> {
    paragraphs.iter().map(line).collect()
}

fn line(paragraph: &Paragraph) -> PreviewLine {
    let span = |span: &Span| PreviewSpan {
        text: span.text.clone(),
        bold: span.face.is_bold(),
        italic: span.face.is_italic(),
    };
    PreviewLine {
        spans: paragraph.spans.iter().map(span).collect(),
        is_centred: paragraph.align == Align::Centre,
        is_heading: paragraph.is_heading,
        is_boxed: paragraph.frame == Frame::Box,
    }
}
