//! From an intent to a logged entry: made once, persisted, submitted with the same bytes on every retry.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::attachment::attachments;
use thamvan_proto::cbor;
use thamvan_proto::channel::{Channel, Suite};
use thamvan_proto::commitment::{Content, OpenError, Place};
use thamvan_proto::consultation::Act;
use thamvan_proto::entry::{Entry, EntryType, Facts, GroupEpoch, Header, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Null, Receipt, Refused, Submit};
use thamvan_proto::id::{Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::established::is_not_witnessed;
use crate::failpoint::Point;
use crate::mls::Mls;
use crate::store::{Outgoing, OutgoingBytes, Queued, Rows};
use crate::sync::{broken_key, group_id};
use crate::transport::field;

/// An entry without encryption: a statement, or a channel's own act.
pub(crate) struct Plain {
    pub(crate) kind: EntryType,
    pub(crate) stream: StreamId,
    pub(crate) label: Label,
    pub(crate) body: Vec<u8>,
    pub(crate) sides: Vec<Vec<u8>>,
    pub(crate) stream_key: Option<[u8; 32]>,
}

/// What is to be said or done in a channel.
pub(crate) struct Intent<'a> {
    pub(crate) kind: EntryType,
    /// The facts of a consultation act.
    pub(crate) act: Option<&'a Act>,
    /// What it says, encrypted for the channel's members.
    pub(crate) content: Option<&'a Content>,
    pub(crate) label: Label,
}

/// What became of what waited for a channel.
#[derive(Default)]
pub(crate) struct Flushed {
    /// Place of the last one that was logged.
    pub(crate) last: Option<u64>,
    /// Rows that were refused, and why.
    pub(crate) refused: Vec<(i64, EngineError)>,
}

/// An entry that has been queued and sent.
pub(crate) struct Underway {
    pub(crate) id: i64,
    pub(crate) stream: StreamId,
    pub(crate) submit: Submit,
}

impl Engine {
    /// Signs and logs an entry without encryption; gives its seq.
    pub(crate) async fn log_plain(&mut self, plain: Plain) -> Result<u64, EngineError> {
        self.flush_ready(plain.stream).await?;
        self.log_now(plain).await
    }

    /// As [`Engine::log_plain`], but messages that have not been encrypted yet wait on.
    pub(crate) async fn log_ahead(&mut self, plain: Plain) -> Result<u64, EngineError> {
        self.settle_in_flight(plain.stream).await?;
        self.log_now(plain).await
    }

    async fn log_now(&mut self, plain: Plain) -> Result<u64, EngineError> {
        let facts = self.facts(plain.kind, plain.stream, plain.label, None, None);
        let bytes = outgoing_bytes(&self.sign_plain(&plain, &facts));
        let step = self.store.begin()?;
        let rows = Rows(&step);
        let id = rows.queue(&plain.stream, plain.kind, plain.label.number())?;
        rows.set_outgoing_bytes(id, Some(&bytes))?;
        step.commit()?;
        self.submit(id, plain.stream, &bytes).await
    }

    /// Signs and logs many entries without encryption, in their order; `done` is told of each.
    ///
    /// Several are under way at a time: a window is queued in one transaction, sent as a whole, then read back.
    ///
    /// # Errors
    /// The first refusal, with its place in `plains`. What was sent behind it in its stream is refused with it, and nothing more is sent.
    pub(crate) async fn log_all(
        &mut self,
        plains: &[Plain],
        done: &mut dyn FnMut(),
    ) -> Result<(), (usize, EngineError)> {
        let mut logged = 0;
        let at = |place| move |error| (place, error);
        let streams: BTreeSet<StreamId> = plains.iter().map(|plain| plain.stream).collect();
        for stream in streams {
            self.flush_ready(stream).await.map_err(at(0))?;
        }
        while let Some(rest) = plains.get(logged..).filter(|rest| !rest.is_empty()) {
            let window = self.queue_window(rest).map_err(at(logged))?;
            let submits = window.iter().map(|one| Body::Submit(one.submit.clone()));
            let asked = self
                .online()
                .map_err(at(logged))?
                .ask_all(submits.collect());
            let answers: Vec<Result<Receipt, Refused>> = asked.await.map_err(at(logged))?;
            let mut first = None;
            for (place, (one, answer)) in (logged..).zip(window.iter().zip(answers)) {
                match self.take_answer(one, answer).await {
                    Ok(_) => done(),
                    Err(error @ EngineError::Refused { .. }) => {
                        first.get_or_insert((place, error));
                    }
                    Err(error) => return Err((place, error)),
                }
            }
            if let Some(refused) = first {
                return Err(refused);
            }
            logged += window.len();
        }
        Ok(())
    }

    /// Makes and queues as many of `plains` as may be under way at a time; each continues the chain of the one before it.
    fn queue_window(&mut self, plains: &[Plain]) -> Result<Vec<Underway>, EngineError> {
        let mut chains: BTreeMap<StreamId, (u64, Hash)> = BTreeMap::new();
        let mut made: Vec<(&Plain, Submit, OutgoingBytes)> = Vec::new();
        let mut len = 0;
        for plain in plains.iter().take(WINDOW_ENTRIES_MAX) {
            let mut facts = self.facts(plain.kind, plain.stream, plain.label, None, None);
            if let Some((counter, prev)) = chains.get(&plain.stream) {
                (facts.counter, facts.prev) = (*counter, *prev);
            }
            let submit = self.sign_plain(plain, &facts);
            let bytes = outgoing_bytes(&submit);
            len += bytes.submit.len();
            if len > WINDOW_LEN_MAX && !made.is_empty() {
                break;
            }
            let next = (facts.counter.saturating_add(1), bytes.entry_hash);
            chains.insert(plain.stream, next);
            made.push((plain, submit, bytes));
        }
        let step = self.store.begin()?;
        let rows = Rows(&step);
        let mut window = Vec::new();
        for (plain, submit, bytes) in made {
            let stream = plain.stream;
            let id = rows.queue(&stream, plain.kind, plain.label.number())?;
            rows.set_outgoing_bytes(id, Some(&bytes))?;
            window.push(Underway { id, stream, submit });
        }
        step.commit()?;
        Ok(window)
    }

    fn sign_plain(&self, plain: &Plain, facts: &Facts) -> Submit {
        let header = Header::new(self.keys.device, plain.kind, facts);
        let entry = header.sign(&plain.body, &self.keys.signing_key());
        Submit {
            entry: field(&entry),
            body: field(&plain.body),
            sides: plain.sides.iter().map(|side| field(side)).collect(),
            stream_key: plain.stream_key.map(Salt),
        }
    }

    /// Queues what is to be said or done in a channel; what is said stays in the outbox until it is logged or refused.
    pub(crate) fn queue_intent(
        &mut self,
        stream: StreamId,
        intent: &Intent<'_>,
    ) -> Result<i64, EngineError> {
        let intended = self.channel_agencies(stream)?;
        let content = intent.content.map(cbor::to_vec);
        let step = self.store.begin()?;
        let id = Rows(&step).queue_intent(&Queued {
            stream,
            kind: intent.kind,
            act: intent.act,
            content: content.as_deref(),
            label: intent.label.number(),
            intended: &intended,
        })?;
        step.commit()?;
        Ok(id)
    }

    /// Queues, then logs it with what waits before it; gives its seq.
    ///
    /// # Errors
    /// Why it was refused: what was said stays in the outbox with the reason, an act that says nothing does not.
    pub(crate) async fn say(
        &mut self,
        stream: StreamId,
        intent: &Intent<'_>,
    ) -> Result<u64, EngineError> {
        let id = self.queue_intent(stream, intent)?;
        if intent.content.is_some() {
            self.await_readers(&stream).await?;
        }
        self.flush_to(stream, id).await
    }

    /// Logs what waits for `stream`, the row `id` the last of it; gives the seq of that one.
    pub(crate) async fn flush_to(&mut self, stream: StreamId, id: i64) -> Result<u64, EngineError> {
        let flushed = self.flush(stream).await?;
        let mut refused = flushed.refused.into_iter();
        match refused.find(|(refused, _)| *refused == id) {
            Some((_, error)) => Err(error),
            None => flushed
                .last
                .ok_or(EngineError::StoreDamaged { what: "outbox" }),
        }
    }

    /// Logs what waits for `stream`, in order.
    ///
    /// # Errors
    /// Trouble with the server. What it refuses stays in the outbox with the reason, and what waits behind it goes on.
    pub(crate) async fn flush(&mut self, stream: StreamId) -> Result<Flushed, EngineError> {
        let mut flushed = Flushed::default();
        while let Some(outgoing) = self.first_waiting(stream)? {
            self.subscribe(stream).await?;
            match self.log_outgoing(&outgoing).await {
                Ok(seq) => flushed.last = Some(seq),
                // Refused for what it is, it stays with its reason, and what waits behind it goes on.
                Err(error) if error.is_refusal() && self.is_settled(outgoing.id)? => {
                    flushed.refused.push((outgoing.id, error));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(flushed)
    }

    /// As [`flush`](Self::flush), but a message whose readers wait for the witnesses stays queued and stops nothing else.
    pub(crate) async fn flush_ready(&mut self, stream: StreamId) -> Result<(), EngineError> {
        match self.flush(stream).await {
            Err(error) if is_not_witnessed(&error) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Sends again what may be in the log already: the next entry of this device continues it, or stands in its place.
    pub(crate) async fn settle_in_flight(&mut self, stream: StreamId) -> Result<(), EngineError> {
        while let Some(outgoing) = self.in_flight(stream)? {
            let Some(bytes) = &outgoing.bytes else { break };
            self.subscribe(stream).await?;
            match self.submit(outgoing.id, stream, bytes).await {
                Err(EngineError::Refused { code, .. }) if !is_passing(code) => {}
                other => {
                    other?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn in_flight(&self, stream: StreamId) -> Result<Option<Outgoing>, EngineError> {
        let all = Rows(self.store.connection()).outgoing()?;
        Ok(all
            .into_iter()
            .find(|o| o.stream == stream && o.refusal.is_none() && o.bytes.is_some()))
    }

    fn first_waiting(&self, stream: StreamId) -> Result<Option<Outgoing>, EngineError> {
        // What may be in the log already comes first: what is made next continues it.
        if let Some(in_flight) = self.in_flight(stream)? {
            return Ok(Some(in_flight));
        }
        let all = Rows(self.store.connection()).outgoing()?;
        Ok(all
            .into_iter()
            .find(|o| o.stream == stream && o.refusal.is_none()))
    }

    async fn log_outgoing(&mut self, outgoing: &Outgoing) -> Result<u64, EngineError> {
        let mut bytes = outgoing.bytes.clone();
        let mut wrong_clock = None;
        for _ in 0..ATTEMPTS_MAX {
            let ready = match bytes.take() {
                Some(ready) => ready,
                None => {
                    self.judge_intent(outgoing)?;
                    if outgoing.content.is_none() {
                        self.sign_silent(outgoing)?
                    } else {
                        self.gather(outgoing.stream).await?;
                        self.upload_attachments(outgoing).await?;
                        self.commit_removals(outgoing.stream).await?;
                        self.check_readers(&outgoing.stream)?;
                        self.update_early(outgoing.stream).await?;
                        self.encrypt(outgoing)?
                    }
                }
            };
            match self.submit(outgoing.id, outgoing.stream, &ready).await {
                Err(error @ EngineError::Refused { code, .. })
                    if is_stale(code) && outgoing.is_intent() =>
                {
                    // Somebody else was first: read on, and say the same in the epoch that is current then. A clock that is
                    // behind goes by the log's time from then on; one that is ahead stays so.
                    self.read_on().await?;
                    if code == ErrorCode::MadeTime
                        && let Some(before) = wrong_clock.replace(error)
                    {
                        return Err(before);
                    }
                }
                other => return other,
            }
        }
        let code = ErrorCode::StaleEpoch;
        Err(EngineError::Refused {
            code,
            detail: "the channel changes too fast".into(),
        })
    }

    /// Nobody is told of an attachment that could not be fetched. Where the server does not take it for what it is, the message
    /// stays with the reason.
    async fn upload_attachments(&mut self, outgoing: &Outgoing) -> Result<(), EngineError> {
        let Some(content) = &outgoing.content else {
            return Ok(());
        };
        let content: Content = cbor::from_slice(content, content.len())?;
        for attachment in attachments(&content).map_err(OpenError::from)? {
            let uploaded = self.upload(outgoing.stream, &attachment.key).await;
            let reason = match &uploaded {
                Err(EngineError::Refused { code, .. }) if !is_passing(*code) => Some(code.as_str()),
                Err(EngineError::NotAllowed { rule, .. }) => Some(*rule),
                _ => None,
            };
            if let Some(reason) = reason {
                Rows(self.store.connection()).refuse_outgoing(outgoing.id, reason)?;
            }
            uploaded?;
        }
        Ok(())
    }

    /// Holds an act to the rules as they stand when it is first in line: nothing that they refuse leaves the device.
    fn judge_intent(&self, outgoing: &Outgoing) -> Result<(), EngineError> {
        let Some(act) = &outgoing.act else {
            return Ok(());
        };
        let judged = self.judge_act(outgoing.stream, outgoing.kind, act);
        if let Err(EngineError::Consultation(error)) = &judged {
            self.settle(outgoing, error.rule())?;
        }
        judged
    }

    /// Makes and persists the entry of an act that says nothing.
    fn sign_silent(&mut self, outgoing: &Outgoing) -> Result<OutgoingBytes, EngineError> {
        let label = Label::from_number(outgoing.label);
        let label = label.ok_or(EngineError::StoreDamaged { what: "outbox" })?;
        let plain = Plain {
            kind: outgoing.kind,
            stream: outgoing.stream,
            label,
            body: cbor::to_vec(&Null),
            sides: vec![],
            stream_key: None,
        };
        let mut facts = self.facts(plain.kind, plain.stream, label, None, None);
        facts.act.clone_from(&outgoing.act);
        let bytes = outgoing_bytes(&self.sign_plain(&plain, &facts));
        Rows(self.store.connection()).set_outgoing_bytes(outgoing.id, Some(&bytes))?;
        Ok(bytes)
    }

    /// Keeps what was said with the reason why it is refused; what says nothing is gone.
    fn settle(&self, outgoing: &Outgoing, reason: &str) -> Result<(), EngineError> {
        let rows = Rows(self.store.connection());
        if outgoing.content.is_some() {
            rows.refuse_outgoing(outgoing.id, reason)
        } else {
            rows.remove_outgoing(outgoing.id)
        }
    }

    /// Makes header, counter and ciphertext of what is to be said, and persists them with the MLS state.
    fn encrypt(&mut self, outgoing: &Outgoing) -> Result<OutgoingBytes, EngineError> {
        let stream = outgoing.stream;
        let broken = Rows(self.store.connection()).meta(&broken_key(&stream))?;
        if broken.is_some() || self.is_old_copy()? {
            return Err(EngineError::NotAllowed {
                rule: "channel_broken",
                what: "this device could not follow the last commit of the channel's group".into(),
            });
        }
        if self.channel_agencies(stream)? != outgoing.intended {
            // It stays, with the reason; what waits behind it goes on.
            Rows(self.store.connection()).refuse_outgoing(outgoing.id, RECIPIENTS_CHANGED)?;
            return Err(EngineError::NotAllowed {
                rule: RECIPIENTS_CHANGED,
                what: "an agency joined or left the channel after this message was written".into(),
            });
        }
        let (Some(content), Some(label)) = (&outgoing.content, Label::from_number(outgoing.label))
        else {
            return Err(EngineError::StoreDamaged { what: "outbox" });
        };
        let parsed: Content = cbor::from_slice(content, content.len())?;
        let (epoch, _) = self.current_epoch(stream)?;
        let group = group_id(stream, epoch.generation)?;
        let kind = outgoing.kind;
        let mut facts = self.facts(kind, stream, label, Some(epoch), None);
        facts.act.clone_from(&outgoing.act);
        facts.com = Place::of(self.keys.device, &facts).map(|place| parsed.commitment(&place));
        let header = Header::new(self.keys.device, kind, &facts);
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        let body = mls.encrypt(group, content, header.mls_authenticated_data())?;
        let submit = Submit {
            entry: field(&header.sign(&body, &self.keys.signing_key())),
            body: field(&body),
            sides: vec![],
            stream_key: None,
        };
        let bytes = outgoing_bytes(&submit);
        Rows(&step).set_outgoing_bytes(outgoing.id, Some(&bytes))?;
        step.commit()?;
        Ok(bytes)
    }

    /// Submits, checks the log receipt, and waits until this device has applied its own record.
    pub(crate) async fn submit(
        &mut self,
        id: i64,
        stream: StreamId,
        bytes: &OutgoingBytes,
    ) -> Result<u64, EngineError> {
        let submit: Submit = cbor::from_slice(&bytes.submit, bytes.submit.len())?;
        let kind = || kind_of(&submit.entry);
        self.failpoint.pass(Point::Persisted, kind);
        let asked = self.online()?.ask(Body::Submit(submit.clone())).await;
        let answer = match asked {
            // The end of the own subscription may come before the receipt of the word that ended it; said again, it has one place.
            Err(EngineError::Unreachable { .. }) if kind().is_some_and(ends_a_right) => {
                self.disconnect();
                self.connect().await?;
                self.online()?.ask(Body::Submit(submit.clone())).await?
            }
            other => other?,
        };
        self.failpoint.pass(Point::Answered, kind);
        let one = Underway { id, stream, submit };
        self.take_answer(&one, answer).await
    }

    /// Whether nothing more will be tried for this row.
    fn is_settled(&self, id: i64) -> Result<bool, EngineError> {
        let rows = Rows(self.store.connection()).outgoing()?;
        Ok(rows
            .iter()
            .find(|o| o.id == id)
            .is_none_or(|o| o.refusal.is_some()))
    }

    /// The refusal that a row is settled with, if any.
    pub(crate) fn refusal_of(&self, id: i64) -> Result<Option<String>, EngineError> {
        let rows = Rows(self.store.connection()).outgoing()?;
        Ok(rows
            .into_iter()
            .find(|o| o.id == id)
            .and_then(|o| o.refusal))
    }

    pub(crate) fn is_queued(&self, id: i64) -> Result<bool, EngineError> {
        Ok(Rows(self.store.connection())
            .outgoing()?
            .iter()
            .any(|o| o.id == id))
    }

    /// A refused message stays, with the reason; a refused act is the caller's to repeat.
    pub(crate) fn settle_refusal(&mut self, id: i64, code: ErrorCode) -> Result<(), EngineError> {
        let step = self.store.begin()?;
        let rows = Rows(&step);
        let outgoing = rows.outgoing()?.into_iter().find(|o| o.id == id);
        let is_intent = outgoing.as_ref().is_some_and(Outgoing::is_intent);
        let is_said = outgoing.is_some_and(|outgoing| outgoing.content.is_some());
        if is_passing(code) {
            // The server's trouble: the same bytes go out again later.
        } else if is_intent && is_stale(code) {
            rows.set_outgoing_bytes(id, None)?;
        } else if is_said {
            rows.refuse_outgoing(id, code.as_str())?;
        } else {
            rows.remove_outgoing(id)?;
        }
        step.commit()?;
        Ok(())
    }

    /// The current epoch of a channel's group and the channel's label.
    pub(crate) fn current_epoch(
        &self,
        stream: StreamId,
    ) -> Result<(GroupEpoch, Label), EngineError> {
        let channel = self.channel(stream)?;
        let label = channel.founding().map(|founding| founding.label);
        let epoch = channel.group().map(|group| group.epoch.clone());
        epoch.zip(label).ok_or(EngineError::NotAllowed {
            rule: "channel_not_started",
            what: "the channel has not been started".into(),
        })
    }

    /// The suite of a channel's group.
    pub(crate) fn suite(&self, stream: StreamId) -> Result<Suite, EngineError> {
        let group = self.channel(stream)?.group();
        group
            .map(|group| group.suite)
            .ok_or(EngineError::NotAllowed {
                rule: "channel_not_started",
                what: "the channel has not been started".into(),
            })
    }

    pub(crate) fn channel(&self, stream: StreamId) -> Result<&Channel, EngineError> {
        self.ledger
            .channel(&stream)
            .ok_or_else(|| EngineError::Unknown {
                what: "channel",
                name: stream.to_string(),
            })
    }

    fn channel_agencies(&self, stream: StreamId) -> Result<String, EngineError> {
        let channel = self.channel(stream)?;
        let agencies: std::collections::BTreeSet<String> = channel
            .members()
            .keys()
            .map(|official| official.agency().to_string())
            .collect();
        Ok(agencies.into_iter().collect::<Vec<_>>().join(","))
    }
}

/// Said at a place that has passed: the same content can be said again at the next one.
pub(crate) fn is_stale(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::StaleEpoch | ErrorCode::BadChain | ErrorCode::MadeTime
    )
}

/// Not refused for what it is.
fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Stopping | ErrorCode::RateLimited | ErrorCode::StorageFull
    )
}

/// What may take the own right to read the stream.
fn ends_a_right(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::Leave | EntryType::MemberRemove | EntryType::AuthorisationEnd
    )
}

fn kind_of(entry: &[u8]) -> Option<EntryType> {
    Entry::parse(entry).ok()?.facts.entry_type()
}

pub(crate) fn outgoing_bytes(submit: &Submit) -> OutgoingBytes {
    OutgoingBytes {
        submit: cbor::to_vec(submit),
        entry_hash: sha256(&submit.entry),
    }
}

/// Entries that [`Engine::log_all`] has under way at a time: a server works on 32 of one connection.
const WINDOW_ENTRIES_MAX: usize = 32;
/// And their bytes: what the socket takes before the server reads on, so that neither side waits for the other.
const WINDOW_LEN_MAX: usize = 64 * 1024;
pub(crate) const RECIPIENTS_CHANGED: &str = "recipients_changed";
/// How often a message is encrypted again because others were first.
pub(crate) const ATTEMPTS_MAX: usize = 5;

/// What carries no content is labelled below every secrecy level: those need a determination (rule S8).
pub(crate) fn handling(channel: Label) -> Label {
    channel.min(Label::CEILING_DEFAULT)
}
