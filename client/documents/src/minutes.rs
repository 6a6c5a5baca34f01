//! (c) Biên bản tham vấn nhanh, a draft until the records office numbers it and two people sign it.

use crate::layout::{Block, Face, Sheet, span};
use crate::parts::{
    Number, Parts, body, halves, joined, named, said, section, signature, verbatim,
};
use crate::record::{Opinion, Outcome, Standing};
use crate::summary::spoken;
use crate::words;

const NAME: &str = "BIÊN BẢN THAM VẤN NHANH";

pub(crate) fn minutes(parts: &Parts<'_>) -> Sheet {
    let record = parts.record;
    let number = Number {
        line: format!("{NUMBER}BB-{}", words::abbreviation(&record.lead)),
        subject: None,
    };
    let mut blocks = vec![parts.heading(Some(number), true, record.as_of)];
    blocks.extend(parts.title(NAME, &words::line(&record.title)));
    blocks.extend(parts.notice());
    blocks.extend(named("Thời gian bắt đầu", &words::moment(record.opened)));
    let end = match &record.outcome {
        Outcome::Concluded { at, .. } => words::moment(*at),
        Outcome::Open | Outcome::Withdrawn { .. } => parts.until(),
    };
    blocks.extend(named("Thời gian kết thúc", &end));
    blocks.extend(named("Hình thức", FORM));
    blocks.extend(named("Căn cứ", &parts.basis()));
    blocks.push(section("I. THÀNH PHẦN"));
    blocks.extend(named("Cơ quan chủ trì", &record.lead));
    let asked = joined(record.asked().map(|seat| seat.agency.as_str()));
    blocks.extend(named("Cơ quan được lấy ý kiến", &asked));
    if record.told().next().is_some() {
        let told = joined(record.told().map(|seat| seat.agency.as_str()));
        blocks.extend(named("Cơ quan được thông báo", &told));
    }
    blocks.extend(named("Chủ tọa", BLANK));
    blocks.extend(named("Thư ký", BLANK));
    blocks.push(section("II. NỘI DUNG THAM VẤN"));
    blocks.extend(verbatim(&record.question));
    blocks.extend(named("Lý do cần xử lý gấp", &record.reason));
    blocks.extend(named("Hạn trả lời", &words::moment(record.deadline)));
    blocks.extend(parts.beside());
    blocks.push(section("III. Ý KIẾN CỦA CÁC CƠ QUAN"));
    blocks.extend(opinions(parts));
    blocks.extend(named("Tổng hợp", &parts.tally()));
    blocks.push(section("IV. KẾT LUẬN THAM VẤN"));
    blocks.extend(conclusion(parts));
    blocks.push(halves(
        signature("THƯ KÝ", "(Chữ ký, họ và tên)"),
        signature("CHỦ TỌA", "(Chữ ký, họ và tên)"),
    ));
    blocks.extend(parts.references());
    parts.sheet(NAME, blocks)
}

/// What every agency said, word for word; what another opinion has replaced stands in the table of opinions.
fn opinions(parts: &Parts<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (place, seat) in parts.record.asked().enumerate() {
        let place = place + 1;
        if let Some(opinion) = seat.current() {
            blocks.extend(speech(
                &format!("{place}. {}", spoken(seat, opinion)),
                opinion,
            ));
        } else {
            let agency = words::line(&seat.agency);
            blocks.push(said(format!("{place}. {agency}: {}.", parts.silence())));
        }
        let opinions = seat.opinions.iter();
        for opinion in opinions.filter(|it| it.standing == Standing::NotCounted) {
            blocks.extend(speech(&spoken(seat, opinion), opinion));
        }
    }
    blocks
}

fn conclusion(parts: &Parts<'_>) -> Vec<Block> {
    let Outcome::Concluded { text, dissents, .. } = &parts.record.outcome else {
        return vec![said(parts.until())];
    };
    let mut blocks = verbatim(text);
    blocks.push(section("V. Ý KIẾN KHÁC (NGUYÊN VĂN)"));
    if dissents.is_empty() {
        blocks.push(said("Không có."));
    }
    for dissent in dissents {
        blocks.push(before_quote(&format!("{}:", words::line(&dissent.agency))));
        blocks.extend(quoted(&dissent.text));
    }
    blocks
}

/// Who says what, and the words.
fn speech(who: &str, opinion: &Opinion) -> Vec<Block> {
    match &opinion.text {
        None => vec![said(who)],
        Some(text) => std::iter::once(before_quote(who))
            .chain(quoted(text))
            .collect(),
    }
}

/// On the same page as what follows.
fn before_quote(text: &str) -> Block {
    Block::Paragraph(body(vec![span(text, Face::Regular)]).kept())
}

/// Between quotation marks.
fn quoted(text: &str) -> Vec<Block> {
    verbatim(&format!("“{}”", text.trim()))
}

/// The records office writes what is missing (rule F2).
pub(crate) const NUMBER: &str = "Số:      /";

const BLANK: &str = "………………………………………………";

const FORM: &str =
    "Tham vấn nhanh qua phương tiện điện tử, theo từng ý kiến được ghi nhận trong nhật ký.";
