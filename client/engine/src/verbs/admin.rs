//! Administration: statements, proposals and approvals, tickets, devices.

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::directory::{
    Approval, DeviceEnrol, DeviceRevoke, Official, OfficialName, Proposal, Statement, Ticket,
    code_hash,
};
use thamvan_proto::entry::{EntryType, sha256};
use thamvan_proto::frame::{Body, Null, PendingEnrolment};
use thamvan_proto::id::{DeviceId, OfficialId, Salt, StreamId, TicketId};
use thamvan_proto::label::Label;
use thamvan_proto::limits::TICKET_LIFETIME_MS_MAX;
use thamvan_proto::login::{TicketFile, open_enrolment, verification_code};
use thamvan_proto::tlog::Hash;

use crate::engine::Engine;
use crate::error::{EngineError, exactly_one};
use crate::established::is_not_witnessed;
use crate::outbox::Plain;
use crate::random;
use crate::verbs::channel::act;

/// An enrolment that waits for its two persons.
#[derive(Clone, Debug)]
pub struct EnrolmentView {
    /// The device as it asks to be enrolled.
    pub fact: DeviceEnrol,
    /// What the owner must read out.
    pub verification_code: String,
    /// The proposal and who made it, once one person has approved.
    pub proposal: Option<(Hash, OfficialId)>,
}

/// How far a device's approval has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approved {
    /// One person has approved.
    Proposed,
    /// Both have; the witnesses have not confirmed it yet, so nobody lets the device in.
    Logged,
    /// Live for everybody.
    Active,
}

impl Engine {
    /// Makes a statement that one person may make, or proposes one that needs two; gives the seq in stream 0.
    ///
    /// # Errors
    /// [`EngineError::Refused`].
    pub async fn state(
        &mut self,
        statement: Statement,
        sides: Vec<Vec<u8>>,
    ) -> Result<u64, EngineError> {
        self.log_plain(self.statement(statement, sides)).await
    }

    /// The entry that states, or that proposes where two persons are needed.
    pub(crate) fn statement(&self, statement: Statement, sides: Vec<Vec<u8>>) -> Plain {
        let plain = if statement.needs_two_persons() {
            let expires = self.now().saturating_add(PROPOSAL_LIFETIME_MS);
            directory_act(EntryType::Propose, &Proposal { statement, expires })
        } else {
            directory_act(EntryType::Statement, &statement)
        };
        Plain { sides, ..plain }
    }

    /// Names an official; the person's name travels beside the statement and can be erased.
    ///
    /// # Errors
    /// As [`Engine::state`].
    pub async fn add_official(&mut self, id: OfficialId, name: &str) -> Result<u64, EngineError> {
        let side = official_name(name)?;
        let statement = Statement::Official(Official {
            id,
            name: sha256(&side),
        });
        self.state(statement, vec![side]).await
    }

    /// Is the second person for a proposal.
    ///
    /// # Errors
    /// [`EngineError::Unknown`], [`EngineError::Refused`].
    pub async fn approve_proposal(&mut self, record: Hash) -> Result<u64, EngineError> {
        self.await_signers(&[record]).await?;
        self.log_plain(approval(record)).await
    }

    /// Is the second person for many proposals; `done` is told of each.
    ///
    /// # Errors
    /// As [`Engine::approve_proposal`], for the first that is refused.
    pub async fn approve_proposals(
        &mut self,
        records: &[Hash],
        done: &mut dyn FnMut(),
    ) -> Result<(), EngineError> {
        self.await_signers(records).await?;
        let plains: Vec<Plain> = records.iter().map(|record| approval(*record)).collect();
        let logged = self.log_all(&plains, done).await;
        logged.map_err(|(_, error)| error)
    }

    /// Waits until what gives the two persons of each proposal their powers is established.
    pub(crate) async fn await_signers(&mut self, records: &[Hash]) -> Result<(), EngineError> {
        let proposals = self.ledger.directory().proposals();
        let mut signers: BTreeSet<OfficialId> = proposals
            .filter(|(record, _)| records.contains(record))
            .map(|(_, pending)| pending.proposer.clone())
            .collect();
        signers.insert(self.official()?);
        let signers: Vec<&OfficialId> = signers.iter().collect();
        self.await_powers(&signers).await
    }

    /// Invites a device of `official`; gives the ticket, which holds a one-time code and must be handed over in person.
    ///
    /// # Errors
    /// As [`Engine::state`].
    pub async fn issue_ticket(
        &mut self,
        official: OfficialId,
        lifetime_ms: u64,
    ) -> Result<TicketFile, EngineError> {
        let code = data_encoding::BASE32_NOPAD.encode(&random::bytes::<15>()?);
        let id = TicketId(random::bytes()?);
        let lifetime = lifetime_ms.min(TICKET_LIFETIME_MS_MAX - TICKET_CLOCK_SLACK_MS);
        let expires = self.now().saturating_add(lifetime);
        let ticket = Ticket {
            id,
            official: official.clone(),
            code: code_hash(&code),
            expires,
        };
        self.state(Statement::Ticket(ticket), vec![]).await?;
        Ok(TicketFile {
            ticket: id,
            official,
            code,
            expires,
            ..self.pinned.clone()
        })
    }

    /// Who waits for enrolment.
    ///
    /// # Errors
    /// [`EngineError::Refused`] for whoever may not see it.
    pub async fn enrolments(&mut self) -> Result<Vec<EnrolmentView>, EngineError> {
        let pending: Vec<PendingEnrolment> =
            self.online()?.request(Body::ListEnrolments(Null)).await?;
        pending
            .iter()
            .map(|pending| self.enrolment_view(pending))
            .collect()
    }

    fn enrolment_view(&self, pending: &PendingEnrolment) -> Result<EnrolmentView, EngineError> {
        let fact = open_enrolment(&pending.request).map_err(|_| EngineError::Protocol {
            what: "enrolment request",
        })?;
        let proposal = self
            .ledger
            .directory()
            .proposals()
            .find(|(_, waiting)| {
                !waiting.approved && waiting.statement == Statement::DeviceEnrol(fact.clone())
            })
            .map(|(record, waiting)| (*record, waiting.proposer.clone()));
        let (origin, genesis) = (&self.pinned.origin, &self.pinned.genesis);
        let verification_code = verification_code(origin, genesis, &pending.code, &fact);
        Ok(EnrolmentView {
            fact,
            verification_code,
            proposal,
        })
    }

    /// Approves a device after comparing codes: proposes as the first person, approves as the second.
    ///
    /// `code`: what the owner read out. Waits some time until the witnesses confirm a device that is live now.
    ///
    /// # Errors
    /// [`EngineError::CodeMismatch`]; [`EngineError::Unknown`] where no such device waits.
    pub async fn approve_device(
        &mut self,
        device: &str,
        code: &str,
    ) -> Result<(DeviceId, Approved), EngineError> {
        let waiting = self.enrolments().await?;
        let named = |view: &EnrolmentView| view.fact.device.to_string().starts_with(device);
        let view = exactly_one("device", device, waiting.into_iter().filter(named))?;
        if normalised(code) != normalised(&view.verification_code) {
            return Err(EngineError::CodeMismatch);
        }
        match &view.proposal {
            Some((record, _)) => {
                self.approve_proposal(*record).await?;
            }
            None => {
                self.state(Statement::DeviceEnrol(view.fact.clone()), vec![])
                    .await?;
            }
        }
        let device = view.fact.device;
        if self.ledger.directory().now().device(&device).is_none() {
            return Ok((device, Approved::Proposed));
        }
        match self.await_device(&device).await {
            Err(error) if is_not_witnessed(&error) => Ok((device, Approved::Logged)),
            other => other.map(|()| (device, Approved::Active)),
        }
    }

    /// Ends a device.
    ///
    /// # Errors
    /// As [`Engine::state`].
    pub async fn revoke_device(
        &mut self,
        device: DeviceId,
        reason: String,
    ) -> Result<u64, EngineError> {
        self.state(
            Statement::DeviceRevoke(DeviceRevoke { device, reason }),
            vec![],
        )
        .await
    }
}

fn directory_act<T: minicbor::Encode<()>>(kind: EntryType, body: &T) -> Plain {
    act(kind, StreamId::DIRECTORY, Label::Internal, body)
}

/// The entry that approves a proposal.
pub(crate) fn approval(record: Hash) -> Plain {
    directory_act(EntryType::Approve, &Approval { record })
}

/// The side body that carries a person's name.
///
/// # Errors
/// [`EngineError::Randomness`].
pub(crate) fn official_name(name: &str) -> Result<Vec<u8>, EngineError> {
    Ok(cbor::to_vec(&OfficialName {
        tag: "thamvan/name/v1".into(),
        salt: Salt(random::bytes()?),
        name: name.to_owned(),
    }))
}

/// A code as people type it: case, spaces and hyphens do not matter.
pub(crate) fn normalised(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// 7 days.
const PROPOSAL_LIFETIME_MS: u64 = 7 * 24 * 3600 * 1000;
/// Room for the difference between this clock and log time.
const TICKET_CLOCK_SLACK_MS: u64 = 10 * 60 * 1000;
