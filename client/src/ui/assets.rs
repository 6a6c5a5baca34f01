//! The files of the pages: built by `client/web/build` and built into this binary, or of a folder while they are worked on.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use hyper::StatusCode;
use hyper::body::Bytes;

use super::reply::{Reply, file, status};

/// All files, by their paths in addresses.
#[derive(Debug)]
pub(crate) struct Pages(BTreeMap<String, Bytes>);

impl Pages {
    /// Those in this binary, if they were there when it was built.
    pub(crate) fn built() -> Option<Self> {
        let files = FILES.iter();
        let files = files.map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes)));
        let pages = Self(files.collect());
        pages.0.contains_key(FIRST).then_some(pages)
    }

    /// Those in a folder, as they are now.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn of(dir: &Path) -> io::Result<Self> {
        let mut pages = Self(BTreeMap::new());
        pages.collect(dir, "")?;
        Ok(pages)
    }

    fn collect(&mut self, dir: &Path, above: &str) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = format!("{above}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.collect(&entry.path(), &name)?;
            } else {
                self.0.insert(name, fs::read(entry.path())?.into());
            }
        }
        Ok(())
    }

    /// The file at a path.
    pub(super) fn answer(&self, path: &str) -> Reply {
        let path = if path == "/" { FIRST } else { path };
        let Some(bytes) = self.0.get(path) else {
            return status(StatusCode::NOT_FOUND);
        };
        let ending = path.rsplit('.').next().unwrap_or_default();
        let media_type = MEDIA_TYPES.iter().find(|(known, _)| *known == ending);
        let media_type = media_type.map_or("application/octet-stream", |(_, name)| name);
        // Files with a hash in their name never change.
        let cache = if path.starts_with("/assets/") {
            "private, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        file(bytes.clone(), media_type, cache)
    }
}

// `FILES`: paths as in addresses, and contents.
include!(concat!(env!("OUT_DIR"), "/web.rs"));

const FIRST: &str = "/index.html";
const MEDIA_TYPES: [(&str, &str); 10] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("ftl", "text/plain; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
];
