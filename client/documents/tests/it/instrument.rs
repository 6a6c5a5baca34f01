//! Documents about a treaty, an agreement or an instrument in the name of ASEAN (rules R9.1, W1), and the official letter (R5.6-5).

use std::collections::BTreeMap;

use thamvan_documents::{LETTER, Outcome, PERIOD, Record, notice, period};
use thamvan_proto::consultation::{Instrument, Letter, LetterStatus};

use crate::read::{in_order, part, texts};
use crate::sample::{HOUR, OPENED, file, of_instrument, sample};

const NAMES: [&str; 4] = [
    "phieu-lay-y-kien",
    "bang-tong-hop-y-kien",
    "bien-ban",
    "cong-van",
];

fn open(mut record: Record) -> Record {
    record.outcome = Outcome::Open;
    record.as_of = OPENED + 3 * HOUR;
    record
}

/// All documents in both formats.
fn each(texts: &BTreeMap<String, String>) -> impl Iterator<Item = (String, &String)> {
    let names = NAMES
        .iter()
        .flat_map(|name| [format!("{name}.docx"), format!("{name}.pdf")]);
    names.map(|name| {
        let text = &texts[&name];
        (name, text)
    })
}

/// Words that a PDF may break over lines.
fn says(text: &str, words: &str) -> bool {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.contains(words)
}

#[test]
fn r9_1_every_document_says_first_that_the_procedure_in_writing_applies() {
    for instrument in Instrument::ALL {
        let record = of_instrument(*instrument);
        for record in [open(record.clone()), record] {
            for (name, text) in each(&texts(&record)) {
                let notice = notice(*instrument);
                assert!(says(text, &notice), "{name}: {text}");
                in_order(
                    text,
                    &["Độc lập - Tự do - Hạnh phúc", "chỉ để chuẩn bị", "Căn cứ"],
                );
            }
        }
    }
    for (name, text) in each(&texts(&sample())) {
        assert!(!says(text, "thủ tục bằng văn bản"), "{name}");
        assert!(!says(text, PERIOD) && !says(text, LETTER), "{name}");
    }
}

#[test]
fn r9_1_no_letter_about_an_instrument_answers() {
    for instrument in Instrument::ALL {
        let record = of_instrument(*instrument);
        for record in [open(record.clone()), record] {
            for (name, text) in each(&texts(&record)) {
                let lower = text.to_lowercase();
                for never in ["công văn trả lời", "v/v trả lời", "v/v tham vấn nhanh"] {
                    assert!(!says(&lower, never), "{name}: {never}");
                }
            }
            let letter = texts(&record)["cong-van.docx"].clone();
            assert!(letter.contains("V/v lấy ý kiến để chuẩn bị "), "{letter}");
            assert!(letter.contains("cho ý kiến bằng văn bản về nội dung sau"));
            let title = part(&file(&record, "cong-van.docx"), "docProps/core.xml");
            assert!(title.contains("Dự thảo công văn lấy ý kiến: "), "{title}");
        }
    }
}

#[test]
fn w1_the_last_day_of_the_law_stands_beside_the_deadline() {
    let treaty = of_instrument(Instrument::Treaty);
    for (name, text) in each(&texts(&treaty)) {
        let line = "10 ngày, khoản 2 Điều 9 Luật Điều ước quốc tế (Luật số 108/2016/QH13, sửa đổi bởi Luật số 137/2025/QH15) (đã đối chiếu văn bản); ngày cuối cùng là 30/11/2026";
        let wanted = [
            "Ngày nhận đủ hồ sơ: 20/11/2026".to_owned(),
            format!("{PERIOD}: {line}"),
            format!("{LETTER}: chưa gửi, sẽ gửi"),
        ];
        for wanted in wanted {
            assert!(says(text, &wanted), "{name}: {wanted}: {text}");
        }
        in_order(text, &["ạn trả lời", "Thời hạn luật định"]);
    }
    let agreement = of_instrument(Instrument::Agreement);
    assert!(
        texts(&agreement)["bien-ban.docx"].contains("7 ngày làm việc, Luật Thỏa thuận quốc tế (Luật số 70/2020/QH14) (chưa xác minh); ngày cuối cùng là 30/11/2026")
    );
    // Of the third no number of days is known, which is said.
    let named = of_instrument(Instrument::AseanName);
    let line = "theo Quyết định số 26/2024/QĐ-TTg; số ngày chưa xác minh";
    assert_eq!(period(&named.procedure.unwrap()), line);
    let said = &texts(&named)["bien-ban.docx"];
    assert!(said.contains(&format!("{PERIOD}: {line}")));
    assert!(said.contains("Ngày nhận đủ hồ sơ: 20/11/2026"));
}

#[test]
fn w1_a_dossier_that_has_not_come_sets_no_last_day() {
    let mut record = of_instrument(Instrument::Treaty);
    record.procedure.as_mut().unwrap().last_day = None;
    record.letter.as_mut().unwrap().dossier = None;
    for (name, text) in each(&texts(&record)) {
        assert!(says(text, "Ngày nhận đủ hồ sơ: chưa ghi"), "{name}");
        assert!(says(text, "; chưa ghi ngày nhận đủ hồ sơ"), "{name}");
        assert!(!says(text, "ngày cuối cùng là"), "{name}");
    }
}

#[test]
fn r5_6_5_the_letter_is_named_by_its_number_where_there_is_one() {
    let mut record = sample();
    for (status, number, said) in [
        (LetterStatus::None, "", "không có"),
        (LetterStatus::WillFollow, "", "chưa gửi, sẽ gửi"),
        (
            LetterStatus::Sent,
            "120/BNG-AP ngày\u{202e} 27/11/2026",
            "120/BNG-AP ngày\u{fffd} 27/11/2026",
        ),
    ] {
        record.letter = Some(Letter {
            status,
            number: number.into(),
            dossier: None,
        });
        for (name, text) in each(&texts(&record)) {
            assert!(says(text, &format!("{LETTER}: {said}")), "{name}: {text}");
            assert!(!says(text, PERIOD) && !says(text, "Ngày nhận đủ hồ sơ"));
        }
    }
}
