//! The server in process, over real TLS, from the side of a peer that may do anything.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod before_login;
mod client;
mod deployment;
#[path = "../../core/src/fixture.rs"]
#[allow(dead_code)]
mod fixture;
mod http;
mod register;
mod restart;
