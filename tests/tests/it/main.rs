//! The one integration-test binary.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot set its scene has failed"
)]

mod altered_receipt;
mod attachments;
mod author;
mod away;
mod brief;
mod broken_word;
mod codec;
mod converge;
mod disclosure;
mod e2e;
mod enrolment;
mod established;
#[path = "../../../server/core/src/fixture.rs"]
#[allow(dead_code)]
mod fixture;
mod focal;
mod frozen;
mod fuzz_replay;
mod group;
mod joining;
mod killed;
mod ledger;
mod log_lines;
mod lying_server;
mod membership;
mod model;
mod network;
mod policy;
#[path = "../../../server/tests/it/client.rs"]
#[allow(dead_code)]
mod raw_client;
mod reminders;
mod report;
mod rogue;
mod rogues;
mod rules;
mod scene;
mod snapshots;
mod succession;
mod test_server;
mod tlog;
mod vectors;
mod void_acts;
mod weather;
