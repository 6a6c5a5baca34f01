//! What nobody would write, and what somebody might.

use thamvan_documents::limits::{OPINIONS_MAX, RECORD_LEN_MAX, SEATS_MAX};
use thamvan_documents::{DocumentError, documents};
use thamvan_proto::consultation::Position;

use crate::read::{Pdf, docx_text, part, texts};
use crate::sample::{OPENED, file, opinion, sample, seat};

#[test]
fn the_same_record_makes_the_same_bytes() {
    assert_eq!(documents(&sample()).unwrap(), documents(&sample()).unwrap());
    let mut other = sample();
    other.title.push('!');
    assert_ne!(documents(&sample()).unwrap(), documents(&other).unwrap());
}

#[test]
fn text_cannot_leave_its_paragraph_nor_turn_nor_hide() {
    let mut record = sample();
    record.title =
        "</w:t></w:r></w:p><w:p>\u{0}\u{202e}đảo\u{202c}\u{200b}\u{feff}\u{7}\r\nhai".into();
    record.question = "a & b <c> \"d\" 'e' ]]> \u{1b}[31m\u{fffe}\u{ffff}\u{e0041}".into();
    record.lead = "<Bộ>\u{2067}".into();
    for file in documents(&record).unwrap() {
        if file.name.ends_with(".docx") {
            let xml = part(&file.bytes, "word/document.xml");
            assert_eq!(
                xml.matches("<w:p>").count() + xml.matches("<w:p/>").count(),
                xml.matches("</w:p>").count() + xml.matches("<w:p/>").count()
            );
            assert!(xml.contains("&lt;/w:t&gt;&lt;/w:r&gt;"));
        }
    }
    for (name, text) in texts(&record) {
        let unwanted = |c: char| {
            (c.is_control() && c != '\n')
                || ('\u{200b}'..='\u{200f}').contains(&c)
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
                || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0041}')
        };
        assert!(!text.contains(unwanted), "{name}");
        assert!(
            text.contains('\u{fffd}'),
            "{name}: what stood there is told"
        );
        assert!(text.contains("a & b <c> \"d\" 'e' ]]>"), "{name}");
    }
}

#[test]
fn vietnamese_is_composed_whatever_way_it_was_typed() {
    let composed = "Kiến nghị của Bộ Kế hoạch: Ắ ằ Ẳ ẵ Ặ Ế ề Ể ễ Ệ Ố ồ Ổ ỗ Ộ Ớ ờ Ở ỡ Ợ Ứ ừ Ử ữ Ự Ỳ ỷ Ỹ ỵ Đ đ ĩ ũ";
    let mut record = sample();
    record.reason = unicode_normalization::UnicodeNormalization::nfd(composed).collect();
    assert_ne!(record.reason, composed);
    for (name, text) in texts(&record)
        .iter()
        .filter(|(name, _)| !name.starts_with("bang"))
    {
        assert!(text.contains(composed), "{name}");
    }
}

#[test]
fn letters_that_the_font_lacks_are_still_extracted() {
    let mut record = sample();
    record.question = "ภาษาไทย 漢字 🇻🇳 ﷽ မြန်မာ".into();
    let pdf = file(&record, "bien-ban.pdf");
    let text = Pdf::open(&pdf).pages().join(" ");
    assert!(text.contains("ภาษาไทย 漢字 🇻🇳"), "{text}");
}

#[test]
fn a_thousand_opinions_and_a_word_without_end_are_set() {
    let mut record = sample();
    let text = "Nhất trí với dự thảo; đề nghị làm rõ nguồn lực. ".repeat(40);
    record.seats = (0..SEATS_MAX)
        .map(|place| {
            let said = opinion(Position::AgreeWithComments, Some(&text), OPENED + 1);
            seat(&format!("Cơ quan {place}"), vec![said])
        })
        .collect();
    record.question = "x".repeat(20_000);
    record.title = "Một trích yếu rất dài ".repeat(400);
    for file in documents(&record).unwrap() {
        if file.name == "bang-tong-hop-y-kien.pdf" {
            let pages = Pdf::open(&file.bytes).pages();
            assert!(pages.len() > 300, "{}", pages.len());
            let last = pages
                .iter()
                .position(|page| page.contains("Cơ quan 1023"))
                .unwrap();
            assert!(
                pages[last].starts_with("TT\nCơ quan\n"),
                "the heads are repeated"
            );
        }
        if file.name == "bang-tong-hop-y-kien.docx" {
            assert_eq!(
                docx_text(&file.bytes).matches(text.trim()).count(),
                SEATS_MAX
            );
        }
    }
}

#[test]
fn a_cell_that_no_page_holds_goes_on_upon_the_next_ones() {
    let mut record = sample();
    let text: String = (0..4000).map(|number| format!("w{number} ")).collect();
    record.seats[0].opinions[0].text = Some(text.clone());
    let pdf = file(&record, "bang-tong-hop-y-kien.pdf");
    let said = Pdf::open(&pdf).pages().join("\n");
    let mut words = said.split_whitespace();
    for wanted in text.split_whitespace() {
        assert!(
            words.any(|word| word == wanted),
            "{wanted} is missing or out of order"
        );
    }
}

#[test]
fn empty_texts_and_no_seats_are_no_trouble() {
    let mut record = sample();
    record.seats.clear();
    for text in [
        &mut record.title,
        &mut record.question,
        &mut record.reason,
        &mut record.lead,
        &mut record.place,
    ] {
        text.clear();
    }
    (record.opened, record.as_of, record.deadline) = (0, u64::MAX, u64::MAX);
    record.system.entries = vec![u64::MAX, u64::MAX];
    assert_eq!(documents(&record).unwrap().len(), 8);
}

#[test]
fn what_is_beyond_a_limit_is_refused() {
    let mut long = sample();
    long.question = "x".repeat(RECORD_LEN_MAX);
    let mut seats = sample();
    seats.seats = vec![seat("Bộ", Vec::new()); SEATS_MAX + 1];
    let mut opinions = sample();
    opinions.seats[0].opinions = vec![opinion(Position::Agree, None, 1); OPINIONS_MAX + 1];
    for (record, wanted) in [
        (long, "bytes of text"),
        (seats, "seats"),
        (opinions, "opinions"),
    ] {
        let refused = documents(&record).unwrap_err();
        assert!(
            matches!(refused, DocumentError::TooLong { what, .. } if what == wanted),
            "{refused}"
        );
    }
}
