//! (d) Dự thảo công văn: the letter that the channel does not replace (rule R5.6-5).
//!
//! Where an instrument is prepared it asks for opinions and never answers, also after the conclusion (rule R9.1).

use crate::layout::{Align, Block, Face, Paragraph, Sheet, TEXT_WIDTH, mm, span};
use crate::minutes::NUMBER;
use crate::parts::{
    Number, Parts, SIZE_BODY, listed, named, recipients_and_signer, said, signature, verbatim,
};
use crate::record::Outcome;
use crate::words;

const NAME: &str = "Dự thảo công văn";

const NAME_OF_INSTRUMENT: &str = "Dự thảo công văn lấy ý kiến";

pub(crate) fn letter(parts: &Parts<'_>) -> Sheet {
    let record = parts.record;
    let instrument = record.procedure.map(|it| words::instrument(it.instrument));
    let (name, about) = match instrument {
        Some(it) => (NAME_OF_INSTRUMENT, format!("lấy ý kiến để chuẩn bị {it}")),
        None => (NAME, "tham vấn nhanh".to_owned()),
    };
    let number = Number {
        line: format!("{NUMBER}…"),
        subject: Some(format!("V/v {about}: {}", words::line(&record.title))),
    };
    let mut blocks = vec![parts.heading(Some(number), true, record.as_of)];
    blocks.extend(parts.notice());
    blocks.extend(addressees(parts));
    let lead = words::line(&record.lead);
    let basis = parts.basis();
    let basis = basis.trim_end_matches('.');
    blocks.push(said(match (&record.outcome, instrument) {
        (Outcome::Concluded { .. }, None) => {
            format!("Căn cứ {basis}, {lead} đã tham vấn nhanh Quý cơ quan về nội dung sau:")
        }
        (Outcome::Concluded { .. }, Some(it)) => format!(
            "Căn cứ {basis}, để chuẩn bị {it}, {lead} đã tham vấn nhanh Quý cơ quan; nay đề nghị Quý cơ quan cho ý kiến bằng văn bản về nội dung sau:"
        ),
        (Outcome::Open | Outcome::Withdrawn { .. }, None) => format!(
            "Căn cứ {basis}, {lead} đề nghị Quý cơ quan cho ý kiến về nội dung sau, đồng thời với việc tham vấn nhanh:"
        ),
        (Outcome::Open | Outcome::Withdrawn { .. }, Some(it)) => format!(
            "Căn cứ {basis}, để chuẩn bị {it}, {lead} đề nghị Quý cơ quan cho ý kiến bằng văn bản về nội dung sau, đồng thời với việc tham vấn nhanh:"
        ),
    }));
    blocks.extend(verbatim(&record.question));
    // The law sets its own last day for the answer in writing.
    let deadline = match instrument {
        Some(_) => "Hạn trả lời tham vấn nhanh",
        None => "Hạn trả lời",
    };
    blocks.extend(named("Lý do cần xử lý gấp", &record.reason));
    blocks.extend(named(deadline, &words::moment(record.deadline)));
    blocks.extend(parts.beside());
    if let Outcome::Concluded { at, text, .. } = &record.outcome {
        let until = format!("Kết luận tham vấn {}", words::date(*at));
        blocks.extend(named(&until, text));
        blocks.extend(named("Ý kiến của các cơ quan", &parts.tally()));
    }
    blocks.push(said(format!(
        "Đề nghị Quý cơ quan có văn bản trả lời chính thức theo quy định, gửi về {lead}./."
    )));
    if let Some(Block::Paragraph(last)) = blocks.last_mut() {
        last.keeps_with_next = true;
    }
    blocks.push(recipients_and_signer(
        recipients(parts),
        signature(POST, NAMED),
    ));
    blocks.extend(parts.references());
    parts.sheet(name, blocks)
}

/// One agency on the line, several beneath it.
fn addressees(parts: &Parts<'_>) -> Vec<Block> {
    let names: Vec<&str> = parts.record.asked().map(|it| it.agency.as_str()).collect();
    let lines = match names.as_slice() {
        [only] => vec![format!("Kính gửi: {}.", words::line(only))],
        _ => std::iter::once("Kính gửi:".to_owned())
            .chain(listed(names.iter().copied()))
            .collect(),
    };
    let last = lines.len();
    lines
        .into_iter()
        .enumerate()
        .map(|(place, line)| {
            let mut line = Paragraph::new(Align::Left, SIZE_BODY, vec![span(line, Face::Regular)]);
            let further = if place == 0 { 0 } else { mm(10) };
            line.indent = (TEXT_WIDTH / 4 + further, 0);
            line.before = if place == 0 { 360 } else { 0 };
            line.after = if place + 1 == last { 240 } else { 0 };
            Block::Paragraph(line)
        })
        .collect()
}

fn recipients(parts: &Parts<'_>) -> Vec<String> {
    let told = parts.record.told().map(|it| words::line(&it.agency));
    std::iter::once("Như trên".to_owned())
        .chain(told)
        .map(|name| format!("- {name};"))
        .chain(std::iter::once("- Lưu: VT, …".to_owned()))
        .collect()
}

const POST: &str = "CHỨC VỤ CỦA NGƯỜI KÝ";

const NAMED: &str = "(Chữ ký, họ và tên)";
