//! The frames of the connection (docs/protocol.md chapter 9).

use crate::cbor::{self, ByteVec, CborError, cbor_array, cbor_uint};
use crate::error_code::ErrorCode;
use crate::heads::StreamHead;
use crate::id::{DeviceId, Salt, StreamId};
use crate::tlog::Hash;

cbor_array! {
    /// Pushed first by the server.
    pub struct Challenge {
        /// Fresh for each connection.
        pub nonce: Salt,
        /// Origin of the log.
        pub origin: String,
        /// Protocol version of the server.
        pub version: u64,
        /// Lowest client version that it serves.
        pub minimum: u64,
    }

    /// An enrolment request.
    pub struct Enrol {
        /// One-time code of the ticket.
        pub code: String,
        /// Signed `DeviceEnrol`.
        pub request: ByteVec,
        /// A root-statement entry that enrols this very device (the first devices of a deployment).
        pub root: Option<EntryWithBodies>,
    }

    /// An entry and what belongs to it, as root key holders hand it over in a file.
    pub struct EntryWithBodies {
        /// Entry.
        pub entry: ByteVec,
        /// Its body.
        pub body: ByteVec,
        /// Bodies that the body names by hash.
        pub sides: Vec<ByteVec>,
    }

    /// An entry to be sequenced.
    pub struct Submit {
        /// Entry.
        pub entry: ByteVec,
        /// Its body.
        pub body: ByteVec,
        /// Bodies that the body names by hash.
        pub sides: Vec<ByteVec>,
        /// Tag key, with a stream-register entry only.
        pub stream_key: Option<Salt>,
    }

    /// The log receipt.
    pub struct Receipt {
        /// Shard.
        pub shard: u64,
        /// Index of the leaf in the log.
        pub index: u64,
        /// The sequenced record.
        pub record: ByteVec,
        /// Inclusion path under `checkpoint`.
        pub path: Vec<Hash>,
        /// Signed note.
        pub checkpoint: String,
    }

    /// From which record on a stream is wanted.
    pub struct Subscribe {
        /// Stream.
        pub stream: StreamId,
        /// First seq.
        pub from: u64,
    }

    /// What the client has stored.
    pub struct AcknowledgeCursor {
        /// Stream.
        pub stream: StreamId,
        /// Last seq stored.
        pub seq: u64,
    }

    /// A stream that the device may read.
    pub struct StreamInfo {
        /// Stream.
        pub stream: StreamId,
        /// Tag key.
        pub stream_key: Salt,
        /// Records.
        pub size: u64,
    }

    /// A key package to be kept for others.
    pub struct KeyPackageUpload {
        /// MLSMessage of a KeyPackage.
        pub key_package: ByteVec,
        /// Last moment (log time, ms).
        pub expires: u64,
        /// Whether it may be used more than once.
        pub last_resort: bool,
    }

    /// Asks for a key package.
    pub struct TakeKeyPackage {
        /// Whose.
        pub device: DeviceId,
        /// For which channel.
        pub stream: StreamId,
    }

    /// Asks for the RFC 9162 consistency path between two sizes that were signed; the answer is `Vec<Hash>`.
    pub struct Consistency {
        /// Smaller tree size.
        pub old: u64,
        /// Larger tree size.
        pub new: u64,
    }

    /// An enrolment that waits.
    pub struct PendingEnrolment {
        /// One-time code, as the device gave it.
        pub code: String,
        /// Signed request.
        pub request: ByteVec,
    }

    /// The newest heads, with the proofs of the streams that were asked for, in their order.
    pub struct HeadsShown {
        /// The heads record.
        pub record: Delivery,
        /// One for each stream; none where the heads have no record of it.
        pub streams: Vec<Option<StreamHead>>,
    }

    /// Asks for the right to one blob for some minutes; the answer is a [`BlobGrant`].
    pub struct BlobCapability {
        /// SHA-256 of the blob, which is ciphertext.
        pub hash: Hash,
        /// What is to be done with it.
        pub verb: BlobVerb,
        /// Put: its bytes. Get: 0, the answer says.
        pub size: u64,
        /// The channel that it belongs to.
        pub stream: StreamId,
    }

    /// The right to one blob.
    pub struct BlobGrant {
        /// What the requests carry as `Authorization: Bearer`.
        pub token: String,
        /// Bytes of the blob.
        pub size: u64,
        /// Last moment (server's clock, ms).
        pub expires: u64,
    }

    /// A refusal.
    pub struct Refused {
        /// Code.
        pub code: ErrorCode,
        /// What was refused; nothing secret.
        pub detail: String,
        /// A submit that is refused for ever: the log's signed word ([`crate::refusal::RefusalFacts`]).
        pub signed: Option<ByteVec>,
    }

    /// A record pushed to a reader.
    pub struct Delivery {
        /// Index of the leaf in the log.
        pub index: u64,
        /// The sequenced record.
        pub record: ByteVec,
        /// Its body, if it is still there.
        pub body: Option<ByteVec>,
        /// Inclusion path under `checkpoint`.
        pub path: Vec<Hash>,
        /// Signed note.
        pub checkpoint: String,
    }

    /// A checkpoint that a quorum of witnesses has cosigned.
    pub struct Witnessed {
        /// Signed note with the cosignatures.
        pub checkpoint: String,
    }

    /// Everything there was has been delivered.
    pub struct CaughtUp {
        /// Stream.
        pub stream: StreamId,
        /// Records.
        pub size: u64,
    }
}

cbor_uint! {
    /// What a capability for a blob allows.
    pub enum BlobVerb {
        /// Read it.
        Get = 1,
        /// Upload it.
        Put = 2,
    }
}

/// One frame: `[kind, id, body]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Chosen by the client, repeated in the response; 0 in pushed frames.
    pub id: u64,
    /// What it carries.
    pub body: Body,
}

macro_rules! bodies {
    ($( $(#[$meta:meta])* $variant:ident($type:ty) = $kind:literal, )*) => {
        /// What a frame carries.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body { $( $(#[$meta])* $variant($type) ),* }

        impl<C> minicbor::Encode<C> for Frame {
            fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, ctx: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.array(3)?;
                match &self.body { $( Body::$variant(body) => {
                    e.u64($kind)?.u64(self.id)?;
                    minicbor::Encode::<C>::encode(body, e, ctx)
                } )* }
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for Frame {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                if d.array()? != Some(3) {
                    return Err(minicbor::decode::Error::message("frame of another length").at(at));
                }
                let (kind, id) = (d.u64()?, d.u64()?);
                let body = match kind {
                    $( $kind => Body::$variant(minicbor::Decode::<'b, C>::decode(d, ctx)?), )*
                    _ => return Err(minicbor::decode::Error::message("unknown frame kind").at(at)),
                };
                Ok(Self { id, body })
            }
        }
    };
}

bodies! {
    /// Server: the first frame.
    Challenge(Challenge) = 1,
    /// Client: log-in.
    Login(ByteVec) = 2,
    /// Client: enrolment request.
    Enrol(Enrol) = 3,
    /// Client: an entry.
    Submit(Submit) = 16,
    /// Client: deliver a stream.
    Subscribe(Subscribe) = 17,
    /// Client: stored up to here.
    AcknowledgeCursor(AcknowledgeCursor) = 18,
    /// Client: which streams may I read?
    ListStreams(Null) = 19,
    /// Client: a body by its hash.
    FetchBody(Hash) = 20,
    /// Client: key packages for others.
    PutKeyPackages(Vec<KeyPackageUpload>) = 21,
    /// Client: a key package of another device.
    TakeKeyPackage(TakeKeyPackage) = 22,
    /// Client: does the log extend what I know?
    Consistency(Consistency) = 23,
    /// Client (administrator, approver): who waits?
    ListEnrolments(Null) = 24,
    /// Client: the text of the policy whose hash the genesis pins; the answer is `String`.
    FetchPolicy(Null) = 25,
    /// Client: the newest heads, with proofs of these streams; the answer is `Option<HeadsShown>`.
    Heads(Vec<StreamId>) = 26,
    /// Client: may I read or upload a blob?
    BlobCapability(BlobCapability) = 27,
    /// Server: the answer, an encoded value whose shape the request determines.
    Ok(Answer) = 64,
    /// Server: no.
    Refused(Refused) = 65,
    /// Server: a record.
    Delivery(Delivery) = 80,
    /// Server: all delivered.
    CaughtUp(CaughtUp) = 81,
    /// Server: a newer quorum of cosignatures.
    Witnessed(Witnessed) = 82,
}

/// CBOR null: a request or an answer without content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Null;

impl<C> minicbor::Encode<C> for Null {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.null()?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Null {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.null().map(|()| Self)
    }
}

/// An answer, still encoded: which type it is follows from the request with the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer(Vec<u8>);

impl Answer {
    /// Encodes an answer.
    #[must_use]
    pub fn new<T: minicbor::Encode<()>>(value: &T) -> Self {
        Self(cbor::to_vec(value))
    }

    /// Decodes the answer as the type that the request determines.
    ///
    /// # Errors
    /// [`CborError`]: peer's fault.
    pub fn open<'b, T: minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
        &'b self,
    ) -> Result<T, CborError> {
        cbor::from_slice(&self.0, self.0.len())
    }
}

impl<C> minicbor::Encode<C> for Answer {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.writer_mut()
            .write_all(&self.0)
            .map_err(minicbor::encode::Error::write)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Answer {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let from = d.position();
        d.skip()?;
        let bytes = d.input().get(from..d.position());
        bytes
            .map(|bytes| Self(bytes.to_vec()))
            .ok_or(minicbor::decode::Error::end_of_input())
    }
}

impl Frame {
    /// A frame.
    #[must_use]
    pub fn new(id: u64, body: Body) -> Self {
        Self { id, body }
    }

    /// Parses a frame of at most `len_max` bytes.
    ///
    /// # Errors
    /// [`CborError`]: peer's fault.
    pub fn parse(bytes: &[u8], len_max: usize) -> Result<Self, CborError> {
        cbor::from_slice(bytes, len_max)
    }

    /// The frame's bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }
}

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "thamvan.v1";
/// Path of the WebSocket.
pub const WEBSOCKET_PATH: &str = "/ws";
/// Protocol version.
pub const VERSION: u64 = 1;
/// Answer to an enrolment that waits for approval.
pub const ENROLMENT_PENDING: u64 = 1;
/// Answer to an enrolment that is approved.
pub const ENROLMENT_ACTIVE: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_its_value_and_other_kinds_are_refused() {
        let frame = Frame::new(7, Body::Ok(Answer::new(&vec![1_u64, 2])));
        let parsed = Frame::parse(&frame.to_vec(), 64).unwrap();
        assert_eq!(parsed, frame);
        let Body::Ok(answer) = parsed.body else {
            panic!("another kind")
        };
        assert_eq!(answer.open::<Vec<u64>>().unwrap(), [1, 2]);
        assert!(answer.open::<Null>().is_err());
        assert!(Frame::parse(&[0x83, 0x18, 0x63, 0, 0xf6], 64).is_err());
        let list = Frame::new(1, Body::ListStreams(Null)).to_vec();
        assert_eq!(list, [0x83, 0x13, 0x01, 0xf6]);
    }
}
