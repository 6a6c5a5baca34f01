//! COSE_Sign1 (RFC 9052) with Ed25519 (alg -19, RFC 9864), a device id as `kid` and an explicit `typ` (RFC 9596).
//!
//! Entries, log-ins and enrolments share this envelope and differ in `typ`, so a signature made for one is worthless for
//! the others.

use ciborium::Value;
use coset::{
    CborSerializable, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader,
    SignatureContext, TaggedCborSerializable, iana, sig_structure_data,
};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::bytes::ByteSlice;

use crate::cbor;
use crate::id::{DeviceId, PublicKey, Signature};

/// A parsed envelope. The signature is not verified by parsing.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// `kid`.
    pub(crate) signer: DeviceId,
    /// Header parameters after `typ`, in the order of the wire.
    pub(crate) rest: Vec<(i64, Value)>,
    /// Protected header, verbatim.
    pub(crate) protected: Vec<u8>,
    /// Payload.
    pub(crate) payload: Vec<u8>,
    /// Ed25519 signature.
    pub(crate) signature: Signature,
}

impl Envelope {
    /// Verifies the signature strictly.
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        verify_strict(key, &self.signed_bytes(), &self.signature)
    }

    /// `Sig_structure` (RFC 9052 §4.4), from the bytes as they stand: the header is not parsed again.
    fn signed_bytes(&self) -> Vec<u8> {
        let bytes = |bytes| <&ByteSlice>::from(bytes);
        let (protected, payload) = (self.protected.as_slice(), self.payload.as_slice());
        cbor::to_vec(&("Signature1", bytes(protected), bytes(&[]), bytes(payload)))
    }
}

/// Verifies an Ed25519 signature as RFC 8032 with small-order and non-canonical points refused.
///
/// # Errors
/// [`SignatureError`]: the key is not usable or the signature is not its own.
pub fn verify_strict(
    key: &PublicKey,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SignatureError> {
    let key = verifying_key(key)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(message, &signature)
        .map_err(|_| SignatureError)
}

/// Reads an Ed25519 public key; refuses small-order and non-canonical encodings.
///
/// # Errors
/// [`SignatureError`]: not a usable key.
pub fn verifying_key(key: &PublicKey) -> Result<VerifyingKey, SignatureError> {
    let parsed = VerifyingKey::from_bytes(&key.0).map_err(|_| SignatureError)?;
    // Decompression accepts y ≥ p, and a sign where x is 0; the only points with x = 0 are weak.
    if parsed.is_weak() || !is_below_p(&key.0) {
        return Err(SignatureError);
    }
    Ok(parsed)
}

/// Whether the encoded y is below p = 2^255 - 19.
fn is_below_p(encoded: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = encoded;
    *low < 0xed || middle.iter().any(|byte| *byte != 0xff) || high & 0x7f != 0x7f
}

/// A signature that does not verify, or a key that must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature does not verify")]
pub struct SignatureError;

/// Encodes the protected header `{1: -19, 4: signer, 16: typ, ..rest}`; `rest` in rising order of the encoded labels.
pub(crate) fn protected(signer: DeviceId, typ: &str, rest: Vec<(i64, Value)>) -> Vec<u8> {
    let mut builder = HeaderBuilder::new()
        .algorithm(iana::Algorithm::Ed25519)
        .key_id(signer.0.to_vec())
        .value(LABEL_TYP, Value::Text(typ.to_owned()));
    for (label, value) in rest {
        builder = builder.value(label, value);
    }
    encode_header(builder.build())
}

fn encode_header(header: Header) -> Vec<u8> {
    header
        .to_vec()
        .unwrap_or_else(|error| unreachable!("a header of ours encodes: {error}"))
}

/// Signs `payload` under the encoded `protected` header.
pub(crate) fn sign(protected: &[u8], payload: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    let header = ProtectedHeader::from_cbor_bstr(Value::Bytes(protected.to_vec()))
        .unwrap_or_else(|error| unreachable!("a header of ours decodes: {error}"));
    let message = sig_structure_data(
        SignatureContext::CoseSign1,
        header.clone(),
        None,
        &[],
        &payload,
    );
    assemble(header, payload, key.sign(&message).to_bytes().to_vec())
}

fn assemble(protected: ProtectedHeader, payload: Vec<u8>, signature: Vec<u8>) -> Vec<u8> {
    let mut envelope = CoseSign1Builder::new()
        .payload(payload)
        .signature(signature)
        .build();
    envelope.protected = protected;
    envelope
        .to_tagged_vec()
        .unwrap_or_else(|error| unreachable!("an envelope of ours encodes: {error}"))
}

/// Parses an envelope of `typ` and refuses every encoding but the deterministic one.
///
/// # Errors
/// [`EnvelopeError`]: peer's fault, always.
pub(crate) fn parse(bytes: &[u8], typ: &str, len_max: usize) -> Result<Envelope, EnvelopeError> {
    if bytes.len() > len_max {
        return Err(EnvelopeError::TooLong {
            got: bytes.len(),
            max: len_max,
        });
    }
    let envelope = CoseSign1::from_tagged_slice(bytes).map_err(|_| EnvelopeError::Malformed)?;
    let protected = envelope
        .protected
        .original_data
        .clone()
        .ok_or(EnvelopeError::Malformed)?;
    let header = &envelope.protected.header;
    let signer = header
        .key_id
        .as_slice()
        .try_into()
        .map_err(|_| EnvelopeError::Malformed)?;
    let rest = rest_after_typ(header, typ)?;
    let payload = envelope.payload.clone().ok_or(EnvelopeError::Malformed)?;
    let signature = envelope
        .signature
        .as_slice()
        .try_into()
        .map_err(|_| EnvelopeError::Malformed)?;
    // Written again from the parsed values: an unexpected parameter, order or length shows here.
    let again = self::protected(DeviceId(signer), typ, rest.clone());
    // `envelope.protected` is written as it was read, and that is `protected`.
    let same = again == protected
        && assemble(envelope.protected, payload.clone(), envelope.signature) == bytes;
    if !same {
        return Err(EnvelopeError::NotDeterministic);
    }
    Ok(Envelope {
        signer: DeviceId(signer),
        rest,
        protected,
        payload,
        signature: Signature(signature),
    })
}

fn rest_after_typ(header: &Header, typ: &str) -> Result<Vec<(i64, Value)>, EnvelopeError> {
    let mut rest = Vec::new();
    for (label, value) in &header.rest {
        match (label, value) {
            (coset::Label::Int(LABEL_TYP), Value::Text(got)) if got == typ && rest.is_empty() => {}
            (coset::Label::Int(LABEL_TYP), _) => return Err(EnvelopeError::OtherType),
            (coset::Label::Int(label), value) => rest.push((*label, value.clone())),
            (coset::Label::Text(_), _) => return Err(EnvelopeError::Malformed),
        }
    }
    Ok(rest)
}

/// Why bytes are not an envelope of the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Longer than the limit.
    #[error("envelope of {got} bytes exceeds {max}")]
    TooLong {
        /// Bytes received.
        got: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Not a tagged COSE_Sign1 with the parameters of docs/protocol.md chapter 2.
    #[error("not a COSE_Sign1 of the expected shape")]
    Malformed,
    /// Another `typ`: a signature made for something else.
    #[error("typ is not the expected one")]
    OtherType,
    /// Right values, another encoding.
    #[error("encoding is not deterministic")]
    NotDeterministic,
}

/// RFC 9596.
const LABEL_TYP: i64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_verified_is_the_sig_structure_of_coset() {
        let signer = DeviceId([7; 16]);
        let header = protected(signer, "thamvan/e1", Vec::new());
        for len in [0, 1, 23, 24, 32, 256] {
            let envelope = Envelope {
                signer,
                rest: Vec::new(),
                protected: header.clone(),
                payload: vec![9; len],
                signature: Signature([0; 64]),
            };
            let parsed =
                ProtectedHeader::from_cbor_bstr(Value::Bytes(header.clone())).expect("ours");
            let context = SignatureContext::CoseSign1;
            let expected = sig_structure_data(context, parsed, None, &[], &envelope.payload);
            assert_eq!(envelope.signed_bytes(), expected);
        }
    }

    #[test]
    fn a_key_is_usable_exactly_if_it_encodes_back_to_itself_and_is_not_weak() {
        for high in [0x7e, 0x7f, 0xfe, 0xff] {
            for low in 0xe0..=0xff {
                let mut key = [0xff; 32];
                (key[0], key[31]) = (low, high);
                check(key);
            }
            for low in 0..=4 {
                let mut key = [0; 32];
                (key[0], key[31]) = (low, high & 0x80);
                check(key);
            }
        }
    }

    /// Against the definition: decompress, compress, compare.
    fn check(key: [u8; 32]) {
        let back = VerifyingKey::from_bytes(&key).ok();
        let back = back.filter(|key| !key.is_weak());
        let is_canonical = back.is_some_and(|it| it.to_edwards().compress().to_bytes() == key);
        assert_eq!(
            verifying_key(&PublicKey(key)).is_ok(),
            is_canonical,
            "{key:?}"
        );
    }
}
