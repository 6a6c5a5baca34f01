//! A copy of a register that can be taken while it is served, and the way back (deploy/BACKUP.md).
//!
//! One tar file: configuration, genesis, policy, certificates, journal up to a stored checkpoint, blobs, that checkpoint, `log.last`, and
//! at the end a manifest with the SHA-256 of each file and one line with its own, whose presence says that the rest is whole. Keys only if asked for: a
//! log key in a backup can sign a second history of the log. The server is not asked and not stopped: what a stored checkpoint
//! promises is durable and never changes. Out of scope: whether a restored folder is the newest (start-up asks).

mod restore;

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thamvan_proto::tlog::{Checkpoint, SignedNote};
use thamvan_server_core::checkpoint_store::{CheckpointStore, Promise};

use crate::blob::BLOBS_DIR;
use crate::checkpoint_file::{self, CheckpointFile, CheckpointFileError};
use crate::config::{self, Config, ConfigError, POLICY_FILE};
use crate::durable::{Staged, folder_of};
use crate::error::RunError;
use crate::journal::{Extent, Journal};
use crate::limits::{CHECKPOINT_READS_MAX, STORAGE_FREE_BYTES_MIN};
use crate::{CONFIG_FILE, JOURNAL_DIR, LOG_KEY_FILE, LOG_LAST_FILE, slots};

pub use restore::{Restored, restore};

/// What is to be copied, and where to.
#[derive(Debug, Clone)]
pub struct Backup {
    /// thamvan.toml.
    pub config_file: PathBuf,
    /// The file to make; nothing may stand there.
    pub out: PathBuf,
    /// Whether the private keys of log and TLS go into it.
    pub with_key: bool,
}

/// What was copied.
#[derive(Debug, Clone, Serialize)]
pub struct BackedUp {
    /// Version of this shape.
    pub schema: u32,
    /// Records in the copy.
    pub tree_size: u64,
    /// Bytes of its files.
    pub bytes: u64,
}

/// The last file of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    schema: u32,
    origin: String,
    tree_size: u64,
    root: String,
    files: Vec<Listed>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    path: String,
    len: u64,
    sha256: String,
    /// Zeros behind it up to this length.
    filled: Option<u64>,
}

/// A file that goes into a backup.
struct Member {
    path: String,
    content: Content,
    filled: Option<u64>,
}

enum Content {
    Bytes(Vec<u8>),
    /// The first bytes of a file.
    Part(PathBuf, u64),
}

impl Content {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Part(_, len) => *len,
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Self::Part(path, len) => Box::new(File::open(path)?.take(*len)),
        })
    }
}

/// Copies the register that `backup` names; a server may be writing it.
///
/// # Errors
/// [`RunError`]: nothing stands at `out` then.
pub fn backup(backup: &Backup, config: &Config) -> Result<BackedUp, RunError> {
    if backup.out.exists() {
        return Err(RunError::refuses("the file to make exists already"));
    }
    let checkpoints = CheckpointFile::of(config);
    let promise = fetch(&checkpoints)?;
    // Behind the promise: what it promises is durable, and so are the bodies of it.
    let journal = Journal::open(&config.data.join(JOURNAL_DIR))?;
    let extents = journal.extents(promise.batches)?;
    let checkpoint = parse(&promise)?;
    let extents = extents.filter(|extents| extents.records == checkpoint.size);
    let extents = extents.ok_or_else(|| {
        RunError::refuses("the journal does not hold what the checkpoint promises: run `check`")
    })?;
    let mut members = settings(backup, config)?;
    members.extend(extents.segments.iter().map(segment));
    members.extend(blobs(config)?);
    for name in checkpoint_file::NAMES {
        members.push(bytes(&in_data(name), checkpoint_file::encode(&promise)));
    }
    let last = slots::file(checkpoint.to_string().as_bytes());
    members.push(bytes(&in_data(LOG_LAST_FILE), last));
    let total = members.iter().map(|member| member.content.len()).sum();
    check_room(config, &backup.out, total)?;
    write(&backup.out, &members, &checkpoint)?;
    Ok(BackedUp {
        schema: 1,
        tree_size: checkpoint.size,
        bytes: total,
    })
}

/// Both copies are read one after the other, and the server may replace them in between.
fn fetch(checkpoints: &CheckpointFile) -> Result<Promise, RunError> {
    let mut reads = 0;
    loop {
        reads += 1;
        match checkpoints.fetch() {
            Ok(Some(promise)) => return Ok(promise),
            Ok(None) => {
                return Err(RunError::refuses(
                    "there is no checkpoint yet: start it once",
                ));
            }
            Err(CheckpointFileError::Copies) if reads < CHECKPOINT_READS_MAX => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn parse(promise: &Promise) -> Result<Checkpoint, RunError> {
    SignedNote::parse(&promise.checkpoint)
        .ok()
        .and_then(|note| Checkpoint::parse(note.text()).ok())
        .ok_or_else(|| RunError::refuses("the stored checkpoint is malformed"))
}

/// Configuration and what it names, laid out as `init` does it.
fn settings(backup: &Backup, config: &Config) -> Result<Vec<Member>, RunError> {
    let base = backup.config_file.parent().unwrap_or(Path::new(""));
    let text = fs::read_to_string(&backup.config_file).map_err(ConfigError::from)?;
    let mut file: config::File = toml::from_str(&text).map_err(ConfigError::from)?;
    let mut members = Vec::new();
    let mut take = |from: &Path, to: &str, needed: bool| -> Result<(), RunError> {
        match fs::read(from) {
            Ok(content) => members.push(bytes(to, content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !needed => {}
            Err(error) => return Err(RunError::io("a file to copy cannot be read")(error)),
        }
        Ok(())
    };
    take(&config.policy, POLICY_FILE, true)?;
    if let Some(ca) = &config.witness_ca {
        take(ca, WITNESS_CA_FILE, true)?;
        file.witness_ca = Some(WITNESS_CA_FILE.into());
    }
    take(&base.join("ca.pem"), "ca.pem", false)?;
    // A running log does not need the file that it began with.
    take(&config.genesis, "genesis.cbor", false)?;
    take(&config.tls_certificate, &in_data("tls.pem"), false)?;
    if backup.with_key {
        take(&config.tls_key, &in_data("tls.key"), true)?;
        take(
            &config.data.join(LOG_KEY_FILE),
            &in_data(LOG_KEY_FILE),
            true,
        )?;
    }
    file.data = DATA.into();
    file.tls_certificate = in_data("tls.pem").into();
    file.tls_key = in_data("tls.key").into();
    file.genesis = "genesis.cbor".into();
    file.policy = POLICY_FILE.into();
    if let Some(dir) = &config.second_copy {
        let dir = fs::canonicalize(dir).map_err(RunError::io("no folder of the second copy"))?;
        file.second_copy = Some(dir);
    }
    let text = toml::to_string(&file).map_err(|error| RunError::refuses(error.to_string()))?;
    members.push(bytes(CONFIG_FILE, text.into_bytes()));
    Ok(members)
}

fn bytes(path: &str, content: Vec<u8>) -> Member {
    Member {
        path: path.to_owned(),
        content: Content::Bytes(content),
        filled: None,
    }
}

fn segment(extent: &Extent) -> Member {
    Member {
        path: format!("{DATA}/{JOURNAL_DIR}/{}", extent.name),
        content: Content::Part(extent.path.clone(), extent.used),
        filled: Some(extent.len),
    }
}

/// All finished blobs: those that the promise binds are among them, and never change.
fn blobs(config: &Config) -> Result<Vec<Member>, RunError> {
    let failed = || RunError::io("the blobs cannot be listed");
    let names = match fs::read_dir(config.data.join(BLOBS_DIR)) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut members = Vec::new();
    for entry in names {
        let entry = entry.map_err(failed())?;
        // One that is being written has a longer name.
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.len() == BLOB_NAME_LEN) else {
            continue;
        };
        let len = entry.metadata().map_err(failed())?.len();
        members.push(Member {
            path: format!("{DATA}/{BLOBS_DIR}/{name}"),
            content: Content::Part(entry.path(), len),
            filled: None,
        });
    }
    members.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(members)
}

/// A backup beside the register must not be what fills its disk.
fn check_room(config: &Config, path: &Path, bytes: u64) -> Result<(), RunError> {
    let dir = folder_of(path);
    let free = (config.free_bytes)(dir).map_err(RunError::io("no word on the free space"))?;
    if free < bytes.saturating_add(STORAGE_FREE_BYTES_MIN) {
        return Err(RunError::refuses(format!(
            "{bytes} bytes are to be written and the disk there has {free}, of which {STORAGE_FREE_BYTES_MIN} must stay"
        )));
    }
    Ok(())
}

fn write(out: &Path, members: &[Member], checkpoint: &Checkpoint) -> Result<(), RunError> {
    let staged = Staged::create("backup", out)?;
    let mut tar = tar::Builder::new(staged);
    let written = fill(&mut tar, members, checkpoint).and_then(|()| tar.finish());
    let staged = tar
        .into_inner()
        .map_err(RunError::io("the backup cannot be written"))?;
    match written {
        Ok(()) => Ok(staged.finish()?),
        Err(error) => {
            staged.abandon();
            Err(RunError::io("the backup cannot be written")(error))
        }
    }
}

fn fill(
    tar: &mut tar::Builder<Staged>,
    members: &[Member],
    checkpoint: &Checkpoint,
) -> io::Result<()> {
    let mut files = Vec::new();
    for member in members {
        let mut content = Hashed::new(member.content.open()?);
        append(tar, &member.path, member.content.len(), &mut content)?;
        files.push(content.listed(&member.path, member.filled));
    }
    let manifest = Manifest {
        schema: 1,
        origin: checkpoint.origin.to_string(),
        tree_size: checkpoint.size,
        root: checkpoint.root.to_base64(),
        files,
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let len = manifest.len() as u64;
    append(tar, MANIFEST_FILE, len, &mut manifest.as_slice())?;
    let line = sum_line(&manifest);
    append(tar, SUM_FILE, line.len() as u64, &mut line.as_bytes())
}

/// As `sha256sum` writes it.
fn sum_line(manifest: &[u8]) -> String {
    let sum = HEXLOWER.encode(&Sha256::digest(manifest));
    format!("{sum}  {MANIFEST_FILE}\n")
}

fn append(
    tar: &mut tar::Builder<Staged>,
    path: &str,
    len: u64,
    content: &mut dyn Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(len);
    tar.append_data(&mut header, path, content)
}

/// Reads and hashes at once.
struct Hashed<R> {
    inner: R,
    digest: Sha256,
    len: u64,
}

impl<R: Read> Hashed<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            len: 0,
        }
    }

    fn listed(self, path: &str, filled: Option<u64>) -> Listed {
        Listed {
            path: path.to_owned(),
            len: self.len,
            sha256: HEXLOWER.encode(&self.digest.finalize()),
            filled,
        }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.digest.update(bytes.get(..count).unwrap_or_default());
        self.len = self.len.saturating_add(count as u64);
        Ok(count)
    }
}

fn in_data(name: &str) -> String {
    format!("{DATA}/{name}")
}

const DATA: &str = "server";
const WITNESS_CA_FILE: &str = "witness-ca.pem";
/// A blob is named by the 64 digits of its SHA-256.
const BLOB_NAME_LEN: usize = 64;
const MANIFEST_FILE: &str = "MANIFEST.json";
/// The last file of all.
const SUM_FILE: &str = "MANIFEST.sha256";
