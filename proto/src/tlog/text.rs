//! Strict readings shared by the text formats of this module.
//!
//! In scope: decimal numbers, base64, hash lines, forbidden characters.
//! Out of scope: what the lines mean.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::hash::{Hash, HashTextError};

/// Reads an unsigned decimal number in its only spelling: ASCII digits, no sign, no leading zero.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Writes standard base64 with padding (RFC 4648 s.4).
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64; refuses missing padding, white space and non-zero trailing bits, so that
/// each value has one spelling.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads lines of one hash each, at most `most` of them.
pub(super) fn hashes<'a>(
    lines: impl Iterator<Item = &'a str>,
    most: usize,
) -> Result<Vec<Hash>, HashesError> {
    let mut hashes = Vec::new();
    for line in lines {
        if hashes.len() >= most {
            return Err(HashesError::TooMany);
        }
        hashes.push(Hash::from_base64(line).map_err(HashesError::Hash)?);
    }
    Ok(hashes)
}

/// Why lines are not a path.
#[derive(Debug)]
pub(super) enum HashesError {
    /// More lines than allowed.
    TooMany,
    /// A line is not a hash.
    Hash(HashTextError),
}

/// Returns the first ASCII control character (below U+0020) that is not in `allowed`.
pub(super) fn forbidden_control(text: &str, allowed: &[char]) -> Option<char> {
    text.chars()
        .find(|character| *character < ' ' && !allowed.contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for refused in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "18446744073709551616",
        ] {
            assert_eq!(decimal(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(from_base64("AA=="), Some(vec![0]));
        for refused in ["AA", "AA=", "AB==", "AA==\n", "A A=", "__8="] {
            assert_eq!(from_base64(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn control_characters_end_below_space() {
        assert_eq!(forbidden_control("a\n b\u{7f}", &['\n']), None);
        assert_eq!(forbidden_control("a\u{1f}", &['\n']), Some('\u{1f}'));
        assert_eq!(forbidden_control("a\n", &[]), Some('\n'));
    }
}
