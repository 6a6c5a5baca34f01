//! What an auditor sees of a log besides findings: its checkpoint, its streams, who was given or lost which right, by whom.
//!
//! Gathered while the records are judged, so a fact is never shown of a record that the verification did not reach. Official
//! ids are the auditor's to see; names of persons, contents and names of channels are in no fact.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use thamvan_proto::channel::ChannelEffect;
use thamvan_proto::directory::{Directory, Pending, Role, SeatRole, Signers, Statement};
use thamvan_proto::id::{DeviceId, OfficialId, StreamId};
use thamvan_proto::ledger::{Accepted, Effect, Ledger};
use thamvan_proto::tlog::Hash;

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

/// One change of who may do or read what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeFacts {
    /// Entry of the log that gives it effect, or proposes it.
    pub index: u64,
    /// Stream.
    pub stream: String,
    /// Record of the stream.
    pub seq: u64,
    /// Log time (ms).
    pub time_ms: u64,
    /// What.
    pub what: ChangeKind,
    /// Whose right changes.
    pub official: Option<String>,
    /// Device that is enrolled or revoked.
    pub device: Option<String>,
    /// What its owner calls the device; the reason of a revocation.
    pub note: Option<String>,
    /// Role given or taken, or place in the seat.
    pub role: Option<String>,
    /// Agency or seat that the role is about; none is national.
    pub scope: Option<String>,
    /// Who said so.
    pub by: ChangeBy,
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An official is put in a seat.
    SeatAppoint,
    /// A role is given.
    RoleGrant,
    /// A role is taken away.
    RoleRevoke,
    /// A device is enrolled.
    DeviceEnrol,
    /// A device is revoked.
    DeviceRevoke,
    /// An official becomes a member of a channel.
    MemberAdd,
    /// An official is a member no more.
    MemberRemove,
    /// A channel is closed.
    ChannelClose,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::SeatAppoint,
        Self::RoleGrant,
        Self::RoleRevoke,
        Self::DeviceEnrol,
        Self::DeviceRevoke,
        Self::MemberAdd,
        Self::MemberRemove,
        Self::ChannelClose,
    ];
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Who stands behind a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeBy {
    /// The root keys of the authority.
    Root,
    /// One official, where one is enough.
    One {
        /// Who.
        official: String,
    },
    /// Two officials.
    Two {
        /// The first.
        proposed_by: String,
        /// The second.
        approved_by: String,
    },
    /// One official of two: without effect.
    Waiting {
        /// The first.
        proposed_by: String,
        /// Last moment for the second (log time, ms).
        expires_ms: u64,
    },
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
            ChannelEffect::Closed(official) => {
                let change = by.map(|by| place.of_official(ChangeKind::ChannelClose, official, by));
                self.change(change);
            }
            ChannelEffect::Authorised(_)
            | ChannelEffect::AuthorisationEnded(_)
            | ChannelEffect::GroupStarted(..)
            | ChannelEffect::Committed(_)
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

/// Where a change stands.
struct Place {
    index: u64,
    stream: StreamId,
    seq: u64,
    time_ms: u64,
    hash: Hash,
    official: Option<OfficialId>,
}

impl Place {
    fn of(index: u64, accepted: &Accepted) -> Self {
        Self {
            index,
            stream: accepted.record.stream,
            seq: accepted.record.seq,
            time_ms: accepted.record.time,
            hash: accepted.hash,
            official: accepted.official.clone(),
        }
    }

    fn of_official(&self, what: ChangeKind, official: &OfficialId, by: ChangeBy) -> ChangeFacts {
        ChangeFacts {
            index: self.index,
            stream: self.stream.to_string(),
            seq: self.seq,
            time_ms: self.time_ms,
            what,
            official: Some(official.to_string()),
            device: None,
            note: None,
            role: None,
            scope: None,
            by,
        }
    }

    /// The change of rights that `statement` makes, if it makes one.
    fn change(
        &self,
        statement: &Statement,
        directory: &Directory,
        by: ChangeBy,
    ) -> Option<ChangeFacts> {
        Some(match statement {
            Statement::SeatAppoint(fact) => ChangeFacts {
                role: Some(seat_role(fact.role).to_owned()),
                scope: Some(fact.seat.to_string()),
                ..self.of_official(ChangeKind::SeatAppoint, &fact.official, by)
            },
            Statement::RoleGrant(fact) => ChangeFacts {
                role: Some(role(fact.role).to_owned()),
                scope: fact.scope.as_ref().map(ToString::to_string),
                ..self.of_official(ChangeKind::RoleGrant, &fact.official, by)
            },
            Statement::RoleRevoke(fact) => ChangeFacts {
                role: Some(role(fact.role).to_owned()),
                ..self.of_official(ChangeKind::RoleRevoke, &fact.official, by)
            },
            Statement::DeviceEnrol(fact) => ChangeFacts {
                device: Some(fact.device.to_string()),
                note: Some(fact.name.clone()),
                scope: fact.seat.as_ref().map(ToString::to_string),
                ..self.of_official(ChangeKind::DeviceEnrol, &fact.official, by)
            },
            Statement::DeviceRevoke(fact) => ChangeFacts {
                device: Some(fact.device.to_string()),
                note: Some(fact.reason.clone()),
                ..self.of_official(
                    ChangeKind::DeviceRevoke,
                    &directory.enrolment(&fact.device)?.official,
                    by,
                )
            },
            Statement::Agency(_)
            | Statement::Official(_)
            | Statement::Seat(_)
            | Statement::Ticket(_)
            | Statement::Accreditation(_)
            | Statement::AccreditationEnd(_)
            | Statement::Field(_)
            | Statement::FieldDecision(_) => return None,
        })
    }
}

fn one(official: &OfficialId) -> ChangeBy {
    ChangeBy::One {
        official: official.to_string(),
    }
}

fn waiting(pending: &Pending) -> ChangeBy {
    ChangeBy::Waiting {
        proposed_by: pending.proposer.to_string(),
        expires_ms: pending.expires,
    }
}

fn by(signers: &Signers) -> ChangeBy {
    match signers {
        Signers::Root => ChangeBy::Root,
        Signers::One(official) => one(official),
        Signers::Two(first, second) => ChangeBy::Two {
            proposed_by: first.to_string(),
            approved_by: second.to_string(),
        },
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::NationalAdministrator => "national_administrator",
        Role::AgencyAdministrator => "agency_administrator",
        Role::Approver => "approver",
        Role::Auditor => "auditor",
        Role::RecordsCustodian => "records_custodian",
        Role::Witness => "witness",
    }
}

const fn seat_role(role: SeatRole) -> &'static str {
    match role {
        SeatRole::Primary => "primary",
        SeatRole::Deputy => "deputy",
        SeatRole::Acting => "acting",
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
