//! The documents as files: what a reader of DOCX and PDF finds in them.

mod hostile;
mod layout;
mod read;
mod sample;
mod words;
