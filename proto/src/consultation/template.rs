//! Templates: what kinds of consultations, notices and requests there are, who may open one, and whom it must ask. A template is a
//! row of [`TEMPLATES`], not code.

use std::collections::BTreeSet;

use crate::channel::{Scope, ScopeKind};
use crate::directory::{AgencyKind, At, FieldAt, FieldState};
use crate::id::{AgencyId, SeatId};

use super::{ConsultationError, Instrument, Terms};

/// What comes of a template: what those who are asked do about it, and whether it is concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Tham vấn: they give their opinion, and a conclusion counts it.
    Consultation,
    /// Thông báo (Articles 5(1) to 5(4), 6, 7, 15): they acknowledge it.
    Notice,
    /// Yêu cầu cung cấp thông tin (Articles 5(1) to 5(4)): they provide the information.
    Request,
}

impl Form {
    /// The identifier used in commands and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Notice => "notice",
            Self::Request => "request",
        }
    }

    /// Whether it ends with a conclusion; else with the last one who was asked.
    #[must_use]
    pub const fn is_concluded(self) -> bool {
        matches!(self, Self::Consultation)
    }
}

/// Who may open a consultation by a template, besides that they speak for their agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Any member agency.
    Anybody,
    /// The agency that proposes the field.
    FieldInitiator,
    /// The national coordinator.
    Coordinator,
    /// The seat of the National Secretariat, which acts for the coordinator.
    Secretariat,
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
    /// The seat of the National Secretariat: a request asks it, everything else at least tells it.
    Secretariat,
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
    /// What comes of it.
    pub form: Form,
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
        form: Form::Consultation,
        article: "khoản 6 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 2,
        id: "new_field_3_7b",
        form: Form::Consultation,
        article: "điểm b khoản 7 Điều 3",
        about: &[ScopeKind::CrossPillar],
        instruments: &[],
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 3,
        id: "new_field_3_7a",
        form: Form::Consultation,
        article: "điểm a khoản 7 Điều 3",
        about: &[ScopeKind::CrossSector],
        instruments: &[],
        opener: Opener::FieldInitiator,
        mandatory: &[Mandatory::FieldConsultees],
    },
    Template {
        number: 4,
        id: "policy_8_1",
        form: Form::Consultation,
        article: "khoản 1 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Coordinator,
        mandatory: &[],
    },
    Template {
        number: 5,
        id: "policy_8_2",
        form: Form::Consultation,
        article: "khoản 2 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Lead,
        mandatory: &[],
    },
    Template {
        number: 6,
        id: "policy_8_3",
        form: Form::Consultation,
        article: "khoản 3 Điều 8",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 7,
        id: "initiative_11_1",
        form: Form::Consultation,
        article: "khoản 1 Điều 11",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("mps")],
    },
    Template {
        number: 8,
        id: "hosting_15_2",
        form: Form::Consultation,
        article: "khoản 2 Điều 15",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator],
    },
    Template {
        number: 9,
        id: "initiative_11_2",
        form: Form::Consultation,
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
        form: Form::Consultation,
        article: "khoản 3 Điều 12",
        about: &[ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::ScopeLead, Mandatory::Coordinator],
    },
    Template {
        number: 11,
        id: "council_meeting_13",
        form: Form::Consultation,
        article: "Điều 13",
        about: &[ScopeKind::Coordinating, ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::ScopeLead,
        mandatory: &[],
    },
    Template {
        number: 12,
        id: "meeting_14",
        form: Form::Consultation,
        article: "Điều 14",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 13,
        id: "treaty_9_3",
        form: Form::Consultation,
        article: "khoản 3 Điều 9",
        about: &[],
        instruments: &[Instrument::Treaty, Instrument::Agreement],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("vpcp")],
    },
    Template {
        number: 14,
        id: "asean_name_10_2",
        form: Form::Consultation,
        article: "khoản 2 Điều 10",
        about: &[],
        instruments: &[Instrument::AseanName],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator, Mandatory::Agency("vpcp")],
    },
    Template {
        number: 15,
        id: "notice_5_1",
        form: Form::Notice,
        article: "khoản 1 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Coordinator,
        mandatory: &[],
    },
    Template {
        number: 16,
        id: "notice_5_2",
        form: Form::Notice,
        article: "khoản 2 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Secretariat,
        mandatory: &[],
    },
    Template {
        number: 17,
        id: "notice_5_3",
        form: Form::Notice,
        article: "khoản 3 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Lead,
        mandatory: &[],
    },
    Template {
        number: 18,
        id: "notice_5_4",
        form: Form::Notice,
        article: "khoản 4 Điều 5",
        about: &[ScopeKind::Coordinating, ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::ScopeLead, Mandatory::Coordinator],
    },
    Template {
        number: 19,
        id: "report_6",
        form: Form::Notice,
        article: "khoản 1, 3 Điều 6",
        about: &[ScopeKind::Coordinating, ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::ScopeLead, Mandatory::Secretariat],
    },
    Template {
        number: 20,
        id: "meeting_7_2",
        form: Form::Notice,
        article: "khoản 2 Điều 7",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
    },
    Template {
        number: 21,
        id: "hosting_15_1",
        form: Form::Notice,
        article: "khoản 1, 3 Điều 15",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator],
    },
    Template {
        number: 22,
        id: "request_5_1",
        form: Form::Request,
        article: "khoản 1 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Coordinator],
    },
    Template {
        number: 23,
        id: "request_5_2",
        form: Form::Request,
        article: "khoản 2 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::Secretariat],
    },
    Template {
        number: 24,
        id: "request_5_3",
        form: Form::Request,
        article: "khoản 3 Điều 5",
        about: &[ScopeKind::Coordinating, ScopeKind::Pillar],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[Mandatory::ScopeLead],
    },
    Template {
        number: 25,
        id: "request_5_4",
        form: Form::Request,
        article: "khoản 4 Điều 5",
        about: &[],
        instruments: &[],
        opener: Opener::Anybody,
        mandatory: &[],
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

    /// The agencies that the seat which opens it must ask under `terms`.
    ///
    /// # Errors
    /// [`ConsultationError::About`] where what it is about is missing, of another kind, decided, or not wanted;
    /// [`ConsultationError::Instrument`] where it prepares none of the article's; [`ConsultationError::Opener`] where another agency
    /// must open it.
    pub fn mandatory(
        &self,
        at: &At<'_>,
        terms: &Terms,
        seat: &SeatId,
        time: u64,
    ) -> Result<BTreeSet<AgencyId>, ConsultationError> {
        let opener = &seat.agency();
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
            Opener::Secretariat => secretariat(at).as_ref() == Some(seat),
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
                // Elsewhere it is enough that it is told, which is a matter of its seat.
                Mandatory::Secretariat if self.form != Form::Request => {}
                Mandatory::Coordinator | Mandatory::Secretariat => {
                    asked.extend(coordinator.cloned())
                }
                Mandatory::ScopeLead => asked.extend(about.lead(at).cloned()),
                Mandatory::Agency(id) => asked.extend(id.parse::<AgencyId>().ok()),
            }
        }
        asked.remove(opener);
        Ok(asked)
    }

    /// Whether the National Secretariat must be asked or told, whoever else is.
    #[must_use]
    pub fn needs_secretariat(&self) -> bool {
        self.mandatory.contains(&Mandatory::Secretariat)
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

/// Who must be told besides the seats in `named`, each with the rule that says so: the Secretariat, where the Mission is among
/// them or the template names it (rules R18.2, R6.3), and whom the routes of the policy name (rule R18.3). A seat that is needed
/// and unknown is none: nothing can be sent then.
#[must_use]
pub fn missing_told(
    at: &At<'_>,
    template: &Template,
    own: &SeatId,
    named: &BTreeSet<&SeatId>,
    time: u64,
) -> Vec<(Option<SeatId>, ConsultationError)> {
    let is_mission = |seat: &&SeatId| {
        let agency = at.agency(&seat.agency());
        agency.is_some_and(|agency| agency.kind == AgencyKind::PhaiDoan)
    };
    let goes_to = |agency: &AgencyId| named.iter().any(|seat| seat.agency() == *agency);
    let article = template.article;
    let mut needed = Vec::new();
    if named.iter().any(is_mission) {
        needed.push((secretariat(at), ConsultationError::Secretariat));
    }
    if template.needs_secretariat() {
        needed.push((
            secretariat(at),
            ConsultationError::MandatoryMissing { article },
        ));
    }
    let routes = at.policy(time).map_or(&[][..], |policy| &policy.routes);
    needed.extend(
        routes
            .iter()
            .filter(|route| goes_to(&route.from))
            .map(|route| (Some(route.told.clone()), ConsultationError::Route)),
    );
    needed.retain(|(seat, _)| {
        !seat
            .as_ref()
            .is_some_and(|seat| seat == own || named.contains(seat))
    });
    needed
}

/// The seat of the ASEAN National Secretariat, which acts for the coordinator (rules R2.4, R18.2).
#[must_use]
pub fn secretariat(at: &At<'_>) -> Option<SeatId> {
    let coordinator = at.agency_leading(&Scope::coordinator())?;
    format!("{coordinator}/secretariat").parse().ok()
}
