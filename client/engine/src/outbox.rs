//! From an intent to a logged entry: made once, persisted, submitted with the same bytes on every retry.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::attachment::attachments;
use thamvan_proto::cbor;
use thamvan_proto::channel::{Channel, Suite};
use thamvan_proto::commitment::{Content, OpenError, Place};
use thamvan_proto::consultation::Act;
use thamvan_proto::entry::{EntryType, Facts, GroupEpoch, Header, sha256};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, Null, Receipt, Refused, Submit};
use thamvan_proto::id::{DeviceId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::limits::UPDATE_INTERVAL_MS_MIN;
use thamvan_proto::record::{Leaf, Record};
use thamvan_proto::tlog::{self, Checkpoint, Hash};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::mls::{Mls, Staged};
use crate::store::{Outgoing, OutgoingBytes, Queued, Rows};
use crate::sync::{broken_key, group_id, update_key};
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
struct Underway {
    id: i64,
    stream: StreamId,
    submit: Submit,
}

impl Engine {
    /// Signs and logs an entry without encryption; gives its seq.
    pub(crate) async fn log_plain(&mut self, plain: Plain) -> Result<u64, EngineError> {
        self.flush(plain.stream).await?;
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
            self.flush(stream).await.map_err(at(0))?;
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

    /// Stages, signs and logs a commit; gives its seq.
    pub(crate) async fn log_commit(
        &mut self,
        stream: StreamId,
        adds: &[(crate::mls::Leaf, Vec<u8>)],
        removes: &[DeviceId],
    ) -> Result<u64, EngineError> {
        self.flush(stream).await?;
        self.commit_now(stream, adds, removes).await
    }

    /// Commits without looking at what else waits.
    async fn commit_now(
        &mut self,
        stream: StreamId,
        adds: &[(crate::mls::Leaf, Vec<u8>)],
        removes: &[DeviceId],
    ) -> Result<u64, EngineError> {
        let (epoch, channel_label) = self.current_epoch(stream)?;
        let label = handling(channel_label);
        let group = group_id(stream, epoch.generation)?;
        let suite = self.suite(stream)?;
        let next = epoch.epoch + 1;
        let generation = epoch.generation;
        let facts = self.facts(EntryType::Commit, stream, label, Some(epoch), None);
        let header = Header::new(self.keys.device, EntryType::Commit, &facts);
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        let data = header.mls_authenticated_data();
        let staged = mls.stage((group, suite), adds, removes, data)?;
        let added: Vec<_> = adds.iter().map(|(leaf, _)| leaf.device).collect();
        let body = commit_body(&staged, (generation, next), &added, removes);
        let sides = [
            Some(staged.group_info),
            Some(staged.ratchet_tree),
            staged.welcome,
        ];
        let submit = Submit {
            entry: field(&header.sign(&body, &self.keys.signing_key())),
            body: field(&body),
            sides: sides.iter().flatten().map(|side| field(side)).collect(),
            stream_key: None,
        };
        let bytes = outgoing_bytes(&submit);
        let rows = Rows(&step);
        let id = rows.queue(&stream, EntryType::Commit, label.number())?;
        rows.set_outgoing_bytes(id, Some(&bytes))?;
        step.commit()?;
        let result = self.submit(id, stream, &bytes).await;
        // Only a commit that the server refused for what it is has left the outbox; any other may still be logged.
        if matches!(result, Err(EngineError::Refused { .. })) && !self.is_queued(id)? {
            let step = self.store.begin()?;
            Mls::new(&self.crypto, &step, &self.keys).discard_own(group)?;
            step.commit()?;
        }
        result
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

    fn first_waiting(&self, stream: StreamId) -> Result<Option<Outgoing>, EngineError> {
        let all = Rows(self.store.connection()).outgoing()?;
        Ok(all
            .into_iter()
            .find(|o| o.stream == stream && o.refusal.is_none()))
    }

    async fn log_outgoing(&mut self, outgoing: &Outgoing) -> Result<u64, EngineError> {
        let mut bytes = outgoing.bytes.clone();
        for _ in 0..ATTEMPTS_MAX {
            let ready = match bytes.take() {
                Some(ready) => ready,
                None => {
                    self.judge_intent(outgoing)?;
                    if outgoing.content.is_none() {
                        self.sign_silent(outgoing)?
                    } else {
                        self.upload_attachments(outgoing).await?;
                        self.commit_removals(outgoing.stream).await?;
                        self.update_early(outgoing.stream).await?;
                        self.encrypt(outgoing)?
                    }
                }
            };
            match self.submit(outgoing.id, outgoing.stream, &ready).await {
                Err(EngineError::Refused { code, .. })
                    if is_stale(code) && outgoing.is_intent() =>
                {
                    // Somebody else was first: read on, and say the same in the epoch that is current then.
                    self.read_on().await?;
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

    /// Commits out of the group whoever may not read any more: nothing is said in an epoch that they are still in.
    async fn commit_removals(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let removes = self.unwanted(stream)?;
        if removes.is_empty() {
            return Ok(());
        }
        match self.commit_now(stream, &[], &removes).await {
            // Another member was first with the same removal.
            Err(EngineError::Refused { code, .. }) if is_stale(code) => self.read_on().await,
            other => other.map(|_| ()),
        }
    }

    /// Changes this device's keys before its first message, where others may hold the secrets that it joined with.
    async fn update_early(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let key = update_key(&stream);
        if Rows(self.store.connection()).meta(&key)?.is_none() {
            return Ok(());
        }
        let group = self.channel(stream)?.group();
        let rested = group
            .and_then(|group| group.updated)
            .is_none_or(|last| self.now() >= last.saturating_add(UPDATE_INTERVAL_MS_MIN));
        if !rested {
            return Err(EngineError::NotAllowed {
                rule: "update_rests",
                what: "another device changed its keys a moment ago: the message goes out in half a minute".into(),
            });
        }
        match self.commit_now(stream, &[], &[]).await {
            Err(EngineError::Refused { code, .. }) if is_stale(code) => self.read_on().await,
            other => other.map(|_| ()),
        }
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
        let answer = self.online()?.ask(Body::Submit(submit.clone())).await?;
        let one = Underway { id, stream, submit };
        self.take_answer(&one, answer).await
    }

    /// Takes the answer to what was submitted: the log receipt is checked and the record read back, or the refusal is kept.
    async fn take_answer(
        &mut self,
        one: &Underway,
        answer: Result<Receipt, Refused>,
    ) -> Result<u64, EngineError> {
        let (id, stream, entry) = (one.id, one.stream, &one.submit.entry);
        let receipt = match answer {
            Ok(receipt) => receipt,
            Err(refused) => {
                self.keep_refusal(entry, &refused)?;
                self.settle_refusal(id, refused.code)?;
                let Refused { code, detail, .. } = refused;
                return Err(EngineError::Refused { code, detail });
            }
        };
        let (record, checkpoint) = self.check_receipt(stream, entry, &receipt)?;
        self.subscribe(stream).await?;
        self.read_up_to(stream, record.seq).await?;
        // Nearly always the one that the record was delivered under: then this asks the server nothing.
        self.accept_checkpoint(&checkpoint, &receipt.checkpoint)
            .await?;
        let logged = self.ledger.record_hash(&stream, record.seq);
        if logged != Some(sha256(&receipt.record)) {
            return Err(EngineError::Finding {
                what: "the log receipt names another record than the one delivered".into(),
            });
        }
        // The ledger said yes before this was sent: a record that is void all the same was sequenced at a place of malice or error.
        if self.is_queued(id)? {
            return Err(EngineError::Finding {
                what: "the server logged an entry where it is void".into(),
            });
        }
        Ok(record.seq)
    }

    /// Whether nothing more will be tried for this row.
    fn is_settled(&self, id: i64) -> Result<bool, EngineError> {
        let rows = Rows(self.store.connection()).outgoing()?;
        Ok(rows
            .iter()
            .find(|o| o.id == id)
            .is_none_or(|o| o.refusal.is_some()))
    }

    fn is_queued(&self, id: i64) -> Result<bool, EngineError> {
        Ok(Rows(self.store.connection())
            .outgoing()?
            .iter()
            .any(|o| o.id == id))
    }

    /// A refused message stays, with the reason; a refused act is the caller's to repeat.
    fn settle_refusal(&mut self, id: i64, code: ErrorCode) -> Result<(), EngineError> {
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

    /// The receipt names our entry, and its leaf is under a checkpoint of the log key.
    fn check_receipt(
        &self,
        stream: StreamId,
        entry: &[u8],
        receipt: &Receipt,
    ) -> Result<(Record, Checkpoint), EngineError> {
        let wrong = |what: &str| EngineError::Finding {
            what: format!("log receipt: {what}"),
        };
        let record = Record::parse(&receipt.record)?;
        if record.stream != stream || record.entry.as_slice() != entry {
            return Err(wrong("another entry"));
        }
        let (genesis, _) = self
            .ledger
            .directory()
            .genesis()
            .ok_or_else(|| wrong("no genesis"))?;
        if receipt.shard != genesis.shard {
            return Err(wrong("another shard"));
        }
        let checkpoint = crate::verify::open_checkpoint(&receipt.checkpoint, genesis)?;
        let key = self
            .stream_keys
            .get(&stream)
            .ok_or_else(|| wrong("no tag key"))?;
        let leaf = Leaf::new(key, record.seq, &receipt.record).hash();
        tlog::verify_inclusion(
            &leaf,
            receipt.index,
            checkpoint.size,
            &receipt.path,
            &checkpoint.root,
        )
        .map_err(|error| wrong(&error.to_string()))?;
        Ok((record, checkpoint))
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

pub(crate) fn outgoing_bytes(submit: &Submit) -> OutgoingBytes {
    OutgoingBytes {
        submit: cbor::to_vec(submit),
        entry_hash: sha256(&submit.entry),
    }
}

/// The body of a commit that opens `epoch` of a generation.
pub(crate) fn commit_body(
    staged: &Staged,
    (generation, epoch): (u64, u64),
    adds: &[DeviceId],
    removes: &[DeviceId],
) -> Vec<u8> {
    cbor::to_vec(&thamvan_proto::channel::CommitBody {
        commit: field(&staged.commit),
        generation,
        epoch,
        group_info: sha256(&staged.group_info),
        ratchet_tree: sha256(&staged.ratchet_tree),
        tree_hash: staged.tree_hash,
        adds: adds.to_vec(),
        removes: removes.to_vec(),
        welcome: staged.welcome.as_deref().map(sha256),
    })
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
