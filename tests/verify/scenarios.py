#!/usr/bin/env python3
"""Makes whole auditor's copies from keys of its own: one in which everybody keeps the rules, and one for each rule broken.

Unlike the damaged copies of mutations.py, every signature, chain, tile and hash in these is right: only the judgement of
chapters 5 and 7 of docs/protocol.md can tell them apart. MLS messages are heads with an opaque rest: no auditor reads more.

    scenarios.py --out DIR
"""

import argparse
import base64
import json
from pathlib import Path

import heads
import tlog
import wire
from channel import SAID
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from verify import MEDIA
from wire import ZEROS, encode, sha256

ORIGIN, START = "scenario.example/log", 1_800_000_000_000
REGISTER, CHANNEL = bytes(16), sha256(b"channel")[:16]
KEYS_OF_TAGS = {REGISTER: sha256(b"k0"), CHANNEL: sha256(b"k1"), heads.STREAM: heads.k_stream(sha256(b"k0"))}
COMMITMENT = sha256(b"thamvan/kc/v1" + KEYS_OF_TAGS[CHANNEL])
GROUP_ID = CHANNEL + bytes(4)
DAY = 24 * 3600 * 1000


class Key:
    """An Ed25519 key made from a name."""

    def __init__(self, name):
        self.name, self.id = name, sha256(b"id" + name.encode())[:16]
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()))
        self.public = self.private.public_key().public_bytes_raw()

    def sign(self, message):
        return self.private.sign(message)


ROOTS = [Key(f"root {n}") for n in range(3)]
NEXT_ROOTS = [Key(f"next root {n}") for n in range(3)]
for root in ROOTS + NEXT_ROOTS:
    root.id = sha256(root.public)[:16]
LOG = Key("log")
LOG.id = sha256(LOG.public)[:16]
MATERIAL = b"\x01" + LOG.public
VKEY = f"{ORIGIN}+{sha256(ORIGIN.encode() + chr(10).encode() + MATERIAL)[:4].hex()}+{base64.b64encode(MATERIAL).decode()}"
POLICY = f"log {VKEY}\nquorum none\n".encode()
GENESIS = encode([1, ORIGIN, 0, 2, [root.public for root in ROOTS],
                  sha256(encode([root.public for root in NEXT_ROOTS])), VKEY, sha256(POLICY), KEYS_OF_TAGS[REGISTER], START])


def vector(data):
    """An MLS vector: its length in 1, 2 or 4 bytes, then itself."""
    size = 1 if len(data) < 64 else 2 if len(data) < 16384 else 4
    return (len(data) | {1: 0, 2: 1 << 14, 4: 2 << 30}[size]).to_bytes(size, "big") + data


def mls(wire_format, epoch, aad, group_id=GROUP_ID, sender=1):
    head = b"\x00\x01" + wire_format.to_bytes(2, "big") + vector(group_id) + epoch.to_bytes(8, "big")
    who = b"\x01" + bytes(4) if sender == 1 else sender.to_bytes(1, "big")
    rest = who + vector(aad) + b"\x03" if wire_format == 1 else b"\x01" + vector(aad)
    return head + rest + b"opaque"


class World:
    """A deployment under way."""

    def __init__(self):
        self.rows, self.bodies, self.hashes = [], [], {REGISTER: [], heads.STREAM: [], CHANNEL: []}
        self.senders, self.leaves, self.time = {}, [], START
        self.devices = {}

    # --- entries and records ---

    def post(self, author, kind, body, stream=REGISTER, label=2, group=None, blind=False, act=None, com=None):
        """Signs an entry as `author`, sequences it, and returns the hash of its record. `body` may need the header's AAD."""
        counter, prev = self.senders.get((stream, author.name), (0, ZEROS))
        records = self.hashes[stream]
        head = [len(records) - 1, records[-1]] if records and kind > 2 else None
        seen = [0, len(self.leaves), tlog.Tree(self.leaves).root(len(self.leaves))] if kind > 2 and not blind else None
        self.time += 1000
        com = com or (sha256(b"content") if kind in SAID else None)
        facts = [kind, 1, stream, group, counter, prev, head, seen, self.time, label, com, act]
        protected = encode({1: -19, 4: author.id, 16: "thamvan/e1", 258: -16, 259: MEDIA[kind], -70001: facts})
        aad = encode(["thamvan/aad/v1", stream, label, sha256(protected)])
        body = body(aad) if callable(body) else body
        body = body if isinstance(body, bytes) else encode(body)
        signature = author.sign(encode(["Signature1", protected, b"", sha256(body)]))
        entry = encode(wire.cbor2.CBORTag(18, [protected, {}, sha256(body), signature]))
        register = self.hashes[REGISTER]
        directory = [len(register) - 1, register[-1]] if register else None
        record = encode([1, 0, stream, len(records), self.time, directory, records[-1] if records else ZEROS, entry])
        tag = wire.hmac_sha256(KEYS_OF_TAGS[stream], b"thamvan/tag/v1" + len(records).to_bytes(8, "big"))[:16]
        self.senders[stream, author.name] = (counter + 1, sha256(entry))
        self.leaves.append(b"\x01" + tag + sha256(record))
        records.append(sha256(record))
        self.rows.append((stream, record))
        self.bodies.append((stream, body))
        return sha256(record)

    # --- what people do ---

    def roots(self, kind, content, signers=ROOTS[:2], author=ROOTS[0]):
        signatures = [[key.id, key.sign(b"thamvan/root/v1\x00" + content)] for key in signers]
        return self.post(author, kind, [content, signatures])

    def state_by_roots(self, *statements, nonce=None, **more):
        nonce = nonce or sha256(b"nonce %d" % len(self.leaves))
        return self.roots(2, encode([sha256(GENESIS), nonce, list(statements)]), **more)

    def state(self, author, kind, *fact):
        return self.post(author, 3, [kind, list(fact)])

    def propose(self, author, kind, *fact, life=DAY):
        return self.post(author, 4, [[kind, list(fact)], self.time + life])

    def two(self, first, second, kind, *fact, **more):
        return self.post(second, 5, [self.propose(first, kind, *fact, **more)])

    def device(self, name, official, ticket=None, **keys):
        """A key, and the fact that enrols it."""
        key = self.devices[name] = Key(name)
        signing = keys.get("signing", key.public)
        fact = [key.id, official, None, signing, keys.get("mls", Key(name + " mls").public), bytes(1216), name, ticket or ticket_of(name)]
        return key, fact

    def ticket(self, name, official, life=DAY):
        return [7, [ticket_of(name), official, sha256(name.encode()), self.time + 1000 + life]]

    def enrol(self, first, second, name, official):
        self.post(first, 3, self.ticket(name, official))
        key, fact = self.device(name, official)
        self.two(first, second, 8, *fact)
        return key

    # --- what the log says ---

    def heads(self, author=LOG, label=1, **lie):
        """Heads as an honest log makes them, but for what `lie` says."""
        leaves = dict(heads.head_leaf(KEYS_OF_TAGS[s], len(h) - 1, h[-1]) for s, h in self.hashes.items() if h and s != heads.STREAM)
        fact = {"version": 1, "shard": 0, "size": len(self.leaves), "count": len(leaves), "root": heads.root(leaves)} | lie
        return self.post(author, 7, list(fact.values()), heads.STREAM, label=label)

    # --- the copy ---

    def write(self, folder):
        files, used = log_files(self.leaves), [s for s in (REGISTER, heads.STREAM, CHANNEL) if self.hashes[s]]
        files["index.json"] = self.index(used, tlog.Tree(self.leaves).root(len(self.leaves)))
        for stream in used:
            base = f"streams/{stream.hex()}/"
            files[base + "k_stream"] = (KEYS_OF_TAGS[stream].hex() + "\n").encode()
            files[base + "records.cborseq"] = b"".join(record for s, record in self.rows if s == stream)
            files |= {f"{base}bodies/{sha256(body).hex()}": body for s, body in self.bodies if s == stream}
        write(folder, files)

    def index(self, used, root):
        rows = [{"stream": s.hex(), "records": len(self.hashes[s]), "bodies": len({b for t, b in self.bodies if t == s})} for s in used]
        head = {"schema": 1, "origin": ORIGIN, "shard": 0, "tree_size": len(self.leaves), "root": root.hex()}
        return (json.dumps(head | {"streams": rows}, indent=2) + "\n").encode()


def ticket_of(name):
    return sha256(b"ticket" + name.encode())[:16]


def checkpoint(size, root):
    body = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = base64.b64encode(bytes.fromhex(VKEY.split("+")[1]) + LOG.sign(body.encode())).decode()
    return f"{body}\n— {ORIGIN} {signature}\n".encode()


def log_files(leaves):
    """Checkpoint, tiles and entry bundles of a log with these leaves."""
    size, tree = len(leaves), tlog.Tree(leaves)
    files = {"log/checkpoint": checkpoint(size, tree.root(size))}
    for level, number, width, path in tlog.tiles(size):
        part = leaves[256 * number : 256 * number + width]
        bundle = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in part)
        files[path] = bundle if level == "entries" else tree.tile(level, number, width)
    return files


def write(folder, files):
    for path, data in files.items():
        target = Path(folder) / "copy" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (Path(folder) / "policy.txt").write_bytes(POLICY)
    (Path(folder) / "genesis.hash").write_text(sha256(GENESIS).hex() + "\n")


# --- the story that keeps the rules -------------------------------------------------------------------------------


def authority():
    """Genesis, three agencies, an administrator, an approver; their devices, enrolled by root keys."""
    w = World()
    w.roots(1, GENESIS)
    w.state_by_roots(
        [1, ["mofa", 1, "a", "a", [[1, "acc"]]]], [1, ["moit", 1, "b", "b", [[2, "aec"]]]], [1, ["city", 6, "c", "c", []]],
        [2, ["admin@mofa", sha256(b"1")]], [2, ["checks@moit", sha256(b"2")]],
        [5, [1, "admin@mofa", None, 0, None]], [5, [3, "checks@moit", None, 0, None]],
        w.ticket("admin", "admin@mofa"), w.ticket("checks", "checks@moit"))
    w.admin, fact = w.device("admin", "admin@mofa")
    w.checks, other = w.device("checks", "checks@moit")
    w.state_by_roots([8, fact], [8, other])
    return w


def people():
    """An official of each of two agencies, with a seat, an appointment to speak, and a device."""
    w = authority()
    for agency, name in (("mofa", "lan"), ("moit", "minh")):
        person, seat = f"{name}@{agency}", f"{agency}/main"
        w.state(w.admin, 2, person, sha256(name.encode()))
        w.state(w.admin, 3, seat, "purpose")
        w.two(w.admin, w.checks, 4, seat, person, 1, 0, None, True)
        setattr(w, name, w.enrol(w.admin, w.checks, name, person))
    return w


def customs(initiator="moit", kind=3, pairs=(("moit", "aec"), ("mofa", "aec"))):
    """A field that moit proposes in its pillar, nominating mofa."""
    return 13, "customs", kind, "a", "a", "mofa", [], [list(pair) for pair in pairs], initiator, "3.7.a"


def connectivity(lead="moit"):
    return 13, "connectivity", 5, "a", "a", lead, ["mofa"], [], None, "3.5"


def step(w, author, field, kind, *fact):
    w.state(author, 14, field, [kind, list(fact)])


def decision(w, **other):
    fact = {"number": "9/QĐ-TTg", "date": 1, "summary": "on customs", "kind": 3, "lead": "mofa", "from": w.time, "until": None}
    return 14, "customs", [3, list((fact | other).values())]


def field_reported(w):
    w.state(w.minh, *customs())
    step(w, w.lan, "customs", 1, "mofa", 1, "letter 1")
    step(w, w.minh, "customs", 2, "report 1", 2)


def field_decided(w):
    field_reported(w)
    w.two(w.admin, w.checks, *decision(w))


def founding(**other):
    fact = {"founder": "mofa", "basis": "basis", "scope": [1, "acc"], "label": 2, "members": ["mofa", "moit"], "days": 1,
            "history": 0, "from": START, "review": START, "commitment": COMMITMENT, "sealed": sha256(b"sealed"), "boxes": []}
    return list((fact | other).values())


def registered():
    w = people()
    w.post(w.lan, 6, [CHANNEL, COMMITMENT])
    return w


def founded(**other):
    w = registered()
    w.founding = w.post(w.lan, 16, founding(**other), CHANNEL)
    return w


def opened():
    w = founded()
    w.approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.admin, 18, [w.founding, w.approval, 3, 0], CHANNEL)
    return w


def with_members():
    w = opened()
    for person in ("lan@mofa", "minh@moit"):
        w.post(w.lan, 19, [person, 0, None, None, ""], CHANNEL)
    return w


def started():
    w = with_members()
    w.post(w.lan, 24, [0, GROUP_ID, 3, sha256(b"info 0"), sha256(b"tree 0")], CHANNEL)
    return w


def group_id(generation):
    return CHANNEL + generation.to_bytes(4, "big")


def commit(w, author, epoch, opened_by, adds=(), removes=(), opens=None, head=None, sender=1, generation=0):
    def body(aad):
        message = mls(1, epoch if head is None else head, aad, group_id(generation), sender)
        hashes = [sha256(b"info"), sha256(b"tree"), sha256(b"tree hash")]
        welcome = sha256(b"welcome") if adds and sender == 1 else None
        return [message, generation, opens or epoch + 1, *hashes, list(adds), list(removes), welcome]

    return w.post(author, 25, body, CHANNEL, group=[generation, epoch, opened_by])


def external(w, author, epoch, opened_by, **more):
    """Joins by its own commit."""
    more = {"adds": [author.id], "sender": 4} | more
    return commit(w, author, epoch, opened_by, **more)


def say(w, author, epoch, opened_by, message=None, **more):
    return w.post(author, 32, message or (lambda aad: mls(2, epoch, aad)), CHANNEL, group=[0, epoch, opened_by], **more)


def talking():
    """The whole story: seq 5 starts the group, 6 adds minh, 7 and 8 are messages."""
    w = started()
    commit(w, w.lan, 0, 5, adds=[w.minh.id])
    say(w, w.lan, 1, 6)
    say(w, w.minh, 1, 6)
    return w


def bad_commit():
    """Minh changes keys (seq 9), and lan could not apply it."""
    w = talking()
    w.bad = commit(w, w.minh, 1, 6)
    return w


def reject(w, author, commit=None, reason="bad tag"):
    return w.post(author, 26, [commit or w.bad, reason], CHANNEL)


def succeed(w, author, generation=1, suite=3, rejected=None, id_of=None):
    start = [generation, group_id(generation if id_of is None else id_of), suite, sha256(b"info s"), sha256(b"tree s")]
    return w.post(author, 27, [rejected or w.bad, start], CHANNEL)


def audited():
    """With somebody to disclose to."""
    w = talking()
    w.two(w.admin, w.checks, 5, 4, "checks@moit", None, 0, None)
    return w


def disclose(w, author, seq=8, part=1, auditor="checks@moit", reason="asked for", stream=CHANNEL):
    w.post(author, 106, [w.hashes[stream][seq], part, sha256(b"part"), auditor, reason], CHANNEL)


def briefed():
    """Minh left and came back, and is handed the open questions."""
    w = talking()
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)
    commit(w, w.lan, 1, 6, removes=[w.minh.id])
    w.post(w.lan, 19, ["minh@moit", 1, None, None, ""], CHANNEL)
    external(w, w.minh, 2, 10)
    brief(w, w.lan, 3, 12)
    return w


def brief(w, author, epoch, opened_by):
    w.post(author, 35, lambda aad: mls(2, epoch, aad), CHANNEL, group=[0, epoch, opened_by])


def disclosed():
    w = audited()
    disclose(w, w.lan)
    disclose(w, w.minh, part=31)
    return w


def to_the_end():
    """All of version 1: a removal with its commit, a return and a rejoin by external commits, a change of keys, a revocation
    by its owner, a second device approved by the owner."""
    w = talking()
    w.heads()
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)
    commit(w, w.lan, 1, 6, removes=[w.minh.id])
    say(w, w.lan, 2, 10)
    w.heads()
    w.post(w.lan, 19, ["minh@moit", 0, None, None, ""], CHANNEL)
    external(w, w.minh, 2, 10)
    external(w, w.minh, 3, 13, removes=[w.minh.id])
    commit(w, w.lan, 4, 14)
    w.time += 29_000
    commit(w, w.minh, 5, 15)
    say(w, w.minh, 6, 16)
    w.heads()
    w.post(w.admin, 3, w.ticket("minh 2", "minh@moit"))
    second, fact = w.device("minh 2", "minh@moit")
    w.two(w.admin, w.minh, 8, *fact)
    w.state(second, 9, w.minh.id, "lost")
    w.two(w.admin, w.checks, 5, 2, "minh@moit", "moit", 0, None)
    w.state(second, 2, "new@moit", sha256(b"new"))
    w.state(w.admin, 6, 2, "minh@moit")
    w.heads()
    w.post(second, 28, ["done"], CHANNEL)
    commit(w, w.lan, 6, 16, removes=[w.minh.id])
    say(w, w.lan, 7, 19)
    return w


def founded_for_a_field():
    """moit founds for a cross-sector field of its pillar, which mofa leads. A designated field came and went."""
    w = registered()
    w.two(w.admin, w.checks, *connectivity())
    step(w, w.admin, "connectivity", 4, "1/QĐ")
    field_decided(w)
    w.post(w.minh, 16, founding(founder="moit", scope=[3, "customs"]), CHANNEL)
    return w


def lead_of_a_field_alone():
    """mof leads nothing but a designated field, and speaks for it."""
    w = people()
    w.state(w.admin, 1, "mof", 1, "a", "a", [])
    w.state(w.admin, 2, "quang@mof", sha256(b"quang"))
    w.state(w.admin, 3, "mof/main", "purpose")
    w.two(w.admin, w.checks, 4, "mof/main", "quang@mof", 1, 0, None, True)
    w.quang = w.enrol(w.admin, w.checks, "quang", "quang@mof")
    w.two(w.admin, w.checks, *connectivity(lead="mof"))
    return w


def founded_by_the_lead_of_a_field_alone():
    w = lead_of_a_field_alone()
    w.post(w.quang, 6, [CHANNEL, COMMITMENT])
    w.post(w.quang, 16, founding(founder="mof", scope=[5, "connectivity"], members=["mof", "mofa"]), CHANNEL)
    return w


def accreditation(w, **other):
    fact = {"number": "12/BCY", "authority": "Ban Cơ yếu", "date": 1, "level": 4, "measure": 1, "systems": "3/2026",
            "document": sha256(b"pdf"), "from": w.time, "until": w.time + DAY}
    return 11, *(fact | other).values()


def policy(w, **other):
    fact = {"version": 1, "suites": [0x03, 0x4D], "secrets": "1178/QĐ-TTg", "off": [20854, 20855], "worked": [20862], "hours": [24, 6, 2],
            "channel_hours": [], "routes": [], "duties": [], "document": "15/QĐ-BNG", "hash": sha256(b"pdf"), "from": w.time}
    return 10, *(fact | other).values()


def accredited(**other):
    """With a third official of mofa, who speaks for it as well."""
    w = people()
    w.two(w.admin, w.checks, *accreditation(w, **other))
    w.state(w.admin, 2, "hoa@mofa", sha256(b"hoa"))
    w.two(w.admin, w.checks, 4, "mofa/main", "hoa@mofa", 2, 0, None, True)
    w.hoa = w.enrol(w.admin, w.checks, "hoa", "hoa@mofa")
    w.post(w.lan, 6, [CHANNEL, COMMITMENT])
    return w


def secret(**other):
    w = accredited(**other)
    w.founding = w.post(w.lan, 16, founding(label=4), CHANNEL)
    w.approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.admin, 18, [w.founding, w.approval, 3, 0], CHANNEL)
    for person in ("lan@mofa", "minh@moit"):
        w.post(w.hoa, 19, [person, 0, None, None, ""], CHANNEL)
    return w


def authorise(w, author, person, level=4, task="đàm phán", start=None, life=DAY):
    start = w.time if start is None else start
    w.post(author, 22, [person, level, task, "7/QĐ", start, start + life], CHANNEL)


def secretly_talking(life=DAY, **other):
    """In a channel of level Mật: seq 7 starts the group, 8 adds minh, 9 is a message of no secrecy."""
    w = secret(**other)
    authorise(w, w.hoa, "lan@mofa")
    authorise(w, w.lan, "minh@moit", life=life)
    w.post(w.lan, 24, [0, GROUP_ID, 3, sha256(b"info 0"), sha256(b"tree 0")], CHANNEL)
    commit(w, w.lan, 0, 7, adds=[w.minh.id])
    say(w, w.lan, 1, 8)
    return w


def authorisation_ended():
    w = secretly_talking()
    w.post(w.minh, 23, ["minh@moit", "done"], CHANNEL)
    commit(w, w.lan, 1, 8, removes=[w.minh.id])
    say(w, w.lan, 2, 11)
    w.state(w.admin, 12, "12/BCY", "withdrawn")
    w.post(w.hoa, 20, ["minh@moit", "left"], CHANNEL)
    return w


def everything_ends():
    """A focal unit is named and its people change; a device is suspended and comes back; root keys are rotated and go on
    stating; a term, an official and an agency end; names are erased."""
    w = talking()
    for name, role in (("hoa", 2), ("nam", 1)):
        person = f"{name}@mofa"
        w.state(w.admin, 2, person, sha256(name.encode()))
        w.two(w.admin, w.checks, 4, "mofa/main", person, role, 0, None, False)
    w.state(w.admin, 15, "mofa", "mofa/main")
    named = len(w.hashes[REGISTER]) - 1
    w.state(w.minh, 27, named, "moit/main")
    w.state(w.admin, 25, "mofa/main", "nam@mofa", "moved")
    w.state(w.minh, 27, named + 2, "moit/main")
    w.state(w.minh, 22, w.minh.id, True, "left on a train")
    commit(w, w.lan, 1, 6, removes=[w.minh.id])
    w.two(w.admin, w.checks, 22, w.minh.id, False, "found again")
    external(w, w.minh, 2, 9)
    say(w, w.minh, 3, 10)
    w.state_by_roots([18, [2, [key.public for key in NEXT_ROOTS], sha256(b"after")]])
    w.state_by_roots([2, ["late@moit", sha256(b"late")]], signers=NEXT_ROOTS[:2], author=NEXT_ROOTS[0])
    w.state(w.admin, 17, "minh@moit", "retired")
    commit(w, w.lan, 3, 10, removes=[w.minh.id])
    say(w, w.lan, 4, 12)
    w.two(w.admin, w.checks, 26, "minh@moit", "asked for it")
    w.two(w.admin, w.checks, 4, "mofa/main", "admin@mofa", 2, 0, None, False)
    w.two(w.admin, w.checks, 16, "city", "merged")
    return w


KEPT = {"rules-kept-disclosed": disclosed, "rules-kept-briefed": briefed, "rules-kept-to-the-last": everything_ends, "rules-kept-authorised": authorisation_ended, "rules-kept": to_the_end, "rules-kept-founded-for-a-field": founded_for_a_field,
        "rules-kept-founded-by-the-lead-of-a-field-alone": founded_by_the_lead_of_a_field_alone}

# --- one rule broken ----------------------------------------------------------------------------------------------

BROKEN = {}


def broken(start, **arguments):
    """The function adds the entry that breaks a rule to the story `start`."""

    def add(function):
        def story():
            w = start(**arguments)
            function(w)
            return w

        name = "rule-" + function.__name__.replace("_", "-")
        assert name not in BROKEN, name
        BROKEN[name] = story
        return function

    return add


@broken(World)
def genesis_signed_by_one(w):
    w.roots(1, GENESIS, ROOTS[:1])


@broken(authority)
def root_statement_signed_by_one(w):
    w.state_by_roots([2, ["x@mofa", ZEROS]], signers=ROOTS[:1])


@broken(authority)
def root_statement_signed_twice_by_one(w):
    w.state_by_roots([2, ["x@mofa", ZEROS]], signers=[ROOTS[0], ROOTS[0]])


@broken(authority)
def root_statement_replayed(w):
    for _ in range(2):
        w.state_by_roots([5, [1, "checks@moit", None, 0, None]], nonce=sha256(b"the same"))


@broken(authority)
def role_by_one_person(w):
    w.state(w.admin, 5, 1, "checks@moit", None, 0, None)


@broken(authority)
def role_approved_by_the_proposer(w):
    w.two(w.admin, w.admin, 5, 1, "checks@moit", None, 0, None)


@broken(people)
def role_proposed_without_right(w):
    w.two(w.lan, w.checks, 5, 1, "lan@mofa", None, 0, None)


@broken(people)
def role_approved_without_right(w):
    w.two(w.admin, w.lan, 5, 1, "lan@mofa", None, 0, None)


@broken(authority)
def role_for_the_nation_within_one_agency(w):
    w.state(w.admin, 2, "other@moit", sha256(b"other"))
    w.two(w.admin, w.checks, 5, 1, "other@moit", None, 0, None)
    w.two(w.enrol(w.admin, w.checks, "other", "other@moit"), w.checks, 5, 4, "other@moit", None, 0, None)


@broken(authority)
def role_for_the_nation_by_a_device_put_in_the_place_of_ones_own(w):
    w.two(w.admin, w.checks, 5, 1, "checks@moit", None, 0, None)
    w.state(w.admin, 9, w.checks.id, "lost")
    w.state(w.admin, 2, "third@moit", sha256(b"third"))
    w.state_by_roots([5, [3, "third@moit", None, 0, None]], w.ticket("third", "third@moit"))
    third, fact = w.device("third", "third@moit")
    w.state_by_roots([8, fact])
    ghost = w.enrol(w.admin, third, "checks 2", "checks@moit")
    w.two(w.admin, ghost, 5, 4, "third@moit", None, 0, None)


def puppet(w):
    """An approver of moit whom the administrator had enrolled."""
    w.state(w.admin, 2, "puppet@moit", sha256(b"puppet"))
    w.two(w.admin, w.checks, 5, 3, "puppet@moit", None, 0, None)
    return w.enrol(w.admin, w.checks, "puppet", "puppet@moit")


@broken(authority)
def role_for_the_nation_approved_by_a_puppet(w):
    w.two(w.admin, puppet(w), 5, 4, "puppet@moit", None, 0, None)


@broken(people)
def ceiling_approved_by_a_puppet(w):
    w.two(w.admin, puppet(w), *accreditation(w))


@broken(people)
def official_back_after_the_end(w):
    w.state(w.admin, 17, "lan@mofa", "retired")
    w.state(w.admin, 2, "lan@mofa", sha256(b"again"))


@broken(people)
def statement_by_an_official_who_has_ended(w):
    w.two(w.admin, w.checks, 5, 2, "lan@mofa", "mofa", 0, None)
    w.state(w.admin, 17, "lan@mofa", "retired")
    w.state(w.lan, 2, "friend@mofa", ZEROS)


@broken(people)
def kind_of_the_future(w):
    w.state(w.admin, 30, "lan@mofa")
    w.state(w.admin, 2, "after@mofa", ZEROS)


@broken(people)
def end_without_a_reason(w):
    w.state(w.admin, 17, "lan@mofa", " ")


@broken(people)
def agency_ended_by_one(w):
    w.state(w.admin, 16, "city", "merged")


@broken(people)
def agency_back_after_the_end(w):
    w.two(w.admin, w.checks, 16, "city", "merged")
    w.state(w.admin, 1, "city", 6, "c", "c", [])


@broken(talking)
def message_by_a_suspended_device(w):
    w.state(w.admin, 22, w.minh.id, True, "left on a train")
    say(w, w.minh, 1, 6)


@broken(people)
def suspension_lifted_by_one(w):
    w.state(w.admin, 22, w.minh.id, True, "left on a train")
    w.state(w.admin, 22, w.minh.id, False, "found")


@broken(people)
def proposal_of_a_device_suspended_since(w):
    proposal = w.propose(w.admin, 5, 2, "lan@mofa", "mofa", 0, None)
    w.state(w.admin, 22, w.admin.id, True, "stolen")
    w.post(w.checks, 5, [proposal])


@broken(started)
def device_added_after_the_term(w):
    w.state(w.admin, 25, "moit/main", "minh@moit", "moved")
    commit(w, w.lan, 0, 5, adds=[w.minh.id])


@broken(talking)
def message_while_a_term_is_over(w):
    w.state(w.admin, 25, "moit/main", "minh@moit", "moved")
    say(w, w.lan, 1, 6)


@broken(people)
def focal_unit_without_a_deputy(w):
    w.state(w.admin, 15, "mofa", "mofa/main")


@broken(everything_ends)
def focal_receipt_of_what_changed_nothing(w):
    w.state(w.checks, 27, 1, "moit/main")


def named_focal():
    """A focal unit of mofa, in the last record of stream 0."""
    w = talking()
    w.state(w.admin, 2, "hoa@mofa", sha256(b"hoa"))
    w.two(w.admin, w.checks, 4, "mofa/main", "hoa@mofa", 2, 0, None, False)
    w.state(w.admin, 15, "mofa", "mofa/main")
    w.change = len(w.hashes[REGISTER]) - 1
    return w


@broken(named_focal)
def focal_receipt_twice(w):
    for _ in range(2):
        w.state(w.minh, 27, w.change, "moit/main")


@broken(named_focal)
def focal_receipt_of_the_own_change(w):
    w.state(w.lan, 27, w.change, "mofa/main")


@broken(named_focal)
def focal_receipt_of_another_record(w):
    w.state(w.minh, 27, w.change - 1, "moit/main")


@broken(named_focal)
def focal_receipt_at_a_seat_of_somebody_else(w):
    w.state(w.minh, 27, w.change, "mofa/main")


@broken(everything_ends)
def last_of_a_focal_unit(w):
    w.state(w.admin, 25, "mofa/main", "lan@mofa", "moved")


@broken(everything_ends)
def root_statement_by_keys_that_were_rotated(w):
    w.state_by_roots([2, ["x@mofa", ZEROS]])


@broken(authority)
def rotation_to_keys_not_committed_to(w):
    w.state_by_roots([18, [2, [ROOTS[0].public, ROOTS[1].public], sha256(b"after")]])


@broken(authority)
def rotation_beside_another_statement(w):
    w.state_by_roots([18, [2, [key.public for key in NEXT_ROOTS], sha256(b"after")]], [2, ["x@mofa", ZEROS]])


@broken(people)
def name_erased_twice(w):
    for _ in range(2):
        w.two(w.admin, w.checks, 26, "lan@mofa", "asked for it")


@broken(authority)
def approved_twice(w):
    proposal = w.propose(w.admin, 5, 4, "checks@moit", None, 0, None)
    for _ in range(2):
        w.post(w.checks, 5, [proposal])


@broken(authority)
def approved_too_late(w):
    w.two(w.admin, w.checks, 5, 4, "checks@moit", None, 0, None, life=1500)


@broken(authority)
def approved_what_nobody_proposed(w):
    w.post(w.checks, 5, [sha256(b"nothing")])


@broken(people)
def official_stated_without_right(w):
    w.state(w.lan, 2, "friend@mofa", ZEROS)


@broken(authority)
def official_of_no_agency(w):
    w.state(w.admin, 2, "x@nowhere", ZEROS)


@broken(authority)
def lead_by_a_city(w):
    w.state(w.admin, 1, "city", 6, "c", "c", [[2, "aec"]])


@broken(people)
def seat_of_another_agency(w):
    w.two(w.admin, w.checks, 4, "moit/main", "lan@mofa", 1, 0, None, True)


@broken(people)
def device_without_ticket(w):
    w.two(w.admin, w.checks, 8, *w.device("lan 2", "lan@mofa")[1])


@broken(people)
def device_with_a_used_ticket(w):
    w.two(w.admin, w.checks, 8, *w.device("lan 2", "lan@mofa", ticket_of("lan"))[1])


@broken(people)
def device_with_a_ticket_of_another(w):
    w.post(w.admin, 3, w.ticket("lan 2", "minh@moit"))
    w.two(w.admin, w.checks, 8, *w.device("lan 2", "lan@mofa")[1])


@broken(people)
def device_with_a_key_of_small_order(w):
    w.post(w.admin, 3, w.ticket("lan 2", "lan@mofa"))
    w.two(w.admin, w.checks, 8, *w.device("lan 2", "lan@mofa", signing=b"\x01" + bytes(31))[1])


@broken(people)
def device_with_a_key_of_another(w):
    w.post(w.admin, 3, w.ticket("lan 2", "lan@mofa"))
    w.two(w.admin, w.checks, 8, *w.device("lan 2", "lan@mofa", signing=w.minh.public)[1])


@broken(people)
def entry_of_a_revoked_device(w):
    w.state(w.lan, 9, w.lan.id, "lost")
    w.post(w.lan, 6, [CHANNEL, COMMITMENT])


@broken(people)
def revoked_by_a_stranger(w):
    w.state(w.minh, 9, w.lan.id, "dislike")


@broken(people)
def entry_of_nobody(w):
    w.post(Key("nobody"), 6, [CHANNEL, COMMITMENT])


@broken(people)
def no_checkpoint_seen(w):
    w.post(w.lan, 6, [CHANNEL, COMMITMENT], blind=True)


@broken(people)
def group_outside_a_group(w):
    w.post(w.lan, 6, [CHANNEL, COMMITMENT], group=[0, 0, 0])


@broken(people)
def label_above_the_ceiling(w):
    w.post(w.lan, 6, [CHANNEL, COMMITMENT], label=4)


@broken(authority)
def type_of_the_future(w):
    MEDIA[99] = "application/vnd.thamvan.future+cbor"
    w.post(w.admin, 99, [])
    del MEDIA[99]


@broken(people)
def registered_by_who_speaks_for_nobody(w):
    w.post(w.checks, 6, [CHANNEL, COMMITMENT])


@broken(registered)
def registered_twice(w):
    w.post(w.lan, 6, [CHANNEL, sha256(b"another k_stream")])


@broken(registered)
def founded_outside_the_scope(w):
    w.post(w.minh, 16, founding(founder="moit", scope=[2, "apsc"]), CHANNEL)


@broken(people)
def policy_by_one_person(w):
    w.state(w.admin, *policy(w))


@broken(people)
def policy_by_one_agency(w):
    w.two(w.admin, w.checks, 5, 3, "lan@mofa", None, 0, None)
    w.two(w.admin, w.lan, *policy(w))


@broken(people)
def policy_that_leaves_out_a_version(w):
    w.two(w.admin, w.checks, *policy(w, version=2))


@broken(people)
def policy_of_a_version_that_stands(w):
    w.two(w.admin, w.checks, *policy(w))
    w.two(w.admin, w.checks, *policy(w))


@broken(people)
def policy_without_suites_in_order(w):
    w.two(w.admin, w.checks, *policy(w, suites=[0x4D, 0x03]))


@broken(people)
def policy_without_a_list_of_secrets(w):
    w.two(w.admin, w.checks, *policy(w, secrets=" "))


@broken(people)
def opened_in_a_suite_that_the_policy_does_not_list(w):
    w.two(w.admin, w.checks, *policy(w, suites=[0x03]))
    w.post(w.lan, 6, [CHANNEL, COMMITMENT])
    founding_record = w.post(w.lan, 16, founding(), CHANNEL)
    approval = w.post(w.checks, 17, [founding_record], CHANNEL)
    w.post(w.admin, 18, [founding_record, approval, 0x4D, 0], CHANNEL)


@broken(people)
def accreditation_by_one_person(w):
    w.state(w.admin, *accreditation(w))


@broken(people)
def accreditation_by_one_agency(w):
    w.two(w.admin, w.checks, 5, 3, "lan@mofa", None, 0, None)
    w.two(w.admin, w.lan, *accreditation(w))


@broken(people)
def accreditation_without_end(w):
    w.two(w.admin, w.checks, *accreditation(w, until=2**60))


@broken(people)
def accreditation_without_a_number(w):
    w.two(w.admin, w.checks, *accreditation(w, number=""))


@broken(accredited)
def accreditation_used_twice(w):
    w.two(w.admin, w.checks, *accreditation(w))


@broken(accredited)
def founded_above_the_accreditation(w):
    w.post(w.lan, 16, founding(label=5), CHANNEL)


@broken(accredited, until=START + 30_000)
def founded_after_the_accreditation(w):
    w.time += DAY
    w.post(w.lan, 16, founding(label=4), CHANNEL)


@broken(accredited)
def founded_after_the_accreditation_was_ended(w):
    w.state(w.admin, 12, "12/BCY", "withdrawn")
    w.post(w.lan, 16, founding(label=4), CHANNEL)


@broken(secret)
def authorised_by_the_own_person(w):
    authorise(w, w.lan, "lan@mofa")


@broken(secret)
def authorised_by_another_agency(w):
    authorise(w, w.minh, "lan@mofa")


@broken(secret)
def authorised_an_administrator(w):
    authorise(w, w.lan, "admin@mofa")


@broken(secret)
def authorised_above_the_channel(w):
    authorise(w, w.hoa, "lan@mofa", level=5)


@broken(secret)
def authorised_for_no_task(w):
    authorise(w, w.hoa, "lan@mofa", task="")


@broken(secret)
def authorised_for_ever(w):
    authorise(w, w.hoa, "lan@mofa", life=367 * DAY)


@broken(opened)
def authorised_where_no_secret_is(w):
    authorise(w, w.lan, "minh@moit")


@broken(secret)
def group_started_without_authorisation(w):
    w.post(w.lan, 24, [0, GROUP_ID, 3, ZEROS, ZEROS], CHANNEL)


@broken(secret)
def commit_adds_a_member_without_authorisation(w):
    authorise(w, w.hoa, "lan@mofa")
    w.post(w.lan, 24, [0, GROUP_ID, 3, ZEROS, ZEROS], CHANNEL)
    commit(w, w.lan, 0, len(w.hashes[CHANNEL]) - 1, adds=[w.minh.id])


@broken(secretly_talking)
def message_of_a_level_without_its_conditions(w):
    say(w, w.lan, 1, 8, label=4)


@broken(secretly_talking, life=5 * 60_000)
def message_while_an_expired_authorisation_can_read(w):
    w.time += 6 * 60_000
    say(w, w.lan, 1, 8)


@broken(secretly_talking, life=5 * 60_000)
def message_by_an_expired_authorisation(w):
    w.time += 6 * 60_000
    say(w, w.minh, 1, 8)


@broken(secretly_talking)
def message_after_the_end_of_an_authorisation(w):
    w.post(w.hoa, 23, ["minh@moit", "done"], CHANNEL)
    say(w, w.minh, 1, 8)


@broken(secretly_talking)
def message_after_the_end_of_the_accreditation(w):
    w.state(w.admin, 12, "12/BCY", "withdrawn")
    say(w, w.lan, 1, 8)


@broken(secretly_talking)
def authorisation_ended_by_a_stranger(w):
    w.post(w.minh, 23, ["lan@mofa", "dislike"], CHANNEL)


@broken(people)
def field_across_pillars_by_a_pillar_lead(w):
    w.state(w.minh, *customs(kind=4, pairs=(("moit", "aec"), ("mofa", "apsc"))))


@broken(people)
def field_of_one_agency(w):
    w.state(w.minh, *customs(pairs=(("mofa", "aec"),)))


@broken(people)
def field_of_another_kind_than_computed(w):
    w.state(w.lan, *customs(initiator="mofa", kind=4))


@broken(people)
def field_proposed_by_a_stranger(w):
    w.state(w.lan, *customs())


@broken(people)
def field_designated_by_one_person(w):
    w.state(w.admin, *connectivity())


@broken(people)
def field_led_by_a_city(w):
    w.two(w.admin, w.checks, *connectivity(lead="city"))


@broken(people)
def field_reported_before_the_answers(w):
    w.state(w.minh, *customs())
    step(w, w.minh, "customs", 2, "report 1", 2)


@broken(people)
def field_answer_by_a_stranger(w):
    w.state(w.minh, *customs())
    step(w, w.lan, "customs", 1, "city", 1, "letter 1")


@broken(people)
def field_decided_by_one_person(w):
    field_reported(w)
    w.state(w.minh, *decision(w))


@broken(people)
def field_decided_without_a_number(w):
    field_reported(w)
    w.two(w.minh, w.checks, *decision(w, number=""))


@broken(authority)
def field_led_by_the_word_of_the_agency(w):
    w.state(w.admin, 1, "moit", 1, "b", "b", [[2, "aec"], [5, "connectivity"]])


@broken(authority)
def pillar_led_by_two(w):
    w.state(w.admin, 1, "mofa", 1, "a", "a", [[1, "acc"], [2, "aec"]])


@broken(registered)
def founded_for_a_field_that_nobody_stated(w):
    w.post(w.lan, 16, founding(scope=[5, "connectivity"]), CHANNEL)


@broken(registered)
def founded_for_a_field_not_yet_decided(w):
    field_reported(w)
    w.post(w.lan, 16, founding(scope=[3, "customs"]), CHANNEL)


@broken(registered)
def founded_for_a_field_before_its_day(w):
    field_reported(w)
    w.two(w.minh, w.checks, *decision(w, **{"from": w.time + DAY}))
    w.post(w.minh, 16, founding(founder="moit", scope=[3, "customs"]), CHANNEL)


@broken(registered)
def founded_for_an_ended_field(w):
    w.two(w.admin, w.checks, *connectivity())
    step(w, w.admin, "connectivity", 4, "1/QĐ")
    w.post(w.minh, 16, founding(founder="moit", scope=[5, "connectivity"]), CHANNEL)


@broken(registered)
def founded_for_another_agency(w):
    w.post(w.minh, 16, founding(), CHANNEL)


@broken(registered)
def founded_above_the_ceiling(w):
    w.post(w.lan, 16, founding(label=4), CHANNEL)


@broken(registered)
def founded_with_another_k_stream(w):
    w.post(w.lan, 16, founding(commitment=sha256(b"another")), CHANNEL)


@broken(founded)
def approved_by_no_approver(w):
    w.post(w.minh, 17, [w.founding], CHANNEL)


@broken(founded)
def approved_by_the_founder(w):
    w.post(w.lan, 17, [w.founding], CHANNEL)


@broken(founded)
def opened_without_approval(w):
    w.post(w.admin, 18, [w.founding, w.founding, 3, 0], CHANNEL)


@broken(founded)
def opened_by_the_approver(w):
    w.two(w.admin, w.checks, 5, 1, "checks@moit", None, 0, None)
    approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.checks, 18, [w.founding, approval, 3, 0], CHANNEL)


@broken(founded)
def opened_by_no_administrator(w):
    approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.minh, 18, [w.founding, approval, 3, 0], CHANNEL)


@broken(founded)
def member_before_the_opening(w):
    w.post(w.lan, 19, ["lan@mofa", 0, None, None, ""], CHANNEL)


@broken(opened)
def member_by_another_agency(w):
    w.post(w.minh, 19, ["minh@moit", 0, None, None, ""], CHANNEL)


@broken(opened)
def member_of_an_agency_outside(w):
    w.state(w.admin, 2, "x@city", ZEROS)
    w.post(w.lan, 19, ["x@city", 0, None, None, ""], CHANNEL)


def with_a_guest():
    """A channel whose founding names a city, of which one official is known."""
    w = people()
    w.state(w.admin, 2, "x@city", ZEROS)
    w.post(w.lan, 6, [CHANNEL, COMMITMENT])
    w.founding = w.post(w.lan, 16, founding(members=["mofa", "moit", "city"]), CHANNEL)
    w.approval = w.post(w.checks, 17, [w.founding], CHANNEL)
    w.post(w.admin, 18, [w.founding, w.approval, 3, 0], CHANNEL)
    w.post(w.lan, 19, ["lan@mofa", 0, None, None, ""], CHANNEL)
    return w


@broken(with_a_guest)
def guest_added_without_a_reason(w):
    w.post(w.lan, 19, ["x@city", 0, None, None, " "], CHANNEL)


@broken(opened)
def group_started_by_a_non_member(w):
    w.post(w.lan, 24, [0, GROUP_ID, 3, ZEROS, ZEROS], CHANNEL)


@broken(with_members)
def group_of_another_suite(w):
    w.post(w.lan, 24, [0, GROUP_ID, 0x4D, ZEROS, ZEROS], CHANNEL)


@broken(with_members)
def group_of_another_id(w):
    w.post(w.lan, 24, [0, bytes(20), 3, ZEROS, ZEROS], CHANNEL)


@broken(started)
def commit_adds_a_stranger(w):
    commit(w, w.lan, 0, 5, adds=[w.admin.id])


@broken(talking)
def brief_that_no_membership_names(w):
    brief(w, w.lan, 1, 6)


@broken(talking)
def member_added_with_a_range_of_history(w):
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)
    w.post(w.lan, 19, ["minh@moit", 2, 0, 5, ""], CHANNEL)


@broken(audited)
def disclosure_of_what_nobody_said(w):
    disclose(w, w.lan, seq=6)


@broken(audited)
def disclosure_of_a_record_of_another_stream(w):
    disclose(w, w.lan, stream=REGISTER)


@broken(audited)
def disclosure_of_a_part_that_no_message_has(w):
    disclose(w, w.lan, part=32)


@broken(audited)
def disclosure_to_nobody_who_audits(w):
    disclose(w, w.lan, auditor="minh@moit")


@broken(audited)
def disclosure_without_a_reason(w):
    disclose(w, w.lan, reason="")


@broken(audited)
def disclosure_by_nobody_who_may_read(w):
    disclose(w, w.admin)


@broken(talking)
def commit_removes_a_member(w):
    commit(w, w.lan, 1, 6, removes=[w.minh.id])


@broken(started)
def external_commit_by_a_stranger(w):
    external(w, w.admin, 0, 5)


@broken(talking)
def external_commit_that_keeps_the_old_leaf(w):
    external(w, w.minh, 1, 6)


@broken(started)
def external_commit_of_more_than_its_author(w):
    external(w, w.minh, 0, 5, removes=[w.lan.id])


@broken(started)
def external_commit_under_a_members_head(w):
    external(w, w.minh, 0, 5, sender=1)


@broken(talking)
def members_commit_under_an_external_head(w):
    commit(w, w.lan, 1, 6, sender=4)


@broken(talking)
def keys_changed_again_a_moment_later(w):
    commit(w, w.lan, 1, 6)
    w.time += 28_000
    commit(w, w.minh, 2, 9)


@broken(bad_commit)
def commit_that_the_others_could_not_apply(w):
    reject(w, w.lan)
    succeed(w, w.lan, suite=0x4D)
    commit(w, w.lan, 0, 11, generation=1)
    w.post(w.lan, 20, ["minh@moit", "asked"], CHANNEL)
    w.post(w.lan, 19, ["minh@moit", 0, None, None, ""], CHANNEL)
    commit(w, w.lan, 1, 12, adds=[w.minh.id], generation=1)


@broken(bad_commit)
def commit_rejected_by_the_own_agency(w):
    reject(w, w.minh)


@broken(bad_commit)
def commit_rejected_by_a_stranger(w):
    reject(w, w.checks)


@broken(bad_commit)
def commit_rejected_without_a_reason(w):
    reject(w, w.lan, reason="")


@broken(bad_commit)
def commit_rejected_after_a_week(w):
    w.time += 8 * DAY
    reject(w, w.lan)


@broken(bad_commit)
def message_rejected_as_a_commit(w):
    reject(w, w.lan, commit=sha256(b"another"))


@broken(bad_commit)
def successor_that_nobody_needs(w):
    succeed(w, w.lan)


@broken(bad_commit)
def successor_of_another_generation(w):
    reject(w, w.lan)
    succeed(w, w.lan, generation=2)


@broken(bad_commit)
def successor_of_another_id(w):
    reject(w, w.lan)
    succeed(w, w.lan, id_of=3)


@broken(bad_commit)
def successor_begun_by_whoever_is_out(w):
    reject(w, w.lan)
    succeed(w, w.minh)


@broken(bad_commit)
def commit_adds_a_device_that_is_out(w):
    reject(w, w.lan)
    succeed(w, w.lan)
    commit(w, w.lan, 0, 11, adds=[w.minh.id], generation=1)


@broken(bad_commit)
def message_by_a_device_that_is_out(w):
    reject(w, w.lan)
    say(w, w.minh, 2, 9)


@broken(talking)
def left_by_who_is_no_member(w):
    w.post(w.checks, 28, ["bye"], CHANNEL)


@broken(talking)
def message_after_leaving(w):
    w.post(w.minh, 28, ["bye"], CHANNEL)
    say(w, w.minh, 1, 6)


@broken(talking)
def message_while_who_left_can_read(w):
    w.post(w.minh, 28, ["bye"], CHANNEL)
    say(w, w.lan, 1, 6)


@broken(talking)
def commit_in_an_old_epoch(w):
    commit(w, w.lan, 0, 5)


@broken(talking)
def commit_skips_an_epoch(w):
    commit(w, w.lan, 1, 6, opens=3)


@broken(talking)
def commit_with_the_head_of_another_epoch(w):
    commit(w, w.lan, 1, 6, head=0)


@broken(started)
def message_from_outside_the_group(w):
    say(w, w.minh, 0, 5)


@broken(talking)
def message_in_an_old_epoch(w):
    say(w, w.lan, 0, 5)


@broken(talking)
def message_with_the_head_of_another_epoch(w):
    say(w, w.lan, 1, 6, lambda aad: mls(2, 0, aad))


@broken(talking)
def message_of_another_group(w):
    say(w, w.lan, 1, 6, lambda aad: mls(2, 1, aad, bytes(20)))


@broken(talking)
def message_with_other_authenticated_data(w):
    say(w, w.lan, 1, 6, lambda aad: mls(2, 1, aad[:-1] + b"x"))


@broken(talking)
def message_that_is_public(w):
    say(w, w.lan, 1, 6, lambda aad: mls(1, 1, aad))


@broken(talking)
def message_above_the_channel(w):
    say(w, w.lan, 1, 6, label=3)


@broken(talking)
def message_of_a_removed_member(w):
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)
    say(w, w.minh, 1, 6)


@broken(talking)
def message_while_a_removed_member_can_read(w):
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)
    say(w, w.lan, 1, 6)


@broken(talking)
def message_while_a_revoked_device_can_read(w):
    w.state(w.minh, 9, w.minh.id, "lost")
    say(w, w.lan, 1, 6)


@broken(talking)
def message_after_the_close(w):
    w.post(w.lan, 21, ["concluded"], CHANNEL)
    say(w, w.lan, 1, 6)


@broken(talking)
def member_removed_after_the_close(w):
    w.post(w.lan, 21, ["concluded"], CHANNEL)
    w.post(w.lan, 20, ["minh@moit", "left"], CHANNEL)


@broken(talking)
def closed_by_a_member_of_another_agency(w):
    w.post(w.minh, 21, ["concluded"], CHANNEL)


@broken(talking)
def closed_without_a_reason(w):
    w.post(w.lan, 21, [""], CHANNEL)


@broken(talking)
def second_device_approved_by_an_approver(w):
    w.post(w.admin, 3, w.ticket("minh 2", "minh@moit"))
    _, fact = w.device("minh 2", "minh@moit")
    w.two(w.admin, w.checks, 8, *fact)


@broken(talking)
def heads_with_another_root(w):
    w.heads(root=sha256(b"root"))


@broken(talking)
def heads_of_fewer_streams(w):
    w.heads(count=1)


@broken(talking)
def heads_of_another_size(w):
    w.heads(size=len(w.leaves) + 1)


@broken(talking)
def heads_that_go_back(w):
    w.heads()
    w.heads(size=len(w.leaves) - 1)


@broken(talking)
def heads_frozen(w):
    """The heads of a moment ago, for the place of now: the last message is not in them."""
    before = dict(w.hashes)
    w.hashes = {stream: hashes[:-1] if stream == CHANNEL else hashes for stream, hashes in before.items()}
    leaves = dict(heads.head_leaf(KEYS_OF_TAGS[s], len(h) - 1, h[-1]) for s, h in w.hashes.items() if h)
    w.hashes = before
    w.heads(root=heads.root(leaves))


@broken(talking)
def heads_by_a_device(w):
    w.heads(author=w.admin)


@broken(talking)
def heads_with_a_label(w):
    w.heads(label=2)


@broken(talking)
def heads_in_the_directory(w):
    w.post(w.admin, 7, [1, 0, len(w.leaves), 1, sha256(b"root")])


@broken(lead_of_a_field_alone)
def registered_after_the_only_field_that_it_led_has_ended(w):
    step(w, w.admin, "connectivity", 4, "1/QĐ")
    w.post(w.quang, 6, [CHANNEL, COMMITMENT])


@broken(people)
def register_a_stream_of_the_logs_own(w):
    w.post(w.lan, 6, [bytes(15) + b"\x02", COMMITMENT])


# ------------------------------------------------------------------------------------------------------------------


def make(out):
    """Yields (name, whether the rules are kept, folder)."""
    for name, story in (KEPT | BROKEN).items():
        folder = Path(out) / name
        story().write(folder)
        yield name, name in KEPT, folder


def main():
    from consultation_scenarios import make  # with those of consultations among them

    parser = argparse.ArgumentParser(description="Make auditor's copies in which one rule is broken.")
    parser.add_argument("--out", required=True)
    for name, _, folder in make(parser.parse_args().out):
        print(f"{name:48}{folder}")


if __name__ == "__main__":
    main()
