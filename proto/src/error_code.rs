//! Codes of refusals on the wire; never reused.

use crate::cbor::cbor_uint;

cbor_uint! {
    /// Why the server refused a frame (docs/protocol.md chapter 9).
    pub enum ErrorCode {
        /// Not a frame, entry or body of the protocol.
        Malformed = 1,
        /// Over a limit.
        TooLarge = 2,
        /// A frame that needs log-in.
        NotLoggedIn = 3,
        /// No live device with this id.
        UnknownDevice = 4,
        /// The log-in is for another connection, server or challenge.
        LoginMismatch = 5,
        /// Protocol version.
        Version = 6,
        /// Too many.
        RateLimited = 7,
        /// Not there.
        NotFound = 8,
        /// The signer may not do this.
        NotPermitted = 9,
        /// Bad signature.
        BadSignature = 10,
        /// Payload is not the hash of the body.
        BadPayload = 11,
        /// Counter, previous hash or head.
        BadChain = 12,
        /// Not the current epoch.
        StaleEpoch = 13,
        /// Label or ceiling.
        Label = 14,
        /// Two persons are needed.
        TwoPersons = 15,
        /// Does not fit the state.
        Void = 16,
        /// Type or rule of the future.
        UnknownType = 17,
        /// Ticket unknown, used, expired, or the code is wrong.
        Ticket = 18,
        /// The device has no key package left.
        NoKeyPackage = 19,
        /// `made` is too far from log time.
        MadeTime = 20,
        /// The server is stopping.
        Stopping = 21,
        /// The server's disk is nearly full: nothing is taken, reads go on.
        StorageFull = 22,
        /// A commit or the start of a group is broken inside MLS, or does something else than its signed body says.
        BadCommit = 23,
        /// An act that the rules of consultations do not allow.
        Act = 24,
    }
}

impl ErrorCode {
    /// The identifier in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::NotLoggedIn => "not_logged_in",
            Self::UnknownDevice => "unknown_device",
            Self::LoginMismatch => "login_mismatch",
            Self::Version => "version",
            Self::RateLimited => "rate_limited",
            Self::NotFound => "not_found",
            Self::NotPermitted => "not_permitted",
            Self::BadSignature => "bad_signature",
            Self::BadPayload => "bad_payload",
            Self::BadChain => "bad_chain",
            Self::StaleEpoch => "stale_epoch",
            Self::Label => "label",
            Self::TwoPersons => "two_persons",
            Self::Void => "void",
            Self::UnknownType => "unknown_type",
            Self::Ticket => "ticket",
            Self::NoKeyPackage => "no_key_package",
            Self::MadeTime => "made_time",
            Self::Stopping => "stopping",
            Self::StorageFull => "storage_full",
            Self::BadCommit => "bad_commit",
            Self::Act => "act",
        }
    }
}
