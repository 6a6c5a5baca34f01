"""Fields of work: proposed or designated, consulted upon, reported, decided, ended (chapter 5, "Fields")."""

from dataclasses import dataclass, field

from wire import AGENCY, array, between, many, maybe, only, short, uint

COORDINATOR = (1, "acc")
PILLARS = ("apsc", "aec", "ascc")
CROSS_SECTOR, CROSS_PILLAR, DESIGNATED = 3, 4, 5
KINDS = (CROSS_SECTOR, CROSS_PILLAR, DESIGNATED)
FACT = array(AGENCY, between(1, 5), short, short, AGENCY, many(AGENCY, 0, 64), many(array(AGENCY, only(*PILLARS)), 0, 64),
             maybe(AGENCY), short)
CONSULTED, REPORTED, DECIDED, ENDED = 1, 2, 3, 4
STEPS = {
    CONSULTED: array(AGENCY, between(1, 2), short),
    REPORTED: array(short, uint),
    DECIDED: array(short, uint, short, between(1, 5), AGENCY, uint, maybe(uint)),
    ENDED: array(short),
}


def is_decision(value):
    return array(AGENCY, array(uint, lambda _: True))(value) and STEPS.get(value[1][0], lambda _: False)(value[1][1])


def named(scope):
    """Whether Article 3 itself names the scope."""
    return tuple(scope) == COORDINATOR or (scope[0] == 2 and scope[1] in PILLARS)


def computed_kind(capacities):
    agencies, pillars = {agency for agency, _ in capacities}, {pillar for _, pillar in capacities}
    return None if len(agencies) < 2 else CROSS_SECTOR if len(pillars) == 1 else CROSS_PILLAR


@dataclass
class Field:
    id: str
    kind: int
    nominated: str
    supporting: list
    capacities: list
    initiator: str
    consulted: set = field(default_factory=set)
    reported: bool = False
    decided: list = None
    ended: bool = False

    @classmethod
    def of(cls, fact):
        return cls(fact[0], fact[1], fact[4], fact[5], fact[6], fact[7])

    def lead(self):
        return self.decided[4] if self.decided else self.nominated

    def scope(self):
        return (self.decided[3] if self.decided else self.kind, self.id)

    def over(self, time):
        until = self.decided[6] if self.decided else None
        return self.ended or (until is not None and until <= time)

    def effective(self, time):
        decided = self.decided is not None and self.decided[5] <= time
        return not self.over(time) and (self.kind == DESIGNATED or decided)

    def pillar(self):
        """The one pillar that all who take part are of."""
        pillars = {pillar for _, pillar in self.capacities}
        return (2, *pillars) if len(pillars) == 1 else None

    def concerned(self, coordinator):
        """Who must be consulted."""
        concerned = {agency for agency, _ in self.capacities} | set(self.supporting) | {self.nominated, coordinator}
        return concerned - {self.initiator, None}

    def awaited(self, coordinator):
        return self.concerned(coordinator) - self.consulted

    def takes(self, step, coordinator, time):
        """Whether the step is the one that comes next."""
        kind, fact = step
        consulting = self.kind != DESIGNATED and not (self.reported or self.decided or self.over(time))
        if kind == CONSULTED:
            return consulting
        if kind == REPORTED:
            return consulting and not self.awaited(coordinator)
        if kind == DECIDED:
            dated = fact[6] is None or fact[5] < fact[6]
            waits = self.reported and not self.decided and not self.over(time)
            return waits and dated and bool(fact[0] and fact[2]) and fact[3] in (CROSS_SECTOR, CROSS_PILLAR)
        return not self.over(time)

    def take(self, step):
        kind, fact = step
        if kind == CONSULTED:
            self.consulted.add(fact[0])
        elif kind == REPORTED:
            self.reported = True
        elif kind == DECIDED:
            self.decided = fact
        else:
            self.ended = True
