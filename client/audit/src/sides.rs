//! Which side bodies a body names (docs/protocol.md chapter 5).

use thamvan_proto::cbor;
use thamvan_proto::channel::{CommitBody, GroupStart, Successor};
use thamvan_proto::directory::{Proposal, RootSigned, RootStatements, Statement};
use thamvan_proto::entry::EntryType;
use thamvan_proto::limits::{SIDE_BODY_LEN_MAX, STATEMENT_BODY_LEN_MAX};
use thamvan_proto::tlog::Hash;

/// Side bodies that a body names.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    /// Everybody may fetch them and nothing erases them.
    pub(crate) kept: Vec<Hash>,
    /// Names of persons, which can be erased, and Welcomes, which only those who are added may fetch.
    pub(crate) erasable: Vec<Hash>,
}

impl Sides {
    /// The side bodies that `body` names; none if it is not the body of its type.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other body names any")]
    pub(crate) fn of(kind: EntryType, body: &[u8]) -> Self {
        match kind {
            EntryType::RootStatement => {
                let signed = cbor::from_slice::<RootSigned>(body, STATEMENT_BODY_LEN_MAX).ok();
                let content = signed.and_then(|signed| {
                    cbor::from_slice::<RootStatements>(&signed.content, STATEMENT_BODY_LEN_MAX).ok()
                });
                names(content.iter().flat_map(|content| &content.statements))
            }
            EntryType::Statement => {
                let statement = cbor::from_slice::<Statement>(body, STATEMENT_BODY_LEN_MAX).ok();
                names(statement.iter())
            }
            EntryType::Propose => {
                let proposal = cbor::from_slice::<Proposal>(body, STATEMENT_BODY_LEN_MAX).ok();
                names(proposal.iter().map(|proposal| &proposal.statement))
            }
            EntryType::GroupStart => cbor::from_slice::<GroupStart>(body, STATEMENT_BODY_LEN_MAX)
                .map(|start| Sides {
                    kept: vec![start.group_info, start.ratchet_tree],
                    erasable: Vec::new(),
                })
                .unwrap_or_default(),
            EntryType::Successor => cbor::from_slice::<Successor>(body, STATEMENT_BODY_LEN_MAX)
                .map(|Successor { start, .. }| Sides {
                    kept: vec![start.group_info, start.ratchet_tree],
                    erasable: Vec::new(),
                })
                .unwrap_or_default(),
            EntryType::Commit => cbor::from_slice::<CommitBody>(body, SIDE_BODY_LEN_MAX)
                .map(|commit| Sides {
                    kept: vec![commit.group_info, commit.ratchet_tree],
                    erasable: commit.welcome.into_iter().collect(),
                })
                .unwrap_or_default(),
            _ => Sides::default(),
        }
    }
}

fn names<'a>(statements: impl Iterator<Item = &'a Statement>) -> Sides {
    let mut sides = Sides::default();
    for statement in statements {
        if let Statement::Official(official) = statement {
            sides.erasable.push(official.name);
        }
    }
    sides
}
