//! Words and dates, as Decree 30/2020/NĐ-CP writes them, and what is done with what others wrote.

use thamvan_proto::calendar::Day;
use thamvan_proto::consultation::{
    Instrument, Letter, LetterStatus, OpinionCapacity, Position, Urgency,
};
use time::{OffsetDateTime, UtcOffset};
use unicode_normalization::UnicodeNormalization;

use crate::record::{Handling, Procedure};

/// At the foot of every page (rule R5.6-4).
pub const FOOTER: &str = "Kết quả tham vấn nhanh; không thay thế văn bản lấy ý kiến/trả lời chính thức theo quy định pháp luật.";

/// Beneath it (rule E1).
pub const TECHNICAL: &str = "Bản ghi được bảo đảm bằng chữ ký kỹ thuật của hệ thống; tài liệu này chưa có giá trị văn bản chính thức.";

/// The act that issued the Regulation, and the Regulation by it.
pub const REGULATION: &str = "Quy chế ban hành kèm theo Quyết định số 47/2025/QĐ-TTg";

/// The article that the channel rests on.
pub const BASIS: &str = "khoản 6 Điều 5";

/// What a seat that has not answered is said to be after the deadline (rule W2).
pub const OVERDUE: &str = "Quá hạn – chưa trả lời";

/// And before it.
pub const SILENT: &str = "Chưa trả lời";

/// The name of the line of [`letter`].
pub const LETTER: &str = "Văn bản chính thức kèm theo";

/// The name of the line of [`period`].
pub const PERIOD: &str = "Thời hạn luật định trả lời bằng văn bản";

/// What stands where this device cannot read.
pub(crate) const UNREADABLE: &str = "Thiết bị này chưa đọc được nội dung";

/// Hà Nội is 7 hours ahead of UTC all year.
fn local(unix_ms: u64) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(unix_ms / 1000).ok()?;
    let zone = UtcOffset::from_hms(7, 0, 0).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()?
        .checked_to_offset(zone)
}

/// Day and month: a zero before days below 10 and before the months 1 and 2 only.
fn day_and_month(at: OffsetDateTime) -> (String, String) {
    let month = u8::from(at.month());
    let month = if month <= 2 {
        format!("{month:02}")
    } else {
        month.to_string()
    };
    (format!("{:02}", at.day()), month)
}

/// "ngày 05 tháng 02 năm 2026".
#[must_use]
pub fn date(unix_ms: u64) -> String {
    let Some(at) = local(unix_ms) else {
        return "ngày … tháng … năm …".into();
    };
    let (day, month) = day_and_month(at);
    format!("ngày {day} tháng {month} năm {}", at.year())
}

/// "08 giờ 05 phút, ngày 05 tháng 02 năm 2026 (UTC+7)".
#[must_use]
pub fn moment(unix_ms: u64) -> String {
    let at = local(unix_ms).map_or_else(
        || "… giờ … phút".into(),
        |at| format!("{:02} giờ {:02} phút", at.hour(), at.minute()),
    );
    format!("{at}, {} (UTC+7)", date(unix_ms))
}

/// "08:05 05/02/2026", for the cells of a table.
#[must_use]
pub fn short(unix_ms: u64) -> String {
    let Some(at) = local(unix_ms) else {
        return "…".into();
    };
    let (day, month) = day_and_month(at);
    format!(
        "{:02}:{:02} {day}/{month}/{}",
        at.hour(),
        at.minute(),
        at.year()
    )
}

/// "30/11/2026".
fn day(day: Day) -> String {
    let short = short(day.first_ms());
    let date = short.split_once(' ').map(|(_, date)| date.to_owned());
    date.unwrap_or(short)
}

/// What a document about an instrument says above all else (rule R9.1): the same words as on the screen.
#[must_use]
pub fn notice(instrument: Instrument) -> String {
    format!(
        "Chuẩn bị {}: thủ tục bằng văn bản theo pháp luật vẫn phải thực hiện; kết quả tham vấn nhanh chỉ để chuẩn bị, không thay thế văn bản lấy ý kiến hoặc trả lời.",
        self::instrument(instrument)
    )
}

pub(crate) fn instrument(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Treaty => "điều ước quốc tế",
        Instrument::Agreement => "thỏa thuận quốc tế",
        Instrument::AseanName => "văn kiện nhân danh ASEAN",
    }
}

/// The time of the law for answers in writing (rule W1): its days, the law, whether that was checked, and the last day.
#[must_use]
pub fn period(procedure: &Procedure) -> String {
    let it = procedure.period;
    let counted = if it.working {
        "ngày làm việc"
    } else {
        "ngày"
    };
    let checked = if it.verified {
        "đã đối chiếu văn bản"
    } else {
        "chưa xác minh"
    };
    let Some(days) = it.days else {
        return format!("theo {}; số ngày {checked}", it.law);
    };
    let last = procedure.last_day.map_or_else(
        || "chưa ghi ngày nhận đủ hồ sơ".to_owned(),
        |last| format!("ngày cuối cùng là {}", day(last)),
    );
    format!("{days} {counted}, {} ({checked}); {last}", it.law)
}

/// What is said of the official letter (rule R5.6-5): its number and date, or that it has not been sent.
#[must_use]
pub fn letter(letter: &Letter) -> String {
    match letter.status {
        LetterStatus::Sent => line(&letter.number),
        LetterStatus::None => "không có".into(),
        LetterStatus::WillFollow => "chưa gửi, sẽ gửi".into(),
    }
}

/// The day from which the period runs.
pub(crate) fn dossier(letter: &Letter) -> String {
    letter.dossier.map_or_else(|| "chưa ghi".into(), day)
}

pub(crate) fn position(position: Option<Position>) -> &'static str {
    match position {
        Some(Position::Agree) => "Nhất trí",
        Some(Position::AgreeWithComments) => "Nhất trí, có ý kiến bổ sung",
        Some(Position::Disagree) => "Không nhất trí",
        Some(Position::NoOpinion) => "Không có ý kiến",
        Some(Position::Information) => "Cung cấp thông tin",
        None => UNREADABLE,
    }
}

pub(crate) fn capacity(capacity: OpinionCapacity) -> &'static str {
    match capacity {
        OpinionCapacity::Agency => "Thay mặt cơ quan",
        OpinionCapacity::Unit => "Thay mặt đơn vị đầu mối",
        OpinionCapacity::Personal => "Ý kiến chuyên môn cá nhân",
    }
}

/// The mark; none for ordinary matters.
pub(crate) fn urgency(urgency: Urgency) -> Option<&'static str> {
    match urgency {
        Urgency::Normal => None,
        Urgency::Khan => Some("Khẩn"),
        Urgency::ThuongKhan => Some("Thượng khẩn"),
        Urgency::HoaToc => Some("Hỏa tốc"),
    }
}

/// Who may be given the document; nothing is said of one for everybody.
pub(crate) fn handling(handling: Handling) -> Option<&'static str> {
    match handling {
        Handling::Public => None,
        Handling::Internal => Some("Phạm vi lưu hành: Nội bộ"),
        Handling::Restricted => Some("Phạm vi lưu hành: Hạn chế"),
    }
}

/// The abbreviation of a ministry's name in symbols: its initials, "và" left out ("Bộ Ngoại giao": BNG). The names of other
/// agencies follow no rule; there the symbol is left for the records office.
#[must_use]
pub fn abbreviation(agency: &str) -> String {
    if !agency.starts_with("Bộ ") {
        return "…".into();
    }
    let words = agency.split_whitespace().filter(|word| *word != "và");
    words
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

/// What others wrote, as it can be set: letters composed (NFC), no control characters, and nothing that is not seen or turns
/// the direction of what is. Each of these is shown as U+FFFD, so that it is told that something stood there.
pub(crate) fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\u{a0}' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}' => '\n',
        c if c != '\n' && (c.is_control() || is_unseen(c)) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.replace("\r\n", "\n")
        .chars()
        .map(shown)
        .nfc()
        .collect()
}

/// In one line.
pub(crate) fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks of direction, joiners and fillers without width, tags, and what is no character.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}
