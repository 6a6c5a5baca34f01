//! The evidence of a consultation: everything that proves it offline to somebody without an account.

use thamvan_proto::cbor;
use thamvan_proto::commitment::{PartOpening, PartRole};
use thamvan_proto::entry::Entry;
use thamvan_proto::id::{ConsultationId, StreamId};
use thamvan_proto::record::Record;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::Rows;
use crate::verbs::disclose::{LoggedRecord, RecordAndBody};
use crate::words::Words;

/// A part of what an act says: its act, its number, CBOR of what opens it, its bytes.
pub(super) type SaidPart = (u64, usize, Vec<u8>, Vec<u8>);

/// What proves a consultation.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Signed note, with a quorum of cosignatures where the policy asks for one and it was reached.
    pub checkpoint: String,
    /// The policy file.
    pub policy: String,
    /// Records and bodies of stream 0 up to the `dir` of the last act; without the names of persons.
    pub directory: Vec<RecordAndBody>,
    /// Records of the channel up to the last act, with the bodies of all that are no words of members.
    pub channel: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The last act, with its place in the log.
    pub last: LoggedRecord,
    /// What its acts say, as far as this device can read it; without files and what opens them.
    pub parts: Vec<SaidPart>,
}

impl Engine {
    /// Gathers what proves a consultation up to its last act.
    ///
    /// # Errors
    /// [`EngineError::Unknown`]; trouble with the connection or the store.
    pub async fn evidence(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<Evidence, EngineError> {
        let consultation = self.consultation_of(stream, id)?.clone();
        let acts = consultation.acts();
        let last = acts.last().map_or(0, |act| act.seq);
        let mut channel = Vec::new();
        for row in Rows(self.store.connection()).stream_records(&stream, 0)? {
            if row.seq > last {
                break;
            }
            let damaged = |_| EngineError::StoreDamaged { what: "entry" };
            let entry = Entry::parse(&Record::parse(&row.record)?.entry).map_err(damaged)?;
            let is_said = entry.facts.entry_type().is_some_and(|kind| kind.is_said());
            let body = match row.body {
                _ if is_said => None,
                Some(body) => Some(body),
                None => Some(self.fetch_body(&entry.payload).await?),
            };
            channel.push((row.record, body));
        }
        let mut parts = Vec::new();
        for act in acts.iter().filter(|act| act.kind.is_said()) {
            let rows = Rows(self.store.connection());
            let words = Words {
                rows: &rows,
                stream,
            };
            let Some(content) = words.of(act)? else {
                continue;
            };
            for (n, part) in content.parts.iter().enumerate() {
                let opens_a_file = part.facts.role == PartRole::AttachmentKey;
                let bytes = part.bytes.as_ref().filter(|_| !opens_a_file);
                if let Some((bytes, opening)) = bytes.zip(PartOpening::of(&content, n)) {
                    parts.push((act.seq, n, cbor::to_vec(&opening), bytes.to_vec()));
                }
            }
        }
        let (checkpoint, note) = self.checkpoint_for_copy().await?;
        Ok(Evidence {
            checkpoint: note,
            policy: self.policy_text()?,
            directory: self.directory_of(stream, last)?,
            channel,
            last: self.logged_record(stream, last, &checkpoint).await?,
            parts,
        })
    }
}
