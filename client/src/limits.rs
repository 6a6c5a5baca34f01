//! Maxima of the command line.

/// Bytes of a list that is imported: 10,000 rows of 400 bytes.
pub(crate) const IMPORT_FILE_LEN_MAX: usize = 4 * 1024 * 1024;
/// Rows of all lists of one run: the officials of a deployment of the largest size.
pub(crate) const IMPORT_ROWS_MAX: usize = 10_000;
