//! Handing a seat over (Article 19(1)): who may appoint and end, who is the second person, and which channels a successor is not in.
//!
//! In scope: what the rules allow now, and whom to ask otherwise. Out of scope: the acts themselves (`admin`, `channel`).

use thamvan_proto::channel::{Actor, Channel, History, MemberAdd};
use thamvan_proto::directory::{AppointmentEnd, Pending, SeatAppoint, SeatRole, Statement};
use thamvan_proto::id::{OfficialId, SeatId};

use crate::engine::Engine;

/// A holder of a seat of the own agency who is not in a channel of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Who.
    pub official: OfficialId,
    /// With what of earlier content this official may add them now; none where that is for others.
    pub history: Option<History>,
}

/// What this official may do with a seat, and who can do it otherwise, as far as this official may know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRights {
    /// Whether an appointment to it may be proposed.
    pub may_appoint: bool,
    /// Whether an appointment to it may be ended before its date. Whom the focal unit cannot spare is judged when it is stated.
    pub may_end: bool,
    /// Who may do both.
    pub administrators: Vec<OfficialId>,
    /// Who may be the second person for an appointment.
    pub approvers: Vec<OfficialId>,
}

impl Engine {
    /// Held to the rules one by one, as if each were added now.
    pub(super) fn absent(&self, channel: &Channel) -> Vec<Absent> {
        let (at, time, me) = (
            self.ledger.directory().now(),
            self.now(),
            &self.pinned.official,
        );
        let agency = me.agency();
        let is_of_agency = channel
            .founding()
            .is_some_and(|it| it.members.contains(&agency));
        let members = channel.members();
        if !is_of_agency || !members.contains_key(me) || channel.judge_life().is_err() {
            return vec![];
        }
        let actor = Actor {
            at,
            time,
            device: self.keys.device,
            official: me,
        };
        let may = |official: &OfficialId, history: &History| {
            let add = MemberAdd {
                official: official.clone(),
                history: *history,
                from: None,
                to: None,
                reason: ADDED_FOR.into(),
            };
            channel.judge_add(&actor, &add).is_ok()
        };
        at.officials()
            .map(|official| &official.id)
            .filter(|id| id.agency() == agency && !members.contains_key(id))
            .filter(|id| at.appointments(id, time).next().is_some())
            .map(|id| Absent {
                official: id.clone(),
                history: [History::Brief, History::Nothing]
                    .into_iter()
                    .find(|history| may(id, history)),
            })
            .collect()
    }

    /// Whom to ask to add somebody: who speaks for the founder and has a live device.
    pub(super) fn adders(&self, channel: &Channel) -> Vec<OfficialId> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let Some(founder) = channel.founding().map(|it| &it.founder) else {
            return vec![];
        };
        let able = at
            .officials()
            .map(|official| &official.id)
            .filter(|id| at.speaks_for(id, founder, time) && at.devices_of(id).next().is_some());
        self.known(able.collect())
    }

    /// What this official may do with `seat`, as the directory stands now.
    #[must_use]
    pub fn seat_rights(&self, seat: &SeatId) -> SeatRights {
        let (at, time, me) = (
            self.ledger.directory().now(),
            self.now(),
            &self.pinned.official,
        );
        let agency = seat.agency();
        let appoint = Statement::SeatAppoint(SeatAppoint {
            seat: seat.clone(),
            official: me.clone(),
            role: SeatRole::Primary,
            from: time,
            until: None,
            speak_for: false,
        });
        let end = Statement::AppointmentEnd(AppointmentEnd {
            seat: seat.clone(),
            official: me.clone(),
            reason: String::new(),
        });
        SeatRights {
            may_appoint: at.may_state(me, &appoint, time).is_ok(),
            may_end: at.holders_of(seat, time).next().is_some()
                && at.may_state(me, &end, time).is_ok(),
            administrators: self.known(at.administrators(&agency, time)),
            approvers: self.known(at.approvers(&agency, time)),
        }
    }

    /// Those of `officials` of whom this official may learn (rules R16, R17).
    fn known(&self, officials: Vec<&OfficialId>) -> Vec<OfficialId> {
        let known = officials
            .into_iter()
            .filter(|other| self.ledger.may_know(&self.pinned.official, other));
        known.cloned().collect()
    }

    /// Who may be the second person for a proposal, as far as this official may know them; never its proposer.
    #[must_use]
    pub fn seconds(&self, pending: &Pending) -> Vec<OfficialId> {
        let at = self.ledger.directory().now();
        self.known(at.seconds(pending, self.now()))
    }
}

/// A reason in the place of the one that the person will give: a guest is added with one.
const ADDED_FOR: &str = "-";
