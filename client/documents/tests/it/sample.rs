//! A consultation with everything that one can have.

use thamvan_documents::{
    Dissent, Handling, Opinion, Outcome, Procedure, Record, Seat, Standing, System, documents,
};
use thamvan_proto::consultation::{
    Instrument, Letter, LetterStatus, OpinionCapacity, Position, Urgency,
};

/// 05/02/2026 08:05 in Hà Nội.
pub(crate) const OPENED: u64 = 1_770_253_500_000;
pub(crate) const HOUR: u64 = 3_600_000;

pub(crate) const DISSENT: &str = "Chưa nhất trí: đề nghị bổ sung cơ chế bảo đảm an ninh dữ liệu trước khi giao chủ trì.\nLý do: phạm vi của “dữ liệu xuyên biên giới” < chưa rõ > & chưa được đánh giá.";

pub(crate) fn opinion(position: Position, text: Option<&str>, time: u64) -> Opinion {
    Opinion {
        standing: Standing::Current,
        position: Some(position),
        capacity: OpinionCapacity::Agency,
        text: text.map(str::to_owned),
        time,
        late: false,
    }
}

pub(crate) fn seat(agency: &str, opinions: Vec<Opinion>) -> Seat {
    let answered = opinions
        .iter()
        .find(|it| it.capacity == OpinionCapacity::Agency);
    Seat {
        agency: agency.to_owned(),
        asked: true,
        delivered: Some(OPENED + 60_000),
        viewed: Some(OPENED + 120_000),
        acknowledged: answered.map(|_| OPENED + 180_000),
        answered: answered.map(|it| it.time),
        opinions,
    }
}

/// Concluded, with a dissent, a silence, an opinion that is late, one that was replaced and one that does not count.
pub(crate) fn sample() -> Record {
    let mut replaced = opinion(Position::NoOpinion, None, OPENED + HOUR);
    replaced.standing = Standing::Replaced;
    let mut late = opinion(
        Position::AgreeWithComments,
        Some("Sửa ý kiến: nhất trí; đề nghị có nội dung về kỹ năng số."),
        OPENED + 7 * HOUR,
    );
    late.late = true;
    let mut personal = opinion(
        Position::Agree,
        Some("Theo ý kiến cá nhân: nên làm sớm."),
        OPENED + 2 * HOUR,
    );
    (personal.standing, personal.capacity) = (Standing::NotCounted, OpinionCapacity::Personal);
    let comments = "Nhất trí; đề nghị làm rõ nguồn kinh phí cho hoạt động phối hợp.";
    let secretariat = Seat {
        asked: false,
        acknowledged: None,
        ..seat("Ban Thư ký Quốc gia về ASEAN", Vec::new())
    };
    let at = OPENED + 8 * HOUR;
    Record {
        title: "Cơ quan chủ trì lĩnh vực liên trụ cột “Kinh tế số”".into(),
        question: "Đề nghị cho ý kiến về việc giao Bộ Công Thương chủ trì lĩnh vực liên trụ cột “Kinh tế số” trong hợp tác ASEAN.\nPhạm vi gồm thương mại điện tử, thanh toán số và kỹ năng số; Bộ Khoa học và Công nghệ phối hợp.".into(),
        reason: "Phiên đàm phán tuần tới cần có cơ quan đầu mối.".into(),
        urgency: Urgency::HoaToc,
        handling: Handling::Internal,
        deadline: OPENED + 6 * HOUR,
        procedure: None,
        letter: None,
        article: "điểm b khoản 7 Điều 3".into(),
        lead: "Bộ Ngoại giao".into(),
        place: "Hà Nội".into(),
        opened: OPENED,
        as_of: at,
        seats: vec![
            seat("Bộ Công Thương", vec![opinion(Position::Agree, None, OPENED + HOUR)]),
            seat("Bộ Tài chính", vec![opinion(Position::AgreeWithComments, Some(comments), OPENED + 2 * HOUR)]),
            seat("Bộ Công an", vec![opinion(Position::Disagree, Some(DISSENT), OPENED + 3 * HOUR)]),
            seat("Bộ Nội vụ", vec![replaced, late]),
            seat("Bộ Văn hóa, Thể thao và Du lịch", vec![personal]),
            Seat { viewed: None, ..seat("Phái đoàn Việt Nam tại ASEAN", Vec::new()) },
            secretariat,
        ],
        outcome: Outcome::Concluded {
            at,
            text: "Đa số cơ quan nhất trí giao Bộ Công Thương chủ trì. Bộ Ngoại giao báo cáo Thủ tướng Chính phủ kèm ý kiến của Bộ Công an.".into(),
            dissents: vec![Dissent { agency: "Bộ Công an".into(), text: DISSENT.into() }],
        },
        system: System {
            consultation: "0f".repeat(32),
            origin: "thamvan.example/shard-0".into(),
            channel: "a7".repeat(16),
            entries: vec![3, 5, 6, 7, 8, 12],
        },
    }
}

/// The same about an instrument, whose full dossier came on 20/11/2026 and whose letter has not been sent.
pub(crate) fn of_instrument(instrument: Instrument) -> Record {
    let mut record = sample();
    let dossier = Some("2026-11-20".parse().unwrap());
    record.procedure = Some(Procedure {
        instrument,
        period: instrument.period(),
        last_day: instrument
            .period()
            .days
            .and(Some("2026-11-30".parse().unwrap())),
    });
    record.letter = Some(Letter {
        status: LetterStatus::WillFollow,
        number: String::new(),
        dossier,
    });
    record
}

/// A file of the documents of a record.
pub(crate) fn file(record: &Record, name: &str) -> Vec<u8> {
    let files = documents(record).unwrap();
    let found = files.into_iter().find(|file| file.name == name);
    found.unwrap().bytes
}
