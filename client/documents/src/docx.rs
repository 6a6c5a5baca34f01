//! The back end for DOCX (ISO/IEC 29500, WordprocessingML): stored files in a zip, written without a clock.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::layout::{
    Align, Block, CELL_PADDING, Cell, Frame, MARGIN_BOTTOM, MARGIN_EDGE, MARGIN_LEFT, MARGIN_RIGHT,
    MARGIN_TOP, PAGE_HEIGHT, PAGE_NUMBER_SIZE, PAGE_WIDTH, Paragraph, Sheet, Span, Table,
};
use crate::record::DocumentError;
use crate::xml::Xml;

pub(crate) fn write(sheet: &Sheet) -> Result<Vec<u8>, DocumentError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in [
        ("[Content_Types].xml", CONTENT_TYPES.as_bytes().to_vec()),
        ("_rels/.rels", RELATIONS.as_bytes().to_vec()),
        ("docProps/core.xml", core(sheet)),
        ("word/document.xml", document(sheet)),
        (
            "word/_rels/document.xml.rels",
            DOCUMENT_RELATIONS.as_bytes().to_vec(),
        ),
        ("word/styles.xml", STYLES.as_bytes().to_vec()),
        ("word/settings.xml", SETTINGS.as_bytes().to_vec()),
        ("word/header-first.xml", header(false)),
        ("word/header.xml", header(true)),
        ("word/footer-first.xml", footer(sheet)),
        ("word/footer.xml", footer(sheet)),
    ] {
        zip.start_file(path, options)
            .map_err(|_| DocumentError::Write)?;
        zip.write_all(&bytes).map_err(|_| DocumentError::Write)?;
    }
    let written = zip.finish().map_err(|_| DocumentError::Write)?;
    Ok(written.into_inner())
}

fn document(sheet: &Sheet) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.element("w:document", &[WORD, RELATION], |xml| {
        xml.element("w:body", &[], |xml| {
            for block in &sheet.blocks {
                match block {
                    Block::Paragraph(it) => paragraph(xml, it),
                    Block::Table(it) => table(xml, it),
                }
            }
            section(xml);
        });
    });
    xml.into_bytes()
}

fn section(xml: &mut Xml) {
    xml.element("w:sectPr", &[], |xml| {
        for (name, kind, id) in [
            ("w:headerReference", "first", "rId2"),
            ("w:headerReference", "default", "rId3"),
            ("w:footerReference", "first", "rId4"),
            ("w:footerReference", "default", "rId5"),
        ] {
            xml.empty(name, &[("w:type", kind), ("r:id", id)]);
        }
        let (width, height) = (PAGE_WIDTH.to_string(), PAGE_HEIGHT.to_string());
        xml.empty("w:pgSz", &[("w:w", &width), ("w:h", &height)]);
        let edge = MARGIN_EDGE.to_string();
        xml.empty(
            "w:pgMar",
            &[
                ("w:top", &MARGIN_TOP.to_string()),
                ("w:right", &MARGIN_RIGHT.to_string()),
                ("w:bottom", &MARGIN_BOTTOM.to_string()),
                ("w:left", &MARGIN_LEFT.to_string()),
                ("w:header", &edge),
                ("w:footer", &edge),
                ("w:gutter", "0"),
            ],
        );
        xml.empty("w:pgNumType", &[("w:start", "1")]);
        xml.empty("w:titlePg", &[]);
    });
}

fn table(xml: &mut Xml, table: &Table) {
    xml.element("w:tbl", &[], |xml| {
        let width: u32 = table.columns.iter().sum();
        xml.element("w:tblPr", &[], |xml| {
            xml.empty("w:tblW", &[("w:w", &width.to_string()), ("w:type", "dxa")]);
            if table.is_ruled {
                xml.element("w:tblBorders", &[], |xml| {
                    for side in ["top", "left", "bottom", "right", "insideH", "insideV"] {
                        border(xml, side, "0");
                    }
                });
            }
            xml.empty("w:tblLayout", &[("w:type", "fixed")]);
            let padding = if table.is_ruled { CELL_PADDING } else { 0 }.to_string();
            xml.element("w:tblCellMar", &[], |xml| {
                let above = if table.is_ruled { CELL_ABOVE } else { 0 }.to_string();
                for (side, width) in [
                    ("w:top", &above),
                    ("w:left", &padding),
                    ("w:bottom", &above),
                    ("w:right", &padding),
                ] {
                    xml.empty(side, &[("w:w", width), ("w:type", "dxa")]);
                }
            });
        });
        xml.element("w:tblGrid", &[], |xml| {
            for column in &table.columns {
                xml.empty("w:gridCol", &[("w:w", &column.to_string())]);
            }
        });
        for (place, cells) in table.rows.iter().enumerate() {
            xml.element("w:tr", &[], |xml| {
                xml.element("w:trPr", &[], |xml| {
                    if !table.is_ruled || place < table.headers || is_short(cells) {
                        xml.empty("w:cantSplit", &[]);
                    }
                    if place < table.headers {
                        xml.empty("w:tblHeader", &[]);
                    }
                });
                for (column, cell) in table.columns.iter().zip(cells) {
                    xml.element("w:tc", &[], |xml| {
                        xml.element("w:tcPr", &[], |xml| {
                            let width = column.to_string();
                            xml.empty("w:tcW", &[("w:w", &width), ("w:type", "dxa")]);
                        });
                        cell.iter().for_each(|it| paragraph(xml, it));
                        if cell.is_empty() {
                            xml.empty("w:p", &[]);
                        }
                    });
                }
            });
        }
    });
}

/// Whether a row can stay on one page.
fn is_short(cells: &[Cell]) -> bool {
    cells.iter().all(|cell| {
        let spans = cell.iter().flat_map(|it| &it.spans);
        spans.map(|it| it.text.len()).sum::<usize>() <= SHORT_LEN
    })
}

fn paragraph(xml: &mut Xml, it: &Paragraph) {
    xml.element("w:p", &[], |xml| {
        xml.element("w:pPr", &[], |xml| properties(xml, it));
        for span in &it.spans {
            run(xml, span, it.size, |xml| {
                xml.element("w:t", &[("xml:space", "preserve")], |xml| {
                    xml.text(&span.text);
                });
            });
        }
    });
}

/// In the order that the schema demands.
fn properties(xml: &mut Xml, it: &Paragraph) {
    if it.keeps_with_next {
        xml.empty("w:keepNext", &[]);
    }
    xml.empty("w:widowControl", &[]);
    let sides: &[&str] = match it.frame {
        Frame::None => &[],
        Frame::Rule => &["top"],
        Frame::Box => &["top", "left", "bottom", "right"],
    };
    if !sides.is_empty() {
        let space = if it.frame == Frame::Box { "2" } else { "0" };
        xml.element("w:pBdr", &[], |xml| {
            sides.iter().for_each(|side| border(xml, side, space));
        });
    }
    let (line, rule) = match it.frame {
        Frame::Rule => (u32::from(it.size) * 10, "exact"),
        Frame::None | Frame::Box => (it.line, "auto"),
    };
    xml.empty(
        "w:spacing",
        &[
            ("w:before", &it.before.to_string()),
            ("w:after", &it.after.to_string()),
            ("w:line", &line.to_string()),
            ("w:lineRule", rule),
        ],
    );
    let (left, right) = it.indent;
    xml.empty(
        "w:ind",
        &[
            ("w:left", &left.to_string()),
            ("w:right", &right.to_string()),
            ("w:firstLine", &it.first_line.to_string()),
        ],
    );
    xml.value(
        "w:jc",
        match it.align {
            Align::Left => "left",
            Align::Centre => "center",
            Align::Justified => "both",
        },
    );
    if it.is_heading {
        xml.value("w:outlineLvl", "0");
    }
    if it.spans.is_empty() {
        xml.element("w:rPr", &[], |xml| size(xml, it.size));
    }
}

fn run(xml: &mut Xml, span: &Span, half_points: u16, inner: impl FnOnce(&mut Xml)) {
    xml.element("w:r", &[], |xml| {
        xml.element("w:rPr", &[], |xml| {
            fonts(xml);
            if span.face.is_bold() {
                xml.empty("w:b", &[]);
                xml.empty("w:bCs", &[]);
            }
            if span.face.is_italic() {
                xml.empty("w:i", &[]);
                xml.empty("w:iCs", &[]);
            }
            size(xml, half_points);
        });
        inner(xml);
    });
}

fn fonts(xml: &mut Xml) {
    let sides = ["w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"];
    xml.empty("w:rFonts", &sides.map(|side| (side, FONT)));
}

fn size(xml: &mut Xml, half_points: u16) {
    let size = half_points.to_string();
    xml.value("w:sz", &size);
    xml.value("w:szCs", &size);
}

fn border(xml: &mut Xml, side: &str, space: &str) {
    xml.empty(
        &format!("w:{side}"),
        &[
            ("w:val", "single"),
            ("w:sz", "4"),
            ("w:space", space),
            ("w:color", "000000"),
        ],
    );
}

/// The page number, in the middle of the top margin; none on the first page.
fn header(is_numbered: bool) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.element("w:hdr", &[WORD, RELATION], |xml| {
        xml.element("w:p", &[], |xml| {
            xml.element("w:pPr", &[], |xml| xml.value("w:jc", "center"));
            if is_numbered {
                xml.element("w:fldSimple", &[("w:instr", " PAGE ")], |xml| {
                    xml.element("w:r", &[], |xml| {
                        xml.element("w:rPr", &[], |xml| {
                            fonts(xml);
                            size(xml, PAGE_NUMBER_SIZE);
                        });
                        xml.element("w:t", &[], |xml| xml.text("2"));
                    });
                });
            }
        });
    });
    xml.into_bytes()
}

fn footer(sheet: &Sheet) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.element("w:ftr", &[WORD, RELATION], |xml| {
        sheet.footer.iter().for_each(|it| paragraph(xml, it));
    });
    xml.into_bytes()
}

fn core(sheet: &Sheet) -> Vec<u8> {
    let mut xml = Xml::new();
    let names = [
        (
            "xmlns:cp",
            "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
        ),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ];
    xml.element("cp:coreProperties", &names, |xml| {
        xml.element("dc:title", &[], |xml| xml.text(&sheet.title));
        xml.element("dc:language", &[], |xml| xml.text("vi-VN"));
    });
    xml.into_bytes()
}

/// Twips above and below what a cell of a ruled table says.
const CELL_ABOVE: u32 = 40;

/// Bytes of the longest cell in a row that is not broken.
const SHORT_LEN: usize = 600;

/// The font of Decree 30/2020/NĐ-CP.
const FONT: &str = "Times New Roman";

const WORD: (&str, &str) = (
    "xmlns:w",
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
);

const RELATION: (&str, &str) = (
    "xmlns:r",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
);

const CONTENT_TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="xml" ContentType="application/xml"/>"#,
    r#"<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>"#,
    r#"<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>"#,
    r#"<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>"#,
    r#"<Override PartName="/word/header-first.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>"#,
    r#"<Override PartName="/word/header.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>"#,
    r#"<Override PartName="/word/footer-first.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>"#,
    r#"<Override PartName="/word/footer.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>"#,
    r#"<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>"#,
    r#"</Types>"#
);

const RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>"#,
    r#"</Relationships>"#
);

const DOCUMENT_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header-first.xml"/>"#,
    r#"<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header.xml"/>"#,
    r#"<Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer-first.xml"/>"#,
    r#"<Relationship Id="rId5" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer.xml"/>"#,
    r#"<Relationship Id="rId6" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings" Target="settings.xml"/>"#,
    r#"</Relationships>"#
);

/// Word sets the file as its versions since 2013 do: the rules of a table stand at the edges of the text.
const SETTINGS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:compat>"#,
    r#"<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>"#,
    r#"</w:compat></w:settings>"#
);

const STYLES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr>"#,
    r#"<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>"#,
    r#"<w:color w:val="000000"/><w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/>"#,
    r#"</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"#,
    r#"<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>"#
);
