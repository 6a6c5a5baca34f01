//! The key that signs the log.

use std::io;
use std::path::Path;

use data_encoding::BASE64;
use thamvan_proto::tlog::{KeyId, Name, NameError, NoteSigner};
use zeroize::{Zeroize, Zeroizing};

/// Writes a private key in the text form of signed-note tools: `PRIVATE+KEY+<name>+<id>+<base64(type || seed)>`.
#[must_use]
pub(crate) fn to_text(signer: &NoteSigner, seed: &[u8; 32]) -> Zeroizing<String> {
    let mut bytes = vec![KEY_TYPE_ED25519];
    bytes.extend_from_slice(seed);
    let key = signer.verifier_key();
    let text = format!(
        "{PREFIX}{}+{}+{}\n",
        key.name(),
        key.id(),
        BASE64.encode(&bytes)
    );
    bytes.zeroize();
    Zeroizing::new(text)
}

/// Reads the key file.
///
/// # Errors
/// [`LogKeyError`].
pub(crate) fn read(path: &Path) -> Result<NoteSigner, LogKeyError> {
    parse(&Zeroizing::new(std::fs::read_to_string(path)?))
}

fn parse(text: &str) -> Result<NoteSigner, LogKeyError> {
    let rest = text
        .trim_end()
        .strip_prefix(PREFIX)
        .ok_or(LogKeyError::Shape)?;
    let mut fields = rest.splitn(3, '+');
    let (name, id, key) = (fields.next(), fields.next(), fields.next());
    let (Some(name), Some(id), Some(key)) = (name, id, key) else {
        return Err(LogKeyError::Shape);
    };
    let bytes = BASE64
        .decode(key.as_bytes())
        .map_err(|_| LogKeyError::Shape)?;
    let bytes = Zeroizing::new(bytes);
    let seed = match bytes.as_slice() {
        [KEY_TYPE_ED25519, seed @ ..] => <&[u8; 32]>::try_from(seed).ok(),
        _ => None,
    };
    let signer = NoteSigner::from_seed(Name::parse(name)?, seed.ok_or(LogKeyError::Shape)?);
    let computed: KeyId = signer.verifier_key().id();
    if computed.to_string() == id {
        Ok(signer)
    } else {
        Err(LogKeyError::Shape)
    }
}

/// Why the key file is refused.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// It cannot be read.
    #[error("log key cannot be read")]
    Io(#[from] io::Error),
    /// It does not have the text form of a private key.
    #[error("log key file is damaged")]
    Shape,
    /// Its name is no origin.
    #[error("log key has no usable name")]
    Name(#[from] NameError),
}

const PREFIX: &str = "PRIVATE+KEY+";
const KEY_TYPE_ED25519: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_round_trips_and_a_changed_name_is_refused() {
        let name = Name::parse("example.org/log").unwrap();
        let signer = NoteSigner::from_seed(name, &[7; 32]);
        let text = to_text(&signer, &[7; 32]);
        let again = parse(&text).unwrap();
        assert_eq!(again.verifier_key(), signer.verifier_key());
        assert!(parse(&text.replace("example", "exempla")).is_err());
    }
}
