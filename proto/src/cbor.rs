//! Deterministic CBOR (RFC 8949 §4.2.1) in and out; anything else is refused.
//!
//! In scope: the strict reader, the macros that make a type a fixed-length array or an unsigned number. Out of scope: what
//! the values mean. Strictness rests on one idea: decode, encode again, compare.

use minicbor::{Decode, Encode};

pub use minicbor::bytes::ByteVec;

use crate::tlog::Hash;

/// Encodes `value` as deterministic CBOR.
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value)
        .unwrap_or_else(|error| unreachable!("encoding into memory failed: {error}"))
}

/// Decodes exactly one value from `bytes` and refuses every encoding but the deterministic one.
///
/// `bytes`: at most `len_max` bytes. Cost: one decoding, one encoding, one comparison.
///
/// # Errors
/// [`CborError`]: peer's fault, always.
///
/// Source: docs/protocol.md chapter 1.
pub fn from_slice<'b, T: Decode<'b, ()> + Encode<()>>(
    bytes: &'b [u8],
    len_max: usize,
) -> Result<T, CborError> {
    if bytes.len() > len_max {
        return Err(CborError::TooLong {
            got: bytes.len(),
            max: len_max,
        });
    }
    let value: T = minicbor::decode(bytes).map_err(CborError::Malformed)?;
    if to_vec(&value) == bytes {
        Ok(value)
    } else {
        Err(CborError::NotDeterministic)
    }
}

/// Why bytes are not one deterministic CBOR value of the expected shape.
#[derive(Debug, thiserror::Error)]
pub enum CborError {
    /// Longer than the limit for this value.
    #[error("value of {got} bytes exceeds {max}")]
    TooLong {
        /// Bytes received.
        got: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not CBOR, or CBOR of another shape.
    #[error("not the expected CBOR shape")]
    Malformed(#[source] minicbor::decode::Error),
    /// The right value in an encoding that is not the deterministic one, or followed by other bytes.
    #[error("encoding is not deterministic")]
    NotDeterministic,
}

impl<C> Encode<C> for Hash {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Hash {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        fixed_bytes(d).map(Hash)
    }
}

/// Reads a byte string of exactly `N` bytes.
pub(crate) fn fixed_bytes<const N: usize>(
    d: &mut minicbor::Decoder<'_>,
) -> Result<[u8; N], minicbor::decode::Error> {
    let at = d.position();
    <[u8; N]>::try_from(d.bytes()?)
        .map_err(|_| minicbor::decode::Error::message("byte string of another length").at(at))
}

/// A structure that is a CBOR array of exactly its fields, in order.
macro_rules! cbor_array {
    ($( $(#[$meta:meta])* pub struct $name:ident { $( $(#[$fmeta:meta])* pub $field:ident : $type:ty ),* $(,)? } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$fmeta])* pub $field: $type ),* }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, ctx: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.array(const { [$(stringify!($field)),*].len() as u64 })?;
                $( minicbor::Encode::<C>::encode(&self.$field, e, ctx)?; )*
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                if d.array()? != Some(const { [$(stringify!($field)),*].len() as u64 }) {
                    return Err(minicbor::decode::Error::message("array of another length").at(at));
                }
                Ok(Self { $( $field: minicbor::Decode::<'b, C>::decode(d, ctx)? ),* })
            }
        }
    )* };
}

/// An enumeration that is a CBOR unsigned number; numbers that are not listed are refused.
macro_rules! cbor_uint {
    ($( $(#[$meta:meta])* pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $number:literal ),* $(,)? } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $( $(#[$vmeta])* $variant = $number ),* }

        impl $name {
            /// All values, in rising order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u64 { self as u64 }

            /// The value with this number, if rule version 1 knows it.
            #[must_use]
            pub const fn from_number(number: u64) -> Option<Self> {
                match number { $( $number => Some(Self::$variant), )* _ => None }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u64(self.number())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                Self::from_number(d.u64()?).ok_or_else(|| minicbor::decode::Error::message(concat!("unknown ", stringify!($name))).at(at))
            }
        }
    )* };
}

/// A choice that is a CBOR array `[number, fact]`.
macro_rules! cbor_choice {
    ($( $(#[$meta:meta])* pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident($type:ty) = $number:literal ),* $(,)? } )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$vmeta])* $variant($type) ),* }

        impl $name {
            /// All numbers that rule version 1 knows, in rising order.
            pub const NUMBERS: &'static [u64] = &[$($number),*];

            /// The number on the wire.
            #[must_use]
            pub const fn number(&self) -> u64 {
                match self { $( Self::$variant(_) => $number ),* }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, ctx: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.array(2)?.u64(self.number())?;
                match self { $( Self::$variant(fact) => minicbor::Encode::<C>::encode(fact, e, ctx) ),* }
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                if d.array()? != Some(2) {
                    return Err(minicbor::decode::Error::message("array of another length").at(at));
                }
                match d.u64()? {
                    $( $number => Ok(Self::$variant(minicbor::Decode::<'b, C>::decode(d, ctx)?)), )*
                    _ => Err(minicbor::decode::Error::message(concat!("unknown ", stringify!($name))).at(at)),
                }
            }
        }
    )* };
}

pub(crate) use {cbor_array, cbor_choice, cbor_uint};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro makes public types")]
mod tests {
    use super::*;

    cbor_array! {
        /// A pair.
        pub struct Pair {
            /// A number.
            pub number: u64,
            /// Perhaps another.
            pub other: Option<u64>,
        }
    }

    #[test]
    fn an_absent_value_is_null_and_the_array_keeps_its_length() {
        let bytes = to_vec(&Pair {
            number: 1,
            other: None,
        });
        assert_eq!(bytes, [0x82, 0x01, 0xf6]);
        assert_eq!(
            from_slice::<Pair>(&bytes, 3).unwrap(),
            Pair {
                number: 1,
                other: None
            }
        );
    }

    #[test]
    fn refuses_every_other_encoding_of_the_same_value() {
        for bytes in [
            &[0x82, 0x18, 0x01, 0xf6][..], // longer integer than needed
            &[0x9f, 0x01, 0xf6, 0xff],     // indefinite length
            &[0x82, 0x01, 0xf6, 0x00],     // trailing byte
            &[0x81, 0x01],                 // shorter array
            &[0x83, 0x01, 0xf6, 0xf6],     // longer array
            &[0x82, 0x01, 0xf7],           // undefined instead of null
            &[0x82, 0x01],                 // truncated
        ] {
            assert!(from_slice::<Pair>(bytes, 16).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn the_limit_is_inclusive() {
        let bytes = to_vec(&Pair {
            number: 1,
            other: None,
        });
        assert!(from_slice::<Pair>(&bytes, 3).is_ok());
        assert!(matches!(
            from_slice::<Pair>(&bytes, 2),
            Err(CborError::TooLong { got: 3, max: 2 })
        ));
    }
}
