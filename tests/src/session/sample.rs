//! Bytes that look random and are not: every secret of the sample session follows from its name.

use ed25519_dalek::SigningKey;
use thamvan_proto::directory::{DeviceEnrol, SEALING_KEY_LEN};
use thamvan_proto::entry::sha256;
use thamvan_proto::id::{DeviceId, OfficialId, PublicKey, SeatId, TicketId};

/// The first `len` bytes of `H(TAG || u32(0) || name) || H(TAG || u32(1) || name) || …`.
#[must_use]
pub fn stream(name: &str, len: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|block| sha256(&[TAG, &block.to_be_bytes(), name.as_bytes()].concat()).0)
        .take(len)
        .collect()
}

/// The first `N` bytes of [`stream`].
#[must_use]
pub fn bytes<const N: usize>(name: &str) -> [u8; N] {
    stream(name, N)
        .try_into()
        .expect("a stream is as long as asked")
}

/// The Ed25519 key whose RFC 8032 seed is [`bytes`].
#[must_use]
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&bytes(name))
}

/// The public half.
#[must_use]
pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// Separates the samples from every other use of SHA-256 in the protocol.
pub const TAG: &[u8] = b"thamvan/sample/v1";

/// An official with one device.
#[derive(Clone, Debug)]
pub struct Person {
    /// Short name; also the part before the `@`.
    pub name: &'static str,
    /// Name as people write it, in the side body.
    pub full_name: &'static str,
    /// Official.
    pub official: OfficialId,
    /// Seat of the device.
    pub seat: Option<SeatId>,
    /// Device.
    pub device: DeviceId,
    /// Signs entries and log-ins.
    pub signing: SigningKey,
    /// Ticket of the device.
    pub ticket: TicketId,
    /// One-time code of the ticket.
    pub code: String,
}

impl Person {
    /// The person `name` of `agency`, at `seat` of that agency.
    #[must_use]
    pub fn new(
        name: &'static str,
        full_name: &'static str,
        agency: &str,
        seat: Option<&str>,
    ) -> Self {
        Self {
            name,
            full_name,
            official: id(&format!("{name}@{agency}")),
            seat: seat.map(|seat| id(&format!("{agency}/{seat}"))),
            device: DeviceId(bytes(&format!("device {name}"))),
            signing: key(&format!("signing {name}")),
            ticket: TicketId(bytes(&format!("ticket {name}"))),
            code: data_encoding::BASE32_NOPAD.encode(&bytes::<15>(&format!("code {name}"))),
        }
    }

    /// What the device asks to be enrolled with.
    #[must_use]
    pub fn enrolment(&self) -> DeviceEnrol {
        DeviceEnrol {
            device: self.device,
            official: self.official.clone(),
            seat: self.seat.clone(),
            signing: public(&self.signing),
            mls: public(&key(&format!("mls {}", self.name))),
            sealing: stream(&format!("sealing {}", self.name), SEALING_KEY_LEN).into(),
            name: format!("{}-1", self.name),
            ticket: self.ticket,
        }
    }
}

/// Parses a name that is written in this crate.
pub fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| unreachable!("a name of ours parses: {text}"))
}
