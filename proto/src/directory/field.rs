//! Fields of work: who leads one, and by which steps a new one comes to stand (Art. 2.2, 3.5 to 3.7; rules R2.2, R3.7).
//!
//! Who leads the Coordinating Council or a pillar stands with the agency, who leads a field stands here and nowhere else.

use std::collections::BTreeSet;

use crate::cbor::{cbor_array, cbor_choice, cbor_uint};
use crate::channel::{Scope, ScopeKind};
use crate::id::{AgencyId, FieldId, OfficialId};
use crate::limits::FIELD_AGENCIES_MAX;

use super::{At, Role, StatementError, known, texts};

cbor_uint! {
    /// What became of the question to a mandatory consultee.
    pub enum ConsultedOutcome {
        /// It answered.
        Answered = 1,
        /// Quá hạn, chưa có ý kiến: its time ran out. Silence is never consent.
        Overdue = 2,
    }
}

cbor_array! {
    /// In which pillar an agency takes part in a field (Art. 2.6).
    pub struct Capacity {
        /// Agency.
        pub agency: AgencyId,
        /// `apsc`, `aec` or `ascc`.
        pub pillar: String,
    }

    /// A field: proposed, or designated by the Regulation itself.
    pub struct Field {
        /// Id.
        pub id: FieldId,
        /// One of the three kinds of fields.
        pub kind: ScopeKind,
        /// Official Vietnamese name.
        pub name_vi: String,
        /// English name.
        pub name_en: String,
        /// Cơ quan chủ trì: the one nominated, until a decision names one.
        pub lead: AgencyId,
        /// Agencies that support it (Art. 3.5), besides those of `capacities`.
        pub supporting: Vec<AgencyId>,
        /// Who takes part in which pillar: tells cross-sector from cross-pillar.
        pub capacities: Vec<Capacity>,
        /// Who proposes it (Art. 3.7); none where it is designated.
        pub initiator: Option<AgencyId>,
        /// What it rests on.
        pub basis: String,
    }

    /// What an agency said, or that it did not.
    pub struct FieldConsulted {
        /// Agency.
        pub agency: AgencyId,
        /// Answered or overdue.
        pub outcome: ConsultedOutcome,
        /// Number and date of its letter, or of the one that it left unanswered.
        pub reference: String,
    }

    /// The report to the Prime Minister.
    pub struct FieldReported {
        /// Number of the report.
        pub reference: String,
        /// Its date (ms).
        pub date: u64,
    }

    /// The Prime Minister's decision, made outside.
    pub struct FieldDecided {
        /// Số, ký hiệu.
        pub number: String,
        /// Ngày (ms).
        pub date: u64,
        /// Trích yếu.
        pub summary: String,
        /// The kind that the decision states, whatever was computed.
        pub kind: ScopeKind,
        /// The lead that the decision names.
        pub lead: AgencyId,
        /// Start (log time, ms).
        pub from: u64,
        /// End (log time, ms), exclusive.
        pub until: Option<u64>,
    }

    /// The end of a field.
    pub struct FieldEnded {
        /// What ends it.
        pub reference: String,
    }

    /// A step of a field after its proposal.
    pub struct FieldDecision {
        /// Field.
        pub field: FieldId,
        /// Step.
        pub step: FieldStep,
    }
}

cbor_choice! {
    /// The steps of rule R3.7, in their order, and the end.
    pub enum FieldStep {
        /// An agency was consulted.
        Consulted(FieldConsulted) = 1,
        /// Đã báo cáo Thủ tướng.
        Reported(FieldReported) = 2,
        /// Đã quyết định.
        Decided(FieldDecided) = 3,
        /// Ended, or given up.
        Ended(FieldEnded) = 4,
    }
}

/// How far a field has come (rule R3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldState {
    /// Đề xuất.
    Proposed,
    /// Đang tham vấn.
    Consulting,
    /// Đã báo cáo Thủ tướng.
    Reported,
    /// Đã quyết định, and not yet in force.
    Decided,
    /// Hiệu lực.
    Effective,
    /// Ended, given up, or past its date.
    Ended,
}

impl FieldState {
    /// The identifier used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Consulting => "consulting",
            Self::Reported => "reported",
            Self::Decided => "decided",
            Self::Effective => "effective",
            Self::Ended => "ended",
        }
    }
}

impl Field {
    /// The kind that follows from who takes part in which pillar; none for fewer than two agencies.
    ///
    /// Source: Art. 2.2; rule R2.2.
    #[must_use]
    pub fn computed_kind(&self) -> Option<ScopeKind> {
        let agencies: BTreeSet<_> = self.capacities.iter().map(|it| &it.agency).collect();
        let pillars: BTreeSet<_> = self.capacities.iter().map(|it| &it.pillar).collect();
        match (agencies.len(), pillars.len()) {
            (0 | 1, _) | (_, 0) => None,
            (_, 1) => Some(ScopeKind::CrossSector),
            _ => Some(ScopeKind::CrossPillar),
        }
    }

    /// The one pillar of a field whose participants are all of it.
    #[must_use]
    pub fn pillar(&self) -> Option<Scope> {
        let first = self.capacities.first()?;
        let mut all = self.capacities.iter();
        all.all(|it| it.pillar == first.pillar)
            .then(|| Scope::pillar(&first.pillar))
    }

    /// Who must have answered, or let the time run out, before the report: everybody concerned but the initiator, and for a
    /// cross-sector field the coordinator.
    ///
    /// Source: Art. 3.7.a, 3.7.b.
    #[must_use]
    pub fn consultees(&self, at: &At<'_>) -> BTreeSet<AgencyId> {
        let taking_part = self.capacities.iter().map(|it| &it.agency);
        let mut all: BTreeSet<AgencyId> = taking_part
            .chain(&self.supporting)
            .chain([&self.lead])
            .cloned()
            .collect();
        all.extend(at.agency_leading(&Scope::coordinator()).cloned());
        if let Some(initiator) = &self.initiator {
            all.remove(initiator);
        }
        all
    }
}

/// A field in the fold.
#[derive(Clone, Debug)]
pub(super) struct FieldRow {
    since: u64,
    fact: Field,
    steps: Vec<(u64, FieldStep)>,
}

impl FieldRow {
    pub(super) fn new(fact: Field, since: u64) -> Self {
        Self {
            since,
            fact,
            steps: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, step: FieldStep, seq: u64) {
        self.steps.push((seq, step));
    }
}

/// A field as of one position of stream 0.
#[derive(Clone, Copy, Debug)]
pub struct FieldAt<'a> {
    /// As proposed or designated.
    pub fact: &'a Field,
    steps: &'a [(u64, FieldStep)],
}

impl<'a> FieldAt<'a> {
    /// The steps taken, in their order.
    pub fn steps(&self) -> impl Iterator<Item = &'a FieldStep> + use<'a> {
        self.steps.iter().map(|(_, step)| step)
    }

    /// The decision, once made.
    #[must_use]
    pub fn decided(&self) -> Option<&'a FieldDecided> {
        self.steps().find_map(|step| match step {
            FieldStep::Decided(fact) => Some(fact),
            FieldStep::Consulted(_) | FieldStep::Reported(_) | FieldStep::Ended(_) => None,
        })
    }

    /// The last that is known of each agency consulted.
    pub fn consulted(&self) -> impl Iterator<Item = &'a FieldConsulted> + use<'a> {
        self.steps().filter_map(|step| match step {
            FieldStep::Consulted(fact) => Some(fact),
            FieldStep::Reported(_) | FieldStep::Decided(_) | FieldStep::Ended(_) => None,
        })
    }

    /// Who must still answer before the report.
    #[must_use]
    pub fn awaited(&self, at: &At<'_>) -> BTreeSet<AgencyId> {
        let mut all = self.fact.consultees(at);
        for fact in self.consulted() {
            all.remove(&fact.agency);
        }
        all
    }

    /// How far it has come at log time `time`.
    #[must_use]
    pub fn state(&self, time: u64) -> FieldState {
        let ended = self.steps().any(|step| matches!(step, FieldStep::Ended(_)));
        let designated = self.fact.kind == ScopeKind::Designated;
        let reported = self
            .steps()
            .any(|step| matches!(step, FieldStep::Reported(_)));
        match self.decided() {
            _ if ended => FieldState::Ended,
            _ if designated => FieldState::Effective,
            Some(decided) if decided.until.is_some_and(|until| until <= time) => FieldState::Ended,
            Some(decided) if decided.from <= time => FieldState::Effective,
            Some(_) => FieldState::Decided,
            None if reported => FieldState::Reported,
            None if self.steps.is_empty() => FieldState::Proposed,
            None => FieldState::Consulting,
        }
    }

    /// The scope that stands for it: of the kind that the decision states.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let kind = self.decided().map_or(self.fact.kind, |fact| fact.kind);
        Scope {
            kind,
            id: self.fact.id.as_str().to_owned(),
        }
    }

    /// Cơ quan chủ trì: as decided, or the one nominated.
    #[must_use]
    pub fn lead(&self) -> &'a AgencyId {
        self.decided().map_or(&self.fact.lead, |fact| &fact.lead)
    }
}

impl<'a> At<'a> {
    /// The last field of this id.
    #[must_use]
    pub fn field(&self, id: &FieldId) -> Option<FieldAt<'a>> {
        let rows = self.directory.fields.get(id)?;
        rows.iter().rev().find_map(|row| self.field_at(row))
    }

    /// All fields, by id; of one that was proposed again, the last.
    pub fn fields(&self) -> impl Iterator<Item = FieldAt<'a>> {
        let at = *self;
        let rows = self.directory.fields.values();
        rows.filter_map(move |rows| rows.iter().rev().find_map(|row| at.field_at(row)))
    }

    fn field_at(&self, row: &'a FieldRow) -> Option<FieldAt<'a>> {
        let taken = row.steps.partition_point(|(seq, _)| *seq <= self.seq);
        (row.since <= self.seq).then_some(FieldAt {
            fact: &row.fact,
            steps: row.steps.get(..taken).unwrap_or_default(),
        })
    }

    /// The field of a scope, if it is in force at log time `time`.
    #[must_use]
    pub fn effective_field(&self, scope: &Scope, time: u64) -> Option<FieldAt<'a>> {
        let field = self.field(&scope.id.parse().ok()?)?;
        (field.state(time) == FieldState::Effective && field.scope() == *scope).then_some(field)
    }

    /// The position that put the field of a scope in force: its decision, or its statement where it is designated.
    #[must_use]
    pub fn field_since(&self, scope: &Scope) -> Option<u64> {
        let rows = self.directory.fields.get(&scope.id.parse().ok()?)?;
        let row = rows.iter().rev().find(|row| row.since <= self.seq)?;
        let decided = row.steps.iter().filter(|(seq, _)| *seq <= self.seq);
        let decided = decided.filter(|(_, step)| matches!(step, FieldStep::Decided(_)));
        decided.map(|(seq, _)| *seq).next().or(Some(row.since))
    }

    /// The agency that leads the Coordinating Council or a pillar (rules R2.4, R2.5: there is one).
    #[must_use]
    pub fn agency_leading(&self, scope: &Scope) -> Option<&'a AgencyId> {
        self.agencies()
            .find(|agency| agency.leads.contains(scope))
            .map(|agency| &agency.id)
    }

    /// Whether `agency` leads `scope` at log time `time`.
    #[must_use]
    pub fn leads(&self, agency: &AgencyId, scope: &Scope, time: u64) -> bool {
        if scope.kind.is_field() {
            self.effective_field(scope, time)
                .is_some_and(|field| field.lead() == agency)
        } else {
            self.agency_leading(scope) == Some(agency)
        }
    }

    /// Whether `agency` leads anything at log time `time`.
    #[must_use]
    pub fn leads_anything(&self, agency: &AgencyId, time: u64) -> bool {
        self.agency(agency)
            .is_some_and(|fact| !fact.leads.is_empty())
            || self
                .fields()
                .any(|field| field.lead() == agency && field.state(time) == FieldState::Effective)
    }

    /// Whether `official` may propose `field`: who speaks for the initiator, or a national administrator, who records it.
    pub(super) fn may_propose_field(
        &self,
        official: &OfficialId,
        field: &Field,
        time: u64,
    ) -> bool {
        self.records_or_speaks(official, field.initiator.as_ref(), time)
    }

    /// Whether `official` may state a step: as the proposal; an answer also who speaks for the agency that gives it.
    pub(super) fn may_decide_field(
        &self,
        official: &OfficialId,
        fact: &FieldDecision,
        time: u64,
    ) -> bool {
        let initiator = self
            .field(&fact.field)
            .and_then(|it| it.fact.initiator.as_ref());
        let answers = matches!(&fact.step, FieldStep::Consulted(step)
            if step.outcome == ConsultedOutcome::Answered && self.speaks_for(official, &step.agency, time));
        answers || self.records_or_speaks(official, initiator, time)
    }

    fn records_or_speaks(
        &self,
        official: &OfficialId,
        agency: Option<&AgencyId>,
        time: u64,
    ) -> bool {
        self.holds_role(official, Role::NationalAdministrator, None, time)
            || agency.is_some_and(|agency| self.speaks_for(official, agency, time))
    }

    pub(super) fn fits_field(&self, fact: &Field, time: u64) -> Result<(), StatementError> {
        texts(&[&fact.name_vi, &fact.name_en, &fact.basis])?;
        let current = self.field(&fact.id);
        if current.is_some_and(|field| field.state(time) != FieldState::Ended) {
            return Err(StatementError::Conflict { what: "field" });
        }
        let supporting: BTreeSet<_> = fact.supporting.iter().collect();
        let capacities: BTreeSet<_> = fact
            .capacities
            .iter()
            .map(|it| (&it.agency, &it.pillar))
            .collect();
        let is_set =
            supporting.len() == fact.supporting.len() && capacities.len() == fact.capacities.len();
        let is_short =
            supporting.len() <= FIELD_AGENCIES_MAX && capacities.len() <= FIELD_AGENCIES_MAX;
        let pillars = fact
            .capacities
            .iter()
            .all(|it| Scope::pillar(&it.pillar).is_named());
        if !is_set || !is_short || !pillars {
            return Err(StatementError::Conflict {
                what: "field agencies",
            });
        }
        for agency in supporting
            .into_iter()
            .chain(capacities.iter().map(|(agency, _)| *agency))
        {
            known(self.agency(agency), "agency")?;
        }
        self.may_lead(&fact.lead)?;
        match (fact.kind, &fact.initiator) {
            (ScopeKind::Designated, None) => Ok(()),
            (ScopeKind::CrossSector | ScopeKind::CrossPillar, Some(initiator)) => {
                self.fits_initiator(fact, initiator)
            }
            _ => Err(StatementError::Conflict { what: "field kind" }),
        }
    }

    /// The kind as computed, the lead among those who take part, and Art. 3.7: a pillar lead proposes a cross-sector field of its
    /// pillar, the coordinator alone a cross-pillar one.
    fn fits_initiator(&self, fact: &Field, initiator: &AgencyId) -> Result<(), StatementError> {
        let takes_part = fact.capacities.iter().any(|it| it.agency == fact.lead);
        if fact.computed_kind() != Some(fact.kind) || !takes_part {
            return Err(StatementError::Conflict { what: "field kind" });
        }
        let scope = if fact.kind == ScopeKind::CrossSector {
            fact.pillar()
        } else {
            Some(Scope::coordinator())
        };
        if scope.and_then(|scope| self.agency_leading(&scope)) == Some(initiator) {
            Ok(())
        } else {
            Err(StatementError::Conflict { what: "initiator" })
        }
    }

    fn may_lead(&self, agency: &AgencyId) -> Result<(), StatementError> {
        let agency = self
            .agency(agency)
            .ok_or(StatementError::Unknown { what: "agency" })?;
        if agency.kind.may_lead() {
            Ok(())
        } else {
            Err(StatementError::Conflict { what: "leads" })
        }
    }

    pub(super) fn fits_field_decision(
        &self,
        fact: &FieldDecision,
        time: u64,
    ) -> Result<(), StatementError> {
        let field = self
            .field(&fact.field)
            .ok_or(StatementError::Unknown { what: "field" })?;
        let state = field.state(time);
        let consulting = matches!(state, FieldState::Proposed | FieldState::Consulting);
        let in_order = match &fact.step {
            FieldStep::Consulted(step) => {
                texts(&[&step.reference])?;
                known(self.agency(&step.agency), "agency")?;
                consulting
            }
            FieldStep::Reported(step) => {
                texts(&[&step.reference])?;
                consulting && field.awaited(self).is_empty()
            }
            FieldStep::Decided(step) => {
                texts(&[&step.number, &step.summary])?;
                self.may_lead(&step.lead)?;
                let stated = [&step.number, &step.summary]
                    .iter()
                    .all(|text| !text.is_empty());
                let kind = matches!(step.kind, ScopeKind::CrossSector | ScopeKind::CrossPillar);
                let dated = step.until.is_none_or(|until| step.from < until);
                stated && kind && dated && state == FieldState::Reported
            }
            FieldStep::Ended(step) => {
                texts(&[&step.reference])?;
                state != FieldState::Ended
            }
        };
        if in_order {
            Ok(())
        } else {
            Err(StatementError::Conflict {
                what: "step of the field",
            })
        }
    }
}

#[cfg(test)]
mod tests;
