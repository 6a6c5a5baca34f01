"""The log half (chapter 8): C2SP signed-note, tlog-policy, tlog-checkpoint, tlog-cosignature and tlog-tiles; RFC 6962 hashing."""

import base64
import binascii
import os
import struct
from dataclasses import dataclass

from wire import Malformed, sha256, verify

LEAF = 49  # 0x01 || tag[16] || H(record)[32]
NOTE_MAX, SIGNATURES_MAX = 64 * 1024, 100


def unbase64(string):
    try:
        data = base64.b64decode(string, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(data).decode() != string:
        raise Malformed("base64 is not canonical")
    return data


# --- policy and note ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verifier:
    """A note verification key: `name+keyid+base64(type || key)`."""

    vkey: str
    name: str
    kind: int
    key: bytes
    key_id: bytes

    @classmethod
    def parse(cls, vkey):
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise Malformed("not a note verification key")
        material = unbase64(parts[2])
        key_id = sha256(parts[0].encode() + b"\n" + material)[:4]
        if len(material) != 33 or parts[1] != key_id.hex():
            raise Malformed("the key id does not belong to the key")
        return cls(vkey, parts[0], material[0], material[1:], key_id)

    def accepts(self, signature, message):
        if self.kind == 1:
            return verify(self.key, signature, message)
        if self.kind == 4 and len(signature) == 72:  # cosignature/v1: seconds, then the signature
            seconds = struct.unpack(">Q", signature[:8])[0]
            return verify(self.key, signature[8:], b"cosignature/v1\ntime %d\n" % seconds + message)
        return False


@dataclass
class Policy:
    """A tlog-policy file: one log, its witnesses, and who of them must have cosigned."""

    log: Verifier
    witnesses: dict
    groups: dict
    quorum: str

    @classmethod
    def parse(cls, data):
        logs, witnesses, groups, quorum = [], {}, {}, []
        for line in data.decode().splitlines():
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "log" and len(words) in (2, 3):
                logs.append(Verifier.parse(words[1]))
            elif words[0] == "witness" and len(words) in (3, 4):
                witnesses[words[1]] = Verifier.parse(words[2])
            elif words[0] == "group" and len(words) > 3:
                members = words[3:]
                groups[words[1]] = ({"any": 1, "all": len(members)}.get(words[2]) or int(words[2]), members)
            elif words[0] == "quorum" and len(words) == 2:
                quorum.append(words[1])
            else:
                raise Malformed(f"policy line: {line}")
        if len(logs) != 1 or len(quorum) != 1 or logs[0].kind != 1:
            raise Malformed("a policy names one log with an Ed25519 key, and one quorum")
        return cls(logs[0], witnesses, groups, quorum[0])

    def met(self, signed, name=None):
        """Whether the witnesses in `signed` (vkeys) satisfy the quorum."""
        name = name or self.quorum
        if name == "none":
            return True
        if name in self.witnesses:
            return self.witnesses[name].vkey in signed
        need, members = self.groups.get(name, (1, []))
        return sum(self.met(signed, member) for member in members) >= need

    def quorum_time(self, times):
        """The latest time such that the cosignatures of that time and later meet the quorum; None without one."""
        met = [t for t in times.values() if self.met({vkey for vkey, other in times.items() if other >= t})]
        return max(met) if met and self.quorum != "none" else None


def open_note(data, policy):
    """(text, whether the log signed, {vkey of a witness: seconds}, what is wrong with other lines)."""
    if len(data) > NOTE_MAX:
        raise Malformed("the note is too large")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Malformed("the note is not UTF-8") from None
    if any(ord(c) < 32 and c != "\n" for c in note) or "\n\n" not in note:
        raise Malformed("not a signed note")
    head, _, tail = note.rpartition("\n\n")
    body, lines = head + "\n", tail.split("\n")
    if lines.pop() != "" or not 1 <= len(lines) <= SIGNATURES_MAX:
        raise Malformed("a note ends in signature lines")
    known = {(v.name, v.key_id): v for v in [policy.log, *policy.witnesses.values()]}
    signed, times, wrong, seen = False, {}, [], set()
    for line in lines:
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—":
            raise Malformed("not a signature line")
        field = unbase64(words[2])
        verifier = known.get((words[1], field[:4]))
        good = verifier is not None and verifier.accepts(field[4:], body.encode())
        if verifier == policy.log and not good:
            raise Malformed("bad signature of the log")
        if (words[1], field[:4]) in seen:
            wrong.append(f"{words[1]} signed twice")
        elif verifier is None:
            wrong.append(f"{words[1]} is not a key of the policy")
        elif not good:
            wrong.append(f"bad cosignature of {words[1]}")
        elif verifier == policy.log:
            signed = True
        else:
            times[verifier.vkey] = struct.unpack(">Q", field[4:12])[0]
        seen.add((words[1], field[:4]))
    return body, signed, times, wrong


def parse_checkpoint(body):
    """(origin, size, root) of a checkpoint without extension lines."""
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] != "" or not lines[1].isascii() or not lines[1].isdigit():
        raise Malformed("a checkpoint has three lines")
    size, root = int(lines[1]), unbase64(lines[2])
    if str(size) != lines[1] or size >= 2**63 or len(root) != 32:
        raise Malformed("size or root of the checkpoint")
    return lines[0], size, root


# --- the tree -----------------------------------------------------------------------------------------------------


def node(left, right):
    return sha256(b"\x01" + left + right)


class Tree:
    """Every complete subtree over the leaves: row h holds those of height h."""

    def __init__(self, entries):
        self.rows = [[sha256(b"\x00" + entry) for entry in entries]]
        while len(self.rows[-1]) > 1:
            row = self.rows[-1]
            self.rows.append([node(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)])

    def root(self, size):
        parts, start = [], 0
        for height in range(len(self.rows) - 1, -1, -1):
            if size >> height & 1:
                parts.append(self.rows[height][start >> height])
                start += 1 << height
        if not parts:
            return sha256(b"")
        total = parts.pop()
        while parts:
            total = node(parts.pop(), total)
        return total

    def tile(self, level, number, width):
        row = self.rows[8 * level] if 8 * level < len(self.rows) else []
        return b"".join(row[256 * number : 256 * number + width])


def tile_name(number):
    """C2SP: groups of three digits, all but the last with an x before."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join(["x" + g for g in groups[:-1]] + groups[-1:])


def tiles(size):
    """(level or `entries`, number, width, path) of every tile and entry bundle of a tree of this size."""
    level, count = 0, size
    while count:
        for number in range(-(-count // 256)):
            width = min(256, count - 256 * number)
            name = tile_name(number) + (f".p/{width}" if width < 256 else "")
            yield level, number, width, f"log/tile/{level}/{name}"
            if level == 0:
                yield "entries", number, width, f"log/tile/entries/{name}"
        level, count = level + 1, count >> 8


def split_bundle(data, width):
    """The entries of a bundle: exactly `width`, each with its length before it, nothing after."""
    entries, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise Malformed("the entry bundle ends early")
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) != width:
        raise Malformed(f"the entry bundle holds {len(entries)} entries, not {width}")
    return entries


# --- the whole half -----------------------------------------------------------------------------------------------


@dataclass
class Log:
    origin: str
    size: int
    root: bytes
    entries: list
    tree: Tree
    quorum_time: int | None


def read_checkpoint(copy, policy, report):
    """(origin, size, root, quorum time) as signed by the log, or None."""
    path = "log/checkpoint"
    if path not in copy:
        report.add("missing_file", "no checkpoint", path=path)
        return None
    try:
        body, signed, times, wrong = open_note(copy.read(path), policy)
        origin, size, root = parse_checkpoint(body)
    except Malformed as error:
        report.add("bad_signature", str(error), path=path)
        return None
    if not signed or origin != policy.log.name:
        report.add("bad_signature", "the checkpoint is not signed by the log of the policy", path=path)
        return None
    report.checked["signatures"] += 1 + len(times)
    for detail in wrong:
        report.add("bad_cosignature", detail, path=path)
    if policy.quorum == "none":
        report.add("bad_cosignature", "the policy asks for no cosignature", path=path, severity="warning")
    elif not policy.met(times):
        report.add("bad_cosignature", "the quorum of the policy is not met", path=path)
    return origin, size, root, None if wrong else policy.quorum_time(times)


def read_entries(copy, size, report):
    entries = []
    for level, number, width, path in tiles(size):
        if level != "entries":
            continue
        bundle = []
        if path in copy:
            try:
                bundle = split_bundle(copy.read(path), width)
            except Malformed as error:
                report.add("entry_hash", str(error), path=path)
        entries += (bundle + [b""] * width)[:width]
    return entries


def check_files(copy, size, report):
    """Exactly the tiles that this size asks for."""
    expected = {path for _, _, _, path in tiles(size)}
    found = {path for path in copy if path.startswith("log/tile/")}
    for path in sorted(expected - found):
        report.add("missing_file", "a tile of this tree size is missing", path=path)
    for path in sorted(found - expected):
        report.add("partial_tile" if ".p/" in path else "extra_file", "not a tile of this tree size", path=path)


def check(copy, policy, report):
    """Verifies everything under log/ and returns the log, or None where there is no checkpoint to hold on to."""
    head = read_checkpoint(copy, policy, report)
    if head is None:
        return None
    origin, size, root, quorum_time = head
    if size > 256 * max(1, sum(path.startswith("log/tile/entries/") for path in copy)):
        report.add("missing_file", "fewer entry bundles than the tree size asks for", path="log/tile/entries")
        return None
    check_files(copy, size, report)
    entries = read_entries(copy, size, report)
    for index, entry in enumerate(entries):
        if len(entry) != LEAF or entry[0] != 1:
            report.add("entry_hash", "not a leaf of 49 bytes that begins with 1", index=index)
    tree = Tree(entries)
    if tree.root(size) != root:
        report.add("root_mismatch", "the entries do not hash to the root of the checkpoint", path="log/checkpoint")
    for level, number, width, path in tiles(size):
        if level != "entries" and path in copy and copy.read(path) != tree.tile(level, number, width):
            report.add("tile_hash", "the tile does not hold the hashes of the entries", path=path)
    return Log(origin, size, root, entries, tree, quorum_time)


class Copy:
    """The files of a copy, by their path with `/`. Links are not files."""

    def __init__(self, folder):
        self.folder, self.paths, self.links = folder, set(), []
        for base, folders, files in os.walk(folder):
            for name in folders + files:
                full = os.path.join(base, name)
                path = os.path.relpath(full, folder).replace(os.sep, "/")
                if os.path.islink(full):
                    self.links.append(path)
                elif name in files:
                    self.paths.add(path)

    def __contains__(self, path):
        return path in self.paths

    def __iter__(self):
        return iter(self.paths)

    def read(self, path):
        with open(os.path.join(self.folder, path), "rb") as file:
            return file.read()
