//! Templates: who may open a consultation of a kind, and whom it must ask. A template is a row of [`TEMPLATES`], not code.

use std::collections::BTreeSet;

use crate::channel::{Scope, ScopeKind};
use crate::directory::{At, FieldAt, FieldState};
use crate::id::{AgencyId, SeatId};

use super::{ConsultationError, Terms};

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
}

/// Whom a template must ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandatory {
    /// Everybody whom Article 3.7 names for the field.
    FieldConsultees,
    /// The national coordinator.
    Coordinator,
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
    /// The kind of the field it is about; none where it is about no field.
    pub field: Option<ScopeKind>,
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
        field: None,
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 2,
        id: "new_field_3_7b",
        article: "điểm b khoản 7 Điều 3",
        field: Some(ScopeKind::CrossPillar),
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 3,
        id: "new_field_3_7a",
        article: "điểm a khoản 7 Điều 3",
        field: Some(ScopeKind::CrossSector),
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 4,
        id: "policy_8_1",
        article: "khoản 1 Điều 8",
        field: None,
        opener: Opener::Coordinator,
        mandatory: &[],
    },
    Template {
        number: 5,
        id: "policy_8_2",
        article: "khoản 2 Điều 8",
        field: None,
        opener: Opener::Lead,
        mandatory: &[],
    },
    Template {
        number: 6,
        id: "policy_8_3",
        article: "khoản 3 Điều 8",
        field: None,
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 7,
        id: "initiative_11_1",
        article: "khoản 1 Điều 11",
        field: None,
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("mps")],
    },
    Template {
        number: 8,
        id: "hosting_15_2",
        article: "khoản 2 Điều 15",
        field: None,
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator],
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
    /// [`ConsultationError::Field`] where the field is missing, of another kind, decided, or not wanted;
    /// [`ConsultationError::Opener`] where another agency must open it.
    pub fn mandatory(
        &self,
        at: &At<'_>,
        terms: &Terms,
        opener: &AgencyId,
        time: u64,
    ) -> Result<BTreeSet<AgencyId>, ConsultationError> {
        let field = self.field_of(at, terms, time)?;
        let coordinator = at.agency_leading(&Scope::coordinator());
        let may_open = match self.opener {
            Opener::Anybody => true,
            Opener::Coordinator => coordinator == Some(opener),
            Opener::Lead => at.leads_anything(opener, time),
            Opener::FieldInitiator => {
                field.is_some_and(|field| field.fact.initiator.as_ref() == Some(opener))
            }
        };
        if !may_open {
            return Err(ConsultationError::Opener {
                article: self.article,
            });
        }
        let mut asked = BTreeSet::new();
        for mandatory in self.mandatory {
            match mandatory {
                Mandatory::FieldConsultees => {
                    asked.extend(field.iter().flat_map(|field| field.fact.consultees(at)));
                }
                Mandatory::Coordinator => asked.extend(coordinator.cloned()),
                Mandatory::Agency(id) => asked.extend(id.parse::<AgencyId>().ok()),
            }
        }
        asked.remove(opener);
        Ok(asked)
    }

    fn field_of<'a>(
        &self,
        at: &At<'a>,
        terms: &Terms,
        time: u64,
    ) -> Result<Option<FieldAt<'a>>, ConsultationError> {
        let refused = ConsultationError::Field {
            article: self.article,
        };
        let (kind, id) = match (self.field, &terms.field) {
            (None, None) => return Ok(None),
            (Some(kind), Some(id)) => (kind, id),
            (None, Some(_)) | (Some(_), None) => return Err(refused),
        };
        let field = at.field(id).filter(|field| {
            let open = matches!(
                field.state(time),
                FieldState::Proposed | FieldState::Consulting
            );
            open && field.fact.kind == kind
        });
        field.map(Some).ok_or(refused)
    }
}

/// The seat of the ASEAN National Secretariat, which acts for the coordinator (rules R2.4, R18.2).
#[must_use]
pub fn secretariat(at: &At<'_>) -> Option<SeatId> {
    let coordinator = at.agency_leading(&Scope::coordinator())?;
    format!("{coordinator}/secretariat").parse().ok()
}
