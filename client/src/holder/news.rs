//! What is new enough to tell a person who looks at no page.

use std::collections::BTreeMap;

use thamvan_engine::{Engine, EngineError, Reminder};
use thamvan_proto::consultation::Urgency;
use thamvan_proto::entry::EntryType;
use thamvan_proto::id::{ConsultationId, StreamId};

/// What a person is told, and never a word of what it is about. The later, the more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    /// A message of others.
    Message,
    /// Agencies are silent in what this official leads.
    Silent,
    /// A consultation waits for this official, or somebody reminds.
    Waits,
    /// The same, marked "hỏa tốc".
    Urgent,
}

impl News {
    /// The identifier used in events.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Silent => "silent",
            Self::Waits => "waits",
            Self::Urgent => "urgent",
        }
    }

    /// The most urgent of what is reminded of.
    pub(super) fn of_reminders(reminders: &[Reminder]) -> Option<Self> {
        let news = reminders.iter().map(|it| match it.urgency {
            _ if it.to_lead => Self::Silent,
            Urgency::HoaToc => Self::Urgent,
            Urgency::Normal | Urgency::Khan | Urgency::ThuongKhan => Self::Waits,
        });
        news.max()
    }
}

/// What waits and what has not been read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Consultations that wait for this official: urgency, and how often was reminded.
    consultations: BTreeMap<ConsultationId, (Urgency, usize)>,
    unread: BTreeMap<StreamId, u64>,
}

impl Waiting {
    pub(super) fn of(engine: &Engine) -> Result<Self, EngineError> {
        let all = engine.consultations()?.into_iter();
        let waiting = all.filter(|view| !view.waiting.is_empty()).map(|view| {
            let acts = view.consultation.acts().iter();
            let reminders = acts.filter(|act| act.kind == EntryType::ConsultationRemind);
            let urgency = view.consultation.terms().urgency;
            (view.id, (urgency, reminders.count()))
        });
        let streams = engine.ledger().channels().map(|(stream, _)| *stream);
        let unread = streams.map(|stream| Ok((stream, engine.unread(stream)?)));
        Ok(Self {
            consultations: waiting.collect(),
            unread: unread.collect::<Result<_, EngineError>>()?,
        })
    }

    /// What is told now, and what that leaves to compare with later: while it is `quiet`, all but "hỏa tốc" is still to come.
    pub(super) fn told_since(self, before: Option<Self>, quiet: bool) -> (Self, Option<News>) {
        let Some(before) = before else {
            return (self, None);
        };
        let news = self.since(&before);
        if !quiet {
            return (self, news);
        }
        let told = |(id, now): (ConsultationId, (Urgency, usize))| match now.0 {
            Urgency::HoaToc => Some((id, now)),
            Urgency::Normal | Urgency::Khan | Urgency::ThuongKhan => {
                before.consultations.get(&id).map(|known| (id, *known))
            }
        };
        let known = |stream: &StreamId| before.unread.get(stream).copied().unwrap_or(0);
        let unread = self.unread.into_iter();
        let left = Self {
            consultations: self.consultations.into_iter().filter_map(told).collect(),
            unread: unread
                .map(|(stream, count)| (stream, count.min(known(&stream))))
                .collect(),
        };
        (left, news.filter(|news| *news == News::Urgent))
    }

    /// The most urgent of what has come since `before`.
    fn since(&self, before: &Self) -> Option<News> {
        let new = self.consultations.iter().filter(|(id, (_, reminders))| {
            let known = before.consultations.get(id);
            known.is_none_or(|(_, known)| reminders > known)
        });
        let told = new.map(|(_, (urgency, _))| match urgency {
            Urgency::HoaToc => News::Urgent,
            Urgency::Normal | Urgency::Khan | Urgency::ThuongKhan => News::Waits,
        });
        let mut unread = self.unread.iter();
        let is_more = |(stream, count): (&StreamId, &u64)| {
            *count > before.unread.get(stream).copied().unwrap_or(0)
        };
        let message = unread.any(is_more).then_some(News::Message);
        told.chain(message).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(consultations: &[(u8, Urgency, usize)], unread: u64) -> Waiting {
        let one = |(id, urgency, reminders): &(u8, Urgency, usize)| {
            (ConsultationId([*id; 16]), (*urgency, *reminders))
        };
        Waiting {
            consultations: consultations.iter().map(one).collect(),
            unread: [(StreamId([7; 16]), unread)].into(),
        }
    }

    #[test]
    fn only_what_has_come_is_news_and_the_most_urgent_is_told() {
        let (normal, fire) = (Urgency::Normal, Urgency::HoaToc);
        let before = waiting(&[(1, normal, 0)], 2);
        for (now, news) in [
            (waiting(&[(1, normal, 0)], 2), None),
            (waiting(&[], 0), None),
            (waiting(&[(1, normal, 0)], 3), Some(News::Message)),
            (waiting(&[(1, normal, 1)], 2), Some(News::Waits)),
            (
                waiting(&[(1, normal, 0), (2, Urgency::ThuongKhan, 0)], 2),
                Some(News::Waits),
            ),
            (
                waiting(&[(2, normal, 0), (3, fire, 0)], 9),
                Some(News::Urgent),
            ),
        ] {
            assert_eq!(now.since(&before), news, "{now:?}");
        }
    }

    #[test]
    fn what_comes_while_it_is_quiet_is_told_once_when_it_ends_and_hoa_toc_at_once() {
        let (normal, fire) = (Urgency::ThuongKhan, Urgency::HoaToc);
        let evening = waiting(&[(1, normal, 0)], 2);
        let night = [(1, normal, 1), (2, normal, 0)];
        let (held, news) = waiting(&night, 5).told_since(Some(evening), true);
        assert_eq!((&held, news), (&waiting(&[(1, normal, 0)], 2), None));
        // "Hỏa tốc" is told once and holds nothing else back, nor lets it through.
        let with_fire = [(1, normal, 1), (2, normal, 0), (3, fire, 0)];
        let (held, news) = waiting(&with_fire, 5).told_since(Some(held), true);
        assert_eq!(news, Some(News::Urgent));
        let (held, news) = waiting(&with_fire, 5).told_since(Some(held), true);
        assert_eq!(news, None);
        let (told, news) = waiting(&with_fire, 5).told_since(Some(held), false);
        assert_eq!(news, Some(News::Waits));
        let (_, news) = waiting(&with_fire, 5).told_since(Some(told), false);
        assert_eq!(news, None);
        // What was answered or read at night is no news in the morning.
        let (held, _) = waiting(&night, 5).told_since(Some(waiting(&[], 0)), true);
        assert_eq!(waiting(&[], 0).told_since(Some(held), false).1, None);
    }
}
