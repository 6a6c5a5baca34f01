//! What a page shows around everything else: whose home it is, whether it is locked and connected, and what is wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Value, json};
use thamvan_engine::{Engine, EngineError, QuorumState};
use thamvan_proto::consultation::secretariat;
use thamvan_proto::directory::Role;
use thamvan_proto::error_code::ErrorCode;

use crate::limits::CLOCK_BEHIND_MS_MAX;
use crate::output::{CliError, failure};
use crate::text::{Language, Text};

/// The document of `/api/state`, without the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct State {
    home: String,
    pub(super) official: Option<String>,
    official_name: Option<String>,
    agency: Option<String>,
    agency_name: Option<String>,
    agency_name_en: Option<String>,
    /// Live appointments of the official: `{seat, role, speaks}`.
    seats: Vec<Value>,
    /// What ids stand for, in the language of the server.
    names: Value,
    /// Whether the official is an auditor, nationally or for some agency.
    auditor: bool,
    device: Option<String>,
    lang: &'static str,
    locked: bool,
    connection: &'static str,
    offline_since_ms: Option<u64>,
    problem: Option<Value>,
    quorum: &'static str,
    queued: usize,
    /// Whether only "hỏa tốc" is told now.
    quiet: bool,
    ceiling: Option<&'static str>,
    version: &'static str,
    /// Where the log's time is ahead of this device's clock (ms).
    #[serde(skip)]
    behind: Option<u64>,
}

/// How the connection stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Contact {
    /// Since when there is none (ms).
    pub(super) offline_since: Option<u64>,
    /// Why it was refused, or ended by what this device found.
    pub(super) fault: Option<Value>,
    /// Whether everything has been read since it was made.
    pub(super) online: bool,
}

impl State {
    pub(super) fn locked(home: &Path, language: Language) -> Self {
        Self {
            home: home.display().to_string(),
            official: None,
            official_name: None,
            agency: None,
            agency_name: None,
            agency_name_en: None,
            seats: Vec::new(),
            names: json!({}),
            auditor: false,
            device: None,
            lang: Text::new(language).language_tag(),
            locked: true,
            connection: "offline",
            offline_since_ms: None,
            problem: None,
            quorum: QuorumState::Unknown.as_str(),
            queued: 0,
            quiet: false,
            ceiling: None,
            version: env!("CARGO_PKG_VERSION"),
            behind: None,
        }
    }

    pub(super) fn of(
        engine: &Engine,
        contact: &Contact,
        text: &Text,
        language: Language,
    ) -> Result<Self, EngineError> {
        let (at, time) = (engine.ledger().directory().now(), engine.now());
        let official = engine.pinned().official.clone();
        let agency = official.agency();
        let named = at.agency(&agency);
        let quorum = engine.witness_status()?.state;
        let behind = engine.clock_behind_ms();
        let connection = match contact {
            Contact { online: true, .. } => "online",
            Contact { fault: Some(_), .. } => "refused",
            Contact { .. } => "offline",
        };
        Ok(Self {
            agency_name: named.map(|it| it.name_vi.clone()),
            agency_name_en: named.map(|it| it.name_en.clone()),
            agency: Some(agency.to_string()),
            seats: at
                .appointments(&official, time)
                .map(|fact| {
                    json!({"seat": fact.seat.as_str(), "role": fact.role.as_str(), "speaks": fact.speak_for})
                })
                .collect(),
            names: names(engine, text),
            auditor: at
                .agencies()
                .any(|it| at.holds_role(&official, Role::Auditor, Some(&it.id), time)),
            device: Some(engine.keys().device.to_string()),
            locked: false,
            connection,
            offline_since_ms: contact.offline_since.filter(|_| !contact.online),
            problem: problem(engine, contact, quorum, text),
            quorum: quorum.as_str(),
            queued: engine.outbox()?.len(),
            quiet: engine.is_quiet()?,
            ceiling: Some(at.ceiling(time).as_str()),
            behind: (behind > CLOCK_BEHIND_MS_MAX).then_some(time),
            official_name: engine.name_of(&official).map(ToOwned::to_owned),
            official: Some(official.to_string()),
            ..Self::locked(engine.home(), language)
        })
    }

    /// The document, with the log's time now (ms) as this device estimates it.
    pub(crate) fn document(&self) -> Value {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH);
        let clock = u64::try_from(clock.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        let now = self.behind.map_or(clock, |log| log.max(clock));
        match serde_json::to_value(self) {
            Ok(Value::Object(mut document)) => {
                document.insert("now_ms".into(), now.into());
                Value::Object(document)
            }
            other => unreachable!("a state is an object: {other:?}"),
        }
    }
}

fn names(engine: &Engine, text: &Text) -> Value {
    let at = engine.ledger().directory().now();
    let agencies: BTreeMap<&str, &str> = at
        .agencies()
        .map(|it| (it.id.as_str(), text.of_two(&it.name_vi, &it.name_en)))
        .collect();
    let fields: BTreeMap<String, String> = at
        .fields()
        .map(|it| {
            let name = text.of_two(&it.fact.name_vi, &it.fact.name_en);
            (it.fact.id.to_string(), name.to_owned())
        })
        .collect();
    let mut seats: BTreeMap<String, String> = BTreeMap::new();
    // The Secretariat is a seat, not an agency.
    if let Some(seat) = secretariat(&at) {
        seats.insert(seat.to_string(), text.get("seat-secretariat", &[]));
    }
    let officials: BTreeMap<&str, &str> = engine
        .named()
        .map(|(official, name)| (official.as_str(), name))
        .collect();
    json!({"agencies": agencies, "fields": fields, "officials": officials, "seats": seats})
}

/// The first thing that keeps a person from working, or from trusting what is shown.
fn problem(engine: &Engine, contact: &Contact, quorum: QuorumState, text: &Text) -> Option<Value> {
    let said = |code: &str| {
        let (message, hint) = (format!("error-{code}"), format!("hint-{code}"));
        json!({
            "code": code, "rule": null, "article": null,
            "message": text.get(&message, &[]), "hint": text.get(&hint, &[]),
        })
    };
    if let Some(fault) = &contact.fault {
        return Some(fault.clone());
    }
    let directory = engine.ledger().directory();
    if engine.device().is_none() && directory.enrolment(&engine.keys().device).is_some() {
        let (code, detail) = (ErrorCode::UnknownDevice, "revoked or suspended".into());
        let error = EngineError::Refused { code, detail };
        return Some(failure(&CliError::Engine(error), text));
    }
    if !directory
        .now()
        .is_in_term(&engine.pinned().official, engine.now())
    {
        return Some(said("term_ended"));
    }
    if engine.clock_behind_ms() > CLOCK_BEHIND_MS_MAX {
        return Some(said("clock_behind"));
    }
    match quorum {
        QuorumState::Missing => Some(said("witnesses_missing")),
        QuorumState::Old => Some(said("witnesses_old")),
        QuorumState::Unknown | QuorumState::Nobody | QuorumState::Fresh => None,
    }
}
