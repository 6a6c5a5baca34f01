//! Import: what a list asks for, held against the directory and the channels, and what one person does about it.
//!
//! The same list serves everybody: the administrator states and proposes, the approver approves what the list says and nothing
//! else, the founder founds, and so on until all of it stands. Nothing is remembered between runs: each is planned from the log.

mod plan;

use std::collections::BTreeMap;

use thamvan_proto::cbor;
use thamvan_proto::channel::Scope;
use thamvan_proto::channel::{FoundingApprove, History, MemberAdd, StreamOpen};
use thamvan_proto::directory::{AgencyKind, Field, OfficialName, Seat, SeatRole, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::id::{AgencyId, OfficialId, SeatId, StreamId};
use thamvan_proto::limits::STATEMENT_BODY_LEN_MAX;
use thamvan_proto::record::StreamKey;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::outbox::{Plain, handling};
use crate::random;
use crate::store::Rows;
use crate::verbs::{FoundRequest, act, approval, official_name, registration};

pub use plan::{Change, Row, RowKind, RowState};

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Agencies.
    pub agencies: Vec<WantedAgency>,
    /// Fields that the Regulation designates.
    pub fields: Vec<Field>,
    /// Officials.
    pub officials: Vec<WantedOfficial>,
    /// Seats.
    pub seats: Vec<Seat>,
    /// Appointments to them.
    pub appointments: Vec<WantedAppointment>,
    /// Channels.
    pub channels: Vec<WantedChannel>,
}

/// An agency as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedAgency {
    /// Id.
    pub id: AgencyId,
    /// Kind.
    pub kind: AgencyKind,
    /// Official Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// What it leads; none where the list does not say, and then it stays as it is.
    pub leads: Option<Vec<Scope>>,
}

/// An official as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedOfficial {
    /// Id.
    pub id: OfficialId,
    /// The person's name.
    pub name: String,
}

/// An appointment as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedAppointment {
    /// Seat.
    pub seat: SeatId,
    /// Official of the same agency.
    pub official: OfficialId,
    /// Primary, deputy or acting.
    pub role: SeatRole,
    /// Whether the official speaks for the agency.
    pub speak_for: bool,
    /// Start (log time, ms); none: when it is proposed.
    pub from: Option<u64>,
    /// End of the term (log time, ms).
    pub until: Option<u64>,
}

/// A channel as a list has it.
#[derive(Clone, Debug)]
pub struct WantedChannel {
    /// The agency that founds it.
    pub founder: AgencyId,
    /// What its founder decides.
    pub request: FoundRequest,
    /// Officials who become members.
    pub officials: Vec<OfficialId>,
}

/// One thing that this person does for a row.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    State(Statement, Option<String>),
    Approve(Hash),
    Found(FoundRequest),
    ApproveChannel(StreamId),
    Provision(StreamId),
    /// Before the group begins.
    Add(StreamId, OfficialId),
    Start(StreamId),
    /// Into a group that runs.
    Join(StreamId, OfficialId),
}

impl Engine {
    /// Holds `wanted` against what this device has read: what is new, what differs, what stands, and what this person does about it.
    ///
    /// # Errors
    /// [`EngineError::NotEnrolled`], trouble with the store, or with the server, which is asked for names of officials.
    pub async fn plan_import(&mut self, wanted: &Wanted) -> Result<Vec<Row>, EngineError> {
        let names = self.names_of(&wanted.officials).await?;
        let official = self.official()?;
        let planner = plan::Planner {
            at: self.ledger.directory().now(),
            proposals: self.ledger.directory(),
            time: self.now(),
            official: &official,
            names: &names,
        };
        let mut rows = planner.directory(wanted);
        let views = self.channels()?;
        for channel in &wanted.channels {
            let found: Vec<_> = views
                .iter()
                .filter(|view| plan::is_same(view, channel))
                .filter_map(|view| Some((view, self.ledger.channel(&view.stream)?)))
                .collect();
            rows.push(planner.channel(channel, &found));
        }
        Ok(rows)
    }

    /// The names of those of `wanted` who are stated, as far as they are kept and given to this person.
    async fn names_of(
        &mut self,
        wanted: &[WantedOfficial],
    ) -> Result<BTreeMap<OfficialId, String>, EngineError> {
        let at = self.ledger.directory().now();
        let stated: Vec<(OfficialId, Hash)> = wanted
            .iter()
            .filter_map(|one| Some((one.id.clone(), at.official(&one.id)?.name)))
            .collect();
        let mut names = BTreeMap::new();
        for (id, hash) in stated {
            match self.fetch_body(&hash).await {
                Ok(side) => {
                    let side: OfficialName = cbor::from_slice(&side, STATEMENT_BODY_LEN_MAX)?;
                    names.insert(id, side.name);
                }
                Err(EngineError::Refused {
                    code: ErrorCode::NotFound | ErrorCode::NotPermitted,
                    ..
                }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(names)
    }

    /// Does what the plan has for this person, in its order; `done` is told of each entry that was logged.
    ///
    /// Repeated, it goes on from where it stopped.
    ///
    /// # Errors
    /// The first refusal; what is before it stands.
    pub async fn import(
        &mut self,
        rows: &[Row],
        done: &mut dyn FnMut(),
    ) -> Result<(), EngineError> {
        let steps: Vec<(&Row, &Step)> = rows
            .iter()
            .flat_map(|row| row.steps.iter().map(move |step| (row, step)))
            .collect();
        self.log_steps(&steps, done).await?;
        let foundings: Vec<(&Row, &FoundRequest)> = steps
            .iter()
            .filter_map(|(row, step)| match step {
                Step::Found(request) => Some((*row, request)),
                Step::State(..)
                | Step::Approve(_)
                | Step::ApproveChannel(_)
                | Step::Provision(_)
                | Step::Add(..)
                | Step::Start(_)
                | Step::Join(..) => None,
            })
            .collect();
        for chunk in foundings.chunks(FOUNDINGS_AT_ONCE) {
            self.found_all(chunk, done).await?;
        }
        for (row, step) in steps {
            let logged = if let Step::Start(stream) = step {
                self.start_channel(*stream).await
            } else if let Step::Join(stream, official) = step {
                self.add_member(*stream, official.clone()).await
            } else {
                continue;
            };
            logged.map_err(|error| at_row(row, error))?;
            done();
        }
        Ok(())
    }

    /// Logs all steps that are one entry each.
    async fn log_steps(
        &mut self,
        steps: &[(&Row, &Step)],
        done: &mut dyn FnMut(),
    ) -> Result<(), EngineError> {
        let mut rows = Vec::new();
        let mut plains = Vec::new();
        for (row, step) in steps {
            if let Some(plain) = self.entry_of(step)? {
                rows.push(*row);
                plains.push(plain);
            }
        }
        self.await_steps(steps).await?;
        let logged = self.log_all(&plains, done).await;
        logged.map_err(|(place, error)| match rows.get(place) {
            Some(row) => at_row(row, error),
            None => error,
        })
    }

    /// Waits until what these steps build on is established: the powers of whoever proposed, founded or approved.
    async fn await_steps(&mut self, steps: &[(&Row, &Step)]) -> Result<(), EngineError> {
        let mut records = Vec::new();
        for (_, step) in steps {
            if let Step::Approve(record) = step {
                records.push(*record);
            } else if let Step::ApproveChannel(stream) | Step::Provision(stream) = step {
                self.await_founders(*stream).await?;
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.await_signers(&records).await
    }

    fn entry_of(&self, step: &Step) -> Result<Option<Plain>, EngineError> {
        Ok(match step {
            Step::State(statement, name) => {
                let name = name.as_deref().map(official_name).transpose()?;
                let mut statement = statement.clone();
                if let (Statement::Official(fact), Some(side)) = (&mut statement, &name) {
                    fact.name = thamvan_proto::entry::sha256(side);
                }
                Some(self.statement(statement, name.into_iter().collect()))
            }
            Step::Approve(record) => Some(approval(*record)),
            Step::ApproveChannel(stream) => {
                let channel = self.channel(*stream)?;
                channel
                    .founding()
                    .zip(channel.founding_hash())
                    .map(|(founding, record)| {
                        let approve = FoundingApprove { record };
                        act(
                            EntryType::FoundingApprove,
                            *stream,
                            handling(founding.label),
                            &approve,
                        )
                    })
            }
            Step::Provision(stream) => {
                let channel = self.channel(*stream)?;
                let hashes = channel.founding_hash().zip(channel.approval_hash());
                channel
                    .founding()
                    .zip(hashes)
                    .map(|(founding, (record, approval))| {
                        let open = StreamOpen {
                            founding: record,
                            approval,
                            suite: self.default_suite(),
                            generation: 0,
                        };
                        act(
                            EntryType::StreamOpen,
                            *stream,
                            handling(founding.label),
                            &open,
                        )
                    })
            }
            Step::Add(stream, official) => self.channel(*stream)?.founding().map(|founding| {
                let add = MemberAdd {
                    official: official.clone(),
                    history: History::Nothing,
                    from: None,
                    to: None,
                    reason: String::new(),
                };
                act(
                    EntryType::MemberAdd,
                    *stream,
                    handling(founding.label),
                    &add,
                )
            }),
            Step::Found(_) | Step::Start(_) | Step::Join(..) => None,
        })
    }

    /// Registers these channels, then founds them.
    async fn found_all(
        &mut self,
        wanted: &[(&Row, &FoundRequest)],
        done: &mut dyn FnMut(),
    ) -> Result<(), EngineError> {
        let official = self.official()?;
        for (_, request) in wanted {
            self.await_founding(&[], &request.scope, request.label)
                .await?;
        }
        let mut ids: Vec<(StreamId, StreamKey)> = Vec::new();
        for _ in wanted {
            ids.push((StreamId(random::bytes()?), StreamKey(random::bytes()?)));
        }
        let registered: Vec<Plain> = ids
            .iter()
            .map(|(stream, key)| registration(*stream, key))
            .collect();
        let named = |(place, error): (usize, EngineError)| match wanted.get(place) {
            Some((row, _)) => at_row(row, error),
            None => error,
        };
        self.log_all(&registered, &mut || {}).await.map_err(named)?;
        let mut foundings = Vec::new();
        for ((stream, key), (_, request)) in ids.iter().zip(wanted) {
            self.adopt_stream_key(*stream, key.clone())?;
            let founding = self.founding(request, &official, *stream, key)?;
            let label = handling(request.label);
            foundings.push(act(EntryType::Founding, *stream, label, &founding));
        }
        self.log_all(&foundings, done).await.map_err(named)?;
        for ((stream, _), (_, request)) in ids.iter().zip(wanted) {
            Rows(self.store.connection()).set_channel_name(
                stream,
                &request.name,
                &request.purpose,
            )?;
        }
        Ok(())
    }
}

/// A refusal with the row that it is about.
fn at_row(row: &Row, error: EngineError) -> EngineError {
    let EngineError::Refused { code, detail } = error else {
        return error;
    };
    EngineError::Refused {
        code,
        detail: format!("{}: {detail}", row.id),
    }
}

/// Channels registered before they are founded: so many registrations are left over at most where a run is broken off.
const FOUNDINGS_AT_ONCE: usize = 16;
