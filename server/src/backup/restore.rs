//! From a backup to a folder that can be served, or a reason why not.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path};

use serde::Serialize;
use thamvan_proto::tlog::Policy;

use super::{DATA, Hashed, Listed, MANIFEST_FILE, Manifest, POLICY_FILE, SUM_FILE, sum_line};
use crate::blob::BLOBS_DIR;
use crate::checkpoint_file::CheckpointFile;
use crate::config::{self, Config};
use crate::durable::Staged;
use crate::error::RunError;
use crate::journal::Journal;
use crate::limits::{
    BACKUP_FILES_MAX, BACKUP_SMALL_LEN_MAX, MANIFEST_LEN_MAX, SEGMENT_LEN_MAX,
    STORAGE_FREE_BYTES_MIN,
};
use crate::recovery::{self, Depth};
use crate::{CONFIG_FILE, JOURNAL_DIR, LOG_KEY_FILE, log_signer};

/// What was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// Version of this shape.
    pub schema: u32,
    /// Records in the journal.
    pub tree_size: u64,
    /// Private keys that are not in the backup and must be put in their places before the server runs.
    pub missing_keys: Vec<String>,
}

/// Makes the folder `dir` from `archive`, and verifies every hash, every signature, and the journal against the checkpoint.
///
/// # Errors
/// [`RunError`]: `dir` is not empty, or the backup is not whole. No configuration stands in `dir` then.
pub fn restore(archive: &Path, dir: &Path) -> Result<Restored, RunError> {
    let empty = match fs::read_dir(dir) {
        Ok(mut files) => files.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(RunError::io("the folder cannot be read")(error)),
    };
    if !empty {
        return Err(RunError::refuses("the folder is not empty"));
    }
    let restored = unpack(archive, dir).and_then(|unpacked| finish(&unpacked, dir));
    if restored.is_err() {
        // Nothing was in it before, and nobody must take what is in it for a register.
        let _ = fs::remove_dir_all(dir);
    }
    restored
}

struct Unpacked {
    manifest: Manifest,
    config: Vec<u8>,
}

/// Writes all files but the configuration, and holds them against the manifest.
fn unpack(archive: &Path, dir: &Path) -> Result<Unpacked, RunError> {
    let file = File::open(archive).map_err(RunError::io("the backup cannot be read"))?;
    let mut make = DirBuilder::new();
    make.recursive(true).mode(0o700);
    for name in [JOURNAL_DIR, BLOBS_DIR] {
        make.create(dir.join(DATA).join(name))
            .map_err(RunError::io("the folder cannot be made"))?;
    }
    let mut archive = tar::Archive::new(file);
    let (mut config, mut manifest, mut sum) = (Vec::new(), Vec::new(), Vec::new());
    let mut files = Vec::new();
    let damaged = |_: io::Error| RunError::refuses("the backup is damaged or not whole");
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry_path(&entry)?;
        if !sum.is_empty() || files.len() >= BACKUP_FILES_MAX {
            return Err(RunError::refuses("the backup holds more than its manifest"));
        }
        match path.as_str() {
            MANIFEST_FILE => manifest = small(&mut entry, MANIFEST_LEN_MAX)?,
            SUM_FILE => sum = small(&mut entry, BACKUP_SMALL_LEN_MAX)?,
            CONFIG_FILE => {
                let mut content = Hashed::new(&mut entry);
                config = small(&mut content, BACKUP_SMALL_LEN_MAX)?;
                files.push(content.listed(&path, None));
            }
            _ => files.push(extract(&mut entry, &path, dir)?),
        }
    }
    if sum != sum_line(&manifest).as_bytes() {
        return Err(RunError::refuses("the backup is damaged or not whole"));
    }
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|_| RunError::refuses("the manifest is not understood"))?;
    check_files(&manifest, &files)?;
    fill(&manifest, dir)?;
    Ok(Unpacked { manifest, config })
}

/// Only files, only where `backup` puts them.
fn entry_path<R: Read>(entry: &tar::Entry<'_, R>) -> Result<String, RunError> {
    let strange = || RunError::refuses("the backup holds something that is no file of a register");
    let path = entry.path().map_err(|_| strange())?;
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let text = path.to_str().filter(|text| {
        let data = format!("{DATA}/");
        let journal = format!("{data}{JOURNAL_DIR}/");
        let blobs = format!("{data}{BLOBS_DIR}/");
        let name = text.strip_prefix(&journal).or(text.strip_prefix(&blobs));
        let name = name.or(text.strip_prefix(&data));
        let name = name.unwrap_or(text);
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        !name.is_empty() && name.bytes().all(of_name)
    });
    match text {
        Some(text) if plain && entry.header().entry_type() == tar::EntryType::Regular => {
            Ok(text.to_owned())
        }
        Some(_) | None => Err(strange()),
    }
}

fn small(content: &mut dyn Read, len_max: u64) -> Result<Vec<u8>, RunError> {
    let mut bytes = Vec::new();
    content
        .take(len_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| RunError::refuses("the backup is damaged or not whole"))?;
    if bytes.len() as u64 > len_max {
        return Err(RunError::refuses("a file in the backup is too long"));
    }
    Ok(bytes)
}

fn extract(entry: &mut dyn Read, path: &str, dir: &Path) -> Result<Listed, RunError> {
    let mut content = Hashed::new(entry);
    let mut staged = Staged::create("restore", &dir.join(path))?;
    let mut part = vec![0; 64 * 1024];
    loop {
        let count = content
            .read(&mut part)
            .map_err(|_| RunError::refuses("the backup is damaged or not whole"))?;
        if count == 0 {
            break;
        }
        room(dir)?;
        staged
            .write_all(part.get(..count).unwrap_or_default())
            .map_err(RunError::io("the folder cannot be written"))?;
    }
    staged.finish()?;
    Ok(content.listed(path, None))
}

fn room(dir: &Path) -> Result<(), RunError> {
    let free = config::free_bytes(dir).map_err(RunError::io("no word on the free space"))?;
    if free < STORAGE_FREE_BYTES_MIN {
        return Err(RunError::refuses("the disk has no room for the backup"));
    }
    Ok(())
}

/// Each file is the listed one, and each blob the one that its name says.
fn check_files(manifest: &Manifest, files: &[Listed]) -> Result<(), RunError> {
    let listed = manifest.files.iter().map(|file| Listed {
        filled: None,
        ..file.clone()
    });
    let blobs = format!("{DATA}/{BLOBS_DIR}/");
    let named = |file: &Listed| {
        let name = file.path.strip_prefix(&blobs);
        name.is_none_or(|name| name == file.sha256)
    };
    let is_right = files.iter().all(named) && listed.eq(files.iter().cloned());
    if manifest.schema == 1 && is_right {
        Ok(())
    } else {
        Err(RunError::refuses(
            "the files in the backup are not those of its manifest",
        ))
    }
}

/// Segments are zero-filled ahead: a write inside one must not change its length.
fn fill(manifest: &Manifest, dir: &Path) -> Result<(), RunError> {
    for file in &manifest.files {
        let Some(len) = file.filled else {
            continue;
        };
        if len < file.len || len > SEGMENT_LEN_MAX {
            return Err(RunError::refuses("the manifest is not understood"));
        }
        room(dir)?;
        crate::durable::lengthen("restore", &dir.join(&file.path), len)?;
    }
    Ok(())
}

/// Verifies the register and puts the configuration in its place: its presence says that the folder is whole.
fn finish(unpacked: &Unpacked, dir: &Path) -> Result<Restored, RunError> {
    let not_understood = || RunError::refuses("the configuration in the backup is not understood");
    let text = std::str::from_utf8(&unpacked.config).map_err(|_| not_understood())?;
    let mut file: config::File = toml::from_str(text).map_err(|_| not_understood())?;
    // Whether this is the newest copy is for the start to ask, not for the restoring of an old one.
    file.second_copy = None;
    let config = Config::of(file, dir)?;
    if config.data != dir.join(DATA) {
        return Err(not_understood());
    }
    let tree_size = verify(&config, &unpacked.manifest, dir)?;
    let mut staged = Staged::create("restore", &dir.join(CONFIG_FILE))?;
    staged
        .write_all(&unpacked.config)
        .map_err(RunError::io("the folder cannot be written"))?;
    staged.finish()?;
    let missing_keys = [config.data.join(LOG_KEY_FILE), config.tls_key]
        .iter()
        .filter(|path| !path.exists())
        .map(|path| path.display().to_string())
        .collect();
    Ok(Restored {
        schema: 1,
        tree_size,
        missing_keys,
    })
}

fn verify(config: &Config, manifest: &Manifest, dir: &Path) -> Result<u64, RunError> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(RunError::io("a file of the backup cannot be read"))
    };
    let policy = Policy::parse(&read(&dir.join(POLICY_FILE))?)
        .map_err(|_| RunError::refuses("the policy in the backup is not understood"))?;
    let last = log_signer::read_last(&config.data)?;
    let journal = Journal::open(&config.data.join(JOURNAL_DIR))?;
    let checkpoints = CheckpointFile::of(config);
    let files = (&journal, &checkpoints);
    let recovered = recovery::recover(config, policy.log(), &last, files, Depth::Full)?;
    let tree = recovered.state.tree();
    let promised = recovered.checkpoint.map(|checkpoint| checkpoint.size);
    if promised == Some(tree.size())
        && (tree.size(), tree.root().to_base64()) == (manifest.tree_size, manifest.root.clone())
    {
        Ok(tree.size())
    } else {
        Err(RunError::refuses(
            "the journal in the backup is not what its checkpoint promises",
        ))
    }
}
