//! Signed notes: a text and the signature lines below it.
//!
//! In scope: splitting, bounds, Ed25519 verification by the C2SP rules, listing unknown signers.
//! Out of scope: what the text says (see `checkpoint`) and timestamped cosignatures (see
//! `cosignature`).

use std::fmt;

use super::key::{KeyId, KeyType, Name, NameError, NoteSigner, VerifierKey};
use super::text;

/// One signature line: whose it says it is, and the signature bytes.
///
/// Parsing says nothing about validity; only [`SignedNote::verify`] does.
///
/// Source: C2SP signed-note, "Format"; vectors: tests/vectors/tlog/signed-note.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: Name,
    key_id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads one line, `— <name> <base64(key id ‖ signature)>`, without its newline.
    ///
    /// # Errors
    /// [`SignatureLineError`] with the refused part (peer's fault).
    ///
    /// Source: C2SP signed-note, "Format"; vectors: tests/vectors/tlog/signed-note.json
    pub fn parse(line: &str) -> Result<Self, SignatureLineError> {
        let rest = line
            .strip_prefix(SIGNATURE_PREFIX)
            .ok_or(SignatureLineError::MissingDash)?;
        let (name, base64) = rest
            .split_once(' ')
            .ok_or(SignatureLineError::MissingField)?;
        let name = Name::parse(name).map_err(SignatureLineError::Name)?;
        let bytes = text::from_base64(base64).ok_or(SignatureLineError::NotBase64)?;
        match bytes.split_first_chunk() {
            Some((id, signature)) if !signature.is_empty() => {
                let key_id = KeyId(u32::from_be_bytes(*id));
                Ok(Self {
                    name,
                    key_id,
                    bytes: signature.to_vec(),
                })
            }
            _ => Err(SignatureLineError::TooShort { got: bytes.len() }),
        }
    }

    /// Returns the key name on the line.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the key id on the line.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the signature bytes after the key id; at least one.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Tells whether the line names `key`; says nothing about validity.
    #[must_use]
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == *key.name() && self.key_id == key.id()
    }

    /// Puts together a line of `key`; `bytes`: at least one.
    pub(super) fn by(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self {
            name: key.name().clone(),
            key_id: key.id(),
            bytes,
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.0.to_be_bytes().as_slice(), &self.bytes].concat();
        write!(
            formatter,
            "{SIGNATURE_PREFIX}{} {}",
            self.name,
            text::base64(&bytes)
        )
    }
}

/// Why a line is not a signature line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureLineError {
    /// The line does not start with an em dash and a space.
    #[error("signature line does not start with an em dash")]
    MissingDash,
    /// The line has no second field.
    #[error("signature line has no signature")]
    MissingField,
    /// The first field is not a key name.
    #[error("signature line names no key")]
    Name(#[source] NameError),
    /// The second field is not canonical base64.
    #[error("signature is not canonical base64")]
    NotBase64,
    /// The second field is too short for a key id and a signature.
    #[error("signature field has {got} bytes, at least {SIGNATURE_FIELD_LEN_MIN} are needed")]
    TooShort {
        /// Length in bytes.
        got: usize,
    },
}

/// A note taken apart: its text and its signature lines, none of them verified yet.
///
/// Invariant: [`Display`](fmt::Display) gives a text that [`SignedNote::parse`] accepts unchanged.
///
/// Source: C2SP signed-note, "Format"; vectors: tests/vectors/tlog/signed-note.json
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Splits a note at its last empty line and reads the signature lines.
    ///
    /// `note`: at most 64 KiB with 1..=100 signatures.
    ///
    /// # Errors
    /// [`NoteParseError`] with the refused fact (peer's fault).
    ///
    /// Source: C2SP signed-note, "Format"; vectors: tests/vectors/tlog/signed-note.json
    pub fn parse(note: &str) -> Result<Self, NoteParseError> {
        if note.len() > NOTE_LEN_MAX {
            return Err(NoteParseError::TooLong { got: note.len() });
        }
        if let Some(got) = text::forbidden_control(note, &['\n']) {
            return Err(NoteParseError::ControlCharacter { got });
        }
        if !note.ends_with('\n') {
            return Err(NoteParseError::MissingFinalNewline);
        }
        //= https://c2sp.org/signed-note#format
        //# the text is separated from the signatures by the last empty line in the note.
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or(NoteParseError::MissingEmptyLine)?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteParseError::MissingSignature)?;
        let signatures = parse_signatures(lines)?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// Signs `text` with each of `signers`, in that order.
    ///
    /// # Errors
    /// [`NoteParseError`] if the result would not be a note: the text does not end in a newline or
    /// holds a control character, there is no signer, or a bound is passed (our fault).
    ///
    /// Source: C2SP signed-note, "Ed25519 signatures"; vectors: tests/vectors/tlog/signed-note.json
    pub fn sign(text: &str, signers: &[&NoteSigner]) -> Result<Self, NoteParseError> {
        let signatures = signers
            .iter()
            .map(|signer| signature_by(signer, text))
            .collect();
        Self {
            text: text.to_owned(),
            signatures,
        }
        .checked()
    }

    /// Adds a signature line below the others, unverified.
    ///
    /// # Errors
    /// [`NoteParseError`] if the note then has too many signatures or is too long.
    pub fn with_signature(mut self, signature: NoteSignature) -> Result<Self, NoteParseError> {
        self.signatures.push(signature);
        self.checked()
    }

    /// Keeps only the signature lines that name one of `keys`, each key's first.
    ///
    /// # Errors
    /// [`NoteParseError::MissingSignature`] if no line is left.
    pub fn with_lines_of(mut self, keys: &[&VerifierKey]) -> Result<Self, NoteParseError> {
        let lines = std::mem::take(&mut self.signatures);
        for line in lines {
            let named = keys.iter().any(|key| line.is_by(key));
            let again = |kept: &NoteSignature| kept.name == line.name && kept.key_id == line.key_id;
            if named && !self.signatures.iter().any(again) {
                self.signatures.push(line);
            }
        }
        self.checked()
    }

    /// Returns the text including its final newline. Not to be believed before
    /// [`verify`](Self::verify).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns all signature lines in order, known or not, so that an auditor can list them.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies the signatures of the known `keys` and returns the names of the keys that signed,
    /// each once, in the order of the note.
    ///
    /// `keys`: of type Ed25519, no two with the same name and id. Lines of other keys are ignored.
    /// Cost: at most 100 signature checks.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] if a line of a known key fails: the whole note is refused
    /// (peer's fault). [`NoteError::NoKnownSignature`] if no known key signed (peer's fault).
    /// [`NoteError::AmbiguousKey`], [`NoteError::WrongKeyType`] for unusable `keys` (our fault).
    ///
    /// Source: C2SP signed-note, "Signatures"; vectors: tests/vectors/tlog/signed-note.json
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Name>, NoteError> {
        check_keys(keys)?;
        let mut names = Vec::new();
        for signature in &self.signatures {
            let Some(key) = keys.iter().find(|key| signature.is_by(key)) else {
                continue;
            };
            if !key.verifies(self.text.as_bytes(), &signature.bytes) {
                let (name, key_id) = (key.name().clone(), key.id());
                return Err(NoteError::BadSignature { name, key_id });
            }
            if !names.contains(key.name()) {
                names.push(key.name().clone());
            }
        }
        if names.is_empty() {
            Err(NoteError::NoKnownSignature)
        } else {
            Ok(names)
        }
    }

    /// Holds the invariant of a note that was put together rather than read.
    fn checked(self) -> Result<Self, NoteParseError> {
        if !self.text.ends_with('\n') {
            return Err(NoteParseError::TextWithoutNewline);
        }
        if self.signatures.is_empty() {
            return Err(NoteParseError::MissingSignature);
        }
        Self::parse(&self.to_string())
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

/// Why a text is not a signed note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteParseError {
    /// The note is too long.
    #[error("note has {got} bytes, at most {NOTE_LEN_MAX} are read")]
    TooLong {
        /// Length in bytes.
        got: usize,
    },
    /// The note holds a control character other than newline.
    #[error("note holds control character {got:?}")]
    ControlCharacter {
        /// The first such character.
        got: char,
    },
    /// The note does not end in a newline.
    #[error("note does not end in a newline")]
    MissingFinalNewline,
    /// No empty line separates text and signatures.
    #[error("note has no empty line before its signatures")]
    MissingEmptyLine,
    /// Nothing stands below the last empty line.
    #[error("note has no signature")]
    MissingSignature,
    /// The text of a note to be written does not end in a newline.
    #[error("note text does not end in a newline")]
    TextWithoutNewline,
    /// The note has too many signatures.
    #[error("note has {got} signatures, at most {NOTE_SIGNATURES_MAX} are read")]
    TooManySignatures {
        /// Number of signature lines.
        got: usize,
    },
    /// A line below the last empty line is not a signature line.
    #[error("signature line {position} is refused")]
    SignatureLine {
        /// Position among the signature lines, from 0.
        position: usize,
        /// The refused part.
        source: SignatureLineError,
    },
}

/// Why a note is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Two of the given keys have the same name and id.
    #[error("two known keys are called {name} with id {key_id}")]
    AmbiguousKey {
        /// Name of both keys.
        name: Name,
        /// Id of both keys.
        key_id: KeyId,
    },
    /// A given key is not one that signs note texts.
    #[error("key {name} does not sign note texts")]
    WrongKeyType {
        /// Name of the key.
        name: Name,
        /// Type of the key.
        key_type: KeyType,
    },
    /// The signature of a known key does not verify.
    #[error("signature by {name} with id {key_id} does not verify")]
    BadSignature {
        /// Name of the key.
        name: Name,
        /// Id of the key.
        key_id: KeyId,
    },
    /// No known key signed the note.
    #[error("note is not signed by a known key")]
    NoKnownSignature,
}

fn parse_signatures(lines: &str) -> Result<Vec<NoteSignature>, NoteParseError> {
    let got = lines.split('\n').count();
    if got > NOTE_SIGNATURES_MAX {
        return Err(NoteParseError::TooManySignatures { got });
    }
    let parse = |(position, line)| {
        NoteSignature::parse(line)
            .map_err(|source| NoteParseError::SignatureLine { position, source })
    };
    lines.split('\n').enumerate().map(parse).collect()
}

fn signature_by(signer: &NoteSigner, text: &str) -> NoteSignature {
    NoteSignature::by(signer.verifier_key(), signer.sign_text(text).to_vec())
}

fn check_keys(keys: &[VerifierKey]) -> Result<(), NoteError> {
    for (position, key) in keys.iter().enumerate() {
        let (name, key_id, key_type) = (key.name(), key.id(), key.key_type());
        if key_type != KeyType::Ed25519 {
            return Err(NoteError::WrongKeyType {
                name: name.clone(),
                key_type,
            });
        }
        let same = |other: &VerifierKey| other.name() == name && other.id() == key_id;
        if keys.iter().take(position).any(same) {
            return Err(NoteError::AmbiguousKey {
                name: name.clone(),
                key_id,
            });
        }
    }
    Ok(())
}

/// Longest note in bytes: 16 ML-DSA-44 lines of 3,264 bytes leave 13 KB for the text and for
/// Ed25519 lines.
pub const NOTE_LEN_MAX: usize = 64 * 1024;

/// Most signatures in a note; C2SP signed-note asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// Em dash and space (C2SP signed-note).
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Key id of four bytes and at least one byte of signature.
const SIGNATURE_FIELD_LEN_MIN: usize = 5;

#[cfg(test)]
mod tests;
