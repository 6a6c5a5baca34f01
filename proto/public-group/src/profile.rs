//! The MLS profile (docs/protocol.md chapter 6) in OpenMLS's words.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize};
use openmls::prelude::{
    Capabilities, Ciphersuite, ExtensionType, Lifetime, MIXED_PLAINTEXT_WIRE_FORMAT_POLICY,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageIn, ProtocolMessage,
    SenderRatchetConfiguration,
};
use thamvan_proto::channel::Suite;

use crate::error::MlsError;

/// The suite as OpenMLS names it.
#[must_use]
pub fn ciphersuite(suite: Suite) -> Ciphersuite {
    match suite {
        Suite::X25519 => Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
        Suite::XWing => Ciphersuite::MLS_256_XWING_CHACHA20POLY1305_SHA256_Ed25519,
    }
}

/// What every leaf says that it can do: a key package of last resort carries an extension that its leaf must name.
#[must_use]
pub fn capabilities() -> Capabilities {
    let suites = Suite::ALL
        .iter()
        .copied()
        .map(ciphersuite)
        .collect::<Vec<_>>();
    Capabilities::builder()
        .ciphersuites(suites)
        .extensions(vec![ExtensionType::LastResort])
        .build()
}

/// How a group is created.
#[must_use]
pub fn create_config(suite: Suite) -> MlsGroupCreateConfig {
    MlsGroupCreateConfig::builder()
        .ciphersuite(ciphersuite(suite))
        .capabilities(capabilities())
        .lifetime(unlimited())
        .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(false)
        .max_past_epochs(0)
        .padding_size(PADDING)
        .sender_ratchet_configuration(sender_ratchet())
        .build()
}

/// How a group is joined.
#[must_use]
pub fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(false)
        .max_past_epochs(0)
        .padding_size(PADDING)
        .sender_ratchet_configuration(sender_ratchet())
        .build()
}

/// Out-of-order tolerance and maximum forward distance within an epoch.
fn sender_ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(20, 1000)
}

/// OpenMLS must never judge by the local clock: freshness is judged by the log.
#[must_use]
pub fn unlimited() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

/// Opens the MLSMessage of a group.
///
/// # Errors
/// [`MlsError::Library`].
pub fn protocol_message(bytes: &[u8]) -> Result<ProtocolMessage, MlsError> {
    MlsMessageIn::tls_deserialize_exact(bytes)
        .map_err(|e| MlsError::library("message", &e))?
        .try_into_protocol_message()
        .map_err(|e| MlsError::library("message", &e))
}

/// The bytes of a structure of RFC 9420.
///
/// # Errors
/// [`MlsError::Library`].
pub fn serialize<T: Serialize>(step: &'static str, value: &T) -> Result<Vec<u8>, MlsError> {
    value
        .tls_serialize_detached()
        .map_err(|e| MlsError::library(step, &e))
}

/// Application messages are padded to a multiple of this.
pub const PADDING: usize = 128;
