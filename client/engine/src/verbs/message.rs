//! Messages: send, list, follow.

use thamvan_proto::commitment::{Content, Part, PartRole, TEXT_MEDIA_TYPE};
use thamvan_proto::entry::{Entry, EntryType};
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::limits::MESSAGE_BODY_LEN_MAX;
use thamvan_proto::record::Record;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::outbox::Intent;
use crate::random;
use crate::store::{Rows, StoredItem};
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
    /// `message`, `channel_name`, or the type of a consultation act.
    pub kind: &'static str,
    /// Label.
    pub label: Label,
    /// Text; none where this device cannot read it.
    pub text: Option<String>,
    /// Where it stands.
    pub state: ItemState,
    /// Why it was refused.
    pub fault: Option<String>,
    /// Not shown yet: no quorum of witnesses has confirmed the author's device.
    pub held: bool,
}

impl Engine {
    /// Queues a text and logs what waits for the channel; gives the seq of the message.
    ///
    /// # Errors
    /// As [`Engine::queue_text`] and [`Engine::flush_outbox`]; where the server is not reachable, the message stays queued.
    pub async fn send(
        &mut self,
        stream: StreamId,
        text: &str,
        label: Option<Label>,
    ) -> Result<u64, EngineError> {
        let id = self.queue_text(stream, text, label)?;
        self.await_readers(&stream).await?;
        self.flush_to(stream, id).await
    }

    /// Queues a text; it waits in the outbox until it is logged or refused.
    ///
    /// `label`: at most the channel's, which is also the default.
    ///
    /// # Errors
    /// [`EngineError::NotAllowed`] for a label above the channel's or the ceiling (rule S9), before anything is encrypted.
    pub fn queue_text(
        &mut self,
        stream: StreamId,
        text: &str,
        label: Option<Label>,
    ) -> Result<i64, EngineError> {
        let label = self.said_label(stream, label)?;
        if text.is_empty() || text.len() > TEXT_LEN_MAX {
            return Err(EngineError::NotAllowed {
                rule: "text_length",
                what: format!("a message has 1 to {TEXT_LEN_MAX} bytes"),
            });
        }
        let bytes = text.as_bytes().to_vec();
        let salt = Salt(random::bytes()?);
        let part = Part::inline(PartRole::Text, TEXT_MEDIA_TYPE, bytes, salt);
        let content = Content::new(Salt(random::bytes()?), vec![part]);
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
            let (kind, text) = shown(waiting.kind, content)?;
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
                kind,
                label: Label::from_number(waiting.label).unwrap_or(Label::Restricted),
                text,
                state,
                fault: waiting.refusal,
                held: false,
            });
        }
        Ok(views)
    }

    /// The label of a logged entry.
    pub(crate) fn entry_label(&self, stream: StreamId, seq: u64) -> Result<Label, EngineError> {
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
        let held = self.is_held(&entry.device);
        let said = entry.facts.entry_type().unwrap_or(EntryType::Message);
        let (kind, text) = match &item.content {
            Some(content) if !held => shown(said, content)?,
            Some(_) | None => (said.as_str(), None),
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
            kind,
            label: entry.facts.label,
            text,
            state: if item.fault.is_some() {
                ItemState::Refused
            } else if self.is_witnessed(item.index) {
                ItemState::Witnessed
            } else {
                ItemState::Logged
            },
            fault: item.fault,
            held,
        })
    }
}

/// Half of a body: the other half is for the commitment, MLS and padding.
const TEXT_LEN_MAX: usize = MESSAGE_BODY_LEN_MAX / 2;

/// What a content is shown as: its kind and its text.
fn shown(said: EntryType, content: &[u8]) -> Result<(&'static str, Option<String>), EngineError> {
    let content = parse_content(content)?;
    let is_name = content
        .parts
        .iter()
        .any(|part| part.facts.role == PartRole::ChannelName);
    let kind = if is_name {
        "channel_name"
    } else {
        said.as_str()
    };
    Ok((kind, spoken(said, &content)))
}
