//! A capability: who may do what with which blob, for some minutes, sealed with a key that lives as long as the process.
//!
//! The bearer of a token is believed to be its device; what the device may do is asked of the state again at every request, so a
//! revocation ends it at once. After a restart all tokens are void, and a client asks for another.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use thamvan_proto::cbor;
use thamvan_proto::frame::{BlobCapability, BlobVerb};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::tlog::Hash;
use zeroize::Zeroizing;

use crate::error::RunError;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Capability {
    #[n(0)]
    pub(super) device: DeviceId,
    #[n(1)]
    pub(super) hash: Hash,
    #[n(2)]
    pub(super) verb: BlobVerb,
    #[n(3)]
    pub(super) size: u64,
    #[n(4)]
    pub(super) stream: StreamId,
    /// Last moment (ms).
    #[n(5)]
    pub(super) expires: u64,
}

impl Capability {
    /// The request that it answers.
    pub(super) fn asked(&self) -> BlobCapability {
        BlobCapability {
            hash: self.hash,
            verb: self.verb,
            size: self.size,
            stream: self.stream,
        }
    }
}

/// Makes tokens and knows its own again.
pub(super) struct Mint(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint(..)")
    }
}

impl Mint {
    pub(super) fn new() -> Result<Self, RunError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|_| RunError::refuses("no randomness"))?;
        Ok(Self(key))
    }

    pub(super) fn token(&self, capability: &Capability) -> String {
        let mut bytes = cbor::to_vec(capability);
        let tag = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// What a token says, if it is ours and not yet expired at `now` (ms).
    pub(super) fn open(&self, token: &str, now: u64) -> Option<Capability> {
        if token.len() > TOKEN_LEN_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (said, tag) = bytes.split_last_chunk::<TAG_LEN>()?;
        self.mac(said).verify_slice(tag).ok()?;
        let capability: Capability = cbor::from_slice(said, TOKEN_LEN_MAX).ok()?;
        (now <= capability.expires).then_some(capability)
    }

    fn mac(&self, said: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice())
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(CONTEXT);
        mac.update(said);
        mac
    }
}

const CONTEXT: &[u8] = b"thamvan/blob-capability/v1";
const TAG_LEN: usize = 32;
/// A capability has at most 95 bytes before its tag.
const TOKEN_LEN_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_until_it_expires_and_only_by_its_maker() {
        let capability = Capability {
            device: DeviceId([1; 16]),
            hash: Hash([2; 32]),
            verb: BlobVerb::Put,
            size: u64::MAX,
            stream: StreamId([3; 16]),
            expires: u64::MAX - 1,
        };
        let mint = Mint::new().unwrap();
        let token = mint.token(&capability);
        assert_eq!(mint.open(&token, u64::MAX - 1), Some(capability));
        assert_eq!(mint.open(&token, u64::MAX), None);
        assert_eq!(Mint::new().unwrap().open(&token, 0), None);
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            assert_eq!(mint.open(&changed, 0), None, "{at}");
        }
        for wrong in ["", "A", "é", &"A".repeat(TOKEN_LEN_MAX + 1)] {
            assert_eq!(mint.open(wrong, 0), None);
        }
    }
}
