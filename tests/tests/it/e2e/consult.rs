//! A consultation from the question to the conclusion through the real binaries, and what is refused on the way.

use std::net::SocketAddr;

use serde_json::{Value, json};
use thamvan_proto::calendar::Day;

use super::deployment::{Deployment, Ended};

/// Words that exist in one title, reason, question, opinion or conclusion only.
const CANARIES: [&str; 6] = [
    "Chủ trì lĩnh vực 7315",
    "Cần trả lời trước phiên họp 7316",
    "Đề nghị góp ý dự thảo 7317",
    "Chưa rõ nguồn lực 7318",
    "Đồng ý với điều kiện 7319",
    "Tổng hợp ý kiến 7320",
];

#[test]
fn ministries_consult_answer_and_conclude() {
    let mut deployment = Deployment::new();
    let metrics = deployment.configure_metrics();
    deployment.start_server();
    let channel = deployment.text("channel");
    what_cannot_be_asked(&deployment, &channel);
    let id = it_is_opened(&deployment, &channel);
    it_waits_and_is_seen(&deployment, &id);
    it_is_answered_and_revised(&deployment, &id);
    it_is_concluded(&deployment, &id);
    s19_the_auditor_sees_who_and_when_and_no_word(&deployment, metrics);
    w2_silence_is_overdue(&deployment, &channel);
    a_question_is_revised_and_withdrawn(&deployment, &channel);
    r5_6_7_no_consultation_takes_the_place_of_a_written_procedure(&deployment, &channel);
    r5_6_5_a_letter_that_was_to_follow_stays_a_task(&deployment, &channel);
    u2_the_mark_proposes_a_deadline(&deployment, &channel);
    r20_1a_statistics_agree_with_what_is_shown_and_hold_no_word(&deployment);
    r6_4_the_calendar_names_owner_and_last_moment(&deployment);
    r19_1_a_seat_is_handed_over_in_the_middle(&deployment, &channel);
}

/// Opens with these changes to arguments that would be right.
fn open(deployment: &Deployment, channel: &str, change: &[(&str, Option<&str>)]) -> Ended {
    let mut arguments = vec![
        ("--title", CANARIES[0]),
        ("--question", CANARIES[2]),
        ("--reason", CANARIES[1]),
        ("--urgency", "hoa_toc"),
        ("--deadline", "+1h"),
        ("--to", "moit"),
    ];
    let mut attest = vec!["--attest"];
    for (name, value) in change {
        arguments.retain(|(known, _)| known != name);
        match value {
            Some(value) => arguments.push((name, value)),
            None => attest.retain(|flag| flag != name),
        }
    }
    let mut all = vec!["consult", "open", channel];
    all.extend(attest);
    all.extend(arguments.iter().flat_map(|(name, value)| [*name, *value]));
    deployment.run("mofa", &all)
}

fn rule(ended: &Ended) -> (i32, &str) {
    let error = &ended.json["error"];
    let rule = error["rule"].as_str().or_else(|| error["code"].as_str());
    (ended.code, rule.unwrap_or_default())
}

fn what_cannot_be_asked(deployment: &Deployment, channel: &str) {
    let before = deployment.ok("mofa", &["channels"]);
    for (change, expected) in [
        (("--to", Some("moj")), (1, "unknown_agency")),
        (("--to", Some("mofa")), (1, "asked")),
        (("--deadline", Some("2026-01-01")), (1, "deadline")),
        (("--deadline", Some("+9s")), (1, "deadline")),
        (("--deadline", Some("mai")), (2, "usage")),
        (("--reason", Some(" ")), (1, "R4.4")),
        (("--title", Some("")), (1, "words_missing")),
        (("--attest", None), (1, "S7")),
        (("--template", Some("new_field_3_7b")), (1, "about")),
        (("--pillar", Some("aec")), (1, "about")),
        (("--template", Some("treaty_9_3")), (1, "instrument")),
        (("--instrument", Some("treaty")), (1, "W1")),
        (("--template", Some("sang_kien")), (2, "usage")),
        (("--urgency", Some("gap")), (2, "usage")),
        (("--label", Some("mat")), (1, "S9")),
    ] {
        let refused = open(deployment, channel, &[change]);
        assert_eq!(rule(&refused), expected, "{change:?}: {refused:?}");
        let message = refused.json["error"]["message"].as_str().unwrap();
        assert!(
            !message.is_empty() && !message.starts_with("error-"),
            "{message}"
        );
    }
    let article = &open(deployment, channel, &[("--reason", Some(""))]).json["error"]["article"];
    assert_eq!(*article, "khoản 4 Điều 4");
    // Nothing of it left the device.
    assert_eq!(deployment.ok("mofa", &["channels"]), before);
    assert_eq!(deployment.ok("mofa", &["status"])["queued"], 0);
}

fn it_is_opened(deployment: &Deployment, channel: &str) -> String {
    let opened = open(deployment, channel, &[]);
    assert_eq!(opened.code, 0, "{opened:?}");
    opened.json["id"].as_str().unwrap().to_owned()
}

fn show(deployment: &Deployment, home: &str, id: &str) -> Value {
    deployment.ok(home, &["consult", "show", id])
}

fn it_waits_and_is_seen(deployment: &Deployment, id: &str) {
    let waiting = deployment.ok("moit", &["consult", "list", "--waiting"]);
    assert_eq!(waiting[0]["id"], id);
    assert_eq!(waiting[0]["title"], CANARIES[0]);
    assert_eq!(
        deployment.ok("mofa", &["consult", "list", "--waiting"]),
        json!([])
    );
    // The list has come with the delivery; only who looks at it has viewed it.
    let seen = show(deployment, "mofa", &id[..8]);
    let seat = &seen["agencies"][0];
    assert_eq!(seat["agency"], "moit");
    assert!(seat["delivered"].is_string());
    assert!(seat["viewed"].is_null() && seat["acknowledged"].is_null());
    assert!(seat["answered"].is_null() && seat["position"].is_null());
    let own = show(deployment, "moit", id);
    assert_eq!(own["question"], CANARIES[2]);
    assert_eq!(own["reason"], CANARIES[1]);
    assert_eq!(own["urgency"], "hoa_toc");
    assert!(own["agencies"][0]["viewed"].is_string());
    deployment.ok("moit", &["consult", "ack", id]);
    let again = deployment.run("moit", &["consult", "ack", id]);
    assert_eq!(rule(&again), (1, "repeated"));
    let seen = show(deployment, "mofa", id);
    let seat = &seen["agencies"][0];
    let events = [&seat["delivered"], &seat["viewed"], &seat["acknowledged"]];
    assert!(events.iter().all(|event| event.is_string()));
    assert_eq!(seen["state"], "collecting");
}

fn answer(deployment: &Deployment, home: &str, id: &str, rest: &[&str]) -> Ended {
    let mut arguments = vec!["consult", "answer", id];
    arguments.extend(rest);
    deployment.run(home, &arguments)
}

fn it_is_answered_and_revised(deployment: &Deployment, id: &str) {
    let agency = ["--capacity", "agency"];
    let no_reason = answer(
        deployment,
        "moit",
        id,
        &[&["--position", "disagree"][..], &agency].concat(),
    );
    assert_eq!(rule(&no_reason), (1, "opinion_reason"));
    let own = answer(
        deployment,
        "mofa",
        id,
        &[&["--position", "agree"][..], &agency].concat(),
    );
    assert_eq!(rule(&own), (1, "not_asked"));
    // A personal opinion is kept and is not the agency's.
    let personal = ["--position", "agree", "--capacity", "personal"];
    assert_eq!(answer(deployment, "moit", id, &personal).code, 0);
    assert_eq!(show(deployment, "mofa", id)["state"], "collecting");
    for (position, text) in [
        ("agree_with_comments", CANARIES[4]),
        ("disagree", CANARIES[3]),
    ] {
        let given = ["--position", position, "--text", text];
        let ended = answer(deployment, "moit", id, &[&given[..], &agency].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let seen = show(deployment, "mofa", id);
    let seat = &seen["agencies"][0];
    assert_eq!(
        (
            &seat["position"],
            &seat["text"],
            &seat["revision"],
            &seat["late"]
        ),
        (
            &json!("disagree"),
            &json!(CANARIES[3]),
            &json!(2),
            &json!(false)
        )
    );
    assert_eq!(seen["state"], "complete");
    let remind = deployment.run("mofa", &["consult", "remind", id]);
    assert_eq!(rule(&remind), (1, "nobody_awaited"));
}

fn it_is_concluded(deployment: &Deployment, id: &str) {
    let conclude = ["consult", "conclude", id, "--conclusion", CANARIES[5]];
    let other = deployment.run("moit", &conclude);
    assert_eq!(rule(&other), (1, "not_the_lead"));
    deployment.ok("mofa", &conclude);
    for home in ["mofa", "moit"] {
        let seen = show(deployment, home, id);
        assert_eq!(seen["state"], "concluded");
        let conclusion = &seen["conclusion"];
        assert_eq!(conclusion["text"], CANARIES[5]);
        assert_eq!(
            conclusion["dissent"],
            json!([{"seat": "moit/main", "text": CANARIES[3]}])
        );
        assert_eq!(
            conclusion["counted"],
            json!([seen["agencies"][0]["answered"]])
        );
    }
    let late = ["--position", "agree", "--capacity", "agency"];
    let refused = answer(deployment, "moit", id, &late);
    assert_eq!(rule(&refused), (1, "consultation_ended"));
    // On the screen: what it is and is not, in the fixed words of rules R5.6-4 and E1.
    let mut command = deployment.command("moit");
    command.env("THAMVAN_LANG", "vi");
    let output = std::process::Command::new(command.get_program())
        .args(["consult", "show", id])
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains(
        "Kết quả tham vấn nhanh; không thay thế văn bản lấy ý kiến/trả lời chính thức theo quy định pháp luật."
    ));
    assert!(words.contains("chữ ký kỹ thuật của hệ thống"));
    let lower = words.to_lowercase();
    for never in ["quyết định", "phê duyệt", "chữ ký số"] {
        assert!(!lower.contains(never), "{never}");
    }
}

fn s19_the_auditor_sees_who_and_when_and_no_word(deployment: &Deployment, metrics: SocketAddr) {
    let copy = deployment.path("copy");
    deployment.ok(
        "auditor",
        &["audit", "sync", "--out", copy.to_str().unwrap()],
    );
    let verified = deployment.verify(&copy);
    assert_eq!(verified.json["verdict"], "ok", "{verified:?}");
    // Opened, delivered, viewed, acknowledged, three answers, concluded.
    assert_eq!(verified.json["checked"]["acts"], 8);
    deployment.keep_metrics(metrics);
    deployment.back_up();
    let places = [
        "server",
        "server.log",
        "metrics",
        "backup.tar",
        "copy",
        "homes/auditor",
        "homes/mofa",
    ];
    assert!(deployment.scan(&places, &CANARIES) > 100_000);
}

fn w2_silence_is_overdue(deployment: &Deployment, channel: &str) {
    let opened = open(deployment, channel, &[("--deadline", Some("+30s"))]);
    let id = opened.json["id"].as_str().unwrap();
    let conclude = ["consult", "conclude", id, "--conclusion", "x"];
    assert_eq!(rule(&deployment.run("mofa", &conclude)), (1, "W2"));
    let reopen = ["--deadline", "+1h", "--reason", "chờ thêm ý kiến"];
    let early = [&["consult", "reopen", id][..], &reopen].concat();
    assert_eq!(rule(&deployment.run("mofa", &early)), (1, "deadline_order"));
    deployment.ok("mofa", &["consult", "remind", id]);
    let again = deployment.run("mofa", &["consult", "remind", id]);
    assert_eq!(rule(&again), (1, "reminded_recently"));
    while show(deployment, "mofa", id)["state"] == "collecting" {
        std::thread::yield_now();
    }
    let seen = show(deployment, "mofa", id);
    assert_eq!(seen["state"], "overdue");
    assert!(seen["agencies"][0]["position"].is_null());
    let extend = [&["consult", "extend", id][..], &reopen].concat();
    assert_eq!(
        rule(&deployment.run("mofa", &extend)),
        (1, "deadline_order")
    );
    // Late, it is taken and marked.
    let agree = ["--position", "agree", "--capacity", "agency"];
    assert_eq!(answer(deployment, "moit", id, &agree).code, 0);
    let seen = show(deployment, "mofa", id);
    assert_eq!(
        (&seen["state"], &seen["agencies"][0]["late"]),
        (&json!("complete"), &json!(true))
    );
    deployment.ok("mofa", &early);
    assert_eq!(rule(&deployment.run("mofa", &early)), (1, "deadline_order"));
    deployment.ok(
        "mofa",
        &[
            &["consult", "extend", id][..],
            &["--deadline", "+2h", "--reason", "lịch họp đổi"],
        ]
        .concat(),
    );
}

fn a_question_is_revised_and_withdrawn(deployment: &Deployment, channel: &str) {
    let opened = open(deployment, channel, &[]);
    let id = opened.json["id"].as_str().unwrap();
    let agree = ["--position", "agree", "--capacity", "agency"];
    assert_eq!(answer(deployment, "moit", id, &agree).code, 0);
    let question = [
        "--question",
        "Câu hỏi sửa",
        "--deadline",
        "+2h",
        "--reason",
        "bổ sung",
    ];
    deployment.ok(
        "mofa",
        &[&["consult", "revise", id][..], &question].concat(),
    );
    let seen = show(deployment, "mofa", id);
    assert_eq!(seen["question"], "Câu hỏi sửa");
    assert_eq!(seen["state"], "collecting");
    assert!(seen["agencies"][0]["answered"].is_null());
    assert_eq!(answer(deployment, "moit", id, &agree).code, 0);
    assert_eq!(show(deployment, "mofa", id)["state"], "complete");
    let no_reason = deployment.run("mofa", &["consult", "withdraw", id, "--reason", ""]);
    assert_eq!(rule(&no_reason), (1, "R4.4"));
    deployment.ok(
        "mofa",
        &["consult", "withdraw", id, "--reason", "không còn cần"],
    );
    assert_eq!(show(deployment, "moit", id)["state"], "withdrawn");
}

fn r5_6_7_no_consultation_takes_the_place_of_a_written_procedure(
    deployment: &Deployment,
    channel: &str,
) {
    for instrument in ["treaty", "agreement", "asean_name"] {
        let instrument = ("--instrument", Some(instrument));
        let refused = open(
            deployment,
            channel,
            &[instrument, ("--letter", Some("none"))],
        );
        assert_eq!(rule(&refused), (1, "W1"));
        assert_eq!(refused.json["error"]["article"], "khoản 1 Điều 9");
    }
}

fn r5_6_5_a_letter_that_was_to_follow_stays_a_task(deployment: &Deployment, channel: &str) {
    let treaty = ("--instrument", Some("treaty"));
    let follows = ("--letter", Some("will_follow"));
    let dossier = ("--dossier", Some("2026-11-20"));
    let opened = open(deployment, channel, &[treaty, follows, dossier]);
    assert_eq!(opened.code, 0, "{opened:?}");
    let id = opened.json["id"].as_str().unwrap();
    let asked = show(deployment, "moit", id);
    assert_eq!(asked["instrument"], "treaty");
    assert_eq!(
        asked["letter"],
        json!({"status": "will_follow", "number": "", "dossier": "2026-11-20"})
    );
    r9_1_the_period_of_the_law_stands_beside_it(&asked);
    w1_where_no_number_of_days_is_known_the_act_is_named(deployment, channel);
    let mut answer = vec!["consult", "answer", id, "--position", "agree"];
    answer.extend(["--capacity", "agency"]);
    deployment.ok("moit", &answer);
    assert_eq!(show(deployment, "mofa", id)["follow_up"], false);
    let conclude = ["consult", "conclude", id, "--conclusion", "Nhất trí."];
    deployment.ok("mofa", &conclude);
    let concluded = show(deployment, "mofa", id);
    assert_eq!(concluded["follow_up"], true);
    assert_eq!(concluded["allowed"], json!(["letter", "archive"]));
    let record =
        |home, letter| deployment.run(home, &["consult", "letter", id, "--letter", letter]);
    let number = "120/BNG-AP ngày 27/11/2026";
    assert_eq!(rule(&record("moit", number)), (1, "not_the_lead"));
    assert_eq!(rule(&record("mofa", "none")), (1, "W1"));
    assert_eq!(record("mofa", number).code, 0);
    let seen = show(deployment, "moit", id);
    assert_eq!(seen["follow_up"], false);
    assert_eq!(seen["letter"]["number"], number);
    assert_eq!(seen["state"], "concluded");
}

/// Ten days of the law, whatever the deadline of the consultation is.
fn r9_1_the_period_of_the_law_stands_beside_it(asked: &Value) {
    let statutory = &asked["statutory"];
    assert_eq!(
        (&statutory["days"], &statutory["last_day"]),
        (&json!(10), &json!("2026-11-30"))
    );
    assert!(statutory["law"].as_str().unwrap().contains("108/2016/QH13"));
}

fn u2_the_mark_proposes_a_deadline(deployment: &Deployment, channel: &str) {
    let mut arguments = vec!["consult", "open", channel, "--to", "moit", "--attest"];
    arguments.extend(["--title", "Hạn theo mức độ khẩn", "--question", "?"]);
    arguments.extend(["--reason", "Họp ngay."]);
    let missing = deployment.run("mofa", &arguments);
    assert_eq!(rule(&missing), (2, "usage"));
    arguments.extend(["--urgency", "hoa_toc"]);
    let opened = deployment.ok("mofa", &arguments);
    let seen = show(deployment, "moit", opened["id"].as_str().unwrap());
    let hours = |name: &str| seen[name].as_u64().unwrap();
    let ahead = hours("deadline_ms") - hours("opened_ms");
    assert!((7_140_000..=7_200_000).contains(&ahead), "{ahead} ms");
}

fn r20_1a_statistics_agree_with_what_is_shown_and_hold_no_word(deployment: &Deployment) {
    let listed = deployment.ok("moit", &["consult", "list"]);
    let listed = listed.as_array().unwrap();
    let opened = |it: &Value| Day::of(it["opened_ms"].as_u64().unwrap()).to_string();
    let (first, last) = (
        listed.iter().map(opened).min().unwrap(),
        listed.iter().map(opened).max().unwrap(),
    );
    let window = ["report", "responsiveness", "--from", &first, "--to", &last];
    let sums = deployment.ok("moit", &window);
    assert_eq!(
        (&sums["channels"], &sums["count"]),
        (&json!(1), &json!(listed.len()))
    );
    let moit = &sums["agencies"][0];
    assert_eq!(sums["agencies"].as_array().unwrap().len(), 1);
    assert_eq!(moit["agency"], "moit");
    let seats = || listed.iter().map(|it| &it["agencies"][0]);
    let answered = || seats().filter(|seat| seat["answered"].is_string());
    let late = answered().filter(|seat| seat["late"] == true).count();
    assert_eq!(moit["asked"], listed.len());
    assert_eq!(moit["late"], late);
    assert_eq!(moit["in_time"], answered().count() - late);
    assert_eq!(moit["answered"]["count"], answered().count());
    assert_eq!(moit["unanswered"], 0);
    let year = &first[..4];
    let of_year = listed.iter().filter(|it| opened(it).starts_with(year));
    let of_year: Vec<&Value> = of_year.collect();
    // Members see the same, whoever they are; the file has the tables.
    let file = deployment.path("year.csv");
    let out = file.to_str().unwrap();
    let written = deployment.ok("mofa", &["report", "year", year, "--out", out]);
    assert_eq!(written["count"], of_year.len());
    let forms = json!([{"form": "consultation", "count": of_year.len()}]);
    assert_eq!(written["forms"], forms);
    let withdrawn = of_year
        .iter()
        .filter(|it| it["state"] == "withdrawn")
        .count();
    assert_eq!(written["withdrawals"], withdrawn);
    assert_eq!(written["scopes"].as_array().unwrap().len(), 1);
    let again = deployment.run("mofa", &["report", "year", year, "--out", out]);
    assert_eq!(rule(&again), (2, "file_failed"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with('\u{feff}'), "{text}");
    assert!(
        text.contains("Mức độ khẩn;Hỏa tốc;") && text.contains("Bộ Công Thương;"),
        "{text}"
    );
    // No word, and nobody's name.
    let official = listed[0]["timeline"][0]["official"].as_str().unwrap();
    let said = [text, sums.to_string(), written.to_string()].concat();
    for never in CANARIES
        .iter()
        .copied()
        .chain([official, "Câu hỏi sửa", "bổ sung"])
    {
        assert!(!said.contains(never), "{never}: {said}");
    }
    let before = deployment.ok("moit", &["report", "responsiveness", "--to", "2025-12-31"]);
    assert_eq!(
        (&before["count"], &before["agencies"]),
        (&json!(0), &json!([]))
    );
    for wrong in [
        &["report", "year", "1969"][..],
        &["report", "responsiveness", "--from", "31/12/2025"],
        &[
            "report",
            "responsiveness",
            "--from",
            "2026-01-02",
            "--to",
            "2026-01-01",
        ],
    ] {
        let refused = deployment.run("moit", wrong);
        assert_eq!(rule(&refused), (2, "usage"), "{refused:?}");
    }
    let register = deployment.ok("mofa", &["report", "initiatives"]);
    assert_eq!(register, json!({"channels": 1, "initiatives": []}));
    let out = deployment.path("initiatives.csv");
    let out = out.to_str().unwrap();
    let refused = deployment.run("mofa", &["report", "initiatives", "--out", out]);
    assert_eq!(rule(&refused), (1, "S14"));
}

fn r6_4_the_calendar_names_owner_and_last_moment(deployment: &Deployment) {
    let calendar = deployment.ok("moit", &["report", "calendar", "--year", "2027"]);
    let duties = calendar["duties"].as_array().unwrap();
    let dated: Vec<(&str, &str, u64)> = duties
        .iter()
        .map(|it| {
            let day = it["last_day"].as_str().unwrap();
            let duty = it["duty"].as_str().unwrap();
            (duty, day, it["due_ms"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        dated,
        [
            ("master_plan", "2027-01-30", 1_801_328_399_000),
            ("briefing", "2027-11-30", 1_827_593_999_000),
            ("archive", "2027-11-30", 1_827_593_999_000),
            ("year_report", "2027-12-19", 1_829_235_599_000),
        ]
    );
    for (place, owner, article) in [
        (0, "mofa", "khoản 4 Điều 6"),
        (1, "mofa", "khoản 1 Điều 7"),
        (2, "moit", "Luật Lưu trữ (Luật số 33/2024/QH15)"),
    ] {
        assert_eq!(
            (&duties[place]["owner"], &duties[place]["article"]),
            (&json!(owner), &json!(article))
        );
    }
    // Status names those within 30 days, of the own agency.
    let status = deployment.ok("mofa", &["status"]);
    let now = deployment.ok("mofa", &["consult", "list"])[0]["now_ms"]
        .as_u64()
        .unwrap();
    let year: u64 = Day::of(now).to_string()[..4].parse().unwrap();
    let mut expected = Vec::new();
    for year in [year, year + 1] {
        let calendar = deployment.ok("mofa", &["report", "calendar", "--year", &year.to_string()]);
        for duty in calendar["duties"].as_array().unwrap() {
            let ahead = duty["due_ms"].as_u64().unwrap().checked_sub(now);
            if ahead.is_some_and(|ms| ms <= 30 * 24 * 3_600_000) && duty["owner"] == "mofa" {
                expected.push(duty["duty"].clone());
            }
        }
    }
    let due: Vec<Value> = status["due"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["duty"].clone())
        .collect();
    assert_eq!(due, expected);
    // On the screen with the zone, in Vietnamese; in the next year nothing has ended too late to be named.
    let next = (year + 1).to_string();
    let output = std::process::Command::new(super::deployment::binaries().join("thamvan"))
        .args(["report", "calendar", "--year", &next])
        .env("THAMVAN_HOME", deployment.path("homes/mofa"))
        .env(
            "THAMVAN_PASSPHRASE_FILE",
            deployment.path("homes/mofa/passphrase"),
        )
        .env_remove("THAMVAN_LANG")
        .output()
        .unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let line = format!("Đến hết 23:59 19/12/{next} (+07): Báo cáo năm");
    assert!(words.contains(&line), "{words}");
    assert!(words.contains("Chưa nộp: "), "{words}");
}

fn w1_where_no_number_of_days_is_known_the_act_is_named(deployment: &Deployment, channel: &str) {
    let named = ("--instrument", Some("asean_name"));
    let follows = ("--letter", Some("will_follow"));
    let dossier = ("--dossier", Some("2026-11-20"));
    let opened = open(deployment, channel, &[named, follows, dossier]);
    assert_eq!(opened.code, 0, "{opened:?}");
    let id = opened.json["id"].as_str().unwrap();
    let statutory = show(deployment, "moit", id)["statutory"].clone();
    let act = json!({
        "days": null, "working": false, "law": "Quyết định số 26/2024/QĐ-TTg", "verified": false, "last_day": null,
    });
    assert_eq!(statutory, act);
    let withdraw = ["consult", "withdraw", id, "--reason", "thử"];
    deployment.ok("mofa", &withdraw);
}

/// The consultation is the seat's: whoever is appointed goes on with it, and whoever was has no say in it any more.
fn r19_1_a_seat_is_handed_over_in_the_middle(deployment: &Deployment, channel: &str) {
    let mut ask = vec!["consult", "open", channel, "--title", "Bàn giao 7331"];
    ask.extend(["--question", "Có đồng ý không 7332", "--reason", "họp mai"]);
    ask.extend(["--urgency", "khan", "--deadline", "+1h"]);
    ask.extend(["--to", "mofa", "--attest"]);
    let opened = deployment.ok("moit", &ask);
    let id = opened["id"].as_str().unwrap();
    deployment.ok("mofa", &["consult", "ack", id]);
    let given = |text| {
        let words = ["--position", "disagree", "--text", text];
        [&words[..], &["--capacity", "agency"]].concat()
    };
    let first = answer(deployment, "mofa", id, &given("chưa đủ căn cứ 7333"));
    assert_eq!(first.code, 0, "{first:?}");
    // The question is revised, and before it is answered anew another official takes the seat over.
    let mut revise = vec!["consult", "revise", id, "--question", "Sửa lại 7334"];
    revise.extend(["--deadline", "+1h", "--reason", "làm rõ"]);
    deployment.ok("moit", &revise);
    let none = answer(deployment, "admin", id, &given("chưa được cử"));
    assert_ne!(none.code, 0, "{none:?}");
    let mut appoint = vec!["admin", "seat", "appoint", "mofa/main", "quantri@mofa"];
    appoint.push("--speak-for");
    let proposal = deployment.ok("admin", &appoint)["proposal"].clone();
    let proposal = proposal.as_str().unwrap();
    deployment.ok("approver", &["admin", "proposal", "approve", proposal]);
    let mut add = vec!["channel", "add", channel, "quantri@mofa"];
    add.extend(["--history", "brief", "--reason", "bàn giao đầu mối"]);
    deployment.ok("mofa", &add);
    let mut end = vec!["admin", "seat", "end", "mofa/main", "lan@mofa"];
    end.extend(["--reason", "luân chuyển"]);
    deployment.ok("admin", &end);

    let waits = |home: &str| {
        let list = deployment.ok(home, &["consult", "list", "--waiting"]);
        let mut ids = list.as_array().unwrap().iter().map(|it| it["id"].clone());
        ids.any(|it| it == id)
    };
    assert!(waits("admin"));
    let shown = show(deployment, "admin", id);
    assert_eq!(shown["question"], "Sửa lại 7334");
    assert_eq!(shown["allowed"].as_array().unwrap()[..], ["ack", "answer"]);
    let refused = answer(deployment, "mofa", id, &given("vẫn còn đây 7335"));
    assert_eq!(rule(&refused), (1, "other_seat"), "{refused:?}");
    // In the own name: nobody's deputy.
    let own = ["--position", "agree", "--capacity", "agency"];
    let answered = answer(deployment, "admin", id, &own);
    assert_eq!(answered.code, 0, "{answered:?}");
    let seen = show(deployment, "moit", id);
    let seat = &seen["agencies"][0];
    assert_eq!(
        (&seat["seat"], &seat["position"]),
        (&json!("mofa/main"), &json!("agree"))
    );
    assert_eq!(seen["state"], "complete");
    let by: Vec<&Value> = seen["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|act| act["type"] == "answer")
        .map(|act| &act["official"])
        .collect();
    assert_eq!(by, ["lan@mofa", "quantri@mofa"]);
    let conclude = ["consult", "conclude", id, "--conclusion", "Tổng hợp"];
    deployment.ok("moit", &conclude);
    assert_eq!(show(deployment, "admin", id)["state"], "concluded");
}
