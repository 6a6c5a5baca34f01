//! The words of an alert, Vietnamese first and English beside it. They are fixed: which seat, which mark, until when, and to
//! open the program. Nothing of a consultation's content, and no name or id of a channel, has a place in them.

use serde::Serialize;
use thamvan_proto::consultation::Urgency;
use thamvan_server_core::alert::Alert;
use time::macros::{format_description, offset};
use time::{OffsetDateTime, UtcOffset};

/// Subject of the mail.
pub(super) fn subject(alert: &Alert) -> String {
    let (vi, _) = mark(alert.urgency);
    format!("[{vi}] Tham vấn đang chờ cơ quan trả lời / A consultation waits for your agency")
}

/// Text of the mail.
pub(super) fn text(alert: &Alert) -> String {
    let (vi, en) = mark(alert.urgency);
    let seat = &alert.key.seat;
    let deadline = deadline(alert);
    format!(
        "Một tham vấn mức độ khẩn {vi} đang chờ {seat} trả lời.
Hạn trả lời: {deadline} (giờ Việt Nam, +07).
Đề nghị mở chương trình thamvan để xem và xác nhận đã nhận.
Máy chủ tự gửi thư này; thư không có nội dung tham vấn. Xin không trả lời thư.

A consultation marked {en} waits for an answer of {seat}.
Deadline: {deadline} (Viet Nam time, +07).
Please open the thamvan program to read and acknowledge it.
Sent by the server; it carries nothing of the consultation. Please do not reply.
"
    )
}

/// What the operator's own receivers are given: the webhook as its body, the program on its standard input.
pub(super) fn json(alert: &Alert, phones: &[&str]) -> String {
    let (vi, _) = mark(alert.urgency);
    let (seat, deadline) = (alert.key.seat.to_string(), deadline(alert));
    let text = format!(
        "[{vi}] Tham vấn đang chờ {seat} trả lời. Hạn: {deadline} (+07). Đề nghị mở chương trình thamvan."
    );
    let said = Said {
        seat,
        ring: alert.key.ring.as_str(),
        urgency: alert.urgency.as_str(),
        deadline: moment(alert)
            .format(format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second]+07:00"
            ))
            .unwrap_or_default(),
        text,
        phones,
    };
    // Strings alone: they can always be written.
    serde_json::to_string(&said).unwrap_or_default()
}

#[derive(Serialize)]
struct Said<'a> {
    seat: String,
    ring: &'static str,
    urgency: &'static str,
    deadline: String,
    text: String,
    phones: &'a [&'a str],
}

fn mark(urgency: Urgency) -> (&'static str, &'static str) {
    match urgency {
        Urgency::Normal => ("THƯỜNG", "NORMAL"),
        Urgency::Khan => ("KHẨN", "URGENT (khẩn)"),
        Urgency::ThuongKhan => ("THƯỢNG KHẨN", "VERY URGENT (thượng khẩn)"),
        Urgency::HoaToc => ("HỎA TỐC", "MOST URGENT (hỏa tốc)"),
    }
}

fn moment(alert: &Alert) -> OffsetDateTime {
    let seconds = i64::try_from(alert.deadline / 1000).unwrap_or(i64::MAX);
    let utc = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let there = utc.and_then(|utc| utc.checked_to_offset(VIETNAM));
    there.unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn deadline(alert: &Alert) -> String {
    let format = format_description!("[hour]:[minute] [day]/[month]/[year]");
    moment(alert).format(format).unwrap_or_default()
}

/// Viet Nam has no daylight-saving time.
const VIETNAM: UtcOffset = offset!(+7);

#[cfg(test)]
mod tests {
    use thamvan_server_core::alert::{Key, Ring, Tag, Way};

    use super::*;

    #[test]
    fn the_words_say_seat_mark_and_deadline_and_nothing_else() {
        let alert = Alert {
            key: Key {
                tag: Tag([7; 8]),
                seat: "moit/main".parse().unwrap(),
                ring: Ring::Primary,
                way: Way::Mail,
            },
            urgency: Urgency::HoaToc,
            // 2026-12-31 18:05 UTC.
            deadline: 1_798_740_300_000,
            officials: vec!["minh@moit".parse().unwrap()],
        };
        let text = text(&alert);
        let vi = "Hạn trả lời: 01:05 01/01/2027 (giờ Việt Nam, +07).";
        assert!(text.contains(vi), "{text}");
        assert!(text.find("HỎA TỐC").unwrap() < text.find("MOST URGENT").unwrap());
        assert!(subject(&alert).starts_with("[HỎA TỐC]"));
        assert_eq!(
            json(&alert, &["+84912345678"]),
            r#"{"seat":"moit/main","ring":"primary","urgency":"hoa_toc","deadline":"2027-01-01T01:05:00+07:00","text":"[HỎA TỐC] Tham vấn đang chờ moit/main trả lời. Hạn: 01:05 01/01/2027 (+07). Đề nghị mở chương trình thamvan.","phones":["+84912345678"]}"#
        );
        // A deadline beyond every calendar is no reason to say nothing.
        let never = Alert {
            deadline: u64::MAX,
            ..alert
        };
        assert!(super::text(&never).contains("moit/main"));
    }
}
