"""A channel: founding, approval, opening, members, group, commits and messages of one stream (chapters 4 to 7).

`Channel.apply` judges one entry under the directory at its `dir` and the channel so far. It returns None, or (code, why).
"""

from dataclasses import dataclass, field

import consultation
from directory import AGENCY_ADMIN, APPROVER, AUDITOR, DAY, FACTORY_CEILING, NATIONAL, SCOPE, Void, agency_of, refuse_unless
from wire import (AGENCY, HASH, ID, OFFICIAL, Malformed, array, between, decode, demand, encode, many, maybe, mls_head, only,
                  raw, sha256, short, sized, uint)

SUITES = (0x004D, 0x0003)
MEMBERS_PER_COMMIT = 50
UPDATE_INTERVAL = 30_000
REJECTION = 7 * DAY
XWING = 0x004D
START = array(uint, sized(20), only(*SUITES), HASH, HASH)
PARTS = 32
SHAPES = {  # entry type: shape of its body
    16: array(AGENCY, short, SCOPE, between(1, 6), many(AGENCY, 1), uint, between(0, 2), uint, uint, HASH, HASH,
              many(array(ID, raw, raw))),
    17: array(HASH),
    18: array(HASH, HASH, only(*SUITES), uint),
    19: array(OFFICIAL, between(0, 2), maybe(uint), maybe(uint), short),
    20: array(OFFICIAL, short),
    21: array(short),
    22: array(OFFICIAL, between(1, 6), short, short, uint, uint),
    23: array(OFFICIAL, short),
    24: START,
    25: array(raw, uint, uint, HASH, HASH, HASH, many(ID), many(ID), maybe(HASH)),
    26: array(HASH, short),
    27: array(HASH, START),
    28: array(short),
    32: raw,
    35: raw,
    106: array(HASH, uint, HASH, OFFICIAL, short),
} | consultation.SHAPES
SAID = (32, 35, *consultation.SAID)  # types that say something to members
MEMBERSHIP, TWO, COMMIT, ORDER = "membership_unauthorised", "dual_control_violated", "commit_invalid", "act_invalid"


def side_hashes(kind, body):
    """Hashes that a body names: of what is kept, and of what can be erased or only some may fetch (a Welcome)."""
    if kind in (24, 27):
        return set((body if kind == 24 else body[1])[3:5]), set()
    if kind == 25:
        return set(body[3:5]), {body[8]} - {None}
    return set(), set()


@dataclass
class Answered:
    """A commit that may still be rejected."""

    device: bytes
    official: str
    time: int
    agencies: set
    rejected_by: set = field(default_factory=set)


@dataclass
class Channel:
    """The state of one channel stream."""

    stream: bytes
    commitment: bytes  # of k_stream, as registered
    founding: list = None
    founder: str = None  # the official
    founding_hash: bytes = None
    approval: bytes = None  # hash of the record
    approver: str = None
    suite: int = None
    generation: int = None
    members: set = field(default_factory=set)
    authorised: dict = field(default_factory=dict)  # official: [(level, from, until)]
    epoch: int = None
    opened_by: int = None
    devices: set = field(default_factory=set)
    commits: int = 0
    closed: bool = False
    consultations: dict = field(default_factory=dict)
    read_only: set = field(default_factory=set)  # streams in which something is of a later version
    newcomers: set = field(default_factory=set)  # members to whom the open questions are handed over
    said: set = field(default_factory=set)  # hashes of records of valid messages
    updated: int = None  # log time of the last commit that changed keys alone
    answered: dict = field(default_factory=dict)  # hash of a commit's record: Answered
    barred: dict = field(default_factory=dict)  # device: its owner

    def apply(self, record, directory):
        try:
            body = record.body if record.type in SAID else decode(record.body)
            demand(SHAPES.get(record.type, lambda _: False), body, f"body of type {record.type}")
            self._labels(record, directory)
            self._apply(record, body, directory, directory.official_of(record.device))
            return None
        except consultation.ReadOnly as void:
            self.read_only.add(self.stream)
            return void.args
        except Malformed as error:
            return "entry_hash", str(error)
        except Void as void:
            return void.args

    def _labels(self, record, directory):
        if self.founding:
            ends = record.type in (20, 21, 23, 28)  # only takes rights away
            stands = ends or self.founding[3] <= directory.ceiling(record.time)
            refuse_unless(stands, "label of the channel above the ceiling", "label_above_ceiling")
            refuse_unless(record.label <= self.founding[3], "label above that of the channel", "label_mismatch")

    def _apply(self, record, body, directory, official):
        steps = {16: self._found, 17: self._approve, 18: self._open, 19: self._add, 20: self._remove, 21: self._close,
                 22: self._authorise, 23: self._end_authorisation,
                 24: self._start, 25: self._commit, 26: self._reject, 27: self._succeed, 28: self._leave,
                 32: self._message, 35: self._brief, 106: self._disclose} | {kind: self._act for kind in consultation.SHAPES}
        refuse_unless(record.type == 16 or self.founding, "the channel is not founded", ORDER)
        refuse_unless(not self.closed, "the channel is closed", ORDER)
        steps[record.type](record, body, directory, official)

    # --- founded by one, approved by another, opened by a third ---

    def _found(self, record, body, directory, official):
        founder, _, scope, label, members = body[:5]
        refuse_unless(not self.founding and body[9] == self.commitment, "founded twice, or with another k_stream", ORDER)
        refuse_unless(founder in directory.agencies, "unknown founder agency", ORDER)
        refuse_unless(directory.speaks_for(official, founder, record.time), "does not speak for the founder agency", MEMBERSHIP)
        refuse_unless(directory.may_found(founder, scope, record.time), "the agency does not lead this scope", MEMBERSHIP)
        refuse_unless(label <= directory.ceiling(record.time), "label above the ceiling", "label_above_ceiling")
        refuse_unless(record.label <= label, "label above that of the channel", ORDER)
        refuse_unless(len(set(members)) == len(members) and founder in members, "the member agencies", ORDER)
        refuse_unless(set(members) <= set(directory.agencies), "unknown agency", ORDER)
        self.founding, self.founder, self.founding_hash = body, official, record.hash

    def _approve(self, record, body, directory, official):
        refuse_unless(self.approval is None and body[0] == self.founding_hash, "approved already, or another founding", ORDER)
        refuse_unless(official != self.founder, "founder and approver are one person", TWO)
        refuse_unless(directory.holds(official, APPROVER, record.time, self.founding[0]), "not an approver", MEMBERSHIP)
        self.approval, self.approver = record.hash, official

    def _open(self, record, body, directory, official):
        refuse_unless(self.suite is None and self.approval, "open already, or not approved", ORDER)
        refuse_unless(body[:2] == [self.founding_hash, self.approval], "opens another founding", ORDER)
        refuse_unless(official not in (self.founder, self.approver), "opened by one of the two", TWO)
        refuse_unless(directory.holds(official, NATIONAL, record.time), "not a national administrator", MEMBERSHIP)
        refuse_unless(directory.allows_suite(body[2], record.time), "a suite that the policy does not list", ORDER)
        self.suite, self.generation = body[2:]

    # --- members ---

    def _founder_acts(self, record, directory, official):
        refuse_unless(self.suite, "the channel is not open", ORDER)
        speaks = directory.speaks_for(official, self.founding[0], record.time)
        refuse_unless(speaks, "does not speak for the founder agency", MEMBERSHIP)

    def _add(self, record, body, directory, official):
        self._founder_acts(record, directory, official)
        person = body[0]
        refuse_unless(directory.stands(person) and person not in self.members, "unknown, or a member already", MEMBERSHIP)
        refuse_unless(agency_of(person) in self.founding[4], "of an agency that the founding does not name", MEMBERSHIP)
        stated = body[4].strip() or agency_of(person) not in directory.guests
        refuse_unless(stated, "adds a guest without a reason", ORDER)
        brief = body[1] == 1 and self.founding[3] <= FACTORY_CEILING
        fits = (body[1] == 0 or brief) and list(body[2:4]) == [None, None]
        refuse_unless(fits, "releases more history than version 1 knows", MEMBERSHIP)
        self.members.add(person)
        (self.newcomers.add if brief else self.newcomers.discard)(person)
        self.barred = {device: owner for device, owner in self.barred.items() if owner != person}

    def _remove(self, record, body, directory, official):
        self._founder_acts(record, directory, official)
        refuse_unless(body[0] in self.members, "not a member", MEMBERSHIP)
        self.members.discard(body[0])

    def _leave(self, record, body, directory, official):
        refuse_unless(official in self.members, "not a member", MEMBERSHIP)
        self.members.discard(official)

    def _close(self, record, body, directory, official):
        speaks = directory.speaks_for(official, self.founding[0], record.time)
        refuse_unless(speaks, "does not speak for the founder agency", MEMBERSHIP)
        refuse_unless(body[0], "closed without a reason", ORDER)
        self.closed = True

    # --- who may have what a channel with a secrecy level carries ---

    def _authorise(self, record, body, directory, official):
        self._founder_acts(record, directory, official)
        person, level, task, document, start, end = body
        refuse_unless(person != official, "authorises the own person", TWO)
        refuse_unless(directory.stands(person) and agency_of(person) in self.founding[4], "unknown, or of another agency", MEMBERSHIP)
        keeps = any(directory.holds(person, role, record.time, agency_of(person)) for role in (NATIONAL, AGENCY_ADMIN, AUDITOR))
        refuse_unless(not keeps, "authorises an administrator or auditor", MEMBERSHIP)
        dated = start < end <= start + 366 * DAY and record.time < end
        refuse_unless(task and document and dated and FACTORY_CEILING < level <= self.founding[3], "the authorisation", ORDER)
        self.authorised.setdefault(person, []).append((level, start, end))

    def _end_authorisation(self, record, body, directory, official):
        if body[0] != official:
            self._founder_acts(record, directory, official)
        refuse_unless(self.authorised.pop(body[0], None), "no authorisation to end", ORDER)

    def _may_have(self, person, directory, time):
        if self.founding[3] <= FACTORY_CEILING:
            return True
        given = self.authorised.get(person, [])
        reaches = any(level >= self.founding[3] and start <= time < end for level, start, end in given)
        return self.founding[3] <= directory.ceiling(time) and reaches

    # --- the MLS group ---

    def _start(self, record, body, directory, official):
        self._founder_acts(record, directory, official)
        generation, group_id, suite, _, _ = body
        refuse_unless(self.epoch is None, "the group has started already", ORDER)
        refuse_unless((generation, suite) == (self.generation, self.suite), "another generation or suite", ORDER)
        refuse_unless(group_id == self._group_id(), "not the group id of this channel", ORDER)
        refuse_unless(self._reader(record.device, directory, record.time), "not a reader", MEMBERSHIP)
        self.epoch, self.opened_by, self.devices = 0, record.seq, {record.device}

    # --- a commit that members cannot apply ---

    def _answer(self, record, directory, official):
        """Who answers for a commit, before which agencies: those of the readers in the group before it, but the own."""
        self.answered = {h: a for h, a in self.answered.items() if record.time <= a.time + REJECTION}
        readers = (directory.official_of(d) for d in self.devices if self._reader(d, directory, record.time))
        agencies = {agency_of(person) for person in readers} - {agency_of(official)}
        if agencies:
            self.answered[record.hash] = Answered(record.device, official, record.time, agencies)

    def _is_rejected(self, answered):
        still = {agency_of(person) for person in self.members}
        return 2 * len(answered.rejected_by & still) > len(answered.agencies & still)

    def _reject(self, record, body, directory, official):
        commit, reason = body
        refuse_unless(self._reader(record.device, directory, record.time), "not a member's device", MEMBERSHIP)
        answered, agency = self.answered.get(commit), agency_of(official)
        refuse_unless(answered, "rejects no commit of this group", ORDER)
        refuse_unless(agency in answered.agencies, "an agency before which nobody answers for it", MEMBERSHIP)
        timely = record.time <= answered.time + REJECTION
        refuse_unless(reason and timely and agency not in answered.rejected_by, "no reason, too late, or said before", ORDER)
        answered.rejected_by.add(agency)
        if self._is_rejected(answered):
            self.barred[answered.device] = answered.official
            raise Void(COMMIT, f"(this entry is not:) the commit of {answered.official} could not be applied by {sorted(answered.rejected_by)}")

    def _succeed(self, record, body, directory, official):
        rejected, (generation, group_id, suite, _, _) = body
        refuse_unless(self.epoch is not None, "the group has not started", ORDER)
        refuse_unless(self._reader(record.device, directory, record.time), "not a reader", MEMBERSHIP)
        refuse_unless(generation == self.generation + 1, "another generation than the next", COMMIT)
        answered = self.answered.get(rejected)
        refuse_unless(answered and self._is_rejected(answered), "no commit that enough agencies rejected", ORDER)
        refuse_unless(agency_of(official) in answered.rejected_by, "begun by an agency that did not reject it", MEMBERSHIP)
        stronger = suite == XWING and directory.allows_suite(suite, record.time)
        refuse_unless(suite == self.suite or stronger, "a weaker suite, or one that the policy does not list", ORDER)
        refuse_unless(group_id == self._group_id(generation), "not the group id of this channel", ORDER)
        self.generation, self.suite, self.answered, self.updated = generation, suite, {}, None
        self.epoch, self.opened_by, self.devices = 0, record.seq, {record.device}

    def _group_id(self, generation=None):
        return self.stream + (self.generation if generation is None else generation).to_bytes(4, "big")

    def _reader(self, device, directory, time):
        """Whether it is a live device of a member who may have what the channel carries."""
        official = None if device in self.barred else directory.official_of(device)
        inside = official in self.members and directory.in_term(official, time)
        return inside and self._may_have(official, directory, time)

    def _in_group(self, record, directory):
        refuse_unless(self.epoch is not None, "the group has not started", COMMIT if record.type == 25 else ORDER)
        inside = record.device in self.devices and self._reader(record.device, directory, record.time)
        refuse_unless(inside, "not a member's device in the group", MEMBERSHIP)
        refuse_unless(record.group == [self.generation, self.epoch, self.opened_by], "not the current epoch", COMMIT)

    def _head(self, record, message, wire_format, content_type, sender=None):
        aad = encode(["thamvan/aad/v1", self.stream, record.label, sha256(record.protected)])
        try:
            head = mls_head(message)
        except Malformed as error:
            raise Void(COMMIT, str(error)) from None
        want = (wire_format, self._group_id(), self.epoch, sender, content_type, aad)
        refuse_unless(head == want, "the MLS head differs from the entry", COMMIT)

    def _commit(self, record, body, directory, official):
        commit, generation, epoch, _, _, _, adds, removes, welcome = body
        if record.device in adds:
            return self._external(record, body, directory, official)
        self._in_group(record, directory)
        refuse_unless((generation, epoch) == (self.generation, self.epoch + 1), "opens another epoch than the next", COMMIT)
        refuse_unless(len(adds) <= MEMBERS_PER_COMMIT and (welcome is not None) == bool(adds), "adds and Welcome", COMMIT)
        update = not adds and not removes
        rests = update and self.updated is not None and record.time < self.updated + UPDATE_INTERVAL
        refuse_unless(not rests, "keys alone were changed a moment ago", COMMIT)
        devices = set(self.devices)
        for device in removes:
            refuse_unless(device in devices and not self._reader(device, directory, record.time), "removes a device that may stay", MEMBERSHIP)
            devices.discard(device)
        for device in adds:
            refuse_unless(device not in devices and self._reader(device, directory, record.time), "adds a device that may not join", MEMBERSHIP)
            devices.add(device)
        self._head(record, commit, 1, 3, 1)
        self._answer(record, directory, official)
        self.devices, self.epoch, self.opened_by, self.commits = devices, epoch, record.seq, self.commits + 1
        self.updated = record.time if update else self.updated

    def _external(self, record, body, directory, official):
        """A member's device joins by its own commit, and takes its old leaf away."""
        commit, generation, epoch, _, _, _, adds, removes, welcome = body
        refuse_unless(self.epoch is not None, "the group has not started", COMMIT)
        refuse_unless(self._reader(record.device, directory, record.time), "not a member's device", MEMBERSHIP)
        refuse_unless(record.group == [self.generation, self.epoch, self.opened_by], "not the current epoch", COMMIT)
        refuse_unless((generation, epoch) == (self.generation, self.epoch + 1), "opens another epoch than the next", COMMIT)
        refuse_unless(welcome is None, "a Welcome where nobody needs one", COMMIT)
        refuse_unless(set(adds) | set(removes) == {record.device}, "an external commit of more than its author", MEMBERSHIP)
        old = [record.device] if record.device in self.devices else []
        refuse_unless(adds == [record.device] and removes == old, "an external commit that names its author wrongly", COMMIT)
        self._head(record, commit, 1, 3, 4)
        self._answer(record, directory, official)
        self.devices, self.epoch, self.opened_by = self.devices | {record.device}, epoch, record.seq
        self.commits += 1

    def _message(self, record, body, directory, official):
        self._speak(record, body, directory, official)
        self.said.add(record.hash)

    def _speak(self, record, body, directory, official):
        self._in_group(record, directory)
        gone = [device for device in self.devices if not self._reader(device, directory, record.time)]
        refuse_unless(not gone, "the epoch still holds a device whose right has ended", MEMBERSHIP)
        self._head(record, body, 2, 1)

    def _brief(self, record, body, directory, official):
        self._in_group(record, directory)
        refuse_unless(self.newcomers & self.members, "a brief that no membership names", MEMBERSHIP)
        self._message(record, body, directory, official)

    def _disclose(self, record, body, directory, official):
        said, part, _, auditor, reason = body
        refuse_unless(self._reader(record.device, directory, record.time), "not a reader", MEMBERSHIP)
        audits = directory.holds(auditor, AUDITOR, record.time, self.founding[0])
        fits = said in self.said and part < PARTS and audits and reason
        refuse_unless(fits, "the disclosure: its record, part, auditor or reason", ORDER)

    # --- acts of consultations ---

    def _act(self, record, body, directory, official):
        if record.type in SAID:
            self._speak(record, body, directory, official)
        else:
            refuse_unless(self._reader(record.device, directory, record.time), "not a member's device", MEMBERSHIP)
        consultation.take(self.consultations, record, official, self, directory)
        if record.type in SAID:
            self.said.add(record.hash)
