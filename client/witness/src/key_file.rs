//! `witness.key`: the private key, in the text form of signed-note tools.

use data_encoding::BASE64;
use thamvan_proto::tlog::{CosignatureSigner, Name};
use zeroize::{Zeroize, Zeroizing};

/// Writes `PRIVATE+KEY+<name>+<id>+<base64(type ‖ seed)>` and a newline.
pub(crate) fn to_text(signer: &CosignatureSigner, seed: &[u8; 32]) -> Zeroizing<String> {
    let key = signer.verifier_key();
    let mut bytes = vec![key.key_type().to_byte()];
    bytes.extend_from_slice(seed);
    let mut base64 = BASE64.encode(&bytes);
    bytes.zeroize();
    let text = format!("{PREFIX}{}+{}+{base64}\n", key.name(), key.id());
    base64.zeroize();
    Zeroizing::new(text)
}

/// Reads what [`to_text`] writes; nothing if it is anything else.
pub(crate) fn parse(text: &str) -> Option<CosignatureSigner> {
    let rest = text.strip_suffix('\n')?.strip_prefix(PREFIX)?;
    let (name, rest) = rest.split_once('+')?;
    let (_, base64) = rest.split_once('+')?;
    let bytes = Zeroizing::new(BASE64.decode(base64.as_bytes()).ok()?);
    let (_, seed) = bytes.split_first()?;
    let seed: &[u8; 32] = seed.try_into().ok()?;
    let signer = CosignatureSigner::from_seed(Name::parse(name).ok()?, seed);
    // One spelling: type, id and base64 are compared by writing them again.
    (*to_text(&signer, seed) == *text).then_some(signer)
}

/// Longest file in bytes: the prefix, a vkey and a newline.
pub(crate) const KEY_LEN_MAX: u64 = 512;

const PREFIX: &str = "PRIVATE+KEY+";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_round_trips_and_any_other_spelling_is_refused() {
        let signer = CosignatureSigner::from_seed(Name::parse("w.example").unwrap(), &[7; 32]);
        let text = to_text(&signer, &[7; 32]);
        let again = parse(&text).unwrap();
        assert_eq!(again.verifier_key(), signer.verifier_key());
        let id = signer.verifier_key().id().to_string();
        for refused in [
            String::new(),
            text.trim_end().to_owned(),
            format!("{}\n", *text),
            text.replace("w.example", "v.example"),
            text.replace(&id, "00000000"),
            // Type 0x01, a log's key.
            text.replace("+BAcH", "+AQcH"),
            text.replace("PRIVATE", "PUBLIC"),
        ] {
            assert_ne!(refused, *text);
            assert!(parse(&refused).is_none(), "{refused:?}");
        }
        assert!(text.len() as u64 <= KEY_LEN_MAX);
    }
}
