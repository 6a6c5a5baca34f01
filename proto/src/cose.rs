//! COSE_Sign1 (RFC 9052) with Ed25519 (alg -19, RFC 9864), a device id as `kid` and an explicit `typ` (RFC 9596).
//!
//! Entries, log-ins and enrolments share this envelope and differ in `typ`, so a signature made for one is worthless for
//! the others. One structure and one header map are all that is used of COSE; they are written on `minicbor` (ADR 003).

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::bytes::ByteSlice;
use minicbor::data::Tag;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::cbor::{self, fixed_bytes};
use crate::id::{DeviceId, PublicKey, Signature};

/// Header parameters after `typ`: each encodes as its label and value, in rising order of the encoded labels.
pub(crate) trait Parameters: Encode<()> + for<'b> Decode<'b, ()> {
    /// How many.
    const COUNT: u64;
}

/// A header that ends with `typ`.
pub(crate) struct NoParameters;

impl Parameters for NoParameters {
    const COUNT: u64 = 0;
}

impl<C> Encode<C> for NoParameters {
    fn encode<W: minicbor::encode::Write>(
        &self,
        _: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for NoParameters {
    fn decode(_: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self)
    }
}

/// A parsed envelope. The signature is not verified by parsing.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// `kid`.
    pub(crate) signer: DeviceId,
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

    fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(&self.protected, &self.payload)
    }
}

/// `Sig_structure` (RFC 9052 §4.4), from the bytes of the header as they stand.
fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let bytes = |bytes| <&ByteSlice>::from(bytes);
    cbor::to_vec(&("Signature1", bytes(protected), bytes(&[]), bytes(payload)))
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

/// Encodes the protected header `{1: -19, 4: signer, 16: typ, ..rest}`.
pub(crate) fn protected<P: Parameters>(signer: DeviceId, typ: &str, rest: &P) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_LEN_USUAL);
    write_header(&mut Encoder::new(&mut bytes), signer, typ, rest)
        .unwrap_or_else(|error| unreachable!("encoding into memory failed: {error}"));
    bytes
}

fn write_header<P: Parameters>(
    e: &mut Encoder<&mut Vec<u8>>,
    signer: DeviceId,
    typ: &str,
    rest: &P,
) -> Result<(), minicbor::encode::Error<core::convert::Infallible>> {
    e.map(const { 3 + P::COUNT })?
        .i64(LABEL_ALG)?
        .i64(ALG_ED25519)?
        .i64(LABEL_KID)?
        .bytes(&signer.0)?
        .i64(LABEL_TYP)?
        .str(typ)?;
    rest.encode(e, &mut ())
}

/// Signs `payload` under the encoded `protected` header.
pub(crate) fn sign(protected: &[u8], payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&sig_structure(protected, payload));
    assemble(protected, payload, &signature.to_bytes())
}

fn assemble(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let around = protected.len().saturating_add(ENVELOPE_LEN_AROUND);
    let mut bytes = Vec::with_capacity(around.saturating_add(payload.len()));
    Encoder::new(&mut bytes)
        .tag(TAG_SIGN1)
        .and_then(|e| e.array(4))
        .and_then(|e| e.bytes(protected))
        .and_then(|e| e.map(0))
        .and_then(|e| e.bytes(payload))
        .and_then(|e| e.bytes(signature))
        .unwrap_or_else(|error| unreachable!("encoding into memory failed: {error}"));
    bytes
}

/// Parses an envelope of `typ` and refuses every encoding but the deterministic one.
///
/// # Errors
/// [`EnvelopeError`]: peer's fault, always.
pub(crate) fn parse<P: Parameters>(
    bytes: &[u8],
    typ: &str,
    len_max: usize,
) -> Result<(Envelope, P), EnvelopeError> {
    if bytes.len() > len_max {
        return Err(EnvelopeError::TooLong {
            got: bytes.len(),
            max: len_max,
        });
    }
    let envelope = read_envelope(bytes).map_err(|_| EnvelopeError::Malformed)?;
    let mut header = Decoder::new(envelope.protected);
    let (signer, got) = read_common(&mut header).map_err(|_| EnvelopeError::Malformed)?;
    if got != typ {
        return Err(EnvelopeError::OtherType);
    }
    let rest = P::decode(&mut header, &mut ()).map_err(|_| EnvelopeError::Malformed)?;
    // Written again from what was read: another order, length or form of the same values shows here.
    let again = protected(signer, typ, &rest);
    if again != envelope.protected
        || assemble(&again, envelope.payload, &envelope.signature) != bytes
    {
        return Err(EnvelopeError::NotDeterministic);
    }
    let parsed = Envelope {
        signer,
        protected: again,
        payload: envelope.payload.to_vec(),
        signature: Signature(envelope.signature),
    };
    Ok((parsed, rest))
}

/// `18([protected, {}, payload, signature])` (RFC 9052 §4.2), borrowed.
struct Raw<'b> {
    protected: &'b [u8],
    payload: &'b [u8],
    signature: [u8; 64],
}

fn read_envelope(bytes: &[u8]) -> Result<Raw<'_>, minicbor::decode::Error> {
    let mut d = Decoder::new(bytes);
    expect(d.tag()? == TAG_SIGN1)?;
    expect(d.array()? == Some(4))?;
    let protected = d.bytes()?;
    expect(d.map()? == Some(0))?;
    Ok(Raw {
        protected,
        payload: d.bytes()?,
        signature: fixed_bytes(&mut d)?,
    })
}

/// Reads a header up to its `typ`. How many parameters it announces is judged by writing it again.
fn read_common<'b>(d: &mut Decoder<'b>) -> Result<(DeviceId, &'b str), minicbor::decode::Error> {
    expect(d.map()?.is_some())?;
    expect(d.i64()? == LABEL_ALG && d.i64()? == ALG_ED25519)?;
    expect(d.i64()? == LABEL_KID)?;
    let signer = DeviceId(fixed_bytes(d)?);
    expect(d.i64()? == LABEL_TYP)?;
    Ok((signer, d.str()?))
}

/// Refuses a value that is CBOR, but not the one that stands here.
pub(crate) fn expect(is_so: bool) -> Result<(), minicbor::decode::Error> {
    is_so
        .then_some(())
        .ok_or_else(|| minicbor::decode::Error::message("another value than the expected one"))
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

/// RFC 9052 §4.2.
const TAG_SIGN1: Tag = Tag::new(18);
/// RFC 9052 §3.1.
const LABEL_ALG: i64 = 1;
/// RFC 9052 §3.1.
const LABEL_KID: i64 = 4;
/// RFC 9596.
const LABEL_TYP: i64 = 16;
/// RFC 9864.
const ALG_ED25519: i64 = -19;
/// What a header of an entry usually takes, so that it is allocated once.
const HEADER_LEN_USUAL: usize = 512;
/// Tag, heads and signature around header and payload.
const ENVELOPE_LEN_AROUND: usize = 80;

#[cfg(test)]
mod tests {
    use ciborium::Value;
    use coset::{CborSerializable, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};

    use super::*;

    /// `coset` is the reference here: bytes and signed bytes are the same.
    #[test]
    fn what_is_written_and_verified_is_what_coset_writes_and_verifies() {
        let signer = DeviceId([7; 16]);
        let key = SigningKey::from_bytes(&[9; 32]);
        let expected_header = HeaderBuilder::new()
            .algorithm(iana::Algorithm::Ed25519)
            .key_id(signer.0.to_vec())
            .value(LABEL_TYP, Value::Text("thamvan/e1".to_owned()))
            .build();
        let header = protected(signer, "thamvan/e1", &NoParameters);
        assert_eq!(header, expected_header.clone().to_vec().unwrap());
        for len in [0, 1, 23, 24, 32, 255, 256, 65_536] {
            let payload = vec![9; len];
            let expected = CoseSign1Builder::new()
                .protected(expected_header.clone())
                .payload(payload.clone())
                .create_signature(&[], |message| key.sign(message).to_bytes().to_vec())
                .build();
            let bytes = sign(&header, &payload, &key);
            assert_eq!(bytes, expected.clone().to_tagged_vec().unwrap(), "{len}");
            let (envelope, NoParameters) = parse(&bytes, "thamvan/e1", bytes.len()).unwrap();
            assert_eq!(envelope.signed_bytes(), expected.tbs_data(&[]));
            let public = PublicKey(key.verifying_key().to_bytes());
            assert_eq!(envelope.verify(&public), Ok(()));
        }
    }

    #[test]
    fn another_typ_or_parameter_is_refused() {
        let parse = |bytes: &[u8]| {
            super::parse::<NoParameters>(bytes, "thamvan/e1", 1_000)
                .map(|_| ())
                .unwrap_err()
        };
        let key = SigningKey::from_bytes(&[9; 32]);
        let header = |typ| protected(DeviceId([7; 16]), typ, &NoParameters);
        let login = sign(&header("thamvan/login1"), &[1], &key);
        assert_eq!(parse(&login), EnvelopeError::OtherType);
        let mut more = header("thamvan/e1");
        more[0] += 1;
        more.extend([0x18, 0x20, 0x00]);
        assert_eq!(
            parse(&sign(&more, &[1], &key)),
            EnvelopeError::NotDeterministic
        );
        let mut unprotected = sign(&header("thamvan/e1"), &[1], &key);
        let at = 4 + header("thamvan/e1").len();
        assert_eq!(unprotected[at], 0xa0);
        unprotected.splice(at..=at, [0xa1, 0x18, 0x20, 0x00]);
        assert_eq!(parse(&unprotected), EnvelopeError::Malformed);
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
