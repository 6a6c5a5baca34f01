//! What a disclosure's bundle holds, and its one spelling.

use std::collections::BTreeMap;

use thamvan_proto::entry::sha256;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{Checkpoint, Hash, SignedNote, TlogProof};

use super::container::{BundleError, Files, MANIFEST, Manifest, pack};
use super::layout::{CHECKPOINT, DIRECTORY, POLICY, body, directory_body, proof, record};

/// A record with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenRecord {
    /// Its bytes.
    pub record: Vec<u8>,
    /// Its stream tag, without which the leaf cannot be computed.
    pub tag: [u8; 16],
    /// Index in the log.
    pub index: u64,
    /// Inclusion path under the checkpoint of the bundle.
    pub path: Vec<Hash>,
}

/// All that goes into the bundle of a disclosure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureContents {
    /// Signed note, with its cosignatures.
    pub checkpoint: String,
    /// The policy file that the genesis pins.
    pub policy: String,
    /// What was said.
    pub said: ProvenRecord,
    /// The entry of the log that discloses a part of it.
    pub disclosure: ProvenRecord,
    /// Body of that entry.
    pub body: Vec<u8>,
    /// CBOR of the [`PartOpening`](thamvan_proto::commitment::PartOpening).
    pub opening: Vec<u8>,
    /// The part itself.
    pub part: Vec<u8>,
    /// Stream 0 with its bodies, up to the `dir` of the disclosure.
    pub directory: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Writes the bundle of a disclosure. Nothing of it is verified: [`super::open_disclosure`] does that.
///
/// # Errors
/// [`BundleError::Write`]: a record, note or proof is none.
pub fn write_disclosure(contents: &DisclosureContents) -> Result<Vec<u8>, BundleError> {
    let wrong = |_| BundleError::Write;
    let note = SignedNote::parse(&contents.checkpoint).map_err(|_| BundleError::Write)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|_| BundleError::Write)?;
    let shard = Record::parse(&contents.said.record).map_err(wrong)?.shard;
    let mut files: Files = BTreeMap::new();
    let mut put = |path: &str, bytes: &[u8]| files.insert(path.to_owned(), bytes.to_vec());
    put(CHECKPOINT, contents.checkpoint.as_bytes());
    put(POLICY, contents.policy.as_bytes());
    put(OPENING, &contents.opening);
    put(PART, &contents.part);
    put(&body(&sha256(&contents.body)), &contents.body);
    for (name, proven) in [(SAID, &contents.said), (DISCLOSURE, &contents.disclosure)] {
        put(&record(name), &proven.record);
        let (tag, path) = (proven.tag.to_vec(), proven.path.clone());
        let made = TlogProof::new(tag, proven.index, path, note.clone());
        put(
            &proof(name),
            made.map_err(|_| BundleError::Write)?.to_string().as_bytes(),
        );
    }
    let mut records = Vec::new();
    for (bytes, content) in &contents.directory {
        records.extend_from_slice(bytes);
        put(&directory_body(&sha256(content)), content);
    }
    put(DIRECTORY, &records);
    let origin = checkpoint.origin.as_str();
    let manifest = Manifest::of(&files, KIND, origin, (shard, checkpoint.size)).to_text()?;
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    pack(&files)
}

pub(super) const KIND: &str = "disclosure";
pub(super) const OPENING: &str = "openings/part.cbor";
pub(super) const PART: &str = "documents/part";
pub(super) const SAID: &str = "said";
pub(super) const DISCLOSURE: &str = "disclosure";
