//! `thamvan audit report`: the same facts for programs and for people.

use std::fs;

use serde_json::json;

use crate::copy::Folder;
use crate::sample::Sample;
use crate::scene::{CHANNEL, SECOND, Who, device, scene, ticket};

fn reported(folder: &Folder) -> crate::copy::Ended {
    folder.audit(&["report", "--json", "--copy", "copy", "--out", "report.html"])
}

#[test]
fn the_document_is_the_verification_with_consultations_and_facts() {
    let sample = scene();
    let folder = Folder::new(&sample);
    folder.write("copy", &sample);
    let verified = folder.audit(&["verify", "--json", "--copy", "copy"]).json();
    let ended = reported(&folder);
    assert_eq!(ended.code, 0);
    let json = ended.json();
    for (key, value) in verified.as_object().unwrap() {
        assert_eq!(&json[key], value, "{key}");
    }
    assert_eq!(json["consultations"], json!([]));
    assert_eq!(json["log"]["origin"], "audit.example/log");
    assert_eq!(
        (&json["log"]["signed"], &json["log"]["quorum"]),
        (&json!(true), &json!(null))
    );
    let channel = &json["streams"][1];
    for (key, value) in [
        ("stream", json!(CHANNEL.to_string())),
        ("kind", json!("channel")),
        ("founder", json!("mofa")),
        ("founded_by", json!("lan@mofa")),
        ("approved_by", json!("binh@mofa")),
        ("provisioned_by", json!("an@mofa")),
        ("label", json!("restricted")),
        ("records", json!(11)),
        ("members", json!(["hoa@moit", "lan@mofa", "minh@moit"])),
        ("complete", json!(true)),
    ] {
        assert_eq!(channel[key], value, "{key}");
    }
    assert_eq!(json["types"]["message"], 3);
    let second = thamvan_proto::id::DeviceId([SECOND; 16]).to_string();
    let changes = json["changes"].as_array().unwrap();
    let enrolled = changes
        .iter()
        .find(|it| it["device"] == second.as_str())
        .unwrap();
    assert_eq!(
        enrolled["by"],
        json!({"kind": "two", "proposed_by": "an@mofa", "approved_by": "minh@moit"})
    );
    let roots = changes
        .iter()
        .filter(|it| it["by"]["kind"] == "root")
        .count();
    assert_eq!(roots, 7, "four devices, two roles, one seat");
}

#[test]
fn a_proposal_that_waits_has_no_effect_and_is_shown() {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    sample.propose(Who::An, &device(6, Who::Minh));
    let folder = Folder::new(&sample);
    folder.write("copy", &sample);
    let json = reported(&folder).json();
    let last = json["changes"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["by"]["kind"], &last["by"]["proposed_by"]),
        (&json!("waiting"), &json!("an@mofa"))
    );
    assert_eq!(json["streams"][0]["devices"].as_array().unwrap().len(), 5);
}

#[test]
fn the_page_is_vietnamese_first_and_english_on_request() {
    let sample = scene();
    let folder = Folder::new(&sample);
    folder.write("copy", &sample);
    let vi = folder.audit(&["report", "--copy", "copy"]).stdout;
    assert!(vi.starts_with("<!DOCTYPE html><html lang=\"vi\">"));
    assert!(vi.contains("Không phát hiện sai lệch: cả 18 mục của nhật ký audit.example/log"));
    let en = folder
        .audit(&["--lang", "en", "report", "--copy", "copy"])
        .stdout;
    assert!(en.contains("<html lang=\"en\">") && en.contains("No findings: all 18 entries"));
    // Without --json the page goes to the file, and nothing to standard output.
    let quiet = folder.audit(&["report", "--copy", "copy", "--out", "page.html"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (0, ""));
    assert!(
        fs::read_to_string(folder.path("page.html"))
            .unwrap()
            .contains("lang=\"vi\"")
    );
}

#[test]
fn a_hostile_file_name_is_shown_and_stays_text() {
    let sample = scene();
    let folder = Folder::new(&sample);
    let copy = folder.write("copy", &sample);
    fs::write(copy.join("<script>alert(1)<"), b"x").unwrap();
    let ended = reported(&folder);
    assert_eq!(
        (ended.code, ended.codes()),
        (3, vec!["extra_file".to_owned()])
    );
    let page = fs::read_to_string(folder.path("report.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;") && !page.contains("<script"));
    assert!(page.contains("Có tệp, thư mục hoặc liên kết không thuộc bản sao."));
}

#[test]
fn a_stream_with_a_gap_is_not_complete() {
    let sample = scene();
    let folder = Folder::new(&sample);
    let copy = folder.write("copy", &sample);
    let records = &sample.streams[&CHANNEL].records;
    let kept: Vec<u8> = records[..10]
        .iter()
        .flat_map(|it| it.record.clone())
        .collect();
    fs::write(
        copy.join(format!("streams/{CHANNEL}/records.cborseq")),
        kept,
    )
    .unwrap();
    let json = reported(&folder).json();
    assert_eq!(json["streams"][1]["complete"], false);
    assert_eq!(json["streams"][0]["complete"], true);
}

#[test]
fn a_copy_without_a_checkpoint_still_has_a_page() {
    let sample = Sample::begin();
    let folder = Folder::new(&sample);
    fs::create_dir(folder.path("copy")).unwrap();
    let ended = reported(&folder);
    assert_eq!(
        (ended.code, ended.codes()),
        (3, vec!["missing_file".to_owned()])
    );
    assert_eq!(ended.json()["log"], json!(null));
    assert!(
        fs::read_to_string(folder.path("report.html"))
            .unwrap()
            .contains("Không có mốc nhật ký đọc được")
    );
}
