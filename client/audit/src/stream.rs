//! The streams of a copy: tag keys, records in file order, names of bodies.
//!
//! In scope: what one stream's folder says by itself, entries not yet looked at. Out of scope: entries and bodies (`prepare`),
//! the log (`attribution`), validity (`judge`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minicbor::Decoder;
use thamvan_proto::entry::sha256;
use thamvan_proto::id::StreamId;
use thamvan_proto::record::{Record, StreamKey};
use thamvan_proto::tlog::Hash;

use crate::folder::{Content, Folder, Kind};
use crate::layout;
use crate::limits::{KEY_FILE_LEN, RECORD_WINDOW_LEN, RECORDS_LEN_MAX};
use crate::report::{Code, Finding, Findings};
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
}

/// One record of a stream file.
#[derive(Debug)]
pub(crate) struct Item {
    /// SHA-256 of the record.
    pub(crate) hash: Hash,
    range: Range<usize>,
}

impl Stream {
    pub(crate) fn bytes(&self, item: &Item) -> &[u8] {
        self.file.get(item.range.clone()).unwrap_or_default()
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
            let item = self.item(range);
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

    fn item(&self, range: Range<usize>) -> Item {
        Item {
            hash: sha256(self.file.get(range.clone()).unwrap_or_default()),
            range,
        }
    }

    fn finding(&self, code: Code, seq: u64, detail: &str) -> Finding {
        Finding::error(code, detail)
            .of_record(self.id, seq)
            .in_file(layout::records(&self.id))
    }
}

/// Reads every stream of the copy.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn load(
    folder: &Folder,
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
            bodies: body_names(folder, &id),
            id,
            file: read_file(folder, id, budget, findings)?,
        };
        budget = budget.saturating_sub(stream.file.len());
        stream.read_records(findings);
        streams.insert(id, stream);
    }
    Ok(streams)
}

fn body_names(folder: &Folder, id: &StreamId) -> BTreeSet<Hash> {
    let names = folder.names(&layout::bodies(id), Kind::File);
    names.filter_map(layout::hash_of_hex).collect()
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
    let record = decoder.decode::<Record>().ok()?;
    let len = decoder.position();
    // The one encoding, as `Record::parse` has it.
    let is_strict = record.to_vec() == window.get(..len)?;
    is_strict.then_some(())?;
    Some((record, start..start.checked_add(len)?))
}
