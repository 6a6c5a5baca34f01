//! What of a record can be looked at before its turn, on all cores: encoding, body, signature.
//!
//! The ledger goes through the log one entry after another; the dear part, the strict verification of each signature, does not
//! depend on that order. Entries are prepared a window ahead, under the key that their device is known by then to have; an
//! entry whose device is enrolled in between is verified in its turn. What is prepared is never a verdict: [`Entry::verify`]
//! remembers under which key it succeeded, and the ledger asks it again for the key of the directory at the record's `dir`.
//!
//! [`Entry::verify`]: thamvan_proto::entry::Entry::verify

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use serde::Serialize;
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{DeviceId, PublicKey, StreamId};
use thamvan_proto::ledger::{ParsedRecord, RecordError};
use thamvan_proto::limits::SIDE_BODY_LEN_MAX;
use thamvan_proto::tlog::Hash;

use crate::folder::{Content, Folder};
use crate::layout::{self, Layout};
use crate::report::{Code, Finding, Findings};
use crate::sides::Sides;
use crate::stream::Stream;
use crate::verify::VerifyError;

/// Signing keys by device. A device's key never changes, so a key that was right once is right for ever.
pub(crate) type Keys = Arc<BTreeMap<DeviceId, PublicKey>>;

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

/// A record that waits for its turn.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) stream: StreamId,
    pub(crate) seq: u64,
    pub(crate) parsed: Result<ParsedRecord, RecordError>,
    /// The body, if it stands there and is what its name says.
    pub(crate) body: Option<Vec<u8>>,
    named: Option<Hash>,
    is_damaged: bool,
    sides: Sides,
}

/// Files that the records of one stream name, and which of them have been read.
#[derive(Debug, Default)]
pub(crate) struct Named {
    payloads: BTreeSet<Hash>,
    kept: BTreeSet<Hash>,
    erasable: BTreeSet<Hash>,
}

impl Named {
    /// What the body `hash` is.
    pub(crate) fn kind_of(&self, hash: &Hash) -> BodyKind {
        if self.payloads.contains(hash) {
            BodyKind::Body
        } else if self.erasable.contains(hash) {
            BodyKind::Erasable
        } else {
            BodyKind::Side
        }
    }

    /// Notes what a record names, with the findings about its files.
    pub(crate) fn note(&mut self, prepared: &Prepared, stream: &Stream, findings: &mut Findings) {
        if let Some(payload) = prepared.named
            && self.payloads.insert(payload)
            && prepared.is_damaged
        {
            findings.push(damaged(&prepared.stream, &payload));
        }
        for side in &prepared.sides.kept {
            if !stream.bodies.contains(side) {
                let detail = "a side body is missing";
                findings.push(
                    Finding::warning(Code::MissingFile, detail)
                        .of_record(prepared.stream, prepared.seq)
                        .in_file(layout::body(&prepared.stream, side)),
                );
            }
        }
        self.kept.extend(prepared.sides.kept.iter().copied());
        self.erasable
            .extend(prepared.sides.erasable.iter().copied());
    }

    /// Reads the bodies that no record has as its own, and puts all files of the stream into `layout`.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn finish(
        &self,
        id: &StreamId,
        stream: &Stream,
        folder: &Folder,
        layout: &mut Layout,
        findings: &mut Findings,
    ) -> Result<(), VerifyError> {
        layout.require(layout::records(id));
        layout.require(layout::key(id));
        for payload in &self.payloads {
            layout.require(layout::body(id, payload));
        }
        for side in self.kept.iter().chain(&self.erasable) {
            layout.allow(layout::body(id, side));
        }
        for hash in stream.bodies.difference(&self.payloads) {
            if let Body::Damaged = read_body(folder, id, hash)? {
                findings.push(damaged(id, hash));
            }
        }
        Ok(())
    }
}

fn damaged(id: &StreamId, hash: &Hash) -> Finding {
    let detail = "the body is not what its name says, or too long";
    Finding::error(Code::EntryHash, detail)
        .of_stream(*id)
        .in_file(layout::body(id, hash))
}

enum Body {
    Missing,
    Damaged,
    Good(Vec<u8>),
}

fn read_body(folder: &Folder, id: &StreamId, hash: &Hash) -> Result<Body, VerifyError> {
    Ok(
        match folder.read(&layout::body(id, hash), SIDE_BODY_LEN_MAX)? {
            Content::Missing => Body::Missing,
            Content::Bytes(bytes) if sha256(&bytes) == *hash => Body::Good(bytes),
            Content::Bytes(_) | Content::TooLong => Body::Damaged,
        },
    )
}

/// The streams and the folder, as all cores may see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) streams: &'a BTreeMap<StreamId, Stream>,
}

type Work<'scope> = ScopedJoinHandle<'scope, Result<Vec<Prepared>, VerifyError>>;

impl<'a> Desk<'a> {
    /// Prepares the records at `places` on as many threads as there are cores; [`gather`] gives them in their order.
    pub(crate) fn spread<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        places: &[(StreamId, u64)],
        keys: &Keys,
    ) -> Vec<Work<'scope>>
    where
        'a: 'scope,
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = places.len().div_ceil(cores).max(1);
        let shares = places.chunks(share).map(|places| {
            let (places, keys) = (places.to_vec(), Arc::clone(keys));
            scope.spawn(move || self.prepare(&places, &keys))
        });
        shares.collect()
    }

    /// The side body with this hash, if it stands there and is what its name says.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn side(
        self,
        stream: &StreamId,
        hash: &Hash,
    ) -> Result<Option<Vec<u8>>, VerifyError> {
        Ok(match read_body(self.folder, stream, hash)? {
            Body::Missing | Body::Damaged => None,
            Body::Good(bytes) => Some(bytes),
        })
    }

    /// Prepares the records at `places` here and now.
    ///
    /// # Errors
    /// [`VerifyError`]: our environment.
    pub(crate) fn prepare(
        self,
        places: &[(StreamId, u64)],
        keys: &Keys,
    ) -> Result<Vec<Prepared>, VerifyError> {
        let prepared = places.iter().filter_map(|(id, seq)| {
            let stream = self.streams.get(id)?;
            let bytes = stream.bytes(stream.items.get(seq)?);
            Some(self.prepare_one(*id, *seq, bytes, keys))
        });
        prepared.collect()
    }

    fn prepare_one(
        self,
        stream: StreamId,
        seq: u64,
        bytes: &[u8],
        keys: &Keys,
    ) -> Result<Prepared, VerifyError> {
        let mut prepared = Prepared {
            stream,
            seq,
            parsed: ParsedRecord::parse(bytes),
            body: None,
            named: None,
            is_damaged: false,
            sides: Sides::default(),
        };
        let Ok(parsed) = &prepared.parsed else {
            return Ok(prepared);
        };
        let entry = parsed.entry();
        prepared.named = Some(entry.payload);
        match read_body(self.folder, &stream, &entry.payload)? {
            Body::Missing => {}
            Body::Damaged => prepared.is_damaged = true,
            Body::Good(body) => {
                if let Some(kind) = entry.facts.entry_type() {
                    prepared.sides = Sides::of(kind, &body);
                }
                prepared.body = Some(body);
            }
        }
        if let Some(key) = keys.get(&entry.device) {
            // Only remembers a success: the verdict is the ledger's.
            let _ = entry.verify(key);
        }
        Ok(prepared)
    }
}

/// Waits for what was spread.
///
/// # Errors
/// [`VerifyError`]: our environment.
pub(crate) fn gather(work: Vec<Work<'_>>) -> Result<Vec<Prepared>, VerifyError> {
    let mut all = Vec::new();
    for share in work {
        match share.join() {
            Ok(prepared) => all.append(&mut prepared?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    Ok(all)
}
