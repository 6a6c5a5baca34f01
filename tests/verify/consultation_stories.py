"""Stories with consultations (chapter 5, "Consultations"): who takes part, acts, and whole copies in which everybody keeps the rules."""

import scenarios
from scenarios import CHANNEL, DAY, GROUP_ID, commit, founding, mls, people, say, sha256

OPEN, EXTEND, REOPEN, REMIND, CONCLUDE, WITHDRAW, REVISE, LETTER, ANSWER, EXPORT, ARCHIVE = range(64, 75)
DELIVERED, VIEWED, ACKNOWLEDGED = 80, 81, 82
DATED, SILENT = (OPEN, EXTEND, REOPEN, REVISE), (REMIND, DELIVERED, VIEWED, ACKNOWLEDGED)
MOFA, SECRETARIAT, MISSION = "mofa/main", "mofa/secretariat", "mission/main"
MOIT, LEGAL, MOT, EMPTY, OUTSIDE = "moit/main", "moit/legal", "mot/main", "mot/empty", "city/main"
MINUTE, TICK = 60_000, 1000  # TICK: what every record takes
AGENCY, UNIT, PERSONAL = 1, 2, 3
GENERAL, NEW_FIELD = 1, 2
CUSTOMS, COUNCIL, AEC = [4, "customs"], [1, "acc"], [2, "aec"]
LIST = "Danh mục 2026"


# --- acts ---------------------------------------------------------------------------------------------------------


def name(text):
    return sha256(text.encode())[:16]


def act(w, author, kind, seat, capacity=None, consultation="first", within=None, **other):
    """One act; `within`: the deadline, from the record's time. What is not given is as the rules want it."""
    if capacity is None:
        capacity = UNIT if kind in (EXPORT, DELIVERED, VIEWED, ACKNOWLEDGED) else AGENCY
    within = 60 * MINUTE if within is None and kind in DATED else within
    entry = {key: other.pop(key) for key in ("group", "com", "body", "label") if key in other}
    facts = {"deadline": None if within is None else w.time + TICK + within, "on": w.questions.get(consultation),
             "supersedes": None, "counts": None, "terms": None} | other
    entry.setdefault("group", None if kind in SILENT else w.group)
    body = entry.pop("body", None if kind in SILENT else lambda aad: mls(2, 1, aad))
    record = w.post(author, kind, body, CHANNEL, act=[name(consultation), seat, capacity, *facts.values()], **entry)
    if kind in (OPEN, REVISE):
        w.questions[consultation] = record
    return record


def opens(w, author=None, seat=MOFA, asked=(MOIT, MOT), told=(), template=GENERAL, urgency=1, about=None, instrument=None, secrets=LIST, **more):
    terms = [template, urgency, list(asked), list(told), about, instrument, secrets]
    return act(w, author or w.lan, OPEN, seat, **{"on": None, "terms": terms} | more)


def leads(w, kind, **more):
    return act(w, w.lan, kind, MOFA, **more)


def answers(w, author, seat, **more):
    return act(w, author, ANSWER, seat, **more)


def passes(w, time):
    w.time += time - TICK


# --- who is there -------------------------------------------------------------------------------------------------


def join(w, who, seat, speaks=True):
    """An official of the seat's agency, who holds it, with a device."""
    person = f"{who}@{seat.split('/')[0]}"
    w.state(w.admin, 2, person, sha256(who.encode()))
    w.state(w.admin, 3, seat, "purpose")
    w.two(w.admin, w.checks, 4, seat, person, 1, 0, None, speaks)
    setattr(w, who, w.enrol(w.admin, w.checks, who, person))
    return person


def council():
    """A channel of the coordinator with two ministries and the Mission, all in the group. huy is at two seats of moit and speaks for neither."""
    w = people()
    w.state(w.admin, 1, "mot", 2, "d", "d", [])
    w.state(w.admin, 1, "mission", 4, "e", "e", [])
    others = [join(w, "tam", MOT), join(w, "nga", MISSION), join(w, "thu", SECRETARIAT), join(w, "huy", LEGAL, speaks=False)]
    w.two(w.admin, w.checks, 4, MOIT, "huy@moit", 2, 0, None, False)
    join(w, "xuan", OUTSIDE)
    w.state(w.admin, 3, EMPTY, "purpose")
    w.post(w.lan, 6, [CHANNEL, scenarios.COMMITMENT])
    w.founding = w.post(w.lan, 16, founding(members=["mofa", "moit", "mot", "mission"]), CHANNEL)
    w.approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.admin, 18, [w.founding, w.approval, 3, 0], CHANNEL)
    for person in ("lan@mofa", "minh@moit", *others):
        w.post(w.lan, 19, [person, 0, None, None, ""], CHANNEL)
    w.post(w.lan, 24, [0, GROUP_ID, 3, sha256(b"info 0"), sha256(b"tree 0")], CHANNEL)
    start = len(w.hashes[CHANNEL]) - 1
    commit(w, w.lan, 0, start, adds=[key.id for key in (w.minh, w.tam, w.nga, w.thu, w.huy)])
    w.group, w.questions = [0, 1, start + 1], {}
    return w


def asking(**more):
    """Two ministries are asked, and the Secretariat is told."""
    w = council()
    opens(w, told=[SECRETARIAT], **more)
    return w


def answered():
    """By both."""
    w = asking()
    w.opinions = [answers(w, w.minh, MOIT), answers(w, w.tam, MOT)]
    return w


def concluded():
    w = answered()
    leads(w, CONCLUDE, counts=w.opinions)
    return w


def overdue():
    w = asking(within=MINUTE)
    passes(w, MINUTE)
    return w


def new_field(kind=4, pairs=(("mofa", "apsc"), ("moit", "aec"), ("mot", "ascc")), supporting=()):
    """A field that the coordinator proposes across pillars."""
    w = council()
    w.state(w.lan, 13, "customs", kind, "a", "a", "mofa", list(supporting), [list(pair) for pair in pairs], "mofa", "3.7.b")
    return w


def many_seats(count):
    """Seats of moit that huy holds, stated by root keys."""
    w = council()
    seats = [f"moit/s{n}" for n in range(count)]
    w.state_by_roots(*([3, [seat, "purpose"]] for seat in seats))
    w.state_by_roots(*([4, [seat, "huy@moit", 1, 0, None, False]] for seat in seats))
    w.seats = seats
    return w


# --- stories that keep the rules ----------------------------------------------------------------------------------


def from_the_opening_to_the_conclusion():
    w = council()
    opens(w, asked=[MOT, MOIT, MISSION], told=[SECRETARIAT], urgency=4)
    for kind in (DELIVERED, VIEWED, ACKNOWLEDGED):
        act(w, w.huy, kind, MOIT)
    act(w, w.thu, DELIVERED, SECRETARIAT)
    answers(w, w.huy, MOIT, capacity=UNIT)
    own = answers(w, w.huy, MOIT, capacity=PERSONAL)
    answers(w, w.minh, MOIT, capacity=PERSONAL)
    answers(w, w.huy, MOIT, capacity=PERSONAL, supersedes=own)
    first = answers(w, w.minh, MOIT)
    answers(w, w.minh, MOIT, supersedes=first)
    leads(w, REMIND)
    passes(w, MINUTE)
    leads(w, REMIND)
    leads(w, EXTEND, within=61 * MINUTE)
    passes(w, 61 * MINUTE)
    answers(w, w.tam, MOT)  # late
    leads(w, REOPEN, within=10_000)
    leads(w, REVISE, within=366 * DAY)
    act(w, w.minh, DELIVERED, MOIT)
    answers(w, w.huy, MOIT, capacity=UNIT)
    opinions = [answers(w, w.tam, MOT), answers(w, w.minh, MOIT)]
    opinions[1] = answers(w, w.minh, MOIT, supersedes=opinions[1])
    opinions.append(answers(w, w.nga, MISSION))
    leads(w, EXTEND, within=366 * DAY)
    leads(w, LETTER)
    leads(w, CONCLUDE, counts=[opinions[2], opinions[1], opinions[0]])
    leads(w, ARCHIVE)
    leads(w, EXPORT)
    leads(w, LETTER)  # the letter may follow
    act(w, w.minh, EXPORT, MOIT)
    act(w, w.thu, EXPORT, SECRETARIAT)
    leads(w, ARCHIVE)
    say(w, w.lan, 1, w.group[2])
    return w


def several_at_once():
    """One about a new field; one that a ministry leads and withdraws; one that nobody answers; one reminded after the deadline."""
    w = new_field(supporting=["mission"])
    w.state(w.tam, 14, "customs", [1, ["mot", 1, "letter 1"]])
    opens(w, asked=[MOIT, MOT, MISSION], told=[SECRETARIAT], template=NEW_FIELD, about=CUSTOMS)
    opens(w, w.minh, MOIT, [SECRETARIAT, MISSION], consultation="second")
    answers(w, w.thu, SECRETARIAT, consultation="second")
    opens(w, w.thu, SECRETARIAT, [MOIT], [MISSION, MOFA], consultation="third", within=10_000)
    act(w, w.minh, WITHDRAW, MOIT, consultation="second")
    passes(w, MINUTE)
    act(w, w.thu, REMIND, SECRETARIAT, consultation="third")
    act(w, w.thu, CONCLUDE, SECRETARIAT, consultation="third", counts=[])
    w.state(w.lan, 14, "customs", [4, ["1/QĐ"]])
    leads(w, REVISE)
    leads(w, WITHDRAW)
    return w


def by_every_template():
    """By whom each may be opened, asking whom each must."""
    w = council()
    w.state(w.minh, 13, "customs", 3, "a", "a", "moit", [], [["moit", "aec"], ["mot", "aec"]], "moit", "3.7.a")
    opens(w, w.minh, MOIT, [MOFA, MOT], template=3, about=[3, "customs"], consultation="3")
    opens(w, template=4, consultation="4")
    opens(w, w.minh, MOIT, [MOT], template=5, consultation="5")
    opens(w, w.tam, MOT, [MOIT], template=6, consultation="6")
    opens(w, w.minh, MOIT, [MOFA], template=8, consultation="8")
    opens(w, w.tam, MOT, [MOFA, MOIT], template=10, about=AEC, consultation="10")
    opens(w, w.minh, MOIT, [MOT], template=11, about=AEC, consultation="11")
    opens(w, asked=[MOIT], template=11, about=COUNCIL, consultation="11b")
    opens(w, w.tam, MOT, [MOIT], template=12, consultation="12")
    opens(w, w.tam, MOT, [MOIT], instrument=1, consultation="general")
    opens(w, template=15, consultation="15")
    opens(w, w.thu, SECRETARIAT, [MOIT], template=16, consultation="16")
    opens(w, w.minh, MOIT, [MOT], template=17, consultation="17")
    opens(w, w.tam, MOT, [MOFA, MOIT], template=18, about=AEC, consultation="18")
    opens(w, w.tam, MOT, [MOIT], [SECRETARIAT], template=19, about=AEC, consultation="19")
    opens(w, w.tam, MOT, [SECRETARIAT], template=19, about=COUNCIL, consultation="19b")
    opens(w, w.tam, MOT, [MOIT], template=20, consultation="20")
    opens(w, w.minh, MOIT, [MOFA], template=21, consultation="21")
    opens(w, w.tam, MOT, [MOFA], template=22, consultation="22")
    opens(w, w.tam, MOT, [SECRETARIAT], template=23, consultation="23")
    opens(w, w.tam, MOT, [MOIT], template=24, about=AEC, consultation="24")
    opens(w, w.minh, MOIT, [MOT], template=25, consultation="25")
    return w


def notice_and_request():
    """A notice until everybody has acknowledged it, and a request until it is answered; both go to the archives."""
    w = council()
    opens(w, asked=[MOIT, MOT], told=[SECRETARIAT], template=15, within=MINUTE)
    act(w, w.minh, ACKNOWLEDGED, MOIT)
    leads(w, REMIND)
    leads(w, REVISE, within=MINUTE)
    passes(w, MINUTE)
    leads(w, REOPEN)
    for author, seat in ((w.minh, MOIT), (w.thu, SECRETARIAT), (w.tam, MOT)):
        act(w, author, ACKNOWLEDGED, seat)
    leads(w, ARCHIVE)
    opens(w, w.minh, MOIT, [MOT], template=25, consultation="second")
    act(w, w.tam, ACKNOWLEDGED, MOT, consultation="second")
    answers(w, w.tam, MOT, consultation="second")
    act(w, w.minh, ARCHIVE, MOIT, consultation="second")
    opens(w, w.tam, MOT, [MOIT], template=20, consultation="third")
    act(w, w.tam, WITHDRAW, MOT, consultation="third")
    act(w, w.tam, ARCHIVE, MOT, consultation="third")
    return w


def routed():
    """The policy says whom else what goes to an agency is told."""
    w = council()
    w.two(w.admin, w.checks, *scenarios.policy(w, routes=[["mission", MOIT], ["mot", MOIT]], channel_hours=[[CHANNEL, [48, 12, 4]]],
                                               duties=[[1, 2, 28, 1439], [4, 12, 18, 1019]]))
    opens(w, asked=[MOT], told=[MOIT])
    opens(w, w.minh, MOIT, [MOT], consultation="second")
    opens(w, asked=[MISSION, MOIT], told=[SECRETARIAT], consultation="third")
    return w


def forty_eight_seats():
    w = many_seats(47)
    opens(w, asked=[MOT], told=w.seats)
    return w


def in_another_epoch():
    """The consultation goes on when a member has left and a device of another was lost."""
    w = asking()
    w.post(w.lan, 20, ["tam@mot", "left"], CHANNEL)
    w.state(w.admin, 9, w.thu.id, "lost")
    act(w, w.minh, VIEWED, MOIT)  # says nothing to those who can still read
    commit(w, w.lan, 1, w.group[2], removes=[w.tam.id, w.thu.id])
    epoch = [0, 2, len(w.hashes[CHANNEL]) - 1]
    answers(w, w.minh, MOIT, group=epoch, body=lambda aad: mls(2, 2, aad))
    w.two(w.admin, w.checks, 4, MOIT, "huy@moit", 3, 0, None, True)  # a second appointment, which speaks
    mine = w.hashes[CHANNEL][-1]
    answers(w, w.huy, MOIT, supersedes=mine, group=epoch, body=lambda aad: mls(2, 2, aad))
    return w


KEPT = (from_the_opening_to_the_conclusion, several_at_once, by_every_template, notice_and_request, routed, forty_eight_seats, in_another_epoch)
scenarios.KEPT |= {f"rules-kept-consultation-{story.__name__.replace('_', '-')}": story for story in KEPT}
