//! One fuzz target for each parser, and one for the ledger.
//!
//! A target takes any bytes and panics if its invariant does not hold; being refused is fine. tests/fuzz/README.md says how to run them
//! under a coverage-guided fuzzer; an ordinary test replays tests/fuzz/corpus and a number of mutations.

mod encoded;
mod envelope;
mod model;
pub mod mutate;
pub mod seeds;
mod text;
mod witness;

use std::sync::LazyLock;

use crate::session::Session;

/// Signed things come from here: whatever else claims to be signed is a forgery.
static SESSION: LazyLock<Session> = LazyLock::new(Session::play);

macro_rules! targets {
    ($( $name:ident = $accepts:path; )*) => {
        /// Every target, by name.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[
            $( (stringify!($name), |data| { $accepts(data); }) ),*
        ];

        /// Every target, telling whether the parser accepted the bytes.
        pub const ACCEPTS: &[(&str, fn(&[u8]) -> bool)] = &[
            $( (stringify!($name), $accepts) ),*
        ];
    };
}

targets! {
    record = encoded::record;
    facts = encoded::facts;
    statement = encoded::statement;
    proposal = encoded::proposal;
    approval = encoded::approval;
    stream_register = encoded::stream_register;
    official_name = encoded::official_name;
    founding = encoded::founding;
    stream_open = encoded::stream_open;
    member_add = encoded::member_add;
    member_remove = encoded::member_remove;
    channel_close = encoded::channel_close;
    authorisation = encoded::authorisation;
    authorisation_end = encoded::authorisation_end;
    group_start = encoded::group_start;
    commit_body = encoded::commit_body;
    commit_rejected = encoded::commit_rejected;
    successor = encoded::successor;
    leave = encoded::leave;
    sealed_name = encoded::sealed_name;
    heads = encoded::heads;
    content = encoded::content;
    attachment_key = encoded::attachment_key;
    part_opening = encoded::part_opening;
    disclosure = encoded::disclosure;
    released_item = encoded::released_item;
    frame = encoded::frame;
    answer = encoded::answer;
    entry = envelope::entry;
    login = envelope::login;
    enrolment = envelope::enrolment;
    refusal = envelope::refusal;
    genesis = envelope::genesis;
    root_statements = envelope::root_statements;
    mls_header = envelope::mls_header;
    ticket_file = text::ticket_file;
    signed_note = text::signed_note;
    checkpoint = text::checkpoint;
    signed_checkpoint = text::signed_checkpoint;
    policy = text::policy;
    vkey = text::vkey;
    add_checkpoint = witness::add_checkpoint;
    cosignature_lines = witness::cosignature_lines;
    tree_size = witness::tree_size;
    cosigned_checkpoint = witness::cosigned_checkpoint;
    tlog_proof = witness::tlog_proof;
    tile_path = text::tile_path;
    entry_bundle = text::entry_bundle;
    hash_tile = text::hash_tile;
    label = text::label;
    agency_id = text::agency_id;
    official_id = text::official_id;
    seat_id = text::seat_id;
    device_id = text::device_id;
    ledger = model::ledger;
}
