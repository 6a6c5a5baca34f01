//! (b) Bảng tổng hợp ý kiến: every agency, its position, capacity and words, its four events.

use thamvan_proto::consultation::OpinionCapacity;

use crate::layout::{Cell, Sheet, TEXT_WIDTH};
use crate::parts::{Parts, cell, cell_centred, named, section, table};
use crate::record::{Opinion, Seat, Standing};
use crate::words;

const NAME: &str = "BẢNG TỔNG HỢP Ý KIẾN";

pub(crate) fn summary(parts: &Parts<'_>) -> Sheet {
    let record = parts.record;
    let mut blocks = vec![parts.heading(None, false, record.as_of)];
    let about = format!("Tham vấn nhanh: {}", words::line(&record.title));
    blocks.extend(parts.title(NAME, &about));
    blocks.extend(parts.notice());
    blocks.extend(named("Căn cứ", &parts.basis()));
    blocks.extend(named("Nội dung lấy ý kiến", &record.question));
    blocks.extend(named("Hạn trả lời", &words::moment(record.deadline)));
    blocks.extend(parts.beside());
    blocks.extend(named("Tình trạng", &parts.until()));
    blocks.extend(named("Tổng hợp", &parts.tally()));
    blocks.push(section("I. Ý KIẾN CỦA CÁC CƠ QUAN"));
    blocks.push(opinions(parts));
    blocks.push(section("II. QUÁ TRÌNH TẠI CÁC CƠ QUAN"));
    blocks.push(events(parts));
    blocks.extend(parts.references());
    parts.sheet(NAME, blocks)
}

fn opinions(parts: &Parts<'_>) -> crate::layout::Block {
    let mut rows = Vec::new();
    for (place, seat) in parts.record.asked().enumerate() {
        let first = [
            cell_centred(&(place + 1).to_string()),
            cell(&words::line(&seat.agency)),
        ];
        let mut said: Vec<[Cell; 4]> = seat.opinions.iter().map(row).collect();
        if seat.current().is_none() {
            let silent = cell(parts.silence());
            said.insert(0, [silent, Vec::new(), Vec::new(), Vec::new()]);
        }
        let firsts = std::iter::once(first).chain(std::iter::repeat([Vec::new(), Vec::new()]));
        rows.extend(
            firsts
                .zip(said)
                .map(|(first, said)| first.into_iter().chain(said).collect()),
        );
    }
    let head = [
        "TT",
        "Cơ quan",
        "Ý kiến",
        "Tư cách",
        "Nội dung (nguyên văn)",
        "Thời gian",
    ];
    table(columns(&[520, 1_700, 1_500, 1_250, 0, 1_250]), &head, rows)
}

fn row(opinion: &Opinion) -> [Cell; 4] {
    let standing = match opinion.standing {
        Standing::Current => "",
        Standing::Replaced => "\n(đã có ý kiến thay thế)",
        Standing::NotCounted => "\n(không tính là ý kiến của cơ quan)",
    };
    let late = if opinion.late {
        "sau hạn"
    } else {
        "trong hạn"
    };
    [
        cell(&format!("{}{standing}", words::position(opinion.position))),
        cell(words::capacity(opinion.capacity)),
        cell(opinion.text.as_deref().unwrap_or("–")),
        cell(&format!("{}\n({late})", words::short(opinion.time))),
    ]
}

fn events(parts: &Parts<'_>) -> crate::layout::Block {
    let at = |time: Option<u64>| cell_centred(&time.map_or_else(|| "–".into(), words::short));
    let row = |(place, seat): (usize, &Seat)| {
        let answered = match seat.answered {
            None if !seat.asked => cell_centred("Được thông báo"),
            None => cell_centred(parts.silence()),
            answered => at(answered),
        };
        vec![
            cell_centred(&(place + 1).to_string()),
            cell(&words::line(&seat.agency)),
            at(seat.delivered),
            at(seat.viewed),
            at(seat.acknowledged),
            answered,
        ]
    };
    let seats = parts.record.asked().chain(parts.record.told());
    let rows = seats.enumerate().map(row).collect();
    let head = [
        "TT",
        "Cơ quan",
        "Đã nhận",
        "Đã xem",
        "Đã tiếp nhận",
        "Đã trả lời",
    ];
    table(columns(&[520, 0, 1_450, 1_450, 1_450, 1_600]), &head, rows)
}

/// Widths of columns; the one without takes what is left.
fn columns(given: &[u32]) -> Vec<u32> {
    let left = TEXT_WIDTH.saturating_sub(given.iter().sum());
    given
        .iter()
        .map(|it| if *it == 0 { left } else { *it })
        .collect()
}

/// How a person speaks, in the minutes.
pub(crate) fn spoken(seat: &Seat, opinion: &Opinion) -> String {
    let late = if opinion.late { ", sau hạn" } else { "" };
    let capacity = match opinion.capacity {
        OpinionCapacity::Agency => String::new(),
        other @ (OpinionCapacity::Unit | OpinionCapacity::Personal) => {
            format!(" ({}, không tính)", words::capacity(other).to_lowercase())
        }
    };
    let position = words::position(opinion.position);
    format!(
        "{}{capacity}: {position} ({}{late}).",
        words::line(&seat.agency),
        words::short(opinion.time)
    )
}
