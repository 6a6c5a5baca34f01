//! Names of things: fixed-size random identifiers and the readable names of agencies, officials and seats.

use std::fmt;
use std::str::FromStr;

use crate::limits::NAME_LEN_MAX;

/// A fixed number of bytes with a hexadecimal text form.
macro_rules! byte_id {
    ($( $(#[$meta:meta])* pub struct $name:ident($len:literal); )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                data_encoding::HEXLOWER
                    .decode(text.as_bytes())
                    .ok()
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(Self)
                    .ok_or(IdError { kind: stringify!($name) })
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] { &self.0 }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                crate::cbor::fixed_bytes(d).map(Self)
            }
        }
    )* };
}

byte_id! {
    /// One enrolled installation; the COSE `kid` of its entries.
    pub struct DeviceId(16);
    /// One stream of the log; [`StreamId::DIRECTORY`] is stream 0.
    pub struct StreamId(16);
    /// Marks the leaf of a stream in minute heads; only who knows the stream's tag key can compute it.
    pub struct HeadTag(16);
    /// One enrolment ticket.
    pub struct TicketId(16);
    /// One consultation.
    pub struct ConsultationId(16);
    /// The first 16 bytes of SHA-256 of a root key.
    pub struct RootKeyId(16);
    /// An Ed25519 public key as bytes (RFC 8032).
    pub struct PublicKey(32);
    /// An Ed25519 signature (RFC 8032).
    pub struct Signature(64);
    /// A salt, nonce, TLS exporter value or commitment opening.
    pub struct Salt(32);
    /// The random part of the nonces of one blob: XChaCha20-Poly1305 takes 24 bytes, STREAM five of them.
    pub struct NoncePrefix(19);
    /// An MLS group id: stream id, then the generation as u32.
    pub struct GroupId(20);
}

impl StreamId {
    /// Stream 0, the directory.
    pub const DIRECTORY: Self = Self([0; 16]);
    /// The stream of minute heads, which the log key alone signs.
    pub const HEADS: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// Whether the id is one of the log's own streams, or kept for one: fifteen zero bytes first. No channel has it.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0
            .split_last()
            .is_some_and(|(_, first)| first == [0; 15])
    }
}

impl GroupId {
    /// The id of the group of `generation` in `stream` (docs/protocol.md chapter 6).
    #[must_use]
    pub fn new(stream: StreamId, generation: u32) -> Self {
        let mut bytes = [0; 20];
        let (left, right) = bytes.split_at_mut(16);
        left.copy_from_slice(&stream.0);
        right.copy_from_slice(&generation.to_be_bytes());
        Self(bytes)
    }
}

/// A readable name with a checked alphabet.
macro_rules! name_id {
    ($( $(#[$meta:meta])* pub struct $name:ident: $check:path; )*) => { $(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err(IdError { kind: stringify!($name) }) }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                d.str()?.parse().map_err(|_| minicbor::decode::Error::message(concat!("not a ", stringify!($name))).at(at))
            }
        }
    )* };
}

name_id! {
    /// An agency: `[a-z0-9_]{1,32}`.
    pub struct AgencyId: is_plain;
    /// A field of work (Art. 2.2): `[a-z0-9_]{1,32}`.
    pub struct FieldId: is_plain;
    /// An official: `name@agency`.
    pub struct OfficialId: is_official;
    /// A seat: `agency/place`.
    pub struct SeatId: is_seat;
}

impl OfficialId {
    /// The agency after the `@`.
    #[must_use]
    pub fn agency(&self) -> AgencyId {
        AgencyId(
            self.0
                .split_once('@')
                .map_or("", |(_, agency)| agency)
                .to_owned(),
        )
    }
}

impl SeatId {
    /// The agency before the `/`.
    #[must_use]
    pub fn agency(&self) -> AgencyId {
        AgencyId(
            self.0
                .split_once('/')
                .map_or("", |(agency, _)| agency)
                .to_owned(),
        )
    }
}

fn is_word(text: &str, extra: &str) -> bool {
    (1..=NAME_LEN_MAX).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || extra.contains(c))
}

fn is_plain(text: &str) -> bool {
    is_word(text, "")
}

fn is_official(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, agency)| is_word(name, ".-") && is_plain(agency))
}

fn is_seat(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(agency, place)| is_plain(agency) && is_word(place, ""))
}

/// Text that is not an identifier of the named kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct IdError {
    /// The expected type.
    pub kind: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_alphabet_and_a_length() {
        assert!("mofa".parse::<AgencyId>().is_ok());
        assert!("a".repeat(32).parse::<AgencyId>().is_ok());
        assert!("a".repeat(33).parse::<AgencyId>().is_err());
        for bad in ["", "MOFA", "bộ", "mofa/main", "a b"] {
            assert!(bad.parse::<AgencyId>().is_err(), "{bad}");
        }
        let official: OfficialId = "lan.nguyen@mofa".parse().unwrap();
        assert_eq!(official.agency().as_str(), "mofa");
        for bad in ["lan", "@mofa", "lan@", "lan@mofa@x", "lan@mo-fa"] {
            assert!(bad.parse::<OfficialId>().is_err(), "{bad}");
        }
        let seat: SeatId = "mofa/secretariat".parse().unwrap();
        assert_eq!(seat.agency().as_str(), "mofa");
    }

    #[test]
    fn hexadecimal_is_lower_case_and_of_exact_length() {
        let id = DeviceId([0xab; 16]);
        assert_eq!(id.to_string().parse::<DeviceId>().unwrap(), id);
        assert!("AB".repeat(16).parse::<DeviceId>().is_err());
        assert!("ab".repeat(15).parse::<DeviceId>().is_err());
    }
}
