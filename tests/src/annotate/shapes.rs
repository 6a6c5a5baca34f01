//! The tables of field names: docs/protocol.md, structure by structure.

use super::Shape::{
    self, Array, Bytes, Cbor, Choice, List, Map, Maybe, Number, Plain, Sign1, Time,
};

/// Chapter 1.
const POSITION: Shape = Array(&[("seq", Plain), ("record", Plain)]);
const SEEN: Shape = Array(&[("shard", Plain), ("size", Plain), ("root", Plain)]);
const LABEL: Shape = Number(&[(1, "public"), (2, "internal"), (3, "restricted")]);

/// Chapter 2: the protected header of entries, log-ins and enrolments.
pub const PROTECTED: Shape = Cbor(&Map(&[
    (1, "alg", Plain),
    (4, "kid", Plain),
    (16, "typ", Plain),
    (258, "payload-hash-alg", Plain),
    (259, "preimage-content-type", Plain),
    (-70001, "facts", FACTS),
]));

const FACTS: Shape = Array(&[
    ("type", Number(ENTRY_TYPES)),
    ("rule", Plain),
    ("stream", Plain),
    ("group", Maybe(&GROUP)),
    ("counter", Plain),
    ("prev", Plain),
    ("head", Maybe(&POSITION)),
    ("seen", Maybe(&SEEN)),
    ("made", Time),
    ("label", LABEL),
    ("com", Plain),
    ("act", Maybe(&ACT)),
]);
const GROUP: Shape = Array(&[
    ("generation", Plain),
    ("epoch", Plain),
    ("opened-by", Plain),
]);
const ACT: Shape = Array(&[
    ("consultation", Plain),
    ("act", Plain),
    ("seat", Plain),
    ("capacity", Plain),
    ("deadline", Maybe(&Time)),
    ("on", Plain),
    ("supersedes", Plain),
    ("counts", Maybe(&List(&Plain))),
]);
const ENTRY_TYPES: &[(u64, &str)] = &[
    (1, "genesis"),
    (2, "root-statement"),
    (3, "statement"),
    (4, "propose"),
    (5, "approve"),
    (6, "stream-register"),
    (7, "heads"),
    (16, "founding"),
    (17, "founding-approve"),
    (18, "stream-open"),
    (19, "member-add"),
    (20, "member-remove"),
    (22, "authorisation"),
    (23, "authorisation-end"),
    (24, "group-start"),
    (25, "commit"),
    (26, "commit-rejected"),
    (27, "successor"),
    (28, "leave"),
    (32, "message"),
];

/// An entry.
pub const ENTRY: Shape = Sign1(&Plain);

/// Chapter 3: a record.
pub const RECORD: Shape = Array(&[
    ("version", Plain),
    ("shard", Plain),
    ("stream", Plain),
    ("seq", Plain),
    ("time", Time),
    ("dir", Maybe(&POSITION)),
    ("prev", Plain),
    ("entry", Cbor(&ENTRY)),
]);

/// Chapter 4.
pub const CONTENT: Shape = Array(&[("version", Plain), ("r", Plain), ("part", List(&PART))]);
const PART: Shape = Array(&[
    ("part-facts", PART_FACTS),
    ("salt", Plain),
    ("bytes", Plain),
]);
/// What a part hash commits to.
pub const PART_FACTS: Shape = Array(&[
    ("role", Number(PART_ROLES)),
    ("media-type", Plain),
    ("length", Plain),
    ("sha256", Plain),
]);
const PART_ROLES: &[(u64, &str)] = &[
    (1, "text"),
    (2, "title"),
    (3, "opinion value"),
    (4, "opinion text"),
    (5, "attachment"),
    (6, "channel name and purpose"),
    (7, "reason"),
    (8, "question"),
    (9, "conclusion"),
    (11, "reply"),
    (12, "attachment key"),
    (13, "released item"),
    (14, "letter"),
    (15, "manifest"),
];
/// What a commitment is the hash of.
pub const COMMITTED: Shape = Array(&[
    ("tag", Plain),
    ("r", Plain),
    ("generation", Plain),
    ("stream", Plain),
    ("device", Plain),
    ("counter", Plain),
    ("part-hash", List(&Plain)),
]);
/// Name and purpose of a channel.
pub const SEALED_NAME: Shape = Array(&[("salt", Plain), ("name", Plain), ("purpose", Plain)]);
/// Name and purpose as they are hashed, behind the salt.
pub const NAMED: Shape = Array(&[("name", Plain), ("purpose", Plain)]);

/// Chapter 5: bodies of stream 0.
pub const GENESIS_BODY: Shape = Array(&[
    ("genesis", Cbor(&GENESIS)),
    ("root-signature", List(&ROOT_SIGNATURE)),
]);
/// The genesis.
pub const GENESIS: Shape = Array(&[
    ("version", Plain),
    ("origin", Plain),
    ("shard", Plain),
    ("threshold", Plain),
    ("root-key", List(&Plain)),
    ("next-roots", Plain),
    ("log-key", Plain),
    ("policy", Plain),
    ("k-stream", Plain),
    ("made", Time),
]);
const ROOT_SIGNATURE: Shape = Array(&[("root-key-id", Plain), ("signature", Plain)]);
/// Body of a root-statement entry.
pub const ROOT_BODY: Shape = Array(&[
    ("statements", Cbor(&ROOT_STATEMENTS)),
    ("root-signature", List(&ROOT_SIGNATURE)),
]);
const ROOT_STATEMENTS: Shape = Array(&[
    ("genesis", Plain),
    ("nonce", Plain),
    ("statement", List(&STATEMENT)),
]);
/// One statement.
pub const STATEMENT: Shape = Choice(&[
    (1, "agency", AGENCY),
    (
        2,
        "official",
        Array(&[("official-id", Plain), ("name", Plain)]),
    ),
    (3, "seat", Array(&[("seat-id", Plain), ("purpose", Plain)])),
    (4, "seat-appoint", SEAT_APPOINT),
    (5, "role-grant", ROLE_GRANT),
    (
        6,
        "role-revoke",
        Array(&[("role", ROLE), ("official-id", Plain)]),
    ),
    (7, "ticket", TICKET),
    (8, "device-enrol", DEVICE_ENROL),
    (
        9,
        "device-revoke",
        Array(&[("device-id", Plain), ("reason", Plain)]),
    ),
]);
const AGENCY: Shape = Array(&[
    ("agency-id", Plain),
    ("kind", Number(&[(1, "bo"), (2, "co_quan_ngang_bo")])),
    ("name-vi", Plain),
    ("name-en", Plain),
    ("lead", List(&SCOPE)),
]);
const SCOPE: Shape = Array(&[
    (
        "kind",
        Number(&[(1, "coordinating council"), (2, "pillar")]),
    ),
    ("id", Plain),
]);
const SEAT_APPOINT: Shape = Array(&[
    ("seat-id", Plain),
    ("official-id", Plain),
    (
        "as",
        Number(&[(1, "primary"), (2, "deputy"), (3, "acting")]),
    ),
    ("from", Time),
    ("until", Maybe(&Time)),
    ("speak-for", Plain),
]);
const ROLE: Shape = Number(&[(1, "national administrator"), (3, "approver")]);
const ROLE_GRANT: Shape = Array(&[
    ("role", ROLE),
    ("official-id", Plain),
    ("scope", Plain),
    ("from", Time),
    ("until", Maybe(&Time)),
]);
const TICKET: Shape = Array(&[
    ("ticket", Plain),
    ("official-id", Plain),
    ("code", Plain),
    ("expires", Time),
]);
/// What a device is enrolled with.
pub const DEVICE_ENROL: Shape = Array(&[
    ("device-id", Plain),
    ("official-id", Plain),
    ("seat", Plain),
    ("signing", Plain),
    ("mls", Plain),
    ("sealing", Plain),
    ("name", Plain),
    ("ticket", Plain),
]);
/// Side body of an official.
pub const OFFICIAL_NAME: Shape = Array(&[("tag", Plain), ("salt", Plain), ("name", Plain)]);
/// Body of a propose entry.
pub const PROPOSAL: Shape = Array(&[("statement", STATEMENT), ("expires", Time)]);
/// Body of an approve or founding-approve entry.
pub const APPROVAL: Shape = Array(&[("record", Plain)]);
/// Body of a stream-register entry.
pub const STREAM_REGISTER: Shape = Array(&[("stream-id", Plain), ("k-commitment", Plain)]);

/// Body of a heads entry.
pub const HEADS: Shape = Array(&[
    ("version", Plain),
    ("shard", Plain),
    ("size", Plain),
    ("count", Plain),
    ("root", Plain),
]);
/// What the leaf of a stream in the heads is the hash of.
pub const HEAD_LEAF: Shape = Array(&[("tag", Plain), ("seq", Plain), ("record", Plain)]);

/// Chapter 5: bodies of a channel.
pub const FOUNDING: Shape = Array(&[
    ("founder", Plain),
    ("basis", Plain),
    ("scope", SCOPE),
    ("label", LABEL),
    ("member", List(&Plain)),
    ("retention-days", Plain),
    ("history", HISTORY),
    ("from", Time),
    ("review", Time),
    ("k-commitment", Plain),
    ("sealed", Plain),
    ("box", List(&SEALED_BOX)),
]);
const HISTORY: Shape = Number(&[(0, "nothing"), (1, "brief"), (2, "range")]);
const SEALED_BOX: Shape = Array(&[("device-id", Plain), ("enc", Plain), ("ciphertext", Plain)]);
const SUITE: Shape = Number(&[(0x4d, "X-Wing"), (3, "X25519")]);
/// Body of a stream-open entry.
pub const STREAM_OPEN: Shape = Array(&[
    ("founding", Plain),
    ("approval", Plain),
    ("suite", SUITE),
    ("generation", Plain),
]);
/// Body of a member-add entry.
pub const MEMBER_ADD: Shape = Array(&[
    ("official-id", Plain),
    ("history", HISTORY),
    ("from", Plain),
    ("to", Plain),
    ("reason", Plain),
]);
/// Body of a group-start entry.
pub const GROUP_START: Shape = Array(&[
    ("generation", Plain),
    ("group-id", Plain),
    ("suite", SUITE),
    ("group-info", Plain),
    ("ratchet-tree", Plain),
]);
/// Body of a commit entry.
pub const COMMIT: Shape = Array(&[
    ("commit", Bytes(&Shape::Mls)),
    ("generation", Plain),
    ("epoch", Plain),
    ("group-info", Plain),
    ("ratchet-tree", Plain),
    ("tree-hash", Plain),
    ("add", List(&Plain)),
    ("remove", List(&Plain)),
    ("welcome", Plain),
]);

/// Chapter 6: authenticated data of an MLS message.
pub const AUTHENTICATED_DATA: Shape = Array(&[
    ("tag", Plain),
    ("stream", Plain),
    ("label", LABEL),
    ("H(protected)", Plain),
]);

/// Chapter 2: what the signature of an entry is over (RFC 9052 §4.4).
pub const SIG_STRUCTURE: Shape = Array(&[
    ("context", Plain),
    ("protected", PROTECTED),
    ("external_aad", Plain),
    ("payload", Plain),
]);

/// Chapter 9: a log-in.
pub const LOGIN: Shape = Sign1(&Cbor(&LOGIN_FACTS));
const LOGIN_FACTS: Shape = Array(&[
    ("version", Plain),
    ("nonce", Plain),
    ("exporter", Plain),
    ("origin", Plain),
    ("device-id", Plain),
    ("known", Plain),
]);
const ERROR_CODE: Shape = Number(&[(8, "not-found"), (12, "bad-chain")]);
/// A signed refusal.
pub const REFUSAL: Shape = Sign1(&Cbor(&REFUSAL_FACTS));
const REFUSAL_FACTS: Shape = Array(&[
    ("version", Plain),
    ("origin", Plain),
    ("shard", Plain),
    ("entry", Plain),
    ("code", ERROR_CODE),
    ("time", Time),
    ("size", Plain),
]);
/// An enrolment request.
pub const ENROLMENT: Shape = Sign1(&Cbor(&DEVICE_ENROL));
/// What an enrolment code is made from.
pub const VERIFIED: Shape = Array(&[
    ("tag", Plain),
    ("origin", Plain),
    ("genesis", Plain),
    ("code", Plain),
    ("device-id", Plain),
    ("signing", Plain),
    ("mls", Plain),
    ("sealing", Plain),
]);
/// A ticket file without its text form.
pub const TICKET_FILE: Shape = Array(&[
    ("version", Plain),
    ("server", Plain),
    ("ca", Plain),
    ("origin", Plain),
    ("genesis", Plain),
    ("ticket", Plain),
    ("official-id", Plain),
    ("code", Plain),
    ("expires", Time),
]);
/// A signed entry with body and side bodies.
pub const ENTRY_WITH_BODIES: Shape = Array(&[
    ("entry", Cbor(&ENTRY)),
    ("body", Cbor(&ROOT_BODY)),
    ("side", List(&Plain)),
]);
/// Answer to a submit.
pub const RECEIPT: Shape = Array(&[
    ("shard", Plain),
    ("index", Plain),
    ("record", Cbor(&RECORD)),
    ("path", List(&Plain)),
    ("checkpoint", Plain),
]);
/// Answer to list-streams.
pub const STREAMS: Shape = List(&Array(&[
    ("stream-id", Plain),
    ("k-stream", Plain),
    ("size", Plain),
]));
/// Answer to enrol.
pub const STATE: Shape = Array(&[("state", Number(&[(1, "pending"), (2, "active")]))]);
/// Answer to put-key-packages.
pub const UNUSED: Shape = Array(&[("unused", Plain)]);
/// Answer to consistency.
pub const PATH: Shape = List(&Plain);
/// Answer to heads.
pub const HEADS_SHOWN: Shape = Maybe(&Array(&[
    (
        "delivery",
        Array(&[
            ("index", Plain),
            ("record", Cbor(&RECORD)),
            ("body", Maybe(&Cbor(&HEADS))),
            ("path", List(&Plain)),
            ("checkpoint", Plain),
        ]),
    ),
    ("stream", List(&Maybe(&STREAM_HEAD))),
]));
const STREAM_HEAD: Shape = Array(&[
    ("slot", Plain),
    ("seq", Plain),
    ("record", Plain),
    ("path", List(&Plain)),
]);
/// Answer to list-enrolments.
pub const ENROLMENTS: Shape = List(&Array(&[("code", Plain), ("request", Cbor(&ENROLMENT))]));

/// The frames, with the shapes of their bodies; that of an answer follows from the request.
pub const FRAMES: &[(u64, &str, Shape)] = &[
    (
        1,
        "challenge",
        Array(&[
            ("nonce", Plain),
            ("origin", Plain),
            ("version", Plain),
            ("minimum", Plain),
        ]),
    ),
    (2, "login", Cbor(&LOGIN)),
    (
        3,
        "enrol",
        Array(&[
            ("code", Plain),
            ("enrolment", Cbor(&ENROLMENT)),
            ("root", Maybe(&ENTRY_WITH_BODIES)),
        ]),
    ),
    (
        16,
        "submit",
        Array(&[
            ("entry", Cbor(&ENTRY)),
            ("body", Bytes(&Shape::Mls)),
            ("side", List(&Plain)),
            ("k-stream", Plain),
        ]),
    ),
    (
        17,
        "subscribe",
        Array(&[("stream-id", Plain), ("from", Plain)]),
    ),
    (
        18,
        "acknowledge-cursor",
        Array(&[("stream-id", Plain), ("seq", Plain)]),
    ),
    (19, "list-streams", Plain),
    (20, "fetch-body", Plain),
    (
        21,
        "put-key-packages",
        List(&Array(&[
            ("key-package", Plain),
            ("expires", Time),
            ("last-resort", Plain),
        ])),
    ),
    (
        22,
        "take-key-package",
        Array(&[("device-id", Plain), ("stream-id", Plain)]),
    ),
    (23, "consistency", Array(&[("old", Plain), ("new", Plain)])),
    (24, "list-enrolments", Plain),
    (25, "fetch-policy", Plain),
    (26, "heads", List(&Plain)),
    (
        27,
        "blob-capability",
        Array(&[
            ("hash", Plain),
            ("verb", Number(&[(1, "get"), (2, "put")])),
            ("size", Plain),
            ("stream-id", Plain),
        ]),
    ),
    (64, "ok", Plain),
    (
        65,
        "refused",
        Array(&[
            ("code", ERROR_CODE),
            ("detail", Plain),
            ("signed", Maybe(&Cbor(&REFUSAL))),
        ]),
    ),
    (
        80,
        "delivery",
        Array(&[
            ("index", Plain),
            ("record", Cbor(&RECORD)),
            ("body", Maybe(&Bytes(&Shape::Mls))),
            ("path", List(&Plain)),
            ("checkpoint", Plain),
        ]),
    ),
    (
        81,
        "caught-up",
        Array(&[("stream-id", Plain), ("size", Plain)]),
    ),
    (82, "witnessed", Array(&[("checkpoint", Plain)])),
];
/// The answer `null`.
pub const NULL: Shape = Maybe(&Plain);
/// The answer of a body.
pub const BSTR: Shape = Bytes(&Shape::Opaque);
