//! A copy made by hand with fixed keys, verified whole, damaged byte by byte, and made by a lying server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod bytes;
mod copies;
mod files;
mod heads;
mod lies;
mod sample;
mod scene;
mod speed;
