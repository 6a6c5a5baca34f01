//! What an auditor sees of a log besides findings: its checkpoint, its streams, who was given or lost which right, by whom.
//!
//! Gathered while the records are judged, so a fact is never shown of a record that the verification did not reach. Official
//! ids are the auditor's to see; names of persons, contents and names of channels are in no fact.

use std::collections::BTreeMap;

use serde::Serialize;
use thamvan_proto::channel::ChannelEffect;
use thamvan_proto::directory::Directory;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect, Ledger};
use thamvan_proto::tlog::Hash;

use crate::changes::{ChangeBy, ChangeFacts, ChangeKind, Place, by, one, waiting};
use crate::consultations::{self, ConsultationFacts};
use crate::limits::CHANGES_MAX;
use crate::stream::Stream;

/// Everything that a readable report shows besides the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The checkpoint and who stands behind it; none without a readable checkpoint.
    pub log: Option<LogFacts>,
    /// Judged entries by type.
    pub types: BTreeMap<String, u64>,
    /// Streams, stream 0 first.
    pub streams: Vec<StreamFacts>,
    /// Changes of rights in index order, at most [`CHANGES_MAX`].
    pub changes: Vec<ChangeFacts>,
    /// Changes beyond that.
    pub changes_left_out: u64,
    /// Consultations, without what was said.
    pub consultations: Vec<ConsultationFacts>,
}

/// The checkpoint and who stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogFacts {
    /// Origin, which is the name of the log's key.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root hash, in lower-case hexadecimal.
    pub root: String,
    /// The signed note, as it stands in the copy.
    pub checkpoint: String,
    /// Whether the log's own signature verifies.
    pub signed: bool,
    /// What the policy asks for: a witness or group; none if it asks for no cosignature.
    pub quorum: Option<String>,
    /// Whether it is reached.
    pub quorum_reached: bool,
    /// Cosignatures that verify, in the order of the note.
    pub cosignatures: Vec<CosignatureFacts>,
}

/// One cosignature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CosignatureFacts {
    /// The witness, as the policy calls it.
    pub witness: String,
    /// When it says it signed (ms).
    pub time_ms: u64,
}

/// What a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Stream 0.
    Directory,
    /// A channel.
    Channel,
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StreamFacts {
    /// Stream id, in lower-case hexadecimal.
    pub stream: String,
    /// Directory or channel.
    pub kind: StreamKind,
    /// Founder agency.
    pub founder: Option<String>,
    /// Who signed the founding record, its approval and the provisioning: three officials.
    pub founded_by: Option<String>,
    /// See `founded_by`.
    pub approved_by: Option<String>,
    /// See `founded_by`.
    pub provisioned_by: Option<String>,
    /// Highest label of the channel.
    pub label: Option<String>,
    /// Records in the copy.
    pub records: u64,
    /// Of these, judged.
    pub judged: u64,
    /// Of these, void.
    pub void: u64,
    /// Log time of the first judged record (ms).
    pub first_ms: Option<u64>,
    /// Log time of the last judged record (ms).
    pub last_ms: Option<u64>,
    /// Officials who are members at the end.
    pub members: Vec<String>,
    /// Devices in the group at the end, or live devices where the stream is the directory.
    pub devices: Vec<String>,
    /// Judged entries by type.
    pub types: BTreeMap<String, u64>,
    /// Whether nothing is missing, repeated or out of its chain (docs/protocol.md chapter 3).
    pub complete: bool,
}

/// Gathers facts in index order.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    streams: BTreeMap<StreamId, StreamFacts>,
    types: BTreeMap<String, u64>,
    changes: Vec<ChangeFacts>,
    waiting: BTreeMap<Hash, ChangeFacts>,
    left_out: u64,
}

impl Gatherer {
    /// Takes the judged entry at `index`.
    pub(crate) fn note(&mut self, index: u64, accepted: &Accepted, directory: &Directory) {
        let (record, facts) = (&accepted.record, &accepted.entry.facts);
        let kind = facts.entry_type().map_or_else(
            || format!("type-{}", facts.kind),
            |it| it.as_str().to_owned(),
        );
        add(self.types.entry(kind.clone()).or_default());
        let stream = self
            .streams
            .entry(record.stream)
            .or_insert_with(|| empty(record.stream));
        add(&mut stream.judged);
        add(stream.types.entry(kind).or_default());
        stream.first_ms.get_or_insert(record.time);
        stream.last_ms = Some(record.time);
        match &accepted.verdict {
            Ok(effect) => self.note_effect(effect, &Place::of(index, accepted), directory),
            Err(_) => add(&mut stream.void),
        }
    }

    fn note_effect(&mut self, effect: &Effect, place: &Place, directory: &Directory) {
        match effect {
            Effect::RootStated(root) => {
                for statement in &root.statements {
                    self.change(place.change(statement, directory, ChangeBy::Root));
                }
            }
            Effect::Stated(statement, official) => {
                let by = one(official);
                self.change(place.change(statement, directory, by));
            }
            Effect::Proposed(pending) => {
                if let Some(change) = place.change(&pending.statement, directory, waiting(pending))
                {
                    self.waiting.insert(place.hash, change);
                }
            }
            Effect::Approved(proposal, statement, signers) => {
                self.waiting.remove(proposal);
                self.change(place.change(statement, directory, by(signers)));
            }
            Effect::Channel(effect) => self.note_channel(effect, place),
            Effect::Genesis(..) | Effect::Registered(_) | Effect::Heads(_) => {}
        }
    }

    fn note_channel(&mut self, effect: &ChannelEffect, place: &Place) {
        let Some(stream) = self.streams.get_mut(&place.stream) else {
            return;
        };
        let by = place.official.as_ref().map(one);
        match effect {
            ChannelEffect::Founded(founding, official) => {
                stream.founder = Some(founding.founder.to_string());
                stream.label = Some(founding.label.to_string());
                stream.founded_by = Some(official.to_string());
            }
            ChannelEffect::Approved(official) => stream.approved_by = Some(official.to_string()),
            ChannelEffect::Opened(_, official) => {
                stream.provisioned_by = Some(official.to_string());
            }
            ChannelEffect::MemberAdded(member) => {
                let change =
                    by.map(|by| place.of_official(ChangeKind::MemberAdd, &member.official, by));
                self.change(change);
            }
            ChannelEffect::MemberRemoved(official) => {
                let change = by.map(|by| place.of_official(ChangeKind::MemberRemove, official, by));
                self.change(change);
            }
            ChannelEffect::Left(official) => {
                let change = by.map(|by| place.of_official(ChangeKind::MemberLeave, official, by));
                self.change(change);
            }
            ChannelEffect::Closed(official) => {
                let change = by.map(|by| place.of_official(ChangeKind::ChannelClose, official, by));
                self.change(change);
            }
            ChannelEffect::Authorised(fact) => {
                let change = by.map(|by| ChangeFacts {
                    role: Some(fact.level.to_string()),
                    note: Some(fact.document.clone()),
                    ..place.of_official(ChangeKind::Authorise, &fact.official, by)
                });
                self.change(change);
            }
            ChannelEffect::AuthorisationEnded(official) => {
                let change =
                    by.map(|by| place.of_official(ChangeKind::AuthorisationEnd, official, by));
                self.change(change);
            }
            ChannelEffect::GroupStarted(..)
            | ChannelEffect::Committed(..)
            | ChannelEffect::Rejected(..)
            | ChannelEffect::Succeeded(..)
            | ChannelEffect::Message
            | ChannelEffect::Disclosed(_)
            | ChannelEffect::Acted(..) => {}
        }
    }

    fn change(&mut self, change: Option<ChangeFacts>) {
        let Some(change) = change else { return };
        if self.changes.len() < CHANGES_MAX {
            self.changes.push(change);
        } else {
            add(&mut self.left_out);
        }
    }

    /// Ends the gathering: `is_sound` says of which streams no finding speaks of a broken chain.
    pub(crate) fn finish(
        mut self,
        log: LogFacts,
        ledger: &Ledger,
        streams: &BTreeMap<StreamId, Stream>,
        is_sound: impl Fn(&StreamId) -> bool,
    ) -> Facts {
        for change in std::mem::take(&mut self.waiting).into_values() {
            self.change(Some(change));
        }
        self.changes.sort_by_key(|change| change.index);
        let last = streams.keys().map(|id| ledger.time(id)).max().unwrap_or(0);
        let rows = streams.iter().map(|(id, stream)| {
            let mut row = self.streams.remove(id).unwrap_or_else(|| empty(*id));
            row.records = stream.count;
            row.complete = row.judged == row.records && row.records > 0 && is_sound(id);
            add_people(&mut row, id, ledger);
            row
        });
        Facts {
            streams: rows.collect(),
            log: Some(log),
            types: self.types,
            changes: self.changes,
            changes_left_out: self.left_out,
            consultations: consultations::gather(ledger, last),
        }
    }
}

fn add_people(row: &mut StreamFacts, id: &StreamId, ledger: &Ledger) {
    let texts = |ids: &mut dyn Iterator<Item = &DeviceId>| ids.map(ToString::to_string).collect();
    if *id == StreamId::DIRECTORY {
        let at = ledger.directory().now();
        row.devices = at
            .officials()
            .flat_map(|official| at.devices_of(&official.id))
            .map(|device| device.device.to_string())
            .collect();
    } else if let Some(channel) = ledger.channel(id) {
        row.members = channel.members().keys().map(ToString::to_string).collect();
        row.devices = channel
            .group()
            .map(|group| texts(&mut group.roster.iter()))
            .unwrap_or_default();
    }
}

fn empty(id: StreamId) -> StreamFacts {
    StreamFacts {
        stream: id.to_string(),
        kind: if id == StreamId::DIRECTORY {
            StreamKind::Directory
        } else {
            StreamKind::Channel
        },
        founder: None,
        founded_by: None,
        approved_by: None,
        provisioned_by: None,
        label: None,
        records: 0,
        judged: 0,
        void: 0,
        first_ms: None,
        last_ms: None,
        members: Vec::new(),
        devices: Vec::new(),
        types: BTreeMap::new(),
        complete: false,
    }
}

fn add(count: &mut u64) {
    *count = count.saturating_add(1);
}
