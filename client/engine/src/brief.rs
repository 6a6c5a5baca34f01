//! What newcomers are handed of what was said before them (docs/protocol.md chapter 6, "Newcomers").
//!
//! In scope: what a brief holds, and that each item is the one that its author committed to in the log. Out of scope: who is
//! owed one (the membership says it, the ledger judges it).

use thamvan_proto::cbor;
use thamvan_proto::channel::History;
use thamvan_proto::commitment::{Content, Part, PartRole, Place, ReleasedItem};
use thamvan_proto::entry::{Entry, EntryType, Facts};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::limits::{MESSAGE_BODY_LEN_MAX, PARTS_MAX};
use thamvan_proto::record::Record;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::outbox::Intent;
use crate::random;
use crate::store::Rows;

/// The items of a brief.
pub(crate) fn released(content: &[u8]) -> Result<Vec<ReleasedItem>, String> {
    let content: Content =
        cbor::from_slice(content, content.len()).map_err(|error| error.to_string())?;
    let mut items = Vec::new();
    for part in &content.parts {
        let bytes = part.bytes.as_ref();
        let bytes = bytes.filter(|_| part.facts.role == PartRole::ReleasedItem);
        let bytes = bytes.ok_or("a part of the brief is no item")?;
        let item = cbor::from_slice(bytes, MESSAGE_BODY_LEN_MAX);
        items.push(item.map_err(|error| error.to_string())?);
    }
    Ok(items)
}

/// What is signed of the record whose content an item is.
///
/// # Errors
/// Why it is not what the author of `record` committed to there, in words.
pub(crate) fn open(record: &[u8], item: &ReleasedItem) -> Result<Facts, String> {
    let record = Record::parse(record).map_err(|error| error.to_string())?;
    let entry = Entry::parse(&record.entry).map_err(|error| error.to_string())?;
    let place = Place::of(entry.device, &entry.facts);
    let (Some(place), Some(com)) = (place, &entry.facts.com) else {
        return Err("the brief names an entry that said nothing".into());
    };
    Content::open(&item.content, &place, com)
        .map_err(|error| format!("item {} of the brief: {error}", item.seq))?;
    Ok(entry.facts)
}

impl Engine {
    /// Whether the membership of this device's owner names the open questions.
    pub(crate) fn is_newcomer(&self, stream: &StreamId) -> bool {
        let member = self.official().ok().and_then(|official| {
            let channel = self.ledger.channel(stream)?;
            Some(channel.members().get(&official)?.history)
        });
        member == Some(History::Brief)
    }

    /// Says the open questions again where the membership of somebody who came in since the channel's name was said names
    /// them, in as many entries as they need: their rows of the outbox.
    pub(crate) fn queue_brief(&mut self, stream: StreamId) -> Result<Vec<i64>, EngineError> {
        let mut queued = Vec::new();
        if !self.has_newcomers(stream)? {
            return Ok(queued);
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut len = 0;
        for (seq, content) in self.open_questions(stream)? {
            let item = cbor::to_vec(&ReleasedItem {
                seq,
                content: content.into(),
            });
            if !parts.is_empty() && (len + item.len() > BRIEF_LEN_MAX || parts.len() == PARTS_MAX) {
                queued.push(self.queue_items(stream, std::mem::take(&mut parts))?);
                len = 0;
            }
            len += item.len();
            let salt = Salt(random::bytes()?);
            let role = PartRole::ReleasedItem;
            parts.push(Part::inline(role, "application/cbor", item, salt));
        }
        if !parts.is_empty() {
            queued.push(self.queue_items(stream, parts)?);
        }
        Ok(queued)
    }

    /// Whether the owner of a device that came in since the channel's name was said is to be handed the open questions.
    fn has_newcomers(&self, stream: StreamId) -> Result<bool, EngineError> {
        let devices = self.newcomers(stream)?;
        let members = self.channel(stream)?.members();
        let at = self.ledger.directory().now();
        let mut owners = devices.iter().filter_map(|it| at.device(it));
        Ok(owners.any(|device| {
            let member = members.get(&device.official);
            member.is_some_and(|member| member.history == History::Brief)
        }))
    }

    fn queue_items(&mut self, stream: StreamId, parts: Vec<Part>) -> Result<i64, EngineError> {
        let content = Content::new(Salt(random::bytes()?), parts);
        let label = self.act_label(stream)?;
        self.queue_intent(
            stream,
            &Intent {
                kind: EntryType::Brief,
                act: None,
                content: Some(&content),
                label,
            },
        )
    }

    /// What was asked in a channel and is neither concluded nor withdrawn, with every later version of the question: place and content of
    /// each that this device can read.
    fn open_questions(&self, stream: StreamId) -> Result<Vec<(u64, Vec<u8>)>, EngineError> {
        let rows = Rows(self.store.connection());
        let mut open = Vec::new();
        for consultation in self.channel(stream)?.consultations().iter() {
            if consultation.ending().is_some() {
                continue;
            }
            let asks = |kind| {
                matches!(
                    kind,
                    EntryType::ConsultationOpen | EntryType::QuestionRevise
                )
            };
            for act in consultation.acts().iter().filter(|act| asks(act.kind)) {
                let item = rows.item(&stream, act.seq)?;
                open.extend(
                    item.and_then(|item| item.content)
                        .map(|content| (act.seq, content)),
                );
            }
        }
        Ok(open)
    }
}

/// Bytes of items in one brief: what encryption and padding leave of a body.
const BRIEF_LEN_MAX: usize = MESSAGE_BODY_LEN_MAX / 4 * 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_holds_items_and_nothing_else() {
        let part = |role, bytes| Part::inline(role, "application/cbor", bytes, Salt([1; 32]));
        let item = ReleasedItem {
            seq: 7,
            content: vec![1, 2].into(),
        };
        let good = part(PartRole::ReleasedItem, cbor::to_vec(&item));
        let content = |parts| cbor::to_vec(&Content::new(Salt([0; 32]), parts));
        assert_eq!(released(&content(vec![good.clone()])), Ok(vec![item]));
        let text = part(PartRole::Text, b"a".to_vec());
        assert!(released(&content(vec![good.clone(), text])).is_err());
        let broken = part(PartRole::ReleasedItem, vec![0]);
        assert!(released(&content(vec![good, broken])).is_err());
        assert!(released(b"").is_err());
    }
}
