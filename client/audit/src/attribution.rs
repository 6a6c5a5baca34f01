//! Each leaf to one record, each record to one leaf.
//!
//! A stream's tag key gives the tag of every place in it, so the leaves of a stream are found without reading anything else,
//! and a leaf whose tag belongs to no place in any stream is an entry that was kept from the auditor.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::id::StreamId;
use thamvan_proto::record::Leaf;
use thamvan_proto::tlog::Hash;

use crate::log::Log;
use crate::report::{Code, Finding, Findings};
use crate::stream::Stream;

/// Whose an entry of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The record of this stream at this place, byte for byte.
    Record(StreamId, u64),
    /// This stream's, but not the record that the copy has there.
    Other(StreamId),
    /// No stream's; a finding says so.
    Nobody,
}

/// Places by tag, and what has been claimed so far.
struct Claims<'a> {
    streams: &'a BTreeMap<StreamId, Stream>,
    places: BTreeMap<[u8; 16], (StreamId, u64)>,
    claimed: BTreeSet<(StreamId, u64)>,
    last: BTreeMap<StreamId, u64>,
}

/// Finds the record of every leaf of `log`, in index order.
pub(crate) fn attribute(
    log: &Log,
    streams: &BTreeMap<StreamId, Stream>,
    findings: &mut Findings,
) -> Vec<Place> {
    let mut claims = Claims {
        streams,
        places: places(streams),
        claimed: BTreeSet::new(),
        last: BTreeMap::new(),
    };
    let places = (0_u64..)
        .zip(&log.leaves)
        .map(|(index, leaf)| claims.claim(index, leaf.as_ref(), findings))
        .collect();
    // Behind a missing bundle there may be leaves: nothing can be said of the records left over.
    if log.is_complete {
        claims.report_unclaimed(findings);
    }
    places
}

/// The tag of every record, and of every place right behind one: there a record would stand that was kept back.
fn places(streams: &BTreeMap<StreamId, Stream>) -> BTreeMap<[u8; 16], (StreamId, u64)> {
    let mut places = BTreeMap::new();
    for (id, stream) in streams {
        let Some(key) = &stream.key else {
            continue;
        };
        let behind = stream.items.keys().map(|seq| seq.saturating_add(1));
        for seq in stream.items.keys().copied().chain(behind).chain([0]) {
            places.insert(key.tag(seq), (*id, seq));
        }
    }
    places
}

impl Claims<'_> {
    fn claim(&mut self, index: u64, leaf: Option<&Leaf>, findings: &mut Findings) -> Place {
        let Some((tag, hash)) = leaf.and_then(parts) else {
            return Place::Nobody; // reported where the bundle was read
        };
        let Some((id, seq)) = self.places.get(&tag).copied() else {
            let detail = "no stream of the copy has this entry";
            findings.push(Finding::error(Code::MissingEntry, detail).of_entry(index));
            return Place::Nobody;
        };
        let found = |code, detail: &str| {
            Finding::error(code, detail)
                .of_record(id, seq)
                .of_entry(index)
        };
        if !self.claimed.insert((id, seq)) {
            findings.push(found(Code::DuplicateSeq, "the log has this place twice"));
            return Place::Nobody;
        }
        if self.last.insert(id, seq).is_some_and(|last| seq < last) {
            let detail = "the entries of the stream are not in order";
            findings.push(found(Code::RecordOrder, detail));
        }
        let stream = self.streams.get(&id);
        match stream.and_then(|stream| stream.items.get(&seq)) {
            None => {
                let detail = "the log has this record, the copy has not";
                findings.push(found(Code::MissingEntry, detail));
                Place::Nobody
            }
            Some(item) if item.hash != hash => {
                let detail = "the record is not the one that was logged";
                findings.push(found(Code::EntryHash, detail));
                Place::Other(id)
            }
            Some(_) => Place::Record(id, seq),
        }
    }

    fn report_unclaimed(&self, findings: &mut Findings) {
        for (id, stream) in self.streams {
            for seq in stream.items.keys() {
                if !self.claimed.contains(&(*id, *seq)) {
                    let detail = "the record is not in the log";
                    findings.push(Finding::error(Code::MissingEntry, detail).of_record(*id, *seq));
                }
            }
        }
    }
}

fn parts(leaf: &Leaf) -> Option<([u8; 16], Hash)> {
    let (tag, hash) = leaf.0.get(1..)?.split_first_chunk()?;
    Some((*tag, Hash(hash.try_into().ok()?)))
}
