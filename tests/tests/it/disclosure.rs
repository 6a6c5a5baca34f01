//! One part of a message, opened to an auditor: verified offline, and nothing else learned or changed.

use std::fs;

use thamvan_audit::{
    DisclosureContents, OpenedDisclosure, Pins, ProvenRecord, Verdict, open_disclosure,
    write_disclosure,
};
use thamvan_engine::{Disclosed, Engine, EngineError, LoggedRecord, NewMessage};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::StreamId;
use thamvan_proto::tlog::Hash;

use crate::fixture::{ADMIN, APPROVER, LAN, MINH, id};
use crate::scene::{Scene, again};

const TEXT: &str = "Đồng ý, 7263.";
const FILE: &str = "canary-7263.pdf";
const BYTES: &[u8] = b"bytes of canary 7263";

/// A message of minh with a text, what it answers, and a file; disclosed by lan.
struct Said {
    scene: Scene,
    lan: Engine,
    stream: StreamId,
    seq: u64,
}

impl Said {
    async fn new() -> Self {
        let scene = Scene::audited(&[LAN, APPROVER, ADMIN, MINH], APPROVER).await;
        let mut lan = scene.ready(0).await;
        let stream = scene.channel(&mut lan).await;
        let mut minh = scene.ready(3).await;
        lan.add_member(stream, id(MINH)).await.unwrap();
        again(&mut minh).await;
        let first = lan.send(stream, "hỏi", None).await.unwrap();
        again(&mut minh).await;
        let path = scene.dir.path().join(FILE);
        fs::write(&path, BYTES).unwrap();
        let message = NewMessage {
            text: TEXT,
            reply: Some(first),
            attach: &[path.into()],
            ..NewMessage::default()
        };
        let seq = minh.send_message(stream, &message).await.unwrap();
        again(&mut lan).await;
        Self {
            scene,
            lan,
            stream,
            seq,
        }
    }

    async fn disclose(&mut self, n: usize) -> DisclosureContents {
        let (of, to) = ((self.stream, self.seq), id(APPROVER));
        let disclosed = self.lan.disclose(of, n, to, "kiểm tra".into()).await;
        contents(disclosed.unwrap())
    }

    fn pins(&self) -> Pins {
        let policy = fs::read_to_string(self.scene.dir.path().join("policy.txt")).unwrap();
        Pins::read(&policy, self.lan.pinned().genesis).unwrap()
    }

    fn open(&self, contents: &DisclosureContents) -> OpenedDisclosure {
        open_disclosure(&write_disclosure(contents).unwrap(), Some(&self.pins()))
    }
}

fn contents(disclosed: Disclosed) -> DisclosureContents {
    let proven = |logged: LoggedRecord| ProvenRecord {
        record: logged.record,
        tag: logged.tag,
        index: logged.index,
        path: logged.path,
    };
    DisclosureContents {
        checkpoint: disclosed.checkpoint,
        policy: disclosed.policy,
        said: proven(disclosed.said),
        disclosure: proven(disclosed.disclosure),
        body: disclosed.body,
        opening: disclosed.opening,
        part: disclosed.part,
        directory: disclosed.directory,
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_part_is_opened_and_says_who_when_and_what_and_nothing_else() {
    let mut said = Said::new().await;
    let text = said.disclose(0).await;
    let opened = said.open(&text);
    let report = opened.report;
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    let record = report.record.unwrap();
    assert_eq!(record.entry, format!("{}/{}", said.stream, said.seq));
    assert_eq!((record.kind, record.label), ("message", "internal"));
    let author = report.author.unwrap();
    assert_eq!(
        (author.official.as_str(), author.agency.as_str()),
        (MINH, "moit")
    );
    let part = report.part.unwrap();
    assert_eq!((part.n, part.of, part.role), (0, 4, "text"));
    assert_eq!(part.text.as_deref(), Some(TEXT));
    let act = report.disclosure.unwrap();
    assert_eq!((act.by.official.as_str(), act.to.as_str()), (LAN, APPROVER));
    assert_eq!(act.reason, "kiểm tra");
    // Neither the file nor its name, nor the names of persons, which are side bodies.
    let bundle = write_disclosure(&text).unwrap();
    for hidden in [FILE.as_bytes(), BYTES, b"thamvan/name/v1"] {
        assert!(!has(&bundle, hidden));
    }
    assert!(has(&bundle, TEXT.as_bytes()));

    // A file is opened as well: the bytes go in, and its name, which is another part, does not.
    let file = said.disclose(2).await;
    let opened = said.open(&file);
    assert_eq!(opened.report.verdict, Verdict::Ok);
    assert_eq!(opened.part.as_deref(), Some(BYTES));
    let part = opened.report.part.unwrap();
    assert_eq!((part.role, part.text), ("attachment", None));
    let bundle = write_disclosure(&file).unwrap();
    assert!(!has(&bundle, FILE.as_bytes()) && !has(&bundle, TEXT.as_bytes()));
}

#[tokio::test]
async fn it_is_held_to_what_the_auditor_knows_from_elsewhere() {
    let mut said = Said::new().await;
    let text = said.disclose(0).await;
    let bundle = write_disclosure(&text).unwrap();
    let mut other = said.pins();
    other.genesis = Hash([1; 32]);
    assert_eq!(
        open_disclosure(&bundle, Some(&other)).report.verdict,
        Verdict::Findings
    );
    other = said.pins();
    other.policy_hash = Hash([1; 32]);
    assert_eq!(
        open_disclosure(&bundle, Some(&other)).report.verdict,
        Verdict::Findings
    );
    // Held to nothing but itself, it says so.
    let alone = open_disclosure(&bundle, None).report;
    assert_eq!(alone.verdict, Verdict::Ok);
    assert_eq!(
        alone.findings.len(),
        1 + said.open(&text).report.findings.len()
    );
}

#[tokio::test]
async fn e3_no_byte_of_the_file_can_be_changed() {
    let mut said = Said::new().await;
    let bundle = write_disclosure(&said.disclose(0).await).unwrap();
    let pins = said.pins();
    assert_eq!(
        open_disclosure(&bundle, Some(&pins)).report.verdict,
        Verdict::Ok
    );
    for at in 0..bundle.len() {
        let mut changed = bundle.clone();
        changed[at] ^= 1 << (at % 8);
        let opened = open_disclosure(&changed, Some(&pins));
        assert_eq!(opened.report.verdict, Verdict::Findings, "byte {at}");
        assert!(opened.part.is_none() && opened.report.author.is_none());
    }
    for cut in [0, 1, bundle.len() / 2, bundle.len() - 1] {
        let opened = open_disclosure(&bundle[..cut], Some(&pins));
        assert_eq!(opened.report.verdict, Verdict::Findings);
    }
    let longer = [bundle.as_slice(), b"\0"].concat();
    assert_eq!(
        open_disclosure(&longer, Some(&pins)).report.verdict,
        Verdict::Findings
    );
}

/// Somebody who can put a bundle together anew, with hashes and list to fit, still cannot change what is in it.
#[tokio::test]
async fn no_byte_of_its_contents_can_be_changed_even_where_the_list_is_made_anew() {
    let mut said = Said::new().await;
    let good = said.disclose(0).await;
    let pins = said.pins();
    let refused = |changed: &DisclosureContents, what: &str| {
        if let Ok(bundle) = write_disclosure(changed) {
            let opened = open_disclosure(&bundle, Some(&pins));
            assert_eq!(opened.report.verdict, Verdict::Findings, "{what}");
        }
    };
    type Field = fn(&mut DisclosureContents) -> &mut Vec<u8>;
    let fields: [(&str, Field); 6] = [
        ("said", |it| &mut it.said.record),
        ("disclosure", |it| &mut it.disclosure.record),
        ("body", |it| &mut it.body),
        ("opening", |it| &mut it.opening),
        ("part", |it| &mut it.part),
        ("genesis", |it| &mut it.directory[0].0),
    ];
    for (name, field) in fields {
        for at in 0..field(&mut good.clone()).len() {
            let mut changed = good.clone();
            field(&mut changed)[at] ^= 1 << (at % 8);
            refused(&changed, &format!("{name} {at}"));
        }
    }
    for n in 0..good.directory.len() {
        for at in (0..good.directory[n].1.len()).step_by(37) {
            let mut changed = good.clone();
            changed.directory[n].1[at] ^= 1;
            refused(&changed, &format!("body {n} of the directory, {at}"));
        }
    }
    for at in 0..good.checkpoint.len() {
        let mut bytes = good.checkpoint.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(checkpoint) = String::from_utf8(bytes) {
            let changed = DisclosureContents {
                checkpoint,
                ..good.clone()
            };
            refused(&changed, &format!("checkpoint {at}"));
        }
    }
    type Change = fn(&mut DisclosureContents);
    let changes: [(&str, Change); 8] = [
        ("tag", |it| it.said.tag[15] ^= 1),
        ("tag", |it| it.disclosure.tag[0] ^= 1),
        ("index", |it| it.said.index += 1),
        ("path", |it| it.said.path[0].0[0] ^= 1),
        ("path", |it| it.disclosure.path.clear()),
        ("policy", |it| it.policy.push_str("# more\n")),
        ("a shorter directory", |it| drop(it.directory.pop())),
        ("two records exchanged", |it| {
            std::mem::swap(&mut it.said, &mut it.disclosure)
        }),
    ];
    for (name, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        refused(&changed, name);
    }
    // A second disclosure does not stand for another part than its own.
    let other = said.disclose(1).await;
    let mut mixed = good.clone();
    (mixed.opening, mixed.part) = (other.opening, other.part);
    refused(&mixed, "another part");
}

#[tokio::test]
async fn only_members_disclose_only_what_was_said_and_only_to_auditors() {
    let mut said = Said::new().await;
    let of = (said.stream, said.seq);
    let code = |result: Result<Disclosed, EngineError>| match result {
        Err(EngineError::Refused { code, .. }) => code,
        other => panic!("{:?}", other.map(|it| it.seq)),
    };
    let lan = &mut said.lan;
    let nobody = lan.disclose(of, 0, id(MINH), "a".into()).await;
    assert_eq!(code(nobody), ErrorCode::Void);
    let no_reason = lan.disclose(of, 0, id(APPROVER), String::new()).await;
    assert_eq!(code(no_reason), ErrorCode::Void);
    let no_part = lan.disclose(of, 4, id(APPROVER), "a".into()).await;
    assert!(matches!(no_part, Err(EngineError::Unknown { .. })));
    let founding = lan
        .disclose((said.stream, 0), 0, id(APPROVER), "a".into())
        .await;
    assert!(matches!(founding, Err(EngineError::Unknown { .. })));
    // The auditor has records and ciphertext, and nothing to disclose.
    let mut auditor = said.scene.ready(1).await;
    let unread = auditor.disclose(of, 0, id(APPROVER), "a".into()).await;
    assert!(matches!(unread, Err(EngineError::Unknown { .. })));
    // Members see in the log that something was disclosed; the message itself is as it was.
    said.disclose(0).await;
    let items = said.lan.items(said.stream, said.seq).unwrap();
    assert_eq!(items[0].text.as_deref(), Some(TEXT));
}
