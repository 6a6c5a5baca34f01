//! Maxima and timeouts of a witness; those of the texts stand in `thamvan_proto::tlog`.

use std::time::Duration;

/// Logs of one witness.
pub const LOGS_MAX: usize = 64;
/// Connections at one time, and with them requests in work; more wait in the listen queue.
pub const CONNECTIONS_MAX: usize = 128;
/// Buffer of hyper, its minimum: also the longest head of a request.
pub const HTTP_BUFFER_LEN: usize = 8 * 1024;
/// Fields in the head of a request.
pub const HTTP_HEADERS_MAX: usize = 64;
/// Bytes of the configuration file: 64 logs of 1 KiB.
pub const CONFIG_LEN_MAX: u64 = 64 * 1024;
/// Bytes of a state file: a digest, a note and two lines.
pub const STATE_LEN_MAX: u64 = 128 * 1024;

/// Head of a request, counted from when the connection is idle.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Body of a request.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Life of a connection: also ends one whose peer does not read. Peers that live longer connect again.
pub const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
/// What is left to be answered when a connection or the witness ends.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
