//! Good copies, and copies in which files are missing, superfluous or out of order.

use std::fs;
use std::path::Path;

use thamvan_audit::{Checked, Code, Report, Severity, Verdict, VerifyError, verify};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::record::Leaf;

use crate::bytes::files;
use crate::sample::{Sample, codes};
use crate::scene::{CHANNEL, scene};

fn records(stream: StreamId) -> String {
    format!("streams/{stream}/records.cborseq")
}

fn changed(sample: &Sample, change: impl FnOnce(&Path)) -> Report {
    let dir = sample.folder();
    change(dir.path());
    sample.verify(dir.path())
}

#[test]
fn a_good_copy_is_ok_with_exact_counts() {
    let sample = scene();
    let dir = sample.folder();
    let report = sample.verify(dir.path());
    let warnings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.code, finding.severity))
        .collect();
    // The policy of the sample has no quorum.
    assert_eq!(warnings, [(Code::BadCosignature, Severity::Warning)]);
    assert_eq!(report.verdict, Verdict::Ok);
    assert_eq!(
        report.checked,
        Checked {
            entries: 18,
            signatures: 19,
            streams: 2,
            commits: 1,
            acts: 0,
        }
    );
    assert_eq!((report.shard, report.tree_size), (Some(0), Some(18)));
    let text = serde_json::to_string(&report).unwrap();
    let root = report.root.clone().unwrap();
    let head = format!(
        r#"{{"schema":1,"verdict":"ok","shard":0,"tree_size":18,"root":"{root}","checked":{{"entries":18,"signatures":19,"streams":2,"commits":1,"acts":0}},"findings":[{{"code":"bad_cosignature","severity":"warning","index":null,"stream":null,"seq":null,"path":"log/checkpoint","detail":"#
    );
    assert!(text.starts_with(&head), "{text}");
    assert_eq!(sample.verify(dir.path()), report);
}

#[test]
fn a_deleted_file_is_found() {
    let sample = scene();
    let dir = sample.folder();
    for path in files(dir.path()) {
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let report = sample.verify(dir.path());
        assert_eq!(report.verdict, Verdict::Findings, "{}", path.display());
        let name = path.strip_prefix(dir.path()).unwrap();
        let is_named = report.findings.iter().any(|finding| {
            let is_side = finding.code == Code::IndexMismatch;
            is_side || finding.path.as_deref() == name.to_str()
        });
        assert!(is_named, "{}", name.display());
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn what_does_not_belong_is_found() {
    let sample = scene();
    let unknown_body = format!("streams/{CHANNEL}/bodies/{}", "ab".repeat(32));
    for (path, expected) in [
        ("notes.txt", vec![Code::ExtraFile]),
        ("log/tile/1/000", vec![Code::ExtraFile]),
        ("log/tile/0/000.p/7", vec![Code::PartialTile]),
        ("log/tile/entries/000.p/19", vec![Code::PartialTile]),
        ("streams/x/k_stream", vec![Code::ExtraFile]),
        (
            &unknown_body,
            vec![Code::EntryHash, Code::ExtraFile, Code::IndexMismatch],
        ),
    ] {
        let report = changed(&sample, |dir| {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        });
        assert_eq!(codes(&report), expected, "{path}");
    }
    let report = changed(&sample, |dir| {
        fs::create_dir(dir.join("log/empty")).unwrap()
    });
    assert_eq!(codes(&report), [Code::ExtraFile]);
}

#[test]
fn a_body_that_nothing_names_is_extra_even_if_it_is_what_its_name_says() {
    let hash = sha256(b"stray");
    let report = changed(&scene(), |dir| {
        let path = format!("streams/{CHANNEL}/bodies/{hash:?}");
        fs::write(dir.join(path), b"stray").unwrap();
    });
    assert_eq!(codes(&report), [Code::ExtraFile, Code::IndexMismatch]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_a_file() {
    let report = changed(&scene(), |dir| {
        let index = dir.join("index.json");
        fs::rename(&index, dir.join("log/moved")).unwrap();
        std::os::unix::fs::symlink("log/moved", &index).unwrap();
    });
    assert_eq!(codes(&report), [Code::MissingFile, Code::ExtraFile]);
}

/// The records of a stream file of `sample`, changed by `change`.
fn with_records(
    sample: &Sample,
    stream: StreamId,
    change: impl FnOnce(&mut Vec<Vec<u8>>),
) -> Report {
    let contents = &sample.streams[&stream];
    let mut list: Vec<_> = contents
        .records
        .iter()
        .map(|it| it.record.clone())
        .collect();
    change(&mut list);
    changed(sample, |dir| {
        fs::write(dir.join(records(stream)), list.concat()).unwrap()
    })
}

#[test]
fn swapped_records_are_found() {
    let report = with_records(&scene(), CHANNEL, |list| list.swap(3, 4));
    assert_eq!(codes(&report), [Code::RecordOrder]);
}

#[test]
fn a_dropped_record_is_found_at_the_end_and_in_the_middle() {
    for at in [10, 5] {
        let report = with_records(&scene(), CHANNEL, |list| {
            list.remove(at);
        });
        assert!(codes(&report).contains(&Code::MissingEntry), "{at}");
        let is_there = |code| {
            report
                .findings
                .iter()
                .any(|it| it.code == code && it.seq == Some(at as u64))
        };
        assert!(is_there(Code::MissingEntry), "{at}");
    }
}

#[test]
fn a_repeated_record_is_found() {
    let report = with_records(&scene(), CHANNEL, |list| list.insert(2, list[1].clone()));
    assert_eq!(codes(&report), [Code::DuplicateSeq, Code::IndexMismatch]);
}

#[test]
fn a_missing_body_of_a_message_does_not_stop_the_judgement() {
    let sample = scene();
    let message = sample.streams[&CHANNEL].records[8].body.clone().unwrap();
    let report = changed(&sample, |dir| {
        let path = format!("streams/{CHANNEL}/bodies/{:?}", sha256(&message));
        fs::remove_file(dir.join(path)).unwrap();
    });
    assert_eq!(codes(&report), [Code::MissingFile, Code::IndexMismatch]);
    assert_eq!(report.checked.entries, 18);
}

#[test]
fn an_older_checkpoint_with_newer_tiles_is_found() {
    let mut sample = scene();
    let older = sample.checkpoint();
    sample.message(crate::scene::Who::Lan, thamvan_proto::label::Label::Public);
    let report = changed(&sample, |dir| {
        fs::write(dir.join("log/checkpoint"), older).unwrap()
    });
    assert_eq!(
        codes(&report),
        [Code::BadSignature, Code::PartialTile, Code::MissingFile]
    );
}

#[test]
fn another_checkpoint_of_the_same_size_is_found() {
    let sample = scene();
    let mut other = Sample::begin();
    while other.leaves.len() < sample.leaves.len() {
        other.log_leaf(Leaf([1; 49]));
    }
    let note = other.checkpoint();
    let report = changed(&sample, |dir| {
        fs::write(dir.join("log/checkpoint"), note).unwrap()
    });
    assert_eq!(codes(&report), [Code::RootMismatch, Code::IndexMismatch]);
}

#[test]
fn a_huge_tree_size_ends_at_once() {
    let sample = scene();
    let note = sample
        .checkpoint()
        .replace("\n18\n", "\n18446744073709551615\n");
    let report = changed(&sample, |dir| {
        fs::write(dir.join("log/checkpoint"), note).unwrap()
    });
    assert!(codes(&report).contains(&Code::MissingEntry));
    assert!(codes(&report).contains(&Code::BadSignature));
}

#[test]
fn a_folder_that_is_not_there_is_no_finding() {
    let sample = scene();
    let path = sample.folder().path().to_owned();
    let result = verify(&path, &sample.policy, &sample.genesis);
    assert!(matches!(result, Err(VerifyError::Read { path: got, .. }) if got.starts_with(&path)));
}
