//! Every code of `audit verify --json`, the least change of a copy that gives it, and that the binary names it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use thamvan_audit::Code;
use thamvan_proto::cbor;
use thamvan_proto::directory::StreamRegister;
use thamvan_proto::entry::{EntryType, Seen, sha256};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::{Hash, TilePath};

use crate::copy::{Folder, flip};
use crate::sample::Sample;
use crate::scene::{CHANNEL, Who, device, member, scene, scene_labelled, ticket};

/// How a bad copy is made.
enum Mutation {
    /// A good copy, changed on disk.
    OfFiles(fn(&Sample, &Path)),
    /// A log of a server that took what it should have refused, copied faithfully.
    OfLog(fn() -> Sample),
}

use Mutation::{OfFiles, OfLog};

/// The codes of `audit verify`; `rollback` alone needs an earlier copy: `diff` and `copies` (of `thamvan-audit`) raise it.
const TABLE: [(Code, Mutation); 19] = [
    (Code::EntryHash, OfFiles(change_a_message)),
    (
        Code::TileHash,
        OfFiles(|_, copy| flip(&copy.join("log/tile/0/000.p/18"))),
    ),
    (Code::RootMismatch, OfFiles(sign_another_root)),
    (Code::BadSignature, OfLog(sign_with_another_key)),
    (Code::BadCosignature, OfFiles(add_an_unknown_line)),
    (
        Code::RecordOrder,
        OfFiles(|sample, copy| with_records(sample, copy, |list| list.swap(3, 4))),
    ),
    (
        Code::MissingEntry,
        OfFiles(|sample, copy| with_records(sample, copy, |list| drop(list.pop()))),
    ),
    (
        Code::DuplicateSeq,
        OfFiles(|sample, copy| with_records(sample, copy, |list| list.insert(2, list[1].clone()))),
    ),
    (
        Code::LabelMismatch,
        OfLog(|| messaged(Label::Internal, Label::Restricted)),
    ),
    (
        Code::LabelAboveCeiling,
        OfLog(|| messaged(Label::Restricted, Label::Mat)),
    ),
    (
        Code::MembershipUnauthorised,
        OfLog(add_a_member_without_right),
    ),
    (Code::CommitInvalid, OfLog(commit_in_a_past_epoch)),
    (Code::ActInvalid, OfLog(register_twice)),
    (Code::DualControlViolated, OfLog(enrol_alone)),
    (Code::Fork, OfLog(see_another_log)),
    (
        Code::PartialTile,
        OfFiles(|_, copy| fs::write(copy.join("log/tile/entries/000.p/19"), b"x").unwrap()),
    ),
    (
        Code::MissingFile,
        OfFiles(|sample, copy| fs::remove_file(body_of_a_message(sample, copy)).unwrap()),
    ),
    (
        Code::ExtraFile,
        OfFiles(|_, copy| fs::write(copy.join("notes.txt"), b"x").unwrap()),
    ),
    (
        Code::IndexMismatch,
        OfFiles(|_, copy| flip(&copy.join("index.json"))),
    ),
];

#[test]
fn every_code_is_found_and_named() {
    for (code, mutation) in &TABLE {
        let sample = match mutation {
            OfFiles(_) => scene(),
            OfLog(make) => make(),
        };
        let folder = Folder::new(&sample);
        let copy = folder.write("copy", &sample);
        if let OfFiles(change) = mutation {
            assert_eq!(verify(&folder), (0, vec![]), "{code}: the copy was good");
            change(&sample, &copy);
        }
        let (exit, codes) = verify(&folder);
        assert_eq!(exit, 3, "{code}");
        assert!(codes.contains(&code.to_string()), "{code}: {codes:?}");
    }
}

#[test]
fn the_table_has_every_code_that_one_copy_can_have() {
    let tested: BTreeSet<Code> = TABLE.iter().map(|(code, _)| *code).collect();
    let missing: Vec<Code> = Code::ALL
        .into_iter()
        .filter(|code| !tested.contains(code))
        .collect();
    assert_eq!(missing, [Code::Rollback]);
}

#[test]
fn the_document_has_the_published_shape_and_nothing_else() {
    let sample = scene();
    let folder = Folder::new(&sample);
    folder.write("copy", &sample);
    let ended = folder.audit(&["verify", "--json", "--copy", "copy"]);
    let head = r#"{"schema":1,"verdict":"ok","shard":0,"tree_size":18,"root":""#;
    assert!(ended.stdout.starts_with(head), "{}", ended.stdout);
    let json = ended.json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "checked",
            "findings",
            "root",
            "schema",
            "shard",
            "tree_size",
            "verdict"
        ]
    );
    let keys: Vec<&String> = json["findings"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "code", "detail", "index", "path", "seq", "severity", "stream"
        ]
    );
}

fn verify(folder: &Folder) -> (i32, Vec<String>) {
    let ended = folder.audit(&["verify", "--json", "--copy", "copy"]);
    (ended.code, ended.codes())
}

fn body_of_a_message(sample: &Sample, copy: &Path) -> std::path::PathBuf {
    let records = &sample.streams[&CHANNEL].records;
    let body = records[8].body.as_ref().unwrap();
    copy.join(format!("streams/{CHANNEL}/bodies/{:?}", sha256(body)))
}

fn change_a_message(sample: &Sample, copy: &Path) {
    flip(&body_of_a_message(sample, copy));
}

fn sign_another_root(_: &Sample, copy: &Path) {
    let mut other = scene();
    let leaf = other.leaves[0];
    other = Sample::begin();
    while other.leaves.len() < 18 {
        other.log_leaf(leaf);
    }
    fs::write(copy.join("log/checkpoint"), other.checkpoint()).unwrap();
}

fn add_an_unknown_line(_: &Sample, copy: &Path) {
    let place = copy.join("log/checkpoint");
    let note = fs::read_to_string(&place).unwrap();
    let base64 = data_encoding::BASE64.encode(&[7; 4 + 64]);
    fs::write(place, format!("{note}\u{2014} nobody.example {base64}\n")).unwrap();
}

fn with_records(sample: &Sample, copy: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let records = sample.streams[&CHANNEL].records.iter();
    let mut list: Vec<_> = records.map(|it| it.record.clone()).collect();
    change(&mut list);
    let place = copy.join(format!("streams/{CHANNEL}/records.cborseq"));
    fs::write(place, list.concat()).unwrap();
}

fn messaged(channel: Label, message: Label) -> Sample {
    let mut sample = scene_labelled(channel);
    sample.message(Who::Lan, message);
    sample
}

fn sign_with_another_key() -> Sample {
    let mut sample = scene();
    let draft = sample.message_draft(Label::Internal);
    let stranger = crate::scene::signing_key(99);
    sample.submit(Who::Lan.device(), &stranger, &draft, b"", &[]);
    sample
}

fn add_a_member_without_right() -> Sample {
    let mut sample = scene();
    let body = member(Who::Binh.official());
    sample.say(Who::Minh, EntryType::MemberAdd, &body);
    sample
}

fn commit_in_a_past_epoch() -> Sample {
    let mut sample = scene();
    sample.commit_late();
    sample
}

fn register_twice() -> Sample {
    let mut sample = scene();
    let register = StreamRegister {
        stream: CHANNEL,
        key_commitment: StreamKey([0x52; 32]).commitment(),
    };
    let body = cbor::to_vec(&register);
    sample.say(Who::Lan, EntryType::StreamRegister, &body);
    sample
}

fn enrol_alone() -> Sample {
    let mut sample = scene();
    sample.state(Who::An, &ticket(6, Who::Minh));
    sample.state(Who::An, &device(6, Who::Minh));
    sample
}

fn see_another_log() -> Sample {
    let mut sample = scene();
    let mut draft = sample.message_draft(Label::Internal);
    draft.seen = Some(Seen {
        shard: 0,
        size: 5,
        root: Hash([0xee; 32]),
    });
    sample.send(Who::Lan, &draft);
    sample
}

/// The path that the table names is the tile of this size.
#[test]
fn the_sample_has_eighteen_entries() {
    assert_eq!(scene().leaves.len(), 18);
    assert!(TilePath::parse("tile/0/000.p/18").is_ok());
}
