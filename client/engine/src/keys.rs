//! The three key pairs of a device, made on the device and never leaving its store.

use ed25519_dalek::{Signer, SigningKey};
use openmls_libcrux_crypto::CryptoProvider;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::signatures::{Signer as MlsSigner, SignerError};
use openmls_traits::types::{
    HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType, HpkeKemType, SignatureScheme,
};
use thamvan_proto::cbor::{self, ByteVec};
use thamvan_proto::channel::{SealedBox, SealedName};
use thamvan_proto::directory::DeviceEnrol;
use thamvan_proto::id::{DeviceId, PublicKey, StreamId};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::EngineError;
use crate::random;

/// The secret keys of this device.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DeviceKeys {
    /// Id.
    #[zeroize(skip)]
    pub device: DeviceId,
    signing: [u8; 32],
    mls: [u8; 32],
    sealing_ikm: [u8; 32],
}

impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKeys({})", self.device)
    }
}

impl DeviceKeys {
    /// Makes the keys of a new device.
    ///
    /// # Errors
    /// [`EngineError::Randomness`].
    pub fn generate() -> Result<Self, EngineError> {
        Ok(Self {
            device: DeviceId(random::bytes()?),
            signing: random::bytes()?,
            mls: random::bytes()?,
            sealing_ikm: random::bytes()?,
        })
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let parts: [&[u8]; 4] = [&self.device.0, &self.signing, &self.mls, &self.sealing_ikm];
        Zeroizing::new(parts.concat())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let parts = || {
            let (device, rest) = bytes.split_first_chunk::<16>()?;
            let (signing, rest) = rest.split_first_chunk::<32>()?;
            let (mls, rest) = rest.split_first_chunk::<32>()?;
            let sealing_ikm: &[u8; 32] = rest.try_into().ok()?;
            Some((*device, *signing, *mls, *sealing_ikm))
        };
        let (device, signing, mls, sealing_ikm) = parts().ok_or(EngineError::StoreDamaged {
            what: "device keys",
        })?;
        Ok(Self {
            device: DeviceId(device),
            signing,
            mls,
            sealing_ikm,
        })
    }

    /// The key that signs entries and log-ins.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.signing)
    }

    /// Public half of the signing key.
    #[must_use]
    pub fn signing_public(&self) -> PublicKey {
        PublicKey(self.signing_key().verifying_key().to_bytes())
    }

    /// Public half of the MLS signature key.
    #[must_use]
    pub fn mls_public(&self) -> PublicKey {
        PublicKey(SigningKey::from_bytes(&self.mls).verifying_key().to_bytes())
    }

    /// Public half of the sealing key (X-Wing, 1,216 bytes).
    ///
    /// # Errors
    /// [`EngineError::Mls`].
    pub fn sealing_public(&self) -> Result<Vec<u8>, EngineError> {
        let pair = crypto()?
            .derive_hpke_keypair(SEALING, &self.sealing_ikm)
            .map_err(sealing)?;
        Ok(pair.public)
    }

    /// Opens the name and purpose of a channel that were sealed to this device.
    ///
    /// # Errors
    /// [`EngineError::Mls`] where the box is not for this device or was changed.
    pub fn open_name(
        &self,
        stream: &StreamId,
        boxed: &SealedBox,
    ) -> Result<SealedName, EngineError> {
        let crypto = crypto()?;
        let pair = crypto
            .derive_hpke_keypair(SEALING, &self.sealing_ikm)
            .map_err(sealing)?;
        let input = HpkeCiphertext {
            kem_output: boxed.encapsulated.to_vec().into(),
            ciphertext: boxed.ciphertext.to_vec().into(),
        };
        let plain = crypto
            .hpke_open(SEALING, &input, &pair.private, SEALING_INFO, &stream.0)
            .map_err(sealing)?;
        Ok(cbor::from_slice(&plain, plain.len())?)
    }
}

/// Seals the name and purpose of a channel to a device.
///
/// # Errors
/// [`EngineError::Mls`].
pub(crate) fn seal_name(
    stream: &StreamId,
    name: &SealedName,
    device: &DeviceEnrol,
) -> Result<SealedBox, EngineError> {
    let sealed = crypto()?
        .hpke_seal(
            SEALING,
            &device.sealing,
            SEALING_INFO,
            &stream.0,
            &cbor::to_vec(name),
        )
        .map_err(sealing)?;
    Ok(SealedBox {
        device: device.device,
        encapsulated: ByteVec::from(sealed.kem_output.as_slice().to_vec()),
        ciphertext: ByteVec::from(sealed.ciphertext.as_slice().to_vec()),
    })
}

fn crypto() -> Result<CryptoProvider, EngineError> {
    CryptoProvider::new().map_err(|_| EngineError::Randomness)
}

fn sealing<E: std::fmt::Debug>(error: E) -> EngineError {
    EngineError::Mls(crate::mls::MlsError::Library {
        step: "sealing",
        detail: format!("{error:?}"),
    })
}

impl MlsSigner for DeviceKeys {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(SigningKey::from_bytes(&self.mls)
            .sign(payload)
            .to_bytes()
            .to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

const SEALING: HpkeConfig = HpkeConfig(
    HpkeKemType::XWingKemDraft6,
    HpkeKdfType::HkdfSha256,
    HpkeAeadType::ChaCha20Poly1305,
);
const SEALING_INFO: &[u8] = b"thamvan/found/v1";

#[cfg(test)]
mod tests {
    use thamvan_proto::id::{Salt, TicketId};

    use super::*;

    #[test]
    fn keys_round_trip_and_a_sealed_name_opens_for_its_device_only() {
        let (a, b) = (
            DeviceKeys::generate().unwrap(),
            DeviceKeys::generate().unwrap(),
        );
        let again = DeviceKeys::from_bytes(&a.to_bytes()).unwrap();
        assert_eq!(again.to_bytes(), a.to_bytes());
        assert!(DeviceKeys::from_bytes(&a.to_bytes()[1..]).is_err());
        let device = DeviceEnrol {
            device: a.device,
            official: "lan@mofa".parse().unwrap(),
            seat: None,
            signing: a.signing_public(),
            mls: a.mls_public(),
            sealing: a.sealing_public().unwrap().into(),
            name: String::new(),
            ticket: TicketId([0; 16]),
        };
        assert_eq!(
            device.sealing.len(),
            thamvan_proto::directory::SEALING_KEY_LEN
        );
        let name = SealedName {
            salt: Salt([1; 32]),
            name: "tên".into(),
            purpose: "mục đích".into(),
        };
        let stream = StreamId([7; 16]);
        let boxed = seal_name(&stream, &name, &device).unwrap();
        assert_eq!(a.open_name(&stream, &boxed).unwrap(), name);
        assert!(b.open_name(&stream, &boxed).is_err());
        assert!(a.open_name(&StreamId([8; 16]), &boxed).is_err());
    }
}
