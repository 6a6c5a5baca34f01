//! The real binaries over real TLS, MLS and disk, in the folder that `deploy/quickstart` makes.

mod alerts;
mod attachments;
mod authorised;
mod channels;
mod consult;
mod deployment;
mod documents;
mod ends;
mod failures;
mod fields;
mod guide;
mod holders;
mod import;
mod message;
mod notices;
mod ui;
mod witnesses;
