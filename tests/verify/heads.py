"""Minute heads (chapters 5 and 7): who signs them, that they go forward, that they are true, and that none is missing for long."""

import wire
from tlog import Tree, Verifier
from wire import HASH, Malformed, array, between, decode, demand, only, sha256, uint

STREAM = bytes(15) + b"\x01"
BODY = array(only(1), uint, uint, uint, HASH)
LATE = 180_000


def reserved(stream_id):
    return stream_id[:15] == bytes(15)


def k_stream(directory_key):
    return wire.hmac_sha256(directory_key, b"thamvan/heads-key/v1")


def log_key(genesis, device_id):
    """The key that signs in the stream of heads, for its own id only."""
    key = Verifier.parse(genesis.log_key).key
    return key if device_id == sha256(key)[:16] else None


def head_leaf(stream_key, seq, record_hash):
    """(tag, what is hashed into the leaf)."""
    tag = wire.hmac_sha256(stream_key, b"thamvan/head/v1" + seq.to_bytes(8, "big"))[:16]
    return tag, wire.encode([tag, seq, record_hash])


def root(leaves):
    """Over {tag: leaf}, in rising order of the tags."""
    return Tree([leaf for _, leaf in sorted(leaves.items())]).root(len(leaves))


class Heads:
    """What the ledger says of heads entries, one after another."""

    def __init__(self, genesis):
        self.shard, self.last = genesis.shard, -1

    def apply(self, record):
        try:
            _, shard, size, count, _ = demand(BODY, decode(record.body), "heads")
        except Malformed as error:
            return "entry_hash", str(error)
        if record.label != 1:
            return "act_invalid", "heads carry the lowest label"
        if shard != self.shard or size <= self.last or not count or not record.seen or record.seen[1] > size:
            return "act_invalid", "the heads do not go on from the ones before"
        self.last = size
        record.is_valid = True
        return None


def check(streams, log):
    """Holds valid heads to the records before them, in the order of the log."""
    placed = sorted((r.index, n, r) for n, s in enumerate(streams) for r in s.records if r.index is not None)
    known = [index for index, _, _ in placed] == list(range(log.size))
    leaves, tags, oldest, told = {}, {}, None, False
    for index, n, record in placed:
        stream = streams[n]
        if stream.id == STREAM:
            if not record.is_valid:
                continue
            _, _, size, count, said = decode(record.body)
            if size != index or (known and (count, said) != (len(leaves), root(leaves))):
                stream.finding("root_mismatch", "the heads are not those of the records before them", record)
            oldest, told = None, False
            continue
        leaves.pop(tags.get(stream.id), None)
        tags[stream.id], leaf = head_leaf(stream.k_stream, record.seq, record.hash)
        leaves[tags[stream.id]] = leaf
        oldest = record.time if oldest is None else oldest
        if record.time - oldest > LATE and record.type not in (1, 2) and not told:
            told = True
            stream.finding("missing_entry", "no heads cover an older record", record, severity="warning")
