//! The one integration-test binary.

mod codec;
mod e2e;
mod fuzz_replay;
mod ledger;
mod lying_server;
mod snapshots;
mod tlog;
mod vectors;
