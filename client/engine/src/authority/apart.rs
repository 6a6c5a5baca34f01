//! Root keys that are kept apart: each in a folder of its own, under its holder's passphrase, so that k of n are k persons.
//!
//! A statement begins in one holder's folder as a draft with one signature, and travels from holder to holder; whoever adds the
//! last signature that is needed makes the entry, in the chain of their own key. Nobody signs what they have not compared.

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::directory::{RootSet, RootSigned, RootStatements, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::frame::EntryWithBodies;
use thamvan_proto::limits::STATEMENT_BODY_LEN_MAX;
use thamvan_proto::login::verification_code;

use super::{Authority, not_allowed};
use crate::error::EngineError;
use crate::verbs::normalised;

/// What root keys have made of a statement.
#[derive(Clone, Debug)]
pub enum Made {
    /// Enough have signed: the entry for the server.
    Entry(Box<EntryWithBodies>),
    /// Others sign next.
    Draft {
        /// The file for the next holder.
        file: Vec<u8>,
        /// Signatures so far.
        signatures: u64,
        /// Signatures needed.
        needed: u64,
    },
}

impl Authority {
    /// Signs what was compared with what its owner read out, as far as the keys of this folder go.
    pub(super) fn make(&self, signed: RootSigned, code: String) -> Result<Made, EngineError> {
        let signers: BTreeSet<_> = signed.signatures.iter().map(|it| it.key).collect();
        let signatures = u64::try_from(signers.len()).unwrap_or(u64::MAX);
        let needed = self.genesis.threshold;
        if signatures < needed {
            let file = cbor::to_vec(&(signed, code));
            return Ok(Made::Draft {
                file,
                signatures,
                needed,
            });
        }
        // A bad signature of somebody before would spoil it, and with it a place in the chain of this key.
        let roots = RootSet::of(&self.genesis);
        RootSigned::open_statements(&cbor::to_vec(&signed), &roots, &self.hash)
            .map_err(|error| not_allowed("draft", &error.to_string()))?;
        let entry = self.log(EntryType::RootStatement, signed, vec![])?;
        Ok(Made::Entry(Box::new(entry)))
    }

    /// Adds the signature of this folder's key to a draft that enrols a device. `code`: what the device's owner read out, to this
    /// holder as to the one before.
    ///
    /// # Errors
    /// [`EngineError::CodeMismatch`]; [`EngineError::NotAllowed`] for a draft of something else, or one that this key has signed.
    pub fn countersign(&self, draft: &[u8], code: &str) -> Result<Made, EngineError> {
        let other = || not_allowed("draft", "not a draft that enrols one device");
        let (mut signed, one_time): (RootSigned, String) =
            cbor::from_slice(draft, STATEMENT_BODY_LEN_MAX).map_err(|_| other())?;
        let content: RootStatements =
            cbor::from_slice(&signed.content, STATEMENT_BODY_LEN_MAX).map_err(|_| other())?;
        let [Statement::DeviceEnrol(fact)] = content.statements.as_slice() else {
            return Err(other());
        };
        let expected = verification_code(&self.genesis.origin, &self.hash, &one_time, fact);
        if content.genesis != self.hash || normalised(code) != normalised(&expected) {
            return Err(EngineError::CodeMismatch);
        }
        let own = self.sign(signed.content.to_vec());
        let before: BTreeSet<_> = signed.signatures.iter().map(|it| it.key).collect();
        if own.signatures.iter().all(|it| before.contains(&it.key)) {
            let what = "the root key of this folder has signed it, or there is none: another holder is next";
            return Err(not_allowed("draft", what));
        }
        let new = own.signatures.into_iter();
        signed
            .signatures
            .extend(new.filter(|it| !before.contains(&it.key)));
        self.make(signed, one_time)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ed25519_dalek::SigningKey;
    use tempfile::TempDir;
    use thamvan_proto::directory::{Agency, AgencyKind, Role};
    use thamvan_proto::login::TicketFile;
    use thamvan_proto::tlog::{Name, NoteSigner};

    use super::super::{Authority, Ceremony, Keeping};
    use super::*;
    use crate::engine::Engine;
    use crate::secret::Passphrase;

    fn words(text: &str) -> Passphrase {
        Passphrase::new(text.into())
    }

    /// Three holders, two of whom must sign; gives the folder of the ceremony, theirs, and the first ticket.
    fn ceremony(dir: &TempDir) -> (PathBuf, Vec<(PathBuf, Passphrase)>, TicketFile) {
        let holders: Vec<(PathBuf, Passphrase)> = ["một", "hai", "ba"]
            .map(|name| (dir.path().join(name), words(name)))
            .into();
        let name = Name::parse("log.example").unwrap();
        let signer = NoteSigner::new(name, SigningKey::from_bytes(&[9; 32]));
        let made = Ceremony {
            threshold: 2,
            keys: 3,
            policy: format!("log {}\nquorum none\n", signer.verifier_key()),
            server: "localhost:1".into(),
            ca_pem: PEM.into(),
            agencies: vec![Agency {
                id: "mofa".parse().unwrap(),
                kind: AgencyKind::Bo,
                name_vi: "Bộ Ngoại giao".into(),
                name_en: "Foreign Affairs".into(),
                leads: vec![],
            }],
            officials: vec![(
                "an@mofa".parse().unwrap(),
                "An".into(),
                Role::NationalAdministrator,
            )],
        };
        let folder = dir.path().join("authority");
        let founded = Authority::found(&folder, &Keeping::Apart(&holders), &made).unwrap();
        let ticket = std::fs::read_to_string(&founded.tickets[0]).unwrap();
        (folder, holders, TicketFile::parse(&ticket).unwrap())
    }

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn two_holders_enrol_a_device_and_each_compares_the_code() {
        let dir = TempDir::new().unwrap();
        let (folder, holders, ticket) = ceremony(&dir);
        let home = dir.path().join("home");
        let engine = Engine::create(&home, &words("x"), &ticket, "desk").unwrap();
        let request = std::fs::read(engine.write_enrolment_request().unwrap()).unwrap();
        let code = engine.verification_code().unwrap();
        let open = |n: usize| Authority::open(&holders[n].0, &holders[n].1).unwrap();
        // Nobody opens another's folder with their own passphrase, and the ceremony's folder holds no key.
        let other = Authority::open(&holders[0].0, &holders[1].1);
        assert!(matches!(other, Err(EngineError::WrongPassphrase)));
        for entry in std::fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(!name.to_string_lossy().ends_with(".key"), "{name:?}");
        }
        let wrong = open(0).enrol_device(&request, "AAAA AAAA AAAA AAAA");
        assert!(matches!(wrong, Err(EngineError::CodeMismatch)));
        let Made::Draft {
            file,
            signatures: 1,
            needed: 2,
        } = open(0).enrol_device(&request, &code).unwrap()
        else {
            panic!("one of two");
        };
        let again = open(0).countersign(&file, &code);
        assert!(matches!(
            again,
            Err(EngineError::NotAllowed { rule: "draft", .. })
        ));
        let keyless = Authority::open(&folder, &words("x")).unwrap();
        let nobody = keyless.countersign(&file, &code);
        assert!(matches!(
            nobody,
            Err(EngineError::NotAllowed { rule: "draft", .. })
        ));
        let blind = open(2).countersign(&file, "AAAA AAAA AAAA AAAA");
        assert!(matches!(blind, Err(EngineError::CodeMismatch)));
        let mut spoiled = file.clone();
        // The last byte of the first signature stands before the one-time code.
        let at = spoiled.len() - ticket.code.len() - 3;
        spoiled[at] ^= 1;
        let refused = open(2).countersign(&spoiled, &code);
        assert!(
            matches!(refused, Err(EngineError::NotAllowed { rule: "draft", .. })),
            "{refused:?}"
        );
        let Made::Entry(entry) = open(2).countersign(&file, &code).unwrap() else {
            panic!("two of two");
        };
        let roots = RootSet::of(&open(2).genesis);
        let made = RootSigned::open_statements(&entry.body, &roots, &open(2).hash).unwrap();
        assert!(matches!(&made.statements[..], [Statement::DeviceEnrol(_)]));
    }

    #[test]
    fn keys_that_are_kept_apart_do_not_rotate_one_by_one() {
        let dir = TempDir::new().unwrap();
        let (_, holders, _) = ceremony(&dir);
        let one = Authority::open(&holders[1].0, &holders[1].1).unwrap();
        let refused = one.rotate(&holders[1].1);
        assert!(matches!(
            refused,
            Err(EngineError::NotAllowed {
                rule: "root_keys_apart",
                ..
            })
        ));
    }
}
