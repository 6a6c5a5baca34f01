//! What acts say, as far as this device can read it: the contents behind the public facts of a consultation.
//!
//! In scope: reading contents from the store, holding an act's words to the rules that only members can check.

use thamvan_proto::cbor;
use thamvan_proto::commitment::{Content, Part, PartRole};
use thamvan_proto::consultation::{
    ActRecord, Consultation, ContentError, Dissent, Position, check_content, position, text_of,
};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::StreamId;
use thamvan_proto::limits::MESSAGE_BODY_LEN_MAX;

use crate::error::EngineError;
use crate::store::Rows;

/// The contents of one channel.
pub(crate) struct Words<'r> {
    pub(crate) rows: &'r Rows<'r>,
    pub(crate) stream: StreamId,
}

impl Words<'_> {
    /// The content of an act; none where this device cannot read it, or refused it.
    pub(crate) fn of(&self, act: &ActRecord) -> Result<Option<Content>, EngineError> {
        let item = self.rows.item(&self.stream, act.seq)?;
        item.and_then(|item| item.content)
            .map(|content| parse_content(&content))
            .transpose()
    }

    /// The opinions of `consultation` that disagree, by seat, as a conclusion must repeat them.
    pub(crate) fn dissents(
        &self,
        consultation: &Consultation,
    ) -> Result<Vec<Dissent>, EngineError> {
        let mut dissents = Vec::new();
        for (seat, opinion) in consultation.opinions() {
            let Some(content) = self.of(opinion)? else {
                continue;
            };
            if position(&content) == Some(Position::Disagree) {
                dissents.push(Dissent {
                    opinion: opinion.record,
                    seat: seat.clone(),
                    text: text_of(&content, PartRole::OpinionText).unwrap_or_default(),
                });
            }
        }
        Ok(dissents)
    }

    /// Holds the words of an act of `kind` to the rules: its parts, and of a conclusion that no dissent is left out or changed.
    pub(crate) fn check(
        &self,
        consultation: &Consultation,
        kind: EntryType,
        content: &Content,
    ) -> Result<Result<(), ContentError>, EngineError> {
        if let Err(error) = check_content(kind, consultation.terms(), content) {
            return Ok(Err(error));
        }
        if kind != EntryType::ConsultationConclude {
            return Ok(Ok(()));
        }
        let known = self.dissents(consultation)?;
        let Some(said) = strict_dissents(content) else {
            return Ok(Err(ContentError::Dissent));
        };
        let counted = consultation.opinions();
        // Whoever joined later knows some opinions only; what it does not know it cannot hold the conclusion to.
        let is_true = |dissent: &Dissent| {
            known.contains(dissent)
                || counted.get(&dissent.seat).is_some_and(|opinion| {
                    opinion.record == dissent.opinion && matches!(self.of(opinion), Ok(None))
                })
        };
        let complete = known.iter().all(|dissent| said.contains(dissent));
        let ordered = said.is_sorted_by(|one, next| one.seat < next.seat);
        Ok(if complete && ordered && said.iter().all(is_true) {
            Ok(())
        } else {
            Err(ContentError::Dissent)
        })
    }
}

/// The dissents of a conclusion that has at most one part of them, not empty and well formed.
fn strict_dissents(content: &Content) -> Option<Vec<Dissent>> {
    let is_dissent = |part: &&Part| part.facts.role == PartRole::Dissent;
    match content.parts.iter().filter(is_dissent).count() {
        0 => Some(Vec::new()),
        1 => Some(said_dissents(content)).filter(|said| !said.is_empty()),
        _ => None,
    }
}

/// The dissents that a conclusion repeats.
pub(crate) fn said_dissents(content: &Content) -> Vec<Dissent> {
    let part = content
        .parts
        .iter()
        .find(|part| part.facts.role == PartRole::Dissent);
    part.and_then(|part| part.bytes.as_ref())
        .and_then(|bytes| cbor::from_slice(bytes, bytes.len()).ok())
        .unwrap_or_default()
}

/// A content that was stored.
pub(crate) fn parse_content(content: &[u8]) -> Result<Content, EngineError> {
    Ok(cbor::from_slice(content, MESSAGE_BODY_LEN_MAX)?)
}
