//! The life of a channel: found, approve, provision, start, add, remove.

use thamvan_proto::cbor;
use thamvan_proto::channel::{
    Answered, Authorisation, AuthorisationEnd, Barred, Channel, ChannelClose, Founding,
    FoundingApprove, History, Leave, MemberAdd, MemberRemove, Scope, SealedName, StreamOpen, Suite,
};
use thamvan_proto::commitment::{Content, Part, PartRole};
use thamvan_proto::directory::{DeviceEnrol, Role, StreamRegister};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId, Salt, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::record::StreamKey;

use crate::engine::Engine;
use crate::error::{EngineError, exactly_one};
use crate::keys::seal_name;
use crate::outbox::{Intent, Plain, handling};
use crate::random;
use crate::store::Rows;
use crate::tend::name_key;

/// What a founder decides.
#[derive(Clone, Debug)]
pub struct FoundRequest {
    /// Name; sealed.
    pub name: String,
    /// Purpose; sealed.
    pub purpose: String,
    /// Pillar or field.
    pub scope: Scope,
    /// Highest label.
    pub label: Label,
    /// Agencies, the founder's own included.
    pub members: Vec<AgencyId>,
    /// Thời hạn lưu.
    pub retention_days: u64,
    /// Until the review (ms from now).
    pub review_after_ms: u64,
}

/// A channel as this device knows it.
#[derive(Clone, Debug)]
pub struct ChannelView {
    /// Stream id.
    pub stream: StreamId,
    /// Name and purpose, where this device could open them.
    pub name: Option<(String, String)>,
    /// The public founding record.
    pub founding: Option<Founding>,
    /// `founded`, `approved`, `open`, `started` or `closed`.
    pub state: &'static str,
    /// Who founded it.
    pub founded_by: Option<OfficialId>,
    /// Who approved it.
    pub approved_by: Option<OfficialId>,
    /// Who provisioned it.
    pub provisioned_by: Option<OfficialId>,
    /// Who closed it.
    pub closed_by: Option<OfficialId>,
    /// Members.
    pub members: Vec<OfficialId>,
    /// Devices in the group.
    pub devices: Vec<DeviceId>,
    /// Which group of the channel it is, from 0.
    pub generation: Option<u64>,
    /// MLS epoch.
    pub epoch: Option<u64>,
    /// Devices whose commit others could not apply, and that are out for it.
    pub barred: Vec<(DeviceId, Barred)>,
    /// Commits that somebody could not apply, and others may.
    pub doubted: Vec<Answered>,
    /// Records.
    pub size: u64,
    /// Items by others that have not been read on this device.
    pub unread: u64,
}

impl Engine {
    /// The channels that this device knows, by stream id.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn channels(&self) -> Result<Vec<ChannelView>, EngineError> {
        self.ledger
            .channels()
            .map(|(stream, channel)| self.channel_view(*stream, channel))
            .collect()
    }

    fn channel_view(
        &self,
        stream: StreamId,
        channel: &Channel,
    ) -> Result<ChannelView, EngineError> {
        let state = match (channel.group(), channel.open(), channel.approval_hash()) {
            (Some(_), _, _) => "started",
            (None, Some(_), _) => "open",
            (None, None, Some(_)) => "approved",
            (None, None, None) => "founded",
        };
        let state = channel.closed_by().map_or(state, |_| "closed");
        Ok(ChannelView {
            stream,
            name: self.channel_name(stream, channel)?,
            founding: channel.founding().cloned(),
            state,
            founded_by: channel.founder().cloned(),
            approved_by: channel.approver().cloned(),
            provisioned_by: channel.provisioner().cloned(),
            closed_by: channel.closed_by().cloned(),
            members: channel.members().keys().cloned().collect(),
            devices: channel
                .group()
                .map(|g| g.roster.iter().copied().collect())
                .unwrap_or_default(),
            generation: channel.group().map(|group| group.epoch.generation),
            epoch: channel.group().map(|group| group.epoch.epoch),
            barred: channel
                .barred()
                .iter()
                .map(|(device, barred)| (*device, barred.clone()))
                .collect(),
            doubted: channel
                .commits()
                .values()
                .filter(|commit| !commit.rejected_by.is_empty())
                .filter(|commit| !channel.barred().contains_key(&commit.by.device))
                .cloned()
                .collect(),
            size: self.ledger.size(&stream),
            unread: self.unread(stream)?,
        })
    }

    /// The name that the group's first message opened, or the one sealed to this device.
    fn channel_name(
        &self,
        stream: StreamId,
        channel: &Channel,
    ) -> Result<Option<(String, String)>, EngineError> {
        if let Some(name) = Rows(self.store.connection()).channel_name(&stream)? {
            return Ok(Some(name));
        }
        Ok(self
            .sealed_name(stream, channel)
            .map(|sealed| (sealed.name, sealed.purpose)))
    }

    /// Name and purpose with their salt: as the group opened them, or as they were sealed to this device.
    pub(crate) fn sealed_name(&self, stream: StreamId, channel: &Channel) -> Option<SealedName> {
        let founding = channel.founding()?;
        if let Ok(Some(told)) = Rows(self.store.connection()).meta(&name_key(&stream)) {
            return cbor::from_slice(&told, told.len()).ok();
        }
        let boxed = founding
            .boxes
            .iter()
            .find(|boxed| boxed.device == self.keys.device)?;
        let opened = self.keys.open_name(&stream, boxed).ok()?;
        (opened.commitment() == founding.sealed).then_some(opened)
    }

    /// Finds a channel by hexadecimal id, unique prefix of 6 or more, or exact name.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], [`EngineError::Ambiguous`].
    pub fn find_channel(&self, given: &str) -> Result<StreamId, EngineError> {
        let by_prefix = given.len() >= CHANNEL_PREFIX_LEN_MIN;
        let found = self
            .channels()?
            .into_iter()
            .filter(|view| {
                (by_prefix && view.stream.to_string().starts_with(given))
                    || view.name.as_ref().is_some_and(|(name, _)| name == given)
            })
            .map(|view| view.stream);
        exactly_one("channel", given, found)
    }

    /// Founds a channel for the agency of this official (Article 5(6)); gives its stream.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with the rule.
    pub async fn found_channel(&mut self, request: FoundRequest) -> Result<StreamId, EngineError> {
        let official = self.official()?;
        self.await_founding(&[], &request.scope, request.label)
            .await?;
        let stream = StreamId(random::bytes()?);
        let key = StreamKey(random::bytes()?);
        let founding = self.founding(&request, &official, stream, &key)?;
        self.log_plain(registration(stream, &key)).await?;
        self.adopt_stream_key(stream, key.clone())?;
        let label = handling(request.label);
        self.log_plain(act(EntryType::Founding, stream, label, &founding))
            .await?;
        Rows(self.store.connection()).set_channel_name(&stream, &request.name, &request.purpose)?;
        Ok(stream)
    }

    pub(crate) fn founding(
        &self,
        request: &FoundRequest,
        official: &OfficialId,
        stream: StreamId,
        key: &StreamKey,
    ) -> Result<Founding, EngineError> {
        let sealed = SealedName {
            salt: Salt(random::bytes()?),
            name: request.name.clone(),
            purpose: request.purpose.clone(),
        };
        let boxes = self
            .name_readers(official)
            .into_iter()
            .map(|device| seal_name(&stream, &sealed, device))
            .collect::<Result<_, _>>()?;
        Ok(Founding {
            founder: official.agency(),
            basis: "khoản 6 Điều 5".into(),
            scope: request.scope.clone(),
            label: request.label,
            members: request.members.clone(),
            retention_days: request.retention_days,
            history: History::Nothing,
            from: self.now(),
            review: self.now().saturating_add(request.review_after_ms),
            key_commitment: key.commitment(),
            sealed: sealed.commitment(),
            boxes,
        })
    }

    /// Founder, possible approvers and possible provisioners: who reads the name before the group exists.
    fn name_readers(&self, founder: &OfficialId) -> Vec<&DeviceEnrol> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let agency = founder.agency();
        at.officials()
            .map(|official| &official.id)
            .filter(|id| {
                *id == founder
                    || at.holds_role(id, Role::NationalAdministrator, None, time)
                    || at.holds_role(id, Role::Approver, Some(&agency), time)
            })
            .flat_map(|id| at.devices_of(id))
            .collect()
    }

    /// Approves a founding record: another person than the founder.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn approve_channel(&mut self, stream: StreamId) -> Result<u64, EngineError> {
        let record = self.step_of(stream, Channel::founding_hash)?;
        self.await_founders(stream).await?;
        self.log_act(
            EntryType::FoundingApprove,
            stream,
            &FoundingApprove { record },
        )
        .await
    }

    /// Provisions an approved channel: the administrator's technical act.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn provision_channel(
        &mut self,
        stream: StreamId,
        suite: Suite,
    ) -> Result<u64, EngineError> {
        let founding = self.step_of(stream, Channel::founding_hash)?;
        let approval = self.step_of(stream, Channel::approval_hash)?;
        self.await_founders(stream).await?;
        let open = StreamOpen {
            founding,
            approval,
            suite,
            generation: 0,
        };
        self.log_act(EntryType::StreamOpen, stream, &open).await
    }

    /// The suite that the policy in force has for new channels.
    #[must_use]
    pub fn default_suite(&self) -> Suite {
        self.ledger.directory().now().default_suite(self.now())
    }

    /// Waits until what gave founder and approver their powers, and the channel its scope and label, is established.
    pub(crate) async fn await_founders(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let channel = self.channel(stream)?;
        let people = [channel.founder().cloned(), channel.approver().cloned()];
        let founding = self.step_of(stream, |channel| channel.founding().cloned())?;
        let people: Vec<&OfficialId> = people.iter().flatten().collect();
        self.await_founding(&people, &founding.scope, founding.label)
            .await
    }

    fn step_of<T>(
        &self,
        stream: StreamId,
        step: impl Fn(&Channel) -> Option<T>,
    ) -> Result<T, EngineError> {
        step(self.channel(stream)?).ok_or(EngineError::NotAllowed {
            rule: "channel_order",
            what: "the step before this one is missing".into(),
        })
    }

    /// The label of an act, which is no content: the channel's, below every secrecy level.
    pub(crate) fn act_label(&self, stream: StreamId) -> Result<Label, EngineError> {
        let label = |channel: &Channel| channel.founding().map(|founding| founding.label);
        self.step_of(stream, label).map(handling)
    }

    pub(crate) async fn log_act<T: minicbor::Encode<()>>(
        &mut self,
        kind: EntryType,
        stream: StreamId,
        body: &T,
    ) -> Result<u64, EngineError> {
        let label = self.act_label(stream)?;
        self.log_plain(act(kind, stream, label, body)).await
    }

    /// Makes an official a member; if the group runs, commits the official's devices into it.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn add_member(
        &mut self,
        stream: StreamId,
        official: OfficialId,
    ) -> Result<(), EngineError> {
        self.add_member_with(stream, official, History::Nothing, String::new())
            .await
    }

    /// As [`Engine::add_member`], with a reason, which a guest's membership needs, and what the newcomer is given of earlier
    /// content: with [`History::Brief`] the member's device that says the channel's name to the newcomer says the open
    /// questions again that it can read.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn add_member_with(
        &mut self,
        stream: StreamId,
        official: OfficialId,
        history: History,
        reason: String,
    ) -> Result<(), EngineError> {
        let add = MemberAdd {
            official,
            history,
            from: None,
            to: None,
            reason,
        };
        self.log_act(EntryType::MemberAdd, stream, &add).await?;
        let added = self.reconcile_group(stream).await?;
        self.announce_if(stream, added).await
    }

    /// Lets a member have what a channel above the handling tags carries; commits the devices in.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn authorise(
        &mut self,
        stream: StreamId,
        fact: Authorisation,
    ) -> Result<(), EngineError> {
        self.log_act(EntryType::Authorisation, stream, &fact)
            .await?;
        let added = self.reconcile_group(stream).await?;
        self.announce_if(stream, added).await
    }

    /// Ends what a person was authorised to have, and commits the devices out.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn end_authorisation(
        &mut self,
        stream: StreamId,
        official: OfficialId,
        reason: String,
    ) -> Result<(), EngineError> {
        let fact = AuthorisationEnd { official, reason };
        self.log_act(EntryType::AuthorisationEnd, stream, &fact)
            .await?;
        self.reconcile_group(stream).await?;
        Ok(())
    }

    /// Ends a membership and commits the devices out of the group.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn remove_member(
        &mut self,
        stream: StreamId,
        official: OfficialId,
        reason: String,
    ) -> Result<(), EngineError> {
        let remove = MemberRemove { official, reason };
        self.log_act(EntryType::MemberRemove, stream, &remove)
            .await?;
        self.reconcile_group(stream).await?;
        Ok(())
    }

    /// Ends the own membership; another member commits the devices out.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn leave_channel(
        &mut self,
        stream: StreamId,
        reason: String,
    ) -> Result<u64, EngineError> {
        self.log_act(EntryType::Leave, stream, &Leave { reason })
            .await
    }

    /// Closes a channel: nothing more is said in it, and what was said stays readable.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn close_channel(
        &mut self,
        stream: StreamId,
        reason: String,
    ) -> Result<u64, EngineError> {
        let close = ChannelClose { reason };
        self.log_act(EntryType::ChannelClose, stream, &close).await
    }

    /// Starts the group: this device creates it, adds the members' devices, and opens name and purpose to them.
    ///
    /// # Errors
    /// [`EngineError::Refused`]; [`EngineError::NotAllowed`] for whoever could not read the name.
    pub async fn start_channel(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let official = self.official()?;
        self.await_founders(stream).await?;
        let open = self.step_of(stream, |channel| channel.open().cloned())?;
        let sealed =
            self.sealed_name(stream, self.channel(stream)?)
                .ok_or(EngineError::NotAllowed {
                    rule: "name_not_sealed",
                    what: "name and purpose of the channel were not sealed to this device".into(),
                })?;
        if !self.channel(stream)?.members().contains_key(&official) {
            self.add_member(stream, official).await?;
        }
        let own = self.keys.device;
        self.await_new_readers(stream, &[own]).await?;
        // An earlier start may have got further than anybody was told: then it is resumed, never begun again.
        self.flush_ready(stream).await?;
        if self.channel(stream)?.group().is_some() {
            self.reconcile_group(stream).await?;
            return self.announce_name(stream, &sealed).await;
        }
        self.begin_group(stream, (open.generation, open.suite), None)
            .await?;
        self.reconcile_group(stream).await?;
        self.announce_name(stream, &sealed).await
    }

    /// Opens name and purpose to whoever is in the group now; before it, the open questions are said again where somebody who
    /// came in since the name was said is to be handed them.
    pub(crate) async fn announce_name(
        &mut self,
        stream: StreamId,
        sealed: &SealedName,
    ) -> Result<(), EngineError> {
        let name = Part::inline(
            PartRole::ChannelName,
            "application/cbor",
            cbor::to_vec(sealed),
            Salt(random::bytes()?),
        );
        let label = self.act_label(stream)?;
        let content = Content::new(Salt(random::bytes()?), vec![name]);
        let intent = Intent {
            kind: EntryType::Message,
            act: None,
            content: Some(&content),
            label,
        };
        let mut queued = self.queue_brief(stream)?;
        queued.push(self.queue_intent(stream, &intent)?);
        self.flush_ready(stream).await?;
        // Refused, it is nobody's to repeat: the name is said again to whoever does not have it.
        for id in queued {
            if self.refusal_of(id)?.is_some() {
                Rows(self.store.connection()).remove_outgoing(id)?;
            }
        }
        Ok(())
    }
}

/// The entry of stream 0 that announces a channel.
pub(crate) fn registration(stream: StreamId, key: &StreamKey) -> Plain {
    let register = StreamRegister {
        stream,
        key_commitment: key.commitment(),
    };
    let kind = EntryType::StreamRegister;
    Plain {
        stream_key: Some(key.0),
        ..act(kind, StreamId::DIRECTORY, Label::Internal, &register)
    }
}

/// An entry whose body says it all.
pub(crate) fn act<T: minicbor::Encode<()>>(
    kind: EntryType,
    stream: StreamId,
    label: Label,
    body: &T,
) -> Plain {
    Plain {
        kind,
        stream,
        label,
        body: cbor::to_vec(body),
        sides: vec![],
        stream_key: None,
    }
}

/// Shorter prefixes would soon be ambiguous.
const CHANNEL_PREFIX_LEN_MIN: usize = 6;
