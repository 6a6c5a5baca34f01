//! Maxima of what a document is made from; beyond them none is made.

/// Bytes of all texts of a record together: a thousand opinions of the longest kind.
pub const RECORD_LEN_MAX: usize = 8 * 1024 * 1024;
/// Seats of a record; the protocol asks and tells fewer.
pub const SEATS_MAX: usize = 1_024;
/// Opinions of a record, those that others have replaced among them.
pub const OPINIONS_MAX: usize = 4_096;
/// Entries of the log that a document names.
pub const ENTRIES_MAX: usize = 4_096;
