//! What goes over the socket of a home: one request, then pieces of output, then the exit code; each a line of JSON.

use serde::{Deserialize, Serialize};

/// A command that another process of the same user gives.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) version: u32,
    /// As on the command line, without the name of the program.
    pub(crate) args: Vec<String>,
    pub(crate) lang: String,
    pub(crate) json: bool,
    /// What relative file names are relative to.
    pub(crate) cwd: String,
    /// What stands on standard input, where the command reads it.
    pub(crate) stdin: Option<String>,
}

/// A piece of the answer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// For standard output, as it is.
    Out(String),
    /// For standard error, as it is.
    Err(String),
    /// The last one.
    Exit(u8),
}

/// Of both.
pub(crate) const VERSION: u32 = 1;
