"""Bytes: hashes, deterministic CBOR (chapter 1), shapes of structures, strict Ed25519 (chapter 2), MLS message heads (chapter 6)."""

import hashlib
import hmac
import re
from collections.abc import Mapping

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Malformed(ValueError):
    """The bytes are not what the protocol says they are."""


def sha256(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


# --- deterministic CBOR -------------------------------------------------------------------------------------------


def encode(value):
    return cbor2.dumps(value, canonical=True)


def _plain(value):
    """Only what the protocol uses: no floats, no simple values, no integers beyond 64 bits, no tag but COSE_Sign1."""
    if type(value) is int:
        return -(2**64) <= value < 2**64
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    if isinstance(value, Mapping):
        return all(_plain(k) and _plain(v) for k, v in value.items())
    if isinstance(value, cbor2.CBORTag):
        return value.tag == 18 and _plain(value.value)
    return value is None or type(value) in (bytes, str, bool)


def decode_prefix(data):
    """The first item of `data`, and its length. Anything but the deterministic encoding is refused."""
    try:
        value = cbor2.loads(data)
        again = encode(value) if _plain(value) else b""
    except Exception as error:  # the decoder raises many kinds; each means the same here
        raise Malformed(f"not CBOR: {type(error).__name__}") from None
    if not again or data[: len(again)] != again:
        raise Malformed("not deterministic CBOR")
    return value, len(again)


def decode(data):
    value, length = decode_prefix(data)
    if length != len(data):
        raise Malformed("trailing bytes after the CBOR item")
    return value


WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

# --- shapes: predicates that read like the CDDL -------------------------------------------------------------------


def uint(v):
    return type(v) is int and 0 <= v < 2**64


def text(v):
    return type(v) is str


def short(v):
    """A free text of a statement."""
    return text(v) and len(v.encode()) <= 1000


def in_every_year(month, day, minute):
    """Whether every year has this minute of this day."""
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month - 1] and minute < 24 * 60


def blank(v):
    """Nothing but characters with the Unicode property White_Space."""
    return not v.strip(WHITE_SPACE)


def raw(v):
    return type(v) is bytes


def flag(v):
    return type(v) is bool


def null(v):
    return v is None


def sized(n):
    return lambda v: type(v) is bytes and len(v) == n


def named(pattern):
    return lambda v: type(v) is str and re.fullmatch(pattern, v, re.ASCII) is not None


def between(low, high):
    return lambda v: type(v) is int and low <= v <= high


def only(*values):
    return lambda v: any(type(v) is type(x) and v == x for x in values)


def maybe(shape):
    return lambda v: v is None or shape(v)


def array(*shapes):
    return lambda v: isinstance(v, (list, tuple)) and len(v) == len(shapes) and all(s(x) for s, x in zip(shapes, v))


def many(shape, least=0, most=2**32):
    return lambda v: isinstance(v, (list, tuple)) and least <= len(v) <= most and all(map(shape, v))


def demand(shape, value, what):
    if not shape(value):
        raise Malformed(f"{what} does not have its shape")
    return value


ID, HASH = sized(16), sized(32)
AGENCY, OFFICIAL = named(r"[a-z0-9_]{1,32}"), named(r"[a-z0-9_.-]{1,32}@[a-z0-9_]{1,32}")
SEAT = named(r"[a-z0-9_]{1,32}/[a-z0-9_]{1,32}")
POSITION, SEEN = array(uint, HASH), array(uint, uint, HASH)
ZEROS = bytes(32)

# --- Ed25519, strict ----------------------------------------------------------------------------------------------

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER_Y = {0, 1, P - 1, _Y8, P - _Y8}  # the eight points whose order divides 8


def good_point(data):
    """A canonical encoding of a point of the curve that is not of small order."""
    y = int.from_bytes(data, "little") & (2**255 - 1)
    if len(data) != 32 or y >= P or y in SMALL_ORDER_Y:
        return False
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    return pow(x2, (P - 1) // 2, P) == 1


def verify(key, signature, message):
    """Strict: OpenSSL refuses S >= L; key and R must be good points as well."""
    if len(signature) != 64 or not good_point(key) or not good_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# --- MLS message heads (RFC 9420 section 6) -----------------------------------------------------------------------


def mls_head(data):
    """(wire format, group id, epoch, sender type, content type, authenticated data) of an MLSMessage, without decrypting."""
    at = 0

    def take(n):
        nonlocal at
        if at + n > len(data):
            raise Malformed("MLS message ends early")
        at += n
        return data[at - n : at]

    def number(n):
        return int.from_bytes(take(n), "big")

    def vector():
        first = number(1)
        size = {0: 1, 1: 2, 2: 4}.get(first >> 6)
        if size is None:
            raise Malformed("MLS vector length")
        length = ((first & 63) << 8 * (size - 1)) | number(size - 1)
        if size > 1 and length < {2: 1 << 6, 4: 1 << 14}[size]:
            raise Malformed("MLS vector length is not the shortest")
        return take(length)

    version, wire = number(2), number(2)
    if version != 1 or wire not in (1, 2):
        raise Malformed("neither an MLS 1.0 PublicMessage nor a PrivateMessage")
    group, epoch = vector(), number(8)
    if wire == 2:
        kind = number(1)
        return wire, group, epoch, None, kind, vector()
    sender = number(1)
    if sender in (1, 2):
        take(4)
    aad = vector()
    return wire, group, epoch, sender, number(1), aad
