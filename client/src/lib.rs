//! The `thamvan` command line client as a library, so that its parts can be tested.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cli;
mod holder;
mod import;
mod limits;
pub mod output;
mod report;
pub mod text;
mod ui;
