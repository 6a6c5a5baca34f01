//! A signed checkpoint against a policy: whose lines it carries, whether the quorum is reached,
//! and since when.
//!
//! In scope: the log's signature, every witness's cosignature, groups, times.
//! Out of scope: reading a clock; the caller says what time it is.

use std::collections::BTreeSet;

use super::{Policy, PolicyGroup, PolicyWitness, Quorum, Threshold};
use crate::tlog::checkpoint::{Checkpoint, CheckpointError, open_note};
use crate::tlog::cosignature::{Cosignature, CosignatureError};
use crate::tlog::note::{NoteSignature, SignedNote};

impl Policy {
    /// Opens a signed checkpoint: the log's signature, the cosignatures of the policy's witnesses,
    /// and the quorum.
    ///
    /// Lines of keys that the policy does not name are ignored. A witness may stand on several
    /// lines; it counts once, with its latest time. Cost: at most 100 signature checks.
    ///
    /// # Errors
    /// [`WitnessedCheckpointError`] with the step that refused it (peer's fault). As for every
    /// signed note, one bad line of a known witness refuses the whole.
    ///
    /// Source: C2SP tlog-policy; signed-note, "Signatures";
    /// vectors: tests/vectors/tlog/cosignature.json
    pub fn open(
        &self,
        note: &SignedNote,
    ) -> Result<WitnessedCheckpoint<'_>, WitnessedCheckpointError> {
        let checkpoint = open_note(note, self.log.name(), &self.log)
            .map_err(WitnessedCheckpointError::Checkpoint)?;
        let mut cosigners: Vec<Cosigner<'_>> = Vec::new();
        for line in note.signatures() {
            let LineSigner::Witness { witness, verified } = self.signer_of(line, note.text())
            else {
                continue;
            };
            let time_s = verified
                .map_err(|source| WitnessedCheckpointError::Cosignature {
                    witness: witness.name.clone(),
                    source,
                })?
                .time_s;
            match cosigners.iter_mut().find(|known| known.witness == witness) {
                Some(known) => known.time_s = known.time_s.max(time_s),
                None => cosigners.push(Cosigner { witness, time_s }),
            }
        }
        let names = cosigners.iter().map(|cosigner| cosigner.name()).collect();
        if !self.is_reached_by(&names) {
            return Err(WitnessedCheckpointError::QuorumNotReached);
        }
        Ok(WitnessedCheckpoint {
            policy: self,
            checkpoint,
            cosigners,
        })
    }

    /// Says of every signature line of `note`, in order, whose it is and whether it verifies.
    ///
    /// For an auditor, who reports each oddity; [`open`](Self::open) gives one verdict. Cost: one
    /// signature check per line of a witness.
    #[must_use]
    pub fn lines<'a>(&'a self, note: &'a SignedNote) -> Vec<NoteLine<'a>> {
        let mut seen = BTreeSet::new();
        let judge = |line: &'a NoteSignature| NoteLine {
            line,
            signer: self.signer_of(line, note.text()),
            repeated: !seen.insert((line.name(), line.key_id())),
        };
        note.signatures().iter().map(judge).collect()
    }

    /// Tells whether the quorum is reached when just the witnesses called `names` have cosigned.
    ///
    /// `names`: as the policy calls them; unknown ones do not count.
    ///
    /// Source: C2SP tlog-policy, "Defining the quorum"
    #[must_use]
    pub fn is_reached_by(&self, names: &BTreeSet<&str>) -> bool {
        let Quorum::Named(quorum) = &self.quorum else {
            return true;
        };
        let mut agreed: BTreeSet<&str> = self
            .witnesses
            .iter()
            .map(|witness| witness.name.as_str())
            .filter(|name| names.contains(name))
            .collect();
        // Members stand above the groups that name them, so one pass decides all.
        for group in &self.groups {
            if has_agreed(group, &agreed) {
                agreed.insert(&group.name);
            }
        }
        agreed.contains(quorum.as_str())
    }

    fn signer_of(&self, line: &NoteSignature, text: &str) -> LineSigner<'_> {
        if line.is_by(&self.log) {
            return LineSigner::Log;
        }
        match self.witnesses.iter().find(|w| line.is_by(&w.key)) {
            Some(witness) => LineSigner::Witness {
                witness,
                verified: Cosignature::verify(line, &witness.key, text),
            },
            None => LineSigner::Unknown,
        }
    }
}

/// A checkpoint that its log signed and a quorum of witnesses cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedCheckpoint<'a> {
    policy: &'a Policy,
    checkpoint: Checkpoint,
    cosigners: Vec<Cosigner<'a>>,
}

impl<'a> WitnessedCheckpoint<'a> {
    /// Returns the checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Returns every witness of the policy that cosigned, each once, in the order of the note.
    #[must_use]
    pub fn cosigners(&self) -> &[Cosigner<'a>] {
        &self.cosigners
    }

    /// Returns the oldest time that the quorum needs: the latest time such that the cosignatures
    /// of that time and later reach the quorum. Nothing if the policy asks for no cosignature.
    #[must_use]
    pub fn quorum_time_s(&self) -> Option<u64> {
        if self.policy.quorum == Quorum::None {
            return None;
        }
        let times = self.cosigners.iter().map(|cosigner| cosigner.time_s);
        times
            .filter(|time| self.is_reached_in(*time, u64::MAX))
            .max()
    }

    /// Tells whether the cosignatures of the last `age_s_max` seconds before `now_s` reach the
    /// quorum; those as far ahead of `now_s` also count, later ones do not, since a witness whose
    /// clock is wrong must not make a checkpoint look fresh for ever.
    ///
    /// Always true if the policy asks for no cosignature.
    ///
    /// Source: C2SP tlog-cosignature leaves freshness to the application
    #[must_use]
    pub fn is_fresh(&self, now_s: u64, age_s_max: u64) -> bool {
        self.is_reached_in(
            now_s.saturating_sub(age_s_max),
            now_s.saturating_add(age_s_max),
        )
    }

    fn is_reached_in(&self, first_s: u64, last_s: u64) -> bool {
        let cosigners = self.cosigners.iter();
        let names = cosigners
            .filter(|cosigner| (first_s..=last_s).contains(&cosigner.time_s))
            .map(Cosigner::name)
            .collect();
        self.policy.is_reached_by(&names)
    }
}

/// A witness of the policy whose cosignature verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosigner<'a> {
    /// The witness as the policy knows it.
    pub witness: &'a PolicyWitness,
    /// Time of its latest cosignature, in seconds since 1970-01-01T00:00Z.
    pub time_s: u64,
}

impl<'a> Cosigner<'a> {
    /// Returns the witness's name within the policy.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.witness.name
    }
}

/// One signature line and what the policy says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine<'a> {
    /// The line.
    pub line: &'a NoteSignature,
    /// Whose it is.
    pub signer: LineSigner<'a>,
    /// Whether a line above names the same key.
    pub repeated: bool,
}

/// Whose line it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSigner<'a> {
    /// The log's; verified by [`SignedNote::verify`] only.
    Log,
    /// A witness's.
    Witness {
        /// The witness as the policy knows it.
        witness: &'a PolicyWitness,
        /// Whether the cosignature verifies.
        verified: Result<Cosignature, CosignatureError>,
    },
    /// A key's that the policy does not name.
    Unknown,
}

/// Why a checkpoint is not to be believed under a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessedCheckpointError {
    /// The log's signature or the body.
    #[error("checkpoint is refused")]
    Checkpoint(#[source] CheckpointError),
    /// The cosignature of a known witness does not verify.
    #[error("cosignature of witness {witness} is refused")]
    Cosignature {
        /// Name within the policy.
        witness: String,
        /// The refused fact.
        source: CosignatureError,
    },
    /// Too few witnesses cosigned.
    #[error("too few cosignatures for the quorum")]
    QuorumNotReached,
}

fn has_agreed(group: &PolicyGroup, agreed: &BTreeSet<&str>) -> bool {
    let members = group.members.iter();
    let count = members
        .filter(|member| agreed.contains(member.as_str()))
        .count();
    match group.threshold {
        Threshold::All => count == group.members.len(),
        Threshold::Any => count > 0,
        Threshold::AtLeast(least) => count >= least,
    }
}

#[cfg(test)]
mod tests;
