"""The directory: stream 0 folded into agencies, officials, seats, roles, tickets and devices (chapters 5 and 7).

`Directory.apply` judges one entry under everything before it. It returns None, or (code, why): then the entry is void
and nothing has changed.
"""

import copy
from dataclasses import dataclass, field, replace

import fields
import wire
from wire import (AGENCY, HASH, ID, OFFICIAL, SEAT, Malformed, array, between, blank, decode, demand, flag, in_every_year, many, maybe, raw,
                  sha256, short, sized, text, uint)

NATIONAL, AGENCY_ADMIN, APPROVER, AUDITOR = 1, 2, 3, 4
KEY = wire.good_point
SCOPE = array(between(1, 5), text)
DAY = 24 * 3600 * 1000
TICKET_LIFE, PROPOSAL_LIFE, ACCREDITATION_LIFE = 14 * DAY, 30 * DAY, 5 * 366 * DAY
FACTORY_CEILING = 3
SECRET_LIST_MAX = 200  # bytes
DAYS_OFF_MAX, URGENCY_HOURS_MAX, CHANNEL_HOURS_MAX, ROUTES_MAX = 200, 30 * 24, 200, 50
HOURS = array(uint, uint, uint)
FACTS = {  # statement kind: shape of its fact
    1: array(AGENCY, between(1, 8), short, short, many(SCOPE)),
    2: array(OFFICIAL, HASH),
    3: array(SEAT, short),
    4: array(SEAT, OFFICIAL, between(1, 3), uint, maybe(uint), flag),
    5: array(between(1, 6), OFFICIAL, maybe(AGENCY), uint, maybe(uint)),
    6: array(between(1, 6), OFFICIAL),
    7: array(ID, OFFICIAL, HASH, uint),
    8: array(ID, OFFICIAL, maybe(SEAT), sized(32), sized(32), sized(1216), short, ID),
    9: array(ID, short),
    10: array(uint, many(between(0x0003, 0x004D), 1), short, many(uint), many(uint), maybe(HOURS), many(array(ID, HOURS)), many(array(AGENCY, SEAT)),
              many(array(between(1, 4), uint, uint, uint)), short, HASH, uint),
    11: array(short, short, uint, between(1, 6), between(1, 2), short, HASH, uint, uint),
    12: array(short, short),
    13: fields.FACT,
    14: fields.is_decision,
    15: array(AGENCY, SEAT),
    16: array(AGENCY, short),
    17: array(OFFICIAL, short),
    18: array(uint, many(sized(32)), HASH),
    22: array(ID, flag, short),
    25: array(SEAT, OFFICIAL, short),
    26: array(OFFICIAL, short),
    27: array(uint, SEAT),
}
STATEMENT = array(uint, many(lambda _: True))
SIGNATURES = many(array(ID, sized(64)), 1)
GENESIS = array(wire.only(1), text, uint, between(1, 16), many(sized(32), 1), HASH, text, HASH, sized(32), uint)
SHAPES = {  # entry type: shape of its body
    1: array(raw, SIGNATURES),
    2: array(raw, SIGNATURES),
    3: STATEMENT,
    4: array(STATEMENT, uint),
    5: array(HASH),
    6: array(ID, HASH),
}
ROOT_STATEMENT = array(HASH, sized(32), many(STATEMENT, 1, 64))
ROOT_PREFIX = b"thamvan/root/v1\x00"


class Void(Exception):
    """An entry that the rules reject: (code, why)."""


RIGHT, FACT = "dual_control_violated", "act_invalid"


def refuse_unless(condition, why, code):
    if not condition:
        raise Void(code, why)


def right(condition, why):
    """A signer without the right, or one person where two must be."""
    refuse_unless(condition, why, RIGHT)


def fact_fits(condition, why):
    """A statement that does not fit the directory, whoever makes it."""
    refuse_unless(condition, why, FACT)


def two_persons(kind, fact):
    resumes = kind == 22 and not fact[1]
    return kind in (4, 5, 8, 10, 11, 16, 18, 26) or makes_a_lead(kind, fact) or resumes


def makes_a_lead(kind, fact):
    return (kind == 13 and fact[1] == fields.DESIGNATED) or (kind == 14 and fact[1][0] == fields.DECIDED)


def national(kind, fact):
    """A power over the whole country's system."""
    return kind in (10, 11, 16) or (kind == 5 and fact[2] is None) or makes_a_lead(kind, fact)


def agency_of(identifier):
    """Of an official (name@agency) or a seat (agency/place)."""
    return identifier.partition("@")[2] or identifier.partition("/")[0]


@dataclass(frozen=True)
class Genesis:
    """The genesis statement: what everything else hangs on."""

    hash: bytes
    origin: str
    shard: int
    roots: "Roots"
    log_key: str
    policy: bytes
    k_stream: bytes

    @classmethod
    def parse(cls, body):
        content = demand(SHAPES[1], decode(body), "genesis body")[0]
        g = demand(GENESIS, decode(content), "genesis")
        roots = Roots.of(g[3], g[4], g[5])
        if not roots.possible():
            raise Malformed("root keys of the genesis")
        return cls(sha256(content), g[1], g[2], roots, g[6], g[7], g[8])


@dataclass(frozen=True)
class Roots:
    """Root keys: k of them sign; `following` is the hash of those that take over next."""

    threshold: int
    given: tuple
    following: bytes

    @classmethod
    def of(cls, threshold, keys, following):
        return cls(threshold, tuple(keys), following)

    def keys(self):
        return {sha256(key)[:16]: key for key in self.given}

    def possible(self):
        count = len(self.given)
        return len(self.keys()) == count <= 16 and 1 <= self.threshold <= count and all(map(KEY, self.given))

    def signed(self, content, signatures):
        """Whether at least `threshold` different root keys signed, and no signature is bad."""
        signers, keys = {key_id for key_id, _ in signatures}, self.keys()
        return (
            len(signers) >= self.threshold
            and signers <= set(keys)
            and all(wire.verify(keys[k], signature, ROOT_PREFIX + content) for k, signature in signatures)
        )


@dataclass(frozen=True)
class Device:
    official: str
    key: bytes
    mls: bytes
    live: bool = True
    suspended: bool = False


@dataclass(frozen=True)
class Appointment:
    seat: str
    role: int
    start: int
    end: int
    speaks: bool
    live: bool = True


@dataclass
class Directory:
    """The state after a number of records of stream 0."""

    genesis: Genesis
    agencies: dict = field(default_factory=dict)  # id: scopes that it leads
    leaders: set = field(default_factory=set)  # agencies of a kind that may lead
    missions: set = field(default_factory=set)  # agencies of kind 4
    guests: set = field(default_factory=set)  # agencies of kinds 5 and 6
    accreditations: dict = field(default_factory=dict)  # number: (level, from, until), or None once ended
    policies: tuple = ()  # of each version: (suites, routes, from)
    fields: dict = field(default_factory=dict)  # id: the last Field of it
    gone: set = field(default_factory=set)  # agencies that have ended
    officials: dict = field(default_factory=dict)  # id: (hash of the name, whether not ended)
    erased: set = field(default_factory=set)  # officials whose name is
    seats: set = field(default_factory=set)
    focal: dict = field(default_factory=dict)  # agency: the seat that is its focal unit
    seq: int = 0  # of the record that is taken
    focal_rows: list = field(default_factory=list)  # [agency, seat, since, until] of every focal unit there was
    placed: list = field(default_factory=list)  # [official, seat, since, until] of every appointment
    receipts: set = field(default_factory=set)  # (record of a change, seat)
    appointments: dict = field(default_factory=dict)  # official: every Appointment ever
    enrolled_by: dict = field(default_factory=dict)  # official: everybody who signed a device of theirs that they did not
    given_by: dict = field(default_factory=dict)  # official: everybody who signed an appointment or a role of theirs
    from_roots: set = field(default_factory=set)  # (role, official) that root keys gave and nobody has taken
    roots: Roots = None
    old_roots: set = field(default_factory=set)  # ids of all root keys so far
    grants: dict = field(default_factory=dict)  # (role, official): [(scope, from, until)]
    tickets: dict = field(default_factory=dict)  # id: (official, expires) while unused
    known_tickets: set = field(default_factory=set)
    devices: dict = field(default_factory=dict)
    proposals: dict = field(default_factory=dict)  # record hash: (statement, expires, proposer)
    streams: dict = field(default_factory=dict)  # stream id: k-commitment
    nonces: set = field(default_factory=set)

    # --- questions ---

    def official_of(self, device_id):
        """The official of a live device, or None."""
        device = self.devices.get(device_id)
        return device.official if device and self._lives(device) else None

    def _lives(self, device):
        return device.live and not device.suspended and self.stands(device.official)

    def owner(self, device_id):
        """The official of a device that is enrolled, live or suspended, or None."""
        device = self.devices.get(device_id)
        return device.official if device and device.live else None

    def stands(self, official):
        """Whether it is an official who has not ended, nor their agency."""
        return self.officials.get(official, (None, False))[1] and agency_of(official) in self.agencies

    def term(self, official, time):
        """The live appointments of an official."""
        given = self.appointments.get(official, []) if self.stands(official) else []
        return [one for one in given if one.live and live(one.start, one.end, time)]

    def in_term(self, official, time):
        """R19.2: whoever was ever appointed acts and reads in channels only while an appointment is live."""
        return official not in self.appointments or bool(self.term(official, time))

    def focal_lacks(self, seat, time, without=None):
        """(whether a primary, whether a deputy is missing)."""
        held = {one.role for official in self.appointments if official != without
                for one in self.term(official, time) if one.seat == seat}
        return not held & {1, 3}, 2 not in held

    def focal_changes(self):
        """(record, agency): R19.1b, whatever changed of a focal unit while it was one."""
        for agency, unit, since, until in self.focal_rows:
            seqs = [since, *(seq for _, seat, *both in self.placed if seat == unit for seq in both if seq is not None)]
            yield from ((seq, agency) for seq in seqs if since <= seq and (until is None or seq < until))

    def raised_by(self, official):
        found, waiting = set(), [official]
        while waiting:
            one = waiting.pop()
            founded = any(official == one for _, official in self.from_roots)
            raisers = self.enrolled_by.get(one, set()) | (set() if founded else self.given_by.get(one, set()))
            waiting += raisers - found
            found |= raisers
        return found

    def holds(self, official, role, time, agency=None):
        """Whether the role is held at `time`, nationally or for this agency."""
        grants = self.grants.get((role, official), []) if self.stands(official) else []
        return any(scope in (None, agency) and live(start, end, time) for scope, start, end in grants)

    def speaks_for(self, official, agency, time):
        return any(one.speaks and agency_of(one.seat) == agency for one in self.term(official, time))

    def holds_seat(self, official, seat, time, speaks=False):
        """Whether an appointment to the seat is live; `speaks`: one that speaks for its agency."""
        return any(one.seat == seat and (one.speaks or not speaks) for one in self.term(official, time))

    def ceiling(self, time):
        """The highest label that the deployment carries: the factory's, but for accreditations that are live (S1, S2)."""
        given = filter(None, self.accreditations.values())
        return max([FACTORY_CEILING, *(level for level, start, end in given if live(start, end, time))])

    def allows_suite(self, suite, time):
        """What the newest policy whose day has come lists; everything known before the first."""
        begun = [suites for suites, _, start in self.policies if start <= time]
        return not begun or suite in begun[-1]

    def routes(self, time):
        """(agency, seat) of each route of the newest policy whose day has come."""
        begun = [routes for _, routes, start in self.policies if start <= time]
        return begun[-1] if begun else ()

    def leading(self, scope):
        """The agency that leads the Coordinating Council or a pillar, or None."""
        return next((agency for agency, scopes in self.agencies.items() if scope in scopes), None)

    def effective_field(self, scope, time):
        known = self.fields.get(scope[1])
        return known if known and known.effective(time) and known.scope() == tuple(scope) else None

    def leads(self, agency, scope, time):
        if scope[0] in fields.KINDS:
            known = self.effective_field(scope, time)
            return known is not None and known.lead() == agency
        return self.leading(tuple(scope)) == agency

    def leads_anything(self, agency, time):
        return bool(self.agencies.get(agency)) or any(f.lead() == agency and f.effective(time) for f in self.fields.values())

    def may_found(self, agency, scope, time):
        """Article 5(6)."""
        known = self.effective_field(scope, time)
        if agency not in self.leaders or not self.leads_anything(agency, time) or not (known or fields.named(scope)):
            return False
        pillar = known.pillar() if known and scope[0] == fields.CROSS_SECTOR else None
        leads = [self.leads(agency, one, time) for one in (fields.COORDINATOR, scope, pillar) if one]
        return any(leads)

    def administers(self, official, kind, fact, time):
        """The last column of the table of statements, without the approver."""
        own = kind in (9, 22) and self.owner(fact[0]) == official
        if kind == 18 or (kind == 22 and not fact[1] and own):
            return False
        if kind == 27:
            return self.holds_seat(official, fact[1], time)
        if self.holds(official, NATIONAL, time):
            return True
        if kind in (13, 14):
            return self._says_of_field(official, kind, fact, time)
        agency = self._subject(kind, fact)
        return own or (agency is not None and self.holds(official, AGENCY_ADMIN, time, agency))

    def _says_of_field(self, official, kind, fact, time):
        """Who speaks for the initiator, or for the agency whose own answer it is."""
        if kind == 13:
            speaks = [fact[7]]
        else:
            known, (step, what) = self.fields.get(fact[0]), fact[1]
            speaks = [known and known.initiator, what[0] if step == fields.CONSULTED and what[1] == 1 else None]
        return any(agency and self.speaks_for(official, agency, time) for agency in speaks)

    def _subject(self, kind, fact):
        """The agency that a statement is about; None for national ones."""
        if kind in (9, 22):
            owner = self.owner(fact[0])
            return owner and agency_of(owner)
        place = {2: 0, 3: 0, 4: 0, 7: 1, 8: 1, 15: 1, 17: 0, 25: 0}.get(kind)
        return None if place is None else agency_of(fact[place])

    # --- the fold ---

    def apply(self, record):
        before = copy.deepcopy(self) if record.type == 2 else None  # the other types check first, then change one thing
        try:
            self._apply(record, demand(SHAPES.get(record.type, lambda _: False), decode(record.body), "body"))
            return None
        except Malformed as error:
            problem = "entry_hash", str(error)
        except Void as void:
            problem = void.args
        if before:
            self.__dict__.update(before.__dict__)
        return problem

    def _apply(self, record, body):
        self.seq = record.seq
        official, time = self.official_of(record.device), record.time
        if record.type == 1:
            fact_fits(record.seq == 0, "a genesis that is not the first record")
            refuse_unless(self.genesis.roots.signed(*body), "not enough root keys signed the genesis", "bad_signature")
            self._begin(self.genesis.roots)
        elif record.type == 2:
            self._root_statement(record, body)
        elif record.type == 3:
            kind, fact = statement(body)
            right(not two_persons(kind, fact), f"statement kind {kind} by one person")
            right(self.administers(official, kind, fact, time), f"no right to statement kind {kind}")
            self._take(kind, fact, time, {official})
        elif record.type == 4:
            self._propose(record, body, official)
        elif record.type == 5:
            self._approve(record, body[0], official)
        elif record.type == 6:
            agency = agency_of(official)
            fact_fits(body[0] not in self.streams and body[0][:15] != bytes(15), "the stream is registered already, or the log's own")
            right(self.speaks_for(official, agency, time) and self.leads_anything(agency, time), "speaks for no agency that may found")
            self.streams[body[0]] = body[1]

    def _root_statement(self, record, body):
        refuse_unless(self.roots.signed(*body), "not enough root keys signed the root statement", "bad_signature")
        genesis, nonce, statements = demand(ROOT_STATEMENT, decode(body[0]), "root statement")
        refuse_unless(genesis == self.genesis.hash, "root statement of another genesis", "bad_signature")
        refuse_unless(nonce not in self.nonces, "root statement taken twice", "bad_signature")
        rotates = any(item[0] == 18 for item in statements)
        refuse_unless(not rotates or len(statements) == 1, "a rotation that does not stand alone", "bad_signature")
        self.nonces.add(nonce)
        for item in statements:
            self._take(*statement(item), record.time, set())

    def _begin(self, roots):
        self.roots = roots
        self.old_roots |= set(roots.keys())

    def _propose(self, record, body, official):
        kind, fact = statement(body[0])
        fact_fits(record.time <= body[1] <= record.time + PROPOSAL_LIFE, "the proposal expires too early or too late")
        right(self.administers(official, kind, fact, record.time), f"no right to statement kind {kind}")
        self._check(kind, fact, record.time)
        self.proposals[record.hash] = (body[0], body[1], official)

    def _approve(self, record, proposal, official):
        fact_fits(proposal in self.proposals, "approves no proposal")
        item, expires, proposer = self.proposals[proposal]
        right(item is not None, "approved already")
        kind, fact = statement(item)
        fact_fits(record.time <= expires, "the proposal has expired")
        right(official != proposer, "the second person is the first")
        alive = {device.official for device in self.devices.values() if self._lives(device)}
        right(proposer in alive, "the proposer has no live device any more")
        if national(kind, fact):
            right(agency_of(official) != agency_of(proposer), "two persons of one agency")
            apart = official not in self.raised_by(proposer) and proposer not in self.raised_by(official)
            right(apart, "one of the two raised the other")
        if kind == 8 and fact[1] in alive:
            right(official == fact[1], "a further device, and not approved by its owner")
        else:
            right(kind != 22 or self.owner(fact[0]) != official, "lifts the suspension of an own device")
            right(self.holds(official, APPROVER, record.time, self._subject(kind, fact)), "the second person is no approver")
        right(self.administers(proposer, kind, fact, record.time), "the proposer has no right any more")
        self._take(kind, fact, record.time, {proposer, official}, fresh=False)
        self.proposals[proposal] = (None, expires, proposer)

    # --- statements ---

    def _check(self, kind, fact, time, fresh=True):
        """Whether a statement fits the directory. `fresh`: also dates, which are judged when it is stated or proposed."""
        if kind == 1:
            fact_fits(fact[0] not in self.gone, "the agency has ended")
            fact_fits(fact[1] <= 3 or not fact[4], "an agency of this kind leads nothing")
            free = all(fields.named(scope) and self.leading(tuple(scope)) in (None, fact[0]) for scope in fact[4])
            fact_fits(free, "leads a field by its own word, or what another agency leads")
        elif kind in (2, 3):
            fact_fits(agency_of(fact[0]) in self.agencies, "unknown agency")
            fact_fits(fact[0] not in (self.officials if kind == 2 else self.seats), "stated before")
        elif kind == 4:
            fact_fits(self._seat(fact[0]) and self.stands(fact[1]), "unknown seat or official")
            fact_fits(agency_of(fact[0]) == agency_of(fact[1]), "seat and official of two agencies")
        elif kind in (5, 6):
            fact_fits(self.stands(fact[1]), "unknown official")
        elif kind == 7:
            fact_fits(self.stands(fact[1]) and fact[0] not in self.known_tickets, "unknown official, or ticket given before")
            fact_fits(not fresh or time <= fact[3] <= time + TICKET_LIFE, "the ticket expires too early or too late")
        elif kind == 8:
            self._check_device(fact, time, fresh)
        elif kind == 9:
            fact_fits(self.owner(fact[0]), "no enrolled device")
        elif kind == 10:
            version, suites, secrets, off, worked, hours, of_channels, routes, duties, document, _, _ = fact
            fact_fits(version == len(self.policies) + 1, "not the next version of the policy")
            fact_fits(sorted(set(suites)) == list(suites) and set(suites) <= {0x0003, 0x004D}, "suites of the policy")
            fact_fits(not blank(secrets) and len(secrets.encode()) <= SECRET_LIST_MAX and not blank(document), "texts of the policy")
            rising = all(len(days) <= DAYS_OFF_MAX and sorted(set(days)) == list(days) for days in (off, worked))
            fact_fits(rising and all(day % 7 in (2, 3) for day in worked), "days of the policy")  # 1970-01-01 was a Thursday
            for amounts in [hours, *(one for _, one in of_channels)]:
                fact_fits(amounts is None or URGENCY_HOURS_MAX >= amounts[0] >= amounts[1] >= amounts[2] > 0, "hours of the policy")
            channels, routes = [channel for channel, _ in of_channels], [tuple(route) for route in routes]
            fact_fits(len(channels) <= CHANNEL_HOURS_MAX and sorted(set(channels)) == channels, "channels of the policy")
            fact_fits(len(routes) <= ROUTES_MAX and sorted(set(routes)) == routes, "routes of the policy")
            fact_fits(all(source in self.agencies and told in self.seats for source, told in routes), "a route of the policy from or to nowhere")
            named = [duty for duty, *_ in duties]
            fact_fits(sorted(set(named)) == named and all(in_every_year(*end) for _, *end in duties), "ends of duties in the policy")
        elif kind == 11:
            number, authority, _, level, _, systems, _, start, end = fact
            fact_fits(not any(map(blank, (number, authority, systems))), "an accreditation with an empty text")
            fact_fits(start < end <= start + ACCREDITATION_LIFE and (not fresh or end > time), "dates of the accreditation")
            fact_fits(level > FACTORY_CEILING and number not in self.accreditations, "no secrecy level, or a number used before")
        elif kind == 12:
            fact_fits(self.accreditations.get(fact[0]), "no such accreditation")
        elif kind == 13:
            self._check_field(fact, time)
        elif kind == 14:
            known, (step, what) = self.fields.get(fact[0]), fact[1]
            fact_fits(known is not None, "unknown field")
            fact_fits(step != fields.CONSULTED or what[0] in self.agencies, "unknown agency")
            fact_fits(step != fields.DECIDED or what[4] in self.leaders, "led by an agency that may not lead")
            fact_fits(known.takes(fact[1], self.leading(fields.COORDINATOR), time), "not the step that comes next")
        else:
            self._check_end(kind, fact, time)

    def _check_end(self, kind, fact, time):
        """What ends or suspends, focal units and root keys."""
        fact_fits(kind in (15, 18, 27) or fact[-1].strip(), "no reason")
        if kind == 15:
            fact_fits(fact[0] in self.agencies and self._seat(fact[1]) and agency_of(fact[1]) == fact[0], "unknown agency or seat")
            fact_fits(not any(self.focal_lacks(fact[1], time)), "a focal unit without a primary or a deputy")
        elif kind == 16:
            fact_fits(fact[0] in self.agencies, "unknown agency")
        elif kind == 17:
            fact_fits(self.stands(fact[0]), "unknown official")
        elif kind == 18:
            following = Roots.of(*fact)
            fact_fits(sha256(wire.encode(fact[1])) == self.roots.following, "not the root keys that were committed to")
            fact_fits(following.possible() and fact[0] >= self.roots.threshold, "impossible root keys")
            fact_fits(not set(following.keys()) & set(self.devices), "a root key with the id of a device")
        elif kind == 22:
            fact_fits(self.owner(fact[0]) and self.devices[fact[0]].suspended != fact[1], "no such device, or nothing changes")
        elif kind == 25:
            stands = [a for a in self.appointments.get(fact[1], []) if a.live and a.seat == fact[0] and (a.end is None or time < a.end)]
            fact_fits(stands, "no such appointment")
            if self.focal.get(agency_of(fact[0])) == fact[0] and agency_of(fact[0]) in self.agencies:
                before, after = self.focal_lacks(fact[0], time), self.focal_lacks(fact[0], time, fact[1])
                fact_fits(not any(now and not then for then, now in zip(before, after)), "the last of a focal unit")
        elif kind == 27:
            others = any(seq == fact[0] and agency != agency_of(fact[1]) for seq, agency in self.focal_changes())
            fact_fits(self._seat(fact[1]) and others, "takes note of nothing that another agency changed")
            fact_fits(tuple(fact) not in self.receipts, "takes note twice")
        elif kind == 26:
            fact_fits(fact[0] in self.officials and fact[0] not in self.erased, "unknown official, or erased before")

    def _seat(self, seat):
        return seat in self.seats and agency_of(seat) in self.agencies

    def _check_field(self, fact, time):
        ident, kind, _, _, lead, supporting, capacities, initiator, _ = fact
        known = self.fields.get(ident)
        fact_fits(known is None or known.over(time), "the field stands already")
        pairs = [tuple(pair) for pair in capacities]
        fact_fits(len(set(supporting)) == len(supporting) and len(set(pairs)) == len(pairs), "an agency named twice")
        fact_fits({*supporting, *(agency for agency, _ in pairs)} <= set(self.agencies), "unknown agency")
        fact_fits(lead in self.leaders, "led by an agency that may not lead")
        if kind == fields.DESIGNATED:
            fact_fits(initiator is None, "a designated field has no initiator")
            return
        fact_fits(kind == fields.computed_kind(pairs), "another kind than its agencies and pillars make it")
        fact_fits(lead in {agency for agency, _ in pairs}, "the lead takes no part")
        scope = fields.Field.of(fact).pillar() if kind == fields.CROSS_SECTOR else fields.COORDINATOR
        fact_fits(initiator and self.leading(scope) == initiator, "proposed by an agency that may not (Art. 3.7)")

    def _check_device(self, fact, time, fresh):
        device_id, official, seat, signing, mls, _, _, ticket = fact
        owner, expires = self.tickets.get(ticket, (None, 0))
        fact_fits(owner == official and self.stands(official), "no unused ticket of this official")
        fact_fits(not fresh or time <= expires, "the ticket has expired")
        fact_fits(seat is None or self._seat(seat), "unknown seat")
        fact_fits(device_id not in self.devices and device_id not in self.old_roots, "device id taken")
        taken = {key for device in self.devices.values() for key in (device.key, device.mls)}
        fact_fits(KEY(signing) and KEY(mls), "a key is not canonical or of small order")
        fact_fits(signing != mls and not taken & {signing, mls}, "a key is used twice")

    def _take(self, kind, fact, time, signers, fresh=True):
        """One statement takes effect, or raises and changes nothing."""
        self._check(kind, fact, time, fresh)
        if kind in (4, 5):
            self.given_by.setdefault(fact[1], set()).update(signers)
        elif kind == 8 and fact[1] not in signers:
            self.enrolled_by.setdefault(fact[1], set()).update(signers)
        if kind == 1:
            self.agencies[fact[0]] = {tuple(scope) for scope in fact[4]}
            (self.leaders.add if fact[1] <= 3 else self.leaders.discard)(fact[0])
            (self.missions.add if fact[1] == 4 else self.missions.discard)(fact[0])
            (self.guests.add if fact[1] in (5, 6) else self.guests.discard)(fact[0])
        elif kind == 2:
            self.officials[fact[0]] = fact[1], True
        elif kind == 3:
            self.seats.add(fact[0])
        elif kind == 4:
            self.appointments.setdefault(fact[1], []).append(Appointment(fact[0], *fact[2:]))
            self.placed.append([fact[1], fact[0], self.seq, None])
        elif kind == 5:
            role, official, *grant = fact
            self.grants.setdefault((role, official), []).append(tuple(grant))
            if not signers:
                self.from_roots.add((role, official))
        elif kind == 6:
            self.grants.pop((fact[0], fact[1]), None)
            self.from_roots.discard((fact[0], fact[1]))
        elif kind == 7:
            self.known_tickets.add(fact[0])
            self.tickets[fact[0]] = (fact[1], fact[3])
        elif kind == 8:
            del self.tickets[fact[7]]
            self.devices[fact[0]] = Device(fact[1], fact[3], fact[4])
        elif kind == 9:
            self.devices[fact[0]] = replace(self.devices[fact[0]], live=False)
        elif kind == 10:
            self.policies += ((tuple(fact[1]), tuple(map(tuple, fact[7])), fact[11]),)
        elif kind == 11:
            self.accreditations[fact[0]] = (fact[3], fact[7], fact[8])
        elif kind == 12:
            self.accreditations[fact[0]] = None
        elif kind == 13:
            self.fields[fact[0]] = fields.Field.of(fact)
        elif kind == 14:
            self.fields[fact[0]].take(fact[1])
        else:
            self._take_end(kind, fact)

    def _take_end(self, kind, fact):
        if kind == 15:
            self.focal[fact[0]] = fact[1]
            for row in self.focal_rows:
                row[3] = self.seq if row[0] == fact[0] and row[3] is None else row[3]
            self.focal_rows.append([*fact, self.seq, None])
        elif kind == 16:
            del self.agencies[fact[0]]
            self.leaders.discard(fact[0])
            self.missions.discard(fact[0])
            self.guests.discard(fact[0])
            self.gone.add(fact[0])
        elif kind == 17:
            self.officials[fact[0]] = self.officials[fact[0]][0], False
        elif kind == 18:
            self._begin(Roots.of(*fact))
        elif kind == 22:
            self.devices[fact[0]] = replace(self.devices[fact[0]], suspended=fact[1])
        elif kind == 25:
            given = self.appointments[fact[1]]
            self.appointments[fact[1]] = [replace(a, live=a.live and a.seat != fact[0]) for a in given]
        elif kind == 26:
            self.erased.add(fact[0])
        elif kind == 27:
            self.receipts.add(tuple(fact))
        if kind in (17, 25):
            official, seat = (fact[0], None) if kind == 17 else (fact[1], fact[0])
            for row in self.placed:
                if row[0] == official and seat in (None, row[1]) and row[3] is None:
                    row[3] = self.seq


def statement(item):
    """(kind, fact) of a statement of rule version 1."""
    kind, fact = item
    if kind not in FACTS:
        raise Void(FACT, f"statement kind {kind} is not of rule version 1")
    return kind, demand(FACTS[kind], fact, f"fact of statement kind {kind}")


def live(start, end, time):
    return start <= time and (end is None or time < end)


def named_officials(kind, body):
    """The hashes of side bodies (what officials are called) that a body of this entry type names."""
    if kind == 2:
        items = demand(ROOT_STATEMENT, decode(body[0]), "root statement")[2]
    else:
        items = {3: [body], 4: [body[0]]}.get(kind, [])
    return {item[1][1] for item in items if item[0] == 2 and FACTS[2](item[1])}
