//! MLSMessages of the sample session: a correct head (RFC 9420 §6), then opaque bytes.

use thamvan_proto::entry::Header;
use thamvan_proto::id::GroupId;

use super::sample;

/// A PublicMessage that carries a commit of the member at leaf 0; what follows the head is opaque.
#[must_use]
pub fn commit(group: GroupId, epoch: u64, header: &Header) -> Vec<u8> {
    let aad = header.mls_authenticated_data();
    [
        &VERSION_MLS10[..],
        &PUBLIC_MESSAGE,
        &vector(&group.0),
        &epoch.to_be_bytes(),
        &[SENDER_MEMBER],
        &0_u32.to_be_bytes(),
        &vector(&aad),
        &[CONTENT_COMMIT],
        &sample::stream("commit", OPAQUE_COMMIT_LEN),
    ]
    .concat()
}

/// A PrivateMessage with application data of `plaintext_len` bytes; sender data and ciphertext are opaque.
#[must_use]
pub fn application(
    name: &str,
    group: GroupId,
    epoch: u64,
    header: &Header,
    plaintext_len: usize,
) -> Vec<u8> {
    let aad = header.mls_authenticated_data();
    // RFC 9420 §6.3.1: application_data<V>, signature<V>, padding; then the AEAD tag.
    let padded = (plaintext_len + 2 + 1 + 1 + 64).next_multiple_of(PADDING) + AEAD_TAG_LEN;
    [
        &VERSION_MLS10[..],
        &PRIVATE_MESSAGE,
        &vector(&group.0),
        &epoch.to_be_bytes(),
        &[CONTENT_APPLICATION],
        &vector(&aad),
        &vector(&sample::stream(
            &format!("sender data {name}"),
            SENDER_DATA_LEN,
        )),
        &vector(&sample::stream(&format!("ciphertext {name}"), padded)),
    ]
    .concat()
}

/// A variable-size vector (RFC 9420 §2.1.2).
fn vector(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).expect("a sample vector is short");
    let head = match len {
        0..0x40 => vec![len.to_be_bytes()[1]],
        0x40..0x4000 => (len | 0x4000).to_be_bytes().to_vec(),
        _ => unreachable!("a sample vector is short"),
    };
    [head.as_slice(), bytes].concat()
}

const VERSION_MLS10: [u8; 2] = [0, 1];
const PUBLIC_MESSAGE: [u8; 2] = [0, 1];
const PRIVATE_MESSAGE: [u8; 2] = [0, 2];
const SENDER_MEMBER: u8 = 1;
const CONTENT_APPLICATION: u8 = 1;
const CONTENT_COMMIT: u8 = 3;
const OPAQUE_COMMIT_LEN: usize = 160;
const PADDING: usize = 128;
const AEAD_TAG_LEN: usize = 16;
/// Leaf index, generation and reuse guard of 12 bytes, and the AEAD tag.
const SENDER_DATA_LEN: usize = 28;
