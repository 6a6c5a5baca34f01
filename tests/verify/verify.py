#!/usr/bin/env python3
"""Verifies an auditor's copy of a thamvan log, from docs/protocol.md alone; shares no code with the Rust auditor.

    verify.py --copy DIR --policy FILE --genesis HASH [--json]

Exit status: 0 nothing found, 3 findings, 2 wrong usage. No key, passphrase or network is needed.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import channel as channel_rules
import consultation
import directory as directory_rules
import heads
import tlog
import wire
from channel import SAID, Channel, side_hashes
from directory import FACTORY_CEILING, Directory, Genesis, named_officials
from wire import HASH, ID, POSITION, SEEN, ZEROS, Malformed, array, between, demand, maybe, only, sha256, sized, text, uint

ENTRY_MAX, RECORD_MAX = 4096, 4608
TEN_MINUTES, TWO_MINUTES = 600_000, 120_000
NAMES = {1: "genesis", 2: "root-statement", 3: "statement", 4: "propose", 5: "approve", 6: "stream-register", 7: "heads", 16: "founding",
         17: "founding-approve", 18: "stream-open", 19: "member-add", 20: "member-remove", 21: "channel-close", 22: "authorisation",
         23: "authorisation-end", 24: "group-start", 25: "commit", 26: "commit-rejected", 27: "successor",
         28: "leave", 106: "disclosure"} | consultation.SILENT
MEDIA = {kind: f"application/vnd.thamvan.{name}+cbor" for kind, name in NAMES.items()} | dict.fromkeys(SAID, "message/mls")
SHAPES = directory_rules.SHAPES | channel_rules.SHAPES
BODY_MAX = {25: 2**20} | dict.fromkeys(SAID, 256 * 1024)  # the others 64 KiB
GROUP = array(uint, uint, uint)
FACTS = array(uint, uint, ID, maybe(GROUP), uint, HASH, maybe(POSITION), maybe(SEEN), uint, between(1, 6), maybe(HASH), maybe(consultation.ACT))
RECORD = array(only(1), uint, ID, uint, uint, maybe(POSITION), HASH, wire.raw)


class Report:
    """What was checked and what was found."""

    def __init__(self):
        self.findings = []
        self.checked = {"entries": 0, "signatures": 0, "streams": 0, "commits": 0, "acts": 0}
        self.shard = self.log = None

    def add(self, code, detail, severity="error", index=None, stream=None, seq=None, path=None):
        place = {"index": index, "stream": stream and stream.hex(), "seq": seq, "path": path, "detail": detail}
        self.findings.append({"code": code, "severity": severity, **place})

    def failed(self):
        return any(finding["severity"] == "error" for finding in self.findings)

    def document(self):
        size, root = (self.log.size, self.log.root.hex()) if self.log else (None, None)
        head = {"schema": 1, "verdict": "findings" if self.failed() else "ok", "shard": self.shard}
        return head | {"tree_size": size, "root": root, "checked": self.checked, "findings": self.findings}


@dataclass
class Record:
    """A sequenced record with its entry and body. `index` is the place of its leaf, where there is one."""

    raw: bytes
    shard: int
    stream: bytes
    seq: int
    time: int
    dir: list
    prev: bytes
    entry: bytes
    protected: bytes
    payload: bytes
    signature: bytes
    device: bytes
    media: str
    facts: list
    hash: bytes
    body: bytes = None
    index: int = None
    is_valid: bool = False  # of heads: not void

    type = property(lambda self: self.facts[0])
    group = property(lambda self: self.facts[3] and list(self.facts[3]))
    counter = property(lambda self: self.facts[4])
    entry_prev = property(lambda self: self.facts[5])
    head = property(lambda self: self.facts[6])
    seen = property(lambda self: self.facts[7])
    made = property(lambda self: self.facts[8])
    label = property(lambda self: self.facts[9])
    act = property(lambda self: self.facts[11])

    @classmethod
    def parse(cls, raw, value):
        _, shard, stream, seq, time, head, prev, entry = demand(RECORD, value, "record")
        cose = wire.decode(entry)
        if len(entry) > ENTRY_MAX or getattr(cose, "tag", None) != 18:
            raise Malformed("the entry is not a COSE_Sign1 of at most 4,096 bytes")
        shape = array(wire.raw, lambda v: isinstance(v, Mapping) and not v, HASH, sized(64))
        protected, _, payload, signature = demand(shape, cose.value, "entry")
        header = wire.decode(protected)
        if not isinstance(header, Mapping) or set(header) != {1, 4, 16, 258, 259, -70001}:
            raise Malformed("the labels of the header")
        fixed = array(only(-19), ID, only("thamvan/e1"), only(-16), text, FACTS)
        _, device, _, _, media, facts = demand(fixed, [header[k] for k in (1, 4, 16, 258, 259, -70001)], "header")
        return cls(raw, shard, stream, seq, time, head, prev, entry, protected, payload, signature, device, media, facts, sha256(raw))

    def signed_by(self, key):
        return wire.verify(key, self.signature, wire.encode(["Signature1", self.protected, b"", self.payload]))


class Stream:
    """The folder of one stream."""

    def __init__(self, copy, stream_id, report):
        self.id, self.copy, self.report = stream_id, copy, report
        self.folder = f"streams/{stream_id.hex()}/"
        self.k_stream = self._k_stream()
        self.records = self._records()

    def finding(self, code, detail, record=None, path=None, **more):
        where = {"seq": record.seq, "index": record.index} if record else {}
        self.report.add(code, detail, stream=self.id, path=path, **where, **more)

    def _read(self, name):
        path = self.folder + name
        if path in self.copy:
            return self.copy.read(path)
        self.finding("missing_file", "missing", path=path)
        return None

    def _k_stream(self):
        data = self._read("k_stream") or b""
        if len(data) == 65 and data.endswith(b"\n") and not set(data[:64]) - set(b"0123456789abcdef"):
            return bytes.fromhex(data[:64].decode())
        self.finding("entry_hash", "not 64 hexadecimal digits and a line feed", path=self.folder + "k_stream")
        return bytes(32)

    def _records(self):
        data, at, records = self._read("records.cborseq") or b"", 0, []
        while at < len(data):
            try:
                value, length = wire.decode_prefix(data[at : at + RECORD_MAX])
                records.append(Record.parse(data[at : at + length], value))
            except Malformed as error:
                self.finding("entry_hash", f"record {len(records)}: {error}", path=self.folder + "records.cborseq")
                break
            records[-1].body = self._body(records[-1])
            at += length
        return records

    def _body(self, record):
        path = f"{self.folder}bodies/{record.payload.hex()}"
        if path not in self.copy:
            self.finding("missing_file", "the body is missing", record, path)
            return None
        body = self.copy.read(path)
        if sha256(body) != record.payload:
            return None  # reported with the other files of the folder
        return body


# --- leaves and chains --------------------------------------------------------------------------------------------


def attribute(streams, log, report):
    """Finds the leaf of every record by its tag, and demands that every leaf has one (chapter 3)."""
    by_tag, owned = {}, set()
    for index, leaf in enumerate(log.entries):
        by_tag.setdefault(leaf[1:17], []).append(index)
    for stream in streams:
        last = -1
        for seq, record in enumerate([*stream.records, None]):
            tag = wire.hmac_sha256(stream.k_stream, b"thamvan/tag/v1" + seq.to_bytes(8, "big"))[:16]
            places = by_tag.get(tag, [])
            owned.update(places if record else ())
            if len(places) > 1:
                stream.finding("duplicate_seq", f"the tag of {seq} stands on several leaves", record)
            if record is None:
                if places:
                    stream.finding("missing_entry", f"the log has a record {seq} that the copy does not have")
            elif not places:
                stream.finding("missing_entry", "no leaf carries the tag of this record", record)
            else:
                record.index = places[0]
                if log.entries[record.index][17:] != record.hash:
                    stream.finding("entry_hash", "the leaf holds another hash than that of the record", record)
                if record.index <= last:
                    stream.finding("record_order", "the leaves of the stream do not rise", record)
                last = record.index
    for index in sorted(set(range(log.size)) - owned):
        report.add("missing_entry", "no record of the copy belongs to this leaf", index=index)


def check_chain(stream, directory_stream, shard):
    """`seq`, `prev`, `dir`, `head`, counters: everything that ties a record to those before it."""
    records, senders, last_dir = stream.records, {}, -1
    own = stream is directory_stream
    for seq, record in enumerate(records):
        say = partial(stream.finding, "record_order", record=record)
        if (record.shard, record.stream, record.facts[2]) != (shard, stream.id, stream.id):
            say("shard or stream is another one")
        if record.seq != seq:
            stream.finding("duplicate_seq" if record.seq < seq else "missing_entry", f"stands at place {seq}", record)
        if record.prev != (records[seq - 1].hash if seq else ZEROS):
            say("does not name the hash of the record before it")
        if record.dir is None:
            if not own or seq:
                say("has no directory position")
        elif not position_holds(record.dir, directory_stream.records, seq if own else None):
            say("`dir` is not a position of the directory")
        elif record.dir[0] < last_dir:
            say("`dir` goes back")
        else:
            last_dir = record.dir[0]
        counter, entry = senders.get(record.device, (-1, ZEROS))
        continues = record.counter == counter + 1 and record.entry_prev == entry
        knows = record.head is None or position_holds(record.head, records, seq)
        if not continues:
            say("counter or previous entry of the sender")
        if not knows:
            say("`head` is not a position of the stream so far")
        if continues and knows:
            senders[record.device] = (record.counter, sha256(record.entry))


def position_holds(position, records, before=None):
    return position[0] < (len(records) if before is None else before) and position[0] < len(records) and records[position[0]].hash == position[1]


def check_order(streams, log):
    """What holds across streams, in the order of the log: time, `dir` at sequencing, `seen` (chapters 2 and 3)."""
    placed = sorted((r.index, n, r) for n, s in enumerate(streams) for r in s.records if r.index is not None)
    time, head = 0, -1
    for index, n, record in placed:
        stream = streams[n]
        if record.time < time:
            stream.finding("record_order", "time decreases in the log", record)
        if log.quorum_time is not None and record.time > 1000 * log.quorum_time + TWO_MINUTES:
            stream.finding("record_order", "time is after the cosignatures of a checkpoint that holds the record", record)
        if record.dir and record.dir[0] != head:
            stream.finding("record_order", "`dir` is not the head of the directory at sequencing", record)
        if record.seen is None:
            if record.type not in (1, 2):
                stream.finding("record_order", "no checkpoint seen", record)
        elif record.seen[0] != record.shard or record.seen[1] > log.size:
            stream.finding("fork", "the author had seen a larger tree than this one, or another shard", record)
        elif record.seen[1] > index:
            stream.finding("fork", "the author had seen a larger tree than there was before the record", record)
        elif log.tree.root(record.seen[1]) != record.seen[2]:
            stream.finding("fork", "the author had seen another tree of that size", record)
        time, head = max(time, record.time), record.seq if n == 0 else head


# --- judging entries ----------------------------------------------------------------------------------------------


def belongs(kind, stream_id):
    if heads.reserved(stream_id):
        return stream_id == (heads.STREAM if kind == 7 else bytes(16)) and kind < 16
    return kind >= 16


def entry_problem(record, key, ceiling):
    """What can be said of one entry alone."""
    if not is_known(record) or not belongs(record.type, record.stream):
        return "act_invalid", f"type {record.type} is not one of rule version {record.facts[1]} in this stream"
    if record.label > ceiling:
        return "label_above_ceiling", "label above the ceiling"
    if record.label > FACTORY_CEILING:
        return "label_mismatch", "a secrecy level without the determination that it needs"
    if record.media != MEDIA[record.type]:
        return "entry_hash", "media type is not that of the type"
    if (record.type in SAID) != (record.facts[10] is not None) or (64 <= record.type <= 95) != (record.act is not None):
        return "act_invalid", "`com` is there exactly for content, `act` for consultations"
    if (record.type in (25, *SAID)) != (record.group is not None):
        return "act_invalid", "`group` is there exactly for commits and content"
    if key is None:
        return "bad_signature", "signed by no known key that is live at `dir`"
    if not record.signed_by(key):
        return "bad_signature", "the signature does not verify"
    if record.body is not None and len(record.body) > BODY_MAX.get(record.type, 65536):
        return "entry_hash", "the body is too large"
    if record.type not in (1, 2) and abs(record.time - record.made) > TEN_MINUTES:
        return "act_invalid", "`made` is more than 10 minutes from the record's time", "warning"
    return None


def is_known(record):
    """Whether rule version 1 knows the type, and the kinds of what is stated; others make the stream read-only (chapter 7)."""
    known = record.facts[1] == 1 and record.type in MEDIA
    return known and all(kind in directory_rules.FACTS for kind in stated_kinds(record))


def stated_kinds(record):
    """The kinds of the statements in a body; none where it has another shape, which is judged elsewhere."""
    try:
        body = wire.decode(record.body or b"")
        if record.type == 2:
            return [kind for kind, _ in wire.decode(body[0])[2]]
        return {3: lambda: [body[0]], 4: lambda: [body[0][0]]}.get(record.type, list)()
    except (Malformed, LookupError, TypeError, ValueError):
        return []


def judge(stream, record, directory, apply, report, read_only):
    """One record under the directory as it stands; a finding where the entry is void. `read_only`: streams."""
    report.checked["entries"] += 1
    if stream.id == heads.STREAM:
        key = heads.log_key(directory.genesis, record.device)
    elif record.type in (1, 2):
        key = (directory.roots or directory.genesis.roots).keys().get(record.device)
    else:
        device = directory.devices.get(record.device)
        key = device.key if device and directory.official_of(record.device) else None
    problem = entry_problem(record, key, directory.ceiling(record.time))
    report.checked["signatures"] += problem is None or problem[0] != "bad_signature"
    if not is_known(record) and key and record.signed_by(key):
        read_only.add(stream.id)
    elif not problem and read_only & {stream.id, bytes(16)}:
        problem = "act_invalid", "something before it is of a later version"
    elif not problem and record.body is not None:
        problem = apply(record)
        report.checked["acts"] += problem is None and record.act is not None
    if problem:
        code, detail, *severity = problem
        stream.finding(code, f"the entry is void: {detail}", record, severity=severity[0] if severity else "error")


def fold(streams, directory, report):
    """Replays the directory, and every channel record under the directory at its `dir`."""
    register, *others = streams
    minute, channels, read_only = heads.Heads(directory.genesis), {}, set()
    waiting = {stream.id: list(reversed(stream.records)) for stream in others}

    def judge_until(position):
        for stream in others:
            queue = waiting[stream.id]
            while queue and (position is None or (queue[-1].dir or [0])[0] <= position):
                record = queue.pop()
                if stream.id == heads.STREAM:
                    judge(stream, record, directory, minute.apply, report, read_only)
                    continue
                if stream.id not in directory.streams:
                    stream.finding("act_invalid", "the stream is not registered", record)
                    continue
                channel = channels.setdefault(stream.id, Channel(stream.id, directory.streams[stream.id], read_only=read_only))
                judge(stream, record, directory, partial(channel.apply, directory=directory), report, read_only)

    for record in register.records:
        judge(register, record, directory, directory.apply, report, read_only)
        judge_until(record.seq)
    judge_until(None)
    report.checked["commits"] = sum(channel.commits for channel in channels.values())


# --- files --------------------------------------------------------------------------------------------------------


def named_sides(record):
    """Hashes of the byte strings that travel beside an entry: (kept, erasable)."""
    try:
        body = demand(SHAPES[record.type], wire.decode(record.body), "body")
        kept, erasable = side_hashes(record.type, body)
        return kept, erasable | named_officials(record.type, body)
    except (Malformed, KeyError, TypeError):  # no body, or not that of its type: reported elsewhere
        return set(), set()


def check_bodies(stream):
    """Every body carries its hash as its name, and something names it."""
    prefix = stream.folder + "bodies/"
    wanted = {record.payload for record in stream.records}
    for record in stream.records:
        kept, erasable = named_sides(record)
        wanted |= kept | erasable
        for path in (prefix + h.hex() for h in kept):
            if path not in stream.copy:
                stream.finding("missing_file", "a side body is missing", record, path, severity="warning")
    names = {h.hex() for h in wanted}
    for path in sorted(p for p in stream.copy if p.startswith(prefix)):
        if path[len(prefix) :] not in names:
            stream.finding("extra_file", "no entry names this body", path=path)
        elif sha256(stream.copy.read(path)).hex() != path[len(prefix) :]:
            stream.finding("entry_hash", "the body does not have the hash in its name", path=path)


def check_other_files(copy, streams, report):
    folders = tuple(stream.folder for stream in streams)
    for path in sorted(copy):
        known = path == "index.json" or path.startswith("log/tile/") or path == "log/checkpoint"
        tail = path.split("/", 2)[2] if path.startswith(folders) else ""
        if not known and tail not in ("records.cborseq", "k_stream") and not tail.startswith("bodies/"):
            report.add("extra_file", "not a file of an auditor's copy", path=path)
    for path in copy.links:
        report.add("extra_file", "a link", path=path)


def check_index(copy, log, streams, shard, report):
    """index.json says nothing that the rest does not say."""
    rows = [{"stream": s.id.hex(), "records": len(s.records), "bodies": sum(p.startswith(s.folder + "bodies/") for p in copy)}
            for s in streams]
    index = {"schema": 1, "origin": log.origin, "shard": shard, "tree_size": log.size, "root": log.root.hex(), "streams": rows}
    if "index.json" not in copy:
        report.add("missing_file", "missing", path="index.json")
    elif copy.read("index.json") != (json.dumps(index, indent=2) + "\n").encode():
        report.add("index_mismatch", "index.json does not follow from the rest of the copy", path="index.json")


# --- the whole ----------------------------------------------------------------------------------------------------


def open_genesis(stream, policy_bytes, policy, wanted, report):
    """The genesis of the copy, if it is the one asked for."""
    try:
        genesis = Genesis.parse(stream.records[0].body if stream.records and stream.records[0].body else b"")
    except Malformed as error:
        stream.finding("entry_hash", f"genesis: {error}")
        return None
    facts = [(genesis.hash == wanted, "not the genesis that was asked for"),
             (genesis.origin == policy.log.name and genesis.log_key == policy.log.vkey, "another log than that of the policy"),
             (genesis.policy == sha256(policy_bytes), "another policy than the one given")]
    for holds, detail in facts:
        if not holds:
            stream.finding("bad_signature", detail, stream.records[0])
    if genesis.k_stream != stream.k_stream:
        stream.finding("entry_hash", "not the k_stream of the genesis", path=stream.folder + "k_stream")
    return genesis


def verify(folder, policy_bytes, wanted):
    report, copy, policy = Report(), tlog.Copy(folder), tlog.Policy.parse(policy_bytes)
    ids = {p.split("/")[1] for p in copy if p.startswith("streams/")}
    ids = sorted(bytes.fromhex(i) for i in ids | {"0" * 32} if len(i) == 32 and not set(i) - set("0123456789abcdef"))
    streams = [Stream(copy, stream_id, report) for stream_id in ids]
    check_other_files(copy, streams, report)
    genesis = open_genesis(streams[0], policy_bytes, policy, wanted, report)
    report.log = log = tlog.check(copy, policy, report)
    report.checked["streams"] = len(streams)
    if not log:
        return report
    attribute(streams, log, report)
    if not genesis:
        return report
    report.shard = genesis.shard
    for stream in streams:
        check_chain(stream, streams[0], genesis.shard)
    check_order(streams, log)
    directory = Directory(genesis)
    fold(streams, directory, report)
    heads.check(streams, log)
    for stream in streams:
        commitment = sha256(b"thamvan/kc/v1" + stream.k_stream)
        if stream.id == heads.STREAM:
            if stream.k_stream != heads.k_stream(genesis.k_stream):
                stream.finding("entry_hash", "not the k_stream that the genesis gives the heads", path=stream.folder + "k_stream")
        elif stream is not streams[0] and directory.streams.get(stream.id) != commitment:
            stream.finding("entry_hash", "not the registered k_stream", path=stream.folder + "k_stream")
        check_bodies(stream)
    check_index(copy, log, streams, genesis.shard, report)
    return report


def main():
    parser = argparse.ArgumentParser(description="Verify an auditor's copy of a thamvan log.")
    parser.add_argument("--copy", required=True, metavar="DIR")
    parser.add_argument("--policy", required=True, metavar="FILE")
    parser.add_argument("--genesis", required=True, metavar="HASH")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        wanted = demand(sized(32), bytes.fromhex(arguments.genesis), "genesis hash")
        with open(arguments.policy, "rb") as file:
            policy_bytes = file.read()
        tlog.Policy.parse(policy_bytes)
        with open(f"{arguments.copy}/log/checkpoint", "rb"):
            pass
    except (OSError, ValueError) as error:
        parser.error(str(error))
    report = verify(arguments.copy, policy_bytes, wanted)
    if arguments.json:
        print(json.dumps(report.document(), ensure_ascii=False))
    else:
        for f in report.findings:
            place = " ".join(str(f[k]) for k in ("path", "stream", "seq", "index") if f[k] is not None)
            print(f"{f['severity']:8}{f['code']:24}{f['detail']}  {place}")
        print(f"{report.document()['verdict']}: {report.checked['entries']} entries, {report.checked['signatures']} signatures")
    return 3 if report.failed() else 0


if __name__ == "__main__":
    sys.exit(main())
