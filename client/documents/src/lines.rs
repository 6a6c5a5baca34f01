//! Paragraphs broken into lines: at spaces, and within a word only where it is wider than the line.

use crate::font::Fonts;
use crate::layout::{Align, Face, Paragraph, Span};

/// A line of a paragraph. Lengths are in points.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) spans: Vec<Span>,
    pub(crate) width: f32,
    /// From the left edge of the paragraph.
    pub(crate) x: f32,
    /// What every space is wider, so that the line is justified.
    pub(crate) stretch: f32,
}

impl Line {
    fn push(&mut self, text: &str, face: Face, width: f32) {
        match self.spans.last_mut() {
            Some(last) if last.face == face => last.text.push_str(text),
            _ => self.spans.push(Span {
                text: text.to_owned(),
                face,
            }),
        }
        self.width += width;
    }

    fn spaces(&self) -> usize {
        let spaces = |it: &Span| it.text.matches(' ').count();
        self.spans.iter().map(spaces).sum()
    }
}

/// A word or the spaces before one.
#[derive(Default)]
struct Token {
    line: Line,
    is_space: bool,
}

/// Breaks a paragraph for a column of so many points.
pub(crate) fn lines(paragraph: &Paragraph, width: f32, fonts: &Fonts) -> Vec<Line> {
    let size = paragraph.size;
    let first_line = paragraph.first_line as f32 / 20.0;
    let mut lines = vec![Line::default()];
    let mut room = width - first_line;
    let mut spaces = Line::default();
    for token in tokens(paragraph, fonts) {
        if token.is_space {
            spaces = token.line;
            continue;
        }
        let word = token.line;
        let is_fresh = lines.last().is_some_and(|line| line.spans.is_empty());
        let taken = lines.last().map_or(0.0, |line| line.width);
        if !is_fresh && taken + spaces.width + word.width > room {
            lines.push(Line::default());
            room = width;
        } else if let Some(line) = lines.last_mut() {
            append(line, std::mem::take(&mut spaces));
        }
        spaces = Line::default();
        for (text, face, advance) in pieces(word, room, size, fonts) {
            let taken = lines.last().map_or(0.0, |line| line.width);
            let is_fresh = lines.last().is_some_and(|line| line.spans.is_empty());
            if !is_fresh && taken + advance > room {
                lines.push(Line::default());
                room = width;
            }
            if let Some(line) = lines.last_mut() {
                line.push(&text, face, advance);
            }
        }
    }
    let last = lines.len() - 1;
    for (place, line) in lines.iter_mut().enumerate() {
        let indent = if place == 0 { first_line } else { 0.0 };
        let left = width - indent - line.width;
        line.x = indent;
        match paragraph.align {
            Align::Left => {}
            Align::Centre => line.x += left / 2.0,
            Align::Justified if place < last => {
                let spaces = line.spaces();
                if spaces > 0 && left > 0.0 {
                    line.stretch = left / spaces as f32;
                }
            }
            Align::Justified => {}
        }
    }
    lines
}

fn append(line: &mut Line, more: Line) {
    let (count, width) = (more.spans.len(), more.width);
    for span in more.spans {
        line.push(&span.text, span.face, width / count as f32);
    }
}

/// A word whole, or letter by letter where no line holds it.
fn pieces(word: Line, room: f32, size: u16, fonts: &Fonts) -> Vec<(String, Face, f32)> {
    let whole = word.width <= room;
    let pieces = word.spans.into_iter().flat_map(|span| {
        let parts: Vec<String> = if whole {
            vec![span.text]
        } else {
            span.text.chars().map(String::from).collect()
        };
        parts.into_iter().map(move |part| (part, span.face))
    });
    pieces
        .map(|(part, face)| {
            let width = fonts.width(&part, face, size);
            (part, face, width)
        })
        .collect()
}

fn tokens(paragraph: &Paragraph, fonts: &Fonts) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for span in &paragraph.spans {
        let mut rest = span.text.as_str();
        while let Some(first) = rest.chars().next() {
            let is_space = first == ' ';
            let end = rest.find(|c| (c == ' ') != is_space).unwrap_or(rest.len());
            let (text, further) = rest.split_at(end);
            let width = fonts.width(text, span.face, paragraph.size);
            match tokens.last_mut() {
                Some(last) if last.is_space == is_space => last.line.push(text, span.face, width),
                _ => {
                    let mut token = Token {
                        is_space,
                        ..Token::default()
                    };
                    token.line.push(text, span.face, width);
                    tokens.push(token);
                }
            }
            rest = further;
        }
    }
    tokens
}
