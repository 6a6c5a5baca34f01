//! The streams of a copy: tag keys, records in file order, bodies by their hashes.
//!
//! In scope: what one stream's folder says by itself. Out of scope: the log (`attribution`), validity (`judge`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minicbor::Decoder;
use serde::Serialize;
use thamvan_proto::entry::{Entry, EntryType, sha256};
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::tlog::Hash;

use crate::folder::{Content, Folder, Kind};
use crate::layout::{self, Layout};
use crate::limits::{KEY_FILE_LEN, RECORD_WINDOW_LEN, RECORDS_LEN_MAX};
use crate::report::{Code, Finding, Findings};
use crate::sides::Sides;
use crate::verify::VerifyError;

/// One stream of the copy.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The tag key, if the file holds one.
    pub(crate) key: Option<StreamKey>,
    /// Records by the number that they carry; where two carry one, the first.
    pub(crate) items: BTreeMap<u64, Item>,
    /// Records in the file.
    pub(crate) count: u64,
    /// Names in `bodies` that are hashes.
    pub(crate) bodies: BTreeSet<Hash>,
    id: StreamId,
    file: Vec<u8>,
    damaged: BTreeSet<Hash>,
    erasable: BTreeSet<Hash>,
}

/// What a file in `bodies` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// The body of an entry: nothing in rule version 1 erases it.
    Body,
    /// Kept beside a body.
    Side,
    /// A name of a person or a Welcome, which may go.
    Erasable,
}

/// One record of a stream file.
#[derive(Debug)]
pub(crate) struct Item {
    /// SHA-256 of the record.
    pub(crate) hash: Hash,
    /// Payload of its entry, and type if it is known; none where the entry does not parse.
    pub(crate) entry: Option<(Hash, Option<EntryType>)>,
    range: Range<usize>,
}

impl Stream {
    pub(crate) fn bytes(&self, item: &Item) -> &[u8] {
        self.file.get(item.range.clone()).unwrap_or_default()
    }

    /// The body with this hash, if it stands there undamaged.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn body(
        &self,
        folder: &Folder,
        hash: &Hash,
    ) -> Result<Option<Vec<u8>>, VerifyError> {
        if !self.bodies.contains(hash) || self.damaged.contains(hash) {
            return Ok(None);
        }
        let path = layout::body(&self.id, hash);
        Ok(folder.read(&path, SIDE_BODY_LEN_MAX)?.bytes())
    }

    /// Bodies that entries name.
    pub(crate) fn payloads(&self) -> BTreeSet<Hash> {
        let entries = self.items.values().filter_map(|item| item.entry.as_ref());
        entries.map(|(payload, _)| *payload).collect()
    }

    /// Whether an entry names this side body as one that may go.
    pub(crate) fn is_erasable(&self, hash: &Hash) -> bool {
        self.erasable.contains(hash)
    }

    fn check_bodies(
        &mut self,
        folder: &Folder,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        let names = folder.names(&layout::bodies(&self.id), Kind::File);
        self.bodies = names.filter_map(layout::hash_of_hex).collect();
        for hash in &self.bodies {
            let path = layout::body(&self.id, hash);
            let bytes = folder.read(&path, SIDE_BODY_LEN_MAX)?.bytes();
            if bytes.is_none_or(|bytes| sha256(&bytes) != *hash) {
                let detail = "the body is not what its name says, or too long";
                findings.push(
                    Finding::error(Code::EntryHash, detail)
                        .of_stream(self.id)
                        .in_file(path),
                );
                self.damaged.insert(*hash);
            }
        }
        Ok(())
    }

    /// Cuts the file into records and holds their numbers to their order.
    fn read_records(&mut self, findings: &mut Findings) {
        let mut start = 0;
        let mut last = None;
        while start < self.file.len() {
            let Some((record, range)) = next_record(&self.file, start) else {
                let detail = "not a record: the file is not read further";
                findings.push(self.finding(Code::EntryHash, self.count, detail));
                break;
            };
            start = range.end;
            let item = self.item(&record, range);
            if let Some((code, detail)) = self.misplacement(&record, last) {
                findings.push(self.finding(code, record.seq, detail));
            }
            last = Some(record.seq);
            self.count = self.count.saturating_add(1);
            if record.stream == self.id {
                self.items.entry(record.seq).or_insert(item);
            }
        }
        self.check_gaps(findings);
    }

    fn misplacement(&self, record: &Record, last: Option<u64>) -> Option<(Code, &'static str)> {
        if record.stream != self.id {
            return Some((Code::RecordOrder, "the record names another stream"));
        }
        if self.items.contains_key(&record.seq) {
            return Some((Code::DuplicateSeq, "a second record with this number"));
        }
        let goes_back = last.is_some_and(|last| record.seq < last);
        goes_back.then_some((Code::RecordOrder, "the records are not in order"))
    }

    fn check_gaps(&self, findings: &mut Findings) {
        let mut next = 0;
        for seq in self.items.keys() {
            if *seq != next {
                let detail = format!("records {next} up to this one are missing");
                findings.push(self.finding(Code::MissingEntry, *seq, &detail));
            }
            next = seq.saturating_add(1);
        }
    }

    fn item(&self, record: &Record, range: Range<usize>) -> Item {
        let entry = Entry::parse(&record.entry).ok();
        Item {
            hash: sha256(self.file.get(range.clone()).unwrap_or_default()),
            entry: entry.map(|entry| (entry.payload, entry.facts.entry_type())),
            range,
        }
    }

    /// Puts the files that this stream has, or must have, into `layout`.
    fn name_files(
        &mut self,
        folder: &Folder,
        layout: &mut Layout,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        layout.require(layout::records(&self.id));
        layout.require(layout::key(&self.id));
        let mut erasable = BTreeSet::new();
        for (seq, item) in &self.items {
            let Some((payload, kind)) = item.entry else {
                continue;
            };
            layout.require(layout::body(&self.id, &payload));
            let (Some(kind), Some(body)) = (kind, self.body(folder, &payload)?) else {
                continue;
            };
            let sides = Sides::of(kind, &body);
            erasable.extend(sides.erasable.iter().copied());
            for side in sides.kept.iter().chain(&sides.erasable) {
                layout.allow(layout::body(&self.id, side));
            }
            for side in sides.kept.iter().filter(|side| !self.bodies.contains(side)) {
                let detail = "a side body is missing";
                findings.push(
                    Finding::warning(Code::MissingFile, detail)
                        .of_record(self.id, *seq)
                        .in_file(layout::body(&self.id, side)),
                );
            }
        }
        self.erasable = erasable;
        Ok(())
    }

    fn finding(&self, code: Code, seq: u64, detail: &str) -> Finding {
        Finding::error(code, detail)
            .of_record(self.id, seq)
            .in_file(layout::records(&self.id))
    }
}

/// Reads every stream of the copy and puts its files into `layout`.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn load(
    folder: &Folder,
    layout: &mut Layout,
    findings: &mut Findings,
) -> Result<BTreeMap<StreamId, Stream>, VerifyError> {
    let names = folder.names(layout::STREAMS, Kind::Folder);
    let ids: BTreeSet<StreamId> = names.filter_map(|name| name.parse().ok()).collect();
    let mut streams = BTreeMap::new();
    let mut budget = RECORDS_LEN_MAX;
    for id in ids {
        let mut stream = Stream {
            key: read_key(folder, id, findings)?,
            items: BTreeMap::new(),
            count: 0,
            bodies: BTreeSet::new(),
            id,
            file: read_file(folder, id, budget, findings)?,
            damaged: BTreeSet::new(),
            erasable: BTreeSet::new(),
        };
        budget = budget.saturating_sub(stream.file.len());
        stream.read_records(findings);
        stream.check_bodies(folder, findings)?;
        stream.name_files(folder, layout, findings)?;
        streams.insert(id, stream);
    }
    Ok(streams)
}

fn read_key(
    folder: &Folder,
    id: StreamId,
    findings: &mut Findings,
) -> Result<Option<StreamKey>, VerifyError> {
    let path = layout::key(&id);
    let content = folder.read(&path, KEY_FILE_LEN)?;
    if content == Content::Missing {
        return Ok(None);
    }
    let key = content.bytes().and_then(|text| layout::key_of_text(&text));
    if key.is_none() {
        let detail = "not 64 lower-case digits and a line feed";
        findings.push(
            Finding::error(Code::EntryHash, detail)
                .of_stream(id)
                .in_file(path),
        );
    }
    Ok(key)
}

fn read_file(
    folder: &Folder,
    id: StreamId,
    budget: usize,
    findings: &mut Findings,
) -> Result<Vec<u8>, VerifyError> {
    let path = layout::records(&id);
    let content = folder.read(&path, budget)?;
    if content == Content::TooLong {
        let detail = format!("more than {RECORDS_LEN_MAX} bytes of records are not read");
        findings.push(
            Finding::error(Code::EntryHash, detail)
                .of_stream(id)
                .in_file(path),
        );
    }
    Ok(content.bytes().unwrap_or_default())
}

/// The record that starts at `start`, in the strict encoding.
fn next_record(file: &[u8], start: usize) -> Option<(Record, Range<usize>)> {
    let rest = file.get(start..)?;
    let window = rest.get(..rest.len().min(RECORD_WINDOW_LEN))?;
    let mut decoder = Decoder::new(window);
    decoder.decode::<Record>().ok()?;
    let len = decoder.position();
    let record = Record::parse(window.get(..len)?).ok()?;
    Some((record, start..start.checked_add(len)?))
}
