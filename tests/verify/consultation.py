"""Consultations: the acts of one channel, judged by what is public of them (chapter 2, `act`; chapter 5, "Consultations").

`take` folds one act into the consultations of a channel, or raises Void and changes nothing.
"""

from collections import namedtuple
from dataclasses import dataclass, field

import fields
from directory import SCOPE, Void, agency_of, refuse_unless
from wire import HASH, ID, SEAT, array, between, blank, many, maybe, null, raw, text, uint

OPEN, EXTEND, REOPEN, REMIND, CONCLUDE, WITHDRAW, REVISE, LETTER, ANSWER, EXPORT, ARCHIVE = range(64, 75)
ACKNOWLEDGED = 82
EVENTS = {80: "delivered", 81: "viewed", 82: "acknowledged"}
SILENT = {REMIND: "consultation-remind"} | EVENTS  # types that say nothing to members, and their names
SAID = (OPEN, EXTEND, REOPEN, CONCLUDE, WITHDRAW, REVISE, LETTER, ANSWER, EXPORT, ARCHIVE)
SHAPES = {kind: raw for kind in SAID} | {kind: null for kind in SILENT}
DATED = (OPEN, EXTEND, REOPEN, REVISE)
AFTER_THE_END = (LETTER, EXPORT, ARCHIVE)
AGENCY_SPEAKS, UNIT = 1, 2  # capacities
# Templates: kind of the field, or else the kinds of what it is about, the instruments, who opens, who must be asked.
FIELD_OF = {2: fields.CROSS_PILLAR, 3: fields.CROSS_SECTOR}
ANYBODY, COORDINATOR, LEAD, ITS_LEAD, SECRETARIAT = "anybody", "coordinator", "lead", "its lead", "secretariat"
COUNCIL, PILLAR = 1, 2
TREATY, AGREEMENT, ASEAN_NAME = 1, 2, 3
OTHERS = {
    1: ((), (), ANYBODY, ()),
    4: ((), (), COORDINATOR, ()),
    5: ((), (), LEAD, ()),
    6: ((), (), ANYBODY, ()),
    7: ((), (), ANYBODY, (COORDINATOR, "mps")),
    8: ((), (), ANYBODY, (COORDINATOR,)),
    9: ((PILLAR,), (), ANYBODY, (ITS_LEAD, COORDINATOR, "mps")),
    10: ((PILLAR,), (), ANYBODY, (ITS_LEAD, COORDINATOR)),
    11: ((COUNCIL, PILLAR), (), ITS_LEAD, ()),
    12: ((), (), ANYBODY, ()),
    13: ((), (TREATY, AGREEMENT), ANYBODY, (COORDINATOR, "vpcp")),
    14: ((), (ASEAN_NAME,), ANYBODY, (COORDINATOR, "vpcp")),
    15: ((), (), COORDINATOR, ()),
    16: ((), (), SECRETARIAT, ()),
    17: ((), (), LEAD, ()),
    18: ((COUNCIL, PILLAR), (), ANYBODY, (ITS_LEAD, COORDINATOR)),
    19: ((COUNCIL, PILLAR), (), ANYBODY, (ITS_LEAD, SECRETARIAT)),
    20: ((), (), ANYBODY, ()),
    21: ((), (), ANYBODY, (COORDINATOR,)),
    22: ((), (), ANYBODY, (COORDINATOR,)),
    23: ((), (), ANYBODY, (SECRETARIAT,)),
    24: ((COUNCIL, PILLAR), (), ANYBODY, (ITS_LEAD,)),
    25: ((), (), ANYBODY, ()),
}
NOTICES, REQUESTS = range(15, 22), range(22, 26)
SEATS, LIST_BYTES, REMINDER_INTERVAL = 48, 200, 60_000
NEAREST, FARTHEST = 10_000, 366 * 24 * 3600 * 1000
TERMS = array(uint, between(1, 4), many(SEAT), many(SEAT), maybe(SCOPE), maybe(between(1, 3)), text)
ACT = array(ID, SEAT, between(1, 3), maybe(uint), maybe(HASH), maybe(HASH), maybe(many(HASH)), maybe(TERMS))
Act = namedtuple("Act", "consultation seat capacity deadline on supersedes counts terms")


class ReadOnly(Void):
    """What a later version may know: nothing in the channel can be judged any more."""


def fits(condition, why):
    refuse_unless(condition, why, "act_invalid")


@dataclass
class Consultation:
    """One consultation under way."""

    template: int
    leading: str  # seat
    asked: tuple
    told: tuple
    question: bytes  # hash of the record of the current version
    deadline: int
    opinions: dict = field(default_factory=dict)  # seat: record of its current opinion
    others: dict = field(default_factory=dict)  # (seat, capacity, official): record of the last one
    events: set = field(default_factory=set)  # (type, seat) of the current question
    reminded: int = None
    ended: bool = False
    archived: bool = False  # and nothing was added since

    def complete(self):
        """Whether everybody who is asked has answered or, in a notice, acknowledged."""
        receipts = {seat for kind, seat in self.events if kind == ACKNOWLEDGED}
        return set(self.asked) <= (receipts if self.template in NOTICES else set(self.opinions))

    def is_consultation(self):
        return self.template not in NOTICES and self.template not in REQUESTS

    def apply(self, record, act, official):
        """Any type but 64."""
        fits(not self.ended or record.type in AFTER_THE_END, "the consultation has ended")
        fits(act.on == self.question, "not on the current question")
        if EXTEND <= record.type <= LETTER or record.type == ARCHIVE:
            fits(act.seat == self.leading, "not the seat that leads")
        fits(self.is_consultation() or record.type not in (CONCLUDE, LETTER), "a notice or request has neither conclusion nor letter")
        fits(self.is_consultation() or record.type not in (EXTEND, REOPEN) or not self.complete(), "a later deadline after the last receipt")
        if record.type == EXTEND:
            fits(record.time < self.deadline < act.deadline, "extended after the deadline, or to an earlier one")
        elif record.type == REOPEN:
            fits(record.time >= self.deadline, "reopened before the deadline")
        elif record.type == REMIND:
            rests = self.reminded is not None and record.time < self.reminded + REMINDER_INTERVAL
            fits(not self.complete() and not rests, "reminds nobody, or a moment after the last one")
            self.reminded = record.time
        elif record.type == CONCLUDE:
            fits(self.complete() or record.time >= self.deadline, "concluded while opinions are collected")
            counted = [self.opinions[seat] for seat in sorted(self.opinions, key=str.encode)]
            fits(list(act.counts) == counted, "counts other opinions than the current ones")
        elif record.type == REVISE:
            self.question, self.opinions, self.others, self.events = record.hash, {}, {}, set()
        elif record.type == ANSWER:
            self._answer(record, act, official)
        elif record.type == EXPORT:
            fits(act.seat in (self.leading, *self.asked, *self.told), "taken away by a seat that does not take part")
        elif record.type == ARCHIVE:
            fits(self.ended or not self.is_consultation() and self.complete(), "archived before the end")
            fits(not self.archived, "archived twice, with nothing added")
        elif record.type in EVENTS:
            fits(act.seat in self.asked + self.told, "a seat that is neither asked nor told")
            fits((record.type, act.seat) not in self.events, "the same event twice")
            self.events.add((record.type, act.seat))
        self.ended = self.ended or record.type in (CONCLUDE, WITHDRAW, ARCHIVE)
        self.archived = record.type == ARCHIVE or self.archived and record.type == EXPORT
        self.deadline = act.deadline or self.deadline

    def _answer(self, record, act, official):
        fits(act.seat in self.asked and self.template not in NOTICES, "a seat that is not asked, or a notice")
        if act.capacity == AGENCY_SPEAKS:
            given, key = self.opinions, act.seat
        else:
            given, key = self.others, (act.seat, act.capacity, official)
        fits(act.supersedes == given.get(key), "supersedes another opinion than the last one")
        given[key] = record.hash


def take(known, record, official, channel, directory):
    """Judges one act of a live device under {id: Consultation} of the channel."""
    act = Act(*record.act)
    _facts(record, act)
    fits(directory.holds_seat(official, act.seat, record.time, act.capacity == AGENCY_SPEAKS), "does not hold the seat, or not to speak")
    if record.type == OPEN:
        fits(act.consultation not in known, "opened twice")
        _opens(record.time, act, channel, directory)
        known[act.consultation] = Consultation(act.terms[0], act.seat, tuple(act.terms[2]), tuple(act.terms[3]), record.hash, act.deadline)
    else:
        fits(act.consultation in known, "unknown consultation")
        known[act.consultation].apply(record, act, official)


def _facts(record, act):
    """Which facts a type has, whatever came before."""
    kind = record.type
    fits((act.terms is not None) == (kind == OPEN), "`terms` are there exactly for type 64")
    fits((act.on is None) == (kind == OPEN), "`on` is null exactly for type 64")
    fits((act.deadline is not None) == (kind in DATED), "`deadline` is there exactly where one is set")
    fits(act.supersedes is None or kind == ANSWER, "`supersedes` is of answers")
    fits((act.counts is not None) == (kind == CONCLUDE), "`counts` is there exactly for conclusions")
    fits(act.deadline is None or record.time + NEAREST <= act.deadline <= record.time + FARTHEST, "the deadline is too near or too far")
    fits(act.capacity == AGENCY_SPEAKS or kind in (ANSWER, EXPORT, *EVENTS), "not in the capacity of the agency")
    fits(act.capacity == UNIT or kind not in (EXPORT, *EVENTS), "an event in another capacity than that of the unit")


def _opens(time, act, channel, directory):
    template, _, asked, told, about, instrument, secrets = act.terms
    seats, agencies, own = [*asked, *told], [agency_of(seat) for seat in asked], agency_of(act.seat)
    fits(asked and len(set(agencies)) == len(agencies) and own not in agencies, "asks nobody, an agency twice, or its own")
    fits(len(seats) <= SEATS and len({act.seat, *seats}) == 1 + len(seats), "too many seats, one twice, or the leading one")
    for seat in seats:
        held = any(directory.holds_seat(person, seat, time) for person in channel.members)
        fits(seat in directory.seats and agency_of(seat) in channel.founding[4] and held, "a seat that nobody here holds")
    coordinator = directory.leading(fields.COORDINATOR)
    secretariat = coordinator and f"{coordinator}/secretariat"
    if any(agency_of(seat) in directory.missions for seat in seats):
        fits(secretariat in [act.seat, *seats], "the Mission without the Secretariat")
    for source, told in directory.routes(time):
        fits(told in [act.seat, *seats] or all(agency_of(seat) != source for seat in seats), "a route of the policy is not kept")
    fits(not blank(secrets) and len(secrets.encode()) <= LIST_BYTES, "no list of state secrets, or a long one")
    if template in FIELD_OF:
        known = directory.fields.get(about[1]) if about and about[0] == FIELD_OF[template] else None
        _about_a_new_field(known, FIELD_OF[template], own, set(agencies), coordinator, time)
    elif template in OTHERS:
        kinds, instruments, opener, must = OTHERS[template]
        fits(fields.named(about) and about[0] in kinds if about else not kinds, "about something else than its article")
        fits(not instruments or instrument in instruments, "prepares another instrument than its article's, or none")
        whom = {COORDINATOR: coordinator, ITS_LEAD: directory.leading(tuple(about)) if about else None}
        whom[SECRETARIAT] = coordinator if template in REQUESTS else None
        may = {ANYBODY: True, LEAD: directory.leads_anything(own, time), SECRETARIAT: act.seat == secretariat}
        fits(may.get(opener, whom.get(opener) == own), "opened by another agency than may")
        fits(SECRETARIAT not in must or secretariat in [act.seat, *seats], "the Secretariat is neither asked nor told")
        wanted = {whom.get(one, one) for one in must} - {own, None}
        exact = template in REQUESTS and must  # nobody but whoever has the duty
        fits(wanted == set(agencies) if exact else wanted <= set(agencies), "one that must be asked is not, or another one is")
        fits(instrument is None or template not in NOTICES and template not in REQUESTS, "an instrument of a notice or request")
    else:
        raise ReadOnly("act_invalid", "a template that this version does not know")


def _about_a_new_field(known, kind, own, asked, coordinator, time):
    """Art. 3(7)."""
    consulting = known and known.kind == kind and not (known.reported or known.decided or known.over(time))
    fits(consulting, "not about a field of this kind that is being proposed")
    fits(known.initiator == own, "opened by another agency than the initiator")
    fits(known.concerned(coordinator) - {own} <= asked, "one that must be consulted is not asked")
