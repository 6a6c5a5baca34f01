//! Targets for the text formats and files of the log, and for identifiers. Each has one spelling.

use std::fmt::Display;
use std::str::FromStr;

use thamvan_proto::cbor;
use thamvan_proto::id::{AgencyId, DeviceId, OfficialId, SeatId};
use thamvan_proto::label::Label;
use thamvan_proto::login::TicketFile;
use thamvan_proto::tlog::{
    Checkpoint, Name, Policy, SignedNote, TilePath, VerifierKey, decode_entry_bundle,
    decode_hash_tile, encode_entry_bundle, open_checkpoint,
};

use super::SESSION;
use crate::session::{ORIGIN, log_signer};

pub(super) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// What parses is written again as the same text.
pub(super) fn one_spelling<T: Display, E>(
    data: &[u8],
    parse: impl Fn(&str) -> Result<T, E>,
) -> bool {
    let Some(text) = text(data) else { return false };
    let Ok(value) = parse(text) else { return false };
    assert_eq!(value.to_string(), text, "another spelling is accepted");
    true
}

pub(super) fn signed_note(data: &[u8]) -> bool {
    one_spelling(data, SignedNote::parse)
}

pub(super) fn checkpoint(data: &[u8]) -> bool {
    one_spelling(data, Checkpoint::parse)
}

pub(super) fn vkey(data: &[u8]) -> bool {
    one_spelling(data, VerifierKey::parse)
}

pub(super) fn tile_path(data: &[u8]) -> bool {
    one_spelling(data, TilePath::parse)
}

/// Nobody but the log signs a checkpoint, and what it signed is its tree.
pub(super) fn signed_checkpoint(data: &[u8]) -> bool {
    let Some(text) = text(data) else { return false };
    let origin = Name::parse(ORIGIN).expect("the origin is a key name");
    let signer = log_signer();
    let Ok(checkpoint) = open_checkpoint(text, &origin, signer.verifier_key()) else {
        return false;
    };
    let root = SESSION.tree.root_at(checkpoint.size);
    assert_eq!(Some(checkpoint.root), root, "a forged checkpoint opens");
    true
}

/// White space around a ticket is nothing; inside there is one spelling.
pub(super) fn ticket_file(data: &[u8]) -> bool {
    let Some(text) = text(data) else { return false };
    let Ok(ticket) = TicketFile::parse(text) else {
        return false;
    };
    assert_eq!(
        ticket.to_text(),
        text.trim(),
        "another spelling is accepted"
    );
    true
}

/// A policy may be written in many ways and is written again in one.
pub(super) fn policy(data: &[u8]) -> bool {
    let Some(text) = text(data) else { return false };
    let Ok(policy) = Policy::parse(text) else {
        return false;
    };
    let again = Policy::parse(&policy.to_string()).expect("a written policy parses");
    assert_eq!(again, policy);
    assert_eq!(again.to_string(), policy.to_string());
    true
}

pub(super) fn entry_bundle(data: &[u8]) -> bool {
    let Ok(entries) = decode_entry_bundle(data) else {
        return false;
    };
    let again = encode_entry_bundle(&entries).expect("decoded entries make a bundle");
    assert_eq!(again, data, "another bundle is accepted");
    true
}

pub(super) fn hash_tile(data: &[u8]) -> bool {
    let Ok(width) = u16::try_from(data.len() / 32) else {
        return false;
    };
    let Ok(hashes) = decode_hash_tile(data, width) else {
        return false;
    };
    let again: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    assert_eq!(again, data, "another tile is accepted");
    assert!(decode_hash_tile(data, width + 1).is_err(), "another width");
    true
}

pub(super) fn label(data: &[u8]) -> bool {
    one_spelling(data, Label::from_str)
}

pub(super) fn agency_id(data: &[u8]) -> bool {
    name::<AgencyId>(data)
}

pub(super) fn official_id(data: &[u8]) -> bool {
    let accepted = name::<OfficialId>(data);
    if accepted {
        let official: Option<OfficialId> = text(data).and_then(|text| text.parse().ok());
        let agency = official.expect("it was accepted").agency();
        assert!(name::<AgencyId>(agency.as_str().as_bytes()), "no agency");
    }
    accepted
}

pub(super) fn seat_id(data: &[u8]) -> bool {
    let accepted = name::<SeatId>(data);
    if accepted {
        let seat: Option<SeatId> = text(data).and_then(|text| text.parse().ok());
        let agency = seat.expect("it was accepted").agency();
        assert!(name::<AgencyId>(agency.as_str().as_bytes()), "no agency");
    }
    accepted
}

pub(super) fn device_id(data: &[u8]) -> bool {
    one_spelling(data, DeviceId::from_str)
}

/// A name is accepted from text exactly if it is accepted from CBOR.
fn name<T>(data: &[u8]) -> bool
where
    T: FromStr + Display + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    let accepted = one_spelling(data, T::from_str);
    if let Some(text) = text(data) {
        let encoded = cbor::to_vec(&text);
        let decoded = cbor::from_slice::<T>(&encoded, encoded.len());
        assert_eq!(decoded.is_ok(), accepted, "text and CBOR differ");
    }
    accepted
}
