//! Messages: send, list, follow.

use thamvan_proto::attachment::attachments;
use thamvan_proto::cbor;
use thamvan_proto::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use thamvan_proto::consultation::{Position as Opinion, position};
use thamvan_proto::entry::{Entry, EntryType, Position};
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::limits::MESSAGE_BODY_LEN_MAX;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use crate::attachment::NewFile;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::outbox::Intent;
use crate::random;
use crate::store::{Rows, StoredItem};
use crate::verbs::attachment::AttachmentView;
use crate::verbs::consultation_view::spoken;
use crate::words::parse_content;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// In the outbox.
    Queued,
    /// In the log, its inclusion verified.
    Logged,
    /// In the log, under a checkpoint that a quorum of witnesses has cosigned.
    Witnessed,
    /// Refused, by the server or on this device.
    Refused,
}

/// What a person wants to say.
#[derive(Clone, Debug, Default)]
pub struct NewMessage<'a> {
    /// Text; may be empty where there are attachments.
    pub text: &'a str,
    /// At most the channel's, which is also the default.
    pub label: Option<Label>,
    /// Files.
    pub attach: &'a [NewFile],
    /// The record of the same stream that it answers.
    pub reply: Option<u64>,
}

/// What a message answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyView {
    /// The record of the same stream at this seq.
    To(u64),
    /// Something that is not in the stream.
    Unknown,
}

/// A part of a content, for who wants one of them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartView {
    /// From 0.
    pub n: usize,
    /// What it is for.
    pub role: PartRole,
    /// Bytes.
    pub size: u64,
}

/// A message as it is shown. Everything but the text comes from signed and verified bytes.
#[derive(Clone, Debug)]
pub struct ItemView {
    /// Stream and, once logged, seq.
    pub stream: StreamId,
    /// Place in the stream, once logged.
    pub seq: Option<u64>,
    /// Place in the log, once logged.
    pub index: Option<u64>,
    /// Log time (ms), once logged.
    pub time: Option<u64>,
    /// Author.
    pub device: DeviceId,
    /// Author's name in the directory.
    pub official: Option<OfficialId>,
    /// Author's agency.
    pub agency: Option<AgencyId>,
    /// `message`, `channel_name`, `brief`, or the type of a consultation act.
    pub kind: &'static str,
    /// Label.
    pub label: Label,
    /// Text; none where this device cannot read it.
    pub text: Option<String>,
    /// The position that an answer takes.
    pub position: Option<Opinion>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// What it answers.
    pub reply: Option<ReplyView>,
    /// All its parts.
    pub parts: Vec<PartView>,
    /// Where it stands.
    pub state: ItemState,
    /// Why it was refused.
    pub fault: Option<String>,
    /// Its number in the outbox, while it is there.
    pub outbox: Option<i64>,
    /// Not shown yet: no quorum of witnesses has confirmed the author's device.
    pub held: bool,
    /// What it said is kept here no more, by the retention of the channel (rule A1).
    pub erased: bool,
}

impl Engine {
    /// Queues a text and logs what waits for the channel; gives the seq of the message.
    ///
    /// # Errors
    /// As [`Engine::queue`] and [`Engine::flush_outbox`]; where the server is not reachable, the message stays queued.
    pub async fn send(
        &mut self,
        stream: StreamId,
        text: &str,
        label: Option<Label>,
    ) -> Result<u64, EngineError> {
        let message = NewMessage {
            text,
            label,
            ..NewMessage::default()
        };
        self.send_message(stream, &message).await
    }

    /// Queues a message and logs what waits for the channel; gives the seq of the message.
    ///
    /// # Errors
    /// As [`Engine::queue`] and [`Engine::flush_outbox`]; where the server is not reachable, the message stays queued.
    pub async fn send_message(
        &mut self,
        stream: StreamId,
        message: &NewMessage<'_>,
    ) -> Result<u64, EngineError> {
        let id = self.queue(stream, message)?;
        self.send_queued(stream, id).await
    }

    /// Logs what waits for the channel, up to the message that was queued as `id`; gives its seq.
    ///
    /// # Errors
    /// As [`Engine::send_message`].
    pub async fn send_queued(&mut self, stream: StreamId, id: i64) -> Result<u64, EngineError> {
        self.await_readers(&stream).await?;
        self.flush_to(stream, id).await
    }

    /// Queues a message; it waits in the outbox until it is logged or refused.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] for a label above the channel's or the ceiling (rule S9), before anything is encrypted.
    pub fn queue(
        &mut self,
        stream: StreamId,
        message: &NewMessage<'_>,
    ) -> Result<i64, EngineError> {
        let label = self.said_label(stream, message.label)?;
        let text = message.text;
        let is_empty = text.is_empty() && message.attach.is_empty();
        if is_empty || text.len() > TEXT_LEN_MAX {
            return Err(EngineError::NotAllowed {
                rule: "text_length",
                what: format!("a message has 1 to {TEXT_LEN_MAX} bytes"),
            });
        }
        let mut parts = Vec::new();
        if !text.is_empty() {
            let bytes = text.as_bytes().to_vec();
            let salt = Salt(random::bytes()?);
            parts.push(Part::inline(PartRole::Text, TEXT_MEDIA_TYPE, bytes, salt));
        }
        if let Some(seq) = message.reply {
            parts.push(self.reply_part(stream, seq)?);
        }
        self.attach(&mut parts, message.attach)?;
        let content = Content::new(Salt(random::bytes()?), parts);
        self.queue_intent(
            stream,
            &Intent {
                kind: EntryType::Message,
                act: None,
                content: Some(&content),
                label,
            },
        )
    }

    fn reply_part(&self, stream: StreamId, seq: u64) -> Result<Part, EngineError> {
        let record = self.ledger.record_hash(&stream, seq);
        let record = record.ok_or_else(|| EngineError::Unknown {
            what: "entry",
            name: format!("{stream}/{seq}"),
        })?;
        let bytes = cbor::to_vec(&Position { seq, record });
        let salt = Salt(random::bytes()?);
        Ok(Part::inline(
            PartRole::Reply,
            "application/cbor",
            bytes,
            salt,
        ))
    }

    /// Logs everything that waits in the outbox. What is refused stays there with the reason and stops nothing else.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`], or a finding.
    pub async fn flush_outbox(&mut self) -> Result<(), EngineError> {
        let waiting = Rows(self.store.connection()).outgoing()?;
        let streams: std::collections::BTreeSet<StreamId> = waiting
            .into_iter()
            .filter(|o| o.refusal.is_none())
            .map(|o| o.stream)
            .collect();
        for stream in streams {
            self.flush_ready(stream).await?;
        }
        Ok(())
    }

    /// The messages of a channel from `from` on, then what waits in the outbox.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn items(&self, stream: StreamId, from: u64) -> Result<Vec<ItemView>, EngineError> {
        let rows = Rows(self.store.connection());
        let mut views = rows
            .items(&stream, from)?
            .into_iter()
            .map(|item| self.logged_view(item))
            .collect::<Result<Vec<_>, _>>()?;
        for waiting in rows.outgoing()?.into_iter().filter(|o| o.stream == stream) {
            let Some(content) = &waiting.content else {
                continue;
            };
            let shown = shown(waiting.kind, content)?;
            let state = match waiting.refusal {
                Some(_) => ItemState::Refused,
                None => ItemState::Queued,
            };
            let official = self.official().ok();
            views.push(ItemView {
                stream,
                seq: None,
                index: None,
                time: None,
                device: self.keys.device,
                agency: official.as_ref().map(OfficialId::agency),
                official,
                kind: shown.kind,
                label: Label::from_number(waiting.label).unwrap_or(Label::Restricted),
                reply: self.reply_of(stream, None, &shown),
                text: shown.text,
                position: shown.position,
                attachments: shown.attachments,
                parts: shown.parts,
                state,
                fault: waiting.refusal,
                outbox: Some(waiting.id),
                held: false,
                erased: false,
            });
        }
        Ok(views)
    }

    /// The label of a logged entry.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn entry_label(&self, stream: StreamId, seq: u64) -> Result<Label, EngineError> {
        let damaged = EngineError::StoreDamaged { what: "record" };
        let stored = Rows(self.store.connection()).record(&stream, seq)?;
        let record = Record::parse(&stored.ok_or(damaged)?)?;
        let entry =
            Entry::parse(&record.entry).map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
        Ok(entry.facts.label)
    }

    fn logged_view(&self, item: StoredItem) -> Result<ItemView, EngineError> {
        let damaged = EngineError::StoreDamaged { what: "item" };
        let stored = Rows(self.store.connection()).record(&item.stream, item.seq)?;
        let record = Record::parse(&stored.ok_or(damaged)?)?;
        let entry =
            Entry::parse(&record.entry).map_err(|_| EngineError::StoreDamaged { what: "entry" })?;
        // What a device says that nobody but this one may have been shown is not shown either, until it is.
        let held = self.is_held(&item.stream, item.seq, &entry.device);
        let said = entry.facts.entry_type().unwrap_or(EntryType::Message);
        let shown = match &item.content {
            Some(content) if !held => shown(said, content)?,
            Some(_) | None => Shown {
                kind: said.as_str(),
                ..Shown::default()
            },
        };
        let enrolment = self.ledger.directory().enrolment(&entry.device);
        let official = enrolment.map(|device| device.official.clone());
        Ok(ItemView {
            stream: item.stream,
            seq: Some(item.seq),
            index: Some(item.index),
            time: Some(record.time),
            device: entry.device,
            agency: official.as_ref().map(OfficialId::agency),
            official,
            kind: shown.kind,
            label: entry.facts.label,
            reply: self.reply_of(item.stream, Some(item.seq), &shown),
            text: shown.text,
            position: shown.position,
            attachments: shown.attachments,
            parts: shown.parts,
            state: if item.fault.is_some() {
                ItemState::Refused
            } else if self.is_witnessed(item.index) {
                ItemState::Witnessed
            } else {
                ItemState::Logged
            },
            erased: item.content.is_none()
                && item.fault.is_none()
                && self.is_past_retention(&item.stream, &entry, record.time),
            fault: item.fault,
            outbox: None,
            held,
        })
    }

    fn reply_of(&self, stream: StreamId, seq: Option<u64>, shown: &Shown) -> Option<ReplyView> {
        let bytes = shown.reply.as_ref()?;
        Some(known_reply(bytes, seq, |at| {
            self.ledger.record_hash(&stream, at)
        }))
    }

    /// The device that signed a record.
    pub(crate) fn author(&self, stream: StreamId, seq: u64) -> Result<DeviceId, EngineError> {
        let damaged = EngineError::StoreDamaged { what: "item" };
        let stored = Rows(self.store.connection()).record(&stream, seq)?;
        let record = Record::parse(&stored.ok_or(damaged)?)?;
        let entry = Entry::parse(&record.entry);
        Ok(entry
            .map_err(|_| EngineError::StoreDamaged { what: "entry" })?
            .device)
    }
}

/// Half of a body: the other half is for the commitment, MLS and padding.
const TEXT_LEN_MAX: usize = MESSAGE_BODY_LEN_MAX / 2;

/// What a content is shown as.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) kind: &'static str,
    pub(crate) text: Option<String>,
    /// The position that an answer takes.
    position: Option<Opinion>,
    pub(crate) attachments: Vec<AttachmentView>,
    parts: Vec<PartView>,
    /// The bytes of the part that says what it answers.
    reply: Option<Vec<u8>>,
}

pub(crate) fn shown(said: EntryType, content: &[u8]) -> Result<Shown, EngineError> {
    let content = parse_content(content)?;
    let bytes_of = |role| {
        let mut parts = content.parts.iter();
        let part = parts.find(|part| part.facts.role == role);
        part.and_then(|part| part.bytes.as_ref())
    };
    let is_name = bytes_of(PartRole::ChannelName).is_some();
    // What does not fit together was refused when it came.
    let attachments = attachments(&content).unwrap_or_default();
    let parts = content.parts.iter().enumerate().map(|(n, part)| PartView {
        n,
        role: part.facts.role,
        size: part.facts.length,
    });
    Ok(Shown {
        kind: if is_name { NAME_KIND } else { said.as_str() },
        text: spoken(said, &content),
        position: position(&content),
        attachments: attachments.iter().map(AttachmentView::of).collect(),
        parts: parts.collect(),
        reply: bytes_of(PartRole::Reply).map(|bytes| bytes.to_vec()),
    })
}

/// Whether a content opens the name of a channel.
pub(crate) fn is_channel_name(content: &[u8]) -> bool {
    let is_name = |part: &Part| part.facts.role == PartRole::ChannelName;
    parse_content(content).is_ok_and(|content| content.parts.iter().any(is_name))
}

/// The kind of the item that opens a channel's name.
pub(crate) const NAME_KIND: &str = "channel_name";
/// The kind of the item that hands earlier ones over.
pub(crate) const BRIEF_KIND: &str = "brief";

/// What the bytes of a reply part name: a record that stands before `seq` with the hash that they give, or something unknown.
fn known_reply(bytes: &[u8], seq: Option<u64>, hash: impl Fn(u64) -> Option<Hash>) -> ReplyView {
    let to = cbor::from_slice::<Position>(bytes, bytes.len()).ok();
    let known = to
        .filter(|to| seq.is_none_or(|seq| to.seq < seq))
        .filter(|to| hash(to.seq) == Some(to.record));
    known.map_or(ReplyView::Unknown, |to| ReplyView::To(to.seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_earlier_record_with_that_hash_is_answered() {
        let hash = |seq| (seq < 9).then_some(Hash([u8::try_from(seq).unwrap(); 32]));
        let to = |seq, record| cbor::to_vec(&Position { seq, record });
        for (bytes, at, view) in [
            (to(4, Hash([4; 32])), Some(5), ReplyView::To(4)),
            (to(4, Hash([4; 32])), None, ReplyView::To(4)),
            (to(4, Hash([5; 32])), Some(5), ReplyView::Unknown),
            (to(5, Hash([5; 32])), Some(5), ReplyView::Unknown),
            (to(9, Hash([9; 32])), None, ReplyView::Unknown),
            (vec![0], Some(5), ReplyView::Unknown),
            (vec![], Some(5), ReplyView::Unknown),
        ] {
            assert_eq!(known_reply(&bytes, at, hash), view, "{bytes:?}");
        }
    }
}
