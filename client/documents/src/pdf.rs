//! The back end for PDF 1.7: pages as [`crate::flow`] sets them, fonts embedded as subsets, text that can be extracted, tags.
//!
//! Every letter of a face has a CID of its own, so that what is extracted is what was written, also where two letters look the
//! same or the font lacks one and shows a box.

use std::collections::BTreeMap;

use pdf_writer::types::{ArtifactType, CidFontType, FontFlags, SystemInfo, TabOrder, UnicodeCmap};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use crate::flow::{Item, Page, Text, pages};
use crate::font::{Font, Fonts};
use crate::layout::{Face, PAGE_HEIGHT, PAGE_WIDTH, Sheet};
use crate::record::DocumentError;
use crate::tags::Tags;

pub(crate) fn write(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, DocumentError> {
    let (pages, mut tags) = pages(sheet, fonts);
    let letters = Letters::of(&pages);
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    let mut next = Ref::new(1);
    let [catalog, tree, info, structure] = [(); 4].map(|()| next.bump());
    let page_refs: Vec<Ref> = pages.iter().map(|_| next.bump()).collect();
    let mut font_refs = Vec::new();
    for (face, cids) in &letters.0 {
        let id = next.bump();
        write_font(&mut pdf, &mut next, id, (*face, cids), fonts.of(*face))?;
        font_refs.push((*face, id));
    }
    for (number, (page, id)) in pages.iter().zip(&page_refs).enumerate() {
        let content = Writer {
            content: Content::new(),
            fonts,
            letters: &letters,
        }
        .page(page, number, &mut tags);
        let stream = next.bump();
        pdf.stream(stream, &content);
        let mut page = pdf.page(*id);
        page.parent(tree)
            .media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
            .contents(stream)
            .struct_parents(i32::try_from(number).unwrap_or(i32::MAX))
            .tab_order(TabOrder::StructureOrder);
        let mut resources = page.resources();
        let mut named = resources.fonts();
        for (face, id) in &font_refs {
            named.pair(Name(name(*face)), *id);
        }
        named.finish();
        resources.finish();
        page.finish();
    }
    tags.write(&mut pdf, &mut next, &page_refs, structure);
    pdf.pages(tree)
        .kids(page_refs.iter().copied())
        .count(i32::try_from(page_refs.len()).unwrap_or(i32::MAX));
    pdf.document_info(info)
        .title(TextStr(&sheet.title))
        .producer(TextStr("thamvan"));
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr("vi-VN"));
    root.viewer_preferences().display_doc_title(true);
    root.mark_info().marked(true);
    root.pair(Name(b"StructTreeRoot"), structure);
    root.finish();
    Ok(pdf.finish())
}

/// The letters that each face shows, in their order, with their CIDs.
struct Letters(BTreeMap<Face, BTreeMap<char, u16>>);

impl Letters {
    fn of(pages: &[Page]) -> Self {
        let mut letters: BTreeMap<Face, BTreeMap<char, u16>> = BTreeMap::new();
        for item in pages.iter().flatten() {
            let Item::Text(text) = item else { continue };
            for span in &text.spans {
                let face = letters.entry(span.face).or_default();
                face.extend(span.text.chars().map(|c| (c, 0)));
            }
        }
        for face in letters.values_mut() {
            // CID 0 shows nothing: so do letters beyond the 65,535th, of which no text of ours has as many.
            for (cid, place) in (1..=u16::MAX).zip(face.values_mut()) {
                *place = cid;
            }
        }
        Self(letters)
    }

    fn encode(&self, text: &str, face: Face) -> Vec<u8> {
        let face = self.0.get(&face);
        let cid = |c| face.and_then(|it| it.get(&c)).copied().unwrap_or(0);
        text.chars().flat_map(|c| cid(c).to_be_bytes()).collect()
    }
}

/// Writes the content of a page.
struct Writer<'a> {
    content: Content,
    fonts: &'a Fonts,
    letters: &'a Letters,
}

impl Writer<'_> {
    fn page(mut self, page: &Page, number: usize, tags: &mut Tags) -> Vec<u8> {
        self.content.set_line_width(RULE_WIDTH);
        let mut rules: Vec<&[f32; 4]> = Vec::new();
        let mut open: Option<Option<usize>> = None;
        let mut contents = 0;
        for item in page {
            let text = match item {
                Item::Rule(rule) => {
                    rules.push(rule);
                    continue;
                }
                Item::Text(text) => text,
            };
            let node = text.node.filter(|node| tags.has(*node));
            if open != Some(node) {
                if open.is_some() {
                    self.content.end_marked_content();
                }
                open = Some(node);
                if let Some(node) = node {
                    let mut marked = self
                        .content
                        .begin_marked_content_with_properties(Name(b"P"));
                    marked.properties().identify(contents);
                    marked.finish();
                    tags.content(node, number, contents);
                    contents += 1;
                } else {
                    self.begin_artifact(ArtifactType::Pagination);
                }
            }
            self.text(text);
        }
        if open.is_some() {
            self.content.end_marked_content();
        }
        if !rules.is_empty() {
            self.begin_artifact(ArtifactType::Layout);
            for [x, y, width, height] in rules {
                if *height > 0.0 {
                    self.content.rect(*x, HEIGHT - y - height, *width, *height);
                } else {
                    self.content.move_to(*x, HEIGHT - y);
                    self.content.line_to(x + width, HEIGHT - y);
                }
            }
            self.content.stroke();
            self.content.end_marked_content();
        }
        self.content.finish().into_vec()
    }

    fn begin_artifact(&mut self, kind: ArtifactType) {
        let mut marked = self
            .content
            .begin_marked_content_with_properties(Name(b"Artifact"));
        marked.properties().artifact().kind(kind);
        marked.finish();
    }

    fn text(&mut self, text: &Text) {
        self.content.begin_text();
        let mut x = text.x;
        for span in &text.spans {
            self.content.set_font(Name(name(span.face)), text.size);
            let matrix = [1.0, 0.0, 0.0, 1.0, x, HEIGHT - text.y];
            self.content.set_text_matrix(matrix);
            let mut shown = self.content.show_positioned();
            let mut items = shown.items();
            let mut rest = span.text.as_str();
            while !rest.is_empty() {
                // Up to a space, and that: what a line is stretched by goes after it.
                let end = rest.find(' ').map_or(rest.len(), |place| place + 1);
                let (part, further) = rest.split_at(end);
                items.show(Str(&self.letters.encode(part, span.face)));
                if text.stretch > 0.0 && part.ends_with(' ') {
                    items.adjust(-text.stretch * 1000.0 / text.size);
                }
                rest = further;
            }
            items.finish();
            shown.finish();
            x += self.fonts.points(&span.text, span.face, text.size);
            x += text.stretch * span.text.matches(' ').count() as f32;
        }
        self.content.end_text();
    }
}

/// A composite font (ISO 32000-1, 9.7): its letters by CID, embedded as a TrueType subset.
fn write_font(
    pdf: &mut Pdf,
    next: &mut Ref,
    id: Ref,
    (face, cids): (Face, &BTreeMap<char, u16>),
    font: &Font,
) -> Result<(), DocumentError> {
    let [descendant, descriptor, file, cmap, glyphs] = [(); 5].map(|()| next.bump());
    let mut remapper = GlyphRemapper::new();
    let mut to_glyph = vec![0_u8; 2];
    let mut to_unicode = UnicodeCmap::<u16>::new(Name(b"Custom"), SYSTEM);
    let mut widths = Vec::new();
    for (c, cid) in cids.iter().filter(|(_, cid)| **cid > 0) {
        to_glyph.extend(remapper.remap(font.glyph(*c).0).to_be_bytes());
        to_unicode.pair(*cid, *c);
        widths.push(font.em(f32::from(font.advance(*c))) * 1000.0);
    }
    let subset = subsetter::subset(font.data, 0, &remapper).map_err(|_| DocumentError::Write)?;
    let base = base_font(face);
    pdf.type0_font(id)
        .base_font(Name(base))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(cmap);
    let mut cid_font = pdf.cid_font(descendant);
    cid_font
        .subtype(CidFontType::Type2)
        .base_font(Name(base))
        .system_info(SYSTEM)
        .font_descriptor(descriptor)
        .cid_to_gid_map_stream(glyphs);
    cid_font.widths().consecutive(1, widths);
    cid_font.finish();
    let bbox = font.ttf.global_bounding_box();
    let em = |units: i16| font.em(f32::from(units)) * 1000.0;
    let mut flags = FontFlags::SERIF | FontFlags::SYMBOLIC;
    flags.set(FontFlags::ITALIC, face.is_italic());
    pdf.font_descriptor(descriptor)
        .name(Name(base))
        .flags(flags)
        .bbox(Rect::new(
            em(bbox.x_min),
            em(bbox.y_min),
            em(bbox.x_max),
            em(bbox.y_max),
        ))
        .italic_angle(font.ttf.italic_angle())
        .ascent(em(font.ttf.ascender()))
        .descent(em(font.ttf.descender()))
        .cap_height(em(font.ttf.capital_height().unwrap_or(0)))
        .stem_v(if face.is_bold() { 140.0 } else { 80.0 })
        .font_file2(file);
    let length = i32::try_from(subset.len()).map_err(|_| DocumentError::Write)?;
    pdf.stream(file, &subset).pair(Name(b"Length1"), length);
    pdf.stream(glyphs, &to_glyph);
    pdf.cmap(cmap, &to_unicode.finish());
    Ok(())
}

/// Of the resource.
fn name(face: Face) -> &'static [u8] {
    match face {
        Face::Regular => b"R",
        Face::Bold => b"B",
        Face::Italic => b"I",
        Face::BoldItalic => b"BI",
    }
}

/// Of the font: a tag says that it is a subset.
fn base_font(face: Face) -> &'static [u8] {
    match face {
        Face::Regular => b"AAAAAA+LiberationSerif",
        Face::Bold => b"AAAAAB+LiberationSerif-Bold",
        Face::Italic => b"AAAAAC+LiberationSerif-Italic",
        Face::BoldItalic => b"AAAAAD+LiberationSerif-BoldItalic",
    }
}

const SYSTEM: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

const WIDTH: f32 = PAGE_WIDTH as f32 / 20.0;
const HEIGHT: f32 = PAGE_HEIGHT as f32 / 20.0;
const RULE_WIDTH: f32 = 0.5;
