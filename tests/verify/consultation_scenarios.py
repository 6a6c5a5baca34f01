"""One rule about the life of a consultation broken: its opening, and what follows (chapter 5, "Opening" and "Life").

`make` makes these, those of consultation_acts.py and those of scenarios.py.
"""

import consultation_acts  # adds its scenarios
import scenarios
from consultation_stories import (
    ACKNOWLEDGED, AEC, AGENCY, ARCHIVE, CONCLUDE, COUNCIL, CUSTOMS, EMPTY, EXPORT, EXTEND, LEGAL, LETTER, MINUTE, MISSION, MOFA,
    MOIT, MOT, NEW_FIELD, OUTSIDE, PERSONAL, REMIND, REOPEN, REVISE, SECRETARIAT, TICK, UNIT, VIEWED, WITHDRAW, act, answered,
    answers, asking, concluded, council, leads, many_seats, new_field, opens, overdue, passes)
from scenarios import CHANNEL, DAY, ZEROS, broken, make, people, say

__all__ = ["make", "consultation_acts"]

# --- openings -----------------------------------------------------------------------------------------------------


@broken(asking)
def consultation_opened_twice(w):
    opens(w)


@broken(asking)
def answer_to_a_consultation_that_nobody_opened(w):
    answers(w, w.minh, MOIT, consultation="second", on=w.questions["first"])


@broken(council)
def answer_to_a_consultation_whose_opening_is_void(w):
    opens(w, asked=[MOT, MOIT, EMPTY])
    answers(w, w.minh, MOIT)


@broken(council)
def consultation_without_terms(w):
    opens(w, terms=None)


@broken(council)
def consultation_on_an_earlier_one(w):
    opens(w, on=w.hashes[CHANNEL][-1])


@broken(council)
def consultation_that_supersedes(w):
    opens(w, supersedes=w.hashes[CHANNEL][-1])


@broken(council)
def consultation_that_counts(w):
    opens(w, counts=[])


@broken(council)
def consultation_that_asks_nobody(w):
    opens(w, asked=[], told=[MOIT])


@broken(council)
def consultation_that_asks_its_own_agency(w):
    opens(w, asked=[MOIT, SECRETARIAT])


@broken(council)
def consultation_that_asks_an_agency_twice(w):
    opens(w, asked=[MOIT, LEGAL])


@broken(council)
def consultation_that_asks_a_seat_twice(w):
    opens(w, asked=[MOIT, MOIT])


@broken(council)
def consultation_that_asks_and_tells_a_seat(w):
    opens(w, asked=[MOIT, MOT], told=[MOT])


@broken(council)
def consultation_that_tells_the_seat_that_leads(w):
    opens(w, told=[MOFA])


@broken(many_seats, count=48)
def consultation_of_forty_nine_seats(w):
    opens(w, asked=[MOT], told=w.seats)


@broken(council)
def consultation_that_asks_a_seat_that_nobody_stated(w):
    opens(w, asked=[MOT, "moit/nowhere"])


@broken(council)
def consultation_that_asks_a_seat_that_nobody_holds(w):
    opens(w, asked=[MOIT, EMPTY])


@broken(council)
def consultation_that_tells_a_seat_that_no_member_holds(w):
    w.state(w.admin, 3, "moit/quiet", "purpose")
    w.two(w.admin, w.checks, 4, "moit/quiet", "checks@moit", 1, 0, None, True)
    opens(w, told=["moit/quiet"])


@broken(council)
def consultation_that_asks_an_agency_outside(w):
    opens(w, asked=[MOIT, OUTSIDE])


@broken(council)
def mission_asked_without_the_secretariat(w):
    opens(w, asked=[MOIT, MISSION])


@broken(council)
def mission_told_without_the_secretariat(w):
    opens(w, asked=[MOIT], told=[MISSION])


@broken(council)
def consultation_without_a_list_of_secrets(w):
    opens(w, secrets="\u2003\u00a0\n")


@broken(council)
def consultation_with_a_long_list_of_secrets(w):
    opens(w, secrets="x" * 201)


@broken(council)
def consultation_without_a_deadline(w):
    opens(w, deadline=None)


@broken(council)
def consultation_with_a_deadline_too_near(w):
    opens(w, within=9_999)


@broken(council)
def consultation_with_a_deadline_too_far(w):
    opens(w, within=366 * DAY + 1)


@broken(council)
def consultation_after_a_template_of_the_future(w):
    """All the channel is read-only then, its members' messages as well."""
    opens(w, template=99)
    say(w, w.lan, 1, w.group[2])


@broken(council)
def general_consultation_about_a_field(w):
    w.state(w.lan, 13, "customs", 4, "a", "a", "mofa", [], [["mofa", "apsc"], ["moit", "aec"]], "mofa", "3.7.b")
    opens(w, about=CUSTOMS)


@broken(council)
def policy_of_the_coordinator_by_another_agency(w):
    opens(w, w.minh, MOIT, [MOFA, MOT], template=4)


@broken(council)
def policy_of_a_lead_by_who_leads_nothing(w):
    opens(w, w.tam, MOT, [MOFA, MOIT], template=5)


@broken(council)
def policy_about_a_field(w):
    w.state(w.lan, 13, "customs", 4, "a", "a", "mofa", [], [["mofa", "apsc"], ["moit", "aec"]], "mofa", "3.7.b")
    opens(w, template=6, about=CUSTOMS)


@broken(council)
def initiative_without_the_police(w):
    opens(w, w.minh, MOIT, [MOFA, MOT], template=7)


@broken(council)
def hosting_without_the_coordinator(w):
    opens(w, w.minh, MOIT, [MOT], template=8)


@broken(council)
def initiative_for_the_prime_minister_without_the_lead_of_the_pillar(w):
    opens(w, w.tam, MOT, [MOFA], template=9, about=AEC)


@broken(council)
def initiative_for_the_prime_minister_about_no_pillar(w):
    opens(w, w.tam, MOT, [MOFA, MOIT], template=9)


@broken(council)
def summit_document_without_the_lead_of_the_pillar(w):
    opens(w, w.tam, MOT, [MOFA], template=10, about=AEC)


@broken(council)
def summit_document_about_a_pillar_that_there_is_not(w):
    opens(w, w.tam, MOT, [MOFA, MOIT], template=10, about=[2, "abc"])


@broken(council)
def council_meeting_prepared_by_who_does_not_lead_it(w):
    opens(w, w.minh, MOIT, [MOFA], template=11, about=COUNCIL)


@broken(council)
def treaty_without_its_instrument(w):
    opens(w, w.minh, MOIT, [MOFA], template=13)


@broken(council)
def treaty_without_the_government_office(w):
    opens(w, w.minh, MOIT, [MOFA], template=13, instrument=1)


@broken(council)
def instrument_in_the_name_of_asean_that_is_a_treaty(w):
    opens(w, w.minh, MOIT, [MOFA], template=14, instrument=1)


@broken(asking)
def letter_recorded_by_who_is_asked(w):
    act(w, w.minh, LETTER, MOIT)


# --- notices, requests, and what is taken away --------------------------------------------------------------------


@broken(council)
def notice_of_the_coordinator_by_another_agency(w):
    opens(w, w.minh, MOIT, [MOT], template=15)


@broken(council)
def notice_of_the_secretariat_by_another_seat(w):
    opens(w, template=16)


@broken(council)
def notice_of_an_agency_without_the_coordinator(w):
    opens(w, w.tam, MOT, [MOIT], template=18, about=AEC)


@broken(council)
def notice_about_an_instrument(w):
    opens(w, template=15, instrument=1)


@broken(council)
def report_without_the_secretariat(w):
    opens(w, w.tam, MOT, [MOIT], template=19, about=AEC)


@broken(council)
def request_to_another_agency_than_the_article_says(w):
    opens(w, w.tam, MOT, [MOFA, MOIT], template=22)


@broken(council)
def request_to_another_seat_than_the_secretariat(w):
    opens(w, w.tam, MOT, [MOFA], template=23)


@broken(council)
def notice_that_is_answered(w):
    opens(w, template=15)
    answers(w, w.minh, MOIT)


@broken(council)
def notice_that_is_concluded(w):
    opens(w, template=15, within=MINUTE)
    passes(w, MINUTE)
    leads(w, CONCLUDE, counts=[])


@broken(council)
def request_that_is_concluded(w):
    opens(w, asked=[MOIT], template=25)
    leads(w, CONCLUDE, counts=[answers(w, w.minh, MOIT)])


@broken(council)
def notice_with_a_letter(w):
    opens(w, template=15)
    leads(w, LETTER)


@broken(council)
def notice_archived_before_the_last_receipt(w):
    opens(w, template=15)
    act(w, w.minh, ACKNOWLEDGED, MOIT)
    leads(w, ARCHIVE)


@broken(council)
def notice_reminded_after_the_last_receipt(w):
    opens(w, asked=[MOIT], template=15)
    act(w, w.minh, ACKNOWLEDGED, MOIT)
    leads(w, REMIND)


@broken(council)
def notice_extended_after_the_last_receipt(w):
    opens(w, asked=[MOIT], template=15)
    act(w, w.minh, ACKNOWLEDGED, MOIT)
    leads(w, EXTEND, deadline=w.time + DAY)


@broken(council)
def request_reopened_after_the_last_answer(w):
    opens(w, asked=[MOIT], template=25, within=MINUTE)
    answers(w, w.minh, MOIT)
    passes(w, MINUTE)
    leads(w, REOPEN, deadline=w.time + DAY)


@broken(answered)
def archived_before_the_conclusion(w):
    leads(w, ARCHIVE)


@broken(concluded)
def archived_twice(w):
    leads(w, ARCHIVE)
    act(w, w.minh, EXPORT, MOIT)
    leads(w, ARCHIVE)


@broken(concluded)
def archived_by_who_was_asked(w):
    act(w, w.minh, ARCHIVE, MOIT)


@broken(answered)
def reminded_after_the_archives(w):
    leads(w, WITHDRAW)
    leads(w, ARCHIVE)
    leads(w, REMIND)


@broken(asking)
def taken_away_by_who_does_not_take_part(w):
    act(w, w.nga, EXPORT, MISSION)


@broken(asking)
def taken_away_as_an_opinion(w):
    act(w, w.minh, EXPORT, MOIT, capacity=AGENCY)


@broken(council)
def sent_without_whom_the_policy_routes_it_to(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, routes=[["mot", MISSION]]))
    opens(w, asked=[MOT])


@broken(council)
def policy_with_a_route_to_nowhere(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, routes=[["mot", "mot/nowhere"]]))


@broken(council)
def policy_with_routes_out_of_order(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, routes=[["mot", MOFA], ["mission", MOFA]]))


@broken(council)
def policy_with_hours_of_a_channel_that_fall(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, channel_hours=[[CHANNEL, [6, 12, 4]]]))


@broken(council)
def policy_with_a_duty_on_a_day_that_few_years_have(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, duties=[[1, 2, 29, 0]]))


@broken(council)
def policy_with_a_duty_after_the_last_minute_of_a_day(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, duties=[[4, 12, 19, 1440]]))


@broken(council)
def policy_with_duties_out_of_order(w):
    w.two(w.admin, w.checks, *scenarios.policy(w, duties=[[4, 12, 19, 1439], [1, 1, 30, 1439]]))


@broken(council)
def new_cross_sector_field_across_pillars(w):
    w.state(w.lan, 13, "customs", 4, "a", "a", "mofa", [], [["mofa", "apsc"], ["moit", "aec"]], "mofa", "3.7.b")
    opens(w, asked=[MOIT], template=3, about=[3, "customs"])


@broken(new_field)
def new_field_that_is_not_named(w):
    opens(w, template=NEW_FIELD)


@broken(new_field)
def new_field_that_nobody_stated(w):
    opens(w, template=NEW_FIELD, about=[4, "connectivity"])


@broken(new_field)
def new_field_opened_by_another_agency(w):
    opens(w, w.minh, MOIT, [SECRETARIAT, MOT], template=NEW_FIELD, about=CUSTOMS)


@broken(new_field)
def new_field_without_an_agency_that_takes_part(w):
    opens(w, asked=[MOIT], told=[MOT], template=NEW_FIELD, about=CUSTOMS)


@broken(new_field, supporting=["mission"])
def new_field_without_an_agency_that_supports(w):
    opens(w, asked=[MOIT, MOT], told=[MISSION, SECRETARIAT], template=NEW_FIELD, about=CUSTOMS)


@broken(new_field)
def new_field_without_an_agency_that_was_consulted_before(w):
    w.state(w.tam, 14, "customs", [1, ["mot", 1, "letter 1"]])
    opens(w, asked=[MOIT], template=NEW_FIELD, about=CUSTOMS)


@broken(new_field)
def new_field_that_is_reported(w):
    w.state(w.tam, 14, "customs", [1, ["mot", 1, "letter 1"]])
    w.state(w.minh, 14, "customs", [1, ["moit", 1, "letter 2"]])
    w.state(w.lan, 14, "customs", [2, ["report 1", 2]])
    opens(w, template=NEW_FIELD, about=CUSTOMS)


@broken(new_field)
def new_field_that_has_ended(w):
    w.state(w.lan, 14, "customs", [4, ["1/QĐ"]])
    opens(w, template=NEW_FIELD, about=CUSTOMS)


@broken(council)
def new_field_of_one_pillar(w):
    w.state(w.minh, 13, "customs", 3, "a", "a", "moit", [], [["mofa", "aec"], ["moit", "aec"], ["mot", "aec"]], "moit", "3.7.a")
    opens(w, w.minh, MOIT, [MOFA, MOT], template=NEW_FIELD, about=CUSTOMS)


# --- life ---------------------------------------------------------------------------------------------------------


@broken(asking)
def answer_to_an_earlier_question(w):
    earlier = w.questions["first"]
    leads(w, REVISE)
    answers(w, w.minh, MOIT, on=earlier)


@broken(asking)
def answer_to_no_question(w):
    answers(w, w.minh, MOIT, on=None)


@broken(asking)
def event_of_an_earlier_question(w):
    earlier = w.questions["first"]
    leads(w, REVISE)
    act(w, w.minh, VIEWED, MOIT, on=earlier)


@broken(answered)
def concluded_on_an_earlier_question(w):
    earlier = w.questions["first"]
    leads(w, REVISE)
    leads(w, CONCLUDE, counts=w.opinions, on=earlier)


@broken(asking)
def extended_on_an_answer(w):
    leads(w, EXTEND, within=90 * MINUTE, on=answers(w, w.minh, MOIT))


@broken(asking)
def first_answer_that_supersedes(w):
    answers(w, w.minh, MOIT, supersedes=w.questions["first"])


@broken(asking)
def second_answer_that_supersedes_nothing(w):
    for _ in range(2):
        answers(w, w.minh, MOIT)


@broken(asking)
def third_answer_that_supersedes_the_first(w):
    first = answers(w, w.minh, MOIT)
    for _ in range(2):
        answers(w, w.minh, MOIT, supersedes=first)


@broken(asking)
def answer_that_supersedes_one_to_an_earlier_question(w):
    first = answers(w, w.minh, MOIT)
    leads(w, REVISE)
    answers(w, w.minh, MOIT, supersedes=first)


@broken(asking)
def answer_that_supersedes_one_in_another_capacity(w):
    first = answers(w, w.minh, MOIT, capacity=UNIT)
    answers(w, w.minh, MOIT, supersedes=first)


@broken(asking)
def answer_that_supersedes_another_persons(w):
    first = answers(w, w.huy, MOIT, capacity=UNIT)
    answers(w, w.minh, MOIT, capacity=UNIT, supersedes=first)


@broken(asking)
def personal_answer_that_supersedes_nothing(w):
    for _ in range(2):
        answers(w, w.huy, MOIT, capacity=PERSONAL)


@broken(overdue)
def extended_after_the_deadline(w):
    leads(w, EXTEND)


@broken(asking)
def extended_to_the_same_deadline(w):
    leads(w, EXTEND, within=60 * MINUTE - TICK)


@broken(asking)
def extended_without_a_deadline(w):
    leads(w, EXTEND, deadline=None)


@broken(asking)
def extended_too_far(w):
    leads(w, EXTEND, within=366 * DAY + 1)


@broken(asking, within=MINUTE)
def reopened_a_moment_before_the_deadline(w):
    passes(w, MINUTE - 1)
    leads(w, REOPEN)


@broken(overdue)
def reopened_too_near(w):
    leads(w, REOPEN, within=9_999)


@broken(overdue)
def reopened_without_a_deadline(w):
    leads(w, REOPEN, deadline=None)


@broken(asking)
def revised_without_a_deadline(w):
    leads(w, REVISE, deadline=None)


@broken(asking)
def revised_too_near(w):
    leads(w, REVISE, within=9_999)


@broken(answered)
def reminded_where_nobody_is_awaited(w):
    leads(w, REMIND)


@broken(asking)
def reminded_again_a_moment_later(w):
    leads(w, REMIND)
    passes(w, MINUTE - 1)
    leads(w, REMIND)


@broken(asking)
def reminded_again_after_a_revision(w):
    leads(w, REMIND)
    leads(w, REVISE)
    leads(w, REMIND)


@broken(asking, within=MINUTE)
def concluded_a_moment_before_the_deadline(w):
    opinion = answers(w, w.minh, MOIT)
    passes(w, MINUTE - TICK - 1)
    leads(w, CONCLUDE, counts=[opinion])


@broken(asking)
def concluded_with_the_word_of_a_unit(w):
    opinions = [answers(w, w.huy, MOIT, capacity=UNIT), answers(w, w.tam, MOT)]
    leads(w, CONCLUDE, counts=opinions)


@broken(answered)
def concluded_after_a_revision(w):
    leads(w, REVISE)
    leads(w, CONCLUDE, counts=w.opinions)


@broken(answered)
def conclusion_that_does_not_count(w):
    leads(w, CONCLUDE)


@broken(answered)
def conclusion_that_leaves_an_opinion_out(w):
    leads(w, CONCLUDE, counts=w.opinions[:1])


@broken(answered)
def conclusion_that_counts_in_another_order(w):
    leads(w, CONCLUDE, counts=w.opinions[::-1])


@broken(answered)
def conclusion_that_counts_twice(w):
    leads(w, CONCLUDE, counts=[*w.opinions, w.opinions[1]])


@broken(answered)
def conclusion_that_counts_a_superseded_opinion(w):
    answers(w, w.minh, MOIT, supersedes=w.opinions[0])
    leads(w, CONCLUDE, counts=w.opinions)


@broken(overdue)
def conclusion_that_counts_what_nobody_said(w):
    leads(w, CONCLUDE, counts=[ZEROS])


@broken(overdue)
def conclusion_without_an_answer_that_does_not_count(w):
    leads(w, CONCLUDE)


@broken(concluded)
def answer_after_the_conclusion(w):
    answers(w, w.minh, MOIT, supersedes=w.opinions[0])


@broken(concluded)
def event_after_the_conclusion(w):
    act(w, w.minh, VIEWED, MOIT)


@broken(concluded)
def withdrawn_after_the_conclusion(w):
    leads(w, WITHDRAW)


@broken(concluded)
def concluded_twice(w):
    leads(w, CONCLUDE, counts=w.opinions)


@broken(asking)
def answer_after_the_withdrawal(w):
    leads(w, WITHDRAW)
    answers(w, w.minh, MOIT)


@broken(asking)
def opened_again_after_the_withdrawal(w):
    leads(w, WITHDRAW)
    opens(w)


@broken(people)
def seat_with_a_dash(w):
    w.state(w.admin, 3, "mofa/main-desk", "purpose")
