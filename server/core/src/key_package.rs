//! Key packages: left by a device, given to members of a channel that it is to join.

use thamvan_proto::entry::sha256;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{KeyPackageUpload, TakeKeyPackage};
use thamvan_proto::id::DeviceId;
use thamvan_proto::limits::{KEY_PACKAGE_LEN_MAX, KEY_PACKAGE_LIFETIME_MS_MAX, KEY_PACKAGES_MAX};

use crate::access;
use crate::change::{Change, KeyPackagesPut};
use crate::limits::KEY_PACKAGE_UPLOADS_MAX;
use crate::refusal::Refusal;
use crate::state::State;

/// One-time key packages of `device` that have not expired.
#[must_use]
pub fn unused(state: &State, device: &DeviceId, now: u64) -> u64 {
    live(state, device, now)
        .filter(|one| !one.last_resort)
        .count() as u64
}

/// Decides on an upload; an empty one only asks for the count.
///
/// # Errors
/// [`Refusal`].
pub fn put(
    state: &State,
    device: &DeviceId,
    packages: Vec<KeyPackageUpload>,
    now: u64,
) -> Result<Option<Change>, Refusal> {
    access::owner(state, device)?;
    if packages.is_empty() {
        return Ok(None);
    }
    let time = state.time().max(now);
    let too_long = packages
        .iter()
        .any(|one| one.key_package.len() > KEY_PACKAGE_LEN_MAX);
    let latest = time.saturating_add(KEY_PACKAGE_LIFETIME_MS_MAX);
    if packages.iter().any(|one| one.expires > latest) {
        let detail =
            "a key package that is good for too long: the clock of the device may be wrong";
        return Err(Refusal::new(ErrorCode::MadeTime, detail));
    }
    let kept = live(state, device, now).filter(|one| !one.last_resort && !packages.contains(one));
    let count = packages.iter().filter(|one| !one.last_resort).count();
    if too_long
        || packages.len() > KEY_PACKAGE_UPLOADS_MAX
        || kept.count().saturating_add(count) > KEY_PACKAGES_MAX
    {
        return Err(Refusal::new(
            ErrorCode::TooLarge,
            "too many or too long key packages",
        ));
    }
    Ok(Some(Change::KeyPackagesPut(KeyPackagesPut {
        device: *device,
        time,
        packages,
    })))
}

/// Decides which key package of `take.device` is given to `device`: a one-time one first, else the last-resort one.
///
/// # Errors
/// [`Refusal`]: not a member, not a device of a member, or none left.
pub fn take(
    state: &State,
    device: &DeviceId,
    take: &TakeKeyPackage,
    now: u64,
) -> Result<(Change, Vec<u8>), Refusal> {
    access::owner(state, device)?;
    let at = state.ledger().directory().now();
    let time = state.time().max(now);
    let is_reader = |device| {
        state
            .ledger()
            .channel(&take.stream)
            .is_some_and(|channel| channel.is_reader(&at, device, time))
    };
    if !is_reader(device) || !is_reader(&take.device) {
        let detail = "both devices must be of members of the channel";
        return Err(Refusal::new(ErrorCode::NotPermitted, detail));
    }
    let package = live(state, &take.device, now)
        .min_by_key(|one| one.last_resort)
        .ok_or_else(|| Refusal::new(ErrorCode::NoKeyPackage, "no key package is left"))?;
    let taken = Change::KeyPackageTaken {
        device: take.device,
        hash: sha256(&package.key_package),
    };
    Ok((taken, package.key_package.to_vec()))
}

fn live<'a>(
    state: &'a State,
    device: &DeviceId,
    now: u64,
) -> impl Iterator<Item = &'a KeyPackageUpload> {
    let time = state.time().max(now);
    state
        .packages
        .get(device)
        .into_iter()
        .flatten()
        .filter(move |one| one.expires >= time)
}

#[cfg(test)]
mod tests;
