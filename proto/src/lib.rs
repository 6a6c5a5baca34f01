//! Formats and rules of thamvan: bytes in, types or typed errors out.
//!
//! ```text
//!   entry (signed by a device) ── record (its place) ── leaf ── tlog (tree, checkpoint)
//!        │ payload = H(body)           │ dir
//!        │ com = H(parts)              └── directory: who exists, whose device, which role
//!        └── facts ── ledger: the one validity function ── channel: founding, members, group
//! ```
//!
//! This crate is pure: no IO, no clock, no randomness, no async runtime, no MLS library. What the bytes mean is written in
//! docs/protocol.md. The public interface is the modules below.
#![warn(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod attachment;
pub mod calendar;
pub mod cbor;
pub mod channel;
pub mod commitment;
pub mod consultation;
pub mod cose;
pub mod directory;
pub mod duty;
pub mod entry;
pub mod error_code;
pub mod frame;
pub mod heads;
pub mod id;
pub mod label;
pub mod ledger;
pub mod limits;
pub mod login;
pub mod mls_header;
pub mod record;
pub mod refusal;
pub mod tlog;
