//! The project's directory file, `deploy/data/asean-directory.json`.

use serde::Deserialize;
use thamvan_engine::import::WantedAgency;
use thamvan_proto::channel::{Scope, ScopeKind};
use thamvan_proto::directory::{AgencyKind, Field, Seat};
use thamvan_proto::id::AgencyId;

use super::{Historic, List, Mechanism, scope};

#[derive(Deserialize)]
struct File {
    agencies: Vec<AgencyRow>,
    fields: Vec<FieldRow>,
    secretariat: Secretariat,
    mission: Mission,
    mechanisms: Vec<MechanismRow>,
}

#[derive(Deserialize)]
struct AgencyRow {
    id: String,
    name_vi: String,
    name_en: String,
    kind: String,
    status: Status,
    #[serde(default)]
    roles: Vec<String>,
    successor_confidence: Option<String>,
    dissolved: Option<String>,
    #[serde(default)]
    successors: Vec<Successor>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Current,
    Historic,
}

#[derive(Deserialize)]
struct FieldRow {
    id: String,
    name_vi: String,
    name_en: String,
    lead_agency: String,
    supporting: Vec<String>,
    legal_basis: String,
}

#[derive(Deserialize)]
struct Successor {
    agency: String,
}

#[derive(Deserialize)]
struct Secretariat {
    id: String,
    name_vi: String,
    acts_for: String,
    unit_current_confirmed: bool,
}

#[derive(Deserialize)]
struct Mission {
    id: String,
    name_vi: String,
    name_en: String,
}

#[derive(Deserialize)]
struct MechanismRow {
    id: String,
    abbr: Option<String>,
    name_vi: String,
    pillar: String,
    confirmed_on: Option<String>,
}

/// Reads the file; the error names what is wrong in it.
pub(super) fn read(text: &str, list: &mut List) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for row in file.agencies {
        if row.status == Status::Historic {
            list.historic.push(Historic {
                id: row.id,
                name: row.name_vi,
                dissolved: row.dissolved.unwrap_or_default(),
                successors: row.successors.into_iter().map(|one| one.agency).collect(),
            });
            continue;
        }
        let confidence = row.successor_confidence.as_deref().unwrap_or("none");
        if confidence != CERTAIN {
            list.confirm.insert(row.id.clone(), confidence.to_owned());
        }
        let mut leads: Vec<Scope> = Vec::new();
        for lead in row.roles.iter().filter_map(|role| lead(role)) {
            if !leads.contains(&lead) {
                leads.push(lead);
            }
        }
        let mut kinds = AgencyKind::ALL.iter().copied();
        list.wanted.agencies.push(WantedAgency {
            kind: kinds
                .find(|kind| kind.as_str() == row.kind)
                .ok_or(row.kind)?,
            id: row.id.parse().map_err(|_| row.id)?,
            name_vi: row.name_vi,
            name_en: row.name_en,
            leads: Some(leads),
        });
    }
    // The Mission is a diplomatic mission abroad and founds nothing (rule R3.8).
    list.wanted.agencies.push(WantedAgency {
        id: MISSION.parse().map_err(|_| MISSION)?,
        kind: AgencyKind::PhaiDoan,
        name_vi: file.mission.name_vi,
        name_en: file.mission.name_en,
        leads: Some(Vec::new()),
    });
    for row in file.fields {
        // Neither is an agency of its own id here: the Secretariat acts for its ministry, the Mission has a short id.
        let agency = |id: String| {
            let id = if id == file.secretariat.id {
                file.secretariat.acts_for.clone()
            } else if id == file.mission.id {
                MISSION.to_owned()
            } else {
                id
            };
            id.parse::<AgencyId>().map_err(|_| id)
        };
        list.wanted.fields.push(Field {
            id: row.id.parse().map_err(|_| row.id)?,
            kind: ScopeKind::Designated,
            name_vi: row.name_vi,
            name_en: row.name_en,
            lead: agency(row.lead_agency)?,
            supporting: row
                .supporting
                .into_iter()
                .map(agency)
                .collect::<Result<_, _>>()?,
            capacities: Vec::new(),
            initiator: None,
            basis: row.legal_basis,
        });
    }
    // The Secretariat is no agency: it acts for the coordinator from a seat of its own (rule R2.4).
    let seat = format!("{}/secretariat", file.secretariat.acts_for);
    if !file.secretariat.unit_current_confirmed {
        list.confirm.insert(seat.clone(), "none".to_owned());
    }
    list.wanted.seats.push(Seat {
        id: seat.parse().map_err(|_| seat)?,
        purpose: file.secretariat.name_vi,
    });
    let unconfirmed = file.mechanisms.into_iter();
    let unconfirmed = unconfirmed.filter(|row| row.confirmed_on.is_none());
    list.mechanisms.extend(unconfirmed.map(|row| Mechanism {
        abbr: row.abbr.unwrap_or_else(|| row.id.clone()),
        id: row.id,
        name_vi: row.name_vi,
        pillar: row.pillar,
    }));
    Ok(())
}

/// What a role of the file leads, if any (Article 3); fields say themselves who leads them.
fn lead(role: &str) -> Option<Scope> {
    match role.split_once(':') {
        None if role == "national_coordinator" => Some(Scope::coordinator()),
        Some(("lead", "acc")) => Some(Scope::coordinator()),
        Some(("pillar_lead", pillar)) => scope(&format!("pillar:{pillar}")),
        _ => None,
    }
}

/// Named in the Regulation itself; all other confidence needs confirmation.
const CERTAIN: &str = "certain";
const MISSION: &str = "mission";
