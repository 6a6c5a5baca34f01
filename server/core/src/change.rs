//! What is written before anything is answered.
//!
//! The encoding is the journal's, not the wire's: CBOR arrays with numbers of their own, never reused.

use minicbor::{Decode, Encode};
use thamvan_proto::cbor::ByteVec;
use thamvan_proto::frame::KeyPackageUpload;
use thamvan_proto::id::{DeviceId, Salt, StreamId};
use thamvan_proto::tlog::Hash;

/// One change of the state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// A record takes its place in the log.
    #[n(1)]
    Sequenced(#[n(0)] Box<Sequenced>),
    /// A device leaves key packages for others.
    #[n(2)]
    KeyPackagesPut(#[n(0)] KeyPackagesPut),
    /// A key package has been given away.
    #[n(3)]
    KeyPackageTaken {
        /// Whose.
        #[n(0)]
        device: DeviceId,
        /// SHA-256 of the key package.
        #[n(1)]
        hash: Hash,
    },
    /// A device asks to be enrolled.
    #[n(4)]
    EnrolmentRequested(#[n(0)] EnrolmentRequested),
    /// A device has stored a stream up to here.
    #[n(5)]
    CursorAcknowledged {
        /// Device.
        #[n(0)]
        device: DeviceId,
        /// Stream.
        #[n(1)]
        stream: StreamId,
        /// Last seq stored.
        #[n(2)]
        seq: u64,
    },
    /// A blob is stored, and the readers of a stream may have it.
    #[n(6)]
    BlobStored(#[n(0)] BlobStored),
}

/// A blob, bound to a stream.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BlobStored {
    /// SHA-256 of the blob.
    #[n(0)]
    pub hash: Hash,
    /// Its bytes.
    #[n(1)]
    pub size: u64,
    /// Whose readers may have it.
    #[n(2)]
    pub stream: StreamId,
    /// Who uploaded it.
    #[n(3)]
    pub device: DeviceId,
}

/// A sequenced record with what its leaf and its bodies need.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sequenced {
    /// Index of the leaf in the log.
    #[n(0)]
    pub index: u64,
    /// The record, verbatim.
    #[n(1)]
    pub record: ByteVec,
    /// SHA-256 of the body, stored apart.
    #[n(2)]
    pub body: Hash,
    /// SHA-256 of the side bodies that came with it, stored apart.
    #[n(3)]
    pub sides: Vec<Hash>,
    /// Tag key of the stream that the entry registers.
    #[n(4)]
    pub stream_key: Option<Salt>,
}

/// An upload of key packages.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyPackagesPut {
    /// Whose.
    #[n(0)]
    pub device: DeviceId,
    /// Log time (ms): what has expired by then is dropped.
    #[n(1)]
    pub time: u64,
    /// The packages.
    #[n(2)]
    pub packages: Vec<KeyPackageUpload>,
}

/// An enrolment request with the code that it came with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolmentRequested {
    /// Device.
    #[n(0)]
    pub device: DeviceId,
    /// One-time code, which both signers of the device need for the verification code.
    #[n(1)]
    pub code: String,
    /// The signed request.
    #[n(2)]
    pub request: ByteVec,
}

impl Change {
    /// The body that [`crate::State::apply`] needs beside the change.
    #[must_use]
    pub fn body_needed(&self) -> Option<Hash> {
        match self {
            Self::Sequenced(sequenced) => Some(sequenced.body),
            Self::KeyPackagesPut(_)
            | Self::KeyPackageTaken { .. }
            | Self::EnrolmentRequested(_)
            | Self::CursorAcknowledged { .. }
            | Self::BlobStored(_) => None,
        }
    }
}
