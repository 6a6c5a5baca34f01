//! Templates: who may open a consultation of a kind, and whom it must ask. A template is a row of [`TEMPLATES`], not code.

use std::collections::BTreeSet;

use crate::channel::{Scope, ScopeKind};
use crate::directory::{At, FieldAt, FieldState};
use crate::id::{AgencyId, SeatId};

use super::{ConsultationError, Instrument, Terms};

/// Who may open a consultation by a template, besides that they speak for their agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Any member agency.
    Anybody,
    /// The agency that proposes the field.
    FieldInitiator,
    /// The national coordinator.
    Coordinator,
    /// An agency that leads a pillar or a field in force.
    Lead,
    /// The agency that leads what it is about.
    ScopeLead,
}

/// Whom a template must ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandatory {
    /// Everybody whom Article 3.7 names for the field.
    FieldConsultees,
    /// The national coordinator.
    Coordinator,
    /// The agency that leads what it is about.
    ScopeLead,
    /// The agency with this id in the directory, which the article names.
    Agency(&'static str),
}

/// A kind of consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The number in [`Terms::template`]; never reused.
    pub number: u64,
    /// The identifier used in commands and JSON.
    pub id: &'static str,
    /// The article it rests on.
    pub article: &'static str,
    /// The kinds of what it is about; none where it is about nothing of the kind.
    pub about: &'static [ScopeKind],
    /// The instruments of which it prepares one; where there are none, it may prepare any or none.
    pub instruments: &'static [Instrument],
    /// Who may open it.
    pub opener: Opener,
    /// Whom it must ask.
    pub mandatory: &'static [Mandatory],
}

/// The templates of rule version 1.
pub const TEMPLATES: &[Template] = &[
    Template {
        number: 1,
        id: "general",
        article: "khoản 6 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 2,
        id: "new_field_3_7b",
        article: "điểm b khoản 7 Điều 3",
        about: &[ScopeKind::CrossPillar],
        instruments: &[],
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 3,
        id: "new_field_3_7a",
        article: "điểm a khoản 7 Điều 3",
        about: &[ScopeKind::CrossSector],
        instruments: &[],
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 4,
        id: "policy_8_1",
        article: "khoản 1 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Coordinator,
        mandatory: &[],
    },
    Template {
        number: 5,
        id: "policy_8_2",
        article: "khoản 2 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Lead,
        mandatory: &[],
    },
    Template {
        number: 6,
        id: "policy_8_3",
        article: "khoản 3 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 7,
        id: "initiative_11_1",
        article: "khoản 1 Điều 11",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("mps")],
    },
    Template {
        number: 8,
        id: "hosting_15_2",
        article: "khoản 2 Điều 15",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator],
    },
    Template {
        number: 9,
        id: "initiative_11_2",
        article: "khoản 2 Điều 11",
        about: &[ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        // An initiative all the same: paragraph 1 holds, too.
        mandatory: &[
            Mandatory::ScopeLead,
            Mandatory::Coordinator,
            Mandatory::Agency("mps"),
        ],
    },
    Template {
        number: 10,
        id: "summit_document_12_3",
        article: "khoản 3 Điều 12",
        about: &[ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::ScopeLead, Mandatory::Coordinator],
    },
    Template {
        number: 11,
        id: "council_meeting_13",
        article: "Điều 13",
        about: &[ScopeKind::Coordinating, ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::ScopeLead,
        mandatory: &[],
    },
    Template {
        number: 12,
        id: "meeting_14",
        article: "Điều 14",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 13,
        id: "treaty_9_3",
        article: "khoản 3 Điều 9",
        about: &[],
        instruments: &[Instrument::Treaty, Instrument::Agreement],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("vpcp")],
    },
    Template {
        number: 14,
        id: "asean_name_10_2",
        article: "khoản 2 Điều 10",
        about: &[],
        instruments: &[Instrument::AseanName],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("vpcp")],
    },
];

impl Template {
    /// The template with this number, if rule version 1 knows it.
    #[must_use]
    pub fn of_number(number: u64) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.number == number)
    }

    /// The template with this identifier.
    #[must_use]
    pub fn of_id(id: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.id == id)
    }

    /// The agencies that `opener` must ask under `terms`.
    ///
    /// # Errors
    /// [`ConsultationError::About`] where what it is about is missing, of another kind, decided, or not wanted;
    /// [`ConsultationError::Instrument`] where it prepares none of the article's; [`ConsultationError::Opener`] where another agency
    /// must open it.
    pub fn mandatory(
        &self,
        at: &At<'_>,
        terms: &Terms,
        opener: &AgencyId,
        time: u64,
    ) -> Result<BTreeSet<AgencyId>, ConsultationError> {
        let about = self.about_of(at, terms, time)?;
        let prepares = |instrument| self.instruments.contains(instrument);
        if !self.instruments.is_empty() && !terms.instrument.as_ref().is_some_and(prepares) {
            return Err(ConsultationError::Instrument {
                article: self.article,
            });
        }
        let coordinator = at.agency_leading(&Scope::coordinator());
        let may_open = match self.opener {
            Opener::Anybody => true,
            Opener::Coordinator => coordinator == Some(opener),
            Opener::Lead => at.leads_anything(opener, time),
            Opener::FieldInitiator => about.initiator() == Some(opener),
            Opener::ScopeLead => about.lead(at) == Some(opener),
        };
        if !may_open {
            return Err(ConsultationError::Opener {
                article: self.article,
            });
        }
        let mut asked = BTreeSet::new();
        for mandatory in self.mandatory {
            match mandatory {
                Mandatory::FieldConsultees => asked.extend(about.consultees(at)),
                Mandatory::Coordinator => asked.extend(coordinator.cloned()),
                Mandatory::ScopeLead => asked.extend(about.lead(at).cloned()),
                Mandatory::Agency(id) => asked.extend(id.parse::<AgencyId>().ok()),
            }
        }
        asked.remove(opener);
        Ok(asked)
    }

    fn about_of<'a>(
        &self,
        at: &At<'a>,
        terms: &'a Terms,
        time: u64,
    ) -> Result<About<'a>, ConsultationError> {
        let refused = ConsultationError::About {
            article: self.article,
        };
        let Some(scope) = &terms.about else {
            return self
                .about
                .is_empty()
                .then_some(About::Nothing)
                .ok_or(refused);
        };
        if !self.about.contains(&scope.kind) {
            return Err(refused);
        }
        if !scope.kind.is_field() {
            return scope
                .is_named()
                .then_some(About::Scope(scope))
                .ok_or(refused);
        }
        let id = scope.id.parse().ok();
        let field = id.and_then(|id| at.field(&id)).filter(|field| {
            let open = matches!(
                field.state(time),
                FieldState::Proposed | FieldState::Consulting
            );
            open && field.fact.kind == scope.kind
        });
        field.map(About::Field).ok_or(refused)
    }
}

/// What a consultation is about, found in the directory.
enum About<'a> {
    Nothing,
    /// The Coordinating Council or a pillar.
    Scope(&'a Scope),
    /// A field that is proposed.
    Field(FieldAt<'a>),
}

impl<'a> About<'a> {
    fn lead(&self, at: &At<'a>) -> Option<&'a AgencyId> {
        match self {
            Self::Scope(scope) => at.agency_leading(scope),
            Self::Nothing | Self::Field(_) => None,
        }
    }

    fn initiator(&self) -> Option<&AgencyId> {
        match self {
            Self::Field(field) => field.fact.initiator.as_ref(),
            Self::Nothing | Self::Scope(_) => None,
        }
    }

    fn consultees(&self, at: &At<'_>) -> BTreeSet<AgencyId> {
        match self {
            Self::Field(field) => field.fact.consultees(at),
            Self::Nothing | Self::Scope(_) => BTreeSet::new(),
        }
    }
}

/// The seat of the ASEAN National Secretariat, which acts for the coordinator (rules R2.4, R18.2).
#[must_use]
pub fn secretariat(at: &At<'_>) -> Option<SeatId> {
    let coordinator = at.agency_leading(&Scope::coordinator())?;
    format!("{coordinator}/secretariat").parse().ok()
}
