//! (a) Phiếu lấy ý kiến tham vấn nhanh: a working form, which is none of the 29 types and has no number.

use thamvan_proto::consultation::{Form, OpinionCapacity, Position};

use crate::layout::Sheet;
use crate::parts::{Parts, halves, joined, named, said, section, signature, verbatim};
use crate::record::Outcome;
use crate::words;

const NAME: &str = "PHIẾU LẤY Ý KIẾN THAM VẤN NHANH";

pub(crate) fn form(parts: &Parts<'_>) -> Sheet {
    let record = parts.record;
    let mut blocks = vec![parts.heading(None, false, record.opened)];
    blocks.extend(parts.title(NAME, &words::line(&record.title)));
    blocks.extend(parts.notice());
    blocks.extend(named("Căn cứ", &parts.basis()));
    blocks.extend(named("Cơ quan lấy ý kiến", &record.lead));
    let asked = joined(record.asked().map(|seat| seat.agency.as_str()));
    blocks.extend(named("Cơ quan được lấy ý kiến", &asked));
    let urgency = words::urgency(record.urgency).unwrap_or("Thường");
    blocks.extend(named("Mức độ khẩn", urgency));
    blocks.extend(named("Lý do cần xử lý gấp", &record.reason));
    blocks.extend(named("Hạn trả lời", &words::moment(record.deadline)));
    blocks.extend(parts.beside());
    if let Outcome::Withdrawn { .. } = record.outcome {
        blocks.extend(named("Tình trạng", &parts.until()));
    }
    blocks.push(section("I. NỘI DUNG LẤY Ý KIẾN"));
    blocks.extend(verbatim(&record.question));
    blocks.push(section("II. Ý KIẾN CỦA CƠ QUAN ĐƯỢC LẤY Ý KIẾN"));
    blocks.extend(Position::of_form(Form::Consultation).iter().map(|it| {
        let note = if it.needs_text() {
            " (ghi rõ nội dung)"
        } else {
            ""
        };
        said(format!("{BOX} {}{note}", words::position(Some(*it))))
    }));
    blocks.extend(named("Nội dung", DOTS));
    blocks.extend(named("Tư cách", ""));
    blocks.extend(
        OpinionCapacity::ALL
            .iter()
            .map(|it| said(format!("{BOX} {}", words::capacity(*it)))),
    );
    blocks.push(said(NOTE));
    let signer = signature("ĐẠI DIỆN CƠ QUAN TRẢ LỜI", "(Ký, ghi rõ họ tên)");
    blocks.push(halves(Vec::new(), signer));
    blocks.extend(parts.references());
    parts.sheet(NAME, blocks)
}

const BOX: char = '\u{25a1}';

/// Three lines to write on.
const DOTS: &str =
    "…………………………………………………………\n…………………………………………………………………………\n…………………………………………………………………………";

const NOTE: &str = "Chỉ ý kiến thay mặt cơ quan được tính là ý kiến của cơ quan. Chưa trả lời không phải là một ý kiến.";
