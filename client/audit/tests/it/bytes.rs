//! Every byte of every file of a copy is covered.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;
use thamvan_audit::Verdict;

use crate::sample::Sample;
use crate::scene::scene;

pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn one_changed_byte_is_never_ok() {
    let sample = scene();
    let copies: [TempDir; PARTS] = std::array::from_fn(|_| sample.folder());
    thread::scope(|scope| {
        for (part, dir) in copies.iter().enumerate() {
            let sample = &sample;
            scope.spawn(move || change_each_byte(sample, dir.path(), part));
        }
    });
}

/// Threads, each with a copy of its own.
const PARTS: usize = 2;

/// Changes the bytes at every other place from `part` on, one at a time.
fn change_each_byte(sample: &Sample, dir: &Path, part: usize) {
    for path in files(dir) {
        let bytes = fs::read(&path).unwrap();
        for at in (part..bytes.len()).step_by(PARTS) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let verdict = sample.verify(dir).verdict;
            assert_eq!(verdict, Verdict::Findings, "{} byte {at}", path.display());
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(sample.verify(dir).verdict, Verdict::Ok);
}

#[test]
fn a_file_that_ends_in_the_middle_in_other_bytes_is_never_ok() {
    let sample = scene();
    let dir = sample.folder();
    for path in files(dir.path()) {
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(31) {
            for rest in [&[][..], &[0xff; 40], &[0x9b; 40], &[0x00; 40]] {
                let changed = [&bytes[..at], rest].concat();
                fs::write(&path, changed).unwrap();
                let verdict = sample.verify(dir.path()).verdict;
                assert_eq!(verdict, Verdict::Findings, "{} at {at}", path.display());
            }
        }
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn a_file_cut_short_or_made_longer_is_never_ok() {
    let sample = scene();
    let dir = sample.folder();
    for path in files(dir.path()) {
        let bytes = fs::read(&path).unwrap();
        let longer = [bytes.as_slice(), b"\n"].concat();
        let shorter = bytes.split_last().map_or(&[][..], |(_, rest)| rest);
        for changed in [&longer, shorter, &[]] {
            fs::write(&path, changed).unwrap();
            let verdict = sample.verify(dir.path()).verdict;
            assert_eq!(verdict, Verdict::Findings, "{}", path.display());
        }
        fs::write(&path, &bytes).unwrap();
    }
}
