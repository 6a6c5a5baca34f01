//! Log-in, enrolment request and ticket: what a device says before it may speak in the log.

use ed25519_dalek::SigningKey;

use crate::cbor::{self, ByteVec, CborError, cbor_array};
use crate::cose::{self, EnvelopeError, NoParameters, SignatureError};
use crate::directory::DeviceEnrol;
use crate::entry::sha256;
use crate::id::{DeviceId, OfficialId, PublicKey, Salt, TicketId};
use crate::limits::{CODE_LEN_MAX, FRAME_BEFORE_LOGIN_LEN_MAX};
use crate::tlog::Hash;

cbor_array! {
    /// What a log-in is bound to.
    pub struct LoginFacts {
        /// Protocol version that the client speaks.
        pub version: u64,
        /// The server's challenge on this connection.
        pub nonce: Salt,
        /// TLS exporter of this connection (RFC 9266).
        pub exporter: Salt,
        /// Origin of the log that the client expects.
        pub origin: String,
        /// The device.
        pub device: DeviceId,
        /// Largest checkpoint that the client knows, as a signed note.
        pub known: Option<String>,
    }

    /// What an enrolment ticket file carries.
    pub struct TicketFile {
        /// 1.
        pub version: u64,
        /// `host:port`.
        pub server: String,
        /// DER of the certificate authority that the server's TLS certificate must chain to.
        pub ca: ByteVec,
        /// Origin of the log.
        pub origin: String,
        /// Genesis hash that the client pins.
        pub genesis: Hash,
        /// The ticket statement.
        pub ticket: TicketId,
        /// Whose device.
        pub official: OfficialId,
        /// One-time code.
        pub code: String,
        /// Last moment (ms).
        pub expires: u64,
    }
}

impl LoginFacts {
    /// Signs the log-in.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        cose::sign(
            &cose::protected(self.device, TYP_LOGIN, &NoParameters),
            &cbor::to_vec(self),
            key,
        )
    }
}

/// A log-in whose signature has not been checked.
#[derive(Debug)]
pub struct Login {
    /// What was signed.
    pub facts: LoginFacts,
    envelope: cose::Envelope,
}

impl Login {
    /// Parses a log-in.
    ///
    /// # Errors
    /// [`EnvelopeError`]: peer's fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let (envelope, NoParameters) = cose::parse(bytes, TYP_LOGIN, FRAME_BEFORE_LOGIN_LEN_MAX)?;
        let facts: LoginFacts = cbor::from_slice(&envelope.payload, FRAME_BEFORE_LOGIN_LEN_MAX)
            .map_err(|_| EnvelopeError::Malformed)?;
        if facts.device != envelope.signer {
            return Err(EnvelopeError::Malformed);
        }
        Ok(Self { facts, envelope })
    }

    /// Verifies the signature.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        self.envelope.verify(key)
    }
}

/// Signs an enrolment request: proof of possession of the signing key.
#[must_use]
pub fn sign_enrolment(fact: &DeviceEnrol, key: &SigningKey) -> Vec<u8> {
    cose::sign(
        &cose::protected(fact.device, TYP_ENROL, &NoParameters),
        &cbor::to_vec(fact),
        key,
    )
}

/// Parses an enrolment request and verifies it under the signing key that it names.
///
/// # Errors
/// [`EnrolmentError`]: peer's fault.
pub fn open_enrolment(bytes: &[u8]) -> Result<DeviceEnrol, EnrolmentError> {
    let (envelope, NoParameters) = cose::parse(bytes, TYP_ENROL, FRAME_BEFORE_LOGIN_LEN_MAX)?;
    let fact: DeviceEnrol = cbor::from_slice(&envelope.payload, FRAME_BEFORE_LOGIN_LEN_MAX)
        .map_err(|_| EnvelopeError::Malformed)?;
    if fact.device != envelope.signer {
        return Err(EnvelopeError::Malformed.into());
    }
    envelope.verify(&fact.signing)?;
    Ok(fact)
}

/// Why an enrolment request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Not a request.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by the key that it names.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// The code that the owner reads out and both signers compare: 80 bits as four groups of four letters.
///
/// Source: docs/protocol.md chapter 5, "Enrolment code"; rule S15.
#[must_use]
pub fn verification_code(origin: &str, genesis: &Hash, code: &str, fact: &DeviceEnrol) -> String {
    let bound = cbor::to_vec(&(
        "thamvan/verify/v1",
        origin,
        genesis,
        code,
        fact.device,
        fact.signing,
        fact.mls,
        &fact.sealing,
    ));
    let letters = data_encoding::BASE32_NOPAD.encode(sha256(&bound).0.split_at(10).0);
    let groups: Vec<&str> = [0..4, 4..8, 8..12, 12..16]
        .into_iter()
        .filter_map(|range| letters.get(range))
        .collect();
    groups.join("-")
}

impl TicketFile {
    /// The text form: the prefix and base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{TICKET_PREFIX}{}",
            data_encoding::BASE64URL_NOPAD.encode(&cbor::to_vec(self))
        )
    }

    /// Reads the text form; white space around it is ignored.
    ///
    /// # Errors
    /// [`TicketError`].
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        let encoded = text
            .trim()
            .strip_prefix(TICKET_PREFIX)
            .ok_or(TicketError::Prefix)?;
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(encoded.as_bytes())
            .map_err(|_| TicketError::Encoding)?;
        let ticket: Self = cbor::from_slice(&bytes, FRAME_BEFORE_LOGIN_LEN_MAX)?;
        if ticket.version != 1 || ticket.code.len() > CODE_LEN_MAX {
            return Err(TicketError::Version {
                got: ticket.version,
            });
        }
        Ok(ticket)
    }
}

/// Why text is not a ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// Does not begin as a ticket does.
    #[error("not an enrolment ticket")]
    Prefix,
    /// Not base64url.
    #[error("the ticket is damaged")]
    Encoding,
    /// Not a ticket's CBOR.
    #[error("the ticket is damaged")]
    Cbor(#[from] CborError),
    /// Made by another version.
    #[error("ticket version {got} is unknown")]
    Version {
        /// Version.
        got: u64,
    },
}

const TYP_LOGIN: &str = "thamvan/login1";
const TYP_ENROL: &str = "thamvan/enrol1";
const TICKET_PREFIX: &str = "thamvan-ticket:";
/// RFC 9266: the exporter label of tls-exporter channel bindings; no context, 32 bytes.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
