//! Maxima of decisions that the protocol leaves to the server.

/// Enrolment requests that wait for one ticket: the owner may start again on another machine a few times.
pub const ENROLMENTS_PER_TICKET_MAX: usize = 4;
/// Side bodies in one submit: a root statement names at most one person a statement.
pub const SIDES_MAX: usize = thamvan_proto::limits::ROOT_STATEMENTS_MAX;
/// Key packages in one upload: all of a device and its last-resort one.
pub const KEY_PACKAGE_UPLOADS_MAX: usize = 101;
