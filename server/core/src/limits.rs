//! Maxima of decisions that the protocol leaves to the server.

/// Enrolment requests that wait for one ticket: the owner may start again on another machine a few times.
pub const ENROLMENTS_PER_TICKET_MAX: usize = 4;
/// Side bodies in one submit: a root statement names at most one person a statement.
pub const SIDES_MAX: usize = thamvan_proto::limits::ROOT_STATEMENTS_MAX;
/// Key packages in one upload: all of a device and its last-resort one.
pub const KEY_PACKAGE_UPLOADS_MAX: usize = 101;
/// Tries of one way to the same people that may fail for one call; with the pauses between them, some three hours.
pub const ALERT_FAILURES_MAX: usize = 12;
/// Pause after the first failure of a way (ms); doubled each time, up to the operator's interval between alerts.
pub const ALERT_RETRY_MS_MIN: u64 = 10_000;
/// Tries for one seat within an hour, all consultations together: nobody's mailbox is flooded by whoever opens many.
pub const ALERTS_PER_SEAT_HOUR_MAX: usize = 60;
/// One hour (ms).
pub const HOUR_MS: u64 = 3_600_000;
