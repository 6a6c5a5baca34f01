//! Who may read what.

use thamvan_proto::directory::Role;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{PendingEnrolment, StreamInfo};
use thamvan_proto::id::{DeviceId, OfficialId, Salt, StreamId};
use thamvan_proto::tlog::Hash;

use crate::refusal::Refusal;
use crate::state::{Enrolment, State};

/// The owner of `device`, while it is live.
///
/// # Errors
/// [`Refusal`] with `unknown-device`.
pub fn owner<'a>(state: &'a State, device: &DeviceId) -> Result<&'a OfficialId, Refusal> {
    let fact = state.ledger().directory().now().device(device);
    fact.map(|fact| &fact.official)
        .ok_or_else(|| Refusal::new(ErrorCode::UnknownDevice, "the device is not live"))
}

/// Whether `device` may read the records of `stream` at `now` (ms).
///
/// # Errors
/// [`Refusal`]: a stream that does not exist is refused in the same words.
pub fn may_read(
    state: &State,
    device: &DeviceId,
    stream: &StreamId,
    now: u64,
) -> Result<(), Refusal> {
    let official = owner(state, device)?;
    let known = state.key(stream).is_some();
    if known
        && state
            .ledger()
            .may_read(stream, official, state.time().max(now))
    {
        Ok(())
    } else {
        let detail = "the stream is not open to this device";
        Err(Refusal::new(ErrorCode::NotPermitted, detail))
    }
}

/// The streams that `device` may read, with their sizes among the first `log_size` records. Heads, which every device may
/// read and few do, are not listed.
///
/// # Errors
/// [`Refusal`].
pub fn streams(
    state: &State,
    device: &DeviceId,
    log_size: u64,
    now: u64,
) -> Result<Vec<StreamInfo>, Refusal> {
    owner(state, device)?;
    Ok(state
        .keys()
        .filter(|(stream, _)| **stream != StreamId::HEADS)
        .filter(|(stream, _)| may_read(state, device, stream, now).is_ok())
        .map(|(stream, key)| StreamInfo {
            stream: *stream,
            stream_key: Salt(key.0),
            size: state.size_within(stream, log_size),
        })
        .collect())
}

/// Whether `device` may have the body with this hash.
///
/// # Errors
/// [`Refusal`]: a body that does not exist and one that is not open are refused alike.
pub fn may_fetch(state: &State, device: &DeviceId, body: &Hash, now: u64) -> Result<(), Refusal> {
    let viewer = owner(state, device)?;
    let known = is_known(state, viewer, body);
    let open = state.holders(body).iter().any(|holder| {
        let addressed = holder
            .only
            .as_ref()
            .is_none_or(|only| only.contains(device));
        addressed && may_read(state, device, &holder.stream, now).is_ok()
    });
    if open && known {
        Ok(())
    } else {
        Err(Refusal::new(
            ErrorCode::NotFound,
            "no such body for this device",
        ))
    }
}

/// The name of a person is a guest's to fetch only where they know that person.
fn is_known(state: &State, viewer: &OfficialId, body: &Hash) -> bool {
    let ledger = state.ledger();
    if !ledger.is_guest(viewer) {
        return true;
    }
    let mut named = ledger
        .directory()
        .officials_named(body)
        .filter(|official| *official != viewer)
        .peekable();
    named.peek().is_none() || named.any(|official| ledger.may_know(viewer, official))
}

/// The enrolments that the owner of `device` may decide on.
///
/// # Errors
/// [`Refusal`]: neither administrator nor approver, and no own device waits.
pub fn enrolments(
    state: &State,
    device: &DeviceId,
    now: u64,
) -> Result<Vec<PendingEnrolment>, Refusal> {
    let official = owner(state, device)?;
    let time = state.time().max(now);
    let shown: Vec<PendingEnrolment> = state
        .enrolments()
        .filter(|waiting| may_decide(state, official, waiting, time))
        .map(|waiting| PendingEnrolment {
            code: waiting.asked.code.clone(),
            request: waiting.asked.request.clone(),
        })
        .collect();
    if shown.is_empty() && !holds_any_role(state, official, time) {
        let detail = "only administrators and approvers see enrolments";
        return Err(Refusal::new(ErrorCode::NotPermitted, detail));
    }
    Ok(shown)
}

fn may_decide(state: &State, official: &OfficialId, waiting: &Enrolment, time: u64) -> bool {
    let agency = waiting.fact.official.agency();
    let at = state.ledger().directory().now();
    *official == waiting.fact.official
        || DECIDING
            .iter()
            .any(|role| at.holds_role(official, *role, Some(&agency), time))
}

fn holds_any_role(state: &State, official: &OfficialId, time: u64) -> bool {
    let at = state.ledger().directory().now();
    let agencies: Vec<_> = at.agencies().map(|agency| &agency.id).collect();
    DECIDING.iter().any(|role| {
        at.holds_role(official, *role, None, time)
            || agencies
                .iter()
                .any(|agency| at.holds_role(official, *role, Some(agency), time))
    })
}

/// Roles that sign a device's enrolment.
const DECIDING: [Role; 3] = [
    Role::NationalAdministrator,
    Role::AgencyAdministrator,
    Role::Approver,
];

#[cfg(test)]
mod ended_tests;
#[cfg(test)]
mod tests;
