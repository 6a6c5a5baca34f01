//! The directory: the fold of stream 0 into who exists, who holds what, and which device is whose.
//!
//! Every fact keeps the positions between which it holds, so one fold answers for every `dir` (docs/protocol.md chapter 3).
//! In scope: folding, questions "at this position, at this time". Out of scope: signatures and chains (`ledger`).

mod accreditation;
mod authority;
mod field;
mod statement;

use std::collections::{BTreeMap, BTreeSet};

pub use accreditation::{Accreditation, AccreditationEnd, Measure};
pub use authority::{
    AuthorityError, Genesis, RootSignature, RootSigned, RootStatements, root_key_id,
};
pub use field::{
    Capacity, ConsultedOutcome, Field, FieldAt, FieldConsulted, FieldDecided, FieldDecision,
    FieldEnded, FieldReported, FieldState, FieldStep,
};
pub use statement::{
    Agency, AgencyKind, Approval, DeviceEnrol, DeviceRevoke, Official, OfficialName, Proposal,
    Role, RoleGrant, RoleRevoke, SEALING_KEY_LEN, Seat, SeatAppoint, SeatRole, Statement,
    StreamRegister, Ticket, code_hash,
};

use crate::channel::Scope;
use crate::cose::verifying_key;
use crate::entry::Position;
use crate::id::{AgencyId, DeviceId, FieldId, OfficialId, Salt, SeatId, StreamId, TicketId};
use crate::limits::{PROPOSAL_LIFETIME_MS_MAX, TEXT_LEN_MAX, TICKET_LIFETIME_MS_MAX};
use crate::tlog::Hash;

use field::FieldRow;

/// A fact that holds from one position of stream 0 until, if ended, another.
#[derive(Clone, Debug)]
struct Row<T> {
    since: u64,
    until: Option<u64>,
    fact: T,
}

impl<T> Row<T> {
    fn holds_at(&self, seq: u64) -> bool {
        self.since <= seq && self.until.is_none_or(|until| seq < until)
    }
}

/// A proposal that waits for, or has had, its second person.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Sequence number of the propose record.
    pub seq: u64,
    /// Who proposed.
    pub proposer: OfficialId,
    /// What.
    pub statement: Statement,
    /// Last moment (log time, ms).
    pub expires: u64,
    /// Whether it has been approved.
    pub approved: bool,
}

/// Who signed a device's enrolment, as shown to the members of the channels that it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signers {
    /// k root keys.
    Root,
    /// Two officials.
    Two(OfficialId, OfficialId),
    /// One official (statements that need one person).
    One(OfficialId),
}

/// The fold of stream 0.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    genesis: Option<(Genesis, Hash)>,
    heads: Vec<Hash>,
    agencies: BTreeMap<AgencyId, Vec<Row<Agency>>>,
    officials: BTreeMap<OfficialId, Row<Official>>,
    seats: BTreeMap<SeatId, Row<Seat>>,
    appointments: Vec<Row<SeatAppoint>>,
    grants: Vec<Row<RoleGrant>>,
    accreditations: BTreeMap<String, Row<Accreditation>>,
    fields: BTreeMap<FieldId, Vec<FieldRow>>,
    tickets: BTreeMap<TicketId, Row<Ticket>>,
    devices: BTreeMap<DeviceId, (Row<DeviceEnrol>, Signers)>,
    proposals: BTreeMap<Hash, Pending>,
    streams: BTreeMap<StreamId, Row<StreamRegister>>,
    root_nonces: BTreeSet<Salt>,
}

impl Directory {
    /// The genesis and its hash, once folded.
    #[must_use]
    pub fn genesis(&self) -> Option<&(Genesis, Hash)> {
        self.genesis.as_ref()
    }

    /// Records folded so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.heads.len() as u64
    }

    /// The last record.
    #[must_use]
    pub fn head(&self) -> Option<Position> {
        let record = *self.heads.last()?;
        Some(Position {
            seq: self.size().checked_sub(1)?,
            record,
        })
    }

    /// Whether `position` is one of stream 0.
    #[must_use]
    pub fn contains(&self, position: &Position) -> bool {
        usize::try_from(position.seq)
            .ok()
            .and_then(|seq| self.heads.get(seq))
            == Some(&position.record)
    }

    /// The directory as of the record at `seq`.
    #[must_use]
    pub fn at(&self, seq: u64) -> At<'_> {
        At {
            directory: self,
            seq,
        }
    }

    /// The directory as of its last record.
    #[must_use]
    pub fn now(&self) -> At<'_> {
        self.at(self.size().saturating_sub(1))
    }

    /// Proposals by the hash of their record.
    pub fn proposals(&self) -> impl Iterator<Item = (&Hash, &Pending)> {
        self.proposals.iter()
    }

    /// The enrolment of a device, live or ended: its keys and owner never change.
    #[must_use]
    pub fn enrolment(&self, id: &DeviceId) -> Option<&DeviceEnrol> {
        self.devices.get(id).map(|(row, _)| &row.fact)
    }

    /// Channels registered, with the commitment to their tag keys.
    pub fn streams(&self) -> impl Iterator<Item = &StreamRegister> {
        self.streams.values().map(|row| &row.fact)
    }

    /// Whether a root statement with this nonce was made before: repeated, it would state again what was ended since.
    pub(crate) fn has_root_statement(&self, nonce: &Salt) -> bool {
        self.root_nonces.contains(nonce)
    }

    pub(crate) fn note_root_statement(&mut self, nonce: Salt) {
        self.root_nonces.insert(nonce);
    }

    /// Takes the place of a record in the fold. Called once for each record, valid or void, before its effect.
    pub(crate) fn push_head(&mut self, record: Hash) {
        self.heads.push(record);
    }

    pub(crate) fn set_genesis(&mut self, genesis: Genesis, hash: Hash) {
        self.genesis = Some((genesis, hash));
    }

    pub(crate) fn add_proposal(&mut self, record: Hash, pending: Pending) {
        self.proposals.insert(record, pending);
    }

    pub(crate) fn close_proposal(&mut self, record: &Hash) {
        if let Some(pending) = self.proposals.get_mut(record) {
            pending.approved = true;
        }
    }

    pub(crate) fn add_stream(&mut self, register: StreamRegister, seq: u64) {
        self.streams.insert(register.stream, row(register, seq));
    }

    /// Applies a statement that has been judged, as of the record at `seq`.
    pub(crate) fn apply(&mut self, statement: Statement, signers: Signers, seq: u64) {
        match statement {
            Statement::Agency(fact) => {
                let rows = self.agencies.entry(fact.id.clone()).or_default();
                rows.iter_mut().for_each(|old| end(old, seq));
                rows.push(row(fact, seq));
            }
            Statement::Official(fact) => {
                self.officials.insert(fact.id.clone(), row(fact, seq));
            }
            Statement::Seat(fact) => {
                self.seats.insert(fact.id.clone(), row(fact, seq));
            }
            Statement::SeatAppoint(fact) => self.appointments.push(row(fact, seq)),
            Statement::RoleGrant(fact) => self.grants.push(row(fact, seq)),
            Statement::RoleRevoke(fact) => self
                .grants
                .iter_mut()
                .filter(|row| row.fact.role == fact.role && row.fact.official == fact.official)
                .for_each(|old| end(old, seq)),
            Statement::Ticket(fact) => {
                self.tickets.insert(fact.id, row(fact, seq));
            }
            Statement::DeviceEnrol(fact) => {
                if let Some(ticket) = self.tickets.get_mut(&fact.ticket) {
                    end(ticket, seq);
                }
                self.devices.insert(fact.device, (row(fact, seq), signers));
            }
            Statement::DeviceRevoke(fact) => {
                if let Some((old, _)) = self.devices.get_mut(&fact.device) {
                    end(old, seq);
                }
            }
            Statement::Accreditation(fact) => {
                self.accreditations
                    .insert(fact.number.clone(), row(fact, seq));
            }
            Statement::AccreditationEnd(fact) => {
                if let Some(old) = self.accreditations.get_mut(&fact.number) {
                    end(old, seq);
                }
            }
            Statement::Field(fact) => {
                let rows = self.fields.entry(fact.id.clone()).or_default();
                rows.push(FieldRow::new(fact, seq));
            }
            Statement::FieldDecision(fact) => {
                let rows = self.fields.get_mut(&fact.field);
                if let Some(row) = rows.and_then(|rows| rows.last_mut()) {
                    row.push(fact.step, seq);
                }
            }
        }
    }
}

fn row<T>(fact: T, seq: u64) -> Row<T> {
    Row {
        since: seq,
        until: None,
        fact,
    }
}

fn end<T>(row: &mut Row<T>, seq: u64) {
    row.until.get_or_insert(seq);
}

/// The directory as of one position of stream 0.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    directory: &'a Directory,
    seq: u64,
}

impl<'a> At<'a> {
    /// An agency.
    #[must_use]
    pub fn agency(&self, id: &AgencyId) -> Option<&'a Agency> {
        let rows = self.directory.agencies.get(id)?;
        rows.iter()
            .find(|row| row.holds_at(self.seq))
            .map(|row| &row.fact)
    }

    /// All agencies, by id.
    pub fn agencies(&self) -> impl Iterator<Item = &'a Agency> {
        let seq = self.seq;
        self.directory
            .agencies
            .values()
            .filter_map(move |rows| rows.iter().find(|row| row.holds_at(seq)))
            .map(|row| &row.fact)
    }

    /// An official.
    #[must_use]
    pub fn official(&self, id: &OfficialId) -> Option<&'a Official> {
        self.fact(self.directory.officials.get(id))
    }

    /// All officials, by id.
    pub fn officials(&self) -> impl Iterator<Item = &'a Official> {
        let seq = self.seq;
        self.directory
            .officials
            .values()
            .filter(move |row| row.holds_at(seq))
            .map(|row| &row.fact)
    }

    /// A seat.
    #[must_use]
    pub fn seat(&self, id: &SeatId) -> Option<&'a Seat> {
        self.fact(self.directory.seats.get(id))
    }

    /// A ticket that no device has used.
    #[must_use]
    pub fn ticket(&self, id: &TicketId) -> Option<&'a Ticket> {
        self.fact(self.directory.tickets.get(id))
    }

    /// A live device.
    #[must_use]
    pub fn device(&self, id: &DeviceId) -> Option<&'a DeviceEnrol> {
        self.fact(self.directory.devices.get(id).map(|(row, _)| row))
    }

    /// Who signed the enrolment of a device, live or ended.
    #[must_use]
    pub fn signers(&self, id: &DeviceId) -> Option<&'a Signers> {
        self.directory.devices.get(id).map(|(_, signers)| signers)
    }

    /// The live devices of an official.
    pub fn devices_of(&self, official: &OfficialId) -> impl Iterator<Item = &'a DeviceEnrol> {
        let (seq, official) = (self.seq, official.clone());
        self.directory
            .devices
            .values()
            .map(|(row, _)| row)
            .filter(move |row| row.holds_at(seq) && row.fact.official == official)
            .map(|row| &row.fact)
    }

    /// Whether `official` holds `role` at log time `time`, nationally or (if given) for `agency`.
    #[must_use]
    pub fn holds_role(
        &self,
        official: &OfficialId,
        role: Role,
        agency: Option<&AgencyId>,
        time: u64,
    ) -> bool {
        self.directory.grants.iter().any(|row| {
            let grant = &row.fact;
            row.holds_at(self.seq)
                && grant.role == role
                && grant.official == *official
                && is_live(grant.from, grant.until, time)
                && (grant.scope.is_none() || grant.scope.as_ref() == agency)
        })
    }

    /// The live appointments of an official at log time `time`.
    pub fn appointments(
        &self,
        official: &OfficialId,
        time: u64,
    ) -> impl Iterator<Item = &'a SeatAppoint> {
        let (seq, official) = (self.seq, official.clone());
        self.directory
            .appointments
            .iter()
            .filter(move |row| {
                row.holds_at(seq)
                    && row.fact.official == official
                    && is_live(row.fact.from, row.fact.until, time)
            })
            .map(|row| &row.fact)
    }

    /// Whether `official` may speak for `agency` at log time `time`.
    #[must_use]
    pub fn speaks_for(&self, official: &OfficialId, agency: &AgencyId, time: u64) -> bool {
        self.appointments(official, time)
            .any(|appointment| appointment.speak_for && appointment.seat.agency() == *agency)
    }

    /// A registered channel.
    #[must_use]
    pub fn stream(&self, id: &StreamId) -> Option<&'a StreamRegister> {
        self.fact(self.directory.streams.get(id))
    }

    fn fact<T>(&self, row: Option<&'a Row<T>>) -> Option<&'a T> {
        row.filter(|row| row.holds_at(self.seq))
            .map(|row| &row.fact)
    }

    /// Whether `official` may make or propose `statement`.
    ///
    /// # Errors
    /// [`StatementError::NotPermitted`].
    pub fn may_state(
        &self,
        official: &OfficialId,
        statement: &Statement,
        time: u64,
    ) -> Result<(), StatementError> {
        // A revocation names a device only: whose it is says which agency's administrator may make it.
        let revoked = if let Statement::DeviceRevoke(fact) = statement {
            self.device(&fact.device)
        } else {
            None
        };
        let agency = revoked
            .map(|device| device.official.agency())
            .or_else(|| statement.agency());
        let administers = self.holds_role(official, Role::NationalAdministrator, None, time)
            || agency.as_ref().is_some_and(|agency| {
                self.holds_role(official, Role::AgencyAdministrator, Some(agency), time)
            });
        let owns = revoked.is_some_and(|device| device.official == *official);
        let permitted = match statement {
            Statement::Field(fact) => self.may_propose_field(official, fact, time),
            Statement::FieldDecision(fact) => self.may_decide_field(official, fact, time),
            Statement::Agency(_)
            | Statement::Official(_)
            | Statement::Seat(_)
            | Statement::SeatAppoint(_)
            | Statement::RoleGrant(_)
            | Statement::RoleRevoke(_)
            | Statement::Ticket(_)
            | Statement::DeviceEnrol(_)
            | Statement::DeviceRevoke(_)
            | Statement::Accreditation(_)
            | Statement::AccreditationEnd(_) => administers || owns,
        };
        if permitted {
            Ok(())
        } else {
            Err(StatementError::NotPermitted)
        }
    }

    /// Whether `official` may be the second person for `pending`.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn may_approve(
        &self,
        official: &OfficialId,
        pending: &Pending,
        time: u64,
    ) -> Result<(), StatementError> {
        if pending.approved {
            return Err(StatementError::AlreadyApproved);
        }
        if time > pending.expires {
            return Err(StatementError::Expired);
        }
        if *official == pending.proposer {
            return Err(StatementError::SamePerson);
        }
        let one_agency = official.agency() == pending.proposer.agency();
        if one_agency && pending.statement.needs_two_agencies() {
            return Err(StatementError::SameAgency);
        }
        if let Statement::DeviceEnrol(fact) = &pending.statement {
            // Whoever has a live device says with it that the new one is theirs: nobody else adds a device to them.
            if self.devices_of(&fact.official).next().is_some() {
                return if fact.official == *official {
                    Ok(())
                } else {
                    Err(StatementError::NotTheOwner)
                };
            }
        }
        let agency = pending.statement.agency();
        if self.holds_role(official, Role::Approver, agency.as_ref(), time) {
            Ok(())
        } else {
            Err(StatementError::NotPermitted)
        }
    }

    /// Whether the facts of `statement` fit the directory, whoever states them.
    ///
    /// `fresh`: also judge dates that must lie ahead (at the proposal, not again at its approval).
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn fits(
        &self,
        statement: &Statement,
        time: u64,
        fresh: bool,
    ) -> Result<(), StatementError> {
        match statement {
            Statement::Agency(fact) => {
                texts(&[&fact.name_vi, &fact.name_en])?;
                let lead = fact.leads.is_empty() || fact.kind.may_lead();
                // R2.4, R2.5: one coordinator, one lead of a pillar.
                let free = |scope: &Scope| {
                    let current = self.agency_leading(scope);
                    scope.is_named() && current.is_none_or(|current| *current == fact.id)
                };
                if lead && fact.leads.iter().all(free) {
                    Ok(())
                } else {
                    Err(StatementError::Conflict { what: "leads" })
                }
            }
            Statement::Official(fact) => {
                known(self.agency(&fact.id.agency()), "agency")?;
                new(self.directory.officials.contains_key(&fact.id), "official")
            }
            Statement::Seat(fact) => {
                texts(&[&fact.purpose])?;
                known(self.agency(&fact.id.agency()), "agency")?;
                new(self.directory.seats.contains_key(&fact.id), "seat")
            }
            Statement::SeatAppoint(fact) => {
                known(self.seat(&fact.seat), "seat")?;
                known(self.official(&fact.official), "official")?;
                let same = fact.seat.agency() == fact.official.agency();
                if same {
                    Ok(())
                } else {
                    Err(StatementError::Conflict { what: "agency" })
                }
            }
            Statement::RoleGrant(fact) => known(self.official(&fact.official), "official"),
            Statement::RoleRevoke(fact) => known(self.official(&fact.official), "official"),
            Statement::Ticket(fact) => {
                known(self.official(&fact.official), "official")?;
                let latest = time.saturating_add(TICKET_LIFETIME_MS_MAX);
                if fresh && !(time..=latest).contains(&fact.expires) {
                    return Err(StatementError::Expired);
                }
                new(self.directory.tickets.contains_key(&fact.id), "ticket")
            }
            Statement::DeviceEnrol(fact) => self.fits_device(fact, time, fresh),
            Statement::DeviceRevoke(fact) => {
                texts(&[&fact.reason])?;
                known(self.device(&fact.device), "device")
            }
            Statement::Accreditation(fact) => self.fits_accreditation(fact, time, fresh),
            Statement::AccreditationEnd(fact) => self.fits_accreditation_end(fact),
            Statement::Field(fact) => self.fits_field(fact, time),
            Statement::FieldDecision(fact) => self.fits_field_decision(fact, time),
        }
    }

    fn fits_device(
        &self,
        fact: &DeviceEnrol,
        time: u64,
        fresh: bool,
    ) -> Result<(), StatementError> {
        texts(&[&fact.name])?;
        let ticket = self
            .ticket(&fact.ticket)
            .ok_or(StatementError::Unknown { what: "ticket" })?;
        if ticket.official != fact.official {
            return Err(StatementError::Conflict { what: "ticket" });
        }
        if fresh && time > ticket.expires {
            return Err(StatementError::Expired);
        }
        if let Some(seat) = &fact.seat {
            known(self.seat(seat), "seat")?;
        }
        // An id of a root key would let the device take places in the chain of that key.
        let is_root = self.directory.genesis().is_some_and(|(genesis, _)| {
            let mut keys = genesis.root_keys.iter();
            keys.any(|key| root_key_id(key).0 == fact.device.0)
        });
        let taken = is_root || self.directory.devices.contains_key(&fact.device);
        new(taken, "device")?;
        let keys = [fact.signing, fact.mls];
        let reused = self
            .directory
            .devices
            .values()
            .any(|(row, _)| keys.contains(&row.fact.signing) || keys.contains(&row.fact.mls));
        let usable = keys.iter().all(|key| verifying_key(key).is_ok())
            && fact.signing != fact.mls
            && fact.sealing.len() == SEALING_KEY_LEN;
        if reused || !usable {
            Err(StatementError::Keys)
        } else {
            Ok(())
        }
    }
}

impl Proposal {
    /// Whether the proposal waits neither too long nor not at all.
    #[must_use]
    pub fn expires_within_limit(&self, time: u64) -> bool {
        (time..=time.saturating_add(PROPOSAL_LIFETIME_MS_MAX)).contains(&self.expires)
    }
}

fn is_live(from: u64, until: Option<u64>, time: u64) -> bool {
    from <= time && until.is_none_or(|until| time < until)
}

fn known<T>(fact: Option<T>, what: &'static str) -> Result<(), StatementError> {
    fact.map(|_| ()).ok_or(StatementError::Unknown { what })
}

fn new(taken: bool, what: &'static str) -> Result<(), StatementError> {
    if taken {
        Err(StatementError::Conflict { what })
    } else {
        Ok(())
    }
}

fn texts(texts: &[&str]) -> Result<(), StatementError> {
    let fit = texts.iter().all(|text| text.len() <= TEXT_LEN_MAX);
    if fit {
        Ok(())
    } else {
        Err(StatementError::Conflict {
            what: "text length",
        })
    }
}

fn stated(texts: &[&str]) -> Result<(), StatementError> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        Err(StatementError::Conflict { what: "empty text" })
    } else {
        Ok(())
    }
}

/// Why a statement, proposal or approval is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The signer holds no role that may state this here.
    #[error("the signer may not state this")]
    NotPermitted,
    /// The statement needs two persons and came alone.
    #[error("the statement needs two persons: propose, then approve")]
    NeedsTwoPersons,
    /// The approver is the proposer.
    #[error("the second person is the first")]
    SamePerson,
    /// The second signature on a further device is that of a device that its owner has.
    #[error("a further device is approved by its owner, from a device that is live")]
    NotTheOwner,
    /// The two persons are of one agency where two must be.
    #[error("the two persons are of one agency, and must be of two")]
    SameAgency,
    /// Approved before.
    #[error("the proposal is already approved")]
    AlreadyApproved,
    /// Its date has passed or lies too far ahead.
    #[error("the date has passed or lies too far ahead")]
    Expired,
    /// Names something that does not exist at this position.
    #[error("unknown {what}")]
    Unknown {
        /// What is missing.
        what: &'static str,
    },
    /// Contradicts what exists.
    #[error("{what} exists already or does not fit")]
    Conflict {
        /// What collides.
        what: &'static str,
    },
    /// A device key is weak, of the wrong size, or used before.
    #[error("a device key is weak, of the wrong size, or used before")]
    Keys,
}
