//! What becomes of the record of a consultation: the official letter beside it, what is taken away, its hand-over to the archives.

use data_encoding::HEXLOWER;
use thamvan_proto::commitment::PartRole;
use thamvan_proto::consultation::Letter;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, StreamId};
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::verbs::consult::{event, letter_part, text_part};

impl Engine {
    /// Records what became of the official letter beside a consultation (rule R5.6-5), also after its conclusion.
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn record_letter(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        letter: &Letter,
    ) -> Result<u64, EngineError> {
        let act = self.lead_act(stream, id)?;
        let parts = vec![letter_part(letter)?];
        self.say_act(stream, EntryType::LetterRecord, &act, parts, None)
            .await
    }

    /// Says that documents of a consultation leave this device: what they are by the hash of their manifest, and why (rule S14).
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn record_export(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        manifest: &Hash,
        reason: &str,
    ) -> Result<u64, EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let lead = consultation.lead();
        let own = self.own_appointments().into_iter().map(|fact| &fact.seat);
        let seat = own
            .filter(|seat| *seat == lead)
            .cloned()
            .chain(self.own_seats(consultation))
            .next()
            .ok_or_else(|| self.no_seat(consultation))?;
        let act = event(consultation, &seat);
        let parts = vec![
            text_part(PartRole::Reason, reason)?,
            text_part(PartRole::Manifest, &HEXLOWER.encode(&manifest.0))?,
        ];
        self.say_act(stream, EntryType::RecordExport, &act, parts, None)
            .await
    }

    /// Says that the record of a consultation has been handed over to the archives: what it consists of, by the hash of its
    /// manifest (rule A1).
    ///
    /// # Errors
    /// As [`Engine::open_consultation`].
    pub async fn record_archive(
        &mut self,
        stream: StreamId,
        id: ConsultationId,
        manifest: &Hash,
    ) -> Result<u64, EngineError> {
        let act = self.lead_act(stream, id)?;
        let text = HEXLOWER.encode(&manifest.0);
        let parts = vec![text_part(PartRole::Manifest, &text)?];
        self.say_act(stream, EntryType::RecordArchive, &act, parts, None)
            .await
    }

    /// Whether [`Engine::record_archive`] would be taken now.
    ///
    /// # Errors
    /// [`EngineError::Consultation`] with the rule.
    pub fn may_archive(&self, stream: StreamId, id: ConsultationId) -> Result<(), EngineError> {
        let act = self.lead_act(stream, id)?;
        self.judge_act(stream, EntryType::RecordArchive, &act)
    }
}
