//! What the evidence bundle of a consultation holds, and its one spelling.

use std::collections::BTreeMap;

use thamvan_proto::entry::sha256;
use thamvan_proto::id::ConsultationId;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::{Checkpoint, SignedNote, TlogProof};

use super::container::{BundleError, Files, MANIFEST, Manifest, pack};
use super::disclosure::ProvenRecord;
use super::layout::{CHECKPOINT, DIRECTORY, POLICY, body, directory_body, proof};

/// A part of what an act says, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPart {
    /// Sequence number of the act in the channel.
    pub seq: u64,
    /// Which part, from 0.
    pub n: usize,
    /// CBOR of the [`PartOpening`](thamvan_proto::commitment::PartOpening).
    pub opening: Vec<u8>,
    /// The part itself.
    pub part: Vec<u8>,
}

/// All that goes into the evidence of a consultation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceContents {
    /// The consultation.
    pub consultation: ConsultationId,
    /// Signed note, with its cosignatures.
    pub checkpoint: String,
    /// The policy file that the genesis pins.
    pub policy: String,
    /// Stream 0 with its bodies, up to the `dir` of the last record of the channel.
    pub directory: Vec<(Vec<u8>, Vec<u8>)>,
    /// The channel from its first record on, with the bodies of all that are no words of members. Each record names the hash of the
    /// one before it.
    pub channel: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The last record of the channel, with its place in the log: what it names lies before it.
    pub last: ProvenRecord,
    /// What the acts say, as far as it is opened, by act and part.
    pub openings: Vec<OpenedPart>,
    /// Documents that the exporter made of it, by name.
    pub documents: Vec<(String, Vec<u8>)>,
}

/// Writes the evidence of a consultation. Nothing of it is verified: [`super::open_evidence`] does that.
///
/// # Errors
/// [`BundleError::Write`]: a record, note or proof is none, or a document's name is no plain one.
pub fn write_evidence(contents: &EvidenceContents) -> Result<Vec<u8>, BundleError> {
    let note = SignedNote::parse(&contents.checkpoint).map_err(|_| BundleError::Write)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|_| BundleError::Write)?;
    let last = Record::parse(&contents.last.record).map_err(|_| BundleError::Write)?;
    let made = TlogProof::new(
        contents.last.tag.to_vec(),
        contents.last.index,
        contents.last.path.clone(),
        note.clone(),
    );
    let made = made.map_err(|_| BundleError::Write)?;
    let mut files: Files = BTreeMap::new();
    let mut put = |path: &str, bytes: &[u8]| files.insert(path.to_owned(), bytes.to_vec());
    put(
        CONSULTATION,
        format!("{}\n", contents.consultation).as_bytes(),
    );
    put(CHECKPOINT, contents.checkpoint.as_bytes());
    put(POLICY, contents.policy.as_bytes());
    put(&proof(LAST), made.to_string().as_bytes());
    let mut records = Vec::new();
    for (bytes, content) in &contents.directory {
        records.extend_from_slice(bytes);
        put(&directory_body(&sha256(content)), content);
    }
    put(DIRECTORY, &records);
    let mut records = Vec::new();
    for (bytes, content) in &contents.channel {
        records.extend_from_slice(bytes);
        if let Some(content) = content {
            put(&body(&sha256(content)), content);
        }
    }
    put(CHANNEL, &records);
    for opened in &contents.openings {
        let name = opened_name(opened.seq, opened.n);
        put(&format!("{name}.cbor"), &opened.opening);
        put(&format!("{name}.part"), &opened.part);
    }
    for (name, bytes) in &contents.documents {
        if !is_plain(name) {
            return Err(BundleError::Write);
        }
        put(&format!("{DOCUMENTS}{name}"), bytes);
    }
    let origin = checkpoint.origin.as_str();
    let manifest = Manifest::of(&files, KIND, origin, (last.shard, checkpoint.size)).to_text()?;
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    pack(&files)
}

/// Whether it is the name of a document: letters of ASCII, digits, hyphens, one ending.
fn is_plain(name: &str) -> bool {
    let plain = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    name.split_once('.')
        .is_some_and(|(stem, ending)| plain(stem) && plain(ending))
}

/// Digits wide enough for a sequence number, so that names are in the order of the acts.
pub(super) fn opened_name(seq: u64, n: usize) -> String {
    format!("{OPENINGS}{seq:020}-{n:02}")
}

pub(super) const KIND: &str = "minutes";
pub(super) const CONSULTATION: &str = "consultation.txt";
pub(super) const CHANNEL: &str = "records/channel.cborseq";
pub(super) const LAST: &str = "last";
pub(super) const OPENINGS: &str = "openings/";
pub(super) const DOCUMENTS: &str = "documents/";
