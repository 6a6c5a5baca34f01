//! The seeds of the corpus: values of the session that each target accepts, and one broken variant of each first value.

use std::collections::BTreeMap;

use thamvan_proto::cbor;
use thamvan_proto::directory::RootSigned;
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::frame::{Body, Frame};
use thamvan_proto::limits::FRAME_LEN_MAX;
use thamvan_proto::tlog::SignedNote;

use super::mutate::{Random, mutate};
use super::{SESSION, model, witness};
use crate::samples;
use crate::session::vectors::{bundle, tile};

/// Seeds by target, each accepted by it.
#[must_use]
pub fn accepted() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let mut seeds = Seeds::default();
    seeds.records();
    seeds.bodies();
    seeds.frames();
    seeds.texts();
    seeds.witness();
    seeds.add("ledger", model::honest_script());
    seeds.add("ledger", model::sequenced_script());
    for (target, sample) in [
        ("member_remove", "MemberRemove"),
        ("channel_close", "ChannelClose"),
        ("authorisation", "Authorisation"),
        ("authorisation_end", "AuthorisationEnd"),
        ("commit_rejected", "CommitRejected"),
        ("successor", "Successor"),
        ("leave", "Leave"),
        ("facts", "Facts"),
        ("facts", "Facts, absent values"),
        ("content", "Content"),
        ("content", "Content, attachment"),
        ("attachment_key", "AttachmentKey"),
        ("part_opening", "PartOpening"),
        ("released_item", "ReleasedItem"),
        ("disclosure", "Disclosure"),
        ("member_add", "MemberAdd"),
        ("founding", "Founding"),
    ] {
        seeds.add(target, sample_of(sample));
    }
    for n in (1..=9).chain(11..=14) {
        seeds.add("statement", sample_of(&format!("Statement {n}")));
    }
    seeds.0
}

/// For each target, one seed that was broken on purpose.
#[must_use]
pub fn broken() -> BTreeMap<&'static str, Vec<u8>> {
    let mut random = Random(1);
    accepted()
        .into_iter()
        .filter_map(|(target, seeds)| {
            let first = seeds.first()?;
            Some((target, mutate(&mut random, first, &seeds)))
        })
        .collect()
}

fn sample_of(name: &str) -> Vec<u8> {
    samples::stored()
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, bytes)| bytes)
        .expect("there is a sample of this name")
}

#[derive(Default)]
struct Seeds(BTreeMap<&'static str, Vec<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &'static str, bytes: Vec<u8>) {
        let seeds = self.0.entry(target).or_default();
        if !seeds.contains(&bytes) {
            seeds.push(bytes);
        }
    }

    fn records(&mut self) {
        for logged in &SESSION.records {
            let entry = Entry::parse(&logged.entry).expect("an entry of the session parses");
            self.add("facts", cbor::to_vec(&entry.facts));
            // One of each type is enough of these.
            let first = SESSION
                .records
                .iter()
                .find(|first| first.kind == logged.kind);
            if first.is_some_and(|first| first.index == logged.index) {
                self.add("record", logged.record.clone());
                self.add("entry", logged.entry.clone());
            }
        }
    }

    fn bodies(&mut self) {
        for logged in &SESSION.records {
            let target = match logged.kind {
                EntryType::Genesis => "genesis",
                EntryType::RootStatement => "root_statements",
                EntryType::Statement => "statement",
                EntryType::Propose => "proposal",
                EntryType::Approve | EntryType::FoundingApprove => "approval",
                EntryType::StreamRegister => "stream_register",
                EntryType::Heads => "heads",
                EntryType::Founding => "founding",
                EntryType::StreamOpen => "stream_open",
                EntryType::MemberAdd => "member_add",
                EntryType::MemberRemove => "member_remove",
                EntryType::ChannelClose => "channel_close",
                EntryType::Authorisation => "authorisation",
                EntryType::AuthorisationEnd => "authorisation_end",
                EntryType::GroupStart => "group_start",
                EntryType::Commit => "commit_body",
                EntryType::CommitRejected => "commit_rejected",
                EntryType::Successor => "successor",
                EntryType::Leave => "leave",
                EntryType::Message
                | EntryType::Brief
                | EntryType::ConsultationOpen
                | EntryType::ConsultationExtend
                | EntryType::ConsultationReopen
                | EntryType::ConsultationConclude
                | EntryType::ConsultationWithdraw
                | EntryType::QuestionRevise
                | EntryType::LetterRecord
                | EntryType::Answer
                | EntryType::RecordExport
                | EntryType::RecordArchive => "mls_header",
                // Their body is null, which no target parses.
                EntryType::ConsultationRemind
                | EntryType::Delivered
                | EntryType::Viewed
                | EntryType::Acknowledged => continue,
                EntryType::Disclosure => "disclosure",
            };
            self.add(target, logged.body.bytes.clone());
            if logged.name == "root-statement" {
                let side = logged.sides.first().expect("it names officials");
                self.add("official_name", side.bytes.clone());
            }
        }
        self.commit_and_contents();
    }

    fn commit_and_contents(&mut self) {
        let commit = &SESSION.record("commit").body.bytes;
        let body: thamvan_proto::channel::CommitBody =
            cbor::from_slice(commit, commit.len()).expect("a commit of the session parses");
        self.add("mls_header", body.commit.to_vec());
        for (content, block) in &SESSION.contents {
            self.add("content", block.bytes.clone());
            let name = &content.parts[0];
            if let (1, Some(bytes)) = (content.parts.len(), &name.bytes) {
                self.add("sealed_name", bytes.to_vec());
            }
        }
        let genesis = &SESSION.record("genesis").body.bytes;
        let signed: RootSigned =
            cbor::from_slice(genesis, genesis.len()).expect("a genesis of the session parses");
        let fewer = RootSigned {
            signatures: signed.signatures[..1].to_vec(),
            ..signed
        };
        self.add("genesis", cbor::to_vec(&fewer));
    }

    fn frames(&mut self) {
        for shown in &SESSION.frames {
            let bytes = &shown.block.bytes;
            let frame = Frame::parse(bytes, FRAME_LEN_MAX).expect("a frame of the session parses");
            self.add("frame", bytes.clone());
            if let Body::Login(login) = &frame.body {
                self.add("login", login.to_vec());
            } else if let Body::Enrol(enrol) = &frame.body {
                self.add("enrolment", enrol.request.to_vec());
            } else if let Body::Refused(refused) = &frame.body {
                if let Some(signed) = &refused.signed {
                    self.add("refusal", signed.to_vec());
                }
            } else if matches!(frame.body, Body::Ok(_)) {
                self.add("answer", bytes.clone());
            }
        }
    }

    fn witness(&mut self) {
        let note = witness::cosigned_note();
        let lines = note.signatures().iter();
        let lines: String = lines.map(|line| format!("{line}\n")).collect();
        for (target, text) in [
            ("add_checkpoint", witness::request().to_string()),
            ("cosignature_lines", lines),
            ("tree_size", "20\n".to_owned()),
            ("cosigned_checkpoint", note.to_string()),
            ("tlog_proof", witness::proof().to_string()),
        ] {
            self.add(target, text.into_bytes());
        }
    }

    fn texts(&mut self) {
        let cast = &SESSION.cast;
        let note = SignedNote::parse(&SESSION.checkpoint).expect("a checkpoint is a note");
        let ticket = SESSION
            .derived
            .iter()
            .find_map(|derived| derived.result.strip_prefix("text: `"))
            .map(|text| text.trim_end_matches('`'))
            .expect("the session has a ticket");
        let size = SESSION.tree.size();
        for (target, text) in [
            ("ticket_file", ticket),
            ("signed_note", &SESSION.checkpoint),
            ("signed_checkpoint", &SESSION.checkpoint),
            ("checkpoint", note.text()),
            ("policy", &cast.policy),
            ("vkey", &cast.genesis.log_key),
            ("tile_path", &format!("tile/0/000.p/{size}")),
            ("tile_path", "tile/entries/x001/x234/067"),
            ("label", "restricted"),
            ("agency_id", "mofa"),
            ("official_id", "lan.nguyen@mofa"),
            ("seat_id", "mofa/secretariat"),
            ("device_id", &cast.lan.device.to_string()),
        ] {
            self.add(target, text.as_bytes().to_vec());
        }
        self.add("entry_bundle", bundle(&SESSION));
        self.add("hash_tile", tile(&SESSION));
    }
}
