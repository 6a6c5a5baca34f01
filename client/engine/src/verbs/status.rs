//! What this device is and has verified.

use thamvan_proto::consultation::secretariat;
use thamvan_proto::directory::{FocalChange, FocalGap, FocalReceipt, Role, Statement};
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId, SeatId, StreamId};
use thamvan_proto::label::Label;
use thamvan_proto::record::Record;
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::rejoin::META_RESTORED;
use crate::store::Rows;
use crate::verbs::{DutyView, Joined};
use crate::witnessed::WitnessStatus;

/// A summary of a home.
#[derive(Clone, Debug)]
pub struct Status {
    /// This device.
    pub device: DeviceId,
    /// Owner.
    pub official: OfficialId,
    /// Owner's agency.
    pub agency: AgencyId,
    /// Whether the device is live in the directory that this home has read, and confirmed by the witnesses.
    pub active: bool,
    /// `host:port`.
    pub server: String,
    /// Origin of the log.
    pub origin: String,
    /// Pinned genesis.
    pub genesis: Hash,
    /// Largest verified tree size.
    pub tree_size: Option<u64>,
    /// Its root.
    pub root: Option<Hash>,
    /// What witnesses say of the log.
    pub witnesses: WitnessStatus,
    /// The highest label that the deployment carries now (rule S1).
    pub ceiling: Label,
    /// Agencies whose focal unit lacks somebody (rule R19.1), as far as this official has to know.
    pub focal_gaps: Vec<(AgencyId, FocalGap)>,
    /// Changes of focal units in the last 30 days: of the own agency, and of others as far as this official is to be told of
    /// them (rule R19.1b).
    pub focal_changes: Vec<FocalNews>,
    /// What this agency has to do within the next 30 days (rules R6.4, R7.1, A3).
    pub due: Vec<DutyView>,
    /// Channels known.
    pub channels: usize,
    /// Entries in the outbox.
    pub queued: usize,
    /// Whether this home was once found to be an old copy, whose groups it dropped and joined again.
    pub restored: bool,
    /// Devices of others that came into a channel and that nobody here has been shown yet.
    pub joined: Vec<(StreamId, Joined)>,
    /// Entries of the directory that are void, each with its seq and why.
    pub void: Vec<(u64, String)>,
}

/// A change of a focal unit, and who has taken note of it.
#[derive(Clone, Debug)]
pub struct FocalNews {
    /// Log time (ms).
    pub time: u64,
    /// What changed.
    pub change: FocalChange,
    /// Whether it is of the own agency: others take note of it.
    pub own: bool,
    /// The seats that have taken note.
    pub receipts: Vec<SeatId>,
    /// The seat at which this official has still to take note.
    pub waiting: Option<SeatId>,
}

impl Engine {
    /// Takes note, at this official's seat, of the change of a focal unit in record `change` of stream 0 (rule R19.1b).
    ///
    /// # Errors
    /// [`EngineError::Unknown`] where there is nothing of the kind to take note of; trouble with the server.
    pub async fn take_note(&mut self, change: u64) -> Result<(), EngineError> {
        let news = self.focal_news()?.into_iter();
        let mut waiting = news.filter(|news| news.change.seq == change);
        let seat = waiting.find_map(|news| news.waiting);
        let seat = seat.ok_or_else(|| EngineError::Unknown {
            what: "change",
            name: change.to_string(),
        })?;
        let receipt = Statement::FocalReceipt(FocalReceipt { change, seat });
        self.state(receipt, vec![]).await?;
        Ok(())
    }

    /// Summary of this home, from its own store alone.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn status(&self) -> Result<Status, EngineError> {
        let official = self.pinned.official.clone();
        let (at, time) = (self.ledger.directory().now(), self.now());
        let is_national = at.holds_role(&official, Role::NationalAdministrator, None, time);
        let own = official.agency();
        let concerned = at.agencies().filter(|it| is_national || it.id == own);
        let focal_gaps = concerned
            .filter_map(|it| Some((it.id.clone(), at.focal_gap(&it.id, time)?)))
            .collect();
        Ok(Status {
            device: self.keys.device,
            agency: official.agency(),
            official,
            active: self.is_established_device(&self.keys.device),
            server: self.pinned.server.clone(),
            origin: self.pinned.origin.clone(),
            genesis: self.pinned.genesis,
            tree_size: self.checkpoint().map(|checkpoint| checkpoint.size),
            root: self.checkpoint().map(|checkpoint| checkpoint.root),
            witnesses: self.witness_status()?,
            ceiling: at.ceiling(time),
            focal_gaps,
            focal_changes: self.focal_news()?,
            due: self.due_soon(),
            channels: self.ledger.channels().count(),
            queued: Rows(self.store.connection()).outgoing()?.len(),
            joined: self.unshown()?,
            void: self.voids(&StreamId::DIRECTORY).to_vec(),
            restored: Rows(self.store.connection()).meta(META_RESTORED)?.is_some(),
        })
    }

    /// The Secretariat is told of every agency, others of those with whom they share a channel.
    fn focal_news(&self) -> Result<Vec<FocalNews>, EngineError> {
        let official = &self.pinned.official;
        let (at, now) = (self.ledger.directory().now(), self.now());
        let own = official.agency();
        let secretariat = secretariat(&at);
        let mut seats: Vec<&SeatId> = at.appointments(official, now).map(|it| &it.seat).collect();
        seats.sort_by_key(|seat| (Some(*seat) != secretariat.as_ref(), *seat));
        let seat = seats.first().copied();
        let is_secretariat = seat.is_some() && seat == secretariat.as_ref();
        let shares = |agency: &AgencyId| {
            let mut foundings = self.ledger.channels().filter_map(|(_, it)| it.founding());
            foundings.any(|it| it.members.contains(&own) && it.members.contains(agency))
        };
        let rows = Rows(self.store.connection());
        let mut news = Vec::new();
        for change in at.focal_changes() {
            let agency = change.seat.agency();
            let is_own = agency == own;
            if !is_own && !is_secretariat && !shares(&agency) {
                continue;
            }
            let record = rows.record(&StreamId::DIRECTORY, change.seq)?;
            let damaged = EngineError::StoreDamaged { what: "record" };
            let time = Record::parse(&record.ok_or(damaged)?)?.time;
            if now.saturating_sub(time) > FOCAL_NEWS_MS {
                continue;
            }
            let receipts: Vec<SeatId> = at.focal_receipts(change.seq).cloned().collect();
            let is_new = |seat: &&SeatId| !is_own && !receipts.contains(seat);
            news.push(FocalNews {
                time,
                own: is_own,
                waiting: seat.filter(is_new).cloned(),
                change,
                receipts,
            });
        }
        Ok(news)
    }
}

/// 30 days.
const FOCAL_NEWS_MS: u64 = 30 * 24 * 3600 * 1000;
