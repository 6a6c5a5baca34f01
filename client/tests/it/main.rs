//! The auditor's commands through the real binary, over the log that the tests of `thamvan-audit` make.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod codes;
mod copy;
mod diff;
mod report;
#[path = "../../audit/tests/it/sample.rs"]
#[allow(dead_code, reason = "this binary needs only a part of it")]
mod sample;
#[path = "../../audit/tests/it/scene.rs"]
#[allow(dead_code, reason = "this binary needs only a part of it")]
mod scene;
