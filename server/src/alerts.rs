//! Urgent alerts to seats that nobody attends: asks the core twice a second what is due, sends it, and keeps a record.
//!
//! ```text
//!   look (core: what is due) ──► words ──► ways: mail, webhook, command ──► record (alerts.jsonl), metrics, log line
//!        ▲ contacts (read again when changed)                                   │
//!        └────────────── history of tries, also over a restart ◄───────────────┘
//! ```
//!
//! Nothing queues up: what finds no place among [`ALERTS_UNDER_WAY_MAX`] is due again at the next look. No failure here
//! reaches the rest of the server. Addresses are the operator's secrets: they are in no record, log line, metric or error.

mod contacts;
mod record;
mod settings;
mod ways;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use thamvan_proto::id::OfficialId;
use thamvan_server_core::alert::{self, Alert, Attempt, History, Key, Moment, Way};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::config::Config;
use crate::error::RunError;
use crate::limits::{ALERT_INTERVAL, ALERTS_UNDER_WAY_MAX};
use crate::shared::Service;

use contacts::{Contact, ContactsFile};
use record::{Outcome, Record};
pub use settings::AlertSettings;
pub(crate) use settings::Section;
use ways::{Failure, Ways};

/// What sends alerts.
pub(crate) struct Alerts {
    settings: AlertSettings,
    names: Vec<Way>,
    ways: Arc<Ways>,
    contacts: ContactsFile,
    record: Arc<Record>,
    history: History,
    under_way: Vec<(Id, Key, u64)>,
}

/// A try that has ended.
type Ended = Result<(), Failure>;

impl Alerts {
    /// What `config` asks for; nothing where it has no `[alerts]`. Reads contacts and the end of the record.
    ///
    /// # Errors
    /// [`RunError::Config`]: contacts or authorities cannot be used. [`RunError::Io`]: the record cannot.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, RunError> {
        let Some(settings) = config.alerts.clone() else {
            return Ok(None);
        };
        let ways = Ways::open(&settings)?;
        let (record, history) = Record::open(&config.data)
            .map_err(RunError::io("the record of alerts cannot be used"))?;
        Ok(Some(Self {
            contacts: ContactsFile::open(settings.contacts.clone())?,
            names: ways.names(),
            ways: Arc::new(ways),
            record: Arc::new(record),
            history,
            under_way: Vec::new(),
            settings,
        }))
    }

    /// Sends what is due, for ever.
    pub(crate) async fn run(mut self, service: Service) {
        let started = service.shared.now_ms();
        let mut sendings = JoinSet::new();
        let mut looks = interval(ALERT_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(ended) = sendings.join_next_with_id() => self.finish(ended, &service),
                _ = looks.tick() => {
                    self.contacts.refresh();
                    let (now, due) = self.due(&service, started);
                    for alert in due {
                        self.begin(alert, now, &mut sendings);
                    }
                }
            }
        }
    }

    /// What is due, and the time that it is: log time where the clock has gone back, so that a try never lies before its call.
    fn due(&mut self, service: &Service, started: u64) -> (u64, Vec<Alert>) {
        let state = service.shared.state();
        let at = state.ledger().directory().now();
        let devices = service.gate.places.devices();
        let connected = devices.iter().filter_map(|device| at.device(device));
        let connected: BTreeSet<&OfficialId> = connected.map(|fact| &fact.official).collect();
        let contacts = self.contacts.current();
        let moment = Moment {
            now: service.shared.now_ms().max(state.time()),
            started,
            is_connected: &|official| connected.contains(official),
            is_reachable: &|official, way| contacts.get(official).is_some_and(|it| it.has(way)),
            ways: &self.names,
        };
        let (due, live) = alert::due(state.ledger(), &self.settings.rules, &moment, &self.history);
        self.history.keep(&live, moment.now);
        (moment.now, due)
    }

    fn begin(&mut self, alert: Alert, time: u64, sendings: &mut JoinSet<Ended>) {
        let known = self.under_way.iter().any(|(_, key, _)| *key == alert.key);
        if known || sendings.len() >= ALERTS_UNDER_WAY_MAX {
            return;
        }
        let contacts = self.contacts.current();
        let officials = alert.officials.iter();
        let to: Vec<Contact> = officials
            .filter_map(|official| contacts.get(official).cloned())
            .collect();
        let (ways, record) = (Arc::clone(&self.ways), Arc::clone(&self.record));
        let key = alert.key.clone();
        let sending = sendings.spawn(async move {
            // On the disk before it goes out: a start reads it back, and does not send it twice.
            record.add(&alert.key, time, Outcome::Begun).await;
            let ended = ways.send(&alert, &to).await;
            let outcome = ended.map_or_else(Outcome::Failed, |()| Outcome::Sent);
            record.add(&alert.key, time, outcome).await;
            ended
        });
        self.under_way.push((sending.id(), key, time));
    }

    fn finish(&mut self, ended: Result<(Id, Ended), JoinError>, service: &Service) {
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, ended),
            Err(error) => (error.id(), Err(Failure::BrokeOff)),
        };
        let Some(at) = self.under_way.iter().position(|(of, _, _)| *of == id) else {
            return;
        };
        let (_, key, time) = self.under_way.swap_remove(at);
        let (way, ring) = (key.way.as_str(), key.ring.as_str());
        match ended {
            Ok(()) => info!(way, ring, "an alert was sent"),
            Err(failure) => {
                warn!(way, ring, reason = %failure, "an alert was not sent; trying again")
            }
        }
        let reached = ended.is_ok();
        let outcome = if reached { "sent" } else { "failed" };
        service.shared.metrics.alerted(way, outcome);
        self.history.add(key, Attempt { time, reached });
    }
}

/// Seconds as the configuration writes them, in milliseconds; none where they are negative, not a number or over a week.
fn milliseconds(seconds: f64) -> Option<u64> {
    let duration = Duration::try_from_secs_f64(seconds).ok()?;
    let longest = Duration::from_secs(7 * 24 * 3600);
    (duration <= longest).then(|| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
