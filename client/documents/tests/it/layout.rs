//! The measures of Decree 30/2020/NĐ-CP, read from the files.

use thamvan_documents::{FOOTER, TECHNICAL, documents};

use crate::read::{Pdf, in_order, part, texts};
use crate::sample::{file, sample};

/// Twips of a millimetre.
const MM: f64 = 1440.0 / 25.4;

/// An attribute of the first such element, as a number.
fn number(xml: &str, element: &str, attribute: &str) -> f64 {
    let start = xml.find(&format!("<{element} ")).unwrap();
    let tag = xml[start..].split('>').next().unwrap();
    let value = tag.split(&format!(" {attribute}=\"")).nth(1).unwrap();
    value.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn f4_every_docx_is_a4_portrait_with_the_margins_of_the_decree() {
    for file in documents(&sample()).unwrap() {
        if file.name.ends_with(".pdf") {
            continue;
        }
        let document = part(&file.bytes, "word/document.xml");
        let (width, height) = (
            number(&document, "w:pgSz", "w:w"),
            number(&document, "w:pgSz", "w:h"),
        );
        assert!((width / MM - 210.0).abs() < 0.1 && (height / MM - 297.0).abs() < 0.1);
        for (side, least, most) in [
            ("w:top", 20.0, 25.0),
            ("w:bottom", 20.0, 25.0),
            ("w:left", 30.0, 35.0),
            ("w:right", 15.0, 20.0),
        ] {
            let margin = number(&document, "w:pgMar", side) / MM;
            assert!(
                (least - 0.05..=most + 0.05).contains(&margin),
                "{side} {margin}"
            );
        }
        assert!(!document.contains("landscape"));
    }
}

#[test]
fn f4_every_docx_names_times_new_roman_and_no_other_font() {
    for file in documents(&sample()).unwrap() {
        if file.name.ends_with(".pdf") {
            continue;
        }
        for name in [
            "word/document.xml",
            "word/styles.xml",
            "word/header.xml",
            "word/footer.xml",
        ] {
            let xml = part(&file.bytes, name);
            let mut named = xml.split("w:ascii=\"").skip(1).peekable();
            assert!(named.peek().is_some(), "{name}");
            assert!(
                named.all(|it| it.starts_with("Times New Roman\"")),
                "{name}"
            );
        }
    }
}

/// Size in half-points and faces of the run that says `text`.
fn run(document: &str, text: &str) -> (f64, bool, bool) {
    let at = document.find(text).unwrap_or_else(|| panic!("no {text}"));
    let start = document[..at].rfind("<w:r>").unwrap();
    let run = &document[start..at];
    (
        number(run, "w:sz", "w:val"),
        run.contains("<w:b/>"),
        run.contains("<w:i/>"),
    )
}

#[test]
fn f4_sizes_and_faces_are_those_of_the_decree() {
    let minutes = part(&file(&sample(), "bien-ban.docx"), "word/document.xml");
    let letter = part(&file(&sample(), "cong-van.docx"), "word/document.xml");
    for (document, text, sizes, bold, italic) in [
        (
            &minutes,
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            24.0..=26.0,
            true,
            false,
        ),
        (
            &minutes,
            "Độc lập - Tự do - Hạnh phúc",
            26.0..=28.0,
            true,
            false,
        ),
        (&minutes, "BỘ NGOẠI GIAO", 24.0..=26.0, true, false),
        (&minutes, "Số:      /BB-BNG", 26.0..=26.0, false, false),
        (&minutes, "Hà Nội, ngày", 26.0..=28.0, false, true),
        (
            &minutes,
            "BIÊN BẢN THAM VẤN NHANH",
            26.0..=28.0,
            true,
            false,
        ),
        (&minutes, "HỎA TỐC", 26.0..=28.0, true, false),
        (&minutes, "Đa số cơ quan", 26.0..=28.0, false, false),
        (&minutes, "CHỦ TỌA", 26.0..=28.0, true, false),
        (&letter, "V/v tham vấn nhanh", 24.0..=26.0, false, false),
        (&letter, "Nơi nhận:", 24.0..=24.0, true, true),
        (&letter, "Lưu: VT, …", 22.0..=22.0, false, false),
    ] {
        let (size, is_bold, is_italic) = run(document, text);
        assert!(sizes.contains(&size), "{text}: {size}");
        assert_eq!((is_bold, is_italic), (bold, italic), "{text}");
    }
    let at = minutes.find("Đa số cơ quan").unwrap();
    let body = &minutes[minutes[..at].rfind("<w:p>").unwrap()..at];
    assert!(body.contains("<w:jc w:val=\"both\"/>"), "justified");
    let first_line = number(body, "w:ind", "w:firstLine") / MM;
    assert!((9.9..=12.8).contains(&first_line));
    assert!(number(body, "w:spacing", "w:after") >= 120.0, "6 pt");
    assert!((240.0..=360.0).contains(&number(body, "w:spacing", "w:line")));
}

#[test]
fn f4_pages_are_numbered_in_the_top_margin_from_the_second_one() {
    let minutes = file(&sample(), "bien-ban.docx");
    let document = part(&minutes, "word/document.xml");
    assert!(document.contains("<w:titlePg/>"));
    assert!(!part(&minutes, "word/header-first.xml").contains("PAGE"));
    let header = part(&minutes, "word/header.xml");
    assert!(header.contains("w:instr=\" PAGE \"") && header.contains("<w:jc w:val=\"center\"/>"));
    let bytes = file(&sample(), "bien-ban.pdf");
    let pages = Pdf::open(&bytes).pages();
    assert!(pages.len() > 1);
    for (place, page) in pages.iter().enumerate() {
        let number = (place + 1).to_string();
        assert_eq!(page.lines().any(|line| line == number), place > 0, "{page}");
    }
}

#[test]
fn f4_every_pdf_is_a4_with_all_its_fonts_embedded() {
    for file in documents(&sample()).unwrap() {
        if file.name.ends_with(".docx") {
            continue;
        }
        let pdf = Pdf::open(&file.bytes);
        for page in pdf.page_numbers() {
            assert!(pdf.dict(page).contains("/MediaBox [0 0 595.3 841.9]"));
        }
        let dicts = pdf.dicts();
        let of = |kind: &str| {
            let kind = format!("/Type /{kind}\n");
            let found: Vec<&String> = dicts.iter().filter(|it| it.contains(&kind)).collect();
            assert!(!found.is_empty(), "{kind}");
            found
        };
        for font in of("FontDescriptor") {
            assert!(
                font.contains("/FontFile2 ") && font.contains("+LiberationSerif"),
                "{font}"
            );
        }
        for font in of("Font")
            .iter()
            .filter(|it| it.contains("/Subtype /Type0"))
        {
            assert!(font.contains("/ToUnicode "), "{font}");
        }
        let catalog = of("Catalog");
        assert!(catalog[0].contains("/StructTreeRoot") && catalog[0].contains("/Lang (vi-VN)"));
    }
}

#[test]
fn f4_the_text_of_every_pdf_stands_in_the_order_of_reading() {
    let texts = texts(&sample());
    for (name, text) in texts.iter().filter(|(name, _)| name.ends_with(".pdf")) {
        let heading = [
            "BỘ NGOẠI GIAO",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
        ];
        in_order(text, &[&heading[..], &["Tham chiếu hệ thống"]].concat());
        assert!(text.contains("Hà Nội, ngày 05 tháng 02 năm 2026"), "{name}");
    }
    let minutes = [
        "BIÊN BẢN THAM VẤN NHANH",
        "Thời gian bắt đầu: 08 giờ 05 phút, ngày 05 tháng 02 năm 2026",
        "Thời gian kết thúc: 16 giờ 05 phút",
        "I. THÀNH PHẦN",
        "Phái đoàn Việt Nam tại ASEAN",
        "II. NỘI DUNG THAM VẤN",
        "III. Ý KIẾN CỦA CÁC CƠ QUAN",
        "IV. KẾT LUẬN THAM VẤN",
        "V. Ý KIẾN KHÁC (NGUYÊN VĂN)",
        "THƯ KÝ",
        "CHỦ TỌA",
    ];
    in_order(&texts["bien-ban.pdf"], &minutes);
    in_order(&texts["bien-ban.docx"], &minutes);
}

#[test]
fn r5_6_4_the_fixed_footer_stands_on_every_page() {
    for file in documents(&sample()).unwrap() {
        if file.name.ends_with(".pdf") {
            for page in Pdf::open(&file.bytes).pages() {
                assert!(page.contains(FOOTER) && page.contains(TECHNICAL), "{page}");
            }
        } else {
            for footer in ["word/footer.xml", "word/footer-first.xml"] {
                let footer = part(&file.bytes, footer);
                assert!(footer.contains(FOOTER) && footer.contains(TECHNICAL));
            }
        }
    }
}
