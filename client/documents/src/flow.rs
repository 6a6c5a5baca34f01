//! Blocks set onto pages: what stands where, in points from the upper left corner.

use crate::font::Fonts;
use crate::layout::{
    Align, Block, CELL_PADDING, Cell, Face, Frame, MARGIN_BOTTOM, MARGIN_EDGE, MARGIN_LEFT,
    MARGIN_TOP, PAGE_HEIGHT, PAGE_NUMBER_SIZE, Paragraph, Sheet, Span, TEXT_WIDTH, Table, span,
};
use crate::lines::lines;
use crate::tags::{Role, Tags};

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Text(Text),
    /// A thin line or box: left, top, width, height.
    Rule([f32; 4]),
}

/// A line of text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) x: f32,
    /// Of the baseline.
    pub(crate) y: f32,
    /// Points.
    pub(crate) size: f32,
    pub(crate) spans: Vec<Span>,
    pub(crate) stretch: f32,
    /// The node of the structure that it belongs to; none for what is repeated on every page.
    pub(crate) node: Option<usize>,
}

/// A page.
pub(crate) type Page = Vec<Item>;

/// Sets a document.
pub(crate) fn pages(sheet: &Sheet, fonts: &Fonts) -> (Vec<Page>, Tags) {
    let mut flow = Flow {
        fonts,
        pages: vec![Page::new()],
        y: TOP,
        tags: Tags::new(),
    };
    for (place, block) in sheet.blocks.iter().enumerate() {
        let rest = sheet.blocks.get(place..).unwrap_or_default();
        flow.keep(rest);
        match block {
            Block::Paragraph(it) => flow.paragraph(it),
            Block::Table(it) if it.is_ruled => flow.table(it),
            Block::Table(it) => flow.columns(it),
        }
    }
    flow.edges(&sheet.footer);
    (flow.pages, flow.tags)
}

struct Flow<'a> {
    fonts: &'a Fonts,
    pages: Vec<Page>,
    /// Where the next block begins.
    y: f32,
    tags: Tags,
}

/// A line with its place below the top of its column.
struct Set {
    text: Option<Text>,
    rules: Vec<[f32; 4]>,
    /// Of the paragraph's first line: what stands before it.
    before: f32,
    height: f32,
    after: f32,
    /// Which paragraph of the column.
    paragraph: usize,
}

impl Set {
    fn total(&self) -> f32 {
        self.before + self.height + self.after
    }
}

impl Flow<'_> {
    /// Lines of a column whose left edge is `x`, as if it began at 0.
    fn set(&self, paragraphs: &[Paragraph], x: f32, width: f32) -> Vec<Set> {
        let mut all = Vec::new();
        for (place, it) in paragraphs.iter().enumerate() {
            let (left, right) = (points(it.indent.0), points(it.indent.1));
            let (x, width) = (x + left, width - left - right);
            if it.frame == Frame::Rule {
                all.push(Set {
                    text: None,
                    rules: vec![[x, 0.0, width, 0.0]],
                    before: points(it.before),
                    height: f32::from(it.size) / 2.0,
                    after: points(it.after),
                    paragraph: place,
                });
                continue;
            }
            let size = f32::from(it.size) / 2.0;
            let (ascent, natural) = self.fonts.of(Face::Regular).line();
            let height = size * natural * it.line as f32 / 240.0;
            let baseline = height - size * (natural - ascent);
            let broken = lines(it, width, self.fonts);
            let last = broken.len() - 1;
            for (number, line) in broken.into_iter().enumerate() {
                let (is_first, is_last) = (number == 0, number == last);
                let boxed = it.frame == Frame::Box && is_first;
                let text = Text {
                    x: x + line.x,
                    y: baseline,
                    size,
                    spans: line.spans,
                    stretch: line.stretch,
                    node: None,
                };
                all.push(Set {
                    text: Some(text),
                    rules: if boxed {
                        let height = height * (last + 1) as f32;
                        let (x, width) = (x - BOX_PADDING, width + 2.0 * BOX_PADDING);
                        vec![[x, -BOX_PADDING, width, height + 2.0 * BOX_PADDING]]
                    } else {
                        Vec::new()
                    },
                    before: if is_first { points(it.before) } else { 0.0 },
                    height,
                    after: if is_last { points(it.after) } else { 0.0 },
                    paragraph: place,
                });
            }
        }
        all
    }

    /// Goes to the next page where what must stay together does not fit on this one.
    fn keep(&mut self, blocks: &[Block]) {
        let mut needed = 0.0;
        for block in blocks {
            match block {
                Block::Paragraph(it) => {
                    let set = self.set(std::slice::from_ref(it), LEFT, WIDTH);
                    let lines = if it.keeps_with_next { set.len() } else { 2 };
                    needed += set.iter().take(lines).map(Set::total).sum::<f32>();
                    if it.keeps_with_next || it.frame == Frame::Rule {
                        continue;
                    }
                }
                Block::Table(it) => {
                    let rows = if it.is_ruled { it.headers + 1 } else { 1 };
                    let heights = it.rows.iter().take(rows).map(|row| {
                        let height = self.row_height(it, row);
                        if it.is_ruled {
                            height.min(WHOLE_ROW)
                        } else {
                            height
                        }
                    });
                    needed += heights.sum::<f32>();
                }
            }
            break;
        }
        if self.y > TOP && self.y + needed > BOTTOM && needed < BOTTOM - TOP {
            self.next_page();
        }
    }

    fn next_page(&mut self) {
        self.pages.push(Page::new());
        self.y = TOP;
    }

    fn draw(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    /// Draws a line whose space before it begins at `y`; gives where the next one begins.
    fn put(&mut self, set: Set, y: f32, node: usize) -> f32 {
        let top = y + set.before;
        for [left, above, width, height] in set.rules {
            self.draw(Item::Rule([left, top + above, width, height]));
        }
        if let Some(mut text) = set.text {
            text.y += top;
            text.node = Some(node);
            self.draw(Item::Text(text));
        }
        top + set.height + set.after
    }

    fn paragraph(&mut self, it: &Paragraph) {
        let role = if it.is_heading {
            Role::Heading
        } else {
            Role::Paragraph
        };
        let node = self.tags.add(Tags::ROOT, role);
        let set = self.set(std::slice::from_ref(it), LEFT, WIDTH);
        let count = set.len();
        for (place, mut line) in set.into_iter().enumerate() {
            // No line of a paragraph is left alone, neither at the foot of a page nor on the next one.
            let is_bound = count > 1 && (place == 0 || place + 2 == count) && count != 3
                || count == 3 && place == 0;
            let lines = if is_bound { 2.0 } else { 1.0 };
            if self.y > TOP && self.y + line.before + line.height * lines > BOTTOM + TOLERANCE {
                self.next_page();
            }
            if self.y <= TOP {
                line.before = 0.0;
            }
            self.y = self.put(line, self.y, node);
        }
    }

    /// Columns without rules; [`Flow::keep`] has seen to it that a row fits, if any page holds it.
    fn columns(&mut self, table: &Table) {
        for row in &table.rows {
            let height = self.row_height(table, row);
            if self.y > TOP && self.y + height > BOTTOM {
                self.next_page();
            }
            let cells = self.cells(table, row, Tags::ROOT, None);
            self.parts(cells, None);
        }
    }

    fn table(&mut self, table: &Table) {
        let node = self.tags.add(Tags::ROOT, Role::Table);
        let (headers, rows) = table.rows.split_at(table.headers.min(table.rows.len()));
        self.headers(table, headers, node, true);
        for row in rows {
            let height = self.row_height(table, row);
            if self.y > TOP && self.y + height > BOTTOM && height <= WHOLE_ROW {
                self.next_page();
                self.headers(table, headers, node, false);
            }
            let cells = self.cells(table, row, node, Some(Role::Cell));
            self.parts(cells, Some((table, headers)));
        }
        self.y += AFTER_TABLE;
    }

    /// The heads of the columns; repeated ones are no part of the structure.
    fn headers(&mut self, table: &Table, rows: &[Vec<Cell>], node: usize, is_first: bool) {
        for row in rows {
            let parent = if is_first { node } else { Tags::NOWHERE };
            let cells = self.cells(table, row, parent, Some(Role::HeaderCell));
            self.parts(cells, Some((table, &[])));
        }
    }

    /// The cells of a row, set, with their nodes.
    fn cells(
        &mut self,
        table: &Table,
        row: &[Cell],
        parent: usize,
        role: Option<Role>,
    ) -> Vec<Column> {
        let row_node = role.map_or(parent, |_| self.tags.add(parent, Role::Row));
        let padding = if table.is_ruled {
            points(CELL_PADDING)
        } else {
            0.0
        };
        let mut x = LEFT;
        let mut columns = Vec::new();
        for (width, cell) in table.columns.iter().zip(row) {
            let width = points(*width);
            let node = role.map_or(row_node, |role| self.tags.add(row_node, role));
            let set = self.set(cell, x + padding, width - 2.0 * padding);
            columns.push(Column {
                nodes: cell
                    .iter()
                    .map(|_| self.tags.add(node, Role::Paragraph))
                    .collect(),
                lines: set.into_iter().peekable(),
            });
            x += width;
        }
        columns
    }

    fn row_height(&self, table: &Table, row: &[Cell]) -> f32 {
        let padding = if table.is_ruled {
            points(CELL_PADDING)
        } else {
            0.0
        };
        let heights = table.columns.iter().zip(row).map(|(width, cell)| {
            let set = self.set(cell, 0.0, points(*width) - 2.0 * padding);
            set.iter().map(Set::total).sum::<f32>()
        });
        heights.fold(0.0, f32::max) + 2.0 * vertical(table.is_ruled)
    }

    /// Sets a row, on several pages where it must be: each takes of every cell as many lines as it holds.
    fn parts(&mut self, mut columns: Vec<Column>, ruled: Option<(&Table, &[Vec<Cell>])>) {
        let padding = vertical(ruled.is_some());
        loop {
            let top = self.y;
            let mut bottom = top;
            for column in &mut columns {
                let mut y = top + padding;
                let is_fresh = |y: f32| y <= TOP + HEADER_ROOM;
                while let Some(next) = column.lines.peek() {
                    let fits = y + next.before + next.height <= BOTTOM - padding + TOLERANCE;
                    if !fits && !is_fresh(y) {
                        break;
                    }
                    let Some(line) = column.lines.next() else {
                        break;
                    };
                    let node = column.nodes.get(line.paragraph).copied();
                    y = self.put(line, y, node.unwrap_or(Tags::NOWHERE));
                }
                bottom = bottom.max(y);
            }
            let is_done = columns.iter_mut().all(|it| it.lines.peek().is_none());
            self.y = bottom + padding;
            if let Some((table, _)) = ruled {
                self.borders(table, top, self.y);
            }
            if is_done {
                return;
            }
            self.next_page();
            if let Some((table, headers)) = ruled {
                self.headers(table, headers, Tags::NOWHERE, false);
            }
        }
    }

    fn borders(&mut self, table: &Table, top: f32, bottom: f32) {
        let mut x = LEFT;
        for width in &table.columns {
            let width = points(*width);
            self.draw(Item::Rule([x, top, width, bottom - top]));
            x += width;
        }
    }

    /// Page numbers from the second page on, and the fixed footer on all.
    fn edges(&mut self, footer: &[Paragraph]) {
        let foot = self.set(footer, LEFT, WIDTH);
        let height: f32 = foot.iter().map(Set::total).sum();
        let bottom = points(PAGE_HEIGHT) - points(MARGIN_EDGE);
        let mut numbers = Vec::new();
        for number in 1..=self.pages.len() {
            let spans = vec![span(number.to_string(), Face::Regular)];
            let number = Paragraph::new(Align::Centre, PAGE_NUMBER_SIZE, spans);
            numbers.push(self.set(&[number], LEFT, WIDTH));
        }
        for (place, (page, number)) in self.pages.iter_mut().zip(numbers).enumerate() {
            let number = if place == 0 { Vec::new() } else { number };
            for (set, start) in [(&number, points(MARGIN_EDGE)), (&foot, bottom - height)] {
                let mut y = start;
                for line in set {
                    if let Some(mut text) = line.text.clone() {
                        text.y += y;
                        page.push(Item::Text(text));
                    }
                    y += line.total();
                }
            }
        }
    }
}

/// A cell on its way onto pages.
struct Column {
    lines: std::iter::Peekable<std::vec::IntoIter<Set>>,
    /// Of its paragraphs.
    nodes: Vec<usize>,
}

fn points(twips: u32) -> f32 {
    twips as f32 / 20.0
}

/// Above and below what a cell says.
fn vertical(is_ruled: bool) -> f32 {
    if is_ruled { 2.0 } else { 0.0 }
}

const TOP: f32 = MARGIN_TOP as f32 / 20.0;
const BOTTOM: f32 = (PAGE_HEIGHT - MARGIN_BOTTOM) as f32 / 20.0;
const LEFT: f32 = MARGIN_LEFT as f32 / 20.0;
const WIDTH: f32 = TEXT_WIDTH as f32 / 20.0;
/// Between a box and its word.
const BOX_PADDING: f32 = 2.0;
/// A row up to this height is not broken.
const WHOLE_ROW: f32 = 240.0;
const AFTER_TABLE: f32 = 6.0;
/// Sums of lengths are a little off.
const TOLERANCE: f32 = 0.05;
/// A line is set here even if it does not fit: below the heads of a table there is no better place on any page.
const HEADER_ROOM: f32 = 120.0;
