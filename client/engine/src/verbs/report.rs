//! What a home can report of the consultations in its channels: statistics (R20.1a), the register of initiatives (R11.3), and the
//! duties of a year (R6.4, R7.1, A3).

use thamvan_proto::channel::Scope;
use thamvan_proto::consultation::{Consultation, ConsultationState, Template, secretariat};
use thamvan_proto::duty::{Dated, Duty, DutyEnd, Owner};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{AgencyId, ConsultationId, SeatId, StreamId};
use thamvan_proto::label::Label;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::statistics::{Case, Statistics, Window};

/// An initiative.
#[derive(Clone, Debug)]
pub struct InitiativeView {
    /// Channel.
    pub stream: StreamId,
    /// Id of the consultation.
    pub id: ConsultationId,
    /// Template.
    pub template: &'static Template,
    /// Title; none where this device cannot read it.
    pub title: Option<String>,
    /// Label of the act that opened it, which its title has.
    pub label: Label,
    /// The agency that proposes it.
    pub proposer: AgencyId,
    /// When it was opened (log time, ms).
    pub opened: u64,
    /// Where the consultation stands.
    pub state: ConsultationState,
}

/// A duty with its owner, who need not be known to the directory yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutyView {
    /// The duty and its last day.
    pub dated: Dated,
    /// The agency whose it is.
    pub owner: Option<AgencyId>,
    /// The seat that carries it out, where it is one.
    pub seat: Option<SeatId>,
    /// Of the archive reminder: ended consultations of this official's agency.
    pub unarchived: Vec<Unarchived>,
}

/// An ended consultation that was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unarchived {
    /// Channel.
    pub stream: StreamId,
    /// Id of the consultation.
    pub id: ConsultationId,
    /// When it ended (log time, ms).
    pub ended: u64,
}

impl Engine {
    /// The sums over what was opened within `window`, and over how many channels: those of this home.
    #[must_use]
    pub fn statistics(&self, window: &Window) -> (usize, Statistics) {
        let mut channels = 0;
        let mut cases = Vec::new();
        for (_, channel) in self.ledger.channels() {
            channels += 1;
            let scope = channel.founding().map(|founding| founding.scope.clone());
            let all = channel.consultations().iter();
            cases.extend(all.map(|it| Case::of(it, scope.clone(), self.now())));
        }
        (channels, Statistics::of(&cases, window))
    }

    /// The initiatives in this home's channels, the oldest first, and how many channels these are.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn initiatives(&self) -> Result<(usize, Vec<InitiativeView>), EngineError> {
        let mut channels = 0;
        let mut found = Vec::new();
        for (stream, channel) in self.ledger.channels() {
            channels += 1;
            for it in channel.consultations().iter() {
                let template = Template::of_number(it.terms().template);
                let Some(template) = template.filter(|it| INITIATIVES.contains(&it.id)) else {
                    continue;
                };
                let view = self.consultation(*stream, it.id())?;
                found.push(InitiativeView {
                    stream: *stream,
                    id: it.id(),
                    template,
                    title: view.title,
                    label: view.label,
                    proposer: it.lead().agency(),
                    opened: it.opening().time,
                    state: it.state(self.now()),
                });
            }
        }
        found.sort_by_key(|it| (it.opened, it.id));
        Ok((channels, found))
    }

    /// What is dated in a year, in its order.
    #[must_use]
    pub fn calendar(&self, year: u16) -> Vec<DutyView> {
        let all = Dated::of_year(year, self.duty_ends());
        all.into_iter().map(|it| self.duty_view(it)).collect()
    }

    /// What this official's agency has to do within the next 30 days.
    pub(crate) fn due_soon(&self) -> Vec<DutyView> {
        let own = self.pinned.official.agency();
        let soon = Dated::within(self.now(), DUE_SOON_DAYS, self.duty_ends());
        let views = soon.into_iter().map(|it| self.duty_view(it));
        views
            .filter(|it| it.owner.as_ref() == Some(&own))
            .filter(|it| it.dated.duty != Duty::Archive || !it.unarchived.is_empty())
            .collect()
    }

    fn duty_ends(&self) -> &[DutyEnd] {
        self.ledger.directory().now().duties(self.now())
    }

    fn duty_view(&self, dated: Dated) -> DutyView {
        let at = self.ledger.directory().now();
        let coordinator = || at.agency_leading(&Scope::coordinator()).cloned();
        let seat = match dated.duty.owner() {
            Owner::Secretariat => secretariat(&at),
            Owner::Coordinator | Owner::Lead => None,
        };
        DutyView {
            owner: match dated.duty.owner() {
                Owner::Coordinator | Owner::Secretariat => coordinator(),
                Owner::Lead => Some(self.pinned.official.agency()),
            },
            seat,
            unarchived: match dated.duty {
                Duty::Archive => self.unarchived(dated.last_moment),
                Duty::MasterPlan | Duty::Briefing | Duty::YearReport => Vec::new(),
            },
            dated,
        }
    }

    /// Consultations that this official's agency leads, that had ended by `until` (log time, ms) and were not handed over.
    fn unarchived(&self, until: u64) -> Vec<Unarchived> {
        let own = self.pinned.official.agency();
        let mut found = Vec::new();
        for (stream, channel) in self.ledger.channels() {
            let led = channel.consultations().iter();
            for it in led.filter(|it| it.lead().agency() == own) {
                if let Some(ended) = awaits_archive(it).filter(|time| *time <= until) {
                    let (stream, id) = (*stream, it.id());
                    found.push(Unarchived { stream, id, ended });
                }
            }
        }
        found.sort_by_key(|it| (it.ended, it.id));
        found
    }
}

/// When a consultation, notice or request was over (log time, ms), where it was not handed over to the archives since.
fn awaits_archive(consultation: &Consultation) -> Option<u64> {
    if !consultation.is_over() || consultation.archived().is_some() {
        return None;
    }
    // What has no conclusion is over with the last one who did what was asked.
    let mut newest = consultation.acts().iter().rev();
    let last =
        || newest.find(|act| matches!(act.kind, EntryType::Acknowledged | EntryType::Answer));
    consultation.ending().or_else(last).map(|act| act.time)
}

/// The templates of Article 11.
const INITIATIVES: [&str; 2] = ["initiative_11_1", "initiative_11_2"];

/// How far ahead `status` names what is due (days).
const DUE_SOON_DAYS: u64 = 30;
