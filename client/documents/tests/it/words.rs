//! What the documents say and what they never say.

use thamvan_documents::{
    FOOTER, Handling, Kind, OVERDUE, Outcome, REGULATION, Record, SILENT, abbreviation, date,
    documents, moment, short,
};
use thamvan_proto::consultation::Urgency;

use crate::read::{in_order, texts};
use crate::sample::{DISSENT, HOUR, OPENED, sample};

fn open() -> Record {
    let mut record = sample();
    record.outcome = Outcome::Open;
    record.as_of = OPENED + 3 * HOUR;
    record
}

fn withdrawn() -> Record {
    let mut record = sample();
    let (at, reason) = (OPENED + HOUR, "Phiên họp được lùi lại.".to_owned());
    record.outcome = Outcome::Withdrawn { at, reason };
    record.as_of = at;
    record
}

#[test]
fn f4_days_below_ten_and_the_first_two_months_have_a_leading_zero() {
    let day = 24 * HOUR;
    for (time, long, cell) in [
        (OPENED, "ngày 05 tháng 02 năm 2026", "08:05 05/02/2026"),
        (
            OPENED + 24 * day,
            "ngày 01 tháng 3 năm 2026",
            "08:05 01/3/2026",
        ),
        (
            OPENED + 283 * day,
            "ngày 15 tháng 11 năm 2026",
            "08:05 15/11/2026",
        ),
        (
            OPENED - 35 * day,
            "ngày 01 tháng 01 năm 2026",
            "08:05 01/01/2026",
        ),
    ] {
        assert_eq!(date(time), long);
        assert_eq!(short(time), cell);
    }
    // Before seven in the morning in Hà Nội it is still the day before in Greenwich.
    assert_eq!(date(OPENED - 3 * HOUR), "ngày 05 tháng 02 năm 2026");
    assert_eq!(
        moment(OPENED),
        "08 giờ 05 phút, ngày 05 tháng 02 năm 2026 (UTC+7)"
    );
    assert!(
        date(u64::MAX).contains('…') && moment(u64::MAX).contains('…') && short(u64::MAX) == "…"
    );
}

#[test]
fn f1_a_consultation_has_four_documents_in_two_formats() {
    let names = |record: &Record| -> Vec<String> {
        documents(record)
            .unwrap()
            .into_iter()
            .map(|file| file.name)
            .collect()
    };
    let all = [
        "phieu-lay-y-kien.docx",
        "phieu-lay-y-kien.pdf",
        "bang-tong-hop-y-kien.docx",
        "bang-tong-hop-y-kien.pdf",
        "bien-ban.docx",
        "bien-ban.pdf",
        "cong-van.docx",
        "cong-van.pdf",
    ];
    assert_eq!(names(&sample()), all);
    assert_eq!(names(&open()), all);
    assert_eq!(names(&withdrawn()), all[..6], "nobody is written to");
    assert_eq!(Kind::of(&sample()).count(), 4);
}

#[test]
fn f1_the_form_asks() {
    let texts = texts(&sample());
    for name in ["phieu-lay-y-kien.docx", "phieu-lay-y-kien.pdf"] {
        in_order(
            &texts[name],
            &[
                "PHIẾU LẤY Ý KIẾN THAM VẤN NHANH",
                "khoản 6 Điều 5 và điểm b khoản 7 Điều 3",
                REGULATION,
                "Mức độ khẩn: Hỏa tốc",
                "Phiên đàm phán tuần tới",
                "Hạn trả lời: 14 giờ 05 phút, ngày 05 tháng 02 năm 2026 (UTC+7)",
                "Đề nghị cho ý kiến về việc giao",
                "□ Nhất trí",
                "□ Nhất trí, có ý kiến bổ sung",
                "□ Không nhất trí",
                "□ Không có ý kiến",
                "□ Thay mặt cơ quan",
            ],
        );
    }
}

#[test]
fn f1_the_table_and_the_minutes_repeat_a_dissent_word_for_word() {
    let texts = texts(&sample());
    for name in ["bang-tong-hop-y-kien", "bien-ban"] {
        for line in DISSENT.lines() {
            let docx = &texts[&format!("{name}.docx")];
            let pdf = &texts[&format!("{name}.pdf")];
            assert!(docx.contains(line), "{name}");
            // The page number and the footer may stand between two lines of it.
            in_order(pdf, &line.split(' ').collect::<Vec<_>>());
        }
    }
    assert_eq!(
        texts["bien-ban.docx"]
            .matches(DISSENT.lines().next().unwrap())
            .count(),
        2
    );
}

#[test]
fn f1_the_draft_letter_has_its_parts() {
    let texts = texts(&sample());
    for name in ["cong-van.docx", "cong-van.pdf"] {
        in_order(
            &texts[name],
            &[
                "Số:      /…",
                "V/v tham vấn nhanh: Cơ quan chủ trì",
                "DỰ THẢO",
                "Kính gửi:",
                "- Bộ Công Thương;",
                "- Phái đoàn Việt Nam tại ASEAN.",
                "Kết luận tham vấn ngày 05 tháng 02 năm 2026",
                "./.",
                "Nơi nhận:",
                "- Như trên;",
                "- Ban Thư ký Quốc gia về ASEAN;",
                "- Lưu: VT, …",
            ],
        );
    }
    let mut one = sample();
    one.seats.truncate(1);
    assert!(crate::read::texts(&one)["cong-van.docx"].contains("Kính gửi: Bộ Công Thương."));
}

#[test]
fn f1_before_the_conclusion_table_and_minutes_say_until_when_they_tell() {
    let texts = texts(&open());
    for name in ["bang-tong-hop-y-kien", "bien-ban"] {
        for ending in ["docx", "pdf"] {
            let text = &texts[&format!("{name}.{ending}")];
            assert!(
                text.contains("Tính đến 11 giờ 05 phút, ngày 05 tháng 02 năm 2026"),
                "{text}"
            );
            assert!(!text.contains("Ý KIẾN KHÁC"));
        }
    }
    assert!(
        crate::read::texts(&withdrawn())["bien-ban.docx"].contains("Đã rút lúc 09 giờ 05 phút")
    );
}

#[test]
fn f2_number_is_blank_and_only_where_a_document_has_one() {
    for record in [sample(), open(), withdrawn()] {
        for (name, text) in texts(&record) {
            let numbers: Vec<&str> = text
                .match_indices("Số:")
                .map(|(at, _)| &text[at..])
                .collect();
            let wanted = match name.split('.').next().unwrap() {
                "bien-ban" => "Số:      /BB-BNG",
                "cong-van" => "Số:      /…",
                _ => {
                    assert!(numbers.is_empty(), "{name}: {numbers:?}");
                    continue;
                }
            };
            assert_eq!(numbers.len(), 1, "{name}");
            let line = numbers[0].split(['\n', 'H', 'V']).next().unwrap();
            assert_eq!(line.trim_end(), wanted, "{name}");
            assert!(!line.contains(|c: char| c.is_ascii_digit()));
        }
    }
}

#[test]
fn f2_the_symbol_is_the_initials_of_a_ministry_and_else_left_blank() {
    for (agency, symbol) in [
        ("Bộ Ngoại giao", "BNG"),
        ("Bộ Công Thương", "BCT"),
        ("Bộ Văn hóa, Thể thao và Du lịch", "BVHTTDL"),
        ("Bộ Giáo dục và Đào tạo", "BGDĐT"),
        ("Ngân hàng Nhà nước Việt Nam", "…"),
        ("", "…"),
    ] {
        assert_eq!(abbreviation(agency), symbol);
    }
}

#[test]
fn f3_there_is_no_secrecy_mark_and_handling_is_said_in_plain_words() {
    for (handling, tag) in [
        (Handling::Public, None),
        (Handling::Internal, Some("Phạm vi lưu hành: Nội bộ")),
        (Handling::Restricted, Some("Phạm vi lưu hành: Hạn chế")),
    ] {
        let mut record = sample();
        record.handling = handling;
        for (name, text) in texts(&record) {
            assert_eq!(text.contains("Phạm vi lưu hành"), tag.is_some(), "{name}");
            assert!(tag.is_none_or(|tag| text.contains(tag)), "{name}");
            let mut words = text.split(|c: char| !c.is_alphabetic());
            assert!(!words.any(|word| word.to_lowercase() == "mật"), "{name}");
        }
    }
}

#[test]
fn u1_the_urgency_mark_is_one_of_three_or_none() {
    let marks = ["KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"];
    for (urgency, wanted) in [
        (Urgency::Normal, None),
        (Urgency::Khan, Some("KHẨN")),
        (Urgency::ThuongKhan, Some("THƯỢNG KHẨN")),
        (Urgency::HoaToc, Some("HỎA TỐC")),
    ] {
        let mut record = sample();
        record.urgency = urgency;
        for (name, text) in texts(&record) {
            if name.ends_with(".docx") {
                let found = text.lines().find(|line| marks.contains(line));
                assert_eq!(found, wanted, "{name}");
            } else {
                assert_eq!(
                    text.contains(wanted.unwrap_or("KHẨN")),
                    wanted.is_some(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn e1_signatures_are_technical_ones_of_the_system() {
    for record in [sample(), open(), withdrawn()] {
        for (name, text) in texts(&record) {
            assert!(text.contains("chữ ký kỹ thuật của hệ thống"), "{name}");
            assert!(
                text.contains("chưa có giá trị văn bản chính thức"),
                "{name}"
            );
            assert!(!text.to_lowercase().contains("chữ ký số"), "{name}");
        }
    }
}

#[test]
fn r5_6_4_an_outcome_is_a_conclusion_and_decides_nothing() {
    for record in [sample(), open(), withdrawn()] {
        for (name, text) in texts(&record) {
            assert!(text.contains(FOOTER), "{name}");
            // The name of the act that issued the Regulation is no outcome.
            let text = text
                .replace("Quyết định số 47/2025/QĐ-TTg", "")
                .to_lowercase();
            for word in ["quyết định", "phê duyệt"] {
                assert!(!text.contains(word), "{name}: {word}");
            }
        }
    }
    assert!(texts(&sample())["bien-ban.docx"].contains("KẾT LUẬN THAM VẤN"));
}

#[test]
fn w2_silence_is_overdue_or_unanswered_and_never_a_position() {
    let overdue = texts(&sample());
    let early = texts(&open());
    for name in ["bang-tong-hop-y-kien", "bien-ban"] {
        for ending in ["docx", "pdf"] {
            let name = format!("{name}.{ending}");
            assert!(overdue[&name].contains(OVERDUE), "{name}");
            assert!(overdue[&name].contains(&format!("{OVERDUE}: 02")), "{name}");
            assert!(
                !early[&name].contains(OVERDUE) && early[&name].contains(SILENT),
                "{name}"
            );
            for consent in ["đồng ý", "im lặng", "coi như", "mặc nhiên"] {
                assert!(
                    !overdue[&name].to_lowercase().contains(consent),
                    "{name}: {consent}"
                );
            }
        }
    }
    let mission = "Phái đoàn Việt Nam tại ASEAN: Quá hạn – chưa trả lời.";
    assert!(overdue["bien-ban.docx"].contains(mission));
}

#[test]
fn e4_only_what_is_said_on_behalf_of_an_agency_is_counted() {
    let texts = texts(&sample());
    let tally = "06 cơ quan được lấy ý kiến. Nhất trí: 01; Nhất trí, có ý kiến bổ sung: 02; Không nhất trí: 01; Quá hạn – chưa trả lời: 02.";
    for name in [
        "bang-tong-hop-y-kien.docx",
        "bien-ban.docx",
        "cong-van.docx",
        "cong-van.pdf",
    ] {
        assert!(texts[name].contains(tally), "{name}: {}", texts[name]);
    }
    let table = &texts["bang-tong-hop-y-kien.docx"];
    in_order(
        table,
        &[
            "Ý kiến chuyên môn cá nhân",
            "Theo ý kiến cá nhân: nên làm sớm.",
        ],
    );
    assert!(table.contains("(không tính là ý kiến của cơ quan)"));
    assert!(table.contains("(đã có ý kiến thay thế)") && table.contains("(sau hạn)"));
}
