//! The one integration-test binary.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot set its scene has failed"
)]

mod altered_receipt;
mod attachments;
mod author;
mod broken_word;
mod codec;
mod disclosure;
mod e2e;
#[path = "../../../server/core/src/fixture.rs"]
#[allow(dead_code)]
mod fixture;
mod frozen;
mod fuzz_replay;
mod group;
mod ledger;
mod lying_server;
mod scene;
mod snapshots;
mod tlog;
mod vectors;
