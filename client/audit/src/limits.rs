//! Every maximum of the verifier, by name.

use thamvan_proto::limits::RECORD_LEN_MAX;

/// Findings in a report; the last one then says that others were left out.
pub const FINDINGS_MAX: usize = 1_000;

/// Changes of rights that a report lists: seats, roles and devices of 5,000 officials once over.
pub const CHANGES_MAX: usize = 20_000;

/// Records that are prepared ahead of the judgement, twice over: their bodies, of 1 MiB at most, take 512 MiB at most.
pub(crate) const WINDOW_LEN: usize = 256;

/// Entries of a log that are verified: 2^20 leaves and their tree take about 150 MiB.
pub(crate) const ENTRIES_MAX: u64 = 1 << 20;

/// Bytes of records held at once, over all streams: 2^20 records of 1 KiB.
pub(crate) const RECORDS_LEN_MAX: usize = 1 << 30;

/// Files and folders of a copy: a body and two side bodies for each of 2^20 entries, and the tiles.
pub(crate) const PATHS_MAX: usize = 4 << 20;

/// Folders below the copy: `log/tile/<L>`, seven groups of an index, and room to show what does not belong.
pub(crate) const DEPTH_MAX: usize = 16;

/// A hash tile: 256 hashes of 32 bytes.
pub(crate) const HASH_TILE_LEN_MAX: usize = 256 * 32;

/// An entry bundle: 256 leaves of 49 bytes, each behind a length of two.
pub(crate) const BUNDLE_LEN_MAX: usize = 256 * (2 + 49);

/// A bundle: an attachment of 64 MiB, a directory of 2^16 records with bodies of 2 KiB, and room.
pub(crate) const BUNDLE_LEN: usize = 256 << 20;

/// Files in a bundle: the bodies of a directory of 2^16 records, and the others.
pub(crate) const BUNDLE_FILES_MAX: usize = (1 << 16) + 64;

/// `k_stream`: 64 digits and a line feed.
pub(crate) const KEY_FILE_LEN: usize = 65;

/// Bytes in which one record of a stream file must end.
pub(crate) const RECORD_WINDOW_LEN: usize = RECORD_LEN_MAX;

/// How far a record's time may be after the cosignatures of a checkpoint that holds it: the clocks of server and witnesses
/// differ a little (docs/protocol.md chapter 8).
pub(crate) const RECORD_TIME_MARGIN_MS: u64 = 2 * 60 * 1000;
/// Consultations in a report.
pub(crate) const CONSULTATIONS_MAX: usize = 10_000;
/// Acts listed of one consultation: 48 seats with four events each, and room.
pub(crate) const TIMELINE_MAX: usize = 1_000;
