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
}

/// Whom a template must ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandatory {
    /// Everybody whom Article 3.7 names for the field.
    FieldConsultees,
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
        let may_open = match self.opener {
            Opener::Anybody => true,
            Opener::FieldInitiator => {
                field.is_some_and(|field| field.fact.initiator.as_ref() == Some(opener))
            }
        };
        if !may_open {
            return Err(ConsultationError::Opener {
                article: self.article,
            });
        }
        let mut asked: BTreeSet<AgencyId> = self
            .mandatory
            .iter()
            .flat_map(|mandatory| match mandatory {
                Mandatory::FieldConsultees => field
                    .map(|field| field.fact.consultees(at))
                    .unwrap_or_default(),
            })
            .collect();
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
