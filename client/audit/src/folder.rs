//! Reading a copy from disk within limits.
//!
//! In scope: what stands where, bounded reads. Out of scope: what belongs where (`layout`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::limits::{DEPTH_MAX, PATHS_MAX};
use crate::verify::VerifyError;

/// What a path is. Links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A link, socket or device.
    Other,
}

/// Everything below one folder, by its path with `/` between the parts.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    paths: BTreeMap<String, Kind>,
    /// Whether there were more than [`PATHS_MAX`] paths.
    pub(crate) overfull: bool,
}

/// What a bounded read gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    TooLong,
    Missing,
}

impl Content {
    pub(crate) fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::TooLong | Self::Missing => None,
        }
    }
}

impl Folder {
    /// Lists everything below `root`.
    ///
    /// # Errors
    /// [`VerifyError::Read`]: a folder cannot be listed (our environment).
    pub(crate) fn walk(root: &Path) -> Result<Self, VerifyError> {
        let mut folder = Self {
            root: root.to_owned(),
            paths: BTreeMap::new(),
            overfull: false,
        };
        let mut waiting = vec![(String::new(), 0_usize)];
        while let Some((below, depth)) = waiting.pop() {
            for (path, kind) in list(root, &below)? {
                if folder.paths.len() >= PATHS_MAX {
                    folder.overfull = true;
                    return Ok(folder);
                }
                if kind == Kind::Folder && depth < DEPTH_MAX {
                    waiting.push((path.clone(), depth.saturating_add(1)));
                }
                folder.paths.insert(path, kind);
            }
        }
        Ok(folder)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = (&String, Kind)> {
        self.paths.iter().map(|(path, kind)| (path, *kind))
    }

    pub(crate) fn is_file(&self, path: &str) -> bool {
        self.paths.get(path) == Some(&Kind::File)
    }

    /// Names directly below `parent` that are of `kind`.
    pub(crate) fn names<'a>(
        &'a self,
        parent: &str,
        kind: Kind,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = format!("{parent}/");
        let below = prefix.len();
        self.paths
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter(move |(_, got)| **got == kind)
            .filter_map(move |(path, _)| path.get(below..))
            .filter(|name| !name.contains('/'))
    }

    /// Reads a file of at most `len_max` bytes.
    ///
    /// # Errors
    /// [`VerifyError::Read`]: the file stands there and cannot be read (our environment).
    pub(crate) fn read(&self, path: &str, len_max: usize) -> Result<Content, VerifyError> {
        if !self.is_file(path) {
            return Ok(Content::Missing);
        }
        let full = self.root.join(path);
        let failed = |source| VerifyError::Read {
            path: full.clone(),
            source,
        };
        let file = File::open(&full).map_err(failed)?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(len_max).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > len_max {
            Ok(Content::TooLong)
        } else {
            Ok(Content::Bytes(bytes))
        }
    }
}

fn list(root: &Path, below: &str) -> Result<Vec<(String, Kind)>, VerifyError> {
    let parent = root.join(below);
    let failed = |source| VerifyError::Read {
        path: parent.clone(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&parent).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let file_type = entry.file_type().map_err(failed)?;
        // A name that is not UTF-8 becomes one that no layout has, and nothing below it is looked at.
        let (name, is_text) = match entry.file_name().into_string() {
            Ok(name) => (name, true),
            Err(name) => (name.to_string_lossy().into_owned(), false),
        };
        let kind = match (file_type.is_file(), file_type.is_dir()) {
            (true, _) if is_text => Kind::File,
            (_, true) if is_text => Kind::Folder,
            _ => Kind::Other,
        };
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        found.push((path, kind));
        if found.len() > PATHS_MAX {
            break;
        }
    }
    Ok(found)
}
