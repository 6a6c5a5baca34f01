use tempfile::TempDir;

use super::*;

fn key(device: u8, blob: u8) -> Key {
    (DeviceId([device; 16]), StreamId([9; 16]), Hash([blob; 32]))
}

fn uploads() -> (TempDir, Arc<Uploads>) {
    let dir = TempDir::new().unwrap();
    let uploads = Uploads::begin(dir.path()).unwrap();
    (dir, uploads)
}

#[test]
fn pieces_follow_each_other_and_one_request_works_at_a_time() {
    let (_dir, uploads) = uploads();
    let early = uploads.take(key(1, 1), 6, 1, 0);
    assert!(matches!(early, Err(UploadError::Offset { received: 0 })));
    let mut first = uploads.take(key(1, 1), 6, 0, 0).unwrap();
    assert!(matches!(
        uploads.take(key(1, 1), 6, 0, 0),
        Err(UploadError::Busy)
    ));
    assert!(!first.write(b"abc", 0).unwrap());
    drop(first);
    assert_eq!(uploads.received(&key(1, 1)), 3);
    let again = uploads.take(key(1, 1), 6, 0, 0);
    assert!(matches!(again, Err(UploadError::Offset { received: 3 })));
    let other = uploads.take(key(1, 1), 7, 3, 0);
    assert!(matches!(other, Err(UploadError::Size)));
    let mut second = uploads.take(key(1, 1), 6, 3, 0).unwrap();
    assert!(second.write(b"def", 0).unwrap());
    assert_eq!(fs::read(second.path()).unwrap(), b"abcdef");
    let path = second.path().to_owned();
    second.end();
    assert!(!path.exists());
    assert_eq!(uploads.received(&key(1, 1)), 0);
}

#[test]
fn number_bytes_and_age_are_bounded() {
    let (dir, uploads) = uploads();
    for blob in 0..u8::try_from(BLOB_UPLOADS_PER_DEVICE_MAX).unwrap() {
        uploads.take(key(1, blob), 1, 0, 0).unwrap();
    }
    let more = uploads.take(key(1, 99), 1, 0, BLOB_UPLOAD_LIFETIME_MS);
    assert!(matches!(more, Err(UploadError::TooMany)));
    // Another device has room of its own, but not more than all together.
    let left = BLOB_UNFINISHED_BYTES_MAX - BLOB_UPLOADS_PER_DEVICE_MAX as u64;
    let all = uploads.take(key(2, 1), left + 1, 0, 0);
    assert!(matches!(all, Err(UploadError::TooMany)));
    uploads.take(key(2, 1), left, 0, 0).unwrap();
    // A day later all are gone.
    uploads
        .take(key(1, 99), 1, 0, BLOB_UPLOAD_LIFETIME_MS + 1)
        .unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn what_an_earlier_process_left_is_removed() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("7.part"), b"x").unwrap();
    Uploads::begin(dir.path()).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
