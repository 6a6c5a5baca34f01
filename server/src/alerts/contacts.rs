//! The operator's file of contacts: official → addresses and telephone numbers, read again when it has changed.
//!
//! Nothing of what stands in it is ever said, not even in the error that refuses it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use lettre::Address;
use serde::Deserialize;
use thamvan_proto::id::OfficialId;
use thamvan_server_core::alert::Way;
use tracing::{info, warn};

use crate::config::ConfigError;
use crate::limits::{CONTACTS_FILE_LEN_MAX, CONTACTS_PER_OFFICIAL_MAX};

/// How one official is told.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) emails: Vec<Address>,
    pub(crate) phones: Vec<String>,
}

impl Contact {
    /// Whether `way` leads there: mail to an address, the operator's own hooks to a telephone.
    pub(crate) fn has(&self, way: Way) -> bool {
        match way {
            Way::Mail => !self.emails.is_empty(),
            Way::Webhook | Way::Command => !self.phones.is_empty(),
        }
    }
}

/// All contacts.
pub(crate) type Contacts = BTreeMap<OfficialId, Contact>;

/// The file, and what it said when it last made sense.
pub(crate) struct ContactsFile {
    path: PathBuf,
    changed: Option<SystemTime>,
    current: Arc<Contacts>,
}

impl ContactsFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`ConfigError::Contacts`].
    pub(crate) fn open(path: PathBuf) -> Result<Self, ConfigError> {
        Ok(Self {
            changed: changed(&path),
            current: Arc::new(read(&path)?),
            path,
        })
    }

    pub(crate) fn current(&self) -> Arc<Contacts> {
        Arc::clone(&self.current)
    }

    /// Reads the file if it has changed; one that makes no sense is not taken.
    pub(crate) fn refresh(&mut self) {
        let changed = changed(&self.path);
        if changed == self.changed {
            return;
        }
        self.changed = changed;
        match read(&self.path) {
            Ok(contacts) => {
                self.current = Arc::new(contacts);
                info!("contacts for alerts read again");
            }
            Err(error) => warn!(reason = %error, "the contacts for alerts stay as they were"),
        }
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

fn read(path: &Path) -> Result<Contacts, ConfigError> {
    let refuse = |what| ConfigError::Contacts { what };
    let length = std::fs::metadata(path).map_err(|_| refuse("it cannot be read"))?;
    if length.len() > CONTACTS_FILE_LEN_MAX {
        return Err(refuse("it is longer than 1 MiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|_| refuse("it cannot be read"))?;
    parse(&text).map_err(refuse)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    email: Vec<String>,
    #[serde(default)]
    phone: Vec<String>,
}

fn parse(text: &str) -> Result<Contacts, &'static str> {
    // The error of the parser would show the line.
    let rows: BTreeMap<String, Row> = toml::from_str(text)
        .map_err(|_| "not tables like  [\"name@agency\"]  with the lists email and phone")?;
    let mut contacts = Contacts::new();
    for (official, row) in rows {
        let official = official
            .parse()
            .map_err(|_| "a table is not named by an official, name@agency")?;
        if row.email.len().max(row.phone.len()) > CONTACTS_PER_OFFICIAL_MAX {
            return Err("an official has more than 4 addresses or numbers");
        }
        let emails = row.email.iter().map(|text| text.parse());
        let emails = emails.collect::<Result<Vec<Address>, _>>();
        if !row.phone.iter().all(|phone| is_phone(phone)) {
            return Err("a telephone number is not + and 6 to 15 digits");
        }
        let contact = Contact {
            emails: emails.map_err(|_| "an e-mail address is not one")?,
            phones: row.phone,
        };
        contacts.insert(official, contact);
    }
    Ok(contacts)
}

/// ITU-T E.164.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "[\"minh@moit\"]\nemail = [\"minh@moit.example\"]\nphone = [\"+84912345678\"]\n[\"lan@mofa\"]\n";

    #[test]
    fn contacts_are_read_strictly_and_refused_without_being_said() {
        let contacts = parse(SOUND).unwrap();
        let minh = &contacts[&"minh@moit".parse().unwrap()];
        assert!(minh.has(Way::Mail) && minh.has(Way::Command));
        assert!(!contacts[&"lan@mofa".parse().unwrap()].has(Way::Mail));
        for (from, to) in [
            ("minh@moit\"", "minh\""),
            ("minh@moit.example", "minh"),
            ("minh@moit.example\"", "a b@c\""),
            ("+84912345678", "0912 345 678"),
            ("+84912345678", "+849x2345678"),
            ("email", "mail"),
            ("[\"+84912345678\"]", "[\"+84912345678\""),
        ] {
            let said = parse(&SOUND.replace(from, to)).err().unwrap();
            assert!(!said.contains("minh") && !said.contains("849"), "{said}");
        }
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("contacts.toml");
        let write = |text: &str, at: u64| {
            std::fs::write(&path, text).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at);
            file.set_modified(time).unwrap();
        };
        assert!(ContactsFile::open(path.clone()).is_err());
        write(SOUND, 1);
        let mut file = ContactsFile::open(path.clone()).unwrap();
        write("[x", 2);
        file.refresh();
        assert_eq!(file.current().len(), 2);
        write("[\"lan@mofa\"]", 3);
        file.refresh();
        assert_eq!(file.current().len(), 1);
    }
}
