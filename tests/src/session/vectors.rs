//! The session as files: tests/vectors/session and docs/sample-session.md.

use std::fmt::Write as _;

use serde_json::{Value, json};
use thamvan_proto::entry::{Entry, sha256};
use thamvan_proto::tlog::encode_entry_bundle;

use super::writer::place;
use super::{Block, Logged, ORIGIN, Session};
use crate::annotate::{Shape, annotate};

/// The files of tests/vectors/session: name and text.
#[must_use]
pub fn files(session: &Session) -> Vec<(&'static str, String)> {
    [
        ("values.json", values(session)),
        ("records.json", records(session)),
        ("log.json", log(session)),
        ("frames.json", frames(session)),
        ("derived.json", derived(session)),
    ]
    .into_iter()
    .map(|(name, value)| (name, format!("{value:#}\n")))
    .collect()
}

fn values(session: &Session) -> Value {
    let named = session.names.listed().iter();
    named
        .map(|(name, bytes)| json!({ "name": name, "hex": hex(bytes) }))
        .collect()
}

fn records(session: &Session) -> Value {
    session.records.iter().map(record).collect()
}

fn record(logged: &Logged) -> Value {
    let entry = Entry::parse(&logged.entry).expect("an entry of the session parses");
    let sides: Vec<Value> = logged
        .sides
        .iter()
        .map(|side| json!({ "name": side.title, "hex": hex(&side.bytes) }))
        .collect();
    json!({
        "name": logged.name,
        "type": logged.kind.number(),
        "index": logged.index,
        "stream": hex(&logged.stream.0),
        "seq": logged.seq,
        "record": hex(&logged.record),
        "entry": hex(&logged.entry),
        "body": hex(&logged.body.bytes),
        "sides": sides,
        "record_hash": hex(&sha256(&logged.record).0),
        "entry_hash": hex(&entry.hash.0),
        "leaf": hex(&logged.leaf.0),
        "leaf_hash": hex(&logged.leaf.hash().0),
        "root": hex(&logged.root.0),
    })
}

fn log(session: &Session) -> Value {
    json!({
        "origin": ORIGIN,
        "log_key": session.cast.genesis.log_key,
        "policy": session.cast.policy,
        "size": session.tree.size(),
        "root": hex(&session.tree.root().0),
        "checkpoint": session.checkpoint,
        "bundle": hex(&bundle(session)),
        "tile": hex(&tile(session)),
    })
}

fn frames(session: &Session) -> Value {
    let one = |frame: &super::FrameShown| json!({ "name": frame.name, "from": frame.from, "hex": hex(&frame.block.bytes) });
    session.frames.iter().map(one).collect()
}

fn derived(session: &Session) -> Value {
    let contents = session
        .contents
        .iter()
        .map(|(_, block)| json!({ "name": block.title, "hex": hex(&block.bytes) }));
    let derived = session.derived.iter().map(|derived| {
        json!({
            "name": derived.title,
            "hex": hex(&derived.preimage.bytes),
            "result": derived.result,
        })
    });
    contents.chain(derived).collect()
}

/// The entry bundle of the whole log.
///
/// # Panics
/// Never: the session has fewer than 256 leaves.
#[must_use]
pub fn bundle(session: &Session) -> Vec<u8> {
    let leaves: Vec<&[u8]> = session
        .records
        .iter()
        .map(|logged| logged.leaf.0.as_slice())
        .collect();
    encode_entry_bundle(&leaves).expect("the session fits one bundle")
}

/// The hash tile of the whole log.
///
/// # Panics
/// Never: the session has fewer than 256 leaves.
#[must_use]
pub fn tile(session: &Session) -> Vec<u8> {
    let width = u16::try_from(session.tree.size()).expect("the session fits one tile");
    session
        .tree
        .tile(0, 0, width)
        .expect("the tree has this tile")
}

/// Every block of the session, in the order of the document.
#[must_use]
pub fn blocks(session: &Session) -> Vec<Block> {
    let records = session.records.iter().flat_map(blocks_of_record);
    let contents = session.contents.iter().map(|(_, block)| block.clone());
    let frames = session.frames.iter().map(|frame| frame.block.clone());
    let derived = session
        .derived
        .iter()
        .map(|derived| derived.preimage.clone());
    records
        .chain(log_blocks(session))
        .chain(contents)
        .chain(derived)
        .chain(frames)
        .collect()
}

fn blocks_of_record(logged: &Logged) -> Vec<Block> {
    let place = place(&logged.stream, logged.seq);
    let record = Block::new(
        format!("record {place}"),
        logged.record.clone(),
        &crate::annotate::shapes::RECORD,
    );
    let leaf = Block::new(
        format!("leaf {}", logged.index),
        logged.leaf.0.to_vec(),
        &Shape::Leaf,
    );
    let mut blocks = vec![record, logged.body.clone()];
    blocks.extend(logged.sides.iter().map(|side| Block {
        title: format!("side body, {}", side.title),
        ..side.clone()
    }));
    blocks.push(leaf);
    blocks
}

fn log_blocks(session: &Session) -> Vec<Block> {
    let size = session.tree.size();
    vec![
        Block::new(
            "policy file",
            session.cast.policy.clone().into(),
            &Shape::Text,
        ),
        Block::new(
            "checkpoint",
            session.checkpoint.clone().into(),
            &Shape::Text,
        ),
        Block::new(
            format!("tile/entries/000.p/{size}"),
            bundle(session),
            &Shape::Bundle,
        ),
        Block::new(
            format!("tile/0/000.p/{size}"),
            tile(session),
            &Shape::Hashes,
        ),
    ]
}

/// docs/sample-session.md.
#[must_use]
pub fn document(session: &Session) -> String {
    let mut page = Page {
        session,
        text: INTRODUCTION.to_owned(),
    };
    page.values();
    page.heading(2, "Records");
    for logged in &session.records {
        let place = place(&logged.stream, logged.seq);
        page.heading(3, &format!("{place}: {}", logged.name));
        page.paragraph(&format!("Leaf {}: {}.", logged.index, logged.what));
        blocks_of_record(logged)
            .iter()
            .for_each(|block| page.block(block));
    }
    page.heading(2, "The log");
    log_blocks(session)
        .iter()
        .for_each(|block| page.block(block));
    page.heading(2, "Plaintexts");
    session
        .contents
        .iter()
        .for_each(|(_, block)| page.block(block));
    page.heading(2, "What is hashed");
    for derived in &session.derived {
        page.block(&derived.preimage);
        page.paragraph(&derived.result);
    }
    page.heading(2, "Frames");
    for frame in &session.frames {
        page.heading(3, frame.name);
        page.paragraph(&format!("From the {}: {}.", frame.from, frame.what));
        page.block(&frame.block);
    }
    page.text
}

struct Page<'a> {
    session: &'a Session,
    text: String,
}

impl Page<'_> {
    fn heading(&mut self, depth: usize, title: &str) {
        let marks = "#".repeat(depth);
        let _ = write!(self.text, "\n{marks} {title}\n");
    }

    fn paragraph(&mut self, text: &str) {
        let _ = write!(self.text, "\n{text}\n");
    }

    fn block(&mut self, block: &Block) {
        let annotated = annotate(&block.title, &block.bytes, block.shape, &self.session.names);
        let (title, len) = (&block.title, block.bytes.len());
        let _ = write!(
            self.text,
            "\n{title} ({len} bytes)\n\n```text\n{annotated}```\n"
        );
    }

    fn values(&mut self) {
        self.heading(2, "Values");
        self.paragraph("| what | bytes |\n|---|---|");
        // The table goes on right below its head.
        for (name, bytes) in self.session.names.listed() {
            let _ = writeln!(self.text, "| {name} | `{}` |", hex(bytes));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

const INTRODUCTION: &str = "# One session, byte by byte

Generated by `tests/src/session`; a test compares every line. Chapter 12 of [protocol.md](protocol.md) introduces it. Each line of a
block is hex, then `#` and what it is; indentation shows what lies inside what; a long string goes on over lines without `#`. The hex of a
block, joined, is the whole value. `S/3` is the record of stream 0 with seq 3, `C/3` that of the channel, `H/1` that of the heads. ` = ` names a value that stands
elsewhere in this session. The same bytes without words: `tests/vectors/session`.
";
