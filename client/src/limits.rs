//! Maxima of the client's shell: command line, socket of the home, pages.

use std::time::Duration;

/// Bytes of a list that is imported: 10,000 rows of 400 bytes.
pub(crate) const IMPORT_FILE_LEN_MAX: usize = 4 * 1024 * 1024;
/// Rows of all lists of one run: the officials of a deployment of the largest size.
pub(crate) const IMPORT_ROWS_MAX: usize = 10_000;

/// Bytes of what a command has printed for another process that does not take it: ten times a channel of 10,000 items.
pub(crate) const OUTPUT_WAITING_LEN_MAX: usize = 64 * 1024 * 1024;
/// Commands that wait for the engine.
pub(crate) const JOBS_MAX: usize = 64;
/// Events that a page has not taken; one that lags asks for everything again.
pub(crate) const EVENTS_MAX: usize = 64;
/// How far a clock may be behind the log before a person is told (ms): a record's time is right to 2 minutes.
pub(crate) const CLOCK_BEHIND_MS_MAX: u64 = 2 * 60 * 1000;

/// Bytes of a path that fit into the address of a Unix socket, with the zero at its end, on the smallest system (macOS: 104).
pub(crate) const SOCKET_PATH_LEN_MAX: usize = 103;
/// Processes that have a command run at once.
pub(crate) const SOCKET_CONNECTIONS_MAX: usize = 32;
/// Bytes of a command: a text of the largest size, every byte escaped, and room for the rest.
pub(crate) const SOCKET_REQUEST_LEN_MAX: usize = 1024 * 1024;
/// A process that has connected gives its command at once.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A terminal may be stopped for a while.
pub(crate) const SOCKET_WRITE_TIMEOUT: Duration = Duration::from_secs(600);
/// Bytes of a piece of output.
pub(crate) const ANSWER_PIECE_LEN_MAX: usize = 64 * 1024;
/// Bytes of its line: every byte escaped (`\u0000`), and room for the rest.
pub(crate) const ANSWER_LINE_LEN_MAX: usize = 6 * ANSWER_PIECE_LEN_MAX + 64;

/// Connections to the pages' server: several windows with six each, and their events.
pub(crate) const UI_CONNECTIONS_MAX: usize = 64;
/// Bytes of a request's head (hyper's smallest buffer is 8 KiB).
pub(crate) const UI_HEAD_LEN_MAX: usize = 16 * 1024;
/// A browser sends its head at once; an idle connection ends as soon.
pub(crate) const UI_HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest upload over loopback.
pub(crate) const UI_BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a token or passphrase with its JSON.
pub(crate) const UI_SECRET_LEN_MAX: usize = 8 * 1024;
/// Bytes of a command of a page, as of a process.
pub(crate) const UI_VERB_LEN_MAX: usize = SOCKET_REQUEST_LEN_MAX;
/// Words of a command: sixteen files, and every option.
pub(crate) const UI_VERB_ARGS_MAX: usize = 128;
/// Bytes of a file: the longest attachment (64 MiB with what encryption adds).
pub(crate) const UI_UPLOAD_LEN_MAX: usize = 64 * 1024 * 1024;
/// Uploads that are read into memory at once.
pub(crate) const UI_UPLOADS_AT_ONCE_MAX: usize = 2;
/// Files that wait to be sent.
pub(crate) const UPLOADS_MAX: usize = 16;
/// Their bytes together: two of the longest.
pub(crate) const UPLOADS_LEN_MAX: usize = 2 * UI_UPLOAD_LEN_MAX;
/// Bytes of the report of an audit: 100,000 findings or changes of 300 bytes.
pub(crate) const REPORT_LEN_MAX: usize = 32 * 1024 * 1024;
/// Tokens that nobody has used.
pub(crate) const TOKENS_MAX: usize = 4;
/// Browsers with a cookie.
pub(crate) const SESSIONS_MAX: usize = 16;
/// Working days ahead in a deadline: more than a year of them is refused anyway.
pub(crate) const WORKING_DAYS_MAX: u64 = 260;
