//! Blobs: who may upload one, who may have it.
//!
//! A blob is ciphertext, named by its SHA-256. It is bound to a stream by whoever uploads all of it there: knowing a hash is no
//! right to its bytes, so a blob that is stored already for another stream is uploaded again. Out of scope: bytes, files, tokens.

use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::BlobCapability;
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::limits::BLOB_LEN_MAX;
use thamvan_proto::tlog::Hash;

use crate::access;
use crate::change::{BlobStored, Change};
use crate::refusal::Refusal;
use crate::state::State;

/// Whether `device` may upload the blob that `asked` names: it writes in the stream, whose blobs have at most `quota` bytes.
///
/// # Errors
/// [`Refusal`].
pub fn may_put(
    state: &State,
    device: &DeviceId,
    asked: &BlobCapability,
    quota: u64,
) -> Result<(), Refusal> {
    let official = access::owner(state, device)?;
    if asked.size == 0 {
        return Err(Refusal::new(ErrorCode::Malformed, "an empty blob"));
    }
    if asked.size > BLOB_LEN_MAX {
        let detail = format!("a blob has at most {BLOB_LEN_MAX} bytes");
        return Err(Refusal::new(ErrorCode::TooLarge, detail));
    }
    let channel = state.ledger().channel(&asked.stream);
    let writes = channel.is_some_and(|channel| {
        let group = channel.group();
        channel.members().contains_key(official)
            && group.is_some_and(|group| group.roster.contains(device))
    });
    if !writes {
        let detail = "the device does not write in this stream";
        return Err(Refusal::new(ErrorCode::NotPermitted, detail));
    }
    let known = bound(state, &asked.hash, &asked.stream).is_some();
    let grown = state.blob_bytes(&asked.stream).saturating_add(asked.size);
    if known || grown <= quota {
        Ok(())
    } else {
        let detail = format!("the blobs of a channel have at most {quota} bytes");
        Err(Refusal::new(ErrorCode::TooLarge, detail))
    }
}

/// Whether `device` may read the blob that `asked` names; gives its bytes.
///
/// # Errors
/// [`Refusal`]: a blob that does not exist and one that is not open are refused alike.
pub fn may_get(
    state: &State,
    device: &DeviceId,
    asked: &BlobCapability,
    now: u64,
) -> Result<u64, Refusal> {
    access::owner(state, device)?;
    let size = bound(state, &asked.hash, &asked.stream);
    let open = access::may_read(state, device, &asked.stream, now).is_ok();
    size.filter(|_| open)
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound, "no such blob for this device"))
}

/// Bytes of the blob `hash`, if it is bound to `stream`.
#[must_use]
pub fn bound(state: &State, hash: &Hash, stream: &StreamId) -> Option<u64> {
    let blob = state.blob(hash)?;
    blob.streams.contains(stream).then_some(blob.size)
}

/// Binds a blob that `device` has uploaded; nothing if it is bound already.
///
/// # Errors
/// [`Refusal`]: the right has ended since the upload began, or other uploads have used the quota.
pub fn store(
    state: &State,
    device: &DeviceId,
    asked: &BlobCapability,
    quota: u64,
) -> Result<Option<Change>, Refusal> {
    may_put(state, device, asked, quota)?;
    let change = Change::BlobStored(BlobStored {
        hash: asked.hash,
        size: asked.size,
        stream: asked.stream,
        device: *device,
    });
    let known = bound(state, &asked.hash, &asked.stream).is_some();
    Ok((!known).then_some(change))
}

#[cfg(test)]
mod tests {
    use thamvan_proto::frame::BlobVerb;

    use super::*;
    use crate::world::{CHANNEL, NOW, World};

    const QUOTA: u64 = 2 * BLOB_LEN_MAX;

    fn asked(size: u64) -> BlobCapability {
        BlobCapability {
            hash: Hash([7; 32]),
            verb: BlobVerb::Put,
            size,
            stream: CHANNEL,
        }
    }

    fn code<T>(decided: Result<T, Refusal>) -> ErrorCode {
        decided.err().expect("refused").code
    }

    #[test]
    fn a_device_in_the_group_uploads_and_readers_of_that_stream_get() {
        let (mut world, mut lan_author) = World::with_channel();
        let (lan, minh) = (world.lan.fact.device, world.minh.fact.device);
        assert_eq!(may_put(&world.state, &lan, &asked(1), QUOTA), Ok(()));
        // A member whose device is not in the group yet reads records, and writes nothing.
        let outside = may_put(&world.state, &minh, &asked(1), QUOTA);
        assert_eq!(code(outside), ErrorCode::NotPermitted);
        world.add_minh(&mut lan_author);
        assert_eq!(may_put(&world.state, &minh, &asked(1), QUOTA), Ok(()));
        // Who provisions a channel reads its records and writes nothing.
        let admin = world.admin.fact.device;
        let provisioner = may_put(&world.state, &admin, &asked(1), QUOTA);
        assert_eq!(code(provisioner), ErrorCode::NotPermitted);

        let before = may_get(&world.state, &minh, &asked(0), NOW);
        assert_eq!(code(before), ErrorCode::NotFound);
        let change = store(&world.state, &lan, &asked(5), QUOTA)
            .expect("granted")
            .expect("new");
        world.state.apply(&change, None).expect("applies");
        assert_eq!(store(&world.state, &lan, &asked(5), QUOTA), Ok(None));
        assert_eq!(may_get(&world.state, &minh, &asked(0), NOW), Ok(5));
    }

    #[test]
    fn the_blobs_of_one_channel_stay_within_its_quota() {
        let (mut world, _) = World::with_channel();
        let lan = world.lan.fact.device;
        let other = |n, size| BlobCapability {
            hash: Hash([n; 32]),
            ..asked(size)
        };
        for n in 0..2 {
            let change = store(&world.state, &lan, &other(n, 5), 10);
            let change = change.expect("granted").expect("new");
            // Applied twice: a blob counts once.
            for _ in 0..2 {
                world.state.apply(&change, None).expect("applies");
            }
        }
        assert_eq!(world.state.blob_bytes(&CHANNEL), 10);
        let full = store(&world.state, &lan, &other(2, 1), 10);
        assert_eq!(code(full), ErrorCode::TooLarge);
        let full = may_put(&world.state, &lan, &other(2, 1), 10);
        assert_eq!(code(full), ErrorCode::TooLarge);
        // What is bound is answered still, and another channel has a quota of its own.
        assert_eq!(store(&world.state, &lan, &other(0, 5), 10), Ok(None));
        assert_eq!(world.state.blob_bytes(&StreamId([8; 16])), 0);
        assert_eq!(may_put(&world.state, &lan, &other(2, 1), 11), Ok(()));
    }

    #[test]
    fn another_stream_stranger_or_size_is_refused() {
        let (mut world, _) = World::with_channel();
        let lan = world.lan.fact.device;
        let change = store(&world.state, &lan, &asked(5), QUOTA)
            .expect("granted")
            .expect("new");
        world.state.apply(&change, None).expect("applies");
        let other = BlobCapability {
            stream: StreamId([8; 16]),
            ..asked(5)
        };
        assert_eq!(
            code(may_get(&world.state, &lan, &other, NOW)),
            ErrorCode::NotFound
        );
        assert_eq!(
            code(may_put(&world.state, &lan, &other, QUOTA)),
            ErrorCode::NotPermitted
        );
        let directory = BlobCapability {
            stream: StreamId::DIRECTORY,
            ..asked(5)
        };
        assert_eq!(
            code(may_put(&world.state, &lan, &directory, QUOTA)),
            ErrorCode::NotPermitted
        );
        let stranger = DeviceId([0x66; 16]);
        assert_eq!(
            code(may_get(&world.state, &stranger, &asked(0), NOW)),
            ErrorCode::UnknownDevice
        );
        assert_eq!(
            code(may_put(&world.state, &stranger, &asked(5), QUOTA)),
            ErrorCode::UnknownDevice
        );
        for (size, refused) in [
            (0, Some(ErrorCode::Malformed)),
            (BLOB_LEN_MAX, None),
            (BLOB_LEN_MAX + 1, Some(ErrorCode::TooLarge)),
        ] {
            let decided = may_put(&world.state, &lan, &asked(size), QUOTA);
            assert_eq!(decided.err().map(|refusal| refusal.code), refused, "{size}");
        }
    }
}
