//! The documents as files: what a reader of DOCX and PDF finds in them.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot set its scene has failed"
)]

mod hostile;
mod instrument;
mod layout;
mod read;
mod sample;
mod words;
