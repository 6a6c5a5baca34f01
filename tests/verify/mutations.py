#!/usr/bin/env python3
"""Makes damaged copies of a good auditor's copy, each in a folder of its own: NAME/copy, NAME/policy.txt, NAME/genesis.hash.

    mutations.py --copy DIR --policy FILE --genesis HASH --out DIR [--log-key FILE [--witness-key FILE]...]

Two families. `MUTATIONS` damage files, as a bad disk or a dishonest courier would. `FORGERIES` need the log's own key (a
Go note signer key): they rebuild tree, tiles, index and signature over changed records, as a dishonest operator would, so
that only the rules about records can find them. With the witnesses' keys (as `witness.key` holds them) they are cosigned too.
"""

import argparse
import base64
import json
import shutil
from pathlib import Path

import tlog
import wire
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from wire import sha256

DIRECTORY = "0" * 32


class Case:
    """A copy about to be damaged."""

    def __init__(self, folder, log_key=None, witness_keys=()):
        self.folder, self.copy, self.log_key, self.witness_keys = folder, folder / "copy", log_key, witness_keys
        self.streams = sorted(p.name for p in (self.copy / "streams").iterdir())
        self.size = int((self.copy / "log/checkpoint").read_text().split("\n")[1])
        self.width = self.size % 256 or 256

    def flip(self, path, at=-1):
        data = bytearray((self.copy / path).read_bytes())
        data[at] ^= 1
        (self.copy / path).write_bytes(bytes(data))

    def last_tile(self, level):
        *_, path = (path for kind, _, _, path in tlog.tiles(self.size) if kind == level)
        return path

    def records(self, stream):
        data, items = (self.copy / "streams" / stream / "records.cborseq").read_bytes(), []
        while data:
            _, length = wire.decode_prefix(data)
            items.append(data[:length])
            data = data[length:]
        return items

    def put_records(self, stream, items):
        (self.copy / "streams" / stream / "records.cborseq").write_bytes(b"".join(items))

    def body(self, stream, seq):
        entry = wire.decode(wire.decode(self.records(stream)[seq])[7])
        return self.copy / "streams" / stream / "bodies" / entry.value[2].hex()

    def checkpoint(self):
        return self.copy / "log/checkpoint"

    # --- with the log's key ---

    def in_order(self):
        """[stream, record] of the whole log, in the order of its leaves."""
        leaves = {}
        for _, number, width, path in (t for t in tlog.tiles(self.size) if t[0] == "entries"):
            for i, leaf in enumerate(tlog.split_bundle((self.copy / path).read_bytes(), width)):
                leaves[leaf[17:]] = 256 * number + i
        rows = [[stream, record] for stream in self.streams for record in self.records(stream)]
        return sorted(rows, key=lambda row: leaves[sha256(row[1])])

    def leaf(self, stream, seq, record):
        k_stream = bytes.fromhex((self.copy / "streams" / stream / "k_stream").read_text())
        tag = wire.hmac_sha256(k_stream, b"thamvan/tag/v1" + seq.to_bytes(8, "big"))[:16]
        return b"\x01" + tag + sha256(record)

    def lines(self):
        """The signature lines of the checkpoint; the log's is the first."""
        head, _, tail = self.checkpoint().read_text().rpartition("\n\n")
        return head, tail.splitlines()

    def put_lines(self, head, lines):
        self.checkpoint().write_text("\n".join([head, "", *lines, ""]))

    def sign(self, size, root, seconds=None):
        """`seconds`: of the cosignatures; by default those that are there."""
        origin = self.checkpoint().read_text().split("\n")[0]
        _, _, name, key_id, secret = self.log_key.split("+", 4)
        body = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret)[1:])
        field = base64.b64encode(bytes.fromhex(key_id) + key.sign(body.encode())).decode()
        lines, (_, before) = [f"— {name} {field}"], self.lines()
        for key in self.witness_keys:
            _, _, name, key_id, secret = key.split("+", 4)
            had = next(line for line in before if line.startswith(f"— {name} "))
            time = base64.b64decode(had.split(" ")[2])[4:12] if seconds is None else seconds.to_bytes(8, "big")
            message = b"cosignature/v1\ntime %d\n" % int.from_bytes(time, "big") + body.encode()
            cosignature = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret)[1:]).sign(message)
            lines.append(f"— {name} {base64.b64encode(bytes.fromhex(key_id) + time + cosignature).decode()}")
        self.put_lines(body.rstrip("\n"), lines)

    def rebuild(self, rows, more_leaves=()):
        """Everything that follows from the records, made anew and signed."""
        counts, leaves = dict.fromkeys(self.streams, 0), []
        for stream, record in rows:
            leaves.append(self.leaf(stream, counts[stream], record))
            counts[stream] += 1
        for stream in self.streams:
            self.put_records(stream, [record for name, record in rows if name == stream])
        leaves += more_leaves
        tree = tlog.Tree(leaves)
        shutil.rmtree(self.copy / "log/tile")
        for level, number, width, path in tlog.tiles(len(leaves)):
            part = leaves[256 * number : 256 * number + width]
            bundle = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in part)
            (self.copy / path).parent.mkdir(parents=True, exist_ok=True)
            (self.copy / path).write_bytes(bundle if level == "entries" else tree.tile(level, number, width))
        root = tree.root(len(leaves))
        self.sign(len(leaves), root)
        index = json.loads((self.copy / "index.json").read_text())
        index |= {"tree_size": len(leaves), "root": root.hex()}
        for row in index["streams"]:
            row["records"] = counts[row["stream"]]
        (self.copy / "index.json").write_text(json.dumps(index, indent=2) + "\n")


# --- damage: name, whether it touches the log half, what it does --------------------------------------------------

MUTATIONS, COSIGNED, FORGERIES = {}, {}, {}


def mutation(log_half=False, cosigned=False):
    """`cosigned`: needs a checkpoint with cosignatures."""
    def add(function):
        (COSIGNED if cosigned else MUTATIONS)[function.__name__.replace("_", "-")] = (log_half, function)
        return function

    return add


@mutation(log_half=True)
def entry_bundle_byte(case):
    case.flip(case.last_tile("entries"))


@mutation(log_half=True)
def hash_tile_byte(case):
    case.flip(case.last_tile(0))


@mutation(log_half=True)
def checkpoint_root(case):
    lines = case.checkpoint().read_text().split("\n")
    root = bytearray(base64.b64decode(lines[2]))
    root[0] ^= 1
    lines[2] = base64.b64encode(root).decode()
    case.checkpoint().write_text("\n".join(lines))


@mutation(log_half=True)
def log_signature(case):
    head, lines = case.lines()
    case.put_lines(head, [damaged(lines[0]), *lines[1:]])


def damaged(line, at=20):
    start, _, field = line.rpartition(" ")
    field = bytearray(base64.b64decode(field))
    field[at] ^= 1
    return f"{start} {base64.b64encode(field).decode()}"


@mutation(cosigned=True)
def cosignature_byte(case):
    head, lines = case.lines()
    case.put_lines(head, [*lines[:-1], damaged(lines[-1])])


@mutation(cosigned=True)
def cosignature_time(case):
    head, lines = case.lines()
    case.put_lines(head, [*lines[:-1], damaged(lines[-1], at=8)])


@mutation(cosigned=True)
def cosignature_dropped(case):
    head, lines = case.lines()
    case.put_lines(head, lines[:-1])


@mutation(cosigned=True)
def cosignature_twice(case):
    head, lines = case.lines()
    case.put_lines(head, [*lines, lines[-1]])


@mutation(log_half=True)
def partial_tile_width(case):
    for level in (0, "entries"):
        path = case.copy / case.last_tile(level)
        data = path.read_bytes()
        path.unlink()
        path.with_name(str(case.width - 1)).write_bytes(data[: len(data) // case.width * (case.width - 1)])


@mutation(log_half=True)
def tile_deleted(case):
    (case.copy / case.last_tile(0)).unlink()


@mutation(log_half=True)
def older_checkpoint(case):
    """A checkpoint of one entry less. Signed, where the log's key is at hand; else the signature is the first thing wrong."""
    entries = [leaf for _, n, w, path in tlog.tiles(case.size) if path.startswith("log/tile/entries/")
               for leaf in tlog.split_bundle((case.copy / path).read_bytes(), w)]
    root = tlog.Tree(entries).root(case.size - 1)
    if case.log_key:
        case.sign(case.size - 1, root)
    else:
        lines = case.checkpoint().read_text().split("\n")
        lines[1:3] = [str(case.size - 1), base64.b64encode(root).decode()]
        case.checkpoint().write_text("\n".join(lines))


@mutation()
def last_record_dropped(case):
    case.put_records(case.streams[-1], case.records(case.streams[-1])[:-1])


@mutation()
def records_swapped(case):
    items = case.records(case.streams[-1])
    items[-2:] = items[:-3:-1]
    case.put_records(case.streams[-1], items)


@mutation()
def record_duplicated(case):
    items = case.records(case.streams[-1])
    case.put_records(case.streams[-1], [*items, items[-1]])


@mutation()
def record_moved(case):
    items = case.records(case.streams[-1])
    case.put_records(DIRECTORY, [*case.records(DIRECTORY), items.pop()])
    case.put_records(case.streams[-1], items)


@mutation()
def record_byte(case):
    case.flip(f"streams/{case.streams[-1]}/records.cborseq")


@mutation()
def record_not_deterministic(case):
    items = case.records(DIRECTORY)
    items[0] = b"\x98\x08" + items[0][1:]  # the array head in two bytes where one is enough
    case.put_records(DIRECTORY, items)


@mutation()
def channel_k_stream(case):
    (case.copy / "streams" / case.streams[-1] / "k_stream").write_text("11" * 32 + "\n")


@mutation()
def directory_k_stream(case):
    (case.copy / "streams" / DIRECTORY / "k_stream").write_text("11" * 32 + "\n")


@mutation()
def body_changed(case):
    case.flip(case.body(case.streams[-1], -1).relative_to(case.copy))


@mutation()
def body_deleted(case):
    case.body(case.streams[-1], -1).unlink()


@mutation()
def extra_body(case):
    data = b"nobody names this"
    (case.copy / "streams" / DIRECTORY / "bodies" / sha256(data).hex()).write_bytes(data)


@mutation()
def extra_file(case):
    (case.copy / "log/notes.txt").write_text("not part of a copy\n")


@mutation()
def stream_removed(case):
    shutil.rmtree(case.copy / "streams" / case.streams[-1])


@mutation()
def index_forged(case):
    index = json.loads((case.copy / "index.json").read_text())
    index["streams"][-1]["records"] += 1
    (case.copy / "index.json").write_text(json.dumps(index, indent=2) + "\n")


@mutation()
def genesis_replaced(case):
    """One bit of the genesis, under a name and a payload that fit again; the signatures cannot."""
    old = case.body(DIRECTORY, 0)
    body = bytearray(old.read_bytes())
    body[60] ^= 1
    old.unlink()
    old.with_name(sha256(bytes(body)).hex()).write_bytes(body)
    items = case.records(DIRECTORY)
    items[0] = items[0].replace(bytes.fromhex(old.name), sha256(bytes(body)))
    case.put_records(DIRECTORY, items)


@mutation()
def genesis_of_another(case):
    (case.folder / "genesis.hash").write_text(sha256(b"another deployment").hex() + "\n")


@mutation()
def policy_of_another(case):
    with open(case.folder / "policy.txt", "a") as file:
        file.write("# a comment that the genesis does not know\n")


# --- forgeries: the operator's own key signs them -----------------------------------------------------------------


def forgery(function):
    FORGERIES["forged-" + function.__name__.replace("_", "-")] = (False, function)
    return function


def changed(record, **fields):
    """The record with other values of its own (not signed by any device) fields."""
    names = ("version", "shard", "stream", "seq", "time", "dir", "prev", "entry")
    value = dict(zip(names, wire.decode(record))) | fields
    return wire.encode([value[name] for name in names])


@forgery
def record_left_out(case):
    rows = case.in_order()
    case.rebuild(rows[:-2] + rows[-1:])


@forgery
def record_replayed(case):
    rows = case.in_order()
    stream, record = rows[-1]
    again = changed(record, seq=wire.decode(record)[3] + 1, prev=sha256(record))
    case.rebuild([*rows, [stream, again]])


@forgery
def order_in_the_log(case):
    rows = case.in_order()
    rows[-2], rows[-1] = rows[-1], rows[-2]
    case.rebuild(rows)


@forgery
def time_back(case):
    rows = case.in_order()
    rows[-1][1] = changed(rows[-1][1], time=wire.decode(rows[0][1])[4])
    case.rebuild(rows)


@forgery
def older_directory(case):
    rows = case.in_order()
    register = [record for stream, record in rows if stream == DIRECTORY]
    rows[-1][1] = changed(rows[-1][1], dir=[len(register) - 2, sha256(register[-2])])
    case.rebuild(rows)


@forgery
def directory_before_the_device(case):
    rows = case.in_order()
    rows[-1][1] = changed(rows[-1][1], dir=[0, sha256(rows[0][1])])
    case.rebuild(rows)


@forgery
def shard(case):
    rows = case.in_order()
    rows[-1][1] = changed(rows[-1][1], shard=1)
    case.rebuild(rows)


@forgery
def signature(case):
    rows = case.in_order()
    entry = bytearray(wire.decode(rows[-1][1])[7])
    entry[-1] ^= 1
    rows[-1][1] = changed(rows[-1][1], entry=bytes(entry))
    case.rebuild(rows)


@forgery
def signature_of_small_order(case):
    """R is the neutral element and s is 0: some verifiers take that for a few keys; a strict one never."""
    rows = case.in_order()
    entry = wire.decode(rows[-1][1])[7][:-64] + b"\x01" + bytes(63)
    rows[-1][1] = changed(rows[-1][1], entry=entry)
    case.rebuild(rows)


@forgery
def leaf_of_nobody(case):
    case.rebuild(case.in_order(), [b"\x01" + sha256(b"tag")[:16] + sha256(b"record")])


@forgery
def leaf_twice(case):
    rows = case.in_order()
    stream, record = rows[-1]
    case.rebuild(rows, [case.leaf(stream, wire.decode(record)[3], record)])


@forgery
def early_entry_changed(case):
    """The first record gets another time: the tree is consistent in itself, but not with what the authors saw."""
    rows = case.in_order()
    first = changed(rows[0][1], time=wire.decode(rows[0][1])[4] - 1)
    case.rebuild([[rows[0][0], first], *rows[1:]])


@forgery
def record_after_its_cosignatures(case):
    """Log time runs ahead of the witnesses: whole in itself, but cosigned three minutes before the last record."""
    rows = case.in_order()
    seconds = wire.decode(rows[-1][1])[4] // 1000 - 180
    _, size, root = case.lines()[0].split("\n")
    case.sign(int(size), base64.b64decode(root), seconds)


# ------------------------------------------------------------------------------------------------------------------


def make(copy, policy, genesis, out, log_key=None, witness_keys=()):
    """Yields (name, whether the log half is touched, folder) of each damaged copy."""
    cosigned = (Path(copy) / "log/checkpoint").read_text().count("\n— ") > 1
    chosen = MUTATIONS | (COSIGNED if cosigned else {}) | (FORGERIES if log_key else {})
    if not witness_keys:
        chosen.pop("record-after-its-cosignatures", None)
    for name, (log_half, damage) in chosen.items():
        folder = Path(out) / name
        shutil.copytree(copy, folder / "copy")
        shutil.copyfile(policy, folder / "policy.txt")
        (folder / "genesis.hash").write_text(genesis + "\n")
        damage(Case(folder, log_key, witness_keys))
        yield name, log_half, folder


def main():
    parser = argparse.ArgumentParser(description="Make damaged copies of an auditor's copy.")
    for name in ("copy", "policy", "genesis", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--log-key")
    parser.add_argument("--witness-key", action="append", default=[])
    a = parser.parse_args()
    key = Path(a.log_key).read_text().strip() if a.log_key else None
    witnesses = [Path(file).read_text().strip() for file in a.witness_key]
    for name, _, folder in make(a.copy, a.policy, a.genesis, a.out, key, witnesses):
        print(f"{name:32}{folder}")


if __name__ == "__main__":
    main()
