//! The four faces of Liberation Serif, which has the measures of Times New Roman, and how wide letters are.

use ttf_parser::{Face as Ttf, GlyphId};

use crate::layout::{Face, PAGE_WIDTH, Span};

/// A face of the font.
pub(crate) struct Font {
    pub(crate) data: &'static [u8],
    pub(crate) ttf: Ttf<'static>,
}

/// All four.
pub(crate) struct Fonts([Font; 4]);

impl Fonts {
    /// Reads what is built in.
    pub(crate) fn load() -> Self {
        Self(Face::ALL.map(Font::load))
    }

    pub(crate) fn of(&self, face: Face) -> &Font {
        let [regular, bold, italic, bold_italic] = &self.0;
        match face {
            Face::Regular => regular,
            Face::Bold => bold,
            Face::Italic => italic,
            Face::BoldItalic => bold_italic,
        }
    }

    /// Points that `text` takes at `size` half-points.
    pub(crate) fn width(&self, text: &str, face: Face, size: u16) -> f32 {
        self.points(text, face, f32::from(size) / 2.0)
    }

    /// Points that `text` takes at `size` points.
    pub(crate) fn points(&self, text: &str, face: Face, size: f32) -> f32 {
        let font = self.of(face);
        font.em(font.units(text) as f32) * size
    }

    /// Twips that spans take in one line; the width of a page where they take more.
    pub(crate) fn length(&self, spans: &[Span], size: u16) -> u32 {
        let twips = spans.iter().map(|it| {
            let font = self.of(it.face);
            font.units(&it.text) * u64::from(size) * 10 / u64::from(font.ttf.units_per_em())
        });
        u32::try_from(twips.sum::<u64>()).map_or(PAGE_WIDTH, |twips| twips.min(PAGE_WIDTH))
    }
}

impl Font {
    fn load(face: Face) -> Self {
        let data: &'static [u8] = match face {
            Face::Regular => include_bytes!("../fonts/LiberationSerif-Regular.ttf"),
            Face::Bold => include_bytes!("../fonts/LiberationSerif-Bold.ttf"),
            Face::Italic => include_bytes!("../fonts/LiberationSerif-Italic.ttf"),
            Face::BoldItalic => include_bytes!("../fonts/LiberationSerif-BoldItalic.ttf"),
        };
        let ttf = Ttf::parse(data, 0).unwrap_or_else(|_| unreachable!("a built-in font parses"));
        Self { data, ttf }
    }

    /// The glyph of a letter; a box for those that the font lacks.
    pub(crate) fn glyph(&self, c: char) -> GlyphId {
        self.ttf
            .glyph_index(c)
            .or_else(|| self.ttf.glyph_index(MISSING))
            .unwrap_or_default()
    }

    /// How far a letter goes, in the font's units.
    pub(crate) fn advance(&self, c: char) -> u16 {
        self.ttf.glyph_hor_advance(self.glyph(c)).unwrap_or(0)
    }

    fn units(&self, text: &str) -> u64 {
        text.chars().map(|c| u64::from(self.advance(c))).sum()
    }

    /// From the font's units.
    pub(crate) fn em(&self, units: f32) -> f32 {
        units / f32::from(self.ttf.units_per_em())
    }

    /// A line's height over its baseline and in all, in ems.
    pub(crate) fn line(&self) -> (f32, f32) {
        let ascent = f32::from(self.ttf.ascender());
        let descent = f32::from(self.ttf.descender());
        let gap = f32::from(self.ttf.line_gap());
        (self.em(ascent), self.em(ascent - descent + gap))
    }
}

/// Stands for a letter that the font lacks.
const MISSING: char = '\u{25a1}';
