//! Names in a bundle that every kind has.

use thamvan_proto::entry::Entry;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use crate::layout;

/// The hash of the body that a record's entry names.
pub(super) fn payload(bytes: &[u8]) -> Option<Hash> {
    let record = Record::parse(bytes).ok()?;
    Some(Entry::parse(&record.entry).ok()?.payload)
}

pub(super) fn record(name: &str) -> String {
    format!("records/{name}.cbor")
}

pub(super) fn proof(name: &str) -> String {
    format!("proofs/{name}.tlog-proof")
}

pub(super) fn body(hash: &Hash) -> String {
    format!("bodies/{}", layout::hex(hash))
}

pub(super) fn directory_body(hash: &Hash) -> String {
    format!("directory/bodies/{}", layout::hex(hash))
}

pub(super) const CHECKPOINT: &str = "checkpoint";
pub(super) const POLICY: &str = "policy.txt";
pub(super) const DIRECTORY: &str = "directory/records.cborseq";
