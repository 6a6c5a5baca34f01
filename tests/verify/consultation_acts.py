"""One rule about acts of a consultation broken: which facts they have, and who acts (chapter 5, "Facts" and "Who acts")."""

import scenarios
from consultation_stories import (
    ACKNOWLEDGED, AGENCY, ANSWER, CONCLUDE, DELIVERED, EXTEND, GENERAL, LIST, MINUTE, MISSION, MOFA, MOIT, MOT, PERSONAL,
    REMIND, REVISE, SECRETARIAT, UNIT, VIEWED, WITHDRAW, act, answered, answers, asking, council, leads, name,
    opens, passes)
from scenarios import CHANNEL, broken, encode, mls, say, sha256

# --- one rule broken: facts of an act -----------------------------------------------------------------------------


@broken(asking)
def act_on_a_message(w):
    say(w, w.lan, 1, w.group[2], act=[name("first"), MOFA, AGENCY, None, w.questions["first"], None, None, None])


@broken(asking)
def answer_without_an_act(w):
    w.post(w.minh, ANSWER, lambda aad: mls(2, 1, aad), CHANNEL, group=w.group)


@broken(asking)
def event_with_a_commitment(w):
    act(w, w.minh, DELIVERED, MOIT, com=sha256(b"content"))


@broken(asking)
def event_with_an_epoch(w):
    act(w, w.minh, DELIVERED, MOIT, group=w.group)


@broken(asking)
def event_that_says_something(w):
    act(w, w.minh, DELIVERED, MOIT, body=[])


@broken(asking)
def event_with_an_mls_message(w):
    act(w, w.minh, DELIVERED, MOIT, body=lambda aad: mls(2, 1, aad))


@broken(asking)
def answer_without_an_epoch(w):
    answers(w, w.minh, MOIT, group=None)


@broken(asking)
def answer_in_plain_text(w):
    answers(w, w.minh, MOIT, body=encode(None))


@broken(asking)
def answer_with_other_authenticated_data(w):
    answers(w, w.minh, MOIT, body=lambda aad: mls(2, 1, aad[:-1] + b"x"))


@broken(asking)
def answer_above_the_channel(w):
    answers(w, w.minh, MOIT, label=3)


@broken(asking)
def act_in_a_capacity_that_nobody_knows(w):
    answers(w, w.minh, MOIT, capacity=4)


@broken(council)
def consultation_of_an_urgency_that_nobody_knows(w):
    opens(w, urgency=5)


@broken(asking)
def act_of_a_type_of_the_future(w):
    scenarios.MEDIA[83] = "application/vnd.thamvan.future+cbor"
    act(w, w.minh, 83, MOIT, group=None, com=None, body=None)
    del scenarios.MEDIA[83]


@broken(asking)
def answer_after_a_type_of_the_future(w):
    act_of_a_type_of_the_future(w)
    answers(w, w.minh, MOIT)


@broken(asking)
def answer_that_sets_a_deadline(w):
    answers(w, w.minh, MOIT, within=60 * MINUTE)


@broken(asking)
def answer_that_counts(w):
    answers(w, w.minh, MOIT, counts=[])


@broken(asking)
def answer_with_terms(w):
    answers(w, w.minh, MOIT, terms=[GENERAL, 1, [MOIT], [], None, LIST])


@broken(asking)
def event_that_sets_a_deadline(w):
    act(w, w.minh, VIEWED, MOIT, within=60 * MINUTE)


@broken(asking)
def event_that_supersedes(w):
    first = answers(w, w.minh, MOIT)
    act(w, w.minh, VIEWED, MOIT, supersedes=first)


@broken(asking)
def event_that_counts(w):
    act(w, w.minh, VIEWED, MOIT, counts=[])


@broken(asking)
def reminder_that_sets_a_deadline(w):
    leads(w, REMIND, within=90 * MINUTE)


@broken(asking)
def reminder_that_counts(w):
    leads(w, REMIND, counts=[])


@broken(asking)
def withdrawn_with_terms(w):
    leads(w, WITHDRAW, terms=[GENERAL, 1, [MOIT], [], None, LIST])


@broken(answered)
def conclusion_that_sets_a_deadline(w):
    leads(w, CONCLUDE, counts=w.opinions, within=90 * MINUTE)


@broken(answered)
def conclusion_that_supersedes(w):
    leads(w, CONCLUDE, counts=w.opinions, supersedes=w.opinions[0])


# --- who acts -----------------------------------------------------------------------------------------------------


@broken(asking)
def answer_in_the_name_of_another_seat(w):
    answers(w, w.minh, MOT)


@broken(asking)
def answer_at_a_seat_that_nobody_stated(w):
    answers(w, w.minh, "moit/nowhere")


@broken(asking)
def answer_for_the_agency_without_the_right(w):
    answers(w, w.huy, MOIT)


@broken(asking)
def answer_after_the_end_of_the_appointment(w):
    w.state(w.admin, 3, "moit/old", "purpose")
    w.two(w.admin, w.checks, 4, "moit/old", "huy@moit", 1, 0, w.time + 10_000, True)
    opens(w, asked=["moit/old"], consultation="second")
    passes(w, MINUTE)
    answers(w, w.huy, "moit/old", consultation="second")


@broken(asking)
def answer_by_a_seat_that_is_told(w):
    answers(w, w.thu, SECRETARIAT)


@broken(asking)
def answer_by_a_seat_that_is_neither(w):
    answers(w, w.nga, MISSION)


@broken(asking)
def answer_by_the_seat_that_leads(w):
    answers(w, w.lan, MOFA)


@broken(asking)
def answer_from_outside_the_group(w):
    w.two(w.admin, w.checks, 4, MOIT, "checks@moit", 1, 0, None, True)
    answers(w, w.checks, MOIT)


@broken(asking)
def answer_while_a_removed_member_can_read(w):
    w.post(w.lan, 20, ["tam@mot", "left"], CHANNEL)
    answers(w, w.minh, MOIT)


@broken(asking)
def event_by_a_seat_that_is_neither(w):
    act(w, w.nga, DELIVERED, MISSION)


@broken(asking)
def event_by_the_seat_that_leads(w):
    act(w, w.lan, DELIVERED, MOFA)


@broken(asking)
def event_in_the_name_of_another_seat(w):
    act(w, w.minh, DELIVERED, MOT)


@broken(asking)
def event_for_the_agency(w):
    act(w, w.minh, ACKNOWLEDGED, MOIT, capacity=AGENCY)


@broken(asking)
def event_for_a_person(w):
    act(w, w.minh, ACKNOWLEDGED, MOIT, capacity=PERSONAL)


@broken(asking)
def event_by_who_is_no_member(w):
    w.two(w.admin, w.checks, 4, MOIT, "checks@moit", 1, 0, None, True)
    act(w, w.checks, DELIVERED, MOIT)


@broken(asking)
def event_twice(w):
    act(w, w.minh, DELIVERED, MOIT)
    act(w, w.huy, DELIVERED, MOIT)


@broken(asking)
def event_after_the_close(w):
    w.post(w.lan, 21, ["concluded"], CHANNEL)
    act(w, w.minh, DELIVERED, MOIT)


@broken(asking)
def extended_by_another_seat_of_the_agency(w):
    act(w, w.thu, EXTEND, SECRETARIAT, within=90 * MINUTE)


@broken(asking)
def revised_by_who_is_asked(w):
    act(w, w.minh, REVISE, MOIT)


@broken(asking)
def reminded_by_who_is_asked(w):
    act(w, w.minh, REMIND, MOIT)


@broken(asking)
def withdrawn_by_who_is_asked(w):
    act(w, w.minh, WITHDRAW, MOIT)


@broken(asking)
def extended_by_a_unit(w):
    leads(w, EXTEND, within=90 * MINUTE, capacity=UNIT)


@broken(asking)
def reminded_by_a_unit(w):
    leads(w, REMIND, capacity=UNIT)


@broken(council)
def consultation_opened_by_a_unit(w):
    opens(w, capacity=UNIT)


@broken(council)
def consultation_opened_by_who_speaks_for_nobody(w):
    opens(w, w.huy, MOIT, [MOT])


@broken(council)
def consultation_opened_in_the_name_of_another_seat(w):
    opens(w, w.minh, MOFA, [MOT])
