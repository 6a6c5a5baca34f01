//! `thamvan audit diff`: two copies of one log.

use std::fs;

use serde_json::{Value, json};
use thamvan_proto::entry::sha256;
use thamvan_proto::label::Label;

use crate::copy::{Ended, Folder, flip};
use crate::sample::Sample;
use crate::scene::{CHANNEL, NAME, SECOND, Who, device, scene, ticket};

fn diff(folder: &Folder, old: &str, new: &str) -> Ended {
    folder.audit(&["diff", "--json", old, new])
}

/// The scene, and the same with a device, a message and a member more.
fn grown() -> (Folder, Sample) {
    grown_from(scene())
}

fn grown_from(mut sample: Sample) -> (Folder, Sample) {
    let folder = Folder::new(&sample);
    folder.write("old", &sample);
    sample.state(Who::An, &ticket(6, Who::Minh));
    let proposed = sample.propose(Who::An, &device(6, Who::Minh));
    let approval = crate::scene::approval(proposed);
    sample.say(
        Who::Minh,
        thamvan_proto::entry::EntryType::Approve,
        &approval,
    );
    sample.message(Who::Lan, Label::Public);
    sample.commit(vec![]);
    folder.write("new", &sample);
    (folder, sample)
}

#[test]
fn what_is_new_is_listed_by_stream_with_its_proof() {
    let (folder, _) = grown();
    let ended = diff(&folder, "old", "new");
    assert_eq!((ended.code, ended.codes()), (0, vec![]));
    let json = ended.json();
    assert_eq!(
        (&json["old"]["tree_size"], &json["new"]["tree_size"]),
        (&json!(18), &json!(23))
    );
    assert!(!json["consistency"].as_array().unwrap().is_empty());
    assert_eq!(
        json["streams"][0]["types"],
        json!({"approve": 1, "propose": 1, "statement": 1})
    );
    let device = format!("{}", thamvan_proto::id::DeviceId([6; 16]));
    assert_eq!(json["streams"][0]["devices_added"], json!([device]));
    assert_eq!(json["streams"][1]["stream"], CHANNEL.to_string());
    assert_eq!(json["streams"][1]["records"], 2);
    assert_eq!(
        json["streams"][1]["types"],
        json!({"commit": 1, "message": 1})
    );
    assert_eq!(json["streams"][1]["is_new"], false);
    let change = &json["changes"][0];
    assert_eq!(
        (&change["what"], &change["by"]),
        (
            &json!("device_enrol"),
            &json!({"kind": "two", "proposed_by": "an@mofa", "approved_by": "minh@moit"})
        )
    );
    assert_eq!(json["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_copy_extends_itself_and_nothing_is_new() {
    let (folder, _) = grown();
    let ended = diff(&folder, "new", "new");
    let json = ended.json();
    assert_eq!(ended.code, 0);
    for list in ["streams", "changes", "gone", "consistency"] {
        assert_eq!(json[list], json!([]), "{list}");
    }
    let words = folder.audit(&["--lang", "en", "diff", "new", "new"]);
    let same = "The two copies are the same: nothing is new.\n";
    assert!(words.stdout.starts_with(same), "{}", words.stdout);
}

#[test]
fn swapped_arguments_are_a_rollback() {
    let (folder, _) = grown();
    let ended = diff(&folder, "new", "old");
    assert_eq!(ended.code, 3);
    assert!(ended.codes().contains(&"rollback".to_owned()));
    assert_eq!(ended.json()["consistency"], Value::Null);
    // The records that the smaller copy lacks are named one by one.
    let missing =
        |finding: &&Value| finding["code"] == "missing_entry" && finding["copy"] == "both";
    let json = ended.json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.iter().filter(missing).count(), 5);
}

#[test]
fn another_history_of_the_same_log_is_a_fork() {
    let mut other = scene();
    let (folder, _) = grown_from(other.clone());
    for _ in 0..7 {
        other.message(Who::Minh, Label::Internal);
    }
    folder.write("other", &other);
    let ended = diff(&folder, "new", "other");
    assert_eq!(ended.code, 3);
    let codes = ended.codes();
    assert!(codes.contains(&"fork".to_owned()), "{codes:?}");
    assert!(codes.contains(&"entry_hash".to_owned()), "{codes:?}");
    // Both copies are fine by themselves.
    let json = ended.json();
    assert_eq!(
        (&json["old"]["verdict"], &json["new"]["verdict"]),
        (&json!("ok"), &json!("ok"))
    );
    assert_eq!(diff(&folder, "old", "other").code, 0);
}

#[test]
fn the_same_size_with_another_root_is_a_fork() {
    let mut one = scene();
    let mut two = one.clone();
    let folder = Folder::new(&one);
    one.message(Who::Lan, Label::Public);
    two.message(Who::Lan, Label::Internal);
    folder.write("one", &one);
    folder.write("two", &two);
    let ended = diff(&folder, "one", "two");
    assert_eq!(
        (ended.code, ended.codes().contains(&"fork".to_owned())),
        (3, true)
    );
}

#[test]
fn a_body_that_has_gone_is_missing_and_a_name_may_go() {
    let (folder, sample) = grown();
    let new = folder.path("new");
    let bodies = new.join(format!(
        "streams/{}/bodies",
        thamvan_proto::id::StreamId::DIRECTORY
    ));
    let index = new.join("index.json");
    // A name may be erased: the summary then counts one body less.
    fs::remove_file(bodies.join(format!("{:?}", sha256(NAME)))).unwrap();
    let count = fs::read_dir(&bodies).unwrap().count();
    let text = fs::read_to_string(&index).unwrap();
    let counted = format!("\"bodies\": {}", count + 1);
    assert_eq!(text.matches(&counted).count(), 1);
    fs::write(
        &index,
        text.replace(&counted, &format!("\"bodies\": {count}")),
    )
    .unwrap();
    let ended = diff(&folder, "old", "new");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.json()["gone"][0]["kind"], "erasable");

    // The body of a message may not.
    let body = sample.streams[&CHANNEL].records[8].body.as_ref().unwrap();
    fs::remove_file(new.join(format!("streams/{CHANNEL}/bodies/{:?}", sha256(body)))).unwrap();
    let ended = diff(&folder, "old", "new");
    assert_eq!(ended.code, 3);
    assert!(ended.codes().contains(&"missing_file".to_owned()));
    let json = ended.json();
    let kinds: Vec<&Value> = json["gone"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["kind"])
        .collect();
    assert_eq!(kinds, ["erasable", "body"]);
}

#[test]
fn a_stream_that_has_gone_and_a_damaged_copy_are_found() {
    let (folder, _) = grown();
    fs::remove_dir_all(folder.path("new").join(format!("streams/{CHANNEL}"))).unwrap();
    let ended = diff(&folder, "old", "new");
    assert_eq!(ended.code, 3);
    assert!(ended.codes().contains(&"missing_file".to_owned()));

    let (folder, _) = grown();
    flip(&folder.path("old/log/checkpoint"));
    let ended = diff(&folder, "old", "new");
    assert_eq!(ended.code, 3);
    assert_eq!(ended.json()["findings"][0]["copy"], "old");
}

#[test]
fn members_and_devices_that_come_and_go_are_listed() {
    let mut sample = Sample::begin();
    let folder = Folder::new(&sample);
    folder.write("old", &sample);
    sample = scene();
    folder.write("new", &sample);
    let json = diff(&folder, "old", "new").json();
    let channel = &json["streams"][1];
    assert_eq!(channel["is_new"], true);
    assert_eq!(
        channel["members_added"],
        json!(["hoa@moit", "lan@mofa", "minh@moit"])
    );
    assert_eq!(channel["devices_added"].as_array().unwrap().len(), 3);
    assert_eq!(channel["members_removed"], json!([]));
    let second = thamvan_proto::id::DeviceId([SECOND; 16]).to_string();
    assert!(
        channel["devices_added"]
            .as_array()
            .unwrap()
            .contains(&json!(second))
    );
    let words = folder.audit(&["diff", "old", "new"]).stdout;
    assert!(words.contains("hoa@moit") && words.contains("Bản sao mới nối tiếp đúng bản sao cũ"));
}
