//! Reading a policy line by line.
//!
//! In scope: the rules of single lines and of names across lines.
//! Out of scope: what must be present at the end (see [`Policy::parse`](super::Policy::parse)).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    POLICY_GROUPS_MAX, POLICY_WITNESSES_MAX, PolicyGroup, PolicyLineError, PolicyWitness, Quorum,
    Threshold,
};
use crate::tlog::key::{KeyType, PUBLIC_KEY_LEN, VerifierKey};
use crate::tlog::text;

/// A policy while its lines are read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) log: Option<(VerifierKey, Option<String>)>,
    pub(super) witnesses: Vec<PolicyWitness>,
    pub(super) groups: Vec<PolicyGroup>,
    pub(super) quorum: Option<Quorum>,
    names: BTreeSet<String>,
    members: BTreeSet<String>,
    witness_keys: BTreeMap<[u8; PUBLIC_KEY_LEN], String>,
}

impl Draft {
    pub(super) fn read_line(&mut self, line: &str) -> Result<(), PolicyLineError> {
        let control = text::forbidden_control(line, &['\t']);
        if let Some(got) = control.or_else(|| line.chars().find(|got| *got == '\u{7f}')) {
            return Err(PolicyLineError::ControlCharacter { got });
        }
        let words: Vec<&str> = line
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] => self.read_log(vkey, None),
            ["log", vkey, url] => self.read_log(vkey, Some(url)),
            ["witness", name, vkey] => self.read_witness(name, vkey, None),
            ["witness", name, vkey, url] => self.read_witness(name, vkey, Some(url)),
            ["group", name, threshold, members @ ..] if !members.is_empty() => {
                self.read_group(name, threshold, members)
            }
            ["quorum", name] => self.read_quorum(name),
            ["log" | "witness" | "group" | "quorum", ..] => {
                Err(PolicyLineError::WrongWordCount { got: words.len() })
            }
            _ => Err(PolicyLineError::UnknownKeyword),
        }
    }

    fn read_log(&mut self, vkey: &str, url: Option<&str>) -> Result<(), PolicyLineError> {
        if self.log.is_some() {
            return Err(PolicyLineError::SecondLog);
        }
        self.log = Some((read_key(vkey, KeyType::Ed25519)?, url.map(str::to_owned)));
        Ok(())
    }

    fn read_witness(
        &mut self,
        name: &str,
        vkey: &str,
        url: Option<&str>,
    ) -> Result<(), PolicyLineError> {
        if self.witnesses.len() >= POLICY_WITNESSES_MAX {
            return Err(PolicyLineError::TooManyWitnesses);
        }
        let key = read_key(vkey, KeyType::CosignatureV1)?;
        if let Some(witness) = self.witness_keys.get(key.public_key()) {
            return Err(PolicyLineError::DuplicateKey {
                witness: witness.clone(),
            });
        }
        self.define(name)?;
        self.witness_keys.insert(*key.public_key(), name.to_owned());
        let (name, url) = (name.to_owned(), url.map(str::to_owned));
        self.witnesses.push(PolicyWitness { name, key, url });
        Ok(())
    }

    fn read_group(
        &mut self,
        name: &str,
        threshold: &str,
        members: &[&str],
    ) -> Result<(), PolicyLineError> {
        if self.groups.len() >= POLICY_GROUPS_MAX {
            return Err(PolicyLineError::TooManyGroups);
        }
        let threshold = read_threshold(threshold, members.len())?;
        for member in members.iter().map(|member| (*member).to_owned()) {
            if !self.names.contains(&member) {
                return Err(PolicyLineError::UndefinedName { name: member });
            }
            //= https://c2sp.org/tlog-policy#defining-a-witness-group
            //# Each defined name can be listed as a group member at most once.
            if !self.members.insert(member.clone()) {
                return Err(PolicyLineError::AlreadyMember { name: member });
            }
        }
        self.define(name)?;
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.push(PolicyGroup {
            name: name.to_owned(),
            threshold,
            members,
        });
        Ok(())
    }

    fn read_quorum(&mut self, name: &str) -> Result<(), PolicyLineError> {
        if self.quorum.is_some() {
            return Err(PolicyLineError::SecondQuorum);
        }
        self.quorum = Some(match name {
            NO_QUORUM => Quorum::None,
            name if self.names.contains(name) => Quorum::Named(name.to_owned()),
            name => {
                return Err(PolicyLineError::UndefinedName {
                    name: name.to_owned(),
                });
            }
        });
        Ok(())
    }

    /// Takes a name in the one namespace of witnesses and groups.
    fn define(&mut self, name: &str) -> Result<(), PolicyLineError> {
        if name == NO_QUORUM || !self.names.insert(name.to_owned()) {
            return Err(PolicyLineError::DuplicateName);
        }
        Ok(())
    }
}

fn read_key(vkey: &str, expected: KeyType) -> Result<VerifierKey, PolicyLineError> {
    let key = VerifierKey::parse(vkey).map_err(PolicyLineError::VerifierKey)?;
    if key.key_type() != expected {
        return Err(PolicyLineError::WrongKeyType {
            got: key.key_type(),
        });
    }
    Ok(key)
}

fn read_threshold(threshold: &str, members: usize) -> Result<Threshold, PolicyLineError> {
    match threshold {
        "all" => return Ok(Threshold::All),
        "any" => return Ok(Threshold::Any),
        _ => {}
    }
    let got = text::decimal(threshold).ok_or(PolicyLineError::ThresholdNotANumber)?;
    match usize::try_from(got) {
        Ok(count) if (1..=members).contains(&count) => Ok(Threshold::AtLeast(count)),
        _ => Err(PolicyLineError::WrongThreshold { got, members }),
    }
}

/// The predefined name that asks for no cosignature.
const NO_QUORUM: &str = "none";
