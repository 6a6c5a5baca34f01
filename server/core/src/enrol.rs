//! A device asks to exist.

use thamvan_proto::cbor;
use thamvan_proto::directory::{DeviceEnrol, RootSigned, RootStatements, Statement, code_hash};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{ENROLMENT_ACTIVE, ENROLMENT_PENDING, Enrol, EntryWithBodies};
use thamvan_proto::limits::{CODE_LEN_MAX, FRAME_BEFORE_LOGIN_LEN_MAX, PENDING_ENROLMENTS_MAX};
use thamvan_proto::login::{self, EnrolmentError};
use thamvan_proto::tlog::Hash;

use crate::change::{Change, EnrolmentRequested};
use crate::limits::ENROLMENTS_PER_TICKET_MAX;
use crate::refusal::Refusal;
use crate::state::State;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The state to answer; nothing changes.
    Known(u64),
    /// The request is to be persisted; then it is pending.
    Request(Change),
    /// This root statement is to be sequenced first; then decide again without it.
    Root(EntryWithBodies),
}

/// Decides on an enrol frame at `now` (server clock, ms).
///
/// # Errors
/// [`Refusal`].
///
/// Source: docs/protocol.md chapters 5 and 9.
pub fn decide(state: &State, enrol: &Enrol, now: u64) -> Result<Outcome, Refusal> {
    let fact = open(enrol)?;
    let directory = state.ledger().directory().now();
    if directory.device(&fact.device) == Some(&fact) {
        return Ok(Outcome::Known(ENROLMENT_ACTIVE));
    }
    check_ticket(state, enrol, &fact, now)?;
    if let Some(root) = &enrol.root {
        return root_first(root, &fact);
    }
    match state.enrolment(&fact.device) {
        Some(waiting) if waiting.fact == fact => return Ok(Outcome::Known(ENROLMENT_PENDING)),
        Some(_) => return Err(refused_ticket("another request of this device waits")),
        None => {}
    }
    let same = |waiting: &&crate::state::Enrolment| waiting.fact.ticket == fact.ticket;
    // A request whose ticket has expired can never be approved: it must not keep others out.
    let time = now.max(state.time());
    let live = |waiting: &&crate::state::Enrolment| {
        let ticket = directory.ticket(&waiting.fact.ticket);
        ticket.is_some_and(|ticket| time <= ticket.expires)
    };
    if state.enrolments().filter(live).count() >= PENDING_ENROLMENTS_MAX
        || state.enrolments().filter(same).count() >= ENROLMENTS_PER_TICKET_MAX
    {
        return Err(Refusal::new(
            ErrorCode::RateLimited,
            "too many enrolments wait",
        ));
    }
    Ok(Outcome::Request(Change::EnrolmentRequested(
        EnrolmentRequested {
            device: fact.device,
            code: enrol.code.clone(),
            request: enrol.request.clone(),
        },
    )))
}

fn open(enrol: &Enrol) -> Result<DeviceEnrol, Refusal> {
    if enrol.code.len() > CODE_LEN_MAX {
        return Err(Refusal::new(ErrorCode::TooLarge, "the code is too long"));
    }
    login::open_enrolment(&enrol.request).map_err(|error| match error {
        EnrolmentError::Envelope(error) => Refusal::new(ErrorCode::Malformed, error.to_string()),
        EnrolmentError::Signature(error) => {
            Refusal::new(ErrorCode::BadSignature, error.to_string())
        }
    })
}

fn check_ticket(state: &State, enrol: &Enrol, fact: &DeviceEnrol, now: u64) -> Result<(), Refusal> {
    let ticket = state.ledger().directory().now().ticket(&fact.ticket);
    // The same words whatever is wrong, and the code compared always: a guesser learns nothing.
    let nobody = Hash([0; 32]);
    let code_fits = same(
        &code_hash(&enrol.code),
        ticket.map_or(&nobody, |ticket| &ticket.code),
    );
    let fits = ticket.is_some_and(|ticket| {
        code_fits && ticket.official == fact.official && state.time().max(now) <= ticket.expires
    });
    if fits {
        Ok(())
    } else {
        Err(refused_ticket(
            "the ticket is unknown, used or expired, or the code is wrong",
        ))
    }
}

fn root_first(root: &EntryWithBodies, fact: &DeviceEnrol) -> Result<Outcome, Refusal> {
    let malformed = || Refusal::new(ErrorCode::Malformed, "not a root statement for this device");
    let signed: RootSigned =
        cbor::from_slice(&root.body, FRAME_BEFORE_LOGIN_LEN_MAX).map_err(|_| malformed())?;
    let content: RootStatements =
        cbor::from_slice(&signed.content, FRAME_BEFORE_LOGIN_LEN_MAX).map_err(|_| malformed())?;
    let enrols = |statement: &Statement| *statement == Statement::DeviceEnrol(fact.clone());
    if content.statements.iter().any(enrols) {
        Ok(Outcome::Root(root.clone()))
    } else {
        Err(malformed())
    }
}

/// Compares without a shortcut, so that the time taken tells nothing about the code.
fn same(a: &Hash, b: &Hash) -> bool {
    a.0.iter()
        .zip(b.0.iter())
        .fold(0, |all, (x, y)| all | (x ^ y))
        == 0
}

fn refused_ticket(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::Ticket, detail)
}

#[cfg(test)]
mod tests;
