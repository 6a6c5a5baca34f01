use std::fs;

use tempfile::TempDir;
use thamvan_proto::attachment::attachments;
use thamvan_proto::commitment::Content;
use thamvan_proto::entry::sha256;

use super::*;

/// A home's folder and a file of `len` bytes.
fn scene(len: usize) -> (TempDir, BlobFolder, PathBuf, Vec<u8>) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("dự thảo.pdf");
    let bytes: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
    fs::write(&path, &bytes).unwrap();
    let folder = BlobFolder::of(&dir.path().join("home"));
    (dir, folder, path, bytes)
}

fn sealed(folder: &BlobFolder, path: &Path) -> Attachment {
    let parts = seal(folder, &path.to_owned().into(), 0).unwrap();
    let content = Content::new(Salt([0; 32]), parts.into());
    attachments(&content).unwrap().remove(0)
}

fn fault<T>(opened: Result<T, EngineError>) -> CipherError {
    match opened {
        Err(EngineError::Attachment(error)) => error,
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn every_length_around_a_chunk_comes_back_and_its_blob_says_nothing_else() {
    let chunk = usize::try_from(CHUNK_LEN).unwrap();
    for len in [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 7] {
        let (dir, folder, path, bytes) = scene(len);
        let attachment = sealed(&folder, &path);
        assert_eq!(attachment.key.name, "dự thảo.pdf");
        assert_eq!(attachment.facts.sha256, sha256(&bytes));
        let blob = fs::read(folder.path(&attachment.key.blob)).unwrap();
        assert_eq!(sha256(&blob), attachment.key.blob);
        assert_eq!(blob.len() as u64, blob_len(len as u64, CHUNK_LEN));
        assert_eq!(read(&folder, &attachment).unwrap(), bytes, "{len}");
        let out = dir.path().join("out");
        write(&folder, &attachment, &out).unwrap();
        assert_eq!(fs::read(&out).unwrap(), bytes);
        // What is there is not overwritten, and nothing is left behind.
        let again = write(&folder, &attachment, &out);
        assert!(matches!(again, Err(EngineError::File { .. })));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }
}

#[test]
fn two_sealings_of_one_file_share_nothing() {
    let (_dir, folder, path, _) = scene(10);
    let (one, other) = (sealed(&folder, &path), sealed(&folder, &path));
    assert_ne!(one.key.key, other.key.key);
    assert_ne!(one.key.nonce, other.key.nonce);
    assert_ne!(one.key.blob, other.key.blob);
    assert_eq!(one.facts.sha256, other.facts.sha256);
}

#[test]
fn a_changed_cut_longer_or_reordered_blob_writes_nothing() {
    let chunk = usize::try_from(CHUNK_LEN).unwrap();
    let (dir, folder, path, _) = scene(2 * chunk + 5);
    let attachment = sealed(&folder, &path);
    let stored = folder.path(&attachment.key.blob);
    let good = fs::read(&stored).unwrap();
    let mut swapped = good.clone();
    swapped.rotate_left(chunk + 16);
    let mut altered: Vec<Vec<u8>> = vec![
        swapped,
        good[..good.len() - 1].to_vec(),
        [good.as_slice(), &[0]].concat(),
        good[..2 * (chunk + 16)].to_vec(),
        Vec::new(),
    ];
    for at in [0, chunk, chunk + 16, good.len() - 17, good.len() - 1] {
        let mut changed = good.clone();
        changed[at] ^= 1;
        altered.push(changed);
    }
    let out = dir.path().join("out");
    for bytes in altered {
        fs::write(&stored, &bytes).unwrap();
        assert!(matches!(
            fault(write(&folder, &attachment, &out)),
            CipherError::Blob
        ));
        // The author's hash may be that of an altered blob: then the chunks themselves refuse.
        let mut other = attachment.clone();
        other.key.blob = sha256(&bytes);
        fs::write(folder.path(&other.key.blob), &bytes).unwrap();
        let refused = fault(write(&folder, &other, &out));
        let by_chunk = matches!(refused, CipherError::Chunk { .. });
        assert!(by_chunk || bytes.len() != good.len(), "{refused}");
        assert!(!out.exists());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn another_key_nonce_or_file_than_the_one_committed_to_writes_nothing() {
    let (dir, folder, path, _) = scene(100);
    let attachment = sealed(&folder, &path);
    let out = dir.path().join("out");
    let mut key = attachment.clone();
    key.key.key.0[31] ^= 1;
    let refused = fault(write(&folder, &key, &out));
    assert!(matches!(refused, CipherError::Chunk { n: 0 }));
    let mut nonce = attachment.clone();
    nonce.key.nonce.0[0] ^= 1;
    let refused = fault(write(&folder, &nonce, &out));
    assert!(matches!(refused, CipherError::Chunk { n: 0 }));
    let mut other = attachment.clone();
    other.facts.sha256.0[0] ^= 1;
    assert!(matches!(
        fault(write(&folder, &other, &out)),
        CipherError::Content
    ));
    let mut shorter = attachment;
    shorter.facts.length -= 1;
    assert!(matches!(
        fault(write(&folder, &shorter, &out)),
        CipherError::Blob
    ));
    assert!(!out.exists());
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_read() {
    let (dir, folder, path, _) = scene(0);
    let largest = BLOB_LEN_MAX / (CHUNK_LEN + 16) * CHUNK_LEN;
    let rest = BLOB_LEN_MAX - blob_len(largest, CHUNK_LEN) - 16;
    // Sparse: it has a length and no bytes on the disk.
    let big = fs::File::options().write(true).open(&path).unwrap();
    big.set_len(largest + rest + 1).unwrap();
    let refused = seal(&folder, &path.into(), 0).map(|_| ());
    let rule = |refused| match refused {
        Err(EngineError::NotAllowed { rule, .. }) => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(rule(refused), "attachment_length");
    assert!(!dir.path().join("home").exists());
    // One that says it is short and does not end is stopped at the limit, and leaves nothing.
    let endless = seal(&folder, &PathBuf::from("/dev/zero").into(), 0).map(|_| ());
    assert_eq!(rule(endless), "attachment_length");
    assert_eq!(
        fs::read_dir(dir.path().join("home/blobs")).unwrap().count(),
        0
    );
    assert!(matches!(
        seal(&folder, &dir.path().to_owned().into(), 0),
        Err(EngineError::File { .. })
    ));
}

#[test]
fn what_is_in_memory_is_sealed_as_a_file_of_its_name() {
    let (_dir, folder, _, bytes) = scene(70_000);
    let new = NewFile::Bytes {
        name: "dự thảo.pdf".into(),
        bytes: Arc::new(bytes.clone()),
    };
    let parts = seal(&folder, &new, 0).unwrap();
    let content = Content::new(Salt([0; 32]), parts.into());
    let attachment = attachments(&content).unwrap().remove(0);
    assert_eq!(attachment.key.name, "dự thảo.pdf");
    assert_eq!(read(&folder, &attachment).unwrap(), bytes);
}

#[test]
fn what_was_received_is_gone_on_with_and_cut_where_it_is_too_long() {
    let (_dir, folder, ..) = scene(0);
    let hash = sha256(b"abcdef");
    assert_eq!(folder.received(&hash), 0);
    folder.append(&hash, 0, b"abcX").unwrap();
    assert_eq!(folder.received(&hash), 4);
    folder.append(&hash, 3, b"def").unwrap();
    assert!(!folder.has(&hash));
    folder.finish(&hash).unwrap();
    assert_eq!(fs::read(folder.path(&hash)).unwrap(), b"abcdef");
    folder.remove(&hash);
    assert!(!folder.has(&hash));
}
