//! Who should be in a channel's group, and the commits that bring the group there.
//!
//! In scope: what the signed membership says and the group does not have yet. Out of scope: how one commit is made (`commit`), how a
//! device comes in by itself (`rejoin`).

use std::collections::BTreeSet;

use thamvan_proto::cbor;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{Body, TakeKeyPackage};
use thamvan_proto::id::{DeviceId, StreamId};
use thamvan_proto::limits::COMMIT_ADDS_MAX;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::established::is_not_witnessed;
use crate::mls::{Leaf, Mls};
use crate::outbox::{ATTEMPTS_MAX, is_stale};
use crate::sync::leaf_of;

impl Engine {
    /// Commits what the signed membership says and the group does not have yet: devices to add and to remove. Gives
    /// whether any came in meanwhile, by this device's hand or their own.
    pub(crate) async fn reconcile_group(&mut self, stream: StreamId) -> Result<bool, EngineError> {
        let Some(before) = self.channel(stream)?.group() else {
            return Ok(false);
        };
        // Whoever is not in the group leaves the commit to a member who writes next.
        let own = self.keys.device;
        if !before.roster.contains(&own) || !self.wanted_roster(stream)?.contains(&own) {
            return Ok(false);
        }
        let before = before.roster.clone();
        if before.len() == 1 {
            // Nothing is said to nobody: what waits is said to those who come in now.
            self.settle_in_flight(stream).await?;
        } else {
            self.flush(stream).await?;
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.commit_differences(stream).await {
                // Another commit was first: what is still missing then is committed then.
                Err(EngineError::Refused { code, .. })
                    if is_stale(code) && tries < ATTEMPTS_MAX =>
                {
                    self.read_on().await?;
                }
                other => {
                    other?;
                    break;
                }
            }
        }
        let group = self.channel(stream)?.group();
        Ok(group.is_some_and(|group| !group.roster.is_subset(&before)))
    }

    /// One round of [`Self::reconcile_group`].
    pub(crate) async fn commit_differences(&mut self, stream: StreamId) -> Result<(), EngineError> {
        let suite = self.suite(stream)?;
        let removes = self.unwanted(stream)?;
        if !removes.is_empty() {
            self.commit_now(stream, &[], &removes).await?;
        }
        let missing = self.missing(stream)?;
        // Who is not confirmed by then comes in later, by the own commit or another's.
        match self.await_new_readers(stream, &missing).await {
            Err(error) if is_not_witnessed(&error) => {}
            other => other?,
        }
        // Others may have brought somebody in meanwhile.
        for devices in self.missing(stream)?.chunks(COMMIT_ADDS_MAX) {
            let mut adds: Vec<(Leaf, Vec<u8>)> = Vec::new();
            for device in devices {
                if !self.is_established_reader(&stream, device) {
                    continue;
                }
                let leaf = leaf_of(&self.ledger, device)?;
                let package = self.take_key_package(*device, stream).await?;
                let mls = Mls::new(&self.crypto, self.store.connection(), &self.keys);
                adds.extend(
                    package
                        .filter(|package| mls.accepts(leaf, package, suite))
                        .map(|package| (leaf, package)),
                );
            }
            if !adds.is_empty() {
                self.commit_now(stream, &adds, &[]).await?;
            }
        }
        Ok(())
    }

    /// Devices of members that are not in the group.
    fn missing(&self, stream: StreamId) -> Result<Vec<DeviceId>, EngineError> {
        let mut wanted = self.wanted_roster(stream)?;
        if let Some(group) = self.channel(stream)?.group() {
            wanted.retain(|device| !group.roster.contains(device));
        }
        Ok(wanted.into_iter().collect())
    }

    /// Devices in the group that are no member's live device any more.
    pub(crate) fn unwanted(&self, stream: StreamId) -> Result<Vec<DeviceId>, EngineError> {
        let wanted = self.wanted_roster(stream)?;
        let roster = self
            .channel(stream)?
            .group()
            .map(|group| group.roster.iter());
        let unwanted = roster
            .into_iter()
            .flatten()
            .filter(|device| !wanted.contains(*device));
        Ok(unwanted.copied().collect())
    }

    /// The live devices of all members in term who may have what the channel carries.
    pub(crate) fn wanted_roster(
        &self,
        stream: StreamId,
    ) -> Result<BTreeSet<DeviceId>, EngineError> {
        let (at, time) = (self.ledger.directory().now(), self.now());
        let channel = self.channel(stream)?;
        let members = channel.members().keys();
        Ok(members
            .filter(|member| {
                channel.is_authorised(&at, member, time) && at.is_in_term(member, time)
            })
            .flat_map(|member| at.devices_of(member))
            .map(|fact| fact.device)
            .filter(|device| channel.is_reader(&at, device, time))
            .collect())
    }

    /// A key package of `device`; none where it has left none (it joins later and never blocks others).
    async fn take_key_package(
        &mut self,
        device: DeviceId,
        stream: StreamId,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let ask = Body::TakeKeyPackage(TakeKeyPackage { device, stream });
        match self.online()?.request::<cbor::ByteVec>(ask).await {
            Ok(package) => Ok(Some(package.to_vec())),
            Err(EngineError::Refused {
                code: ErrorCode::NoKeyPackage,
                ..
            }) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
