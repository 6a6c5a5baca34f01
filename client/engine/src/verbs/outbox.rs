//! What waits in the outbox, and what was refused there: to see, and to drop.

use thamvan_proto::attachment::attachments;
use thamvan_proto::cbor;
use thamvan_proto::commitment::Content;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, StreamId};

use crate::attachment::BlobFolder;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::store::{Outgoing, Rows};
use crate::verbs::attachment::AttachmentView;
use crate::verbs::message::shown;

/// A message or act in the outbox.
#[derive(Clone, Debug)]
pub struct OutboxView {
    /// Its number in this home.
    pub id: i64,
    /// Where it goes.
    pub stream: StreamId,
    /// What it will be.
    pub kind: EntryType,
    /// The consultation that it is an act of.
    pub consultation: Option<ConsultationId>,
    /// Its text; none where it has none, or is an act.
    pub text: Option<String>,
    /// Its files.
    pub attachments: Vec<AttachmentView>,
    /// Whether the server may have it already: then it is not ours to drop.
    pub sent: bool,
    /// Why it was refused.
    pub refusal: Option<String>,
}

impl Engine {
    /// What is in the outbox, first in line first.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn outbox(&self) -> Result<Vec<OutboxView>, EngineError> {
        let rows = Rows(self.store.connection()).outgoing()?;
        rows.into_iter().map(view).collect()
    }

    /// Drops what was refused, or has never been sent, with the blobs made for it.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] with rule `outbox_sent`: it may be in the log, and its place in this device's chain is taken.
    pub fn drop_outgoing(&mut self, id: i64) -> Result<(), EngineError> {
        let rows = Rows(self.store.connection());
        let found = rows.outgoing()?.into_iter().find(|one| one.id == id);
        let outgoing = found.ok_or_else(|| EngineError::Unknown {
            what: "outbox entry",
            name: id.to_string(),
        })?;
        if outgoing.bytes.is_some() && outgoing.refusal.is_none() {
            return Err(EngineError::NotAllowed {
                rule: "outbox_sent",
                what: "it has been sent and may be in the log".into(),
            });
        }
        rows.remove_outgoing(id)?;
        if let Some(content) = &outgoing.content {
            let content: Content = cbor::from_slice(content, content.len())?;
            let folder = BlobFolder::of(self.home());
            for attachment in attachments(&content).unwrap_or_default() {
                folder.remove(&attachment.key.blob);
            }
        }
        Ok(())
    }
}

fn view(outgoing: Outgoing) -> Result<OutboxView, EngineError> {
    let content = outgoing.content.as_deref();
    let shown = content.map(|content| shown(outgoing.kind, content));
    let shown = shown.transpose()?.unwrap_or_default();
    Ok(OutboxView {
        id: outgoing.id,
        stream: outgoing.stream,
        kind: outgoing.kind,
        consultation: outgoing.act.map(|act| act.consultation),
        text: shown.text,
        attachments: shown.attachments,
        sent: outgoing.bytes.is_some(),
        refusal: outgoing.refusal,
    })
}
