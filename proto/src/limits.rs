//! Every maximum of the protocol, by name (docs/protocol.md chapter 10).

const KIB: usize = 1024;

/// A frame before log-in: an enrolment is about 2 KiB (1,216 bytes of sealing key), a root statement for it about 2 KiB more.
pub const FRAME_BEFORE_LOGIN_LEN_MAX: usize = 16 * KIB;
/// A frame after log-in: one body, its side bodies, one entry, and room for the array around them.
pub const FRAME_LEN_MAX: usize = 4 * 1024 * KIB;
/// An entry: the header is about 330 bytes; a conclusion that counts 48 opinions adds 1,632.
pub const ENTRY_LEN_MAX: usize = 4 * KIB;
/// A sequenced record: an entry and at most 160 bytes of position around it.
pub const RECORD_LEN_MAX: usize = ENTRY_LEN_MAX + 512;
/// A signed refusal: an origin of 255 bytes, a signature of 64, and about 130 bytes of facts and header.
pub const REFUSAL_LEN_MAX: usize = 512;
/// The MLS ciphertext of a message. Attachments travel apart.
pub const MESSAGE_BODY_LEN_MAX: usize = 256 * KIB;
/// A statement, founding or group-start body.
pub const STATEMENT_BODY_LEN_MAX: usize = 64 * KIB;
/// A commit body or a side body: 50 members with X-Wing make a ratchet tree of 147 KiB.
pub const SIDE_BODY_LEN_MAX: usize = 1024 * KIB;
/// A blob (one encrypted attachment): 64 MiB is a long scanned document, and 17 minutes at 512 kbit/s.
pub const BLOB_LEN_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a blob in one request, either way: what a server holds in memory for it, and what a broken connection loses.
pub const BLOB_CHUNK_LEN_MAX: u64 = 4 * 1024 * 1024;
/// How long a capability for a blob is good: for one chunk on a slow line, several times over.
pub const BLOB_CAPABILITY_LIFETIME_MS: u64 = 10 * 60 * 1000;
/// Plaintext bytes of a chunk of an attachment, at least: 16 bytes of tag are then 1.6 % more.
pub const ATTACHMENT_CHUNK_LEN_MIN: u64 = 1024;
/// And at most: what a reader holds in memory before it knows whether a chunk is genuine.
pub const ATTACHMENT_CHUNK_LEN_MAX: u64 = 1024 * 1024;
/// The name of an attached file, in bytes: what file systems allow.
pub const FILE_NAME_LEN_MAX: usize = 255;
/// Parts in one message.
pub const PARTS_MAX: usize = 32;
/// Members added by one commit.
pub const COMMIT_ADDS_MAX: usize = 50;
/// Least time between two commits of a channel that change keys alone (ms, log time): each costs every member a commit, and
/// nobody who merely updates may keep a message waiting for ever.
pub const UPDATE_INTERVAL_MS_MIN: u64 = 30_000;
/// How long after its log time a commit may be rejected (ms): who was away for a week joins again instead.
pub const REJECTION_MS_MAX: u64 = 7 * 24 * 3600 * 1000;
/// One-time key packages kept for a device.
pub const KEY_PACKAGES_MAX: usize = 100;
/// How long a key package may be good after it was left (ms): clients say 30 days by their own clock, which may be a day ahead.
pub const KEY_PACKAGE_LIFETIME_MS_MAX: u64 = 32 * 24 * 3600 * 1000;
/// A key package: 2,951 bytes with X-Wing.
pub const KEY_PACKAGE_LEN_MAX: usize = 8 * KIB;
/// An agency or seat word.
pub const NAME_LEN_MAX: usize = 32;
/// A free text in a statement (name of an agency, purpose of a seat, reason).
pub const TEXT_LEN_MAX: usize = 1_000;
/// Agencies that support a field, and capacities in which agencies take part in it: 28 ministries and agencies, twice.
pub const FIELD_AGENCIES_MAX: usize = 64;
/// How long an accreditation may hold: five years.
pub const ACCREDITATION_LIFETIME_MS_MAX: u64 = 5 * 366 * 24 * 3600 * 1000;
/// How long an authorisation may hold: a year.
pub const AUTHORISATION_LIFETIME_MS_MAX: u64 = 366 * 24 * 3600 * 1000;
/// How far `made` may stand from the record's `time`, either way.
pub const MADE_SKEW_MS_MAX: u64 = 10 * 60 * 1000;
/// How long a proposal may wait for its approval.
pub const PROPOSAL_LIFETIME_MS_MAX: u64 = 30 * 24 * 3600 * 1000;
/// How long a ticket may wait for its device.
pub const TICKET_LIFETIME_MS_MAX: u64 = 14 * 24 * 3600 * 1000;
/// Root keys of an authority.
pub const ROOT_KEYS_MAX: usize = 16;
/// How long a record may be the oldest one that no heads cover, before heads are made.
pub const HEADS_INTERVAL_MS: u64 = 60 * 1000;
/// How long a record may stand uncovered behind later ones: three times what an honest server needs.
pub const HEADS_LATE_MS_MAX: u64 = 3 * HEADS_INTERVAL_MS;
/// Streams in one question about heads: all that one connection may subscribe to. The answer has at most 1,024 proofs of
/// 63 hashes, 2.2 MiB.
pub const HEADS_STREAMS_MAX: usize = 1_024;
/// Statements in one root statement; no body names more side bodies than that.
pub const ROOT_STATEMENTS_MAX: usize = 64;
/// A one-time enrolment code, in characters.
pub const CODE_LEN_MAX: usize = 64;
/// Enrolment requests that wait for approval on a server.
pub const PENDING_ENROLMENTS_MAX: usize = 1_000;
/// Seats that one consultation asks and tells: 28 ministries and agencies, and room. A conclusion that counts all of them is
/// 34 bytes for each, 1,632, in the header of an entry.
pub const CONSULTED_MAX: usize = 48;
/// The name of a list of state secrets, in bytes: with it, 48 seats of the longest names still fit one entry.
pub const SECRET_LIST_LEN_MAX: usize = 200;
/// Text of one opinion: a page. A conclusion repeats every dissent word for word, so 48 of them must fit one message body.
pub const OPINION_TEXT_LEN_MAX: usize = 4_000;
/// How far a deadline lies ahead of the record that sets it, at least (ms): time to read a question at all.
pub const DEADLINE_AHEAD_MS_MIN: u64 = 10_000;
/// How far a deadline lies ahead, at most (ms): a year.
pub const DEADLINE_AHEAD_MS_MAX: u64 = 366 * 24 * 3600 * 1000;
/// Least time between two reminders of a consultation (ms, log time).
pub const REMIND_INTERVAL_MS_MIN: u64 = 60_000;
/// Days off, and days worked in exchange, that a policy may list: some years of both.
pub const DAYS_OFF_MAX: usize = 200;
/// Hours to answer that a policy may propose: thirty days.
pub const URGENCY_HOURS_MAX: u64 = 30 * 24;
/// Channels for which a policy may propose hours of their own.
pub const CHANNEL_HOURS_MAX: usize = 200;
/// Routes that a policy may name.
pub const ROUTES_MAX: usize = 50;
