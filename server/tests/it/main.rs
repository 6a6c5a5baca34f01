//! The server in process, over real TLS, from the side of a peer that may do anything.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods
)]

mod backup;
mod before_login;
mod blobs;
mod bounds;
mod certificate;
mod channel;
mod client;
mod commits;
mod crash;
mod deployment;
mod faults;
#[path = "../../core/src/fixture.rs"]
#[allow(dead_code)]
mod fixture;
mod heads;
mod hostile;
mod http;
mod index;
mod load;
mod operator;
mod order;
mod power;
mod process;
mod refusal;
mod register;
mod restart;
mod slow;
mod stop;
mod storage;
mod takeover;
mod witness;
mod witnesses;
