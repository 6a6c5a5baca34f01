//! The documents of a consultation through the real binary: from a question with an answer that disagrees, before and after
//! the conclusion, by two ministries.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::deployment::{Deployment, Ended, binaries, ended, files};

const TITLE: &str = "Chủ trì lĩnh vực 7415";
const DISSENT: &str = "Chưa nhất trí: nguồn lực <chưa rõ> & chưa có lộ trình 7418";
const CONCLUSION: &str = "Tiếp tục trao đổi với Bộ Công Thương 7420";
const REASON: &str = "Lập hồ sơ cuộc tham vấn 7421";

const NAMES: [&str; 10] = [
    "phieu-lay-y-kien.docx",
    "phieu-lay-y-kien.pdf",
    "bang-tong-hop-y-kien.docx",
    "bang-tong-hop-y-kien.pdf",
    "bien-ban.docx",
    "bien-ban.pdf",
    "cong-van.docx",
    "cong-van.pdf",
    EVIDENCE,
    SUMS,
];
const EVIDENCE: &str = "chung-cu.thamvan";
const SUMS: &str = "SHA256SUMS";
/// The files that the same consultation always makes: not the bundle, which lies under the checkpoint of its day, nor the hashes.
const DOCUMENTS: usize = NAMES.len() - 2;

#[test]
fn f1_two_ministries_export_the_same_documents_of_a_consultation() {
    let mut deployment = Deployment::new();
    deployment.start_server();
    let id = asked(&deployment);
    let answer = [
        "--position",
        "disagree",
        "--capacity",
        "agency",
        "--text",
        DISSENT,
    ];
    deployment.ok("moit", &[&["consult", "answer", &id][..], &answer].concat());
    before_the_conclusion(&deployment, &id);
    deployment.ok(
        "mofa",
        &["consult", "conclude", &id, "--conclusion", CONCLUSION],
    );
    let listed = after_the_conclusion(&deployment, &id);
    s14_what_is_refused(&deployment, &id);
    r9_1_documents_about_a_treaty_name_it_and_its_letter(&deployment);
    let theirs = export(&deployment, "moit", &id, "theirs", REASON);
    assert_eq!(documents(&theirs.json["files"]), documents(&listed));
    let again = export(&deployment, "mofa", &id, "again", "Vì lý do khác");
    assert_eq!(
        documents(&again.json["files"]),
        documents(&listed),
        "an ended consultation makes the same bytes"
    );
    s14_each_export_is_logged_with_its_reason(&deployment, &id);
    a2_the_record_goes_to_the_archives(&deployment, &id);
    deployment.stop_server();
    e3_the_evidence_verifies_without_home_and_network(&deployment, &id);
    e3_no_byte_of_the_evidence_can_be_changed(&deployment);
}

fn documents(listed: &Value) -> &[Value] {
    let listed = listed.as_array().unwrap();
    assert_eq!(listed[DOCUMENTS]["file"], EVIDENCE);
    &listed[..DOCUMENTS]
}

/// `thamvan audit open` with nothing but the file and what is known of the log from elsewhere.
fn opened(deployment: &Deployment, file: &Path, more: &[&str]) -> Ended {
    let mut command = Command::new(binaries().join("thamvan"));
    for name in ["THAMVAN_HOME", "THAMVAN_PASSPHRASE_FILE", "THAMVAN_LANG"] {
        command.env_remove(name);
    }
    let policy = deployment.path("policy.txt");
    let genesis = deployment.text("genesis.hash");
    command.args(["--json", "audit", "open"]).arg(file);
    command.arg("--policy").arg(policy);
    ended(command.args(["--genesis", &genesis]).args(more))
}

fn s14_each_export_is_logged_with_its_reason(deployment: &Deployment, id: &str) {
    let seen = deployment.ok("moit", &["consult", "show", id]);
    let timeline = seen["timeline"].as_array().unwrap();
    let exports: Vec<(&str, &str)> = timeline
        .iter()
        .filter(|it| it["type"] == "record-export")
        .map(|it| (it["seat"].as_str().unwrap(), it["text"].as_str().unwrap()))
        .collect();
    assert_eq!(
        exports,
        [
            ("mofa/main", REASON),
            ("mofa/main", REASON),
            ("moit/main", REASON),
            ("mofa/main", "Vì lý do khác"),
        ]
    );
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// `sha256sum --check` in a folder, as an archivist runs it.
fn sums_hold(dir: &Path) -> bool {
    let checked = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", SUMS])
        .current_dir(dir)
        .status();
    checked.unwrap().success()
}

fn a2_the_record_goes_to_the_archives(deployment: &Deployment, id: &str) {
    let dir = deployment.path("archives/record");
    let out = dir.to_str().unwrap();
    let archive = |home| deployment.run(home, &["consult", "archive", id, "--out", out]);
    let refused = archive("moit");
    assert_eq!(
        (refused.code, &refused.json["error"]["rule"]),
        (1, &"not_the_lead".into())
    );
    assert!(!dir.exists());
    let done = archive("mofa");
    assert_eq!(done.code, 0, "{done:?}");
    let mut names: Vec<String> = files(&dir).iter().map(|path| name(path)).collect();
    names.sort();
    let mut expected: Vec<&str> = NAMES.to_vec();
    expected.push("MUC-LUC.txt");
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(sums_hold(&dir));
    let index = std::fs::read_to_string(dir.join("MUC-LUC.txt")).unwrap();
    assert!(
        index.contains(TITLE) && index.contains("không thay thế văn bản"),
        "{index}"
    );
    // The receipt in the log names this list of hashes, and the consultation is archived for everybody.
    let entry = done.json["entry"].as_str().unwrap();
    let shown = deployment.ok("moit", &["consult", "show", id]);
    assert_eq!(shown["state"], "archived");
    let timeline = shown["timeline"].as_array().unwrap();
    let last = timeline.last().unwrap();
    assert_eq!(
        (&last["type"], &last["entry"]),
        (&"record-archive".into(), &entry.into())
    );
    // A folder that is there is not written into, and nothing was added that could be handed over again.
    assert_eq!(archive("mofa").json["error"]["code"], "file_failed");
    let elsewhere = deployment.path("archives/again");
    let elsewhere = elsewhere.to_str().unwrap();
    let again = deployment.run("mofa", &["consult", "archive", id, "--out", elsewhere]);
    assert_eq!(
        (again.code, &again.json["error"]["rule"]),
        (1, &"repeated".into())
    );
    let left = std::fs::read_dir(deployment.path("archives")).unwrap();
    assert_eq!(left.count(), 1);
    std::fs::write(dir.join("MUC-LUC.txt"), "x").unwrap();
    assert!(!sums_hold(&dir));
}

fn e3_the_evidence_verifies_without_home_and_network(deployment: &Deployment, id: &str) {
    let file = deployment.path("theirs").join(EVIDENCE);
    let out = deployment.path("from-the-bundle");
    let report = opened(deployment, &file, &["--out", out.to_str().unwrap()]);
    assert_eq!(report.code, 0, "{report:?}");
    let report = report.json;
    assert_eq!(
        (&report["kind"], &report["verdict"]),
        (&"minutes".into(), &"ok".into())
    );
    assert_eq!(report["findings"], Value::Array(vec![]), "{report:?}");
    let said = &report["consultation"];
    assert_eq!(
        (&said["id"], &said["state"]),
        (&id.into(), &"concluded".into())
    );
    assert_eq!(said["title"], TITLE);
    let seat = &said["agencies"][0];
    assert_eq!(
        (&seat["seat"], &seat["position"]),
        (&"moit/main".into(), &"disagree".into())
    );
    let words = report["words"].as_array().unwrap();
    let has = |role: &str, text: &str| {
        let mut words = words.iter();
        words.any(|it| it["role"] == role && it["text"] == text)
    };
    assert!(
        has("opinion_text", DISSENT) && has("conclusion", CONCLUSION),
        "{words:?}"
    );
    for name in &NAMES[..DOCUMENTS] {
        let (from, to) = (deployment.path("theirs").join(name), out.join(name));
        assert_eq!(
            std::fs::read(from).unwrap(),
            std::fs::read(to).unwrap(),
            "{name}"
        );
    }
}

/// Also in its documents, its list and the bytes of the container: some hundred places, spread over all of it.
fn e3_no_byte_of_the_evidence_can_be_changed(deployment: &Deployment) {
    let good = std::fs::read(deployment.path("minutes").join(EVIDENCE)).unwrap();
    let policy = std::fs::read_to_string(deployment.path("policy.txt")).unwrap();
    let genesis = data_encoding::HEXLOWER.decode(deployment.text("genesis.hash").as_bytes());
    let genesis = thamvan_proto::tlog::Hash(genesis.unwrap().try_into().unwrap());
    let pins = thamvan_audit::Pins::read(&policy, genesis).unwrap();
    let is_ok = |bytes: &[u8]| {
        thamvan_audit::open_evidence(bytes, Some(&pins))
            .report
            .is_ok()
    };
    assert!(is_ok(&good));
    let step = good.len() / 400 + 1;
    let mut bytes = good.clone();
    for place in (0..good.len())
        .step_by(step)
        .chain(good.len() - 60..good.len())
    {
        bytes[place] ^= 0x01;
        assert!(
            !is_ok(&bytes),
            "a changed byte at {place} of {} is believed",
            good.len()
        );
        bytes[place] ^= 0x01;
    }
    assert!(!is_ok(&good[..good.len() - 1]));
    assert!(!is_ok(&[&good[..], b"x"].concat()));
}

fn asked(deployment: &Deployment) -> String {
    let channel = deployment.text("channel");
    let opened = deployment.ok(
        "mofa",
        &[
            "consult",
            "open",
            &channel,
            "--title",
            TITLE,
            "--question",
            "Đề nghị góp ý dự thảo 7417",
            "--reason",
            "Cần trả lời trước phiên họp",
            "--urgency",
            "thuong_khan",
            "--deadline",
            "+1h",
            "--to",
            "moit",
            "--attest",
        ],
    );
    opened["id"].as_str().unwrap().to_owned()
}

fn r9_1_documents_about_a_treaty_name_it_and_its_letter(deployment: &Deployment) {
    let channel = deployment.text("channel");
    let mut open = vec!["consult", "open", &channel, "--to", "moit", "--attest"];
    open.extend(["--title", "Dự thảo điều ước 7422", "--question", "Góp ý?"]);
    open.extend(["--reason", "Họp tuần tới.", "--deadline", "+1h"]);
    open.extend(["--instrument", "treaty", "--letter", "will_follow"]);
    open.extend(["--dossier", "2026-11-20"]);
    let opened = deployment.ok("mofa", &open);
    let id = opened["id"].as_str().unwrap();
    let exported = export(deployment, "moit", id, "treaty", REASON);
    assert_eq!(exported.code, 0, "{exported:?}");
    for name in NAMES.iter().filter(|name| name.ends_with(".docx")) {
        let file = deployment.path("treaty").join(name);
        for words in [
            "Chuẩn bị điều ước quốc tế: thủ tục bằng văn bản theo pháp luật vẫn phải thực hiện",
            "ngày cuối cùng là 30/11/2026",
            "chưa gửi, sẽ gửi",
        ] {
            assert!(says(&file, words), "{name}: {words}");
        }
        assert!(!says(&file, "Công văn trả lời"), "{name}");
    }
    let letter = deployment.path("treaty/cong-van.docx");
    let subject = "V/v lấy ý kiến để chuẩn bị điều ước quốc tế: Dự thảo điều ước 7422";
    assert!(says(&letter, subject));
}

fn export(deployment: &Deployment, home: &str, id: &str, dir: &str, reason: &str) -> Ended {
    let dir = deployment.path(dir);
    let dir = dir.to_str().unwrap();
    deployment.run(
        home,
        &["consult", "export", id, "--out", dir, "--reason", reason],
    )
}

/// A DOCX is stored, not compressed: its words stand in it as they are.
fn says(file: &Path, words: &str) -> bool {
    let bytes = std::fs::read(file).unwrap();
    let mut windows = bytes.windows(words.len());
    windows.any(|window| window == words.as_bytes())
}

fn before_the_conclusion(deployment: &Deployment, id: &str) {
    let exported = export(deployment, "mofa", id, "early", REASON);
    assert_eq!(exported.code, 0, "{exported:?}");
    let minutes = deployment.path("early/bien-ban.docx");
    assert!(says(&minutes, "Tính đến ") && !says(&minutes, "Ý KIẾN KHÁC"));
}

fn after_the_conclusion(deployment: &Deployment, id: &str) -> Value {
    let exported = export(deployment, "mofa", id, "minutes", REASON);
    assert_eq!(exported.code, 0, "{exported:?}");
    assert_eq!(exported.json["id"], id);
    let listed = exported.json["files"].as_array().unwrap();
    let names: Vec<&str> = listed
        .iter()
        .map(|it| it["file"].as_str().unwrap())
        .collect();
    assert_eq!(names, NAMES);
    let dir = deployment.path("minutes");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(files(&dir).len(), NAMES.len(), "nothing else is left there");
    for file in listed {
        let path = dir.join(file["file"].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(file["size"], bytes.len());
        let hash = thamvan_proto::entry::sha256(&bytes);
        assert_eq!(file["sha256"], data_encoding::HEXLOWER.encode(&hash.0));
        let magic: &[u8] = match path.extension().map(|it| it.to_str().unwrap()) {
            Some("pdf") => b"%PDF-1.7",
            Some(_) => b"PK\x03\x04", // DOCX and bundle
            None => continue,
        };
        assert!(bytes.starts_with(magic));
    }
    let minutes = dir.join("bien-ban.docx");
    for words in [
        "BIÊN BẢN THAM VẤN NHANH",
        "DỰ THẢO",
        "THƯỢNG KHẨN",
        "Số:      /BB-BNG",
        TITLE,
        "Bộ Công Thương: Không nhất trí",
        "“Chưa nhất trí: nguồn lực &lt;chưa rõ&gt; &amp; chưa có lộ trình 7418”",
        CONCLUSION,
        "không thay thế văn bản lấy ý kiến/trả lời chính thức",
        "chữ ký kỹ thuật của hệ thống",
    ] {
        assert!(says(&minutes, words), "{words}");
    }
    assert!(says(
        &dir.join("cong-van.docx"),
        "V/v tham vấn nhanh: Chủ trì lĩnh vực 7415"
    ));
    exported.json["files"].clone()
}

fn s14_what_is_refused(deployment: &Deployment, id: &str) {
    let refused = export(deployment, "mofa", id, "none", "  ");
    assert_eq!(
        (refused.code, &refused.json["error"]["rule"]),
        (1, &"S14".into())
    );
    let without = deployment.run("mofa", &["consult", "export", id, "--out", "none"]);
    assert_eq!(without.code, 2, "{without:?}");
    let unknown = export(deployment, "mofa", "ffffffffffff", "none", REASON);
    assert_eq!(
        (unknown.code, &unknown.json["error"]["code"]),
        (1, &"unknown".into())
    );
    assert!(!deployment.path("none").exists());
    // What is there stays as it is, all of it.
    std::fs::remove_file(deployment.path("early/bien-ban.pdf")).unwrap();
    let before = std::fs::read(deployment.path("early/bien-ban.docx")).unwrap();
    let again = export(deployment, "mofa", id, "early", REASON);
    assert_eq!(
        (again.code, &again.json["error"]["code"]),
        (2, &"file_failed".into())
    );
    assert_eq!(
        std::fs::read(deployment.path("early/bien-ban.docx")).unwrap(),
        before
    );
    assert_eq!(files(&deployment.path("early")).len(), NAMES.len() - 1);
}
