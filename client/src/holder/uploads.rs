//! Files that a page has given and not yet sent, or that were made for it and that it has not yet taken: in memory alone, few, and
//! gone when they are sent or taken, or the home is locked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thamvan_engine::{NewFile, shown_name};

use crate::limits::{UPLOADS_LEN_MAX, UPLOADS_MAX};

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UploadError {
    /// So many wait already.
    #[error("too many files wait to be sent")]
    TooMany,
    /// So many bytes wait already.
    #[error("the files that wait to be sent are too long together")]
    TooLong,
}

/// What waits to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    files: BTreeMap<String, (String, Arc<Vec<u8>>)>,
}

impl Waiting {
    /// Bytes of all files.
    fn len(&self) -> usize {
        self.files.values().map(|(_, it)| it.len()).sum()
    }
}

impl Uploads {
    /// Takes a file; gives the id by which commands name it: `upload:ID`.
    pub(crate) fn take(&self, name: String, bytes: Vec<u8>) -> Result<String, UploadError> {
        let mut waiting = self.waiting();
        if waiting.files.len() >= UPLOADS_MAX {
            return Err(UploadError::TooMany);
        }
        if waiting.len().saturating_add(bytes.len()) > UPLOADS_LEN_MAX {
            return Err(UploadError::TooLong);
        }
        waiting.last += 1;
        let id = format!("u{}", waiting.last);
        let file = (name, Arc::new(bytes));
        waiting.files.insert(id.clone(), file);
        Ok(id)
    }

    /// The file that `upload:ID` names.
    pub(crate) fn find(&self, given: &str) -> Option<NewFile> {
        let waiting = self.waiting();
        let (name, bytes) = waiting.files.get(given.strip_prefix(PREFIX)?)?;
        Some(NewFile::Bytes {
            name: name.clone(),
            bytes: bytes.clone(),
        })
    }

    /// Whether there may be no room for another file of the longest size.
    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.waiting();
        waiting.files.len() >= UPLOADS_MAX || waiting.len() > UPLOADS_LEN_MAX / 2
    }

    /// Whether there is room for so many files of so many bytes together.
    pub(crate) fn has_room(&self, files: usize, bytes: usize) -> bool {
        let waiting = self.waiting();
        waiting.files.len().saturating_add(files) <= UPLOADS_MAX
            && waiting.len().saturating_add(bytes) <= UPLOADS_LEN_MAX
    }

    /// Name and bytes of the file with this id.
    pub(crate) fn get(&self, id: &str) -> Option<(String, Arc<Vec<u8>>)> {
        self.waiting().files.get(id).cloned()
    }

    /// The newest of this name, as it is shown.
    pub(super) fn named(&self, shown: &str) -> Option<String> {
        let waiting = self.waiting();
        let mut files = waiting.files.iter().rev();
        let found = files.find(|(_, (name, _))| shown_name(name) == shown);
        found.map(|(id, _)| id.clone())
    }

    /// Forgets those that `args` name.
    pub(crate) fn drop_named(&self, args: &[String]) {
        let mut waiting = self.waiting();
        for id in args.iter().filter_map(|it| it.split(PREFIX).nth(1)) {
            waiting.files.remove(id);
        }
    }

    /// Forgets one.
    pub(crate) fn drop_one(&self, id: &str) {
        self.waiting().files.remove(id);
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.waiting().files.clear();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const PREFIX: &str = "upload:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_wait_in_number_and_length_that_are_bounded_until_they_are_sent() {
        let uploads = Uploads::default();
        for _ in 0..UPLOADS_MAX {
            uploads.take("a".into(), vec![0]).unwrap();
        }
        assert_eq!(uploads.take("a".into(), vec![]), Err(UploadError::TooMany));
        uploads.drop_named(&["--attach".into(), "upload:u1".into()]);
        uploads.drop_named(&["--attach=upload:u2".into()]);
        let rest = UPLOADS_LEN_MAX - UPLOADS_MAX + 2;
        let long = uploads.take("a".into(), vec![0; rest + 1]);
        assert_eq!(long, Err(UploadError::TooLong));
        assert!(!uploads.is_full());
        let id = uploads.take("b".into(), vec![0; rest]).unwrap();
        assert!(uploads.is_full());
        assert!(uploads.has_room(1, 0) && !uploads.has_room(1, 2));
        assert!(!uploads.has_room(UPLOADS_MAX, 0));
        assert_eq!(uploads.get(&id).unwrap().1.len(), rest);
        assert!(uploads.find(&id).is_none());
        assert!(uploads.find(&format!("upload:{id}")).is_some());
        assert!(uploads.find("upload:u1").is_none());
        assert!(uploads.find("upload:u2").is_none());
        uploads.clear();
        assert!(uploads.find(&format!("upload:{id}")).is_none());
    }
}
