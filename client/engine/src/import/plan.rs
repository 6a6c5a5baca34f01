//! The plan: pure, from a list, the directory and the channels.

use std::collections::{BTreeMap, BTreeSet};

use thamvan_proto::channel::{Channel, FoundError, Scope, may_found};
use thamvan_proto::directory::{
    Agency, At, Directory, Field, Official, Pending, Role, Seat, SeatAppoint, Statement,
};
use thamvan_proto::id::{AgencyId, OfficialId};
use thamvan_proto::tlog::Hash;

use super::{Step, Wanted, WantedAgency, WantedAppointment, WantedChannel, WantedOfficial};
use crate::verbs::ChannelView;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// An agency.
    Agency,
    /// A field.
    Field,
    /// An official.
    Official,
    /// A seat.
    Seat,
    /// An appointment.
    Appointment,
    /// A channel.
    Channel,
}

/// How a row stands to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Not there.
    New,
    /// There, and otherwise.
    Differs,
    /// Begun: somebody has proposed or founded it.
    Begun,
    /// There as the list says.
    Stands,
    /// Never: Article 5(6) does not let this agency found it.
    Refused(FoundError),
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Field of the list.
    pub field: &'static str,
    /// What stands.
    pub was: String,
    /// What the list says.
    pub is: String,
}

/// One line of a list, held against the log.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is about.
    pub kind: RowKind,
    /// Its id, or the name of a channel.
    pub id: String,
    /// How it stands.
    pub state: RowState,
    /// What differs.
    pub changes: Vec<Change>,
    /// What this person does about it: `state`, `propose`, `approve`, `found`, `provision`, `add` or `start`.
    pub act: Option<&'static str>,
    /// Who must act where this person cannot: `administrator`, `approver` or `founder`.
    pub waits_for: Option<&'static str>,
    pub(crate) steps: Vec<Step>,
}

impl Row {
    fn new(kind: RowKind, id: String, state: RowState) -> Self {
        Self {
            kind,
            id,
            state,
            changes: Vec::new(),
            act: None,
            waits_for: None,
            steps: Vec::new(),
        }
    }

    /// Entries that this person's run logs for it.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.steps.len()
    }

    fn with(self, act: &'static str, step: Step) -> Self {
        Self {
            act: Some(act),
            steps: vec![step],
            ..self
        }
    }

    fn waiting(self, waits_for: &'static str) -> Self {
        Self {
            waits_for: Some(waits_for),
            ..self
        }
    }
}

pub(super) struct Planner<'a> {
    pub(super) at: At<'a>,
    pub(super) proposals: &'a Directory,
    /// Log time (ms).
    pub(super) time: u64,
    pub(super) official: &'a OfficialId,
    /// Of officials who are stated, as far as they are kept.
    pub(super) names: &'a BTreeMap<OfficialId, String>,
}

impl Planner<'_> {
    pub(super) fn directory(&self, wanted: &Wanted) -> Vec<Row> {
        let mut rows = Vec::new();
        rows.extend(wanted.agencies.iter().map(|agency| self.agency(agency)));
        rows.extend(wanted.fields.iter().map(|field| self.field(field)));
        rows.extend(wanted.officials.iter().map(|one| self.one(one)));
        rows.extend(wanted.seats.iter().map(|seat| self.seat(seat)));
        rows.extend(wanted.appointments.iter().map(|one| self.appointment(one)));
        rows
    }

    /// The statement, if this person may make or propose it.
    fn state(&self, row: Row, statement: Statement, name: Option<String>) -> Row {
        let permitted = self.at.may_state(self.official, &statement, self.time);
        if permitted.is_err() {
            return row.waiting("administrator");
        }
        let word = if statement.needs_two_persons() {
            "propose"
        } else {
            "state"
        };
        row.with(word, Step::State(statement, name))
    }

    fn agency(&self, wanted: &WantedAgency) -> Row {
        let row = |state| Row::new(RowKind::Agency, wanted.id.to_string(), state);
        let known = self.at.agency(&wanted.id);
        let leads = known.map(|known| known.leads.clone());
        let fact = Agency {
            id: wanted.id.clone(),
            kind: wanted.kind,
            name_vi: wanted.name_vi.clone(),
            name_en: wanted.name_en.clone(),
            leads: wanted.leads.clone().or(leads).unwrap_or_default(),
        };
        let Some(known) = known else {
            return self.state(row(RowState::New), Statement::Agency(fact), None);
        };
        let changes = changes(&[
            (
                "kind",
                known.kind.as_str().into(),
                fact.kind.as_str().into(),
            ),
            ("name_vi", known.name_vi.clone(), fact.name_vi.clone()),
            ("name_en", known.name_en.clone(), fact.name_en.clone()),
            ("leads", leads_text(known), leads_text(&fact)),
        ]);
        if changes.is_empty() {
            return row(RowState::Stands);
        }
        let row = Row {
            changes,
            ..row(RowState::Differs)
        };
        self.state(row, Statement::Agency(fact), None)
    }

    /// An official stands once stated, also where the list has another name: that cannot be stated anew. A name that was erased, or
    /// that this person is not given, is not compared.
    fn one(&self, wanted: &WantedOfficial) -> Row {
        let row = |state| Row::new(RowKind::Official, wanted.id.to_string(), state);
        if self.at.official(&wanted.id).is_some() {
            let known = self.names.get(&wanted.id);
            return match known.filter(|known| **known != wanted.name) {
                None => row(RowState::Stands),
                Some(known) => Row {
                    changes: vec![Change {
                        field: "name",
                        was: known.clone(),
                        is: wanted.name.clone(),
                    }],
                    ..row(RowState::Differs)
                },
            };
        }
        let fact = Official {
            id: wanted.id.clone(),
            name: Hash([0; 32]),
        };
        let name = Some(wanted.name.clone());
        self.state(row(RowState::New), Statement::Official(fact), name)
    }

    fn seat(&self, wanted: &Seat) -> Row {
        let row = |state| Row::new(RowKind::Seat, wanted.id.to_string(), state);
        let Some(known) = self.at.seat(&wanted.id) else {
            return self.state(row(RowState::New), Statement::Seat(wanted.clone()), None);
        };
        let changes = changes(&[("purpose", known.purpose.clone(), wanted.purpose.clone())]);
        // A seat is stated once: what stands stays.
        let stays = wanted.purpose.is_empty() || changes.is_empty();
        if stays {
            return row(RowState::Stands);
        }
        Row {
            changes,
            ..row(RowState::Differs)
        }
    }

    fn appointment(&self, wanted: &WantedAppointment) -> Row {
        let id = format!("{} {}", wanted.seat, wanted.official);
        let row = |state| Row::new(RowKind::Appointment, id.clone(), state);
        let mut live = self.at.appointments(&wanted.official, self.time);
        if live.any(|fact| self.is_same(wanted, fact)) {
            return row(RowState::Stands);
        }
        let fact = SeatAppoint {
            seat: wanted.seat.clone(),
            official: wanted.official.clone(),
            role: wanted.role,
            from: wanted.from.unwrap_or(self.time),
            until: wanted.until,
            speak_for: wanted.speak_for,
        };
        let same = |statement: &Statement| matches!(statement, Statement::SeatAppoint(fact) if self.is_same(wanted, fact));
        self.by_two(row, same, Statement::SeatAppoint(fact))
    }

    /// A statement that needs two persons: proposed, or waiting for a second person, who may be this one.
    fn by_two(
        &self,
        row: impl Fn(RowState) -> Row,
        same: impl Fn(&Statement) -> bool,
        statement: Statement,
    ) -> Row {
        let pending: Vec<(&Hash, &Pending)> = self
            .proposals
            .proposals()
            .filter(|(_, pending)| !pending.approved && self.time <= pending.expires)
            .filter(|(_, pending)| same(&pending.statement))
            .collect();
        let mine = pending
            .iter()
            .find(|(_, one)| self.at.may_approve(self.official, one, self.time).is_ok());
        match mine {
            Some((record, _)) => row(RowState::Begun).with("approve", Step::Approve(**record)),
            None if pending.is_empty() => self.state(row(RowState::New), statement, None),
            None => row(RowState::Begun).waiting("approver"),
        }
    }

    /// A field that the Regulation designates.
    fn field(&self, wanted: &Field) -> Row {
        let row = |state| Row::new(RowKind::Field, wanted.id.to_string(), state);
        let Some(known) = self.at.field(&wanted.id).map(|known| known.fact) else {
            let same = |statement: &Statement| *statement == Statement::Field(wanted.clone());
            return self.by_two(row, same, Statement::Field(wanted.clone()));
        };
        let changes = changes(&[
            ("name_vi", known.name_vi.clone(), wanted.name_vi.clone()),
            ("name_en", known.name_en.clone(), wanted.name_en.clone()),
            ("lead", known.lead.to_string(), wanted.lead.to_string()),
            (
                "supporting",
                set(&known.supporting),
                set(&wanted.supporting),
            ),
        ]);
        // A field that stands is changed by a decision, not by a list.
        let state = if changes.is_empty() {
            RowState::Stands
        } else {
            RowState::Differs
        };
        Row {
            changes,
            ..row(state)
        }
    }

    /// Whether an appointment is the one that the list asks for. Where the list names no start, any that has begun will do.
    fn is_same(&self, wanted: &WantedAppointment, fact: &SeatAppoint) -> bool {
        let starts = match wanted.from {
            Some(from) => fact.from == from,
            None => fact.from <= self.time,
        };
        starts
            && fact.seat == wanted.seat
            && fact.official == wanted.official
            && fact.role == wanted.role
            && fact.until == wanted.until
            && fact.speak_for == wanted.speak_for
    }

    pub(super) fn channel(
        &self,
        wanted: &WantedChannel,
        found: &[(&ChannelView, &Channel)],
    ) -> Row {
        let row = |state| Row::new(RowKind::Channel, wanted.request.name.clone(), state);
        let speaks = self
            .at
            .speaks_for(self.official, &wanted.founder, self.time);
        let [(view, channel)] = found else {
            // More than one of this name: nothing tells which one the list means.
            if !found.is_empty() {
                return row(RowState::Differs);
            }
            let scope = &wanted.request.scope;
            return match may_found(&self.at, &wanted.founder, scope, self.time) {
                Err(error) => row(RowState::Refused(error)),
                Ok(()) if !speaks => row(RowState::New).waiting("founder"),
                Ok(()) => row(RowState::New).with("found", Step::Found(wanted.request.clone())),
            };
        };
        let changes = channel_changes(wanted, view);
        if !changes.is_empty() {
            return Row {
                changes,
                ..row(RowState::Differs)
            };
        }
        if channel.closed_by().is_some() {
            return row(RowState::Stands);
        }
        let (stream, me) = (view.stream, Some(self.official));
        let national = |role| {
            let agency = Some(&wanted.founder);
            self.at.holds_role(self.official, role, agency, self.time)
        };
        let others = [channel.founder(), channel.approver()];
        if channel.approver().is_none() {
            return if national(Role::Approver) && channel.founder() != me {
                row(RowState::Begun).with("approve", Step::ApproveChannel(stream))
            } else {
                row(RowState::Begun).waiting("approver")
            };
        }
        if channel.open().is_none() {
            return if national(Role::NationalAdministrator) && !others.contains(&me) {
                row(RowState::Begun).with("provision", Step::Provision(stream))
            } else {
                row(RowState::Begun).waiting("administrator")
            };
        }
        self.members(wanted, view, channel, speaks)
    }

    /// Members to add, then the start of the group, by the founder.
    fn members(
        &self,
        wanted: &WantedChannel,
        view: &ChannelView,
        channel: &Channel,
        speaks: bool,
    ) -> Row {
        let row = |state| Row::new(RowKind::Channel, wanted.request.name.clone(), state);
        let own = channel.founder().filter(|_| channel.group().is_none());
        let asked: BTreeSet<&OfficialId> = wanted.officials.iter().chain(own).collect();
        let missing = asked
            .into_iter()
            .filter(|official| !channel.members().contains_key(*official));
        let starts = channel.group().is_none();
        let add = if starts { Step::Add } else { Step::Join };
        let mut steps: Vec<Step> = missing
            .map(|official| add(view.stream, official.clone()))
            .collect();
        if steps.is_empty() && !starts {
            return row(RowState::Stands);
        }
        // The name was sealed to the founder's devices: nobody else can begin the group.
        let founds = channel.founder() == Some(self.official);
        if !speaks || (starts && !founds) {
            return row(RowState::Begun).waiting("founder");
        }
        if starts {
            steps.push(Step::Start(view.stream));
        }
        Row {
            act: Some(if starts { "start" } else { "add" }),
            steps,
            ..row(RowState::Begun)
        }
    }
}

/// Whether the channel is the one that the list means: founder agency and name.
pub(super) fn is_same(view: &ChannelView, wanted: &WantedChannel) -> bool {
    let founder = view.founding.as_ref().map(|founding| &founding.founder);
    let name = view.name.as_ref().map(|(name, _)| name);
    founder == Some(&wanted.founder) && name == Some(&wanted.request.name)
}

/// What a founding record says otherwise than the list: then nobody approves or provisions it by the list.
fn channel_changes(wanted: &WantedChannel, view: &ChannelView) -> Vec<Change> {
    let Some(founding) = &view.founding else {
        return Vec::new();
    };
    let purpose = view.name.as_ref().map(|(_, purpose)| purpose.clone());
    let request = &wanted.request;
    changes(&[
        (
            "purpose",
            purpose.unwrap_or_default(),
            request.purpose.clone(),
        ),
        (
            "scope",
            scope_text(&founding.scope),
            scope_text(&request.scope),
        ),
        (
            "label",
            founding.label.to_string(),
            request.label.to_string(),
        ),
        ("members", set(&founding.members), set(&request.members)),
        (
            "retention_days",
            founding.retention_days.to_string(),
            request.retention_days.to_string(),
        ),
    ])
}

fn set(agencies: &[AgencyId]) -> String {
    let sorted: BTreeSet<String> = agencies.iter().map(ToString::to_string).collect();
    sorted.into_iter().collect::<Vec<_>>().join(" ")
}

fn scope_text(scope: &Scope) -> String {
    format!("{}:{}", scope.kind.as_str(), scope.id)
}

fn leads_text(agency: &Agency) -> String {
    let leads: Vec<String> = agency.leads.iter().map(scope_text).collect();
    leads.join(" ")
}

fn changes(fields: &[(&'static str, String, String)]) -> Vec<Change> {
    fields
        .iter()
        .filter(|(_, was, is)| was != is)
        .map(|(field, was, is)| Change {
            field,
            was: was.clone(),
            is: is.clone(),
        })
        .collect()
}
