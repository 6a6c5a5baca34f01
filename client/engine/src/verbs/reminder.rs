//! Reminders of this home: its settings, what its owner was told, and the acts by which the seat that leads reminds by itself.

use thamvan_proto::cbor;
use thamvan_proto::consultation::{Consultation, Urgency};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, StreamId};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::reminder::{QuietHours, Reminder, Settings, Standing, Told};
use crate::store::Rows;

/// When a consultation is reminded of next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextReminder {
    /// When the owner of this home is told (log time, ms).
    pub tells: Option<u64>,
    /// When this device reminds those who are silent by itself (log time, ms).
    pub sends: Option<u64>,
}

impl Engine {
    /// How the owner of this home wants to be reminded.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn reminder_settings(&self) -> Result<Settings, EngineError> {
        let Some(bytes) = Rows(self.store.connection()).meta(SETTINGS)? else {
            return Ok(Settings::default());
        };
        let stored: (Option<(u16, u16)>, bool, bool) = cbor::from_slice(&bytes, bytes.len())?;
        let (quiet, quiet_days, sends) = stored;
        Ok(Settings {
            quiet: quiet.and_then(|(from, until)| QuietHours::new(from, until)),
            quiet_days,
            sends,
        })
    }

    /// Keeps how the owner of this home wants to be reminded.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn set_reminder_settings(&mut self, settings: &Settings) -> Result<(), EngineError> {
        let quiet = settings.quiet.map(QuietHours::to_pair);
        let bytes = cbor::to_vec(&(quiet, settings.quiet_days, settings.sends));
        Rows(self.store.connection()).set_meta(SETTINGS, &bytes)
    }

    /// Whether it is quiet now: only what is marked "hỏa tốc" disturbs.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn is_quiet(&self) -> Result<bool, EngineError> {
        let now = self.now();
        let table = self.ledger.directory().now().working_days(now);
        let heard = self
            .reminder_settings()?
            .heard_at(&table, Urgency::Normal, now);
        Ok(heard > now)
    }

    /// When a consultation is reminded of next: never where this device does not read its channel.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], or trouble with the store.
    pub fn next_reminder(
        &self,
        stream: StreamId,
        id: ConsultationId,
    ) -> Result<NextReminder, EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let (at, now) = (self.ledger.directory().now(), self.now());
        let is_read = self.channel(stream)?.is_reader(&at, &self.keys.device, now);
        let Some(standing) = self.standing(consultation).filter(|_| is_read) else {
            return Ok(NextReminder::default());
        };
        let settings = self.reminder_settings()?;
        let table = at.working_days(now);
        let (told, sent) = (self.noted(TOLD, id)?, self.noted(SENT, id)?);
        Ok(NextReminder {
            tells: standing.next(&settings, &table, told, now),
            sends: standing.sends_next(&settings, &table, sent, now),
        })
    }

    /// What the owner is told now. Each is given once, and never again after a restart.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn take_reminders(&mut self) -> Result<Vec<Reminder>, EngineError> {
        let (settings, now) = (self.reminder_settings()?, self.now());
        let table = self.ledger.directory().now().working_days(now);
        let mut due = Vec::new();
        for (_, consultation) in self.read_consultations() {
            let Some(standing) = self.standing(consultation) else {
                continue;
            };
            let told = self.noted(TOLD, consultation.id())?;
            if let Some(reminder) = standing.due(&settings, &table, told, now) {
                let (call, stage) = (reminder.call, reminder.stage);
                self.note(TOLD, consultation.id(), Told { call, stage })?;
                due.push(reminder);
            }
        }
        Ok(due)
    }

    /// Reminds those who are silent in what the owner's seat leads, where it is time and nobody has.
    ///
    /// # Errors
    /// Trouble with the server or the store.
    pub async fn send_reminders(&mut self) -> Result<(), EngineError> {
        let (settings, now) = (self.reminder_settings()?, self.now());
        let table = self.ledger.directory().now().working_days(now);
        let mut due = Vec::new();
        for (stream, consultation) in self.read_consultations() {
            let Some(standing) = self.standing(consultation) else {
                continue;
            };
            let sent = self.noted(SENT, consultation.id())?;
            if let Some(stage) = standing.sends(&settings, &table, sent, now) {
                let call = standing.call.seq;
                due.push((stream, consultation.id(), Told { call, stage }));
            }
        }
        for (stream, id, told) in due {
            if !self.is_waiting_to_remind(id)? {
                match self.remind(stream, id).await {
                    // Another device of the lead was first, or the consultation has moved on meanwhile.
                    Err(error) if error.is_refusal() => {}
                    other => other.map(|_| ())?,
                }
            }
            self.note(SENT, id, told)?;
        }
        Ok(())
    }

    /// Whether a reminder waits in the outbox already.
    fn is_waiting_to_remind(&self, id: ConsultationId) -> Result<bool, EngineError> {
        let waiting = Rows(self.store.connection()).outgoing()?;
        Ok(waiting.iter().any(|outgoing| {
            outgoing.kind == EntryType::ConsultationRemind
                && outgoing.refusal.is_none()
                && outgoing
                    .act
                    .as_ref()
                    .is_some_and(|act| act.consultation == id)
        }))
    }

    /// The consultations of the channels that this device reads.
    fn read_consultations(&self) -> impl Iterator<Item = (StreamId, &Consultation)> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let channels = self.ledger.channels();
        channels
            .filter(move |(_, channel)| channel.is_reader(&at, &self.keys.device, time))
            .flat_map(|(stream, channel)| {
                let all = channel.consultations().iter();
                all.map(|consultation| (*stream, consultation))
            })
    }

    fn standing(&self, consultation: &Consultation) -> Option<Standing> {
        let official = self.official().ok()?;
        let at = self.ledger.directory().now();
        Some(Standing::of(consultation, &at, &official, self.now()))
    }

    fn noted(&self, kind: &str, id: ConsultationId) -> Result<Option<Told>, EngineError> {
        let stored = Rows(self.store.connection()).meta(&key(kind, id))?;
        Ok(match stored {
            Some(bytes) => Told::of_pair(cbor::from_slice(&bytes, bytes.len())?),
            None => None,
        })
    }

    fn note(&self, kind: &str, id: ConsultationId, told: Told) -> Result<(), EngineError> {
        Rows(self.store.connection()).set_meta(&key(kind, id), &cbor::to_vec(&told.to_pair()))
    }
}

fn key(kind: &str, id: ConsultationId) -> String {
    format!("{kind}:{id}")
}

const SETTINGS: &str = "reminder-settings";
const TOLD: &str = "reminder-told";
const SENT: &str = "reminder-sent";
