//! The directory: the fold of stream 0 into who exists, who holds what, and which device is whose.
//!
//! Every fact keeps the positions between which it holds, so one fold answers for every `dir` (docs/protocol.md chapter 3).
//! In scope: folding, questions "at this position, at this time". Out of scope: signatures and chains (`ledger`).

mod accreditation;
mod at;
mod authority;
mod descent;
mod ending;
mod error;
mod field;
mod focal;
mod policy;
mod rights;
mod roots;
mod statement;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet};

pub use accreditation::{Accreditation, AccreditationEnd, Measure};
pub use at::At;
pub use authority::{
    AuthorityError, Genesis, RootSignature, RootSigned, RootStatements, root_key_id,
};
pub use ending::{AgencyEnd, AppointmentEnd, DeviceSuspend, NameErasure, OfficialEnd};
pub use error::StatementError;
pub use field::{
    Capacity, ConsultedOutcome, Field, FieldAt, FieldConsulted, FieldDecided, FieldDecision,
    FieldEnded, FieldReported, FieldState, FieldStep,
};
pub use focal::{FocalChange, FocalEvent, FocalGap, FocalReceipt, FocalUnit};
pub use policy::{ChannelHours, PolicyChange, Route, UrgencyHours};
pub use roots::{RootRotation, RootSet};
pub use statement::{
    Agency, AgencyKind, Approval, DeviceEnrol, DeviceRevoke, Official, OfficialName, Proposal,
    Role, RoleGrant, RoleRevoke, SEALING_KEY_LEN, Seat, SeatAppoint, SeatRole, Statement,
    StreamRegister, Ticket, code_hash,
};

use crate::entry::Position;
use crate::id::{AgencyId, DeviceId, FieldId, OfficialId, Salt, SeatId, StreamId, TicketId};
use crate::limits::PROPOSAL_LIFETIME_MS_MAX;
use crate::tlog::Hash;

use error::{known, new, stated, texts};
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

/// A fact that raises an official, with who signed it: whose hands somebody is in is asked later (`descent`).
#[derive(Clone, Debug)]
struct Raised<T> {
    row: Row<T>,
    signers: Signers,
}

/// A device with who signed its enrolment and the positions between which it is suspended.
#[derive(Clone, Debug)]
struct DeviceRow {
    row: Row<DeviceEnrol>,
    signers: Signers,
    suspensions: Vec<(u64, Option<u64>)>,
}

impl DeviceRow {
    fn is_suspended_at(&self, seq: u64) -> bool {
        let mut all = self.suspensions.iter();
        all.any(|(since, until)| *since <= seq && until.is_none_or(|until| seq < until))
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
    appointments: BTreeMap<OfficialId, Vec<Raised<SeatAppoint>>>,
    grants: BTreeMap<OfficialId, Vec<Raised<RoleGrant>>>,
    accreditations: BTreeMap<String, Row<Accreditation>>,
    /// By rising version.
    policies: Vec<Row<PolicyChange>>,
    fields: BTreeMap<FieldId, Vec<FieldRow>>,
    tickets: BTreeMap<TicketId, Row<Ticket>>,
    devices: BTreeMap<DeviceId, DeviceRow>,
    focal_units: BTreeMap<AgencyId, Vec<Row<FocalUnit>>>,
    /// By the record of the change.
    focal_receipts: BTreeMap<u64, Vec<Row<FocalReceipt>>>,
    roots: Vec<Row<RootSet>>,
    erased: BTreeSet<Hash>,
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
        self.devices.get(id).map(|device| &device.row.fact)
    }

    /// An official, whether they stand or have ended.
    #[must_use]
    pub fn official(&self, id: &OfficialId) -> Option<&Official> {
        self.officials.get(id).map(|row| &row.fact)
    }

    /// The officials whose name has this hash.
    pub fn officials_named(&self, name: &Hash) -> impl Iterator<Item = &OfficialId> {
        let all = self.officials.iter();
        all.filter(move |(_, row)| row.fact.name == *name)
            .map(|(id, _)| id)
    }

    /// Hashes of names that have been erased: nobody owes them any more.
    #[must_use]
    pub fn erased(&self) -> &BTreeSet<Hash> {
        &self.erased
    }

    /// The position at which a device was enrolled, live or ended.
    #[must_use]
    pub fn enrolled_at(&self, id: &DeviceId) -> Option<u64> {
        self.devices.get(id).map(|device| device.row.since)
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
        self.roots = vec![row(RootSet::of(&genesis), 0)];
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
            Statement::SeatAppoint(fact) => {
                let rows = self.appointments.entry(fact.official.clone()).or_default();
                let row = row(fact, seq);
                rows.push(Raised { row, signers });
            }
            Statement::RoleGrant(fact) => {
                let rows = self.grants.entry(fact.official.clone()).or_default();
                let row = row(fact, seq);
                rows.push(Raised { row, signers });
            }
            Statement::RoleRevoke(fact) => {
                let rows = self.grants.get_mut(&fact.official);
                rows.into_iter()
                    .flatten()
                    .filter(|grant| grant.row.fact.role == fact.role)
                    .for_each(|grant| end(&mut grant.row, seq));
            }
            Statement::Ticket(fact) => {
                self.tickets.insert(fact.id, row(fact, seq));
            }
            Statement::DeviceEnrol(fact) => {
                if let Some(ticket) = self.tickets.get_mut(&fact.ticket) {
                    end(ticket, seq);
                }
                let device = DeviceRow {
                    row: row(fact, seq),
                    signers,
                    suspensions: Vec::new(),
                };
                self.devices.insert(device.row.fact.device, device);
            }
            Statement::DeviceRevoke(fact) => {
                if let Some(device) = self.devices.get_mut(&fact.device) {
                    end(&mut device.row, seq);
                }
            }
            Statement::PolicyChange(fact) => self.policies.push(row(fact, seq)),
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
            Statement::FocalUnit(fact) => {
                let rows = self.focal_units.entry(fact.agency.clone()).or_default();
                rows.iter_mut().for_each(|old| end(old, seq));
                rows.push(row(fact, seq));
            }
            Statement::FocalReceipt(fact) => {
                let rows = self.focal_receipts.entry(fact.change).or_default();
                rows.push(row(fact, seq));
            }
            Statement::RootRotation(fact) => {
                self.roots.iter_mut().for_each(|old| end(old, seq));
                self.roots.push(row(fact.set(), seq));
            }
            Statement::AgencyEnd(_)
            | Statement::OfficialEnd(_)
            | Statement::DeviceSuspend(_)
            | Statement::AppointmentEnd(_)
            | Statement::NameErasure(_) => self.apply_ending(&statement, seq),
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
