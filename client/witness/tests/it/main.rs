//! A witness behind its real HTTP server, and the published formats against known answers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod answers;
mod bench;
mod folder;
mod hostile;
mod protocol;
