//! One value of every wire and stored type, encoded: what the byte snapshots compare and some fuzz corpora start from.
//!
//! In scope: every type of `thamvan_proto` that has an encoding, and every number on the wire. Out of scope: whether the values make
//! sense together (see `session`).

mod records;
mod wire;

use thamvan_proto::cbor;
use thamvan_proto::id::{
    ConsultationId, DeviceId, GroupId, PublicKey, RootKeyId, Salt, Signature, StreamId, TicketId,
};
use thamvan_proto::tlog::Hash;

/// Bytes with the name of their type.
pub type Sample = (String, Vec<u8>);

/// Entry, record, content, directory and channel types.
#[must_use]
pub fn stored() -> Vec<Sample> {
    records::list()
}

/// Frames and what they carry, log-in, enrolment, ticket.
#[must_use]
pub fn carried() -> Vec<Sample> {
    wire::list()
}

/// Encodes `value`, decodes it again, and names it.
pub(crate) fn sample<T>(name: &str, value: &T) -> Sample
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = cbor::to_vec(value);
    let again: T = cbor::from_slice(&bytes, bytes.len()).expect("a sample decodes");
    assert_eq!(again, *value, "{name}");
    (name.to_owned(), bytes)
}

pub(crate) const HASH: Hash = Hash([0x11; 32]);
pub(crate) const DEVICE: DeviceId = DeviceId([0x22; 16]);
pub(crate) const STREAM: StreamId = StreamId([0x33; 16]);
pub(crate) const TICKET: TicketId = TicketId([0x44; 16]);
pub(crate) const CONSULTATION: ConsultationId = ConsultationId([0x55; 16]);
pub(crate) const ROOT_KEY: RootKeyId = RootKeyId([0x66; 16]);
pub(crate) const KEY: PublicKey = PublicKey([0x77; 32]);
pub(crate) const SIGNATURE: Signature = Signature([0x88; 64]);
pub(crate) const SALT: Salt = Salt([0x99; 32]);
pub(crate) const GROUP: GroupId = GroupId([0xaa; 20]);
pub(crate) const TIME: u64 = 1_790_000_000_000;
