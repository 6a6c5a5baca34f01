//! What this official may do now, in a consultation and in a channel: each act is held to the rules as if it were done.

use std::collections::BTreeSet;

use thamvan_proto::consultation::{Act, OpinionCapacity};
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, OfficialId, SeatId, StreamId};
use thamvan_proto::limits::DEADLINE_AHEAD_MS_MIN;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::verbs::consult::{event, on_question};
use crate::verbs::hand_over::Absent;

/// What this official may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Acts, as they stand in the log; an answer revises where there is one.
    pub acts: Vec<EntryType>,
    /// The capacities in which an answer may be given.
    pub capacities: Vec<OpinionCapacity>,
    /// The seat that a deputy must name with an answer.
    pub acting_for: Option<SeatId>,
}

/// What this official may do in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRights {
    /// Whether a message would be taken.
    pub may_send: bool,
    /// Whether a consultation may be opened.
    pub may_open: bool,
    /// The seats of other agencies that a consultation may ask or tell.
    pub askable: Vec<SeatId>,
    /// Who of the own agency holds a seat and is no member, where this official is one.
    pub absent: Vec<Absent>,
    /// Who may add those whom this official may not: who speaks for the founder.
    pub adders: Vec<OfficialId>,
}

impl Engine {
    /// What this official may do in a channel, as the rules stand now.
    ///
    /// # Errors
    /// [`EngineError::Unknown`].
    pub fn channel_rights(&self, stream: StreamId) -> Result<ChannelRights, EngineError> {
        let channel = self.channel(stream)?;
        let (at, time) = (self.ledger.directory().now(), self.now());
        let members = || {
            channel
                .founding()
                .map(|it| it.members.as_slice())
                .unwrap_or_default()
        };
        let reads = channel.is_reader(&at, &self.keys.device, time);
        let may_send = reads && self.said_label(stream, None).is_ok();
        let speaks = self.speaking_seat().map(|seat| seat.agency()).ok();
        let own = self.pinned.official.agency();
        let seats: BTreeSet<&SeatId> = channel
            .members()
            .keys()
            .flat_map(|official| at.appointments(official, time))
            .map(|fact| &fact.seat)
            .filter(|seat| seat.agency() != own && members().contains(&seat.agency()))
            .collect();
        let absent = self.absent(channel);
        let asks = absent.iter().any(|one| one.history.is_none());
        Ok(ChannelRights {
            may_send,
            may_open: may_send && speaks.is_some_and(|agency| members().contains(&agency)),
            askable: seats.into_iter().cloned().collect(),
            absent,
            adders: if asks { self.adders(channel) } else { vec![] },
        })
    }

    /// What this official may do in a consultation, as the rules stand now.
    ///
    /// # Errors
    /// [`EngineError::Unknown`].
    pub fn allowed(&self, stream: StreamId, id: ConsultationId) -> Result<Allowed, EngineError> {
        let consultation = self.consultation_of(stream, id)?;
        let mut allowed = Allowed::default();
        // A channel that is closed or has not begun takes nothing.
        if self.said_label(stream, None).is_err() {
            return Ok(allowed);
        }
        let may = |kind, act: &Act| self.judge_act(stream, kind, act).is_ok();
        let own = self.own_seats(consultation);
        let takes_on = own.first().map(|seat| event(consultation, seat));
        if takes_on.is_some_and(|act| may(EntryType::Acknowledged, &act)) {
            allowed.acts.push(EntryType::Acknowledged);
        }
        let (seat, is_deputy) = self.seat_to_answer(consultation);
        if let (Some(seat), Ok(official)) = (seat, self.official()) {
            let answer = |capacity| Act {
                capacity,
                supersedes: consultation
                    .current(&seat, capacity, &official)
                    .map(|act| act.record),
                ..on_question(consultation, &seat)
            };
            let capacities = OpinionCapacity::ALL.iter().copied();
            allowed.capacities = capacities
                .filter(|capacity| may(EntryType::Answer, &answer(*capacity)))
                .collect();
            if !allowed.capacities.is_empty() {
                allowed.acts.push(EntryType::Answer);
                allowed.acting_for = is_deputy.then_some(seat);
            }
        }
        let Ok(plain) = self.lead_act(stream, id) else {
            return Ok(allowed);
        };
        // The nearest deadline that is still ahead when it is set.
        let ahead = self.now().saturating_add(DEADLINE_AHEAD_MS_MIN + 1_000);
        let later = ahead.max(consultation.deadline().saturating_add(1));
        let dated = |deadline| Act {
            deadline: Some(deadline),
            ..plain.clone()
        };
        let opinions = consultation.opinions();
        let counting = Act {
            counts: Some(opinions.values().map(|act| act.record).collect()),
            ..plain.clone()
        };
        let lead = [
            (EntryType::ConsultationRemind, plain.clone()),
            (EntryType::ConsultationExtend, dated(later)),
            (EntryType::ConsultationReopen, dated(later)),
            (EntryType::QuestionRevise, dated(ahead)),
            (EntryType::ConsultationConclude, counting),
            (EntryType::ConsultationWithdraw, plain.clone()),
            (EntryType::LetterRecord, plain.clone()),
            (EntryType::RecordArchive, plain.clone()),
        ];
        let lead = lead.into_iter().filter(|(kind, act)| may(*kind, act));
        allowed.acts.extend(lead.map(|(kind, _)| kind));
        Ok(allowed)
    }
}
